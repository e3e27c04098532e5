"""Takes a change back for a command: has the desk plan, writes, commits, asks the gate, says what was done."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from itsmctl.cli import courtroom, workplace
from itsmctl.errors import CannotJudge, Misuse

if TYPE_CHECKING:
    from itsmctl.cli.workplace import Workplace
    from itsmctl.desk.backing import BackOut
    from itsmctl.findings import Report
    from itsmctl.gate.model import Proposal
    from itsmctl.gitrepo import GitRepo


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
    from itsmctl.protecting import full
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
    top = _top(place)
    there = {path: rewriting.content(top / full(path, place.prefix)) for path in found.plan}
    found = backing.resumed(found, there)
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
    from itsmctl.protecting import full

    plan = {full(path, place.prefix): one for path, one in found.plan.items()}
    ahead = {path: one for path, one in plan.items() if one.before != one.after or one.runs is not None}
    try:
        rewriting.rewrite_all(_top(place), ahead)
    except CannotJudge as error:
        hint = f"Begin a branch where the target stands, and run it there. {error.hint}"
        raise CannotJudge(error.message, hint) from None
    said = [f"{'deleted' if one.after is None else 'wrote'} {path}" for path, one in sorted(found.plan.items())]
    doubts = list(found.doubts)
    files = {path: one.after for path, one in plan.items()}
    files |= {place.prefix + path: content for path, content in asides.items()}
    runs = {path for path, one in plan.items() if one.runs is not None and one.runs[1]}
    message = f"Back {found.change} out\n"
    if wanted.commit and place.repo is not None:
        try:
            oid = gitwriting.commit_files(place.repo, files, message, os.environ, runs)
        except CannotJudge:
            rewriting.rewrite_all(_top(place), {path: one.backwards for path, one in ahead.items()})
            raise
        said = [f"committed {oid[:7]} on {place.repo.branch or 'HEAD'}: {', '.join(sorted(files))}"]
        doubts += [] if doubts else _denied(place, base)
    else:
        doubts += [] if doubts or place.repo is None else _foreseen(place, place.repo, base, files, message, runs)
        said += [f"{path} is in no commit: commit it, too, as the back-out names it" for path in asides]
    said += [f"  {ref} {what}" for ref, what in found.restored.items()]
    said += [f"under {found.under} until {found.until}"] if found.until and not doubts else []
    said += [f"the gate will not allow it like that: {one}" for one in doubts]
    changing.tell([*said, f"Then {'' if wanted.commit else 'commit it, and '}ask: itsmctl gate"])
    return 1 if doubts else 0


def _top(place: Workplace) -> Path:
    """The top of the repository: what is taken back may stand outside of the governed root, see protecting.TOP."""
    return place.repo.root if place.repo is not None and place.repo.root is not None else place.root


def _denied(place: Workplace, base: str | None) -> list[str]:
    """Why the gate does not let through what was just committed, as far as it can be asked here."""
    try:
        report, _ = courtroom.hear(place.root, courtroom.What(base, "HEAD", None), courtroom.Supposed())
    except (CannotJudge, Misuse) as error:
        return [f"it cannot be asked: {error.message}"]
    return _reasons(report)


def _foreseen(
    place: Workplace,
    repo: GitRepo,
    base: str | None,
    files: Mapping[str, bytes | None],
    message: str,
    runs: Collection[str],
) -> list[str]:
    """Why the gate would not let it through once it is committed; nothing where that cannot be asked here."""
    from itsmctl import announcing, gitwriting

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        try:
            oid = gitwriting.supposed(repo, files, message, os.environ, Path(scratch), runs)
            what, none = courtroom.What(base, oid, None), courtroom.Supposed()
            with courtroom.opened(place.root, what, none, [Path(scratch)]) as case:
                return _reasons(announcing.report(courtroom.heard(case, what, none)))
        except (CannotJudge, Misuse):
            return []


def _reasons(report: Report) -> list[str]:
    if report.passed:
        return []
    found = (one for one in report.open if one.severity == "error")
    told = ((one, f"; {one.hint}" if one.rule == "LACKING" and one.hint else "") for one in found)
    return list(dict.fromkeys(f"{one.rule}: {one.message}{more}" for one, more in told))
