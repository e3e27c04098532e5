"""Ways through the references that lead back to their start: found without recursion, named with every step."""

from __future__ import annotations

from collections.abc import Mapping

from itsmctl.records import Remark
from itsmctl.snapshot import Snapshot


def find_cycles(edges: Mapping[str, list[tuple[str, str]]]) -> list[list[tuple[str, str, str]]]:
    """One shortest cycle of (from, pointer, to) for each knot of records that lead back to each other."""
    cycles = []
    for knot in _knots(edges):
        start = min(knot)
        cycles.append(_way_back(start, edges, knot))
    return sorted(cycles)


def _knots(edges: Mapping[str, list[tuple[str, str]]]) -> list[set[str]]:
    """Strongly connected sets with at least one edge inside (Tarjan 1972, without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    on_stack: set[str] = set()
    stack: list[str] = []
    knots: list[set[str]] = []
    for root in edges:
        if root in index:
            continue
        work = [(root, iter(edges[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, targets = work[-1]
            for _, target in targets:
                if target not in edges:
                    continue
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(edges[target])))
                    break
                if target in on_stack:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    knot = set()
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        knot.add(member)
                        if member == node:
                            break
                    if len(knot) > 1 or any(target == node for _, target in edges[node]):
                        knots.append(knot)
    return knots


def _way_back(start: str, edges: Mapping[str, list[tuple[str, str]]], knot: set[str]) -> list[tuple[str, str, str]]:
    """The shortest way from `start` inside its knot back to `start`."""
    came: dict[str, tuple[str, str, str]] = {}
    level = [start]
    while level:
        following = []
        for node in level:
            for pointer, target in edges[node]:
                if target == start:
                    way = [(node, pointer, target)]
                    while way[0][0] != start:
                        way.insert(0, came[way[0][0]])
                    return way
                if target in knot and target not in came:
                    came[target] = (node, pointer, target)
                    following.append(target)
        level = following
    return []


_MOST = 20  # steps of a cycle that are told: to see where it can be cut, nobody reads more


def cycle_remark(head: Snapshot, cycle: list[tuple[str, str, str]], relation: str = "") -> Remark:
    """Names the records of the cycle, each with its place; of a very long one, the first."""
    origin, pointer, _ = cycle[0]
    steps = [step[0] for step in cycle]
    if len(steps) > _MOST:
        steps[_MOST:] = [f"{len(steps) - _MOST} more"]
    way = " → ".join([*steps, origin])
    record = head.records[origin]
    related = tuple((head.records[a].path, p, f"{a} leads to {b}") for a, p, b in cycle[1:_MOST])
    what = f"{relation} leads back to its start" if relation else "the references lead back to their start"
    hint = "Remove or turn around one of them."
    return Remark(
        "reference-cycle", "error", f"{what}: {way}", record.path, record.ref, pointer, hint=hint, related=related
    )
