"""References to records that were removed or renamed: what is closed may name them, what is in force may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from world import MARI, OPERATIONS, change, finding, found_small, item, lines, service, validate

if TYPE_CHECKING:
    from conftest import Ran, Repo

CHG = "records/changes/CHG-1.yaml"


@pytest.fixture
def small(repo: Repo) -> Repo:
    return found_small(repo)


def _rules(ran: Ran) -> list[str]:
    return [line.split()[-1] for line in lines(ran)]


def _removed(repo: Repo, path: str, content: str) -> None:
    """A file that only history holds."""
    repo.write(path, content)
    repo.commit()
    (repo.path / path).unlink()


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (change("CHG-1", spec="requester: kai"), True),
        (change("CHG-1", spec="implementers: [kai]"), True),
        (change("CHG-1").replace("Role/operations", "Person/kai"), True),
        (change("CHG-1", spec="items: [{item: Person/kai, action: change}]"), True),
        (change("CHG-1", spec="items: [{item: Person/kai, action: remove}]"), False),
        (change("CHG-1", state="cancelled", spec="requester: kai"), False),
        (change("CHG-1", state="cancelled", spec="requester: kia"), True),
    ],
    ids=["requester", "implementer", "owner", "altered item", "removed item", "closed", "closed and misspelt"],
)
def test_who_has_to_act_on_what_is_open_is_there(small: Repo, record: str, expected: bool) -> None:
    """Somebody who left is set to left, not removed; what is closed may name whom history holds."""
    _removed(small, "records/persons/kai.yaml", MARI.replace("mari", "kai"))
    small.write(CHG, record)
    ran = validate(small)
    assert ("reference" in _rules(ran)) is expected
    assert ("there is no Person called kai any more" in ran.stdout) is (expected and "kia" not in record)


def test_a_person_removed_while_a_change_names_them_is_new(small: Repo) -> None:
    small.write("records/persons/kai.yaml", MARI.replace("mari", "kai"))
    small.write(CHG, change("CHG-1", spec="requester: kai"))
    small.commit()
    (small.path / "records/persons/kai.yaml").unlink()
    assert _rules(validate(small, "--since", "HEAD")) == ["reference"]


def test_what_owns_a_register_record_is_there(small: Repo) -> None:
    """A supplier is under no change control, and still somebody has to answer for it today."""
    _removed(small, "records/roles/buyers.yaml", OPERATIONS.replace("operations", "buyers"))
    supplier = service("acme").replace("Role/operations", "Role/buyers").replace("kind: Service", "kind: Supplier")
    small.write("records/suppliers/acme.yaml", supplier.partition("spec:")[0] + "spec: {state: prospective}\n")
    assert "there is no Role called buyers any more" in validate(small).stdout


@pytest.mark.parametrize("other", ["db-01", "DB-01", "other"])
def test_a_former_name_belongs_to_one_record(small: Repo, other: str) -> None:
    def write(name: str, formerly: str) -> None:
        small.write(f"records/configuration-items/{name}.yaml", item(name).replace("spec:", f"{formerly}spec:"))

    write("a", "  formerly: [db-01]\n")
    assert lines(validate(small)) == []
    write(other, "  formerly: [Db-01]\n" if other == "other" else "")
    found = finding(validate(small), "record-identity")
    assert "cannot be a former name of ConfigurationItem/" in str(found["message"])
    assert {place["path"] for place in (found["place"], found["related"][0]["place"])} == {  # type: ignore[index]
        f"records/configuration-items/{name}.yaml" for name in ("a", other)
    }
