"""Reason codes beyond one case: of the first governance, of pushes to a server, and of looking back. Texts only."""

from __future__ import annotations

from itsmctl.findings import Rule
from itsmctl.gate.codes_of_heads import made

RULES: tuple[Rule, ...] = (
    made(
        "BOOTSTRAP",
        "The first governance is known to whoever lets it in",
        "Nothing at the base can judge the first governance, so it is let in by its digest alone: whoever pins that "
        "digest answers for what it holds.",
        "Compare the digest with the one that was pinned at the founding; audit history --bootstrap DIGEST does it.",
        "info",
    ),
    made(
        "BOOTSTRAP_DIFFERS",
        "The first governance is the one that was pinned",
        "A governance that is not the one that was looked at could make anybody its own judge.",
        "Look at what the head brings; if it is right, pin its digest: itsmctl gate --bootstrap sha256:….",
    ),
    made(
        "NOT_FAST_FORWARD",
        "The target branch only grows",
        "Votes, consumption and names are read from the first-parent history of the target. Whoever rewrites that "
        "history takes away what they were read from.",
        "Merge or rebase onto the target as it is, and push that.",
    ),
    made(
        "TAG_MOVED",
        "Tags of baselines and releases stay where they are",
        "Such a tag says what was agreed or shipped. One that moves says something else under the same name.",
        "Make a tag with a new name; names of baselines and releases are used once.",
    ),
    made(
        "SEVERAL_MERGES",
        "A push brings one merge",
        "What a push brings is judged as one merge, from where the target stands to where it is to stand. Several that "
        "were made one after the other, such as a change and its closing, are often not allowed in one step.",
        "Push them one by one, in the order that the finding names.",
    ),
    made(
        "MEANS_ANOTHER",
        "No ref changes what the names of commits and of the target mean",
        "refs/replace has git show one object in the place of another; a tag that is called like the target is found "
        "before it. Whoever looks at the target then sees, checks out or deploys what nobody judged.",
        "Do not push refs/replace; give tags names that are not the target's. Those that are there are taken away with "
        "git push REMOTE --delete REF.",
    ),
    made(
        "NOT_JUDGED",
        "The push goes to the branch that the gate guards",
        "Only the target of the settings is governed. Other branches are where work is prepared, and are judged when "
        "they are to be merged.",
        "Nothing is to be done.",
        "info",
    ),
    made(
        "UNGATED_MERGE",
        "Nothing came into the branch that the gate would have denied",
        "An administrator's bypass and a direct push leave a merge that no approval stands behind. It may have been "
        "right; nobody who had to was asked.",
        "Find out who let it in and why; approve it afterwards by a change of its own, or take it back.",
    ),
    made(
        "BACK_AND_FORTH",
        "What came in together altered each record once",
        "Several commits that are allowed together pass as one merge, as a rebase leaves one. Where one of them undid "
        "or altered again what another did, each may as well have been pushed by itself, past the gate, and have "
        "stood at the base for a while. So may what went back and forth on the line that a merge brings in: that line "
        "was a branch, or the target itself, which somebody turned around. History alone cannot tell which it was.",
        "Ask who pushed them, then look back from there on: itsmctl audit history COMMIT..REF. Squash such merges, or "
        "keep receipts and give them with --receipts.",
    ),
    made(
        "FOXTROT",
        "The branch grows by its first parents",
        "Whoever merges the target into a branch, and puts that branch in its place, moves all that came in until then "
        "to the line of a second parent. A plain git pull and git push do so by accident. The gate and the replay look "
        "at those lines, too; people who read the first parents do not see what came in.",
        "Push a real merge: check the target out, merge the branch into it, and push that. The hook pre-receive "
        "refuses the other way round.",
        "warning",
    ),
    made(
        "NOT_DESCENDED",
        "The branch holds every commit that it was once judged at",
        "A receipt names the commit that the target stood at. If the history of the target does not hold it any more, "
        "that history was rewritten, or an older commit was put at its tip: votes, reverts and names are read from it.",
        "Find out who moved the branch. A receipt of a merge queue's try that never landed may be taken away.",
    ),
    made(
        "RECEIPT_UNREADABLE",
        "Every file among the receipts is one",
        "A receipt that cannot be read says neither when a merge was judged nor where the branch stood then; to pass "
        "over it would hide just what it was kept for.",
        "Bring the file back as the gate wrote it, or take it out of the folder.",
    ),
    made(
        "RECEIPT_STRANGER",
        "The folder of receipts holds nothing else",
        "A JSON file that does not say that it is a receipt is passed over, as a file that is not there would be.",
        "Nothing is to be done. If it was a receipt, bring it back as the gate wrote it.",
        "info",
    ),
    made(
        "DATED_BEFORE",
        "What came in looks allowed at the time of its commit, too",
        "A push is judged at the time at which it arrives. Without a receipt, whoever looks back knows only the time "
        "that the last commit claims, which may lie before the window of the change or before its votes.",
        "Merge with a merge commit as the last step before the push: git merge --no-ff BRANCH.",
        "info",
    ),
    made(
        "RECEIPT_DENIED",
        "The receipt is of a verdict that let the head in",
        "A receipt is written whatever the outcome. What was denied is not to be deployed.",
        "Have the gate judge the head again once what it lacks is there: itsmctl gate --receipt FILE.",
    ),
    made(
        "RECEIPT_DIFFERS",
        "Judging the commits of the receipt again says the same",
        "A receipt is not signed, so it is believed only as far as its commits say the same once more, as of its time.",
        "Give --votes or --reviews where it had any, and the version of itsmctl that it names; else do not deploy.",
    ),
    made(
        "RECEIPT_OVER",
        "The verdict of the receipt still holds",
        "A verdict holds until its window, a vote, a key or a model ends, or a freeze begins. A merge in time that is "
        "deployed later is work outside of its window.",
        "Have a window agreed by a change, and judge again; an emergency has a way of its own.",
    ),
    made(
        "NOT_MERGED",
        "What is deployed is the merge result that was judged",
        "A receipt speaks for one merge result on one target, after one base. Other files were not judged with it.",
        "Give the receipt of the merge that is deployed, or name the commit that this one is about: --commit REF.",
    ),
    made(
        "NOT_MONOTONE",
        "No commit of the branch is older than what it follows",
        "History is replayed at the times that commits claim. A clock that runs back may be a mistake, or meant to "
        "bring a merge into a window.",
        "Keep the receipts of the gate, whose times are not the committer's, and give them with --receipts.",
        "warning",
    ),
    made(
        "NO_VERDICT",
        "Every merge of the branch can be judged",
        "A merge that cannot be judged may hold anything.",
        "Mend what the finding names; what is missing from a clone can be fetched.",
    ),
)

_BY_CODE = {rule.id: rule for rule in RULES}

OF_RECEIPTS = tuple(
    _BY_CODE[code] for code in ("RECEIPT_UNREADABLE", "RECEIPT_DENIED", "RECEIPT_DIFFERS", "RECEIPT_OVER", "NOT_MERGED")
)
"""What `receipt verify` says; the first, `audit history` as well."""

OF_HISTORY = tuple(
    _BY_CODE[code] for code in ("UNGATED_MERGE", "BACK_AND_FORTH", "NOT_DESCENDED", "NOT_MONOTONE", "NO_VERDICT")
)
"""What `audit history` alone says."""
