"""One git that is asked again and again: each answer is to its own question, or there is none."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from conftest import Repo

from itsmctl.errors import CannotJudge
from itsmctl.gitprocess import GitProcess

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")


def git(repo: Repo, limit: float | None = 60.0) -> GitProcess:
    return GitProcess(repo.path / ".git", repo.path, repo.environ, limit)


def said(process: GitProcess, *names: str) -> list[bytes]:
    with process.answers(names) as answers:
        found = []
        for _ in names:
            found.append(answers.next(1 << 20).content)
            answers.skip_rest()
        return found


def blob(repo: Repo, text: str) -> str:
    path = repo.path / "blob"
    path.write_text(text, encoding="utf-8")
    return repo.git("hash-object", "-w", "blob").strip()


def running(process: GitProcess) -> list[int]:
    return [talk._process.pid for talk in process._kept.idle]


def test_one_process_answers_in_turn_and_finds_what_was_written_meanwhile(repo: Repo) -> None:
    process, one = git(repo), blob(repo, "one")
    with process.standing():
        assert said(process, one) == [b"one"]
        (first,) = running(process)
        two = blob(repo, "two")
        repo.git("repack", "-adq")
        assert said(process, two, "0" * 40, one) == [b"two", b"", b"one"]
        assert running(process) == [first]
    assert not running(process)
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)


@pytest.mark.parametrize("read", [0, 1])
def test_whoever_stops_in_the_middle_leaves_nothing_to_the_next(repo: Repo, read: int) -> None:
    process, one, two = git(repo), blob(repo, "one"), blob(repo, "two")
    with process.standing():
        assert said(process, one) == [b"one"]
        with process.answers([two, two]) as answers:
            for _ in range(read):
                answers.next(2)
        assert not running(process)
        assert said(process, one) == [b"one"]


def test_an_error_of_the_caller_ends_the_talk(repo: Repo) -> None:
    process, one, two = git(repo), blob(repo, "one"), blob(repo, "two")
    with process.standing():
        with pytest.raises(ZeroDivisionError), process.answers([two]):
            raise ZeroDivisionError
        assert said(process, one) == [b"one"]


def test_two_talks_at_once_are_two_processes(repo: Repo) -> None:
    process, one, two = git(repo), blob(repo, "one"), blob(repo, "two")
    with process.standing():
        with process.answers([one]) as answers:
            assert said(process, two) == [b"two"]
            assert answers.next(9).content == b"one"
            answers.skip_rest()
        assert len(running(process)) == 2


def test_one_that_was_killed_in_between_gives_no_answer(repo: Repo) -> None:
    process, one = git(repo), blob(repo, "one")
    with process.standing():
        assert said(process, one) == [b"one"]
        os.kill(running(process)[0], signal.SIGKILL)
        with pytest.raises(CannotJudge, match="git cat-file failed"):
            said(process, one)
        assert said(process, one) == [b"one"]


def test_many_names_go_to_a_process_of_their_own(repo: Repo) -> None:
    process, one = git(repo), blob(repo, "one")
    with process.standing():
        assert said(process, *[one] * 5000) == [b"one"] * 5000
        assert not running(process)


def test_without_standing_each_question_has_its_own(repo: Repo, tmp_path: Path) -> None:
    process, one = git(repo, None), blob(repo, "one")
    assert said(process, one) == [b"one"]
    assert not running(process)


@pytest.mark.parametrize("answer", ["0 blob 3\\nabc\\n", "$(git hash-object blob) blob 900\\nabc\\n", "what?\\n"])
def test_what_is_no_answer_is_none_to_a_later_question_either(repo: Repo, tmp_path: Path, answer: str) -> None:
    """A git that answers well once, and then says something else."""
    one = blob(repo, "one")
    real = git(repo).executable
    shim = tmp_path / "bin/git"
    shim.parent.mkdir()
    shim.write_text(
        f"""#!/bin/sh
case "$*" in *cat-file*) ;; *) exec {real} "$@" ;; esac
read name && echo "$name" | {real} --git-dir={repo.path}/.git cat-file --batch
cd {repo.path} && read name && printf "{answer}"
""",
        encoding="utf-8",
    )
    shim.chmod(0o755)
    environ = {**repo.environ, "PATH": f"{shim.parent}:{repo.environ['PATH']}"}
    process = GitProcess(repo.path / ".git", repo.path, environ, 60.0)
    with process.standing():
        assert said(process, one) == [b"one"]
        with pytest.raises(CannotJudge):
            said(process, one)
        assert not running(process)
