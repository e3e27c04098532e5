"""What an expression writes out is tried when it is compiled: patterns, times, time zones, format strings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import calendar_parts, formatting, nodes
from .instants import zone_named
from .library import FUNCTIONS
from .nodes import Node
from .pattern_tree import BadPattern
from .patterns import compiled
from .problems import EvaluationError
from .relations import atoms, is_map_like
from .types import DYN, EMPTY, ListType, OptionalType, StringType, Type

if TYPE_CHECKING:
    from .checker import Checker

TRIED: Final = frozenset({"timestamp", "duration", "ip", "cidr"})
"""Functions of one literal that are called ahead of all runs."""


def check_written(checker: Checker, name: str, args: tuple[Node, ...]) -> None:
    """Note a problem where a call of the function is sure to fail, whatever the data."""
    if name == "format" and isinstance(args[0], nodes.Literal) and isinstance(args[1], nodes.ListOf):
        _check_format(checker, args[0], args[1])
    elif name in {"math.greatest", "math.least"} and isinstance(args[0], nodes.ListOf) and not args[0].items:
        checker.problem(args[0], f"{name}() needs at least one number")
    elif args and isinstance(args[-1], nodes.Literal):
        _check_last(checker, name, args[-1], len(args))


def _check_last(checker: Checker, name: str, last: nodes.Literal, count: int) -> None:
    """The last argument is a literal."""
    try:
        if name in TRIED:
            FUNCTIONS[name].call([0, 0], last.value)
        elif name in calendar_parts.NAMES and count == 2:
            zone_named(str(last.value))
        elif name == "matches" and isinstance(last.value, str):
            pattern = compiled(last.value)
            if isinstance(pattern, BadPattern):
                start, end = _inside(checker, last, pattern.start, pattern.end)
                checker.problem(last, f"the pattern cannot be used: {pattern.message}", pattern.hint, start, end)
    except EvaluationError as error:
        checker.problem(last, error.message)


def _check_format(checker: Checker, text: nodes.Literal, values: nodes.ListOf) -> None:
    """Clauses and values of `'…'.format([…])`: their number, and what each clause can show."""
    remaining = list(values.items)
    for match in formatting.CLAUSE.finditer(str(text.value)):
        try:
            letter, _ = formatting.read_clause(match)
        except EvaluationError as error:
            start, end = _inside(checker, text, match.start(), match.end())
            checker.problem(text, error.message, "", start, end)
            return
        if letter == "%" or any(values.optional):
            continue
        if not remaining:
            start, end = _inside(checker, text, match.start(), match.end())
            checker.problem(text, "format() has more clauses than values", "", start, end)
            return
        value = remaining.pop(0)
        found = checker.types[value]
        if not any(_shown_name(atom) in {"dyn", *formatting.TAKES[letter]} for atom in atoms(found)):
            hint = "" if letter == "s" else "%s shows anything" if not isinstance(found, OptionalType) else ""
            checker.problem(value, f"%{letter} cannot show {found}", hint)
    if remaining and not any(values.optional):
        checker.problem(remaining[0], "format() has more values than clauses")


def _shown_name(type_: Type) -> str:
    """The name that the type's values have when the program runs, as messages show it."""
    if type_ in (DYN, EMPTY):
        return "dyn"
    if isinstance(type_, ListType):
        return "list"
    if isinstance(type_, StringType):
        return "string"
    return "map" if is_map_like(type_) else str(type_)


def _inside(checker: Checker, node: nodes.Literal, start: int, end: int) -> tuple[int, int]:
    """Where in the source a stretch of the literal's value lies, if it is written without escapes."""
    text = checker.source.text[node.start : node.end]
    at = text.find(str(node.value))
    if at < 0:
        return node.start, node.end
    return node.start + at + start, node.start + at + max(end, start + 1)
