"""Which fixed moments an expression holds a variable of time against, so that its value can only turn there."""

from __future__ import annotations

from typing import Final

from . import nodes
from .instants import Timestamp, parse_timestamp
from .nodes import Node
from .problems import EvaluationError

_COMPARING: Final = frozenset({"<", "<=", ">", ">=", "==", "!="})


def moments(tree: Node, name: str) -> tuple[Timestamp, ...] | None:
    """Each moment M in `name < timestamp('M')` and the like, in the order of the text; none where the name is not read.

    None where it is read in any other way too: then nobody can tell without a run when the value turns.
    """
    found: list[Timestamp] = []
    return tuple(found) if _read(tree, name, found) else None


def _read(tree: Node, name: str, found: list[Timestamp]) -> bool:
    """Is the name read against fixed moments alone? Adds these."""
    if isinstance(tree, nodes.Ident):
        return tree.name != name
    if isinstance(tree, nodes.Binary) and tree.operator in _COMPARING:
        for one, other in ((tree.left, tree.right), (tree.right, tree.left)):
            if isinstance(one, nodes.Ident) and one.name == name:
                moment = _fixed(other)
                found += [moment] if moment is not None else []
                return moment is not None
    fixed = [_read(child, name, found) for child in tree.children()]  # of all of them: each may hold a moment
    return all(fixed)


def _fixed(tree: Node) -> Timestamp | None:
    """The moment that `timestamp('…')` stands for."""
    if not isinstance(tree, nodes.Call) or tree.target is not None or tree.name != "timestamp" or len(tree.args) != 1:
        return None
    text = tree.args[0]
    if not isinstance(text, nodes.Literal) or not isinstance(text.value, str):
        return None
    try:
        return parse_timestamp(text.value)
    except EvaluationError:  # it has no value: whoever runs it is told so
        return None
