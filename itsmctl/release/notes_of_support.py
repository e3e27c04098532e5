"""Release notes for support: what callers will ask, what helps, and whom to call. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from itsmctl.records import value_at
from itsmctl.release import notes_of_users
from itsmctl.release.leaflet import bullet, ended, section, shown, text

if TYPE_CHECKING:
    from itsmctl.records import Record
    from itsmctl.release.leaflet import Leaflet


def sections(leaflet: Leaflet) -> Iterator[str]:
    """All sections, line by line."""
    yield from section("Known errors, and what helps", _known_errors(leaflet))
    yield from section("Gone with this release", _gone(leaflet))
    yield from section("What callers may ask about", _asked(leaflet))
    yield from section("Whom to call", _whom(leaflet))
    yield from section("When", notes_of_users.when(leaflet))
    yield from section("Where to read on", _documents(leaflet))


def _known_errors(leaflet: Leaflet) -> Iterator[str]:
    held, others = leaflet.known_errors("carried", "found_in_test"), leaflet.unlisted()
    held += [(one.name, one) for one in others if one.kind == "KnownError"]
    problems = leaflet.records("Problem", leaflet.spec.get("problems_open", ()))
    going_on = [*problems, *((one.name, one) for one in others if one.kind == "Problem")]
    if not held and not going_on:
        yield "None is known."
    for name, record in held:
        if record is None:
            yield bullet(f"{name}:", "not on record.")
            continue
        yield bullet(f"{name}: {ended(record.title)}", f"({record.state})")
        for what, pointer in (("Callers say:", "symptom"), ("What helps:", "workaround"), ("Cause:", "cause")):
            told = text(record, f"/spec/{pointer}")
            if told:
                yield f"  {bullet(what, ended(told))}"
        about = leaflet.services(value_at(record.data, "/spec/services") or ())
        if about:
            yield f"  {bullet('Services:', ended(about))}"
    for name, record in going_on:
        yield bullet(f"{name}: {ended(_title(record))}", f"({record.state})" if record is not None else "")


def _gone(leaflet: Leaflet) -> Iterator[str]:
    for name, record in leaflet.known_errors("fixed"):
        symptom = ended(text(record, "/spec/symptom"))
        yield bullet(f"{name}: {ended(_title(record))}", f"Callers said: {symptom}" if symptom else "")
    for name, record in leaflet.records("Problem", leaflet.spec.get("problems_closed", ())):
        yield bullet(f"{name}:", ended(_title(record)))


def _asked(leaflet: Leaflet) -> Iterator[str]:
    services = leaflet.spec.get("services", ())
    if services:
        yield f"Services: {shown(leaflet.services(services))}."
        yield ""
    for name, record in leaflet.changes():
        yield bullet(f"{name}: {ended(_title(record))}", ended(text(record, "/spec/business_benefit")))


def _title(record: Record | None) -> str:
    return record.title if record is not None else "not on record"


def _whom(leaflet: Leaflet) -> Iterator[str]:
    plan, backout = leaflet.plan, leaflet.spec.get("backout", {})
    if "support_resources" in plan:
        yield bullet("On duty:", ended(plan["support_resources"]))
    owner = text(leaflet.record, "/metadata/owner")
    if owner:
        yield bullet("Answers for the release:", ended(leaflet.people(owner)))
    if "decision_maker" in backout:
        when = f"Sign that it is time: {ended(backout['trigger'])}" if "trigger" in backout else ""
        yield bullet("Decides whether it is taken back:", ended(leaflet.people(backout["decision_maker"])), when)


def _documents(leaflet: Leaflet) -> Iterator[str]:
    documents = leaflet.spec.get("documents", {})
    for what in ("support", "notes", "training"):
        if what in documents:
            yield bullet(f"{what.capitalize()}:", documents[what])
    if "training" in leaflet.plan:
        yield bullet("Who is trained:", ended(leaflet.plan["training"]))
