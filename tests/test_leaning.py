"""A record fails with what it leans on; what it only names stays out of impact, of the tool and of rules alike."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from itsmctl import bundled, kinds

KINDS = kinds.load(bundled.files("schemas", ".json"))
EXAMPLE = Path(__file__).resolve().parent.parent / "example-repo"


@pytest.mark.parametrize(
    ("kind", "pointer", "leans"),
    [
        ("Service", "/spec/depends_on/0/agreement", True),
        ("Service", "/spec/components/0/item", True),
        ("ServiceLevelAgreement", "/spec/services/0", True),
        ("ServiceLevelAgreement", "/spec/supersedes", False),
        ("SupplierContract", "/spec/supplier", True),
        ("SupplierContract", "/spec/services/0", False),
        ("OperationalLevelAgreement", "/spec/provider", True),
        ("OperationalLevelAgreement", "/spec/services/2", False),
        ("OperationalLevelAgreement", "/spec/supporting_agreements/0", True),
        ("ContinuityPlan", "/spec/services/0", False),
        ("ContinuityPlan", "/spec/items/0", True),
        ("ConfigurationItem", "/spec/master/library", False),
        ("ConfigurationItem", "/spec/contract", True),
        ("ChangeRequest", "/spec/items/0/item", False),
        ("Incident", "/spec/items/0", False),
        ("Waiver", "/spec/record", False),
        ("Role", "/spec/holders/0/person", False),
    ],
)
def test_what_fails_with_what(kind, pointer, leans):
    assert KINDS[kind].leans_at(pointer) is leans


WORLD = """\
apiVersion: itsm/v1
kind: {kind}
metadata: {{name: {name}, title: {name}, owner: Role/team}}
spec: {spec}
"""
RECORDS = [
    ("Person", "mari", "{type: human, state: active, emails: [mari@example.org]}"),
    ("Role", "team", "{holders: [{person: mari, from: 2026-01-01}]}"),
    ("Supplier", "net", "{state: active, role: lead, contract_manager: mari}"),
    ("SupplierContract", "net-1", "{state: draft, supplier: net, services: [network, phones]}"),
    (
        "Service",
        "network",
        "{state: proposed, depends_on: [{target: Supplier/net, agreement: SupplierContract/net-1}]}",
    ),
    (
        "Service",
        "phones",
        "{state: proposed, depends_on: [{target: Supplier/net, agreement: SupplierContract/net-1}]}",
    ),
]


@pytest.fixture
def repo(make_repo):
    made = make_repo()
    made.write("itsm.yaml", "apiVersion: itsm/v1\nkind: Settings\nrepository: test\ntarget: refs/heads/main\n")
    for kind, name, spec in RECORDS:
        made.write(f"records/{KINDS[kind].plural}/{name}.yaml", WORLD.format(kind=kind, name=name, spec=spec))
    return made


def impact(repo, ref):
    ran = repo.run("impact", ref, "--format", "json")
    assert ran.code == 0, ran.stderr
    told = json.loads(ran.stdout)
    return {key: [each["ref"] for each in told[key]] for key in ("depends_on", "depended_on_by", "named_by")}


def test_two_services_under_one_contract_do_not_depend_on_each_other(repo):
    found = impact(repo, "Service/network")
    assert found["depended_on_by"] == []
    assert found["named_by"] == ["SupplierContract/net-1"]
    assert "Service/phones" not in found["depends_on"]


def test_both_depend_on_the_contract_and_on_its_supplier(repo):
    both = ["Service/network", "Service/phones"]
    assert impact(repo, "SupplierContract/net-1")["depended_on_by"] == both
    assert sorted(impact(repo, "Supplier/net")["depended_on_by"]) == [*both, "SupplierContract/net-1"]


def test_a_contract_does_not_need_the_services_that_it_is_for(repo):
    assert "Service/network" not in impact(repo, "SupplierContract/net-1")["depends_on"]


RULE = """\
apiVersion: itsm/v1
kind: Policy
metadata: {name: T-01, title: Nothing depends on a contract}
spec:
  process: supplier-management
  basis: house
  severity: warning
  enforcement: soft
  description: For this test.
  match: {kind: [Service, SupplierContract]}
  assert: size(impact(self)) == 0
  message: "impact(self).map(r, r.metadata.name).join(' ')"
  remediation: None.
  examples:
    - name: nobody
      record:
        apiVersion: itsm/v1
        kind: SupplierContract
        metadata: {name: net-1, title: Lines, owner: Role/team}
        spec: {state: draft, supplier: net}
      expect: pass
    - name: a service
      record:
        apiVersion: itsm/v1
        kind: SupplierContract
        metadata: {name: net-1, title: Lines, owner: Role/team}
        spec: {state: draft, supplier: net}
      world:
        - apiVersion: itsm/v1
          kind: Service
          metadata: {name: phones, title: Phones, owner: Role/team}
          spec: {state: proposed, depends_on: [{target: Supplier/net, agreement: SupplierContract/net-1}]}
      expect: fail
"""


def test_rules_see_the_same(repo):
    repo.write("policies/T-01.yaml", RULE)
    ran = repo.run("validate", "--select", "T-01", "--format", "json", "--as-of", "2026-11-22T08:00:00Z")
    assert ran.code == 0, ran.stderr
    found = {f["record"]: f["message"] for f in json.loads(ran.stdout)["findings"]}
    assert found == {"SupplierContract/net-1": "network phones"}
