"""`itsmctl change reviews`: keeps the reviews of a pull request in a file. Reads a forge; decides nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from itsmctl.cli import say
from itsmctl.errors import Misuse

HELP = """Read the reviews of a pull request from its forge, and keep them in a file.

For a gate that has no network or no token: itsmctl gate --reviews exported:FILE reads them within a day. They are then
of tier T1, since a file proves nothing of who wrote it: they count where an approval rule says min_tier: T1. The token
is read from GITHUB_TOKEN or GITLAB_TOKEN, the address from GITHUB_API_URL or GITLAB_API_URL. A file of an earlier run
is taken away first; where anything cannot be read to its end, none is written.

After a merge, itsmctl audit history --receipts DIR takes such files, of any age, for what had been decided by then.

Examples:

  itsmctl change reviews github:town/records#12 --out reviews.json

  itsmctl change reviews gitlab:town/records!12 --out reviews.json

Exit codes: 0 written, 2 usage, 3 the reviews cannot be read.
"""


def reviews(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="github:owner/repo#12 or gitlab:group/project!12, in quotes.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file that they are written to.")],
) -> int:
    """See HELP."""
    from itsmctl.cli import courtroom, output, workplace
    from itsmctl.evidence import exported
    from itsmctl.evidence.reviews import Reviews

    kind = source.partition(":")[0]
    if kind not in courtroom.FORGES:
        raise Misuse(f"{source} names no pull request", "Write github:owner/repo#12 or gitlab:group/project!12.")
    output.take_away(out)
    room, options = courtroom.forge(kind)
    found: Reviews = room.gather(source, workplace.moment(None), options)
    output.write_file(out, exported.write(found).decode())
    number = len(found.reviews)
    said = f"wrote {out}: {number} {'review' if number == 1 else 'reviews'} of {found.source} at {found.head[:7]}"
    return say.put(f"{said}, good for a day\nThen: itsmctl gate --reviews exported:{out}\n")
