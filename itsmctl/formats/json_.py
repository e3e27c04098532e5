"""The whole report as versioned JSON, for programs. Its schema stands in `schemas/tool/report.schema.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl.escape import json_text

if TYPE_CHECKING:
    from itsmctl.findings import Report
    from itsmctl.formats.failure import Failure
    from itsmctl.formats.look import Look

ABOUT = "everything, versioned, with a published schema, for programs"


def write(report: Report, look: Look) -> str:  # noqa: ARG001 - programs get all there is
    """The report as a JSON document of `report_model.ReportDocument`."""
    from itsmctl.formats import report_model  # brings pydantic, which only this format needs

    return json_text(report_model.document(report).model_dump(mode="json", by_alias=True))


def failed(failure: Failure) -> str:
    """A report that holds nothing but the reason: `summary.passed` is false and `failure` is not null."""
    from itsmctl.formats import report_model

    return json_text(report_model.without_verdict(failure).model_dump(mode="json", by_alias=True))
