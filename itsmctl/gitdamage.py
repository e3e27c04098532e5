"""Holds all that a head brings to git's strictest checks: packed on the bench, and read again from the pack."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from itsmctl.errors import CannotJudge
from itsmctl.gitmerge import garbled, oids

if TYPE_CHECKING:
    from pathlib import Path

    from itsmctl.gitprocess import GitProcess

_STRICT = "--strict=badFilemode=error"  # beside all that git calls an error or a warning
_PACK = ("pack-objects", "-q", "--revs", "--no-sparse", "--window=0", "--no-reuse-delta")
_INDEX = b"\xfftOc\0\0\0\2"  # what an index of a pack begins with, in version 2
_COUNTS = 256 * 4  # bytes of the table behind that


def check(git: GitProcess, object_format: str, base: str, head: str, sound: set[bytes]) -> bool:
    """Is `head` among what it brings to `base` (full ids)? What it brings is in order then.

    `git` is on a bench. `sound`: ids, as bytes, of objects that were found in order before; more are added. Raises
    CannotJudge that names the object, and what is wrong with it: tree, mode, name, identity, or link.
    """
    apart = git.git_dir / "check"  # no part of the objects, so that nothing is taken from it
    try:
        apart.mkdir()
        return _check(git, object_format, apart, base, head, sound)
    except OSError as error:
        raise CannotJudge(f"objects cannot be checked in {apart}: {error.strerror}", "Free some space there.") from None
    finally:
        shutil.rmtree(apart, ignore_errors=True)


def _check(git: GitProcess, object_format: str, apart: Path, base: str, head: str, sound: set[bytes]) -> bool:
    # no --end-of-options: pack-objects and index-pack do not know it; the path is ours, and absolute
    status, packed, says = git.attempt(*_PACK, str(apart / "new"), stdin=f"{head}\n^{base}\n".encode())
    if status != 0:
        raise _damaged(head, says)
    pack = oids(packed, "pack-objects", object_format)
    place, index = apart / f"new-{''.join(pack)}.pack", apart / "anew.idx"
    brought = _names(place.with_suffix(".idx"), "pack-objects", len(head) // 2)
    if bytes.fromhex(head) not in brought:
        return False
    if sound.issuperset(brought):
        return True
    status, checked, says = git.attempt("index-pack", _STRICT, "-o", str(index), str(place))
    if status != 0:
        raise _damaged(head, says)
    if checked.split() != [one.encode() for one in pack]:
        raise garbled("index-pack")
    # names made anew from the contents: an object that is not what its name says has another one
    if _names(index, "index-pack", len(head) // 2) != brought:
        raise _damaged(head, "the content of an object does not have the id that the object is stored under")
    sound.update(brought)
    return True


def _names(file: Path, command: str, size: int) -> list[bytes]:
    """The ids, of `size` bytes each, that the index of a pack lists, in their order: see gitformat-pack."""
    content = file.read_bytes() if file.is_file() else b""
    start = len(_INDEX) + _COUNTS
    count = int.from_bytes(content[start - 4 : start], "big")
    # each has a checksum and an offset, too, and a giant pack longer ones; behind them stand two checksums of the whole
    more = len(content) - start - count * (size + 8) - 2 * size
    if not content.startswith(_INDEX) or more < 0 or more % 8:
        raise garbled(command)
    return [content[at : at + size] for at in range(start, start + count * size, size)]


def _damaged(head: str, says: str) -> CannotJudge:
    return CannotJudge(
        f"commit {head[:7]} brings an object that git calls damaged: {says or 'git said nothing'}",
        "git fsck --strict tells which; make the commits anew without it.",
    )
