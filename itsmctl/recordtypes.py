"""JSON Schema of a kind → the types of CEL's checker, so that a misspelt field is an error when a rule loads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itsmctl import cel
from itsmctl.kinds import Kind, Kinds


class RecordTypes:
    """The CEL type of each kind's records, made when asked for. `any` is a record of whatever kind."""

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds
        self._made: dict[str, cel.Type] = {}
        envelope = next(iter(kinds.values()))
        shared = _Builder(envelope).build(envelope.schema["properties"]["metadata"], "/metadata", "record.metadata")
        self.any = cel.ObjectType(
            "record", {"apiVersion": cel.STRING, "kind": cel.STRING, "metadata": shared, "spec": cel.DYN}
        )

    def of(self, kind: str) -> cel.Type:
        """The type of a record of that kind; of an unknown kind, that of any record."""
        if kind not in self.kinds:
            return self.any
        if kind not in self._made:
            self._made[kind] = _Builder(self.kinds[kind]).build(self.kinds[kind].schema, "", kind)
        return self._made[kind]

    def one_of(self, kinds: tuple[str, ...]) -> cel.Type:
        """The type of a record of one of the kinds."""
        known = [kind for kind in kinds if kind in self.kinds]
        return cel.union([self.of(kind) for kind in known]) if known and len(known) == len(kinds) else self.any


class _Builder:
    """Walks one kind's schema; `$ref` leads only into the schema itself, since kinds come bundled."""

    def __init__(self, kind: Kind) -> None:
        self.root: Mapping[str, Any] = kind.schema
        self.inside: list[str] = []
        self.references = {"/".join(("", *rule.pattern)): rule for rule in kind.references}

    def build(self, schema: object, pattern: str, name: str) -> cel.Type:
        if not isinstance(schema, Mapping):
            return cel.DYN
        if "$ref" in schema:
            return self._referred(schema, pattern, name)
        if "const" in schema or "enum" in schema:
            return self._values(schema.get("enum", [schema.get("const")]), pattern)
        for word in ("anyOf", "oneOf"):
            if word in schema and "type" not in schema and "properties" not in schema:
                return cel.union([self.build(option, pattern, name) for option in schema[word]])
        written = schema.get("type")
        if isinstance(written, list):
            return cel.union([self._typed(one, schema, pattern, name) for one in written])
        return self._typed(written, schema, pattern, name)

    def _referred(self, schema: Mapping[str, Any], pattern: str, name: str) -> cel.Type:
        """What `$ref` leads to, with what stands beside it; a definition inside itself is not looked into again."""
        reference = schema["$ref"]
        target = self._resolve(reference)
        if target is None or reference in self.inside:
            return cel.DYN
        beside = {key: value for key, value in schema.items() if key not in ("$ref", "description", "required")}
        self.inside.append(reference)
        try:
            return self.build({**target, **beside}, pattern, name)
        finally:
            self.inside.pop()

    def _typed(self, written: object, schema: Mapping[str, Any], pattern: str, name: str) -> cel.Type:
        if written == "object" or (written is None and "properties" in schema):
            return self._object(schema, pattern, name)
        if written == "array":
            return cel.ListType(self.build(schema.get("items"), f"{pattern}/*", f"{name}[]"))
        if written == "string":
            return self._string(pattern)
        simple = {"integer": cel.INT, "number": cel.NUMBER, "boolean": cel.BOOL, "null": cel.NULL}
        return simple.get(str(written), cel.DYN)

    def _object(self, schema: Mapping[str, Any], pattern: str, name: str) -> cel.Type:
        properties = schema.get("properties", {})
        others = schema.get("additionalProperties", True)
        if not properties:
            value = self.build(others, f"{pattern}/*", f"{name}{{}}")
            return cel.MapType(cel.STRING, value)
        fields = {key: self.build(part, f"{pattern}/{key}", f"{name}.{key}") for key, part in properties.items()}
        return cel.ObjectType(name, fields, open=others is not False)

    def _values(self, values: list[object], pattern: str) -> cel.Type:
        texts = tuple(value for value in values if isinstance(value, str))
        if len(texts) == len(values):
            return cel.StringType(tag=self._tag(pattern), values=texts)
        return cel.DYN

    def _string(self, pattern: str) -> cel.Type:
        return cel.StringType(tag=self._tag(pattern))

    def _tag(self, pattern: str) -> tuple[bool, tuple[str, ...]] | None:
        """(is it written as Kind/name, the kinds it may name), for a field that is a reference."""
        rule = self.references.get(pattern)
        return (rule.qualified, rule.to) if rule is not None else None

    def _resolve(self, reference: str) -> Mapping[str, Any] | None:
        if not reference.startswith("#/"):
            return None
        found: Any = self.root
        for step in reference[2:].split("/"):
            found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, Mapping) else None
        return found if isinstance(found, Mapping) else None
