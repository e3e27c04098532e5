"""The mistakes that newcomers make most, each in a small repository: what is written, and what they read about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent
from typing import TYPE_CHECKING

from itsmctl import rulebook, snapshot, validate
from itsmctl.case import Case
from itsmctl.formats import FORMATS, Look
from itsmctl.sources import WorkTree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from itsmctl.findings import Report
    from itsmctl.rulebook import Rulebook

AS_OF = datetime(2026, 11, 22, 8, tzinfo=UTC)

WORLD = {
    "records/persons/mari.yaml": """\
        apiVersion: itsm/v1
        kind: Person
        metadata: {name: mari, title: Mari Tamm, owner: Role/operations}
        spec: {type: human, state: active, emails: [mari@example.org], active_from: 2020-01-01}
        """,
    "records/persons/jaan.yaml": """\
        apiVersion: itsm/v1
        kind: Person
        metadata: {name: jaan, title: Jaan Kask, owner: Role/operations}
        spec: {type: human, state: active, emails: [jaan@example.org], active_from: 2020-01-01}
        """,
    "records/roles/operations.yaml": """\
        apiVersion: itsm/v1
        kind: Role
        metadata: {name: operations, title: Operations, owner: Role/operations}
        spec:
          holders:
            - {person: mari, from: 2020-01-01}
        """,
    "records/ci-types/machine.yaml": """\
        apiVersion: itsm/v1
        kind: CIType
        metadata: {name: machine, title: Machine, owner: Role/operations}
        spec:
          relations:
            - {type: runs-on, to: [machine], title: runs on}
        """,
    "records/services/loans.yaml": """\
        apiVersion: itsm/v1
        kind: Service
        metadata:
          name: loans
          title: Loans of books
          owner: Role/operations
        spec:
          state: in-design
          depends_on:
            - {target: Role/operations}
        """,
    "records/configuration-items/vm-infra-01.yaml": """\
        apiVersion: itsm/v1
        kind: ConfigurationItem
        metadata: {name: vm-infra-01, title: Virtual machine, owner: Role/operations}
        spec: {type: machine, state: planned}
        """,
    "records/configuration-items/web-01.yaml": """\
        apiVersion: itsm/v1
        kind: ConfigurationItem
        metadata:
          name: web-01
          title: Web server
          owner: Role/operations
        spec:
          type: machine
          state: planned
          version: "1.10"
          tier: 2
          relations:
            - {type: runs-on, target: vm-infra-01}
        """,
    "records/changes/CHG-2026-0001.yaml": """\
        apiVersion: itsm/v1
        kind: ChangeRequest
        metadata:
          name: CHG-2026-0001
          title: More memory for the web server
          owner: Role/operations
        spec:
          state: assessed
          class: normal
          reason: Pages take longer than two seconds.
          business_benefit: Nobody waits at the desk.
          requester: jaan
          requested_on: 2026-11-14
          implementers: [jaan]
          items:
            - {item: ConfigurationItem/web-01, action: change}
          risk: {likelihood: low, impact: low, level: low}
          impact:
            services: [loans]
            availability: {affected: true, text: Away for ten minutes.}
            continuity: {affected: false}
            capacity: {affected: true, text: Twice the memory.}
            security: {affected: false}
            release_plan: {affected: false}
            cost: {affected: false}
          assessed: {by: mari, on: 2026-11-16}
          plan:
            steps: [Stop it, Give it more memory, Start it]
            duration: 10m
          backout:
            steps: [Stop it, Take the memory away, Start it]
            trigger: It does not start
            decision_maker: Role/operations
            duration: 10m
        """,
}

CHOSEN = (*(rule.id for rule in rulebook.FORM), "CHG-07")
"""What the small repository is judged by: the form of records, and one rule. Others would ask it for more."""

ITEM = "records/configuration-items/web-01.yaml"
CHANGE = "records/changes/CHG-2026-0001.yaml"
SERVICE = "records/services/loans.yaml"


@dataclass(frozen=True)
class Mistake:
    """In the file at `path`, `old` is written as `new`; `says` and `help` are what the one finding tells."""

    name: str
    path: str
    old: str
    new: str
    says: str
    help: str


MISTAKES = (
    Mistake(
        "a field misspelt",
        CHANGE,
        "requester:",
        "requestor:",
        "error[schema-unknown-field]: unknown field 'requestor' in spec",
        "Did you mean requester?",
    ),
    Mistake(
        "a field called as elsewhere",
        CHANGE,
        "  backout:",
        "  rollback_plan:",
        "error[schema-unknown-field]: unknown field 'rollback_plan' in spec",
        "That is called backout here.",
    ),
    Mistake(
        "a name misspelt",
        ITEM,
        "target: vm-infra-01",
        "target: vm-infra-1",
        "error[reference]: there is no ConfigurationItem called vm-infra-1",
        "Did you mean vm-infra-01?",
    ),
    Mistake(
        "a name in another letter case",
        ITEM,
        "target: vm-infra-01",
        "target: VM-infra-01",
        "error[reference]: there is no ConfigurationItem called VM-infra-01",
        "Write: vm-infra-01",
    ),
    Mistake(
        "the kind in front in small letters",
        ITEM,
        "owner: Role/operations",
        "owner: role/operations",
        "error[schema-format]: owner: 'role/operations' is not a Person or Role as Kind/name",
        "Write: Role/operations",
    ),
    Mistake(
        "no kind in front",
        SERVICE,
        "target: Role/operations",
        "target: operations",
        "error[schema-format]: target: 'operations' is not a Role, Service or Supplier as Kind/name",
        "Write: Role/operations",
    ),
    Mistake(
        "a kind in front where it is known",
        CHANGE,
        "requester: jaan",
        "requester: Person/jaan",
        "error[schema-format]: requester: 'Person/jaan' is not the name of a Person alone",
        "Write: jaan",
    ),
    Mistake(
        "a person by their full name",
        CHANGE,
        "requester: jaan",
        "requester: Jaan Kask",
        "error[schema-format]: requester: 'Jaan Kask' is not the name of a Person",
        "Write: jaan",
    ),
    Mistake(
        "a person by their e-mail address",
        ITEM,
        "owner: Role/operations",
        "owner: mari@example.org",
        "error[schema-format]: owner: 'mari@example.org' is not a Person or Role as Kind/name",
        "Write: Person/mari",
    ),
    Mistake(
        "a record that nobody wrote yet",
        CHANGE,
        "services: [loans]",
        "services: [printing]",
        "error[reference]: there is no Service called printing",
        "There are: loans. To add it: itsmctl new Service printing",
    ),
    Mistake(
        "no back-out plan",
        CHANGE,
        WORLD[CHANGE][WORLD[CHANGE].index("          backout:") :],
        "",
        "error[record-due]: spec.backout or spec.remedy is missing: it falls due once a ChangeRequest is assessed",
        "Write how the change is taken back, or what is done instead, where the change cannot be reversed. For "
        "example, below spec: backout: steps: - Stop the application.",
    ),
    Mistake(
        "half a back-out plan",
        CHANGE,
        "            trigger: It does not start\n",
        "",
        "error[CHG-07]: the back-out does not say: trigger",
        "Write what is missing below spec.backout. Where there is no way back, write spec.remedy instead, with why, "
        "steps and accepted_by. For example: backout: steps: [Stop the application, Start the old cluster]",
    ),
    Mistake(
        "a date in another form",
        CHANGE,
        "requested_on: 2026-11-14",
        "requested_on: 14.11.2026",
        "error[schema-format]: requested_on: '14.11.2026' is not a date like 2026-11-22",
        "Write the year first: 2026-11-14.",
    ),
    Mistake(
        "a time without offset and zone",
        CHANGE,
        "          plan:\n",
        "          schedule: {start: 2026-11-29T06:00, end: 2026-11-29T07:00}\n          plan:\n",
        "error[schema-missing-field]: start: '2026-11-29T06:00' has no offset from UTC, and there is no zone in "
        "spec.schedule",
        "Write zone: Europe/Tallinn beside it, or the time with its offset: 2026-11-29T06:00:00+02:00 (in UTC: "
        "2026-11-29T06:00:00Z)",
    ),
    Mistake(
        "a time that the clocks skip",
        CHANGE,
        "          plan:\n",
        "          schedule: {start: 2027-03-28T03:30, end: 2027-03-28T07:00, zone: Europe/Tallinn}\n          plan:\n",
        "error[schema-format]: start: '2027-03-28T03:30' does not exist in Europe/Tallinn, where the clocks are put "
        "forward over it",
        "Write start: 2027-03-28T04:30, as the clocks show it then.",
    ),
    Mistake(
        "a length of time in words",
        CHANGE,
        "            duration: 10m\n          backout:",
        "            duration: 10 minutes\n          backout:",
        "error[schema-format]: duration: '10 minutes' is not a length of time like 90m, 2h or 1h30m",
        "Write: duration: 10m",
    ),
    Mistake(
        "a version that is read as a number",
        ITEM,
        'version: "1.10"',
        "version: 1.10",
        "error[schema-type]: version is the number 1.1, but a text is wanted",
        'Put quotes around it: version: "1.10"',
    ),
    Mistake(
        "yes in place of true",
        CHANGE,
        "continuity: {affected: false}",
        "continuity: {affected: no}",
        "error[schema-type]: affected is the text 'no', but true or false is wanted",
        "Only true and false are truth values in YAML 1.2: affected: false",
    ),
    Mistake(
        "one value where a list is wanted",
        CHANGE,
        "implementers: [jaan]",
        "implementers: jaan",
        "error[schema-type]: implementers is the text 'jaan', but a list is wanted",
        "Put it in brackets, or behind a dash on a line of its own: implementers: [jaan]",
    ),
    Mistake(
        "names where mappings are wanted",
        ITEM,
        "          relations:\n            - {type: runs-on, target: vm-infra-01}\n",
        "          relations: [vm-infra-01]\n",
        "error[schema-type]: relations[0] is the text 'vm-infra-01', but a mapping is wanted",
        "Write each item behind a dash below relations: - {type: runs-on, target: vm-infra-01}",
    ),
    Mistake(
        "a state misspelt",
        CHANGE,
        "state: assessed",
        "state: asessed",
        "error[schema-value]: state cannot be 'asessed'",
        "Did you mean assessed? Allowed: draft, submitted,",
    ),
    Mistake(
        "a field without its value",
        CHANGE,
        "requester: jaan",
        "requester:",
        "error[schema-type]: requester is empty",
        "Take the line away, or write for example: requester: kadri",
    ),
    Mistake(
        "a title that is missing",
        CHANGE,
        "          title: More memory for the web server\n",
        "",
        "error[schema-missing-field]: title is missing in metadata: what the record is about, in one line that a "
        "person understands",
        "Write for example: title: PostgreSQL 15.4 to 16.2 on the loans database",
    ),
    Mistake(
        "spec inside metadata",
        ITEM,
        WORLD[ITEM][WORLD[ITEM].index("        spec:") :],
        "".join(
            f"  {line}\n" for line in WORLD[ITEM][WORLD[ITEM].index("        spec:") :].splitlines() if line.strip()
        ),
        "error[schema-unknown-field]: spec stands inside metadata",
        "Move spec, with all that stands below it, to the left, into the column of metadata.",
    ),
    Mistake(
        "no spec above its fields",
        CHANGE,
        "        spec:\n",
        "",
        "error[schema-unknown-field]: state, class, reason and 10 more stand in metadata, and belong in spec",
        "Write spec: on a line of its own in front of state, in the column of metadata.",
    ),
    Mistake(
        "a tab",
        CHANGE,
        "          requester:",
        "        \trequester:",
        "error[yaml-syntax]: a tab stands where only spaces may indent",
        "Replace the tab by spaces, two for each level.",
    ),
    Mistake(
        "a line in the wrong column",
        CHANGE,
        "          requester:",
        "           requester:",
        "error[yaml-syntax]: `requester` is indented below a line that already has a value",
        "Indent it by 2 spaces, like line 11. If it belongs below that line,",
    ),
    Mistake(
        "a colon in a text",
        CHANGE,
        "reason: Pages",
        "reason: Note: pages",
        "error[yaml-syntax]: the value of `reason` holds `: `, which YAML takes for another key",
        'Put the value in quotes: reason: "Note: pages take longer than two seconds."',
    ),
    Mistake(
        "a field written twice",
        CHANGE,
        "          requester: jaan\n",
        "          requester: jaan\n          requester: mari\n",
        "error[yaml-duplicate-key]: the key `requester` stands twice in this mapping; the first is on line 12",
        "Keep one of the two, or merge their values.",
    ),
    Mistake(
        "a kind that is none",
        CHANGE,
        "kind: ChangeRequest",
        "kind: Change",
        "error[record-kind]: unknown kind Change: did you mean ChangeRequest?",
        "Write: kind: ChangeRequest, the kind of the records in this folder.",
    ),
    Mistake(
        "the kind of another record",
        CHANGE,
        "kind: ChangeRequest",
        "kind: Service",
        "error[record-kind]: kind is Service, but the record has the fields of a ChangeRequest, and stands in their "
        "folder",
        "Write: kind: ChangeRequest",
    ),
    Mistake(
        "a name that is not the file's",
        ITEM,
        "name: web-01",
        "name: web-02",
        "error[record-home]: ConfigurationItem/web-02 belongs in records/configuration-items/web-02.yaml",
        f"Move it: git mv {ITEM} records/configuration-items/web-02.yaml, or, if the file name is right, write name: "
        "web-01",
    ),
)
"""One finding each, whatever else hangs on it."""


@cache
def law() -> Rulebook:
    """The built-in law."""
    return rulebook.builtin()


def judged(files: Mapping[str, str]) -> Report:
    """The report on records as a work tree holds them, in no git repository."""
    with TemporaryDirectory() as folder:
        for path, text in files.items():
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(dedent(text), encoding="utf-8")
        Path(folder, "itsm.yaml").write_text("", encoding="utf-8")
        head = snapshot.read(WorkTree(Path(folder), None), law().law)
        return validate.validate(law(), Case(head, AS_OF), validate.Selection(select=CHOSEN))


def made(mistake: Mistake) -> dict[str, str]:
    """The small repository with the mistake in it."""
    text = WORLD[mistake.path]
    assert text.count(mistake.old) == 1, (mistake.name, text.count(mistake.old))
    return {**WORLD, mistake.path: text.replace(mistake.old, mistake.new)}


def told(mistake: Mistake, width: int, shape: str = "text") -> str:
    """What is printed on a terminal of `width` columns, without the summary."""
    text = FORMATS[shape].write(judged(made(mistake)), Look(width=width))
    return text.rpartition("\n\n")[0] if shape == "text" else text.splitlines()[0]


def page() -> str:
    """All of it, to be read through: on a terminal, on a narrow one, in a log."""
    parts = []
    for mistake in MISTAKES:
        shown = (told(mistake, 100), told(mistake, 60), told(mistake, 100, "concise"))
        parts += [f"# {mistake.name}", "", *(f"{one}\n" for one in shown)]
    return "\n".join(parts)
