"""No value that a class or a kind marks as secret (writeOnly) is shown, exported, or hashed into what is exported."""

# ruff: noqa: E501 - a policy, as people write it

from __future__ import annotations

import copy
import hashlib
import json
from functools import partial
from typing import Any

import pytest
from court import Court, record
from test_kinds_own import BUILTIN, SURVEY
from vault import Vault

from itsmctl import kinds, yamltext
from itsmctl.marked import Marks
from itsmctl.rulebook import builtin
from itsmctl.sources import SourceFile

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


def test_the_status_tells_that_a_secret_differs(vault: Vault) -> None:
    _freeze(vault, "one")
    assert "same" in vault.run("ene", "status").stdout
    found = json.loads(vault.run("ene", "status", "-f", "json").stdout)["items"]
    assert {one["ref"]: one["since"] for one in found}["ConfigurationItem/gate-1"] == "same"
    _edit(vault, "HUSH2")
    found = json.loads(vault.run("ene", "status", "-f", "json").stdout)["items"]
    assert {one["ref"]: one["since"] for one in found}["ConfigurationItem/gate-1"] == "changed"


def test_a_baseline_of_form_1_is_compared_with_one_of_form_2(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their digests differ where there are secrets; what was recorded does not."""
    from itsmctl.baseline.manifest import Ask

    with monkeypatch.context() as patched:
        patched.setattr("itsmctl.desk.freezing.Ask", partial(Ask, canonical=1))
        _freeze(vault, "one")
    assert vault.manifest("one")["canonical"] == 1
    assert vault.codes("one", "--snapshot") == set()
    for shape in ("json", "csv", "cyclonedx", "in-toto", "markdown"):
        ran = vault.run("ene", "export", "one", "-f", shape, code=3)
        assert "itsmctl baseline create one-2 --rev" in ran.stderr
        assert ran.stdout == ""
    _freeze(vault, "two")
    assert vault.manifest("one")["root"] != vault.manifest("two")["root"]
    assert "nothing" in vault.run("ene", "diff", "one", "two").stdout
    _edit(vault, "HUSH2")
    _freeze(vault, "three")
    ran = vault.run("ene", "diff", "one", "three", code=1)
    assert "HUSH" not in ran.stdout
    assert "another secret" in ran.stdout


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


def _gone(court: Court) -> None:
    (court.repo.path / "records/ci-types/door.yaml").unlink()


def _unread(court: Court) -> None:
    (court.repo.path / "records/ci-types/door.yaml").write_text("{")


def _odd(court: Court) -> None:
    plain = {name: {"type": "string", "writeOnly": "yes"} for name in ATTRIBUTES}
    court.edit("CIType/door", {"/spec/attributes": plain})


def _misspelt(court: Court) -> None:
    court.edit("CIType/door", {"/spec/attributes": None, "/spec/atributes": ATTRIBUTES})


@pytest.mark.parametrize("broken", [_gone, _unread, _odd, _misspelt])
def test_no_attribute_is_shown_where_the_class_cannot_be_relied_on(vault: Vault, broken: Any) -> None:
    """The only class that marked anything is broken or gone: nobody can tell what is a secret of its items."""
    before = vault.repo.run("show", "ConfigurationItem/gate-1").stdout
    assert "S1" in before, "a class that can be read shows what is none"
    broken(vault.court)
    for shape in ("text", "json"):
        ran = vault.repo.run("show", "ConfigurationItem/gate-1", "-f", shape)
        assert ran.code == 0, ran.stderr
        assert "secret: not shown" in ran.stdout
        assert "HUSH" not in ran.stdout
        assert "S1" not in ran.stdout
    for command in ("validate", "fmt --diff"):
        assert "HUSH" not in vault.repo.run(*command.split()).stdout
    assert "attributes" not in vault.repo.run("show", "ConfigurationItem/app-01").stdout, "what has none hides none"


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


def test_no_digest_by_which_findings_are_matched_is_over_one(vault: Vault) -> None:
    """In reports for other programs, a finding has a digest over rule, place and value."""
    found = []
    for code in ("HUSH-far-too-long-for-it", "HUSH-too-long-as-well"):
        vault.court.put(_item(code))
        found.append(json.loads(vault.repo.run("validate", "-f", "sarif").stdout)["runs"][0]["results"])
    assert found[0] == found[1]


def test_a_file_that_cannot_be_read_is_not_quoted(vault: Vault) -> None:
    path = vault.repo.path / "records/configuration-items/gate-1.yaml"
    path.write_text(path.read_text().replace("serial: S1", "serial: [S1"))
    ran = vault.repo.run("validate", "-f", "text")
    assert ran.code == 1
    assert "gate-1.yaml" in ran.stdout
    assert "HUSH" not in ran.stdout


def test_a_line_beside_one_is_quoted_without_it(vault: Vault) -> None:
    path = vault.repo.path / "records/configuration-items/gate-1.yaml"
    path.write_text(path.read_text().replace("serial: S1", "serial: 5\n    unknown: 1"))
    ran = vault.repo.run("validate", "-f", "text")
    assert "serial: 5" in ran.stdout
    assert "HUSH" not in ran.stdout


POLICY = """apiVersion: itsm/v1
kind: Policy
metadata: {name: DOOR-01, title: A code is long}
spec:
  process: configuration-management
  basis: house
  severity: error
  description: A short code is guessed.
  match: {kind: ConfigurationItem, when: "has(self.spec.attributes) && 'admin_code' in self.spec.attributes"}
  assert: size(string(self.spec.attributes.admin_code)) > 20
  at: /spec/version
  message: "'the code ' + string(self.spec.attributes.admin_code) + ' is short'"
  remediation: Take a longer one.
  examples:
    - name: long
      record: {kind: ConfigurationItem, metadata: {name: a}, spec: {type: door, state: live, attributes: {admin_code: aaaaaaaaaaaaaaaaaaaaaaaaa}}}
      expect: pass
    - name: short
      record: {kind: ConfigurationItem, metadata: {name: a}, spec: {type: door, state: live, attributes: {admin_code: a}}}
      expect: fail
"""


def test_a_policy_that_quotes_one_is_told_without_it(vault: Vault) -> None:
    vault.repo.write("policies/own/DOOR-01.yaml", POLICY)
    ran = vault.repo.run("validate", "-f", "text")
    assert "DOOR-01" in ran.stdout, ran.stderr
    assert "HUSH" not in ran.stdout
    ran = vault.repo.run("why", "ConfigurationItem/gate-1", "DOOR-01")
    assert "admin_code" in ran.stdout, ran.stderr
    assert "HUSH" not in ran.stdout


def test_the_schemas_of_the_program_mark_nothing() -> None:
    """So that digests do not depend on which version of it made them."""
    assert not [kind.name for kind in builtin().kinds.values() if '"writeOnly": true' in json.dumps(kind.schema)]


@pytest.mark.parametrize(
    ("fields", "pointers"),
    [
        ({"pin": {"type": "string", "writeOnly": True}}, {"/spec/pin"}),
        ({"pin": {"$ref": "#/$defs/pin"}}, {"/spec/pin"}),
        ({"lock": {"type": "object", "properties": {"pin": {"$ref": "#/$defs/pin"}}}}, {"/spec/lock/pin"}),
        (
            {"locks": {"type": "array", "items": {"type": "object", "properties": {"pin": {"$ref": "#/$defs/pin"}}}}},
            {"/spec/locks"},
        ),
        ({"lock": {"type": "object", "additionalProperties": {"writeOnly": True}}}, {"/spec/lock"}),
        ({"lock": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/pin"}]}}, {"/spec/lock"}),
        ({"pin": {"type": "string", "examples": [{"writeOnly": True}]}}, set()),
        ({"pin": {"type": "string", "writeOnly": False}}, set()),
    ],
)
def test_a_kind_of_its_own_marks_fields(fields: dict[str, Any], pointers: set[str]) -> None:
    schema: Any = copy.deepcopy(SURVEY)
    schema["properties"]["spec"]["properties"] |= fields
    schema["$defs"]["pin"] = {"type": "string", "writeOnly": True}
    own = SourceFile("schemas/rack-survey.schema.json", json.dumps(schema).encode(), "")
    marks = Marks.of_types((), kinds.load(BUILTIN, [own]))
    spec = {"pin": "1", "lock": {"pin": "1"}, "locks": [{"pin": "1"}]}
    assert set(marks.of("RackSurvey", {"kind": "RackSurvey", "spec": spec})) == pointers


# --- a mark that went


def test_history_hides_what_was_a_secret_once(vault: Vault) -> None:
    court = vault.court
    _edit(vault, "HUSH2")
    court.branch("side")
    court.edit("CIType/door", {"/spec/attributes": None})
    court.commit("jaan", "No secrets")
    court.merge("side")
    _edit(vault, "HUSH3")
    for shape in ("text", "json"):
        ran = vault.repo.run("log", "ConfigurationItem/gate-1", "-f", shape)
        assert ran.code == 0, ran.stderr
        assert "secret: not shown" in ran.stdout
        assert "HUSH" not in ran.stdout
    court.remove("CIType/gate")
    court.remove("CIType/door")
    court.commit("jaan", "No classes")
    assert "HUSH" not in vault.repo.run("log", "ConfigurationItem/gate-1").stdout


def test_history_hides_what_a_kind_of_its_own_marked_once(vault: Vault) -> None:
    court, marked = vault.court, copy.deepcopy(SURVEY)
    marked["properties"]["spec"]["properties"] |= {"pin": {"type": "string", "writeOnly": True}}
    vault.repo.write("schemas/rack-survey.schema.json", json.dumps(marked))
    for pin in ("HUSH1", "HUSH2"):
        data = {**record("RackSurvey", "hall", {"rack": "A1", "pin": pin})}
        vault.repo.write("records/rack-surveys/hall.yaml", yamltext.dump(data))
        court.commit("jaan", "A pin")
    marked["properties"]["spec"]["properties"] |= {"pin": {"type": "string"}}  # type: ignore[index]  # plain JSON
    vault.repo.write("schemas/rack-survey.schema.json", json.dumps(marked))
    court.commit("jaan", "No secret")
    ran = vault.repo.run("log", "RackSurvey/hall")
    assert ran.code == 0, ran.stderr
    assert "spec.pin" in ran.stdout
    assert "HUSH" not in ran.stdout


def test_where_a_secret_alone_differs_the_record_is_changed(vault: Vault) -> None:
    _freeze(vault, "one")
    _edit(vault, "HUSH2")
    _freeze(vault, "two")
    found = json.loads(vault.run("ene", "diff", "one", "two", "-f", "json", code=1).stdout)
    assert [one["deed"] for one in found["differences"]] == ["changed"]
    assert "moved" not in vault.run("ene", "diff", "one", "two", code=1).stdout


# --- what is written anew is shown without them


def test_no_diff_of_what_is_written_anew_shows_one(vault: Vault) -> None:
    path = vault.repo.path / "records/configuration-items/gate-1.yaml"
    text = path.read_text()
    loose = text.replace("admin_code: HUSH1", "admin_code:    HUSH1").replace("serial: S1", "serial:   S1")
    loose = loose.replace("x: HUSHX", "x: |\n        HUSHX\n        HUSHZ  ")
    assert loose != text
    for content in (
        loose,
        text.replace("  attributes:\n", "  attributes:   \n").replace("state: live", "state:  live"),
    ):
        path.write_text(content)
        ran = vault.repo.run("fmt", "--diff")
        assert "HUSH" not in ran.stdout + ran.stderr, ran.stdout
        assert "@@" in ran.stdout, ran.stdout
    path.write_text(text)
    ran = vault.repo.run("rename", "ConfigurationItem/gate-1", "gate-2", "--diff")
    assert ran.code == 0, ran.stderr
    assert "gate-2" in ran.stdout
    assert "HUSH" not in ran.stdout
