"""Measures baselines as ratios: creating one, and comparing two, against a cold validate without policies.

The aims are "creating a baseline of 10,000 records ≤ 1.5 × a cold validate without policies; diff of two baselines of
10,000 items ≤ 0.2 × of that", where that is the validate, which is the stricter reading. Compared are two that are
equal, and two between which one record in a hundred was altered, each by a change of its own that lists it, with a
commit of its own; those have no votes, so that all are told as late, with why. Without an aim: five times as many; and
standard changes that came in by merges, each of which the gate is heard on anew, per change, and once for all that is
read for it.

Processor time of whole processes, so that a busy machine matters less. `python benchmarks/baselines.py [SIZE]`; seven
records in ten are items, so that the aim "100,000 items within 1 GB" takes a SIZE of 143000, and a quarter of an hour.
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
WORKED = 100
"""Items that are altered between two baselines, where there are so many changes."""

MANY = 5 * WORKED
LANDED = 20
"""Standard changes that come in by merges."""

WHO = "mari <mari@example.org>"
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
    who = ("-c", "user.name=mari", "-c", "user.email=mari@example.org")
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, input=stdin)


GOVERNANCE = {
    "approval-rules/changes": """\
apiVersion: itsm/v1
kind: ApprovalRule
metadata: {name: changes, owner: Role/operations}
spec: {for: changes, require: [{role: operations}]}
""",
    "approval-rules/governance": """\
apiVersion: itsm/v1
kind: ApprovalRule
metadata: {name: governance, owner: Role/operations}
spec: {for: governance, require: [{role: operations}]}
""",
    "change-models/firmware": """\
apiVersion: itsm/v1
kind: ChangeModel
metadata: {name: firmware, title: Newer firmware, owner: Role/operations}
spec:
  state: approved
  steps: [Flash it.]
  conditions: [The second server is up.]
  allows:
    - kind: ConfigurationItem
      types: [server]
      environments: [production]
      fields: [{at: /spec/version}]
  limits: {records: 3}
  max_risk: high
  window: free
  freezes: ignored
  failure_budget: {failures: 1, within_days: 90}
  expires: 2099-03-31
""",
}
"""What the gate needs to let a standard change in, by its place under records/."""


class Story:
    """Commits that are written at once. `began`: seconds since 1970 of the first; a minute lies between two."""

    def __init__(self, folder: Path, began: int) -> None:
        self.folder, self.time, self.marks, self.stream = folder, began, 0, bytearray()
        paths = {path.stem: path for path in (folder / "records").rglob("*.yaml")}
        listed = {
            name: re.search(
                r'ConfigurationItem/(ci-\d+), action: change, from: "([^"]+)", to: "([^"]+)"', path.read_text()
            )
            for name, path in sorted(paths.items())
            if name.startswith("CHG-")
        }
        pairs: dict[str, tuple[str, str, str]] = {}  # item → its first change, what it is, what it comes to
        for name, found in listed.items():
            if found is not None:
                pairs.setdefault(found[1], (name, found[2], found[3]))
        self.works = [(paths[item], paths[name], old, new) for item, (name, old, new) in pairs.items()]

    def commit(self, message: str, files: dict[Path, str], *parents: str) -> str:
        """A commit on its parents with these files, and its mark."""
        self.marks, self.time = self.marks + 1, self.time + 60
        about = f"mark :{self.marks}\ncommitter {WHO} {self.time} +0000\ndata {len(message.encode())}\n{message}"
        self.stream += f"commit refs/heads/work\n{about}from {parents[0]}\n".encode()
        self.stream += b"".join(f"merge {one}\n".encode() for one in parents[1:])
        for path, text in files.items():
            content = text.encode()
            self.stream += f"M 100644 inline {path.relative_to(self.folder)}\ndata {len(content)}\n".encode()
            self.stream += content + b"\n"
        return f":{self.marks}"

    def tell(self) -> None:
        """Write all of it on main; a small corpus has too few changes for all that is wanted."""
        if not self.stream:
            return
        git(self.folder, "fast-import", "--quiet", "--force", stdin=bytes(self.stream))
        git(self.folder, "reset", "-q", "--hard", "work")
        self.stream = bytearray()


def carry_out(story: Story, works: list[tuple[Path, Path, str, str]]) -> None:
    """Each change in a commit of its own on main: nobody voted for it."""
    tip = "refs/heads/main^0"
    for item, change, old, new in works:
        files = {
            item: item.read_text().replace(f'version: "{old}"', f'version: "{new}"'),
            change: change.read_text().replace("state: assessed", "state: implementing"),
        }
        tip = story.commit(f"Carry {change.stem} out\n\nChange: {change.stem}\n", files, tip)
    story.tell()


def merge(story: Story, works: list[tuple[Path, Path, str, str]]) -> None:
    """Each as a standard change, merged into main."""
    tip = "refs/heads/main^0"
    for item, change, old, new in works:
        text = change.read_text().replace("class: normal", "class: standard\n  model: firmware")
        files = {
            item: item.read_text().replace(f'version: "{old}"', f'version: "{new}"'),
            change: text.replace("state: assessed", "state: implementing"),
        }
        head = story.commit(f"Carry {change.stem} out\n\nChange: {change.stem}\n", files, tip)
        tip = story.commit(f"Merge {change.stem}\n", files, tip, head)
    story.tell()


def main() -> int:
    """0 if all targets are met, 1 if not."""
    size = sys.argv[1] if len(sys.argv) > 1 else "10000"
    tool = [sys.executable, "-m", "itsmctl", "baseline"]
    plain = [sys.executable, "-m", "itsmctl", "validate"]  # of one check of form: no policy runs
    read, peak = [], 0.0
    taken: dict[str, list[float]] = {
        name: [] for name in ("create", "equal", "worked", "many", "landed", "landed once")
    }

    def measure(name: str, *words: str) -> None:
        nonlocal peak
        read.append(used([*plain, "--rev", "HEAD", "--select", "reference", "-q"], folder)[0])
        seconds, megabytes = used([*tool, *words], folder)
        taken[name].append(seconds)
        peak = max(peak, megabytes)

    def weigh(*words: str) -> None:
        nonlocal peak
        peak = max(peak, used([*tool, *words], folder)[1])

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "repo")
        subprocess.run([sys.executable, str(HERE / "corpus.py"), str(folder), size], check=True)
        for place, text in GOVERNANCE.items():
            path = folder / f"records/{place}.yaml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        for words in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "all")):
            git(folder, *words, *(("--date", str(BEGAN - 60)) if words[0] == "commit" else ()))
        for number in range(ROUNDS):
            measure("create", "create", f"b-{number}")
            if number:
                measure("equal", "diff", f"b-{number - 1}", f"b-{number}")
        for words in (("verify", "b-0"), ("export", "b-0"), ("status",), ("list",)):
            weigh(*words)
        story = Story(folder, BEGAN)
        works = story.works
        carry_out(story, works[:WORKED])
        used([*tool, "create", "worked"], folder)
        carry_out(story, works[WORKED:MANY])
        used([*tool, "create", "many"], folder)
        merge(story, works[MANY : MANY + 1])
        used([*tool, "create", "one"], folder)
        merge(story, works[MANY + 1 : MANY + 1 + LANDED])
        used([*tool, "create", "landed"], folder)
        for _ in range(ROUNDS):
            measure("worked", "diff", "b-0", "worked")
            measure("many", "diff", "b-0", "many")
            measure("landed once", "diff", "many", "one")
            measure("landed", "diff", "many", "landed")
    base = statistics.median(read)
    ratios = {name: statistics.median(held) / base for name, held in taken.items()}
    each = (ratios["landed"] - ratios["landed once"]) / LANDED
    targets = (
        ("create / validate", ratios["create"], 1.5),
        ("diff of equal ones / validate", ratios["equal"], 0.2),
        (f"diff with {WORKED} worked on / validate", ratios["worked"], 0.2),
        (f"diff with {MANY} worked on / validate", ratios["many"], None),
        ("diff with 1 that the gate let in / validate", ratios["landed once"], None),
        ("each more that the gate let in / validate", each, None),
        ("peak MB", peak, 1024),
    )
    for name, value, target in targets:
        says = "" if target is None else f"  target {target:g}  {'met' if value <= target else 'MISSED'}"
        print(f"{name:<46} {value:8.3f}{says}")
    return 0 if all(target is None or value <= target for _, value, target in targets) else 1


if __name__ == "__main__":
    raise SystemExit(main())
