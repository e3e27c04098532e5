"""Reason codes of what a head does as a whole: what it covers, its records, its law, its evidence. Texts only."""

from __future__ import annotations

from itsmctl.findings import Rule, Severity


def made(code: str, title: str, why: str, remedy: str, severity: Severity = "error") -> Rule:
    """A reason code as a rule. `title` is a sentence that holds when all is well."""
    return Rule(code, title, severity, why, remedy, "change-management", basis="house", tags=("gate",))


RULES: tuple[Rule, ...] = (
    made(
        "NOTHING_GOVERNED",
        "The head touches nothing that is governed",
        "Application code and documents outside of the governed root are none of the gate's business: they are let "
        "through, so that one repository can hold both.",
        "Nothing is to be done.",
        "info",
    ),
    made(
        "INSPECTION",
        "The merge result has no error that the base does not have",
        "A head is judged by what it leaves behind. An error that is merged is one that everybody after it inherits, "
        "and a file that cannot be read hides what it says from every rule.",
        "Mend what `itsmctl validate --since` the base reports on the branch, and commit that.",
    ),
    made(
        "LAW_UNUSABLE",
        "The settings, schemas and policies that the head brings can judge the next head",
        "The law of the base judges this head, and the law of the head judges whatever follows. If it cannot be "
        "loaded, nothing could be merged any more, its own repair included.",
        "Run `itsmctl validate` on the branch and mend itsm.yaml, schemas/ or policies/ as it says.",
    ),
    made(
        "CLASS_TOO_NEW",
        "An item is of a class that the base has",
        "A class says how its items are looked after, and who is asked about them. One that comes together with its "
        "first items would be decided on by those for whom it is convenient.",
        "Bring the CIType in a head of its own, with a change for it, and the items one merge later.",
    ),
    made(
        "ROSTER_UNUSABLE",
        "The persons that the head brings can be told apart",
        "A key, an address or an account that two persons claim is nobody's, and a key that cannot be read is none. "
        "A gate that finds such persons at the base judges nothing, the head that would mend it included.",
        "Take it away from one of the two in this head: itsmctl validate names the places. A key that signed stays "
        "with whom it was.",
    ),
    made(
        "NOT_COVERED",
        "Every controlled edit is an item of a change in play",
        "An edit that no change lists is one that nobody was asked about. A change is in play if the head adds or "
        "edits its record, or if a commit of the head names it in a trailer.",
        "List the record under spec.items of the change, or name the change in a commit, as a trailer Change: NAME.",
    ),
    made(
        "NOT_IMPLEMENTING",
        "An edit comes with a change that is being carried out",
        "Agreeing to a change and carrying it out are two things. Only a change that is implementing, or is being "
        "backed out, covers edits.",
        "Set spec.state of the change to implementing in the same head: itsmctl change implement NAME.",
    ),
    made(
        "CLAIMED_TWICE",
        "Exactly one change in play covers an edit",
        "If two changes claim the same edit, nobody can say whose votes let it in, nor which of the two to take back.",
        "Take the record out of the items of one of them, or bring the two in separate heads.",
    ),
    made(
        "ACTION_DIFFERS",
        "An edit does to a record what the item of the change says",
        "Who agreed that a record is changed did not agree that it is removed.",
        "Correct action of the item (change, add or remove), or do what it says.",
    ),
    made(
        "EVIDENCE_ALTERED",
        "Evidence and baselines are added to, and never altered or removed",
        "What was decided is on record for good. A vote that could be taken out of the repository by whoever it stands "
        "in the way of would be none.",
        "Put the files back as the base has them. To take back a vote, sign another: itsmctl change withdraw NAME.",
    ),
    made(
        "EVIDENCE_INVALID",
        "Every vote that a head brings verifies",
        "A file under approvals/ that proves nothing looks like a vote to people. So none gets in.",
        "Take the file away, and let its author sign anew: itsmctl change approve NAME.",
    ),
    made(
        "BASELINE_UNPROVEN",
        "A baseline that is added rebuilds to the same bytes",
        "A baseline is what later audits are held against. One that cannot be computed again from its commit says "
        "nothing of what was there.",
        "Make it again: itsmctl baseline create.",
    ),
    made(
        "KEY_REUSED",
        "A key belongs to one person for ever",
        "Signatures are traced to persons by their keys alone. A key that moved to somebody else would make old votes "
        "theirs.",
        "Take the key away from the second person, who makes one of their own: ssh-keygen -t ed25519.",
    ),
    made(
        "KEY_REMOVED",
        "A key that somebody signed with stays on record",
        "Without the key, what it signed can no longer be checked, and nothing stops somebody else from taking it.",
        "Keep the key, and write retired_at or compromised_since beside it.",
    ),
    made(
        "SERIAL",
        "The serial of a role, an approval rule or a freeze rises with each edit",
        "A former version is a valid one, and laxer perhaps. The serial tells a rollback from a decision.",
        "Write a serial higher than any before.",
    ),
    made(
        "NO_RULE",
        "An approval rule applies to whatever is changed",
        "What no rule speaks of, nobody decided how to decide. The gate takes that for a no.",
        "Add an ApprovalRule that applies, in a governance change that is merged before.",
    ),
    made(
        "RULE_ERROR",
        "Every approval rule can be applied",
        "A rule that errs may be the one that would have asked for more. So it stops what it might apply to.",
        "Mend the rule, or the record that it stumbles over, in a head of its own.",
    ),
    made(
        "TRANSITION",
        "A record moves through the states of its life cycle only by legal steps",
        "A state says what was done before. A step that is skipped is work that was not done, or not recorded.",
        "Set a state that may follow: itsmctl show KIND/NAME lists them.",
    ),
    made(
        "DUE",
        "All that falls due on the way to a state is present",
        "One head may take several steps of a life cycle, if what each of them asks for is there.",
        "Fill in the field that is named: itsmctl explain KIND says what belongs there.",
    ),
    made(
        "SKIPPED_IMPLEMENTING",
        "A change is carried out before it is called carried out",
        "The gate looks at edits, window and votes when a change is implementing at the base. A change that was never "
        "there has never been looked at.",
        "Merge it as implementing first, with what it alters; then what became of it.",
    ),
    made(
        "NO_LINK",
        "A change that failed or was taken back names the incident or problem that follows it up",
        "A failure that nobody looks into happens again.",
        "Name one in spec.links.incidents or spec.links.problems.",
    ),
    made(
        "CLOSED",
        "What is closed does not change",
        "Closed records are what audits and reports rely on. They are corrected by new records that refer to them.",
        "Take the edit back, and record what is new in another record.",
    ),
    made(
        "STILL_OWES",
        "An emergency is closed once it is paid for",
        "What is closed is looked at no more, and takes no further review. What it owes would hold back each change to "
        "the same services, for good. One that was closed past the gate may be paid.",
        "Leave it as it is, merge the votes and the review that it lacks, and close it after that.",
    ),
    made(
        "CLASS_FIXED",
        "The class and the model of a change stay as they are once its work has begun",
        "Limits, failure budgets and debts go by them: a change that could still become another one would owe nothing.",
        "Set the field back to what the base has.",
    ),
    made(
        "REMOVED",
        "Records of what happened stay",
        "A change, an incident or a review that can be taken away proves nothing while it is there.",
        "Put the file back; cancel or close the record instead.",
    ),
    made(
        "UNREADABLE",
        "Every record that a head brings can be read",
        "A file at the place of a record that is none hides what it says from every rule. Of a change it is as if it "
        "were not there: it covers nothing, and nobody can vote on it.",
        "See what is wrong with it, and where: itsmctl validate PATH. Mend that, and commit it.",
    ),
    made(
        "FORMERLY",
        "Former names are those that the record had, and none is given away",
        "History is looked up by them: what a record did as another would be forgotten, or told of somebody else.",
        "Set metadata.formerly back to what the base has; to rename a record, use itsmctl rename.",
    ),
    made(
        "ID_REUSED",
        "A name, once used, is never used again",
        "Votes, logs and people refer to records by their names. A second bearer of a name inherits what was meant for "
        "the first.",
        "Choose another name: itsmctl new makes one that is free.",
    ),
    made(
        "TAKEN_BACK",
        "No commit of the head leaves what the head takes back or does otherwise in the end",
        "Where a forge rebases or fast-forwards, each commit of a head stands at the target for a while; in any case "
        "it is in history for good, from which spent votes, used names, serials and paid debts are read. People agree "
        "to what the head comes to. So its commits alter governance only as it ends up, try nothing on a record that "
        "stays as it was, put nothing with a baseline that does not stay, and take no change through states that it "
        "does not come from. Several commits on one record of another kind are fine; while an emergency owes "
        "something, which is paid by what stands at a commit, those on controlled records are not, nor several on "
        "governance. So with what votes on the emergency are on, where somebody voted on what a commit alone says, and "
        "with a vote that a later commit says something against.",
        "Make one commit of it, on the base, as the gate's finding says: git merge --squash does it. Votes hold on it "
        "as they did.",
    ),
    made(
        "BASE_ASIDE",
        "What history goes by follows the base by first parents",
        "Merging the base into a branch brings it up to date. If that branch is then put in the place of the base as "
        "it is, by a fast-forward, its own commits stand in the line of the target, and what the target did since "
        "stands beside it. An emergency's debt is paid by what stood at a landing; limits count landings; and what is "
        "taken back, or was failed, is what landed. So such a head may not be about what an emergency owes, nor may "
        "history tell otherwise after it what changes of the base did, what they owe, and when. Other heads may bring "
        "themselves up to date so.",
        "Merge it into the base, and bring that, as the gate's finding says: git merge --no-ff. Votes hold on it as "
        "they did.",
    ),
    made(
        "BY_ITS_DATES",
        "A debt is paid by votes that count when they land",
        "Whoever commits writes the date themselves, and a head that is fast-forwarded lands with the dates of its "
        "commits. Votes that had run out by the time that it lands, or whose voters had left their roles, would pay "
        "what an emergency owes all the same.",
        "Merge it into the base today, and bring that, as the gate's finding says; or have those vote whose votes "
        "count.",
    ),
    made(
        "PLACE_TAKEN",
        "Nothing stands in the place of what is governed, or looks like it",
        "A path that differs in letter case alone, or a link in the place of a folder, is one file on one machine and "
        "another on the next. What was judged would not be what is read. So with a second itsm.yaml above or below the "
        "governed folder: which of the two decides would depend on the folder that one stands in.",
        "Call it something else; another governed folder has its place beside this one.",
    ),
    made(
        "FROM_THE_FUTURE",
        "No commit of the head says that it is yet to be made",
        "History tells when work began. A date that is still to come would let a change look younger than it is.",
        "Set the clock right, and commit anew: git rebase --force-rebase BASE gives each commit the date of today.",
    ),
    made(
        "UNSIGNED",
        "Where settings require it, each commit is signed by whom it names",
        "git takes any name for an author. Where commits need no signature, which is what holds if itsm.yaml says "
        "nothing, somebody may commit in another's name, and then vote on it as if they had no hand in it. With "
        "commit_signatures: required the key tells who it was.",
        "Sign as yourself: git rebase --force-rebase --gpg-sign COMMIT^ does so from a commit on. Once for all: git "
        "config commit.gpgsign true.",
    ),
    made(
        "UNREAD",
        "Only statements and their signatures stand under approvals/",
        "What nobody reads there looks like evidence to people.",
        "Take the file away, or put it elsewhere.",
    ),
)
