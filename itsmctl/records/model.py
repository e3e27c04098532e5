"""What reading a file gives: a Record, or remarks that say why it is none. Values only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from sys import intern
from typing import Any

from msgspec import Struct
from msgspec.structs import force_setattr, replace

from itsmctl import yamltext
from itsmctl.findings import Severity
from itsmctl.kinds import Kinds
from itsmctl.records.pointing import value_at
from itsmctl.settings import View

ROOT = "records"
CHANGE = "ChangeRequest"
"""The kind that people decide on."""

NAME = r"^[A-Za-z0-9]+(?:(?:\.|[_-]+)[A-Za-z0-9]+)*$"
"""What a record can be called at all, and all that is called after one."""
SUFFIX = ".yaml"


class Remark(Struct, frozen=True):
    """A finding whose place is still a pointer into a file, so that only what is reported has to be located."""

    rule: str
    severity: Severity
    message: str
    path: str
    record: str = ""
    pointer: str = ""
    key: bool = False  # the place is the key, not the value
    hint: str = ""
    related: tuple[tuple[str, str, str], ...] = ()  # (path, pointer, message)
    span: yamltext.Span | None = None  # known already: the file could not be read
    spans: tuple[tuple[yamltext.Span, str], ...] = ()  # related spans of the same file
    identity: tuple[str, ...] = ()  # semantic path and value, see `identify`
    about: str = ""  # the policy that came to no verdict, where that is the remark
    because: str = ""  # Kind/name of a record whose own finding explains this one
    blinds: bool = False  # no policy looks at the file while this stands
    to: str = ""  # the path that the hint moves the file to

    def in_the_way(self, paths: Collection[str]) -> Remark:
        """This remark, with another hint where a file stands already where the file should be moved to."""
        if not self.to or self.to not in paths:
            return self
        return replace(self, hint=f"{self.to} is there already: bring the two together in it, and delete this file.")


class Record(Struct, frozen=True):
    """One record as written: plain data, where it stands, and what it refers to."""

    kind: str
    name: str
    path: str
    blob: str
    data: Mapping[str, Any]
    references: tuple[tuple[str, str], ...] = ()  # (pointer, Kind/name)
    sound: bool = True  # False: it breaks its schema, so rules do not look at it
    ref: str = ""  # Kind/name: follows from both

    def __post_init__(self) -> None:
        force_setattr(self, "ref", intern(f"{self.kind}/{self.name}"))

    @property
    def state(self) -> str:
        """`spec.state`, or an empty string."""
        spec = self.data.get("spec")
        return str(spec.get("state") or "") if type(spec) is dict else ""

    @property
    def title(self) -> str:
        """`metadata.title`, or the name."""
        return str(value_at(self.data, "/metadata/title") or self.name)


class Reading(Struct, frozen=True):
    """What one file gave: a record or none, and remarks. `identity` is (kind, name) by path, whatever is inside."""

    path: str
    record: Record | None
    identity: tuple[str, str] | None
    remarks: tuple[Remark, ...] = ()


class Law(Struct, frozen=True):
    """What decides how a file is read: the kinds, and what the settings say of their homes; rules ask it for more."""

    kinds: Kinds
    settings: View

    def home(self, plural: str, name: str) -> str:
        """The one path of a record."""
        return self.settings.home(plural, name)
