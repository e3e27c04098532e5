"""Small stories to be judged: what was merged before, a head, votes, and what somebody tries on the way.

A story is data: names of steps, each with a number that the step makes of it what it will.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import obvious
from court import PERSONS, WINDOW, change, path_of, person, record
from obvious_git import Place, digest
from signing import signed

if TYPE_CHECKING:
    from court import Court

DB, APP = "ConfigurationItem/db-01", "ConfigurationItem/app-01"
CHG = "ChangeRequest/CHG-1"
Step = tuple[str, int]


@dataclass(frozen=True)
class Story:
    """What happened on main; the head's work; what else before the votes; votes (person, decision, trick); after."""

    past: tuple[Step, ...]
    work: Step
    before: tuple[Step, ...]
    votes: tuple[tuple[str, str, str], ...]
    after: tuple[Step, ...]


def play(court: Court, story: Story) -> None:
    """Let it happen; the head is checked out at the end."""
    for name, number in story.past:
        PAST[name](court, number)
    court.checkout("main").branch("head")
    WORK[story.work[0]](court, story.work[1])
    court.commit("jaan", "Work")
    for name, number in story.before:
        TRICKS[name](court, number)
    for one, decision, trick in story.votes:
        cast(court, one, decision, trick)
    for name, number in story.after:
        TRICKS[name](court, number)


# --- votes, written by hand


def lines_of(court: Court, name: str) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    """Approvable content and lines of a change on the current branch; None where there is nothing to vote on."""
    with Place(court.repo.path) as place:
        case = obvious.Case(place, "main", "HEAD", court.now)
        if not case.prepare() or f"ChangeRequest/{name}" not in case.merge.records:
            return None
        case.play.add(name)
        case.check_claims()
        trial = obvious.Trial(case, name)
        lines = trial.lines()
        found = [
            {"kind": ref.partition("/")[0], "name": ref.partition("/")[2], "before": edit[0], "after": edit[1]}
            for ref, edits in sorted(lines.items())
            for edit in sorted(edits, key=str)[-1:]
        ]
        return trial.content, [one for one in found if one["before"] != one["after"]]


def cast(court: Court, who: str, decision: str = "approve", trick: str = "", name: str = "CHG-1") -> None:
    """A vote of somebody on the current branch, with what is wrong about it."""
    seen = lines_of(court, name)
    if seen is None:
        return
    content, lines = seen
    subject = {
        "change": name,
        "repository": "elsewhere" if trick == "repository" else "town-services",
        "target": "refs/heads/next" if trick == "target" else "refs/heads/main",
        "content": content,
        "lines": lines,
    }
    folder = court.repo.path / "approvals" / name
    former = list(folder.glob(f"{who}-*.json")) if folder.exists() else []
    prev = hashlib.sha256(former[-1].read_bytes()).hexdigest() if former and trick != "fork" else None
    predicate = {
        **{key: subject[key] for key in ("change", "repository", "target", "content")},
        "lines": [{**one, "moves": []} for one in lines],
        "person": who,
        "role": "change-manager" if trick == "role" else "",
        "decision": decision,
        "reason": "So it is.",
        "issued_at": "2026-12-01T23:59:00Z" if trick == "early" else "2026-12-01T22:10:00Z",
        "expires_at": "2026-12-01T22:20:00Z" if trick == "expired" else None,
        "seen": {"state": "draft" if trick == "draft" else "implementing"},
        "prev": prev,
        "nonce": hashlib.sha256(f"{court.made}{who}{decision}".encode()).hexdigest()[:32],
    }
    written = {
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "urn:itsmctl:approval:v1",
        "subject": [{"name": f"ChangeRequest/{name}", "digest": {"sha256": digest(subject)}}],
        "predicate": predicate,
    }
    message = json.dumps(written, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    signer = {"key": "eve", "borrowed": "jaan" if who != "jaan" else "liis"}.get(trick, who)
    signature = sign(court, signer, message, "git" if trick == "purpose" else "approval@itsmctl")
    if trick == "tampered":
        message = message.replace(b"So it is.", b"So it be.")
    home = f"approvals/{'CHG-2' if trick == 'moved' else name}/{who}-{hashlib.sha256(message).hexdigest()[:12]}.json"
    court.repo.write(home, message)
    if trick != "unsigned":
        court.repo.write(f"{home}.sig", signature)
    court.commit(who if trick == "own" else "jaan", "Vote")
    if trick == "deleted":
        for path in (home, f"{home}.sig"):
            (court.repo.path / path).unlink()
        court.commit("jaan", "Take a vote away")


def sign(court: Court, who: str, message: bytes, namespace: str = "approval@itsmctl") -> bytes:
    return signed(court.keys[who], message, namespace)


# --- what was merged before


def merged(court: Court, name: str, person: str = "mari", at: str = "2026-11-30T13:00:00Z") -> None:
    court.checkout("main")
    court.made += 1
    court._as(person, at=at).git("merge", "--quiet", "--no-ff", "-m", f"Merge {name}", name)


def past_change(court: Court, number: int) -> None:
    """CHG-0 is voted on and merged: db-01 goes on."""
    court.branch("past")
    court.edit(DB, {"/spec/version": "1.0.9"})
    court.put(change("CHG-0", {DB: "change"}))
    court.commit("jaan", "Former work")
    for one in ("liis", "kadri"):
        cast(court, one, name="CHG-0")
    merged(court, "past")


def past_plan(court: Court, number: int) -> None:
    """CHG-1 is planned, voted on (by a number of persons) and merged."""
    court.branch("plan")
    planned = change("CHG-1", {DB: "change", APP: "change"} if number % 2 else {DB: "change"}, state="approved")
    for item in planned["spec"]["items"]:
        item["set"] = {"/spec/version": "1.0.1"}
    if number in (1, 3):
        planned["spec"]["apply"] = "in-parts"
    court.put(planned)
    court.commit("jaan", "Plan")
    for one in ("liis", "kadri")[: 1 if number == 4 else 2]:
        cast(court, one)
    merged(court, "plan")


def past_spent(court: Court, number: int) -> None:
    """CHG-1 is merged with its edit, and the edit (not the change) is taken back past the gate."""
    court.branch("spent")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Work that was")
    for one in ("liis", "kadri"):
        cast(court, one)
    merged(court, "spent")
    if number != 1:
        court.edit(DB, {"/spec/version": "1.0.0"})
        if number == 2:
            court.remove(CHG)
        court.commit("rein", "Take it back")


def past_forwarded(court: Court, number: int) -> None:
    """CHG-1 is merged by moving main forward: its edit lies before its record."""
    court.branch("forwarded")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Work")
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Its record")
    for one in ("liis", "kadri"):
        cast(court, one)
    court.checkout("main")
    court.repo.git("merge", "--quiet", "--ff-only", "forwarded")


def past_freeze(court: Court, number: int) -> None:
    start, end = (("2026-12-01T20:00:00Z", "2026-12-01T23:30:00Z"), ("2026-12-02T01:00:00Z", "2026-12-05T00:00:00Z"))[
        number % 2
    ]
    spec: dict[str, Any] = {"state": "planned", "start": start, "end": end, "reason": "Holidays.", "serial": 1}
    if number in (2, 3):
        spec["allows"] = [{"class": "normal", "role": "change-advisory-board" if number == 2 else "security-manager"}]
    if number == 4:
        spec |= {"start": "2026-12-02T02:00:00Z", "end": "2026-12-09T00:00:00Z"}
    if number == 5:
        spec["state"] = "cancelled"
    court.put(record("FreezeWindow", "winter", spec, "Role/change-manager"))
    court.commit("rein", "A freeze")


def past_delegation(court: Court, number: int) -> None:
    """Somebody lets somebody else vote."""
    pairs = (
        ("kadri", "arvo"),
        ("kadri", "liis"),
        ("liis", "ene"),
        ("jaan", "tonu"),
        ("liis", "mari"),
        ("kadri", "tonu"),
    )
    delegator, delegate = pairs[number % 6]
    spec = {
        "state": "granted",
        "delegator": delegator,
        "delegate": delegate,
        "roles": ["database-team"] if delegator in ("kadri", "jaan") else ["change-advisory-board"],
        "from": "2026-11-20",
        "to": "2027-02-01" if number == 5 else "2026-12-10",
        "reason": "Leave.",
    }
    court.put(record("Delegation", "leave", spec))
    court.commit("rein", "A delegation")


def past_model(court: Court, number: int) -> None:
    """A model for versions of applications."""
    spec = {
        "state": "suspended" if number == 1 else "approved",
        "steps": ["Do it."],
        "allows": [
            {
                "kind": "ConfigurationItem",
                "types": ["application"],
                "fields": [{"at": "/spec/version", "pattern": r"^[0-9]+\.[0-9]+\.[0-9]+$", "keeps": 2}],
            }
        ],
        "max_risk": "low",
        "window": "required" if number == 3 else "free",
        "freezes": "ignored" if number == 4 else "respected",
        "failure_budget": {"failures": 2, "within_days": 30},
        "expires": "2026-11-30" if number == 2 else "2027-06-30",
    }
    court.put(record("ChangeModel", "patch", spec, "Role/change-manager"))
    court.put(person("bot", None, type="bot"))
    court.commit("rein", "A model")


INCIDENT: dict[str, Any] = {
    "state": "assigned",
    "type": "incident",
    "reported_at": "2026-12-01T22:00:00Z",
    "reported_by": "monitoring",
    "services": ["loans"],
    "items": ["db-01"],
    "category": "software",
    "impact": "high",
    "urgency": "high",
    "priority": "high",
    "assigned_to": "Person/jaan",
}
RESOLVED = {
    "state": "resolved",
    "resolution": {"at": "2026-12-01T22:10:00Z", "by": "jaan", "text": "It was restarted."},
}


def past_incident(court: Court, number: int) -> None:
    court.put(record("Incident", "INC-1", {**INCIDENT, **(RESOLVED if number == 1 else {})}))
    court.commit("rein", "An incident")


def past_emergency(court: Court, number: int) -> None:
    """An emergency of some days ago that nobody reviewed."""
    past_incident(court, 0)
    court.put(urgent("CHG-9", {APP: "change"}))
    court.edit(APP, {"/spec/version": "1.0.5"})
    day = ("2026-11-20", "2026-11-29")[number % 2]
    court.commit("kadri", "An emergency", at=f"{day}T08:00:00Z")


def past_bypass(court: Court, number: int) -> None:
    """Somebody with the right to push edits main without a change."""
    edits = (
        (DB, {"/spec/version": "0.9.0"}),
        ("Role/change-advisory-board", {"/spec/serial": 5}),
        ("Person/liis", {"/spec/state": "left", "/spec/active_to": "2026-11-28"}),
        ("Person/liis", {"/spec/keys/0/retired_at": "2026-11-28T00:00:00Z"}),
        ("Person/kadri", {"/spec/active_to": "2026-11-28"}),
        ("Service/loans", {"/spec/components": [{"item": "app-01"}]}),
    )
    court.edit(*edits[number % 6])
    court.commit("rein", "Straight to main")


def past_rollback(court: Court, number: int) -> None:
    """The serial of a role goes up, and down again."""
    for serial in (3, 2 if number % 2 else 4):
        court.edit("Role/security-manager", {"/spec/serial": serial})
        court.commit("rein", f"Serial {serial}")


def past_removed(court: Court, number: int) -> None:
    """A queue was there, and is not any more."""
    court.put(record("ConfigurationItem", "queue-01", QUEUE, "Role/database-team"))
    court.commit("rein", "A queue")
    court.remove("ConfigurationItem/queue-01")
    court.commit("rein", "No queue")


PAST: dict[str, Callable[[Court, int], None]] = {
    "change": past_change,
    "plan": past_plan,
    "spent": past_spent,
    "forwarded": past_forwarded,
    "freeze": past_freeze,
    "delegation": past_delegation,
    "model": past_model,
    "incident": past_incident,
    "emergency": past_emergency,
    "bypass": past_bypass,
    "rollback": past_rollback,
    "removed": past_removed,
}


# --- what the head is for

QUEUE = {"type": "application", "state": "live", "version": "3.1", "environment": "production"}


def work_normal(court: Court, number: int) -> None:
    court.edit(DB, {"/spec/version": "1.0.1"})
    risks = [
        {},
        {},
        {},
        {"level": "high", "likelihood": "high", "impact": "high"},
        {"level": "high"},
        {"impact": "high"},
    ]
    risk = {"likelihood": "low", "impact": "low", "level": "low", "rationale": "Rehearsed."} | risks[number % 6]
    court.put(change("CHG-1", {DB: "change"}, risk=risk))


def work_two(court: Court, number: int) -> None:
    owner = {"/metadata/owner": "Role/service-manager"} if number == 1 else {}
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.edit(APP, {"/spec/version": "1.0.1", **owner})
    court.put(change("CHG-1", {DB: "change", APP: "change"}))


def work_governance(court: Court, number: int) -> None:
    role = court.get("Role/change-advisory-board")
    role["spec"]["holders"].append({"person": "rein" if number == 1 else "arvo", "from": "2026-11-01"})
    role["spec"]["serial"] += 0 if number == 2 else 1
    court.put(role)
    items = {"Role/change-advisory-board": "change"}
    if number == 3:
        court.edit(DB, {"/spec/version": "1.0.1"})
        items[DB] = "change"
    court.put(change("CHG-1", items))


def work_lend(court: Court, number: int) -> None:
    """Somebody is to vote for liis: for the first time, for longer, in more, no more, or somebody else."""
    is_there = (court.repo.path / "records/delegations/leave.yaml").exists()
    spec = {
        "state": "granted",
        "delegator": "liis",
        "delegate": "rein" if number == 4 else "ene",
        "roles": ["change-advisory-board", "service-manager"] if number == 2 else ["change-advisory-board"],
        "from": "2026-11-20",
        "to": "2026-12-15" if number == 1 else "2026-12-05" if number == 5 else "2026-12-10",
        "reason": "Leave for longer.",
    }
    if number == 3:
        spec |= {"state": "revoked", "revoked_on": "2026-12-01"}
    court.put(record("Delegation", "leave", spec))
    court.put(change("CHG-1", {"Delegation/leave": "change" if is_there else "add"}))


def work_file(court: Court, number: int) -> None:
    path = (".gitattributes", "itsm.yaml", ".github/workflows/gate.yml", "CODEOWNERS", ".gitattributes", "itsm.yaml")[
        number % 6
    ]
    file = court.repo.path / path
    listed = {f"File/{path}": "change" if file.exists() else "add"} if number < 4 else {}
    court.repo.write(path, (file.read_bytes() if file.exists() else b"") + b"# more\n")
    court.put(change("CHG-1", listed))


def work_plan(court: Court, number: int) -> None:
    planned = change("CHG-1", {DB: "change"}, state=("approved", "scheduled", "assessed", "implementing")[number % 4])
    planned["spec"]["items"][0]["set"] = {"/spec/version": "1.0.1"}
    if number == 5:
        del planned["spec"]["items"][0]["set"]
    court.put(planned)


def work_planned(court: Court, number: int) -> None:
    """What a plan on main says, or nearly."""
    if not (court.repo.path / path_of(CHG)).exists():
        work_plan(court, 0)
        return
    court.edit(CHG, {"/spec/state": "implementing"})
    items = court.get(CHG)["spec"]["items"]
    for item in items[: 1 if number == 1 else 2]:
        court.edit(item["item"], {"/spec/version": "1.0.2" if number == 2 else "1.0.1"})
    if number == 3:
        court.edit(DB, {"/metadata/title": "Another"})
    if number == 4:
        court.edit(CHG, {"/spec/schedule/end": "2026-12-02T04:00:00Z"})


def work_again(court: Court, number: int) -> None:
    """The edit of CHG-1 once more, or back."""
    court.edit(DB, {"/spec/version": "1.0.1" if number % 2 else "1.0.0"})
    if number in (2, 3):
        court.put(change("CHG-2", {DB: "change"}))
    if number in (4, 5):
        court.put(change("CHG-1", {DB: "change"}, state="implementing"))
    court.commit("jaan", "Once more\n\nChange: CHG-1")


def work_further(court: Court, number: int) -> None:
    """CHG-1 goes on to another version, if it stands."""
    court.edit(DB, {"/spec/version": "1.0.2"})
    if not (court.repo.path / path_of(CHG)).exists():
        court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "And this\n\nChange: CHG-1")


def work_back(court: Court, number: int) -> None:
    """CHG-1 is backed out, if it stands."""
    if not (court.repo.path / path_of(CHG)).exists():
        work_normal(court, number)
        return
    court.edit(DB, {"/spec/version": "1.0.0" if number != 2 else "0.9.0"})
    done = {
        "started": "2026-12-01T22:05:00Z",
        "ended": "2026-12-01T22:20:00Z",
        "by": ["jaan"],
        "result": "backed-out",
        "cause": "The test loan failed.",
    }
    links = {"/spec/links": {"incidents": ["INC-1"]}} if number != 3 else {}
    court.edit(CHG, {"/spec/state": "backed-out", "/spec/implementation": done, **links})
    court.put(record("Incident", "INC-1", INCIDENT))
    if number == 4:
        court.edit(CHG, {"/spec/backout/duration": "9h"})


def work_add(court: Court, number: int) -> None:
    court.put(record("ConfigurationItem", "queue-01", QUEUE, "Role/database-team"))
    court.put(change("CHG-1", {"ConfigurationItem/queue-01": "add" if number != 1 else "change"}))


def work_remove(court: Court, number: int) -> None:
    court.edit("Service/loans", {"/spec/components": [{"item": "db-01"}]})
    court.remove(APP)
    court.put(change("CHG-1", {APP: "remove", "Service/loans": "change"}))


def work_standard(court: Court, number: int) -> None:
    versions = ("1.0.1", "1.0.2", "1.1.0", "1.0.x", "1.0.1", "1.0.1")
    court.edit(APP, {"/spec/version": versions[number % 6]})
    more: dict[str, Any] = {"/metadata/title": "Another"} if number == 4 else {}
    court.edit(APP, more)
    spec = {"class": "standard", "model": "patch", "requester": "bot", "implementers": ["bot"]}
    if number == 5:
        spec["schedule"] = None  # type: ignore[assignment]
    court.put(change("CHG-1", {APP: "change"}, **spec))


def urgent(name: str, items: dict[str, str], **more: Any) -> dict[str, Any]:
    left_out = ("business_benefit", "risk", "impact", "assessed", "plan", "test", "schedule", "backout", "category")
    why = {"justification": "Nobody can lend.", "authorised_by": "arvo", "incident": "INC-1"}
    spec: dict[str, Any] = {**dict.fromkeys(left_out), "class": "emergency", "emergency": why, **more}
    return change(name, items, **spec)


def work_emergency(court: Court, number: int) -> None:
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(urgent("CHG-1", {DB: "change"}, implementers=["kadri"], requester="kadri"))
    if number == 1:
        court.put(record("Incident", "INC-1", INCIDENT))


def work_reboot(court: Court, number: int) -> None:
    court.put(change("CHG-1", state="approved" if number == 1 else "implementing"))


def work_on(court: Court, number: int) -> None:
    """A change that stands goes on, or is made one that did."""
    ref = next((one for one in (CHG, "ChangeRequest/CHG-0") if (court.repo.path / path_of(one)).exists()), None)
    done = {"started": "2026-12-01T22:05:00Z", "ended": "2026-12-01T22:20:00Z", "by": ["jaan"], "result": "successful"}
    done |= {"verified_by": "kadri", "verified_on": "2026-12-01"}
    review = {"on": "2026-12-01", "by": "mari", "objectives_met": True, "customer_satisfied": True}
    review |= {"side_effects": "None.", "nonconformities": "None."}
    state = ("implemented", "reviewed", "closed", "reviewed", "failed", "cancelled")[number % 6]
    edits = {"/spec/state": state, "/spec/implementation": done, "/spec/review": review}
    if ref is None:
        court.put(change("CHG-1", {DB: "change"}, state="submitted"))
        ref = CHG
    court.edit(ref, edits)


def work_register(court: Court, number: int) -> None:
    court.put(record("Incident", "INC-2", {**INCIDENT, "state": ("recorded", "assigned", "in-progress")[number % 3]}))


def work_docs(court: Court, number: int) -> None:
    court.repo.write("README.md", "# Town\n")


WORK: dict[str, Callable[[Court, int], None]] = {
    "normal": work_normal,
    "two": work_two,
    "governance": work_governance,
    "lend": work_lend,
    "file": work_file,
    "plan": work_plan,
    "planned": work_planned,
    "again": work_again,
    "further": work_further,
    "back": work_back,
    "add": work_add,
    "remove": work_remove,
    "standard": work_standard,
    "emergency": work_emergency,
    "reboot": work_reboot,
    "on": work_on,
    "register": work_register,
    "docs": work_docs,
}


# --- what somebody tries before or after the votes


def edit(ref: str, *choices: dict[str, Any], by: str = "jaan") -> Callable[[Court, int], None]:
    """Edit a record, if it is there, in one of several ways."""

    def step(court: Court, number: int) -> None:
        if (court.repo.path / path_of(ref)).exists():
            court.edit(ref, choices[number % len(choices)])
            court.commit(by, "An edit")

    return step


def items(court: Court, number: int) -> None:
    """The list of items changes."""
    if not (court.repo.path / path_of(CHG)).exists():
        return
    data = court.get(CHG)
    listed = data["spec"].get("items", [])
    more = [{"item": APP, "action": "change"}, {"item": "Role/change-manager", "action": "change"}]
    if number < 2:
        listed.append(more[number])
    elif listed and number == 2:
        listed.pop()
    elif listed:
        listed[0]["action"] = ("add", "remove", "change")[number % 3]
    data["spec"]["items"] = listed
    court.put(data)
    court.commit("jaan", "Items")


def commit_by(court: Court, number: int) -> None:
    """Somebody else has a hand in it."""
    court.edit(DB, {"/metadata/labels": {"hand": str(number)}})
    who = ("liis", "kadri", "stranger@elsewhere.example", "jaan", "jaan", "jaan")[number % 6]
    committer = {3: "liis", 4: "kadri"}.get(number, "")
    trailer = "\n\nCo-authored-by: Liis <liis@town.example>" if number == 5 else ""
    court.commit(who, f"A hand{trailer}", committer=committer)
    court.edit(DB, {"/metadata/labels": None})
    court.commit("jaan", "No hand")


def unrelated_by(court: Court, number: int) -> None:
    court.repo.write("docs/notes.md", f"{number}\n")
    court.commit(("liis", "kadri", "stranger@elsewhere.example")[number % 3], "Notes")


def reformat(court: Court, number: int) -> None:
    for ref in (DB, CHG):
        file = court.repo.path / path_of(ref)
        if file.exists():
            file.write_bytes(b"# said\n" + file.read_bytes())
    court.commit("jaan", "Reformat")


def main_moves(court: Court, number: int) -> None:
    court.checkout("main")
    if number % 3 == 0:
        court.repo.write("docs/main.md", f"{number}\n")
    elif number % 3 == 1:
        court.edit(DB, {"/metadata/labels": {"site": str(number)}})
    else:
        court.edit(APP, {"/metadata/labels": {"site": str(number)}})
    court.commit("rein", "Main moves")
    court.checkout("head")


def update_merge(court: Court, number: int) -> None:
    """Main is merged into the head; an evil merge edits on the way."""
    main_moves(court, 0)
    court.made += 1
    who = ("jaan", "liis", "kadri")[number % 3]
    court._as(who).git("merge", "--quiet", "--no-ff", "--no-commit", "main")
    if number > 2:
        court.edit((DB, APP)[number % 2], {"/spec/version": "1.0.7"})
    court.commit(who, "Merge main")


def squash(court: Court, number: int) -> None:
    court.repo.git("reset", "--quiet", "--soft", court.repo.git("merge-base", "main", "HEAD"))
    court.commit_staged(("jaan", "jaan", "liis")[number % 3], "Squashed")


def rebase(court: Court, number: int) -> None:
    court.made += 1
    who = ("jaan", "jaan", "kadri")[number % 3]
    court._as(who).git("rebase", "--quiet", "--force-rebase", "main")


def trailer(court: Court, number: int) -> None:
    court.commit("jaan", f"Named\n\nChange: {('CHG-1', 'CHG-0', 'CHG-9')[number % 3]}")


def other_change(court: Court, number: int) -> None:
    """A second change lists something as well."""
    court.put(change("CHG-2", {(DB, APP)[number % 2]: "change"}, state=("implementing", "draft")[number // 3 % 2]))
    court.commit("jaan", "Another change")


def evidence_gone(court: Court, number: int) -> None:
    """A file of evidence is deleted, edited, or copied."""
    files = sorted((court.repo.path / "approvals").glob("*/*.json"))
    if not files:
        return
    file = files[number % len(files)]
    if number < 3:
        file.unlink()
    elif number == 3:
        file.write_bytes(file.read_bytes() + b" ")
    else:
        for one in (file, file.with_name(f"{file.name}.sig")):
            if one.exists():
                court.repo.write(f"approvals/CHG-7/{one.name}", one.read_bytes())
    court.commit("jaan", "Evidence")


def removal(court: Court, number: int) -> None:
    for ref in (("Incident/INC-1",), (CHG,), ("ChangeRequest/CHG-0",), ("FreezeWindow/winter",))[number % 4]:
        if (court.repo.path / path_of(ref)).exists():
            court.remove(ref)
            court.commit("jaan", "Remove")


def key_swap(court: Court, number: int) -> None:
    data = court.get("Person/liis")
    data["spec"]["keys"] = person("liis", court.keys["eve"])["spec"]["keys"]
    court.put(data)
    court.commit("jaan", "A new key")


def misplaced(court: Court, number: int) -> None:
    """A record where it has no home, as a link, or with another one's name."""
    content = (court.repo.path / path_of(DB)).read_bytes()
    if number % 3 == 0:
        court.repo.write("records/elsewhere/db-02.yaml", content)
    elif number % 3 == 1:
        court.repo.write("records/configuration-items/DB-01.yaml", content)
    else:
        (court.repo.path / "records/configuration-items/db-03.yaml").symlink_to("db-01.yaml")
    court.commit("jaan", "Somewhere")


CHANGE_EDITS: tuple[dict[str, Any], ...] = (
    {"/spec/state": "approved"},
    {"/spec/state": "implemented"},
    {"/spec/state": "draft"},
    {"/spec/class": "emergency"},
    {"/spec/class": "standard", "/spec/model": "patch"},
    {"/spec/risk": {"likelihood": "high", "impact": "high", "level": "high", "rationale": "Big."}},
    {"/spec/risk": {"likelihood": "high", "impact": "high", "level": "low", "rationale": "Big."}},
    {"/spec/schedule": {"start": "2026-12-01T23:00:00Z", "end": "2026-12-02T02:00:00Z"}},
    {"/spec/schedule": {**WINDOW, "end": "2026-12-04T02:00:00Z"}},
    {"/spec/schedule": {"start": "2026-11-01T22:00:00Z", "end": "2026-12-01T22:30:00Z"}},
    {"/spec/requester": "liis"},
    {"/spec/implementers": ["kadri", "jaan"]},
    {"/spec/apply": "in-parts"},
    {"/spec/links": {"changes": ["CHG-9"]}},
    {"/spec/test": {"evidence": ["build 2"], "by": "kadri", "on": "2026-11-27", "result": "passed"}},
    {"/spec/impact/services": []},
    {"/spec/reason": "For another reason."},
    {"/spec/test": None},
)


def there_and_back(court: Court, number: int) -> None:
    """Something is tried in a commit of the head, and put back to what it was in the next one."""
    tried = (
        ("ApprovalRule/normal", {"/spec/require": [{"role": "database-team"}]}),
        ("Role/change-advisory-board", {"/spec/serial": 99}),
        (APP, {"/spec/version": "9.9.9"}),
        ("Person/sirje", {"/spec/keys": None}),
        ("Service/loans", {"/spec/components": []}),
        (CHG, {"/spec/state": "failed"}),
    )
    ref, edits = tried[number % len(tried)]
    path = court.repo.path / path_of(ref)
    if path.exists():
        before = path.read_bytes()
        court.edit(ref, edits)
        court.commit("jaan", "Try")
        path.write_bytes(before)
        court.commit("jaan", "As it was")


TRICKS: dict[str, Callable[[Court, int], None]] = {
    "change": edit(CHG, *CHANGE_EDITS),
    "item": edit(
        DB, {"/spec/version": "1.0.3"}, {"/metadata/title": "Other"}, {"/metadata/owner": "Role/change-manager"}
    ),
    "other item": edit(APP, {"/spec/version": "1.0.3"}, {"/metadata/owner": "Role/change-manager"}),
    "role": edit(
        "Role/change-advisory-board",
        {"/spec/serial": 2, "/spec/holders/2": {"person": "jaan", "from": "2026-11-01"}},
        {"/spec/serial": 2},
        {"/spec/serial": 2, "/spec/holders/0": {"person": "eve", "from": "2026-11-01"}},
    ),
    "rule": edit("ApprovalRule/normal", {"/spec/serial": 2, "/spec/require": [{"role": "database-team"}]}),
    "service": edit("Service/loans", {"/spec/criticality": "high"}, {"/spec/components": []}),
    "freeze": edit("FreezeWindow/winter", {"/spec/state": "cancelled", "/spec/serial": 2}),
    "incident": edit(
        "Incident/INC-1",
        {"/spec/state": "resolved", "/spec/resolution": RESOLVED["resolution"]},
        {"/spec/state": "in-progress"},
        {"/spec/state": "recorded"},
    ),
    "items": items,
    "hand": commit_by,
    "notes": unrelated_by,
    "reformat": reformat,
    "main": main_moves,
    "update": update_merge,
    "squash": squash,
    "rebase": rebase,
    "trailer": trailer,
    "other change": other_change,
    "evidence": evidence_gone,
    "removal": removal,
    "key": key_swap,
    "misplaced": misplaced,
    "there and back": there_and_back,
}

VOTE_TRICKS = (
    "repository",
    "target",
    "fork",
    "role",
    "early",
    "expired",
    "draft",
    "key",
    "borrowed",
    "purpose",
    "tampered",
    "moved",
    "unsigned",
    "own",
    "deleted",
)
VOTERS = PERSONS
