"""Which lines were spent already, as the history of the base tells: each is good for one merge. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl.gate.model import CHANGE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from itsmctl.gate.model import History
    from itsmctl.votes import Line


def spent(change: str, lines: Iterable[Line], history: History) -> frozenset[Line]:
    """Those of the lines that B's first-parent history holds since the change first appeared.

    A line is held once the record stood at its after-digest at any commit from then on. Whether it came there from the
    before-digest is not asked: in a rebase merge the edit may lie before the commit that brought the change, and an
    edit that was made and taken back is spent in either case, whoever made it.
    """
    place = history.appeared(f"{CHANGE}/{change}")
    if place is None:
        return frozenset()
    return frozenset(line for line in lines if line.after in history.states_since(line.ref, place))
