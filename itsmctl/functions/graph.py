"""What a rule may ask of the records around the one it judges. Lists hold sound records only; nothing is copied."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from itsmctl import cel, renaming
from itsmctl.case import Case
from itsmctl.records import Record, same
from itsmctl.recordtypes import RecordTypes
from itsmctl.snapshot import Snapshot

Data = Mapping[str, Any]
_ROOM = 1_000_000  # references kept in answers that many records ask for


class Missing(cel.EvaluationError):
    """A rule asked for a record that is not there, or that breaks its schema: `ref` names it."""

    def __init__(self, ref: str, message: str) -> None:
        super().__init__(message)
        self.ref = ref


def signatures(types: RecordTypes) -> tuple[cel.Function, ...]:
    """See the shelf."""
    record, text = types.any, cel.STRING

    def one(arguments: tuple[cel.Type, ...]) -> cel.Type:
        return types.one_of(kinds_named(arguments, types))

    def many(arguments: tuple[cel.Type, ...]) -> cel.Type:
        return cel.ListType(types.one_of(kinds_named(arguments, types, 1)) if len(arguments) > 1 else record)

    def every(arguments: tuple[cel.Type, ...]) -> cel.Type:
        return cel.ListType(types.one_of(kinds_named(arguments, types)))

    return (
        cel.Function("ref", ((text,), (text, text)), one, _REF),
        cel.Function("resolves", ((text,), (text, text)), cel.BOOL, _RESOLVES),
        cel.Function("refs", ((record,), (record, text), (record, text, cel.ListType(text))), many, _REFS),
        cel.Function("referrers", ((record,), (record, text)), many, _REFERRERS),
        cel.Function("records", ((text,),), every, _RECORDS),
        cel.Function("impact", ((record,), (record, text)), many, _IMPACT),
        cel.Function("held_before", ((text,),), cel.BOOL, _HELD_BEFORE),
        cel.Function("before", ((record,),), lambda given: cel.union((given[0], cel.NULL)), _BEFORE),
        cel.Function("edited", ((record,),), cel.BOOL, _EDITED),
        cel.Function("closed", ((record,),), cel.BOOL, _CLOSED),
    )


def bind(case: Case) -> Mapping[str, Callable[..., Any]]:
    """See the shelf."""
    return _Graph(case).functions()


class _Graph:
    """The functions over one case. Records are known by the identity of their data, which is never copied."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.head = case.head
        self._impacts: dict[tuple[str, str], list[Data]] = {}
        self._room = _ROOM
        self._every: dict[str, list[Data]] = {}
        self._before: dict[str, Data | None] = {}
        self._in_state: dict[tuple[str, ...], Mapping[int, list[Data]] | None] = {}
        self._owners = {id(record.data): record for record in case.head.records.values()}
        self._plain = {} if case.head.blind else {r.ref: r.data for r in case.head.records.values() if r.sound}

    def functions(self) -> dict[str, Callable[..., Any]]:
        return {
            "ref": self.ref,
            "resolves": lambda *words: self.head.holds("/".join(words)),
            "refs": self.refs,
            "referrers": self.referrers,
            "records": self.every,
            "impact": self.impact,
            "held_before": self.held_before,
            "before": self.before,
            "edited": self.edited,
            "closed": self.closed,
        }

    def ref(self, *words: str) -> Data:
        return needed(self.head, "/".join(words))

    def every(self, kind: str) -> list[Data]:
        known = self._every.get(kind)
        if known is None:
            known = self._every[kind] = every(self.head, kind)
        return known

    def refs(self, data: Data, kind: str = "", states: Sequence[str] | None = None) -> list[Data]:
        if states is not None:
            return self._refs_in(data, kind, states)
        references = self._owner(data).references
        plain, wanted = self._plain, f"{kind}/" if kind else ""
        try:  # what nearly every record has, and most rules ask for
            return list({ref: plain[ref] for _, ref in references if ref.startswith(wanted)}.values())
        except KeyError:
            return self._looked_up([ref for _, ref in references if ref.startswith(wanted)], kind)

    def _refs_in(self, data: Data, kind: str, states: Sequence[str]) -> list[Data]:
        key = (kind, *states)
        if key not in self._in_state:
            self._in_state[key] = self._referring(kind, states)
        known = self._in_state[key]
        if known is None:
            return _those_in(self.refs(data, kind), states)
        if id(data) not in known:
            self._owner(data)
        return known.get(id(data), [])

    def _referring(self, kind: str, states: Sequence[str]) -> Mapping[int, list[Data]] | None:
        """Identity of the data of each record that refers to one of the kind in such a state → all those that it names.

        Found from the few at the other end. None where one of the kind cannot be relied on, or no kind is named: then
        each record is asked itself.
        """
        if not kind:
            return None
        try:
            every(self.head, kind)
        except Missing:
            return None
        named = {record.ref for record in self.head.by_kind.get(kind, ()) if record.state in states}
        named |= {former for former, now in self.head.formerly.items() if now in named}
        referring = (record for ref in named for record, _ in self.head.referrers.get(ref, ()) if record.sound)
        held = {id(record.data): record.data for record in referring}
        return {key: _those_in(self.refs(data, kind), states) for key, data in held.items()}

    def referrers(self, data: Data, kind: str = "") -> list[Data]:
        found = self.head.referrers.get(self._owner(data).ref, ())
        return self._listed([record.ref for record, _ in found], kind)

    def impact(self, data: Data, kind: str = "") -> list[Data]:
        key = (self._owner(data).ref, kind)
        known = self._impacts.get(key)
        if known is None:
            known = self._listed(self.head.dependents(key[0]), kind)
            self._room -= len(known) + 1
            if self._room < 0:
                self._impacts.clear()
                self._room = _ROOM
            self._impacts[key] = known
        return known

    def before(self, data: Data) -> Data | None:
        owner = self._owner(data)
        if owner.ref not in self._before:
            record = self.case.before(owner)
            self._before[owner.ref] = renaming.as_named_today(record, owner, self.head) if record is not None else None
        return self._before[owner.ref]

    def edited(self, data: Data) -> bool:
        base, ref = self.case.base, self._owner(data).ref
        if base is not None and ref in base.records and base.records[ref].data is data:
            return False  # nearly every record: a file that did not change is read once
        was = self.before(data)
        return was is None or not same(was, data)

    def held_before(self, kind: str) -> bool:
        base = self.case.base
        return base is not None and (kind in base.by_kind or any(ref.startswith(f"{kind}/") for ref in base.unread))

    def closed(self, data: Data) -> bool:
        record = self._owner(data)
        lifecycle = self.head.law.kinds[record.kind].lifecycle
        return lifecycle is not None and record.state in lifecycle.terminal

    def _owner(self, data: Data) -> Record:
        record = self._owners.get(id(data))
        if record is None:
            raise cel.EvaluationError("this is not a whole record: give self, ref(…) or an element of refs(…)")
        return record

    def _listed(self, refs: list[str], kind: str) -> list[Data]:
        """Each record once, in the order found, if it is of that kind.

        One that cannot be read, or breaks its schema, might be on the list: then nobody can tell what is.
        """
        wanted = f"{kind}/" if kind else ""
        refs = [ref for ref in refs if ref.startswith(wanted)]
        try:
            return list({ref: self._plain[ref] for ref in refs}.values())
        except KeyError:
            return self._looked_up(refs, kind)

    def _looked_up(self, refs: list[str], kind: str) -> list[Data]:
        """As `_listed`, where a name is a former one, or leads to nothing, or to what cannot be relied on."""
        _refuse_unread(self.head, kind)
        known = self.head.records
        once: dict[int, Data] = {}
        for ref in refs:
            record = known.get(ref) or self.head.get(ref)
            if record is not None:
                if not record.sound:
                    raise Missing(record.ref, f"{record.ref} breaks its schema")
                once[id(record)] = record.data
        return list(once.values())


def _those_in(found: list[Data], states: Sequence[str]) -> list[Data]:
    return [data for data in found if data["spec"].get("state") in states]


def needed(head: Snapshot, ref: str) -> Data:
    """The record called `Kind/name`. Raises Missing where it is not there, cannot be read, or breaks its schema."""
    record = head.get(ref)
    if record is None:
        raise Missing(ref, f"there is no {ref}" if ref not in head.unread else f"{ref} cannot be read")
    if not record.sound:
        raise Missing(record.ref, f"{ref} breaks its schema")
    return record.data


def every(head: Snapshot, kind: str) -> list[Data]:
    """All records of a kind, by name. Raises Missing where one cannot be read, or breaks its schema."""
    _refuse_unread(head, kind)
    held = head.by_kind.get(kind, ())
    for record in held:
        if not record.sound:
            raise Missing(record.ref, f"{record.ref} breaks its schema")
    return [record.data for record in held]


def _refuse_unread(head: Snapshot, kind: str) -> None:
    for ref in head.blind:
        if not kind or ref.startswith(f"{kind}/"):
            raise Missing(ref, f"{ref} cannot be read")


def kinds_named(arguments: tuple[cel.Type, ...], types: RecordTypes, at: int = 0) -> tuple[str, ...]:
    """The kinds that one of the arguments can name: by a literal, or because a field refers to them."""
    argument = arguments[at]
    if not isinstance(argument, cel.StringType):
        return ()
    if argument.literal is not None:
        kind = argument.literal.split("/", 1)[0]
        if kind not in types.kinds:
            raise cel.SignatureError(f"there is no kind {kind}", cel.suggest(kind, types.kinds))
        return (kind,)
    if argument.tag is None:
        return ()
    qualified, kinds = cast("tuple[bool, tuple[str, ...]]", argument.tag)  # set by recordtypes alone
    if not qualified and len(arguments) == 1:
        raise cel.SignatureError(
            f"the field holds a name without its kind, so ref cannot tell which {kinds[0]} is meant",
            f"write ref('{kinds[0]}', …)",
        )
    return tuple(kinds)


_REF = """The record called 'Kind/name'; with two arguments, the kind and the name.

A record that is not there, or that breaks its schema, is an error. Guard with `resolves` where it may be absent.
Example: ref('Service', self.spec.service).spec.state == 'live'
"""
_RESOLVES = """Is there a record called 'Kind/name'? With two arguments, the kind and the name.

Example: resolves(item.item)
"""
_REFS = """The records that a record refers to, each once, in the order of writing; of one kind with a second argument.

With a third, only those in one of these states; that is fast where few records are in them.
Example: refs(self, 'ConfigurationItem', ['withdrawn', 'disposed'])
Example: refs(self, 'Service').all(s, s.spec.state == 'live')
"""
_REFERRERS = """The records that refer to a record, each once; of one kind with a second argument.

Example: referrers(self, 'ServiceLevelAgreement').exists(a, a.spec.state == 'in-force')
"""
_RECORDS = """All records of a kind, by name.

Example: records('FreezeWindow').exists(f, f.spec.state == 'active')
"""
_IMPACT = """The records in force that depend on a record, directly or through others, nearest first.

With a second argument, those of one kind. One record depends on another if it refers to it; a change, a release, a
waiver or a freeze that names a record is about it, and does not depend on it.
Example: size(impact(self, 'Service')) > 0
"""
_BEFORE = """The record as it was at the base, or null if it is new. Only rules with `needs: base` may call it.

Its references to records that were renamed since are written with their names of today.
Example: before(self) == null || before(self).spec.version != self.spec.version
"""
_HELD_BEFORE = """Were there records of a kind at the base? Not where a repository has just begun to keep them.

Only rules with `needs: base` may call it.
Example: before(self) != null || !held_before('ChangeRequest')
"""
_EDITED = """Is the record new, or is it otherwise than at the base? Only rules with `needs: base` may call it.

As `when` of a rule that compares, it spares all the others the comparison.
Example: edited(self)
"""
_CLOSED = """Is the record in a terminal state, from which its life cycle knows no further step?

Example: !closed(ref(item.item))
"""
