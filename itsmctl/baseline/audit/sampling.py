"""Which items an audit by sample looks at: drawn by the root, so that anybody can draw them again. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from itsmctl import canonical


def drawn(refs: Iterable[str], root: str, number: int) -> tuple[str, ...]:
    """`number` of the refs, by name; all of them where there are no more.

    Formula: the lowest of SHA-256 over the canonical form (RFC 8785) of [root, Kind/name], in hexadecimal digits. The
    root is fixed before anybody can know what will be looked at, and whoever has it draws the same.
    """
    ordered = sorted(refs, key=lambda ref: (hashlib.sha256(canonical.canonical([root, ref])).hexdigest(), ref))
    return tuple(sorted(ordered[:number]))
