"""The values that every room speaks: Place, Finding, Rule, Seen, Report. Standard library and msgspec only, all frozen.

The verdict of a report is computed here and nowhere else: no format and no display flag can change it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from msgspec import Struct

Severity = Literal["error", "warning", "info"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""Worst first."""

EXIT_PASSED, EXIT_FINDINGS, EXIT_USAGE, EXIT_CANNOT_JUDGE = 0, 1, 2, 3


def at_least(severity: Severity, threshold: Severity) -> bool:
    """Is `severity` as bad as `threshold`, or worse?"""
    return SEVERITIES.index(severity) <= SEVERITIES.index(threshold)


class Place(Struct, frozen=True):
    """A span of a file. Lines and columns count from 1 in code points; `end_column` is exclusive.

    `path` is relative to the root of the governed repository, with `/`. `excerpt` holds (line number, text) pairs
    around the span, as written in the file: hostile text, to be escaped by whoever prints it.
    """

    path: str
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1
    pointer: str = ""
    excerpt: tuple[tuple[int, str], ...] = ()


class Related(Struct, frozen=True):
    """A second place that explains a finding: the other record, the first use of a key."""

    place: Place
    message: str


class Waived(Struct, frozen=True):
    """Why a finding does not count: the Waiver that lifts it."""

    waiver: str  # name of the Waiver record
    reason: str
    expires: str  # RFC 3339 date, inclusive


class Finding(Struct, frozen=True):
    """One defect at one place.

    `key` identifies the defect over moved lines and reordered lists: (rule, record or path, semantic path, value).
    """

    rule: str
    severity: Severity
    message: str
    place: Place
    record: str = ""  # Kind/name, empty where the file is no record
    related: tuple[Related, ...] = ()
    hint: str = ""  # what to do
    waived: Waived | None = None
    key: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[object, ...]:
        """Sort key of every report: by file, then by place, then by rule."""
        at = self.place
        return (at.path, at.line, at.column, self.rule, self.message, at.pointer)


class Rule(Struct, frozen=True):
    """What a finding's id stands for, whoever checks it: a policy file, a schema, or the reader of YAML."""

    id: str
    title: str  # a sentence that holds when all is well
    severity: Severity
    description: str  # why it matters, in our own words
    remediation: str  # what to do when it fires
    process: str = ""  # "change-management", or "" for checks of form
    clause: tuple[tuple[str, str], ...] = ()  # (("part1_2005", "9.2"), …)
    basis: Literal["requirement", "recommendation", "house", "form"] = "form"
    enforcement: Literal["advisory", "soft", "hard"] = "hard"
    path: str = ""  # the policy file that holds it, relative to its root
    tags: tuple[str, ...] = ()  # what --select and --ignore understand beside id and process


class NotRun(Struct, frozen=True):
    """A rule that was loaded and not applied, and why: never reported as passed."""

    rule: str
    reason: str


class Seen(Struct, frozen=True):
    """What a run looked at, so that a clean report says what is clean."""

    source: str  # "work tree" or "commit 1a2b3c4 (main)"
    as_of: str  # RFC 3339, UTC
    records: tuple[tuple[str, int], ...] = ()  # (kind, count), by kind
    files: int = 0
    unreadable: int = 0  # files that are no record: each has a finding
    ignored: tuple[str, ...] = ()  # paths among records and law that git ignores: not read, and in no commit
    rules_run: tuple[str, ...] = ()
    rules_not_run: tuple[NotRun, ...] = ()
    waivers_used: tuple[Waived, ...] = ()
    since: str = ""  # label of the revision that --since compares with
    law_edits: tuple[str, ...] = ()  # settings, schemas and policies that differ from `since`
    old: int = 0  # findings that were there before `since`
    hidden: int = 0  # findings that --select, --ignore, PATHS or --min-severity keep from the list


class Report(Struct, frozen=True):
    """The outcome of a run. `findings` are sorted by `Finding.order` and include the waived ones."""

    title: str  # "validate"
    findings: tuple[Finding, ...]
    seen: Seen
    rules: tuple[Rule, ...]  # all rules loaded, by id: formats declare them
    version: str  # of itsmctl
    fail_on: Severity = "error"
    prefix: str = ""  # the governed root relative to the root of the git repository, with "/"; "" where they are one
    verdict: Mapping[str, Any] | None = None  # of the gate: its tree as plain data
    summary: str = ""  # in place of the usual one, for reports on other things than records

    @property
    def open(self) -> tuple[Finding, ...]:
        """The findings that no waiver lifts."""
        return tuple(finding for finding in self.findings if finding.waived is None)

    @property
    def passed(self) -> bool:
        """No open finding is as bad as `fail_on`, but for those of rules that only advise."""
        if self.verdict is not None and self.verdict["outcome"] not in ("ALLOWED", "OVERRIDDEN"):
            return False
        advisory = {rule.id for rule in self.rules if rule.enforcement == "advisory"}
        return not any(at_least(f.severity, self.fail_on) and f.rule not in advisory for f in self.open)

    @property
    def exit_code(self) -> int:
        """0 passed, 1 findings at or above `fail_on`."""
        return EXIT_PASSED if self.passed else EXIT_FINDINGS

    def rule(self, rule_id: str) -> Rule | None:
        """The loaded rule of that id."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)


def count_by_severity(findings: Iterable[Finding]) -> dict[Severity, int]:
    """How many findings of each severity, worst first; severities without one are 0."""
    counts: dict[Severity, int] = dict.fromkeys(SEVERITIES, 0)
    for finding in findings:
        counts[finding.severity] += 1
    return counts
