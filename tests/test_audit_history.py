"""What came into the branch past the gate comes to light afterwards, and honest history is clean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from court import Court, change
from test_gate_flows import APP, DB, voted


def replayed(court: Court, span: str, *argv: str) -> tuple[int, list[dict[str, Any]]]:
    """Exit code and findings of `audit history`, but for the word on a first governance that nobody pinned."""
    ran = court.run("mari", "audit", "history", span, "-f", "json", *argv)
    assert ran.code in (0, 1), ran.stderr
    found: list[dict[str, Any]] = json.loads(ran.stdout)["findings"]
    return ran.code, [one for one in found if one["rule"] != "BOOTSTRAP"]


def sneak(court: Court, at: str = "2026-12-01T22:01:00Z") -> str:
    """A push past the gate."""
    court.edit(APP, {"/spec/version": "6.6.6"})
    return court.commit("jaan", "Nobody will notice", at=at)


def taken_back(court: Court, oid: str) -> str:
    """As git revert does it."""
    court.git("jaan", "revert", "--no-commit", oid)
    return court.commit_staged("jaan", f"Revert {oid}", at="2026-12-01T23:00:00Z")


def honest(
    court: Court, name: str, item: str, version: str, how: str = "merge", at: str = "2026-12-01T22:10:00Z"
) -> None:
    """A change that went through the gate."""
    court.now = "2026-12-01T22:05:00Z"
    court.branch(name)
    court.edit(item, {"/spec/version": version})
    court.put(change(name, {item: "change"}))
    court.commit("jaan", f"{name}: work", at="2026-11-30T12:00:00Z")
    voted(court, name, "liis", "kadri")
    court.merge(name, how=how, at=at)


def test_an_honest_history_is_clean_whatever_the_way_of_merging(court: Court) -> None:
    honest(court, "CHG-1", DB, "1.0.1")
    honest(court, "CHG-2", APP, "1.0.1", how="squash", at="2026-12-01T22:20:00Z")
    code, found = replayed(court, "main")
    assert (code, [one["rule"] for one in found]) == (0, [])


def test_a_direct_push_comes_to_light(court: Court) -> None:
    start = court.repo.git("rev-parse", "HEAD")
    honest(court, "CHG-1", DB, "1.0.1")
    court.edit(APP, {"/spec/version": "6.6.6"})
    pushed = court.commit("jaan", "Nobody will notice", at="2026-12-01T23:00:00Z")
    honest(court, "CHG-2", DB, "1.0.2", at="2026-12-01T23:30:00Z")
    code, found = replayed(court, f"{start}..main")
    assert code == 1
    assert [one["rule"] for one in found] == ["UNGATED_MERGE"]
    assert pushed[:7] in found[0]["message"]
    assert "NOT_COVERED" in found[0]["message"]


def test_a_rebase_merge_is_one_merge(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "First the edit", at="2026-12-01T22:01:00Z")
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Then its change", at="2026-12-01T22:02:00Z")
    for name in ("liis", "kadri"):
        court.now = "2026-12-01T22:05:00Z"
        court.vote(name, "CHG-1")
    court.git("tonu", "rebase", "--quiet", "--force-rebase", "--committer-date-is-author-date", "main")
    court.merge("pr", how="rebase")
    court.now = "2026-12-01T22:30:00Z"
    code, found = replayed(court, "main")
    assert (code, [one["message"] for one in found]) == (0, [])


def test_a_clock_that_runs_back_is_told(court: Court) -> None:
    honest(court, "CHG-1", DB, "1.0.1", at="2026-12-01T23:10:00Z")
    honest(court, "CHG-2", APP, "1.0.1", at="2026-12-01T22:20:00Z")
    _, found = replayed(court, "main")
    assert [one["rule"] for one in found] == ["NOT_MONOTONE"]


def test_a_push_that_is_taken_back_at_once_is_no_merge_that_did_nothing(court: Court) -> None:
    pushed = sneak(court)
    back = taken_back(court, pushed)
    code, (found,) = replayed(court, "main")
    assert (code, found["rule"]) == (1, "BACK_AND_FORTH")
    assert back[:7] in found["message"]
    assert "ConfigurationItem/app-01 went back and forth" in found["message"]


def test_a_role_that_was_taken_over_for_a_while_is_told(court: Court) -> None:
    court.edit("Role/change-advisory-board", {"/spec/holders/0/person": "jaan", "/spec/serial": 2})
    taken_back(court, court.commit("jaan", "Mine for a while", at="2026-12-01T22:01:00Z"))
    code, (found,) = replayed(court, "main")
    assert (code, found["rule"]) == (1, "BACK_AND_FORTH")
    assert "Role/change-advisory-board" in found["message"]


def test_no_run_goes_over_a_merge(court: Court) -> None:
    pushed = sneak(court)
    honest(court, "CHG-1", DB, "1.0.1")
    back = taken_back(court, pushed)
    code, found = replayed(court, "main")
    assert (code, {one["rule"] for one in found}) == (1, {"UNGATED_MERGE"})
    assert [one["message"][7:14] for one in found] == [pushed[:7], back[:7]]


def test_a_record_of_what_happens_may_grow_within_a_rebase_merge(court: Court) -> None:
    court.branch("pr")
    court.put(change("CHG-1", {DB: "change"}, state="draft"))
    court.commit("jaan", "Begin the change", at="2026-12-01T22:01:00Z")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "The edit", at="2026-12-01T22:02:00Z")
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Then all of the change", at="2026-12-01T22:03:00Z")
    court.now = "2026-12-01T22:05:00Z"
    court.votes("CHG-1", "liis", "kadri")
    court.merge("pr", how="rebase")
    court.now = "2026-12-01T22:30:00Z"
    assert replayed(court, "main") == (0, [])


# --- the first governance


def test_the_first_governance_in_the_root_is_told_and_held_to_what_was_pinned(court: Court) -> None:
    ran = court.run("mari", "audit", "history", "main", "-f", "json")
    (found,) = json.loads(ran.stdout)["findings"]
    assert (ran.code, found["rule"], found["severity"]) == (0, "BOOTSTRAP", "info")
    digest = found["message"].split("--bootstrap ")[1].split()[0]
    assert digest.startswith("sha256:")
    ran = court.run("mari", "audit", "history", "main", "-f", "json", "--bootstrap", digest)
    assert (ran.code, json.loads(ran.stdout)["findings"]) == (0, [])
    sneaked = court.repo.git("rev-parse", "main")
    honest(court, "CHG-1", DB, "1.0.1")
    for span in ("main", f"{sneaked}..main"):  # what is pinned is looked at, wherever the span begins
        ran = court.run("mari", "audit", "history", span, "-f", "json", "--bootstrap", "sha256:00")
        (found,) = json.loads(ran.stdout)["findings"]
        assert (ran.code, found["rule"], found["severity"]) == (1, "BOOTSTRAP_DIFFERS", "error")
        assert digest in found["message"]


def test_nothing_slips_in_with_the_first_governance(court: Court) -> None:
    """A founding that fails is not looked at together with what came after it."""
    court.git("rein", "checkout", "--quiet", "--orphan", "anew")
    court.repo.git("rm", "--quiet", "--cached", "-r", ".")
    court.repo.write("README.md", "# Town\n")
    court.repo.git("add", "README.md")
    court.commit_staged("rein", "Begin")
    court.edit("ApprovalRule/governance", {"/spec/require/0/count": 9})
    court.commit("rein", "A governance that nobody can edit")
    court.edit("ApprovalRule/governance", {"/spec/require/0/count": 2})
    court.commit("rein", "And now it looks well")
    code, found = replayed(court, "anew", "--target", "refs/heads/main")
    assert (code, [one["rule"] for one in found]) == (1, ["UNGATED_MERGE", "UNGATED_MERGE"])


# --- receipts


def kept(court: Court, tmp_path: Path, head: str, name: str = "receipt.json") -> list[str]:
    """Options with a folder that holds the receipt of the verdict on a head."""
    folder = tmp_path / "receipts"
    folder.mkdir(exist_ok=True)
    ran = court.run("mari", "gate", "--base", "main", "--head", head, "--receipt", str(folder / name))
    assert ran.code in (0, 1), ran.stderr
    return ["--receipts", str(folder)]


def test_a_receipt_says_when_it_was_and_that_it_was_one_merge(court: Court, tmp_path: Path) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "First the edit")
    court.edit(DB, {"/spec/version": "1.0.2"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Rather this one, and its change")
    voted(court, "CHG-1", "liis", "kadri")
    given = kept(court, tmp_path, "pr")
    court.merge("pr", how="rebase")
    code, found = replayed(court, "main")
    assert (code, bool(found)) == (1, True)  # the commits are older than the window
    assert replayed(court, "main", *given) == (0, [])


def test_a_receipt_of_the_same_files_does_not_hide_what_was_taken_back(court: Court, tmp_path: Path) -> None:
    court.now = "2026-12-01T23:30:00Z"
    given = kept(court, tmp_path, "main")
    taken_back(court, sneak(court))
    code, found = replayed(court, "main", *given)
    assert (code, [one["rule"] for one in found]) == (1, ["BACK_AND_FORTH"])


def test_what_is_no_receipt_is_told(court: Court, tmp_path: Path) -> None:
    given = kept(court, tmp_path, "main")
    content = (tmp_path / "receipts/receipt.json").read_bytes()
    for number, broken in enumerate(
        (b"", b"{}", content[:-9], content.replace(b"ALLOWED", b"ALLOWED ", 1), b"[" * 9999)
    ):
        (tmp_path / f"receipts/{number}.json").write_bytes(broken)
    code, found = replayed(court, "main", *given)
    assert (code, [one["rule"] for one in found]) == (1, ["RECEIPT_UNREADABLE"] * 4 + ["RECEIPT_STRANGER"])
    assert "4.json" in found[3]["message"]
    assert "1.json among the receipts" in found[4]["message"]


# --- a branch that was turned around


def turned(court: Court, start: str, *words: str) -> None:
    """Merge main into a branch that began at `start`, and put that in the place of main."""
    court.branch("fox", at=start)
    if not words:
        court.repo.write("notes.txt", "hi\n")
        court.commit("jaan", "Some notes", at="2026-12-01T22:50:00Z")
    court.as_of("2026-12-01T23:10:00Z", "jaan").git("merge", "--quiet", "--no-ff", "-m", "Up to date", *words, "main")
    court.checkout("main")
    court.repo.git("merge", "--quiet", "--ff-only", "fox")


@pytest.mark.parametrize("words", [(), ("--strategy-option=ours",)])
def test_a_push_that_is_taken_back_is_not_hidden_by_turning_the_branch_around(
    court: Court, words: tuple[str, ...]
) -> None:
    start = court.repo.git("rev-parse", "HEAD")
    taken_back(court, sneak(court))
    turned(court, start, *words)
    code, (found,) = replayed(court, "main")
    assert (code, found["rule"]) == (1, "BACK_AND_FORTH")
    assert "app-01 went back and forth" in found["message"]
    assert replayed(court, f"{start}..main")[0] == 1


def test_what_is_taken_back_in_other_words_or_by_the_merge_is_not_hidden(court: Court) -> None:
    start = court.repo.git("rev-parse", "HEAD")
    sneak(court)
    path = court.repo.path / "records/configuration-items/app-01.yaml"
    court.edit(APP, {"/spec/version": "1.0.0"})
    path.write_text("# as before\n" + path.read_text())
    court.commit("jaan", "As before", at="2026-12-01T22:30:00Z")
    turned(court, start)
    code, found = replayed(court, "main")
    assert (code, "BACK_AND_FORTH" in {one["rule"] for one in found}) == (1, True)


def test_what_only_the_turning_merge_takes_back_is_not_hidden(court: Court) -> None:
    start = court.repo.git("rev-parse", "HEAD")
    sneak(court)
    court.branch("fox", at=start)
    court.as_of("2026-12-01T23:10:00Z", "jaan").git("merge", "--quiet", "--no-ff", "-s", "ours", "-m", "Up", "main")
    court.checkout("main")
    court.repo.git("merge", "--quiet", "--ff-only", "fox")
    code, found = replayed(court, "main")
    assert (code, [one["rule"] for one in found]) == (1, ["BACK_AND_FORTH"])


@pytest.mark.parametrize("how", ["merge", "squash"])
def test_a_push_among_merges_is_not_hidden_by_turning_the_branch_around(court: Court, how: str) -> None:
    start = court.repo.git("rev-parse", "HEAD")
    honest(court, "CHG-1", DB, "1.0.1", how=how)
    pushed = sneak(court, at="2026-12-01T22:30:00Z")
    court.edit(APP, {"/spec/version": "1.0.0"})
    court.edit(APP, {"/metadata/title": "Other"})
    court.commit("jaan", "Not quite as before", at="2026-12-01T22:40:00Z")
    turned(court, start)
    code, found = replayed(court, "main")
    assert code == 1
    assert "FOXTROT" in {one["rule"] for one in found}
    assert any(one["rule"] == "UNGATED_MERGE" and pushed[:7] in one["message"] for one in found)


def test_an_honest_branch_that_was_turned_around_is_told_and_no_more(court: Court) -> None:
    start = court.repo.git("rev-parse", "HEAD")
    honest(court, "CHG-1", DB, "1.0.1")
    turned(court, start)
    code, found = replayed(court, "main")
    assert (code, [(one["rule"], one["severity"]) for one in found]) == (0, [("FOXTROT", "warning")])


def test_changes_that_took_each_other_back_are_clean_wherever_they_are(court: Court) -> None:
    start = court.repo.git("rev-parse", "HEAD")
    honest(court, "CHG-1", DB, "1.0.1", how="rebase", at="2026-12-01T22:10:00Z")
    honest(court, "CHG-2", DB, "1.0.0", how="rebase", at="2026-12-01T22:20:00Z")
    turned(court, start)
    assert replayed(court, "main") == (0, [])


def test_a_branch_that_is_brought_up_to_date_is_clean(court: Court) -> None:
    court.branch("pr")
    court.edit(APP, {"/spec/version": "1.0.1"})
    court.commit("jaan", "A first try", at="2026-12-01T22:02:00Z")
    honest_start = court.repo.git("rev-parse", "pr")
    court.checkout("main")
    honest(court, "CHG-1", DB, "1.0.1")
    court.checkout("pr")
    court.git("jaan", "merge", "--quiet", "--no-edit", "main")
    court.edit(APP, {"/spec/version": "1.0.2"})
    court.put(change("CHG-2", {APP: "change"}))
    court.commit("jaan", "Update the application", at="2026-12-01T22:12:00Z")
    voted(court, "CHG-2", "liis", "kadri")
    court.merge("pr", at="2026-12-01T22:20:00Z")
    assert honest_start != court.repo.git("rev-parse", "main")
    assert replayed(court, "main") == (0, [])


def test_a_receipt_says_that_the_line_was_a_branch(court: Court, tmp_path: Path) -> None:
    court.branch("pr")
    taken_back(court, sneak(court))
    court.repo.write("notes.txt", "hi\n")
    court.commit("jaan", "Only notes", at="2026-12-01T22:10:00Z")
    court.now = "2026-12-01T23:02:00Z"
    given = kept(court, tmp_path, "pr")
    court.merge("pr", at="2026-12-01T23:05:00Z")
    assert [one["rule"] for one in replayed(court, "main")[1]] == ["BACK_AND_FORTH"]
    assert replayed(court, "main", *given) == (0, [])


def test_a_squash_that_repeats_the_messages_of_its_commits_names_its_change(court: Court) -> None:
    court.put(change("CHG-1", {DB: "change"}))
    court.branch("begin")
    court.commit("jaan", "The work begins", at="2026-12-01T22:01:00Z")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Update the database", at="2026-12-01T22:02:00Z")
    court.now = "2026-12-01T22:05:00Z"
    voted(court, "CHG-1", "liis", "kadri")
    court.git("jaan", "reset", "--quiet", "--soft", "main")
    court.git("jaan", "restore", "--staged", "--worktree", "records/configuration-items")
    court.commit_staged("jaan", "Plan and votes", at="2026-12-01T22:06:00Z")
    court.merge("begin", at="2026-12-01T22:07:00Z")
    court.edit(DB, {"/spec/version": "1.0.1"})
    message = "Update the database (#12)\n\n* p2\n\nChange: CHG-1\n\n* a note"
    court.commit("jaan", message, at="2026-12-01T22:20:00Z")
    code, found = replayed(court, "main")
    assert (code, [one["message"] for one in found]) == (0, [])
