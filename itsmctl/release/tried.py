"""Was what a release brings to be rolled out with another release before, which was set aside? Reads the branch."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl.baseline.scope import RELEASE
from itsmctl.gate import calendar
from itsmctl.gate.beginnings import state_of
from itsmctl.records import value_at
from itsmctl.release import beginning, landings
from itsmctl.release.requirement import Requirement

if TYPE_CHECKING:
    from datetime import datetime

    from itsmctl.gate.history import Landing
    from itsmctl.release.dossier import Data, Dossier


class Tried(Struct, frozen=True):
    """`name`: of another release, approved or on its way when its time came, `at`, which had `what` of this one.

    `became`: its state now; "" where it was taken away, `gone` being when that was, in seconds since 1970.
    """

    name: str
    at: datetime
    what: str
    became: str
    gone: int

    @property
    def says(self) -> str:
        """In words."""
        end = f"is {self.became} now" if self.became else f"was taken away at {beginning.said(self.gone)}"
        return f"{self.what} was in {self.name} before, whose time came at {calendar.said(self.at)}, and which {end}"


def before(dossier: Dossier) -> list[Tried]:
    """All of them, by name, whatever became of their records."""
    mine = set(dossier.names_of(dossier.record))
    folder = dossier.kind.plural
    others = [name for at, name in dossier.past.places if at == folder and name not in mine]
    return [found for name in dict.fromkeys(others) if (found := _tried(dossier, name)) is not None]


def taken_away(dossier: Dossier, found: list[Tried]) -> Iterator[Requirement]:
    """Those whose records are gone: nobody could see any more that there was another attempt, and how it went."""
    for one in found:
        if not one.became:
            paths = landings.paths(f"{RELEASE}/{one.name}", dossier.head, dossier.past)
            commit = next(
                (
                    at.oid
                    for at in reversed(dossier.place.bench.first_parents(dossier.place.tip.oid, list(paths)))
                    if any(edit.path in paths and edit.after is None for edit in at.edits)
                ),
                "",
            )
            back = " ".join(dossier.place.typed(path) for path in paths[:1])
            hint = "Put it back, and set its state to what became of it"
            hint += f": git checkout {commit[:12]}^ -- {back}" if commit else "."
            yield Requirement("CHANGE_ELSEWHERE", "unmet", one.says, hint, dossier.record.path, "/spec/changes")


def _tried(dossier: Dossier, name: str) -> Tried | None:
    line = sorted(dossier.held.history.landings(f"{RELEASE}/{name}"), key=lambda one: one.place)
    latest = min(dossier.begins or dossier.now, dossier.now)
    for one, end in _spans(line, dossier.now):
        data = one.data
        if data is None or state_of(data) not in ("approved", *beginning.BEGUN):
            continue
        came = [at for at in beginning.moments(value_at(data, "/spec")) if at.timestamp() <= end and at < latest]
        what = _shared(dossier, data) if came else ""
        if what:
            now = dossier.head.get(f"{RELEASE}/{name}")
            return Tried(name, came[0], what, now.state if now is not None else "", line[-1].time)
    return None


def _spans(line: list[Landing], now: datetime) -> Iterator[tuple[Landing, float]]:
    """Each version with the time until which it stood."""
    yield from ((one, other.time) for one, other in pairwise(line))
    yield from ((one, now.timestamp()) for one in line[-1:])


def _shared(dossier: Dossier, data: Data) -> str:
    """The first change, or item at the version where it goes, that a version of another release has as well."""
    names, items = value_at(data, "/spec/changes"), value_at(data, "/spec/items")
    found = [str(one) for one in names if one in dossier.called] if isinstance(names, list) else []
    goes = {(ref, item["to"]) for _, ref, item in dossier.items if "to" in item}
    for one in items if isinstance(items, list) else ():
        record = dossier.head.get(str(value_at(one, "/item")))
        if record is not None and (record.ref, value_at(one, "/to")) in goes:
            found.append(record.ref)
    return found[0] if found else ""
