"""Measures speed and memory as ratios to things that run beside it. `python benchmarks/run.py [--large]`.

Every ratio is the median over rounds; in each round the candidates take turns, so that a busy machine hits them alike.
"""

from __future__ import annotations

import argparse
import itertools
import json
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


def seconds(*command: str, codes: tuple[int, ...] = (0,)) -> float:
    """Wall time of one whole process, which has to end with one of the codes."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False)
    taken = time.perf_counter() - start
    if done.returncode not in codes:
        raise SystemExit(
            f"{command}: exit {done.returncode}\n{done.stdout.decode()[-2000:]}{done.stderr.decode()[-2000:]}"
        )
    return taken


def ratio(
    rounds: int, candidate: tuple[str, ...], reference: tuple[str, ...], codes: tuple[int, ...] = (0,)
) -> tuple[float, float, float]:
    """Median over rounds of candidate / reference, and both medians in seconds. `codes`: how the candidate may end.

    Either goes first in turn: some machines are slower for a while after a long run.
    """
    pairs = []
    for number in range(rounds):
        before = seconds(*reference) if number % 2 else 0.0
        taken = seconds(*candidate, codes=codes)
        pairs.append((taken, before or seconds(*reference)))
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


def gate(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(judging a head of ten edits, validating its base) in a repository made of the corpus in `folder`."""
    subprocess.run([sys.executable, str(HERE / "head.py"), str(folder)], check=True)
    place = ("--root", str(folder))
    judging = (sys.executable, "-m", "itsmctl", "gate", "--base", "main", "--head", "pr", "-q", "-f", "concise", *place)
    checking = (sys.executable, "-m", "itsmctl", "validate", "--rev", "main", "--as-of", AS_OF, "-q", "-f", "concise")
    return judging, (*checking, *place)


def votes(count: int) -> dict[str, float]:
    """Seconds that verifying so many signed votes takes, by way."""
    done = subprocess.run(
        [sys.executable, str(HERE / "votes.py"), str(count)], check=True, capture_output=True, text=True
    )
    taken: dict[str, float] = json.loads(done.stdout)
    return taken


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
        subprocess.run([sys.executable, str(HERE / "corpus.py"), f"{scratch}/gate", "10000"], check=True)
        judging, checking = gate(Path(scratch, "gate"))
        value, mine, theirs = ratio(options.rounds, judging, checking, (0, 1))
        met.append(report("gate on ten edits / validate --rev", value, 1.2, f"{mine:.2f} s / {theirs:.2f} s"))
        taken_by = votes(1_000)
        value = taken_by["openssh"] / taken_by["single"]
        met.append(report("1,000 votes in one run / 1,000 calls", value, 1, f"{taken_by['single']:.1f} s in calls"))
        value = taken_by["in-process"] / taken_by["single"]
        met.append(report("1,000 votes in-process / 1,000 calls", value, 0.1, "extra: fast"))
        largest = Path(scratch, str(sizes[-1]))
        peak = peak_megabytes(validate(largest))
        met.append(report(f"peak memory at {sizes[-1]} records, MB", peak, 1024, ""))
    return 0 if all(met) else 1


if __name__ == "__main__":
    raise SystemExit(main())
