"""Settings, schemas and policies that mean harm: no verdict, and the reason; never a rule that is silently no rule."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import Repo
from test_validate import POLICY
from world import SETTINGS, change, finding, found_small, validate

from itsmctl import settings
from itsmctl.errors import CannotJudge

PROJECT = Path(__file__).resolve().parent.parent
BRANCH = json.loads((PROJECT / "example-repo/schemas/branch.schema.json").read_bytes())


@pytest.fixture
def small(repo: Repo) -> Repo:
    return found_small(repo)


# --- policies: all in one repository, since every mistake in any of them is told at once

_BOMB = "a: &a [x]\nb: &b [*a, *a, *a, *a]\nc: [*b, *b, *b, *b]\n"
_ONES = "[" + ",".join(["1"] * 200) + "]"
_LONG = f"({'+'.join(['self.spec.reason'] * 12)})"
_DEEP = f"{_ONES}.all(a, {_ONES}.all(b, {_ONES}.all(c, {_ONES}.all(d, a+b+c+d > 0))))"
_CHECK, _KIND = "assert: size(self.spec.reason) > 10", "kind: ChangeRequest"


def _policy(old: str, new: str) -> str:
    assert POLICY.count(old) == 1
    return POLICY.replace(old, new)


POLICIES: dict[str, tuple[str | bytes, str]] = {
    "no text": (b"\xff\x00" * 500, ":1:1: "),
    "nothing": ("", "the file holds nothing"),
    "alias bomb": (_BOMB, ":1:4: `&a` is an anchor"),
    "2 MB": ("x" * 2_000_000, "larger than 1 MiB"),
    "a list": ("- a\n", "must be a mapping"),
    "a path for a name": (_policy("name: TST-01", "name: ../../x"), ":3:18: name must be capitals and digits"),
    "a taken name": (_policy("name: TST-01", "name: CHG-07"), "CHG-07 is taken by a built-in rule"),
    "a number for a level": (_policy("severity: warning", "severity: 5"), "severity must be error, warning or info"),
    "a number for an example": (POLICY.partition("  examples:")[0] + "  examples: [1]\n", "examples[0] must be a mapp"),
    "no kind": (_policy(_KIND, "kind: []"), "kind names no kind"),
    "a mapping for a kind": (_policy(_KIND, "kind: {a: 1}"), "kind must be a text or a list of texts, not a mapping"),
    "an unknown kind": (_policy(_KIND, "kind: Nope"), "there is no kind Nope"),
    "a number for a check": (_policy(_CHECK, "assert: 5"), "assert must be a text, not 5"),
    "half a check": (_policy(_CHECK, "assert: 'true && '"), "ends too early"),
    "parentheses": (_policy(_CHECK, f'assert: "{"(" * 2_000}true{")" * 2_000}"'), "assert is not valid CEL"),
    "negations": (_policy(_CHECK, f'assert: "{"!" * 4_000}true"'), "assert is not valid CEL"),
    "a pattern that multiplies": (
        _policy(_CHECK, 'assert: \'"x".matches("((a{1,1000}){1,1000}){1,1000}")\''),
        "its repetitions multiply",
    ),
    "half a pattern": (_policy(_CHECK, 'assert: \'"x".matches("(")\''), "the ( is not closed"),
    "a check of 900 kB": (_policy(_CHECK, f'assert: "{"x" * 900_000}"'), "and may have 4,096"),
}
"""A policy that is none, and what is said of it."""

PATHS = {name: f"policies/BAD-{position:02}.yaml" for position, name in enumerate(POLICIES)}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What one run over all of the policies says of each, by its path."""
    repo = found_small(Repo(tmp_path_factory.mktemp("hostile"), {"PATH": os.environ["PATH"]}))
    for name, (content, _) in POLICIES.items():
        raw = content.encode() if isinstance(content, str) else content
        repo.write(PATHS[name], raw.replace(b"name: TST-01", f"name: {Path(PATHS[name]).stem}".encode()))
    ran = repo.run("validate")
    assert (ran.code, ran.stdout) == (3, "")
    assert ran.stderr.startswith(f"cannot judge: {len(POLICIES) - 1} rules do not compile")  # a taken name compiles
    found: dict[str, str] = {}
    for problem in ran.stderr.split("\n\n")[1:]:
        path = problem.partition(":")[0]
        found[path] = found.get(path, "") + problem
    return found


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_that_is_none_stops_the_run(told: dict[str, str], name: str) -> None:
    assert POLICIES[name][1] in told[PATHS[name]]


@pytest.mark.parametrize(
    "check",
    [
        f"'{_DEEP}'",
        f"'{_LONG}.split(\"\").all(a, {_ONES}.all(b, {_ONES}.all(c, a != string(b + c))))'",
        "'1/0 > 1'",
    ],
    ids=["loops", "loops over text", "division"],
)
def test_a_rule_that_runs_for_ever_or_errs_is_a_finding_on_the_record(small: Repo, check: str) -> None:
    small.write("policies/TST-01.yaml", _policy(_CHECK, f"assert: {check}"))
    small.write("records/changes/x.yaml", change("x", spec=f"reason: {'x' * 200}"))
    ran = validate(small)
    assert ran.code == 1
    assert "TST-01 cannot be decided" in str(finding(ran, "policy-error")["message"])


# --- law as a whole


def test_only_the_first_of_many_mistakes_in_the_law_are_told(small: Repo) -> None:
    small.write("policies/TST-01.yaml", POLICY + "".join(f"x{n}: 1\n" for n in range(5_000)))
    ran = small.run("validate")
    assert "1 rule does not compile" in ran.stderr
    assert "… and 4950 more" in ran.stderr
    small.write("itsm.yaml", SETTINGS + "".join(f"x{n}: 1\n" for n in range(5_000)))
    ran = small.run("validate")
    assert "5000 mistakes in itsm.yaml" in ran.stderr
    assert "… and 4950 more" in ran.stderr


@pytest.mark.parametrize(
    "path",
    [
        "policies/TST-01.yml",
        "policies/TST-01.YAML",
        "policies/x/TST-01.json",
        "schemas/x.json",
        "schemas/x.schema.yaml",
    ],
)
def test_law_with_another_ending_is_not_passed_over(small: Repo, path: str) -> None:
    small.write(path, POLICY)
    ran = small.run("validate")
    assert ran.code == 3
    assert f"{path} does not end in" in ran.stderr


@pytest.mark.parametrize("folder", ["policies", "schemas"])
def test_law_that_is_no_folder_of_files(small: Repo, folder: str) -> None:
    path = small.path / folder
    small.write(folder, "x")
    assert f"{folder} is a file" in small.run("validate").stderr
    path.unlink()
    path.symlink_to("/etc")
    assert f"{folder} is a symbolic link" in small.run("validate").stderr
    path.unlink()
    path.mkdir()
    os.mkfifo(path / "x.yaml")
    ran = small.run("validate")
    assert ran.code == 3
    assert f"{folder}/x.yaml is a FIFO" in ran.stderr


def test_notes_beside_the_law_are_welcome(small: Repo) -> None:
    small.write("policies/README.md", "Our rules.")
    small.write("schemas/README.md", "Our kinds.")
    assert validate(small).code == 0


# --- schemas


def _with(part: Any) -> str:
    schema = json.loads(json.dumps(BRANCH))
    schema["properties"]["spec"]["properties"]["a"] = part
    return json.dumps(schema)


_ALL = json.dumps(BRANCH)
_MANY_KEYS = ", ".join(f'"{n}": 1' for n in range(50_000))

SCHEMAS: dict[str, tuple[str | bytes, str]] = {
    "remote": (_with({"$ref": "http://127.0.0.1:1/x"}), "nothing is ever fetched"),
    "file": (_with({"$ref": "file:///etc/passwd"}), "nothing is ever fetched"),
    "relative": (_with({"$ref": "../../../etc/passwd"}), "nothing is ever fetched"),
    "to itself": (_with({"$ref": "#"}), "cannot be referred to"),
    "to nowhere": (_with({"$ref": "#/$defs/nope"}), "there is no '#/$defs/nope'"),
    "pattern": (_with({"type": "string", "pattern": "("}), "the pattern '(' cannot be used"),
    "look-behind": (_with({"type": "string", "pattern": "(?<=a)b"}), "have no look-around"),
    "a pattern that multiplies": (_with({"type": "string", "pattern": "(a{1000}){1000}"}), "cannot be used"),
    "type": (_with({"type": 5}), "there is no type 5"),
    "no schema": (_with(5), "a schema is a mapping, true or false"),
    "deep": (_ALL[:-1] + ', "x": ' + "[" * 100_000, "nested too deep"),
    "10 MB": (_ALL + " " * 10_000_000, "larger than a schema may be"),
    "a key written twice, late": (f'{{{_MANY_KEYS}, "x": 1, "x": 2}}', '"x" is written twice'),
    "a number of 5,000 digits": (_ALL[:-1] + f', "x": {"9" * 5_000}}}', "is a number of 5000 digits"),
    "not a number": (_ALL[:-1] + ', "x": NaN}', "NaN is no number in JSON"),
    "half a surrogate pair": (_ALL.replace('"title"', '"\\ud800"', 1), "\\ud800 alone is no character"),
    "UTF-16": (_ALL.encode("utf-16"), "is not UTF-8 text"),
    "nothing": ("", "branch.schema.json:1:1 is no JSON"),
    "a list": ("[]", "a JSON object"),
    "a taken kind": (_ALL.replace('"const": "Branch"', '"const": "Service"'), "Service is a built-in kind"),
    "a taken folder": (_ALL.replace('"plural": "branches"', '"plural": "services"'), "the home of Service"),
    "a folder elsewhere": (_ALL.replace('"plural": "branches"', '"plural": "../x"'), "'../x'"),
}
"""A schema that is none, and what is said of it."""


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_that_is_none_stops_the_run(small: Repo, name: str) -> None:
    content, says = SCHEMAS[name]
    small.write("schemas/branch.schema.json", content)
    ran = small.run("validate")
    assert (ran.code, ran.stdout) == (3, "")
    assert "schemas/branch.schema.json" in ran.stderr
    assert says in ran.stderr
    assert "a bug" not in ran.stderr


# --- settings

_KEYS = [*json.loads((PROJECT / "schemas/tool/settings.schema.json").read_bytes())["properties"], "nope"]
_VALUES = [
    *["null", "5", "[]", "{}", '""', "[[1]]", "{a: {b: 1}}", "true", "../..", "1e400", "[{}]", '"\\u202e"', "&a [*a]"],
    *["9" * 5_000, "x" * 50_000, "[" * 50_000, "{zone: ../../etc/passwd}", "{off: [{rule: CHG-07}]}", "{severity: []}"],
]


@pytest.mark.parametrize("key", _KEYS)
def test_settings_of_any_type_are_read_or_refused_with_their_place(key: str) -> None:
    rest = "".join(f"{line}\n" for line in SETTINGS.splitlines() if not line.startswith(f"{key}:"))
    refused = []
    for value in _VALUES:
        try:
            settings.read(f"{rest}{key}: {value}\n".encode())
        except CannotJudge as error:
            refused.append(error.message)
    assert len(refused) > len(_VALUES) // 2
    assert [message for message in refused if not re.search(r"itsm\.yaml:\d+:\d+: ", message)] == []


def test_settings_that_are_none_stop_the_run(small: Repo) -> None:
    for content in (
        b"",
        b"\xff",
        SETTINGS.encode("utf-16"),
        (SETTINGS + "#" * 2_000_000).encode(),
        b"- a",
        b"a: &a [*a]",
    ):
        small.write("itsm.yaml", content)
        ran = small.run("validate")
        assert (ran.code, ran.stdout) == (3, "")
        assert "cannot judge: " in ran.stderr
        assert "a bug" not in ran.stderr
