"""One file → one record: homes, kinds, states, what falls due; text in, finding line out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from world import change, finding, found_small, item, lines, validate

if TYPE_CHECKING:
    from conftest import Repo


@pytest.fixture
def small(repo: Repo) -> Repo:
    return found_small(repo)


def test_the_small_repository_is_clean(small: Repo) -> None:
    ran = validate(small)
    assert lines(ran) == []
    assert ran.code == 0


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        (
            "records/configuration-items/db-1.yaml",
            item("db-01"),
            "records/configuration-items/db-1.yaml:4:9 record-home",
        ),
        ("records/services/db-01.yaml", item("db-01"), "records/services/db-01.yaml:2:7 record-home"),
        ("records/servers/db-01.yaml", item("db-01"), "records/servers/db-01.yaml:1:1 record-home"),
        ("records/db-01.yaml", item("db-01"), "records/db-01.yaml:1:1 record-home"),
        ("records/services/notes.md", "# notes", "records/services/notes.md:1:1 record-file"),
        ("records/services/loans.yml", "a: 1", "records/services/loans.yml:1:1 record-file"),
        ("records/services/loans.yaml", "- a\n", "records/services/loans.yaml:1:3 record-kind"),
        ("records/services/loans.yaml", "spec: {}\n", "records/services/loans.yaml:1:1 record-kind"),
        (
            "records/services/loans.yaml",
            item("loans").replace("ConfigurationItem", "ConfigurationItm"),
            "records/services/loans.yaml:2:7 record-kind",
        ),
    ],
)
def test_a_file_in_the_wrong_place_is_a_finding_that_names_the_right_one(
    small: Repo, path: str, content: str, expected: str
) -> None:
    small.write(path, content)
    ran = validate(small)
    assert ran.code == 1
    assert expected in lines(ran)


def test_the_home_is_named_with_the_command(small: Repo) -> None:
    small.write("records/configuration-items/db-1.yaml", item("db-01"))
    found = finding(validate(small), "record-home")
    assert "records/configuration-items/db-01.yaml" in str(found["message"])
    assert "git mv records/configuration-items/db-1.yaml records/configuration-items/db-01.yaml" in str(found["hint"])


def test_an_unknown_kind_names_the_nearest(small: Repo) -> None:
    small.write("records/services/x.yaml", item("x").replace("ConfigurationItem", "ConfigurationItm"))
    assert "did you mean ConfigurationItem?" in str(finding(validate(small), "record-kind")["message"])


def test_a_layout_shards_a_kind_by_a_function_of_the_name(small: Repo) -> None:
    small.write("itsm.yaml", small.path.joinpath("itsm.yaml").read_text() + _SHARDED)
    small.write("records/configuration-items/db/db-01.yaml", item("db-01"))
    assert lines(validate(small)) == []
    small.write("records/configuration-items/vm-01.yaml", item("vm-01"))
    assert lines(validate(small)) == ["records/configuration-items/vm-01.yaml:4:9 record-home"]


_SHARDED = """\
layout:
  configuration-items: {by: prefix, length: 2}
"""


def test_what_falls_due_in_a_state_is_missed_at_the_place_where_it_would_stand(small: Repo) -> None:
    small.write("records/changes/CHG-1.yaml", change("CHG-1", state="submitted", spec="requester: mari"))
    ran = validate(small)
    messages = {(f["rule"], f["message"]) for f in _all(ran)}
    assert ("record-due", "spec.reason is missing: it falls due once a ChangeRequest is submitted") in messages
    assert (
        "record-due",
        "spec.items or spec.scope is missing: it falls due once a ChangeRequest is submitted",
    ) in messages
    assert "records/changes/CHG-1.yaml:7:1 record-due" in lines(ran)


def test_what_is_due_in_a_state_stays_due_in_the_states_behind_it(small: Repo) -> None:
    small.write("records/changes/CHG-1.yaml", change("CHG-1", state="implementing", spec="reason: Because."))
    due = {f["message"].split(" is missing")[0] for f in _all(validate(small)) if f["rule"] == "record-due"}
    assert {"spec.risk", "spec.schedule", "spec.test", "spec.backout or spec.remedy"} <= due
    assert "spec.reason" not in due
    assert "spec.implementation" not in due


def test_an_emergency_owes_less_before_and_the_rest_by_its_review(small: Repo) -> None:
    text = change("CHG-1", state="implementing", spec="reason: Fire.\nscope: {in: All of it.}")
    small.write("records/changes/CHG-1.yaml", text.replace("class: normal", "class: emergency"))
    due = {f["message"].split(" is missing")[0] for f in _all(validate(small)) if f["rule"] == "record-due"}
    assert due == {"spec.emergency"}


def _all(ran: object) -> list[dict[str, str]]:
    import json

    return json.loads(ran.stdout)["findings"]  # type: ignore[attr-defined]
