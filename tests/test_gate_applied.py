"""What a change did, by the history of the base: which edit is whose, however it landed, whatever the votes are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from proposing import Story
from test_gate_emergency import VM, change, town

from itsmctl.gate import applied, subject
from itsmctl.votes import Evidence, Line, NoVote, Vote

if TYPE_CHECKING:
    from conftest import Repo

    from itsmctl.gate.model import Proposal
    from itsmctl.records import Record

REF = "ConfigurationItem/vm-1"


def version(story: Story, number: str) -> Story:
    return story.put("ConfigurationItem", "vm-1", {**VM, "version": number})


def watched(repo: Repo) -> Story:
    """The same town, in which mari lets emergencies go ahead."""
    holders = [{"person": "mari", "from": "2020-01-01"}]
    return town(repo).put("Role", "night", {"serial": 1, "holders": holders}).merge()


def done(story: Story, name: str = "CHG-1", evidence: Evidence | None = None) -> list[tuple[str | None, str | None]]:
    """(version before, after) of each edit that is the change's own."""
    proposal = story.propose()
    work = applied.of(proposal.base.records[f"ChangeRequest/{name}"], proposal, evidence or Evidence())
    return [(_version(one.before), _version(one.after)) for one in work.touched]


def _version(side: Record | None) -> str | None:
    return side.data["spec"]["version"] if side is not None else None


def test_what_lands_while_it_is_in_progress_is_its_own_and_nothing_after_it(repo: Repo) -> None:
    story = town(repo)
    version(change(story, "CHG-1", "vm-1"), "2").merge()
    version(story, "3").merge()
    change(story, "CHG-1", "vm-1", state="implemented").merge()
    version(story, "4").merge()
    assert done(story) == [("1", "2"), ("2", "3")]


def test_all_that_it_did_to_a_record_is_one_line(repo: Repo) -> None:
    story = town(repo)
    version(change(story, "CHG-1", "vm-1"), "2").merge()
    version(story, "3").merge()
    proposal = story.propose()
    work = applied.of(proposal.base.records["ChangeRequest/CHG-1"], proposal, Evidence())
    (line,) = work.lines
    first, last = (one.line for one in work.edits)
    assert (line.before, line.after) == (first.before, last.after)
    assert work.covered([line]) == {0, 1}
    assert work.covered([last]) == {1}
    assert work.covered([Line(line.kind, line.name, last.before, first.after)]) == set()


def test_an_edit_of_another_change_is_not_its_own(repo: Repo) -> None:
    story = town(repo)
    version(change(story, "CHG-1", "vm-1"), "2").merge()
    version(change(story, "CHG-2", "vm-1", **{"class": "normal"}), "3").merge()
    change(story, "CHG-2", "vm-1", state="implemented", **{"class": "normal"}).merge()
    assert done(story) == [("1", "2")]
    assert done(story, "CHG-2") == [("2", "3")]


def test_where_nothing_tells_two_apart_it_is_the_edit_of_both(repo: Repo) -> None:
    story = town(repo)
    change(story, "CHG-1", "vm-1").merge()
    change(story, "CHG-2", "vm-1", **{"class": "normal"}).merge()
    version(story, "2").merge()
    assert done(story) == [("1", "2")]
    assert done(story, "CHG-2") == [("1", "2")]


def test_taking_it_back_is_no_part_of_what_it_did(repo: Repo) -> None:
    story = town(repo)
    version(change(story, "CHG-1", "vm-1"), "2").merge()
    version(change(story, "CHG-1", "vm-1", state="backed-out"), "1").merge()
    assert done(story) == [("1", "2")]


def test_what_it_no_longer_lists_it_did_all_the_same(repo: Repo) -> None:
    story = town(repo)
    version(change(story, "CHG-1", "vm-1"), "2").merge()
    change(story, "CHG-1", state="implemented").merge()
    assert done(story) == [("1", "2")]


def test_an_edit_right_before_it_that_nothing_accounts_for_is_its_own(repo: Repo) -> None:
    story = town(repo)
    version(story, "2").merge()
    version(story, "3").merge()
    change(story, "CHG-1", "vm-1").merge()  # as a rebase leaves them
    assert done(story) == [("1", "2"), ("2", "3")]  # that it was added, the change does not say


def test_what_another_change_accounts_for_is_not_guessed_at(repo: Repo) -> None:
    story = town(repo)
    version(change(story, "CHG-2", "vm-1", **{"class": "normal"}), "2").merge()
    change(story, "CHG-2", "vm-1", state="implemented", **{"class": "normal"}).merge()
    change(story, "CHG-1", "vm-1").merge()
    assert done(story) == []


def test_a_statement_that_expired_still_tells_which_edit_was_meant(repo: Repo) -> None:
    story = watched(repo)
    version(story, "2").merge()
    change(story, "CHG-1", "vm-1").merge()
    proposal = story.propose()
    record = proposal.base.records["ChangeRequest/CHG-1"]
    last = applied.of(record, proposal, Evidence()).edits[-1].line
    (vote,) = told(record, proposal, last).votes
    expired = Evidence(refused=(NoVote("EXPIRED", "", "", "CHG-1", "mari", said=vote),))
    assert done(story, evidence=expired) == [("1", "2")]


def told(record: Record, proposal: Proposal, *lines: Line, **more: Any) -> Evidence:
    content = subject.approvable(record, proposal.rulebook.kinds[record.kind])
    content["spec"] |= more
    at = datetime(2026, 11, 1, tzinfo=UTC)
    return Evidence((Vote("mari", "approve", record.name, "T3", "", at, lines=lines, content=content),))


def test_a_change_that_is_over_as_the_edit_lands_did_not_cover_it(repo: Repo) -> None:
    story = town(repo)
    change(story, "CHG-2", "vm-1", **{"class": "normal"}).merge()
    version(change(story, "CHG-1", "vm-1"), "2")
    change(story, "CHG-2", "vm-1", state="failed", **{"class": "normal"}).merge()
    assert done(story) == [("1", "2")]
    assert done(story, "CHG-2") == []


def test_where_both_are_in_play_it_is_the_edit_of_both(repo: Repo) -> None:
    story = town(repo)
    change(story, "CHG-2", "vm-1", **{"class": "normal"}).merge()
    version(change(story, "CHG-1", "vm-1"), "2")
    change(story, "CHG-2", "vm-1", "vm-2", **{"class": "normal"}).merge()
    assert done(story) == done(story, "CHG-2") == [("1", "2")]


def test_a_change_that_was_carried_out_covers_nothing_more(repo: Repo) -> None:
    story = town(repo)
    version(change(story, "CHG-2", "vm-1", **{"class": "normal"}), "2").merge()
    change(story, "CHG-1", "vm-1").merge()
    version(change(story, "CHG-2", "vm-1", reason="Once more.", **{"class": "normal"}), "3").merge()
    assert ("2", "3") in done(story)


def test_what_was_signed_and_landed_is_its_own_however_far_before_it(repo: Repo) -> None:
    story = watched(repo)
    version(story, "2").merge()
    change(story, "CHG-2", "vm-1", **{"class": "normal"})
    version(story, "3").merge()
    for _ in range(applied._RUN + 2):
        story.merge()
    change(story, "CHG-1", "vm-1").merge()
    proposal = story.propose()
    record = proposal.base.records["ChangeRequest/CHG-1"]
    first, last = (one.digest for one in proposal.history.landings(REF)[-2:])
    line = Line("ConfigurationItem", "vm-1", first, last)
    work = applied.of(record, proposal, told(record, proposal, line))
    assert [one.line for one in work.edits] == [line]
    assert (work.signed, work.unknown) == ({REF}, set())
    # a statement that says what was done says what was not
    assert applied.of(record, proposal, told(record, proposal)).edits == ()
    # and where none does, it is not known
    assert applied.of(record, proposal, Evidence()).unknown == set()  # CHG-2 covers that edit


def test_what_may_lie_further_back_than_is_looked_is_not_known(repo: Repo) -> None:
    story = town(repo)
    version(story, "2").merge()
    for _ in range(applied._RUN + 2):
        story.merge()
    change(story, "CHG-1", "vm-1").merge()
    proposal = story.propose()
    work = applied.of(proposal.base.records["ChangeRequest/CHG-1"], proposal, Evidence())
    assert (work.edits, work.unknown) == ((), {REF})


def test_a_statement_on_what_the_change_never_said_tells_nothing_of_it(repo: Repo) -> None:
    story = town(repo)
    version(story, "2").merge()
    version(change(story, "CHG-1", "vm-1"), "1").merge()  # back to what stood before
    proposal = story.propose()
    record = proposal.base.records["ChangeRequest/CHG-1"]
    first = proposal.history.landings(REF)[0].digest
    second = proposal.history.landings(REF)[1].digest
    edit = Line("ConfigurationItem", "vm-1", first, second)
    for lie in (told(record, proposal, edit, reason="No."), told(record, proposal, edit)):
        assert [one.line.before for one in applied.of(record, proposal, lie).edits] == [second]
    other = Line("ConfigurationItem", "vm-2", None, proposal.history.landings("ConfigurationItem/vm-2")[0].digest)
    assert {one.line.name for one in applied.of(record, proposal, told(record, proposal, other)).edits} == {"vm-1"}


@pytest.mark.parametrize("is_rebased", [False, True])
def test_a_line_that_was_signed_once_is_not_stretched_over_what_another_change_did(
    repo: Repo, is_rebased: bool
) -> None:
    """An emergency that was voted on, and again after a fix that somebody else brought in between."""
    story = version(town(repo), "2")
    if is_rebased:
        story.merge()
    change(story, "CHG-2", "vm-1", **{"class": "normal"}).merge()
    version(change(story, "CHG-1", "vm-1"), "3").merge()
    proposal = story.propose()
    record = proposal.base.records["ChangeRequest/CHG-1"]
    before, fixed, after = (one.digest for one in proposal.history.landings(REF))
    both = [Line("ConfigurationItem", "vm-1", old, after) for old in (before, fixed)]
    work = applied.of(record, proposal, told(record, proposal, *both))
    assert work.lines == (both[1],)
