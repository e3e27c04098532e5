"""Functions and macros that a rule may call, explained: those of this tool, and those of CEL."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from itsmctl import cel, functions
from itsmctl.drawing import code, prose
from itsmctl.escape import visible
from itsmctl.explain.topic import Topic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from itsmctl.rulebook import Rulebook

_LABELLED = re.compile(r"\n(?=[A-Z][a-z ]*: )")
"""Before a line of a doc that begins with what it is, such as `Example: `; other line breaks carry no meaning."""

_MACROS: Mapping[str, tuple[str, str]] = {
    "has": (
        "has(a.b)",
        (
            "Is the field b written in a? Reading a field that is not there is an error, so guard it: "
            "has(self.spec.test) && self.spec.test.result == 'passed'. a itself must be there."
        ),
    ),
    "all": (
        "x.all(i, condition)",
        "Does the condition hold for every element of a list, or key of a map? True of none.",
    ),
    "exists": ("x.exists(i, condition)", "Does the condition hold for at least one element, or key? False of none."),
    "exists_one": ("x.exists_one(i, condition)", "Does the condition hold for exactly one element, or key?"),
    "filter": ("x.filter(i, condition)", "The elements for which the condition holds."),
    "map": ("x.map(i, result), x.map(i, condition, result)", "The result for each element that fits the condition."),
    "cel.bind": ("cel.bind(name, value, result)", "The result, in which the name stands for the value."),
    "optMap": ("x.optMap(i, result)", "Of an optional that holds a value: an optional of the result. Else none."),
    "optFlatMap": ("x.optFlatMap(i, result)", "As optMap, for a result that is an optional itself."),
    "transformList": ("x.transformList(i, v, result)", "The results for each index and element, or key and value."),
    "transformMap": ("x.transformMap(k, v, result)", "The same map with other values."),
}


def topics(book: Rulebook) -> dict[str, Callable[[], Topic]]:
    """Every function and macro by name; those of this tool first."""
    host = functions.signatures(book.types)
    found: dict[str, Callable[[], Topic]] = {name: partial(_host, function, book) for name, function in host.items()}
    for name, (usage, says) in _MACROS.items():
        found.setdefault(name, partial(_topic, name, (usage,), says, "a macro of CEL", ()))
    for name in cel.STANDARD_FUNCTIONS:
        found.setdefault(name, partial(_standard, name))
    return found


def _host(function: cel.Function, book: Rulebook) -> Topic:
    usages = tuple(_usage(function.name, one.params, one.result, one.method) for one in function.signatures)
    callers = tuple(
        one.rule.id
        for one in book.policies
        if _calls(one.when, function.name)
        or any(_calls(program, function.name) for program in (*(program for _, program in one.lets), one.check))
    )
    return _topic(function.name, usages, function.doc, "a function of itsmctl", callers)


def _calls(program: cel.Program | None, name: str) -> bool:
    return program is not None and name in program.calls


def _standard(name: str) -> Topic:
    standard = cel.STANDARD_FUNCTIONS[name]
    usages = tuple(_usage(name, one.params, one.result, one.method) for one in standard.signatures)
    return _topic(name, usages, standard.doc, "a function of CEL", ())


def _usage(name: str, params: tuple[cel.Type, ...], result: object, method: bool) -> str:
    """`name(string, int) -> bool`, or `string.name(int) -> bool` for a method."""
    words = [str(one) for one in params]
    call = f"{words[0]}.{name}({', '.join(words[1:])})" if method else f"{name}({', '.join(words)})"
    gives = result(params) if callable(result) else result
    return f"{call} -> {gives}"


def _topic(name: str, usages: tuple[str, ...], says: str, what: str, callers: tuple[str, ...]) -> Topic:
    return Topic(
        name,
        partial(_lines, name, usages, says, what, callers),
        partial(_data, name, usages, says, what, callers),
    )


def _lines(name: str, usages: tuple[str, ...], says: str, what: str, callers: tuple[str, ...], width: int) -> list[str]:
    lines = [
        f"{visible(name)}  {what}",
        "",
        *(line for usage in dict.fromkeys(usages) for line in code(usage, width, 2)),
        "",
    ]
    for part in _LABELLED.split(says.strip()):
        lines += [*prose(part, width, indent=2), *([""] if part.endswith("\n") else [])]
    if callers:
        lines += ["", *prose(f"Called by {', '.join(callers)}.", width, indent=2)]
    return lines


def _data(name: str, usages: tuple[str, ...], says: str, what: str, callers: tuple[str, ...]) -> dict[str, Any]:
    return {"function": name, "what": what, "usage": list(usages), "description": says, "called_by": list(callers)}
