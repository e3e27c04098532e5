"""A comparison of two baselines as text, JSON, Markdown, CSV and HTML. The same facts in each. Pure."""

from __future__ import annotations

import csv
import html as markup_of
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from itsmctl.baseline.explaining import counted
from itsmctl.baseline.notes import plain
from itsmctl.baseline.outside import scope_of
from itsmctl.comparing import ABSENT, FieldEdit
from itsmctl.drawing import count, prose, rows, table
from itsmctl.escape import cut, storable, visible

if TYPE_CHECKING:
    from itsmctl.baseline.explaining import Comparison, Explained, Reason
    from itsmctl.baseline.outside import Outside

_LONGEST = 60  # columns of a value


def text(found: Comparison, width: int) -> str:
    """For people at a terminal."""
    lines = [*prose(f"{found.earlier.name} → {found.later.name}", width), *_counts(found, width)]
    for one in found.differences:
        lines += ["", *table([(one.standing.upper(), f"{one.difference.ref} {_deed(one)}")], width, 0, wrap=True)]
        lines += rows([(edit.field, _edit(edit)) for edit in one.difference.fields], width, 4)
        lines += [line for reason in one.reasons for line in prose(_reason(reason), width, 4)]
        lines += [] if one.reasons else prose("no commit of the branch between the two touched it", width, 4)
    if found.outside:
        lines += ["", *prose("In one of the two alone, by its scope, so not compared:", width)]
        lines += table([(one.ref, _way(found, one), _content(one)) for one in found.outside], width, wrap=True)
    if found.idle:
        lines += ["", "Done, and left no difference:"]
        lines += table([(one.name, one.state, ", ".join(one.items)) for one in found.idle], width, wrap=True)
    if found.since:
        lines += ["", "What became of changes since:"]
        lines += table(found.since, width, wrap=True)
    return "\n".join(lines) + "\n"


def _counts(found: Comparison, width: int) -> list[str]:
    number, scopes = counted(found.differences), _scopes(found)
    return rows(
        [
            ("scopes", f"not the same: {scopes[0]} → {scopes[1]}" if scopes else ""),
            ("records", f"{len(found.earlier.items)} → {len(found.later.items)}"),
            ("differ", count(len(found.differences), "record") if found.differences else "nothing"),
            *((standing, str(many)) for standing, many in number.items() if many),
            ("no effect", count(len(found.idle), "change") if found.idle else ""),
            ("not compared", count(len(found.outside), "record") if found.outside else ""),
        ],
        width,
    )


def _way(found: Comparison, one: Outside) -> str:
    return f"left the scope of {found.later.name}" if one.way == "left" else f"not in the scope of {found.earlier.name}"


def _content(one: Outside) -> str:
    return "same content" if one.is_same else "another content"


def _scopes(found: Comparison) -> tuple[str, str] | None:
    """Both scopes in words; None where the same was asked for."""
    both = scope_of(found.earlier), scope_of(found.later)
    return both if both[0] != both[1] else None


def _deed(one: Explained) -> str:
    found = one.difference
    if found.deed == "renamed" and found.before is not None:
        return f"renamed from {found.before.name}"
    if found.deed == "moved" and found.before is not None and found.after is not None:
        return f"moved from {found.before.path}"
    aspects = f" ({', '.join(found.aspects)})" if found.aspects else ""
    return found.deed + aspects


def _edit(edit: FieldEdit) -> str:
    return "in another order" if edit.is_order else f"{_value(edit.before)} → {_value(edit.after)}"


def _value(value: object) -> str:
    if value is ABSENT:
        return "(nothing)"
    written = value if isinstance(value, str) and value.strip() else json.dumps(value, ensure_ascii=False)
    return cut(visible(written), _LONGEST)


def _reason(reason: Reason) -> str:
    names = ", ".join(reason.changes)
    said = f"commit {reason.commit[:12]}" + (f" by {names}" if names else "")
    return f"{said}: {reason.lacks}" if reason.lacks else said


def data(found: Comparison) -> dict[str, Any]:
    """For programs."""
    return {
        "earlier": {"name": found.earlier.name, "root": found.earlier.root, "scope": scope_of(found.earlier)},
        "later": {"name": found.later.name, "root": found.later.root, "scope": scope_of(found.later)},
        "counts": counted(found.differences),
        "differences": [_plain(one) for one in found.differences],
        "without_effect": [{"change": one.name, "state": one.state, "items": list(one.items)} for one in found.idle],
        "outside": [{"ref": one.ref, "way": one.way, "same": one.is_same} for one in found.outside],
        "since": [{"change": name, "says": says} for name, says in found.since],
    }


def _plain(one: Explained) -> dict[str, Any]:
    held = one.difference
    return {
        "ref": held.ref,
        "deed": held.deed,
        "standing": one.standing,
        "aspects": list(held.aspects),
        "before": _side(held.before),
        "after": _side(held.after),
        "fields": [_field(edit) for edit in held.fields],
        "changes": list(one.changes),
        "commits": [
            {"commit": reason.commit, "changes": list(reason.changes), "lacks": reason.lacks or None}
            for reason in one.reasons
        ],
    }


def _side(item: Any) -> Mapping[str, str] | None:
    if item is None:
        return None
    return {"name": item.name, "path": item.path, "state": item.state, "owner": item.owner, "digest": item.digest}


def _field(edit: FieldEdit) -> dict[str, Any]:
    sides = {name: side for name, side in (("before", edit.before), ("after", edit.after)) if side is not ABSENT}
    return {"field": edit.field, **sides, "is_order": edit.is_order}


_HEADS = ("standing", "record", "deed", "field", "before", "after", "changes", "commits", "lacks")


def _table(found: Comparison) -> Iterator[tuple[str, ...]]:
    """A line for each field that differs; one for a record that came or went, and for each change without effect."""
    for one in found.differences:
        tail = (
            " ".join(one.changes),
            " ".join(reason.commit[:12] for reason in one.reasons),
            "; ".join(dict.fromkeys(reason.lacks for reason in one.reasons if reason.lacks)),
        )
        head = (one.standing, one.difference.ref, _deed(one))
        for edit in one.difference.fields:
            sides = ("", "in another order") if edit.is_order else (_value(edit.before), _value(edit.after))
            yield (*head, edit.field, *sides, *tail)
        if not one.difference.fields:
            yield (*head, "", "", "", *tail)
    for apart in found.outside:
        yield ("not compared", apart.ref, _way(found, apart), "", "", "", "", "", _content(apart))
    for idle in found.idle:
        yield ("no effect", " ".join(idle.items), "", "", "", "", idle.name, "", f"{idle.state}, and nothing differs")
    for name, says in found.since:
        yield ("since", "", "", "", "", "", name, "", says)


def csv_text(found: Comparison) -> str:
    """For a spreadsheet; no cell is taken for a formula."""
    return sheet(_HEADS, _table(found))


def sheet(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table as CSV (RFC 4180); no cell is taken for a formula."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows([cell(text) for text in line] for line in lines)
    return written.getvalue()


def cell(text: str) -> str:
    """A text as a cell of a spreadsheet."""
    shown = storable(visible(text))
    return f"'{shown}" if shown.startswith(("=", "+", "-", "@", "\t")) else shown


def markdown(found: Comparison) -> str:
    """For a pull request or a wiki."""
    number = counted(found.differences)
    lines = [
        f"# {found.earlier.name} → {found.later.name}",
        "",
        ", ".join(f"{many} {standing}" for standing, many in number.items()) + f", {_others(found)}.",
        "",
    ]
    lines += [f"| {' | '.join(_HEADS)} |", "|" + "---|" * len(_HEADS)]
    lines += [f"| {' | '.join(plain(cell) for cell in line)} |" for line in _table(found)]
    return "\n".join(lines) + "\n"


def _others(found: Comparison) -> str:
    """What is counted beside the differences."""
    scopes = _scopes(found)
    told = f"{len(found.idle)} without effect"
    told += f", {len(found.outside)} not compared" if found.outside else ""
    return told + (f"; the scopes are not the same: {plain(scopes[0])} → {plain(scopes[1])}" if scopes else "")


def html(found: Comparison) -> str:
    """One page that needs nothing else."""
    title = _escaped(f"{found.earlier.name} → {found.later.name}")
    body = "\n".join(
        f'<tr class="{line[0].replace(" ", "-")}">' + "".join(f"<td>{_escaped(cell)}</td>" for cell in line) + "</tr>"
        for line in _table(found)
    )
    heads = "".join(f'<th scope="col">{head}</th>' for head in _HEADS)
    number = counted(found.differences)
    summary = ", ".join(f"{many} {standing}" for standing, many in number.items())
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
        f"<p>{summary}, {_escaped(_others(found))}.</p>\n"
        f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</body>\n</html>\n"
    )


_STYLE = (
    "body{font:1rem/1.5 sans-serif;margin:2rem}table{border-collapse:collapse}th,td{border:1px solid #767676;"
    "padding:.25rem .5rem;text-align:left;vertical-align:top}.unexplained td:first-child{font-weight:bold}"
)


def _escaped(text: str) -> str:
    return markup_of.escape(storable(visible(text)))
