"""What a forge's squash does to votes: it has whoever voted in a commit stand as one who had a hand in the work. Notes
only; pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from itsmctl.gate.shelf import APPROVALS
from itsmctl.gate.verdict import note

if TYPE_CHECKING:
    from itsmctl.gate.model import Brought
    from itsmctl.gate.verdict import Verdict

CODE = "SQUASHED"

_LACKING = frozenset({"LACKING", "DEADLOCK", "EMERGENCY_VOTE", "NO_CONSENT"})

WITH_VOTE = ", which holds their vote as well"
"""Behind why somebody is a contributor, where the commit that says so has both."""


def holds_vote(commit: Brought, person: str) -> bool:
    """Does the commit bring a statement of that person?"""
    return any(is_vote(path, person) for path in _statements(commit.paths))


@lru_cache(64)  # asked of each hand in a commit, and the first one of a repository may bring all that there is
def _statements(paths: frozenset[str]) -> tuple[str, ...]:
    return tuple(path for path in paths if path.startswith(APPROVALS))


def is_vote(path: str, person: str) -> bool:
    """Is that where a statement of theirs stands?"""
    return bool(re.fullmatch(rf"{APPROVALS}[^/]+/{re.escape(person)}-[0-9a-f]{{12}}\.json(?:\.sig)?", path))


def noted(ruled: Verdict, had: Callable[[], Mapping[str, str]], at_head: str) -> Verdict:
    """The verdict on a change, and what became of votes that do not count since they were squashed with the work.

    `had`: brings who had a hand in it, with why. `at_head`: see Proposal.
    """
    if not any(one.outcome == "DENIED" and one.code in _LACKING for one in ruled.walk()):
        return ruled
    voters = ", ".join(person for person, why in had().items() if WITH_VOTE in why)
    if not voters:
        return ruled
    says = (
        f"of {voters}, vote and work are one commit, as a forge's squash leaves them, and nobody can tell any more who "
        "only voted: merge the branch itself with a merge commit; where that is too late, somebody else votes: itsmctl "
        f"change approve {ruled.name}{at_head}"
    )
    return replace(ruled, because=(*ruled.because, note("note", ruled.name, CODE, says)))
