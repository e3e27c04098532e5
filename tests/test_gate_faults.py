"""Whatever goes wrong underneath, the gate does not pass: git and ssh-keygen that fail, lie or hang, call by call."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest.mock import patch

import pytest
from conftest import Ran, Repo, undisturbed
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
    "says nothing": "exit 0",
    "hangs": "exec sleep 600",
}
LIMIT = 0.4


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, founded: Path, keys: Mapping[str, Path]) -> Court:
    """A head that is allowed: after a former change, with votes, and with main merged into it."""
    folder = tmp_path_factory.mktemp("faults")
    shutil.copytree(founded, folder / "repo")
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
echo >> {folder}/calls
[ "$(wc -l < {folder}/calls)" = {at} ] && {{ {fault}; }}
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
    return len((folder / "calls").read_bytes())


@pytest.mark.parametrize("program", ["git", "ssh-keygen"])
@pytest.mark.parametrize("fault", FAULTS)
def test_no_call_can_go_wrong_and_the_gate_pass(stage: Court, tmp_path: Path, program: str, fault: str) -> None:
    sound = stage.repo.environ | shim(tmp_path / "sound", program, 0, ":")
    assert judged(stage, sound).code == 0
    wrong = []
    for at in range(1, calls(tmp_path / "sound") + 1):
        environ = stage.repo.environ | shim(tmp_path / str(at), program, at, FAULTS[fault])
        if fault == "hangs":
            with shortened():
                ran = judged(stage, environ)
        else:
            ran = judged(stage, environ)
        if ran.code not in (1, 3) or "Traceback" in ran.stderr:
            wrong.append((at, ran.code, ran.stderr))
    assert wrong == []
