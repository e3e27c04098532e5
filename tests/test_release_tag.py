"""`release tag`: only what is done is tagged, once, with what was checked; other commands read the tag the same way."""

from __future__ import annotations

import json

import pytest
from conftest import Made
from depot import REL, Depot


def tag_of(depot: Depot) -> str:
    return depot.court.repo.git("cat-file", "tag", "release/loans-2")


def test_the_tag_names_the_release_the_commit_and_both_roots(made: Made) -> None:
    depot = made("done")
    head = depot.vault.head
    assert depot.run("tag", "loans-2").stdout == f"tagged {head[:7]} as release/loans-2\n"
    before, after = (depot.vault.manifest(f"loans-2-{word}") for word in ("before", "after"))
    said = tag_of(depot)
    for line in (
        f"object {head}",
        "Release loans-2",
        f"Commit: {head}",
        f"Source: {after['source']['commit']}",
        f"Root: {after['root']}",
        f"Baseline-Before: loans-2-before {before['root']}",
        f"Baseline-After: loans-2-after {after['root']}",
    ):
        assert f"\n{line}\n" in f"\n{said}"
    assert depot.codes("done") == set()


def test_what_is_not_done_is_not_tagged(made: Made) -> None:
    depot = made("done")
    depot.edit(REL, {"/spec/documents/notes": "docs/none.md"})
    ran = depot.run("tag", "loans-2", code=1)
    assert "DOCUMENT_GONE" in ran.stdout
    assert "nothing is tagged that does not pass" in ran.stdout
    assert depot.court.repo.git("tag") == ""


@pytest.mark.parametrize("name", ["release/loans-2", "release/Loans-2"])
def test_a_tag_is_never_moved(made: Made, name: str) -> None:
    depot = made("done")
    depot.run("tag", "loans-2")
    first = tag_of(depot)
    if name != "release/loans-2":
        depot.court.repo.git("tag", name, "release/loans-2^{}")
        depot.court.repo.git("tag", "-d", "release/loans-2")
        assert "names of releases are used once" in depot.run("tag", "loans-2", code=2).stderr
        return
    depot.court.repo.commit("More")
    assert "names of releases are used once" in depot.run("tag", "loans-2", code=2).stderr
    assert tag_of(depot) == first


def test_a_tag_is_signed_by_who_may(made: Made) -> None:
    depot = made("done")
    depot.run("tag", "loans-2", "--sign", "--key", str(depot.court.keys["jaan"]), code=3)
    assert depot.court.repo.git("tag") == ""
    depot.run("tag", "loans-2", "--sign", "--key", str(depot.court.keys["mari"]))
    assert "BEGIN SSH SIGNATURE" in tag_of(depot)
    assert depot.codes("done") == set()


def test_a_signed_tag_by_somebody_who_may_not_is_found(made: Made) -> None:
    depot = made("done")
    depot.run("tag", "loans-2")
    message = depot.court.repo.git("tag", "-l", "--format=%(contents)", "release/loans-2")
    words = (
        "-c",
        "gpg.format=ssh",
        "-c",
        f"user.signingKey={depot.court.keys['jaan']}",
        "tag",
        "-f",
        "-s",
        "-m",
        message,
    )
    depot.court.git("jaan", *words, "release/loans-2", "HEAD")
    assert depot.codes("done") == {"RELEASE_TAG"}


def test_a_tag_on_another_commit_is_found(made: Made) -> None:
    depot = made("done")
    depot.run("tag", "loans-2")
    message = depot.court.repo.git("tag", "-l", "--format=%(contents)", "release/loans-2")
    depot.court.git("jaan", "tag", "-f", "-a", "-m", message, "release/loans-2", "HEAD~1")
    assert depot.codes("done") == {"RELEASE_TAG"}


def test_a_baseline_of_the_same_name_takes_the_tag_of_its_release_for_its_own(made: Made) -> None:
    depot = made("ready")
    depot.carry_out()
    depot.finish()
    depot.freeze("loans-2", "--kind", "release")
    depot.go_live(**{"/spec/baseline_after": "loans-2"})
    depot.run("tag", "loans-2")
    ran = depot.vault.run("ene", "verify", "loans-2", "--tagged", "-f", "json")
    assert json.loads(ran.stdout)["faults"] == []
    message = depot.court.repo.git("tag", "-l", "--format=%(contents)", "release/loans-2")
    depot.court.repo.commit("More")
    depot.court.git("jaan", "tag", "-f", "-a", "-m", message, "release/loans-2", "HEAD")
    assert depot.vault.codes("loans-2") == {"TAG_MOVED"}
