"""A court with machines of several classes and a baseline of them, for tests of audits: rows in, verdicts out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from court import record
from vault import Vault

from itsmctl import yamltext

if TYPE_CHECKING:
    from conftest import Ran

HARDWARE = {
    "abstract": True,
    "selection": "Machines.",
    "attributes": {
        "serial_number": {"type": "string"},
        "asset_tag": {"type": "string"},
        "memory_gib": {"type": "integer"},
        "managed": {"type": "boolean"},
        "roles": {"type": "array", "items": {"type": "string"}},
        "uptime_days": {"type": "integer"},
        "admin_password": {"type": "string"},
        "badge": {"type": "string", "writeOnly": True},
    },
    "identity": [["asset_tag"], ["serial_number"]],
    "control": {
        "level": "basic",
        "fields": ["/spec/version", "/spec/attributes/serial_number"],
        "ignore": ["/spec/attributes/uptime_days"],
    },
}

ITEMS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "srv-1": (
        "server",
        {
            "serial_number": "S-1",
            "asset_tag": "A-1",
            "memory_gib": 64,
            "managed": True,
            "roles": ["web", "mail"],
            "uptime_days": 3,
            "admin_password": "hunter2",
            "badge": "tulip",
        },
    ),
    "srv-2": ("server", {"serial_number": "S-2", "memory_gib": 32}),
    "prn-1": ("printer", {"serial_number": "S-9"}),
    "twin-1": ("tablet", {"serial_number": "T-1"}),
    "twin-2": ("tablet", {"serial_number": "T-1"}),
}


@dataclass
class Hall:
    """`vault` with the machines; a baseline called `one` holds them all."""

    vault: Vault
    folder: Path

    @classmethod
    def over(cls, vault: Vault, folder: Path) -> Hall:
        """The classes, the machines, and the baseline."""
        court = vault.court
        court.put(record("CIType", "hardware", HARDWARE))
        for name in ("server", "printer", "tablet"):
            court.put(record("CIType", name, {"extends": "hardware", "selection": name.capitalize()}))
        for name, (type_, attributes) in ITEMS.items():
            spec = {"type": type_, "state": "live", "version": "1.0", "location": "Tartu", "attributes": attributes}
            court.put(record("ConfigurationItem", name, spec, "Role/database-team"))
        planned = {"type": "server", "state": "planned", "version": "1.0", "attributes": {"serial_number": "S-3"}}
        court.put(record("ConfigurationItem", "srv-3", planned, "Role/database-team"))
        court.commit("jaan", "Machines")
        vault.create("one")
        return cls(vault, folder)

    def file(self, name: str, content: str | bytes) -> str:
        """A file beside the repository; its path."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def mapping(self, name: str = "map.yaml", **said: Any) -> str:
        """A mapping file of CSV for servers, unless said otherwise; None takes a key away."""
        fields = {"name": "Name", "version": "Version", "attributes.serial_number": "Serial"}
        whole = {
            "apiVersion": "itsm/v1",
            "kind": "AuditMapping",
            "format": "csv",
            "covers": {"classes": ["server"]},
            "fields": fields,
            **said,
        }
        return self.file(name, yamltext.dump({key: value for key, value in whole.items() if value is not None}))

    def run(self, seen: str | bytes | Sequence[str], *argv: str, mapping: str | None = None, code: int = 1) -> Ran:
        """The command on CSV, or on files that are there; it has to end with that exit code."""
        files = [self.file("seen.csv", seen)] if isinstance(seen, str | bytes) else list(seen)
        against = [word for path in files for word in ("--against", path)]
        mapped = ["--mapping", mapping if mapping is not None else self.mapping()]
        return self.vault.run("kadri", "audit", "one", *against, *mapped, *argv, code=code)

    def audit(self, seen: str | bytes | Sequence[str], *argv: str, code: int = 1, **said: Any) -> dict[str, Any]:
        """What it finds, as data; `said`: what the mapping says otherwise."""
        ran = self.run(seen, "-f", "json", *argv, mapping=self.mapping(**said), code=code)
        found = json.loads(ran.stdout)
        assert isinstance(found, dict)
        assert found["as_recorded"] is (code == 0)
        return found


def standings(found: Mapping[str, Any]) -> dict[str, str]:
    """Name → standing of every item that was looked for."""
    return {one["ref"].removeprefix("ConfigurationItem/"): one["standing"] for one in found["items"]}


def differing(found: Mapping[str, Any], name: str) -> list[tuple[str, Any, Any]]:
    """(field, recorded, seen) of what differs in one item."""
    item = next(one for one in found["items"] if one["ref"] == f"ConfigurationItem/{name}")
    return [(one["field"], one.get("recorded"), one.get("seen")) for one in item["fields"] if not one["equal"]]
