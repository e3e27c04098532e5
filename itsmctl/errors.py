"""The one error that stops a run: it cannot judge. Standard library only.

Everything a user can mend inside a record is a Finding instead; this is for what leaves no verdict.
"""

from __future__ import annotations


class CannotJudge(Exception):
    """No verdict is possible (exit code 3): `message` says what and where, `hint` what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Misuse(Exception):
    """The call itself is off (exit code 2): an unknown rule, kind, record or format, named with what comes near."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
