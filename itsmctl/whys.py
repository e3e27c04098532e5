"""Why a rule says what it says of a record: every expression with its value, what decided, and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl import cel, functions, waivers
from itsmctl.drawing import an, code, either, parted, prose, rows
from itsmctl.errors import Misuse
from itsmctl.escape import columns, fold, visible
from itsmctl.nearest import did_you_mean
from itsmctl.policy import World
from itsmctl.records import value_at
from itsmctl.secrecy import KEPT
from itsmctl.veil import Veil

if TYPE_CHECKING:
    from itsmctl.case import Case
    from itsmctl.findings import Finding, Rule, Waived
    from itsmctl.policy import Policy
    from itsmctl.records import Record, Remark
    from itsmctl.rulebook import Rulebook

_ARROW = "→"


class Why(Struct, frozen=True):
    """What a rule does with a record. `aside`: why it does not look at it at all; `steps` are empty then."""

    rule: Rule
    record: Record
    case: Case
    aside: str
    steps: tuple[tuple[str, cel.Trace], ...]
    findings: tuple[tuple[Finding, Waived | None], ...]


def ask(word: str, record: Record, book: Rulebook, case: Case) -> Why:
    """Judge one record by one rule, step by step. Raises Misuse where no rule is called `word`."""
    rule = _rule(word, book)
    policy = book.policy(rule.id)
    if policy is None:
        remarks = [one for one in book.inspect(case).remarks if one.rule == rule.id and one.path == record.path]
        return Why(rule, record, case, "", (), _located(remarks, record, book, case))
    aside = _aside(policy, record, book, case)
    if aside:
        return Why(rule, record, case, aside, (), ())
    world = World(case, functions.bind(case))
    remark = policy.judge(record, world)
    found = _located([remark] if remark is not None else [], record, book, case)
    return Why(rule, record, case, "", tuple(policy.traces(record, world)), found)


def text(why: Why, width: int) -> str:
    """Head, steps, what decided, verdict."""
    lines = rows([(why.record.ref, why.record.title), (why.rule.id, why.rule.title)], width, indent=0)
    for label, trace in why.steps:
        lines += ["", label]
        is_secret = _is_secret(why, trace)
        for line in trace.lines():
            lines += _step(line, width, is_secret)
    if why.steps:
        lines += _decided(why, width)
    return "\n".join([*lines, "", *_verdict(why, width)]) + "\n"


def _rule(word: str, book: Rulebook) -> Rule:
    found = next((rule for rule in book.rules if rule.id.casefold() == word.casefold()), None)
    if found is None:
        guess = did_you_mean(word, book.by_id)
        control = next((one for one in book.unchecked if one.id.casefold() == word.casefold()), None)
        if control is not None:
            raise Misuse(f"no rule checks {control.id}: {control.title}", f"itsmctl explain {control.id} says why.")
        raise Misuse(
            f"there is no rule {word}" + (f": {guess}" if guess else ""), "itsmctl policy list prints the rules."
        )
    return found


def _aside(policy: Policy, record: Record, book: Rulebook, case: Case) -> str:
    """Why the rule never gets to see the record, or nothing."""
    rule, lifecycle = policy.rule, book.kinds[record.kind].lifecycle
    if record.kind not in policy.kinds:
        return f"{rule.id} looks at {either(policy.kinds)}, and this is {an(record.kind)}."
    if rule.id in book.off:
        return f"{rule.id} is switched off in itsm.yaml: {book.off[rule.id]}"
    if not record.sound:
        return f"The record breaks its schema, so no policy looks at it: itsmctl validate {record.path} says where."
    if policy.needs_base and case.base is None:
        return f"{rule.id} compares with an earlier revision: give --since REV."
    if not policy.closed and lifecycle is not None and record.state in lifecycle.terminal:
        return f"{record.state} is a terminal state, and {rule.id} only looks at records that still change."
    return ""


def _located(
    remarks: list[Remark], record: Record, book: Rulebook, case: Case
) -> tuple[tuple[Finding, Waived | None], ...]:
    lifted = waivers.lift(remarks, waivers.in_force(case), book.by_id)
    veil = Veil(case.head)
    return tuple((veil.finding(case.head.places.finding(remark, record)), waived) for remark, waived in lifted)


def _is_secret(why: Why, trace: cel.Trace) -> bool:
    """Does the expression look at a secret, so that no value is shown that came of it?"""
    veil, records = Veil(why.case.head), why.case.head.records
    read = [(why.record if one.root == "self" else records.get(str(one.root)), one.pointer) for one in trace.reads]
    return any(record is not None and veil.hides(record, pointer) for record, pointer in read)


def _step(line: cel.Line, width: int, is_secret: bool) -> list[str]:
    """A sub-expression, and its value beside it, or below where there is no room."""
    indent = " " * (2 + 2 * line.depth)
    room = max(width - len(indent), 20)
    folded = fold(visible(" ".join(line.text.split())), room)
    said = _value(line)
    if is_secret and said not in ("true", "false", "not evaluated", "this record", ""):
        said = KEPT
    value = f"{_ARROW} {said}" if said else ""
    if not value or columns(folded[-1]) + 2 + columns(value) <= room:
        folded[-1] = f"{folded[-1]}  {value}".rstrip()
    else:
        folded += [f"  {part}" for part in fold(value, room - 2)]
    return [indent + part for part in folded]


def _value(line: cel.Line) -> str:
    if not line.evaluated:
        return "not evaluated"
    if line.failed:
        return visible(f"error: {line.value}")
    read = line.read
    if read is not None and read.present and not read.pointer and (read.root == "self" or "/" in read.root):
        return "this record" if read.root == "self" else visible(read.root)  # says more than its first fields
    return visible(line.value)


def _decided(why: Why, width: int) -> list[str]:
    """The places that the last expression came down to."""
    label, trace = why.steps[-1]
    veil = Veil(why.case.head)
    said = []
    for read in trace.blame():
        record = why.record if read.root == "self" else why.case.head.records.get(read.root)
        if record is None:
            continue
        place = read.pointer if record is why.record else f"{read.pointer} of {record.ref}"
        told = KEPT if veil.hides(record, read.pointer) else cel.render(value_at(record.data, read.pointer))
        stands = f"{_ARROW} {told}" if read.present else "is not there"
        said.append((place, stands) if read.pointer else (record.ref, "as a whole"))
    return ["", f"what decided {label}", *rows(said, width)] if said else []


def _verdict(why: Why, width: int) -> list[str]:
    rule = why.rule
    if why.aside:
        return [*prose("verdict: does not apply", width), *prose(why.aside, width, indent=2)]
    lines: list[str] = []
    for finding, waived in why.findings:
        at = f"{finding.place.path}:{finding.place.line}:{finding.place.column}"
        undecided = finding.rule != rule.id
        word = "cannot be decided" if undecided else "fails, and is waived" if waived else f"fails ({rule.severity})"
        lines += [f"verdict: {word}"]
        said, example = parted(finding.hint)
        lifted = f"Waiver/{waived.waiver} until {waived.expires}: {' '.join(waived.reason.split())}" if waived else ""
        lines += rows(
            [
                ("at", f"{at} ({finding.place.pointer or '/'})"),
                ("says", finding.message),
                ("waived by", lifted),
                ("help", " ".join(said.split())),
            ],
            width,
        )
        lines += code("\n".join(example), width, indent=6) if example else []
    if lines:
        return lines
    if why.steps and why.steps[-1][0] == "when":
        return ["verdict: does not apply", f"  {rule.id} only looks at records of which `when` is true."]
    if why.steps and why.steps[-1][1].error is not None:
        return ["verdict: cannot be decided", *prose(why.steps[-1][1].error.message, width, indent=2)]
    return ["verdict: passes"]
