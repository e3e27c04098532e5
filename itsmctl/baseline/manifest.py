"""Freezes one commit: Ask in, Frozen out. The same commit gives the same bytes, wherever and whenever it is asked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl import sources
from itsmctl.baseline import form, scope
from itsmctl.errors import CannotJudge
from itsmctl.marked import NO_MARKS, Marks, without
from itsmctl.records import ROOT, value_at

if TYPE_CHECKING:
    from itsmctl.baseline.fields import Kind, Manifest
    from itsmctl.gitbench import Bench
    from itsmctl.gitrepo import Revision
    from itsmctl.rulebook import Rulebook
    from itsmctl.snapshot import Snapshot

FOLDER = "baselines"
FILE = "baseline.json"


class Ask(Struct, frozen=True):
    """What is to be frozen. `supersedes`: (name, root) of the baseline that this one takes the place of.

    `canonical`: the version of the form that it is written in, one of form.FORMS.
    """

    name: str
    of: Kind = "configuration"
    scope: tuple[str, ...] = ()
    release: str | None = None
    supersedes: tuple[str, str] | None = None
    canonical: int = form.LATEST

    @classmethod
    def again(cls, held: Manifest) -> Ask:
        """What a manifest was asked for with."""
        before = (held.supersedes.name, held.supersedes.root) if held.supersedes is not None else None
        return cls(held.name, held.of, tuple(held.scope.asked), held.release, before, held.canonical)


class Frozen(Struct, frozen=True):
    """`data`: what baseline.json says, as plain data; `content`: its bytes; `head`: the records that it was made of."""

    data: Mapping[str, Any]
    content: bytes
    head: Snapshot
    book: Rulebook

    @property
    def digest(self) -> str:
        """SHA-256 of baseline.json."""
        return hashlib.sha256(self.content).hexdigest()


def home(name: str, file: str = FILE) -> str:
    """Where a file of a baseline stands, from the governed root."""
    return f"{FOLDER}/{name}/{file}"


def freeze(bench: Bench, revision: Revision, prefix: str, ask: Ask, environ: Mapping[str, str]) -> Frozen:
    """Freeze the records of a commit; `prefix`: where the governed root lies in its tree, "" or "a/b/".

    Raises CannotJudge where the law at the commit cannot be used, or a file under records/ cannot be read as the one
    record that it stands for: what is not understood is not frozen. Misuse where the scope names nothing.
    """
    from itsmctl import rulebook, snapshot  # long to import, and comparing two baselines asks for none of it
    from itsmctl.baseline import section
    from itsmctl.case import Case

    source = sources.Commit(bench.repo, prefix, revision)
    book = rulebook.load(source)
    head = snapshot.read(source, book.law)
    refuse_unreadable(head)
    try:
        time = form.instant(revision.time)
        extent = scope.extent(ask.scope, ask.of, ask.release, head)
        if ask.release is not None:
            scope.release_record(ask.release, head)
        marks = head.marks if form.hides_secrets(ask.canonical) else NO_MARKS
        items = list(_items(bench, revision, prefix, book, head, extent.refs, ask.canonical, marks))
    except ValueError as error:
        raise CannotJudge(f"the {revision.label} cannot be frozen: {error}", "Freeze another commit.") from None
    case = Case(head, datetime.fromtimestamp(revision.time, UTC))
    digests = {f"{one['kind']}/{one['name']}": one["digest"] for one in items}
    data = {
        "apiVersion": "itsm/v1",
        "kind": "Baseline",
        "canonical": ask.canonical,
        "name": ask.name,
        "of": ask.of,
        "scope": {"asked": list(extent.asked), "rule": extent.rule, "roots": list(extent.roots)},
        "repository": str(book.settings.data["repository"]),
        "source": {"commit": revision.oid, "tree": revision.tree, "time": time},
        "release": ask.release,
        "supersedes": {"name": ask.supersedes[0], "root": ask.supersedes[1]} if ask.supersedes else None,
        "items": items,
        "external": [*_external(head, extent.refs, ask.release, marks)],
        "root": form.root(items, ask.canonical),
        "section": section.build(bench, revision.tree, prefix, book, case, digests, marks, environ),
    }
    return Frozen(data, form.written(data, ask.canonical), head, book)


def refuse_unreadable(head: Snapshot) -> None:
    """Raises CannotJudge with every file under records/ that is not the one record of its name."""
    held = {record.path for record in head.records.values()}
    odd = [path for path in head.paths if path not in held]
    if odd:
        listed = "\n".join(f"  {path}" for path in odd[:20]) + (f"\n  … and {len(odd) - 20} more" if odd[20:] else "")
        raise CannotJudge(
            f"{len(odd)} files under {ROOT}/ in the {head.label} cannot be read as records:\n{listed}",
            f"Mend them and commit, then freeze that commit. itsmctl validate --rev {_oid(head)} says what is wrong.",
        )


def _oid(head: Snapshot) -> str:
    return head.source.revision.oid[:12] if isinstance(head.source, sources.Commit) else "HEAD"


def item(data: Mapping[str, Any], path: str, version: int, secrets: Sequence[str] = ()) -> dict[str, Any]:
    """What the root is over, from the content of one record and its path. Raises ValueError where it has no form.

    `secrets`: pointers of what is left out, which the item lists. Nothing but the content decides: no schema is asked.
    """
    data = without(data, secrets, dict(form.SECRET))
    return {
        "kind": str(data["kind"]),
        "name": str(data["metadata"]["name"]),
        "path": path,
        "state": _text(data, "/spec/state"),
        "owner": _text(data, "/metadata/owner"),
        "digest": form.digest(data, version),
    }


def _text(data: Mapping[str, Any], pointer: str) -> str:
    value = value_at(data, pointer)
    return value if isinstance(value, str) else ""


def _items(
    bench: Bench,
    revision: Revision,
    prefix: str,
    book: Rulebook,
    head: Snapshot,
    refs: Sequence[str],
    version: int,
    marks: Marks,
) -> Iterator[dict[str, Any]]:
    held = [head.records[ref] for ref in refs]
    from itsmctl.baseline import origins

    found = origins.of(bench, revision.oid, prefix, book.kinds, {record.path: record.ref for record in held})
    for record in held:
        try:
            secrets = marks.of(record.kind, record.data)
            hashed = item(record.data, record.path, version, secrets)
        except (ValueError, RecursionError, KeyError) as error:
            raise ValueError(f"{record.path} has no canonical form: {error}") from None
        origin = found[record.ref]
        hashed |= {"blob": "" if secrets else record.blob, "changes": list(origin.changes), "commit": origin.commit}
        yield hashed | ({"secrets": list(secrets)} if secrets else {})


def _external(head: Snapshot, refs: Sequence[str], release: str | None, marks: Marks) -> Iterator[dict[str, str]]:
    """Every digest that the items, and the release, name with what it is of; none that is, or is in, a secret."""
    held = [head.records[ref] for ref in refs]
    if release is not None:
        held.append(scope.release_record(release, head))
    for record in held:
        if "'digest': " not in repr(record.data):  # to look through most of them would take longer than to hash them
            continue
        data = without(record.data, marks.of(record.kind, record.data), None)
        for at, found in sorted(_with_digest(data, "")):
            name = next((str(found[key]) for key in ("purl", "name", "path", "item") if key in found), "")
            yield {"item": record.ref, "at": at, "name": name, "digest": found["digest"]}


def _with_digest(value: object, at: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(pointer, mapping) of each mapping that has a digest."""
    if isinstance(value, dict):
        if isinstance(value.get("digest"), str):
            yield at, value
        for key, inner in value.items():
            yield from _with_digest(inner, f"{at}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _with_digest(inner, f"{at}/{place}")
