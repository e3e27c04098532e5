"""The rules on the form of records, as the catalogue of rules lists them. Data only."""

from __future__ import annotations

from itsmctl.findings import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        id="record-file",
        title="Only record files stand under records/",
        severity="error",
        description="Whatever stands under records/ is taken for evidence. A link, a device or a file with another "
        "ending would be there without being checked.",
        remediation="Move the file out of records/, or make it a regular file that ends in .yaml and holds one record.",
    ),
    Rule(
        id="record-home",
        title="A record stands in the one place that follows from its kind and name",
        severity="error",
        description="The path of a record is computed from its kind and name. So nobody can take a name twice, a "
        "reference is checked by looking in one place, and the history of a record is the history of its file.",
        remediation="Move the file to the path that the finding names, or correct kind or name.",
    ),
    Rule(
        id="record-kind",
        title="A record is of a known kind",
        severity="error",
        description="The kind decides which fields a record has and which rules look at it; a record of an unknown "
        "kind would be looked at by none.",
        remediation="Correct `kind`, or add a schema for a kind of your own under schemas/.",
    ),
    Rule(
        id="reference-kind",
        title="A reference names a record of a kind that fits",
        severity="error",
        description="The schema says of which kinds the record at the other end may be.",
        remediation="Refer to a record of one of the kinds that the finding lists.",
    ),
    Rule(
        id="record-due",
        title="A record holds what falls due in its state",
        severity="error",
        description="A state claims that certain facts are known by now, for instance that a change which is assessed "
        "has a risk. The schema of the kind lists which field falls due in which state.",
        remediation="Fill the field in, or set the state back to where the record really is.",
    ),
    Rule(
        id="record-state",
        title="A record is in a state that its kind knows",
        severity="error",
        description="Each kind with a life cycle declares its states and the legal steps between them.",
        remediation="Use one of the states that the finding lists.",
    ),
)
