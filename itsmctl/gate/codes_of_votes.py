"""Reason codes of one vote: why it does not count, or not for this. Texts only."""

from __future__ import annotations

from functools import partial

from itsmctl.findings import Rule
from itsmctl.gate import codes_of_heads

_made = partial(codes_of_heads.made, severity="info")

RULES: tuple[Rule, ...] = (
    codes_of_heads.made(
        "UNKNOWN",
        "Every hand in a change, and every vote, is that of a person at the base",
        "Addresses, keys and accounts are traced to the persons at the base. Nobody can say of a stranger that they "
        "did not vote on their own work. A forge commits what others wrote when its merge button squashes or rebases: "
        "that address stands in carriers of itsm.yaml (GitHub's is noreply@github.com), and hides no author.",
        "Add the address, key or account to a Person, or that of a forge to carriers, in a governance change merged "
        "before.",
    ),
    _made(
        "VOTE_ELSEWHERE",
        "The vote that lets an emergency go ahead lands with it",
        "What an emergency did, and therefore owes, is told later on by the statement that let it go ahead. One that "
        "is only handed over, or was taken out of the head again, tells nobody anything.",
        "Bring the statement and its .sig into approvals/NAME/ with the head, or sign again there: itsmctl change "
        "approve NAME.",
    ),
    _made(
        "CONTRIBUTOR",
        "Nobody votes on a change that they had a hand in",
        "Four eyes see more than two only if they belong to two people. Authors, committers, co-authors, signers, the "
        "requester, the implementers and whoever opened the pull request had a hand in it. A commit of evidence alone "
        "makes nobody a contributor; a squash of it with the work does (SQUASHED).",
        "Let somebody else vote. Merge a branch that holds votes with a merge commit, not by a squash of the forge.",
    ),
    _made(
        "SQUASHED",
        "Votes are not squashed with the work that they are on",
        "The button of a forge that squashes names the author of each commit of the branch as a co-author, that of a "
        "commit which only brings a vote as well, or whoever pressed it as the committer. From the one commit that is "
        "left nobody can tell who had a hand in the work, so the vote counts no more. The pull request keeps the "
        "commits: look at them; a later vote mends the change, and the look back begins after the squash then (itsmctl "
        "audit history COMMIT..REF).",
        "Allow merge commits alone, in merge queues, too. After such a merge, let somebody else vote: itsmctl change "
        "approve NAME.",
    ),
    _made(
        "DELEGATE_OF_CONTRIBUTOR",
        "Nobody votes on a change of whom they stand in for, or who stands in for them",
        "While a delegation is in force, the two of them are one voice.",
        "Let somebody else vote.",
    ),
    _made(
        "OWN_ENTRY",
        "Nobody votes on a head that alters their own entry",
        "Whoever is given a role, a key or an end date by the head has a stake in it.",
        "Let somebody else vote.",
    ),
    codes_of_heads.made(
        "NO_CONSENT",
        "Nobody hands another's vote over",
        "A delegation lets one person vote in another's place. Its delegator says so with a vote of their own on the "
        "change that brings it, even where they made that change; the vote of the delegate, who is let vote by it, "
        "does not count. To end one, or to shorten it, needs no such word. For delegators who are away already, "
        "delegation.without_delegator: true in itsm.yaml lets two other holders of each role agree in their place.",
        "Have the delegator run: itsmctl change approve NAME.",
    ),
    _made(
        "STALE",
        "A vote is on what is decided today",
        "The vote was on other content: a record that the change covers was edited since, the base moved that record, "
        "or the change itself now says something else. The field that moved stands beside it.",
        "Look at what moved, and vote again: itsmctl change approve NAME.",
    ),
    _made(
        "RETARGETED",
        "A vote is for the branch and the repository that the head goes to",
        "Who agreed to a change for one branch was not asked about another.",
        "Vote again, for this branch.",
    ),
    _made(
        "UNVERIFIABLE",
        "It can be told what a review was on",
        "The commit that was reviewed is no longer there, or the forge does not say which it was.",
        "Review again, on the head as it is now.",
    ),
    _made(
        "NOT_SUBMITTED",
        "A vote is cast once the change is submitted",
        "While a change is a draft, anything in it may still move.",
        "Vote again on what was submitted.",
    ),
    _made("EXPIRED", "A vote has not expired", "Whoever voted said until when it counts.", "Vote again."),
    _made(
        "EXPIRED_KEY",
        "The key of a vote counts today",
        "Keys are held against the time of the gate, never against the date that a vote claims: whoever finds an old "
        "key can write any date.",
        "Vote again with a key that counts.",
    ),
    _made(
        "REVOKED",
        "The key of a vote was nobody else's",
        "Once a key is known to have been in other hands, nothing that it ever signed can be told from theirs.",
        "Vote again with another key.",
    ),
    _made(
        "BOT",
        "Votes are those of humans",
        "A bot does what it was made to do; it answers for nothing.",
        "Let a person vote.",
    ),
    _made(
        "INACTIVE",
        "Whoever votes is active at the base",
        "People leave, and their keys stay. The dates of their Person record decide.",
        "Let somebody vote who is there, or correct the record in a governance change merged before.",
    ),
    _made(
        "TIER_TOO_LOW",
        "A vote is as strong as the rule asks for",
        "A signed statement proves more than a review on a forge, and that more than an exported file.",
        "Sign the vote: itsmctl change approve NAME.",
    ),
    _made(
        "OTHER_LINES",
        "Votes that count together are on the same lines",
        "Two people who agreed to two different things have not agreed.",
        "Vote again on the lines as they are now.",
    ),
    _made(
        "NO_ROLE",
        "Whoever votes is one of those whom the rule asks for",
        "The rule asks for holders of a role, or for owners of what is changed.",
        "Let somebody vote who holds the role; name it with --role, or none.",
    ),
    _made(
        "ONE_VOTE",
        "A delegate and whom they stand in for are one vote",
        "Else one person could vote twice, by naming a deputy.",
        "Let somebody else vote.",
    ),
    _made(
        "SUPERSEDED",
        "A vote is the latest of that person",
        "Who decides anew replaces what they said before.",
        "Nothing is to be done: the later vote decides.",
    ),
    _made(
        "FORKED",
        "The votes of a person on a change form one line",
        "Each vote names the one before it. Where two follow the same one, nobody can say which is the last, so none "
        "of the approvals counts.",
        "Bring the statements that are missing, or let somebody else vote.",
    ),
    _made(
        "WITHDRAWN",
        "An approval was not taken back",
        "Everybody may change their mind, at any time.",
        "Let somebody else vote, or ask that person to vote again.",
    ),
    _made(
        "REJECTED",
        "Who approved did not reject since",
        "The same person rejected later, or with stronger evidence.",
        "Talk to that person, who may vote again.",
    ),
    _made(
        "REJECT",
        "Nobody rejects the change",
        "A reject is no approval. It stops the change only where it comes from a veto role.",
        "Talk to that person.",
    ),
    _made(
        "WITHDRAW",
        "Nobody takes an approval back",
        "It takes back what the same person approved before, and says nothing else.",
        "Nothing is to be done.",
    ),
    _made(
        "MALFORMED",
        "A signed vote can be read",
        "What was signed is no statement that says which change it is on, or not the one that it claims.",
        "Sign anew with itsmctl change approve NAME.",
    ),
    _made(
        "BAD_SIGNATURE",
        "The signature of a vote is over its very bytes",
        "Without that, anybody could have written it.",
        "Sign anew with itsmctl change approve NAME, and commit both files as they are.",
    ),
    _made(
        "MISPLACED",
        "A vote stands where its own content says",
        "Its path holds the change, the person and its digest, so that no two can take each other's place.",
        "Put it there, or sign anew with itsmctl change approve NAME.",
    ),
    _made(
        "NOT_THEIRS",
        "A vote names the person whose key signed it",
        "Who votes is whoever holds the key at the base. A statement can only disagree with that.",
        "Let each sign with a key of their own.",
    ),
    _made(
        "NOT_YET",
        "A vote is not from the future",
        "A date that is yet to come is wrong, or meant to outlive something.",
        "Set the clock right, and vote again.",
    ),
)
