"""Measures baselines as ratios: creating one against a cold validate without policies, comparing two against that.

Processor time of whole processes, so that a busy machine matters less. `python benchmarks/baselines.py [SIZE]`.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


def used(command: list[str], folder: Path) -> tuple[float, float]:
    """(seconds of processor time, megabytes at most) of one process and its children; it has to succeed."""
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{command}: exit {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> int:
    """0 if all targets are met, 1 if not."""
    size = sys.argv[1] if len(sys.argv) > 1 else "10000"
    tool = [sys.executable, "-m", "itsmctl", "baseline"]
    plain = [sys.executable, "-m", "itsmctl", "validate"]  # of one check of form: no policy runs
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "repo")
        subprocess.run([sys.executable, str(HERE / "corpus.py"), str(folder), size], check=True)
        who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        for words in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "-m", "all"]):
            subprocess.run(["git", "-C", str(folder), *words], check=True)
        read, create, compare, peak = [], [], [], 0.0
        for number in range(3):
            read.append(used([*plain, "--rev", "HEAD", "--select", "reference", "-q"], folder)[0])
            taken, megabytes = used([*tool, "create", f"b-{number}"], folder)
            create.append(taken)
            peak = max(peak, megabytes)
            if number:
                compare.append(used([*tool, "diff", f"b-{number - 1}", f"b-{number}"], folder)[0])
    base, made, compared = (statistics.median(times) for times in (read, create, compare))
    targets = (
        ("create / validate", made / base, 1.5),
        ("diff / create", compared / made, 0.2),
        ("peak MB", peak, 1024),
    )
    for name, value, target in targets:
        print(f"{name:<18} {value:8.2f}  target {target:g}  {'met' if value <= target else 'MISSED'}")
    return 0 if all(value <= target for _, value, target in targets) else 1


if __name__ == "__main__":
    raise SystemExit(main())
