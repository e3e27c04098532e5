"""Verifies signed votes in three ways, and prints the seconds of each as JSON: single calls, one run, in-process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from itsmctl import sshsig
from itsmctl.evidence.statement import NAMESPACE


def main(count: int) -> None:
    """Sign `count` messages with one key, and verify them."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        key = folder / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        line = " ".join(key.with_suffix(".pub").read_text().split()[:2])
        signers = folder / "signers"
        signers.write_text(f'mari namespaces="{NAMESPACE}" {line}\n')
        files = [folder / f"{number}.json" for number in range(count)]
        for number, file in enumerate(files):
            file.write_text(json.dumps({"vote": number}))
        subprocess.run(
            ["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", NAMESPACE, *map(str, files)],
            check=True,
            capture_output=True,
        )
        signed = [(file.read_bytes(), file.with_name(f"{file.name}.sig")) for file in files]
        checks = [sshsig.Check(message, sig.read_bytes(), line, NAMESPACE) for message, sig in signed]
        taken = {}
        start = time.perf_counter()
        for message, sig in signed:
            words = ["ssh-keygen", "-Y", "verify", "-f", str(signers), "-I", "mari", "-n", NAMESPACE, "-s", str(sig)]
            subprocess.run(words, input=message, check=True, capture_output=True)
        taken["single"] = time.perf_counter() - start
        for way in ("openssh", "in-process"):
            start = time.perf_counter()
            if not all(sshsig.verify_many(checks, os.environ, way)):  # type: ignore[arg-type]  # one of the two
                raise SystemExit("a good signature did not verify")
            taken[way] = time.perf_counter() - start
        print(json.dumps(taken))


main(int(sys.argv[1]))
