"""`policy coverage`: what the rules had to look at in this repository, and what nothing looks at. Gives no verdict."""

from itsmctl.coverage.counting import Coverage, Tally, measure
from itsmctl.coverage.telling import data, markdown, text

__all__ = ["Coverage", "Tally", "data", "markdown", "measure", "text"]
