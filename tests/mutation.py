"""Mutants of CEL expressions: one operator or constant changed at a time, spliced into the text through the tree.

A rule whose examples do not notice a mutant has an operator or a constant that nothing pins down.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from itsmctl.cel import nodes
from itsmctl.cel.lexer import tokens
from itsmctl.cel.parser import parse
from itsmctl.cel.problems import Source

_SWAPS = {
    "==": ("!=",),
    "!=": ("==",),
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "+": ("-",),
    "-": ("+",),
    "*": ("+",),
    "/": ("*",),
    "%": ("*",),
}
_LOOPS = {"all": "exists", "exists": "all", "exists_one": "exists"}
_ANSWERS = frozenset({"resolves", "closed", "startsWith", "endsWith", "contains", "matches", "hasValue"})
"""Functions that answer with true or false: their answer is turned round."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """`text` differs from the expression in what stood at `start`: `was` became `now`."""

    start: int
    was: str
    now: str
    text: str

    def __str__(self) -> str:
        return f"{self.was} -> {self.now} at {self.start}"


def mutants(text: str) -> list[Mutant]:
    """Every mutant of an expression, in the order of the text."""
    source = Source(text)
    brackets = [(t.start, t.text) for t in tokens(source) if t.kind == "symbol" and t.text in ("(", ")")]
    found = [
        Mutant(start, text[start:end], now, text[:start] + now + text[end:])
        for node in nodes.walk(parse(source))
        for start, end, now in _changes(node, text, brackets)
    ]
    return sorted(found, key=lambda one: (one.start, one.was, one.now))


def _extent(node: nodes.Node, brackets: list[tuple[int, str]]) -> tuple[int, int]:
    """From where to where a node goes, brackets closed: in `(a || b) && !(c)` the whole begins inside of one."""
    start, end, depth = node.start, node.end, 0
    for at, bracket in brackets:
        if start <= at < end:
            depth += 1 if bracket == "(" else -1
            if depth < 0:
                start = max(before for before, kind in brackets if kind == "(" and before < start)
                depth = 0
    for at, bracket in brackets:
        if depth > 0 and at >= end:
            depth += 1 if bracket == "(" else -1
            end = at + 1
    return start, end


def _changes(node: nodes.Node, text: str, brackets: list[tuple[int, str]]) -> Iterator[tuple[int, int, str]]:
    """(start, end, replacement) of each change to one node itself."""
    start, end = _extent(node, brackets)
    whole = text[start:end]
    match node:
        case nodes.Binary(operator="in"):
            yield start, end, f"!({whole})"
        case nodes.Binary():
            for other in _SWAPS[node.operator]:
                yield node.at, node.at + len(node.operator), other
        case nodes.Logic():
            yield from _chain(node, text, brackets)
        case nodes.Unary(operator="!"):
            yield start, start + 1, ""
        case nodes.Has():
            yield start, end, f"!{whole}"
        case nodes.Call() if node.name in _ANSWERS:
            yield start, end, f"!{whole}"
        case nodes.Conditional():
            first, last = _extent(node.test, brackets)
            yield first, last, f"!({text[first:last]})"
        case nodes.Loop():
            if node.kind in _LOOPS:
                yield node.at, node.at + len(node.kind), _LOOPS[node.kind]
            chosen = node.body if node.kind == "filter" else node.guard
            if chosen is not None:
                first, last = _extent(chosen, brackets)
                yield first, last, f"!({text[first:last]})"
        case nodes.Literal():
            yield from _constants(node)


def _chain(node: nodes.Logic, text: str, brackets: list[tuple[int, str]]) -> Iterator[tuple[int, int, str]]:
    """Each `&&` of a chain becomes `||` and the other way round, and each operand in turn is left out."""
    other, nothing = ("||", "true") if node.operator == "&&" else ("&&", "false")
    for left, right in zip(node.operands, node.operands[1:], strict=False):
        at = text.index(node.operator, left.end, right.start)
        yield at, at + 2, other
    for operand in node.operands:
        yield *_extent(operand, brackets), nothing


def _constants(node: nodes.Literal) -> Iterator[tuple[int, int, str]]:
    """Numbers one higher, texts another one, truth turned round."""
    value = node.value
    if isinstance(value, bool):
        yield node.start, node.end, str(not value).lower()
    elif isinstance(value, int):
        yield node.start, node.end, str(value + 1)
    elif isinstance(value, float):
        yield node.start, node.end, repr(value + 1.0)
    elif isinstance(value, str):
        yield node.start, node.end, "'mutant'"
