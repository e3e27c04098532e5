"""The files that are made from the code and committed: what each has to hold.

`python -m tests.golden.regenerate` in the root of the project writes them; read the difference before committing it.
"""

from __future__ import annotations

from pathlib import Path

from itsmctl import receipt_model
from itsmctl.escape import json_text
from itsmctl.formats import FORMATS, Look, report_model

from .mistakes import page
from .sample import CLEAN, SAMPLE
from .verdicts import ALLOWED, DENIED, OVERRIDDEN

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]

OUTPUTS = {
    "report.txt": (SAMPLE, "text", Look(width=100)),
    "report.narrow.txt": (SAMPLE, "text", Look(width=60, verbose=1, statistics=True)),
    "report.clean.txt": (CLEAN, "text", Look(width=80)),
    "report.color.txt": (SAMPLE, "text", Look(width=100, color=True)),
    "report.concise.txt": (SAMPLE, "concise", Look(width=100)),
    "report.json": (SAMPLE, "json", Look()),
    "report.sarif": (SAMPLE, "sarif", Look()),
    "report.github.txt": (SAMPLE, "github", Look(width=100)),
    "report.junit.xml": (SAMPLE, "junit", Look()),
    "report.gitlab.json": (SAMPLE, "gitlab", Look()),
    "report.md": (SAMPLE, "markdown", Look(web="https://forge.example/town/records/blob/1a2b3c4/", statistics=True)),
    "report.clean.md": (CLEAN, "markdown", Look()),
    "report.checkstyle.xml": (SAMPLE, "checkstyle", Look()),
    "report.rdjson": (SAMPLE, "rdjson", Look()),
    "report.csv": (SAMPLE, "csv", Look()),
    "gate.denied.txt": (DENIED, "text", Look(width=100)),
    "gate.denied.narrow.txt": (DENIED, "text", Look(width=60, verbose=1)),
    "gate.denied.md": (DENIED, "markdown", Look(web="https://forge.example/town/records/blob/1a2b3c4/")),
    "gate.denied.github.txt": (DENIED, "github", Look(width=100)),
    "gate.denied.concise.txt": (DENIED, "concise", Look(width=100)),
    "gate.allowed.txt": (ALLOWED, "text", Look(width=100)),
    "gate.allowed.md": (ALLOWED, "markdown", Look()),
    "gate.allowed.json": (ALLOWED, "json", Look()),
    "gate.allowed.junit.xml": (ALLOWED, "junit", Look()),
    "gate.overridden.txt": (OVERRIDDEN, "text", Look(width=100, verbose=1)),
    "gate.overridden.md": (OVERRIDDEN, "markdown", Look()),
}


def files() -> dict[Path, str]:
    """Each made file with its content."""
    made = {HERE / name: FORMATS[shelf].write(report, look) for name, (report, shelf, look) in OUTPUTS.items()}
    made[PROJECT / "schemas" / "tool" / "report.schema.json"] = json_text(report_model.schema())
    made[PROJECT / "schemas" / "tool" / receipt_model.SCHEMA] = json_text(receipt_model.schema())
    return made


if __name__ == "__main__":
    for path, content in {**files(), HERE / "newcomer.txt": page()}.items():
        path.write_text(content, encoding="utf-8", newline="\n")
