"""Digests by which readers of reports know a finding again while lines move: from its key, as `--since` compares."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from itsmctl.escape import json_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from itsmctl.findings import Finding


def identity(finding: Finding) -> tuple[str, ...]:
    """Rule, record or path, semantic path and value; without a key, what comes nearest to them."""
    return finding.key or (finding.rule, finding.record or finding.place.path, finding.place.pointer)


def fingerprints(identities: Iterable[tuple[str, ...]]) -> list[str]:
    """`SHA-256:n` for each; n counts those before it that are the same, so that no two are equal."""
    from hashlib import sha256  # brings OpenSSL: not for those who only ask for the list of formats

    met: Counter[tuple[str, ...]] = Counter()
    made = []
    for one in identities:
        made.append(f"{sha256(json_text(list(one)).encode()).hexdigest()}:{met[one]}")
        met[one] += 1
    return made
