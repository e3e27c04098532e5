"""What only the whole set shows: references, twins, cycles, classes, steps; both ends are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from world import SERVER_TYPE, change, finding, found_small, item, lines, service, validate

if TYPE_CHECKING:
    from conftest import Repo


@pytest.fixture
def small(repo: Repo) -> Repo:
    return found_small(repo)


def _item(repo: Repo, name: str, spec: str = "", kind: str = "server") -> None:
    repo.write(f"records/configuration-items/{name}.yaml", item(name, spec=spec, kind=kind))


def test_a_dangling_reference_names_the_nearest_record_and_its_place(small: Repo) -> None:
    _item(small, "db-01")
    _item(small, "app-01", "relations:\n  - {type: connects-to, target: db-1}")
    ran = validate(small)
    assert lines(ran) == ["records/configuration-items/app-01.yaml:11:35 reference"]
    found = finding(ran, "reference")
    assert found["message"] == "there is no ConfigurationItem called db-1"
    assert found["hint"] == "Did you mean db-01?"
    assert found["related"][0]["place"]["path"] == "records/configuration-items/db-01.yaml"  # type: ignore[index]


def test_a_broken_file_still_counts_as_existing(small: Repo) -> None:
    small.write("records/configuration-items/db-01.yaml", "kind: [\n")
    _item(small, "app-01", "relations:\n  - {type: connects-to, target: db-01}")
    assert [line.split()[1] for line in lines(validate(small))] == ["yaml-syntax"]


def test_a_reference_of_a_kind_that_does_not_fit(small: Repo) -> None:
    text = service("loans").replace("Role/operations", "ConfigurationItem/db-01")
    _item(small, "db-01")
    small.write("records/services/loans.yaml", text)
    found = finding(validate(small), "reference-kind")
    assert found["message"] == "ConfigurationItem/db-01 is a ConfigurationItem, which does not fit here"
    assert "Role" in str(found["hint"])


def test_names_differ_in_more_than_case(small: Repo) -> None:
    _item(small, "db-01")
    _item(small, "DB-01")
    found = finding(validate(small), "record-identity")
    assert "differ only in upper and lower case" in str(found["message"])
    assert found["related"]


def test_an_item_to_be_added_need_not_be_there(small: Repo) -> None:
    spec = (
        "items:\n"
        "  - {item: ConfigurationItem/new-01, action: add}\n"
        "  - {item: ConfigurationItem/old-01, action: change}"
    )
    small.write("records/changes/CHG-1.yaml", change("CHG-1", spec=spec))
    found = finding(validate(small), "reference")
    assert found["message"] == "there is no ConfigurationItem called old-01"


def test_a_change_may_name_what_only_history_holds_but_an_item_may_not(small: Repo) -> None:
    _item(small, "old-01")
    small.commit()
    (small.path / "records/configuration-items/old-01.yaml").unlink()
    spec = "items:\n  - {item: ConfigurationItem/old-01, action: change}"
    small.write("records/changes/CHG-1.yaml", change("CHG-1", spec=spec))
    assert lines(validate(small)) == []
    _item(small, "app-01", "relations:\n  - {type: connects-to, target: old-01}")
    assert lines(validate(small)) == ["records/configuration-items/app-01.yaml:11:35 reference"]


def test_a_cycle_names_every_step(small: Repo) -> None:
    for name, target in (("a", "b"), ("b", "c"), ("c", "a")):
        small.write(f"records/services/{name}.yaml", service(name, spec=f"depends_on:\n  - target: Service/{target}"))
    found = finding(validate(small), "reference-cycle")
    assert "Service/a → Service/b → Service/c → Service/a" in str(found["message"])
    assert [r["place"]["path"] for r in found["related"]] == [  # type: ignore[index,attr-defined]
        "records/services/b.yaml",
        "records/services/c.yaml",
    ]


def test_a_record_that_depends_on_itself_is_a_cycle(small: Repo) -> None:
    small.write("records/services/a.yaml", service("a", spec="depends_on:\n  - target: Service/a"))
    assert "Service/a → Service/a" in str(finding(validate(small), "reference-cycle")["message"])


def test_a_relation_that_a_class_declares_acyclic(small: Repo) -> None:
    _item(small, "a", "relations:\n  - {type: connects-to, target: b}")
    _item(small, "b", "relations:\n  - {type: connects-to, target: a}")
    assert str(finding(validate(small), "reference-cycle")["message"]).startswith("connects-to leads back")


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("attributes: {cores: four}", "cores"),
        ("attributes: {coers: 4}", "Did you mean cores?"),
        ("attributes: {cores: 0}", "cores"),
    ],
)
def test_attributes_fit_their_class(small: Repo, spec: str, expected: str) -> None:
    _item(small, "a", spec)
    found = finding(validate(small), "item-attribute")
    assert expected in f"{found['message']} {found['hint']}"
    assert found["related"][0]["place"]["path"] == "records/ci-types/server.yaml"  # type: ignore[index]


def test_relations_are_ones_that_the_class_knows(small: Repo) -> None:
    _item(small, "b")
    _item(small, "a", "relations:\n  - {type: conects-to, target: b}")
    assert "did you mean connects-to?" in str(finding(validate(small), "item-relation")["message"])


def test_a_relation_leads_to_items_of_the_classes_named(small: Repo) -> None:
    small.write("records/ci-types/document.yaml", _TYPE.format(name="document", extends=""))
    _item(small, "guide", kind="document")
    _item(small, "a", "relations:\n  - {type: connects-to, target: guide}")
    found = finding(validate(small), "item-relation")
    assert found["message"] == "connects-to does not lead to guide, which is a document"


def test_a_class_inherits_attributes_and_relations(small: Repo) -> None:
    small.write("records/ci-types/blade.yaml", _TYPE.format(name="blade", extends="  extends: server\n"))
    _item(small, "b")
    _item(small, "a", "attributes: {cores: 4}\nrelations:\n  - {type: connects-to, target: b}", kind="blade")
    _item(small, "c", "relations:\n  - {type: connects-to, target: a}")
    assert lines(validate(small)) == []


def test_a_class_is_known_by_its_former_name(small: Repo) -> None:
    """To its items, to the class that extends it, and where a relation leads to it."""
    machine = SERVER_TYPE.replace("name: server\n", "name: machine\n  formerly: [server]\n")
    small.write("records/ci-types/machine.yaml", machine)
    (small.path / "records/ci-types/server.yaml").unlink()
    small.write("records/ci-types/blade.yaml", _TYPE.format(name="blade", extends="  extends: server\n"))
    _item(small, "b", kind="blade")
    _item(small, "a", "attributes: {cores: 4}\nrelations:\n  - {type: connects-to, target: b}")
    assert lines(validate(small)) == []
    _item(small, "c", "attributes: {cores: four}\nrelations:\n  - {type: conects-to, target: b}")
    assert [line.split()[1] for line in lines(validate(small))] == ["item-attribute", "item-relation"]


def test_no_more_relations_than_the_class_allows(small: Repo) -> None:
    for name in "bcd":
        _item(small, name)
    relations = "".join(f"\n  - {{type: connects-to, target: {name}}}" for name in "bcd")
    _item(small, "a", f"relations:{relations}")
    assert finding(validate(small), "item-relation")["message"] == "more than 2 relations connects-to"


_TYPE = """\
apiVersion: itsm/v1
kind: CIType
metadata:
  name: {name}
  title: A {name}
  owner: Role/operations
spec:
{extends}  selection: All of them.
"""


def test_a_state_is_reached_by_declared_steps_only(small: Repo) -> None:
    small.write("records/services/loans.yaml", service("loans", spec="criticality: low"))
    small.commit()
    retired = service("loans", spec="criticality: low").replace("proposed", "retired")
    small.write("records/services/loans.yaml", retired)
    assert lines(validate(small, "--since", "HEAD")) == []  # several steps at once are fine
    small.commit()
    small.write("records/services/loans.yaml", service("loans").replace("proposed", "in-design"))
    found = finding(validate(small, "--since", "HEAD"), "record-step")
    assert found["message"] == "a Service does not go from retired to in-design"
