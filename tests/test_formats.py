"""What holds for every format on the shelf, and the golden files that show each of them."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from golden.regenerate import OUTPUTS, PROJECT, files
from golden.sample import CLEAN, SAMPLE
from msgspec.structs import replace

from itsmctl.findings import Report, Seen
from itsmctl.formats import FORMATS, Look

if TYPE_CHECKING:
    from pathlib import Path

MADE = files()
EMPTY = Report("validate", (), Seen("work tree", "2026-11-22T10:00:00Z"), (), "0.1.0")


@pytest.mark.parametrize("path", MADE, ids=lambda path: path.name)
def test_committed_files_are_what_the_code_makes(path: Path) -> None:
    assert path.read_bytes().decode() == MADE[path], "python -m tests.golden.regenerate writes it anew"


def test_every_format_has_a_golden_file() -> None:
    assert {shelf for _, shelf, _ in OUTPUTS.values()} == set(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("report", [SAMPLE, CLEAN, EMPTY], ids=["sample", "clean", "empty"])
def test_output_ends_in_one_line_break_and_is_utf_8(name: str, report: Report) -> None:
    written = FORMATS[name].write(report, Look())
    assert written.endswith("\n")
    assert not written.endswith("\n\n")
    assert written.encode("utf-8").decode("utf-8") == written


@pytest.mark.parametrize("name", FORMATS)
def test_help_has_a_line_about_each_format(name: str) -> None:
    assert 10 < len(FORMATS[name].ABOUT) < 80


@pytest.mark.parametrize("name", ["json", "sarif", "junit", "gitlab", "checkstyle", "rdjson", "csv"])
def test_formats_for_programs_heed_no_look(name: str) -> None:
    look = Look(color=True, width=20, verbose=2, quiet=True, statistics=True, base="elsewhere", web="https://a/b/")
    assert FORMATS[name].write(SAMPLE, look) == FORMATS[name].write(SAMPLE, Look())


def test_a_list_of_formats_loads_no_heavy_library() -> None:
    heavy = {"pydantic", "xml.etree.ElementTree", "_hashlib"}
    code = f"import sys, itsmctl.formats; print(sorted({heavy!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


def test_output_is_the_same_under_another_hash_seed_and_locale() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "from golden.regenerate import files\n"
        "import hashlib; print(hashlib.sha256(''.join(files().values()).encode()).hexdigest())"
    )
    seen = set()
    for seed, locale, zone in (("0", "C", "UTC"), ("4711", "et_EE.UTF-8", "Asia/Tokyo")):
        env = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": locale, "TZ": zone}
        run = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, env=env, capture_output=True, check=True)
        seen.add(run.stdout)
    assert len(seen) == 1


def test_an_unloaded_rule_does_not_break_any_format() -> None:
    report = replace(SAMPLE, rules=())
    for name, shelf in FORMATS.items():
        assert "CHG-07" in shelf.write(report, Look(statistics=True)), name
