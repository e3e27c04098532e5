"""Measures speed and memory as ratios to things that run beside it. `python benchmarks/run.py [--large]`.

Every ratio is the median over rounds; in each round the candidates take turns, so that a busy machine hits them alike.
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
AS_OF = "2026-11-22T08:00:00Z"


def seconds(*command: str) -> float:
    """Wall time of one whole process, which has to succeed."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False)
    taken = time.perf_counter() - start
    if done.returncode != 0:
        raise SystemExit(
            f"{command}: exit {done.returncode}\n{done.stdout.decode()[-2000:]}{done.stderr.decode()[-2000:]}"
        )
    return taken


def ratio(rounds: int, candidate: tuple[str, ...], reference: tuple[str, ...]) -> tuple[float, float, float]:
    """Median over rounds of candidate / reference, and both medians in seconds."""
    pairs = [(seconds(*candidate), seconds(*reference)) for _ in range(rounds)]
    return (
        statistics.median(a / b for a, b in pairs),
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
    )


def validate(folder: Path) -> tuple[str, ...]:
    """The cold full run: all rules, one process."""
    return (sys.executable, "-m", "itsmctl", "validate", str(folder), "--as-of", AS_OF, "-q", "-f", "concise")


def floor(folder: Path) -> tuple[str, ...]:
    """Read and scan only."""
    return (sys.executable, str(HERE / "floor.py"), str(folder))


def peak_megabytes(command: tuple[str, ...]) -> float:
    """Largest resident set of a child process."""
    pid = os.posix_spawn(command[0], list(command), os.environ)
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"{command}: status {status}")
    return usage.ru_maxrss / 1024


def report(name: str, value: float, target: float, detail: str) -> bool:
    """One line; True if the target is met."""
    met = value <= target
    print(f"{name:<44} {value:8.2f}  target {target:g}  {'met' if met else 'MISSED'}  {detail}", flush=True)
    return met


def main() -> int:
    """0 if all targets are met, 1 if not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="measure 100,000 records, too (minutes)")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    bare = (sys.executable, "-c", "pass")
    tool = (sys.executable, "-m", "itsmctl")
    met = []
    with tempfile.TemporaryDirectory() as scratch:
        sizes = [1_000, 10_000, *([100_000] if options.large else [])]
        for size in sizes:
            subprocess.run([sys.executable, str(HERE / "corpus.py"), f"{scratch}/{size}", str(size)], check=True)
        value, mine, theirs = ratio(options.rounds * 3, (*tool, "--version"), bare)
        met.append(report("--version / python -c pass", value, 2, f"{mine * 1000:.0f} ms / {theirs * 1000:.0f} ms"))
        value, mine, theirs = ratio(options.rounds * 3, (*tool, "--help"), bare)
        met.append(report("--help / python -c pass", value, 9, f"{mine * 1000:.0f} ms / {theirs * 1000:.0f} ms"))
        taken = {}
        for size in sizes:
            folder = Path(scratch, str(size))
            rounds = options.rounds if size <= 10_000 else 2
            value, mine, theirs = ratio(rounds, validate(folder), floor(folder))
            taken[size] = mine
            target = 7 if size == 10_000 else math.inf
            met.append(report(f"validate {size} records / floor", value, target, f"{mine:.2f} s / {theirs:.2f} s"))
        for small, large in itertools.pairwise(sizes):
            exponent = math.log10(taken[large] / taken[small])
            met.append(report(f"growth exponent {small} to {large}", exponent, 1.08, "1 is linear"))
        largest = Path(scratch, str(sizes[-1]))
        peak = peak_megabytes(validate(largest))
        met.append(report(f"peak memory at {sizes[-1]} records, MB", peak, 1024, ""))
    return 0 if all(met) else 1


if __name__ == "__main__":
    raise SystemExit(main())
