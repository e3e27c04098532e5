"""What a rule may ask of releases: which policies one follows, and which lie ahead of a change. Judges nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from itsmctl import cel
from itsmctl.case import Case
from itsmctl.functions import graph
from itsmctl.recordtypes import RecordTypes

Data = Mapping[str, Any]


def signatures(types: RecordTypes) -> tuple[cel.Function, ...]:
    """See the shelf."""
    record = ((types.any,),)
    return (
        cel.Function("release_policies", record, cel.ListType(types.of("ReleasePolicy")), _RELEASE_POLICIES),
        cel.Function("releases_ahead", record, cel.ListType(types.of("Release")), _RELEASES_AHEAD),
    )


def bind(case: Case) -> Mapping[str, Callable[..., Any]]:
    """See the shelf."""
    held = _Releases(case)
    return {"release_policies": held.policies, "releases_ahead": held.ahead}


class _Releases:
    """The functions over one case; what they look up in is made when they are first asked."""

    def __init__(self, case: Case) -> None:
        self.head = case.head

    @cached_property
    def _newest(self) -> list[Data]:
        """All release policies, by the day of approval, last first."""
        known = graph.every(self.head, "ReleasePolicy")
        return sorted(known, key=lambda one: one["spec"].get("approved_on", ""), reverse=True)

    @cached_property
    def _planned(self) -> Mapping[str, list[Data]]:
        """`Kind/name` of an item → the releases to come that change it, by name."""
        planned: dict[str, list[Data]] = {}
        for release in graph.every(self.head, "Release"):
            if release["spec"]["state"] in _AHEAD:
                for ref in self._items(release):
                    planned.setdefault(ref, []).append(release)
        return planned

    def policies(self, release: Data) -> list[Data]:
        spec = release["spec"]
        named = spec.get("policy")
        if named is not None:
            record = self.head.get(f"ReleasePolicy/{named}")  # by a former name as well
            return [one for one in self._newest if record and one is record.data and one["spec"]["state"] in _SIGNED]
        approved = [one for one in self._newest if one["spec"]["state"] == "approved"]
        services = {*spec.get("services", ())}
        special = [one for one in approved if services & {*one["spec"].get("services", ())}]
        return special + [one for one in approved if "services" not in one["spec"]]

    def ahead(self, data: Data) -> list[Data]:
        planned = self._planned
        if not planned:  # most repositories, most of the time
            return []
        found = {id(one): one for ref in self._items(data) for one in planned.get(ref, ()) if one is not data}
        return list(found.values())

    def _items(self, data: Data) -> list[str]:
        """`Kind/name` of what the record lists in spec.items, each once, by the names of today."""
        known, written = self.head.records, dict.fromkeys(one["item"] for one in data["spec"].get("items", ()))
        return [ref if ref in known else self.head.formerly.get(ref, ref) for ref in written]


_SIGNED = ("approved", "superseded")
_AHEAD = ("planned", "building", "in-acceptance", "accepted", "approved", "rolling-out")

_RELEASE_POLICIES = """The release policies that a release follows, the first to ask first; [] if there is none.

Formula: the policy that spec.policy names, if it is approved, or was: a release may end under
the policy that it began with. Where none is named: the approved ones for any of its services,
then the approved ones for all services; among several the one approved last comes first.
Example: with `releases` for all services and `portal` for the school portal, both approved, a
release of the school portal follows [portal, releases], and one of loans [releases]
Example: release_policies(self).exists(p, has(p.spec.stages))
"""
_RELEASES_AHEAD = """The releases to come that change an item of the record's spec.items, each once.

Formula: the releases from planned to rolling-out with items ∩ items of the record ≠ ∅, in the
order of the record's items; the record itself is not among them.
Example: with koha-26.05 planned for opac, for a change of opac: releases_ahead(self) is
[koha-26.05]
Example: releases_ahead(self).all(r, r.metadata.name == self.spec.release)
"""
