"""Schema files → Kinds. A schema that cannot be used stops the run, named with its place and what to do."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Protocol

from itsmctl.errors import CannotJudge
from itsmctl.kinds import fields, schema
from itsmctl.kinds.annotation import references
from itsmctl.kinds.check import Checker, compiled
from itsmctl.kinds.kind import Kind, Kinds
from itsmctl.kinds.pointers import escaped, steps_of
from itsmctl.kinds.schema import BadSchema
from itsmctl.kinds.words import raised
from itsmctl.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SUFFIX = ".schema.json"
_ENVELOPE, _META = "envelope" + SUFFIX, "x-itsm.meta.json"
_MOST_BYTES = 1_048_576
_MOST_DIGITS = 400
_WORDS = ("any", "controlled", "File")


class SchemaFile(Protocol):
    """A file with a schema: its path for messages, and its bytes."""

    @property
    def path(self) -> str:
        """Where the file stands."""

    @property
    def content(self) -> bytes:
        """What it holds."""


def load(builtin: Sequence[SchemaFile], own: Sequence[SchemaFile] = ()) -> Kinds:
    """The kinds of `builtin` (with the envelope and the meta-schema among them), and the repository's `own`.

    Built-in schemas are taken on trust, since tests check them. Raises CannotJudge for an own one that is broken.
    """
    shipped = {file.path.rpartition("/")[2]: file for file in builtin}
    if _ENVELOPE not in shipped:
        raise CannotJudge(f"the shipped schema {_ENVELOPE} is not there", "Install itsmctl again.")
    envelope = _parse(shipped[_ENVELOPE])
    written: dict[str, tuple[str, bool, dict[str, Any]]] = {}
    for name, file in shipped.items():
        if name.endswith(SUFFIX) and name != _ENVELOPE:
            document = _parse(file)
            written[document["properties"]["kind"]["const"]] = (file.path, True, document)
    for file in own:
        document = _own(file, shipped, envelope)
        _add(document, file.path, written)
    kinds = _kinds(written, envelope)
    for kind in kinds.values():
        if not kind.builtin:
            _check_kind(kind, kinds)
    return kinds


def check_file(file: SchemaFile, builtin: Sequence[SchemaFile]) -> dict[str, Any]:
    """The schema in `file`, after every check that a single file can be put to. Raises CannotJudge."""
    shipped = {each.path.rpartition("/")[2]: each for each in builtin}
    return _own(file, shipped, _parse(shipped[_ENVELOPE]))


def compile_schema(written: Mapping[str, Any]) -> Checker:
    """A checker for a schema out of a record, such as the attributes of a CIType.

    Raises BadSchema with the place in the schema: that is for the record's author to mend.
    """
    schema.check(written, {})
    checker = Checker(written)
    checker.compile()
    return checker


def _kinds(written: Mapping[str, tuple[str, bool, dict[str, Any]]], envelope: Mapping[str, Any]) -> Kinds:
    names = sorted(written)
    controlled = [name for name in names if written[name][2]["x-itsm"]["controlled"]]
    shared = references(envelope.get("x-itsm", {}), names, controlled)
    made = {}
    for name, (path, builtin, document) in written.items():
        says = document["x-itsm"]
        rules = (*shared, *references(says, names, controlled))
        made[name] = Kind(
            name,
            says["plural"],
            says["process"],
            says["controlled"],
            says.get("governance", False),
            path,
            builtin,
            rules,
            document,
            envelope["$defs"],
        )
    return Kinds(made)


def _own(file: SchemaFile, shipped: Mapping[str, SchemaFile], envelope: Mapping[str, Any]) -> dict[str, Any]:
    """One schema of the repository, checked against both meta-schemas and against what this program reads."""
    if not file.path.endswith(SUFFIX):
        raise CannotJudge(
            f"{file.path} does not end in {SUFFIX}", f"Rename it, or move it out of {_folder(file.path)}."
        )
    document = _parse(file)
    if not isinstance(document, dict):
        raise _bad(file.path, "", "the schema of a kind is a JSON object", "Start from: itsmctl schema show Customer")
    if _META not in shipped:
        raise CannotJudge(f"the shipped schema {_META} is not there", "Install itsmctl again.")
    outer = Checker(_parse(shipped[_META]))
    for fault in outer.explain(document):
        raise _bad(file.path, fault.pointer, fault.message, fault.hint)
    try:
        schema.check(document, envelope["$defs"])
        compiled(schema.bundle(document, envelope["$defs"]))
    except BadSchema as error:
        raise _bad(file.path, error.pointer, error.message, error.hint) from None
    return document


def _add(document: dict[str, Any], path: str, written: dict[str, tuple[str, bool, dict[str, Any]]]) -> None:
    """Take an own kind in, unless it would change what another schema says."""
    name, plural = document["properties"]["kind"]["const"], document["x-itsm"]["plural"]
    for other_name, (other, builtin, there) in written.items():
        if other_name.casefold() == name.casefold():
            what = "built-in kind, which no repository redefines" if builtin else f"kind that {other} describes already"
            says = f"{other_name} is a {what}"
            raise _bad(path, "/properties/kind/const", says, "Give the kind another name.")
        if there["x-itsm"]["plural"] == plural:
            message = f"records/{plural}/ is the home of {other_name} already ({other})"
            raise _bad(path, "/x-itsm/plural", message, "Choose another plural.")
    written[name] = (path, False, document)


def _check_kind(kind: Kind, kinds: Kinds) -> None:
    """The annotation of an own kind agrees with its schema, and its examples are accepted."""
    says = kind.written["x-itsm"]
    for pattern, value in says.get("references", {}).items():
        at = f"/x-itsm/references/{escaped(pattern)}"
        _check_place(kind, pattern, at)
        for word in value["to"] if isinstance(value, dict) else value:
            if word not in kinds and word not in _WORDS:
                guess = did_you_mean(word, [*kinds, *_WORDS])
                raise _bad(kind.path, at, f"there is no kind {word}", raised(guess))
    for index, pattern in enumerate(says.get("acyclic", ())):
        if pattern not in says.get("references", {}):
            message = f"{pattern} is not among the references"
            raise _bad(kind.path, f"/x-itsm/acyclic/{index}", message, "Add it to references first.")
    for index, pointer in enumerate(says.get("unbound", ())):
        _check_place(kind, pointer, f"/x-itsm/unbound/{index}")
    _check_states(kind)
    for index, example in enumerate(kind.written["examples"]):
        for fault in kind.explain(example):
            raise _bad(
                kind.path, f"/examples/{index}{fault.pointer}", f"the example is refused: {fault.message}", fault.hint
            )


def _check_states(kind: Kind) -> None:
    says = kind.written["x-itsm"]
    if "lifecycle" not in says:
        return
    where = says["lifecycle"]["field"]
    states = next((part["enum"] for part in fields.find(kind.schema, where) if "enum" in part), None)
    if states is None:
        message = f"{where} has no enum of its states"
        raise _bad(kind.path, "/x-itsm/lifecycle/field", message, "List the states as enum of that field.")
    tables = [("", says), *((f"/variants/{i}", variant) for i, variant in enumerate(says.get("variants", ())))]
    named = {(state, "/lifecycle/initial") for state in says["lifecycle"]["initial"]}
    for at, table in tables:
        steps = table.get("lifecycle", table).get("transitions", {})
        place = f"{at}/lifecycle/transitions" if table is says else f"{at}/transitions"
        named |= {(state, place) for state, onward in steps.items() for state in (state, *onward)}
        for state, alternatives in table.get("due", {}).items():
            named.add((state, f"{at}/due"))
            for pointer in (pointer for each in alternatives for pointer in each.split("|")):
                _check_place(kind, pointer, f"/x-itsm{at}/due/{state}")
        for pointer in table.get("when", {}):
            _check_place(kind, pointer, f"/x-itsm{at}/when")
    for state, place in sorted(named):
        if state not in states:
            guess = did_you_mean(state, states)
            message = f"{state} is none of the states that {where} lists"
            raise _bad(kind.path, f"/x-itsm{place}", message, raised(guess))
    life = kind.lifecycle
    lost = [s for s in states if life is not None and s not in life.states]
    if lost:
        message = f"no step leads to the state {lost[0]}"
        raise _bad(kind.path, "/x-itsm/lifecycle/transitions", message, "Add a step to it, or take it out of the enum.")


def _check_place(kind: Kind, pattern: str, at: str) -> None:
    if not fields.find(kind.schema, pattern):
        steps = steps_of(pattern)
        depth = next(d for d in range(1, len(steps) + 1) if not fields.find(kind.schema, "/" + "/".join(steps[:d])))
        known = fields.keys(fields.find(kind.schema, "".join(f"/{step}" for step in steps[: depth - 1])))
        guess = did_you_mean(steps[depth - 1], known)
        message = f"{pattern} names no field: there is no {steps[depth - 1]}"
        raise _bad(kind.path, at, message, raised(guess))


def _parse(file: SchemaFile) -> Any:
    """The JSON in a file; a key that is written twice is refused, since only one of the two would count."""
    if len(file.content) > _MOST_BYTES:
        raise CannotJudge(f"{file.path} is larger than a schema may be (1 MiB)", "Split the kind, or shorten it.")
    try:
        text = file.content.decode("utf-8")
        found = json.loads(text, object_pairs_hook=_once, parse_int=_whole, parse_constant=_no_number)
        if "\\u" in text:
            json.dumps(found, ensure_ascii=False).encode()
        return found
    except json.JSONDecodeError as error:
        place = f"{file.path}:{error.lineno}:{error.colno}"
        raise CannotJudge(f"{place} is no JSON: {error.msg}", "Correct the file; an editor shows the place.") from None
    except UnicodeDecodeError:
        raise CannotJudge(f"{file.path} is not UTF-8 text", "Save the file as UTF-8.") from None
    except UnicodeEncodeError as error:
        half = f"\\u{ord(error.object[error.start]):04x}"
        raise CannotJudge(f"{file.path}: {half} alone is no character", "Write the character itself.") from None
    except RecursionError:
        raise CannotJudge(f"{file.path} is nested too deep", "Use $defs to flatten the schema.") from None
    except ValueError as error:
        raise CannotJudge(f"{file.path}: {error}", "Correct the file.") from None


def _whole(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"{digits[:20]}… is a number of {len(digits)} digits (at most {_MOST_DIGITS})")
    return int(digits)


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number in JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counted = Counter(key for key, _ in pairs)
        twice = next(key for key in counted if counted[key] > 1)
        raise ValueError(f"the key {json.dumps(twice)} is written twice in one object")
    return found


def _folder(path: str) -> str:
    return (path.rpartition("/")[0] or ".") + "/"


def _bad(path: str, pointer: str, message: str, hint: str = "") -> CannotJudge:
    at = f"{path}#{pointer}" if pointer else path
    return CannotJudge(
        f"{at}: {message}", hint or "Correct the schema; itsmctl schema show Customer prints a good one."
    )
