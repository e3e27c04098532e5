"""Distinct persons for all requirements at once, held to trying out every way."""

from __future__ import annotations

import itertools
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from itsmctl.quorum import Problem, Requirement, fewest, fewest_for_all, match

NAMES = tuple("abcdef")

requirement = st.builds(Requirement, st.just("r"), st.frozensets(st.sampled_from(NAMES)), st.integers(1, 2))
requirements = st.lists(requirement, min_size=1, max_size=3).map(tuple)
people = st.frozensets(st.sampled_from(NAMES))
Voices = dict[str, set[str]]


def _both(pairs: list[tuple[str, str]]) -> Voices:
    found: Voices = {}
    for one, other in pairs:
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return found


two = st.sampled_from(list(combinations(NAMES, 2)))
pairs = st.lists(two, max_size=4, unique=True).map(_both)


def _can(slots: list[frozenset[str]], persons: frozenset[str], voices: Voices) -> bool:
    """Is there a person for every slot, none of whom is one vote with another? Tries all of them."""
    if not slots:
        return True
    return any(_can(slots[1:], persons - {one, *voices.get(one, ())}, voices) for one in persons & slots[0])


def _enough(asked: tuple[Requirement, ...], voters: frozenset[str], voices: Voices) -> bool:
    return _can([one.eligible for one in asked for _ in range(one.count)], voters, voices)


def _most(asked: tuple[Requirement, ...], voters: frozenset[str], voices: Voices) -> int:
    slots = [one.eligible for one in asked for _ in range(one.count)]
    sizes = range(len(slots), -1, -1)
    return next(n for n in sizes if any(_can(list(some), voters, voices) for some in combinations(slots, n)))


def _smallest(problems: list[Problem]) -> int | None:
    for size in range(len(NAMES) + 1):
        for some in combinations(NAMES, size):
            given_ = frozenset(some)
            if all(_enough(one.requirements, one.voters | (given_ & one.candidates), one.voices) for one in problems):
                return size
    return None


@given(requirements, people, pairs)
@settings(max_examples=120, deadline=None)
def test_as_many_requirements_are_met_as_can_be(
    asked: tuple[Requirement, ...], voters: frozenset[str], voices: Voices
) -> None:
    found = match(asked, voters, voices)
    assert sum(map(len, found.used)) == _most(asked, voters, voices)
    assert found.met == _enough(asked, voters, voices)
    used = [name for names in found.used for name in names]
    assert not any(set(used) & voices.get(name, set()) for name in used), "of two who are one vote one is used"
    assert len(set(used)) == len(used)
    for one, names, missing in zip(asked, found.used, found.lacking, strict=True):
        assert set(names) <= one.eligible & voters
        assert len(names) + missing == one.count


@given(requirements, people, people, pairs)
@settings(max_examples=120, deadline=None)
def test_the_fewest_are_the_fewest_and_are_enough(
    asked: tuple[Requirement, ...], voters: frozenset[str], candidates: frozenset[str], voices: Voices
) -> None:
    way = fewest(asked, voters, candidates, voices)
    least = _smallest([Problem(asked, voters, candidates, voices)])
    assert (None if way is None else len(way.names)) == least
    if way is not None:
        assert set(way.names) <= candidates - voters
        assert _enough(asked, voters | set(way.names), voices)
        for person, instead in way.persons:
            for other in instead:
                assert _enough(asked, voters | (set(way.names) - {person}) | {other}, voices)


@given(st.lists(st.builds(Problem, requirements, people, people, pairs), min_size=2, max_size=3))
@settings(max_examples=60, deadline=None)
def test_the_fewest_for_several_rules_meet_them_all(problems: list[Problem]) -> None:
    way = fewest_for_all(problems)
    assert (None if way is None else len(way.names)) == _smallest(problems)


def test_of_very_many_who_are_one_vote_with_another_all_who_hang_together_count_once() -> None:
    names = [f"p{number:02}" for number in range(14)]
    asked = (Requirement("board", frozenset(names), 3),)
    chain = _both(list(itertools.pairwise(names)))
    assert match(asked, names[:9], chain).met
    assert match(asked, names, chain).lacking == (2,)  # fewer than could be, and never more


def test_one_person_in_two_roles_counts_once() -> None:
    asked = (Requirement("board", frozenset({"mari", "liis"})), Requirement("owner", frozenset({"mari"})))
    assert not match(asked, ["mari"]).met
    assert match(asked, ["liis", "mari"]).used == (("liis",), ("mari",))


def test_who_is_asked_comes_in_the_order_of_the_alphabet_and_names_who_could_instead() -> None:
    asked = (Requirement("board", frozenset({"liis", "mari", "tonu"}), 2), Requirement("owner", frozenset({"kadri"})))
    way = fewest(asked, ["mari"], ["tonu", "liis", "kadri", "jaan"])
    assert way is not None
    assert way.persons == (("kadri", ()), ("liis", ("tonu",)))


def test_a_large_board_is_decided_at_once() -> None:
    names = frozenset(f"p{number:03}" for number in range(200))
    asked = tuple(Requirement(f"r{place}", names, 4) for place in range(4))
    way = fewest(asked, [], names)
    assert way is not None
    assert way.names == tuple(sorted(names))[:16]


def test_nobody_is_a_way_where_nothing_is_lacking() -> None:
    asked = (Requirement("board", frozenset({"mari"})),)
    way = fewest(asked, ["mari"], ["liis"])
    assert way is not None
    assert way.names == ()
    assert fewest(asked, [], ["liis"]) is None
