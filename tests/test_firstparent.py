"""A history that goes on from one that was read before says what it would say if it were read anew."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from court import path_of

from itsmctl import gitbench, gitdeeds, gitdiscovery, rulebook
from itsmctl.firstparent import FirstParent, Read
from itsmctl.gate.model import Brought

if TYPE_CHECKING:
    from court import Court

ITEMS = ("ConfigurationItem/db-01", "ConfigurationItem/app-01", "ConfigurationItem/db-09")
REFS = (*ITEMS, "Service/loans", "Role/change-manager", "File/itsm.yaml", "ConfigurationItem/nobody")


def as_it_is(commit: gitdeeds.Brought, verified: bool) -> Brought:
    return Brought(commit.oid, (commit.time or 0) + verified, (), frozenset(one.path for one in commit.edits), False)


def grow(court: Court, chance: random.Random) -> list[str]:
    """Commits, merged branches, branches brought up to date, and a branch turned around; every tip that main had."""
    tips = [court.repo.head]

    def work(mark: int) -> None:
        ref = chance.choice(ITEMS)
        path = court.repo.path / path_of(ref)
        if ref.endswith("db-09") and path.exists() and chance.random() < 0.5:
            path.unlink()
        else:
            data = court.get(ITEMS[0] if not path.exists() else ref)
            data["metadata"]["name"] = ref.partition("/")[2]
            data["spec"]["version"] = f"{mark}.{chance.randint(0, 1)}"
            court.put(data)
        court.commit(chance.choice(("jaan", "kadri")), "Work")

    for number in range(5):
        how = chance.random()
        if how < 0.4:
            work(number)
        else:
            court.branch(f"side-{number}", chance.choice(tips))
            work(number)
            if how < 0.6:
                court.git("jaan", "merge", "--quiet", "-s", "ours", "--no-edit", "main")
                work(number)
            if how > 0.9:  # the branch takes the place of main, which becomes a second parent
                court.git("jaan", "merge", "--quiet", "--no-ff", "-s", "ours", "--no-edit", "main")
                court.git("jaan", "branch", "--quiet", "-f", "main", "HEAD")
                court.checkout("main")
            else:
                court.checkout("main")
                court.git("mari", "merge", "--quiet", "--no-ff", "-X", "theirs", "-m", "Merge", f"side-{number}")
        tips.append(court.repo.head)
    return tips


@pytest.mark.parametrize("seed", [1, 4])
def test_it_goes_on_from_what_was_read(court: Court, seed: int) -> None:
    chance = random.Random(seed)
    tips = grow(court, chance)
    repo = gitdiscovery.discover(court.repo.path, court.repo.environ)
    assert repo is not None
    with gitbench.bench(repo) as bench:
        kinds, known = rulebook.builtin().kinds, Read()
        order = [*tips, chance.choice(tips), tips[-1]]  # and back again
        for tip in order:
            shared = FirstParent(bench, tip, "", kinds, as_it_is, 2e9, known)
            alone = FirstParent(bench, tip, "", kinds, as_it_is, 2e9)
            for ref in REFS:
                for name in ("appeared", "versions", "ever", "places", "landings", "arrivals", "aside", "authored"):
                    assert getattr(shared, name)(ref) == getattr(alone, name)(ref), (ref, name)
                assert shared.written(ref) == alone.written(ref)
                assert shared.edits_since(ref, 1) == alone.edits_since(ref, 1)
                assert shared.states_since(ref, 1) == alone.states_since(ref, 1)
                assert shared.used(ref) == alone.used(ref)
        assert known.folders
