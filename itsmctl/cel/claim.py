"""Several programs that are judged together: whether a claim applies, values that are named, and what must hold.

They share one frame, so that a rule over many records lays it out once a record, not once an expression.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .closures import FIRST_SLOT, MISSING
from .environment import Program, beyond, unbound
from .fast import Compiler
from .operations import BUDGET
from .problems import EvaluationError

Judge = Callable[[object], "dict[str, Any] | None"]


class Claim:
    """`body` must be true of `subject`, where `guard` is; `lets` are evaluated before it, in order, under their names.

    Gives what running the programs one by one gives, each with a budget of its own.
    """

    def __init__(self, subject: str, guard: Program | None, lets: Sequence[tuple[str, Program]], body: Program) -> None:
        named = tuple(lets)
        every = [program for program in (guard, *(program for _, program in named), body) if program is not None]
        others = {name for program in every for name in program.variables} | {name for name, _ in named}
        self.variables = (subject, *sorted(others - {subject}))
        self.functions = tuple(sorted({name for program in every for name in program.functions}))
        compiler = Compiler(body.checked, self.variables, self.functions)
        self._guard = None if guard is None else (compiler.part(guard.node, guard.checked), guard.source)
        self._lets = tuple(
            (compiler.roots[name], compiler.part(program.node, program.checked), program.source)
            for name, program in named
        )
        self._names = tuple((name, compiler.roots[name]) for name, _ in named)
        self._body = compiler.part(body.node, body.checked), body.source
        self._padding = [None] * (compiler.size - FIRST_SLOT - len(self.variables) - len(self.functions))

    def bound(
        self, constants: Mapping[str, object], functions: Mapping[str, Callable[..., Any]], budget: int = BUDGET
    ) -> Judge:
        """A function of the subject: None where the claim holds or does not apply, else the values of `lets`.

        `constants`: the variables that are the same for all subjects. It raises EvaluationError and nothing else.
        """
        called = [functions.get(name) or unbound(name) for name in self.functions]
        given = [constants.get(name, MISSING) for name in self.variables]
        blank: list[Any] = [budget, budget, *given, *called, *self._padding]
        (body, body_source), lets, names = self._body, self._lets, self._names
        guard, guard_source = self._guard or (None, body_source)

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
