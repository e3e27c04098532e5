"""Writes a governed repository of any size for measurements: the same bytes for the same size, and validates clean.

4 % agreements, 10 % services, 56 % configuration items, 30 % change requests; about 1.2 kB and 2.7 references each.
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
metadata: {name: town, title: The town, owner: Role/operations}
spec:
  state: active
  relationship_owner: mari
  representatives: [{name: Õnne Pärn, email: onne@example.org}]
"""
SERVICE = """\
apiVersion: itsm/v1
kind: Service
metadata:
  name: svc-{n:06}
  title: Service number {n} of the corpus
  description: Lends, counts and returns the things that readers of branch {n} ask for.
  owner: Role/operations
  labels: {{branch: b{b}, tier: t{t}}}
spec:
  state: live
  criticality: {criticality}
  customers: [town]
  contacts:
    - {{who: Role/operations, for: all questions about the service}}
  components:
    - {{item: ci-{c:06}, purpose: runs the application}}
    - {{item: ci-{d:06}, purpose: holds the data}}
{depends}"""
ITEM = """\
apiVersion: itsm/v1
kind: ConfigurationItem
metadata:
  name: ci-{n:06}
  title: Server number {n} in hall {b}
  description: |
    Bought in the framework contract of the town; stands in hall {b}, row {t}.
    Its console is reached through the management network only.
  owner: Role/operations
  labels: {{hall: h{b}, row: r{t}, contract: fw-2024}}
spec:
  type: server
  state: live
  environment: production
  location: Hall {b}, row {t}, unit {u}
  version: "{t}.{u}"
  serial_number: KH-{n:08}
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
  title: Agreement about service {s} with the town
  description: What the town and we agreed about the service, its hours and its levels.
  owner: Role/operations
spec:
  state: in-force
  version: "1.{t}"
  customer: town
  services: [{services}]
  valid_from: "2026-01-01"
  valid_to: "2027-12-31"
  signatures:
    - {{party: customer, name: Õnne Pärn, on: "2025-12-01"}}
    - {{party: provider, person: mari, on: "2025-12-02"}}
  targets:
    - {{name: availability, metric: availability, comparator: at-least, value: 99.{t}, unit: percent, window: month}}
    - {{name: restore, metric: restore-time, comparator: at-most, value: {hours}, unit: hours, window: month}}
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
  reason: The vendor ends support of the firmware that runs on the server.
  business_benefit: Readers' loans go on without a break.
  requester: jaan
  requested_on: "2026-10-02"
  urgency: medium
  implementers: [jaan]
  items:
    - {{item: ConfigurationItem/ci-{c:06}, action: change, from: "{t}.{u}", to: "9.{u}"}}
  risk: {{likelihood: low, impact: low, level: low, rationale: Done on {u} servers before.}}
  impact:
    services: []
    availability: {{affected: false, text: The second server takes over.}}
    continuity: {{affected: false}}
    capacity: {{affected: false}}
    security: {{affected: true, text: Fixes come again.}}
    release_plan: {{affected: false}}
    cost: {{affected: false}}
  assessed: {{by: mari, on: "2026-10-20"}}
  plan:
    steps: [Drain the server., Flash the firmware., Take it back.]
    duration: 30m
  backout:
    steps: [Flash the kept image.]
    trigger: The server does not answer within ten minutes.
    decision_maker: Role/operations
    duration: 15m
"""


def write(folder: Path, size: int) -> None:
    """`size` records below `folder`, which must not exist or be empty."""
    from itsmctl.settings import read

    home = read(SETTINGS.encode()).home
    items, services, agreements = max(2, size * 56 // 100), max(1, size // 10), max(1, size * 4 // 100)
    fixed = {
        home("persons", "mari"): PERSON.format(name="mari", title="Mari Maasikas"),
        home("persons", "jaan"): PERSON.format(name="jaan", title="Jaan Tamm"),
        home("roles", "operations"): ROLE,
        home("ci-types", "server"): SERVER,
        home("customers", "town"): CUSTOMER,
        "itsm.yaml": SETTINGS,
    }
    files: dict[str, str] = dict(fixed)
    for n in range(items):
        files[home("configuration-items", f"ci-{n:06}")] = item(n)
    for n in range(services):
        files[home("services", f"svc-{n:06}")] = service(n, items, services)
    for n in range(agreements):
        covered = ", ".join(f"svc-{s:06}" for s in range(services) if s % agreements == n)
        files[home("service-level-agreements", f"sla-{n:06}")] = AGREEMENT.format(
            n=n, s=n, t=n % 9, hours=1 + n % 12, services=covered
        )
    for n in range(max(0, size - items - services - agreements - len(fixed) + 1)):
        c = n % items
        files[home("changes", f"CHG-{n:06}")] = CHANGE.format(n=n, c=c, t=c % 7, u=c % 40)
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def item(n: int) -> str:
    """One server; each but the first ten connects to one before it, so that there is no way back."""
    relations = "" if n < 10 else f"  relations:\n    - {{type: connects-to, target: ci-{n // 2:06}}}\n"
    return ITEM.format(n=n, b=n % 50, t=n % 7, u=n % 40, cores=4 + n % 60, memory=16 + n % 500, relations=relations)


def service(n: int, items: int, services: int) -> str:
    """One live service on two servers, over one before it."""
    depends = "" if n < 5 else f"  depends_on:\n    - {{target: Service/svc-{n // 3:06}, purpose: accounts}}\n"
    criticality = ("low", "medium", "high")[n % 3]
    del services
    return SERVICE.format(
        n=n, b=n % 50, t=n % 4, c=n * 5 % items, d=(n * 5 + 1) % items, depends=depends, criticality=criticality
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
