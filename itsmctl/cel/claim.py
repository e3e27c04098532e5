"""Several programs that are judged together: whether a claim applies, values that are named, and what must hold.

They share one frame, so that a rule over many records lays it out once a record, not once an expression. Most claims
hold of most subjects, which `swift` proves without a frame; what it cannot prove is decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

from .environment import Program, beyond, unbound
from .fast import Compiler
from .frames import FIRST_SLOT, MISSING, Run
from .operations import BUDGET
from .problems import EvaluationError, Source
from .swift import Parts, Swift, Unproven

Judge = Callable[[object], "dict[str, Any] | None"]
_Part = tuple[Run, Source]


class Claim:
    """`body` must be true of `subject`, where `guard` is; `lets` are evaluated before it, in order, under their names.

    Gives what running the programs one by one gives, each with a budget of its own.
    """

    def __init__(self, subject: str, guard: Program | None, lets: Sequence[tuple[str, Program]], body: Program) -> None:
        self.subject, self.guard, self.lets, self.body = subject, guard, tuple(lets), body

    def bound(
        self, constants: Mapping[str, object], functions: Mapping[str, Callable[..., Any]], budget: int = BUDGET
    ) -> Judge:
        """A function of the subject: None where the claim holds or does not apply, else the values of `lets`.

        `constants`: the variables that are the same for all subjects. It raises EvaluationError and nothing else.
        """
        prove = _prover(self.swift.bound(constants, functions, budget), range(1))
        decide: Judge | None = None

        def judge(subject: object) -> dict[str, Any] | None:
            nonlocal decide
            if not prove(subject):
                return None
            if decide is None:
                decide = self.exact(constants, functions, budget)
            return decide(subject)

        return judge

    @cached_property
    def parts(self) -> Parts:
        """Its expressions, for `swift`."""
        guard = None if self.guard is None else (self.guard.node, self.guard.checked)
        lets = tuple((name, (program.node, program.checked)) for name, program in self.lets)
        return Parts(guard, lets, (self.body.node, self.body.checked))

    @cached_property
    def swift(self) -> Swift:
        """The proof of this claim alone."""
        return Swift(self.subject, [self.parts])

    def exact(
        self, constants: Mapping[str, object], functions: Mapping[str, Callable[..., Any]], budget: int = BUDGET
    ) -> Judge:
        """As `bound`, by the closures alone."""
        laid = self._laid
        called = [functions.get(name) or unbound(name) for name in laid.functions]
        given = [constants.get(name, MISSING) for name in laid.variables]
        blank: list[Any] = [budget, budget, *given, *called, *laid.padding]
        (body, body_source), lets, names = laid.body, laid.lets, laid.names
        guard, guard_source = laid.guard or (None, body_source)

        def judge(subject: object) -> dict[str, Any] | None:
            frame = blank.copy()
            frame[FIRST_SLOT] = subject
            source = guard_source
            try:
                if guard is not None:
                    if guard(frame) is not True:
                        return None
                    frame[0] = budget
                for slot, evaluate, source in lets:  # noqa: B007 - an error below is in this source
                    frame[slot] = evaluate(frame)
                    frame[0] = budget
                source = body_source
                if body(frame) is True:
                    return None
            except EvaluationError as error:
                if error.source is None:
                    error.source = source
                raise
            except (RecursionError, MemoryError) as error:
                raise beyond(error, source) from None
            return {name: frame[slot] for name, slot in names}

        return judge

    @cached_property
    def _laid(self) -> _Layout:
        return _Layout(self)


def unproven(
    claims: Sequence[Claim], constants: Mapping[str, object], functions: Mapping[str, Callable[..., Any]]
) -> Unproven:
    """A function of the subject: the positions of those claims, all about the same subject, that are not proven.

    The others hold, or do not apply. Asked of many claims at once, that costs little more than asking of one.
    """
    return _prover(_swift(tuple(claims)).bound(constants, functions, BUDGET), range(len(claims)))


@lru_cache(512)  # the claims on each kind of record are the same over many worlds
def _swift(claims: tuple[Claim, ...]) -> Swift:
    return Swift(claims[0].subject if claims else "", [claim.parts for claim in claims])


def _prover(prove: Unproven, every: Sequence[int]) -> Unproven:
    """`prove`, with `every` position where it raises."""

    def find(subject: object) -> Sequence[int]:
        try:
            return prove(subject)
        except Exception:  # noqa: BLE001 - the subject has another form than any of them expects
            return every

    return find


class _Layout:
    """The closures of a claim over one frame: subject, other variables, functions, variables of macros."""

    def __init__(self, claim: Claim) -> None:
        guard, named, body = claim.guard, claim.lets, claim.body
        every = [program for program in (guard, *(program for _, program in named), body) if program is not None]
        others = {name for program in every for name in program.variables} | {name for name, _ in named}
        self.variables = (claim.subject, *sorted(others - {claim.subject}))
        self.functions = tuple(sorted({name for program in every for name in program.functions}))
        compiler = Compiler(body.checked, self.variables, self.functions)
        self.guard: _Part | None = None if guard is None else (compiler.part(guard.node, guard.checked), guard.source)
        self.lets = tuple(
            (compiler.roots[name], compiler.part(program.node, program.checked), program.source)
            for name, program in named
        )
        self.names = tuple((name, compiler.roots[name]) for name, _ in named)
        self.body: _Part = compiler.part(body.node, body.checked), body.source
        self.padding = [None] * (compiler.size - FIRST_SLOT - len(self.variables) - len(self.functions))
