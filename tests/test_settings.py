"""itsm.yaml: text in, settings or every mistake with its place out; found upward; published as a schema."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import Repo
from hypothesis import given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from itsmctl import kinds, settings, yamltext
from itsmctl.errors import CannotJudge
from itsmctl.settings.model import Settings
from itsmctl.settings.view import is_surely_right

PROJECT = Path(__file__).resolve().parents[1]
SCHEMA = PROJECT / "schemas/tool/settings.schema.json"

LEAST = "apiVersion: itsm/v1\nkind: Settings\nrepository: example.org/itsm\n"

ALL = """\
apiVersion: itsm/v1
kind: Settings
repository: example.org/itsm
target: refs/heads/main
requires: ">=0.1,<2"
layout:
  configuration-items: {by: digest, length: 2}
protected: [.gitattributes, ".github/workflows/**"]
carriers:
  - {email: merge@forge.example, key: "SHA256:uNiVztksCsDhcc0u9e8BrrJXVGDC5lIpiHaBhpUDy0s"}
outside_authors: allow
commit_signatures: required
owner_fallback: service-owner
emergency:
  roles: [duty-manager]
  solo: true
  review_within: 5
  per_service: 2
  period: 30
delegation: {without_delegator: true}
risk:
  scales: {likelihood: [rare, often], impact: [small, big], level: [low, high]}
  matrix:
    rare: {small: low, big: high}
    often: {small: high, big: high}
calendar:
  zone: Europe/Tallinn
  holidays: [{date: "2026-02-24", name: Independence Day}]
intervals: {change-management: 90}
policies:
  off: [{rule: CHG-21, reason: There is no release train here.}]
  severity: {CHG-07: warning}
"""


CONFORMS = kinds.Checker(settings.json_schema()).conforms
"""Does data keep to the published schema?"""


def mistakes(text: str) -> list[str]:
    """The lines that say what is wrong, without the count above them; the short way has to find it as well."""
    with pytest.raises(CannotJudge) as short:
        settings.view(text.encode(), CONFORMS)
    with pytest.raises(CannotJudge) as whole:
        settings.read(text.encode())
    assert short.value.message == whole.value.message
    with pytest.raises(CannotJudge) as caught:
        settings.read(text.encode())
    assert caught.value.hint
    return [line for line in caught.value.message.split("\n") if line.startswith("itsm.yaml:")]


# --- what it may hold ---------------------------------------------------------------------------------------------


def test_three_keys_are_enough() -> None:
    read = settings.read(LEAST.encode())
    assert read.repository == "example.org/itsm"
    assert read.target == "refs/heads/main"
    assert read.outside_authors == "deny"
    assert read.emergency is None
    assert ".gitattributes" in read.protected
    assert read.calendar.zone == "UTC"
    assert read.policies.off == ()


def test_every_key_is_read() -> None:
    read = settings.read(ALL.encode())
    assert read.model_dump(by_alias=True, mode="json") == yamltext.read(ALL.encode())


def test_settings_cannot_be_changed() -> None:
    read = settings.read(LEAST.encode())
    with pytest.raises(ValueError, match="frozen"):
        read.target = "refs/heads/other"


@pytest.mark.parametrize(
    ("likelihood", "impact", "level"),
    [("low", "medium", "low"), ("low", "high", "medium"), ("medium", "medium", "medium"), ("medium", "high", "high")],
)
def test_the_matrix_is_the_product_of_grades_unless_said_otherwise(likelihood: str, impact: str, level: str) -> None:
    matrix = settings.read(LEAST.encode()).risk.matrix
    assert matrix[likelihood][impact] == matrix[impact][likelihood] == level


# --- what is wrong, and where -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("targt: refs/heads/main", "4:1: unknown key 'targt': did you mean target?"),
        ("zebra: 1", "4:1: unknown key 'zebra': known are apiVersion, kind, repository, target, requires, layout, "),
        ("target: main", "4:9: target must be the full name of a branch, such as refs/heads/main, not 'main'"),
        ("target: refs/heads/a..b", "4:9: target must be the full name of a branch"),
        ("target: refs/heads/a.lock", "4:9: target must be the full name of a branch"),
        ("target: refs/heads/a/", "4:9: target must be the full name of a branch"),
        ("requires: 1.10", "4:11: requires must be text, not 1.1 (put quotes around it)"),
        ('requires: ">=0.1 <2"', '4:11: requires must be versions such as ">=0.1" or ">=0.1,<2", not \'>=0.1 <2\''),
        (f'requires: ">={"9" * 5000}"', "4:11: requires must be versions such as"),
        ("layout: {Service: {by: digest, length: 1}}", "4:10: layout has a key that must be small letters and digits"),
        (
            "layout: {services: {by: prefx, length: 1}}",
            "4:25: layout.services.by must be prefix or digest, not 'prefx'",
        ),
        ("layout: {services: {by: prefix, length: 5}}", "4:41: layout.services.length must be at most 4, not 5"),
        ("layout: {services: {by: prefix, length: true}}", "layout.services.length must be a whole number, not true"),
        ("layout: {services: {by: prefix}}", "4:10: layout.services.length is missing: How many characters"),
        ("layout: []", "4:1: layout must be a mapping of keys to values, not a list"),
        ("protected: .mailmap", "4:12: protected must be a list, not '.mailmap'"),
        ("protected: [a/../b]", "4:13: protected[0] must be a path from the folder of itsm.yaml"),
        ("protected: [/etc/passwd]", "4:13: protected[0] must be a path from the folder of itsm.yaml"),
        ("protected: ['a\\b']", "4:13: protected[0] must be a path from the folder of itsm.yaml"),
        ("carriers: [{email: a@b, kee: 1}]", "4:25: carriers[0] has an unknown key 'kee': did you mean key?"),
        ("carriers: [{email: a@b, key: abc}]", "4:30: carriers[0].key must be the fingerprint of a key"),
        ("carriers: [{email: a, key: abc}]", "4:20: carriers[0].email must be an e-mail address, not 'a'"),
        ("outside_authors: dney", "4:18: outside_authors must be deny or allow, not 'dney': did you mean deny?"),
        ("outside_authors:", "outside_authors must be deny or allow, not nothing"),
        ("owner_fallback: two words", "4:17: owner_fallback must be a name of letters, digits"),
        ("emergency: {roles: []}", "4:13: emergency.roles must name at least one"),
        ("emergency: {roles: [a], period: 0}", "4:33: emergency.period must be at least 1, not 0"),
        ("emergency: {roles: [a], perod: 1}", "4:25: emergency has an unknown key 'perod': did you mean period?"),
        ("emergency: {roles: [a], solo: 'yes'}", "4:31: emergency.solo must be true or false, not 'yes'"),
        ("risk: {matrix: {low: {}}}", "4:8: risk.matrix must have one row for each likelihood: low, medium, high"),
        (
            "calendar: {zone: Europe/Talinn}",
            "4:18: calendar.zone must be an IANA time zone such as Europe/Tallinn, not",
        ),
        ("calendar: {zone: ../../etc/passwd}", "4:18: calendar.zone must be an IANA time zone"),
        ("calendar: {zone: Europe}", "4:18: calendar.zone must be an IANA time zone"),
        (
            'calendar: {holidays: [{date: "2026-02-30", name: x}]}',
            "4:30: calendar.holidays[0].date must be a day such as 2026-02-24, not '2026-02-30'",
        ),
        (
            "calendar: {holidays: [{date: 24.02.2026, name: x}]}",
            "4:30: calendar.holidays[0].date must be a day such as",
        ),
        ("intervals: {change-management: 90d}", "4:32: intervals.change-management must be a whole number, not '90d'"),
        ("intervals: {Change Management: 90}", "4:13: intervals has a key that must be a process in small letters"),
        ("policies: {off: [CHG-07]}", "4:18: policies.off[0] must be a mapping of keys to values, not 'CHG-07'"),
        (
            'policies: {off: [{rule: CHG-07, reason: " "}]}',
            "4:41: policies.off[0].reason must be text that says something",
        ),
        ("policies: {severity: {CHG-07: eror}}", "4:31: policies.severity.CHG-07 must be error or warning or info"),
        (
            "policies: {off: [{rule: A, reason: x}, {rule: A, reason: y}]}",
            "4:47: policies.off[1].rule names A a second time",
        ),
        (
            "policies: {off: [{rule: A, reason: x}], severity: {A: info}}",
            "4:55: policies.severity.A is for a policy that is off",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_to_write(line: str, expected: str) -> None:
    said = mistakes(LEAST + line + "\n")
    assert any(expected in one for one in said), said


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("low: {low: low}", "risk.matrix.low must have one level for each impact: low, high"),
        ("low: {low: low, high: huge}", "risk.matrix.low.high must be one of low, high, not 'huge'"),
    ],
)
def test_a_hole_in_the_matrix_is_pointed_at(rows: str, expected: str) -> None:
    scales = "scales: {likelihood: [low], impact: [low, high], level: [low, high]}"
    text = f"{LEAST}risk:\n  {scales}\n  matrix:\n    {rows}\n"
    (said,) = mistakes(text)
    assert said.startswith("itsm.yaml:7:")
    assert said.endswith(expected)


def test_a_grade_that_is_named_twice_is_pointed_at() -> None:
    (said,) = mistakes(f"{LEAST}risk: {{scales: {{level: [low, low]}}}}\n")
    assert said == "itsm.yaml:4:17: risk.scales.level names a grade twice"


def test_all_mistakes_come_at_once_in_the_order_of_the_file() -> None:
    with pytest.raises(CannotJudge) as caught:
        settings.read(b"kind: Setting\ntargt: x\noutside_authors: perhaps\n")
    assert caught.value.message.split("\n") == [
        "5 mistakes in itsm.yaml:",
        "itsm.yaml:1:1: apiVersion is missing: The version of the format: itsm/v1.",
        (
            "itsm.yaml:1:1: repository is missing: A stable id of this repository, such as example.org/itsm. "
            "Never change it: votes name it."
        ),
        "itsm.yaml:1:7: kind must be Settings, not 'Setting'",
        "itsm.yaml:2:1: unknown key 'targt': did you mean target?",
        "itsm.yaml:3:18: outside_authors must be deny or allow, not 'perhaps'",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "itsm.yaml:1:1: "),
        (b"- a\n", "itsm.yaml:1:3: the file must be a mapping of keys to values, not a list"),
        (b"a: [1\n", "itsm.yaml:"),
        (b"\xff\xfe", "itsm.yaml:1:1: "),
        (b"a: 1\na: 2\n", "itsm.yaml:2:1: "),
        (b"a: &x 1\nb: *x\n", "itsm.yaml:1:4: "),
    ],
)
def test_what_is_no_plain_yaml_mapping_is_refused_with_its_place(content: bytes, said: str) -> None:
    with pytest.raises(CannotJudge) as caught:
        settings.read(content)
    assert said in caught.value.message


# --- the tool's version -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("requires", "version", "fits"),
    [
        (">=0.1", "0.1.0", True),
        (">=0.1,<2", "1.10.3", True),
        (">=0.1,<2", "2.0.0", False),
        ("<2", "2.0.0", False),
        (">1.9", "1.10", True),
        ("==0.1", "0.1.0", True),
        ("!=0.1", "0.1.0", False),
        ("<=1", "1.0.1", False),
        (">= 0.2 , < 1", "0.3.0", True),
        (">=0.2", "0.2.0.dev3+abc", True),
    ],
)
def test_versions_are_compared_as_numbers(requires: str, version: str, fits: bool) -> None:
    text = f'{LEAST}requires: "{requires}"\n'.encode()
    if fits:
        assert settings.read(text, version).requires == requires
    else:
        with pytest.raises(CannotJudge) as caught:
            settings.read(text, version)
        expected = f"itsm.yaml:4:11: this repository requires itsmctl {requires}, and this is itsmctl {version}"
        assert caught.value.message == expected
        assert f"pip install 'itsmctl{requires}'" in caught.value.hint


def test_a_later_tool_is_asked_for_before_its_keys_are_called_unknown() -> None:
    with pytest.raises(CannotJudge, match="requires itsmctl >=7"):
        settings.read(f'{LEAST}requires: ">=7"\nkey_of_the_future: 1\n'.encode())


# --- homes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shard", "name", "home"),
    [
        ("{by: prefix, length: 2}", "DB-01", "records/configuration-items/db/DB-01.yaml"),
        ("{by: prefix, length: 4}", "db", "records/configuration-items/db/db.yaml"),
        ("{by: prefix, length: 2}", "a.b", "records/configuration-items/a/a.b.yaml"),
        ("{by: digest, length: 2}", "db-01", "records/configuration-items/82/db-01.yaml"),
        ("{by: digest, length: 2}", "DB-01", "records/configuration-items/82/DB-01.yaml"),
        ("{by: digest, length: 4}", "db-01", "records/configuration-items/82cf/db-01.yaml"),
    ],
)
def test_a_split_folder_follows_from_the_name_without_regard_to_case(shard: str, name: str, home: str) -> None:
    read = settings.view(f"{LEAST}layout: {{configuration-items: {shard}}}\n".encode(), CONFORMS)
    assert read.home("configuration-items", name) == home
    assert read.home("changes", name) == f"records/changes/{name}.yaml"


# --- finding it ---------------------------------------------------------------------------------------------------


def test_it_is_found_upward_to_the_top_of_the_repository(repo: Repo) -> None:
    root = repo.path.resolve()
    repo.write("a/itsm.yaml", LEAST)
    file = repo.write("a/records/people/x.yaml")
    (root.parent / "itsm.yaml").write_text(LEAST)
    for start in (root / "a", root / "a/records/people", file, root / "a/not/yet/there.yaml"):
        assert settings.find(start, root) == root / "a"
    with pytest.raises(CannotJudge) as caught:
        settings.find(root / "b", root)
    assert caught.value.message == f"there is no itsm.yaml in {root}"
    assert "itsmctl init" in caught.value.hint
    assert settings.find(root / "b", None) == root.parent, "a plain folder is searched to the top"


def test_where_it_was_looked_for_is_told(repo: Repo) -> None:
    root = repo.path.resolve()
    repo.write("a/b/x")
    with pytest.raises(CannotJudge) as caught:
        settings.find(root / "a/b", root)
    assert caught.value.message == f"there is no itsm.yaml in {root}/a/b or any folder above it, up to {root}"


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")
@pytest.mark.parametrize("make", ["link", "pipe", "folder"])
def test_what_is_no_regular_file_is_not_passed_over(repo: Repo, make: str) -> None:
    (repo.path / "itsm.yaml").write_text(LEAST)
    odd = repo.write("a/x").parent / "itsm.yaml"
    {"link": lambda: odd.symlink_to("../itsm.yaml"), "pipe": lambda: os.mkfifo(odd), "folder": odd.mkdir}[make]()
    with pytest.raises(CannotJudge, match="is no regular file"):
        settings.find(repo.path / "a", repo.path)


# --- its schema ---------------------------------------------------------------------------------------------------


def test_the_published_schema_is_that_of_the_model() -> None:
    written = json.dumps(settings.json_schema(), indent=2, ensure_ascii=False) + "\n"
    again = (
        'python -c "import json; from itsmctl import settings; print(json.dumps(settings.json_schema(), indent=2, '
        f'ensure_ascii=False))" > {SCHEMA.relative_to(PROJECT)}'
    )
    assert SCHEMA.read_text(encoding="utf-8") == written, f"write it anew: {again}"


def test_the_schema_is_the_same_under_any_hash_seed() -> None:
    code = "import json; from itsmctl import settings; print(json.dumps(settings.json_schema()))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(PROJECT), "PYTHONUTF8": "1"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_the_schema_takes_what_the_model_takes() -> None:
    validator = jsonschema.Draft202012Validator(settings.json_schema())
    validator.check_schema(validator.schema)
    for text in (LEAST, ALL):
        validator.validate(yamltext.read(text.encode()))
    for line in (
        "targt: x",
        "target: main",
        "layout: {a: {by: x, length: 1}}",
        "emergency: {roles: []}",
        "calendar: 1",
    ):
        assert not validator.is_valid(yamltext.read((LEAST + line).encode())), line


def _fields(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{name}.{key}", value)
        for name, part in [("", schema), *schema["$defs"].items()]
        for key, value in part.get("properties", {}).items()
    ]


def test_every_key_says_in_the_editor_what_it_is() -> None:
    silent = [name for name, value in _fields(settings.json_schema()) if not value.get("description")]
    assert silent == []
    assert len(Settings.model_fields) == len(settings.json_schema()["properties"])


# --- the short way ------------------------------------------------------------------------------------------------


def test_settings_that_are_surely_right_are_read_without_the_model() -> None:
    """What it costs to load the model is what a small run costs."""
    code = "import sys\nfrom itsmctl import rulebook\nrulebook.builtin()\nsys.exit('pydantic' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(PROJECT), "PYTHONUTF8": "1"}, check=False
    )
    assert done.returncode == 0


VALUES = st.one_of(
    st.sampled_from(
        ["", " ", "a", "A-1", "a/b", "../a", "/a", "refs/heads/x", "refs/heads/a..b", ">=0", "Europe/Tallinn", "x\n"]
    ),
    st.sampled_from([0, 1, 2, 1.0, 1.5, 5000, -1, True, False, None]),
    st.sampled_from([[], {}, ["a"], ["a", "a"], [1], {"a": 1}, {"A b": 1}, [{}], "2026-02-30", "2026-02-24", "é@b"]),
).map(deepcopy)  # what one example alters in place would be altered for all that follow


@st.composite
def altered(draw: st.DrawFn) -> dict[str, Any]:
    """The full settings without some keys, and with other values in a few places."""
    data = yamltext.read(ALL.encode())
    assert isinstance(data, dict)
    for name in draw(st.sets(st.sampled_from(sorted(data)), max_size=6)) | draw(st.sampled_from([set(), {"risk"}])):
        del data[name]
    for _ in range(draw(st.integers(0, 2))):
        node: Any = data
        while True:
            steps = sorted(node) if isinstance(node, dict) else range(len(node))
            if not steps:
                break
            step = draw(st.sampled_from(list(steps)))
            if isinstance(node[step], dict | list) and node[step] and draw(st.booleans()):
                node = node[step]
                continue
            if draw(st.booleans()) and isinstance(node, dict):
                node[draw(st.sampled_from(["name", "x", "rule", "CHG-21"]))] = draw(VALUES)
            else:
                node[step] = draw(VALUES)
            break
    return data


@settings_of_hypothesis(max_examples=400, deadline=None)
@given(altered())
def test_the_short_way_takes_nothing_that_the_model_refuses(data: dict[str, Any]) -> None:
    if not (CONFORMS(data) and is_surely_right(data)):
        return
    model = Settings.model_validate(data)
    view = settings.View(data)
    assert view.off == {item.rule: item.reason for item in model.policies.off}
    assert view.severity == model.policies.severity
    assert {name: dict(shard) for name, shard in view.layout.items()} == {
        name: shard.model_dump() for name, shard in model.layout.items()
    }


def test_the_example_is_read_the_short_way() -> None:
    data = yamltext.read((PROJECT / "example-repo/itsm.yaml").read_bytes())
    assert isinstance(data, dict)
    assert CONFORMS(data)
    assert is_surely_right(data)
    assert not is_surely_right({**data, "calendar": {"zone": "Europe/Talinn"}})
