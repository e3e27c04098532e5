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
    *(101, 102, 103),  # found on our own gate
)
"""Every row of the list. Each has a test that is named test_tNN_…, or stands in the table below."""

OUT_OF_REACH: dict[int, str] = {
    26: "Whoever moves the clock of the machine that judges moves the gate's clock: no repository can tell. What is in "
    "reach is held elsewhere: --at exists in simulations alone, and the receipt says by which clock it was judged.",
    101: "Who has left a role signs with a date of before, and commits with one: the debt of an emergency is paid by "
    "who held the role then. Dates of statements and commits are those of whoever makes them; only a time that "
    "somebody else signs could tell. What is in reach is held: no date counts that lies before that of the commit "
    "before it or is still to come, and a key that is marked compromised_since pays nothing.",
    102: "Standard changes of a model without a window, with the dates of commits set back to that of a tip that is "
    "weeks old, count for the week of that date, and not against per_week of today. With neither a vote nor a window "
    "there is no other time to hold against the commit's. What is in reach is held: a window, or a vote, bounds the "
    "date, merge commits of a forge have its clock, and the hook pre-receive says DATED_BEFORE.",
    103: "Whoever may push past the gate writes a key of their own into somebody's record, and agrees to a baseline in "
    "that name: whose a key is says the commit that was frozen. Whether the gate let that record in is asked of the "
    "whole history at once: audit history says UNGATED_MERGE. baseline verify says in its help that it does not.",
}
"""Number → why it cannot be stopped from here."""
