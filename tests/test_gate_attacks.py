"""Ways past the gate that take several steps, or that no list names: each is tried on a real repository."""

from __future__ import annotations

from typing import Any

import pytest
from court import Court, change, record
from test_gate_flows import AFTERWARDS, APP, DB, INCIDENT, allowed, emergency, voted

from itsmctl import yamltext

LONG = {"start": "2026-12-01T00:00:00Z", "end": "2026-12-20T00:00:00Z"}
PATCH: dict[str, Any] = {
    "state": "approved",
    "steps": ["The pipeline installs it."],
    "allows": [
        {
            "kind": "ConfigurationItem",
            "types": ["application"],
            "fields": [{"at": "/spec/version", "pattern": r"^[0-9]+\.[0-9]+\.[0-9]+$"}],
        }
    ],
    "max_risk": "low",
    "window": "required",
    "freezes": "respected",
    "failure_budget": {"failures": 2, "within_days": 30},
    "expires": "2027-06-30",
}
BACKED_OUT: dict[str, Any] = {
    "/spec/state": "backed-out",
    "/spec/links": {"incidents": ["INC-1"]},
    "/spec/implementation": {
        "started": "2026-12-01T22:05:00Z",
        "ended": "2026-12-01T22:20:00Z",
        "by": ["jaan"],
        "result": "backed-out",
        "cause": "The test loan failed.",
    },
}


def denied(court: Court, *codes: str, **how: Any) -> None:
    """The head is denied, for at least these reasons."""
    judged = court.gate(**how)
    assert judged.code == 1, (judged.code, judged.ran.stderr)
    assert set(codes) <= judged.codes, (judged.codes, judged.says)


def modelled(court: Court, **spec: Any) -> None:
    """The court's main has a change model for versions of applications. Nobody asks how it came there."""
    court.put(record("ChangeModel", "patch", {**PATCH, **spec}, "Role/change-manager"))
    court.commit("rein", "A model")


def standard(name: str, ref: str = APP, **spec: Any) -> dict[str, Any]:
    """A change by that model."""
    return change(name, {ref: "change"}, **{"class": "standard", "model": "patch", **spec})


# --- emergencies


def opened(court: Court) -> None:
    """Main has an open incident."""
    court.put(INCIDENT)
    court.commit("jaan", "Nobody can lend", at="2026-12-01T22:05:00Z")


def test_an_emergency_does_not_rewrite_the_governance(court: Court) -> None:
    opened(court)
    court.branch("pr")
    court.edit("ApprovalRule/normal", {"/spec/require": [{"role": "emergency-approver"}], "/spec/serial": 2})
    court.put(emergency("CHG-1", {"ApprovalRule/normal": "change"}))
    court.commit("kadri", "It is urgent to ask nobody")
    court.vote("arvo", "CHG-1")
    denied(court, "LACKING")
    voted(court, "CHG-1", "rein", "sirje")
    allowed(court, "OVERRIDDEN")


def test_emergencies_in_one_head_are_counted_together(court: Court) -> None:
    opened(court)
    court.branch("pr")
    names = ["CHG-1", "CHG-2", "CHG-3"]
    for name in names:
        court.put(emergency(name, {DB: "change"} if name == "CHG-1" else {}))
        court.edit(f"ChangeRequest/{name}", {"/spec/impact": {"services": ["loans"]}})
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("kadri", "Three at once")
    voted_for = [court.vote("arvo", name) for name in names]
    assert len(voted_for) == 3
    denied(court, "EMERGENCY_LIMIT")


def test_a_debt_is_not_paid_by_votes_that_never_saw_the_lines(court: Court) -> None:
    opened(court)
    court.branch("pr")
    court.put(emergency("CHG-1", {DB: "change"}))
    court.edit("ChangeRequest/CHG-1", {"/spec/category": "minor"})
    court.edit("ChangeRequest/CHG-1", {f: v for f, v in AFTERWARDS.items() if f.split("/")[2] in CONTENT})
    court.commit("kadri", "Look at this")
    voted(court, "CHG-1", "liis", "jaan")
    court.edit(DB, {"/spec/version": "6.6.6"})
    court.commit("kadri", "Fix it", at="2026-12-01T22:20:00Z")
    court.vote("arvo", "CHG-1")
    allowed(court, "OVERRIDDEN")
    court.merge("pr", at="2026-12-01T22:40:00Z")
    court.branch("review")
    court.edit("ChangeRequest/CHG-1", AFTERWARDS)
    court.commit("kadri", "Catch up", at="2026-12-02T07:00:00Z")
    court.merge("review", at="2026-12-02T08:00:00Z")
    court.now = "2026-12-07T08:00:00Z"
    court.branch("next")
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.put(change("CHG-2", {APP: "change"}, schedule=LONG))
    court.commit("jaan", "Update the application", at="2026-12-04T08:00:00Z")
    voted(court, "CHG-2", "liis", "kadri")
    denied(court, "DEBT")


CONTENT = {"business_benefit", "risk", "impact", "assessed", "plan", "backout", "requester", "implementers", "category"}


def test_a_date_in_the_future_puts_no_debt_off(court: Court) -> None:
    opened(court)
    court.branch("pr")
    court.put(emergency("CHG-1", {DB: "change"}))
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("kadri", "Fix it", at="2031-01-01T00:00:00Z")
    court.vote("arvo", "CHG-1")
    court.checkout("main")
    court.git("mari", "merge", "--quiet", "--ff-only", "pr")
    court.now = "2026-12-15T08:00:00Z"
    court.branch("next")
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.put(change("CHG-2", {APP: "change"}, schedule=LONG))
    court.commit("jaan", "Update the application", at="2026-12-14T08:00:00Z")
    voted(court, "CHG-2", "liis", "kadri")
    assert court.gate().code != 0


# --- back-outs


def test_what_was_backed_out_is_not_applied_again_as_another_back_out(court: Court) -> None:
    modelled(court)
    opened(court)
    court.branch("pr")
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.put(standard("CHG-1"))
    court.commit("jaan", "Update")
    allowed(court)
    court.merge("pr")
    court.branch("back")
    court.edit(APP, {"/spec/version": "1.0.0"})
    court.edit("ChangeRequest/CHG-1", BACKED_OUT)
    court.commit("jaan", "Take it back")
    allowed(court)
    court.merge("back")
    court.branch("again")
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Take the taking back back\n\nChange: CHG-1")
    assert court.gate().code == 1


def test_a_back_out_takes_back_nothing_of_another_change(court: Court) -> None:
    modelled(court)
    opened(court)
    for number, version in ((1, "1.0.1"), (2, "1.0.2")):
        court.branch(f"pr{number}")
        court.edit(APP, {"/spec/version": version})
        court.put(standard(f"CHG-{number}"))
        court.commit("jaan", "Update")
        allowed(court)
        court.merge(f"pr{number}")
    court.branch("back")
    court.edit(APP, {"/spec/version": "1.0.0"})
    court.edit("ChangeRequest/CHG-1", BACKED_OUT)
    court.commit("jaan", "Take two things back")
    denied(court, "NOT_ITS_LINE")


def test_a_back_out_does_not_name_its_own_implementers_or_window(court: Court) -> None:
    modelled(court)
    opened(court)
    court.branch("pr")
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.put(standard("CHG-1"))
    court.commit("jaan", "Update")
    court.merge("pr")
    court.branch("back")
    court.edit(APP, {"/spec/version": "1.0.0"})
    court.edit("ChangeRequest/CHG-1", {**BACKED_OUT, "/spec/implementers": ["jaan", "ene"]})
    court.commit("ene", "Take it back")
    assert court.gate().code == 1
    court.edit("ChangeRequest/CHG-1", {"/spec/implementers": ["jaan"], "/spec/backout/duration": "900h"})
    court.commit("jaan", "Take it back, when I like")
    court.now = "2026-12-09T08:00:00Z"
    assert court.gate().code == 1


def test_nobody_unknown_takes_a_change_back(court: Court) -> None:
    settings = yamltext.read((court.repo.path / "itsm.yaml").read_bytes())
    assert isinstance(settings, dict)
    court.repo.write("itsm.yaml", yamltext.dump({**settings, "outside_authors": "allow"}))
    court.commit("rein", "All are welcome")
    opened(court)
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Update")
    voted(court, "CHG-1", "liis", "kadri")
    allowed(court)
    court.merge("pr")
    court.branch("back")
    court.edit(DB, {"/spec/version": "1.0.0"})
    court.edit("ChangeRequest/CHG-1", BACKED_OUT)
    court.commit("stranger@elsewhere.example", "Take it back\n\nCo-authored-by: jaan <jaan@town.example>")
    denied(court, "NOT_IMPLEMENTER")


# --- standard changes


def test_standard_changes_in_one_head_are_counted_together(court: Court) -> None:
    modelled(court, limits={"per_week": 1})
    spec = court.get(APP)["spec"]
    court.put(record("ConfigurationItem", "app-02", spec, "Role/database-team"))
    court.commit("rein", "Another")
    court.branch("pr")
    for number, ref in ((1, APP), (2, "ConfigurationItem/app-02")):
        court.edit(ref, {"/spec/version": "1.0.1"})
        court.put(standard(f"CHG-{number}", ref))
    court.commit("jaan", "Two at once")
    assert court.gate().code == 1


@pytest.mark.parametrize("apply", ["whole", "in-parts"])
def test_one_standard_change_does_not_go_on_for_ever(court: Court, apply: str) -> None:
    modelled(court, limits={"per_week": 1})
    court.branch("pr")
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.put(standard("CHG-1", apply=apply))
    court.commit("jaan", "Update")
    allowed(court)
    court.merge("pr")
    court.branch("more")
    court.edit(APP, {"/spec/version": "1.0.2"})
    court.commit("jaan", "Update again\n\nChange: CHG-1")
    denied(court, "LINES_APART")


def test_one_emergency_does_not_go_on_for_ever(court: Court) -> None:
    opened(court)
    court.branch("pr")
    court.put(emergency("CHG-1", {DB: "change"}))
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("kadri", "Fix it", at="2026-12-01T22:20:00Z")
    court.vote("arvo", "CHG-1")
    court.merge("pr", at="2026-12-01T22:25:00Z")
    court.branch("more")
    court.edit(DB, {"/spec/version": "1.0.2"})
    court.commit("kadri", "And this\n\nChange: CHG-1", at="2026-12-01T22:26:00Z")
    court.vote("arvo", "CHG-1")
    denied(court, "LINES_APART")


# --- the shelf


@pytest.mark.parametrize(
    "path", ["approvals/junk.txt", "approvals/CHG-7/note.json", "approvals/CHG-7/liis-0123456789ab.json.sig"]
)
def test_what_is_no_evidence_does_not_stand_among_it(court: Court, path: str) -> None:
    court.branch("pr")
    court.repo.write(path, "hello\n")
    court.commit("jaan", "Leave a note")
    denied(court, "EVIDENCE_INVALID")


def test_a_baseline_that_nobody_can_rebuild_is_none(court: Court) -> None:
    court.branch("pr")
    court.repo.write("baselines/2026-12/manifest.json", "{}\n")
    court.commit("jaan", "Freeze it")
    denied(court, "BASELINE_UNPROVEN")


# --- places


@pytest.mark.parametrize("name", ["policies", "schemas", "approvals", "baselines"])
@pytest.mark.parametrize("mode", ["120000", "160000", "100644"])
def test_no_folder_of_ours_becomes_something_else(court: Court, name: str, mode: str) -> None:
    court.branch("pr")
    oid = court.repo.git("rev-parse", "HEAD")
    if mode != "160000":
        oid = court.repo.git("hash-object", "-w", "--stdin", stdin=b"/tmp/elsewhere")
    court.repo.git("update-index", "--add", "--cacheinfo", f"{mode},{oid},{name}")
    court.commit_staged("jaan", "Nothing to see here")
    assert court.gate().code == 1


@pytest.mark.parametrize(
    "path",
    [
        "Records/configuration-items/db-01.yaml",
        "records/Configuration-Items/db-01.yaml",
        "ITSM.yaml",
        "Policies/mine.yaml",
        "Approvals/CHG-1/x.json",
        "records/configuration-items/DB-01.yaml",
    ],
)
def test_letter_case_makes_no_second_place(court: Court, path: str) -> None:
    court.branch("pr")
    oid = court.repo.git("hash-object", "-w", "--stdin", stdin=b"a: 1\n")
    court.repo.git("update-index", "--add", "--cacheinfo", f"100644,{oid},{path}")
    court.commit_staged("jaan", "Nothing to see here")
    assert court.gate().code != 0


# --- items


def test_an_item_stands_once_in_a_change(court: Court) -> None:
    court.branch("pr")
    planned = change("CHG-1", {DB: "change"}, state="approved", apply="in-parts")
    planned["spec"]["items"] = [
        {"item": DB, "action": "change", "set": {"/spec/version": "1.0.1"}},
        {"item": DB, "action": "change", "set": {"/spec/environment": "test"}},
    ]
    court.put(planned)
    court.commit("jaan", "Twice")
    ran = court.run("liis", "change", "approve", "CHG-1", "--base", "main", "--key", str(court.keys["liis"]), "--yes")
    assert ran.code != 0
    assert court.gate().code == 1


def test_a_serial_that_is_written_in_another_way_stops_nobody(court: Court) -> None:
    file = court.repo.path / "records/approval-rules/high.yaml"
    file.write_bytes(file.read_bytes().replace(b"serial: 1", b"serial: 1.0"))
    court.commit("jaan", "It means the same")
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Update")
    assert court.gate().codes == {"LACKING"}


# --- names


def test_no_record_takes_the_former_name_of_another(court: Court) -> None:
    opened(court)
    court.branch("pr")
    court.put({**INCIDENT, "metadata": {**INCIDENT["metadata"], "name": "INC-2", "formerly": ["INC-1"]}})
    court.commit("jaan", "It was always this one")
    denied(court, "FORMERLY")


@pytest.mark.parametrize("names", [["INC-7"], ["INC-8", "INC-9"]])
def test_no_record_takes_a_name_that_it_never_had(court: Court, names: list[str]) -> None:
    """Somebody else may be about to bring it."""
    opened(court)
    court.branch("pr")
    court.put({**INCIDENT, "metadata": {**INCIDENT["metadata"], "name": "INC-2", "formerly": names}})
    court.commit("jaan", "It was always these")
    denied(court, "FORMERLY")
    court.merge("pr")  # past the gate
    court.branch("mend")
    court.put({**INCIDENT, "metadata": {**INCIDENT["metadata"], "name": "INC-2"}})
    court.commit("kadri", "It never was")
    allowed(court)


def test_what_a_record_was_before_it_was_removed_it_was(court: Court) -> None:
    data = court.get(APP)
    old = {**data, "metadata": {**data["metadata"], "name": "app-00"}}
    new = {**data, "metadata": {**data["metadata"], "name": "app-02", "formerly": ["app-00"]}}
    for one, gone in ((old, ""), (new, "app-00"), (None, "app-02")):
        if gone:
            court.remove(f"ConfigurationItem/{gone}")
        if one is not None:
            court.put(one)
        court.commit("rein", "Renamed and removed")
    court.branch("pr")
    court.put(new)
    court.commit("jaan", "There again")
    assert "FORMERLY" not in court.gate().codes
    court.put({**new, "metadata": {**new["metadata"], "formerly": ["app-00", "app-03"]}})
    court.commit("jaan", "And more")
    denied(court, "FORMERLY")


def test_nor_does_it_get_one_that_it_took_for_a_while(court: Court) -> None:
    """What a commit alone says of a record is no former name of it, wherever that landed."""
    mine = {**INCIDENT, "metadata": {**INCIDENT["metadata"], "name": "INC-2"}}
    names = {**mine, "metadata": {**mine["metadata"], "formerly": ["INC-7"]}}
    court.put(names)
    court.commit("jaan", "It was always that")
    court.put(mine)
    court.commit("jaan", "It never was")
    court.branch("pr")
    court.put(names)
    court.commit("jaan", "It was after all")
    denied(court, "FORMERLY")
    court.checkout("main")
    court.remove("Incident/INC-2")
    court.commit("jaan", "Gone")
    court.branch("again")
    court.put(names)
    court.commit("jaan", "There again")
    denied(court, "FORMERLY")


def test_no_record_gives_a_former_name_away(court: Court) -> None:
    court.put({**INCIDENT, "metadata": {**INCIDENT["metadata"], "name": "INC-0"}})
    court.commit("jaan", "Nobody can lend")
    court.remove("Incident/INC-0")
    court.put({**INCIDENT, "metadata": {**INCIDENT["metadata"], "formerly": ["INC-0"]}})
    court.commit("jaan", "Nobody can lend")
    court.branch("pr")
    court.put(INCIDENT)
    court.commit("jaan", "It never was another")
    denied(court, "FORMERLY")


# --- what is broken at the base


def test_what_is_broken_at_the_base_is_told_and_stops_what_rests_on_it_alone(court: Court) -> None:
    odd: dict[str, Any] = {kind: record(kind, "odd", {}) for kind in ("FreezeWindow", "ApprovalRule")}
    odd["Person"] = record("Person", "odd", {"keys": [{"valid_from": "some day"}]})
    del odd["FreezeWindow"]["spec"], odd["ApprovalRule"]["spec"]
    court.put(odd["FreezeWindow"])
    court.commit("rein", "Past the gate")
    court.branch("pr")
    court.put(change("CHG-1", {DB: "change"}))
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Update")
    denied(court, "FREEZE_UNCLEAR")
    court.checkout("main")
    court.put(odd["Person"])
    court.put(odd["ApprovalRule"])
    court.put(INCIDENT)
    court.commit("rein", "Past the gate again")
    court.branch("night")
    court.put({**INCIDENT, "metadata": {**INCIDENT["metadata"], "name": "INC-2"}})
    court.commit("jaan", "One more")
    assert court.gate().code == 0
    court.put(emergency("CHG-2", {DB: "change"}))
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("kadri", "Fix it")
    judged = court.gate()
    assert judged.code == 3
    assert "ApprovalRule/odd breaks its schema" in judged.ran.stderr


def test_what_never_kept_to_a_schema_is_no_state(court: Court) -> None:
    opened(court)
    court.branch("odd")
    for state in (["implementing"], "implementing"):  # history keeps the first one for good
        court.put(emergency("CHG-1", {DB: "change"}))
        court.edit("ChangeRequest/CHG-1", {"/spec/state": state})
        court.commit("kadri", "Fix it", at="2026-12-01T22:10:00Z")
    court.merge("odd")
    court.branch("pr")
    court.put(change("CHG-2", {APP: "change"}))
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Update")
    voted(court, "CHG-2", "liis", "kadri")
    allowed(court)


# --- times


def test_a_commit_that_is_yet_to_be_made_is_made_anew(court: Court) -> None:
    court.branch("pr")
    court.put(change("CHG-1", {DB: "change"}))
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Update", at="2026-12-24T18:00:00Z")
    voted(court, "CHG-1", "liis", "kadri")
    judged = court.gate()
    assert judged.codes == {"FROM_THE_FUTURE"}
    assert "says that it was made at 2026-12-24T18:00:" in judged.says
    command = judged.says.partition("the date of then: git ")[2].split("\n")[0].split()
    court.as_of(court.now, "jaan").git(*command)
    allowed(court)


@pytest.mark.parametrize("time", [99999999999999, 253402300800])
def test_a_commit_from_another_age_is_no_way_around(court: Court, time: int) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.repo.git("add", "--all")
    tree = court.repo.git("write-tree")
    ident = f"jaan <jaan@town.example> {time} +0000"
    content = f"tree {tree}\nparent {court.repo.git('rev-parse', 'main')}\nauthor {ident}\ncommitter {ident}\n\nx\n"
    oid = court.repo.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=content.encode())
    court.repo.git("reset", "--quiet", "--hard", oid)
    judged = court.gate()
    assert judged.code in (1, 3)
    assert "a bug" not in judged.ran.stderr
