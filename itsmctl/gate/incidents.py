"""The incident that an emergency change answers: is it there, is it open, is it about the same thing? Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from itsmctl.gate import verdict
from itsmctl.gate.model import Proposal, Touched
from itsmctl.gate.services import reached, today
from itsmctl.gate.verdict import About, Verdict
from itsmctl.records import Record, value_at

_ITEM = "ConfigurationItem"
_OVER = frozenset({"resolved", "closed"})  # the service works again


def judge(proposal: Proposal, change: Record, touched: Sequence[Touched]) -> Iterator[Verdict]:
    """Does the incident that an emergency names stand open at the base? With a note where it is about something else.

    Codes: NO_INCIDENT, INCIDENT_NOT_OPEN, INCIDENT_ELSEWHERE.
    """
    name = value_at(change.data, "/spec/emergency/incident")
    about = About(change.path, "/spec/emergency")
    if not isinstance(name, str) or not name:
        says = "names no incident: write the one that it answers into spec.emergency.incident"
        yield verdict.deny("check", "incident", "NO_INCIDENT", says, about)
        return
    incident = proposal.base.get(f"Incident/{name}")
    if incident is None:
        says = f"incident {name} does not stand at the base: merge its record first, which needs no vote"
        yield verdict.deny("check", "incident", "INCIDENT_NOT_OPEN", says, about, incident=name)
        return
    held = proposal.base.law.kinds["Incident"].lifecycle
    state = incident.state
    if not incident.sound or held is None or state not in held.states or state in _OVER or state in held.terminal:
        says = f"incident {incident.name} is {state or 'not readable'} at the base: only an open one is an emergency"
        yield verdict.deny("check", "incident", "INCIDENT_NOT_OPEN", says, about, incident=incident.name, state=state)
        return
    yield verdict.allow("check", "incident", f"{incident.name} is {state} at the base", incident=incident.name)
    yield from _elsewhere(proposal, change, touched, incident)


def _elsewhere(proposal: Proposal, change: Record, touched: Sequence[Touched], incident: Record) -> Iterator[Verdict]:
    """Of an incident that shares neither a service nor an item with what the change alters, or names where it has none.

    That the change calls such a service affected says nothing: its author wrote that.
    """
    items = value_at(change.data, "/spec/items")
    mine = reached(proposal, [{"spec": {"items": items}} if items or touched else change.data], touched)
    named = {today(proposal.base, "Service", name) for name in _names(incident, "services")}
    refs = [f"{_ITEM}/{today(proposal.base, _ITEM, name)}" for name in _names(incident, "items")]
    theirs = reached(proposal, [{"spec": {"items": [{"item": ref} for ref in refs]}}])
    services = named | theirs.services.keys()
    if services & mine.services.keys() or theirs.items & mine.items:
        return
    about = ", ".join([*sorted(services), *refs]) or "nothing that it names"
    says = (
        f"{incident.name} is about {about}, and the change reaches {', '.join(mine.services) or 'no service'}: "
        "whoever lets it go ahead asks what the one has to do with the other"
    )
    at = About(incident.path, "/spec", "base")
    yield verdict.note("note", "incident", "INCIDENT_ELSEWHERE", says, at, incident=incident.name)


def _names(record: Record, field: str) -> list[str]:
    found = value_at(record.data, f"/spec/{field}")
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
