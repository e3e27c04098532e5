"""A baseline as an in-toto statement: which commit, tree and manifest, and the root. Signs nothing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NAMESPACE = "baseline@itsmctl"
"""What the signature beside the statement is for."""

FILE = "statement.intoto.json"


def statement(data: Mapping[str, Any], digest: str) -> dict[str, Any]:
    """The statement on a manifest: its plain data, and the SHA-256 of its bytes."""
    source = data["source"]
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {"name": "commit", "digest": {"gitCommit": source["commit"]}},
            {"name": "tree", "digest": {"gitTree": source["tree"]}},
            {
                "name": f"baselines/{data['name']}/baseline.json",
                "digest": {"sha256": digest},
            },
        ],
        "predicateType": "urn:itsmctl:baseline:v1",
        "predicate": {
            "name": data["name"],
            "of": data["of"],
            "repository": data["repository"],
            "canonical": data["canonical"],
            "root": data["root"],
            "supersedes": data["supersedes"],
        },
    }
