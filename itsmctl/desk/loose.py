"""What a new record leaves open: references to what is not there yet, and how it is made; what rules ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from itsmctl import unmerged
from itsmctl.case import Case
from itsmctl.kinds import Kind
from itsmctl.nearest import did_you_mean
from itsmctl.records import ROOT, SUFFIX, Law, references_of, value_at
from itsmctl.sources import Source

if TYPE_CHECKING:
    from datetime import datetime

    from itsmctl.rulebook import Rulebook
    from itsmctl.snapshot import Snapshot


def ends(
    kind: Kind, data: Mapping[str, Any], law: Law, source: Source, on_branch: Callable[[str], str] = lambda _: ""
) -> list[str]:
    """A sentence for each reference of `data` that leads nowhere, in the order of writing; each record once.

    `on_branch`: path from the governed root → the branch that holds a file there, "" for none.
    """
    own = f"{kind.name}/{value_at(data, '/metadata/name')}"
    said: dict[str, str] = {}
    for pointer, target in references_of(kind, data):
        rule = kind.reference_at(pointer)
        beside = value_at(data, pointer.rpartition("/")[0])
        if target in said or target == own or (rule is not None and rule.allows_absence(beside)):
            continue
        advice = _advice(target, law, source)
        kind_name, _, name = target.partition("/")
        known = law.kinds.get(kind_name)
        branch = on_branch(law.home(known.plural, name)) if advice and known is not None else ""
        if branch:
            said[target] = f"{pointer[1:].replace('/', '.')} names {unmerged.said(target, branch)}: merge it first"
        elif advice:
            said[target] = f"{pointer[1:].replace('/', '.')} names {target}, which is not there yet: {advice}"
    return list(said.values())


def due(ref: str, book: Rulebook, head: Snapshot, as_of: datetime) -> list[str]:
    """A sentence for each error that policies find in the new record at once, each rule with its id."""
    policies = {held.rule.id for held in book.policies}
    found = book.inspect(Case(head, as_of), frozenset({ref})).remarks
    return [
        f"{one.rule} asks for more: {one.message} (itsmctl explain {one.rule})"
        for one in found
        if one.record == ref and one.rule in policies and one.severity == "error"
    ]


def _advice(target: str, law: Law, source: Source) -> str:
    """How to make the record at the other end, or the one that was meant; nothing where it is there."""
    kind_name, _, name = target.partition("/")
    if kind_name == "File":
        return "" if source.holds(name) else "add the file"
    kind = law.kinds.get(kind_name)
    if kind is None:
        return did_you_mean(kind_name, law.kinds) or "there is no such kind; itsmctl schema list prints them"
    if source.holds(law.home(kind.plural, name)):
        return ""
    held = (file.path.rpartition("/")[2].removesuffix(SUFFIX) for file in source.files(f"{ROOT}/{kind.plural}"))
    guess = did_you_mean(name, held)
    return f"itsmctl new {target.replace('/', ' ', 1)}" + (f" ({guess})" if guess else "")
