"""What rules ask of availability: series, redundancy, what is shared, and how records become a chain."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from asking import ask, record
from hypothesis import given, settings
from hypothesis import strategies as st

from itsmctl import cel
from itsmctl.functions.reliability import Element, Reach, work_out

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def element(percent: float | None = 100, series: str = "", *groups: str) -> Element:
    share = None if percent is None else Decimal(str(percent)) / 100
    return Element(share, tuple(series.split()), tuple(frozenset(group.split()) for group in groups))


def percent(elements: Mapping[str, Element], root: str = "root") -> float:
    return float(round(work_out(root, Reach(elements.get)).share * 100, 6))


# --- arithmetic: worked examples


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"root": element(series="a b"), "a": element(99.9), "b": element(99.5)}, 99.4005),  # 0.999 × 0.995
        ({"root": element(series="a a"), "a": element(99)}, 99),  # once, however often it is named
        ({"root": element(series="a b"), "a": element(99, "c"), "b": element(99, "c"), "c": element(90)}, 88.209),
        ({"root": element(100, "", "a b"), "a": element(99), "b": element(99)}, 99.99),  # 1 − 0.01²
        ({"root": element(100, "", "a b c"), "a": element(90), "b": element(80), "c": element(50)}, 99),
        # two on one host: the host once in series, the two in parallel: 0.999 × (1 − 0.01²)
        (
            {
                "root": element(100, "", "a b"),
                "a": element(99, "host"),
                "b": element(99, "host"),
                "host": element(99.9),
            },
            99.89001,
        ),
        # each on its own host: 1 − (1 − 0.99 × 0.999)²
        (
            {
                "root": element(100, "", "a b"),
                "a": element(99, "x"),
                "b": element(99, "y"),
                "x": element(99.9),
                "y": element(99.9),
            },
            99.987922,
        ),
        # what the root needs anyway does not count again inside a group
        ({"root": element(100, "x", "a b"), "a": element(99, "x"), "b": element(99), "x": element(90)}, 89.991),
        # a group within a group: 1 − (1 − 0.9 × (1 − 0.5²)) × (1 − 0.8)
        (
            {
                "root": element(100, "", "a b"),
                "a": element(90, "", "c d"),
                "b": element(80),
                "c": element(50),
                "d": element(50),
            },
            93.5,
        ),
        # the same group by two ways counts once
        (
            {
                "root": element(series="a b"),
                "a": element(100, "", "c d"),
                "b": element(100, "", "d c"),
                "c": element(90),
                "d": element(90),
            },
            99,
        ),
        ({"root": element(series="a gone"), "a": element(99)}, 99),  # what is not known is left out
        ({"root": element(100, "", "a gone"), "a": element(99)}, 99),  # and a group of one is none
        ({"root": element(100, "", "gone lost")}, 100),
        ({"root": element(series="a"), "a": element(None, "b"), "b": element(99)}, 99),  # no figure counts as 100
        ({"root": element(99, "a"), "a": element(99, "root")}, 98.01),  # a cycle
        ({"root": element(100, "", "a b"), "a": element(90, "root"), "b": element(90)}, 99),
        ({"root": element(0, "a"), "a": element(99)}, 0),
    ],
)
def test_shares_of_the_time(elements: dict[str, Element], expected: float) -> None:
    assert percent(elements) == expected


def test_links_come_weakest_first_and_what_has_no_figure_is_named() -> None:
    elements = {
        "root": element(100, "a b c d", "e f"),
        "a": element(99.9),
        "b": element(None),
        "c": element(100),
        "d": element(98),
        "e": element(90, "g"),
        "f": element(90, "g"),
        "g": element(None),
    }
    chain = work_out("root", Reach(elements.get))
    assert [(link, float(share)) for link, share in chain.links] == [("d", 0.98), (frozenset("ef"), 0.99), ("a", 0.999)]
    assert chain.unknown == ("b", "g")


def test_a_long_chain_is_worked_out_and_an_endless_one_refused() -> None:
    long = {f"n{i}": element(100, f"n{i + 1}") for i in range(9_000)} | {"n9000": element(99)}
    assert percent(long, "n0") == 99
    with pytest.raises(cel.EvaluationError, match="too much stands in for each other"):
        work_out("0", Reach(lambda name: element(100, str(int(name) + 1))))


def test_groups_in_groups_are_refused_where_they_get_too_deep() -> None:
    deep = {f"n{i}": element(90, "", f"n{i + 1} m{i}") for i in range(200)}
    deep |= {f"m{i}": element(90) for i in range(200)} | {"n200": element(90)}
    with pytest.raises(cel.EvaluationError, match="too much stands in for each other"):
        percent(deep, "n0")


def test_many_members_that_share_much_with_some_are_refused() -> None:
    wide = {"root": Element(Decimal(1), (), (frozenset(f"m{i}" for i in range(1_000)),))}
    wide |= {f"m{i}": element(90, " ".join(f"s{n}" for n in range(200)) if i else "") for i in range(1_000)}
    wide |= {f"s{n}": element(99) for n in range(200)}
    with pytest.raises(cel.EvaluationError, match="too much stands in for each other"):
        percent(wide)


# --- arithmetic: properties over any graph, cycles included

NAMES = [f"e{n}" for n in range(6)]


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, Element]:
    some = st.lists(st.sampled_from(NAMES), max_size=3)
    figure = st.none() | st.integers(0, 1000).map(lambda n: Decimal(n) / 1000)
    return {
        name: Element(
            draw(figure),
            tuple(draw(some)),
            tuple(frozenset(group) for group in draw(st.lists(some, max_size=2)) if len(set(group)) > 1),
        )
        for name in NAMES
    }


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_the_share_lies_between_nothing_and_its_weakest_link(elements: dict[str, Element]) -> None:
    chain = work_out("e0", Reach(elements.get))
    assert 0 <= chain.share <= min((share for _, share in chain.links), default=Decimal(1))


@settings(max_examples=150, deadline=None)
@given(graphs(), st.data())
def test_order_does_not_matter(elements: dict[str, Element], data: st.DataObject) -> None:
    shuffled = {
        name: Element(one.own, tuple(data.draw(st.permutations(one.series))), one.groups[::-1])
        for name, one in elements.items()
    }
    chain, other = work_out("e0", Reach(elements.get)), work_out("e0", Reach(shuffled.get))
    assert chain.links == other.links
    assert chain.unknown == other.unknown
    assert round(chain.share, 20) == round(other.share, 20)


@settings(max_examples=150, deadline=None)
@given(graphs(), st.sampled_from(NAMES))
def test_better_elements_never_make_it_worse(elements: dict[str, Element], name: str) -> None:
    one = elements[name]
    better = elements | {name: Element(Decimal(1) if one.own is not None else None, one.series, one.groups)}
    assert round(work_out("e0", Reach(better.get)).share, 20) >= round(work_out("e0", Reach(elements.get)).share, 20)


@settings(max_examples=150, deadline=None)
@given(graphs(), st.sampled_from(NAMES))
def test_needing_one_thing_more_never_makes_it_better(elements: dict[str, Element], name: str) -> None:
    plain = {name: Element(one.own, one.series) for name, one in elements.items()}
    more = plain | {"e0": Element(plain["e0"].own, (*plain["e0"].series, name))}
    share = round(work_out("e0", Reach(more.get)).share, 20)
    assert share <= round(work_out("e0", Reach(plain.get)).share, 20)
    own = elements[name].own
    assert own is None or share <= own


@st.composite
def trees(draw: st.DrawFn) -> dict[str, Element]:
    """Trees of series and groups, in which all members of a group may share one more element."""
    elements: dict[str, Element] = {}

    def grow(depth: int, shared: str = "") -> str:
        name = f"n{len(elements)}"
        elements[name] = element()  # keeps the name
        series = tuple(grow(depth - 1) for _ in range(draw(st.integers(0, 1)) if depth else 0))
        groups = []
        if depth and draw(st.booleans()):
            host = grow(0) if draw(st.booleans()) else ""
            groups.append(frozenset(grow(depth - 1, host) for _ in range(2)))
        figure = Decimal(draw(st.integers(0, 10))) / 10
        elements[name] = Element(figure, (*series, *([shared] if shared else ())), tuple(groups))
        return name

    grow(2)
    return elements


def by_counting(elements: dict[str, Element]) -> Decimal:
    """The exact share: the chance of every way in which elements are up or down, added up where the root works."""
    names = list(elements)
    total = Decimal(0)
    for ups in product((True, False), repeat=len(names)):
        up = dict(zip(names, ups, strict=True))
        chance = Decimal(1)
        for name in names:
            own = elements[name].own
            assert own is not None
            chance *= own if up[name] else 1 - own

        def works(name: str, up: dict[str, bool] = up) -> bool:
            one = elements[name]
            return (
                up[name] and all(map(works, one.series)) and all(any(works(m) for m in group) for group in one.groups)
            )

        if chance and works("n0"):
            total += chance
    return total


@settings(max_examples=60, deadline=None)
@given(trees().filter(lambda tree: len(tree) <= 9))
def test_it_is_what_counting_every_case_gives(elements: dict[str, Element]) -> None:
    assert round(work_out("n0", Reach(elements.get)).share, 25) == round(by_counting(elements), 25)


# --- records


def item(name: str, figure: object = None, relations: str = "", state: str = "live", more: str = "") -> str:
    own = f", availability: {{percent: {figure}}}" if figure is not None else ""
    links = f", relations: [{relations}]" if relations else ""
    return record("ConfigurationItem", name, f"{{type: server, state: {state}{own}{links}{more}}}")


def service(name: str, components: str = "", depends: str = "") -> str:
    return record("Service", name, f"{{state: live, components: [{components}], depends_on: [{depends}]}}")


def of(folder: Path, records: list[str], name: str = "Service/loans") -> dict[str, Any]:
    found = ask(folder, records, "chain_availability(self)", name)
    assert isinstance(found, dict)
    return found


def test_a_service_stands_on_its_items_on_what_they_run_on_and_on_other_services(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        [
            service(
                "loans",
                "{item: app-1, redundancy: app}, {item: app-2, redundancy: app}",
                "{target: Service/databases}, {target: Service/gone}",
            ),
            service("databases", "{item: db}"),
            item("app-1", 99, "{type: runs-on, target: host}"),
            item("app-2", 99, "{type: runs-on, target: host}, {type: runs-on, target: nowhere}"),
            item("db", 99.5, "{type: runs-on, target: host}"),
            item("host", 99.9, "{type: located-in, target: room}"),
            item("room"),
        ],
    )
    assert found == {
        "percent": 99.39056,  # 0.995 × 0.999 × (1 − 0.01²)
        "links": [
            {"what": "ConfigurationItem/db", "percent": 99.5},
            {"what": "ConfigurationItem/host", "percent": 99.9},
            {"what": "ConfigurationItem/app-1 or ConfigurationItem/app-2", "percent": 99.99},
        ],
        "unknown": ["ConfigurationItem/room"],
    }


def test_an_item_has_a_chain_too(tmp_path: Path) -> None:
    records = [item("app", 99, "{type: runs-on, target: host}"), item("host", 90)]
    assert of(tmp_path, records, "ConfigurationItem/app")["percent"] == 89.1


def test_what_is_not_live_carries_nothing(tmp_path: Path) -> None:
    two = "{item: app-1, redundancy: app}, {item: app-2, redundancy: app}"
    records = [service("loans", two), item("app-1", 99), item("app-2", 99, state="planned")]
    assert of(tmp_path, records)["percent"] == 99


def test_a_former_name_is_the_same_element(tmp_path: Path) -> None:
    named = item("app", 90).replace("{name: app,", "{name: app, formerly: [old-app],")
    records = [service("loans", "{item: app}, {item: old-app}"), named]
    assert of(tmp_path, records)["percent"] == 90


CLASS = record(
    "CIType",
    "server",
    """{relations: [{type: runs-on, to: [server], suffers: source}, {type: copies-to, to: [server], suffers: neither},
      {type: part-of, to: [server], suffers: target}, {type: twin-of, to: [server], suffers: both}]}""",
)


@pytest.mark.parametrize(
    ("relation", "above", "below"),  # what the item that holds the relation comes to, and the one that it names
    [("runs-on", 72, 80), ("copies-to", 90, 80), ("part-of", 90, 72), ("twin-of", 72, 72), ("unheard-of", 72, 80)],
)
def test_the_class_says_which_end_suffers(tmp_path: Path, relation: str, above: float, below: float) -> None:
    records = [CLASS, item("one", 90, f"{{type: {relation}, target: other}}"), item("other", 80)]
    assert of(tmp_path, records, "ConfigurationItem/one")["percent"] == above
    assert of(tmp_path, records, "ConfigurationItem/other")["percent"] == below


def test_a_class_takes_over_what_the_one_above_says(tmp_path: Path) -> None:
    small = record("CIType", "blade", "{extends: server, relations: [{type: runs-on, to: [server], suffers: neither}]}")
    blade = item("one", 90, "{type: copies-to, target: other}, {type: runs-on, target: other}")
    records = [CLASS, small, blade.replace("type: server", "type: blade"), item("other", 80)]
    assert of(tmp_path, records, "ConfigurationItem/one")["percent"] == 90


def test_parts_that_stand_in_for_each_other(tmp_path: Path) -> None:
    disks = [item(f"disk-{n}", 90, "{type: part-of, target: array, redundancy: mirror}") for n in (1, 2)]
    assert of(tmp_path, [CLASS, item("array", 100), *disks], "ConfigurationItem/array")["percent"] == 99


TARGET = "{metric: availability, comparator: at-least, value: %s, unit: percent, window: month%s}"


def contract(value: object, services: str = "", state: str = "in-force", name: str = "net-1", more: str = "") -> str:
    targets = f"targets: [{TARGET % (value, services)}{more}]"
    return record("SupplierContract", name, f"{{state: {state}, supplier: net, {targets}}}")


NET = "{target: Supplier/net, agreement: SupplierContract/net-1}"


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([service("loans", "", NET), contract(99)], 99),
        ([service("loans", "", NET), contract(99, state="expired")], 100),
        ([service("loans", "", NET), contract(99, ", services: [rooms]")], 100),
        ([service("loans", "", NET), contract(99, ", services: [loans]", more=", " + TARGET % (98, ""))], 99),
        ([service("loans", "", NET)], 100),
        # a component shows the supplier already, if it has a figure
        ([service("loans", "{item: line}", NET), contract(99), item("line", 98, more=", supplier: net")], 98),
        ([service("loans", "{item: line}", NET), contract(99), item("line", 98, more=", contract: net-1")], 98),
        ([service("loans", "{item: line}", NET), contract(99), item("line", 98, more=", supplier: other")], 97.02),
        ([service("loans", "{item: line}", NET), contract(99), item("line", more=", supplier: net")], 99),
    ],
)
def test_what_a_supplier_promises_stands_in_for_items(tmp_path: Path, records: list[str], expected: float) -> None:
    assert of(tmp_path, records)["percent"] == expected


@pytest.mark.parametrize(("components", "expected"), [("", 95), ("{item: line}", 98), ("{item: dark}", 95)])
def test_what_a_team_promises_counts_where_no_item_has_a_figure(
    tmp_path: Path, components: str, expected: float
) -> None:
    spec = f"{{state: in-force, provider: team, services: [loans], targets: [{TARGET % (95, '')}]}}"
    team = record("OperationalLevelAgreement", "team", spec)
    depends = "{target: Role/team, agreement: OperationalLevelAgreement/team}"
    records = [service("loans", components, depends), team, item("line", 98), item("dark")]
    assert of(tmp_path, records)["percent"] == expected


def test_two_suppliers_who_stand_in_for_each_other(tmp_path: Path) -> None:
    one, other = (
        f"{{target: Supplier/net, agreement: SupplierContract/net-{n}, redundancy: internet}}" for n in (1, 2)
    )
    records = [service("loans", "", f"{one}, {other}"), contract(99), contract(90, name="net-2")]
    found = of(tmp_path, records)
    assert found["percent"] == 99.9
    assert found["links"][0]["what"] == "SupplierContract/net-1 for loans or SupplierContract/net-2 for loans"


def test_a_record_that_breaks_its_schema_gives_no_figure(tmp_path: Path) -> None:
    records = [service("loans", "{item: app}"), item("app", 99, more=", colour: red")]
    with pytest.raises(cel.EvaluationError, match="ConfigurationItem/app breaks its schema"):
        of(tmp_path, records)
