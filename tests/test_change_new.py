"""`change new`: the change for what a branch edits, as the gate will look at it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from court import WINDOW, Court, change, person, record

from itsmctl import yamltext

if TYPE_CHECKING:
    from conftest import Ran

DB = "ConfigurationItem/db-01"
APP = "ConfigurationItem/app-01"

MODEL = {
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


def modelled(court: Court, **spec: Any) -> None:
    """A model and a bot on main; how they came there is no matter here."""
    court.put(record("ChangeModel", "patch", {**MODEL, **spec}, "Role/change-manager"))
    court.put(person("bot", None, type="bot"))
    court.commit("mari", "A model for patches")


def drafted(court: Court, who: str, *argv: str) -> tuple[str, dict[str, Any], Ran]:
    """The id of the change that is written, its data, and what was said."""
    changes = court.repo.path / "records/changes"
    before = set(changes.glob("*"))
    ran = court.run(who, "change", "new", *argv, "--from-diff", "--base", "main")
    assert ran.code == 0, ran.stderr + ran.stdout
    (file,) = set(changes.glob("*")) - before
    data = yamltext.read(file.read_bytes())
    assert isinstance(data, dict)
    return file.stem, data, ran


def test_a_bots_bump_becomes_a_standard_change_that_the_gate_allows(court: Court) -> None:
    modelled(court)
    court.branch("bump")
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.commit("bot", "Bump the application")
    assert court.gate().outcome == "DENIED"
    name, data, ran = drafted(court, "bot", "--model", "patch")
    assert name.startswith("CHG-2026-")
    spec = data["spec"]
    assert (spec["class"], spec["model"], spec["state"]) == ("standard", "patch", "implementing")
    assert spec["items"] == [{"item": APP, "action": "change", "from": "1.0.0", "to": "1.0.1"}]
    assert (spec["requester"], spec["implementers"]) == ("bot", ["bot"])
    assert spec["impact"] == {"services": ["loans"]}
    assert data["metadata"]["owner"] == "Role/change-manager"
    assert "no vote is needed" in ran.stdout
    court.commit("bot", "The change of it")
    judged = court.gate()
    assert judged.outcome == "ALLOWED", judged.says


def test_a_pipeline_need_not_know_the_model_nor_have_an_address_of_its_own(court: Court) -> None:
    modelled(court)
    court.branch("bump")
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.commit("bot", "Bump the application")
    _, data, _ = drafted(court, "runner@ci.example")
    assert (data["spec"]["class"], data["spec"]["requester"]) == ("standard", "bot")


def test_outside_of_the_model_that_is_asked_for_nothing_is_written(court: Court) -> None:
    modelled(court)
    court.branch("bump")
    court.edit(APP, {"/spec/version": "1.1.0"})
    court.commit("bot", "Bump the application")
    ran = court.run("bot", "change", "new", "--from-diff", "--base", "main", "--model", "patch")
    assert ran.code == 2
    assert "/spec/version is outside model patch" in ran.stderr
    assert not (court.repo.path / "records/changes").exists()
    name, data, ran = drafted(court, "bot")
    assert (data["spec"]["class"], data["spec"]["state"]) == ("normal", "draft")
    assert "model patch does not allow this: /spec/version is outside model patch" in " ".join(ran.stdout.split())
    again = court.run("bot", "change", "new", "--from-diff", "--base", "main")
    assert (again.code, f"{name} of the work tree is for {APP} already" in again.stdout) == (0, True), again.stdout
    assert len(list((court.repo.path / "records/changes").glob("*"))) == 1
    court.repo.write(f"records/changes/{name}.yaml", "spec: [")
    again = court.run("bot", "change", "new", "--from-diff", "--base", "main")
    assert (again.code, "mend it first" in again.stderr) == (3, True)


def test_a_model_that_wants_a_window_says_how_to_give_one(court: Court) -> None:
    modelled(court, window="required")
    court.branch("bump")
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.commit("bot", "Bump the application")
    ran = court.run("bot", "change", "new", "--from-diff", "--base", "main", "--model", "patch")
    assert (ran.code, "--set schedule.start=TIME --set schedule.end=TIME" in ran.stderr) == (2, True)
    window = [f"--set=schedule.{end}={WINDOW[end]}" for end in ("start", "end")]
    _, data, _ = drafted(court, "bot", "--model", "patch", *window)
    assert data["spec"]["schedule"] == WINDOW
    court.commit("bot", "The change of it")
    assert court.gate().outcome == "ALLOWED"


def test_a_normal_change_is_a_draft_that_names_what_nobody_could_know(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.edit(APP, {"/metadata/description": "Lends books."})
    court.commit("jaan", "Work")
    name, data, ran = drafted(court, "kadri")
    assert data["spec"]["class"] == "normal"
    assert data["spec"]["items"] == [
        {"item": APP, "action": "change", "set": {"/metadata/description": "Lends books."}},
        {"item": DB, "action": "change", "from": "1.0.0", "to": "1.0.1"},
    ]
    assert (data["spec"]["requester"], data["spec"]["implementers"]) == ("kadri", ["kadri", "jaan"])
    assert data["spec"]["requested_on"] == "2026-12-01"
    for field in ("spec.reason", "spec.risk", "spec.plan", "spec.schedule", "spec.test"):
        assert field in ran.stdout
    written = (court.repo.path / f"records/changes/{name}.yaml").read_text()
    assert "# Due once it is submitted:\n#   spec.reason: Why the change is needed.\n" in written
    assert f"itsmctl change submit {name}" in ran.stdout
    assert court.run("jaan", "validate", f"records/changes/{name}.yaml").code == 0


def test_the_draft_can_be_filled_in_voted_on_and_merged(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Work")
    name, data, ran = drafted(court, "jaan")
    given = change(name, {})["spec"]
    spec = {**data["spec"], "requested_on": "2026-11-20"}
    for field in re.findall(r"^  spec\.(\w+)", ran.stdout, re.MULTILINE):  # what it says is due, and nothing else
        spec[field] = given[field]
    assert "Say below spec how big the change is" in ran.stdout
    spec |= {field: given[field] for field in ("category", "urgency")}
    assert "Answer each question below spec.impact." in ran.stdout
    spec["impact"] = {**given["impact"], **spec["impact"]}
    assert "#     category: minor\n" in (court.repo.path / f"records/changes/{name}.yaml").read_text()
    court.put({**data, "spec": {**spec, "state": "implementing"}})
    court.commit("jaan", "Fill it in")
    court.votes(name, "liis", "kadri")
    judged = court.gate()
    assert judged.outcome == "ALLOWED", judged.says


def test_all_that_rules_ask_for_is_told_before_the_votes(court: Court) -> None:
    """What is written after a vote is not what was voted on: so that no rule waits until the work begins."""
    customer = record("Customer", "library", {"state": "active"})
    court.repo.write("records/customers/library.yaml", yamltext.dump(customer))
    court.edit("Service/loans", {"/spec/customers": ["library"]})
    court.commit("mari", "A customer")
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Work")
    name, data, ran = drafted(court, "jaan")
    text = (court.repo.path / f"records/changes/{name}.yaml").read_text()
    for said in (ran.stdout, " ".join(text.replace("#", " ").split())):
        assert "availability, continuity, capacity, security, release_plan, cost" in said
        assert "CHG-16: the change affects library, and communication does not say" in said
    for question in ("availability", "continuity", "capacity", "security", "release_plan", "cost"):
        assert f"#     {question}: {{affected: " in text
    spec = {**change(name, {})["spec"], **data["spec"], "state": "draft", "requested_on": "2026-11-20"}
    spec["impact"] = {"services": ["loans"], "capacity": {"affected": False}}
    court.put({**data, "spec": spec})
    submitted = court.run("jaan", "change", "submit", name)
    waits = " ".join(court.run("jaan", "validate", "--select", "CHG-05-WAITS", "-f", "text").stdout.split())
    assert "as its branch carries the work, from stays as it is: itsmctl change implement says" in waits
    court.commit("jaan", "Submit it")
    shown = court.run("jaan", "change", "show", name, "--base", "main")
    argv = ("--key", str(court.keys["liis"]), "--yes", "--base", "main")
    approved = court.run("liis", "change", "approve", name, *argv)
    assert (submitted.code, shown.code, approved.code) == (0, 0, 0), submitted.stderr + shown.stderr + approved.stderr
    for said in (submitted.stdout, shown.stdout, approved.stderr):
        assert "CHG-06" in said
        assert "availability, continuity, security, release_plan, cost" in " ".join(said.split())
        assert "CHG-16" in said
    spec |= {"state": "submitted", "impact": change(name, {})["spec"]["impact"]}
    spec["communication"] = [{"to": "Customer/library", "on": "2026-11-20", "how": "e-mail"}]
    court.put({**data, "spec": spec})
    court.commit("jaan", "Fill it in")
    approved = court.run("liis", "change", "approve", name, *argv)
    shown = court.run("jaan", "change", "show", name, "--base", "main")
    assert approved.code == 0
    assert "CHG-" not in approved.stderr, "who wrote it all hears nothing"
    assert "ask for more" not in shown.stdout


def test_added_and_removed_records_and_protected_files_are_items(court: Court) -> None:
    court.branch("pr")
    court.remove(DB)
    court.put(record("ConfigurationItem", "db-02", court_item("2.0.0"), "Role/database-team"))
    court.repo.write(".gitattributes", "records/** text eol=lf\n# more\n")
    court.commit("jaan", "Work")
    _, data, _ = drafted(court, "jaan")
    assert data["spec"]["items"] == [
        {"item": DB, "action": "remove", "from": "1.0.0"},
        {"item": "ConfigurationItem/db-02", "action": "add", "to": "2.0.0"},
        {"item": "File/.gitattributes", "action": "change"},
    ]


def court_item(version: str) -> dict[str, Any]:
    return {"type": "database", "state": "live", "version": version, "environment": "production"}


def test_what_a_change_of_the_branch_covers_is_not_covered_twice(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}, state="draft"))
    court.commit("jaan", "Work")
    name, data, _ = drafted(court, "jaan")
    assert [one["item"] for one in data["spec"]["items"]] == [APP]
    court.commit("jaan", f"{name}")
    ran = court.run("jaan", "change", "new", "--from-diff", "--base", "main")
    assert (ran.code, "none is needed" in ran.stdout) == (0, True)


def test_code_and_registers_need_no_change(court: Court) -> None:
    court.branch("pr")
    court.repo.write("src/app.py", "print()\n")
    court.commit("jaan", "Work")
    ran = court.run("jaan", "change", "new", "--from-diff", "--base", "main")
    assert (ran.code, "none is needed" in ran.stdout) == (0, True)
    assert not (court.repo.path / "records/changes").exists()


def test_edits_that_are_not_committed_are_named_and_left_out(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    ran = court.run("jaan", "change", "new", "--from-diff", "--base", "main")
    assert (ran.code, f"left out: {DB}" in ran.stdout) == (0, True)
    assert not (court.repo.path / "records/changes").exists()


@pytest.mark.parametrize("name", ["CHG-1", "chg-1"])
def test_an_id_that_the_target_ever_had_is_not_taken(court: Court, name: str) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Work")
    court.checkout("main")
    court.put(change("CHG-1", {}, state="draft"))
    court.commit("jaan", "A change that the branch does not know")
    court.checkout("pr")
    ran = court.run("jaan", "change", "new", name, "--from-diff", "--base", "main")
    assert ran.code == 2, ran.stdout
    assert not (court.repo.path / "records/changes").exists()


def test_an_unknown_model_is_named_with_what_comes_near(court: Court) -> None:
    modelled(court)
    court.branch("pr")
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.commit("bot", "Work")
    ran = court.run("bot", "change", "new", "--from-diff", "--base", "main", "--model", "pach")
    assert (ran.code, "did you mean patch" in ran.stderr) == (2, True)


def test_without_a_diff_it_is_any_new_change(court: Court) -> None:
    ran = court.run("jaan", "change", "new", "CHG-7", "--set", "title=Restart", "--set", "class=normal")
    assert ran.code == 0, ran.stderr
    assert court.get("ChangeRequest/CHG-7")["spec"] == {"state": "draft", "class": "normal"}
