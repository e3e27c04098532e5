"""References that lead to no record: which record was meant, and how that is written. Judges one snapshot."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from itsmctl.kinds import Kind, ReferenceRule
from itsmctl.nearest import nearest
from itsmctl.records import Record, Remark, value_at
from itsmctl.snapshot import Snapshot
from itsmctl.sources.model import UPWARDS, Irregular

_MOST_COMPARED = 200_000
_MOST_LISTED = 8
_OF_FORM = frozenset({"schema-format", "reference-kind"})
"""The rules that look at a reference by itself: what they found is told there, and not again."""


def inspect(head: Snapshot) -> Iterator[Remark]:
    """One remark for each reference that leads nowhere, unless its form is wrong already."""
    named = {target for record in head.records.values() for _, target in record.references}
    missed = named - head.records.keys()  # in C, over all references at once: nearly always few
    if not missed:
        return
    misformed = {(one.record, one.pointer) for one in head.remarks if one.rule in _OF_FORM}
    candidates = _Candidates(head)
    known = head.records
    for record in known.values():
        for pointer, target in record.references:
            if (
                target in missed
                and not head.holds(target)
                and (record.ref, pointer) not in misformed
                and not _may_be_absent(record, pointer, target, head)
            ):
                yield _unresolved(record, pointer, target, candidates)


def explained(head: Snapshot) -> Iterator[Remark]:
    """The remarks on single files; those on a reference in the wrong form say which record was meant."""
    candidates = _Candidates(head)
    for remark in head.remarks:
        record = head.records.get(remark.record) if remark.rule in _OF_FORM else None
        rule = head.law.kinds[record.kind].reference_at(remark.pointer) if record is not None else None
        written = value_at(record.data, remark.pointer) if record is not None else None
        if rule is None or not isinstance(written, str):
            yield remark
            continue
        hint, related = candidates.advice(written, rule)
        yield replace(remark, hint=hint or remark.hint, related=related or remark.related)


class _Candidates(Struct):
    """Finds the records that a text in place of a reference was meant to name.

    Comparing every missing name with every record would take minutes where thousands are missing, so that only the
    first of them are told what comes near.
    """

    head: Snapshot
    compared: int = 0
    called: dict[str, dict[str, list[Record]]] = field(default_factory=dict)
    known: dict[tuple[tuple[str, ...], bool], dict[str, Record]] = field(default_factory=dict)
    found: dict[tuple[tuple[str, ...], bool, str], list[tuple[str, Record]]] = field(default_factory=dict)

    def advice(self, written: str, rule: ReferenceRule) -> tuple[str, tuple[tuple[str, str, str], ...]]:
        """(what to write, where that record stands) for a text that names none; both empty where nothing is near."""
        meant = self.meant(written, rule)
        close = meant or self.near(written, rule.kinds, rule.qualified)
        if not close:
            return "", ()
        words = " or ".join(dict.fromkeys(_as_written(record, rule) for record in close))
        place = (
            close[0].path,
            "/metadata/name",
            "it is called so here" if meant else "the nearest name is written here",
        )
        return f"Write: {words}" if meant else f"Did you mean {words}?", (place,)

    def meant(self, written: str, rule: ReferenceRule) -> list[Record]:
        """Records that the text names but for letter case or the kind in front of it, or by title or e-mail address."""
        front, _, bare = written.strip().rpartition("/")
        kinds = self.head.law.kinds
        named = [kind for kind in rule.kinds if front.casefold() in (kind.casefold(), kinds[kind].plural)]
        found: list[Record] = []
        for kind in named or rule.kinds:
            found += self._called(kind).get(bare.casefold(), ())
            found += self._called(kind).get(written.strip().casefold(), ())
        return list({record.ref: record for record in found}.values())[:3]

    def near(self, written: str, kinds: tuple[str, ...], qualified: bool) -> list[Record]:
        """The records whose names come nearest."""
        key = (kinds, qualified and "/" in written)
        if key not in self.known:
            held = (record for kind in kinds for record in self.head.by_kind.get(kind, ()))
            self.known[key] = {record.ref if key[1] else record.name: record for record in held}
        if (*key, written) not in self.found:
            candidates = self.known[key] if self.compared < _MOST_COMPARED else {}
            self.compared += len(candidates)
            self.found[*key, written] = [(name, candidates[name]) for name in nearest(written, candidates)]
        return [record for _, record in self.found[*key, written]]

    def _called(self, kind: str) -> dict[str, list[Record]]:
        """Name or title without regard to case → the records of the kind that are called so."""
        if kind not in self.called:
            made = self.called[kind] = {}
            for record in self.head.by_kind.get(kind, ()):
                for word in {record.name.casefold(), record.title.casefold(), *_addresses(record)}:
                    made.setdefault(word, []).append(record)
        return self.called[kind]


def _addresses(record: Record) -> list[str]:
    """The e-mail addresses of a person."""
    emails = value_at(record.data, "/spec/emails") if record.kind == "Person" else None
    return [one.casefold() for one in emails if isinstance(one, str)] if isinstance(emails, list) else []


def _as_written(record: Record, rule: ReferenceRule) -> str:
    return record.ref if rule.qualified else record.name


def _may_be_absent(record: Record, pointer: str, target: str, head: Snapshot) -> bool:
    """What is to be added or was removed need not be there; what is over may name what history still holds."""
    kinds = head.law.kinds
    rule = kinds[record.kind].reference_at(pointer)
    if rule is not None and rule.allows_absence(value_at(record.data, pointer.rpartition("/")[0])):
        return True
    target_kind, _, name = target.partition("/")
    if target_kind == "File":
        return head.source.holds(name)
    if target_kind not in kinds:
        return False
    # the items of an open change may be gone as well, since another one removed them; nobody who has to act may
    is_item = rule is not None and bool(rule.absent) and not kinds[target_kind].governance
    return (is_item or _is_over(record, kinds[record.kind])) and _is_gone(kinds[target_kind], name, head)


def _is_over(record: Record, kind: Kind) -> bool:
    """Does the record tell of the past: of what is closed, or of what simply happened?"""
    return not kind.controlled and (kind.lifecycle is None or record.state in kind.lifecycle.terminal)


def _is_gone(kind: Kind, name: str, head: Snapshot) -> bool:
    """Was there such a record once? Without all of history nobody knows."""
    return head.source.whole_history and head.source.once_held(head.law.home(kind.plural, name))


def _unresolved(record: Record, pointer: str, target: str, candidates: _Candidates) -> Remark:
    """The finding names the record that was meant, or those whose names come near, and where the best one stands."""
    head = candidates.head
    kind, _, name = target.partition("/")
    rule = head.law.kinds[record.kind].reference_at(pointer)
    written = str(value_at(record.data, pointer))
    hint, related = candidates.advice(written, rule) if rule is not None and kind != "File" else ("", ())
    if kind == "File":
        odd = _oddity(name, head)
        message = f"{name} is {odd}, and no file" if odd else f"there is no file {name}"
        hint = "Correct the path; it is relative to the folder of itsm.yaml."
        hint = "Put the file itself there, or leave it out: what stands there can change elsewhere." if odd else hint
    elif kind not in head.law.kinds:
        message = f"{written} names no record: there is no kind {kind}"
        hint = hint or f"Write Kind/name, with one of: {', '.join(rule.kinds if rule else ())}."
    elif _is_gone(head.law.kinds[kind], name, head):
        message = f"there is no {kind} called {name} any more"
        hint = "Name another one, or bring it back: only what is closed may name what history alone holds."
    else:
        message = f"there is no {kind} called {name}"
        hint = hint or _add_it(kind, name, head)
    return Remark("reference", "error", message, record.path, record.ref, pointer, hint=hint, related=related)


def _oddity(path: str, head: Snapshot) -> str:
    """What stands at the path of a file and is none, such as a symbolic link; "" where nothing does."""
    if path.startswith(UPWARDS):
        return ""
    found = (one for one in head.source.files(path) if isinstance(one, Irregular))
    return next((one.what for one in found if one.path == path), "")


def _add_it(kind: str, name: str, head: Snapshot) -> str:
    names = [record.name for record in head.by_kind.get(kind, ())]
    has = f"There are: {', '.join(names)}. " if 0 < len(names) <= _MOST_LISTED else ""
    return f"{has}To add it: itsmctl new {kind} {name}"
