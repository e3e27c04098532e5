"""One report with everything in it that a format has to say: the source of the golden files beside this one."""

from __future__ import annotations

from itsmctl.findings import Finding, NotRun, Place, Related, Report, Rule, Seen, Waived

CHANGE = """\
apiVersion: itsm/v1
kind: ChangeRequest
metadata:
  name: CHG-2026-0042
  title: Laenutussüsteemi andmebaasi uuendus 🛠️ (貸出データベース)
  owner: Role/change-manager
spec:
  state: assessed
  reason: The vendor ends support of version 15 on 2026-12-31.
  items:
    - {item: ConfigurationItem/db-01, action: modify}
    - {item: ConfigurationItem/bd-02, action: modify}
  plan: "貸出: stop the application,\\tback up, upgrade, start, let the librarians of the main branch lend and return"
  backout: {}
"""
SERVICE = """\
apiVersion: itsm/v1
kind: Service
metadata:
  name: loans
  title: Lending of books
  owner: Role/lending-team
spec:
  customer: readers
  tier: 2
"""


def place(path: str, source: str, marked: str, pointer: str) -> Place:
    """The place of `marked` in `source`, with two lines of source on both sides."""
    lines = source.splitlines()
    at = next(index for index, line in enumerate(lines) if marked in line)
    column = lines[at].index(marked) + 1
    excerpt = tuple((number + 1, lines[number]) for number in range(max(at - 2, 0), min(at + 3, len(lines))))
    return Place(path, at + 1, column, at + 1, column + len(marked), pointer, excerpt)


def change(marked: str, pointer: str) -> Place:
    """A place in the change."""
    return place("records/changes/CHG-2026-0042.yaml", CHANGE, marked, pointer)


def service(marked: str, pointer: str) -> Place:
    """A place in the service."""
    return place("records/services/loans.yaml", SERVICE, marked, pointer)


RULES = (
    Rule(
        id="CFG-03",
        title="References name records that exist",
        severity="error",
        description="A reference to nothing hides what a change touches.",
        remediation="Correct the name, or add the record.",
        process="configuration-management",
        clause=(("part1_2005", "9.1"), ("part1_2018", "8.2.6")),
        basis="requirement",
        path="policies/configuration/CFG-03.yaml",
    ),
    Rule(
        id="CHG-07",
        title="A change says how it is reversed or remedied",
        severity="error",
        description="When a change goes wrong, nobody has the time to invent a way back.",
        remediation="Describe the steps, the trigger and who decides, or why it cannot be reversed and what is done "
        "instead.",
        process="change-management",
        clause=(("part1_2005", "9.2"), ("part2_2005", "9.2.1"), ("part1_2018", "8.5.1")),
        basis="requirement",
        enforcement="soft",
        path="policies/change/CHG-07.yaml",
        tags=("back-out",),
    ),
    Rule(
        id="CHG-20",
        title="An approved change stays as it was approved",
        severity="error",
        description="An approval holds for what was read, not for what was written later.",
        remediation="Have the change approved again.",
        process="change-management",
        basis="recommendation",
        enforcement="soft",
    ),
    Rule(
        id="SLM-02",
        title="A service of tier 1 or 2 has an agreement",
        severity="warning",
        description="Without an agreement nobody knows whether the service was good enough.",
        remediation="Add a ServiceLevelAgreement that names the service.",
        process="service-level-management",
        basis="recommendation",
        enforcement="soft",
    ),
    Rule(
        id="house-title-language",
        title="Titles are in Estonian",
        severity="info",
        description="The readers of the change calendar are Estonian: <b>100 %</b> of them, [ask them](mailto:x).",
        remediation="Translate the title;\nleave names of products as they are.",
        basis="house",
        enforcement="advisory",
        path="policies/house/title-language.yaml",
    ),
    Rule(
        id="yaml-duplicate-key",
        title="A key stands once in its mapping",
        severity="error",
        description="Of two values, which one counts would depend on the reader.",
        remediation="Keep one of them.",
    ),
)

LEGACY = Waived("loans-without-agreement", "The agreement is being negotiated: 50 % is agreed.", "2026-12-31")

FINDINGS = (
    Finding(
        "CFG-03",
        "error",
        "ConfigurationItem/bd-02 does not exist: did you mean db-02?",
        change("ConfigurationItem/bd-02", "/spec/items/1/item"),
        record="ChangeRequest/CHG-2026-0042",
        hint="Correct the name, or add records/configuration-items/bd-02.yaml with "
        "`itsmctl new ConfigurationItem bd-02`.",
        key=("CFG-03", "ChangeRequest/CHG-2026-0042", "/spec/items/*/item", "ConfigurationItem/bd-02"),
    ),
    Finding(
        "house-title-language",
        "info",
        "the plan of CHG-2026-0042 is not in Estonian: 'lend and return'",
        change("lend and return", "/spec/plan"),
        record="ChangeRequest/CHG-2026-0042",
        hint=RULES[4].remediation,
        key=("house-title-language", "ChangeRequest/CHG-2026-0042", "/spec/plan", ""),
    ),
    Finding(
        "CHG-07",
        "error",
        "no back-out steps and no remedy for CHG-2026-0042",
        change("backout", "/spec/backout"),
        record="ChangeRequest/CHG-2026-0042",
        related=(
            Related(service("2", "/spec/tier"), "the service it touches: tier 2 has to be back within four hours"),
            Related(Place("records/roles/change-manager.yaml"), "the role that decides on the way back"),
        ),
        hint=RULES[1].remediation,
        key=("CHG-07", "ChangeRequest/CHG-2026-0042", "/spec/backout", "{}"),
    ),
    Finding(
        "yaml-duplicate-key",
        "error",
        "records/notes, 2026: \u202e.txt is not read \x1b[2J",
        Place("records/notes, 2026: \udcff\n.yaml"),
        hint="Keep one of them.",
        key=("yaml-duplicate-key", "records/notes", "", ""),
    ),
    Finding(
        "SLM-02",
        "warning",
        "Service/loans has no agreement",
        service("loans", "/metadata/name"),
        record="Service/loans",
        hint=RULES[3].remediation,
        waived=LEGACY,
        key=("SLM-02", "Service/loans", "/metadata/name", "loans"),
    ),
    Finding(
        "SLM-02",
        "warning",
        "Service/loans names its customer without an agreement with readers",
        service("customer: readers", "/spec/customer"),
        record="Service/loans",
        hint=RULES[3].remediation,
        key=("SLM-02", "Service/loans", "/spec/customer", "readers"),
    ),
)

SEEN = Seen(
    source="work tree",
    as_of="2026-11-22T10:00:00Z",
    records=(
        ("ChangeRequest", 12),
        ("ConfigurationItem", 104),
        ("Person", 9),
        ("Role", 5),
        ("Service", 4),
        ("ServiceLevelAgreement", 3),
        ("Waiver", 1),
    ),
    files=139,
    unreadable=1,
    rules_run=("CFG-03", "CHG-07", "SLM-02", "house-title-language", "yaml-duplicate-key"),
    rules_not_run=(NotRun("CHG-20", "it compares two revisions: name the older one with --since"),),
    waivers_used=(LEGACY,),
    old=3,
)

SAMPLE = Report("validate", FINDINGS, SEEN, RULES, "0.1.0", prefix="ops/itsm")
CLEAN = Report("validate", FINDINGS[4:5], SEEN, RULES, "0.1.0")
