"""Where rules come from, in words: editions of the standard, basis, enforcement; and the clauses of a rule in order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

EDITIONS: Mapping[str, str] = {
    "part1_2005": "ISO/IEC 20000-1:2005",
    "part2_2005": "ISO/IEC 20000-2:2005",
    "part1_2018": "ISO/IEC 20000-1:2018",
}
BASES: tuple[str, ...] = ("requirement", "recommendation", "house")
BASIS: Mapping[str, str] = {
    "requirement": "requirement: ISO/IEC 20000-1 asks for it",
    "recommendation": "recommendation: ISO/IEC 20000-2 advises it; the standard does not require it",
    "house": "house: good practice that this tool adds; the standard says nothing of it",
    "form": "form: without it, what is written could not be read without doubt",
}
ENFORCEMENT: Mapping[str, str] = {
    "advisory": "advisory: it is shown, and never fails a run",
    "soft": "soft: a waiver may lift it",
    "hard": "hard: nothing lifts it",
}


def clauses(numbers: str) -> tuple[str, ...]:
    """`8.5.1, 9.2` → its single numbers."""
    return tuple(number.strip() for number in numbers.split(",") if number.strip())


def by_number(numbers: Iterable[str]) -> list[str]:
    """Clause numbers, each once, 9.2 before 10.1."""
    return sorted(set(numbers), key=lambda number: ([int(part) for part in re.findall(r"\d+", number)], number))
