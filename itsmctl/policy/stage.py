"""The tiny world of one example of a policy: its records, checked, in memory. Reads no files, no clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl import functions
from itsmctl.case import Case
from itsmctl.policy.rule import World
from itsmctl.records import Law, Places, Record, references_of
from itsmctl.settings import View, mistakes
from itsmctl.snapshot import Snapshot

if TYPE_CHECKING:
    from itsmctl.policy.model import Example
    from itsmctl.policy.rule import Policy
    from itsmctl.sources import Irregular, SourceFile

AS_OF = "2026-01-01T00:00:00Z"
"""The time of the judgement where an example gives none."""

_OWNER = "Role/example-owner"
_NAME = "example"


class Trouble(Struct, frozen=True):
    """Why an example does not hold. `pointer` leads into the policy file; with `key` the place is the key."""

    pointer: str
    message: str
    hint: str = ""
    key: bool = False


class Stage(Struct, frozen=True):
    """An example set up: the record that is judged, and the world around it."""

    record: Record
    world: World


def set_up(policy: Policy, position: int, law: Law) -> Stage | tuple[Trouble, ...]:
    """The stage of the example at `position`, or all that is wrong with what it holds."""
    example: Example = policy.examples[position]
    top = f"/spec/examples/{position}"
    troubles = tuple(_mistaken(example.settings, top)) if example.settings is not None else ()
    if troubles:
        return troubles
    cast = _Cast(Law(law.kinds, View(_whole(example.settings or {}))))  # alike in every repository
    as_of = _moment(example.as_of or AS_OF)
    if as_of is None:
        cast.troubles.append(Trouble(f"{top}/as_of", f"{example.as_of!r} is no time", f"Write it like {AS_OF}."))
    record = cast.enter(_complete(example.record, policy.kinds, law, None), f"{top}/record")
    for index, other in enumerate(example.world):
        cast.enter(_complete(other, (), law, None), f"{top}/world/{index}")
    before = None
    if example.before is not None and record is not None:
        before = cast.check(_complete(example.before, (record.kind,), law, record.data), f"{top}/before")
    if record is not None and record.kind not in policy.kinds:
        kinds = " or ".join(policy.kinds)
        cast.troubles.append(Trouble(f"{top}/record/kind", f"the rule looks at {kinds}, not at {record.kind}"))
    if record is None or as_of is None or cast.troubles:
        return tuple(cast.troubles)
    case = cast.case(as_of, policy.needs_base or before is not None, record, before)
    return Stage(record, World(case, functions.bind(case)))


def _whole(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of an example with what they may leave out."""
    return {"apiVersion": "itsm/v1", "kind": "Settings", "repository": "example", **settings}


def _mistaken(settings: Mapping[str, Any], top: str) -> Iterator[Trouble]:
    for one in mistakes(_whole(settings)):
        yield Trouble(f"{top}/settings{one.pointer}", f"the settings are wrong: {one.message}", key=one.key)


class _Cast:
    """The records of one example, as they are entered, and what is wrong with any of them."""

    def __init__(self, law: Law) -> None:
        self.law = law
        self.records: dict[str, Record] = {}
        self.troubles: list[Trouble] = []

    def enter(self, data: dict[str, Any], pointer: str) -> Record | None:
        """Take a record into the world; a second one of the same name is trouble."""
        record = self.check(data, pointer)
        if record is not None and self.records.setdefault(record.ref, record) is not record:
            self.troubles.append(Trouble(pointer, f"{record.ref} is in this example twice"))
        return record

    def check(self, data: dict[str, Any], pointer: str) -> Record | None:
        """The record in `data`, or None where its kind is not known; every fault is noted."""
        kind = self.law.kinds.get(str(data.get("kind", "")))
        if kind is None:
            known = data.get("kind")
            message = f"there is no kind {known}" if known else "the record does not say its kind"
            self.troubles.append(Trouble(f"{pointer}/kind", message, "itsmctl schema list prints the kinds."))
            return None
        sound = kind.conforms(data)
        if not sound:
            self.troubles.extend(
                Trouble(
                    pointer + fault.pointer, f"the record breaks its schema: {fault.message}", fault.hint, fault.key
                )
                for fault in kind.explain(data)
            )
        name = data["metadata"].get("name") if isinstance(data["metadata"], dict) else _NAME
        home = self.law.home(kind.plural, str(name))
        return Record(kind.name, str(name), home, "", data, references_of(kind, data), sound)

    def case(self, as_of: datetime, with_base: bool, record: Record, before: Record | None) -> Case:
        """The case of the example: where there is a base, the rest of the world stood in it as it does now."""
        base = None
        if with_base:
            held = {ref: one for ref, one in self.records.items() if one is not record}
            base = self._snapshot(held | ({before.ref: before} if before is not None else {}))
        return Case(self._snapshot(self.records), as_of, base)

    def _snapshot(self, held: Mapping[str, Record]) -> Snapshot:
        source = _Nowhere()
        ordered = {ref: held[ref] for ref in sorted(held)}
        paths = tuple(record.path for record in ordered.values())
        return Snapshot(source, self.law, ordered, {}, (), paths, frozenset(), Places(source))


class _Nowhere:
    """A source without files: the records of an example stand in no folder."""

    label = "example"
    whole_history = True

    def names(self) -> frozenset[str]:
        """None."""
        return frozenset()

    def files(self, under: str) -> Iterator[SourceFile | Irregular]:
        """None."""
        del under
        return iter(())

    def ignored(self, top: str) -> tuple[str, ...]:
        """None."""
        del top
        return ()

    def content(self, path: str) -> bytes | None:
        """None."""
        del path
        return None

    def holds(self, path: str) -> bool:
        """False."""
        del path
        return False

    def once_held(self, path: str) -> bool:
        """False."""
        del path
        return False


def _complete(
    written: Mapping[str, Any], kinds: tuple[str, ...], law: Law, later: Mapping[str, Any] | None
) -> dict[str, Any]:
    """An example's record with what it may leave out: version, a kind that is clear, and metadata.

    `later` is the same record at the head: what is left out of `before` did not differ.
    """
    data: dict[str, Any] = {"apiVersion": "itsm/v1", **written}
    if len(kinds) == 1:
        data.setdefault("kind", kinds[0])
    metadata = written.get("metadata", {})
    if not isinstance(metadata, Mapping):
        return data
    kind = law.kinds.get(str(data.get("kind", "")))
    spare = later["metadata"] if later is not None else _spare_metadata(kind.schema if kind is not None else {})
    data["metadata"] = {**spare, **metadata}
    return data


def _spare_metadata(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A name of the form that the kind wants, a title and an owner."""
    shown: Mapping[str, Any] = next((one.get("metadata", {}) for one in schema.get("examples", ())), {})
    return {"name": shown.get("name", _NAME), "title": "Example", "owner": shown.get("owner", _OWNER)}


def _moment(text: str) -> datetime | None:
    """RFC 3339, or a date that stands for its first second in UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None:
        return found.replace(tzinfo=UTC) if len(text) == len("2026-01-01") else None
    return found.astimezone(UTC)
