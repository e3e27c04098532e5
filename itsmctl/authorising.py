"""Did the gate let a change do what a landing did? Its own answer, by a replay of that landing; decides nothing itself.

Each commit of the line is heard once, over a run of commits where it came as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, field

from itsmctl import announcing
from itsmctl.errors import CannotJudge
from itsmctl.proposal import Known
from itsmctl.replaying import Replay

if TYPE_CHECKING:
    from itsmctl.baseline.place import Place
    from itsmctl.findings import Finding
    from itsmctl.replaying import Step

RUN = 8
"""Commits that may have come in one rebase merge."""

_KEPT = 16  # steps: each holds the records before it and after it

TIME = ("NO_WINDOW", "WINDOW_UNCLEAR", "OUTSIDE_WINDOW", "FREEZE", "FREEZE_ROLE", "FREEZE_UNCLEAR")
"""Reasons of the gate that are about when, and not about who agreed."""


class Answers(Struct, frozen=True, dict=True):
    """What the gate says of landings up to the commit `tip`. `target`: the full name of the branch that they went to,
    "" for the one that the settings of today name. `since`: a commit before all that are asked for, where there is one.
    Nothing is read before it is asked.
    """

    place: Place
    tip: str
    target: str = ""
    since: str = ""
    _steps: dict[str, Step] = field(default_factory=dict)  # commit → its replay
    _known: Known = field(default_factory=lambda: Known(changes_only=True))

    def lacks(self, change: str, parent: str, commit: str, refs: Iterable[str] = ()) -> Iterator[Finding | str]:
        """Why the change did not come with the commit of the line after `parent`, as something that was let through.

        `refs`: one record or file, `Kind/name`, by each of its names; given, it has to be among what the gate had the
        change cover there.
        """
        at = commit[:7]
        if not parent:
            yield f"came with commit {at}, before anybody was asked"
            return
        step = self._step(parent, commit)
        if step.hearing is None or step.verdict is None:
            yield f"came with commit {at}, which cannot be judged: {step.says}"
            return
        node = next((one for one in step.verdict.because if one.what == "change" and one.name == change), None)
        lines = node.details.get("lines", ()) if node is not None else ()
        if node is None or (node.allowed and not lines):
            # a change that is only edited needs no vote, and covers nothing: what came beside it, nobody approved
            yield f"came with commit {at}, and was not being carried out there, so that its votes are on nothing"
            return
        held, wanted = step.hearing.proposal, frozenset(refs)
        if not node.allowed:
            yield from announcing.reasons(node, held)
        if wanted and wanted.isdisjoint(f"{one['kind']}/{one['name']}" for one in lines):
            yield f"came with commit {at}, where the gate does not have it cover {min(wanted)}"
        for one in step.verdict.because:
            if one.what == "check" and one.name in wanted:
                yield from announcing.reasons(one, held)

    def lack(self, change: str, parent: str, commit: str, refs: Iterable[str]) -> tuple[str, bool]:
        """(why not, in a sentence that goes on after the change's name, or ""; is it about the time alone?)."""
        found = tuple(self.lacks(change, parent, commit, refs))
        if not found:
            return "", False
        first = found[0]
        if isinstance(first, str):
            return f"{change} {first}", False
        told = first.message if first.message.startswith(change) else f"{change}: {first.message}"
        says = f"{told} ({first.rule})"
        return says, all(not isinstance(one, str) and one.rule in TIME for one in found)

    def _step(self, parent: str, commit: str) -> Step:
        if commit not in self._steps:
            end = self._line[min(self._at[commit] + RUN, len(self._line) - 1)]
            found = next(self._replay.steps(parent, end))
            if len(self._steps) >= _KEPT:
                del self._steps[next(iter(self._steps))]
            self._steps[commit] = found
        return self._steps[commit]

    @cached_property
    def _replay(self) -> Replay:
        place = self.place
        if self.since:
            with suppress(CannotJudge):  # then each landing tells whether it is of its own objects
                place.bench.refuse_damaged(self.since, self.tip)
        return Replay(place.bench, place.prefix, self._target, place.environ, known=self._known)

    @cached_property
    def _target(self) -> str:
        settings = self.place.law(self.place.tip).settings.data
        return self.target or str(settings.get("target", "refs/heads/main"))

    @cached_property
    def _line(self) -> tuple[str, ...]:
        return tuple(one.oid for one in self.place.bench.first_parents(self.tip, ()))

    @cached_property
    def _at(self) -> Mapping[str, int]:
        return {oid: place for place, oid in enumerate(self._line)}
