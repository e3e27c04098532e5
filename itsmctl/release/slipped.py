"""What the law came to past the gate since a place on the line: why no change let that in. Put back, it is over."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING

from itsmctl import covering
from itsmctl.release import kept, landings
from itsmctl.settings import FILE as SETTINGS

if TYPE_CHECKING:
    from itsmctl.release.dossier import Dossier
    from itsmctl.release.landings import Landing


def since(dossier: Dossier, refs: list[str], place: int, until: str) -> list[Landing]:
    """What altered any of the records or files after a place on the line, up to a commit of it: governed by then."""
    line = landings.line(dossier.place.bench, dossier.place.tip.oid, dossier.head, dossier.past, refs)
    early = covering.ungoverned(dossier.past, SETTINGS, [one.oid for one in line.landings])
    end = line.place(until)
    last = end if end is not None else len(line.commits)
    return [one for one in line.landings if place < one.place <= last and one.oid not in early]


def why(dossier: Dossier, ref: str, place: int, until: str, is_weak: Callable[[str], bool]) -> str:
    """Why the gate did not let in what altered it while it asked less; "" where it did. `is_weak`: of a commit."""
    lacks = ""
    for landing in since(dossier, [ref], place, until):
        if not is_weak(landing.oid):
            lacks = ""  # it was put back, and what comes after that begins anew
        elif not lacks:
            _, lacks = kept.let_through(dossier, landing, ref)
    return lacks


def hint(dossier: Dossier, commit: str, ref: str) -> str:
    """How what stood at a commit is put back, as it is typed."""
    held = landings.paths(ref, dossier.head, dossier.past)
    there = dossier.place.repo.ids([f"{commit}:{path}" for path in held])
    path = next((path for path, blob in zip(held, there, strict=True) if blob), "")
    if not path:
        return "Take it away, as there was none when the release was planned; then have a change bring it."
    shown = shlex.quote(f"{commit[:12]}:{path}")
    return f"Put back what stood there, as git show {shown} shows it; then have a change alter it, before the roll-out."
