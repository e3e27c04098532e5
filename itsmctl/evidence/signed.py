"""Signed statements → votes: whose key, which bytes, which decision, and does it stand. Opens no file itself.

Bytes are verified first and parsed second, and the subject is recomputed third. Who votes is whoever the base says
holds the key: the name in a statement can only disagree with that.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from itsmctl import sshsig
from itsmctl.errors import CannotJudge
from itsmctl.evidence import chain, keys, statement
from itsmctl.evidence.keys import KeyEntry, Keys
from itsmctl.votes import Evidence, NoVote, Vote

if TYPE_CHECKING:
    from itsmctl.evidence.fields import Statement

__all__ = ["AHEAD", "EvidenceFile", "KeyEntry", "Keys", "collect", "former"]

AHEAD = timedelta(minutes=5)
"""How far two clocks may be apart: that of whoever signs, and ours or that of whoever committed."""

_FORKED = (
    "statements of this person on this change do not form one line, so none of their approvals counts: bring the "
    "statements that are missing, or let somebody else vote"
)


class EvidenceFile(Struct, frozen=True):
    """A statement and the signature beside it, as found; None for the one that is not there.

    `path` is that of the statement from the governed root (of a lone approvals/…/x.json.sig: without .sig), and "" for
    what stands outside of the repository. `where` says to people where it was found.
    """

    path: str
    statement: bytes | None
    signature: bytes | None
    where: str

    @property
    def source(self) -> str:
        """What votes name as their source."""
        return self.path or self.where


class _Signed(Struct, frozen=True):
    """A file whose signature parses and names a known key."""

    file: EvidenceFile
    content: bytes
    signature: bytes
    fingerprint: str
    entry: KeyEntry


class _Said(Struct, frozen=True):
    """A statement that somebody known did sign, that shows what its subject is of, and stands where it belongs.

    `fault`: why it is no vote all the same, as (code, sentence). `is_sound`: is that none of its key, and its time?
    """

    file: EvidenceFile
    statement: Statement
    digest: str
    fingerprint: str
    entry: KeyEntry
    fault: tuple[str, str] | None
    is_sound: bool

    @property
    def link(self) -> chain.Link:
        said = self.statement.predicate
        return chain.Link(self.digest, said.prev, said.decision, self.is_sound)


def collect(files: Iterable[EvidenceFile], roster: Keys, now: datetime, environ: Mapping[str, str]) -> Evidence:
    """All votes in these files as of `now` (aware), and why each of the others is none. No file goes without a word.

    Keys are held against `now`, never against the claimed time of a statement: whoever holds the key can write any
    time there, so the votes of a retired key stop counting when it is retired (EXPIRED_KEY), and all that a key ever
    signed from compromised_since on (REVOKED). They still take their place in the chain, see `chain.standings`.

    Time: an approval or withdraw issued more than 5 minutes ahead of `now` is NOT_YET; a reject counts, since a clock
    that runs ahead must not silence it, and an early reject proves nothing that needs a time. From expires_at on, each
    is EXPIRED.

    The same statement in several places counts once. Order of files makes no difference but for which of several
    places is named. Raises CannotJudge where signatures cannot be verified at all.
    """
    found = _distinct(files)
    said, refused = _read(found, roster, now, environ)
    votes: list[Vote] = []
    for group in _by_chain(said).values():
        standings = chain.standings([one.link for one in group])
        for one in group:
            vote = _vote(one, standings[one.digest])
            if isinstance(vote, Vote):
                votes.append(vote)
            else:
                refused.append(vote)
    read = [
        (name, hashlib.sha256(content).hexdigest())
        for file in found
        for name, content in ((file.source, file.statement), (f"{file.source}.sig", file.signature))
        if content is not None
    ]
    refused.sort(key=lambda one: (one.source, one.code))
    return Evidence(tuple(votes), tuple(refused), read=tuple(dict.fromkeys(read)))


def former(
    files: Iterable[EvidenceFile],
    roster: Keys,
    now: datetime,
    environ: Mapping[str, str],
    *,
    person: str,
    repository: str,
    change: str,
) -> tuple[str, ...]:
    """What the person's next statement on the change has to name as `prev`: nothing, or the one digest.

    Several digests: the chain has forked already. A reject or withdraw may follow any of them; no approval will count.
    """
    said, _ = _read(_distinct(files), roster, now, environ)
    return chain.ends([one.link for one in _by_chain(said).get((person, repository, change), ())])


def _distinct(files: Iterable[EvidenceFile]) -> list[EvidenceFile]:
    """In an order of their own, without the repeats of one file in many commits."""
    found: dict[object, EvidenceFile] = {}
    for file in sorted(files, key=lambda file: (file.path, file.where, file.statement or b"", file.signature or b"")):
        found.setdefault((file.source, file.statement, file.signature), file)
    return list(found.values())


def _read(
    files: Sequence[EvidenceFile], roster: Keys, now: datetime, environ: Mapping[str, str]
) -> tuple[list[_Said], list[NoVote]]:
    opened = [_open(file, roster) for file in files]
    signed = [one for one in opened if isinstance(one, _Signed)]
    refused = [one for one in opened if isinstance(one, NoVote)]
    said: dict[str, _Said] = {}
    for one, holds in zip(signed, _verify(signed, environ), strict=True):
        if not holds:
            refused.append(_none(one.file, "BAD_SIGNATURE", "the signature is not over these bytes, or for no vote"))
            continue
        read = _understand(one, roster, now)
        if isinstance(read, NoVote):
            refused.append(read)
        elif read.digest not in said or (read.is_sound and not said[read.digest].is_sound):
            said[read.digest] = read  # by two keys of one person: the one in force
    return list(said.values()), refused


def _open(file: EvidenceFile, roster: Keys) -> _Signed | NoVote:
    """Up to the key: nothing in the statement is looked at."""
    if file.path and not statement.is_place(file.path):
        return _none(
            file, "MISPLACED", f"only {statement.FOLDER}/<change>/<person>-<digest>.json stands there, with .sig"
        )
    if file.statement is None:
        return _none(file, "MALFORMED", "there is a signature, and no statement beside it: bring both")
    if file.signature is None:
        return _none(file, "BAD_SIGNATURE", "there is no signature beside the statement: bring the .sig too")
    if len(file.statement) > statement.LONGEST:
        return _none(file, "MALFORMED", f"it has more than {statement.LONGEST} bytes")
    try:
        signature = sshsig.parse_signature(file.signature)
    except ValueError as error:
        return _none(file, "BAD_SIGNATURE", f"the signature cannot be used: {error}")
    if signature.namespace != statement.NAMESPACE:
        says = f"the signature is for {signature.namespace}, and that of a vote is for {statement.NAMESPACE}"
        return _none(file, "BAD_SIGNATURE", says)
    fingerprint = signature.key.fingerprint
    entry = roster.key(fingerprint)
    if entry is None:
        return _none(file, "UNKNOWN", f"{fingerprint} is the key of no one Person at the base: add it there first")
    if entry.public_key != signature.key.line:
        says = f"the key {fingerprint} of {entry.person} is not the key that has that fingerprint"
        raise CannotJudge(says, f"Write it in Person/{entry.person} as ssh-keygen does, without a comment.")
    return _Signed(file, file.statement, file.signature, fingerprint, entry)


def _verify(signed: Sequence[_Signed], environ: Mapping[str, str]) -> list[bool]:
    """Equal bytes in many places are verified once."""
    checks = [sshsig.Check(one.content, one.signature, one.entry.public_key, statement.NAMESPACE) for one in signed]
    distinct = list(dict.fromkeys(checks))
    answers = dict(zip(distinct, sshsig.verify_many(distinct, environ), strict=True))
    return [answers[check] for check in checks]


def _understand(one: _Signed, roster: Keys, now: datetime) -> _Said | NoVote:
    """What was signed, now that it is known to be signed."""
    person = one.entry.person
    try:
        read = statement.read(one.content)
    except ValueError as error:
        return _none(one.file, "MALFORMED", f"it is no statement: {error}", person)
    said = read.predicate
    if roster.today("Person", said.person) != person:
        says = f"it says that it is of {said.person}, and the key that signed it is that of {person}"
        return _none(one.file, "NOT_THEIRS", says, person, read)
    digest = hashlib.sha256(one.content).hexdigest()
    home = statement.home(said.change, said.person, digest)  # by the name that they had then
    if one.file.path not in ("", home):
        return _none(one.file, "MISPLACED", f"these bytes belong at {home}", person, read)
    fault = keys.fault(one.entry, now)
    if fault is None and said.decision != "reject" and read.issued_at > now + AHEAD:
        fault = "NOT_YET", f"it says that it was issued at {said.issued_at}, which is still to come"
    is_sound = fault is None
    if fault is None and read.expires_at is not None and read.expires_at <= now:
        fault = "EXPIRED", f"it counted until {said.expires_at}"
    return _Said(one.file, read, digest, one.fingerprint, one.entry, fault, is_sound)


def _by_chain(said: Iterable[_Said]) -> Mapping[tuple[str, str, str], list[_Said]]:
    """By person, repository and change: a vote of another repository, brought here, breaks nobody's chain."""
    groups: dict[tuple[str, str, str], list[_Said]] = defaultdict(list)
    for one in said:
        predicate = one.statement.predicate
        groups[one.entry.person, predicate.repository, predicate.change].append(one)
    return groups


def _vote(one: _Said, standing: chain.Standing) -> Vote | NoVote:
    fault = one.fault
    if one.is_sound and standing == "SUPERSEDED":
        fault = "SUPERSEDED", "the same person has decided anew since"
    elif one.is_sound and standing == "FORKED":
        fault = "FORKED", _FORKED
    vote = _as_vote(one)
    if fault is None:
        return vote
    refused = _none(one.file, *fault, one.entry.person, one.statement)
    return replace(refused, said=vote) if fault[0] in _WITNESSES else refused


_WITNESSES = frozenset({"EXPIRED", "EXPIRED_KEY", "SUPERSEDED", "FORKED"})
"""Codes of statements that do not count (any more), and that their person did sign when their key was theirs alone."""


def _as_vote(one: _Said) -> Vote:
    said, entry = one.statement.predicate, one.entry
    return Vote(
        person=entry.person,
        decision=said.decision,
        change=said.change,
        tier="T3",
        source=one.file.source,
        issued_at=one.statement.issued_at,
        subject=one.statement.digest,
        lines=one.statement.lines,
        content=said.content,
        moves=one.statement.moves,
        repository=said.repository,
        target=said.target,
        role=said.role,
        reason=said.reason,
        expires_at=one.statement.expires_at,
        digest=one.digest,
        prev=said.prev,
        key=one.fingerprint,
        key_until=keys.until(entry),
        drafted=said.seen.state == "draft",
        review=said.seen.review,
        state=said.seen.state,
    )


def _none(file: EvidenceFile, code: str, says: str, person: str = "", read: Statement | None = None) -> NoVote:
    """Of what does not verify, the folder at least tells people which change it was meant for."""
    said = read.predicate if read is not None else None
    parts = file.path.split("/")
    change = said.change if said else parts[1] if len(parts) == 3 and statement.is_place(file.path) else ""
    return NoVote(code, says, file.source, change, person, "T3", said.decision if said else None)
