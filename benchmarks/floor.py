"""The floor: what no validator that reads with libyaml can go below. Reads every record and lets libyaml scan it."""

from __future__ import annotations

import os
import sys

from yaml._yaml import CParser


def main(root: str) -> None:
    """Read and scan every .yaml file below `root`/records."""
    for folder, _, names in os.walk(os.path.join(root, "records")):  # noqa: PTH118 - the floor is as bare as can be
        for name in names:
            descriptor = os.open(f"{folder}/{name}", os.O_RDONLY)
            content = os.read(descriptor, 1 << 16)
            os.close(descriptor)
            CParser(content).raw_scan()


main(sys.argv[1])
