"""Was the branch turned around: merged into another one that took its place? Then what came in past the gate is hidden.

By its commits alone the line that a merge brings in is a branch, or the target itself until then. So it is looked at as
the target where something on it came in as it does there, and what went back and forth on it is told in any case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl import gitlines, rulebook, sources, yamltext
from itsmctl.errors import CannotJudge
from itsmctl.foldersteps import digest_of
from itsmctl.gate import midway
from itsmctl.gate.beginnings import moment
from itsmctl.protecting import SHELVES, is_protected, placed
from itsmctl.records import ROOT, SUFFIX
from itsmctl.settings.rootnames import FILE

if TYPE_CHECKING:
    from itsmctl.gitedits import TreeEdit
    from itsmctl.gitlines import Grown, Placed
    from itsmctl.records import Law
    from itsmctl.replaying import Replay, Step


class Turned(Struct, frozen=True):
    """A merge of the branch that brought in a line on which something came in, or went back and forth.

    `tip` is the newest commit of that line. `steps`: what came in on it, as the target would have it; `back`: what went
    back and forth there, by `Kind/name` or path, where nothing tells that it was the target. `aside`: why the gate
    would not have had the line turned around there, in words.
    """

    merge: str
    tip: str
    at: datetime
    steps: tuple[Step, ...] = ()
    back: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()


def lines(replay: Replay, since: str, tip: str) -> Iterator[Turned]:
    """Every such line that a merge after `since` (a commit of the first-parent line, "" for all) brought in.

    What came in on a line as it does on the target is told whatever a receipt says: it can be written afterwards. But a
    line that one knows as the head of its merge, and that the gate lets through, may go back and forth as a branch.
    """
    commits = replay.bench.grown(tip)
    order = gitlines.ordered(commits, tip)
    start = next((place for place, one in enumerate(order) if one.oid == since), -1)
    held: dict[int, list[Placed]] = {}
    merges: dict[str, str] = {}
    for one in order[start + 1 :]:
        if one.line:
            held.setdefault(one.line, []).append(one)
        if one.brings:
            for further in commits[one.oid].parents[1:]:
                merges.setdefault(further, one.oid)
    for line in held.values():
        merge, last = merges[line[-1].oid], line[-1].oid
        base = commits[merge].parents[0]
        is_known = bool({(base, last), (base, merge)} & replay.let_in)
        yield from _Line(replay, commits, line, merge, is_known).turned()


class _Line(Struct, frozen=True):
    replay: Replay
    commits: Mapping[str, Grown]
    line: Sequence[Placed]
    merge: str
    is_known: bool  # by a receipt, as the head of its merge

    def turned(self) -> Iterator[Turned]:
        bench, at = self.replay.bench, moment(self.commits[self.merge].time)
        tip = self.line[-1].oid
        start = next(iter(self.commits[self.line[0].oid].parents), "")
        governed = self._governed()
        edits = bench.landed(self.commits, governed, self.replay.prefix.rstrip("/") or ".")
        if any(self._came_in(one, done) for one, done in zip(governed, edits, strict=True)):
            yield Turned(self.merge, tip, at, steps=tuple(self.replay.steps(start, tip)), aside=self._aside(tip))
            return
        back = tuple(self._back_and_forth(edits))
        if not back or (self.is_known and self.replay.single(self.merge, as_head=True).passed):
            return
        steps = tuple(self.replay.steps(start, tip))
        if all(one.passed and not one.restless for one in steps):
            return  # whatever the line was, nothing on it came in past the gate
        if any(one.passed and one.is_controlled and not one.restless for one in steps):
            yield Turned(self.merge, tip, at, steps=steps, aside=self._aside(tip))
        else:
            yield Turned(self.merge, tip, at, back=back)

    def _aside(self, tip: str) -> tuple[str, ...]:
        """Why the gate would have denied the merge as a head that takes the place of that commit, if it would."""
        verdict = self.replay.onto(tip, self.merge).verdict
        found = verdict.walk() if verdict is not None else ()
        return tuple(f"{one.code}: {one.says}" for one in found if one.code == midway.ASIDE and not one.allowed)

    def _governed(self) -> Sequence[Placed]:
        """The commits of the line that follow one with settings."""
        before = [next(iter(self.commits[one.oid].parents), "") for one in self.line]
        held = self.replay.bench.repo.ids([f"{oid}:{self.replay.prefix}{FILE}" for oid in before])
        return [one for one, oid, blob in zip(self.line, before, held, strict=True) if oid and blob]

    def _came_in(self, one: Placed, edits: Sequence[TreeEdit]) -> bool:
        """Would the gate have let it in, all by itself, with something controlled? A branch's own commits seldom do."""
        inside = [placed(edit.path, self.replay.prefix) for edit in edits]
        votes = [path for path in inside if path.startswith(SHELVES[0])]
        if not one.brings and not (votes and len(votes) < len(inside)):
            return False
        step = self.replay.single(one.oid)
        return step.passed and step.is_controlled

    def _back_and_forth(self, edits: Sequence[Sequence[TreeEdit]]) -> Iterator[str]:
        """What was once more as it had been before, on the line or by its merge; of what only happens: taken away."""
        bench, prefix = self.replay.bench, self.replay.prefix
        law = self._law()
        merged = bench.edits(self.commits[self.line[-1].oid].tree, self.commits[self.merge].tree)
        found: dict[str, list[tuple[str, str]]] = {}
        for place, every in enumerate([*edits, merged]):
            for edit in every:
                ref = _ref(placed(edit.path, prefix), law)
                if ref and (place < len(edits) or ref in found):
                    found.setdefault(ref, []).append((_blob(edit.before), _blob(edit.after)))
        several = {ref: sides for ref, sides in found.items() if len(sides) > 1}
        blobs = {blob for sides in several.values() for side in sides for blob in side if blob}
        contents = bench.contents(sorted(blobs), yamltext.MAX_BYTES + 1)
        for ref, sides in several.items():
            states = [
                digest_of(contents.get(blob, b"")) if blob else "" for blob in (sides[0][0], *(b for _, b in sides))
            ]
            kept = [state for place, state in enumerate(states) if place == 0 or states[place - 1] != state]
            was_taken = bool(kept[0]) and "" in kept
            kind = law.kinds.by_plural.get(ref.partition("/")[0]) if law is not None else None
            if len(kept) > len(set(kept)) and (kind is None or kind.controlled or was_taken):
                yield f"{kind.name}/{ref.partition('/')[2]}" if kind is not None else ref

    def _law(self) -> Law | None:
        """The law that the line ends with; None where that cannot be read, and everything counts as controlled."""
        bench = self.replay.bench
        try:
            return rulebook.law(sources.Commit(bench.repo, self.replay.prefix, bench.revision(self.line[-1].oid)))
        except CannotJudge:
            return None


def _ref(path: str, law: Law | None) -> str:
    """`folder/name` of a record, wherever its folder puts it; the path of a protected file; "" for anything else."""
    if path.startswith(f"{ROOT}/") and path.endswith(SUFFIX):
        parts = path.split("/")
        return f"{parts[1]}/{parts[-1].removesuffix(SUFFIX)}"
    return path if law is None or is_protected(path, law) else ""


def _blob(side: tuple[str, str] | None) -> str:
    return side[1] if side is not None else ""
