"""Agreements to a baseline: drawn up, read, held against persons, keys and roles at the commit. Signs nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, get_args

from msgspec import Struct

from itsmctl import sshsig
from itsmctl.baseline import authority, form
from itsmctl.baseline.fields import Agreement, data
from itsmctl.baseline.reading import parse
from itsmctl.evidence import statement
from itsmctl.evidence.signed import AHEAD, EvidenceFile

if TYPE_CHECKING:
    from itsmctl.baseline.place import Place
    from itsmctl.baseline.proof import Held
    from itsmctl.gitrepo import Revision
    from itsmctl.roster import Roster

NAMESPACE = "agreement@itsmctl"
"""What the signature beside an agreement is for."""

Role = Literal["release-manager", "configuration-manager"]
ROLES: tuple[Role, ...] = get_args(Role)


GRAVE = ("KEY_REVOKED", "BAD_SIGNATURE", "MALFORMED", "NOT_THEIRS", "OTHER_BASELINE", "ROLE_WRONG", "UNKNOWN")
"""Codes of agreements that are no oversight: a baseline with one does not hold, whoever else agreed."""

NEVER = (*GRAVE, "TIME")
"""Codes of what never counted, unless it was good once: see Judged."""


class Judged(Struct, frozen=True):
    """One agreement, or what would have been one. `code` is "" where it counts; `says` is why it does not.

    `key`: the public key that signed it, where a Person at the commit holds it. `was_good`: it did count, once it came
    onto the line; what is wrong with it, if anything is, came to be so or to light afterwards.
    """

    path: str
    person: str
    role: str
    code: str = ""
    says: str = ""
    key: str = ""
    issued_at: str = ""
    manifest: str = ""
    was_good: bool = False

    @property
    def counts(self) -> bool:
        """Is it an agreement to this very baseline?"""
        return not self.code


def draft(held: Held, person: str, role: Role, reason: str, issued_at: datetime, nonce: str) -> Agreement:
    """The agreement to be shown and signed. Raises ValueError with what cannot be said so."""
    manifest = held.manifest
    written = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {"name": f"Baseline/{held.name}", "digest": {"sha256": manifest.root}},
            {"name": f"baselines/{held.name}/baseline.json", "digest": {"sha256": held.digest}},
        ],
        "predicateType": "urn:itsmctl:agreement:v1",
        "predicate": {
            "baseline": held.name,
            "repository": manifest.repository,
            "commit": manifest.source.commit,
            "root": manifest.root,
            "manifest": held.digest,
            "person": person,
            "role": role,
            "reason": reason,
            "issued_at": statement.instant(issued_at),
            "nonce": nonce,
        },
    }
    return parse(form.written(written), Agreement)


def write(made: Agreement) -> bytes:
    """The bytes to be signed and kept."""
    return form.written(data(made))


def place(name: str, person: str, content: bytes) -> str:
    """Where an agreement stands, from the governed root; the signature stands beside it, with .sig after the name."""
    return f"baselines/{name}/agreement/{person}-{hashlib.sha256(content).hexdigest()[:12]}.json"


def may(person: str, roster: Roster, role: str = "") -> Role | None:
    """The role in which the person may agree, at the time of the roster: the one claimed, else the first that fits."""
    for one in ROLES:
        if role in ("", one) and person in roster.holders(one):
            return one
    return None


def judge(files: Iterable[EvidenceFile], held: Held, place: Place, frozen: Revision) -> list[Judged]:
    """Each agreement, by path. `frozen`: the commit that the baseline is of; `place`: with the tip that is asked.

    Whose key it is and which roles they hold says that commit; what ended since, the tip (see `authority`).
    """
    then = place.people(frozen).roster
    opened = [_opened(file, then) for file in files]
    checks = [sshsig.Check(one.content, one.armored, one.key, NAMESPACE) for one in opened if isinstance(one, _Signed)]
    answers = iter(sshsig.verify_many(checks, place.environ))
    found = []
    for one in opened:
        if isinstance(one, Judged):
            found.append(one)
        elif not next(answers):
            found.append(Judged(one.path, one.person, "", "BAD_SIGNATURE", "its signature is not over these bytes"))
        else:
            found.append(_judged(one, held, place, frozen))
    return sorted(found, key=lambda one: one.path)


class _Signed(Struct, frozen=True):
    path: str
    content: bytes
    armored: bytes
    person: str
    key: str
    fingerprint: str


def _opened(file: EvidenceFile, then: Roster) -> _Signed | Judged:
    """Up to the key: nothing that the agreement says is looked at."""
    if file.statement is None or file.signature is None:
        what = "agreement beside its signature" if file.statement is None else "signature beside it"
        return Judged(file.path, "", "", "BAD_SIGNATURE", f"there is no {what}: bring both files")
    try:
        signature = sshsig.parse_signature(file.signature)
    except ValueError as error:
        return Judged(file.path, "", "", "BAD_SIGNATURE", f"its signature cannot be used: {error}")
    entry = then.key(signature.key.fingerprint)
    if entry is None:
        says = f"{signature.key.fingerprint} is the key of no one Person at the commit that was frozen"
        return Judged(file.path, "", "", "UNKNOWN", says)
    person, line = entry.person, signature.key.line
    return _Signed(file.path, file.statement, file.signature, person, line, signature.key.fingerprint)


def _judged(one: _Signed, held: Held, at: Place, frozen: Revision) -> Judged:
    """What was signed, now that it is known to be signed."""

    def fault(code: str, says: str, role: str = "") -> Judged:
        return Judged(one.path, one.person, role, code, says, one.key)

    try:
        read = parse(one.content, Agreement)
    except ValueError as error:
        return fault("MALFORMED", f"it is no agreement: {error}")
    said = read.predicate
    if said.person != one.person:
        return fault("NOT_THEIRS", f"it says that it is of {said.person}, and the key that signed it is {one.person}'s")
    if place(held.name, said.person, one.content) != one.path or not _fits(read, held):
        return fault("OTHER_BASELINE", f"it is about other bytes than those of {held.name} today", said.role)
    issued = datetime.fromisoformat(said.issued_at)
    if not datetime.fromtimestamp(frozen.time, UTC) - AHEAD <= issued <= at.now + AHEAD:
        return fault("TIME", f"it says {said.issued_at}, before the commit or still to come", said.role)
    both = {one.path: one.content, f"{one.path}.sig": one.armored}
    signed = authority.Signed(one.fingerprint, issued, lambda: at.landing(both))
    code, says = authority.lack(at, frozen, signed, said.role)
    if code:
        was_good = authority.was_good(at, signed, code)
        return Judged(one.path, one.person, said.role, code, says, one.key, was_good=was_good)
    return Judged(one.path, one.person, said.role, "", "", one.key, said.issued_at, said.manifest, was_good=True)


def _fits(read: Agreement, held: Held) -> bool:
    """Is it about this baseline, in all that it says?"""
    said, manifest = read.predicate, held.manifest
    told = (said.baseline, said.repository, said.commit, said.root, said.manifest)
    subjects = [(one.name, one.digest) for one in read.subject]
    return told == (
        held.name,
        manifest.repository,
        manifest.source.commit,
        manifest.root,
        held.digest,
    ) and subjects == [
        (f"Baseline/{held.name}", {"sha256": manifest.root}),
        (f"baselines/{held.name}/baseline.json", {"sha256": held.digest}),
    ]
