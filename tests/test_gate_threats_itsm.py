"""Ways past the gate by what changes, windows and files say of themselves. The numbers are those of the list."""

from __future__ import annotations

from typing import Any

import pytest
from attack import approved, begun, denied, no_verdict
from court import WINDOW, Court, change, record, rule
from test_gate_attacks import PATCH, modelled, standard
from test_gate_flows import APP, DB, INCIDENT, allowed, emergency, voted

FREEZE: dict[str, Any] = {
    "state": "planned",
    "start": "2026-12-01T20:00:00Z",
    "end": "2026-12-03T00:00:00Z",
    "services": ["loans"],
    "reason": "The end of the year.",
    "serial": 1,
}


def test_t57_something_controlled_is_edited_without_a_change(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Just do it")
    denied(court, "NOT_COVERED")


@pytest.mark.parametrize("state", ["draft", "submitted", "assessed", "approved", "scheduled"])
def test_t57_a_change_that_is_not_being_carried_out_covers_nothing(court: Court, state: str) -> None:
    begun(court, "liis", "kadri", state=state)
    denied(court, "NOT_IMPLEMENTING")


@pytest.mark.parametrize("state", ["implemented", "reviewed", "closed", "failed", "backed-out"])
def test_t59_a_change_is_not_over_before_it_began(court: Court, state: str) -> None:
    begun(court, state=state)
    denied(court, "SKIPPED_IMPLEMENTING")


def test_t59_what_is_closed_does_not_open_again(court: Court) -> None:
    court.put(change("CHG-1", {DB: "change"}, state="cancelled"))
    court.commit("rein", "It will not be")
    begun(court, "liis", "kadri")
    denied(court, "CLOSED")


@pytest.mark.parametrize("path", ["records/changes/CHG-9.yaml", "records/changes/more/CHG-1.yaml"])
def test_t60_an_id_is_not_written_in_two_files(court: Court, path: str) -> None:
    approved(court)
    court.repo.write(path, (court.repo.path / "records/changes/CHG-1.yaml").read_bytes())
    court.commit("jaan", "Twice")
    denied(court, "INSPECTION")


@pytest.mark.parametrize("name", ["CHG-1", "chg-1"])
def test_t60_an_id_is_not_used_again(court: Court, name: str) -> None:
    court.put(change("CHG-1", {DB: "change"}, state="draft"))
    court.commit("rein", "A wish")
    court.remove("ChangeRequest/CHG-1")
    court.commit("rein", "Past the gate")
    court.branch("pr")
    court.put(change(name, {DB: "change"}, state="draft"))
    court.commit("jaan", "Another wish")
    denied(court, "ID_REUSED")


@pytest.mark.parametrize(
    ("ref", "edits"),
    [
        (DB, {"/spec/version": "1.0.1"}),  # of a class that the model does not speak of
        (APP, {"/spec/version": "1.0.1", "/spec/environment": "test"}),
        (APP, {"/spec/version": "latest"}),
        (APP, {"/spec/version": None}),
        (APP, {"/spec/version": "1.0.1", "/metadata/owner": "Person/jaan"}),
        (APP, {"/spec/version": "1.0.1", "/metadata/labels": {"a": "b"}}),
    ],
)
def test_t61_what_calls_itself_standard_and_is_not(court: Court, ref: str, edits: dict[str, Any]) -> None:
    modelled(court)
    court.branch("pr")
    court.edit(ref, edits)
    court.put(standard("CHG-1", ref))
    court.commit("jaan", "Nothing special")
    denied(court, "LACKING")


def test_t61_a_model_of_the_head_its_draft_and_its_end(court: Court) -> None:
    court.branch("own")
    court.put(record("ChangeModel", "patch", PATCH, "Role/change-manager"))
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.put(standard("CHG-1"))
    court.commit("jaan", "A model and its use")
    denied(court, "LACKING", "NOT_COVERED")
    court.checkout("main")
    modelled(court, expires="2026-11-30")
    court.branch("late")
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.put(standard("CHG-1"))
    court.commit("jaan", "By an old model")
    denied(court, "LACKING")


@pytest.mark.parametrize("state", ["", "resolved", "closed"])
def test_t62_an_emergency_without_an_open_incident_at_the_base(court: Court, state: str) -> None:
    if state:
        ended = {"resolved_at": "2026-12-01T22:10:00Z", "resolution": "Restarted.", "state": state}
        court.put({**INCIDENT, "spec": {**INCIDENT["spec"], **ended}})
        court.commit("jaan", "It was there")
    court.branch("pr")
    if not state:
        court.put(INCIDENT)
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(emergency("CHG-1", {DB: "change"}))
    court.commit("kadri", "It burns")
    court.vote("arvo", "CHG-1")
    denied(court, "INCIDENT_NOT_OPEN")


def test_t62_many_emergencies_with_dates_of_long_ago(court: Court) -> None:
    court.put(INCIDENT)
    court.commit("jaan", "Nobody can lend")
    court.now = "2027-01-15T08:00:00Z"
    for number in (1, 2, 3):
        court.branch(f"fix{number}")
        court.edit(DB, {"/spec/version": f"1.0.{number}"})
        court.put(emergency(f"CHG-{number}", {DB: "change"}))
        court.commit("kadri", "It burns")
        court.vote("arvo", f"CHG-{number}")
        if number < 3:
            court.merge(f"fix{number}")
    denied(court, "EMERGENCY_LIMIT")


def test_t62_an_emergency_by_whoever_makes_it(court: Court) -> None:
    court.put(INCIDENT)
    court.commit("jaan", "Nobody can lend", at="2026-12-01T22:05:00Z")
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(emergency("CHG-1", {DB: "change"}))
    court.commit("jaan", "It burns")
    court.vote("jaan", "CHG-1")
    denied(court, "EMERGENCY_VOTE")


@pytest.mark.parametrize(
    "window", [("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"), ("2026-12-03T00:00:00Z", "2026-12-04T00:00:00Z")]
)
def test_t63_a_window_that_is_over_or_to_come(court: Court, window: tuple[str, str]) -> None:
    begun(court, "liis", "kadri", schedule={"start": window[0], "end": window[1]})
    denied(court, "OUTSIDE_WINDOW")


@pytest.mark.parametrize(
    ("start", "end", "zone", "now"),
    [
        ("2026-03-29T02:30:00", "2026-03-29T04:00:00", "Europe/Paris", "2026-03-29T01:00:00Z"),
        ("2026-10-25T02:30:00", "2026-10-25T04:00:00", "Europe/Paris", "2026-10-25T01:45:00Z"),
        ("2026-10-25T00:00:00", "2026-10-25T04:00:00", "", "2026-10-25T01:45:00Z"),
        ("2026-12-01T23:00:00Z", "2026-12-01T22:00:00Z", "", "2026-12-01T22:30:00Z"),
    ],
)
def test_t64_a_time_that_is_none_or_two(court: Court, start: str, end: str, zone: str, now: str) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    schedule = {"start": start, "end": end} | ({"zone": zone} if zone else {})
    court.put(change("CHG-1", {DB: "change"}, schedule=schedule))
    court.commit("jaan", "Update the database", at="2026-03-01T00:00:00Z")
    court.now = now
    assert court.gate().codes & {"INSPECTION", "WINDOW_UNCLEAR"}


@pytest.mark.parametrize("how", ["cancelled", "removed", "moved", "service", "environment"])
def test_t65_a_freeze_is_edited_by_the_head_that_it_stops(court: Court, how: str) -> None:
    court.put(record("FreezeWindow", "year-end", FREEZE, "Role/change-manager"))
    court.commit("rein", "The end of the year")
    court.branch("pr")
    items = {DB: "change"}
    edits: dict[str, Any] = {"/spec/version": "1.0.1"}
    if how == "service":
        court.edit("Service/loans", {"/spec/components": [{"item": "app-01"}]})
        items["Service/loans"] = "change"
    elif how == "environment":
        edits["/spec/environment"] = "test"
    elif how == "removed":
        court.remove("FreezeWindow/year-end")
        items["FreezeWindow/year-end"] = "remove"
    else:
        moved = {"/spec/state": "cancelled"} if how == "cancelled" else {"/spec/start": "2026-12-02T20:00:00Z"}
        court.edit("FreezeWindow/year-end", {**moved, "/spec/serial": 2})
        items["FreezeWindow/year-end"] = "change"
    court.edit(DB, edits)
    court.put(change("CHG-1", items))
    court.commit("jaan", "Before the year ends")
    voted(court, "CHG-1", "liis", "kadri", "rein", "sirje")
    denied(court, "FREEZE")


def test_t69_one_approval_for_a_huge_batch(court: Court) -> None:
    court.edit("ApprovalRule/normal", {"/spec/limits": {"records": 1}, "/spec/serial": 2})
    court.commit("rein", "One at a time")
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change", APP: "change"}))
    court.commit("jaan", "Both")
    voted(court, "CHG-1", "liis", "kadri")
    denied(court, "OVER_LIMIT")


def test_t70_the_verdict_says_until_when_it_holds(court: Court) -> None:
    approved(court)
    details = allowed(court)["details"]
    assert details["valid_until"] == WINDOW["end"].replace(":00Z", "Z")
    court.now = WINDOW["end"]
    denied(court, "OUTSIDE_WINDOW")


# --- text


def text(court: Court) -> bytes:
    return (court.repo.path / "records/configuration-items/db-01.yaml").read_bytes()


@pytest.mark.parametrize(
    "how",
    ["71-twice", "73-documents", "73-directive", "73-end", "75-bom", "75-bidi", "75-width", "75-key", "83-lfs"],
)
def test_t73_text_that_reads_in_two_ways(court: Court, how: str) -> None:
    begun(court, "liis", "kadri")
    held = text(court)
    tricks: dict[str, bytes] = {
        "71-twice": held + b"spec: {type: database, state: live, version: 6.6.6}\n",
        "73-documents": held + b"---\n" + held,
        "73-directive": b"%YAML 1.1\n---\n" + held,
        "73-end": held + b"...\nversion: 6.6.6\n",
        "75-bom": held.replace(b"  version", "  \ufeffversion".encode()),
        "75-bidi": held.replace(b"Db 01", "Db \u202e01".encode()),
        "75-width": held.replace(b"Db 01", "Db\u200b 01".encode()),
        "75-key": held.replace(b"  version", "  v\u0435rsion".encode()),
        "83-lfs": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
    }
    court.repo.write("records/configuration-items/db-01.yaml", tricks[how])
    court.commit("jaan", "The same, and yet")
    denied(court, "INSPECTION")


def test_t71_a_key_that_stands_twice(court: Court) -> None:
    begun(court, "liis", "kadri")
    court.repo.write("records/configuration-items/db-01.yaml", text(court) + b"kind: Incident\n")
    court.commit("jaan", "Which of the two?")
    denied(court, "INSPECTION")


def test_t73_more_than_one_document(court: Court) -> None:
    begun(court, "liis", "kadri")
    court.repo.write("records/configuration-items/db-01.yaml", text(court) + b"---\n" + text(court))
    court.commit("jaan", "Which of the two?")
    denied(court, "INSPECTION")


def test_t75_a_key_that_looks_like_another(court: Court) -> None:
    begun(court, "liis", "kadri")
    court.repo.write("records/configuration-items/db-01.yaml", text(court).replace(b"version", "v\u0435rsion".encode()))
    court.commit("jaan", "It looks the same")
    denied(court, "INSPECTION")


@pytest.mark.parametrize(
    "content",
    [
        b"a: " + b"[" * 5000,
        b"a: " + b"9" * 5000,
        b"a:\n" + b"- 1\n" * 400_000,
        b"\xff\xfe\x00",
        b"a: &a [*a, *a]\n",
        b"",
    ],
)
def test_t77_a_file_that_is_too_much(court: Court, content: bytes) -> None:
    approved(court)
    court.repo.write("records/incidents/INC-9.yaml", content)
    court.commit("jaan", "An incident")
    denied(court, "INSPECTION")


@pytest.mark.parametrize(
    "line", ["records/** -diff\n", "records/** working-tree-encoding=UTF-16\n", "records/** merge=ours\n"]
)
def test_t78_attributes_do_not_change_what_is_seen(court: Court, line: str) -> None:
    begun(court)
    court.edit(APP, {"/spec/version": "6.6.6"})
    court.commit("jaan", "Something nobody should see")
    oid = court.repo.git("hash-object", "-w", "--stdin", stdin=line.encode())
    court.repo.git("update-index", "--cacheinfo", f"100644,{oid},.gitattributes")
    court.commit_staged("jaan", "It is only how it is shown")
    judged = denied(court, "NOT_COVERED")
    assert f"{APP}" in judged.says
    assert "File/.gitattributes" in judged.says


def test_a_rule_over_many_records_of_a_head_is_asked_of_each_change(court: Court) -> None:
    court.put(rule("many", "items.size() > 1", [{"role": "change-manager"}]))
    court.commit("rein", "Several at once need the manager")
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change", APP: "change"}))
    court.commit("jaan", "One of two")
    voted(court, "CHG-1", "liis", "kadri")
    denied(court, "LACKING")


def test_a_broken_change_at_the_base_is_not_counted_as_none(court: Court) -> None:
    court.repo.write("records/changes/CHG-8.yaml", "kind: [\n")
    court.put(INCIDENT)
    court.commit("rein", "Oops")
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(emergency("CHG-1", {DB: "change"}))
    court.commit("kadri", "It burns")
    no_verdict(court, "CHG-8")
