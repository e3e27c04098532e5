"""The folder that one stands in never chooses the law: of governed folders in line with each other there is one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import MakeRepo, Ran
from court import Court, walk
from test_gate_flows import DB

UNDER = "another/itsm.yaml"


def taken(court: Court, *argv: str) -> set[str]:
    """The paths that the gate calls taken."""
    found = (one for one in walk(court.gate(*argv).verdict) if one["code"] == "PLACE_TAKEN")
    return {one["name"] for one in found}


def below(court: Court) -> None:
    """Have the governed folder be it/, on main."""
    court.repo.git("mv", "-k", "itsm.yaml", "records", ".gitattributes", court.repo.write("it/x").parent.name)
    court.commit("rein", "Below")


def inside(court: Court, folder: str, *argv: str, words: tuple[str, ...] = ()) -> Ran:
    """What the gate, or another command, says where one stands in that folder."""
    place = court.repo.path / folder
    place.mkdir(parents=True, exist_ok=True)
    before = court.repo.path
    court.repo.path = place  # type: ignore[misc]
    try:
        return court.run("mari", *words) if words else court.gate(*argv).ran
    finally:
        court.repo.path = before  # type: ignore[misc]


def test_no_head_brings_settings_above_or_below(court: Court) -> None:
    text = (court.repo.path / "itsm.yaml").read_text()
    court.branch("pr")
    names = ("docs/itsm.yaml", "a/b/c/itsm.yaml", "docs/ITSM.yaml", "x/itsm.yaml/of-a-folder")
    for name in names:
        court.repo.write(name, text)
    court.repo.write("docs/itsm.yaml.md", "How it is done.\n")
    court.commit("jaan")
    assert taken(court) == set(names)
    assert "put it beside" in court.gate().says
    court.checkout("main")
    below(court)
    court.branch("above")
    for name in ("itsm.yaml", "it/docs/itsm.yaml", "other/itsm.yaml"):
        court.repo.write(name, text)
    court.commit("jaan")
    assert taken(court, "--root", "it") == {"itsm.yaml", "it/docs/itsm.yaml"}


def test_a_record_may_be_called_so_and_a_neighbour_is_governed_by_itself(court: Court) -> None:
    court.branch("pr")
    court.put({**court.get(DB), "metadata": {**court.get(DB)["metadata"], "name": "itsm"}})
    court.commit("jaan")
    assert taken(court) == set()
    assert inside(court, "records/configuration-items").code == 1
    court.checkout("main")
    below(court)
    court.repo.write("other/itsm.yaml", "")
    court.commit("rein", "A neighbour")
    court.branch("docs", "main")
    court.repo.write("it/notes.txt", "Notes.\n")
    court.repo.write("other/notes.txt", "Notes.\n")
    court.commit("jaan")
    assert court.gate("--root", "it").code == 0


def two(court: Court) -> None:
    """Have main hold two in line, past the gate."""
    court.repo.write("docs/records/x.yaml", "")
    shutil.copy(court.repo.path / "itsm.yaml", court.repo.path / "docs/itsm.yaml")
    court.commit("rein", "Past the gate")


def test_where_the_base_holds_two_no_folder_chooses(court: Court) -> None:
    two(court)
    court.branch("pr")
    court.repo.write("docs/notes.txt", "Notes.\n")
    court.commit("jaan")
    ran = inside(court, "docs")
    assert ran.code == 3
    assert "docs/itsm.yaml below itsm.yaml" in ran.stderr
    assert "--root ." in ran.stderr
    assert court.gate("--root", "docs").ran.code == 3
    ran = court.gate().ran
    assert ran.code == 3
    assert "below itsm.yaml" in ran.stderr
    assert court.gate("--root", ".").outcome == "ALLOWED"
    court.branch("elsewhere", "main")
    court.repo.write("notes.txt", "Notes.\n")
    court.commit("jaan")
    assert court.gate().outcome == "ALLOWED"
    court.branch("mend", "main")
    court.repo.git("rm", "--quiet", "docs/itsm.yaml")
    court.commit("jaan")
    assert court.gate().outcome == "ALLOWED"


def test_validate_is_told_as_well(court: Court) -> None:
    two(court)
    for words in (["--root", "docs"], ["docs"]):
        ran = court.run("mari", "validate", *words)
        assert ran.code == 3
        assert "below" in ran.stderr
    assert court.run("mari", "validate").code == 0
    assert court.run("mari", "validate", "--root", ".").code == 0


def test_an_audit_tells_where_a_second_one_came_in(court: Court) -> None:
    since = court.repo.git("rev-parse", "main")
    two(court)
    court.repo.write("docs/notes.txt", "Notes.\n")
    court.commit("rein", "More")
    ran = court.run("mari", "audit", "history", f"{since}..main")
    assert ran.code == 1
    assert "PLACE_TAKEN" in ran.stdout


@pytest.mark.parametrize("first", [UNDER, "another/deep/itsm.yaml"])
def test_no_first_governance_begins_in_line_with_another(make_repo: MakeRepo, court: Court, first: str) -> None:
    repo = make_repo()
    repo.write(first, "")
    repo.commit("There is another")
    repo.git("switch", "--quiet", "-c", "pr")
    repo.write("itsm.yaml", (court.repo.path / "itsm.yaml").read_text())
    repo.commit("Begin above it")
    ran = repo.run("gate", "--base", "main", "--head", "pr", "--bootstrap", f"sha256:{'0' * 64}")
    assert ran.code == 3
    assert first in ran.stderr


def looking_back(court: Court, *argv: str, at: Path | None = None) -> tuple[int, str]:
    """Exit code and words of `audit history main` in a folder."""
    ran = inside(court, str(at or "."), words=("audit", "history", "main", "-f", "concise", *argv))
    return ran.code, ran.stdout + ran.stderr


def test_where_nothing_is_governed_nobody_looks_back_with_a_clean_result(court: Court, tmp_path: Path) -> None:
    """Neither beside the governed folder, nor above it, nor in a bare repository; there --root is of its commits."""
    below(court)
    court.repo.git("checkout", "--quiet", "--orphan", "anew")
    court.repo.write("docs/readme.md", "How it is done.\n")
    court.commit("rein", "It has always been there")
    court.repo.git("branch", "--quiet", "-M", "main")
    since = court.repo.git("rev-parse", "main")
    court.repo.write("it/itsm.yaml", (court.repo.path / "it/itsm.yaml").read_text() + "# past the gate\n")
    court.commit("rein", "Past the gate")
    bare = tmp_path / "bare.git"
    court.repo.git("clone", "--quiet", "--bare", ".", str(bare))
    for place in (court.repo.path, bare, court.repo.path / "docs"):
        code, said = looking_back(court, at=place)
        assert code == 3
        assert "--root it" in said
    for argv in (["--root", "it"], ["--root", str(court.repo.path / "it")]):
        assert looking_back(court, *argv)[0] == 1
    for root in ("it", "it/records", str(bare / "it")):
        assert looking_back(court, "--root", root, at=bare)[0] == 1
    assert looking_back(court, "--root", "elsewhere", at=bare)[0] == 2
    assert looking_back(court, "--root", "elsewhere")[0] == 2
    court.repo.git("mv", "it", "moved")
    court.commit("rein", "Elsewhere, past the gate")
    assert looking_back(court, "--root", "it")[0] == 1, "the folder is not here any more, and in the history it is"
    code, said = looking_back(court, "--root", "moved")
    assert code == 1
    assert "NO_VERDICT" in said
    ran = inside(court, ".", words=("audit", "history", f"{since}..main"))
    assert ran.code == 3
    court.branch("pr")
    court.repo.write("notes.txt")
    court.commit("jaan")
    ran = inside(court, ".", words=("gate", "--base", "main"))
    assert ran.code == 3
    assert "--root moved" in ran.stderr
    assert inside(court, ".", words=("gate", "--base", "main", "--root", "moved")).code == 0


def test_a_governance_that_was_taken_away_is_no_clean_history(court: Court) -> None:
    court.repo.git("rm", "--quiet", "itsm.yaml")
    since = court.commit("rein", "Past the gate")
    court.repo.write("notes.txt")
    court.commit("jaan")
    assert looking_back(court)[0] == 1
    ran = inside(court, ".", words=("audit", "history", f"{since}..main"))
    assert ran.code == 3
    assert "taken away" in ran.stderr


def test_a_governed_folder_is_not_moved_by_a_head_alone(court: Court) -> None:
    below(court)
    court.branch("pr").repo.git("mv", "it", "governance")
    court.commit("jaan", "A better name")
    assert court.gate("--root", "it").code == 1
    ran = court.gate("--root", "governance").ran
    assert ran.code == 3
    assert "it/itsm.yaml is taken away" in ran.stderr
    assert "past the gate" in ran.stderr
