"""`python -m itsmctl`."""

from itsmctl.cli import script

script()
