"""The codes of what is asked of a roll-out, its time, and the law that it goes by. Texts only; decides nothing."""

from __future__ import annotations

from itsmctl.findings import Rule


def made(code: str, title: str, why: str, remedy: str) -> Rule:
    """A code as a rule. `title` is a sentence that holds when all is well."""
    return Rule(code, title, "error", why, remedy, "release-management", basis="house", tags=("release",))


RULES: tuple[Rule, ...] = (
    made(
        "LAW_WEAKENED",
        "The law that the release is judged by was not weakened behind the gate since it was planned",
        "Whoever may push can take a stage out of a release policy, set the policy aside for one that asks less, or "
        "have a rule only told, or switched off. What the policies asked when the release came onto the branch they "
        "still ask, and rules deny what they denied, on releases and on what a release relies on; so do rules and "
        "schemas of the repository's own. Or the gate let them be altered. Making them stricter hurts nobody, and "
        "what is put back is over. A policy that no change brought counts, and is told.",
        "Put back what stood there, and have a change alter it.",
    ),
    made(
        "ACCEPTANCE_AUDIT",
        "The audit of the test environment, where one is named, was held, and all that it found is put right",
        "An environment that is not what is live tests something else. Each difference that the audit found has an "
        "audit finding that is verified or closed.",
        "Put it right and close its findings, or name an audit after that in spec.acceptance.audit.",
    ),
    made(
        "LIFE_CYCLE",
        "The release and its changes came to where they are by steps of their life cycles",
        "What was rejected, cancelled, taken back or failed is over, and is decided on anew under another name. Read "
        "from the versions on the branch. States may be passed over; a step back from where nothing was over, and a "
        "result that was a failure once, are told. The gate lets no head take such a step.",
        "git log -p shows the step. Make what is tried again another release, or another change.",
    ),
    made(
        "READY_THEN",
        "The release was ready when its roll-out began",
        "Asked of the last commit of the branch before that, by the law of that commit: was the release approved, with "
        "all that falls due by then written, the rules on releases held, stages signed off for what was there, tests "
        "passed, and a way back? Were its changes there, in no other release, and approved by votes that the branch "
        "held, or had they landed by then; and did it list what was known to be wrong? A change that joins the list "
        "later was not a part of that. What is written or put right afterwards decided nothing. An emergency is spared "
        "that. "
        "The roll-out begins at the earliest time that was planned, and came, while the release was on its way, or was "
        "approved and the work on one of its changes had begun; or with that work itself, where the change has a "
        "window. Times of commits are the word of whoever made them.",
        "Ask itsmctl release check NAME --stage ready before the roll-out.",
    ),
    made(
        "ROLLOUT_TIME",
        "The question is asked at its time: ready before the roll-out, done after it",
        "A decision that is made after the fact decides nothing.",
        "Ask for the other stage, or correct go_live and the starts of the stages.",
    ),
    made(
        "ROLLOUT_BLOCKED",
        "The roll-out lies inside the windows of its changes, and outside of freezes",
        "Customers agreed to a window, and a freeze is there for a reason. A change that is merged is asked as of its "
        "merge, and again at each moment at which the release goes live: in the window that was voted on, whatever its "
        "record says since, and outside of the freezes that the branch knew by then.",
        "Move the roll-out, or agree on another window for the change.",
    ),
)
"""See codes."""
