"""The whole check of a release: what each stage asks, in the order in which people ask it. Puts together; decides
nothing by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from itsmctl.release import (
    acceptance,
    approvals,
    backout,
    coverage,
    dossier,
    frozen,
    handover,
    items,
    kept,
    law,
    lawful,
    readiness,
    relied,
    steps,
    tagged,
    tagging,
)
from itsmctl.release.requirement import Checked, Requirement

if TYPE_CHECKING:
    from itsmctl.baseline.place import Place
    from itsmctl.release.dossier import Dossier
    from itsmctl.release.requirement import Stage


def check(place: Place, name: str, stage: Stage) -> Checked:
    """Hold the release called `name`, at the tip of the place, against all that the stage asks.

    Raises Misuse where there is no such release, CannotJudge where the commit itself cannot be relied on.
    """
    held = dossier.read(place, name, stage)
    record = held.record
    if not record.sound:
        says = f"{record.ref} breaks its schema, so that nothing else of it can be told"
        hint = f"itsmctl validate {record.path} says what is wrong."
        broken = Requirement("RELEASE_UNSOUND", "unmet", says, hint, record.path)
        return Checked(record, stage, place.tip.oid, place.tip.label, place.now, (broken,))
    found = tuple(dict.fromkeys(_all(held)))
    aside = tagging.off_line(place, held.held.target, place.tip.oid)
    used = tuple(frozen.named(held))
    where = (place.tip.oid, place.tip.label, place.now)
    beyond = tagging.beyond(place, held.held.target)
    behind = f"{beyond[0].label} is at {beyond[0].oid[:12]}, which came after it" if beyond else ""
    return Checked(record, stage, *where, found, law.following(held), used, aside, behind, law.waived(held))


def _all(held: Dossier) -> Iterator[Requirement]:
    spec = held.spec
    yield Requirement("RELEASE_UNSOUND", "met")
    yield from handover.state(held)
    yield from steps.judge(held)
    yield from law.judge(held)
    yield from lawful.judge(held)
    yield from relied.judge(held)
    yield from approvals.judge(held)
    before = frozen.manifest(held, spec.get("baseline_before"))
    after = frozen.manifest(held, spec.get("baseline_after")) if held.stage == "done" else None
    yield from coverage.changes(held, before.source.commit if before else "", after.source.commit if after else "")
    yield from coverage.items(held)
    yield from items.judge(held)
    yield from frozen.before(held)
    yield from backout.judge(held)
    yield from acceptance.judge(held)
    yield from handover.known_errors(held)
    yield from handover.documents(held)
    yield from handover.rollout(held)
    if held.stage == "done":
        yield from readiness.judge(held)
        yield from frozen.after(held)
        yield from kept.judge(held)
        yield from tagged.judge(held)
