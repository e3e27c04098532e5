"""Who had a hand in a change, and therefore may not vote on it. Pure; identities are those of the roster at B."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl import canonical
from itsmctl.gate import noting, spending, squashes
from itsmctl.gate.beginnings import STARTED, state_of
from itsmctl.gate.model import Brought, Proposal
from itsmctl.gate.services import listed
from itsmctl.gate.verdict import Verdict, deny
from itsmctl.votes import Account, Facts

if TYPE_CHECKING:
    from itsmctl.gate.coverage import Claim
    from itsmctl.gate.history import History
    from itsmctl.gate.model import Hand, HandRole, Touched
    from itsmctl.records import Record
    from itsmctl.roster import Roster
    from itsmctl.votes import Line


class Contributors(Struct, frozen=True):
    """`persons`: name of a Person → why they are one. `unknown`: hands of whom nobody can say whose they are."""

    persons: Mapping[str, str]
    unknown: tuple[str, ...]

    def verdicts(self, proposal: Proposal) -> Iterator[Verdict]:
        """Denies what somebody unknown had a hand in, unless settings at B welcome outside authors."""
        if proposal.rulebook.settings.data.get("outside_authors", "deny") == "allow":
            return
        for hand in self.unknown:
            says = f"{hand} is no Person's at the base: add the address or key to a Person first"
            if "(committer of " in hand:
                says += "; a forge that commits what others wrote is listed in carriers of itsm.yaml instead"
            says += ", or allow outside_authors"
            yield deny("check", "contributors", "UNKNOWN", says, hand=hand)


def of(claim: Claim, proposal: Proposal, roster: Roster, facts: Iterable[Facts]) -> Contributors:
    """The contributors of a change in play.

    They are author, committer, co-authors and signer of every commit of B..H that by itself does something to the
    change's record or to what it covers, and of every earlier commit that did something to the record; the requester
    and the implementers; the pull request's opener and last pushers. Evidence alone makes nobody a contributor.
    """
    facts = tuple(facts)
    found, author = _of(claim, proposal, roster, facts), _author(proposal, roster)
    if not author or not any(why.startswith("committer of ") for why in found.persons.values()):
        return found
    rest = _of(claim, proposal, roster, facts, without=_COMMITTERS).persons
    again = made_anew(proposal, proposal.base_oid[:12])
    says = f", and no more, once {author} commits what {author} wrote: {again}, run by {author}"
    told = {person: why if person in rest else f"{why}{says}" for person, why in found.persons.items()}
    return Contributors(told, found.unknown)


def made_anew(proposal: Proposal, since: str, how: str = "") -> str:
    """The command that commits anew, as whoever runs it, all that the head has since a commit."""
    words = ("git rebase --force-rebase", how, since, shlex.quote(proposal.called) if proposal.called else "")
    return " ".join(word for word in words if word)


def _of(
    claim: Claim, proposal: Proposal, roster: Roster, facts: Iterable[Facts], without: Collection[HandRole] = ()
) -> Contributors:
    """`without`: hands in the commits of the head that are passed over."""
    found = _Found({}, {}, proposal, roster)
    found.add_head(claim, facts, without)
    for ref in spending.names(claim.record):
        for commit in _authored(ref, proposal):
            found.add(commit, facts)
    found.add_named(claim.record)
    found.add_accounts(facts)
    return found.result


def _author(proposal: Proposal, roster: Roster) -> str:
    """The one person who wrote all that the head brings but for evidence; "" where that is nobody, or several."""
    hands = [hand for commit in proposal.commits if not commit.evidence_only for hand in commit.hands]
    found = {roster.email(hand.email) or "" for hand in hands if hand.role in ("author", "co-author")}
    is_plain = all(hand.role != "signer" for hand in hands)  # to commit it again takes signatures off
    return found.pop() if len(found) == 1 and is_plain else ""


def of_back_out(claim: Claim, proposal: Proposal, roster: Roster, facts: Iterable[Facts]) -> Contributors:
    """The same of a change that is taken back: but for who only noted, once its work had begun, what no vote binds.

    Nor does whoever renames a record that it names become one: else anybody's note, or anybody's name on one, would
    keep those from voting who agreed to the back-out.
    """
    found = _Found({}, {}, proposal, roster)
    found.add_head(claim, facts)
    for commit in noting.made(claim.record, proposal):
        found.add(commit, facts)
    found.add_named(claim.record)
    found.add_accounts(facts)
    return found.result


def of_all(proposal: Proposal, roster: Roster, facts: Iterable[Facts]) -> Contributors:
    """Those who had a hand in any edit of the head: of what no vote is due on, too, it is known whose it is."""
    found = _Found({}, {}, proposal, roster)
    found.add_touching(proposal.edits.values(), facts)
    if proposal.edits:
        found.add_accounts(facts)
    return found.result


def _authored(ref: str, proposal: Proposal) -> tuple[Brought, ...]:
    """See History: git is asked once."""
    if ("authored", ref) not in proposal.cache:
        proposal.cache["authored", ref] = proposal.history.authored(ref)
    found: tuple[Brought, ...] = proposal.cache["authored", ref]
    return found


def of_work(change: Record, lines: Iterable[Line], proposal: Proposal, roster: Roster) -> Contributors:
    """Who made what a change at the base did, as its history tells: of the lines, and of its record until it began.

    With the requester and the implementers. Who only filled in the record afterwards is none of them. Without lines,
    whose votes may have been kept elsewhere, all that was done since to what the change lists counts as its work.
    """
    found = _Found({}, {}, proposal, roster)
    since = spending.appeared(change, proposal.history) or 0
    brought = [(one.ref, one.before, one.after) for one in lines] or list(_since(change, since, proposal.history))
    for ref in spending.names(change):
        started = [data for _, data in proposal.history.versions(ref) if data and state_of(data) in STARTED]
        brought += [(ref, None, canonical.digest(started[0]))] if started else []
    for ref, before, after in brought:
        for commit in proposal.history.makers(ref, before, after, since):
            found.add(commit, ())
    found.add_named(change)
    return found.result


def _since(change: Record, place: int, history: History) -> Iterator[tuple[str, str | None, str | None]]:
    """(Kind/name, digest before, digest after) of each edit of a listed record from that place on."""
    for ref in listed(change.data):
        yield from ((ref, old, new) for old, new in history.edits_since(ref, place) if old != new)


def of_head(claim: Claim, proposal: Proposal, roster: Roster, facts: Iterable[Facts]) -> Contributors:
    """Of them only those who had a hand in the commits of this head."""
    found = _Found({}, {}, proposal, roster)
    found.add_head(claim, facts)
    return found.result


def _pushers(fact: Facts, proposal: Proposal) -> Iterator[Account]:
    """Those who pushed more than evidence: whoever only brings a vote along becomes no contributor by it.

    A push brings the commits between its two ends; where one of them is not among those of the head, it may have
    brought anything.
    """
    if not fact.pushes:
        yield from fact.pushers
        return
    order = {commit.oid: place for place, commit in enumerate(proposal.commits)}
    for push in fact.pushes:
        end, start = order.get(push.after), order.get(push.before)
        brought = proposal.commits[start + 1 : end + 1] if start is not None and end is not None else ()
        if not brought or not all(commit.evidence_only for commit in brought):
            yield push.account


_COMMITTERS: tuple[HandRole, ...] = ("committer",)


class _Found(Struct):
    persons: dict[str, str]
    unknown: dict[str, None]
    proposal: Proposal
    roster: Roster

    @property
    def result(self) -> Contributors:
        """What was found, by name."""
        return Contributors(dict(sorted(self.persons.items())), tuple(sorted(self.unknown)))

    def add_head(self, claim: Claim, facts: Iterable[Facts], without: Collection[HandRole] = ()) -> None:
        """Everybody who had a hand in what the head does to the change and to what it covers."""
        self.add_touching(claim.edits, facts, {claim.record.path}, without)

    def add_touching(
        self,
        edits: Iterable[Touched],
        facts: Iterable[Facts],
        paths: Collection[str] = (),
        without: Collection[HandRole] = (),
    ) -> None:
        """Everybody who had a hand in a commit that does something to what is edited, or to one of the paths."""
        edits = tuple(edits)
        touched = {*paths, *(one.path for one in edits)}
        touched |= {one.before.path for one in edits if one.before is not None}
        for commit in self.proposal.commits:
            if not commit.evidence_only and commit.paths & touched:
                self.add(commit, facts, without)

    def add_accounts(self, facts: Iterable[Facts]) -> None:
        """Whoever opened the pull request, or pushed to it."""
        for fact in facts:
            self.account(fact.opener, f"opened {fact.source}")
            for account in _pushers(fact, self.proposal):
                self.account(account, f"pushed to {fact.source}")

    def add(self, commit: Brought, facts: Iterable[Facts], without: Collection[HandRole] = ()) -> None:
        """Everybody who had a hand in the commit, but for some roles."""
        carried = self._carried(commit, facts)
        for hand in commit.hands:
            if hand.key in _NOBODYS or hand.role in without:
                continue
            person = self.roster.key(hand.key) if hand.role == "signer" else self.roster.email(hand.email)
            name = person if isinstance(person, str) or person is None else person.person
            if hand.role in carried and not self.roster.is_human(name):
                continue  # a human's own address or key is no forge's, whoever lists it among carriers
            if name is not None:
                more = squashes.WITH_VOTE if squashes.holds_vote(commit, name) else ""
                self.persons.setdefault(name, f"{hand.role} of {commit.short}{more}")
            else:
                self.unknown.setdefault(f"{_called(hand)} ({hand.role} of {commit.short})")

    def _carried(self, commit: Brought, facts: Iterable[Facts]) -> Collection[str]:
        """The roles in a commit that are a forge's, which is nobody: committer and signer, or committer alone.

        An address alone anybody can write: it hides no author and no signer, and where the author is not known, nobody.
        So it takes away no more than the name of a committer, whom whoever commits may write as the author in any case.
        """
        if is_carried(commit, self.proposal, facts):
            return ("committer", "signer")
        emails = {hand.role: hand.email for hand in commit.hands}
        address, author = emails.get("committer", "").casefold(), emails.get("author", "")
        is_known = author.casefold() != address and self.roster.email(author) is not None
        listed = any(one.get("key") is None for one in _listed(self.proposal, address))
        return ("committer",) if is_known and listed else ()

    def add_named(self, change: Record) -> None:
        """Whom the change itself names."""
        spec = change.data["spec"]
        for field, names in (("requester", [spec.get("requester")]), ("implementers", spec.get("implementers", ()))):
            for name in names:
                if name:
                    self.persons.setdefault(self.roster.today("Person", name), f"named in spec.{field}")

    def account(self, account: Account | None, why: str) -> None:
        """The person behind an account on a forge."""
        if account is None:
            return
        name = self.roster.account(account.forge, account.host, account.id) if account.id else None
        if name is not None:
            self.persons.setdefault(name, why)
        else:
            self.unknown.setdefault(f"account {account.login or account.id} of {account.forge} ({why})")


_NOBODYS = frozenset({"openpgp", "x509"})
"""Keys of signatures that are not looked into: they tell no more of who it was than no signature does."""


def _called(hand: Hand) -> str:
    if hand.role == "signer":
        return f"key {hand.key or 'of an unknown kind'}"
    return f"{hand.name} <{hand.email}>" if hand.name else f"<{hand.email}>"


def is_carried(commit: Brought, proposal: Proposal, facts: Iterable[Facts]) -> bool:
    """Did a forge commit what others wrote? By e-mail *and* key, as settings at B list it, or as the forge vouches."""
    committer = next((hand for hand in commit.hands if hand.role == "committer"), None)
    signer = next((hand for hand in commit.hands if hand.role == "signer"), None)
    if committer is None:
        return False
    listed = _listed(proposal, committer.email)
    if any(signer is not None and signer.proven and signer.key == one.get("key") for one in listed):
        return True
    # an OpenPGP key cannot be checked here: for those the forge's own word is asked, which only live facts carry
    return bool(listed) and any(commit.oid in fact.carried for fact in facts)


def _listed(proposal: Proposal, email: str) -> list[Mapping[str, Any]]:
    carriers = proposal.rulebook.settings.data.get("carriers", ())
    return [one for one in carriers if one["email"].casefold() == email.casefold()]
