"""The reason codes of verdicts, as rules that reports declare and `itsmctl explain` explains."""

from __future__ import annotations

from itsmctl.findings import Rule

RULES: tuple[Rule, ...] = ()
BY_CODE = {rule.id: rule for rule in RULES}
