"""Release notes for users: what is new, what is repaired, what they may still notice, and when. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from itsmctl.records import value_at
from itsmctl.release.leaflet import bullet, ended, moment, section, shown, text

if TYPE_CHECKING:
    from itsmctl.release.leaflet import Leaflet


def sections(leaflet: Leaflet) -> Iterator[str]:
    """All sections, line by line. No version, digest or id of a machine is among them."""
    yield from section("What is new", _new(leaflet))
    yield from section("What is repaired", _repaired(leaflet))
    yield from section("What you may still notice", _noticed(leaflet))
    yield from section("When", when(leaflet))
    yield from section("Training", _told(leaflet, "training"))
    yield from section("Help", _told(leaflet, "support_resources"))


def _new(leaflet: Leaflet) -> Iterator[str]:
    services = leaflet.spec.get("services", ())
    if services:
        yield f"For: {shown(leaflet.services(services))}."
        yield ""
    for name, record in leaflet.changes():
        title = record.title if record is not None else name
        yield bullet(ended(title), ended(text(record, "/spec/business_benefit")))


def _repaired(leaflet: Leaflet) -> Iterator[str]:
    for name, record in leaflet.known_errors("fixed"):
        yield bullet(ended(record.title if record is not None else name), ended(text(record, "/spec/symptom")))
    for name, record in leaflet.records("Problem", leaflet.spec.get("problems_closed", ())):
        yield bullet(ended(record.title if record is not None else name))


def _noticed(leaflet: Leaflet) -> Iterator[str]:
    held = leaflet.known_errors("carried", "found_in_test")
    held += [(one.name, one) for one in leaflet.unlisted() if one.kind == "KnownError"]
    for name, record in held:
        helps = text(record, "/spec/workaround")
        told = ended(text(record, "/spec/symptom"))
        yield bullet(
            ended(record.title if record is not None else name), told, f"What helps: {ended(helps)}" if helps else ""
        )


def when(leaflet: Leaflet) -> Iterator[str]:
    """The stages as people are told of them, and interruptions."""
    for stage in leaflet.plan.get("stages", ()):
        where = f"{', '.join(stage['sites'])}:" if stage.get("sites") else ""
        begins = moment(stage["start"]) if "start" in stage else ""
        if begins or where:
            yield bullet(f"{stage['name']}.", " ".join(part for part in (where, ended(begins)) if part))
    for _, record in leaflet.changes():
        outage = value_at(record.data, "/spec/schedule/outage") if record is not None else None
        if isinstance(outage, dict):
            what = leaflet.services(outage.get("services", ())) or "A part"
            yield bullet("Interrupted:", f"{what}, from {moment(outage['start'])} to {moment(outage['end'])}.")


def _told(leaflet: Leaflet, field: str) -> Iterator[str]:
    written = leaflet.plan.get(field)
    if written:
        yield shown(written)
