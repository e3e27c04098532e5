"""Votes on the changes of a release that the branch held once and does not any more. Reads history alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from itsmctl.baseline import lapsed
from itsmctl.gate.shelf import APPROVALS
from itsmctl.gate.spending import names
from itsmctl.release.requirement import Requirement

if TYPE_CHECKING:
    from itsmctl.baseline.place import Place
    from itsmctl.records import Record
    from itsmctl.release.dossier import Dossier


def judge(dossier: Dossier, changes: Sequence[Record]) -> Iterator[Requirement]:
    """Votes that the branch had and has no more: what was decided on them stays so, and nobody can see it any more."""
    place = dossier.place
    folders = {f"{place.prefix}{APPROVALS}{name.partition('/')[2]}": one for one in changes for name in names(one)}
    gone = lapsed.taken_away(place, folders)
    for folder, record in folders.items():
        mine = sorted(path for path in gone if path.startswith(f"{folder}/"))
        if mine:
            more, were = (f" and {len(mine) - 1} more", "were") if mine[1:] else ("", "was")
            says = f"{mine[0]}{more}, on which {record.name} was decided, {were} taken away"
            commits = dict.fromkeys(gone[path] for path in mine)
            back = (f"git checkout {at[:12]}^ -- {_typed(place, gone, mine, at)}" for at in commits)
            hint = f"Put it back: {' && '.join(back)}"
            yield Requirement("EVIDENCE_GONE", "unmet", says, hint, record.path, "/spec")


def _typed(place: Place, gone: Mapping[str, str], mine: Sequence[str], commit: str) -> str:
    """The paths among these that one commit took away."""
    return " ".join(place.typed(path) for path in mine if gone[path] == commit)
