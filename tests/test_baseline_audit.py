"""`baseline audit`: what was seen in, verdicts out; what nobody saw is never equal, and no secret is ever shown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from auditing import Hall, differing, standings
from conftest import Repo, copied, undisturbed
from court import Court, record
from vault import Vault

from itsmctl import canonical, yamltext

NETBOX = Path(__file__).parent / "data/observed/netbox-devices.csv"
SEEN = "Name,Version,Serial\nsrv-1,1.0,S-1\nsrv-2,1.0,S-2\n"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, founded: Path, keys: Mapping[str, Path]) -> Path:
    """The hall, made once; tests that write take a copy."""
    path = tmp_path_factory.mktemp("hall") / "repo"
    copied(founded, path)
    vault = Vault.over(Court(Repo(path, undisturbed(path.parent / "home")), keys))
    Hall.over(vault, path.parent)
    return path


@pytest.fixture
def hall(built: Path, tmp_path: Path, keys: Mapping[str, Path]) -> Hall:
    """The hall as it was built: only read."""
    return Hall(Vault(Court(Repo(built, undisturbed(built.parent / "home")), keys, made=50)), tmp_path)


@pytest.fixture
def own(built: Path, tmp_path: Path, environ: dict[str, str], keys: Mapping[str, Path]) -> Hall:
    """A copy to write into."""
    copied(built, tmp_path / "repo")
    return Hall(Vault(Court(Repo(tmp_path / "repo", environ), keys, made=50)), tmp_path)


# --- verdicts


def test_what_was_seen_as_recorded_is_verified(hall: Hall) -> None:
    found = hall.audit(SEEN, code=0)
    assert standings(found) == {"srv-1": "verified", "srv-2": "verified"}
    assert found["counts"]["not_covered"] == 6
    assert found["accuracy"] == {"server": {"items": 2, "verified": 2, "fields": 4, "equal": 4}}


def test_missing_unexpected_and_different_are_told_with_both_sides(hall: Hall) -> None:
    found = hall.audit("Name,Version,Serial\nsrv-1,1.1,S-1\nodd,2,X-1\n")
    assert standings(found) == {"srv-1": "different", "srv-2": "missing"}
    assert differing(found, "srv-1") == [("/spec/version", "1.0", "1.1")]
    assert [(one["at"], one["seen"]) for one in found["unexpected"]] == [
        ("line 3", {"/metadata/name": "odd", "/spec/attributes/serial_number": "X-1", "/spec/version": "2"})
    ]


def test_one_thing_that_nobody_expected_is_enough(hall: Hall) -> None:
    found = hall.audit(SEEN + "odd,1,X\n", code=1)
    assert set(standings(found).values()) == {"verified"}


def test_fields_that_nobody_saw_are_never_equal(hall: Hall) -> None:
    found = hall.audit("Name,Version,Serial\nsrv-1,,S-1\nsrv-2,1.0,\n")
    assert standings(found) == {"srv-1": "partly", "srv-2": "partly"}
    assert [one["not_seen"] for one in found["items"]] == [["/spec/version"], ["/spec/attributes/serial_number"]]


def test_names_alone_verify_nothing(hall: Hall) -> None:
    covers = {"classes": ["application"]}
    found = hall.audit("Name\napp-01\n", fields={"name": "Name"}, covers=covers)
    assert standings(found) == {"app-01": "partly"}
    assert found["whole"] == {"items": 1, "verified": 0, "fields": 0, "equal": 0}


def test_criteria_of_the_mapping_say_what_has_to_be_seen(hall: Hall) -> None:
    seen = "Name,Version,Serial\nsrv-1,,S-1\nsrv-2,,S-2\n"
    assert standings(hall.audit(seen, criteria=["attributes.serial_number"], code=0))["srv-1"] == "verified"
    assert standings(hall.audit(seen, criteria=["version"]))["srv-1"] == "partly"


def test_a_value_that_the_record_lacks_is_a_difference(hall: Hall) -> None:
    fields = {"version": "Version", "attributes.serial_number": "Serial", "environment": "Env"}
    seen = "Version,Serial,Env\n1.0,S-1,production\n1.0,S-2,\n"
    assert differing(hall.audit(seen, fields=fields), "srv-1") == [("/spec/environment", None, "production")]


def test_what_should_not_be_there_yet_is_told_when_it_is(hall: Hall) -> None:
    found = hall.audit(SEEN + "srv-3,1.0,S-3\n")
    assert differing(found, "srv-3") == [("/spec/state", "planned", "it is there")]


def test_only_items_that_a_file_covers_can_be_missing(hall: Hall) -> None:
    one = "Name,Version,Serial\nsrv-1,1.0,S-1\n"
    assert standings(hall.audit(one, covers={"classes": ["hardware"]})) == {
        "srv-1": "verified",
        "srv-2": "missing",
        "prn-1": "missing",
        "twin-1": "missing",
        "twin-2": "missing",
    }
    place = {"classes": ["server"], "where": {"attributes.memory_gib": [64]}}
    assert standings(hall.audit(one, covers=place, code=0)) == {"srv-1": "verified"}
    ahead = {"classes": ["server"], "states": ["planned"], "where": {"location": ["tartu"]}}
    assert "cover none" in hall.run(one, mapping=hall.mapping(covers=ahead), code=3).stderr


# --- who is who


def test_the_first_set_of_the_class_that_both_have_decides(hall: Hall) -> None:
    fields = {"name": "N", "version": "V", "attributes.asset_tag": "A", "attributes.serial_number": "S"}
    found = hall.audit("N,V,A,S\nsrv-2,1.0,A-1,S-2\n", fields=fields)
    assert standings(found) == {"srv-1": "different", "srv-2": "missing"}, "the tag goes before the serial number"
    assert ("/spec/attributes/serial_number", "S-1", "S-2") in differing(found, "srv-1")
    item = next(one for one in found["items"] if one["ref"].endswith("srv-1"))
    assert item["found"][0]["by"] == ["/spec/attributes/asset_tag"]
    found = hall.audit("N,V,A,S\nsrv-1,1.0,,S-2\n", fields=fields)
    assert standings(found) == {"srv-1": "missing", "srv-2": "different"}, "without a tag it is the serial number"


def test_where_a_better_set_differs_a_worse_one_is_not_asked(hall: Hall) -> None:
    fields = {"name": "N", "version": "V", "attributes.asset_tag": "A", "attributes.serial_number": "S"}
    found = hall.audit("N,V,A,S\nsrv-1,1.0,A-9,S-1\n", fields=fields)
    assert standings(found) == {"srv-1": "missing", "srv-2": "missing"}
    assert found["unexpected"][0]["says"] == "ConfigurationItem/srv-1 has that name, and another asset_tag"


def test_another_machine_of_the_same_name_is_not_the_one_that_was_recorded(hall: Hall) -> None:
    found = hall.audit("Name,Version,Serial\nsrv-1,1.0,S-1\nsrv-2,1.0,NEW\n")
    assert standings(found)["srv-2"] == "missing"
    assert found["unexpected"][0]["says"] == "ConfigurationItem/srv-2 has that name, and another serial_number"


def test_by_its_name_is_recognised_what_nothing_better_tells(hall: Hall) -> None:
    found = hall.audit("Name,Version,Serial\nsrv-1,1.0,S-1\nsrv-2,1.0,\n", criteria=["version"], code=0)
    assert [one["found"][0]["by"] for one in found["items"]] == [
        ["/spec/attributes/serial_number"],
        ["/metadata/name"],
    ]


def test_the_mapping_may_name_other_sets(hall: Hall) -> None:
    fields = {"title": "Host", "version": "V"}
    found = hall.audit("Host,V\nSRV 1,1.0\nSRV 2,1.0\n", criteria=["version"], identify_by=[["title"]],
                       fields={**fields, "title": {"from": "Host", "forms": ["fold-case"]}}, code=0)  # fmt: skip
    assert standings(found) == {"srv-1": "verified", "srv-2": "verified"}


def test_what_could_be_several_items_is_said_and_never_guessed(hall: Hall) -> None:
    found = hall.audit("Name,Version,Serial\n,1.0,T-1\n", covers={"classes": ["tablet"]})
    assert standings(found) == {"twin-1": "unclear", "twin-2": "unclear"}
    assert found["doubtful"] == [
        {
            "file": found["files"][0]["path"],
            "at": "line 2",
            "could_be": ["ConfigurationItem/twin-1", "ConfigurationItem/twin-2"],
        }
    ]


def test_of_items_with_the_same_number_the_one_of_the_observed_class_is_meant(own: Hall) -> None:
    for name, type_ in (("box-1", "server"), ("pad-1", "tablet")):
        spec = {"type": type_, "state": "live", "version": "1.0", "attributes": {"serial_number": "N-1"}}
        own.vault.court.put(record("ConfigurationItem", name, spec))
    own.vault.court.commit("jaan", "Two of one number")
    own.vault.create("two")
    covers = {"classes": ["hardware"], "where": {"attributes.serial_number": ["N-1"]}}
    mapping = own.mapping(covers=covers, **{"class": {"default": "tablet"}})
    path = own.file("seen.csv", "Name,Version,Serial\n,1.0,N-1\n")
    argv = ("audit", "two", "--against", path, "--mapping", mapping, "-f", "json")
    found = json.loads(own.vault.run("kadri", *argv, code=1).stdout)
    assert standings(found) == {"box-1": "missing", "pad-1": "verified"}


def test_what_stands_twice_in_one_file_is_a_finding(hall: Hall) -> None:
    found = hall.audit(SEEN + "srv-1,1.0,S-1\n")
    assert standings(found) == {"srv-1": "unclear", "srv-2": "verified"}
    assert found["items"][0]["says"] == "it stands 2 times in one file: line 2 and line 4"


def test_two_files_may_show_the_same_item(hall: Hall) -> None:
    other = hall.mapping("b.yaml", files=["b*"], fields={"name": "Name", "attributes.memory_gib": "GiB"})
    first = hall.mapping("a.yaml", files=["a*"])
    files = [hall.file("a.csv", SEEN), hall.file("b.csv", "Name;GiB\nsrv-1;64\nsrv-2;31\n")]
    ran = hall.run(files, "-f", "json", "--mapping", other, mapping=first)
    found = json.loads(ran.stdout)
    assert standings(found) == {"srv-1": "verified", "srv-2": "different"}
    assert differing(found, "srv-2") == [("/spec/attributes/memory_gib", 32, "31")]


def test_the_class_of_a_row_comes_from_a_column(hall: Hall) -> None:
    class_ = {"from": "Role", "values": {"Box": "server", "Copier": "printer"}, "default": "server"}
    seen = "Name,Version,Serial,Role\nsrv-1,1.0,S-1,BOX\nsrv-2,1.0,S-2,\nprn-1,1.0,S-9,copier\n"
    found = hall.audit(seen, **{"class": class_}, code=0)
    assert found["files"][0]["set_aside"] == {"of another class": 1}
    wrong = hall.audit(seen.replace("BOX", "copier"), **{"class": class_}, covers={"classes": ["hardware"]})
    assert differing(wrong, "srv-1") == [("/spec/type", "server", "printer")]
    unknown = hall.audit(seen.replace("BOX", "Rack"), **{"class": class_}, code=0)
    assert unknown["files"][0]["class_unknown"] == {"Rack": 1}


def test_items_recorded_beside_the_baseline_are_not_unexpected(own: Hall) -> None:
    own.vault.create("small", "--scope", "ConfigurationItem/srv-1")
    argv = ("audit", "small", "--against", own.file("seen.csv", SEEN), "--mapping", own.mapping(), "-f", "json")
    found = json.loads(own.vault.run("kadri", *argv).stdout)
    assert standings(found) == {"srv-1": "verified"}
    assert (found["counts"]["elsewhere"], found["unexpected"]) == (1, [])


def test_a_mapping_by_which_nothing_can_be_recognised_is_no_audit(hall: Hall) -> None:
    ran = hall.run("V\n1.0\n", mapping=hall.mapping(fields={"version": "V"}), code=3)
    assert "by nothing that" in ran.stderr
    assert "attributes.asset_tag; attributes.serial_number; name" in ran.stderr


# --- nothing seen is no green


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        ("", "is empty"),
        ("Name,Version,Serial\n", "it has no rows"),
        ("Name,Version,Serial\ngone,1,1\n", "all 1 rows are set aside: 1 skipped"),
        ("Name,Version,Serial,Other\n,,,x\n", "all 1 rows are set aside: 1 without any field"),
    ],
)
def test_a_file_that_shows_nothing_is_no_audit(hall: Hall, seen: str, says: str) -> None:
    mapping = hall.mapping(skip=[{"column": "Name", "is": ["GO*"]}])
    assert says in hall.run(seen, mapping=mapping, code=3).stderr


def test_each_file_has_to_show_something(hall: Hall) -> None:
    files = [hall.file("a.csv", SEEN), hall.file("b.csv", "Name,Version,Serial\n")]
    assert "b.csv shows nothing" in hall.run(files, code=3).stderr


# --- the law and the content are those of the commit


def test_the_classes_are_those_of_the_commit_that_was_frozen(own: Hall) -> None:
    own.vault.court.edit("CIType/hardware", {"/spec/identity": [["memory_gib"]], "/spec/control/ignore": []})
    own.vault.court.edit("ConfigurationItem/srv-1", {"/spec/version": "9"})
    own.vault.court.commit("jaan", "Another law")
    (own.vault.repo.path / "records/ci-types/server.yaml").unlink()
    own.audit(SEEN, code=0)


def test_a_baseline_that_does_not_hold_is_not_audited(own: Hall) -> None:
    manifest = own.vault.manifest("one")
    manifest["root"] = "0" * 64
    own.vault.rewrite("one", "baseline.json", canonical.canonical(manifest) + b"\n")
    assert "the root of one is not that of its items" in own.run(SEEN, code=3).stderr


def test_a_baseline_without_items_has_nothing_to_be_held_against(own: Hall) -> None:
    own.vault.create("roles", "--scope", "Role/database-team")
    argv = ("audit", "roles", "--against", own.file("seen.csv", SEEN), "--mapping", own.mapping())
    assert "holds no configuration items" in own.vault.run("kadri", *argv, code=3).stderr


# --- what is left out


def test_what_the_class_ignores_is_not_compared(hall: Hall) -> None:
    fields = {"version": "V", "attributes.serial_number": "S", "attributes.uptime_days": "Up"}
    found = hall.audit("V,S,Up\n1.0,S-1,99\n1.0,S-2,99\n", fields=fields, code=0)
    assert all(one["field"] != "/spec/attributes/uptime_days" for item in found["items"] for one in item["fields"])


# --- secrets


@pytest.mark.parametrize("shape", ["text", "json", "markdown", "csv"])
def test_no_secret_is_ever_shown_or_written(own: Hall, shape: str) -> None:
    key = "-----BEGIN OPENSSH PRIVATE KEY----- b3BlbnNz"
    fields = {
        "name": "Name",
        "version": "Version",
        "attributes.serial_number": "Serial",
        "attributes.admin_password": "Pw",
        "attributes.badge": "Badge",
        "location": "Place",
        "title": "API token",
    }
    seen = f"Name,Version,Serial,Pw,Badge,Place,API token,Spare\nsrv-1,1.0,S-1,letmein,rose,{key},orchid,iris\n"
    seen += f"odd,1.0,X,lily,daisy,{key},violet,iris\n"
    argv = ("-f", shape, "--write", f"seen-{shape}", "--auditor", "liis", "--trigger", "planned")
    ran = own.run(seen, *argv, mapping=own.mapping(fields=fields))
    written = own.vault.repo.path / f"records/configuration-audits/seen-{shape}.yaml"
    told = ran.stdout + ran.stderr + written.read_text()
    flowers = ("hunter2", "tulip", "letmein", "rose", "b3BlbnNz", "orchid", "lily", "daisy", "violet", "iris")
    for secret in flowers:
        assert secret not in told
        for digest in (hashlib.md5, hashlib.sha1, hashlib.sha256):
            assert digest(secret.encode()).hexdigest() not in told
    assert "admin_password" in told, "that it differs is told"
    differs = [one["field"] for one in yamltext.read(written.read_bytes())["spec"]["discrepancies"] if "field" in one]
    assert {"/spec/attributes/admin_password", "/spec/attributes/badge", "/spec/location"} <= set(differs)


def test_equal_secrets_are_equal(hall: Hall) -> None:
    fields = {"version": "V", "attributes.serial_number": "S", "attributes.badge": "B"}
    ran = hall.run("V,S,B\n1.0,S-1,tulip\n1.0,S-2,\n", "-f", "json", mapping=hall.mapping(fields=fields), code=0)
    assert "tulip" not in ran.stdout


def test_no_secret_is_exported(hall: Hall) -> None:
    told = hall.vault.run("ene", "export", "one").stdout
    assert "itsmctl:attributes.serial_number" in told
    assert not [secret for secret in ("hunter2", "tulip") if secret in told]


# --- samples


def test_a_sample_is_drawn_by_the_root_and_nothing_else(hall: Hall) -> None:
    covers = {"classes": ["hardware"]}
    found = hall.audit("Name,Version,Serial\nsrv-1,9,S-1\n", "--sample", "2", covers=covers)
    root = hall.vault.manifest("one")["root"]
    refs = [f"ConfigurationItem/{name}" for name in ("prn-1", "srv-1", "srv-2", "twin-1", "twin-2")]
    drawn = sorted(refs, key=lambda ref: hashlib.sha256(f'["{root}","{ref}"]'.encode()).hexdigest())[:2]
    assert found["sample"] == {"of": 5, "items": sorted(drawn)}
    assert [one["ref"] for one in found["items"]] == sorted(drawn)


def test_a_sample_larger_than_all_is_all(hall: Hall) -> None:
    assert len(hall.audit(SEEN, "--sample", "9", code=0)["sample"]["items"]) == 2


def test_a_sample_can_be_drawn_before_anybody_looks_and_is_no_audit(hall: Hall) -> None:
    ran = hall.vault.run("kadri", "audit", "one", "--sample", "2", code=3)
    assert ran.stderr.count("  ConfigurationItem/") == 2
    assert "nothing was compared" in ran.stderr


# --- the record


ORDER = ("--auditor", "liis", "--trigger", "after-change")


def test_the_record_holds_what_was_found_and_validates_clean(own: Hall) -> None:
    seen = "Name,Version,Serial\nsrv-1,1.0,S-1\nsrv-2,1.1,S-2\nodd,1,X\n"
    ran = own.run(seen, "--write", "machines", *ORDER)
    assert "wrote records/configuration-audits/machines.yaml" in ran.stderr
    data = yamltext.read((own.vault.repo.path / "records/configuration-audits/machines.yaml").read_bytes())
    spec = data["spec"]
    assert (spec["state"], spec["type"], spec["trigger"], spec["on"]) == (
        "performed",
        "physical",
        "after-change",
        "2026-12-01",
    )
    assert (spec["baseline"], spec["auditors"], spec["verified"]) == ("one", ["liis"], ["srv-1"])
    assert spec["inventory"] == f"seen.csv (sha256:{hashlib.sha256(seen.encode()).hexdigest()})", "no folder of ours"
    assert spec["discrepancies"][0] == {
        "what": "different",
        "item": "srv-2",
        "field": "/spec/version",
        "expected": "1.0",
        "observed": "1.1",
    }
    assert [one["what"] for one in spec["discrepancies"]] == ["different", "unexpected"]
    assert not {"result", "reported_on"} & spec.keys(), "what came out is for its auditors to say"
    validated = json.loads(own.vault.court.run("kadri", "validate", "-f", "json").stdout)
    assert [one for one in validated["findings"] if one["record"] == "ConfigurationAudit/machines"] == []


def test_the_record_tells_what_nobody_saw(own: Hall) -> None:
    ran = own.run("Name,Version,Serial\nsrv-1,,S-1\nsrv-2,9,S-2\n", "--write", "machines", *ORDER)
    assert "nobody saw version" in ran.stdout
    data = yamltext.read((own.vault.repo.path / "records/configuration-audits/machines.yaml").read_bytes())
    assert "srv-1 (nobody saw version)" in data["spec"]["scope"]


def test_what_is_no_more_among_the_records_is_told_in_words(own: Hall) -> None:
    for name in ("srv-1", "srv-2"):
        own.vault.court.repo.git("rm", "-q", f"records/configuration-items/{name}.yaml")
    own.run("Name,Version,Serial\nsrv-1,1.0,S-1\n", "--write", "machines", *ORDER)
    spec = yamltext.read((own.vault.repo.path / "records/configuration-audits/machines.yaml").read_bytes())["spec"]
    assert "no more among the records: srv-1" in spec["scope"]
    assert spec["discrepancies"] == [{"what": "missing", "observed": "srv-2: It was not there."}]


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("--write", "x"), "who compared"),
        (("--write", "x", "--auditor", "liis"), "why the audit was held"),
        (("--write", "x", "--auditor", "liis", "--trigger", "planed"), "Did you mean planned?"),
        (("--write", "x", *ORDER, "--on", "yesterday"), "on"),
        (("--write", "a b", *ORDER), "name"),
        (("--auditor", "liis"), "for --write"),
        (("--sample", "0"), "draws nothing"),
        (("-f", "pdf"), "no format is called 'pdf'"),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_is_printed(
    own: Hall, argv: tuple[str, ...], says: str
) -> None:
    ran = own.run(SEEN, *argv, code=2)
    assert says in ran.stderr
    assert ran.stdout == ""
    assert not (own.vault.repo.path / "records/configuration-audits").exists()


def test_what_does_not_fit_into_one_record_is_not_written(own: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("itsmctl.desk.auditing.LARGEST", 1500)
    seen = SEEN + "".join(f"odd-{at},1,X-{at}\n" for at in range(30))
    ran = own.run(seen, "--write", "machines", *ORDER, code=3)
    assert "30 discrepancies do not fit into one record" in ran.stderr
    assert not (own.vault.repo.path / "records/configuration-audits").exists()


def test_a_record_is_never_overwritten(own: Hall) -> None:
    own.run(SEEN, "--write", "machines", *ORDER, code=0)
    assert "already" in own.run(SEEN, "--write", "machines", *ORDER, code=2).stderr


# --- reading the page


@pytest.mark.parametrize("columns", [40, 80])
def test_the_page_fits_and_escapes_what_was_seen(hall: Hall, columns: int) -> None:
    seen = 'Name,Version,Serial\nsrv-1,"\x1b[31m1.0",S-1\n"::error::x\u202e",1,=cmd()\n'
    hall.vault.repo.environ = {**hall.vault.repo.environ, "COLUMNS": str(columns)}
    told = hall.run(seen).stdout
    assert all(len(line) <= columns or " " not in line.strip() for line in told.splitlines() if "root" not in line)
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert not [line for line in told.splitlines() if line.lstrip().startswith("::")]
    assert "\\x1b[31m1.0" in told


def test_no_cell_is_a_formula_and_no_text_is_markup(hall: Hall) -> None:
    seen = "Name,Version,Serial\nsrv-1,=1+1,S-1\n@team,<b>|x,+1\n"
    told = hall.run(seen, "-f", "csv").stdout
    assert "'=1+1" in told
    assert ",=1+1" not in told
    shown = hall.run(seen, "-f", "markdown").stdout
    assert "<b>|x" not in shown
    assert "| '=1+1 |" in shown


def test_the_verdict_stands_last(hall: Hall) -> None:
    assert hall.run(SEEN, code=0).stdout.endswith("As recorded: 2 items verified.\n")
    assert hall.run("Name,Version,Serial\nsrv-1,2,S-1\n").stdout.endswith("Not as recorded: 1 different, 1 missing.\n")


def bom_of(hall: Hall, name: str = "one") -> dict[str, Any]:
    """The export, as somebody may write into it what they saw: without what tells that it was made from records."""
    made = json.loads(hall.vault.run("ene", "export", name).stdout)
    assert isinstance(made, dict)
    del made["metadata"]["properties"]
    for one in (*made["components"], *made["services"]):
        one["properties"] = [each for each in one["properties"] if each["name"] != "itsmctl:digest"]
    for one in made["components"]:
        del one["bom-ref"]
    return made


def _bare(made: dict[str, Any]) -> dict[str, Any]:
    parts = [{key: value for key, value in one.items() if key != "properties"} for one in made["components"]]
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": parts}


@pytest.mark.parametrize("how", ["whole", "other time", "without metadata", "without properties", "other baseline"])
def test_the_bill_of_a_baseline_shows_nothing_of_what_is_there(hall: Hall, how: str) -> None:
    made = json.loads(hall.vault.run("ene", "export", "one").stdout)
    if how == "other time":
        made["metadata"] = {"timestamp": "1999-01-01T00:00:00Z"}
    elif how == "without metadata":
        del made["metadata"]
        made["components"] = made["components"][:1]
    elif how in ("without properties", "other baseline"):
        made = _bare(made)
        if how == "other baseline":
            made["components"][0] |= {"bom-ref": "ConfigurationItem/gone", "name": "gone"}
    argv = ("audit", "one", "--against", hall.file("seen.json", json.dumps(made)), "--write", "circle", *ORDER)
    ran = hall.vault.run("kadri", *argv, code=3)
    assert "was made from the records themselves" in ran.stderr
    assert ran.stdout == ""
    assert not (hall.vault.repo.path / "records/configuration-audits").exists()


def test_a_sheet_of_a_baseline_shows_what_was_written_beside_it(hall: Hall) -> None:
    sheet = hall.vault.run("ene", "export", "one", "-f", "csv").stdout
    fields = {"name": "name", "state": "state", "owner": "owner"}
    said = "was made from the records themselves: it holds digests of records"
    assert said in hall.run(sheet, mapping=hall.mapping(fields=fields), code=3).stderr
    first, *others = sheet.splitlines()
    held = "\n".join([f"{first},seen", *(f"{line},1.{line.split(',')[1] != 'srv-1':d}" for line in others)])
    found = hall.audit(held, fields={"name": "name", "version": "seen"}, criteria=["version"], covers=None)
    assert standings(found)["srv-1"] == "verified"
    assert differing(found, "srv-2") == [("/spec/version", "1.0", "1.1")]


def test_an_export_held_against_its_own_baseline_is_whole(own: Hall) -> None:
    own.vault.court.repo.git("rm", "-q", "records/configuration-items/twin-2.yaml")
    own.vault.court.commit("jaan", "No twins")
    own.vault.create("two")
    path = own.file("two.cdx.json", json.dumps(bom_of(own, "two")))
    found = json.loads(own.vault.run("kadri", "audit", "two", "--against", path, "-f", "json").stdout)
    assert set(standings(found).values()) == {"verified"}
    assert found["whole"]["equal"] == found["whole"]["fields"] > 20
    assert len(found["items"]) == 7


def test_a_bill_that_moved_on_is_told_field_by_field(hall: Hall) -> None:
    bom = bom_of(hall)
    named = {one["name"]: one for one in bom["components"]}
    named["srv-1"]["version"] = "1.1"
    bom["components"] = [one for one in named.values() if one["name"] != "prn-1"] + [{"type": "file", "name": "new"}]
    path = hall.file("seen.json", json.dumps(bom))
    found = json.loads(hall.vault.run("kadri", "audit", "one", "--against", path, "-f", "json", code=1).stdout)
    assert differing(found, "srv-1") == [("/spec/version", "1.0", "1.1")]
    assert standings(found)["prn-1"] == "missing"
    assert [one["seen"] for one in found["unexpected"]] == [{"/metadata/name": "new"}]


def against(hall: Hall, bom: dict[str, Any], code: int = 1) -> dict[str, Any]:
    path = hall.file("seen.json", json.dumps(bom))
    found = json.loads(hall.vault.run("kadri", "audit", "one", "--against", path, "-f", "json", code=code).stdout)
    assert isinstance(found, dict)
    return found


def test_the_services_of_our_own_export_are_set_aside_and_nothing_else_is(hall: Hall) -> None:
    bom = bom_of(hall)
    bom["components"].append({"type": "file", "name": "odd", "bom-ref": "Service/odd"})
    bom["services"].append({"name": "queue", "bom-ref": "queue"})
    found = against(hall, bom)
    assert found["files"][0]["set_aside"] == {"skipped": 2}, "the baseline itself, and the one service"
    assert [one["seen"]["/metadata/name"] for one in found["unexpected"]] == ["odd", "queue"]


def test_no_field_is_counted_twice(hall: Hall) -> None:
    for item in against(hall, bom_of(hall))["items"]:
        fields = [one["field"] for one in item["fields"]]
        assert len(fields) == len(set(fields))


def test_a_bill_of_others_is_read_by_what_cyclonedx_says_of_devices(hall: Hall) -> None:
    serial = {"name": "cdx:device:serialNumber", "value": "S-2"}
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "components": [{"type": "device", "name": "srv-2", "version": "1.0", "properties": [serial]}],
    }
    found = against(hall, bom)
    assert standings(found)["srv-2"] == "verified"
    item = next(one for one in found["items"] if one["ref"].endswith("/srv-2"))
    assert item["found"][0]["by"] == ["/spec/attributes/serial_number"]


def test_the_library_of_cyclonedx_reads_the_export(hall: Hall) -> None:
    from cyclonedx.model.bom import Bom

    # the library's decorator adds from_json where mypy does not see it
    read = Bom.from_json(json.loads(hall.vault.run("ene", "export", "one").stdout))  # type: ignore[attr-defined]
    held = {one.name: {each.name: each.value for each in one.properties} for one in read.components}
    assert held["srv-1"]["itsmctl:attributes.roles"] == '["web", "mail"]'
    assert held["srv-1"]["itsmctl:location"] == "Tartu"
    assert set(held) == {"app-01", "db-01", "prn-1", "srv-1", "srv-2", "srv-3", "twin-1", "twin-2"}


# --- files that nobody here wrote


def test_real_devices_of_netbox_are_held_against_their_records(own: Hall) -> None:
    court = own.vault.court
    sort = {"attributes": {"rack": {"type": "string"}, "model": {"type": "string"}}, "selection": "Network."}
    for name in ("router", "access-switch", "pdu", "patch-panel"):
        court.put(record("CIType", name, sort))
    place = {"location": "DM-Akron", "version": "1", "state": "live"}
    akron = {"rack": "Comms closet", "model": "ISR 1111-8P"}
    court.put(record("ConfigurationItem", "dmi01-akron-rtr01", {"type": "router", **place, "attributes": akron}))
    court.put(record("ConfigurationItem", "dmi01-akron-sw01", {"type": "pdu", **place, "attributes": akron}))
    court.put(record("ConfigurationItem", "dmi01-akron-ups01", {"type": "pdu", **place, "attributes": akron}))
    court.commit("jaan", "Akron")
    own.vault.create("akron")
    fields = {
        "name": "Name",
        "location": "Site",
        "state": {"from": "Status", "values": {"Active": "live"}},
        "attributes.model": "Type",
        "attributes.rack": "Rack",
    }
    said = {"fields": fields, "class": {"from": "Role"}, "criteria": ["attributes.model", "location"]}
    covers = {"classes": ["router", "pdu", "access-switch"], "where": {"location": ["DM-Akron"]}}
    skip = [{"column": "Name", "is": ["dmi01-*-pdu01", ""]}]
    mapping = own.mapping(**said, covers=covers, skip=skip)
    argv = ("audit", "akron", "--against", str(NETBOX), "--mapping", mapping, "-f", "json")
    found = json.loads(own.vault.run("kadri", *argv, code=1).stdout)
    assert standings(found) == {
        "dmi01-akron-rtr01": "verified",
        "dmi01-akron-sw01": "different",
        "dmi01-akron-ups01": "missing",
    }
    assert differing(found, "dmi01-akron-sw01") == [
        ("/spec/type", "pdu", "access-switch"),
        ("/spec/attributes/model", "ISR 1111-8P", "C9200-48P"),
    ]
    assert found["unexpected"] == []
    assert found["files"][0]["set_aside"] == {"of another class": 3, "skipped": 3}
    assert found["counts"]["elsewhere"] == 5, "what stands in other places"
