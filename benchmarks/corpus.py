"""Writes a governed repository of any size for measurements: the same bytes for the same size, and validates clean.

4 % agreements, each with the measurement of a month, 10 % services, 56 % configuration items, 26 % change requests;
about 1.2 kB and 2.7 references each.
"""

from __future__ import annotations

import sys
from pathlib import Path

SETTINGS = """\
apiVersion: itsm/v1
kind: Settings
repository: corpus
target: refs/heads/main
layout:
  configuration-items: {by: digest, length: 2}
  changes: {by: digest, length: 2}
"""
PERSON = """\
apiVersion: itsm/v1
kind: Person
metadata: {{name: {name}, title: {title}, owner: Role/operations}}
spec: {{type: human, state: active, emails: [{name}@example.org], active_from: "2020-01-01"}}
"""
ROLE = """\
apiVersion: itsm/v1
kind: Role
metadata: {name: operations, title: Operations, owner: Role/operations}
spec:
  holders:
    - {person: mari, from: "2020-01-01"}
    - {person: jaan, from: "2020-01-01"}
"""
SERVER = """\
apiVersion: itsm/v1
kind: CIType
metadata: {name: server, title: Server, owner: Role/operations}
spec:
  selection: Everything in the halls that has a power supply of its own.
  control: {level: strict, verify_every_days: 365}
  attributes:
    cores: {type: integer, minimum: 1, description: Number of cores.}
    memory_gb: {type: integer, minimum: 1, description: Memory.}
    serial: {type: string, description: Serial number.}
  relations:
    - {type: connects-to, to: [server]}
"""
CUSTOMER = """\
apiVersion: itsm/v1
kind: Customer
metadata: {{name: town-{n}, title: Town number {n}, owner: Role/operations}}
spec:
  state: active
  relationship_owner: mari
  representatives: [{{name: Õnne Pärn, email: onne@example.org}}]
"""
SERVICE = """\
apiVersion: itsm/v1
kind: Service
metadata:
  name: svc-{n:06}
  title: Service number {n} of the corpus
  description: |
    Lends, counts and returns the things that readers of branch {n} ask for, at the desk, at the machine by the door
    and on the web. Reminders go out three days before a loan ends; what is late is blocked until it is back.
  owner: Role/operations
  labels: {{branch: b{b}, tier: t{t}}}
spec:
  state: live
  criticality: {criticality}
  customers: [town-{town}]
  contacts:
    - {{who: Role/operations, for: all questions about the service}}
  security: {{arrangements: Sign-in by the town's account; a copy of the loans each night.}}
  hours:
    zone: Europe/Tallinn
    normal:
      - {{days: [mon, tue, wed, thu, fri], from: "08:00", to: "20:00"}}
      - {{days: [sat], from: "10:00", to: "16:00"}}
  components:
{components}{depends}"""
ITEM = """\
apiVersion: itsm/v1
kind: ConfigurationItem
metadata:
  name: ci-{n:06}
  title: Server number {n} in hall {b}
  description: |
    Bought in the framework contract of the town; stands in hall {b}, row {t}.
    Its console is reached through the management network only. Two power supplies, each on a circuit of its own;
    the disks are mirrored, and the spare parts lie in the cabinet at the end of the row. The
    contract of maintenance covers the next working day; the number to call is on the door. It was moved from the old
    hall in spring, when the second cooling was put in. Whoever works on it signs the list at the entrance,
    and leaves the cables of the neighbours as they are.
  owner: Role/operations
  labels: {{hall: h{b}, row: r{t}, contract: fw-2024}}
spec:
  type: server
  state: live
  environment: production
  location: Hall {b}, row {t}, unit {u}
  version: "{t}.{u}"
  attributes:
    cores: {cores}
    memory_gb: {memory}
    serial: KH-{n:08}
{relations}"""
AGREEMENT = """\
apiVersion: itsm/v1
kind: ServiceLevelAgreement
metadata:
  name: sla-{n:06}
  title: Agreement about service {s} with town {town}
  description: What the town and we agreed about the service, its hours and its levels.
  owner: Role/operations
spec:
  state: in-force
  version: "1.{t}"
  customer: town-{town}
  services: [{services}]
  valid_from: "2026-08-01"
  valid_to: "2027-12-31"
  change_mechanism: By a change request that names this agreement; both sign anew.
  not_applicable:
    - {{field: communication, reason: As in the frame agreement of the town.}}
    - {{field: emergency_contacts, reason: The service desk answers day and night.}}
    - {{field: impact_priority_guide, reason: As in the frame agreement of the town.}}
    - {{field: escalation, reason: As in the frame agreement of the town.}}
    - {{field: complaints_procedure, reason: As in the frame agreement of the town.}}
    - {{field: financial_ref, reason: Paid from the town's own budget.}}
    - {{field: interruption_actions, reason: The desk lends on paper.}}
    - {{field: housekeeping, reason: There is none for the customer.}}
    - {{field: glossary, reason: Words as in the frame agreement.}}
    - {{field: supporting_agreements, reason: Nobody else takes part.}}
    - {{field: exceptions, reason: None were agreed.}}
    - {{field: out_of_hours, reason: Closed means closed.}}
    - {{field: critical_periods, reason: All weeks are alike.}}
  signatures:
    - {{party: customer, name: Õnne Pärn, on: "2025-12-01"}}
    - {{party: provider, person: mari, on: "2025-12-02"}}
  targets:
    - name: availability
      metric: availability
      comparator: at-least
      value: 99.{t}
      unit: percent
      window: month
      source: Probe of the page
    - name: restore
      metric: restore-time
      comparator: at-most
      value: {hours}
      unit: hours
      window: year
      source: Tickets
  workload_limits:
    - {{name: Loans per hour, min: 0, max: {load}}}
  service_hours:
    zone: Europe/Tallinn
    normal:
      - {{days: [mon, tue, wed, thu, fri], from: "08:00", to: "20:00"}}
      - {{days: [sat], from: "10:00", to: "16:00"}}
    exceptions: [{{on: "2026-12-24", closed: true}}]
  planned_interruptions: {{notice: 48h, max_per_month: 2}}
  reporting: A page a month, by the tenth of the next.
  provider_obligations: [Answers within the hours above.]
  customer_responsibilities:
    - Tells us of events that bring more readers than usual at least two weeks ahead.
    - Names a person who can agree to an interruption, and keeps the list of stand-ins up to date.
"""
MEASUREMENT = """\
apiVersion: itsm/v1
kind: Measurement
metadata: {{name: sla-{n:06}-2026-10, title: Availability under agreement {n} in October 2026, owner: Role/operations}}
spec:
  state: final
  subject: ServiceLevelAgreement/sla-{n:06}
  target: availability
  period: {{from: "2026-10-01", to: "2026-10-31"}}
  value: 99.95
  unit: percent
  source: Probe of the page
  breached: false
"""
CHECKED = 200  # items that are looked at in one audit
AUDIT = """\
apiVersion: itsm/v1
kind: ConfigurationAudit
metadata: {{name: halls-{n:03}, title: Walk through the halls number {n}, owner: Role/operations}}
spec:
  state: reported
  type: physical
  trigger: planned
  planned_on: "2026-09-01"
  on: "2026-09-03"
  scope: Servers in their racks
  criteria: The number on the server is that of the record.
  auditors: [jaan]
  verified: [{verified}]
  result: All were where the records say.
  reported_on: "2026-09-10"
"""
CHANGE = """\
apiVersion: itsm/v1
kind: ChangeRequest
metadata:
  name: CHG-{n:06}
  title: Newer firmware on server {c}
  owner: Role/operations
spec:
  state: assessed
  class: normal
  category: minor
  reason: >-
    The vendor ends support of the firmware that runs on the server. Two of its faults are known to the public by now,
    and one of them can be used by anybody who reaches the management network.
  business_benefit: Readers' loans go on without a break.
  requester: jaan
  requested_on: "2026-10-02"
  urgency: medium
  implementers: [jaan]
  items:
    - {{item: ConfigurationItem/ci-{c:06}, action: change, from: "{t}.{u}", to: "9.{u}"}}
  risk: {{likelihood: low, impact: {impact}, level: {level}, rationale: Done on {u} servers before.}}
  impact:
    services: [svc-{s:06}]
    availability: {{affected: false, text: The second server takes over.}}
    continuity: {{affected: false}}
    capacity: {{affected: false}}
    security: {{affected: true, text: Fixes come again.}}
    release_plan: {{affected: false}}
    cost: {{affected: false}}
  assessed: {{by: mari, on: "2026-10-20"}}
  plan:
    steps:
      - Tell the service desk, and put the notice on the page of the service.
      - Drain the server, and wait until the last session has ended.
      - Flash the firmware from the image in the library, and compare its digest.
      - Take the server back, and lend a test book.
    duration: 30m
  backout:
    steps: [Flash the kept image.]
    trigger: The server does not answer within ten minutes.
    decision_maker: Role/operations
    duration: 15m
"""


CRITICALITY = ("low", "medium", "high")


def write(folder: Path, size: int) -> None:
    """`size` records below `folder`, which must not exist or be empty."""
    from itsmctl.settings import view

    home = view(SETTINGS.encode(), lambda _: False).home
    items, services, agreements = max(2, size * 56 // 100), max(1, size // 10), max(1, size * 4 // 100)
    fixed = {
        home("persons", "mari"): PERSON.format(name="mari", title="Mari Maasikas"),
        home("persons", "jaan"): PERSON.format(name="jaan", title="Jaan Tamm"),
        home("roles", "operations"): ROLE,
        home("ci-types", "server"): SERVER,
        "itsm.yaml": SETTINGS,
    }
    for n in range(0, items, CHECKED):
        verified = ", ".join(f"ci-{c:06}" for c in range(n, min(items, n + CHECKED)))
        fixed[home("configuration-audits", f"halls-{n // CHECKED:03}")] = AUDIT.format(
            n=n // CHECKED, verified=verified
        )
    for n in range((agreements + 9) // 10):
        fixed[home("customers", f"town-{n}")] = CUSTOMER.format(n=n)
    files: dict[str, str] = dict(fixed)
    for n in range(items):
        files[home("configuration-items", f"ci-{n:06}")] = item(n, services)
    for n in range(services):
        files[home("services", f"svc-{n:06}")] = service(n, items, services, n % agreements // 10)
    for n in range(agreements):
        covered = ", ".join(f"svc-{s:06}" for s in range(services) if s % agreements == n)
        files[home("service-level-agreements", f"sla-{n:06}")] = AGREEMENT.format(
            n=n, s=n, t=n % 9, hours=1 + n % 12, load=900 + n % 100, services=covered, town=n // 10
        )
        files[home("measurements", f"sla-{n:06}-2026-10")] = MEASUREMENT.format(n=n)
    for n in range(max(0, size - items - services - 2 * agreements - len(fixed) + 1)):
        s = n % services
        s += (
            s % 5 == 0 and s + 1 < services
        )  # the first of each five carries the other four, which would have to be named
        impact = CRITICALITY[s % 3]
        files[home("changes", f"CHG-{n:06}")] = CHANGE.format(
            n=n, c=s, s=s, t=s % 7, u=s % 40, impact=impact, level="medium" if impact == "high" else "low"
        )
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def item(n: int, services: int) -> str:
    """One server of service n % services; it connects to the one before it in the same service."""
    before = n - services
    relations = "" if before < 0 else f"  relations:\n    - {{type: connects-to, target: ci-{before:06}}}\n"
    return ITEM.format(n=n, b=n % 50, t=n % 7, u=n % 40, cores=4 + n % 60, memory=16 + n % 500, relations=relations)


def service(n: int, items: int, services: int, town: int) -> str:
    """One live service on every server of its own; four in five need the first of their five."""
    first = n - n % 5
    depends = "" if n == first else f"  depends_on:\n    - {{target: Service/svc-{first:06}, purpose: accounts}}\n"
    components = "".join(f"    - {{item: ci-{c:06}, purpose: runs it}}\n" for c in range(n, items, services))
    criticality = CRITICALITY[n % 3]
    return SERVICE.format(
        n=n, b=n % 50, t=n % 4, components=components, depends=depends, criticality=criticality, town=town
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
