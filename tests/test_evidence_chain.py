"""Which of a person's statements on one change stands."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itsmctl.evidence.chain import Link, Standing, ends, standings
from itsmctl.votes import Decision


def link(digest: str, prev: str | None, decision: Decision = "approve", *, sound: bool = True) -> Link:
    return Link(digest, prev, decision, sound)


def told(*links: Link) -> dict[str, Standing]:
    return dict(standings(links))


S, P, F = "STANDS", "SUPERSEDED", "FORKED"


@pytest.mark.parametrize("first", ["approve", "reject", "withdraw"])
@pytest.mark.parametrize("then", ["approve", "reject", "withdraw"])
def test_the_latest_of_a_line_stands_alone(first: Decision, then: Decision) -> None:
    assert told(link("a", None, first)) == {"a": S}
    assert told(link("a", None, first), link("b", "a", then)) == {"a": P, "b": S}
    assert told(link("b", "a", then), link("c", "b"), link("a", None, first)) == {"a": P, "b": P, "c": S}


def test_two_after_the_same_are_a_fork_whose_approvals_are_void() -> None:
    assert told(link("a", None), link("b", "a"), link("c", "a")) == {"a": P, "b": F, "c": F}
    assert told(link("a", None), link("b", "a"), link("c", "a", "reject")) == {"a": P, "b": F, "c": S}
    assert told(link("a", None), link("b", "a", "withdraw"), link("c", "a", "reject")) == {"a": P, "b": S, "c": S}


def test_two_beginnings_are_a_fork() -> None:
    assert told(link("a", None), link("b", None)) == {"a": F, "b": F}
    assert told(link("a", "gone"), link("b", "lost")) == {"a": F, "b": F}
    assert told(link("a", "gone"), link("b", "gone")) == {"a": F, "b": F}
    assert told(link("a", None), link("b", "gone")) == {"a": F, "b": F}
    assert told(link("a", None, "reject"), link("b", "gone")) == {"a": S, "b": F}


def test_an_approval_after_a_fork_is_void_too() -> None:
    assert told(link("a", None), link("b", None), link("c", "b"), link("d", "c")) == {"a": F, "b": P, "c": P, "d": F}


def test_a_single_beginning_may_follow_what_is_not_here() -> None:
    assert told(link("b", "gone")) == {"b": S}
    assert told(link("b", "gone", "reject"), link("c", "b")) == {"b": P, "c": S}


def test_no_unsound_statement_takes_a_reject_away() -> None:
    for decision in ("approve", "reject", "withdraw"):
        stolen = link("b", "a", decision, sound=False)
        assert told(link("a", None, "reject"), stolen)["a"] == S
        assert told(link("a", None, "approve"), stolen)["a"] == P
        assert told(link("a", None, "reject"), stolen, link("c", "b"))["a"] == P  # the owner went on from there


def test_no_voided_approval_takes_a_reject_away() -> None:
    forked = (link("a", None, "reject"), link("b", "a"), link("c", "a"))
    assert told(*forked) == {"a": S, "b": F, "c": F}
    assert told(*forked, link("d", "a", "withdraw")) == {"a": P, "b": F, "c": F, "d": S}


def test_a_branch_takes_back_no_reject_of_another_branch() -> None:
    assert told(link("a", None, "reject"), link("b", None, "withdraw")) == {"a": S, "b": S}


def test_the_next_statement_names_the_end_of_the_line() -> None:
    assert ends([]) == ()
    assert ends([link("a", None), link("b", "a", sound=False)]) == ("b",)
    assert ends([link("a", None), link("c", "a"), link("b", "a")]) == ("b", "c")


def test_a_long_line_is_no_trouble() -> None:
    line = [link(str(n), str(n - 1) if n else None, "reject") for n in range(20_000)]
    assert [digest for digest, standing in told(*line).items() if standing == S] == ["19999"]


@st.composite
def _chains(draw: st.DrawFn) -> list[Link]:
    links: list[Link] = []
    for number in range(draw(st.integers(1, 8))):
        prev = draw(st.sampled_from([None, "gone", "lost", *(one.digest for one in links)] + [str(number - 1)] * 4))
        decision = draw(st.sampled_from(["approve", "approve", "reject", "withdraw"]))
        links.append(link(str(number), prev, decision, sound=draw(st.sampled_from([True, True, False]))))
    return draw(st.permutations(links))


def _oracle(links: Sequence[Link]) -> dict[str, Standing]:
    """The words of the docstring, one by one."""
    known = {one.digest: one for one in links}

    def before(one: Link) -> list[Link]:
        return [] if one.prev not in known else [known[one.prev], *before(known[one.prev])]

    def is_twin(one: Link) -> bool:
        return any(
            other is not one and (other.prev == one.prev or (other.prev not in known and one.prev not in known))
            for other in links
        )

    def is_split(one: Link) -> bool:
        return any(is_twin(each) for each in [one, *before(one)])

    def is_good(one: Link) -> bool:
        return one.is_sound and not (one.decision == "approve" and is_split(one))

    found: dict[str, Standing] = {}
    for one in links:
        after = [other for other in links if one in before(other)]
        if after if one.decision == "approve" else any(is_good(other) for other in after):
            found[one.digest] = P
        else:
            found[one.digest] = F if one.decision == "approve" and is_split(one) else S
    return found


@given(_chains())
@settings(deadline=None, max_examples=150)
def test_any_chain_stands_as_the_rules_say(links: list[Link]) -> None:
    said = standings(links)
    assert dict(said) == _oracle(links)
    approvals = [one for one in links if one.decision == "approve" and said[one.digest] == S]
    assert len(approvals) <= 1


@given(_chains(), st.data())
@settings(deadline=None, max_examples=100)
def test_whoever_holds_no_key_in_force_takes_no_reject_away_and_makes_no_approval_stand(
    links: list[Link], data: st.DataObject
) -> None:
    before = standings(links)
    prev = data.draw(st.sampled_from([None, "gone", *(one.digest for one in links)]))
    decision = data.draw(st.sampled_from(["approve", "reject", "withdraw"]))
    after = standings([*links, link("x", prev, decision, sound=False)])
    for one in links:
        if one.decision == "reject" and before[one.digest] == S:
            assert after[one.digest] == S
        if one.decision == "approve" and before[one.digest] != S:
            assert after[one.digest] != S


@given(_chains(), st.data())
@settings(deadline=None, max_examples=100)
def test_leaving_out_all_that_came_before_an_approval_alone_changes_nothing(
    links: list[Link], data: st.DataObject
) -> None:
    """In one line: a gap before the end says the same as no gap."""
    line = [link(one.digest, str(int(one.digest) - 1), one.decision, sound=one.is_sound) for one in links]
    line.sort(key=lambda one: int(one.digest))
    start = data.draw(st.integers(0, len(line) - 1))
    assert standings(line[start:])[line[-1].digest] == standings(line)[line[-1].digest] == S
