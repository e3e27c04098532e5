"""`schema list` and `schema show` through the front door: with a repository, and without one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest
from world import found_small

from itsmctl import yamltext
from itsmctl.listing import TOOL
from itsmctl.policy import model

if TYPE_CHECKING:
    from conftest import Repo

PROJECT = Path(__file__).resolve().parent.parent
POLICY = PROJECT / "schemas/tool/policy.schema.json"

BOOK = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:test:Book",
    "title": "Book",
    "description": "A book that is lent out.",
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"description": "Version.", "$ref": "urn:itsmctl:v1:envelope#/$defs/apiVersion"},
        "kind": {"description": "Kind.", "const": "Book"},
        "metadata": {"description": "Name and owner.", "$ref": "urn:itsmctl:v1:envelope#/$defs/metadata"},
        "spec": {
            "description": "What the record says.",
            "type": "object",
            "additionalProperties": False,
            "properties": {"shelf": {"description": "Where it stands.", "type": "string"}},
        },
    },
    "examples": [{"apiVersion": "itsm/v1", "kind": "Book", "metadata": {"name": "a", "title": "A"}, "spec": {}}],
    "x-itsm": {"process": "lending", "plural": "books", "controlled": False},
}


def told(repo: Repo, *argv: str) -> str:
    ran = repo.run(*argv)
    assert ran.code == 0, ran.stderr
    assert ran.stderr == ""
    return ran.stdout


def rows(text: str) -> dict[str, list[str]]:
    """The lines of the first table by their first word."""
    lines = text.split("\n\n")[0].split("\n")
    return {line.split()[0]: line.split()[1:] for line in lines}


def test_kinds_are_listed_with_their_folder_size_and_control(repo: Repo) -> None:
    listed = rows(told(repo, "schema", "list"))
    assert listed["kind"] == ["folder", "fields", "controlled", "from"]
    assert listed["Waiver"] == ["records/waivers/", "16", "yes", "itsmctl"]
    assert listed["ChangeRequest"][0] == "records/changes/"
    assert listed["ChangeRequest"][2:] == ["no", "itsmctl"]
    schemas = {path.name for path in (PROJECT / "schemas").glob("*.schema.json")} - {"envelope.schema.json"}
    assert len(listed) == len(schemas) + 1


def test_kinds_of_the_repository_are_listed_as_its_own_at_their_own_home(repo: Repo) -> None:
    found_small(repo)
    repo.write("schemas/book.schema.json", json.dumps(BOOK))
    settings = (repo.path / "itsm.yaml").read_text()
    repo.write("itsm.yaml", settings + "layout: {books: {by: prefix, length: 1}}\n")
    listed = rows(told(repo, "schema", "list"))
    assert listed["Book"][2:] == ["no", "here"]
    assert listed["Book"][0].startswith("records/books/")
    said = {one["kind"]: one for one in json.loads(told(repo, "schema", "list", "-f", "json"))}
    assert (said["Book"]["builtin"], said["Book"]["path"]) == (False, "schemas/book.schema.json")
    assert said["Waiver"]["builtin"] is True


def test_the_schema_of_a_kind_stands_alone_and_says_of_records_what_the_tool_says(repo: Repo) -> None:
    schema = json.loads(told(repo, "schema", "show", "waiver"))
    assert schema["$id"] == "urn:itsmctl:v1:Waiver"
    validator = jsonschema.Draft202012Validator(schema)
    good = schema["examples"][0]
    assert validator.is_valid(good)
    assert not validator.is_valid({**good, "colour": "blue"})
    assert not validator.is_valid({**good, "spec": {**good["spec"], "record": "no reference"}})


def test_a_schema_of_the_repository_can_be_shown(repo: Repo) -> None:
    found_small(repo)
    repo.write("schemas/book.schema.json", json.dumps(BOOK))
    shown = json.loads(told(repo, "schema", "show", "Book"))
    assert shown["title"] == "Book"
    assert "urn:itsmctl:v1:envelope" not in json.dumps(shown)


@pytest.mark.parametrize("name", sorted(TOOL))
def test_the_schemas_of_our_own_files_can_be_shown(repo: Repo, name: str) -> None:
    schema = json.loads(told(repo, "schema", "show", name))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert f"\n{name} " in told(repo, "schema", "list")


def test_every_policy_that_we_ship_keeps_to_the_schema_that_we_publish(repo: Repo) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(told(repo, "schema", "show", "Policy")))
    files = sorted((PROJECT / "policies").glob("*/*.yaml"))
    assert files
    for file in files:
        assert validator.is_valid(yamltext.read(file.read_bytes())), file
    assert not validator.is_valid({"apiVersion": "itsm/v1", "kind": "Policy"})


def test_the_published_schema_of_policies_is_the_one_of_the_model() -> None:
    written = json.dumps(model.json_schema(), indent=2, ensure_ascii=False) + "\n"
    again = (
        'python -c "import json; from itsmctl.policy import model; print(json.dumps(model.json_schema(), indent=2, '
        f'ensure_ascii=False))" > {POLICY.relative_to(PROJECT)}'
    )
    assert POLICY.read_text(encoding="utf-8") == written, f"write it anew: {again}"


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("schema", "show", "Polcy"), "there is no schema Polcy: did you mean Policy?"),
        (("schema", "show", "Waver"), "there is no schema Waver: did you mean Waiver"),
        (("schema", "show"), "NAME"),
        (("schema", "list", "-f", "yaml"), "no format is called 'yaml'"),
        (("schema", "lst"), "lst"),
    ],
)
def test_what_is_not_there_is_refused(repo: Repo, argv: tuple[str, ...], says: str) -> None:
    ran = repo.run(*argv)
    assert (ran.code, ran.stdout) == (2, "")
    assert says in ran.stderr


def test_the_group_alone_prints_its_help(repo: Repo) -> None:
    for group in ("schema", "policy"):
        ran = repo.run(group)
        assert ran.code == 2
        assert "list" in ran.stdout
        assert ran.stderr == ""
