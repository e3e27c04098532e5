"""The story of a verdict for a terminal: of each change which rule, whose votes, which times, what next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from itsmctl.drawing import command
from itsmctl.escape import at_line_start, columns, cut, fold, visible
from itsmctl.formats import grounds, wording

if TYPE_CHECKING:
    from itsmctl.formats.grounds import Node
    from itsmctl.formats.look import Look

_LABEL = 10  # columns that the word takes that says what a line is about
_NARROWEST = 24  # columns beside a table; what has less room stands below its row
_NARROW = 60  # columns of a terminal on which a long word gets a line of its own
_FURTHER_LEFT = 4  # where it begins then
_GAP = "   "
_LONGEST_NAME = 24  # columns of whoever votes; anybody may sign with a name of any length
_STYLES = {"DENIED": "error", "OVERRIDDEN": "warning", "ALLOWED": "strong", "NOTED": "frame"}
_MARKS = {"counted": "info", "rejects": "error", "withdraws": "warning", "ignored": "warning"}  # in this order


def tell(verdict: Node, look: Look) -> list[str]:
    """The lines of what denies outside of a change, then of each change, with an empty line after each."""
    if look.quiet:
        return [_short(one, look) for one in (*grounds.standing(verdict), *grounds.changes(verdict))]
    lines: list[str] = []
    for one in grounds.standing(verdict):
        lines += [*_standing(one, look), ""]
    for hint in dict.fromkeys(str(grounds.details(one).get("hint", "")) for one in grounds.standing(verdict)):
        lines += [*_advised(hint, look), ""] if hint else []
    for one in grounds.changes(verdict):
        lines += [*_change(one, look), ""]
    first = grounds.first_reason(verdict)
    lines += [f"More: itsmctl explain {visible(first)}"] if lines and first else []
    return [*lines, *(_read(verdict, look) if look.verbose else [])]


def _short(change: Node, look: Look) -> str:
    codes = ", ".join(grounds.reasons(change)) or change["says"]
    return f"{_head(change, look)}  {visible(codes)}"


def _head(node: Node, look: Look) -> str:
    outcome = node["outcome"]
    return f"{look.paint('strong', at_line_start(visible(node['name'])))}  {look.paint(_STYLES[outcome], outcome)}"


def _standing(node: Node, look: Look) -> list[str]:
    """Name, outcome, code and place on a line; below it the reason."""
    spot = grounds.spot(node, look.base)
    at_base = " (at the base)" if spot and node["place"]["at"] == "base" else ""
    lines = [f"{_head(node, look)}   {visible(node['code'])}"]
    beside = columns(visible(node["name"])) + len(node["outcome"]) + len(node["code"]) + 5
    if beside > look.prose:
        lines = [_head(node, look), f"  {visible(node['code'])}"]
    if spot and beside + 2 + columns(spot + at_base) <= look.prose:
        lines[0] += f"  {spot}{at_base}"
    elif spot:
        lines.append(f"  {spot}{at_base}")
    return [*lines, *(f"  {line}" for line in _folded(node["says"], look.prose - 2))]


def _advised(hint: str, look: Look) -> list[str]:
    """What to do about what denies outside of a change, once for all that it is said of."""
    said, *example = wording.advice(hint)
    lines = _labelled("next", "strong", said, look, 0)
    return [*lines, *(line for one in example for line in command(one, look.prose, 2))]


def _change(change: Node, look: Look) -> list[str]:
    head = _head(change, look)
    left = columns(visible(change["name"])) + len(change["outcome"]) + 5
    lines = _beside(f"{head}{_GAP}", left, change["says"], look, 4)
    state = grounds.details(change).get("state", "")
    lines += _labelled("state", "frame", state, look, 2) if look.verbose and state else []
    for node in change["because"]:
        lines += _ground(node, look, 2)
    freeze = grounds.no_freeze(change)
    if freeze:
        lines += _labelled("freeze", "frame", freeze, look, 2)
    if look.verbose:
        lines += _lines(change, look)
    for way in grounds.ways(change):
        lines += _labelled("next", "strong", way, look, 2)
    return lines


def _ground(node: Node, look: Look, indent: int) -> list[str]:
    """One ground of a change, and what is below it as far as people want to know."""
    what, outcome = node["what"], node["outcome"]
    if what == "next" or (what == "vote" and not look.verbose and indent > 4):
        return []
    if what == "rule":
        return _rule(node, look, indent)
    if what in ("window", "freeze", "note"):
        return [*_plain(node, look, indent), *(_below(node, look, indent + 2) if _wanted(node, look) else [])]
    if outcome == "DENIED" and not node["because"]:
        return _denied(node, look, indent)
    if outcome in ("ALLOWED", "NOTED") and not look.verbose and not node["because"]:
        return []
    label = node["name"] if columns(visible(node["name"])) < _LABEL else what
    said = node["says"] or node["name"]
    lines = _labelled(label, _STYLES[outcome], said, look, indent)
    return [*lines, *_below(node, look, indent + 2)]


def _wanted(node: Node, look: Look) -> bool:
    return bool(look.verbose) or node["what"] == "window"


def _below(node: Node, look: Look, indent: int) -> list[str]:
    """The grounds of a node; of what went well only the emergencies' are told unasked."""
    votes = [one for one in node["because"] if one["what"] == "vote"]
    others = [one for one in node["because"] if one["what"] != "vote"]
    lines: list[str] = []
    for one in others:
        if node["outcome"] == "OVERRIDDEN" and one["outcome"] == "ALLOWED" and not one["because"]:
            lines += _labelled("shown", "frame", one["says"], look, indent)
        else:
            lines += _ground(one, look, indent)
    return [*lines, *_votes(votes, look, indent)]


def _rule(node: Node, look: Look, indent: int) -> list[str]:
    """`rule name  path:line   2 × role`, what is lacking, who stops it, and the votes."""
    left = " " * indent
    head = f"{left}{look.paint('frame', 'rule')} {look.paint('strong', visible(node['name']))}"
    spot = grounds.spot(node, look.base)
    taken = indent + 5 + columns(visible(node["name"])) + (2 + columns(spot) if spot else 0)
    below = bool(spot) and taken > look.prose
    if spot:
        head += f"\n{left}  {spot}" if below else f"  {spot}"
    asked = [str(one["requirement"]) for one in grounds.details(node).get("requirements", ())]
    heads = head.split("\n")
    if not asked:  # one that could not be put to anybody
        return [*heads, *_denied(node, look, indent + 2)] if node["outcome"] == "DENIED" else heads
    said = ", ".join(asked)
    if not below and taken + len(_GAP) + columns(visible(said)) <= look.prose:
        lines = [f"{head}{_GAP}{visible(said)}"]
    else:
        lines = [*heads, *(" " * (indent + 2) + line for line in _folded(said, look.prose - indent - 2))]
    lacking = grounds.lacking(node)
    if lacking:
        lines += _labelled("lacking", "error", ", ".join(lacking), look, indent + 2)
    return [*lines, *_below(node, look, indent + 2)]


def _denied(node: Node, look: Look, indent: int) -> list[str]:
    spot = grounds.spot(node, look.base)
    said = f"{node['code']}  {grounds.reason(node)}" + (f" ({spot})" if spot and node["what"] != "rule" else "")
    return _labelled("denied", "error", said, look, indent)


def _plain(node: Node, look: Look, indent: int) -> list[str]:
    """A window, a freeze or a note."""
    what, outcome = node["what"], node["outcome"]
    name = f"{node['name']} " if what == "freeze" else ""
    code = f"{node['code']}  " if outcome == "DENIED" or what == "note" else ""
    said = node["says"].removeprefix("the window is ") if outcome != "DENIED" else node["says"]
    return _labelled(what, _STYLES[outcome], f"{code}{name}{said}", look, indent)


def _votes(nodes: Sequence[Node], look: Look, indent: int) -> list[str]:
    """Votes in columns three blanks apart; the reasons beside them, or below where there is no room."""
    casts = sorted(
        (grounds.cast(one, brief=not look.verbose) for one in nodes), key=lambda one: list(_MARKS).index(one.mark)
    )
    name = min(_LONGEST_NAME, max(look.prose // 4, 12))
    widest = (name, name, max(look.prose // 3, 16), name)
    shown = [[cut(visible(cell), most) for cell, most in zip(one.cells, widest, strict=True)] for one in casts]
    widths = [max((columns(row[at]) for row in shown), default=0) for at in range(4)]
    left = indent + sum(width + len(_GAP) for width in widths if width)
    if left - len(_GAP) > look.prose:
        return [line for one in casts for line in _alone(one, look, indent)]
    lines: list[str] = []
    for one, row in zip(casts, shown, strict=True):
        padded = [cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=True) if width]
        padded[0] = look.paint(_MARKS[one.mark], row[0]) + padded[0][len(row[0]) :]
        start = f"{' ' * indent}{_GAP.join(padded)}".rstrip()
        if not one.why:
            lines.append(start)
        elif look.prose - left >= _NARROWEST:
            lines += _beside(f"{' ' * indent}{_GAP.join(padded)}{_GAP}", left, one.why, look, left)
        else:
            lines += [start, *(" " * (indent + 4) + line for line in _folded(one.why, look.prose - indent - 4))]
        if look.verbose and one.source:
            lines += [" " * (indent + 4) + line for line in _folded(f"from {one.source}", look.prose - indent - 4)]
    return lines


def _alone(one: grounds.Cast, look: Look, indent: int) -> list[str]:
    """A vote for which there is no room in columns; nothing of it is cut."""
    mark, *others = [visible(cell) for cell in one.cells if cell]
    head, *rest = fold("  ".join(others), look.prose - indent - 4, first=look.prose - indent - len(mark) - 2)
    lines = [f"{' ' * indent}{look.paint(_MARKS[one.mark], mark)}  {head}", *(" " * (indent + 4) + x for x in rest)]
    said = [one.why, *([f"from {one.source}"] if look.verbose and one.source else [])]
    return lines + [" " * (indent + 4) + x for text in said if text for x in _folded(text, look.prose - indent - 4)]


def _lines(change: Node, look: Look) -> Iterator[str]:
    """What the votes are on: of each record the digests before and after."""
    facts = grounds.details(change)
    for one in facts.get("voted", facts.get("lines", ())):
        yield from _labelled("line", "frame", f"{one['kind']}/{one['name']}", look, 2)
        for when in ("before", "after"):
            yield from _beside(f"    {when:<6}  ", 12, str(one[when] or "nothing"), look, 12)


def _read(verdict: Node, look: Look) -> list[str]:
    """What was judged, by its full ids."""
    facts = grounds.details(verdict)
    lines: list[str] = []
    for name in ("base", "head", "tree", "repository"):
        lines += _labelled(name[:4], "frame", str(facts.get(name) or "nothing"), look, 2)
    return [*lines, ""]


def _labelled(label: str, style: str, text: str, look: Look, indent: int) -> list[str]:
    """`label     text`, the text folded in its own column."""
    shown = visible(label)
    pad = " " * max(_LABEL - columns(shown), 1)
    return _beside(f"{' ' * indent}{look.paint(style, shown)}{pad}", indent + _LABEL, text, look, indent + _LABEL)


def _beside(start: str, left: int, text: str, look: Look, hang: int) -> list[str]:
    """`text` after `start`, which takes `left` columns; further ones begin at `hang`, all where room is scarce."""
    longest = max(map(columns, visible(text).split()), default=0) if look.prose < _NARROW else 0
    if look.prose - left < _NARROWEST or longest > look.prose - left:
        hang = hang if longest <= look.prose - hang else _FURTHER_LEFT
        return [start.rstrip(), *(" " * hang + line for line in _folded(text, look.prose - hang))]
    head, *rest = fold(visible(text), max(look.prose - hang, _NARROWEST), first=look.prose - left)
    return [f"{start}{head}".rstrip(), *(" " * hang + line.strip() for line in rest)]


def _folded(text: str, room: int) -> list[str]:
    return [at_line_start(line.strip()) for line in fold(visible(text), max(room, _NARROWEST))]
