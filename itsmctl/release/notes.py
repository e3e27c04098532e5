"""The notes of a release as Markdown, for users, operations or support: what each of them has to know. Pure but for
the reading of one commit; the same commit gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from itsmctl import rulebook, snapshot, sources
from itsmctl.errors import CannotJudge
from itsmctl.markup import heading, paragraph
from itsmctl.release import notes_of_operations, notes_of_support, notes_of_users
from itsmctl.release.dossier import named
from itsmctl.release.leaflet import Leaflet, moment

if TYPE_CHECKING:
    from itsmctl.baseline.place import Place

AUDIENCES: Mapping[str, Callable[[Leaflet], Iterator[str]]] = {
    "users": notes_of_users.sections,
    "operations": notes_of_operations.sections,
    "support": notes_of_support.sections,
}
"""Audience → the sections of its notes, line by line."""


def read(place: Place, name: str, audience: str) -> str:
    """The notes of the release called `name` at the tip of the place.

    Raises Misuse where there is none, CannotJudge where it cannot be read.
    """
    source = sources.Commit(place.bench.repo, place.prefix, place.tip)
    head = snapshot.read(source, rulebook.law(source))
    record = named(name, head)
    if not record.sound:
        hint = f"itsmctl validate {record.path} says what is wrong."
        raise CannotJudge(f"{record.ref} breaks its schema, so that its notes would be half of it", hint)
    return write(Leaflet(head, record), audience)


def write(leaflet: Leaflet, audience: str) -> str:
    """The notes as Markdown."""
    lines = [*heading(1, leaflet.record.title), *paragraph(" ".join(_head(leaflet)))]
    lines += AUDIENCES[audience](leaflet)
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines) + "\n"


def _head(leaflet: Leaflet) -> Iterator[str]:
    spec, record = leaflet.spec, leaflet.record
    version = f", version {spec['version']}" if "version" in spec else ""
    yield f"Release {record.name}{version} ({spec['type']})."
    state = record.state
    if state in ("rejected", "cancelled", "backed-out"):
        yield f"It is {state}: what stands here did not come to stay."
    elif "go_live" in spec:
        went = "Live since" if state in ("live", "reviewed", "closed") else "Planned to go live on"
        yield f"{went} {moment(spec['go_live'])}."
    else:
        yield "When it goes live is not set yet."
