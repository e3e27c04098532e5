"""Is every change listed that altered an item of the release since its baseline before, and every item of a change?

What was altered is read from first-parent history.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from itsmctl.baseline.origins import listed
from itsmctl.release import beginning
from itsmctl.release.requirement import Requirement, unless

if TYPE_CHECKING:
    from itsmctl.release.dossier import Dossier
    from itsmctl.release.landings import Landing


def changes(dossier: Dossier, since: str, until: str) -> Iterator[Requirement]:
    """`since`, `until`: the commits that the baselines before and after were frozen from; "" where there is none.

    What came after `until` belongs to what comes next.
    """
    line = dossier.line
    start = line.place(since) if since else None
    if start is None:
        says = "it cannot be told what was altered since the baseline before, as there is none on this branch"
        hint = "Name one in spec.baseline_before that was frozen from a commit of this branch."
        for code in ("CHANGE_NOT_LISTED", "ITEM_NOT_COVERED"):
            yield Requirement(code, "unknown", says, hint, dossier.record.path, "/spec/baseline_before")
        return
    end = line.place(until) if until else None
    last = end if end is not None and end > start else len(line.commits) - 1
    wanted = frozenset(dossier.refs)
    found = [one for one in line.landings if start < one.place <= last and wanted & one.covers.keys()]
    yield from unless("CHANGE_NOT_LISTED", _unlisted(dossier, found, wanted))
    yield from unless("ITEM_NOT_COVERED", _uncovered(dossier, found, wanted))


def items(dossier: Dossier) -> Iterator[Requirement]:
    """The release lists whatever its changes list: else something ships that it says nothing of."""
    yield from unless("ITEM_NOT_LISTED", _more(dossier), "" if dossier.changes else "no change is listed")


def _more(dossier: Dossier) -> Iterator[Requirement]:
    known = frozenset(dossier.refs)
    for name, record in dossier.changes.items():
        for ref in sorted(listed(record.data)) if record is not None else ():
            held = dossier.head.get(ref)
            if (held.ref if held is not None else ref) not in known:
                says = f"{name} alters {ref}, too, and the release does not list it"
                hint = "List it in spec.items, or make it a change of its own."
                yield Requirement("ITEM_NOT_LISTED", "unmet", says, hint, dossier.record.path, "/spec/items")


def _unlisted(dossier: Dossier, found: list[Landing], wanted: frozenset[str]) -> Iterator[Requirement]:
    for landing in found:
        for ref in sorted(wanted & landing.covers.keys()):
            for name in sorted(landing.covers[ref] - dossier.called):
                says = f"{name} altered {ref} with {_told(landing)}, and is not listed"
                hint = f"Add {name} to spec.changes, or freeze the baseline before anew, after it."
                yield Requirement("CHANGE_NOT_LISTED", "unmet", says, hint, dossier.record.path, "/spec/changes")


def _uncovered(dossier: Dossier, found: list[Landing], wanted: frozenset[str]) -> Iterator[Requirement]:
    for landing in found:
        for ref in sorted(ref for ref in wanted & landing.covers.keys() if not landing.covers[ref]):
            says = f"{_told(landing)} altered {ref}, and no change in play lists it"
            hint = f"git show {landing.oid[:12]} shows it. Take it back, or have a change approve it."
            yield Requirement("ITEM_NOT_COVERED", "unmet", says, hint, dossier.record.path, "/spec/items")


def _told(landing: Landing) -> str:
    said = beginning.said(landing.time)
    return f"commit {landing.oid[:12]}{f' of {said}' if said else ''}"
