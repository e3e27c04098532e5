"""The history of a record as people and programs want it: each step, what it altered, and which change covered it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl import addressing, covering, everhidden, history
from itsmctl.comparing import ABSENT, FieldEdit
from itsmctl.covering import Cover
from itsmctl.drawing import count, prose, rows, table, titled
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.escape import cut, visible
from itsmctl.nearest import did_you_mean
from itsmctl.records import CHANGE, value_at
from itsmctl.settings import FILE

if TYPE_CHECKING:
    from itsmctl.history import History, Step
    from itsmctl.past import Past
    from itsmctl.snapshot import Snapshot

_SHORT = 7  # characters of a commit id
_LONGEST = 60  # columns of a value
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VERSION = "spec.version"
_OF_A_RENAME = ("metadata.name", "metadata.formerly")


class Covered(Struct, frozen=True):
    """One step with the changes that cover it. `lacks`: there are none, and why that is so or may be so."""

    step: Step
    covers: tuple[Cover, ...]
    lacks: str = ""


class Chronicle(Struct, frozen=True):
    """All that `log` tells. `head` is what stands at the newest commit that was looked at."""

    history: History
    covered: tuple[Covered, ...]
    head: Snapshot

    @property
    def needs_changes(self) -> bool:
        """Is the record controlled, so that only a change that lists it covers an edit?"""
        return self.head.law.kinds[self.history.kind].controlled


def of(word: str, head: Snapshot, past: Past, tree: Callable[[], Snapshot]) -> Chronicle:
    """The chronicle of the record called `word`, there or gone. `tree` reads the work tree, to tell what is only there.

    Raises Misuse where no commit ever held such a record.
    """
    kind, name = _meant(word, head, past, tree)
    found = history.of(head.law.kinds[kind], name, past, everhidden.of(head, past))
    oids = [step.commit.oid for step in found.steps]
    covers = covering.of(past, head.law.kinds, oids, [f"{kind}/{one}" for one in found.names])
    early = covering.ungoverned(past, FILE, oids)

    def covered(step: Step) -> Covered:
        oid = step.commit.oid
        if covers[oid] or not head.law.kinds[kind].controlled or not step.says_something:
            return Covered(step, () if kind == CHANGE else covers[oid])
        why = "the repository was not governed yet" if oid in early else "no commit of this head names one"
        return Covered(step, (), why)

    return Chronicle(found, tuple(covered(step) for step in found.steps), head)


def _meant(word: str, head: Snapshot, past: Past, tree: Callable[[], Snapshot]) -> tuple[str, str]:
    """(kind, name) of the record that is meant: one that is there, else one that ever was."""
    try:
        record = addressing.record(word, head)
        return record.kind, record.name
    except CannotJudge:  # its file cannot be read; its history can
        ref = next(one for one in head.unread if word.casefold() in (one.casefold(), one.partition("/")[2].casefold()))
        return ref.partition("/")[0], ref.partition("/")[2]
    except Misuse as unknown:
        gone = list(_gone(word, head, past))
        if any(f"{kind}/{name}" in head.records for kind, name in gone):
            raise  # of several that are there
        if len(gone) == 1:
            return gone[0]
        if gone:
            listed = ", ".join(f"{kind}/{name}" for kind, name in gone)
            raise Misuse(f"several records were called {word}: {listed}", "Name the kind as well.") from None
        raise _uncommitted(word, tree) or _with_guess(unknown, word, head, past) from None


def _with_guess(unknown: Misuse, word: str, head: Snapshot, past: Past) -> Misuse:
    """The same, with names that only history holds where none of today comes near."""
    if "did you mean" in unknown.message:
        return unknown
    kinds = head.law.kinds.by_plural
    refs = {f"{kinds[plural].name}/{name}": name for plural, name in past.places if plural in kinds}
    guess = did_you_mean(word, refs if "/" in word else refs.values())
    return Misuse(f"{unknown.message}, and no commit held it" + (f": {guess}" if guess else ""), unknown.hint)


def _gone(word: str, head: Snapshot, past: Past) -> Iterator[tuple[str, str]]:
    """(kind, name) of every record of that name that a commit held."""
    folded = word.casefold()
    for plural, name in past.places:
        kind = head.law.kinds.by_plural.get(plural)
        if kind is not None and folded in (name.casefold(), f"{kind.name}/{name}".casefold()):
            yield kind.name, name


def _uncommitted(word: str, tree: Callable[[], Snapshot]) -> Misuse | None:
    try:
        record = addressing.record(word, tree())
    except (Misuse, CannotJudge):
        return None
    return Misuse(f"{record.ref} is in no commit of that history, only in the work tree", "Commit it first.")


def text(chronicle: Chronicle, width: int) -> str:
    """The steps, the newest first, as lines of at most `width` columns."""
    found = chronicle.history
    newest = found.steps[0]
    last = newest.after or newest.before
    title = str(value_at(last.data if last else None, "/metadata/title") or "")
    lines = titled(found.ref, title if newest.after else f"{title} (gone)".strip(), width)
    former = ", ".join(found.names[1:])
    lines += rows([("history", f"{count(len(found.steps), 'commit')}, the newest first"), ("formerly", former)], width)
    for covered in chronicle.covered:
        lines += ["", *_step(covered, chronicle, width)]
    if found.is_cut:
        says = "History is cut off (a shallow clone): older commits are not here. To get them: git fetch --unshallow"
        lines += ["", *prose(says, width)]
    return "\n".join(lines) + "\n"


def _step(covered: Covered, chronicle: Chronicle, width: int) -> list[str]:
    commit = covered.step.commit
    said = [*_told(covered.step), *(("change", line) for line in _covers(covered, chronicle))]
    line = f"{commit.oid[:_SHORT]}  {_time(commit.committed)}  {commit.author}: {commit.subject}"
    return [*prose(line, width), *table(said, width, wrap=True)]


def _told(step: Step) -> list[tuple[str, str]]:
    """(deed, what it did), then a line for each further field."""
    edits = [edit for edit in step.edits if step.deed != "renamed" or not edit.field.startswith(_OF_A_RENAME)]
    fields = [_field(edit) for edit in edits]
    return [(step.deed if not place else "", line) for place, line in enumerate([*_headline(step), *fields])]


def _headline(step: Step) -> list[str]:
    """What is to be said beside the fields."""
    before, after = step.before, step.after
    if after is None:
        return [before.path if before else ""]
    if after.unread:
        return [f"{after.path} cannot be read: {after.unread}"]
    if before is None:
        older = "; older commits are not here" if step.deed == "already there" else ""
        return [_described(after.data) + older]
    if step.deed == "renamed":
        return [f"{before.name} → {after.name}"]
    if before.path != after.path:
        return [f"{before.path} → {after.path}"]
    if step.edits:
        return []
    return ["nothing of its own" if step.deed == "merged" else "its form alone: comments, quotes, order of keys"]


def _field(edit: FieldEdit) -> str:
    if edit.is_order:
        return f"{edit.field}: in another order"
    return f"{edit.field}: {_value(edit.before)} → {_value(edit.after)}"


def _value(value: object) -> str:
    """Short, on one line."""
    if value is ABSENT:
        return "(nothing)"
    written = value if isinstance(value, str) and value.strip() else json.dumps(value, ensure_ascii=False)
    return cut(visible(written), _LONGEST)


def _covers(covered: Covered, chronicle: Chronicle) -> Iterator[str]:
    """One line for each change."""
    for cover in covered.covers:
        there = chronicle.head.get(f"{CHANGE}/{cover.name}")
        known = there.data if there is not None else cover.data
        if known is None:
            yield f"{cover.name}: unknown, there is no such change"
            continue
        said = [f"{cover.name} {_described(known)}"]
        if there is None:
            said.append("its record is gone")
        if cover.data is None:
            said.append("its record came later")
        elif chronicle.needs_changes and not cover.lists:
            said.append("it does not list this record")
        elif cover.over:
            said.append(f"it was {cover.over} before, and covered nothing any more")
        elif (version := _unplanned(covered.step, cover)) is not None:
            said.append(f"it plans version {visible(cover.to)}, not {version}")
        yield "; ".join(said)
    if covered.lacks:
        yield f"none: {covered.lacks}"


def _unplanned(step: Step, cover: Cover) -> str | None:
    """The version that the step brought, where the change plans another one."""
    brought = next((edit.after for edit in step.edits if edit.field == _VERSION), ABSENT)
    return None if not cover.to or brought in (ABSENT, cover.to) else _value(brought)


def _described(record: object) -> str:
    """`title (state)`."""
    title, state = value_at(record, "/metadata/title"), value_at(record, "/spec/state")
    return " ".join([str(title or "without a title"), *([f"({state})"] if state else [])])


def data(chronicle: Chronicle) -> dict[str, Any]:
    """The chronicle for programs."""
    found = chronicle.history
    return {
        "ref": found.ref,
        "names": list(found.names),
        "complete": not found.is_cut,
        "steps": [_plain(covered, chronicle.head) for covered in chronicle.covered],
    }


def _plain(covered: Covered, head: Snapshot) -> dict[str, Any]:
    step = covered.step
    commit = step.commit
    return {
        "commit": commit.oid,
        "committed": _time(commit.committed),
        "authored": _time(commit.authored),
        "author": commit.author,
        "email": commit.email,
        "subject": commit.subject,
        "deed": step.deed,
        "before": step.before and {"name": step.before.name, "path": step.before.path},
        "after": step.after and {"name": step.after.name, "path": step.after.path},
        "unread": (step.after.unread if step.after else "") or None,
        "fields": [_plain_field(edit) for edit in step.edits],
        "changes": [_plain_cover(cover, head) for cover in covered.covers],
        "no_change": covered.lacks or None,
    }


def _plain_field(edit: FieldEdit) -> dict[str, Any]:
    """`before` and `after` are left out where nothing is written."""
    sides = {name: side for name, side in (("before", edit.before), ("after", edit.after)) if side is not ABSENT}
    return {"field": edit.field, **sides, "is_order": edit.is_order}


def _plain_cover(cover: Cover, head: Snapshot) -> dict[str, Any]:
    there = head.get(f"{CHANGE}/{cover.name}")
    known = there.data if there is not None else cover.data
    return {
        "name": cover.name,
        "named_by": cover.named_by,
        "known": known is not None,
        "there_then": cover.data is not None,
        "there_now": there is not None,
        "lists_record": cover.lists,
        "plans_version": cover.to or None,
        "was_over": cover.over or None,
        "title": value_at(known, "/metadata/title"),
        "state": value_at(known, "/spec/state"),
    }


def _time(seconds: int) -> str:
    """RFC 3339 in UTC: the same whatever the zone of the commit or of this machine."""
    try:
        return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError:
        return f"{seconds} s after 1970"
