"""Claims: several programs over one frame give what each gives by itself."""

from __future__ import annotations

import pytest

from itsmctl import cel

WORLD = cel.Environment({"self": cel.DYN, "limit": cel.INT})


def claim(guard: str | None, lets: dict[str, str], body: str) -> cel.Claim:
    environment, named = WORLD, []
    for name, text in lets.items():
        named.append((name, environment.compile(text)))
        environment = environment.extend({name: named[-1][1].type})
    return cel.Claim("self", guard and WORLD.compile(guard), named, environment.compile(body))


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ({"on": False}, None),
        ({"on": True, "n": [1, 2]}, None),
        ({"on": True, "n": [1, 7, 9]}, {"big": [7, 9], "count": 2}),
    ],
)
def test_a_claim_gives_its_values_only_where_it_applies_and_fails(subject: object, found: object) -> None:
    made = claim("self.on", {"big": "self.n.filter(i, i > limit)", "count": "size(big)"}, "count == 0")
    assert made.bound({"limit": 5}, {})(subject) == found


def test_an_error_is_in_the_source_of_its_own_part() -> None:
    made = claim("true", {"one": "self.absent", "two": "1"}, "one == two")
    with pytest.raises(cel.EvaluationError) as caught:
        made.bound({}, {})({})
    assert caught.value.source is not None
    assert caught.value.source.text == "self.absent"


def test_each_part_has_a_budget_of_its_own() -> None:
    made = claim("self.n.all(i, i < 9)", {"same": "self.n.map(i, i)"}, "self.n.all(i, i in same)")
    assert made.bound({}, {}, budget=400)({"n": list(range(8))}) is None
    with pytest.raises(cel.EvaluationError, match="steps"):
        made.bound({}, {}, budget=10)({"n": list(range(8))})
