"""What a manifest says beside the records: relations, counts, what the rules say, votes. Judged as of the commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from itsmctl import __version__, waivers
from itsmctl.baseline import form, packs, scope
from itsmctl.baseline.origins import listed
from itsmctl.evidence import signed, statement
from itsmctl.evidence.signed import EvidenceFile
from itsmctl.gitedits import PLAIN
from itsmctl.marked import without
from itsmctl.records import CHANGE
from itsmctl.roster import Roster

if TYPE_CHECKING:
    from itsmctl.case import Case
    from itsmctl.gitbench import Bench
    from itsmctl.marked import Marks
    from itsmctl.records import Record
    from itsmctl.rulebook import Rulebook
    from itsmctl.snapshot import Snapshot


def build(
    bench: Bench,
    tree: str,
    prefix: str,
    book: Rulebook,
    case: Case,
    digests: Mapping[str, str],
    marks: Marks,
    environ: Mapping[str, str],
) -> dict[str, Any]:
    """The section. `digests`: Kind/name of every item → its digest, sorted; `tree` is that of the commit.

    `marks`: of the secrets, which no digest is over.
    """
    head = case.head
    schemas, policies = packs.of(head.source)
    inside, outside = _edges(head, digests, marks)
    return {
        "schemas": schemas,
        "policies": policies,
        "tool": __version__,
        "relations": inside,
        "boundary": outside,
        "accounting": accounting(book, case, digests),
        "checks": _checks(book, case, digests),
        "votes": _votes(bench, tree, prefix, case, digests, environ),
    }


def _digest(record: Record | None, marks: Marks) -> str | None:
    """The digest of a record outside of the scope; None where it is not there, or has none."""
    try:
        if record is None:
            return None
        return form.digest(without(record.data, marks.of(record.kind, record.data), dict(form.SECRET)))
    except ValueError:
        return None


def _edges(
    head: Snapshot, digests: Mapping[str, str], marks: Marks
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    inside, outside = [], []
    known: dict[str, str | None] = {}
    for source, field, type_, target in scope.edges(list(digests), head):
        edge: dict[str, Any] = {"from": source, "field": field, "type": type_, "to": target}
        if target in digests:
            inside.append(edge)
            continue
        if target not in known:
            known[target] = _digest(head.records.get(target), marks)
        outside.append(edge | {"digest": known[target]})
    return inside, outside


def accounting(book: Rulebook, case: Case, digests: Mapping[str, str]) -> dict[str, Any]:
    """Counts of the items, and what is on the way for them. `digests`: Kind/name of every item → anything."""
    held = [case.head.records[ref] for ref in digests]
    states: dict[str, Counter[str]] = {}
    for record in held:
        states.setdefault(record.kind, Counter())[record.state] += 1
    grants = [one for one in waivers.in_force(case) if one.target in digests]
    return {
        "kinds": dict(sorted(Counter(record.kind for record in held).items())),
        "states": {kind: dict(sorted(counted.items())) for kind, counted in sorted(states.items())},
        "changes": [
            {"name": record.name, "state": record.state, "items": items}
            for record, items in _changes(case.head, digests)
            if record.state not in _ended(book)
        ],
        "waivers": [
            {"waiver": one.record.name, "rule": one.rule, "record": one.target, "expires": one.waived.expires}
            for one in sorted(grants, key=lambda one: one.record.name)
        ],
    }


def _ended(book: Rulebook) -> frozenset[str]:
    lifecycle = book.kinds[CHANGE].lifecycle
    return frozenset(lifecycle.terminal) if lifecycle is not None else frozenset()


def _changes(head: Snapshot, digests: Mapping[str, str]) -> Iterator[tuple[Record, list[str]]]:
    """(change, the items that it lists) for every change that lists any, by name."""
    for record in head.by_kind.get(CHANGE, ()):
        items = sorted(ref for ref in listed(record.data) if ref in digests)
        if items:
            yield record, items


def _checks(book: Rulebook, case: Case, digests: Mapping[str, str]) -> list[dict[str, Any]]:
    """Every rule that looks at a kind of item, and what it says of the items. Rules on other kinds are left alone."""
    kinds = {ref.partition("/")[0] for ref in digests}
    narrow = replace(book, policies=tuple(one for one in book.policies if kinds.intersection(one.kinds)))
    inspection = narrow.inspect(case)
    found: Counter[str] = Counter()
    lifted: Counter[str] = Counter()
    for remark, waived in waivers.lift(inspection.remarks, waivers.in_force(case), narrow.by_id):
        if remark.record in digests:
            found[remark.rule] += 1
            lifted[remark.rule] += waived is not None
    run = [(rule, _result(found[rule], lifted[rule])) for rule in inspection.run]
    run += [(one.rule, "not-run") for one in inspection.not_run]
    return [
        {"rule": rule, "result": result, "findings": found[rule], "waived": lifted[rule]}
        for rule, result in sorted(run)
    ]


def _result(findings: int, waived: int) -> str:
    if findings == 0:
        return "pass"
    return "waived" if findings == waived else "fail"


def _votes(
    bench: Bench, tree: str, prefix: str, case: Case, digests: Mapping[str, str], environ: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Every signed vote in the tree on a change that lists items; by whose keys, the commit itself says."""
    names = {record.name for record, _ in _changes(case.head, digests)}
    files = [one for one in evidence(bench, tree, prefix) if one.path.split("/")[1] in names]
    if not files:
        return []
    roster = Roster.of(case.head, case.as_of)
    collected = signed.collect(files, roster, case.as_of, environ)
    voted = [
        _voted(one.change, one.person, one.decision, one.role, one.source, one.digest, one.key)
        for one in collected.votes
    ]
    voted += [
        _voted(one.change, one.person, one.decision or "", "", one.source, fault=one.code) for one in collected.refused
    ]
    return sorted(voted, key=lambda one: (one["change"], one["person"], one["source"], one["fault"]))


def _voted(
    change: str, person: str, decision: str, role: str, source: str, digest: str = "", key: str = "", fault: str = ""
) -> dict[str, str]:
    return {
        "change": change,
        "person": person,
        "decision": decision,
        "role": role,
        "source": source,
        "digest": digest,
        "key": key,
        "fault": fault,
    }


def evidence(bench: Bench, tree: str, prefix: str, folder: str = statement.FOLDER) -> Sequence[EvidenceFile]:
    """Each statement below a folder of the tree (from the governed root) with the signature beside it."""
    entries = bench.repo.tree_files(tree, f"{prefix}{folder}")
    blobs = {one.path.removeprefix(prefix): one.oid for one in entries if one.mode == PLAIN}
    paths = sorted({path.removesuffix(".sig") for path in blobs if path.count("/") > 1})
    read = dict(bench.repo.blobs(list(dict.fromkeys(blobs.values())), statement.LONGEST + 1))
    return [
        EvidenceFile(
            path,
            read[blobs[path]] if path in blobs else None,
            read[blobs[f"{path}.sig"]] if f"{path}.sig" in blobs else None,
            "the commit",
        )
        for path in paths
    ]
