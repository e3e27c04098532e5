"""Rules tried out before they judge: `policy test` and `policy lint`, as reports like any other."""

from itsmctl.rehearsal.choosing import Wanted
from itsmctl.rehearsal.linting import lint
from itsmctl.rehearsal.testing import test

__all__ = ["Wanted", "lint", "test"]
