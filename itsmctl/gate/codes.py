"""The reason codes of verdicts, as rules that reports declare and `itsmctl explain` explains. Decides nothing."""

from __future__ import annotations

from itsmctl.findings import Rule
from itsmctl.gate import codes_of_branches, codes_of_changes, codes_of_heads, codes_of_votes

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (*codes_of_heads.RULES, *codes_of_changes.RULES, *codes_of_votes.RULES, *codes_of_branches.RULES),
        key=lambda rule: rule.id,
    )
)
"""Every code of a node of a verdict, or of a finding about a branch. Those of severity info or warning deny nothing."""

BY_CODE = {rule.id: rule for rule in RULES}

OF_RECEIPTS, OF_HISTORY = codes_of_branches.OF_RECEIPTS, codes_of_branches.OF_HISTORY
"""What only `receipt verify` and `audit history` say."""
