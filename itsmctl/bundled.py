"""Where the data stand that are shipped with the program. The one place that knows it; judges nothing."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from itsmctl.errors import CannotJudge


class Shipped(Struct, frozen=True):
    """One file that is shipped with the program; `path` begins with the folder, like `schemas/role.schema.json`."""

    path: str
    content: bytes


def folder(name: str) -> Path:
    """A shipped folder (`schemas`, `policies`, `templates`): in the installed package, or at the root of the checkout.

    Raises CannotJudge where neither is there.
    """
    package = Path(__file__).parent
    installed = package / "_data" / name
    if installed.is_dir():
        return installed
    root = package.parent
    # without this look, a folder `schemas` of somebody else in site-packages would be taken for ours
    if (root / "pyproject.toml").is_file() and (root / name).is_dir():
        return root / name
    raise CannotJudge(f"the folder {name}/ that is shipped with itsmctl is not there", "Install itsmctl again.")


def files(name: str, suffix: str) -> tuple[Shipped, ...]:
    """The files directly in the shipped folder `name` whose names end in `suffix`, by name; bytes as stored."""
    found = sorted(path for path in folder(name).iterdir() if path.name.endswith(suffix) and path.is_file())
    return tuple(Shipped(f"{name}/{path.name}", path.read_bytes()) for path in found)
