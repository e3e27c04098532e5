"""Who is who at one revision: who holds a role today, who acts for whom, who answers for a record. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from itsmctl.records import Record, value_at
from itsmctl.roster.claims import Claims, account_of, settled
from itsmctl.roster.values import KINDS, Acting, Fault, KeyEntry, Member, Owner, Standing
from itsmctl.snapshot import Snapshot

MOST_DAYS = 30
"""How long a delegation lasts at most, first and last day included."""


class Roster(Struct, frozen=True, dict=True):
    """See `of`. `day`: today in the zone of the settings, as YYYY-MM-DD. `faults`: all that cannot be relied on."""

    now: datetime
    day: str
    members: Mapping[str, Member]
    faults: tuple[Fault, ...]
    fallback: str  # the role that decides for an owner whom nobody is; "" where the settings name none
    _emails: Mapping[str, str]
    _keys: Mapping[str, KeyEntry]
    _accounts: Mapping[tuple[str, str, int], str]
    _holders: Mapping[str, tuple[str, ...]]
    _formerly: Mapping[str, str]  # former Kind/name → the one of today
    _delegations: tuple[Acting, ...]

    @classmethod
    def of(cls, snapshot: Snapshot, now: datetime) -> Roster:
        """The roster that holds in `snapshot` at `now`, which knows its zone. Faults are listed, never raised."""
        settings = snapshot.law.settings.data
        day = now.astimezone(ZoneInfo(settings.get("calendar", {}).get("zone", "UTC"))).date().isoformat()
        persons, roles, delegations = (
            tuple(one for one in snapshot.by_kind.get(kind, ()) if one.sound) for kind in KINDS
        )
        members = {one.name: _member(one, day) for one in persons}
        claims = Claims.of(persons)
        formerly = {old: new for old, new in snapshot.formerly.items() if old not in snapshot.records}
        holders = {one.name: _holding(one, members, formerly, day) for one in roles}
        return cls(
            now=now.astimezone(UTC),
            day=day,
            members=members,
            faults=(*unreliable(snapshot), *claims.faults),
            fallback=str(settings.get("owner_fallback") or ""),
            _emails=settled(claims.emails),
            _keys=settled(claims.keys),
            _accounts=settled(claims.accounts),
            _holders=holders,
            _formerly=formerly,
            _delegations=tuple(_in_force(delegations, members, formerly, day)),
        )

    def today(self, kind: str, name: str) -> str:
        """The name of today of a Person or Role that had another; any other name is itself."""
        return _renamed(self._formerly, kind, name)

    def member(self, name: str) -> Member | None:
        """The person of that name, of today or a former one."""
        return self.members.get(self.today("Person", name))

    def is_active(self, person: str) -> bool:
        """Is it a person or bot who is active today?"""
        member = self.member(person)
        return member is not None and member.active

    def is_human(self, person: str | None) -> bool:
        """Is it somebody, and no bot?"""
        member = self.member(person) if person is not None else None
        return member is not None and not member.is_bot

    def email(self, address: str) -> str | None:
        """Who has that e-mail address, however upper and lower case are written."""
        return self._emails.get(address.casefold())

    def key(self, fingerprint: str) -> KeyEntry | None:
        """The key with that fingerprint (SHA256:…), valid or not."""
        return self._keys.get(fingerprint)

    def revoking(self, revoked: Mapping[str, datetime]) -> Roster:
        """The same, with each of these keys (by fingerprint) compromised since that time, if not since an earlier."""
        keys = dict(self._keys)
        for key, since in revoked.items():
            entry = keys.get(key)
            if entry is not None and (entry.compromised_since is None or since < entry.compromised_since):
                keys[key] = replace(entry, compromised_since=since)
        return replace(self, _keys=keys)

    def account(self, forge: str, host: str, account: int) -> str | None:
        """Who has the account with that number. `host` is "" for the public forge of its kind."""
        return self._accounts.get(account_of(forge, host, account))

    def has_role(self, role: str) -> bool:
        """Is there such a Role?"""
        return self.today("Role", role) in self._holders

    def holders(self, role: str) -> tuple[str, ...]:
        """The persons who hold the role today, active humans only, by name; none of a role that is not there."""
        return self._holders.get(self.today("Role", role), ())

    def standing(self, person: str, role: str) -> Standing | None:
        """How the person may vote in the role: as a holder, or for one. A delegate of a delegate may not."""
        role, person = self.today("Role", role), self.today("Person", person)
        if person in self.holders(role):
            return Standing(role)
        for acting in self._delegations:
            if acting.delegate == person and role in acting.roles and acting.delegator in self.holders(role):
                return Standing(role, acting.delegator)
        return None

    def eligible(self, role: str) -> tuple[str, ...]:
        """All who may vote in the role today, holders and their delegates, by name."""
        role = self.today("Role", role)
        holders = set(self.holders(role))
        acting = {one.delegate for one in self._delegations if role in one.roles and one.delegator in holders}
        return tuple(sorted(holders | acting))

    def linked(self, person: str) -> frozenset[str]:
        """Who acts for the person today in any role, and for whom the person acts."""
        return frozenset(
            other
            for acting in self._delegations
            for one, other in ((acting.delegator, acting.delegate), (acting.delegate, acting.delegator))
            if one == person
        )

    def voices(self, roles: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
        """Person → those with whom they are one vote where these roles are asked for together → why, in words.

        Delegator and delegate are, in the roles of the delegation. So are two who both vote for the same delegator. It
        goes no further: whom the delegator lets vote in other roles, or who else lets the delegate vote, stays another.
        """
        held = {role: frozenset(self.holders(role)) for role in {self.today("Role", one) for one in roles}}
        found: dict[str, dict[str, str]] = {}
        leaning: dict[str, dict[str, Acting]] = {}
        for acting in self._delegations:
            lent = {role for role in acting.roles if acting.delegator in held.get(role, ())}
            if not lent:
                continue
            _join(found, acting.delegator, acting.delegate, f"since {acting.says}")
            if any(acting.delegate not in held[role] for role in lent):
                for other, its in leaning.setdefault(acting.delegator, {}).items():
                    why = f"since both vote for {acting.delegator}: {its.says}, and {acting.says}"
                    _join(found, other, acting.delegate, why)
                leaning[acting.delegator].setdefault(acting.delegate, acting)
        return found

    def owner(self, record: Record | None) -> Owner:
        """Who answers for a record, from its metadata.owner; without one that somebody active is, the fallback."""
        written = str(value_at(record.data, "/metadata/owner") or "") if record is not None else ""
        kind, _, name = written.partition("/")
        name = self.today(kind, name)
        persons: tuple[str, ...] = ()
        if kind == "Role" and self.holders(name):
            persons = self.eligible(name)
        elif kind == "Person" and self.is_active(name) and not self.members[name].is_bot:
            persons = (name,)
        if persons:
            return Owner(f"{kind}/{name}", persons)
        return Owner(
            f"Role/{self.fallback}" if self.fallback else "", self.eligible(self.fallback), written or "nobody"
        )

    def can_sign(self, person: str) -> bool:
        """Can the person sign a vote now: an active human with a key that counts today?"""
        return self.today("Person", person) in self._signers

    @cached_property
    def _signers(self) -> frozenset[str]:
        holding = {key.person for key in self._keys.values() if key.counts_at(self.now)}
        return frozenset(n for n in holding if (m := self.members.get(n)) is not None and m.active and not m.is_bot)

    def has_account(self, person: str) -> bool:
        """Can reviews on a forge be matched to the person?"""
        return person in self._accounts.values()


def _member(record: Record, day: str) -> Member:
    spec = record.data["spec"]
    within = str(spec.get("active_from", day)) <= day <= str(spec.get("active_to", day))  # ISO days: in order as texts
    return Member(record.name, spec["type"], spec["state"], spec["state"] == "active" and within, record.path)


def _renamed(formerly: Mapping[str, str], kind: str, name: str) -> str:
    return formerly.get(f"{kind}/{name}", f"{kind}/{name}").partition("/")[2]


def _holding(role: Record, members: Mapping[str, Member], formerly: Mapping[str, str], day: str) -> tuple[str, ...]:
    held = (one for one in role.data["spec"]["holders"] if one["from"] <= day <= one.get("to", day))
    today = {_renamed(formerly, "Person", one["person"]) for one in held}
    return tuple(sorted(name for name in today if (m := members.get(name)) is not None and m.active and not m.is_bot))


def _in_force(
    delegations: tuple[Record, ...], members: Mapping[str, Member], formerly: Mapping[str, str], day: str
) -> Iterator[Acting]:
    """Granted, not taken back, for today, for no longer than allowed, between two humans who are active."""
    for record in delegations:
        spec = record.data["spec"]
        first, last = spec["from"], spec["to"]
        pair = [_renamed(formerly, "Person", spec[who]) for who in ("delegator", "delegate")]
        if spec["state"] != "granted" or "revoked_on" in spec or not first <= day <= last or pair[0] == pair[1]:
            continue
        if (date.fromisoformat(last) - date.fromisoformat(first)).days >= MOST_DAYS:
            continue
        both = [members.get(name) for name in pair]
        if all(one is not None and one.active and not one.is_bot for one in both):
            roles = frozenset(_renamed(formerly, "Role", role) for role in spec["roles"])
            yield Acting(record.name, pair[0], pair[1], roles, last)


def _join(found: dict[str, dict[str, str]], person: str, other: str, why: str) -> None:
    if person != other:
        found.setdefault(person, {}).setdefault(other, why)
        found.setdefault(other, {}).setdefault(person, why)


def unreliable(snapshot: Snapshot, kinds: tuple[str, ...] = KINDS) -> Iterator[Fault]:
    """Records of these kinds that are unreadable, unsound, away from their home, or there twice."""
    law = snapshot.law
    for ref, path in snapshot.unread.items():
        if ref.partition("/")[0] in kinds:
            yield Fault(path, "", f"{ref} cannot be read")
    for kind in kinds:
        for record in snapshot.by_kind.get(kind, ()):
            home = law.home(law.kinds[kind].plural, record.name)
            if not record.sound:
                yield Fault(record.path, "", f"{record.ref} breaks its schema")
            elif record.path != home:
                yield Fault(record.path, "/metadata/name", f"{record.ref} belongs in {home}")
    for remark in snapshot.remarks:
        if remark.rule == "record-identity" and remark.record.partition("/")[0] in kinds:
            yield Fault(remark.path, remark.pointer, remark.message)
    folded: dict[str, str] = {}
    for record in (one for kind in kinds for one in snapshot.by_kind.get(kind, ())):
        other = folded.setdefault(record.ref.casefold(), record.ref)
        if other != record.ref:
            yield Fault(record.path, "/metadata/name", f"{record.ref} and {other} differ only in upper and lower case")
