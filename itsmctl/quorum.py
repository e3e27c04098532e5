"""Who meets what: distinct persons for all requirements at once, and the fewest who are still needed. Pure.

A requirement is met by persons, each of whom is used once over all requirements of a rule;
persons with one voice (a delegate and the delegator) are used once between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from msgspec import Struct, field

_NONE: Mapping[str, str] = {}


class Requirement(Struct, frozen=True):
    """`count` different persons out of `eligible`. `name` says it in words: "change-advisory-board"."""

    name: str
    eligible: frozenset[str]
    count: int = 1


class Matching(Struct, frozen=True):
    """For each requirement, in order: the persons who meet it, and how many are still lacking."""

    used: tuple[tuple[str, ...], ...]
    lacking: tuple[int, ...]

    @property
    def met(self) -> bool:
        """Is nothing lacking?"""
        return not any(self.lacking)


class Way(Struct, frozen=True):
    """A way out with the fewest persons. `persons`: (who, who could do it in their place) each, by name.

    Each of `instead` may take that person's place while the others stay.
    """

    persons: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The persons of the way, without those who could take their place."""
        return tuple(person for person, _ in self.persons)


def match(requirements: Sequence[Requirement], voters: Iterable[str], voices: Mapping[str, str] = _NONE) -> Matching:
    """As much of all requirements as these voters can meet. `voices`: person → the voice that they share with others.

    What is lacking is the least that can be; of equal matchings the one that leaves lacking what stands last.
    """
    grid = _Grid(requirements, voices)
    for person in sorted(set(voters)):
        grid.add(person, 0)
    grid.fill()
    return grid.matching()


def fewest(
    requirements: Sequence[Requirement],
    voters: Iterable[str],
    candidates: Iterable[str],
    voices: Mapping[str, str] = _NONE,
) -> Way | None:
    """The smallest set of candidates that, with the voters, meets everything; None if all of them would not.

    Exact. Of several smallest sets it is the one without the names that come last in the alphabet.
    """
    problem = Problem(tuple(requirements), frozenset(voters), frozenset(candidates))
    all_able = [name for name in sorted(problem.candidates) if _helps(problem, name)]
    able = _first_of_each([problem], all_able, voices)
    most = _needed(problem, able, voices)
    if most is None:
        return None
    chosen = list(able)
    for person in reversed(able):
        without = [one for one in chosen if one != person]
        if _needed(problem, without, voices) == most:
            chosen = without
    return _with_others([problem], chosen, all_able, voices)


def _with_others(
    problems: Sequence[Problem], chosen: Sequence[str], able: Sequence[str], voices: Mapping[str, str]
) -> Way:
    """The chosen persons, each with those who could take their place while the others stay."""
    known: dict[object, bool] = {}

    def could(person: str, other: str) -> bool:
        swap = (_sort(problems, person, voices), _sort(problems, other, voices))
        if swap not in known:
            known[swap] = _all_met(problems, {*chosen, other} - {person}, voices)
        return known[swap]

    others = [one for one in able if one not in chosen]
    return Way(tuple((person, tuple(one for one in others if could(person, one))) for person in chosen))


def _sort(problems: Sequence[Problem], person: str, voices: Mapping[str, str]) -> object:
    """What persons have in common who can stand in for each other: what they fit, with no voice shared."""
    fitting = [
        tuple(place for place, asked in enumerate(one.requirements) if person in asked.eligible)
        if person in one.candidates and person not in one.voters
        else None
        for one in problems
    ]
    return (person if person in voices else "", *fitting)


def _first_of_each(problems: Sequence[Problem], able: Sequence[str], voices: Mapping[str, str]) -> list[str]:
    """Those of each sort who come first, as many as could be needed at all: more change nothing."""
    slots = sum(asked.count for one in problems for asked in one.requirements)
    taken: dict[object, int] = {}
    found = []
    for person in able:
        sort = _sort(problems, person, voices)
        taken[sort] = taken.get(sort, 0) + 1
        if taken[sort] <= slots:
            found.append(person)
    return found


class Problem(Struct, frozen=True):
    """What one rule asks for, who has voted under it, and who still could."""

    requirements: tuple[Requirement, ...]
    voters: frozenset[str]
    candidates: frozenset[str]


def fewest_for_all(problems: Sequence[Problem], voices: Mapping[str, str] = _NONE) -> Way | None:
    """The smallest set of persons with whose votes every problem is met: one vote counts in each. None: there is none.

    Exact unless it would take more than MOST_TRIED sets to find out; then it is some set that is enough, and has
    nobody in it who could be left out. Of several smallest ones it is the first in the alphabet.
    """
    if len(problems) == 1:
        only = problems[0]
        return fewest(only.requirements, only.voters, only.candidates, voices)
    single = [fewest(one.requirements, one.voters, one.candidates, voices) for one in problems]
    ways = [one for one in single if one is not None]
    if len(ways) < len(problems):
        return None
    enough = _pruned(problems, sorted({name for way in ways for name in way.names}), voices)
    all_able = sorted({name for problem in problems for name in problem.candidates if _helps(problem, name)})
    able = _first_of_each(problems, all_able, voices)
    least = max((len(way.names) for way in ways), default=0)
    chosen = _first_smallest(problems, able, range(least, len(enough)), voices) or enough
    return _with_others(problems, chosen, all_able, voices)


MOST_TRIED = 5_000
"""Sets of persons that are tried before what is enough has to be good enough."""


def _first_smallest(
    problems: Sequence[Problem], able: Sequence[str], sizes: Iterable[int], voices: Mapping[str, str]
) -> list[str] | None:
    tried = 0
    for size in sizes:
        for names in combinations(able, size):
            tried += 1
            if tried > MOST_TRIED:
                return None
            if _all_met(problems, set(names), voices):
                return list(names)
    return None


def _pruned(problems: Sequence[Problem], names: list[str], voices: Mapping[str, str]) -> list[str]:
    for person in reversed(names):
        without = [one for one in names if one != person]
        if _all_met(problems, set(without), voices):
            names = without
    return names


def _all_met(problems: Sequence[Problem], names: set[str], voices: Mapping[str, str]) -> bool:
    return all(match(one.requirements, one.voters | (names & one.candidates), voices).met for one in problems)


def _helps(problem: Problem, name: str) -> bool:
    return name not in problem.voters and _fits_any(name, problem.requirements)


def _fits_any(person: str, requirements: Sequence[Requirement]) -> bool:
    return any(person in requirement.eligible for requirement in requirements)


def _needed(problem: Problem, candidates: Iterable[str], voices: Mapping[str, str]) -> int | None:
    """How many of the candidates it takes at least, or None where it cannot be done."""
    grid = _Grid(problem.requirements, voices)
    for person in problem.voters:
        grid.add(person, 0)
    for person in candidates:
        grid.add(person, 1)
    grid.fill()
    return grid.price if not any(grid.lacking) else None


class _Grid(Struct):
    """Requirements against voices, with the price of each meeting: 0 by who has voted, 1 by who has yet to.

    `fill` finds the cheapest of the largest matchings, by shortest augmenting paths.
    """

    requirements: Sequence[Requirement]
    voices: Mapping[str, str]
    offers: dict[str, dict[int, tuple[int, str]]] = field(default_factory=dict)  # voice → place → (price, person)
    taken: dict[str, int] = field(default_factory=dict)  # voice → place that it is used for
    lacking: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lacking = [one.count for one in self.requirements]

    def add(self, person: str, price: int) -> None:
        voice = self.offers.setdefault(self.voices.get(person, person), {})
        for place, requirement in enumerate(self.requirements):
            if person in requirement.eligible:
                voice[place] = min(voice.get(place, (price, person)), (price, person))

    @property
    def price(self) -> int:
        return sum(self.offers[voice][place][0] for voice, place in self.taken.items())

    def fill(self) -> None:
        for place in range(len(self.requirements)):  # an augmenting path never unmeets what is met
            while self.lacking[place] and self._augment(place):
                self.lacking[place] -= 1

    def _augment(self, start: int) -> bool:
        """Meet requirement `start` once more, by the cheapest path over voices that can change their place."""
        cost: dict[int, int] = {start: 0}
        came: dict[int, str] = {}  # place → the voice that would leave it
        via: dict[str, tuple[int, int]] = {}  # voice → (cost, place that it would go to)
        voices = sorted(self.offers)
        for _ in range(len(self.requirements) + 1):  # Bellman-Ford: prices given back are negative
            is_settled = True
            for voice in voices:
                offers, now = self.offers[voice], self.taken.get(voice)
                for place, (price, _person) in sorted(offers.items()):
                    if place == now or place not in cost:
                        continue
                    reached = cost[place] + price
                    if voice not in via or reached < via[voice][0]:
                        via[voice], is_settled = (reached, place), False
                        if now is not None and reached - offers[now][0] < cost.get(now, reached + 1):
                            cost[now], came[now] = reached - offers[now][0], voice
            if is_settled:
                break
        free = [voice for voice in voices if voice in via and voice not in self.taken]
        if not free:
            return False
        voice = min(free, key=lambda one: via[one][0])
        while True:
            place = via[voice][1]
            self.taken[voice] = place
            if place == start:
                return True
            voice = came[place]

    def matching(self) -> Matching:
        used: list[list[str]] = [[] for _ in self.requirements]
        for voice, place in self.taken.items():
            used[place].append(self.offers[voice][place][1])
        return Matching(tuple(tuple(sorted(names)) for names in used), tuple(self.lacking))
