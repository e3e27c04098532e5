"""What a rule may ask of availability: how much of the time something works, given what it stands on. Reads records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from itsmctl import cel
from itsmctl.case import Case
from itsmctl.functions.graph import needed
from itsmctl.functions.reliability import Chain, Element, Reach, work_out
from itsmctl.recordtypes import RecordTypes

Data = Mapping[str, Any]
Edge = tuple[str, str]
"""(name of what is needed, name of the group that it stands in; "" for none)"""

_ITEM = "ConfigurationItem/"
_BEHIND = (("Supplier", "supplier"), ("SupplierContract", "contract"))  # kind, and the field of an item that names it
_CANNOT_FAIL = Decimal(1)


def signatures(types: RecordTypes) -> tuple[cel.Function, ...]:
    """See the shelf."""
    link = cel.ObjectType("link", {"what": cel.STRING, "percent": cel.DOUBLE})
    chain = cel.ObjectType(
        "chain", {"percent": cel.DOUBLE, "links": cel.ListType(link), "unknown": cel.ListType(cel.STRING)}
    )
    roots = types.one_of(("Service", "ConfigurationItem"))
    return (cel.Function("chain_availability", ((roots,),), chain, _CHAIN_AVAILABILITY),)


def bind(case: Case) -> Mapping[str, Callable[..., Any]]:
    """See the shelf."""
    # what looks does not know who asks it: held in a ring, a case would stay in memory to the end of the command
    reach = Reach(_Chains(case).look)
    answers: dict[str, Data] = {}

    def availability(data: Data) -> Data:
        root = f"{data['kind']}/{data['metadata']['name']}"
        known = answers.get(root)
        if known is None:
            known = answers[root] = _told(work_out(root, reach))
        return known

    return {"chain_availability": availability}


def figure(agreement: Data, service: str) -> Decimal | None:
    """The share of the time that an agreement promises for a service; None if it is not in force or says nothing."""
    spec = agreement["spec"]
    if spec["state"] != "in-force":
        return None
    promised = [
        Decimal(str(target["value"])) / 100
        for target in spec.get("targets", ())
        if (target["metric"], target["comparator"], target["unit"]) == ("availability", "at-least", "percent")
        and service in target.get("services", (service,))
    ]
    return max(promised, default=None)


class _Chains:
    """The chains of one case. What an element leads to is looked up once."""

    def __init__(self, case: Case) -> None:
        self.head = case.head
        self._elements: dict[str, Element | None] = {}
        self._ends: dict[tuple[str, str], str] = {}
        self._backwards = any(
            relation.get("suffers") in ("target", "both")
            for record in case.head.by_kind.get("CIType", ())
            if record.sound
            for relation in record.data["spec"].get("relations", ())
        )

    def look(self, name: str) -> Element | None:
        """The element of that name; None where there is none, or it is not live."""
        if name not in self._elements:
            record = self._record(name)
            made = None
            if record is not None:
                made = self._item(name, record) if name.startswith(_ITEM) else self._service(record)
            self._elements[name] = made
        return self._elements[name]

    def _service(self, record: Data) -> Element:
        spec, name = record["spec"], record["metadata"]["name"]
        edges = [(self._named(_ITEM + one["item"]), one.get("redundancy", "")) for one in spec.get("components", ())]
        shown = {maker for item, _ in edges for maker in self._makers(item)}
        for one in spec.get("depends_on", ()):
            target, agreement = one["target"], one.get("agreement", "")
            if target.startswith("Service/"):
                edges.append((self._named(target), one.get("redundancy", "")))
            elif agreement and not (shown if target.startswith("Role/") else shown & {target, agreement}):
                edges += [(promise, one.get("redundancy", "")) for promise in self._promised(agreement, name)]
        return _element(_CANNOT_FAIL, edges)

    def _promised(self, agreement: str, service: str) -> Iterator[str]:
        """The name of an element of its own for what an agreement promises for a service, if it does."""
        record = self._record(agreement)
        share = figure(record, service) if record is not None else None
        if share is not None:
            name = f"{agreement} for {service}"
            self._elements[name] = Element(share)
            yield name

    def _item(self, name: str, record: Data) -> Element | None:
        spec = record["spec"]
        if spec["state"] != "live":
            return None
        edges = [
            (self._named(_ITEM + one["target"]), one.get("redundancy", ""))
            for one in spec.get("relations", ())
            if self._suffers(spec["type"], one["type"]) in ("source", "both")
        ]
        if self._backwards:
            edges += self._from_below(name)
        percent = spec.get("availability", {}).get("percent")
        return _element(None if percent is None else Decimal(str(percent)) / 100, edges)

    def _from_below(self, name: str) -> Iterator[Edge]:
        """Items that name this one in a relation whose target suffers, such as a part of it."""
        for other, pointer in self.head.referrers.get(name, ()):
            if pointer.startswith("/spec/relations/") and other.kind == "ConfigurationItem":
                spec = needed(self.head, other.ref)["spec"]
                relation = spec["relations"][int(pointer.split("/")[3])]
                if self._suffers(spec["type"], relation["type"]) in ("target", "both"):
                    yield other.ref, relation.get("redundancy", "")

    def _makers(self, item: str) -> Iterator[str]:
        """The names behind a component with a figure: its own, `Supplier/name` and `SupplierContract/name`."""
        record = self._record(item)
        spec = record["spec"] if record is not None else {}
        if "availability" in spec:
            yield item
            yield from (f"{kind}/{spec[field]}" for kind, field in _BEHIND if field in spec)

    def _suffers(self, item_class: str, relation: str) -> str:
        """Which end of a relation fails with the other, as the class says or one that it extends; else the source."""
        key = (item_class, relation)
        if key not in self._ends:
            self._ends[key] = next(self._said(item_class, relation), "source")
        return self._ends[key]

    def _said(self, item_class: str, relation: str) -> Iterator[str]:
        seen: set[str] = set()
        while item_class and item_class not in seen:
            seen.add(item_class)
            record = self._record(f"CIType/{item_class}")
            spec = record["spec"] if record is not None else {}
            for one in spec.get("relations", ()):
                if one["type"] == relation:
                    yield one.get("suffers", "source")
            item_class = spec.get("extends", "")

    def _record(self, ref: str) -> Data | None:
        """The record of that name; None if there is none. Raises Missing where nobody can tell what it says."""
        return needed(self.head, ref) if self.head.holds(ref) else None

    def _named(self, ref: str) -> str:
        """`ref` by its name of today, so that one record is one element."""
        record = self.head.get(ref)
        return record.ref if record is not None else ref


def _element(own: Decimal | None, edges: Sequence[Edge]) -> Element:
    """The element that stands on those edges; a group of one is no group."""
    if not edges:
        return Element(own)
    groups: dict[str, set[str]] = {}
    series: dict[str, None] = {}
    for name, group in edges:
        if group:
            groups.setdefault(group, set()).add(name)
        else:
            series[name] = None
    series |= dict.fromkeys(name for members in groups.values() if len(members) == 1 for name in members)
    return Element(own, tuple(series), tuple(frozenset(held) for held in groups.values() if len(held) > 1))


def _told(chain: Chain) -> Data:
    """The chain as a rule sees it: percent, to six places."""
    links = [
        {"what": name if isinstance(name, str) else " or ".join(sorted(name)), "percent": _percent(share)}
        for name, share in chain.links
    ]
    return {"percent": _percent(chain.share), "links": links, "unknown": list(chain.unknown)}


def _percent(share: Decimal) -> float:
    return float(round(share * 100, 6))


_CHAIN_AVAILABILITY = """How much of the time a service or item works at most, given the figures of what it stands on.

The answer has `percent` (0 to 100, to six places), `links` ({what, percent}: each element that takes something away,
the weakest first) and `unknown` (elements that must work and have no figure; they count as 100).
Formula: in series A = ∏ aᵢ, each element once however often it is reached; of a redundancy group, of which one member
has to work, 1 − ∏ (1 − aᵢ). What all members of a group need, such as one host under both, stands in series with the
group: A = P(needed by all) × (1 − ∏ (1 − P(member works | all of that works))). What only some of them share is taken
as independent. Cycles of relations end, and order does not matter.
Elements: the components of a service and the services that it depends on, with the items that each item leans on
(relations whose `suffers` in the CIType is source or both, and parts whose relation says target; source if nothing is
said), if they are live. The figure of an item is its availability.percent. What an agreement in force promises for the
service counts for a supplier behind none of its components with a figure, and for a team where there is no such one.
Units: percent of the time, interruptions that were announced left out. Source: reliability block diagrams (IEC 61078).
Example: 99.9 and 99.5 in series make 99.4005; two of 99 in a group 99.99; on one host of 99.9 both 99.89001
Example: chain_availability(ref('Service', 'loans')).percent >= 99.5
"""
