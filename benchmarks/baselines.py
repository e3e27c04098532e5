"""Measures baselines as ratios: creating one, and comparing two, against a cold validate without policies.

The aims are "creating a baseline of 10,000 records ≤ 1.5 × a cold validate without policies; diff of two baselines of
10,000 items ≤ 0.2 × of that", where that is the validate, which is the stricter reading. Two baselines are compared
that are equal, and two between which WORKED items were altered, each by a change of its own that lists it, with a
commit of its own; those have no votes, so that all are told as late, with why.

Processor time of whole processes, so that a busy machine matters less. `python benchmarks/baselines.py [SIZE]`.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
WORKED = 500
"""Items that are altered between two baselines, where there are so many changes."""

WHO = "x <x@example.org>"
BEGAN = 1795000000  # seconds since 1970
ROUNDS = 3


def used(command: list[str], folder: Path) -> tuple[float, float]:
    """(seconds of processor time, megabytes at most) of one process and its children; it has to succeed."""
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{command}: exit {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def git(folder: Path, *words: str, stdin: bytes | None = None) -> None:
    """One command of git; it has to succeed."""
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, input=stdin)


def work(folder: Path, wanted: int) -> int:
    """Alter items on main, each in a commit with the change that lists it; how many there were."""
    paths = {path.stem: path for path in (folder / "records").rglob("*.yaml")}
    pairs: dict[str, str] = {}  # item → its first change
    for name in sorted(one for one in paths if one.startswith("CHG-")):
        listed = re.search(r"ConfigurationItem/(ci-\d+)", paths[name].read_text(encoding="utf-8"))
        if listed is not None and len(pairs) < wanted:
            pairs.setdefault(listed[1], name)
    stream = bytearray()
    for number, (item, name) in enumerate(pairs.items()):
        message = f"Carry {name} out\n\nChange: {name}\n".encode()
        head = f"commit refs/heads/main\ncommitter {WHO} {BEGAN + 60 * number} +0000\ndata {len(message)}\n"
        stream += head.encode() + message + (b"" if number else b"from refs/heads/main^0\n")
        for path, old, new in (
            (paths[item], 'version: "', 'version: "1'),
            (paths[name], "state: assessed", "state: implementing"),
        ):
            content = path.read_text(encoding="utf-8").replace(old, new, 1).encode()
            stream += f"M 100644 inline {path.relative_to(folder)}\ndata {len(content)}\n".encode() + content + b"\n"
    git(folder, "fast-import", "--quiet", stdin=bytes(stream))
    git(folder, "reset", "-q", "--hard")
    return len(pairs)


def main() -> int:
    """0 if all targets are met, 1 if not."""
    size = sys.argv[1] if len(sys.argv) > 1 else "10000"
    tool = [sys.executable, "-m", "itsmctl", "baseline"]
    plain = [sys.executable, "-m", "itsmctl", "validate"]  # of one check of form: no policy runs
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "repo")
        subprocess.run([sys.executable, str(HERE / "corpus.py"), str(folder), size], check=True)
        for words in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "all")):
            git(folder, *words, *(("--date", str(BEGAN - 60)) if words[0] == "commit" else ()))
        read, create, equal, differing, peak = [], [], [], [], 0.0
        for number in range(ROUNDS):
            read.append(used([*plain, "--rev", "HEAD", "--select", "reference", "-q"], folder)[0])
            taken, megabytes = used([*tool, "create", f"b-{number}"], folder)
            create.append(taken)
            peak = max(peak, megabytes)
            if number:
                equal.append(used([*tool, "diff", f"b-{number - 1}", f"b-{number}"], folder)[0])
        worked = work(folder, WORKED)
        used([*tool, "create", "after"], folder)
        for _ in range(ROUNDS):
            read.append(used([*plain, "--rev", "HEAD", "--select", "reference", "-q"], folder)[0])
            taken, megabytes = used([*tool, "diff", "b-0", "after"], folder)
            differing.append(taken)
            peak = max(peak, megabytes)
    base = statistics.median(read)
    targets = (
        ("create / validate", statistics.median(create) / base, 1.5),
        ("diff of equal ones / validate", statistics.median(equal) / base, 0.2),
        (f"diff with {worked} worked on / validate", statistics.median(differing) / base, 0.2),
        ("peak MB", peak, 1024),
    )
    for name, value, target in targets:
        print(f"{name:<40} {value:8.2f}  target {target:g}  {'met' if value <= target else 'MISSED'}")
    return 0 if all(value <= target for _, value, target in targets) else 1


if __name__ == "__main__":
    raise SystemExit(main())
