"""Opens a branch for `audit history`, and reports on what its replay says. Decides nothing."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from itsmctl.cli import courtroom
from itsmctl.errors import CannotJudge, Misuse

if TYPE_CHECKING:
    from itsmctl.findings import Report
    from itsmctl.keeping import Kept


def report(span: str, root: Path | None, target: str | None, receipts: Path | None, pinned: str) -> Report:
    """The report on SINCE..REF, or on all of REF."""
    from itsmctl import destination, inline, recounting, turning
    from itsmctl.replaying import UNGOVERNED, Replay
    from itsmctl.settings import FILE

    since, dots, tip = span.rpartition("..")
    if dots and (not since or not tip or since.endswith(".") or tip.startswith(".")):
        raise Misuse(f"{span!r} is no span of history", "Write SINCE..REF, such as v1.4..main, or REF alone.")
    with courtroom.opened(root, courtroom.What(tip, tip, target), courtroom.Supposed()) as case:
        ask = case.ask
        start = case.repo.resolve(since).oid if since else ""
        kept, target = _kept(receipts), ask.target or destination.at(case.bench, ask.base.oid, ask.prefix)
        replay = Replay(
            case.bench,
            ask.prefix,
            ask.target,
            os.environ,
            kept.times(target),
            kept.let_in(target),
            pinned,
            reviewed=partial(kept.reviewed, target) if kept.reviews else None,
        )
        steps = list(replay.steps(start, ask.base.oid))
        is_governed = case.bench.repo.ids([f"{ask.base.oid}:{ask.prefix}{FILE}"])[0]
        if not is_governed and all(step.passed or step.says == UNGOVERNED for step in steps):
            raise inline.nothing(case.bench, ask.base, ask.prefix)
        held = recounting.Held(kept.strays, replay.left_out(ask.base.oid, kept.bases(target)), kept.others)
        turned = list(turning.lines(replay, start, ask.base.oid))
        place = ask.prefix.rstrip("/")
        return recounting.report(steps, ask.base.label, place, pinned=bool(pinned), held=held, turned=turned)


def _kept(folder: Path | None) -> Kept:
    """What the files of a folder are, as receipts. Raises CannotJudge where one cannot be opened."""
    from itsmctl import keeping

    if folder is None:
        return keeping.Kept()
    if not folder.is_dir():
        raise Misuse(f"--receipts {folder} is no folder", "Give the folder that holds the receipts.")
    found = []
    for path in sorted(folder.rglob("*.json")):
        try:
            found.append((path.relative_to(folder).as_posix(), path.read_bytes()))
        except OSError as error:
            raise CannotJudge(f"the receipt {path} cannot be read: {error.strerror}") from None
    return keeping.of(found)
