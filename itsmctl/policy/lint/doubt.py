"""One doubt about a policy, and what a policy is looked at with. Values; they judge nothing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl.policy.lint.rules import BY_ID
from itsmctl.records import Remark

if TYPE_CHECKING:
    from itsmctl.case import Case
    from itsmctl.policy.rule import Policy
    from itsmctl.records import Law
    from itsmctl.recordtypes import RecordTypes


class Doubt(Struct, frozen=True):
    """What is doubtful about a policy, and where in its file. `part`: which stretch of the text there is meant."""

    rule: str
    pointer: str
    message: str
    hint: str = ""
    key: bool = False
    part: tuple[str, int, int] | None = None  # the text, and the offsets of the stretch in it

    def remark(self, policy: Policy) -> Remark:
        """The doubt as a remark on the policy file, still without its `part`."""
        rule = BY_ID[self.rule]
        message = f"{policy.rule.id}: {self.message}"
        path = policy.rule.path
        hint = self.hint or rule.remediation
        return Remark(rule.id, rule.severity, message, path, pointer=self.pointer, key=self.key, hint=hint)


class Scene(Struct, frozen=True, dict=True):
    """What a policy is looked at with: the kinds, the other rules, and the records here, where there are any."""

    law: Law
    types: RecordTypes
    prefixes: Mapping[str, str]  # of the ids of built-in rules → their process
    case: Case | None = None
    mutants: bool = False

    @cached_property
    def processes(self) -> frozenset[str]:
        """Every process that a kind or a built-in rule belongs to."""
        return frozenset(kind.process for kind in self.law.kinds.values()) | frozenset(self.prefixes.values())


def short(text: str) -> str:
    """A piece of an expression on one line, as a message quotes it."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else f"{flat[: _LONGEST - 1]}…"


_LONGEST = 60


def field(pointer: str) -> str:
    """What a person calls the expression at a pointer: `assert`, `when`, `message`, or `let NAME`."""
    name = pointer.rpartition("/")[2]
    return f"let {name}" if pointer.startswith("/spec/let/") else name
