"""`itsmctl release …`: is it ready, is it done, its notes, its tag. Reads the command line, calls the rooms, prints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from itsmctl.cli import completing, options, say

if TYPE_CHECKING:
    from itsmctl.release.requirement import Checked, Stage

_ABOUT = "Check a release before and after it; write notes; tag it."

_GROUP = f"""{_ABOUT}

A release brings approved changes into use together. What is checked are commits, votes and baselines, never the work
tree: what cannot be told is not met.

From plan to tag: freeze what there is before the first change is merged, and name that in baseline_before; check that
it is ready; roll out; freeze what there is now (--supersedes names the one before), name that in baseline_after, and
set the state to live; check that it is done; tag it. Where the gate is on, what a release names has to be on the branch
before it: merge the drafts of its changes first, then the release that lists them, as planned; it becomes approved once
its changes are. As commands:

  itsmctl baseline create koha-2027-01 --release koha-26.05

  itsmctl baseline approve koha-2027-01

  itsmctl release check koha-26.05 --stage ready

  itsmctl baseline create koha-2027-01-17 --release koha-26.05 --supersedes koha-2027-01

  itsmctl baseline approve koha-2027-01-17

  itsmctl release check koha-26.05 --stage done

  itsmctl release tag koha-26.05 --sign
"""

_CHECK = """Hold a release against all that it has to meet: before its roll-out (ready), or after it (done).

Changes approved by votes that count, and in no other release; items at their versions, with the digests that were
accepted; a baseline before that holds every item as it was; sign-offs in order; known errors on record; a way back;
windows and freezes. Once it is done, also a baseline after, which differs by just what the release lists.

What an emergency release may bring later is owed, and told with its day. What came before what is told by the times of
commits, which are the word of who committed: git knows no others. Each code explains itself: itsmctl explain
CHANGE_NOT_APPROVED.

Examples:

  itsmctl release check koha-26.05 --stage ready

  itsmctl release check koha-26.05 --stage done -f markdown

Exit codes: 0 all is met, 1 something is not, 2 usage, 3 cannot judge.
"""

_NOTES = """Write the notes of a release, as Markdown: for users, for operations, or for support.

Users read what is new and what is repaired; operations versions, digests, times and the way back; support known errors
with their workarounds, and whom to call. The same commit gives the same text.

Examples:

  itsmctl release notes koha-26.05

  itsmctl release notes koha-26.05 --audience operations
"""

_TAG = """Check that a release is done, and tag the commit: release/NAME.

Nothing is tagged that does not pass. The tag names the release, the commit, and the roots of its two baselines. A tag
that is there is never moved, and it is of now: no other time can be given, and ITSMCTL_AS_OF has no say. With --rev an
older commit of the branch is tagged, if the release holds at the tip of the branch, too. It stays in this repository
until you send it: git push origin refs/tags/release/NAME.

Sign it at once: one that is there without a signature has to be taken away first, and nobody can tell it from another.

Example:

  itsmctl release tag koha-26.05 --sign
"""

Name = Annotated[
    str,
    typer.Argument(metavar="NAME", help="The release, like koha-26.05.", autocompletion=completing.releases),
]
Rev = Annotated[str, typer.Option("--rev", metavar="REF", help="The commit to read.")]


def register(app: typer.Typer) -> None:
    """Add the group to the app."""
    group = say.group(_GROUP)
    group.command("check", help=_CHECK, short_help="Is it ready, is it done?")(check)
    group.command("notes", help=_NOTES, short_help="Write its notes, as Markdown.")(notes)
    group.command("tag", help=_TAG, short_help="Tag it, once it is done.")(tag)
    app.add_typer(group, name="release", help=_GROUP, short_help=_ABOUT)


def check(
    name: Name,
    stage: Annotated[str, typer.Option("--stage", metavar="STAGE", help="ready: before the roll-out. done: after it.")],
    rev: Rev = "HEAD",
    as_of: options.AsOf = None,
    shape: Annotated[str, typer.Option("--format", "-f", metavar="NAME", help="text, json or markdown.")] = "text",
    root: options.Root = None,
) -> int:
    """See _CHECK."""
    from itsmctl.cli import freezer
    from itsmctl.release import checking

    say.check(shape, ("text", "json", "markdown"))
    wanted = _stage(stage)
    with freezer.opened(root, rev, as_of) as place:
        found = checking.check(place, name, wanted)
    _tell(found, shape)
    return 0 if found.passes else 1


def notes(
    name: Name,
    audience: Annotated[str, typer.Option("--audience", metavar="WHO", help="users, operations or support.")] = "users",
    rev: Rev = "HEAD",
    root: options.Root = None,
) -> int:
    """See _NOTES."""
    from itsmctl.cli import freezer
    from itsmctl.errors import Misuse
    from itsmctl.nearest import did_you_mean
    from itsmctl.release import notes as room

    if audience not in room.AUDIENCES:
        guess = did_you_mean(audience, room.AUDIENCES)
        says = f"no audience is called {audience!r}" + (f": {guess}" if guess else "")
        raise Misuse(says, f"Audiences: {', '.join(room.AUDIENCES)}")
    with freezer.opened(root, rev) as place:
        return say.put(room.read(place, name, audience))


def tag(
    name: Name,
    rev: Rev = "HEAD",
    sign: Annotated[bool, typer.Option("--sign", help="Sign it with your SSH key.")] = False,
    key: Annotated[
        Path | None,
        typer.Option(
            "--key", metavar="FILE", help="Private key, or .pub of a key in ssh-agent. Default: your key there."
        ),
    ] = None,
    root: options.Root = None,
) -> int:
    """See _TAG."""
    from itsmctl.cli import freezer
    from itsmctl.release import checking, nowadays, tagging

    with freezer.opened(root, rev) as place:
        target = str(place.law(place.tip).settings.data.get("target", "refs/heads/main"))
        tagging.refuse_other(place, target)
        found = checking.check(place, name, "done")
        tagging.refuse_taken(place.repo, found.record.name)
        if not found.passes:
            _tell(found, "text")
            say.put(f"\n{found.record.name} is not tagged: nothing is tagged that does not pass.\n")
            return 1
        here, *later = nowadays.places(place, target)
        for there in later:
            now = nowadays.check(there, found)
            if not now.passes:
                _tell(now, "text")
                tip = f"{there.tip.label}, {now.commit[:7]}"
                says = f"a tag is made now, and this does not hold at the tip of {tip}"
                say.put(f"\n{found.record.name} is not tagged at {found.commit[:7]}: {says}.\n")
                return 1
            here = there
        made = freezer.tag_release(here, found, sign, key)
        return say.put(f"tagged {found.commit[:7]} as {made}\n")


def _stage(word: str) -> Stage:
    from itsmctl.errors import Misuse
    from itsmctl.nearest import did_you_mean
    from itsmctl.release.requirement import STAGES

    for one in STAGES:
        if word == one:
            return one
    guess = did_you_mean(word, STAGES)
    raise Misuse(f"no stage is called {word!r}" + (f": {guess}" if guess else ""), f"Stages: {', '.join(STAGES)}")


def _tell(found: Checked, shape: str) -> None:
    from itsmctl.escape import json_text
    from itsmctl.release import telling

    if shape == "json":
        say.put(json_text(telling.data(found)))
    else:
        say.put(telling.markdown(found) if shape == "markdown" else telling.text(found, say.width()))
