"""Takes a change back for a command: has the desk plan, writes, commits, asks the gate, says what was done."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from itsmctl.cli import courtroom, workplace
from itsmctl.errors import CannotJudge, Misuse

if TYPE_CHECKING:
    from pathlib import Path

    from itsmctl.cli.workplace import Workplace
    from itsmctl.desk.backing import BackOut
    from itsmctl.gate.model import Proposal


class Retreat(Struct, frozen=True):
    """What `change backout` is told."""

    change: str
    incidents: Sequence[str]
    problems: Sequence[str]
    settings: Sequence[str]
    commit: bool


def back_out(wanted: Retreat, root: Path | None, base: str | None) -> int:
    """Write the back-out, and commit it where that is asked for; 1 where the gate will not allow it like that.

    Raises Misuse where something is to be added to the command line first: then nothing is written.
    """
    from itsmctl import hearing, proposal
    from itsmctl.cli import changing
    from itsmctl.desk import backing, new, rewriting
    from itsmctl.evidence import signed
    from itsmctl.records import CHANGE
    from itsmctl.roster import Roster

    place = workplace.find(root)
    with courtroom.opened(
        place.root, courtroom.What(base, base or "HEAD", None, may_be_own=True), courtroom.Supposed()
    ) as case:
        ask = replace(case.ask, head=case.ask.base)  # what is taken back is what the base has
        held, _ = proposal.read(case.bench, ask, os.environ)
        roster = Roster.of(held.base, held.now)
        name = wanted.change.removeprefix(f"{CHANGE}/")
        files = hearing.committed(case.bench, ask, held, [name])
        evidence = signed.collect(files, roster, held.now, os.environ)
        values = new.parse(held.rulebook.kinds[CHANGE], wanted.settings)
        me = roster.email(changing.email()) or ""
        wish = backing.Wish(me, tuple(wanted.incidents), tuple(wanted.problems), values)
        found = backing.plan(held, evidence, name, wish)
        asides = _follow_ups(wanted, held, place)
    if found.lacks:
        raise Misuse(f"the back-out of {found.change} needs {', and '.join(found.lacks)}", "Nothing was written.")
    found = backing.resumed(found, {path: rewriting.content(place.root / path) for path in found.plan})
    return _carry_out(found, place, asides, wanted, base)


def _follow_ups(wanted: Retreat, held: Proposal, place: Workplace) -> dict[str, bytes]:
    """Path → content of the incidents and problems that are named and stand in the work tree alone.

    Raises Misuse for one that stands nowhere.
    """
    head = place.snapshot("HEAD")
    found = {}
    for kind, names in (("Incident", wanted.incidents), ("Problem", wanted.problems)):
        for name in names:
            if any(one.get(f"{kind}/{name}") is not None for one in (head, held.base)):
                continue
            path = head.law.home(head.law.kinds[kind].plural, name)
            if not (place.root / path).is_file():
                raise Misuse(f"there is no {kind} {name}", f"Write it first: itsmctl new {kind} {name}")
            found[path] = (place.root / path).read_bytes()
    return found


def _carry_out(found: BackOut, place: Workplace, asides: Mapping[str, bytes], wanted: Retreat, base: str | None) -> int:
    from itsmctl import gitwriting
    from itsmctl.cli import changing
    from itsmctl.desk import rewriting

    ahead = {path: one for path, one in found.plan.items() if one.before != one.after}
    backwards = {path: rewriting.Rewrite(one.after, one.before) for path, one in ahead.items()}
    try:
        rewriting.rewrite_all(place.root, ahead)
    except CannotJudge as error:
        hint = f"Begin a branch where the target stands, and run it there. {error.hint}"
        raise CannotJudge(error.message, hint) from None
    said = [f"{'deleted' if one.after is None else 'wrote'} {path}" for path, one in sorted(found.plan.items())]
    doubts = list(found.doubts)
    if wanted.commit and place.repo is not None:
        files = {place.prefix + path: one.after for path, one in found.plan.items()}
        files |= {place.prefix + path: content for path, content in asides.items()}
        try:
            oid = gitwriting.commit_files(place.repo, files, f"Back {found.change} out\n", os.environ)
        except CannotJudge:
            rewriting.rewrite_all(place.root, backwards)
            raise
        said = [f"committed {oid[:7]} on {place.repo.branch or 'HEAD'}: {', '.join(sorted(files))}"]
        doubts += [] if doubts else _denied(place, base)
    else:
        said += [f"{path} is in no commit: commit it, too, as the back-out names it" for path in asides]
    said += [f"  {ref} {what}" for ref, what in found.restored.items()]
    said += [f"under {found.under} until {found.until}"] if found.until and not doubts else []
    said += [f"the gate will not allow it like that: {one}" for one in doubts]
    changing.tell([*said, f"Then {'' if wanted.commit else 'commit it, and '}ask: itsmctl gate"])
    return 1 if doubts else 0


def _denied(place: Workplace, base: str | None) -> list[str]:
    """Why the gate does not let through what was just committed, as far as it can be asked here."""
    try:
        report, _ = courtroom.hear(place.root, courtroom.What(base, "HEAD", None), courtroom.Supposed())
    except (CannotJudge, Misuse) as error:
        return [f"it cannot be asked: {error.message}"]
    return [] if report.passed else [f"{one.rule}: {one.message}" for one in report.open if one.severity == "error"]
