"""`itsmctl change …`: the group, and the votes on a change. Reads the command line; `voting` does the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from itsmctl.cli import completing, exporting, forward, making, options, say

_SHORT = "Write and move a change, sign votes on it, see what it still needs."
_ABOUT = f"""{_SHORT}

From the edit to the merge: itsmctl change new --from-diff writes the change for what a branch edits, submit and
implement move it on, approve signs a vote, show says what it still needs, and itsmctl gate decides.

Example:

  itsmctl change --help
"""


def register(app: typer.Typer) -> None:
    """Add the group to the app."""
    group = say.group(_ABOUT)
    making.add_to(group)
    forward.add_to(group)
    group.command("approve", short_help="Sign that you agree to a change.", help=_APPROVE)(approve)
    group.command("reject", short_help="Sign that you do not agree to a change.", help=_REJECT)(reject)
    group.command("reviews", short_help="Keep the reviews of a forge in a file.", help=exporting.HELP)(
        exporting.reviews
    )
    group.command("withdraw", short_help="Sign that you take your vote back.", help=_WITHDRAW)(withdraw)
    app.add_typer(group, name="change", help=_ABOUT, short_help=_SHORT)


Id = Annotated[
    str, typer.Argument(metavar="ID", help="The change, like CHG-2026-0042.", autocompletion=completing.changes)
]
Base = Annotated[str | None, typer.Option("--base", metavar="REF", help="Where it goes. Default: as for itsmctl gate.")]
Head = Annotated[str, typer.Option("--head", metavar="REF", help="The head that holds it.")]
Target = Annotated[str | None, typer.Option("--target", metavar="REF", help="Full name of the branch of --base.")]
Key = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="Private key, or .pub of a key in ssh-agent. Default: your key there."),
]
As = Annotated[
    str, typer.Option("--as", metavar="ROLE", help="The role that you vote in. Default: whichever is asked.")
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")]
Expires = Annotated[str | None, typer.Option("--expires", metavar="TIME", help="Until when the vote counts.")]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Write the vote there instead of committing it.")
]
ToBase = Annotated[bool, typer.Option("--to-base", help="Commit it on the target branch, where it cannot be dropped.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Sign without asking; what is signed is shown all the same.")]

Anyway = Annotated[bool, typer.Option("--anyway", help="Sign even what is known not to count.")]


def approve(
    name: Id,
    base: Base = None,
    head: Head = "HEAD",
    target: Target = None,
    key: Key = None,
    role: As = "",
    reason: Reason = "",
    expires: Expires = None,
    out: Out = None,
    yes: Yes = False,
    anyway: Anyway = False,
    root: options.Bench = None,
) -> int:
    """See _APPROVE."""
    from itsmctl.cli import voting

    return voting.cast(
        voting.Ballot("approve", name, role, reason, expires, key, out, False, yes, anyway), root, base, head, target
    )


def reject(
    name: Id,
    base: Base = None,
    head: Head = "HEAD",
    target: Target = None,
    key: Key = None,
    role: As = "",
    reason: Reason = "",
    out: Out = None,
    to_base: ToBase = False,
    yes: Yes = False,
    root: options.Bench = None,
) -> int:
    """See _REJECT."""
    from itsmctl.cli import voting

    return voting.cast(
        voting.Ballot("reject", name, role, reason, None, key, out, to_base, yes), root, base, head, target
    )


def withdraw(
    name: Id,
    base: Base = None,
    head: Head = "HEAD",
    target: Target = None,
    key: Key = None,
    reason: Reason = "",
    out: Out = None,
    to_base: ToBase = False,
    yes: Yes = False,
    root: options.Bench = None,
) -> int:
    """See _WITHDRAW."""
    from itsmctl.cli import voting

    return voting.cast(
        voting.Ballot("withdraw", name, "", reason, None, key, out, to_base, yes), root, base, head, target
    )


_SHARED = """
What is signed is shown first: the change, where it goes, and each line with the fields that it alters. The signature
and the statement are committed on the branch of --head (the current one), alone: what you have staged stays staged.
"""

_APPROVE = f"""Sign that you agree to a change, with the SSH key of your Person record.
{_SHARED}
The vote stays good over rebase, squash and reformatting; it goes stale with any edit that means something. What is
known not to count is not signed: of a draft, of whoever made the change, of somebody whom no rule asks for.

Examples:

  itsmctl change approve CHG-2026-0098

  itsmctl change approve CHG-2026-0098 --key ~/.ssh/id_ed25519 --out votes/
"""

_REJECT = f"""Sign that you do not agree to a change. Of a veto role, one reject stops it.
{_SHARED}
Example:

  itsmctl change reject CHG-2026-0098 --reason 'The way back was not tried.' --to-base
"""

_WITHDRAW = f"""Sign that you take your vote on a change back.
{_SHARED}
Example:

  itsmctl change withdraw CHG-2026-0098
"""
