"""What rules ask of agreements that stand on others: which of those beneath give less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from asking import ask, record
from hypothesis import given, settings
from hypothesis import strategies as st

from itsmctl.functions.agreements import keeps

if TYPE_CHECKING:
    from pathlib import Path


def target(text: str, metric: str = "restore-time", comparator: str = "at-most") -> dict[str, Any]:
    """`4 hours each` as a target."""
    value, unit, window = text.split()
    return {"metric": metric, "comparator": comparator, "value": float(value), "unit": unit, "window": window}


def up(text: str) -> dict[str, Any]:
    return target(text, "availability", "at-least")


# --- one target against another


@pytest.mark.parametrize(
    ("given_", "promised", "expected"),
    [
        ("4 hours each", "4 hours each", True),
        ("240 minutes each", "4 hours each", True),
        ("241 minutes each", "4 hours each", False),
        ("5 hours each", "4 hours each", False),
        ("14400 seconds each", "4 hours each", True),
        ("250 milliseconds day", "0.25 seconds day", True),
        ("1100 milliseconds day", "1.1 seconds day", True),
        ("1101 milliseconds day", "1.1 seconds day", False),
        ("1 days each", "24 hours each", True),
        ("2 working-days each", "2 working-days each", True),
        ("3 working-days each", "2 working-days each", False),
        ("8 working-hours each", "6 working-hours each", False),
        # as much of the clock holds as much working time at most
        ("4 hours each", "4 working-hours each", True),
        ("5 hours each", "4 working-hours each", None),
        # more working time takes more of the clock, as much of it may
        ("5 working-hours each", "4 hours each", False),
        ("4 working-hours each", "4 hours each", None),
        # how many hours a working day has is not in the target
        ("1 working-days each", "8 working-hours each", None),
        ("1 working-days each", "9 days each", None),
        ("4 count each", "4 hours each", None),
        ("4 count month", "5 count month", True),
        # what holds for each case holds for any window, and a mean says nothing of each
        ("4 hours each", "4 hours month", True),
        ("5 hours each", "4 hours month", None),
        ("4 hours month", "4 hours each", None),
        ("4 hours month", "4 hours quarter", None),
    ],
)
def test_at_most(given_: str, promised: str, expected: bool | None) -> None:
    assert keeps(target(given_), target(promised)) is expected


@pytest.mark.parametrize(
    ("given_", "promised", "expected"),
    [
        ("99.5 percent month", "99.5 percent month", True),
        ("99.6 percent month", "99.5 percent month", True),
        ("99.4 percent month", "99.5 percent month", False),
        ("99.5 percent day", "99.5 percent month", True),  # each day as much is each month as much
        ("99.4 percent day", "99.5 percent month", False),
        # 0.1 % of a year is 1.2 % of the month in which all of it may fall
        ("99.9 percent year", "98.8 percent month", True),
        ("99.9 percent year", "98.9 percent month", False),
        ("99.9 percent quarter", "99.7 percent month", True),
        ("99.9 percent quarter", "99.71 percent month", False),
        ("99.9 percent month", "99.5 percent each", None),
        ("99.9 percent each", "99.5 percent month", True),
        ("99.9 score month", "99.5 percent month", None),
        ("99.9 score year", "99.5 score month", None),
    ],
)
def test_availability(given_: str, promised: str, expected: bool | None) -> None:
    assert keeps(up(given_), up(promised)) is expected


def test_other_shares_have_no_worst_month() -> None:
    solved = [target(text, "solved-at-once", "at-least") for text in ("99.9 percent year", "90 percent month")]
    assert keeps(*solved) is None


def test_other_metrics_and_other_directions_are_not_compared() -> None:
    assert keeps(target("4 hours each", "response-time"), target("4 hours each")) is None
    assert keeps(target("4 hours each", comparator="at-least"), target("4 hours each")) is None


UNITS = ["milliseconds", "seconds", "minutes", "hours", "days", "working-hours", "working-days", "percent"]
WINDOWS = ["each", "day", "week", "month", "quarter", "year"]


@st.composite
def targets(draw: st.DrawFn) -> dict[str, Any]:
    value, unit, window = draw(st.integers(0, 100)), draw(st.sampled_from(UNITS)), draw(st.sampled_from(WINDOWS))
    return draw(st.sampled_from([target, up]))(f"{value} {unit} {window}")


@settings(max_examples=150, deadline=None)
@given(targets(), targets(), st.integers(0, 50))
def test_to_give_more_or_promise_less_never_turns_kept_into_missed(
    one: dict[str, Any], other: dict[str, Any], step: int
) -> None:
    sign = 1 if one["comparator"] == "at-least" else -1
    better = one | {"value": one["value"] + sign * step}
    easier = other | {"value": other["value"] - (1 if other["comparator"] == "at-least" else -1) * step}
    order = {False: 0, None: 1, True: 2}
    assert order[keeps(better, other)] >= order[keeps(one, other)]
    assert order[keeps(one, easier)] >= order[keeps(one, other)]


@given(targets())
def test_every_target_keeps_itself(one: dict[str, Any]) -> None:
    assert keeps(one, one) is True


@settings(max_examples=150, deadline=None)
@given(targets(), targets(), targets())
def test_who_keeps_what_keeps_a_third_is_never_said_to_miss_it(
    one: dict[str, Any], other: dict[str, Any], third: dict[str, Any]
) -> None:
    if keeps(one, other) and keeps(other, third):
        assert keeps(one, third) is not False


# --- what stands beneath an agreement


def sla(*targets: str, services: str = "loans", more: str = "", name: str = "a", state: str = "in-force") -> str:
    terms = f", targets: [{', '.join(targets)}]" if targets else ""
    spec = f"{{state: {state}, customer: c, services: [{services}]{terms}{more}}}"
    return record("ServiceLevelAgreement", name, spec)


def t(text: str, more: str = "", metric: str = "restore-time", comparator: str = "at-most") -> str:
    value, unit, window = text.split()
    return (
        f"{{metric: {metric}, comparator: {comparator}, value: {value}, unit: {unit}, window: {window}"
        f"{', ' if more else ''}{more}}}"
    )


def contract(name: str, *targets: str, more: str = "", state: str = "in-force") -> str:
    terms = f", targets: [{', '.join(targets)}]" if targets else ""
    return record("SupplierContract", name, f"{{state: {state}, supplier: net{terms}{more}}}")


def service(name: str, *depends: str, components: str = "") -> str:
    return record("Service", name, f"{{state: live, depends_on: [{', '.join(depends)}], components: [{components}]}}")


def by(name: str, redundancy: str = "") -> str:
    group = f", redundancy: {redundancy}" if redundancy else ""
    return f"{{target: Supplier/net, agreement: SupplierContract/{name}{group}}}"


def weaker(folder: Path, *records: str) -> list[tuple[str, str, str]]:
    """(agreement, service, given) of what gives less than the only target of agreement `a`."""
    found = ask(folder, list(records), "weaker_targets(self, self.spec.targets[0])", "ServiceLevelAgreement/a")
    return [(one["agreement"], one["service"], one["given"]) for one in found]


FIVE = "restore-time 5 hours in each case"


def test_what_a_service_names_and_what_those_name_that_it_depends_on(tmp_path: Path) -> None:
    found = weaker(
        tmp_path,
        sla(t("4 hours each"), services="loans, rooms"),
        service("loans", "{target: Service/databases}", "{target: Service/loans}", "{target: Service/gone}"),
        service("databases", by("net-1"), "{target: Service/loans}"),
        service("rooms", by("net-2")),
        service("shelves", by("net-3")),
        contract("net-1", t("5.0 hours each")),
        contract("net-2", t("5.0 hours each"), t("6 hours each")),
        contract("net-3", t("5.0 hours each")),
    )
    assert found == [("SupplierContract/net-1", "loans", FIVE), ("SupplierContract/net-2", "rooms", FIVE)]


def test_supporting_agreements_and_theirs_as_far_as_they_are_about_the_services(tmp_path: Path) -> None:
    team = "{state: in-force, provider: team, services: [loans], supporting_agreements: [%s]}"
    found = weaker(
        tmp_path,
        sla(
            t("4 hours each"), more=", supporting_agreements: [OperationalLevelAgreement/team, SupplierContract/net-3]"
        ),
        record(
            "OperationalLevelAgreement",
            "team",
            team
            % "OperationalLevelAgreement/team, SupplierContract/net-1, SupplierContract/net-2, SupplierContract/no",
        ),
        service("loans"),
        contract("net-1", t("5.0 hours each")),
        contract("net-2", t("5.0 hours each"), more=", services: [rooms]"),
        contract("net-3", t("5.0 hours each", "services: [rooms]"), more=", services: [loans, rooms]"),
    )
    assert found == [("SupplierContract/net-1", "loans", FIVE)]


def test_only_what_is_in_force_counts(tmp_path: Path) -> None:
    held = contract("net-1", t("5 hours each"), state="negotiation", more=", services: [loans]")
    assert weaker(tmp_path, sla(t("4 hours each")), service("loans", by("net-1")), held) == []


def test_what_stands_in_for_each_other_need_not_give_as_much(tmp_path: Path) -> None:
    held = [contract(f"net-{n}", t("5.0 hours each")) for n in (1, 2, 3)]
    loans = service("loans", by("net-1", "internet"), by("net-2", "internet"), by("net-3", "alone"))
    assert weaker(tmp_path, sla(t("4 hours each")), loans, *held) == [("SupplierContract/net-3", "loans", FIVE)]


def test_an_item_can_stand_in_for_a_supplier(tmp_path: Path) -> None:
    loans = service("loans", by("net-1", "power"), components="{item: generator, redundancy: power}")
    assert weaker(tmp_path, sla(t("4 hours each")), loans, contract("net-1", t("5 hours each"))) == []


@pytest.mark.parametrize(
    ("promised", "given_", "expected"),
    [
        ("priority: high", ["priority: high"], True),
        ("priority: high", ["priority: low"], False),
        ("priority: high", [""], True),
        ("priority: high", ["priority: high, value: 4", ""], False),  # what is about that very priority comes first
        ("", ["priority: high"], True),
        ("", ["priority: high, value: 4", "priority: low"], True),
        ("", ["priority: high, value: 4", "priority: low, value: 3"], False),
        ("", ["", "value: 4"], False),  # one that is enough is enough
        ("", ["services: [rooms]"], False),
        ("", ["services: [rooms, loans]"], True),
    ],
)
def test_priorities(tmp_path: Path, promised: str, given_: list[str], expected: bool) -> None:
    lists = []
    for one in given_:
        plain, _, value = one.partition("value: ")
        lists.append(t(f"{value or 5} hours each", plain.rstrip(", ")))
    records = [sla(t("4 hours each", promised)), service("loans", by("net-1")), contract("net-1", *lists)]
    assert bool(weaker(tmp_path, *records)) is expected


def test_the_words(tmp_path: Path) -> None:
    more = "priority: high"
    records = [
        sla(t("99.5 percent month", metric="availability", comparator="at-least")),
        service("loans", by("net-1")),
        contract("net-1", t("99 percent year", more, metric="availability", comparator="at-least")),
    ]
    found = ask(tmp_path, records, "weaker_targets(self, self.spec.targets[0])", "ServiceLevelAgreement/a")
    assert found == [
        {
            "agreement": "SupplierContract/net-1",
            "service": "loans",
            "promised": "availability 99.5 percent a month",
            "given": "availability (high) 99 percent a year",
        }
    ]


# --- what nobody beneath promises anything for


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ([t("9 hours year", "priority: low")], []),  # it is something, however little
        ([t("4 hours each", metric="response-time")], ["loans"]),
        ([t("4 hours each", comparator="at-least")], ["loans"]),
        ([t("4 hours each", "services: [rooms]")], ["loans"]),
        ([], ["loans"]),
    ],
)
def test_unbacked_services(tmp_path: Path, given_: list[str], expected: list[str]) -> None:
    text = "unbacked_services(self, self.spec.targets[0])"
    promised = sla(t("4 hours each", "services: [loans, rooms]"), services="loans, rooms, shelves")
    records = [promised, service("loans", by("net-1")), service("rooms"), contract("net-1", *given_)]
    assert ask(tmp_path, records, text, "ServiceLevelAgreement/a") == expected


# --- hours and notice

WEEK = "mon, tue, wed, thu, fri, sat, sun"


def hours(*normal: str, zone: str = "Europe/Tallinn", more: str = "") -> str:
    """`mon, fri 08:00 20:00` as service hours."""
    lines = []
    for one in normal:
        days, start, end = one.rsplit(" ", 2)
        lines.append(f"{{days: [{days}], from: '{start}', to: '{end}'}}")
    return f", service_hours: {{zone: {zone}, normal: [{', '.join(lines)}]{more}}}"


SPLIT = "mon 09:00 to 12:00, mon 12:30 to 17:00"


def shorter(folder: Path, *records: str) -> list[tuple[str, str, str]]:
    found = ask(folder, list(records), "shorter_hours(self, self.spec.service_hours)", "ServiceLevelAgreement/a")
    return [(one["agreement"], one["promised"], one["given"]) for one in found]


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (hours("mon, sat 09:00 16:00"), None),
        (hours("mon, sat 08:00 17:00", "sun 00:00 24:00"), None),
        (hours(f"{WEEK} 00:00 24:00"), None),
        (hours("mon 09:00 16:00"), ("sat 09:00 to 16:00", "nothing")),
        (hours("mon 09:00 16:00", "sat 09:00 13:00"), ("sat 13:00 to 16:00", "sat 09:00 to 13:00")),
        (hours("mon 09:30 16:00", "sat 09:00 16:00"), ("mon 09:00 to 09:30", "mon 09:30 to 16:00")),
        (hours("mon, sat 09:00 12:00", "mon, sat 12:30 17:00"), ("mon 12:00 to 12:30", SPLIT)),
        (hours("mon, sat 09:00 12:00", "mon, sat 12:00 16:00"), None),
        (hours("mon, sat 07:00 14:00", zone="UTC"), ("mon 09:00 to 10:00", "mon 10:00 to 17:00")),  # +03:00 in summer
        (hours("mon, sat 06:00 14:00", zone="UTC"), None),
        (hours("mon, sat 09:00 16:00", more=", exceptions: [{on: 2026-12-24, closed: true}]"), None),
        ("", None),
    ],
)  # fmt: skip
def test_shorter_hours(tmp_path: Path, given_: str, expected: tuple[str, str] | None) -> None:
    records = [
        sla(more=hours("mon, sat 09:00 16:00")),
        service("loans", by("net-1")),
        contract("net-1", more=given_),
    ]
    assert shorter(tmp_path, *records) == ([("SupplierContract/net-1", *expected)] if expected else [])


def test_hours_are_asked_of_those_right_beneath(tmp_path: Path) -> None:
    mondays = hours("mon 09:00 16:00")
    found = shorter(
        tmp_path,
        sla(
            more=hours("tue 09:00 16:00") + ", supporting_agreements: [SupplierContract/net-3, SupplierContract/net-4]"
        ),
        service("loans", by("net-1"), "{target: Service/databases}"),
        service("databases", by("net-2")),
        contract("net-1", more=mondays),
        contract("net-2", more=mondays),
        contract("net-3", more=mondays),
        contract("net-4", more=mondays + ", services: [rooms]"),
    )
    assert [agreement for agreement, _, _ in found] == ["SupplierContract/net-3", "SupplierContract/net-1"]


@pytest.mark.parametrize(
    ("given_", "shown"), [("72h", None), ("4320m", None), ("71h59m", "71h59m"), ("96h", None), ("", None)]
)
def test_shorter_notice(tmp_path: Path, given_: str, shown: str | None) -> None:
    notice = ", planned_interruptions: {notice: %s}"
    records = [
        sla(more=notice % "72h"),
        service("loans", "{target: Service/network}"),
        service("network", by("net-1")),
        contract("net-1", more=notice % given_ if given_ else ""),
    ]
    found = ask(
        tmp_path, records, "shorter_notice(self, self.spec.planned_interruptions.notice)", "ServiceLevelAgreement/a"
    )
    expected = {"agreement": "SupplierContract/net-1", "service": "loans", "promised": "72h", "given": shown}
    assert found == ([expected] if shown else [])
