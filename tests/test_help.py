"""What --help teaches: whole summaries, an example for each command, and examples that work as they stand."""

from __future__ import annotations

import io
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from conftest import Repo, copied, undisturbed

from itsmctl.cli.app import command as program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import MakeRepo

PROJECT = Path(__file__).resolve().parent.parent
EXAMPLE = re.compile(r"^ +(itsmctl .+)$", re.MULTILINE)


def commands(command=None, name: str = "itsmctl") -> Iterator[tuple[str, object]]:
    """Every command and group by the words that call it."""
    command = command or program(None)
    yield name, command
    for word, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{name} {word}")


COMMANDS = dict(commands())


def told(name: str) -> str:
    return str(COMMANDS[name].help)


EXAMPLES = sorted({line for name in COMMANDS for line in EXAMPLE.findall(told(name))})
README = (PROJECT / "README.md").read_text(encoding="utf-8")
ON_THE_DEMO = "itsmctl gate --head pr/"  # tried on the repository that init makes for it, see test_demo.py
FIRST_STEPS = README.split("## From an empty repository")[1].split("```console\n")[1].split("```")[0]
IN_ITS_HISTORY = "itsmctl baseline "  # of the example where it stands, see test_example_baselines.py
IN_README = sorted(
    {
        *re.findall(r"^\$ (itsmctl .+)$", README.replace(FIRST_STEPS, ""), re.MULTILINE),
        *(" ".join(line.split()) for line in re.findall(r"`(itsmctl\s[^`]+)`", README)),
    }
    - {"itsmctl init", "itsmctl new Policy"}  # tried in an empty repository; the name of a command, without its options
)


@pytest.fixture(scope="module")
def town_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example repository with a history, in which origin/main is what is checked out; to be copied."""
    folder = tmp_path_factory.mktemp("town")
    repo = Repo(folder / "repo", undisturbed(folder / "home"))
    copied(PROJECT / "example-repo", repo.path)
    repo.git("init", "--quiet", "--template=", "--initial-branch=main")
    commit = repo.commit()
    repo.git("update-ref", "refs/remotes/origin/main", commit)
    repo.git("remote", "add", "origin", "elsewhere")
    repo.git("remote", "set-head", "origin", "main")
    repo.git("tag", "v1.4")
    repo.git("repack", "-a", "-d", "--quiet")  # one file to copy instead of hundreds
    (repo.path / "receipts").mkdir()
    return repo.path


@pytest.fixture
def town(town_path: Path, tmp_path: Path, environ: dict[str, str]) -> Repo:
    """The same, of a test's own."""
    copied(town_path, tmp_path / "repo")
    return Repo(tmp_path / "repo", environ)


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "itsmctl"])
def test_every_command_has_an_example_of_itself(name: str) -> None:
    assert any(line.startswith(name) for line in EXAMPLE.findall(told(name)))


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if hasattr(command, "commands")])
def test_no_summary_is_cut_on_a_terminal_of_80_columns(repo: Repo, name: str) -> None:
    repo.environ = {**repo.environ, "COLUMNS": "80"}
    ran = repo.run(*name.split()[1:], "--help")
    assert ran.code == 0
    listed = ran.stdout.split("Commands:")[1]
    assert "..." not in listed
    assert all(len(line) <= 80 for line in ran.stdout.splitlines())


OF_THEIR_OWN = (
    "itsmctl init",
    *(f"itsmctl change {verb}" for verb in ("approve", "reject", "withdraw", "backout", "reviews")),
    "itsmctl receipt verify",
    *(f"itsmctl baseline {verb}" for verb in ("approve", "audit", "diff", "export", "tag", "verify")),
)
"""What needs a key, a forge, a change that is being carried out, a receipt, or baselines: tried in their tests."""
IN_PLACE_OF = " --supersedes "  # another baseline, too


@pytest.mark.parametrize(
    "line", [line for line in EXAMPLES if not line.startswith(OF_THEIR_OWN) and IN_PLACE_OF not in line]
)
def test_the_examples_of_help_texts_work_in_the_example_repository(town: Repo, line: str) -> None:
    works(town, line)


@pytest.mark.parametrize("line", [line for line in EXAMPLES if line.startswith("itsmctl init")])
def test_the_examples_of_init_work_in_an_empty_repository(repo: Repo, line: str) -> None:
    works(repo, line)


@pytest.mark.parametrize("line", [line for line in IN_README if not line.startswith((ON_THE_DEMO, IN_ITS_HISTORY))])
def test_the_command_lines_of_the_readme_work_in_the_example_repository(town: Repo, line: str) -> None:
    works(town, line)


def test_the_first_steps_of_the_readme_lead_to_a_clean_repository(repo: Repo) -> None:
    identify(repo)
    lines = [line.removeprefix("$ ") for line in FIRST_STEPS.splitlines() if "itsmctl" in line]
    assert [line.split()[1] for line in lines] == ["init", "validate", "new"]
    for line in lines:
        ran = repo.run(*shlex.split(line)[1:])
        assert (ran.code, ran.stderr) == (0, "")
    assert "which is not there yet" not in ran.stdout
    assert repo.run("validate").code == 0


@pytest.mark.parametrize("name", ["a", "Ö", "town-services"])
def test_a_repository_of_any_name_begins_clean(make_repo: MakeRepo, name: str) -> None:
    repo = identify(make_repo(name))
    assert repo.run("init").code == 0
    assert repo.run("validate").code == 0


def identify(repo: Repo) -> Repo:
    repo.git("config", "user.name", "Mari Tamm")
    repo.git("config", "user.email", "mari@example.org")
    return repo


def works(repo: Repo, line: str) -> None:
    """Neither a usage error nor "cannot judge"; findings are those of today's date."""
    identify(repo)
    command, _, file = line.partition(" > ")[0].partition(" < ")
    stdin = (PROJECT / "example-repo/records/services" / file).read_bytes() if file else b""
    with patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin))):
        ran = repo.run(*shlex.split(command)[1:])
    assert ran.code in (0, 1), ran.stderr


def test_the_order_in_which_a_release_and_its_changes_come_is_told() -> None:
    """With the gate on, a release that names what is still on a branch is denied."""
    said = " ".join(told("itsmctl release").split())
    assert "merge the drafts of its changes first, then the release that lists them, as planned" in said
