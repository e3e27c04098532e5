"""Reports of the gate with everything in them that a format has to say: a verdict of each outcome, and hostile text."""

from __future__ import annotations

from typing import Any

from itsmctl.findings import Finding, Place, Related, Report, Seen
from itsmctl.gate import codes

from .sample import RULES, SERVICE, place

BASE, HEAD, TREE = "5d6e7f8" + "0" * 33, "1a2b3c4" + "0" * 33, "9f8e7d6" + "0" * 33
CHANGE = "records/changes/CHG-2026-7KQ3.yaml"
RULE = "records/approval-rules/high-risk-production.yaml"
LINE = {"kind": "ConfigurationItem", "name": "db-01", "before": "a" * 64, "after": "b" * 64}
EVIL = "eve\x1b[2J\u202e <::error::x@evil.example>"


def node(
    what: str, name: str, outcome: str = "NOTED", code: str = "", says: str = "", *because: dict[str, Any], **more: Any
) -> dict[str, Any]:
    """One node as plain data; `stands` = (path, line, pointer, base or merge)."""
    at = more.pop("stands", None)
    found: dict[str, Any] = {"what": what, "name": name, "outcome": outcome, "code": code, "says": says}
    if at:
        found["place"] = dict(zip(("path", "line", "pointer", "at"), at, strict=True))
    if more:
        found["details"] = more
    return {**found, "because": list(because)}


def vote(person: str, role: str, code: str = "", says: str = "", **more: Any) -> dict[str, Any]:
    """A vote; counted where there is no code."""
    facts = {
        "decision": "approve",
        "counted": not code,
        "needed": not code,
        "role": role,
        "via": "",
        "tier": "T3",
        "source": f"approvals/CHG-2026-7KQ3/{person}-568f072a05fa.json",
        "change": "CHG-2026-7KQ3",
        "moved": [],
    }
    return node("vote", person, "NOTED", code, says, **{**facts, **more})


def gate(outcome: str, *because: dict[str, Any], says: str = "something controlled differs", **more: Any) -> Any:
    """The whole."""
    facts = {
        "base": BASE,
        "head": HEAD,
        "tree": TREE,
        "target": "refs/heads/main",
        "repository": "town-services",
        "at": "2026-12-01T22:30Z",
        "simulated": False,
        "valid_until": None,
        "ends_with": None,
    }
    return node("gate", "gate", outcome, more.pop("code", ""), says, *because, **{**facts, **more})


CAB, OWNER = "change-advisory-board", "owner of ConfigurationItem/db-01"
WINDOW = node(
    "window",
    "window",
    "ALLOWED",
    "",
    "the window is open now, until 2026-12-02T02:00Z",
    start="2026-12-01T22:00:00Z",
    end="2026-12-02T02:00:00Z",
)


def asked(*lacking: tuple[int, str]) -> dict[str, Any]:
    """What the rule asks for, and what of it is missing."""
    requirements = [
        {"requirement": f"{n} × {label}", "label": label, "count": n} for n, label in ((2, CAB), (1, OWNER))
    ]
    missing = [{"requirement": "", "label": label, "missing": n, "persons": []} for n, label in lacking]
    return {"requirements": requirements, "lacking": missing, "min_tier": "T3", "for": "changes"}


DENIAL = gate(
    "DENIED",
    node(
        "check",
        "Service/loans",
        "DENIED",
        "INSPECTION",
        "SLM-02: Service/loans names its customer without an agreement",
        stands=("records/services/loans.yaml", 8, "/spec/customer", "merge"),
    ),
    node(
        "check",
        "ConfigurationItem/app-01",
        "DENIED",
        "NOT_COVERED",
        "the head removes ConfigurationItem/app-01, and no change in play lists it among its items: "
        "itsmctl change new --from-diff writes one",
        stands=("records/configuration-items/app-01.yaml", 1, "", "base"),
    ),
    node(
        "change",
        "CHG-2026-7KQ3",
        "DENIED",
        "",
        "normal (declared standard: /spec/tier is outside model patch-minor)",
        node("check", "contributors", "DENIED", "UNKNOWN", f"{EVIL} (author of 3f2a1c9) is no Person's at the base"),
        node(
            "note",
            "standard",
            "NOTED",
            "NOT_STANDARD",
            "not inside model patch-minor",
            node(
                "note", "ConfigurationItem/db-01", "NOTED", "OUTSIDE_MODEL", "/spec/tier is outside model patch-minor"
            ),
        ),
        node(
            "rule",
            "high-risk-production",
            "DENIED",
            "LACKING",
            f"2 × {CAB}, 1 × {OWNER}",
            node(
                "check",
                "pille",
                "DENIED",
                "VETO",
                "pille rejects it as security-manager: not before the audit. Only pille can take it back",
                stands=(RULE, 15, "/spec/veto/0", "base"),
            ),
            vote("jaan", OWNER, "CONTRIBUTOR", "author of 3f2a1c9"),
            vote(
                "liis",
                CAB,
                "STALE",
                "ConfigurationItem/db-01 /spec/tier 2 → 1: vote again on the lines as they are now",
            ),
            vote("mari", CAB, source="github:town/records#12", tier="T2"),
            vote("pille", "", "REJECT", "not before the audit", decision="reject"),
            vote(EVIL, "", "UNKNOWN", f"{EVIL} is nobody at the base"),
            stands=(RULE, 6, "/spec/when", "base"),
            **asked((1, CAB), (1, OWNER)),
        ),
        node(
            "next",
            "CHG-2026-7KQ3",
            "NOTED",
            "VOTES",
            f"liis or tõnu ({CAB}) and kadri ({OWNER}) vote:  itsmctl change approve CHG-2026-7KQ3",
            command="itsmctl change approve CHG-2026-7KQ3",
            again=False,
            persons=[
                {"person": "kadri", "instead": [], "as": OWNER},
                {"person": "liis", "instead": ["tõnu"], "as": CAB},
            ],
        ),
        WINDOW,
        node(
            "freeze",
            "year-end",
            "DENIED",
            "FREEZE",
            "from 2026-12-01T00:00Z to 2026-12-02T01:00Z (Year end) does not let normal changes through: earliest "
            "after it is 2026-12-02T01:00Z",
            stands=("records/freeze-windows/year-end.yaml", 7, "/spec", "base"),
            start="2026-12-01T00:00:00Z",
            end="2026-12-02T01:00:00Z",
            earliest="2026-12-02T01:00:00Z",
        ),
        node("note", "CHG-2026-8AAA", "NOTED", "COLLISION", "CHG-2026-8AAA is approved and meets it at Service/loans"),
        **{"class": "normal", "declared": "standard", "state": "implementing", "lines": [LINE]},
    ),
    node("change", "CHG-2026-9BBB", "ALLOWED", "", "draft → submitted: no vote is due", state="submitted"),
)

CLEARANCE = gate(
    "ALLOWED",
    node(
        "change",
        "CHG-2026-7KQ3",
        "ALLOWED",
        "",
        "normal",
        node(
            "rule",
            "high-risk-production",
            "ALLOWED",
            "",
            f"2 × {CAB}, 1 × {OWNER}",
            vote("kadri", OWNER, says="(for jaan)", via="jaan"),
            vote("liis", CAB),
            vote("mari", CAB),
            vote("tõnu", CAB, needed=False),
            stands=(RULE, 6, "/spec/when", "base"),
            **asked(),
        ),
        WINDOW,
        **{"class": "normal", "declared": "normal", "state": "implementing", "lines": [LINE]},
    ),
    valid_until="2026-12-02T02:00Z",
    ends_with="the window ends",
)

OVERRIDE = gate(
    "OVERRIDDEN",
    node(
        "change",
        "CHG-2026-7KQ3",
        "OVERRIDDEN",
        "",
        "emergency",
        node(
            "check",
            "emergency",
            "OVERRIDDEN",
            "",
            "may go ahead at once, and owes its review and the full vote within 5 days",
            node("check", "incident", "ALLOWED", "", "INC-1 is assigned at the base", incident="INC-1"),
            node("requirement", "emergency vote", "ALLOWED", "", "arvo (emergency-approver) lets it go ahead"),
            vote("arvo", ""),
            review_within=5,
        ),
        **{"class": "emergency", "declared": "emergency", "state": "implementing", "lines": [LINE]},
    ),
)

AT_CHANGE = Place(CHANGE, 8, 3, 8, 8, "/spec/state")


def finding(code: str, said: str, where: Place, base: Place | None = None, hint: str = "") -> Finding:
    """One reason."""
    word = "the rule that asks for it" if where == AT_CHANGE else "what stands at the base"
    related = (Related(base, word),) if base else ()
    record = "ChangeRequest/CHG-2026-7KQ3" if where == AT_CHANGE else ""
    return Finding(code, "error", said, where, record, related, hint or codes.BY_CODE[code].remediation)


FINDINGS = (
    finding(
        "NOT_COVERED",
        "the head removes ConfigurationItem/app-01, and no change in play lists it among its items: itsmctl change new "
        "--from-diff writes one",
        Place(""),
        Place("records/configuration-items/app-01.yaml", 1, 1, 1, 1),
    ),
    finding("FREEZE", "CHG-2026-7KQ3: from 2026-12-01T00:00Z to 2026-12-02T01:00Z (Year end) …", AT_CHANGE),
    finding(
        "LACKING",
        f"CHG-2026-7KQ3: rule high-risk-production lacks 1 × {CAB}, 1 × {OWNER}",
        AT_CHANGE,
        Place(RULE, 6, 9, 6, 20, "/spec/when"),
        f"liis or tõnu ({CAB}) and kadri ({OWNER}) vote:  itsmctl change approve CHG-2026-7KQ3",
    ),
    finding("UNKNOWN", f"CHG-2026-7KQ3: {EVIL} (author of 3f2a1c9) is no Person's at the base", AT_CHANGE),
    finding(
        "VETO",
        "CHG-2026-7KQ3: pille rejects it as security-manager: not before the audit. Only pille can take it back",
        AT_CHANGE,
        Place(RULE, 15, 5, 15, 21, "/spec/veto/0"),
    ),
    Finding(
        "SLM-02",
        "error",
        "Service/loans names its customer without an agreement",
        place("records/services/loans.yaml", SERVICE, "customer: readers", "/spec/customer"),
        record="Service/loans",
        hint="Agree on one.",
    ),
)

SEEN = Seen("merge of 5d6e7f8 and 1a2b3c4", "2026-12-01T22:30Z", (("ChangeRequest", 2), ("Service", 1)), 3)
_SAID = "1a2b3c4 into refs/heads/main at 5d6e7f8, as of 2026-12-01T22:30Z"


def report(verdict: Any, said: str, findings: tuple[Finding, ...] = ()) -> Report:
    """A report of the gate."""
    rules = (*codes.RULES, *(rule for rule in RULES if rule.id == "SLM-02"))
    return Report(
        "gate", findings, SEEN, rules, "0.1.0", verdict=verdict, summary=f"{verdict['outcome']}: {_SAID}{said}"
    )


DENIED = report(DENIAL, "", FINDINGS)
ALLOWED = report(CLEARANCE, "; holds until 2026-12-02T02:00Z: the window ends")
OVERRIDDEN = report(OVERRIDE, "")
