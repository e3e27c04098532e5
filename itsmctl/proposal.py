"""Reads a Proposal: base, merge result, what differs, who brought it. Everything comes through the bench; none judges."""

from __future__ import annotations

import fnmatch
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from itsmctl import canonical, rulebook, settings, snapshot, sources, validate
from itsmctl.case import Case
from itsmctl.errors import CannotJudge
from itsmctl.gate.model import Brought, Hand, Proposal, Touched
from itsmctl.records import ROOT, Record
from itsmctl.votes import FILE, Line

LAW = ("itsm.yaml", "policies/", "schemas/")
"""Always protected: what judges is never edited without a governance change."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Which head goes into which base: commits, where the governed root lies ("" or "a/b/"), and the branch's name."""

    base: Revision
    head: Revision
    prefix: str
    target: str
    now: datetime
    is_simulated: bool = False


def read(bench: Bench, ask: Ask, law: Revision | None = None) -> Proposal:
    """All that the gate judges. `law` is where settings, kinds and rules are read from; without one, the base.

    Raises CannotJudge where the law cannot be used, history is not whole, objects are damaged, or the two conflict.
    """
    bench.refuse_damaged(ask.base.oid, ask.head.oid)
    merged = bench.merge(ask.base.oid, ask.head.oid)
    base_source = sources.Commit(bench.repo, ask.base, ask.prefix)
    source = sources.Commit(bench.repo, merged.commit, ask.prefix)
    book = rulebook.load(sources.Commit(bench.repo, law, ask.prefix) if law else base_source)
    memo: dict[Any, Any] = {}
    before = snapshot.read(base_source, book.law, memo)
    after = snapshot.read(source, book.law, memo)
    differing = [_Differing.of(one, ask.prefix) for one in bench.edits(ask.base.tree, merged.tree)]
    edits = {one.ref: one for one in _touched(bench, before, after, differing)}
    fault = _law_fault(source, differing)
    return Proposal(
        base=before,
        merged=after,
        rulebook=book,
        base_oid=ask.base.oid,
        head_oid=ask.head.oid,
        tree=merged.tree,
        target=ask.target or str(book.settings.data.get("target", "refs/heads/main")),
        now=ask.now,
        edits={ref: edits[ref] for ref in sorted(edits)},
        shelf={one.path: one.deed for one in differing if one.path.startswith(SHELVES)},
        commits=tuple(brought(one, ask.prefix) for one in bench.brought(ask.base.oid, ask.head.oid, ask.prefix)),
        history=FirstParent(bench, ask.base.oid, ask.prefix, book.kinds),
        inspection=validate.new_errors(book, Case(after, ask.now, before)),
        law_fault=fault,
        is_simulated=ask.is_simulated,
    )


SHELVES = ("approvals/", "baselines/")


@dataclass(frozen=True, slots=True)
class _Differing:
    """One path that differs between two trees. `path` is from the governed root, else from the top of the repository."""

    path: str
    inside: bool
    before: tuple[str, str] | None  # (mode, blob)
    after: tuple[str, str] | None

    @classmethod
    def of(cls, edit: TreeEdit, prefix: str) -> _Differing:
        inside = edit.path.startswith(prefix)
        return cls(edit.path.removeprefix(prefix), inside, edit.before, edit.after)

    @property
    def deed(self) -> str:
        """What was done to it; adding what is no plain file is a deed of its own."""
        if self.after is None:
            return "removed"
        if self.after[0] != PLAIN:
            return "no plain file"
        return "added" if self.before is None else "altered"


PLAIN = "100644"


def _law_fault(source: sources.Commit, differing: Sequence[_Differing]) -> str:
    """Why the law that the head brings could not judge the next one; empty where it could, or where it is the same."""
    try:
        settings.refuse_mistaken(source.names(), source.label)
        if any(one.inside and one.path.startswith(LAW) for one in differing):
            rulebook.load(source)
    except CannotJudge as error:
        return f"{error.message} ({error.hint})" if error.hint else error.message
    return ""


def _touched(
    bench: Bench, before: Snapshot, after: Snapshot, differing: Sequence[_Differing]
) -> Iterator[Touched]:
    inside = [one for one in differing if one.inside and one.path.startswith(f"{ROOT}/")]
    yield from _records(bench, before, after, inside)
    protected = [*before.law.settings.all.protected]
    for one in differing:
        if one.inside and one.path.startswith((f"{ROOT}/", *SHELVES)):
            continue
        if (one.inside and one.path.startswith(LAW)) or any(_glob(glob).fullmatch(one.path) for glob in protected):
            line = Line(FILE, one.path, _file_digest(bench, one.before), _file_digest(bench, one.after))
            yield Touched(line, None, None, one.path, controlled=True, governance=True)


def _records(
    bench: Bench, before: Snapshot, after: Snapshot, differing: Sequence[_Differing]
) -> Iterator[Touched]:
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
    """Kind/name → (digest, path, record) of what stands, at home, at one of the paths; what cannot be read by its bytes."""
    found: dict[str, _Held] = {}
    law, kinds = held.law, held.law.kinds
    for ref, record in held.records.items():
        if record.path in paths and record.path == law.home(kinds[record.kind].plural, record.name):
            found[ref] = (record_digest(record, held), record.path, record)
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
    """SHA-256 of the bytes; of what is no plain file, of its mode and them. A submodule is known by its commit alone."""
    if entry is None:
        return None
    mode, oid = entry
    if mode == "160000":
        return hashlib.sha256(f"{mode} {oid}".encode()).hexdigest()
    content = bench.content(oid)
    return hashlib.sha256(content if mode == PLAIN else f"{mode} ".encode() + content).hexdigest()


@lru_cache(maxsize=256)
def _glob(pattern: str) -> re.Pattern[str]:
    """`*` stands for any part of a name, `**` for any folders. Letter case is passed over: some file systems do."""
    parts = re.split(r"(\*\*/|\*\*|\*)", pattern)
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
    return re.compile("".join(known.get(part) or re.escape(part) for part in parts), re.IGNORECASE | re.DOTALL)


def brought(commit: Landed, prefix: str) -> Brought:
    """A commit as the gate knows it."""
    paths = frozenset(one.path.removeprefix(prefix) for one in commit.effect)
    shelf = f"{prefix}{SHELVES[0]}"
    evidence = bool(commit.effect) and all(one.path.startswith(shelf) and one.before is None for one in commit.effect)
    return Brought(commit.oid, commit.time, commit.hands, paths, evidence, commit.names)
