"""A rule explained: what and why, where it comes from, examples that pass and fail, how to mend, how to waive."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from itsmctl import yamltext
from itsmctl.drawing import advice, code, prose, quoted, rows, titled
from itsmctl.escape import visible
from itsmctl.explain.topic import Topic
from itsmctl.policy import lint, trial
from itsmctl.standing import BASIS, EDITIONS, ENFORCEMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from itsmctl.findings import Rule
    from itsmctl.kinds import FieldInfo
    from itsmctl.policy import Policy
    from itsmctl.policy.model import Example
    from itsmctl.rulebook import Rulebook


def topics(book: Rulebook) -> dict[str, Callable[[], Topic]]:
    """Every rule by id: policies, checks of form, and the check of policies themselves."""
    return {rule.id: partial(_topic, rule, book) for rule in (*book.rules, *trial.RULES, *lint.RULES)}


def _topic(rule: Rule, book: Rulebook) -> Topic:
    policy = book.policy(rule.id)
    if policy is None:
        return Topic(rule.id, partial(_form_lines, rule), partial(_data, rule, None, book))
    return Topic(rule.id, partial(_lines, policy, book), partial(_data, rule, policy, book))


def _form_lines(rule: Rule, width: int) -> list[str]:
    """A check that no policy file holds."""
    of_rules = rule in (*trial.RULES, *lint.RULES)
    waive = "Not possible: no record is judged by it." if of_rules else "Not possible: checks of form always hold."
    found_by = "itsmctl policy lint" + (", itsmctl policy test, itsmctl validate" if rule in trial.RULES else "")
    facts = [("severity", rule.severity), ("found by", found_by) if of_rules else ("basis", BASIS[rule.basis])]
    return [
        *titled(rule.id, rule.title, width),
        *rows(facts, width),
        *_section("Why", rule.description, width),
        *("", "To mend", *advice(rule.remediation, width, indent=2)),
        *_section("To waive", waive, width),
    ]


def _lines(policy: Policy, book: Rulebook, width: int) -> list[str]:
    rule = policy.rule
    return [
        *titled(rule.id, rule.title, width),
        *rows(_facts(policy, book), width),
        *_section("Why", rule.description, width),
        *("", "To mend", *advice(rule.remediation, width, indent=2)),
        *_condition(policy, width),
        *_examples(policy, book, width),
        *_waive(policy, book, width),
        *_section("What it says of one record", f"itsmctl why {policy.kinds[0]}/NAME {rule.id}", width),
    ]


def _facts(policy: Policy, book: Rulebook) -> list[tuple[str, str]]:
    rule = policy.rule
    kinds = ", ".join(policy.kinds)
    which = "in any state" if policy.closed else "until its last state" if _has_end(policy, book) else ""
    return [
        ("process", rule.process),
        ("severity", rule.severity + (", as itsm.yaml says" if rule.id in book.settings.severity else "")),
        ("enforcement", ENFORCEMENT[rule.enforcement]),
        ("basis", BASIS[rule.basis]),
        ("clause", ", ".join(f"{EDITIONS.get(edition, edition)} clause {number}" for edition, number in rule.clause)),
        ("looks at", f"{kinds}, {which}" if which else kinds),
        ("needs", "an earlier revision to compare with: --since" if policy.needs_base else ""),
        ("tags", ", ".join(rule.tags)),
        ("file", f"{rule.path}, which comes with itsmctl" if policy.builtin else rule.path),
        ("off", f"switched off in itsm.yaml: {book.off[rule.id]}" if rule.id in book.off else ""),
    ]


def _has_end(policy: Policy, book: Rulebook) -> bool:
    cycles = (book.kinds[kind].lifecycle for kind in policy.kinds)
    return any(cycle is not None and cycle.terminal for cycle in cycles)


def _condition(policy: Policy, width: int) -> list[str]:
    """The rule itself, as its file has it."""
    parts = [("when", policy.when.text)] if policy.when is not None else []
    parts += [(f"let {name}", program.text) for name, program in policy.lets]
    lines = ["", "In CEL"]
    for label, text in (*parts, ("assert", policy.check.text)):
        lines += [f"  {label}", *code(text, width, indent=4)]
    return lines


def _examples(policy: Policy, book: Rulebook, width: int) -> list[str]:
    """One example of either verdict; among those that pass, one that the rule looked at comes first."""
    outcomes = [one for one in trial.run(policy, book.law) if one.position >= 0]
    failing = [one for one in outcomes if one.verdict == "fail"]
    passing = [one for one in outcomes if one.verdict == "pass"] or [
        one for one in outcomes if one.verdict == "does not apply"
    ]
    lines: list[str] = []
    for title, found in (("Fails", failing), ("Passes", passing)):
        for one in found[:1]:
            lines += ["", *prose(f"{title}: {one.name}", width)]
            lines += _snippets(policy.examples[one.position])
            if one.verdict == "fail":
                lines += ["", *prose(f"gives, at {one.at}: {one.message}", width, indent=2)]
    return lines


def _snippets(example: Example) -> list[str]:
    """The record of an example, and what else there is in its world."""
    lines = quoted(_yaml(example.record))
    if example.before is not None:
        lines += ["", "  where it was before", *quoted(_yaml(example.before))]
    for other in example.world:
        lines += ["", "  beside", *quoted(_yaml(other))]
    if example.settings is not None:
        lines += ["", "  where itsm.yaml says", *quoted(_yaml(example.settings))]
    return lines + (["", f"  as of {visible(example.as_of)}"] if example.as_of else [])


def _waive(policy: Policy, book: Rulebook, width: int) -> list[str]:
    rule = policy.rule
    if rule.enforcement == "hard":
        return _section("To waive", "Not possible: the rule is hard.", width)
    if "Waiver" not in book.kinds:
        return []
    lines = ["", "To waive", *prose("A record says who accepted the deviation, why, and until when:", width, indent=2)]
    lines += ["", *quoted(_yaml(_waiver(rule, policy.kinds[0], book)), indent=4)]
    command = f"itsmctl new Waiver NAME --set rule={rule.id} --set record={policy.kinds[0]}/NAME"
    after = f"{command} asks for the rest. It lifts the finding once its state is granted."
    return [*lines, "", *prose(after, width, indent=2)]


def _waiver(rule: Rule, kind: str, book: Rulebook) -> dict[str, Any]:
    """The least that a granted waiver of the rule has to say, as the schema of waivers has it; `…` is to fill in."""
    waiver = book.kinds["Waiver"]
    given = {"/metadata/name": f"{rule.id.lower()}-NAME", "/spec/rule": rule.id, "/spec/record": f"{kind}/NAME"}
    data: dict[str, Any] = {"apiVersion": "itsm/v1", "kind": "Waiver", "metadata": {}, "spec": {}}
    for field in waiver.fields():
        top, _, name = field.pointer[1:].partition("/")
        if field.depth == 2 and top in data and (field.required or "granted" in field.due):
            data[top][name] = given.get(field.pointer, _blank(field))
    data["spec"]["state"] = "granted"
    return data


def _blank(field: FieldInfo) -> str:
    """What stands for a value that only people know."""
    if field.reference is not None:
        fitting = "Role" if "Role" in field.reference.to else field.reference.to[0]
        return f"{fitting}/NAME" if field.reference.qualified else "NAME"
    return "YYYY-MM-DD" if "date" in field.type else "…"


def _data(rule: Rule, policy: Policy | None, book: Rulebook) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity,
        "basis": rule.basis,
        "enforcement": rule.enforcement,
        "process": rule.process or None,
        "clause": dict(rule.clause),
        "description": rule.description,
        "remediation": rule.remediation,
        "waivable": policy is not None and rule.enforcement != "hard",
    }
    if policy is not None:
        found |= {
            "builtin": policy.builtin,
            "path": rule.path,
            "off": book.off.get(rule.id),
            "kinds": list(policy.kinds),
            "closed": policy.closed,
            "needs_base": policy.needs_base,
            "when": policy.when.text if policy.when is not None else None,
            "let": {name: program.text for name, program in policy.lets},
            "assert": policy.check.text,
            "examples": [example.model_dump(exclude_none=True, exclude_defaults=True) for example in policy.examples],
        }
    return found


def _section(title: str, text: str, width: int) -> list[str]:
    return ["", title, *prose(text, width, indent=2)]


def _yaml(data: Mapping[str, Any]) -> str:
    return yamltext.dump(data).decode()
