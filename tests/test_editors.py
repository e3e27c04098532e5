"""Editor wiring: schemas with hover texts that give the same verdicts, where editors find them; renewed on request."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from test_kinds_own import SURVEY
from world import found_small

from itsmctl import kinds, rulebook, yamltext
from itsmctl.desk import editors
from itsmctl.kinds.fields import find

if TYPE_CHECKING:
    from conftest import Repo

    from itsmctl.rulebook import Rulebook


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return rulebook.builtin()


@pytest.fixture(scope="module")
def shown(book: Rulebook) -> dict[str, dict[str, Any]]:
    """The schema for editors of each kind."""
    return {name: kinds.for_editors(kind) for name, kind in book.kinds.items()}


@pytest.fixture
def made(repo: Repo) -> Repo:
    assert repo.run("init", "--name", "Mari", "--email", "mari@example.org").code == 0
    return repo


def wired(repo: Repo) -> dict[str, str]:
    return dict(json.loads((repo.path / ".vscode/settings.json").read_text())["yaml.schemas"])


def test_init_wires_every_kind_and_the_files_beside_them(made: Repo, book: Rulebook) -> None:
    found = wired(made)
    assert {(made.path / path).is_file() for path in found} == {True}
    for kind in book.kinds.values():
        pattern = found[f"./.itsmctl/schemas/{kind.plural}.schema.json"]
        assert PurePosixPath(book.settings.home(kind.plural, "x")).match(pattern.replace("**/", ""))
    assert found["./.itsmctl/schemas/policy.schema.json"] == "policies/**/*.yaml"
    assert found["./.itsmctl/schemas/settings.schema.json"] == "itsm.yaml"
    recommended = json.loads((made.path / ".vscode/extensions.json").read_text())
    assert recommended == {"recommendations": ["redhat.vscode-yaml"]}


def test_what_init_writes_keeps_to_the_schemas_that_it_is_wired_to(made: Repo, book: Rulebook) -> None:
    assert made.run("new", "Policy", "--set", "kind=Service", "--set", "title=A title").code == 0
    seen = 0
    for schema, pattern in wired(made).items():
        checker = jsonschema.Draft202012Validator(json.loads((made.path / schema).read_text()))
        for file in sorted(made.path.glob(pattern)):
            assert list(checker.iter_errors(yamltext.read(file.read_bytes()))) == [], file
            seen += 1
    assert seen >= 7


def test_the_verdict_is_that_of_the_kind(book: Rulebook, shown: dict[str, dict[str, Any]]) -> None:
    for name, kind in book.kinds.items():
        checker = kinds.compile_schema(shown[name])
        for example in kind.schema["examples"]:
            assert checker.conforms(example), name
            for wrong in (
                {**example, "spec": {**example["spec"], "no-such-field": 1}},
                {**example, "metadata": {**example["metadata"], "name": "no name"}},
                {**example, "kind": "Other"},
            ):
                assert checker.conforms(wrong) == kind.conforms(wrong) is False, name


def test_every_field_has_a_text_of_its_own(book: Rulebook, shown: dict[str, dict[str, Any]]) -> None:
    for name, kind in book.kinds.items():
        for info in kind.fields():
            own = find(shown[name], info.pointer)[0]
            assert own.get("description"), f"{name} {info.pointer}"


def test_no_shared_definition_hides_the_text_of_a_field(shown: dict[str, dict[str, Any]]) -> None:
    """A YAML language server shows the description of the definition that a reference leads to, if it has one."""
    for schema in shown.values():
        for name, held in schema["$defs"].items():
            assert "description" not in held, name


def test_a_text_says_what_to_write_and_when(shown: dict[str, dict[str, Any]]) -> None:
    spec = shown["ChangeRequest"]["properties"]["spec"]["properties"]
    assert spec["requester"]["description"].split("\n\n")[:3] == [
        "The person who asks for the change.",
        "The name of a Person.",
        "Due when the state is submitted, and from then on.",
    ]
    assert spec["requester"]["description"].split("\n\n")[3].startswith("For example: ")
    assert "For example" not in spec["state"]["description"]


def test_schemas_are_renewed_and_settings_of_others_stay(made: Repo) -> None:
    assert made.run("schema", "write").stdout == "all up to date\n"
    settings = made.path / ".vscode/settings.json"
    entries = {"https://example.org/x.json": "x.yaml", "./.itsmctl/schemas/gone.schema.json": "records/gone/*.yaml"}
    settings.write_text(json.dumps({"editor.tabSize": 3, "yaml.schemas": entries}))
    made.write(".itsmctl/schemas/gone.schema.json", "{}")
    made.write(".itsmctl/schemas/roles.schema.json", "{}")
    made.write(".itsmctl/schemas/readme.txt", "mine")
    made.write("schemas/rack-survey.schema.json", json.dumps(SURVEY))
    ran = made.run("schema", "write")
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout == (
        "removed .itsmctl/schemas/gone.schema.json\n"
        "wrote .itsmctl/schemas/rack-surveys.schema.json\n"
        "wrote .itsmctl/schemas/roles.schema.json\n"
        "wrote .vscode/settings.json\n"
    )
    held = json.loads(settings.read_text())
    assert held["editor.tabSize"] == 3
    assert held["yaml.schemas"]["https://example.org/x.json"] == "x.yaml"
    assert "./.itsmctl/schemas/gone.schema.json" not in held["yaml.schemas"]
    assert held["yaml.schemas"]["./.itsmctl/schemas/rack-surveys.schema.json"] == "records/rack-surveys/**/*.yaml"
    assert (made.path / ".itsmctl/schemas/readme.txt").read_text() == "mine"
    assert made.run("schema", "write").stdout == "all up to date\n"


@pytest.mark.parametrize("text", ["{// mine\n}", '["list"]', '{"yaml.schemas": 1}'])
def test_settings_that_cannot_be_read_are_left_alone_and_what_they_need_is_said(made: Repo, text: str) -> None:
    settings = made.write(".vscode/settings.json", text)
    before = settings.read_bytes()
    ran = made.run("schema", "write")
    assert ran.code == 0
    assert settings.read_bytes() == before
    assert ".vscode/settings.json has comments or is no JSON, so it was left alone." in ran.stdout
    assert '    "./.itsmctl/schemas/policy.schema.json": "policies/**/*.yaml",\n' in ran.stdout


def test_a_repository_without_wiring_gets_it(repo: Repo) -> None:
    found_small(repo)
    assert repo.run("schema", "write").code == 0
    assert wired(repo) == editors.wiring(rulebook.builtin().kinds)
