"""The rule reference in Markdown: every rule with why, where from, what to do; and what no rule checks."""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from itsmctl.drawing import count, parted
from itsmctl.escape import visible
from itsmctl.markup import heading, paragraph, prose, row
from itsmctl.standing import BASES, BASIS, EDITIONS, ENFORCEMENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from itsmctl.policy import Policy
    from itsmctl.policy.unchecked import Unchecked
    from itsmctl.rulebook import Rulebook

_SHORT = {"part1_2005": "20000-1:2005", "part2_2005": "20000-2:2005", "part1_2018": "20000-1:2018"}
_CLAIM = (
    "A rule that finds nothing says that of the records alone. That an organisation keeps to a standard takes an audit "
    "of what people do."
)


def rules(chosen: Sequence[Policy], book: Rulebook) -> str:
    """The rules by process: a table of each process, then each rule. `chosen` is sorted so."""
    lines = [*heading(1, "Rules"), *paragraph(_summary(chosen)), *paragraph(_CLAIM)]
    lines += [f"- {prose(BASIS[basis])}" for basis in BASES]
    lines += [f"- {prose(text)}" for text in ENFORCEMENT.values()]
    lines.append("")
    held = {one.process: [two for two in book.unchecked if two.process == one.process] for one in book.unchecked}
    for process, group in groupby(chosen, key=lambda one: one.rule.process):
        policies = list(group)
        lines += [*heading(2, process), *_table(policies, book), ""]
        lines += [line for one in policies for line in _rule(one, book)]
        if held.get(process):
            lines += [*heading(3, f"No rule checks, in {process}"), *_unchecked(held[process])]
    return "\n".join(lines).rstrip("\n") + "\n"


def unchecked(chosen: Sequence[Unchecked]) -> str:
    """The controls that no rule checks, with the reasons, as a document of its own."""
    lines = [*heading(1, "Controls that no rule checks"), *paragraph(_ABOUT_UNCHECKED), *_unchecked(chosen)]
    return "\n".join(lines).rstrip("\n") + "\n"


_ABOUT_UNCHECKED = (
    "Each of these takes something that does not stand in records. `itsmctl policy coverage` lists them beside what "
    "the rules looked at, so that nobody takes them for checked."
)


def _summary(chosen: Sequence[Policy]) -> str:
    bases = Counter[str](one.rule.basis for one in chosen)
    parts = ", ".join(f"{bases[basis]} {basis}" for basis in BASES if bases[basis])
    return f"{count(len(chosen), 'rule')}: {parts}. `itsmctl explain ID` prints one of them with its examples."


def _table(policies: Iterable[Policy], book: Rulebook) -> list[str]:
    heads = ["rule", "severity", "basis", *_SHORT.values(), "title"]
    lines = [row(heads), "|---" * len(heads) + "|"]
    for one in policies:
        rule = one.rule
        clause = dict(rule.clause)
        severity = "off" if rule.id in book.off else rule.severity
        lines.append(row([rule.id, severity, rule.basis, *(clause.get(name, "") for name in _SHORT), rule.title]))
    return lines


def _rule(one: Policy, book: Rulebook) -> list[str]:
    """A heading that can be linked to, what the rule is, why, what to do, and its expressions."""
    rule = one.rule
    facts = [rule.severity, rule.basis, rule.enforcement, f"looks at {', '.join(one.kinds)}"]
    facts += [f"{EDITIONS[edition]} clause {number}" for edition, number in rule.clause]
    facts += ["in any state"] if one.closed else []
    facts += ["needs `--since`"] if one.needs_base else []
    facts += [f"off in itsm.yaml: {book.off[rule.id]}"] if rule.id in book.off else []
    facts += [f"of this repository: `{rule.path}`"] if not one.builtin else []
    return [
        *heading(3, rule.id),
        *(f"**{prose(visible(rule.title))}**", ""),
        *paragraph("; ".join(facts) + "."),
        *_paragraphs(rule.description),
        *_remedy(rule.remediation),
        *_fenced("text", _expressions(one)),
    ]


def _paragraphs(text: str) -> list[str]:
    return [line for part in re.split(r"\n\s*\n", text.strip()) for line in paragraph(part)]


def _remedy(text: str) -> list[str]:
    """What to do, and the lines to copy if there are any."""
    said, example = parted(text)
    shown = [visible(line, longest=10_000) for line in example]
    return [*_paragraphs(f"To mend: {said}"), *(_fenced("yaml", shown) if shown else [])]


def _expressions(one: Policy) -> list[str]:
    parts = [("when", one.when)] if one.when is not None else []
    parts += [(f"let {name}", program) for name, program in one.lets]
    return [
        f"{label}: {visible(' '.join(program.text.split()), longest=10_000)}"
        for label, program in (*parts, ("assert", one.check))
    ]


def _fenced(language: str, shown: Sequence[str]) -> list[str]:
    """Lines in a fence that nothing in them can close."""
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *shown, fence, ""]


def _unchecked(chosen: Iterable[Unchecked]) -> list[str]:
    lines = [row(["control", "basis", "clause", "what", "why no rule checks it", "instead"]), "|---" * 6 + "|"]
    for one in chosen:
        clause = "; ".join(f"{_SHORT[edition]} {number}" for edition, number in one.clauses)
        lines.append(row([one.id, one.basis, clause, one.title, one.reason, one.instead]))
    return [*lines, ""]
