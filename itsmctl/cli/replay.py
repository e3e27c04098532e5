"""Opens a branch for `audit history`, and reports on what its replay says. Decides nothing."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from itsmctl.cli import courtroom
from itsmctl.errors import CannotJudge, Misuse

if TYPE_CHECKING:
    from itsmctl.findings import Report


def report(span: str, root: Path | None, target: str | None, receipts: Path | None, pinned: str) -> Report:
    """The report on SINCE..REF, or on all of REF."""
    from itsmctl import recounting
    from itsmctl.replaying import Replay

    since, dots, tip = span.rpartition("..")
    if dots and (not since or not tip or since.endswith(".") or tip.startswith(".")):
        raise Misuse(f"{span!r} is no span of history", "Write SINCE..REF, such as v1.4..main, or REF alone.")
    with courtroom.opened(root, courtroom.What(tip, tip, target), courtroom.Supposed()) as case:
        ask = case.ask
        start = case.repo.resolve(since).oid if since else ""
        replay = Replay(case.bench, ask.prefix, ask.target, os.environ, times(receipts), pinned)
        steps = list(replay.steps(start, ask.base.oid))
        return recounting.report(steps, ask.base.label, ask.prefix.rstrip("/"))


def times(folder: Path | None) -> dict[tuple[str, str], datetime]:
    """(base, merge tree) → the time that the receipt of an allowed merge gives. Other files are passed over."""
    found: dict[tuple[str, str], datetime] = {}
    if folder is not None and not folder.is_dir():
        raise Misuse(f"--receipts {folder} is no folder", "Give the folder that holds the receipts.")
    for path in sorted(folder.rglob("*.json")) if folder is not None else ():
        try:
            predicate = json.loads(path.read_bytes())["predicate"]
            moment = datetime.fromisoformat(predicate["time"])
            base, tree = predicate["base"], predicate["tree"]
        except OSError as error:
            raise CannotJudge(f"the receipt {path} cannot be read: {error.strerror}") from None
        except (ValueError, KeyError, TypeError):
            continue
        found.setdefault((str(base), str(tree)), moment)
    return found
