"""What is kept between two loads of the law: shared where bytes are equal, anew where one differs, never a fault."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from conftest import Repo
from test_kinds_own import SURVEY

from itsmctl import ready
from itsmctl.errors import CannotJudge
from itsmctl.sources import SourceFile

PATH = "schemas/rack-survey.schema.json"


def survey(title: str = "Rack survey", blob: str = "") -> SourceFile:
    return SourceFile(PATH, json.dumps({**SURVEY, "title": title}).encode(), blob)


def test_equal_files_share_what_they_come_to_wherever_they_stand() -> None:
    first, second = ready.ready([survey()]), ready.ready([survey(blob="1" * 40)])
    assert first is second
    assert first.kinds is ready.kinds_with([survey()])


def test_another_byte_makes_another_law() -> None:
    one, other, bare = ready.ready([survey()]), ready.ready([survey("Survey of a rack")]), ready.ready([])
    assert [made.kinds["RackSurvey"].title for made in (one, other)] == ["Rack survey", "Survey of a rack"]
    assert "RackSurvey" not in bare.kinds


@pytest.mark.parametrize("load", [ready.ready, ready.kinds_with])
def test_a_broken_schema_is_refused_each_time(load: Callable[[list[SourceFile]], object]) -> None:
    for _ in range(2):
        with pytest.raises(CannotJudge, match="rack-survey"):
            load([SourceFile(PATH, b"{")])


def test_a_law_that_is_mended_in_one_process_holds_at_once(repo: Repo) -> None:
    from itsmctl import yamltext

    settings = {"apiVersion": "itsm/v1", "kind": "Settings", "repository": "town", "target": "refs/heads/main"}
    repo.write("itsm.yaml", yamltext.dump(settings))
    repo.write(PATH, survey().content)
    repo.commit()
    assert "RackSurvey" in repo.run("schema", "list").stdout
    repo.write(PATH, b"{")
    assert repo.run("schema", "list").code == 3
    (repo.path / PATH).unlink()
    ran = repo.run("schema", "list")
    assert (ran.code, "RackSurvey" in ran.stdout) == (0, False)
