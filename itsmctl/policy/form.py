"""What is wrong with the form of a policy file, in our words, each with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl import yamltext
from itsmctl.nearest import did_you_mean

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from itsmctl.sources import SourceFile


class Lines:
    """Places in one policy file, computed when first asked for: a file without problems needs none."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self._spots: yamltext.Spots | None = None

    def at(self, pointer: str, key: bool = False) -> str:
        """`path:line:column` of what stands at the pointer, or of its key."""
        if self._spots is None:
            self._spots = yamltext.spots(self.file.content)
        span, _ = self._spots.locate(pointer, key)
        return f"{self.file.path}:{span.line}:{span.column}"


def problems(error: ValidationError, spots: Lines) -> list[str]:
    """What pydantic found, in our words, one line each with its place."""
    from itsmctl.policy.model import field_names

    lines: dict[str, None] = {}  # each once: what fits none of two forms is found twice
    for fault in error.errors(include_url=False):
        steps = [str(step) for step in fault["loc"] if step not in _FORMS]
        pointer = "".join(f"/{step}" for step in steps)
        name = steps[-1] if steps else "the file"
        if fault["type"] == "extra_forbidden":
            guess = did_you_mean(name, field_names(steps[:-1]))
            lines[f"{spots.at(pointer, True)}: there is no field {name}" + (f": {guess}" if guess else "")] = None
        elif fault["type"] == "missing":
            lines[f"{spots.at(pointer, True)}: {name} is missing"] = None
        else:
            name = f"{steps[-2]}[{name}]" if name.isdecimal() and len(steps) > 1 else name
            lines[f"{spots.at(pointer)}: {name} {_say(fault, union=len(steps) < len(fault['loc']))}"] = None
    return list(lines)


_FORMS = ("str", "list[str]")  # how pydantic marks which form of a field it tried
_WANTED = {
    "string_type": "a text",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
}


def _say(fault: ErrorDetails, union: bool) -> str:
    from itsmctl.settings.values import shown

    kind, limits = fault["type"], fault.get("ctx", {})
    if kind in _WANTED:
        return f"must be {'a text or a list of texts' if union else _WANTED[kind]}, not {shown(fault['input'])}"
    if kind == "literal_error":
        return f"must be {str(limits['expected']).replace(chr(39), '')}, not {shown(fault['input'])}"
    if kind == "string_pattern_mismatch":
        return f"must be capitals and digits with dashes between them, like CHG-07, not {shown(fault['input'])}"
    if kind == "too_short" and limits["actual_length"]:
        return (
            f"has only {limits['actual_length']}: {limits['min_length']} are needed, one that passes and one that fails"
        )
    if kind in ("string_too_short", "too_short"):
        return "is empty"
    if kind == "string_too_long":
        return f"must have at most {limits['max_length']} characters"
    return str(fault["msg"])
