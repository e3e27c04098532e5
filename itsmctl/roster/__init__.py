"""Who is who at one revision: persons with their addresses, keys and accounts; roles, delegations, owners. Pure.

Reads one Snapshot and the time. What is claimed twice belongs to nobody, and is a fault.
"""

from itsmctl.roster.claims import claimed, fingerprint
from itsmctl.roster.members import MOST_DAYS, Roster, unreliable
from itsmctl.roster.values import KINDS, Fault, KeyEntry, Member, Owner, Standing

__all__ = [
    "KINDS",
    "MOST_DAYS",
    "Fault",
    "KeyEntry",
    "Member",
    "Owner",
    "Roster",
    "Standing",
    "claimed",
    "fingerprint",
    "unreliable",
]
