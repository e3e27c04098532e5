"""An emergency's debt is paid by what a head comes to, and by nothing that stands at one of its commits alone."""

from __future__ import annotations

import shlex
from typing import Any

from court import Court, change, walk
from test_gate_debts import CHG, night, owes
from test_gate_flows import AFTERWARDS, APP, DB, allowed

CODES = ("TAKEN_BACK", "BASE_ASIDE", "BY_ITS_DATES")
REVIEW = {**AFTERWARDS["/spec/review"], "on": "2026-12-02"}


def stopped(court: Court, **how: Any) -> dict[str, str]:
    """Code → why, of what the gate stops the head for."""
    found = [one for one in walk(court.gate(**how).verdict) if one["code"] in CODES]
    return {one["code"]: one["details"].get("why", "") for one in found}


def mended(court: Court) -> None:
    """Run the command that the gate prints, as it stands."""
    (hint,) = {one["details"]["hint"] for one in walk(court.gate().verdict) if one["code"] in CODES}
    _, _, command = hint.partition("\n\n")
    for words in command.strip().split(" && "):
        program, *argv = shlex.split(words)
        assert program == "git"
        court.git("jaan", *argv)


def fox(court: Court, name: str) -> None:
    """Fast-forward main to that branch."""
    court.checkout("main")
    court.git("jaan", "merge", "--quiet", "--ff-only", name)


def votes(court: Court, *persons: str, day: int = 2, decision: str = "approve") -> None:
    """One commit for each."""
    court.now = f"2026-12-0{day}T08:00:00Z"
    for person in persons:
        court.vote(person, "CHG-1", decision=decision)


# --- what votes are on


def test_votes_on_what_a_commit_alone_says_pay_nothing(court: Court) -> None:
    night(court, implementers=["kadri", "jaan"])
    court.branch("pay")
    court.edit(CHG, {"/spec/implementers": ["kadri"]})
    court.commit("kadri", "Jaan had no hand in it", at="2026-12-02T07:00:00Z")
    votes(court, "liis", "jaan")
    done = {at: value for at, value in AFTERWARDS.items() if at in ("/spec/implementation", "/spec/state")}
    court.edit(CHG, {"/spec/implementers": ["kadri", "jaan"], **done})
    court.commit("kadri", "He had", at="2026-12-02T10:00:00Z")
    assert stopped(court) == {"TAKEN_BACK": "bound"}
    mended(court)
    assert stopped(court) == {}
    fox(court, court.repo.git("branch", "--show-current"))
    assert "full vote" in owes(court)


def test_nor_does_a_review_of_it(court: Court) -> None:
    night(court, implementers=["kadri", "jaan"])
    court.branch("pay")
    done = {at: value for at, value in AFTERWARDS.items() if at in ("/spec/implementation", "/spec/state")}
    court.edit(CHG, {"/spec/implementers": ["kadri"], "/spec/review": {**REVIEW, "by": "jaan"}, **done})
    court.commit("jaan", "I had no hand in it", at="2026-12-02T07:00:00Z")
    court.edit(CHG, {"/spec/implementers": ["kadri", "jaan"]})
    court.commit("kadri", "He had", at="2026-12-02T07:10:00Z")
    court.now = "2026-12-02T08:00:00Z"
    assert stopped(court) == {"TAKEN_BACK": "bound"}


def test_what_is_filled_in_bit_by_bit_before_the_votes_may_be(court: Court) -> None:
    night(court)
    court.branch("pay")
    for number, text in enumerate(("Rehearsed.", "Rehearsed twice.")):
        court.edit(CHG, {"/spec/risk/rationale": text})
        court.commit("kadri", "Fill in", at=f"2026-12-02T07:0{number}:00Z")
    votes(court, "liis", "jaan")
    assert stopped(court) == {}
    court.edit(CHG, {"/spec/risk/rationale": "Rehearsed three times."})
    court.commit("kadri", "Once more", at="2026-12-02T10:00:00Z")
    assert stopped(court) == {"TAKEN_BACK": "bound"}
    votes(court, "liis", "jaan")
    mended(court)
    assert stopped(court) == {}


def test_nor_votes_on_an_emergency_that_the_head_brings(court: Court) -> None:
    night(court)
    court.branch("more")
    court.edit(APP, {"/spec/version": "2.0.1"})
    data = court.get(CHG)
    data["metadata"]["name"] = "CHG-2"
    data["spec"]["items"] = [{"item": APP, "action": "change"}]
    court.put(data)
    court.commit("kadri", "Another one", at="2026-12-02T07:00:00Z")
    court.now = "2026-12-02T08:00:00Z"
    court.vote("arvo", "CHG-2")
    court.edit("ChangeRequest/CHG-2", {"/spec/reason": "It is down."})
    court.commit("kadri", "Say why", at="2026-12-02T08:20:00Z")
    court.vote("arvo", "CHG-2")
    court.commit("arvo", "Nothing", at="2026-12-02T08:30:00Z")
    assert stopped(court) == {"TAKEN_BACK": "bound"}
    mended(court)
    allowed(court, "OVERRIDDEN")


# --- what is said against it


def test_a_vote_that_is_taken_back_in_the_same_head_pays_nothing(court: Court) -> None:
    night(court)
    court.edit(CHG, {"/spec/review": REVIEW, **{at: AFTERWARDS[at] for at in ("/spec/implementation", "/spec/state")}})
    court.commit("mari", "Reviewed", at="2026-12-02T07:00:00Z")
    for decision, against in (("withdraw", "liis"), ("reject", "liis"), ("reject", "pille")):
        court.branch(f"{decision}-{against}", "main")
        votes(court, "liis", "jaan")
        assert stopped(court) == {}
        votes(court, against, decision=decision, day=3)
        assert stopped(court) == {"TAKEN_BACK": "withdrawn"}
    mended(court)
    assert stopped(court) == {}
    court.branch("after", "main")
    votes(court, "liis", decision="reject")
    votes(court, "liis", "jaan", day=3)
    assert stopped(court) == {}


def test_nor_does_it_hinder_what_owes_nothing(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Update")
    for decision in ("approve", "withdraw", "approve"):
        court.vote("liis", "CHG-1", decision=decision)
    court.vote("kadri", "CHG-1")
    allowed(court)


# --- the base from a merge alone


def raised(court: Court) -> None:
    """On main the rule asks for one more."""
    court.checkout("main")
    court.edit("ApprovalRule/normal", {"/spec/require/0/count": 2, "/spec/serial": 2})
    court.commit("rein", "Two", at="2026-12-02T06:00:00Z")


def updated(court: Court) -> None:
    """Bring the branch up to date by a merge."""
    court.git("jaan", "merge", "--quiet", "--no-ff", "-m", "Update", "main")


def test_votes_on_a_line_that_left_the_base_pay_by_no_law_that_was(court: Court) -> None:
    night(court)
    court.branch("pay")
    raised(court)
    court.checkout("pay")
    votes(court, "liis", "jaan")
    assert stopped(court) == {}  # as it is, it cannot be put in the place of main
    updated(court)
    assert stopped(court) == {"BASE_ASIDE": ""}
    tip = court.repo.git("rev-parse", "pay")
    fox(court, "pay")
    assert "full vote" not in owes(court)  # what the denial is for
    court.git("jaan", "reset", "--quiet", "--hard", "HEAD^2")
    court.checkout("pay")
    assert court.repo.git("rev-parse", "HEAD") == tip
    mended(court)
    assert stopped(court) == {}
    fox(court, court.repo.git("branch", "--show-current"))
    assert "full vote" in owes(court)


def test_nor_does_a_line_that_was_merged_before(court: Court) -> None:
    night(court)
    court.branch("pay")
    raised(court)
    court.checkout("pay")
    votes(court, "liis", "jaan")
    court.checkout("main")
    court.git("mari", "merge", "--quiet", "--no-ff", "-m", "Votes", "pay")
    assert "full vote" in owes(court)
    court.branch("stacked", "pay")
    court.repo.write("notes.txt", "Notes.\n")
    court.commit("jaan", "Notes", at="2026-12-02T11:00:00Z")
    updated(court)
    court.repo.write("more.txt", "Notes.\n")
    court.commit("jaan", "Notes", at="2026-12-02T11:10:00Z")
    assert stopped(court) == {"BASE_ASIDE": ""}
    mended(court)
    assert stopped(court) == {}


def test_nor_do_votes_that_the_base_has_as_well(court: Court) -> None:
    night(court)
    court.branch("pay")
    raised(court)
    court.checkout("pay")
    votes(court, "liis", "jaan")
    court.checkout("main")
    court.repo.git("checkout", "pay", "--", "approvals")
    court.commit("jaan", "Votes", at="2026-12-02T10:00:00Z")
    court.checkout("pay")
    updated(court)
    assert stopped(court) == {"BASE_ASIDE": ""}


def test_a_branch_is_brought_up_to_date_by_a_merge_otherwise(court: Court) -> None:
    night(court)
    court.branch("other")
    court.branch("pay")
    court.checkout("main")
    court.repo.write("notes.txt", "Notes.\n")
    court.commit("jaan", "Notes", at="2026-12-02T06:00:00Z")
    court.checkout("pay")
    votes(court, "liis", "jaan")
    updated(court)
    assert stopped(court) == {}  # nothing moved that has a say
    raised(court)
    court.checkout("other")
    court.repo.write("other.txt", "Other.\n")
    court.commit("jaan", "Other", at="2026-12-02T07:00:00Z")
    updated(court)
    assert stopped(court) == {}  # it bears on no emergency
