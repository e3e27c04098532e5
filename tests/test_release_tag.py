"""`release tag`: only what is done is tagged, once, with what was checked; other commands read the tag the same way."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from conftest import Made
from depot import APP, REL, Depot


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
        assert depot.codes("done") == {"RELEASE_TAG"}
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
    assert [(one["code"], one["severity"]) for one in json.loads(ran.stdout)["faults"]] == [("TAG_UNSIGNED", "note")]
    message = depot.court.repo.git("tag", "-l", "--format=%(contents)", "release/loans-2")
    depot.court.repo.commit("More")
    depot.court.git("jaan", "tag", "-f", "-a", "-m", message, "release/loans-2", "HEAD")
    assert depot.vault.codes("loans-2") == {"TAG_MOVED"}


# --- a tag is on a commit of the branch that held the release


def forge(depot: Depot, commit: str, **lines: str) -> None:
    """The tag of the release made anew on another commit, which it names, with other lines where some are given."""
    said = tag_of(depot).split("-----BEGIN")[0]
    told = {"object ": f"object {commit}", "Commit: ": f"Commit: {commit}"}
    told |= {f"{word.replace('_', '-')}: ": f"{word.replace('_', '-')}: {value}" for word, value in lines.items()}
    kept = [next((new for old, new in told.items() if line.startswith(old)), line) for line in said.splitlines()]
    path = depot.court.repo.path / ".git" / "forged"
    path.write_text("\n".join(kept) + "\n")
    oid = depot.court.repo.git("hash-object", "-t", "tag", "-w", str(path))
    depot.court.repo.git("update-ref", "refs/tags/release/loans-2", oid)


def said_of(depot: Depot, code: str, *argv: str) -> str:
    found = depot.check("done", *argv)["requirements"]
    return " ".join(one["says"] for one in found if one["code"] == code and one["outcome"] != "met")


def orphan(depot: Depot) -> str:
    git = depot.court.repo.git
    empty = git("hash-object", "-t", "tree", "-w", "/dev/null")
    return str(depot.court.git("jaan", "commit-tree", "-m", "Nothing", empty))


def aside(depot: Depot) -> str:
    """A commit of another branch, which holds all that main holds."""
    court = depot.court.branch("aside")
    oid = court.commit("jaan", "Aside")
    court.checkout("main")
    return oid


def merged(depot: Depot) -> str:
    """The same, once it is behind a merge: below main, and not on its line."""
    oid = aside(depot)
    depot.court.merge("aside", at=depot.court.now)
    return oid


def before_it(depot: Depot) -> str:
    """A commit of main that holds the release and its baseline after, and not yet that it is done."""
    return str(depot.court.repo.git("rev-parse", "HEAD~1"))


@pytest.mark.parametrize(
    ("where", "why"),
    [
        (orphan, "not on the line of"),
        (aside, "not on the line of"),
        (merged, "not on the line of"),
        (before_it, "where the release is approved"),
    ],
)
def test_a_tag_on_a_commit_that_is_not_the_release_is_found(
    made: Made, where: Callable[[Depot], str], why: str
) -> None:
    depot = made("done")
    depot.run("tag", "loans-2")
    forge(depot, where(depot))
    assert depot.codes("done") == {"RELEASE_TAG"}
    assert why in said_of(depot, "RELEASE_TAG")


@pytest.mark.parametrize("word", ["Baseline_Before", "Baseline_After", "Root", "Source"])
def test_a_tag_with_another_root_is_found(made: Made, word: str) -> None:
    depot = made("done")
    depot.run("tag", "loans-2")
    forge(depot, depot.vault.head, **{word: f"loans-2-before {'0' * 64}" if "Base" in word else "0" * 40})
    assert depot.codes("done") == {"RELEASE_TAG"}


def test_only_what_is_on_the_branch_is_tagged(made: Made) -> None:
    depot = made("done")
    aside(depot)
    ran = depot.run("tag", "loans-2", "--rev", "aside", code=2)
    assert "--rev main" in ran.stderr
    assert depot.court.repo.git("tag") == ""
    depot.run("tag", "loans-2", "--rev", "main")
    (one,) = [one for one in depot.check("done", "--rev", "aside")["requirements"] if one["code"] == "RELEASE_TAG"]
    assert one["outcome"] == "met"


def test_a_tag_that_came_later_says_where_to_ask(made: Made) -> None:
    depot = made("done")
    first = depot.vault.head
    depot.court.repo.commit("More")
    depot.run("tag", "loans-2")
    assert depot.codes("done", "--rev", first) == {"RELEASE_TAG"}
    (one,) = [one for one in depot.check("done", "--rev", first)["requirements"] if one["outcome"] != "met"]
    words = one["help"].partition("release check loans-2 ")[2].split()
    assert depot.codes(words[1], *words[2:]) == set()


def test_a_tag_is_no_riddle_where_a_baseline_does_not_hold(made: Made) -> None:
    depot = made("done")
    depot.run("tag", "loans-2")
    depot.edit("Person/mari", {"/spec/keys/0/compromised_since": "2026-11-01T00:00:00Z"})
    assert "no baseline after the release holds" in said_of(depot, "RELEASE_TAG")


@pytest.mark.parametrize(
    ("ref", "edits", "code"),
    [
        ("Person/mari", {"/spec/keys/0/compromised_since": "2026-11-01T00:00:00Z"}, "BASELINE_AFTER"),
        (APP, {"/metadata/title": "HACKED"}, "ITEM_ALTERED"),
        (REL, {"/spec/backout/steps": ["Pray."]}, "RELEASE_EDITED"),
        (REL, {"/spec/state": "cancelled"}, "RELEASE_STATE"),
    ],
)
def test_what_does_not_hold_at_the_tip_is_not_tagged_further_down(
    made: Made, ref: str, edits: dict[str, str], code: str
) -> None:
    depot = made("done")
    depot.edit(ref, edits)
    ran = depot.run("tag", "loans-2", "--rev", "HEAD~1", code=1)
    assert code in ran.stdout
    assert "a tag is made now, and this does not hold at the tip of" in ran.stdout
    assert depot.court.repo.git("tag") == ""
    told = depot.run("check", "loans-2", "--stage", "done", "--rev", "HEAD~1").stdout
    assert "what was revoked or altered since is not asked" in " ".join(told.split())


def test_an_older_commit_is_tagged_while_the_release_holds_at_the_tip(made: Made) -> None:
    depot = made("done")
    head = depot.vault.head
    depot.edit(REL, {"/metadata/labels": {"desk": "kesk"}})
    depot.run("tag", "loans-2", "--rev", "HEAD~1")
    assert f"object {head}" in tag_of(depot)
    assert depot.codes("done") == set()


def test_a_key_that_is_revoked_at_the_tip_signs_no_tag_further_down(made: Made) -> None:
    depot = made("done")
    depot.edit("Person/liis", {"/spec/keys/0/valid_until": "2026-12-02T00:00:00Z"}, "rein")
    key = str(depot.court.keys["liis"])
    signed = ("tag", "loans-2", "--sign", "--key", key)
    assert "would not count" in depot.run(*signed, code=3).stderr
    assert "would not count" in depot.run(*signed, "--rev", "HEAD~1", code=3).stderr
    assert depot.court.repo.git("tag") == ""


# --- the record stays what was tagged


def tagged(made: Made) -> Depot:
    depot: Depot = made("done")
    depot.run("tag", "loans-2")
    return depot


@pytest.mark.parametrize(
    ("edits", "field"),
    [
        ({"/spec/backout/steps": ["Pray."]}, "spec.backout.steps"),
        ({"/spec/agreements/3/by": "Nobody"}, "spec.agreements"),
        ({"/spec/go_live": "2026-12-01T22:40:00Z"}, "spec.go_live"),
        ({"/spec/acceptance/tests/0/evidence": "docs/other.md"}, "spec.acceptance.tests"),
        ({"/spec/plan/training": None}, "spec.plan.training"),
        ({"/spec/plan/stages/0/verified/by": "mari"}, "spec.plan.stages"),
        ({"/metadata/title": "Another"}, "metadata.title"),
        ({"/spec/plan/risks": ["None."]}, "spec.plan.risks"),
    ],
)
def test_a_release_that_is_edited_after_its_tag_is_found(made: Made, edits: dict[str, object], field: str) -> None:
    depot = tagged(made)
    depot.edit(REL, edits)
    assert depot.codes("done") - {"ACCEPTED_OTHER"} == {"RELEASE_EDITED"}
    assert field in said_of(depot, "RELEASE_EDITED")


def test_what_its_life_cycle_adds_is_no_edit(made: Made) -> None:
    depot = tagged(made)
    seen = {
        "period": {"from": "2026-12-02", "to": "2026-12-30"},
        "incidents": [],
        "effect_business": "None.",
        "effect_operations": "None.",
        "effect_support": "None.",
    }
    depot.court.now = "2026-12-31T10:00:00Z"
    depot.edit(REL, {"/spec/state": "reviewed", "/spec/result": "successful", "/spec/post_release": seen})
    depot.edit("Role/release-manager", {"/metadata/title": "Who releases"}, "rein")
    assert "RELEASE_EDITED" not in depot.codes("done")
    depot.edit(REL, {"/spec/state": "closed"})
    assert "RELEASE_EDITED" not in depot.codes("done")
    depot.edit(REL, {"/spec/backout/trigger": "Never."})
    assert "RELEASE_EDITED" in depot.codes("done")


def test_an_item_may_be_renamed_after_the_tag(made: Made) -> None:
    depot = tagged(made)
    court = depot.court
    moved = court.get(APP)
    moved["metadata"] |= {"name": "app-02", "formerly": ["app-01"]}
    court.remove(APP)
    court.put(moved)
    court.edit(REL, {"/spec/items/0/item": "ConfigurationItem/app-02", "/spec/build/artefacts/0/item": "app-02"})
    court.commit("jaan", "Rename it", at=court.now)
    assert not {"RELEASE_EDITED", "RELEASE_TAG"} & depot.codes("done")


def test_a_release_does_not_get_rid_of_its_tag_by_another_name(made: Made) -> None:
    depot = tagged(made)
    court = depot.court
    moved = court.get(REL)
    moved["metadata"] |= {"name": "loans-3", "formerly": ["loans-2"]}
    moved["spec"]["backout"]["steps"] = ["Pray."]
    court.remove(REL)
    court.put(moved)
    court.edit("ChangeRequest/CHG-1", {"/spec/release": "loans-3"})
    court.commit("mari", "Rename it", at=court.now)
    assert "RELEASE_EDITED" in depot.codes("done")


# --- nothing else goes by the name of a release


def test_no_baseline_takes_the_tag_of_a_release(made: Made) -> None:
    depot = made("ready")
    depot.carry_out()
    depot.finish()
    ran = depot.vault.run("kadri", "create", "loans-2", "--release", "loans-2", "--tag", code=2)
    assert "nobody can have agreed" in ran.stderr
    depot.freeze("loans-2", "--kind", "release")
    depot.go_live(**{"/spec/baseline_after": "loans-2"})
    ran = depot.vault.run("kadri", "tag", "loans-2", code=2)
    assert "itsmctl release tag loans-2" in ran.stderr
    held = depot.vault.manifest("loans-2")
    message = f"Baseline loans-2\n\nSource: {held['source']['commit']}\nRoot: {held['root']}\n"
    added = depot.court.repo.git("log", "--format=%H", "--diff-filter=A", "--", "baselines/loans-2/baseline.json")
    depot.court.git("jaan", "tag", "-a", "-m", message, "release/loans-2", added)
    assert depot.codes("done") == {"RELEASE_TAG"}
    assert "not made for this release" in said_of(depot, "RELEASE_TAG")
    depot.court.repo.git("tag", "-d", "release/loans-2")
    depot.run("tag", "loans-2")
    assert depot.codes("done") == set()


def test_what_a_tag_may_say_and_who_says_it(made: Made) -> None:
    depot = made("done")
    depot.run("tag", "loans-2", "--sign", "--key", str(depot.court.keys["mari"]))
    (one,) = [one for one in depot.check("done")["requirements"] if one["code"] == "RELEASE_TAG"]
    assert one["says"] == "release/loans-2, signed by mari"
    forge(depot, depot.vault.head)
    (one,) = [one for one in depot.check("done")["requirements"] if one["code"] == "RELEASE_TAG"]
    assert one["says"] == "release/loans-2, only written, signed by nobody"
    said = tag_of(depot)
    for line in ("Owed: CHANGE_OWES by 2027-01-01T00:00:00Z", "Released-By: Nobody", "And more."):
        put(depot, said.replace("\nTool: ", f"\n{line}\nTool: "))
        assert depot.codes("done") == {"RELEASE_TAG"}, line
    put(depot, said + "\nAnd more.")
    assert depot.codes("done") == {"RELEASE_TAG"}


def put(depot: Depot, said: str) -> None:
    """Another tag object under the name of the release."""
    oid = depot.court.repo.git("hash-object", "-t", "tag", "-w", "--stdin", stdin=said.encode() + b"\n")
    depot.court.repo.git("update-ref", "refs/tags/release/loans-2", oid)


def test_documents_that_are_others_since_the_tag_are_told(made: Made) -> None:
    depot = tagged(made)
    depot.court.repo.write("docs/release.md", "rm -rf /\n")
    depot.court.commit("jaan", "Better", at=depot.court.now)
    (one,) = [one for one in depot.check("done")["requirements"] if one["code"] == "RELEASE_EDITED"]
    assert one["outcome"] == "met"
    assert "other files than were tagged: authorisation, backout, install" in one["says"]
