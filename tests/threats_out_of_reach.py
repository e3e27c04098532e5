"""The list of ways past an approval gate, by number, and those that no test of the gate on one repository can try."""

from __future__ import annotations

NUMBERS = (
    *(1, 2, 3, 5, 7, 8, 10, 11, 12, 13, 14, 15, 17),
    *(18, 19, 20, 22, 23, 24, 25, 26, 28),
    *(29, 30, 31, 33, 35, 36, 37, 38, 40, 42, 44),
    *(45, 46, 47, 48, 50, 51, 52, 53, 54, 55, 56),
    *(57, 59, 60, 61, 62, 63, 64, 65, 69, 70),
    *(71, 73, 75, 77, 78),
    *(81, 82, 83, 86, 87, 88, 89, 91, 92),
    *(93, 94, 95, 96, 97, 98, 99),
)
"""Every row of the list. Each has a test that is named test_tNN_…, or stands in the table below."""

OUT_OF_REACH: dict[int, str] = {
    26: "Whoever moves the clock of the machine that judges moves the gate's clock: no repository can tell. What is in "
    "reach is held elsewhere: --at exists in simulations alone, and the receipt says by which clock it was judged.",
}
"""Number → why it cannot be stopped from here."""
