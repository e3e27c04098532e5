"""Ways past the gate by what git can be made to say, and by the branch itself. The numbers are those of the list."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from attack import approved, begun, denied, no_verdict, settings
from conftest import Repo
from court import Court, change
from test_gate_flows import DB, allowed, voted


def test_t81_grafts_and_replacements_cut_no_history_off(court: Court) -> None:
    begun(court)
    court.edit(DB, {"/spec/version": "1.0.2"})
    court.commit("kadri", "A fix")
    voted(court, "CHG-1", "liis", "kadri")
    head, main = court.repo.git("rev-parse", "HEAD"), court.repo.git("rev-parse", "main")
    (court.repo.path / ".git/info").mkdir(exist_ok=True)
    (court.repo.path / ".git/info/grafts").write_text(f"{head} {main}\n")
    assert court.gate().code in (1, 3)
    (court.repo.path / ".git/info/grafts").unlink()
    tree = court.repo.git("rev-parse", "HEAD^{tree}")
    other = court.git("jaan", "commit-tree", tree, "-p", main, "-m", "All mine")
    court.repo.git("replace", head, other)
    denied(court, "LACKING", kadri="CONTRIBUTOR")


def test_t82_a_shallow_or_partial_copy_is_no_history(court: Court, tmp_path: Path) -> None:
    approved(court)
    court.repo.git("config", "uploadpack.allowFilter", "true")
    for number, option in enumerate(("--depth=1", "--filter=blob:none")):
        path = tmp_path / f"copy{number}"
        court.repo.git("clone", "--quiet", "--no-single-branch", option, f"file://{court.repo.path}", str(path))
        copy = Court(Repo(path, court.repo.environ), court.keys)
        copy.repo.git("branch", "main", "origin/main")
        no_verdict(copy)


@pytest.mark.parametrize("mode", ["120000", "160000", "100755"])
def test_t83_a_record_is_a_plain_file(court: Court, mode: str) -> None:
    approved(court)
    path = "records/configuration-items/db-01.yaml"
    oid = court.repo.git("rev-parse", "main") if mode == "160000" else court.repo.git("rev-parse", f"HEAD:{path}")
    court.repo.git("update-index", "--cacheinfo", f"{mode},{oid},{path}")
    court.commit_staged("jaan", "Another mode")
    assert court.gate().code in (1, 3)


@pytest.mark.parametrize("name", ["-x", "a\nb", 'a"b', "a\\b", "ä"])
def test_t86_odd_names_are_seen_as_they_are(court: Court, name: str) -> None:
    approved(court)
    court.repo.write(f"records/configuration-items/{name}.yaml", "kind: [\n")
    court.commit("jaan", "An odd name")
    assert court.gate().code in (1, 3)


@pytest.mark.parametrize("ref", ["--output=x", "-p", "main..HEAD", "HEAD^{tree}", "no-such", ":/x", "HEAD:records"])
def test_t86_a_ref_is_a_ref(court: Court, ref: str) -> None:
    approved(court)
    ran = court.run("mari", "gate", f"--base={ref}", "--head", "HEAD")
    assert ran.code in (1, 2, 3)
    ran = court.run("mari", "gate", "--base=main", f"--head={ref}")
    assert ran.code in (1, 2, 3)
    assert not (court.repo.path / "x").exists()


def test_t86_a_name_that_means_two_things_is_none(court: Court) -> None:
    approved(court)
    court.repo.git("tag", "main", "HEAD")
    no_verdict(court)


def test_t87_the_work_tree_is_not_what_is_judged(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "6.6.6"})
    court.commit("jaan", "Just do it")
    court.repo.git("update-index", "--skip-worktree", "records/configuration-items/db-01.yaml")
    court.edit(DB, {"/spec/version": "1.0.0"})
    settings(court, outside_authors="allow")
    denied(court, "NOT_COVERED")


def test_t88_environment_and_config_lead_nowhere(court: Court, tmp_path: Path) -> None:
    begun(court, "kadri")
    other = tmp_path / "other"
    court.repo.git("clone", "--quiet", str(court.repo.path), str(other))
    hook = court.repo.path / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    for key, value in (
        ("core.hooksPath", str(hook.parent)),
        ("diff.external", str(hook)),
        ("core.fsmonitor", str(hook)),
        ("merge.default", "ours"),
        ("merge.ours.driver", "true"),
        ("core.attributesFile", str(tmp_path / "attributes")),
    ):
        court.repo.git("config", key, value)
    poison = {
        "GIT_INDEX_FILE": str(tmp_path / "index"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(other / ".git/objects"),
        "GIT_EXTERNAL_DIFF": str(hook),
        "GIT_NAMESPACE": "x",
        "GIT_SSH_COMMAND": str(hook),
    }
    honest = denied(court, "LACKING").ran.stdout
    court.repo.environ = {**court.repo.environ, **poison}  # type: ignore[misc]
    ran = court.gate()
    assert ran.ran.stdout == honest
    assert not (tmp_path / "ran").exists()


def test_t89_an_object_that_is_not_what_its_id_says(court: Court) -> None:
    approved(court)
    blob = court.repo.git("rev-parse", "HEAD:records/configuration-items/db-01.yaml")
    file = court.repo.path / ".git/objects" / blob[:2] / blob[2:]
    held = zlib.decompress(file.read_bytes())
    file.chmod(0o644)
    file.write_bytes(zlib.compress(held.replace(b"1.0.1", b"6.6.6")))
    assert court.gate().code in (1, 3)


def test_t97_a_push_past_the_gate_comes_to_light(court: Court) -> None:
    start = court.repo.git("rev-parse", "main")
    court.edit(DB, {"/spec/version": "6.6.6"})
    pushed = court.commit("jaan", "I may do that", at="2026-12-01T22:10:00Z")
    ran = court.run("mari", "audit", "history", f"{start}..main", "-f", "json")
    assert ran.code == 1
    (found,) = json.loads(ran.stdout)["findings"]
    assert pushed[:7] in found["message"]
    assert "NOT_COVERED" in found["message"]


# --- a governed root below the top of the repository

FLOW = "File/.github/workflows/gate.yml"
ABOVE = "File/:/.github/workflows/gate.yml"


def below(court: Court) -> Court:
    """All that is governed stands in ops/; workflows of the whole repository are protected."""
    (court.repo.path / "ops").mkdir()
    for name in ("itsm.yaml", "records", ".gitattributes"):
        court.repo.git("mv", name, f"ops/{name}")
    court.repo.write(".github/workflows/gate.yml", "on: push\n")
    court.commit("rein", "Move in")
    return court


def put_below(court: Court, data: dict[str, Any]) -> None:
    from itsmctl import yamltext

    court.repo.write(f"ops/records/changes/{data['metadata']['name']}.yaml", yamltext.dump(data))


def gate_below(court: Court) -> tuple[int, set[str]]:
    from court import Judged

    ran = court.run("mari", "gate", "--base", "main", "--root", str(court.repo.path / "ops"), "-f", "json")
    return ran.code, Judged(ran).codes if ran.code in (0, 1) else {ran.stderr}


def vote_below(court: Court, *persons: str) -> None:
    for one in persons:
        words = ("--base", "main", "--key", str(court.keys[one]), "--yes", "--root", str(court.repo.path / "ops"))
        ran = court.run(one, "change", "approve", "CHG-1", "--anyway", *words)
        assert ran.code == 0, ran.stderr


def test_a_file_above_the_root_is_not_covered_by_its_namesake_inside(court: Court) -> None:
    below(court).branch("pr")
    court.repo.write("ops/.github/workflows/gate.yml", "on: never\n")
    put_below(court, change("CHG-1", {FLOW: "add"}))
    court.commit("jaan", "A workflow that nothing runs")
    vote_below(court, "rein", "sirje")
    assert gate_below(court) == (0, set())
    court.repo.write(".github/workflows/gate.yml", "on: never\n")
    court.commit("jaan", "And one that counts")
    code, codes = gate_below(court)
    assert (code, "NOT_COVERED" in codes) == (1, True)


def test_whoever_edits_a_file_above_the_root_has_a_hand_in_it(court: Court) -> None:
    below(court).branch("pr")
    court.repo.write(".github/workflows/gate.yml", "on: never\n")
    court.commit("sirje", "A workflow")
    put_below(court, change("CHG-1", {ABOVE: "change"}))
    court.commit("jaan", "And its change")
    vote_below(court, "rein", "sirje")
    code, codes = gate_below(court)
    assert (code, "LACKING" in codes) == (1, True), codes
    vote_below(court, "ene")
    assert gate_below(court) == (0, set())
    court.checkout("main")
    court.git("mari", "merge", "--quiet", "--no-ff", "-m", "Merge", "pr")
    court.repo.write(".github/workflows/gate.yml", "on: push\n")
    court.commit("rein", "Back, past the gate")
    court.branch("again")
    court.repo.write(".github/workflows/gate.yml", "on: never\n")
    court.commit("jaan", "Again\n\nChange: CHG-1")
    code, codes = gate_below(court)
    assert (code, "SPENT" in codes) == (1, True), codes


@pytest.mark.parametrize("path", ["OPS/itsm.yaml", "Ops/records/x.yaml", "ops/Records/x.yaml", ":/x", "ops/:/x"])
def test_nothing_looks_like_the_governed_root(court: Court, path: str) -> None:
    below(court).branch("pr")
    oid = court.repo.git("hash-object", "-w", "--stdin", stdin=b"a: 1\n")
    court.repo.git("update-index", "--add", "--cacheinfo", f"100644,{oid},{path}")
    court.commit_staged("jaan", "Something else")
    assert gate_below(court)[0] in (1, 3)


def test_first_governance_is_not_founded_twice(court: Court) -> None:
    held = court.repo.git("show", "main:itsm.yaml")
    court.repo.git("rm", "--quiet", "itsm.yaml")
    court.commit("rein", "Away with it")
    court.branch("pr")
    court.repo.write("itsm.yaml", held + "\n")
    court.commit("jaan", "A new beginning")
    no_verdict(court, "governed once")
    no_verdict(court, "governed once", argv=("--bootstrap", f"sha256:{'0' * 64}"))


def test_nothing_new_and_less_than_nothing(court: Court) -> None:
    court.branch("same")
    assert allowed(court)["code"] == "NOTHING_GOVERNED"
    court.checkout("main")
    court.repo.write("README.md", "# Town\n")
    court.commit("mari", "Main moves on")
    court.checkout("same")
    assert allowed(court)["code"] == "NOTHING_GOVERNED"


def test_a_head_without_a_common_past_is_no_head(court: Court) -> None:
    court.repo.git("checkout", "--quiet", "--orphan", "other")
    court.commit("jaan", "All anew")
    no_verdict(court, "history in common")
