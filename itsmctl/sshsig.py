"""The only room that runs OpenSSH. So far it says which one there is; votes will be signed and verified here."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping


def version(environ: Mapping[str, str]) -> str:
    """What `ssh -V` says of itself, such as "OpenSSH_9.2p1", or an empty string where there is none."""
    program = shutil.which("ssh", path=environ.get("PATH", ""))
    if program is None:
        return ""
    try:
        answer = subprocess.run([program, "-V"], capture_output=True, timeout=10, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stderr.decode("utf-8", "replace").split(",", 1)[0].strip()
