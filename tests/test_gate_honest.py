"""What an author declares only raises the bar, and honest work is never held up without a way out that works."""

from __future__ import annotations

from typing import Any

import pytest
from court import Court, change, record, rule, walk
from test_gate_attacks import denied, modelled, opened, standard
from test_gate_flows import APP, DB, allowed, closing, emergency, voted


def lacking(court: Court) -> set[str]:
    """The rules whose votes are lacking."""
    return {one["name"] for one in walk(court.gate().verdict) if one["code"] == "LACKING"}


def ruled(court: Court, *rules: dict[str, Any]) -> None:
    """Main has these rules as well. Nobody asks how they came there."""
    for one in rules:
        court.put(one)
    court.commit("rein", "Rules")


# --- the class that a change declares


MANAGERS = [{"role": "service-manager", "count": 2}]


@pytest.mark.parametrize("when", ["change.spec.class == 'normal'", "!has(change.spec.model)"])
def test_rules_for_normal_changes_are_asked_of_what_only_calls_itself_standard(court: Court, when: str) -> None:
    modelled(court)
    ruled(court, rule("for-normal-ones", when, MANAGERS))
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})  # the model is for applications
    court.put(standard("CHG-1", DB))
    court.commit("jaan", "Update the database")
    voted(court, "CHG-1", "liis", "kadri")
    assert lacking(court) == {"for-normal-ones"}
    voted(court, "CHG-1", "rein", "sirje")
    allowed(court)


def test_rules_for_standard_changes_are_asked_of_it_as_well(court: Court) -> None:
    modelled(court)
    ruled(court, rule("for-standard-ones", "change.spec.class == 'standard'", MANAGERS))
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(standard("CHG-1", DB))
    court.commit("jaan", "Update the database")
    voted(court, "CHG-1", "liis", "kadri")
    assert lacking(court) == {"for-standard-ones"}


def test_what_the_model_proves_is_asked_of_nobody(court: Court) -> None:
    modelled(court)
    ruled(court, rule("for-normal-ones", "change.spec.class == 'normal'", MANAGERS))
    court.branch("pr")
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.put(standard("CHG-1"))
    court.commit("jaan", "Update the application")
    allowed(court)


def test_an_amendment_of_it_is_asked_about_as_a_normal_change(court: Court) -> None:
    modelled(court)
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(standard("CHG-1", DB))
    court.commit("jaan", "Update the database")
    voted(court, "CHG-1", "liis", "kadri")
    allowed(court)
    court.merge("pr")
    ruled(court, rule("for-normal-ones", "change.spec.class == 'normal'", MANAGERS))
    court.branch("rewrite")
    court.edit("ChangeRequest/CHG-1", {"/spec/implementers": ["tonu"]})
    court.commit("jaan", "By somebody else")
    voted(court, "CHG-1", "liis", "kadri")
    assert lacking(court) == {"for-normal-ones"}


def test_governance_is_decided_on_as_at_any_other_time_in_an_emergency(court: Court) -> None:
    opened(court)
    ruled(court, rule("careful", "change.spec.class == 'normal'", [{"role": "security-manager"}], family="governance"))
    court.branch("pr")
    court.edit("CIType/database", {"/spec/selection": "Whatever."})
    court.put(emergency("CHG-1", {"CIType/database": "change"}))
    court.commit("jaan", "In a hurry")
    voted(court, "CHG-1", "arvo", "rein", "sirje")
    assert lacking(court) == {"careful"}
    voted(court, "CHG-1", "pille")
    allowed(court, "OVERRIDDEN")


@pytest.mark.parametrize("field", ["risk", "plan", "backout", "impact", "assessed", "business_benefit", "test"])
def test_what_is_due_of_a_normal_change_is_due_of_it(court: Court, field: str) -> None:
    modelled(court)
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(standard("CHG-1", DB, **{field: None}))
    court.commit("jaan", "Update the database")
    voted(court, "CHG-1", "liis", "mari", "kadri")
    denied(court, "DUE")


def test_what_policies_ask_of_a_normal_change_they_ask_of_it(court: Court) -> None:
    """CHG-07 looks at the back-out of normal changes alone."""
    modelled(court)
    made = standard("CHG-1", DB)
    del made["spec"]["backout"]["duration"]
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(made)
    court.commit("jaan", "Update the database")
    voted(court, "CHG-1", "liis", "kadri")
    judged = court.gate()
    assert (judged.code, judged.codes) == (1, {"INSPECTION"})
    assert "CHG-07" in judged.says
    assert "declared standard" in judged.says


def test_what_was_due_is_not_got_past_in_a_second_head(court: Court) -> None:
    """The plan is within the model, and so begins without what is due; what comes then is not."""
    modelled(court)
    made = standard("CHG-1", plan=None, backout=None, apply="in-parts")
    made["spec"]["items"] = [
        {"item": APP, "action": "change", "set": {"/spec/version": "1.0.1"}},
    ]
    court.branch("plan")
    court.put(made)
    court.commit("jaan", "Plan")
    allowed(court)
    court.merge("plan")
    court.branch("work")
    court.edit(APP, {"/spec/environment": "test"})
    court.commit("jaan", "Something else\n\nChange: CHG-1")
    voted(court, "CHG-1", "liis", "kadri")
    denied(court, "DUE")


def test_a_plan_that_only_calls_itself_standard_is_asked_about_as_a_normal_one(court: Court) -> None:
    modelled(court)
    ruled(court, rule("for-normal-ones", "change.spec.class == 'normal'", MANAGERS))
    court.branch("plan")
    made = standard("CHG-1", DB, state="approved")
    made["spec"]["items"][0]["set"] = {"/spec/version": "1.0.1"}
    court.put(made)
    court.commit("jaan", "Plan the update")
    voted(court, "CHG-1", "liis", "kadri")
    assert lacking(court) == {"for-normal-ones"}


# --- hands that nobody knows


STRANGER = "m@evil.example"


def strange(court: Court, ref: str) -> None:
    """The head is denied for the stranger's hand, and is not once it is somebody's who is known."""
    judged = court.gate()
    assert (judged.code, judged.codes) == (1, {"UNKNOWN"}), judged.says
    assert STRANGER in judged.says
    assert judged.says.count("is no Person's at the base") == 2  # its author and its committer, each once
    court.git("jaan", "commit", "--quiet", "--amend", "--no-edit", "--reset-author")
    allowed(court)


def test_nobody_unknown_moves_a_change(court: Court) -> None:
    court.put(change("CHG-1", state="submitted"))
    court.commit("jaan", "Hand it in")
    court.branch("pr")
    court.edit("ChangeRequest/CHG-1", {"/spec/state": "assessed"})
    court.commit(STRANGER, "Go on")
    strange(court, "ChangeRequest/CHG-1")


def test_nobody_unknown_writes_what_needs_no_vote(court: Court) -> None:
    opened(court)
    court.branch("pr")
    court.edit("Incident/INC-1", {"/spec/state": "in-progress"})
    court.commit(STRANGER, "On it")
    strange(court, "Incident/INC-1")


def test_nobody_unknown_writes_what_a_model_proves(court: Court) -> None:
    modelled(court)
    court.branch("pr")
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.put(standard("CHG-1"))
    court.commit(STRANGER, "Update the application")
    strange(court, APP)


def test_an_unknown_hand_in_one_of_several_commits_is_one(court: Court) -> None:
    opened(court)
    court.branch("pr")
    court.edit("Incident/INC-1", {"/spec/state": "in-progress"})
    court.commit(STRANGER, "On it")
    court.edit("Incident/INC-1", {"/metadata/title": "Nobody can lend books"})
    court.commit("jaan", "In other words")
    denied(court, "UNKNOWN")


def test_whoever_commits_what_another_wrote_is_known_as_well(court: Court) -> None:
    opened(court)
    court.branch("pr")
    court.edit("Incident/INC-1", {"/spec/state": "in-progress"})
    court.commit("jaan", "On it", committer=STRANGER)
    denied(court, "UNKNOWN")


def test_code_and_evidence_are_brought_by_anybody(court: Court) -> None:
    court.branch("pr")
    court.repo.write("notes.txt", "Hello.\n")
    court.commit(STRANGER, "Notes")
    allowed(court)


def test_where_settings_welcome_outside_authors_they_are_welcome(court: Court) -> None:
    court.repo.write("itsm.yaml", (court.repo.path / "itsm.yaml").read_text() + "outside_authors: allow\n")
    opened(court)
    court.branch("pr")
    court.edit("Incident/INC-1", {"/spec/state": "in-progress"})
    court.commit(STRANGER, "On it")
    allowed(court)


# --- what waits holds up nobody else


def planned(court: Court, name: str = "CHG-7", action: str = "change") -> None:
    """Main has a plan of tonu's for the database, from the version that it has then."""
    made = change(name, {DB: action}, state="submitted", requester="tonu", implementers=["tonu"])
    made["spec"]["items"][0] |= {"from": "1.0.0", "to": "2.0.0"} if action == "change" else {"from": "1.0.0"}
    court.branch(f"plan-{name}").put(made)
    court.commit("tonu", "Plan")
    allowed(court)
    court.merge(f"plan-{name}")


def bump(court: Court, name: str, old: str, new: str) -> None:
    """A change of the database that is voted on and merged."""
    court.branch(name)
    court.edit(DB, {"/spec/version": new})
    made = change(name, {DB: "change"})
    made["spec"]["items"][0] |= {"from": old, "to": new}
    court.put(made)
    court.commit("jaan", f"Bring the database to {new}")
    voted(court, name, "liis", "kadri")
    allowed(court)
    court.merge(name)


def test_a_plan_that_waits_holds_up_nobody_else_and_itself_when_it_comes_to_its_turn(court: Court) -> None:
    planned(court)
    bump(court, "CHG-1", "1.0.0", "1.0.1")
    bump(court, "CHG-2", "1.0.1", "1.0.2")
    ran = court.run("mari", "validate")
    assert (ran.code, "CHG-05-WAITS" in ran.stdout) == (0, True), ran.stdout
    court.branch("turn")
    court.edit("ChangeRequest/CHG-7", {"/spec/state": "assessed"})
    court.commit("tonu", "Go on")
    denied(court, "INSPECTION")
    court.edit("ChangeRequest/CHG-7", {"/spec/state": "implementing"})
    court.edit(DB, {"/spec/version": "2.0.0"})
    court.commit("tonu", "Begin")
    voted(court, "CHG-7", "liis", "kadri")
    judged = court.gate()
    assert judged.codes == {"INSPECTION"}
    assert "CHG-05: ConfigurationItem/db-01 was at 1.0.2, but the change starts from 1.0.0" in judged.says
    court.edit("ChangeRequest/CHG-7", {"/spec/items/0/from": "1.0.2"})
    court.commit("tonu", "From where it is")
    assert court.gate().codes == {"LACKING"}
    voted(court, "CHG-7", "liis", "kadri")
    allowed(court)


def test_a_plan_written_from_a_version_that_is_not_there_is_told_at_once(court: Court) -> None:
    made = change("CHG-7", {DB: "change"}, state="submitted")
    made["spec"]["items"][0] |= {"from": "0.9", "to": "2.0.0"}
    court.branch("pr").put(made)
    court.commit("jaan", "Plan")
    denied(court, "INSPECTION")


def test_a_plan_may_come_with_the_item_that_it_is_for(court: Court) -> None:
    spec = {"type": "database", "state": "planned", "version": "1"}
    court.branch("pr")
    court.put(record("ConfigurationItem", "db-02", spec, "Role/database-team"))
    made = change("CHG-7", {"ConfigurationItem/db-02": "change"}, state="submitted")
    made["spec"]["items"][0] |= {"from": "1", "to": "2"}
    court.put(made)
    court.put(change("CHG-1", {"ConfigurationItem/db-02": "add"}))
    court.commit("jaan", "One more, and a plan for it")
    voted(court, "CHG-1", "liis", "kadri")
    allowed(court)


def test_a_plan_that_waits_does_not_hold_up_an_emergency_nor_a_back_out_nor_a_cancellation(court: Court) -> None:
    opened(court)
    planned(court)
    court.branch("night")
    court.edit(DB, {"/spec/version": "1.0.9"})
    court.put(emergency("CHG-1", {DB: "change"}))
    court.commit("jaan", "At night")
    voted(court, "CHG-1", "arvo")
    allowed(court, "OVERRIDDEN")
    court.merge("night", at="2026-12-01T22:20:00Z")
    court.branch("cancel")
    court.edit("ChangeRequest/CHG-7", {"/spec/state": "cancelled"})
    court.commit("tonu", "Never mind")
    allowed(court)


def test_a_plan_that_waits_does_not_hold_up_whoever_removes_or_renames_the_item(court: Court) -> None:
    court.put(record("ConfigurationItem", "db-02", {"type": "database", "state": "planned"}, "Role/database-team"))
    court.put(change("CHG-7", {"ConfigurationItem/db-02": "change"}, state="submitted"))
    court.commit("tonu", "One more, and a plan for it")
    court.branch("pr")
    court.remove("ConfigurationItem/db-02")
    court.put(change("CHG-1", {"ConfigurationItem/db-02": "remove"}))
    court.commit("jaan", "Not needed")
    voted(court, "CHG-1", "liis", "kadri")
    allowed(court)


# --- renames


def renaming(court: Court, old: str, name: str) -> None:
    """A branch on which jaan gives a record another name, and commits it."""
    court.branch(f"rename-{name}")
    ran = court.run("jaan", "rename", old, name)
    assert ran.code == 0, ran.stderr
    court.commit("jaan", f"Rename {old}")


def drawn_up(court: Court, *argv: str) -> str:
    """The change that `change new --from-diff` writes, filled in and begun as a person would; its id."""
    before = set((court.repo.path / "records/changes").glob("*"))
    ran = court.run("jaan", "change", "new", "--from-diff", "--base", "main", *argv)
    assert ran.code == 0, ran.stderr + ran.stdout
    (file,) = set((court.repo.path / "records/changes").glob("*")) - before
    held = court.get(f"ChangeRequest/{file.stem}")
    due = change(file.stem)["spec"]
    for field in ("items", "requester", "implementers"):
        due.pop(field)
    due["impact"]["services"] = held["spec"].get("impact", {}).get("services", ["loans"])
    held["spec"] = {**held["spec"], **due}
    court.put(held)
    court.commit("jaan", f"Draw up {file.stem}")
    return file.stem


def finished(court: Court, name: str) -> None:
    """The change is merged, reviewed and closed, as any other."""
    branch = court.repo.git("branch", "--show-current")
    court.merge(branch)
    closing(court, name)


RENAMED = [
    (APP, "app-main", {"liis", "kadri", "rein", "sirje"}),
    (DB, "db-loans", {"liis", "kadri", "rein", "sirje"}),
    ("Person/tonu", "tonu-tamm", {"rein", "sirje"}),
    ("Role/database-team", "databases", {"rein", "sirje"}),
    ("Role/change-advisory-board", "cab", {"rein", "sirje"}),
    ("Role/emergency-approver", "ecab", {"rein", "sirje"}),
    ("ApprovalRule/normal", "ordinary", {"rein", "sirje"}),
    ("FreezeWindow/audit", "quiet", {"rein", "sirje"}),
    ("Service/loans", "lending", {"rein", "sirje"}),
]


@pytest.mark.parametrize(("old", "name", "voters"), RENAMED, ids=[one[0] for one in RENAMED])
def test_a_rename_is_drawn_up_voted_on_merged_and_finished(court: Court, old: str, name: str, voters: set[str]) -> None:
    freeze = {
        "state": "planned",
        "start": "2027-03-01T00:00:00Z",
        "end": "2027-03-02T00:00:00Z",
        "reason": "Audit.",
        "serial": 1,
    }
    ruled(court, record("FreezeWindow", "audit", freeze))
    bump(court, "CHG-1", "1.0.0", "1.0.1")
    closing(court, "CHG-1")  # it lists the database, and follows its rename
    renaming(court, old, name)
    id_ = drawn_up(court)
    listed = {one["item"]: one["action"] for one in court.get(f"ChangeRequest/{id_}")["spec"]["items"]}
    kind = old.partition("/")[0]
    assert (listed[old], listed[f"{kind}/{name}"]) == ("remove", "add")
    judged = court.gate()
    assert judged.codes == {"LACKING"}, judged.says
    voted(court, id_, *sorted(voters))
    allowed(court)
    finished(court, id_)


def test_two_renames_of_one_record_are_finished(court: Court) -> None:
    """The change of the first one goes on saying which name it took away."""
    for name in ("app-main", "app-loans"):
        renaming(court, APP if name == "app-main" else "ConfigurationItem/app-main", name)
        id_ = drawn_up(court)
        voted(court, id_, "rein", "sirje")
        allowed(court)
        finished(court, id_)
    assert court.run("mari", "validate").code == 0


def test_several_renames_in_one_head_are_one_change(court: Court) -> None:
    court.branch("pr")
    for old, name in (("Role/emergency-approver", "ecab"), ("ApprovalRule/normal", "ordinary"), (DB, "db-loans")):
        assert court.run("jaan", "rename", old, name).code == 0
    court.commit("jaan", "Rename three")
    id_ = drawn_up(court)
    listed = {one["item"] for one in court.get(f"ChangeRequest/{id_}")["spec"]["items"]}
    assert {"File/itsm.yaml", "Role/ecab", "ApprovalRule/ordinary", "ConfigurationItem/db-loans"} <= listed
    voted(court, id_, "rein", "sirje")
    allowed(court)


@pytest.mark.parametrize("what", ["key", "address"])
def test_a_renamed_person_keeps_what_they_are_known_by(court: Court, what: str) -> None:
    renaming(court, "Person/tonu", "tonu-tamm")
    if what == "key":
        other = court.get("Person/liis")["spec"]["keys"]
        court.edit("Person/tonu-tamm", {"/spec/keys": other})
        expected = {"KEY_REMOVED", "KEY_REUSED"}
    else:
        court.edit("Person/tonu-tamm", {"/spec/keys": None})
        expected = {"KEY_REMOVED"}
    court.commit("jaan", "And more")
    id_ = drawn_up(court)
    voted(court, id_, "rein", "sirje")
    assert expected <= court.gate().codes


def test_two_persons_are_not_made_of_one(court: Court) -> None:
    renaming(court, "Person/tonu", "tonu-tamm")
    twin = court.get("Person/tonu-tamm")
    twin["metadata"]["name"] = "tonu-kask"
    twin["spec"]["emails"] = ["kask@town.example"]
    court.put(twin)
    court.commit("jaan", "And another")
    id_ = drawn_up(court)
    voted(court, id_, "rein", "sirje")
    assert {"KEY_REMOVED", "KEY_REUSED"} <= court.gate().codes


def test_a_key_that_was_renamed_away_is_nobody_elses(court: Court) -> None:
    renaming(court, "Person/tonu", "tonu-tamm")
    court.put(
        {**court.get("Person/tonu-tamm"), "metadata": {"name": "eve", "title": "Eve", "owner": "Role/service-manager"}}
    )
    court.edit("Person/eve", {"/spec/emails": ["eve@town.example"]})
    court.commit("jaan", "And another")
    id_ = drawn_up(court)
    voted(court, id_, "rein", "sirje")
    assert "KEY_REUSED" in court.gate().codes


def test_whoever_is_renamed_does_not_vote_on_it_and_others_do(court: Court) -> None:
    renaming(court, "Person/rein", "rein-tamm")
    id_ = drawn_up(court)
    voted(court, id_, "rein", "sirje")
    judged = court.gate()
    assert judged.ignored["rein"] == "OWN_ENTRY"
    voted(court, id_, "ene")
    allowed(court)


def test_a_vote_goes_on_counting_when_the_voter_gets_another_name(court: Court) -> None:
    made = change("CHG-7", {DB: "change"}, state="approved")
    made["spec"]["items"][0]["set"] = {"/spec/version": "1.0.1"}
    court.branch("plan").put(made)
    court.commit("jaan", "Plan the update")
    voted(court, "CHG-7", "liis", "kadri")
    court.merge("plan")
    renaming(court, "Person/liis", "liis-tamm")
    id_ = drawn_up(court)
    voted(court, id_, "rein", "sirje")
    allowed(court)
    court.merge("rename-liis-tamm")
    court.branch("work")
    court.edit("ChangeRequest/CHG-7", {"/spec/state": "implementing"})
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Update the database")
    allowed(court)


def test_a_rename_raises_the_serial_and_taking_it_back_lowers_it(court: Court) -> None:
    assert court.run("jaan", "rename", "Role/database-team", "databases").code == 0
    assert court.get("Role/databases")["spec"]["serial"] == 2
    assert court.run("jaan", "rename", "Role/databases", "database-team").code == 0
    assert court.repo.git("status", "--porcelain") == ""


# --- votes that are known not to count


def test_what_was_done_already_is_not_voted_on_again(court: Court) -> None:
    bump(court, "CHG-1", "1.0.0", "1.0.1")
    bump(court, "CHG-2", "1.0.1", "1.0.0")
    court.branch("again")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Once more\n\nChange: CHG-1")
    judged = court.gate()
    assert {"SPENT"} <= judged.codes
    assert "change approve" not in judged.says
    keyed = ("--key", str(court.keys["mari"]), "--yes")
    ran = court.run("mari", "change", "approve", "CHG-1", "--base", "main", *keyed)
    assert (ran.code, "SPENT" in ran.stderr, "nothing was signed" in ran.stderr) == (2, True, True), ran.stderr
    # and the way out that is printed leads out
    id_ = drawn_up(court)
    voted(court, id_, "liis", "kadri")
    allowed(court)


def test_who_is_one_vote_with_somebody_who_voted_is_told(court: Court) -> None:
    spec = {"state": "granted", "delegator": "mari", "delegate": "pille", "roles": ["change-advisory-board"]}
    spec |= {"from": "2026-11-20", "to": "2026-12-10", "reason": "Away."}
    ruled(court, record("Delegation", "mari-away", spec))
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    made = change("CHG-1", {DB: "change"})
    made["spec"]["risk"] = {"likelihood": "high", "impact": "high", "level": "high", "rationale": "It is."}
    court.put(made)
    court.commit("jaan", "Update the database")
    voted(court, "CHG-1", "pille")
    keyed = ("--key", str(court.keys["mari"]), "--yes")
    ran = court.run("mari", "change", "approve", "CHG-1", "--base", "main", *keyed)
    assert (ran.code, "ONE_VOTE" in ran.stderr) == (2, True), ran.stderr
    for other in ("liis", "kadri"):  # others are not told so
        keyed = ("--key", str(court.keys[other]), "--yes")
        assert court.run(other, "change", "approve", "CHG-1", "--base", "main", *keyed).code == 0
    allowed(court)


# --- ways out


def test_a_change_is_finished_and_the_next_one_begun_in_one_head(court: Court) -> None:
    bump(court, "CHG-1", "1.0.0", "1.0.1")
    closing(court, "CHG-1")
    court.git("jaan", "reset", "--quiet", "--hard", "HEAD~2")  # it is implementing again, and its head ends it
    court.branch("both")
    court.git("jaan", "checkout", "--quiet", "CHG-1-close", "--", "records/changes")
    held = court.get("ChangeRequest/CHG-1")
    held["spec"]["state"] = "reviewed"
    court.put(held)
    court.edit(DB, {"/spec/version": "1.0.2"})
    court.commit("jaan", "Finish, and go on")
    judged = court.gate()
    assert "NOT_IMPLEMENTING" in judged.codes
    assert "itsmctl change new --from-diff" in judged.says
    id_ = drawn_up(court)
    voted(court, id_, "liis", "kadri")
    allowed(court)


def test_beside_a_change_that_was_carried_out_another_is_drawn_up(court: Court) -> None:
    bump(court, "CHG-1", "1.0.0", "1.0.1")
    court.branch("both")
    court.edit("ChangeRequest/CHG-1", {"/spec/test/result": "passed-with-remarks"})
    court.edit(DB, {"/spec/version": "1.0.2"})
    court.commit("jaan", "The test, and what comes next")
    assert "LINES_APART" in court.gate().codes
    id_ = drawn_up(court)
    voted(court, id_, "liis", "kadri")
    allowed(court)


def test_a_change_that_waits_is_begun_as_it_is_said(court: Court) -> None:
    made = change("CHG-9", {DB: "change"}, state="approved")
    made["spec"]["items"][0]["set"] = {"/spec/version": "1.0.1"}
    court.put(made)
    court.commit("jaan", "A plan")
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Update the database\n\nChange: CHG-9")
    judged = court.gate()
    assert judged.codes == {"NOT_IMPLEMENTING"}
    assert "itsmctl change implement CHG-9 says that the work begins" in judged.says
    assert court.run("jaan", "change", "implement", "CHG-9").code == 0
    court.commit("jaan", "Begin")
    voted(court, "CHG-9", "liis", "kadri")
    allowed(court)


def test_nobody_is_told_to_name_a_change_of_others(court: Court) -> None:
    made = change("CHG-9", {DB: "change"}, state="approved", requester="tonu", implementers=["tonu"])
    made["spec"]["items"][0]["set"] = {"/spec/version": "2.0.0"}
    court.put(made)
    court.commit("tonu", "A plan")
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Update the database")
    judged = court.gate()
    assert judged.codes == {"NOT_COVERED"}
    assert "trailer" not in judged.says
    assert "itsmctl change new --from-diff writes one" in judged.says
    id_ = drawn_up(court)
    voted(court, id_, "liis", "kadri")
    allowed(court)


def test_whose_work_goes_on_is_told_to_name_it(court: Court) -> None:
    made = change("CHG-9", {DB: "change"}, apply="in-parts")
    court.put(made)
    court.commit("jaan", "Begun")
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Update the database")
    assert "trailer Change: CHG-9" in court.gate().says
    court.git("jaan", "commit", "--quiet", "--amend", "-m", "Update the database\n\nChange: CHG-9")
    voted(court, "CHG-9", "liis", "kadri")
    allowed(court)


def test_a_class_that_has_its_items_looked_at_gets_its_first_item(court: Court) -> None:
    control = {"level": "strict", "verify_every_days": 90}
    ruled(court, record("CIType", "queue", {"selection": "Queues.", "attributes": {}, "control": control}))
    court.branch("add")
    spec = {"type": "queue", "state": "live", "version": "3.1", "environment": "production"}
    court.put(record("ConfigurationItem", "queue-01", spec, "Role/database-team"))
    court.commit("jaan", "Add the queue")
    id_ = drawn_up(court)
    voted(court, id_, "liis", "kadri")
    allowed(court)
    finished(court, id_)
    assert court.run("mari", "validate").code == 0
    assert "CFG-13" in court.run("mari", "validate", "--as-of", "2027-04-01T00:00:00Z").stdout


def test_a_class_comes_one_merge_before_its_items(court: Court) -> None:
    court.branch("pr")
    court.put(record("CIType", "queue", {"selection": "Queues.", "attributes": {}, "control": {"level": "basic"}}))
    spec = {"type": "queue", "state": "live", "version": "3.1", "environment": "production"}
    court.put(record("ConfigurationItem", "queue-01", spec, "Role/database-team"))
    court.commit("jaan", "Both")
    said = "CIType/queue counts one merge after it lands"
    id_ = drawn_up(court)
    voted(court, id_, "rein", "sirje", "liis", "kadri")
    judged = court.gate()
    assert judged.codes == {"CLASS_TOO_NEW"}
    assert said in judged.says
    court.branch("class", "main")
    court.git("jaan", "checkout", "--quiet", "pr", "--", "records/ci-types")
    court.commit("jaan", "The class")
    first = drawn_up(court)
    voted(court, first, "rein", "sirje")
    allowed(court)
    court.merge("class")
    court.branch("item")
    court.git("jaan", "checkout", "--quiet", "pr", "--", "records/configuration-items")
    court.commit("jaan", "The item")
    second = drawn_up(court)
    voted(court, second, "liis", "kadri")
    allowed(court)


def test_the_draft_says_that_the_class_comes_first(court: Court) -> None:
    court.branch("pr")
    court.put(record("CIType", "queue", {"selection": "Queues.", "attributes": {}, "control": {"level": "basic"}}))
    spec = {"type": "queue", "state": "planned"}
    court.put(record("ConfigurationItem", "queue-01", spec, "Role/database-team"))
    court.commit("jaan", "Both")
    ran = court.run("jaan", "change", "new", "--from-diff", "--base", "main")
    assert "CIType/queue counts one merge after it lands" in ran.stdout


def test_a_class_may_be_renamed_with_its_items(court: Court) -> None:
    renaming(court, "CIType/database", "databases")
    id_ = drawn_up(court)
    voted(court, id_, "rein", "sirje")
    allowed(court)
    finished(court, id_)


def test_holders_who_are_all_the_voters_come_in_several_heads(court: Court) -> None:
    holders = [{"person": name, "from": "2020-01-01"} for name in ("ene", "rein", "sirje")]
    court.branch("all")
    court.put(record("Role", "newer", {"holders": holders, "serial": 1}))
    court.put(change("CHG-1", {"Role/newer": "add"}))
    court.commit("jaan", "A role for all of them")
    judged = court.gate()
    assert "DEADLOCK" in judged.codes
    assert "Bring the entries of ene, rein and sirje in heads of their own" in judged.says
    assert "somebody else make the change" not in judged.says
    court.checkout("main")
    for number, name in enumerate(("ene", "rein", "sirje"), 1):
        court.branch(name)
        court.put(record("Role", "newer", {"holders": holders[:number], "serial": number}))
        court.put(change(f"CHG-1{number}", {"Role/newer": "add" if number == 1 else "change"}))
        court.commit("jaan", f"A role for {name}")
        voted(court, f"CHG-1{number}", *({"ene", "rein", "sirje"} - {name}))
        allowed(court)
        court.merge(name)


def test_who_made_it_is_told_that_somebody_else_has_to(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}, implementers=["jaan", "kadri"], requester="kadri"))
    court.commit("jaan", "Update the database")
    judged = court.gate()
    assert "DEADLOCK" in judged.codes
    assert "Let arvo, ene, liis or somebody else make the change" in judged.says, judged.says


def test_what_is_to_be_written_comes_before_the_votes_that_it_would_make_stale(court: Court) -> None:
    opened(court)
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    made = emergency("CHG-1", {DB: "change"})
    del made["spec"]["reason"]
    court.put(made)
    court.commit("jaan", "In a hurry")
    first = "first put right what is wrong in CHG-1 (spec.reason is due), and commit it; then arvo"
    assert first in court.gate().says
    court.put(change("CHG-1", {DB: "change"}, plan=None))
    court.commit("jaan", "By the book")
    judged = court.gate()
    assert "first put right what is wrong in CHG-1 (spec.plan is due), and commit it; then " in judged.says, judged.says
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "With a plan")
    assert "first put right" not in court.gate().says


def test_who_only_rebased_the_work_of_another_is_freed_by_the_command_that_is_told(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Update")
    voted(court, "CHG-1", "liis", "kadri")
    allowed(court)
    court.git("kadri", "rebase", "--quiet", "--force-rebase", "main")
    judged = court.gate()
    assert "DEADLOCK" in judged.codes
    assert judged.ignored == {"kadri": "CONTRIBUTOR"}
    told = next(one["says"] for one in walk(judged.verdict) if one["name"] == "kadri" and one["code"])
    assert told.endswith(", run by jaan")
    command = told.partition("what jaan wrote: ")[2].removesuffix(", run by jaan")
    court.git("jaan", *command.removeprefix("git ").split())
    allowed(court)
    # nobody frees who wrote some of it, or whom the change names
    court.edit(DB, {"/spec/environment": "test"})
    court.commit("kadri", "Some of it")
    assert "run by" not in court.gate().says
