"""The law at one revision: settings, kinds, policies, and the checks of form. `inspect` judges a case by all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

from itsmctl import bundled, cel, functions, integrity, kinds, policy, records, settings, waivers, yamltext
from itsmctl.case import Case
from itsmctl.errors import CannotJudge
from itsmctl.findings import NotRun, Rule, Severity
from itsmctl.nearest import did_you_mean
from itsmctl.policy import Policy
from itsmctl.records import Law, Remark
from itsmctl.recordtypes import RecordTypes
from itsmctl.settings import Settings
from itsmctl.sources import Source, SourceFile

FORM: tuple[Rule, ...] = (
    *yamltext.RULES,
    *records.RULES,
    *kinds.RULES,
    *integrity.RULES,
    *policy.RULES,
    *waivers.RULES,
)
"""The checks that no policy file holds: they cannot be switched off or waived."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the rules said of a case, which of them ran, and which did not and why."""

    remarks: tuple[Remark, ...]
    run: tuple[str, ...]
    not_run: tuple[NotRun, ...]


@dataclass(frozen=True)
class Rulebook:
    """Kinds and policies that a run judges by. `policies` are in the order of their ids."""

    settings: Settings
    kinds: kinds.Kinds
    policies: tuple[Policy, ...]
    off: Mapping[str, str]  # rule id → the reason that the settings give

    @cached_property
    def law(self) -> Law:
        """How files are read under this rulebook."""
        return Law(self.kinds, self.settings.home)

    @cached_property
    def types(self) -> RecordTypes:
        """The kinds as CEL's checker knows them."""
        return RecordTypes(self.kinds)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule by id: checks of form, and policies."""
        return tuple(sorted((*FORM, *(held.rule for held in self.policies)), key=lambda rule: rule.id))

    @cached_property
    def by_id(self) -> Mapping[str, Rule]:
        """Rule id → Rule."""
        return MappingProxyType({rule.id: rule for rule in self.rules})

    def policy(self, rule_id: str) -> Policy | None:
        """The policy of that id."""
        return next((held for held in self.policies if held.rule.id == rule_id), None)

    def inspect(self, case: Case) -> Inspection:
        """Every remark on the head of the case, in no particular order."""
        remarks = [*case.head.remarks, *integrity.inspect(case)]
        dangling = frozenset(_targets(remarks, case))
        not_run = list(self._not_run(case))
        skipped = {one.rule for one in not_run}
        active = [held for held in self.policies if held.rule.id not in skipped]
        remarks.extend(self._policies(active, case, dangling))
        run = tuple(rule.id for rule in self.rules if rule.id not in skipped)
        return Inspection(tuple(remarks), run, tuple(not_run))

    def _not_run(self, case: Case) -> Iterator[NotRun]:
        for held in self.policies:
            if held.rule.id in self.off:
                yield NotRun(held.rule.id, f"switched off in itsm.yaml: {self.off[held.rule.id]}")
            elif held.needs_base and case.base is None:
                yield NotRun(held.rule.id, "it compares with an earlier revision: give --since")
        if case.base is None:
            for rule_id in integrity.NEEDS_BASE:
                yield NotRun(rule_id, "it compares with an earlier revision: give --since")

    def _policies(self, active: list[Policy], case: Case, dangling: frozenset[str]) -> Iterator[Remark]:
        """Policies are indexed by kind, so that a rule costs nothing on records of others."""
        world = policy.World(case, functions.bind(case), dangling)
        bound = {one.rule.id: one.bound(world) for one in active}
        for kind, held in case.head.by_kind.items():
            concerned = [(one.closed, bound[one.rule.id]) for one in active if kind in one.kinds]
            if not concerned:
                continue
            every = [judge for _, judge in concerned]
            open_only = [judge for closed, judge in concerned if closed]
            lifecycle = self.kinds[kind].lifecycle
            terminal = lifecycle.terminal if lifecycle is not None else frozenset()
            for record in held:
                if not record.sound:
                    continue
                for judge in open_only if terminal and record.state in terminal else every:
                    remark = judge(record)
                    if remark is not None:
                        yield remark


def _targets(remarks: list[Remark], case: Case) -> Iterator[str]:
    """What the remarks on references name."""
    pointers: dict[str, set[str]] = {}
    for remark in remarks:
        if remark.rule in ("reference", "reference-kind"):
            pointers.setdefault(remark.record, set()).add(remark.pointer)
    for ref, refused in pointers.items():
        record = case.head.records.get(ref)
        yield from (target for pointer, target in (record.references if record else ()) if pointer in refused)


def load(source: Source) -> Rulebook:
    """The rulebook that holds in `source`: the built-in law, and what the repository adds.

    Raises CannotJudge where settings, a schema or a policy cannot be used: a rule that is not understood is no rule.
    """
    content = source.content(settings.FILE)
    if content is None:
        raise CannotJudge(f"there is no {settings.FILE} in the {source.label}", "itsmctl init writes one.")
    own_schemas = _own(source, "schemas", ".schema.json")
    return _assemble(settings.read(content), own_schemas, _own(source, "policies", ".yaml"))


_NO_SETTINGS = b"{apiVersion: itsm/v1, kind: Settings, repository: none, target: refs/heads/main}"


def builtin() -> Rulebook:
    """The law that comes with the tool, with the default settings: for what needs no repository."""
    return _assemble(settings.read(_NO_SETTINGS), [], [])


def _assemble(chosen: Settings, own_schemas: list[SourceFile], own_policies: list[SourceFile]) -> Rulebook:
    held = kinds.load(bundled.files("schemas", ".json"), own_schemas)
    _check_layout(chosen, held)
    types = RecordTypes(held)
    environment = cel.Environment({"as_of": cel.TIMESTAMP}, functions.signatures(types))
    drafts = [policy.read(file, types, environment, builtin=True) for file in _shipped_policies()]
    drafts += [policy.read(file, types, environment, builtin=False) for file in own_policies]
    policies = _compile(drafts)
    off, levels = _switches(chosen, {one.rule.id: one.rule for one in policies})
    leveled = tuple(_with_severity(one, levels) for one in policies)
    return Rulebook(chosen, held, leveled, MappingProxyType(off))


_MOST = 50  # problems that are told at once


def _compile(drafts: list[policy.Draft]) -> list[Policy]:
    """All policies, or one error that lists all that is wrong with any of them."""
    first: dict[str, policy.Draft] = {}
    problems: list[str] = []
    for draft in drafts:
        problems.extend(draft.problems)
        other = first.setdefault(draft.id, draft) if draft.id else draft
        if other is not draft:
            where = "a built-in rule" if other.builtin else other.path
            problems.append(f"{draft.path}: the id {draft.id} is taken by {where}")
    if problems:
        broken = len({id(draft) for draft in drafts if draft.problems}) or 1
        several = "rules do" if broken > 1 else "rule does"
        more = [f"… and {len(problems) - _MOST} more"] if len(problems) > _MOST else []
        raise CannotJudge(
            f"{broken} {several} not compile, so nothing can be judged:\n\n" + "\n\n".join(problems[:_MOST] + more),
            "Mend the policy files. itsmctl policy test shows the same.",
        )
    compiled = [draft.policy for draft in drafts if draft.policy is not None]
    return sorted(compiled, key=lambda one: one.rule.id)


def _check_layout(chosen: Settings, held: kinds.Kinds) -> None:
    """A folder that no kind keeps its records in would be split for nobody."""
    for folder in sorted(chosen.layout):
        if folder not in held.by_plural:
            guess = did_you_mean(folder, held.by_plural)
            raise CannotJudge(
                f"{settings.FILE}: layout names {folder}, where no kind keeps its records",
                guess[:1].upper() + guess[1:] if guess else "itsmctl schema list prints the folders.",
            )


def _switches(chosen: Settings, known: Mapping[str, Rule]) -> tuple[dict[str, str], Mapping[str, Severity]]:
    """What the settings say of rules; a rule that is not there would switch nothing off, silently."""
    off = {item.rule: item.reason for item in chosen.policies.off}
    levels = dict(chosen.policies.severity)
    for rule_id in sorted({*off, *levels}):
        if rule_id not in known:
            guess = did_you_mean(rule_id, known)
            form = any(rule.id == rule_id for rule in FORM)
            why = "checks of form always hold" if form else guess or "itsmctl policy list prints the rules"
            raise CannotJudge(
                f"{settings.FILE}: policies names {rule_id}, which is no policy", f"{why[0].upper()}{why[1:]}"
            )
    return off, levels


def _with_severity(held: Policy, levels: Mapping[str, Severity]) -> Policy:
    level = levels.get(held.rule.id)
    return held if level is None else replace(held, rule=replace(held.rule, severity=level))


def _shipped_policies() -> list[SourceFile]:
    """The policies that come with the tool, by path."""
    top = bundled.folder("policies")
    found = sorted(top.rglob("*.yaml"))
    return [SourceFile(f"policies/{path.relative_to(top).as_posix()}", path.read_bytes()) for path in found]


def _own(source: Source, folder: str, ending: str) -> list[SourceFile]:
    """The repository's own schemas or policies; what is no regular file stops the run."""
    found = []
    for file in source.files(folder):
        if not isinstance(file, SourceFile):
            raise CannotJudge(f"{file.path} is {file.what}", f"Only regular files may stand under {folder}/.")
        if file.path == folder:
            raise CannotJudge(f"{folder} is a file", f"{folder}/ is the folder of the repository's own {folder}.")
        if file.path.endswith(ending):
            found.append(file)
        elif _may_be_meant(file.path):
            raise CannotJudge(
                f"{file.path} does not end in {ending}, so it would be passed over",
                f"Rename it, or move it out of {folder}/.",
            )
    return found


def _may_be_meant(path: str) -> bool:
    """Is it data, and no README? What looks like a rule and is none would be missed by nobody."""
    return path.lower().endswith((".yaml", ".yml", ".json"))
