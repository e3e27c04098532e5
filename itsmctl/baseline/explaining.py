"""Which change explains which difference between two baselines, and which closed change left none. Strict: a change
explains only what it lists, and what the gate would have let it do there; what cannot be told does not explain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, field

from itsmctl import yamltext
from itsmctl.baseline.difference import Difference, differences
from itsmctl.baseline.listing import Listing, by_item, deed_of, deeds_of
from itsmctl.baseline.outside import Outside, beyond, refuse_narrowed
from itsmctl.errors import CannotJudge
from itsmctl.records import CHANGE, ROOT, value_at

if TYPE_CHECKING:
    from itsmctl.baseline.fields import Manifest
    from itsmctl.baseline.place import Place
    from itsmctl.gitdeeds import Landed
    from itsmctl.gitedits import TreeEdit
    from itsmctl.kinds import Kinds
    from itsmctl.past import Past
    from itsmctl.roster import Roster
    from itsmctl.votes import Vote

Standing = Literal["explained", "late", "unexplained"]

AUTHORISED = ("approved", "scheduled", "implementing", "implemented", "failed", "backed-out", "reviewed", "closed")
DONE = ("implemented", "reviewed", "closed")


class Reason(Struct, frozen=True):
    """One commit of the branch that altered the record. `changes`: those in play that list it.

    `lacks`: why none of them explains the commit; empty where one does. `is_late`: one lists it, and was not
    authorised by then, or it was outside of the window.
    """

    commit: str
    time: int
    changes: tuple[str, ...]
    lacks: str = ""
    is_late: bool = False


class Explained(Struct, frozen=True):
    """A difference with every commit that made it."""

    difference: Difference
    reasons: tuple[Reason, ...]

    @property
    def standing(self) -> Standing:
        """`explained` only where a change explains every commit."""
        lacking = [one for one in self.reasons if one.lacks]
        if self.reasons and not lacking:
            return "explained"
        return "late" if lacking and all(one.is_late for one in lacking) else "unexplained"

    @property
    def changes(self) -> tuple[str, ...]:
        """Every change that has to do with it."""
        return tuple(sorted({name for one in self.reasons for name in one.changes}))


class Idle(Struct, frozen=True):
    """A change that was carried out between the two, and left no difference in what it lists."""

    name: str
    state: str
    items: tuple[str, ...]


class Comparison(Struct, frozen=True):
    """Two baselines compared."""

    earlier: Manifest
    later: Manifest
    differences: tuple[Explained, ...]
    idle: tuple[Idle, ...]
    outside: tuple[Outside, ...] = ()
    since: tuple[tuple[str, str], ...] = ()  # (change that explains something, how it stands today), where undone

    @property
    def open(self) -> tuple[Explained, ...]:
        """What no change explains in full."""
        return tuple(one for one in self.differences if one.standing != "explained")


Authorised = Callable[[str, str, str, frozenset[str]], tuple[str, bool]]
"""(change, parent, commit of the line, the record by each of its names) → (why the gate would not have let the change
do that there, or "", and whether that is about the time alone). Given by who asks, as it stands above this room.
"""


def compare(
    place: Place, earlier: Manifest, later: Manifest, authorised: Authorised, *, is_verified: bool = False
) -> Comparison:
    """Raises CannotJudge where the later one does not come after the earlier one, or a record cannot be read.

    Or where a manifest is not what its commit gives, as far as the comparison rests on that. `is_verified`: both were
    found to hold in full.
    """
    commits = (place.bench.revision(earlier.source.commit), place.bench.revision(later.source.commit), place.tip)
    is_equal = earlier.items == later.items and not any(one.secrets for one in later.items)
    marks = [] if is_equal else [place.marks(one) for one in commits]
    every = differences(place.bench, earlier, later, marks, place.prefix)
    outside = tuple(beyond(place, earlier, later, every))
    if not is_verified:
        refuse_narrowed(place, earlier, later, outside)
    apart = {one.ref for one in outside}
    found = [one for one in every if one.ref not in apart]
    history = _Between(place, earlier, later, found, authorised)
    reasons = {one.ref: tuple(history.reasons(one)) for one in sorted(found, key=history.first)}
    explained = tuple(Explained(one, reasons[one.ref]) for one in found)
    moved = frozenset(ref for one in found for ref in one.refs)
    held = frozenset(one.ref for manifest in (earlier, later) for one in manifest.items)
    return Comparison(earlier, later, explained, tuple(history.idle(moved, held)), outside)


class _Between(Struct, frozen=True, dict=True):
    """The first-parent line from the one source commit to the other."""

    place: Place
    earlier: Manifest
    later: Manifest
    found: Sequence[Difference]
    authorised: Authorised
    _lacking: dict[tuple[int, int], str] = field(default_factory=dict)

    @cached_property
    def _line(self) -> tuple[Landed, ...]:
        """What landed after the earlier commit. Raises CannotJudge where that is not on the line of the later one."""
        tip, since = self.later.source.commit, self.earlier.source.commit
        line = self.place.bench.first_parents(tip, [self.place.prefix + ROOT], since)
        for at, landed in enumerate(line):
            if landed.oid == since:
                return line[at + 1 :]
        says = f"{self.later.name} is not of the branch that {self.earlier.name} was frozen on, or the older one"
        raise CannotJudge(says, "Name the earlier baseline first; both have to be of one branch.")

    @cached_property
    def _kinds(self) -> Kinds:
        return self.place.kinds(self.place.tip)

    @cached_property
    def _past(self) -> Past:
        from itsmctl import past  # as with the other imports in here: not needed where nothing differs

        return past.read(self.place.bench.repo, self.later.source.commit, self.place.prefix, self.earlier.source.commit)

    @cached_property
    def _touched(self) -> Mapping[str, list[tuple[int, TreeEdit]]]:
        """Path → (place on the line, edit) of each commit that edited it."""
        found: dict[str, list[tuple[int, TreeEdit]]] = {}
        for place, landed in enumerate(self._line):
            for edit in landed.edits:
                found.setdefault(edit.path.removeprefix(self.place.prefix), []).append((place, edit))
        return found

    @cached_property
    def _covers(self) -> Mapping[str, Mapping[str, Sequence[Listing]]]:
        """Commit → Kind/name → the changes in play with it that list that, for each that edited what differs."""
        places = {place for one in self.found for path in self._paths(one) for place, _ in self._touched.get(path, ())}
        refs = {ref for one in self.found for ref in one.refs}
        commits = [self._line[place].oid for place in sorted(places)]
        from itsmctl import covering

        held = covering.of(self._past, self._kinds, commits, refs)
        return {oid: by_item(held[oid]) for oid in commits}

    def _paths(self, difference: Difference) -> set[str]:
        """Wherever the record stood between the two, by either of its names."""
        found = set(difference.paths)
        for one in (difference.before, difference.after):
            if one is not None:
                places = self._past.places.get((one.path.split("/")[1], one.name), ())
                found.update(path.removeprefix(self.place.prefix) for path in places)
        return found

    def first(self, difference: Difference) -> int:
        """The place on the line of the first commit that touched the record: in their order each asks least anew."""
        touched = (self._touched.get(path, ()) for path in self._paths(difference))
        return min((place for held in touched for place, _ in held), default=0)

    def reasons(self, difference: Difference) -> Iterator[Reason]:
        """Each commit that touched the record, and what explains it."""
        edits: dict[int, list[TreeEdit]] = {}
        for path in self._paths(difference):
            for place, edit in self._touched.get(path, ()):
                edits.setdefault(place, []).append(edit)
        for place in sorted(edits):
            parent = self._line[place - 1].oid if place else self.earlier.source.commit
            yield self._reason(difference, parent, self._line[place], edits[place])

    def _reason(self, difference: Difference, parent: str, landed: Landed, edits: Sequence[TreeEdit]) -> Reason:
        held, refs = self._covers[landed.oid], sorted(difference.refs)
        covers = list({one.name: one for ref in refs for one in held.get(ref, ())}.values())
        names = tuple(sorted(one.name for one in covers))
        if not covers:
            return Reason(landed.oid, landed.time, (), "no change in play lists it")
        deed = deed_of(edits)
        wrong = [one.wrong(difference, deed) for one in covers]
        fitting = [one for one, why in zip(covers, wrong, strict=True) if not why]
        if not fitting:
            return Reason(landed.oid, landed.time, names, wrong[0])
        lacking = [self._unlike(one, difference, parent, landed) for one in fitting]
        if ("", False) in lacking:
            return Reason(landed.oid, landed.time, names)
        first = next((one for one in lacking if one[1]), lacking[0])
        return Reason(landed.oid, landed.time, names, *first)

    def _unlike(self, one: Listing, difference: Difference, parent: str, landed: Landed) -> tuple[str, bool]:
        """(why it does not explain what it lists, is that about the time?); what its record says first, then the
        gate's own answer, which counts votes and holds them against what was done.
        """
        lack = self._lack(one, landed.time)
        if lack:
            return lack, True
        kind = next(iter(difference.refs)).partition("/")[0]
        names = {f"{kind}/{PurePosixPath(path).stem}" for path in self._paths(difference)}
        return self.authorised(one.name, parent, landed.oid, difference.refs | names)

    def _lack(self, one: Listing, time: int) -> str:
        key = id(one.data), time
        if key not in self._lacking:
            late = f"{one.name} was {one.over} before that" if one.over else ""
            self._lacking[key] = late or self._lacks(one.name, one.data, time)
        return self._lacking[key]

    def _lacks(self, name: str, data: Mapping[str, Any], time: int) -> str:
        """Why a change that lists a record does not explain a commit at that time; empty where it does."""
        state, class_ = value_at(data, "/spec/state"), value_at(data, "/spec/class")
        if state not in AUTHORISED:
            return f"{name} was {state} then"
        at = datetime.fromtimestamp(time, UTC)
        if class_ != "standard" and not self._approved(name, at):
            return f"no signed approval of {name} stood then"
        from itsmctl.gate import calendar  # takes long, and nothing else here asks for it

        span = calendar.span(data)
        if class_ != "emergency" and isinstance(span, calendar.Window) and not span.start <= at < span.end:
            return f"it was outside of the window of {name}"
        if class_ == "normal" and not isinstance(span, calendar.Window):
            return f"{name} has no window"
        return ""

    def _approved(self, name: str, at: datetime) -> bool:
        """Did somebody who may vote approve it by then, in a statement that is in the repository?"""
        from itsmctl.evidence.signed import AHEAD

        return any(one.decision == "approve" and one.issued_at <= at + AHEAD for one in self._votes.get(name, ()))

    @cached_property
    def _votes(self) -> Mapping[str, list[Vote]]:
        from itsmctl.baseline import section
        from itsmctl.evidence import signed

        place = self.place
        revision = place.bench.revision(self.later.source.commit)
        files = section.evidence(place.bench, revision.tree, place.prefix)
        found: dict[str, list[Vote]] = {}
        if files:
            roster: Roster = place.people(revision).roster
            for vote in signed.collect(files, roster, roster.now, place.environ).votes:
                found.setdefault(vote.change, []).append(vote)
        return found

    def idle(self, moved: frozenset[str], held: frozenset[str]) -> Iterator[Idle]:
        """Changes that were done in between, and of whose items in the baselines none differs."""
        if not self._altered:
            return
        folder = f"{ROOT}/{self._kinds[CHANGE].plural}"
        before, after = (self._blobs(one.source.tree, folder) for one in (self.earlier, self.later))
        altered = [path for path, blob in sorted(after.items()) if before.get(path) != blob]
        wanted = [blob for path in altered for blob in (after[path], before.get(path, "")) if blob]
        read = self._reader(wanted)
        for path in altered:
            data = read(after[path])
            state, items = value_at(data, "/spec/state"), deeds_of(data).keys()
            if state not in DONE or not items & held or items & moved:
                continue
            if value_at(read(before.get(path, "")), "/spec/state") not in DONE:
                yield Idle(str(value_at(data, "/metadata/name")), str(state), tuple(sorted(items & held)))

    def _reader(self, blobs: Sequence[str]) -> Callable[[str], object]:
        """Reads the data of records; None where there is none that can be read. Nothing is parsed twice."""
        if self.found:  # then all of history was read already
            self._past.expect(blobs)
            return lambda blob: self._past.data(blob) if blob else None
        contents = self.place.bench.contents(blobs, yamltext.MAX_BYTES + 1)
        return lambda blob: _data(contents[blob]) if blob else None

    @property
    def _altered(self) -> bool:
        """Is there any other record at the one commit than at the other?"""
        trees = [f"{one.source.tree}:{self.place.prefix}{ROOT}" for one in (self.earlier, self.later)]
        one, other = self.place.bench.repo.ids(trees)
        return one != other

    def _blobs(self, tree: str, folder: str) -> dict[str, str]:
        return {one.path: one.oid for one in self.place.bench.repo.tree_files(tree, self.place.prefix + folder)}


def _data(content: bytes) -> object:
    try:
        return yamltext.read(content)
    except yamltext.Refused:
        return None


def counted(found: Sequence[Explained]) -> dict[Standing, int]:
    """How many of each standing."""
    standings: tuple[Standing, ...] = ("explained", "late", "unexplained")
    return {standing: sum(one.standing == standing for one in found) for standing in standings}
