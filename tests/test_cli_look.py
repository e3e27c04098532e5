"""`show` and `impact` through the front door, on real repositories."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest
from conftest import Repo
from runner import commands
from world import change, found_small, item, service

from itsmctl import reach
from itsmctl.cli import workplace

EXAMPLE = Path(__file__).resolve().parent.parent / "example-repo"


def relations(*targets: str) -> str:
    return "relations:\n" + "".join(f"  - {{type: connects-to, target: {target}}}\n" for target in targets)


@pytest.fixture
def net(repo: Repo) -> Repo:
    """db-01 stands on rack-1 stands on room-1; the service loans is made of db-01, and e-books depends on loans."""
    found_small(repo)
    repo.write("records/configuration-items/room-1.yaml", item("room-1"))
    repo.write("records/configuration-items/rack-1.yaml", item("rack-1", spec=relations("room-1")))
    repo.write("records/configuration-items/db-01.yaml", item("db-01", spec=relations("rack-1")))
    repo.write("records/services/loans.yaml", service("loans", spec="components:\n  - {item: db-01}\n"))
    repo.write("records/services/e-books.yaml", service("e-books", spec="depends_on:\n  - {target: Service/loans}\n"))
    repo.commit("The net")
    return repo


def shown(repo: Repo, *argv: str) -> str:
    ran = repo.run(*argv)
    assert ran.code == 0, ran.stderr
    assert ran.stderr == ""
    return ran.stdout


def heads(text: str) -> list[str]:
    """The records that `impact` lists, in order."""
    return [line.split()[0] for line in text.split("\n") if line.startswith("    ") and line[4] != " "]


# --- show


def test_show_tells_where_a_record_stands_what_it_says_and_both_sides_of_its_references(net: Repo) -> None:
    assert shown(net, "show", "ConfigurationItem/db-01") == dedent("""\
        ConfigurationItem/db-01  Item db-01
          kind   ConfigurationItem
          state  planned
          next   ordered
          class  server
          owner  Role/operations, Operations
          file   records/configuration-items/db-01.yaml

          spec:
            type: server
            state: planned
            relations:
              - {type: connects-to, target: rack-1}

        refers to: 2 references
          CIType/server  Server
            /spec/type
          ConfigurationItem/rack-1  Item rack-1 (planned)
            /spec/relations/0/target

        referred to by: 1 reference
          Service/loans  Service loans (proposed)
            /spec/components/0/item
        """)


def test_what_is_shown_is_what_is_written_with_its_comments(net: Repo) -> None:
    text = service("loans", spec="security: {classification: public} # since 2026\n")
    net.write("records/services/loans.yaml", text)
    assert "    security: {classification: public} # since 2026\n" in shown(net, "show", "loans")


def test_a_record_in_another_order_is_shown_whole(net: Repo) -> None:
    text = dedent("""\
        spec: {type: server, state: planned}
        metadata: {name: db-01, title: Database, owner: Role/operations}
        kind: ConfigurationItem
        apiVersion: itsm/v1
        """)
    net.write("records/configuration-items/db-01.yaml", text)
    assert "\n".join(f"  {line}" for line in text.strip().split("\n")) in shown(net, "show", "db-01")


def test_next_states_name_the_fields_that_are_still_to_be_written(net: Repo) -> None:
    change = dedent("""\
        apiVersion: itsm/v1
        kind: ChangeRequest
        metadata: {name: CHG-2026-0001, title: A change, owner: Role/operations}
        spec: {state: draft, class: normal, reason: It is old.}
        """)
    net.write("records/changes/CHG-2026-0001.yaml", change)
    said = json.loads(shown(net, "show", "CHG-2026-0001", "-f", "json"))
    assert said["next"] == [
        {"state": "submitted", "lacks": ["spec.items or spec.scope", "spec.requester"]},
        {"state": "cancelled", "lacks": []},
    ]
    text = shown(net, "show", "CHG-2026-0001")
    assert "submitted (lacks spec.items or spec.scope, spec.requester), cancelled" in " ".join(text.split())


def test_a_terminal_state_says_so(net: Repo) -> None:
    net.write("records/configuration-items/db-01.yaml", item("db-01").replace("planned", "disposed"))
    assert "  next   nothing: the state is terminal\n" in shown(net, "show", "db-01")


def test_the_class_of_an_item_comes_with_what_it_extends(net: Repo) -> None:
    net.write(
        "records/ci-types/blade.yaml",
        "apiVersion: itsm/v1\nkind: CIType\nmetadata: {name: blade, title: Blade, owner: Role/operations}\n"
        "spec: {extends: server}\n",
    )
    net.write("records/configuration-items/db-01.yaml", item("db-01", kind="blade"))
    assert "  class  blade > server\n" in shown(net, "show", "db-01")
    assert "  class  blade > server\n" in shown(net, "show", "CIType/blade")


def test_classes_that_extend_each_other_end(net: Repo) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        net.write(
            f"records/ci-types/{name}.yaml",
            f"apiVersion: itsm/v1\nkind: CIType\nmetadata: {{name: {name}, title: T, owner: Role/operations}}\n"
            f"spec: {{extends: {other}}}\n",
        )
    assert "  class  a > b\n" in shown(net, "show", "CIType/a")


def test_a_reference_to_nothing_says_so(net: Repo) -> None:
    net.write("records/configuration-items/db-01.yaml", item("db-01", spec=relations("rack-9")))
    assert "  ConfigurationItem/rack-9  not there\n" in shown(net, "show", "db-01")


def test_references_by_a_former_name_are_found_from_both_sides(net: Repo) -> None:
    (net.path / "records/configuration-items/rack-1.yaml").unlink()
    renamed = item("rack-one", spec=relations("room-1")).replace("  owner:", "  formerly: [rack-1]\n  owner:")
    net.write("records/configuration-items/rack-one.yaml", renamed)
    assert "  ConfigurationItem/rack-one  Item rack-one (planned)\n" in shown(net, "show", "db-01")
    assert "  ConfigurationItem/db-01  Item db-01 (planned)\n" in shown(net, "show", "rack-1")
    assert "Service/loans" in heads(shown(net, "impact", "rack-one", "--direction", "up"))


def test_a_record_that_breaks_its_schema_is_shown_and_says_so(net: Repo) -> None:
    net.write("records/configuration-items/db-01.yaml", item("db-01", spec="colour: blue\n"))
    text = shown(net, "show", "db-01")
    assert "breaks its schema: itsmctl validate" in text
    assert "    colour: blue\n" in text


def test_show_reads_a_commit(net: Repo) -> None:
    net.write("records/services/loans.yaml", service("loans").replace("Service loans", "Lending"))
    assert shown(net, "show", "loans").startswith("Service/loans  Lending\n")
    assert shown(net, "show", "loans", "--rev", "HEAD").startswith("Service/loans  Service loans\n")


def test_json_holds_all_of_it(net: Repo) -> None:
    said = json.loads(shown(net, "show", "db-01", "--format", "json"))
    assert said == {
        "ref": "ConfigurationItem/db-01",
        "kind": "ConfigurationItem",
        "name": "db-01",
        "title": "Item db-01",
        "state": "planned",
        "owner": "Role/operations",
        "path": "records/configuration-items/db-01.yaml",
        "conforms": True,
        "class": ["server"],
        "next": [{"state": "ordered", "lacks": []}],
        "refers_to": [
            {"ref": "CIType/server", "pointer": "/spec/type", "title": "Server", "state": None, "found": True},
            {
                "ref": "ConfigurationItem/rack-1",
                "pointer": "/spec/relations/0/target",
                "title": "Item rack-1",
                "state": "planned",
                "found": True,
            },
        ],
        "referred_to_by": [
            {
                "ref": "Service/loans",
                "pointer": "/spec/components/0/item",
                "title": "Service loans",
                "state": "proposed",
                "found": True,
            }
        ],
        "record": said["record"],
    }
    assert said["record"]["spec"]["relations"] == [{"type": "connects-to", "target": "rack-1"}]


# --- which record is meant


@pytest.mark.parametrize(
    "word",
    [
        "ConfigurationItem/db-01",
        "configurationitem/DB-01",
        "db-01",
        "DB-01",
        "records/configuration-items/db-01.yaml",
        "./records/configuration-items/db-01.yaml",
        "somewhere/above/records/configuration-items/db-01.yaml",
    ],
)
def test_a_record_is_named_by_kind_and_name_by_its_name_alone_or_by_its_path(net: Repo, word: str) -> None:
    assert shown(net, "show", word).startswith("ConfigurationItem/db-01  ")


def test_a_name_that_two_kinds_have_is_refused_with_both(net: Repo) -> None:
    net.write("records/configuration-items/loans.yaml", item("loans"))
    ran = net.run("show", "loans")
    assert (ran.code, ran.stdout) == (2, "")
    assert "several records are called loans: ConfigurationItem/loans, Service/loans" in ran.stderr
    assert "Name the kind as well: ConfigurationItem/loans" in ran.stderr


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("db-1", "there is no record db-1 in the work tree: did you mean ConfigurationItem/db-01?"),
        ("Service/lons", "did you mean Service/loans?"),
        ("service/lons", "did you mean Service/loans?"),
        ("Servce/loans", "there is no kind Servce, did you mean Service?"),
        ("Customer/nobody", "there is no record Customer/nobody in the work tree\n"),
    ],
)
def test_a_record_that_is_not_there_is_refused_with_the_nearest(net: Repo, word: str, says: str) -> None:
    ran = net.run("show", word)
    assert (ran.code, ran.stdout) == (2, "")
    assert says in ran.stderr


def test_a_record_that_cannot_be_read_is_no_misuse(net: Repo) -> None:
    net.write("records/services/loans.yaml", "kind: [\n")
    for word in ("Service/loans", "loans"):
        ran = net.run("show", word)
        assert (ran.code, ran.stdout) == (3, "")
        assert "Service/loans cannot be read as a record" in ran.stderr
        assert "itsmctl validate records/services/loans.yaml" in ran.stderr


# --- impact


def test_impact_tells_both_directions_each_with_the_way(net: Repo) -> None:
    assert shown(net, "impact", "rack-1") == dedent("""\
        ConfigurationItem/rack-1  Item rack-1 (planned)

        what it depends on: 3 records

          directly
            CIType/server  Server
              ConfigurationItem/rack-1 -> type -> CIType/server
            ConfigurationItem/room-1  Item room-1 (planned)
              ConfigurationItem/rack-1 -> relations/0/target (connects-to) -> ConfigurationItem/room-1
            Role/operations  Operations
              ConfigurationItem/rack-1 -> owner -> Role/operations

        what depends on it: 3 records

          directly
            ConfigurationItem/db-01  Item db-01 (planned)
              ConfigurationItem/db-01 -> relations/0/target (connects-to) -> ConfigurationItem/rack-1

          over 2 references
            Service/loans  Service loans (proposed)
              Service/loans -> components/0/item -> ConfigurationItem/db-01 -> relations/0/target
              (connects-to) -> ConfigurationItem/rack-1

          over 3 references
            Service/e-books  Service e-books (proposed)
              Service/e-books -> depends_on/0/target -> Service/loans -> components/0/item ->
              ConfigurationItem/db-01 -> relations/0/target (connects-to) -> ConfigurationItem/rack-1
        """)


def test_owners_and_classes_are_named_and_not_followed(net: Repo) -> None:
    down = heads(shown(net, "impact", "room-1", "--direction", "down"))
    assert down == ["CIType/server", "Role/operations"]
    assert "Person/mari" in heads(shown(net, "impact", "Role/operations", "--direction", "down"))


def test_a_change_names_a_record_and_does_not_depend_on_it(net: Repo) -> None:
    spec = "items: [{item: ConfigurationItem/rack-1, action: change}]\nlinks: {changes: [CHG-2026-0002]}\n"
    net.write("records/changes/CHG-2026-0001.yaml", change("CHG-2026-0001", spec=spec))
    net.write("records/changes/CHG-2026-0002.yaml", change("CHG-2026-0002"))
    text = shown(net, "impact", "rack-1", "--direction", "up", "--depth", "1")
    depends, _, names = text.partition("what else names it: 1 record\n")
    assert heads(depends) == ["ConfigurationItem/db-01"]
    assert heads(names) == ["ChangeRequest/CHG-2026-0001"]
    assert "      ChangeRequest/CHG-2026-0001 -> items/0/item -> ConfigurationItem/rack-1\n" in names
    assert "CHG-2026-0001" not in shown(net, "impact", "room-1", "--direction", "up")
    said = json.loads(shown(net, "impact", "CHG-2026-0002", "-f", "json"))
    assert ([one["ref"] for one in said["named_by"]], said["depended_on_by"]) == (["ChangeRequest/CHG-2026-0001"], [])


def test_what_depends_on_a_record_is_what_rules_take_for_its_impact() -> None:
    _, case = workplace.find(EXAMPLE).case(None, None, datetime(2026, 11, 22, tzinfo=UTC))
    head = case.head
    for ref in head.records:
        found = reach.of(ref, case, reach.Range(down=False)).depended_on_by
        assert found is not None
        assert [one.record.ref for one in found] == [other for other in head.dependents(ref) if other != ref], ref


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--direction", "up"), ["ConfigurationItem/db-01", "Service/loans", "Service/e-books"]),
        (("--direction", "up", "--depth", "1"), ["ConfigurationItem/db-01"]),
        (("--direction", "up", "--depth", "2"), ["ConfigurationItem/db-01", "Service/loans"]),
        (("--direction", "up", "--kind", "service"), ["Service/loans", "Service/e-books"]),
        (("--direction", "down", "--kind", "ConfigurationItem"), ["ConfigurationItem/room-1"]),
        (("--kind", "Service", "--kind", "CIType"), ["CIType/server", "Service/loans", "Service/e-books"]),
    ],
)
def test_impact_narrows(net: Repo, options: tuple[str, ...], found: list[str]) -> None:
    assert heads(shown(net, "impact", "rack-1", *options)) == found


def test_impact_by_kind_keeps_the_nearest_first(net: Repo) -> None:
    text = shown(net, "impact", "room-1", "--direction", "up", "--by", "kind")
    assert [line for line in text.split("\n") if line.startswith("  ") and line[2] != " "] == [
        "  ConfigurationItem",
        "  Service",
    ]
    assert heads(text) == [
        "ConfigurationItem/rack-1",
        "ConfigurationItem/db-01",
        "Service/loans",
        "Service/e-books",
    ]


def test_the_way_is_the_shortest(net: Repo) -> None:
    net.write("records/services/e-books.yaml", service("e-books", spec="components:\n  - {item: rack-1}\n"))
    said = json.loads(shown(net, "impact", "rack-1", "--direction", "up", "-f", "json"))
    ways = {one["ref"]: one["way"] for one in said["depended_on_by"]}
    assert ways["Service/e-books"] == [
        {"from": "Service/e-books", "pointer": "/spec/components/0/item", "to": "ConfigurationItem/rack-1"}
    ]
    assert "depends_on" not in said


def test_a_cycle_ends_and_does_not_list_its_start(net: Repo) -> None:
    net.write("records/services/loans.yaml", service("loans", spec="depends_on:\n  - {target: Service/e-books}\n"))
    assert heads(shown(net, "impact", "loans", "--direction", "up")) == ["Service/e-books"]


def test_impact_since_tells_what_was_edited_and_what_depends_on_it(net: Repo) -> None:
    net.write("records/configuration-items/rack-1.yaml", item("rack-1", spec='version: "2"\n' + relations("room-1")))
    net.write("records/configuration-items/db-02.yaml", item("db-02"))
    (net.path / "records/configuration-items/room-1.yaml").unlink()
    text = shown(net, "impact", "--since", "HEAD")
    head, _, rest = text.partition("\n")
    assert head.startswith("edited since commit ")
    assert head.endswith(": 3 records")
    assert rest.startswith(
        "  added    ConfigurationItem/db-02\n"
        "  altered  ConfigurationItem/rack-1  spec.version\n"
        "  removed  ConfigurationItem/room-1\n"
        "\n"
        "what depends on them: 3 records\n"
    )
    assert heads(text) == ["ConfigurationItem/db-01", "Service/loans", "Service/e-books"]


def test_impact_since_names_the_outermost_fields_that_differ(net: Repo) -> None:
    net.write("records/configuration-items/rack-1.yaml", item("rack-1", spec=relations()).replace("relations:\n", ""))
    net.write("records/services/loans.yaml", service("loans", spec="components:\n  - {item: rack-1}\n"))
    said = json.loads(shown(net, "impact", "--since", "HEAD", "-f", "json"))
    assert said["edits"] == [
        {"ref": "ConfigurationItem/rack-1", "edit": "altered", "fields": ["spec.relations"]},
        {"ref": "Service/loans", "edit": "altered", "fields": ["spec.components"]},
    ]


def test_impact_since_without_edits_says_so(net: Repo) -> None:
    text = shown(net, "impact", "--since", "HEAD")
    assert ": 0 records\n" in text
    assert "what depends on them: 0 records\n" in text


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        (("impact",), 2, "give either a record or --since"),
        (("impact", "loans", "--since", "HEAD"), 2, "give either a record or --since"),
        (("impact", "loans", "--direction", "dwn"), 2, "--direction 'dwn' is not known: did you mean down?"),
        (("impact", "loans", "--by", "colour"), 2, "--by 'colour' is not known"),
        (("impact", "loans", "--kind", "Servce"), 2, "there is no kind Servce: did you mean Service?"),
        (("impact", "loans", "--depth", "-1"), 2, "depth"),
        (("impact", "--since", "nowhere"), 3, "nowhere"),
        (("show", "loans", "-f", "jsn"), 2, "no format is called 'jsn': did you mean json?"),
        (("show", "loans", "--rev", "nowhere"), 3, "nowhere"),
        (("show",), 2, "REF"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(net: Repo, argv: tuple[str, ...], code: int, says: str) -> None:
    ran = net.run(*argv)
    assert (ran.code, ran.stdout) == (code, "")
    assert says in ran.stderr


def test_outside_of_a_governed_repository_there_is_nothing_to_show(repo: Repo) -> None:
    ran = repo.run("show", "loans")
    assert (ran.code, ran.stdout) == (3, "")
    assert "there is no itsm.yaml" in ran.stderr


# --- hostile records


def test_no_record_speaks_to_the_terminal_or_to_the_runner(net: Repo) -> None:
    title = "'::error::x ##[error]y <b>'"
    hostile = service("loans", spec="components:\n  - {item: db-01}\n").replace("Service loans", title)
    net.write("records/services/loans.yaml", hostile + "# ::warning::in a comment\n")
    for argv in (("show", "loans"), ("show", "db-01"), ("impact", "db-01"), ("impact", "loans")):
        for shape in ("text", "json"):
            text = shown(net, *argv, "-f", shape)
            assert not commands(text)
            assert "##[error]" not in text


def test_output_is_the_same_twice_and_as_narrow_as_asked_for(net: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = Repo(net.path, {**net.environ, "COLUMNS": "60"})
    text = shown(narrow, "impact", "room-1")
    assert text == shown(narrow, "impact", "room-1")
    assert max(len(line) for line in text.split("\n")) <= 60


def test_impact_names_what_it_cannot_read(repo: Repo) -> None:
    found_small(repo)
    repo.write("records/configuration-items/db.yaml", item("db"))
    repo.write("records/services/loans.yaml", service("loans", spec="components: [{item: db}]"))
    repo.commit()
    with (repo.path / "records/services/loans.yaml").open("a") as file:
        file.write("x: [\n")

    ran = repo.run("impact", "ConfigurationItem/db", "--direction", "up")
    assert ran.code == 3
    assert (
        "not all is told, since 1 record cannot be read:\n\n  Service/loans  records/services/loans.yaml\n"
        in ran.stdout
    )
    ran = repo.run("impact", "--since", "HEAD", "-f", "json")
    told = json.loads(ran.stdout)
    assert (ran.code, told["edits"]) == (3, [])
    assert told["unread"] == [{"ref": "Service/loans", "path": "records/services/loans.yaml"}]
    ran = repo.run("doctor")
    assert ran.code == 3
    assert "1 record cannot be read: records/services/loans.yaml\n  help: itsmctl validate" in ran.stdout
