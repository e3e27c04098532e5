"""A compiled schema: does data conform, and if not, why. The only user of jsonschema-rs; explaining is `explain`'s."""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from itsmctl.kinds import forms
from itsmctl.kinds.pointers import pointer_of
from itsmctl.kinds.schema import BadSchema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from itsmctl.kinds.annotation import ReferenceRule
    from itsmctl.kinds.words import Fault, Written

MOST_FAULTS = 100


class Checker:
    """One schema that stands alone. `kind` and `references` only make its explanations better.

    Compiling happens when first needed; `compile` does it at once and raises BadSchema where it fails.
    """

    def __init__(self, schema: Mapping[str, Any], kind: str = "", references: Sequence[ReferenceRule] = ()) -> None:
        self.schema = schema
        self.kind = kind
        self.references = tuple(references)

    def conforms(self, data: object) -> bool:
        """Does `data` keep to the schema? Never raises on any data; what cannot be judged does not conform."""
        try:
            return self._is_valid(data)
        except forms.NO_JSON:
            return False

    def explain(self, data: object, written: Written | None = None) -> tuple[Fault, ...]:
        """Every fault of data that does not conform, at most MOST_FAULTS; at least one. None of data that does.

        `written` gives the source text of a value, by pointer, so that hints can quote it.
        """
        from itsmctl.kinds import explain

        if self.conforms(data):
            return ()
        return explain.faults(self, data, written, MOST_FAULTS)

    def compile(self) -> None:
        """Compile the schema now. Raises BadSchema with the place in the schema."""
        _ = self._compiled

    def complaints(self, data: object) -> tuple[tuple[str, str], ...]:
        """(pointer, message) in the words of jsonschema-rs: for what nobody else could explain."""
        try:
            errors = islice(self._compiled.iter_errors(data), MOST_FAULTS)
            return tuple((pointer_of(error.instance_path), error.message) for error in errors)
        except forms.NO_JSON as error:
            return (("", f"it holds a value that cannot be checked: {error}"),)

    @cached_property
    def _is_valid(self) -> Callable[[object], bool]:
        return self._compiled.is_valid  # type: ignore[no-any-return]

    @cached_property
    def _compiled(self) -> Any:
        return compiled(self.schema)


def compiled(schema: Any) -> Any:
    """The validator of jsonschema-rs for a bundled schema: formats are ours, patterns match in linear time."""
    import jsonschema_rs

    try:
        return jsonschema_rs.Draft202012Validator(
            schema, validate_formats=True, formats=dict(forms.CHECKS), pattern_options=jsonschema_rs.RegexOptions()
        )
    except jsonschema_rs.ValidationError as error:
        raise BadSchema(str(error.message), pointer_of(error.instance_path)) from None
    except forms.NO_JSON as error:
        raise BadSchema(str(error), "") from None
