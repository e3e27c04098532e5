"""Where reports go: formats to stdout or files, looks from flags, terminal and environment. Decides no verdict."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from itsmctl.errors import CannotJudge, Misuse
from itsmctl.nearest import did_you_mean

if TYPE_CHECKING:
    from itsmctl.findings import Report
    from itsmctl.formats import Look


def emit(report: Report, wanted: Sequence[str], look: Look) -> int:
    """Write `report` in every wanted format (`name` or `name=file`) and return its exit code."""
    from itsmctl.formats import FORMATS

    outputs = [_parse(word) for word in wanted or ["auto"]]
    for name, _ in outputs:
        if name not in FORMATS:
            guess = did_you_mean(name, FORMATS)
            raise Misuse(
                f"no format is called {name!r}" + (f": {guess}" if guess else ""), f"Formats: {', '.join(FORMATS)}"
            )
    if sum(path is None for _, path in outputs) > 1:
        raise Misuse("two formats would both go to standard output", "Give all but one a file: -f sarif=out.sarif")
    targets = [os.path.realpath(path) for _, path in outputs if path is not None]
    if len(set(targets)) < len(targets):
        raise Misuse("two formats would go to the same file", "Give each a file of its own.")
    for name, path in outputs:
        text = FORMATS[name].write(report, look if path is None else replace(look, color=False))
        if path is None:
            sys.stdout.write(text)
            sys.stdout.flush()
        else:
            write_file(path, text)
    return report.exit_code


def _parse(word: str) -> tuple[str, Path | None]:
    name, equals, path = word.partition("=")
    if equals and not path:
        raise Misuse(f"--format {word} names no file", f"Write {name}=FILE, or {name} alone for standard output.")
    if name == "auto":
        name = automatic()
    return name, Path(path) if equals else None


def automatic() -> str:
    """What fits the place: frames on a terminal, annotations on GitHub, one line a finding elsewhere."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        return "github"
    return "text" if sys.stdout.isatty() else "concise"


def look(color: str, verbose: int, quiet: bool, statistics: bool, root: Path | None = None) -> Look:
    """How text is drawn, from flags, terminal, NO_COLOR and FORCE_COLOR; paths as seen from the current folder."""
    from itsmctl.formats import Look

    width = shutil.get_terminal_size((100, 24)).columns
    return Look(has_color(color), width, verbose, quiet, statistics, _base(root))


def _base(root: Path | None) -> str:
    """The governed root as seen from here, so that printed paths can be opened."""
    if root is None or root == Path.cwd():
        return ""
    try:
        return Path(os.path.relpath(root)).as_posix()
    except ValueError:  # another drive on Windows
        return root.as_posix()


def has_color(color: str) -> bool:
    """`--color` always, never or auto; auto asks NO_COLOR, FORCE_COLOR and the terminal, in this order."""
    if color not in ("auto", "always", "never"):
        raise Misuse(f"--color {color!r} is not known", "Use auto, always or never.")
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def write_file(path: Path, text: str) -> None:
    """Write a report whole or not at all. Devices and pipes are written to, links followed, records never replaced."""
    target = Path(os.path.realpath(path))
    if any(part in _GOVERNED for part in target.parts) and any((up / "itsm.yaml").is_file() for up in target.parents):
        raise Misuse(f"{path} lies among the records or the rules", "Give the report a place outside of them.")
    try:
        if target.exists() and not target.is_file():
            target.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
            return
        _replace(target, text)
    except OSError as error:
        hint = "It is a folder: name a file in it." if target.is_dir() else "Give a file in a folder that exists."
        raise CannotJudge(f"cannot write the report to {path}: {error.strerror}", hint) from None


_GOVERNED = frozenset({"records", "policies", "schemas"})


def _replace(target: Path, text: str) -> None:
    draft = target.with_name(f".{target.name}.part")
    try:
        draft.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
        draft.replace(target)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Say on stderr what takes long, once it takes over a second and only on a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    timer = threading.Timer(1.0, lambda: print(f"{what} …", file=sys.stderr))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
