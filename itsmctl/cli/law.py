"""The rulebook for commands that work anywhere: of the governed repository around here, else the built-in one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from itsmctl.cli.workplace import Workplace
    from itsmctl.rulebook import Rulebook


def around(root: Path | None, *, staged: bool = False) -> tuple[Workplace | None, Rulebook]:
    """The repository that `root` names, or that the current folder is in; (None, built-in law) outside of any.

    The law is that of the work tree, or what is `staged` of it.

    Raises CannotJudge where there is a repository and its law cannot be read.
    """
    from itsmctl import rulebook
    from itsmctl.cli import workplace
    from itsmctl.settings import FILE

    here = Path.cwd()
    if root is None and not any(os.path.lexists(folder / FILE) for folder in (here, *here.parents)):
        return None, rulebook.builtin()
    place = workplace.find(root)
    return place, place.rulebook(place.source(staged=staged))
