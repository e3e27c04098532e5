"""Reason codes of one change: its quorum, model, window, freezes, emergency and back-out. Texts only."""

from __future__ import annotations

from itsmctl.findings import Rule
from itsmctl.gate.codes_of_heads import made

RULES: tuple[Rule, ...] = (
    made(
        "LACKING",
        "Every approval rule that applies is met by different persons",
        "The rules at the base say who has to agree to a change like this one. Each person counts once in a rule, and "
        "only for what the change is now.",
        "Ask those whom the verdict names under next; each of them runs itsmctl change approve NAME.",
    ),
    made(
        "DEADLOCK",
        "Somebody can meet every requirement",
        "With all who could still vote, the rule would stay unmet: too few hold the role, or they made the change.",
        "Let somebody else make the change, bring the entries of several persons in several heads, or have more "
        "holders of the role merged before.",
    ),
    made(
        "VETO",
        "Nobody with a veto rejects the change",
        "Some roles may stop a change however many others agree to it. Such a reject is never outvoted.",
        "Talk to who rejects it. They take it back by approving, or by itsmctl change withdraw; or alter the change.",
    ),
    made(
        "OVER_LIMIT",
        "A change covers no more records than the rule or the model allows",
        "Nobody reads a hundred edits with care. The limit keeps a change as small as it can be understood.",
        "Split it into several changes.",
    ),
    made(
        "NO_VOTE",
        "Somebody agreed to the change",
        "A rule can ask for owners where nothing is owned, and so for nobody. Then no one has agreed.",
        "Have the rule ask for a role as well, in a governance change merged before.",
    ),
    made(
        "SPENT",
        "A vote lets an edit in once",
        "The votes on a change agreed to one edit at one time. Doing it again, after it was taken back perhaps, is "
        "another decision.",
        "Write a new change for it: itsmctl change new --from-diff.",
    ),
    made(
        "PLAN_UNFIT",
        "A plan fits the records as they stand",
        "What was planned leads nowhere in the record that it is about, so nobody can say what the vote is on.",
        "Correct set of the item, and have the change voted on again.",
    ),
    made(
        "AMENDED",
        "Once the work has begun, what was voted on is edited with new votes alone",
        "Votes bind what a change is to do, why, when, and how it is taken back. What became of it is recorded beside "
        "that and needs no vote; the rest, rewritten afterwards, would be a change that nobody agreed to.",
        "Set the fields that are named back to what the base has, or have the change voted on as it is now.",
    ),
    made(
        "DEBT",
        "No emergency in reach of the same services is left unreviewed",
        "An emergency goes ahead on credit: its review and its full vote come after. While they are overdue, the next "
        "change to the same services waits.",
        "Pay what is owed: the votes, the review, or the back-out. A change that takes it back names it in follows_up.",
    ),
    made(
        "FOLLOWS_UP",
        "A change takes an emergency back, or finishes it, while that is still owed its vote or review",
        "What an emergency left half done must not wait for its papers. The votes bind that the change says so, and it "
        "lists nothing that the emergency did not.",
        "Nothing is to be done for this change; what the emergency owes stays due.",
        "info",
    ),
    made(
        "OWES",
        "An emergency is paid for: filled in, voted on by those who did not make it, and reviewed",
        "It went ahead on credit. Votes are on what the change says, so whatever is written into it afterwards (risk, "
        "impact, plan, …) makes them stale: what is lacking is written first, and voted on then. State, implementation "
        "and review are no part of what votes are on.",
        "Fill it in and commit that; voters run itsmctl change approve NAME; then itsmctl change move NAME reviewed, "
        "and its reviewer approves too.",
        "info",
    ),
    made(
        "COLLISION",
        "No other open change is in the way",
        "Two changes at overlapping times touch the same record, or records one of which needs the other.",
        "See which of the two goes first, and move the window of the other.",
        "warning",
    ),
    made(
        "VOTES",
        "The votes that are lacking can still be given",
        "The fewest persons who together would meet what the rules still ask for, each with who could vote in their "
        "place.",
        "Each of them runs the command that stands there.",
        "info",
    ),
    made(
        "NO_MODEL",
        "A standard change names a change model that stands at the base",
        "A model is what was agreed on beforehand, in place of votes. Without one, nothing was agreed on.",
        "Name it in spec.model, or make it a normal change. A new model counts one merge after it lands.",
    ),
    made(
        "MODEL_NOT_APPROVED",
        "The change model is approved at the base",
        "A model that is still being written, or that was withdrawn, speaks for nobody.",
        "Have the model approved first, or make this a normal change.",
    ),
    made(
        "MODEL_INCOMPLETE",
        "The change model has all that an approved one needs",
        "A model that breaks its schema may allow more than anybody meant.",
        "Mend the model in a change of its own: itsmctl validate says what is missing.",
    ),
    made(
        "MODEL_EXPIRED",
        "The change model has not expired",
        "Models are agreed on for a time, so that somebody looks at them again.",
        "Have the model renewed, or make this a normal change.",
    ),
    made(
        "NOTHING_TO_PROVE",
        "A standard change alters something that shows it to be one",
        "Standard is proven by the difference. Where nothing differs, nothing is proven.",
        "Make it a normal change.",
    ),
    made(
        "OUTSIDE_MODEL",
        "Every field that a standard change alters lies inside of its model",
        "One field outside makes the change a normal one, which needs votes as any other.",
        "Take the field out of the change, or get the votes of a normal one.",
    ),
    made(
        "TOO_OFTEN",
        "A model is used no more often than it says",
        "Changes that need no vote add up. The limit brings somebody to look.",
        "Wait, or make it a normal change.",
    ),
    made(
        "TOO_RISKY",
        "The risk of a standard change is no higher than its model allows",
        "The model was agreed on for what goes wrong seldom and does little harm.",
        "Make it a normal change, or assess its risk again.",
    ),
    made(
        "BUDGET_SPENT",
        "The model has failures left in its budget",
        "If what nobody votes on fails too often, somebody has to look at it again.",
        "Make it a normal change, until the model is reviewed or the failures are long enough ago.",
    ),
    made(
        "NOT_STANDARD",
        "A change that calls itself standard is one",
        "What a change is gets proven by what it alters. Outside of its model it is judged as a normal change.",
        "See what lies outside; take that out, or get the votes of a normal change.",
        "warning",
    ),
    made(
        "NO_WINDOW",
        "A change that begins has a window",
        "Without a window nobody knows when the work may disturb others, nor until when the agreement to it lasts.",
        "Write spec.schedule with start and end, and have the change voted on.",
    ),
    made(
        "WINDOW_UNCLEAR",
        "The window of a change names two instants",
        "A local time without a zone, or one that a clock change skips or repeats, can be told in two ways.",
        "Write start and end with their offsets, such as 2026-12-01T22:00:00+02:00.",
    ),
    made(
        "OUTSIDE_WINDOW",
        "The work on a change begins inside of its window",
        "The window was agreed on with those whom the work may disturb.",
        "Come back when the window is open; if it is over, agree on a new one and have it voted on.",
    ),
    made(
        "AFTER_THE_FACT",
        "A window begins after the change was known to somebody",
        "A window that had begun before anybody knew of the change may be one for work that was done already.",
        "Whoever votes asks what was done before.",
        "warning",
    ),
    made(
        "FREEZE",
        "No freeze holds for what the change reaches",
        "At some times nothing is to move: the year's end, an election, exams. What may move all the same, the freeze "
        "itself says.",
        "Wait until the freeze is over, and move the window if it ends before.",
    ),
    made(
        "FREEZE_ROLE",
        "Whoever a freeze asks for has voted",
        "The freeze lets changes of this class through, if the role that it names agrees to each.",
        "Get the vote of a holder of that role: itsmctl change approve NAME --as ROLE.",
    ),
    made(
        "FREEZE_UNCLEAR",
        "It can be told when every freeze holds",
        "A freeze that may hold or not is taken to hold.",
        "Mend the freeze first, in a change that alters nothing but freezes.",
    ),
    made(
        "FREEZE_ALLOWED",
        "A freeze holds, and lets the change through",
        "The freeze names this class of change, and the role that it asks for has voted.",
        "Nothing is to be done.",
        "info",
    ),
    made(
        "NO_EMERGENCY_POLICY",
        "The settings say who may let an emergency through",
        "Without a role that answers for emergencies, calling a change one would be a way around everybody.",
        "Make it a normal change, or write emergency into itsm.yaml, in a governance change merged before.",
    ),
    made(
        "NO_INCIDENT",
        "An emergency answers an incident",
        "An emergency is shown by what is broken, and not by how it feels to be in a hurry.",
        "Name it in spec.emergency.incident; merge its record first, which needs no vote.",
    ),
    made(
        "INCIDENT_NOT_OPEN",
        "The incident of an emergency is open at the base",
        "Once it is resolved, there is time for a normal change.",
        "Merge the record of an open incident first, or make it a normal change.",
    ),
    made(
        "INCIDENT_ELSEWHERE",
        "The incident of an emergency is about what the change reaches",
        "An open incident of another service may have its reason elsewhere, and may be no reason at all.",
        "Ask what the change has to do with the incident before you vote; name the incident that it answers.",
        "warning",
    ),
    made(
        "EMERGENCY_VOTE",
        "A holder of an emergency role lets the change go ahead",
        "One person who answers for it is the least that even an emergency needs.",
        "Call a holder of the role, who runs itsmctl change approve NAME.",
    ),
    made(
        "EMERGENCY_LIMIT",
        "A service has no more emergencies than the settings allow",
        "Emergencies one after the other are a problem, or a habit.",
        "Go the normal way, and record a problem.",
    ),
    made(
        "EMERGENCY_OVER",
        "An emergency is carried out before it is to be caught up on",
        "What still comes when votes and review are due had time for the normal way; else one emergency would let any "
        "number of edits through, one part after the other.",
        "Write a normal change for what is left, which names the emergency in spec.follows_up.",
    ),
    made(
        "NOT_ITS_LINE",
        "A back-out restores what the change itself did, and nothing else",
        "Whoever approved the change approved the way back from it. Any other edit is a new one.",
        "Let itsmctl change backout NAME restore what stood before; first what others did since, the last of it first.",
    ),
    made(
        "NOT_IMPLEMENTER",
        "An implementer whom the change names takes it back",
        "The back-out was entrusted to those who carry the change out.",
        "Let one of the implementers make the commit.",
    ),
    made(
        "BACKOUT_LATE",
        "A change is taken back while its approval still lasts",
        "Long after the window others rely on what was done, and the way back is a change as any other.",
        "Write a normal change for it.",
    ),
    made(
        "NOT_BACK",
        "What a change did is put back before it says that it was backed out",
        "Whoever reads that it was backed out takes the former state to be in force. What cannot be told is not back.",
        "Put back what it did: itsmctl change backout NAME, or another change. If it stays, or nobody can tell: "
        "itsmctl change move NAME failed.",
    ),
    made(
        "BACKED_OUT",
        "A change is taken back once",
        "The votes on a change agreed to it and to one way back. What comes after is another edit.",
        "Write a new change for it.",
    ),
    made(
        "REWRITTEN",
        "A change stays as it was approved while it is taken back",
        "Whoever takes it back does not decide anew by whom, or until when, that may happen.",
        "Leave all but its state and what became of it as the base has them.",
    ),
    made(
        "LINES_APART",
        "All lines of a change arrive in one head",
        "The votes are on the whole. Half of it may be worse than nothing, and was never agreed on.",
        "Write a new change for what is left: itsmctl change new --from-diff.",
    ),
)
