"""What is doubtful in a policy that compiles. Judges rules by their text and examples, never records.

A new check is one function that yields doubts, one rule in `rules`, and one line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from itsmctl.policy import trial
from itsmctl.policy.lint import claims, examples, wording
from itsmctl.policy.lint.doubt import Doubt, Scene
from itsmctl.policy.lint.rules import RULES

if TYPE_CHECKING:
    from itsmctl.policy.rule import Policy

__all__ = ["RULES", "Doubt", "Scene", "doubts"]

_CHECKS: tuple[Callable[[Policy, Scene], Iterator[Doubt]], ...] = (
    examples.twins,
    wording.texts,
    wording.mute,
    wording.unused,
    wording.untyped,
    wording.deprecated,
    claims.basis,
    claims.severity,
    claims.name,
    claims.place,
    claims.idle,
)
_BY_EXAMPLES: tuple[Callable[[Policy, Scene], Iterator[Doubt]], ...] = (examples.sides, examples.surviving)


def doubts(policy: Policy, scene: Scene) -> list[Doubt]:
    """All doubts about one policy, check by check.

    Where its examples do not behave as they say, nothing is concluded from them: `trial` says what is wrong there.
    """
    sound = all(outcome.as_expected for outcome in trial.run(policy, scene.law))
    checks = (*_BY_EXAMPLES, *_CHECKS) if sound else _CHECKS
    return [doubt for check in checks for doubt in check(policy, scene)]
