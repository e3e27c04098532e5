"""The check of a baseline as commands of git, sha256sum and ssh-keygen, for whoever trusts no program of ours. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from itsmctl.baseline.agreement import NAMESPACE


def recipe(data: Mapping[str, Any], prefix: str, signers: Sequence[tuple[str, str, str]] = ()) -> list[str]:
    """Lines of a shell script. `prefix`: where the governed root lies, "" or "a/b/".

    `signers`: (person, public key, path of the statement from the governed root) of each agreement.
    """
    commit, name = data["source"]["commit"], data["name"]
    folder = f"{prefix}baselines/{name}"
    lines = [
        "# The commit is there, below HEAD, and holds the tree that was frozen:",
        "export GIT_NO_REPLACE_OBJECTS=1",
        f"git merge-base --is-ancestor {commit} HEAD && echo below HEAD",
        f'test "$(git rev-parse {commit}^{{tree}})" = {data["source"]["tree"]} && echo same tree',
        "# Every record that the manifest lists has the bytes that git holds at that commit (no line comes out):",
        f"git show HEAD:{folder}/baseline.json > /tmp/baseline.json",
        'grep -o \'"blob":"[^"]*"\' /tmp/baseline.json | cut -d\'"\' -f4 > /tmp/blobs',
        'grep -o \'"path":"[^"]*"\' /tmp/baseline.json | cut -d\'"\' -f4 > /tmp/paths',
        "paste -d' ' /tmp/blobs /tmp/paths | sort > /tmp/frozen",
        f"git ls-tree -r --full-tree --format='%(objectname) %(path)' {commit} {prefix}records/"
        + (f" | sed 's| {prefix}| |'" if prefix else "")
        + " | sort > /tmp/held",
        "comm -23 /tmp/frozen /tmp/held",
        "# The manifest is the one that was agreed to: this digest stands in every agreement.",
        "sha256sum /tmp/baseline.json",
    ]
    if signers:
        lines.append("# Each agreement is signed with the key that the Person had at that commit:")
    for person, key, path in signers:
        lines += [
            f"printf '%s\\n' '{person} namespaces=\"{NAMESPACE}\" {key}' > /tmp/signers",
            f"git show HEAD:{prefix}{path} > /tmp/said",
            f"git show HEAD:{prefix}{path}.sig > /tmp/said.sig",
            f"ssh-keygen -Y verify -f /tmp/signers -I {person} -n {NAMESPACE} -s /tmp/said.sig < /tmp/said",
        ]
    return lines
