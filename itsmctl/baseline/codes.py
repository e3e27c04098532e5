"""The codes of what is found about baselines, as rules that `itsmctl explain` explains. Texts only; decides nothing."""

from __future__ import annotations

from itsmctl.baseline import codes_of_agreements, codes_of_files, codes_of_standings

FAULTS = tuple(sorted((*codes_of_files.RULES, *codes_of_agreements.RULES), key=lambda rule: rule.id))
"""What `baseline verify` says, of a baseline or of what stands around it."""

DIFFERENCES = codes_of_standings.OF_DIFFERENCES
"""What `baseline diff` says of a difference."""

AUDITED = codes_of_standings.OF_AUDITS
"""What `baseline audit` says of an item, or of a thing that was observed."""
