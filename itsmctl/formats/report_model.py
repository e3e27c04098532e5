"""The JSON report as pydantic models: the one truth about its shape, and the source of its published schema."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from itsmctl.escape import storable
from itsmctl.findings import SEVERITIES, Finding, Place, Report, Rule, Seen, Waived, count_by_severity
from itsmctl.formats.failure import Failure
from itsmctl.formats.wording import tally

SchemaId = Literal["urn:itsmctl:schema:report:1"]
SCHEMA_ID: SchemaId = "urn:itsmctl:schema:report:1"

Text = Annotated[str, BeforeValidator(storable)]
Severity = Literal["error", "warning", "info"]

_EXITS = {
    0: "passed: no open finding at or above fail_on",
    1: "open findings at or above fail_on",
    2: "no verdict: the command line is wrong",
    3: "no verdict: see failure",
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ToolPart(_Part):
    """What wrote the report."""

    name: Literal["itsmctl"] = "itsmctl"
    version: Text


class RuleCount(_Part):
    """How often a rule fired."""

    rule: Text
    open: int
    waived: int


class SummaryPart(_Part):
    """The verdict and the counts. Waived, old and hidden findings never change the verdict."""

    passed: bool
    exit_code: int = Field(description="0 passed, 1 open findings at or above fail_on; others: no verdict, see failure")
    exit_meaning: Text
    fail_on: Severity
    errors: int = Field(description="Open findings; so are warnings and infos")
    warnings: int
    infos: int
    waived: int
    old: int = Field(description="Findings that the revision under seen.since had already")
    hidden: int = Field(description="Findings kept from the list by paths, --select, --ignore or --min-severity")
    by_rule: list[RuleCount] = Field(description="The rules that fired, most open findings first")


class PlacePart(_Part):
    """A span of a file, whose text is not repeated. Lines and columns count from 1, in code points; the end column
    is exclusive.
    """

    path: Text = Field(description="Relative to the governed root, with /")
    line: int
    column: int
    end_line: int
    end_column: int
    pointer: Text = Field(description="JSON pointer into the record; empty for the whole file")


class RelatedPart(_Part):
    """A second place that explains a finding."""

    message: Text
    place: PlacePart


class WaivedPart(_Part):
    """The Waiver record that lifts a finding."""

    waiver: Text
    reason: Text
    expires: Text = Field(description="Last day on which it holds")


class FindingPart(_Part):
    """One defect at one place."""

    rule: Text
    severity: Severity
    message: Text
    record: Text = Field(description="Kind/name; empty where the file is no record")
    place: PlacePart
    related: list[RelatedPart]
    hint: Text = Field(description="What to do")
    waived: WaivedPart | None = Field(description="null: the finding is open")
    key: list[Text] = Field(description="Identifies the defect over moved lines and reordered lists")


class RecordCount(_Part):
    """How many records of a kind were read."""

    kind: Text
    count: int


class NotRunPart(_Part):
    """A rule that was loaded and not applied: it neither passed nor failed."""

    rule: Text
    reason: Text


class SeenPart(_Part):
    """What the run looked at."""

    source: Text
    as_of: Text = Field(description="The time that rules about time took for now: RFC 3339, UTC")
    files: int
    unreadable: int = Field(description="Files that are no record: each has a finding")
    ignored: list[Text] = Field(
        description="Paths among records, schemas and policies that git ignores: none was read, none is in a commit"
    )
    records: list[RecordCount]
    rules_run: list[Text]
    rules_not_run: list[NotRunPart]
    waivers_used: list[WaivedPart]
    since: Text = Field(description="The revision that --since compares with, or empty")
    law_edits: list[Text] = Field(
        description="Settings, schemas and policies that differ from since: both revisions are judged by the newer ones"
    )


class RulePart(_Part):
    """A loaded rule, whether it fired or not."""

    id: Text
    title: Text = Field(description="A sentence that holds when all is well")
    severity: Severity
    description: Text
    remediation: Text
    process: Text = Field(description="Empty for checks of form")
    clause: dict[Text, Text] = Field(description="Clause by edition of ISO/IEC 20000, such as part1_2018: 8.5.1")
    basis: Literal["requirement", "recommendation", "house", "form"]
    enforcement: Literal["advisory", "soft", "hard"]
    path: Text = Field(description="The policy file that holds the rule, or empty")
    tags: list[Text] = Field(description="What --select and --ignore understand beside id and process")


class FailurePart(_Part):
    """Why the run came to no verdict: nothing else in the report says anything then."""

    message: Text
    hint: Text = Field(description="What to do")


class GroundPlace(_Part):
    """Where a ground of a verdict stands."""

    path: Text
    line: int
    pointer: Text
    at: Literal["base", "merge"] = Field(description="In which of the two commits the file is meant")


class VerdictPart(_Part):
    """One node of a verdict: its outcome is the worst of itself and of all below."""

    what: Text = Field(description="gate, change, rule, requirement, vote, check, window, freeze, next or note")
    name: Text
    outcome: Literal["NOTED", "ALLOWED", "OVERRIDDEN", "DENIED"]
    code: Text = Field(description="A stable reason code, or empty; itsmctl explain CODE")
    says: Text = Field(description="A sentence for people")
    place: GroundPlace | None = None
    details: dict[Text, Any] = Field(default_factory=dict, description="What programs want to know, by kind of node")
    because: list[VerdictPart]


class ReportDocument(_Part):
    """A report of itsmctl. Fields may be added under the same version; none changes its meaning or goes away."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="itsmctl report", populate_by_name=True)

    schema_id: SchemaId = Field(default=SCHEMA_ID, alias="$schema")
    version: Literal[1] = 1
    tool: ToolPart
    title: Text = Field(description="The command that made the report")
    prefix: Text = Field(description="The governed root relative to the root of the git repository, or empty")
    summary: SummaryPart
    failure: FailurePart | None = Field(default=None, description="null: there is a verdict")
    findings: list[FindingPart] = Field(description="Sorted by path, line, column and rule; waived ones included")
    seen: SeenPart
    rules: list[RulePart] = Field(description="All rules loaded, by id")
    verdict: VerdictPart | None = Field(default=None, description="Of the gate: what was decided and why; else null")


def document(report: Report) -> ReportDocument:
    """The report as its JSON document."""
    return ReportDocument(
        tool=ToolPart(version=report.version),
        title=report.title,
        prefix=report.prefix,
        summary=_summary(report),
        findings=[_finding(finding) for finding in report.findings],
        seen=_seen(report),
        rules=[_rule(rule) for rule in report.rules],
        verdict=VerdictPart.model_validate(report.verdict) if report.verdict is not None else None,
    )


def without_verdict(failure: Failure) -> ReportDocument:
    """The document of a run that came to no verdict: not passed, nothing looked at."""
    empty = document(Report(failure.title, (), Seen("", ""), (), failure.version))
    meaning = _EXITS.get(failure.exit_code, "no verdict: the run was stopped")
    summary = {"passed": False, "exit_code": failure.exit_code, "exit_meaning": meaning}
    return empty.model_copy(
        update={
            "summary": empty.summary.model_copy(update=summary),
            "failure": FailurePart(message=failure.message, hint=failure.hint),
        }
    )


def schema() -> dict[str, object]:
    """JSON Schema of the document, as published in `schemas/tool/report.schema.json`."""
    made = ReportDocument.model_json_schema(mode="serialization", by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, **made}


def _summary(report: Report) -> SummaryPart:
    counts = count_by_severity(report.open)
    errors, warnings, infos = (counts[severity] for severity in SEVERITIES)
    return SummaryPart(
        passed=report.passed,
        exit_code=report.exit_code,
        exit_meaning=_EXITS[report.exit_code],
        fail_on=report.fail_on,
        errors=errors,
        warnings=warnings,
        infos=infos,
        waived=len(report.findings) - len(report.open),
        old=report.seen.old,
        hidden=report.seen.hidden,
        by_rule=[RuleCount(rule=one.rule, open=one.open, waived=one.waived) for one in tally(report)],
    )


def _finding(finding: Finding) -> FindingPart:
    return FindingPart(
        rule=finding.rule,
        severity=finding.severity,
        message=finding.message,
        record=finding.record,
        place=_place(finding.place),
        related=[RelatedPart(message=one.message, place=_place(one.place)) for one in finding.related],
        hint=finding.hint,
        waived=_waived(finding.waived) if finding.waived else None,
        key=list(finding.key),
    )


def _place(place: Place) -> PlacePart:
    return PlacePart(
        path=place.path,
        line=place.line,
        column=place.column,
        end_line=place.end_line,
        end_column=place.end_column,
        pointer=place.pointer,
    )


def _waived(waived: Waived) -> WaivedPart:
    return WaivedPart(waiver=waived.waiver, reason=waived.reason, expires=waived.expires)


def _seen(report: Report) -> SeenPart:
    seen = report.seen
    return SeenPart(
        source=seen.source,
        as_of=seen.as_of,
        files=seen.files,
        ignored=list(seen.ignored),
        unreadable=seen.unreadable,
        records=[RecordCount(kind=kind, count=number) for kind, number in seen.records],
        rules_run=list(seen.rules_run),
        rules_not_run=[NotRunPart(rule=one.rule, reason=one.reason) for one in seen.rules_not_run],
        waivers_used=[_waived(one) for one in seen.waivers_used],
        since=seen.since,
        law_edits=list(seen.law_edits),
    )


def _rule(rule: Rule) -> RulePart:
    return RulePart(
        id=rule.id,
        title=rule.title,
        severity=rule.severity,
        description=rule.description,
        remediation=rule.remediation,
        process=rule.process,
        clause=dict(rule.clause),
        basis=rule.basis,
        enforcement=rule.enforcement,
        path=rule.path,
        tags=list(rule.tags),
    )
