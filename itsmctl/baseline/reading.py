"""Reads the bytes of a manifest or a signed agreement, strictly: `fields` says what they may hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import attrgetter
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from itsmctl.baseline.fields import DIGEST, OID, OID_OR_NONE, Item, Manifest, Relation
from itsmctl.escape import visible
from itsmctl.evidence import strictly

LONGEST = 1 << 30
"""Bytes that a manifest may have."""

_Model = TypeVar("_Model", bound=Struct)


def parse_beside(content: bytes, known: tuple[bytes, Manifest]) -> Manifest:
    """`parse(content, Manifest)`; items and relations that are written as in the other manifest are not read again."""
    if len(content) <= LONGEST:
        try:
            found = _beside(content, *known)
        except (msgspec.DecodeError, ValueError, RecursionError):
            found = None  # `parse` says why
        if found is not None:
            return found
    return parse(content, Manifest)


def _beside(content: bytes, other: bytes, known: Manifest) -> Manifest | None:
    """None, or an error of any sort, where the content is not as we write it; no more than `parse` takes."""
    (rest, pieces, edges), (_, old, others) = _apart(content), _apart(other)
    made = msgspec.json.decode(rest, type=Manifest)
    read = dict(zip(old, known.items, strict=True))
    new = {one: msgspec.json.decode(one, type=Item) for one in pieces if one not in read}
    read |= new
    is_same = content[edges[0] : edges[1]] == other[others[0] : others[1]]
    relations = known.section.relations if is_same else msgspec.json.decode(content[slice(*edges)], type=list[Relation])
    is_ours = (
        _is_as_written(made, rest)  # so that it was cut where it looks like it
        and all(msgspec.json.encode(read[one], order="sorted") == one for one in pieces)
        and (is_same or msgspec.json.encode(relations, order="sorted") == content[slice(*edges)])
        and not _odd_id([*new.values()])
    )
    items = [read[one] for one in pieces]
    return replace(made, items=items, section=replace(made.section, relations=relations)) if is_ours else None


def _apart(content: bytes) -> tuple[bytes, list[bytes], tuple[int, int]]:
    """A manifest as we write it, without its two long lists; each item as it is written; where its relations lie.

    It is cut where our form has the next key. Of anything else there come parts that are no manifest when they are put
    together again, which whoever calls has to ask, or a ValueError.
    """
    items = content.index(b'"items":[') + len(b'"items":')
    kind = content.index(b',"kind":"Baseline"', items)
    relations = content.index(b'"relations":[', kind) + len(b'"relations":')
    schemas = content.rindex(b',"schemas":"', relations)
    rest = b"".join((content[:items], b"[]", content[kind:relations], b"[]", content[schemas:]))
    inner = content[items + len("[{") : kind - len("}]")]
    pieces = [b"{%b}" % one for one in inner.split(b"},{")] if inner else []
    return rest, pieces, (relations, schemas)


def _is_as_written(found: Struct, content: bytes) -> bool:
    """Is it as we write it? Then nothing stands in it twice, and nothing beside it."""
    written = msgspec.json.encode(found, order="sorted")
    # without a copy: a manifest can be long
    return content.startswith(written) and content[len(written) :] == b"\n"


def parse(content: bytes, model: type[_Model]) -> _Model:
    """The model of these bytes. Raises ValueError, in words, for whatever they are instead; never anything else."""
    if len(content) > LONGEST:
        raise ValueError(f"it has more than {LONGEST} bytes")
    try:
        found = msgspec.json.decode(content, type=model)
        if _is_as_written(found, content) and not _odd_id(_items(found)):
            return found
    except (msgspec.DecodeError, ValueError, RecursionError):
        pass  # the slower way says why
    plain = strictly.data(content)
    try:
        found = msgspec.convert(plain, model)
    except msgspec.ValidationError as error:
        says, _, where = str(error).partition(" - at `$")
        raise ValueError(visible(f"{_pointer(where.rstrip('`'))}: {says}")) from None
    odd = _odd_id(_items(found))
    if odd:
        raise ValueError(odd)
    return found


_IDS = (("digest", DIGEST, {64}), ("blob", OID_OR_NONE, {0, 40, 64}), ("commit", OID, {40, 64}))
"""(the name of a field of items, its pattern, how many characters that has)."""


def _items(found: Struct) -> Sequence[Item]:
    return found.items if isinstance(found, Manifest) else ()


def _odd_id(items: Sequence[Item]) -> str:
    """Where one of the items has a digest or an id that is none, and that it is none; "" where all are."""
    for name, pattern, lengths in _IDS:
        held = list(map(attrgetter(name), items))
        # all at once; one by one is for what does not pass
        if set(map(len, held)) <= lengths and not "".join(held).encode().translate(None, b"0123456789abcdef"):
            continue
        for place, text in enumerate(held):
            if re.fullmatch(pattern[1:-1], text) is None:
                return f"/items/{place}/{name}: Expected `str` matching regex {pattern!r}"
    return ""


def _pointer(path: str) -> str:
    """`.items[0].name` → /items/0/name."""
    return (
        re.sub(r"\[([^\]]*)\]|\.([^.\[]*)", lambda step: f"/{step[1] if step[1] is not None else step[2]}", path) or "/"
    )
