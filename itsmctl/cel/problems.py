"""What can go wrong with an expression, and where: Source, Span, Problem, CompileError, EvaluationError."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from msgspec import Struct

_WIDTH: Final = 100
"""How much of a long line an error shows."""


class Span(Struct, frozen=True):
    """A stretch of the expression. Lines and columns count from 1 in code points; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Source:
    """The text of an expression, and the way from an offset (in code points) to a line and column."""

    __slots__ = ("_starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts: list[int] | None = None

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of `offset`, both from 1."""
        if self._starts is None:
            self._starts = [0, *(at + 1 for at, char in enumerate(self.text) if char == "\n")]
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        """The span from offset `start` to before offset `end`."""
        return Span(*self.position(start), *self.position(end))

    def line(self, number: int) -> str:
        """The text of line `number` (from 1), without its line break."""
        lines = self.text.split("\n")
        return lines[number - 1].rstrip("\r") if number <= len(lines) else ""

    def frame(self, span: Span) -> str:
        """The line of `span` with carets under it, cut to what is near. Control characters are shown as spaces."""
        text = "".join(char if char.isprintable() else " " for char in self.line(span.line))
        first = span.column - 1
        last = span.end_column - 1 if span.end_line == span.line else len(text)
        cut = 0 if len(text) <= _WIDTH or first < _WIDTH // 2 else first - _WIDTH // 2
        shown = text[cut : cut + _WIDTH]
        carets = max(1, min(last, cut + _WIDTH) - first)
        before, after = "…" if cut else "", "…" if len(text) > cut + _WIDTH else ""
        return f"{before}{shown}{after}\n{' ' * (len(before) + first - cut)}{'^' * carets}"


class Problem(Struct, frozen=True):
    """One reason why an expression cannot be used. Lines and columns as in Span."""

    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    hint: str = ""
    start: int = 0  # the same place as offsets into the expression
    end: int = 0

    @property
    def span(self) -> Span:
        """Where it is, as a Span."""
        return Span(self.line, self.column, self.end_line, self.end_column)

    @classmethod
    def at(cls, source: Source, start: int, end: int, message: str, hint: str = "") -> Problem:
        """A problem of the stretch from offset `start` to before `end`."""
        span = source.span(start, end)
        return cls(span.line, span.column, span.end_line, span.end_column, message, hint, start, end)


class CompileError(Exception):
    """The expression cannot be used: `problems` lists every reason found, in the order of the text."""

    def __init__(self, source: Source, problems: tuple[Problem, ...]) -> None:
        self.source = source
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.start, problem.end)))
        super().__init__("; ".join(f"{p.line}:{p.column}: {p.message}" for p in self.problems))

    def render(self) -> str:
        """Each problem as `line:column: message`, the line with carets below it, and the hint."""
        blocks = []
        for problem in self.problems:
            block = f"{problem.line}:{problem.column}: {problem.message}\n{self.source.frame(problem.span)}"
            blocks.append(f"{block}\n{problem.hint}" if problem.hint else block)
        return "\n".join(blocks)


class EvaluationError(Exception):
    """The expression has no value for this data. A function of the host may raise it with a message alone.

    `start` and `end` are offsets into the expression, -1 until known. A `fatal` one (out of steps, no value for a
    function) cannot be absorbed by `||`, `&&`, `all` or `exists`.
    """

    def __init__(self, message: str, start: int = -1, end: int = -1, *, fatal: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.fatal = fatal
        self.source: Source | None = None

    @property
    def span(self) -> Span | None:
        """Where in the expression it arose, once the evaluator has said so."""
        if self.source is None or self.start < 0:
            return None
        return self.source.span(self.start, self.end)

    def render(self) -> str:
        """`line:column: message`, and the line with carets below it; the message alone where no place is known."""
        span = self.span
        if span is None or self.source is None:
            return self.message
        return f"{span.line}:{span.column}: {self.message}\n{self.source.frame(span)}"
