"""All commits up to one in a single order, line by line: what came in with a merge stands right before it. Pure.

A line is a chain of first parents. The first one ends at the tip; each merge on a line begins another at each of its
further parents, back to what an earlier line holds. Whoever merges the branch that was the target into another one, and
puts that in its place, only moves commits from the first line to one of the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Grown(NamedTuple):
    """One commit as git has it: ids of its parents and its tree, and the time of its committer."""

    parents: tuple[str, ...]
    tree: str
    time: int


class Placed(NamedTuple):
    """One commit at its place. `line`: 0 for the first-parent line of the tip, another number for each other one.

    `brings`: a merge with whose further parents commits came in. Where a branch was only brought up to date, what the
    merge did against its first parent was done elsewhere.
    """

    oid: str
    line: int
    brings: bool


class _Due(NamedTuple):
    oid: str
    line: int
    is_line: bool  # with all first parents before it
    brings: bool = False


def ordered(commits: Mapping[str, Grown], tip: str) -> tuple[Placed, ...]:
    """Every commit that leads to `tip`, each after its parents. `commits`: all of them, by id."""
    found: dict[str, Placed] = {}
    due, lines = [_Due(tip, 0, is_line=True)], 0
    while due:
        one = due.pop()
        if one.is_line:
            at = one.oid
            while at and at not in found:
                due.append(_Due(at, one.line, is_line=False))
                at = next(iter(commits[at].parents), "")
            continue
        further = [oid for oid in commits[one.oid].parents[1:] if oid not in found] if not one.brings else []
        if not further:
            found[one.oid] = Placed(one.oid, one.line, one.brings)
            continue
        due.append(one._replace(brings=True))
        for oid in reversed(further):
            lines += 1
            due.append(_Due(oid, lines, is_line=True))
    return tuple(found.values())


def brought_by(commits: Mapping[str, Grown], oid: str, tip: str) -> str:
    """The merge of the first-parent line of `tip` with which a commit came in; "" where it never did."""
    order = ordered(commits, tip)
    place = next((place for place, one in enumerate(order) if one.oid == oid), len(order))
    return next((one.oid for one in order[place:] if one.line == 0), "")
