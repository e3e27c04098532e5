"""`itsmctl log` on real repositories: every step of a record, by its identity, with the change behind it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import Repo
from runner import commands
from world import SETTINGS, change, found_small, item, service

if TYPE_CHECKING:
    from conftest import MakeRepo

ITEMS = "records/configuration-items"
CHANGES = "records/changes"


@pytest.fixture
def town(repo: Repo) -> Repo:
    """Governed since its first commit; db-1 came with the second one."""
    found_small(repo)
    repo.commit("Found the repository")
    repo.write(f"{ITEMS}/db-1.yaml", item("db-1"))
    repo.commit("Write down the database")
    return repo


def log(repo: Repo, ref: str, *argv: str) -> dict[str, Any]:
    ran = repo.run("log", ref, "-f", "json", *argv)
    assert (ran.code, ran.stderr) == (0, "")
    return dict(json.loads(ran.stdout))


def steps(repo: Repo, ref: str, *argv: str) -> list[str]:
    """`subject: deed fields`, the newest first."""
    told = []
    for step in log(repo, ref, *argv)["steps"]:
        fields = [f"{one['field']}={one.get('before')}→{one.get('after')}" for one in step["fields"]]
        told.append(" ".join([f"{step['subject']}: {step['deed']}", *fields]))
    return told


def plan(name: str, *items: str, state: str = "draft") -> str:
    listed = "".join(f"  - {{item: {one}, action: change}}\n" for one in items)
    return change(name, state=state, spec=f"items:\n{listed}" if items else "")


def put(repo: Repo, version: str, message: str) -> None:
    repo.write(f"{ITEMS}/db-1.yaml", item("db-1", spec=f'version: "{version}"\n'))
    repo.commit(message)


# --- the steps


def test_each_commit_that_touched_the_record_with_what_it_altered(town: Repo) -> None:
    town.write(f"{CHANGES}/CHG-1.yaml", plan("CHG-1", "ConfigurationItem/db-1"))
    town.commit("Plan it")
    put(town, "16", "Upgrade the database\n\nChange: CHG-1")
    ids = town.git("log", "--format=%h", "--abbrev=7").split()
    ran = town.run("log", "ConfigurationItem/db-1")
    assert ran.code == 0
    assert ran.stdout == (
        "ConfigurationItem/db-1  Item db-1\n"
        "  history  2 commits, the newest first\n"
        "\n"
        f"{ids[0]} 2026-11-02T08:00:04Z Mari Maasikas: Upgrade the database\n"
        "  altered  spec.version: (nothing) → 16\n"
        "  change   CHG-1 A change (draft)\n"
        "\n"
        f"{ids[2]} 2026-11-02T08:00:02Z Mari Maasikas: Write down the database\n"
        "  created  Item db-1 (planned)\n"
        "  change   none: no commit of this head names one\n"
    )


def test_fields_are_told_apart_by_what_they_mean(town: Repo) -> None:
    relations = "relations:\n  - {type: connects-to, target: a}\n  - {type: connects-to, target: b}\n"
    town.write(f"{ITEMS}/db-1.yaml", item("db-1", spec="version: '1'\n" + relations))
    town.commit("One")
    relations = "relations:\n  - {type: connects-to, target: b, note: fast}\n"
    town.write(f"{ITEMS}/db-1.yaml", item("db-1", spec=relations + "version: '2'\n"))
    town.commit("Two")
    step = log(town, "db-1")["steps"][0]
    assert step["fields"] == [
        {"field": "spec.relations[target=a]", "before": {"type": "connects-to", "target": "a"}, "is_order": False},
        {"field": "spec.relations[target=b].note", "after": "fast", "is_order": False},
        {"field": "spec.version", "before": "1", "after": "2", "is_order": False},
    ]


def test_form_alone_alters_no_field_and_needs_no_change(town: Repo) -> None:
    text = item("db-1").replace("type: server", "type: 'server' # a note")
    town.write(f"{ITEMS}/db-1.yaml", text.replace("\n", "\r\n"))
    town.commit("Make it nice")
    shown = town.run("log", "db-1").stdout.split("\n\n")[1]
    assert shown.split("\n")[1:] == ["  altered  its form alone: comments, quotes, order of keys"]


def test_long_values_are_cut_and_stay_on_their_line(town: Repo) -> None:
    town.write(f"{ITEMS}/db-1.yaml", item("db-1", spec=f"location: {'x' * 90}\nlicence: |\n  a\n  b\n"))
    town.commit("Long")
    shown = town.run("log", "db-1").stdout
    assert f"spec.location: (nothing) → {'x' * 59}…\n" in shown
    assert "spec.licence: (nothing) → a\\nb\\n\n" in shown


# --- identity


def test_a_rename_does_not_end_the_history(town: Repo) -> None:
    assert town.run("rename", "db-1", "db-01").code == 0
    town.commit("Another name")
    for ref in ("ConfigurationItem/db-01", "db-1", "ConfigurationItem/db-1", f"{ITEMS}/db-01.yaml"):
        found = log(town, ref)
        assert (found["ref"], found["names"]) == ("ConfigurationItem/db-01", ["db-01", "db-1"])
        assert [step["deed"] for step in found["steps"]] == ["renamed", "created"]
    shown = town.run("log", "db-1").stdout
    assert "  formerly  db-1\n" in shown
    assert "\n  renamed  db-1 → db-01\n  change   none" in shown


def test_over_two_renames_and_an_edit_in_between(town: Repo) -> None:
    assert town.run("rename", "db-1", "db-01").code == 0
    town.commit("First")
    file = town.path / f"{ITEMS}/db-01.yaml"
    town.write(f"{ITEMS}/db-01.yaml", file.read_text() + "  location: cellar\n")
    town.commit("Second")
    assert town.run("rename", "db-01", "db-one").code == 0
    town.commit("Third")
    assert [step["deed"] for step in log(town, "db-one")["steps"]] == ["renamed", "altered", "renamed", "created"]
    assert log(town, "db-one")["names"] == ["db-one", "db-01", "db-1"]


def test_a_rename_by_hand_without_formerly_is_another_record(town: Repo) -> None:
    town.git("mv", f"{ITEMS}/db-1.yaml", f"{ITEMS}/db-2.yaml")
    town.write(f"{ITEMS}/db-2.yaml", item("db-2"))
    town.commit("By hand")
    assert [step.partition(": ")[2] for step in steps(town, "db-2")] == ["created"]
    assert [step.partition(": ")[2] for step in steps(town, "db-1")] == ["deleted", "created"]


def test_a_former_name_that_was_noted_later_counts_too(town: Repo) -> None:
    town.git("mv", f"{ITEMS}/db-1.yaml", f"{ITEMS}/db-2.yaml")
    town.write(f"{ITEMS}/db-2.yaml", item("db-2"))
    town.commit("By hand")
    noted = item("db-2").replace("  owner:", "  formerly: [db-1]\n  owner:")
    town.write(f"{ITEMS}/db-2.yaml", noted)
    town.commit("Noted")
    assert [step["deed"] for step in log(town, "db-2")["steps"]] == ["altered", "renamed", "created"]


def test_who_takes_a_name_against_the_rules_gets_a_history_of_their_own(town: Repo) -> None:
    assert town.run("rename", "db-1", "db-01").code == 0
    town.commit("Renamed")
    town.write(f"{ITEMS}/db-1.yaml", item("db-1"))
    town.commit("Taken")
    told = [step.partition(":")[0] for step in steps(town, "ConfigurationItem/db-01")]
    assert told == ["Renamed", "Write down the database"]


def test_there_and_back_again(town: Repo) -> None:
    for name, was in (("db-01", "db-1"), ("db-1", "db-01"), ("db-01", "db-1")):
        assert town.run("rename", was, name).code == 0
        town.commit(f"To {name}")
    assert [step["deed"] for step in log(town, "db-01")["steps"]] == ["renamed", "renamed", "renamed", "created"]


def test_a_record_that_is_gone_has_a_history(town: Repo) -> None:
    town.git("rm", "--quiet", f"{ITEMS}/db-1.yaml")
    town.commit("Scrapped")
    for ref in ("ConfigurationItem/db-1", "db-1", "CONFIGURATIONITEM/DB-1"):
        assert [step.partition(": ")[2] for step in steps(town, ref)] == ["deleted", "created"]
    assert town.run("log", "db-1").stdout.startswith("ConfigurationItem/db-1  Item db-1 (gone)\n")


def test_a_renamed_record_that_is_gone_is_found_by_each_of_its_names(town: Repo) -> None:
    assert town.run("rename", "db-1", "db-01").code == 0
    town.commit("Renamed")
    town.git("rm", "--quiet", f"{ITEMS}/db-01.yaml")
    town.commit("Scrapped")
    for ref in ("db-1", "db-01"):
        assert [step["deed"] for step in log(town, ref)["steps"]] == ["deleted", "renamed", "created"]


def test_deleted_and_created_again(town: Repo) -> None:
    town.git("rm", "--quiet", f"{ITEMS}/db-1.yaml")
    town.commit("Scrapped")
    put(town, "1", "Bought back")
    assert [step["deed"] for step in log(town, "db-1")["steps"]] == ["created again", "deleted", "created"]


def test_the_same_record_at_another_path_goes_on(town: Repo) -> None:
    town.write("itsm.yaml", SETTINGS + "layout:\n  configuration-items: {by: prefix, length: 2}\n")
    town.commit("A new layout")
    assert town.run("fmt").code == 0
    town.commit("Home")
    step = log(town, "db-1")["steps"][0]
    assert (step["deed"], step["before"]["path"], step["after"]["path"]) == (
        "moved",
        f"{ITEMS}/db-1.yaml",
        f"{ITEMS}/db/db-1.yaml",
    )
    assert f"  moved  {ITEMS}/db-1.yaml → {ITEMS}/db/db-1.yaml\n" in town.run("log", "db-1").stdout


def test_while_it_lay_astray_it_was_the_same_record(town: Repo) -> None:
    town.git("mv", f"{ITEMS}/db-1.yaml", "records/db-1.yaml")
    town.commit("Astray")
    town.write("records/db-1.yaml", item("db-1", spec="location: cellar\n"))
    town.commit("Edited there")
    town.write("records/other.yaml", item("other"))
    town.commit("Not this one")
    assert town.run("fmt").code == 0
    town.commit("Home")
    assert [step["deed"] for step in log(town, "db-1")["steps"]] == ["moved", "altered", "moved", "created"]


def test_two_kinds_may_have_records_of_one_name(town: Repo) -> None:
    town.write("records/services/db-1.yaml", service("db-1"))
    town.commit("A service")
    ran = town.run("log", "db-1")
    assert ran.code == 2
    assert "several records are called db-1: ConfigurationItem/db-1, Service/db-1" in ran.stderr
    town.git("rm", "--quiet", "records/services/db-1.yaml", f"{ITEMS}/db-1.yaml")
    town.commit("Both gone")
    ran = town.run("log", "db-1")
    assert ran.code == 2
    assert "several records were called db-1: ConfigurationItem/db-1, Service/db-1" in ran.stderr
    assert [step["deed"] for step in log(town, "Service/db-1")["steps"]] == ["deleted", "created"]


# --- files that cannot be read


def test_a_version_that_cannot_be_read_is_a_step_too(town: Repo) -> None:
    put(town, "1", "One")
    town.write(f"{ITEMS}/db-1.yaml", "a: [\n")
    town.commit("Broken")
    ran = town.run("log", "ConfigurationItem/db-1")
    assert f"  altered  {ITEMS}/db-1.yaml cannot be read: line 1: " in ran.stdout
    put(town, "2", "Mended")
    assert steps(town, "db-1")[:2] == ["Mended: altered spec.version=1→2", "Broken: altered"]


# --- merges


def test_what_came_in_by_a_merge_is_told_where_it_was_made(town: Repo) -> None:
    town.git("checkout", "--quiet", "-b", "topic")
    put(town, "16", "On the branch")
    town.git("checkout", "--quiet", "main")
    town.write("docs/x", "x")
    town.commit("Elsewhere")
    town.git("merge", "--quiet", "--no-ff", "-m", "Merge topic", "topic")
    assert [step.partition(":")[0] for step in steps(town, "db-1")] == ["On the branch", "Write down the database"]


def test_a_merge_tells_what_is_in_neither_of_its_parents(town: Repo) -> None:
    town.write(f"{ITEMS}/db-1.yaml", item("db-1", spec="version: '1'\nlocation: a\n"))
    town.commit("Base")
    town.git("checkout", "--quiet", "-b", "topic")
    town.write(f"{ITEMS}/db-1.yaml", item("db-1", spec="version: '2'\nlocation: a\n"))
    town.commit("Version")
    town.git("checkout", "--quiet", "main")
    town.write(f"{ITEMS}/db-1.yaml", item("db-1", spec="version: '1'\nlocation: b\n"))
    town.commit("Location")
    town.git("merge", "--quiet", "--no-commit", "-s", "ours", "topic")
    town.write(f"{ITEMS}/db-1.yaml", item("db-1", spec="version: '2'\nlocation: b\ntier: 1\n"))
    town.commit("Merge topic")
    assert steps(town, "db-1")[0] == "Merge topic: merged spec.tier=None→1"
    town.git("reset", "--quiet", "--hard", "HEAD^")
    town.git("merge", "--quiet", "--no-commit", "-s", "ours", "topic")
    town.write(f"{ITEMS}/db-1.yaml", item("db-1", spec="version: '2'\nlocation: b\n"))
    town.commit("Merge topic")
    assert "\n  merged  nothing of its own\n\n" in town.run("log", "db-1").stdout


# --- the change behind a step


def covers(repo: Repo, ref: str) -> list[list[str]]:
    """The lines on changes of each step, the newest first."""
    told = repo.run("log", ref).stdout.split("\n\n")[1:]
    return [re.findall(r"^  (?:change +| {8,})((?:CHG|none).*)$", step, re.MULTILINE) for step in told]


def test_a_trailer_names_the_change(town: Repo) -> None:
    town.write(f"{CHANGES}/CHG-1.yaml", plan("CHG-1", "ConfigurationItem/db-1"))
    town.commit("Plan")
    put(town, "1", "One\n\nSome words.\n\nChange: CHG-1\nSigned-off-by: Mari <mari@example.org>")
    put(town, "2", "Two\n\nchange: ChangeRequest/CHG-1")
    put(town, "3", "Three\n\nChange: CHG-1 in the body is no trailer.\n\nBye.")
    assert covers(town, "db-1")[:3] == [["none: no commit of this head names one"], *2 * [["CHG-1 A change (draft)"]]]


def test_a_change_that_does_not_list_the_record_is_told_so(town: Repo) -> None:
    town.write(f"{CHANGES}/CHG-1.yaml", plan("CHG-1", "ConfigurationItem/other"))
    town.commit("Plan")
    put(town, "1", "One\n\nChange: CHG-1")
    assert covers(town, "db-1")[0] == ["CHG-1 A change (draft); it does not list this record"]


def test_a_change_that_was_over_before_is_told_so(town: Repo) -> None:
    town.write(f"{CHANGES}/CHG-1.yaml", plan("CHG-1", "ConfigurationItem/db-1"))
    town.commit("Plan")
    closing = plan("CHG-1", "ConfigurationItem/db-1", state="closed")
    town.write(f"{CHANGES}/CHG-1.yaml", closing)
    put(town, "1", "Do and close\n\nChange: CHG-1")
    put(town, "2", "Later\n\nChange: CHG-1")
    town.write(f"{CHANGES}/CHG-1.yaml", closing + "  priority: high\n")
    put(town, "3", "Later still, and the change is touched")
    over = "CHG-1 A change (closed); it was closed before, and covered nothing any more"
    assert covers(town, "db-1")[:3] == [[over], [over], ["CHG-1 A change (closed)"]]
    assert [one["was_over"] for one in log(town, "db-1")["steps"][1]["changes"]] == ["closed"]


def test_a_change_that_plans_another_version_is_told_so(town: Repo) -> None:
    planned = plan("CHG-1", "ConfigurationItem/db-1").replace("action: change}", 'action: change, to: "16.2"}')
    town.write(f"{CHANGES}/CHG-1.yaml", planned)
    town.commit("Plan")
    put(town, "17.0", "Another one\n\nChange: CHG-1")
    put(town, "16.2", "The right one\n\nChange: CHG-1")
    assert covers(town, "db-1")[:2] == [
        ["CHG-1 A change (draft)"],
        ["CHG-1 A change (draft); it plans version 16.2, not 17.0"],
    ]


def test_a_change_that_nobody_wrote_is_unknown(town: Repo) -> None:
    put(town, "1", "One\n\nChange: CHG-9")
    assert covers(town, "db-1")[0] == ["CHG-9: unknown, there is no such change"]
    cover = log(town, "db-1")["steps"][0]["changes"][0]
    assert (cover["name"], cover["known"], cover["lists_record"]) == ("CHG-9", False, False)


def test_a_change_that_was_written_after_the_fact_is_told_so(town: Repo) -> None:
    put(town, "1", "One\n\nChange: CHG-1")
    town.write(f"{CHANGES}/CHG-1.yaml", plan("CHG-1", "ConfigurationItem/db-1"))
    town.commit("Afterwards")
    assert covers(town, "db-1")[0] == ["CHG-1 A change (draft); its record came later"]


def test_a_change_whose_record_came_with_the_same_commit(town: Repo) -> None:
    town.write(f"{CHANGES}/CHG-1.yaml", plan("CHG-1", "ConfigurationItem/db-1"))
    town.write(f"{CHANGES}/CHG-2.yaml", plan("CHG-2", "ConfigurationItem/other"))
    put(town, "1", "Squashed")
    assert covers(town, "db-1")[0] == ["CHG-1 A change (draft)"]


def test_a_change_that_came_in_by_the_same_merge(town: Repo) -> None:
    town.git("checkout", "--quiet", "-b", "topic")
    town.write(f"{CHANGES}/CHG-1.yaml", plan("CHG-1", "ConfigurationItem/db-1"))
    town.commit("Plan")
    put(town, "1", "Do")
    town.git("checkout", "--quiet", "main")
    town.git("merge", "--quiet", "--no-ff", "-m", "Merge topic", "topic")
    put(town, "2", "Later, on its own")
    assert covers(town, "db-1")[:2] == [["none: no commit of this head names one"], ["CHG-1 A change (draft)"]]
    assert log(town, "db-1")["steps"][1]["changes"][0]["named_by"] == "head"


def test_a_record_of_what_happens_needs_no_change_that_lists_it(town: Repo) -> None:
    town.write(f"{CHANGES}/CHG-1.yaml", plan("CHG-1", "ConfigurationItem/db-1"))
    town.commit("Plan")
    incident = "apiVersion: itsm/v1\nkind: Incident\nmetadata: {name: w, title: W}\nspec: {state: new}\n"
    town.write("records/incidents/w.yaml", incident)
    town.commit("Noted\n\nChange: CHG-1")
    town.write("records/incidents/w.yaml", incident.replace("new", "resolved"))
    town.commit("Noted again")
    assert covers(town, "Incident/w") == [[], ["CHG-1 A change (draft)"]]


def test_where_changes_lay_before_a_new_layout(town: Repo) -> None:
    town.write(f"{CHANGES}/CHG-1.yaml", plan("CHG-1", "ConfigurationItem/db-1"))
    town.commit("Plan")
    put(town, "1", "Do\n\nChange: CHG-1")
    town.write("itsm.yaml", SETTINGS + "layout:\n  changes: {by: prefix, length: 3}\n")
    assert town.run("fmt").code == 0
    town.commit("A new layout")
    assert covers(town, "db-1")[0] == ["CHG-1 A change (draft)"]


def test_a_renamed_item_is_still_listed_under_its_former_name(town: Repo) -> None:
    town.write(f"{CHANGES}/CHG-1.yaml", plan("CHG-1", "ConfigurationItem/db-1"))
    town.commit("Plan")
    put(town, "1", "Do\n\nChange: CHG-1")
    assert town.run("rename", "db-1", "db-01").code == 0
    town.commit("Renamed")
    assert covers(town, "db-01")[1] == ["CHG-1 A change (draft)"]


def test_a_renamed_change_is_known_by_its_former_name(town: Repo) -> None:
    town.write(f"{CHANGES}/CHG-1.yaml", plan("CHG-1", "ConfigurationItem/db-1"))
    town.commit("Plan")
    put(town, "1", "Do\n\nChange: CHG-1")
    assert town.run("rename", "CHG-1", "CHG-2").code == 0
    town.commit("Renamed")
    assert covers(town, "db-1")[0] == ["CHG-1 A change (draft)"]


def test_the_record_of_a_change_needs_no_change(town: Repo) -> None:
    town.write(f"{CHANGES}/CHG-1.yaml", plan("CHG-1", "ConfigurationItem/db-1"))
    town.commit("Plan")
    town.write(f"{CHANGES}/CHG-1.yaml", plan("CHG-1", "ConfigurationItem/db-1", state="cancelled"))
    town.commit("Cancel\n\nChange: CHG-1")
    assert steps(town, "CHG-1") == ["Cancel: altered spec.state=draft→cancelled", "Plan: created"]
    assert covers(town, "CHG-1") == [[], []]


def test_before_the_repository_was_governed_there_were_no_changes(repo: Repo) -> None:
    repo.write("README", "x")
    repo.commit("Something else")
    found_small(repo)
    repo.commit("Governance")
    assert covers(repo, "Role/operations") == [["none: the repository was not governed yet"]]


# --- where history is not all there


def test_a_shallow_clone_says_that_history_is_cut(town: Repo) -> None:
    put(town, "1", "One")
    put(town, "2", "Two")
    shallow = Repo(town.path.parent / "shallow", town.environ)
    clone = ["git", "clone", "-q", "--depth=2", town.path.as_uri(), str(shallow.path)]
    subprocess.run(clone, env=town.environ, check=True)
    found = log(shallow, "db-1")
    assert [step["deed"] for step in found["steps"]] == ["altered", "already there"]
    assert found["complete"] is False
    *_, oldest, note = shallow.run("log", "db-1").stdout.split("\n\n")
    assert oldest.endswith("Mari Maasikas: One\n  already there  Item db-1 (planned); older commits are not here")
    assert note == (
        "History is cut off (a shallow clone): older commits are not here. To get them: git fetch --unshallow\n"
    )
    assert log(town, "db-1")["complete"] is True


def test_a_record_that_is_not_committed_has_no_history(town: Repo) -> None:
    town.write(f"{ITEMS}/db-2.yaml", item("db-2"))
    ran = town.run("log", "db-2")
    assert (ran.code, ran.stdout) == (2, "")
    assert "ConfigurationItem/db-2 is in no commit of that history, only in the work tree" in ran.stderr


def test_an_unknown_record_gets_near_names_of_today_and_of_the_past(town: Repo) -> None:
    ran = town.run("log", "ConfigurationItem/db-11")
    assert ran.code == 2
    assert "did you mean ConfigurationItem/db-1?" in ran.stderr
    town.git("rm", "--quiet", f"{ITEMS}/db-1.yaml")
    town.commit("Gone")
    ran = town.run("log", "ConfigurationItem/db-11")
    assert "no commit held it: did you mean ConfigurationItem/db-1?" in ran.stderr


def test_without_git_there_is_no_history(tmp_path: Path, environ: dict[str, str]) -> None:
    folder = found_small(Repo(tmp_path / "plain", environ))
    ran = folder.run("log", "mari")
    assert ran.code == 3
    assert "there is no history" in ran.stderr


def test_without_a_commit_there_is_none_either(repo: Repo) -> None:
    ran = found_small(repo).run("log", "mari")
    assert ran.code == 3
    assert "there is no commit yet" in ran.stderr


def test_from_another_commit_on(town: Repo) -> None:
    put(town, "1", "One")
    town.git("branch", "before", "HEAD^")
    assert len(steps(town, "db-1", "--rev", "before")) == 1
    assert len(steps(town, "db-1")) == 2


def test_a_governed_folder_of_a_repository(repo: Repo) -> None:
    inner = Repo(repo.path / "itsm", repo.environ)
    found_small(inner)
    repo.commit("Founded")
    assert [step["after"]["path"] for step in log(inner, "mari")["steps"]] == ["records/persons/mari.yaml"]
    assert covers(inner, "mari") == [["none: the repository was not governed yet"]]


# --- text of others


def test_hostile_names_and_subjects_are_escaped(town: Repo) -> None:
    hostile = "::error::x ##[add-mask]y \x1b[31m"
    town.write(f"{ITEMS}/db-1.yaml", item("db-1", spec='location: "::stop-commands::z ##[debug]"\n'))
    town.git("add", "--all")
    town.git("commit", "--quiet", "--author", f"{hostile} <x@y>", "-m", f"{hostile}\n\nChange: {hostile}")
    shown = town.run("log", "db-1").stdout
    assert "\x1b" not in shown
    assert commands(shown) == []
    assert commands(town.run("log", "db-1", "-f", "json").stdout) == []


def test_the_same_bytes_come_out_anywhere(town: Repo) -> None:
    put(town, "õ", "Ümber")
    seen = set()
    for place in ({"LC_ALL": "C", "TZ": "Asia/Tokyo"}, {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "7"}):
        environ = {**town.environ, **place, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
        words = [sys.executable, "-m", "itsmctl", "log", "db-1"]
        done = subprocess.run(words, cwd=town.path, env=environ, capture_output=True, check=True)
        seen.add(done.stdout)
    assert len(seen) == 1


def test_commands_of_the_help_work_in_the_example(make_repo: MakeRepo) -> None:
    repo = make_repo("example")
    shutil.copytree(Path(__file__).resolve().parent.parent / "example-repo", repo.path, dirs_exist_ok=True)
    repo.commit("The example")
    for name in ("log", "fmt", "rename"):
        told = repo.run(name, "--help").stdout
        examples = [line.split("<")[0].split() for line in re.findall(r"^ +itsmctl (.+)$", told, re.MULTILINE)]
        assert len(examples) > 1, told
        for words in examples:
            if "-" in words or "origin/main" in words:
                words = [word.replace("origin/main", "HEAD") for word in words if word not in ("-", "--stdin-filename")]
            ran = repo.run(*words)
            assert ran.code == 0, (words, ran.stderr)
