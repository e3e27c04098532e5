"""A run that came to no verdict, as report files tell it: an older report left in its place would be a false one."""

from __future__ import annotations

from msgspec import Struct

from itsmctl.drawing import parted
from itsmctl.escape import at_line_start, visible


class Failure(Struct, frozen=True):
    """Why there is no report. `word`: "cannot judge", "error" (the command line) or "stopped"."""

    title: str  # the command: "validate"
    word: str
    message: str  # one or more lines
    hint: str
    exit_code: int
    version: str  # of itsmctl

    @property
    def lines(self) -> list[str]:
        """What standard error says: the reason, then what to do, each line escaped."""
        said, example = parted(self.hint)
        advice = ([f"help: {' '.join(said.split())}"] if said else []) + [f"  {line}" for line in example]
        told = [*f"{self.word}: {self.message}".split("\n"), *(f"  {line}" for line in advice)]
        return [at_line_start(visible(line)) for line in told]

    @property
    def sentence(self) -> str:
        """The reason on one line."""
        return visible(" ".join(f"{self.word}: {self.message}".split()))
