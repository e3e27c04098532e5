"""Holds a policy against its own examples: a tiny world of records for each, in memory. Reads no files, no clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from itsmctl import cel, functions
from itsmctl.case import Case
from itsmctl.findings import Rule
from itsmctl.policy.rule import Policy, World
from itsmctl.records import Law, Places, Record, Remark, references_of
from itsmctl.snapshot import Snapshot

if TYPE_CHECKING:
    from itsmctl.policy.model import Example
    from itsmctl.sources import Irregular, SourceFile

Verdict = Literal["pass", "fail", "does not apply", "undecided", "unsound"]
"""`unsound`: the example holds a record that breaks its schema, so no rule would ever look at it."""

AS_OF = "2026-01-01T00:00:00Z"
"""The time of the judgement where an example gives none."""

_OWNER = "Role/example-owner"
_NAME = "example"

RULES: tuple[Rule, ...] = (
    Rule(
        id="policy-example",
        title="Every example of a policy behaves as it says",
        severity="error",
        description="The examples are the tests of a rule, and what `itsmctl explain` shows. One that does not behave "
        "means that the rule does something else than its author thinks.",
        remediation="Mend the rule, or the example. itsmctl policy test FILE runs the examples of one policy.",
    ),
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an example does not hold. `pointer` leads into the policy file; with `key` the place is the key."""

    pointer: str
    message: str
    hint: str = ""
    key: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """One example, run. `at` and `message` are those of the finding, where the verdict is `fail` or `undecided`."""

    policy: Policy
    position: int  # in spec.examples, from 0; -1: about the examples as a whole
    name: str
    expect: str
    verdict: Verdict
    at: str = ""
    message: str = ""
    troubles: tuple[Trouble, ...] = ()

    @property
    def as_expected(self) -> bool:
        """Does the example behave as it says?"""
        return not self.troubles


def run(policy: Policy, law: Law) -> list[Outcome]:
    """What the policy says of each of its examples, in order. Never raises for what an example holds."""
    outcomes = [_try(policy, position, example, law) for position, example in enumerate(policy.examples)]
    return [*outcomes, *_one_sided(policy, outcomes)]


def remarks(outcomes: list[Outcome]) -> list[Remark]:
    """The troubles as remarks on the policy files."""
    rule = RULES[0]
    return [
        Remark(
            rule.id,
            rule.severity,
            f"{outcome.policy.rule.id}: {f'example {outcome.name!r}: ' if outcome.name else ''}{trouble.message}",
            outcome.policy.rule.path,
            pointer=trouble.pointer,
            key=trouble.key,
            hint=trouble.hint or rule.remediation,
        )
        for outcome in outcomes
        for trouble in outcome.troubles
    ]


def _one_sided(policy: Policy, outcomes: list[Outcome]) -> Iterator[Outcome]:
    """A rule that is never seen to fail, or never to hold, is not shown to tell the two apart."""
    for expect, seen in (("fail", "fail"), ("pass", "pass")):
        if any(outcome.expect == expect for outcome in outcomes):
            continue
        message = f"no example {'fails' if seen == 'fail' else 'passes'}, so it is not shown that the rule can"
        yield Outcome(policy, -1, "", expect, "undecided", troubles=(Trouble("/spec/examples", message, key=True),))


def _try(policy: Policy, position: int, example: Example, law: Law) -> Outcome:
    """Builds the world of one example and lets the policy judge its record."""
    top = f"/spec/examples/{position}"
    cast = _Cast(law)
    as_of = _moment(example.as_of or AS_OF)
    if as_of is None:
        cast.troubles.append(Trouble(f"{top}/as_of", f"{example.as_of!r} is no time", f"Write it like {AS_OF}."))
    record = cast.enter(_complete(example.record, policy.kinds, law, None), f"{top}/record")
    for index, other in enumerate(example.world):
        cast.enter(_complete(other, (), law, None), f"{top}/world/{index}")
    before = None
    if example.before is not None and record is not None:
        before = cast.check(_complete(example.before, (record.kind,), law, record.data), f"{top}/before")
    if record is not None and record.kind not in policy.kinds:
        kinds = " or ".join(policy.kinds)
        cast.troubles.append(Trouble(f"{top}/record/kind", f"the rule looks at {kinds}, not at {record.kind}"))
    if record is None or as_of is None or cast.troubles:
        return Outcome(policy, position, example.name, example.expect, "unsound", troubles=tuple(cast.troubles))
    case = cast.case(as_of, policy.needs_base or before is not None, record, before)
    world = World(case, functions.bind(case))
    verdict, remark, why = _judge(policy, record, world)
    at, message = (remark.pointer, remark.message) if remark is not None else ("", why)
    troubles = (
        *_compare(top, example, verdict, at, message),
        *(_mute(policy, record, world) if verdict == "fail" else ()),
    )
    return Outcome(policy, position, example.name, example.expect, verdict, at, message, troubles)


def _judge(policy: Policy, record: Record, world: World) -> tuple[Verdict, Remark | None, str]:
    try:
        applies = policy.applies(record, world)
    except cel.EvaluationError:
        applies = True  # judge reports it
    if not applies:
        return "does not apply", None, _aloof(policy, record, world)
    remark = policy.judge(record, world)
    if remark is None:
        return "pass", None, ""
    return ("fail" if remark.rule == policy.rule.id else "undecided"), remark, ""


def _mute(policy: Policy, record: Record, world: World) -> Iterator[Trouble]:
    """A message that has no value would leave the finding without its sentence."""
    activation: dict[str, object] = {"self": record.data, "as_of": world.as_of}
    for name, program in policy.lets:
        activation[name] = program.run(activation, world.functions)
    try:
        policy.message.run(activation, world.functions)
    except cel.EvaluationError as error:
        yield Trouble("/spec/message", f"the message has no value: {error.message}", "Guard what it reads with has(…).")


def _aloof(policy: Policy, record: Record, world: World) -> str:
    lifecycle = world.case.head.law.kinds[record.kind].lifecycle
    if lifecycle is not None and record.state in lifecycle.terminal and not policy.closed:
        return f"{record.state} is a terminal state, and the rule does not say `closed: true`"
    return "`when` is false of it"


def _compare(top: str, example: Example, verdict: Verdict, at: str, message: str) -> Iterator[Trouble]:
    """What is not as the example says. A rule that does not apply lets a record pass."""
    got = "pass" if verdict == "does not apply" else verdict
    if verdict == "undecided":
        hint = "Give what the rule reads, in the record or in `world`, or guard the expression with has(…)."
        yield Trouble(f"{top}/name", message, hint)
    elif got != example.expect:
        said = {
            "pass": "the rule passes it",
            "fail": f"the rule fails it at {at or '/'}: {message}",
            "does not apply": f"the rule does not look at it: {message}",
        }[verdict]
        yield Trouble(f"{top}/expect", f"expected to {example.expect}, but {said}")
    elif example.at is not None and got == "fail" and at != example.at:
        yield Trouble(f"{top}/at", f"expected at {example.at}, but the finding is at {at or '/'}")
    elif example.at is not None and got == "pass":
        yield Trouble(f"{top}/at", "a record that passes has no finding, so there is no place to expect", key=True)


class _Cast:
    """The records of one example, as they are entered, and what is wrong with any of them."""

    def __init__(self, law: Law) -> None:
        self.law = law
        self.records: dict[str, Record] = {}
        self.troubles: list[Trouble] = []

    def enter(self, data: dict[str, Any], pointer: str) -> Record | None:
        """Take a record into the world; a second one of the same name is trouble."""
        record = self.check(data, pointer)
        if record is not None and self.records.setdefault(record.ref, record) is not record:
            self.troubles.append(Trouble(pointer, f"{record.ref} is in this example twice"))
        return record

    def check(self, data: dict[str, Any], pointer: str) -> Record | None:
        """The record in `data`, or None where its kind is not known; every fault is noted."""
        kind = self.law.kinds.get(str(data.get("kind", "")))
        if kind is None:
            known = data.get("kind")
            message = f"there is no kind {known}" if known else "the record does not say its kind"
            self.troubles.append(Trouble(f"{pointer}/kind", message, "itsmctl schema list prints the kinds."))
            return None
        sound = kind.conforms(data)
        if not sound:
            self.troubles.extend(
                Trouble(
                    pointer + fault.pointer, f"the record breaks its schema: {fault.message}", fault.hint, fault.key
                )
                for fault in kind.explain(data)
            )
        name = data["metadata"].get("name") if isinstance(data["metadata"], dict) else _NAME
        home = self.law.home(kind.plural, str(name))
        return Record(kind.name, str(name), home, "", data, references_of(kind, data), sound)

    def case(self, as_of: datetime, with_base: bool, record: Record, before: Record | None) -> Case:
        """The case of the example: where there is a base, the rest of the world stood in it as it does now."""
        base = None
        if with_base:
            held = {ref: one for ref, one in self.records.items() if one is not record}
            base = self._snapshot(held | ({before.ref: before} if before is not None else {}))
        return Case(self._snapshot(self.records), as_of, base)

    def _snapshot(self, held: Mapping[str, Record]) -> Snapshot:
        source = _Nowhere()
        ordered = {ref: held[ref] for ref in sorted(held)}
        paths = tuple(record.path for record in ordered.values())
        return Snapshot(source, self.law, ordered, {}, (), paths, frozenset(), Places(source))


class _Nowhere:
    """A source without files: the records of an example stand in no folder."""

    label = "example"
    whole_history = True

    def files(self, under: str) -> Iterator[SourceFile | Irregular]:
        """None."""
        del under
        return iter(())

    def content(self, path: str) -> bytes | None:
        """None."""
        del path
        return None

    def holds(self, path: str) -> bool:
        """False."""
        del path
        return False

    def once_held(self, path: str) -> bool:
        """False."""
        del path
        return False


def _complete(
    written: Mapping[str, Any], kinds: tuple[str, ...], law: Law, later: Mapping[str, Any] | None
) -> dict[str, Any]:
    """An example's record with what it may leave out: version, a kind that is clear, and metadata.

    `later` is the same record at the head: what is left out of `before` did not differ.
    """
    data: dict[str, Any] = {"apiVersion": "itsm/v1", **written}
    if len(kinds) == 1:
        data.setdefault("kind", kinds[0])
    metadata = written.get("metadata", {})
    if not isinstance(metadata, Mapping):
        return data
    kind = law.kinds.get(str(data.get("kind", "")))
    spare = later["metadata"] if later is not None else _spare_metadata(kind.schema if kind is not None else {})
    data["metadata"] = {**spare, **metadata}
    return data


def _spare_metadata(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A name of the form that the kind wants, a title and an owner."""
    shown: Mapping[str, Any] = next((one.get("metadata", {}) for one in schema.get("examples", ())), {})
    return {"name": shown.get("name", _NAME), "title": "Example", "owner": shown.get("owner", _OWNER)}


def _moment(text: str) -> datetime | None:
    """RFC 3339, or a date that stands for its first second in UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None:
        return found.replace(tzinfo=UTC) if len(text) == len("2026-01-01") else None
    return found.astimezone(UTC)
