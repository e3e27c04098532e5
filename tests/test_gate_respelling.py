"""1 and 1.0 have one digest, and are two types to a rule: no head alters the one into the other."""

from __future__ import annotations

from typing import Any

import pytest
from court import Court, change, walk
from test_gate_flows import APP, DB, allowed, voted

RULE = "ApprovalRule/normal"


def respelled(court: Court) -> dict[str, str]:
    """Kind/name → the field that the gate calls respelled."""
    found = (one for one in walk(court.gate().verdict) if one["code"] == "RESPELLED")
    return {one["name"]: one["details"]["pointer"] for one in found}


def rewritten(court: Court, path: str, old: str, new: str) -> None:
    """Put other words into a file."""
    text = (court.repo.path / path).read_text()
    assert text.count(old) == 1, text
    court.repo.write(path, text.replace(old, new))


def with_numbers(court: Court) -> Court:
    """A record with numbers, past the gate."""
    court.edit(DB, {"/spec/tier": 1, "/spec/attributes": {"ports": [1, 2], "load": 0.0, "share": 2.0, "count": 3}})
    court.commit("rein", "Numbers")
    return court


@pytest.mark.parametrize(
    ("old", "new", "pointer"),
    [
        ("count: 3", "count: 3.0", "/spec/attributes/count"),
        ("count: 3", "count: 3e0", "/spec/attributes/count"),
        ("share: 2.0", "share: 2", "/spec/attributes/share"),
        ("load: 0.0", "load: -0.0", "/spec/attributes/load"),
        ("load: 0.0", "load: 0", "/spec/attributes/load"),
    ],
)
def test_a_number_is_not_written_as_another_type(court: Court, old: str, new: str, pointer: str) -> None:
    with_numbers(court).branch("pr")
    rewritten(court, "records/configuration-items/db-01.yaml", old, new)
    court.commit("jaan")
    assert respelled(court) == {DB: pointer}
    assert f"Write {old.partition(' ')[2]}, as it was" in court.gate().says


def test_nor_in_governance_nor_in_registers(court: Court) -> None:
    text = "metadata: {name: it}\nspec: {measure: {baseline: 4}}\n"
    court.repo.write("records/improvement-actions/it.yaml", f"apiVersion: itsm/v1\nkind: ImprovementAction\n{text}")
    court.commit("rein", "An action")
    court.branch("pr")
    rewritten(court, "records/approval-rules/normal.yaml", "serial: 1", "serial: 1.0")
    rewritten(court, "records/improvement-actions/it.yaml", "baseline: 4", "baseline: 4.0")
    court.commit("jaan")
    assert respelled(court) == {RULE: "/spec/serial", "ImprovementAction/it": "/spec/measure/baseline"}


def test_not_along_with_another_edit_either(court: Court) -> None:
    with_numbers(court).branch("pr")
    court.edit(DB, {"/spec/version": "1.0.1"})
    rewritten(court, "records/configuration-items/db-01.yaml", "count: 3", "count: 3.0")
    court.put(change("CHG-1", {DB: "change"}))
    court.commit("jaan", "Update")
    voted(court, "CHG-1", "liis", "kadri")
    assert respelled(court) == {DB: "/spec/attributes/count"}
    rewritten(court, "records/configuration-items/db-01.yaml", "count: 3.0", "count: 3")
    court.commit("jaan", "As it was")
    allowed(court)


@pytest.mark.parametrize("edits", [{"count": 4.0}, {"count": "3"}, {"ports": [1.0, 2, 3]}, {"other": 5.0}])
def test_another_value_is_an_edit_like_any_other(court: Court, edits: dict[str, Any]) -> None:
    with_numbers(court).branch("pr")
    court.edit(DB, {f"/spec/attributes/{key}": value for key, value in edits.items()})
    court.commit("jaan", "Update")
    assert respelled(court) == {}
    assert "NOT_COVERED" in court.gate().codes


def test_form_is_no_matter(court: Court) -> None:
    with_numbers(court).branch("pr")
    path = "records/configuration-items/db-01.yaml"
    rewritten(court, path, "count: 3", "count: 0x3  # ports")
    rewritten(court, path, "share: 2.0", "share: 2.00")
    court.commit("jaan")
    assert court.gate().verdict["code"] == "NOTHING_GOVERNED"


def test_nor_is_it_tried_on_the_way(court: Court) -> None:
    with_numbers(court).branch("pr")
    for old, new in (("count: 3", "count: 3.0"), ("count: 3.0", "count: 3")):
        rewritten(court, "records/configuration-items/db-01.yaml", old, new)
        court.repo.write("notes.txt", new)
        court.commit("jaan")
    assert court.gate().codes == {"TAKEN_BACK"}


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
