"""Is each commit by whom it says? Asked where settings at the base require signatures: by key, never by name. Pure.

Without that setting an author is whoever the commit names, since git asks nobody: then a contributor who writes another
name is not known as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from itsmctl.gate import contributors
from itsmctl.gate.shelf import BASELINES, is_agreement
from itsmctl.gate.verdict import Verdict, deny
from itsmctl.records import ROOT

if TYPE_CHECKING:
    from itsmctl.gate.model import Brought, Proposal
    from itsmctl.roster import Roster
    from itsmctl.votes import Facts


def faults(proposal: Proposal, roster: Roster, facts: Iterable[Facts]) -> Iterator[Verdict]:
    """One node for each commit that touches what is governed and is not signed by its author and committer. UNSIGNED.

    A commit that a carrier made, and proves to be its own, speaks for the author whom the forge has logged in. Votes
    and agreements are signed themselves, so that whoever only brings them along signs nothing. Who made a baseline does
    not agree to it: by its commits it is told who that was.
    """
    if proposal.rulebook.settings.data.get("commit_signatures", "optional") != "required":
        return
    governed = {one.path for one in proposal.edits.values()}
    governed |= {one.before.path for one in proposal.edits.values() if one.before is not None}
    governed |= {path for path in proposal.shelf if path.startswith(BASELINES) and not is_agreement(path)}
    facts = tuple(facts)
    for commit in proposal.commits:
        if commit.evidence_only or not any(path in governed or path.startswith(f"{ROOT}/") for path in commit.paths):
            continue
        if contributors.is_carried(commit, proposal, facts):
            continue
        why = _why(commit, roster)
        if why:
            again = contributors.made_anew(proposal, f"{commit.short}^", "--gpg-sign")
            says = (
                f"commit {commit.short} {why}, and itsm.yaml at the base requires commit_signatures: let its author "
                f"sign it with a key of their Person record: {again}"
            )
            yield deny("check", commit.short, "UNSIGNED", says, commit=commit.oid)


def _why(commit: Brought, roster: Roster) -> str:
    """What is wrong with whose it is; nothing where all is proven."""
    keys = [roster.key(hand.key) for hand in commit.hands if hand.role == "signer" and hand.proven]
    signers = {key.person for key in keys if key is not None and key.counts_at(roster.now)}
    if not signers:
        return "is not signed with a key that counts"
    for hand in commit.hands:
        if hand.role in ("author", "committer") and roster.email(hand.email) not in signers:
            return f"names <{hand.email}> as its {hand.role}, and {', '.join(sorted(signers))} signed it"
    return ""
