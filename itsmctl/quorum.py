"""Who meets what: distinct persons for all requirements at once, and the fewest who are still needed. Pure.

A requirement is met by persons, each of whom is used once over all requirements of a rule;
of two who are one vote (a delegate and the delegator) only one is used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from msgspec import Struct, field

Voices = Mapping[str, Collection[str]]
"""Person → the others with each of whom that person is one vote; not so those others between themselves."""

_NONE: Voices = {}


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


def match(requirements: Sequence[Requirement], voters: Iterable[str], voices: Voices = _NONE) -> Matching:
    """As much of all requirements as these voters can meet, of whom `voices` makes some one vote.

    What is lacking is the least that can be; of equal matchings the one that leaves lacking what stands last.
    """
    found = []
    for grid in _grids(requirements, dict.fromkeys(sorted(set(voters)), 0), voices):
        grid.fill()
        found.append(grid.matching())
    return min(found, key=lambda one: (sum(one.lacking), one.lacking))


def fewest(
    requirements: Sequence[Requirement],
    voters: Iterable[str],
    candidates: Iterable[str],
    voices: Voices = _NONE,
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
    for grid in _grids(problem.requirements, prices, problem.voices):
        grid.fill()
        if not any(grid.lacking):
            found.append(grid.price)
    return min(found, default=None)


MOST_APART = 10
"""Persons who are one vote with another among those who vote, up to whom every choice between them is tried."""


def _grids(requirements: Sequence[Requirement], prices: Mapping[str, int], voices: Voices) -> Iterator[_Grid]:
    """One for each way to choose between those who are one vote. `prices`: person → what using them costs.

    Where there are more of them than can be tried, all who hang together count once: that never meets more.
    """
    apart = {one: frozenset(voices.get(one, ())) & prices.keys() for one in sorted(prices)}
    bound = {one: others for one, others in apart.items() if others}
    if len(bound) > MOST_APART:
        grid = _Grid(requirements, _together(bound))
        for person in sorted(prices):
            grid.add(person, prices[person])
        yield grid
        return
    for chosen in _choices(tuple(bound), bound):
        grid = _Grid(requirements, {})
        for person in sorted(prices):
            if person not in bound or person in chosen:
                grid.add(person, prices[person])
        yield grid


def _choices(persons: tuple[str, ...], bound: Mapping[str, frozenset[str]]) -> Iterator[frozenset[str]]:
    """The sets of persons no two of whom are one vote, among them all to which nobody can be added."""
    if not persons:
        yield frozenset()
        return
    first, rest = persons[0], persons[1:]
    for chosen in _choices(tuple(one for one in rest if one not in bound[first]), bound):
        yield chosen | {first}
    if bound[first] & set(rest):
        yield from _choices(rest, bound)


def _together(bound: Mapping[str, frozenset[str]]) -> dict[str, str]:
    """Person → the first of all who hang together with them."""
    found = {one: one for one in bound}
    for person, others in bound.items():
        group = {found[one] for one in (person, *others)}
        found = {one: min(group) if name in group else name for one, name in found.items()}
    return found


class _Grid(Struct):
    """Requirements against voices, with the price of each meeting: 0 by who has voted, 1 by who has yet to.

    `voices`: person → the name under which several count once, for those who do.

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
