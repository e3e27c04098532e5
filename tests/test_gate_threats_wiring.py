"""Ways past the gate around it: archives, rewritten targets, and what starts it. The numbers are those of the list."""

from __future__ import annotations

import json
import re
from pathlib import Path

from court import Court
from test_audit_history import honest, kept, replayed
from test_gate_flows import APP, DB
from test_wiring import COMPONENT, FLOW
from vault import Vault

GATE = FLOW["jobs"]["gate"]
STEPS = {step["name"]: step for step in GATE["steps"]}
(JOB,) = COMPONENT.values()


def test_t91_no_attribute_leaves_a_record_out_of_a_manifest(court: Court) -> None:
    court.repo.write(".gitattributes", "records/** export-ignore -diff\n*.yaml export-ignore\n")
    court.commit("rein", "What an archive leaves out")
    vault = Vault.over(court)
    vault.create("all")
    held = {f"{one['kind']}/{one['name']}" for one in vault.manifest("all")["items"]}
    assert {DB, APP} <= held


def test_t92_a_target_that_was_rewritten_or_put_back_is_told_by_its_receipts(court: Court, tmp_path: Path) -> None:
    old = court.repo.git("rev-parse", "main")
    honest(court, "CHG-1", DB, "1.0.1")
    given = kept(court, tmp_path, "main")  # judged when the merge of CHG-1 was the tip
    merged = court.repo.git("rev-parse", "main")
    assert replayed(court, "main", *given) == (0, [])
    court.repo.git("reset", "--quiet", "--hard", old)
    code, (found,) = replayed(court, "main", *given)
    assert (code, found["rule"]) == (1, "NOT_DESCENDED")
    assert merged[:7] in found["message"]
    assert "receipt.json" in found["message"]


def test_t93_what_is_judged_is_what_the_forge_says_itself_in_a_job_of_its_own() -> None:
    judge = STEPS["Judge"]
    for name in ("TARGET", "BASE", "HEAD", "NUMBER"):
        assert judge["env"][name].startswith("${{ github.event.")
    for option in ("--base", "--head", "--target", "--receipt"):
        assert option in judge["run"]
    before = json.dumps([step for name, step in STEPS.items() if name != "Judge"])
    assert "GITHUB_ENV" not in before
    assert "GITHUB_PATH" not in before
    assert "GITHUB_EVENT_PATH" not in json.dumps(FLOW)
    assert "needs" not in GATE
    for variable in ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "CI_COMMIT_SHA"):
        assert variable in "".join(JOB["script"])  # GitLab's own, which no job before can set for this one
    assert "needs" not in JOB
    assert "dependencies" not in JOB


def test_t94_nothing_that_a_pull_request_brings_starts_or_is_run() -> None:
    # of all other events GitHub takes the workflow from the target, or from the branch of the queue
    assert set(FLOW[True]) == {"pull_request_target", "merge_group", "push", "schedule"}
    for step in STEPS.values():
        assert not re.search(r"\bhead\b|head_", str(step.get("with", {})))
        assert "checkout" not in step.get("run", "")
    assert "+$HEAD_REF:refs/itsmctl/head" in STEPS["Fetch target and head as objects"]["run"]
    assert JOB["variables"]["GIT_CHECKOUT"] == "false"


def test_t95_the_check_is_never_skipped_and_says_what_it_is_for() -> None:
    assert not any("paths" in str(one) for one in FLOW[True].values())
    assert GATE["if"] == "github.event.pull_request || github.event.merge_group"
    assert "refs/heads/{0}" in GATE["name"]
    assert "continue-on-error" not in json.dumps(FLOW)
    assert "audit history" in FLOW["jobs"]["audit"]["steps"][-1]["run"]
    assert not any("changes" in rule or rule.get("when") in ("manual", "never") for rule in JOB["rules"])
    assert not {"allow_failure", "when", "only", "except"} & set(JOB)
