"""The front of the package: an Environment declares names, compiles expressions; a Program runs and traces them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final

from . import advice, nodes
from .calls import Function
from .checker import Checked, Checker
from .fast import Compiler
from .frames import MISSING, Run
from .instants import Timestamp
from .library import FUNCTIONS
from .moments import moments
from .nodes import Node
from .operations import BUDGET
from .parser import parse
from .problems import CompileError, EvaluationError, Problem, Source
from .trace import Trace
from .tracer import OriginOf, Tracer
from .types import Type
from .uses import Path, paths

_NONE: Final[Mapping[str, Any]] = {}


class Environment:
    """What expressions may speak of: variables with their types, and functions of the host.

    `suggest` makes a hint ("did you mean a or b?") from a mistyped word and the known ones; CEL has one of its own.
    Raises ValueError for a function that bears the name of a standard one.
    """

    def __init__(
        self,
        variables: Mapping[str, Type] = _NONE,
        functions: Mapping[str, Function] = _NONE,
        suggest: advice.Suggest = advice.suggest,
    ) -> None:
        self.variables = dict(variables)
        self.functions = dict(functions)
        self.suggest = suggest
        taken = sorted(FUNCTIONS.keys() & self.functions.keys())
        if taken:
            raise ValueError(f"CEL has functions of its own called {', '.join(taken)}")

    def extend(self, variables: Mapping[str, Type]) -> Environment:
        """The same, with more variables."""
        return Environment({**self.variables, **variables}, self.functions, self.suggest)

    def compile(self, text: str, expect: Type | None = None) -> Program:
        """The program of an expression, which gives an `expect` if one is set. Raises CompileError, nothing else."""
        source = Source(text)
        try:
            tree = parse(source)
            checked = Checker(source, self.variables, self.functions, self.suggest).result(tree, expect)
            return Program(source, tree, checked)
        except RecursionError:
            problem = Problem.at(source, 0, len(text), "the expression is nested too deep")
            raise CompileError(source, (problem,)) from None


class Program:
    """An expression ready to run. Keeps no state between runs: one Program serves any number of threads.

    `text`: the source. `type`: the type of the result. `variables`: the names that a run looks up. `calls`: the
    names of all functions that it calls. `node`: the syntax tree.
    """

    def __init__(self, source: Source, tree: Node, checked: Checked) -> None:
        self.source = source
        self.node = tree
        self.checked = checked
        self.type = checked.type
        resolved = {call.name: call.standard for call in checked.calls.values()}
        self.calls = frozenset(resolved)
        self.functions = tuple(sorted(name for name, standard in resolved.items() if standard is None))
        self.variables = tuple(sorted(_free(tree, checked)))
        self._moments: dict[str, tuple[Timestamp, ...] | None] = {}

    def __repr__(self) -> str:
        return f"Program({self.text!r})"

    @property
    def text(self) -> str:
        """The expression as written."""
        return self.source.text

    @cached_property
    def _compiled(self) -> tuple[Run, list[None]]:
        """The closures, and room in the frame for the variables of macros. Most messages are never asked for."""
        compiler = Compiler(self.checked, self.variables, self.functions)
        evaluate = compiler.compile(self.node, {})
        return evaluate, [None] * (compiler.size - 2 - len(self.variables) - len(self.functions))

    @cached_property
    def paths(self) -> frozenset[Path]:
        """What it may read: a root and the fields from there; see `uses.paths`."""
        return paths(self.node, self.checked)

    def moments(self, name: str) -> tuple[Timestamp, ...] | None:
        """The fixed moments that it holds a variable of time against; None where it reads it in any other way too."""
        if name not in self._moments:
            self._moments[name] = moments(self.node, name)
        return self._moments[name]

    def run(
        self,
        activation: Mapping[str, object] = _NONE,
        functions: Mapping[str, Callable[..., Any]] = _NONE,
        budget: int = BUDGET,
    ) -> Any:
        """The value for these variables and functions. Raises EvaluationError and nothing else.

        `activation` is only asked for names that the expression uses. Nothing in it is copied or changed; a value
        that comes back may be a part of it. `budget` is how many steps the run may take.
        """
        return self.bound(functions, budget)(activation)

    def bound(
        self, functions: Mapping[str, Callable[..., Any]] = _NONE, budget: int = BUDGET
    ) -> Callable[[Mapping[str, object]], Any]:
        """`run` for many activations over the same functions: what does not change is laid out once."""
        try:
            evaluate, padding = self._compiled
        except RecursionError as error:  # there is little room left on the stack of the caller
            raise beyond(error, self.source) from None
        source, names = self.source, tuple(enumerate(self.variables, 2))
        called = [functions.get(name) or unbound(name) for name in self.functions]
        blank: list[Any] = [budget, budget, *(MISSING for _ in names), *called, *padding]

        def run(activation: Mapping[str, object]) -> Any:
            frame = blank.copy()
            for slot, name in names:
                frame[slot] = activation.get(name, MISSING)
            try:
                return evaluate(frame)
            except EvaluationError as error:
                if error.source is None:
                    error.source = source
                raise
            except (RecursionError, MemoryError) as error:
                raise beyond(error, source) from None

        return run

    def trace(
        self,
        activation: Mapping[str, object] = _NONE,
        functions: Mapping[str, Callable[..., Any]] = _NONE,
        budget: int = BUDGET,
        *,
        origin_of: OriginOf | None = None,
        given: Mapping[str, Trace] = _NONE,
    ) -> Trace:
        """Run it step by step and keep every step: `.value` or `.error`, `.blame()`, `.reads`, `.lines()`.

        `origin_of` names the record that a value is, so that reads of it are told apart: from a dict or list that a
        function returned to its name, or None. `given`: variables that other traces computed, for where they came from.
        """
        tracer = Tracer(self.source, self.checked, activation, functions, budget, origin_of, given)
        return tracer.run(self.node)


def _free(tree: Node, checked: Checked) -> set[str]:
    """The variables of the environment that the tree uses."""
    found: set[str] = set()
    stack: list[tuple[Node, frozenset[str]]] = [(tree, frozenset())]
    while stack:
        node, local = stack.pop()
        if node in checked.constants:
            continue
        match node:
            case nodes.Ident():
                if node.root or node.name not in local:
                    found.add(node.name)
            case nodes.Loop():
                stack.append((node.range, local))
                inner = local | {variable.name for variable in node.variables}
                stack.extend((part, inner) for part in node.inside())
            case nodes.Bind():
                stack += [(node.value, local), (node.body, local | {node.variable.name})]
            case nodes.Call():
                stack.extend((arg, local) for arg in checked.calls[node].args)
            case _:
                stack.extend((child, local) for child in node.children())
    return found


def unbound(name: str) -> Callable[..., Any]:
    """Stands for a function that the host did not give: calling it is an error."""

    def missing(*args: object) -> Any:
        del args
        raise EvaluationError(f"the function {name}() was not given", fatal=True)

    return missing


def beyond(error: BaseException, source: Source) -> EvaluationError:
    """What a run that exhausted the machine ends in."""
    what = "the data is nested too deep" if isinstance(error, RecursionError) else "there is not enough memory"
    beyond = EvaluationError(what, 0, len(source.text), fatal=True)
    beyond.source = source
    return beyond
