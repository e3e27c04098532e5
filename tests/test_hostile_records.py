"""Files under records/ that mean harm: each ends in the finding that names it, or is counted; never in a traceback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import runner
from conftest import Repo
from world import AS_OF, change, finding, found_small, item, lines, service, validate

from itsmctl.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ran

X = "records/configuration-items/{}.yaml"
GOOD = item("xxx").replace("Item xxx", "Item x")


@pytest.fixture
def small(repo: Repo) -> Repo:
    return found_small(repo)


def _rules(ran: Ran) -> list[str]:
    return [line.split()[-1] for line in lines(ran)]


# --- what stands in a file: all in one repository, so that none of them keeps another from being read

_BOMB = "a: &a [x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
_MANY = ", ".join(f"k{n}: 1" for n in range(20_000))
_FAR = "10:1000014 yaml-duplicate-key"
_HEAD = GOOD.partition("spec:")[0]

CONTENTS: dict[str, tuple[str | bytes, str]] = {
    "alias bomb": (_BOMB, "1:4 yaml-anchor"),
    "open brackets": ("[" * 50_000, "1:65 yaml-nesting"),
    "brackets that close": (f"{GOOD}  x: {'[' * 50_000}{']' * 50_000}\n", "10:68 yaml-nesting"),
    "brackets that only close": ("]" * 50_000, "1:1 yaml-syntax"),
    "braces": ("{a: " * 50_000, "1:257 yaml-nesting"),
    "braces as keys": ("{" * 50_000, "1:2 yaml-key"),
    "dashes": ("- " * 50_000, "1:129 yaml-nesting"),
    "question marks": ("? " * 50_000, "1:3 yaml-key"),
    "indented for ever": ("".join(f"{' ' * deep}a:\n" for deep in range(1_300)), "65:65 yaml-nesting"),
    "nested as deep as may be": ("[" * 64 + "]" * 64, "1:64 record-kind"),
    "and one deeper": ("[" * 65 + "]" * 65, "1:65 yaml-nesting"),
    "a number of 5,000 digits": (f"{GOOD}  version: {'9' * 5_000}\n", "10:12 yaml-number"),
    "a hexadecimal one": (f"{GOOD}  version: 0x{'f' * 5_000}\n", "10:12 yaml-number"),
    "an exponent of 5,000 digits": (f"{GOOD}  version: 1e{'9' * 5_000}\n", "10:12 yaml-number"),
    "a number as long as a file": (f"{GOOD}  version: {'9' * 900_000}\n", "10:12 yaml-number"),
    "no number": (f"{GOOD}  version: .nan\n", "10:12 yaml-number"),
    "10 MB of text": (f"{GOOD}  version: {'x' * 10_000_000}\n", "1:1 yaml-size"),
    "1 MiB and a byte": (GOOD + "#" * (1_048_577 - len(GOOD)), "1:1 yaml-size"),
    "UTF-16": (GOOD.encode("utf-16"), "1:1 yaml-encoding"),
    "UTF-16 without its mark": (GOOD.encode("utf-16-be"), "1:1 yaml-encoding"),
    "UTF-32": (GOOD.encode("utf-32"), "1:1 yaml-encoding"),
    "no text at all": (b"\xff" * 1_000_000, "1:1 yaml-encoding"),
    "half a surrogate pair": (GOOD.encode() + b"#\xed\xa0\x80\n", "10:2 yaml-encoding"),
    "nothing": ("", "1:1 yaml-empty"),
    "only comments": ("# one\n# two\n", "1:1 yaml-empty"),
    "only the start of a document": ("---", "1:4 record-kind"),
    "carriage returns": (GOOD.replace("\n", "\r"), "1:20 yaml-line-break"),
    "a byte order mark": ("\ufeff" + GOOD, "1:1 yaml-bom"),
    "NUL": (GOOD.replace("Item x", "Item\0x"), "5:14 yaml-control-character"),
    "a mebibyte of NUL": (b"\0" * 1_048_576, "1:1 yaml-control-character"),
    "text that runs the other way": (GOOD.replace("Item x", "Item \u202ex"), "5:15 yaml-bidi-character"),
    "a tower of accents": (GOOD.replace("Item x", "e" + "\u0301" * 400_000), "5:10 yaml-nfc"),
    "two documents": (f"{GOOD}---\n{GOOD}", "10:1 yaml-documents"),
    "directives": ("%YAML 1.1\n" * 1_000, "1:1 yaml-directive"),
    "merge key": (f"{GOOD}  attributes:\n    <<: {{cores: 1}}\n", "11:5 yaml-merge-key"),
    "hexadecimal key": (f"{GOOD}  0x10: 1\n", "10:3 yaml-key"),
    "a list for a key": (f"{GOOD}  ? [a]\n  : 1\n", "10:5 yaml-key"),
    "keys that JavaScript trips over": (f"{GOOD}  __proto__: {{a: 1}}\n", "10:3 schema-unknown-field"),
    "20,000 keys": (f"{GOOD}  attributes: {{{_MANY}}}\n", "10:3 item-attribute"),
    "one key 20,000 times": (GOOD + "  x: 1\n" * 20_000, "11:3 yaml-duplicate-key"),
    "one key in two spellings": (GOOD.replace("spec:", '"\\u0073pec": {}\nspec:'), "8:1 yaml-duplicate-key"),
    "a mistake at the end of a long line": (f'{GOOD}  x: {{c: "{"y" * 1_000_000}", c: 1}}\n', _FAR),
    "a merge that git left": (f"{GOOD}<<<<<<< HEAD\n=======\n>>>>>>> b\n", "10:1 yaml-syntax"),
    "a text where a record is wanted": ("'" * 100_000, "1:1 record-kind"),
    "numbers where a record is wanted": (f"[{'1,' * 20_000}]", "1:2 record-kind"),
    "null where fields are wanted": (f"{_HEAD}spec:\n", "7:1 schema-type"),
    "CRLF": (GOOD.replace("\n", "\r\n"), ""),
    "exactly 1 MiB": (GOOD + "#" * (1_048_576 - len(GOOD)), ""),
}
"""What stands in a file, and the place and rule of its first finding; none for what is odd and right."""

PATHS = {name: X.format(f"f{position:02}") for position, name in enumerate(CONTENTS)}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The findings of each file, by its path, of one run over all; files without a finding are counted as records."""
    repo = found_small(Repo(tmp_path_factory.mktemp("hostile"), {"PATH": os.environ["PATH"]}))
    for name, (content, _) in CONTENTS.items():
        raw = content.encode() if isinstance(content, str) else content
        repo.write(PATHS[name], raw.replace(b"name: xxx", f"name: {Path(PATHS[name]).stem}".encode()))
    ran = validate(repo)
    found: dict[str, list[str]] = {path: [] for path in PATHS.values()}
    for line in lines(ran):
        path, _, rest = line.partition(":")
        found[path].append(rest)
    seen = json.loads(ran.stdout)["seen"]
    assert seen["files"] == len(CONTENTS) + 3
    assert {"kind": "ConfigurationItem", "count": sum(map(_is_a_record, found.values()))} in seen["records"]
    return found


def _is_a_record(found: list[str]) -> bool:
    """What breaks only its schema or its class was read."""
    return not found or found[0].split()[1].startswith(("schema-", "item-"))


@pytest.mark.parametrize("name", CONTENTS)
def test_what_stands_in_a_file_is_named_or_counted(told: dict[str, list[str]], name: str) -> None:
    assert told[PATHS[name]][:1] == [CONTENTS[name][1]] * bool(CONTENTS[name][1])


def test_bytes_that_are_no_text_have_a_column_each(small: Repo) -> None:
    """A decoder may take several of them for one character; the frame has to show the one that is meant."""
    small.write(X.format("x"), b"a: \xf0\x90\x80\x00\n")
    ran = validate(small, "-f", "text=told")
    place = json.loads(ran.stdout)["findings"][1]["place"]
    assert (place["line"], place["column"]) == (1, 7)
    assert "1 | a: \ufffd\ufffd\ufffd" in (small.path / "told").read_text()


# --- what stands in the folder instead of a file


def _link(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def make_socket(path: Path) -> None:
    """A socket at `path`, where the file system can hold one."""
    with suppress(OSError), socket.socket(socket.AF_UNIX) as one:
        before = Path.cwd()
        os.chdir(path.parent)  # the name of a socket may be 100 bytes long
        try:
            one.bind(path.name)
        finally:
            os.chdir(before)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (_link("/etc/passwd"), "symbolic link"),
        (_link("../../itsm.yaml"), "symbolic link"),
        (_link("x.yaml"), "symbolic link"),
        (_link("/"), "symbolic link"),
        (os.mkfifo, "FIFO"),
        (make_socket, "socket"),
    ],
    ids=["out of the tree", "within", "to itself", "to a folder", "FIFO", "socket"],
)
@pytest.mark.parametrize("name", ["records/services/x.yaml", "records/services"])
def test_what_is_no_file_is_neither_followed_nor_waited_for(
    small: Repo, make: Callable[[Path], None], what: str, name: str
) -> None:
    path = small.path / name
    path.parent.mkdir(exist_ok=True)
    make(path)
    ran = validate(small)
    assert lines(ran) == [f"{name}:1:1 record-file"]
    assert what in ran.stdout


def test_folders_that_no_path_can_reach_are_named(small: Repo) -> None:
    """Below the longest path that the system takes, files can be made, and not be opened by their path."""
    folder = os.open(small.path / "records", os.O_RDONLY)
    for _ in range(220):
        os.mkdir("d" * 20, dir_fd=folder)
        inner = os.open("d" * 20, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(os.open("x.yaml", os.O_CREAT | os.O_WRONLY, dir_fd=folder))
    os.close(folder)
    found = finding(validate(small), "record-file")
    assert str(found["message"]) == "a folder that cannot be read (file name too long) is no record"


def test_a_folder_called_like_a_record_is_looked_into(small: Repo) -> None:
    small.write("records/changes/x.yaml/CHG-1.yaml", change("CHG-1"))
    (small.path / "records/changes/empty.yaml").mkdir()
    assert lines(validate(small)) == ["records/changes/x.yaml/CHG-1.yaml:4:9 record-home"]


# --- names

_ODD_NAMES = [
    *["a\nb", "a\r\n::error::x", "##[error]x", "\x1b[31mred", "\u202ecod", "o\u0303", "$(id);`id`|'\"<b>"],
    *["-rf", " ", "..x", "con", "%s", "õ" * 125],
]


def _reports(repo: Repo, *argv: str) -> dict[str, str]:
    """The report in every format there is, of one run that finds something."""
    wanted = [word for shape in FORMATS for word in ("-f", f"{shape}=told.{shape}")]
    ran = repo.run("validate", "--as-of", AS_OF, *wanted, *argv)
    assert (ran.code, ran.stderr) == (1, "")
    return {shape: (repo.path / f"told.{shape}").read_text() for shape in FORMATS}


def _assert_no_orders(reports: dict[str, str]) -> None:
    """Nothing in them moves a terminal's cursor, turns text round, or makes a runner do more than annotate."""
    for shape, report in reports.items():
        assert not set(report) & {"\x1b", "\x9b", "\x07", "\r", "\u202e", "\u2066"}, shape
        orders = {command.name for command in runner.commands(report)}
        assert orders <= {"error", "warning", "notice"} or shape not in ("text", "concise", "github"), shape


@pytest.mark.parametrize("revision", [(), ("--rev", "HEAD")], ids=["work tree", "commit"])
def test_odd_names_come_out_as_text(small: Repo, revision: tuple[str, ...]) -> None:
    paths = {X.format(name) for name in _ODD_NAMES}
    for path in paths:
        small.write(path, item("x", spec="nope: 1"))
    small.commit()
    reports = _reports(small, *revision)
    assert {found["place"]["path"] for found in json.loads(reports["json"])["findings"]} == paths
    _assert_no_orders(reports)


def test_a_name_that_is_not_utf8_is_named_in_every_format(small: Repo) -> None:
    small.write("records/\udcff/\udcfe.yaml", "a: 1\n")
    reports = _reports(small)
    assert [shape for shape, report in reports.items() if "record-home" not in report] == []


_NAMES = [
    *["../../x", "con", "''", "[]", "[x]", "{}", "null", "1", "true", "..", "/etc/passwd", "a/b", "~", "x.", "'a b'"],
    *['"a\\nb"', '"\\U0001F600"', "Õ", "a" * 10_000, "õ" * 5_000, "'::error::x'", "'%s%n'", "File", "0x10"],
]


def test_a_name_leads_to_one_home_or_is_refused(small: Repo) -> None:
    written = {X.format(f"f{n:02}"): item("x").replace("name: x", f"name: {name}") for n, name in enumerate(_NAMES)}
    for path, text in written.items():
        small.write(path, text)
    assert {line.split(":")[0] for line in lines(validate(small))} == set(written)


def test_one_name_in_two_normal_forms_is_taken_twice(small: Repo) -> None:
    """A file system of macOS takes both for one, so that one of them would be gone."""
    for name in ("\u00f5", "o\u0303"):
        small.write(f"records/services/{name}.yaml", service("x"))
    assert sorted(_rules(validate(small))) == ["record-home", "record-home", "record-identity"]


# --- many records


def test_a_circle_of_1200_is_one_finding_of_readable_length(small: Repo) -> None:
    for n in range(1_200):
        target = f"relations: [{{type: connects-to, target: n{(n + 1) % 1_200}}}]"
        small.write(X.format(f"n{n}"), item(f"n{n}", spec=target))
    found = finding(validate(small), "reference-cycle")
    assert "n0 → ConfigurationItem/n1 → " in str(found["message"])
    assert "1180 more" in str(found["message"])
    assert len(str(found["message"])) < 1_000


def test_hundreds_of_names_that_are_all_missing(small: Repo) -> None:
    """Each would be compared with every record to say what comes near; only the first of them are."""
    for n in range(500):
        relation = f"relations: [{{type: connects-to, target: nodes-{n}}}]"
        small.write(X.format(f"node-{n}"), item(f"node-{n}", spec=relation))
    found = json.loads(validate(small).stdout)["findings"]
    assert len(found) == 500
    assert found[0]["hint"].startswith("Did you mean node-0 or ")
    assert found[-1]["hint"].endswith(f"itsmctl new ConfigurationItem nodes-{found[-1]['record'][23:]}")


def test_thousands_of_dangling_references_in_one_record(small: Repo) -> None:
    relations = "".join(f"{{type: connects-to, target: m{n}}}, " for n in range(2_000))
    small.write(X.format("x"), item("x", spec=f"relations: [{relations}]"))
    assert _rules(validate(small)).count("reference") == 2_000


@pytest.mark.parametrize("closed", [False, True], ids=["line", "circle"])
def test_classes_that_extend_each_other_a_thousand_deep(small: Repo, closed: bool) -> None:
    for n in range(1_000):
        above = f"n{(n + 1) % 1_000}" if closed or n < 999 else "server"
        text = f"apiVersion: itsm/v1\nkind: CIType\nmetadata: {{name: n{n}, title: N, owner: Role/operations}}\n"
        text += f"spec: {{extends: {above}, attributes: {{a{n}: {{type: integer, description: A.}}}}"
        text += ", selection: A., control: {level: basic}}\n" if n == 0 else "}\n"
        small.write(f"records/ci-types/n{n}.yaml", text)
    small.write(X.format("x"), item("x", kind="n0", spec="attributes: {a0: 1, a999: x}"))
    assert _rules(validate(small)) == ["reference-cycle"] * closed + ["item-attribute"]


def test_many_findings_of_a_commit_come_from_few_processes(small: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(300):
        small.write(f"records/services/n{n}.yaml", "")
    small.commit()
    started = []
    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: started.append(a) or popen(*a, **k))
    assert _rules(validate(small, "--rev", "HEAD")) == ["yaml-empty"] * 300
    assert 0 < len(started) < 40


# --- what a record says, in every format

_HOSTILE = {
    "command": "x\n::error::y\n##[set-env name=PATH]z",
    "ansi": "\x1b[31mred\x1b[0m \x9b31m \x07",
    "html": "<script>alert(1)</script> & ]]> <!-- -->",
    "bidi": "admin\u202e nimda\u2066",
    "expression": "${{ secrets.TOKEN }} $(id) `id` %0A%0D",
}


def test_text_of_a_record_is_text_in_every_report(small: Repo) -> None:
    for name, text in _HOSTILE.items():
        written = json.dumps(text)
        spec = f"{written}: 1\ndepends_on: [{{target: {written}}}]"
        small.write(f"records/services/{name}.yaml", service(name, spec=spec))
        small.write(f"records/changes/{name}.yaml", change(name).replace("A change", f'"{text}"'))
    reports = _reports(small)
    _assert_no_orders(reports)
    for shape, report in reports.items():
        assert all(f"{name}.yaml" in report for name in _HOSTILE), shape
    assert not any("<script>" in reports[shape] for shape in ("junit", "checkstyle"))
