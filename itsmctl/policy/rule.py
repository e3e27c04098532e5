"""A policy that compiled: judges one record in a case. The fast path decides; the slow one says where and why."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from itsmctl import cel
from itsmctl.case import Case
from itsmctl.findings import Rule
from itsmctl.functions.graph import Missing
from itsmctl.nearest import did_you_mean
from itsmctl.records import Record, Remark

if TYPE_CHECKING:
    from itsmctl.policy.model import Example

RULES: tuple[Rule, ...] = (
    Rule(
        id="policy-error",
        title="Every rule comes to a verdict on every record that it looks at",
        severity="error",
        description="A rule that meets data it was not written for has no verdict. What cannot be decided is not "
        "passed: it is reported until the record or the rule is mended.",
        remediation="Fill in what the rule reads, or guard the expression with has(…). itsmctl why shows each step.",
    ),
)


Judge = Callable[[Record], Remark | None]


class World(Struct, frozen=True, dict=True):
    """A case with the functions bound to it, and what its records refer to in vain (each has its finding)."""

    case: Case
    functions: Mapping[str, Callable[..., Any]]
    dangling: frozenset[str] = frozenset()  # Kind/name that some record refers to in vain

    @cached_property
    def as_of(self) -> cel.Timestamp:
        """The time of the case as CEL knows it."""
        return cel.Timestamp.of(self.case.as_of)

    @cached_property
    def owners(self) -> Mapping[int, str]:
        """Identity of a record's data → Kind/name: tells which record a value of the trace is."""
        return {id(record.data): record.ref for record in self.case.head.records.values()}

    def origin(self, value: object) -> str | None:
        """The record that `value` is the data of."""
        return self.owners.get(id(value))


class Body(Struct, frozen=True):
    """The expressions of a rule, compiled: whether it applies, named values in order, and what must hold."""

    when: cel.Program | None
    lets: tuple[tuple[str, cel.Program], ...]
    check: cel.Program


class Policy(Struct, frozen=True, dict=True):
    """A rule over records of some kinds, in CEL. `closed`: it looks at records in a terminal state as well.

    `compiling`, `wording` and `showing` give body, message and examples when they are first asked for: most rules of
    the tool meet no record in one run, and hardly any has to say anything.
    """

    rule: Rule
    kinds: tuple[str, ...]
    closed: bool
    needs_base: bool
    at: str | None
    compiling: Callable[[], Body]
    wording: Callable[[], cel.Program]
    showing: Callable[[], tuple[Example, ...]]
    builtin: bool = True

    @cached_property
    def body(self) -> Body:
        """Its expressions. Of a shipped rule that does not compile, cel.CompileError is raised here."""
        return self.compiling()

    @property
    def when(self) -> cel.Program | None:
        """It applies where this holds."""
        return self.body.when

    @property
    def lets(self) -> tuple[tuple[str, cel.Program], ...]:
        """Names and their values, in order."""
        return self.body.lets

    @property
    def check(self) -> cel.Program:
        """What must hold."""
        return self.body.check

    @cached_property
    def message(self) -> cel.Program:
        """What is wrong where it does not hold."""
        return self.wording()

    @cached_property
    def examples(self) -> tuple[Example, ...]:
        """Records with the verdicts that the rule gives on them."""
        return self.showing()

    @property
    def expressions(self) -> tuple[tuple[str, cel.Program], ...]:
        """(pointer into the policy file, program) of `when`, of each `let` and of `assert`, in the order of a run."""
        when = (("/spec/match/when", self.when),) if self.when is not None else ()
        return (*when, *((f"/spec/let/{name}", one) for name, one in self.lets), ("/spec/assert", self.check))

    @property
    def paced(self) -> bool:
        """Does it ask for days that itsm.yaml may give under its own id?"""
        return any(f"interval('{self.rule.id}'" in program.text for _, program in self.expressions)

    def with_expression(self, pointer: str, program: cel.Program) -> Policy:
        """The same policy with another expression at one of the pointers of `expressions`."""
        if pointer == "/spec/match/when":
            body = replace(self.body, when=program)
        elif pointer == "/spec/assert":
            body = replace(self.body, check=program)
        else:
            named = pointer.removeprefix("/spec/let/")
            body = replace(self.body, lets=tuple((n, program if n == named else old) for n, old in self.lets))
        return replace(self, compiling=lambda: body, wording=lambda: self.message, showing=lambda: self.examples)

    def judge(self, record: Record, world: World) -> Remark | None:
        """None if the rule does not apply or holds, else what is wrong and where."""
        return self.bound(world)(record)

    def bound(self, world: World) -> Judge:
        """`judge` for many records of one world."""
        return self._judge(world, self.claim.bound({"as_of": world.as_of}, world.functions))

    def exactly(self, world: World) -> Judge:
        """As `bound`, for records of which the rule is known not to be proven the short way."""
        return self._judge(world, self.claim.exact({"as_of": world.as_of}, world.functions))

    def _judge(self, world: World, decide: Callable[[object], dict[str, Any] | None]) -> Judge:
        def judge(record: Record) -> Remark | None:
            try:
                given = decide(record.data)
            except cel.EvaluationError as error:
                return self._undecided(record, world, error)
            if given is None:
                return None
            return self._failed(record, world, {"self": record.data, "as_of": world.as_of, **given})

        return judge

    def verdict(self, record: Record, world: World) -> Literal["pass", "fail", "undecided"]:
        """What `judge` comes to of a record that the rule applies to, without the words and places of a finding."""
        try:
            given = self.claim.exact({"as_of": world.as_of}, world.functions)(record.data)
        except cel.EvaluationError:
            return "undecided"
        return "pass" if given is None else "fail"

    @cached_property
    def claim(self) -> cel.Claim:
        """Its expressions, to be judged together."""
        return cel.Claim("self", self.when, self.lets, self.check)

    def applies(self, record: Record, world: World) -> bool:
        """Does the rule look at this record at all? Raises cel.EvaluationError where `when` has no value."""
        activation: dict[str, object] = {"self": record.data, "as_of": world.as_of}
        lifecycle = world.case.head.law.kinds[record.kind].lifecycle
        if record.kind not in self.kinds or not record.sound:
            return False
        if not self.closed and lifecycle is not None and record.state in lifecycle.terminal:
            return False
        return self.when is None or self.when.run(activation, world.functions) is True

    def traces(self, record: Record, world: World) -> list[tuple[str, cel.Trace]]:
        """(when, let NAME or assert, trace) of each expression in order, up to the first that decides or errs."""
        activation: dict[str, object] = {"self": record.data, "as_of": world.as_of}
        traces: list[tuple[str, cel.Trace]] = []
        given: dict[str, cel.Trace] = {}
        steps = [
            ("when", self.when),
            *((f"let {name}", program) for name, program in self.lets),
            ("assert", self.check),
        ]
        for label, program in steps:
            if program is None:
                continue
            trace = program.trace(activation, world.functions, origin_of=world.origin, given=given)
            traces.append((label, trace))
            if trace.error is not None or (label == "when" and trace.value is not True):
                break
            if label.startswith("let "):
                name = label.removeprefix("let ")
                activation[name], given[name] = trace.value, trace
        return traces

    def _failed(self, record: Record, world: World, activation: dict[str, object]) -> Remark | None:
        try:
            message = str(self.message.run(activation, world.functions))
        except cel.EvaluationError:
            # the finding counts all the same; its title says the rule, and `why` shows the message's trouble
            message = f"{self.rule.title}: this does not hold"
        pointer, related = self._place(record, world)
        rule = self.rule
        return Remark(
            rule.id, rule.severity, message, record.path, record.ref, pointer, hint=rule.remediation, related=related
        )

    def _place(self, record: Record, world: World) -> tuple[str, tuple[tuple[str, str, str], ...]]:
        """Where the record is wrong: what the author says, else what the deciding expression read first."""
        reads = [read for _, trace in reversed(self.traces(record, world)) for read in trace.blame()]
        mine = [read.pointer for read in reads if read.root == "self" and read.pointer]
        related = _others(record, world, reads)
        if self.at is not None:
            return self.at, related
        if mine:
            return mine[0], related
        references = {target: pointer for pointer, target in reversed(record.references)}
        towards = [references[read.root] for read in reads if read.root in references]
        return (towards[0] if towards else "/metadata/name"), related

    def _undecided(self, record: Record, world: World, error: cel.EvaluationError) -> Remark | None:
        """What cannot be decided is a finding; if another record is the cause, that one's finding may stand for it."""
        because = error.ref if isinstance(error, Missing) and _is_reported(error.ref, world) else ""
        trace = self.traces(record, world)[-1:]
        reads = [read.pointer for _, one in trace for read in one.blame() if read.root == "self" and read.pointer]
        label = trace[0][0] if trace else "when"
        hint = f"{_remedy(error, world)}\nitsmctl why {record.ref} {self.rule.id}"
        message = f"{self.rule.id} cannot be decided: {error.message} (in {label})"
        pointer = reads[0] if reads else "/metadata/name"
        return Remark(
            "policy-error",
            "error",
            message,
            record.path,
            record.ref,
            pointer,
            hint=hint,
            about=self.rule.id,
            because=because,
        )


def _remedy(error: cel.EvaluationError, world: World) -> str:
    """What to do where a rule comes to no verdict."""
    if error.fatal and "steps" in str(error):
        return "Make the rule do less: loop over fewer records, or ask in `let` once what a loop asks again and again."
    if isinstance(error, Missing):
        head = world.case.head
        there = head.get(error.ref)
        path = there.path if there is not None else head.unread.get(error.ref, "")
        if path:
            return f"Mend that record first: itsmctl validate {shlex.quote(path)} says what is wrong."
        guess = did_you_mean(error.ref, head.records)
        return (f"{guess[0].upper()}{guess[1:]} " if guess else "") + "Guard with resolves(…) what may be absent."
    if "zero" in str(error):
        return "Guard the division: x != 0 ? y / x : 0, say."
    return RULES[0].remediation


def bench(policies: Sequence[Policy], world: World) -> Callable[[Record], Iterator[Remark]]:
    """What several policies that look at the same kind say of a record."""
    judges: dict[int, Judge] = {}  # most rules have nothing to say of any record
    unproven = cel.unproven([one.claim for one in policies], {"as_of": world.as_of}, world.functions)

    def judge(record: Record) -> Iterator[Remark]:
        for position in unproven(record.data):
            if position not in judges:
                judges[position] = policies[position].exactly(world)
            remark = judges[position](record)
            if remark is not None:
                yield remark

    return judge


def _is_reported(ref: str, world: World) -> bool:
    """Has the record that a rule asked for in vain a finding already: unreadable, against its schema, or dangling?"""
    head = world.case.head
    if ref in head.unread or (ref in head.records and not head.records[ref].sound):
        return True
    return ref in world.dangling


def _others(record: Record, world: World, reads: list[cel.Read]) -> tuple[tuple[str, str, str], ...]:
    """The first few places in other records that decided, each once."""
    found: dict[tuple[str, str], tuple[str, str, str]] = {}
    for read in reads:
        other = world.case.head.records.get(read.root)
        if other is not None and other is not record and read.pointer:
            found.setdefault((other.ref, ""), (other.path, read.pointer, f"{other.ref} says so here"))
    return tuple(found.values())[:3]
