"""Without --base the target is found by what the other branches say, and never by what the head says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from test_gate_flows import DB

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import MakeRepo, Ran
    from court import Court


def asked(court: Court, *argv: str) -> Ran:
    return court.run("mari", "gate", "-f", "json", *argv)


def base_of(ran: Ran) -> str:
    return str(json.loads(ran.stdout)["verdict"]["details"]["target"])


def name_itself(court: Court, name: str) -> None:
    """A branch that calls itself the target, and edits what it likes."""
    court.branch(name)
    text = (court.repo.path / "itsm.yaml").read_text()
    court.repo.write("itsm.yaml", text.replace("refs/heads/main", f"refs/heads/{name}"))
    court.edit(DB, {"/spec/version": "6.6.6"})
    court.commit("jaan", "Mine")


def test_a_head_that_names_itself_is_judged_by_main_all_the_same(court: Court) -> None:
    name_itself(court, "evil")
    ran = asked(court)
    assert (ran.code, base_of(ran)) == (1, "refs/heads/main")
    ran = asked(court, "--head", "evil")
    assert (ran.code, base_of(ran)) == (1, "refs/heads/main")


def test_a_second_branch_that_names_itself_leaves_it_open(court: Court) -> None:
    name_itself(court, "evil")
    court.branch("worse", "evil")
    ran = asked(court)
    assert (ran.code, ran.stdout) == (2, "")
    assert "evil and main each say in itsm.yaml that they are the target" in ran.stderr
    assert "--base REF" in ran.stderr
    court.repo.git("checkout", "--quiet", "--detach", "evil")
    assert asked(court).code == 1  # the branches at its commit are its own


def test_the_head_alone_is_judged_by_nothing(court: Court) -> None:
    name_itself(court, "evil")
    court.repo.git("branch", "--quiet", "-D", "main")
    for head in ("HEAD", "evil", court.repo.git("rev-parse", "HEAD")):
        ran = asked(court, "--head", head)
        assert (ran.code, ran.stdout) == (2, "")
        assert "no branch but the head's own" in ran.stderr
    court.repo.git("checkout", "--quiet", "--detach")
    assert asked(court).code == 2


def test_what_the_remote_begins_with_goes_first(court: Court, make_repo: MakeRepo) -> None:
    remote = make_repo("remote.git", "--bare").path
    court.repo.git("remote", "add", "origin", str(remote))
    court.repo.git("push", "--quiet", "origin", "main")
    court.repo.git("remote", "set-head", "origin", "main")
    name_itself(court, "evil")
    court.branch("worse", "evil")
    court.repo.git("push", "--quiet", "origin", "evil", "worse")
    court.repo.git("branch", "--quiet", "-D", "main")
    ran = asked(court)
    assert (ran.code, base_of(ran)) == (1, "refs/heads/main")
    court.repo.git("remote", "set-head", "origin", "--delete")
    assert asked(court).code == 2  # main and evil


def test_settings_below_the_top_are_read_where_they_stand(court: Court) -> None:
    court.repo.git("mv", "-k", "itsm.yaml", "records", ".gitattributes", court.repo.write("it/x").parent.name)
    court.commit("rein", "Below")
    court.repo.git("branch", "--quiet", "-m", "main", "release")
    text = (court.repo.path / "it/itsm.yaml").read_text()
    court.repo.write("it/itsm.yaml", text.replace("refs/heads/main", "refs/heads/release"))
    court.commit("rein", "Its target is another")
    court.branch("pr", "release")
    court.repo.write("README.md", "# Town\n")
    court.commit("jaan")
    ran = asked(court, "--root", "it")
    assert (ran.code, base_of(ran)) == (0, "refs/heads/release")


def test_settings_that_nobody_can_read_may_be_those_of_the_target(court: Court) -> None:
    court.branch("broken")
    court.repo.write("itsm.yaml", "a: [\n")
    court.commit("jaan", "Broken")
    court.branch("pr", "main")
    court.edit(DB, {"/spec/version": "6.6.6"})
    court.commit("jaan")
    assert asked(court).code == 2


@pytest.mark.parametrize("command", [("change", "show", "CHG-9"), ("change", "new", "--from-diff")])
def test_on_the_target_itself_a_change_is_shown_against_it(court: Court, command: tuple[str, ...]) -> None:
    assert asked(court).code == 2  # what would be judged there is nothing
    assert "--base REF" not in court.run("mari", *command).stderr


def test_the_environment_does_not_say_what_is_governed(court: Court, tmp_path: Path) -> None:
    """Threats 52 and 93: an earlier step of the job may have set it."""
    court.repo.environ = {**court.repo.environ, "ITSMCTL_ROOT": str(tmp_path / "nowhere")}
    court.branch("pr")
    court.edit(DB, {"/spec/version": "6.6.6"})
    court.commit("jaan")
    for words in (("gate",), ("audit", "history", "pr"), ("change", "approve", "CHG-9"), ("change", "show", "CHG-9")):
        assert "nowhere" not in court.run("jaan", *words).stderr
    for words in (("gate",), ("audit", "history"), ("change", "approve"), ("change", "show")):
        assert "ITSMCTL_ROOT is not asked" in " ".join(court.run("jaan", *words, "--help").stdout.split())


def test_a_default_branch_that_is_gone_and_a_folder_without_settings_are_told_as_such(court: Court) -> None:
    court.branch("pr")
    court.repo.git("update-ref", "refs/remotes/origin/main", "main")
    court.repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/master")
    ran = court.run("mari", "gate")
    assert ran.code == 2, ran.stderr
    assert "refs/remotes/origin/HEAD leads to refs/remotes/origin/master, which is not here" in ran.stderr
    assert "git remote set-head origin --auto" in ran.stderr
    court.repo.git("symbolic-ref", "--delete", "refs/remotes/origin/HEAD")
    court.repo.git("update-ref", "-d", "refs/remotes/origin/main")
    court.repo.git("mv", "itsm.yaml", "records/itsm.yaml")
    court.commit("rein", "Below")
    court.repo.git("branch", "--force", "main", "HEAD")
    ran = court.run("mari", "gate")
    assert (ran.code, "there is no itsm.yaml at the top of this repository" in ran.stderr) == (2, True), ran.stderr
    assert "--root" in ran.stderr
