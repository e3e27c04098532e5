"""What writes: new records and new repositories; all files or none, and what is written validates."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from world import AS_OF, found_small, lines, validate

from itsmctl.desk import files
from itsmctl.errors import CannotJudge, Misuse

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Repo


@pytest.fixture
def small(repo: Repo) -> Repo:
    return found_small(repo)


def test_a_new_repository_validates_clean(repo: Repo) -> None:
    ran = repo.run("init", "--name", "Tõnu Õunapuu", "--email", "tonu@example.org")
    assert ran.code == 0, ran.stderr
    assert (repo.path / "records/persons/tonu-ounapuu.yaml").is_file()
    # nobody has a key yet, and nobody approves what they made: that is said from the first day on
    assert {line.split()[-1] for line in lines(validate(repo))} <= {"approval-deadlock"}
    assert validate(repo).code == 0


def test_the_first_person_is_whom_git_knows(repo: Repo) -> None:
    repo.git("config", "user.name", "Mari Maasikas")
    repo.git("config", "user.email", "mari@example.org")
    ran = repo.run("init")
    assert ran.code == 0
    assert "spec.keys in records/persons/mari-maasikas.yaml" in " ".join(ran.stdout.split())
    assert "a second person in both roles" in " ".join(ran.stdout.split())
    assert "# carriers:\n#   - email: noreply@github.com\n" in (repo.path / "itsm.yaml").read_text()
    assert "mari@example.org" in (repo.path / "records/persons/mari-maasikas.yaml").read_text()


def test_without_a_name_nothing_is_written(repo: Repo) -> None:
    ran = repo.run("init")
    assert ran.code == 2
    assert "--name" in ran.stderr
    assert [path.name for path in repo.path.iterdir()] == [".git"]


def test_init_overwrites_nothing(repo: Repo) -> None:
    repo.write("itsm.yaml", "mine")
    ran = repo.run("init", "--name", "Mari", "--email", "mari@example.org")
    assert ran.code == 2
    assert "itsm.yaml" in ran.stderr
    assert (repo.path / "itsm.yaml").read_text() == "mine"
    assert sorted(path.name for path in repo.path.iterdir()) == [".git", "itsm.yaml"]


WHO = ("--name", "Mari", "--email", "mari@example.org")


def test_init_leaves_what_others_wrote_where_files_are_shared(repo: Repo) -> None:
    repo.write(".gitattributes", "*.png binary")
    repo.write(".vscode/settings.json", '{"editor.rulers": [100]}\n')
    repo.write(".vscode/extensions.json", "{}\n")
    ran = repo.run("init", *WHO)
    assert (ran.code, ran.stderr) == (0, "")
    said = ran.stdout.splitlines()
    assert {"added to .gitattributes", "added to .vscode/settings.json"} < set(said)
    assert "left .vscode/extensions.json as it is" in said
    assert "wrote itsm.yaml" in said
    assert (repo.path / ".gitattributes").read_text().splitlines()[::2] == ["*.png binary", "records/** text eol=lf"]
    assert '"editor.rulers"' in (repo.path / ".vscode/settings.json").read_text()


def test_init_twice_says_that_the_folder_is_governed(repo: Repo) -> None:
    assert repo.run("init", *WHO).code == 0
    ran = repo.run("init", *WHO)
    assert (ran.code, ran.stdout) == (2, "")
    assert "itsm.yaml is there already: the folder is governed" in ran.stderr
    assert "records" not in ran.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--name", "x", "--email", "y"), "y is no e-mail address"),
        ((*WHO, "--branch", "bad branch"), "no branch can be called 'bad branch'"),
    ],
)
def test_what_init_cannot_use_is_told_and_nothing_is_written(repo: Repo, words: tuple[str, ...], says: str) -> None:
    ran = repo.run("init", *words)
    assert (ran.code, ran.stdout) == (2, "")
    assert says in ran.stderr
    assert [path.name for path in repo.path.iterdir()] == [".git"]


def test_in_a_folder_of_a_repository_the_workflows_stand_at_its_top(repo: Repo) -> None:
    repo.git("remote", "add", "origin", "git@github.com:town/records.git")
    ran = repo.run("init", "teams/our records", *WHO)
    assert (ran.code, ran.stderr) == (0, "")
    assert "\ncarriers:\n  - email: noreply@github.com\n" in (repo.path / "teams/our records/itsm.yaml").read_text()
    assert "wrote .github/workflows/itsmctl.yml" in ran.stdout
    assert "cd 'teams/our records' && git add . :/.github" in ran.stdout
    assert (repo.path / "teams/our records/itsm.yaml").is_file()
    assert not (repo.path / "teams/our records/.github").exists()
    for name in ("itsmctl.yml", "itsmctl-gate.yml"):
        assert " --root 'teams/our records'" in (repo.path / ".github/workflows" / name).read_text()


def test_a_new_record_stands_in_its_home_and_validates(small: Repo) -> None:
    ran = small.run("new", "Service", "loans", "--set", "title=Loans: books", "--set", "owner=Role/operations")
    assert (ran.code, ran.stdout) == (0, "wrote records/services/loans.yaml\n")
    assert lines(validate(small)) == []
    assert 'title: "Loans: books"' in (small.path / "records/services/loans.yaml").read_text().replace("'", '"')


@pytest.mark.parametrize(
    ("setting", "written"),
    [
        ("version=1.10", "1.10"),
        ("spec.version=15", "15"),
        ("/spec/version=true", "true"),
    ],
)
def test_a_text_stays_the_text_that_was_typed(small: Repo, setting: str, written: str) -> None:
    common = ("--set", "title=T", "--set", "owner=Role/operations", "--set", "type=server")
    ran = small.run("new", "ConfigurationItem", "a", *common, "--set", setting)
    assert ran.code == 0, ran.stderr
    assert re.search(rf"version: [\"']{written}[\"']", (small.path / "records/configuration-items/a.yaml").read_text())
    assert lines(validate(small)) == []


def test_what_is_missing_is_named_all_at_once(small: Repo) -> None:
    ran = small.run("new", "ServiceLevelAgreement", "a")
    assert ran.code == 2
    for field in ("metadata.title", "metadata.owner", "spec.customer", "spec.services"):
        assert f"--set {field}=" in ran.stderr
    assert not (small.path / "records/service-level-agreements").exists()


def test_names_that_two_branches_do_not_both_take(small: Repo) -> None:
    made = [small.run("new", "ChangeRequest", "--set", "title=A", "--set", "class=normal") for _ in range(3)]
    names = {re.sub(r"wrote records/changes/(.*)\.yaml\n", r"\1", ran.stdout) for ran in made}
    assert len(names) == 3
    assert all(re.fullmatch(r"CHG-\d{4}-[2-9A-Z]{4}", name) for name in names)
    assert lines(validate(small)) == []


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["new", "Srvice", "x"], "did you mean Service?"),
        (["new", "Service"], "needs a name"),
        (["new", "Service", "../x"], "name"),
        (["new", "Person", "MARI"], "Person called mari already"),
        (["new", "Service", "x", "--set", "titel=x"], "title"),
        (["new", "Service", "x", "--set", "title"], "there is no ="),
        (
            ["new", "Service", "x", "--set", "title=T", "--set", "owner=Role/operations", "--set", "state=alive"],
            "state",
        ),
    ],
)
def test_a_mistyped_record_is_not_written(small: Repo, argv: list[str], says: str) -> None:
    before = sorted(path for path in small.path.rglob("*.yaml"))
    ran = small.run(*argv)
    assert ran.code == 2
    assert says in ran.stderr
    assert sorted(small.path.rglob("*.yaml")) == before


def test_a_name_that_was_ever_used_is_not_used_again(small: Repo) -> None:
    small.run("new", "Service", "loans", "--set", "title=T", "--set", "owner=Role/operations")
    small.commit()
    (small.path / "records/services/loans.yaml").unlink()
    small.commit()
    ran = small.run("new", "Service", "loans", "--set", "title=T", "--set", "owner=Role/operations")
    assert ran.code == 2
    assert "never reused" in ran.stderr


def test_a_template_fills_to_a_record_that_validates(small: Repo) -> None:
    ran = small.run("new", "Customer", "town", "--template")
    assert ran.code == 0
    assert "# " in ran.stdout
    assert not (small.path / "records/customers").exists()


@pytest.mark.parametrize(
    ("kind", "name", "path"),
    [("Customer", "town", "records/customers/town.yaml"), ("Policy", "TLR-02", "policies/TLR-02.yaml")],
)
def test_a_template_goes_straight_into_the_file_that_the_shell_has_made(
    small: Repo, kind: str, name: str, path: str
) -> None:
    small.write(path, "")
    ran = small.run("new", kind, name, "--template")
    assert (ran.code, ran.stderr) == (0, "")
    assert f"  name: {name}\n" in ran.stdout


def test_doctor_tells_what_is_wrong_and_what_to_do(small: Repo) -> None:
    small.commit()
    ran = small.run("doctor")
    assert (ran.code, ran.stdout.rstrip().splitlines()[-1]) == (0, "Nothing is wrong.")
    assert "refs/heads/main  [itsm.yaml]" in ran.stdout
    small.write("itsm.yaml", "kind: Settings\n")
    ran = small.run("doctor")
    assert ran.code == 3
    assert "itsm.yaml" in ran.stdout


def test_files_are_written_all_or_none(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("there")
    with pytest.raises(Misuse):
        files.write_all(tmp_path, {"a/x": b"1", "b": b"2"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b"]
    with pytest.raises(CannotJudge):
        files.write_all(tmp_path, {"a/x": b"1", "z/" + "n" * 300: b"2"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b"]


def test_help_of_every_command_has_an_example(small: Repo) -> None:
    listed = small.run("--help").stdout
    names = re.findall(r"^  ([a-z]+) ", listed.split("Commands:")[1], flags=re.MULTILINE)
    assert {"validate", "show", "impact", "explain", "why", "new", "init", "doctor", "policy", "schema"} <= set(names)
    for name in set(names) - {"policy", "schema"}:
        text = small.run(name, "--help").stdout
        assert f"itsmctl {name}" in text.split("Options:")[0].split("Usage:", 1)[1].split("\n", 1)[1], name


@pytest.mark.parametrize(
    ("argv", "heavy"),
    [
        (["--version"], {"typer", "pydantic", "git", "rich", "jsonschema", "yaml"}),
        (["--help"], {"pydantic", "git", "rich", "jsonschema", "jsonschema_rs", "yaml"}),
        (["validate", "--as-of", AS_OF, "-q"], {"rich", "jsonschema", "ruamel"}),
    ],
)
def test_what_is_heavy_is_loaded_only_when_needed(small: Repo, argv: list[str], heavy: set[str]) -> None:
    import subprocess
    import sys

    script = (
        "import sys\nfrom itsmctl.cli import main\n"
        f"code = main({argv!r})\nprint('|'.join(sorted(m for m in sys.modules if '.' not in m)))\nsys.exit(code)"
    )
    environ = {**small.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=small.path, env=environ, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not heavy & set(done.stdout.splitlines()[-1].split("|"))
