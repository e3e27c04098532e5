"""Who is who: what is claimed twice is nobody's, roles are held by the day, and a delegation goes one step."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from board import NOW, delegation, key_of, person, record, role, world

from itsmctl.roster import Roster, fingerprint

if TYPE_CHECKING:
    from pathlib import Path

NONE: dict[str, Any] = {}


def roster(folder: Path, *records: Any, now: datetime = NOW, settings: dict[str, Any] = NONE) -> Roster:
    return Roster.of(world(folder / "base", records, settings), now)


def test_a_fingerprint_is_the_one_that_ssh_keygen_prints(tmp_path: Path) -> None:
    for kind in ("ed25519", "ecdsa", "rsa"):
        file = tmp_path / kind
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", file], check=True)
        printed = subprocess.run(["ssh-keygen", "-l", "-f", file], check=True, capture_output=True, text=True).stdout
        assert fingerprint(file.with_suffix(".pub").read_text()) == printed.split()[1]


@pytest.mark.parametrize("text", ["", "ssh-ed25519", "ssh-ed25519 ====", "ssh-rsa " + key_of("mari").split()[1]])
def test_what_is_no_key_has_no_fingerprint(text: str) -> None:
    with pytest.raises(ValueError, match="key"):
        fingerprint(text)


def test_addresses_are_found_however_they_are_written(tmp_path: Path) -> None:
    found = roster(tmp_path, person("mari", emails=["Mari@Example.org"]))
    assert found.email("mari@example.ORG") == "mari"
    assert found.email("liis@example.org") is None
    assert found.faults == ()


def test_an_address_of_two_persons_is_nobodys(tmp_path: Path) -> None:
    found = roster(tmp_path, person("mari", emails=["it@example.org"]), person("liis", emails=["IT@example.org"]))
    assert found.email("it@example.org") is None
    assert [one.says for one in found.faults] == [
        "it@example.org is claimed by Person/liis and Person/mari, so it is nobody's"
    ]


def test_a_key_of_two_persons_is_nobodys(tmp_path: Path) -> None:
    shared = [{"public_key": key_of("mari"), "valid_from": "2020-01-01T00:00:00Z"}]
    found = roster(tmp_path, person("mari"), person("liis", keys=shared))
    assert found.key(fingerprint(key_of("mari"))) is None
    assert not found.can_sign("mari")
    assert len(found.faults) == 1


def test_a_key_twice_in_one_record_is_a_fault_since_two_times_are_none(tmp_path: Path) -> None:
    key = {"public_key": key_of("mari"), "valid_from": "2020-01-01T00:00:00Z"}
    found = roster(tmp_path, person("mari", keys=[key, {**key, "valid_from": "2021-01-01T00:00:00Z"}]))
    assert found.key(fingerprint(key_of("mari"))) is None
    assert len(found.faults) == 1


def test_a_fingerprint_that_is_not_that_of_the_key_is_a_fault(tmp_path: Path) -> None:
    key = {"public_key": key_of("mari"), "valid_from": "2020-01-01T00:00:00Z", "fingerprint": "SHA256:" + "A" * 43}
    found = roster(tmp_path, person("mari", keys=[key]))
    assert [one.path for one in found.faults] == ["records/persons/mari.yaml"]


@pytest.mark.parametrize(
    ("spec", "counts"),
    [
        ({}, True),
        ({"valid_until": "2026-11-22T10:00:01+02:00"}, True),
        ({"valid_until": "2026-11-22T10:00:00+02:00"}, False),
        ({"retired_at": "2026-11-22T08:00:00Z"}, False),
        ({"compromised_since": "2026-01-01T00:00:00Z"}, False),
        ({"valid_from": "2026-11-22T08:00:00.000001Z"}, False),
    ],
)
def test_a_key_counts_from_when_to_when(tmp_path: Path, spec: dict[str, str], counts: bool) -> None:
    key = {"public_key": key_of("mari"), "valid_from": "2020-01-01T00:00:00Z", **spec}
    found = roster(tmp_path, person("mari", keys=[key]))
    entry = found.key(fingerprint(key_of("mari")))
    assert entry is not None
    assert entry.counts_at(NOW) is counts
    assert found.can_sign("mari") is counts
    assert entry.valid_from is not None
    assert entry.valid_from.tzinfo is UTC


def test_an_account_is_found_by_its_number_and_host(tmp_path: Path) -> None:
    accounts = [{"forge": "github", "id": 7}, {"forge": "gitea", "id": 7, "host": "Git.example"}]
    found = roster(tmp_path, person("mari", accounts=accounts))
    assert found.account("github", "", 7) == "mari"
    assert found.account("github", "github.com", 7) == "mari"
    assert found.account("gitea", "git.example", 7) == "mari"
    assert found.account("gitea", "", 7) is None


@pytest.mark.parametrize(
    ("spec", "active"),
    [
        ({}, True),
        ({"state": "left", "active_to": "2027-01-01"}, False),
        ({"active_from": "2026-11-22", "active_to": "2026-11-22"}, True),
        ({"active_from": "2026-11-23"}, False),
        ({"active_to": "2026-11-21"}, False),
    ],
)
def test_active_is_who_is_here_today(tmp_path: Path, spec: dict[str, str], active: bool) -> None:
    found = roster(tmp_path, person("mari", **spec), role("board", "mari"))
    assert found.is_active("mari") is active
    assert found.holders("board") == (("mari",) if active else ())


def test_today_is_the_day_in_the_zone_of_the_settings(tmp_path: Path) -> None:
    held = role("board", {"person": "mari", "from": "2026-11-23"})
    late = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
    assert roster(tmp_path / "utc", person("mari"), held, now=late).holders("board") == ()
    tallinn = {"calendar": {"zone": "Europe/Tallinn"}}
    assert roster(tmp_path / "ee", person("mari"), held, now=late, settings=tallinn).holders("board") == ("mari",)


def test_a_bot_holds_no_role(tmp_path: Path) -> None:
    found = roster(tmp_path, person("robot", type="bot"), role("board", "robot"))
    assert found.holders("board") == ()
    assert not found.can_sign("robot")


def test_a_role_is_held_to_its_last_day(tmp_path: Path) -> None:
    last = role("board", {"person": "mari", "from": "2026-01-01", "to": "2026-11-22"})
    assert roster(tmp_path / "a", person("mari"), last).holders("board") == ("mari",)
    assert roster(tmp_path / "b", person("mari"), last, now=NOW + timedelta(days=1)).holders("board") == ()


def _two(folder: Path, *delegations: Any, **more: Any) -> Roster:
    held = [person("mari"), person("liis"), person("tonu"), role("board", "mari"), *delegations, *more.values()]
    return roster(folder, *held)


def test_a_delegate_acts_for_the_holder_and_the_two_have_one_voice(tmp_path: Path) -> None:
    found = _two(tmp_path, delegation("mari", "liis", "board"))
    standing = found.standing("liis", "board")
    assert standing is not None
    assert standing.via == "mari"
    assert found.eligible("board") == ("liis", "mari")
    assert found.linked("mari") == {"liis"}
    assert found.voices(["board"])["mari"].keys() == {"liis"}
    assert found.voices(["board"])["liis"] == {"mari": "since delegation mari-liis is in force until 2026-11-30"}
    assert found.voices(["other"]) == {}
    assert found.holders("board") == ("mari",)


@pytest.mark.parametrize(
    "spec",
    [
        {"state": "revoked", "revoked_on": "2026-11-30"},
        {"from": "2026-11-23"},
        {"to": "2026-11-21"},
        {"from": "2026-11-01", "to": "2026-12-01"},  # 31 days
        {"roles": ["other"]},
        {"delegate": "nobody"},
        {"delegate": "mari"},
    ],
)
def test_a_delegation_that_is_not_in_force_gives_no_vote(tmp_path: Path, spec: dict[str, Any]) -> None:
    found = _two(tmp_path, delegation("mari", "liis", "board", **spec))
    assert found.standing("liis", "board") is None


def test_thirty_days_are_not_too_long(tmp_path: Path) -> None:
    assert _two(tmp_path, delegation("mari", "liis", "board", **{"from": "2026-11-01", "to": "2026-11-30"})).standing(
        "liis", "board"
    )


def test_a_delegate_cannot_pass_it_on(tmp_path: Path) -> None:
    found = _two(tmp_path, delegation("mari", "liis", "board"), delegation("liis", "tonu", "board"))
    assert found.standing("tonu", "board") is None
    assert {one: set(others) for one, others in found.voices(["board"]).items()} == {"mari": {"liis"}, "liis": {"mari"}}


def test_two_who_vote_for_the_same_person_are_one_vote_and_two_holders_are_two(tmp_path: Path) -> None:
    both = (delegation("mari", "liis", "board"), delegation("mari", "tonu", "board"))
    found = _two(tmp_path / "a", *both).voices(["board"])
    assert {one: set(others) for one, others in found.items()} == {
        "mari": {"liis", "tonu"},
        "liis": {"mari", "tonu"},
        "tonu": {"mari", "liis"},
    }
    held = [person(one) for one in ("mari", "liis", "tonu")]
    of = roster(tmp_path / "b", *held, role("board", "mari", "liis", "tonu"), *both).voices(["board"])
    assert {one: set(others) for one, others in of.items()} == {
        "mari": {"liis", "tonu"},
        "liis": {"mari"},
        "tonu": {"mari"},
    }


def test_the_delegate_of_who_left_has_nothing(tmp_path: Path) -> None:
    left = person("mari", state="left", active_to="2026-10-31")
    found = roster(tmp_path, left, person("liis"), role("board", "mari"), delegation("mari", "liis", "board"))
    assert found.standing("liis", "board") is None
    assert found.linked("liis") == frozenset()


def test_an_owner_whom_nobody_is_is_replaced_by_the_fallback(tmp_path: Path) -> None:
    held = [person("mari"), person("liis"), role("gone"), role("board", "mari"), person("bot", type="bot")]
    owned = [record("Library", name, {}, owner) for name, owner in _OWNERS.items()]
    base = world(tmp_path / "base", (*held, *owned), {"owner_fallback": "board"})
    found = Roster.of(base, NOW)
    owners = {one.name: found.owner(one) for one in base.by_kind["Library"]}
    assert owners["by-role"].persons == ("mari",)
    assert owners["by-person"].persons == ("liis",)
    for name in ("by-gone", "by-nobody", "by-missing", "by-bot"):
        assert (owners[name].ref, owners[name].persons) == ("Role/board", ("mari",)), name
    assert owners["by-gone"].instead_of == "Role/gone"


_OWNERS = {
    "by-role": "Role/board",
    "by-person": "Person/liis",
    "by-gone": "Role/gone",
    "by-missing": "Role/missing",
    "by-bot": "Person/bot",
    "by-nobody": None,
}


def test_without_a_fallback_such_an_owner_is_nobody(tmp_path: Path) -> None:
    base = world(tmp_path / "base", (role("gone"),), {})
    owner = Roster.of(base, NOW).owner(base.records["Role/gone"])
    assert (owner.ref, owner.persons) == ("", ())


def test_a_former_name_of_a_role_or_person_leads_to_the_one_of_today(tmp_path: Path) -> None:
    mari = person("mari")
    mari["metadata"]["formerly"] = ["maria"]
    board = role("board", "maria")
    board["metadata"]["formerly"] = ["cab"]
    found = roster(tmp_path, mari, board)
    assert found.holders("cab") == ("mari",)
    assert found.standing("maria", "cab") is not None


@pytest.mark.parametrize("kind", ["Person", "Role", "Delegation"])
def test_what_cannot_be_relied_on_is_a_fault(tmp_path: Path, kind: str) -> None:
    broken = record(kind, "broken", {})
    found = roster(tmp_path, broken)
    assert [one.says for one in found.faults] == [f"{kind}/broken breaks its schema"]


def test_an_unreadable_person_is_a_fault(tmp_path: Path) -> None:
    folder = tmp_path / "base"
    base = world(folder, (person("mari"),), {})
    (folder / "records/persons/liis.yaml").write_text("kind: [")
    again = world(tmp_path / "again", (person("mari"),), {})
    assert Roster.of(again, NOW).faults == ()
    from itsmctl import snapshot, sources

    read = snapshot.read(sources.WorkTree(folder, None), base.law)
    assert [one.says for one in Roster.of(read, NOW).faults] == ["Person/liis cannot be read"]


def test_a_person_away_from_home_is_a_fault(tmp_path: Path) -> None:
    folder = tmp_path / "base"
    base = world(folder, (person("mari"),), {})
    (folder / "records/persons/mari.yaml").rename(folder / "records/persons/liis.yaml")
    from itsmctl import snapshot, sources

    read = snapshot.read(sources.WorkTree(folder, None), base.law)
    assert "Person/mari belongs in records/persons/mari.yaml" in [one.says for one in Roster.of(read, NOW).faults]
