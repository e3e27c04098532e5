"""The first governance: nothing at the base judges it, so its digest has to be known to whoever lets it in.

Only where neither the base nor its history has settings. From the next head on, all is as always.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from itsmctl import canonical, deadlock, inline, rulebook, snapshot, sources, validate
from itsmctl.case import Case
from itsmctl.errors import CannotJudge
from itsmctl.findings import at_least
from itsmctl.firstparent import FirstParent
from itsmctl.gate import calendar
from itsmctl.gate.model import Brought, Proposal
from itsmctl.gate.verdict import About, Verdict, allow, deny, of
from itsmctl.hearing import Hearing
from itsmctl.protecting import is_protected
from itsmctl.settings import FILE
from itsmctl.sources import SourceFile
from itsmctl.validate import Selection
from itsmctl.votes import Evidence

if TYPE_CHECKING:
    from itsmctl.findings import Finding
    from itsmctl.gitbench import Bench
    from itsmctl.gitrepo import Revision
    from itsmctl.proposal import Ask
    from itsmctl.rulebook import Rulebook
    from itsmctl.snapshot import Snapshot

RULE = "ApprovalRule"


MOVED = (
    "No head moves a governed folder: by {} it is denied. Leave it where it is. Where it has to move, have the "
    "administrators merge it past the gate, once they have looked at it. {}"
)
"""What to do about a governed folder that a head has elsewhere."""

WAY = "If you know this governance to be right: itsmctl gate --bootstrap {}"


def hear(bench: Bench, ask: Ask, pinned: str | None, way: str = WAY) -> Hearing:
    """The verdict on the first governance, if `pinned` ("sha256:…") is that of what the head brings.

    Raises CannotJudge where there is, or was, governance already, where the head brings none, and where no digest is
    given: then `way` says what to do, with the digest in its "{}".
    """
    _refuse_governed(bench, ask)
    merged = bench.merge(ask.base.oid, ask.head.oid)
    bench.refuse_damaged(ask.base.oid, ask.head.oid)
    source = sources.Commit(bench.repo, ask.prefix, merged.commit)
    if not source.holds(FILE):
        _refuse_elsewhere(bench, ask)
        message = f"neither the base nor the head has an {FILE}: nothing is governed here"
        raise CannotJudge(message, "itsmctl init writes a first governance.")
    _refuse_second(bench, ask, merged.commit)
    book = rulebook.load(source)
    held = snapshot.read(source, book.law)
    found = f"sha256:{_digest(held, book, source)}"
    if pinned is None:
        message = f"{ask.prefix}{FILE} is new, and nothing at the base can judge it"
        gone = left(bench, ask.base, merged.commit)
        if gone:
            message += (
                f"; {', '.join(one + FILE for one in gone)} is taken away, and what it governs is not judged here"
            )
            raise CannotJudge(message, MOVED.format(inline.named(gone), way.format(found)))
        raise CannotJudge(message, way.format(found))
    proposal = Proposal(
        base=held,
        merged=held,
        rulebook=book,
        base_oid=ask.base.oid,
        head_oid=ask.head.oid,
        tree=merged.tree,
        target=ask.target or str(book.settings.data.get("target", "refs/heads/main")),
        now=ask.now,
        edits={},
        shelf={},
        commits=(),
        history=FirstParent(bench, ask.base.oid, ask.prefix, book.kinds, _nobody, ask.now.timestamp()),
        is_simulated=ask.is_simulated,
    )
    grounds = [_pinned(pinned, found), *_errors(book, held, ask), *_rules(Case(held, ask.now))]
    details = {
        "base": ask.base.oid,
        "head": ask.head.oid,
        "tree": merged.tree,
        "target": proposal.target,
        "repository": proposal.repository,
        "at": calendar.said(ask.now),
        "simulated": ask.is_simulated,
        "valid_until": None,
        "ends_with": None,
        "governance": found,
    }
    verdict = of("gate", "gate", grounds, "the first governance", "BOOTSTRAP")
    verdict = replace(verdict, code="BOOTSTRAP" if verdict.allowed else "", details=details)
    return Hearing(proposal, Evidence(), verdict)


def digest(bench: Bench, ask: Ask) -> str:
    """What would have to be pinned for the head to be let in as the first governance."""
    gone = left(bench, ask.base, ask.head)
    if gone:
        says = f"{ask.prefix}{FILE} is new, and {', '.join(one + FILE for one in gone)} is taken away"
        raise CannotJudge(f"{says}: a governance moved, and no digest is pinned that says to what")
    source = sources.Commit(bench.repo, ask.prefix, ask.head)
    book = rulebook.load(source)
    return f"sha256:{_digest(snapshot.read(source, book.law), book, source)}"


def _nobody(_: object, __: bool) -> Brought:
    raise CannotJudge("the first governance has no history")


def _refuse_governed(bench: Bench, ask: Ask) -> None:
    """Whoever takes the governance away does not get to begin anew."""
    path = ask.prefix + FILE
    if bench.repo.ids([f"{ask.base.oid}:{path}"])[0]:
        raise CannotJudge(f"the base is governed already: {path} stands there", "Leave --bootstrap out.")
    if bench.repo.once_held(ask.base.oid, path, path):
        message = f"the base was governed once, and {path} is gone"
        raise CannotJudge(
            message, "Bring the file back as it was, past the gate and with the administrators' knowledge."
        )


def left(bench: Bench, base: Revision, after: Revision) -> tuple[str, ...]:
    """Governed folders of the base that are none afterwards: whoever moves one begins anew elsewhere."""
    return tuple(one for one in inline.governed(bench, base) if one not in inline.governed(bench, after))


def _refuse_elsewhere(bench: Bench, ask: Ask) -> None:
    """Nothing is governed in this folder, nor is to be; another one may be."""
    folders = inline.governed(bench, ask.base)
    if folders:
        where = f"in {ask.prefix.rstrip('/')} or above it" if ask.prefix else "at the top"
        message = f"neither the base nor the head has an {FILE} {where}: nothing is governed there"
        raise CannotJudge(
            message, f"Name the folder that is governed, from the repository's top: {inline.named(folders)}"
        )


def _refuse_second(bench: Bench, ask: Ask, revision: Revision) -> None:
    """One governance in each line of folders: else the folder that one stands in would choose the law."""
    other = inline.beside(bench, revision, ask.prefix)
    if other:
        message = f"{other} stands in line with {ask.prefix}{FILE}, and no folder may choose which of them decides"
        raise CannotJudge(message, "Begin beside it, or take it away first.")


def _digest(held: Snapshot, book: Rulebook, source: sources.Commit) -> str:
    """Of every file that is governed, by path and bytes: who pins it has seen all of it."""
    found = {}
    for top in ("itsm.yaml", "policies", "schemas", "records", "approvals", "baselines"):
        for file in source.files(top):
            content = file.content if isinstance(file, SourceFile) else file.what.encode()
            found[file.path] = hashlib.sha256(content).hexdigest()
    for one in source.repo.tree_files(source.revision.tree, source.prefix or "."):
        path = one.path.removeprefix(source.prefix)
        if is_protected(path, held.law) and path not in found:
            found[path] = hashlib.sha256(source.content(path) or one.oid.encode()).hexdigest()
    return canonical.digest({"repository": str(book.settings.data["repository"]), "files": found})


def _pinned(pinned: str, found: str) -> Verdict:
    if pinned == found:
        return allow("check", "governance", f"is the one that is pinned: {found}")
    says = f"the head brings {found}, and {pinned} is pinned: look at what it brings before you pin it"
    return deny("check", "governance", "BOOTSTRAP_DIFFERS", says)


def _errors(book: Rulebook, held: Snapshot, ask: Ask) -> Iterator[Verdict]:
    report = validate.validate(book, Case(held, ask.now), Selection())
    for finding in report.open:
        if at_least(finding.severity, "error"):
            yield _inspected(finding)


def _inspected(finding: Finding) -> Verdict:
    place = finding.place
    about = About(place.path, place.pointer)
    says = f"{finding.rule}: {finding.message}"
    return deny("check", finding.record or place.path, "INSPECTION", says, about, rule=finding.rule, line=place.line)


def _rules(case: Case) -> Iterator[Verdict]:
    """A governance that nobody could ever edit, or that decides on nothing, is none."""
    for family in ("governance", "changes"):
        if not any(one.sound and one.data["spec"]["for"] == family for one in case.head.by_kind.get(RULE, ())):
            yield deny(
                "check", RULE, "NO_RULE", f"there is no approval rule for {family}: nothing of it could be edited"
            )
    for remark in deadlock.inspect(case):
        if remark.rule == "approval-deadlock":
            yield deny("check", remark.record, "DEADLOCK", remark.message, About(remark.path, remark.pointer))
