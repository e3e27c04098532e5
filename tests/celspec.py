"""The simple tests of google/cel-spec as tests/data/cel-spec/simple.json has them: run, and held to what they say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from celcheck import both, shown

from itsmctl import cel
from itsmctl.cel import nodes
from itsmctl.cel.checker import Checker
from itsmctl.cel.nodes import Node
from itsmctl.cel.parser import parse
from itsmctl.cel.problems import Source
from itsmctl.cel.values import make_map

FOLDER = Path(__file__).parent / "data" / "cel-spec"
TYPES = {
    "bool": cel.BOOL,
    "bytes": cel.BYTES,
    "double": cel.DOUBLE,
    "duration": cel.DURATION,
    "dyn": cel.DYN,
    "google.protobuf.Duration": cel.DURATION,
    "google.protobuf.Timestamp": cel.TIMESTAMP,
    "int": cel.INT,
    "null": cel.NULL,
    "string": cel.STRING,
    "timestamp": cel.TIMESTAMP,
    "type": cel.TYPE,
    "uint": cel.UINT,
}
Test = dict[str, Any]
UNKNOWN_NAMES = frozenset(
    {"basic/functions/unbound", "basic/variables/self_eval_unbound_lookup", "conversions/type/dyn_no_denotation"}
)
"""Tests that want an error where a name is used that nobody declared. Ours comes when the expression is compiled."""


@dataclass(frozen=True)
class LeftOut:
    """Why some tests are not passed; `shows` is a part of what each of them ends in."""

    reason: str
    shows: str
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What a test ended in. `kind`: foreign (not of JSON-like data), refused (does not compile), type, error, value."""

    kind: str
    text: str
    value: object = None
    type: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


class ForeignError(Exception):
    """The test speaks of what JSON-like data cannot hold."""


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The data file."""
    return dict(json.loads((FOLDER / "simple.json").read_text(encoding="utf-8")))


def tests() -> list[Test]:
    """All tests."""
    return list(document()["tests"])


@lru_cache(maxsize=1)
def left_out() -> tuple[LeftOut, ...]:
    """The tests that are not passed, by reason."""
    written = yaml.safe_load((FOLDER / "left-out.yaml").read_text(encoding="utf-8"))
    return tuple(LeftOut(group["reason"], group["shows"], tuple(group["tests"])) for group in written)


# --- values and types of the data file


def value_of(written: Any) -> object:
    """A value of the data file as CEL has it. Raises ForeignError for messages and enums."""
    if isinstance(written, list):
        return [value_of(one) for one in written]
    if not isinstance(written, dict):
        return written
    ((kind, content),) = written.items()
    match kind:
        case "double":
            return float(content)
        case "uint":
            return cel.Uint(content)
        case "bytes":
            return bytes.fromhex(content)
        case "map":
            return make_map([(value_of(key), value_of(one)) for key, one in content])
        case "type":
            return cel.TypeValue(content)
        case "timestamp":
            return cel.Timestamp(content)
        case "duration":
            return cel.Duration(content)
    raise ForeignError(f"the {kind} {content}")


def type_of(written: str) -> cel.Type:
    """A type of the data file. Raises ForeignError for messages, wrappers and placeholders."""
    if written in TYPES:
        return TYPES[written]
    outer, _, inner = written.removesuffix(")").partition("(")
    if outer == "list":
        return cel.ListType(type_of(inner))
    if outer == "map":
        key, _, value = inner.partition(", ")
        return cel.MapType(type_of(key), type_of(value))
    raise ForeignError(f"the type {written}")


def comparable(value: object) -> object:
    """The value so that `==` compares strictly by type, and maps whatever the order of their keys."""
    return _unordered(shown(value))


def _unordered(value: Any) -> object:
    if not isinstance(value, tuple):
        return value
    if value[:1] == ("map",):
        return ("map", *sorted((tuple(map(_unordered, entry)) for entry in value[1:]), key=repr))
    return tuple(map(_unordered, value))


# --- runs


class Unchecked(Checker):
    """Resolves names and functions, and takes everything for dyn: what cel-go evaluates without its checker."""

    def check(self, node: Node, scope: Mapping[str, cel.Type]) -> cel.Type:
        super().check(node, scope)
        self.types[node] = cel.DYN
        return cel.DYN

    def problem(self, node: Node, message: str, hint: str = "", start: int = -1, end: int = -1) -> cel.Type:
        unresolved = isinstance(node, nodes.Ident) or (isinstance(node, nodes.Call) and node not in self.calls)
        if unresolved or " argument" in message or "format()" in message:
            super().problem(node, message, hint, start, end)
        return cel.DYN


def outcome(test: Test, *, checked: bool) -> Outcome:
    """What the test ends in, by both evaluators."""
    try:
        types = {name: type_of(written) for name, written in test.get("vars", {}).items()}
        values = {name: value_of(written) for name, written in test.get("bind", {}).items()}
        functions = {
            name: cel.Function(name, (tuple(type_of(one) for one in params),), type_of(result))
            for name, (params, result) in test.get("functions", {}).items()
        }
    except ForeignError as error:
        return Outcome("foreign", str(error))
    environment = cel.Environment({**dict.fromkeys(values, cel.DYN), **types}, functions)
    try:
        program = environment.compile(test["expr"]) if checked else unchecked(environment, test["expr"])
    except cel.CompileError as error:
        return Outcome("refused", str(error))
    if any(f"{test.get('container')}.{name}" in types for name in _plain_names(program)):
        return Outcome("foreign", "a name that a container is searched for")
    type_ = str(program.type).replace("optional(", "optional_type(")
    if "check-only" in test.get("flags", ()):
        return Outcome("type", type_, type=type_)
    try:
        value = both(program, values)
    except cel.EvaluationError as error:
        claimed(program, values, None)
        return Outcome("error", error.message)
    claimed(program, values, value)
    return Outcome("value", cel.render(value, 500), value, type_)


def _plain_names(program: cel.Program) -> set[str]:
    """The variables of the environment that are written without a dot before them."""
    idents = [node for node in nodes.walk(program.node) if isinstance(node, nodes.Ident) and not node.root]
    return {node.name for node in idents} & set(program.variables)


def unchecked(environment: cel.Environment, text: str) -> cel.Program:
    """The program of an expression whose types nobody looked at."""
    source = Source(text)
    tree = parse(source)
    types = dict.fromkeys(environment.variables, cel.DYN)
    checker = Unchecked(source, types, environment.functions, environment.suggest)
    return cel.Program(source, tree, checker.result(tree, None))


def claimed(program: cel.Program, values: Mapping[str, object], value: object) -> None:
    """The short way that proves what holds proves it of nothing else."""
    proof = cel.Claim("subject of the claim", None, (), program).swift
    if proof is not None and value is not True:
        try:
            held = proof.bound(values, {}, cel.BUDGET)(None)
        except Exception:  # noqa: BLE001 - whatever it stumbles over, it has proven nothing
            return
        assert held is not True, program.text


def failure(test: Test, ended: Outcome) -> str:
    """How the outcome differs from what the test says; "" if it does not."""
    if test.get("error"):
        foreign = any(word in ended.text for word in ("there is no ", "messages cannot be built"))
        refused = ended.kind == "refused" and (not foreign or test["id"] in UNKNOWN_NAMES)
        return "" if ended.kind == "error" or refused else f"no error, but {ended}"
    if ended.kind not in {"value", "type"}:
        return str(ended)
    if "type" in test and ended.type != test["type"]:
        return f"the type {ended.type}, not {test['type']}"
    if ended.kind == "value":
        try:
            wanted = value_of(test["value"])
        except ForeignError as error:
            return f"{ended}, not {error}"
        if comparable(ended.value) != comparable(wanted):
            return f"{ended}, not {cel.render(wanted, 500)}"
    return ""
