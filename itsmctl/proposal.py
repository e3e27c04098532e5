"""Reads a Proposal: base, merge result, what differs, who brought it. All comes through the bench. Judges nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct, field

from itsmctl import canonical, gitdeeds, inline, overtaking, rulebook, settings, snapshot, sources, sshsig, validate
from itsmctl.case import Case
from itsmctl.errors import CannotJudge
from itsmctl.firstparent import FirstParent, Read
from itsmctl.foldersteps import file_digest
from itsmctl.gate.model import Brought, Hand, Proposal, Touched
from itsmctl.gitedits import PLAIN
from itsmctl.gitrepo import Revision
from itsmctl.passing import Head
from itsmctl.protecting import LAW, SHELVES, TOP, is_protected, is_second, placed, shadows
from itsmctl.records import ROOT, Record
from itsmctl.votes import FILE, Line

if TYPE_CHECKING:
    from itsmctl.gitbench import Bench
    from itsmctl.gitedits import TreeEdit
    from itsmctl.records import Law
    from itsmctl.rulebook import Rulebook
    from itsmctl.snapshot import Memo, Snapshot


class Ask(Struct, frozen=True):
    """Which head goes into which base: commits, where the governed root lies ("" or "a/b/"), and the branch's name."""

    base: Revision
    head: Revision
    prefix: str
    target: str
    now: datetime
    is_simulated: bool = False
    called: str = ""  # the head, by whoever asks, where it is not what is checked out
    is_past: bool = False  # it came in already: whoever looks back looks at its commits one by one
    made_by: datetime | None = None  # when it came in, where that was after it was judged: no commit is of later
    is_named: bool = False  # the governed root, by whoever asks: it decides, even where other settings lie below it


class Reader(Struct, frozen=True):
    """Reads records of several commits under one law; equal files are parsed once."""

    bench: Bench
    prefix: str
    law: Law
    memo: Memo

    def snapshot(self, revision: Revision, near: Snapshot | None = None) -> Snapshot:
        """The records of a commit. `near`: those of one that this reader read, and that is nearly the same."""
        return snapshot.read(self.source(revision), self.law, self.memo, near)

    def source(self, revision: Revision) -> sources.Commit:
        """The files of a commit."""
        return sources.Commit(self.bench.repo, self.prefix, revision)

    def differing(self, before: Revision, after: Revision) -> list[_Differing]:
        """Every path that differs between two commits."""
        return [_Differing.of(one, self.prefix) for one in self.bench.edits(before.tree, after.tree)]

    def touched(self, before: Snapshot, after: Snapshot, differing: Sequence[_Differing]) -> dict[str, Touched]:
        """Every governed record and protected file that differs, by ref."""
        found = {one.ref: one for one in _touched(self.bench, before, after, differing)}
        return {ref: found[ref] for ref in sorted(found)}


class Known(Struct, frozen=True):
    """What was read for other proposals on the same bench: by the law of their bases, and equal files once.

    `changes_only`: whoever holds it asks only how the gate rules on changes; rules on records are not asked, so that a
    proposal that is read with it lacks `inspection` and `waived`.
    """

    changes_only: bool = False
    _books: dict[tuple[str, ...], _Book] = field(default_factory=dict)

    def book(self, bench: Bench, ask: Ask) -> _Book:
        """What there is of the law of the base."""
        key = tuple(bench.repo.ids([f"{ask.base.oid}:{ask.prefix}{one.rstrip('/')}" for one in LAW]))
        if key not in self._books:
            self._books[key] = _Book(rulebook.load(sources.Commit(bench.repo, ask.prefix, ask.base)))
        return self._books[key]


class _Book(Struct):
    """A rulebook, what was read under it, and the records that were read last: those of the next base, most often."""

    law: Rulebook
    memo: Memo = field(default_factory=dict)
    near: Snapshot | None = None
    past: Read = field(default_factory=Read)


def read(bench: Bench, ask: Ask, environ: Mapping[str, str], known: Known | None = None) -> tuple[Proposal, Reader]:
    """All that the gate judges, and what reads more of the same repository. `known`: see there.

    Raises CannotJudge where the law at the base cannot be used, objects are damaged, or the two conflict.
    """
    bench.refuse_damaged(ask.base.oid, ask.head.oid)
    merged = bench.merge(ask.base.oid, ask.head.oid)
    known = known or Known()
    held = known.book(bench, ask)
    book, reader = held.law, Reader(bench, ask.prefix, held.law.law, held.memo)
    before = reader.snapshot(ask.base, held.near)
    after = held.near = reader.snapshot(merged.commit, before)
    differing = reader.differing(ask.base, merged.commit)
    commits = _Commits(ask.prefix, book, environ)
    errors, waived = (
        ((), frozenset()) if known.changes_only else validate.new_errors(book, Case(after, ask.now, before))
    )
    if not ask.is_named and not ask.is_past:
        inline.refuse_below(bench, (ask.base.oid, merged.commit.oid), ask.prefix, (one.full for one in differing))
    shelf = {one.path: one.deed for one in differing if one.path.startswith(SHELVES)}
    edits = reader.touched(before, after, differing)
    brought = bench.brought(ask.base.oid, ask.head.oid, ask.prefix)
    net = {one.full: (one.before, one.after) for one in differing}
    proposal = Proposal(
        base=before,
        merged=after,
        rulebook=book,
        base_oid=ask.base.oid,
        head_oid=ask.head.oid,
        tree=merged.tree,
        target=ask.target or str(book.settings.data.get("target", "refs/heads/main")),
        now=ask.now,
        edits=edits,
        shelf=shelf,
        commits=tuple(map(commits.brought, brought)),
        history=FirstParent(
            bench, ask.base.oid, ask.prefix, book.kinds, commits.brought, ask.now.timestamp(), held.past
        ),
        inspection=errors,
        waived=waived,
        law_fault=_law_fault(reader.source(merged.commit), differing),
        shadows=tuple(one.full for one in differing if one.after is not None and shadows(one.full, ask.prefix)),
        seconds=tuple(one.full for one in differing if one.after is not None and is_second(one.full, ask.prefix)),
        unproven=_unproven(bench, ask, merged.commit, shelf, environ),
        is_simulated=ask.is_simulated,
        called=ask.called,
        passing=()
        if ask.is_past
        else Head(bench, ask.prefix, book.law, ask.base.oid, merged.tree, net, edits, brought).passing(),
        overtaken=None
        if ask.is_past
        else overtaking.overtaken(bench, ask.base.oid, ask.head.oid, brought, ask.prefix, book.law),
        is_idle=not differing,
        made_by=ask.made_by,
        is_of_today=not known.changes_only,
    )
    return proposal, reader


class _Differing(Struct, frozen=True):
    """One path that differs between two trees. `path` is from the governed root, `full` from the top."""

    path: str
    full: str
    before: tuple[str, str] | None  # (mode, blob)
    after: tuple[str, str] | None

    @classmethod
    def of(cls, edit: TreeEdit, prefix: str) -> _Differing:
        return cls(placed(edit.path, prefix), edit.path, edit.before, edit.after)

    @property
    def deed(self) -> str:
        """What was done to it; adding what is no plain file is a deed of its own."""
        if self.after is None:
            return "removed"
        if self.after[0] != PLAIN:
            return "no plain file"
        return "added" if self.before is None else "altered"


def _law_fault(source: sources.Commit, differing: Sequence[_Differing]) -> str:
    """Why the law that the head brings could not judge the next one; empty where it could, or where it is the same."""
    try:
        settings.refuse_mistaken(source.names(), source.label)
        if any(one.path.startswith(LAW) for one in differing):
            rulebook.load(source)
    except CannotJudge as error:
        return f"{error.message} ({error.hint})" if error.hint else error.message
    return ""


def _touched(bench: Bench, before: Snapshot, after: Snapshot, differing: Sequence[_Differing]) -> Iterator[Touched]:
    inside = [one for one in differing if one.path.startswith(f"{ROOT}/")]
    yield from _records(bench, before, after, inside)
    for one in differing:
        if is_protected(one.path, before.law):
            line = Line(FILE, one.path, _file_digest(bench, one.before), _file_digest(bench, one.after))
            yield Touched(line, None, None, one.path, controlled=True, governance=True)


def _records(bench: Bench, before: Snapshot, after: Snapshot, differing: Sequence[_Differing]) -> Iterator[Touched]:
    """By identity: a record away from its home is a removal there, and a finding where it is."""
    paths = {one.path: one for one in differing}
    sides = [_side(bench, before, paths, "before"), _side(bench, after, paths, "after")]
    kinds = before.law.kinds
    for ref in sorted({*sides[0], *sides[1]}):
        (old, old_path, old_record), (new, new_path, new_record) = (side.get(ref, _NOTHING) for side in sides)
        if old == new:
            continue
        kind, _, name = ref.partition("/")
        about = kinds.by_name.get(kind)
        yield Touched(
            Line(kind, name, old, new),
            old_record,
            new_record,
            new_path or old_path,
            controlled=about is None or about.controlled,
            governance=about is None or about.governance,
        )


_Held = tuple[str | None, str, Record | None]
_NOTHING: _Held = (None, "", None)


def _side(bench: Bench, held: Snapshot, paths: Mapping[str, _Differing], when: str) -> dict[str, _Held]:
    """Kind/name → (digest, path, record) of what stands, at home, at one of the paths; unreadable: its bytes."""
    found: dict[str, _Held] = {}
    law, kinds = held.law, held.law.kinds
    for record in (held.by_path[path] for path in paths if path in held.by_path):
        if record.path == law.home(kinds[record.kind].plural, record.name):
            found[record.ref] = (record_digest(record, held), record.path, record)
    for ref, path in held.unread.items():
        if path in paths:
            entry = paths[path].before if when == "before" else paths[path].after
            found[ref] = (_file_digest(bench, entry), path, None)
    return found


def record_digest(record: Record, held: Snapshot) -> str:
    """SHA-256 of the canonical content; of a record with a number that has none, of its bytes."""
    try:
        return canonical.digest(record.data)
    except ValueError:
        return hashlib.sha256(held.source.content(record.path) or b"").hexdigest()


def _file_digest(bench: Bench, entry: tuple[str, str] | None) -> str | None:
    return file_digest(entry, bench.content) if entry is not None else None


class _Commits(Struct, frozen=True):
    """Commits as the gate knows them. Signatures are verified where they decide: of carriers, or if all sign."""

    prefix: str
    book: Rulebook
    environ: Mapping[str, str]

    def brought(self, commit: gitdeeds.Brought, verify: bool = False) -> Brought:
        """See model.Brought. `verify`: whatever the settings say of signatures."""
        paths = frozenset((*(one.path for one in commit.edits), *(TOP + one.path for one in commit.outside)))
        adds = all(one.path.startswith(SHELVES[0]) and one.before is None for one in commit.edits)
        names = tuple(name.removeprefix("ChangeRequest/") for name in commit.names)
        only = bool(commit.edits) and adds and not commit.outside
        return Brought(commit.oid, commit.time or 0, tuple(self._hands(commit, verify)), paths, only, names)

    def _hands(self, commit: gitdeeds.Brought, verify: bool) -> Iterator[Hand]:
        carriers = {one["email"].casefold() for one in self.book.settings.data.get("carriers", ())}
        matters = verify or any(one.role == "committer" and one.email.casefold() in carriers for one in commit.hands)
        matters |= self.book.settings.data.get("commit_signatures") == "required"
        for hand in commit.hands:
            proven = matters and hand.role == "signer" and is_proven(commit, hand.key, self.environ)
            yield Hand(hand.role, hand.email if hand.readable else "", hand.name, hand.key, proven)


def is_proven(commit: gitdeeds.Brought, key: str, environ: Mapping[str, str]) -> bool:
    """Is there a signature over the commit, by that very key ("SHA256:…")?"""
    for one in commit.signatures:
        if one.kind == "ssh" and one.key == key:
            try:
                line = sshsig.parse_signature(one.armor).key.line
                return sshsig.verify(one.payload, one.armor, line, "git", environ)
            except ValueError:
                return False
    return False


def _unproven(
    bench: Bench, ask: Ask, merged: Revision, shelf: Mapping[str, str], environ: Mapping[str, str]
) -> dict[str, str]:
    """See baseline.entry, which is imported where there is a baseline: that takes longer than all else together."""
    if not any(path.startswith("baselines/") for path in shelf):
        return {}
    from itsmctl.baseline import entry

    return entry.unproven(bench, ask.prefix, ask.base, merged, shelf, ask.now, environ)
