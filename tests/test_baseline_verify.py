"""`baseline verify`: what holds is told to hold, and each way of tampering has its own code, on real repositories."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import MakeRepo, Repo
from court import Court, change, record
from vault import Vault, agree, forge

from itsmctl import yamltext
from itsmctl.baseline import form


@pytest.fixture
def vault(court: Court) -> Vault:
    return Vault.over(court)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, founded: Path, keys: Mapping[str, Path]) -> Path:
    """One baseline, made by kadri and agreed to by mari: made once, copied for each test."""
    path = tmp_path_factory.mktemp("agreed") / "repo"
    vault = Vault.founding(founded, path, keys)
    vault.create("loans-1", "--scope", "Service/loans")
    vault.approve("loans-1")
    return path


@pytest.fixture
def agreed(template: Path, tmp_path: Path, environ: dict[str, str], keys: Mapping[str, Path]) -> Vault:
    """A repository with that baseline, of its own."""
    return Vault.copied(template, tmp_path / "agreed", environ, keys)


def test_what_was_frozen_and_agreed_to_holds(agreed: Vault) -> None:
    found = agreed.verify("loans-1")
    assert found["holds"]
    assert found["agreed"]
    assert [(one["person"], one["role"]) for one in found["agreements"]] == [("mari", "release-manager")]


def test_what_nobody_agreed_to_is_a_snapshot(vault: Vault) -> None:
    vault.create("loans-1", "--scope", "Service/loans")
    assert vault.codes("loans-1") == {"NOT_AGREED"}
    assert vault.codes("loans-1", "--snapshot") == set()
    assert "itsmctl baseline approve loans-1" in " ".join(vault.run("ene", "verify", "loans-1", code=1).stdout.split())


def test_edits_after_the_commit_alter_nothing(agreed: Vault) -> None:
    agreed.court.edit("ConfigurationItem/db-01", {"/spec/version": "9.9.9"})
    agreed.court.commit("jaan", "Later")
    assert agreed.verify("loans-1")["holds"]


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda data: data["items"][0].update(digest="0" * 64), {"ITEM_DIFFERS", "ROOT_DIFFERS", "MANIFEST_EDITED"}),
        (lambda data: data.update(root="0" * 64), {"ROOT_DIFFERS", "MANIFEST_EDITED"}),
        (lambda data: data["items"].pop(), {"ROOT_DIFFERS", "MANIFEST_EDITED"}),
        (lambda data: data["section"]["checks"][0].update(result="waived"), {"MANIFEST_EDITED"}),
        (lambda data: data.update(repository="another"), {"MANIFEST_EDITED"}),
        (lambda data: data["source"].update(time="2020-01-01T00:00:00Z"), {"MANIFEST_EDITED"}),
        (lambda data: data.update(extra=1), {"MANIFEST_MALFORMED"}),
        (lambda data: data.update(name="other"), {"MANIFEST_EDITED"}),
        (lambda data: data.update(canonical=99), {"FORM_UNKNOWN"}),
    ],
)
def test_an_edited_manifest_is_found(agreed: Vault, edit: object, code: set[str]) -> None:
    data = agreed.manifest("loans-1")
    edit(data)  # type: ignore[operator]
    agreed.rewrite("loans-1", "baseline.json", json.dumps(data, sort_keys=True, separators=(",", ":")).encode() + b"\n")
    assert code <= agreed.codes("loans-1")


def test_a_manifest_in_another_form_is_found(agreed: Vault) -> None:
    agreed.rewrite("loans-1", "baseline.json", json.dumps(agreed.manifest("loans-1"), indent=1).encode())
    found = agreed.verify("loans-1")
    assert {"MANIFEST_EDITED", "NAME_REUSED", "OTHER_BASELINE"} <= agreed.codes("loans-1")
    assert any("canonical form" in one["says"] for one in found["faults"])


@pytest.mark.parametrize("file", ["notes.md", "bom.cdx.json", "statement.intoto.json"])
def test_an_edited_file_beside_it_is_found(agreed: Vault, file: str) -> None:
    agreed.rewrite("loans-1", file, b"{}\n")
    assert agreed.codes("loans-1") == {"FILE_EDITED"}
    agreed.path("loans-1", file).unlink()
    agreed.court.commit("jaan", "Take it away")
    assert agreed.codes("loans-1") == {"FILE_GONE"}


def test_a_file_that_belongs_to_no_baseline_is_found(agreed: Vault) -> None:
    agreed.rewrite("loans-1", "approved.txt", b"yes\n")
    assert agreed.codes("loans-1") == {"FILE_UNEXPECTED"}


def test_a_moved_tag_is_found(agreed: Vault) -> None:
    agreed.run("kadri", "tag", "loans-1")
    assert agreed.codes("loans-1", "--tagged") == set()
    message = agreed.repo.git("tag", "-l", "--format=%(contents)", "baseline/loans-1")
    agreed.repo.git("tag", "-f", "-a", "-m", message, "baseline/loans-1", "HEAD")
    assert agreed.codes("loans-1") == {"TAG_MOVED"}


def test_a_tag_of_another_name_is_found(agreed: Vault) -> None:
    agreed.run("kadri", "tag", "loans-1")
    agreed.repo.git("tag", "-a", "-m", "x", "baseline/other", agreed.verify("loans-1")["added_by"])
    agreed.repo.git(
        "update-ref", "refs/tags/baseline/loans-1", agreed.repo.git("rev-parse", "refs/tags/baseline/other")
    )
    assert agreed.codes("loans-1") == {"TAG_RENAMED", "TAG_DIFFERS"}


def test_a_lightweight_tag_says_nothing(agreed: Vault) -> None:
    agreed.repo.git("tag", "baseline/loans-1", agreed.verify("loans-1")["added_by"])
    assert agreed.codes("loans-1") == {"TAG_PLAIN"}


def test_a_tag_that_has_to_be_there_is_missed(agreed: Vault) -> None:
    assert agreed.codes("loans-1", "--tagged") == {"TAG_GONE"}


def test_a_replaced_object_is_found(agreed: Vault) -> None:
    blob = agreed.repo.git("rev-parse", "HEAD:records/configuration-items/db-01.yaml")
    other = agreed.repo.git("hash-object", "-w", "--stdin", stdin=b"x: 1\n")
    agreed.repo.git("replace", blob, other)
    assert agreed.codes("loans-1") == {"OBJECT_REPLACED"}


def test_grafts_are_found(agreed: Vault) -> None:
    grafts = Path(agreed.repo.path, ".git/info/grafts")
    grafts.parent.mkdir(exist_ok=True)
    grafts.write_text(agreed.head + "\n")
    assert agreed.codes("loans-1") == {"GRAFTED"}


def test_history_rewritten_below_is_found(agreed: Vault) -> None:
    source = agreed.manifest("loans-1")["source"]["commit"]
    tree = agreed.repo.git("rev-parse", f"{source}^{{tree}}")
    parent = agreed.repo.git("rev-parse", f"{source}^")
    forged = agreed.repo.git("commit-tree", "-p", parent, "-m", "Appoint managers", tree)
    agreed.repo.git("rebase", "--quiet", "--onto", forged, source)
    assert "HISTORY_REWRITTEN" in agreed.codes("loans-1")


def test_history_rewritten_below_is_found_in_a_clone_that_never_had_the_commit(agreed: Vault, tmp_path: Path) -> None:
    source = agreed.manifest("loans-1")["source"]["commit"]
    tree = agreed.repo.git("rev-parse", f"{source}^{{tree}}")
    forged = agreed.repo.git("commit-tree", "-m", "Begin", tree)
    agreed.repo.git("rebase", "--quiet", "--onto", forged, source)
    agreed.repo.git("clone", "--quiet", "--no-local", f"file://{agreed.repo.path}", str(tmp_path / "clone"))
    clone = Vault(Court(Repo(tmp_path / "clone", agreed.repo.environ), agreed.court.keys))
    assert "HISTORY_REWRITTEN" in clone.codes("loans-1")


def test_a_name_that_was_used_twice_is_found(agreed: Vault) -> None:
    shutil.rmtree(agreed.path("loans-1").parent)
    agreed.court.commit("jaan", "Take it away")
    assert "MANIFEST_GONE" in agreed.codes("loans-1")
    ran = agreed.run("kadri", "create", "Loans-1", code=2)
    assert "never used again" in ran.stderr


def test_an_altered_predecessor_is_found(agreed: Vault) -> None:
    agreed.create("loans-2", "--scope", "Service/loans", "--supersedes", "loans-1")
    agreed.approve("loans-2")
    assert agreed.codes("loans-2") == set()
    data = agreed.manifest("loans-1")
    data["items"][0]["digest"] = "0" * 64
    agreed.rewrite("loans-1", "baseline.json", json.dumps(data, sort_keys=True, separators=(",", ":")).encode() + b"\n")
    assert "PREDECESSOR_ALTERED" in agreed.codes("loans-2")
    shutil.rmtree(agreed.path("loans-1").parent)
    agreed.court.commit("jaan", "Take it away")
    assert "PREDECESSOR_GONE" in agreed.codes("loans-2")


def test_a_base_that_nobody_agreed_to_is_found(vault: Vault) -> None:
    vault.create("loans-1", "--scope", "Service/loans")
    vault.create("loans-2", "--scope", "Service/loans", "--supersedes", "loans-1")
    agree(vault, "loans-2")
    assert vault.codes("loans-2") == {"BASE_NOT_AGREED"}
    assert vault.codes("loans-2", "--snapshot") == set()


def test_a_base_that_does_not_hold_is_found(agreed: Vault) -> None:
    agreed.approve("loans-1", by="liis")
    agreed.create("loans-2", "--scope", "Service/loans", "--supersedes", "loans-1")
    agreed.approve("loans-2")
    assert agreed.codes("loans-2") == set()
    gone = agreed.repo.git("ls-files", "baselines/loans-1/agreement/mari*").split()
    agreed.repo.git("rm", "-q", *gone)
    agreed.court.commit("jaan", "Tidy")
    assert agreed.codes("loans-1") == {"AGREEMENT_REMOVED"}
    assert agreed.codes("loans-2") == {"BASE_BROKEN"}
    (said,) = [one["says"] for one in agreed.verify("loans-2")["faults"] if one["code"] == "BASE_BROKEN"]
    assert "loans-1, which loans-2 takes the place of, does not hold: AGREEMENT_REMOVED" in said
    agreed.repo.git("checkout", "HEAD^", "--", *gone)
    notes = agreed.path("loans-1", "notes.md")
    kept = notes.read_bytes()
    notes.write_bytes(kept + b"More.\n")
    agreed.court.commit("jaan", "Edit")
    assert agreed.codes("loans-2") == {"PREDECESSOR_ALTERED"}
    notes.write_bytes(kept)
    agreed.court.commit("jaan", "As it was")
    assert agreed.codes("loans-2") == set()


def test_a_commit_that_the_branch_was_never_at_is_told(agreed: Vault) -> None:
    court = agreed.court
    court.branch("side", "HEAD^")
    agreed.repo.write("docs/side.md", "Side.\n")
    side = court.commit("jaan", "Side")
    court.merge("side")
    ran = agreed.run("kadri", "create", "loans-2", "--scope", "Service/loans", "--rev", side)
    assert "itself was never at it" in ran.stderr
    agreed.approve("loans-2")
    found = agreed.verify("loans-2")
    assert {one["code"]: one["severity"] for one in found["faults"]}["OFF_LINE"] == "warning"
    assert "OFF_LINE" not in {one["code"] for one in agreed.verify("loans-1")["faults"]}
    court.branch("pr")
    agreed.create("loans-3", "--scope", "Service/loans", "--rev", side)
    judged = court.gate()
    assert judged.ran.code == 1
    assert "the base was never at it" in str(judged.verdict)
    court.branch("fox", agreed.manifest("loans-1")["source"]["commit"] + "^")
    agreed.repo.git("commit", "-q", "--allow-empty", "-m", "Fox")
    agreed.repo.git("merge", "-q", "--no-ff", "-m", "Turn it round", "main")
    assert "OFF_LINE" in {one["code"] for one in agreed.verify("loans-1")["faults"]}


def test_another_baseline_in_its_place_is_not_exported(agreed: Vault) -> None:
    agreed.run("ene", "export", "loans-1", "-f", "csv")
    for file in ("baseline.json", "notes.md", "bom.cdx.json", "statement.intoto.json"):
        agreed.path("loans-1", file).unlink()
    agreed.court.commit("jaan", "Away")
    court = agreed.court
    court.branch("side", "HEAD~3")
    agreed.create("loans-1", "--scope", "ConfigurationItem/db-01", by="jaan")
    made = {path.name: path.read_bytes() for path in agreed.path("loans-1").parent.iterdir() if path.is_file()}
    court.repo.git("switch", "-q", "main")
    for name, content in made.items():
        agreed.path("loans-1", name).write_bytes(content)
    court.commit("jaan", "Another")
    assert "OTHER_BASELINE" in agreed.run("ene", "diff", "loans-1", "loans-1", code=3).stderr
    for shape in ("csv", "json", "cyclonedx"):
        assert "does not hold: NAME_REUSED" in agreed.run("ene", "export", "loans-1", "-f", shape, code=3).stderr


def test_a_name_that_could_not_be_tagged_is_refused(agreed: Vault) -> None:
    assert "no name for a tag" in agreed.run("kadri", "create", "x.lock", code=2).stderr


def test_a_release_baseline_is_never_a_mere_snapshot(vault: Vault) -> None:
    spec = {"state": "planned", "type": "minor", "items": [{"item": "ConfigurationItem/app-01", "action": "change"}]}
    vault.repo.write("records/releases/r-1.yaml", yamltext.dump(record("Release", "r-1", spec)))
    vault.court.commit("jaan", "A release")
    vault.create("before-r-1", "--release", "r-1")
    assert vault.codes("before-r-1", "--snapshot") == {"NOT_AGREED"}


def test_an_agreement_can_be_handed_on(vault: Vault, tmp_path: Path) -> None:
    vault.create("loans-1", "--scope", "Service/loans")
    vault.approve("loans-1", "--out", str(tmp_path / "out"))
    assert vault.codes("loans-1") == {"NOT_AGREED"}
    shutil.copytree(tmp_path / "out", vault.path("loans-1", "agreement"))
    vault.court.commit("jaan", "Relayed")
    assert vault.codes("loans-1") == set()


def test_a_governed_root_inside_of_a_repository(vault: Vault, make_repo: MakeRepo) -> None:
    outer = make_repo("outer")
    shutil.copytree(vault.repo.path, outer.path / "it", ignore=shutil.ignore_patterns(".git"))
    inner = Vault(Court(Repo(outer.path / "it", outer.environ), vault.court.keys))
    inner.court.commit("rein", "All")
    inner.create("loans-1", "--scope", "Service/loans")
    inner.approve("loans-1")
    assert inner.codes("loans-1") == set()
    done = inner.by_hand("loans-1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("loans-1: all of this is so\n")


def test_a_key_that_turns_out_compromised_counts_for_nothing(agreed: Vault) -> None:
    keys = agreed.court.get("Person/mari")["spec"]["keys"]
    keys[0]["compromised_since"] = "2026-12-01T00:00:00Z"
    agreed.court.edit("Person/mari", {"/spec/keys": keys})
    agreed.court.commit("rein", "Her laptop was stolen")
    assert agreed.codes("loans-1") == {"KEY_REVOKED", "NOT_AGREED"}


def test_a_key_that_is_retired_later_goes_on_counting(agreed: Vault) -> None:
    keys = agreed.court.get("Person/mari")["spec"]["keys"]
    keys[0]["retired_at"] = "2026-12-01T23:00:00Z"
    agreed.court.edit("Person/mari", {"/spec/keys": keys})
    agreed.court.commit("rein", "A new laptop")
    agreed.court.now = "2027-06-01T00:00:00Z"
    assert agreed.codes("loans-1") == set()


def test_who_holds_no_role_cannot_agree(vault: Vault) -> None:
    vault.create("loans-1", "--scope", "Service/loans")
    ran = vault.approve("loans-1", by="rein", code=3)
    assert "rein does not hold the role" in ran.stderr
    assert "mari" in ran.stderr


def test_an_agreement_in_the_wrong_role_is_found(agreed: Vault) -> None:
    """Signed by somebody who went around the command."""
    made = next(Path(agreed.path("loans-1").parent, "agreement").glob("*.json"))
    data = json.loads(made.read_bytes())
    data["predicate"]["person"] = "rein"
    forge(agreed, data, "rein")
    assert "ROLE_WRONG" in agreed.codes("loans-1")


def test_an_agreement_with_somebody_elses_key_is_found(agreed: Vault) -> None:
    made = next(Path(agreed.path("loans-1").parent, "agreement").glob("*.json"))
    forge(agreed, json.loads(made.read_bytes()), "rein")
    assert "NOT_THEIRS" in agreed.codes("loans-1")
    forge(agreed, json.loads(made.read_bytes()) | {}, "eve")
    assert "UNKNOWN" in agreed.codes("loans-1")


def test_a_maker_does_not_agree_to_what_they_made(vault: Vault) -> None:
    vault.create("loans-1", "--scope", "Service/loans", by="mari")
    assert "made loans-1" in vault.approve("loans-1", by="mari", code=3).stderr
    vault.approve("loans-1", by="liis")
    assert vault.codes("loans-1") == set()


def test_an_agreement_of_the_maker_does_not_count(vault: Vault) -> None:
    vault.create("loans-1", "--scope", "Service/loans", by="liis")
    vault.approve("loans-1")
    made = next(Path(vault.path("loans-1").parent, "agreement").glob("*.json"))
    data = json.loads(made.read_bytes())
    data["predicate"] |= {"person": "liis", "role": "configuration-manager"}
    forge(vault, data, "liis")
    for old in (made, made.with_name(made.name + ".sig")):
        old.unlink()
    vault.court.commit("jaan", "Take hers away")
    assert vault.codes("loans-1") == {"NOT_AGREED", "AGREEMENT_REMOVED"}
    assert [one["code"] for one in vault.verify("loans-1")["agreements"]] == ["MAKER"]


def test_signatures_of_manifest_and_tag_are_checked(vault: Vault) -> None:
    vault.sign("loans-1", "--scope", "Service/loans", "--tag")
    vault.approve("loans-1")
    assert vault.codes("loans-1", "--tagged") == set()
    signature = vault.path("loans-1", "statement.intoto.json.sig")
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", "baseline@itsmctl", "-f", str(vault.court.keys["rein"])]
    content = vault.path("loans-1", "statement.intoto.json").read_bytes()
    vault.rewrite(
        "loans-1", signature.name, subprocess.run(command, input=content, capture_output=True, check=True).stdout
    )
    assert vault.codes("loans-1") == {"ROLE_WRONG"}
    vault.rewrite("loans-1", signature.name, b"nothing")
    assert vault.codes("loans-1") == {"SIGNATURE_BAD"}


def test_a_signed_tag_by_the_wrong_person_is_found(agreed: Vault) -> None:
    target = agreed.verify("loans-1")["added_by"]
    manifest = agreed.manifest("loans-1")
    message = f"Baseline loans-1\n\nSource: {manifest['source']['commit']}\nRoot: {manifest['root']}\n"
    with_key = ("-c", "gpg.format=ssh", "-c", f"user.signingKey={agreed.court.keys['rein']}")
    agreed.repo.git(*with_key, "tag", "-s", "-m", message, "baseline/loans-1", target)
    assert agreed.codes("loans-1") == {"ROLE_WRONG"}


def test_a_shallow_clone_is_refused_with_the_command(agreed: Vault, tmp_path: Path) -> None:
    agreed.repo.git("clone", "--quiet", "--depth", "1", f"file://{agreed.repo.path}", str(tmp_path / "clone"))
    ran = Repo(tmp_path / "clone", agreed.repo.environ).run("baseline", "verify", "loans-1")
    assert ran.code == 3
    assert "git fetch --unshallow" in ran.stderr


def _other_pack(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, this is a program with other rules."""
    from itsmctl.baseline import packs

    monkeypatch.setattr(packs, "of", lambda source: ("0" * 64, "1" * 64))


def test_other_schemas_are_told_apart_and_the_rest_is_compared(agreed: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    _other_pack(monkeypatch)
    found = agreed.verify("loans-1")
    assert {one["code"]: one["severity"] for one in found["faults"]} == {"PACK_DIFFERS": "warning", "TAG_GONE": "note"}
    agreed.rewrite("loans-1", "approved.txt", b"yes\n")
    assert "FILE_UNEXPECTED" in agreed.codes("loans-1")


def test_the_version_to_install_is_named_where_it_is_another_one(agreed: Vault) -> None:
    data = agreed.manifest("loans-1")
    data["section"] |= {"policies": "0" * 64, "tool": "0.0.7"}
    _put(agreed, "loans-1", data)
    found = next(one for one in agreed.verify("loans-1")["faults"] if one["code"] == "PACK_DIFFERS")
    assert "pip install itsmctl==0.0.7" in found["help"]
    assert "by itsmctl 0.0.7, and this is" in found["says"]


def test_other_schemas_and_no_agreement_is_no_pass(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    vault.create("loans-1", "--scope", "Service/loans")
    _other_pack(monkeypatch)
    found = vault.verify("loans-1", "--snapshot")
    assert {one["code"] for one in found["faults"] if one["severity"] == "error"} == {"PACK_DIFFERS"}
    command = next(one["help"] for one in found["faults"] if one["code"] == "PACK_DIFFERS").split()
    assert command[:4] == ["itsmctl", "baseline", "create", "loans-1-2"]
    vault.run("kadri", *command[2:])
    assert vault.codes("loans-1-2", "--snapshot") == set()
    found = vault.verify("loans-1", "--snapshot")
    assert found["faults"][0]["help"].split()[3] == "loans-1-3", "a name that is free"


def _put(vault: Vault, name: str, data: dict[str, Any]) -> None:
    """The baseline with that manifest, and with what a tool would write beside it, as if it had been made so."""
    from itsmctl.baseline import intoto, notes

    content = form.written(data)
    vault.path(name).write_bytes(content)
    vault.path(name, "statement.intoto.json").write_bytes(
        form.written(intoto.statement(data, hashlib.sha256(content).hexdigest()))
    )
    vault.path(name, "notes.md").write_text(notes.notes(data, None, ""), encoding="utf-8")
    vault.court.commit("kadri", "Amend")


def _without_items(data: dict[str, Any]) -> None:
    data["items"] = [one for one in data["items"] if one["kind"] != "ConfigurationItem"]


def _with_one_more(data: dict[str, Any]) -> None:
    data["scope"] = {"asked": [], "rule": "controlled", "roots": []}


@pytest.mark.parametrize(
    "edit",
    [
        _without_items,
        _with_one_more,
        lambda data: data.update(external=[{"item": "Service/loans", "at": "/x", "name": "x", "digest": "sha256:00"}]),
        lambda data: data["section"].update(relations=[]),
        lambda data: data["section"].update(boundary=[]),
        lambda data: data["section"]["accounting"].update(kinds={}),
        lambda data: data["items"][0].update(changes=["CHG-9"]),
        lambda data: data["items"][0].update(commit="0" * 40),
        lambda data: data["source"].update(time="2020-01-01T00:00:00Z"),
        lambda data: data.update(repository="another"),
    ],
)
def test_other_rules_and_an_agreement_excuse_nothing_else(vault: Vault, edit: Any) -> None:
    """Somebody who may agree signs a manifest that its commit does not give, and says that other rules gave it."""
    vault.create("loans-1", "--scope", "Service/loans")
    data = vault.manifest("loans-1")
    data["section"] |= {"policies": "0" * 64, "checks": []}
    edit(data)
    data["root"] = form.root(data["items"])
    vault.repo.git("reset", "--quiet", "--soft", "HEAD^")
    _put(vault, "loans-1", data)
    agree(vault, "loans-1")
    found = vault.verify("loans-1")
    assert not found["holds"]
    assert found["agreed"]
    severities = {one["code"]: one["severity"] for one in found["faults"]}
    assert severities["PACK_DIFFERS"] == "error"
    assert "MANIFEST_EDITED" in severities


def test_other_rules_excuse_what_rules_said(vault: Vault) -> None:
    """The opposite: nothing but the rules is another, so that who agreed is taken at their word."""
    vault.create("loans-1", "--scope", "Service/loans")
    data = vault.manifest("loans-1")
    data["section"] |= {"policies": "0" * 64, "checks": []}
    vault.repo.git("reset", "--quiet", "--soft", "HEAD^")
    _put(vault, "loans-1", data)
    agree(vault, "loans-1")
    assert {one["code"]: one["severity"] for one in vault.verify("loans-1")["faults"]}["PACK_DIFFERS"] == "warning"
    assert vault.codes("loans-1") == set()


@pytest.mark.parametrize("file", ["notes.md", "bom.cdx.json", "statement.intoto.json"])
def test_files_beside_the_manifest_are_compared_under_other_rules_too(
    agreed: Vault, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    content = agreed.path("loans-1", file).read_bytes()
    agreed.rewrite("loans-1", file, content.replace(b"loans-1", b"loans-7", 1))
    _other_pack(monkeypatch)
    assert "FILE_EDITED" in agreed.codes("loans-1")
    assert agreed.run("ene", "export", "loans-1", "-f", "in-toto", code=3).stdout == ""


@pytest.mark.parametrize("shape", ["cyclonedx", "in-toto", "csv", "markdown", "json"])
def test_what_holds_is_exported_under_other_rules_too(
    agreed: Vault, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    before = agreed.run("ene", "export", "loans-1", "-f", shape).stdout
    _other_pack(monkeypatch)
    assert agreed.run("ene", "export", "loans-1", "-f", shape).stdout == before


def test_what_rules_said_and_nobody_agreed_to_is_not_exported(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    vault.create("loans-1", "--scope", "Service/loans")
    _other_pack(monkeypatch)
    assert "PACK_DIFFERS" in vault.run("ene", "export", "loans-1", "-f", "json", code=3).stderr
    vault.run("ene", "export", "loans-1", "-f", "csv")


def test_a_commit_that_cannot_be_frozen_again_is_no_pass(agreed: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with a later program whose schemas no longer take a record of then."""
    from itsmctl.baseline import manifest
    from itsmctl.errors import CannotJudge

    def refuse(head: object) -> None:
        raise CannotJudge("1 file cannot be read as a record", "Mend it.")

    monkeypatch.setattr(manifest, "refuse_unreadable", refuse)
    assert agreed.codes("loans-1") == {"NOT_REBUILT"}
    agreed.rewrite("loans-1", "approved.txt", b"yes\n")
    assert agreed.codes("loans-1") == {"NOT_REBUILT", "FILE_UNEXPECTED"}


def test_another_version_with_equal_rules_is_told(vault: Vault) -> None:
    vault.create("loans-1", "--scope", "Service/loans")
    data = vault.manifest("loans-1")
    data["section"]["tool"] = "0.0.7"
    vault.repo.git("reset", "--quiet", "--soft", "HEAD^")
    _put(vault, "loans-1", data)
    agree(vault, "loans-1")
    severities = {one["code"]: one["severity"] for one in vault.verify("loans-1")["faults"]}
    assert severities == {"TOOL_DIFFERS": "note", "TAG_GONE": "note"}


def test_a_name_that_was_never_there_is_a_slip(agreed: Vault) -> None:
    ran = agreed.run("ene", "verify", "loan-1", code=2)
    assert "did you mean loans-1" in ran.stderr.lower()


def test_votes_stand_in_the_manifest(vault: Vault) -> None:
    court = vault.court
    court.branch("work")
    court.put(change("CHG-1", {"ConfigurationItem/db-01": "change"}))
    court.edit("ConfigurationItem/db-01", {"/spec/version": "1.0.1"})
    court.commit("jaan", "Work\n\nChange: CHG-1")
    court.vote("liis", "CHG-1")
    court.merge("work", at="2026-12-01T23:00:00Z")
    vault.create("loans-1", "--scope", "Service/loans")
    held = vault.manifest("loans-1")
    assert [(one["person"], one["decision"], one["fault"]) for one in held["section"]["votes"]] == [
        ("liis", "approve", "")
    ]
    item = next(one for one in held["items"] if one["name"] == "db-01")
    assert item["changes"] == ["CHG-1"]
    assert item["commit"] == court.repo.git("rev-parse", "HEAD^")
    assert held["section"]["accounting"]["changes"] == [
        {"name": "CHG-1", "state": "implementing", "items": ["ConfigurationItem/db-01"]}
    ]


def test_what_looks_like_it_is_told(agreed: Vault) -> None:
    for name in ("loans-2", "loans-3"):
        ran = agreed.run("kadri", "create", name, "--scope", "Service/loans", "--supersedes", "loans-1")
    assert "loans-2 takes the place of loans-1, too" in " ".join(ran.stderr.split())
    for tag in ("release/loans-2", "baseline/Loans-2"):
        agreed.repo.git("tag", "-a", "-m", "Baseline loans-2", tag)
    found = [(one["code"], one["severity"]) for one in agreed.verify("loans-2", "--snapshot")["faults"]]
    assert ("FORKED", "note") in found
    assert found.count(("TAG_BESIDE", "warning")) == 2
