"""Where a baseline is looked at: the real repository, the bench over it, a tip; and who is who at a commit. Decides
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from itsmctl.errors import CannotJudge

if TYPE_CHECKING:
    from itsmctl.gitbench import Bench, Brought
    from itsmctl.gitrepo import GitRepo, Revision
    from itsmctl.records import Law
    from itsmctl.roster import Roster


@dataclass(frozen=True, slots=True)
class People:
    """Who is who at one commit, and what its settings say of carriers and outside authors."""

    roster: Roster
    settings: Mapping[str, Any]

    def makers(self, adding: Sequence[Brought]) -> tuple[dict[str, str], list[str]]:
        """(person → why, hands that are nobody's) of those who made the commits that add a manifest.

        A carrier that committed what others wrote is nobody, as in the gate.
        """
        carriers = {one["email"].casefold() for one in self.settings.get("carriers", ())}
        persons: dict[str, str] = {}
        unknown: list[str] = []
        for commit in adding:
            carried = any(one.role == "committer" and one.email.casefold() in carriers for one in commit.hands)
            for hand in commit.hands:
                if carried and hand.role in ("committer", "signer"):
                    continue
                entry = self.roster.key(hand.key) if hand.role == "signer" else None
                email = self.roster.email(hand.email) if hand.readable and hand.role != "signer" else None
                person = entry.person if entry is not None else email
                if person is not None:
                    persons.setdefault(person, f"{hand.role} of {commit.oid[:7]}")
                else:
                    unknown.append(f"{hand.email or hand.key or 'somebody'} ({hand.role} of {commit.oid[:7]})")
        return persons, [] if self.settings.get("outside_authors") == "allow" else unknown


@dataclass(frozen=True)
class Place:
    """Where it is looked at: the real repository, the bench over it, the tip that holds the baseline, and the time."""

    repo: GitRepo
    bench: Bench
    tip: Revision
    prefix: str
    now: datetime
    environ: Mapping[str, str] = field(repr=False)

    def law(self, revision: Revision) -> Law:
        """The kinds and homes at a commit. Raises CannotJudge where they cannot be used."""
        from itsmctl import rulebook, sources  # long to import, and comparing equal baselines asks for none of it

        return rulebook.law(sources.Commit(self.bench.repo, self.prefix, revision))

    def people(self, revision: Revision, at: datetime | None = None) -> People:
        """Who is who at a commit, at its own time if none is given. Raises CannotJudge where its law cannot be used."""
        from itsmctl import rulebook, snapshot, sources
        from itsmctl.roster import Roster

        source = sources.Commit(self.bench.repo, self.prefix, revision)
        law = rulebook.law(source)
        roster = Roster.of(snapshot.read(source, law), at or datetime.fromtimestamp(revision.time, UTC))
        if roster.faults:
            first = roster.faults[0]
            says = f"who is who cannot be told from the {revision.label}: {first.path}: {first.says}"
            raise CannotJudge(says, "Mend that record; a baseline of a commit where it is broken proves nobody's word.")
        return People(roster, law.settings.data)

    @cached_property
    def today(self) -> Roster:
        """Who is who at the tip, now."""
        return self.people(self.tip, self.now).roster


def is_below(bench: Bench, commit: str, tip: str) -> bool:
    """Does the history of `tip` hold the commit? False where it is not even there."""
    status, _, _ = bench.repo.process.attempt("merge-base", "--is-ancestor", commit, tip)
    return status == 0
