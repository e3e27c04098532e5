"""The wiring that `init` writes: its scripts, run as a runner would, against a real remote with a pull request."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from court import NOW, Court, change
from forge import Forge, running
from test_pre_receive import programs

from itsmctl import __version__
from itsmctl.desk import wiring
from itsmctl.sources.model import UPWARDS

if TYPE_CHECKING:
    from conftest import MakeRepo, Repo

PROJECT = Path(__file__).resolve().parent.parent
DB = "ConfigurationItem/db-01"
FILES = {path.removeprefix(UPWARDS): content for path, content in wiring.plan("main").items()}
FLOW = yaml.safe_load(FILES[wiring.GATE])
HEADER, COMPONENT = yaml.safe_load_all((PROJECT / "templates/gate.yml").read_text())


@dataclass(frozen=True)
class Done:
    code: int
    stdout: str
    stderr: str


@dataclass
class Runner:
    """A machine that runs steps in a clone of the remote. `github` is what expressions see."""

    court: Court
    remote: Path
    clone: Path
    folder: Path
    environ: dict[str, str]
    github: dict[str, Any] = field(default_factory=dict)

    def shell(self, script: str, environ: Mapping[str, str], *shell: str) -> Done:
        path = f"{self.folder}{os.pathsep}{self.environ['PATH']}"
        found = {**self.environ, **environ, "PATH": path}
        done = subprocess.run([*shell, script], cwd=self.clone, env=found, capture_output=True, text=True, check=False)
        return Done(done.returncode, done.stdout, done.stderr)

    def step(self, job: str, name: str, **environ: str) -> Done:
        """One step with a script, as GitHub's runner starts it."""
        one = next(step for step in FLOW["jobs"][job]["steps"] if step["name"] == name)
        held = {key: evaluated(value, self.github) for key, value in one["env"].items()}
        script = self.folder / "step.sh"
        script.write_text(one["run"])
        return self.shell(str(script), {**held, **environ}, "bash", "-e")


def evaluated(text: str, github: Mapping[str, Any]) -> str:
    """A value with its expressions replaced: paths into `github`, texts, `format` and `||`."""

    def value(said: str) -> str:
        said = said.strip()
        called = re.fullmatch(r"format\('([^']*)', (.+)\)", said)
        if called:
            inner = value(called[2])
            return called[1].replace("{0}", inner)
        if said.startswith("'"):
            return said.strip("'")
        at: Any = {"github": github}
        for part in said.split("."):
            at = at.get(part, {}) if isinstance(at, Mapping) else {}
        return "" if at == {} else str(at)

    def whole(match: re.Match[str]) -> str:
        return next((found for one in match[1].split("||") if (found := value(one))), "")

    return re.sub(r"\$\{\{ (.+?) \}\}", whole, text)


@pytest.fixture(scope="module")
def served() -> Iterator[Forge]:
    with running() as forge:
        yield forge


@pytest.fixture
def runner(court: Court, make_repo: MakeRepo, tmp_path: Path, served: Forge) -> Runner:
    """A remote with the court's main, whose jaan has an account, and a clone of it."""
    account = {"forge": "github", "host": served.host, "id": 102, "login": "jaan"}
    court.edit("Person/jaan", {"/spec/accounts": [account]})
    court.commit("rein", "Jaan has an account")
    remote = make_repo("remote.git", "--bare").path
    court.repo.git("remote", "add", "origin", str(remote))
    court.repo.git("push", "--quiet", "origin", "main")
    clone = tmp_path / "clone"
    court.repo.git("clone", "--quiet", str(remote), str(clone))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environ = {
        **court.repo.environ,
        "RUNNER_TEMP": str(temporary),
        "GITHUB_REPOSITORY": "town/records",
        "GITHUB_API_URL": served.url,
        "GITHUB_ACTIONS": "true",
    }
    return Runner(court, remote, clone, programs(tmp_path / "programs", NOW), environ)


def propose(runner: Runner, *voters: str) -> str:
    """A pull request #7 by jaan, and the event of it; the head."""
    court = runner.court
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Update the database")
    court.votes("CHG-1", *voters)
    head = court.repo.git("rev-parse", "pr")
    court.repo.git("push", "--quiet", "origin", "pr:refs/pull/7/head")
    pull = {"number": 7, "head": {"sha": head}, "base": {"ref": "main"}}
    runner.github = {
        "event_name": "pull_request_target",
        "token": "s3cret",
        "server_url": "https://forge.invalid",
        "repository": "town/records",
        "event": {"pull_request": pull},
    }
    return head


def lay(forge: Forge, court: Court, head: str) -> None:
    """The forge knows the pull request as it is."""
    base = court.repo.git("rev-parse", "main")
    oids = court.repo.git("rev-list", "--reverse", f"main..{head}").split()
    jaan = {"login": "jaan", "id": 102, "type": "User"}
    who = {"name": "jaan", "email": "jaan@town.example", "date": "2026-11-30T12:00:00Z"}
    unsigned = {"verified": False, "reason": "unsigned", "signature": None, "payload": None}
    repo = {"id": 1, "full_name": "town/records"}
    pull = "/repos/town/records/pulls/7"
    forge.clear()
    forge.laid[pull] = {
        "number": 7,
        "state": "open",
        "draft": False,
        "commits": len(oids),
        "updated_at": "2026-11-30T13:00:00Z",
        "user": jaan,
        "head": {"ref": "pr", "sha": head, "repo": repo},
        "base": {"ref": "main", "sha": base, "repo": repo},
    }
    forge.laid[f"{pull}/commits"] = [
        {
            "sha": oid,
            "commit": {"author": who, "committer": who, "message": "x", "verification": unsigned},
            "author": jaan,
            "committer": jaan,
            "parents": [],
        }
        for oid in oids
    ]
    forge.laid[f"{pull}/reviews"] = []
    forge.laid["/repos/town/records/issues/7/timeline"] = []
    activity = "/repos/town/records/activity"
    forge.cursors = {activity}
    forge.laid[activity] = [
        {
            "id": number,
            "before": before,
            "after": after,
            "ref": "refs/heads/pr",
            "timestamp": "2026-11-30T12:30:00Z",
            "activity_type": "push" if before != base else "branch_creation",
            "actor": jaan,
        }
        for number, (before, after) in enumerate(zip([base, *oids], oids, strict=False), 1)
    ][::-1]


def judge(runner: Runner, **environ: str) -> Done:
    fetched = runner.step("gate", "Fetch target and head as objects", **environ)
    assert fetched.code == 0, fetched.stderr
    return runner.step("gate", "Judge", **environ)


# --- the workflow for GitHub


def test_a_pull_request_with_its_votes_passes(runner: Runner, served: Forge) -> None:
    head = propose(runner, "liis", "kadri")
    lay(served, runner.court, head)
    before = runner.court.repo.git("-C", str(runner.clone), "rev-parse", "HEAD")
    done = judge(runner)
    assert done.code == 0, done.stdout + done.stderr
    assert served.tokens == {"token s3cret"}
    after = runner.court.repo.git("-C", str(runner.clone), "rev-parse", "HEAD")
    assert after == before
    assert "1.0.1" not in (runner.clone / "records/configuration-items/db-01.yaml").read_text()
    assert "itsmctl gate" in (Path(runner.environ["RUNNER_TEMP"]) / "itsmctl/comment.md").read_text()


def test_one_that_lacks_votes_fails_and_is_told_why(runner: Runner, served: Forge) -> None:
    head = propose(runner, "liis")
    lay(served, runner.court, head)
    summary = Path(runner.environ["RUNNER_TEMP"]) / "summary.md"
    done = judge(runner, GITHUB_STEP_SUMMARY=str(summary))
    assert done.code == 1
    assert "LACKING" in done.stdout
    comment = (Path(runner.environ["RUNNER_TEMP"]) / "itsmctl/comment.md").read_text()
    assert "CHG-1" in comment
    assert "CHG-1" in summary.read_text()


def test_the_target_is_judged_as_it_is_by_now(runner: Runner, served: Forge) -> None:
    head = propose(runner, "liis", "kadri")
    court = runner.court.checkout("main")
    court.edit(DB, {"/spec/version": "1.0.2"})
    court.commit("mari", "Main moves on past the gate")
    court.repo.git("push", "--quiet", "origin", "main")
    lay(served, court, head)
    assert judge(runner).code == 3  # the two conflict, and a clone of yesterday would not know


def test_a_forge_that_does_not_answer_leaves_no_verdict(runner: Runner, served: Forge) -> None:
    propose(runner, "liis", "kadri")
    served.clear()
    assert judge(runner).code == 3


def test_a_head_that_has_moved_on_is_not_judged_for_the_old_one(runner: Runner, served: Forge) -> None:
    old = propose(runner, "liis", "kadri")
    court = runner.court
    court.edit(DB, {"/spec/version": "6.6.6"})
    head = court.commit("jaan", "Something else")
    court.repo.git("push", "--quiet", "--force", "origin", "pr:refs/pull/7/head")
    lay(served, court, head)
    assert runner.github["event"]["pull_request"]["head"]["sha"] == old
    assert judge(runner).code == 3


def test_a_merge_queue_is_judged_by_what_it_will_merge(runner: Runner) -> None:
    propose(runner, "liis", "kadri")
    court = runner.court
    base = court.repo.git("rev-parse", "main")
    head = court.merge("pr")
    court.repo.git("push", "--quiet", "origin", "main:refs/heads/gh-readonly-queue/main/pr-7")
    queue = {"base_ref": "refs/heads/main", "base_sha": base, "head_sha": head}
    queue["head_ref"] = "refs/heads/gh-readonly-queue/main/pr-7"
    runner.github |= {"event_name": "merge_group", "event": {"merge_group": queue}}
    done = judge(runner)
    assert done.code == 0, done.stdout + done.stderr
    court.edit(DB, {"/spec/version": "1.0.2"})
    queue["head_sha"] = court.commit("jaan", "Slipped in")
    court.repo.git("push", "--quiet", "--force", "origin", "main:refs/heads/gh-readonly-queue/main/pr-7")
    assert judge(runner).code == 1


def test_the_audit_finds_what_was_pushed_past_the_gate(runner: Runner) -> None:
    court = runner.court
    before = court.repo.git("rev-parse", "main")
    court.repo.write("README.md", "# Town\n")
    court.commit("jaan", "Write it down")
    court.repo.git("push", "--quiet", "origin", "main")
    court.repo.git("-C", str(runner.clone), "fetch", "--quiet")
    runner.github = {"event_name": "push", "event": {"before": before}}
    name = "Replay the gate over what came in"
    assert runner.step("audit", name).code == 0
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("mari", "Past the gate")
    court.repo.git("push", "--quiet", "origin", "main")
    court.repo.git("-C", str(runner.clone), "fetch", "--quiet")
    done = runner.step("audit", name)
    assert done.code == 1
    assert "UNGATED_MERGE" in done.stdout
    for whole in ("", "0" * 40):
        runner.github = {"event_name": "schedule", "event": {"before": whole}}
        assert runner.step("audit", name).code == 1
    court.repo.git("commit", "--quiet", "--amend", "-m", "Otherwise")
    court.repo.git("push", "--quiet", "--force", "origin", "main~1:main")
    runner.github = {"event_name": "push", "event": {"before": court.repo.git("rev-parse", "main")}}
    court.repo.git("-C", str(runner.clone), "fetch", "--quiet")
    assert runner.step("audit", name).code == 3


def test_the_audit_asks_for_the_reviews_of_what_came_in(runner: Runner, served: Forge, tmp_path: Path) -> None:
    court = runner.court
    court.edit(
        "Person/liis", {"/spec/accounts": [{"forge": "github", "host": served.host, "id": 101, "login": "liis"}]}
    )
    require = [{"role": "change-advisory-board"}]
    court.edit("ApprovalRule/normal", {"/spec/require": require, "/spec/min_tier": "T2", "/spec/serial": 2})
    before = court.commit("rein", "Reviews count")
    court.repo.git("push", "--quiet", "origin", "main")
    head = propose(runner)
    lay(served, court, head)
    review = {"id": 1, "user": {"login": "liis", "id": 101, "type": "User"}, "state": "APPROVED", "commit_id": head}
    review |= {"submitted_at": "2026-12-01T22:20:00Z", "body": ""}
    served.laid["/repos/town/records/pulls/7/reviews"] = [review]
    event = {"event": "reviewed", "state": "approved", **{key: review[key] for key in ("id", "user", "submitted_at")}}
    served.laid["/repos/town/records/issues/7/timeline"] = [event]
    court.merge("pr", at="2026-12-01T22:25:00Z")
    court.repo.git("push", "--quiet", "origin", "main")
    court.repo.git("-C", str(runner.clone), "fetch", "--quiet")
    (runner.folder / "gh").write_text('#!/bin/sh\ncase "$*" in *"/pulls"*) [ -z "$GH_NONE" ] && echo 7 ;; esac\n')
    (runner.folder / "gh").chmod(0o755)
    runner.github = {"event_name": "push", "event": {"before": before}}
    done = runner.step("audit", "Replay the gate over what came in", GH_NONE="1")
    assert (done.code, "UNGATED_MERGE" in done.stdout) == (1, True), done.stdout + done.stderr
    done = runner.step("audit", "Replay the gate over what came in", GH_NONE="")
    assert (done.code, "reviews that were kept" in done.stdout) == (0, True), done.stdout + done.stderr


GH = """#!/bin/sh
printf '%s\\n' "$*" >> "$GH_LOG"
case "$*" in
  *--paginate*) cat "$GH_FOUND" ;;
  "pr list"*) echo aaa; echo bbb ;;
  "run list"*"--commit aaa"*) echo 11 ;;
  "run rerun"*) exit 1 ;;
esac
"""


@pytest.mark.parametrize(("held", "wrote"), [("", "repos/town/records/issues/7/comments"), ("41\n42\n", "comments/41")])
def test_the_comment_is_written_once_and_then_anew(runner: Runner, tmp_path: Path, held: str, wrote: str) -> None:
    propose(runner)
    log, found = tmp_path / "gh.log", tmp_path / "found"
    found.write_text(held)
    (runner.folder / "gh").write_text(GH)
    (runner.folder / "gh").chmod(0o755)
    folder = Path(runner.environ["RUNNER_TEMP"]) / "itsmctl"
    folder.mkdir()
    (folder / "comment.md").write_text("<!-- itsmctl gate -->\n### Denied\n$(touch pwned)\n")
    variables = {"GH_LOG": str(log), "GH_FOUND": str(found)}
    assert runner.step("comment", "Write the comment, or write it anew", **variables).code == 0
    asked, said = log.read_text().splitlines()[0], log.read_text().splitlines()[-1]
    assert "startswith(env.MARK)" in log.read_text()
    assert "repos/town/records/issues/7/comments" in asked
    assert wrote in said
    assert said.endswith(f"body=@{folder}/comment.md")
    assert not (runner.clone / "pwned").exists()


def test_open_pull_requests_are_judged_again(runner: Runner, tmp_path: Path) -> None:
    propose(runner)
    (runner.folder / "gh").write_text(GH)
    (runner.folder / "gh").chmod(0o755)
    log = tmp_path / "gh.log"
    done = runner.step("again", "Start the last run on each head again", GH_LOG=str(log), GH_FOUND="/dev/null")
    assert done.code == 0
    assert [line for line in log.read_text().splitlines() if "rerun" in line] == ["run rerun 11"]
    assert "::warning::the gate on aaa was not started again" in done.stdout


@pytest.mark.parametrize("hostile", ["$(touch pwned)", "`touch pwned`", '"; touch pwned; "', "x;touch${IFS}pwned"])
def test_no_name_of_a_branch_is_taken_for_shell(runner: Runner, hostile: str) -> None:
    propose(runner)
    runner.github["event"]["pull_request"]["base"]["ref"] = hostile
    assert runner.step("gate", "Fetch target and head as objects").code != 0
    assert runner.step("gate", "Judge").code in (2, 3)
    assert not (runner.clone / "pwned").exists()


def test_the_head_is_never_checked_out_and_no_expression_stands_in_a_script() -> None:
    steps = [step for job in FLOW["jobs"].values() for step in job["steps"]]
    for step in steps:
        assert "${{" not in step.get("run", "")
    for step in (one for one in steps if one.get("uses", "").startswith("actions/checkout")):
        assert step["with"]["persist-credentials"] is False
        assert step["with"]["fetch-depth"] == 0
        assert not re.search(r"\bhead\b|head_", step["with"]["ref"])
    assert "checkout" not in "".join(step.get("run", "") for step in steps)


def test_each_job_has_the_rights_that_it_needs_and_no_more() -> None:
    assert FLOW["permissions"] == {}
    held = {name: job["permissions"] for name, job in FLOW["jobs"].items()}
    read = {"contents": "read", "issues": "read", "pull-requests": "read"}
    assert held == {
        "gate": read,
        "comment": {"pull-requests": "write"},
        "audit": read,
        "again": {"actions": "write", "pull-requests": "read"},
    }


def test_actions_are_pinned_and_the_tool_is_this_version() -> None:
    text = FILES[wiring.GATE].decode()
    used = re.findall(r"uses: (\S+)", text)
    assert len(used) == len(re.findall(r"uses: [\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+\n", text)) == 6
    assert text.count(f"=={__version__}'") == 2
    assert "@@" not in text


def test_branch_and_folder_are_those_of_the_repository() -> None:
    planned = wiring.plan("release+1", "it services")
    found = {path.removeprefix(UPWARDS): content for path, content in planned.items()}
    flow = yaml.safe_load(found[wiring.GATE])
    assert flow[True]["push"]["branches"] == ["release\\+1"]
    assert flow["jobs"]["audit"]["steps"][0]["with"]["ref"] == "release+1"
    for path, words in ((wiring.GATE, "gate"), (wiring.HOOK, "gate --pre-receive"), (wiring.VALIDATE, "validate")):
        assert f"itsmctl {words} --root 'it services'" in found[path].decode()


def test_init_writes_it_and_the_hook_can_be_run(repo: Repo) -> None:
    assert repo.run("init", "--name", "Mari", "--email", "mari@example.org").code == 0
    for path, content in FILES.items():
        assert (repo.path / path).read_bytes() == content
        assert os.access(repo.path / path, os.X_OK) == (path == wiring.HOOK)
    for shell in (["sh", "-n"], ["bash", "-n"]):
        assert subprocess.run([*shell, str(repo.path / wiring.HOOK)], check=False).returncode == 0


def test_what_init_wrote_is_protected_by_default() -> None:
    from itsmctl.settings.model import Settings

    protected = Settings.model_fields["protected"].default
    assert ".github/workflows/**" in protected
    assert wiring.HOOK in protected


# --- the component for GitLab


def component(runner: Runner, variables: Mapping[str, str], **inputs: str) -> Done:
    """The script of the job, as GitLab's runner starts it."""
    given = {name: str(held["default"]) for name, held in HEADER["spec"]["inputs"].items()} | inputs
    text = re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda match: given[match[1]], json.dumps(COMPONENT))
    (job,) = json.loads(text).values()
    held = {key: str(one["value"] if isinstance(one, dict) else one) for key, one in job["variables"].items()}
    return runner.shell("\n".join(job["script"]), {**held, **variables}, "sh", "-e", "-c")


def asked(runner: Runner, head: str, **more: str) -> dict[str, str]:
    runner.court.repo.git("push", "--quiet", "--force", "origin", f"{head}:refs/merge-requests/7/head")
    return {
        "GITHUB_ACTIONS": "",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_COMMIT_SHA": head,
        **more,
    }


def test_a_merge_request_passes_with_its_votes_alone(runner: Runner) -> None:
    head = propose(runner, "liis")
    done = component(runner, asked(runner, head))
    assert done.code == 1
    assert "LACKING" in done.stdout
    assert json.loads((runner.clone / "itsmctl-codequality.json").read_text())
    runner.court.vote("kadri", "CHG-1")
    head = runner.court.repo.git("rev-parse", "pr")
    done = component(runner, asked(runner, head))
    assert done.code == 0, done.stdout + done.stderr
    assert (runner.clone / "itsmctl-gate.md").is_file()


def test_a_merge_train_is_judged_by_what_it_will_merge(runner: Runner) -> None:
    source = propose(runner, "liis", "kadri")
    train = runner.court.merge("pr")
    runner.court.repo.git("push", "--quiet", "origin", f"{train}:refs/merge-requests/7/train")
    runner.court.repo.git("-C", str(runner.clone), "fetch", "--quiet", "origin", "refs/merge-requests/7/train")
    variables = asked(runner, source, CI_MERGE_REQUEST_EVENT_TYPE="merge_train") | {"CI_COMMIT_SHA": train}
    done = component(runner, variables)
    assert done.code == 0, done.stdout + done.stderr


def test_the_job_on_the_target_replays_what_came_in(runner: Runner) -> None:
    court = runner.court
    before = court.repo.git("rev-parse", "main")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("mari", "Past the gate")
    court.repo.git("push", "--quiet", "origin", "main")
    court.repo.git("-C", str(runner.clone), "fetch", "--quiet")
    variables = {"CI_COMMIT_BRANCH": "main", "CI_COMMIT_SHA": court.repo.git("rev-parse", "main")}
    for known in ({"CI_COMMIT_BEFORE_SHA": before}, {"CI_COMMIT_BEFORE_SHA": "0" * 40}, {}):
        done = component(runner, {**variables, **known})
        assert done.code == 1, done.stderr
        assert "UNGATED_MERGE" in done.stdout


def test_the_component_describes_and_uses_every_input() -> None:
    text = (PROJECT / "templates/gate.yml").read_text()
    assert set(re.findall(r"\$\[\[ inputs\.(\w+) \]\]", text)) == set(HEADER["spec"]["inputs"])
    assert HEADER["spec"]["inputs"]["version"]["default"] == __version__
    (job,) = COMPONENT.values()
    assert "inputs." not in "".join([*job["script"], *job["before_script"]])
    for value in job["variables"].values():
        assert "$[[" not in str(value) or value["expand"] is False


def test_init_writes_the_same_jobs_for_gitlab(make_repo: MakeRepo) -> None:
    repo = make_repo("lab")
    repo.git("remote", "add", "origin", "git@gitlab.town.example:it/records.git")
    assert repo.run("init", "--name", "Mari", "--email", "mari@example.org", "--branch", "release").code == 0
    assert not (repo.path / ".github").exists()
    text = (repo.path / wiring.GITLAB).read_text()
    assert "$[[" not in text
    assert "@@" not in text
    jobs = yaml.safe_load(text)
    assert sorted(jobs) == ["itsmctl", "itsmctl-gate"]
    (component,) = COMPONENT.values()
    assert jobs["itsmctl-gate"]["script"] == component["script"]
    assert "$[[" not in str(jobs)
    assert jobs["itsmctl-gate"]["image"] == HEADER["spec"]["inputs"]["image"]["default"]
    assert jobs["itsmctl-gate"]["variables"]["ITSMCTL_FOLDER"] == {"value": ".", "expand": False}
    assert jobs["itsmctl-gate"]["rules"][1]["if"].endswith('$CI_COMMIT_BRANCH == "release"')
    assert "--forge github" in repo.run("init", "x", "--forge", "gitea", "--name", "A", "--email", "a@b.example").stderr
