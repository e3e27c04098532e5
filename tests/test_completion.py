"""Shell completion: the scripts for each shell, and what a shell that has sourced one offers after TAB."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from world import found_small, item

from itsmctl.cli import completing

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Repo

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture
def environ(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """With an `itsmctl` on the PATH that runs this checkout."""
    program = tmp_path / "bin/itsmctl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{PROJECT}" exec "{sys.executable}" -m itsmctl "$@"\n')
    program.chmod(0o755)
    return {**environ, "PATH": f"{program.parent}{os.pathsep}{environ['PATH']}"}


@pytest.fixture
def here(repo: Repo) -> Repo:
    found_small(repo)
    repo.write("records/configuration-items/db-01.yaml", item("db-01"))
    repo.write("records/configuration-items/db-02.yaml", item("db-02"))
    return repo


def script(shell: str, environ: dict[str, str]) -> str:
    """The script for one shell, whichever is running: --show-completion prints that of the shell around it."""
    asked = {**environ, "_ITSMCTL_COMPLETE": f"source_{shell}"}
    done = subprocess.run(["itsmctl"], env=asked, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


BARE = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"]}


def shell(name: str, repo: Repo, program: str) -> list[str]:
    """The words that a program of a shell, without anyone's settings, prints."""
    argv = [name, *BARE[name], "-c", program]
    done = subprocess.run(argv, cwd=repo.path, env=repo.environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout.split()


def in_bash(repo: Repo, *words: str) -> list[str]:
    """What bash offers for the last word, through the script that it sourced and the function that this declares."""
    listed = " ".join(f"'{word}'" for word in ("itsmctl", *words))
    program = (
        f"{script('bash', dict(repo.environ))}\n"
        f"function=$(complete -p itsmctl | sed 's/.*-F \\([^ ]*\\) .*/\\1/')\n"
        f"COMP_WORDS=({listed}); COMP_CWORD={len(words)}; $function itsmctl\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    return shell("bash", repo, program)


def in_fish(repo: Repo, *words: str) -> list[str]:
    program = f"{script('fish', dict(repo.environ))}\ncomplete --do-complete 'itsmctl {' '.join(words)}' | cut -f1\n"
    return shell("fish", repo, program)


def in_zsh(repo: Repo, *words: str) -> list[str]:
    """zsh completes only at a prompt; so the function is called with stand-ins for what a prompt has."""
    listed = " ".join(f"'{word}'" for word in ("itsmctl", *words))
    program = (
        'compdef() { : }\n_arguments() { print -r -- "$@" }\n'
        f"{script('zsh', dict(repo.environ))}\n"
        f"words=({listed}); CURRENT={len(words) + 1}; _itsmctl_completion\n"
    )
    return re.findall(r'"([^"]+)"(?::"[^"]*")?', " ".join(shell("zsh", repo, program)))


SHELLS = {"bash": in_bash, "zsh": in_zsh, "fish": in_fish}


@pytest.fixture(params=SHELLS)
def offered(request: pytest.FixtureRequest, here: Repo) -> Callable[..., list[str]]:
    """`offered("why", "db")`: what the shell offers for the last word."""
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    return lambda *words: SHELLS[request.param](here, *words)


@pytest.mark.parametrize(
    ("shell", "marks"),
    [
        ("bash", ["complete -o default -F _itsmctl_completion itsmctl", "_ITSMCTL_COMPLETE=complete_bash"]),
        ("zsh", ["#compdef itsmctl", "_ITSMCTL_COMPLETE=complete_zsh"]),
        ("fish", ["complete --command itsmctl", "_ITSMCTL_COMPLETE=complete_fish"]),
        ("powershell", ["Register-ArgumentCompleter -Native -CommandName itsmctl", "complete_powershell"]),
    ],
)
def test_there_is_a_script_for_each_shell(environ: dict[str, str], shell: str, marks: list[str]) -> None:
    text = script(shell, environ)
    for mark in marks:
        assert mark in text


def test_the_script_for_the_shell_that_asks_is_shown(environ: dict[str, str]) -> None:
    asked = ["bash", "--norc", "-c", "itsmctl --show-completion; true"]
    done = subprocess.run(asked, env=environ, capture_output=True, text=True, check=False)
    assert "complete -o default -F _itsmctl_completion itsmctl" in done.stdout


def test_the_shell_offers_commands(offered: Callable[..., list[str]]) -> None:
    assert offered("pol") == ["policy"]
    assert {"test", "lint", "list", "coverage"} <= set(offered("policy", ""))


def test_the_shell_offers_what_is_in_the_repository(offered: Callable[..., list[str]]) -> None:
    assert offered("why", "db-0") == ["db-01", "db-02"]
    assert offered("show", "ConfigurationItem/") == ["ConfigurationItem/db-01", "ConfigurationItem/db-02"]
    assert "CHG-07" in offered("why", "db-01", "CHG-0")
    assert offered("new", "Custo") == ["Customer"]


def test_file_names_that_mean_something_to_a_shell_are_not_offered(here: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = ["$(touch pwned)", "`touch pwned`", "a;touch pwned", "a b", "a'b", 'a"b', "*", "-rf", "ä", "a\nb"]
    for name in hostile:
        here.write(f"records/configuration-items/{name}.yaml", "x")
        here.write(f"policies/{name}.yaml", "x")
    monkeypatch.delenv("ITSMCTL_ROOT", raising=False)
    monkeypatch.chdir(here.path)
    words = [*completing.records(""), *completing.records("a"), *completing.topics(""), *completing.rules("")]
    assert "ConfigurationItem/db-01" in words
    assert [
        word for word in words if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?", word)
    ] == []
    assert in_bash(here, "show", "ConfigurationItem/") == ["ConfigurationItem/db-01", "ConfigurationItem/db-02"]
    assert not (here.path / "pwned").exists()
