"""What the desk did, or would do, in words: one line a deed. `base` is the governed root as the reader sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl.drawing import count, prose
from itsmctl.escape import at_line_start, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from itsmctl.desk.fmt import Tidying
    from itsmctl.desk.rename import Renaming
    from itsmctl.desk.rewriting import Rewrite


def tidied(found: Tidying, base: str, is_trial: bool) -> str:
    """`formatted PATH`, `moved PATH to PATH`."""
    lines = []
    for one in found.due:
        path, home = _seen(base, one.path), _seen(base, one.home)
        lines += [_did("format", is_trial, path)] if one.is_altered else []
        lines += [_did("move", is_trial, f"{path} to {home}")] if one.is_moved else []
    return _text(lines)


def summary(found: Tidying, is_trial: bool) -> str:
    """`2 files formatted, 1 moved, 181 in canonical form already, 1 left as it is`."""
    altered, moved = sum(one.is_altered for one in found.files), sum(one.is_moved for one in found.files)
    would = "would be " if is_trial else ""
    left = len({finding.place.path for finding in found.findings})
    stays = "cannot be formatted" if is_trial else "left as it is" if left == 1 else "left as they are"
    said = [
        f"{count(altered, 'file')} {would}formatted" if altered else "",
        f"{moved} {would}moved" if moved else "",
        f"{len(found.files) - len(found.due)} in canonical form{'' if is_trial else ' already'}",
        f"{left} {stays}" if left else "",
    ]
    return ", ".join(word for word in said if word)


def renamed(found: Renaming, base: str, is_trial: bool) -> str:
    """`renamed REF to REF`, then every file, and the texts that still name the record as it was."""
    own, *others = found.files
    lines = [_did("rename", is_trial, f"{found.old} to {found.new}")]
    lines.append("  " + _did("move", is_trial, f"{_seen(base, own.path)} to {_seen(base, own.home)}"))
    rewritten = (f"{_seen(base, one.path)} ({count(one.count, 'reference')})" for one in others)
    lines += ["  " + _did("rewrite", is_trial, what) for what in rewritten]
    if found.mentions:
        lines.append(f"{found.old} is still named in texts, which stay as they are:")
        lines += [f"  {_seen(base, path)}:{line}" for path, line in found.mentions]
    return _text(lines)


def founded(edits: Mapping[str, Rewrite], schemas: str) -> list[str]:
    """`wrote PATH`, `added to PATH` or `left PATH`, sorted by path; the files below `schemas` are one line."""
    own = sum(path.startswith(schemas) for path in edits)
    said = {f"{schemas} ({count(own, 'schema')} for editors)": "wrote"}
    for path, one in edits.items():
        if not path.startswith(schemas):
            said[visible(path)] = "wrote" if one.before is None else "left" if one.before == one.after else "added to"
    return [f"{deed} {path}{' as it is' if deed == 'left' else ''}" for path, deed in sorted(said.items())]


def to_come(person: str, base: str, width: int) -> list[str]:
    """What a new repository lacks before the first change can be approved; `person` is its first one."""
    key = f"a key for whoever votes: ssh-keygen -t ed25519, then spec.keys in {base}records/persons/{person}.yaml, as "
    second = "a second person in both roles, since nobody approves what they made: itsmctl new Person NAME, then "
    said = (f"{key}itsmctl explain Person shows it;", f"{second}spec.holders in {base}records/roles/.")
    return ["", *prose("Before a first change can be approved it takes", width)] + [
        line for one in said for line in prose(one, width, 2)
    ]


_DONE = {"format": "formatted", "move": "moved", "rename": "renamed", "rewrite": "rewrote"}


def _did(deed: str, is_trial: bool, what: str) -> str:
    return f"would {deed} {what}" if is_trial else f"{_DONE[deed]} {what}"


def _seen(base: str, path: str) -> str:
    return visible(f"{base.rstrip('/')}/{path}" if base else path)


def _text(lines: list[str]) -> str:
    return "".join(f"{at_line_start(line)}\n" for line in lines)
