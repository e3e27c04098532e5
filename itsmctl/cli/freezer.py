"""Opens a repository for baselines, and carries out what commands ask: keys, questions, commits. Decides nothing."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from msgspec import Struct
from msgspec.structs import replace

from itsmctl.cli import say, voting, workplace
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.nearest import did_you_mean
from itsmctl.settings import FILE

if TYPE_CHECKING:
    from datetime import datetime

    from itsmctl.baseline.fields import Manifest
    from itsmctl.baseline.place import Place
    from itsmctl.baseline.proof import Held
    from itsmctl.baseline.verification import Verified
    from itsmctl.desk.freezing import Order
    from itsmctl.release.requirement import Checked


class Signing(Struct, frozen=True):
    """Whether to sign, with which key, and without asking."""

    sign: bool
    key: Path | None
    yes: bool


@contextmanager
def opened(root: Path | None, rev: str, as_of: str | None = None) -> Iterator[Place]:
    """The repository, looked at through the bench, with the commit `rev` as its tip, as of a time (default: now)."""
    from itsmctl import gitbench
    from itsmctl.baseline.place import Place

    found = workplace.find(root)
    if found.repo is None:
        raise CannotJudge(
            f"{found.root} is in no git repository", "Baselines are frozen commits: run git init, and commit."
        )
    with gitbench.bench(found.repo) as bench, found.repo.process.standing():
        tip = bench.revision(found.repo.resolve(rev).oid)._replace(label=found.repo.resolve(rev).label)
        place = Place(found.repo, bench, tip, found.prefix, workplace.moment(as_of), os.environ)
        try:
            yield place
        except CannotJudge as error:
            if not error.message.startswith(f"there is no {FILE} in the commit"):
                raise
            from itsmctl.baseline import moved

            raise CannotJudge(error.message, moved.hint(place) or error.hint) from None


def order(name: str, kind: str | None, scope: Sequence[str], release: str | None, supersedes: str | None) -> Order:
    """What is asked for. Raises Misuse for a kind that there is not."""
    from itsmctl.baseline.fields import Kind
    from itsmctl.desk.freezing import Order

    of = kind or ("release" if release is not None else "configuration")
    known = get_args(Kind)
    if of not in known:
        guess = did_you_mean(of, known)
        raise Misuse(f"--kind {of} is not known" + (f": {guess}" if guess else ""), f"Use {', '.join(known)}.")
    return Order(name, of, tuple(scope), release, supersedes)  # type: ignore[arg-type]  # one of the three literals


_FROZEN = "the commit that is frozen"
"""Where the persons stand whose signatures count."""


def create(root: Path | None, rev: str, what: Order, signing: Signing, with_tag: bool) -> int:
    """Freeze, sign if asked, commit on HEAD, tag if asked; 0."""
    from itsmctl import gitwriting
    from itsmctl.desk import freezing
    from itsmctl.drawing import command, prose
    from itsmctl.roster import Roster

    if with_tag and what.of == "release":
        says = f"{what.name} is a baseline of a release, and nobody can have agreed to it before it is there"
        raise Misuse(says, f"Leave --tag out. Once somebody has agreed: itsmctl baseline tag {what.name}")
    with opened(root, "HEAD") as place:
        oid = place.repo.resolve(rev).oid
        source = place.bench.revision(oid)._replace(label=place.repo.resolve(rev).label)
        made = freezing.plan(place, source, what)
        key: Path | str | None = None
        if signing.sign:
            roster = Roster.of(made.frozen.head, _time(source.time))
            key, public = voting.key_of(signing.key, roster, _FROZEN)
            person, role = freezing.signer(roster, public)
            freezing.refuse_ended(place, source, public, person, role)
            say.put(f"{person} signs, as {role}, what {what.name} was made of: root {made.root}\n")
            voting.ask(signing.yes)
            made = freezing.signed(made, place.prefix, key, os.environ, sys.stdin.isatty())
        commit = gitwriting.commit_new(place.repo, "HEAD", made.files, made.message, os.environ)
        items = len(made.frozen.data["items"])
        say.put(f"committed {commit[:7]}: {what.name} holds {items} records of {source.label}\n  root {made.root}\n")
        if with_tag:
            name, message = freezing.tag_of(what.name, what.of, source.oid, made.root)
            say.put(f"tagged {gitwriting.tag(place.repo, name, commit, message, os.environ, key)}\n")
        told = freezing.aside(place, source)
        if made.frozen.data["supersedes"] is not None:
            told += (*freezing.base_lacks(place, str(what.supersedes)), *freezing.beside(place, made))
        sys.stderr.write("".join(f"{line}\n" for line in told))
        roster = Roster.of(made.frozen.head, _time(source.time))
        for line in freezing.then(what.name, roster):
            told = command(line.strip(), say.width(), 4) if line.startswith(" ") else prose(line, say.width(), 2)
            say.put("".join(f"{one}\n" for one in told))
        return 0


def _time(seconds: int) -> datetime:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC)


def verified(place: Place, name: str, agreed: bool, tagged: bool) -> Verified:
    """What verification finds. Raises Misuse where no baseline of that name was ever there."""
    from itsmctl.baseline import proof, verification

    found = verification.verify(place, name, verification.Wanted(agreed, tagged))
    if any(one.code == "MANIFEST_GONE" for one in found.faults):
        known = proof.names(place.bench, place.tip.tree, place.prefix)
        from itsmctl.baseline import ever

        if name.casefold() not in ever.names(place.bench, place.tip.oid, place.prefix):
            guess = did_you_mean(name, known)
            says = f"no baseline is called {name} at {place.tip.label}" + (f": {guess}" if guess else "")
            raise Misuse(says, "itsmctl baseline list shows those that there are.")
    return found


def approve(root: Path | None, name: str, role: str, reason: str, out: Path | None, signing: Signing) -> int:
    """Rebuild it, show it, sign, and commit or hand over; 0."""
    from itsmctl import gitwriting
    from itsmctl.desk import files, freezing

    with opened(root, "HEAD") as place:
        found = verified(place, name, agreed=True, tagged=False)
        wrong = [one for one in found.faults if one.severity == "error" and one.code != "NOT_AGREED"]
        if found.held is None or wrong:
            says = "; ".join(f"{one.code}: {one.says}" for one in wrong[:5])
            raise CannotJudge(
                f"{name} does not hold, so nobody can agree to it: {says}", f"itsmctl baseline verify {name}"
            )
        source = place.bench.revision(found.held.manifest.source.commit)
        key, public = voting.key_of(signing.key, place.people(source).roster, _FROZEN)
        person, held_role = freezing.agreeing(place, found, public, role)
        before = next((one.path for one in found.agreements if one.counts and one.person == person), "")
        if before:
            return say.put(f"{person} agrees to {name} already: {before}\n")
        made = freezing.agree(found.held, person, held_role, reason, place.today)
        say.put("".join(f"{line}\n" for line in freezing.told(made, found.held)))
        voting.ask(signing.yes)
        asked = replace(place, now=workplace.moment(None))  # whoever was asked may have thought about it for an hour
        freezing.refuse_ended(asked, source, public, person, held_role)
        written = freezing.sign_agreement(made, key, os.environ, sys.stdin.isatty())
        if out is not None:
            done = files.write_all(out, {Path(path).name: content for path, content in written.items()})
            return say.put(f"written: {out / done[0]} and its .sig; they belong in baselines/{name}/agreement/\n")
        placed = {place.prefix + path: content for path, content in written.items()}
        oid = gitwriting.commit_new(place.repo, "HEAD", placed, f"baselines: {person} agrees to {name}\n", os.environ)
        return say.put(f"committed {oid[:7]}: {min(placed)}\n  next: itsmctl baseline verify {name}\n")


def tag(root: Path | None, name: str, signing: Signing) -> int:
    """Verify, then tag the commit that added it; 0."""
    from itsmctl import gitwriting
    from itsmctl.desk import freezing

    with opened(root, "HEAD") as place:
        found = verified(place, name, agreed=True, tagged=False)
        wrong = [one for one in found.faults if one.severity == "error"]
        if found.held is None or wrong:
            says = "; ".join(f"{one.code}: {one.says}" for one in wrong[:5])
            raise CannotJudge(
                f"{name} is not tagged, since it does not hold: {says}", f"itsmctl baseline verify {name}"
            )
        freezing.refuse_tag(place, name, found.held.manifest.of)
        key: Path | str | None = None
        if signing.sign:
            people = place.people(place.bench.revision(found.held.manifest.source.commit))
            key, public = voting.key_of(signing.key, people.roster, _FROZEN)
            freezing.tagging(place, found, public)
        manifest = found.held.manifest
        word, message = freezing.tag_of(name, manifest.of, manifest.source.commit, manifest.root)
        made = gitwriting.tag(place.repo, word, found.commit, message, os.environ, key)
        return say.put(f"tagged {found.commit[:7]} as {made.removeprefix('refs/tags/')}\n")


def tag_release(place: Place, found: Checked, sign: bool, key_file: Path | None) -> str:
    """Tag the commit of a release that passed, signed if asked; the name of the tag."""
    from itsmctl import gitwriting
    from itsmctl.desk import freezing
    from itsmctl.release import tagging

    after = held(place, str(found.record.data["spec"]["baseline_after"])).manifest
    key: Path | str | None = None
    if sign:
        people = place.people(place.bench.revision(after.source.commit))
        key, public = voting.key_of(key_file, people.roster, _FROZEN)
        person, role = freezing.signer(people.roster, public)
        freezing.refuse_ended(place, place.bench.revision(after.source.commit), public, person, role)
    word = tagging.name_of(found.record.name)
    gitwriting.tag(place.repo, word, found.commit, tagging.message(found, after), os.environ, key)
    return word


def two(place: Place, earlier: str, later: str) -> tuple[Manifest, Manifest]:
    """What both baselines say, where the commits that they froze are at hand: what is equal in them is read and hashed
    once. Raises Misuse or CannotJudge where one does not hold.
    """
    one = held(place, earlier)
    first = _with_source(place, one)
    return first, _with_source(place, held(place, later, one))


def held(place: Place, name: str, known: Held | None = None) -> Held:
    """The baseline of that name, with the root of its items. Raises Misuse or CannotJudge where it is not that.

    `known`: another one that has its root.
    """
    from itsmctl.baseline import proof

    found = proof.held(place.bench, place.tip.tree, place.prefix, name, known)
    if isinstance(found, proof.Fault):
        names = proof.names(place.bench, place.tip.tree, place.prefix)
        guess = did_you_mean(name, names) if name not in names else ""
        raise Misuse(f"{name}: {found.says}" + (f": {guess}" if guess else ""), _of_commit(place, name) or found.hint)
    new, old = found.manifest, known.manifest if known is not None else None
    if old is not None and (new.root, new.canonical) == (old.root, old.canonical) and new.items == old.items:
        return found
    wrong = proof.root_fault(found)
    if wrong is not None:
        raise CannotJudge(wrong.says, f"itsmctl baseline verify {name}")
    return found


def _of_commit(place: Place, name: str) -> str:
    """What to do where a commit was named in place of a baseline; "" where it was not."""
    with suppress(CannotJudge, Misuse):
        place.repo.resolve(name)
        frozen = f"itsmctl baseline create NAME --rev {shlex.quote(name)} freezes it"
        return f"{name} is a commit, and no baseline: itsmctl baseline status tells what moved since, and {frozen}"
    return ""


def _with_source(place: Place, found: Held) -> Manifest:
    from itsmctl.baseline import proof

    gone = proof.source_of(place.bench, found.manifest)
    if isinstance(gone, proof.Fault):
        raise CannotJudge(f"{found.name}: {gone.says}", gone.hint)
    wrong = proof.of_others(place.bench, found)
    if wrong:
        raise CannotJudge(wrong, f"itsmctl baseline verify {found.name}")
    return found.manifest
