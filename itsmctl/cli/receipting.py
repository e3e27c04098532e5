"""Where the receipt of a verdict goes, and the programs that it names. Writes one file, whole or not at all."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

from itsmctl.cli import output
from itsmctl.errors import Misuse

if TYPE_CHECKING:
    from itsmctl.cli.courtroom import Case
    from itsmctl.hearing import Hearing
    from itsmctl.receipt import Programs


def clear(path: Path | None, *, simulate: bool) -> None:
    """Take away the receipt of an earlier run: without a verdict there is none. Raises Misuse in a simulation."""
    if path is None:
        return
    if simulate:
        raise Misuse("a simulation has no receipt", "Leave out --receipt, or --simulate.")
    output.take_away(path)


def write(path: Path | None, case: Case, held: Hearing) -> None:
    """Write the receipt of a verdict, whatever its outcome."""
    if path is None:
        return
    from itsmctl import receipt, receipt_model

    output.write_file(path, receipt_model.written(receipt.of(held, programs(case))).decode())


def programs(case: Case) -> Programs:
    """What judges with us here."""
    from itsmctl import receipt, sshsig

    git = ".".join(map(str, case.repo.version))
    return receipt.Programs(platform.python_version(), git, sshsig.version(os.environ))
