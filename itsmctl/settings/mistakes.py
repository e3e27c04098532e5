"""What pydantic says of settings, in words that tell what to write instead. Knows pointers, not lines."""

from __future__ import annotations

from types import UnionType
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from pydantic import BaseModel

from itsmctl.nearest import did_you_mean
from itsmctl.settings.model import Settings
from itsmctl.settings.values import CALLED, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_KEY = "[key]"  # how pydantic marks that a key of a mapping is wrong, and not its value

_SHAPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
}


class Mistake(NamedTuple):
    """One mistake. `key` is true where the key at `pointer` is wrong, and not its value."""

    pointer: str
    key: bool
    message: str


def explain(error: ValidationError) -> Iterator[Mistake]:
    """Every mistake that pydantic found in settings."""
    for detail in error.errors(include_url=False):
        steps = [*(step for step in detail["loc"] if step != _KEY), *detail.get("ctx", {}).get("steps", ())]
        if detail["type"] == "extra_forbidden":
            yield Mistake(_pointer(steps), True, f"{_name(steps[:-1], ' has an ')}{_unknown_key(steps)}")
        elif detail["type"] == "missing":
            yield Mistake(_pointer(steps[:-1]), False, f"{_name(steps)} is missing: {_description(steps)}")
        elif _KEY in detail["loc"]:
            yield Mistake(_pointer(steps), True, f"{_name(steps[:-1])} has a key that {_say(detail)}")
        else:
            yield Mistake(_pointer(steps), False, f"{_name(steps) or 'the file'} {_say(detail)}")


def _say(detail: ErrorDetails) -> str:
    kind, value, limits = detail["type"], detail["input"], detail.get("ctx", {})
    if kind in _SHAPES:
        quotes = " (put quotes around it)" if kind == "string_type" and isinstance(value, int | float) else ""
        return f"must be {_SHAPES[kind]}, not {shown(value)}{quotes}"
    if kind == "literal_error":
        known = [word.strip("'") for word in str(limits["expected"]).replace(" or ", ", ").split(", ")]
        guess = did_you_mean(value, known) if isinstance(value, str) and len(known) > 1 else ""
        return f"must be {' or '.join(known)}, not {shown(value)}" + (f": {guess}" if guess else "")
    if kind == "string_pattern_mismatch":
        return f"must be {CALLED[str(limits['pattern'])]}, not {shown(value)}"
    if kind == "greater_than_equal":
        return f"must be at least {limits['ge']}, not {shown(value)}"
    if kind == "less_than_equal":
        return f"must be at most {limits['le']}, not {shown(value)}"
    if kind == "too_short":
        return "must name at least one"
    if kind == "string_too_long":
        return f"must have at most {limits['max_length']} characters"
    return str(limits.get("error", detail["msg"]))


def _unknown_key(steps: Sequence[int | str]) -> str:
    model = _model_at(steps[:-1])
    known = [field.alias or name for name, field in model.model_fields.items()] if model else []
    return f"unknown key {shown(steps[-1])}: {did_you_mean(str(steps[-1]), known) or 'known are ' + ', '.join(known)}"


def _description(steps: Sequence[int | str]) -> str:
    model = _model_at(steps[:-1])
    fields = {field.alias or name: field for name, field in model.model_fields.items()} if model else {}
    return fields[str(steps[-1])].description or ""


def _model_at(steps: Sequence[int | str]) -> type[BaseModel] | None:
    """The model that stands at a place in the settings."""
    node: Any = Settings
    for step in steps:
        if _is_model(node):
            node = next((one.annotation for name, one in node.model_fields.items() if step in (name, one.alias)), None)
        else:  # a list or a mapping: what it holds comes last, but for the dots of tuple[Carrier, ...]
            node = next((one for one in reversed(get_args(node)) if one is not Ellipsis), None)
        if isinstance(node, UnionType):  # Emergency | None
            node = get_args(node)[0]
    return node if _is_model(node) else None


def _is_model(node: object) -> bool:
    return isinstance(node, type) and issubclass(node, BaseModel)


def _pointer(steps: Sequence[int | str]) -> str:
    """As a JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def _name(steps: Sequence[int | str], after: str = "") -> str:
    """As people write it: carriers[0].email; with `after` behind it if there is anything."""
    name = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")
    return f"{name}{after}" if name else ""
