"""`itsm.yaml`: what one organisation decides for itself. Finds and reads the file; `model` says what it may hold."""

from __future__ import annotations

import operator
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itsmctl import __version__, yamltext
from itsmctl.errors import CannotJudge
from itsmctl.settings.rootnames import FILE, OURS, mistaken, refuse_mistaken
from itsmctl.settings.values import SPECIFIER
from itsmctl.settings.view import View, is_surely_right

if TYPE_CHECKING:
    from collections.abc import Callable

    from itsmctl.settings.mistakes import Mistake
    from itsmctl.settings.model import Settings

__all__ = ["FILE", "OURS", "SCHEMA", "View", "find", "json_schema", "mistakes", "read", "refuse_mistaken", "view"]

SCHEMA = "settings.schema.json"
"""The published schema, under schemas/tool/."""

_MOST = 50  # mistakes that are told at once

_COMPARE = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


def find(start: Path, stop: Path | None) -> Path:
    """The governed root: the nearest folder with an itsm.yaml, from `start` up to `stop`, or to the top without one."""
    first = Path(os.path.realpath(start))
    while not first.is_dir():
        first = first.parent
    last = Path(os.path.realpath(stop)) if stop is not None else Path(first.anchor)
    for folder in (first, *first.parents):
        if os.path.lexists(folder / FILE):
            if (folder / FILE).is_symlink() or not (folder / FILE).is_file():
                raise CannotJudge(f"{folder / FILE} is no regular file", "Put the file itself there, not a link to it.")
            _refuse_inside(folder)
            _refuse_second(folder, last)
            return folder
        if folder == last:
            break
    reach = f"in {first}" if first == last else f"in {first} or any folder above it, up to {last}"
    with suppress(OSError):
        near = [name for name, ours in mistaken(each.name for each in first.iterdir()) if ours == FILE]
        if near:
            raise CannotJudge(f"there is no {FILE} {reach}", f"Is {near[0]} meant to be it? Rename it.")
    raise CannotJudge(
        f"there is no {FILE} {reach}",
        "A governed repository has one at its root: change to it, name it with --root, or make one with itsmctl init.",
    )


def _refuse_inside(folder: Path) -> None:
    """Settings among the records of another governed repository would set these free from its rules."""
    for above in folder.parents:
        if folder.relative_to(above).parts[0] in OURS and os.path.lexists(above / FILE):
            raise CannotJudge(
                f"{folder / FILE} lies among the records or rules of {above}", f"Remove it, or name --root {above}."
            )


def _refuse_second(folder: Path, last: Path) -> None:
    """Of two governed folders in line with each other, the folder that one stands in would choose."""
    for above in folder.parents if folder != last else ():
        if os.path.lexists(above / FILE):
            raise CannotJudge(
                f"{folder / FILE} lies below {above / FILE}, and no folder may choose which of them decides",
                f"Name the upper one: --root {above}. Take the other one away, or put it beside the first.",
            )
        if above == last:
            break


def view(content: bytes, conforms: Callable[[object], bool], version: str = __version__) -> View:
    """What judging needs of the settings in `content`. Raises CannotJudge as `read` does.

    `conforms`: does data keep to the published schema? What is sure to be right is not read by the model.
    """
    data = _data(content, version)
    if not (isinstance(data, dict) and conforms(data) and is_surely_right(data)):
        _validated(data, content)
    assert isinstance(data, dict)  # noqa: S101 - nothing else is valid
    return View(data, content)


def read(content: bytes, version: str = __version__) -> Settings:
    """The settings in `content`, whole. Raises CannotJudge with every mistake in it, each with line and column.

    `version` is that of the tool: what the settings require is looked at before anything else.
    """
    return _validated(_data(content, version), content)


def _data(content: bytes, version: str) -> object:
    try:
        data = yamltext.read(content)
    except yamltext.Refused as refused:
        lines = [
            f"{FILE}:{one.span.line}:{one.span.column}: {one.message}" + (f" ({one.hint})" if one.hint else "")
            for one in refused.refusals
        ]
        raise _mistakes(lines) from None
    if isinstance(data, dict):
        _check_version(data.get("requires"), version, content)
    return data


def _validated(data: object, content: bytes) -> Settings:
    from pydantic import ValidationError

    from itsmctl.settings.mistakes import explain
    from itsmctl.settings.model import Settings

    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        spots = yamltext.spots(content)
        found = []
        for mistake in explain(error):
            span, _ = spots.locate(mistake.pointer, mistake.key)
            found.append((span.line, span.column, mistake.message))
        raise _mistakes([f"{FILE}:{line}:{column}: {message}" for line, column, message in sorted(found)]) from None


def mistakes(data: object) -> tuple[Mistake, ...]:
    """All that is wrong with settings that stand elsewhere than in their file; () if they are right."""
    from pydantic import ValidationError

    from itsmctl.settings.mistakes import explain
    from itsmctl.settings.model import Settings

    try:
        Settings.model_validate(data)
    except ValidationError as error:
        return tuple(explain(error))
    return ()


def json_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of itsm.yaml, as committed in schemas/tool/settings.schema.json."""
    from itsmctl.settings.model import Settings

    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:itsmctl:schema:settings:1",
        "title": f"Settings of a governed repository ({FILE})",
        **_mended(Settings.model_json_schema()),
    }


def _mended(node: Any) -> Any:
    """As pydantic writes it, but without titles that only repeat the key, and closed where keys have a pattern."""
    if isinstance(node, list):
        return [_mended(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {"additionalProperties": False} if "patternProperties" in node else {}
    kept = {key: _mended(value) for key, value in node.items() if key != "title" or isinstance(value, dict)}
    return kept | closed


def _mistakes(lines: list[str]) -> CannotJudge:
    more = [f"… and {len(lines) - _MOST} more"] if len(lines) > _MOST else []
    message = lines[0] if len(lines) == 1 else f"{len(lines)} mistakes in {FILE}:\n" + "\n".join(lines[:_MOST] + more)
    return CannotJudge(message, f"Correct {FILE}: nothing is judged by settings that are understood in part.")


def _check_version(requires: object, version: str, content: bytes) -> None:
    """A later tool may know keys that this one does not: say so before calling them unknown."""
    have = re.match(r"\d+(\.\d+)*", version)
    for one in requires.split(",") if isinstance(requires, str) and have else ():
        wanted = SPECIFIER.fullmatch(one.strip())
        if wanted and have and not _COMPARE[wanted[1]](_release(have[0]), _release(wanted[2])):
            span, _ = yamltext.spots(content).locate("/requires")
            at = f"{FILE}:{span.line}:{span.column}"
            raise CannotJudge(
                f"{at}: this repository requires itsmctl {requires}, and this is itsmctl {version}",
                f"Install one that fits: pip install 'itsmctl{str(requires).replace(' ', '')}'",
            )


def _release(version: str) -> tuple[int, ...]:
    """1.10.0 → (1, 10): a zero at the end says nothing."""
    parts = [int(part) for part in version.split(".")]
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)
