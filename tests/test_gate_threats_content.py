"""Ways past the gate by what a vote is on, and by which law decides. The numbers are those of the list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from attack import approved, begun, denied, no_verdict, rewritten, settings, statement
from court import Court, change, rule
from test_gate_flows import APP, DB, allowed, voted
from test_gate_threats_identity import reviewed

LOW = [{"role": "database-team"}]


def test_t29_a_last_edit_after_the_vote(court: Court) -> None:
    approved(court)
    court.edit("ChangeRequest/CHG-1", {"/spec/risk/rationale": "Not rehearsed at all."})
    court.commit("jaan", "Say how it is")
    said = denied(court, "LACKING", liis="STALE").says
    assert "/spec/risk/rationale" in said


def test_t30_a_vote_is_copied_to_another_change(court: Court) -> None:
    begun(court, "liis", "kadri")
    court.put(change("CHG-2", {DB: "change"}))
    (court.repo.path / "records/changes/CHG-1.yaml").unlink()
    folder = court.repo.path / "approvals"
    (folder / "CHG-1").rename(folder / "CHG-2")
    court.commit("jaan", "The same, by another name")
    denied(court, "LACKING")


def test_t31_a_vote_of_another_repository(court: Court) -> None:
    approved(court)
    court.checkout("main")
    settings(court, repository="other-services")
    court.commit("rein", "Another repository")
    court.checkout("pr")
    denied(court, "LACKING", liis="RETARGETED", kadri="RETARGETED")


def test_t33_the_scope_is_widened_after_the_vote(court: Court) -> None:
    approved(court)
    court.edit(APP, {"/spec/version": "6.6.6"})
    court.put(change("CHG-1", {DB: "change", APP: "change"}))
    court.commit("jaan", "While we are at it")
    denied(court, "LACKING", liis="STALE", kadri="STALE")


def test_t33_the_scope_is_split_over_two_heads(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change", APP: "change"}))
    court.commit("jaan", "Both")
    voted(court, "CHG-1", "liis", "kadri")
    court.repo.git("checkout", "main", "--", "records/configuration-items/app-01.yaml")
    court.commit("jaan", "Half of it first")
    denied(court, "LACKING", liis="STALE", kadri="STALE")


def test_t35_the_verdict_is_for_this_base_and_this_head(court: Court) -> None:
    approved(court)
    verdict = allowed(court)
    refs = [court.repo.git("rev-parse", name) for name in ("main", "HEAD")]
    assert [verdict["details"][name] for name in ("base", "head")] == refs
    court.edit(DB, {"/spec/version": "6.6.6"})
    court.commit("jaan", "Before anybody notices")
    denied(court, "LACKING")


def test_t36_the_base_got_stricter_since_the_branch_began(court: Court) -> None:
    approved(court)
    court.checkout("main")
    strict = [{"role": "change-advisory-board", "count": 2}, {"owner_of": "items"}]
    court.edit("ApprovalRule/normal", {"/spec/require": strict, "/spec/serial": 2})
    court.commit("rein", "Two from now on")
    court.checkout("pr")
    denied(court, "LACKING")


def test_t37_a_group_of_a_queue_is_judged_as_it_is(court: Court) -> None:
    approved(court)
    court.checkout("main").branch("other")
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.put(change("CHG-2", {APP: "change"}))
    court.commit("jaan", "Update the application")
    voted(court, "CHG-2", "liis", "kadri")
    court.branch("group", "main")
    for name in ("pr", "other"):
        court.git("mari", "merge", "--quiet", "--no-ff", "-m", f"Queue {name}", name)
    allowed(court)
    court.edit(APP, {"/spec/environment": "test"})
    court.git("mari", "commit", "--quiet", "--all", "--amend", "--no-edit")
    denied(court, "LACKING")


def test_t38_an_edit_inside_of_a_merge_commit(court: Court) -> None:
    approved(court)
    court.checkout("main")
    court.repo.write("README.md", "# Town\n")
    court.commit("mari", "Main moves on")
    court.checkout("pr")
    court.git("mari", "merge", "--quiet", "--no-commit", "main")
    court.edit(APP, {"/spec/version": "6.6.6"})
    court.commit("mari", "Merge main")
    denied(court, "NOT_COVERED")


def test_t38_whoever_edits_inside_of_a_merge_has_a_hand_in_it(court: Court) -> None:
    begun(court)
    court.checkout("main")
    court.repo.write("README.md", "# Town\n")
    court.commit("mari", "Main moves on")
    court.checkout("pr")
    court.git("kadri", "merge", "--quiet", "--no-commit", "main")
    court.edit(DB, {"/spec/version": "1.0.2"})
    court.commit("kadri", "Merge main")
    voted(court, "CHG-1", "liis", "kadri")
    denied(court, "LACKING", kadri="CONTRIBUTOR")


def test_t40_criss_cross_and_octopus_hide_nothing(court: Court) -> None:
    begun(court)
    for name, file in (("one", "one.md"), ("two", "two.md")):
        court.branch(name, "main")
        court.repo.write(file, "text\n")
        court.commit("tonu", f"Write {file}")
    court.checkout("pr")
    court.git("kadri", "merge", "--quiet", "--no-commit", "one", "two")
    court.edit(DB, {"/spec/version": "1.0.3"})
    court.repo.git("add", "--all")
    tree = court.repo.git("write-tree")
    parents = [word for name in ("pr", "one", "two") for word in ("-p", name)]
    oid = court.git("kadri", "commit-tree", tree, *parents, "-m", "Three at once")
    court.repo.git("reset", "--quiet", "--hard", oid)
    voted(court, "CHG-1", "liis", "kadri")
    denied(court, "LACKING", kadri="CONTRIBUTOR")
    court.checkout("main")
    court.git("mari", "merge", "--quiet", "--no-ff", "-m", "Main takes one", "one")
    court.checkout("pr")
    court.edit(APP, {"/spec/version": "6.6.6"})
    court.commit("jaan", "Behind several bases")
    denied(court, "NOT_COVERED")


def test_t42_approved_for_another_branch(court: Court) -> None:
    court.repo.git("branch", "dev", "main")
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Update the database")
    for one in ("liis", "kadri"):
        argv = ("change", "approve", "CHG-1", "--base", "dev", "--key", str(court.keys[one]), "--yes")
        assert court.run(one, *argv).code == 0
    assert court.gate(base="dev").code == 0
    denied(court, "LACKING", liis="RETARGETED", kadri="RETARGETED")


def test_t44_a_comment_is_no_approval(court: Court) -> None:
    begun(court)
    court.commit("jaan", "LGTM\n\nApproved-by: liis\nReviewed-by: kadri\nSigned-off-by: kadri <kadri@town.example>")
    court.repo.git("notes", "add", "-m", "approved by liis and kadri")
    denied(court, "LACKING")


# --- the law


def test_t45_a_rule_is_weakened_by_the_head_that_needs_it_weak(court: Court) -> None:
    begun(court)
    court.edit("ApprovalRule/normal", {"/spec/require": LOW, "/spec/serial": 2})
    court.put(change("CHG-1", {DB: "change", "ApprovalRule/normal": "change"}))
    court.commit("jaan", "Less paper")
    voted(court, "CHG-1", "kadri")
    denied(court, "LACKING")


@pytest.mark.parametrize("how", ["removed", "renamed", "cased", "shadowed"])
def test_t46_the_settings_are_not_removed_renamed_or_shadowed(court: Court, how: str) -> None:
    approved(court)
    root = court.repo.path
    if how == "removed":
        (root / "itsm.yaml").unlink()
    elif how == "renamed":
        court.repo.git("mv", "itsm.yaml", "itsm.yml")
    elif how == "cased":
        court.repo.write("Itsm.yaml", "apiVersion: itsm/v1\n")
    else:
        court.repo.write("itsm.yml", (root / "itsm.yaml").read_bytes())
    court.commit("jaan", "Tidy up")
    assert court.gate().code in (1, 3)


def test_t47_an_older_rule_does_not_come_back(court: Court) -> None:
    strict = [{"role": "change-advisory-board", "count": 2}]
    old = court.get("ApprovalRule/normal")
    court.edit("ApprovalRule/normal", {"/spec/require": strict, "/spec/serial": 2})
    court.commit("rein", "Stricter")
    court.branch("pr")
    court.put(old)
    court.put(change("CHG-1", {"ApprovalRule/normal": "change"}))
    court.commit("jaan", "As it was")
    voted(court, "CHG-1", "rein", "sirje")
    denied(court, "SERIAL")
    court.checkout("main")
    court.put(old)
    court.commit("rein", "As it was, past the gate")
    court.branch("next")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-2", {DB: "change"}))
    court.commit("jaan", "Update the database")
    denied(court, "SERIAL")


@pytest.mark.parametrize(
    "text", ["kind: [\n", "apiVersion: itsm/v1\nkind: ApprovalRule\nmetadata: {name: normal}\nspec: {}\n"]
)
def test_t48_a_rule_that_cannot_be_read_is_not_passed_over(court: Court, text: str) -> None:
    approved(court)
    court.checkout("main")
    court.repo.write("records/approval-rules/high.yaml", text)
    court.commit("rein", "Oops")
    court.checkout("pr")
    no_verdict(court, "approval-rules/high.yaml")


def test_t50_where_no_rule_applies_nothing_passes(court: Court) -> None:
    court.edit("ApprovalRule/normal", {"/spec/when": "change.spec.risk.level == 'medium'", "/spec/serial": 2})
    court.commit("rein", "Only for the middle")
    begun(court, "liis", "kadri")
    denied(court, "NO_RULE")


@pytest.mark.parametrize("require", [[], [{"role": "change-advisory-board", "count": 0}]])
def test_t50_a_rule_that_asks_nobody_does_not_land(court: Court, require: list[dict[str, Any]]) -> None:
    court.branch("pr")
    held = court.get("ApprovalRule/normal")
    held["spec"] |= {"require": require, "serial": 2}
    court.put(held)
    court.put(change("CHG-1", {"ApprovalRule/normal": "change"}))
    court.commit("jaan", "Ask nobody")
    voted(court, "CHG-1", "rein", "sirje")
    denied(court, "INSPECTION")


def test_t50_a_quorum_that_nobody_could_meet(court: Court) -> None:
    many = [{"role": "change-advisory-board", "count": 9}]
    court.edit("ApprovalRule/normal", {"/spec/require": many, "/spec/serial": 2})
    court.commit("rein", "Nine")
    begun(court, "liis", "kadri")
    denied(court, "LACKING", "DEADLOCK")


@pytest.mark.parametrize("item", ["ConfigurationItem/*", "*", "ConfigurationItem/db-*", "File/**"])
def test_t51_an_item_is_no_pattern(court: Court, item: str) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {item: "change"}))
    court.commit("jaan", "All of them")
    denied(court, "NOT_COVERED")


def test_t52_no_variable_or_dotfile_lowers_the_bar(court: Court) -> None:
    begun(court, "kadri")
    home = Path(court.repo.environ["HOME"])
    (home / ".config/itsmctl").mkdir(parents=True)
    (home / ".config/itsmctl/config.yaml").write_text("quorum: 0\n")
    (home / ".itsm.yaml").write_text("quorum: 0\n")
    names = ("ITSMCTL_QUORUM", "ITSMCTL_MIN_TIER", "ITSMCTL_RULES", "ITSMCTL_AT", "ITSMCTL_SIMULATE", "ITSMCTL_SKIP")
    court.repo.environ = {**court.repo.environ, **dict.fromkeys(names, "0")}  # type: ignore[misc]
    denied(court, "LACKING")
    assert court.gate("--at", "2026-12-01T22:30:00Z").code == 2


@pytest.mark.parametrize("path", [".github/workflows/gate.yml", ".gitlab-ci.yml", ".GitHub/Workflows/gate.yml"])
def test_t53_what_runs_the_gate_is_edited_by_the_head(court: Court, path: str) -> None:
    court.branch("pr")
    court.repo.write(path, "on: push\n")
    court.commit("jaan", "Faster builds")
    denied(court, "NOT_COVERED")


@pytest.mark.parametrize("top", ["policies", "schemas", "records"])
def test_t54_law_is_neither_included_nor_linked(court: Court, top: str) -> None:
    court.branch("pr")
    oid = court.repo.git("hash-object", "-w", "--stdin", stdin=b"../elsewhere.yaml")
    court.repo.git("update-index", "--add", "--cacheinfo", f"120000,{oid},{top}/mine.yaml")
    court.commit_staged("jaan", "A link")
    assert court.gate().code in (1, 3)


def test_t54_settings_include_nothing(court: Court) -> None:
    court.branch("pr")
    settings(court, extends="https://example.org/itsm.yaml")
    court.put(change("CHG-1", {"File/itsm.yaml": "change"}))
    court.commit("jaan", "Common settings")
    voted(court, "CHG-1", "rein", "sirje")
    denied(court, "LAW_UNUSABLE")


@pytest.mark.parametrize(
    "when",
    [
        "change.metadata.title.matches('(a+)+$')",
        "items.all(a, items.all(b, items.all(c, items.all(d, items.all(e, items.all(f, items.all(g, true)))))))",
    ],
)
def test_t55_a_bomb_in_a_rule_is_no_way_and_no_wait(court: Court, when: str) -> None:
    court.put(rule("bomb", when, [{"role": "change-advisory-board"}]))
    court.commit("rein", "A clever rule")
    begun(court, "kadri")
    court.edit("ChangeRequest/CHG-1", {"/metadata/title": "a" * 150 + "!"})
    court.commit("jaan", "A clever title")
    assert court.gate().code in (1, 3)


def test_t56_a_condition_that_errs_is_not_false(court: Court) -> None:
    court.put(rule("odd", "change.spec.category == 'major' || change.spec.plan.documents[3] == 'x'", LOW))
    court.commit("rein", "A careless rule")
    begun(court, "liis", "kadri")
    denied(court, "RULE_ERROR")


# --- evidence


@pytest.mark.parametrize("edit", ["decision", "lines", "digest", "space", "key"])
def test_t44_a_statement_that_somebody_else_edited(court: Court, edit: str) -> None:
    begun(court, "kadri", "liis")
    file = statement(court, "liis")
    said = json.loads(file.read_bytes())
    signature = file.with_name(f"{file.name}.sig").read_bytes()
    if edit == "decision":
        said["predicate"]["reason"] = "I did not say that."
    elif edit == "lines":
        said["predicate"]["lines"] = []
    elif edit == "digest":
        said["subject"][0]["digest"]["sha256"] = "0" * 64
    content = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    content += b"\n\n" if edit == "space" else b"\n"
    rewritten(court, file, content, court.keys["jaan" if edit == "key" else "liis"])
    if edit != "key":
        for one in (court.repo.path / "approvals/CHG-1").glob("liis-*.sig"):
            one.write_bytes(signature)
    court.git("jaan", "add", "--all")
    court.git("jaan", "commit", "--quiet", "--amend", "--no-edit")
    denied(court, "EVIDENCE_INVALID", "LACKING")


def test_t96_exported_reviews_are_weak_whole_or_nothing(court: Court, tmp_path: Path) -> None:
    mari = {"id": 101, "login": "mari"}
    reviewed(court, tmp_path, mari, mari)
    file = tmp_path / "reviews.json"
    argv = ("--reviews", f"exported:{file}")
    assert court.gate(*argv).code == 0
    held = file.read_bytes()
    file.write_bytes(held.replace(b"approve", b"Approve"))
    no_verdict(court, argv=argv)
    file.write_bytes(held[: len(held) // 2])
    no_verdict(court, argv=argv)
    file.write_bytes(held)
    court.checkout("main")
    court.edit("ApprovalRule/normal", {"/spec/min_tier": "T2", "/spec/serial": 3})
    court.commit("rein", "Exports do not count")
    court.checkout("pr")
    denied(court, "LACKING", argv=argv, mari="TIER_TOO_LOW")


def test_t98_evidence_is_neither_altered_nor_taken_away(court: Court) -> None:
    begun(court)
    court.vote("liis", "CHG-1", "--to-base", "--reason", "It was not rehearsed.", decision="reject")
    court.git("jaan", "merge", "--quiet", "--no-edit", "main")
    statement(court, "liis").unlink()
    court.commit("jaan", "Tidy up")
    denied(court, "EVIDENCE_ALTERED")


def test_t98_a_reject_that_was_deleted_again_in_the_head_still_stands(court: Court) -> None:
    begun(court, "liis", "kadri")
    court.vote("pille", "CHG-1", "--reason", "No.", decision="reject")
    for file in (court.repo.path / "approvals/CHG-1").glob("pille-*"):
        file.unlink()
    court.commit("jaan", "Tidy up")
    denied(court, "VETO")


def test_t99_votes_on_a_draft_are_no_votes(court: Court) -> None:
    begun(court, "liis", "kadri", state="draft")
    court.edit("ChangeRequest/CHG-1", {"/spec/state": "implementing"})
    court.commit("jaan", "Go")
    denied(court, "LACKING", liis="NOT_SUBMITTED", kadri="NOT_SUBMITTED")
