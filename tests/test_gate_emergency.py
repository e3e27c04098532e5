"""Emergencies: what lets one go ahead, what it owes, and whom an unpaid debt stops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace
from proposing import NOW, Story, moment

from itsmctl import canonical
from itsmctl.errors import CannotJudge
from itsmctl.gate import earliest, emergency, settling
from itsmctl.gate.applied import Work
from itsmctl.gate.model import Landed
from itsmctl.roster import Roster
from itsmctl.votes import Evidence

if TYPE_CHECKING:
    from conftest import Repo

    from itsmctl.gate.emergency import Debt, Decided
    from itsmctl.gate.model import Proposal
    from itsmctl.gate.verdict import Verdict
    from itsmctl.records import Record

POLICY = "emergency: {{roles: [night], solo: {solo}, review_within: 5, per_service: 2, period: 30}}\n"
VM = {"type": "server", "state": "live", "version": "1", "environment": "production"}


def town(repo: Repo, solo: bool = False, policy: str = POLICY) -> Story:
    """loans stands on vm-1, rooms on vm-2; INC-1 is open."""
    story = Story(repo, policy.format(solo=str(solo).lower()))
    for vm, name in (("vm-1", "loans"), ("vm-2", "rooms")):
        story.put("ConfigurationItem", vm, VM)
        story.put("Service", name, {"state": "live", "criticality": "high", "components": [{"item": vm}]})
    incident = {"state": "in-progress", "reported_at": NOW, "impact": "high", "urgency": "high", "priority": "high"}
    return story.put("Incident", "INC-1", {**incident, "services": ["loans"]}).merge("2026-01-06T08:00:00Z")


def change(story: Story, name: str, *items: str, state: str = "implementing", **spec: Any) -> Story:
    listed = [{"item": f"ConfigurationItem/{one}", "action": "change"} for one in items]
    more = {"emergency": {"justification": "All is closed.", "incident": "INC-1"}, "items": listed, **spec}
    return story.put("ChangeRequest", name, {"state": state, "class": "emergency", **more})


def judge(
    story: Story, voted: dict[str, list[str]] | None = None, contributors: tuple[str, ...] = (), now: str = NOW
) -> Verdict:
    proposal = story.propose(now)
    record = proposal.merged.records["ChangeRequest/CHG-1"]
    touched = [one for one in proposal.edits.values() if one.controlled]
    return emergency.judge(proposal, record, touched, {"mari": ["night"]} if voted is None else voted, contributors)


def test_an_emergency_with_its_incident_and_vote_goes_ahead_and_is_overridden(repo: Repo) -> None:
    said = judge(change(town(repo), "CHG-1", "vm-1"))
    assert said.outcome == "OVERRIDDEN"
    assert said.details["review_within"] == 5


def test_without_a_policy_there_are_no_emergencies(repo: Repo) -> None:
    story = change(town(repo, policy=""), "CHG-1", "vm-1")
    assert judge(story).codes == {"NO_EMERGENCY_POLICY"}


def test_a_policy_that_the_head_brings_counts_for_nothing(repo: Repo) -> None:
    story = town(repo, policy="")
    story.repo.write("itsm.yaml", f"{story.settings}{POLICY.format(solo='true')}")
    assert judge(change(story, "CHG-1", "vm-1")).codes == {"NO_EMERGENCY_POLICY"}


@pytest.mark.parametrize("state", ["resolved", "closed", "nonsense"])
def test_the_incident_is_open_at_the_base(repo: Repo, state: str) -> None:
    story = town(repo).put("Incident", "INC-1", {"state": state}).merge()
    assert judge(change(story, "CHG-1", "vm-1")).codes == {"INCIDENT_NOT_OPEN"}


def test_an_incident_that_the_head_brings_or_reopens_is_none(repo: Repo) -> None:
    spec = {"state": "recorded", "reported_at": NOW, "impact": "high", "urgency": "high", "priority": "high"}
    story = town(repo).put("Incident", "INC-2", {**spec, "services": ["loans"]})
    change(story, "CHG-1", "vm-1", emergency={"justification": "Now.", "incident": "INC-2"})
    said = judge(story)
    assert said.codes == {"INCIDENT_NOT_OPEN"}
    assert "merge its record first" in said.because[0].says


@pytest.mark.parametrize(
    ("services", "items", "noted"),
    [(["loans"], [], False), (["rooms"], [], True), ([], [], True), (["rooms"], ["vm-1"], False), ([], ["vm-2"], True)],
)
def test_an_incident_of_something_else_is_noted(repo: Repo, services: list[str], items: list[str], noted: bool) -> None:
    spec = {"state": "in-progress", "reported_at": NOW, "impact": "high", "urgency": "high", "priority": "high"}
    story = town(repo).put("Incident", "INC-1", {**spec, "services": services, "items": items}).merge()
    said = judge(change(story, "CHG-1", "vm-1", impact={"services": ["rooms"]}))
    assert said.outcome == "OVERRIDDEN"
    assert any(one.code == "INCIDENT_ELSEWHERE" for one in said.because) is noted


def test_no_incident_is_no_emergency(repo: Repo) -> None:
    story = change(town(repo), "CHG-1", "vm-1", emergency={"justification": "Now."})
    assert judge(story).codes == {"NO_INCIDENT"}


@pytest.mark.parametrize(
    ("voted", "contributors", "solo", "passes"),
    [
        ({}, (), False, False),
        ({"mari": ["day"]}, (), False, False),
        ({"mari": ["day", "night"]}, (), False, True),
        ({"mari": ["night"]}, ("mari",), False, False),
        ({"mari": ["night"]}, ("mari",), True, True),
        ({"mari": ["night"], "jaan": ["night"]}, ("jaan",), False, True),
        ({"mari": ["day"], "jaan": ["night"]}, ("jaan",), False, False),
    ],
)
def test_an_emergency_needs_the_vote_of_one_of_its_roles(
    repo: Repo, voted: dict[str, list[str]], contributors: tuple[str, ...], solo: bool, passes: bool
) -> None:
    said = judge(change(town(repo, solo), "CHG-1", "vm-1"), voted, contributors)
    assert said.codes == (set() if passes else {"EMERGENCY_VOTE"})


@pytest.mark.parametrize(
    ("former", "passes"),
    [
        ([("vm-1", "2026-11-20")], True),
        ([("vm-1", "2026-11-20"), ("vm-1", "2026-11-21")], False),
        ([("vm-1", "2026-10-20"), ("vm-1", "2026-11-21")], True),  # before the period
        ([("vm-2", "2026-11-20"), ("vm-1", "2026-11-21")], True),  # of another service
        ([("", "2026-11-20"), ("", "2026-11-21")], True),
    ],
)
def test_emergencies_of_a_service_are_limited(repo: Repo, former: list[tuple[str, str]], passes: bool) -> None:
    story = town(repo)
    for number, (item, day) in enumerate(former):
        for state in ("approved", "implementing", "implemented"):
            change(story, f"CHG-2{number}", *filter(None, [item]), state=state).merge(f"{day}T08:00:00Z")
    said = judge(change(story, "CHG-1", "vm-1"))
    assert said.codes == (set() if passes else {"EMERGENCY_LIMIT"})


def test_a_commit_with_a_date_of_long_ago_does_not_get_around_the_limit(repo: Repo) -> None:
    story = town(repo)
    for name in ("CHG-2", "CHG-3"):
        change(story, name, "vm-1").merge("2026-09-20T08:00:00Z")
    change(story, "CHG-1", "vm-1")
    proposal = story.propose()
    earliest = dict.fromkeys(("CHG-2", "CHG-3"), moment("2026-11-20T08:00:00Z"))
    touched = [one for one in proposal.edits.values() if one.controlled]
    said = emergency.judge(
        replace(proposal, earliest=earliest),
        proposal.merged.records["ChangeRequest/CHG-1"],
        touched,
        {"mari": ["night"]},
        (),
    )
    assert said.codes == {"EMERGENCY_LIMIT"}


def test_a_change_did_not_begin_before_its_window(repo: Repo) -> None:
    story = town(repo)
    for name, start in (("CHG-2", "2026-11-20T08:00:00Z"), ("CHG-3", "2027-11-20T08:00:00Z")):  # one is moved ahead
        window = {"start": start, "end": "2027-11-21T08:00:00Z"}
        change(story, name, "vm-1", **{"class": "normal", "schedule": window}).merge("2026-09-20T08:00:00Z")
    proposal = story.propose()
    found = earliest.of(proposal, Evidence(), Roster.of(proposal.base, proposal.now))
    assert found == {"CHG-2": moment("2026-11-20T08:00:00Z")}


@pytest.mark.parametrize(("time", "passes"), [("2026-10-23T08:00:00Z", False), ("2026-10-23T07:59:59Z", True)])
def test_the_period_holds_its_first_instant(repo: Repo, time: str, passes: bool) -> None:
    story = town(repo)
    for name in ("CHG-2", "CHG-3"):
        change(story, name, "vm-1").merge(time)
    assert judge(change(story, "CHG-1", "vm-1")).allowed is passes


def test_items_taken_off_the_list_afterwards_still_count(repo: Repo) -> None:
    story = town(repo)
    for number in (1, 2):
        change(story, f"CHG-2{number}", "vm-1").merge("2026-11-20T08:00:00Z")
        change(story, f"CHG-2{number}", state="implemented").merge("2026-11-20T09:00:00Z")
    assert judge(change(story, "CHG-1", "vm-1")).codes == {"EMERGENCY_LIMIT"}


def test_emergencies_that_reach_no_service_are_limited_together(repo: Repo) -> None:
    story = town(repo)
    for number in (1, 2):
        change(story, f"CHG-2{number}").merge("2026-11-20T08:00:00Z")
    assert judge(change(story, "CHG-1")).codes == {"EMERGENCY_LIMIT"}


def test_an_emergency_that_goes_on_counts_once(repo: Repo) -> None:
    story = town(repo)
    change(story, "CHG-2", "vm-1").merge("2026-11-20T08:00:00Z")
    change(story, "CHG-1", "vm-1").merge("2026-11-21T08:00:00Z")
    change(story, "CHG-1", "vm-1", reason="More.")
    assert judge(story).allowed


# --- debts

REVIEW = {"review": {"on": "2026-11-20", "by": "mari"}}
MAKERS = {"kadri": "author of 1234567"}
WORK = Work(())


def owed(story: Story, decided: Decided = "open", now: str = NOW) -> tuple[Debt, ...]:
    proposal = story.propose(now)
    return emergency.debts(proposal, lambda record: emergency.Owes(decided, lacks(proposal, record, decided)))


def lacks(proposal: Proposal, record: Record, decided: Decided, work: Work = WORK) -> tuple[str, ...]:
    """By whom a review is, they gave their word for it."""
    review = record.data["spec"].get("review", {})
    word = (review.get("by", ""), canonical.digest(review))
    landed = Landed(proposal, Evidence(), Roster.of(proposal.base, proposal.now))
    return settling.lacks(decided, record, work, landed, MAKERS, {word})


def test_a_debt_runs_from_the_merge_in_which_the_work_began(repo: Repo) -> None:
    story = town(repo)
    change(story, "CHG-1", "vm-1", state="approved").merge("2026-11-10T08:00:00Z")
    change(story, "CHG-1", "vm-1").merge("2026-11-12T08:00:00Z")
    change(story, "CHG-1", "vm-1", state="implemented").merge("2026-11-14T08:00:00Z")
    (one,) = owed(story)
    assert one.change == "CHG-1"
    assert (one.began, one.deadline) == (moment("2026-11-12T08:00:00Z"), moment("2026-11-17T08:00:00Z"))
    assert set(one.reach.services) == {"loans"}
    assert not one.is_overdue(moment("2026-11-17T07:59:59Z"))
    assert one.is_overdue(moment("2026-11-17T08:00:00Z"))


@pytest.mark.parametrize("state", ["draft", "approved", "cancelled"])
def test_what_never_began_owes_nothing(repo: Repo, state: str) -> None:
    assert owed(change(town(repo), "CHG-1", "vm-1", state=state).merge()) == ()


def test_a_change_that_only_the_head_has_owes_nothing_yet(repo: Repo) -> None:
    assert owed(change(town(repo), "CHG-1", "vm-1")) == ()


@pytest.mark.parametrize(
    ("decided", "state", "spec", "lacks"),
    [
        ("open", "implemented", {}, 2),
        ("open", "implemented", REVIEW, 1),
        ("met", "implemented", {}, 1),
        ("met", "closed", REVIEW, 0),
        ("open", "closed", REVIEW, 1),  # closing pays nothing
        ("refused", "reviewed", REVIEW, 2),
        ("refused", "backed-out", {}, 1),
        ("refused", "backed-out", {"links": {"problems": ["PRB-1"]}}, 0),
        ("refused", "reviewed", {"links": {"problems": ["PRB-1"]}, "implementation": {"result": "backed-out"}}, 0),
        ("refused", "implemented", {"links": {"problems": ["PRB-1"]}}, 1),
        ("open", "backed-out", {"links": {"problems": ["PRB-1"]}}, 2),  # nobody refused it
    ],
)
def test_a_debt_is_paid_by_votes_and_review_or_if_refused_by_backing_out(
    repo: Repo, decided: Decided, state: str, spec: dict[str, Any], lacks: int
) -> None:
    story = change(town(repo), "CHG-1", "vm-1").merge()
    change(story, "CHG-1", "vm-1", state=state, **spec).merge()
    found = owed(story, decided)
    assert [len(one.lacks) for one in found] == ([lacks] if lacks else [])


@pytest.mark.parametrize("decided", ["open", "met", "refused"])
def test_what_nobody_can_tell_that_it_did_is_owed_to_be_told(repo: Repo, decided: Decided) -> None:
    story = change(town(repo), "CHG-1", "vm-1").merge()
    change(story, "CHG-1", "vm-1", state="backed-out", links={"problems": ["PRB-1"]}).merge()
    proposal = story.propose()
    record = proposal.base.records["ChangeRequest/CHG-1"]
    without, found = (lacks(proposal, record, decided, work) for work in (WORK, Work((), unknown=frozenset({"X/y"}))))
    (more,) = set(found) - set(without)
    assert "the statement in approvals/CHG-1/ that let it go ahead, to tell what it did to X/y" in more


@pytest.mark.parametrize(
    ("review", "says"),
    [
        ({"on": "2026-11-20"}, "spec.review.by"),
        ({"on": "2026-11-20", "by": "kadri"}, "kadri is author of 1234567"),
        ({"on": "2026-11-23", "by": "mari"}, "spec.review.on says 2026-11-23"),
        ({"on": "2026-11-22", "by": "mari"}, ""),
    ],
)
def test_a_review_by_its_makers_or_of_a_day_to_come_pays_nothing(repo: Repo, review: dict[str, str], says: str) -> None:
    story = change(town(repo), "CHG-1", "vm-1").merge()
    change(story, "CHG-1", "vm-1", state="reviewed", review=review).merge()
    found = [lacks for one in owed(story, "met") for lacks in one.lacks]
    assert len(found) == (1 if says else 0)
    assert says in "".join(found)


def test_what_appears_when_it_is_over_owes_as_any_other(repo: Repo) -> None:
    assert owed(change(town(repo), "CHG-1", "vm-1", state="closed").merge()) != ()  # somebody pushed past the gate


def test_what_came_with_the_founding_and_was_over_owes_nothing(repo: Repo) -> None:
    data = '{"apiVersion": "itsm/v1", "kind": "ChangeRequest", "metadata": {"name": "%s", "title": "Old"}, "spec": %s}'
    for name, state in (("CHG-1", "closed"), ("CHG-2", "implementing")):
        repo.write(f"records/changes/{name}.yaml", data % (name, f'{{"state": "{state}", "class": "emergency"}}'))
    assert [one.change for one in owed(town(repo))] == ["CHG-2"]


def test_without_a_policy_what_is_owed_is_due_at_once(repo: Repo) -> None:
    story = change(town(repo, policy=""), "CHG-1", "vm-1").merge("2026-11-22T07:00:00Z")
    (one,) = owed(story)
    assert one.is_overdue(moment(NOW))


@pytest.mark.parametrize(
    ("items", "class_", "more", "now", "code"),
    [
        (["vm-1"], "normal", {}, NOW, "DEBT"),
        (["vm-1"], "standard", {}, NOW, "DEBT"),
        (["vm-1"], "emergency", {}, NOW, ""),
        (["vm-1"], "normal", {"follows_up": "CHG-9"}, NOW, "FOLLOWS_UP"),
        (["vm-1"], "standard", {"follows_up": "CHG-9"}, NOW, "DEBT"),  # nobody votes on it
        (["vm-1", "vm-2"], "normal", {"follows_up": "CHG-9"}, NOW, "DEBT"),
        ([], "normal", {"follows_up": "CHG-9", "impact": {"services": ["loans"]}}, NOW, "DEBT"),
        (["vm-1"], "normal", {"follows_up": "CHG-8"}, NOW, "DEBT"),
        (["vm-1"], "normal", {"links": {"changes": ["CHG-9"]}}, NOW, "DEBT"),  # no vote binds that
        (["vm-2"], "normal", {}, NOW, ""),
        ([], "normal", {}, NOW, ""),
        (["vm-1"], "normal", {}, "2026-11-05T00:00:00Z", ""),  # not due yet
    ],
)
def test_an_overdue_debt_stops_the_next_change_of_the_same_services(
    repo: Repo, items: list[str], class_: str, more: dict[str, Any], now: str, code: str
) -> None:
    story = change(town(repo), "CHG-9", "vm-1").merge("2026-11-01T08:00:00Z")
    change(story, "CHG-1", *items, **{"class": class_, **more})
    proposal = story.propose(now)
    debts = emergency.debts(proposal, lambda record: emergency.Owes("open", lacks(proposal, record, "open")))
    record = proposal.merged.records["ChangeRequest/CHG-1"]
    said = emergency.blocked(proposal, record, (), class_, debts)
    assert [one.code for one in said] == ([code] if code else [])
    if code:
        assert said[0].details["common"] == ["loans"]
        assert said[0].allowed is (code == "FOLLOWS_UP")
        assert said[0].name == "CHG-9"


def test_a_debt_that_reaches_no_service_stops_its_like_and_its_records(repo: Repo) -> None:
    story = town(repo).put("ConfigurationItem", "lone", VM)
    change(story, "CHG-9", "lone").merge("2026-11-01T08:00:00Z")
    change(story, "CHG-1", "lone", **{"class": "normal"})
    change(story, "CHG-2", **{"class": "normal"})
    change(story, "CHG-3", "vm-1", **{"class": "normal"})
    proposal = story.propose()
    debts = emergency.debts(proposal, lambda record: emergency.Owes("open", lacks(proposal, record, "open")))
    stopped = [
        bool(emergency.blocked(proposal, proposal.merged.records[f"ChangeRequest/CHG-{n}"], (), "normal", debts))
        for n in (1, 2, 3)
    ]
    assert stopped == [True, True, False]


def test_where_a_change_cannot_be_read_nobody_knows_what_is_owed(repo: Repo) -> None:
    story = town(repo)
    repo.write(story.home("ChangeRequest", "CHG-9"), "{")
    change(story.merge(), "CHG-1", "vm-1")
    with pytest.raises(CannotJudge, match=r"CHG-9\.yaml cannot be read"):
        judge(story)
    with pytest.raises(CannotJudge, match=r"CHG-9\.yaml cannot be read"):
        owed(story)
