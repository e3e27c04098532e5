"""One policy file → one `Policy`: a rule in CEL that judges one record at a time, with its examples."""

from itsmctl.policy.reading import Draft, environment, read, shipped
from itsmctl.policy.rule import RULES, Body, Policy, World

__all__ = ["RULES", "Body", "Draft", "Policy", "World", "environment", "read", "shipped"]
