"""Mapping files of `baseline audit`: what they may say, where they are wrong, and when two values are the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from auditing import Hall
from conftest import Repo, copied, undisturbed
from court import Court
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from vault import Vault

from itsmctl import gitbench, gitdiscovery, yamltext
from itsmctl.baseline import proof
from itsmctl.baseline.audit import mapping, observed, values, verdicts
from itsmctl.baseline.audit.accuracy import Accuracy
from itsmctl.baseline.audit.expected import Expected, expected
from itsmctl.baseline.audit.mapping import Source
from itsmctl.baseline.place import Place
from itsmctl.cli import workplace
from itsmctl.cli.auditing import HELP
from itsmctl.errors import CannotJudge, Misuse

PROJECT = Path(__file__).resolve().parents[1]
SCHEMA = json.loads((PROJECT / "schemas/tool" / mapping.SCHEMA).read_bytes())

GOOD = """\
apiVersion: itsm/v1
kind: AuditMapping
format: csv
files: ["*.csv"]
csv: {delimiter: semicolon, encoding: cp1252}
covers:
  classes: [server]
  states: [live, in-acceptance]
  where: {location: [Tartu, Narva], attributes.managed: [true]}
skip:
  - {column: Status, is: [retired, "test*", ""]}
class:
  from: Role
  values: {Box: server}
  default: hardware
fields:
  name: Name
  /spec/version: {from: Firmware, strip_prefix: v, forms: [fold-case, spaces]}
  spec.attributes.roles: {from: Roles, split: ","}
  state: {from: Status, values: {Active: live}}
identify_by: [[asset_ref], [title, location]]
criteria: [version, attributes.serial_number]
"""


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory, founded: Path, keys: Mapping[str, Path]) -> Expected:
    """What the baseline of the hall says is there."""
    path = tmp_path_factory.mktemp("expected") / "repo"
    copied(founded, path)
    environ = undisturbed(path.parent / "home")
    Hall.over(Vault.over(Court(Repo(path, environ), keys)), path.parent)
    repo = gitdiscovery.discover(path, environ)
    assert repo is not None
    with gitbench.bench(repo) as bench:
        tip = bench.revision(repo.resolve("HEAD").oid)
        place = Place(repo, bench, tip, "", workplace.moment("2026-12-01"), environ)
        found = proof.held(bench, tip.tree, "", "one")
        assert isinstance(found, proof.Held)
        return expected(place, found)


def refused(text: str, held: Expected) -> str:
    with pytest.raises(CannotJudge) as caught:
        mapping.read(text.encode(), "map.yaml", held)
    assert caught.value.hint
    return caught.value.message


def test_all_that_a_mapping_can_say_is_read(held: Expected) -> None:
    found = mapping.read(GOOD.encode(), "map.yaml", held)
    assert [(one.pointer, one.column) for one in found.fields] == [
        ("/metadata/name", "Name"),
        ("/spec/version", "Firmware"),
        ("/spec/attributes/roles", "Roles"),
        ("/spec/state", "Status"),
    ]
    assert found.covers.where == (("/spec/location", ("Tartu", "Narva")), ("/spec/attributes/managed", (True,)))
    assert found.identify_by == (("/spec/asset_ref",), ("/metadata/title", "/spec/location"))
    assert found.criteria == ("/spec/version", "/spec/attributes/serial_number")
    assert found.columns == {"Name", "Firmware", "Roles", "Status", "Role"}
    assert found.is_for("csv", "some/where/a.csv")
    assert not found.is_for("csv", "a.txt")
    assert not found.is_for("cyclonedx", "a.csv")


def test_the_mapping_in_the_help_text_can_be_used(held: Expected) -> None:
    text = HELP[HELP.index("{apiVersion") : HELP.index("\n\nExit codes")]
    assert [one.column for one in mapping.read(text.encode(), "map.yaml", held).fields] == [
        "Name",
        "Firmware",
        "Serial no",
    ]


def test_the_published_schema_is_the_one_that_is_read_by() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(yamltext.read(GOOD.encode()))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("fields:", "feilds:", "map.yaml:16:1: unknown field 'feilds'. Did you mean fields?"),
        ("format: csv", "format: cvs", "map.yaml:3:9: format cannot be 'cvs'. Did you mean csv?"),
        ("semicolon", "colon", "Did you mean semicolon?"),
        ("from: Firmware", "form: Firmware", "map.yaml:18:"),
        ("[fold-case, spaces]", "[foldcase]", "Did you mean fold-case?"),
        ("classes: [server]", "classes: [servr]", "map.yaml:7:13: there is no class of items servr at the commit of"),
        ("Box: server", "Box: servers", "map.yaml:14:17: there is no class of items servers at the commit of the"),
        ("default: hardware", "default: hard", "map.yaml:15:12: there is no class of items hard"),
        ("spec.attributes.roles", "attributes.rols", "map.yaml:19:3: no class of items has an attribute rols: did you"),
        ("  name: Name", "  nmae: Name", "map.yaml:17:3: a configuration item has no field nmae: did you mean name"),
        ("  name: Name", "  type: Name", "map.yaml:17:3: the class of a row is said by class:"),
        ("  name: Name", "  version: Name", "version and /spec/version are the same field"),
        ("  name: Name", "  spec: Name", "map.yaml:17:3: a configuration item has no field spec"),
        ("[asset_ref]", "[asset_rf]", "did you mean asset_ref?"),
        ("criteria: [version", "criteria: [versoin", "map.yaml:22:12: a configuration item has no field versoin"),
        ("location: [Tartu", "loction: [Tartu", "did you mean location?"),
        ("apiVersion: itsm/v1", "apiVersion: itsm/v2", "map.yaml:1:13"),
        ("kind: AuditMapping", "kind: Mapping", "map.yaml:2:7"),
        ("fields:", "fields: {}\nspare:", "map.yaml:16:"),
        ("format: csv", "format: csv\nformat: csv", "map.yaml:4:1"),
        ("name: Name", "name: Name\n  name: Name", "map.yaml:18:3"),
        ("class:\n  from: Role", "class:", "class says neither from which column, nor a default"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_mapping_has_its_place_and_what_was_meant(held: Expected, old: str, new: str, says: str) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    if "neither" in says:
        text = text.replace("  default: hardware\n", "")
    assert says in refused(text, held)


def test_columns_of_cyclonedx_are_known_beforehand(held: Expected) -> None:
    text = "apiVersion: itsm/v1\nkind: AuditMapping\nformat: cyclonedx\nfields: {version: verson, title: 'property:'}\n"
    message = refused(text, held)
    assert "map.yaml:4:19: CycloneDX has no column verson: did you mean version?" in message
    assert "CycloneDX has no column property:" in message


def test_each_file_has_one_mapping(held: Expected) -> None:
    csv = mapping.read(GOOD.encode(), "a.yaml", held)
    with pytest.raises(Misuse, match=r"a\.yaml and b\.yaml both say"):
        observed.observe(b"Name", "x.csv", [csv, mapping.read(GOOD.encode(), "b.yaml", held)], held)
    with pytest.raises(Misuse, match=r"no mapping says what the columns of x\.txt"):
        observed.observe(b"Name", "x.txt", [csv], held)


# --- when two values are the same


@pytest.mark.parametrize(
    ("recorded", "seen", "said", "expected"),
    [
        ("1.0", "1.0", {}, True),
        ("1.0", "1.00", {}, False),
        ("Tartu", "tartu", {}, False),
        ("Tartu", " tartu ", {"forms": ("fold-case",)}, True),
        ("room  2", "room 2", {"forms": ("spaces",)}, True),
        ("7KX2-44F1", "7kx2 44f1", {"forms": ("serial",)}, True),
        ("00:1a:2b:3c:4d:5e", "001A.2B3C.4D5E", {"forms": ("mac",)}, True),
        ("00:1a:2b:3c:4d:5e", "00-1A-2B-3C-4D-5F", {"forms": ("mac",)}, False),
        ("db-01", "DB-01.town.example", {"forms": ("host",)}, True),
        ("Jõgeva", "Jo\u0303geva", {}, True),
        (64, "64", {}, True),
        (64, "64.0", {}, True),
        (64, "64 GiB", {}, False),
        (1.5, "1.50", {}, True),
        (64, "NaN", {}, False),
        (True, "Yes", {}, True),
        (True, "0", {}, False),
        (False, "no", {}, True),
        (False, "maybe", {}, False),
        (["web", "mail"], '["mail", "web"]', {}, True),
        (["web", "mail"], '["mail"]', {}, False),
        (["web"], "web", {}, True),
        ({"a": 1}, '{"a": 1}', {}, True),
        ({"a": 1}, "{", {}, False),
        ("x", "   ", {}, None),
        ("x", "---", {"forms": ("serial",)}, None),
    ],
)
def test_values_are_the_same_in_the_respects_that_the_mapping_names(
    recorded: Any, seen: str, said: Mapping[str, Any], expected: bool | None
) -> None:
    assert values.is_equal(recorded, seen, Source("/spec/attributes/x", "X", **said)) is expected


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ("sha256:ab sha1:cd", True),
        ("sha256:AB", True),
        ("sha256:ac", False),
        ("sha1:ab", None),
        ("sha512:ab md5:ab", None),
    ],
)
def test_of_digests_the_one_of_the_recorded_algorithm_is_compared(seen: str, expected: bool | None) -> None:
    assert values.is_equal("sha256:ab", seen, Source("/spec/master/digest", "digests")) is expected


@pytest.mark.parametrize(
    ("text", "said", "expected"),
    [
        ("v1.2", {"strip_prefix": "v"}, "1.2"),
        ("1.2", {"strip_prefix": "v"}, "1.2"),
        ("Active", {"values": {"active": "live"}}, "live"),
        ("Odd", {"values": {"active": "live"}}, "Odd"),
        ("N/A", {"values": {"n/a": ""}}, ""),
        ("yes", {"values": {"yes": True}}, "true"),
        ("a, b,,", {"split": ","}, '["a", "b"]'),
    ],
)
def test_a_cell_becomes_what_the_mapping_makes_of_it(text: str, said: Mapping[str, Any], expected: str) -> None:
    assert values.observed(text, Source("/spec/x", "X", **said), mapping.folded(text)) == expected


@pytest.mark.parametrize(
    ("equal", "of", "says"), [(2, 2, "100 %"), (1999, 2000, "99.9 %"), (0, 3, "0.0 %"), (0, 0, "–")]
)
def test_only_what_is_whole_reads_as_a_hundred_per_cent(equal: int, of: int, says: str) -> None:
    assert Accuracy(of, equal, of, equal).of_fields == says
    assert Accuracy(of, equal, of, equal).of_items == says


# --- whatever it is given


SIMPLE = b"apiVersion: itsm/v1\nkind: AuditMapping\nformat: csv\nfields: {name: a, attributes.serial_number: b}\n"
CELLS = st.lists(st.lists(st.text(max_size=8), min_size=2, max_size=2), max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(content=st.binary(max_size=200) | CELLS.map(lambda rows: "\n".join(["a,b", *map(",".join, rows)]).encode()))
def test_no_bytes_are_a_green_audit(held: Expected, content: bytes) -> None:
    known = [mapping.read(SIMPLE, "m.yaml", held), mapping.built_in(held)]
    try:
        seen = observed.observe(content, "seen", known, held)
        assert not verdicts.audit(held, [seen]).is_as_recorded
    except (CannotJudge, Misuse) as error:
        assert error.message  # noqa: PT017


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(content=st.binary(max_size=100) | st.text(max_size=60).map(lambda text: SIMPLE + text.encode()))
def test_any_bytes_are_a_mapping_or_a_sentence(held: Expected, content: bytes) -> None:
    try:
        mapping.read(content, "m.yaml", held)
    except CannotJudge as error:
        assert error.message.split("\n")[-1].strip()  # noqa: PT017
