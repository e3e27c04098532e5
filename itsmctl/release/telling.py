"""The check of a release as text, JSON and Markdown: the same facts in each. Pure; escapes what records say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from itsmctl import markup
from itsmctl.drawing import advice, count, prose, rows, table, titled
from itsmctl.escape import visible
from itsmctl.gate.calendar import said, stamp
from itsmctl.kinds.words import dotted
from itsmctl.release.codes import BY_CODE

if TYPE_CHECKING:
    from itsmctl.release.requirement import Checked, Outcome, Requirement

_ORDER: tuple[Outcome, ...] = ("unmet", "unknown", "waiting", "owed")
_WORDS: Mapping[Outcome, str] = {
    "unmet": "NOT MET",
    "unknown": "CANNOT BE TOLD, which counts as not met",
    "waiting": "WAITING",
    "owed": "OWED, and by when",
    "met": "MET",
}


def verdict(found: Checked) -> str:
    """The outcome in capitals."""
    if not found.passes:
        return f"NOT {found.stage.upper()}"
    return (
        f"{found.stage.upper()}, and owes {count(len(found.having('owed')), 'thing')}"
        if found.having("owed")
        else found.stage.upper()
    )


def text(found: Checked, width: int) -> str:
    """The verdict, what is not met and what to do about it, then what is."""
    record = found.record
    lines = titled(f"{visible(record.name)}  {verdict(found)}", record.title, width)
    lines += rows(_about(found), width)
    for outcome in _ORDER:
        held = found.having(outcome)
        lines += ["", _WORDS[outcome]] if held else []
        for one in held:
            lines += _told(one, width)
    met = found.having("met")
    if met:
        lines += ["", f"{_WORDS['met']}: {len(met)} of {len({one.code for one in found.requirements})}"]
        lines += table([("ok", _sentence(one)) for one in met], width, wrap=True)
    if found.following:
        lines += ["", "NEXT", *rows([(one.state, _lacks(one.lacks)) for one in found.following], width)]
    return "\n".join(lines) + "\n"


def _about(found: Checked) -> list[tuple[str, str]]:
    return [
        ("state", found.record.state),
        ("commit", f"{found.commit[:12]} ({found.label})"),
        *([("aside", f"{found.aside}: that is no word on what landed")] if found.aside else []),
        *([("behind", f"{found.behind}: what was revoked or altered since is not asked")] if found.behind else []),
        ("as of", said(found.as_of)),
        *(("waived", f"{rule}, by Waiver/{waiver}") for rule, waiver in found.waived),
        *((f"{word}", f"{name}, root {root[:16]}…") for word, name, root in found.frozen),
    ]


def _told(one: Requirement, width: int) -> list[str]:
    lines = titled(one.code, one.says, width, 2)
    where = f"{one.path}{f' at {dotted(one.pointer)}' if one.pointer else ''}" if one.path else ""
    lines += prose(f"in {where}", width, 4) if where else []
    return [*lines, *(advice(f"help: {one.hint}", width, 4) if one.hint else [])]


def _sentence(one: Requirement) -> str:
    rule = BY_CODE.get(one.code)
    title = rule.title if rule is not None else one.code
    return f"{title}: {one.says}" if one.says else title


def _lacks(pointers: Sequence[str]) -> str:
    return f"once {', '.join(map(dotted, pointers))} is written" if pointers else "nothing more is due for that"


def data(found: Checked) -> dict[str, Any]:
    """For programs."""
    return {
        "release": found.record.name,
        "title": found.record.title,
        "state": found.record.state,
        "stage": found.stage,
        "passes": found.passes,
        "commit": found.commit,
        "aside": found.aside or None,
        "behind": found.behind or None,
        "as_of": stamp(found.as_of),
        "waived": [{"rule": rule, "waiver": waiver} for rule, waiver in found.waived],
        "baselines": [{"which": word, "name": name, "root": root} for word, name, root in found.frozen],
        "requirements": [
            {
                "code": one.code,
                "outcome": one.outcome,
                "says": one.says,
                "help": one.hint,
                "path": one.path,
                "pointer": one.pointer,
                "due": one.due or None,
            }
            for one in found.requirements
        ],
        "next": [{"state": one.state, "lacks": list(one.lacks)} for one in found.following],
    }


def markdown(found: Checked) -> str:
    """For a pull request or a wiki."""
    lines = [*markup.heading(1, f"{found.record.name}: {verdict(found)}"), *markup.paragraph(found.record.title)]
    lines += [f"- {name}: {markup.prose(visible(value))}" for name, value in _about(found)]
    lines += [line for outcome in _ORDER for line in _section(found, outcome)]
    met = found.having("met")
    if met:
        lines += ["", *markup.heading(2, "Met")]
        lines += [f"- {markup.prose(visible(_sentence(one)))}" for one in met]
    return "\n".join(lines) + "\n"


def _section(found: Checked, outcome: Outcome) -> Iterator[str]:
    held = found.having(outcome)
    if held:
        yield from ("", *markup.heading(2, _WORDS[outcome].capitalize()))
        yield from ("| code | what | what to do |", "|---|---|---|")
        yield from (markup.row((one.code, one.says, one.hint)) for one in held)
