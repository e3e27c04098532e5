"""What a head may do to persons and keys, and whose own entry it alters: such a person has no vote on it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from itsmctl.gate import lifecycle
from itsmctl.gate.services import today
from itsmctl.gate.verdict import About, Verdict, deny
from itsmctl.records import value_at
from itsmctl.roster import claimed

if TYPE_CHECKING:
    from itsmctl.gate.model import Proposal, Touched
    from itsmctl.records import Record


def altered(proposal: Proposal) -> Mapping[str, str]:
    """Name of a person → which entry of their own the head alters: their Person record, or themselves as a holder.

    A delegation is an entry of its delegate, who is let vote by it; whoever lets them says so with a vote, see consent.
    """
    found: dict[str, str] = {}
    for ref, touched in proposal.edits.items():
        if touched.line.kind == "Person":
            found[touched.line.name] = ref
        elif touched.line.kind == "Role":
            before, after = _holders(touched.before), _holders(touched.after)
            for person in sorted({*before, *after}):
                if before.get(person) != after.get(person):
                    found.setdefault(today(proposal.base, "Person", person), ref)
        elif touched.line.kind == "Delegation":
            for record in (touched.before, touched.after):
                delegate = value_at(record.data, "/spec/delegate") if record is not None else None
                if isinstance(delegate, str):
                    found.setdefault(today(proposal.base, "Person", delegate), ref)
    return found


def _holders(role: Record | None) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for holder in _list(role, "holders"):
        found.setdefault(str(holder.get("person")), []).append(holder)
    return found


def faults(proposal: Proposal) -> Iterator[Verdict]:
    """A key belongs to one person for ever: none is given to another, and none that signed is made nobody's.

    Since no key is ever removed, and no person who has one, the persons at B hold every key that there ever was. A
    person who is renamed is the same one, with all the keys that they have.
    """
    former = lifecycle.renamed(proposal)
    gone = frozenset(former.values())
    holders = {
        _material(key): record.name
        for record in proposal.base.by_kind.get("Person", ())
        for key in _list(record, "keys")
    }
    for touched in proposal.edits.values():
        if touched.line.kind == "Person" and touched.ref not in gone:
            was = former.get(touched.ref)
            yield from _keys(touched, proposal.base.records[was] if was else touched.before, holders)


def unusable(proposal: Proposal) -> Iterator[Verdict]:
    """What makes the persons of the merge result unusable: after such a merge nothing could be judged, nor mended."""
    if any(one.line.kind == "Person" for one in proposal.edits.values()):
        for fault in claimed(proposal.merged):
            says = f"{fault.says}; a gate that reads this can judge nothing more, so take it away from one of them"
            yield deny("check", fault.path, "ROSTER_UNUSABLE", says, About(fault.path, fault.pointer))


def _keys(touched: Touched, was: Record | None, holders: Mapping[str, str]) -> Iterator[Verdict]:
    before = {_material(key): place for place, key in enumerate(_list(was, "keys"))}
    after = {_material(key): place for place, key in enumerate(_list(touched.after, "keys"))}
    name = was.name if was is not None else touched.line.name
    for material, place in after.items():
        holder = holders.get(material, name)
        if holder != name:
            says = f"this key of {name} is Person/{holder}'s: a key belongs to one person for ever"
            yield deny("check", touched.ref, "KEY_REUSED", says, About(touched.path, f"/spec/keys/{place}/public_key"))
    for material, place in before.items():
        if material not in after:
            says = f"a key of {name} is taken away: write retired_at or compromised_since, and keep it"
            about = About(was.path if was else touched.path, f"/spec/keys/{place}", "base")
            yield deny("check", touched.ref, "KEY_REMOVED", says, about)


def _material(key: Mapping[str, Any]) -> str:
    """Type and key, without what people may write behind it."""
    return " ".join(str(key.get("public_key", "")).split()[:2])


def _list(record: Record | None, field: str) -> list[Mapping[str, Any]]:
    spec = record.data.get("spec") if record is not None else None
    held = spec.get(field) if isinstance(spec, dict) else None
    return [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []
