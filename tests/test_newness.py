"""What --since calls new: a defect that was there before is not, unless it got worse; a rename makes none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import MakeRepo, Repo
from world import found_small, item, lines, validate

EXAMPLE = Path(__file__).resolve().parent.parent / "example-repo"
SLA = "records/service-level-agreements/school-portal-{}.yaml"
CHG = "records/changes/CHG-2026-0098.yaml"


@pytest.fixture
def small(repo: Repo) -> Repo:
    return found_small(repo)


@pytest.fixture
def example(make_repo: MakeRepo) -> Repo:
    repo = make_repo("example")
    shutil.copytree(EXAMPLE, repo.path, dirs_exist_ok=True)
    return repo


def edit(repo: Repo, path: str, *lines_gone: str, **replaced: str) -> None:
    """Take out the lines that start so, and put in others."""
    kept = []
    for line in (repo.path / path).read_text().splitlines(keepends=True):
        word = line.strip().removeprefix("- ")
        key = word.partition(":")[0]
        if not any(word.startswith(gone) for gone in lines_gone):
            kept.append(line.replace(word, f"{key}: {replaced[key]}") if key in replaced else line)
    repo.write(path, "".join(kept))


def rules(repo: Repo) -> list[str]:
    return [line.rsplit(" ", 1)[1] for line in lines(validate(repo, "--since", "HEAD"))]


def test_a_finding_that_names_one_offender_more_is_new(example: Repo) -> None:
    edit(example, SLA.format("gymnasium"), state="terminated")
    example.commit()
    assert "SLM-02" not in rules(example)

    edit(example, SLA.format("manniku"), state="terminated")
    assert "SLM-02" in rules(example)


def test_a_finding_that_names_one_field_more_is_new_and_one_less_is_not(example: Repo) -> None:
    edit(example, CHG, "trigger:", "duration: 40m")
    example.commit()
    assert rules(example) == []

    edit(example, CHG, "decision_maker:")
    assert "CHG-07" in rules(example)

    example.commit()
    example.git("checkout", "--quiet", "HEAD~1", "--", CHG)
    assert "CHG-07" not in rules(example)


def test_one_school_more_that_was_not_asked_is_new(example: Repo) -> None:
    edit(example, CHG, "{customer: gymnasium,")
    example.commit()
    edit(example, CHG, "{customer: manniku-school,")

    assert "CHG-16" in rules(example)


def test_a_rename_makes_no_old_finding_new(small: Repo) -> None:
    small.write(
        "records/configuration-items/notices-app.yaml",
        item("notices-app", spec="relations:\n  - {type: connects-to, target: nowhere}"),
    )
    small.write(
        "records/configuration-items/other.yaml",
        item("other", spec="relations:\n  - {type: of-old, target: notices-app}"),
    )
    small.commit()
    assert len(lines(validate(small))) == 2

    assert small.run("rename", "ConfigurationItem/notices-app", "notices-sender").code == 0
    assert lines(validate(small, "--since", "HEAD")) == []
    assert len(lines(validate(small))) == 2
