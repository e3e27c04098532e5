"""The ballot paper: what a vote binds, whole, in words and as YAML, before anybody signs it. Text for people; pure.

Nothing on it is cut: whoever signs has seen every field. Texts are escaped and folded to the width that is given.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from itsmctl import yamltext
from itsmctl.comparing import ABSENT, altered
from itsmctl.drawing import code, prose, rows, titled
from itsmctl.gitedits import PLAIN

if TYPE_CHECKING:
    from itsmctl.comparing import FieldEdit
    from itsmctl.desk.voting import File, Matter
    from itsmctl.evidence.fields import Predicate, Statement
    from itsmctl.votes import Line

_SHORT = 60  # characters of a value that stands beside its field
_AROUND = 40  # characters that are shown on either side of what differs in a long text
_WHOLE = 1 << 20  # a statement is no longer
_VERB = {"approve": "approves", "reject": "rejects", "withdraw": "withdraws from"}


def told(made: Statement, held: Matter, width: int) -> list[str]:
    """Lines of at most `width` columns: who decides what, the change as it is bound, and each edit field by field."""
    said = made.predicate
    lines = titled(f"{said.person} {_VERB[said.decision]} {said.change}:", held.change.title, width)
    lines += rows(list(_facts(said, held)), width)
    lines += ["  the change, as the vote binds it:", *_yaml(held.content, width, 4)]
    lines += _review(said, held, width)
    lines += code(f"edits, {_edits_in_words(held)}:", width, 2)
    for line in held.lines:
        lines += [*code(_heading(line), width, 4), *_edit(line, held, width)]
    return [*lines, *rows([("subject", f"sha256:{made.digest}")], width)]


def _facts(said: Predicate, held: Matter) -> Iterator[tuple[str, str]]:
    yield "goes to", f"{said.target} of {said.repository}"
    yield "class", f"{held.change.data['spec']['class']}, state {said.seen.state}"
    yield "as", said.role
    yield "risk", said.seen.risk
    yield "window", said.seen.window
    yield "reason", said.reason
    yield "until", str(said.expires_at or "")
    yield "on", f"commit {said.seen.head}, onto {said.seen.base}"
    yield "rules", said.seen.policy


def _review(said: Predicate, held: Matter, width: int) -> Iterator[str]:
    """Its review, of which the statement holds the digest: by it whoever reviewed says that the review is their own."""
    if not said.seen.review:
        return
    review = held.change.data["spec"]["review"]
    own = " An approval says that it is this person's own." if str(review.get("by", "")) == said.person else ""
    yield from prose(f"its review, as it stands there (sha256:{said.seen.review}).{own}", width, 2)
    yield from _yaml(review, width, 4)


def _edits_in_words(held: Matter) -> str:
    if not held.lines:
        return "none: the vote is on the change alone, and each edit that comes later needs votes of its own"
    return "as its plan would have them" if held.is_planned else "as the head has them"


def _heading(line: Line) -> str:
    deed = "is added" if line.before is None else "is taken away" if line.after is None else "is changed"
    return f"{line.ref} {deed}  {_digest(line.before)} → {_digest(line.after)}"


def _digest(digest: str | None) -> str:
    return digest[:12] if digest else "nothing"


def _edit(line: Line, held: Matter, width: int) -> Iterator[str]:
    """All that one line does, from the contents that have its digests."""
    if line.ref in held.files:
        yield from _bytes(*held.files[line.ref], width)
        return
    if line.ref not in held.sides:
        yield from code("what it does cannot be shown: its contents are in no commit that is here", width, 6)
        return
    before, after = held.sides[line.ref]
    if before is None or after is None:
        yield from _whole("+" if before is None else "-", before or after, width, 6)
        return
    for one in altered(before, after):
        yield from _field(one, width)


def _field(one: FieldEdit, width: int) -> Iterator[str]:
    sides = [("-", one.before), ("+", one.after)]
    if one.is_order:
        yield from code(f"{one.field}  stands in another order:", width, 6)
    elif ABSENT not in (one.before, one.after) and not any(_is_long(value) for _, value in sides):
        yield from code(f"{one.field}  {_json(one.before)} → {_json(one.after)}", width, 6)
        return
    if isinstance(one.before, str) and isinstance(one.after, str):
        sides = list(zip("-+", _apart(one.before, one.after), strict=True))
    for sign, value in sides:
        if value is ABSENT:
            continue
        if _is_long(value):
            yield from code(f"{sign} {one.field}:", width, 6)
            yield from _whole(sign, value, width, 6, inner="  ")
        else:
            yield from code(f"{sign} {one.field}  {_json(value)}", width, 6)


def _is_long(value: object) -> bool:
    """Is it better shown on lines of its own?"""
    return (isinstance(value, (dict, list)) and bool(value)) or len(_json(value)) > _SHORT


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _apart(before: str, after: str) -> tuple[str, str]:
    """Two texts without what both begin and end with, but for some characters around what differs."""
    same = next((at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), None)
    start = same if same is not None else min(len(before), len(after))
    most = min(len(before), len(after)) - start
    tails = zip(reversed(before), reversed(after), strict=False)
    end = min(next((at for at, (one, other) in enumerate(tails) if one != other), most), most)
    first, last = max(start - _AROUND, 0), max(end - _AROUND, 0)
    cut = [text[first : len(text) - last] for text in (before, after)]
    marked = [f"{'… ' if first else ''}{text}{' …' if last else ''}" for text in cut]
    return marked[0], marked[1]


def _whole(sign: str, value: Any, width: int, indent: int, inner: str = "") -> Iterator[str]:
    """Each line of a value as YAML, behind the sign."""
    for line in _text(value).split("\n"):
        yield from code(f"{sign} {inner}{line}", width, indent, longest=_WHOLE)


def _yaml(data: Mapping[str, Any], width: int, indent: int) -> list[str]:
    return code(_text(data), width, indent, longest=_WHOLE)


def _text(value: Any) -> str:
    return yamltext.dump(value).decode().rstrip("\n")


def _bytes(before: File, after: File, width: int) -> Iterator[str]:
    """A protected file, line by line where it is text; of one that is no plain file the mode, as git tells it."""
    modes = [held[0] if held is not None else PLAIN for held in (before, after)]
    if modes[0] != modes[1] and None not in (before, after):
        yield from code(f"old mode {modes[0]}", width, 6)
        yield from code(f"new mode {modes[1]}", width, 6)
    elif modes != [PLAIN, PLAIN]:
        yield from code(f"mode {max(modes, key=lambda one: one != PLAIN)}", width, 6)
    try:
        old, new = ((held[1] if held is not None else b"").decode().split("\n") for held in (before, after))
    except UnicodeDecodeError:
        sizes = " → ".join("nothing" if held is None else f"{len(held[1])} bytes" for held in (before, after))
        yield from code(f"is no text: {sizes}; look at it before you sign", width, 6)
        return
    if old == new:
        yield from code("its bytes stay, and what kind of file it is does not; look at it before you sign", width, 6)
    for line in list(difflib.unified_diff(old, new, lineterm="", n=2))[2:]:
        yield from code(line, width, 6, longest=_WHOLE) if line.strip() else ()
