"""Baselines: records frozen at a commit, written down so that anybody can rebuild and check them. Writes nothing.

`manifest` freezes, `proof` rebuilds and compares, `verification` asks all that can be asked, `difference` and
`explaining` compare two, `entry` is what the gate asks of those that a head brings. All that is read comes from git
objects through the bench: never the work tree, the clock, or the settings of whoever runs it.
"""
