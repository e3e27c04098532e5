"""`doctor` says what the gate needs, and whether it is there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import Repo
from court import Court

if TYPE_CHECKING:
    from collections.abc import Iterator


def told(ran_stdout: str) -> dict[str, str]:
    """Label → what is said beside it."""
    rows = [line for line in ran_stdout.splitlines() if line and not line.startswith(" ")]
    return {line[:19].strip(): line[21:] for line in rows}


@pytest.fixture
def agent(court: Court, tmp_path: Path) -> Iterator[str]:
    """A real ssh-agent; its socket."""
    socket = tmp_path / "agent"
    process = subprocess.Popen(
        ["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()  # it says where it listens once it does
    yield str(socket)
    process.terminate()
    process.stdout.close()
    process.wait()


def test_base_extras_and_programs_are_named(court: Court) -> None:
    rows = told(court.run("mari", "doctor").stdout)
    assert rows["base of the gate"] == "refs/heads/main"
    assert rows["extra fast"].startswith("cryptography ")
    assert rows["extra github"].startswith("PyGithub ")
    assert rows["extra gitlab"].startswith("python-gitlab ")
    assert rows["ssh"].startswith("OpenSSH_")
    assert rows["keys in ssh-agent"] == "none: sign with --key FILE"
    clone = court.repo.path.with_name("clone")
    court.repo.git("clone", "--quiet", str(court.repo.path), str(clone))
    assert told(Repo(clone, court.repo.environ).run("doctor").stdout)["base of the gate"] == "refs/remotes/origin/main"
    court.repo.git("branch", "--move", "main", "trunk")
    assert told(court.run("mari", "doctor").stdout)["base of the gate"].startswith("main is not here")


def test_another_branch_than_that_of_the_settings_is_told(court: Court) -> None:
    """Git's first branch is master, and the settings say main."""
    court.repo.git("branch", "--move", "main", "master")
    says = "itsm.yaml says that changes go to main, which is not here; this is master"
    said = " ".join(court.run("mari", "doctor").stdout.split())
    assert f"note: {says}." in said
    assert said.endswith("git branch -m main Nothing else is wrong.")
    assert says in court.run("kadri", "baseline", "create", "early").stderr
    made = court.repo.path.with_name("new")
    court.repo.git("init", "--quiet", "-b", "master", str(made))
    ran = Repo(made, court.repo.environ).run("init", "--name", "Mari Tamm", "--email", "mari@example.org")
    assert (ran.code, says in " ".join(ran.stderr.split())) == (0, True)
    court.repo.git("branch", "-m", "main")
    assert "Nothing is wrong." in court.run("mari", "doctor").stdout
    assert "changes go to" not in court.run("kadri", "baseline", "create", "later").stderr


def test_keys_in_the_agent_are_matched_with_persons(court: Court, agent: str) -> None:
    environ = {**court.repo.environ, "SSH_AUTH_SOCK": agent}
    for name in ("mari", "eve"):
        subprocess.run(["ssh-add", "-q", str(court.keys[name])], env=environ, check=True)
    with court.clock():
        ran = Repo(court.repo.path, environ).run("doctor")
    keys = [line for line in ran.stdout.splitlines() if line.startswith("key in ssh-agent")]
    assert [line.split(" of ")[1] for line in keys] == ["Person/mari", "nobody here"]


@pytest.mark.parametrize("how", ["--depth=1", "--filter=blob:none"])
def test_a_clone_that_is_not_whole_is_a_trouble(court: Court, how: str) -> None:
    court.repo.git("config", "uploadpack.allowFilter", "true")
    court.repo.git("commit", "--quiet", "--allow-empty", "-m", "More")
    clone = court.repo.path.with_name("clone")
    court.repo.git("clone", "--quiet", how, f"file://{court.repo.path}", str(clone))
    ran = Repo(clone, court.repo.environ).run("doctor")
    assert ran.code == 3
    assert "help: " in ran.stdout
    assert ("shallow" if "depth" in how else "partial clone") in ran.stdout


@pytest.mark.parametrize("release", ["OpenSSH_8.7p1, OpenSSL 1.1.1", "dropbear 2022"])
def test_an_old_openssh_is_told(court: Court, tmp_path: Path, release: str) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("git", "ssh-keygen"):
        (programs / name).symlink_to(str(shutil.which(name)))
    (programs / "ssh").write_text(f"#!/bin/sh\necho '{release}' >&2\n")
    (programs / "ssh").chmod(0o755)
    environ = {**court.repo.environ, "PATH": f"{programs}{os.pathsep}/bin"}
    rows = told(Repo(court.repo.path, environ).run("doctor").stdout)
    assert rows["ssh"].endswith("signed votes need OpenSSH 8.8 or later")
