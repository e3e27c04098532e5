"""Which change covers which edit: what is in play, what each change claims, and what nothing covers. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from itsmctl.gate import spending
from itsmctl.gate.beginnings import DONE
from itsmctl.gate.collisions import OPEN
from itsmctl.gate.model import Proposal, Touched
from itsmctl.gate.verdict import About, Verdict, deny
from itsmctl.nearest import nearest
from itsmctl.records import CHANGE, Record

TAKEN_BACK = "backed-out"
COVERING = ("implementing", TAKEN_BACK)
"""States in which a change covers edits: it is being carried out, or taken back (see backout)."""


class Claim(Struct, frozen=True):
    """A change in play with the edits that are its own. `record` is as the merge result has it."""

    record: Record
    before: Record | None
    edits: tuple[Touched, ...]

    @property
    def name(self) -> str:
        """The id of the change."""
        return self.record.name

    @property
    def spec(self) -> Mapping[str, Any]:
        """What the change says."""
        spec: Mapping[str, Any] = self.record.data["spec"]
        return spec


def in_play(proposal: Proposal) -> dict[str, Record]:
    """Name → record of every change that the head adds or edits, or that a commit of B..H names in a trailer."""
    found: dict[str, Record] = {}
    wanted = [ref.partition("/")[2] for ref in proposal.edits if ref.startswith(f"{CHANGE}/")]
    wanted += [name.removeprefix(f"{CHANGE}/") for commit in proposal.commits for name in commit.names]
    for name in sorted(set(wanted)):
        record = proposal.merged.get(f"{CHANGE}/{name}")
        if record is not None and record.sound:
            found[record.name] = record
    return found


def claims(proposal: Proposal) -> tuple[tuple[Claim, ...], tuple[Verdict, ...]]:
    """Each change in play with what it covers, and a verdict on every controlled edit that not exactly one covers."""
    playing = in_play(proposal)
    held: dict[str, list[Touched]] = {name: [] for name in playing}
    faults: list[Verdict] = []
    for touched in proposal.edits.values():
        if not touched.controlled:
            continue
        listing = {name: one for name, one in playing.items() if item_of(one, touched.ref) is not None}
        covering = [name for name, one in listing.items() if one.state in COVERING]
        if len(covering) > 1:  # one that was carried out and is not finished yet covers nothing any more
            covering = [name for name in covering if not _is_done(proposal, listing[name], touched)] or covering
        if len(covering) == 1:
            held[covering[0]].append(touched)
            faults += _differs(listing[covering[0]], touched)
        else:
            faults.append(_unclaimed(proposal, touched, listing, covering))
    found = tuple(Claim(record, proposal.base.get(record.ref), tuple(held[name])) for name, record in playing.items())
    return found, tuple(faults)


def item_of(change: Record, ref: str) -> tuple[int, Mapping[str, Any]] | None:
    """(position, item) of the change's item that names the record or file."""
    for position, item in enumerate(change.data["spec"].get("items", ())):
        if item["item"] == ref:
            return position, item
    return None


def _differs(change: Record, touched: Touched) -> Iterator[Verdict]:
    """The item says add, remove or change; the edit has to be that. A back-out does the reverse, see `backout`."""
    if change.state == TAKEN_BACK:
        return
    found = item_of(change, touched.ref)
    if found is not None and found[1]["action"] != touched.action:
        says = (
            f"{change.name} lists {touched.ref} to {found[1]['action']}, and the head's edit is to {touched.action} it"
        )
        about = About(change.path, f"/spec/items/{found[0]}/action")
        yield deny("check", touched.ref, "ACTION_DIFFERS", says, about)


def _unclaimed(proposal: Proposal, touched: Touched, listing: Mapping[str, Record], covering: list[str]) -> Verdict:
    about = About(touched.path, "", "merge" if touched.line.after is not None else "base")
    verb = {"add": "adds", "remove": "removes", "change": "edits"}[touched.action]
    kind = proposal.base.law.kinds.get(touched.line.kind)
    if kind is not None and not kind.controlled:  # its name alone makes it one of those that need a change
        says = f"a rename gives or takes the name {touched.ref}, and what is of a register keeps its own: take it back"
        return deny("check", touched.ref, "NOT_COVERED", says, about)
    if len(covering) > 1:
        says = f"{' and '.join(covering)} both list {touched.ref}: exactly one change covers an edit"
        return deny("check", touched.ref, "CLAIMED_TWICE", says, about, changes=covering)
    if listing:
        name, one = next(iter(listing.items()))
        says = (
            f"the head {verb} {touched.ref}, and {name}, which lists it, is {one.state}: edits come with a change that "
            f"is implementing. {_begun(one)}"
        )
        return deny("check", touched.ref, "NOT_IMPLEMENTING", says, About(one.path, "/spec/state"), changes=[name])
    says = f"the head {verb} {touched.ref}, and no change in play lists it among its items: {_hint(proposal, touched)}"
    return deny("check", touched.ref, "NOT_COVERED", says, about)


def _begun(change: Record) -> str:
    """What to do where the change that lists an edit is not being carried out."""
    if change.state in DONE or change.state in ("rejected", "cancelled"):
        return "It is over: itsmctl change new --from-diff writes another, and then that is committed"
    return f"itsmctl change implement {change.name} says that the work begins"


def _hint(proposal: Proposal, touched: Touched) -> str:
    """What is nearest to covering the edit: a change that cannot be read, one that is not in play, a name, or none."""
    unread = [ref for ref in proposal.edits if ref.startswith(f"{CHANGE}/") and ref in proposal.merged.unread]
    if unread:
        return f"{unread[0]} cannot be read, so mend that first: itsmctl validate {proposal.merged.unread[unread[0]]}"
    undone = _undone(proposal, touched)
    if undone:
        return (
            f"it takes back what {undone} did, which its own votes allow as long as its record and they stay: on a "
            f"branch from the base, itsmctl change backout {undone}"
        )
    others = [
        one
        for one in proposal.merged.by_kind.get(CHANGE, ())
        if one.sound and one.state in OPEN and item_of(one, touched.ref) is not None
    ]
    able = [one for one in others if not is_used_up(proposal, one, touched)]
    mine = [one.name for one in able if one.state == "implementing" and _is_theirs(proposal, one)]
    if mine:
        return f"{mine[0]} lists it and is not in play: name it in a commit, as a trailer Change: {mine[0]}"
    if able:
        return (
            f"itsmctl change new --from-diff writes one, and then it is committed. {able[0].name} lists it, too, and "
            f"is {able[0].state}: it is for whom it names to go on with it"
        )
    if others:
        return f"{others[0].name} lists it and was carried out already; itsmctl change new --from-diff writes a new one"
    listed = [i["item"] for one in in_play(proposal).values() for i in one.data["spec"].get("items", ())]
    near = nearest(touched.ref, listed)
    if near:
        return f"did the change mean it by {near[0]}?"
    return "itsmctl change new --from-diff writes one, and then it is committed"


def _undone(proposal: Proposal, touched: Touched) -> str:
    """The change that is being carried out, and did last what the edit takes back; "" where there is none.

    Only for words: it decides nothing.
    """
    held = proposal.history.landings(touched.ref)
    last = (held[-2].digest if len(held) > 1 else None, held[-1].digest) if held else None
    if last != (touched.line.after, touched.line.before):
        return ""
    base = (one for one in proposal.base.by_kind.get(CHANGE, ()) if one.sound and one.state == "implementing")
    doing = [one for one in base if item_of(one, touched.ref) is not None]
    brought = [one for one in doing if any(step.place == held[-1].place for step in proposal.history.landings(one.ref))]
    found = brought or doing
    return found[-1].name if found else ""


def _is_theirs(proposal: Proposal, change: Record) -> bool:
    """Does the change name one of the authors of this head? Only for words: it decides nothing."""
    spec = change.data["spec"]
    named = {name for name in (spec.get("requester"), *spec.get("implementers", ())) if isinstance(name, str)}
    people = (proposal.base.get(f"Person/{name}") for name in named)
    emails = {
        email.casefold()
        for person in people
        if person is not None and person.sound
        for email in person.data["spec"].get("emails", ())
    }
    hands = (hand for commit in proposal.commits for hand in commit.hands)
    return any(hand.role in ("author", "co-author") and hand.email.casefold() in emails for hand in hands)


def _is_done(proposal: Proposal, change: Record, touched: Touched) -> bool:
    return change.state != TAKEN_BACK and is_used_up(proposal, change, touched)


def is_used_up(proposal: Proposal, change: Record, touched: Touched) -> bool:
    """Was the change carried out, so that it cannot cover the edit any more?"""
    before = proposal.base.get(change.ref)
    in_parts = change.data["spec"].get("apply") == "in-parts"
    return bool(spending.spent(change, [touched.line], proposal)) or (
        not in_parts and bool(spending.apart(change, before, proposal))
    )
