"""The everyday flows: honest work passes, and the records' states at every merge are what they should be."""

from __future__ import annotations

import json
import re
from typing import Any

from court import WINDOW, Court, change, person, record, walk

DB = "ConfigurationItem/db-01"
APP = "ConfigurationItem/app-01"


def voted(court: Court, name: str, *persons: str) -> None:
    """Votes of several persons on the current branch."""
    court.votes(name, *persons)


def allowed(court: Court, outcome: str = "ALLOWED") -> dict[str, Any]:
    """The head is allowed; its verdict."""
    judged = court.gate()
    assert (judged.outcome, judged.code) == (outcome, 0), (judged.codes, judged.says)
    return judged.verdict


def state(court: Court, name: str) -> str:
    """The state of a change on the branch that is checked out."""
    return str(court.get(f"ChangeRequest/{name}")["spec"]["state"])


DONE = {
    "started": "2026-12-01T22:05:00Z",
    "ended": "2026-12-01T22:20:00Z",
    "by": ["jaan"],
    "result": "successful",
    "verified_by": "kadri",
    "verified_on": "2026-12-01",
}
REVIEW = {
    "on": "2026-12-01",
    "by": "mari",
    "objectives_met": True,
    "customer_satisfied": True,
    "side_effects": "None.",
    "nonconformities": "None.",
}


def closing(court: Court, name: str) -> None:
    """From implementing to closed, in two heads, as after any change."""
    court.branch(f"{name}-review")
    court.edit(
        f"ChangeRequest/{name}",
        {
            "/spec/state": "reviewed",
            "/spec/implementation": DONE,
            "/spec/review": REVIEW,
        },
    )
    court.commit("jaan", f"Review {name}")
    allowed(court)
    court.merge(f"{name}-review")
    assert state(court, name) == "reviewed"
    court.branch(f"{name}-close")
    court.edit(f"ChangeRequest/{name}", {"/spec/state": "closed"})
    court.commit("jaan", f"Close {name}")
    allowed(court)
    court.merge(f"{name}-close")
    assert state(court, name) == "closed"


def test_normal_in_one_pull_request(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(bumped("CHG-1", "1.0.0", "1.0.1"))
    court.commit("jaan", "Update the database")
    assert court.gate().codes == {"LACKING"}
    voted(court, "CHG-1", "liis", "kadri")
    verdict = allowed(court)
    assert verdict["details"]["valid_until"] == "2026-12-02T02:00Z"
    court.merge("pr")
    assert state(court, "CHG-1") == "implementing"
    closing(court, "CHG-1")
    court.branch("second")
    court.edit(DB, {"/spec/version": "1.0.2"})
    court.put(bumped("CHG-2", "1.0.1", "1.0.2"))
    court.commit("jaan", "Update the database once more")
    voted(court, "CHG-2", "liis", "kadri")
    allowed(court)


def bumped(name: str, old: str, new: str) -> dict[str, Any]:
    """A change that brings the database from one version to another."""
    made = change(name, {DB: "change"})
    made["spec"]["items"][0] |= {"from": old, "to": new}
    return made


def test_what_was_voted_on_is_amended_with_new_votes_alone(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Update the database")
    voted(court, "CHG-1", "liis", "kadri")
    court.merge("pr")
    court.branch("rewrite")
    court.edit("ChangeRequest/CHG-1", {"/spec/implementers": ["tonu"], "/spec/schedule/end": "2027-12-02T02:00:00Z"})
    court.commit("tonu", "By me, and for a year")
    judged = court.gate()
    assert judged.codes == {"AMENDED", "LACKING"}
    assert "spec.implementers[0], spec.schedule.end" in judged.says
    assert "itsmctl change approve CHG-1" in judged.says
    voted(court, "CHG-1", "liis", "kadri")
    allowed(court)


def test_plan_first(court: Court) -> None:
    court.branch("plan")
    planned = change("CHG-1", {DB: "change"}, state="approved")
    planned["spec"]["items"][0]["set"] = {"/spec/version": "1.0.1"}
    court.put(planned)
    court.commit("jaan", "Plan the update")
    assert court.gate().codes == {"LACKING"}
    voted(court, "CHG-1", "liis", "kadri")
    allowed(court)
    court.merge("plan")
    assert state(court, "CHG-1") == "approved"
    court.branch("work")
    court.edit("ChangeRequest/CHG-1", {"/spec/state": "implementing"})
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Update the database")
    allowed(court)
    court.merge("work")
    closing(court, "CHG-1")


def test_a_plan_covers_exactly_its_lines(court: Court) -> None:
    court.branch("plan")
    planned = change("CHG-1", {DB: "change"}, state="approved")
    planned["spec"]["items"][0]["set"] = {"/spec/version": "1.0.1"}
    court.put(planned)
    court.commit("jaan", "Plan the update")
    voted(court, "CHG-1", "liis", "kadri")
    court.merge("plan")
    court.branch("work")
    court.edit("ChangeRequest/CHG-1", {"/spec/state": "implementing"})
    court.edit(DB, {"/spec/version": "1.0.2"})
    court.commit("jaan", "Update the database, to another version")
    judged = court.gate()
    assert judged.codes == {"LACKING"}
    assert judged.ignored == {"liis": "STALE", "kadri": "STALE"}
    assert 'ConfigurationItem/db-01 /spec/version "1.0.1" → "1.0.2"' in judged.says


def test_two_pull_requests_under_one_change(court: Court) -> None:
    court.branch("plan")
    planned = change("CHG-1", {DB: "change", APP: "change"}, state="approved", apply="in-parts")
    for item in planned["spec"]["items"]:
        item["set"] = {"/spec/version": "1.0.1"}
    court.put(planned)
    court.commit("jaan", "Plan both updates")
    voted(court, "CHG-1", "liis", "kadri")
    allowed(court)
    court.merge("plan")
    court.branch("first")
    court.edit("ChangeRequest/CHG-1", {"/spec/state": "implementing"})
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Update the database")
    allowed(court)
    court.merge("first")
    court.branch("second")
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Update the application\n\nChange: CHG-1")
    allowed(court)
    court.merge("second")
    court.branch("back")
    court.edit(APP, {"/spec/version": "1.0.0"})
    court.put(change("CHG-2", {APP: "change"}))
    court.commit("jaan", "Go back")
    voted(court, "CHG-2", "liis", "kadri")
    allowed(court)
    court.merge("back")
    court.branch("again")
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Update the application again\n\nChange: CHG-1")
    assert court.gate().codes == {"SPENT"}


def test_a_new_item_and_a_removed_one(court: Court) -> None:
    court.branch("class")
    court.put(record("CIType", "queue", {"selection": "Queues.", "attributes": {}, "control": {"level": "basic"}}))
    court.put(change("CHG-1", {"CIType/queue": "add"}))
    court.commit("jaan", "A class for queues")
    voted(court, "CHG-1", "rein", "sirje")
    allowed(court)
    court.merge("class")
    court.branch("add")
    spec = {"type": "queue", "state": "live", "version": "3.1", "environment": "production"}
    court.put(record("ConfigurationItem", "queue-01", spec, "Role/database-team"))
    court.put(change("CHG-2", {"ConfigurationItem/queue-01": "add"}))
    court.commit("jaan", "Add the queue")
    voted(court, "CHG-2", "liis", "kadri")
    allowed(court)
    court.merge("add")
    court.branch("remove")
    court.remove("ConfigurationItem/queue-01")
    court.put(change("CHG-3", {"ConfigurationItem/queue-01": "remove"}))
    court.commit("jaan", "Remove the queue")
    voted(court, "CHG-3", "liis", "kadri")
    allowed(court)
    court.merge("remove")
    court.branch("again")
    court.put(record("ConfigurationItem", "queue-01", spec, "Role/database-team"))
    court.put(change("CHG-4", {"ConfigurationItem/queue-01": "add"}))
    court.commit("jaan", "Add the queue again")
    assert "ID_REUSED" in court.gate().codes


def test_a_renamed_item(court: Court) -> None:
    court.branch("rename")
    assert court.run("jaan", "rename", APP, "app-main").code == 0
    new = "ConfigurationItem/app-main"
    court.put(change("CHG-1", {APP: "remove", new: "add"}))
    court.commit("jaan", "Call the application by its name")
    voted(court, "CHG-1", "rein", "sirje")
    allowed(court)  # it is governance alone
    court.merge("rename")


def test_a_rename_carries_no_edit_past_whom_the_edit_needs(court: Court) -> None:
    court.branch("rename")
    assert court.run("jaan", "rename", APP, "app-main").code == 0
    new = "ConfigurationItem/app-main"
    court.edit(new, {"/spec/version": "6.6.6"})
    court.put(change("CHG-1", {APP: "remove", new: "add"}))
    court.commit("jaan", "Call the application by its name, and more")
    voted(court, "CHG-1", "rein", "sirje")
    judged = court.gate()
    assert judged.codes == {"LACKING"}
    assert [one["name"] for one in walk(judged.verdict) if one["code"] == "LACKING"] == ["normal"]
    voted(court, "CHG-1", "liis", "kadri")
    allowed(court)


def test_a_person_joins_and_leaves_and_changes_keys(court: Court) -> None:
    court.branch("join")
    court.put(person("eve", court.keys["eve"]))
    roles = court.get("Role/change-advisory-board")
    roles["spec"]["holders"].append({"person": "eve", "from": "2026-11-01"})
    roles["spec"]["serial"] = 2
    court.put(roles)
    court.put(change("CHG-1", {"Person/eve": "add", "Role/change-advisory-board": "change"}))
    court.commit("jaan", "Eve joins")
    voted(court, "CHG-1", "rein", "sirje")
    allowed(court)
    court.merge("join")
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-2", {DB: "change"}))
    court.commit("jaan", "Update the database")
    voted(court, "CHG-2", "eve", "kadri")
    allowed(court)
    court.merge("pr")
    court.branch("leave")
    court.edit("Person/eve", {"/spec/state": "left", "/spec/active_to": "2026-11-30"})
    court.put(change("CHG-3", {"Person/eve": "change"}))
    court.commit("jaan", "Eve leaves")
    voted(court, "CHG-3", "rein", "sirje")
    allowed(court)
    court.merge("leave")


def test_a_bots_version_bump_by_a_model(court: Court) -> None:
    court.branch("model")
    model = {
        "state": "approved",
        "steps": ["The bot proposes it.", "The pipeline installs it."],
        "allows": [
            {
                "kind": "ConfigurationItem",
                "types": ["application"],
                "fields": [{"at": "/spec/version", "pattern": r"^[0-9]+\.[0-9]+\.[0-9]+$", "keeps": 2}],
            }
        ],
        "max_risk": "low",
        "window": "free",
        "freezes": "respected",
        "failure_budget": {"failures": 2, "within_days": 30},
        "expires": "2027-06-30",
    }
    court.put(record("ChangeModel", "patch", {**model, "state": "approved"}, "Role/change-manager"))
    court.put(person("bot", None, type="bot"))
    court.put(change("CHG-1", {"ChangeModel/patch": "add", "Person/bot": "add"}))
    court.commit("jaan", "A model for patches")
    voted(court, "CHG-1", "rein", "sirje")
    allowed(court)
    court.merge("model")
    court.branch("bump")
    court.edit(APP, {"/spec/version": "1.0.1"})
    bump = {"class": "standard", "model": "patch", "requester": "bot", "implementers": ["bot"], "schedule": None}
    court.commit("bot", "Bump the application")
    assert court.run("bot", "change", "new", "CHG-2026-2", "--from-diff", "--model", "patch").code == 0
    court.commit("bot", "Say so")
    allowed(court)
    court.merge("bump")
    closing(court, "CHG-2026-2")
    court.branch("second-bump")
    court.edit(APP, {"/spec/version": "1.0.2"})
    court.commit("bot", "Bump the application again")
    assert court.run("bot", "change", "new", "CHG-2026-3", "--from-diff", "--model", "patch").code == 0
    court.commit("bot", "Say so again")
    allowed(court)
    court.merge("second-bump")
    court.branch("wider")
    court.edit(APP, {"/spec/version": "1.1.0"})
    court.put(change("CHG-3", {APP: "change"}, **bump))
    court.commit("bot", "Bump the application further")
    judged = court.gate()
    assert {"LACKING", "NO_WINDOW"} <= judged.codes
    (asked,) = [one for one in walk(judged.verdict) if one["what"] == "change"]
    assert asked["says"].startswith("normal (declared standard: /spec/version is outside model patch")
    assert "/spec/version is outside" in court.run("mari", "gate", "--base", "main", "-f", "concise").stdout


def emergency(name: str, items: dict[str, str]) -> dict[str, Any]:
    """An emergency change as somebody writes it at night."""
    left_out = ("business_benefit", "risk", "impact", "assessed", "plan", "test", "schedule", "backout", "category")
    spec: dict[str, Any] = dict.fromkeys(left_out)
    return change(
        name,
        items,
        **{
            **spec,
            "class": "emergency",
            "emergency": {"justification": "Nobody can lend.", "authorised_by": "arvo", "incident": "INC-1"},
        },
    )


INCIDENT = record(
    "Incident",
    "INC-1",
    {
        "state": "assigned",
        "type": "incident",
        "reported_at": "2026-12-01T22:00:00Z",
        "reported_by": "monitoring",
        "services": ["loans"],
        "items": ["db-01"],
        "category": "software",
        "impact": "high",
        "urgency": "high",
        "priority": "high",
        "assigned_to": "Person/jaan",
    },
    "Role/service-manager",
)


def test_an_emergency_at_night_and_its_debt(court: Court) -> None:
    court.branch("incident")
    court.put(INCIDENT)
    court.commit("jaan", "Nobody can lend", at="2026-12-01T22:05:00Z")
    allowed(court)
    court.merge("incident")
    court.branch("fix")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("tonu", "Fix it", at="2026-12-01T22:10:00Z")
    court.put(emergency("CHG-1", {DB: "change"}))
    court.edit("ChangeRequest/CHG-1", {"/spec/requester": "kadri", "/spec/implementers": ["kadri"]})
    court.commit("kadri", "Write it down", at="2026-12-01T22:20:00Z")
    assert court.gate().codes == {"EMERGENCY_VOTE"}
    court.vote("arvo", "CHG-1")
    (owes,) = noted(allowed(court, "OVERRIDDEN"), "OWES")
    fields = re.search(r"1. fill in what votes are on \(([^)]*)\)", owes)
    assert fields is not None
    assert {"risk", "impact", "plan", "assessed", "backout or remedy"} <= {*fields[1].split(", ")}
    assert "2. votes: itsmctl change approve CHG-1; 3. its review: itsmctl change move CHG-1 reviewed" in owes
    assert "What is lacking | Next |" in (
        comment := court.run("mari", "gate", "--base", "main", "-f", "markdown").stdout
    )
    assert "owes its review and the full vote" in comment
    court.branch("stopped", at="fix")
    court.vote("pille", "CHG-1", decision="reject")
    assert court.gate().codes == {"VETO"}
    court.checkout("fix")
    court.merge("fix", at="2026-12-01T22:40:00Z")
    court.now = "2026-12-05T08:00:00Z"
    open_until = {"start": "2026-12-01T00:00:00Z", "end": "2026-12-20T00:00:00Z"}
    court.branch("next")
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.put(change("CHG-2", {APP: "change"}, schedule=open_until))
    court.commit("jaan", "Update the application", at="2026-12-04T08:00:00Z")
    voted(court, "CHG-2", "liis", "kadri")
    allowed(court)
    court.now = "2026-12-07T08:00:00Z"
    assert (judged := court.gate()).codes == {"DEBT"}
    assert "In this order: 1. fill in what votes are on (" in noted(judged.verdict, "OWES")[0]
    court.checkout("main").branch("pay")
    shown = said(court, "change", "show", "CHG-1")
    assert "CHG-1 owes the full vote of persons who did not make it and its review in spec.review since" in shown
    assert "nothing of it is up for a decision" in shown
    early = court.run("liis", "change", "approve", "CHG-1", "--key", str(court.keys["liis"]), "--yes")
    assert (early.code, "still to be filled in (" in early.stderr) == (2, True), early.stderr
    fields = {pointer[6:]: value for pointer, value in AFTERWARDS.items() if pointer != "/spec/state"}
    values = [f"--set={at}={one if isinstance(one, str) else json.dumps(one)}" for at, one in fields.items()]
    moved = said(court, "change", "move", "CHG-1", "reviewed", *values)
    assert "fill it in, commit that, and have it voted on then" in moved
    reason = court.get("ChangeRequest/CHG-1")["spec"]["reason"]
    court.edit("ChangeRequest/CHG-1", {"/spec/reason": "It looked so."})
    court.commit("kadri", "Catch up on the emergency", at="2026-12-07T06:00:00Z")
    assert court.gate().codes == {"AMENDED", "LACKING"}
    court.edit("ChangeRequest/CHG-1", {"/spec/reason": reason})
    court.commit("kadri", "Leave it as it was voted on", at="2026-12-07T07:00:00Z")
    (owes,) = noted(allowed(court), "OWES")
    assert "CHG-1 owes the full vote of persons who did not make it" in owes
    assert "In this order: 1. votes: itsmctl change approve CHG-1; 2. mari's own word for the review" in owes
    court.merge("pay", at="2026-12-07T08:10:00Z")
    court.checkout("next")
    court.git("jaan", "rebase", "--quiet", "main")
    assert court.gate().codes == {"DEBT"}
    court.checkout("main").branch("votes")
    court.vote("tonu", "CHG-1")  # whose edit it was
    court.vote("jaan", "CHG-1")
    assert "CONTRIBUTOR (author of" in court.run("mari", "change", "show", "CHG-1", "--base", "main").stdout
    court.merge("votes", at="2026-12-07T08:20:00Z")
    court.checkout("next")
    court.git("jaan", "rebase", "--quiet", "main")
    assert court.gate().codes == {"DEBT"}
    court.checkout("main").branch("vote")
    assert "CHG-1 owes the full vote" in said(court, "change", "show", "CHG-1")
    said(court, "change", "approve", "CHG-1", "--key", str(court.keys["liis"]), "--yes")
    told = "CHG-1 owes mari's own word for the review that stands in spec.review.by (mari runs itsmctl change approve"
    assert told in said(court, "change", "show", "CHG-1")
    mari = court.run("mari", "change", "approve", "CHG-1", "--key", str(court.keys["mari"]), "--yes")
    assert mari.code == 0, mari.stderr
    assert "owes" not in said(court, "change", "show", "CHG-1")
    allowed(court)
    court.merge("vote", at="2026-12-07T08:20:00Z")
    court.checkout("next")
    court.git("jaan", "rebase", "--quiet", "main")
    allowed(court)


def noted(verdict: dict[str, Any], code: str) -> list[str]:
    """What the notes of that code say."""
    return [one["says"] for one in walk(verdict) if one["code"] == code]


def said(court: Court, *argv: str) -> str:
    """What a command that has to work prints, on one line; run by liis."""
    ran = court.run("liis", *argv)
    assert ran.code == 0, ran.stderr + ran.stdout
    return " ".join(ran.stdout.split())


AFTERWARDS: dict[str, Any] = {
    f"/spec/{field}": value
    for field, value in change("CHG-0")["spec"].items()
    if field in ("business_benefit", "risk", "impact", "assessed", "plan", "test", "backout")
} | {
    "/spec/category": "minor",
    "/spec/state": "reviewed",
    "/spec/links": {"incidents": ["INC-1"]},
    "/spec/implementation": {
        "started": "2026-12-01T22:40:00Z",
        "ended": "2026-12-01T22:50:00Z",
        "by": ["kadri"],
        "result": "successful",
        "verified_by": "jaan",
        "verified_on": "2026-12-02",
    },
    "/spec/review": {
        "on": "2026-12-07",
        "by": "mari",
        "objectives_met": True,
        "customer_satisfied": True,
        "side_effects": "None.",
        "nonconformities": "None.",
        "true_emergency": True,
    },
}


def test_a_back_out_at_night(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Update the database")
    voted(court, "CHG-1", "liis", "kadri")
    court.merge("pr")
    court.branch("back")
    court.edit(DB, {"/spec/version": "1.0.0"})
    court.edit(
        "ChangeRequest/CHG-1",
        {
            "/spec/state": "backed-out",
            "/spec/links": {"incidents": ["INC-1"]},
            "/spec/implementation": {
                "started": "2026-12-01T22:05:00Z",
                "ended": "2026-12-01T22:20:00Z",
                "by": ["jaan"],
                "result": "backed-out",
                "cause": "The test loan failed.",
            },
        },
    )
    court.put(INCIDENT)
    court.commit("jaan", "Take it back")
    court.now = "2026-12-02T02:30:00Z"  # the window is over, and the time for the way back is not
    allowed(court)
    court.now = "2026-12-02T03:00:00Z"
    assert court.gate().codes == {"BACKOUT_LATE"}
    court.now = "2026-12-02T02:30:00Z"
    court.edit(DB, {"/spec/version": "0.9.9"})
    court.commit("jaan", "Take it back too far")
    assert "NOT_ITS_LINE" in court.gate().codes


def test_documentation_and_code(court: Court) -> None:
    court.branch("docs")
    court.repo.write("README.md", "# Town\n")
    court.repo.write("src/app.py", "print('hello')\n")
    court.commit("stranger@elsewhere.example", "Write it down")
    assert allowed(court)["code"] == "NOTHING_GOVERNED"


def test_a_vote_without_push_rights_is_relayed(court: Court, tmp_path: Any) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Update the database")
    for name in ("liis", "kadri"):
        court.vote(name, "CHG-1", "--out", str(tmp_path / "votes"))
    assert court.gate().codes == {"LACKING"}
    assert court.gate("--votes", str(tmp_path / "votes")).outcome == "ALLOWED"
    for file in (tmp_path / "votes").iterdir():
        court.repo.write(f"approvals/CHG-1/{file.name}", file.read_bytes())
    court.commit("tonu", "Bring the votes along")
    allowed(court)


def test_votes_survive_what_means_nothing(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Update the database")
    voted(court, "CHG-1", "liis", "kadri")
    file = court.repo.path / "records/configuration-items/db-01.yaml"
    file.write_bytes(b"# reformatted\n" + file.read_bytes().replace(b"title: Db 01", b"title:    'Db 01'"))
    court.commit("jaan", "Reformat")
    allowed(court)
    court.checkout("main")
    court.repo.write("README.md", "# Town\n")
    court.commit("mari", "Main moves on")
    court.checkout("pr")
    allowed(court)
    court.git("jaan", "rebase", "--quiet", "main")
    allowed(court)
    court.checkout("main")
    court.repo.write("CONTRIBUTING.md", "# Town\n")
    court.commit("mari", "Main moves on again")
    court.checkout("pr")
    court.git("jaan", "merge", "--quiet", "--no-edit", "main")
    allowed(court)
    court.branch("squashed")
    court.repo.git("reset", "--quiet", "--soft", "main")
    court.commit_staged("jaan", "Update the database")
    allowed(court)


def test_a_change_without_lines_is_voted_on_by_itself(court: Court) -> None:
    court.branch("reboot")
    court.put(change("CHG-1"))
    court.commit("jaan", "Restart the database")
    assert court.gate().codes == {"LACKING"}
    court.vote("liis", "CHG-1")
    allowed(court)


def test_outside_of_the_window(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}, schedule={**WINDOW, "start": "2026-12-01T23:00:00Z"}))
    court.commit("jaan", "Update the database")
    voted(court, "CHG-1", "liis", "kadri")
    assert court.gate().codes == {"OUTSIDE_WINDOW"}
    court.now = "2026-12-01T23:00:00Z"
    allowed(court)
    court.now = "2026-12-02T02:00:00Z"
    assert court.gate().codes == {"OUTSIDE_WINDOW"}
