"""May this head be merged into this base, now? A pure function of a Proposal and Evidence; see `judge`.

Nothing here reads a file, asks git, looks at the clock or at the environment.
"""
