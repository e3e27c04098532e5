"""What a head may do to evidence and to baselines: add what holds, alter and remove nothing. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from itsmctl.gate.verdict import About, Verdict, deny
from itsmctl.protecting import SHELVES
from itsmctl.records import CHANGE

if TYPE_CHECKING:
    from itsmctl.gate.model import Proposal
    from itsmctl.votes import Evidence

APPROVALS, BASELINES = SHELVES
_AGREEMENT = re.compile(rf"{BASELINES}[^/]+/agreement/")


def is_agreement(path: str) -> bool:
    """Is that where agreements to a baseline stand? They are signed themselves, as votes are."""
    return _AGREEMENT.match(path) is not None


def faults(proposal: Proposal, evidence: Evidence) -> Iterator[Verdict]:
    """A verdict on every file under approvals/ or baselines/ that the head may not bring, alter or take away."""
    read = {name for name, _ in evidence.read}
    broken = {path: one for one in evidence.refused if one.is_broken for path in (one.source, f"{one.source}.sig")}
    for path, deed in sorted(proposal.shelf.items()):
        if deed != "added":
            says = f"{path} is {deed}: evidence and baselines are added to, and never altered or removed"
            about = About(path, "", "base" if deed == "removed" else "merge")
            change = proposal.base.get(f"{CHANGE}/{path.split('/')[1]}") if path.startswith(APPROVALS) else None
            if deed == "removed" and change is not None and change.state == "implementing":
                says += f". What that change did is taken back by itsmctl change backout {change.name}"
            yield deny("check", path, "EVIDENCE_ALTERED", says, about)
        elif path in broken:
            one = broken[path]
            says = f"{path} proves nothing: {one.says}"
            yield deny("check", path, "EVIDENCE_INVALID", says, About(path), reason=one.code)
        elif path.startswith(APPROVALS) and path not in read:
            says = f"{path} is no evidence that anybody could read: only statements and their signatures stand there"
            yield deny("check", path, "EVIDENCE_INVALID", says, About(path), reason="UNREAD")
        elif path in proposal.unproven:
            yield deny("check", path, "BASELINE_UNPROVEN", f"{path}: {proposal.unproven[path]}", About(path))
