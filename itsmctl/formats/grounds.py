"""The tree of a verdict, as reports carry it, read for people: what denies, who votes how, what comes next. Decides
nothing. Texts come back unescaped, but for those that say otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from itsmctl.escape import at_line_start, visible
from itsmctl.formats.wording import under

Node = Mapping[str, Any]
"""One node, under the names of `report_model.VerdictPart`."""

_IN_BRACKETS = frozenset({"CONTRIBUTOR", "OWN_ENTRY"})  # what these say is a phrase, and no sentence
_FRAMED = "INSPECTION"  # the findings themselves tell of these


def walk(node: Node) -> Iterator[Node]:
    """The node and all below, the outer ones first."""
    yield node
    for one in node["because"]:
        yield from walk(one)


def details(node: Node) -> Mapping[str, Any]:
    """What programs want to know of it."""
    found: Mapping[str, Any] = node.get("details") or {}
    return found


def changes(verdict: Node) -> list[Node]:
    """The changes that were judged."""
    return [one for one in verdict["because"] if one["what"] == "change"]


def standing(verdict: Node) -> list[Node]:
    """What denies outside of any change; of inspection tell the findings."""
    return [
        one
        for one in verdict["because"]
        if one["what"] != "change" and one["outcome"] == "DENIED" and one["code"] != _FRAMED
    ]


def told(verdict: Node) -> frozenset[str]:
    """The codes that the tree tells of, so that findings of the same name need not be told again."""
    return frozenset(one["code"] for one in walk(verdict) if one["code"] not in ("", _FRAMED))


def reasons(node: Node) -> list[str]:
    """The codes that deny, each once."""
    return list(dict.fromkeys(one["code"] for one in walk(node) if one["outcome"] == "DENIED" and one["code"]))


def first_reason(verdict: Node) -> str:
    """The code of which most can be learned; "" where nothing denies."""
    codes = reasons(verdict)
    return next((one for one in codes if one != _FRAMED), codes[0] if codes else "")


def rules(change: Node) -> list[Node]:
    """The approval rules that were put to the change."""
    return [one for one in walk(change) if one["what"] == "rule"]


def spot(node: Node, base: str) -> str:
    """`path:line`, escaped; of what is not in the merge result with where it is; empty where it has no place."""
    place = node.get("place")
    if not place or not place["path"]:
        return ""
    return f"{at_line_start(visible(under(base, place['path'])))}:{place['line']}"


def reason(node: Node) -> str:
    """What denies, in a sentence that says of what."""
    name, says = node["name"], node["says"]
    return f"{name}: {says}" if "/" in name and name not in says else str(says)


def lacking(rule: Node) -> list[str]:
    """What a rule still asks for: `1 × change-advisory-board`."""
    return [f"{one['missing']} × {one['label']}" for one in details(rule).get("lacking", ())]


class Cast(Struct, frozen=True):
    """A vote, as a row of a table: counted, ignored, rejects or withdraws; by whom, as what, how strong, and why."""

    mark: str
    person: str
    role: str
    tier: str
    why: str
    source: str

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """What stands in columns."""
        return self.mark, self.person, self.role, self.tier


def cast(node: Node, *, brief: bool = False) -> Cast:
    """The row of a vote; `brief`: an owner is only called one, since what of stands with the rule already."""
    facts = details(node)
    code, says = node["code"], node["says"]
    mark = "counted" if facts.get("counted") else "ignored"
    if code in ("REJECT", "WITHDRAW"):
        mark, code = ("rejects" if code == "REJECT" else "withdraws"), ""
    why = f"{code} ({says})" if code in _IN_BRACKETS else f"{code} {says}".strip()
    if facts.get("counted") and facts.get("needed") is False:
        why = f"{why} not needed".strip()
    role = str(facts.get("role", ""))
    role = "owner" if brief and role.startswith("owner of ") else role
    return Cast(mark, node["name"], role, facts.get("tier", ""), why, facts.get("source", ""))


def no_freeze(change: Node) -> str:
    """That no freeze is in the way, and until when; nothing where one is, or none was looked for."""
    nodes = list(walk(change))
    if any(one["what"] == "freeze" for one in nodes):
        return ""
    end = next((details(one).get("end") for one in nodes if one["what"] == "window"), None)
    if any(details(one).get("freezes") == "ignored" and one["outcome"] == "ALLOWED" for one in nodes):
        return "ignored, as the model says"
    return f"none before {said(end)}" if end else ""


def ways(change: Node) -> list[str]:
    """What has to be done or awaited before it is let through, as far as that can be computed."""
    nodes = list(walk(change))
    if change["outcome"] != "DENIED":
        return []
    vetoes = [one["name"] for one in nodes if one["code"] == "VETO"]
    found = [f"{name} takes the reject back:  itsmctl change withdraw {change['name']}" for name in vetoes]
    return [*dict.fromkeys([*found, *(str(one["says"]) for one in nodes if one["what"] == "next")]), *_times(nodes)]


SAID_ALWAYS = ("OWES", "AFTER_THE_FACT", "SQUASHED")
"""Codes of notes that are told however the verdict comes out: what is owed from now on, what nobody knew before, and
what became of votes.
"""


def notes(node: Node) -> list[str]:
    """What is worth saying of it and decides nothing, each once, behind its code where that says more."""
    said = (one for one in walk(node) if one["code"] in SAID_ALWAYS)
    return list(
        dict.fromkeys(one["says"] if one["code"] == "OWES" else f"{one['code']}: {one['says']}" for one in said)
    )


def owing(verdict: Node | None) -> list[tuple[Node, str]]:
    """(change, sentence) of all that is said of changes however the verdict comes out, see `notes`."""
    return [(one, said) for one in changes(verdict) for said in notes(one)] if verdict is not None else []


def home(change: Node) -> str:
    """The file of a change: that of the first ground which names it, else the settings, which are always there."""
    places = (one["place"]["path"] for one in walk(change) if one.get("place") and one["name"] == change["name"])
    return next(places, "itsm.yaml")


def _times(nodes: list[Node]) -> Iterator[str]:
    """The earliest time at which window and freezes let it through."""
    shut = [one for one in nodes if one["what"] in ("window", "freeze") and one["outcome"] == "DENIED"]
    known = [(details(one)["earliest"], one) for one in shut if details(one).get("earliest")]
    if any(details(one).get("where") == "after" for one in shut):
        yield "agree on a new window in spec.schedule, and have it voted on"
        return
    if not known:
        return
    earliest, last = max(known, key=lambda one: _moment(one[0]))
    what = "the window begins" if last["what"] == "window" else f"freeze {last['name']} ends"
    end = next((details(one).get("end") for one in nodes if one["what"] == "window"), None)
    if end is not None and _moment(earliest) >= _moment(end):
        yield (
            f"{what} at {said(earliest)}, and the window is over by then: agree on a new one in spec.schedule, and "
            "have it voted on"
        )
    else:
        yield f"not before {said(earliest)}, when {what}"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def said(text: str) -> str:
    """A moment for people: to the minute where that is all of it."""
    return text.replace(":00Z", "Z") if text.count(":") == 2 else text
