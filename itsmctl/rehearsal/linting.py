"""`policy lint`: what is doubtful about policies, each doubt at its place in the policy file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from itsmctl import __version__, yamltext
from itsmctl.drawing import count
from itsmctl.findings import Finding, Report, Seen, Severity, count_by_severity
from itsmctl.policy import lint as checks
from itsmctl.policy import trial
from itsmctl.records import Places
from itsmctl.rehearsal.choosing import Wanted, choose, texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from itsmctl.case import Case
    from itsmctl.policy import Policy
    from itsmctl.rulebook import Rulebook
    from itsmctl.sources import Source


def lint(
    wanted: Wanted, book: Rulebook, source: Source | None, case: Case | None, *, mutants: bool, fail_on: Severity
) -> Report:
    """Doubts about the wanted policies, and what their examples give. `case`: the records here, if there are any.

    Raises as `choose`.
    """
    chosen = choose(wanted, book)
    scene = checks.Scene(book.law, book.types, _prefixes(book), case, mutants)
    held = texts(chosen, wanted, source)
    places = Places(held)
    found = [places.finding(one) for policy in chosen for one in trial.remarks(trial.run(policy, book.law))]
    for policy in chosen:
        found += [_located(doubt, policy, held, places) for doubt in checks.doubts(policy, scene)]
    findings = tuple(sorted(found, key=lambda finding: finding.order))
    seen = Seen(
        source="policy files",
        as_of=trial.AS_OF,
        records=(("policy", len(chosen)),),
        files=len(chosen),
        rules_run=tuple(rule.id for rule in (*trial.RULES, *checks.RULES) if mutants or rule.id != "policy-mutant"),
    )
    rules = (*(one.rule for one in chosen), *trial.RULES, *checks.RULES)
    return Report("policy lint", findings, seen, rules, __version__, fail_on, summary=_summary(chosen, findings))


def _located(doubt: checks.Doubt, policy: Policy, held: Source, places: Places) -> Finding:
    """The finding, right under the part of the expression that is meant where that can be told."""
    finding = places.finding(doubt.remark(policy))
    if doubt.part is None:
        return finding
    content = held.content(policy.rule.path) or b""
    span = yamltext.part(content, yamltext.spots(content), doubt.pointer, *doubt.part)
    if span is None:
        return finding
    found = places.finding(replace(doubt.remark(policy), span=span))
    return replace(found, place=replace(found.place, pointer=doubt.pointer))


def _prefixes(book: Rulebook) -> dict[str, str]:
    """The letters that ids of built-in rules begin with, and their process."""
    return {one.rule.id.split("-", 1)[0]: one.rule.process for one in book.policies if one.builtin}


def _summary(chosen: Sequence[Policy], findings: Sequence[Finding]) -> str:
    counts = count_by_severity(findings)
    words = {"error": "error", "warning": "warning", "info": "remark"}
    said = ", ".join(count(number, words[severity]) for severity, number in counts.items() if number)
    return f"{count(len(chosen), 'policy', 'policies')}: {said or 'nothing doubtful'}"
