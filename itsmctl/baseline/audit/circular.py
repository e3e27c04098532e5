"""Was a file that is to show what is there made from the records themselves? Then it shows what is recorded. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from itsmctl.baseline import exporting
from itsmctl.baseline.audit.expected import ITEM
from itsmctl.errors import CannotJudge
from itsmctl.escape import visible

if TYPE_CHECKING:
    from itsmctl.baseline.audit.expected import Expected
    from itsmctl.baseline.audit.mapping import AuditMapping

_DIGEST = re.compile(rb"(?<![0-9A-Fa-f])[0-9a-f]{64}(?![0-9A-Fa-f])")
_REF = re.compile(rb'"bom-ref"\s*:\s*"' + ITEM.encode() + rb"/")
"""What our own bill calls its components: no program that looks at a machine writes that."""


def refuse(content: bytes, path: str, mapping: AuditMapping, expected: Expected) -> None:
    """Raises CannotJudge for the file that a baseline exports, or one that was made of it.

    A sheet with the columns of the export is one to write into: it shows what was seen where the mapping reads a column
    that was added. A bill has no such columns, so that nothing tells what was written into it.
    """
    if mapping.format == "csv" and {one.column for one in mapping.fields}.difference(exporting.HEADS):
        return
    if expected.marks.intersection(_DIGEST.findall(content)):
        why = "it holds digests of records, which nobody sees who looks at what is there"
    elif mapping.format == "cyclonedx" and _REF.search(content):
        why = f'its components are called "bom-ref": "{ITEM}/…", which only an export of a baseline writes'
    else:
        return
    says = f"{visible(path)} was made from the records themselves: {why}"
    raise CannotJudge(f"{says}. Held against a baseline, it would only say what is recorded", _HINT[mapping.format])


_HINT = {
    "csv": "Give what a scan or an inventory saw. What people saw goes into a column of its own, for the mapping to "
    "name.",
    "cyclonedx": "Give what a scan or an inventory saw. If people wrote what they saw into a copy of the bill: take "
    "metadata, every bom-ref and every property itsmctl:digest out of it.",
}
