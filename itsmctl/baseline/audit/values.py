"""When a value of a record and an observed text are the same, and what of either may be shown. Pure."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from itsmctl.baseline.audit.expected import NAME
from itsmctl.baseline.cyclonedx import DIGEST, as_text
from itsmctl.importers.json_ import parse
from itsmctl.secrecy import KEPT, hides, is_named_secret

if TYPE_CHECKING:
    from itsmctl.baseline.audit.expected import Item
    from itsmctl.baseline.audit.mapping import Source

_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_HEX = re.compile(r"[^0-9A-Fa-f]")


def _mac(text: str) -> str:
    digits = _HEX.sub("", text).lower()
    return digits if len(digits) in (12, 16) else text.casefold()


_FORMS: Mapping[str, Callable[[str], str]] = {
    "fold-case": str.casefold,
    "spaces": lambda text: " ".join(text.split()),
    "serial": lambda text: "".join(char for char in text if char.isalnum()).upper(),
    "mac": _mac,
    "host": lambda text: text.partition(".")[0].casefold(),
}
"""Form of the mapping → a text brought into it."""


def observed(text: str, source: Source, folded: str) -> str:
    """What stands in a cell, as records would have it; `folded`: the cell as tables of values know it."""
    if folded in source.values:
        return as_text(source.values[folded])
    bare = text.removeprefix(source.strip_prefix) if source.strip_prefix else text
    if source.split:
        return as_text([part.strip() for part in bare.split(source.split) if part.strip()])
    return bare


_NO_NAME = re.compile(r"[\W_]+")


def named(text: str) -> str:
    """A text as a record can bear it as its name: letters and digits in small letters, with dashes for all else."""
    return _NO_NAME.sub("-", text.casefold()).strip("-")


def formed(value: Any, source: Source | None) -> str:
    """A value, recorded or observed, as it is compared; empty where nothing is left of it.

    A name is compared as a record can bear it.
    """
    text = unicodedata.normalize("NFC", as_text(value)).strip()
    if source is not None and source.pointer == NAME:
        text = named(text)
    for form in source.forms if source is not None else ():
        text = _FORMS[form](text)
    return text


def is_equal(recorded: Any, seen: str, source: Source) -> bool | None:
    """Is it what the record says? None where the observation does not tell.

    A number is equal to the same number however it is written, true to yes and 1; lists are equal in whatever order. Of
    digests, the one of the recorded algorithm is compared.
    """
    if not formed(seen, source):
        return None
    if source.pointer == DIGEST:
        algorithm = as_text(recorded).partition(":")[0]
        same = [one for one in seen.split() if one.startswith(f"{algorithm}:")]
        return any(one.casefold() == as_text(recorded).casefold() for one in same) if same else None
    if isinstance(recorded, bool):
        return _TRUTHS.get(seen.strip().casefold()) is recorded
    if isinstance(recorded, int | float):
        return _number(seen) == _number(str(recorded))
    if isinstance(recorded, list | dict):
        return bool(_parts(recorded, source) == _parts(_parsed(seen), source))
    return formed(recorded, source) == formed(seen, source)


def _number(text: str) -> Decimal | str:
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        return text
    return found if found.is_finite() else text


def _parsed(text: str) -> Any:
    try:
        return parse(text)
    except ValueError:
        return [text]


def _parts(value: Any, source: Source) -> Any:
    """A list without regard to its order, its texts in the forms of the source."""
    if isinstance(value, list):
        return sorted(formed(one, source) if isinstance(one, str) else as_text(one) for one in value)
    return json.dumps(value, sort_keys=True)


def is_secret(item: Item | None, source: Source, *values: Any) -> bool:
    """Must neither side be shown? By the names of field and column, by its class, or by what stands there."""
    if item is not None and item.is_secret(source.pointer):
        return True
    return is_named_secret(source.pointer) or is_named_secret(source.column) or any(hides("", one) for one in values)


def shown(value: Any, secret: bool) -> str:
    """A value for people; not yet escaped."""
    return KEPT if secret else "(nothing)" if value is None else as_text(value)
