"""Reads a policy file: form by the pydantic model, expressions by CEL's checker; every problem has its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from itsmctl import cel, yamltext
from itsmctl.findings import Rule
from itsmctl.nearest import did_you_mean
from itsmctl.policy.model import PolicyFile, field_names
from itsmctl.policy.rule import Policy
from itsmctl.recordtypes import RecordTypes
from itsmctl.settings.model import shown
from itsmctl.sources import SourceFile

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


@dataclass(frozen=True, slots=True)
class Draft:
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


def read(file: SourceFile, types: RecordTypes, environment: cel.Environment, builtin: bool) -> Draft:
    """The policy that `file` holds, or every reason why it holds none."""
    try:
        data = yamltext.read(file.content)
    except yamltext.Refused as refused:
        problems = [f"{file.path}:{r.span.line}:{r.span.column}: {r.message}\n  {r.hint}" for r in refused.refusals]
        return Draft(file.path, "", builtin, None, tuple(problems))
    spots = _Lines(file)
    try:
        model = PolicyFile.model_validate(data)
    except ValidationError as error:
        return Draft(file.path, _id_of(data), builtin, None, tuple(_form(error, spots)))
    compiler = _Compiler(model, types, environment, spots)
    compiled = compiler.policy(file.path, builtin)
    return Draft(file.path, model.metadata.name, builtin, compiled, tuple(compiler.problems))


class _Lines:
    """Places in one policy file, computed when first asked for: a file without problems needs none."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self._spots: yamltext.Spots | None = None

    def at(self, pointer: str, key: bool = False) -> str:
        if self._spots is None:
            self._spots = yamltext.spots(self.file.content)
        span, _ = self._spots.locate(pointer, key)
        return f"{self.file.path}:{span.line}:{span.column}"


def _form(error: ValidationError, spots: _Lines) -> list[str]:
    """What pydantic found, in our words, one line each with its place."""
    lines: dict[str, None] = {}  # each once: what fits none of two forms is found twice
    for fault in error.errors(include_url=False):
        steps = [str(step) for step in fault["loc"] if step not in _FORMS]
        pointer = "".join(f"/{step}" for step in steps)
        name = steps[-1] if steps else "the file"
        if fault["type"] == "extra_forbidden":
            guess = did_you_mean(name, field_names(steps[:-1]))
            lines[f"{spots.at(pointer, True)}: there is no field {name}" + (f": {guess}" if guess else "")] = None
        elif fault["type"] == "missing":
            lines[f"{spots.at(pointer, True)}: {name} is missing"] = None
        else:
            name = f"{steps[-2]}[{name}]" if name.isdecimal() and len(steps) > 1 else name
            lines[f"{spots.at(pointer)}: {name} {_say(fault, union=len(steps) < len(fault['loc']))}"] = None
    return list(lines)


_FORMS = ("str", "list[str]")  # how pydantic marks which form of a field it tried
_WANTED = {
    "string_type": "a text",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
}


def _say(fault: ErrorDetails, union: bool) -> str:
    kind, limits = fault["type"], fault.get("ctx", {})
    if kind in _WANTED:
        return f"must be {'a text or a list of texts' if union else _WANTED[kind]}, not {shown(fault['input'])}"
    if kind == "literal_error":
        return f"must be {str(limits['expected']).replace(chr(39), '')}, not {shown(fault['input'])}"
    if kind == "string_pattern_mismatch":
        return f"must be capitals and digits with dashes between them, like CHG-07, not {shown(fault['input'])}"
    if kind in ("string_too_short", "too_short"):
        return "is empty"
    if kind == "string_too_long":
        return f"must have at most {limits['max_length']} characters"
    return str(fault["msg"])


def _id_of(data: object) -> str:
    metadata = data.get("metadata") if isinstance(data, dict) else None
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) else ""


class _Compiler:
    """Compiles the expressions of one file and gathers what is wrong with any of them."""

    def __init__(self, model: PolicyFile, types: RecordTypes, environment: cel.Environment, spots: _Lines) -> None:
        self.model = model
        self.types = types
        self.environment = environment
        self.spots = spots
        self.problems: list[str] = []

    def policy(self, path: str, builtin: bool) -> Policy | None:
        spec = self.model.spec
        matched = (spec.match.kind,) if isinstance(spec.match.kind, str) else tuple(spec.match.kind)
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
        when = self._compile(spec.match.when, "/spec/match/when", cel.BOOL)
        lets = []
        for name, source in spec.let.items():
            program = self._compile(source, f"/spec/let/{name}")
            self.environment = self.environment.extend({name: program.type if program is not None else cel.DYN})
            if program is not None:
                lets.append((name, program))
        check = self._compile(spec.check, "/spec/assert", cel.BOOL)
        message = self._compile(spec.message, "/spec/message", cel.STRING)
        self._needs_base([program for program in (when, check, *(program for _, program in lets)) if program])
        if self.problems or check is None or message is None:
            return None
        return Policy(
            rule=_rule(self.model, path),
            kinds=matched,
            closed=spec.match.closed,
            needs_base=spec.needs == "base",
            when=when,
            lets=tuple(lets),
            check=check,
            message=message,
            at=spec.at,
            examples=tuple(spec.examples),
            builtin=builtin,
        )

    def _needs_base(self, programs: list[cel.Program]) -> None:
        """Only a rule that says so may look at the base: else it would pass where there is none."""
        asks = any("before" in program.calls for program in programs)
        if asks and self.model.spec.needs != "base":
            place = self.spots.at("/spec")
            self.problems.append(f"{place}: the rule calls before(…), so it has to say: needs: base")

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


def _rule(model: PolicyFile, path: str) -> Rule:
    spec = model.spec
    clause: dict[str, Any] = spec.clause.model_dump() if spec.clause is not None else {}
    return Rule(
        id=model.metadata.name,
        title=model.metadata.title,
        severity=spec.severity,
        description=spec.description,
        remediation=spec.remediation,
        process=spec.process,
        clause=tuple((edition, number) for edition, number in clause.items() if number is not None),
        basis=spec.basis,
        enforcement=spec.enforcement,
        path=path,
        tags=tuple(sorted({*model.metadata.labels, *model.metadata.labels.values()})),
    )
