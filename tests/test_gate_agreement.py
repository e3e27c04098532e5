"""What the gate allows, an obvious checker that was written from the specification alone allows as well."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import obvious
import pytest
from conftest import Repo, copied, undisturbed
from court import Court
from gate_play import PAST, TRICKS, VOTE_TRICKS, VOTERS, WORK, Story, play
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("AGREEMENT_EXAMPLES", "40"))
PASSES = {"ALLOWED", "OVERRIDDEN"}


@dataclass(frozen=True)
class Answer:
    """What both say of one story."""

    gate: str  # an outcome, or "exit 3"
    codes: frozenset[str]
    says: str
    reasons: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Nothing passes the gate that the checker denies."""
        return self.gate not in PASSES or not self.reasons


def both(founded: Path, keys: Mapping[str, Path], story: Story) -> Answer:
    """Play a story in a repository of its own; ask gate and checker."""
    with tempfile.TemporaryDirectory(prefix="agreement-") as folder:
        path = Path(folder) / "repo"
        copied(founded, path)
        court = Court(Repo(path, undisturbed(Path(folder) / "home")), keys)
        play(court, story)
        judged = court.gate()
        reasons = obvious.judge(path, "main", "HEAD", court.now)
        if judged.code not in (0, 1):
            return Answer(f"exit {judged.code}", frozenset(), judged.ran.stderr, tuple(reasons))
        return Answer(judged.outcome, frozenset(judged.codes), judged.says, tuple(reasons))


numbers = st.integers(0, 17)
small = st.integers(0, 5)


def steps(names: Mapping[str, object], most: int) -> st.SearchStrategy[tuple[tuple[str, int], ...]]:
    """Few of these."""
    one = st.tuples(st.sampled_from(sorted(names)), numbers if names is TRICKS else small)
    return st.lists(one, max_size=most).map(tuple)


GOOD = [("liis", "approve", ""), ("kadri", "approve", "")]
BOARD = [*GOOD, ("tonu", "approve", "")]
MANAGERS = [("rein", "approve", ""), ("sirje", "approve", "")]
NIGHT = [("arvo", "approve", "")]
LENT = [*MANAGERS, ("liis", "approve", "")]
FIT = {"lend": LENT, "governance": MANAGERS, "file": MANAGERS, "remove": [*GOOD, *MANAGERS], "emergency": NIGHT}
BREAKS = ("key", "borrowed", "purpose", "tampered", "moved", "unsigned")  # a head that brings these is denied anyhow
SUBTLE = [one for one in VOTE_TRICKS if one not in BREAKS]
some_vote = st.tuples(
    st.sampled_from(VOTERS),
    st.sampled_from(["approve"] * 4 + ["reject", "withdraw"]),
    st.one_of(st.just(""), st.sampled_from(SUBTLE), st.sampled_from(SUBTLE), st.sampled_from(VOTE_TRICKS)),
)
# Past and work that belong together are more often met than by chance.
BEGINNINGS: list[tuple[tuple[str, ...], str]] = [
    *(((), name) for name in WORK),
    (("plan",), "planned"),
    (("plan",), "planned"),
    (("spent",), "back"),
    (("spent",), "again"),
    (("forwarded",), "further"),
    (("change",), "on"),
    (("spent",), "on"),
    (("model",), "standard"),
    (("incident",), "emergency"),
    (("removed",), "add"),
    (("freeze",), "normal"),
    (("delegation",), "normal"),
    (("delegation",), "lend"),
    ((), "lend"),
    (("emergency",), "normal"),
]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Mostly nearly right: what is merged for a reason, with the votes that it needs, and a trick or two."""
    past, work = draw(st.sampled_from(BEGINNINGS))
    begun = tuple((name, draw(small)) for name in past)
    more = draw(st.one_of(st.just(()), steps({name: PAST[name] for name in PAST if name not in past}, 1)))
    fit = FIT.get(work, GOOD)
    votes = draw(st.sampled_from([fit, fit, fit, fit, [*BOARD, *MANAGERS], fit[:1], []]))
    odd = draw(st.one_of(st.just([]), st.lists(some_vote, max_size=2)))
    return Story(
        (*begun, *more),
        (work, draw(st.one_of(st.just(0), small))),
        draw(st.one_of(st.just(()), steps(TRICKS, 1))),
        tuple(draw(st.permutations([*votes, *odd]))),
        draw(st.one_of(st.just(()), steps(TRICKS, 1))),
    )


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="AGREEMENT_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(story=stories())
def test_what_the_gate_allows_is_right(founded: Path, keys: Mapping[str, Path], story: Story) -> None:
    answer = both(founded, keys, story)
    if log := os.environ.get("AGREEMENT_LOG"):
        with Path(log).open("a") as file:
            file.write(f"{answer.gate}\t{sorted(answer.codes)}\t{list(answer.reasons)}\t{story}\n")
    assert answer.agrees, (answer.gate, answer.reasons, answer.says)


CLEAN: dict[str, Story] = {
    "normal": Story((), ("normal", 0), (), tuple(GOOD), ()),
    "high": Story((), ("normal", 3), (), tuple(BOARD), ()),
    "two": Story((), ("two", 0), (), tuple(GOOD), ()),
    "governance": Story((), ("governance", 0), (), tuple(MANAGERS), ()),
    "plan": Story((), ("plan", 0), (), tuple(GOOD), ()),
    "planned": Story((("plan", 0),), ("planned", 0), (), (), ()),
    "in parts": Story((("plan", 1),), ("planned", 1), (), (), ()),
    "add": Story((), ("add", 0), (), tuple(GOOD), ()),
    "remove": Story((), ("remove", 0), (), (*GOOD, *MANAGERS), ()),
    "standard": Story((("model", 0),), ("standard", 0), (), (), ()),
    "emergency": Story((("incident", 0),), ("emergency", 0), (), tuple(NIGHT), ()),
    "reboot": Story((), ("reboot", 0), (), tuple(GOOD), ()),
    "back-out": Story((("spent", 1),), ("back", 0), (), (), ()),
    "goes on": Story((("change", 0),), ("on", 1), (), (), ()),
    "register": Story((), ("register", 0), (), (), ()),
    "docs": Story((), ("docs", 0), (), (), ()),
    "file": Story((), ("file", 0), (), tuple(MANAGERS), ()),
    "squashed": Story((), ("normal", 0), (), tuple(GOOD), (("squash", 0),)),
    "rebased": Story((), ("normal", 0), (), tuple(GOOD), (("main", 0), ("rebase", 0))),
    "update merge": Story((), ("normal", 0), (), tuple(GOOD), (("update", 0),)),
    "reformatted": Story((), ("normal", 0), (), tuple(GOOD), (("reformat", 0),)),
    "lent": Story((), ("lend", 0), (), tuple(LENT), ()),
    "ended": Story((("delegation", 2),), ("lend", 3), (), tuple(MANAGERS), ()),
    "delegated": Story((("delegation", 0),), ("normal", 0), (), (GOOD[0], NIGHT[0]), ()),
}


@pytest.mark.parametrize("name", CLEAN)
def test_honest_work_is_allowed_by_both(founded: Path, keys: Mapping[str, Path], name: str) -> None:
    answer = both(founded, keys, CLEAN[name])
    assert answer.gate == ("OVERRIDDEN" if name == "emergency" else "ALLOWED"), (answer.codes, answer.says)
    assert answer.reasons == ()


WICKED: dict[str, tuple[Story, str]] = {
    "a contributor's vote": (Story((), ("normal", 0), (("hand", 1),), tuple(GOOD), ()), "LACKING"),
    "a co-author's vote": (Story((), ("normal", 0), (("hand", 5),), tuple(GOOD), ()), "LACKING"),
    "a stranger's hand": (Story((), ("normal", 0), (("hand", 2),), tuple(GOOD), ()), "UNKNOWN_CONTRIBUTOR"),
    "an edit after the votes": (Story((), ("normal", 0), (), tuple(GOOD), (("item", 0),)), "LACKING"),
    "an evil merge": (Story((), ("normal", 0), (), tuple(GOOD), (("update", 5),)), "UNCLAIMED"),
    "an edit that nothing lists": (Story((), ("normal", 0), (), tuple(GOOD), (("other item", 0),)), "UNCLAIMED"),
    "a rule on the way": (Story((), ("normal", 0), (("there and back", 0),), tuple(GOOD), ()), "TAKEN_BACK"),
    "an item on the way": (Story((), ("docs", 0), (("there and back", 2),), (), ()), "TAKEN_BACK"),
    "a state on the way": (Story((), ("normal", 0), (("there and back", 5),), tuple(GOOD), ()), "TAKEN_BACK"),
    "a line that is spent": (Story((("spent", 0),), ("again", 1), (), (), ()), "SPENT"),
    "a further edit": (Story((("spent", 1),), ("further", 0), (), tuple(GOOD), ()), "APART"),
    "a further edit after one before the record": (
        Story((("forwarded", 0),), ("further", 0), (), tuple(GOOD), ()),
        "APART",
    ),
    "a night vote that is taken out": (
        Story((("incident", 0),), ("emergency", 0), (), (("arvo", "approve", "deleted"),), ()),
        "EMERGENCY_VOTE",
    ),
    "a freeze": (Story((("freeze", 0),), ("normal", 0), (), tuple(GOOD), ()), "FREEZE"),
    "a vote on a draft": (Story((), ("normal", 0), (), (GOOD[0], ("kadri", "approve", "draft")), ()), "LACKING"),
    "another's vote handed over": (Story((), ("lend", 0), (), tuple(MANAGERS), ()), "NO_CONSENT"),
    "more of it": (Story((("delegation", 2),), ("lend", 1), (), tuple(MANAGERS), ()), "NO_CONSENT"),
    "a veto": (Story((), ("normal", 0), (), (*GOOD, ("pille", "reject", "")), ()), "VETO"),
    "a veto that was deleted": (Story((), ("normal", 0), (), (*GOOD, ("pille", "reject", "deleted")), ()), "VETO"),
    "evidence deleted": (Story((("change", 0),), ("register", 0), (), (), (("evidence", 0),)), "EVIDENCE_ALTERED"),
    "a key of somebody else": (
        Story((), ("normal", 0), (), (GOOD[0], ("kadri", "approve", "borrowed")), ()),
        "EVIDENCE_BROKEN",
    ),
}


@pytest.mark.parametrize("name", WICKED)
def test_what_is_wrong_is_denied_by_both(founded: Path, keys: Mapping[str, Path], name: str) -> None:
    story, reason = WICKED[name]
    answer = both(founded, keys, story)
    assert answer.gate == "DENIED"
    assert reason in {one.split(" ")[0] for one in answer.reasons}, answer.reasons
