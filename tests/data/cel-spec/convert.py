"""Turns the simple tests of a checkout of google/cel-spec into simple.json, beside this file.

    python tests/data/cel-spec/convert.py CHECKOUT

Every test of every file is there: what cannot be run is the business of the tests, not of the data. One test a line:

    id       file/section/test                     expr   the expression
    value    the result, or "error": true          type   the type that the checker finds, where the test names one
    vars     name: type, where one is declared     bind   name: value of the variables
    flags    unchecked, no-macros, check-only      functions   name: [types of the parameters, type of the result]
    container   the container of names

Values: null, true, 1 (int), "text" and lists as in JSON; {"double": 1.5}, {"uint": 1}, {"bytes": hex},
{"map": [[key, value], …]}, {"type": name}, {"timestamp": nanoseconds}, {"duration": nanoseconds},
{"message": name} and {"enum": name} for what has no place in JSON-like data.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from textproto import Message, Word, parse

TESTS = "tests/simple/testdata"
_PRIMITIVES = {"INT64": "int", "UINT64": "uint"}
_TIMES = {"google.protobuf.Timestamp": "timestamp", "google.protobuf.Duration": "duration"}
_FLAGS = {"disable_check": "unchecked", "disable_macros": "no-macros", "check_only": "check-only"}


def main(checkout: Path) -> None:
    """Write simple.json."""
    commit = subprocess.run(
        ["git", "-C", checkout, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    tests = [test for file in sorted((checkout / TESTS).glob("*.textproto")) for test in tests_of(file)]
    source = {"repository": "google/cel-spec", "commit": commit, "path": TESTS, "licence": "Apache-2.0"}
    lines = ",\n".join(json.dumps(test, ensure_ascii=True) for test in tests)
    text = f'{{"source": {json.dumps(source)},\n"tests": [\n{lines}\n]}}\n'
    Path(__file__).with_name("simple.json").write_text(text, encoding="utf-8")
    print(f"{len(tests)} tests")


def tests_of(file: Path) -> list[dict[str, Any]]:
    """The tests of one file; a second test of a name gets #2."""
    found: dict[str, dict[str, Any]] = {}
    for section in every(parse(file.read_text(encoding="utf-8")), "section"):
        for test in every(section, "test"):
            name = f"{file.stem}/{text(section, 'name')}/{text(test, 'name')}"
            count = 1 + sum(key.split("#")[0] == name for key in found)
            name = name if count == 1 else f"{name}#{count}"
            found[name] = {"id": name, **converted(test)}
    return list(found.values())


def converted(test: Message) -> dict[str, Any]:
    """One test, without its name."""
    known = dict(test)
    made: dict[str, Any] = {"expr": text(test, "expr")}
    flags = [flag for key, flag in _FLAGS.items() if known.get(key) == Word("true")]
    variables, functions = declarations(every(test, "type_env"))
    bindings = {text(one, "key"): value(dict(dict(one)["value"])["value"]) for one in every(test, "bindings")}
    optional = {"flags": flags, "vars": variables, "functions": functions, "bind": bindings}
    made.update({key: content for key, content in optional.items() if content})
    if "container" in known:
        made["container"] = text(test, "container")
    if "eval_error" in known:
        return {**made, "error": True}
    if "typed_result" in known:
        typed = dict(known["typed_result"])
        result = {"value": value(typed["result"])} if "result" in typed else {}
        return {**made, **result, "type": type_of(typed["deduced_type"])}
    return {**made, "value": value(known["value"]) if "value" in known else True}


def declarations(declared: list[Message]) -> tuple[dict[str, str], dict[str, Any]]:
    """The types of the variables, and of each function those of its parameters and of its result."""
    variables, functions = {}, {}
    for one in map(dict, declared):
        name = one["name"].decode()
        if "ident" in one:
            variables[name] = type_of(dict(one["ident"])["type"])
        else:
            (overload,) = every(one["function"], "overloads")
            params = [type_of(param) for param in every(overload, "params")]
            functions[name] = [params, type_of(dict(overload)["result_type"])]
    return variables, functions


def every(message: Message, field: str) -> list[Any]:
    """All values of a field."""
    return [content for name, content in message if name == field]


def text(message: Message, field: str) -> str:
    """The text of a field, "" where it is not given."""
    return dict(message).get(field, b"").decode()


def value(message: Message) -> Any:
    """A cel.expr.Value."""
    ((kind, content),) = message
    match kind:
        case "null_value":
            return None
        case "bool_value":
            return content == Word("true")
        case "int64_value":
            return content
        case "uint64_value":
            return {"uint": content}
        case "double_value":
            return {"double": content.text if isinstance(content, Word) else float(content)}
        case "string_value":
            return content.decode()
        case "bytes_value":
            return {"bytes": content.hex()}
        case "type_value":
            return {"type": content.decode()}
        case "list_value":
            return [value(one) for one in every(content, "values")]
        case "map_value":
            return {"map": [[value(dict(one)["key"]), value(dict(one)["value"])] for one in every(content, "entries")]}
        case "enum_value":
            return {"enum": text(content, "type")}
        case "object_value":
            return message_value(content)
    raise ValueError(f"a value of the kind {kind}")


def message_value(message: Message) -> Any:
    """A message: times as what they are, of the others the name."""
    ((url, content),) = message
    name = url.removeprefix("type.googleapis.com/")
    if name not in _TIMES:
        return {"message": name}
    amounts = dict(content)
    return {_TIMES[name]: amounts.get("seconds", 0) * 10**9 + amounts.get("nanos", 0)}


def type_of(message: Message) -> str:
    """A cel.expr.Type as text: int, list(string), map(string, dyn), wrapper(int), the name of a message."""
    ((kind, content),) = message
    match kind:
        case "primitive":
            return _PRIMITIVES.get(content.text, content.text.lower())
        case "well_known":
            return str(content.text.lower())
        case "wrapper":
            return f"wrapper({type_of([('primitive', content)])})"
        case "message_type":
            return str(content.decode())
        case "list_type":
            return f"list({type_of(dict(content)['elem_type'])})"
        case "map_type":
            return f"map({type_of(dict(content)['key_type'])}, {type_of(dict(content)['value_type'])})"
        case "type":
            return f"type({type_of(content)})" if content else "type"
        case "abstract_type":
            inner = ", ".join(type_of(one) for one in every(content, "parameter_types"))
            return f"{text(content, 'name')}({inner})"
        case "type_param":
            return str(content.decode())
        case "null" | "dyn" | "error":
            return kind
    raise ValueError(f"a type of the kind {kind}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
