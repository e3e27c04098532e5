"""The names at a governed root that mean something, and names that people or file systems take for them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from itsmctl.errors import CannotJudge

FILE = "itsm.yaml"
OURS = (FILE, "policies", "records", "schemas")


def refuse_mistaken(names: Iterable[str], label: str) -> None:
    """Raises CannotJudge where one of the `names` at the root of `label` is easily taken for one of ours.

    What stands in Policies/ would be law to whoever reads it, and to a file system that knows no letter case.
    """
    for name, ours in mistaken(names):
        raise CannotJudge(
            f"{name} in the {label} is easily taken for {ours}, and nothing in it is looked at",
            f"Rename it to {ours} if it is meant to be that, else to something else.",
        )


def mistaken(names: Iterable[str]) -> list[tuple[str, str]]:
    """(name, the name of ours that it is easily taken for), for those of `names` that are none of ours; sorted."""
    taken = {_folded(name): name for name in OURS}
    found = ((name, taken.get(_folded(name), "")) for name in names if name not in OURS)
    return sorted((name, ours) for name, ours in found if ours)


def _folded(name: str) -> str:
    """Without what a file system or an eye passes over: letter case, width, invisible characters, dots at the end."""
    shown = (char for char in unicodedata.normalize("NFKC", name) if unicodedata.category(char) not in ("Cf", "Cc"))
    folded = "".join(shown).casefold().strip(" .")
    return f"{folded[:-4]}.yaml" if folded.endswith(".yml") else folded
