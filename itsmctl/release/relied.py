"""Are the records that the check relies on free of errors? The rules are those of validate; none is repeated here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import TYPE_CHECKING

from itsmctl.case import Case
from itsmctl.drawing import count
from itsmctl.records import value_at
from itsmctl.release import law, lifting
from itsmctl.release.requirement import Requirement, unless

if TYPE_CHECKING:
    from datetime import datetime

    from itsmctl.records import Record, Remark
    from itsmctl.release.dossier import Dossier
    from itsmctl.release.lifting import Lifted

_BESIDE = ("/spec/services/", "/spec/post_release/", "/metadata/")
"""Where a release names what no requirement looks at."""


def judge(dossier: Dossier) -> Iterator[Requirement]:
    """Each error that nothing lifts, of a record that the release names and a requirement looks at."""
    held = records(dossier)
    found = _errors(dossier, held, dossier.now)
    later = _later(dossier, held, found) if dossier.stage == "done" else ()
    names = ", ".join(f"{one.record} ({one.rule})" for one in later)
    says = count(len(held), "record") + lifting.told(found.waived)
    says += f"; fell due since the roll-out, and is not the release's: {names}" if names else ""
    says += _lowered(dossier, held)
    yield from unless("RELIED_ON", (_told(one) for one in found.open if one not in later), says)


def _lowered(dossier: Dossier, held: dict[str, Record]) -> str:
    """Which rules on these records the settings keep from being errors, in words: people should know."""
    kinds, book = {one.kind for one in held.values()}, dossier.book
    mine = {one.rule.id for one in book.policies if not kinds.isdisjoint(one.kinds)}
    levels = {rule: level for rule, level in book.settings.severity.items() if level != "error"}
    found = levels | dict.fromkeys(book.off, "switched off")
    told = ", ".join(f"{rule} ({how})" for rule, how in sorted(found.items()) if rule in mine)
    return f"; by the settings no errors: {told}" if told else ""


def _later(dossier: Dossier, held: dict[str, Record], found: Lifted) -> tuple[Remark, ...]:
    """What the rules say of the same records today, and would not have said when the roll-out was over: a look back at
    a change, say, that nobody took. It makes nothing look well that was not.
    """
    over = dossier.over
    if over is None or over >= dossier.now or not found.open:
        return ()
    then = {(one.rule, one.record, one.pointer) for one in _errors(dossier, held, over).open}
    return tuple(one for one in found.open if (one.rule, one.record, one.pointer) not in then)


def _told(one: Remark) -> Requirement:
    says, hint = f"{one.record}: {one.message} ({one.rule})", one.hint or f"itsmctl explain {one.rule}"
    return Requirement("RELIED_ON", "unmet", says, hint, one.path, one.pointer)


def records(dossier: Dossier) -> dict[str, Record]:
    """Kind/name → record of all that is relied on beside the release: policies, changes, items, persons and so on."""
    head, own = dossier.head, dossier.record
    named = [ref for pointer, ref in own.references if not pointer.startswith(_BESIDE)]
    named += [f"ChangeRequest/{name}" for name in dossier.changes]
    masters = (value_at(one.data, "/spec/master/library") for ref in dossier.refs if (one := head.get(ref)) is not None)
    named += [f"Library/{name}" for name in masters if isinstance(name, str)]
    followed = law.policies(dossier)
    found = [one for one in head.by_kind.get("ReleasePolicy", ()) if any(one.data is data for data in followed)]
    found += [one for ref in named if (one := head.get(ref)) is not None]
    return {one.ref: one for one in found if one.ref != own.ref}


def _errors(dossier: Dossier, held: dict[str, Record], at: datetime) -> Lifted:
    case, book = Case(dossier.head, at.astimezone(UTC)), dossier.book
    advisory = {rule.id for rule in book.rules if rule.enforcement == "advisory"}
    every = book.inspect(case, frozenset(held)).remarks
    mine = [one for one in every if one.record in held and one.severity == "error" and one.rule not in advisory]
    return lifting.lift(dossier, mine, case)
