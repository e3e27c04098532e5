"""The annotation `x-itsm` of a kind as values: references, life cycle, what falls due. Pure; reads no files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from itsmctl.kinds.pointers import steps_of, value_at

Due = tuple[tuple[str, tuple[str, ...]], ...]
"""What is due in a state: (the state in which it fell due, pointers of which one must be written)."""


class ReferenceRule(Struct, frozen=True):
    """One field that names records. `to` holds the kinds it may name, without `File`.

    `qualified`: the field holds `Kind/name`, otherwise the plain name of a record of the one kind in `to`.
    `files`: it may also hold `File/<path>`. `absent`: any one of these, (field beside it, values) each, makes it fine
    that the record is not there. `leans`: the record fails with what the field names, if it is one that can fail.
    """

    pattern: tuple[str, ...]
    to: tuple[str, ...]
    qualified: bool
    files: bool = False
    absent: tuple[tuple[tuple[str, tuple[Any, ...]], ...], ...] = ()
    leans: bool = True

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that the field may name."""
        return self.to

    def fits(self, steps: tuple[str, ...]) -> bool:
        """Does the pattern name this place, given as the steps of a pointer?"""
        return len(steps) == len(self.pattern) and all(
            wanted in ("*", step) for wanted, step in zip(self.pattern, steps, strict=True)
        )

    def allows_absence(self, beside: object) -> bool:
        """May the record be missing, given the mapping that holds the reference?"""
        if not isinstance(beside, Mapping):
            return False
        return any(all(beside.get(key) in values for key, values in wanted) for wanted in self.absent)


class ReferenceTree(Struct, frozen=True):
    """All reference patterns of a kind as one tree: what a step leads to, and the rule of the field that ends there."""

    rule: ReferenceRule | None
    entries: tuple[tuple[str, ReferenceRule | None, ReferenceTree], ...]  # step, the rule that ends there, what follows
    each: ReferenceTree | None = None  # what `*` leads to


def reference_tree(rules: Iterable[ReferenceRule], depth: int = 0) -> ReferenceTree:
    """The tree of the rules, in the order in which they are written."""
    below: dict[str, list[ReferenceRule]] = {}
    ending: ReferenceRule | None = None
    for rule in rules:
        if len(rule.pattern) == depth:
            ending = rule
        else:
            below.setdefault(rule.pattern[depth], []).append(rule)
    steps = {step: reference_tree(held, depth + 1) for step, held in below.items()}
    entries = tuple((step, tree.rule, tree) for step, tree in steps.items() if step != "*")
    return ReferenceTree(ending, entries, steps.get("*"))


class Variant(Struct, frozen=True):
    """Records that go another way: those in which each field of `when` holds one of its values."""

    when: tuple[tuple[str, tuple[Any, ...]], ...]  # (pointer, values)
    transitions: Mapping[str, tuple[str, ...]]  # all of them, not only the additional ones
    due: Mapping[str, Due]  # by state

    def fits(self, data: object) -> bool:
        """Does the record go this way?"""
        return all(value_at(data, pointer) in values for pointer, values in self.when)


class Lifecycle(Struct, frozen=True):
    """The states of a kind, the legal steps between them, and what falls due in each.

    `states` are in the order in which the steps are written; `terminal` are those that nothing follows.
    """

    field: str
    initial: tuple[str, ...]
    states: tuple[str, ...]
    terminal: frozenset[str]
    transitions: Mapping[str, tuple[str, ...]]
    due: Mapping[str, Due]
    variants: tuple[Variant, ...] = ()

    def steps(self, data: object) -> Mapping[str, tuple[str, ...]]:
        """The legal steps of this record: a variant adds steps of its own."""
        variant = self._variant(data)
        return variant.transitions if variant else self.transitions

    def reachable(self, state: str, data: object) -> set[str]:
        """The states that legal steps of this record lead to from one: that one itself only where they lead back."""
        steps = self.steps(data)
        return _reached(steps.get(state, ()), steps, frozenset())

    def due_in(self, data: object) -> Due:
        """What is due in the state that the record is in; nothing in a state that nobody declared."""
        state = value_at(data, self.field)
        if not isinstance(state, str):
            return ()
        variant = self._variant(data)
        return (variant.due if variant else self.due).get(state, ())

    def missing(self, data: object) -> Due:
        """Of `due_in`, that of which nothing is written: every pointer leads to nothing, or to something empty."""
        found: list[tuple[str, tuple[str, ...]]] = []
        for due in self.due_in(data):
            for pointer in due[1]:
                value = data
                for step in steps_of(pointer):
                    value = value.get(step) if type(value) is dict else None
                if value or (value is not None and not isinstance(value, str | list | dict)):
                    break
            else:
                found.append(due)
        return tuple(found)

    def _variant(self, data: object) -> Variant | None:
        for variant in self.variants:
            if variant.fits(data):
                return variant
        return None


def lifecycle(x_itsm: Mapping[str, Any]) -> Lifecycle | None:
    """The life cycle that an annotation declares, with the table of what is due worked out for every state."""
    written = x_itsm.get("lifecycle")
    if written is None:
        return None
    initial = tuple(written["initial"])
    steps = {state: tuple(following) for state, following in written["transitions"].items()}
    table = x_itsm.get("due", {})
    variants = []
    for variant in x_itsm.get("variants", ()):
        own = _joined(steps, variant.get("transitions", {}))
        when = tuple((pointer, tuple(values)) for pointer, values in variant["when"].items())
        variants.append(Variant(when, MappingProxyType(own), _due_table(initial, own, variant.get("due", table))))
    every = dict.fromkeys((*initial, *steps, *(state for following in steps.values() for state in following)))
    terminal = frozenset(state for state in every if not steps.get(state))
    return Lifecycle(
        written["field"],
        initial,
        tuple(every),
        terminal,
        MappingProxyType(steps),
        _due_table(initial, steps, table),
        tuple(variants),
    )


def references(x_itsm: Mapping[str, Any], known: Iterable[str], controlled: Iterable[str]) -> tuple[ReferenceRule, ...]:
    """The references that an annotation declares, without those that only lead to kinds that are not `known`."""
    known, controlled = tuple(known), tuple(controlled)
    found = []
    for pattern, written in x_itsm.get("references", {}).items():
        says = written if isinstance(written, dict) else {"to": written}
        declared = says["to"]
        named = {
            kind
            for word in declared
            for kind in ({"any": known, "controlled": controlled}.get(word) or (word,))
            if kind in known
        }
        files = "File" in declared
        qualified = len(declared) > 1 or declared[0] in ("any", "controlled", "File")
        absent = tuple(tuple((key, tuple(v)) for key, v in wanted.items()) for wanted in says.get("absent", ()))
        if named or files:
            leans = says.get("leans", True)
            found.append(ReferenceRule(steps_of(pattern), tuple(sorted(named)), qualified, files, absent, leans))
    return tuple(found)


def _joined(steps: Mapping[str, tuple[str, ...]], more: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    states = dict.fromkeys((*steps, *more))
    return {state: tuple(dict.fromkeys((*steps.get(state, ()), *more.get(state, ())))) for state in states}


def _due_table(
    initial: tuple[str, ...], steps: Mapping[str, tuple[str, ...]], table: Mapping[str, list[str]]
) -> Mapping[str, Due]:
    """State → what is due in it: a field is, unless the state can be reached past all states that ask for it."""
    fell_due: dict[str, list[str]] = {}
    for state, fields in table.items():
        for alternatives in fields:
            fell_due.setdefault(alternatives, []).append(state)
    due: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    every = dict.fromkeys((*initial, *steps, *(state for following in steps.values() for state in following)))
    for alternatives, asking in fell_due.items():
        free = _reached(initial, steps, frozenset(asking))
        pointers = tuple(alternatives.split("|"))
        for state in every:
            if state not in free:
                since = state if state in asking else " or ".join(asking)
                due.setdefault(state, []).append((since, pointers))
    return MappingProxyType({state: tuple(fields) for state, fields in due.items()})


def _reached(initial: tuple[str, ...], steps: Mapping[str, tuple[str, ...]], closed: frozenset[str]) -> set[str]:
    """The states that can be reached without entering one of the `closed` ones."""
    reached: set[str] = set()
    level = [state for state in initial if state not in closed]
    while level:
        reached.update(level)
        level = [n for state in level for n in steps.get(state, ()) if n not in reached and n not in closed]
    return reached
