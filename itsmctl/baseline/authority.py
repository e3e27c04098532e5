"""Did key and role of whoever signed hold at that time? By the frozen commit, and by what came to light since.

What ended since says its own date at the tip (a key's end, the last day of a holder or person). Of what ended without a
date, the tree counts that the signature came onto the line with: who was gone by then did not sign in that role. And
what came onto the line after the end is not taken at its own word that it was made before.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct

from itsmctl.evidence import keys, statement
from itsmctl.records import value_at
from itsmctl.roster import Roster

if TYPE_CHECKING:
    from itsmctl.baseline.place import Place
    from itsmctl.gitrepo import Revision
    from itsmctl.roster import KeyEntry
    from itsmctl.snapshot import Snapshot


class Signed(Struct, frozen=True):
    """Something signed: by which key (SHA256:…), at which time as it says, and with which tree it came to be.

    `landed` may be slow.
    """

    fingerprint: str
    at: datetime
    landed: Callable[[], Revision]


def lack(place: Place, frozen: Revision, signed: Signed, role: str) -> tuple[str, str]:
    """(code, sentence) of what was lacking at the time of signing; two empty texts where nothing was.

    UNKNOWN, KEY_REVOKED, EXPIRED_KEY, NOT_THEIRS, ROLE_WRONG, ROLE_ENDED.
    """
    then = place.people(frozen, signed.at).roster
    entry = then.key(signed.fingerprint)
    if entry is None:
        return "UNKNOWN", f"{signed.fingerprint} is the key of no one Person at the commit that was frozen"
    found = _key_lack(place, entry, signed)
    if found[0]:
        return found
    if entry.person not in then.holders(role):
        return "ROLE_WRONG", f"{entry.person} does not hold the role {role} at the commit that was frozen"
    is_held = _by_dates(place.records(place.tip), entry.person, role, signed.at)
    if is_held is None:
        landed = place.people(signed.landed(), signed.at).roster
        is_held = landed.today("Person", entry.person) in landed.holders(role)
    if not is_held:
        return "ROLE_ENDED", f"{entry.person} did not hold the role {role} any more when it was signed"
    return _late(place, entry, signed, role)


def was_good(place: Place, signed: Signed, code: str) -> bool:
    """Was nothing lacking when the signature came onto the line, of which `lack` gives this code today?

    A key that was known to be somebody else's, too, by then never spoke for anybody.
    """
    if code not in ("KEY_REVOKED", "NOT_THEIRS"):
        return not code
    landed = signed.landed()
    entry = Roster.of(place.records(landed), place.now).key(signed.fingerprint)
    return entry is not None and entry.compromised_since is None and landed != place.tip


def _late(place: Place, entry: KeyEntry, signed: Signed, role: str) -> tuple[str, str]:
    """The same, as of the moment at which the signature came onto the line: any earlier one is its own claim."""
    landed = signed.landed()
    at = max(place.line_time(landed), signed.at)
    people = place.people(landed, at).roster
    came = f"it came onto the line with commit {landed.oid[:12]}, and that it was made before is its own word"
    for one in (entry, people.key(signed.fingerprint), place.today.key(signed.fingerprint)):
        if one is not None and one.compromised_since is None and _ended(one, at) is not None:
            return "EXPIRED_KEY", f"its key had ended: {came}"
    ended = _by_dates(place.records(place.tip), entry.person, role, at) is False
    if ended or people.today("Person", entry.person) not in people.holders(role):
        return "ROLE_ENDED", f"{entry.person} did not hold the role {role} any more: {came}"
    return "", ""


def _key_lack(place: Place, entry: KeyEntry, signed: Signed) -> tuple[str, str]:
    """The same, of the key alone."""
    today = place.today
    known = today.key(signed.fingerprint)
    if known is None:
        known = place.people(signed.landed(), signed.at).roster.key(signed.fingerprint)
        if known is None:
            return "EXPIRED_KEY", f"its key was taken out of the record of {entry.person} before it was signed"
    elif known.person != today.today("Person", entry.person):
        return "NOT_THEIRS", f"its key was {entry.person}'s, and is {known.person}'s today"
    for one in (entry, known):
        if one.compromised_since is not None and one.compromised_since <= today.now:
            since = statement.instant(one.compromised_since)
            return "KEY_REVOKED", f"its key was somebody else's, too, since {since}: agree with another"
    for one in (entry, known):
        fault = _ended(one, signed.at)
        if fault is not None:
            return fault[0], fault[1].partition(": ")[0]
    return "", ""


def _ended(entry: KeyEntry, at: datetime) -> tuple[str, str] | None:
    """See keys.fault, with the second in which the key ends counted in.

    Statements and commits are of whole seconds: which came first in one second, the signature or the end, nobody can
    tell, and whoever signed before the end was written was told that it counts.
    """
    second = at.replace(microsecond=0)
    fault = keys.fault(entry, second)
    if fault is not None and second in (entry.valid_until, entry.retired_at):
        return keys.fault(entry, second - _SECOND) if entry.compromised_since != second else fault
    return fault


_SECOND = timedelta(seconds=1)


def _by_dates(today: Snapshot, person: str, role: str, at: datetime) -> bool | None:
    """Did the person hold the role on that day, as the records of today say? None where they say no date."""
    zone = today.law.settings.data.get("calendar", {}).get("zone", "UTC")
    day = at.astimezone(ZoneInfo(zone)).date().isoformat()  # ISO days: in order as texts
    answers = (_was_there(today, person, day), _was_held(today, person, role, day))
    return False if False in answers else None if None in answers else True


def _was_there(today: Snapshot, person: str, day: str) -> bool | None:
    record = today.get(f"Person/{person}")
    if record is None or not record.sound:
        return None
    first, last = (value_at(record.data, f"/spec/active_{end}") for end in ("from", "to"))
    if last is not None and day > str(last):
        return False
    is_told = first is None or str(first) <= day  # of who came again, the record tells the second time alone
    return True if is_told and (record.state == "active" or last is not None) else None


def _was_held(today: Snapshot, person: str, role: str, day: str) -> bool | None:
    record, member = today.get(f"Role/{role}"), today.get(f"Person/{person}")
    if record is None or not record.sound or member is None:
        return None
    names = {person, member.name}
    spans = [one for one in record.data["spec"]["holders"] if one["person"] in names]
    if any(one["from"] <= day <= one.get("to", day) for one in spans):
        return True
    return False if any(one.get("to", day) < day for one in spans) else None
