"""What there is, as tables: policies with their standing, schemas with their homes, records. Text or plain data."""

from __future__ import annotations

import json
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Any

from itsmctl import bundled
from itsmctl.drawing import count, grid, prose, rows, table, titled
from itsmctl.errors import Misuse
from itsmctl.escape import visible
from itsmctl.nearest import did_you_mean
from itsmctl.standing import BASES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from itsmctl.kinds import Kind, Kinds
    from itsmctl.policy import Policy
    from itsmctl.policy.unchecked import Unchecked
    from itsmctl.rulebook import Rulebook
    from itsmctl.snapshot import Snapshot

TOOL: Mapping[str, str] = {
    "AuditMapping": "audit-mapping.schema.json",
    "Policy": "policy.schema.json",
    "Receipt": "receipt.schema.json",
    "Report": "report.schema.json",
    "Settings": "settings.schema.json",
    "Statement": "statement.schema.json",
}
"""Files that are no records, with the shipped schema of each."""


def choose(book: Rulebook, processes: Sequence[str]) -> tuple[Policy, ...]:
    """The policies of these processes, or all; by process, then by id. Raises Misuse for an unknown process."""
    wanted = named(book, processes) or {one.rule.process for one in book.policies}
    chosen = (one for one in book.policies if one.rule.process in wanted)
    return tuple(sorted(chosen, key=lambda one: (one.rule.process, one.rule.id)))


def unchecked(book: Rulebook, processes: Sequence[str]) -> tuple[Unchecked, ...]:
    """The controls that no rule checks, of these processes, or all. Raises Misuse for an unknown process."""
    wanted = named(book, processes)
    return tuple(one for one in book.unchecked if not wanted or one.process in wanted)


def named(book: Rulebook, processes: Sequence[str]) -> frozenset[str]:
    """The processes that were named, in whatever letter case. Raises Misuse for one that no rule belongs to."""
    held = {one.rule.process for one in book.policies} | {one.process for one in book.unchecked}
    known = {process.casefold(): process for process in held}
    for word in processes:
        if word.casefold() not in known:
            guess = did_you_mean(word, known.values())
            hint = f"Processes: {', '.join(sorted(known.values()))}."
            raise Misuse(f"no rule belongs to a process {word}" + (f": {guess}" if guess else ""), hint)
    return frozenset(known[word.casefold()] for word in processes)


def policies_text(chosen: Sequence[Policy], book: Rulebook, width: int) -> str:
    """One block a process, one line a rule: id, standing, basis, title."""
    lines: list[str] = []
    for process, group in groupby(chosen, key=lambda one: one.rule.process):
        entries = [(one.rule.id, _standing(one, book), one.rule.basis, one.rule.title) for one in group]
        lines += [visible(process), *table(entries, width, wrap=True), ""]
    notes = [(one.rule.id, _note(one, book)) for one in chosen]
    if any(note for _, note in notes):
        lines += ["notes", *rows(notes, width), ""]
    return "\n".join([*lines, *prose(_summary(chosen, book), width)]) + "\n"


def unchecked_text(chosen: Sequence[Unchecked], width: int) -> str:
    """What no rule checks, by process, each with the reason and who looks instead."""
    lines: list[str] = []
    for process, group in groupby(sorted(chosen, key=lambda one: one.process), key=lambda one: one.process):
        lines += [visible(process)]
        for one in group:
            lines += titled(one.id, one.title, width, indent=2)
            lines += [*prose(one.reason, width, indent=4), *prose(f"Instead: {one.instead}", width, indent=4), ""]
    return "\n".join([*lines, f"{count(len(chosen), 'control')} no rule checks"]) + "\n"


def unchecked_data(chosen: Sequence[Unchecked]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [{**one.model_dump(exclude={"clause"}), "clause": dict(one.clauses)} for one in chosen]


def policies_data(chosen: Sequence[Policy], book: Rulebook) -> list[dict[str, Any]]:
    """The same for programs."""
    return [
        {
            "id": one.rule.id,
            "title": one.rule.title,
            "process": one.rule.process,
            "severity": one.rule.severity,
            "severity_set": one.rule.id in book.settings.severity,
            "basis": one.rule.basis,
            "clause": dict(one.rule.clause),
            "enforcement": one.rule.enforcement,
            "kinds": list(one.kinds),
            "needs_base": one.needs_base,
            "builtin": one.builtin,
            "path": one.rule.path,
            "off": book.off.get(one.rule.id),
        }
        for one in chosen
    ]


def _standing(one: Policy, book: Rulebook) -> str:
    if one.rule.id in book.off:
        return "off"
    return one.rule.severity + ("*" if one.rule.id in book.settings.severity else "")


def _note(one: Policy, book: Rulebook) -> str:
    """What the repository itself decided about the rule."""
    said = []
    if one.rule.id in book.off:
        said.append(f"off in itsm.yaml: {book.off[one.rule.id]}")
    elif one.rule.id in book.settings.severity:
        said.append("* severity set in itsm.yaml")
    if not one.builtin:
        said.append(f"a rule of this repository: {one.rule.path}")
    return "; ".join(said)


def _summary(chosen: Sequence[Policy], book: Rulebook) -> str:
    bases = Counter[str](one.rule.basis for one in chosen)
    parts = ", ".join(f"{bases[basis]} {basis}" for basis in BASES if bases[basis])
    off = sum(one.rule.id in book.off for one in chosen)
    ending = f"; {off} switched off" if off else ""
    return f"{count(len(chosen), 'policy', 'policies')}: {parts}{ending}. itsmctl explain ID tells more of one."


def schemas_text(book: Rulebook, width: int) -> str:
    """Kinds with their home and size, then the files that are no records."""
    entries = [
        (kind.name, _folder(kind, book), str(_size(kind)), "yes" if kind.controlled else "no", _whose(kind))
        for kind in book.kinds.values()
    ]
    lines = table(entries, width, indent=0, heads=("kind", "folder", "fields", "controlled", "from"))
    lines += ["", *rows([(name, _TOLD[name]) for name in TOOL], width, indent=0)]
    return "\n".join([*lines, "", *prose(_SCHEMAS_END, width)]) + "\n"


def schemas_data(book: Rulebook) -> list[dict[str, Any]]:
    """The kinds for programs."""
    return [
        {
            "kind": kind.name,
            "title": kind.title,
            "process": kind.process,
            "folder": _folder(kind, book),
            "fields": _size(kind),
            "controlled": kind.controlled,
            "builtin": kind.builtin,
            "path": kind.path,
        }
        for kind in book.kinds.values()
    ]


def schema(word: str, known: Kinds) -> Mapping[str, Any]:
    """The JSON Schema of a kind, or of a file that is no record, on its own. Raises Misuse where there is none."""
    names = {name.casefold(): name for name in (*TOOL, *known)}
    name = names.get(word.casefold(), "")
    if name in known:
        return known[name].schema
    if name in TOOL:
        file = next(one for one in bundled.files("schemas/tool", ".json") if one.path.endswith(f"/{TOOL[name]}"))
        found: dict[str, Any] = json.loads(file.content)
        return found
    guess = did_you_mean(word, names.values())
    raise Misuse(f"there is no schema {word}" + (f": {guess}" if guess else ""), "itsmctl schema list prints them.")


def kinds_text(head: Snapshot, width: int) -> str:
    """How many records there are of each kind that has any."""
    entries = [(kind, str(len(head.by_kind[kind])), head.law.kinds[kind].title) for kind in _held(head)]
    if not entries:
        return "\n".join(prose(f"there is no record in the {head.label}: itsmctl new KIND writes one", width)) + "\n"
    lines = grid(entries, width, ("kind", "records", "what"))
    return "\n".join([*lines, *_left_out(head, head.unread, width)]) + "\n"


def kinds_data(head: Snapshot) -> dict[str, Any]:
    """The same for programs."""
    kinds = [
        {"kind": kind, "records": len(head.by_kind[kind]), "title": head.law.kinds[kind].title} for kind in _held(head)
    ]
    return {"kinds": kinds, "unread": _unread(head, head.unread)}


def records_text(kind: str, head: Snapshot, width: int) -> str:
    """The records of a kind: name, state, title."""
    entries = [(one.name, one.state, one.title) for one in head.by_kind.get(kind, ())]
    lines = grid(entries, width, ("name", "state", "title")) if entries else [f"there is no {visible(kind)}"]
    return "\n".join([*lines, *_left_out(head, unread(kind, head), width)]) + "\n"


def records_data(kind: str, head: Snapshot) -> dict[str, Any]:
    """The same for programs."""
    held = [
        {"name": one.name, "title": one.title, "state": one.state or None, "path": one.path}
        for one in head.by_kind.get(kind, ())
    ]
    return {"kind": kind, "records": held, "unread": _unread(head, unread(kind, head))}


def unread(kind: str, head: Snapshot) -> list[str]:
    """What stands where a record of the kind would, and cannot be read."""
    return sorted(ref for ref in head.unread if ref.startswith(f"{kind}/"))


def _held(head: Snapshot) -> list[str]:
    return sorted(kind for kind, records in head.by_kind.items() if records)


def _left_out(head: Snapshot, refs: Iterable[str], width: int) -> list[str]:
    lost = [head.unread[ref] for ref in sorted(refs)]
    said = f"not listed, since {'it' if len(lost) == 1 else 'they'} cannot be read: {', '.join(lost)}"
    return ["", *prose(said, width)] if lost else []


def _unread(head: Snapshot, refs: Iterable[str]) -> list[dict[str, str]]:
    return [{"ref": ref, "path": head.unread[ref]} for ref in sorted(refs)]


def _folder(kind: Kind, book: Rulebook) -> str:
    return book.settings.home(kind.plural, "NAME").rpartition("/")[0] + "/"


def _size(kind: Kind) -> int:
    return sum(info.depth > 1 for info in kind.fields())


def _whose(kind: Kind) -> str:
    return "itsmctl" if kind.builtin else "here"


_TOLD = {
    "AuditMapping": "what the columns of a file are, for itsmctl baseline audit --mapping",
    "Policy": "a rule over records, policies/<process>/<ID>.yaml",
    "Receipt": "what itsmctl gate --receipt FILE writes",
    "Report": "what itsmctl validate -f json and gate -f json print",
    "Settings": "itsm.yaml, at the root of a governed repository",
    "Statement": "a signed vote, approvals/<change>/<person>-<digest>.json",
}
_SCHEMAS_END = "itsmctl schema show KIND prints a schema for editors; itsmctl explain KIND says it in words."
