"""How git is started: found in PATH, with a clean environment, with pinned settings, from nowhere. Asks nothing itself.

A repository is hostile input: whatever its config, attributes or the caller's GIT_* variables say, git runs no other
program, fetches nothing, and says the same on every machine.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from itsmctl.errors import CannotJudge
from itsmctl.gittalk import Answers, GarbageError, Kept, SilenceError, Talk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

OLDEST = (2, 31)
"""The oldest git that knows every option and variable used here."""

EMPTY_TREE = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
"""The id of the tree that holds nothing, by object format. git knows it without an object."""

_NOTHING = os.devnull

_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",  # beats protocol.*.allow of a repository: nothing is ever fetched
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": _NOTHING,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": _NOTHING,
    "GIT_GRAFT_FILE": _NOTHING,
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "HOME": _NOTHING,
    "LANGUAGE": "",
    "LC_ALL": "C",
    "TZ": "UTC",
    "XDG_CONFIG_HOME": _NOTHING,
}

# What the config of a repository could swap to run a program, or to have git say something else.
_PINS = {
    "advice.graftFileDeprecated": "false",
    "core.alternateRefsCommand": "",
    "core.attributesFile": _NOTHING,
    "core.excludesFile": _NOTHING,  # what is ignored is said by the repository, not by whoever runs the check
    "core.fsmonitor": "false",
    "core.hooksPath": _NOTHING,
    "core.pager": "cat",
    "core.quotePath": "false",
    "core.sshCommand": "false",
    "core.untrackedCache": "false",
    "core.useReplaceRefs": "false",
    "diff.external": "",
    "diff.orderFile": _NOTHING,
    "gpg.program": _NOTHING,
    "gpg.ssh.program": _NOTHING,
    "gpg.x509.program": _NOTHING,
    "i18n.logOutputEncoding": "UTF-8",
    "log.follow": "false",
    "log.mailmap": "false",
    "log.showRoot": "true",
    "log.showSignature": "false",
    "protocol.allow": "never",
    "trailer.separators": ":",
}


ELSEWHERE = "Get it from where the whole history is: git fetch, or clone that."
PARTIAL = "In a partial clone, get everything first: git fetch --refetch --no-filter."
_LATER_GIT = "The repository needs a later git: update it."
_HINTS = (
    ("promisor", PARTIAL),
    ("repository format version", _LATER_GIT),
    ("repository extension", _LATER_GIT),
)

_AT_ONCE = 4096  # bytes that any pipe takes without anybody reading it
_NO_MORE: Mapping[str, str] = {}


class GitProcess(Struct, frozen=True, dict=True):
    """Starts git on one repository. `git_dir` and `work_tree` are absolute; `work_tree` is None for a bare one.

    `limit`: the seconds that one command, or one answer of a longer one, may take; then git is ended. None: no limit.
    `called`: what messages call it, where it is a bench in a temporary folder that nobody knows. `versions`: by
    executable, what was asked already in this run.
    """

    git_dir: Path
    work_tree: Path | None
    environ: Mapping[str, str]
    limit: float | None = None
    called: Path | None = None
    versions: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def place(self) -> Path:
        """The repository that people know."""
        return self.called or self.git_dir

    def run(self, *arguments: str, stdin: bytes = b"", may_fail: bool = False, index: str = "") -> bytes:
        """Standard output of one git command. With `may_fail`, a silent failure is an empty answer.

        `index` is another index than the usual one. Paths may hold surrogates for bytes that are not UTF-8.
        Raises CannotJudge with git's own words.
        """
        said = self._start([*self._command, *arguments], stdin, {"GIT_INDEX_FILE": index} if index else {})
        if said.returncode == 0:
            return said.stdout
        if may_fail and said.returncode > 0 and not said.stderr:  # below 0: a signal ended it
            return b""
        raise self._failed(arguments[0], said.stderr)

    def attempt(self, *arguments: str, stdin: bytes = b"") -> tuple[int, bytes, str]:
        """(exit status, standard output, git's own words on one line) of a command that may well fail."""
        said = self._start([*self._command, *arguments], stdin)
        return said.returncode, said.stdout, self._words(said.stderr)

    @contextmanager
    def standing(self) -> Iterator[None]:
        """Within it, a git that answered all that it was asked is kept, and asked again, instead of starting another.

        It looks anew for what it has not seen, so that objects written meanwhile are found.
        """
        self._kept.are_wanted = True
        try:
            yield
        finally:
            self._kept.are_wanted = False
            while self._kept.idle:
                self._kept.idle.pop().end()

    @contextmanager
    def answers(self, names: Sequence[str]) -> Iterator[Answers]:
        """`git cat-file --batch` over `names`, none of which may hold a line feed."""
        request = b"".join(to_bytes(name) + b"\n" for name in names)
        may_stand = self._kept.are_wanted and len(request) <= _AT_ONCE
        talk = self._kept.idle.pop() if may_stand and self._kept.idle else self._talk(is_buffered=not may_stand)
        is_over = False
        try:
            talk.ask(request, len(names), is_last=not may_stand)
            yield talk.answers
            is_over = may_stand and talk.answers.are_all_read
        except GeneratorExit:  # whoever asked wants no more
            is_over = may_stand and talk.answers.are_all_read
            raise
        except SilenceError:
            said = talk.end()
            if talk.answers.was_ended:
                raise self._too_slow("cat-file") from None
            raise self._failed("cat-file", said) from None
        except GarbageError as error:
            raise self._failed("cat-file", f"it said {error}, which is no answer".encode()) from None
        finally:
            if is_over and self._kept.are_wanted:
                self._kept.idle.append(talk)
            else:
                talk.end()

    @cached_property
    def _kept(self) -> Kept:
        return Kept()

    def _talk(self, *, is_buffered: bool) -> Talk:
        """One that answers at once, or, where it `is_buffered`, in larger pieces."""
        process = subprocess.Popen(
            [*self._command, "cat-file", "--batch", *(["--buffer"] if is_buffered else [])],
            bufsize=1 << 18,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment,
            cwd=self._neutral,
            process_group=self._group,
        )
        return Talk(process, self._end, self.limit)

    @cached_property
    def executable(self) -> str:
        """Absolute path of git."""
        return find_git(self.environ)

    @cached_property
    def version(self) -> tuple[int, ...]:
        """Of the git that is used: (2, 39, 5)."""
        if self.executable not in self.versions:
            self.versions[self.executable] = self._ask_version()
        return self.versions[self.executable]

    def _ask_version(self) -> tuple[int, ...]:
        said = self._start([self.executable, "version"])
        found = re.match(rb"git version (\d+(?:\.\d+)*)", said.stdout)
        if said.returncode != 0 or found is None:
            raise CannotJudge(
                f"{self.executable} does not say its version: {_said(said.stderr) or 'it said nothing'}",
                "Install git, and see that PATH names its folder.",
            )
        return tuple(int(part) for part in found[1].split(b"."))

    @cached_property
    def _command(self) -> tuple[str, ...]:
        if self.version < OLDEST:
            have, need = (".".join(str(part) for part in version) for version in (self.version, OLDEST))
            raise CannotJudge(f"git {have} ({self.executable}) is too old: {need} or later is needed", "Update git.")
        place = [f"--git-dir={self.git_dir}"] + ([f"--work-tree={self.work_tree}"] if self.work_tree else [])
        pins = [word for name, value in _PINS.items() for word in ("-c", f"{name}={value}")]
        return (self.executable, "--no-pager", *place, *pins)

    @cached_property
    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in self.environ.items() if not name.upper().startswith("GIT_")}
        return kept | _ENVIRONMENT

    @property
    def _neutral(self) -> str:
        """Where git is started: never inside content."""
        return self.git_dir.anchor

    @property
    def _group(self) -> int | None:
        """Where time is limited, git leads a process group of its own, so that all that it started can be ended."""
        return None if self.limit is None or os.name == "nt" else 0

    def _start(
        self, words: Sequence[str], stdin: bytes = b"", more: Mapping[str, str] = _NO_MORE
    ) -> subprocess.CompletedProcess[bytes]:
        """With the words as bytes where the system takes bytes: a locale must not change a path on its way."""
        exact = [
            word if os.name == "nt" else os.fsencode(word) if n == 0 else to_bytes(word) for n, word in enumerate(words)
        ]
        try:
            with subprocess.Popen(
                exact,
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**self._environment, **more},
                cwd=self._neutral,
                process_group=self._group,
            ) as process:
                try:
                    stdout, stderr = process.communicate(stdin or None, timeout=self.limit)
                finally:
                    self._end(process)
        except subprocess.TimeoutExpired:
            command = next((word for word in words[1:] if not word.startswith("-") and "=" not in word), "git")
            raise self._too_slow(command) from None
        except OSError as error:
            raise CannotJudge(f"{words[0]} cannot be started: {error.strerror}", "Install git again.") from None
        return subprocess.CompletedProcess(words, process.returncode, stdout, stderr)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        """End git, and what it started where it leads a group, unless it has ended already; wait until it has."""
        if process.poll() is None:
            with suppress(ProcessLookupError):
                if self._group is None:
                    process.kill()
                else:
                    os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _too_slow(self, command: str) -> CannotJudge:
        return CannotJudge(
            f"git {command} took longer than {self.limit:g} s in {self.place}, and was ended",
            "Try again on a machine that is less busy; git fsck and git gc tell what makes it slow.",
        )

    def _words(self, stderr: bytes) -> str:
        """What git said, of the repository that people know."""
        said = _said(stderr)
        return said.replace(str(self.git_dir), str(self.called)) if self.called else said

    def _failed(self, command: str, stderr: bytes) -> CannotJudge:
        said = self._words(stderr)
        hint = next((hint for sign, hint in _HINTS if sign in said), "git fsck may tell more.")
        return CannotJudge(f"git {command} failed in {self.place}: {said or 'it said nothing'}", hint)


def find_git(environ: Mapping[str, str]) -> str:
    """The absolute path of git, from the absolute folders in PATH alone: never from the current folder."""
    name = "git.exe" if os.name == "nt" else "git"
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        executable = Path(folder, name)
        if executable.is_absolute() and executable.is_file() and os.access(executable, os.X_OK):
            return str(executable)
    raise CannotJudge("git is not installed: no folder in PATH holds it", "Install git 2.38 or later.")


def to_text(path: bytes) -> str:
    """A path as git writes it: bytes that are not UTF-8 become surrogates, whatever the locale."""
    return path.decode("utf-8", "surrogateescape")


def to_bytes(path: str) -> bytes:
    """The inverse of `to_text`."""
    return path.encode("utf-8", "surrogateescape")


def _said(stderr: bytes) -> str:
    """git's own words on one line, without "fatal:"."""
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines()]
    return " ".join(re.sub(r"^(fatal|error|warning): ", "", line) for line in lines if line)[:500]
