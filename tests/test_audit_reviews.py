"""Merges that went in on reviews of a forge are replayed with what was kept of those, and nothing that came later."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from court import Court, change
from test_audit_history import kept, replayed
from test_change_backout import WHY
from test_gate_flows import DB, INCIDENT, voted
from test_gate_threats_identity import reviewed

from itsmctl.evidence import exported
from itsmctl.evidence.reviews import AccountPart, PushPart, ReviewPart, Reviews

MARI = {"id": 101, "login": "mari"}


@pytest.fixture
def pull(court: Court, tmp_path: Path) -> Court:
    """A head that mari's review lets through, in a file under the receipts."""
    (tmp_path / "receipts").mkdir()
    reviewed(court, tmp_path / "receipts", MARI, MARI)
    return court


def file(tmp_path: Path) -> Path:
    return tmp_path / "receipts/reviews.json"


def again(tmp_path: Path, reviews: Sequence[ReviewPart] | None = None, **values: Any) -> None:
    """The file as another reading would have written it."""
    found = exported.read(file(tmp_path).read_bytes())
    data = {name: getattr(found, name) for name in Reviews.model_fields}
    data |= {"reviews": tuple(reviews)} if reviews is not None else {}
    file(tmp_path).write_bytes(exported.write(Reviews(**{**data, **values})))


def review(court: Court, number: int, decision: str, at: str) -> ReviewPart:
    mari = AccountPart(**MARI, is_bot=False)
    head = court.repo.git("rev-parse", "pr")
    return ReviewPart(
        id=number, account=mari, decision=decision, at=datetime.fromisoformat(at), commit=head, drafted=False
    )


def agreed(court: Court, message: str = "Update") -> None:
    """A change on a branch of its own, with both votes."""
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", message)
    voted(court, "CHG-1", "liis", "kadri")


def merged(court: Court, how: str = "merge", at: str = "2026-12-01T22:40:00Z") -> None:
    court.checkout("main")
    court.merge("pr", "tonu", how=how, at=at)  # whoever squashes is its author


def asked(court: Court, tmp_path: Path) -> tuple[int, list[str], str]:
    """Exit code, rules that are broken, and all that is said."""
    ran = court.run("mari", "audit", "history", "main~1..main", "-f", "json", "--receipts", str(tmp_path / "receipts"))
    assert ran.code in (0, 1), ran.stderr
    report = json.loads(ran.stdout)
    return ran.code, [one["rule"] for one in report["findings"]], ran.stdout


def test_reviews_that_were_kept_say_who_had_agreed(pull: Court, tmp_path: Path) -> None:
    assert pull.gate("--reviews", f"exported:{file(tmp_path)}").outcome == "ALLOWED"
    merged(pull)
    code, found = replayed(pull, "main~1..main")
    assert (code, [one["rule"] for one in found]) == (1, ["UNGATED_MERGE"])
    assert asked(pull, tmp_path)[:2] == (0, [])
    ran = pull.run("mari", "audit", "history", "main~1..main", "--receipts", str(tmp_path / "receipts"))
    assert "1 with reviews that were kept, which nobody signed" in " ".join(ran.stdout.split())


def test_what_was_read_live_counts_as_that(pull: Court, tmp_path: Path) -> None:
    pull.checkout("main")
    pull.edit("ApprovalRule/normal", {"/spec/min_tier": "T2", "/spec/serial": 3})
    pull.commit("rein", "Exports do not count")
    pull.checkout("pr")
    assert pull.gate("--reviews", f"exported:{file(tmp_path)}").outcome == "DENIED"
    merged(pull)
    assert asked(pull, tmp_path)[:2] == (0, [])


def test_of_what_is_missing_the_name_is_told(pull: Court, tmp_path: Path) -> None:
    receipt = str(tmp_path / "receipts/receipt.json")
    assert pull.gate("--reviews", f"exported:{file(tmp_path)}", "--receipt", receipt).outcome == "ALLOWED"
    merged(pull)
    aside = file(tmp_path).read_bytes()
    file(tmp_path).unlink()
    code, rules, said = asked(pull, tmp_path)
    assert (code, rules) == (1, ["UNGATED_MERGE"])
    assert "its receipt counts reviews of github:town/records#12, and no file of those is among the receipts" in said
    assert "itsmctl change reviews 'github:town/records#12' --out DIR/github-town-records-12.json" in said
    file(tmp_path).write_bytes(aside)
    assert asked(pull, tmp_path)[:2] == (0, [])


def test_a_squash_is_known_by_its_receipt(pull: Court, tmp_path: Path) -> None:
    receipt = tmp_path / "receipts/receipt.json"
    judged = pull.gate("--reviews", f"exported:{file(tmp_path)}", "--receipt", str(receipt))
    assert judged.outcome == "ALLOWED"
    merged(pull, how="squash")
    assert asked(pull, tmp_path)[:2] == (0, [])
    receipt.unlink()
    assert asked(pull, tmp_path)[:2] == (1, ["UNGATED_MERGE"])


@pytest.mark.parametrize(
    ("decisions", "code"),
    [
        ([("approve", "2026-12-01T22:41:00Z")], 1),  # after the merge
        ([("approve", "2026-12-01T22:30:00Z"), ("reject", "2026-12-01T22:35:00Z")], 1),
        ([("approve", "2026-12-01T22:30:00Z"), ("reject", "2026-12-01T22:41:00Z")], 0),
        ([("reject", "2026-12-01T22:30:00Z"), ("approve", "2026-12-01T22:35:00Z")], 0),
    ],
)
def test_what_was_decided_by_the_merge_counts(
    pull: Court, tmp_path: Path, decisions: list[tuple[str, str]], code: int
) -> None:
    made = [review(pull, number, decision, at) for number, (decision, at) in enumerate(decisions, 1)]
    again(tmp_path, made, collected_at=datetime.fromisoformat("2026-12-03T08:00:00Z"))
    merged(pull)
    assert asked(pull, tmp_path)[0] == code


@pytest.mark.parametrize("what", ["old", "head", "base", "edited", "cut"])
def test_a_file_that_does_not_tell_of_the_merge_counts_for_nothing(pull: Court, tmp_path: Path, what: str) -> None:
    merged(pull)
    held = exported.read(file(tmp_path).read_bytes())
    if what == "old":
        again(tmp_path, collected_at=held.collected_at - timedelta(days=2))
    elif what in ("head", "base"):
        again(tmp_path, **{what: {"head": "a" * 40, "base": "refs/heads/other"}[what]})
    else:
        content = file(tmp_path).read_bytes()
        file(tmp_path).write_bytes(content.replace(b"approve", b"Approve") if what == "edited" else content[:-9])
    code, rules, _ = asked(pull, tmp_path)
    assert (code, "UNGATED_MERGE" in rules) == (1, True)
    assert ("RECEIPT_UNREADABLE" in rules) == (what in ("edited", "cut"))


def test_the_newest_file_of_a_pull_request_is_taken(pull: Court, tmp_path: Path) -> None:
    (tmp_path / "receipts/earlier.json").write_bytes(file(tmp_path).read_bytes())
    decided = [("approve", "2026-12-01T22:30:00Z"), ("reject", "2026-12-01T22:35:00Z")]
    made = [review(pull, number, decision, at) for number, (decision, at) in enumerate(decided, 1)]
    again(tmp_path, made, collected_at=datetime.fromisoformat("2026-12-01T22:36:00Z"))
    merged(pull)
    assert asked(pull, tmp_path)[0] == 1


def test_a_receipt_that_had_run_out_excuses_nothing(court: Court, tmp_path: Path) -> None:
    agreed(court)
    given = kept(court, tmp_path, "pr")
    court.merge("pr", at="2026-12-02T02:00:00Z")  # the window ends then
    code, found = replayed(court, "main", *given)
    assert (code, [one["rule"] for one in found]) == (1, ["UNGATED_MERGE"])
    assert "receipt.json let it through until 2026-12-02T02:00Z, and it was merged after that" in found[0]["message"]


def test_of_a_vote_that_does_not_count_it_is_told_why(court: Court) -> None:
    agreed(court, "Update\n\nCo-authored-by: kadri <kadri@town.example>")
    court.merge("pr", at="2026-12-01T22:40:00Z")
    code, found = replayed(court, "main")
    assert (code, [one["rule"] for one in found]) == (1, ["UNGATED_MERGE"])
    assert "; ignored: kadri CONTRIBUTOR (co-author of " in found[0]["message"]


def test_what_is_merged_a_while_after_it_was_judged_is_clean(court: Court, tmp_path: Path) -> None:
    agreed(court)
    given = kept(court, tmp_path, "pr")
    court.merge("pr", at="2026-12-02T01:50:00Z")  # no commit of the future, though the receipt is of 22:30
    assert replayed(court, "main", *given) == (0, [])


def test_a_receipt_is_verified_with_the_file_of_then(pull: Court, tmp_path: Path) -> None:
    receipt = tmp_path / "receipts/receipt.json"
    given = ("--reviews", f"exported:{file(tmp_path)}")
    assert pull.gate(*given, "--receipt", str(receipt)).outcome == "ALLOWED"
    merged(pull)
    pull.now = "2026-12-03T08:00:00Z"
    ran = pull.run("mari", "receipt", "verify", str(receipt), "--commit", "main", *given)
    assert (ran.code, "RECEIPT_DIFFERS" in ran.stdout, "RECEIPT_OVER" in ran.stdout) == (1, False, True), ran.stderr
    pull.checkout("pr")
    assert pull.gate(*given).code == 3  # the gate itself takes no file of the day before yesterday


def test_a_backout_says_beforehand_that_no_vote_is_kept(pull: Court, tmp_path: Path) -> None:
    merged(pull)
    pull.put(INCIDENT)
    pull.commit("mari", "Nobody can lend")
    pull.branch("back")
    held = pull.repo.git("count-objects")
    ran = pull.run("jaan", "change", "backout", "CHG-1", "--base", "main", *WHY)
    assert ran.code == 1, ran.stdout + ran.stderr
    assert pull.repo.git("count-objects") == held  # it was judged aside
    assert "the gate will not allow it like that: LACKING" in ran.stdout
    assert pull.get(DB)["spec"]["version"] == "1.0.0"
    pull.commit("jaan", "Take it back")
    assert pull.gate().outcome == "DENIED"


def test_a_backout_is_let_through_by_reviews_of_its_own(pull: Court, tmp_path: Path) -> None:
    merged(pull)
    pull.put(INCIDENT)
    pull.commit("mari", "Nobody can lend")
    pull.branch("back")
    ran = pull.run("jaan", "change", "backout", "CHG-1", "--base", "main", *WHY, "--commit")
    assert ran.code == 1, ran.stdout + ran.stderr
    head = pull.repo.git("rev-parse", "HEAD")
    made = [review(pull, 1, "approve", "2026-12-01T22:30:00Z").model_copy(update={"commit": head})]
    push = PushPart(account=AccountPart(id=7, login="jaan", is_bot=False), before="", after=head)
    again(tmp_path, made, head=head, pushes=(push,), source="github:town/records#13")
    judged = pull.gate("--reviews", f"exported:{file(tmp_path)}")
    assert judged.outcome == "ALLOWED", judged.says
    pull.edit(DB, {"/spec/version": "0.9.9"})  # what is not as it was is no back-out, whoever reviewed it
    pull.commit("jaan", "Something else")
    head = pull.repo.git("rev-parse", "HEAD")
    made = [one.model_copy(update={"commit": head}) for one in made]
    again(tmp_path, made, head=head, pushes=(push.model_copy(update={"after": head}),))
    assert pull.gate("--reviews", f"exported:{file(tmp_path)}").outcome == "DENIED"


def test_what_is_signed_for_the_change_covers_its_backout(pull: Court, tmp_path: Path) -> None:
    merged(pull)
    pull.put(INCIDENT)
    pull.commit("mari", "Nobody can lend")
    pull.branch("back")
    ran = pull.run("jaan", "change", "backout", "CHG-1", "--base", "main", *WHY, "--commit")
    assert ran.code == 1, ran.stdout + ran.stderr
    assert "change approve CHG-1" in pull.run("jaan", "gate", "--base", "main", "-f", "concise").stdout
    pull.vote("liis", "CHG-1")
    judged = pull.gate()
    assert judged.outcome == "ALLOWED", judged.says
