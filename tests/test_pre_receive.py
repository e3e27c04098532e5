"""A git server with the hook that `init` writes: real pushes into a real bare repository, taken and refused."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import warm
from court import NOW, Court, change
from hypothesis import given
from hypothesis import strategies as st
from test_gate_flows import closing

from itsmctl import receiving
from itsmctl.desk import wiring
from itsmctl.errors import CannotJudge

if TYPE_CHECKING:
    from conftest import MakeRepo, Repo

PROJECT = Path(__file__).resolve().parent.parent
DB = "ConfigurationItem/db-01"
ZERO = "0" * 40


@dataclass(frozen=True)
class Pushed:
    """How a push ended, and what the server said: its lines, without `remote:`."""

    code: int
    said: str


@dataclass
class Server:
    """A bare repository with the hook, at the court's time."""

    court: Court
    path: Path
    folder: Path

    def push(self, *words: str) -> Pushed:
        environment = dict(self.court.repo.environ)
        environment["PATH"] = f"{self.folder}{os.pathsep}{environment['PATH']}"
        command = ["git", "-C", str(self.court.repo.path), "push", str(self.path), *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        lines = [line.removeprefix("remote: ").rstrip() for line in done.stderr.splitlines()]
        return Pushed(done.returncode, "\n".join(lines))

    def tip(self, ref: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(self.path), "rev-parse", ref], capture_output=True, text=True, check=False
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    def git(self, *words: str) -> None:
        subprocess.run(["git", "-C", str(self.path), *words], check=True, capture_output=True)

    def install(self, root: str = "", more: str = "") -> None:
        hook = self.path / "hooks/pre-receive"
        hook.parent.mkdir(exist_ok=True)
        text = wiring.plan("main", root)[wiring.HOOK].decode().rstrip("\n")
        hook.write_text(f"{text}{more}\n")
        hook.chmod(0o755)


def programs(folder: Path, now: str) -> Path:
    """A folder with `itsmctl` of this checkout, in whose world it is `now`."""
    folder.mkdir()
    warm.program(folder / "itsmctl", now)
    return folder


def started_anew(folder: Path, now: str) -> Path:
    """The same, where each command starts as Python starts it."""
    folder.mkdir()
    lines = [
        "import sys",
        "from itsmctl.cli import main, workplace",
        "moment = workplace.moment",
        f"workplace.moment = lambda text: moment(text if text is not None else {now!r})",
        "code = main(sys.argv[1:])",
        "sys.stdout.flush()",
        "sys.exit(code)",
    ]
    (folder / "run.py").write_text("\n".join(lines))
    program = folder / "itsmctl"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{PROJECT}" exec "{sys.executable}" "{folder}/run.py" "$@"\n')
    program.chmod(0o755)
    return folder


MakeServer = Callable[..., Server]


@pytest.fixture
def serve(court: Court, make_repo: MakeRepo, tmp_path: Path) -> MakeServer:
    """`serve()`: a server that holds the court's main already, with the hook; `serve(empty=True)`: one without."""

    def made(*, empty: bool = False, now: str = NOW, how: Callable[[Path, str], Path] = programs) -> Server:
        bare = make_repo("server.git", "--bare")
        server = Server(court, bare.path, how(tmp_path / "programs", now))
        if not empty:
            assert server.push("main").code == 0
        server.install()
        return server

    return made


def update_db(
    court: Court, name: str = "CHG-1", branch: str = "pr", *, voters: tuple[str, ...] = ("liis", "kadri")
) -> None:
    """A branch with an update of the database under a change, and votes on it."""
    court.branch(branch)
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change(name, {DB: "change"}))
    court.commit("jaan", "Update the database")
    court.votes(name, *voters)


# --- the target


@pytest.mark.parametrize("how", [programs, started_anew])
def test_a_push_that_is_approved_is_taken(court: Court, serve: MakeServer, how: Callable[[Path, str], Path]) -> None:
    server = serve(how=how)
    update_db(court)
    court.merge("pr")
    pushed = server.push("main")
    assert pushed.code == 0, pushed.said
    assert server.tip("main") == court.repo.git("rev-parse", "main")


def test_a_push_that_lacks_votes_is_refused_with_the_reason(court: Court, serve: MakeServer) -> None:
    server = serve()
    before = server.tip("main")
    update_db(court, voters=("liis",))
    court.merge("pr")
    pushed = server.push("main")
    assert pushed.code == 1
    assert "LACKING" in pushed.said
    assert "CHG-1" in pushed.said
    assert "pre-receive hook declined" in pushed.said
    assert server.tip("main") == before


def test_an_edit_without_a_change_is_refused(court: Court, serve: MakeServer) -> None:
    server = serve()
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Update the database")
    assert server.push("main").code == 1


def test_code_and_documentation_are_taken(court: Court, serve: MakeServer) -> None:
    server = serve()
    court.repo.write("README.md", "# Town\n")
    court.commit("jaan", "Write it down")
    assert server.push("main").code == 0


def test_several_commits_are_no_way_to_have_a_rule_or_an_edit_for_a_while(court: Court, serve: MakeServer) -> None:
    server = serve()
    before = server.tip("main")
    court.edit("ApprovalRule/normal", {"/spec/require": [{"role": "emergency-approver"}]})
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Try")
    court.repo.git("checkout", before, "--", ".")
    court.repo.write("notes.txt", "What came of it.\n")
    court.commit("jaan", "As it was")
    pushed = server.push("main")
    assert pushed.code == 1
    assert pushed.said.count("TAKEN_BACK") >= 2
    assert "SEVERAL_MERGES" not in pushed.said
    court.repo.git("branch", "pr")
    court.repo.git("reset", "--quiet", "--hard", before)
    court.merge("pr")
    assert "TAKEN_BACK" in server.push("main").said
    assert server.tip("main") == before


def test_the_law_is_that_of_the_old_tip(court: Court, serve: MakeServer) -> None:
    server = serve()
    for rule in ("normal", "high", "governance"):
        court.edit(f"ApprovalRule/{rule}", {"/spec/require": [{"role": "emergency-approver"}], "/spec/serial": 2})
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Make it easy")
    assert server.push("main").code == 1


@pytest.mark.parametrize("how", ["rewritten", "deleted", "back", "unrelated"])
def test_the_target_only_grows(court: Court, serve: MakeServer, how: str) -> None:
    server = serve()
    court.repo.write("README.md", "# Town\n")
    court.commit("jaan", "Write it down")
    assert server.push("main").code == 0
    tip = server.tip("main")
    server.git("config", "receive.denyDeletes", "false")
    server.git("config", "receive.denyDeleteCurrent", "ignore")
    if how == "rewritten":
        court.repo.git("commit", "--quiet", "--amend", "-m", "Write it down, otherwise")
    elif how == "unrelated":
        court.repo.git("checkout", "--quiet", "--orphan", "other")
        court.repo.git("commit", "--quiet", "-m", "Begin anew")
        court.repo.git("branch", "--force", "main", "other")
    refspec = {"deleted": ":main", "back": "main~1:main"}.get(how, "main")
    pushed = server.push("--force", refspec)
    assert pushed.code == 1
    assert "NOT_FAST_FORWARD" in pushed.said
    assert server.tip("main") == tip


def test_the_line_of_the_target_is_not_swapped_for_that_of_a_branch(court: Court, serve: MakeServer) -> None:
    server = serve()
    court.branch("side")
    court.repo.write("side.md", "side\n")
    court.commit("jaan", "Work aside")
    court.checkout("main")
    court.repo.write("main.md", "main\n")
    court.commit("mari", "Work on main")
    assert server.push("main").code == 0
    court.checkout("side")
    court.git("jaan", "merge", "--quiet", "--no-edit", "main")
    pushed = server.push("side:main")
    assert pushed.code == 1
    assert "NOT_FAST_FORWARD" in pushed.said
    court.checkout("main")
    court.git("jaan", "merge", "--quiet", "--no-ff", "--no-edit", "side")
    assert server.push("main").code == 0


def test_a_symbolic_ref_is_no_way_round(court: Court, serve: MakeServer) -> None:
    server = serve()
    server.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Update the database")
    before = server.tip("main")
    assert server.push("main:alias").code == 1
    assert server.tip("main") == before


# --- other refs


def test_other_branches_are_taken_as_they_are(court: Court, serve: MakeServer) -> None:
    server = serve()
    update_db(court, voters=())
    assert server.push("pr").code == 0
    court.repo.git("commit", "--quiet", "--amend", "-m", "Otherwise")
    assert server.push("--force", "pr").code == 0
    assert server.push(":pr").code == 0


def test_a_branch_with_broken_settings_can_be_mended(court: Court, serve: MakeServer) -> None:
    server = serve()
    court.branch("pr")
    good = (court.repo.path / "itsm.yaml").read_text()
    court.repo.write("itsm.yaml", "broken: [")
    court.commit("jaan", "Break it")
    assert server.push("pr").code == 0
    court.repo.write("itsm.yaml", good)
    court.commit("jaan", "Mend it")
    assert server.push("pr").code == 0
    court.repo.git("reset", "--quiet", "--hard", "pr~1")
    pushed = server.push("pr:main")
    assert pushed.code == 1
    assert "itsm.yaml" in pushed.said


def test_one_refusal_refuses_the_whole_push(court: Court, serve: MakeServer) -> None:
    server = serve()
    update_db(court, voters=())
    court.merge("pr")
    assert server.push("main", "pr").code == 1
    assert server.tip("pr") == ""


@pytest.mark.parametrize("tag", ["baseline/2026-q4", "release/REL-1"])
def test_tags_of_baselines_and_releases_stay(court: Court, serve: MakeServer, tag: str) -> None:
    server = serve()
    court.repo.git("tag", tag)
    assert server.push(f"refs/tags/{tag}").code == 0
    court.repo.write("README.md", "# Town\n")
    court.commit("jaan", "Write it down")
    court.repo.git("tag", "--force", tag)
    for refspec in (f"+refs/tags/{tag}", f":refs/tags/{tag}"):
        pushed = server.push(refspec)
        assert pushed.code == 1
        assert "TAG_MOVED" in pushed.said
    pushed = server.push("main", f"+refs/tags/{tag}")
    assert pushed.code == 1
    assert server.tip("main") != court.repo.git("rev-parse", "main")


def test_other_tags_may_move(court: Court, serve: MakeServer) -> None:
    server = serve()
    court.repo.git("tag", "latest")
    assert server.push("refs/tags/latest").code == 0
    court.repo.git("commit", "--quiet", "--allow-empty", "-m", "On")
    court.repo.git("tag", "--force", "latest")
    assert server.push("+refs/tags/latest").code == 0


# --- the first governance


def test_the_first_governance_has_to_be_pinned(court: Court, serve: MakeServer) -> None:
    server = serve(empty=True)
    pushed = server.push("main")
    assert pushed.code == 1
    digest = next(word for word in pushed.said.split() if word.startswith("sha256:"))
    server.install(more=f" --bootstrap sha256:{'0' * 64}")
    assert "BOOTSTRAP_DIFFERS" in server.push("main").said
    server.install(more=f" --bootstrap {digest}")
    pushed = server.push("main")
    assert pushed.code == 0, pushed.said
    court.edit(DB, {"/spec/version": "1.0.1"})  # the digest that is still pinned lets nothing else in
    court.commit("jaan", "Update the database")
    assert server.push("main").code == 1


def test_the_first_governance_may_follow_other_work(court: Court, serve: MakeServer, make_repo: MakeRepo) -> None:
    server = serve(empty=True)
    founded = court.repo.git("rev-parse", "main^{tree}")
    start = court.repo.git("commit-tree", "-m", "Code", court.repo.git("mktree"))
    court.repo.git("update-ref", "refs/heads/main", start)
    (server.path / "hooks/pre-receive").unlink()
    assert server.push("main").code == 0
    server.install()
    court.repo.git("update-ref", "refs/heads/main", court.repo.git("commit-tree", "-m", "Found", "-p", start, founded))
    pushed = server.push("main")
    assert pushed.code == 1
    digest = next(word for word in pushed.said.split() if word.startswith("sha256:"))
    server.install(more=f" --bootstrap {digest}")
    assert server.push("main").code == 0


def test_a_first_governance_that_looks_elsewhere_is_judged_all_the_same(court: Court, serve: MakeServer) -> None:
    server = serve(empty=True)
    settings = court.repo.path / "itsm.yaml"
    settings.write_text(settings.read_text().replace("refs/heads/main", "refs/heads/other"))
    court.commit("rein", "Look elsewhere")
    pushed = server.push("main")
    assert pushed.code == 1
    assert "--bootstrap sha256:" in pushed.said
    assert "Ask whoever runs this server" in pushed.said
    assert server.push("main:other").code == 1
    assert server.push("main:Other").code == 1


def test_a_governed_folder_is_named_in_the_hook(court: Court, serve: MakeServer) -> None:
    server = serve(empty=True)
    (server.path / "hooks/pre-receive").unlink()
    inside = court.repo.path / "itsm"
    inside.mkdir()
    for name in ("itsm.yaml", "records"):
        court.repo.git("mv", name, f"itsm/{name}")
    court.commit("rein", "Move it")
    assert server.push("main").code == 0
    server.install()
    court.repo.git("mv", "itsm/records/services/loans.yaml", "itsm/records/services/lending.yaml")
    court.commit("rein", "Rename a service by hand")
    pushed = server.push("main")
    assert pushed.code == 1
    assert "--root itsm" in pushed.said
    server.install("itsm")
    assert server.push("main").code == 1
    court.repo.git("reset", "--quiet", "--hard", "HEAD~1")
    court.repo.write("README.md", "# Town\n")
    court.commit("rein", "Write it down")
    assert server.push("main").code == 0


# --- what the hook reads


def test_only_this_command_follows_the_variables_of_git(court: Court, tmp_path: Path) -> None:
    repo = type(court.repo)(
        court.repo.path, {**court.repo.environ, "GIT_OBJECT_DIRECTORY": str(tmp_path), "GIT_QUARANTINE_PATH": "x"}
    )
    with court.clock():
        assert repo.run("gate", "--base", "main", "--head", "main").code == 0


def test_it_is_no_command_for_people(court: Court) -> None:
    ran = court.run("mari", "gate", "--pre-receive", "--base", "main")
    assert ran.code == 2
    assert "Leave --base" in ran.stderr
    ran = court.run("mari", "gate", "--pre-receive")
    assert ran.code == 3
    assert "hook pre-receive" in ran.stderr


def test_where_the_program_is_missing_nothing_is_taken(court: Court, serve: MakeServer) -> None:
    server = serve()
    (server.folder / "itsmctl").unlink()
    folders = court.repo.environ["PATH"].split(os.pathsep)
    without = os.pathsep.join(one for one in folders if not (Path(one) / "itsmctl").exists())
    court.repo = type(court.repo)(court.repo.path, {**court.repo.environ, "PATH": without})
    court.repo.write("README.md", "# Town\n")
    court.commit("jaan", "Write it down")
    assert server.push("main").code == 1


WORDS = [b"0" * 40, b"1" * 40, b"a" * 64, b" ", b"\n", b"refs/heads/main", b"refs/tags/\xff", b"\0", b"g"]


@given(st.binary(max_size=200) | st.lists(st.sampled_from(WORDS), max_size=12).map(b"".join))
def test_any_bytes_are_updates_or_none(said: bytes) -> None:
    try:
        found = receiving.updates(said)
    except CannotJudge:
        return
    assert found
    assert len({one.ref for one in found}) == len(found)
    assert all(one.old or one.new for one in found)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\n",
        f"{ZERO} {ZERO} refs/heads/main\n".encode(),
        f"{'1' * 40} {'2' * 40} refs/heads/main".encode(),
        f"{'1' * 40} {'2' * 40} HEAD\n".encode(),
        f"{'1' * 40} {'2' * 39} refs/heads/main\n".encode(),
        (f"{'1' * 40} {'2' * 40} refs/heads/main\n" * 2).encode(),
    ],
)
def test_what_is_no_push_is_refused(said: bytes) -> None:
    with pytest.raises(CannotJudge):
        receiving.updates(said)


def test_alternates_are_read_as_git_writes_them() -> None:
    environ = {
        "GIT_QUARANTINE_PATH": "/r/objects/tmp_objdir-incoming-1",
        "GIT_OBJECT_DIRECTORY": "/r/objects/tmp_objdir-incoming-1",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": '/r/objects:"/odd\\"\\303\\265:x":/other',
    }
    found = [str(one) for one in receiving.quarantine(environ)]
    assert found == ["/r/objects/tmp_objdir-incoming-1", "/r/objects", '/odd"õ:x', "/other"]
    with pytest.raises(CannotJudge):
        receiving.quarantine({"GIT_ALTERNATE_OBJECT_DIRECTORIES": '"/a"b'})


def test_a_sha256_repository_can_be_served(make_repo: MakeRepo, keys: Any, tmp_path: Path) -> None:
    repo: Repo = make_repo("long", "--object-format=sha256")
    court = Court(repo, keys).found()
    bare = make_repo("long.git", "--bare", "--object-format=sha256")
    server = Server(court, bare.path, programs(tmp_path / "programs", NOW))
    assert server.push("main").code == 0
    server.install()
    update_db(court)
    court.merge("pr")
    pushed = server.push("main")
    assert pushed.code == 0, pushed.said
    court.edit(DB, {"/spec/version": "1.0.2"})
    court.commit("jaan", "Further")
    assert server.push("main").code == 1


@pytest.mark.parametrize(
    "ref", ["refs/replace/{tip}", "refs/Replace/x", "refs/tags/main", "refs/tags/Main", "refs/main"]
)
def test_nothing_is_put_in_the_place_of_what_was_judged(court: Court, serve: MakeServer, ref: str) -> None:
    server = serve()
    name = ref.format(tip=server.tip("main"))
    court.branch("other")
    court.edit(DB, {"/spec/version": "6.6.6"})
    court.commit("jaan", "Nobody will notice")
    pushed = server.push(f"HEAD:{name}")
    assert (pushed.code, "MEANS_ANOTHER" in pushed.said) == (1, True), pushed.said
    assert not server.tip(name)
    assert server.push("HEAD:refs/heads/other", "HEAD:refs/tags/v1", "HEAD:refs/notes/commits").code == 0


def test_what_means_another_is_taken_away(court: Court, serve: MakeServer) -> None:
    server = serve()
    tip = server.tip("main")
    server.git("update-ref", "refs/tags/main", tip)
    pushed = server.push("--delete", "refs/tags/main")
    assert pushed.code == 0, pushed.said


def test_several_merges_in_one_push_are_told_apart(court: Court, serve: MakeServer) -> None:
    server = serve()
    update_db(court)
    court.merge("pr")
    closing(court, "CHG-1")
    pushed = server.push("main")
    assert (pushed.code, "SEVERAL_MERGES" in pushed.said) == (1, True), pushed.said
    commands = re.findall(r"  (git push origin [0-9a-f]+:refs/heads/main)$", pushed.said, re.MULTILINE)
    assert len(commands) == 3, pushed.said
    told = pushed.said.partition("To ")[0]
    assert told.count("SEVERAL_MERGES") == told.count("error[") == 4, told  # it alone is told
    assert "next" not in told
    court.repo.git("remote", "add", "origin", str(server.path))
    assert server.push(commands[2].split()[-1]).code == 1
    for command in commands:
        done = server.push(command.split()[-1])
        assert done.code == 0, done.said
    assert server.tip("main") == court.repo.git("rev-parse", "main")


def test_what_is_denied_by_itself_is_not_told_apart(court: Court, serve: MakeServer) -> None:
    server = serve()
    update_db(court, voters=("liis",))
    court.merge("pr")
    court.repo.write("notes.txt", "hi\n")
    court.commit("mari", "Notes")
    pushed = server.push("main")
    assert (pushed.code, "SEVERAL_MERGES" in pushed.said) == (1, False), pushed.said


def test_what_will_look_denied_later_is_told_as_it_is_let_in(court: Court, serve: MakeServer) -> None:
    server = serve()
    update_db(court)
    court.repo.git("checkout", "--quiet", "main")
    court.repo.git("merge", "--quiet", "--ff-only", "pr")
    court.git("mari", "commit", "--quiet", "--amend", "--no-edit")  # as of the day before
    pushed = server.push("main")
    assert (pushed.code, "DATED_BEFORE" in pushed.said) == (0, True), pushed.said
    assert court.run("mari", "audit", "history", "main").code == 1
