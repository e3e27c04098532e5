"""A governed repository to try the gate on: a small library with five pull requests, and keys that sign their votes.

What stands in it is told by EXAMPLES and the files beside this module; times are counted from the moment it is made.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from itsmctl import gitbench, gitwriting, sshsig, yamltext
from itsmctl.desk import voting
from itsmctl.errors import Misuse
from itsmctl.gitwriting import Commit
from itsmctl.proposal import Ask, read
from itsmctl.roster import Roster

if TYPE_CHECKING:
    from itsmctl.gitrepo import GitRepo

PERSONS = ("annika", "jaan", "kadri", "mari", "rein", "sirje", "tonu")
_ITEMS = "records/configuration-items"


class Example(Struct, frozen=True):
    """One pull request: an item gets another version under a change, with votes. `then` is one more version, after."""

    branch: str
    number: str  # the end of the change's name
    author: str
    title: str
    reason: str
    item: str
    service: str
    versions: tuple[str, str]
    voters: tuple[str, ...]
    outcome: str
    says: str
    template: str = "change.yaml"
    then: str = ""


EXAMPLES = (
    Example(
        "pr/allowed",
        "0101",
        "jaan",
        "Catalogue 25.5.4",
        "The search loses hyphens, and 25.5.4 mends it.",
        "opac",
        "catalogue",
        ("25.5.3", "25.5.4"),
        ("mari", "kadri"),
        "ALLOWED",
        "mari of the board and kadri, who owns it with jaan, have voted; the window is open.",
    ),
    Example(
        "pr/stale",
        "0102",
        "jaan",
        "One receipt at the kiosks",
        "The kiosks print receipts twice.",
        "kiosk-software",
        "self-service",
        ("8.2.0", "8.2.1"),
        ("mari", "kadri"),
        "STALE",
        "the votes are on 8.2.1; afterwards it became 8.3.0, so they do not count.",
        then="8.3.0",
    ),
    Example(
        "pr/self-approved",
        "0103",
        "jaan",
        "One receipt at the kiosks, by the owner alone",
        "The kiosks print receipts twice.",
        "kiosk-software",
        "self-service",
        ("8.2.0", "8.2.1"),
        ("mari", "jaan"),
        "CONTRIBUTOR",
        "jaan wrote it, so his vote as an owner does not count; kadri's would.",
    ),
    Example(
        "pr/emergency",
        "0104",
        "kadri",
        "Loans database 11.4.9, now",
        "A table is damaged; 11.4.9 can repair it.",
        "db-loans",
        "loans",
        ("11.4.8", "11.4.9"),
        ("annika",),
        "OVERRIDDEN",
        "an incident is open and annika on call agrees: it goes ahead, and the rest falls due within five days.",
        template="emergency.yaml",
    ),
    Example(
        "pr/freeze",
        "0105",
        "jaan",
        "Website 6.6.2",
        "A security fix of the editor.",
        "website-cms",
        "website",
        ("6.6.1", "6.6.2"),
        ("mari", "kadri"),
        "FREEZE",
        "all votes are there; but the library days have a freeze on the website.",
    ),
)


class Made(Struct, frozen=True):
    """What was made: the folder, where the keys are, and a text that walks through it."""

    folder: Path
    keys: Path
    text: str


def make(folder: Path, now: datetime, environ: Mapping[str, str]) -> Made:
    """Make the repository in a folder that is empty or not there yet, with its keys in `FOLDER.keys` beside it.

    Raises Misuse where there is something already, CannotJudge where git or ssh-keygen are missing or too old.
    """
    keys = folder.with_name(f"{folder.name}.keys")
    for place in (folder, keys):
        if place.exists() and (not place.is_dir() or any(place.iterdir())):
            raise Misuse(f"{place} is there already", "Nothing was written. Name a folder that is not there yet.")
    try:
        words = _words(now, {one: sshsig.new_key(keys / one, f"{one} of the example", environ) for one in PERSONS})
        _build(folder, keys, now, words, environ)
    except BaseException:
        for place in (folder, keys):  # both were empty, or not there
            shutil.rmtree(place, ignore_errors=True)
        raise
    return Made(folder, keys, "\n".join(_walk(folder, keys, words)))


def _build(folder: Path, keys: Path, now: datetime, words: Mapping[str, str], environ: Mapping[str, str]) -> None:
    repo = gitwriting.found(folder, "main", _main(now, words), environ)
    gitwriting.add(repo, [_proposed(one, now, words) for one in EXAMPLES], environ)
    for one in EXAMPLES:
        _vote(repo, one, keys, now, words, environ)
    gitwriting.add(repo, [_edited(one, now, words) for one in EXAMPLES if one.then], environ)


def _words(now: datetime, public: Mapping[str, str]) -> dict[str, str]:
    """What stands for the places in the files. Work began three hours ago, its window one hour ago."""

    def day(days: int) -> str:
        return (now - timedelta(days=days)).date().isoformat()

    def hour(**ago: float) -> str:
        return (now - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%SZ")

    return {
        "year": f"{now.year}",
        "today": day(0),
        "founded": day(40),
        "requested": day(7),
        "reported": hour(hours=4),
        "window_start": hour(hours=1),
        "window_end": hour(days=-14),
        "freeze_start": hour(days=2),
        "freeze_end": hour(days=-30),
        **{f"key_{name}": key for name, key in public.items()},
    }


def _main(now: datetime, words: Mapping[str, str]) -> list[Commit]:
    files = {path: _filled(text, words) for path, text in _texts(_folder() / "main")}
    incident = {f"records/incidents/INC-{now.year}-0201.yaml": _filled(_text("incident.yaml"), words)}
    return [
        _commit("main", "rein", "Begin to write the library's services down", now - timedelta(days=40), files),
        _commit("main", "kadri", "Nobody can borrow or return", now - timedelta(hours=4), incident),
    ]


def _proposed(one: Example, now: datetime, words: Mapping[str, str]) -> Commit:
    return _commit(one.branch, one.author, one.title, now - timedelta(hours=3), _files(one, one.versions[1], words))


def _edited(one: Example, now: datetime, words: Mapping[str, str]) -> Commit:
    at = now - timedelta(hours=1)
    return _commit(one.branch, one.author, f"Rather {one.then}", at, _files(one, one.then, words))


def _files(one: Example, version: str, words: Mapping[str, str]) -> dict[str, bytes]:
    """The change and the item, with that version."""
    about = {"change": name(one, words), "title": one.title, "reason": one.reason, "item": one.item}
    about |= {"service": one.service, "from": one.versions[0], "to": version}
    return {
        f"records/changes/{about['change']}.yaml": _filled(_text(one.template), {**words, **about}),
        f"{_ITEMS}/{one.item}.yaml": _item(one, version),
    }


def _item(one: Example, version: str) -> bytes:
    text = _text(f"main/{_ITEMS}/{one.item}.yaml")
    return text.replace(f"version: {one.versions[0]}\n", f"version: {version}\n").encode()


def _vote(
    repo: GitRepo, one: Example, keys: Path, now: datetime, words: Mapping[str, str], environ: Mapping[str, str]
) -> None:
    """The votes, drawn up and signed as `itsmctl change approve` does it, and committed on the branch."""
    at = now - timedelta(hours=2)
    with gitbench.bench(repo) as bench:
        base, head = repo.resolve("refs/heads/main"), repo.resolve(f"refs/heads/{one.branch}")
        held, _ = read(bench, Ask(base, head, "", "refs/heads/main", at), environ)
        roster = Roster.of(held.base, at)
        matter = voting.matter(held, name(one, words))
        commits = []
        for person in one.voters:
            made = voting.draw_up(held, matter, "approve", person, (), roster, environ)
            public = (keys / f"{person}.pub").read_text(encoding="utf-8")
            files = voting.sign(made, keys / person, public, environ, may_ask=False)
            message = f"approvals: {person} approves {matter.change.name}"
            commits.append(_commit(one.branch, person, message, at, files))
    gitwriting.add(repo, commits, environ)


def name(one: Example, words: Mapping[str, str]) -> str:
    """The name of its change."""
    return f"CHG-{words['year']}-{one.number}"


def _commit(branch: str, person: str, message: str, at: datetime, files: Mapping[str, bytes]) -> Commit:
    about: Any = yamltext.read(_text(f"main/records/persons/{person}.yaml").encode())
    return Commit(branch, about["metadata"]["title"], f"{person}@raamatukogu.pohjaranna.example", at, message, files)


def _walk(folder: Path, keys: Path, words: Mapping[str, str]) -> Iterator[str]:
    """What to type, and what it says."""
    yield f"A library with five pull requests is in {folder.name}/. Its persons' keys are in {keys.name}/: they are for"
    yield "trying alone, so whoever has them may vote."
    yield ""
    yield f"  cd {folder.name}"
    for one in EXAMPLES:
        yield ""
        yield f"{one.outcome}: {one.says}"
        yield ""
        yield f"  itsmctl gate --head {one.branch}"
    own, stale = EXAMPLES[2], EXAMPLES[1]
    yield ""
    yield "Then vote yourself: with kadri's vote, and with votes on what it became, both are allowed."
    yield ""
    for one, voters in ((own, ("kadri",)), (stale, ("mari", "kadri"))):
        yield f"  git switch --quiet {one.branch}"
        for person in voters:
            yield f"  itsmctl change approve {name(one, words)} --key ../{keys.name}/{person} --yes"
        yield "  itsmctl gate"
        yield ""
    yield "And look back at what is on main: itsmctl audit history main"


def _filled(text: str, words: Mapping[str, str]) -> bytes:
    return Template(text).substitute(words).encode()


def _folder() -> Traversable:
    return resources.files("itsmctl.desk") / "example_files"


def _text(path: str) -> str:
    return (_folder().joinpath(*path.split("/"))).read_text(encoding="utf-8")


def _texts(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            yield from _texts(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry.read_text(encoding="utf-8")
