"""Plain YAML: bytes to data, places of what was written, and edits that keep the rest. The only room for YAML.

What decides a value is the YAML 1.2 core schema in `scalars`; neither the places nor the edits ever do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from itsmctl.yamltext.parsers import BEST, LIBYAML, PURE, YamlParser
from itsmctl.yamltext.parts import part
from itsmctl.yamltext.places import Spots, spots
from itsmctl.yamltext.reading import read
from itsmctl.yamltext.rules import MAX_BYTES, MAX_DEPTH, MAX_REFUSALS, RULES, Refusal, Refused, Span

__all__ = [
    "BEST",
    "LIBYAML",
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_REFUSALS",
    "PURE",
    "RULES",
    "Refusal",
    "Refused",
    "Span",
    "Spots",
    "YamlParser",
    "append",
    "dump",
    "edit",
    "part",
    "read",
    "retext",
    "spots",
    "tidy",
]


def dump(data: object) -> bytes:
    """The text of plain data, which `read` gives back as it was. CannotJudge where no text can hold it."""
    from itsmctl.yamltext import writing  # here, as in `edit`: a run that only reads starts without it

    return writing.dump(data)


def edit(content: bytes, changes: Mapping[str, object]) -> bytes:
    """The file with the values at these JSON pointers set, its comments, order and quotes kept.

    Mappings on the way are made, `/-` appends to a list. Raises Refused if the file is not plain YAML, CannotJudge if
    a pointer leads nowhere or the edit cannot be made.
    """
    from itsmctl.yamltext import editing

    return editing.edit(content, changes)


def append(content: bytes, pointer: str, text: str) -> bytes:
    """The file with one more text in the list at a pointer, which is made last in its mapping where there is none.

    Raises Refused if the file is not plain YAML, CannotJudge where the edit cannot be made.
    """
    from itsmctl.yamltext import retexting

    return retexting.append(content, pointer, text)


def tidy(content: bytes, order: Callable[[tuple[str | int, ...]], Sequence[str]]) -> bytes:
    """The file in canonical form: order of keys, quotes, indentation. Its data and its comments stay.

    `order` gives the keys of the mapping at the end of some steps (keys, and positions in lists); others come last.
    Raises Refused if the file is not plain YAML.
    """
    from itsmctl.yamltext import formatting

    return formatting.tidy(content, order)


def retext(content: bytes, texts: Mapping[str, str]) -> bytes:
    """The file with these texts at these JSON pointers, where single values stand; the rest stays to the byte.

    Raises Refused if the file is not plain YAML, CannotJudge where the edit cannot be made.
    """
    from itsmctl.yamltext import retexting

    return retexting.retext(content, texts)
