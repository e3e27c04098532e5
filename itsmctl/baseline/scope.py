"""Which records a baseline holds, and the references inside of it and out of it. Pure: a snapshot in, names out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl.errors import CannotJudge, Misuse
from itsmctl.nearest import did_you_mean
from itsmctl.records import Record, value_at
from itsmctl.votes import FILE

if TYPE_CHECKING:
    from itsmctl.baseline.fields import Kind
    from itsmctl.snapshot import Snapshot

RELEASE = "Release"


class Extent(Struct, frozen=True):
    """`asked` as written, `rule` and `roots` as fields.Scope has them, `refs`: Kind/name of every item, sorted."""

    asked: tuple[str, ...]
    rule: str
    roots: tuple[str, ...]
    refs: tuple[str, ...]


def extent(asked: Sequence[str], of: Kind, release: str | None, head: Snapshot) -> Extent:
    """What the words come to. Without any: all Services for a service baseline, the items and services of the release
    for that of a release, and every controlled record otherwise.

    Raises Misuse for a word that names nothing, CannotJudge where nothing is left to be frozen.
    """
    words = tuple(dict.fromkeys(asked))
    if words:
        roots = [ref for word in words for ref in _named(word, head)]
    elif release is not None and of == "release":
        roots = list(_of_release(release, head))
    elif of == "service":
        roots = [record.ref for record in head.by_kind.get("Service", ())]
    else:
        refs = sorted(ref for ref, record in head.records.items() if head.law.kinds[record.kind].controlled)
        return _some(Extent((), "controlled", (), tuple(refs)))
    return _some(Extent(words, "depends-on", tuple(sorted(set(roots))), tuple(sorted(_closure(roots, head)))))


def _some(found: Extent) -> Extent:
    if not found.refs:
        what = " ".join(found.asked) or "what was asked for"
        raise CannotJudge(f"{what} holds no record, so there is nothing to freeze", "Name records: --scope Kind/name")
    return found


def _named(word: str, head: Snapshot) -> Iterator[str]:
    """Every record that a word of --scope names."""
    kind = head.law.kinds.get(word)
    if kind is not None:
        held = head.by_kind.get(word, ())
        if not held:
            raise Misuse(f"--scope {word}: there is no record of that kind", "Name another kind, or Kind/name.")
        yield from (record.ref for record in held)
        return
    record = head.get(word)
    if record is None:
        guess = did_you_mean(word, head.records if "/" in word else head.law.kinds)
        raise Misuse(
            f"--scope {word}: no record and no kind is called that at the {head.label}"
            + (f": {guess}" if guess else ""),
            "Write Kind/name, such as Service/loans, or a Kind for all of its records.",
        )
    yield record.ref


def _of_release(name: str, head: Snapshot) -> Iterator[str]:
    """What a release touches, as far as it is there: what it adds is not there before it."""
    record = release_record(name, head)
    spec = record.data["spec"] if record.sound else {}
    for item in spec.get("items", ()):
        if item["item"].partition("/")[0] != FILE and (found := head.get(item["item"])) is not None:
            yield found.ref
    for service in spec.get("services", ()):
        if (found := head.get(f"Service/{service}")) is not None:
            yield found.ref


def release_record(name: str, head: Snapshot) -> Record:
    """The Release of that name. Raises Misuse where there is none."""
    record = head.get(f"{RELEASE}/{name}")
    if record is None:
        guess = did_you_mean(name, [one.name for one in head.by_kind.get(RELEASE, ())])
        says = f"--release {name}: there is no such Release at the {head.label}" + (f": {guess}" if guess else "")
        raise Misuse(says, "itsmctl list Release shows them.")
    return record


def _closure(roots: Iterable[str], head: Snapshot) -> set[str]:
    """The roots and all that they depend on, through whatever is in force; owners are behind the boundary.

    What happens to be a register (an incident, a change) is held only where it is asked for by name.
    """
    found = set(roots)
    pending = sorted(found)
    while pending:
        record = head.records[pending.pop()]
        kind = head.law.kinds[record.kind]
        for pointer, written in record.references:
            target = head.get(written)
            if target is None or target.ref in found or not kind.leans_at(pointer) or _is_about(pointer):
                continue
            if head.law.kinds[target.kind].controlled:
                found.add(target.ref)
                pending.append(target.ref)
    return found


def _is_about(pointer: str) -> bool:
    """Who owns a record is no part of it: behind owners is the whole house."""
    return pointer.startswith("/metadata/")


def edges(refs: Sequence[str], head: Snapshot) -> Iterator[tuple[str, str, str, str]]:
    """(Kind/name that refers, field, type, Kind/name referred to) of each reference of the items, once, sorted."""
    for ref in refs:
        record = head.records[ref]
        found = set()
        for pointer, written in record.references:
            target = head.get(written)
            found.add((_starred(pointer), _type(record.data, pointer), target.ref if target is not None else written))
        yield from ((ref, *one) for one in sorted(found))


@lru_cache(10_000)  # of thousands of references there are a few dozen
def _starred(pointer: str) -> str:
    """Where in a list something stands says nothing."""
    return "/".join("*" if step.isdigit() else step for step in pointer.split("/"))


def _type(data: Mapping[str, Any], pointer: str) -> str:
    """The type of a relation stands beside its target."""
    beside = value_at(data, pointer.rpartition("/")[0]) if "/" in pointer.strip("/") else None
    return str(beside.get("type", "")) if isinstance(beside, dict) and "target" in beside else ""
