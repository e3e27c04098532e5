"""What the rules say of a release, as it will be in the state that the stage leads to. No rule is repeated here.

What only a reviewed emergency has to show is owed until then: the rules are asked as if it were reviewed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from itsmctl.baseline.scope import RELEASE
from itsmctl.case import Case
from itsmctl.drawing import count
from itsmctl.functions import releases
from itsmctl.gate.beginnings import REVIEWED
from itsmctl.gate.calendar import stamp
from itsmctl.kinds.words import dotted
from itsmctl.records import value_at
from itsmctl.release import branches, lifting
from itsmctl.release.beginning import moment
from itsmctl.release.dossier import as_in
from itsmctl.release.requirement import Outcome, Requirement, Step

if TYPE_CHECKING:
    from datetime import datetime

    from itsmctl.records import Remark
    from itsmctl.release.dossier import Data, Dossier
    from itsmctl.release.lifting import Lifted
    from itsmctl.snapshot import Snapshot

_LEADS_TO = {"ready": "rolling-out", "done": "live"}
"""Stage → the state in which its rules have to hold."""

_LOOK_BACK = 30
"""Days after which REL-17 has a release looked back at, where the release policy says nothing."""


def policies(dossier: Dossier, records: Snapshot | None = None) -> list[Data]:
    """The release policies that the release follows, the first to ask first: see functions.releases. Of the commit that
    is asked of, or among other records.
    """
    case = Case(records or dossier.head, dossier.now.astimezone(UTC))
    found: list[Data] = releases.bind(case)["release_policies"](dossier.record.data)
    return found


def stages(followed: Iterable[Data]) -> list[Data] | None:
    """The stages that are signed off, in order, by the first policy that says any; None where none does."""
    return next((one["spec"]["stages"] for one in followed if one["spec"].get("stages")), None)


def without_digests(followed: Iterable[Data]) -> tuple[str, str]:
    """(name, words) of the policy that says why no digest is written; ("", "") where none does."""
    told = ((one["metadata"]["name"], one["spec"].get("without_digests", "")) for one in followed)
    return next(((name, says) for name, says in told if says.strip()), ("", ""))


def aim(dossier: Dossier) -> str:
    """The state in which all has to hold: the one that the stage leads to, or where the release has come since."""
    return "reviewed" if dossier.record.state in REVIEWED else _LEADS_TO[dossier.stage]


def judge(dossier: Dossier) -> Iterator[Requirement]:
    """Each finding that the rules have on the release; and, of an emergency, what they will have."""
    state = aim(dossier)
    found, ran = _findings(dossier, state)
    told = [_told(dossier, one) for one in found.open]
    met = ran + lifting.told(found.waived) + _lowered(dossier) + _altered(dossier)
    yield from told or [Requirement("RELEASE_RULES", "met", met)]
    if dossier.is_emergency and state != "reviewed":
        yield from _owed(dossier, {(one.rule, one.pointer, one.message) for one in found.open})


def waived(dossier: Dossier) -> tuple[tuple[str, str], ...]:
    """(rule, waiver) of what is lifted, of the state in which all has to hold."""
    return _findings(dossier, aim(dossier))[0].waived


def _lowered(dossier: Dossier) -> str:
    """Which rules on releases the settings have only told, in words: they deny nothing, and people should know."""
    levels = dossier.book.settings.severity
    found = [one.rule.id for one in dossier.book.policies if RELEASE in one.kinds and levels.get(one.rule.id) == "info"]
    return f"; lowered to info by the settings: {', '.join(sorted(found))}" if found else ""


def _altered(dossier: Dossier) -> str:
    """Which of the policies that are asked is another than when the roll-out began, in words: the law of today counts,
    and whoever decides should know that it was altered.
    """
    if dossier.begins is None:
        return ""
    begins, history = dossier.begins.timestamp(), dossier.held.history
    refs = [f"ReleasePolicy/{one['metadata']['name']}" for one in policies(dossier)]
    found = [ref for ref in refs if any(at >= begins for at, _ in history.versions(ref))]
    return f"; altered since the roll-out began: {', '.join(found)}" if found else ""


def _findings(dossier: Dossier, state: str) -> tuple[Lifted, str]:
    """(remarks on the release, and what lifts some of them; which rules on releases ran, in words)."""
    head, record = as_in(dossier, state)
    case = Case(head, dossier.now.astimezone(UTC))
    book = replace(dossier.book, policies=tuple(one for one in dossier.book.policies if RELEASE in one.kinds))
    inspection = book.inspect(case, frozenset({record.ref}))
    mine = [one for one in inspection.remarks if one.record == record.ref and _counts(dossier, one)]
    mine.sort(key=lambda one: (one.rule, one.pointer))
    skipped = {one.rule: one.reason for one in inspection.not_run}
    held = [one.rule.id for one in book.policies]
    ran = count(sum(rule not in skipped for rule in held), "rule") + f", as of a release that is {state}"
    ran += "".join(f"; not {rule}: {skipped[rule]}" for rule in held if rule in skipped)
    return lifting.lift(dossier, mine, case), ran


def _counts(dossier: Dossier, one: Remark) -> bool:
    """A recommendation counts here as well: whoever decides on a roll-out does not do so on half of the rules."""
    rule = dossier.book.by_id.get(one.rule)
    if one.rule == "record-due":
        return False  # RELEASE_DUE tells it, of the state that the stage leads to
    return one.severity != "info" and (rule is None or rule.enforcement != "advisory")


def _told(dossier: Dossier, one: Remark) -> Requirement:
    hint = one.hint or f"itsmctl explain {one.rule}"
    if one.rule == "reference" and one.pointer.startswith("/spec/changes/"):
        # what is on a branch is not to be written a second time
        hint = branches.hint(dossier, str(value_at(dossier.record.data, one.pointer))) or hint
    return Requirement(one.rule, "unmet", one.message, hint, one.path, one.pointer)


def _owed(dossier: Dossier, told: set[tuple[str, str, str]]) -> Iterator[Requirement]:
    """What an emergency brings later, with the day by which it has to."""
    later, _ = _findings(dossier, "reviewed")
    lacks = [one for one in _due(dossier, "reviewed") if one not in _due(dossier, aim(dossier))]
    until = _until(dossier)
    due = stamp(until) if until is not None else ""
    outcome: Outcome = "unknown" if until is None else "unmet" if until <= dossier.now else "owed"
    by = f"by {due}" if due else "by a day that nobody can tell, as no go_live is written"
    waits = [(one.rule, one.message, one.path, one.pointer, one.hint) for one in later.open]
    waits = [one for one in waits if (one[0], one[3], one[1]) not in told]
    for rule, says, path, pointer, hint in waits:
        yield Requirement(rule, outcome, f"{says}; owed {by}", hint or f"itsmctl explain {rule}", path, pointer, due)
    for pointer in lacks:
        says = f"{dotted(pointer)} is not written; owed {by}"
        hint = "Write it by the review of the release."
        yield Requirement("RELEASE_DUE", outcome, says, hint, dossier.record.path, pointer, due)


def _until(dossier: Dossier) -> datetime | None:
    """When an emergency has to be looked back at: go_live and the days of its policy, see REL-17."""
    went = moment(str(dossier.spec.get("go_live", "")))
    written = (one["spec"].get("look_back_after_days") for one in policies(dossier))
    days = next((one for one in written if one is not None), _LOOK_BACK)
    try:
        return went + timedelta(days=days) if went is not None else None
    except OverflowError:
        return None


def _due(dossier: Dossier, state: str) -> tuple[str, ...]:
    """The first pointer of each field that falls due in that state and is not written."""
    held = dossier.kind.lifecycle
    _, record = as_in(dossier, state)
    return tuple(pointers[0] for _, pointers in held.missing(record.data)) if held is not None else ()


def following(dossier: Dossier) -> tuple[Step, ...]:
    """Where the release may go from here, with what falls due there."""
    held = dossier.kind.lifecycle
    if held is None:
        return ()
    steps = held.steps(dossier.record.data).get(dossier.record.state, ())
    return tuple(Step(state, _due(dossier, state)) for state in steps)
