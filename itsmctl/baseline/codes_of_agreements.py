"""Codes of agreements to a baseline, of signatures, and of its tag. Texts only."""

from __future__ import annotations

from itsmctl.baseline.codes_of_files import made
from itsmctl.findings import Rule

_AGREE = "Have somebody agree who did not make it and holds one of the two roles: itsmctl baseline approve NAME."
_SIGN = "Have it signed by a release-manager or configuration-manager, with the key of their Person record."
_TAG = "Find out who made the tag. To take it away: git tag -d TAG; to make it again: itsmctl baseline tag NAME."

_AGREEMENTS = (
    made(
        "NOT_AGREED",
        "A release-manager or configuration-manager who did not make it agrees to the baseline",
        "Until then it is a snapshot: it says what was there, and nobody stands for it. It is no base for a release.",
        _AGREE,
    ),
    made(
        "BASE_NOT_AGREED",
        "Somebody agreed to the baseline that this one takes the place of",
        "A baseline that takes the place of a mere snapshot stands on something that nobody ever agreed to.",
        "Have the one that is named agreed to: itsmctl baseline approve NAME.",
    ),
    made(
        "BASE_BROKEN",
        "The baseline that this one takes the place of holds",
        "What is added to a baseline whose agreement is gone or stolen, or whose name meant something else before, "
        "stands on nothing.",
        "itsmctl baseline verify NAME, of the one that is named, tells more. If nothing mends it: freeze this one "
        "anew, under another name, with --supersedes one that holds, or without.",
    ),
    made(
        "MAKER",
        "Whoever agrees did not make the baseline",
        "Who freezes and who agrees are two persons, so that one alone cannot pass off anything as agreed.",
        _AGREE,
        "warning",
    ),
    made(
        "MAKER_UNKNOWN",
        "Whoever made the baseline is a Person on record at the commit",
        "If the maker's address and key are nobody's, they may be the very person who agreed. Where the settings allow "
        "outside authors, one beside a Person is a warning.",
        "Have the baseline made again, under another name, by somebody whose address and key are on record.",
        "warning",
    ),
    made(
        "BAD_SIGNATURE",
        "The signature beside an agreement is over its bytes",
        "Without a good signature an agreement is a text that anybody could have written.",
        "Bring both files as they were signed, or have it agreed to again.",
    ),
    made(
        "UNKNOWN",
        "The key that signed an agreement is that of one Person at the commit",
        "What is signed with a key that is nobody's, or two persons', speaks for nobody.",
        "Add the key to a Person record; it counts for what is frozen from then on.",
    ),
    made(
        "MALFORMED",
        "An agreement that was signed can be read",
        "What cannot be read in exactly one way agrees to nothing.",
        _AGREE,
    ),
    made(
        "NOT_THEIRS",
        "An agreement is signed by the person that it names",
        "One person's agreement under another's key is somebody else's word.",
        _AGREE,
    ),
    made(
        "OTHER_BASELINE",
        "An agreement is about the bytes of this baseline as they are",
        "Whoever agreed saw other bytes. What stands there today is not what they agreed to.",
        "Put back what was agreed to, or have it agreed to again.",
    ),
    made(
        "AGREEMENT_REMOVED",
        "An agreement that was given once is there still",
        "Whoever takes an agreement away hides who stood for the baseline, or that somebody's word did not hold. One "
        "that counted, or did before its key was revoked, is an error, one that had ended a warning. What was never "
        "good is noise, which anybody can make: a note.",
        "Put it back with the command that the finding shows, or freeze again under another name.",
    ),
    made(
        "KEY_REVOKED",
        "The key of an agreement or signature was never somebody else's, too",
        "Nothing that a compromised key ever signed counts: nobody can tell who signed it, and when. A revocation that "
        "was written once stays, whoever takes the line out of the record again.",
        "Have it signed again, with another key.",
    ),
    made(
        "EXPIRED_KEY",
        "The key of an agreement to a baseline counted when it signed, and when it came onto the line",
        "A Person record says from when and until when a key counts. Before and after, it may be anybody's. What came "
        "onto the line after the end is not taken at its own word that it was made before.",
        "Agree again, with a key that counts.",
        "warning",
    ),
    made(
        "TIME",
        "An agreement was given between the commit that was frozen and now",
        "One from before the commit cannot be about it, and one from the future has a wrong clock behind it.",
        "Set the clock right, and agree again.",
        "warning",
    ),
    made(
        "ROLE_WRONG",
        "Whoever agrees or signs holds one of the two roles at the commit that was frozen",
        "Releases and configurations are agreed to by who answers for them: release-manager or "
        "configuration-manager. Roles are read at the commit, so that nobody makes themselves one afterwards.",
        "Have somebody agree who held the role then; or give the role, and freeze again under another name.",
    ),
    made(
        "ROLE_ENDED",
        "Whoever agrees or signs still holds the role when they do",
        "Who left, or gave the role away, does not speak in it any more. The last day stands in the records of today; "
        "of what ended without a date, the tree counts with which both statement and signature were there first. "
        "What was signed before goes on counting; what came onto the line after the end is not taken at its own word "
        "that it was.",
        "Have somebody agree or sign who holds one of the two roles, then and now.",
        "warning",
    ),
)


def _signatures(word: str, what: str, remedy: str) -> tuple[Rule, ...]:
    """The codes of a signature that does not count, by what is signed."""
    return (
        made(
            f"{word}_BAD",
            f"The signature of {what} is over its bytes",
            "A signature that does not fit says that something was altered after it, or that it is of something else.",
            remedy,
        ),
        made(
            f"{word}_UNKNOWN",
            f"The key that signed {what} is that of one Person at the commit that was frozen",
            "What is signed with a key that is nobody's, or two persons', speaks for nobody.",
            remedy,
        ),
        made(
            f"{word}_KEY",
            f"The key that signed {what} counted when it signed",
            "A Person record says from when and until when a key counts. Before and after, it may be anybody's.",
            remedy,
        ),
    )


_TAGS = (
    made(
        "TAG_GONE",
        "The baseline has its tag",
        "The tag baseline/NAME or release/NAME names the commit in every clone. Without one a baseline holds all the "
        "same; with --tagged it has to have one.",
        "itsmctl baseline tag NAME, once somebody has agreed to it. A clone without tags: git fetch --tags.",
        "info",
    ),
    made(
        "TAG_PLAIN",
        "The tag is an object of its own",
        "A tag without an object of its own holds no words: neither who made it nor of which root it is.",
        _TAG,
    ),
    made(
        "TAG_RENAMED",
        "The tag is the one that it says it is",
        "A tag object holds its own name. Under another name it was put in the place of another.",
        _TAG,
    ),
    made(
        "TAG_MOVED",
        "The tag is on the commit that adds the baseline",
        "Such a tag says where a baseline came in. On another commit it shows something else under the same name.",
        _TAG,
    ),
    made(
        "TAG_DIFFERS",
        "The tag names the commit and root that the manifest names",
        "Whoever looks at the tag alone would take something else for the baseline.",
        _TAG,
    ),
)

RULES: tuple[Rule, ...] = (
    *_AGREEMENTS,
    *_signatures("SIGNATURE", "the statement", _SIGN),
    made(
        "SIGNATURE_REMOVED",
        "A statement that was signed once is signed still",
        "Whoever takes a signature off hides who stood for the statement. Where somebody agreed to the baseline, it is "
        "an error, else a warning. What stood there and was never the signature of one who may sign is a note.",
        "Put it back with the command that the finding shows.",
    ),
    *_signatures("TAG_SIGNATURE", "the tag", _SIGN),
    *_TAGS,
    made(
        "TAG_BESIDE",
        "No other tag goes by the name of the baseline",
        "A tag baseline/NAME or release/NAME, in whatever letters, is taken for that of the baseline by who looks at "
        "tags alone.",
        _TAG,
        "warning",
    ),
    made(
        "TAG_UNSIGNED",
        "The tag of a baseline is signed",
        "Tags have no history: nobody can tell whether one was signed before, or who put it there. Where the statement "
        "is, or was, signed, a tag without a signature may be another one, and that is a warning; else it is told.",
        "Find out who made the tag. To take it away: git tag -d TAG; to have it made again, signed: itsmctl baseline "
        "tag NAME --sign, or of a release, itsmctl release tag NAME --sign.",
        "warning",
    ),
)
