"""Was the very thing accepted that ships, stage by stage, by somebody who may? By policy, roles and history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any

from itsmctl import cel
from itsmctl.baseline.place import People
from itsmctl.errors import CannotJudge
from itsmctl.functions import people
from itsmctl.functions.graph import Missing
from itsmctl.functions.times import day_of
from itsmctl.gate import calendar
from itsmctl.gate.shelf import APPROVALS
from itsmctl.records import value_at
from itsmctl.release import law, lent, signoffs
from itsmctl.release.beginning import moment
from itsmctl.release.landings import called
from itsmctl.release.requirement import Requirement, unless

if TYPE_CHECKING:
    from itsmctl.gitdeeds import Brought
    from itsmctl.release.dossier import Dossier
    from itsmctl.release.requirement import Outcome
    from itsmctl.snapshot import Snapshot


def judge(dossier: Dossier) -> Iterator[Requirement]:
    """Sign-offs against the release policy, and what was accepted against what is there now."""
    yield from unless("SIGNOFF_LACKS", (*_signed(dossier), *_late(dossier)), _grounds(dossier))
    none = "" if _signoffs(dossier) else "nobody has signed off yet"
    yield from unless("SIGNOFF_BY_MAKER", _makers(dossier), none)
    asked = [stage["name"] for stage in law.stages(law.policies(dossier)) or () if stage.get("signed")]
    if asked:
        yield from unless("SIGNOFF_UNSIGNED", _unsigned(dossier, frozenset(asked)), ", ".join(asked))
    yield from unless("ACCEPTED_OTHER", _accepted(dossier), none)
    name = dossier.spec.get("acceptance", {}).get("audit")
    if name is not None:
        yield from unless("ACCEPTANCE_AUDIT", _audited(dossier, name), name)


def _audited(dossier: Dossier, name: str) -> Iterator[Requirement]:
    """The audit that compared the test environment with the live one was held, and found nothing that is still so."""
    record, says = dossier.head.get(f"ConfigurationAudit/{name}"), ""
    if record is None or not record.sound:
        says = f"there is no audit {name} that can be read"
    elif record.state == "planned":
        says = f"the audit {name} is planned only, and was not held"
    else:
        held = value_at(record.data, "/spec/discrepancies") or ()
        left = [one for one in held if not _is_settled(dossier, one)]
        found = ", ".join(str(one.get("item", one["what"])) for one in left[:3])
        says = f"the audit {name} found what is still open: {found}{' and more' if left[3:] else ''}" if left else ""
    if says:
        hint = (
            "What was tested is not what is live: put that right and close its findings, or name an audit after that."
        )
        yield _is(dossier, "ACCEPTANCE_AUDIT", says, hint, at="/audit")


def _is_settled(dossier: Dossier, discrepancy: Mapping[str, Any]) -> bool:
    """Does a finding follow from it of which somebody saw that it was put right?"""
    record = dossier.head.get(f"AuditFinding/{discrepancy.get('finding')}")
    return record is not None and record.sound and record.state in ("verified", "closed")


def _is(dossier: Dossier, code: str, says: str, hint: str, outcome: Outcome = "unmet", at: str = "") -> Requirement:
    return Requirement(code, outcome, says, hint, dossier.record.path, f"/spec/acceptance{at}")


def _signoffs(dossier: Dossier) -> list[Mapping[str, Any]]:
    return list(dossier.spec.get("acceptance", {}).get("signoffs", ()))


def _grounds(dossier: Dossier) -> str:
    """Each sign-off, and whether anybody signed it: most are words that whoever made the commit wrote."""
    found = ((one, signoffs.written(dossier, one)) for one in _signoffs(dossier))
    said = (
        f"{one['stage']} by {one['person']}{lent.told(dossier, one)}, {_told(held, one['person'])}"
        for one, held in found
    )
    return "; ".join(said)


def _told(held: signoffs.Written | None, person: str) -> str:
    return held.told(person) if held is not None else "from no commit that is here"


def _unsigned(dossier: Dossier, asked: frozenset[str]) -> Iterator[Requirement]:
    """Where the policy asks for it, whoever signed off signed the commit that says so."""
    for place, one in enumerate(_signoffs(dossier)):
        held = signoffs.written(dossier, one) if one["stage"] in asked else None
        if one["stage"] in asked and (held is None or not held.is_signed):
            says = f"the sign-off of {one['stage']} by {one['person']} is {_told(held, one['person'])}"
            hint = f"{one['person']} writes it, in a commit that they sign with their key, before the roll-out: "
            hint += "git commit -S."
            yield _is(dossier, "SIGNOFF_UNSIGNED", says, hint, at=f"/signoffs/{place}")


def _signed(dossier: Dossier) -> Iterator[Requirement]:
    """Each stage is signed off in its turn. Of an emergency that may come later, which `law` tells."""
    stages = law.stages(law.policies(dossier))
    if stages is None:
        says = "it cannot be told which stages are to be signed off, as no approved release policy names any"
        hint = "Have a ReleasePolicy with spec.stages approved."
        yield _is(dossier, "SIGNOFF_LACKS", says, hint, "unknown")
        return
    signed = _signoffs(dossier)
    latest = None
    for stage in stages:
        mine = [one for one in signed if one["stage"] == stage["name"] and one["role"] in stage["roles"]]
        good = [one for one in mine if _held(dossier, one) and (at := moment(one["on"])) and at <= dossier.now]
        if not good:
            if dossier.is_emergency and dossier.record.state not in ("reviewed", "closed") and not mine:
                continue
            wanted = " or ".join(stage["roles"])
            says = f"nobody who was here and held the role {wanted} signed off the stage {stage['name']}"
            hint = f"Have it signed off by a holder of {wanted}, into spec.acceptance.signoffs."
            yield _is(dossier, "SIGNOFF_LACKS", says, hint, at="/signoffs")
            continue
        first = min(at for one in good if (at := moment(one["on"])) is not None)
        if latest is not None and first < latest[1]:
            says = f"the stage {stage['name']} was signed off before {latest[0]}, which comes first"
            yield _is(dossier, "SIGNOFF_LACKS", says, "Have it signed off again, in its turn.", at="/signoffs")
        latest = (stage["name"], max(at for one in good if (at := moment(one["on"])) is not None))


def _held(dossier: Dossier, one: Mapping[str, Any]) -> bool:
    """Did an active human hold the role on the day? What cannot be told was not so."""
    member = dossier.roster.members.get(dossier.roster.today("Person", one["person"]))
    try:
        return (
            member is not None
            and not member.is_bot
            and people.holds(dossier.head, one["person"], one["role"], one["on"])
            and _was_appointed(dossier, one)
            and _was_there(dossier, one, one["person"])
            and lent.standing(dossier, one, lambda delegator: _was_there(dossier, one, delegator))
        )
    except (Missing, cel.EvaluationError, KeyError, TypeError):
        return False


def _was_appointed(dossier: Dossier, one: Mapping[str, Any]) -> bool:
    """Did the branch say so before the roll-out, or where the sign-off was written? Whoever is written down as a holder
    afterwards, with an earlier day, was none that anybody knew of.
    """
    if dossier.is_emergency or dossier.begins is None or dossier.begins > dossier.now:
        return True
    held = signoffs.written(dossier, one)
    known = [dossier.then, *([dossier.place.bench.revision(held.commit)] if held is not None else [])]
    return any(_holds(dossier, dossier.place.records(at), one) for at in known)


def _holds(dossier: Dossier, then: Snapshot, one: Mapping[str, Any]) -> bool:
    """By whatever names the person and the role had at that commit."""
    persons, roles = (called(f"{kind}/{one[kind.casefold()]}", dossier.head) for kind in ("Person", "Role"))
    for person, role in product(persons, roles):
        try:
            if people.holds(then, person.partition("/")[2], role.partition("/")[2], one["on"]):
                return True
        except (Missing, cel.EvaluationError, KeyError, TypeError):
            continue
    return False


def _was_there(dossier: Dossier, one: Mapping[str, Any], person: str) -> bool:
    """Was a person here on the day of a sign-off, by the dates of their record; where it has left and names no last
    day, they were if they were still active in the commit that brought the sign-off.
    """
    record = dossier.head.records[f"Person/{dossier.roster.today('Person', person)}"]
    day, spec = day_of(one["on"]), record.data["spec"]
    first, last = spec.get("active_from", day), spec.get("active_to")
    if str(first) > day or (last is not None and day > str(last)):  # ISO days: in order as texts
        return False
    if record.state == "active" or last is not None:
        return True
    held = signoffs.written(dossier, one)
    if held is None:
        return False
    try:
        then = dossier.place.people(dossier.place.bench.revision(held.commit)).roster
    except CannotJudge:
        return False
    return then.is_active(person)


def _makers(dossier: Dossier) -> Iterator[Requirement]:
    """Where the policy keeps a stage from those who made the changes, none of them signed it off; nor did one of them
    anywhere for somebody else: who holds the role lends it to others than who is to be looked after.
    """
    apart = {stage["name"] for stage in law.stages(law.policies(dossier)) or () if stage.get("independent")}
    if not apart and not any(lent.of(dossier, one) for one in _signoffs(dossier)):
        return
    made, unknown = _hands(dossier)
    for place, one in enumerate(_signoffs(dossier)):
        person = dossier.roster.today("Person", one["person"])
        at, hint = (
            f"/signoffs/{place}/person",
            "The release policy keeps this stage independent: let somebody else sign.",
        )
        if one["stage"] in apart and person in made:
            says = f"{person} signed off {one['stage']}, and made a part of it ({made[person]})"
            yield _is(dossier, "SIGNOFF_BY_MAKER", says, hint, at=at)
        elif person in made and (held := lent.of(dossier, one)):
            says = f"{person} signed off {one['stage']} for {held[0]['spec']['delegator']}, and made a part of it "
            hint = "Let a holder of the role sign it off, or a delegate who made nothing of it."
            yield _is(dossier, "SIGNOFF_BY_MAKER", f"{says}({made[person]})", hint, at=at)
        elif one["stage"] in apart and unknown:
            says = f"{unknown[0]} made a part of it and is no Person, so that nobody can tell them from {person}"
            yield _is(dossier, "SIGNOFF_BY_MAKER", says, "Add the address or key to a Person.", "unknown", at)
        elif one["stage"] in apart:
            yield from _by_another(dossier, place, one, made)


def _by_another(dossier: Dossier, place: int, one: Mapping[str, Any], made: Mapping[str, str]) -> Iterator[Requirement]:
    """A sign-off in the name of somebody else, written by who made the changes, or by nobody who is known."""
    held = signoffs.written(dossier, one)
    if held is None or held.is_signed:
        return  # ACCEPTED_OTHER tells that none brought it
    person, at = one["person"], f"/signoffs/{place}"
    hint = f"Let {person} write it, or somebody who made nothing of it; or let {person} sign the commit: git commit -S."
    for who in sorted(made.keys() & set(held.hands)):
        says = f"the sign-off of {one['stage']} by {person} was written by {who}, who made a part of it ({made[who]}), "
        says += f"in commit {held.commit[:7]}, and {person} signed nothing"
        yield _is(dossier, "SIGNOFF_BY_MAKER", says, hint, at=at)
    for who in held.others:
        says = f"the sign-off of {one['stage']} by {person} was written by {who}, who is no Person"
        yield _is(dossier, "SIGNOFF_BY_MAKER", says, hint, "unknown", at)


def _hands(dossier: Dossier) -> tuple[dict[str, str], list[str]]:
    """(person → why, hands that are nobody's) of those who carry the changes out, or made the commits that did."""
    roster, place = dossier.roster, dossier.place
    made: dict[str, str] = {}
    for name, record in dossier.changes.items():
        for person in value_at(record.data, "/spec/implementers") or () if record is not None else ():
            made.setdefault(roster.today("Person", person), f"named in spec.implementers of {name}")
    unknown: list[str] = []
    for landing in dossier.line.landings:
        if landing.parent and landing.of(dossier.called):
            commits = [one for one in place.bench.brought(landing.parent, landing.oid, place.prefix) if _works(one)]
            persons, others = People(roster, dossier.book.settings.data).makers(commits)
            made = persons | made
            unknown += others
    return made, unknown


def _works(commit: Brought) -> bool:
    """Does it alter anything but evidence? Who only brings a vote along, or merges, made nothing."""
    return any(not edit.path.startswith(APPROVALS) for edit in commit.edits)


def _accepted(dossier: Dossier) -> Iterator[Requirement]:
    """What the release carries is what it carried in the commit that brought each sign-off."""
    for place, one in enumerate(_signoffs(dossier)):
        brought = signoffs.since(dossier, one)
        if brought is None:
            says = f"it cannot be told what {one['person']} accepted in the stage {one['stage']}: no commit brought it"
            yield _is(
                dossier, "ACCEPTED_OTHER", says, "Get all of history: git fetch.", "unknown", f"/signoffs/{place}"
            )
            continue
        moved = signoffs.moved(dossier, brought[1], dossier.record.data)
        if moved:
            what = " and ".join(at.removeprefix("/").replace("/", ".") for at in moved)
            says = f"{what} was altered after {one['person']} signed off the stage {one['stage']}"
            hint = "Have what ships now accepted: sign the stage off again, or put back what was accepted."
            yield _is(dossier, "ACCEPTED_OTHER", says, hint, at=f"/signoffs/{place}")


def _late(dossier: Dossier) -> Iterator[Requirement]:
    """A sign-off is on the branch before the roll-out begins: what is written later decided nothing."""
    begins = dossier.begins if not dossier.is_emergency else None
    for place, one in enumerate(_signoffs(dossier)):
        brought = signoffs.since(dossier, one)
        if begins is not None and brought is not None and brought[0] >= begins.timestamp():
            says = f"{one['stage']} was written down as signed off after the roll-out began at {calendar.said(begins)}"
            hint = "A sign-off counts from the commit that brings it: commit it before the roll-out."
            yield _is(dossier, "SIGNOFF_LACKS", says, hint, at=f"/signoffs/{place}")
