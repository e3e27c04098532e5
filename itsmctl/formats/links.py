"""Addresses: files as relative URIs, and where a forge shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl.formats import wording

if TYPE_CHECKING:
    from itsmctl.findings import Place

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/")


def raw(text: str) -> bytes:
    """A path, or a line of a file, as the bytes that it was read from."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        return text.encode("utf-8", "surrogatepass")


def uri(path: str) -> str:
    """A path as a relative URI: its bytes, percent-encoded but for `/`."""
    return "".join(chr(byte) if chr(byte) in _PLAIN else f"%{byte:02X}" for byte in raw(path))


def shown_at(web: str, prefix: str, place: Place) -> str:
    """Where a forge shows the line of `place`; empty where there is no `web` (see `Look`) or no file."""
    return f"{web}{uri(wording.under(prefix, place.path))}#L{place.line}" if web and place.path else ""
