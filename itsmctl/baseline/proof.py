"""A baseline as a tree holds it, and its root and items against its commit: no schema and no rule is asked for that."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from itsmctl import yamltext
from itsmctl.baseline import form, intoto
from itsmctl.baseline.fields import Agreement, Manifest
from itsmctl.baseline.manifest import FILE, FOLDER, home, item
from itsmctl.baseline.reading import LONGEST, parse, parse_beside
from itsmctl.errors import CannotJudge
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


class Fault(Struct, frozen=True):
    """Something that does not hold: a stable code, a sentence, what to do. A note decides nothing."""

    code: str
    says: str
    hint: str = ""
    severity: Severity = "error"
    path: str = ""


class Held(Struct, frozen=True):
    """A baseline as a tree holds it: the blobs of its folder by name, and its manifest with the bytes of that.

    `digest`: SHA-256 of baseline.json; `records`: how many it holds.
    """

    name: str
    files: Mapping[str, str]
    content: bytes
    manifest: Manifest
    digest: str
    records: int
    odd: tuple[str, ...] = ()  # what is no plain file

    def light(self) -> Held:
        """The same without its bytes and its long lists, which are most of it; whoever asks for those gets an error."""
        none: Any = msgspec.UNSET
        section = replace(self.manifest.section, relations=none, boundary=none)
        return replace(self, content=none, manifest=replace(self.manifest, items=none, section=section))


def names(bench: Bench, tree: str, prefix: str) -> list[str]:
    """Every folder below baselines/ in a tree, sorted."""
    paths = (one.path.removeprefix(prefix) for one in bench.repo.tree_files(tree, prefix + FOLDER))
    return sorted({path.split("/")[1] for path in paths if path.count("/") > 1})


def held(bench: Bench, tree: str, prefix: str, name: str, known: Held | None = None) -> Held | Fault:
    """The baseline of that name in a tree, or why there is none that can be read; faster beside a `known` one."""
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
        read = parse(content, Manifest) if known is None else parse_beside(content, (known.content, known.manifest))
    except ValueError as error:
        return Fault("MANIFEST_MALFORMED", f"{path} is no manifest: {error}", restore(path), path=path)
    if read.name != name:
        return Fault("MANIFEST_EDITED", f"{path} says that it is of {read.name}", restore(path), path=path)
    if read.canonical not in form.FORMS:
        says = f"{path} is written in form {read.canonical} of canonical JSON, which this version does not know"
        return Fault("FORM_UNKNOWN", says, f"Install itsmctl {read.section.tool} or later.", path=path)
    return Held(name, files, content, read, hashlib.sha256(content).hexdigest(), len(read.items), odd)


def again(bench: Bench, tree: str, prefix: str, name: str) -> Held:
    """One that was read before, whole. Raises CannotJudge where it is not there any more: git contradicts itself."""
    found = held(bench, tree, prefix, name)
    if isinstance(found, Fault):
        raise CannotJudge(found.says, found.hint)
    return found


def followers(bench: Bench, tree: str, prefix: str, name: str) -> list[str]:
    """The baselines of a tree that say that they take the place of the one of that name, sorted."""
    entries = bench.repo.tree_files(tree, prefix + FOLDER)
    blobs = {one.path.removeprefix(prefix): one.oid for one in entries if one.mode == PLAIN}
    held = {path.split("/")[1]: oid for path, oid in blobs.items() if path == home(path.split("/")[1])}
    contents = bench.contents(held.values(), LONGEST + 1)
    wanted = f'"supersedes":{{"name":"{name}",'.encode()  # as canonical JSON has it: any other form does not hold
    return sorted(one for one, oid in held.items() if wanted in contents[oid])


def restore(path: str) -> str:
    """What to do about a file that is not what it was. `path`: from the governed root."""
    return f"git log -- {path} shows who edited it; put back what was agreed to."


def of_others(bench: Bench, found: Held) -> str:
    """Which of the agreements that stand with a manifest is about other bytes than it has, in words; "" if none is."""
    names = sorted(one for one in found.files if is_agreement(one) and one.endswith(".json"))
    contents = bench.contents((found.files[one] for one in names), LONGEST + 1)
    for name in names:
        try:
            read = parse(contents[found.files[name]], Agreement)
        except ValueError:
            continue  # verification calls it malformed
        if read.predicate.manifest != found.digest:
            says = f"OTHER_BASELINE: {home(found.name, name)} is about other bytes than those of {found.name} today"
            return f"{found.name} does not hold: {says}"
    return ""


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
        return Fault("MANIFEST_EDITED", says, restore(home(manifest.name)), path=home(manifest.name))
    return revision


def root_fault(found: Held) -> Fault | None:
    """Is the root that of the items which stand there?"""
    of_line = attrgetter(*form.LINE)
    if form.root_of(list(map(of_line, found.manifest.items)), found.manifest.canonical) == found.manifest.root:
        return None
    says = f"the root of {found.name} is not that of its items"
    return Fault("ROOT_DIFFERS", says, restore(home(found.name)), path=home(found.name))


def items_fault(bench: Bench, prefix: str, revision: Revision, found: Held) -> Iterator[Fault]:
    """The first item that is not what the bytes at the commit say: no schema and no rule is asked."""
    entries = bench.repo.tree_files(revision.tree, prefix + ROOT)
    blobs = {one.path.removeprefix(prefix): one.oid for one in entries if one.mode == PLAIN}
    items = found.manifest.items
    for one in items:
        there = blobs.get(one.path)
        if there is None or (there != one.blob and (one.blob or not one.secrets)):
            says = f"{one.ref}: at the commit {one.path} is not the object {one.blob[:12] or 'that it should be'}"
            yield Fault("ITEM_DIFFERS", says, restore(home(found.name)), path=one.path)
            return
    contents = bench.repo.blobs([blobs[one.path] for one in items], yamltext.MAX_BYTES + 1)
    for one, (_, content) in zip(items, contents, strict=True):
        try:
            data = yamltext.read(content)
            again = item(data if isinstance(data, dict) else {}, one.path, found.manifest.canonical, one.secrets)
        except (yamltext.Refused, ValueError, KeyError, TypeError) as error:
            yield Fault("ITEM_DIFFERS", f"{one.path} cannot be read: {error}", restore(home(found.name)), path=one.path)
            return
        if any(getattr(one, name) != value for name, value in again.items()):
            yield Fault(
                "ITEM_DIFFERS",
                f"{one.ref} is not what {one.path} holds at the commit",
                restore(home(found.name)),
                path=one.path,
            )
            return


def is_agreement(file: str) -> bool:
    """May an agreement, or its signature, stand there in the folder of the baseline?"""
    return re.fullmatch(rf"{AGREEMENTS}{NAME[1:-1]}-[0-9a-f]{{12}}\.json(?:\.sig)?", file) is not None
