"""What an expression may read, found without running it: static paths from variables and from results of functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from . import nodes
from .checker import Checked
from .nodes import Node

Path = tuple[str, tuple[str, ...]]
"""A root and the steps from it: ("self", ("spec", "items", "*", "item")), ("ref()", ("spec", "state")).

"*" is any element or key. The root is a variable, or a function of the host with "()" after it.
"""

_Places = frozenset[Path]
_NOWHERE: Final[_Places] = frozenset()
_PASSING: Final = frozenset({"dyn", "value", "or", "orValue", "optional.of", "optional.ofNonZeroValue"})
_KEEPING: Final = frozenset({"slice", "distinct", "sort", "reverse", "flatten"})


def paths(tree: Node, checked: Checked) -> frozenset[Path]:
    """Every path that some run of the expression may read, the longest ones only from each place where it is used."""
    walker = _Walker(checked)
    walker.read(walker.places(tree, {}))
    return frozenset(walker.found)


class _Walker:
    """Follows where the value of each node may lie; notes the places whose value is used."""

    def __init__(self, checked: Checked) -> None:
        self.checked = checked
        self.found: set[Path] = set()

    def read(self, places: _Places) -> None:
        self.found |= {(root, tuple(step for step in steps if step != _OUT)) for root, steps in places}

    def use(self, node: Node, scope: Mapping[str, _Places]) -> None:
        """The node's value is looked at as a whole."""
        self.read(self.places(node, scope))

    def places(self, node: Node, scope: Mapping[str, _Places]) -> _Places:
        """Where the value of the node may lie."""
        if node in self.checked.constants:
            return _NOWHERE
        match node:
            case nodes.Ident():
                known = None if node.root else scope.get(node.name)
                return frozenset({(node.name, ())}) if known is None else known
            case nodes.Select():
                return _step(self.places(node.operand, scope), node.field)
            case nodes.Has():
                self.read(_step(self.places(node.operand, scope), node.field))
                return _NOWHERE
            case nodes.Index():
                operand = self.places(node.operand, scope)
                literal = node.key.value if isinstance(node.key, nodes.Literal) else None
                if literal is None:
                    self.use(node.key, scope)
                return _step(operand, literal if isinstance(literal, str) else "*")
            case nodes.Conditional():
                self.use(node.test, scope)
                return self.places(node.then, scope) | self.places(node.otherwise, scope)
            case nodes.Call():
                return self.call(node, scope)
            case nodes.Loop():
                return self.loop(node, scope)
            case nodes.Bind():
                value = self.places(node.value, scope)
                self.read(value)
                return self.places(node.body, {**scope, node.variable.name: value})
            case nodes.ListOf():
                return frozenset().union(*(_inside(self.places(item, scope)) for item in node.items))
        for child in node.children():
            self.use(child, scope)
        return _NOWHERE

    def call(self, node: nodes.Call, scope: Mapping[str, _Places]) -> _Places:
        resolved = self.checked.calls[node]
        if resolved.standard is None:
            for arg in resolved.args:
                self.use(arg, scope)
            return frozenset({(f"{resolved.name}()", ())})
        if resolved.name in _PASSING:
            return frozenset().union(*(self.places(arg, scope) for arg in resolved.args))
        places = [self.places(arg, scope) for arg in resolved.args]
        if resolved.name in _KEEPING:
            for place in places[1:]:
                self.read(place)
            return places[0]
        if resolved.name in {"first", "last"}:
            return _step(places[0], "*")
        for place in places:
            self.read(place)
        return _NOWHERE

    def loop(self, node: nodes.Loop, scope: Mapping[str, _Places]) -> _Places:
        over = self.places(node.range, scope)
        element = _step(over, "*")
        self.read(over)
        values = (_NOWHERE, element) if len(node.variables) == 2 else (element,)
        inner = {**scope, **{v.name: places for v, places in zip(node.variables, values, strict=True)}}
        if node.guard is not None:
            self.use(node.guard, inner)
        made = self.places(node.body, inner)
        if node.kind not in nodes.ASKING:
            if node.kind == "sortBy":
                self.read(made)
                return over
            return _inside(made) if node.kind in {"map", "transformList"} else self._used(made)
        self.read(made)
        return over if node.kind == "filter" else _NOWHERE

    def _used(self, places: _Places) -> _Places:
        self.read(places)
        return _NOWHERE


_OUT: Final = "\0out"
"""A step that an element's step "*" undoes: the value was put into a new list."""


def _inside(places: _Places) -> _Places:
    return frozenset((root, (*steps, _OUT)) for root, steps in places)


def _step(places: _Places, name: str) -> _Places:
    """One step on from each place; an element of a new list lies where it came from."""
    return frozenset((root, steps[:-1] if steps and steps[-1] == _OUT else (*steps, name)) for root, steps in places)
