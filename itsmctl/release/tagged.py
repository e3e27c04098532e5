"""A release that is tagged already: does its tag say what is so, and is the record still what was tagged?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from itsmctl import sshsig
from itsmctl.baseline import seals, tags
from itsmctl.baseline.manifest import FILE, home
from itsmctl.baseline.place import is_below
from itsmctl.comparing import ABSENT, altered
from itsmctl.gate.spending import names
from itsmctl.records import NAME, value_at
from itsmctl.release import frozen, handover, kept, tagging
from itsmctl.release.landings import paths
from itsmctl.release.requirement import Requirement, unless

if TYPE_CHECKING:
    from itsmctl.baseline.fields import Manifest
    from itsmctl.baseline.tags import Tag
    from itsmctl.comparing import FieldEdit
    from itsmctl.release.dossier import Dossier
    from itsmctl.release.requirement import Outcome

_TOOL = re.compile(r"Tool: itsmctl[ ][0-9][0-9A-Za-z.+]{0,60}")
_OWED = re.compile(r"Owed: [A-Z_]+(?:-[0-9]+)? by [0-9TZ:-]{0,20}")

_WAIVED = re.compile(rf"Waived: [A-Za-z0-9-]+ by {NAME[1:-1]}")

_Fault = tuple["Outcome", str, str]
"""(outcome, what, what to do)."""

_MAY_CHANGE = re.compile(r"spec\.(?:state|result|post_release)|metadata\.(?:name|formerly|owner|labels)")
"""Where a release goes on after its tag: its state, how it went, whose it is, and what it is called."""

_MAY_COME = re.compile(
    r"spec\.(?:known_errors|problems_closed|problems_open|documents|agreements|acceptance|go_live"
    r"|plan\.stages\[[^\]]*\]\.(?:verified|start|end))"
)
"""What may be added: times that were not written, links, and what an emergency brings later."""


def judge(dossier: Dossier) -> Iterator[Requirement]:
    """The tag of the release, where there is one under any of its names."""
    repo = dossier.place.repo
    called = [ref.partition("/")[2] for ref in names(dossier.record)]
    yield from _alike(dossier, [tags.ref_of("release", name) for name in called])
    held = [(name, found) for name in called if (found := tags.read(repo, tags.ref_of("release", name))) is not None]
    for name, found in held:
        path, wrong = dossier.record.path, list(_faults(dossier, name, found))
        told = f"release/{name}, {_signed(dossier, found)}" if not wrong else ""
        yield from unless("RELEASE_TAG", (Requirement("RELEASE_TAG", *one, path) for one in wrong), told)
        if not wrong:
            told = "; ".join(filter(None, (_since(dossier), _documents(dossier, found))))
            yield from unless("RELEASE_EDITED", edited(dossier, name, found.target), told)
    if not held and (told := _since(dossier)):
        yield Requirement("RELEASE_EDITED", "met", told)


def _alike(dossier: Dossier, own: list[str]) -> Iterator[Requirement]:
    """Tags whose names differ from that of the release in upper and lower case alone: people take them for it."""
    folded = {ref.casefold() for ref in own}
    for ref in sorted(one for one in dossier.place.repo.refs if one not in own and one.casefold() in folded):
        short = ref.removeprefix("refs/tags/")
        says = f"there is a tag {short}, which is not the tag of this release, and looks like it"
        hint = f"Find out who made it. To take it away: git tag -d {short}"
        yield Requirement("RELEASE_TAG", "unmet", says, hint, dossier.record.path)


def _signed(dossier: Dossier, found: Tag) -> str:
    """Whoever may write tags can make one that nobody signed, or take a signature off: a tag has no history."""
    if not found.armored:
        return "only written, signed by nobody"
    key = sshsig.parse_signature(found.armored).key.fingerprint
    entry = dossier.place.today.key(key)
    return f"signed by {entry.person if entry is not None else key}"


def _faults(dossier: Dossier, name: str, found: Tag) -> Iterator[_Fault]:
    short, who = f"release/{name}", f"Find out who made it. To take it away: git tag -d release/{name}"
    after = frozen.manifest(dossier, dossier.spec.get("baseline_after"))
    if found.is_plain:
        yield "unmet", f"the tag {short} is no object of its own, so that it says nothing", who
        return
    if after is None:
        says = f"it cannot be told whether the tag {short} says what is so, as no baseline after the release holds"
        yield "unknown", says, "See BASELINE_AFTER."
        return
    if found.called != short:
        yield "unmet", f"the tag {short} is an object that calls itself {found.called}", who
    if not tagging.is_release(found, name):
        hint = f"{who}; then make it again: itsmctl release tag {dossier.record.name}"
        yield "unmet", f"the tag {short} was not made for this release, so that it tells nothing of its record", hint
        return
    for word in _otherwise(dossier, found, after):
        yield "unmet", f"the tag {short} says something else than the release does, in its line {word}", who
    yield from ((outcome, f"the tag {short} is on {says}", hint or who) for outcome, says, hint in _on(dossier, found))
    if found.armored:
        place = dossier.place
        wrong = seals.signature_of(place, place.bench.revision(after.source.commit), found)
        yield from (("unmet", f"{one.code}: {one.says}", who) for one in wrong)


def _otherwise(dossier: Dossier, found: Tag, after: Manifest) -> Iterator[str]:
    """The words of lines that are not what `release tag` would have written, or stand there twice, or are none of its.

    What an emergency owed then is not asked again: that it owes anything at all is.
    """
    lines = found.message.splitlines()
    wanted = tagging.lines(found.target, after, tuple(frozen.named(dossier)))
    for expected in wanted:
        word = expected.partition(":")[0]
        if [line for line in lines if line.startswith(f"{word}:")] != [expected]:
            yield word
    others = [line for line in lines[2:] if line not in wanted]
    if not others or _TOOL.fullmatch(others[-1]) is None or lines[-1] != others[-1] or lines[1:2] != [""]:
        yield "Tool"
    for line in others[:-1]:
        if _WAIVED.fullmatch(line) is None and (not dossier.is_emergency or _OWED.fullmatch(line) is None):
            yield line.partition(":")[0]


def _on(dossier: Dossier, found: Tag) -> Iterator[_Fault]:
    """The commit that was tagged is of the branch, at or below the one that is asked of, and held the release done."""
    place, at = dossier.place, found.target
    short = at[:12] or "nothing"
    off = tagging.off_line(place, dossier.held.target, at)
    if off:
        yield "unmet", off, ""
        return
    if dossier.line.place(at) is None:
        if is_below(place.bench, place.tip.oid, at):
            hint = f"Ask there: itsmctl release check {dossier.record.name} --stage done --rev {short}"
            yield "unmet", f"commit {short}, which comes after the one that is asked of", hint
        else:
            yield "unmet", f"commit {short}, which is not on the line of {place.tip.label}", ""
        return
    data = dossier.data(dossier.blob(at, dossier.record.ref))
    state = value_at(data, "/spec/state")
    if data is None:
        yield "unmet", f"commit {short}, which does not hold the release", ""
    elif state not in tagging.OVER:
        yield "unmet", f"commit {short}, where the release is {state}, and not done", ""
    after = dossier.spec["baseline_after"]
    held = dossier.baseline(after)
    there = place.bench.repo.ids([f"{at}:{place.prefix}{home(after)}"])[0]
    if isinstance(held, str) or held.held is None or there != held.held.files.get(FILE):
        yield "unmet", f"commit {short}, which does not hold the baseline {after} as it is", ""
    else:
        lost = next((one for one in kept.moved(dossier, held.held.manifest, at) if one.lacks), None)
        if lost is not None:
            yield "unmet", f"commit {short}, where {lost.ref} is another than {after} froze: {lost.lacks}", ""


# --- the record since


def edited(dossier: Dossier, name: str, at: str) -> Iterator[Requirement]:
    """In what the record is another than in the commit that is tagged, but for what its life cycle adds."""
    was = dossier.data(dossier.blob(at, dossier.record.ref))
    before, now = (dossier.today(data) for data in (was if isinstance(was, dict) else {}, dossier.record.data))
    fields = [edit.field for edit in altered(before, now) if not _may(edit)]
    if fields:
        ids = dossier.place.bench.repo.ids
        there = (one for one in paths(dossier.record.ref, dossier.head, dossier.past) if ids([f"{at}:{one}"])[0])
        says = f"{', '.join(fields[:5])}{' and more' if fields[5:] else ''} of the release: not what was tagged"
        hint = f"Put back what was tagged as release/{name}: git show {at[:12]}:{next(there, '')} shows it. "
        hint += "A release that is made again gets another name."
        yield Requirement("RELEASE_EDITED", "unmet", says, hint, dossier.record.path, "/spec")


def _since(dossier: Dossier) -> str:
    """In what the record is another than when the roll-out began, or, where the branch had none then, than when it
    first had it done, in words.

    Before it is tagged it may be put right; and a tag can be taken away, and made anew on something else.
    """
    begins = dossier.begins.timestamp() if dossier.begins is not None else 0
    stood = [data for at, data in dossier.versions if at < begins]
    done = [data for _, data in dossier.versions if value_at(data, "/spec/state") in tagging.OVER]
    if not done:
        return ""
    when = "the roll-out began" if stood else "it was first live"
    edits = altered(dossier.today(stood[-1] if stood else done[0]), dossier.today(dossier.record.data))
    fields = sorted((edit.field for edit in edits if not _may(edit) and not _is_of_it(edit)), key=_first)
    told = f"{', '.join(fields[:_SHOWN])}{' and more' if fields[_SHOWN:] else ''}"
    return f"altered since {when}: {told}" if fields else ""


_SHOWN = 8

_OF_IT = re.compile(r"spec\.(?:baseline_after|plan\.stages\[[^\]]*\]\.end)")
"""What a roll-out itself writes: the baseline after it, and when a stage really was over."""


def _is_of_it(edit: FieldEdit) -> bool:
    whole = _OF_IT.fullmatch(edit.field)
    return whole is not None and (edit.before is ABSENT or edit.field.endswith(".end"))


def _first(field: str) -> tuple[bool, str]:
    """The way back before all else: it is what nobody may find swapped."""
    return not field.startswith(("spec.backout", "spec.remedy")), field


def _documents(dossier: Dossier, found: Tag) -> str:
    """Which documents are other files than were tagged, in words: they may go on, and people should know."""
    paths = handover.files(dossier)
    prefix, ids = dossier.place.prefix, dossier.place.bench.repo.ids
    was, now = (
        ids([f"{at}:{prefix}{path}" for path in paths.values()]) for at in (found.target, dossier.place.tip.oid)
    )
    moved = sorted(field for field, one, other in zip(paths, was, now, strict=True) if one != other)
    return f"other files than were tagged: {', '.join(moved)}" if moved else ""


def _may(edit: FieldEdit) -> bool:
    """Does the life cycle of a release add that after it is done?"""
    inside = _MAY_CHANGE.match(edit.field)
    if inside is not None and edit.field[inside.end() : inside.end() + 1] in ("", ".", "["):
        return True
    comes = _MAY_COME.match(edit.field)
    whole = comes is not None and edit.field[comes.end() : comes.end() + 1] in ("", ".", "[")
    return whole and edit.before is ABSENT and not edit.is_order
