"""Does a baseline hold? Rebuild, agreements, chain, tag, signature, history: all that can be asked, as Faults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from itsmctl.baseline import agreement, arrival, ever, proof, rebuilding, removed, seals, section, tags
from itsmctl.baseline.agreement import Judged
from itsmctl.baseline.manifest import FILE, home
from itsmctl.baseline.place import Place, is_below
from itsmctl.baseline.proof import Fault, Held
from itsmctl.baseline.recipe import Signer

if TYPE_CHECKING:
    from itsmctl.evidence.signed import EvidenceFile
    from itsmctl.gitdeeds import Brought
    from itsmctl.gitrepo import Revision


class Wanted(Struct, frozen=True):
    """What a baseline has to be: `agreed` to by somebody, or a snapshot will do; `tagged`, or it need not be."""

    agreed: bool = True
    tagged: bool = False


class Verified(Struct, frozen=True):
    """What was found. `held` is None where there is no manifest to be read."""

    name: str
    held: Held | None
    faults: tuple[Fault, ...]
    agreements: tuple[Judged, ...] = ()
    commit: str = ""  # that adds the manifest
    signer: Signer | None = None  # of the statement, whether its signature counts or not

    @property
    def holds(self) -> bool:
        """Is there no error?"""
        return not any(one.severity == "error" for one in self.faults)

    @property
    def is_agreed(self) -> bool:
        """Does at least one agreement count?"""
        return any(one.counts for one in self.agreements)


def verify(place: Place, name: str, wanted: Wanted) -> Verified:
    """Everything about the baseline of that name at the tip. Raises CannotJudge where git or ssh cannot answer."""
    found = proof.held(place.bench, place.tip.tree, place.prefix, name)
    disguised = list(_disguises(place))
    if isinstance(found, Fault):
        return Verified(name, None, (found, *disguised))
    found = found.light()  # what is made anew is large as well, and so are those before it
    whole = partial(proof.again, place.bench, place.tip.tree, place.prefix, name)
    rebuilt = list(rebuilding.faults_of(place.bench, place.prefix, place.tip.tree, name, place.environ))
    faults = [*disguised, *rebuilt]
    adding = place.bench.touching(place.tip.oid, [place.prefix + home(name)], place.prefix)
    faults += arrival.history(place, found, adding)
    revision = proof.source_of(place.bench, found.manifest)
    if isinstance(revision, Fault):
        return Verified(name, whole(), tuple(_once(faults)))
    agreements = tuple(_agreements(place, found, revision, adding))
    is_agreed = any(one.counts for one in agreements)
    faults += _agreed(found, agreements, wanted)
    faults += _outside(place, revision, adding)
    faults += _removed(place, found, revision, adding)
    faults += _chain(place, found, wanted)
    faults += _beside(place, found)
    faults += seals.of_statement(place, found, revision, is_agreed)
    faults += _tag(place, found, revision, adding, wanted)
    if is_agreed and _is_all_but_the_rules(rebuilt):
        faults = [_softened(one) if one.code == rebuilding.DIFFERS else one for one in faults]
    faults = [one if is_agreed or one.code != "TAG_GONE" else _after_agreement(one) for one in faults]
    signer = seals.signer(place, found, revision)
    faults = _named(place, found, _once(faults))
    return Verified(name, whole(), tuple(faults), agreements, adding[0].oid if adding else "", signer)


def _named(place: Place, found: Held, faults: list[Fault]) -> list[Fault]:
    """Where it is to be frozen again, under a name that is free."""
    plain = rebuilding.again(found.manifest)
    if not any(plain in one.hint for one in faults):
        return faults
    free = rebuilding.again(found.manifest, ever.taken(place.bench, place.tip.oid, place.prefix))
    return [replace(one, hint=one.hint.replace(plain, free)) for one in faults]


def _is_all_but_the_rules(rebuilt: Sequence[Fault]) -> bool:
    """Is that it was written under other rules the only error that the rebuild found?"""
    return all(one.severity == "note" or one.code == rebuilding.DIFFERS for one in rebuilt)


def _softened(fault: Fault) -> Fault:
    """Somebody who may has signed these very bytes: what could not be told again is what they agreed to."""
    return Fault(fault.code, fault.says, fault.hint, "warning", fault.path)


def _after_agreement(fault: Fault) -> Fault:
    """What nobody agreed to is not tagged yet."""
    return Fault(fault.code, fault.says, f"Once somebody has agreed to it: {fault.hint}", fault.severity, fault.path)


def _once(faults: Sequence[Fault]) -> list[Fault]:
    return list(dict.fromkeys(faults))


def _disguises(place: Place) -> Iterator[Fault]:
    """What makes plain git show something else than what is there. We are not deceived, others may be."""
    for oid in place.replaced:
        says = f"git shows another object in place of {oid[:12]} here (git replace)"
        yield Fault("OBJECT_REPLACED", says, f"git replace --delete {oid}")
    if place.has_grafts:
        yield Fault("GRAFTED", "a grafts file gives commits other parents here", "Remove .git/info/grafts.")


def _agreements(place: Place, found: Held, frozen: Revision, adding: Sequence[Brought]) -> Iterator[Judged]:
    """Each agreement; one of somebody who made the baseline does not count."""
    folder = home(found.name, "agreement")
    files = section.evidence(place.bench, place.tip.tree, place.prefix, folder)
    yield from _judged(place, found, frozen, adding, files)


def _judged(
    place: Place, found: Held, frozen: Revision, adding: Sequence[Brought], files: Iterable[EvidenceFile]
) -> Iterator[Judged]:
    """The same of files that stand there, or stood there."""
    made, unknown = seals.makers(place, found, place.people(frozen), adding)
    for one in agreement.judge(files, found, place, frozen):
        if one.counts and one.person in made:
            says = f"{one.person} made the baseline ({made[one.person]}), and somebody else has to agree"
            yield Judged(one.path, one.person, one.role, "MAKER", says, one.key)
        elif one.counts and unknown:
            says = f"{unknown[0]} made it and is no Person at the commit, so that nobody can tell them from who agreed"
            yield Judged(one.path, one.person, one.role, "MAKER_UNKNOWN", says, one.key)
        else:
            yield one


def _outside(place: Place, frozen: Revision, adding: Sequence[Brought]) -> Iterator[Fault]:
    """Hands beside those of a Person that the settings let pass: who that was, somebody should know."""
    for hand in place.people(frozen).outside(adding):
        says = f"{hand} made it, too, and is no Person at the commit: nobody can tell them from who agreed"
        yield Fault("MAKER_UNKNOWN", says, "Ask who that is, and write the address into their record.", "warning")


def _removed(place: Place, found: Held, frozen: Revision, adding: Sequence[Brought]) -> Iterator[Fault]:
    """Agreements that history held and the tree does not: what one was worth is not undone by who takes it away."""
    told: dict[str, Fault] = {}  # of what stood at one path, the gravest
    for gone in removed.agreements(place, found):
        for one in _judged(place, found, frozen, adding, [gone.file]):
            fault = _of_gone(found, one, gone.restoring)
            if one.path not in told or _RANKS[fault.severity] > _RANKS[told[one.path].severity]:
                told[one.path] = fault
    yield from told.values()


_RANKS: Mapping[proof.Severity, int] = {"note": 0, "warning": 1, "error": 2}


def _of_gone(found: Held, one: Judged, restoring: str) -> Fault:
    """What never counted is noise that anybody can make: it is told, and decides nothing."""
    was = f"which did not hold: {one.code}: {one.says}" if one.code else f"the agreement of {one.person}"
    says, hint = f"{one.path} is not there any more, {was}", f"Put it back: {restoring}"
    if one.code in agreement.GRAVE and one.was_good:
        hint = f"What does not hold stays so; freeze it under another name: {rebuilding.again(found.manifest)}"
    elif one.code in agreement.NEVER and not one.was_good:
        return Fault("AGREEMENT_REMOVED", f"{says}; it never counted", "", "note", one.path)
    severity: proof.Severity = "error" if one.was_good else "warning"
    return Fault("AGREEMENT_REMOVED", says, hint, severity, one.path)


def _agreed(found: Held, agreements: Sequence[Judged], wanted: Wanted) -> Iterator[Fault]:
    for one in agreements:
        if not one.counts:
            severity: proof.Severity = "error" if one.code in agreement.GRAVE else "warning"
            yield Fault(one.code, f"{one.path}: {one.says}", _AGREE.format(found.name), severity, one.path)
    if not any(one.counts for one in agreements):
        says = f"nobody's agreement to {found.name} counts: it is a snapshot, and no base for a release"
        must = wanted.agreed or found.manifest.of == "release"
        yield Fault("NOT_AGREED", says, _AGREE.format(found.name), "error" if must else "note")


_AGREE = "A release-manager or configuration-manager who did not make it agrees: itsmctl baseline approve {}"


def _chain(place: Place, found: Held, wanted: Wanted) -> Iterator[Fault]:
    """Each predecessor is there, has the root that its follower names, and is what its own commit gives."""
    seen = {found.name}
    here = found
    while (named := here.manifest.supersedes) is not None:
        if named.name in seen:
            yield Fault("CHAIN_LOOPS", f"{named.name} comes before itself", "", path=home(here.name))
            return
        seen.add(named.name)
        before = proof.held(place.bench, place.tip.tree, place.prefix, named.name)
        if isinstance(before, Fault):
            says = f"{here.name} takes the place of {named.name}, and {before.says}"
            yield Fault("PREDECESSOR_GONE", says, "Put it back: git log shows who took it away.", path=before.path)
            return
        before = before.light()
        if before.manifest.root != named.root:
            says = f"{here.name} takes the place of {named.name} with another root than {named.name} has today"
            yield Fault("PREDECESSOR_ALTERED", says, "Put back what was agreed to.", path=home(named.name))
        else:
            tree, environ = place.tip.tree, place.environ
            rebuilt = list(rebuilding.faults_of(place.bench, place.prefix, tree, named.name, environ))
            for fault in rebuilt:
                if fault.severity == "note" or _is_all_but_the_rules(rebuilt):
                    continue  # whoever agreed to it agreed to what its rules said; that somebody did is asked below
                says = f"{named.name}, which {here.name} takes the place of: {fault.says}"
                yield Fault("PREDECESSOR_ALTERED", says, fault.hint, path=fault.path)
        yield from _base(place, here, before, wanted)
        here = before


def _beside(place: Place, found: Held) -> Iterator[Fault]:
    """Others that take the place of the same one, and tags that go by the name of this one."""
    before = found.manifest.supersedes
    every = proof.followers(place.bench, place.tip.tree, place.prefix, before.name) if before is not None else []
    others = [one for one in every if one != found.name]
    if before is not None and others:
        says = f"{', '.join(others)} takes the place of {before.name}, too: which of them stands, this does not tell"
        yield Fault("FORKED", says, "", "note", home(found.name))
    own = tags.ref_of(found.manifest.of, found.name)
    alike = {tags.ref_of(of, found.name).casefold() for of in ("release", "configuration")}
    for ref in sorted(ref for ref in place.repo.refs if ref != own and ref.casefold() in alike):
        tag = tags.read(place.repo, ref)
        if tag is None or not tag.message.startswith("Release "):  # that one is judged with its release
            short = ref.removeprefix("refs/tags/")
            says = f"there is a tag {short}, too, which is not the tag of this baseline, and looks like it"
            yield Fault("TAG_BESIDE", says, f"Find out who made it. To take it away: git tag -d {short}", "warning")


def _base(place: Place, here: Held, before: Held, wanted: Wanted) -> Iterator[Fault]:
    """What a baseline stands on has to be agreed to, and no mere snapshot."""
    revision = proof.source_of(place.bench, before.manifest)
    if isinstance(revision, Fault):
        return  # told already
    adding = place.bench.touching(place.tip.oid, [place.prefix + home(before.name)], place.prefix)
    agreements = list(_agreements(place, before, revision, adding))
    broken = [*arrival.history(place, before, adding), *_removed(place, before, revision, adding)]
    broken += [Fault(one.code, f"{one.path}: {one.says}") for one in agreements if one.code in agreement.GRAVE]
    broken += seals.of_statement(place, before, revision, any(one.counts for one in agreements))
    for fault in (one for one in broken if one.severity == "error"):
        says = f"{before.name}, which {here.name} takes the place of, does not hold: {fault.code}: {fault.says}"
        hint = (
            f"itsmctl baseline verify {before.name} tells more. If nothing mends it, freeze this one anew without it."
        )
        yield Fault("BASE_BROKEN", says, hint, path=home(before.name))
    if not any(one.counts for one in agreements):
        says = f"{here.name} takes the place of {before.name}, which nobody agreed to: it is a snapshot"
        severity: proof.Severity = "error" if wanted.agreed or here.manifest.of == "release" else "warning"
        yield Fault("BASE_NOT_AGREED", says, _AGREE.format(before.name), severity, home(before.name))


def _tag(place: Place, found: Held, frozen: Revision, adding: Sequence[Brought], wanted: Wanted) -> Iterator[Fault]:
    """Tag object, name, commit and root say the same."""
    ref = tags.ref_of(found.manifest.of, found.name)
    short = ref.removeprefix("refs/tags/")
    tag = tags.read(place.repo, ref)
    if tag is None:
        severity: proof.Severity = "error" if wanted.tagged else "note"
        yield Fault("TAG_GONE", f"there is no tag {short}", f"itsmctl baseline tag {found.name}", severity)
        return
    if tag.is_plain:
        yield Fault(
            "TAG_PLAIN", f"the tag {short} is no object of its own, so that it says nothing", _TAG.format(short)
        )
    elif tag.called != short:
        says = f"the tag {short} is an object that calls itself {tag.called}"
        yield Fault("TAG_RENAMED", says, _TAG.format(short))
    if tag.target not in {one.oid for one in adding[:1]} and not _is_of_release(place, found, tag, adding):
        on, path = tag.target[:12] or "nothing", home(found.name, FILE)
        says = f"the tag {short} is on {on}, and not on the commit that adds {path}"
        yield Fault("TAG_MOVED", says, _TAG.format(short))
    if not tag.is_plain:
        told = (tags.said(tag.message, "Source"), tags.said(tag.message, "Root"))
        if told != (found.manifest.source.commit, found.manifest.root):
            says = f"the tag {short} names another source commit or root than the manifest"
            yield Fault("TAG_DIFFERS", says, _TAG.format(short))
        yield from seals.of_tag(place, found, frozen, tag)


def _is_of_release(place: Place, found: Held, tag: tags.Tag, adding: Sequence[Brought]) -> bool:
    """Is it the tag of the release of that name, on the commit that it names, which holds this very manifest?"""
    if not adding or not tags.is_of_release(tag, found.name) or not is_below(place.bench, adding[0].oid, tag.target):
        return False
    there = place.bench.repo.ids([f"{tag.target}:{place.prefix}{home(found.name)}"])[0]
    return bool(there) and there == found.files.get(FILE)


_TAG = "Find out who made it. To take it away: git tag -d {}"
