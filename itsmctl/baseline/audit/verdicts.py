"""What of a baseline was found as recorded, what not, and what nobody saw. Compares; decides nothing else. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from itsmctl.baseline.audit import sampling, values
from itsmctl.baseline.audit.accuracy import Accuracy, accuracy
from itsmctl.baseline.audit.expected import ATTRIBUTES, NAME, STATE, TYPE, Expected, Item, is_below
from itsmctl.baseline.audit.mapping import folded
from itsmctl.baseline.audit.matching import Matched, Sighting, match
from itsmctl.baseline.cyclonedx import as_text
from itsmctl.errors import CannotJudge

if TYPE_CHECKING:
    from itsmctl.baseline.audit.observed import Observation, Observed

Standing = Literal["verified", "partly", "different", "missing", "unclear"]
"""partly: all that was seen is equal, and not all that counts was seen. unclear: which thing it is cannot be told."""

STANDINGS: tuple[Standing, ...] = ("different", "missing", "unclear", "partly", "verified")
"""Worst first."""

_NOT_THERE = ("planned", "ordered", "disposed")  # states in which nothing can be found

ANYTHING = "anything but what it is recognised by"


class Field(Struct, frozen=True):
    """One field that was compared. `secret`: neither side may be shown. `by`: was the item recognised by it?"""

    pointer: str
    equal: bool
    recorded: Any
    seen: str
    secret: bool
    by: bool
    path: str
    at: str


class Checked(Struct, frozen=True):
    """One item of the baseline that was looked for. `unseen`: fields that count and that nobody saw."""

    item: Item
    standing: Standing
    fields: tuple[Field, ...] = ()
    unseen: tuple[str, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    says: str = ""

    @property
    def differing(self) -> tuple[Field, ...]:
        """The fields that are not as recorded."""
        return tuple(one for one in self.fields if not one.equal)

    @property
    def counted(self) -> tuple[Field, ...]:
        """The fields that accuracy is of: not those by which the item was recognised, which are equal by that."""
        return tuple(one for one in self.fields if not one.by)


class Stranger(Struct, frozen=True):
    """A thing that no record of the commit is about. `label`: (field, text) by which people may know it.

    `says`: which record bears its name, where one does.
    """

    thing: Observation
    label: tuple[tuple[str, str], ...]
    says: str = ""


class Outcome(Struct, frozen=True, dict=True):
    """All that an audit found. `drawn`: the sample, None where every item was looked for.

    `outside`: items of the baseline that no file covers and none shows. `elsewhere`: things that are recorded at the
    commit and not in this baseline, or not in the sample, and unknown ones that a file is not about.
    """

    expected: Expected
    files: tuple[Observed, ...]
    checked: tuple[Checked, ...]
    unexpected: tuple[Stranger, ...]
    drawn: tuple[str, ...] | None
    population: int
    outside: int
    elsewhere: int
    doubtful: tuple[tuple[Observation, tuple[Item, ...]], ...]

    @property
    def is_as_recorded(self) -> bool:
        """Was every item that is in scope verified, and nothing else seen?"""
        return not (self.unexpected or self.doubtful) and all(one.standing == "verified" for one in self.checked)

    @cached_property
    def counts(self) -> Mapping[Standing, int]:
        """Standing → how many items, worst first."""
        return {name: sum(one.standing == name for one in self.checked) for name in STANDINGS}

    @cached_property
    def by_class(self) -> tuple[tuple[str, Accuracy], ...]:
        """Class → its accuracy, by name."""
        names = sorted({one.item.type for one in self.checked})
        return tuple((name, accuracy(one for one in self.checked if one.item.type == name)) for name in names)

    @cached_property
    def whole(self) -> Accuracy:
        """The accuracy of all."""
        return accuracy(self.checked)


def population(expected: Expected, files: Sequence[Observed]) -> list[Item]:
    """The items of the baseline that some file can be expected to show."""
    return [item for item in expected.frozen if any(_covers(one, item) for one in files)]


def _covers(seen: Observed, item: Item) -> bool:
    covers = seen.mapping.covers
    if covers.classes and not any(one in item.lineage for one in covers.classes):
        return False
    if item.state not in covers.states:
        return False
    return all(_is_one_of(item.value(pointer), allowed) for pointer, allowed in covers.where)


def _is_outside(thing: Observation, seen: Observed) -> bool:
    """Was it seen at another place than those that the file is about?"""
    for pointer, allowed in seen.mapping.covers.where:
        text, source = thing.values.get(pointer), seen.mapping.sources.get(pointer)
        if text is not None and source is not None:
            told = [folded(text) == folded(as_text(one)) or values.is_equal(one, text, source) for one in allowed]
            if all(one is False for one in told):
                return True
    return False


def _is_one_of(value: Any, allowed: Sequence[Any]) -> bool:
    return value is not None and folded(as_text(value)) in {folded(as_text(one)) for one in allowed}


def audit(expected: Expected, files: Sequence[Observed], sample: int | None = None) -> Outcome:
    """Hold the items against what the files show. Raises CannotJudge where they can show none of them."""
    covered = population(expected, files)
    if not covered:
        says = f"the files cover none of the {len(expected.frozen)} configuration items of {expected.name}"
        raise CannotJudge(says, "Correct covers: in the mapping, or audit a baseline that holds such items.")
    refs = tuple(item.ref for item in covered)
    drawn = sampling.drawn(refs, expected.root, sample) if sample is not None else None
    found = [match(expected, one) for one in files]
    judge = _Judge(files, found)
    picked = frozenset(drawn if drawn is not None else refs)
    looked = {item.name for item in covered if item.ref in picked}
    if drawn is None:
        looked |= {name for one in found for name in one.sightings if expected.items[name].frozen}
    checked = tuple(judge.item(item) for item in expected.frozen if item.name in looked)
    unknown = [(thing, seen) for seen, one in zip(files, found, strict=True) for thing in one.strangers]
    strangers = [(thing, seen) for thing, seen in unknown if not _is_outside(thing, seen)]
    elsewhere = sum(len(seen) for one in found for name, seen in one.sightings.items() if name not in looked)
    return Outcome(
        expected,
        tuple(files),
        checked,
        tuple(Stranger(thing, _label(thing, seen, expected), _namesake(thing, expected)) for thing, seen in strangers),
        drawn,
        len(covered),
        sum(item.name not in looked for item in expected.frozen) if drawn is None else 0,
        elsewhere + len(unknown) - len(strangers),
        tuple(pair for one in found for pair in one.doubtful),
    )


_LABELS = 4  # fields of a stranger that are told


def _label(thing: Observation, seen: Observed, expected: Expected) -> tuple[tuple[str, str], ...]:
    """What was seen of it, the name first; no secrets."""
    sources = seen.mapping.sources
    order = sorted(thing.values, key=lambda pointer: (pointer != NAME, not pointer.startswith(ATTRIBUTES)))
    told = [(at, thing.values[at]) for at in order if not any(is_below(at, one) for one in expected.marked)]
    return tuple((pointer, text) for pointer, text in told if not values.is_secret(None, sources[pointer], text))[
        :_LABELS
    ]


def _namesake(thing: Observation, expected: Expected) -> str:
    """A thing that bears the name of an item and is another by what goes before names."""
    item = expected.items.get(thing.values.get(NAME, ""))
    sets = [one for one in item.identity if all(pointer in thing.values for pointer in one)] if item is not None else []
    if item is None or not sets:
        return ""
    fields = " and ".join(pointer.removeprefix(ATTRIBUTES) for pointer in sets[0])
    return f"{item.ref} has that name, and another {fields}"


class _Judge:
    """Judges one item by what all files show of it."""

    def __init__(self, files: Sequence[Observed], found: Sequence[Matched]) -> None:
        self.files = files
        self.found = found
        self.doubted: dict[str, tuple[Observation, int]] = {}
        for one in found:
            for thing, candidates in one.doubtful:
                for item in candidates:
                    self.doubted.setdefault(item.name, (thing, len(candidates)))

    def item(self, item: Item) -> Checked:
        """Its standing, and the fields that were compared."""
        seen = [(file, one.sightings.get(item.name, ())) for file, one in zip(self.files, self.found, strict=True)]
        sightings = tuple(sighting for _, held in seen for sighting in held)
        twice = next((held for _, held in seen if len(held) > 1), None)
        if twice is not None:
            places = " and ".join(one.thing.at for one in twice[:3]) + (" and more" if twice[3:] else "")
            return Checked(item, "unclear", (), (), sightings, f"it stands {len(twice)} times in one file: {places}")
        if not sightings:
            if item.name in self.doubted:
                thing, number = self.doubted[item.name]
                says = f"{thing.at} could be it, or {number - 1} other item{'s' if number > 2 else ''}"
                return Checked(item, "unclear", says=says)
            return Checked(item, "missing")
        fields = tuple(one for file, held in seen for sighting in held for one in _compared(item, sighting, file))
        unseen = self._unseen(item, fields, sightings)
        standing: Standing = "different" if any(not one.equal for one in fields) else "partly" if unseen else "verified"
        return Checked(item, standing, fields, unseen, sightings)

    def _unseen(self, item: Item, fields: Sequence[Field], sightings: Sequence[Sighting]) -> tuple[str, ...]:
        """What counts for an item to be verified, and was not seen."""
        shown = [file for file in self.files if any(one.thing.path == file.path for one in sightings)]
        named = [pointer for file in shown for pointer in file.mapping.criteria]
        wanted = dict.fromkeys(
            leaf for pointer in named or item.controlled for leaf in _leaves(item, pointer) if not item.ignores(leaf)
        )
        seen = [one.pointer for one in fields]
        lacking = tuple(one for one in wanted if not any(is_below(one, held) for held in seen))
        if not wanted and not any(not one.by and one.pointer != TYPE for one in fields):
            return (ANYTHING,)
        return lacking


def _leaves(item: Item, pointer: str) -> list[str]:
    """The field, or those inside of it that the record has."""
    value = item.value(pointer)
    if value is None:
        return []
    if isinstance(value, dict) and value:
        return [f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}" for key in value]
    return [pointer]


def _compared(item: Item, sighting: Sighting, seen: Observed) -> Iterator[Field]:
    """Every field that both sides can have; what the class ignores is left out."""
    thing = sighting.thing
    if thing.type and not item.ignores(TYPE):
        equal = thing.type in item.lineage
        yield Field(TYPE, equal, item.type, thing.type, False, False, thing.path, thing.at)
    for pointer, source in seen.mapping.sources.items():
        text = thing.values.get(pointer)
        if text is None or item.ignores(pointer) or not item.knows(pointer):
            continue
        recorded = item.value(pointer)
        equal_ = values.is_equal(recorded, text, source) if recorded is not None else False
        if equal_ is not None:
            secret = values.is_secret(item, source, recorded, text)
            yield Field(pointer, equal_, recorded, text, secret, pointer in sighting.by, thing.path, thing.at)
    if STATE not in thing.values and item.state in _NOT_THERE and not item.ignores(STATE):
        yield Field(STATE, False, item.state, "it is there", False, False, thing.path, thing.at)
