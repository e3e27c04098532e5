"""`release check --stage done`, `release tag`: what is released is what the baseline after froze, to the letter."""

from __future__ import annotations

import zlib

from conftest import Made
from court import change
from depot import APP, Depot
from test_release_tag import forge, said_of

TITLE = {"/metadata/title": "HACKED"}


def carried_out(depot: Depot, *votes: str, listed: str = APP, **edits: str) -> None:
    """CHG-2 alters the item after the release, in its own window."""
    court = depot.court
    items = [{"item": listed, "action": "change"}]
    window = {"start": "2026-12-02T09:00:00Z", "end": "2026-12-02T12:00:00Z"}
    made = change("CHG-2", state="implementing", schedule=window)
    made["spec"] |= {"items": items}
    court.branch("CHG-2")
    court.put(made)
    court.edit(APP, edits or TITLE)
    court.commit("jaan", "Work\n\nChange: CHG-2", at=court.now)
    for person in votes:
        court.vote(person, "CHG-2")
    court.merge("CHG-2", at=court.now)


def test_an_item_that_is_altered_after_it_was_frozen_is_found(made: Made) -> None:
    depot = made("done")
    depot.edit(APP, TITLE)
    assert depot.codes("done") == {"ITEM_ALTERED"}
    assert "no change in play lists it" in said_of(depot, "ITEM_ALTERED")
    depot.run("tag", "loans-2", code=1)
    assert depot.court.repo.git("tag") == ""
    depot.edit(APP, {"/metadata/title": "App 01"})  # put back: what is there is what was frozen
    depot.run("tag", "loans-2")
    altered = depot.court.repo.git("rev-parse", "HEAD~1")
    forge(depot, altered)
    assert depot.codes("done") == {"RELEASE_TAG"}
    assert "is another than loans-2-after froze" in said_of(depot, "RELEASE_TAG")


def test_what_differs_in_form_alone_is_no_other_item(made: Made) -> None:
    depot = made("done")
    path = depot.court.repo.path / "records/configuration-items/app-01.yaml"
    path.write_bytes(b"# a comment\n" + path.read_bytes())
    depot.court.commit("jaan", "Comment", at=depot.court.now)
    assert depot.codes("done") == set()


def test_a_change_since_that_was_let_through_is_told(made: Made) -> None:
    depot = made("done")
    carried_out(depot, "liis", "kadri")
    assert depot.codes("done") == set()
    (one,) = [one for one in depot.check("done")["requirements"] if one["code"] == "ITEM_ALTERED"]
    assert "CHG-2 altered ConfigurationItem/app-01 since" in one["says"]
    depot.run("tag", "loans-2")
    assert depot.codes("done") == set()
    depot.edit(APP, {"/spec/environment": "test"})  # and one edit more, that nobody approved
    assert "ITEM_ALTERED" in depot.codes("done")


def test_a_change_since_that_nobody_approved_accounts_for_nothing(made: Made) -> None:
    depot = made("done")
    carried_out(depot)
    assert depot.codes("done") == {"ITEM_ALTERED"}
    assert "CHG-2" in said_of(depot, "ITEM_ALTERED")


def test_a_change_since_that_lists_something_else_accounts_for_nothing(made: Made) -> None:
    depot = made("done")
    carried_out(depot, "liis", "kadri", listed="ConfigurationItem/db-01")
    assert depot.codes("done") == {"ITEM_ALTERED"}


def test_an_item_that_goes_and_comes_again_is_no_other_way(made: Made) -> None:
    depot = made("done")
    kept = depot.court.get(APP)
    depot.court.remove(APP)
    depot.court.commit("jaan", "Away", at=depot.court.now)
    kept["metadata"]["title"] = "HACKED"
    depot.court.put(kept)
    depot.court.commit("jaan", "Again", at=depot.court.now)
    assert "ITEM_ALTERED" in depot.codes("done")


# --- what should be known, and stops nothing


def test_a_check_away_from_the_branch_says_so(made: Made) -> None:
    depot = made("done")
    assert depot.check("done")["aside"] is None
    depot.court.branch("aside")
    depot.court.commit("jaan", "Aside")
    assert "not on the line of main" in depot.check("done")["aside"]
    assert "not on the line of main" in depot.run("check", "loans-2", "--stage", "done").stdout
    ran = depot.run("tag", "loans-2", "--rev", "aside", code=2)
    assert ran.stderr.count(depot.vault.head[:7]) == 1


def test_a_policy_that_was_altered_since_the_roll_out_is_told(made: Made) -> None:
    depot = made("done")
    (one,) = [one for one in depot.check("done")["requirements"] if one["code"] == "RELEASE_RULES"]
    assert "altered since" not in one["says"]
    depot.edit("ReleasePolicy/releases", {"/spec/without_digests": "It is a page in a wiki."}, "rein")
    (one,) = [one for one in depot.check("done")["requirements"] if one["code"] == "RELEASE_RULES"]
    assert "altered since the roll-out began: ReleasePolicy/releases" in one["says"]


def test_bytes_that_were_written_over_are_not_read(made: Made) -> None:
    """git shows what stands in the object; whoever writes over it leaves the id as it was."""
    depot = made("done")
    depot.run("tag", "loans-2")
    git, root = depot.court.repo.git, depot.court.repo.path
    blob = git("rev-parse", "HEAD:records/releases/loans-2.yaml")
    path = root / ".git/objects" / blob[:2] / blob[2:]
    content = zlib.decompress(path.read_bytes())
    path.chmod(0o644)
    path.write_bytes(zlib.compress(content.replace(b"Install 1.0.0.", b"Install 9.9.9.")))
    assert b"9.9.9" in git("cat-file", "blob", blob).encode()
    depot.run("check", "loans-2", "--stage", "done", code=3)
