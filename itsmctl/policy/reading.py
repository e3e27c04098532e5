"""Reads a policy file: form by the pydantic model, expressions by CEL's checker; every problem has its place.

What comes with the tool is known to be good (tests hold it to that), and is compiled when it is first needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl import cel, functions, yamltext
from itsmctl.findings import Rule
from itsmctl.nearest import did_you_mean
from itsmctl.policy import form
from itsmctl.policy.form import Lines
from itsmctl.policy.rule import Body, Policy
from itsmctl.recordtypes import RecordTypes
from itsmctl.sources import SourceFile

if TYPE_CHECKING:
    from itsmctl.policy.model import Example

Spec = Mapping[str, Any]

_EMPTY = "Write the rule, or delete the file: itsmctl new Policy writes one that works."


class Draft(Struct, frozen=True):
    """What a policy file gave: a policy, or the problems that keep it from being one."""

    path: str
    id: str
    builtin: bool
    policy: Policy | None
    problems: tuple[str, ...] = ()

    @property
    def rule(self) -> Rule | None:
        """The rule, where there is one."""
        return self.policy.rule if self.policy is not None else None


def shipped(file: SourceFile, types: RecordTypes, environment: cel.Environment) -> Policy:
    """The policy of a file that comes with the tool. Expressions and examples are read when they are asked for."""
    head, _, _ = file.content.partition(_EXAMPLES)
    data: Any = yamltext.read(head)
    spec = data["spec"]
    matched = _kinds(spec)
    made = cache(lambda: _body(spec, environment.extend({"self": types.one_of(matched)})))

    def compiling() -> Body:
        return made()[0]

    def wording() -> cel.Program:
        return made()[1].compile(spec["message"], expect=cel.STRING)

    return _policy(data, file.path, compiling, wording, lambda: _examples(yamltext.read(file.content)), builtin=True)


_EXAMPLES = b"\n  examples:\n"
"""What everything else of a shipped policy stands above."""


def environment(types: RecordTypes) -> cel.Environment:
    """What the expressions of a policy may speak of, but for `self` and the names in `let`."""
    return cel.Environment({"as_of": cel.TIMESTAMP}, functions.signatures(types), _suggest)


_KUBERNETES = {
    "object": "write self",
    "oldObject": "write before(self), and needs: base below spec",
    "request": "a rule sees records and nothing of who asks; what it knows is self, as_of and the names in let",
    "params": "write the values into the rule, or read them from a record: records('Kind')",
    "variables": "a name in let stands alone: x, not variables.x",
}
"""What people write who know CEL from Kubernetes, and what it is here."""


def _suggest(word: str, known: Iterable[str]) -> str:
    return _KUBERNETES.get(word) or cel.suggest(word, known)


def read(file: SourceFile, types: RecordTypes, environment: cel.Environment, builtin: bool) -> Draft:
    """The policy that `file` holds, or every reason why it holds none."""
    from pydantic import ValidationError

    from itsmctl.policy.model import PolicyFile

    try:
        data: Any = yamltext.read(file.content)
    except yamltext.Refused as refused:
        problems = [
            f"{file.path}:{r.span.line}:{r.span.column}: {r.message}\n  {_EMPTY if r.rule == 'yaml-empty' else r.hint}"
            for r in refused.refusals
        ]
        return Draft(file.path, "", builtin, None, tuple(problems))
    spots = Lines(file)
    try:
        model = PolicyFile.model_validate(data)
    except ValidationError as error:
        return Draft(file.path, _id_of(data), builtin, None, tuple(form.problems(error, spots)))
    compiler = _Compiler(data["spec"], types, environment, spots)
    made = compiler.compile()
    compiled = None
    if made is not None:
        body, message = made
        examples = tuple(model.spec.examples)
        compiled = _policy(data, file.path, lambda: body, lambda: message, lambda: examples, builtin)
    return Draft(file.path, model.metadata.name, builtin, compiled, tuple(compiler.problems))


def _examples(data: object) -> tuple[Example, ...]:
    from itsmctl.policy.model import PolicyFile

    return tuple(PolicyFile.model_validate(data).spec.examples)


def _kinds(spec: Spec) -> tuple[str, ...]:
    kind = spec["match"]["kind"]
    return (kind,) if isinstance(kind, str) else tuple(kind)


def _body(spec: Spec, environment: cel.Environment) -> tuple[Body, cel.Environment]:
    """The expressions of a rule that is known to be good, and the environment of its message."""
    when = spec["match"].get("when")
    guard = environment.compile(when, expect=cel.BOOL) if when is not None else None
    lets = []
    for name, source in spec.get("let", {}).items():
        program = environment.compile(source)
        environment = environment.extend({name: program.type})
        lets.append((name, program))
    return Body(guard, tuple(lets), environment.compile(spec["assert"], expect=cel.BOOL)), environment


def _policy(
    data: Mapping[str, Any],
    path: str,
    compiling: Callable[[], Body],
    wording: Callable[[], cel.Program],
    showing: Callable[[], tuple[Example, ...]],
    builtin: bool,
) -> Policy:
    """The policy of a file whose form is known to be right."""
    spec = data["spec"]
    return Policy(
        rule=_rule(data, path),
        kinds=_kinds(spec),
        closed=spec["match"].get("closed", False),
        needs_base=spec.get("needs") == "base",
        at=spec.get("at"),
        compiling=compiling,
        wording=wording,
        showing=showing,
        builtin=builtin,
    )


def _id_of(data: object) -> str:
    metadata = data.get("metadata") if isinstance(data, dict) else None
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) else ""


class _Compiler:
    """Compiles the expressions of one file and gathers what is wrong with any of them."""

    def __init__(self, spec: Spec, types: RecordTypes, environment: cel.Environment, spots: Lines) -> None:
        self.spec = spec
        self.types = types
        self.environment = environment
        self.spots = spots
        self.problems: list[str] = []

    def compile(self) -> tuple[Body, cel.Program] | None:
        """Body and message, or None and `problems`."""
        spec = self.spec
        matched = _kinds(spec)
        for kind in matched:
            if kind not in self.types.kinds:
                guess = did_you_mean(kind, self.types.kinds)
                place = self.spots.at("/spec/match/kind")
                self.problems.append(f"{place}: there is no kind {kind}" + (f": {guess}" if guess else ""))
        if not matched:
            self.problems.append(f"{self.spots.at('/spec/match/kind')}: kind names no kind: the rule would never run")
        if self.problems:
            return None
        self.environment = self.environment.extend({"self": self.types.one_of(matched)})
        when = self._compile(spec["match"].get("when"), "/spec/match/when", cel.BOOL)
        lets = []
        for name, source in spec.get("let", {}).items():
            program = self._compile(source, f"/spec/let/{name}")
            self.environment = self.environment.extend({name: program.type if program is not None else cel.DYN})
            if program is not None:
                lets.append((name, program))
        check = self._compile(spec["assert"], "/spec/assert", cel.BOOL)
        message = self._compile(spec["message"], "/spec/message", cel.STRING)
        self._needs_base([program for program in (when, check, *(program for _, program in lets)) if program])
        if self.problems or check is None or message is None:
            return None
        return Body(when, tuple(lets), check), message

    def _needs_base(self, programs: list[cel.Program]) -> None:
        """Only a rule that says so may look at the base: else it would pass where there is none."""
        called = {name for program in programs for name in program.calls}
        asks = [name for name in ("before", "held_before", "edited") if name in called]
        if asks and self.spec.get("needs") != "base":
            place = self.spots.at("/spec")
            self.problems.append(f"{place}: the rule calls {asks[0]}(…), so it has to say: needs: base")

    def _compile(self, source: str | None, pointer: str, wanted: cel.Type | None = None) -> cel.Program | None:
        if source is None:
            return None
        try:
            return self.environment.compile(source, expect=wanted)
        except cel.CompileError as error:
            field = pointer.rsplit("/", 1)[-1]
            body = "\n".join(f"    {line}" for line in error.render().split("\n"))
            self.problems.append(f"{self.spots.at(pointer)}: {field} is not valid CEL:\n{body}")
            return None


def _rule(data: Mapping[str, Any], path: str) -> Rule:
    metadata, spec = data["metadata"], data["spec"]
    clause, labels = spec.get("clause") or {}, metadata.get("labels", {})
    return Rule(
        id=metadata["name"],
        title=metadata["title"],
        severity=spec["severity"],
        description=spec["description"],
        remediation=spec["remediation"],
        process=spec["process"],
        clause=tuple((edition, clause[edition]) for edition in _EDITIONS if clause.get(edition) is not None),
        basis=spec["basis"],
        enforcement=spec.get("enforcement", "soft"),
        path=path,
        tags=tuple(sorted({*labels, *labels.values()})),
    )


_EDITIONS = ("part1_2005", "part2_2005", "part1_2018")
