"""The items of a baseline as its commit holds them, with the law of their classes as of then. Reads the bench."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl import snapshot, sources
from itsmctl.baseline import arrival, rebuilding
from itsmctl.errors import CannotJudge
from itsmctl.inheritance import ItemClass, classes_of
from itsmctl.records import value_at
from itsmctl.secrecy import is_marked, is_named_secret

if TYPE_CHECKING:
    from itsmctl.baseline.fields import Manifest
    from itsmctl.baseline.place import Place
    from itsmctl.baseline.proof import Held
    from itsmctl.kinds import Kind

ITEM = "ConfigurationItem"
CLASS = "CIType"
NAME, TYPE, STATE, VERSION = "/metadata/name", "/spec/type", "/spec/state", "/spec/version"
ATTRIBUTES = "/spec/attributes/"


class Item(Struct, frozen=True, dict=True):
    """One configuration item as it was recorded. `frozen`: is it in the baseline, or only beside it at the commit?"""

    name: str
    data: Mapping[str, Any]
    of: ItemClass | None  # None where it names no class that is there
    frozen: bool

    @property
    def ref(self) -> str:
        """Kind/name."""
        return f"{ITEM}/{self.name}"

    @property
    def type(self) -> str:
        """The name of its class, as written where there is no such class."""
        return self.of.name if self.of is not None else str(value_at(self.data, TYPE) or "")

    @property
    def state(self) -> str:
        """Where it stands in its life."""
        return str(value_at(self.data, STATE) or "")

    @property
    def lineage(self) -> Sequence[str]:
        """Its class, and those that this one extends."""
        return self.of.lineage if self.of is not None else (self.type,)

    def value(self, pointer: str) -> Any:
        """What the record says there; None where it says nothing."""
        return value_at(self.data, pointer)

    @cached_property
    def identity(self) -> tuple[tuple[str, ...], ...]:
        """The sets of its class that tell it, best first, as pointers."""
        sets = self.of.terms.get("identity", ()) if self.of is not None else ()
        return tuple(tuple(ATTRIBUTES + name for name in one) for one in sets)

    @cached_property
    def controlled(self) -> tuple[str, ...]:
        """The fields whose change makes a new version; the version itself where the class lists none."""
        return tuple(self._control.get("fields", ())) or (VERSION,)

    def ignores(self, pointer: str) -> bool:
        """Does its class say that the field is not compared with reality?"""
        return any(is_below(pointer, one) for one in self._control.get("ignore", ()))

    def is_secret(self, pointer: str) -> bool:
        """Must its value never be shown? By its name, or because the class marks the attribute so."""
        return is_named_secret(pointer) or any(is_below(pointer, one) for one in self.marked)

    @cached_property
    def marked(self) -> frozenset[str]:
        """The attributes that the class says to be secret (writeOnly)."""
        return _marked(self.of) if self.of is not None else frozenset()

    def knows(self, pointer: str) -> bool:
        """Can an item of this class have the field? An attribute that the class does not describe it cannot."""
        name = pointer.removeprefix(ATTRIBUTES).partition("/")[0]
        if not pointer.startswith(ATTRIBUTES):
            return True
        return self.value(ATTRIBUTES + name) is not None or (self.of is not None and name in self.of.attributes)

    @property
    def _control(self) -> Mapping[str, Any]:
        return self.of.terms.get("control", {}) if self.of is not None else {}


class Expected(Struct, frozen=True, dict=True):
    """What a baseline says is there. `items`: every configuration item at its commit, by name."""

    name: str
    root: str
    commit: str
    time: str
    items: Mapping[str, Item]
    classes: Mapping[str, ItemClass]  # by name of today and former ones
    kind: Kind  # ConfigurationItem
    unsound: frozenset[str] = frozenset()  # classes that break their schema, or cannot be read
    marks: frozenset[bytes] = frozenset()  # digests that stand in exports of it, and nowhere else

    @cached_property
    def frozen(self) -> tuple[Item, ...]:
        """The items of the baseline, by name."""
        return tuple(item for _, item in sorted(self.items.items()) if item.frozen)

    @cached_property
    def marked(self) -> frozenset[str]:
        """The attributes that any class says to be secret: of what class a stranger is, nobody knows."""
        return frozenset().union(*(_marked(one) for one in self.classes.values()))


def _marked(of: ItemClass) -> frozenset[str]:
    return frozenset(ATTRIBUTES + name for name, form in of.attributes.items() if is_marked(form))


def is_below(pointer: str, above: str) -> bool:
    """Is it the same place, or one inside of it?"""
    return pointer == above or pointer.startswith(f"{above}/")


def expected(place: Place, held: Held) -> Expected:
    """The items of `held`. Raises CannotJudge where it is not what its commit holds, or the law there cannot be read.

    What the rules of this program make of it does not matter: only what it says of records has to hold.
    """
    for fault in rebuilding.manifest_faults(place.bench, place.prefix, place.tip.tree, held.name, place.environ):
        if fault.severity == "note" or fault.code == rebuilding.DIFFERS:
            continue
        raise CannotJudge(f"{held.name} is not what its commit gives: {fault.says}", _VERIFY.format(held.name))
    wrong = arrival.replaced(place, held)
    if wrong:
        raise CannotJudge(wrong, _VERIFY.format(held.name))
    manifest = held.manifest
    revision = place.bench.revision(manifest.source.commit)
    law = place.law(revision)
    head = snapshot.read(sources.Commit(place.bench.repo, place.prefix, revision), law)
    classes = classes_of(head)
    frozen = {one.name for one in manifest.items if one.kind == ITEM}
    if not frozen:
        says = f"{held.name} holds no configuration items, so there is nothing to hold against reality"
        raise CannotJudge(says, "itsmctl baseline list shows the others.")
    items = {}
    for record in head.by_kind.get(ITEM, ()):
        type_ = value_at(record.data, TYPE)
        items[record.name] = Item(record.name, record.data, classes.get(str(type_)), record.name in frozen)
    lacking = sorted(frozen - items.keys())
    if lacking:
        raise CannotJudge(f"{held.name}: {ITEM}/{lacking[0]} cannot be read at its commit", _VERIFY.format(held.name))
    for item in items.values():
        if item.frozen and item.of is not None and item.of.unknown:
            says = f"by what {item.ref} is recognised cannot be told: {item.of.unknown} cannot be read at the commit"
            raise CannotJudge(says, "Audit a baseline of a commit where that class can be read.")
    unsound = {one.name for one in head.by_kind.get(CLASS, ()) if not one.sound}
    unsound |= {ref.partition("/")[2] for ref in head.unread if ref.startswith(f"{CLASS}/")}
    about = (held.name, manifest.root, manifest.source.commit, manifest.source.time)
    return Expected(*about, items, classes, law.kinds[ITEM], frozenset(unsound), _marks(manifest))


def _marks(manifest: Manifest) -> frozenset[bytes]:
    """What nobody sees who looks at an item, and only records tell: the root of all, and the digest of each."""
    return frozenset(one.encode() for one in (manifest.root, *(item.digest for item in manifest.items)))


_VERIFY = "itsmctl baseline verify {} tells more."
