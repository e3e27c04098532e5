"""Bytes to plain data: the values of a record, or every reason why it is not plain YAML.

There are three ways. Nearly every file is ordinary, and nearly every ordinary one can be read line by line; if not, its
nodes are composed in C and built in one short loop. Whatever is not ordinary at first sight is read with care, event by
event; only that way judges, and it alone words refusals. All give the same data: tests hold them to it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from itsmctl.yamltext import lines, parsers
from itsmctl.yamltext.characters import REFUSED
from itsmctl.yamltext.flows import NotSimple
from itsmctl.yamltext.judging import judge
from itsmctl.yamltext.parsers import MappingNode, Node, ScalarNode, YAMLError, YamlParser
from itsmctl.yamltext.rules import MAX_DEPTH
from itsmctl.yamltext.sharing import KEYS, PLAIN, QUOTED, NotPlainKey


class _Irregular(Exception):
    """Not for the short way."""


_OPENING = b"[{?"
_SPECIAL = b"&*!%\\\r" + _OPENING
_ORDINARY = bytes(byte for byte in b"\t\n" + bytes(range(0x20, 0x7F)) if byte not in _SPECIAL)
# An anchor, an alias or a tag at the start of a node. What libyaml takes for no name, as in `&& x`, it refuses itself.
_PROPERTY = re.compile(rb"(?:^|[-:?,\[{])[ \t]*(?:[&*][0-9A-Za-z_-]|!)", re.MULTILINE)
_ODD_ESCAPE = re.compile(rb"\\[0abefvrNLPxuU]")
# Only a line that starts so can open many block collections at once.
_DEEP = re.compile(rb"^[- ?:\t]{200}", re.MULTILINE)
_MOST_OPENED = 400  # mappings and lists: more might stand in each other and exhaust the C stack
_SMALL = 1_400  # bytes, two at least for each of them
_LARGE = 65_536  # event by event, a large file takes less memory, and a hostile one ends early


def read(content: bytes, parser: YamlParser = parsers.BEST) -> object:
    """The plain data (dict, list, str, int, float, bool, None) of a file of plain YAML. Raises Refused."""
    if parser.tree is not None:
        try:
            if _is_ordinary(content):
                return _short(content, parser.tree)
        except (YAMLError, ValueError, TypeError, _Irregular, NotPlainKey):
            pass  # no UTF-8 is a ValueError, a list as key a TypeError: judge says what is wrong, and where
    return judge(content, parser)


def _short(content: bytes, tree: Callable[[bytes], Node | None]) -> object:
    """The data of an ordinary file, by the shortest way that it is good for."""
    try:
        return lines.read(content.decode())
    except NotSimple:
        pass
    node = tree(content)
    if node is None:
        raise _Irregular
    return _build(node, 1)


def _is_ordinary(content: bytes) -> bool:
    """Can nothing in the file need care? One pass over the bytes decides for nearly every file."""
    if len(content) > _SMALL and not _is_flat(content):
        return False
    rest = content.translate(None, _ORDINARY)
    return (len(rest) < _MOST_OPENED and not rest.strip(_OPENING)) or _is_harmless(content, rest)


def _is_flat(content: bytes) -> bool:
    """Can the file not nest deep in block style?"""
    if len(content) > _LARGE:
        return False
    return content.count(b"-") + content.count(b":") < _MOST_OPENED or not _DEEP.search(content)


def _is_harmless(content: bytes, rest: bytes) -> bool:
    """`rest` is what is not ordinary: is it, in its place, harmless too?"""
    if sum(map(rest.count, (b"[", b"{", b"?"))) >= _MOST_OPENED:
        return False
    if b"\r" in rest and content.count(b"\r\n") != rest.count(b"\r"):
        return False
    if b"%" in rest and (content.startswith(b"%") or b"\n%" in content):
        return False
    if (b"&" in rest or b"*" in rest or b"!" in rest) and _PROPERTY.search(content):
        return False
    if b"\\" in rest and (not rest.isascii() or _ODD_ESCAPE.search(content)):
        return False
    other = rest.translate(None, _SPECIAL)
    if not other:
        return True
    text = content.decode()  # ValueError where it is not UTF-8
    return not REFUSED.search(other.decode()) and unicodedata.is_normalized("NFC", text)


def _build(node: Node, depth: int) -> object:
    """The data of a node. Duplicate keys show as a mapping that is smaller than its node."""
    content = node.value
    if type(node) is ScalarNode:
        return QUOTED[content] if node.style else PLAIN[content]
    if depth > MAX_DEPTH:
        raise _Irregular
    plain, quoted, keys, scalar = PLAIN, QUOTED, KEYS, ScalarNode  # locals: each is asked for with each scalar
    if type(node) is MappingNode:
        mapping: dict[str, object] = {}
        for key, value in content:
            if type(value) is scalar:
                mapping[keys[key.value]] = quoted[value.value] if value.style else plain[value.value]
            else:
                mapping[keys[key.value]] = _build(value, depth + 1)
        if len(mapping) != len(content):
            raise _Irregular
        return mapping
    return [
        (quoted[item.value] if item.style else plain[item.value]) if type(item) is scalar else _build(item, depth + 1)
        for item in content
    ]
