"""The back-out of a change as a plan of files: each of its records as it stood before. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from itsmctl import renaming, yamltext
from itsmctl.desk.rewriting import Rewrite
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.gate import applied, backout, beginnings, calendar, undoing
from itsmctl.records import CHANGE, value_at
from itsmctl.votes import FILE, Line

if TYPE_CHECKING:
    from itsmctl.firstparent import FirstParent
    from itsmctl.gate.model import Proposal
    from itsmctl.records import Record
    from itsmctl.votes import Evidence


_ANEW = "A new change brings it to where it should be, too: edit it, commit, and itsmctl change new --from-diff."


class Wish(Struct, frozen=True):
    """What the command line says. `person`: who runs it, "" where nobody at the base has that e-mail address."""

    person: str
    incidents: tuple[str, ...]
    problems: tuple[str, ...]
    values: Mapping[str, Any]


class BackOut(Struct, frozen=True):
    """Files by path from the governed root; `restored`: Kind/name → what becomes of it. `lacks`: what is to be added.

    `doubts`: why the gate would not allow it. `under`: what lets it be taken back, in words, and `until` when. `record`
    is the path of the change itself, `edits` what is written into it: JSON pointer → value.
    """

    change: str
    record: str
    edits: Mapping[str, Any]
    plan: Mapping[str, Rewrite]
    restored: Mapping[str, str]
    lacks: tuple[str, ...]
    doubts: tuple[str, ...]
    until: str
    under: str


def plan(held: Proposal, evidence: Evidence, name: str, wish: Wish) -> BackOut:
    """The back-out of a change that the base holds as implementing. `evidence`: the votes on it.

    Raises Misuse where there is nothing to take back, CannotJudge where the base no longer holds what the change did.
    """
    record = held.base.get(f"{CHANGE}/{name.removeprefix(f'{CHANGE}/')}")
    if record is None:
        raise Misuse(f"no change is called {name} at the base", "itsmctl change list shows them.")
    if not record.sound or record.state != "implementing":
        message = f"{record.name} is {record.state or 'not readable'} at the base"
        raise Misuse(message, "Only a change that is implementing is backed out; later that takes a new change.")
    lines = list(_lines(held, evidence, record))
    if not lines:
        message = f"nothing that {record.name} did stands at the base, so there is nothing to take back"
        raise Misuse(message, f"itsmctl change move {record.name} failed says that it came to nothing.")
    files = {path: rewrite for line in lines for path, rewrite in _restored(held, line)}
    naming = _naming(held, record, lines)
    files |= {path: rewrite for path, rewrite in naming.items() if path not in files}
    content = held.base.source.content(record.path) or b""
    edits = _edits(held, record, wish)
    files[record.path] = Rewrite(content, yamltext.edit(content, edits))
    until = _until(record)
    return BackOut(
        record.name,
        record.path,
        edits,
        files,
        {
            **{line.ref: _becomes(line) for line in lines},
            **{one.ref: "names it as before" for one in held.base.records.values() if one.path in naming},
        },
        tuple(_lacks(record, edits)),
        tuple(_doubts(held, record, wish, until)),
        calendar.said(until) if until is not None else "",
        f"its model {spec['model']}"
        if (spec := record.data["spec"])["class"] == "standard"
        else f"the votes on {record.name}",
    )


def resumed(found: BackOut, there: Mapping[str, bytes | None]) -> BackOut:
    """The same where a former run was not committed: what it restored stays, and its change is edited further.

    `there`: path → what the work tree holds.
    """
    files = {
        path: replace(one, before=one.after) if there[path] == one.after else one for path, one in found.plan.items()
    }
    own = there[found.record]
    if own is not None and own != files[found.record].before and _is_taken_back(own):
        files[found.record] = Rewrite(own, yamltext.edit(own, found.edits))
    return replace(found, plan=files)


def _is_taken_back(content: bytes) -> bool:
    try:
        data = yamltext.read(content)
    except yamltext.Refused:
        return False
    return bool(value_at(data, "/spec/state") == backout.STATE)


def _lines(held: Proposal, evidence: Evidence, record: Record) -> Iterator[Line]:
    """What the change did itself, record by record, where that stands today."""
    for undo in undoing.of(record, applied.of(record, held, evidence), held).values():
        if undo.line is not None:
            yield undo.line
        elif not undo.is_gone:
            raise CannotJudge(undo.why, _ANEW)


def _restored(held: Proposal, line: Line) -> Iterator[tuple[str, Rewrite]]:
    """The file of a line, byte by byte as it was before; a record that the change added goes."""
    history: FirstParent = held.history  # type: ignore[assignment]  # of a proposal that was read from git
    if line.kind == FILE:
        sides = [history.content_with(line.ref, one) if one is not None else None for one in (line.after, line.before)]
        (now, was_run), (before, is_run) = (one or (None, False) for one in sides)
        yield line.name, Rewrite(now, before, (was_run, is_run))
        return
    current = held.base.records.get(line.ref)
    path = current.path if current is not None else ""
    if not path:
        path = held.base.law.home(held.base.law.kinds[line.kind].plural, line.name)
    now = held.base.source.content(path)
    before = history.content_with(line.ref, line.before)[0] if line.before is not None else None
    yield path, Rewrite(now, before)


def _naming(held: Proposal, record: Record, lines: list[Line]) -> dict[str, Rewrite]:
    """What a rename that is taken back had written into other records, under whatever names they refer to it today.

    Raises Misuse where a rename takes back more than names: what stands by a name in votes, keys and serials.
    """
    texts: dict[str, dict[str, str]] = {}
    taken = {line.ref for line in lines if line.before is not None and line.after is None}
    for line in lines:
        renamed = held.base.records.get(line.ref)
        if line.before is not None or renamed is None:
            continue
        names = value_at(renamed.data, "/metadata/formerly") or ()
        old = next((name for name in names if f"{line.kind}/{name}" in taken), None)
        if old is None:
            continue
        if line.kind in ("Person", *renaming.NUMBERED):
            message = f"{record.name} gave {line.kind}/{old} the name {renamed.name}, and votes and serials go by that"
            hint = f"itsmctl rename {line.ref} {old} gives the name back, under a change of its own."
            raise Misuse(message, hint)
        for path, found in renaming.references(held.base, renamed, old).items():
            texts.setdefault(path, {}).update(found)
    texts.pop(record.path, None)  # what it says that it did stays
    content = {path: held.base.source.content(path) or b"" for path in texts}
    return {path: Rewrite(content[path], yamltext.retext(content[path], found)) for path, found in texts.items()}


def _edits(held: Proposal, record: Record, wish: Wish) -> dict[str, Any]:
    began = beginnings.began(held, record)
    done: dict[str, Any] = dict(record.data["spec"].get("implementation", {}))
    if began is not None:
        done.setdefault("started", calendar.stamp(min(began[0], held.now)))
    done["ended"] = calendar.stamp(held.now)
    if wish.person:
        done["by"] = list(dict.fromkeys([*done.get("by", ()), wish.person]))
    done["result"] = backout.STATE
    edits: dict[str, Any] = {"/spec/state": backout.STATE, "/spec/implementation": done}
    for kind, names in (("incidents", wish.incidents), ("problems", wish.problems)):
        if names:
            linked = record.data["spec"].get("links", {}).get(kind, ())
            edits[f"/spec/links/{kind}"] = list(dict.fromkeys([*linked, *names]))
    return {**edits, **wish.values}


def _lacks(record: Record, edits: Mapping[str, Any]) -> Iterator[str]:
    """What the life cycle and the policies ask of a change that was backed out, and only people know."""
    linked = record.data["spec"].get("links", {})
    if not any(edits.get(f"/spec/links/{kind}") or linked.get(kind) for kind in ("incidents", "problems")):
        yield "an incident or a problem that follows it up: --incident INC-… or --problem PRB-…"
    if not edits.get("/spec/implementation/cause") and not edits["/spec/implementation"].get("cause"):
        yield "why it was taken back: --set implementation.cause='…'"


def _doubts(held: Proposal, record: Record, wish: Wish, until: datetime | None) -> Iterator[str]:
    named = record.data["spec"].get("implementers", ())
    if wish.person not in named:
        who = wish.person or "whoever commits this"
        yield f"{who} is not among its implementers ({', '.join(named) or 'none'}), who alone take it back"
    if until is None and not backout.is_timeless(record, held.base):
        yield "it has no window, so its back-out has no time of its own: now it takes a new change"
    if until is not None and held.now >= until:
        yield f"the time to take it back under its own votes ended {calendar.said(until)}: now it takes a new change"


def _under(record: Record) -> str:
    spec = record.data["spec"]
    return f"the model {spec.get('model')}" if spec["class"] == "standard" else f"the votes on {record.name}"


def _until(record: Record) -> datetime | None:
    span = calendar.span(record.data)
    return span.end + backout.duration(record.data["spec"]) if isinstance(span, calendar.Window) else None


def _becomes(line: Line) -> str:
    if line.before is None:
        return "is taken away again"
    return "is as it was before" if line.after is not None else "is there again"
