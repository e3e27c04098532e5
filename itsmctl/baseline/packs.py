"""The digests of the schemas and of the policies that a commit is judged by: shipped ones and its own."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

from itsmctl import bundled, canonical
from itsmctl.sources import SourceFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from itsmctl.sources import Source

__all__ = ["of"]


def of(source: Source) -> tuple[str, str]:
    """(digest of the schemas, digest of the policies): SHA-256 over the paths and contents. Line ends say nothing."""
    return _digest("schemas", "*.json", source), _digest("policies", "*/*.yaml", source)


def _digest(folder: str, pattern: str, source: Source) -> str:
    listed = dict(_shipped(folder, pattern))
    for file in source.files(folder):
        if isinstance(file, SourceFile):
            listed[file.path] = _hashed(file.content)
    return canonical.digest(listed)


@lru_cache
def _shipped(folder: str, pattern: str) -> Mapping[str, str]:
    top = bundled.folder(folder)
    return {f"itsmctl/{_relative(path, top)}": _hashed(path.read_bytes()) for path in sorted(top.glob(pattern))}


def _relative(path: Path, top: Path) -> str:
    return path.relative_to(top).as_posix()


def _hashed(content: bytes) -> str:
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()
