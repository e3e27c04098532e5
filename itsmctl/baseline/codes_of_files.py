"""Codes of a baseline's own files, its commit, its history and its predecessors. Texts only."""

from __future__ import annotations

from itsmctl.findings import Rule, Severity


def made(code: str, title: str, why: str, remedy: str, severity: Severity = "error") -> Rule:
    """A code as a rule. `title` is a sentence that holds when all is well; info is what `verify` calls a note."""
    process = "configuration-management"
    return Rule(code, title, severity, why, remedy, process, basis="house", tags=("baseline",))


_RESTORE = "git log -- PATH shows who edited it; put back what was agreed to, from a commit before."

RULES: tuple[Rule, ...] = (
    made(
        "NAME_INVALID",
        "A baseline has a name that can be the name of a folder anywhere",
        "The name is a folder in git and part of a tag, and stands in what people sign.",
        "Use letters, digits, single dots or dashes.",
    ),
    made(
        "MANIFEST_GONE",
        "The folder of a baseline holds its manifest, baseline.json",
        "All else in the folder is made from the manifest, or signed over it; without it there is nothing to compare.",
        "itsmctl baseline list shows what there is. One that was deleted is in an earlier commit.",
    ),
    made(
        "MANIFEST_MALFORMED",
        "The manifest, baseline.json, can be read in one way",
        "What can be read in two ways could show one thing to the reader and another to the program.",
        _RESTORE,
    ),
    made(
        "MANIFEST_EDITED",
        "The manifest is, byte for byte, what its commit gives",
        "The manifest is worth as much as the commit that it can be made from again. One edit, and it is a claim.",
        _RESTORE,
    ),
    made(
        "FORM_UNKNOWN",
        "The manifest is written in a form of canonical JSON that this version knows",
        "Digests of another form cannot be computed again, so nothing about them can be told.",
        "Install the version that the finding names, or a later one.",
    ),
    made(
        "PACK_DIFFERS",
        "The baseline can be compared in full, under the schemas and policies that it was made under",
        "Which rules held at the commit is part of a baseline. Under other rules that part cannot be made again, and "
        "what was not compared is not known to be right: it is the word of whoever wrote it, and which version that "
        "was, it says of itself. Where somebody agreed to these very bytes it is a warning, and it is theirs.",
        "Install the version that the finding names, or that the baseline names, and verify with it.",
    ),
    made(
        "NOT_REBUILT",
        "The commit that was frozen can be frozen again",
        "If it cannot, for instance because a file cannot be read, nobody can tell whether the manifest is of it.",
        "Mend what the finding names: a missing object is fetched, a newer version installed.",
    ),
    made(
        "TOOL_DIFFERS",
        "The version that wrote the baseline is the one that verifies it",
        "With equal schemas and policies another version comes to the same bytes; the name of the version in the "
        "manifest is taken from there.",
        "Nothing is to be done.",
        "info",
    ),
    made(
        "HISTORY_REWRITTEN",
        "The commit that was frozen is there, below the commit that adds the baseline",
        "A baseline says what was at a commit. Where that commit is not in the history any more, that history was "
        "rewritten, or is not all here.",
        "Fetch all of history. If the commit stays away, find out who rewrote it; it is in an older clone.",
    ),
    made(
        "ROOT_DIFFERS",
        "The root of the manifest is the root of its items",
        "The root is what people agree to and tags name. One that its items do not give stands for nothing.",
        _RESTORE,
    ),
    made(
        "ITEM_DIFFERS",
        "Every item of the manifest is what its file holds at the commit",
        "An item that says something else than the record that was frozen was altered afterwards.",
        _RESTORE,
    ),
    made(
        "FILE_GONE",
        "All files are there that are made with a manifest",
        "Notes, bill of materials and statement are made from the manifest, and others rely on finding them.",
        _RESTORE,
    ),
    made(
        "FILE_EDITED",
        "The files beside the manifest are what it gives",
        "People read the notes and programs the bill of materials. If they say something else than what was agreed "
        "to, whoever relies on them is misled.",
        _RESTORE,
    ),
    made(
        "FILE_UNEXPECTED",
        "Nothing else stands in the folder of a baseline",
        "What lies in the folder looks as if it were part of what was agreed to.",
        "Take it away, or give it a place outside of baselines/.",
    ),
    made(
        "OBJECT_REPLACED",
        "No object of git has a stand-in",
        "git replace makes commands of git show another object under the same id. itsmctl is not deceived by it; "
        "whoever looks with git alone is. An object whose bytes were written over under its own id is refused where it "
        "is read here as a whole; git fsck looks at every one.",
        "git replace --delete and the id that is named.",
    ),
    made(
        "GRAFTED",
        "Commits have the parents that they say",
        "A grafts file makes git show another history than the commits have.",
        "Remove .git/info/grafts.",
    ),
    made(
        "NOT_COMMITTED",
        "A commit adds the manifest",
        "A manifest that no commit of the branch brought in cannot be traced to whoever made it.",
        "git fsck tells more about a repository that lacks a part of its history.",
    ),
    made(
        "NAME_REUSED",
        "A baseline is added once, and its name is never used again",
        "Agreements, tags and releases name a baseline by its name. If that stood for two things, nobody could tell "
        "which of them was meant. Of names that differ in upper and lower case, one that came later and is gone takes "
        "nothing from the first: a note.",
        "Put the first one back, and give the later one a name of its own.",
    ),
    made(
        "CHAIN_LOOPS",
        "No baseline takes the place of itself",
        "Each baseline may name the one that it takes the place of; a chain that comes back to where it began was "
        "not made by freezing.",
        _RESTORE,
    ),
    made(
        "FORKED",
        "No other baseline takes the place of the same one",
        "Where two take the place of one, both may hold: which of them stands, the release says, or whoever agreed.",
        "Name the one that is meant in spec.baseline_after of the release.",
        "info",
    ),
    made(
        "OFF_LINE",
        "The branch itself stood at the commit that was frozen",
        "A commit that came with a merge is history, and no state that the branch ever had: what others merged in the "
        "meantime is not in it. The gate lets no such baseline in, and no release rests on one.",
        "Freeze a commit of the branch, under another name: git log --first-parent lists them.",
        "warning",
    ),
    made(
        "PREDECESSOR_GONE",
        "The baseline that this one takes the place of is there",
        "What a baseline adds and alters is said as against the one before it. Old ones are kept.",
        "Put it back: git log -- baselines/NAME shows who took it away.",
    ),
    made(
        "PREDECESSOR_ALTERED",
        "The baseline that this one takes the place of is as it was then, and what its commit gives",
        "This one names the root of the one before it. With another root there, the two do not fit together.",
        "Put back what was agreed to.",
    ),
)
