"""Gets a case ready for the gate: refs, governed root, evidence that is asked for, clock. Decides nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from itsmctl.cli import workplace
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.nearest import did_you_mean

if TYPE_CHECKING:
    from datetime import datetime
    from types import ModuleType

    from itsmctl.evidence.asking import Options
    from itsmctl.evidence.signed import EvidenceFile
    from itsmctl.findings import Report
    from itsmctl.gate.model import Proposal
    from itsmctl.gitbench import Bench
    from itsmctl.gitrepo import GitRepo, Revision
    from itsmctl.hearing import Collect, Hearing
    from itsmctl.proposal import Ask
    from itsmctl.votes import Evidence


class What(Struct, frozen=True):
    """What is to be judged, as the command line says it."""

    base: str | None
    head: str
    target: str | None
    reviews: tuple[str, ...] = ()
    votes: tuple[Path, ...] = ()
    bootstrap: str | None = None
    may_be_own: bool = False  # may the head be of the target itself, where no base is given? Nothing is judged then


class Supposed(Struct, frozen=True):
    """What a simulation supposes. Raises Misuse where it supposes something and is none."""

    simulate: bool = False
    add_vote: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    at: str | None = None

    def __post_init__(self) -> None:
        if not self.simulate and (self.add_vote or self.without or self.at):
            raise Misuse("--add-vote, --without and --at suppose what is not so", "Add --simulate.")


class Case(Struct, frozen=True):
    """A case, ready to be heard."""

    repo: GitRepo
    bench: Bench
    ask: Ask


@contextmanager
def opened(root: Path | None, what: What, supposed: Supposed, quarantine: Sequence[Path] = ()) -> Iterator[Case]:
    """The case that the command line asks about. The governed root is looked for at the base."""
    from itsmctl import destination, gitbench, inline
    from itsmctl.proposal import Ask

    folder = (root or Path.cwd()).absolute()
    repo = _repo(folder)
    start = _within(repo, folder) if root is not None else repo.prefix_of(folder)
    with gitbench.bench(repo, quarantine) as bench, repo.process.standing():
        head = _resolved(repo, bench, what.head)
        place = destination.Destination(repo, bench, start)
        name = what.base or place.find(what.head, head.oid, may_be_own=what.may_be_own)
        base = _resolved(repo, bench, name)
        if start and (repo.root is None or not folder.exists()):
            _refuse_unknown(bench, (base, head), start, folder)
        prefix = inline.root(bench, (base, head), start)
        target = _target(repo, what.target, name)
        now = workplace.moment_of("--at", supposed.at)
        called = _called(repo, what.head, head)
        ask = Ask(base, head, prefix, target, now, supposed.simulate, called, is_named=root is not None)
        yield Case(repo, bench, ask)


def governed(root: Path | None, prefix: str) -> Path | None:
    """The folder of the governed root ("" or "a/b"), which --root may lie in; None without it, or where there is none.

    Without --root paths are told from the governed root, the same ones wherever it is run.
    """
    from itsmctl import gitdiscovery

    repo = gitdiscovery.discover(root.absolute(), os.environ) if root is not None else None
    return repo.root / prefix if repo is not None and repo.root is not None else None


def _repo(folder: Path) -> GitRepo:
    from itsmctl import gitbench, gitdiscovery

    repo = gitdiscovery.discover(folder, os.environ)
    if repo is None and not folder.exists():
        raise Misuse(f"there is no {folder}", "Give a folder that exists.")
    if repo is None:
        raise CannotJudge(
            f"{folder} is in no git repository", "Commits are read, and no files: run it in a repository."
        )
    return replace(repo, limit=gitbench.LIMIT)  # a git that hangs ends without a verdict here, too


def _within(repo: GitRepo, folder: Path) -> str:
    """What --root names ("" or "a/b/") within the commits. There need be no such folder: a bare repository has none."""
    if repo.root is not None:
        return repo.prefix_of(folder)
    try:
        inside = Path(os.path.realpath(folder)).relative_to(repo.git_dir).as_posix()
    except ValueError:
        return ""
    return "" if inside == "." else f"{inside}/"


def _refuse_unknown(bench: Bench, commits: Sequence[Revision], start: str, folder: Path) -> None:
    """Raises Misuse where none of the commits has the folder, which is not here either, and it was never governed."""
    from itsmctl.settings import FILE

    held = bench.repo.ids([f"{one.oid}:{start.rstrip('/')}" for one in commits])
    if not any(held) and not bench.repo.once_held(commits[0].oid, start + FILE, start + FILE):
        says = f"there is no {folder}, and no {start} in commit {commits[0].oid[:7]}"
        raise Misuse(says, "Give a folder that exists, or one of the commits, from the repository's top.")


def _resolved(repo: GitRepo, bench: Bench, name: str) -> Revision:
    """The commit by the names of the real repository, or, of a full id, from the bench."""
    import re

    if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", name):
        return bench.revision(name)
    return repo.resolve(name)


def _called(repo: GitRepo, name: str, head: Revision) -> str:
    """The head's name where it is not what is checked out; "" for a bare id, too, which no vote can be committed on."""
    import re

    if name == "HEAD" or re.fullmatch(r"[0-9a-f]{7,64}", name):
        return ""
    here = repo.head()
    return name if here is None or here.oid != head.oid else ""


def _target(repo: GitRepo, given: str | None, base: str) -> str:
    """The full name of the branch that is merged into; "" where only the settings at the base can say it."""
    if given is not None:
        if not given.startswith("refs/heads/"):
            raise Misuse(f"--target {given} is no full name of a branch", "Write refs/heads/NAME.")
        return given
    for full in (base, f"refs/{base}", f"refs/heads/{base}", f"refs/remotes/{base}"):
        if full in repo.refs:
            if full.startswith("refs/heads/"):
                return full
            if full.startswith("refs/remotes/") and full.count("/") > 2 and not full.endswith("/HEAD"):
                return "refs/heads/" + full.split("/", 3)[3]
    return ""


def collectors(what: What, now: datetime | None = None) -> list[Collect]:
    """What brings the reviews that are asked for: from a forge, with the token of the environment, or from a file.

    `now`: the time that is judged at, which a file may not be a day older than; None for the clock's.
    """
    return [_collector(source, now or workplace.moment(None)) for source in what.reviews]


def _collector(source: str, now: datetime) -> Collect:
    from itsmctl.evidence import exported

    kind, _, rest = source.partition(":")
    if kind == "exported" and rest:
        try:
            content = Path(rest).read_bytes()
        except OSError as error:
            raise CannotJudge(f"the exported reviews {rest} cannot be read: {error.strerror}") from None
        return lambda roster: exported.collect(content, roster, now, rest)
    if kind not in FORGES:
        hint = "Write github:owner/repo#12, gitlab:group/project!12, or exported:FILE."
        raise Misuse(f"--reviews {source!r} names no source of reviews", hint)
    room, options = forge(kind)
    return lambda roster: room.collect(source, roster, now, options)


def forge(kind: str) -> tuple[ModuleType, Options]:
    """What asks a forge ("github", "gitlab"), and how: with the token, the address and the roots of the environment."""
    from importlib import import_module

    from itsmctl.evidence.asking import Options

    name = kind.upper()
    token, api = os.environ.get(f"{name}_TOKEN", ""), os.environ.get(f"{name}_API_URL", "")
    options = Options(token, api if api not in _PUBLIC else "", os.environ.get("SSL_CERT_FILE", ""))
    return import_module(f"itsmctl.evidence.{kind}"), options


FORGES = ("github", "gitlab")
"""Where reviews are read from."""


_PUBLIC = ("https://api.github.com", "https://gitlab.com/api/v4")


def supposing(supposed: Supposed) -> Callable[[Evidence, Proposal], Evidence]:
    """The evidence as a simulation would have it: votes added as if they were signed, and votes left out."""

    def adjust(evidence: Evidence, held: Proposal) -> Evidence:
        _refuse_strangers(supposed, held)
        kept = tuple(vote for vote in evidence.votes if vote.person not in supposed.without)
        from itsmctl.gate import simulation

        added = [vote for word in supposed.add_vote for vote in simulation.votes_of(word, held)]
        return replace(evidence, votes=(*kept, *added))

    return adjust


def _refuse_strangers(supposed: Supposed, held: Proposal) -> None:
    """Raises Misuse where somebody, or a role, is supposed to vote or not to that the base knows nothing of."""
    named = [("--without", "Person", one) for one in supposed.without]
    for word in supposed.add_vote:
        person, _, role = word.partition(":")
        named += [("--add-vote", "Person", person), *([("--add-vote", "Role", role)] if role else [])]
    for option, kind, name in named:
        if held.base.get(f"{kind}/{name}") is None:
            guess = did_you_mean(name, [one.name for one in held.base.by_kind.get(kind, ())])
            message = f"{option}: no {kind} at the base is called {name}" + (f": {guess}" if guess else "")
            raise Misuse(message, f"itsmctl list {kind} shows them.")


def relayed(what: What) -> list[EvidenceFile]:
    """Signed votes from folders: each FILE.json with FILE.json.sig beside it."""
    from itsmctl.evidence.signed import EvidenceFile

    found = []
    for folder in what.votes:
        if not folder.is_dir():
            raise Misuse(f"--votes {folder} is no folder", "Give the folder that holds the statements.")
        for path in sorted(folder.rglob("*.json")):
            signature = path.with_name(f"{path.name}.sig")
            found.append(
                EvidenceFile("", path.read_bytes(), signature.read_bytes() if signature.is_file() else None, str(path))
            )
    return found


def hear(root: Path | None, what: What, supposed: Supposed, receipt: Path | None = None) -> tuple[Report, Hearing]:
    """Hear the case, and report on it; `receipt`: the file that the receipt goes to."""
    from itsmctl import announcing
    from itsmctl.cli import receipting

    with opened(root, what, supposed) as case:
        held = heard(case, what, supposed)
        receipting.write(receipt, case, held)
        return announcing.report(held, case.ask.prefix.rstrip("/")), held


def heard(case: Case, what: What, supposed: Supposed) -> Hearing:
    """By the law at the base; the first governance, where there is none, by its digest."""
    from itsmctl import founding, hearing, settings

    ask = case.ask
    if not case.bench.repo.ids([f"{ask.base.oid}:{ask.prefix}{settings.FILE}"])[0] or what.bootstrap is not None:
        return founding.hear(case.bench, ask, what.bootstrap)
    collected, brought = collectors(what, None if ask.is_simulated else ask.now), relayed(what)
    return hearing.hear(case.bench, ask, os.environ, collected, brought, supposing(supposed))
