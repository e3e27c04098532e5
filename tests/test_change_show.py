"""`change show` and `change list`: a change with its verdict so far, and the open ones."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from court import Court, change

DB = "ConfigurationItem/db-01"


def proposed(court: Court, state: str = "implementing", **spec: Any) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}, state=state, **spec))
    court.commit("jaan", "Update the database")


def shown(court: Court, *argv: str) -> dict[str, Any]:
    ran = court.run("mari", "change", "show", "CHG-1", "--base", "main", "-f", "json", *argv)
    assert ran.code == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert isinstance(found, dict)
    return found


def votes(found: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    return {one["person"]: (one["code"], one["counted"]) for one in found["votes"]}


def test_votes_count_as_the_gate_counts_them(court: Court) -> None:
    proposed(court)
    found = shown(court)
    assert (found["votes"], found["verdict"]["outcome"], found["up_for_a_decision"]) == ([], "DENIED", True)
    for one in ("liis", "jaan", "rein"):
        court.vote(one, "CHG-1")
    found = shown(court)
    assert votes(found) == {"jaan": ("CONTRIBUTOR", False), "liis": ("", True), "rein": ("NO_ROLE", False)}
    text = court.run("mari", "change", "show", "CHG-1", "--base", "main").stdout
    assert "kadri (owner of ConfigurationItem/db-01) vote" in text
    assert "itsmctl change approve CHG-1" in text
    assert "CONTRIBUTOR (author of" in text
    court.vote("kadri", "CHG-1")
    assert shown(court)["verdict"]["outcome"] == "ALLOWED"
    assert court.gate().outcome == "ALLOWED"


def test_a_stale_vote_names_the_field(court: Court) -> None:
    proposed(court)
    court.vote("liis", "CHG-1")
    court.edit(DB, {"/spec/version": "1.0.2"})
    court.commit("jaan", "Another version")
    assert votes(shown(court)) == {"liis": ("STALE", False)}
    text = " ".join(court.run("mari", "change", "show", "CHG-1", "--base", "main").stdout.split())
    assert 'STALE (ConfigurationItem/db-01 /spec/version "1.0.1" → "1.0.2"' in text


def test_votes_outside_of_the_repository_are_shown_where_they_are_given(court: Court, tmp_path: Any) -> None:
    proposed(court)
    court.vote("liis", "CHG-1", "--out", str(tmp_path / "votes"))
    assert shown(court)["votes"] == []
    assert votes(shown(court, "--votes", str(tmp_path / "votes"))) == {"liis": ("", True)}


def test_a_change_that_the_head_does_not_touch_shows_its_votes_too(court: Court) -> None:
    court.branch("plan")
    planned = change("CHG-1", {DB: "change"}, state="approved")
    planned["spec"]["items"][0]["set"] = {"/spec/version": "1.0.1"}
    court.put(planned)
    court.commit("jaan", "Plan the update")
    for one in ("liis", "kadri"):
        court.vote(one, "CHG-1")
    court.merge("plan")
    found = shown(court)
    assert (found["up_for_a_decision"], found["state"]) == (False, "approved")
    assert votes(found) == {"kadri": ("", True), "liis": ("", True)}
    assert found["verdict"]["outcome"] == "ALLOWED"


def test_the_votes_on_what_was_merged_stay_counted(court: Court) -> None:
    proposed(court)
    for one in ("liis", "kadri"):
        court.vote(one, "CHG-1")
    court.merge("pr")
    assert votes(shown(court)) == {"kadri": ("", True), "liis": ("", True)}


def test_a_change_that_is_fine_in_a_head_that_is_not_says_so(court: Court) -> None:
    proposed(court)
    court.edit("ConfigurationItem/app-01", {"/spec/version": "1.0.1"})  # no change lists it
    court.commit("jaan", "Something else")
    for one in ("liis", "kadri"):
        court.vote(one, "CHG-1")
    found = shown(court)
    assert (found["verdict"]["outcome"], found["head_as_a_whole"]) == ("ALLOWED", "DENIED")
    assert "as a whole is DENIED" in court.run("mari", "change", "show", "CHG-1", "--base", "main").stdout


def test_of_a_change_that_was_called_off_nothing_is_asked(court: Court) -> None:
    proposed(court, "cancelled")
    assert shown(court)["verdict"]["because"] == []


def test_a_draft_says_that_votes_do_not_count_yet(court: Court) -> None:
    proposed(court, "draft")
    ran = court.run("mari", "change", "show", "CHG-1", "--base", "main")
    assert ran.code == 0, ran.stderr
    assert "itsmctl change submit CHG-1" in ran.stdout


def test_what_is_no_change_is_told_with_what_comes_near(court: Court) -> None:
    proposed(court)
    ran = court.run("mari", "change", "show", "CHG-2", "--base", "main")
    assert (ran.code, "CHG-1" in ran.stderr) == (2, True)


def listed(court: Court, who: str, *argv: str) -> list[str]:
    ran = court.run(who, "change", "list", "-f", "json", *argv)
    assert ran.code == 0, ran.stderr
    return [one["change"] for one in json.loads(ran.stdout)]


def test_the_list_is_of_what_is_not_over(court: Court) -> None:
    court.put(change("CHG-1", {DB: "change"}, state="draft", schedule=None))
    court.put(change("CHG-2", {}, state="assessed", requester="kadri", implementers=["tonu"]))
    court.put(change("CHG-3", {}, state="cancelled"))
    assert listed(court, "mari") == ["CHG-2", "CHG-1"]
    assert listed(court, "mari", "--state", "cancelled", "--state", "draft") == ["CHG-3", "CHG-1"]
    assert listed(court, "tonu", "--mine") == ["CHG-2"]
    assert listed(court, "jaan", "--mine") == ["CHG-1"]
    assert listed(court, "mari", "--mine") == ["CHG-2", "CHG-1"]  # they are owned by the role that mari holds
    text = court.run("mari", "change", "list").stdout
    assert "normal, assessed, low, 2026-12-01T22:00Z/2026-12-02T02:00Z, Role/change-manager" in text


@pytest.mark.parametrize(("argv", "says"), [(("--state", "aproved"), "approved"), (("-f", "jsn"), "json")])
def test_a_slip_of_the_pen_is_named(court: Court, argv: tuple[str, ...], says: str) -> None:
    ran = court.run("mari", "change", "list", *argv)
    assert (ran.code, says in ran.stderr) == (2, True)


def test_whoever_is_nobody_has_no_list_of_their_own(court: Court) -> None:
    ran = court.run("stranger@elsewhere.example", "change", "list", "--mine")
    assert (ran.code, "stranger@elsewhere.example" in ran.stderr) == (2, True)


def test_a_change_that_cannot_be_read_is_not_passed_over_in_silence(court: Court) -> None:
    court.repo.write("records/changes/CHG-9.yaml", "{")
    ran = court.run("mari", "change", "list")
    assert "records/changes/CHG-9.yaml cannot be read" in ran.stderr


def test_a_vote_that_is_taken_back_has_no_empty_brackets(court: Court) -> None:
    proposed(court)
    court.vote("liis", "CHG-1")
    court.vote("liis", "CHG-1", decision="withdraw")
    text = court.run("mari", "change", "show", "CHG-1", "--base", "main").stdout
    assert "WITHDRAW" in text
    assert "()" not in text


def test_the_class_is_the_class_of_one_that_is_amended(court: Court) -> None:
    proposed(court)
    for voter in ("liis", "kadri"):
        court.vote(voter, "CHG-1")
    court.merge("pr", at="2026-12-01T22:31:00Z")
    court.branch("more")
    court.edit("ChangeRequest/CHG-1", {"/spec/reason": "Another one."})
    court.commit("jaan", "Rewrite it")
    text = court.run("mari", "change", "show", "CHG-1", "--base", "main").stdout
    assert re.search("class +normal$", text, re.MULTILINE), text
