"""Arithmetic of availability: shares of the time in series and in parallel, with what is shared counted once. Pure.

Source: reliability block diagrams (IEC 61078), with the law of total probability for what several blocks share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Context, Decimal
from functools import reduce
from operator import and_

from msgspec import Struct

from itsmctl import cel

Group = frozenset[str]

_EXACT = Context(prec=40)  # so that the order of the factors shows in no place that anybody sees
_WHOLE = Decimal(1)
_MOST = 10_000  # elements under one root
_STEPS = 100_000  # factors in all groups together
_ROUNDS = 100
_DEEPEST = 50  # groups within groups
_TANGLED = "too much stands in for each other here to work out how often it fails"


class Element(Struct, frozen=True):
    """What something stands on. `own`: its own share of the time, 1 for what cannot fail; None where nobody says.

    `series`: what has to work for it to work, by name. `groups`: sets of names of which one has to.
    """

    own: Decimal | None
    series: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()


class Chain(Struct, frozen=True):
    """The `share` of the time that all of `links` work: elements, and groups by their names.

    `links` come weakest first, without those that cannot fail. `unknown`: elements that have to work without a figure.
    """

    share: Decimal
    links: tuple[tuple[str | Group, Decimal], ...]
    unknown: tuple[str, ...]


class Reach:
    """What elements and groups lead to, each worked out once: many chains share most of their links."""

    def __init__(self, look: Callable[[str], Element | None]) -> None:
        self.elements: dict[str, Element] = {}
        self._look = look
        self._needs: dict[str | Group, list[str | Group]] = {}

    def needs(self, name: str | Group) -> list[str | Group]:
        """What an element or group leads to, as far as it is known."""
        held = self._needs.get(name)
        if held is None:
            held = self._needs[name] = self._found(name)
        return held

    def _found(self, name: str | Group) -> list[str | Group]:
        if not isinstance(name, str):
            return [*self._known(sorted(name))]
        found = self.elements.get(name) or self._look(name)
        if found is None:
            return []
        self.elements[name] = found
        held: list[str | Group] = [*self._known(found.series)]
        for group in found.groups:
            members = self._known(sorted(group))
            if len(members) > 1:
                held.append(group if len(members) == len(group) else frozenset(members))
            else:
                held += members
        return held

    def _known(self, names: Iterable[str]) -> list[str]:
        """Those of the names that are known; they are in `elements` then."""
        for name in names:
            if name not in self.elements and (found := self._look(name)) is not None:
                self.elements[name] = found
        return [name for name in names if name in self.elements]


def work_out(root: str, reach: Reach) -> Chain:
    """The chain under `root`, by the formula of _CHAIN_AVAILABILITY. Names that nobody knows are left out.

    Raises EvaluationError where there is more to work out than anybody draws.
    """
    reached = _in_series(root, reach)
    if reached is None:
        return _Sum(root, reach).chain()
    elements = reach.elements
    shares = [(name, elements[name].own) for name in reached]
    return _chain([(name, share) for name, share in shares if share is not None], [n for n, s in shares if s is None])


def _in_series(root: str, reach: Reach) -> list[str] | None:
    """All that has to work for `root` to work, where nothing stands in for anything, as in most chains; else None."""
    reached: list[str] = [root]
    seen: set[str | Group] = {root}
    for name in reached:  # which grows meanwhile
        for need in reach.needs(name):
            if not isinstance(need, str) or len(seen) > _MOST:
                return None
            if need not in seen:
                seen.add(need)
                reached.append(need)
    return reached


def _chain(known: Iterable[tuple[str | Group, Decimal]], unknown: Iterable[str]) -> Chain:
    """The chain of links that have a share, and of the names of elements without one."""
    links = [link for link in known if link[1] != _WHOLE]
    links.sort(key=lambda link: (link[1], sorted([link[0]] if isinstance(link[0], str) else link[0])))
    return Chain(_product(share for _, share in links), tuple(links), tuple(sorted(unknown)))


class _Sum:
    """One run of `work_out`. Sets of elements and groups are whole numbers: bit n stands for the n-th of `names`."""

    def __init__(self, root: str, reach: Reach) -> None:
        self.elements = reach.elements
        self.names, self.needs = _reached(root, reach)
        self.musts = self._musts()
        self.steps = 0
        self._known: dict[tuple[int, int], Decimal] = {}

    def chain(self) -> Chain:
        must = self.musts[-1]  # the root comes last
        shares = [(self.names[place], self._share(place, must, 0)) for place in _bits(must)]
        unknown = [str(name) for name, share in shares if share is None]
        return _chain([(name, share) for name, share in shares if share is not None], unknown)

    def _musts(self) -> list[int]:
        """Of each, all that has to work for it to work: the least sets that the needs allow, so that cycles end."""
        musts = [1 << place for place in range(len(self.names))]
        for _ in range(_ROUNDS):
            settled = True
            for place, needs in enumerate(self.needs):
                found = musts[place]
                if isinstance(self.names[place], str):
                    for need in needs:
                        found |= musts[need]
                else:
                    found |= reduce(and_, (musts[need] for need in needs))
                if found != musts[place]:
                    musts[place], settled = found, False
            if settled:
                return musts
        raise cel.EvaluationError(_TANGLED)

    def _share(self, place: int, given: int, depth: int) -> Decimal | None:
        """The share of an element or a group where all of `given` works; None for an element without a figure."""
        name = self.names[place]
        if isinstance(name, str):
            return self.elements[name].own
        known = self._known.get((place, given))
        if known is None:
            away = _product(_EXACT.subtract(_WHOLE, self._member(one, given, depth)) for one in self.needs[place])
            known = self._known[place, given] = _EXACT.subtract(_WHOLE, away)
        return known

    def _member(self, place: int, given: int, depth: int) -> Decimal:
        """The share of the time that a member of a group works, where all of `given` works."""
        must = self.musts[place]
        self.steps += 1 + (must & ~given).bit_count()
        if self.steps > _STEPS or depth > _DEEPEST:
            raise cel.EvaluationError(_TANGLED)
        shares = [self._share(one, given | must, depth + 1) for one in _bits(must & ~given)]
        return _product(share for share in shares if share is not None)


def _reached(root: str, reach: Reach) -> tuple[list[str | Group], list[tuple[int, ...]]]:
    """All names that `root` stands on, each behind what it needs, and the places of what they need."""
    places: dict[str | Group, int] = {}
    needs: dict[str | Group, list[str | Group]] = {}
    waiting: list[tuple[str | Group, bool]] = [(root, False)]
    while waiting:
        name, ready = waiting.pop()
        if ready:
            places[name] = len(places)
        elif name not in needs:
            if len(needs) > _MOST:
                raise cel.EvaluationError(_TANGLED)
            held = needs[name] = reach.needs(name)
            if held:
                waiting.append((name, True))
                waiting.extend([(one, False) for one in held if one not in needs])
            else:  # as most are, at the ends
                places[name] = len(places)
    return list(places), [tuple([places[one] for one in needs[name]]) for name in places]


def _product(shares: Iterable[Decimal]) -> Decimal:
    return reduce(_EXACT.multiply, shares, _WHOLE)


def _bits(held: int) -> Iterator[int]:
    """The places of the bits that are set, lowest first."""
    while held:
        lowest = held & -held
        yield lowest.bit_length() - 1
        held ^= lowest
