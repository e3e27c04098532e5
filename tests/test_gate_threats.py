"""No row of the list of threats is forgotten: each has a test, or an entry that says why it has none."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from threats_out_of_reach import NUMBERS, OUT_OF_REACH

TRIED = Counter(
    int(number)
    for file in Path(__file__).parent.glob("test_gate_threats_*.py")
    for number in re.findall(r"^def test_t(\d+)_", file.read_text(encoding="utf-8"), re.MULTILINE)
)


def test_every_row_is_tried_or_has_an_entry_that_says_why_not() -> None:
    assert set(NUMBERS) - set(TRIED) - set(OUT_OF_REACH) == set()


def test_no_row_is_both_tried_and_left_out_and_none_is_invented() -> None:
    assert not set(TRIED) & set(OUT_OF_REACH)
    assert {*TRIED, *OUT_OF_REACH} <= set(NUMBERS)


def test_every_entry_says_why() -> None:
    assert all(len(why) > 40 for why in OUT_OF_REACH.values())
