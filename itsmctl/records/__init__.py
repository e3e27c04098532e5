"""One file → one Record, or remarks that say why it is none; and where in the file what they name stands.

`read` is pure; `Places` reads files through a source.
"""

from __future__ import annotations

from itsmctl.records.model import CHANGE, NAME, ROOT, SUFFIX, Law, Reading, Record, Remark
from itsmctl.records.places import Places, key_of
from itsmctl.records.pointing import ITEM_KEYS, matches, same, value_at
from itsmctl.records.reading import read
from itsmctl.records.references import references_of
from itsmctl.records.rules import RULES

__all__ = [
    "CHANGE",
    "ITEM_KEYS",
    "NAME",
    "ROOT",
    "RULES",
    "SUFFIX",
    "Law",
    "Places",
    "Reading",
    "Record",
    "Remark",
    "key_of",
    "matches",
    "read",
    "references_of",
    "same",
    "value_at",
]
