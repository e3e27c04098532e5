"""Votes against approval rules: who counts, who does not and why, what is lacking, and the shortest way out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from board import CHANGE, ITEM, NOW, basis, change, database, delegation, person, record, role, rule
from msgspec.structs import replace

from itsmctl import cel, rulebook, snapshot, sources
from itsmctl.errors import CannotJudge
from itsmctl.gate.applying import environment
from itsmctl.gate.ballots import count, in_role
from itsmctl.roster import Roster
from itsmctl.votes import FieldMove, NoVote

if TYPE_CHECKING:
    from board import Asked

    from itsmctl.gate.rules import Answer
    from itsmctl.gate.verdict import Verdict


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    """db-01 goes from version 2 to 1, under a change that is new."""
    return basis(database(2)).head(database(1), change()).ask(tmp_path)


def codes(answer: Answer) -> set[str]:
    return {code for one in answer.grounds for code in one.codes}


def vote_of(answer: Answer, who: str) -> Verdict:
    found = [one for ground in answer.grounds for one in ground.walk() if (one.what, one.name) == ("vote", who)]
    assert found, f"{who} is not named"
    return found[0]


def says_next(answer: Answer) -> str:
    return next((one.says for one in answer.grounds if one.what == "next"), "")


def test_two_of_the_board_and_the_owner_are_enough(asked: Asked) -> None:
    answer = asked.judge(asked.vote("liis"), asked.vote("mari"), asked.vote("kadri"))
    assert answer.met
    assert [one.says for one in answer.grounds] == [f"2 × board, 1 × owner of {ITEM}"]
    assert sorted(one.person for one in answer.votes) == ["kadri", "liis", "mari"]
    assert all(vote_of(answer, who).details["counted"] for who in ("liis", "mari", "kadri"))


def test_without_a_vote_the_fewest_who_could_are_named(asked: Asked) -> None:
    answer = asked.judge(asked.vote("mari"))
    assert not answer.met
    assert codes(answer) == {"LACKING"}
    expected = f"jaan or kadri (owner of {ITEM}) and liis or tonu (board) vote:  itsmctl change approve {CHANGE}"
    assert says_next(answer) == expected
    (ground, way) = answer.grounds
    assert [one["missing"] for one in ground.details["lacking"]] == [1, 1]
    assert way.details["persons"][0]["instead"] == ["kadri"]


def test_one_vote_does_not_count_twice_in_a_rule(tmp_path: Path) -> None:
    held = basis(database(2), role("database-team", "mari", "liis"))
    asked = held.head(database(1), change()).ask(tmp_path)
    assert not asked.judge(asked.vote("mari"), asked.vote("liis")).met
    assert asked.judge(asked.vote("mari"), asked.vote("liis"), asked.vote("tonu")).met


def test_one_vote_counts_in_each_rule(tmp_path: Path) -> None:
    held = basis(database(2), rule("second", {"role": "board"}))
    asked = held.head(database(1), change()).ask(tmp_path)
    assert asked.judge(asked.vote("mari"), asked.vote("liis"), asked.vote("jaan")).met


WHO = [
    ({"contributors": {"liis": "author of 3f2a1c9"}}, "CONTRIBUTOR", "author of 3f2a1c9"),
    ({"own_entry": {"liis": "the head alters Person/liis"}}, "OWN_ENTRY", "the head alters Person/liis"),
]


@pytest.mark.parametrize(("facts", "code", "says"), WHO)
def test_whom_the_head_bars_does_not_approve(asked: Asked, facts: dict[str, Any], code: str, says: str) -> None:
    answer = asked.judge(asked.vote("liis"), asked.vote("mari"), asked.vote("kadri"), **facts)
    assert not answer.met
    assert (vote_of(answer, "liis").code, vote_of(answer, "liis").says) == (code, says)
    assert says_next(answer).startswith("tonu (board) votes")


def test_a_delegate_of_a_contributor_does_not_approve(tmp_path: Path) -> None:
    held = basis(database(2), delegation("kadri", "liis", "database-team"))
    asked = held.head(database(1), change()).ask(tmp_path)
    facts = {"contributors": {"kadri": "author of 3f2a1c9"}}
    answer = asked.judge(asked.vote("liis"), asked.vote("mari"), asked.vote("jaan"), **facts)
    assert vote_of(answer, "liis").code == "DELEGATE_OF_CONTRIBUTOR"
    assert not answer.met


def test_delegate_and_delegator_are_one_vote(tmp_path: Path) -> None:
    held = basis(database(2), delegation("mari", "pille", "board"))
    asked = held.head(database(1), change()).ask(tmp_path)
    both = asked.judge(asked.vote("mari"), asked.vote("pille"), asked.vote("kadri"))
    assert not both.met
    assert {vote_of(both, "mari").code, vote_of(both, "pille").code} == {"", "ONE_VOTE"}
    answer = asked.judge(asked.vote("liis"), asked.vote("pille"), asked.vote("kadri"))
    assert answer.met
    assert vote_of(answer, "pille").details["via"] == "mari"


def test_a_delegation_joins_two_in_its_roles_and_no_further(tmp_path: Path) -> None:
    """Two of the board: mari let liis vote, and liis let kadri, in another role; kadri is of the board as well."""
    holders = role("board", "mari", "liis", "kadri")
    chain = (delegation("mari", "liis", "board"), delegation("liis", "kadri", "steering"))
    two = rule("all", {"role": "board", "count": 2})
    asked = basis(database(2), holders, *chain, two, role("steering", "liis")).head(database(1), change()).ask(tmp_path)
    assert asked.judge(asked.vote("liis"), asked.vote("kadri")).met
    assert asked.judge(asked.vote("mari"), asked.vote("kadri")).met
    lone = asked.judge(asked.vote("mari"), asked.vote("liis"))
    assert not lone.met
    says = "since delegation mari-liis is in force until 2026-11-30"
    assert says in vote_of(lone, "mari").says + vote_of(lone, "liis").says
    stuck = asked.judge(own_entry={"kadri": "this head alters Person/kadri"})
    (deadlock,) = [one for ground in stuck.grounds for one in ground.walk() if one.code == "DEADLOCK"]
    assert f"liis and mari are one vote, {says}" in deadlock.says
    assert "End that delegation (a governance change, merged before), or wait until it is over" in deadlock.says
    assert "make the change" not in deadlock.says  # nobody could, so that the others suffice
    made = basis(database(2), holders, two).head(database(1), change()).ask(tmp_path / "made")
    stuck = made.judge(contributors={"mari": "author", "kadri": "author"})
    (deadlock,) = [one for ground in stuck.grounds for one in ground.walk() if one.code == "DEADLOCK"]
    assert "Let jaan, liis, pille or somebody else make the change" in deadlock.says


PERSONS: list[tuple[Any, str]] = [
    (person("liis", type="bot"), "BOT"),
    (person("liis", active_to="2026-11-21"), "INACTIVE"),
    (role("board", "mari", "tonu"), "NO_ROLE"),
    (role("board", "mari", "tonu", {"person": "liis", "from": "2020-01-01", "to": "2026-11-21"}), "NO_ROLE"),
]


@pytest.mark.parametrize(("entry", "code"), PERSONS)
def test_who_is_not_what_the_rule_asks_for_does_not_count(tmp_path: Path, entry: Any, code: str) -> None:
    asked = basis(database(2), entry).head(database(1), change()).ask(tmp_path)
    answer = asked.judge(asked.vote("liis"), asked.vote("mari"), asked.vote("kadri"))
    assert not answer.met
    assert vote_of(answer, "liis").code == code


def test_nobody_of_that_name_is_unknown(asked: Asked) -> None:
    answer = asked.judge(asked.vote("mallory"), asked.vote("mari"), asked.vote("kadri"))
    assert vote_of(answer, "mallory").code == "UNKNOWN"
    assert not answer.met


def test_a_role_at_the_head_does_not_judge_it(tmp_path: Path) -> None:
    held = basis(database(2), rule("law", {"role": "steering"}, **{"for": "governance"}))
    asked = held.head(database(1), change(), role("board", "mari", "jaan")).ask(tmp_path)
    answer = asked.judge(asked.vote("jaan"), asked.vote("mari"), asked.vote("kadri"), asked.vote("pille"))
    assert "LACKING" in codes(answer)


TIMES: list[tuple[dict[str, Any], str]] = [
    ({"expires_at": NOW}, "EXPIRED"),
    ({"key_until": NOW}, "EXPIRED_KEY"),
    ({"drafted": True}, "NOT_SUBMITTED"),
    ({"target": "refs/heads/release"}, "RETARGETED"),
    ({"repository": "elsewhere"}, "RETARGETED"),
    ({"subject": "0" * 64}, "MALFORMED"),
    ({"tier": "T2"}, "TIER_TOO_LOW"),
    ({"tier": "T0"}, "TIER_TOO_LOW"),
    ({"role": "database-team"}, "NO_ROLE"),
]


@pytest.mark.parametrize(("facts", "code"), TIMES)
def test_a_vote_that_does_not_hold_any_more(asked: Asked, facts: dict[str, Any], code: str) -> None:
    answer = asked.judge(asked.vote("liis", **facts), asked.vote("mari"), asked.vote("kadri"))
    assert vote_of(answer, "liis").code == code
    assert not answer.met


def test_a_vote_for_another_change_is_no_vote_here(asked: Asked) -> None:
    answer = asked.judge(asked.vote("liis", change="CHG-2026-0002"), asked.vote("mari"), asked.vote("kadri"))
    assert not answer.met


def test_a_stale_vote_names_the_field_of_the_change(asked: Asked) -> None:
    content = {**asked.content, "spec": {**asked.content["spec"], "risk": {"level": "high"}}}
    answer = asked.judge(asked.vote("liis", content=content), asked.vote("mari"), asked.vote("kadri"))
    stale = vote_of(answer, "liis")
    assert stale.code == "STALE"
    assert '/spec/risk/level "high" → "low"' in stale.says


def test_a_stale_vote_names_the_field_of_the_item(asked: Asked) -> None:
    (line,) = asked.lines
    moved = {ITEM: (FieldMove("/spec/version", "2", "3"),)}
    other = asked.vote("liis", lines=(replace(line, after="0" * 64),), moves=moved)
    answer = asked.judge(other, asked.vote("mari"), asked.vote("kadri"))
    assert vote_of(answer, "liis").code == "STALE"
    assert vote_of(answer, "liis").says.startswith(f'{ITEM} /spec/version "3" → "1"')
    assert vote_of(answer, "liis").details["moved"] == [[f"{ITEM} /spec/version", '"3" → "1"']]


def test_a_vote_goes_stale_when_the_base_moves_the_record(asked: Asked) -> None:
    (line,) = asked.lines
    old = asked.vote("liis", lines=(replace(line, before="0" * 64),), moves={})
    answer = asked.judge(old, asked.vote("mari"), asked.vote("kadri"))
    assert vote_of(answer, "liis").says.startswith(f"{ITEM} is another at the base since")


def test_a_vote_on_fewer_or_more_lines_is_stale(asked: Asked) -> None:
    (line,) = asked.lines
    more = replace(line, name="db-02")
    for lines in ((), (line, more)):
        answer = asked.judge(asked.vote("liis", lines=lines), asked.vote("mari"), asked.vote("kadri"))
        assert vote_of(answer, "liis").code == "STALE"
    in_parts = [asked.vote(who, lines=(line, more)) for who in ("liis", "mari", "kadri")]
    assert asked.judge(*in_parts, in_parts=True).met
    mixed = [in_parts[0], in_parts[1], asked.vote("kadri")]
    answer = asked.judge(*mixed, in_parts=True)
    assert not answer.met, "votes on different lines do not add up"
    assert vote_of(answer, "kadri").code == "OTHER_LINES"


def test_a_review_counts_where_the_rule_says_so_and_its_commit_holds_the_same(tmp_path: Path) -> None:
    held = basis(database(2), rule("all", {"role": "board"}, min_tier="T2"))
    asked = held.head(database(1), change()).ask(tmp_path)
    fresh = {"reviewed": {"a" * 40: asked.reviewed()}}
    assert asked.judge(asked.review("liis"), **fresh).met
    assert vote_of(asked.judge(asked.review("liis")), "liis").code == "UNVERIFIABLE"
    other = {"reviewed": {"a" * 40: asked.reviewed(lines=())}}
    assert vote_of(asked.judge(asked.review("liis"), **other), "liis").code == "STALE"
    assert not asked.judge(asked.review("liis", tier="T1"), **fresh).met


def test_a_veto_denies_whatever_the_count(asked: Asked) -> None:
    enough = [asked.vote(who) for who in ("liis", "mari", "tonu", "kadri")]
    answer = asked.judge(*enough, asked.vote("pille", "reject", reason="No backup."))
    assert codes(answer) == {"VETO"}
    assert "pille rejects it as security: No backup." in str([one.says for one in answer.grounds[0].walk()])
    assert asked.judge(*enough, asked.vote("jaan", "reject")).met, "who has no veto stops nothing"


SHAKEN: list[dict[str, Any]] = [
    {"contributors": {"pille": "co-author of 3f2a1c9"}},
    {"own_entry": {"pille": "the head alters Person/pille"}},
]


@pytest.mark.parametrize("facts", SHAKEN)
def test_a_head_does_not_shake_off_a_veto_by_naming_its_voter(asked: Asked, facts: dict[str, Any]) -> None:
    enough = [asked.vote(who) for who in ("liis", "mari", "kadri")]
    assert "VETO" in codes(asked.judge(*enough, asked.vote("pille", "reject"), **facts))


def test_a_veto_holds_over_other_lines_and_another_branch_and_not_over_another_content(asked: Asked) -> None:
    enough = [asked.vote(who) for who in ("liis", "mari", "kadri")]
    for facts in ({"lines": ()}, {"target": "refs/heads/release"}):
        assert "VETO" in codes(asked.judge(*enough, asked.vote("pille", "reject", **facts)))
    old = asked.vote("pille", "reject", content={"spec": {}})
    assert asked.judge(*enough, old).met


def test_a_veto_by_review_counts_if_the_forge_was_asked(asked: Asked) -> None:
    enough = [asked.vote(who) for who in ("liis", "mari", "kadri")]
    fresh = {"reviewed": {"a" * 40: asked.reviewed()}}
    assert "VETO" in codes(asked.judge(*enough, asked.review("pille", decision="reject"), **fresh))
    assert asked.judge(*enough, asked.review("pille", decision="reject", tier="T1"), **fresh).met


def test_who_withdraws_takes_back_the_approval(asked: Asked) -> None:
    enough = [asked.vote(who) for who in ("liis", "mari", "kadri")]
    back = asked.vote("liis", "withdraw", lines=(), content={}, issued_at=NOW - timedelta(minutes=1))
    answer = asked.judge(*enough, back)
    assert not answer.met
    assert "WITHDRAWN" in {one.code for one in answer.grounds[0].walk()}
    earlier = replace(back, issued_at=NOW - timedelta(days=1))
    assert asked.judge(*enough, earlier).met


def test_weaker_evidence_does_not_lift_a_withdrawal(tmp_path: Path) -> None:
    asked = basis(database(2), rule("all", {"role": "board"}, min_tier="T2")).head(database(1), change()).ask(tmp_path)
    fresh = {"reviewed": {"a" * 40: asked.reviewed()}}
    back = asked.vote("liis", "withdraw", issued_at=NOW - timedelta(hours=2))
    assert not asked.judge(back, asked.review("liis"), **fresh).met


def test_refused_evidence_is_shown_with_its_reason(asked: Asked) -> None:
    gone = NoVote("REVOKED", "its key is compromised since 2026-11-01", "approvals/x", CHANGE, "liis")
    answer = asked.judge(asked.vote("mari"), asked.vote("kadri"), refused=(gone,))
    assert vote_of(answer, "liis").code == "REVOKED"
    assert not answer.met


def test_no_rule_that_applies_denies(tmp_path: Path) -> None:
    asked = basis(database(2), rule("all", {"role": "board"}, when="false")).head(database(1), change()).ask(tmp_path)
    answer = asked.judge(asked.vote("mari"))
    assert codes(answer) == {"NO_RULE"}
    assert "none of all applies" in answer.grounds[0].says


def test_governance_needs_a_rule_of_its_own(tmp_path: Path) -> None:
    held = basis(database(2))
    asked = held.head(change(), role("board", "mari", "jaan", "liis")).ask(tmp_path / "a")
    assert codes(asked.judge(*[asked.vote(who) for who in ("mari", "liis", "pille")])) == {"NO_RULE"}
    law = rule("law", {"role": "steering", "count": 2}, **{"for": "governance"})
    asked = basis(database(2), law).head(change(), role("board", "mari", "jaan", "liis")).ask(tmp_path / "b")
    assert not asked.judge(asked.vote("mari")).met
    assert asked.judge(asked.vote("mari"), asked.vote("pille")).met


def test_a_change_without_items_is_judged_by_the_rules_for_changes(tmp_path: Path) -> None:
    held = basis(database(2), rule("all", {"role": "board"}))
    asked = held.head(change(items=[])).ask(tmp_path)
    assert not asked.judge().met
    assert asked.judge(asked.vote("mari")).met


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("change.spec.rsk == 1", "did you mean risk?"),
        ("change.spec.schedule.start == 'x'", "schedule"),
        ("true || change.spec.risk.level", "needs true or false"),
    ],
)
def test_a_rule_that_errs_denies_in_the_words_of_cel(tmp_path: Path, when: str, words: str) -> None:
    held = basis(database(2), rule("odd", {"role": "board"}, when=when))
    asked = held.head(database(1), change()).ask(tmp_path)
    answer = asked.judge(*[asked.vote(who) for who in ("mari", "liis", "kadri")])
    assert codes(answer) == {"RULE_ERROR"}
    assert words in next(one.says for one in answer.grounds if one.code == "RULE_ERROR")


@pytest.mark.parametrize("versions", [(2, 1), (1, 2)])
def test_a_rule_applies_if_it_does_before_or_after(tmp_path: Path, versions: tuple[int, int]) -> None:
    before, after = versions
    when = "items.exists(i, i.kind == 'ConfigurationItem' && i.spec.version == '2')"
    held = basis(database(before), rule("two", {"role": "steering"}, when=when))
    asked = held.head(database(after), change()).ask(tmp_path)
    answer = asked.judge(*[asked.vote(who) for who in ("liis", "mari", "kadri")])
    assert [one.name for one in answer.grounds if one.what == "rule"] == ["all", "two"]


HIGH = rule("high", {"role": "steering"}, when="change.spec.risk.level == 'high'")
LOW = rule("low", {"role": "board"}, when="change.spec.risk.level == 'low'")


def _names(answer: Answer) -> list[str]:
    return [one.name for one in answer.grounds if one.what == "rule"]


def test_what_the_author_declares_does_not_lower_the_bar(tmp_path: Path) -> None:
    loans = record("Service", "loans", {"state": "live", "criticality": "critical", "components": [{"item": "db-01"}]})
    risk = {"likelihood": "medium", "impact": "low", "level": "low"}
    claim = {"not_affected": [{"service": "loans", "reason": "None."}]}
    plain = basis(database(2), HIGH, LOW).head(database(1), change(risk=risk, impact=claim)).ask(tmp_path / "a")
    assert _names(plain.judge()) == ["all", "low"]
    behind = basis(database(2), HIGH, LOW, loans).head(database(1), change(risk=risk, impact=claim)).ask(tmp_path / "b")
    assert _names(behind.judge()) == ["all", "high", "low"], "the declared one applies as well"


def test_a_service_that_the_head_takes_away_still_weighs(tmp_path: Path) -> None:
    loans = record("Service", "loans", {"state": "live", "criticality": "critical", "components": [{"item": "db-01"}]})
    off = record("Service", "loans", {"state": "live", "criticality": "low"})
    risk = {"likelihood": "medium", "impact": "low", "level": "low"}
    asked = basis(database(2), HIGH, LOW, loans).head(database(1), off, change(risk=risk)).ask(tmp_path)
    assert "high" in _names(asked.judge())


def test_the_risk_that_stood_at_the_base_still_counts(tmp_path: Path) -> None:
    high = change(state="assessed", risk={"likelihood": "high", "impact": "high", "level": "high"})
    asked = basis(database(2), HIGH, LOW, high).head(database(1), change()).ask(tmp_path)
    assert _names(asked.judge()) == ["all", "high", "low"]


def test_owners_before_and_after_agree(tmp_path: Path) -> None:
    held = basis(database(2), rule("all", {"owner_of": "items"}))
    asked = held.head(database(2, "Role/steering"), change()).ask(tmp_path)
    assert not asked.judge(asked.vote("kadri")).met
    assert not asked.judge(asked.vote("pille")).met
    assert asked.judge(asked.vote("kadri"), asked.vote("pille")).met


def test_an_owner_whom_nobody_is_asks_the_fallback(tmp_path: Path) -> None:
    held = basis(database(2, "Role/gone"), role("gone"), rule("all", {"owner_of": "items"}))
    asked = held.head(database(1, "Role/gone"), change()).ask(tmp_path / "a")
    answer = asked.judge(asked.vote("mari"))
    assert "DEADLOCK" in codes(answer)
    assert "owner_fallback" in next(one.says for one in answer.grounds[0].walk() if one.code == "DEADLOCK")
    held = replace(held, settings={"owner_fallback": "steering"})
    asked = held.head(database(1, "Role/gone"), change()).ask(tmp_path / "b")
    assert asked.judge(asked.vote("mari")).met


def test_nothing_has_no_owner_so_that_the_other_requirements_decide(tmp_path: Path) -> None:
    held = replace(
        basis(rule("all", {"owner_of": "items"}, {"role": "steering"})), settings={"owner_fallback": "steering"}
    )
    asked = held.head(change(items=[])).ask(tmp_path)
    assert not asked.judge().met
    assert asked.judge(asked.vote("mari")).met


def test_owners_of_services_are_those_behind_the_items(tmp_path: Path) -> None:
    loans = record("Service", "loans", {"state": "live", "components": [{"item": "db-01"}]}, "Role/security")
    held = basis(database(2), loans, rule("all", {"owner_of": "services"}))
    asked = held.head(database(1), change()).ask(tmp_path)
    assert not asked.judge(asked.vote("kadri")).met
    assert asked.judge(asked.vote("pille")).met


def test_what_nobody_could_meet_is_a_deadlock_with_what_to_do(asked: Asked) -> None:
    answer = asked.judge(contributors={"liis": "author of 3f2a1c9", "mari": "requester"})
    assert codes(answer) == {"LACKING", "DEADLOCK"}
    says = next(one.says for one in answer.grounds[0].walk() if one.code == "DEADLOCK")
    assert "nobody could meet 2 × board: tonu could vote" in says
    assert "liis: CONTRIBUTOR (author of 3f2a1c9)" in says
    assert "name another holder in Role/board" in says
    assert says_next(answer) == ""


def test_who_has_no_key_cannot_be_waited_for(tmp_path: Path) -> None:
    held = basis(database(2), person("tonu", keys=[]), person("liis", keys=[]))
    asked = held.head(database(1), change()).ask(tmp_path)
    answer = asked.judge(asked.vote("mari"), asked.vote("kadri"))
    assert "DEADLOCK" in codes(answer)


def test_a_limit_is_a_limit(tmp_path: Path) -> None:
    held = basis(database(2), rule("all", {"role": "board"}, limits={"records": 1}))
    second = record("ConfigurationItem", "db-02", {"type": "database", "state": "planned"})
    asked = held.head(database(1), second, change()).ask(tmp_path)
    assert codes(asked.judge(asked.vote("mari"))) == {"OVER_LIMIT"}


def test_faults_in_who_is_who_leave_no_verdict(tmp_path: Path) -> None:
    twice = person("tonu", emails=["mari@example.org"])
    asked = basis(database(2), twice).head(database(1), change()).ask(tmp_path)
    with pytest.raises(CannotJudge, match=r"mari@example.org is claimed by Person/mari and Person/tonu"):
        asked.judge(asked.vote("mari"))


def test_a_rule_that_breaks_its_schema_leaves_no_verdict(tmp_path: Path) -> None:
    broken = record("ApprovalRule", "broken", {"for": "changes", "require": []})
    asked = basis(database(2), broken).head(database(1), change()).ask(tmp_path)
    with pytest.raises(CannotJudge, match="ApprovalRule/broken breaks its schema"):
        asked.judge(asked.vote("mari"))


def test_a_veto_role_that_is_not_there_denies(tmp_path: Path) -> None:
    held = basis(database(2), rule("all", {"role": "board"}, veto=["securty"]))
    asked = held.head(database(1), change()).ask(tmp_path)
    assert codes(asked.judge(asked.vote("mari"))) == {"RULE_ERROR"}


@pytest.mark.parametrize(
    "when",
    [
        "services_behind(change).exists(s, s.metadata.name == 'loans')",
        "refs(change, 'ConfigurationItem').exists(i, referrers(i, 'Service').exists(s, s.metadata.name == 'loans'))",
    ],
)
def test_functions_see_the_records_before_and_after(tmp_path: Path, when: str) -> None:
    loans = record("Service", "loans", {"state": "live", "components": [{"item": "db-01"}]})
    off = record("Service", "loans", {"state": "live"})
    asking = rule("loans", {"role": "steering"}, when=when)
    for name, before, after in (("a", loans, off), ("b", off, loans), ("c", off, off)):
        held = basis(database(2), asking, before, change(state="scheduled"))
        asked = held.head(database(1), after, change()).ask(tmp_path / name)
        assert _names(asked.judge()) == (["all"] if name == "c" else ["all", "loans"])


def test_the_rules_of_the_example_compile() -> None:
    folder = Path(__file__).resolve().parent.parent / "example-repo"
    source = sources.WorkTree(folder, None)
    head = snapshot.read(source, rulebook.law(source))
    names = environment(rulebook.builtin().types)
    for one in head.by_kind["ApprovalRule"]:
        names.compile(one.data["spec"].get("when", "true"), expect=cel.BOOL)
    assert not Roster.of(head, NOW).faults


def test_solo_lets_a_contributor_count_in_a_role_and_nobody_else(asked: Asked) -> None:
    cast = [asked.vote("liis"), asked.vote("mari")]
    box = asked.box(*cast, contributors={"liis": "author", "mari": "author"}, own_entry={"mari": "alters Person/mari"})
    held = count(box)
    assert in_role(held, box.roster, "board") == []
    assert [one.person for one in in_role(held, box.roster, "board", solo=True)] == ["liis"]
    assert in_role(held, box.roster, "steering", solo=True) == []
