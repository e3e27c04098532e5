"""What tests share: `Repo`, a real git repository in a temporary folder with nothing of this machine's settings."""

from __future__ import annotations

import gc
import io
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

# a command collects no garbage while it runs, and hundreds of them in one process need it only now and then
gc.set_threshold(200_000, 20, 100)
gc.disable()  # until all is collected

_LIGHT = ("-c", "core.fsync=none", "-c", "gc.auto=0", "-c", "maintenance.auto=false")
"""No repository of a test outlives the machine's next loss of power, or grows so large that it has to be tidied up."""


@dataclass(frozen=True)
class Ran:
    """The outcome of one command line."""

    code: int
    stdout: str
    stderr: str


@dataclass
class Repo:
    """A repository to try things on. Commits are dated by their number, so that ids are always the same."""

    path: Path
    environ: Mapping[str, str]
    _commits: int = field(default=0, repr=False)

    def git(self, *arguments: str | bytes, stdin: bytes = b"") -> str:
        """Standard output of git, without the last line feed; a failing git fails the test with what git said."""
        command = ["git", *_LIGHT, "-C", str(self.path), *arguments]
        done = subprocess.run(command, input=stdin, env=self.environ, capture_output=True, check=False)
        assert done.returncode == 0, f"git {arguments}: {done.stderr.decode(errors='replace')}"
        return done.stdout.decode(errors="surrogateescape").removesuffix("\n")

    def write(self, path: str, content: str | bytes = "") -> Path:
        """Write a file, with the folders that it needs. Text is written as it is, in UTF-8."""
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def commit(self, message: str = "more") -> str:
        """Commit all that is in the work tree; the new commit's id."""
        self.git("add", "--all")
        return self.commit_staged(message)

    def commit_staged(self, message: str = "more") -> str:
        """Commit what is staged, which may be nothing; the new commit's id."""
        self._commits += 1
        moment = f"2026-11-02T08:{self._commits // 60:02}:{self._commits % 60:02}Z"
        dated = {**self.environ, "GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}
        with_date = Repo(self.path, dated)
        with_date.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.head

    @property
    def head(self) -> str:
        """The commit that HEAD is on, which is asked thousands of times: from git's files, where it stands in them."""
        git = self.path / ".git"
        said = (git / "HEAD").read_text() if git.is_dir() else ""
        ref = git / said.removeprefix("ref: ").strip()
        if said.startswith("ref: ") and ref.is_file():
            return ref.read_text().strip()
        return self.git("rev-parse", "HEAD")

    def run(self, *argv: str) -> Ran:
        """One command line of itsmctl, in this process, from within the repository."""
        from itsmctl.cli import main

        with _captured() as (stdout, stderr), _at(self.path), patch.dict(os.environ, self.environ, clear=True):
            code = main(list(argv))
            sys.stdout.flush()
            sys.stderr.flush()
        return Ran(code, stdout.getvalue().decode(), stderr.getvalue().decode())


@contextmanager
def _captured() -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """Standard output and error as bytes: what a program that reads them would get."""
    streams = io.BytesIO(), io.BytesIO()
    wrapped = [io.TextIOWrapper(stream, encoding="utf-8", newline="\n", write_through=True) for stream in streams]
    with patch.object(sys, "stdout", wrapped[0]), patch.object(sys, "stderr", wrapped[1]):
        yield streams
    for wrapper in wrapped:
        wrapper.detach()


@contextmanager
def _at(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def copied(source: Path, to: Path) -> None:
    """A new folder with all that `source` holds, and its modes; a third of the time of shutil.copytree."""
    _copy(str(source), str(to))


def _copy(source: str, to: str) -> None:
    Path(to).mkdir()
    with os.scandir(source) as entries:
        for entry in entries:
            copy = f"{to}/{entry.name}"
            if entry.is_symlink():
                Path(copy).symlink_to(Path(entry.path).readlink())
            elif entry.is_dir():
                _copy(entry.path, copy)
            else:
                about = entry.stat()
                reads = os.open(entry.path, os.O_RDONLY)
                writes = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IMODE(about.st_mode))
                left = about.st_size
                while left:
                    left -= os.write(writes, os.read(reads, left))
                os.close(reads)
                os.close(writes)


def undisturbed(home: Path) -> dict[str, str]:
    """An environment in which git and itsmctl see nothing of whoever runs the tests."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "Mari Maasikas",
        "GIT_AUTHOR_EMAIL": "mari@example.org",
        "GIT_COMMITTER_NAME": "Mari Maasikas",
        "GIT_COMMITTER_EMAIL": "mari@example.org",
    }


def pytest_collection_finish(session: pytest.Session) -> None:
    """All that was collected stays to the end: no search for garbage has to go through it again."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _asked_once() -> Iterator[None]:
    """The machine's own git and ssh are asked for their version once, and not by each of thousands of commands."""
    from itsmctl.gitprocess import GitProcess
    from itsmctl.sshsig.openssh import OpenSSH

    own = {name: shutil.which(name) for name in ("git", "ssh")}
    run, ask, said = OpenSSH._run, GitProcess._ask_version, {}

    def version_of_ssh(self: OpenSSH, words: Sequence[str], *more: Any, **named: Any) -> Any:
        if list(words) != [own["ssh"], "-V"]:
            return run(self, words, *more, **named)
        if "ssh" not in said:
            said["ssh"] = run(self, words, *more, **named)
        return said["ssh"]

    def version_of_git(self: GitProcess) -> tuple[int, ...]:
        if self.executable != own["git"]:
            return ask(self)
        if "git" not in said:
            said["git"] = ask(self)
        return said["git"]

    with patch.object(OpenSSH, "_run", version_of_ssh), patch.object(GitProcess, "_ask_version", version_of_git):
        yield


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Whether a step may be taken from another test is asked anew for each."""
    import again

    again.allow(item)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment in which git and itsmctl see nothing of whoever runs the tests."""
    return undisturbed(tmp_path / "home")


MakeRepo = Callable[..., Repo]


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty repository, to be copied."""
    path = tmp_path_factory.mktemp("begun") / "repo"
    path.mkdir()
    Repo(path, undisturbed(path.parent / "home")).git("init", "--quiet", "--template=", "--initial-branch=main")
    return path


@pytest.fixture
def make_repo(tmp_path: Path, environ: dict[str, str], begun: Path) -> MakeRepo:
    """`make_repo(name="repo", *options of git init)` → a new repository in the temporary folder."""

    def make(name: str = "repo", *options: str) -> Repo:
        repo = Repo(tmp_path / name, environ)
        if options:
            repo.path.mkdir(parents=True)
            repo.git("init", "--quiet", "--template=", "--initial-branch=main", *options)
        else:
            repo.path.parent.mkdir(parents=True, exist_ok=True)
            copied(begun, repo.path)
        return repo

    return make


@pytest.fixture
def repo(make_repo: MakeRepo) -> Repo:
    """An empty repository without a commit."""
    return make_repo()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """A real key for each person of the court."""
    from court import make_keys

    return make_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory, keys: Mapping[str, Path]) -> Path:
    """A repository with the court's governance on main, to be copied."""
    from court import Court

    path = tmp_path_factory.mktemp("founded") / "repo"
    path.mkdir()
    repo = Repo(path, undisturbed(path.parent / "home"))
    repo.git("init", "--quiet", "--template=", "--initial-branch=main")
    Court(repo, keys).found()
    return path


@pytest.fixture
def court(tmp_path: Path, environ: dict[str, str], founded: Path, keys: Mapping[str, Path]) -> Any:
    """A court of its own for a test."""
    from court import Court

    path = tmp_path / "court"
    copied(founded, path)
    return Court(Repo(path, environ), keys)


def _shipping(source: Path, to: Path, environ: Mapping[str, str], keys: Mapping[str, Path], now: str) -> Any:
    """A copy of a repository with a release."""
    from court import Court
    from depot import Depot
    from vault import Vault

    copied(source, to)
    return Depot(Vault(Court(Repo(to, environ), keys, now=now, made=60)))


@pytest.fixture(scope="session")
def planned_path(tmp_path_factory: pytest.TempPathFactory, founded: Path, keys: Mapping[str, Path]) -> Path:
    """A release whose baseline before is agreed to; no change and no decision yet."""
    from court import Court
    from depot import Depot

    path = tmp_path_factory.mktemp("planned") / "repo"
    copied(founded, path)
    depot = Depot.over(Court(Repo(path, undisturbed(path.parent / "home")), keys))
    depot.freeze("loans-2-before")
    return path


@pytest.fixture(scope="session")
def ready_path(tmp_path_factory: pytest.TempPathFactory, planned_path: Path, keys: Mapping[str, Path]) -> Path:
    """The same with all that it takes before the roll-out."""
    from depot import BEFORE_IT

    path = tmp_path_factory.mktemp("ready") / "repo"
    depot = _shipping(planned_path, path, undisturbed(path.parent / "home"), keys, BEFORE_IT)
    depot.plan()
    depot.approve()
    return path


@pytest.fixture(scope="session")
def done_path(tmp_path_factory: pytest.TempPathFactory, ready_path: Path, keys: Mapping[str, Path]) -> Path:
    """The same after the roll-out."""
    from depot import BEFORE_IT

    path = tmp_path_factory.mktemp("done") / "repo"
    depot = _shipping(ready_path, path, undisturbed(path.parent / "home"), keys, BEFORE_IT)
    depot.carry_out()
    depot.finish()
    depot.freeze("loans-2-after")
    depot.go_live()
    return path


Made = Callable[[str], Any]


@pytest.fixture
def made(tmp_path: Path, environ: dict[str, str], keys: Mapping[str, Path], request: pytest.FixtureRequest) -> Made:
    """`made("planned" | "ready" | "done")` → a release that is that far, in a repository of its own."""
    from depot import AFTERWARDS, BEFORE_IT

    def make(how: str) -> Any:
        now = AFTERWARDS if how == "done" else BEFORE_IT
        return _shipping(request.getfixturevalue(f"{how}_path"), tmp_path / how, environ, keys, now)

    return make
