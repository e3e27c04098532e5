"""Coverage as text, Markdown, or plain data. What rules saw is told as just that: nobody is called compliant."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl.drawing import count, prose, rows, table
from itsmctl.escape import visible
from itsmctl.markup import heading, paragraph, row
from itsmctl.standing import EDITIONS, by_number, clauses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from itsmctl.coverage.counting import Coverage, Tally

_HEADS = ("rule", "of records", "looked at", "passed", "failed", "waived", "undecided")
_MEANING = (
    "A rule that passed found nothing in the records that it looked at. Whether the work is done as the records say, "
    "and whether an organisation meets a standard, no rule can see."
)


def text(found: Coverage, width: int) -> str:
    """By process: a line a rule, then what did not run and what nothing looks at; the clauses at the end."""
    lines: list[str] = []
    for process in found.processes:
        tallies = [one for one in found.tallies if one.policy.rule.process == process]
        ran = [_cells(one) for one in tallies if not one.not_run]
        lines += [visible(process), *(table(ran, width, heads=_HEADS) if ran else [])]
        if any(one.not_run for one in tallies):
            lines += ["", "  did not run", *rows(_not_run(tallies), width, indent=4)]
        if any(_idle(one) for one in tallies):
            lines += ["", "  had nothing to look at", *rows(_idlers(tallies), width, indent=4)]
        held = [(one.id, one.title) for one in found.unchecked if one.process == process]
        if held:
            lines += ["", "  no rule checks", *rows(held, width, indent=4)]
        lines.append("")
    if found.bare:
        lines += ["kinds that no rule looks at", *prose(_kinds(found), width, indent=2), ""]
    for edition, entries in _by_clause(found):
        said = [(one.number, "; ".join(_said(one))) for one in entries]
        lines += [EDITIONS[edition], *rows(said, width), ""]
    return "\n".join([*lines, *prose(_summary(found), width), *prose(_MEANING, width)]) + "\n"


def markdown(found: Coverage) -> str:
    """The same as tables, for documents."""
    lines = [*heading(1, "What the rules looked at"), *paragraph(_summary(found)), *paragraph(_MEANING)]
    for process in found.processes:
        tallies = [one for one in found.tallies if one.policy.rule.process == process]
        lines += [*heading(2, process), row([*_HEADS, "note"]), "|---|" + "---:|" * (len(_HEADS) - 1) + "---|"]
        lines += [row([*_cells(tally), _note(tally)]) for tally in tallies]
        held = [one for one in found.unchecked if one.process == process]
        if held:
            lines += ["", row(["no rule checks", "title", "why"]), "|---|---|---|"]
            lines += [row([one.id, one.title, one.reason]) for one in held]
        lines.append("")
    if found.bare:
        lines += [*heading(2, "Kinds that no rule looks at"), *paragraph(_kinds(found))]
    for edition, entries in _by_clause(found):
        heads = ["clause", "looked at records", *_BLIND.values()]
        lines += [*heading(2, EDITIONS[edition]), row(heads), "|---" * len(heads) + "|"]
        for one in entries:
            lines.append(row([one.number, *(", ".join(ids) for ids in (one.looked, one.idle, one.not_run, one.blind))]))
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def data(found: Coverage) -> dict[str, Any]:
    """The same for programs."""
    return {
        "source": found.source,
        "as_of": found.as_of,
        "records": found.records,
        "rules": [_tally_data(one) for one in found.tallies],
        "unchecked": [{**one.model_dump(exclude={"clause"}), "clause": dict(one.clauses)} for one in found.unchecked],
        "kinds_without_rule": dict(found.bare),
        "clauses": {
            edition: {
                one.number: {
                    "looked_at": one.looked,
                    "nothing_to_look_at": one.idle,
                    "not_run": one.not_run,
                    "unchecked": one.blind,
                }
                for one in entries
            }
            for edition, entries in _by_clause(found)
        },
    }


def _tally_data(one: Tally) -> dict[str, Any]:
    rule = one.policy.rule
    return {
        "id": rule.id,
        "title": rule.title,
        "process": rule.process,
        "basis": rule.basis,
        "severity": rule.severity,
        "clause": dict(rule.clause),
        "kinds": list(one.policy.kinds),
        "records": one.records,
        "looked_at": one.looked_at,
        "passed": one.passed,
        "failed": one.failed,
        "waived": one.waived,
        "undecided": one.undecided,
        "not_run": one.not_run or None,
    }


def _cells(one: Tally) -> tuple[str, ...]:
    counts = (one.looked_at, one.passed, one.failed, one.waived, one.undecided)
    return (one.policy.rule.id, str(one.records), *(("" if one.not_run else str(number or "–")) for number in counts))


def _note(one: Tally) -> str:
    return f"did not run: {one.not_run}" if one.not_run else _why_idle(one) if _idle(one) else ""


def _not_run(tallies: Sequence[Tally]) -> list[tuple[str, str]]:
    """(ids, reason), together where the reason is the same."""
    held = sorted((one for one in tallies if one.not_run), key=lambda one: (one.not_run, one.policy.rule.id))
    grouped = groupby(held, key=lambda one: one.not_run)
    return [(", ".join(one.policy.rule.id for one in group), reason) for reason, group in grouped]


def _idle(one: Tally) -> bool:
    return not one.not_run and not one.looked_at


def _idlers(tallies: Sequence[Tally]) -> list[tuple[str, str]]:
    return [(one.policy.rule.id, _why_idle(one)) for one in tallies if _idle(one)]


def _why_idle(one: Tally) -> str:
    kinds = " and no ".join(one.policy.kinds)
    if not one.records:
        return f"there is no {kinds}"
    return f"`when` or the state leaves out all {count(one.records, 'record')} of {' and '.join(one.policy.kinds)}"


def _kinds(found: Coverage) -> str:
    return ", ".join(f"{kind} ({number})" if number else kind for kind, number in found.bare)


class _Entry(Struct, frozen=True):
    """One clause, and the ids of the rules and controls that come from it."""

    number: str
    looked: list[str]
    idle: list[str]
    not_run: list[str]
    blind: list[str]


_BLIND = {"idle": "had nothing to look at", "not_run": "did not run", "blind": "no rule checks"}


def _by_clause(found: Coverage) -> Iterator[tuple[str, list[_Entry]]]:
    """(edition, its clauses in order)."""
    for edition in EDITIONS:
        held: dict[str, _Entry] = {}
        for clause, rule_id, group in _cited(found):
            for number in clauses(clause.get(edition, "")):
                entry = held.setdefault(number, _Entry(number, [], [], [], []))
                ids: list[str] = getattr(entry, group)
                ids.append(rule_id)
        yield edition, [held[number] for number in by_number(held)]


def _cited(found: Coverage) -> Iterator[tuple[dict[str, str], str, str]]:
    """(clauses by edition, id, which list of an entry it belongs to)."""
    for tally in found.tallies:
        group = "not_run" if tally.not_run else "looked" if tally.looked_at else "idle"
        yield dict(tally.policy.rule.clause), tally.policy.rule.id, group
    for one in found.unchecked:
        yield dict(one.clauses), one.id, "blind"


def _said(entry: _Entry) -> Iterator[str]:
    if entry.looked:
        yield ", ".join(entry.looked)
    for group, words in _BLIND.items():
        if ids := getattr(entry, group):
            yield f"{words}: {', '.join(ids)}"


def _summary(found: Coverage) -> str:
    looked = sum(one.looked_at > 0 for one in found.tallies)
    idle = sum(_idle(one) for one in found.tallies)
    not_run = sum(bool(one.not_run) for one in found.tallies)
    parts = [f"{looked} of {count(len(found.tallies), 'rule')} had something to look at"]
    parts += [f"{idle} had nothing"] if idle else []
    parts += [f"{not_run} did not run"] if not_run else []
    parts += [f"no rule checks {count(len(found.unchecked), 'control')}"] if found.unchecked else []
    return f"{', '.join(parts)}; {count(found.records, 'record')} of the {found.source} as of {found.as_of}."
