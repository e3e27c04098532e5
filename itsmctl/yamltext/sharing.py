"""Values that many records have are kept once: keys, short texts, numbers. Standard library only.

Each memo is a dict that fills itself, is bounded, and changes no value: it only saves work and memory.
"""

from __future__ import annotations

from itsmctl.yamltext.scalars import WORDS, resolve

_MOST = 20_000
_LONGEST = 64


class NotPlainKey(Exception):
    """An unquoted key of this spelling is no plain text on one line; a quoted one may be."""


class _Plain(dict[str, object]):
    """Unquoted scalars and their values. Raises NotRepresentable."""

    __slots__ = ()

    def __missing__(self, text: str) -> object:
        value = resolve(text)
        if len(text) <= _LONGEST:
            if len(self) >= _MOST:
                self.clear()
                self.update(WORDS)
            self[text] = value
        return value


class _Quoted(dict[str, str]):
    """Quoted and block texts."""

    __slots__ = ()

    def __missing__(self, text: str) -> str:
        if len(text) <= _LONGEST:
            if len(self) >= _MOST:
                self.clear()
            self[text] = text
        return text


class _Keys(_Quoted):
    """Keys that are good with quotes and without. Raises NotPlainKey."""

    __slots__ = ()

    def __missing__(self, text: str) -> str:
        if text == "<<" or "\n" in text or "\t" in text or not isinstance(_resolved(text), str):
            raise NotPlainKey
        return super().__missing__(text)


def _resolved(text: str) -> object:
    try:
        return resolve(text)
    except ValueError:
        return None


PLAIN, QUOTED, KEYS = _Plain(WORDS), _Quoted(), _Keys()
