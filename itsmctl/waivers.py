"""Accepted deviations: which remarks a Waiver record lifts, and which waivers are themselves worth a remark.

A waiver never stops a rule from running: the finding stays visible as waived, and is counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

from itsmctl.case import Case
from itsmctl.findings import Rule, Waived
from itsmctl.nearest import did_you_mean
from itsmctl.records import Record, Remark, value_at

NOTICE = timedelta(days=14)
"""A waiver that ends within this time is announced (house rule)."""

RULES: tuple[Rule, ...] = (
    Rule(
        id="waiver-approval",
        title="A granted waiver was approved by now, and before its last day",
        severity="error",
        description="An approval that lies ahead has not been given, and one after the last day allows nothing. Such a "
        "waiver lifts no finding.",
        remediation="Correct spec.approved_on or spec.expires; until it is approved, a waiver is requested.",
    ),
    Rule(
        id="waiver-expired",
        title="No granted waiver is past its last day",
        severity="warning",
        description="An expired waiver lifts nothing any more: the finding that it covered counts again. Leaving it "
        "as granted hides from its owner that the deviation has run out of time.",
        remediation="Mend what was waived, or agree on a new waiver; then set this one to expired.",
    ),
    Rule(
        id="waiver-expiring",
        title="No waiver ends unannounced",
        severity="info",
        description="The finding that a waiver lifts counts again on the day after its last one. Two weeks of notice "
        "leave time to mend the cause.",
        remediation="Mend what is waived, or have the waiver extended by its approver.",
    ),
    Rule(
        id="waiver-unused",
        title="Every granted waiver lifts a finding",
        severity="warning",
        description="A waiver that lifts nothing is either no longer needed or misspelt; both are better known than "
        "kept, since it would silently lift the finding if that came back.",
        remediation="Revoke the waiver, or correct its rule, record or place.",
    ),
    Rule(
        id="waiver-rule",
        title="A waiver names a rule that may be waived",
        severity="error",
        description="Only policies with soft or advisory enforcement can be waived. Checks of form, and hard rules, "
        "hold without exception.",
        remediation="Correct the rule id; for a hard rule, mend the record instead.",
    ),
)


class Grant(Struct, frozen=True):
    """A waiver in force: what it lifts."""

    record: Record
    rule: str
    target: str  # Kind/name
    at: str  # JSON pointer that the finding's place must be at or below; "" for all of the record
    waived: Waived
    since: date  # the day on which it was accepted


def in_force(case: Case) -> tuple[Grant, ...]:
    """Every granted waiver that is accepted by now and whose last day is not past, by name."""
    today, newest = case.as_of.date(), _newest_day(case.as_of)
    return tuple(grant for grant, last in _granted(case) if grant.since <= newest and grant.since <= last >= today)


def lift(
    remarks: Iterable[Remark], grants: Sequence[Grant], rules: Mapping[str, Rule]
) -> list[tuple[Remark, Waived | None]]:
    """Each remark with the waiver that lifts it, or None. Hard rules are lifted by none."""
    by_target: dict[tuple[str, str], list[Grant]] = {}
    for grant in grants:
        rule = rules.get(grant.rule)
        if rule is not None and rule.enforcement != "hard":
            by_target.setdefault((grant.rule, grant.target), []).append(grant)
    lifted: list[tuple[Remark, Waived | None]] = []
    for remark in remarks:
        fitting = [g for g in by_target.get((remark.rule, remark.record), ()) if _covers(g.at, remark.pointer)]
        lifted.append((remark, fitting[0].waived if fitting else None))
    return lifted


def inspect(case: Case, used: Collection[str], rules: Mapping[str, Rule], run: Collection[str]) -> list[Remark]:
    """Remarks on the waivers themselves: expired, about to expire, unused, or of a rule that has no exceptions."""
    today = case.as_of.date()
    remarks = []
    for grant, last in _granted(case):
        rule = rules.get(grant.rule)
        if rule is None:
            guess = did_you_mean(grant.rule, rules)
            says = f"there is no rule {grant.rule}" + (f": {guess}" if guess else "")
            remarks.append(_remark("waiver-rule", grant, "/spec/rule", says, "itsmctl policy list prints the rules."))
        elif rule.enforcement == "hard":
            says = f"{grant.rule} holds without exception and cannot be waived"
            remarks.append(_remark("waiver-rule", grant, "/spec/rule", says, "Mend the record instead."))
        elif grant.since > _newest_day(case.as_of):
            says = f"the waiver of {grant.rule} for {grant.target} is approved on {grant.since}, and today is {today}"
            remarks.append(_remark("waiver-approval", grant, "/spec/approved_on", says))
        elif last < grant.since:
            says = f"the waiver of {grant.rule} for {grant.target} ends on {last}, before its approval on {grant.since}"
            remarks.append(_remark("waiver-approval", grant, "/spec/expires", says))
        elif last < today:
            says = f"the waiver of {grant.rule} for {grant.target} ended on {grant.waived.expires}"
            remarks.append(_remark("waiver-expired", grant, "/spec/expires", says))
        elif grant.rule in run and grant.record.name not in used:
            says = f"{grant.rule} has no finding on {grant.target} that this waiver could lift"
            remarks.append(_remark("waiver-unused", grant, "/spec/rule", says))
        elif last - today <= NOTICE:
            days = (last - today).days
            when = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
            says = f"the waiver of {grant.rule} for {grant.target} ends {when}"
            remarks.append(_remark("waiver-expiring", grant, "/spec/expires", says))
    return remarks


def _granted(case: Case) -> Iterable[tuple[Grant, date]]:
    """Those that somebody accepted on some day; that both are there falls due with the state."""
    for record in case.head.by_kind.get("Waiver", ()):
        spec = record.data["spec"] if record.sound and record.state == "granted" else {}
        if spec.get("approved_by") and spec.get("approved_on"):
            waived = Waived(record.name, spec["reason"], spec["expires"])
            since, last = date.fromisoformat(spec["approved_on"]), date.fromisoformat(spec["expires"])
            yield Grant(record, spec["rule"], spec["record"], value_at(spec, "/at") or "", waived, since), last


def _newest_day(moment: datetime) -> date:
    """The day that it is where days begin first, 14 hours ahead of UTC: a date does not say where it was written."""
    return moment.date() if moment.date() == date.max else (moment + timedelta(hours=14)).date()


def _covers(at: str, pointer: str) -> bool:
    return not at or pointer == at or pointer.startswith(at + "/")


def _remark(rule_id: str, grant: Grant, pointer: str, message: str, hint: str = "") -> Remark:
    rule = next(rule for rule in RULES if rule.id == rule_id)
    record = grant.record
    return Remark(rule.id, rule.severity, message, record.path, record.ref, pointer, hint=hint or rule.remediation)
