"""Who may agree, sign and tag: by the frozen commit, by what ended since, and never whoever made it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import Repo
from court import record
from vault import Vault, agree, sign

LATER = "2027-03-01T12:00:00Z"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, founded: Path, keys: Mapping[str, Path]) -> Path:
    """One baseline by kadri, with her signature, that nobody agreed to yet: made once, copied for each test."""
    path = tmp_path_factory.mktemp("frozen") / "repo"
    vault = Vault.founding(founded, path, keys)
    vault.sign("loans-1", "--scope", "Service/loans")
    return path


@pytest.fixture
def frozen(template: Path, tmp_path: Path, environ: dict[str, str], keys: Mapping[str, Path]) -> Vault:
    """A repository with that baseline, of its own."""
    return Vault.copied(template, tmp_path / "frozen", environ, keys)


def _leaves(vault: Vault, person: str = "mari", **dates: str) -> None:
    """The person leaves; `dates`: what their record says besides."""
    spec: dict[str, Any] = {"/spec/state": "left"}
    spec |= {f"/spec/{field}": date for field, date in dates.items()}
    vault.court.edit(f"Person/{person}", spec)
    _hands_over(vault, person)


def _hands_over(vault: Vault, person: str = "mari", to: str = "sirje") -> None:
    """Somebody else gets the role."""
    for role in ("change-advisory-board", "change-manager", "release-manager"):
        holders = vault.court.get(f"Role/{role}")["spec"]["holders"]
        kept = [one for one in holders if one["person"] != person]
        vault.court.edit(f"Role/{role}", {"/spec/holders": [*kept, {"person": to, "from": "2020-01-01"}]})
    vault.court.commit("rein", "Somebody else")


def _key(vault: Vault, person: str = "mari", **dates: str) -> None:
    """Dates in the record of the person's key."""
    keys = vault.court.get(f"Person/{person}")["spec"]["keys"]
    keys[0] |= dates
    vault.court.edit(f"Person/{person}", {"/spec/keys": keys})
    vault.court.commit("rein", "A key")


def _codes(vault: Vault) -> dict[str, str]:
    """Person → why the agreement does not count."""
    return {one["person"]: one["code"] for one in vault.verify("loans-1")["agreements"]}


def test_who_left_does_not_agree_any_more(frozen: Vault) -> None:
    _leaves(frozen)
    assert "ROLE_ENDED" in frozen.approve("loans-1", code=3).stderr
    agree(frozen, "loans-1")
    assert _codes(frozen) == {"mari": "ROLE_ENDED"}
    assert frozen.codes("loans-1") == {"NOT_AGREED"}


def test_who_agreed_and_left_later_goes_on_counting(frozen: Vault) -> None:
    frozen.approve("loans-1")
    _leaves(frozen)
    _key(frozen, valid_until="2027-01-01T00:00:00Z")
    frozen.court.now = LATER
    assert frozen.codes("loans-1") == set()


def test_the_last_day_of_a_person_decides(frozen: Vault) -> None:
    frozen.approve("loans-1")
    _leaves(frozen, active_to="2026-12-31")
    assert frozen.codes("loans-1") == set()
    frozen.court.edit("Person/mari", {"/spec/active_to": "2026-11-30"})
    frozen.court.commit("rein", "It was earlier")
    assert _codes(frozen) == {"mari": "ROLE_ENDED"}


def test_who_gave_the_role_away_does_not_agree_any_more(frozen: Vault) -> None:
    _hands_over(frozen)
    assert "ROLE_ENDED" in frozen.approve("loans-1", code=3).stderr
    agree(frozen, "loans-1")
    assert _codes(frozen) == {"mari": "ROLE_ENDED"}


def test_who_gave_the_role_away_later_goes_on_counting(frozen: Vault) -> None:
    frozen.approve("loans-1")
    _hands_over(frozen)
    assert frozen.codes("loans-1") == set()


def test_the_last_day_in_a_role_decides(frozen: Vault) -> None:
    frozen.approve("loans-1")
    frozen.court.edit("Role/release-manager", {"/spec/holders/0/to": "2026-11-30"})
    frozen.court.commit("rein", "It was earlier")
    assert _codes(frozen) == {"mari": "ROLE_ENDED"}


def test_who_gets_the_role_a_second_time_goes_on_counting(frozen: Vault) -> None:
    """The record tells the second time alone; what it told before is in history."""
    frozen.approve("loans-1")
    frozen.court.edit("Role/release-manager", {"/spec/holders/0/from": "2027-02-01"})
    frozen.court.edit("Person/mari", {"/spec/active_from": "2027-02-01"})
    frozen.court.commit("rein", "Again")
    frozen.court.now = LATER
    assert frozen.codes("loans-1") == set()


def test_a_role_whose_time_was_over_at_the_commit_is_none(frozen: Vault) -> None:
    """The roster of the commit is asked for the day of the signature, not for its own."""
    frozen.court.edit("Role/release-manager", {"/spec/holders/0/to": "2026-12-31"})
    frozen.court.commit("rein", "For this year")
    frozen.create("loans-2", "--scope", "Service/loans")
    frozen.court.now = LATER
    assert "does not hold the role" in frozen.approve("loans-2", code=3).stderr
    agree(frozen, "loans-2")
    assert [one["code"] for one in frozen.verify("loans-2")["agreements"]] == ["ROLE_WRONG"]


@pytest.mark.parametrize("end", ["valid_until", "retired_at"])
def test_a_key_that_had_ended_does_not_agree(frozen: Vault, end: str) -> None:
    _key(frozen, **{end: "2026-12-01T00:00:00Z"})
    assert "EXPIRED_KEY" in frozen.approve("loans-1", code=3).stderr
    agree(frozen, "loans-1")
    assert _codes(frozen) == {"mari": "EXPIRED_KEY"}


def test_a_key_that_ends_later_goes_on_counting(frozen: Vault) -> None:
    frozen.approve("loans-1")
    _key(frozen, valid_until="2026-12-02T00:00:00Z")
    frozen.court.now = LATER
    assert frozen.codes("loans-1") == set()


@pytest.mark.parametrize("end", ["valid_until", "retired_at"])
def test_a_key_counts_in_the_second_in_which_it_ends(frozen: Vault, end: str) -> None:
    """What was signed before the end was written is not refused for having been signed in the same second."""
    frozen.approve("loans-1")
    landed = datetime.fromisoformat(frozen.repo.git("log", "-1", "--format=%cI").strip()).astimezone(UTC)
    _key(frozen, **{end: f"{landed:%Y-%m-%dT%H:%M:%SZ}"})
    frozen.court.now = LATER
    assert frozen.codes("loans-1") == set()
    _key(frozen, **{end: f"{landed - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"})
    assert _codes(frozen) == {"mari": "EXPIRED_KEY"}


def test_a_key_that_was_taken_out_of_the_record_does_not_agree(frozen: Vault) -> None:
    keys = frozen.court.get("Person/mari")["spec"]["keys"]
    frozen.court.edit("Person/mari", {"/spec/keys": frozen.court.get("Person/ene")["spec"]["keys"]})
    frozen.court.edit("Person/ene", {"/spec/keys": None})
    frozen.court.commit("rein", "Another key")
    agree(frozen, "loans-1")
    assert _codes(frozen) == {"mari": "EXPIRED_KEY"}
    frozen.court.edit("Person/mari", {"/spec/keys": None})
    frozen.court.edit("Person/ene", {"/spec/keys": keys})
    frozen.court.commit("rein", "Hers is his now")
    assert _codes(frozen) == {"mari": "NOT_THEIRS"}


def test_a_key_that_is_taken_out_of_the_record_later_goes_on_counting(frozen: Vault) -> None:
    frozen.approve("loans-1")
    frozen.court.edit("Person/mari", {"/spec/keys": None})
    frozen.court.commit("rein", "No key any more")
    assert frozen.codes("loans-1") == set()


def test_a_compromised_key_counts_for_nothing_whenever_it_signed(frozen: Vault) -> None:
    frozen.approve("loans-1")
    _key(frozen, compromised_since="2026-12-01T22:45:00Z")
    frozen.court.now = LATER
    assert frozen.codes("loans-1") == {"KEY_REVOKED", "NOT_AGREED"}


# --- when it was there: statement and signature, both of them, as they are now


def _early(vault: Vault, *, takes_away: bool, signature: str = "") -> None:
    """The statement of mari stands there before she leaves; her signature comes afterwards."""
    agree(vault, "loans-1")
    (path,) = vault.path("loans-1", "agreement").glob("*.sig")
    made, held = path.read_bytes(), path.with_suffix("").read_bytes()
    vault.repo.git("reset", "--quiet", "--hard", "HEAD^")
    path.parent.mkdir(exist_ok=True)
    path.with_suffix("").write_bytes(held)
    if signature:
        path.write_text(signature)
    vault.court.commit("jaan", "A draft")
    if takes_away:
        shutil.rmtree(path.parent)
        vault.court.commit("jaan", "Not yet")
    _leaves(vault)
    path.parent.mkdir(exist_ok=True)
    path.with_suffix("").write_bytes(held)
    path.write_bytes(made)
    vault.court.commit("jaan", "Now it is signed")


@pytest.mark.parametrize(("takes_away", "signature"), [(False, ""), (True, ""), (False, "soon"), (True, "soon")])
def test_a_statement_counts_from_when_its_signature_is_there(frozen: Vault, takes_away: bool, signature: str) -> None:
    _early(frozen, takes_away=takes_away, signature=signature)
    assert _codes(frozen) == {"mari": "ROLE_ENDED"}
    assert "NOT_AGREED" in frozen.codes("loans-1")


def test_what_was_there_whole_counts_from_then_if_it_is_put_back(frozen: Vault) -> None:
    frozen.approve("loans-1")
    agreed = frozen.head
    shutil.rmtree(frozen.path("loans-1", "agreement"))
    frozen.court.commit("jaan", "Take it away")
    _leaves(frozen)
    frozen.repo.git("checkout", agreed, "--", "baselines/loans-1/agreement")
    frozen.court.commit("jaan", "Put it back")
    assert frozen.codes("loans-1") == set()


def test_a_place_that_was_kept_for_a_signature_of_the_statement(frozen: Vault) -> None:
    frozen.create("loans-2", "--scope", "Service/loans", by="jaan")
    frozen.rewrite("loans-2", "statement.intoto.json.sig", b"soon\n")
    _key(frozen, "kadri", valid_until="2026-12-02T00:00:00Z")
    frozen.court.now = LATER
    frozen.court.edit("Role/configuration-manager", {"/metadata/title": "Later"})
    frozen.court.commit("rein", "A day later", at="2026-12-03T00:00:00Z")
    content = frozen.path("loans-2", "statement.intoto.json").read_bytes()
    frozen.path("loans-2", "statement.intoto.json.sig").write_bytes(sign(frozen, content, "kadri", "baseline@itsmctl"))
    frozen.court.commit("jaan", "Signed", at="2026-12-01T22:00:00Z")
    assert frozen.codes("loans-2", "--snapshot") == {"SIGNATURE_KEY"}


def test_a_clock_that_was_wrong_once_does_not_end_keys(frozen: Vault) -> None:
    _key(frozen, valid_until="2028-01-01T00:00:00Z")
    frozen.court.edit("Role/configuration-manager", {"/metadata/title": "Odd"})
    frozen.court.commit("rein", "By a bad clock", at="2040-01-01T00:00:00Z")
    frozen.approve("loans-1")
    assert frozen.codes("loans-1") == set()
    frozen.court.now = "2028-03-01T00:00:00Z"
    assert frozen.codes("loans-1") == set()


# --- makers


def test_whoever_signed_the_statement_made_it(frozen: Vault) -> None:
    frozen.create("loans-2", "--scope", "Service/loans", by="jaan")
    _resign(frozen, "loans-2", "mari")
    assert "made loans-2 (signer of the statement" in frozen.approve("loans-2", code=3).stderr
    agree(frozen, "loans-2")
    assert [one["code"] for one in frozen.verify("loans-2")["agreements"]] == ["MAKER"]


def test_a_signature_that_was_taken_away_was_made_all_the_same(frozen: Vault) -> None:
    frozen.create("loans-2", "--scope", "Service/loans", by="jaan")
    _resign(frozen, "loans-2", "mari")
    frozen.path("loans-2", "statement.intoto.json.sig").unlink()
    frozen.court.commit("jaan", "Take it away")
    agree(frozen, "loans-2")
    assert [one["code"] for one in frozen.verify("loans-2")["agreements"]] == ["MAKER"]


def test_a_bad_signature_makes_nobody_a_maker(frozen: Vault) -> None:
    frozen.create("loans-2", "--scope", "Service/loans", by="jaan")
    armored = sign(frozen, b"something else", "mari", "baseline@itsmctl")
    frozen.rewrite("loans-2", "statement.intoto.json.sig", armored)
    frozen.path("loans-2", "statement.intoto.json.sig").unlink()
    frozen.court.commit("jaan", "Take it away")
    agree(frozen, "loans-2")
    assert [one["code"] for one in frozen.verify("loans-2")["agreements"]] == [""]


def test_whoever_signs_the_tag_made_it(frozen: Vault) -> None:
    frozen.approve("loans-1")
    ran = frozen.run("mari", "tag", "loans-1", "--sign", "--key", str(frozen.court.keys["mari"]), code=3)
    assert "mari alone agreed to loans-1" in ran.stderr
    _tag(frozen, "loans-1", "mari")
    assert _codes(frozen) == {"mari": "MAKER"}
    assert frozen.codes("loans-1") == {"NOT_AGREED"}


def test_the_maker_signs_the_tag(frozen: Vault) -> None:
    frozen.approve("loans-1")
    frozen.run("kadri", "tag", "loans-1", "--sign", "--key", str(frozen.court.keys["kadri"]))
    assert frozen.codes("loans-1", "--tagged") == set()


def test_a_maker_whom_nobody_knows_may_be_anybody(frozen: Vault) -> None:
    frozen.create("loans-2", "--scope", "Service/loans", by="robot@somewhere.example")
    assert "is no Person at the commit" in frozen.approve("loans-2", code=3).stderr
    agree(frozen, "loans-2")
    assert [one["code"] for one in frozen.verify("loans-2")["agreements"]] == ["MAKER_UNKNOWN"]
    assert frozen.codes("loans-2") == {"NOT_AGREED"}


# --- signatures of statement and tag


def _resign(vault: Vault, name: str, signer: str) -> None:
    content = vault.path(name, "statement.intoto.json").read_bytes()
    armored = sign(vault, content, signer, "baseline@itsmctl")
    vault.rewrite(name, "statement.intoto.json.sig", armored)


def _tag(vault: Vault, name: str, signer: str, at: str = "2026-12-01T22:40:00Z", namespace: str = "") -> None:
    """A signed tag as no command would make it."""
    held = vault.manifest(name)
    target = vault.repo.git("log", "--format=%H", "--diff-filter=A", "--", f"baselines/{name}/baseline.json")
    message = f"Baseline {name}\n\nSource: {held['source']['commit']}\nRoot: {held['root']}\n"
    environ = {**vault.repo.environ, "GIT_COMMITTER_DATE": at}
    with_key = ("-c", "gpg.format=ssh", "-c", f"user.signingKey={vault.court.keys[signer]}")
    Repo(vault.repo.path, environ).git(*with_key, "tag", "-f", "-s", "-m", message, f"baseline/{name}", target)


@pytest.mark.parametrize(
    ("signer", "code"),
    [("kadri", ""), ("rein", "ROLE_WRONG"), ("eve", "SIGNATURE_UNKNOWN")],
)
def test_who_signed_the_statement(frozen: Vault, signer: str, code: str) -> None:
    frozen.approve("loans-1")
    _resign(frozen, "loans-1", signer)
    assert frozen.codes("loans-1") - {"NOT_AGREED"} == ({code} if code else set())


def test_a_compromised_key_signs_no_statement_and_no_tag(frozen: Vault) -> None:
    frozen.approve("loans-1")
    _tag(frozen, "loans-1", "kadri")
    assert frozen.codes("loans-1", "--tagged") == set()
    _key(frozen, "kadri", compromised_since="2026-12-03T00:00:00Z")
    frozen.court.now = LATER
    assert frozen.codes("loans-1", "--tagged") == {"KEY_REVOKED"}


def test_a_statement_signed_by_somebody_whose_role_was_over(frozen: Vault) -> None:
    frozen.create("loans-2", "--scope", "Service/loans", by="jaan")
    frozen.court.edit("Role/configuration-manager", {"/spec/holders": [{"person": "liis", "from": "2020-01-01"}]})
    frozen.court.commit("rein", "Kadri does something else")
    assert frozen.codes("loans-1", "--snapshot") == set(), "she signed before that"
    _resign(frozen, "loans-2", "kadri")
    assert frozen.codes("loans-2", "--snapshot") == {"ROLE_ENDED"}
    key = ("--key", str(frozen.court.keys["kadri"]))
    ran = frozen.run("kadri", "create", "loans-3", "--rev", "HEAD~3", "--sign", "-y", *key, code=3)
    assert "ROLE_ENDED" in ran.stderr
    ran = frozen.run("kadri", "tag", "loans-1", "--sign", *key, code=3)
    assert "NOT_AGREED" in ran.stderr


def test_a_statement_signed_for_something_else(frozen: Vault) -> None:
    frozen.approve("loans-1")
    content = frozen.path("loans-1", "statement.intoto.json").read_bytes()
    frozen.rewrite("loans-1", "statement.intoto.json.sig", sign(frozen, content, "kadri", "agreement@itsmctl"))
    assert frozen.codes("loans-1") == {"SIGNATURE_BAD"}


def test_a_statement_signed_with_a_key_that_had_ended(frozen: Vault) -> None:
    frozen.approve("loans-1")
    _key(frozen, "kadri", retired_at="2026-12-02T00:00:00Z")
    frozen.court.now = LATER
    assert frozen.codes("loans-1") == set()
    _key(frozen, "kadri", retired_at="2026-11-01T00:00:00Z")
    assert frozen.codes("loans-1") == {"SIGNATURE_KEY"}
    ran = frozen.run("kadri", "create", "loans-2", "--sign", "--key", str(frozen.court.keys["kadri"]), "-y", code=3)
    assert "did not count then" in ran.stderr


def test_a_signature_that_was_taken_off_is_missed(frozen: Vault) -> None:
    frozen.path("loans-1", "statement.intoto.json.sig").unlink()
    frozen.court.commit("jaan", "Take it away")
    found = frozen.verify("loans-1", "--snapshot")
    assert {one["code"]: one["severity"] for one in found["faults"]}["SIGNATURE_REMOVED"] == "warning"
    frozen.approve("loans-1")
    found = next(one for one in frozen.verify("loans-1")["faults"] if one["code"] == "SIGNATURE_REMOVED")
    assert found["severity"] == "error"
    subprocess.run(found["help"].removeprefix("Put it back: ").split(), cwd=frozen.repo.path, check=True)
    frozen.court.commit("jaan", "Put it back")
    assert frozen.codes("loans-1") == set()


@pytest.mark.parametrize(("signer", "code"), [("rein", "ROLE_WRONG"), ("eve", "TAG_SIGNATURE_UNKNOWN")])
def test_who_signed_the_tag(frozen: Vault, signer: str, code: str) -> None:
    frozen.approve("loans-1")
    _tag(frozen, "loans-1", signer)
    assert frozen.codes("loans-1", "--tagged") - {"NOT_AGREED"} == {code}


def test_a_tag_signed_with_a_key_that_had_ended(frozen: Vault) -> None:
    frozen.approve("loans-1")
    _tag(frozen, "loans-1", "kadri", at="2026-12-02T12:00:00Z")
    _key(frozen, "kadri", retired_at="2026-12-02T13:00:00Z")
    assert frozen.codes("loans-1", "--tagged") == set()
    _key(frozen, "kadri", retired_at="2026-12-02T11:00:00Z")
    assert frozen.codes("loans-1", "--tagged") == {"TAG_SIGNATURE_KEY"}


def test_a_tag_whose_signature_is_of_other_bytes(frozen: Vault) -> None:
    frozen.approve("loans-1")
    _tag(frozen, "loans-1", "kadri")
    content = frozen.repo.git("cat-file", "tag", "baseline/loans-1")
    forged = content.replace("tagger ", "tagger Somebody Else ", 1) + "\n"
    oid = frozen.repo.git("hash-object", "-t", "tag", "-w", "--stdin", stdin=forged.encode())
    frozen.repo.git("update-ref", "refs/tags/baseline/loans-1", oid)
    assert frozen.codes("loans-1", "--tagged") == {"TAG_SIGNATURE_BAD"}


def test_a_tag_that_lost_its_signature_is_told(frozen: Vault) -> None:
    frozen.approve("loans-1")
    _tag(frozen, "loans-1", "kadri")
    content = frozen.repo.git("cat-file", "tag", "baseline/loans-1").partition("-----BEGIN")[0]
    oid = frozen.repo.git("hash-object", "-t", "tag", "-w", "--stdin", stdin=content.encode())
    frozen.repo.git("update-ref", "refs/tags/baseline/loans-1", oid)
    found = frozen.verify("loans-1", "--tagged")
    assert {one["code"]: one["severity"] for one in found["faults"]} == {"TAG_UNSIGNED": "warning"}
    frozen.create("loans-2", "--scope", "Service/loans")
    frozen.approve("loans-2")
    frozen.run("kadri", "tag", "loans-2")
    found = frozen.verify("loans-2", "--tagged")
    assert {one["code"]: one["severity"] for one in found["faults"]} == {"TAG_UNSIGNED": "note"}
    before, after = found["faults"][0]["help"].partition("git ")[2].split(", then itsmctl baseline ")
    key = ("--key", str(frozen.court.keys["liis"]), "--yes")
    assert (
        "git tag -d baseline/loans-2, then again with --sign" in frozen.run("liis", *after.split(), *key, code=3).stderr
    )
    frozen.repo.git(*before.split())
    frozen.run("liis", *after.split(), *key)
    assert frozen.verify("loans-2", "--tagged")["faults"] == []


# --- chain, history, names


def test_a_chain_that_comes_back_to_itself_is_found(frozen: Vault) -> None:
    frozen.create("loans-2", "--scope", "Service/loans", "--supersedes", "loans-1")
    first, second = (frozen.manifest(name) for name in ("loans-1", "loans-2"))
    first["supersedes"] = {"name": "loans-2", "root": second["root"]}
    frozen.rewrite(
        "loans-1", "baseline.json", json.dumps(first, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    )
    assert "CHAIN_LOOPS" in frozen.codes("loans-1")
    assert "CHAIN_LOOPS" in frozen.codes("loans-2")


def test_what_does_not_hold_is_agreed_to_by_nobody(frozen: Vault) -> None:
    ran = frozen.run("kadri", "create", "loans-2", "--scope", "Service/loans", "--supersedes", "loans-1")
    assert "itsmctl baseline approve loans-1" in ran.stderr
    assert "BASE_NOT_AGREED" in frozen.approve("loans-2", code=3).stderr
    frozen.approve("loans-1")
    frozen.approve("loans-2")
    assert frozen.codes("loans-2") == set()


def test_whoever_merges_in_what_neither_side_has_made_it(frozen: Vault) -> None:
    """A merge can hold a file that is in none of its parents."""
    court, tree = frozen.court, frozen.repo.git("rev-parse", "HEAD^{tree}")
    court.branch("side", "HEAD^")
    one = court.commit("jaan", "One side")
    forged = court.git("mari", "commit-tree", "-p", f"{one}^", "-p", one, "-m", "Merge", tree)
    frozen.repo.git("reset", "--quiet", "--hard", forged)
    assert "mari made loans-1" in frozen.approve("loans-1", code=3).stderr
    agree(frozen, "loans-1")
    assert _codes(frozen) == {"mari": "MAKER"}


def test_a_manifest_that_no_commit_adds_is_found(frozen: Vault) -> None:
    """No repository that git takes can be so: what a tree holds came with some commit. It is no pass all the same."""
    from itsmctl.baseline import arrival, proof
    from itsmctl.cli import freezer

    with freezer.opened(frozen.repo.path, "HEAD") as place:
        held = proof.held(place.bench, place.tip.tree, place.prefix, "loans-1")
        assert isinstance(held, proof.Held)
        assert [one.code for one in arrival.history(place, held, ())] == ["NOT_COMMITTED"]


def test_names_that_differ_in_case_are_one_name(frozen: Vault) -> None:
    court = frozen.court
    court.branch("side", "HEAD^")
    frozen.create("Loans-1", "--scope", "Service/loans")
    court.merge("side")
    for name in ("loans-1", "Loans-1"):
        assert "NAME_REUSED" in frozen.codes(name)


def test_names_that_differ_in_case_are_one_name_when_one_is_gone(frozen: Vault) -> None:
    court = frozen.court
    court.branch("side", "HEAD^")
    frozen.create("LOANS-1", "--scope", "Service/loans")
    court.merge("side")
    shutil.rmtree(frozen.path("LOANS-1").parent)
    court.commit("jaan", "Take it away")
    assert "NAME_REUSED" in frozen.codes("loans-1")


def test_a_role_of_another_kind_of_record_does_not_help(frozen: Vault) -> None:
    frozen.court.put(
        record("Role", "release-managers", {"holders": [{"person": "rein", "from": "2020-01-01"}], "serial": 1})
    )
    frozen.court.commit("rein", "A like name")
    assert "does not hold the role" in frozen.approve("loans-1", by="rein", code=3).stderr


# --- what a later commit takes away


def test_a_revocation_that_was_written_once_stays(frozen: Vault) -> None:
    frozen.approve("loans-1")
    kept = frozen.court.get("Person/mari")["spec"]["keys"]
    _key(frozen, compromised_since="2026-11-01T00:00:00Z")
    for keys in (kept, [{**kept[0], "compromised_since": "2029-01-01T00:00:00Z"}]):
        frozen.court.edit("Person/mari", {"/spec/keys": keys})
        frozen.court.commit("rein", "Not so bad")
        assert frozen.codes("loans-1") == {"KEY_REVOKED", "NOT_AGREED"}
    frozen.court.edit("Person/mari", {"/spec/keys": None})
    frozen.court.edit("Person/ene", {"/spec/keys": kept})  # nor is it good in other hands
    frozen.court.commit("rein", "Hers")
    assert frozen.codes("loans-1") >= {"NOT_AGREED"}
    frozen.court.edit("Person/ene", {"/spec/keys": None})
    frozen.court.edit("Person/mari", {"/spec/keys": kept})
    frozen.court.commit("rein", "Back")
    frozen.create("loans-2", "--scope", "Service/loans")
    assert "did not count then" in frozen.approve("loans-2", code=3).stderr
    agree(frozen, "loans-2")
    assert [one["code"] for one in frozen.verify("loans-2")["agreements"]] == ["KEY_REVOKED"]


def test_a_revocation_on_a_branch_that_came_in_stays(frozen: Vault) -> None:
    frozen.approve("loans-1")
    frozen.court.branch("side")
    path = frozen.repo.path / "records/persons/mari.yaml"
    held = path.read_text()
    assert "valid_from" in held
    path.write_text(held.replace("valid_from:", '"compromised\\x5fsince": "2026-11-01T00:00:00Z"\n      valid_from:'))
    frozen.court.commit("rein", "Revoked, in another spelling")
    path.write_text(held)
    frozen.court.commit("rein", "And not")
    frozen.court.merge("side")
    assert "KEY_REVOKED" in frozen.codes("loans-1")


def test_an_agreement_that_is_taken_away_is_missed(frozen: Vault) -> None:
    frozen.approve("loans-1")
    frozen.create("loans-2", "--scope", "Service/loans", by="jaan")
    for person in ("mari", "liis"):
        frozen.approve("loans-2", by=person)
    (frozen.repo.path / "records/persons/mari.yaml").touch()
    frozen.repo.git("rm", "-q", "-r", *frozen.repo.git("ls-files", "baselines/loans-2/agreement/mari*").split())
    frozen.court.commit("jaan", "Tidy")
    (fault,) = [one for one in frozen.verify("loans-2")["faults"] if one["code"] == "AGREEMENT_REMOVED"]
    assert fault["severity"] == "error"
    subprocess.run(fault["help"].removeprefix("Put it back: ").split(), cwd=frozen.repo.path, check=True)
    frozen.court.commit("jaan", "Put it back")
    assert frozen.codes("loans-2") == set()
    _key(frozen, compromised_since="2026-11-01T00:00:00Z")
    assert frozen.codes("loans-2") == {"KEY_REVOKED"}, "whoever else agreed"
    frozen.repo.git("rm", "-q", "-r", *frozen.repo.git("ls-files", "baselines/loans-2/agreement/mari*").split())
    frozen.court.commit("jaan", "Tidy")
    assert frozen.codes("loans-2") == {"AGREEMENT_REMOVED"}
    (fault,) = [one for one in frozen.verify("loans-2")["faults"] if one["code"] == "AGREEMENT_REMOVED"]
    again = fault["help"].partition("itsmctl baseline ")[2].split()
    frozen.run("jaan", *again)
    frozen.approve("loans-2-2", by="liis")
    assert frozen.codes("loans-2-2") == set()


def test_an_agreement_that_never_counted_may_go_with_a_word(frozen: Vault) -> None:
    frozen.approve("loans-1")
    agree(frozen, "loans-1", "kadri", "configuration-manager")  # who made it
    frozen.repo.git("rm", "-q", "-r", *frozen.repo.git("ls-files", "baselines/loans-1/agreement/kadri*").split())
    frozen.court.commit("jaan", "Tidy")
    found = {one["code"]: one["severity"] for one in frozen.verify("loans-1")["faults"]}
    assert found["AGREEMENT_REMOVED"] == "warning"
    assert frozen.codes("loans-1") == set()


def _comes_and_goes(vault: Vault, *files: str, content: bytes = b"{}\n") -> None:
    """Somebody puts files there, and takes them away again."""
    for file in files:
        vault.repo.write(file, content.decode())
    vault.court.commit("jaan", "Try")
    vault.repo.git("rm", "-q", *files)
    vault.court.commit("jaan", "Not that")


def test_what_never_proved_anything_is_noise_once_it_is_gone(frozen: Vault) -> None:
    """Anybody who may push could else end any baseline, and use up any name."""
    frozen.approve("loans-1")
    folder = "baselines/loans-1"
    agree(frozen, "loans-1", "eve")  # nobody's key
    agree(frozen, "loans-1", "rein")  # who holds no role
    frozen.repo.git("rm", "-q", "-r", *frozen.repo.git("ls-files", f"{folder}/agreement/[er]*").split())
    frozen.court.commit("jaan", "Tidy")
    _comes_and_goes(frozen, f"{folder}/agreement/kadri-000000000000.json", f"{folder}/agreement/x.txt", f"{folder}/y")
    _comes_and_goes(frozen, "baselines/LOANS-1/y", "baselines/loans-2/y")
    found = [(one["code"], one["severity"]) for one in frozen.verify("loans-1")["faults"]]
    assert set(found) == {("AGREEMENT_REMOVED", "note"), ("NAME_REUSED", "note"), ("TAG_GONE", "note")}
    frozen.create("loans-2", "--scope", "Service/loans", by="jaan")
    content = frozen.path("loans-2", "statement.intoto.json").read_bytes()
    by_nobody = sign(frozen, content, "eve", "baseline@itsmctl")
    for made in (b"soon", by_nobody, sign(frozen, content, "rein", "baseline@itsmctl")):
        _comes_and_goes(frozen, "baselines/loans-2/statement.intoto.json.sig", content=made)
    frozen.approve("loans-2")
    found = [(one["code"], one["severity"]) for one in frozen.verify("loans-2")["faults"]]
    assert set(found) == {("SIGNATURE_REMOVED", "note"), ("TAG_GONE", "note")}


def test_what_counted_is_missed_whatever_stood_there_last(frozen: Vault) -> None:
    frozen.approve("loans-1")
    frozen.approve("loans-1", by="liis")
    (path,) = frozen.path("loans-1", "agreement").glob("mari*.sig")
    frozen.rewrite("loans-1", f"agreement/{path.name}", b"soon")
    frozen.repo.git("rm", "-q", *frozen.repo.git("ls-files", "baselines/loans-1/agreement/mari*").split())
    frozen.court.commit("jaan", "Tidy")
    assert frozen.codes("loans-1") == {"AGREEMENT_REMOVED"}


def test_a_key_that_was_known_to_be_stolen_ends_no_baseline(frozen: Vault) -> None:
    frozen.approve("loans-1", by="liis")
    _key(frozen, compromised_since="2026-11-01T00:00:00Z")
    agree(frozen, "loans-1")
    assert frozen.codes("loans-1") == {"KEY_REVOKED"}
    frozen.repo.git("rm", "-q", *frozen.repo.git("ls-files", "baselines/loans-1/agreement/mari*").split())
    frozen.court.commit("jaan", "Tidy")
    assert frozen.codes("loans-1") == set()


# --- an earlier date is a claim


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"valid_until": "2026-12-01T23:00:00Z"}, "EXPIRED_KEY"),
        ({"retired_at": "2026-12-01T23:00:00Z"}, "EXPIRED_KEY"),
        ({"active_to": "2026-12-01"}, "ROLE_ENDED"),
        ({"to": "2026-12-01"}, "ROLE_ENDED"),
    ],
)
def test_who_left_does_not_agree_with_a_date_of_before(frozen: Vault, how: dict[str, str], code: str) -> None:
    if "active_to" in how:
        frozen.court.edit("Person/mari", {"/spec/state": "left", "/spec/active_to": how["active_to"]})
    elif "to" in how:
        frozen.court.edit("Role/release-manager", {"/spec/holders/0/to": how["to"]})
    else:
        _key(frozen, **how)
    frozen.court.commit("rein", "She leaves", at="2026-12-02T08:00:00Z")
    agree(frozen, "loans-1")  # says that it is of 2026-12-01T22:30, and says so only now
    frozen.court.now = LATER
    assert _codes(frozen) == {"mari": code}
    assert "is its own word" in frozen.verify("loans-1")["agreements"][0]["says"]
    assert frozen.codes("loans-1") == {"NOT_AGREED"}
    frozen.approve("loans-1", by="liis")
    assert frozen.codes("loans-1") == set()


# --- outside authors


def test_an_outside_author_alone_may_be_anybody(frozen: Vault) -> None:
    settings = (frozen.repo.path / "itsm.yaml").read_text()
    frozen.repo.write("itsm.yaml", settings + "outside_authors: allow\n")
    frozen.court.commit("rein", "Allow them")
    frozen.create("loans-2", "--scope", "Service/loans", by="mari@home.example")
    assert "is no Person" in frozen.approve("loans-2", code=3).stderr
    agree(frozen, "loans-2")
    assert [one["code"] for one in frozen.verify("loans-2")["agreements"]] == ["MAKER_UNKNOWN"]
    assert frozen.codes("loans-2") == {"NOT_AGREED"}
    frozen.create("loans-3", "--scope", "Service/loans")
    frozen.repo.git("commit", "-q", "--amend", "--no-edit", "--author", "M <mari@home.example>")
    frozen.court.git("kadri", "commit", "-q", "--amend", "--no-edit")  # the committer is known
    frozen.approve("loans-3")
    found = frozen.verify("loans-3")
    assert found["holds"]
    assert {one["code"]: one["severity"] for one in found["faults"]}["MAKER_UNKNOWN"] == "warning"


# --- carriers


@pytest.mark.parametrize("how", ["committer", "signer"])
def test_no_person_is_hidden_by_the_carriers(frozen: Vault, how: str) -> None:
    forge, mari = "noreply@forge.example", "mari@town.example"
    carriers = f"carriers:\n  - {{email: {forge}}}\n  - {{email: {mari.upper()}}}\n"
    frozen.repo.write("itsm.yaml", (frozen.repo.path / "itsm.yaml").read_text() + carriers)
    frozen.court.commit("rein", "List carriers")
    frozen.create("loans-2", "--scope", "Service/loans")
    who = ["-c", "user.name=x", "-c", f"user.email={forge if how == 'signer' else mari}"]
    key = ["-c", "gpg.format=ssh", "-c", f"user.signingkey={frozen.court.keys['mari']}"] if how == "signer" else []
    environ = {**frozen.repo.environ, "GIT_COMMITTER_EMAIL": forge if how == "signer" else mari}
    amend = ["git", *who, *key, "commit", "-q", "--amend", "--no-edit", *(["-S"] if key else [])]
    subprocess.run(amend, cwd=frozen.repo.path, env={"PATH": os.environ["PATH"], **environ}, check=True)
    assert f"mari made loans-2 ({how} of" in frozen.approve("loans-2", code=3).stderr
    agree(frozen, "loans-2")
    assert [one["code"] for one in frozen.verify("loans-2")["agreements"]] == ["MAKER"]
    assert frozen.codes("loans-2") == {"NOT_AGREED"}


def test_a_forge_among_the_carriers_made_nothing(frozen: Vault) -> None:
    forge = "noreply@forge.example"
    frozen.repo.write(
        "itsm.yaml", (frozen.repo.path / "itsm.yaml").read_text() + f"carriers:\n  - {{email: {forge}}}\n"
    )
    frozen.court.commit("rein", "List carriers")
    frozen.create("loans-2", "--scope", "Service/loans")
    environ = {"PATH": os.environ["PATH"], **frozen.repo.environ, "GIT_COMMITTER_EMAIL": forge}
    subprocess.run(["git", "commit", "-q", "--amend", "--no-edit"], cwd=frozen.repo.path, env=environ, check=True)
    frozen.approve("loans-2")
    assert frozen.verify("loans-2")["holds"]
