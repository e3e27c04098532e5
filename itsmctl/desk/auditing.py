"""A ConfigurationAudit from what an audit found: what was compared and what came out. Invents no result. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl import yamltext
from itsmctl.baseline.audit import values
from itsmctl.baseline.audit.pages import unseen
from itsmctl.desk import new
from itsmctl.drawing import count
from itsmctl.errors import CannotJudge
from itsmctl.escape import cut, visible

if TYPE_CHECKING:
    from itsmctl.baseline.audit.verdicts import Checked, Outcome
    from itsmctl.kinds import Kind
    from itsmctl.snapshot import Snapshot

KIND = "ConfigurationAudit"

LARGEST = yamltext.MAX_BYTES
"""Bytes that a record may have, to be read again."""

_MANAGER = "Role/configuration-manager"
_LONGEST = 500  # columns of a value in the record
_LINE = 300  # characters that a line of a record may have


class Order(Struct, frozen=True):
    """What only people know of an audit. `on`: the day, as YYYY-MM-DD."""

    name: str
    auditors: tuple[str, ...]
    trigger: str
    on: str
    owner: str | None


def record(found: Outcome, order: Order, head: Snapshot, kind: Kind) -> dict[str, Any]:
    """The record, in the state performed: what was compared, what was found. The result is for its auditors to write.

    `head`: the records that it will stand among; what is not among them any more is told in words. Raises Misuse where
    a value does not fit the schema, CannotJudge where nothing was verified and nothing differs.
    """
    verified: list[str] = []
    gone: list[str] = []
    for one in found.checked:
        if one.standing == "verified":
            name = _name(one, head)
            (verified if name else gone).append(name or one.item.name)
    differing = [*_discrepancies(found, head)]
    if not verified and not differing:
        says = "no item was verified, and nothing differs, so that there is nothing to record"
        hint = "Run it without --write: items that stand there as PARTLY lack what the files do not show."
        raise CannotJudge(says, hint)
    data: dict[str, Any] = {
        "/metadata/title": _line(
            f"{found.expected.name} held against {', '.join(_file(one.path) for one in found.files)}"
        ),
        "/metadata/owner": order.owner or _owner(head),
        "/spec/state": "performed",
        "/spec/type": "physical",
        "/spec/trigger": order.trigger,
        "/spec/scope": _scope(found, gone),
        "/spec/types": sorted({one.item.type for one in found.checked if head.get(f"CIType/{one.item.type}")}),
        "/spec/criteria": _criteria(found),
        "/spec/baseline": found.expected.name,
        "/spec/inventory": _line(", ".join(f"{_place(one.path)} (sha256:{one.sha256})" for one in found.files)),
        "/spec/auditors": list(order.auditors),
        "/spec/planned_on": order.on,
        "/spec/on": order.on,
        "/spec/verified": verified,
        "/spec/discrepancies": differing,
    }
    return new.draft(kind, order.name, {pointer: value for pointer, value in data.items() if value != []}, None)


def content(data: Mapping[str, Any]) -> bytes:
    """The record as YAML. Raises CannotJudge where it is larger than a record may be."""
    written = new.content(data)
    if len(written) > LARGEST:
        number = len(data["spec"].get("discrepancies", ()))
        says = f"{count(number, 'discrepancy', 'discrepancies')} do not fit into one record"
        raise CannotJudge(says, "Nothing was written. Narrow covers: in the mapping, and record each part.")
    return written


def _owner(head: Snapshot) -> str:
    fallback = head.law.settings.data.get("owner_fallback")
    return _MANAGER if head.get(_MANAGER) or not fallback else f"Role/{fallback}"


def _name(one: Checked, head: Snapshot) -> str:
    """What the item is called today; empty where it is gone."""
    held = head.get(one.item.ref)
    return held.name if held is not None else ""


def _file(path: str) -> str:
    """The name of a file, without the folders of whoever runs the tool."""
    return path.replace("\\", "/").rpartition("/")[2]


def _place(path: str) -> str:
    """A path below the folder that it was asked in; of what lies elsewhere on a machine, the name alone."""
    parts = path.replace("\\", "/").split("/")
    return _file(path) if parts[0] in ("", "~") or ".." in parts or ":" in parts[0] else path


def _line(text: str) -> str:
    return cut(visible(text), _LINE).strip()


def _scope(found: Outcome, gone: list[str]) -> str:
    held = found.expected
    said = [f"{len(found.checked)} of the {len(held.frozen)} configuration items of {held.name}, root {held.root}."]
    if found.drawn is not None:
        said.append(f"Drawn by the root, {len(found.drawn)} of {found.population}: {', '.join(found.drawn)}.")
    partly = [f"{one.item.name} ({unseen(one)})" for one in found.checked if one.unseen and one.standing != "missing"]
    if partly:
        said.append(f"Seen, but not all that counts: {', '.join(partly)}.")
    if gone:
        said.append(f"Found as recorded, and no more among the records: {', '.join(gone)}.")
    return " ".join(said)


def _criteria(found: Outcome) -> str:
    pointers = dict.fromkeys(field.pointer for one in found.checked for field in one.fields)
    forms = {
        f"{one.pointer} ({', '.join(one.forms)})" for seen in found.files for one in seen.mapping.fields if one.forms
    }
    named = dict.fromkeys(pointer for seen in found.files for pointer in seen.mapping.criteria)
    said = [f"Compared: {', '.join(pointers) or 'whether it is there'}."]
    said += [f"Verified by: {', '.join(named) or 'the fields that each class controls, or else the version'}."]
    said += [f"Without regard to form: {', '.join(sorted(forms))}."] if forms else []
    return " ".join(said)


def _discrepancies(found: Outcome, head: Snapshot) -> Iterator[Mapping[str, str]]:
    for one in found.checked:
        name = _name(one, head)
        about = {"item": name} if name else {}
        where = "" if name else f"{one.item.name}: "
        for field in one.differing:
            sides = (values.shown(field.recorded, field.secret), values.shown(field.seen, field.secret))
            recorded, seen = (cut(visible(side), _LONGEST) for side in sides)
            yield {"what": "different", **about, "field": field.pointer, "expected": recorded, "observed": where + seen}
        if one.standing == "missing":
            yield {"what": "missing", **about, "observed": f"{where}It was not there."}
        elif one.standing == "unclear":
            said = one.says[:1].upper() + one.says[1:]
            yield {"what": "unexpected", **about, "observed": cut(visible(f"{where}{said}."), _LONGEST)}
    for stranger in found.unexpected:
        told = ", ".join(f"{pointer} {text}" for pointer, text in stranger.label) or "nothing by which to know it"
        said = f"{stranger.thing.path}, {stranger.thing.at}: {told}"
        yield {"what": "unexpected", "observed": cut(visible(said), _LONGEST)}
    for thing, items in found.doubtful:
        said = f"{thing.path}, {thing.at}: could be any of {', '.join(item.name for item in items[:10])}"
        yield {"what": "unexpected", "observed": cut(visible(said), _LONGEST)}
