"""One policy file → one `Policy`: a rule in CEL that judges one record at a time, with its examples."""

from itsmctl.policy.reading import Draft, environment, read, shipped
from itsmctl.policy.rule import RULES, Body, Policy, World, bench

__all__ = ["RULES", "Body", "Draft", "Policy", "World", "bench", "environment", "read", "shipped"]
