"""What of rules and policies reads the time: when what they say may turn, and until when nobody has to ask anew. Pure.

A time that is held against fixed moments (`as_of >= timestamp('…')`) turns there and nowhere else. Where a rule of the
repository reads it in any other way, that is not followed: see AGAIN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from itsmctl import cel, functions, waivers
from itsmctl.case import Case
from itsmctl.gate import calendar
from itsmctl.gate.applying import environment
from itsmctl.gate.calendar import Bound
from itsmctl.kinds.pointers import scalars
from itsmctl.records import value_at

if TYPE_CHECKING:
    from itsmctl.gate.model import Proposal
    from itsmctl.policy import Policy
    from itsmctl.snapshot import Snapshot

AGAIN = timedelta(hours=1)
"""How long a verdict holds at most where a rule of the repository reads the time otherwise than against fixed moments:
any hour may be the one at which it turns, and most verdicts are used within less."""

_AHEAD = tuple(timedelta(days=days) for days in (1, 7, 31, 366))
"""When policies are asked about what comes, where nothing else ends. They count days, so that what they find stays."""

_MOST = 60
"""Moments that policies are asked about. What lies behind is not known to hold."""

_SECOND, _INSTANT = timedelta(seconds=1), timedelta(microseconds=1)


class Turn(NamedTuple):
    """A bound, and the moment at which it shows whether anything turns there."""

    bound: Bound
    tried: datetime


class _Clock(NamedTuple):
    """The fixed moments that expressions hold the time against; `is_fixed`: they read it in no other way."""

    moments: tuple[datetime, ...]
    is_fixed: bool

    @property
    def ticks(self) -> bool:
        """Do they read the time at all?"""
        return bool(self.moments) or not self.is_fixed


def turns(proposal: Proposal) -> Iterator[Turn]:
    """Every fixed moment ahead at which what an approval rule asks may turn, and right after it."""
    for name, clock in _rules(proposal):
        for moment in clock.moments:
            bound = Bound(moment, f"the rule {name} is another from then on")
            yield from (Turn(bound, at) for at in (moment, moment + _SECOND) if at > proposal.now)


def again(proposal: Proposal, *, is_decided: bool) -> Iterator[Bound]:
    """When the verdict ends at the latest, as a rule of the repository reads the time in a way that is not followed.

    `is_decided`: approval rules were asked.
    """
    for name, clock in _rules(proposal) if is_decided else ():
        if not clock.is_fixed:
            yield _asked_anew("approval rule", name, proposal)
    for policy, clock in _policies(proposal):
        if not policy.builtin and not clock.is_fixed:
            yield _asked_anew("rule", policy.rule.id, proposal)


def _asked_anew(what: str, name: str, proposal: Proposal) -> Bound:
    hours = int(AGAIN / timedelta(hours=1))
    says = f"the {what} {name} reads the time, and not only against a fixed timestamp, so that it is asked anew after"
    return Bound(proposal.now + AGAIN, f"{says} {hours} h")


def _rules(proposal: Proposal) -> Iterator[tuple[str, _Clock]]:
    """Approval rules of which the `when` reads the time. One that does not compile denies by itself, and where one
    breaks its schema, none is asked.
    """
    declared = environment(proposal.rulebook.types)
    for rule in proposal.base.by_kind.get("ApprovalRule", ()):
        when = value_at(rule.data, "/spec/when")
        if not isinstance(when, str):
            continue
        try:
            clock = _clock([declared.compile(when, expect=cel.BOOL)], proposal)
        except cel.CompileError:
            continue
        if clock.ticks:
            yield rule.name, clock


def _clock(programs: Iterable[cel.Program], proposal: Proposal) -> _Clock:
    if "timed" not in proposal.cache:
        proposal.cache["timed"] = functions.timed(proposal.rulebook.types)
    timed: frozenset[str] = proposal.cache["timed"]
    found: list[datetime] = []
    is_fixed = True
    for program in programs:
        moments = program.moments("as_of")
        is_fixed = is_fixed and moments is not None and timed.isdisjoint(program.functions)
        found += [moment.local(UTC) for moment in moments or ()]
    return _Clock(tuple(dict.fromkeys(found)), is_fixed)


def _policies(proposal: Proposal) -> list[tuple[Policy, _Clock]]:
    """Policies that read the time, and of which a finding on what the head edits would deny."""
    if "timely" not in proposal.cache:
        proposal.cache["timely"] = list(_read(proposal))
    found: list[tuple[Policy, _Clock]] = proposal.cache["timely"]
    return found


def _read(proposal: Proposal) -> Iterator[tuple[Policy, _Clock]]:
    kinds = {one.line.kind for one in proposal.edits.values()}
    for policy in proposal.rulebook.policies:
        is_hard = policy.rule.severity == "error" and policy.rule.enforcement != "advisory"
        if is_hard and policy.rule.id not in proposal.rulebook.off and not kinds.isdisjoint(policy.kinds):
            clock = _clock([program for _, program in policy.expressions], proposal)
            if clock.ticks:
                yield policy, clock


def found(proposal: Proposal, known: datetime | None) -> Bound | None:
    """From when on a policy finds something in what the head edits that it does not find there at the base, if before
    `known`, the end of all else.

    Asked about are that end, or some days ahead where there is none, each fixed moment of a policy, and each that the
    edited records hold; between two of them what turns does so once.
    """
    held = _policies(proposal)
    if not held:
        return None
    ahead = {known} if known is not None else {proposal.now + span for span in _AHEAD}
    for _, clock in held:
        ahead |= {at for moment in clock.moments for at in (moment, moment + _SECOND)}
    ahead |= set(_written(proposal))
    moments = sorted(at for at in ahead if at > proposal.now and (known is None or at <= known))
    policies = [policy for policy, _ in held]
    good = proposal.now
    for at in moments[:_MOST]:
        news = _news(policies, proposal, at)
        if news:
            turned = _turned(lambda moment: bool(_news(policies, proposal, moment)), good, at)
            return Bound(turned, f"the rule {min(news)[0]} finds something from then on")
        good = at
    return Bound(good, "what rules find later on is not looked at") if len(moments) > _MOST else None


def _turned(is_bad: Callable[[datetime], bool], good: datetime, bad: datetime) -> datetime:
    """The first whole second at which it is bad, or the one before, if it turns in between."""
    low, high = good.replace(microsecond=0), bad
    while high - low > _SECOND:
        middle = low + timedelta(seconds=int((high - low) / _SECOND) // 2)
        low, high = (low, middle) if is_bad(middle) else (middle, high)
    return low if high - _INSTANT > good and is_bad(high - _INSTANT) else high


def _news(policies: list[Policy], proposal: Proposal, at: datetime) -> set[tuple[str, str]]:
    """(rule, record) of what the policies find at that moment in the merge result, and not at the base."""
    base = proposal.base
    grants = waivers.in_force(Case(base, at))

    def failing(stands: Snapshot) -> set[tuple[str, str]]:
        only = frozenset(ref for ref in proposal.edits if ref in stands.records)
        remarks = proposal.rulebook.ask(policies, Case(stands, at, base), only)
        lifted = waivers.lift(remarks, grants, proposal.rulebook.by_id)
        return {(one.rule, one.record) for one, waived in lifted if waived is None}

    return failing(proposal.merged) - failing(base)


def _written(proposal: Proposal) -> Iterator[datetime]:
    """Each moment that the edited records hold: of a day, when it begins and when it is over."""
    zone = calendar.zone_of(proposal.rulebook.settings)
    for one in proposal.edits.values():
        for text in scalars(one.after.data if one.after is not None else None):
            if not isinstance(text, str):
                continue
            try:
                if len(text) == len("2026-12-01"):
                    yield from (calendar.day_begins(text, zone), calendar.day_ends(text, zone))
                elif "T" in text:
                    moment = datetime.fromisoformat(text)
                    yield (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)
            except (ValueError, OverflowError):  # no time
                continue
