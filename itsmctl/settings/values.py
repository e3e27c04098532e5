"""What single values of itsm.yaml must be beyond their patterns, and how messages call them. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from zoneinfo import ZoneInfo, available_timezones

from itsmctl.nearest import did_you_mean

SPECIFIER = re.compile(r"(>=|<=|==|!=|>|<)\s*([0-9]{1,6}(?:\.[0-9]{1,6}){0,3})")
"""One condition on a version: an operator and a release."""

_NO_REF = re.compile(r"\.\.|@\{|//|/\.|\.lock(/|$)|[./]$")
CALLED = {
    r"^[A-Za-z0-9][A-Za-z0-9._-]*$": "a name of letters, digits, dots, dashes and underscores",
    r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$": "small letters and digits with dashes between them",
    r"^[a-z0-9][a-z0-9._/-]*[a-z0-9]$": "small letters, digits, dots, dashes and slashes, such as example.org/itsm",
    r"^refs/heads/[^ ~^:?*\[\\\x00-\x1f\x7f]+$": "the full name of a branch, such as refs/heads/main",
    r"^[^/\\\x00-\x1f\x7f][^\\\x00-\x1f\x7f]*$": "a path from the folder of itsm.yaml, with / between folders",
    r"^[^@\s]+@[^@\s]+$": "an e-mail address",
    r"^(?:SHA256:[A-Za-z0-9+/]{43}|[0-9A-F]{40}|[0-9A-F]{64})$": "the fingerprint of a key: SHA256:… of an SSH key, "
    "or 40 or 64 hexadecimal digits (0-9, A-F) of an OpenPGP key",
    r"\S": "text that says something",
    r"^(?:[a-z][a-z0-9]*(?:-[a-z0-9]+)*|[A-Z][A-Z0-9]*-[A-Z0-9][A-Z0-9-]*)$": "a process in small letters and digits "
    "with dashes between them, or the id of a rule, such as CHG-19",
}
"""Pattern → what to call it in a message."""

MATRIX = {
    "low": {"low": "low", "medium": "low", "high": "medium"},
    "medium": {"low": "low", "medium": "medium", "high": "high"},
    "high": {"low": "medium", "medium": "high", "high": "high"},
}
"""likelihood → impact → level of risk, unless the settings have a matrix of their own."""

NAME, WORD, ID, REF, PATH, EMAIL, KEY, TEXT, PACED = CALLED


def shown(value: object) -> str:
    """A value as a message quotes it: short, on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or isinstance(value, list | dict):
        return {type(None): "nothing", list: "a list", dict: "a mapping"}[type(value)]
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def full_ref(ref: str) -> str:
    """The full name of a branch. Raises ValueError with what it must be."""
    if _NO_REF.search(ref):
        raise ValueError(f"must be {CALLED[REF]}, not {shown(ref)}")
    return ref


def inner_path(path: str) -> str:
    """A path that stays inside. Raises ValueError with what it must be."""
    if any(step in ("", ".", "..") for step in path.split("/")):
        raise ValueError(f"must be {CALLED[PATH]} and no . or .. in it, not {shown(path)}")
    return path


def day(text: str) -> str:
    """A day, year first. Raises ValueError with what it must be."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) and date.fromisoformat(text):
            return text
    except ValueError:
        pass
    raise ValueError(f"must be a day such as 2026-02-24, not {shown(text)}")


def zone(name: str) -> str:
    """An IANA time zone that this machine knows. Raises ValueError with what it must be."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        known = available_timezones()
        if not known:
            raise ValueError("cannot be looked up: this machine has no time zone data (pip install tzdata)") from None
        guess = did_you_mean(name, known) or "write it as Area/City"
        raise ValueError(f"must be an IANA time zone such as Europe/Tallinn, not {shown(name)}: {guess}") from None
    return name


def specifiers(text: str) -> str:
    """Conditions on a version, with commas between them. Raises ValueError with what it must be."""
    if not all(SPECIFIER.fullmatch(one.strip()) for one in text.split(",")):
        raise ValueError(f'must be versions such as ">=0.1" or ">=0.1,<2", not {shown(text)}')
    return text


def contradiction(off: Sequence[str], severity: Iterable[str]) -> tuple[tuple[str | int, ...], str]:
    """(where below `policies`, what is wrong) with rules that are off and rules that have a severity; "" if nothing."""
    for position, rule in enumerate(off):
        if rule in off[:position]:
            return ("off", position, "rule"), f"names {rule} a second time"
    for rule in severity:
        if rule in off:
            return ("severity", rule), "is for a policy that is off"
    return (), ""
