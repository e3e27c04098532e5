"""What an audit found, as text, JSON, Markdown and CSV. The same facts in each; no secret in any. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from itsmctl.baseline.audit import values
from itsmctl.baseline.audit.verdicts import ANYTHING, STANDINGS
from itsmctl.baseline.notes import plain
from itsmctl.baseline.pages import cell, sheet
from itsmctl.drawing import count, prose, rows, table
from itsmctl.escape import cut, visible
from itsmctl.secrecy import KEPT, holds_secret

if TYPE_CHECKING:
    from itsmctl.baseline.audit.accuracy import Accuracy
    from itsmctl.baseline.audit.observed import Observed
    from itsmctl.baseline.audit.verdicts import Checked, Field, Outcome, Stranger

SHAPES = ("text", "json", "markdown", "csv")
"""What an audit can be printed as."""

_LONGEST = 60  # columns of a value
_MOST = 200  # things of one sort that the text lists
_NEVER = "What nobody saw is neither equal nor different."


def text(found: Outcome, width: int) -> str:
    """For people at a terminal."""
    files = ", ".join(one.path for one in found.files)
    lines = [*prose(f"{found.expected.name} held against {files}", width), *rows(_facts(found), width)]
    lines += ["", *_accuracy(found, width)]
    lines += _items(found, width)
    lines += _things(found, width)
    lines += _more(found, width)
    return "\n".join([*lines, "", *prose(_verdict(found), width)]) + "\n"


def _items(found: Outcome, width: int) -> Iterator[str]:
    """The items that are not verified; those that there is nothing more to say of stand close together."""
    before: tuple[str, bool] = ("", True)
    for one in _listed(found):
        body = rows([(_name(field.pointer), _edit(field)) for field in one.differing], width, 4)
        body += prose(unseen(one), width, 4) if one.unseen else []
        body += prose(one.says, width, 4) if one.says else []
        if body or before != (one.standing, False):
            yield ""
        yield from table([(one.standing.upper(), _head(one, len(found.files) > 1))], width, 0, wrap=True)
        yield from body
        before = (one.standing, bool(body))


def _things(found: Outcome, width: int) -> Iterator[str]:
    """What nobody expected, and what could be several items."""
    for stranger in found.unexpected[:_MOST]:
        place = _place(stranger.thing.path, stranger.thing.at, found)
        yield from ("", *table([("UNEXPECTED", place)], width, 0, wrap=True))
        yield from rows([(_name(pointer), _value(seen)) for pointer, seen in stranger.label], width, 4)
        yield from prose(stranger.says, width, 4) if stranger.says else []
    for thing, items in found.doubtful[:_MOST]:
        yield from ("", *table([("UNCLEAR", _place(thing.path, thing.at, found))], width, 0, wrap=True))
        more = f" and {len(items) - 5} more" if items[5:] else ""
        yield from prose(f"it could be any of {', '.join(item.ref for item in items[:5])}{more}", width, 4)


def _listed(found: Outcome) -> list[Checked]:
    """What is not verified, worst first, by name."""
    held = [one for name in STANDINGS[:-1] for one in found.checked if one.standing == name]
    return held[:_MOST]


def _more(found: Outcome, width: int) -> list[str]:
    left = sum(one.standing != "verified" for one in found.checked) - len(_listed(found))
    left += max(len(found.unexpected) - _MOST, 0) + max(len(found.doubtful) - _MOST, 0)
    return ["", *prose(f"… and {left} more; -f csv lists all of them.", width)] if left else []


def _facts(found: Outcome) -> list[tuple[str, str]]:
    held = found.expected
    aside = {why: sum(one.set_aside.get(why, 0) for one in found.files) for one in found.files for why in one.set_aside}
    unknown = {
        name: sum(one.unknown.get(name, 0) for one in found.files) for one in found.files for name in one.unknown
    }
    scope = f"{len(found.checked)} of {count(len(held.frozen), 'item')}"
    return [
        ("recorded", f"commit {held.commit[:12]}, {held.time}"),
        ("root", held.root),
        ("sample", f"{len(found.drawn)} of {found.population}: {', '.join(found.drawn)}" if found.drawn else ""),
        ("in scope", scope),
        *((name, str(many)) for name, many in found.counts.items() if many),
        ("unexpected", str(len(found.unexpected)) if found.unexpected else ""),
        ("doubtful", count(len(found.doubtful), "row") if found.doubtful else ""),
        ("set aside", ", ".join(f"{count(many, 'row')} {why}" for why, many in sorted(aside.items()))),
        (
            "elsewhere",
            f"{count(found.elsewhere, 'row')} not in scope" if found.elsewhere else "",
        ),
        ("not covered", count(found.outside, "item") if found.outside else ""),
        ("class unknown", ", ".join(f"{_value(name)} ({many})" for name, many in sorted(unknown.items())[:10])),
    ]


def _accuracy(found: Outcome, width: int) -> list[str]:
    held = [*found.by_class, *([("all", found.whole)] if len(found.by_class) > 1 else [])]
    if width < _WIDE:
        return rows([(name, _sentence(one)) for name, one in held], width)
    entries = [
        (name, f"{one.verified} of {one.items}", one.of_items, f"{one.equal} of {one.fields}", one.of_fields)
        for name, one in held
    ]
    return table(entries, width, heads=("class", "verified", "", "fields equal", ""))


_WIDE = 64  # columns that the table needs


def _sentence(one: Accuracy) -> str:
    of_fields = f"{one.equal} of {one.fields} fields equal ({one.of_fields})"
    return f"{one.verified} of {one.items} verified ({one.of_items}); {of_fields}"


def _head(one: Checked, several: bool) -> str:
    places = [
        f"{sighting.thing.path} {sighting.thing.at}" if several else sighting.thing.at for sighting in one.sightings
    ]
    by = [_name(pointer) for pointer in one.sightings[0].by] if len(one.sightings) == 1 else []
    where = f", {', '.join(places[:3])}" if places else f", {one.item.type}"
    return f"{one.item.ref}{where}" + (f", by {' and '.join(by)}" if by else "")


def _place(path: str, at: str, found: Outcome) -> str:
    return f"{path} {at}" if len(found.files) > 1 else at


def _name(pointer: str) -> str:
    return pointer.removeprefix("/spec/").removeprefix("/metadata/").replace("/", ".")


def _edit(one: Field) -> str:
    if one.secret:
        return f"differs {KEPT}"
    return f"recorded {_value(values.shown(one.recorded, False))}, seen {_value(one.seen)}"


def _value(text_: str) -> str:
    return KEPT if holds_secret(text_) else cut(visible(text_), _LONGEST)


def unseen(one: Checked) -> str:
    """Which fields that count nobody saw of an item, in words."""
    return f"nobody saw {', '.join(name if name == ANYTHING else _name(name) for name in one.unseen)}"


def _verdict(found: Outcome) -> str:
    if found.is_as_recorded:
        return f"As recorded: {count(len(found.checked), 'item')} verified."
    said = [f"{many} {name}" for name, many in found.counts.items() if many and name != "verified"]
    said += [f"{len(found.unexpected)} unexpected"] if found.unexpected else []
    said += [f"{len(found.doubtful)} doubtful"] if found.doubtful else []
    advice = (
        f" {_NEVER} To verify by fewer fields, list them as criteria: in the mapping." if found.counts["partly"] else ""
    )
    return f"Not as recorded: {', '.join(said)}.{advice}"


def data(found: Outcome) -> dict[str, Any]:
    """For programs."""
    held = found.expected
    return {
        "baseline": held.name,
        "root": held.root,
        "commit": held.commit,
        "as_recorded": found.is_as_recorded,
        "files": [_file(one) for one in found.files],
        "sample": {"of": found.population, "items": list(found.drawn)} if found.drawn is not None else None,
        "counts": {
            "frozen": len(held.frozen),
            "in_scope": len(found.checked),
            **found.counts,
            "unexpected": len(found.unexpected),
            "doubtful": len(found.doubtful),
            "elsewhere": found.elsewhere,
            "not_covered": found.outside,
        },
        "accuracy": {name: _plain(one) for name, one in found.by_class},
        "whole": _plain(found.whole),
        "items": [_item(one) for one in found.checked],
        "unexpected": [_stranger(one) for one in found.unexpected],
        "doubtful": [
            {"file": thing.path, "at": thing.at, "could_be": [item.ref for item in items]}
            for thing, items in found.doubtful
        ],
    }


def _file(one: Observed) -> dict[str, Any]:
    unknown = {KEPT if holds_secret(name) else name: many for name, many in sorted(one.unknown.items())}
    return {
        "path": one.path,
        "sha256": one.sha256,
        "mapping": one.mapping.path or None,
        "rows": one.rows,
        "set_aside": dict(sorted(one.set_aside.items())),
        "class_unknown": unknown,
    }


def _plain(one: Accuracy) -> dict[str, int]:
    return {"items": one.items, "verified": one.verified, "fields": one.fields, "equal": one.equal}


def _item(one: Checked) -> dict[str, Any]:
    return {
        "ref": one.item.ref,
        "class": one.item.type,
        "standing": one.standing,
        "says": one.says or None,
        "found": [{"file": each.thing.path, "at": each.thing.at, "by": list(each.by)} for each in one.sightings],
        "fields": [_field(each) for each in one.fields],
        "not_seen": list(one.unseen),
    }


def _field(one: Field) -> dict[str, Any]:
    told = {"field": one.pointer, "equal": one.equal}
    return told | ({"secret": True} if one.secret else {"recorded": one.recorded, "seen": one.seen})


def _stranger(one: Stranger) -> dict[str, Any]:
    told = {"file": one.thing.path, "at": one.thing.at, "class": one.thing.type or None, "seen": dict(one.label)}
    return told | {"says": one.says or None}


_HEADS = ("standing", "item", "class", "field", "recorded", "seen", "file", "at")


def _table(found: Outcome) -> Iterator[tuple[str, ...]]:
    """A line for each field that was compared or that nobody saw, and for each thing without fields."""
    for one in found.checked:
        head = (one.item.ref, one.item.type)
        for field in one.fields:
            sides = (values.shown(field.recorded, field.secret), values.shown(field.seen, field.secret))
            yield ("equal" if field.equal else "different", *head, field.pointer, *sides, field.path, field.at)
        for pointer in one.unseen:
            yield ("not seen", *head, "" if pointer == ANYTHING else pointer, "", "", "", "")
        if one.standing in ("missing", "unclear"):
            first = one.sightings[0].thing if one.sightings else None
            yield (one.standing, *head, "", "", one.says, first.path if first else "", first.at if first else "")
    for stranger in found.unexpected:
        seen = "; ".join(
            [*(f"{_name(pointer)} {text_}" for pointer, text_ in stranger.label), *filter(None, [stranger.says])]
        )
        yield ("unexpected", "", stranger.thing.type, "", "", seen, stranger.thing.path, stranger.thing.at)
    for thing, items in found.doubtful:
        could = "could be " + ", ".join(item.ref for item in items)
        yield ("unclear", "", thing.type, "", "", could, thing.path, thing.at)


def csv_text(found: Outcome) -> str:
    """For a spreadsheet; no cell is taken for a formula."""
    return sheet(_HEADS, _table(found))


def markdown(found: Outcome) -> str:
    """For a pull request or a wiki: what is not as recorded, and the accuracy of each class."""
    lines = [f"# {plain(found.expected.name)} held against {plain(', '.join(one.path for one in found.files))}", ""]
    lines += [plain(_verdict(found)), ""]
    lines += [f"- {name}: {plain(said)}" for name, said in _facts(found) if said]
    lines += ["", *_grid(("class", "items", "verified", "fields", "equal", "of fields"), _counts(found)), ""]
    differing = [line for line in _table(found) if line[0] != "equal"]
    lines += _grid(_HEADS, differing) if differing else []
    return "\n".join(lines).rstrip("\n") + "\n"


def _counts(found: Outcome) -> Iterator[tuple[str, ...]]:
    for name, one in (*found.by_class, ("all", found.whole)):
        yield (name, str(one.items), str(one.verified), str(one.fields), str(one.equal), one.of_fields)


def _grid(heads: Sequence[str], lines: Iterator[tuple[str, ...]] | Sequence[tuple[str, ...]]) -> list[str]:
    body = [f"| {' | '.join(plain(cut(cell(one), _LONGEST * 2)) for one in line)} |" for line in lines]
    return [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads), *body]
