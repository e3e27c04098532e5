"""How right records are: counts of items and fields, and their shares. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from itsmctl.baseline.audit.verdicts import Checked


class Accuracy(Struct, frozen=True):
    """Counts of items and of fields."""

    items: int
    verified: int
    fields: int
    equal: int

    @property
    def of_fields(self) -> str:
        """Equal fields as a share of those compared, like `98.6 %`; `–` where none was compared."""
        return _share(self.equal, self.fields)

    @property
    def of_items(self) -> str:
        """Verified items as a share of those in scope."""
        return _share(self.verified, self.items)


def accuracy(checked: Iterable[Checked]) -> Accuracy:
    """How right records are.

    Formula: equal fields / fields compared, and items verified / items in scope. A field that nobody saw is neither
    equal nor compared; a field by which an item was recognised is left out, since it is equal by that. Shares are
    rounded down, so that only what is whole reads as 100 %.
    Source: ISO/IEC 20000-1:2018, 8.2.6 on verifying the accuracy of configuration information at planned intervals;
    that accuracy is this share of fields is our reading.
    """
    held = list(checked)
    fields = [one for each in held for one in each.counted]
    equal = sum(one.equal for one in fields)
    return Accuracy(len(held), sum(one.standing == "verified" for one in held), len(fields), equal)


def _share(part: int, whole: int) -> str:
    if not whole:
        return "–"
    tenths = part * 1000 // whole
    return f"{tenths // 10}.{tenths % 10} %" if part < whole else "100 %"
