"""Baselines: records frozen at a commit, written down so that anybody can rebuild and check them. Writes nothing.

`manifest` freezes, `proof` rebuilds and compares, `verification` asks all that can be asked, `difference` and
`explaining` compare two. All that is read comes from git objects through the bench: never the work tree, the clock, or
the settings of whoever runs it.
"""

from itsmctl.baseline.entry import unproven
from itsmctl.baseline.proof import verify_files

__all__ = ["unproven", "verify_files"]
