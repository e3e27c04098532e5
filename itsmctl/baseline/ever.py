"""What history ever held under baselines/, on any line of it. Reads git, decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl.baseline.manifest import FOLDER, home
from itsmctl.gitprocess import to_text

if TYPE_CHECKING:
    from itsmctl.gitbench import Bench


def paths(bench: Bench, tip: str, prefix: str) -> frozenset[str]:
    """The path, from the governed root, of every file in the folder of a baseline that any commit up to `tip` held."""
    words = ("log", "--format=", "--full-history", "--root", "-m", "--no-renames", "--no-ext-diff", "--name-only", "-z")
    said = bench.repo.process.run(*words, "--end-of-options", tip, "--", f"{prefix}{FOLDER}")
    found = (to_text(word).strip("\n").removeprefix(prefix) for word in said.split(b"\0") if word)
    return frozenset(path for path in found if path.count("/") > 1)


def names(bench: Bench, tip: str, prefix: str) -> frozenset[str]:
    """The names of all baselines that any commit up to `tip` ever held, in small letters, and of what stands there now.

    A folder that is gone, and never held a manifest, was no baseline: its name is free.
    """
    standing = bench.repo.tree_files(bench.revision(tip).tree, prefix + FOLDER)
    held = {path for path in paths(bench, tip, prefix) if path == home(name_of(path))}
    held |= {path for one in standing if (path := one.path.removeprefix(prefix)).count("/") > 1}
    return frozenset(name_of(path).casefold() for path in held)


def taken(bench: Bench, tip: str, prefix: str) -> frozenset[str]:
    """The names, in small letters, that no new baseline can have: see `names`, and those that have a tag."""
    tags = (ref.removeprefix("refs/tags/").partition("/") for ref in bench.repo.refs if ref.startswith("refs/tags/"))
    named = {name.casefold() for word, _, name in tags if word.casefold() in ("baseline", "release")}
    return names(bench, tip, prefix) | named


def name_of(path: str) -> str:
    """The name of the baseline that a file stands with."""
    return path.split("/")[1]
