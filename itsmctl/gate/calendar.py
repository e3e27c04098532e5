"""Windows and freezes: may the work on a change begin now, and until when does that hold? Pure; the clock is given.

All intervals are half-open and compared in UTC. What names no instant, or two, is denied.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from msgspec import Struct

from itsmctl import cel
from itsmctl.functions import windows
from itsmctl.gate import verdict
from itsmctl.gate.model import Proposal, Touched
from itsmctl.gate.services import Graphs, Reach, reached, today
from itsmctl.gate.verdict import About, Verdict
from itsmctl.records import Record, value_at
from itsmctl.settings import View
from itsmctl.snapshot import Snapshot
from itsmctl.votes import Vote

_FREEZE = "FreezeWindow"


class Window(Struct, frozen=True):
    """[start, end), in UTC."""

    start: datetime
    end: datetime

    def holds(self, moment: datetime) -> bool:
        """Is the moment inside?"""
        return self.start <= moment < self.end

    def meets(self, start: datetime, end: datetime) -> bool:
        """Do both share an instant?"""
        return max(self.start, start) < min(self.end, end)


class Bound(Struct, frozen=True):
    """A moment at which a verdict stops to hold, and what ends then, for people."""

    at: datetime
    what: str


class Scene(Graphs, Protocol):
    """Records, and the moment at which the work would begin: what a Proposal has."""

    @property
    def now(self) -> datetime:
        """That moment, in UTC."""


class Asked(Struct, frozen=True):
    """Whose freezes are looked for: a change with its edits, the class it really is of, and roles that voted for it.

    `data` is the change as it will be after the merge, `before` as it stands at the base. `roles` are plain names.
    """

    name: str
    data: Mapping[str, Any]
    class_: str
    touched: Sequence[Touched] = ()
    roles: Collection[str] = ()
    before: Mapping[str, Any] | None = None

    def reach(self, proposal: Graphs) -> Reach:
        """What it reaches, by the change before and after."""
        return reached(proposal, [self.data, *([self.before] if self.before is not None else [])], self.touched)

    @property
    def ends(self) -> datetime | None:
        """When its window is over; None where it has none, or is an emergency, which needs none."""
        found = span(self.data) if self.class_ != "emergency" else None
        return found.end if isinstance(found, Window) else None


def span(data: Mapping[str, Any]) -> Window | str | None:
    """The window of a record, None where none is written, or in words why what is written is none.

    Read as rules read it: `spec.schedule`, of a record without one `spec.start` and `spec.end`.
    """
    spec = value_at(data, "/spec")
    if not isinstance(spec, dict):
        return None
    schedule = spec.get("schedule", spec)
    if not isinstance(schedule, dict) or not ({"start", "end"} & schedule.keys()):
        return None
    zone = schedule.get("zone")
    if not zone and any("T" in str(schedule.get(end)) and not _has_offset(schedule.get(end)) for end in _ENDS):
        return "a time has neither an offset from UTC nor a zone beside it"
    try:
        start, end = windows.starts(data).local(UTC), windows.ends(data).local(UTC)
    except (cel.EvaluationError, ValueError, TypeError, OverflowError) as error:
        return str(error)
    if start >= end:
        return f"it ends at {said(end)}, which is not after its start at {said(start)}"
    return Window(start, end)


_ENDS = ("start", "end")


def _has_offset(text: object) -> bool:
    return isinstance(text, str) and (text.endswith("Z") or text[-6:-5] in ("+", "-"))


def window(data: Mapping[str, Any], now: datetime, seen: datetime | None = None, about: About | None = None) -> Verdict:
    """Is the change inside of its window? `seen` is when it was first known to anybody, see beginnings.first_seen.

    Codes: NO_WINDOW, WINDOW_UNCLEAR, OUTSIDE_WINDOW (before or after). A window that begins before `seen` is noted, as
    AFTER_THE_FACT: whoever votes sees it, and it holds the present all the same.
    """
    found = span(data)
    if found is None:
        says = "the change has no window: write spec.schedule with start and end"
        return verdict.deny("window", "window", "NO_WINDOW", says, about)
    if isinstance(found, str):
        says = f"the window of the change is none: {found}; write start and end of spec.schedule with their offsets"
        return verdict.deny("window", "window", "WINDOW_UNCLEAR", says, about)
    details = {"start": stamp(found.start), "end": stamp(found.end)}
    if now < found.start:
        says = f"the window begins at {said(found.start)}: come back then"
        details["earliest"] = stamp(found.start)
        return verdict.deny("window", "window", "OUTSIDE_WINDOW", says, about, **details, where="before")
    if now >= found.end:
        says = f"the window ended at {said(found.end)}: agree on a new one in spec.schedule, and have it voted on"
        return verdict.deny("window", "window", "OUTSIDE_WINDOW", says, about, **details, where="after")
    says = f"the window is open now, until {said(found.end)}"
    if seen is None or found.start >= seen:
        return verdict.allow("window", "window", says, **details)
    late = f"it begins at {said(found.start)}, and nobody knew of the change before {said(seen)}"
    known = verdict.note("note", "window", "AFTER_THE_FACT", late, about, seen=stamp(seen))
    return verdict.of("window", "window", [known], says, **details)


def freezes(proposal: Scene, asked: Asked) -> tuple[Verdict, ...]:
    """One node for each freeze at the base that meets [now, end of the window) for what the change reaches.

    Without a window: for each that is in force now. Codes: FREEZE, FREEZE_ROLE, FREEZE_UNCLEAR.
    """
    found = list(_unread(proposal, asked))
    reach = asked.reach(proposal)
    for freeze in proposal.base.by_kind.get(_FREEZE, ()):
        held = _held(freeze)
        if held is None:
            continue
        if isinstance(held, str):
            found.append(_unclear(asked, freeze.name, freeze.path, f"cannot be told when it holds: {held}"))
        elif _is_met(held, proposal.now, asked.ends) and _is_for(proposal, freeze, reach):
            found.append(_judged(proposal, freeze, held, asked))
    return tuple(found)


def next_freeze(proposal: Proposal, asked: Asked) -> Bound | None:
    """The start of the next freeze that would deny the change, and its name."""
    reach = asked.reach(proposal)
    coming = []
    for freeze in proposal.base.by_kind.get(_FREEZE, ()):
        held = _held(freeze)
        is_ahead = isinstance(held, Window) and held.start > proposal.now and _is_for(proposal, freeze, reach)
        if isinstance(held, Window) and is_ahead and not _judged(proposal, freeze, held, asked).allowed:
            coming.append(Bound(held.start, f"freeze {freeze.name} begins"))
    return min(coming, key=lambda bound: (bound.at, bound.what), default=None)


def _is_met(held: Window, now: datetime, until: datetime | None) -> bool:
    return held.holds(now) or (until is not None and held.meets(now, until))


def _held(freeze: Record) -> Window | str | None:
    """When a freeze holds; None for one that was called off; in words why it cannot be told."""
    if freeze.sound and freeze.state == "cancelled":
        return None
    if not freeze.sound or freeze.state != "planned":
        return "the record breaks its schema"
    return span(freeze.data) or "neither start nor end is written"


def _is_for(proposal: Graphs, freeze: Record, reach: Reach) -> bool:
    services = [today(proposal.base, "Service", one) for one in value_at(freeze.data, "/spec/services") or ()]
    return reach.meets(services, value_at(freeze.data, "/spec/environments") or ())


def _judged(proposal: Graphs, freeze: Record, held: Window, asked: Asked) -> Verdict:
    details = {"start": stamp(held.start), "end": stamp(held.end), "class": asked.class_}
    reason = value_at(freeze.data, "/spec/reason")
    what = f"from {said(held.start)} to {said(held.end)} ({str(reason).rstrip('.')})"
    named = [one for one in value_at(freeze.data, "/spec/allows") or () if one["class"] == asked.class_]
    voted = {today(proposal.base, "Role", role) for role in asked.roles}
    roles = [today(proposal.base, "Role", one["role"]) if "role" in one else "" for one in named]
    for role in roles:
        if not role or role in voted:
            says = f"{what} lets {asked.class_} changes through" + (f", and {role} has voted" if role else "")
            return verdict.allow("freeze", freeze.name, says, "FREEZE_ALLOWED", **details)
    if roles:
        wanted = " or ".join(dict.fromkeys(roles))
        says = f"{what} lets {asked.class_} changes through once {wanted} has voted: get that vote"
        about = About(freeze.path, "/spec/allows", "base")
        return verdict.deny("freeze", freeze.name, "FREEZE_ROLE", says, about, **details, roles=roles)
    says = f"{what} does not let {asked.class_} changes through: earliest after it is {said(held.end)}"
    about = About(freeze.path, "/spec", "base")
    return verdict.deny("freeze", freeze.name, "FREEZE", says, about, **details, earliest=stamp(held.end))


def roles_asked(base: Snapshot) -> frozenset[str]:
    """The roles of which freezes ask for a vote; one that breaks its schema denies, and asks for nobody's."""
    sound = (one for one in base.by_kind.get(_FREEZE, ()) if one.sound)
    allows = (held for one in sound for held in value_at(one.data, "/spec/allows") or ())
    return frozenset(held["role"] for held in allows if "role" in held)


def _unclear(asked: Asked, name: str, path: str, why: str) -> Verdict:
    """A freeze that may hold or not denies; it only says so to a change that is of nothing but freezes, to mend it."""
    about = About(path, "/spec", "base")
    if asked.touched and all(one.line.kind == _FREEZE for one in asked.touched):
        return verdict.note("freeze", name, "FREEZE_UNCLEAR", f"{why}; only freezes may be altered meanwhile", about)
    says = f"{why}; mend {path} first, in a change that alters nothing but freezes"
    return verdict.deny("freeze", name, "FREEZE_UNCLEAR", says, about)


def _unread(proposal: Graphs, asked: Asked) -> Iterator[Verdict]:
    for ref, path in sorted(proposal.base.unread.items()):
        kind, _, name = ref.partition("/")
        if kind == _FREEZE:
            yield _unclear(asked, name, path, "cannot be read, so that nobody knows when it holds")


def valid_until(
    proposal: Proposal,
    asked: Asked,
    votes: Iterable[Vote] = (),
    model: Record | None = None,
    waivers: Iterable[Record] = (),
) -> Bound | None:
    """The first moment at which the verdict may be another one, and why; None if nothing of it ends.

    `votes` are those that count; `model` is that of a standard change.
    """
    bounds = list(lasting(proposal, votes, model, waivers))
    if asked.ends is not None:
        bounds.append(Bound(asked.ends, "the window ends"))
    coming = next_freeze(proposal, asked)
    if coming is not None:
        bounds.append(coming)
    return min(bounds, key=lambda bound: (bound.at, bound.what), default=None)


def lasting(
    proposal: Proposal, votes: Iterable[Vote], model: Record | None, waivers: Iterable[Record]
) -> Iterator[Bound]:
    """Until when what a verdict rests on lasts, whatever the window: votes, keys, a model, waivers."""
    settings = proposal.rulebook.settings
    for vote in votes:
        if vote.expires_at is not None:
            yield Bound(vote.expires_at, f"the vote of {vote.person} expires")
        if vote.key_until is not None:
            yield Bound(vote.key_until, f"the key of {vote.person} stops counting")
    for record, what in [*([(model, "model")] if model is not None else []), *((one, "waiver") for one in waivers)]:
        last = value_at(record.data, "/spec/expires")
        if isinstance(last, str):
            # rules take the day of a waiver to be over in UTC: the earlier of the two is never too late
            zones = (zone_of(settings), UTC) if what == "waiver" else (zone_of(settings),)
            yield Bound(min(day_ends(last, zone) for zone in zones), f"the {what} {record.name} expires")


def zone_of(settings: View) -> ZoneInfo:
    """The time zone of the organisation: its days begin and end there."""
    return ZoneInfo(settings.data.get("calendar", {}).get("zone", "UTC"))


def day_ends(day: str, zone: Any) -> datetime:
    """The first instant, in UTC, that no longer belongs to a day. Raises ValueError for what is no day."""
    try:
        following = date.fromisoformat(day) + timedelta(days=1)
        return datetime(following.year, following.month, following.day, tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def day_begins(day: str, zone: Any) -> datetime:
    """The first instant, in UTC, of a day. Raises ValueError for what is no day."""
    found = date.fromisoformat(day)
    return datetime(found.year, found.month, found.day, tzinfo=zone).astimezone(UTC)


def said(moment: datetime) -> str:
    """A moment for people: in UTC, to the minute where that is all of it."""
    text = stamp(moment)
    return text.replace(":00Z", "Z") if text.count(":") == 2 else text


def stamp(moment: datetime) -> str:
    """A moment for programs: RFC 3339, in UTC."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"
