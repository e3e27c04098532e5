"""Was a release ready when its roll-out began? Asked of what stood at the last commit of the branch before that, by the
law of that commit. What is written afterwards decided nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from itsmctl.errors import CannotJudge, Misuse
from itsmctl.gate import calendar
from itsmctl.gate.spending import names
from itsmctl.records import same, value_at
from itsmctl.release import acceptance, approvals, backout, beginning, dossier, handover, law
from itsmctl.release.requirement import PASSING, Requirement, unless

if TYPE_CHECKING:
    from datetime import datetime

    from itsmctl.release.dossier import Dossier
    from itsmctl.release.requirement import Outcome

_CODE = "READY_THEN"
_HINT = "What was not there by then cannot be brought later: the review of the release says what was done instead."


def judge(held: Dossier) -> Iterator[Requirement]:
    """All that is due by the roll-out, of the record and what it names. An emergency may bring it later."""
    if held.begins is None or held.begins > held.now:
        return  # ROLLOUT_TIME tells that
    if held.is_emergency:
        yield Requirement(_CODE, "met", "of an emergency that is not asked")
        return
    at = f"{held.then.oid[:12]}, at {calendar.said(held.begins)}"
    yield from unless(_CODE, _lacks(held, held.begins), at)


def _lacks(held: Dossier, begins: datetime) -> Iterator[Requirement]:
    when, short = calendar.said(begins), held.then.oid[:12]
    if held.then.time >= begins.timestamp():
        says = f"the roll-out began at {when}, and no commit of the branch here is known to be older"
        yield _is(
            held,
            f"{says}: {short} says that it was made at {beginning.said(held.then.time) or 'no time that there is'}",
            "unknown",
        )
        return
    try:
        then = _then(held, begins)
    except CannotJudge as error:
        yield _is(held, f"it cannot be told whether it was ready at {when}, in {short}: {error.message}", "unknown")
        return
    if then is None:
        yield _is(held, f"the release was not on the branch when its roll-out began at {when} ({short})")
        return
    if not then.record.sound:
        yield _is(held, f"the release broke its schema when its roll-out began at {when} ({short})")
        return
    for one in _asked(held, then):
        if one.outcome not in PASSING:
            outcome: Outcome = "unknown" if one.outcome == "unknown" else "unmet"
            says = f"when the roll-out began at {when} ({short}), {one.says} ({one.code})"
            yield Requirement(_CODE, outcome, says, _HINT, held.record.path, one.pointer)


def _is(held: Dossier, says: str, outcome: Outcome = "unmet") -> Requirement:
    return Requirement(_CODE, outcome, says, _HINT, held.record.path, "/spec")


def _then(held: Dossier, begins: datetime) -> Dossier | None:
    """The release as it was known then, asked whether it is ready; None where there was none."""
    place = replace(held.place, tip=held.then, now=begins)
    for ref in names(held.record):
        with suppress(Misuse):  # it had another name then, or was not there
            return dossier.read(place, ref, "ready")
    return None


def _asked(held: Dossier, then: Dossier) -> Iterator[Requirement]:
    """What `release check --stage ready` asks of the record itself, its changes and known errors. Items and baselines
    have landings and agreements, which are asked by their own times.
    """
    if then.record.state not in ("approved", *beginning.BEGUN):
        says = f"the release was {then.record.state}, and not approved"
        yield Requirement("RELEASE_STATE", "unmet", says, "", then.record.path, "/spec/state")
    for name in _joined(held.today(then.record.data), held.today(held.record.data)):
        says = f"the release did not list {name}, which it lists now"
        yield Requirement("CHANGE_NOT_LISTED", "unmet", says, "", then.record.path, "/spec/changes")
    yield from approvals.by_then(then)
    yield from handover.due(then)
    yield from law.judge(then)
    yield from acceptance.judge(then)
    if not _is_same_way(held, then):
        yield from backout.judge(then)
    yield from handover.known_errors(then)
    yield from handover.documents(then)


def _is_same_way(held: Dossier, then: Dossier) -> bool:
    """Is the way back the one that is asked of anyway?"""
    one, other = held.today(held.record.data), held.today(then.record.data)
    found = [(value_at(one, at), value_at(other, at)) for at in ("/spec/backout", "/spec/remedy")]
    return all((now is None) is (was is None) and (now is None or same(now, was)) for now, was in found)


def _joined(was: object, now: object) -> list[str]:
    """The names of the changes that a version of the release lists and an earlier one did not; both as of today."""
    before, after = (held if isinstance(held := value_at(one, "/spec/changes"), list) else [] for one in (was, now))
    return [str(one).rpartition("/")[2] for one in after if one not in before]
