"""The words in capitals of `baseline diff` and `baseline audit`. Texts only."""

from __future__ import annotations

from itsmctl.baseline.codes_of_files import made
from itsmctl.findings import Rule

OF_DIFFERENCES: tuple[Rule, ...] = (
    made(
        "EXPLAINED",
        "A change that was approved in time explains the difference",
        "A change explains what it lists, where the gate, asked again of the merge that brought it, lets it through: "
        "by the votes and the law that stood there, at that time, and for just what was done.",
        "Nothing is to be done.",
        "info",
    ),
    made(
        "LATE",
        "What explains the difference was there before it",
        "A change lists what differs, but its approval came afterwards, or its window was not open.",
        "Find out why it was done then; the change's review is the place for it.",
    ),
    made(
        "UNEXPLAINED",
        "Every difference has a change behind it",
        "No change that was carried out between the two lists what differs: nobody can say who decided on it.",
        "itsmctl log RECORD shows the commits; write a change for it afterwards, or take it back.",
    ),
)

OF_AUDITS: tuple[Rule, ...] = (
    made(
        "VERIFIED",
        "What was observed is what is recorded",
        "Every field that is compared was seen, and is equal.",
        "Nothing is to be done.",
        "info",
    ),
    made(
        "DIFFERENT",
        "What was observed is what is recorded",
        "A field was seen with another value than the baseline holds: either the record is out of date, or somebody "
        "altered the item past the records.",
        "Find out which; mend the record or the item, each by a change.",
    ),
    made(
        "PARTLY",
        "Every field that is compared was seen",
        "What was seen is equal, and some fields nobody saw. What nobody saw is neither equal nor different.",
        "Observe the other fields as well, or list in the mapping, as criteria:, the fields that are enough.",
    ),
    made(
        "MISSING",
        "Every item in scope was seen",
        "The baseline holds an item of which the files of what was observed show nothing.",
        "Look for the item. If it is gone for good, a change removes its record.",
    ),
    made(
        "UNCLEAR",
        "What was observed can be told to be one item",
        "A row could be several items, or several rows one item; to choose among them would be a guess.",
        "Give the class fields that tell items apart (CIType.spec.identity), or correct the rows.",
    ),
    made(
        "UNEXPECTED",
        "Nothing was observed that no record speaks of",
        "It is no item of the baseline: either a new item without a change, or one that nobody keeps track of.",
        "Add a record for it by a change, or take it away; the mapping sets rows aside that do not matter.",
    ),
)
