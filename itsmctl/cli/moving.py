"""Moves a change to a state for a command: writes it, and says what falls due, is asked for, and comes next."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from itsmctl.cli import changing, courtroom, workplace
from itsmctl.errors import CannotJudge, Misuse

if TYPE_CHECKING:
    from itsmctl.cli.workplace import Workplace
    from itsmctl.desk.moving import Move
    from itsmctl.gate.emergency import Debt
    from itsmctl.records import Record
    from itsmctl.snapshot import Snapshot


def move(name: str, state: str, settings: Sequence[str], root: Path | None) -> int:
    """Bring a change to a state; 0, and 1 where something falls due that is not written yet."""
    from itsmctl.desk import moving, new, rewriting

    place = workplace.find(root)
    head = place.snapshot(None)
    record = _change(name, head)
    kind = head.law.kinds[record.kind]
    content = moving.sound(record, head.source.content(record.path))
    before = _at_base(place, record)
    owes = _owes(record, state, before, place.root)
    found = moving.move(record, before, content, kind, state, new.parse(kind, settings), owes)
    if found.before == found.after:
        return changing.tell([f"{record.name} is {state} already"])
    rewriting.rewrite_all(place.root, {found.path: rewriting.Rewrite(found.before, found.after)})
    said = [f"wrote {found.path}", f"{record.name}: {' → '.join((record.state, state))}"]
    due = [f"due now, and not written yet: {found.due[0]}"] if len(found.due) == 1 else []
    due = due or [*(["due now, and not written yet:"] if found.due else []), *(f"  {one}" for one in found.due)]
    changing.tell([*said, *due, *_ruled(place, head, record, found), *_next(record, state, before, place.root)])
    return 1 if found.due else 0


def _ruled(place: Workplace, head: Snapshot, record: Record, moved: Move) -> list[str]:
    """What rules find in the record as it is now, and did not before: the gate denies on that."""
    from itsmctl import yamltext
    from itsmctl.desk import ruling

    data = yamltext.read(moved.after)
    if not isinstance(data, dict):
        return []
    now, book = workplace.moment(None), place.rulebook(place.source())
    moved_ = replace(record, data=data)
    asked = [ruling.asked(book, head, None, one, now) for one in (record, moved_)]
    before = {rule for rule, _, _ in asked[0]}
    lines = [f"  {rule}: {said}" for rule, said, _ in asked[-1] if rule not in before]
    told = {rule for rule, _, _ in asked[-1]}
    ahead = ruling.before_votes(book, head, None, moved_, now) if moved_.state in ruling.WAITING else ()
    later = [f"  {rule}: {said}" for rule, said, _ in ahead if rule not in told]
    says = "asked for by rules before the votes, which are on what it says:"
    return [*(["asked for by rules now:", *lines] if lines else []), *([says, *later] if later else [])]


def _owed(name: str, root: Path) -> tuple[Debt, ...] | None:
    """What the emergency owes by now; None where that cannot be told."""
    from itsmctl import hearing
    from itsmctl.gate import settling
    from itsmctl.roster import Roster

    what = courtroom.What(None, "HEAD", None, may_be_own=True)
    try:
        with courtroom.opened(root, what, courtroom.Supposed()) as case:
            heard = hearing.hear(case.bench, case.ask, os.environ)
            held = heard.proposal
            owed = settling.owed(held, heard.evidence, Roster.of(held.base, held.now))
    except (CannotJudge, Misuse):
        return None
    return tuple(debt for debt in owed if debt.change == name)


def _owes(record: Record, state: str, before: Record | None, root: Path) -> str:
    """What an emergency owes that is to be closed, in words; "" where it is nothing, or cannot be told."""
    from itsmctl.gate import beginnings, emergency

    if state != "closed" or record.data["spec"]["class"] != emergency.CLASS:
        return ""
    owed = _owed(record.name, root) if before is not None and before.state in beginnings.STARTED else None
    return " and ".join(lack for debt in owed or () for lack in debt.lacks)


def _next(record: Record, state: str, before: Record | None, root: Path) -> list[str]:
    from itsmctl.gate import beginnings, emergency

    name = record.name
    if state in beginnings.DONE and record.data["spec"]["class"] == emergency.CLASS:
        owed = _owed(name, root) if before is not None and before.state in beginnings.STARTED else None
        if owed is not None and all(debt.decided != "open" for debt in owed):
            return [f"{name} owes {' and '.join(debt.lacks)}." for debt in owed]
        order = "Votes are on what it says: so fill it in, commit that, and have it voted on then."
        return [
            f"An emergency owes the full vote of persons who did not make it. {order}",
            f"itsmctl change show {name}",
        ]
    after = {
        "submitted": f"Then commit it, and ask for votes: itsmctl change show {name}",
        "approved": f"Then commit it, and ask for votes: itsmctl change show {name}",
        "implementing": "Then commit it with what it alters, and ask: itsmctl gate",
    }
    return [after[state]] if state in after else []


def _change(name: str, head: Snapshot) -> Record:
    """The change of that name. Raises Misuse where there is none."""
    from itsmctl import addressing
    from itsmctl.records import CHANGE

    return addressing.record(name if "/" in name else f"{CHANGE}/{name}", head)


def _at_base(place: Workplace, record: Record) -> Record | None:
    """The change as the target branch has it; as the work tree has it where there is no such branch (yet)."""
    from itsmctl import yamltext

    repo = place.repo
    target = str(place.law().settings.data.get("target", "refs/heads/main"))
    short = target.removeprefix("refs/heads/")
    known = [one for one in (f"refs/remotes/origin/{short}", target) if repo is not None and one in repo.refs]
    if repo is None or not known:
        return record
    oid = repo.ids([f"{repo.resolve(known[0]).oid}:{place.prefix}{record.path}"])[0]
    if not oid:
        return None
    content = b"".join(piece for _, piece in repo.blobs([oid], yamltext.MAX_BYTES + 1))
    try:
        data = yamltext.read(content)
    except yamltext.Refused:
        data = None
    if not isinstance(data, dict):
        raise CannotJudge(f"{record.path} cannot be read at {known[0]}", "Mend it there first.")
    return replace(record, data=data)
