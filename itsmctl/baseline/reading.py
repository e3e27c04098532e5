"""Reads the bytes of a manifest or a signed agreement, strictly: `fields` says what they may hold."""

from __future__ import annotations

import re
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
            (rest, items, relations), (_, old, others) = _apart(content), _apart(known[0])
            read = dict(zip(old, known[1].items, strict=True))
            made = msgspec.json.decode(rest, type=Manifest)
            same = known[1].section.relations if relations == others else None
            found = replace(
                made,
                items=[read.get(one) or msgspec.json.decode(one, type=Item) for one in items],
                section=replace(made.section, relations=same or msgspec.json.decode(relations, type=list[Relation])),
            )
            if _is_as_written(found, content) and not _odd_id(found):
                return found
        except (msgspec.DecodeError, ValueError, KeyError, RecursionError):
            pass  # `parse` says why
    return parse(content, Manifest)


def _apart(content: bytes) -> tuple[bytes, list[bytes], bytes]:
    """A manifest without its two long lists; each item as it is written; its relations as they are."""
    whole = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    section = msgspec.json.decode(whole["section"], type=dict[str, msgspec.Raw])
    none = msgspec.Raw(b"[]")
    rest = msgspec.json.encode(whole | {"items": none, "section": section | {"relations": none}})
    items = msgspec.json.decode(whole["items"], type=list[msgspec.Raw])
    return rest, [bytes(one) for one in items], bytes(section["relations"])


def _is_as_written(found: Struct, content: bytes) -> bool:
    """Is it as we write it? Then nothing stands in it twice, and nothing beside it."""
    return msgspec.json.encode(found, order="sorted") + b"\n" == content


def parse(content: bytes, model: type[_Model]) -> _Model:
    """The model of these bytes. Raises ValueError, in words, for whatever they are instead; never anything else."""
    if len(content) > LONGEST:
        raise ValueError(f"it has more than {LONGEST} bytes")
    try:
        found = msgspec.json.decode(content, type=model)
        if _is_as_written(found, content) and not _odd_id(found):
            return found
    except (msgspec.DecodeError, ValueError, RecursionError):
        pass  # the slower way says why
    plain = strictly.data(content)
    try:
        found = msgspec.convert(plain, model)
    except msgspec.ValidationError as error:
        says, _, where = str(error).partition(" - at `$")
        raise ValueError(visible(f"{_pointer(where.rstrip('`'))}: {says}")) from None
    odd = _odd_id(found)
    if odd:
        raise ValueError(odd)
    return found


_IDS = (("digest", DIGEST, {64}), ("blob", OID_OR_NONE, {0, 40, 64}), ("commit", OID, {40, 64}))
"""(the name of a field of items, its pattern, how many characters that has)."""


def _odd_id(found: Struct) -> str:
    """Where an item of a manifest has a digest or an id that is none, and that it is none; "" where all are."""
    if not isinstance(found, Manifest):
        return ""
    for name, pattern, lengths in _IDS:
        held = list(map(attrgetter(name), found.items))
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
