"""Release notes for operations: versions, digests, order of work, the way back, and what to watch. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from itsmctl.release.leaflet import bullet, ended, moment, section, shown, steps, table, text, window

if TYPE_CHECKING:
    from itsmctl.release.leaflet import Leaflet


def sections(leaflet: Leaflet) -> Iterator[str]:
    """All sections, line by line."""
    yield from section("Items", _items(leaflet))
    yield from section("Changes", _changes(leaflet))
    yield from section("Roll-out", _rollout(leaflet))
    yield from section("What has to be there first", map(bullet, leaflet.plan.get("dependencies", ())))
    yield from section("Build", _build(leaflet))
    yield from section("Way back", _way_back(leaflet))
    yield from section("No way back", _remedy(leaflet))
    yield from section("Risks", map(bullet, leaflet.plan.get("risks", ())))
    yield from section("Known errors", _known_errors(leaflet))
    yield from section("Acceptance", _acceptance(leaflet))
    yield from section("Rules that are waived", _waivers(leaflet))
    yield from section("Baselines", _baselines(leaflet))
    yield from section("Documents", _documents(leaflet))


def _items(leaflet: Leaflet) -> Iterator[str]:
    entries = [
        (one["item"], one.get("action", "change"), one.get("from", ""), one.get("to", ""), one.get("digest", ""))
        for one in leaflet.spec.get("items", ())
    ]
    yield from table(("item", "action", "from", "to", "digest"), entries)


_LOST = "not on record"
_ABOUT = ("/spec/class", "/spec/risk/level")


def _changes(leaflet: Leaflet) -> Iterator[str]:
    entries = [
        (name, record.title if record else _LOST, *(text(record, at) for at in _ABOUT), window(record))
        for name, record in leaflet.changes()
    ]
    yield from table(("change", "title", "class", "risk", "window (UTC)"), entries)


def _rollout(leaflet: Leaflet) -> Iterator[str]:
    stages = leaflet.plan.get("stages", ())
    entries = []
    for one in stages:
        seen = one.get("verified")
        verified = f"{leaflet.title('Person/' + seen['by'])}, {moment(seen['on'])}" if seen else "not yet"
        times = [moment(one[end]) if end in one else "" for end in ("start", "end")]
        entries.append((one["name"], ", ".join(one.get("sites", ())), *times, verified))
    yield from table(("stage", "places", "begins", "ends", "checked"), entries)
    if stages:
        yield ""
    for one in leaflet.plan.get("dates", ()):
        yield bullet(f"{one['on']}:", one["what"])
    for one in leaflet.plan.get("deliverables", ()):
        yield bullet("Delivered:", one)
    if "support_resources" in leaflet.plan:
        yield bullet("Who is there:", leaflet.plan["support_resources"])


def _build(leaflet: Leaflet) -> Iterator[str]:
    build = leaflet.spec.get("build", {})
    if "source_commit" in build:
        yield bullet(
            "Source:", f"commit {build['source_commit']}", f"tag {build['source_tag']}" if "source_tag" in build else ""
        )
    if build.get("tools"):
        yield bullet("Tools:", ", ".join(build["tools"]))
    for one in build.get("components", ()):
        yield bullet("Component:", f"{one['item']} {one['version']}")
    artefacts = build.get("artefacts", ())
    if artefacts:
        yield ""
    entries = [(one["name"], one["digest"], one.get("item", ""), one.get("signature", "")) for one in artefacts]
    yield from table(("artefact", "digest", "becomes", "signature"), entries)


def _way_back(leaflet: Leaflet) -> Iterator[str]:
    backout = leaflet.spec.get("backout")
    if backout is None:
        return
    told = {
        "When:": backout.get("trigger", ""),
        "Decided by:": leaflet.people(backout["decision_maker"]) if "decision_maker" in backout else "",
        "Takes:": backout.get("duration", ""),
        "Goes back to:": f"baseline {backout['target']}" if "target" in backout else "",
    }
    for what, said in told.items():
        if said:
            yield bullet(what, ended(said))
    if backout.get("steps"):
        yield ""
        yield from steps(backout["steps"])


def _remedy(leaflet: Leaflet) -> Iterator[str]:
    remedy = leaflet.spec.get("remedy")
    if remedy is None:
        return
    yield shown(ended(remedy["why"]))
    if "accepted_by" in remedy:
        yield ""
        yield f"Accepted by: {shown(ended(leaflet.people(remedy['accepted_by'])))}"
    if remedy.get("steps"):
        yield ""
        yield from steps(remedy["steps"])


def _known_errors(leaflet: Leaflet) -> Iterator[str]:
    for field, what in (("fixed", "fixed"), ("carried", "stays"), ("found_in_test", "found in test")):
        for name, record in leaflet.known_errors(field):
            yield bullet(f"{name}, {what}:", record.title if record else _LOST)
    for name, record in leaflet.records("Problem", leaflet.spec.get("problems_closed", ())):
        yield bullet(f"{name}, solved:", record.title if record else _LOST)
    for name, record in leaflet.records("Problem", leaflet.spec.get("problems_open", ())):
        yield bullet(f"{name}, goes on:", record.title if record else _LOST)
    for one in leaflet.unlisted():
        yield bullet(f"{one.name}, {one.state}, not listed by the release:", one.title)


def _acceptance(leaflet: Leaflet) -> Iterator[str]:
    acceptance = leaflet.spec.get("acceptance", {})
    if "environment" in acceptance:
        yield bullet("Tested in:", f"{acceptance['environment']}.", ended(acceptance.get("equivalence", "")))
    for one in acceptance.get("tests", ()):
        yield bullet(f"{one['what']}:", one["result"], f"({one['evidence']})" if "evidence" in one else "")
    for one in acceptance.get("signoffs", ()):
        who = leaflet.title(f"Person/{one['person']}")
        yield bullet(f"Signed off, {one['stage']}:", f"{who} ({one['role']}), {moment(one['on'])}")
    for one in leaflet.spec.get("agreements", ()):
        yield bullet(f"Agreed, {one['party']}:", f"{one['by']}, {one['on']}")


def _waivers(leaflet: Leaflet) -> Iterator[str]:
    for one in leaflet.waivers():
        spec = one.data["spec"]
        yield bullet(f"{spec['rule']}, until {spec['expires']} ({one.name}):", ended(spec["reason"]))


def _baselines(leaflet: Leaflet) -> Iterator[str]:
    for word in ("before", "after"):
        name = leaflet.spec.get(f"baseline_{word}")
        if name:
            yield bullet(f"{word.capitalize()}:", name)


def _documents(leaflet: Leaflet) -> Iterator[str]:
    for what, written in leaflet.spec.get("documents", {}).items():
        yield bullet(f"{what.replace('_', ' ').capitalize()}:", written)
