"""The forms that baselines are written and hashed in, by version. One that was ever used stays as it is, for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from itertools import chain
from typing import Any

import msgspec

from itsmctl import canonical

FORMS: Mapping[int, Callable[[object], bytes]] = {1: canonical.canonical, 2: canonical.canonical}
"""Version → data as canonical bytes. tests/golden/canonical holds what each of them has to give.

1: items are hashed as they are written, secrets as well, and notes hold a check by hand that proved too little.
2: no secret is hashed, nor git's id of a file that holds one written down; `external` reads none.
"""

LATEST = 2

SECRET: Mapping[str, bool] = {"writeOnly": True}
"""What is hashed in the place of a secret, from version 2 on.

A secret can be short: a PIN has 10,000 values, and whoever holds an export knows the rest of the record. So no digest
over the secret may leave the repository, with a salt beside it no more than without one: the salt would be exported,
too, since without it nobody could verify. Left out, nothing is lost: what verification proves is that the records are
those of the commit, and the ids of commit and tree, which are in the manifest and in every agreement, hold each byte
of each of them. Those ids are digests over secrets, too; but to try values against them takes every byte of all the
other files of the tree, which no export holds.
"""


def hides_secrets(version: int) -> bool:
    """Does that version leave secrets out?"""
    return version > 1


LINE = ("kind", "name", "path", "state", "owner", "digest")
"""What of an item the root is over: nothing that depends on git's object format, on schemas, rules or the program."""


def written(data: object, version: int = LATEST) -> bytes:
    """The bytes of a file of ours: canonical JSON and a line feed. Raises ValueError for what has no such form."""
    return joined(pieces(data, version))


def joined(parts: Iterable[bytes]) -> bytes:
    """All of them in a row. One alone is not copied."""
    held = iter(parts)
    first = next(held, b"")
    second = next(held, None)
    if second is None:
        return first
    whole = BytesIO()  # b"".join would have all of them there at once, beside what comes of them
    whole.writelines((first, second))
    whole.writelines(held)
    return whole.getvalue()


def pieces(data: object, version: int = LATEST) -> Iterator[bytes]:
    """The same, in pieces. Of a mapping, values may be iterators, which are written as lists."""
    if isinstance(data, Mapping) and FORMS[version] is canonical.canonical:
        yield from canonical.pieces(data)
    else:
        yield FORMS[version](data)
    yield b"\n"


def digest(data: object, version: int = LATEST) -> str:
    """SHA-256 of the canonical form: 64 hexadecimal digits. Raises ValueError as `written` does."""
    return hashlib.sha256(FORMS[version](data)).hexdigest()


def root(items: Iterable[Mapping[str, Any]], version: int = LATEST) -> str:
    """SHA-256 over the items in their order, each a canonical list of LINE and a line feed."""
    return root_of([[item[name] for name in LINE] for item in items], version)


def root_of(lines: Sequence[Sequence[object]], version: int = LATEST) -> str:
    """The same of items of which only what LINE names is given, in that order."""
    form = FORMS[version]
    are_texts = form is canonical.canonical and set(map(type, chain.from_iterable(lines))) <= {str}
    # lists of texts are the same to msgspec, character by character, as a test has it, and take it a tenth of the time;
    # each line is in the whole as it is alone
    whole = (msgspec.json.encode(lines) if are_texts else form(lines))[1:-1]
    if whole.count(b"],[") != len(lines) - 1:  # a text holds that, too, or there is no item
        return hashlib.sha256(b"".join(form(line) + b"\n" for line in lines)).hexdigest()
    return hashlib.sha256(whole.replace(b"],[", b"]\n[") + b"\n").hexdigest()


def instant(seconds: int) -> str:
    """A commit's time as baselines write it: RFC 3339 in UTC. Raises ValueError for a time that no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, OSError, ValueError):
        raise ValueError(f"{seconds} s after 1970 is no time that can be written down") from None
