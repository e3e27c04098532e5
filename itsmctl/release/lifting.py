"""Which waivers lift a finding that matters to a release: those that the gate let in, and no others. Each is told.

Whoever may push can write a waiver, and the name of who is to have approved it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from itsmctl import covering, waivers
from itsmctl.release import kept, landings
from itsmctl.settings import FILE

if TYPE_CHECKING:
    from itsmctl.case import Case
    from itsmctl.records import Remark
    from itsmctl.release.dossier import Dossier

WAIVER = "Waiver"


class Lifted(Struct, frozen=True):
    """`open`: what nothing lifts. `waived`: (rule, name of the waiver) of what is lifted, sorted."""

    open: tuple[Remark, ...]
    waived: tuple[tuple[str, str], ...]


def lift(dossier: Dossier, remarks: Iterable[Remark], case: Case) -> Lifted:
    """The remarks, held against the waivers in force."""
    left: list[Remark] = []
    waived = set()
    for one, held in waivers.lift(list(remarks), waivers.in_force(case), dossier.book.by_id):
        lacks = lacking(dossier, f"{WAIVER}/{held.waiver}") if held is not None else ""
        if held is None:
            left.append(one)
        elif lacks:
            left.append(replace(one, message=f"{one.message}; the waiver {held.waiver} does not lift it: {lacks}"))
        else:
            waived.add((one.rule, held.waiver))
    return Lifted(tuple(left), tuple(sorted(waived)))


def lacking(dossier: Dossier, ref: str) -> str:
    """Why the gate did not let a waiver, or another record that gives leave, in as it stands; empty where it did, or it
    is older than the governance.
    """
    place = dossier.place
    line = landings.line(place.bench, place.tip.oid, dossier.head, dossier.past, [ref])
    early = covering.ungoverned(dossier.past, FILE, [one.oid for one in line.landings])
    for landing in line.landings:
        if landing.oid not in early:
            _, lacks = kept.let_through(dossier, landing, ref)
            if lacks:
                return lacks
    return ""


def told(waived: Iterable[tuple[str, str]]) -> str:
    """In words; empty where there is none."""
    found = ", ".join(f"{rule} by {WAIVER}/{name}" for rule, name in waived)
    return f"; waived: {found}" if found else ""
