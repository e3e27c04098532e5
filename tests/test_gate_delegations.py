"""Nobody hands another's vote over: a delegation takes the word of its delegator, and joins no more than its roles."""

from __future__ import annotations

from typing import Any

from attack import denied, settings
from court import Court, change, record
from test_gate_attacks import opened
from test_gate_flows import DB, allowed, closing, emergency, voted

DAYS = {"from": "2026-11-20", "to": "2026-12-10"}
LEAVE = "Delegation/leave"


def delegation(delegator: str, delegate: str, *roles: str, name: str = "leave", **spec: Any) -> dict[str, Any]:
    held = {"state": "granted", "delegator": delegator, "delegate": delegate, "roles": list(roles), **DAYS}
    return record("Delegation", name, {**held, "reason": "A journey.", **spec})


def brought(court: Court, made: dict[str, Any], action: str = "add", name: str = "CHG-1", by: str = "jaan") -> None:
    """A branch of that name with the delegation and its change."""
    court.branch(name)
    court.put(made)
    persons = {"requester": by, "implementers": [by]}
    court.put(change(name, {f"Delegation/{made['metadata']['name']}": action}, **persons))
    court.commit(by, "Somebody stands in")


def standing(court: Court, made: dict[str, Any]) -> None:
    """Main has it already."""
    court.put(made)
    court.commit("rein", "Somebody stands in")


def test_the_delegator_agrees_with_a_vote_and_that_of_the_delegate_is_none(court: Court) -> None:
    brought(court, delegation("liis", "rein", "change-advisory-board"))
    voted(court, "CHG-1", "rein", "sirje", "ene")
    judged = denied(court, "NO_CONSENT")
    assert judged.codes == {"NO_CONSENT"}
    assert judged.ignored["rein"] == "OWN_ENTRY"
    assert "liis (delegator of Delegation/leave) votes:  itsmctl change approve CHG-1" in judged.says
    ran = court.run("liis", "change", "approve", "CHG-1", "--base", "main", "--key", str(court.keys["liis"]), "--yes")
    assert ran.code == 0, ran.stderr
    court.commit("liis", "My word")
    allowed(court)
    court.vote("liis", "CHG-1", decision="withdraw")
    court.commit("liis", "Rather not")
    denied(court, "NO_CONSENT")


def test_who_makes_the_delegation_of_their_own_vote_signs_for_it(court: Court) -> None:
    brought(court, delegation("liis", "rein", "change-advisory-board"), by="liis")
    voted(court, "CHG-1", "sirje", "ene")
    denied(court, "NO_CONSENT")  # whoever writes another name as author is asked by nobody
    ran = court.run("liis", "change", "approve", "CHG-1", "--base", "main", "--key", str(court.keys["liis"]), "--yes")
    assert ran.code == 0, ran.stderr
    court.commit("liis", "My word")
    allowed(court)


def test_more_days_roles_or_another_delegate_need_it_anew_and_less_does_not(court: Court) -> None:
    roles = ("change-advisory-board", "service-manager")
    standing(court, delegation("liis", "rein", roles[0]))
    cases: list[tuple[dict[str, Any], bool]] = [
        (delegation("liis", "rein", roles[0], to="2026-12-11"), True),
        (delegation("liis", "rein", roles[0], **{"from": "2026-11-19"}), True),
        (delegation("liis", "rein", *roles), True),
        (delegation("liis", "mari", roles[0]), True),
        (delegation("tonu", "rein", roles[0]), True),
        (delegation("liis", "rein", roles[0], to="2026-12-05"), False),
        (delegation("liis", "rein", roles[0], state="revoked", revoked_on="2026-12-01"), False),
    ]
    for number, (made, is_asked) in enumerate(cases, 2):
        brought(court, made, "change", f"CHG-{number}")
        voted(court, f"CHG-{number}", "sirje", "ene")
        assert court.gate().codes == ({"NO_CONSENT"} if is_asked else set()), made["spec"]
        court.checkout("main")


def test_neither_an_emergency_nor_a_plan_goes_past_it(court: Court) -> None:
    opened(court)
    court.branch("hurry")
    court.put(delegation("liis", "rein", "change-advisory-board"))
    court.put(emergency("CHG-1", {LEAVE: "add"}))
    court.commit("jaan", "In a hurry")
    voted(court, "CHG-1", "arvo", "sirje", "ene")
    assert denied(court, "NO_CONSENT").codes == {"NO_CONSENT"}
    voted(court, "CHG-1", "liis")
    allowed(court, "OVERRIDDEN")
    standing(court.checkout("main"), delegation("liis", "rein", "change-advisory-board"))
    court.branch("plan")
    planned = change("CHG-2", {LEAVE: "change"}, state="approved", test=None)
    planned["spec"]["items"][0]["set"] = {"/spec/to": "2026-12-15"}
    court.put(planned)
    court.commit("jaan", "Longer")
    voted(court, "CHG-2", "sirje", "ene")
    assert denied(court, "NO_CONSENT").codes == {"NO_CONSENT"}
    voted(court, "CHG-2", "liis")
    allowed(court)


def test_taking_a_revocation_back_grants_anew(court: Court) -> None:
    standing(court, delegation("liis", "rein", "change-advisory-board"))
    gone = delegation("liis", "rein", "change-advisory-board", state="revoked", revoked_on="2026-12-01")
    brought(court, gone, "change")
    voted(court, "CHG-1", "sirje", "ene")
    allowed(court)
    court.merge("CHG-1")
    court.branch("back")
    court.put(delegation("liis", "rein", "change-advisory-board"))
    held = court.get("ChangeRequest/CHG-1")
    held["spec"] |= {"state": "backed-out", "links": {"problems": ["PRB-1"]}}
    held["spec"]["implementation"] = {"result": "backed-out", "cause": "No."}
    court.put(held)
    court.commit("jaan", "Back")
    assert "NO_CONSENT" in court.gate().codes


def test_two_others_of_the_role_stand_for_it_where_the_settings_say_so(court: Court) -> None:
    brought(court, delegation("liis", "rein", "change-advisory-board"))
    voted(court, "CHG-1", "sirje", "ene", "mari", "tonu")
    denied(court, "NO_CONSENT")
    court.checkout("main")
    settings(court, delegation={"without_delegator": True})
    court.commit("rein", "Others may agree")
    brought(court, delegation("liis", "rein", "change-advisory-board", name="holiday"), name="CHG-2")
    voted(court, "CHG-2", "sirje", "ene", "mari")
    judged = denied(court, "NO_CONSENT")
    assert "or 2 other holders of each role" in judged.says
    voted(court, "CHG-2", "tonu")
    allowed(court)


def test_a_renamed_delegation_grants_nothing_new(court: Court) -> None:
    standing(court, delegation("liis", "rein", "change-advisory-board"))
    court.branch("pr")
    assert court.run("jaan", "rename", LEAVE, "journey").code == 0
    court.put(change("CHG-1", {LEAVE: "remove", "Delegation/journey": "add"}))
    court.commit("jaan", "Another name")
    voted(court, "CHG-1", "sirje", "ene")
    allowed(court)


def test_who_was_agreed_to_counts_from_the_next_merge_on(court: Court) -> None:
    brought(court, delegation("liis", "rein", "change-advisory-board"))
    voted(court, "CHG-1", "liis", "sirje", "ene")
    allowed(court)
    court.merge("CHG-1")
    closing(court, "CHG-1")
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-2", {DB: "change"}))
    court.commit("jaan", "Update the database")
    voted(court, "CHG-2", "rein", "kadri")
    allowed(court)


def test_a_delegation_that_was_taken_back_ends_nothing(court: Court) -> None:
    last = {"to": "2026-12-01"}
    court.put(delegation("liis", "ene", "change-advisory-board", state="revoked", revoked_on="2026-11-21", **last))
    standing(court, delegation("liis", "rein", "change-advisory-board", name="trip", **last))
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Update the database")
    voted(court, "CHG-1", "rein", "kadri")
    verdict = allowed(court)
    assert verdict["details"]["ends_with"] == "delegation trip ends"
