"""`itsmctl fmt` on real repositories: what is written, what is told, what is refused."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch as patched

import pytest
from conftest import Repo
from hand import Hand
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from runner import commands
from world import SETTINGS, found_small, lines, validate

from itsmctl import rulebook, yamltext
from itsmctl.desk import rewriting
from itsmctl.desk.ordering import Orders
from itsmctl.desk.rewriting import Rewrite
from itsmctl.errors import CannotJudge
from itsmctl.records import same

if TYPE_CHECKING:
    from conftest import MakeRepo, Ran

EXAMPLE = Path(__file__).resolve().parent.parent / "example-repo"
RECORDS = sorted((EXAMPLE / "records").rglob("*.yaml"))

UNTIDY = """\
# what the library lends
kind: Service
apiVersion: "itsm/v1"
spec:
    state: 'proposed'   # not yet
metadata: {owner: Role/operations,  name: loans, title: "Loans"}
"""
TIDY = """\
# what the library lends
apiVersion: itsm/v1
kind: Service
metadata: {name: loans, title: Loans, owner: Role/operations}
spec:
  state: proposed   # not yet
"""


@pytest.fixture
def small(repo: Repo) -> Repo:
    found_small(repo)
    for file in sorted(repo.path.rglob("*.yaml")):
        file.write_bytes(canonical(file.read_bytes()))
    return repo


def canonical(content: bytes) -> bytes:
    return yamltext.tidy(content, Orders(rulebook.builtin().kinds).of(yamltext.read(content)))


def piped(repo: Repo, content: str | bytes, *argv: str) -> Ran:
    stdin = io.TextIOWrapper(io.BytesIO(content.encode() if isinstance(content, str) else content))
    with patched.object(sys, "stdin", stdin):
        return repo.run("fmt", *argv)


# --- the form


def test_a_record_is_written_in_the_order_of_its_schema_with_its_comments(small: Repo) -> None:
    file = small.write("records/services/loans.yaml", UNTIDY)
    ran = small.run("fmt")
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout == "formatted records/services/loans.yaml\n1 file formatted, 4 in canonical form already\n"
    assert file.read_text() == TIDY
    again = small.run("fmt")
    assert (again.code, again.stdout) == (0, "5 in canonical form already\n")


def test_settings_and_policies_have_a_canonical_form_too(small: Repo) -> None:
    small.write("itsm.yaml", "target: refs/heads/main\n" + SETTINGS.replace("target: refs/heads/main\n", ""))
    policy = (EXAMPLE / "policies/TLR-01.yaml").read_text().replace("kind: Branch", "kind: Service")
    # the records of its examples are in the order of their own kinds
    record = "metadata: {title: A, name: a}\n        kind: Service\n        spec: {criticality: high, state: live}"
    example = f"      record:\n        {record}\n"
    policy = re.sub(r"      record:\n.*?(?=      expect)", example, policy, count=1, flags=re.DOTALL)
    small.write("policies/TLR-01.yaml", policy)
    assert small.run("fmt").code == 0
    assert (small.path / "itsm.yaml").read_text() == SETTINGS
    written = (small.path / "policies/TLR-01.yaml").read_text()
    record = "kind: Service\n        metadata: {name: a, title: A}\n        spec: {state: live, criticality: high}"
    assert f"        {record}\n" in written


def test_a_record_of_an_unknown_kind_gets_the_form_of_the_envelope(small: Repo) -> None:
    file = small.write("records/services/x.yaml", "spec: {b: 1, a: 2}\nkind: Servce\n")
    assert small.run("fmt", "records/services/x.yaml").code == 0
    assert file.read_text() == "kind: Servce\nspec: {b: 1, a: 2}\n"


def test_formatting_keeps_permissions(small: Repo) -> None:
    file = small.write("records/services/loans.yaml", UNTIDY)
    file.chmod(0o660)
    assert small.run("fmt").code == 0
    assert file.stat().st_mode & 0o777 == 0o660


def test_what_is_in_form_is_not_written(small: Repo) -> None:
    file = small.write("records/services/loans.yaml", TIDY)
    os.utime(file, (1, 1))
    assert small.run("fmt").code == 0
    assert file.stat().st_mtime == 1


# --- narrowing, checking, showing


def test_paths_narrow(small: Repo) -> None:
    small.write("records/services/loans.yaml", UNTIDY)
    other = small.write("records/services/other.yaml", UNTIDY.replace("loans", "other"))
    ran = small.run("fmt", "records/services/loans.yaml")
    assert ran.stdout == "formatted records/services/loans.yaml\n1 file formatted, 0 in canonical form already\n"
    assert other.read_text() == UNTIDY.replace("loans", "other")


def test_a_path_without_anything_to_format_is_no_success(small: Repo) -> None:
    small.write("docs/guide.md", "# Guide")
    ran = small.run("fmt", "docs")
    assert ran.code == 3
    assert "nothing to format: docs holds no records, policies or settings" in ran.stderr


def test_check_lists_what_is_due_and_writes_nothing(small: Repo) -> None:
    file = small.write("records/services/loans.yaml", UNTIDY)
    small.write("records/other.yaml", TIDY.replace("loans", "other"))
    ran = small.run("fmt", "--check")
    assert ran.code == 1
    assert ran.stdout == (
        "would move records/other.yaml to records/services/other.yaml\n"
        "would format records/services/loans.yaml\n"
        "1 file would be formatted, 1 would be moved, 4 in canonical form\n"
    )
    assert file.read_text() == UNTIDY
    assert (small.path / "records/other.yaml").exists()
    assert small.run("fmt").code == 0
    assert small.run("fmt", "--check").code == 0


def test_git_takes_the_diff_and_it_makes_the_same_files(small: Repo) -> None:
    small.write("records/services/loans.yaml", UNTIDY.replace("\n", "\r\n"))
    small.write("records/stray.yaml", UNTIDY.replace("loans", "stray").removesuffix("\n"))
    small.commit()
    before = {file: file.read_bytes() for file in small.path.rglob("*.yaml")}
    ran = small.run("fmt", "--diff")
    assert ran.code == 1
    assert ran.stdout.startswith("diff --git a/records/services/loans.yaml b/records/services/loans.yaml\n")
    assert "rename from records/stray.yaml\nrename to records/services/stray.yaml\n" in ran.stdout
    assert "\\ No newline at end of file\n" in ran.stdout
    assert ran.stderr == "2 files would be formatted, 1 would be moved, 4 in canonical form\n"
    assert {file: file.read_bytes() for file in small.path.rglob("*.yaml")} == before
    small.git("apply", "-", stdin=ran.stdout.encode())
    assert (small.path / "records/services/loans.yaml").read_text() == TIDY
    assert (small.path / "records/services/stray.yaml").read_text() == TIDY.replace("loans", "stray")
    assert small.run("fmt", "--check").code == 0


def test_the_diff_is_coloured_on_request_alone(small: Repo) -> None:
    small.write("records/services/loans.yaml", UNTIDY)
    assert "\x1b[" not in small.run("fmt", "--diff").stdout
    shown = small.run("fmt", "--diff", "--color", "always").stdout
    assert '\x1b[31m-apiVersion: "itsm/v1"\x1b[0m\n' in shown
    assert "\x1b[32m+apiVersion: itsm/v1\x1b[0m\n" in shown


def test_in_a_folder_of_a_git_repository_the_diff_has_the_paths_of_git(repo: Repo) -> None:
    inner = Repo(repo.path / "itsm", repo.environ)
    found_small(inner)
    inner.write("records/services/loans.yaml", UNTIDY)
    repo.commit()
    ran = inner.run("fmt", "--diff", "records/services")
    assert "--- a/itsm/records/services/loans.yaml\n" in ran.stdout
    repo.git("apply", "-", stdin=ran.stdout.encode())
    assert (inner.path / "records/services/loans.yaml").read_text() == TIDY


def test_no_record_writes_a_command_for_a_runner_into_a_diff(small: Repo) -> None:
    hostile = "".join(f"      {line}\n" for line in ("::error::x", "##[add-mask]y", "z"))
    text = TIDY + f"  security:\n    arrangements: |\n{hostile}  criticality: high\n"
    small.write("records/services/loans.yaml", text)
    ran = small.run("fmt", "--diff")
    assert ran.code == 1
    assert "add-mask" in ran.stdout
    assert commands(ran.stdout) == []


# --- standard input


def test_an_editor_pipes_a_buffer_through(small: Repo) -> None:
    ran = piped(small, UNTIDY, "-", "--stdin-filename", "records/services/loans.yaml")
    assert (ran.code, ran.stdout, ran.stderr) == (0, TIDY, "")


def test_outside_of_any_repository_the_kinds_that_are_built_in_hold(make_repo: MakeRepo) -> None:
    assert piped(make_repo("elsewhere"), UNTIDY, "-").stdout == TIDY


def test_a_buffer_in_a_folder_that_is_not_there_yet(small: Repo) -> None:
    assert piped(small, UNTIDY, "-", "--stdin-filename", "records/new/deep/x.yaml").stdout == TIDY


def test_a_buffer_that_cannot_be_read_is_not_answered_with_text(small: Repo) -> None:
    ran = piped(small, "a: [\n", "-", "--stdin-filename", "x.yaml")
    assert (ran.code, ran.stdout) == (1, "")
    assert re.match(r"x\.yaml:1:4: error\[yaml-syntax\] .+", ran.stderr)


def test_a_buffer_is_checked_and_shown(small: Repo) -> None:
    ran = piped(small, UNTIDY, "-", "--check", "--stdin-filename", "x.yaml")
    assert (ran.code, ran.stdout) == (1, "would format x.yaml\n")
    assert piped(small, TIDY, "-", "--check").code == 0
    ran = piped(small, UNTIDY, "-", "--diff")
    assert ran.code == 1
    assert '-apiVersion: "itsm/v1"\n' in ran.stdout
    assert piped(small, TIDY, "-", "--diff").stdout == ""


@pytest.mark.parametrize("argv", [("--stdin-filename", "x"), ("-", "records"), ("records", "--stdin-filename", "x")])
def test_standard_input_goes_alone(small: Repo, argv: tuple[str, ...]) -> None:
    ran = piped(small, UNTIDY, *argv)
    assert (ran.code, ran.stdout) == (2, "")
    assert "itsmctl fmt - --stdin-filename PATH < FILE" in ran.stderr


# --- what cannot be formatted


def test_a_file_that_does_not_parse_is_a_finding_and_the_others_are_formatted(small: Repo) -> None:
    broken = small.write("records/services/broken.yaml", "a: 1\na: 2\n")
    file = small.write("records/services/loans.yaml", UNTIDY)
    ran = small.run("fmt")
    assert ran.code == 1
    assert file.read_text() == TIDY
    assert broken.read_text() == "a: 1\na: 2\n"
    assert ran.stdout.startswith("formatted records/services/loans.yaml\n")
    assert "records/services/broken.yaml:2:1: error[yaml-duplicate-key]" in ran.stdout
    assert ran.stdout.endswith("1 file formatted, 4 in canonical form already, 1 left as it is\n")


def test_a_file_that_is_no_record_is_a_finding(small: Repo) -> None:
    small.write("records/services/notes.txt", "hello")
    ran = small.run("fmt", "--check")
    assert ran.code == 1
    assert "records/services/notes.txt:1:1: error[record-file] notes.txt does not end in .yaml" in ran.stdout


def test_a_link_is_neither_followed_nor_replaced(small: Repo) -> None:
    outside = small.path.parent / "outside.yaml"
    outside.write_text(UNTIDY)
    (small.path / "records/services").mkdir()
    (small.path / "records/services/loans.yaml").symlink_to(outside)
    ran = small.run("fmt")
    assert ran.code == 1
    assert "records/services/loans.yaml:1:1: error[record-file] a symbolic link cannot be formatted" in ran.stdout
    assert outside.read_text() == UNTIDY


# --- home


@pytest.mark.parametrize("path", ["records/loans.yaml", "records/persons/loans.yaml", "records/services/old/x.yaml"])
def test_a_record_is_moved_home(small: Repo, path: str) -> None:
    stray = small.write(path, TIDY)
    ran = small.run("fmt")
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout == f"moved {path} to records/services/loans.yaml\n1 moved, 4 in canonical form already\n"
    assert not stray.exists()
    assert (small.path / "records/services/loans.yaml").read_text() == TIDY
    assert not [line for line in lines(validate(small)) if "record-" in line]


def test_a_file_with_another_ending_becomes_a_record(small: Repo) -> None:
    small.write("records/services/loans.yml", UNTIDY)
    ran = small.run("fmt")
    assert ran.stdout.startswith(
        "formatted records/services/loans.yml\nmoved records/services/loans.yml to records/services/loans.yaml\n"
    )
    assert (small.path / "records/services/loans.yaml").read_text() == TIDY


def test_a_new_layout_moves_the_records_that_are_there(small: Repo) -> None:
    small.write("records/services/loans.yaml", TIDY)
    small.write("itsm.yaml", SETTINGS + "layout:\n  services: {by: prefix, length: 2}\n")
    small.commit()
    assert small.run("fmt").code == 0
    assert (small.path / "records/services/lo/loans.yaml").read_text() == TIDY


def test_an_empty_folder_is_not_left_behind(small: Repo) -> None:
    small.write("records/service/loans.yaml", TIDY)
    assert small.run("fmt").code == 0
    assert not (small.path / "records/service").exists()


def test_nobody_is_pushed_out_of_a_home(small: Repo) -> None:
    small.write("records/services/loans.yaml", TIDY)
    stray = small.write("records/loans.yaml", TIDY.replace("Loans", "Others"))
    ran = small.run("fmt")
    assert ran.code == 1
    assert "records/loans.yaml:4:18: error[record-home] the record belongs in records/services/loans.yaml" in ran.stdout
    assert stray.read_text() == TIDY.replace("Loans", "Others")
    assert (small.path / "records/services/loans.yaml").read_text() == TIDY


def test_of_two_with_one_home_neither_goes_there(small: Repo) -> None:
    small.write("records/a/loans.yaml", TIDY)
    small.write("records/b/loans.yaml", TIDY)
    ran = small.run("fmt")
    assert ran.code == 1
    assert ran.stdout.count("error[record-home]") == 2
    assert not (small.path / "records/services").exists()


def test_a_name_that_is_no_name_leads_nowhere(small: Repo) -> None:
    stray = small.write("records/loans.yaml", TIDY.replace("name: loans", "name: ../../etc/passwd"))
    assert small.run("fmt").code == 0
    assert stray.exists()


def test_a_name_that_was_edited_by_hand_is_no_move(small: Repo) -> None:
    file = small.write("records/services/loans.yaml", TIDY)
    small.commit()
    small.write("records/services/loans.yaml", TIDY.replace("name: loans", "name: lending"))
    ran = small.run("fmt")
    assert ran.code == 1
    assert "records/services/loans.yaml:4:18: error[record-home] Service/loans is called lending now" in ran.stdout
    assert "itsmctl rename Service/loans lending" in ran.stdout
    assert file.exists()


def test_a_path_out_of_the_repository_is_not_written(small: Repo) -> None:
    outside = small.path.parent / "outside"
    outside.mkdir()
    (small.path / "records/services").symlink_to(outside)
    small.write("records/loans.yaml", TIDY)
    ran = small.run("fmt", "records/loans.yaml")
    assert ran.code == 3
    assert "leads out of" in ran.stderr
    assert list(outside.iterdir()) == []


# --- all or none


def test_what_somebody_wrote_meanwhile_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine")
    (tmp_path / "b").write_text("old")
    plan = {"b": Rewrite(b"old", b"new"), "a": Rewrite(b"yours", b"new")}
    with pytest.raises(CannotJudge, match="a was written to meanwhile"):
        rewriting.rewrite_all(tmp_path, plan)
    assert [(tmp_path / name).read_text() for name in "ab"] == ["mine", "old"]


def test_if_one_file_cannot_be_written_none_is(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "gone").write_text("gone")
    (tmp_path / "in-the-way").write_text("")
    plan = {"a": Rewrite(b"a", b"b"), "gone": Rewrite(b"gone", None), "in-the-way/c": Rewrite(None, b"c")}
    with pytest.raises(CannotJudge, match="cannot write"):
        rewriting.rewrite_all(tmp_path, plan)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "gone", "in-the-way"]
    assert (tmp_path / "a").read_text() == "a"


def test_a_failure_half_way_is_undone(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).write_text(name)
    plan = {"a": Rewrite(b"a", None), "b": Rewrite(b"b", b"B"), "c": Rewrite(b"c", b"C"), "d": Rewrite(None, b"D")}
    replace = Path.replace

    def fails_at_c(self: Path, target: Path) -> Path:
        if target.name == "c":
            raise OSError(28, "No space left on device", str(target))
        return replace(self, target)

    with patched.object(Path, "replace", fails_at_c), pytest.raises(CannotJudge, match="No space left on device"):
        rewriting.rewrite_all(tmp_path, plan)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "a", "b": "b", "c": "c"}


# --- whatever is in the records of the example


@pytest.fixture(scope="module")
def orders() -> Orders:
    from itsmctl import sources

    return Orders(rulebook.law(sources.WorkTree(EXAMPLE, None)).kinds)


def test_the_example_is_in_canonical_form(make_repo: MakeRepo) -> None:
    repo = make_repo()
    shutil.copytree(EXAMPLE, repo.path, dirs_exist_ok=True)
    ran = repo.run("fmt", "--check")
    assert ran.code == 0, ran.stdout


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(RECORDS), st.integers(0, 2**32))
def test_however_a_record_is_written_its_form_is_the_same(orders: Orders, path: Path, seed: int) -> None:
    data = yamltext.read(path.read_bytes())
    assert isinstance(data, dict)
    text = Hand(seed).file(shuffled(data, seed)).encode()
    try:
        assume(same(yamltext.read(text), data))
    except yamltext.Refused:
        assume(False)
    order = orders.of(data)
    once = yamltext.tidy(text, order)
    assert same(yamltext.read(once), data)
    assert yamltext.tidy(once, order) == once
    assert list(yamltext.read(once)) == [key for key in ("apiVersion", "kind", "metadata", "spec") if key in data]  # type: ignore[call-overload]


def shuffled(value: object, seed: int) -> object:
    import random

    if isinstance(value, dict):
        keys = list(value)
        random.Random(seed).shuffle(keys)
        return {key: shuffled(value[key], seed) for key in keys}
    return [shuffled(one, seed) for one in value] if isinstance(value, list) else value


# --- what the tool writes itself


def test_what_init_writes_is_in_canonical_form(repo: Repo) -> None:
    assert repo.run("init", "--name", "Mari: Tamm", "--email", "mari@example.org").code == 0
    ran = repo.run("fmt", "--check")
    assert ran.code == 0, ran.stdout


def test_what_new_writes_is_in_canonical_form(small: Repo) -> None:
    common = ["--set", "title=It's: 1.10", "--set", "owner=Role/operations"]
    set_ = ("spec.version=1.10", "type=server", "labels.site=no", "spec.location=a, b")
    fields = [word for one in set_ for word in ("--set", one)]
    assert small.run("new", "ConfigurationItem", "a", *common, *fields).code == 0
    contact = "contacts=[{phone: '+372 600 2200', for: Faults, email: a@b.example}]"
    assert small.run("new", "Service", "s", *common, "--set", contact).code == 0
    assert small.run("new", "ChangeRequest", *common, "--set", "class=normal", "--set", "spec.reason=a\nb").code == 0
    ran = small.run("fmt", "--check")
    assert ran.code == 0, ran.stdout
    template = small.run("new", "Service", "x", "--template").stdout
    assert piped(small, template, "-").stdout == template


def test_the_same_bytes_come_out_anywhere(small: Repo) -> None:
    small.write("records/services/loans.yaml", UNTIDY.replace("Loans", "Laenutus: õun 😀"))
    seen = set()
    for place in ({"LC_ALL": "C", "TZ": "Asia/Tokyo"}, {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "7"}):
        environ = {**small.environ, **place, "PYTHONPATH": str(EXAMPLE.parent)}
        words = [sys.executable, "-m", "itsmctl", "fmt", "--diff"]
        done = subprocess.run(words, cwd=small.path, env=environ, capture_output=True, check=False)
        seen.add((done.returncode, done.stdout, done.stderr))
    assert len(seen) == 1
    assert next(iter(seen))[0] == 1
