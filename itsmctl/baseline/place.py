"""Where a baseline is looked at: the real repository, the bench over it, a tip; and who is who at a commit. Decides
nothing.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from itsmctl import ready, snapshot, sources, veil
from itsmctl.baseline import ever, revocations, tags
from itsmctl.errors import CannotJudge
from itsmctl.evidence.signed import AHEAD
from itsmctl.gitedits import PLAIN
from itsmctl.records import ROOT
from itsmctl.roster import KINDS, Roster
from itsmctl.settings import FILE

if TYPE_CHECKING:
    from itsmctl.gitbench import Bench
    from itsmctl.gitdeeds import Brought
    from itsmctl.gitrepo import GitRepo, Revision
    from itsmctl.kinds import Kinds
    from itsmctl.marked import Marks
    from itsmctl.records import Law
    from itsmctl.snapshot import Snapshot


class People(Struct, frozen=True):
    """Who is who at one commit, and what its settings say of carriers and outside authors."""

    roster: Roster
    settings: Mapping[str, Any]

    def makers(self, adding: Sequence[Brought]) -> tuple[dict[str, str], list[str]]:
        """(person → why, hands that are nobody's) of those who made the commits that add a manifest.

        A carrier that committed what others wrote is nobody, as in the gate; the address or key of a human is no
        carrier's, whatever the settings say. Where they allow outside authors, one who is nobody's is none of the
        second where a Person had a hand in the same commit: see `outside`.
        """
        persons: dict[str, str] = {}
        unknown: list[str] = []
        for commit in adding:
            known, others = self._hands(commit)
            for person, why in known.items():
                persons.setdefault(person, why)
            unknown += [] if known and self._allows else others
        return persons, unknown

    def outside(self, adding: Sequence[Brought]) -> list[str]:
        """Hands that are nobody's, and that the settings allow beside a Person: nobody can tell whose they are."""
        found = [self._hands(one) for one in adding] if self._allows else []
        return [other for known, others in found if known for other in others]

    @property
    def _allows(self) -> bool:
        return bool(self.settings.get("outside_authors") == "allow")

    def _hands(self, commit: Brought) -> tuple[dict[str, str], list[str]]:
        """(person → why, hands that are nobody's) of one commit."""
        carriers = {one["email"].casefold() for one in self.settings.get("carriers", ())}
        carried = any(one.role == "committer" and one.email.casefold() in carriers for one in commit.hands)
        persons: dict[str, str] = {}
        unknown: list[str] = []
        for hand in commit.hands:
            entry = self.roster.key(hand.key) if hand.role == "signer" else None
            email = self.roster.email(hand.email) if hand.readable and hand.role != "signer" else None
            person = entry.person if entry is not None else email
            if carried and hand.role in ("committer", "signer") and not self.roster.is_human(person):
                continue
            if person is not None:
                persons.setdefault(person, f"{hand.role} of {commit.oid[:7]}")
            else:
                unknown.append(f"{hand.email or hand.key or 'somebody'} ({hand.role} of {commit.oid[:7]})")
        return persons, unknown


class Place(Struct, frozen=True, dict=True, eq=False):
    """Where it is looked at: the real repository, the bench over it, the tip that holds the baseline, and the time."""

    repo: GitRepo
    bench: Bench
    tip: Revision
    prefix: str
    now: datetime
    environ: Mapping[str, str]
    _records: dict[str, Snapshot] = field(default_factory=dict)  # by the ids of what is read

    def law(self, revision: Revision) -> Law:
        """The kinds and homes at a commit. Raises CannotJudge where they cannot be used."""
        from itsmctl import rulebook  # long to import, and comparing equal baselines asks for none of it

        return rulebook.law(sources.Commit(self.bench.repo, self.prefix, revision))

    def kinds(self, revision: Revision) -> Kinds:
        """The kinds at a commit. Raises CannotJudge where they cannot be used."""
        return ready.kinds_at(sources.Commit(self.bench.repo, self.prefix, revision))

    def people(self, revision: Revision, at: datetime | None = None) -> People:
        """Who is who at a commit, at its own time if none is given, with what history knows of revoked keys.

        Raises CannotJudge where its law cannot be used.
        """
        records = self.records(revision)
        roster = Roster.of(records, at or datetime.fromtimestamp(revision.time, UTC)).revoking(self.revoked)
        if roster.faults:
            first = roster.faults[0]
            says = f"who is who cannot be told from the {revision.label}: {first.path}: {first.says}"
            raise CannotJudge(says, "Mend that record; a baseline of a commit where it is broken proves nobody's word.")
        return People(roster, records.law.settings.data)

    def records(self, revision: Revision) -> Snapshot:
        """The persons, roles and delegations at a commit, and no other records: read once for equal records and law."""
        read_of = [f"{revision.oid}:{self.prefix}{path}" for path in (ROOT, "schemas", "policies", FILE)]
        key = " ".join(self.bench.repo.ids(read_of))
        if key not in self._records:
            from itsmctl import rulebook

            source = sources.Commit(self.bench.repo, self.prefix, revision)
            read = snapshot.read(source, rulebook.law(source))
            kept = {ref: one for ref, one in read.records.items() if one.kind in KINDS}
            self._records[key] = replace(read, records=kept)
        return self._records[key]

    def typed(self, path: str) -> str:
        """A path from the top of git, as a command of git takes it below the governed root as well; for a shell."""
        return shlex.quote(f":/{path}" if self.prefix else path)

    def marks(self, revision: Revision) -> Marks:
        """What is a secret at a commit: its classes, and the kinds of its own, are read for that, and nothing else."""
        source = sources.Commit(self.bench.repo, self.prefix, revision)
        has_own = any(True for _ in source.files("schemas"))
        return veil.marks_in(source, self.kinds(revision) if has_own else {})

    def is_on_line(self, oid: str) -> bool:
        """Was the branch itself ever at that commit? What was merged into it is below, and not on its line."""
        return any(one.oid == oid for one in self.bench.first_parents(self.tip.oid, []))

    def line_at(self, time: int) -> Revision:
        """The last commit of the first-parent line that is not after a time (seconds since 1970); else its first."""
        line = self.bench.first_parents(self.tip.oid, [])
        return self.bench.revision(next((one.oid for one in reversed(line) if one.time <= time), line[0].oid))

    def line_before(self, moment: datetime) -> Revision:
        """The last commit of the first-parent line before a moment, else its first: none that comes after a later one.

        A time that is still to come was written by a clock that is wrong, as in `line_time`.
        """
        latest, found = (self.now + AHEAD).timestamp(), ""
        for one in self.bench.first_parents(self.tip.oid, []):
            if moment.timestamp() <= one.time <= latest:
                found = found or one.oid
                break
            found = one.oid
        return self.bench.revision(found)

    def landing(self, files: Mapping[str, bytes]) -> Revision:
        """The first commit of the first-parent line with all the files (path from the governed root → its bytes, plain)
        at once; the tip where none has. What stood there before in their place, or one of them alone, is not they.
        """
        wanted = {self.prefix + path: (PLAIN, self.bench.id_of(content)) for path, content in files.items()}
        there: set[str] = set()
        for one in self.bench.first_parents(self.tip.oid, list(wanted)):
            mine = [edit for edit in one.edits if edit.path in wanted]
            there -= {edit.path for edit in mine}
            there |= {edit.path for edit in mine if edit.after == wanted[edit.path]}
            if there == wanted.keys():
                return self.bench.revision(one.oid)
        return self.tip

    def line_time(self, revision: Revision) -> datetime:
        """The latest time of any commit of the first-parent line up to this one: it was not there before that.

        A time that is still to come was written by a clock that is wrong, and says nothing of what came after it.
        """
        latest = (self.now + AHEAD).timestamp()
        times = [one.time for one in self.bench.first_parents(revision.oid, []) if one.time <= latest]
        return datetime.fromtimestamp(max(times, default=0), UTC)

    @cached_property
    def revoked(self) -> Mapping[str, datetime]:
        """Fingerprint → since when that key was somebody else's, too, if any commit up to the tip ever said so."""
        return revocations.ever(self.bench, self.tip.oid, self.prefix)

    @cached_property
    def ever(self) -> frozenset[str]:
        """Every file that history up to the tip ever held with a baseline, from the governed root."""
        return ever.paths(self.bench, self.tip.oid, self.prefix)

    @cached_property
    def replaced(self) -> Sequence[str]:
        """See `tags.replaced`."""
        return tags.replaced(self.repo)

    @cached_property
    def has_grafts(self) -> bool:
        """See `tags.has_grafts`."""
        return tags.has_grafts(self.repo)

    @cached_property
    def today(self) -> Roster:
        """Who is who at the tip, now."""
        return self.people(self.tip, self.now).roster


def is_below(bench: Bench, commit: str, tip: str) -> bool:
    """Does the history of `tip` hold the commit? False where it is not even there."""
    return bench.holds(tip, commit)
