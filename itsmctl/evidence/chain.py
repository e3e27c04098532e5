"""Which of a person's statements on one change stands: the last of their chain, unless it forks.

Each statement names the digest of the one before it. Claimed times order nothing: whoever signs can write any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from itsmctl.votes import Decision

Standing = Literal["STANDS", "SUPERSEDED", "FORKED"]


class Link(Struct, frozen=True):
    """One statement of the chain. `is_sound`: its key is in force, and it is not from the future."""

    digest: str
    prev: str | None
    decision: Decision
    is_sound: bool


def standings(links: Sequence[Link]) -> Mapping[str, Standing]:
    """Digest → how it stands, for all statements of one person on one change; no two have the same digest.

    An approval falls to anything that follows it, sound or not: a key that was stolen may well take an approval away.
    A reject or a withdraw falls only to a sound statement further on that is no voided approval: no stolen key, and no
    second branch, takes a reject away.

    The chain forks where two statements follow the same one, and where there are two beginnings: a statement that
    follows none, or one that is not here. All approvals from there on are void, in every branch.

    A single beginning that names a statement which is not here is sound, even of an approval. What is missing then
    came earlier, and its author has decided anew since; to leave out what came earlier never changes what is last. To
    leave out a later reject cannot be seen from what is left, with or without such a gap: that one has to stand where
    nobody else can remove it, in the base or on the forge. Beside a gap and a second beginning nobody can tell one
    line from two, so they are a fork, and the way out is to bring the missing statement.
    """
    follows = _followers(links)
    order = _from_the_front(links, follows)
    split = _split(links, follows, order)
    is_good = {one.digest: one.is_sound and not (one.decision == "approve" and one.digest in split) for one in links}
    is_taken_back: set[str] = set()
    for one in reversed(order):
        if any(is_good[next_.digest] or next_.digest in is_taken_back for next_ in follows[one.digest]):
            is_taken_back.add(one.digest)
    found: dict[str, Standing] = {}
    for one in links:
        has_fallen = bool(follows[one.digest]) if one.decision == "approve" else one.digest in is_taken_back
        if has_fallen:
            found[one.digest] = "SUPERSEDED"
        else:
            found[one.digest] = "FORKED" if one.decision == "approve" and one.digest in split else "STANDS"
    return found


def ends(links: Sequence[Link]) -> tuple[str, ...]:
    """Digests of the statements that nothing follows, sorted: what the next one has to name. More than one: a fork."""
    follows = _followers(links)
    return tuple(sorted(one.digest for one in links if not follows[one.digest]))


def _followers(links: Iterable[Link]) -> dict[str, list[Link]]:
    follows: dict[str, list[Link]] = {one.digest: [] for one in links}
    for one in links:
        if one.prev in follows:
            follows[one.prev].append(one)
    return follows


def _beginnings(links: Iterable[Link], follows: Mapping[str, list[Link]]) -> list[Link]:
    return [one for one in links if one.prev not in follows]


def _from_the_front(links: Sequence[Link], follows: Mapping[str, list[Link]]) -> list[Link]:
    """Each before those that follow it. No chain runs in a circle: a statement holds the digest of the one before."""
    order = _beginnings(links, follows)
    for one in order:
        order.extend(follows[one.digest])
    return order


def _split(links: Sequence[Link], follows: Mapping[str, list[Link]], order: Sequence[Link]) -> set[str]:
    """Digests of all from the first fork on."""
    beginnings = _beginnings(links, follows)
    split = {one.digest for one in beginnings} if len(beginnings) > 1 else set()
    for one in order:
        after = follows[one.digest]
        if one.digest in split or len(after) > 1:
            split.update(next_.digest for next_ in after)
    return split
