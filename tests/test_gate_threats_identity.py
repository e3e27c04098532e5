"""Ways past the gate by who is who: identity, roster, signatures, time. The numbers are those of the list."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from attack import approved, begun, denied, no_verdict, rewritten, settings, sign, statement
from court import SETTINGS, Court, change, person, record
from test_gate_flows import APP, DB, allowed, voted
from vault import Vault

from itsmctl import yamltext


def test_t1_the_author_approves_their_own_change(court: Court) -> None:
    begun(court, "liis", "jaan")
    denied(court, "LACKING", jaan="CONTRIBUTOR")


def test_t1_the_requester_approves_what_somebody_else_wrote(court: Court) -> None:
    begun(court, "liis", "kadri", by="tonu", requester="kadri")
    denied(court, "LACKING", kadri="CONTRIBUTOR")


def test_t2_an_approver_pushes_the_last_fix(court: Court) -> None:
    begun(court)
    court.edit(DB, {"/spec/version": "1.0.2"})
    court.commit("kadri", "A little fix")
    voted(court, "CHG-1", "liis", "kadri")
    denied(court, "LACKING", kadri="CONTRIBUTOR")


def test_t2_a_suggestion_that_is_taken_makes_its_author_a_contributor(court: Court) -> None:
    begun(court)
    court.edit(DB, {"/spec/version": "1.0.2"})
    court.commit("jaan", "Take the suggestion\n\nco-AUTHORED-by: Kadri <KADRI@town.example>")
    voted(court, "CHG-1", "liis", "kadri")
    denied(court, "LACKING", kadri="CONTRIBUTOR")


def test_t3_a_colleague_rebases_so_that_the_author_is_no_committer(court: Court) -> None:
    court.branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}, requester="tonu", implementers=["tonu"]))
    court.commit("kadri", "Update the database", committer="tonu")
    voted(court, "CHG-1", "liis", "kadri")
    denied(court, "LACKING", kadri="CONTRIBUTOR")


def test_t3_where_commits_have_to_be_signed_nobody_writes_another_name(court: Court) -> None:
    settings(court, commit_signatures="required")
    court.commit("rein", "Sign what you commit")
    begun(court, "liis", "kadri", by="tonu", requester="tonu", implementers=["tonu"])  # who knows who it was

    def signed(person: str, key: str) -> None:
        words = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={court.keys[key]}")
        court.git(person, *words, "commit", "--quiet", "--amend", "--no-edit", "--reset-author", "-S")

    unsigned = denied(court, "UNSIGNED")
    assert unsigned.codes == {"UNSIGNED"}
    court.branch("again")
    command = shlex.split(unsigned.says.partition("key of their Person record: git ")[2].partition("\n")[0])
    court.git("tonu", "-c", "gpg.format=ssh", "-c", f"user.signingkey={court.keys['tonu']}", *command)
    allowed(court)  # the votes come after it, and hold
    court.branch("signed", at="pr~2")
    signed("tonu", "kadri")
    voted(court, "CHG-1", "liis", "kadri")
    said = denied(court, "UNSIGNED", kadri="CONTRIBUTOR")  # the votes are brought along unsigned
    assert "kadri signed it" in said.says
    court.branch("right", at="pr~2")
    signed("tonu", "tonu")
    voted(court, "CHG-1", "liis", "kadri")
    allowed(court)


def test_t3_where_commits_have_to_be_signed_a_baseline_is_by_whom_its_commit_names(court: Court) -> None:
    vault = Vault.over(court)
    settings(court, commit_signatures="required")
    court.commit("rein", "Sign what you commit")
    court.branch("pr")
    vault.create("one", "--scope", "Service/loans")
    unsigned = denied(court, "UNSIGNED")
    assert unsigned.codes == {"UNSIGNED"}
    command = unsigned.says.partition("key of their Person record: git ")[2].partition("\n")[0].split()
    court.git("kadri", "-c", "gpg.format=ssh", "-c", f"user.signingkey={court.keys['kadri']}", *command)
    allowed(court)
    vault.approve("one")
    allowed(court)  # an agreement is signed itself


def test_t5_an_address_that_nobody_has_drops_out_of_no_list(court: Court) -> None:
    begun(court, "liis", "kadri", by="kadri@private.example")
    denied(court, "UNKNOWN")


GITHUB = "noreply@github.com"


def touch(court: Court) -> None:
    """An edit of the change that means nothing, and makes whoever commits it a contributor."""
    file = court.repo.path / "records/changes/CHG-1.yaml"
    file.write_text(file.read_text() + "#\n")


def test_t5_the_merge_button_of_a_forge_hides_no_author(court: Court) -> None:
    court.branch("plan")
    planned = change("CHG-1", {DB: "change"}, state="approved")
    planned["spec"]["items"][0]["set"] = {"/spec/version": "1.0.1"}
    court.put(planned)
    court.commit("jaan", "Plan the update")
    voted(court, "CHG-1", "liis", "kadri")
    court.checkout("main")
    court.repo.git("merge", "--quiet", "--squash", "plan")
    court.commit_staged("jaan", "Plan the update (#1)", committer=GITHUB)
    court.branch("work")
    court.edit("ChangeRequest/CHG-1", {"/spec/state": "implementing"})
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Update the database")
    judged = denied(court, "UNKNOWN")
    assert "a forge that commits what others wrote is listed in carriers of itsm.yaml" in judged.says
    court.checkout("main")
    court.repo.write("itsm.yaml", yamltext.dump({**SETTINGS, "carriers": [{"email": GITHUB}]}))
    court.commit("rein", "Squashed by GitHub")
    court.checkout("work")
    allowed(court)
    for number, author in enumerate((GITHUB, "stranger@elsewhere.example")):
        court.branch(f"by-{number}", at="work")
        touch(court)
        court.commit(author, "Work", committer=GITHUB)
        denied(court, "UNKNOWN")
    court.checkout("work")
    touch(court)
    court.commit("kadri", "Work", committer=GITHUB)
    denied(court, "LACKING", kadri="CONTRIBUTOR")
    court.checkout("main")
    court.repo.write("itsm.yaml", yamltext.dump({**SETTINGS, "carriers": [{"email": "Liis@Town.example"}]}))
    court.commit("rein", "A person is no forge")
    court.branch("by-liis", at="main")
    court.edit("ChangeRequest/CHG-1", {"/spec/state": "implementing"})
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.commit("jaan", "Work", committer="liis")
    denied(court, "LACKING", liis="CONTRIBUTOR")


def test_t5_a_commit_without_an_address(court: Court) -> None:
    begun(court, "liis", "kadri")
    tree, parent = court.repo.git("rev-parse", "HEAD^{tree}"), court.repo.git("rev-parse", "main")
    ident = "jaan <> 1796000000 +0000"
    text = f"tree {tree}\nparent {parent}\nauthor {ident}\ncommitter {ident}\n\nx\n"
    oid = court.repo.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=text.encode())
    court.repo.git("reset", "--quiet", "--hard", oid)
    assert court.gate().code in (1, 3)


def test_t7_a_mailmap_in_the_head_renames_nobody(court: Court) -> None:
    begun(court)
    court.repo.write(".mailmap", "Jaan <tonu@town.example> <kadri@town.example>\n")
    court.edit(DB, {"/spec/version": "1.0.2"})
    court.commit("kadri", "A fix, and who made it")
    voted(court, "CHG-1", "liis", "kadri")
    denied(court, "NOT_COVERED", "LACKING", kadri="CONTRIBUTOR")


def test_t8_two_keys_and_two_roles_are_one_person(court: Court, tmp_path: Path) -> None:
    second = tmp_path / "second"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", second], check=True)
    liis = court.get("Person/liis")
    public = " ".join(second.with_name("second.pub").read_text().split()[:2])
    liis["spec"]["keys"].append({"public_key": public, "valid_from": "2020-01-01T00:00:00Z"})
    court.put(liis)
    court.commit("rein", "A second key")
    risk = {"likelihood": "high", "impact": "high", "level": "high", "rationale": "It is."}
    begun(court, "liis", "kadri", risk=risk)
    argv = ("change", "approve", "CHG-1", "--base", "main", "--key", str(second), "--yes")
    assert court.run("liis", *argv).code == 0
    denied(court, "LACKING")


def test_t10_whoever_adds_themselves_to_a_role_holds_it_one_merge_later(court: Court) -> None:
    begun(court)
    board = court.get("Role/change-advisory-board")
    board["spec"]["holders"].append({"person": "arvo", "from": "2020-01-01"})
    board["spec"]["serial"] = 2
    court.put(board)
    court.put(change("CHG-1", {DB: "change", "Role/change-advisory-board": "change"}))
    court.commit("jaan", "And the board gets somebody new")
    voted(court, "CHG-1", "arvo", "kadri", "rein", "sirje")
    denied(court, "LACKING", arvo="OWN_ENTRY")


def test_t11_a_key_that_the_head_adds_signs_nothing_in_it(court: Court, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", fresh], check=True)
    begun(court, "liis", "kadri")
    file = statement(court, "liis")
    rewritten(court, file, file.read_bytes(), fresh)
    liis = court.get("Person/liis")
    public = " ".join(fresh.with_name("fresh.pub").read_text().split()[:2])
    liis["spec"]["keys"].append({"public_key": public, "valid_from": "2020-01-01T00:00:00Z"})
    court.put(liis)
    court.commit("jaan", "Liis has a new key")
    denied(court, "NOT_COVERED", "EVIDENCE_INVALID")


def test_t11_a_key_is_not_handed_on_to_somebody_else(court: Court) -> None:
    court.branch("pr")
    taken = court.get("Person/liis")["spec"]["keys"]
    court.put(person("eve", None, keys=taken))
    court.put(change("CHG-1", {"Person/eve": "add"}))
    court.commit("jaan", "Eve joins")
    voted(court, "CHG-1", "rein", "sirje")
    denied(court, "KEY_REUSED")


@pytest.mark.parametrize("line", ["* {key}", "cert-authority {key}", "{key} a comment", "\ufeff{key}", "{key}\n{key}"])
def test_t12_a_key_list_has_no_patterns_authorities_or_junk(court: Court, line: str) -> None:
    court.branch("pr")
    liis = court.get("Person/liis")
    liis["spec"]["keys"][0]["public_key"] = line.format(key=liis["spec"]["keys"][0]["public_key"])
    file = court.repo.path / "records/persons/liis.yaml"
    file.write_text(json.dumps(liis, ensure_ascii=False), encoding="utf-8")
    court.put(change("CHG-1", {"Person/liis": "change"}))
    court.commit("jaan", "Tidy a key up")
    denied(court, "INSPECTION")


def test_t12_a_key_under_two_names_is_nobodys(court: Court) -> None:
    court.put(person("eve", court.keys["liis"]))
    court.commit("rein", "Two have one key")
    begun(court)
    no_verdict(court, "Person/eve", "Person/liis")


def test_t13_a_bot_does_not_vote(court: Court) -> None:
    court.put(person("eve", court.keys["eve"], type="bot"))
    board = court.get("Role/change-advisory-board")
    board["spec"]["holders"].append({"person": "eve", "from": "2020-01-01"})
    court.put(board)
    court.commit("rein", "A bot on the board")
    begun(court, "kadri")
    source = json.loads(statement(court, "kadri").read_bytes())
    source["predicate"] |= {"person": "eve", "prev": None}
    content = json.dumps(source, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
    bring(court, "eve", content)
    denied(court, "LACKING", eve="BOT")


def bring(court: Court, name: str, content: bytes, change_name: str = "CHG-1") -> None:
    """Commit a statement that is signed with somebody's key."""
    import hashlib

    path = f"approvals/{change_name}/{name}-{hashlib.sha256(content).hexdigest()[:12]}.json"
    court.repo.write(path, content)
    court.repo.write(f"{path}.sig", sign(court.keys[name], content))
    court.commit("tonu", "Bring a vote")


@pytest.mark.parametrize(
    ("ref", "spec", "code"),
    [
        ("Person/liis", {"/spec/state": "left", "/spec/active_to": "2026-11-30"}, "INACTIVE"),
        ("Role/change-advisory-board", {"/spec/holders/0/to": "2026-11-30"}, "NO_ROLE"),
    ],
)
def test_t14_an_approver_who_left_after_voting_does_not_count(
    court: Court, ref: str, spec: dict[str, Any], code: str
) -> None:
    approved(court)
    court.checkout("main")
    court.edit(ref, spec)
    court.commit("rein", "Liis leaves")
    court.checkout("pr")
    denied(court, "LACKING", liis=code)


def test_t15_a_login_that_somebody_else_got_is_not_the_account(court: Court, tmp_path: Path) -> None:
    reviewed(court, tmp_path, {"id": 101, "login": "mari-of-town"}, {"id": 666, "login": "mari"})
    denied(court, "LACKING", argv=("--reviews", f"exported:{tmp_path / 'reviews.json'}"))
    reviewed(court, tmp_path, {"id": 101, "login": "anything"}, {"id": 101, "login": "anything"})
    assert court.gate("--reviews", f"exported:{tmp_path / 'reviews.json'}").code == 0


def reviewed(court: Court, folder: Path, account: dict[str, Any], by: dict[str, Any]) -> None:
    """A file of reviews: one approval, by `by`, of a head that needs one, by mari, whose account is `account`."""
    from datetime import datetime

    from itsmctl.evidence import exported
    from itsmctl.evidence.reviews import AccountPart, PushPart, ReviewPart, Reviews

    court.checkout("main")
    court.edit("Person/mari", {"/spec/accounts": [{"forge": "github", **account}]})
    court.edit("Person/jaan", {"/spec/accounts": [{"forge": "github", "id": 7, "login": "jaan"}]})
    require = [{"role": "change-advisory-board"}]
    court.edit("ApprovalRule/normal", {"/spec/require": require, "/spec/min_tier": "T1"})
    court.commit("rein", "Accounts, and a rule that reviews meet")
    court.repo.git("branch", "-f", "-D", "pr") if "pr" in court.repo.git("branch", "--list", "pr") else None
    begun(court)
    head = court.repo.git("rev-parse", "HEAD")
    when = datetime.fromisoformat(court.now)
    jaan = AccountPart(id=7, login="jaan", is_bot=False)
    voter = AccountPart(**by, is_bot=False)
    review = ReviewPart(id=1, account=voter, decision="approve", at=when, commit=head, drafted=False)
    found = Reviews(
        source="github:town/records#12",
        forge="github",
        host="",
        collected_at=when,
        head=head,
        base="refs/heads/main",
        is_draft=False,
        opener=jaan,
        reviews=(review,),
        pushes=(PushPart(account=jaan, before=court.repo.git("rev-parse", "main"), after=head),),
        carried=(),
        read="0" * 64,
    )
    (folder / "reviews.json").write_bytes(exported.write(found))


def delegation(name: str, delegator: str, delegate: str, first: str, last: str) -> dict[str, Any]:
    spec = {"state": "granted", "delegator": delegator, "delegate": delegate, "roles": ["change-advisory-board"]}
    return record("Delegation", name, {**spec, "from": first, "to": last, "reason": "A journey."})


@pytest.mark.parametrize(
    ("pairs", "span"),
    [
        ([("liis", "ene")], ("2026-11-01", "2026-12-31")),  # endless
        ([("liis", "ene")], ("2026-10-01", "2026-10-20")),  # over
        ([("liis", "arvo"), ("arvo", "ene")], ("2026-11-20", "2026-12-10")),  # two hops
    ],
)
def test_t17_a_delegation_is_dated_short_and_one_hop(
    court: Court, pairs: list[tuple[str, str]], span: tuple[str, str]
) -> None:
    for one, other in pairs:
        court.put(delegation(f"{one}-{other}", one, other, *span))
    court.commit("rein", "Somebody is away")
    begun(court, "ene", "kadri")
    denied(court, "LACKING", ene="NO_ROLE")


def test_t17_a_delegate_of_the_author_has_no_say(court: Court) -> None:
    court.put(delegation("jaan-liis", "jaan", "liis", "2026-11-20", "2026-12-10"))
    court.commit("rein", "Jaan is away")
    begun(court, "liis", "kadri")
    denied(court, "LACKING", liis="DELEGATE_OF_CONTRIBUTOR")


def test_t17_delegate_and_delegator_are_one_vote(court: Court) -> None:
    court.put(delegation("liis-tonu", "liis", "tonu", "2026-11-20", "2026-12-10"))
    court.commit("rein", "Liis is away")
    risk = {"likelihood": "high", "impact": "high", "level": "high", "rationale": "It is."}
    begun(court, "liis", "tonu", "kadri", risk=risk)
    denied(court, "LACKING")


def test_t17_a_delegation_that_the_head_brings_lets_nobody_vote(court: Court) -> None:
    begun(court)
    court.put(delegation("liis-ene", "liis", "ene", "2026-11-20", "2026-12-10"))
    court.put(change("CHG-1", {DB: "change", "Delegation/liis-ene": "add"}))
    court.commit("jaan", "Ene stands in")
    voted(court, "CHG-1", "ene", "kadri", "rein", "sirje")
    denied(court, "LACKING")


def test_t18_an_unsigned_commit_after_the_vote_takes_it_away(court: Court) -> None:
    approved(court)
    court.edit(DB, {"/spec/version": "6.6.6"})
    court.commit("jaan", "One more thing")
    denied(court, "LACKING", liis="STALE", kadri="STALE")


def dated(court: Court, name: str, **times: str) -> None:
    """Main says something else of the time of somebody's key."""
    held = court.get(f"Person/{name}")
    held["spec"]["keys"][0] |= times
    court.checkout("main")
    court.put(held)
    court.commit("rein", "Of a key")
    court.checkout("pr")


def test_t19_an_expired_key_counts_for_nothing_whatever_the_date_of_the_commit(court: Court) -> None:
    begun(court)
    court.votes("CHG-1", "liis", "kadri")
    court.git("jaan", "commit", "--amend", "--no-edit", "--quiet", "--date", "2020-01-01T00:00:00Z")
    dated(court, "liis", valid_until="2026-12-01T22:30:00Z")
    denied(court, "LACKING", liis="EXPIRED_KEY")


@pytest.mark.parametrize(
    ("times", "code"),
    [
        ({"compromised_since": "2026-06-01T00:00:00Z"}, "REVOKED"),
        ({"retired_at": "2026-12-01T00:00:00Z"}, "EXPIRED_KEY"),
    ],
)
def test_t20_a_revoked_key_counts_for_nothing(court: Court, times: dict[str, str], code: str) -> None:
    approved(court)
    dated(court, "liis", **times)
    denied(court, "LACKING", liis=code)


def test_t20_a_roster_that_cannot_be_read_is_no_roster_without_revocations(court: Court) -> None:
    approved(court)
    court.checkout("main")
    court.repo.write("records/persons/liis.yaml", "kind: [\n")
    court.commit("rein", "Oops")
    court.checkout("pr")
    no_verdict(court, "Person/liis")


def test_t22_config_and_environment_choose_no_program(court: Court, tmp_path: Path) -> None:
    begun(court, "kadri")
    file = statement(court, "kadri")
    source = json.loads(file.read_bytes())
    source["predicate"] |= {"person": "liis"}
    content = json.dumps(source, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
    import hashlib

    path = f"approvals/CHG-1/liis-{hashlib.sha256(content).hexdigest()[:12]}.json"
    court.repo.write(path, content)
    forged = sign(court.keys["liis"], b"something else")
    court.repo.write(f"{path}.sig", forged)
    court.commit("jaan", "Bring a vote")
    program = tmp_path / "yes"
    program.write_text("#!/bin/sh\necho Good\nexit 0\n")
    program.chmod(0o755)
    for name in ("gpg.ssh.program", "gpg.program", "core.fsmonitor", "diff.external", "core.sshCommand"):
        court.repo.git("config", name, str(program))
    poison = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "gpg.ssh.program", "GIT_CONFIG_VALUE_0": str(program)}
    court.repo.environ = {**court.repo.environ, **poison}  # type: ignore[misc]
    denied(court, "EVIDENCE_INVALID", "LACKING")


def test_t23_a_program_that_dies_is_no_good_signature(court: Court, tmp_path: Path) -> None:
    approved(court)
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "ssh-keygen").write_text("#!/bin/sh\nkill -ABRT $$\n")
    (folder / "ssh-keygen").chmod(0o755)
    file = statement(court, "liis")
    signature = file.with_name(f"{file.name}.sig")
    signature.write_bytes(sign(court.keys["liis"], b"something else"))
    court.commit("jaan", "Bring a vote")
    poisoned = {**court.repo.environ, "PATH": f"{folder}:{court.repo.environ['PATH']}"}
    court.repo.environ = poisoned  # type: ignore[misc]
    assert court.gate().code in (1, 3)


def test_t24_a_signature_that_was_made_for_something_else(court: Court) -> None:
    begun(court, "kadri", "liis")
    file = statement(court, "liis")
    rewritten(court, file, file.read_bytes(), court.keys["liis"], namespace="git")
    court.git("jaan", "commit", "--quiet", "--all", "--amend", "--no-edit")
    denied(court, "EVIDENCE_INVALID", "LACKING")


def test_t25_a_good_signature_by_a_key_that_nobody_has(court: Court, tmp_path: Path) -> None:
    begun(court, "kadri")
    file = statement(court, "kadri")
    source = json.loads(file.read_bytes())
    source["predicate"] |= {"person": "liis"}
    content = json.dumps(source, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
    stranger = tmp_path / "stranger"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "liis", "-f", stranger], check=True)
    import hashlib

    path = f"approvals/CHG-1/liis-{hashlib.sha256(content).hexdigest()[:12]}.json"
    court.repo.write(path, content)
    court.repo.write(f"{path}.sig", sign(stranger, content))
    court.commit("jaan", "Bring a vote")
    denied(court, "EVIDENCE_INVALID", "LACKING")


def test_t25_a_good_signature_by_somebody_else_s_key(court: Court) -> None:
    begun(court, "kadri")
    file = statement(court, "kadri")
    source = json.loads(file.read_bytes())
    source["predicate"] |= {"person": "liis"}
    content = json.dumps(source, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
    import hashlib

    path = f"approvals/CHG-1/liis-{hashlib.sha256(content).hexdigest()[:12]}.json"
    court.repo.write(path, content)
    court.repo.write(f"{path}.sig", sign(court.keys["tonu"], content))
    court.commit("jaan", "Bring a vote")
    denied(court, "EVIDENCE_INVALID", "LACKING")


def test_t28_a_certificate_for_an_hour_is_no_key_of_a_person(court: Court, tmp_path: Path) -> None:
    begun(court, "kadri")
    authority, short = tmp_path / "ca", tmp_path / "short"
    for key in (authority, short):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    words = ["ssh-keygen", "-q", "-s", authority, "-I", "liis", "-n", "liis", "-V", "+1h", f"{short}.pub"]
    subprocess.run(words, check=True)
    file = statement(court, "kadri")
    content = file.read_bytes()
    signature = subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-f", f"{short}-cert.pub", "-n", "approval@itsmctl"],
        input=content,
        capture_output=True,
        check=False,
    )
    assert signature.returncode == 0, signature.stderr
    file.with_name(f"{file.name}.sig").write_bytes(signature.stdout)
    court.git("jaan", "commit", "--quiet", "--all", "--amend", "--no-edit")
    denied(court, "EVIDENCE_INVALID", "LACKING")


def test_honest_work_passes_beside_all_that(court: Court) -> None:
    approved(court)
    allowed(court)
    assert APP != DB


# --- persons whom no gate could tell apart


@pytest.mark.parametrize("what", ["key", "email", "case", "account", "taken"])
def test_persons_whom_no_gate_could_tell_apart_do_not_come_in(court: Court, what: str) -> None:
    account = [{"forge": "github", "id": 7, "login": "ann"}]
    new = {
        "key": ({}, {}),
        "email": ({"emails": ["x@town.example"]}, {"emails": ["x@town.example"]}),
        "case": ({"emails": ["x@town.example"]}, {"emails": ["X@Town.Example"]}),
        "account": ({"accounts": account}, {"accounts": [{**account[0], "host": "GitHub.com"}]}),
        "taken": ({"emails": ["MARI@town.example"]}, {}),
    }[what]
    court.branch("pr")
    key = court.keys["eve"] if what == "key" else None
    for name, spec in zip(("ann", "bob"), new, strict=True):
        court.put(person(name, key, **spec))
    court.put(change("CHG-1", {"Person/ann": "add", "Person/bob": "add"}))
    court.commit("jaan", "Two more")
    voted(court, "CHG-1", "rein", "sirje")
    judged = court.gate()
    assert (judged.code, "ROSTER_UNUSABLE" in judged.codes) == (1, True), judged.says
    says = next(one for one in judged.says.splitlines() if "so take it away from one of them" in one)
    assert "Person/ann and Person/" in says
    ran = court.run("mari", "validate", "-f", "json")
    assert (ran.code, "person-claim" in {one["rule"] for one in json.loads(ran.stdout)["findings"]}) == (1, True)
    court.put(person("ann", None, emails=["ann@town.example"]))
    court.put(person("bob", None, emails=["bob@town.example"]))
    court.git("jaan", "reset", "--quiet", "--soft", "main")  # history is to hold no such persons either
    court.commit("jaan", "Two more, told apart")
    voted(court, "CHG-1", "rein", "sirje")
    allowed(court)
