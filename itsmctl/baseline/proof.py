"""Rebuilds a baseline from its commit and compares byte by byte; what differs is a Fault. Reads through the bench."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from itsmctl import __version__, sources, yamltext
from itsmctl.baseline import cyclonedx, form, intoto, notes, packs
from itsmctl.baseline.fields import LONGEST, Manifest, parse
from itsmctl.baseline.manifest import FILE, FOLDER, Ask, Frozen, freeze, home, item
from itsmctl.comparing import altered
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.gitedits import PLAIN
from itsmctl.records import NAME, ROOT

if TYPE_CHECKING:
    from itsmctl.gitbench import Bench
    from itsmctl.gitrepo import Revision

NOTES, BOM = "notes.md", "bom.cdx.json"
MADE = (FILE, NOTES, BOM, intoto.FILE)
"""The files that a rebuild gives."""

SIGNATURE = f"{intoto.FILE}.sig"
AGREEMENTS = "agreement/"

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not hold: a stable code, a sentence, what to do. A note decides nothing."""

    code: str
    says: str
    hint: str = ""
    severity: Severity = "error"
    path: str = ""


@dataclass(frozen=True)
class Held:
    """A baseline as a tree holds it: the blobs of its folder by name, and its manifest with the bytes of that."""

    name: str
    files: Mapping[str, str]
    content: bytes = field(repr=False)
    manifest: Manifest = field(repr=False)
    odd: tuple[str, ...] = ()  # what is no plain file

    @property
    def digest(self) -> str:
        """SHA-256 of baseline.json."""
        return hashlib.sha256(self.content).hexdigest()


def names(bench: Bench, tree: str, prefix: str) -> list[str]:
    """Every folder below baselines/ in a tree, sorted."""
    paths = (one.path.removeprefix(prefix) for one in bench.repo.tree_files(tree, prefix + FOLDER))
    return sorted({path.split("/")[1] for path in paths if path.count("/") > 1})


def held(bench: Bench, tree: str, prefix: str, name: str) -> Held | Fault:
    """The baseline of that name in a tree, or why there is none that can be read."""
    if re.fullmatch(NAME, name) is None:
        return Fault(
            "NAME_INVALID", f"{name!r} is no name of a baseline", "Use letters, digits, single dots or dashes."
        )
    entries = bench.repo.tree_files(tree, f"{prefix}{FOLDER}/{name}")
    folder = f"{prefix}{FOLDER}/{name}/"
    files = {one.path.removeprefix(folder): one.oid for one in entries if one.mode == PLAIN}
    odd = tuple(one.path.removeprefix(folder) for one in entries if one.mode != PLAIN)
    path = home(name)
    if FILE not in files:
        return Fault("MANIFEST_GONE", f"there is no {path}", "itsmctl baseline list shows what there is.", path=path)
    content = next(bench.repo.blobs([files[FILE]], LONGEST + 1))[1]
    try:
        read = parse(content, Manifest)
    except ValueError as error:
        return Fault("MANIFEST_MALFORMED", f"{path} is no manifest: {error}", _RESTORE, path=path)
    if read.name != name:
        return Fault("MANIFEST_EDITED", f"{path} says that it is of {read.name}", _RESTORE, path=path)
    if read.canonical not in form.FORMS:
        says = f"{path} is written in form {read.canonical} of canonical JSON, which this version does not know"
        return Fault("FORM_UNKNOWN", says, f"Install itsmctl {read.section.tool} or later.", path=path)
    return Held(name, files, content, read, odd)


_RESTORE = "git log --follow shows who edited it; put back what was agreed to."


def made(frozen: Frozen, before: Manifest | None, prefix: str) -> dict[str, bytes]:
    """Name → content of the files beside and with a manifest. `before`: the manifest that it takes the place of."""
    data = frozen.data
    return {
        FILE: frozen.content,
        NOTES: notes.notes(data, before, prefix).encode(),
        BOM: form.written(cyclonedx.bom(data, frozen.head)),
        intoto.FILE: form.written(intoto.statement(data, frozen.content)),
    }


def verify_files(bench: Bench, prefix: str, revision: Revision, name: str, environ: Mapping[str, str]) -> str:
    """Why the baseline of that name in a commit's tree is not what its source commit gives; "" where it is.

    All that comes with it has to be what a rebuild gives, under the schemas and policies of this program; agreements
    and the signature are left to `verification`. Never raises: what cannot be rebuilt does not hold.
    """
    try:
        found = held(bench, revision.tree, prefix, name)
        faults = [found] if isinstance(found, Fault) else list(faults_of(bench, prefix, revision.tree, found, environ))
    except (CannotJudge, Misuse) as error:
        return error.message
    wrong = [one for one in faults if one.severity != "note"]
    return "; ".join(f"{one.code}: {one.says}" for one in wrong[:3])


def faults_of(bench: Bench, prefix: str, tree: str, found: Held, environ: Mapping[str, str]) -> Iterator[Fault]:
    """Everything in which a baseline in `tree` differs from what its source commit gives."""
    revision = source_of(bench, found.manifest)
    if isinstance(revision, Fault):
        yield revision
        return
    wrong = root_fault(found)
    if wrong is not None:
        yield wrong
    theirs = (found.manifest.section.schemas, found.manifest.section.policies)
    if packs.of(sources.Commit(bench.repo, prefix, revision)) != theirs:
        tool = found.manifest.section.tool
        says = (
            f"it was written under other schemas or policies, by itsmctl {tool}, and this is {__version__}: items and "
            "root were compared, the section on rules and votes and the files made of it were not"
        )
        yield Fault("PACK_DIFFERS", says, f"To compare all: pip install itsmctl=={tool}")
        yield from _items(bench, prefix, revision, found)
        yield from _unexpected(found)
        return
    try:
        frozen = _by_its_tool(freeze(bench, revision, prefix, Ask.again(found.manifest), environ), found.manifest)
    except (CannotJudge, Misuse) as error:
        yield Fault("NOT_REBUILT", f"its commit cannot be frozen again: {error.message}", error.hint)
        yield from _items(bench, prefix, revision, found)
        return
    if found.manifest.section.tool != __version__:
        says = f"it says that itsmctl {found.manifest.section.tool} wrote it; this is {__version__}, with equal rules"
        yield Fault("TOOL_DIFFERS", says, "", "note")
    if frozen.content != found.content:
        yield from _items(bench, prefix, revision, found)
    yield from _compared(bench, found, made(frozen, predecessor(bench, tree, prefix, found.manifest), prefix))
    yield from _unexpected(found)


def source_of(bench: Bench, manifest: Manifest) -> Revision | Fault:
    """The commit that was frozen, if it is there and has the tree that the manifest says."""
    source = manifest.source
    try:
        revision = bench.revision(source.commit)
    except CannotJudge as error:
        says = f"the commit that was frozen is not here: {error.message}"
        return Fault("HISTORY_REWRITTEN", says, "Fetch it, or find out who rewrote the history below the baseline.")
    if revision.tree != source.tree:
        says = (
            f"commit {source.commit[:12]} has the tree {revision.tree[:12]}, and the manifest says {source.tree[:12]}"
        )
        return Fault("MANIFEST_EDITED", says, _RESTORE, path=home(manifest.name))
    return revision


def predecessor(bench: Bench, tree: str, prefix: str, manifest: Manifest) -> Manifest | None:
    """The manifest that this one takes the place of, as the tree holds it; None where it cannot be read."""
    if manifest.supersedes is None:
        return None
    found = held(bench, tree, prefix, manifest.supersedes.name)
    return None if isinstance(found, Fault) else found.manifest


def rooted(bench: Bench, prefix: str, found: Held) -> Iterator[Fault]:
    """In what a baseline's root and items differ from its commit; the section on rules and votes is not rebuilt."""
    revision = source_of(bench, found.manifest)
    if isinstance(revision, Fault):
        yield revision
        return
    wrong = root_fault(found)
    if wrong is not None:
        yield wrong
    yield from _items(bench, prefix, revision, found)


def root_fault(found: Held) -> Fault | None:
    """Is the root that of the items which stand there?"""
    items = [{name: getattr(one, name) for name in form.LINE} for one in found.manifest.items]
    if form.root(items, found.manifest.canonical) == found.manifest.root:
        return None
    says = f"the root of {found.name} is not that of its items"
    return Fault("ROOT_DIFFERS", says, _RESTORE, path=home(found.name))


def _items(bench: Bench, prefix: str, revision: Revision, found: Held) -> Iterator[Fault]:
    """The first item that is not what the bytes at the commit say: no schema and no rule is asked."""
    entries = bench.repo.tree_files(revision.tree, prefix + ROOT)
    blobs = {one.path.removeprefix(prefix): one.oid for one in entries if one.mode == PLAIN}
    items = found.manifest.items
    for one in items:
        if blobs.get(one.path) != one.blob:
            says = f"{one.ref}: at the commit {one.path} is not the object {one.blob[:12]}"
            yield Fault("ITEM_DIFFERS", says, _RESTORE, path=one.path)
            return
    contents = bench.repo.blobs([one.blob for one in items], yamltext.MAX_BYTES + 1)
    for one, (_, content) in zip(items, contents, strict=True):
        try:
            data = yamltext.read(content)
            again = item(data if isinstance(data, dict) else {}, one.path, found.manifest.canonical)
        except (yamltext.Refused, ValueError, KeyError, TypeError) as error:
            yield Fault("ITEM_DIFFERS", f"{one.path} cannot be read: {error}", _RESTORE, path=one.path)
            return
        if any(getattr(one, name) != value for name, value in again.items()):
            yield Fault(
                "ITEM_DIFFERS", f"{one.ref} is not what {one.path} holds at the commit", _RESTORE, path=one.path
            )
            return


def _by_its_tool(frozen: Frozen, manifest: Manifest) -> Frozen:
    """As the version that wrote it would name itself: with equal schemas and policies nothing else depends on it."""
    if frozen.data["section"]["tool"] == manifest.section.tool:
        return frozen
    data: dict[str, Any] = {**frozen.data, "section": {**frozen.data["section"], "tool": manifest.section.tool}}
    return Frozen(data, form.written(data), frozen.head, frozen.book)


def _compared(bench: Bench, found: Held, expected: Mapping[str, bytes]) -> Iterator[Fault]:
    there = {name: oid for name, oid in found.files.items() if name in expected}
    contents = dict(zip(there, (one[1] for one in bench.repo.blobs(there.values(), LONGEST)), strict=True))
    for name, content in expected.items():
        path = home(found.name, name)
        if name not in contents:
            yield Fault("FILE_GONE", f"{path} is not there", _RESTORE, path=path)
        elif contents[name] != content:
            if name == FILE:
                yield _edited(found, content)
            else:
                yield Fault("FILE_EDITED", f"{path} is not what the manifest gives", _RESTORE, path=path)


def _edited(found: Held, expected: bytes) -> Fault:
    """Where a manifest is another than its commit gives."""
    path = home(found.name)
    ours = parse(expected, Manifest).model_dump(by_alias=True)
    for edit in altered(ours, found.manifest.model_dump(by_alias=True)):
        tool = found.manifest.section.tool
        hint = (
            _RESTORE
            if tool == __version__
            else f"{_RESTORE} It was written by itsmctl {tool}, and this is {__version__}."
        )
        return Fault("MANIFEST_EDITED", f"{path} differs from what its commit gives at {edit.field}", hint, path=path)
    return Fault("MANIFEST_EDITED", f"{path} is not written in canonical form", _RESTORE, path=path)


def _unexpected(found: Held) -> Iterator[Fault]:
    """What stands in the folder and nobody put there."""
    for name in sorted({*found.files, *found.odd}):
        if name in found.odd or not (name in (*MADE, SIGNATURE) or is_agreement(name)):
            path = home(found.name, name)
            yield Fault("FILE_UNEXPECTED", f"{path} is no part of a baseline", "Take it away.", path=path)


def is_agreement(file: str) -> bool:
    """May an agreement, or its signature, stand there in the folder of the baseline?"""
    return re.fullmatch(rf"{AGREEMENTS}{NAME[1:-1]}-[0-9a-f]{{12}}\.json(?:\.sig)?", file) is not None
