"""What an explanation knows besides the error itself. A value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl.kinds import fields
from itsmctl.kinds.pointers import steps_of
from itsmctl.kinds.words import Written, example_lines, yaml_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from itsmctl.kinds.annotation import ReferenceRule


class Asked(Struct, frozen=True):
    """What an explanation knows besides the error: the schema, and what the kind adds."""

    root: Mapping[str, Any]
    kind: str = ""
    references: tuple[ReferenceRule, ...] = ()
    written: Written | None = None

    def source(self, pointer: str) -> str | None:
        """The source text of a scalar, if it is known and fits in a hint."""
        text = self.written(pointer) if self.written is not None else None
        return text if text and len(text) <= 80 and "\n" not in text else None

    def reference(self, pointer: str) -> ReferenceRule | None:
        """The rule for a field that names a record."""
        steps = steps_of(pointer)
        return next((rule for rule in self.references if rule.fits(steps)), None)

    def example(self, pointer: str) -> str:
        """An example of the value at the place, in one line, or an empty text."""
        value = fields.example(self.root, pointer)
        return "" if value is None else yaml_line(value)

    def example_lines(self, pointer: str) -> tuple[str, ...]:
        """The field with an example of its value as lines of YAML, or none; of all of `spec` what it cannot lack."""
        value = fields.example(self.root, pointer)
        needed = fields.required(self.root, fields.find(self.root, pointer))
        if isinstance(value, dict) and needed and pointer.count("/") == 1:
            begins = self.root.get("x-itsm", {}).get("lifecycle", {})
            new = {"state": begins["initial"][0]} if begins.get("field") == "/spec/state" else {}
            value = {key: new.get(key, held) for key, held in value.items() if key in needed}
        return example_lines(pointer, value)


def line_of(name: str, example: str) -> str:
    """`name: example`, or the example alone where the place has no key of its own."""
    return example if name.endswith("]") or not name else f"{name}: {example}"
