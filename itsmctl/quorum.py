"""Who meets what: distinct persons for all requirements at once, and the fewest who are still needed. Pure.

A requirement is met by persons, each of whom is used once over all requirements of a rule; of two who are one vote (a
delegate and the delegator) only one is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations

from msgspec import Struct, field

from itsmctl.matching import NONE, Matching, Requirement, Voices, grids

__all__ = ["Matching", "Problem", "Requirement", "Voices", "Way", "fewest", "fewest_for_all", "match"]


class Way(Struct, frozen=True):
    """A way out with the fewest persons. `persons`: (who, who could do it in their place) each, by name.

    Each of `instead` may take that person's place while the others stay.
    """

    persons: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The persons of the way, without those who could take their place."""
        return tuple(person for person, _ in self.persons)


def match(requirements: Sequence[Requirement], voters: Iterable[str], voices: Voices = NONE) -> Matching:
    """As much of all requirements as these voters can meet, of whom `voices` makes some one vote.

    What is lacking is the least that can be; of equal matchings the one that leaves lacking what stands last.
    """
    apart = frozenset((one, frozenset(others)) for one, others in voices.items())
    return _match(tuple(requirements), frozenset(voters), apart)


@lru_cache(maxsize=4096)  # the base and the head of a change nearly always ask the same of the same persons
def _match(
    requirements: tuple[Requirement, ...], voters: frozenset[str], apart: frozenset[tuple[str, frozenset[str]]]
) -> Matching:
    found = []
    for grid in grids(requirements, dict.fromkeys(sorted(voters), 0), dict(apart)):
        grid.fill()
        found.append(grid.matching())
    return min(found, key=lambda one: (sum(one.lacking), one.lacking))


def fewest(
    requirements: Sequence[Requirement],
    voters: Iterable[str],
    candidates: Iterable[str],
    voices: Voices = NONE,
) -> Way | None:
    """The smallest set of candidates that, with the voters, meets everything; None if all of them would not.

    Exact. Of several smallest sets it is the one without the names that come last in the alphabet.
    """
    problem = Problem(tuple(requirements), frozenset(voters), frozenset(candidates), voices)
    all_able = [name for name in sorted(problem.candidates) if _helps(problem, name)]
    able = _first_of_each([problem], all_able)
    most = _needed(problem, able)
    if most is None:
        return None
    chosen = list(able)
    for person in reversed(able):
        without = [one for one in chosen if one != person]
        if _needed(problem, without) == most:
            chosen = without
    return _with_others([problem], chosen, all_able)


def _with_others(problems: Sequence[Problem], chosen: Sequence[str], able: Sequence[str]) -> Way:
    """The chosen persons, each with those who could take their place while the others stay."""
    known: dict[object, bool] = {}

    def could(person: str, other: str) -> bool:
        swap = (_sort(problems, person), _sort(problems, other))
        if swap not in known:
            known[swap] = _all_met(problems, {*chosen, other} - {person})
        return known[swap]

    others = [one for one in able if one not in chosen]
    return Way(tuple((person, tuple(one for one in others if could(person, one))) for person in chosen))


def _sort(problems: Sequence[Problem], person: str) -> object:
    """What persons have in common who can stand in for each other: what they fit, being one vote with nobody."""
    fitting = [
        tuple(place for place, asked in enumerate(one.requirements) if person in asked.eligible)
        if person in one.candidates and person not in one.voters
        else None
        for one in problems
    ]
    return (person if any(person in one.voices for one in problems) else "", *fitting)


def _first_of_each(problems: Sequence[Problem], able: Sequence[str]) -> list[str]:
    """Those of each sort who come first, as many as could be needed at all: more change nothing."""
    slots = sum(asked.count for one in problems for asked in one.requirements)
    taken: dict[object, int] = {}
    found = []
    for person in able:
        sort = _sort(problems, person)
        taken[sort] = taken.get(sort, 0) + 1
        if taken[sort] <= slots:
            found.append(person)
    return found


class Problem(Struct, frozen=True):
    """What one rule asks for, who has voted under it, who still could, and of whom it makes some one vote."""

    requirements: tuple[Requirement, ...]
    voters: frozenset[str]
    candidates: frozenset[str]
    voices: Voices = field(default_factory=dict)


def fewest_for_all(problems: Sequence[Problem]) -> Way | None:
    """The smallest set of persons with whose votes every problem is met: one vote counts in each. None: there is none.

    Exact unless it would take more than MOST_TRIED sets to find out; then it is some set that is enough, and has
    nobody in it who could be left out. Of several smallest ones it is the first in the alphabet.
    """
    if len(problems) == 1:
        only = problems[0]
        return fewest(only.requirements, only.voters, only.candidates, only.voices)
    single = [fewest(one.requirements, one.voters, one.candidates, one.voices) for one in problems]
    ways = [one for one in single if one is not None]
    if len(ways) < len(problems):
        return None
    enough = _pruned(problems, sorted({name for way in ways for name in way.names}))
    all_able = sorted({name for problem in problems for name in problem.candidates if _helps(problem, name)})
    able = _first_of_each(problems, all_able)
    least = max((len(way.names) for way in ways), default=0)
    chosen = _first_smallest(problems, able, range(least, len(enough))) or enough
    return _with_others(problems, chosen, all_able)


MOST_TRIED = 5_000
"""Sets of persons that are tried before what is enough has to be good enough."""


def _first_smallest(problems: Sequence[Problem], able: Sequence[str], sizes: Iterable[int]) -> list[str] | None:
    tried = 0
    for size in sizes:
        for names in combinations(able, size):
            tried += 1
            if tried > MOST_TRIED:
                return None
            if _all_met(problems, set(names)):
                return list(names)
    return None


def _pruned(problems: Sequence[Problem], names: list[str]) -> list[str]:
    for person in reversed(names):
        without = [one for one in names if one != person]
        if _all_met(problems, set(without)):
            names = without
    return names


def _all_met(problems: Sequence[Problem], names: set[str]) -> bool:
    return all(match(one.requirements, one.voters | (names & one.candidates), one.voices).met for one in problems)


def _helps(problem: Problem, name: str) -> bool:
    return name not in problem.voters and _fits_any(name, problem.requirements)


def _fits_any(person: str, requirements: Sequence[Requirement]) -> bool:
    return any(person in requirement.eligible for requirement in requirements)


def _needed(problem: Problem, candidates: Iterable[str]) -> int | None:
    """How many of the candidates it takes at least, or None where it cannot be done."""
    prices = {**dict.fromkeys(candidates, 1), **dict.fromkeys(problem.voters, 0)}
    found = []
    for grid in grids(problem.requirements, prices, problem.voices):
        grid.fill()
        if not any(grid.lacking):
            found.append(grid.price)
    return min(found, default=None)
