"""`baseline create`: what is frozen, that it is the same bytes everywhere, exports, names, and the gate."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import MakeRepo, Repo
from court import Court, change, record
from vault import Vault

from itsmctl import canonical, yamltext


@pytest.fixture(scope="session")
def governed(tmp_path_factory: pytest.TempPathFactory, founded: Path, keys: Mapping[str, Path]) -> Path:
    """The court with the two roles."""
    path = tmp_path_factory.mktemp("governed") / "repo"
    Vault.founding(founded, path, keys)
    return path


@pytest.fixture
def vault(governed: Path, tmp_path: Path, environ: dict[str, str], keys: Mapping[str, Path]) -> Vault:
    path = tmp_path / "repo"
    shutil.copytree(governed, path)
    return Vault(Court(Repo(path, environ), keys, made=30))


def refs(manifest: Mapping[str, Any]) -> list[str]:
    return [f"{item['kind']}/{item['name']}" for item in manifest["items"]]


# --- what is frozen


def test_a_scope_holds_what_it_depends_on_and_says_what_leaves_it(vault: Vault) -> None:
    source = vault.head
    vault.create("loans-1", "--scope", "Service/loans")
    held = vault.manifest("loans-1")
    assert refs(held) == [
        "CIType/application",
        "CIType/database",
        "ConfigurationItem/app-01",
        "ConfigurationItem/db-01",
        "Service/loans",
    ]
    assert held["scope"] == {"asked": ["Service/loans"], "rule": "depends-on", "roots": ["Service/loans"]}
    assert held["source"]["commit"] == source
    assert {(edge["from"], edge["to"]) for edge in held["section"]["relations"]} >= {
        ("Service/loans", "ConfigurationItem/db-01"),
        ("ConfigurationItem/db-01", "CIType/database"),
    }
    owners = [edge for edge in held["section"]["boundary"] if edge["from"] == "Service/loans"]
    assert [(edge["field"], edge["to"]) for edge in owners] == [("/metadata/owner", "Role/service-manager")]
    role = vault.court.get("Role/service-manager")
    assert owners[0]["digest"] == canonical.digest(role)


def test_each_item_has_the_digest_of_its_content_its_blob_and_its_commit(vault: Vault) -> None:
    vault.create("loans-1", "--scope", "Service/loans")
    item = next(one for one in vault.manifest("loans-1")["items"] if one["name"] == "db-01")
    path = vault.repo.path / item["path"]
    assert item["digest"] == hashlib.sha256(canonical.canonical(yamltext.read(path.read_bytes()))).hexdigest()
    assert item["blob"] == vault.repo.git("rev-parse", f"HEAD:{item['path']}")
    assert item["commit"] == vault.repo.git("log", "-1", "--format=%H", "--", item["path"])
    assert (item["state"], item["owner"], item["changes"]) == ("live", "Role/database-team", [])


def test_without_a_scope_every_controlled_record_is_held_and_no_register(vault: Vault) -> None:
    vault.court.put(change("CHG-1", {"ConfigurationItem/db-01": "change"}, state="submitted"))
    vault.court.commit("jaan", "A change")
    vault.create("all")
    held = refs(vault.manifest("all"))
    assert {"Person/mari", "Role/release-manager", "Service/loans", "ApprovalRule/normal"} <= set(held)
    assert not [ref for ref in held if ref.startswith("ChangeRequest/")]
    assert held == sorted(held)


def test_the_work_tree_is_never_read(vault: Vault) -> None:
    vault.court.edit("ConfigurationItem/db-01", {"/spec/version": "9.9.9"})
    vault.create("loans-1", "--scope", "Service/loans")
    digest = {one["name"]: one["digest"] for one in vault.manifest("loans-1")["items"]}["db-01"]
    committed = vault.repo.git("show", "HEAD:records/configuration-items/db-01.yaml").encode()
    assert digest == canonical.digest(yamltext.read(committed + b"\n"))
    assert vault.court.get("ConfigurationItem/db-01")["spec"]["version"] == "9.9.9", "what is not committed stays"


def test_an_older_commit_can_be_frozen_and_one_elsewhere_cannot(vault: Vault) -> None:
    old = vault.head
    vault.court.edit("ConfigurationItem/db-01", {"/spec/version": "2"})
    vault.court.commit("jaan", "Later")
    vault.create("old", "--rev", old)
    assert vault.manifest("old")["source"]["commit"] == old
    vault.court.branch("side", old).repo.git("commit", "--quiet", "--allow-empty", "-m", "aside")
    side = vault.head
    vault.court.checkout("main")
    assert "not in the history" in vault.run("kadri", "create", "side", "--rev", side, code=3).stderr


def test_records_that_cannot_be_read_are_not_frozen(vault: Vault) -> None:
    vault.repo.write("records/configuration-items/odd.yaml", "kind: [")
    vault.court.commit("jaan", "Broken")
    ran = vault.run("kadri", "create", "one", code=3)
    assert "records/configuration-items/odd.yaml" in ran.stderr


def test_what_nobody_could_ever_agree_to_is_not_frozen(vault: Vault) -> None:
    court = vault.court
    for at, code in (("2040-01-01T00:00:00Z", 3), ("2026-12-01T23:30:00Z", 0)):
        court.commit("jaan", "By a wrong clock", at=at)
        ran = vault.run("kadri", "create", f"ahead-{code}", code=code)
        assert f"says that it is of {at[:11]}" in ran.stderr
        assert "nobody" in ran.stderr
    assert "nobody agrees before that" in vault.approve("ahead-0", code=3).stderr
    court.now = "2026-12-02T00:00:00Z"
    vault.approve("ahead-0")
    court.edit("Role/release-manager", {"/spec/odd": True})
    court.commit("rein", "Break it", at=court.now)
    ran = vault.run("kadri", "create", "broken", code=3)
    assert "records/roles/release-manager.yaml: Role/release-manager breaks its schema" in ran.stderr
    assert not vault.path("broken").exists()
    court.edit("Role/release-manager", {"/spec/odd": None})
    court.commit("rein", "Mend it", at=court.now)
    vault.create("broken")
    vault.approve("broken")


def test_checks_and_waivers_are_judged_as_of_the_commit(vault: Vault) -> None:
    vault.court.edit("Service/loans", {"/spec/surprise": "x"})
    vault.court.commit("jaan", "Break its schema")
    vault.create("one", "--scope", "Service/loans")
    checks = {one["rule"]: one for one in vault.manifest("one")["section"]["checks"]}
    assert [one["result"] for rule, one in checks.items() if rule.startswith("record-")].count("fail") == 0
    assert any(one["result"] == "fail" for one in checks.values())
    assert all(one["findings"] >= one["waived"] for one in checks.values())
    assert "rules fail: " in vault.path("one", "notes.md").read_text(encoding="utf-8")


def test_a_release_baseline_holds_what_the_release_touches(vault: Vault) -> None:
    spec = {"state": "planned", "type": "minor", "items": [{"item": "ConfigurationItem/app-01", "action": "change"}]}
    spec["items"].append({"item": "ConfigurationItem/new-01", "action": "add"})  # type: ignore[attr-defined]
    made = yamltext.dump(record("Release", "loans-2", spec))
    vault.repo.write("records/releases/loans-2.yaml", made)
    vault.court.commit("jaan", "A release")
    vault.create("before-loans-2", "--release", "loans-2")
    held = vault.manifest("before-loans-2")
    assert (held["of"], held["release"]) == ("release", "loans-2")
    assert held["scope"]["roots"] == ["ConfigurationItem/app-01"]
    assert refs(held) == ["CIType/application", "ConfigurationItem/app-01"]
    assert "no such Release" in vault.run("kadri", "create", "x", "--release", "loans-3", code=2).stderr
    assert "--release REL" in vault.run("kadri", "create", "x", "--kind", "release", code=2).stderr


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("a/b",), "is no name for a baseline"),
        (("..",), "is no name for a baseline"),
        (("x", "--scope", "Service/loan"), "did you mean Service/loans"),
        (("x", "--scope", "Customer"), "there is no record of that kind"),
        (("x", "--kind", "relase"), "did you mean release"),
        (("x", "--supersedes", "nothing"), "there is no baselines/nothing/baseline.json"),
        (("x", "--release", "nothing"), "there is no such Release"),
    ],
)
def test_a_slip_is_told_with_what_comes_near(vault: Vault, argv: tuple[str, ...], says: str) -> None:
    ran = vault.run("kadri", "create", *argv, code=2)
    assert says.lower() in ran.stderr.lower()
    assert not (vault.repo.path / "baselines").exists()


def test_whoever_may_not_sign_is_told_who_may(vault: Vault) -> None:
    key = str(vault.court.keys["rein"])
    ran = vault.run("rein", "create", "x", "--sign", "--key", key, "--yes", code=3)
    assert "does not hold the role" in ran.stderr
    assert "kadri" in ran.stderr


# --- the same bytes


def test_the_same_bytes_in_any_clone_seed_locale_zone_and_checkout(vault: Vault, tmp_path: Path) -> None:
    vault.court.edit("Service/loans", {"/metadata/title": "Laenutus: õ ä ö ü"})
    vault.court.commit("jaan", "Title")
    clone = tmp_path / "clone"
    shutil.copytree(vault.repo.path, clone)
    vault.create("one", "--scope", "Service/loans")
    expected = {path.name: path.read_bytes() for path in vault.path("one").parent.iterdir()}
    pythons = os.environ.get("ITSMCTL_PYTHONS", "").split() or [sys.executable]
    odd: list[tuple[str, dict[str, str], tuple[str, ...]]] = [
        (pythons[0], {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "Asia/Kolkata"}, ("config", "core.autocrlf", "true")),
        (pythons[-1], {"PYTHONHASHSEED": "77", "LC_ALL": "de_DE.UTF-8", "TZ": "America/Nome"}, ("gc", "--quiet")),
    ]
    odd += [(python, {"PYTHONHASHSEED": "random"}, ("count-objects",)) for python in pythons[1:-1]]
    for number, (python, variables, words) in enumerate(odd):
        place = tmp_path / f"clone-{number}"
        shutil.copytree(clone, place)
        there = Repo(place, {**vault.repo.environ, **variables})
        there.git(*words)
        there.git("checkout", "--quiet", "--force", "HEAD")
        command = [python, "-m", "itsmctl", "baseline", "create", "one", "--scope", "Service/loans"]
        done = subprocess.run(command, cwd=place, env=there.environ, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        assert {path.name: path.read_bytes() for path in (place / "baselines/one").iterdir()} == expected


def test_root_and_digests_are_equal_in_both_object_formats(vault: Vault, make_repo: MakeRepo) -> None:
    other = make_repo("sha256", "--object-format=sha256")
    shutil.copytree(vault.repo.path, other.path, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))
    there = Vault(Court(other, vault.court.keys))
    there.court.commit("rein", "Found all at once")
    for one in (vault, there):
        one.create("all")
    ours, theirs = vault.manifest("all"), there.manifest("all")
    assert len(theirs["source"]["commit"]) == 64
    assert ours["root"] == theirs["root"]
    assert [item["digest"] for item in ours["items"]] == [item["digest"] for item in theirs["items"]]
    there.approve("all")
    assert there.codes("all") == set()


# --- exports


def test_the_bill_keeps_to_the_schema_of_cyclonedx(vault: Vault) -> None:
    from importlib import resources

    import jsonschema
    from referencing import Registry, Resource

    item = vault.court.get("ConfigurationItem/app-01")
    item["spec"] |= {
        "master": {"path": "app.tar", "digest": "sha256:" + "a" * 64},
        "relations": [{"type": "uses", "target": "db-01"}],
    }
    vault.court.put(item)
    vault.court.commit("jaan", "More to say")
    vault.create("all")
    folder = resources.files("cyclonedx.schema") / "_res"
    held = {name: json.loads((folder / f"{name}.SNAPSHOT.schema.json").read_bytes()) for name in _SCHEMAS}
    registry: Registry[Any] = Registry().with_resources(
        [(schema["$id"], Resource.from_contents(schema)) for schema in held.values()]
    )
    bom = json.loads(vault.run("ene", "export", "all").stdout)
    jsonschema.Draft7Validator(held["bom-1.6"], registry=registry).validate(bom)
    assert bom["metadata"]["lifecycles"] == [{"phase": "operations"}]
    assert [one["bom-ref"] for one in bom["services"]] == ["Service/loans"]
    assert {one["bom-ref"]: one["type"] for one in bom["components"]} == {
        "ConfigurationItem/app-01": "application",
        "ConfigurationItem/db-01": "platform",
    }
    needs = {one["ref"]: one.get("dependsOn", []) for one in bom["dependencies"]}
    assert needs["Service/loans"] == ["ConfigurationItem/app-01", "ConfigurationItem/db-01"]
    assert needs["ConfigurationItem/app-01"] == ["ConfigurationItem/db-01"]
    assert next(one for one in bom["components"] if one["name"] == "app-01")["hashes"] == [
        {"alg": "SHA-256", "content": "a" * 64}
    ]
    assert vault.manifest("all")["external"] == [
        {"item": "ConfigurationItem/app-01", "at": "/spec/master", "name": "app.tar", "digest": "sha256:" + "a" * 64}
    ]


_SCHEMAS = ("bom-1.6", "jsf-0.82", "spdx")


def test_the_in_toto_statement_names_commit_tree_and_manifest(vault: Vault) -> None:
    vault.create("all")
    made = json.loads(vault.run("ene", "export", "all", "-f", "in-toto").stdout)
    held = vault.manifest("all")
    assert made["_type"] == "https://in-toto.io/Statement/v1"
    assert [one["digest"] for one in made["subject"]] == [
        {"gitCommit": held["source"]["commit"]},
        {"gitTree": vault.repo.git("rev-parse", f"{held['source']['commit']}^{{tree}}")},
        {"sha256": hashlib.sha256(vault.path("all").read_bytes()).hexdigest()},
    ]
    assert made["predicate"]["root"] == held["root"]


# --- the gate


def test_the_gate_lets_a_baseline_in_that_rebuilds(vault: Vault) -> None:
    vault.court.branch("freeze")
    vault.create("one")
    judged = vault.court.gate()
    assert (judged.outcome, judged.codes) == ("ALLOWED", set())
    vault.court.merge("freeze", person="kadri")
    vault.court.branch("agree")
    vault.approve("one")
    assert vault.court.gate().outcome == "ALLOWED"


def _edit(vault: Vault, **edits: Any) -> None:
    data = vault.manifest("one") | edits
    vault.path("one").write_bytes(canonical.canonical(data) + b"\n")


@pytest.mark.parametrize(
    "tamper",
    [
        lambda vault: _edit(vault, root="0" * 64),
        lambda vault: _edit(vault, items=vault.manifest("one")["items"][1:]),
        lambda vault: vault.path("one", "notes.md").write_text("All is well.\n"),
        lambda vault: vault.path("one", "bom.cdx.json").unlink(),
        lambda vault: vault.path("one", "more.txt").write_text("x"),
        lambda vault: vault.path("one").unlink(),
        lambda vault: vault.repo.write("baselines/loose.txt", "x"),
        lambda vault: vault.repo.write("baselines/two/notes.md", "x"),
        lambda vault: vault.repo.write("baselines/one/agreement/mari-0123456789ab.json", "{}"),
    ],
)
def test_the_gate_denies_what_does_not_rebuild(vault: Vault, tamper: Any) -> None:
    vault.court.branch("freeze")
    vault.create("one")
    tamper(vault)
    vault.court.commit("kadri", "Tamper")
    judged = vault.court.gate()
    assert judged.outcome == "DENIED"
    assert judged.codes - {"TAKEN_BACK"} == {"BASELINE_UNPROVEN"}


def test_the_gate_denies_a_baseline_of_records_that_are_not_in_the_base(vault: Vault) -> None:
    court = vault.court
    court.branch("freeze")
    court.put(record("Incident", "INC-1", {"state": "new"}))
    court.commit("kadri", "More")
    vault.create("one")
    judged = court.gate()
    assert "BASELINE_UNPROVEN" in judged.codes
    assert "merge it first" in judged.says


def test_the_gate_denies_a_name_that_was_used_before(vault: Vault) -> None:
    vault.create("one")
    shutil.rmtree(vault.repo.path / "baselines")
    vault.court.commit("jaan", "Take it away")
    vault.court.branch("freeze")
    vault.repo.git("checkout", "HEAD~1", "--", "baselines")
    vault.court.commit("kadri", "Bring it back")
    judged = vault.court.gate()
    assert judged.codes == {"BASELINE_UNPROVEN"}
    assert "never used again" in judged.says


def test_the_gate_denies_two_names_that_differ_in_case(vault: Vault) -> None:
    vault.court.branch("freeze")
    vault.create("one")
    vault.court.branch("other", "main")
    vault.create("One")
    vault.court.git("kadri", "merge", "--quiet", "-m", "Both", "freeze")
    judged = vault.court.gate()
    assert judged.codes == {"BASELINE_UNPROVEN"}
    assert "upper and lower case" in judged.says


def test_the_gate_denies_an_agreement_of_somebody_whose_role_is_over(vault: Vault) -> None:
    vault.create("one")
    vault.court.branch("agree")
    vault.approve("one")
    vault.court.checkout("main")
    vault.court.edit("Role/release-manager", {"/spec/holders": [{"person": "sirje", "from": "2020-01-01"}]})
    vault.court.commit("rein", "Somebody else")
    vault.court.checkout("agree")
    judged = vault.court.gate()
    assert judged.codes == {"BASELINE_UNPROVEN"}
    assert "did not hold the role release-manager any more" in judged.says


def test_the_gate_denies_taking_a_signature_off(vault: Vault) -> None:
    vault.sign("one")
    vault.court.branch("strip")
    vault.path("one", "statement.intoto.json.sig").unlink()
    vault.court.commit("jaan", "Take it away")
    assert vault.court.gate().codes == {"EVIDENCE_ALTERED"}
