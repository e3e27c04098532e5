"""A verdict as Markdown for the comment on a pull request: a row for each change, then every vote, folded away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from itsmctl.escape import cut, visible
from itsmctl.formats import grounds
from itsmctl.markup import code, prose

if TYPE_CHECKING:
    from itsmctl.formats.grounds import Node

MARKS = {"DENIED": "❌", "OVERRIDDEN": "⚠️", "ALLOWED": "✅"}

_CHANGES = 30_000  # bytes that the table of changes takes at most
_VOTES = 10_000
_COMMAND = re.compile(r"(.*?):  ((?:itsmctl|git) .*)", re.DOTALL)
_LONGEST_COMMAND = 2_000  # code points: one that is cut does something else
_LONGEST_TEXT = 400  # code points of one sentence
_MOST = 8  # sentences in one cell
_HEAD = ["| Change | Verdict | Asked | What is lacking | Next |", "| :-- | :-- | :-- | :-- | :-- |"]
_VOTE_HEAD = ["| Change | Rule | Vote | Person | As | Why |", "| :-- | :-- | :-- | :-- | :-- | :-- |"]


def lines(verdict: Node) -> list[str]:
    """The tables, each followed by an empty line; nothing where no change was judged."""
    order = list(MARKS)
    changes = sorted(grounds.changes(verdict), key=lambda one: order.index(one["outcome"]))
    if not changes:
        return []
    table = _cut(_HEAD, [_row(one) for one in changes], _CHANGES)
    votes = [row for one in changes for row in _votes(one)]
    if not votes:
        return [*table, ""]
    held = _cut(_VOTE_HEAD, votes, _VOTES)
    number = "1 vote" if len(votes) == 1 else f"{len(votes)} votes"
    return [*table, "", "<details>", f"<summary>{number}</summary>", "", *held, "", "</details>", ""]


def _row(change: Node) -> str:
    rules = grounds.rules(change)
    asked = [f"{one['name']}: {one['says']}" for one in rules] or [change["says"]]
    lacking = [f"{one['name']}: {', '.join(grounds.lacking(one))}" for one in rules if grounds.lacking(one)]
    others = [
        f"{one['code']}: {grounds.reason(one)}"
        for one in grounds.walk(change)
        if one["outcome"] == "DENIED" and one["code"] not in ("", "LACKING")
    ]
    cells = [
        code(cut(visible(change["name"]), 100)),
        f"{MARKS[change['outcome']]} {change['outcome']}<br>{_text(change['says'])}",
        _list(asked),
        _list([*lacking, *others, *grounds.notes(change)]),
        _list(grounds.ways(change)),
    ]
    return f"| {' | '.join(cells)} |"


def _votes(change: Node) -> Iterable[str]:
    """A row for each vote, in the order of the rules."""
    for rule in grounds.walk(change):
        for one in rule["because"]:
            if one["what"] == "vote":
                cast = grounds.cast(one)
                names = (change["name"], rule["name"], cast.mark, cast.person, f"{cast.role} {cast.tier}".strip())
                cells = [*(_text(cut(visible(name), 100)) for name in names), _text(cast.why)]
                yield f"| {' | '.join(cells)} |"


def _list(texts: Sequence[str]) -> str:
    shown = [_text(text) for text in texts[:_MOST]]
    more = [f"and {len(texts) - _MOST} more"] if len(texts) > _MOST else []
    return "<br>".join([*shown, *more]) or "–"


def _text(text: str) -> str:
    """`text` inert; a command to run stands as code."""
    found = _COMMAND.fullmatch(text)
    shown = prose(visible(found[1] if found else text, _LONGEST_TEXT))
    return f"{shown}: {code(visible(found[2], _LONGEST_COMMAND))}" if found else shown


def _cut(head: Sequence[str], rows: Sequence[str], most: int) -> list[str]:
    """As many rows as there is room for, and how many more there are."""
    kept, used = list(head), sum(len(line.encode()) + 1 for line in head)
    for number, row in enumerate(rows):
        used += len(row.encode()) + 1
        if used > most:
            return [*kept, "", f"and {len(rows) - number} more"]
        kept.append(row)
    return kept
