"""Says where a change is that the head does not have, and what of it is in no commit. Decides nothing."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from itsmctl.cli.courtroom import Case
    from itsmctl.cli.workplace import Workplace
    from itsmctl.findings import Report
    from itsmctl.gate.model import Proposal
    from itsmctl.records import Law, Record


_MOST_ASKED = 50


def elsewhere(case: Case, held: Proposal, name: str) -> str:
    """What to do about a change that the head does not have, where another branch has it; else nothing."""
    from itsmctl.records import CHANGE

    law = held.base.law
    path = case.ask.prefix + law.home(law.kinds[CHANGE].plural, name)
    full = [ref for ref in case.repo.refs if ref.startswith(("refs/heads/", "refs/remotes/"))]
    there = zip(full, case.repo.ids([f"{ref}:{path}" for ref in full]), strict=True)
    short = {ref.split("/", 2)[2]: ref for ref, oid in there if oid}
    if not short:
        return ""
    first, *others = sorted(short, key=lambda one: (short[one].startswith("refs/remotes/"), one))
    more = f" ({', '.join(others[:3])} too)" if others else ""
    return f"It is on {first}{more}: git switch {_switched(first, short[first])}, or add --head {shlex.quote(first)}."


def on_branch(place: Workplace) -> Callable[[str], str]:
    """Path from the governed root → the branch of this repository that holds a file there, "" for none."""
    from itsmctl import unmerged

    repo = place.repo
    return lambda path: unmerged.branch_of(repo, place.prefix + path) if repo is not None else ""


def told(report: Report, place: Workplace, law: Law) -> Report:
    """The same report, where what a reference names is not to be written anew, as a branch holds it."""
    from msgspec.structs import replace

    from itsmctl import unmerged

    where, found = on_branch(place), []
    asked: dict[str, str] = {}  # path → branch: of thousands that are missing the first are looked for
    for one in report.findings:
        kind, _, name = one.message.removeprefix("there is no ").partition(" called ")
        known = law.kinds.get(kind) if one.rule == "reference" and name else None
        path = law.home(known.plural, name) if known is not None else ""
        if path and path not in asked and len(asked) < _MOST_ASKED:
            asked[path] = where(path)
        branch = asked.get(path, "")
        hint = f"{unmerged.said(f'{kind}/{name}', branch)}: merge it first." if branch else one.hint
        found.append(replace(one, hint=hint) if branch else one)
    return replace(report, findings=tuple(found))


def pending(case: Case, held: Proposal, name: str) -> str:
    """What to do about a change that stands in the work tree, and in no commit; else nothing."""
    from itsmctl.records import CHANGE

    path = held.base.law.home(held.base.law.kinds[CHANGE].plural, name)
    top = case.repo.root
    if case.ask.called or top is None or not (top / case.ask.prefix / path).is_file():
        return ""
    return f"{path} is there, and in no commit: commit it, as the gate reads commits."


def edited(case: Case, record: Record) -> list[str]:
    """A word on a record that the work tree has otherwise than the head, where that is what is checked out."""
    from itsmctl import yamltext
    from itsmctl.records import same

    file = case.repo.root / case.ask.prefix / record.path if case.repo.root is not None else None
    oid = case.bench.repo.ids([f"{case.ask.head.oid}:{case.ask.prefix}{record.path}"])[0]
    if case.ask.called or file is None or not oid:
        return []
    says = f"{record.path} is edited and not committed: this is what the commit says"
    try:
        here, there = yamltext.read(file.read_bytes()), yamltext.read(case.bench.content(oid))
    except (OSError, yamltext.Refused):
        return [says]
    if same(here, there):
        return []
    spec = here.get("spec") if isinstance(here, dict) else None
    state = spec.get("state") if isinstance(spec, dict) else None
    return [says + (f"; in the file it is {state}" if isinstance(state, str) and state != record.state else "")]


def _switched(short: str, full: str) -> str:
    """What git switch takes: of a branch of a remote, the name that it has here then."""
    return shlex.quote(short.partition("/")[2] if full.startswith("refs/remotes/") else short)
