"""What the commands of baselines say leads on: whom they ask for, what was done already, what is really wrong."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from court import Court, record
from narrow import WIDTH, overrun
from vault import Vault

if TYPE_CHECKING:
    pass


@pytest.fixture
def vault(court: Court) -> Vault:
    return Vault.over(court)


def test_who_freezes_without_the_roles_is_told_that_nobody_can_agree(court: Court) -> None:
    ran = court.run("kadri", "baseline", "create", "early")
    said = " ".join(ran.stdout.split())
    assert ran.code == 0
    assert "nobody holds the role release-manager or configuration-manager at the commit that was frozen" in said
    assert "freeze again under another name" in said
    assert "itsmctl baseline approve" not in said


def test_the_command_that_writes_the_role_works_and_then_somebody_can_agree(court: Court) -> None:
    said = court.run("kadri", "baseline", "create", "early").stdout.replace(" \\\n", " ")
    line = next(line.strip() for line in said.split("\n") if "itsmctl new" in line)
    line = (
        line.replace("title=…", "title=Releases")
        .replace("person: …", "person: mari")
        .replace("YYYY-MM-DD", "2020-01-01")
    )
    ran = court.run("rein", *shlex.split(line)[1:])
    assert ran.code == 0, ran.stderr
    verified = " ".join(court.run("ene", "baseline", "verify", "early").stdout.replace("\\\n", " ").split())
    assert "Nobody can: the commit that was frozen knows nobody with a key who holds the role" in verified
    assert "freeze it again as it is then: itsmctl baseline create early-2 --kind configuration" in verified
    assert "baseline approve" not in verified, "which can never work"
    court.commit("rein")
    assert "itsmctl baseline approve late" in court.run("kadri", "baseline", "create", "late").stdout
    ran = court.run("mari", "baseline", "approve", "late", "--key", str(court.keys["mari"]), "--yes")
    assert ran.code == 0, ran.stderr


def test_who_made_it_is_told_that_somebody_else_freezes_it(court: Court) -> None:
    spec = {"holders": [{"person": "mari", "from": "2020-01-01"}], "serial": 1}
    court.put(record("Role", "release-manager", spec))
    court.commit("rein")
    court.run("mari", "baseline", "create", "mine")
    verified = " ".join(court.run("ene", "baseline", "verify", "mine").stdout.replace("\\\n", " ").split())
    assert "Nobody but who made it can agree to it. Somebody else freezes it again: itsmctl baseline create" in verified
    court.run("stranger@home.example", "baseline", "create", "theirs")
    verified = " ".join(court.run("ene", "baseline", "verify", "theirs").stdout.replace("\\\n", " ").split())
    assert "Somebody who is a Person there freezes it again: itsmctl baseline create theirs-2 --rev" in verified
    court.run("kadri", "baseline", "create", "hers")
    assert "itsmctl baseline approve hers" in " ".join(court.run("ene", "baseline", "verify", "hers").stdout.split())


def test_who_agreed_already_is_told_so_and_nothing_is_committed(vault: Vault) -> None:
    vault.create("base")
    argv = ("approve", "base", "--key", str(vault.court.keys["mari"]), "--yes")
    vault.run("mari", *argv)
    before = vault.head
    said = vault.run("mari", *argv).stdout
    assert said.startswith("mari agrees to base already: baselines/base/agreement/mari-")
    assert vault.head == before
    vault.run("liis", "approve", "base", "--key", str(vault.court.keys["liis"]), "--yes")
    assert vault.head != before


@pytest.mark.parametrize("name", ["base", "BASE"])
def test_a_tag_that_is_there_is_named(vault: Vault, name: str) -> None:
    vault.create("base")
    vault.run("mari", "approve", "base", "--key", str(vault.court.keys["mari"]), "--yes")
    vault.repo.git("tag", f"baseline/{name}", "HEAD")
    ran = vault.court.run("mari", "baseline", "tag", "base")
    assert ran.code in (2, 3)
    assert "fatal" not in ran.stderr
    if name == "base":
        vault.repo.git("tag", "-d", "baseline/base")
        vault.run("mari", "tag", "base")
        ran = vault.court.run("mari", "baseline", "tag", "base")
        assert (ran.code, "the tag baseline/base is there already" in ran.stderr) == (3, True)
        assert "git show refs/tags/baseline/base" in ran.stderr


def test_a_signer_without_a_key_is_asked_for_that_of_the_commit(vault: Vault) -> None:
    ran = vault.court.run("kadri", "baseline", "create", "signed", "--sign", "--yes")
    assert ran.code == 3
    assert "no key in ssh-agent is that of a Person at the commit that is frozen" in ran.stderr
    assert "holds one of the two roles" in " ".join(vault.run("kadri", "create", "--help").stdout.split())


def test_a_missing_tag_of_a_snapshot_asks_for_an_agreement_first(vault: Vault) -> None:
    vault.create("base")
    found = {one["code"]: one for one in vault.verify("base", "--tagged", "--snapshot")["faults"]}
    assert found["TAG_GONE"]["help"] == "Once somebody has agreed to it: itsmctl baseline tag base"
    vault.run("mari", "approve", "base", "--key", str(vault.court.keys["mari"]), "--yes")
    found = {one["code"]: one for one in vault.verify("base", "--tagged")["faults"]}
    assert found["TAG_GONE"]["help"] == "itsmctl baseline tag base"
    vault.run("mari", *shlex.split(found["TAG_GONE"]["help"])[2:])


def test_a_class_that_breaks_its_schema_is_not_said_to_be_away(vault: Vault) -> None:
    spec = {"state": "in-force", "no_such_field": 1}
    vault.court.put(record("CIType", "broken", spec))
    vault.court.commit("rein")
    vault.create("base")
    vault.repo.write("seen.csv", "class,name\nbroken,db-01\n")
    text = "{apiVersion: itsm/v1, kind: AuditMapping, format: csv, covers: {classes: [%s]}, fields: {name: name}}\n"
    for name, says in (
        ("broken", "the class of items broken breaks its schema"),
        ("none", "there is no class of items none"),
    ):
        vault.repo.write("map.yaml", text % name)
        ran = vault.court.run("kadri", "baseline", "audit", "base", "--against", "seen.csv", "--mapping", "map.yaml")
        assert says in ran.stderr, ran.stderr


@pytest.mark.parametrize(
    "argv",
    [
        ("list",),
        ("status",),
        ("verify", "base", "--brief"),
        ("verify", "base", "--brief", "--tagged"),
        ("diff", "base", "part"),
    ],
)
def test_a_narrow_terminal_shows_all(vault: Vault, argv: tuple[str, ...]) -> None:
    vault.create("base")
    if argv[0] == "diff":
        vault.create("part", "--scope", "Service/loans")
    repo = replace(vault.court.repo, environ={**vault.court.repo.environ, "COLUMNS": str(WIDTH)})
    ran = replace(vault.court, repo=repo).run("kadri", "baseline", *argv)
    assert overrun(ran.stdout) == []
    assert "…" not in ran.stdout
    assert argv[0] != "diff" or "In one of the two alone, by its scope, so not compared:" in " ".join(
        ran.stdout.split()
    )


def test_a_role_says_how_its_holders_are_written(court: Court) -> None:
    ran = court.run("rein", "new", "Role", "release-manager")
    assert "such as [{person: mari, from: 2025-01-01}])" in ran.stderr


def test_a_manifest_that_cannot_be_read_is_not_guessed_to_be_itself(vault: Vault) -> None:
    vault.create("base")
    vault.create("later", "--supersedes", "base")
    path = vault.path("later")
    path.write_bytes(path.read_bytes().replace(b'{"apiVersion"', b'{"apiVersion":"itsm/v1","apiVersion"'))
    vault.court.commit("jaan", "Twice")
    for argv in (("diff", "base", "later"), ("export", "later", "-f", "json")):
        ran = vault.court.run("ene", "baseline", *argv)
        assert ran.code in (2, 3)
        assert "is no manifest: a key stands twice" in " ".join(ran.stderr.split())
        assert "did you mean" not in ran.stderr
    assert "did you mean later?" in vault.court.run("ene", "baseline", "diff", "base", "latr").stderr
