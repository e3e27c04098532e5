"""All that is read of a release once: its record, the law, the votes, history and baselines of one commit."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from itsmctl import addressing, authorising, hearing, past, proposal, rulebook, snapshot, sources, yamltext
from itsmctl.baseline.origins import listed
from itsmctl.baseline.scope import RELEASE
from itsmctl.baseline.verification import Verified, Wanted, verify
from itsmctl.earlier import Earlier
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.gate.spending import names
from itsmctl.proposal import Ask
from itsmctl.records import CHANGE, references_of, value_at
from itsmctl.release import beginning, landings
from itsmctl.roster import Roster
from itsmctl.votes import FILE

if TYPE_CHECKING:
    from itsmctl.baseline.place import Place
    from itsmctl.gate.model import Proposal
    from itsmctl.gitdeeds import Brought
    from itsmctl.gitrepo import Revision
    from itsmctl.kinds import Kind
    from itsmctl.past import Past
    from itsmctl.records import Record
    from itsmctl.release.landings import Line
    from itsmctl.release.requirement import Stage
    from itsmctl.rulebook import Rulebook
    from itsmctl.snapshot import Snapshot
    from itsmctl.votes import Evidence

Data = Mapping[str, Any]


class Dossier(Struct, frozen=True, dict=True):
    """`record` keeps to its schema, or only `record` may be asked. `held`: the commit as the gate sees it, with nothing
    proposed on top of it. `evidence`: the votes on the changes, as of the time of the place. `read_at`: the records of
    other commits that were asked for.
    """

    place: Place
    stage: Stage
    record: Record
    held: Proposal
    evidence: Evidence
    roster: Roster
    read_at: dict[str, Snapshot] = field(default_factory=dict)
    _verified: dict[str, Verified | str] = field(default_factory=dict)

    @property
    def head(self) -> Snapshot:
        """The records of the commit."""
        return self.held.merged

    @property
    def book(self) -> Rulebook:
        """Its law."""
        return self.held.rulebook

    @property
    def now(self) -> datetime:
        """When it is asked."""
        return self.held.now

    @property
    def kind(self) -> Kind:
        """The kind Release."""
        return self.book.kinds[RELEASE]

    @property
    def spec(self) -> Data:
        """What the release says."""
        spec: Data = self.record.data["spec"]
        return spec

    @cached_property
    def is_emergency(self) -> bool:
        """Is it one that may bring some things later? What it became once it was rolled out it was not then."""
        if self.begins is None or self.begins > self.now:
            return bool(self.spec["type"] == "emergency")
        before = [data for at, data in self.versions if at < self.begins.timestamp()]
        was = value_at(before[-1], "/spec/type") if before else "emergency"
        return bool(self.spec["type"] == "emergency" and was == "emergency")

    @cached_property
    def changes(self) -> Mapping[str, Record | None]:
        """Each change that it lists, by the name of today; None where there is none that keeps to its schema."""
        found: dict[str, Record | None] = {}
        for name in self.spec.get("changes", ()):
            record = self.head.get(f"{CHANGE}/{name}")
            found[record.name if record is not None else name] = record if record is not None and record.sound else None
        return found

    @cached_property
    def called(self) -> frozenset[str]:
        """The changes that it lists, by every name that they have or had: history knows them by those."""
        held = (self.names_of(record) if record is not None else (name,) for name, record in self.changes.items())
        return frozenset(name for names in held for name in names)

    def names_of(self, record: Record) -> tuple[str, ...]:
        """Every name that a record has or had; one that another record bears is none of its former ones."""
        return tuple(ref.partition("/")[2] for ref in names(record) if self.head.get(ref) is record)

    @cached_property
    def items(self) -> tuple[tuple[int, str, Data], ...]:
        """(place in the list, `Kind/name` of today or `File/path`, the item) of each item."""
        found = []
        for place, item in enumerate(self.spec.get("items", ())):
            record = self.head.get(item["item"])
            found.append((place, record.ref if record is not None else item["item"], item))
        return tuple(found)

    @cached_property
    def refs(self) -> tuple[str, ...]:
        """What the release lists, each once."""
        return tuple(dict.fromkeys(ref for _, ref, _ in self.items))

    @cached_property
    def services(self) -> tuple[str, ...]:
        """`Service/name` of today of each service that gets the release."""
        named = (f"Service/{name}" for name in self.spec.get("services", ()))
        return tuple(dict.fromkeys(one.ref if (one := self.head.get(ref)) is not None else ref for ref in named))

    @cached_property
    def past(self) -> Past:
        """All of history up to the commit."""
        return past.read(self.place.bench.repo, self.place.tip.oid, self.place.prefix)

    @cached_property
    def writings(self) -> list[tuple[Brought, object]]:
        """(commit, the release in it) of each commit, on any line, that did something to the record; parents first."""
        held, place = landings.paths(self.record.ref, self.head, self.past), self.place
        found = place.bench.touching(place.tip.oid, held, place.prefix)
        edits = [(one, edit) for one in found for edit in one.edits if place.prefix + edit.path in held]
        return [(one, self.data(edit.after[1])) for one, edit in edits if edit.after is not None]

    @cached_property
    def line(self) -> Line:
        """The first-parent line, with every commit that altered an item or a service of the release, or an item of a
        change of it.
        """
        theirs = {ref for record in self.changes.values() if record is not None for ref in listed(record.data)}
        today = (record.ref if (record := self.head.get(ref)) is not None else ref for ref in sorted(theirs))
        items = dict.fromkeys((*self.refs, *today, *self.services))
        return landings.line(self.place.bench, self.place.tip.oid, self.head, self.past, items)

    @cached_property
    def first(self) -> landings.Landing | None:
        """The first merge in which one of its changes altered one of its items; None where none did."""
        return self.line.first(self.called, self.refs)

    @cached_property
    def moments(self) -> tuple[datetime, ...]:
        """When the roll-out begins anywhere, the earliest first: starts of stages, and going live."""
        return tuple(beginning.moments(self.spec))

    @cached_property
    def versions(self) -> list[tuple[int, Data]]:
        """(time, data) of every version of the release on the branch, in the order of the line."""
        return beginning.versions(self, self.record)

    @cached_property
    def begins(self) -> datetime | None:
        """When the roll-out began, or is to begin; None where no time is written: see beginning."""
        return beginning.of(self)

    @cached_property
    def then(self) -> Revision:
        """The last commit of the branch before the roll-out began; the tip, where no time is written."""
        return self.place.line_before(self.begins) if self.begins is not None else self.place.tip

    @cached_property
    def over(self) -> datetime | None:
        """When the roll-out is over everywhere, as far as that is written; None where no time is."""
        ends = [stage.get("end") for stage in self.spec.get("plan", {}).get("stages", ())]
        found = [*self.moments, *(one for text in ends if text and (one := beginning.moment(text)) is not None)]
        return max(found, default=None)

    @cached_property
    def answers(self) -> authorising.Answers:
        """What the gate says of what landed."""
        return authorising.Answers(self.place, self.place.tip.oid, self.held.target)

    def today(self, data: object, kind: str = RELEASE) -> object:
        """A copy of a version of a record with the names of today, its own and those of its references: a rename alters
        nothing. As it is, where it cannot be read for that.
        """
        try:
            return self._today(data, kind) if isinstance(data, dict) else data
        except (KeyError, TypeError, ValueError, IndexError):
            return data

    def _today(self, data: Data, kind: str) -> Data:
        found: dict[str, Any] = copy.deepcopy(dict(data))
        for pointer, ref in references_of(self.book.kinds[kind], data):
            record = self.head.get(ref)
            *above, last = pointer.split("/")[1:]
            at: Any = found
            for step in above:
                at = at[int(step)] if isinstance(at, list) else at[step]
            at[int(last) if isinstance(at, list) else last] = record.ref if record is not None else ref
        own = self.head.get(f"{kind}/{found['metadata']['name']}")
        if own is not None:
            found["metadata"]["name"] = own.name
            found["metadata"].pop("formerly", None)
        return found

    def baseline(self, name: str) -> Verified | str:
        """The baseline of that name, agreed to; or in words why nothing can be said of it."""
        if name not in self._verified:
            try:
                self._verified[name] = verify(self.place, name, Wanted())
            except (CannotJudge, Misuse) as error:
                self._verified[name] = error.message
        return self._verified[name]

    def records_at(self, commit: str) -> Snapshot:
        """The records of another commit, under its own law. Raises CannotJudge where that cannot be used."""
        if commit not in self.read_at:
            source = sources.Commit(self.place.bench.repo, self.place.prefix, self.place.bench.revision(commit))
            self.read_at[commit] = snapshot.read(source, rulebook.law(source))
        return self.read_at[commit]

    def blob(self, commit: str, ref: str) -> str:
        """Git's id of the record or file in a commit, at whichever of its places; "" where it is not there."""
        if not commit:
            return ""
        held = landings.paths(ref, self.head, self.past)
        return next((oid for oid in self.place.bench.repo.ids([f"{commit}:{path}" for path in held]) if oid), "")

    def data(self, blob: str) -> object:
        """The data of a record; None where there is none that can be read."""
        if not blob:
            return None
        content = self.place.bench.contents([blob], yamltext.MAX_BYTES + 1)[blob]
        try:
            return yamltext.read(content)
        except yamltext.Refused:
            return None


def read(place: Place, name: str, stage: Stage, *, votes: bool = True) -> Dossier:
    """The release called `name` at the tip of the place; without `votes`, nothing is to be asked of its changes.

    Raises Misuse where there is none, CannotJudge where it, its law, or who is who cannot be read.
    """
    ask = Ask(place.tip, place.tip, place.prefix, "", place.now)
    held, reader = proposal.read(place.bench, ask, place.environ)
    held = replace(held, landed=Earlier(place.bench, place.prefix, held, reader, place.environ).landed)
    record = held.merged.records[named(name, held.base).ref]  # one tree; only the label of the base is in plain words
    roster = Roster.of(held.base, place.now).revoking(place.revoked)
    if roster.faults:
        first = roster.faults[0]
        says = f"who is who cannot be told from the {place.tip.label}: {first.path}: {first.says}"
        raise CannotJudge(says, "Mend that record first: nobody's word can be held against it.")
    names = _names(record, held.merged) if votes else []
    files = list(hearing.committed(place.bench, ask, held, names))
    evidence = hearing.collected(files, roster, place.now, place.environ)
    return Dossier(place, stage, record, held, evidence, roster)


def named(name: str, head: Snapshot) -> Record:
    """The release that a person means. Raises Misuse where there is none, CannotJudge where it cannot be read."""
    record = addressing.record(name if "/" in name else f"{RELEASE}/{name}", head)
    if record.kind != RELEASE:
        raise Misuse(f"{record.ref} is no Release", "itsmctl list Release shows those that there are.")
    return record


def _names(record: Record, head: Snapshot) -> list[str]:
    """The changes whose votes are wanted."""
    if not record.sound:
        return []
    found = (head.get(f"{CHANGE}/{name}") for name in record.data["spec"].get("changes", ()))
    return [one.name for one in found if one is not None]


def as_in(dossier: Dossier, state: str) -> tuple[Snapshot, Record]:
    """The same records with the release in another state: what would be said of it there."""
    spec = {**dossier.spec, "state": state}
    record = replace(dossier.record, data={**dossier.record.data, "spec": spec})
    return replace(dossier.head, records={**dossier.head.records, record.ref: record}), record


def is_file(ref: str) -> bool:
    """Is it a protected file, and no record?"""
    return ref.startswith(f"{FILE}/")
