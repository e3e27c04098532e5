"""Function calls before they run: host functions, what a name stands for, and whether the arguments fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from . import advice, nodes
from .library import FUNCTIONS, Signature, Standard
from .nodes import Node
from .relations import assignable
from .remedies import to_argument
from .signatures import arities, expand, fitting
from .types import DYN, Type
from .written import check_written

if TYPE_CHECKING:
    from .checker import Checker, Scope

_MACROS: Final = {
    "has": "has(a.b)",
    "all": "x.all(i, condition)",
    "exists": "x.exists(i, condition)",
    "exists_one": "x.exists_one(i, condition)",
    "existsOne": "x.existsOne(i, condition)",
    "map": "x.map(i, result) or x.map(i, condition, result)",
    "filter": "x.filter(i, condition)",
    "sortBy": "x.sortBy(i, key)",
    "bind": "cel.bind(name, value, result)",
    "optMap": "x.optMap(i, result)",
    "optFlatMap": "x.optFlatMap(i, result)",
    "transformList": "x.transformList(i, v, result)",
    "transformMap": "x.transformMap(k, v, result)",
    "transformMapEntry": "x.transformMapEntry(k, v, {key: value})",
}


class Function(Struct, frozen=True):
    """A function that the host provides; what it does is given when the program runs.

    `params`: one tuple of argument types for each way to call it; for a `method` the target comes first. `result`: a
    type, or a function from the argument types to one, which may raise SignatureError (StringType tells `tag` and
    `literal`). `doc` is for people. A name with dots (`calendar.overlap`) is called as it stands.
    """

    name: str
    params: tuple[tuple[Type, ...], ...]
    result: Type | Callable[[tuple[Type, ...]], Type]
    doc: str = ""
    method: bool = False

    @property
    def signatures(self) -> tuple[Signature, ...]:
        """It, as the checker sees it."""
        return tuple(Signature(params, self.result, self.method) for params in self.params)


class SignatureError(Exception):
    """Raised by the `result` of a Function: these arguments make no sense. `argument`: which one."""

    def __init__(self, message: str, hint: str = "", argument: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.argument = argument


class Resolution(Struct, frozen=True):
    """What a call stands for: a standard function, or one of the host by name; and all its arguments."""

    name: str
    standard: Standard | None
    args: tuple[Node, ...]


def dotted(node: Node) -> str | None:
    """`a.b.c` as text, if the node is nothing but names and dots."""
    parts: list[str] = []
    while isinstance(node, nodes.Select) and not node.optional:
        parts.append(node.field)
        node = node.operand
    return ".".join([node.name, *reversed(parts)]) if isinstance(node, nodes.Ident) else None


def check_call(checker: Checker, node: nodes.Call, scope: Scope) -> Type:
    """The type of a call."""
    name, target = node.name, node.target
    if target is not None:
        space = dotted(target)
        if space is not None and space.split(".")[0].lstrip(".") not in {**checker.declared, **scope}:
            qualified = f"{space}.{name}"
            if qualified in FUNCTIONS or qualified in checker.functions:
                return _overloads(checker, node, scope, qualified, node.args, method=False)
            if _is_space(checker, space):
                return _unknown_in_space(checker, node, scope, space)
        return _overloads(checker, node, scope, name, (target, *node.args), method=True)
    return _overloads(checker, node, scope, name, node.args, method=False)


def _is_space(checker: Checker, space: str) -> bool:
    return any(known.startswith(f"{space}.") for known in (*FUNCTIONS, *checker.functions, "cel.bind"))


def _unknown_in_space(checker: Checker, node: nodes.Call, scope: Scope, space: str) -> Type:
    _check_beside(checker, node.args, scope)
    end = node.at + len(node.name)
    if (space, node.name) == ("cel", "bind"):
        message = "cel.bind() takes a name, a value and an expression"
        return checker.problem(node, message, f"write {_MACROS['bind']}", node.at, end)
    every = (*FUNCTIONS, *checker.functions, "cel.bind")
    known = sorted(name.removeprefix(f"{space}.") for name in every if name.startswith(f"{space}."))
    hint = checker.suggest(node.name, known) or f"{space} has {advice.listing(known)}"
    return checker.problem(node, f"there is no function {space}.{node.name}", hint, node.at, end)


def _check_beside(checker: Checker, args: tuple[Node, ...], scope: Scope) -> None:
    """Check the arguments of what is no function, unless the first looks like the variable of a macro."""
    if args and isinstance(args[0], nodes.Ident) and args[0].name not in {**checker.declared, **scope}:
        return
    for arg in args:
        checker.check(arg, scope)


def _signatures(checker: Checker, name: str) -> tuple[Signature, ...]:
    if name in FUNCTIONS:
        return FUNCTIONS[name].signatures
    return checker.functions[name].signatures if name in checker.functions else ()


def _overloads(
    checker: Checker, node: nodes.Call, scope: Scope, name: str, args: tuple[Node, ...], *, method: bool
) -> Type:
    every = _signatures(checker, name)
    signatures = tuple(signature for signature in every if signature.method == method)
    if not signatures:
        before = len(checker.problems)
        if node.target is not None and method:
            checker.check(node.target, scope)
        if len(checker.problems) > before:
            return DYN  # what it is asked of is unknown, so nothing can be said of it
        if name not in _MACROS:
            _check_beside(checker, node.args, scope)
        return _unknown(checker, node, every, method=method)
    given = tuple(checker.check(arg, scope) for arg in args)
    checker.calls[node] = Resolution(name, FUNCTIONS.get(name), args)
    if not any(expand(signature, len(args)) is not None for signature in signatures):
        count = len(args) - method
        message = (
            f"{name}() takes {arities(signatures, method=method)}, and here {'is' if count == 1 else 'are'} {count}"
        )
        return checker.problem(node, message, _doc_hint(checker, name), node.at, node.end)
    try:
        result = fitting(signatures, given)
    except SignatureError as error:
        place = args[error.argument] if error.argument < len(args) else node
        return checker.problem(place, error.message, error.hint)
    if result is None:
        return _misfit(checker, name, args, given, signatures)
    check_written(checker, name, args)
    return result


def _doc_hint(checker: Checker, name: str) -> str:
    """The signatures of a host function, for a hint."""
    known = checker.functions[name].params if name in checker.functions else ()
    shown = " or ".join(f"{name}({', '.join(str(param) for param in params)})" for params in known)
    return f"write {shown}" if shown else ""


def _unknown(checker: Checker, node: nodes.Call, every: tuple[Signature, ...], *, method: bool) -> Type:
    """No function of that name can be called that way."""
    name, end = node.name, node.at + len(node.name)
    if name in _MACROS:
        return checker.problem(node, f"{name}() is not used like that", f"write {_MACROS[name]}", node.at, end)
    if every:
        rest = ", …" if any(len(signature.params) > 1 for signature in every) else ""
        hint = f"write {name}(x{rest})" if method else f"write x.{name}({rest[2:]})"
        what = "function, not a method" if method else "method, not a function"
        return checker.problem(node, f"{name}() is a {what}", hint, node.at, end)
    known = {one for one, standard in FUNCTIONS.items() if any(s.method == method for s in standard.signatures)}
    known |= {one for one, function in checker.functions.items() if function.method == method}
    known |= set(_MACROS) - {"has"} if method else {"has"}
    hint = advice.instead_of_function(name) or checker.suggest(name, known)
    if not hint and not method:
        own = sorted(checker.functions)
        hint = f"there is {advice.listing(own)}, and the functions of CEL" if own else ""
    return checker.problem(node, f"there is no {'method' if method else 'function'} {name}()", hint, node.at, end)


def _misfit(
    checker: Checker, name: str, args: tuple[Node, ...], given: tuple[Type, ...], signatures: tuple[Signature, ...]
) -> Type:
    """Point at the first argument that no signature takes; at all of them if only together they do not fit."""
    fitting_so_far = [params for s in signatures if (params := expand(s, len(args))) is not None]
    for at, (arg, actual) in enumerate(zip(args, given, strict=True)):
        still = [params for params in fitting_so_far if assignable(actual, params[at])]
        if not still:
            wanted = advice.either(_plain(params[at]) for params in fitting_so_far)
            hint = to_argument(name, actual, wanted)
            return checker.problem(arg, f"{name}() takes {wanted} here, not {actual}", hint)
        fitting_so_far = still
    kinds = ", ".join(str(one) for one in given)
    return checker.problem(args[-1], f"{name}() does not take {kinds} together")


def _plain(type_: Type) -> str:
    """A parameter's type as messages show it: placeholders are "anything", a list of anything is a list."""
    return (
        str(type_).replace("list(A)", "list").replace("list(B)", "list").replace("map(A, B)", "map").replace("(A)", "")
    )
