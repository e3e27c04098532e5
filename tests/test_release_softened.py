"""`release check`: rules, settings and schemas that ask less than when the release was planned, with no change."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from conftest import Made
from court import change
from depot import APP, Depot, release
from test_cli_schemas import BOOK
from test_gate_debts import TIMED
from test_release_claims import grounds, unmet
from test_release_moments import put

CODE = "LAW_WEAKENED"
RULE = TIMED.format(check="self.spec.version != '6.6.6'")
OWN = "policies/TOWN-01.yaml"
SETTINGS = "itsm.yaml"


def commit(depot: Depot, path: str, text: str | None, person: str = "jaan") -> None:
    """Write a file, or take it away, straight onto main."""
    if text is None:
        depot.court.repo.git("rm", "-q", path)
    else:
        depot.court.repo.write(path, text)
    depot.court.commit(person, f"Edit {path}", at=depot.court.now)


def by_change(depot: Depot, name: str, at: str, files: dict[str, str]) -> None:
    """Write files with a change that the gate lets in. `at`: an hour from then on."""
    court, end = depot.court, at.replace(":00:00Z", ":59:00Z")
    court.branch(name)
    items = {f"File/{path}": "change" for path in files}
    court.put(change(name, items, state="implementing", schedule={"start": at, "end": end}))
    for path, text in files.items():
        court.repo.write(path, text)
    court.now = at.replace(":00:00Z", ":10:00Z")
    court.commit("jaan", f"Rules\n\nChange: {name}", at=court.now)
    court.votes(name, "liis", "rein", "ene")
    court.merge(name, at=court.now)
    court.now = at.replace(":00:00Z", ":20:00Z")


def planned_later(depot: Depot, name: str = "loans-3", **spec: Any) -> None:
    """Another release, planned by the law of now."""
    later = release(**spec)
    later["metadata"]["name"] = name
    put(depot, later)


def weakened(depot: Depot, name: str = "loans-3") -> tuple[str, str]:
    """(what is said, help) of LAW_WEAKENED for that release; "" where it is met."""
    ran = depot.court.run("mari", "release", "check", name, "--stage", "ready", "-f", "json")
    assert ran.code in (0, 1), ran.stderr
    found = [one for one in json.loads(ran.stdout)["requirements"] if one["code"] == CODE and one["outcome"] != "met"]
    return "".join(one["says"] for one in found), "".join(one["help"] for one in found)


def test_a_rule_on_what_a_release_relies_on_is_not_lowered(made: Made) -> None:
    depot = made("done")
    kept = (depot.court.repo.path / SETTINGS).read_text()
    assert unmet(depot, "done") == {}
    for written, says in (
        ("severity: {CHG-07: warning}", "CHG-07 as warnings only"),
        ("severity: {CHG-07: info}", "CHG-07 only told"),
        ("off: [{rule: CFG-02, reason: Nobody looks.}]", "CFG-02 switched off"),
    ):
        commit(depot, SETTINGS, f"{kept}policies:\n  {written}\n")
        found = unmet(depot, "done")
        assert f"the settings have {says}" in found.pop(CODE, ""), written
        told = grounds(depot, "done", "RELIED_ON").partition("; by the settings no errors: ")[2]
        assert told.startswith(says[:6]), told
        assert found == {}
    (hint,) = [one["help"] for one in depot.check("done")["requirements"] if one["code"] == CODE]
    shown = depot.court.repo.git(*shlex.split(hint.partition("as git ")[2].partition(" shows it")[0]))
    commit(depot, SETTINGS, f"{shown}\n")
    assert unmet(depot, "done") == {}  # it was put back
    for written in ("severity: {CHG-04: info}", "severity: {CHG-07: error}"):  # of nothing that counts; not lower
        commit(depot, SETTINGS, f"{kept}policies:\n  {written}\n")
        assert CODE not in unmet(depot, "done"), written


def test_what_is_put_back_a_change_may_bring(made: Made) -> None:
    depot = made("ready")
    kept = (depot.court.repo.path / SETTINGS).read_text()
    lowered = f"{kept}policies:\n  severity: {{CHG-07: warning}}\n"
    commit(depot, SETTINGS, lowered)
    assert CODE in unmet(depot, "ready")
    commit(depot, SETTINGS, kept)
    by_change(depot, "CHG-2", "2026-12-01T13:00:00Z", {SETTINGS: lowered})
    assert CODE not in unmet(depot, "ready")
    commit(depot, SETTINGS, f"# For now\n{lowered}")
    assert CODE not in unmet(depot, "ready")  # it asks no less than what was let in
    commit(depot, SETTINGS, lowered.replace("CHG-07: warning", "CHG-07: warning, CHG-06: info"))
    assert "have CHG-06 only told" in unmet(depot, "ready")[CODE]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, f"{OWN} has the rule TOWN-01 no more"),
        (RULE.replace("severity: error", "severity: warning"), f"{OWN} has TOWN-01 as warnings only"),
        (RULE.replace("basis: house", "basis: house\n  enforcement: advisory"), f"{OWN} has TOWN-01 only told"),
        (RULE.replace("6.6.6", "9.9.9"), f"{OWN} has the rule TOWN-01 ask something else"),
        (RULE.replace("ConfigurationItem}", "ConfigurationItem, when: 'false'}"), "TOWN-01 ask something else"),
        (
            RULE.replace("ConfigurationItem}", "Incident}").replace("spec.version", "metadata.name"),
            f"{OWN} has TOWN-01 ask something else",
        ),
        (RULE.replace("Nothing moves at night", "By day only").replace("error", "error # !"), ""),
    ],
)
def test_a_rule_of_ones_own_is_not_softened(made: Made, text: str | None, says: str) -> None:
    depot = made("planned")
    commit(depot, OWN, RULE)
    planned_later(depot)
    assert weakened(depot) == ("", "")
    commit(depot, OWN, text)
    found, hint = weakened(depot)
    assert says in found
    assert bool(found) is bool(says)
    if says:
        shown = depot.court.repo.git(*shlex.split(hint.partition("as git ")[2].partition(" shows it")[0]))
        commit(depot, OWN, f"{shown}\n")
        assert weakened(depot) == ("", "")


def test_a_rule_that_comes_later_hurts_nobody(made: Made) -> None:
    depot = made("planned")
    planned_later(depot)
    commit(depot, OWN, RULE)
    assert weakened(depot) == ("", "")
    commit(depot, OWN, RULE.replace("6.6.6", "9.9.9"))
    assert weakened(depot) == ("", "")


def test_a_schema_of_ones_own_is_not_softened(made: Made) -> None:
    depot, path = made("planned"), "schemas/book.schema.json"
    commit(depot, path, json.dumps(BOOK))
    book = {"apiVersion": "itsm/v1", "kind": "Book", "metadata": {"name": "one", "title": "One"}, "spec": {}}
    commit(depot, "records/books/one.yaml", json.dumps(book))
    planned_later(depot, items=[{"item": APP, "action": "change"}, {"item": "Book/one", "action": "change"}])
    assert weakened(depot) == ("", "")
    commit(depot, path, json.dumps({**BOOK, "description": "Softer."}))
    assert f"{path} has the schema of Book ask something else" in weakened(depot)[0]


def test_a_law_of_then_that_cannot_be_read_is_no_wall(made: Made) -> None:
    depot = made("planned")
    commit(depot, OWN, RULE.replace("self.spec.version", "self.spec.verson"))
    planned_later(depot)
    commit(depot, OWN, RULE)
    says, hint = weakened(depot)
    assert "it cannot be told whether rules ask less than when the release was planned" in says
    assert "another release" in hint
    planned_later(depot, "loans-4")
    assert weakened(depot, "loans-4") == ("", "")
