"""One record as people want to see it: where it stands, what it says, both sides of its references, what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl import yamltext
from itsmctl.drawing import count, prose, quoted, rows, titled
from itsmctl.marked import shown
from itsmctl.records import Record, value_at
from itsmctl.yamltext import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from itsmctl.kinds import Kind
    from itsmctl.snapshot import Snapshot


class Neighbour(Struct, frozen=True):
    """The other end of a reference. `pointer` is where the reference is written, on whichever side it is."""

    ref: str
    pointer: str
    record: Record | None  # None: there is no such record, or it cannot be read

    @property
    def said(self) -> str:
        """Title and state of the other record."""
        return named(self.record) if self.record is not None else "not there"


class Step(Struct, frozen=True):
    """A state that may come next, and which of the fields that are due there are not written yet."""

    state: str
    lacks: tuple[str, ...]  # `spec.backout or spec.remedy`


class Portrait(Struct, frozen=True):
    """All that `show` tells of a record. `lineage`: the class of an item, then what that extends, outwards."""

    record: Record
    kind: Kind
    owner: Neighbour | None
    lineage: tuple[str, ...]
    steps: tuple[Step, ...]
    refers_to: tuple[Neighbour, ...]
    referred_to_by: tuple[Neighbour, ...]
    written: str  # the file from `spec` on, or all of it
    shown: Mapping[str, Any]  # what the record says, but for secrets


def of(record: Record, head: Snapshot) -> Portrait:
    """The portrait of a record among the others."""
    kind = head.law.kinds[record.kind]
    shown_ = shown(head.marks, record.kind, record.data)  # comments beside a secret go with it
    out = tuple(_target(pointer, target, head) for pointer, target in record.references)
    names = (record.ref, *former_names(head).get(record.ref, ()))
    inn = [Neighbour(other.ref, at, other) for name in names for other, at in head.referrers.get(name, ())]
    owner = next((one for one in out if one.pointer == "/metadata/owner"), None)
    return Portrait(
        record,
        kind,
        owner,
        _lineage(record, head),
        tuple(_steps(record, kind)),
        tuple(one for one in out if one is not owner),
        tuple(sorted(inn, key=lambda one: (one.ref, one.pointer))),
        _written(record, head) if shown_ is record.data else yamltext.dump({"spec": shown_["spec"]}).decode(),
        shown_,
    )


def named(record: Record) -> str:
    """`title (state)`."""
    return f"{record.title} ({record.state})" if record.state else record.title


def former_names(head: Snapshot) -> dict[str, list[str]]:
    """`Kind/name` → the names that it had before: references may still use them."""
    found: dict[str, list[str]] = {}
    for former, now in head.formerly.items():
        found.setdefault(now, []).append(former)
    return found


def text(portrait: Portrait, width: int) -> str:
    """The portrait as lines of at most `width` columns, but for what is shown as it is written."""
    record = portrait.record
    lines = titled(record.ref, record.title, width)
    owner = portrait.owner
    labels = record.data.get("metadata", {}).get("labels", {}) if record.sound else {}
    lines += rows(
        [
            ("kind", record.kind),
            ("state", record.state),
            ("next", _onward(portrait)),
            ("class", " > ".join(portrait.lineage)),
            ("owner", f"{owner.ref}, {owner.said}" if owner else ""),
            ("labels", ", ".join(f"{key}={value}" for key, value in labels.items())),
            ("file", record.path),
            ("form", "" if record.sound else f"breaks its schema: itsmctl validate {record.path} says where"),
        ],
        width,
    )
    lines += ["", *quoted(portrait.written)]
    lines += ["", f"refers to: {count(len(portrait.refers_to), 'reference')}"]
    lines += _neighbours(portrait.refers_to, width)
    lines += ["", f"referred to by: {count(len(portrait.referred_to_by), 'reference')}"]
    lines += _neighbours(portrait.referred_to_by, width)
    return "\n".join(lines) + "\n"


def data(portrait: Portrait) -> dict[str, Any]:
    """The portrait for programs."""
    record = portrait.record
    return {
        "ref": record.ref,
        "kind": record.kind,
        "name": record.name,
        "title": record.title,
        "state": record.state or None,
        "owner": portrait.owner.ref if portrait.owner else None,
        "path": record.path,
        "conforms": record.sound,
        "class": list(portrait.lineage),
        "next": [{"state": step.state, "lacks": list(step.lacks)} for step in portrait.steps],
        "refers_to": [_plain(one) for one in portrait.refers_to],
        "referred_to_by": [_plain(one) for one in portrait.referred_to_by],
        "record": portrait.shown,
    }


def _neighbours(ends: Sequence[Neighbour], width: int) -> list[str]:
    """Each record once, with the places that name it below."""
    pointers: dict[str, list[str]] = {}
    for one in ends:
        pointers.setdefault(one.ref, []).append(one.pointer)
    said = {one.ref: one.said for one in ends}
    lines: list[str] = []
    for ref, places in pointers.items():
        lines += titled(ref, said[ref], width, indent=2)
        lines += prose(", ".join(places), width, indent=4)
    return lines


def _plain(one: Neighbour) -> dict[str, Any]:
    other = one.record
    return {
        "ref": one.ref,
        "pointer": one.pointer,
        "title": other.title if other else None,
        "state": (other.state or None) if other else None,
        "found": other is not None,
    }


def _target(pointer: str, target: str, head: Snapshot) -> Neighbour:
    found = head.get(target)
    return Neighbour(found.ref if found else target, pointer, found)


def _onward(portrait: Portrait) -> str:
    """`approved (lacks spec.schedule), rejected`; a terminal state says so."""
    if portrait.kind.lifecycle is None or not portrait.record.state:
        return ""
    if not portrait.steps:
        terminal = portrait.record.state in portrait.kind.lifecycle.terminal
        return "nothing: the state is terminal" if terminal else ""
    return ", ".join(
        step.state + (f" (lacks {', '.join(step.lacks)})" if step.lacks else "") for step in portrait.steps
    )


def _steps(record: Record, kind: Kind) -> Iterable[Step]:
    """Each next state of the life cycle, judged as if the record were in it already."""
    lifecycle = kind.lifecycle
    if lifecycle is None:
        return
    for state in lifecycle.steps(record.data).get(record.state, ()):
        lacks = tuple(
            " or ".join(pointer[1:].replace("/", ".") for pointer in alternatives)
            for _, alternatives in lifecycle.missing(_with(record.data, lifecycle.field, state))
        )
        yield Step(state, lacks)


def _with(data: Mapping[str, Any], pointer: str, value: str) -> dict[str, Any]:
    """`data` with another value at a pointer that leads through mappings; nothing of it is changed."""
    head, _, rest = pointer[1:].partition("/")
    return {**data, head: _with(data[head], f"/{rest}", value) if rest else value}


def _lineage(record: Record, head: Snapshot) -> tuple[str, ...]:
    """The class of an item (or the class itself) and what it extends, nearest first."""
    if record.kind not in ("ConfigurationItem", "CIType"):
        return ()
    names: list[str] = []
    name = value_at(record.data, "/spec/type") if record.kind == "ConfigurationItem" else record.name
    while isinstance(name, str) and name not in names:
        names.append(name)
        item_class = head.records.get(f"CIType/{name}")
        name = value_at(item_class.data, "/spec/extends") if item_class is not None else None
    return tuple(names)


def _written(record: Record, head: Snapshot) -> str:
    """The file from the line of `spec` to its end; all of it where `spec` does not begin a line or is not the last."""
    content = (head.source.content(record.path) or b"")[:MAX_BYTES]
    whole = content.decode("utf-8", "replace").replace("\r\n", "\n")
    keys = list(record.data)
    if not keys or keys[-1] != "spec":
        return whole
    place = head.places.at(record.path, "/spec", key=True)
    return "\n".join(whole.split("\n")[place.line - 1 :]) if place.column == 1 else whole
