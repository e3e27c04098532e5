"""Words of the field, with what people also say, and where each is found here: what a newcomer asks `explain` for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl.drawing import prose, rows
from itsmctl.explain.topic import Topic

if TYPE_CHECKING:
    from collections.abc import Callable


class Word(Struct, frozen=True):
    """`term` is what records and messages call it; `also` are other names; `see` are words that `explain` knows."""

    term: str
    about: str
    also: tuple[str, ...] = ()
    see: tuple[str, ...] = ()


WORDS: tuple[Word, ...] = (
    Word(
        "acceptance",
        "Those who will use and run a release agree that it does what it should, before it goes live.",
        ("UAT", "sign-off"),
        ("Release.spec.acceptance", "REL-06"),
    ),
    Word(
        "accuracy",
        "How right records are: of the fields that were compared with reality, the share that was equal. What nobody "
        "saw is not part of it.",
        ("data quality",),
        ("ConfigurationAudit", "configuration-management"),
    ),
    Word(
        "availability",
        "A service or an item does its work when it is wanted.",
        ("uptime",),
        ("ServiceLevelAgreement.spec.targets", "service-continuity-and-availability-management"),
    ),
    Word(
        "back-out plan",
        "How a change is taken back if it goes wrong: the steps, the sign that it is time, who decides.",
        ("rollback", "rollback plan", "backout plan", "revert"),
        ("ChangeRequest.spec.backout", "CHG-07"),
    ),
    Word(
        "baseline",
        "What was there at one moment, written down, so that later states can be compared with it or brought back.",
        ("golden config", "lockfile", "snapshot"),
        ("Release.spec.baseline_before", "Release.spec.baseline_after"),
    ),
    Word(
        "change",
        "Whatever adds, alters or removes something that a service stands on. A pull request usually carries one out.",
        ("change record", "change ticket", "deploy", "merge request", "MR", "pull request", "PR"),
        ("ChangeRequest", "change-management"),
    ),
    Word(
        "change authority",
        "Who may approve a change of a certain risk: a role, or several that each have to agree.",
        ("approver", "approvers", "CAB", "change advisory board"),
        ("ApprovalRule", "Role"),
    ),
    Word(
        "change management",
        "The process that weighs and approves changes before they are made.",
        ("change control", "change enablement"),
        ("change-management", "ChangeRequest"),
    ),
    Word(
        "change schedule",
        "The changes that are approved, with their windows.",
        ("change calendar", "forward schedule of change", "forward schedule of changes", "FSC"),
        ("ChangeRequest.spec.schedule", "CHG-14"),
    ),
    Word(
        "compliance",
        "Whether an organisation keeps to a standard. An audit of what people do finds out. This tool helps to gather "
        "evidence, and never says that somebody complies or is certified.",
        ("certification", "certified", "compliant", "conformity"),
        ("basis",),
    ),
    Word(
        "configuration audit",
        "Records held against what is really there: itsmctl baseline audit compares a baseline with files of what was "
        "observed, and a mapping file says what their columns are.",
        ("AuditMapping", "audit mapping", "discovery", "drift", "drift detection", "reconciliation"),
        ("ConfigurationAudit", "CIType.spec.identity", "CIType.spec.control.ignore", "configuration-management"),
    ),
    Word(
        "configuration item",
        "A part of a service that is kept track of: a machine, a program, a licence, a document. Its short form CI has "
        "nothing to do with continuous integration.",
        ("asset", "CI"),
        ("ConfigurationItem", "CIType"),
    ),
    Word(
        "configuration management database",
        "All configuration items with their relations. Here that is a folder of the repository.",
        ("asset database", "CMDB", "inventory"),
        ("ConfigurationItem", "configuration-management"),
    ),
    Word(
        "continuity plan",
        "How services are kept up, or brought back, when a disaster strikes.",
        ("BCP", "business continuity", "disaster recovery", "DR"),
        ("ContinuityPlan", "service-continuity-and-availability-management"),
    ),
    Word(
        "emergency change",
        "A change that cannot wait for the usual order. What was skipped is caught up with afterwards.",
        ("break-glass", "ECAB", "hotfix"),
        ("ChangeRequest.spec.emergency", "CHG-22", "CHG-23"),
    ),
    Word(
        "escalation",
        "Handing something to people with more knowledge or more say.",
        ("on-call", "page"),
        ("incident-management",),
    ),
    Word(
        "freeze",
        "A time in which nothing is changed, but for what its owner lets pass.",
        ("change freeze", "moratorium"),
        ("FreezeWindow", "CHG-15"),
    ),
    Word(
        "known error",
        "A problem whose cause is known while it is not mended yet.",
        ("known issue",),
        ("KnownError",),
    ),
    Word(
        "library",
        "The one safe place for master copies of software and documents.",
        ("artefact registry", "artifact registry", "definitive library", "DML", "DSL"),
        ("Library", "ConfigurationItem.spec.master"),
    ),
    Word(
        "operational level agreement",
        "A deal between teams of one's own organisation that holds up what customers were promised.",
        ("OLA", "supporting service agreement"),
        ("OperationalLevelAgreement", "SLM-11"),
    ),
    Word(
        "post-implementation review",
        "Looking back on a change: did it do what it was for, and what else did it do?",
        ("PIR", "retro", "retrospective"),
        ("ChangeRequest.spec.review", "CHG-19", "CHG-20"),
    ),
    Word(
        "problem",
        "What lies behind incidents; its cause is looked for.",
        ("bug", "RCA", "root cause", "root cause analysis"),
        ("Problem", "problem-management"),
    ),
    Word(
        "release",
        "Several changes that are built, tested and brought into use together.",
        ("deployment", "roll-out", "rollout"),
        ("Release", "release-management"),
    ),
    Word(
        "request for change",
        "A wish to change something, written down so that others can weigh it.",
        ("change request", "CR", "RFC"),
        ("ChangeRequest",),
    ),
    Word(
        "service catalogue",
        "The list of services on offer, for those who use them.",
        ("service catalog", "service portal"),
        ("Service",),
    ),
    Word(
        "service desk",
        "Where users turn with faults and questions. Here it is a role that people hold.",
        ("help desk", "helpdesk"),
        ("Role", "Incident"),
    ),
    Word(
        "service improvement",
        "Making services better on purpose, step by step, with somebody who sees to it.",
        ("continual improvement", "CSI"),
        ("ImprovementAction",),
    ),
    Word(
        "service level agreement",
        "A written deal with a customer on what a service does and how well.",
        ("SLA",),
        ("ServiceLevelAgreement", "service-level-management"),
    ),
    Word(
        "service level management",
        "The process that agrees with customers on services, and watches that it is kept.",
        (),
        ("service-level-management", "ServiceLevelAgreement"),
    ),
    Word(
        "service management",
        "Running services so that customers get what was agreed, by processes that work together.",
        ("ITSM", "ops"),
        ("management-system",),
    ),
    Word(
        "service target",
        "A figure that a service is to reach, agreed with the customer.",
        ("KPI", "SLI", "SLO"),
        ("ServiceLevelAgreement.spec.targets", "SLM-04"),
    ),
    Word(
        "standard change",
        "A routine that was approved once, for all changes that keep inside its model.",
        ("pre-approved change", "routine change"),
        ("ChangeModel", "CHG-30"),
    ),
    Word(
        "supplier contract",
        "What a supplier has agreed to do for our services.",
        ("UC", "underpinning contract", "vendor SLA"),
        ("SupplierContract", "SLM-11"),
    ),
    Word("supplier", "Another organisation that services depend on.", ("third party", "vendor"), ("Supplier",)),
    Word(
        "ticket",
        "Whatever somebody reports or asks for, not sorted yet: something is broken, or something is to be changed.",
        ("alert", "case"),
        ("Incident", "ChangeRequest"),
    ),
    Word(
        "waiver",
        "A deviation from a rule that somebody with a say in it accepted, with the reason and a last day.",
        ("dispensation", "exception", "exemption", "risk acceptance", "suppression"),
        ("Waiver", "enforcement"),
    ),
    Word("workaround", "What makes an incident bearable until its cause is gone.", ("mitigation",), ("KnownError",)),
)


def topics() -> dict[str, Callable[[], Topic]]:
    """Every word and every other name of it."""
    return {name: partial(_topic, name, word) for word in WORDS for name in (word.term, *word.also)}


def _topic(name: str, word: Word) -> Topic:
    def lines(width: int) -> list[str]:
        title = word.term if name == word.term else f"{name}: {word.term}"
        also = ", ".join(other for other in word.also if other != name)
        see = [f"itsmctl explain {one}" for one in word.see]
        said = [("also called", also), *zip(["see", *[""] * len(see)], see, strict=False)]
        return [title, *prose(word.about, width, indent=2), "", *rows(said, width)]

    def data() -> dict[str, Any]:
        return {"term": word.term, "description": word.about, "also": list(word.also), "see": list(word.see)}

    return Topic(word.term, lines, data)
