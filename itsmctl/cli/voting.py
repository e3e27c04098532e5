"""Casts a vote for a command: opens the case, finds the key, asks, commits or hands over. Decides nothing."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl.cli import courtroom, say, whereabouts, workplace
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.escape import visible

if TYPE_CHECKING:
    from datetime import datetime

    from itsmctl.desk.voting import Bytes, Matter
    from itsmctl.gate.model import Proposal
    from itsmctl.records import Record
    from itsmctl.roster import Roster
    from itsmctl.votes import Decision


class Ballot(Struct, frozen=True):
    """What the command line says of a vote."""

    decision: Decision
    change: str
    role: str
    reason: str
    expires: str | None
    key: Path | None
    out: Path | None
    to_base: bool
    yes: bool
    anyway: bool = False


def cast(ballot: Ballot, root: Path | None, base: str | None, head: str, target: str | None) -> int:
    """Draw up the vote, show it, sign it, and commit it or write it to a folder; 0."""
    from itsmctl import hearing, proposal
    from itsmctl.desk import doubting, paper, voting
    from itsmctl.evidence import signed
    from itsmctl.roster import Roster

    with courtroom.opened(root, courtroom.What(base, head, target, may_be_own=True), courtroom.Supposed()) as case:
        held, _ = proposal.read(case.bench, case.ask, os.environ)
        roster = Roster.of(held.base, held.now)
        doubting.refuse_unknown(ballot.role, held, roster)
        key, public = key_of(ballot.key, roster)
        person = voting.voter(roster, public)
        matter = _matter(case, held, ballot.change)
        ref = _place(ballot, case, head, held.target)
        files = list(hearing.committed(case.bench, case.ask, held, [matter.change.name]))
        evidence = signed.collect(files, roster, held.now, os.environ)
        matter = voting.afterwards(held, matter, evidence)
        made = voting.draw_up(
            held,
            matter,
            ballot.decision,
            person,
            files,
            roster,
            os.environ,
            role=ballot.role,
            reason=ballot.reason,
            expires_at=_until(ballot.expires, held.now),
        )
        say.put("".join(f"{line}\n" for line in paper.told(made, matter, say.width())))
        _refuse_doubtful(
            ballot, list(doubting.doubts(held, matter, ballot.decision, person, roster, ballot.role, evidence))
        )
        _warn_unfinished(held, matter.change, ballot.decision)
        ask(ballot.yes)
        written = voting.sign(made, key, public, os.environ, may_ask=sys.stdin.isatty())
        return _deliver(ballot, case, written, f"{person} {ballot.decision}s {matter.change.name}", ref)


def _refuse_doubtful(ballot: Ballot, doubts: list[str]) -> None:
    """A word on each doubt. Raises Misuse where there is one about an approval that is not wanted --anyway."""
    for one in doubts:
        sys.stderr.write(f"warning: this vote will not count: {visible(one)}\n")
    if doubts and ballot.decision == "approve" and not ballot.anyway:
        raise Misuse("nothing was signed, since the vote would not count", "--anyway signs it all the same.")


def _warn_unfinished(held: Proposal, change: Record, decision: Decision) -> None:
    """A word on each rule that will ask for more, since what is written then is not what was voted on."""
    from itsmctl.desk import ruling

    if decision == "approve":
        for rule, said, _ in ruling.before_votes(held.rulebook, held.merged, held.base, change, held.now):
            says = f"{rule} asks for more, and this vote will not cover what is written then: {said}"
            sys.stderr.write(f"warning: {visible(says)}\n")


def _matter(case: courtroom.Case, held: Proposal, name: str) -> Matter:
    """See desk.voting.matter; where the head does not have the change, with the branch that has it."""
    from itsmctl.desk import voting

    try:
        return voting.matter(held, name, _files(case, held))
    except Misuse as error:
        raise Misuse(
            error.message,
            whereabouts.elsewhere(case, held, name) or whereabouts.pending(case, held, name) or error.hint,
        ) from None


def _place(ballot: Ballot, case: courtroom.Case, head: str, target: str) -> str:
    """What the vote is committed on: HEAD, or the branch of --head. "" where it is handed over instead.

    Raises Misuse where a commit would go to another branch than the one that the vote is on.
    """
    if ballot.out is not None:
        return ""
    if ballot.to_base:
        return target
    here = case.repo.head()
    for full in (head, f"refs/{head}", f"refs/heads/{head}"):
        if full in case.repo.refs and full.startswith("refs/heads/"):
            return full
    if head == "HEAD" or (here is not None and here.oid == case.ask.head.oid):
        return "HEAD"
    remote = head.removeprefix("refs/remotes/").partition("/")
    switch = (
        f"git switch {remote[2]}" if remote[1] and f"refs/remotes/{'/'.join(remote[::2])}" in case.repo.refs else ""
    )
    hint = (
        f"{switch or 'Check the branch out'}, and run it there; or add --out DIR, and whoever may push brings it along."
    )
    raise Misuse(f"{head} is no branch here, so that the vote cannot be committed on it", hint)


def _files(case: courtroom.Case, held: Proposal) -> Bytes:
    """Protected files, as the base and the merge result have them."""
    from itsmctl.gitedits import NESTED
    from itsmctl.protecting import full

    def side(tree: str, path: str) -> tuple[str, bytes] | None:
        whole = full(path, case.ask.prefix)
        found = next((one for one in case.bench.repo.tree_files(tree, whole) if one.path == whole), None)
        if found is None:
            return None
        return found.mode, found.oid.encode() if found.mode == NESTED else case.bench.content(found.oid)

    return lambda path: (side(case.ask.base.tree, path), side(held.tree, path))


def _until(text: str | None, now: datetime) -> datetime | None:
    """When the vote stops to count. Raises Misuse for what is no time, or is over already."""
    if text is None:
        return None
    found = workplace.moment_of("--expires", text)
    if found <= now:
        raise Misuse(f"--expires {text} is over already, so that the vote would never count", "Give a later time.")
    return found


def ask(yes: bool) -> None:
    """Ask whether what was shown is to be signed. Raises Misuse where it is not, or nobody can be asked."""
    import typer

    if yes:
        return
    if not sys.stdin.isatty():
        raise Misuse("nobody can be asked whether that is to be signed: standard input is no terminal", "Add --yes.")
    if not typer.confirm("Sign this?", default=False, err=True):
        raise Misuse("nothing was signed", "")


def key_of(given: Path | None, roster: Roster, where: str = "the base") -> tuple[Path | str, str]:
    """(what to sign with, its public key): the given file, else the one key in ssh-agent that the roster knows.

    `where`: what the roster is of, in words.
    """
    from itsmctl import sshsig

    if given is not None:
        public = given if given.suffix == ".pub" else given.with_name(f"{given.name}.pub")
        try:
            line = " ".join(public.read_text(encoding="utf-8").split()[:2])
        except (OSError, UnicodeDecodeError):
            message = f"the public key {public} cannot be read"
            raise CannotJudge(message, f"Write it: ssh-keygen -y -f {given} > {public}") from None
        return (line if given.suffix == ".pub" else given), line
    held = ((key, roster.key(sshsig.fingerprint(key))) for key in sshsig.agent_keys(os.environ))
    known = [(key, one.person) for key, one in held if one is not None]
    if len(known) > 1:
        names = ", ".join(dict.fromkeys(person for _, person in known))
        hint = "Pick one by its public half, which stays in the agent: --key ~/.ssh/id_ed25519.pub"
        raise CannotJudge(f"{len(known)} keys in ssh-agent are of Persons at {where}: {names}", hint)
    if not known:
        raise CannotJudge(f"no key in ssh-agent is that of a Person at {where}", "Say which: --key ~/.ssh/id_ed25519")
    return known[0][0], known[0][0]


def _brought(ballot: Ballot, case: courtroom.Case, written: dict[str, bytes]) -> str:
    """How whoever may push brings a vote along: where it belongs, and the commands that put it there."""
    files = sorted(shlex.quote(str((ballot.out or Path()).absolute() / Path(path).name)) for path in written)
    folder = shlex.quote(case.ask.prefix + str(Path(min(written)).parent))
    told = f"next: whoever may push puts both into {folder}, on the branch of {ballot.change}, from its top:\n"
    return (
        f"{told}  mkdir -p {folder}\n  cp {' '.join(files)} {folder}\n  git add {folder}\n  git commit -m {_MESSAGE}\n"
    )


_MESSAGE = "'approvals: Bring a vote along'"


def _deliver(ballot: Ballot, case: courtroom.Case, written: dict[str, bytes], message: str, ref: str) -> int:
    from itsmctl import gitwriting
    from itsmctl.desk import files

    if ballot.out is not None:
        made = files.write_all(ballot.out, {Path(path).name: content for path, content in written.items()})
        return say.put(f"written: {ballot.out / made[0]} and its .sig\n{_brought(ballot, case, written)}")
    placed = {case.ask.prefix + path: content for path, content in written.items()}
    oid = gitwriting.commit_new(case.repo, ref, placed, f"approvals: {message}\n", os.environ)
    on = ref.removeprefix("refs/heads/") if ref != "HEAD" else case.repo.branch or "HEAD"
    return say.put(f"committed {oid[:7]} on {on}: {min(placed)}\n")
