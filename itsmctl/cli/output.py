"""Where reports go: formats to stdout or files, looks from flags, terminal and environment. Decides no verdict."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from msgspec import Struct
from msgspec.structs import replace

from itsmctl.cli import endings, forge
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.nearest import did_you_mean

if TYPE_CHECKING:
    from itsmctl.cli.endings import Ending
    from itsmctl.findings import Report
    from itsmctl.formats import Look


class Output(Struct, frozen=True):
    """One format, and the file it goes to; None is standard output."""

    name: str
    path: Path | None


class Reports:
    """Where the reports of one run go; a context in which that run takes place.

    Files of an earlier run are taken away as it begins, so that none is left if this one is killed. If it comes to no
    verdict, they hold the reason instead.
    """

    def __init__(self, wanted: Sequence[str] | None, title: str) -> None:
        self.wanted, self.title = tuple(wanted or ("auto",)), title
        self._due = [output for output in map(_readable, self.wanted) if output is not None]

    def __enter__(self) -> Self:
        try:
            for output in _outputs(self.wanted):
                if output.path is not None:
                    take_away(output.path)
        except (CannotJudge, Misuse) as error:
            self._give_up(endings.of(error))
            raise
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is not None and not endings.is_lost_output(error):
            self._give_up(endings.of(error))

    def emit(self, report: Report, look: Look) -> int:
        """Write the report in every wanted format (`name` or `name=file`) and return its exit code."""
        from itsmctl.formats import FORMATS

        for output in _outputs(self.wanted):
            text = FORMATS[output.name].write(report, look if output.path is None else replace(look, color=False))
            if output.path is None:
                sys.stdout.write(text)
                sys.stdout.flush()
            else:
                write_file(output.path, text)
        self._due = []
        if "auto" in self.wanted and forge.on_github():
            forge.add_to_summary(FORMATS["markdown"].write(report, look))
        return report.exit_code

    def _give_up(self, ending: Ending) -> None:
        """Write the reason into every file that can take it; whatever fails here is less than the reason itself."""
        from itsmctl import __version__
        from itsmctl.formats import FORMATS, Failure

        failure = Failure(self.title, ending.word, ending.message, ending.hint, ending.code, __version__)
        for output in self._due:
            if output.path is None:
                continue
            with suppress(CannotJudge, Misuse):
                take_away(output.path)
                text = FORMATS[output.name].failed(failure)
                if text:
                    write_file(output.path, text)
        if "auto" in self.wanted and forge.on_github():
            forge.add_to_summary(FORMATS["markdown"].failed(failure))


def give_up(argv: Sequence[str], ending: Ending) -> None:
    """As `Reports` does, for a command line that cannot be read: of it only the reports are looked for."""
    title = next((command for command in _REPORTING if tuple(argv[: len(command)]) == command), None)
    if title is not None:
        Reports(_mentioned(argv), " ".join(title))._give_up(ending)


_REPORTING = (
    ("validate",),
    ("gate",),
    ("audit", "history"),
    ("receipt", "verify"),
    ("policy", "test"),
    ("policy", "lint"),
)
"""The commands that take `--format NAME=FILE`."""


def _mentioned(argv: Sequence[str]) -> list[str]:
    """The values of `-f` and `--format` in a command line, or of their variable where there is none."""
    found = []
    for word, following in zip(argv, [*argv[1:], ""], strict=True):
        if word in ("-f", "--format"):
            found.append(following)
        elif word.startswith("--format="):
            found.append(word.removeprefix("--format="))
        elif word.startswith("-f") and not word.startswith("--"):
            found.append(word.removeprefix("-f"))
    return found or os.environ.get("ITSMCTL_FORMAT", "").split()


def _readable(word: str) -> Output | None:
    """The output that a word asks for, if that can be told."""
    try:
        return _parse(word)
    except Misuse:
        return None


def _outputs(wanted: Sequence[str]) -> list[Output]:
    """What the words ask for. Raises Misuse where two want one place, or a format is unknown."""
    outputs = [_parse(word) for word in wanted]
    if sum(output.path is None for output in outputs) > 1:
        raise Misuse("two formats would both go to standard output", "Give all but one a file: -f sarif=out.sarif")
    targets = [os.path.realpath(output.path) for output in outputs if output.path is not None]
    if len(set(targets)) < len(targets):
        raise Misuse("two formats would go to the same file", "Give each a file of its own.")
    return outputs


def _parse(word: str) -> Output:
    from itsmctl.formats import FORMATS

    name, equals, path = word.partition("=")
    if equals and not path:
        raise Misuse(f"--format {word} names no file", f"Write {name}=FILE, or {name} alone for standard output.")
    if name == "auto":
        name = automatic()
    if name not in FORMATS:
        guess = did_you_mean(name, FORMATS)
        raise Misuse(
            f"no format is called {name!r}" + (f": {guess}" if guess else ""), f"Formats: {', '.join(FORMATS)}"
        )
    return Output(name, Path(path) if equals else None)


def automatic() -> str:
    """What fits the place: frames on a terminal, annotations on GitHub (and the summary of the job, see `emit`), one
    line a finding elsewhere.
    """
    if forge.on_github():
        return "github"
    return "text" if sys.stdout.isatty() else "concise"


def look(color: str, verbose: int, quiet: bool, statistics: bool, root: Path | None = None, web: str = "") -> Look:
    """How text is drawn, from flags, terminal, NO_COLOR and FORCE_COLOR; paths as seen from the current folder."""
    from itsmctl.formats import Look

    width = shutil.get_terminal_size((100, 24)).columns
    return Look(has_color(color), width, verbose, quiet, statistics, _base(root), web)


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
    target = _target(path)
    try:
        if target.exists() and not target.is_file():
            target.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
            return
        _replace(target, text)
    except OSError as error:
        is_folder = isinstance(error, IsADirectoryError)
        hint = "It is a folder: name a file in it." if is_folder else "Give a file in a folder that exists."
        raise CannotJudge(f"cannot write the report to {path}: {error.strerror}", hint) from None


def take_away(path: Path) -> None:
    """Remove the report of an earlier run; devices and pipes stay."""
    target = _target(path)
    try:
        if target.is_file():
            target.unlink()
    except OSError as error:
        raise CannotJudge(f"cannot write the report to {path}: {error.strerror}", "Name another file.") from None


def _target(path: Path) -> Path:
    """The file that a report goes to, links followed. Raises Misuse where that is none of the user's reports."""
    target = Path(os.path.realpath(path))
    inside = any(part in _GOVERNED for part in target.parts) and any((up / FILE).is_file() for up in target.parents)
    if inside or target.name == FILE or ".git" in target.parts:
        where = "lies among the records or the rules" if inside else "is no place for a report"
        raise Misuse(f"{path} {where}", "Give the report a place outside of them.")
    return target


FILE = "itsm.yaml"
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
