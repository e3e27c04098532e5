"""1 and 1.0 have one digest, so nothing that reads a record tells them apart: no rule goes by the spelling."""

from __future__ import annotations

import pytest
from court import Court, change, walk
from test_gate_flows import APP, DB, allowed, voted

RULE = "ApprovalRule/normal"
FILE = "records/configuration-items/db-01.yaml"


def rewritten(court: Court, path: str, old: str, new: str) -> None:
    """Put other words into a file."""
    text = (court.repo.path / path).read_text()
    assert text.count(old) == 1, text
    court.repo.write(path, text.replace(old, new))


def with_numbers(court: Court) -> Court:
    """A record with numbers, and a rule that asks by type where there are fewer than three, past the gate."""
    rule = court.get(RULE)
    rule["metadata"]["name"] = "by-type"
    small = "type(i.spec.attributes.count) == int && i.spec.attributes.count < 3"
    listed = "i.spec.attributes.ports.exists(port, type(port) == int && port > 8)"
    rule["spec"]["when"] = f"items.exists(i, has(i.spec.attributes) && ({small} || {listed}))"
    rule["spec"]["require"] = [{"role": "security-manager", "count": 1}]
    court.put(rule)
    court.edit(DB, {"/spec/attributes": {"ports": [1, 2], "load": 0, "share": 2, "count": 3}})
    court.commit("rein", "Numbers")
    return court


def is_asked(court: Court) -> bool:
    """Does the rule decide on the head?"""
    return any(one["name"] == "by-type" for one in walk(court.gate().verdict))


def test_a_head_is_not_respelled_after_the_votes(court: Court) -> None:
    """Neither what it alters, nor a list that grew, nor what is new: who is asked is what it was when they voted."""
    with_numbers(court).branch("pr")
    court.edit(DB, {"/spec/attributes/count": 1, "/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Update")
    voted(court, "CHG-1", "liis", "kadri")
    assert is_asked(court)
    said = court.gate().codes
    rewritten(court, FILE, "count: 1", "count: 1.0")
    court.commit("jaan", "Only written otherwise")
    assert is_asked(court)
    assert court.gate().codes == said
    rewritten(court, FILE, "count: 1.0", "count: 3.0e0")
    rewritten(court, FILE, "- 2", "- 2\n      - 9.0")
    court.commit("jaan", "A list that grew, too")
    assert is_asked(court)
    rewritten(court, FILE, "9.0", "0.9e1")
    court.commit("jaan", "Again")
    assert is_asked(court)
    rewritten(court, FILE, "0.9e1", "8.5")
    court.commit("jaan", "That is another number")
    assert not is_asked(court)


def test_nor_is_a_new_record(court: Court) -> None:
    with_numbers(court).branch("pr")
    new = court.get(DB)
    new["metadata"]["name"] = "db-02"
    new["spec"]["attributes"]["count"] = 1
    court.put(new)
    path = FILE.replace("db-01", "db-02")
    rewritten(court, path, "count: 1", "count: 1.0")
    court.put(change("CHG-1", {"ConfigurationItem/db-02": "add"}))
    court.commit("jaan", "A second one")
    assert is_asked(court)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (FILE, "count: 3", "count: 3.0  # ports"),
        (FILE, "count: 3", "count: 0x3"),
        (FILE, "load: 0", "load: -0.0"),
        ("records/approval-rules/normal.yaml", "serial: 1", "serial: 1.0"),
    ],
)
def test_how_a_number_is_written_is_no_edit(court: Court, path: str, old: str, new: str) -> None:
    with_numbers(court).branch("pr")
    rewritten(court, path, old, new)
    court.commit("jaan")
    assert court.gate().verdict["code"] == "NOTHING_GOVERNED"


def test_along_with_another_edit_it_is_none_either(court: Court) -> None:
    with_numbers(court).branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    rewritten(court, FILE, "count: 3", "count: 3.0")
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Update")
    voted(court, "CHG-1", "liis", "kadri")
    allowed(court)


def test_the_order_of_keys_decides_nothing(court: Court) -> None:
    """It is no part of a digest, and a rule goes through the keys of a map in their own order."""
    rule = court.get(RULE)
    rule["metadata"]["name"] = "by-key"
    rule["spec"]["when"] = "items.exists(i, has(i.spec.attributes) && i.spec.attributes.map(k, k)[0] == 'zone')"
    rule["spec"]["require"] = [{"role": "security-manager", "count": 1}]
    court.put(rule)
    court.edit(DB, {"/spec/attributes": {"zone": "a", "area": "b"}})
    court.commit("rein", "A rule that goes by order")
    court.branch("pr")
    court.edit(APP, {"/spec/version": "2.0.1"})
    court.edit(DB, {"/spec/version": "1.0.1"})
    court.put(change("CHG-1", {DB: "change", APP: "change"}))
    court.commit("jaan", "Update")
    assert not [one for one in walk(court.gate().verdict) if one["name"] == "by-key"]
