"""`baseline diff`, `status`, `list`, `export`: what differs, which change explains it, on real repositories."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from conftest import Repo, copied
from court import Court, change, record
from vault import Vault

INSIDE = "2026-12-01T23:00:00Z"
"""Inside of the window of the court's changes."""


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory, founded: Path, keys: Mapping[str, Path]) -> Path:
    """A repository with the baseline `one`."""
    path = tmp_path_factory.mktemp("first") / "repo"
    vault = Vault.founding(founded, path, keys)
    vault.create("one")
    return path


@pytest.fixture
def vault(first: Path, tmp_path: Path, environ: dict[str, str], keys: Mapping[str, Path]) -> Vault:
    path = tmp_path / "repo"
    copied(first, path)
    return Vault(Court(Repo(path, environ), keys, made=30))


def compare(vault: Vault, code: int = 0) -> dict[str, Any]:
    found = json.loads(vault.run("ene", "diff", "one", "two", "-f", "json", code=code).stdout)
    assert isinstance(found, dict)
    return found


def carry_out(vault: Vault, name: str, at: str = INSIDE, vote: bool = True, **spec: Any) -> None:
    """A change that sets the version of db-01, merged at that time."""
    court = vault.court
    court.branch(name)
    court.put(change(name, {"ConfigurationItem/db-01": "change"}, **spec))
    court.edit("ConfigurationItem/db-01", {"/spec/version": f"2-{name}"})
    court.commit("jaan", f"Work\n\nChange: {name}", at=at)
    for person in ("liis", "kadri") if vote else ():
        court.vote(person, name)
    court.merge(name, at=at)


def test_an_approved_change_in_its_window_explains(vault: Vault) -> None:
    carry_out(vault, "CHG-1")
    vault.create("two")
    found = compare(vault)
    assert found["counts"] == {"explained": 1, "late": 0, "unexplained": 0}
    (one,) = found["differences"]
    assert (one["ref"], one["deed"], one["changes"]) == ("ConfigurationItem/db-01", "changed", ["CHG-1"])
    assert one["fields"] == [{"field": "spec.version", "before": "1.0.0", "after": "2-CHG-1", "is_order": False}]


def test_a_change_explains_on_votes_that_are_there_and_by_their_voters_keys(vault: Vault) -> None:
    court = vault.court
    carry_out(vault, "CHG-1")
    vault.create("two")
    court.edit("ChangeRequest/CHG-1", {"/spec/state": "backed-out"})
    court.commit("jaan", "Taken back")
    found = compare(vault)
    assert found["since"] == [{"change": "CHG-1", "says": "backed-out today"}]
    assert "CHG-1  backed-out today" in vault.run("ene", "diff", "one", "two").stdout
    for result in ("backed-out", "successful"):  # whatever its review makes of it
        court.edit("ChangeRequest/CHG-1", {"/spec/state": "reviewed", "/spec/implementation": {"result": result}})
        court.commit("jaan", "Looked back at")
        assert compare(vault)["since"] == [{"change": "CHG-1", "says": "backed-out, and reviewed since"}]
    for since, code in (("2026-12-02T00:00:00Z", 0), ("2026-11-01T00:00:00Z", 1)):  # after the merge, and before it
        keys = court.get("Person/kadri")["spec"]["keys"]
        court.edit("Person/kadri", {"/spec/keys": [{**keys[0], "compromised_since": since}]})
        court.commit("rein", "Stolen")
        court.now = "2026-12-03T12:00:00Z"
        found = compare(vault, code)
    assert "approved by kadri, and the key was somebody else's" in found["differences"][0]["commits"][0]["lacks"]
    vault.repo.git("reset", "--quiet", "--hard", "HEAD~2")
    vault.repo.git("rm", "-q", "-r", "approvals/CHG-1", "records/changes/CHG-1.yaml")
    court.commit("jaan", "Tidy")
    found = compare(vault, code=1)
    assert "on which CHG-1 was decided, was taken away with" in found["differences"][0]["commits"][0]["lacks"]
    vault.repo.git("checkout", "-q", "HEAD~1", "--", "approvals")
    court.commit("jaan", "Put back")
    assert compare(vault)["since"] == [{"change": "CHG-1", "says": "no more among the records"}]


def test_an_edit_without_a_change_is_unexplained(vault: Vault) -> None:
    vault.court.edit("ConfigurationItem/db-01", {"/spec/version": "9"})
    vault.court.commit("jaan", "By hand")
    vault.create("two")
    assert compare(vault, code=1)["counts"]["unexplained"] == 1


def test_a_change_that_lists_something_else_explains_nothing(vault: Vault) -> None:
    court = vault.court
    court.put(change("CHG-1", {"ConfigurationItem/app-01": "change"}))
    court.edit("ConfigurationItem/db-01", {"/spec/version": "9"})
    court.commit("jaan", "Work\n\nChange: CHG-1", at=INSIDE)
    vault.create("two")
    assert compare(vault, code=1)["counts"]["unexplained"] == 1


@pytest.mark.parametrize(
    ("why", "kwargs"),
    [
        ("outside of the window", {"at": "2026-12-03T10:00:00Z"}),
        ("no signed approval", {"vote": False}),
        ("was submitted then", {"vote": False, "state": "submitted"}),
    ],
)
def test_what_a_change_explains_too_late(vault: Vault, why: str, kwargs: dict[str, Any]) -> None:
    carry_out(vault, "CHG-1", **kwargs)
    vault.court.now = kwargs.get("at", vault.court.now)
    vault.create("two")
    (one,) = compare(vault, code=1)["differences"]
    assert one["standing"] == "late"
    assert why in one["commits"][0]["lacks"]


def test_one_unexplained_commit_among_explained_ones_is_told(vault: Vault) -> None:
    carry_out(vault, "CHG-1")
    vault.court.edit("ConfigurationItem/db-01", {"/spec/version": "9"})
    vault.court.commit("jaan", "By hand", at="2026-12-01T23:30:00Z")
    vault.create("two")
    (one,) = compare(vault, code=1)["differences"]
    assert one["standing"] == "unexplained"
    assert [bool(commit["lacks"]) for commit in one["commits"]] == [False, True]


def test_records_that_come_go_and_are_renamed(vault: Vault) -> None:
    court = vault.court
    court.remove("ConfigurationItem/app-01")
    court.edit("Service/loans", {"/spec/components": [{"item": "db-01"}]})
    spec = {"type": "database", "state": "live", "version": "1", "environment": "production"}
    court.put(record("ConfigurationItem", "db-03", spec, "Role/database-team"))
    moved = court.get("ConfigurationItem/db-01")
    moved["metadata"] |= {"name": "db-02", "formerly": ["db-01"], "owner": "Role/service-manager"}
    moved["spec"]["state"] = "withdrawn"
    court.remove("ConfigurationItem/db-01")
    court.put(moved)
    court.commit("jaan", "Much")
    vault.create("two")
    found = {one["ref"]: one for one in compare(vault, code=1)["differences"]}
    assert {ref: one["deed"] for ref, one in found.items()} == {
        "ConfigurationItem/app-01": "removed",
        "ConfigurationItem/db-02": "renamed",
        "ConfigurationItem/db-03": "added",
        "Service/loans": "changed",
    }
    assert found["ConfigurationItem/db-02"]["aspects"][:2] == ["state", "owner"]
    assert "relation" in found["Service/loans"]["aspects"]


def test_a_closed_change_without_a_difference_is_listed(vault: Vault) -> None:
    court = vault.court
    implementation = {"started": INSIDE, "ended": INSIDE, "by": ["jaan"], "result": "successful"}
    spec = {"state": "implemented", "implementation": implementation}
    court.put(change("CHG-1", {"ConfigurationItem/db-01": "change"}, **spec))
    court.commit("jaan", "Nothing happened")
    vault.create("two")
    found = compare(vault)
    assert found["without_effect"] == [
        {"change": "CHG-1", "state": "implemented", "items": ["ConfigurationItem/db-01"]}
    ]
    assert "left no difference" in vault.run("ene", "diff", "one", "two").stdout


def test_reformatting_differs_in_nothing(vault: Vault) -> None:
    path = vault.repo.path / "records/configuration-items/db-01.yaml"
    path.write_bytes(b"# a comment\n" + path.read_bytes())
    vault.court.commit("jaan", "Comment")
    vault.create("two")
    assert compare(vault)["differences"] == []
    assert vault.manifest("one")["root"] == vault.manifest("two")["root"]


def test_every_format_says_the_same_and_no_record_can_break_out(vault: Vault) -> None:
    vault.court.edit("ConfigurationItem/db-01", {"/metadata/title": "=1+1 <script>| `x` @team ::add-mask::x"})
    vault.court.commit("jaan", "By hand")
    vault.create("two")
    said = {shape: vault.run("ene", "diff", "one", "two", "-f", shape, code=1).stdout for shape in _SHAPES}
    rows = list(csv.DictReader(io.StringIO(said["csv"])))
    assert [(row["standing"], row["record"], row["field"]) for row in rows] == [
        ("unexplained", "ConfigurationItem/db-01", "metadata.title")
    ]
    assert rows[0]["after"].startswith("'=1+1")
    assert "<script>" not in said["html"]
    assert "<script>" not in said["markdown"]
    tags: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: tags.append(tag)  # type: ignore[method-assign]
    parser.feed(said["html"])
    assert tags.count("tr") == 2
    for text in said.values():
        assert "ConfigurationItem/db-01" in text
        assert not any(line.startswith("::") for line in text.splitlines())


_SHAPES = ("text", "json", "markdown", "csv", "html")


def test_baselines_in_the_wrong_order_are_refused(vault: Vault) -> None:
    vault.court.edit("ConfigurationItem/db-01", {"/spec/version": "9"})
    vault.court.commit("jaan", "By hand")
    vault.create("two")
    assert "earlier baseline first" in vault.run("ene", "diff", "two", "one", code=3).stderr
    assert "did you mean one" in vault.run("ene", "diff", "onee", "two", code=2).stderr


def test_an_edited_manifest_is_not_compared(vault: Vault) -> None:
    data = vault.manifest("one")
    data["items"].pop()
    vault.rewrite("one", "baseline.json", json.dumps(data).encode())
    assert "root of one" in vault.run("ene", "diff", "one", "one", code=3).stderr
    assert "root of one" in vault.run("ene", "export", "one", code=3).stderr
    vault.repo.git("revert", "--no-edit", "HEAD")
    vault.rewrite("one", "bom.cdx.json", b"{}")
    assert "not what its commit gives" in vault.run("ene", "export", "one", code=3).stderr


def test_status_and_list_account_for_items(vault: Vault) -> None:
    carry_out(vault, "CHG-1")
    page = json.loads(vault.run("ene", "status", "-f", "json").stdout)
    items = {one["ref"]: one for one in page["items"]}
    assert items["ConfigurationItem/db-01"]["since"] == "changed"
    assert items["ConfigurationItem/db-01"]["last_changes"] == ["CHG-1"]
    assert items["ConfigurationItem/app-01"]["since"] == "same"
    assert items["ConfigurationItem/app-01"]["baselines"] == ["one"]
    assert [one["name"] for one in page["changes"]] == ["CHG-1"]
    text = vault.run("ene", "status").stdout
    assert "ConfigurationItem/db-01  changed  one" in text
    assert "none: a snapshot" in vault.run("ene", "list").stdout
    assert [one["name"] for one in json.loads(vault.run("ene", "list", "-f", "json").stdout)["baselines"]] == ["one"]


def test_csv_and_markdown_exports(vault: Vault) -> None:
    rows = list(csv.DictReader(io.StringIO(vault.run("ene", "export", "one", "-f", "csv").stdout)))
    assert [(row["kind"], row["name"]) for row in rows] == [
        (item["kind"], item["name"]) for item in vault.manifest("one")["items"]
    ]
    assert vault.run("ene", "export", "one", "-f", "markdown").stdout.startswith("# Baseline one\n")


# --- scopes that are not the same


def test_what_leaves_the_scope_is_not_removed(vault: Vault) -> None:
    carry_out(vault, "CHG-1")
    vault.create("narrow", "--scope", "ConfigurationItem/app-01")
    ran = vault.run("ene", "diff", "one", "narrow")
    assert "every controlled record → ConfigurationItem/app-01" in " ".join(ran.stdout.split())
    found = json.loads(vault.run("ene", "diff", "one", "narrow", "-f", "json").stdout)
    assert found["differences"] == []
    left = {one["ref"]: (one["way"], one["same"]) for one in found["outside"]}
    assert left["ConfigurationItem/db-01"] == ("left", False)
    assert left["Service/loans"] == ("left", True)
    for shape in ("markdown", "csv", "html"):
        assert "left the scope of narrow" in vault.run("ene", "diff", "one", "narrow", "-f", shape).stdout


def test_what_joins_the_scope_is_not_added(vault: Vault) -> None:
    vault.create("narrow", "--scope", "ConfigurationItem/app-01")
    spec = {"type": "database", "state": "live", "version": "1", "environment": "production"}
    vault.court.put(record("ConfigurationItem", "db-03", spec, "Role/database-team"))
    vault.court.commit("jaan", "A new one")
    vault.create("wide")
    found = json.loads(vault.run("ene", "diff", "narrow", "wide", "-f", "json", code=1).stdout)
    assert [(one["ref"], one["deed"]) for one in found["differences"]] == [("ConfigurationItem/db-03", "added")]
    joined = {one["ref"]: (one["way"], one["same"]) for one in found["outside"]}
    assert joined["ConfigurationItem/db-01"] == ("joined", True)


def test_what_goes_out_of_scope_and_is_removed_is_removed(vault: Vault) -> None:
    vault.court.remove("ConfigurationItem/db-01")
    vault.court.edit("Service/loans", {"/spec/components": [{"item": "app-01"}]})
    vault.court.commit("jaan", "Take it away")
    vault.create("narrow", "--scope", "ConfigurationItem/app-01")
    found = json.loads(vault.run("ene", "diff", "one", "narrow", "-f", "json", code=1).stdout)
    assert [(one["ref"], one["deed"]) for one in found["differences"]] == [("ConfigurationItem/db-01", "removed")]


# --- a change explains what it lists


def add(vault: Vault) -> None:
    spec = {"type": "database", "state": "live", "version": "1", "environment": "production"}
    vault.court.put(record("ConfigurationItem", "db-03", spec, "Role/database-team"))


def remove(vault: Vault) -> None:
    vault.court.remove("ConfigurationItem/db-01")
    vault.court.edit("Service/loans", {"/spec/components": [{"item": "app-01"}]})


def alter(vault: Vault) -> None:
    vault.court.edit("ConfigurationItem/db-01", {"/spec/version": "2"})


@pytest.mark.parametrize(("do", "deed"), [(add, "add"), (remove, "remove"), (alter, "change")])
@pytest.mark.parametrize("listed", ["add", "remove", "change"])
def test_a_change_explains_the_deed_that_it_lists(
    vault: Vault, do: Callable[[Vault], None], deed: str, listed: str
) -> None:
    court, ref = vault.court, "ConfigurationItem/db-03" if deed == "add" else "ConfigurationItem/db-01"
    court.branch("work")
    court.put(change("CHG-1", {ref: listed, "Service/loans": "change"}))
    do(vault)
    court.commit("jaan", "Work\n\nChange: CHG-1", at=INSIDE)
    for person in ("liis", "kadri", "sirje"):
        court.vote(person, "CHG-1")
    court.merge("work", at=INSIDE)
    vault.create("two")
    ran = vault.run("ene", "diff", "one", "two", "-f", "json", code=0 if listed == deed else 1)
    (one,) = [one for one in json.loads(ran.stdout)["differences"] if one["ref"] == ref]
    assert one["standing"] == ("explained" if listed == deed else "unexplained")
    assert listed == deed or "lists it to be" in one["commits"][0]["lacks"]


def test_what_was_added_and_then_changed_takes_both(vault: Vault) -> None:
    court, ref = vault.court, "ConfigurationItem/db-03"
    for name, deed in (("CHG-1", "add"), ("CHG-2", "change")):
        court.branch(name)
        court.put(change(name, {ref: deed}))
        add(vault)
        court.edit(ref, {"/spec/version": name})
        court.commit("jaan", f"Work\n\nChange: {name}", at=INSIDE)
        court.vote("liis", name)
        court.vote("kadri", name)
        court.merge(name, at=INSIDE)
    vault.create("two")
    (one,) = compare(vault)["differences"]
    assert (one["deed"], one["standing"], one["changes"]) == ("added", "explained", ["CHG-1", "CHG-2"])


def test_a_change_that_was_over_explains_nothing_any_more(vault: Vault) -> None:
    implementation = {"started": INSIDE, "ended": INSIDE, "by": ["jaan"], "result": "successful"}
    carry_out(vault, "CHG-1")
    court = vault.court
    review = {"on": "2026-12-02", "by": "mari", "objectives_met": True, "text": "Well."}
    court.edit("ChangeRequest/CHG-1", {"/spec/state": "closed", "/spec/implementation": implementation})
    court.edit("ChangeRequest/CHG-1", {"/spec/review": review})
    court.commit("jaan", "It is over", at="2026-12-01T23:20:00Z")
    court.edit("ConfigurationItem/db-01", {"/spec/version": "9"})
    court.commit("jaan", "More\n\nChange: CHG-1", at="2026-12-01T23:30:00Z")
    vault.create("two")
    (one,) = compare(vault, code=1)["differences"]
    assert one["standing"] != "explained"
    assert "CHG-1 was closed before that" in one["commits"][1]["lacks"]


# --- what the gate would not have let through explains nothing


def begun(vault: Vault, *votes: str) -> None:
    """A branch on which CHG-1 sets the version of db-01, with these votes."""
    court = vault.court
    court.branch("CHG-1")
    court.put(change("CHG-1", {"ConfigurationItem/db-01": "change"}))
    court.edit("ConfigurationItem/db-01", {"/spec/version": "2"})
    court.commit("jaan", "Work\n\nChange: CHG-1", at=INSIDE)
    for person in votes:
        court.vote(person, "CHG-1")
    court.checkout("main")


def evil(vault: Vault) -> None:
    """The merge sets a title as well."""
    begun(vault, "liis", "kadri")
    vault.court.git("mari", "merge", "--quiet", "--no-ff", "--no-commit", "CHG-1")
    vault.court.edit("ConfigurationItem/db-01", {"/metadata/title": "HACKED"})


def without_vote(vault: Vault) -> None:
    """Somebody who has to agree did not."""
    begun(vault, "liis")
    vault.court.git("mari", "merge", "--quiet", "--no-ff", "--no-commit", "CHG-1")


def by_the_maker(vault: Vault) -> None:
    begun(vault, "liis", "jaan")
    vault.court.git("mari", "merge", "--quiet", "--no-ff", "--no-commit", "CHG-1")


def not_for_this(vault: Vault) -> None:
    """The votes are on another content of the record."""
    begun(vault, "liis", "kadri")
    court = vault.court.checkout("CHG-1")
    court.edit("ConfigurationItem/db-01", {"/spec/version": "3"})
    court.commit("jaan", "And more\n\nChange: CHG-1", at=INSIDE)
    court.checkout("main")
    court.git("mari", "merge", "--quiet", "--no-ff", "--no-commit", "CHG-1")


@pytest.mark.parametrize("do", [evil, without_vote, by_the_maker, not_for_this])
def test_what_the_gate_would_have_denied_is_not_explained(vault: Vault, do: Callable[[Vault], None]) -> None:
    do(vault)
    vault.court.commit("mari", "Merge CHG-1", at=INSIDE)
    vault.create("two")
    (one,) = compare(vault, code=1)["differences"]
    assert one["standing"] != "explained"
    assert "CHG-1" in one["commits"][-1]["lacks"]


# --- a manifest that says something else than its commit


def forged(vault: Vault, name: str, edit: Callable[[dict[str, Any]], None]) -> None:
    """The manifest written anew, with the root of its items."""
    from itsmctl.baseline import form

    data = vault.manifest(name)
    edit(data)
    data["root"] = form.root([{key: one[key] for key in form.LINE} for one in data["items"]], data["canonical"])
    vault.rewrite(name, "baseline.json", form.written(data, data["canonical"]))


def test_a_forged_manifest_is_not_compared(vault: Vault) -> None:
    vault.court.edit("ConfigurationItem/db-01", {"/spec/version": "9"})
    vault.court.commit("jaan", "By hand")
    vault.create("two")
    kept = vault.path("two").read_bytes()
    one = {f"{item['kind']}/{item['name']}": item for item in vault.manifest("one")["items"]}

    def as_before(data: dict[str, Any]) -> None:
        data["items"] = [one[f"{item['kind']}/{item['name']}"] for item in data["items"]]

    def digest_alone(data: dict[str, Any]) -> None:
        for item in data["items"]:
            item["digest"] = one[f"{item['kind']}/{item['name']}"]["digest"]

    def dropped(data: dict[str, Any]) -> None:
        data["items"] = [item for item in data["items"] if item["name"] != "db-01"]

    def in_state(data: dict[str, Any]) -> None:
        for item in data["items"]:
            item["state"] = "retired" if item["name"] == "db-01" else item["state"]

    def veiled(data: dict[str, Any]) -> None:
        for item in data["items"]:
            if item["name"] == "db-01":
                item |= {"secrets": ["/spec/version"], "blob": ""}

    for edit in (as_before, digest_alone, dropped, in_state, veiled):
        forged(vault, "two", edit)
        ran = vault.run("ene", "diff", "one", "two", code=3)
        assert "two does not hold" in ran.stderr, edit
        vault.rewrite("two", "baseline.json", kept)
    assert compare(vault, code=1)["counts"]["unexplained"] == 1


def test_a_commit_is_no_baseline(vault: Vault) -> None:
    told = vault.run("ene", "diff", "one", "main", code=2).stderr
    assert "main is a commit, and no baseline: itsmctl baseline status" in told
    assert "itsmctl baseline list" in vault.run("ene", "diff", "one", "oen", code=2).stderr


def test_what_was_frozen_before_the_root_was_moved_is_verified_there(vault: Vault) -> None:
    vault.approve("one")
    repo = vault.repo
    (repo.path / "town").mkdir()
    repo.git("mv", "baselines", "records", "itsm.yaml", ".gitattributes", "town/")
    vault.court.commit("rein", "Move it")
    town = Repo(repo.path / "town", repo.environ)
    ran = town.run("baseline", "verify", "one", "--brief")
    assert ran.code == 3
    assert "The governed root was the top until commit" in ran.stderr
    first, _, root = ran.stderr.partition("First: git ")[2].strip().partition(" and then the same command with ")
    town.git(*first.split())
    with vault.court.clock():
        ran = town.run("baseline", "verify", "one", "--brief", *root.split())
    assert (ran.code, ran.stdout.split()[:2]) == (0, ["one", "HOLDS"])
