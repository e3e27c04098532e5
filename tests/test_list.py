"""`itsmctl list`: the records of a kind, whole on any terminal; nothing that cannot be read is passed over."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from conftest import Repo
from narrow import overrun
from runner import commands
from world import found_small, item, service

TABLE = """\
name   state    title
db-01  planned  Item db-01
db-02  planned  Item db-02
"""


@pytest.fixture
def town(repo: Repo) -> Repo:
    found_small(repo)
    for name in ("db-02", "db-01"):
        repo.write(f"records/configuration-items/{name}.yaml", item(name))
    repo.write("records/services/loans.yaml", service("loans"))
    repo.commit()
    return repo


def shown(repo: Repo, *argv: str) -> str:
    ran = repo.run("list", *argv)
    assert (ran.code, ran.stderr) == (0, "")
    return ran.stdout


def test_the_records_of_a_kind_by_name(town: Repo) -> None:
    assert shown(town, "ConfigurationItem") == TABLE
    assert shown(town, "configurationitem") == TABLE


def test_without_a_kind_how_many_there_are_of_each(town: Repo) -> None:
    lines = [line.split() for line in shown(town).splitlines()]
    assert lines[0] == ["kind", "records", "what"]
    assert ["ConfigurationItem", "2", "Configuration", "item"] in lines
    assert ["Service", "1", "Service"] in lines


def test_of_a_commit_as_data(town: Repo) -> None:
    town.write("records/configuration-items/db-03.yaml", item("db-03"))
    told = json.loads(shown(town, "ConfigurationItem", "--rev", "HEAD", "-f", "json"))
    assert [one["name"] for one in told["records"]] == ["db-01", "db-02"]
    assert told["records"][0]["path"] == "records/configuration-items/db-01.yaml"
    assert told["unread"] == []
    assert {one["kind"]: one["records"] for one in json.loads(shown(town, "-f", "json"))["kinds"]}["Service"] == 1


def test_a_kind_without_records(town: Repo) -> None:
    assert shown(town, "Waiver") == "there is no Waiver\n"


def test_a_kind_that_there_is_none_of(town: Repo) -> None:
    ran = town.run("list", "Rolle")
    assert (ran.code, ran.stdout) == (2, "")
    assert "did you mean Role" in ran.stderr
    assert "itsmctl schema list" in ran.stderr


@pytest.mark.parametrize("argv", [("ConfigurationItem",), ()])
def test_what_cannot_be_read_is_named(town: Repo, argv: tuple[str, ...]) -> None:
    town.write("records/configuration-items/db-02.yaml", "x: [\n")
    ran = town.run("list", *argv)
    assert ran.code == 3
    assert "not listed, since it cannot be read: records/configuration-items/db-02.yaml\n" in ran.stdout
    told = json.loads(town.run("list", *argv, "-f", "json").stdout)
    assert told["unread"] == [{"ref": "ConfigurationItem/db-02", "path": "records/configuration-items/db-02.yaml"}]
    assert town.run("list", "Service").code == 0


@pytest.mark.parametrize("width", [20, 40, 60])
def test_nothing_is_cut_where_there_is_little_room(town: Repo, width: int) -> None:
    title = "A very long title of a record that is not going to fit into any narrow window of anybody"
    town.write("records/configuration-items/db-02.yaml", item("db-02").replace("Item db-02", title))
    narrow = replace(town, environ={**town.environ, "COLUMNS": str(width)})
    for argv in (("ConfigurationItem",), ()):
        said = shown(narrow, *argv)
        assert overrun(said, max(width, 30)) == []
        assert not argv or title in " ".join(said.split())


def test_hostile_text_stays_text(town: Repo) -> None:
    title = "'::error::x ##[error]y \\e[31m'"
    town.write("records/configuration-items/db-01.yaml", item("db-01").replace("Item db-01", title))
    for shape in ("text", "json"):
        said = shown(town, "ConfigurationItem", "-f", shape)
        assert not commands(said)
        assert "\x1b" not in said
