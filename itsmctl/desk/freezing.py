"""What is written for a baseline: files, signature, agreements, the words of its tag. Plans; the command writes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl import __version__, destination, snapshot, sources, sshsig
from itsmctl.baseline import agreement, authority, form, intoto, proof, rebuilding, seals, tags, verification
from itsmctl.baseline.manifest import FOLDER, Ask, Frozen, freeze, home
from itsmctl.baseline.place import is_below
from itsmctl.baseline.proof import Fault, followers
from itsmctl.desk import freezable
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.nearest import did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

    from itsmctl.baseline.agreement import Role
    from itsmctl.baseline.fields import Agreement, Kind
    from itsmctl.baseline.place import Place
    from itsmctl.baseline.proof import Held
    from itsmctl.baseline.verification import Verified
    from itsmctl.gitrepo import Revision
    from itsmctl.roster import Roster


class Order(Struct, frozen=True):
    """What is to be frozen, as it is asked for. `supersedes`: the name of the baseline that this one replaces."""

    name: str
    of: Kind = "configuration"
    scope: tuple[str, ...] = ()
    release: str | None = None
    supersedes: str | None = None


class Plan(Struct, frozen=True):
    """`files`: path from the top of the git repository → content; `message`: of the commit that adds them."""

    name: str
    frozen: Frozen
    files: Mapping[str, bytes]
    message: str

    @property
    def root(self) -> str:
        """The root of the baseline."""
        return str(self.frozen.data["root"])


def plan(place: Place, source: Revision, order: Order) -> Plan:
    """The files of a new baseline of `source`, to be committed onto the tip of the place.

    Raises Misuse for a name that is none or was used before, CannotJudge where it cannot be frozen.
    """
    freezable.refuse_name(place, order.name)
    if not is_below(place.bench, source.oid, place.tip.oid):
        says = f"{source.label} is not in the history of {place.tip.label}, which the baseline would be committed on"
        raise CannotJudge(says, "Check out a branch that holds it, then freeze it.")
    if order.of == "release" and order.release is None:
        raise Misuse("a release baseline is that of a Release", "Name it: --release REL")
    freezable.refuse_ahead(place, source)
    before = _predecessor(place, order)
    named = (before.name, before.manifest.root) if before is not None else None
    ask = Ask(order.name, order.of, order.scope, order.release, named)
    frozen = freeze(place.bench, source, place.prefix, ask, place.environ)
    freezable.refuse_nobody(frozen, source)
    made = rebuilding.made(frozen, lambda: before.manifest if before is not None else None, place.prefix)
    folder = f"{place.prefix}{FOLDER}/{order.name}/"
    message = f"baselines: Freeze {order.name}\n\nSource: {source.oid}\nRoot: {frozen.data['root']}\n"
    return Plan(order.name, frozen, {folder + name: form.joined(pieces) for name, pieces in made}, message)


def _predecessor(place: Place, order: Order) -> Held | None:
    if order.supersedes is None:
        return None
    found = proof.held(place.bench, place.tip.tree, place.prefix, order.supersedes)
    if isinstance(found, Fault):
        guess = did_you_mean(order.supersedes, proof.names(place.bench, place.tip.tree, place.prefix))
        raise Misuse(f"--supersedes {order.supersedes}: {found.says}" + (f": {guess}" if guess else ""), found.hint)
    wrong = proof.root_fault(found)
    if wrong is not None:
        raise CannotJudge(wrong.says, wrong.hint)
    return found


def signed(made: Plan, prefix: str, key: Path | str, environ: Mapping[str, str], may_ask: bool) -> Plan:
    """The same with a signature over the statement."""
    place = f"{prefix}{FOLDER}/{made.name}/{intoto.FILE}"
    armored = sshsig.sign(made.files[place], key, intoto.NAMESPACE, environ, may_ask=may_ask)
    return Plan(made.name, made.frozen, {**made.files, f"{place}.sig": armored}, made.message)


def signer(roster: Roster, public_key: str, role: str = "") -> tuple[str, Role]:
    """(person, role) of whoever holds the key at the commit that is frozen.

    Raises CannotJudge where nobody does, the key does not count there, or its holder may not speak for baselines.
    """
    entry = roster.key(sshsig.fingerprint(public_key))
    if entry is None:
        says = f"the key {sshsig.fingerprint(public_key)} is no Person's at the commit that is frozen"
        hint = "Sign with the key that your Person record had there: --key FILE"
        if not any(roster.holders(one) for one in agreement.ROLES):
            says += f", and nobody holds the role {' or '.join(agreement.ROLES)} there"
            hint = "Add the Role with a holder who has a key, and commit that; then freeze again, under another name."
        raise CannotJudge(says, hint)
    if not entry.counts_at(roster.now):
        raise CannotJudge(f"the key of {entry.person} did not count then", "Sign with another key: --key FILE")
    held = agreement.may(entry.person, roster, role)
    if held is None:
        asked = role or " or ".join(agreement.ROLES)
        holders = sorted({one for name in agreement.ROLES for one in roster.holders(name)})
        hint = (
            f"Those who may: {', '.join(holders)}. Who got the role later: freeze again, under another name."
            if holders
            else "Add the Role with a holder and commit that; then freeze again, under another name."
        )
        raise CannotJudge(f"{entry.person} does not hold the role {asked} at the commit that is frozen", hint)
    return entry.person, held


def agreeing(place: Place, found: Verified, public_key: str, role: str) -> tuple[str, Role]:
    """(person, role) in which whoever holds the key may agree now. Raises CannotJudge where that would not count."""
    assert found.held is not None  # noqa: S101 - what is not there is refused before
    name, frozen = found.name, place.bench.revision(found.held.manifest.source.commit)
    if freezable.is_ahead(place, frozen):
        says = f"the commit that was frozen says that it is of {freezable.said(frozen)}, and nobody agrees before that"
        raise CannotJudge(says, "Wait until then; or freeze a commit whose clock was right, under another name.")
    people = place.people(frozen, place.now)
    person, held = signer(people.roster, public_key, role)
    refuse_ended(place, frozen, public_key, person, held)
    adding = place.bench.touching(place.tip.oid, [place.prefix + home(name)], place.prefix)
    made, unknown = seals.makers(place, found.held, people, adding)
    if person in made:
        raise CannotJudge(f"{person} made {name} ({made[person]})", "Somebody else who holds one of the roles agrees.")
    if unknown:
        says = f"{unknown[0]} made {name} and is no Person at the commit that was frozen, so that nobody's word counts"
        raise CannotJudge(says, "Somebody who is a Person there freezes it again under another name.")
    return person, held


def tagging(place: Place, found: Verified, public_key: str) -> None:
    """Raises CannotJudge where the tag would not hold if it were signed with the key, or would undo the agreement."""
    assert found.held is not None  # noqa: S101 - what is not there is refused before
    frozen = place.bench.revision(found.held.manifest.source.commit)
    person, held = signer(place.people(frozen, place.now).roster, public_key)
    refuse_ended(place, frozen, public_key, person, held)
    if {one.person for one in found.agreements if one.counts} == {person}:
        says = f"{person} alone agreed to {found.name}, and whoever signs its tag has made it: nobody would be left"
        raise CannotJudge(says, f"Leave --sign out, or let whoever made it sign: itsmctl baseline tag {found.name}")


def refuse_ended(place: Place, frozen: Revision, public_key: str, person: str, role: Role) -> None:
    """Raises CannotJudge where key or role, which held at the commit that is frozen, ended since."""
    signed = authority.Signed(sshsig.fingerprint(public_key), place.now, lambda: place.tip)
    code, says = authority.lack(place, frozen, signed, role)
    if code:
        raise CannotJudge(f"what {person} signs now would not count: {code}: {says}", "Somebody else signs.")


def base_lacks(place: Place, name: str) -> list[str]:
    """What whoever takes the place of a baseline has to know of it: that nobody agreed to it yet."""
    before = verification.verify(place, name, verification.Wanted())
    if before.holds:
        return []
    codes = ", ".join(sorted({one.code for one in before.faults if one.severity == "error"}))
    says = (
        f"warning: {name}, which it takes the place of, does not hold yet ({codes}), and before that nobody can agree"
    )
    return [says, f"  itsmctl baseline verify {name} tells more; to agree to it: itsmctl baseline approve {name}"]


def refuse_tag(place: Place, name: str, of: Kind) -> None:
    """Raises Misuse where the tag of a baseline would take the name of a Release, which has a tag of its own.

    `release/NAME` says that a release was checked and is done; under that name nothing else is to be found.
    """
    if of != "release":
        return
    head = snapshot.read(sources.Commit(place.bench.repo, place.prefix, place.tip), place.law(place.tip))
    wanted = f"Release/{name}".casefold()
    known = {*head.records, *head.unread, *head.formerly}
    if any(ref.casefold() == wanted for ref in known):
        says = f"there is a Release {name}, and the tag release/{name} is that of the release"
        hint = f"Once it is done: itsmctl release tag {name}. The baseline holds without a tag of its own."
        raise Misuse(says, hint)


def aside(place: Place, source: Revision) -> list[str]:
    """A warning where the branch itself was never at the commit: it says nothing of what the branch held.

    And where the commit is of a time that is still to come, or the branch that changes go to is not here.
    """
    astray = destination.astray(place.repo, str(place.law(place.tip).settings.data.get("target", destination.USUAL)))
    told = [f"note: {astray}"] if astray else []
    if freezable.is_ahead(place, source):
        told += [f"warning: {source.label} says that it is of {freezable.said(source)}: nobody can agree before that"]
    if place.is_on_line(source.oid):
        return told
    says = f"warning: {source.label} came with a merge, and {place.tip.label} itself was never at it"
    return [
        *told,
        f"{says}: no release can rest on this baseline",
        "  git log --first-parent --oneline lists what can be frozen",
    ]


def beside(place: Place, made: Plan) -> list[str]:
    """A warning where others take the place of the same baseline: which of them stands, nobody can tell then."""
    before = made.frozen.data["supersedes"]
    others = followers(place.bench, place.tip.tree, place.prefix, before["name"]) if before is not None else []
    if not others:
        return []
    says = f"warning: {', '.join(others)} takes the place of {before['name']}, too"
    return [f"{says}: agree to one of them, and name it in spec.baseline_after of the release"]


def agree(held: Held, person: str, role: Role, reason: str, roster: Roster) -> Agreement:
    """The agreement to be shown and signed; `roster` is that of today, and knows the time. Raises CannotJudge."""
    try:
        return agreement.draft(held, person, role, reason, roster.now, secrets.token_urlsafe(16))
    except ValueError as error:
        raise CannotJudge(f"the agreement cannot be written down: {error}", "Mend the reason.") from None


def sign_agreement(made: Agreement, key: Path | str, environ: Mapping[str, str], may_ask: bool) -> dict[str, bytes]:
    """Path from the governed root → content of the agreement and of its signature."""
    content = agreement.write(made)
    armored = sshsig.sign(content, key, agreement.NAMESPACE, environ, may_ask=may_ask)
    place = agreement.place(made.predicate.baseline, made.predicate.person, content)
    return {place: content, f"{place}.sig": armored}


def told(made: Agreement, held: Held) -> list[str]:
    """What is being signed, in words."""
    said, manifest = made.predicate, held.manifest
    lines = [
        f"{said.person} agrees to the baseline {said.baseline}, as {said.role}",
        f"  commit      {said.commit} of {manifest.source.time}",
        f"  scope       {', '.join(manifest.scope.asked) or manifest.scope.rule}: {len(manifest.items)} records",
        f"  root        {said.root}",
        f"  manifest    sha256:{said.manifest}",
    ]
    failing = [one.rule for one in manifest.section.checks if one.result == "fail"]
    lines += [f"  rules fail  {', '.join(failing)}"] if failing else []
    lines += [f"  on the way  {one.name} ({one.state})" for one in manifest.section.accounting.changes[:20]]
    return [*lines, *([f"  reason      {said.reason}"] if said.reason else [])]


def tag_of(name: str, of: Kind, commit: str, root: str) -> tuple[str, str]:
    """(name without refs/tags/, message) of the tag of a baseline. `commit`: the one that was frozen."""
    return tags.ref_of(of, name).removeprefix("refs/tags/"), tags.message_of(name, commit, root, __version__)


def then(name: str, roster: Roster) -> list[str]:
    """What comes after the making. `roster`: of the commit that was frozen, as roles are read there alone."""
    if any(roster.holders(role) for role in agreement.ROLES):
        who = "next: a release-manager or configuration-manager who did not make it agrees:"
        return [who, f"  itsmctl baseline approve {name}"]
    nobody = (
        f"note: nobody holds the role {' or '.join(agreement.ROLES)} at the commit that was frozen, so that nobody can"
    )
    owner = f"--set owner=Role/{roster.fallback} " if roster.fallback else ""
    holders = "--set 'spec.holders=[{person: …, from: YYYY-MM-DD}]'"
    return [
        f"{nobody} agree to this one. Write the role and commit it, then freeze again under another name:",
        f"  itsmctl new Role {agreement.ROLES[0]} --set title=… {owner}{holders}",
    ]
