"""Talking with `git cat-file --batch`: names are written to it, and objects read, as it says them. Part of gitprocess.

Whatever is no answer ends the talk: nothing is taken for the answer to another question.
"""

from __future__ import annotations

import re
from contextlib import suppress
from threading import Event, Thread
from time import monotonic
from typing import IO, TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

from itsmctl.errors import CannotJudge

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    _End = Callable[[subprocess.Popen[bytes]], None]

_ANSWER = re.compile(rb"([0-9a-f]{40}|[0-9a-f]{64}) (blob|tree|commit|tag) ([0-9]{1,18})\n")
_DISCARD = 4 << 20  # bytes over a limit that are cheaper to read and drop than to start git again


class Answer(NamedTuple):
    """What `git cat-file --batch` said to one name: `oid` and `kind` are empty where there is no such object."""

    oid: str
    kind: str
    content: bytes


class Talk:
    """A running `git cat-file --batch`, and the threads around it. `end`: what ends it; `limit`: seconds an answer.

    One drains the errors and one writes what does not fit into a pipe, so that no full pipe can block another; one ends
    git where it takes too long.
    """

    def __init__(self, process: subprocess.Popen[bytes], end: _End, limit: float | None) -> None:
        self._process = process
        self._end = end
        assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018 - all three are PIPE
        self._stdin = process.stdin
        self.answers = Answers(process.stdout)
        self._errors: list[bytes] = []
        self._done = Event()
        self._threads = [Thread(target=_drain, args=(process.stderr, self._errors), daemon=True)]
        if limit is not None:
            self._threads.append(Thread(target=self._watch, args=(limit,), daemon=True))
        for thread in self._threads:
            thread.start()

    def ask(self, request: bytes, count: int, *, is_last: bool) -> None:
        """Send names, a line each."""
        self.answers.expected = count
        if is_last:
            writer = Thread(target=_write, args=(self._stdin, request), daemon=True)
            self._threads.append(writer)
            writer.start()
            return
        with suppress(OSError):  # git has ended: the reading side says why
            self._stdin.write(request)
            self._stdin.flush()

    def end(self) -> bytes:
        """End git, if it has not ended; what it said of errors."""
        self._done.set()
        self._end(self._process)
        for thread in self._threads:
            thread.join()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(OSError):  # what was not written yet
                stream and stream.close()
        return b"".join(self._errors)

    def _watch(self, limit: float) -> None:
        """End git when somebody has waited too long for one answer. How long answers are looked at does not count."""
        while not self._done.wait(min(limit / 4, 1.0)):
            since = self.answers.waiting_since
            if since is not None and monotonic() - since > limit:
                self.answers.was_ended = True
                self._end(self._process)
                return


class Kept(Struct):
    """Running gits that wait to be asked again, as long as they are wanted."""

    are_wanted: bool = False
    idle: list[Talk] = field(default_factory=list)


class Answers:
    """Reads the answers of one `git cat-file --batch`, in the order of the names."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._rest = 0
        self.expected = 0  # answers that are still to come
        self.waiting_since: float | None = None  # on the clock that only runs forward
        self.was_ended = False  # for taking too long

    @property
    def are_all_read(self) -> bool:
        """Has git been heard out?"""
        return self.expected == 0 and self._rest == 0

    def next(self, limit: int) -> Answer:
        """The next answer, with at most `limit` bytes of content."""
        self.waiting_since = monotonic()
        answer = self._next(limit)
        self.waiting_since = None
        self.expected -= 1
        return answer

    def _next(self, limit: int) -> Answer:
        header = self._stream.readline()
        if not header.endswith(b"\n"):
            raise SilenceError
        if header.endswith(b" ambiguous\n"):
            name = header.removesuffix(b" ambiguous\n").decode("utf-8", "surrogateescape")
            raise CannotJudge(f"{name!r} is the beginning of several object ids", "Write more of it.")
        if header.endswith(b" missing\n"):
            self._rest = 0
            return Answer("", "", b"")
        found = _ANSWER.fullmatch(header)
        if found is None:
            raise GarbageError(repr(header[:80]))
        size = int(found[3])
        content = self._stream.read(min(size, limit))
        if len(content) < min(size, limit):
            raise SilenceError
        self._rest = size - len(content) + 1  # a line feed ends each answer
        return Answer(found[1].decode(), found[2].decode(), content)

    def skip_rest(self) -> bool:
        """Move on to the next answer. False where too much is left of this one to be worth reading."""
        if self._rest > _DISCARD:
            return False
        self.waiting_since = monotonic()
        rest = self._stream.read(self._rest)
        self.waiting_since = None
        if len(rest) < self._rest:
            raise SilenceError
        self._rest = 0
        return True


class SilenceError(Exception):
    """git ended before it had answered."""


class GarbageError(Exception):
    """git said something that is no answer."""


def _write(stream: IO[bytes], content: bytes) -> None:
    try:
        with stream:
            stream.write(content)
    except OSError:
        pass  # git has ended, or the reader wants no more: the reading side says why


def _drain(stream: IO[bytes], into: list[bytes]) -> None:
    for line in stream:
        if len(into) < 20:
            into.append(line)
