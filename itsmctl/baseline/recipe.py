"""The check of a baseline as commands of git, sha256sum, ssh-keygen and python3, for whoever trusts no program of ours.

Pure. What notes hold of it belongs to the form of the manifest: `core` is part of form 2, `of_form_1` of form 1.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from itsmctl.baseline import intoto
from itsmctl.baseline.agreement import GRAVE, NAMESPACE, Judged

_ROOT = """\
import hashlib, json, sys
folder, prefix = sys.argv[1:]
held = {}
with open(folder + "/records", "rb") as file:
    for line in file.read().split(b"\\0")[:-1]:
        head, path = line.decode("utf-8", "surrogateescape").split("\\t", 1)
        held[path] = head.split()[2]
with open(folder + "/manifest", encoding="utf-8") as file:
    manifest = json.load(file)
root = hashlib.sha256()
for item in manifest["items"]:
    told = ("kind", "name", "path", "state", "owner", "digest")
    line = json.dumps([item[name] for name in told], ensure_ascii=False,
                      separators=(",", ":"))
    root.update(line.encode() + b"\\n")
    blob = held.get(prefix + item["path"])
    is_told = item["blob"] or not item.get("secrets")
    if blob is None or (is_told and item["blob"] != blob):
        sys.exit(item["path"] + " is another one at the commit")
if root.hexdigest() != manifest["root"]:
    sys.exit("the root is not that of the items")
print(root.hexdigest())"""


class Signer(Struct, frozen=True):
    """Who signed something, with which public key (`kind base64`)."""

    person: str
    key: str


def core(data: Mapping[str, Any], prefix: str) -> list[str]:
    """Commit, tree, records, root, and the digests in the statement; the shell ends where one of them is not so.

    `prefix`: where the governed root lies, "" or "a/b/". Sets dir, root and sha256.
    """
    commit, folder = data["source"]["commit"], f"{prefix}baselines/{data['name']}"
    return [
        "set -eu",
        "export GIT_NO_REPLACE_OBJECTS=1",
        "dir=$(mktemp -d)",
        "# The commit is there, below HEAD, and holds the tree that was frozen:",
        f"git merge-base --is-ancestor {commit} HEAD",
        f"test \"$(git rev-parse '{commit}^{{tree}}')\" = {data['source']['tree']}",
        "# The root is that of the items, and the commit holds the bytes of each:",
        f'{_blob(f"{folder}/baseline.json")} > "$dir/manifest"',
        f'git ls-tree -rz --full-tree {commit} {shlex.quote(prefix + "records")} > "$dir/records"',
        f"root=$(python3 - \"$dir\" {shlex.quote(prefix)} << 'END'",
        *_ROOT.split("\n"),
        "END",
        ")",
        "# The statement is about this commit, this root and these bytes:",
        'sha256=$(sha256sum < "$dir/manifest" | cut -d" " -f1)',
        f'{_blob(f"{folder}/{intoto.FILE}")} > "$dir/said"',
        f'grep -qF \'"gitCommit":"{commit}"\' "$dir/said"',
        *_subjects(),
        'echo "sha256 $sha256"',
        'echo "root   $root"',
    ]


def recipe(
    data: Mapping[str, Any],
    prefix: str,
    agreements: Sequence[Judged],
    signer: Signer | None,
    wrong: Sequence[str],
) -> list[str]:
    """Lines of a shell script, as one list: it ends with 0 and a last line only where all of it is so.

    `signer`: whose key the signature of the statement names; `wrong`: codes of all that verification found. Where that
    is anything, the script fails in the end, whatever the lines above it show: it is the same check, or none.
    """
    commit, folder = data["source"]["commit"], f"{prefix}baselines/{data['name']}"
    lines = ["(", *core(data, prefix)]
    if signer is not None:
        lines += ["# The statement is signed:", *_signature(signer, intoto.NAMESPACE, f"{folder}/{intoto.FILE}.sig")]
        lines += _known(signer, commit, prefix)
    there = shlex.quote(f"{folder}/agreement")
    lines.append("# These are all agreements, each to this root and these bytes:")
    names = sorted(f"{prefix}{one.path}{end}" for one in agreements for end in ("", ".sig"))
    listed = f"git ls-tree -rz --name-only --full-tree HEAD {there} | tr '\\0' '\\n'"  # without -z, git quotes names
    told = f"printf '%s\\n' {' '.join(map(shlex.quote, names))}" if names else "printf ''"
    lines.append(f'test "$({listed})" = "$({told})"')
    for one in agreements:
        lines += _agreement(one, commit, prefix)
    if not any(one.counts for one in agreements):
        lines.append("echo 'nobody agreed to it: a snapshot'")
    lines.append('rm -r "$dir"')
    if wrong:
        return [*lines, f"echo 'more does not hold: {' '.join(wrong)}'", "exit 1", ")"]
    return [*lines, f"echo '{data['name']}: all of this is so'", ")"]


def _agreement(one: Judged, commit: str, prefix: str) -> Iterator[str]:
    yield f'{_blob(prefix + one.path)} > "$dir/said"'
    yield f'{_blob(f"{prefix}{one.path}.sig")} > "$dir/said.sig"'
    if one.counts or one.code in GRAVE:
        yield from _subjects()
    if one.counts:
        signer = Signer(one.person, one.key)
        yield from _signature(signer, NAMESPACE, "")
        yield from _known(signer, commit, prefix)
    else:
        yield f"echo {shlex.quote(f'{one.path} does not count: {one.code}')}"
        yield from ["exit 1"] if one.code in GRAVE else []


def _subjects() -> list[str]:
    """That what is in the file `said` names root and bytes."""
    return ['grep -qF "\\"root\\":\\"$root\\"" "$dir/said"', 'grep -qF "\\"sha256\\":\\"$sha256\\"" "$dir/said"']


def _signature(signer: Signer, namespace: str, path: str) -> Iterator[str]:
    """That `said` is signed; `path`: of the signature, where it is not in said.sig yet."""
    if path:
        yield f'{_blob(path)} > "$dir/said.sig"'
    allowed = f'{signer.person} namespaces="{namespace}" {signer.key}'
    yield f"printf '%s\\n' {shlex.quote(allowed)} > \"$dir/signers\""
    yield (f'ssh-keygen -Y verify -f "$dir/signers" -I {signer.person} -n {namespace} -s "$dir/said.sig" < "$dir/said"')


def _known(signer: Signer, commit: str, prefix: str) -> Iterator[str]:
    """That some Person has the key at the commit."""
    where = shlex.quote(f":(top,literal){prefix}records/persons")
    yield f"git grep -qF -e {shlex.quote(signer.key.split()[1])} {commit} -- {where}"


def _blob(path: str) -> str:
    return f"git cat-file blob {shlex.quote(f'HEAD:{path}')}"


def of_form_1(data: Mapping[str, Any], prefix: str) -> list[str]:
    """The lines in notes of form 1, which prove too little: nothing is computed of the root, and no line fails."""
    commit, name = data["source"]["commit"], data["name"]
    folder = f"{prefix}baselines/{name}"
    return [
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
