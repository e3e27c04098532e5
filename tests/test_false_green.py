"""What must not look as if all were well: law, records and findings that somebody keeps from being looked at."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from test_validate import POLICY, WAIVER
from world import SETTINGS, change, finding, found_small, item, lines, validate

from itsmctl.settings import rootnames

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import MakeRepo, Ran, Repo

STRICT = POLICY.replace("severity: warning", "severity: error")
SOFT = STRICT.replace("> 10", "> 7").replace("Because.}", "No.}")
SHORT = change("CHG-1", spec="reason: Because.")
OFF = SETTINGS + "policies: {off: [{rule: TST-01, reason: Not here.}]}\n"
TST, CHG = "policies/TST-01.yaml", "records/changes/CHG-1.yaml"


@pytest.fixture
def small(repo: Repo) -> Repo:
    return found_small(repo)


@pytest.fixture
def broken(small: Repo) -> Repo:
    """One rule, and one record that breaks it: committed."""
    small.write(TST, STRICT)
    small.write(CHG, SHORT)
    small.commit()
    assert _rules(validate(small)) == ["TST-01"]
    return small


def _rules(ran: Ran) -> list[str]:
    return [line.split()[-1] for line in lines(ran)]


def _seen(ran: Ran) -> dict[str, object]:
    return dict(json.loads(ran.stdout)["seen"])


def _refused(ran: Ran, says: str) -> None:
    assert (ran.code, ran.stdout) == (3, "")
    assert ran.stderr.startswith("cannot judge: ")
    assert says in ran.stderr


# --- names that are nearly ours


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("Policies", "policies"),
        ("POLICIES", "policies"),
        ("policies.", "policies"),
        ("policies ", "policies"),
        ("poli\u200bcies", "policies"),
        ("\uff50olicies", "policies"),
        ("Schemas", "schemas"),
        ("Records", "records"),
        ("ITSM.yaml", "itsm.yaml"),
        ("itsm.yml", "itsm.yaml"),
        ("Itsm.YML", "itsm.yaml"),
        *((name, "") for name in (*rootnames.OURS, "policy", "schema", "record", "itsm", "itsm.json", "itsm.yaml~")),
    ],
    ids=ascii,
)
def test_names_that_are_taken_for_ours(name: str, ours: str) -> None:
    assert rootnames.mistaken([name]) == ([(name, ours)] if ours else [])


@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("Policies/x.yaml", "policies"),
        ("schemas /x.schema.json", "schemas"),
        ("Records/x.yaml", "records"),
        ("itsm.yml", "itsm.yaml"),
    ],
)
def test_what_is_taken_for_law_or_records_stops_the_run(small: Repo, path: str, ours: str) -> None:
    small.write(path, "x: [")
    small.commit()
    for revision in ((), ("--rev", "HEAD")):
        _refused(validate(small, *revision), f"is easily taken for {ours}, and nothing in it is looked at")


def test_below_a_governed_folder_only_its_own_root_counts(repo: Repo) -> None:
    inner = found_small(type(repo)(repo.path / "a/b", repo.environ))
    repo.write("Policies/x.yaml")
    repo.write("a/Records/x.yaml")
    repo.commit()
    for revision in ((), ("--rev", "HEAD")):
        assert validate(inner, *revision).code == 0
    inner.write("Policies/x.yaml")
    repo.commit()
    for revision in ((), ("--rev", "HEAD")):
        assert validate(inner, *revision).code == 3


def test_settings_under_another_name_are_pointed_at(small: Repo) -> None:
    (small.path / "itsm.yaml").rename(small.path / "itsm.yml")
    _refused(validate(small), "Is itsm.yml meant to be it?")


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("records/Changes/CHG-1.yaml", "record-home"),
        ("records/changes/chg-1.yaml", "record-home"),
        ("records/changes/CHG-1.YAML", "record-file"),
        ("records/changes/CHG-1.yml", "record-file"),
        ("records/changes/CHG-1.yaml ", "record-file"),
        ("records/changes/.CHG-1.yaml", "record-home"),
        ("records/CHG-1.yaml", "record-home"),
        ("records/policies/TST-01.yaml", "record-home"),
    ],
)
def test_a_record_in_nearly_the_right_place_is_a_finding(small: Repo, path: str, rule: str) -> None:
    small.write(path, change("CHG-1"))
    assert _rules(validate(small)) == [rule]


# --- settings where none should be


def test_settings_among_the_records_do_not_free_them_from_the_rules(broken: Repo) -> None:
    inner = type(broken)(broken.path / "records/changes", broken.environ)
    found_small(inner)
    for argv in (["records/changes"], ["--root", "records/changes"]):
        _refused(validate(broken, *argv), "lies among the records or rules of")
    inner.git("init", "--quiet")
    _refused(validate(broken, "records/changes"), "lies among the records or rules of")
    ran = validate(broken)
    assert ran.code == 1
    assert "records/changes:1:1 record-file" in lines(ran)


def test_no_folder_chooses_between_settings_in_line(repo: Repo) -> None:
    repo.write("itsm.yaml", "x: [")
    inner = found_small(type(repo)(repo.path / "team", repo.environ))
    for ran in (validate(inner), validate(repo, "team/records/roles"), validate(repo, "--root", "team")):
        _refused(ran, "team/itsm.yaml lies below")
    _refused(validate(repo), "itsm.yaml")
    repo.path.joinpath("itsm.yaml").unlink()
    assert validate(inner).code == 0
    assert validate(repo, "team/records/roles").code == 0


# --- what git ignores, or keeps out


def test_what_git_ignores_is_counted_and_named(small: Repo) -> None:
    small.write(".gitignore", "records/changes/\n*.tmp.yaml\n")
    small.write(".git/info/exclude", "policies/mine/\n")
    paths = [TST.replace("TST", "mine/TST"), CHG, "records/services/a.tmp.yaml", "records/services/b.tmp.yaml"]
    for path in paths:
        small.write(path, "x: [")
    small.git("init", "--quiet", str(small.path / "records/changes/nested"))
    ran = validate(small, "-f", "text=told", "-f", "concise=line")
    assert (ran.code, _seen(ran)["files"]) == (0, 3)
    assert _seen(ran)["ignored"] == [paths[0], CHG, "records/changes/nested/", *paths[2:]]
    told = (small.path / "told").read_text()
    assert "5 ignored by git: policies/mine/TST-01.yaml, records/changes/CHG-1.yaml," in told
    assert "2 more" in told
    assert "b.tmp.yaml" not in told
    assert "b.tmp.yaml" in small.run("validate", "-f", "text", "-v").stdout
    small.write("records/services/x.yaml", "x: [")
    assert "looked at 3 records, 5 files ignored by git, " in small.run("validate", "-f", "text").stdout


def test_what_is_committed_is_read_whatever_git_would_ignore(broken: Repo) -> None:
    broken.write(".gitignore", "*\n")
    for revision in ((), ("--rev", "HEAD"), ("--since", "HEAD")):
        assert _seen(validate(broken, *revision))["ignored"] == []
    assert _rules(validate(broken)) == ["TST-01"]


def test_a_gitignore_among_the_records_is_a_finding_itself(small: Repo) -> None:
    small.write("records/.gitignore", "*\n!.gitignore\n")
    ran = validate(small)
    assert lines(ran) == ["records/.gitignore:1:1 record-file"]
    assert len(json.loads(ran.stdout)["seen"]["ignored"]) == 3


@pytest.mark.parametrize(
    ("ignored", "says"),
    [
        ("records\n", "there are no files under records/ in the work tree, but for 3 that git ignores"),
        ("itsm.yaml\n", "git ignores itsm.yaml"),
    ],
    ids=["records", "settings"],
)
def test_a_repository_that_git_ignores_is_no_verdict(small: Repo, ignored: str, says: str) -> None:
    small.write(".gitignore", ignored)
    _refused(validate(small), says)


@pytest.mark.parametrize("argv", [(), ("--since", "HEAD")], ids=["all", "since"])
@pytest.mark.parametrize("path", [TST, CHG])
def test_what_git_keeps_out_of_the_work_tree_is_missed(broken: Repo, path: str, argv: tuple[str, ...]) -> None:
    broken.git("update-index", "--skip-worktree", path)
    (broken.path / path).unlink()
    (broken.path / path).parent.rmdir()
    _refused(validate(broken, *argv), f"git keeps 1 file under {path.partition('/')[0]} out of this work tree")
    assert _rules(validate(broken, "--rev", "HEAD")) == ["TST-01"]


def test_a_sparse_checkout_is_no_repository_without_records(broken: Repo) -> None:
    broken.git("sparse-checkout", "set", "records/roles", "records/persons", "records/ci-types", "policies")
    _refused(validate(broken), "such as records/changes/CHG-1.yaml")
    broken.git("sparse-checkout", "disable")
    assert _rules(validate(broken)) == ["TST-01"]


def test_a_sparse_checkout_may_leave_out_what_is_not_governed(small: Repo) -> None:
    spec = "items: [{item: File/docs/a/plan.md, action: change}, {item: File/docs/a/none.md, action: change}]"
    small.write("docs/a/plan.md", "Plan")
    small.write(CHG, change("CHG-1", spec=spec))
    small.commit()
    small.git("sparse-checkout", "set", "records")
    assert not (small.path / "docs").exists()
    assert finding(validate(small), "reference")["message"] == "there is no file docs/a/none.md"


def test_what_git_is_told_to_take_as_unchanged_is_read_as_it_is(broken: Repo) -> None:
    for path in (TST, CHG):
        broken.git("update-index", "--assume-unchanged", path)
    broken.write(CHG, "x: [")
    assert _rules(validate(broken, "--since", "HEAD")) == ["yaml-syntax"]


def test_submodules_are_neither_records_nor_rules(make_repo: MakeRepo) -> None:
    outer, other = found_small(make_repo("outer")), make_repo("other")
    outer.commit()
    other.write("TST-01.yaml", STRICT)
    commit = other.commit()
    outer.git("update-index", "--add", "--cacheinfo", f"160000,{commit},records/services")
    (outer.path / "records/services").mkdir()
    assert lines(validate(outer)) == ["records/services:1:1 record-file"]
    outer.git("update-index", "--add", "--cacheinfo", f"160000,{commit},policies")
    (outer.path / "policies").mkdir()
    for revision in ((), ("--rev", outer.commit_staged())):
        _refused(validate(outer, *revision), "policies is a nested git repository")


def test_attributes_of_git_change_no_finding(broken: Repo) -> None:
    before = lines(validate(broken, "--rev", "HEAD"))
    tricks = "export-ignore -diff -text working-tree-encoding=UTF-16 ident filter=none merge=ours linguist-generated"
    broken.write(".gitattributes", f"records/** {tricks}\npolicies/** {tricks}\n")
    broken.git("config", "filter.none.clean", "true")
    broken.git("config", "filter.none.smudge", "true")
    broken.git("add", ".gitattributes")
    broken.commit_staged()
    assert lines(validate(broken, "--rev", "HEAD")) == lines(validate(broken)) == before
    broken.write("records/.gitattributes", "* -diff\n")
    assert "records/.gitattributes:1:1 record-file" in lines(validate(broken))


def test_replaced_objects_are_not_what_is_judged(broken: Repo) -> None:
    bad = broken.git("rev-parse", "HEAD")
    broken.write(CHG, change("CHG-1", spec="reason: Because of the weather."))
    broken.git("replace", bad, broken.commit())
    assert _rules(validate(broken, "--rev", bad)) == ["TST-01"]


# --- PATHS and selections that leave nothing, or too little


def test_a_path_that_is_the_whole_repository_narrows_nothing(broken: Repo) -> None:
    for paths in (["."], [".", "records/roles"], ["records/roles", "."], ["records/roles/.."]):
        assert _rules(validate(broken, *paths)) == ["TST-01"], paths
    ran = validate(broken, "records/roles")
    assert (lines(ran), json.loads(ran.stdout)["summary"]["hidden"]) == ([], 1)


def test_a_link_in_a_path_leads_to_the_records_or_nowhere(broken: Repo, tmp_path: Path) -> None:
    clean = found_small(type(broken)(tmp_path / "clean", broken.environ))
    (broken.path / "link").symlink_to("records/roles")
    (broken.path / "records/services").symlink_to(clean.path)
    (tmp_path / "outside").symlink_to(broken.path)
    assert "TST-01" in _rules(validate(broken, "--root", str(tmp_path / "outside")))
    assert _rules(validate(broken, str(tmp_path / "outside/records/changes"))) == ["TST-01"]
    for argv, code in ((["link"], 3), (["records/services"], 2), ([str(tmp_path / "outside")], 2)):
        ran = validate(broken, *argv)
        assert (ran.code, ran.stdout) == (code, ""), argv


def test_one_call_looks_at_one_repository(broken: Repo, tmp_path: Path) -> None:
    """Else the one would seem to be looked at with the other."""
    beside = found_small(type(broken)(tmp_path / "beside", broken.environ))
    for argv in (
        [str(beside.path), "."],
        ["--root", str(beside.path), "."],
        ["--root", str(beside.path), "records/changes"],
        [".", str(beside.path)],
    ):
        ran = validate(broken, *argv)
        assert (ran.code, ran.stdout) == (2, ""), argv
        assert "lies outside of" in ran.stderr
    assert (validate(broken, ".").code, validate(broken, str(beside.path)).code) == (1, 0)


def test_of_two_in_line_the_one_inside_is_looked_at_in_no_call(broken: Repo) -> None:
    found_small(type(broken)(broken.path / "inner", broken.environ))
    for argv, code, says in (
        (["inner", "."], 3, "lies below"),
        (["--root", "inner", "."], 3, "lies below"),
        (["inner"], 3, "lies below"),
        ([".", "inner"], 2, "which is governed by itself"),
        (["--root", ".", "inner/records/roles"], 2, "which is governed by itself"),
    ):
        ran = validate(broken, *argv)
        assert (ran.code, ran.stdout) == (code, ""), argv
        assert says in ran.stderr
    assert validate(broken, ".").code == 1


@pytest.mark.parametrize(
    ("root", "code", "says"),
    [
        ("", 1, ""),
        ("records/changes", 1, ""),
        ("itsm.yaml", 1, ""),
        ("..", 3, "there is no itsm.yaml in"),
        ("/", 3, "there is no itsm.yaml in /"),
        ("records/nothing", 2, "there is no "),
        ("nothing/..", 2, "there is no "),
    ],
    ids=repr,
)
def test_a_root_leads_to_the_settings_around_it_or_nowhere(broken: Repo, root: str, code: int, says: str) -> None:
    ran = validate(broken, "--root", root)
    assert (ran.code, bool(ran.stdout)) == (code, code == 1)
    assert says in ran.stderr


@pytest.mark.parametrize("argv", [["--select", ""], ["--select", ","], ["--ignore", ""], ["--ignore", " , "]], ids=str)
def test_an_empty_selection_selects_everything(broken: Repo, argv: list[str]) -> None:
    """In a pipeline it comes from a variable that is not set."""
    assert _rules(validate(broken, *argv)) == ["TST-01"]


def test_a_waiver_that_nobody_accepted_yet_lifts_nothing(broken: Repo) -> None:
    early = WAIVER.replace('approved_on: "2026-11-01"', 'approved_on: "2026-11-23"')
    broken.write("records/waivers/short.yaml", early)
    ran = validate(broken)
    assert lines(ran) == [f"{CHG}:10:11 TST-01", "records/waivers/short.yaml:14:16 waiver-approval"]
    broken.write("records/waivers/short.yaml", early.replace("2026-11-23", "2026-11-22"))
    assert _rules(validate(broken)) == []
    broken.write("records/waivers/short.yaml", WAIVER.replace("  approved_by: mari\n", ""))
    assert _rules(validate(broken, "--select", "TST-01")) == ["TST-01"]


# --- law that the head changes while it is compared


@pytest.mark.parametrize(
    ("path", "content"),
    [("itsm.yaml", OFF), (TST, None), (TST, SOFT)],
    ids=["off", "gone", "soft"],
)
def test_law_that_changes_with_the_records_is_named(small: Repo, path: str, content: str | None) -> None:
    """Both revisions are judged by the head's law, so that this is all that shows it; the gate judges by the base's."""
    small.write(TST, STRICT)
    base = small.commit()
    small.write(CHG, SHORT)
    assert _rules(validate(small, "--since", base)) == ["TST-01"]
    if content is None:
        (small.path / path).unlink()
    else:
        small.write(path, content)
    ran = validate(small, "--since", base, "-f", "text=told")
    assert (ran.code, lines(ran)) == (0, [])
    assert _seen(ran)["law_edits"] == [path]
    assert f"other rules than in commit {base[:7]}: see {path}" in (small.path / "told").read_text()
    not_run = {one["rule"]: one["reason"] for one in json.loads(ran.stdout)["seen"]["rules_not_run"]}
    assert not_run == ({"TST-01": "switched off in itsm.yaml: Not here."} if content == OFF else {})


def test_law_that_stays_the_same_is_not_named(broken: Repo) -> None:
    broken.write("policies/README.md", "Our rules.")
    broken.write(TST, STRICT.replace("\n", "\r\n"))
    ran = validate(broken, "--since", "HEAD")
    assert (lines(ran), _seen(ran)["law_edits"]) == ([], [])
    assert _seen(validate(broken))["law_edits"] == []


def test_what_was_undecided_before_is_not_new(small: Repo) -> None:
    """Two rules that cannot be decided for one reason are two defects, and rules over edits ran at the base as well."""
    small.write("records/configuration-items/y.yaml", item("y").replace("planned", "live"))
    small.write(
        "records/ci-types/server.yaml", "apiVersion: itsm/v1\nkind: CIType\nmetadata: {name: server}\nspec: {}\n"
    )
    small.commit()
    assert validate(small).code == 1
    assert lines(validate(small, "--since", "HEAD")) == []
