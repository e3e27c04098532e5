"""What other programs are given: hooks for pre-commit, an action for GitHub, a component for GitLab, a workflow.

`.ci/ecosystem` checks the same files with the linters and schemas of those programs, and installs from them.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import warm
import yaml
from world import AS_OF, change, found_small, item, lines, service, validate

from itsmctl import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conftest import MakeRepo, Repo

PROJECT = Path(__file__).resolve().parent.parent
MANIFEST = PROJECT / ".pre-commit-hooks.yaml"
ACTION = yaml.safe_load((PROJECT / "action.yml").read_text())
HEADER, COMPONENT = yaml.safe_load_all((PROJECT / "templates/validate.yml").read_text())
PINNED = re.compile(r" uses: [\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+\n")
FOUND = re.compile(r"^(\S+:\d+:\d+): \w+\[([\w-]+)\]", re.MULTILINE)


@dataclass(frozen=True)
class Done:
    code: int
    stdout: str
    stderr: str

    @property
    def found(self) -> list[str]:
        """`path:line:column rule` of each finding that was printed in one line."""
        return [f"{at} {rule}" for at, rule in FOUND.findall(self.stdout)]


Run = Callable[..., Done] if TYPE_CHECKING else object


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a program in a repository; `itsmctl` on its PATH is this checkout, and `pip` notes what it was asked for."""
    folder = tmp_path / "bin"
    folder.mkdir()
    warm.program(folder / "itsmctl")
    (folder / "pip").write_text(f'#!/bin/sh\necho "$*" >> "{tmp_path}/pip.log"\n')
    (folder / "pip").chmod(0o755)

    def started(repo: Repo, argv: list[str], environ: Mapping[str, str] = {}) -> Done:
        path = f"{folder}{os.pathsep}{repo.environ['PATH']}"
        found = {**repo.environ, "PRE_COMMIT_HOME": str(tmp_path / "cache"), **environ, "PATH": path}
        done = subprocess.run(argv, cwd=repo.path, env=found, capture_output=True, text=True, check=False)
        return Done(done.returncode, done.stdout, done.stderr)

    return started


def break_records(repo: Repo) -> None:
    """Findings of several rooms: a dangling reference, a value against its schema, a rule that warns."""
    repo.write("records/configuration-items/db.yaml", item("db", spec="version: 15.4"))
    repo.write("records/services/loans.yaml", service("loans", spec="components: [{item: gone}]"))
    risk = "risk: {likelihood: high, impact: high, level: low}"
    repo.write("records/changes/CHG-2026-0001.yaml", change("CHG-2026-0001", spec=risk))


# --- pre-commit

PRE_COMMIT = [sys.executable, "-m", "pre_commit"]


@pytest.fixture
def hooks(make_repo: MakeRepo) -> Repo:
    """A git repository with the manifest of hooks, as pre-commit clones it."""
    repo = make_repo("hooks")
    repo.write(".pre-commit-hooks.yaml", MANIFEST.read_bytes())
    repo.commit("hooks")
    return repo


def configure(repo: Repo, hooks: Repo, **args: list[str]) -> None:
    """Use these hooks, each with its arguments. Nothing is installed: what they run is on the PATH."""
    wanted = [
        {"id": name.replace("_", "-"), "language": "system", **({"args": words} if words else {})}
        for name, words in args.items()
    ]
    held = {"repo": str(hooks.path), "rev": hooks.git("rev-parse", "HEAD"), "hooks": wanted}
    repo.write(".pre-commit-config.yaml", json.dumps({"repos": [held]}))


def test_work_tree_revision_since_and_pre_commit_give_the_same_findings(repo: Repo, hooks: Repo, run: Run) -> None:
    found_small(repo)
    configure(repo, hooks, itsmctl_validate=["--as-of", AS_OF])
    clean = repo.commit("clean")
    break_records(repo)
    repo.git("add", "--all")

    expected = lines(validate(repo))
    assert [line.split()[1] for line in expected] == ["CHG-04", "schema-type", "reference"]
    hooked = run(repo, [*PRE_COMMIT, "run"])
    assert (hooked.code, hooked.found) == (1, expected)
    assert lines(validate(repo, "--since", clean)) == expected
    repo.commit("broken")
    assert lines(validate(repo, "--rev", "HEAD")) == expected
    assert lines(validate(repo, "--rev", "HEAD", "--since", clean)) == expected
    everywhere = run(repo, [*PRE_COMMIT, "run", "--all-files"])
    assert (everywhere.code, everywhere.found) == (1, expected)


def test_a_commit_with_findings_is_refused(repo: Repo, hooks: Repo, run: Run) -> None:
    found_small(repo)
    configure(repo, hooks, itsmctl_validate=["--as-of", AS_OF])
    before = repo.commit("clean")
    assert run(repo, [*PRE_COMMIT, "install"]).code == 0
    break_records(repo)
    repo.git("add", "--all")
    assert run(repo, ["git", "commit", "--quiet", "-m", "broken"]).code == 1
    assert repo.git("rev-parse", "HEAD") == before


def test_what_is_not_staged_does_not_count(repo: Repo, hooks: Repo, run: Run) -> None:
    found_small(repo)
    repo.write("records/services/loans.yaml", service("loans"))
    configure(repo, hooks, itsmctl_validate=["--as-of", AS_OF])
    repo.commit("clean")
    repo.write("records/services/loans.yaml", "broken: [")
    assert run(repo, [*PRE_COMMIT, "run"]).code == 0


def test_a_file_that_is_not_added_does_not_count(repo: Repo, hooks: Repo, run: Run) -> None:
    found_small(repo)
    repo.write("records/configuration-items/db.yaml", item("db"))
    configure(repo, hooks, itsmctl_validate=["--as-of", AS_OF])
    repo.commit("clean")
    assert run(repo, [*PRE_COMMIT, "install"]).code == 0
    repo.write("records/services/loans.yaml", service("loans"))
    text = item("db", spec="relations:\n  - {type: runs-on, target: loans-vm}")
    repo.write("records/configuration-items/db.yaml", text)
    repo.write("records/configuration-items/loans-vm.yaml", item("loans-vm"))
    repo.git("add", "records/configuration-items/db.yaml")

    ran = run(repo, ["git", "commit", "--quiet", "-m", "half of it"])
    assert ran.code == 1
    assert "there is no ConfigurationItem called loans-vm" in ran.stdout + ran.stderr
    ran = run(repo, ["git", "commit", "--quiet", "-m", "half of it", "--no-verify"])
    assert "reference" in {line.split()[1] for line in lines(validate(repo, "--rev", "HEAD"))}


@pytest.mark.parametrize("how", [["-a"], ["--only", "records/configuration-items/db.yaml"]])
def test_the_commit_that_git_is_about_to_make_is_judged(repo: Repo, hooks: Repo, run: Run, how: list[str]) -> None:
    """With -a and with paths, it is made from an index of its own."""
    found_small(repo)
    repo.write("records/configuration-items/db.yaml", item("db"))
    configure(repo, hooks, itsmctl_validate=["--as-of", AS_OF])
    before = repo.commit("clean")
    assert run(repo, [*PRE_COMMIT, "install"]).code == 0
    repo.write("records/configuration-items/db.yaml", "broken: [")

    assert run(repo, ["git", "commit", "--quiet", "-m", "broken", *how]).code == 1
    assert repo.git("rev-parse", "HEAD") == before


def test_before_a_push_what_is_pushed_is_judged(repo: Repo, hooks: Repo, run: Run) -> None:
    found_small(repo)
    configure(repo, hooks, itsmctl_validate=["--as-of", AS_OF])
    clean = repo.commit("clean")
    repo.write("records/services/loans.yaml", "broken: [")
    broken = repo.commit("broken")
    repo.write("records/services/loans.yaml", service("loans"))
    repo.git("add", "--all")

    assert run(repo, [*PRE_COMMIT, "run", "--from-ref", clean, "--to-ref", broken]).code == 1


def test_a_commit_that_only_removes_a_record_is_judged(repo: Repo, hooks: Repo, run: Run) -> None:
    found_small(repo)
    repo.write("records/configuration-items/db.yaml", item("db"))
    repo.write("records/services/loans.yaml", service("loans", spec="components: [{item: db}]"))
    configure(repo, hooks, itsmctl_validate=["--as-of", AS_OF])
    repo.commit("clean")
    assert run(repo, [*PRE_COMMIT, "run"]).code == 0
    repo.git("rm", "--quiet", "records/configuration-items/db.yaml")
    ran = run(repo, [*PRE_COMMIT, "run"])
    assert ran.code == 1
    assert [line.split()[1] for line in ran.found] == ["reference"]


def test_the_governed_repository_may_be_a_folder(repo: Repo, hooks: Repo, run: Run) -> None:
    found_small(type(repo)(repo.path / "itsm", repo.environ))
    root = ["--root", "itsm"]
    configure(repo, hooks, itsmctl_validate=[*root, "--as-of", AS_OF], itsmctl_fmt=root, itsmctl_policies=root)
    repo.write("itsm/records/services/loans.yaml", service("loans", spec="components: [{item: gone}]"))
    repo.git("add", "--all")
    ran = run(repo, [*PRE_COMMIT, "run", "itsmctl-validate"])
    assert ran.found == ["itsm/records/services/loans.yaml:9:23 reference"]
    ran = run(repo, [*PRE_COMMIT, "run", "itsmctl-fmt", "--all-files"])
    assert ran.code == 1
    assert "formatted itsm/records/ci-types/server.yaml" in ran.stdout
    assert run(repo, [*PRE_COMMIT, "run", "itsmctl-fmt", "--all-files"]).code == 0


def test_formatting_is_done_and_the_commit_waits_for_it(repo: Repo, hooks: Repo, run: Run) -> None:
    found_small(repo)
    configure(repo, hooks, itsmctl_fmt=[])
    ugly = service("loans").replace("kind: Service", "kind:    'Service'")
    file = repo.write("records/services/loans.yaml", ugly)
    repo.git("add", "--all")
    ran = run(repo, [*PRE_COMMIT, "run"])
    assert ran.code == 1
    assert "files were modified by this hook" in ran.stdout
    assert "kind: Service\n" in file.read_text()
    repo.git("add", "--all")
    assert run(repo, [*PRE_COMMIT, "run"]).code == 0


def test_rules_are_tried_when_they_change_and_only_then(repo: Repo, hooks: Repo, run: Run) -> None:
    found_small(repo)
    configure(repo, hooks, itsmctl_policies=[])
    repo.commit("clean")
    repo.write("records/services/loans.yaml", service("loans"))
    repo.git("add", "--all")
    assert "(no files to check)Skipped" in run(repo, [*PRE_COMMIT, "run"]).stdout
    repo.run("new", "Policy", "TLR-01", "--set", "kind=Service", "--set", "title=A title")
    repo.git("add", "--all")
    ran = run(repo, [*PRE_COMMIT, "run", "--verbose"])
    assert ran.code == 0
    assert "policy-text" in ran.stdout
    policy = repo.path / "policies/TLR-01.yaml"
    policy.write_text(policy.read_text().replace("expect: fail", "expect: pass", 1))
    repo.git("add", "--all")
    ran = run(repo, [*PRE_COMMIT, "run"])
    assert ran.code == 1
    assert "policy-example" in {line.split()[1] for line in ran.found}


def test_rules_that_are_not_staged_do_not_count(repo: Repo, hooks: Repo, run: Run) -> None:
    """A good rule is staged, and broken or not there in the work tree; one beside it is only in the work tree."""
    found_small(repo)
    configure(repo, hooks, itsmctl_policies=["--as-of", AS_OF])
    repo.run("new", "Policy", "TLR-01", "--set", "kind=Service", "--set", "title=A title")
    repo.commit("clean")
    policy = repo.path / "policies/TLR-01.yaml"
    policy.write_text(policy.read_text().replace("expect: fail", "expect: pass", 1))
    repo.write("policies/TLR-02.yaml", "kind: Policy\n")
    ran = run(repo, [*PRE_COMMIT, "run", "--all-files"])
    assert ran.code == 0, ran.stdout
    ran = run(repo, ["itsmctl", "policy", "test", "--staged", "policies/TLR-01.yaml"])
    assert ran.code == 2
    assert "read as it stands in the work tree" in ran.stderr
    repo.git("add", "--all")
    assert run(repo, [*PRE_COMMIT, "run"]).code == 1


def test_pre_commit_itself_takes_the_manifest(repo: Repo, run: Run) -> None:
    assert run(repo, [*PRE_COMMIT, "validate-manifest", str(MANIFEST)]) == Done(0, "", "")


# --- the action for GitHub


def step(name: str) -> dict[str, Any]:
    return next(one for one in ACTION["runs"]["steps"] if one["name"] == name)


def resolved(text: str, inputs: Mapping[str, str], python: str) -> str:
    """A value of `env` with its one expression, if it has one, replaced by what a runner would put there."""
    context = {f"inputs.{name}": str(held["default"]) for name, held in ACTION["inputs"].items()}
    context |= {f"inputs.{name}": value for name, value in inputs.items()}
    context |= {"steps.python.outputs.python-path": python, "github.action_path": str(PROJECT)}
    match = re.fullmatch(r"\$\{\{ ([\w.-]+) \}\}", text)
    return context[match[1]] if match else text


@pytest.fixture
def act(repo: Repo, run: Run, tmp_path: Path) -> Callable[..., Done]:
    """`act("Validate", since="…")`: one step of the action, as a runner starts it."""
    return acting(repo, run, tmp_path, sys.executable)


@pytest.fixture
def act_at_once(repo: Repo, run: Run, tmp_path: Path) -> Callable[..., Done]:
    """The same with a Python that has imported itsmctl already: for steps that are not about how it starts."""
    warm.python(tmp_path / "python-at-once")
    return acting(repo, run, tmp_path, str(tmp_path / "python-at-once"))


def acting(repo: Repo, run: Run, tmp_path: Path, python: str) -> Callable[..., Done]:
    runner = tmp_path / "runner"
    runner.mkdir()
    (runner / "itsmctl").symlink_to(PROJECT, target_is_directory=True)

    def started(name: str, environ: Mapping[str, str] = {}, **inputs: str) -> Done:
        given = {key.replace("_", "-"): value for key, value in inputs.items()}
        held = {key: resolved(value, given, python) for key, value in step(name)["env"].items()}
        script = tmp_path / "step.sh"
        script.write_text(step(name)["run"])
        files = {"RUNNER_TEMP": str(runner), "GITHUB_OUTPUT": str(tmp_path / "output")}
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        return run(repo, shell, {**files, **environ, **held})

    return started


def test_no_expression_stands_in_a_script() -> None:
    texts = [one["run"] for one in ACTION["runs"]["steps"] if "run" in one]
    assert len(texts) == 2
    for text in texts:
        assert "${{" not in text


def test_every_input_is_described_used_and_documented_by_its_default() -> None:
    used = re.findall(r"\$\{\{ inputs\.([\w-]+) \}\}", (PROJECT / "action.yml").read_text())
    assert sorted(used) == sorted(ACTION["inputs"])
    for held in ACTION["inputs"].values():
        assert set(held) == {"description", "default"}
        assert held["description"].endswith(".")


def test_actions_are_pinned_to_the_same_commits_everywhere(repo: Repo) -> None:
    repo.run("init", "--name", "Mari", "--email", "mari@example.org")
    texts = [(PROJECT / "action.yml").read_text(), (repo.path / ".github/workflows/itsmctl.yml").read_text()]
    found = [line.split("uses: ")[1] for text in texts for line in text.split("\n") if "uses: " in line]
    assert len(found) == 3
    assert sum(len(PINNED.findall(text)) for text in texts) == 3
    assert len({one.split("@")[0] for one in found}) == len(set(found)) == 2


def test_the_action_passes_on_sound_records(repo: Repo, act: Callable[..., Done], tmp_path: Path) -> None:
    found_small(repo)
    done = act("Validate", as_of=AS_OF)
    assert done.code == 0, done.stderr
    assert (tmp_path / "output").read_text() == "exit-code=0\n"


def test_the_action_fails_with_what_itsmctl_says(repo: Repo, act_at_once: Callable[..., Done], tmp_path: Path) -> None:
    found_small(repo)
    clean = repo.commit("clean")
    break_records(repo)
    repo.commit("broken")
    expected = lines(validate(repo))
    done = act_at_once("Validate", as_of=AS_OF, since=clean, sarif="out/itsmctl.sarif")
    assert (done.code, (tmp_path / "output").read_text()) == (3, "exit-code=3\n")  # there is no folder out
    (repo.path / "out").mkdir()
    done = act_at_once("Validate", as_of=AS_OF, since=clean, sarif="out/itsmctl.sarif")
    assert (done.code, done.found) == (1, expected)
    assert (tmp_path / "output").read_text().endswith("exit-code=1\n")
    results = json.loads((repo.path / "out/itsmctl.sarif").read_text())["runs"][0]["results"]
    assert len(results) == len(expected)
    for path in ("configuration-items/db", "services/loans"):
        (repo.path / f"records/{path}.yaml").unlink()
    assert act_at_once("Validate", as_of=AS_OF, select="CHG-04").code == 0  # a warning
    assert act_at_once("Validate", as_of=AS_OF, ignore="change-management", fail_on="warning").code == 0
    assert act_at_once("Validate", as_of=AS_OF, select="CHG-04", ignore="CFG", fail_on="warning").code == 1
    assert act_at_once("Validate", as_of=AS_OF, fail_on="warnings").code == 2


def test_the_action_annotates_on_github(repo: Repo, act: Callable[..., Done], tmp_path: Path) -> None:
    found_small(repo)
    break_records(repo)
    github = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    done = act("Validate", github, as_of=AS_OF)
    assert done.code == 1
    assert "::error file=records/services/loans.yaml,line=9," in done.stdout
    assert "gone" in (tmp_path / "summary.md").read_text()


@pytest.mark.parametrize("name", ["path", "since", "fail_on", "select", "ignore", "as_of", "sarif"])
def test_nothing_in_an_input_is_taken_for_shell(repo: Repo, act_at_once: Callable[..., Done], name: str) -> None:
    found_small(repo)
    for hostile in ("$(touch pwned)", "`touch pwned`", '"; touch pwned; "', "x\ntouch pwned", "--root=/"):
        done = act_at_once("Validate", **{name: hostile})
        assert done.code in (2, 3) or name == "sarif", done.stdout
    assert not (repo.path / "pwned").exists()


def test_a_module_in_the_repository_is_not_run(repo: Repo, act: Callable[..., Done]) -> None:
    found_small(repo)
    for name in ("itsmctl/__init__.py", "yaml.py", "typer/__init__.py", "json.py"):
        repo.write(name, "raise SystemExit('taken over')")
    assert act("Validate", as_of=AS_OF).code == 0


def test_the_action_installs_itself_beside_what_is_there(repo: Repo, act: Callable[..., Done], tmp_path: Path) -> None:
    log = tmp_path / "log"
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{log}"\nenv | grep PYTHONSAFEPATH >> "{log}"\n')
    python.chmod(0o755)
    held = dict(step("Install itsmctl")["env"])
    assert held == {
        "PYTHON": "${{ steps.python.outputs.python-path }}",
        "SOURCE": "${{ github.action_path }}",
        "PYTHONSAFEPATH": "1",
    }
    script = step("Install itsmctl")["run"].replace("$PYTHON", str(python))
    step("Install itsmctl")["run"], before = script, step("Install itsmctl")["run"]
    try:
        assert act("Install itsmctl").code == 0
    finally:
        step("Install itsmctl")["run"] = before
    words = log.read_text().split("\n")
    assert words[:3] == ["-m", "pip", "install"]
    assert words[words.index("--target") + 1 :] == [
        str(tmp_path / "runner/itsmctl"),
        str(PROJECT),
        "PYTHONSAFEPATH=1",
        "",
    ]


# --- the component for GitLab


def interpolated(value: Any, inputs: Mapping[str, str]) -> Any:
    """A part of the component with `$[[ inputs.x ]]` replaced, as GitLab does it."""
    if isinstance(value, dict):
        return {interpolated(key, inputs): interpolated(held, inputs) for key, held in value.items()}
    if isinstance(value, list):
        return [interpolated(held, inputs) for held in value]
    return re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda m: inputs[m[1]], value) if isinstance(value, str) else value


def job(**inputs: str) -> dict[str, Any]:
    given = {name: str(held["default"]) for name, held in HEADER["spec"]["inputs"].items()} | inputs
    (found,) = interpolated(COMPONENT, given).items()
    assert found[0] == given["job"]
    return dict(found[1])


def work(repo: Repo, run: Run, part: str, **inputs: str) -> Done:
    """`before_script` or `script` of the job, by a plain shell, with its variables in the environment."""
    made = job(**inputs)
    variables = {
        name: str(held["value"] if isinstance(held, dict) else held) for name, held in made["variables"].items()
    }
    return run(repo, ["sh", "-e", "-c", "\n".join(made[part])], variables)


def test_the_component_describes_and_uses_every_input() -> None:
    text = (PROJECT / "templates/validate.yml").read_text()
    used = set(re.findall(r"\$\[\[ inputs\.(\w+) \]\]", text))
    assert used == set(HEADER["spec"]["inputs"])
    for held in HEADER["spec"]["inputs"].values():
        assert held["description"].endswith(".")
        assert "default" in held
    assert HEADER["spec"]["inputs"]["version"]["default"] == __version__
    for lines_ in (job()["script"], job()["before_script"]):
        assert "inputs." not in "".join(lines_)
    assert "$[[" not in str(COMPONENT["$[[ inputs.job ]]"]["script"])


@pytest.mark.parametrize("name", ["CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "CI_MERGE_REQUEST_DIFF_BASE_SHA"])
def test_a_merge_request_is_compared_with_its_target(name: str) -> None:
    script = "\n".join(job()["script"]).replace("itsmctl validate", "printf '%s '")
    words = ["env", "-i", f"{name}=abc", "ITSMCTL_FOLDER=.", "sh", "-euc", script]
    words[3:3] = [f"{each}=" for each in ("ITSMCTL_NEW_SINCE", "ITSMCTL_TIME", "ITSMCTL_FAIL_ON")]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert "--since abc" in done.stdout


def test_the_job_installs_the_version_that_is_asked_for(repo: Repo, run: Run, tmp_path: Path) -> None:
    assert work(repo, run, "before_script", version="1.2.3").code == 0
    assert (tmp_path / "pip.log").read_text().split()[-1] == "itsmctl==1.2.3"


def test_the_job_reports_to_the_merge_request(repo: Repo, run: Run) -> None:
    found_small(repo)
    clean = repo.commit("clean")
    break_records(repo)
    repo.commit("broken")
    expected = lines(validate(repo))
    done = work(repo, run, "script", as_of=AS_OF, since=clean)
    assert (done.code, done.found) == (1, expected)
    reports = job()["artifacts"]["reports"]
    quality = json.loads((repo.path / reports["codequality"]).read_text())
    assert sorted(one["check_name"] for one in quality) == sorted(line.split()[1] for line in expected)
    assert "<testsuites" in (repo.path / reports["junit"]).read_text()
    assert work(repo, run, "script", as_of=AS_OF, since=repo.git("rev-parse", "HEAD")).code == 0


@pytest.mark.parametrize("name", ["path", "since", "as_of", "fail_on"])
def test_nothing_in_an_input_of_the_component_is_taken_for_shell(repo: Repo, run: Run, name: str) -> None:
    found_small(repo)
    for hostile in ("$(touch pwned)", "`touch pwned`", '"; touch pwned; "', "x\ntouch pwned"):
        assert work(repo, run, "script", **{name: hostile}).code in (2, 3)
    assert not (repo.path / "pwned").exists()


def test_variables_with_inputs_are_not_expanded_by_gitlab() -> None:
    held = COMPONENT["$[[ inputs.job ]]"]["variables"]
    for value in held.values():
        assert "$[[" not in str(value) or value["expand"] is False


# --- the workflow that init writes


def test_the_workflow_has_no_rights_but_to_read(repo: Repo) -> None:
    repo.run("init", "--name", "Mari", "--email", "mari@example.org", "--branch", "release+1")
    text = (repo.path / ".github/workflows/itsmctl.yml").read_text()
    held = yaml.safe_load(text)
    assert held["permissions"] == {}
    assert held["jobs"]["validate"]["permissions"] == {"contents": "read"}
    assert held[True]["push"]["branches"] == ["release\\+1"]
    steps = held["jobs"]["validate"]["steps"]
    assert [one["run"] for one in steps if "run" in one] == [
        f"pip install 'itsmctl=={__version__}'",
        (
            'if [ -n "$GITHUB_BASE_REF" ]; then set -- --since "refs/remotes/origin/$GITHUB_BASE_REF"; fi\n'
            'itsmctl validate "$@"\n'
        ),
    ]
    assert all("${{" not in one.get("run", "") for one in steps)
    checkout = steps[0]["with"]
    assert checkout == {"fetch-depth": 0, "persist-credentials": False}
