"""`receipt verify`: whether a receipt still stands for what is deployed; threat 70."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from attack import approved, begun
from court import Court, change
from hypothesis import given
from hypothesis import strategies as st
from test_gate_flows import DB, allowed, voted

from itsmctl import canonical, receipt_model


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "receipt.json"


def merged(court: Court, file: Path, how: str = "merge") -> None:
    """An allowed head with its receipt, merged."""
    approved(court)
    assert court.gate("--receipt", str(file)).code == 0
    court.merge("pr", how=how)


def verified(court: Court, file: Path, *argv: str, code: int) -> tuple[set[str], str]:
    """Codes and messages of all findings."""
    ran = court.run("ene", "receipt", "verify", str(file), "-f", "json", *argv)
    assert ran.code == code, ran.stderr + ran.stdout
    if code > 1:
        assert ran.stdout == ""
        return set(), ran.stderr
    found = json.loads(ran.stdout)["findings"]
    return {one["rule"] for one in found}, "\n".join(one["message"] for one in found)


def forged(file: Path, edit: Any) -> None:
    """The receipt with other facts, written as the gate writes."""
    data = json.loads(file.read_bytes())
    edit(data["predicate"])
    file.write_bytes(canonical.canonical(data) + b"\n")


@pytest.mark.parametrize("how", ["merge", "squash"])
def test_the_receipt_of_what_is_on_the_target_stands_until_it_ends(court: Court, file: Path, how: str) -> None:
    merged(court, file, how)
    assert verified(court, file, code=0) == (set(), "")
    assert verified(court, file, "--commit", "main", code=0)[0] == set()
    court.now = "2026-12-02T02:00:00Z"
    codes, says = verified(court, file, code=1)
    assert codes == {"RECEIPT_OVER"}
    assert "2026-12-02T02:00:00Z: the window ends" in says


def test_what_did_not_land_or_is_something_else_is_not_deployed_with_it(court: Court, file: Path) -> None:
    approved(court)
    assert court.gate("--receipt", str(file)).code == 0
    assert verified(court, file, code=1)[0] == {"NOT_MERGED"}
    assert verified(court, file, "--commit", "pr", code=1)[0] == {"NOT_MERGED"}
    court.merge("pr")
    court.repo.write("README.md", "# Town\n")
    court.commit("mari", "Something else")
    codes, says = verified(court, file, code=1)
    assert (codes, "other files" in says) == ({"NOT_MERGED"}, True)
    assert verified(court, file, "--commit", "main~1", code=0)[0] == set()


def test_a_denied_head_that_was_merged_all_the_same_is_told(court: Court, file: Path) -> None:
    begun(court, "liis")
    assert court.gate("--receipt", str(file)).code == 1
    court.merge("pr")
    assert verified(court, file, code=1)[0] == {"RECEIPT_DENIED"}

    def allow(predicate: dict[str, Any]) -> None:
        predicate["outcome"] = predicate["verdict"]["outcome"] = "ALLOWED"

    forged(file, allow)
    codes, says = verified(court, file, code=1)
    assert codes == {"RECEIPT_DIFFERS"}
    assert "has ALLOWED at /predicate/outcome, and judging the same commits again has DENIED" in says


def test_a_receipt_that_was_made_to_last_longer_is_told(court: Court, file: Path) -> None:
    merged(court, file)
    forged(file, lambda predicate: predicate.update(valid_until=None))
    assert verified(court, file, code=1)[0] == {"RECEIPT_DIFFERS"}


def test_what_is_no_receipt_does_not_stand(court: Court, file: Path) -> None:
    merged(court, file)
    content = file.read_bytes()
    for broken in (b"", b"[]", content[:-1], content.replace(b'"_type"', b'"_type":1,"_type"', 1), b"[" * 5000):
        file.write_bytes(broken)
        assert verified(court, file, code=1)[0] == {"RECEIPT_UNREADABLE"}
    data = json.loads(content)
    data["subject"][0]["digest"] = {"sha256": "0" * 64}
    file.write_text(json.dumps(data))
    assert "/subject/0/digest/sha256 is not what a receipt has there" in verified(court, file, code=1)[1]
    assert "there is no" in verified(court, file.with_name("none.json"), code=2)[1]
    file.write_bytes(content)
    head = json.loads(content)["predicate"]["read"]["head"].encode()
    file.write_bytes(content.replace(head, b"1" * 40))
    assert "1111111" in verified(court, file, code=3)[1]


def test_a_base_that_the_target_never_had_makes_no_law(court: Court, file: Path) -> None:
    """Whoever writes a receipt by themselves could else be judged by a base of their own."""
    court.branch("own")
    court.edit(DB, {"/spec/version": "6.6.6"})
    court.commit("jaan", "Mine")
    court.branch("more", "own")
    court.repo.write("README.md", "# Town\n")
    court.commit("jaan", "Nothing governed")
    assert court.gate("--receipt", str(file), "--target", "refs/heads/main", base="own").code == 0
    court.merge("more")
    codes, says = verified(court, file, code=1)
    assert (codes, "does not follow commit" in says) == ({"NOT_MERGED"}, True)


@given(st.binary() | st.binary().map(lambda some: b'{"_type":"https://in-toto.io/Statement/v1","predicate":' + some))
def test_any_bytes_are_no_receipt_in_words(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"^it is no|^it is not"):
        receipt_model.read(content)


def stricter(court: Court, how: str) -> str:
    """The rule asks for more, in a merge of its own; the commit before."""
    base = court.repo.git("rev-parse", "main")
    court.branch("rule")
    court.edit("ApprovalRule/normal", {"/spec/require/0/count": 2, "/spec/serial": 2})
    court.put(change("CHG-8", {"ApprovalRule/normal": "change"}))
    court.commit("jaan", "Two of the board", at="2026-12-01T22:01:00Z")
    court.now = "2026-12-01T22:05:00Z"
    voted(court, "CHG-8", "rein", "sirje")
    allowed(court)
    court.merge("rule", how=how, at="2026-12-01T22:10:00Z")
    court.now = "2026-12-01T22:30:00Z"
    return base


@pytest.mark.parametrize("second", ["merge", "squash", "rebase"])
@pytest.mark.parametrize("first", ["merge", "squash", "rebase"])
def test_a_receipt_does_not_go_across_another_merge(court: Court, tmp_path: Path, first: str, second: str) -> None:
    """Judged against an older base, what came in past the gate would be let through by the law of then."""
    base = stricter(court, first)
    begun(court, "liis", "kadri")
    assert court.gate().outcome == "DENIED"
    court.merge("pr", how=second, at="2026-12-01T22:20:00Z")
    folder = tmp_path / "receipts"
    folder.mkdir()
    file = folder / "receipt.json"
    assert court.gate("--receipt", str(file), "--target", "refs/heads/main", base=base, head="main").code == 0
    codes, says = verified(court, file, "--commit", "main", code=1)
    assert codes == {"NOT_MERGED"}
    assert "it speaks for one merge" in says
    ran = court.run("ene", "audit", "history", "main", "--receipts", str(folder), "-f", "json")
    assert (ran.code, "UNGATED_MERGE" in ran.stdout) == (1, True)


def test_a_branch_that_came_in_commit_by_commit_is_one_merge(court: Court, file: Path) -> None:
    merged(court, file, how="rebase")
    assert verified(court, file, "--commit", "main", code=0) == (set(), "")
