"""Requirements met by persons, as many as can be and as cheaply: the matching behind quorum. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct, field

Voices = Mapping[str, Collection[str]]
"""Person → the others with each of whom that person is one vote; not so those others between themselves."""

NONE: Voices = {}


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


MOST_APART = 10
"""Persons who are one vote with another among those who vote, up to whom every choice between them is tried."""


def grids(requirements: Sequence[Requirement], prices: Mapping[str, int], voices: Voices) -> Iterator[Grid]:
    """One for each way to choose between those who are one vote. `prices`: person → what using them costs.

    Where there are more of them than can be tried, all who hang together count once: that never meets more.
    """
    apart = {one: frozenset(voices.get(one, ())) & prices.keys() for one in sorted(prices)}
    bound = {one: others for one, others in apart.items() if others}
    if len(bound) > MOST_APART:
        grid = Grid(requirements, _together(bound))
        for person in sorted(prices):
            grid.add(person, prices[person])
        yield grid
        return
    for chosen in _choices(tuple(bound), bound):
        grid = Grid(requirements, {})
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


class Grid(Struct):
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
        """Let a person meet what they are eligible for, at that price."""
        voice = self.offers.setdefault(self.voices.get(person, person), {})
        for place, requirement in enumerate(self.requirements):
            if person in requirement.eligible:
                voice[place] = min(voice.get(place, (price, person)), (price, person))

    @property
    def price(self) -> int:
        """What those who are used cost."""
        return sum(self.offers[voice][place][0] for voice, place in self.taken.items())

    def fill(self) -> None:
        """Meet as much as can be."""
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
        """What came of it."""
        used: list[list[str]] = [[] for _ in self.requirements]
        for voice, place in self.taken.items():
            used[place].append(self.offers[voice][place][1])
        return Matching(tuple(tuple(sorted(names)) for names in used), tuple(self.lacking))
