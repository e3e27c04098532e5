"""What verification found, for people and for programs. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from itsmctl.baseline import fields
from itsmctl.baseline.recipe import recipe
from itsmctl.drawing import command, count, prose, rows, table
from itsmctl.escape import columns, visible

if TYPE_CHECKING:
    from itsmctl.baseline.verification import Verified


def text(found: Verified, prefix: str, width: int, is_brief: bool = False) -> str:
    """The verdict, what was looked at, what does not hold and what to do, and the same check by hand."""
    verdict = "HOLDS" if found.holds else "DOES NOT HOLD"
    if found.holds and not found.is_agreed:
        verdict = "HOLDS, as a snapshot"
    lines = [f"{visible(found.name)}  {verdict}"]
    if found.held is not None:
        manifest = found.held.manifest
        agreed = ", ".join(f"{one.person} ({one.role})" for one in found.agreements if one.counts)
        about = [
            ("frozen", f"commit {manifest.source.commit[:12]}, {manifest.source.time}"),
            ("holds", count(len(manifest.items), "record")),
            ("root", manifest.root),
            ("added by", f"commit {found.commit[:12]}" if found.commit else ""),
            ("agreed by", agreed or "nobody"),
            ("replaces", manifest.supersedes.name if manifest.supersedes else ""),
        ]
        lines += rows(about, width)
    for one in found.faults:
        lines += ["", *table([(f"{one.severity}: {one.code}", one.says)], width, wrap=True)]
        lines += _help(one.hint, width) if one.hint else []
    if found.held is not None and not is_brief:
        lines += ["", "The same by hand:", "", *by_hand(found, prefix)]
    return "\n".join(lines) + "\n"


def _help(hint: str, width: int) -> list[str]:
    """What to do; a command alone is there to be copied."""
    if hint.startswith(("itsmctl ", "git ", "pip ")) and " shows " not in hint:
        return ["    help:", *command(hint, width, 6)] if columns(hint) + 10 > width else [f"    help: {visible(hint)}"]
    return prose(f"help: {hint}", width, 4)


def by_hand(found: Verified, prefix: str) -> list[str]:
    """The lines of the recipe."""
    if found.held is None:
        return []
    data = fields.data(found.held.manifest)
    wrong = sorted({one.code for one in found.faults if one.severity == "error"})
    return recipe(data, prefix, found.agreements, found.signer, wrong)


def data(found: Verified, prefix: str) -> dict[str, Any]:
    """The same for programs."""
    manifest = found.held.manifest if found.held is not None else None
    return {
        "baseline": found.name,
        "holds": found.holds,
        "agreed": found.is_agreed,
        "root": manifest.root if manifest else None,
        "source": fields.data(manifest.source) if manifest else None,
        "added_by": found.commit or None,
        "faults": [
            {"code": one.code, "severity": one.severity, "says": one.says, "help": one.hint, "path": one.path}
            for one in found.faults
        ],
        "agreements": [
            {"path": one.path, "person": one.person, "role": one.role, "counts": one.counts, "code": one.code}
            | {"says": one.says}
            for one in found.agreements
        ],
        "recipe": by_hand(found, prefix),
    }
