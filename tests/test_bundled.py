"""Shipped data are found in a checkout and in an installed package, and nowhere else."""

from __future__ import annotations

import pytest

from itsmctl import bundled
from itsmctl.errors import CannotJudge


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A folder that looks like the installed package."""
    folder = tmp_path / "site" / "itsmctl"
    folder.mkdir(parents=True)
    monkeypatch.setattr(bundled, "__file__", str(folder / "bundled.py"))
    return folder


def test_a_checkout_has_its_data_at_the_root():
    assert (bundled.folder("schemas") / "envelope.schema.json").is_file()


def test_an_installed_package_has_its_data_inside(package):
    (package / "_data" / "schemas").mkdir(parents=True)
    assert bundled.folder("schemas") == package / "_data" / "schemas"


def test_a_foreign_folder_beside_the_package_is_not_taken_for_ours(package):
    (package.parent / "schemas").mkdir()
    with pytest.raises(CannotJudge, match="schemas/ that is shipped with itsmctl is not there") as raised:
        bundled.folder("schemas")
    assert raised.value.hint == "Install itsmctl again."


def test_files_come_by_name_and_not_from_folders_below(package):
    data = package / "_data" / "schemas"
    (data / "tool").mkdir(parents=True)
    (data / "tool" / "x.json").write_text("{}")
    for name in ("b.json", "a.json", "notes.md"):
        (data / name).write_text(name)
    assert [(file.path, file.content) for file in bundled.files("schemas", ".json")] == [
        ("schemas/a.json", b"a.json"),
        ("schemas/b.json", b"b.json"),
    ]
