"""What a record may be: `schemas/*.schema.json` → Kind. The only room that uses JSON Schema libraries.

A kind is a JSON Schema (2020-12) with the annotation `x-itsm`: home, references, life cycle, what falls due.
"""

from __future__ import annotations

from itsmctl.findings import Rule
from itsmctl.kinds.annotation import Due, Lifecycle, ReferenceRule, ReferenceTree
from itsmctl.kinds.check import Checker
from itsmctl.kinds.fields import FieldInfo, key_order
from itsmctl.kinds.hover import for_editors
from itsmctl.kinds.kind import Kind, Kinds
from itsmctl.kinds.load import check_file, compile_schema, load
from itsmctl.kinds.pointers import steps_of
from itsmctl.kinds.schema import BadSchema
from itsmctl.kinds.words import Fault

__all__ = [
    "RULES",
    "BadSchema",
    "Checker",
    "Due",
    "Fault",
    "FieldInfo",
    "Kind",
    "Kinds",
    "Lifecycle",
    "ReferenceRule",
    "ReferenceTree",
    "check_file",
    "compile_schema",
    "for_editors",
    "key_order",
    "load",
    "steps_of",
]

RULES: tuple[Rule, ...] = (
    Rule(
        id="schema-unknown-field",
        title="A record has only fields that its kind knows",
        severity="error",
        description="A misspelt field would be read by nobody: the rule that looks at the right one would find "
        "nothing, and say nothing about the wrong one.",
        remediation="Correct the name of the field, or move the field to where it belongs.",
    ),
    Rule(
        id="schema-missing-field",
        title="A record has the fields that its kind cannot do without",
        severity="error",
        description="Some fields are needed from the first day on, such as a name, a title or a state. Fields that are "
        "needed only later are asked for by the state of the record.",
        remediation="Add the field; itsmctl explain KIND shows what stands in it.",
    ),
    Rule(
        id="schema-type",
        title="A value is of the type that its field holds",
        severity="error",
        description="A version written as the number 1.10 is read as 1.1, and a list of one that is written as a "
        "text is no list. What is read must be what was meant.",
        remediation="Put quotes around texts that look like numbers, dashes in front of the items of lists, and true "
        "or false where a truth value is wanted.",
    ),
    Rule(
        id="schema-value",
        title="A value is one that its field can have",
        severity="error",
        description="Fields with a fixed choice, a range or a size are compared by rules. A value outside of it would "
        "match none of them.",
        remediation="Choose one of the values that the finding names.",
    ),
    Rule(
        id="schema-format",
        title="Names, dates, times and references have their form",
        severity="error",
        description="A date that can be read in two ways, a time without its offset or a name that a file system "
        "cannot hold would mean different things to different readers.",
        remediation="Write the value in the form that the finding shows.",
    ),
    Rule(
        id="schema-other",
        title="A record keeps to the schema of its kind",
        severity="error",
        description="The schema of the kind refuses the record for a reason that none of the other rules names.",
        remediation="itsmctl explain KIND shows the fields; itsmctl schema show KIND prints the schema itself.",
    ),
)
