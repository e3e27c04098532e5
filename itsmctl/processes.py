"""The processes of ISO/IEC 20000 that kinds, rules and settings belong to: the only list of them. A value."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping


class Process(Struct, frozen=True):
    """One process: what it is for, in our own words, and its clause in ISO/IEC 20000-1 of 2005 and of 2018."""

    about: str
    clause_2005: str
    clause_2018: str


PROCESSES: Mapping[str, Process] = MappingProxyType(
    {
        "service-level-management": Process(
            "Agrees with customers what a service does and how well, and watches that it is kept.", "6.1", "8.3.3"
        ),
        "service-reporting": Process("Tells those who decide how the services do.", "6.2", "9.4"),
        "service-continuity-and-availability-management": Process(
            "Sees to it that services are there when needed, and survive a disaster.", "6.3", "8.7.1, 8.7.2"
        ),
        "budgeting-and-accounting": Process("Plans what services cost, and counts what they did cost.", "6.4", "8.4.1"),
        "capacity-management": Process("Has enough of everything for what will be asked for.", "6.5", "8.4.3"),
        "information-security-management": Process(
            "Finds what may happen to information, and keeps safeguards that work.", "6.6", "8.7.3"
        ),
        "business-relationship-management": Process(
            "Knows the customers and what they need, hears their complaints, asks if they are content.", "7.2", "8.3.2"
        ),
        "supplier-management": Process("Has of suppliers what the services need of them.", "7.3", "8.3.4"),
        "incident-management": Process("Restores a disturbed service as fast as it can be done.", "8.2", "8.6.1"),
        "problem-management": Process("Finds the causes of incidents, and removes them.", "8.3", "8.6.3"),
        "configuration-management": Process(
            "Knows what there is, which version, and what it stands on.", "9.1", "8.2.6"
        ),
        "change-management": Process("Weighs and approves changes before they are made.", "9.2", "8.5.1"),
        "release-management": Process("Brings changes into use together, tested and agreed.", "10.1", "8.5.3"),
    }
)
"""The thirteen that Figure 1 of the 2005 edition shows, in the order of their clauses."""

FRAME = "management-system"
"""What holds them together, and no process itself: people and roles, documents, plans, audits, improvement."""
