"""Everything asked of git about one repository, in any object format; git itself is started by `gitprocess`."""

from __future__ import annotations

import os
import re
import subprocess
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from msgspec import Struct, field

from itsmctl import githistory
from itsmctl.errors import CannotJudge
from itsmctl.gitprocess import ELSEWHERE, PARTIAL, GitProcess, find_git, to_text
from itsmctl.gittalk import Answer
from itsmctl.gittrees import TreeFile, Trees
from itsmctl.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence

    from itsmctl.gitedits import TreeEdit

_FULL_OID = re.compile(r"[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?")
_SHORT_OID = re.compile(r"[0-9a-fA-F]{7,63}")  # shorter ones are names of branches rather: 2026, beef
_AFTER_NAME = re.compile(r"[~^:]|@\{")  # what may follow a name in a revision: main~3, main@{upstream}
_SHORT_FOR = ("refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")  # git's own order
UNSHALLOW = "Run: git fetch --unshallow (in GitHub Actions: fetch-depth: 0)."


class Revision(NamedTuple):
    """A commit. `time` is the committer's, in seconds since 1970 (UTC), as the commit claims it."""

    oid: str
    tree: str
    time: int
    label: str  # "commit 1a2b3c4 (main)"


class Staged(NamedTuple):
    """`modes`: path → mode of what is no plain file (not 100644); `skipped`: paths kept out of the work tree.

    git keeps out what lies outside of a sparse checkout, and what somebody marked as skip-worktree.
    """

    modes: dict[str, str]
    skipped: frozenset[str]


class Refs(Protocol):
    """What reads refs as they lie there, those too that lead nowhere. None: only git can tell."""

    def branch(self) -> str | None:
        """The full name of the branch that HEAD is on; empty where HEAD is detached."""

    def names(self) -> tuple[str, ...] | None:
        """Full names of all branches, tags and remote branches."""


class GitRepo(Struct, frozen=True, dict=True, eq=False):
    """One repository, read and never written.

    Paths are relative to its top, with `/`; bytes that are not UTF-8 are surrogates. Every method raises CannotJudge
    where git is missing, too old, or cannot answer. Who owns the repository does not matter (`safe.directory`):
    nothing in it can make git run a program.
    """

    git_dir: Path
    root: Path | None  # top of the work tree; None in a bare repository
    environ: Mapping[str, str]
    _held: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    _named: dict[str, Revision] = field(default_factory=dict)  # by full id alone
    limit: float | None = None  # seconds that git may take for one answer
    called: Path | None = None  # see GitProcess
    read: Refs | None = None  # None: git is asked for refs
    is_whole: bool = False  # known to be no shallow clone
    versions: dict[str, tuple[int, ...]] = field(default_factory=dict)  # see GitProcess

    def prefix_of(self, path: Path) -> str:
        """`path` below the top of the work tree, with a "/" at its end; empty for the top and in a bare repository."""
        if self.root is None:
            return ""
        try:
            inside = Path(os.path.realpath(path)).relative_to(self.root).as_posix()
        except ValueError:
            raise CannotJudge(f"{path} does not lie in the git repository at {self.root}") from None
        return "" if inside == "." else to_text(os.fsencode(inside)) + "/"

    @property
    def version(self) -> tuple[int, ...]:
        """Of the git that is used: (2, 39, 5)."""
        return self._git.version

    @cached_property
    def is_shallow(self) -> bool:
        """Is history cut off, as in `git clone --depth 1`?"""
        return not self.is_whole and self._git.run("rev-parse", "--is-shallow-repository") == b"true\n"

    @cached_property
    def trusts_file_modes(self) -> bool:
        """Does git believe the file system on whether a file is executable (core.fileMode)?"""
        return self._git.run("config", "--type=bool", "core.fileMode", may_fail=True) != b"false\n"

    @cached_property
    def branch(self) -> str:
        """The branch that HEAD is on ("main"), with or without a commit; empty where HEAD is detached."""
        full = self.read.branch() if self.read is not None else None
        if full is None:
            full = to_text(self._git.run("symbolic-ref", "--quiet", "HEAD", may_fail=True)).removesuffix("\n")
        return full.removeprefix("refs/heads/")

    @property
    def origin(self) -> str:
        """The address of the remote that is called origin; empty where there is none."""
        return to_text(self._git.run("config", "--get", "remote.origin.url", may_fail=True)).strip()

    @cached_property
    def refs(self) -> tuple[str, ...]:
        """Full names of all branches, tags and remote branches, sorted."""
        names = self.read.names() if self.read is not None else None
        if names is not None:
            return tuple(sorted(names))
        return tuple(sorted(to_text(self._git.run("for-each-ref", "--format=%(refname)")).split("\n")[:-1]))

    def resolve(self, rev: str) -> Revision:
        """The commit that `rev` names, by git's own rules. An ambiguous name is an error, not a guess.

        Of a commit's own full id, git is asked once: it names the same for ever.
        """
        found = self._named.get(rev)
        if found is None:
            found = self._resolve(rev)
            if found.oid == rev:
                self._named[rev] = found
        return found

    def _resolve(self, rev: str) -> Revision:
        if not rev or "\n" in rev or "\0" in rev:
            raise self._unknown(rev)
        base = _AFTER_NAME.split(rev, maxsplit=1)[0]
        is_short = base not in ("", "HEAD", "@") and not base.startswith("refs/") and not _FULL_OID.fullmatch(base)
        candidates = [full.format(base) for full in _SHORT_FOR] if is_short else []
        commit, found, itself, *others = self._ask([f"{rev}^{{commit}}", rev, base or rev, *candidates])
        held = {name: other.oid for name, other in zip(candidates, others, strict=True) if other.oid}
        meant = list(held)
        if held and (itself.oid not in held.values() or self._begins_an_oid(base)):
            meant.append("an object that is no branch or tag")
        if len(meant) > 1:
            raise CannotJudge(f"{base!r} is ambiguous: it names {' and '.join(meant)}", "Write the full name.")
        if not commit.oid:
            raise self._unknown(rev, found.kind, base if itself.oid else "")
        tree, time = _tree_and_time(commit)
        return Revision(commit.oid, tree, time, self._label(rev, commit.oid))

    def head(self) -> Revision | None:
        """The commit that HEAD names, or None where there is no commit yet."""
        return self.resolve("HEAD") if self._ask(["HEAD"])[0].oid else None

    def tree_names(self, tree: str, folder: str) -> frozenset[str]:
        """The names in one folder of the tree: "" for its top, else a path; none where there is no such folder."""
        return self._trees.names(tree, folder)

    def tree_files(self, tree: str, under: str) -> list[TreeFile]:
        """Every entry of the tree at `under` (a path, taken literally) and below, in git's order."""
        return list(self._trees.files(tree, under))

    def tree_edits(self, before: str, after: str, under: str = "") -> list[TreeEdit]:
        """What differs between two trees at a path and below, in git's order; renames are not guessed at."""
        return self._trees.differing(before, after, under)

    def staged(self, *under: str) -> Staged:
        """What is odd about the paths staged at and below those given."""
        modes: dict[str, str] = {}
        skipped: set[str] = set()
        for line in self._git.run("ls-files", "-t", "--stage", "-z", "--", *under).split(b"\0")[:-1]:
            if not line.startswith(b"H 100644 "):
                path = to_text(line.partition(b"\t")[2])
                if line[2:8] != b"100644":
                    modes[path] = line[2:8].decode()
                if line.startswith(b"S"):
                    skipped.add(path)
        return Staged(modes, frozenset(skipped))

    def index_files(self, under: str) -> list[TreeFile]:
        """Every path staged at and below a path ("" for all). Raises CannotJudge where a merge is not finished."""
        listed = self._git.run("ls-files", "--stage", "-z", "--", *((under,) if under else ()), index=self._index)
        files = []
        for line in listed.split(b"\0")[:-1]:
            about, _, path = line.partition(b"\t")
            mode, oid, stage = about.decode("ascii").split()
            if stage != "0":
                message = f"{to_text(path)} is in conflict: it is not decided what the commit will hold"
                raise CannotJudge(message, "Finish the merge: edit the file, then git add it.")
            files.append(TreeFile(to_text(path), mode, oid))
        return files

    @property
    def _index(self) -> str:
        """The index of the commit that git is about to make, where it runs us as its hook; "" for the usual one."""
        named = self.environ.get("GIT_INDEX_FILE", "")
        path = Path(os.path.realpath(named))
        return str(path) if named and self.git_dir in path.parents else ""

    def ignored(self, *under: str) -> frozenset[str]:
        """Untracked paths, at and below those given, that .gitignore files or .git/info/exclude leave out.

        A path that ends in "/" is a nested repository.
        """
        listed = self._git.run("ls-files", "--others", "--ignored", "--exclude-standard", "-z", "--", *under)
        return frozenset(to_text(path) for path in listed.split(b"\0") if path)

    def once_held(self, commit: str, path: str, under: str) -> bool:
        """Did `commit`, or any commit before it, hold a file at `path`?

        History is walked once for all paths at and below `under`. Raises where it is cut off and does not show it.
        """
        held = self._held.get((commit, under))
        if held is None:
            # -c lists what a merge adds by itself; all that it takes over is listed where it came from
            words = ("log", "--format=", "--full-history", "--root", "-c", "--no-renames", "--no-ext-diff")
            listed = self._git.run(*words, "--name-only", "-z", "--end-of-options", commit, "--", under)
            if listed and not listed.endswith(b"\0"):
                raise self._garbled("log")
            held = frozenset(to_text(name) for name in listed.split(b"\0") if name)
            self._held[commit, under] = held
        if path not in held and self.is_shallow:
            message = f"history is cut off (a shallow clone), so it does not show whether {path} was there before"
            raise CannotJudge(message, UNSHALLOW)
        return path in held

    def commits(self, tip: str, since: str = "") -> list[githistory.Logged]:
        """All commits up to `tip` that `since` does not hold, the newest first; none before those that follow it."""
        return githistory.commits(self._git, tip, since)

    def edits(self, tip: str, under: str, since: str = "") -> Mapping[str, tuple[githistory.FileEdit, ...]]:
        """Commit → what it did to files at and below `under`, for each of the same that did anything."""
        return githistory.edits(self._git, tip, under, since)

    def ids(self, names: Sequence[str]) -> list[str]:
        """The id of the object that each name stands for (`commit:path`), empty where there is none."""
        asked = [name for name in names if "\n" not in name]
        found = dict(zip(asked, (answer.oid for answer in self._ask(asked)), strict=True))
        return [found.get(name, "") for name in names]

    def cut_at(self, commits: Iterable[str]) -> frozenset[str]:
        """Of commits that seem to have no parents, those that have some: they are not in this shallow clone."""
        asked = list(commits) if self.is_shallow else []
        return frozenset(oid for oid, answer in zip(asked, self._ask(asked), strict=True) if _has_parents(answer))

    def blobs(self, oids: Iterable[str], limit: int) -> Generator[tuple[str, bytes], None, None]:
        """Each object's id and first `limit` bytes, in the order asked for, from one git process.

        The rest of a giant is not read: git is started anew behind it.
        """
        asked = list(oids)
        done = 0
        while done < len(asked):
            with self._git.answers(asked[done:] if done else asked) as answers:
                for oid in islice(asked, done, None):
                    answer = answers.next(limit)
                    done += 1
                    if not answer.oid:
                        message = f"the git object {oid} is missing from {self.root or self.process.place}"
                        raise CannotJudge(message, f"{ELSEWHERE} {PARTIAL} Else: git fsck tells more.")
                    if answer.oid != oid:
                        raise self._garbled("cat-file")
                    goes_on = answers.skip_rest()  # first: who has the last one may want no more, and git can stand
                    yield oid, answer.content
                    if not goes_on:
                        break

    def _ask(self, names: Sequence[str], limit: int = 1 << 20) -> list[Answer]:
        """What each name stands for, with the first `limit` bytes of it."""
        found: list[Answer] = []
        while len(found) < len(names):
            rest = names[len(found) :]
            with self._git.answers(rest) as answers:
                for _ in rest:
                    found.append(answers.next(limit))
                    if not answers.skip_rest():
                        break
        return found

    @property
    def process(self) -> GitProcess:
        """What starts git on it, for the rooms that ask git themselves."""
        return self._git

    @cached_property
    def _git(self) -> GitProcess:
        return GitProcess(self.git_dir, self.root, self.environ, self.limit, self.called, self.versions)

    @cached_property
    def _trees(self) -> Trees:
        return Trees(self._ask)

    def _garbled(self, command: str) -> CannotJudge:
        return CannotJudge(
            f"git {command} said something in {self.process.place} that is no answer",
            "See that PATH leads to git itself.",
        )

    def _begins_an_oid(self, name: str) -> bool:
        """Is a ref's name also the beginning of an object id? git would take the ref and say nothing."""
        return bool(_SHORT_OID.fullmatch(name)) and self._git.run("rev-parse", f"--disambiguate={name}") != b""

    def _label(self, rev: str, oid: str) -> str:
        if len(rev) > 3 and oid.startswith(rev.lower()):
            return f"commit {oid[:7]}"
        name = self.branch or "HEAD" if rev in ("HEAD", "@") else rev
        return f"commit {oid[:7]} ({re.sub('^refs/(heads|tags|remotes)/', '', name)})"

    def _unknown(self, rev: str, kind: str = "", base: str = "") -> CannotJudge:
        if kind:
            return CannotJudge(f"{rev!r} names a {kind}, not a commit", "Name a branch, a tag or a commit.")
        if not self.refs and rev in ("HEAD", "@"):
            return CannotJudge("there is no commit yet", "Commit first; the work tree can be checked without a commit.")
        short = [name.split("/", 2)[2] for name in self.refs if name.count("/") > 1]
        by_end = {name.rsplit("/", 1)[-1]: name for name in reversed(short)}  # main → origin/main
        near = list(dict.fromkeys(by_end.get(one, one) for one in nearest(rev, [*short, *by_end])))
        hints = [f"Did you mean {' or '.join(near)}?"] if near else []
        if base:
            hints = [f"{base} is there, but nothing stands at {rev}."]
        if self.is_shallow:
            hints.append(f"History is cut off here (a shallow clone). {UNSHALLOW}")
        return CannotJudge(
            f"no commit is called {rev!r} in {self.root or self.process.place}",
            " ".join(hints) or "git branch --all lists the branches; get one that is elsewhere with git fetch.",
        )


def _tree_and_time(commit: Answer) -> tuple[str, int]:
    """From the header of a commit, as it is: no mailmap, no encoding, no replacement."""
    header = commit.content.partition(b"\n\n")[0]
    tree = re.match(rb"tree ([0-9a-f]+)\n", header)
    time = re.search(rb"^committer [^\n]*> (-?\d+) [-+]\d+$", header, re.MULTILINE)
    if tree is None or time is None:
        raise CannotJudge(f"commit {commit.oid} is damaged: it names no tree or no time", "git fsck tells more.")
    return tree[1].decode(), int(time[1])


def _has_parents(commit: Answer) -> bool:
    """By its own header, whatever a shallow clone hides."""
    return b"\nparent " in commit.content.partition(b"\n\n")[0]


def identity(environ: Mapping[str, str]) -> tuple[str, str]:
    """user.name and user.email as git has them for whoever runs the tool; empty where git has none, or is missing.

    The one question that the user's own settings answer: it names a person in a file that the user then reads.
    """
    try:
        git = find_git(environ)
    except CannotJudge:
        return "", ""
    name, email = (
        subprocess.run(
            [git, "config", "--get", key], env=dict(environ), stdin=subprocess.DEVNULL, capture_output=True, check=False
        ).stdout
        for key in ("user.name", "user.email")
    )
    return to_text(name).strip(), to_text(email).strip()


def version(environ: Mapping[str, str]) -> str:
    """The version of the git in PATH ("2.39.5"), or an empty string where there is none that answers."""
    try:
        return ".".join(str(part) for part in GitProcess(Path("/"), None, environ).version)
    except CannotJudge:
        return ""
