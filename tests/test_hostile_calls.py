"""Odd command lines, revisions, outputs and environments: an exit code that is right, and no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import Repo
from test_hostile_records import make_socket
from world import AS_OF, change, found_small, lines, service, validate

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def small(repo: Repo) -> Repo:
    return found_small(repo)


# --- the command line


@pytest.mark.parametrize(
    "argv",
    [
        [""],
        ["\udcff"],
        ["a\0b"],
        ["validate", "a\0b"],
        ["validate", "--root", "a\0b"],
        ["validate", "--root", "\udcff"],
        ["validate", "x" * 5_000],
        ["validate", "-f", "json=a\0b"],
        ["validate", "-f", ""],
        ["validate", "-f", "=x"],
        ["validate", "-f", "json="],
        ["validate", "--fail-on", "\udcff"],
        ["validate", "--select", "x" * 10_000],
        ["validate", "--as-of", ""],
        ["validate", "--as-of", "0001-01-01T00:00:00+14:00"],
        ["validate", "--as-of", "9999-12-31T23:59:59-14:00"],
        ["validate", "--as-of", "10000-01-01"],
        ["validate", "--as-of", "2026-02-30"],
        ["validate", "--as-of", "2026-11-22T08:00:00"],
        ["validate", "--as-of", "٢٠٢٦-١١-٢٢"],
        ["validate", "--as-of", "9" * 5_000],
        ["validate", "--", "-x"],
        ["show", "\udcff"],
        ["impact", "x" * 10_000],
        ["explain", ""],
        ["why", "", ""],
        ["new", "Service", "../../x"],
        ["schema", "show", "\udcff"],
        ["policy", "test", "\udcff"],
    ],
    ids=lambda argv: ascii(" ".join(argv))[:40],
)
def test_a_command_line_that_means_nothing_is_a_mistake_of_its_writer(small: Repo, argv: list[str]) -> None:
    ran = small.run(*argv)
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr.startswith("error: ")


@pytest.mark.parametrize("as_of", ["0001-01-01", "9999-12-31", "9999-12-31T23:59:59Z", "2026-11-22T08:00:00+23:59"])
def test_any_time_that_there_is_can_be_asked_about(small: Repo, as_of: str) -> None:
    small.write("records/changes/x.yaml", change("x"))
    ran = small.run("validate", "--as-of", as_of, "-f", "json")
    assert ran.code in (0, 1)
    assert "policy-error" not in {found["rule"] for found in json.loads(ran.stdout)["findings"]}


# --- revisions


@pytest.mark.parametrize("name", ["-rf", "--help", "a;b", "õ", "$(id)", "HEAD"])
def test_a_tag_of_an_odd_name_is_a_revision(small: Repo, name: str) -> None:
    oid = small.commit()
    small.git("update-ref", f"refs/tags/{name}", oid)
    small.write("records/services/x.yaml", "x: [")
    assert lines(validate(small, "--rev", name)) == []
    assert lines(validate(small, "--since", name)) == ["records/services/x.yaml:1:4 yaml-syntax"]


_NO_REVISION = ["", "-", "--output=x", "HEAD~1", "HEAD^{tree}", "HEAD:itsm.yaml", "\udcff", "HEAD..HEAD", "^HEAD"]


@pytest.mark.parametrize("rev", [*_NO_REVISION, "0" * 40, "x" * 9_999], ids=lambda rev: ascii(rev)[:20])
@pytest.mark.parametrize("option", ["--rev", "--since"])
def test_a_revision_that_is_none_stops_the_run(small: Repo, option: str, rev: str) -> None:
    small.commit()
    ran = validate(small, option, rev)
    assert (ran.code, ran.stdout) == (3, "")
    assert ran.stderr.startswith("cannot judge: ")
    assert "a bug" not in ran.stderr
    assert not (small.path / "x").exists()


# --- where reports and rules are named


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        *((name, 3, "cannot write the report") for name in (".", "/", "..", "no/such/folder/x", "x" * 300)),
        *((name, 2, "no place for a report") for name in (".git", ".git/config")),
    ],
)
def test_a_report_that_cannot_be_written_leaves_nothing_behind(small: Repo, name: str, code: int, says: str) -> None:
    before = sorted(small.path.parent.rglob("*"))
    ran = small.run("validate", "-f", f"json={name}")
    assert ran.code == code
    assert says in ran.stderr
    assert sorted(small.path.parent.rglob("*")) == before


def test_a_pipe_is_written_to_and_stays_a_pipe(small: Repo, tmp_path: Path) -> None:
    """A report that replaced what it is given would take the place of /dev/null, if root runs it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    ran = small.run("validate", "--as-of", AS_OF, "-f", f"sarif={pipe}")
    assert pipe.is_fifo()
    reader.join(5)
    assert ran.code == 0
    assert json.loads(read[0])["version"] == "2.1.0"


def test_a_link_leads_to_the_new_report(small: Repo, tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to("real.json")
    assert small.run("validate", "-f", f"json={tmp_path / 'link.json'}").code == 0
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "real.json").read_text())["title"] == "validate"


@pytest.mark.parametrize("make", [os.mkfifo, make_socket], ids=["FIFO", "socket"])
def test_a_policy_to_test_is_a_regular_file(small: Repo, make: Callable[[Path], None]) -> None:
    make(small.path / "x.yaml")
    ran = small.run("policy", "test", "x.yaml")
    assert ran.code == 3
    assert "x.yaml is no regular file" in ran.stderr


# --- the process around it

Done = subprocess.CompletedProcess[bytes]


def _environ(repo: Repo, **extra: str) -> dict[str, str]:
    return {**repo.environ, "PYTHONPATH": os.pathsep.join(sys.path), **extra}


def _spawn(repo: Repo, *argv: str, extra: dict[str, str] | None = None, **streams: Any) -> Done:
    command = [sys.executable, "-m", "itsmctl", *argv]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    environ = _environ(repo, **(extra or {}))
    return subprocess.run(command, cwd=repo.path, env=environ, check=False, timeout=60, **streams)


@pytest.mark.parametrize(
    ("argv", "buffered"),
    [
        (["--version"], True),
        (["--help"], True),
        (["validate"], True),
        (["validate", "-f", "json"], True),
        (["validate", "-f", "json"], False),
        (["policy", "list"], True),
        (["explain", "CHG-07"], False),
    ],
    ids=str,
)
def test_output_that_nobody_gets_is_no_verdict(small: Repo, argv: list[str], buffered: bool) -> None:
    small.write("records/configuration-items/x.yaml", "")  # a verdict would be 1
    with Path("/dev/full").open("wb") as full:
        done = _spawn(small, *argv, extra={} if buffered else {"PYTHONUNBUFFERED": "1"}, stdout=full)
    assert done.returncode == 3
    assert done.stderr == b"cannot judge: the output cannot be written: No space left on device\n"


@pytest.mark.parametrize("argv", [["--version"], ["validate", "-f", "json"]], ids=" ".join)
def test_a_reader_that_went_away_is_no_verdict_and_no_complaint(small: Repo, argv: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = _spawn(small, *argv, stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (3, b"")


@pytest.mark.parametrize("argv", [["--version"], ["validate", "-f", "json"]], ids=" ".join)
def test_a_closed_output_is_no_verdict(small: Repo, argv: list[str]) -> None:
    command = ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-m", "itsmctl", *argv]
    done = subprocess.run(command, cwd=small.path, env=_environ(small), capture_output=True, check=False, timeout=60)
    assert done.returncode == 3
    assert done.stderr == b"cannot judge: the output cannot be written: it is closed\n"


def test_messages_that_nobody_gets_change_no_verdict(small: Repo) -> None:
    with Path("/dev/full").open("wb") as full:
        assert _spawn(small, "validate", "nope", stderr=full).returncode == 2
        assert _spawn(small, "validate", stderr=full).returncode == 0


_REPORT = ["validate", "--as-of", AS_OF, "--rev", "HEAD", "-f", "text"]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repo, Done]:
    """A repository with a finding, and its report in a plain environment."""
    folder = tmp_path_factory.mktemp("plain")
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "GIT_CONFIG_GLOBAL": os.devnull}
    repo = found_small(Repo(folder, {**environ, "EMAIL": "mari@example.org", "GIT_AUTHOR_NAME": "Mari"}))
    repo.git("init", "--quiet", "--template=")
    repo.git("config", "user.name", "Mari")
    repo.write("records/services/õ.yaml", service("x").replace("Service x", "Šestakov ▲"))
    repo.commit()
    done = _spawn(repo, *_REPORT)
    assert done.returncode == 1
    assert "Šestakov ▲" in done.stdout.decode()
    return repo, done


@pytest.mark.parametrize(
    "extra",
    [
        {"HOME": "", "ITSMCTL_ROOT": "", "TZ": "No/Where"},
        {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0", "COLUMNS": "0"},
        {"PYTHONIOENCODING": "utf-16", "COLUMNS": "-1", "LINES": "x"},
        {"GIT_DIR": "/nope", "GIT_WORK_TREE": "/", "GIT_INDEX_FILE": "/nope", "GIT_OBJECT_DIRECTORY": "/nope"},
        {"GIT_CONFIG_COUNT": "x", "GIT_CONFIG_PARAMETERS": "'", "GIT_TRACE": "1", "GIT_CEILING_DIRECTORIES": "/"},
        {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.fsmonitor", "GIT_CONFIG_VALUE_0": "touch ran"},
    ],
    ids=lambda extra: " ".join(extra),
)
def test_the_environment_changes_no_byte_of_the_report(plain: tuple[Repo, Done], extra: dict[str, str]) -> None:
    repo, expected = plain
    odd = _spawn(repo, *_REPORT, extra=extra)
    assert (odd.returncode, odd.stdout, odd.stderr) == (expected.returncode, expected.stdout, expected.stderr)
    assert not (repo.path / "ran").exists()


def test_without_git_a_repository_cannot_be_judged_and_a_plain_folder_can(small: Repo) -> None:
    done = _spawn(small, "validate", extra={"PATH": "/nowhere"})
    assert done.returncode == 3
    assert b"git is not installed" in done.stderr
    folder = found_small(Repo(small.path.parent / "folder", small.environ))
    assert _spawn(folder, "validate", extra={"PATH": "/nowhere"}).returncode == 0
