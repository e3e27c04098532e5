"""Is a release ready, is it done? Requirements against commits, baselines and votes; its notes; the words of its tag.

Reads through the bench alone, never the work tree. What cannot be told is not met.
"""
