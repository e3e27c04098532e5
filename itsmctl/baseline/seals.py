"""Signatures over the statement and the tag of a baseline: are they good, do they count, and who made them.

Whoever signs what a baseline is made of has made it, as whoever commits it has. Reads history through the bench.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl import sshsig
from itsmctl.baseline import agreement, authority, intoto, proof, tags
from itsmctl.baseline.manifest import home
from itsmctl.baseline.proof import Fault, Held
from itsmctl.baseline.recipe import Signer

if TYPE_CHECKING:
    from itsmctl.baseline.place import People, Place
    from itsmctl.gitdeeds import Brought
    from itsmctl.gitrepo import Revision


class Seal(Struct, frozen=True):
    """A signature: what it is over, for what, where (for people), when it was made, and with which tree it landed.

    `word` begins the codes of its faults: SIGNATURE or TAG_SIGNATURE.
    """

    message: bytes
    armored: bytes
    namespace: str
    word: str
    path: str
    at: datetime
    landed: Callable[[], Revision]


def makers(place: Place, found: Held, people: People, adding: Sequence[Brought]) -> tuple[dict[str, str], list[str]]:
    """(person → why, hands that are nobody's) of whoever made a baseline: committed it, or signed statement or tag."""
    persons, unknown = people.makers(adding)
    came = {one.oid for one in adding}
    for says, message, armored, namespace, stands in _signed_ever(place, found, came):
        try:
            key = sshsig.parse_signature(armored).key
        except ValueError:
            continue  # told as bad, where it still stands
        if not sshsig.verify(message, armored, key.line, namespace, place.environ):
            continue
        entry = people.roster.key(key.fingerprint) or place.today.key(key.fingerprint)
        if entry is not None:
            persons.setdefault(entry.person, f"signer of {says}")
        elif stands:
            unknown.append(f"{key.fingerprint} (signer of {says})")
    return persons, unknown


def _signed_ever(place: Place, found: Held, came: set[str]) -> Iterator[tuple[str, bytes, bytes, str, bool]]:
    """(what it is of, signed bytes, signature, namespace, whether it matters whose it is) of each that there ever was.

    It matters of what stands there, or came with the manifest: anybody can bring one later, and take it away.
    """
    for commit, blob in _signatures(place, found.name):
        said = place.bench.repo.ids([f"{commit.oid}:{place.prefix}{home(found.name, intoto.FILE)}"])[0]
        if said:
            message, armored = place.bench.content(said), place.bench.content(blob)
            stands = commit.oid in came or blob == found.files.get(proof.SIGNATURE)
            yield f"the statement in {commit.oid[:7]}", message, armored, intoto.NAMESPACE, stands
    tag = tags.read(place.repo, tags.ref_of(found.manifest.of, found.name))
    if tag is not None and tag.armored and not tags.is_of_release(tag, found.name):
        yield "the tag", tag.payload, tag.armored, "git", True


def _signatures(place: Place, name: str) -> list[tuple[Brought, str]]:
    """(commit, blob) of each signature over the statement that a commit up to the tip brought, the oldest first."""
    path = home(name, proof.SIGNATURE)
    if path not in place.ever:
        return []
    touching = place.bench.touching(place.tip.oid, [place.prefix + path], place.prefix)
    edits = [(commit, edit) for commit in touching for edit in commit.edits if edit.path == path]
    return [(commit, edit.after[1]) for commit, edit in edits if edit.after is not None]


def of_statement(place: Place, found: Held, frozen: Revision, is_agreed: bool) -> Iterator[Fault]:
    """Faults of the signature over the statement; that it is gone is one, if there ever was one."""
    path = home(found.name, proof.SIGNATURE)
    if proof.SIGNATURE not in found.files:
        signed = _once_good(place, found, frozen)
        if signed:
            says = f"{path} is not there any more: the statement was signed once"
            hint = f"Put it back: git checkout {signed[-1][:12]} -- {path}"
            yield Fault("SIGNATURE_REMOVED", says, hint, "error" if is_agreed else "warning", path)
        elif path in place.ever:
            says = f"{path} is not there any more, and was never the signature of somebody who may sign"
            yield Fault("SIGNATURE_REMOVED", says, "", "note", path)
        return
    if intoto.FILE not in found.files:
        return  # FILE_GONE is told
    yield from faults(place, frozen, _of_statement(place, found, frozen))


def signer(place: Place, found: Held, frozen: Revision) -> Signer | None:
    """Whose key at the commit the signature over the statement names, good or not; None where it names nobody's."""
    if not {proof.SIGNATURE, intoto.FILE} <= found.files.keys():
        return None
    try:
        key = sshsig.parse_signature(place.bench.content(found.files[proof.SIGNATURE])).key
    except ValueError:
        return None
    entry = place.people(frozen).roster.key(key.fingerprint)
    return Signer(entry.person, key.line) if entry is not None else None


_CAME_LATER = ("ROLE_ENDED", "SIGNATURE_KEY")
"""Codes of a signature that may have counted before."""


def _once_good(place: Place, found: Held, frozen: Revision) -> list[str]:
    """The commits that brought a signature over the statement that counted once, the oldest first.

    What else stood there is noise, which anybody can make: it is nothing that could be missed.
    """
    if intoto.FILE not in found.files:
        return [commit.oid for commit, _ in _signatures(place, found.name)]  # nothing is left to hold it against
    message = place.bench.content(found.files[intoto.FILE])
    good = []
    for commit, blob in _signatures(place, found.name):
        armored = place.bench.content(blob)
        at = datetime.fromtimestamp(commit.time if commit.time is not None else frozen.time, UTC)
        seal = _seal(place, found.name, message, armored, at)
        codes = {one.code for one in faults(place, frozen, seal)}
        if codes <= {*_CAME_LATER} or ("KEY_REVOKED" in codes and _was_good(place, seal)):
            good.append(commit.oid)
    return good


def _was_good(place: Place, seal: Seal) -> bool:
    signed = authority.Signed(sshsig.parse_signature(seal.armored).key.fingerprint, seal.at, seal.landed)
    return authority.was_good(place, signed, "KEY_REVOKED")


def _of_statement(place: Place, found: Held, frozen: Revision) -> Seal:
    signed = _signatures(place, found.name)
    message, armored = place.bench.content(found.files[intoto.FILE]), place.bench.content(found.files[proof.SIGNATURE])
    made = next((one.time for one, _ in reversed(signed) if one.time is not None), frozen.time)
    return _seal(place, found.name, message, armored, datetime.fromtimestamp(made, UTC))


def _seal(place: Place, name: str, message: bytes, armored: bytes, at: datetime) -> Seal:
    path = home(name, proof.SIGNATURE)
    both = {path: armored, home(name, intoto.FILE): message}
    return Seal(message, armored, intoto.NAMESPACE, "SIGNATURE", path, at, lambda: place.landing(both))


def of_tag(place: Place, found: Held, frozen: Revision, tag: tags.Tag) -> Iterator[Fault]:
    """Faults of the signature inside of the tag; that it has none, which weighs more where the statement is signed."""
    if tag.armored:
        yield from signature_of(place, frozen, tag)
    elif proof.SIGNATURE in found.files or _once_good(place, found, frozen):
        says = f"the tag {tag.short} is not signed, and the statement is: a signature may have been taken off"
        yield Fault("TAG_UNSIGNED", says, f"Ask who made it. To take it away: git tag -d {tag.short}", "warning")
    else:
        says = f"the tag {tag.short} is only written, and nobody signed it: it may have been, as tags have no history"
        of_release, of_baseline = (
            f"itsmctl release tag {found.name} --sign",
            f"itsmctl baseline tag {found.name} --sign",
        )
        command = of_release if tag.message.startswith("Release ") else of_baseline
        hint = f"To have it signed, while nobody else has it: git tag -d {tag.short}, then {command}"
        yield Fault("TAG_UNSIGNED", says, hint, "note")


def signature_of(place: Place, frozen: Revision, tag: tags.Tag) -> Iterator[Fault]:
    """Faults of the signature that a tag holds, as against persons and roles at a commit that was frozen."""
    short = f"tag {tag.short}"
    if tag.time is None:
        yield Fault("TAG_SIGNATURE_BAD", f"{short} does not say when it was made", _SIGN, path=short)
        return
    time = tag.time
    at = datetime.fromtimestamp(time, UTC)
    seal = Seal(tag.payload, tag.armored, "git", "TAG_SIGNATURE", short, at, lambda: place.line_at(time))
    yield from faults(place, frozen, seal)


def faults(place: Place, frozen: Revision, seal: Seal) -> Iterator[Fault]:
    """Is it a good signature, by somebody who held one of the roles, with a key that was theirs alone, at that time?"""
    word, path = seal.word, seal.path
    try:
        signature = sshsig.parse_signature(seal.armored)
    except ValueError as error:
        yield Fault(f"{word}_BAD", f"{path}: the signature cannot be used: {error}", _SIGN, path=path)
        return
    signed = authority.Signed(signature.key.fingerprint, seal.at, seal.landed)
    lacks = [authority.lack(place, frozen, signed, role) for role in agreement.ROLES]
    code, says = next((one for one in lacks if one[0] == "UNKNOWN"), ("", ""))
    if not code and not sshsig.verify(seal.message, seal.armored, signature.key.line, seal.namespace, place.environ):
        yield Fault(f"{word}_BAD", f"{path}: the signature is not over these bytes", _SIGN, path=path)
        return
    if ("", "") not in lacks:
        code, says = next((one for one in lacks if one[0] != "ROLE_WRONG"), lacks[0])
        code = {"UNKNOWN": f"{word}_UNKNOWN", "EXPIRED_KEY": f"{word}_KEY"}.get(code, code)
        yield Fault(code, f"{path}: {says}", _SIGN, path=path)


_SIGN = "Have it signed by a release-manager or configuration-manager, with the key of their Person record."
