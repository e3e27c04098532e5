"""Sign-offs by delegates: for whom they acted, who of them had left, and how the delegation came in. Reads alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from itsmctl import cel
from itsmctl.functions import people
from itsmctl.functions.graph import Missing
from itsmctl.records import value_at
from itsmctl.release import lifting

if TYPE_CHECKING:
    from itsmctl.release.dossier import Data, Dossier


def of(dossier: Dossier, signoff: Mapping[str, Any]) -> list[Data]:
    """The delegations by which somebody signed off who does not hold the role; none where nobody can tell."""
    try:
        return people.lent(dossier.head, signoff["person"], signoff["role"], signoff["on"])
    except (Missing, cel.EvaluationError, KeyError, TypeError):
        return []


def standing(dossier: Dossier, signoff: Mapping[str, Any], is_there: Callable[[str], bool]) -> bool:
    """Was it signed off by a holder of the role, or for one who was here on the day? Whoever has left lends nothing."""
    found = of(dossier, signoff)
    return not found or any(is_there(one["spec"]["delegator"]) for one in found)


def told(dossier: Dossier, signoff: Mapping[str, Any]) -> str:
    """For whom it was signed off, in words, and whether the gate let the delegation in; "" of a holder."""
    said = []
    for one in of(dossier, signoff):
        name = one["metadata"]["name"]
        lacks = lifting.lacking(dossier, f"Delegation/{name}")
        how = f", which the gate did not let in: {lacks}" if lacks else ""
        said.append(f"{one['spec']['delegator']} by the delegation {name}{how}")
    return f" for {' and '.join(said)}" if said else ""


def left(dossier: Dossier, person: str) -> str:
    """The last day of a person, YYYY-MM-DD, by their record of now; "" where none is written."""
    record = dossier.head.get(f"Person/{person}")
    last = value_at(record.data, "/spec/active_to") if record is not None else None
    return last if isinstance(last, str) else ""
