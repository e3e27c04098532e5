"""Reads a repository for the obvious checker: trees, records, commits. Plain git, PyYAML and ssh-keygen, no itsmctl."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import yaml

Record = dict[str, Any]

PLURALS = {
    "approval-rules": "ApprovalRule",
    "change-models": "ChangeModel",
    "changes": "ChangeRequest",
    "ci-types": "CIType",
    "configuration-items": "ConfigurationItem",
    "delegations": "Delegation",
    "freeze-windows": "FreezeWindow",
    "incidents": "Incident",
    "persons": "Person",
    "roles": "Role",
    "services": "Service",
}
GOVERNANCE = {"ApprovalRule", "ChangeModel", "CIType", "Delegation", "FreezeWindow", "Person", "Role"}
CONTROLLED = GOVERNANCE | {"ConfigurationItem", "Service"}
UNBOUND = ("state", "test", "implementation", "review", "links", "release")
PROTECTED = re.compile(
    r"itsm\.yaml|schemas/.*|policies/.*|\.gitattributes|\.mailmap|\.gitlab-ci\.yml|\.github/workflows/.*"
    r"|(?:(?:\.github|\.gitlab|docs)/)?CODEOWNERS"
)
STATEMENT = re.compile(r"approvals/([^/]+)/([^/]+)-([0-9a-f]{12})\.json")


class Plain(yaml.SafeLoader):
    """YAML 1.2's core scalars: `on` and days are texts."""


Plain.yaml_implicit_resolvers = {}
Plain.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
Plain.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|false)$"), ["t", "f"])
Plain.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?[0-9]+$"), list("-+0123456789"))
Plain.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)


def number(loader: Plain, node: Any) -> float:
    """A number with a point or an exponent; whole ones are integers, however they are written."""
    value = float(node.value)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


Plain.add_constructor("tag:yaml.org,2002:float", number)


def digest(data: Any) -> str:
    """SHA-256 of canonical JSON."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Commit:
    """What git's object says."""

    id: str
    parents: tuple[str, ...]
    author: str
    committer: str
    seconds: int
    message: str

    @property
    def people(self) -> set[str]:
        """E-mail addresses of author, committer and co-authors."""
        pattern = r"^co-authored-by:.*<([^<>]*)>\s*$"
        return {self.author, self.committer, *re.findall(pattern, self.message, re.IGNORECASE | re.MULTILINE)}

    @property
    def changes(self) -> set[str]:
        """Changes that trailers name."""
        return set(re.findall(r"^change:\s*(\S+)\s*$", self.message, re.IGNORECASE | re.MULTILINE))


@dataclass
class Tree:
    """Paths and bytes, and the records in them."""

    files: dict[str, tuple[str, str]]  # path → (mode, blob)
    records: dict[str, Record] = field(default_factory=dict)  # Kind/name → content
    wrong: list[str] = field(default_factory=list)


class Place:
    """One repository. New objects go to a folder of their own, and are forgotten."""

    blobs: ClassVar[dict[str, bytes]] = {}  # of all repositories: an id is an id
    parsed: ClassVar[dict[str, Any]] = {}

    def __init__(self, path: Path) -> None:
        self.path = path
        self.scratch = tempfile.TemporaryDirectory(prefix="obvious-")
        self.environ = {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C",
            "TZ": "UTC",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_OBJECT_DIRECTORY": self.scratch.name,
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(path / ".git" / "objects"),
        }
        self.trees: dict[str, Tree] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.scratch.cleanup()

    def git(self, *words: str, stdin: bytes = b"", codes: tuple[int, ...] = (0,)) -> bytes:
        done = subprocess.run(
            ["git", "-C", str(self.path), *words], input=stdin, env=self.environ, capture_output=True, check=False
        )
        if done.returncode not in codes:
            raise RuntimeError(f"git {words}: {done.stderr.decode()}")
        return done.stdout

    def merged(self, base: str, head: str) -> str | None:
        """The tree of the merge result; None for a conflict."""
        said = self.git("merge-tree", "--write-tree", base, head, codes=(0, 1))
        lines = said.decode().splitlines()
        return lines[0] if len(lines) == 1 else None

    def commits(self, *words: str) -> list[Commit]:
        """Newest first."""
        found = []
        ids = self.git("rev-list", "--topo-order", *words).decode().split()
        for one in ids:
            head, _, message = self.git("cat-file", "commit", one).decode(errors="replace").partition("\n\n")
            fields: dict[str, list[str]] = {}
            for line in head.split("\n"):
                key, _, value = line.partition(" ")
                fields.setdefault(key, []).append(value)
            author, committer = (re.search(r"<([^<>]*)> (\d+)", fields[key][0]) for key in ("author", "committer"))
            assert author
            assert committer
            found.append(
                Commit(one, tuple(fields.get("parent", ())), author[1], committer[1], int(committer[2]), message)
            )
        return found

    def touched(self, commit: Commit) -> set[str]:
        """Paths of a commit's own effect; of a merge, what it does beyond merging."""
        if len(commit.parents) > 1:
            said = self.git("show", "--remerge-diff", "--no-renames", "--name-only", "--format=", "-z", commit.id)
        else:
            said = self.git(
                "diff-tree", "-r", "--root", "--no-renames", "--no-commit-id", "--name-only", "-z", commit.id
            )
        return {path for path in said.decode(errors="surrogateescape").split("\0") if path.strip()}

    def tree(self, treeish: str) -> Tree:
        """All of a tree."""
        if treeish not in self.trees:
            self.trees[treeish] = self._tree(treeish)
        return self.trees[treeish]

    def _tree(self, treeish: str) -> Tree:
        files = {}
        for entry in (
            self.git("ls-tree", "-r", "-z", "--full-tree", treeish).decode(errors="surrogateescape").split("\0")
        ):
            if entry:
                about, _, path = entry.partition("\t")
                mode, kind, oid = about.split(" ")
                files[path] = (mode, oid)
                if kind == "blob" and oid not in self.blobs:
                    self.blobs[oid] = self.git("cat-file", "blob", oid)
        tree = Tree(files)
        if len({path.casefold() for path in files}) < len(files):
            tree.wrong.append("two paths differ in case alone")
        for path, (mode, oid) in files.items():
            if path.startswith("records/"):
                self._record(tree, path, mode, oid)
        return tree

    def _record(self, tree: Tree, path: str, mode: str, oid: str) -> None:
        if mode != "100644":
            tree.wrong.append(f"{path} has mode {mode}")
            return
        if oid not in self.parsed:
            try:
                self.parsed[oid] = yaml.load(self.blobs[oid], Plain)
            except (yaml.YAMLError, ValueError) as error:
                self.parsed[oid] = error
        data = self.parsed[oid]
        try:
            kind, name = data["kind"], data["metadata"]["name"]
            dict(data["spec"])
        except (TypeError, KeyError, ValueError):
            tree.wrong.append(f"{path} is no record")
            return
        homes = {value: key for key, value in PLURALS.items()}
        if path != f"records/{homes.get(kind)}/{name}.yaml":
            tree.wrong.append(f"{path} is not the home of {kind}/{name}")
            return
        tree.records[f"{kind}/{name}"] = data

    def content(self, tree: Tree, path: str) -> bytes:
        return self.blobs[tree.files[path][1]]

    def verifies(self, message: bytes, signature: bytes, person: str, keys: list[str]) -> bool:
        """Did one of these keys sign it for this purpose?"""
        folder = Path(self.scratch.name)
        allowed, sig = folder / "allowed", folder / "sig"
        allowed.write_text("".join(f'{person} namespaces="approval@itsmctl" {key}\n' for key in keys))
        sig.write_bytes(signature)
        command = ["ssh-keygen", "-Y", "verify", "-f", allowed, "-I", person, "-n", "approval@itsmctl", "-s", sig]
        return subprocess.run(command, input=message, env=self.environ, capture_output=True).returncode == 0
