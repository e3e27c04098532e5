"""The law at one revision: settings, kinds, policies, and the checks of form. `inspect` judges a case by all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from itsmctl import bundled, dangling, functions, integrity, kinds, policy, ready, records, settings, waivers, yamltext
from itsmctl.case import Case
from itsmctl.errors import CannotJudge
from itsmctl.findings import NotRun, Rule, Severity
from itsmctl.nearest import did_you_mean
from itsmctl.policy import Policy, trial
from itsmctl.processes import FRAME, PROCESSES
from itsmctl.records import Law, Remark
from itsmctl.recordtypes import RecordTypes
from itsmctl.settings import View
from itsmctl.sources import Source, SourceFile

if TYPE_CHECKING:
    from itsmctl.policy.unchecked import Unchecked

FORM: tuple[Rule, ...] = (
    *yamltext.RULES,
    *records.RULES,
    *kinds.RULES,
    *integrity.RULES,
    *policy.RULES,
    *trial.RULES,
    *waivers.RULES,
)
"""The checks that no policy file holds: they cannot be switched off or waived."""


class Inspection(Struct, frozen=True):
    """What the rules said of a case, which of them ran, and which did not and why."""

    remarks: tuple[Remark, ...]
    run: tuple[str, ...]
    not_run: tuple[NotRun, ...]


class Rulebook(Struct, frozen=True, dict=True):
    """Kinds and policies that a run judges by. `policies` are in the order of their ids."""

    settings: View
    kinds: kinds.Kinds
    types: RecordTypes  # the kinds as CEL's checker knows them
    policies: tuple[Policy, ...]
    off: Mapping[str, str]  # rule id → the reason that the settings give

    @cached_property
    def law(self) -> Law:
        """How files are read under this rulebook."""
        return Law(self.kinds, self.settings)

    @cached_property
    def unchecked(self) -> tuple[Unchecked, ...]:
        """The controls that no rule checks, by id; not those that a rule of this repository took over."""
        from itsmctl.policy import unchecked

        held = {one.rule.id for one in self.policies}
        return tuple(one for one in unchecked.shipped() if one.id not in held)

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

    def inspect(self, case: Case, only: frozenset[str] | None = None) -> Inspection:
        """Every remark on the head of the case, in no particular order.

        `only`: the records (`Kind/name`) that policies look at, where the others are known not to matter.
        """
        remarks = [*dangling.explained(case.head), *integrity.inspect(case)]
        missed = frozenset(_targets(remarks, case))
        not_run = list(self.not_run(case))
        skipped = {one.rule for one in not_run}
        active = [held for held in self.policies if held.rule.id not in skipped]
        remarks.extend(self._policies(active, case, missed, only))
        run = tuple(rule.id for rule in self.rules if rule.id not in skipped)
        return Inspection(tuple(remarks), run, tuple(not_run))

    def ask(self, chosen: Sequence[Policy], case: Case, only: frozenset[str]) -> tuple[Remark, ...]:
        """What some of the policies say of these records; their form and references are not looked at."""
        return tuple(self._policies(list(chosen), case, frozenset(), only))

    def not_run(self, case: Case) -> Iterator[NotRun]:
        """The rules that are loaded and not applied to the case, each with the reason."""
        for held in self.policies:
            if held.rule.id in self.off:
                yield NotRun(held.rule.id, f"switched off in itsm.yaml: {self.off[held.rule.id]}")
            elif held.needs_base and case.base is None:
                yield NotRun(held.rule.id, "it compares with an earlier revision: give --since")
        if case.base is None:
            for rule_id in integrity.NEEDS_BASE:
                yield NotRun(rule_id, "it compares with an earlier revision: give --since")

    def _policies(
        self, active: list[Policy], case: Case, dangling: frozenset[str], only: frozenset[str] | None
    ) -> Iterator[Remark]:
        """Policies are indexed by kind, so that a rule costs nothing on records of others."""
        world = policy.World(case, functions.bind(case), dangling)
        for kind, every in case.head.by_kind.items():
            held = every if only is None else [record for record in every if record.ref in only]
            concerned = [one for one in active if kind in one.kinds]
            lifecycle = self.kinds[kind].lifecycle
            terminal = lifecycle.terminal if lifecycle is not None else frozenset()
            ended = [record for record in held if record.sound and record.state in terminal] if terminal else []
            others = [record for record in held if record.sound and record.state not in terminal]
            for standing, policies in ((others, concerned), (ended, [one for one in concerned if one.closed])):
                if standing and policies:
                    judge = policy.bench(policies, world)
                    for record in standing:
                        yield from judge(record)


def _targets(remarks: list[Remark], case: Case) -> Iterator[str]:
    """What the remarks on references name."""
    pointers: dict[str, set[str]] = {}
    for remark in remarks:
        if remark.rule in ("reference", "reference-kind"):
            pointers.setdefault(remark.record, set()).add(remark.pointer)
    for ref, refused in pointers.items():
        record = case.head.records.get(ref)
        yield from (target for pointer, target in (record.references if record else ()) if pointer in refused)


def load(source: Source, *, to_write: bool = False) -> Rulebook:
    """The rulebook that holds in `source`: the built-in law, and what the repository adds.

    `to_write`: nothing is judged, and an empty policy file is passed over: the shell has made it for what is printed.
    Raises CannotJudge where settings, a schema or a policy cannot be used: a rule that is not understood is no rule.
    """
    chosen = _settings(source)
    own = [file for file in ready.own(source, "policies", ".yaml") if file.content or not to_write]
    return _assemble(chosen, ready.own(source, "schemas", ".schema.json"), own)


def law(source: Source) -> Law:
    """The kinds and homes that hold in `source`, without its rules: for what reads records and judges none of them.

    Raises CannotJudge where settings or a schema cannot be used.
    """
    chosen = _settings(source)
    held = ready.kinds_at(source)
    _check_settings(chosen, held)
    return Law(held, chosen)


def _settings(source: Source) -> View:
    settings.refuse_mistaken(source.names(), source.label)
    content = source.content(settings.FILE)
    if content is None and source.ignored(settings.FILE):
        raise CannotJudge(f"git ignores {settings.FILE}, so nobody else would have it", "Take it out of .gitignore.")
    if content is None:
        raise CannotJudge(f"there is no {settings.FILE} in the {source.label}", "itsmctl init writes one.")
    return _view(content)


def _view(content: bytes) -> View:
    return settings.view(content, _form((bundled.folder("schemas") / "tool" / settings.SCHEMA).read_bytes()).conforms)


@lru_cache(1)
def _form(schema: bytes) -> kinds.Checker:
    return kinds.Checker(json.loads(schema))


_NO_SETTINGS = b"{apiVersion: itsm/v1, kind: Settings, repository: none, target: refs/heads/main}"


def builtin() -> Rulebook:
    """The law that comes with the tool, with the default settings: for what needs no repository."""
    return _assemble(_view(_NO_SETTINGS), [], [])


def _assemble(chosen: View, own_schemas: list[SourceFile], own_policies: list[SourceFile]) -> Rulebook:
    made = ready.ready(own_schemas)
    drafts = [policy.read(file, made.types, made.environment, builtin=False) for file in own_policies]
    policies = _joined(made.policies, drafts)
    _check_settings(chosen, made.kinds, {one.rule.id: one for one in policies})
    leveled = tuple(_with_severity(one, chosen.severity) for one in policies)
    return Rulebook(chosen, made.kinds, made.types, leveled, MappingProxyType(dict(chosen.off)))


_MOST = 50  # problems that are told at once


def _joined(shipped: Sequence[Policy], drafts: list[policy.Draft]) -> list[Policy]:
    """All policies by id, or one error that lists all that is wrong with those of the repository."""
    taken = {one.rule.id: "a built-in rule" for one in shipped}
    problems: list[str] = []
    for draft in drafts:
        problems.extend(draft.problems)
        if draft.id in taken:
            problems.append(f"{draft.path}: the id {draft.id} is taken by {taken[draft.id]}")
        elif draft.id:
            taken[draft.id] = draft.path
    if problems:
        broken = sum(1 for draft in drafts if draft.problems) or 1
        several = "rules do" if broken > 1 else "rule does"
        more = [f"… and {len(problems) - _MOST} more"] if len(problems) > _MOST else []
        raise CannotJudge(
            f"{broken} {several} not compile, so nothing can be judged:\n\n" + "\n\n".join(problems[:_MOST] + more),
            "Mend the policy files. itsmctl policy test shows the same.",
        )
    compiled = [*shipped, *(draft.policy for draft in drafts if draft.policy is not None)]
    return sorted(compiled, key=lambda one: one.rule.id)


def _check_settings(chosen: View, held: kinds.Kinds, known: Mapping[str, Policy] | None = None) -> None:
    """Names in the settings that nobody has: they would split, switch off or set nothing, silently.

    `known`: the policies by id, where they are at hand. Raises CannotJudge with all of them.
    """
    found = [*_strange_folders(chosen, held), *_strange_processes(chosen, held)]
    found += [*_strange_rules(chosen, known), *_strange_deadlines(chosen, known)] if known is not None else []
    if found:
        message = found[0] if len(found) == 1 else f"{len(found)} mistakes in {settings.FILE}:\n" + "\n".join(found)
        raise CannotJudge(message, f"Correct {settings.FILE}: settings that are understood in part judge nothing.")


def _strange_folders(chosen: View, held: kinds.Kinds) -> Iterator[str]:
    for folder in chosen.layout:
        if folder not in held.by_plural:
            at = chosen.at(f"/layout/{folder}", key=True)
            advice = did_you_mean(folder, held.by_plural) or "itsmctl schema list prints the folders"
            yield f"{at}: layout names {folder}, where no kind keeps its records: {advice}"


def _strange_processes(chosen: View, held: kinds.Kinds) -> Iterator[str]:
    known = {*PROCESSES, FRAME, *(kind.process for kind in held.values())}
    for process in chosen.intervals:
        if process not in known and process.islower():  # the ids of rules are written large
            at = chosen.at(f"/intervals/{process}", key=True)
            advice = did_you_mean(process, known) or f"known are {', '.join(sorted(known))}"
            yield f"{at}: intervals names {process}, which is no process: {advice}"


def _strange_deadlines(chosen: View, known: Mapping[str, Policy]) -> Iterator[str]:
    rules = [key for key in chosen.intervals if not key.islower()]
    asking = [name for name, held in known.items() if rules and held.paced]
    for rule in (each for each in rules if each not in asking):
        what = "a policy without a deadline of its own" if rule in known else "no policy"
        advice = did_you_mean(rule, asking) or f"known are {', '.join(asking)}"
        yield f"{chosen.at(f'/intervals/{rule}', key=True)}: intervals names {rule}, which is {what}: {advice}"


def _strange_rules(chosen: View, known: Mapping[str, Policy]) -> Iterator[str]:
    places = [(rule, f"/policies/off/{position}/rule", False) for position, rule in enumerate(chosen.off)]
    places += [(rule, f"/policies/severity/{rule}", True) for rule in chosen.severity]
    form = {rule.id for rule in FORM}
    for rule, pointer, is_key in places:
        if rule not in known:
            guess = "checks of form always hold" if rule in form else did_you_mean(rule, known)
            at, advice = chosen.at(pointer, is_key), guess or "itsmctl policy list prints the rules"
            yield f"{at}: policies names {rule}, which is no policy: {advice}"


def _with_severity(held: Policy, levels: Mapping[str, Severity]) -> Policy:
    level = levels.get(held.rule.id)
    return held if level is None else replace(held, rule=replace(held.rule, severity=level))
