"""A record under another name: its file, its names, and every reference to it. Plans; writes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from itsmctl import records, renaming, yamltext
from itsmctl.desk.rewriting import Rewrite
from itsmctl.drawing import an
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.kinds import Kind
from itsmctl.records import Record, value_at
from itsmctl.settings import FILE
from itsmctl.snapshot import Snapshot
from itsmctl.sources import Source, SourceFile


class Touched(Struct, frozen=True):
    """One file that the rename alters. `home` is where it stands afterwards, `count` how many references go over."""

    path: str
    home: str
    before: bytes
    after: bytes
    count: int


class Renaming(Struct, frozen=True):
    """The plan of a rename. `mentions` are the places (path, line) in texts that still name the record as it was."""

    old: str  # Kind/name
    new: str
    files: tuple[Touched, ...]  # the record's own first, then by path
    mentions: tuple[tuple[str, int], ...]

    @property
    def plan(self) -> dict[str, Rewrite]:
        """The same as edits to files."""
        plan: dict[str, Rewrite] = {}
        for one in self.files:
            if one.home != one.path:
                plan[one.path] = Rewrite(one.before, None)
                plan[one.home] = Rewrite(None, one.after)
            else:
                plan[one.path] = Rewrite(one.before, one.after)
        return plan


class Used(Struct, frozen=True):
    """The names that records of the kind ever had, as history shows them. None: there is no history to ask."""

    names: frozenset[str] | None
    is_cut: bool = False  # a shallow clone shows only some of them
    has_landed: Callable[[str], bool] = lambda _: False  # is the file of that path on the target branch?


def plan(record: Record, word: str, head: Snapshot, used: Used) -> Renaming:
    """What it takes to call the record `word` (a name, or `Kind/name` of the same kind).

    Raises Misuse where the name is none, taken or used before, or where the record is of a register and was merged: the
    gate asks for votes on a rename, and no change can list what is of a register. Raises CannotJudge where a file that
    may refer to the record cannot be read, or where history is cut off.
    """
    kind = head.law.kinds[record.kind]
    name = _name(record, kind, word)
    if not kind.controlled and head.by_kind.get("ApprovalRule") and used.has_landed(record.path):
        message = f"{record.ref} is on record under this name, and no change covers another one for {an(kind.name)}"
        raise Misuse(message, "The gate would deny it. What people call it is metadata.title, which can be altered.")
    _refuse_taken(record, kind, name, head)
    _refuse_used(record, kind, name, used)
    _refuse_unread(record, head)
    is_undone = used.names is not None and record.name not in used.names
    former = renaming.formerly(record, name, is_undone=is_undone)
    edits = renaming.references(head, record, name)
    edits.setdefault(record.path, {})
    home = head.law.home(kind.plural, name)
    files = [_touched(path, texts, head.source) for path, texts in sorted(edits.items())]
    own = next(one for one in files if one.path == record.path)
    is_back = is_undone and name in (value_at(record.data, "/metadata/formerly") or ())
    serial = renaming.serial(record, is_undone=is_back)
    renamed = Touched(own.path, home, own.before, _renamed(own.after, name, former, serial), own.count)
    others = [one for one in files if one is not own]
    others += _settings(record, name, head.source)
    new = f"{record.kind}/{name}"
    mentions = sorted(_mentions(record, [renamed, *others], head.source))
    return Renaming(record.ref, new, (renamed, *others), tuple(mentions))


def _name(record: Record, kind: Kind, word: str) -> str:
    """The new name, which must be a name and another one."""
    front, slash, name = word.rpartition("/")
    if slash and front.casefold() != kind.name.casefold():
        raise Misuse(f"{record.ref} stays {an(kind.name)}: a rename gives no other kind", "Give the new name alone.")
    faults = [one for one in kind.explain({"metadata": {"name": name}}) if one.pointer == "/metadata/name"]
    if faults:
        raise Misuse(faults[0].message, faults[0].hint)
    if name == record.name:
        raise Misuse(f"{record.ref} is called {name} already", "Give another name.")
    return name


def _refuse_taken(record: Record, kind: Kind, name: str, head: Snapshot) -> None:
    """Names are compared without regard to upper and lower case, as file systems and people do."""
    folded = f"{kind.name}/{name}".casefold()
    for ref, path in [*((ref, one.path) for ref, one in head.records.items()), *head.unread.items()]:
        if ref.casefold() == folded and ref != record.ref:
            hint = f"itsmctl show {ref} shows it. Choose another name."
            raise Misuse(f"there is {an(kind.name)} called {ref.partition('/')[2]} already: {path}", hint)
    for former, now in head.formerly.items():
        if former.casefold() == folded and now != record.ref:
            message = f"{former} is what {now} was called before, and names are never reused"
            raise Misuse(message, "Choose another name.")


def _refuse_used(record: Record, kind: Kind, name: str, used: Used) -> None:
    """A name once used says for ever which record was meant. The record itself may go back to one of its own."""
    own = {one.casefold() for one in (record.name, *(value_at(record.data, "/metadata/formerly") or ()))}
    if name.casefold() in own or used.names is None:
        return
    twin = next((one for one in sorted(used.names) if one.casefold() == name.casefold()), None)
    if twin is not None:
        message = f"{kind.name}/{twin} was used before, and names are never reused"
        raise Misuse(message, f"itsmctl log {kind.name}/{twin} shows what it was. Choose another name.")
    if used.is_cut:
        message = f"history is cut off (a shallow clone): it does not show whether {kind.name}/{name} was used before"
        raise CannotJudge(message, "Run: git fetch --unshallow (in GitHub Actions: fetch-depth: 0).")


def _refuse_unread(record: Record, head: Snapshot) -> None:
    """Whatever cannot be read as a record may refer to this one, and would go on naming what is no more."""
    read = {one.path for one in head.records.values()}
    named = re.compile(rf"(?<![\w-]){re.escape(record.name)}(?![\w-])".encode())
    for path in head.paths:
        content = b"" if path in read else head.source.content(path) or b""
        if named.search(content):
            message = f"{path} names {record.name} and cannot be read as a record, so its references cannot follow"
            raise CannotJudge(message, f"itsmctl validate {path} says what is wrong with it. Nothing was altered.")


def _touched(path: str, texts: dict[str, str], source: Source) -> Touched:
    before = source.content(path) or b""
    return Touched(path, path, before, yamltext.retext(before, texts), len(texts))


def _renamed(content: bytes, name: str, former: list[str], serial: int | None) -> bytes:
    """The record's own file with its new name, with its former ones, and with its serial where it has one."""
    named = yamltext.retext(content, {"/metadata/name": name})
    named = yamltext.edit(named, {"/spec/serial": serial}) if serial is not None else named
    metadata = value_at(yamltext.read(named), "/metadata")
    held = metadata.get("formerly") or []
    if former[:-1] == held and former:
        return yamltext.append(named, "/metadata/formerly", former[-1])
    if former:
        return yamltext.edit(named, {"/metadata/formerly": former})
    return yamltext.edit(named, {"/metadata": {key: metadata[key] for key in metadata if key != "formerly"}})


def _settings(record: Record, name: str, source: Source) -> Iterator[Touched]:
    content = source.content(FILE) or b""
    texts = renaming.in_settings(yamltext.read(content), record.kind, record.name, name)
    if texts:
        yield Touched(FILE, FILE, content, yamltext.retext(content, texts), len(texts))


def _mentions(record: Record, files: list[Touched], source: Source) -> Iterator[tuple[str, int]]:
    """Texts that name the record as `Kind/name`, and expressions of policies and rules that name it in quotes."""
    altered = {one.path: one for one in files}
    named = re.compile(rf"(?<![\w./-]){re.escape(record.ref)}(?![\w-])".encode())
    in_quotes = re.compile(rf"(['\"]){re.escape(record.name)}\1".encode())
    for folder in (FILE, "policies", records.ROOT):
        for file in source.files(folder):
            if not isinstance(file, SourceFile):
                continue
            touched = altered.get(file.path)
            content = touched.after if touched else file.content
            has_expressions = folder == "policies" or b"\nkind: ApprovalRule" in content
            for number, line in enumerate(content.split(b"\n"), 1):
                if named.search(line) or (has_expressions and in_quotes.search(line)):
                    yield (touched.home if touched else file.path), number
