"""One policy file → one `Policy`: a rule in CEL that judges one record at a time, with its examples."""

from itsmctl.policy.reading import Draft, read
from itsmctl.policy.rule import RULES, Policy, World

__all__ = ["RULES", "Draft", "Policy", "World", "read"]
