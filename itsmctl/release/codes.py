"""The codes of what is asked of a release, as rules that `itsmctl explain` explains. Texts only; decides nothing."""

from __future__ import annotations

from itsmctl.findings import Rule
from itsmctl.release import codes_of_rollouts
from itsmctl.release.codes_of_rollouts import made

RULES: tuple[Rule, ...] = (
    made(
        "RELEASE_UNSOUND",
        "The record of the release keeps to its schema",
        "What breaks its schema can be read in more than one way, and a release that is read in two ways is decided on "
        "by nobody.",
        "Mend what itsmctl validate reports on the record.",
    ),
    made(
        "RELEASE_STATE",
        "The release is in a state that fits the question",
        "Ready is asked of a release that was approved and is not on its way yet; done of one that is live. One that "
        "was taken back, or says itself that it failed, is not done, however well that went, nor once it was reviewed.",
        "Move spec.state on, or ask for the other stage.",
    ),
    made(
        "RELEASE_DUE",
        "All that falls due by the roll-out is written",
        "What nobody wrote before the roll-out is made up during it.",
        "Write the fields that are named. itsmctl explain Release shows what stands in them.",
    ),
    made(
        "RELEASE_RULES",
        "The rules on releases hold, as of the state that the stage leads to",
        "The same rules that itsmctl validate asks, without waiting for the state that they wait for: whoever decides "
        "on a roll-out wants to know before it what will be wrong in it. Recommendations count here as well. Rules and "
        "release policies are those of the commit that is asked of; a policy that is another than when the roll-out "
        "began is told. So is a waiver, which lifts a finding only where the gate let it in, and a rule that the "
        "settings have only told.",
        "itsmctl explain and the id of the rule that is named.",
    ),
    made(
        "RELIED_ON",
        "The records that the check relies on have no errors",
        "What itsmctl validate calls an error in a release policy, a change, an item, the test environment, a known "
        "error or a person that the release names, may be the very thing that makes the rest look well. What a waiver "
        "lifts is lifted here as well, where the gate let that in. What the calendar alone made an error since the "
        "roll-out was over, such as a review of a change that nobody held, is told.",
        "Mend what is named; itsmctl validate shows it, too.",
    ),
    made(
        "CHANGE_GONE",
        "Every change that the release lists is on record",
        "A release is a way for approved changes into use. One without changes, or with changes that nobody can read, "
        "carries what nobody approved.",
        "Correct spec.changes, or mend the change.",
    ),
    made(
        "CHANGE_STATE",
        "Every change is in a state that fits the stage",
        "Before the roll-out a change has been approved; after it its work is over, and went well. A review makes no "
        "success of one that failed, or was taken back. Whoever is said to have verified its outcome was still here.",
        "Move the change on, or take it out of the release.",
    ),
    made(
        "CHANGE_ELSEWHERE",
        "No change is in another release that is to bring it, or brought it",
        "A change is carried out once. If two releases list it, one of them promises what it does not bring, or says "
        "that it brought what another one did. One that was backed out, rejected or cancelled brought nothing, and is "
        "told where its time had come; its record stays, for what became of it is a part of the story of the change.",
        "Take it out of spec.changes of one of the two; put back the record of a release that was taken away.",
    ),
    made(
        "CHANGE_NOT_APPROVED",
        "Every change is approved by votes that count, whatever its fields say",
        "A change that is merged is judged as the gate would have judged its merge; one that is not, as if its work "
        "began with the roll-out, on the votes that stand now.",
        "itsmctl change show says who has to vote. What was merged without approval needs a change of its own.",
    ),
    made(
        "CHANGE_OWES",
        "No emergency change owes its review or its full vote",
        "An emergency goes ahead on one vote, and is decided on in full afterwards, by the day that the settings give.",
        "Have it voted on and reviewed before that day.",
    ),
    made(
        "EVIDENCE_GONE",
        "The votes on the changes are still there",
        "What was decided on a vote stays decided; but evidence that was taken away shows nobody any more who agreed. "
        "The gate lets no head take any away.",
        "Put back what was taken away: git log -- approvals/CHANGE shows the commit.",
    ),
    made(
        "CHANGE_NOT_LISTED",
        "Every change that altered an item since the baseline before is listed",
        "What came into the items between the baseline and now ships with the release, whether it is listed or not.",
        "List it in spec.changes, or freeze the baseline before after it.",
    ),
    made(
        "ITEM_NOT_COVERED",
        "No item was altered without a change since the baseline before",
        "An edit that no change covers was approved by nobody, and ships all the same.",
        "Take the edit back, or have a change approve it.",
    ),
    made(
        "ITEM_NOT_LISTED",
        "Every item that a change of the release alters is an item of the release",
        "What a change brings along ships with the release. If the release does not say so, nobody freezes it before, "
        "and nobody looks at it after.",
        "List it in spec.items, or make it a change of its own.",
    ),
    made(
        "ITEM_VERSION",
        "Every item is at the version that the stage asks for",
        "Before the roll-out an item is where it comes from, or already where it goes; after it, it is there. An item "
        "with a version whose move is not written down cannot be judged.",
        "Write from and to of the item, or merge the change that brings it there.",
    ),
    made(
        "ITEM_DIGEST",
        "What was accepted is what ships, as far as digests tell, from the build to the master copy",
        "All tests and decisions are about one build. Build, item and master copy each say which; where one of them is "
        "silent, nobody can tell. Where all are silent there is nothing to compare, and any build may ship: a release "
        "policy may say that none of its items has a digest, and why.",
        "Write the digest in spec.build.artefacts, spec.items and spec.master of the item; or have the release policy "
        "say why there is none.",
    ),
    made(
        "ITEM_MASTER",
        "Every master copy is in a library that is open",
        "A digest proves something about a copy that can be fetched.",
        "Name an active Library in spec.master.library of the item.",
    ),
    made(
        "BASELINE_BEFORE",
        "A baseline before the release is named, holds, and was agreed to",
        "It says what the release starts from, and is what it is held against afterwards. A snapshot is no base. What "
        "comes onto the branch, or is agreed to, after the roll-out began is a tale of what was before; an emergency "
        "is spared that.",
        "Freeze one with itsmctl baseline create before the first change is merged, and have somebody agree to it.",
    ),
    made(
        "BEFORE_DIFFERS",
        "That baseline holds every item as it was before the first merge of the release",
        "A baseline that was frozen too early or too late hides a part of what the release does. When the first merge "
        "was is read from the history of the branch.",
        "Freeze the baseline right before the first change of the release is merged.",
    ),
    made(
        "BASELINE_AFTER",
        "A baseline after the release is named, holds, and was agreed to",
        "The next release, the next audit and the next restore start from it. It is frozen from a commit of the branch "
        "itself: one that came with a merge hides what others merged meanwhile. One that came onto the branch before "
        "the release went live shows nothing of it.",
        "Freeze one with itsmctl baseline create once all is merged, and have somebody agree to it.",
    ),
    made(
        "AFTER_DIFFERS",
        "What differs between the two baselines is just what the release lists",
        "An item that did not move was not released; anything else that moved came with it unseen.",
        "Correct spec.items, or take back what does not belong to the release.",
    ),
    made(
        "BACKOUT_TARGET",
        "There is a way back, to a baseline that holds, or somebody accepted that there is none",
        "At night nobody wants to find out that what they go back to was never frozen, or is what they come from. It "
        "was frozen before the first merge of the release, with each item at the version that the release finds, and "
        "was there, agreed to, when the roll-out began. Whoever is to decide on it, or accepted that there is none, "
        "was here by then; the latter is a word in the record, and who wrote it is told.",
        "Name a baseline with every item in spec.backout.target, such as baseline_before, or write spec.remedy with "
        "accepted_by.",
    ),
    made(
        "SIGNOFF_LACKS",
        "Each stage of the release policy has its sign-off, in its turn, of somebody who held its role",
        "A stage that nobody with the authority closed is not over. Stages and roles come from the release policy, who "
        "held a role on the day from the role. A sign-off is a text in the record: who wrote it is told, and whether "
        "its person signed the commit. A policy may ask for that, with signed: true for a stage. All of it has to be "
        "on the branch before the roll-out begins, the role of who signed as well, and counts from when it stands "
        "there for good; a roll-out that began is not moved by what is written later (itsmctl explain READY_THEN). "
        "A delegate signs for somebody who was still here on the day, which is told, and so is a delegation that the "
        "gate did not let in. Renames of people and roles alter nothing.",
        "Have the stage signed off by a holder of one of its roles.",
    ),
    made(
        "SIGNOFF_BY_MAKER",
        "No stage that is to be independent was signed off by somebody who makes the changes",
        "Whoever built something sees what it should do. The release policy says of which stages that matters. There "
        "nobody who made the changes writes the sign-off of somebody else down, either, unless that person signed it. "
        "As a delegate of who holds the role, nobody who made them signs off any stage.",
        "Have somebody else sign the stage off, and write that down or sign the commit themselves.",
    ),
    made(
        "SIGNOFF_UNSIGNED",
        "Sign-offs are in commits that their persons signed, where the release policy asks for that",
        "Anybody who may commit can write a name. A signature over the commit, with a key of the Person record, before "
        "the roll-out begins, and over what ships now, is theirs.",
        "Have the person write the sign-off in a commit of their own that they sign: git commit -S.",
    ),
    made(
        "ACCEPTED_OTHER",
        "What ships is what was there when it was signed off",
        "A build or an item that is exchanged after acceptance was accepted by nobody, and so is another test "
        "environment, or another result of a test. Later stages may add tests. What was signed is read from the commit "
        "since which the sign-off stands there.",
        "Have what ships now signed off again, or put back what was accepted.",
    ),
    made(
        "KNOWN_ERROR_GONE",
        "Known errors that come with the release are on record, with a workaround",
        "On the first morning the service desk is asked about what testers already know.",
        "Write a KnownError with symptom and workaround.",
    ),
    made(
        "KNOWN_ERROR_UNLISTED",
        "Open known errors and problems of the release, its items and services are listed by it",
        "A release that does not say what is wrong with its items lets people think that nothing is. Services that "
        "name an item of it are its services, whether it lists them or not. What was found "
        "on a day after the roll-out, up to today, is another story; release notes list it all the same. One that was "
        "open with the release and was taken away, moved behind the roll-out, or is said to be over without what is "
        "due then, is open; one that is about something else by now is told.",
        "List a known error in spec.known_errors, a problem in spec.problems_closed or spec.problems_open, or with a "
        "known error of it.",
    ),
    made(
        "KNOWN_ERROR_OPEN",
        "What the release says that it fixes is fixed on record",
        "The service desk goes on telling people of a fault that is gone, or people are told that one is gone that is "
        "not.",
        "Set the known error to fixed, or move it to known_errors.carried.",
    ),
    made(
        "DOCUMENT_GONE",
        "Every document is a file of the commit",
        "Whoever has to take a release back needs the page, not its name. An address is taken, and nobody looks behind "
        "it; for training, test_evidence and authorisation a sentence will do. Both are told as what they are.",
        "Commit the document, with something in it, or correct its path in spec.documents.",
    ),
    made(
        "ITEM_ALTERED",
        "Every item and service is what the baseline after froze, or a change that the gate let through altered it",
        "The baseline after says what was released, and the tag is put on a commit: if an item is another one there, "
        "people fetch under the name of the release what nobody released. Content is compared, and not the version.",
        "Put back what was frozen, or have a change carry the edit out. What a change did since is told, and is fine.",
    ),
    made(
        "RELEASE_TAG",
        "The tag of the release, where there is one, says what the release says, on a commit of the branch",
        "A tag is what people fetch. It names the baseline after the release by its root, and the commit that was "
        "checked: one of the first-parent line of the target branch, which holds the release as done. Whether anybody "
        "signed it is told: a tag has no history, and a signature that was taken off is missed by nobody.",
        "Find out who made the tag; names of releases are used once.",
    ),
    made(
        "RELEASE_EDITED",
        "The record of the release is what was tagged, but for what its life cycle adds",
        "Whoever reads the record later takes it for what was checked and tagged. After the tag a release goes on to "
        "be reviewed and closed: its state, result and post_release are written; times, documents, sign-offs, "
        "agreements and links may be added where there were none. All else stays. Documents go on, and those that are "
        "other files than were tagged are told. So is what was altered since the roll-out began, the "
        "way back before all else.",
        "Put back what was tagged. A release that is made again gets another name.",
    ),
    *codes_of_rollouts.RULES,
)
"""Every code of a requirement that is no rule of its own."""

BY_CODE = {rule.id: rule for rule in RULES}
