"""May this head be merged into this base, now? A slow and obvious answer, written from the specification of the gate.

It shares no code with itsmctl, and knows the court's town: kinds, rules and life cycles are written down here. Where
the specification leaves room it denies.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import itertools
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from obvious_git import (
    CONTROLLED,
    GOVERNANCE,
    PLURALS,
    PROTECTED,
    STATEMENT,
    UNBOUND,
    Commit,
    Place,
    Record,
    Tree,
    digest,
)
from obvious_votes import Ballot, ballots

Ref = str
Edit = tuple[str | None, str | None]

FLOW = ["draft", "submitted", "assessed", "approved", "scheduled", "implementing"]
AFTER = {"implemented", "failed", "backed-out", "reviewed", "closed"}
OPEN = {"approved", "scheduled", "implementing"}
MOVES: dict[str, tuple[set[str], set[tuple[str, str]]]] = {
    "ChangeRequest": (
        {"draft"},
        {
            *itertools.pairwise(FLOW),
            *((state, "cancelled") for state in FLOW[:5]),
            *((state, "rejected") for state in ("submitted", "assessed")),
            *((state, "draft") for state in ("submitted", "assessed")),
            *((state, "assessed") for state in ("approved", "scheduled")),
            *(("implementing", state) for state in ("implemented", "failed", "backed-out")),
            *((state, "reviewed") for state in ("implemented", "failed", "backed-out")),
            ("reviewed", "closed"),
        },
    ),
    "Incident": (
        {"recorded"},
        {
            ("recorded", "assigned"),
            ("assigned", "in-progress"),
            ("in-progress", "pending"),
            ("in-progress", "resolved"),
            ("pending", "in-progress"),
            ("resolved", "closed"),
            ("resolved", "in-progress"),
        },
    ),
    "ConfigurationItem": (
        {"planned"},
        {
            ("planned", "ordered"),
            ("ordered", "received"),
            ("received", "in-acceptance"),
            ("in-acceptance", "live"),
            ("in-acceptance", "rejected"),
            ("live", "withdrawn"),
            ("withdrawn", "disposed"),
        },
    ),
    "Service": (
        {"proposed"},
        {
            ("proposed", "in-design"),
            ("proposed", "rejected"),
            ("in-design", "in-acceptance"),
            ("in-design", "rejected"),
            ("in-acceptance", "live"),
            ("live", "retiring"),
            ("retiring", "retired"),
        },
    ),
    "Person": ({"active"}, {("active", "left"), ("left", "active")}),
    "Delegation": ({"granted"}, {("granted", "revoked")}),
    "FreezeWindow": ({"planned"}, {("planned", "cancelled")}),
    "ChangeModel": (
        {"draft"},
        {
            ("draft", "approved"),
            ("approved", "suspended"),
            ("approved", "retired"),
            ("suspended", "approved"),
            ("suspended", "retired"),
        },
    ),
}
EMERGENCY_MOVES = {("draft", "approved"), ("approved", "implementing")}
DUE = {
    "submitted": ["reason", "requester", "items|scope"],
    "assessed": ["risk", "impact", "business_benefit", "plan", "backout|remedy", "assessed"],
    "approved": ["implementers", "schedule"],
    "implementing": ["test"],
    "implemented": ["implementation"],
    "failed": ["implementation"],
    "backed-out": ["implementation"],
    "reviewed": ["review"],
}
RISK = {
    ("low", "high"): "medium",
    ("medium", "medium"): "medium",
    ("medium", "high"): "high",
    ("high", "low"): "medium",
    ("high", "medium"): "high",
    ("high", "high"): "high",
}
RANKS = ["low", "medium", "high"]


def instant(text: str) -> datetime:
    """An instant with an offset. Raises ValueError for one without."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def judge(path: Path, base: str, head: str, now: str, votes: Path | None = None) -> list[str]:
    """Why this head may not be merged; nothing if it may."""
    with Place(path) as place:
        return Case(place, base, head, now, votes).reasons()


class Case:
    """One base, one head, one moment."""

    def __init__(self, place: Place, base: str, head: str, now: str, votes: Path | None = None) -> None:
        self.place = place
        self.base_id, self.head_id = (
            self.place.git("rev-parse", "--verify", f"{one}^{{commit}}").decode().strip() for one in (base, head)
        )
        self.now = instant(now)
        self.today = self.now.astimezone(UTC).date().isoformat()
        self.votes = votes
        self.wrong: list[str] = []

    def deny(self, code: str, says: str = "") -> None:
        self.wrong.append(f"{code} {says}".strip())

    def reasons(self) -> list[str]:
        if not self.prepare():
            return ["CONFLICT"]
        self.check_commits()
        self.check_turning()
        if not self.edits and not self.evidence and not self.merge.wrong:
            return self.wrong
        self.wrong += [f"INSPECTION {one}" for one in self.merge.wrong]
        self.read_evidence()
        self.check_midway()
        self.check_registers()
        self.check_lives()
        self.check_ids()
        self.check_serials()
        self.check_claims()
        for name in sorted(self.play):
            Trial(self, name).hear()
        return self.wrong

    def prepare(self) -> bool:
        """Read what the head does; False where it cannot be merged."""
        merged = self.place.merged(self.base_id, self.head_id)
        if merged is None:
            return False
        self.base, self.merge = self.place.tree(self.base_id), self.place.tree(merged)
        self.commits = self.place.commits(self.head_id, f"^{self.base_id}")
        self.past = self.place.commits("--first-parent", self.base_id)  # newest first
        self.settings = self.read_settings()
        self.read_edits()
        self.read_play()
        return True

    # --- what the head does

    def read_edits(self) -> None:
        self.edits: dict[Ref, Edit] = {}
        self.claims: dict[Ref, str] = {}
        before, after = self.base.records, self.merge.records
        for ref in before.keys() | after.keys():
            edit = tuple(digest(side[ref]) if ref in side else None for side in (before, after))
            if edit[0] != edit[1]:
                self.edits[ref] = edit
        self.evidence = set()
        for path in self.base.files.keys() | self.merge.files.keys():
            if self.base.files.get(path) == self.merge.files.get(path):
                continue
            if path.startswith("approvals/"):
                self.evidence.add(path)
            elif path.startswith("baselines/"):
                self.deny("BASELINE", path)
            elif path in self.merge.files and re.fullmatch("(?i)(?!(records|policies|schemas)/).+/itsm.yaml", path):
                self.deny("PLACE_TAKEN", path)
            elif PROTECTED.fullmatch(path):
                edit = tuple(
                    self.file_digest(side, path) if path in side.files else None for side in (self.base, self.merge)
                )
                self.edits[f"File/{path}"] = edit

    def file_digest(self, side: Tree, path: str) -> str:
        """Of the bytes, with the mode before them where the file is no plain one."""
        mode, content = side.files[path][0], self.place.content(side, path)
        return hashlib.sha256(content if mode == "100644" else f"{mode} ".encode() + content).hexdigest()

    def read_settings(self) -> Record:
        import yaml
        from obvious_git import Plain

        settings = yaml.load(self.place.content(self.base, "itsm.yaml"), Plain)
        assert isinstance(settings, dict)
        return settings

    def controlled(self, ref: Ref) -> bool:
        return ref.partition("/")[0] in {*CONTROLLED, "File"}

    # --- persons at the base

    def person_of(self, email: str) -> str | None:
        for ref, data in self.base.records.items():
            if ref.startswith("Person/") and email.casefold() in [one.casefold() for one in data["spec"]["emails"]]:
                return data["metadata"]["name"]
        return None

    def is_active(self, name: str) -> bool:
        data = self.base.records.get(f"Person/{name}")
        if data is None or data["spec"]["state"] != "active":
            return False
        spec = data["spec"]
        return spec.get("active_from", "") <= self.today <= spec.get("active_to", "9999")

    def may_vote(self, name: str) -> bool:
        return self.is_active(name) and self.base.records[f"Person/{name}"]["spec"]["type"] == "human"

    def holders(self, role: str, tree: Tree | None = None) -> set[str]:
        data = (tree or self.base).records.get(f"Role/{role}")
        listed = data["spec"]["holders"] if data else []
        today = [one for one in listed if one["from"] <= self.today <= one.get("to", "9999")]
        return {one["person"] for one in today if self.is_active(one["person"])}

    def delegations(self) -> list[Record]:
        found = []
        for ref, data in self.base.records.items():
            if not ref.startswith("Delegation/"):
                continue
            spec = data["spec"]
            first, last = (datetime.fromisoformat(spec[key]) for key in ("from", "to"))
            if spec["state"] == "granted" and spec["from"] <= self.today <= spec["to"] and (last - first).days <= 30:
                found.append(spec)
        return found

    def in_role(self, name: str, role: str) -> bool:
        """Held at the base today, or for somebody who holds it and let this person."""
        if name in self.holders(role):
            return True
        return any(
            one["delegate"] == name and role in one["roles"] and one["delegator"] in self.holders(role)
            for one in self.delegations()
        )

    def identity(self, name: str) -> frozenset[str]:
        """The person, whom they let vote, and who lets them."""
        pairs = [{one["delegate"], one["delegator"]} for one in self.delegations()]
        return frozenset({name}.union(*(pair for pair in pairs if name in pair)))

    def is_one_vote(self, one: str, other: str, roles: set[str]) -> bool:
        """Are two persons one vote in a rule that asks for these roles?"""
        if one == other:
            return True
        lent = [
            held
            for held in self.delegations()
            if any(role in roles and held["delegator"] in self.holders(role) for role in held["roles"])
        ]
        if any({one, other} == {held["delegator"], held["delegate"]} for held in lent):
            return True
        for first, second in itertools.product(lent, lent):
            both = first["delegate"] == one and second["delegate"] == other
            if both and first["delegator"] == second["delegator"]:
                own = [set(held["roles"]) & roles for held in (first, second)]
                stands_in = [
                    any(person not in self.holders(role) and held["delegator"] in self.holders(role) for role in mine)
                    for person, held, mine in zip((one, other), (first, second), own, strict=True)
                ]
                return all(stands_in)
        return False

    def beneficiaries(self) -> set[str]:
        """Whose own keys, record or holder entries this head alters."""
        found = {ref.partition("/")[2] for ref in self.edits if ref.startswith("Person/")}
        for ref in self.edits:
            if ref.startswith("Role/"):
                sides = [
                    list(tree.records.get(ref, {"spec": {"holders": []}})["spec"]["holders"])
                    for tree in (self.base, self.merge)
                ]
                for one in itertools.chain(*sides):
                    mine = [[entry for entry in side if entry["person"] == one["person"]] for side in sides]
                    if mine[0] != mine[1]:
                        found.add(one["person"])
            if ref.startswith("Delegation/"):
                found |= {
                    tree.records[ref]["spec"]["delegate"] for tree in (self.base, self.merge) if ref in tree.records
                }
        return found

    # --- what holds for all heads

    def read_evidence(self) -> None:
        for path in self.evidence:
            if path in self.base.files:
                self.deny("EVIDENCE_ALTERED", path)
        trees = [self.base, self.merge, *(self.place.tree(commit.id) for commit in self.commits)]
        self.ballots, broken = ballots(self, trees, self.votes)
        for path in self.evidence:
            mine = path.removesuffix(".sig")
            if path in self.merge.files and (mine in broken or not STATEMENT.fullmatch(mine)):
                self.deny("EVIDENCE_BROKEN", path)

    def check_registers(self) -> None:
        for ref, (_, after) in self.edits.items():
            if after is None and not self.controlled(ref):
                self.deny("REGISTER_REMOVED", ref)

    def check_lives(self) -> None:
        for ref in self.edits:
            kind = ref.partition("/")[0]
            before, after = (tree.records.get(ref) for tree in (self.base, self.merge))
            if kind not in MOVES or after is None:
                continue
            initial, moves = MOVES[kind]
            if kind == "ChangeRequest" and after["spec"].get("class") == "emergency":
                moves = moves | EMERGENCY_MOVES
            start, goal = before["spec"]["state"] if before else None, after["spec"]["state"]
            owing = kind == "ChangeRequest" and self.is_owing(ref, before=True)
            if start is not None and start not in {one for one, _ in moves}:
                if not (start == goal and before["spec"].get("class") == "emergency"):  # it may owe something
                    self.deny("CLOSED", ref)
            elif goal == "closed" and owing:
                self.deny("STILL_OWES", ref)
            reached = {start} if start else set(initial)
            for _ in range(len(moves)):
                reached |= {there for here, there in moves if here in reached}
            if goal not in reached:
                self.deny("LIFECYCLE", f"{ref} {start} → {goal}")
            if kind == "ChangeRequest":
                self.check_change(ref, start, after["spec"])

    def check_change(self, ref: Ref, start: str | None, spec: Record) -> None:
        goal = spec["state"]
        if goal in AFTER and start not in AFTER | {"implementing"}:
            self.deny("HOP", f"{ref} {start} → {goal}")
        if goal in {"failed", "backed-out"} and not (
            spec.get("links", {}).get("incidents") or spec.get("links", {}).get("problems")
        ):
            self.deny("UNLINKED", ref)
        passed = FLOW if goal in AFTER else FLOW[: FLOW.index(goal) + 1] if goal in FLOW else []
        passed = [*passed, *([goal] if goal in AFTER else []), *(["reviewed"] if goal == "closed" else [])]
        for state in passed:
            for due in DUE.get(state, []) if spec["class"] == "normal" else []:
                if not any(spec.get(one) for one in due.split("|")):
                    self.deny("DUE", f"{ref} {state}: {due}")

    def check_ids(self) -> None:
        used: set[Ref] = set()
        for commit in self.past:
            used |= self.place.tree(commit.id).records.keys()
        folded = {ref.casefold() for ref in used}
        for ref, (before, _) in self.edits.items():
            if before is None and ref.casefold() in folded and not ref.startswith("File/"):
                self.deny("ID_REUSED", ref)
            after = self.merge.records.get(ref)
            for name in (after or {}).get("metadata", {}).get("formerly", []):
                if f"{ref.partition('/')[0]}/{name}" not in used:
                    self.deny("FORMERLY", f"{ref} {name}")
                if before is not None and name not in before["metadata"].get("formerly", []):
                    self.deny("FORMERLY", f"{ref} {name}")

    def check_serials(self) -> None:
        for ref, data in self.base.records.items():
            seen = [self.place.tree(commit.id).records.get(ref) for commit in self.past]
            highest = max((one["spec"].get("serial", 0) for one in seen if one), default=0)
            if data["spec"].get("serial", 0) < highest:
                self.deny("ROLLBACK", ref)
            after = self.merge.records.get(ref) if ref in self.edits else None
            if after and after["spec"].get("serial", 0) <= data["spec"].get("serial", -1):
                self.deny("SERIAL", ref)

    def check_commits(self) -> None:
        """Nothing of the law, and nothing that stays as it is, is otherwise after a single commit of the head."""
        mine = {commit.id for commit in self.commits}
        legal = set()
        in_debt = any(ref.startswith("ChangeRequest/") and self.is_owing(ref) for ref in self.merge.records)
        was_in_debt = any(
            ref.startswith("ChangeRequest/") and self.is_owing(ref, before=True) for ref in self.base.records
        )
        for commit in self.commits:
            tree = self.place.tree(commit.id)
            others = [self.place.tree(one) for one in commit.parents if one not in mine]
            for path in self.place.touched(commit):
                left = tree.files.get(path)
                if len(commit.parents) > 1 and others and all(one.files.get(path) == left for one in others):
                    continue
                if path.startswith("approvals/") and path in self.base.files and left != self.base.files[path]:
                    self.deny("TAKEN_BACK", f"{commit.id[:7]} {path}")
                if path.startswith("baselines/") and left != self.merge.files.get(path):
                    self.deny("TAKEN_BACK", f"{commit.id[:7]} {path}")
                kind = PLURALS.get(path.split("/")[1]) if re.fullmatch("records/.+/.+", path) else None
                is_law = bool(PROTECTED.fullmatch(path)) or (
                    path.startswith("records/") and kind in {None, *GOVERNANCE}
                )
                if not is_law and kind is None:
                    continue
                ref = f"{kind}/{path.rpartition('/')[2].removesuffix('.yaml')}"
                if is_law and in_debt and {ref, f"File/{path}"} & self.edits.keys():
                    legal.add(commit.id)
                then, last = (self.content(one, path) for one in (tree, self.merge))
                if then != last and (is_law or ref not in self.edits or (then is None and ref in self.merge.records)):
                    self.deny("TAKEN_BACK", f"{commit.id[:7]} {path}")
                elif then != last and was_in_debt and kind in CONTROLLED and isinstance(then, dict):
                    self.deny("TAKEN_BACK", f"{commit.id[:7]} {path} in debt")
                elif then != last and kind == "ChangeRequest" and isinstance(then, dict) and isinstance(last, dict):
                    self.check_states(ref, then, last)

        if len(legal) > 1:
            self.deny("TAKEN_BACK", "law in several commits in debt")

    def check_midway(self) -> None:
        """What an emergency owes is paid by nothing that a single commit has and the head has not."""
        for ref, data in self.merge.records.items():
            if ref.startswith("ChangeRequest/") and self.is_owing(ref):
                self.check_votes_midway(ref, data)
                self.check_line(ref)

    def check_votes_midway(self, ref: Ref, last: Record) -> None:
        shelf = f"approvals/{ref.partition('/')[2]}/"
        said: dict[str, Record] = {}
        brought: dict[str, set[str]] = {}
        for commit in [*self.commits, None]:
            tree = self.place.tree(commit.id) if commit else self.merge
            for path in (one for one in tree.files if one.startswith(shelf) and STATEMENT.fullmatch(one)):
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    said[path] = json.loads(self.place.content(tree, path))["predicate"]
            for path in self.place.touched(commit) if commit else ():
                brought.setdefault(path.removesuffix(".sig"), set()).add(commit.id if commit else "")
        for commit in self.commits:
            then = self.place.tree(commit.id).records.get(ref)
            if then and f"records/changes/{ref.partition('/')[2]}.yaml" in self.place.touched(commit):
                content = bound(then)
                is_seen = any(one.get("content") == content for one in said.values())
                if content != bound(last) and is_seen:
                    self.deny("TAKEN_BACK", f"{commit.id[:7]} {ref} is voted on")
        for one in self.ballots:
            if one.change != ref.partition("/")[2] or one.decision == "approve":
                continue
            for path, other in said.items():
                is_others = one.decision == "reject" and self.is_owing(ref, before=True)
                is_met = other["decision"] == "approve" and (other["person"] == one.person or is_others)
                if is_met and one.path in brought and path in brought and brought[path] != brought[one.path]:
                    self.deny("TAKEN_BACK", f"{path} and {one.path}")

    def aside_from(self) -> str | None:
        """Where the head's first parents leave what it brings, if the base came in by a merge alone; else None."""
        parents = {commit.id: commit.parents for commit in self.commits}
        at = self.head_id
        while at in parents:
            at = next(iter(parents[at]), "")
        is_merged_in = any(self.base_id in one for one in parents.values())
        return at if at != self.base_id and is_merged_in else None

    def check_line(self, ref: Ref) -> None:
        """The base is in the line of first parents, unless nothing that decides differs from where that left it."""
        at = self.aside_from()
        if at is None:
            return
        paths = {path for commit in self.commits for path in self.place.touched(commit)}
        name = ref.partition("/")[2]
        before = self.place.tree(at) if at else Tree({})
        moved = {
            path
            for path in before.files.keys() | self.base.files.keys()
            if before.files.get(path) != self.base.files.get(path)
        }
        kinds = {PLURALS.get(path.split("/")[1]) for path in moved if re.fullmatch("records/.+/.+", path)}
        decides = any(PROTECTED.fullmatch(path) for path in moved) or bool(kinds & {None, *CONTROLLED, *GOVERNANCE})
        if decides and any(path.startswith((f"approvals/{name}/", f"records/changes/{name}.")) for path in paths):
            self.deny("BASE_ASIDE", ref)

    def check_turning(self) -> None:
        """Put in the place of the base, a head does not make one edit of several that changes in progress did."""
        at = self.aside_from()
        if at is None:
            return
        line = [one.id for one in reversed(self.place.commits("--first-parent", self.base_id, f"^{at}"))]
        trees = [self.place.tree(one) for one in ([at] if at else []) + line]
        busy = {
            ref: {one["item"] for one in data["spec"].get("items", [])}
            for ref, data in self.base.records.items()
            if ref.startswith("ChangeRequest/") and data["spec"]["state"] == "implementing"
        }
        for ref, items in busy.items():
            began = next((n for n, tree in enumerate(trees) if ref in tree.records), 0)
            for item in items if began else ():
                states = [tree.records.get(item) for tree in trees]
                if states[began] == states[began - 1] or not any(item in busy[one] for one in busy if one != ref):
                    continue
                if states[began - 1] != states[0] or states[began] != states[-1]:
                    self.deny("BASE_ASIDE", f"{ref} {item}")

    def is_owing(self, ref: Ref, *, before: bool = False) -> bool:
        """Is it surely an emergency without a review, here or with this head?"""
        if not before and ref in self.edits and self.merge.records[ref]["spec"].get("class") == "emergency":
            return True
        spec = self.base.records[ref]["spec"] if ref in self.base.records else {}
        return spec.get("class") == "emergency" and spec["state"] == "implementing" and "review" not in spec

    def check_states(self, ref: Ref, then: Record, last: Record) -> None:
        """From the state that a commit leaves, legal steps lead to the last one."""
        if then.get("kind") != "ChangeRequest" or then.get("metadata", {}).get("name") != ref.partition("/")[2]:
            self.deny("TAKEN_BACK", ref)
            return
        moves = MOVES["ChangeRequest"][1] | (EMERGENCY_MOVES if last["spec"].get("class") == "emergency" else set())
        reached = {then["spec"].get("state")}
        for _ in range(len(moves)):
            reached |= {there for here, there in moves if here in reached}
        if last["spec"]["state"] not in reached and reached & {one for move in moves for one in move}:
            self.deny("TAKEN_BACK", f"{ref} {then['spec'].get('state')} → {last['spec']['state']}")

    def content(self, tree: Tree, path: str) -> Any:
        """What stands there, as content where it is YAML, with its mode; None where nothing does."""
        if path not in tree.files:
            return None
        mode, oid = tree.files[path]
        data = self.place.parsed.get(oid) if path.startswith("records/") else None
        return data if mode == "100644" and isinstance(data, dict) else (mode, oid)

    # --- changes in play, and what they claim

    def read_play(self) -> None:
        named = {name for commit in self.commits for name in commit.changes}
        edited = {ref.partition("/")[2] for ref in self.edits if ref.startswith("ChangeRequest/")}
        self.play = {name for name in named | edited if f"ChangeRequest/{name}" in self.merge.records}

    def items(self, name: str) -> list[Record]:
        found = self.merge.records[f"ChangeRequest/{name}"]["spec"].get("items", [])
        assert isinstance(found, list)
        return found

    def check_claims(self) -> None:
        for ref, (before, after) in self.edits.items():
            if not self.controlled(ref):
                continue
            action = "add" if before is None else "remove" if after is None else "change"
            claiming = [name for name in self.play if any(one["item"] == ref for one in self.items(name))]
            if len(claiming) != 1:
                self.deny("UNCLAIMED" if not claiming else "CLAIMED_TWICE", ref)
                continue
            [name] = claiming
            self.claims[ref] = name
            spec = self.merge.records[f"ChangeRequest/{name}"]["spec"]
            backs_out = spec["state"] == "backed-out"
            if not backs_out and [one["action"] for one in self.items(name) if one["item"] == ref] != [action]:
                self.deny("ACTION", ref)
            if not backs_out and spec["state"] != "implementing":
                self.deny("NOT_IMPLEMENTING", f"{name} with {ref}")


def bound(data: Record) -> Record:
    """What votes on a change are on."""
    spec = {key: value for key, value in data["spec"].items() if key not in UNBOUND}
    return {**data, "spec": spec}


class Trial:
    """One change in play."""

    def __init__(self, case: Case, name: str) -> None:
        self.case, self.name, self.ref = case, name, f"ChangeRequest/{name}"
        self.data = case.merge.records[self.ref]
        self.spec = self.data["spec"]
        self.former = case.base.records.get(self.ref)
        self.claimed = {ref: case.edits[ref] for ref, owner in case.claims.items() if owner == name}
        self.state = self.spec["state"]
        self.was = self.former["spec"]["state"] if self.former else None

    def deny(self, code: str, says: str = "") -> None:
        self.case.deny(code, f"{self.name} {says}")

    def hear(self) -> None:
        self.read_contributors()
        if self.state == "backed-out" and self.claimed:
            self.back_out()
            return
        for ref, edit in self.claimed.items():
            if edit in self.merged_lines(own=True).get(ref, []):
                self.deny("SPENT", ref)
        self.apart()
        if self.claimed and self.spec.get("apply") != "in-parts":
            for item in self.case.items(self.name):
                if item["item"] not in self.claimed:
                    self.deny("PARTIAL", item["item"])
        enters = self.state in OPEN and self.state != self.was
        if not self.claimed and not enters:
            return
        self.consents(self.lines())
        acts = self.claimed or self.state == "implementing"
        kind = self.spec["class"]
        if kind == "emergency":
            self.emergency()
            return
        model = self.model() if kind == "standard" else None
        if model is None:
            self.quorum(self.lines())
        if acts:
            if model is None or model["window"] == "required":
                self.window()
            if model is None or model["freezes"] == "respected":
                self.freezes("normal" if model is None else "standard")
            self.debts()

    def apart(self) -> None:
        """All edits of a change come in one head: what landed since its work began, or was signed for it and landed."""
        if not self.claimed or self.spec.get("apply") == "in-parts" or self.was != "implementing":
            return
        for item in self.case.items(self.name):
            held: list[str | None] = []
            for commit in reversed(self.case.past):  # the oldest first
                tree = self.case.place.tree(commit.id)
                held.append(digest(tree.records[item["item"]]) if item["item"] in tree.records else None)
                works = self.ref in tree.records and tree.records[self.ref]["spec"]["state"] == "implementing"
                if works and len(held) > 1 and held[-1] != held[-2]:
                    self.deny("APART", item["item"])
            for before, after in self.signed(item["item"]):
                if before in held and after in held[held.index(before) + 1 :]:
                    self.deny("APART", f"{item['item']} was signed for and landed")

    def signed(self, ref: Ref) -> list[Edit]:
        """Lines of a record in the statements that stand at the base, whether they count (still) or not."""
        base = self.case.base
        said = [
            json.loads(self.case.place.content(base, path))["predicate"]
            for path in base.files
            if STATEMENT.fullmatch(path) and path.split("/")[1] == self.name
        ]
        lines = [one for predicate in said for one in predicate["lines"]]
        return [(one["before"], one["after"]) for one in lines if f"{one['kind']}/{one['name']}" == ref]

    # --- who made it

    def covers(self) -> set[str]:
        """Paths of the change and of what it covers."""
        homes = {value: key for key, value in PLURALS.items()}
        found = set()
        for ref in {self.ref, *self.claimed, *(one["item"] for one in self.case.items(self.name))}:
            kind, _, name = ref.partition("/")
            found.add(name if kind == "File" else f"records/{homes.get(kind)}/{name}.yaml")
        return found

    def read_contributors(self) -> None:
        self.contributors = {self.spec.get("requester"), *self.spec.get("implementers", [])} - {None}
        for commit in self.case.commits:
            if not self.case.place.touched(commit) & self.covers():
                continue
            for email in commit.people:
                person = self.case.person_of(email)
                if person is None:
                    self.deny("UNKNOWN_CONTRIBUTOR", f"{email} of {commit.id[:7]}")
                else:
                    self.contributors.add(person)

    def is_barred(self, person: str) -> bool:
        ones = self.case.identity(person)
        return bool(not self.case.may_vote(person) or ones & self.contributors or person in self.case.beneficiaries())

    # --- what is voted on

    @property
    def content(self) -> Record:
        """The approvable content."""
        data = copy.deepcopy(self.data)
        for key in UNBOUND:
            data["spec"].pop(key, None)
        return data

    def merged_lines(self, own: bool = False) -> dict[Ref, list[Edit]]:
        """Edits of records that the first-parent history holds since the change appeared, newest first.

        `own`: without those that another change brought, and this one had no part in.
        """
        found: dict[Ref, list[Edit]] = {}
        for commit in self.case.past:
            here = self.case.place.tree(commit.id)
            if self.ref not in here.records:
                continue
            there = self.case.place.tree(commit.parents[0]) if commit.parents else Tree({})
            for ref in here.records.keys() | there.records.keys():
                edit = tuple(digest(side.records[ref]) if ref in side.records else None for side in (there, here))
                if edit[0] != edit[1] and not (own and self.is_others(ref, commit, here, there)):
                    found.setdefault(ref, []).append(edit)
        return found

    def is_others(self, ref: Ref, commit: Commit, here: Tree, there: Tree) -> bool:
        """Did the commit bring another change that lists the record, and is or was being carried out, but not this?"""
        brought = [one for one in here.records if here.records[one] != there.records.get(one)]
        brought += [f"ChangeRequest/{name}" for name in commit.changes]
        doing = {
            one
            for one in brought
            if one.startswith("ChangeRequest/")
            and one in here.records
            and here.records[one]["spec"]["state"] in ("implementing", "backed-out")
            and ref in [item["item"] for item in here.records[one]["spec"].get("items", [])]
        }
        return bool(doing) and self.ref not in doing and here.records[self.ref]["spec"]["state"] != "implementing"

    def lines(self) -> dict[Ref, set[Edit]]:
        """For each item the lines that a vote may have; what is neither edited nor planned has none."""
        found: dict[Ref, set[Edit]] = {}
        for item in self.case.items(self.name):
            ref = item["item"]
            if ref in self.claimed:
                found[ref] = {self.claimed[ref]}
                continue
            found[ref] = set(self.merged_lines().get(ref, []))
            if item.get("set") and ref in self.case.base.records:
                planned = copy.deepcopy(self.case.base.records[ref])
                for pointer, value in item["set"].items():
                    *above, last = pointer.split("/")[1:]
                    at: Any = planned
                    for step in above:
                        at = at[step] if isinstance(at, dict) else at[int(step)]
                    if value is None:
                        at.pop(last, None)
                    else:
                        at[last] = value
                found[ref].add((digest(self.case.base.records[ref]), digest(planned)))
            if not found[ref]:
                del found[ref]  # nothing is planned yet, so that a vote covers nothing of it
        return found

    def fresh(self, lines: dict[Ref, set[Edit]]) -> dict[str, list[Ballot]]:
        """Subject → the votes on it, of those that are on what is here now."""
        found: dict[str, list[Ballot]] = {}
        for ballot in self.case.ballots:
            same = (
                ballot.change == self.name
                and ballot.repository == self.case.settings["repository"]
                and ballot.target == self.case.settings["target"]
                and digest(ballot.content) == digest(self.content)
                and ballot.lines.keys() == lines.keys()
                and all(ballot.lines[ref] in lines[ref] for ref in lines)
            )
            if same:
                found.setdefault(ballot.subject, []).append(ballot)
        return found

    # --- the rules

    def rules(self) -> list[Record]:
        """Rules of the base that apply, those of the town being written down here."""
        items = [one["item"] for one in self.case.items(self.name)]
        families = {"governance" if ref.partition("/")[0] in {*GOVERNANCE, "File"} else "changes" for ref in items}
        levels = []
        for one in filter(None, (self.former, self.data)):
            risk = one["spec"].get("risk")
            if risk:
                levels += [risk["level"], RISK.get((risk["likelihood"], risk["impact"]), "low")]
        level = max(levels, key=RANKS.index, default="low")
        found = []
        for ref, data in self.case.base.records.items():
            if not ref.startswith("ApprovalRule/") or data["spec"]["for"] not in (families or {"changes"}):
                continue
            when = data["spec"].get("when")
            if when not in (None, "change.spec.risk.level != 'high'", "change.spec.risk.level == 'high'"):
                self.deny("UNKNOWN_RULE", ref)
            if when is None or ("==" in when) == (level == "high"):
                found.append(data["spec"])
        for family in families or {"changes"}:
            if family not in {one["for"] for one in found}:
                self.deny("NO_RULE", family)
        return found

    def owners(self) -> list[Ref]:
        """Of the items that no rule of governance decides on, before and after."""
        found: set[Ref] = set()
        for item in self.case.items(self.name):
            if item["item"].partition("/")[0] in {*GOVERNANCE, "File"}:
                continue
            for tree in (self.case.base, self.case.merge):
                data = tree.records.get(item["item"])
                if data:
                    found.add(data["metadata"].get("owner", ""))
        return sorted(found)

    def speaks_for(self, person: str, owner: Ref) -> bool:
        kind, _, name = owner.partition("/")
        holders = self.case.holders(name) if kind == "Role" else {name} if self.case.is_active(name) else set()
        if not holders:
            return self.case.in_role(person, self.case.settings["owner_fallback"])
        return self.case.in_role(person, name) if kind == "Role" else person == name

    def quorum(self, lines: dict[Ref, set[Edit]], *, together: bool = False) -> None:
        """`together`: votes on any of the lines count beside each other."""
        rules = self.rules()
        groups = self.fresh(lines)
        if together:
            groups = {"": list(itertools.chain(*groups.values()))}
        for rule, ballot in itertools.product(rules, itertools.chain(*groups.values())):
            vetoes = any(self.case.in_role(ballot.person, role) for role in rule.get("veto", []))
            if ballot.decision == "reject" and vetoes and not self.is_barred(ballot.person):
                self.deny("VETO", ballot.person)
        if not any(all(self.is_met(rule, group) for rule in rules) for group in (groups.values() or [[]])):
            self.deny("LACKING", f"votes of {sorted(one.person for one in itertools.chain(*groups.values()))}")

    def is_met(self, rule: Record, group: list[Ballot]) -> bool:
        """Tried out: is there a way to give each requirement persons of its own?"""
        voters = [one for one in group if one.decision == "approve" and one.counts and not self.is_barred(one.person)]
        seats: list[set[str]] = []
        roles: set[str] = set()
        for need in rule["require"]:
            if "role" in need:
                able = {one.person for one in voters if self.sits(one, need["role"])}
                seats += [able] * need.get("count", 1)
                roles.add(need["role"])
                continue
            for owner in self.owners():
                able = {one.person for one in voters if self.speaks_for(one.person, owner)}
                seats += [able] * need.get("count", 1)
                roles |= {owner.partition("/")[2], self.case.settings["owner_fallback"]}
        return any(
            not any(self.case.is_one_vote(one, other, roles) for one, other in itertools.combinations(row, 2))
            for row in itertools.product(*seats)
        )

    def consents(self, lines: dict[Ref, set[Edit]]) -> None:
        """Whoever lets another vote, for longer or for more than before, has voted for that."""
        for ref in self.claimed:
            before, after = (tree.records.get(ref) for tree in (self.case.base, self.case.merge))
            if not ref.startswith("Delegation/") or after is None or after["spec"]["state"] != "granted":
                continue
            now, was = after["spec"], before["spec"] if before else None
            if (
                was
                and was["state"] == "granted"
                and (was["delegator"], was["delegate"]) == (now["delegator"], now["delegate"])
                and set(now["roles"]) <= set(was["roles"])
                and was["from"] <= now["from"] <= now["to"] <= was["to"]
            ):
                continue
            votes = itertools.chain(*self.fresh(lines).values())
            mine = [one.decision for one in votes if one.person == now["delegator"] and one.counts]
            if set(mine) != {"approve"}:
                self.deny("NO_CONSENT", ref)

    def sits(self, ballot: Ballot, role: str) -> bool:
        return self.case.in_role(ballot.person, role)

    # --- time

    def span(self) -> tuple[datetime, datetime] | None:
        schedule = self.spec.get("schedule")
        return (instant(schedule["start"]), instant(schedule["end"])) if schedule else None

    def window(self) -> None:
        span = self.span()
        if span is None or not span[0] <= self.case.now < span[1]:
            self.deny("OUTSIDE_WINDOW")

    def services(self) -> set[str]:
        """In reach: of the items, of what depends on those, and what the change names."""
        found = set(self.spec.get("impact", {}).get("services", []))
        names = {one["item"] for one in self.case.items(self.name)}
        for tree in (self.case.base, self.case.merge):
            for ref, data in tree.records.items():
                if ref.startswith("Service/"):
                    parts = {f"ConfigurationItem/{one['item']}" for one in data["spec"].get("components", [])}
                    if (parts | {ref}) & names:
                        found.add(data["metadata"]["name"])
        return found

    def freezes(self, kind: str) -> None:
        span = self.span()
        end = max(span[1], self.case.now) if span else self.case.now
        for ref, data in self.case.base.records.items():
            spec = data["spec"]
            if not ref.startswith("FreezeWindow/") or spec["state"] != "planned":
                continue
            start, over = instant(spec["start"]), instant(spec["end"])
            if (start > self.case.now and start >= end) or over <= self.case.now:
                continue
            if not self.services() & set(spec.get("services", self.services())):
                continue
            if not any(self.yields(one, kind) for one in spec.get("allows", [])):
                self.deny("FREEZE", ref)

    def yields(self, allowed: Record, kind: str) -> bool:
        if allowed["class"] != kind:
            return False
        votes = itertools.chain(*self.fresh(self.lines()).values())
        return "role" not in allowed or any(
            one.decision == "approve"
            and one.counts
            and not self.is_barred(one.person)
            and self.case.in_role(one.person, allowed["role"])
            for one in votes
        )

    # --- the other classes

    def model(self) -> Record | None:
        """The model that all edits stay inside of, if there is one."""
        data = self.case.base.records.get(f"ChangeModel/{self.spec.get('model')}")
        if data is None:
            return None
        model = data["spec"]
        if model["state"] != "approved" or model["expires"] < self.case.today or not self.claimed:
            return None
        if self.spec.get("risk", {}).get("level", "low") not in RANKS[: RANKS.index(model["max_risk"]) + 1]:
            return None
        if len(self.claimed) > model.get("limits", {}).get("records", 99):
            return None
        return model if all(self.is_inside(ref, model) for ref in self.claimed) else None

    def is_inside(self, ref: Ref, model: Record) -> bool:
        kind, _, name = ref.partition("/")
        before, after = (tree.records.get(ref) for tree in (self.case.base, self.case.merge))
        if before is None or after is None:
            return False
        for group in model["allows"]:
            sides = [before, after]
            if (
                group["kind"] == kind
                and name in group.get("names", [name])
                and "change" in group.get("actions", ["change"])
                and all(one["spec"].get("type") in group.get("types", [one["spec"].get("type")]) for one in sides)
                and all(
                    one["spec"].get("environment") in group.get("environments", [one["spec"].get("environment")])
                    for one in sides
                )
                and "labels" not in group
            ):
                moved = set(differing(before, after))
                fits = [field["at"] for field in group["fields"] if field_fits(field, before, after)]
                if moved <= set(fits):
                    return True
        return False

    def emergency(self) -> None:
        policy = self.case.settings.get("emergency")
        if not policy:
            self.deny("NO_EMERGENCY_POLICY")
            return
        incident = self.case.base.records.get(f"Incident/{self.spec.get('emergency', {}).get('incident')}")
        if incident is None or incident["spec"]["state"] in {"resolved", "closed"}:
            self.deny("INCIDENT")
        voters = [
            one.person
            for one in itertools.chain(*self.fresh(self.lines()).values())
            if one.decision == "approve"
            and one.counts
            and not self.is_barred(one.person)
            and one.path in self.case.merge.files  # it tells later on what the emergency did
        ]
        if not any(self.case.in_role(one, role) for one in voters for role in policy["roles"]):
            self.deny("EMERGENCY_VOTE")
        self.freezes("emergency")
        since = self.case.now - timedelta(days=policy["period"])
        for service in self.services():
            count = sum(1 for at, _, reach in self.emergencies() if at >= since and service in reach)
            if count >= policy["per_service"]:
                self.deny("EMERGENCY_LIMIT", service)

    def emergencies(self) -> list[tuple[datetime, str, set[str]]]:
        """When it went ahead, name and services of each former emergency."""
        found: dict[str, tuple[datetime, str, set[str]]] = {}
        for commit in reversed(self.case.past):
            tree = self.case.place.tree(commit.id)
            for ref, data in tree.records.items():
                spec = data["spec"]
                name = ref.partition("/")[2]
                goes = ref.startswith("ChangeRequest/") and spec["class"] == "emergency"
                if goes and spec["state"] in {"implementing", *AFTER} and name not in found and name != self.name:
                    reach = set(spec.get("impact", {}).get("services", []))
                    for one in spec.get("items", []):
                        reach |= {
                            other["metadata"]["name"]
                            for key, other in tree.records.items()
                            if key.startswith("Service/")
                            and one["item"].partition("/")[2]
                            in [part["item"] for part in other["spec"].get("components", [])]
                        }
                    found[name] = (datetime.fromtimestamp(commit.seconds, UTC), name, reach)
        return list(found.values())

    def debts(self) -> None:
        """Emergencies that nobody reviewed in time hold back what comes next. (Votes that pay are left to others.)"""
        days = self.case.settings.get("emergency", {}).get("review_within", 0)
        for at, name, reach in self.emergencies():
            record = self.case.base.records.get(f"ChangeRequest/{name}")
            if record is None or record["spec"]["state"] in {"reviewed", "closed"}:
                continue
            if at + timedelta(days=days) < self.case.now and reach & self.services():
                self.deny("DEBT", name)

    def back_out(self) -> None:
        """Exactly back, by who may, in time, under the change's own votes and such as are on this very edit."""
        implementers = set(self.spec.get("implementers", []))
        for commit in self.case.commits:
            is_its = self.case.place.touched(commit) & self.covers()
            if is_its and self.case.person_of(commit.author) not in implementers:
                self.deny("BACKOUT_AUTHOR", commit.author)
        merged, own = self.merged_lines(), self.merged_lines(own=True)
        lines: dict[Ref, set[Edit]] = {}
        for item in self.case.items(self.name):
            ref = item["item"]
            back = self.claimed.get(ref)
            forth = (back[1], back[0]) if back else None
            if forth is None or forth not in own.get(ref, []):
                self.deny("NOT_ITS_LINE", ref)
                return
            since = merged[ref][: merged[ref].index(forth)]
            if any(after == forth[0] for _, after in since):
                self.deny("NOT_ITS_LINE", f"{ref} was back once")
            lines[ref] = {forth}
        if self.claimed.keys() != lines.keys() or self.was != "implementing":
            self.deny("NOT_ITS_LINE")
        span = self.span()
        hours = re.fullmatch(r"(\d+)h", self.spec.get("backout", {}).get("duration", ""))
        if not span or not hours or self.case.now >= span[1] + timedelta(hours=int(hours[1])):
            self.deny("BACKOUT_LATE")
        if self.former and digest({**self.content}) != digest(without(self.former)):
            self.deny("BACKOUT_EDITS")
        self.quorum({ref: {*edits, self.claimed[ref]} for ref, edits in lines.items()}, together=True)


def without(data: Record) -> Record:
    """The approvable content of a change."""
    copied = copy.deepcopy(data)
    for key in UNBOUND:
        copied["spec"].pop(key, None)
    return copied


def differing(before: Any, after: Any, at: str = "") -> list[str]:
    """Pointers of what differs."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = sorted(before.keys() | after.keys())
        return [one for key in keys for one in differing(before.get(key), after.get(key), f"{at}/{key}")]
    return [] if before == after and type(before) is type(after) else [at]


def field_fits(rule: Record, before: Record, after: Record) -> bool:
    """May the field move like that?"""
    old, new = (side for side in (before, after))
    for step in rule["at"].split("/")[1:]:
        old, new = old.get(step, {}), new.get(step, {})
    if "one_of" in rule and new not in rule["one_of"]:
        return False
    if "pattern" in rule and not (isinstance(new, str) and re.fullmatch(rule["pattern"].strip("^$"), new)):
        return False
    is_ranged = "minimum" in rule or "maximum" in rule
    if is_ranged and (type(new) is not int or not rule.get("minimum", new) <= new <= rule.get("maximum", new)):
        return False
    kept = rule.get("keeps")
    if kept is None:
        return True
    sides = [one.split(".") for one in (old, new) if isinstance(one, str)]
    return len(sides) == 2 and len(sides[0]) == len(sides[1]) and sides[0][:kept] == sides[1][:kept]


__all__ = ["Commit", "judge"]
