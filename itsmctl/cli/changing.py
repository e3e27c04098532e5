"""Writes and moves changes for a command: opens work tree and case, has the desk plan, writes, says what was done."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl.cli import courtroom, say, workplace
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.escape import visible

if TYPE_CHECKING:
    from itsmctl.cli.workplace import Workplace
    from itsmctl.desk.drafting import Draft
    from itsmctl.gate.model import Proposal
    from itsmctl.kinds import Kind
    from itsmctl.proposal import Reader
    from itsmctl.snapshot import Snapshot


def email() -> str:
    """The e-mail address that git would write for an author, as far as settings and environment say one."""
    from itsmctl import gitrepo

    return os.environ.get("GIT_AUTHOR_EMAIL") or gitrepo.identity(os.environ)[1]


class Wanted(Struct, frozen=True):
    """What `change new --from-diff` is told."""

    name: str
    model: str | None
    settings: Sequence[str]


def from_diff(wanted: Wanted, root: Path | None, base: str | None) -> int:
    """Write the change that covers what the branch edits; 0, and nothing is written where no edit is uncovered."""
    from itsmctl import proposal
    from itsmctl.desk import drafting, files, pending
    from itsmctl.records import CHANGE
    from itsmctl.roster import Roster

    place = workplace.find(root)
    with courtroom.opened(
        place.root, courtroom.What(base, "HEAD", None, may_be_own=True), courtroom.Supposed()
    ) as case:
        held, reader = proposal.read(case.bench, case.ask, os.environ)
        work = _work_tree(place, held, reader)
        touched, waiting = pending.not_pending(pending.uncovered(held), held, work)
        asides = [*waiting, *_uncommitted(reader.snapshot(reader.bench.revision(held.head_oid)), work)]
        if not touched:
            none = "nothing controlled differs from the base without a change: none is needed"
            return tell([*([] if waiting else [none]), *asides])
        kind = held.rulebook.kinds[CHANGE]
        wish = _wish(wanted, place, kind, held)
        drafted = drafting.draft(held, touched, Roster.of(held.base, held.now), wish)
    files.write_all(place.root, {wish.path: drafted.content(kind)})
    return tell([f"wrote {wish.path}", *_about(drafted, wish.name), *asides])


def _wish(wanted: Wanted, place: Workplace, kind: Kind, held: Proposal) -> Any:
    """With a name that neither this branch nor the target has or ever had."""
    from itsmctl.desk import drafting, new

    source = place.source()
    while True:
        plan = new.prepare(kind.name, wanted.name, source, place.rulebook(source), held.now.year)
        if not held.history.used(f"{kind.name}/{plan.name}"):
            break
        if wanted.name:
            message = f"{kind.name}/{plan.name} was used on the target branch, and names are never reused"
            raise Misuse(message, "Choose another name, or leave it out.")
    return drafting.Wish(plan.name, plan.path, wanted.model, new.parse(kind, wanted.settings), email())


def _about(drafted: Draft, name: str) -> Iterable[str]:
    """What the new change is, and what it still needs."""
    from itsmctl.desk import ruling
    from itsmctl.gate import emergency
    from itsmctl.kinds.words import dotted

    spec = drafted.data["spec"]
    yield f"{name}: {drafted.data['metadata']['title']} ({spec['class']}, {spec['state']})"
    yield from (f"  {one['action']}  {one['item']}" for one in spec["items"])
    yield from drafted.notes
    last = ""
    for since, pointers in drafted.due:
        if since != last:
            yield f"due once it is {since}, and not to be known from the diff:"
        last = since
        yield f"  {' or '.join(dotted(one) for one in pointers)}"
    if drafted.asked:
        yield f"asked for by rules by the time that it is {ruling.BEGUN}:"
        yield from (f"  {rule}: {said}" for rule, said, _ in drafted.asked)
    if drafted.due or drafted.asked:
        late = (
            "" if spec["class"] == emergency.CLASS else " Write them all before the votes, which are on what it says."
        )
        yield f"The file shows an example of each.{late}"
    if spec["class"] == emergency.CLASS:
        yield "An emergency goes ahead at once, and owes the rest: write spec.emergency, and what you know. Then:"
        yield f"itsmctl change move {name} implementing, commit it, and have it voted on: itsmctl change approve {name}"
    elif drafted.due or drafted.asked:
        yield f"Then: itsmctl change submit {name}"
    else:
        yield "Now commit it, and ask: itsmctl gate"


def _work_tree(place: Workplace, held: Proposal, reader: Reader) -> Snapshot:
    """The records of the work tree. Raises CannotJudge where a change cannot be read: it may be for these edits."""
    from itsmctl import snapshot
    from itsmctl.records import CHANGE

    work = snapshot.read(place.source(), reader.law, reader.memo)
    for ref, path in sorted(work.unread.items()):
        if ref.startswith(f"{CHANGE}/") and ref not in held.base.unread:
            hint = f"It may be for these edits, so mend it first: itsmctl validate {path} says what is wrong."
            raise CannotJudge(f"{path} cannot be read as a record", hint)
    return work


def _uncommitted(head: Snapshot, work: Snapshot) -> list[str]:
    """A word on records that were edited and not committed: what is written is about commits."""
    from itsmctl.records import same

    old, new = head.records, work.records
    differing = [
        ref
        for ref in sorted({*old, *new})
        if ref not in old or ref not in new or not same(old[ref].data, new[ref].data)
    ]
    shown = ", ".join(differing[:5]) + (f" and {len(differing) - 5} more" if len(differing) > 5 else "")
    return [f"note: edited and not committed, and so left out: {shown}"] if differing else []


def tell(lines: Iterable[str]) -> int:
    """Print each line, escaped; 0."""
    return say.put("".join(f"{visible(line)}\n" for text in lines for line in text.split("\n")))


def plain(name: str, model: str | None, settings: Mapping[str, str] | Sequence[str], root: Path | None) -> int:
    """As `itsmctl new ChangeRequest`; with a model as a standard change."""
    from itsmctl.cli import write

    given = list(settings)
    if model is not None:
        given = [f"model={model}", "class=standard", *given]
    return write.new("ChangeRequest", name, given, False, root)
