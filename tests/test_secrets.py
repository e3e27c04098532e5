"""No value that a class or a kind marks as secret (writeOnly) is shown, exported, or hashed into what is exported."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from conftest import Repo
from court import Court, record
from vault import Vault

from itsmctl import yamltext

DIGEST = "sha256:" + "ab" * 32
ATTRIBUTES = {
    "admin_code": {"type": "string", "writeOnly": True, "maxLength": 12},
    "serial": {"type": "string"},
    "unlock": {
        "type": "object",
        "additionalProperties": True,
        "properties": {"x": {"type": "string"}},
        "writeOnly": True,
    },
    "nested": {"type": "object", "properties": {"deep": {"type": "string", "writeOnly": True}}},
}


@pytest.fixture
def vault(court: Court) -> Vault:
    """A class with secrets, a class below it, and an item of that one with some written down."""
    vault = Vault.over(court)
    spec = {
        "selection": "What has a lock.",
        "attributes": ATTRIBUTES,
        "identity": [["serial"]],
        "control": {"level": "basic"},
    }
    court.put(record("CIType", "door", spec))
    spec = {"selection": "What is big.", "extends": "door", "control": {"level": "basic"}}
    spec["attributes"] = {"admin_code": {"type": "string"}}  # no subclass takes a mark away
    court.put(record("CIType", "gate", spec))
    court.put(_item("HUSH1"))
    court.commit("jaan", "A gate")
    return vault


def _item(code: str, kind: str = "gate", unlock: str = "HUSHX", **metadata: str) -> dict[str, Any]:
    attributes = {
        "admin_code": code,
        "serial": "S1",
        "unlock": {"digest": DIGEST, "name": "HUSHNAME", "x": unlock},
        "nested": {"deep": "HUSHDEEP"},
    }
    spec = {"type": kind, "state": "live", "environment": "production", "attributes": attributes}
    return record("ConfigurationItem", "gate-1", spec, **metadata)


def _freeze(vault: Vault, name: str) -> None:
    vault.create(name, "--scope", "ConfigurationItem/gate-1")


def _edit(vault: Vault, code: str, **metadata: str) -> None:
    vault.court.put(_item(code, **metadata))
    vault.court.commit("jaan", "Another code")


def test_the_files_of_a_baseline_hold_none(vault: Vault) -> None:
    _freeze(vault, "one")
    for path in vault.path("one").parent.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"HUSH" not in content, path
            assert b"ab" * 20 not in content, path
    assert vault.codes("one", "--snapshot") == set()


def test_no_digest_over_a_secret_leaves_the_repository(vault: Vault) -> None:
    """All that a holder of the export can do is to try values; nothing in it tells when one is right."""
    from itsmctl.baseline import form

    _freeze(vault, "one")
    item = next(one for one in vault.manifest("one")["items"] if one["name"] == "gate-1")
    pointers = [f"/spec/attributes/{name}" for name in ("admin_code", "nested", "unlock")]
    assert (item["blob"], item["secrets"]) == ("", pointers)
    data = yamltext.read((vault.repo.path / item["path"]).read_bytes())
    content = (vault.repo.path / item["path"]).read_bytes()
    guesses = {
        form.digest(data),
        hashlib.sha256(content).hexdigest(),
        vault.repo.git("hash-object", "--", item["path"]),
    }
    exported = [
        vault.run("ene", "export", "one", "-f", shape).stdout for shape in ("json", "csv", "cyclonedx", "in-toto")
    ]
    assert not [one for one in guesses if any(one in text for text in exported)]


def test_two_values_of_a_secret_give_the_same_digests(vault: Vault) -> None:
    _freeze(vault, "one")
    _edit(vault, "HUSH2")
    _freeze(vault, "two")
    one, two = (vault.manifest(name) for name in ("one", "two"))
    assert one["root"] == two["root"]
    assert one["source"]["tree"] != two["source"]["tree"], "which is what verification stands on"


def test_an_item_beyond_the_boundary_is_hashed_without_them(vault: Vault) -> None:
    court = vault.court
    court.edit("ConfigurationItem/app-01", {"/spec/relations": [{"type": "depends-on", "target": "gate-1"}]})
    court.commit("jaan", "It stands behind the gate")
    found = []
    for number, code in enumerate(("HUSH1", "HUSH2")):
        court.put(_item(code))
        court.commit("jaan", "Another code")
        vault.create(f"b-{number}", "--scope", "ConfigurationItem/app-01", "--scope", "ConfigurationItem/db-01")
        found.append(json.dumps(vault.manifest(f"b-{number}")["section"]["boundary"]))
    assert found[0] == found[1]


@pytest.mark.parametrize("field", ["secrets", "blob", "digest"])
def test_what_a_manifest_says_of_secrets_is_verified(vault: Vault, field: str) -> None:
    from itsmctl.baseline import form

    _freeze(vault, "one")
    data = vault.manifest("one")
    item = next(one for one in data["items"] if one["name"] == "gate-1")
    if field == "secrets":
        item["secrets"] = [*item["secrets"], "/spec/attributes/serial"]
    elif field == "blob":
        item["blob"] = "0" * 40
    else:
        item["digest"] = form.digest(yamltext.read((vault.repo.path / item["path"]).read_bytes()))
        data["root"] = form.root(data["items"])
    vault.rewrite("one", "baseline.json", form.written(data))
    assert "MANIFEST_EDITED" in vault.codes("one", "--snapshot")


@pytest.mark.parametrize("shape", ["text", "json", "markdown", "csv", "html"])
def test_a_comparison_tells_that_one_differs_and_shows_none(vault: Vault, shape: str) -> None:
    _freeze(vault, "one")
    _edit(vault, "HUSH2")
    _freeze(vault, "two")
    ran = vault.run("ene", "diff", "one", "two", "-f", shape, code=1)
    assert "gate-1" in ran.stdout
    assert "admin_code" in ran.stdout
    assert "another secret: not shown" in ran.stdout
    assert "HUSH" not in ran.stdout


def test_a_comparison_tells_nothing_where_only_the_form_differs(vault: Vault) -> None:
    _freeze(vault, "one")
    path = vault.repo.path / "records/configuration-items/gate-1.yaml"
    path.write_text("# a word\n" + path.read_text())
    vault.court.commit("jaan", "A word")
    _freeze(vault, "two")
    assert "nothing" in vault.run("ene", "diff", "one", "two").stdout


def test_a_comparison_with_a_mark_that_came_later(vault: Vault) -> None:
    """What is a secret today was one when nobody had said so yet."""
    court = vault.court
    plain = {name: {**form, "writeOnly": False} for name, form in ATTRIBUTES.items() if name != "nested"}
    court.edit(
        "CIType/door", {"/spec/attributes": plain | {"nested": {"type": "object", "additionalProperties": True}}}
    )
    court.commit("jaan", "No secrets")
    _freeze(vault, "one")
    _edit(vault, "HUSH2")
    _freeze(vault, "two")
    assert "HUSH2" in vault.run("ene", "diff", "one", "two", code=1).stdout
    court.edit("CIType/door", {"/spec/attributes": ATTRIBUTES})
    court.commit("jaan", "Secrets")
    assert "HUSH" not in vault.run("ene", "diff", "one", "two", code=1).stdout
    _freeze(vault, "three")
    assert "HUSH" not in vault.run("ene", "diff", "one", "three", code=1).stdout


def test_a_record_whose_class_is_gone_shows_what_any_class_hides(vault: Vault) -> None:
    vault.court.put(_item("HUSH3", kind="no-such-class"))
    vault.court.commit("jaan", "Of no class")
    assert "HUSH" not in vault.repo.run("show", "ConfigurationItem/gate-1").stdout


@pytest.mark.parametrize("shape", ["text", "json"])
@pytest.mark.parametrize("command", ["show", "log"])
def test_a_record_and_its_history_show_none(vault: Vault, command: str, shape: str) -> None:
    _edit(vault, "HUSH2")
    vault.court.put(_item("HUSH2", unlock="HUSHY"))
    vault.court.commit("jaan", "Another")
    data = _item("HUSH2")
    del data["spec"]["attributes"]["admin_code"], data["spec"]["attributes"]["unlock"]["x"]
    vault.court.put(data)
    vault.court.commit("jaan", "None")
    vault.court.put(_item("HUSH4"))
    vault.court.commit("jaan", "One")
    ran = vault.repo.run(command, "ConfigurationItem/gate-1", "-f", shape)
    assert ran.code == 0, ran.stderr
    assert "secret: not shown" in ran.stdout
    assert "S1" in ran.stdout or command == "log"
    assert "HUSH" not in ran.stdout


@pytest.mark.parametrize("shape", ["text", "json", "concise", "github", "markdown", "csv", "sarif", "junit", "rdjson"])
def test_no_finding_shows_one(vault: Vault, shape: str) -> None:
    data = _item("HUSH-far-too-long-for-it")
    data["spec"]["attributes"]["nested"]["deep"] = ["HUSH"]
    data["spec"]["attributes"]["unlock"] = "HUSH"
    vault.court.put(data)
    ran = vault.repo.run("validate", "-f", shape)
    assert ran.code == 1, ran.stderr
    assert "gate-1" in ran.stdout
    assert "HUSH" not in ran.stdout


def test_a_rule_that_reads_one_is_explained_without_it(vault: Vault, repo: Repo) -> None:
    ran = vault.repo.run("why", "ConfigurationItem/gate-1", "item-attribute")
    assert "HUSH" not in ran.stdout
