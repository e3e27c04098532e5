"""A change request from what a head does: items, class, people and services, as the gate will look at them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl.comparing import ABSENT
from itsmctl.desk import new, ruling
from itsmctl.desk.ordering import ordered
from itsmctl.desk.ruling import BEGUN
from itsmctl.drawing import prose
from itsmctl.errors import Misuse
from itsmctl.gate import calendar, lint, plan, services, standard, subject
from itsmctl.kinds import Due
from itsmctl.kinds.words import dotted
from itsmctl.nearest import did_you_mean
from itsmctl.records import CHANGE, Record, value_at

if TYPE_CHECKING:
    from itsmctl.gate.model import Proposal, Touched
    from itsmctl.kinds import Kind
    from itsmctl.roster import Roster

_WIDTH = 100  # columns of a comment
_LONGEST = 200  # characters of a title
_MANAGER = "change-manager"  # the role that `init` makes for whoever looks after changes
_MOST_MODELS = 5  # of which it is said why they do not fit
_VERBS = {"add": "Add", "remove": "Remove", "change": "Change"}


class Wish(Struct, frozen=True):
    """What is asked for. `values`: JSON pointer → value. `email`: of whoever runs the tool, as git has it."""

    name: str
    path: str
    model: str | None
    values: Mapping[str, Any]
    email: str


class Draft(Struct, frozen=True):
    """A change that is not written yet. `due`: what it still lacks, by the state that asks for it.

    `asked`: what rules want beside that: (id of the rule, what to write, lines of an example).
    """

    data: Mapping[str, Any]
    due: Due
    asked: tuple[tuple[str, str, tuple[str, ...]], ...]
    notes: tuple[str, ...]

    def content(self, kind: Kind) -> bytes:
        """The record as YAML, with what still falls due as comments at its end."""
        lines = [*_skeleton(self.due, kind), *_asked_in_words(self.asked)]
        return new.content(self.data) + "".join(f"{line}\n" for line in lines).encode()


def draft(held: Proposal, touched: Sequence[Touched], roster: Roster, wish: Wish) -> Draft:
    """The change that covers these edits: standard where a model proves them, else what `wish` says, else normal.

    Raises Misuse where the model that is asked for does not prove them, or what cannot be known has to be given.
    """
    kind = held.rulebook.kinds[CHANGE]
    people = _people(held, touched, roster, wish.email)
    spec: dict[str, Any] = {"state": "draft", "class": "normal", "items": [_item(one) for one in touched]}
    spec |= {"requester": people[0], "implementers": list(people)} if people else {}
    spec["requested_on"] = roster.day
    data: dict[str, Any] = {
        "apiVersion": "itsm/v1",
        "kind": CHANGE,
        "metadata": {"name": wish.name, "title": _title(touched)[:_LONGEST]},
        "spec": spec,
    }
    reached = services.reached(held, [data], touched).services
    today = (held.merged.get(f"Service/{name}") for name in reached)  # by the names that the head gives them
    if names := {one.name for one in today if one is not None}:
        spec["impact"] = {"services": sorted(names)}
    for pointer, value in wish.values.items():
        new.put(data, pointer, value)
    found, notes = _classified(held, touched, wish, data)
    notes += [lint.said_of_new(ref, items) for ref, items in lint.too_new(held)]
    owner = _owner(held, roster, found)
    if owner and value_at(data, "/metadata/owner") is None:
        data["metadata"]["owner"] = owner
    faults = kind.explain(data)
    if faults:
        raise Misuse("\n".join(f"{f.pointer}: {f.message}. {f.hint}" for f in faults), "Nothing was written.")
    asked = tuple(_asked(held, _record(held, wish, data))) if found is None else ()
    return Draft(ordered(kind, data), tuple(_due(kind, data)), asked, tuple(notes))


def _asked(held: Proposal, draft_: Record) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """What policies would find in it if it were carried out as it is: that has to be written before the votes."""
    yield from ruling.as_begun(held.rulebook, held.merged, held.base, draft_, held.now)


def _asked_in_words(asked: Iterable[tuple[str, str, tuple[str, ...]]]) -> Iterator[str]:
    """Comments that say what rules ask for, with the example of each."""
    for place, (rule, said, example) in enumerate(asked):
        yield from () if place else ("#", "# Asked for by rules, before it is voted on:")
        yield from (f"#   {line}" for line in prose(f"{rule}: {said}", _WIDTH - 4))
        yield from (f"#     {line}" for line in example)


def _classified(
    held: Proposal, touched: Sequence[Touched], wish: Wish, data: dict[str, Any]
) -> tuple[Record | None, list[str]]:
    """Makes it a standard change where a model proves it: (the model, what people should know)."""
    if wish.model is None and value_at(data, "/spec/class") != "normal":
        return None, []
    notes: list[str] = []
    for model in _models(held, wish.model):
        tried = _as_standard(data, model)
        proof = standard.prove(held, _record(held, wish, tried), touched)
        if not proof.allowed:
            outside = "; ".join(one.says for one in proof.walk() if one.code and not one.because)
            notes += [f"model {model.name} does not allow this: {outside}"] if len(notes) < _MOST_MODELS else []
            if wish.model is not None:
                hint = "Without --model it becomes a normal change, which is voted on. Nothing was written."
                raise Misuse(f"model {model.name} does not allow this: {outside}", hint)
            continue
        lacks = _lacks(tried, str(proof.details.get("window")))
        if lacks and wish.model is not None:
            raise Misuse(f"a standard change of model {model.name} needs {lacks[0]}", f"Add {lacks[1]}")
        if lacks:
            notes.append(f"model {model.name} allows all of it, given {lacks[0]}: add --model {model.name} {lacks[1]}")
            continue
        data.update(tried)
        return model, [f"standard: inside model {model.name}, so that no vote is needed"]
    return None, notes


def _models(held: Proposal, name: str | None) -> Iterable[Record]:
    """The model that is asked for, or all at the base."""
    all_ = held.base.by_kind.get(standard.MODEL, ())
    if name is None:
        return [one for one in all_ if one.sound and one.state == "approved"]
    model = held.base.get(f"{standard.MODEL}/{name}")
    if model is None:
        guess = did_you_mean(name, [one.name for one in all_])
        message = f"there is no change model {name} at the base" + (f": {guess}" if guess else "")
        raise Misuse(message, "A model counts one merge after it lands.")
    return [model]


def _as_standard(data: Mapping[str, Any], model: Record) -> dict[str, Any]:
    """The same change as one that follows the model, and is being carried out."""
    says = str(value_at(model.data, "/metadata/title") or model.name).rstrip(".")
    spec = {"reason": f"{says}, as change model {model.name} allows it.", **data["spec"]}
    spec |= {"class": "standard", "model": model.name}
    spec["items"] = [{key: value for key, value in one.items() if key != "set"} for one in spec["items"]]
    spec["state"] = BEGUN if spec["state"] == "draft" else spec["state"]
    return {**data, "spec": spec}


def _lacks(data: Mapping[str, Any], window: str) -> tuple[str, str] | None:
    """What has to be given so that the gate can allow it: (in words, the option)."""
    if not value_at(data, "/spec/requester"):
        return "a requester, and nobody at the base has the e-mail addresses that git gives", "--set requester=NAME"
    if window != "free" and not isinstance(calendar.span(data), calendar.Window):
        return "a window", "--set schedule.start=TIME --set schedule.end=TIME"
    return None


def _record(held: Proposal, wish: Wish, data: Mapping[str, Any]) -> Record:
    return Record(CHANGE, wish.name, wish.path, "", data, (), held.rulebook.kinds[CHANGE].conforms(data))


def _people(held: Proposal, touched: Sequence[Touched], roster: Roster, email: str) -> tuple[str, ...]:
    """Persons at the base: whoever runs the tool, then the authors of what is edited."""
    paths = {one.path for one in touched} | {one.before.path for one in touched if one.before is not None}
    emails = [email]
    for commit in held.commits:
        if commit.paths & paths:
            emails += [hand.email for hand in commit.hands if hand.role == "author"]
    found = (roster.email(one) for one in emails if one)
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _item(one: Touched) -> dict[str, Any]:
    """What is done to one record or file, with the versions where they move, else with the fields that do."""
    item: dict[str, Any] = {"item": one.ref, "action": one.action}
    old, new_ = (value_at(held.data, "/spec/version") if held else None for held in (one.before, one.after))
    if old != new_:
        item |= {key: value for key, value in (("from", old), ("to", new_)) if isinstance(value, str)}
    if "to" not in item and one.action == "change" and one.before is not None and one.after is not None:
        edits = {at: None if new_ is ABSENT else new_ for at, _, new_ in subject.moves(one.before.data, one.after.data)}
        if _leads_there(one.before, edits, one.after):
            item["set"] = edits
    return item


def _leads_there(before: Record, edits: Mapping[str, Any], after: Record) -> bool:
    """Does the plan come to exactly what the head has?"""
    try:
        return bool(edits) and subject.same_content(plan.applied(before.data, edits, "")[0], after.data)
    except plan.Unplannable:
        return False


def _title(touched: Sequence[Touched]) -> str:
    verbs = {one.action for one in touched}
    verb = _VERBS[verbs.pop()] if len(verbs) == 1 else "Change"
    names = [one.line.name for one in touched]
    if len(touched) == 1:
        item = _item(touched[0])
        versions = f" {item['from']} → {item['to']}" if {"from", "to"} <= item.keys() else ""
        return f"{verb} {names[0]}{versions}"
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{verb} {', '.join(names[:3])}{more}"


def _owner(held: Proposal, roster: Roster, model: Record | None) -> str:
    """Who answers for it: the model's owner, else the change manager, else the owner that settings fall back on."""
    owner = value_at(model.data, "/metadata/owner") if model is not None else None
    if isinstance(owner, str) and owner:
        return owner
    fallback = str(held.rulebook.settings.data.get("owner_fallback") or "")
    return next((f"Role/{name}" for name in (_MANAGER, fallback) if name and roster.has_role(name)), "")


def _due(kind: Kind, data: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What it lacks for each state up to the work itself."""
    held = kind.lifecycle
    seen: set[tuple[str, ...]] = set()
    for state in held.states if held is not None else ():
        for since, pointers in held.missing({**data, "spec": {**data["spec"], "state": state}}) if held else ():
            if pointers not in seen:
                seen.add(pointers)
                yield since, pointers
        if state == BEGUN:
            return


def _skeleton(due: Due, kind: Kind) -> Iterator[str]:
    """Comments that say what to write, and when it is due, with an example of each."""
    last = ""
    for since, pointers in due:
        if since != last:
            yield from ("#", f"# Due once it is {since}:")
        last = since
        for pointer in pointers:
            info = kind.field(pointer)
            or_else = "" if pointer == pointers[0] else "or "
            about = f"{or_else}{dotted(pointer)}: {info.description if info else ''}"
            yield from (f"#   {line}" for line in prose(about, _WIDTH - 4))
            yield from (f"#     {line}" for line in kind.example_lines(pointer))
