"""Mutants of a policy's expressions, one operator or constant changed at a time, and those that no example notices.

A rule whose examples do not notice a mutant has an operator or a constant that nothing pins down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from itsmctl import cel, functions
from itsmctl.cel import nodes
from itsmctl.cel.lexer import tokens
from itsmctl.cel.parser import parse
from itsmctl.cel.problems import Source
from itsmctl.policy.stage import Stage, Trouble, set_up
from itsmctl.policy.trial import verdict

if TYPE_CHECKING:
    from itsmctl.policy.rule import Policy
    from itsmctl.records import Law
    from itsmctl.recordtypes import RecordTypes

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


class Mutant(Struct, frozen=True):
    """`text` differs from the expression in what stood from `start` to before `end`: `was` became `now`."""

    start: int
    end: int
    was: str
    now: str
    text: str

    def __str__(self) -> str:
        return f"{self.was} -> {self.now} at {self.start}"


class Survivor(Struct, frozen=True):
    """A mutant of the expression at `pointer` of the policy file under which all examples still behave as they say."""

    pointer: str
    program: cel.Program
    mutant: Mutant


def survivors(policy: Policy, law: Law, types: RecordTypes) -> Iterator[Survivor]:
    """The mutants of `when`, of each `let` and of `assert` that no example notices, in the order of the file.

    Only the verdict counts: places and messages may move with a mutant. Of a policy whose examples do not behave
    nothing can be said: every mutant is noticed.
    """
    signatures = functions.signatures(types)
    # nothing is known of the types, so that the examples have to notice what the checker would
    blind = {name: replace(held, result=cel.DYN) for name, held in signatures.items()}
    answers = _answers(signatures)
    stages = [set_up(policy, position, law) for position in range(len(policy.examples))]
    names: tuple[str, ...] = ("self", "as_of")
    for pointer, program in policy.expressions:
        environment = cel.Environment(dict.fromkeys(names, cel.DYN), blind)
        for mutant in mutants(program.text, answers):
            try:
                changed = environment.compile(mutant.text)
            except cel.CompileError:
                continue  # it is no expression at all, such as a text minus a text
            if not _noticed(policy.with_expression(pointer, changed), stages):
                yield Survivor(pointer, program, mutant)
        if pointer.startswith("/spec/let/"):
            names += (pointer.removeprefix("/spec/let/"),)


def _answers(host: Mapping[str, cel.Function]) -> frozenset[str]:
    """The functions that answer with true or false, whatever they are asked."""
    known = [(name, held.signatures) for name, held in cel.STANDARD_FUNCTIONS.items()]
    known += [(name, held.signatures) for name, held in host.items()]
    yes_or_no = (name for name, ways in known if all(one.result is cel.BOOL for one in ways))
    return frozenset(name.rpartition(".")[2] for name in yes_or_no)


def _noticed(policy: Policy, stages: list[Stage | tuple[Trouble, ...]]) -> bool:
    """Does any example misbehave?"""
    for example, stage in zip(policy.examples, stages, strict=True):
        said = verdict(policy, stage) if isinstance(stage, Stage) else "unsound"
        if ("pass" if said == "does not apply" else said) != example.expect:
            return True
    return False


def mutants(text: str, answers: Set[str] = frozenset()) -> list[Mutant]:
    """Every mutant of an expression, in the order of the text. The answers of the functions `answers` are negated."""
    source = Source(text)
    brackets = [(t.start, t.text) for t in tokens(source) if t.kind == "symbol" and t.text in ("(", ")")]
    found = [
        Mutant(start, end, text[start:end], now, text[:start] + now + text[end:])
        for node in nodes.walk(parse(source))
        for start, end, now in _changes(node, text, brackets, answers)
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


def _changes(
    node: nodes.Node, text: str, brackets: list[tuple[int, str]], answers: Set[str]
) -> Iterator[tuple[int, int, str]]:
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
        case nodes.Call() if node.name in answers:
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
