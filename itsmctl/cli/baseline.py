"""`itsmctl baseline …`: freeze, agree, verify, compare. Reads the command line, calls the desk, commits, prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from itsmctl.cli import auditing, options, say

_ABOUT = "Freeze records; verify and compare what is frozen."

_GROUP = f"""{_ABOUT}

A baseline is a set of records at a commit, agreed to and written down so that anybody can rebuild it. One that nobody
agreed to yet is a snapshot. Who agrees holds the role release-manager or configuration-manager at the commit that is
frozen: write that Role first, and commit it.

From the first to the last step, the second by somebody else:

  itsmctl baseline create koha-2026-06 --scope Service/catalogue

  itsmctl baseline approve koha-2026-06

  itsmctl baseline verify koha-2026-06

  itsmctl baseline tag koha-2026-06 --sign
"""

_CREATE = """Freeze the records of a commit: write baselines/NAME/ and commit it on the current branch.

Reads the commit, never the work tree. What is frozen can be rebuilt from git by anybody, byte by byte. Until a
release-manager or configuration-manager who did not make it agrees (itsmctl baseline approve), it is a snapshot.

With --sign, the statement about it is signed with your SSH key, which has to be that of a Person who holds one of the
two roles at the commit that is frozen. With --tag, the new commit is tagged at once; where
commits are squashed on their way to the target branch, tag it there instead, with itsmctl baseline tag. A baseline of a
release is tagged like that, too, once somebody agreed to it.

Examples:

  itsmctl baseline create koha-2026-06 --scope Service/catalogue

  itsmctl baseline create all-2026-06 --rev origin/main

  itsmctl baseline create koha-2027-01 --release koha-26.05
"""

_VERIFY = """Rebuild a baseline from its commit, compare byte by byte, and check everything that stands around it.

Tag, signatures, agreements and the roles of who gave them, the chain of those that it takes the place of, history below
it, stand-ins that git was given. Whose key and role it is says the commit that was frozen; whether the gate let those
in, itsmctl audit history tells. Prints the same check for a shell, with plain git, sha256sum,
ssh-keygen and python3: it ends with 0 only where all of it is so.

Examples:

  itsmctl baseline verify koha-2026-06-14

  itsmctl baseline verify koha-2026-06-14 --snapshot

Exit codes: 0 it holds, 1 it does not, 2 usage, 3 cannot judge.
"""

_APPROVE = """Sign that you agree to a baseline, as release-manager or configuration-manager.

It is rebuilt first: what does not hold cannot be agreed to. What is signed is shown, then committed alone.

Example:

  itsmctl baseline approve koha-2026-06-14 --key ~/.ssh/id_ed25519
"""

_TAG = """Tag the commit that added a baseline, once it holds and is agreed to: baseline/NAME, or release/NAME.

A name that a Release has is left to the release: itsmctl release tag NAME.

The tag stays in this repository until you send it: git push origin refs/tags/baseline/NAME.

Example:

  itsmctl baseline tag koha-2026-06-14 --sign
"""


def register(app: typer.Typer) -> None:
    """Add the group to the app."""
    group = say.group(_GROUP)
    group.command("create", help=_CREATE, short_help="Freeze the records of a commit.")(create)
    group.command("approve", help=_APPROVE, short_help="Sign that you agree to a baseline.")(approve)
    group.command("verify", help=_VERIFY, short_help="Rebuild a baseline, and check all around it.")(verify)
    group.command("tag", help=_TAG, short_help="Tag the commit that added a baseline.")(tag)
    group.command("diff", help=_DIFF, short_help="Compare two baselines, and explain what differs.")(diff)
    group.command("audit", help=auditing.HELP, short_help=auditing.ABOUT)(auditing.audit)
    group.command("list", help=_LIST, short_help="List the baselines.")(list_)
    group.command("status", help=_STATUS, short_help="Status accounting on one page.")(status)
    group.command("export", help=_EXPORT, short_help="Print a baseline in another form.")(export)
    app.add_typer(group, name="baseline", help=_GROUP, short_help=_ABOUT)


_DIFF = """Compare two baselines of one branch, field by field, and say which change explains each difference.

A change explains what it lists, where the gate would have let it through by then: its votes, and its window. Votes that
were taken away, or are by a key that was somebody else's by then, explain nothing; which change does not stand any more
is told. What is explained late, or by no change, is told; so is every change that was carried out and left no
difference. What differs is held against the commits; whether each of the two holds in full, itsmctl baseline verify
tells.

Examples:

  itsmctl baseline diff koha-2026-06 koha-2026-06-14

  itsmctl baseline diff koha-2026-06 koha-2026-06-14 -f markdown

Exit codes: 0 all is explained, 1 something is not, 2 usage, 3 cannot judge.
"""

_LIST = """List the baselines of a commit, the oldest first, as they stand: whether one holds, verify tells.

Example:

  itsmctl baseline list
"""

_STATUS = """Status accounting on one page: what is in which baseline, what moved since, changes on the way, waivers.

Baselines are taken as they stand: whether one holds, itsmctl baseline verify tells.

Example:

  itsmctl baseline status -f json
"""

_EXPORT = """Print a baseline in another form: cyclonedx, in-toto, csv, markdown or json.

Examples:

  itsmctl baseline export koha-2026-06-14 -f cyclonedx

  itsmctl baseline export koha-2026-06-14 -f csv
"""

Name = Annotated[str, typer.Argument(metavar="NAME", help="The baseline, like koha-2026-06-14.")]
Rev = Annotated[str, typer.Option("--rev", metavar="REF", help="The commit that holds the baseline.")]
Key = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="Private key, or .pub of a key in ssh-agent. Default: your key there."),
]
Sign = Annotated[bool, typer.Option("--sign", help="Sign it with your SSH key.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Sign without asking; what is signed is shown all the same.")]


def create(
    name: Name,
    rev: Annotated[str, typer.Option("--rev", metavar="REF", help="The commit to freeze.")] = "HEAD",
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            metavar="REF",
            help="Kind/name, or a Kind, with all that it depends on. Repeatable. Default: every controlled record.",
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help="configuration, release or service. Default: release with --release, else configuration.",
        ),
    ] = None,
    release: Annotated[
        str | None,
        typer.Option("--release", metavar="REL", help="The Release that it is for: its items and services are frozen."),
    ] = None,
    supersedes: Annotated[
        str | None,
        typer.Option(
            "--supersedes",
            metavar="NAME",
            help="The baseline that it takes the place of, such as the one before the release.",
        ),
    ] = None,
    sign: Sign = False,
    tag: Annotated[bool, typer.Option("--tag", help="Tag the new commit, too: baseline/NAME.")] = False,
    key: Key = None,
    yes: Yes = False,
    root: options.Root = None,
) -> int:
    """See _CREATE."""
    from itsmctl.cli import freezer

    order = freezer.order(name, kind, scope or (), release, supersedes)
    return freezer.create(root, rev, order, freezer.Signing(sign, key, yes), tag)


def approve(
    name: Name,
    key: Key = None,
    role: Annotated[str, typer.Option("--as", metavar="ROLE", help="Default: whichever of the two you hold.")] = "",
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why you agree. It is signed, too.")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write the agreement there instead of committing it.")
    ] = None,
    yes: Yes = False,
    root: options.Root = None,
) -> int:
    """See _APPROVE."""
    from itsmctl.cli import freezer

    return freezer.approve(root, name, role, reason, out, freezer.Signing(True, key, yes))


def verify(
    name: Name,
    rev: Rev = "HEAD",
    snapshot: Annotated[bool, typer.Option("--snapshot", help="It may be one that nobody agreed to.")] = False,
    tagged: Annotated[bool, typer.Option("--tagged", help="It has to have a tag.")] = False,
    brief: Annotated[bool, typer.Option("--brief", help="Leave the check by hand out.")] = False,
    shape: say.Shape = "text",
    root: options.Root = None,
) -> int:
    """See _VERIFY."""
    from itsmctl.baseline import telling
    from itsmctl.cli import freezer

    with freezer.opened(root, rev) as place:
        found = freezer.verified(place, name, agreed=not snapshot, tagged=tagged)
        say.say(
            shape,
            lambda width: telling.text(found, place.prefix, width, brief),
            lambda: telling.data(found, place.prefix),
        )
        return 0 if found.holds else 1


def tag(name: Name, sign: Sign = False, key: Key = None, yes: Yes = False, root: options.Root = None) -> int:
    """See _TAG."""
    from itsmctl.cli import freezer

    return freezer.tag(root, name, freezer.Signing(sign, key, yes))


def diff(
    earlier: Annotated[str, typer.Argument(metavar="A", help="The earlier baseline.")],
    later: Annotated[str, typer.Argument(metavar="B", help="The later baseline.")],
    rev: Rev = "HEAD",
    shape: Annotated[
        str, typer.Option("--format", "-f", metavar="NAME", help="text, json, markdown, csv or html.")
    ] = "text",
    root: options.Root = None,
) -> int:
    """See _DIFF."""
    from itsmctl.cli import differing, freezer

    say.check(shape, differing.SHAPES)
    with freezer.opened(root, rev) as place:
        found = differing.comparison(place, *freezer.two(place, earlier, later))
        say.put(differing.compared(found, shape))
        return 1 if found.open else 0


def list_(rev: Rev = "HEAD", shape: say.Shape = "text", root: options.Root = None) -> int:
    """See _LIST."""
    from itsmctl.baseline import status
    from itsmctl.cli import freezer

    with freezer.opened(root, rev) as place:
        held, wrong = status.baselines(place)
        return say.say(
            shape,
            lambda width: "".join(f"{line}\n" for line in status.listing(held, wrong, width)),
            lambda: status.listed(held, wrong),
        )


def status(rev: Rev = "HEAD", shape: say.Shape = "text", root: options.Root = None) -> int:
    """See _STATUS."""
    from itsmctl.baseline import status as accounting
    from itsmctl.cli import freezer

    with freezer.opened(root, rev) as place:
        found = accounting.of(place)
        return say.say(shape, lambda width: accounting.text(found, width), lambda: accounting.data(found))


def export(
    name: Name,
    shape: Annotated[
        str, typer.Option("--format", "-f", metavar="NAME", help="cyclonedx, in-toto, csv, markdown or json.")
    ] = "cyclonedx",
    rev: Rev = "HEAD",
    root: options.Root = None,
) -> int:
    """See _EXPORT."""
    from itsmctl.baseline import exporting
    from itsmctl.cli import freezer

    say.check(shape, tuple(exporting.EXPORTS))
    with freezer.opened(root, rev) as place:
        return say.put(exporting.export(place, freezer.held(place, name).name, shape))
