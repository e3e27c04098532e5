"""Whatever goes wrong underneath, the gate does not pass: git and ssh-keygen that fail, lie or hang, call by call."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from unittest.mock import patch

import pytest
from conftest import Ran, Repo, copied, undisturbed
from court import Court
from gate_play import Story, play

from itsmctl import gitbench
from itsmctl.gitbench import bench
from itsmctl.sshsig import inprocess, openssh

GOOD = (("liis", "approve", ""), ("kadri", "approve", ""))
ALLOWED = Story((("change", 0),), ("two", 0), (), GOOD, (("update", 0),))
FAULTS = {
    "fails": "echo 'fatal: it is broken' >&2; exit 128",
    "fails without a word": "exit 1",
    "is ended by a signal": "kill -KILL $$",
    "says garbage": "printf 'garbage \\001\\377\\n\\0more'; exit 0",
    # where nothing is what there is to say, that is no fault; who is asked for objects always has something to say
    "says nothing": (
        'case " $* " in *" cat-file "*) exit 0 ;; esac; '
        '[ "$(answer "$@" | head -c 1 | wc -c)" -gt 0 ] || true > "${0%/*}/honest"; exit 0'
    ),
    "hangs": "exec sleep 600",
}
LIMIT = 0.4


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, founded: Path, keys: Mapping[str, Path]) -> Court:
    """A head that is allowed: after a former change, with votes, and with main merged into it."""
    folder = tmp_path_factory.mktemp("faults")
    copied(founded, folder / "repo")
    court = Court(Repo(folder / "repo", undisturbed(folder / "home")), keys)
    play(court, ALLOWED)
    return court


def judged(court: Court, environ: Mapping[str, str], *argv: str) -> Ran:
    """The gate in another environment, with signatures verified by ssh-keygen."""
    repo = Repo(court.repo.path, environ)
    with court.clock(), patch.object(inprocess, "is_available", lambda: False):
        return repo.run("gate", "--base", "main", "--head", "head", "-f", "json", *argv)


def shim(folder: Path, program: str, at: int, fault: str) -> dict[str, str]:
    """PATH with a program in front that is in order but at one of its calls."""
    folder.mkdir()
    real = shutil.which(program)
    script = f"""#!/bin/sh
set -C
n=1
until {{ true > "{folder}/call-$n"; }} 2> /dev/null; do n=$((n + 1)); done
set +C
answer() {{ {real} "$@"; }}
[ $n = {at} ] && {{ {fault}; }}
exec {real} "$@"
"""
    (folder / program).write_text(script)
    (folder / program).chmod(0o755)
    if program == "ssh-keygen":
        (folder / "ssh").symlink_to(shutil.which("ssh") or "")
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


@contextmanager
def shortened() -> Iterator[None]:
    """What hangs is ended soon."""
    short = partial(bench, limit=LIMIT)
    with (
        patch.object(gitbench, "bench", short),
        patch.object(gitbench, "LIMIT", LIMIT),
        patch.object(openssh, "_VERIFY_SECONDS", LIMIT),
    ):
        yield


def calls(folder: Path) -> int:
    return len(list(folder.glob("call-*")))


def faults_at(at: int) -> list[str]:
    """A program that lies is the worst: that, and one of the others in turn; all of them where there is much time."""
    if "THOROUGH" in os.environ:
        return [*FAULTS]
    others = [one for one in FAULTS if one != "says nothing"]
    return ["says nothing", others[at % len(others)]]


@pytest.mark.parametrize("program", ["git", "ssh-keygen"])
def test_no_call_can_go_wrong_and_the_gate_pass(stage: Court, sound: Ran, tmp_path: Path, program: str) -> None:
    environ = stage.repo.environ | shim(tmp_path / "sound", program, 0, ":")
    assert judged(stage, environ) == sound
    wrong = []
    for at in range(1, calls(tmp_path / "sound") + 1):
        for fault in faults_at(at):
            folder = tmp_path / f"{at} {fault}"
            environ = stage.repo.environ | shim(folder, program, at, FAULTS[fault])
            with shortened() if fault == "hangs" else nullcontext():
                ran = judged(stage, environ)
            is_fault = not (folder / "honest").exists()
            if ran.code not in ((1, 3) if is_fault else (0,)) or "Traceback" in ran.stderr or " a bug" in ran.stderr:
                wrong.append((at, fault, ran.code, ran.stderr))
    assert wrong == []


def listing(folder: Path) -> dict[str, str]:
    """All below .git, with digests."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "folder"
        for file in sorted((folder / ".git").rglob("*"))
    }


POISON: dict[str, dict[str, str]] = {
    "git's own variables": {
        "GIT_DIR": "/nowhere/.git",
        "GIT_WORK_TREE": "/nowhere",
        "GIT_INDEX_FILE": "/nowhere/index",
        "GIT_OBJECT_DIRECTORY": "/nowhere/objects",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": "/nowhere/objects",
        "GIT_REPLACE_REF_BASE": "refs/heads/",
        "GIT_GRAFT_FILE": "/nowhere/grafts",
        "GIT_NAMESPACE": "elsewhere",
        "GIT_CEILING_DIRECTORIES": "/",
        "GIT_EXTERNAL_DIFF": "/bin/false",
        "GIT_SSH_COMMAND": "/bin/false",
        "GIT_TRACE": "1",
        "GIT_DEFAULT_HASH": "sha256",
        "GIT_LITERAL_PATHSPECS": "0",
        "GIT_PYTHON_GIT_EXECUTABLE": "/bin/false",
    },
    "config by variables": {
        "GIT_CONFIG_COUNT": "3",
        "GIT_CONFIG_KEY_0": "core.quotePath",
        "GIT_CONFIG_VALUE_0": "true",
        "GIT_CONFIG_KEY_1": "diff.renames",
        "GIT_CONFIG_VALUE_1": "copies",
        "GIT_CONFIG_KEY_2": "merge.renames",
        "GIT_CONFIG_VALUE_2": "true",
        "GIT_CONFIG_PARAMETERS": "'log.showsignature'='true' 'gpg.ssh.program'='/bin/false'",
        "GIT_CONFIG_GLOBAL": "/nowhere/config",
    },
    "locale and zone": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR", "LANGUAGE": "et", "TZ": "Pacific/Kiritimati"},
    "ssh": {"SSH_AUTH_SOCK": "/nowhere/agent", "SSH_ASKPASS": "/bin/false", "SSH_ASKPASS_REQUIRE": "force"},
    "python": {"PYTHONHASHSEED": "1", "COLUMNS": "20", "NO_COLOR": "", "FORCE_COLOR": "1", "TERM": "dumb"},
}
CONFIG = {
    "core.fsmonitor": "{trap}",
    "core.hooksPath": "{folder}",
    "core.attributesFile": "{folder}/attributes",
    "core.quotePath": "true",
    "core.pager": "{trap}",
    "core.sshCommand": "{trap}",
    "gpg.ssh.program": "{trap}",
    "gpg.program": "{trap}",
    "gpg.format": "ssh",
    "diff.external": "{trap}",
    "diff.renames": "copies",
    "diff.noprefix": "true",
    "merge.renames": "true",
    "merge.directoryRenames": "true",
    "merge.conflictStyle": "diff3",
    "merge.default": "trap",
    "merge.trap.driver": "{trap}",
    "diff.trap.textconv": "{trap}",
    "filter.trap.smudge": "{trap}",
    "filter.trap.clean": "{trap}",
    "log.mailmap": "true",
    "log.showSignature": "true",
    "trailer.separators": "#",
    "i18n.logOutputEncoding": "UTF-16",
    "alias.merge-tree": "!{trap}",
}


@pytest.fixture(scope="module")
def sound(stage: Court) -> Ran:
    """What the gate says where nothing is odd."""
    ran = judged(stage, stage.repo.environ)
    assert ran.code == 0
    return ran


@pytest.mark.parametrize("poison", POISON)
def test_no_variable_moves_a_byte_of_the_verdict(stage: Court, sound: Ran, poison: str) -> None:
    assert judged(stage, {**stage.repo.environ, **POISON[poison]}) == sound


@pytest.mark.parametrize("missing", ["HOME", "LANG", "GIT_CONFIG_NOSYSTEM"])
def test_nothing_that_is_missing_moves_a_byte_of_the_verdict(stage: Court, sound: Ran, missing: str) -> None:
    assert judged(stage, {name: value for name, value in stage.repo.environ.items() if name != missing}) == sound


def test_programs_in_relative_folders_of_path_are_not_run(stage: Court, sound: Ran, tmp_path: Path) -> None:
    for name in ("git", "ssh-keygen", "ssh"):
        trap(stage.repo.path / name, tmp_path / "trapped")
    try:
        path = os.pathsep.join([".", "", "./", os.environ["PATH"]])
        assert judged(stage, {**stage.repo.environ, "PATH": path}) == sound
    finally:
        for name in ("git", "ssh-keygen", "ssh"):
            (stage.repo.path / name).unlink()
    assert not (tmp_path / "trapped").exists()


def trap(file: Path, trace: Path) -> None:
    """A program that leaves a trace, and says that all is well."""
    file.write_text(f"#!/bin/sh\necho >> {trace}\nexit 0\n")
    file.chmod(0o755)


def test_no_config_moves_a_byte_of_the_verdict_or_runs_a_program(stage: Court, sound: Ran, tmp_path: Path) -> None:
    program, trace = tmp_path / "trap", tmp_path / "trapped"
    trap(program, trace)
    for hook in ("reference-transaction", "post-index-change", "pre-merge-commit", "fsmonitor-watchman"):
        trap(tmp_path / hook, trace)
    (tmp_path / "attributes").write_text("* merge=trap diff=trap filter=trap\n")
    court = Court(Repo(tmp_path / "repo", stage.repo.environ), stage.keys)
    copied(stage.repo.path, court.repo.path)
    for name, value in CONFIG.items():
        court.repo.git("config", name, value.format(trap=program, folder=tmp_path))
    (court.repo.path / ".git/info/attributes").parent.mkdir(exist_ok=True)
    (court.repo.path / ".git/info/attributes").write_text("* merge=trap diff=trap filter=trap\n")
    trace.unlink(missing_ok=True)
    assert judged(court, court.repo.environ) == sound
    assert not trace.exists()


def test_the_repository_is_never_written(stage: Court, sound: Ran) -> None:
    before = listing(stage.repo.path)
    assert judged(stage, stage.repo.environ) == sound
    assert listing(stage.repo.path) == before
