"""What is wrong with a text that misses its form, and what it was probably meant to be. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from itsmctl.kinds import forms
from itsmctl.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LONGEST = 200
_LENGTH = re.compile(r"([0-9]{1,5}) *(d|days?|h|hours?|m|min|mins|minutes?|s|secs?|seconds?)")

_DAY_FIRST = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4})")
_YEAR_FIRST = re.compile(r"([0-9]{4})[./-]([0-9]{1,2})[./-]([0-9]{1,2})")
_OFFSET = re.compile(r"(Z|z| ?UTC| ?GMT|[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{1,2})$")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?$")


def on_date(text: str) -> str:
    """Advice on a text that should be a day."""
    meant = _day(text)
    if meant:
        return f"Write the year first: {meant}."
    found = _DAY_FIRST.fullmatch(text)
    if found and max(int(found[1]), int(found[3])) <= 12:
        return "Day and month can be read in two ways: write year-month-day."
    if found or _YEAR_FIRST.fullmatch(text):
        return "There is no such day in the calendar."
    if forms.is_instant(text) or forms.is_moment(text):
        return f"Only the day is wanted: {text[:10]}."
    return "Write year, month and day with two digits each for month and day."


def on_instant(text: str) -> str:
    """Advice on a text that should be an instant with its offset."""
    return _on_time(text, offset_wanted=True)


def on_moment(text: str) -> str:
    """Advice on a text that should be an instant, or a local time beside a zone."""
    return _on_time(text, offset_wanted=False)


def on_zone(text: str) -> str:
    """Advice on a text that should name a time zone: the nearest one."""
    from zoneinfo import available_timezones

    zones = sorted(zone for zone in available_timezones() if zone[:1].isupper())
    by_city = {zone.rpartition("/")[2]: zone for zone in reversed(zones)}
    whole, city = nearest(text, zones, most=1), nearest(text, by_city, most=1)
    meant = by_city[city[0]] if city and "/" not in text else "".join(whole)
    return f"Did you mean {meant}?" if meant else "Zones are named by continent and city, like Europe/Tallinn."


def on_pattern(_text: str) -> str:
    """Advice on a text that should be a regular expression."""
    return "Leave out look-around, such as (?=…) and (?<!…), and back references, such as \\1; close every bracket."


def mended(text: str, fits: Callable[[str], bool]) -> str:
    """The text with a small slip corrected, so that it fits: blanks, case, letters that are not ASCII. Or nothing."""
    if len(text) > _LONGEST or not text.strip():
        return ""
    return next((meant for meant in _mendings(text) if meant != text and fits(meant)), "")


def _mendings(text: str) -> Iterator[str]:
    """What the text may have been meant to be, nearest first."""
    bare = text.strip()
    yield bare
    yield from (bare.lower(), bare.upper(), f"0{bare}")
    yield " ".join(bare.split()[:2])
    length = _LENGTH.fullmatch(bare.lower())
    if length:
        number, unit = int(length[1]), length[2][0]
        yield f"{number * 24}h" if unit == "d" else f"{number}{unit}"
    plain = unicodedata.normalize("NFKD", bare).encode("ascii", "ignore").decode()
    for between, word in (("-", r"[^A-Za-z0-9._-]+"), ("-", r"[^A-Za-z0-9]+"), ("_", r"[^A-Za-z0-9]+")):
        slug = re.sub(word, between, plain).strip("._-")
        yield from (slug, slug.lower())
    yield bare.replace(" ", "")


def _on_time(text: str, offset_wanted: bool) -> str:
    day, rest = _split(text)
    if not day:
        return "There is no such day in the calendar." if _YEAR_FIRST.match(text) else ""
    if not rest:
        return f"The time of day is missing: {day}T08:00:00+02:00."
    found = _OFFSET.search(rest)
    offset = _offset(found[0]) if found else ""
    clock = _CLOCK.fullmatch(rest[: found.start()].strip() if found else rest.strip())
    if clock is None:
        return "The time of day has two digits for hour, minute and second: 08:00:00."
    meant = f"{day}T{int(clock[1]):02}:{clock[2]}"
    seconds = f":{clock[3] or '00'}"
    if offset:
        whole = meant + seconds + offset
        if not forms.is_instant(whole):
            return "There is no such time of day, or no such offset."
        return f"Write: {whole}."
    if offset_wanted:
        return f"The offset from UTC is missing: {meant}{seconds}+02:00 in Tallinn in winter, {meant}{seconds}Z in UTC."
    if not forms.is_moment(meant):
        return "There is no such time of day."
    return f"Write: {meant}, with its zone beside it; or with its offset: {meant}{seconds}+02:00."


def _split(text: str) -> tuple[str, str]:
    """(day as YYYY-MM-DD or "", what follows it)."""
    found = re.match(r"([0-9./-]{8,10})(?:[Tt ]+(.+))?$", text)
    if found is None:
        return "", ""
    day = found[1] if forms.is_date(found[1]) else _day(found[1])
    return day, found[2] or ""


def _day(text: str) -> str:
    """The day that was meant, if there is only one way to read it."""
    found = _YEAR_FIRST.fullmatch(text)
    if found:
        meant = f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}"
        return meant if forms.is_date(meant) else ""
    found = _DAY_FIRST.fullmatch(text)
    if not found:
        return ""
    one, other = int(found[1]), int(found[3])
    # 03/04/2026 is April in Europe and March in America; with dots the day is first everywhere
    if found[2] == "/" and one <= 12 and other <= 12 and one != other:
        return ""
    day, month = (one, other) if found[2] != "/" or one > 12 else (other, one)
    meant = f"{found[4]}-{month:02}-{day:02}"
    return meant if forms.is_date(meant) else ""


def _offset(text: str) -> str:
    text = text.strip()
    if text.upper() in ("Z", "UTC", "GMT"):
        return "Z"
    digits = text[1:].replace(":", "")
    return f"{text[0]}{int(digits):02}:00" if len(digits) <= 2 else f"{text[0]}{digits[:2]}:{digits[2:]}"
