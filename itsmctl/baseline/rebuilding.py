"""Rebuilds a baseline from its commit and compares byte by byte; what differs is a Fault. Reads through the bench.

Whatever schemas and rules it was written under: only what needs those very rules is taken from the manifest.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from itsmctl import __version__
from itsmctl.baseline import cyclonedx, fields, form, intoto, notes, proof
from itsmctl.baseline.fields import Manifest
from itsmctl.baseline.manifest import FILE, Ask, Frozen, freeze, home
from itsmctl.baseline.proof import (
    BOM,
    MADE,
    NOTES,
    SIGNATURE,
    Fault,
    Held,
    held,
    is_agreement,
    items_fault,
    restore,
    root_fault,
    source_of,
)
from itsmctl.baseline.reading import LONGEST, parse
from itsmctl.comparing import altered
from itsmctl.errors import CannotJudge, Misuse

if TYPE_CHECKING:
    from itsmctl.gitbench import Bench
    from itsmctl.gitrepo import Revision

DIFFERS = "PACK_DIFFERS"
"""The one fault that says that something could not be rebuilt, and that all the rest is as it should be."""

_OF_THE_RULES = ("schemas", "policies", "tool", "checks")
"""Fields of the section that need the very rules that it was written under; nothing else may differ with them."""


def made(frozen: Frozen, before: Callable[[], Manifest | None], prefix: str) -> Iterator[tuple[str, Iterable[bytes]]]:
    """(name, content in pieces) of the files beside and with a manifest, each made when it is asked for.

    `before`: brings the manifest that it takes the place of.
    """
    data = frozen.data
    yield FILE, (frozen.content,)
    yield NOTES, (notes.notes(data, before(), prefix).encode(),)
    yield intoto.FILE, form.pieces(intoto.statement(data, frozen.digest), data["canonical"])
    yield BOM, form.pieces(cyclonedx.bom(data, frozen.head), data["canonical"])


def verify_files(bench: Bench, prefix: str, revision: Revision, name: str, environ: Mapping[str, str]) -> str:
    """Why the baseline of that name in a commit's tree is not what its source commit gives; "" where it is.

    All that comes with it has to be what a rebuild gives, under the schemas and policies of this program; agreements
    and the signature are left to `verification`. Never raises: what cannot be rebuilt does not hold.
    """
    try:
        faults = list(faults_of(bench, prefix, revision.tree, name, environ))
    except (CannotJudge, Misuse) as error:
        return error.message
    wrong = [one for one in faults if one.severity != "note"]
    return "; ".join(f"{one.code}: {one.says}" for one in wrong[:3])


def faults_of(bench: Bench, prefix: str, tree: str, name: str, environ: Mapping[str, str]) -> Iterator[Fault]:
    """Everything in which a baseline in `tree`, with the files beside it, differs from what its commit gives."""
    found, frozen = None, None
    for one in _rebuilt(bench, prefix, tree, name, environ):
        if isinstance(one, Fault):
            yield one
        elif isinstance(one, Held):
            found = one
        else:
            frozen = one
    if found is None:
        return
    if frozen is not None:
        manifest = found.manifest
        yield from _files(bench, found, made(frozen, lambda: predecessor(bench, tree, prefix, manifest), prefix))
    yield from _unexpected(found)


def manifest_faults(bench: Bench, prefix: str, tree: str, name: str, environ: Mapping[str, str]) -> Iterator[Fault]:
    """The same of baseline.json alone, where nothing but what it says matters."""
    return (one for one in _rebuilt(bench, prefix, tree, name, environ) if isinstance(one, Fault))


def _rebuilt(
    bench: Bench, prefix: str, tree: str, name: str, environ: Mapping[str, str]
) -> Iterator[Fault | Held | Frozen]:
    """In what baseline.json differs from what its commit gives; what there is, light, and last what that gives, if any.

    What there is, and what is made anew, are large, and never here at once unless they differ.
    """
    whole = held(bench, tree, prefix, name)
    if isinstance(whole, Fault):
        yield whole
        return
    found, wrong_root = whole.light(), root_fault(whole)
    del whole
    yield found
    revision = source_of(bench, found.manifest)
    if isinstance(revision, Fault):
        yield revision
        return
    if wrong_root is not None:
        yield wrong_root
    try:
        frozen = freeze(bench, revision, prefix, Ask.again(found.manifest), environ)
    except (CannotJudge, Misuse) as error:
        yield Fault("NOT_REBUILT", f"its commit cannot be frozen again: {error.message}", _old(found, error.hint))
        yield from items_fault(bench, prefix, revision, proof.again(bench, tree, prefix, name))
        return
    theirs, ours = found.manifest.section, frozen.data["section"]
    is_other = (theirs.schemas, theirs.policies) != (ours["schemas"], ours["policies"])
    frozen = _lent(frozen, found.manifest, _OF_THE_RULES if is_other else ("tool",))
    if is_other:
        says = (
            f"it was written under other schemas or policies, by {_writer(found)}: what each rule says of the items "
            "cannot be told again; all else that the manifest says was made anew and compared"
        )
        if not found.manifest.section.checks:
            says += ". Of the rules it tells nothing at all"
        yield Fault(DIFFERS, says, _old(found, again(found.manifest)))
    elif theirs.tool != __version__:
        yield Fault("TOOL_DIFFERS", f"it was written by {_writer(found)}, with equal rules", "", "note")
    if frozen.digest != found.digest:
        there = proof.again(bench, tree, prefix, name)
        yield from items_fault(bench, prefix, revision, there)
        yield _edited(there, frozen.content, is_other)
        del there
    yield frozen


def _writer(found: Held) -> str:
    """`itsmctl 0.2.0, and this is 0.3.0`."""
    tool = found.manifest.section.tool
    return f"another build of itsmctl {tool}" if tool == __version__ else f"itsmctl {tool}, and this is {__version__}"


def _old(found: Held, otherwise: str) -> str:
    """What to do where another version of the program may know more."""
    tool = found.manifest.section.tool
    return otherwise if tool == __version__ else f"To compare all: pip install itsmctl=={tool}. Or: {otherwise}"


def again(manifest: Manifest, taken: Container[str] = ()) -> str:
    """The command that freezes the same commit anew, under the rules of today. `taken`: names that were used before, in
    small letters.
    """
    tried = (f"{manifest.name[:96]}-{number}" for number in count(2))
    name = next(one for one in tried if one.casefold() not in taken)
    words = ["itsmctl", "baseline", "create", name, "--rev", manifest.source.commit[:12]]
    words += [word for one in manifest.scope.asked for word in ("--scope", one)]
    words += ["--kind", manifest.of]
    words += ["--release", manifest.release] if manifest.release is not None else []
    words += ["--supersedes", manifest.supersedes.name] if manifest.supersedes is not None else []
    return shlex.join(words)


def _lent(frozen: Frozen, manifest: Manifest, borrowed: tuple[str, ...]) -> Frozen:
    """The same with these fields of the section as the manifest has them."""
    lent = {name: value for name, value in fields.data(manifest.section).items() if name in borrowed}
    data: dict[str, Any] = {**frozen.data, "section": {**frozen.data["section"], **lent}}
    return replace(frozen, data=data, content=form.written(data, manifest.canonical))


def predecessor(bench: Bench, tree: str, prefix: str, manifest: Manifest) -> Manifest | None:
    """The manifest that this one takes the place of, as the tree holds it; None where it cannot be read."""
    if manifest.supersedes is None:
        return None
    found = held(bench, tree, prefix, manifest.supersedes.name)
    return None if isinstance(found, Fault) else found.manifest


def _files(bench: Bench, found: Held, expected: Iterator[tuple[str, Iterable[bytes]]]) -> Iterator[Fault]:
    """Which of the files beside the manifest is not what is expected; one at a time, as they are large."""
    for name, pieces in expected:
        path = home(found.name, name)
        if name not in found.files:
            yield Fault("FILE_GONE", f"{path} is not there", restore(path), path=path)
        elif name != FILE and not _is_made_of(next(bench.repo.blobs([found.files[name]], LONGEST))[1], pieces):
            yield Fault("FILE_EDITED", f"{path} is not what the manifest gives", restore(path), path=path)


def _is_made_of(content: bytes, pieces: Iterable[bytes]) -> bool:
    at = 0
    for piece in pieces:
        if not content.startswith(piece, at):
            return False
        at += len(piece)
    return at == len(content)


def _edited(found: Held, expected: bytes, is_other: bool) -> Fault:
    """Where a manifest is another than its commit gives."""
    path = home(found.name)
    ours = fields.data(parse(expected, Manifest))
    hint = restore(path)
    if is_other:
        hint += f" If nobody did: {_old(found, again(found.manifest))}"
    for edit in altered(ours, fields.data(found.manifest)):
        return Fault("MANIFEST_EDITED", f"{path} differs from what its commit gives at {edit.field}", hint, path=path)
    return Fault("MANIFEST_EDITED", f"{path} is not written in canonical form", hint, path=path)


def _unexpected(found: Held) -> Iterator[Fault]:
    """What stands in the folder and nobody put there."""
    for name in sorted({*found.files, *found.odd}):
        if name in found.odd or not (name in (*MADE, SIGNATURE) or is_agreement(name)):
            path = home(found.name, name)
            yield Fault("FILE_UNEXPECTED", f"{path} is no part of a baseline", "Take it away.", path=path)
