"""What a git server asks before it takes a push: is each update of the target allowed, and do tags stay where they are?

Reads the updates as git gives them to a hook. Other branches are nobody's business here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from itsmctl import __version__, announcing, destination, founding, hearing, inline, settings
from itsmctl.errors import CannotJudge
from itsmctl.findings import Finding, Place, Report, Seen
from itsmctl.gate import beginnings, calendar, codes
from itsmctl.gate.verdict import Verdict, deny, note, of
from itsmctl.gitprocess import to_text
from itsmctl.proposal import Ask

if TYPE_CHECKING:
    from itsmctl.evidence.signed import EvidenceFile
    from itsmctl.gitbench import Bench
    from itsmctl.gitrepo import GitRepo
    from itsmctl.hearing import Hearing

KEPT = ("refs/tags/baseline/", "refs/tags/release/")
"""Tags that say what once was: made once, never moved, never taken away."""

REPLACES = "refs/replace/"
"""What has git read one object for another, wherever its objects are looked at."""

MOST_STEPS = 12
"""Commits of one push that are looked at one by one."""

_TO_WHOM = "Ask whoever runs this server to look at it: they let it in, by --bootstrap {} in the hook pre-receive."
_OID = rb"[0-9a-f]{40}(?:[0-9a-f]{24})?"
_UPDATE = re.compile(rb"(%s) (%s) (refs/[^\0 ]+)" % (_OID, _OID))
_BRANCH = destination.LOCAL
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_NAMED = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


class Update(NamedTuple):
    """One ref that a push moves, from one object id to another; "" where it is made or taken away."""

    old: str
    new: str
    ref: str


def updates(said: bytes) -> tuple[Update, ...]:
    """The updates in the lines `old new ref` that git writes to its hook. Raises CannotJudge for anything else."""
    *lines, last = said.split(b"\n")
    found = [_UPDATE.fullmatch(line) for line in lines]
    if last or not found or None in found:
        message = "standard input does not hold the updates of a push: old, new and ref, a line each"
        raise CannotJudge(message, "git gives them to the hook pre-receive: have it run itsmctl gate --pre-receive.")
    made = tuple(Update(_oid(one[1]), _oid(one[2]), to_text(one[3])) for one in found if one)
    if any(not one.old and not one.new for one in made) or len({one.ref for one in made}) < len(made):
        raise CannotJudge("standard input names a ref twice, or one that was never there", "Push each ref once.")
    return made


def _oid(said: bytes) -> str:
    return said.decode() if said.strip(b"0") else ""


def quarantine(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Where git keeps the objects of a push until its hook agrees, from the variables that it sets for the hook."""
    named = [environ.get("GIT_QUARANTINE_PATH", ""), environ.get("GIT_OBJECT_DIRECTORY", "")]
    named += _listed(environ.get("GIT_ALTERNATE_OBJECT_DIRECTORIES", ""))
    return tuple(Path(one) for one in dict.fromkeys(named) if one)


def _listed(paths: str) -> list[str]:
    """A list of paths as git writes it: one that holds what divides them stands in quotes, as in C."""
    found, rest = [], os.fsencode(paths)
    divider = os.pathsep.encode()
    while rest:
        quoted = re.match(rb'"((?:[^"\\]|\\.)*)"', rest, re.DOTALL)
        one = _ESCAPE.sub(_unescaped, quoted[1]) if quoted else rest.partition(divider)[0]
        rest = rest[quoted.end() :] if quoted else rest[len(one) :]
        if rest and not rest.startswith(divider):
            raise CannotJudge("GIT_ALTERNATE_OBJECT_DIRECTORIES is no list of paths", "Leave it to git to set it.")
        found.append(os.fsdecode(one))
        rest = rest[1:]
    return found


def _unescaped(match: re.Match[bytes]) -> bytes:
    said = match[1]
    return bytes([int(said, 8) & 255]) if len(said) == 3 else _NAMED.get(said, said)


class Server(Struct, frozen=True, dict=True):
    """A repository that is pushed to. `bench` sees the new objects, too; `prefix`: the governed root, "" or "a/b/".

    `pinned`: the digest of the first governance, where it is not there yet.
    """

    repo: GitRepo
    bench: Bench
    prefix: str
    now: datetime
    environ: Mapping[str, str]
    pinned: str | None = None
    relayed: Sequence[EvidenceFile] = ()
    is_named: bool = False  # the governed root, in the hook

    def report(self, pushed: Sequence[Update]) -> Report:
        """The report on a push: git takes all of it or nothing, so the worst outcome is that of the whole.

        Raises CannotJudge where anything cannot be read, or several branches are the target by their own settings.
        """
        real = [one._replace(ref=self._led_to(one.ref)) for one in pushed]
        targets = [one for one in real if self._is_target(one)]
        if len(targets) > 1:
            named = " and ".join(one.ref for one in targets)
            raise CannotJudge(f"{named} are each the target by what they hold", "Push one after the other.")
        grounds = [self._aside(one) for one in real if one not in targets]
        for update in targets:
            refused = self._backwards(update)
            if refused is None:
                held = self._heard(update)
                apart = [] if held.verdict.allowed else [*self._apart(update)]
                if apart:  # what is said of all of it as one merge holds for none of them
                    return self._bare([*grounds, *apart], targets)
                return self._with_dates(self._told(held, grounds), update)
            grounds.append(refused)
        return self._bare(grounds, targets)

    def _led_to(self, ref: str) -> str:
        """What a symbolic ref stands for: moving it moves the other."""
        said = self.repo.process.run("symbolic-ref", "--quiet", ref, may_fail=True)
        return to_text(said).removesuffix("\n") or ref

    def _is_target(self, update: Update) -> bool:
        """By the settings at its old commit; where those say nothing, by the new ones, and by what is usual."""
        if not update.ref.startswith(_BRANCH):
            return False
        named = self._named(update.old) if update.old else ""
        usual = (self._named(update.new) if update.new else "", f"{_BRANCH}{self.repo.branch}", destination.USUAL)
        found = [one for one in ((named,) if named else usual) if one.casefold() == update.ref.casefold()]
        if found and update.ref not in found:
            message = f"{update.ref} differs from the target {found[0]} in upper and lower case alone"
            raise CannotJudge(message, "Give the branch another name: some file systems take both for one.")
        return bool(found)

    def _named(self, oid: str) -> str:
        """The target that the settings of a commit name; "" where there are none, or none that can be read."""
        blob = self.bench.repo.ids([f"{oid}:{self.prefix}{settings.FILE}"])[0]
        if not blob:
            self._refuse_elsewhere(oid)
            return ""
        return destination.named(self.bench, blob) or ""

    def _refuse_elsewhere(self, oid: str) -> None:
        """A hook that looks for the governed root in the wrong place would let everything pass."""
        held = self.bench.repo.tree_files(self.bench.revision(oid).tree, ".")
        places = [one.path for one in held if one.path.endswith(f"/{settings.FILE}")]
        if places:
            message = f"there is no {self.prefix}{settings.FILE} in commit {oid[:7]}, but {places[0]}"
            raise CannotJudge(message, f"Have the hook say: --root {places[0].rpartition('/')[0]}")

    def _backwards(self, update: Update) -> Verdict | None:
        """Why the target may not be moved there, whatever the new commit holds."""
        code, name = "NOT_FAST_FORWARD", update.ref
        if not update.new:
            return deny("check", name, code, "is the target: it is never taken away")
        if update.old and update.old not in {one.oid for one in self.bench.first_parents(update.new, [])}:
            says = f"commit {update.new[:7]} does not follow commit {update.old[:7]} by first parents"
            hint = "Begin at the target's tip: rebase onto it, or check it out and merge your branch into it."
            return deny("check", name, code, f"{says}: what the branch once held would be hidden", hint=hint)
        return None

    def _aside(self, update: Update) -> Verdict:
        """What is said of a ref that is no target."""
        folded = update.ref.casefold()
        if update.old and folded.startswith(KEPT):
            deed = "moved" if update.new else "taken away"
            hint = "Make a new one: names of baselines and releases are used once."
            return deny("check", update.ref, "TAG_MOVED", f"is there already, and is never {deed}", hint=hint)
        if update.new and folded.startswith(REPLACES):
            says = "would have git show another object than the one that was judged"
            return deny("check", update.ref, "MEANS_ANOTHER", says, hint=f"Do not push {REPLACES}.")
        if update.new and folded in self._lookalikes:
            says = "would be found by the name of the target, before the target itself"
            return deny("check", update.ref, "MEANS_ANOTHER", says, hint="Give it a name that no branch has.")
        return note("note", update.ref, "NOT_JUDGED", "is not the target of the settings: nothing of it was judged")

    @cached_property
    def _lookalikes(self) -> frozenset[str]:
        """Refs that git, asked for the target by its name, takes before the branch: see git help revisions."""
        tip = to_text(self.repo.process.run("rev-parse", "--quiet", "--verify", "HEAD^{commit}", may_fail=True)).strip()
        names = {destination.USUAL, f"{_BRANCH}{self.repo.branch}", self._named(tip) if tip else ""}
        short = [name.removeprefix(_BRANCH) for name in names if name.startswith(_BRANCH)]
        spelled = [form for name in short for form in (name, f"heads/{name}", f"{_BRANCH}{name}")]
        found = {f"{place}{form}".casefold() for form in spelled for place in ("refs/", "refs/tags/")}
        found |= {f"{_BRANCH}{form}".casefold() for form in spelled if form not in short}
        return frozenset(found - {name.casefold() for name in names})

    def _heard(self, update: Update) -> Hearing:
        base = self.bench.revision(update.old) if update.old else self.bench.nothing()
        inline.refuse_second(self.bench, base.oid, self.prefix)
        ask = Ask(base, self.bench.revision(update.new), self.prefix, update.ref, self.now, is_named=self.is_named)
        if not self.bench.repo.ids([f"{base.oid}:{self.prefix}{settings.FILE}"])[0]:
            return founding.hear(self.bench, ask, self.pinned, _TO_WHOM)
        return hearing.hear(self.bench, ask, self.environ, (), self.relayed)

    def _with_dates(self, report: Report, update: Update) -> Report:
        """Says as well where looking back, which knows no more than the commit's time, will find it denied."""
        claimed = beginnings.moment(self.bench.revision(update.new).time)
        is_denied = any(one.severity == "error" for one in report.findings)
        if is_denied or not update.old or claimed >= self.now:
            return report
        if replace(self, now=claimed)._passes(update.old, update.new, update.ref):
            return report
        says = (
            f"commit {update.new[:7]} is let in now, and says that it was made {calendar.said(claimed)}, when it would "
        )
        says += "not have been: audit history will call it denied"
        hint = (
            "Keep a receipt of it, or have a merge commit, made when it is pushed, as the last one: git merge --no-ff"
        )
        known = Finding("DATED_BEFORE", "info", says, Place(""), hint=hint)
        return replace(report, findings=(*report.findings, known))

    def _apart(self, update: Update) -> Iterator[Verdict]:
        """Of a push that is denied as a whole: that it would be allowed as several, if it would.

        Nobody but whoever pushes says where one merge ends and the next begins, so the steps are named, and not taken.
        """
        line = [one.oid for one in self.bench.first_parents(update.new, [])]
        rest = line[line.index(update.old) + 1 :] if update.old in line else []
        if not 2 <= len(rest) <= MOST_STEPS:
            return
        base, ends = update.old, []
        while rest:
            end = next((oid for oid in rest if (base, oid) != update[:2] and self._passes(base, oid, update.ref)), None)
            if end is None:
                return
            ends.append(end)
            base, rest = end, rest[rest.index(end) + 1 :]
        says = f"brings {len(ends)} merges that are allowed one after the other, and not as one: push them one by one"
        yield deny("check", update.ref, "SEVERAL_MERGES", says)
        for number, oid in enumerate(ends, 1):
            command = f"git push origin {oid}:{update.ref}"
            yield deny("check", update.ref, "SEVERAL_MERGES", f"push {number} of {len(ends)}:  {command}")

    def _passes(self, old: str, new: str, ref: str) -> bool:
        try:
            return self._heard(Update(old, new, ref)).verdict.allowed
        except CannotJudge:
            return False

    def _told(self, held: Hearing, aside: Sequence[Verdict]) -> Report:
        """The target's own verdict, with what is said of the other refs."""
        whole = of("gate", held.verdict.name, (*aside, *held.verdict.because))
        told = replace(held.verdict, outcome=whole.outcome, because=whole.because)
        return announcing.report(replace(held, verdict=told), self.prefix.rstrip("/"))

    def _bare(self, grounds: Sequence[Verdict], targets: Sequence[Update]) -> Report:
        """Of a push that is refused, or passes, before any content is looked at."""
        base, head = next(((one.old, one.new) for one in targets), ("", ""))
        at = calendar.said(self.now)
        details = {"base": base, "head": head, "target": next((one.ref for one in targets), ""), "at": at}
        verdict = of("gate", "push", grounds, "" if targets else "the push does not reach the target")
        findings = tuple(
            Finding(one.code, "error", f"{one.name} {one.says}", Place(""), hint=str(one.details.get("hint", "")))
            for one in grounds
            if not one.allowed
        )
        seen = Seen("the push", at)
        tree = _data(replace(verdict, details=details))
        told = f"{verdict.outcome}: the push" if findings else f"not judged: {_elsewhere(grounds)}"
        place = self.prefix.rstrip("/")
        return Report("gate", findings, seen, codes.RULES, __version__, prefix=place, verdict=tree, summary=told)


def _elsewhere(grounds: Sequence[Verdict]) -> str:
    """Where the push goes, as what the target is not."""
    names = [one.name for one in grounds]
    named = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"{named} {'is' if len(names) == 1 else 'are'} not the target of the settings"


def _data(verdict: Verdict) -> Mapping[str, Any]:
    """As `announcing.data`, of a tree in which nothing stands at a place."""
    found = {name: getattr(verdict, name) for name in ("what", "name", "outcome", "code", "says")}
    return {**found, "details": dict(verdict.details), "because": [_data(one) for one in verdict.because]}
