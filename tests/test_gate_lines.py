"""Nothing that came in is forgotten when the target is merged into a branch and the branch is put in its place."""

from __future__ import annotations

import pytest
from court import Court, change, record
from test_gate_flows import APP, DB, INCIDENT, allowed, emergency, voted

from itsmctl import gitbench, gitdeeds, gitdiscovery, gitlines, rulebook
from itsmctl.firstparent import FirstParent
from itsmctl.gate.model import Brought
from itsmctl.gitlines import Grown

TURNS = ("a commit aside", "nothing aside", "twice", "an approved change aside")
"""How the branch is turned around."""


def turned(court: Court, start: str, how: str = "a commit aside", at: str = "2026-12-01T22:25:00Z") -> None:
    """Merge main into a branch that began at `start`, and put that in the place of main."""
    for number in range(2 if how == "twice" else 1):
        court.branch(f"fox-{number}", at=start)
        if how != "nothing aside":
            court.repo.write(f"notes-{number}.txt", "hi\n")
            court.commit("jaan", "Some notes", at=at)
        if how == "an approved change aside":
            court.git("jaan", "merge", "--quiet", "--no-ff", "-m", "Merge aside", "aside")
        court.as_of(at, "jaan").git("merge", "--quiet", "--no-ff", "-m", "Bring it up to date", "main")
        judged = court.gate()  # an update merge is everyday work; past the gate it may land whatever it says
        assert judged.outcome == "ALLOWED" or judged.codes == {"BASE_ASIDE"}
        court.checkout("main")
        court.repo.git("merge", "--quiet", "--ff-only", f"fox-{number}")


def aside(court: Court) -> None:
    """A branch with a change of its own, which is approved."""
    court.branch("aside")
    court.edit(APP, {"/spec/version": "9.0.0"})
    court.put(change("CHG-9", {APP: "change"}))
    court.commit("jaan", "Work aside")
    voted(court, "CHG-9", "liis", "kadri")
    court.checkout("main")


def tip(court: Court) -> str:
    return court.repo.git("rev-parse", "main")


def landed(court: Court, branch: str, how: str) -> None:
    allowed(court)
    court.merge(branch, how=how, at="2026-12-01T22:20:00Z")


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_what_was_spent_stays_spent(court: Court, how: str, turn: str) -> None:
    start = tip(court)
    if turn == TURNS[-1]:
        aside(court)
    court.branch("first")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Update the database")
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "And its change")
    voted(court, "CHG-1", "liis", "kadri")
    landed(court, "first", how)
    court.branch("back")
    court.edit(DB, {"/spec/version": "1.0.0"})
    court.put(change("CHG-2", {DB: "change"}))
    court.commit("jaan", "Go back")
    voted(court, "CHG-2", "liis", "kadri")
    landed(court, "back", how)
    turned(court, start, turn)
    court.branch("again")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Once more\n\nChange: CHG-1")
    assert {"SPENT", "LINES_APART"} <= court.gate().codes


@pytest.mark.parametrize("turn", TURNS[:3])
def test_names_are_used_once(court: Court, turn: str) -> None:
    start = tip(court)
    spec = {"type": "database", "state": "live", "version": "3.1", "environment": "production"}
    court.branch("add")
    court.put(record("ConfigurationItem", "db-02", spec, "Role/database-team"))
    court.put(change("CHG-2", {"ConfigurationItem/db-02": "add"}))
    court.commit("jaan", "Add it")
    voted(court, "CHG-2", "liis", "kadri")
    landed(court, "add", "merge")
    court.branch("remove")
    court.remove("ConfigurationItem/db-02")
    court.put(change("CHG-3", {"ConfigurationItem/db-02": "remove"}))
    court.commit("jaan", "Remove it")
    voted(court, "CHG-3", "liis", "kadri")
    landed(court, "remove", "squash")
    turned(court, start, turn)
    court.branch("again")
    court.put(record("ConfigurationItem", "DB-02".lower(), spec, "Role/database-team"))
    court.commit("jaan", "Add it again")
    assert "ID_REUSED" in court.gate().codes


@pytest.mark.parametrize("turn", TURNS[:3])
@pytest.mark.parametrize("how", ["merge", "squash"])
def test_a_debt_is_due_when_it_was(court: Court, how: str, turn: str) -> None:
    court.put(INCIDENT)
    court.commit("jaan", "Nobody can lend", at="2026-12-01T22:05:00Z")
    start = tip(court)
    court.branch("fix")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(emergency("CHG-1", {DB: "change"}))
    court.commit("kadri", "It burns", at="2026-12-01T22:10:00Z")
    court.now = "2026-12-01T22:20:00Z"
    court.vote("arvo", "CHG-1")
    allowed(court, "OVERRIDDEN")
    court.merge("fix", how=how, at="2026-12-01T22:30:00Z")
    court.now = "2026-12-05T08:05:00Z"
    turned(court, start, turn, at="2026-12-05T08:00:00Z")
    court.now = "2026-12-07T08:00:00Z"
    court.branch("next")
    court.edit(APP, {"/spec/version": "1.0.1"})
    open_until = {"start": "2026-12-01T00:00:00Z", "end": "2026-12-20T00:00:00Z"}
    court.put(change("CHG-2", {APP: "change"}, schedule=open_until))
    court.commit("jaan", "Update the application", at="2026-12-04T08:00:00Z")
    voted(court, "CHG-2", "liis", "kadri")
    assert court.gate().codes == {"DEBT"}


def test_a_serial_does_not_fall(court: Court) -> None:
    start = tip(court)
    role = "Role/change-advisory-board"
    for serial in (3, 1):
        court.edit(role, {"/spec/serial": serial})
        court.commit("rein", "Past the gate")
    turned(court, start, "nothing aside")
    court.branch("pr")
    court.edit(role, {"/metadata/title": "The board", "/spec/serial": 2})
    court.put(change("CHG-1", {role: "change"}))
    court.commit("jaan", "Another title")
    judged = court.gate()
    assert "SERIAL" in judged.codes
    assert "Write serial: 4" in judged.says


def test_who_made_it_is_known(court: Court) -> None:
    """Whoever made what was taken back since is still known, however the branch was turned around."""
    start = tip(court)
    court.branch("fix")
    court.edit(DB, {"/spec/version": "1.0.1"})
    made = court.commit("liis", "Fix it")
    court.repo.write("notes.txt", "hi\n")
    court.commit("tonu", "Something else")
    court.merge("fix")
    court.edit(DB, {"/spec/version": "1.0.0"})
    court.commit("jaan", "Back")
    turned(court, start)
    with gitbench.bench(gitdiscovery.discover(court.repo.path, court.repo.environ)) as bench:
        kinds = rulebook.builtin().kinds
        history = FirstParent(bench, tip(court), "", kinds, as_it_is, 2e9)
        edits = history.edits_since(DB, 0)
        assert [old for old, _ in edits] == [None, edits[0][1], edits[0][1], edits[1][1]]
        assert [one.oid for one in history.makers(DB, *edits[1], 0)] == [made]
        assert history.states_since(DB, 1) == (edits[0][1],)  # the first-parent line never had anything else
        assert history.stood(DB, 1) == {edits[0][1], edits[1][1]}


def as_it_is(commit: gitdeeds.Brought, _: bool) -> Brought:
    return Brought(commit.oid, commit.time or 0, (), frozenset(one.path for one in commit.edits), False)


def grown(**parents: str) -> dict[str, Grown]:
    return {oid: Grown(tuple(said.split()), "", 0) for oid, said in parents.items()}


@pytest.mark.parametrize(
    ("commits", "order"),
    [
        (grown(a="", b="a", c="b"), "a0 b0 c0"),
        (grown(a="", b="a", x="a", c="b x"), "a0 b0 x1 c0+"),
        (grown(a="", b="a", x="a", u="x b", c="b u"), "a0 b0 x1 u1 c0+"),  # u: brought up to date
        (grown(a="", n="a", p="a", m="a p", q="m", c="n q"), "a0 n0 p2 m1+ q1 c0+"),  # turned around
        (grown(a="", x="", y="a", c="a x y"), "a0 x2 y1 c0+"),
        (grown(a="", b="a", c="b a"), "a0 b0 c0"),
    ],
)
def test_commits_stand_before_what_they_came_in_with(commits: dict[str, Grown], order: str) -> None:
    found = gitlines.ordered(commits, "c")
    assert " ".join(f"{one.oid}{one.line}{'+' if one.brings else ''}" for one in found) == order


# --- honest work


def test_a_branch_that_is_brought_up_to_date_goes_on(court: Court) -> None:
    """What others did to an item before the work began, and came in with the update, is not the work of the change."""
    court.branch("plan")
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "The work begins", at="2026-12-01T22:00:00Z")
    court.checkout("main").branch("other")
    court.edit(DB, {"/metadata/title": "The database"})
    court.put(change("CHG-2", {DB: "change"}))
    court.commit("jaan", "Another title")
    voted(court, "CHG-2", "liis", "kadri")
    landed(court, "other", "merge")
    court.checkout("plan")
    court.git("jaan", "merge", "--quiet", "--no-edit", "main")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Try it")
    court.git("jaan", "revert", "--no-edit", "HEAD")
    court.branch("begin", at="HEAD~2")
    voted(court, "CHG-1", "liis", "kadri")
    plan_only = court.gate()
    assert plan_only.codes == set() or plan_only.codes == {"LACKING"}, plan_only.says
    court.merge("begin", at="2026-12-01T22:20:00Z")
    court.branch("work")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Update the database\n\nChange: CHG-1")
    voted(court, "CHG-1", "liis", "kadri")
    allowed(court)


def test_two_changes_of_one_item_in_branches_that_began_together(court: Court) -> None:
    for number, branch in ((1, "one"), (2, "two")):
        court.branch(branch, at="main" if number == 1 else "main~1")
        if number == 2:
            court.git("jaan", "merge", "--quiet", "--no-edit", "main")
        court.edit(DB, {"/spec/version": f"1.0.{number}"})
        court.put(change(f"CHG-{number}", {DB: "change"}))
        court.commit("jaan", "Update the database")
        voted(court, f"CHG-{number}", "liis", "kadri")
        landed(court, branch, "merge")
