"""What stood at earlier commits of the base's first-parent line: law, records, and the statements on one change.

Reads through the bench; judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from itsmctl import rulebook, snapshot, sources
from itsmctl.errors import CannotJudge
from itsmctl.evidence import signed
from itsmctl.evidence.signed import EvidenceFile
from itsmctl.evidence.statement import LONGEST
from itsmctl.firstparent import FirstParent
from itsmctl.gate import spending
from itsmctl.gate.beginnings import STARTED, moment, state_of
from itsmctl.gate.model import Landed
from itsmctl.gate.retracing import WHO
from itsmctl.gitedits import PLAIN
from itsmctl.protecting import LAW, SHELVES
from itsmctl.records import SUFFIX
from itsmctl.roster import Roster

if TYPE_CHECKING:
    from itsmctl.gate.model import Proposal
    from itsmctl.gitbench import Bench
    from itsmctl.gitdeeds import Landed as Commit
    from itsmctl.gitrepo import Revision
    from itsmctl.proposal import Reader
    from itsmctl.records import Record
    from itsmctl.rulebook import Rulebook
    from itsmctl.snapshot import Memo
    from itsmctl.votes import Evidence


class Earlier(Struct, frozen=True):
    """See `landed`. `held`: the proposal whose base is looked back on, and `reader` what read it."""

    bench: Bench
    prefix: str
    held: Proposal
    reader: Reader
    environ: Mapping[str, str]
    _books: dict[tuple[str, ...], tuple[Rulebook, Memo]] = field(default_factory=dict)

    def landed(self, change: Record) -> Iterator[Landed]:
        """See Proposal.landed. Statements count as of the commit's own date, which none before it is later than.

        A key that is known today to have been somebody else's, too, never counted. A commit whose law cannot be used
        shows nothing. Raises CannotJudge where git cannot be read.
        """
        began = self._began(change)
        if began is None:
            return
        line = self.bench.first_parents(self.held.base_oid, self._under(change))
        now = self.held.now.timestamp()
        times = list(accumulate((0 if one.time > now else one.time for one in line), max))
        for place, commit in enumerate(line):
            if times[place] < began or not any(self._matters(edit.path, change) for edit in commit.edits):
                continue
            try:
                yield self._stood(change, commit, times[place])
            except CannotJudge:  # by that law nothing could be judged, so that nothing was paid
                continue

    def _began(self, change: Record) -> int | None:
        """When, in seconds since 1970 (UTC)."""
        steps = [one for ref in spending.names(change) for one in self.held.history.landings(ref)]
        return min((one.time for one in steps if state_of(one.data) in STARTED), default=None)

    def _under(self, change: Record) -> list[str]:
        """The folders and files, from the top, in which what matters stands."""
        law = self.held.base.law
        folders = [f"records/{law.kinds[kind].plural}" for kind in (*WHO, change.kind)]
        shelves = [f"{SHELVES[0]}{ref.partition('/')[2]}" for ref in spending.names(change)]
        return [self.prefix + one for one in (*(one.rstrip("/") for one in LAW), *folders, *shelves)]

    def _matters(self, path: str, change: Record) -> bool:
        """Is it more than another change's record?"""
        changes = f"{self.prefix}records/{self.held.base.law.kinds[change.kind].plural}/"
        names = {f"{ref.partition('/')[2]}{SUFFIX}" for ref in spending.names(change)}
        return not path.startswith(changes) or path.rpartition("/")[2] in names

    def _stood(self, change: Record, commit: Commit, time: int) -> Landed:
        revision, now = self.bench.revision(commit.oid), moment(time)
        book, memo = self._law(revision)
        base = snapshot.read(sources.Commit(self.bench.repo, self.prefix, revision), book.law, memo)
        roster = Roster.of(base, now)
        history = self.held.history
        if isinstance(history, FirstParent):
            history = FirstParent(self.bench, revision.oid, self.prefix, book.kinds, history.as_brought, history.now)
        stood = replace(
            self.held,
            base=base,
            merged=base,
            rulebook=book,
            base_oid=revision.oid,
            head_oid=revision.oid,
            tree=revision.tree,
            now=now,
            edits={},
            shelf={},
            commits=(),
            history=history,
            inspection=(),
            passing=(),
            overtaken=None,
            partings=(),
            earliest={},
            landed=lambda _: iter(()),
            cache={},
        )
        return Landed(stood, self._evidence(change, revision, stood, roster), roster)

    def _law(self, revision: Revision) -> tuple[Rulebook, Memo]:
        """The rulebook of a commit, with what was read under it; the same one where the law is the same."""
        if not self._books:
            self._books[self._key(self.held.base_oid)] = self.held.rulebook, self.reader.memo
        key = self._key(revision.oid)
        if key not in self._books:
            self._books[key] = rulebook.load(sources.Commit(self.bench.repo, self.prefix, revision)), {}
        return self._books[key]

    def _key(self, oid: str) -> tuple[str, ...]:
        return tuple(self.bench.repo.ids([f"{oid}:{self.prefix}{one.rstrip('/')}" for one in LAW]))

    def _evidence(self, change: Record, revision: Revision, stood: Proposal, roster: Roster) -> Evidence:
        files = list(self._files([ref.partition("/")[2] for ref in spending.names(change)], revision))
        evidence = signed.collect(files, roster, stood.now, self.environ)
        today = Roster.of(self.held.base, self.held.now)
        keys = {vote.key: today.key(vote.key) for vote in evidence.witnesses}
        lost = {name for name, key in keys.items() if key is None or key.compromised_since is not None}
        refused = (replace(one, said=None) if one.said and one.said.key in lost else one for one in evidence.refused)
        votes = tuple(vote for vote in evidence.votes if vote.key not in lost)
        return replace(evidence, votes=votes, refused=tuple(refused))

    def _files(self, names: Sequence[str], revision: Revision) -> Iterator[EvidenceFile]:
        for name in names:
            entries = self.bench.repo.tree_files(revision.tree, f"{self.prefix}{SHELVES[0]}{name}")
            blobs = {one.path.removeprefix(self.prefix): one.oid for one in entries if one.mode == PLAIN}
            contents = self.bench.contents(blobs.values(), LONGEST + 1)
            for path in sorted({path.removesuffix(".sig") for path in blobs}):
                made, signature = (contents[blobs[one]] if one in blobs else None for one in (path, f"{path}.sig"))
                yield EvidenceFile(path, made, signature, f"commit {revision.oid[:7]}")
