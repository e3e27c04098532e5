"""The check by hand, run by a plain shell: it ends well for what holds, and fails for what was tampered with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import Repo
from court import Court
from vault import Vault, forge

from itsmctl.baseline import form


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, founded: Path, keys: Mapping[str, Path]) -> Path:
    """One baseline, signed and agreed to by two, and its follower: made once, copied for each test."""
    path = tmp_path_factory.mktemp("by-hand") / "repo"
    vault = Vault.founding(founded, path, keys)
    vault.sign("loans-1", "--scope", "Service/loans")
    vault.approve("loans-1")
    vault.approve("loans-1", by="liis")
    return path


@pytest.fixture
def agreed(template: Path, tmp_path: Path, environ: dict[str, str], keys: Mapping[str, Path]) -> Vault:
    """A repository with that baseline, of its own."""
    return Vault.copied(template, tmp_path / "by-hand", environ, keys)


def test_what_holds_passes(agreed: Vault) -> None:
    done = agreed.by_hand("loans-1")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("root ")] == [f"root   {agreed.manifest('loans-1')['root']}"]
    assert 'Good "baseline@itsmctl" signature for kadri' in done.stdout
    assert 'Good "agreement@itsmctl" signature for mari' in done.stdout
    assert 'Good "agreement@itsmctl" signature for liis' in done.stdout
    assert lines[-1] == "loans-1: all of this is so"


def test_a_governed_root_with_a_name_that_git_quotes(agreed: Vault) -> None:
    root = agreed.repo.path / "büche rei"
    root.mkdir()
    agreed.repo.git("rm", "-rq", "baselines")
    agreed.repo.git("mv", *agreed.repo.git("ls-tree", "--name-only", "HEAD~3").split(), "büche rei")
    agreed.court.commit("jaan", "Down")
    made = Vault(Court(Repo(root, agreed.repo.environ), agreed.court.keys, made=40))
    made.sign("loans-2", "--scope", "Service/loans")
    made.approve("loans-2")
    done = made.by_hand("loans-2")
    assert done.returncode == 0, done.stderr


def test_nothing_is_left_behind(agreed: Vault, tmp_path: Path) -> None:
    folder = tmp_path / "scratch"
    folder.mkdir()
    agreed.repo.environ = {**agreed.repo.environ, "TMPDIR": str(folder)}
    assert agreed.by_hand("loans-1").returncode == 0
    assert list(folder.iterdir()) == []


def _first(field: str, value: Any) -> Callable[[dict[str, Any]], object]:
    return lambda data: data["items"][0].update({field: value})


@pytest.mark.parametrize(
    "edit",
    [
        lambda data: data["scope"].update(rule="controlled"),
        lambda data: data["section"].update(checks=[]),
        lambda data: data.update(root="0" * 64),
        lambda data: data["items"].pop(),
        _first("digest", "0" * 64),
        _first("blob", "0" * 40),
        _first("blob", ""),
        _first("path", "records/services/no-such.yaml"),
        lambda data: data["source"].update(tree="0" * 40),
        lambda data: data["source"].update(time="2020-01-01T00:00:00Z"),
    ],
)
def test_an_edited_manifest_fails(agreed: Vault, edit: Callable[[dict[str, Any]], object]) -> None:
    data = agreed.manifest("loans-1")
    edit(data)
    agreed.rewrite("loans-1", "baseline.json", form.written(data))
    done = agreed.by_hand("loans-1")
    assert done.returncode != 0
    assert "so" not in done.stdout.split()
    assert "more does not hold" not in done.stdout, "no word of a program that nobody has to trust"


def test_an_edited_manifest_with_its_own_root_and_statement_fails(agreed: Vault) -> None:
    """All that can be made to fit is made to fit; what people signed stays."""
    from itsmctl.baseline import intoto

    data = agreed.manifest("loans-1")
    data["items"].pop()
    data["root"] = form.root(data["items"])
    content = form.written(data)
    agreed.path("loans-1", "statement.intoto.json").write_bytes(
        form.written(intoto.statement(data, hashlib.sha256(content).hexdigest()))
    )
    agreed.rewrite("loans-1", "baseline.json", content)
    assert agreed.by_hand("loans-1").returncode != 0


@pytest.mark.parametrize("end", ["json", "json.sig"])
def test_half_an_agreement_fails(agreed: Vault, end: str) -> None:
    next(Path(agreed.path("loans-1").parent, "agreement").glob(f"mari-*.{end}")).unlink()
    agreed.court.commit("jaan", "Half of it")
    assert agreed.codes("loans-1") == {"BAD_SIGNATURE"}
    assert agreed.by_hand("loans-1").returncode != 0


def test_a_signature_over_other_bytes_fails(agreed: Vault) -> None:
    folder = Path(agreed.path("loans-1").parent, "agreement")
    theirs, others = (next(folder.glob(f"{name}-*.sig")) for name in ("mari", "liis"))
    theirs.write_bytes(others.read_bytes())
    agreed.court.commit("jaan", "Swap")
    assert agreed.by_hand("loans-1").returncode != 0


def test_an_agreement_of_a_stranger_fails(agreed: Vault) -> None:
    import json

    made = next(Path(agreed.path("loans-1").parent, "agreement").glob("mari-*.json"))
    forge(agreed, json.loads(made.read_bytes()), "eve")
    assert "UNKNOWN" in agreed.codes("loans-1")
    assert agreed.by_hand("loans-1").returncode != 0


@pytest.mark.parametrize("file", ["statement.intoto.json", "statement.intoto.json.sig"])
def test_an_edited_statement_fails(agreed: Vault, file: str) -> None:
    content = agreed.path("loans-1", file).read_bytes()
    agreed.rewrite("loans-1", file, content.replace(b"loans-1", b"loans-7") if file.endswith("json") else content[:-40])
    assert agreed.codes("loans-1")
    assert agreed.by_hand("loans-1").returncode != 0


def test_what_no_line_shows_fails_in_the_end(agreed: Vault) -> None:
    agreed.rewrite("loans-1", "bom.cdx.json", b"{}\n")
    done = agreed.by_hand("loans-1")
    assert done.returncode == 1
    assert done.stdout.endswith("more does not hold: FILE_EDITED\n")


def test_a_snapshot_is_told_to_be_one(agreed: Vault) -> None:
    agreed.create("loans-2", "--scope", "Service/loans")
    done = agreed.by_hand("loans-2")
    assert done.returncode == 1
    assert "nobody agreed to it: a snapshot" in done.stdout


def test_what_is_in_the_notes_runs_as_well(agreed: Vault) -> None:
    import subprocess

    lines = agreed.path("loans-1", "notes.md").read_text().partition("```sh\n")[2].partition("```")[0]
    done = subprocess.run(["bash", "-c", lines], cwd=agreed.repo.path, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    assert f"root   {agreed.manifest('loans-1')['root']}" in done.stdout
