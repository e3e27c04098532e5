"""`release check`: sign-offs by delegates, and people who had left."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Made
from court import record
from depot import Depot, release
from test_release_check import finish
from test_release_claims import grounds, unmet

SPEC: dict[str, Any] = release()["spec"]


def lends(depot: Depot, delegate: str, **person: Any) -> None:
    """mari, who holds the role, lets somebody sign off for her; her record says what is given."""
    court = depot.court
    spec = {"delegator": "mari", "delegate": delegate, "roles": ["release-manager"], "reason": "A journey."}
    court.put(record("Delegation", "leave", {"state": "granted", "from": "2026-11-20", "to": "2026-12-10", **spec}))
    court.edit("Person/mari", {f"/spec/{field}": value for field, value in person.items()})
    court.commit("rein", "Leave", at=court.now)


def signed_for(depot: Depot, delegate: str) -> None:
    """The stage operational, by the delegate, and all the rest."""
    depot.plan()
    signoffs = [SPEC["acceptance"]["signoffs"][0], {**SPEC["acceptance"]["signoffs"][1], "person": delegate}]
    depot.approve(acceptance={**SPEC["acceptance"], "signoffs": signoffs})
    depot.carry_out()
    finish(depot)


def test_a_delegate_is_told_as_one(made: Made) -> None:
    depot = made("planned")
    lends(depot, "pille")
    signed_for(depot, "pille")
    assert unmet(depot, "done") == {}
    told = grounds(depot, "done", "SIGNOFF_LACKS")
    assert "operational by pille for mari by the delegation leave, which the gate did not let in: " in told
    depot.edit("Person/mari", {"/spec/state": "left"}, "rein")  # afterwards, with no last day
    assert "SIGNOFF_LACKS" not in unmet(depot, "done")
    depot.edit("Person/mari", {"/spec/active_to": "2026-11-01"}, "rein")
    assert "SIGNOFF_LACKS" in unmet(depot, "done")


@pytest.mark.parametrize(
    ("delegate", "person", "code"),
    [
        ("pille", {"state": "left", "active_to": "2026-11-01"}, "SIGNOFF_LACKS"),
        ("pille", {"active_from": "2026-12-01"}, "SIGNOFF_LACKS"),
        ("jaan", {}, "SIGNOFF_BY_MAKER"),
    ],
)
def test_who_has_left_lends_nothing_and_nobody_lends_to_who_makes_it(
    made: Made, delegate: str, person: dict[str, Any], code: str
) -> None:
    depot = made("planned")
    lends(depot, delegate, **person)
    depot.plan()
    signoffs = [SPEC["acceptance"]["signoffs"][0], {**SPEC["acceptance"]["signoffs"][1], "person": delegate}]
    depot.approve(acceptance={**SPEC["acceptance"], "signoffs": signoffs})
    assert code in unmet(depot, "ready")


@pytest.mark.parametrize(
    ("last", "codes"), [("2026-11-01", {"BACKOUT_TARGET", "CHANGE_STATE", "REL-09"}), ("2026-12-02", set())]
)
def test_who_had_left_decides_and_verifies_nothing(made: Made, last: str, codes: set[str]) -> None:
    depot = made("planned")
    depot.edit("Person/tonu", {"/spec/state": "left", "/spec/active_to": last}, "rein")
    depot.plan()
    depot.approve(backout={**SPEC["backout"], "decision_maker": "Person/tonu"})
    depot.carry_out()
    depot.finish()
    seen = {"/spec/implementation/verified_by": "tonu", "/spec/implementation/verified_on": "2026-12-01"}
    depot.edit("ChangeRequest/CHG-1", seen, "jaan")
    depot.freeze("loans-2-after")
    (stage,) = SPEC["plan"]["stages"]
    stage = {**stage, "verified": {"by": "tonu", "on": "2026-12-01T23:20:00Z"}}
    depot.go_live(**{"/spec/plan/stages": [stage]})
    assert unmet(depot, "done").keys() == codes
