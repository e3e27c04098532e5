"""A small governed repository for tests, and its findings as lines: `path:line:column rule`."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Ran, Repo

AS_OF = "2026-11-22T08:00:00Z"

SETTINGS = """\
apiVersion: itsm/v1
kind: Settings
repository: test-services
target: refs/heads/main
"""

MARI = """\
apiVersion: itsm/v1
kind: Person
metadata:
  name: mari
  title: Mari Maasikas
  owner: Role/operations
spec:
  type: human
  state: active
  emails: [mari@example.org]
  active_from: "2020-01-01"
"""

OPERATIONS = """\
apiVersion: itsm/v1
kind: Role
metadata:
  name: operations
  title: Operations
  owner: Role/operations
spec:
  holders:
    - person: mari
      from: "2020-01-01"
"""

SERVER_TYPE = """\
apiVersion: itsm/v1
kind: CIType
metadata:
  name: server
  title: Server
  owner: Role/operations
spec:
  attributes:
    cores: {type: integer, minimum: 1, description: Number of cores.}
  relations:
    - {type: connects-to, to: [server], acyclic: true, max: 2}
  selection: Servers that a service stands on.
  control: {level: basic}
"""


def item(name: str, *, kind: str = "server", spec: str = "") -> str:
    """A planned configuration item; `spec` is added below its fields."""
    text = f"""\
        apiVersion: itsm/v1
        kind: ConfigurationItem
        metadata:
          name: {name}
          title: Item {name}
          owner: Role/operations
        spec:
          type: {kind}
          state: planned
        """
    return dedent(text) + "".join(f"  {line}\n" for line in dedent(spec).splitlines())


def change(name: str, *, state: str = "draft", spec: str = "") -> str:
    """A change request of class normal; `spec` is added below its fields."""
    text = f"""\
        apiVersion: itsm/v1
        kind: ChangeRequest
        metadata:
          name: {name}
          title: A change
          owner: Role/operations
        spec:
          state: {state}
          class: normal
        """
    return dedent(text) + "".join(f"  {line}\n" for line in dedent(spec).splitlines())


def service(name: str, *, spec: str = "") -> str:
    """A proposed service."""
    text = f"""\
        apiVersion: itsm/v1
        kind: Service
        metadata:
          name: {name}
          title: Service {name}
          owner: Role/operations
        spec:
          state: proposed
        """
    return dedent(text) + "".join(f"  {line}\n" for line in dedent(spec).splitlines())


def found_small(repo: Repo) -> Repo:
    """Settings, one person, one role, one class of items: validates clean."""
    repo.write("itsm.yaml", SETTINGS)
    repo.write("records/persons/mari.yaml", MARI)
    repo.write("records/roles/operations.yaml", OPERATIONS)
    repo.write("records/ci-types/server.yaml", SERVER_TYPE)
    return repo


def validate(repo: Repo, *argv: str) -> Ran:
    """`itsmctl validate` at a fixed time, as JSON."""
    return repo.run("validate", "--as-of", AS_OF, "-f", "json", *argv)


def lines(ran: Ran) -> list[str]:
    """The open findings of a JSON report, `path:line:column rule`."""
    assert ran.code in (0, 1), ran.stderr
    return [
        f"{f['place']['path']}:{f['place']['line']}:{f['place']['column']} {f['rule']}"
        for f in json.loads(ran.stdout)["findings"]
        if not f.get("waived")
    ]


def finding(ran: Ran, rule: str) -> dict[str, object]:
    """The one finding of that rule."""
    found = [f for f in json.loads(ran.stdout)["findings"] if f["rule"] == rule]
    assert len(found) == 1, found
    return dict(found[0])
