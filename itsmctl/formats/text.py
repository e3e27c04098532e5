"""Findings as frames for a person at a terminal: the source underlined, the second place beside it, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl.drawing import code
from itsmctl.escape import columns, fold, visible
from itsmctl.formats import frames, grounds, story, wording

if TYPE_CHECKING:
    from itsmctl.findings import Finding, Related, Report
    from itsmctl.formats.failure import Failure
    from itsmctl.formats.look import Look

ABOUT = "source in frames, for people"


def write(report: Report, look: Look) -> str:
    """The report for a terminal of `look.width` columns; with `look.quiet` only one line for each finding.

    A verdict of the gate is told change by change.
    """
    found = wording.shown(report, look)
    if report.verdict is not None:  # its story tells of its own reasons; what is left was found in records
        codes = grounds.told(report.verdict)
        found = tuple(finding for finding in found if finding.rule not in codes)
    told = story.tell(report.verdict, look) if report.verdict is not None else []
    if look.quiet:
        lines = [*(wording.line_with_help(finding, look, look.base) for finding in found), *told]
        return "".join(f"{line}\n" for line in lines)
    lines = [line for finding in found for line in [*_block(finding, look), ""]]
    return "\n".join([*lines, *told, *wording.footer(report, look)]) + "\n"


def failed(failure: Failure) -> str:
    """The lines that standard error has."""
    return "".join(f"{line}\n" for line in failure.lines)


def _block(finding: Finding, look: Look) -> list[str]:
    """One finding: headline, place, frames, advice."""
    style = finding.severity if finding.waived is None else "frame"
    gutter = max(frames.digits(place) for place in (finding.place, *(related.place for related in finding.related)))
    lines = _headline(finding, style, look)
    lines.append(f"{' ' * gutter}{look.paint('frame', '-->')} {wording.spot(finding.place, look.base)}")
    drawn = frames.frame(finding.place, "^", style, look, gutter)
    lines += drawn
    for related in finding.related:
        lines += _related(related, look, gutter)
    if not drawn and not finding.related:
        lines.append(frames.edge(look, gutter))
    return [*lines, *_advice(finding, look, gutter)]


def _headline(finding: Finding, style: str, look: Look) -> list[str]:
    name = f"{finding.severity}[{visible(finding.rule)}]{' waived' if finding.waived else ''}:"
    head, *rest = fold(visible(finding.message), look.prose - 2, first=look.prose - columns(name) - 1)
    lines = [f"{look.paint(style, name)} {look.paint('strong', head)}"]
    return lines + [f"  {look.paint('strong', line)}" for line in rest]


def _related(related: Related, look: Look, gutter: int) -> list[str]:
    """The second place, with what it has to do with the first beside its own marks."""
    label = visible(related.message)
    lines = [f"{' ' * gutter}{look.paint('frame', ':::')} {wording.spot(related.place, look.base)}"]
    drawn = frames.frame(related.place, "-", "frame", look, gutter, label)
    if drawn:
        return [*lines, *drawn]
    bare = [frames.edge(look, gutter, "", line) for line in fold(label, max(look.prose - gutter - 3, 20))]
    return [*lines, *bare, frames.edge(look, gutter)]


def _advice(finding: Finding, look: Look, gutter: int) -> list[str]:
    """Why it is waived, what to do, where to read more."""
    lines = _equals("waived", wording.lifted_by(finding.waived), look, gutter) if finding.waived else []
    if finding.hint:
        said, *example = wording.advice(finding.hint)
        lines += _equals("help", said, look, gutter)
        lines += _example(example, look, gutter)
    return lines + _equals("explain", f"itsmctl explain {visible(finding.rule)}", look, gutter)


def _example(lines: list[str], look: Look, gutter: int) -> list[str]:
    """What is to be pasted: below the words of the help, or further left where it would not fit there."""
    beside = gutter + len(" = help: ")
    fits = beside + max(map(columns, lines), default=0) <= look.prose
    return code("\n".join(lines), look.prose, indent=beside if fits else gutter + 3) if lines else []


def _equals(name: str, text: str, look: Look, gutter: int) -> list[str]:
    """`= name: text`, folded, its further lines under its first."""
    left = f"{' ' * gutter} = {name}: "
    head, *rest = fold(text, max(look.prose - len(left), 20))
    start = f"{' ' * gutter} {look.paint('frame', '=')} {look.paint('strong', f'{name}:')} "
    return [start + head, *(" " * len(left) + line for line in rest)]
