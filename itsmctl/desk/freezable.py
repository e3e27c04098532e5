"""What can be frozen, and under which name: refuses what nobody could ever agree to. Writes nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from itsmctl.baseline import ever
from itsmctl.baseline.form import instant
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.evidence.signed import AHEAD
from itsmctl.records import NAME
from itsmctl.roster import Roster

if TYPE_CHECKING:
    from itsmctl.baseline.manifest import Frozen
    from itsmctl.baseline.place import Place
    from itsmctl.gitrepo import Revision


def refuse_name(place: Place, name: str) -> None:
    """Raises Misuse for a name that is none for a folder or a tag, or was used before."""
    if re.fullmatch(NAME, name) is None or len(name) > 100:
        hint = "Use letters and digits, with single dots or dashes between them, like koha-2026-11."
        raise Misuse(f"{name!r} is no name for a baseline", hint)
    if name.casefold().endswith(".lock"):
        says = f"{name} would be no name for a tag: git takes none that ends with .lock"
        raise Misuse(says, "Give it another name; names are used once.")
    if name.casefold() in ever.taken(place.bench, place.tip.oid, place.prefix):
        says = f"a baseline is, or was, called {name}, and names are never used again"
        raise Misuse(says, "Give it another name. itsmctl baseline list shows those that there are.")


def is_ahead(place: Place, source: Revision) -> bool:
    """Is a commit of a time that is still to come?"""
    return source.time > (place.now + AHEAD).timestamp()


def said(source: Revision) -> str:
    """The time of a commit."""
    try:
        return instant(source.time)
    except ValueError:
        return "a year that no calendar has"


def refuse_ahead(place: Place, source: Revision) -> None:
    """Raises CannotJudge for a commit of more than a day ahead: before its time nobody can agree to it."""
    if source.time > (place.now + timedelta(days=1)).timestamp():
        says = f"{source.label} says that it is of {said(source)}, which is still to come, and before that "
        hint = "Commit once more, with the clock set right, and freeze that: git commit --allow-empty -m Again"
        raise CannotJudge(f"{says}nobody could agree to the baseline", hint)


def refuse_nobody(frozen: Frozen, source: Revision) -> None:
    """Raises CannotJudge where nobody's word could be held against the baseline, whoever agreed."""
    faults = Roster.of(frozen.head, datetime.fromtimestamp(source.time, UTC)).faults
    if faults:
        says = f"who is who cannot be told from {source.label}: {faults[0].path}: {faults[0].says}"
        raise CannotJudge(says, "Mend that record and commit it, then freeze that: else nobody could agree to it.")
