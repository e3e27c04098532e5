"""Brings files into canonical form and records home. Plans; what is planned is written by `rewriting`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from msgspec import Struct

from itsmctl import records, yamltext
from itsmctl.desk.ordering import Orders
from itsmctl.desk.rewriting import Rewrite
from itsmctl.errors import CannotJudge
from itsmctl.findings import Finding, Place
from itsmctl.records import Law, Places, Remark, value_at
from itsmctl.settings import FILE
from itsmctl.sources import Irregular, Source, SourceFile

FOLDERS = (FILE, "policies", records.ROOT)
_ENDINGS = (records.SUFFIX, ".yml", ".YAML", ".YML")  # what may hold a record that only needs another name


class Tidied(Struct, frozen=True):
    """One file and what it shall be. `home` is where it belongs; most files stand there already."""

    path: str
    home: str
    before: bytes
    after: bytes

    @property
    def is_moved(self) -> bool:
        """Does it go elsewhere?"""
        return self.home != self.path

    @property
    def is_altered(self) -> bool:
        """Is its text not in canonical form yet?"""
        return self.before != self.after


class Tidying(Struct, frozen=True):
    """What `fmt` makes of the files it was given: those that can be formatted, and what is wrong with the others."""

    files: tuple[Tidied, ...]
    findings: tuple[Finding, ...]

    @property
    def due(self) -> tuple[Tidied, ...]:
        """The files that something is to be done to."""
        return tuple(one for one in self.files if one.is_altered or one.is_moved)

    @property
    def plan(self) -> Mapping[str, Rewrite]:
        """The same as edits to files."""
        plan: dict[str, Rewrite] = {}
        for one in self.due:
            if one.is_moved:
                plan[one.path] = Rewrite(one.before, None)
                plan[one.home] = Rewrite(None, one.after)
            else:
                plan[one.path] = Rewrite(one.before, one.after)
        return plan


def tidy(source: Source, law: Law, paths: tuple[str, ...] = (), last: Source | None = None) -> Tidying:
    """The records, policies and settings of a source in canonical form; `paths` narrow, `last` is the last commit.

    Raises CannotJudge where a path names nothing that has a canonical form.
    """
    remarks: list[Remark] = []
    orders = Orders(law.kinds)
    wanted = _wanted(source, paths, remarks)
    drafts = [found for file in wanted if (found := _tidied(file, law, remarks, last, orders))]
    homes = Counter(one.home for one in drafts if one.is_moved)
    files = []
    for one in drafts:
        if one.is_moved and (source.holds(one.home) or homes[one.home] > 1):
            remarks.append(_taken(one))
        else:
            files.append(one)
    places = Places(source)
    findings = sorted((places.finding(remark) for remark in remarks), key=lambda finding: finding.order)
    return Tidying(tuple(files), tuple(findings))


def tidy_text(content: bytes, name: str, law: Law) -> bytes | tuple[Finding, ...]:
    """A text that is in no file, in canonical form, or why it has none; `name` is what findings call it."""
    try:
        return _formatted(content, Orders(law.kinds))
    except yamltext.Refused as refused:
        return tuple(
            Finding(
                one.rule,
                "error",
                one.message,
                Place(name, one.span.line, one.span.column, one.span.end_line, one.span.end_column),
                hint=one.hint,
            )
            for one in refused.refusals
        )


def _formatted(content: bytes, orders: Orders) -> bytes:
    return yamltext.tidy(content, orders.of(yamltext.read(content)))


def _wanted(source: Source, paths: tuple[str, ...], remarks: list[Remark]) -> Iterator[SourceFile]:
    """The files that have a canonical form; of others that lie among them, why they have none."""
    unseen = dict.fromkeys(paths)
    wanted = frozenset(paths)
    for folder in FOLDERS:
        for file in source.files(folder):
            under = wanted.intersection(_upwards(file.path))
            if paths and not under:
                continue
            for path in under:
                unseen.pop(path, None)
            if isinstance(file, SourceFile) and file.path.endswith(_ENDINGS):
                yield file
            elif folder != "policies" or isinstance(file, Irregular):
                remarks.append(_no_file(file))
    for path in unseen:
        raise CannotJudge(
            f"nothing to format: {path} holds no records, policies or settings",
            f"What has a canonical form is {FILE}, and what stands under policies/ and {records.ROOT}/.",
        )


def _upwards(path: str) -> Iterator[str]:
    """The path, and every folder that it lies in."""
    while path:
        yield path
        path = path.rpartition("/")[0]


def _no_file(file: SourceFile | Irregular) -> Remark:
    if isinstance(file, Irregular):
        return Remark("record-file", "error", f"{file.what} cannot be formatted", file.path, hint=file.hint)
    name = file.path.rsplit("/", 1)[-1]
    hint = "Move it out of records/: notes and attachments stand anywhere else in the repository."
    message = f"{name} does not end in {records.SUFFIX}, so it is no record"
    return Remark("record-file", "error", message, file.path, hint=hint)


def _tidied(file: SourceFile, law: Law, remarks: list[Remark], last: Source | None, orders: Orders) -> Tidied | None:
    try:
        data = yamltext.read(file.content)
        after = yamltext.tidy(file.content, orders.of(data))
    except yamltext.Refused as refused:
        remarks.extend(
            Remark(one.rule, "error", one.message, file.path, hint=one.hint, span=one.span, spans=one.related)
            for one in refused.refusals
        )
        return None
    except CannotJudge as error:
        raise CannotJudge(f"{file.path}: {error.message}", error.hint) from None
    home = _home(data, file.path, law) if file.path.startswith(f"{records.ROOT}/") else file.path
    if not home and not file.path.endswith(records.SUFFIX):
        remarks.append(_no_file(file))
        return None
    if home and home != file.path and last is not None and (was := _was_called(file.path, data, last, law)):
        remarks.append(_renamed_by_hand(file.path, data, was))
        return None
    return Tidied(file.path, home or file.path, file.content, after)


def _home(data: object, path: str, law: Law) -> str:
    """The path that follows from kind and name; empty where these are none."""
    named, name = value_at(data, "/kind"), value_at(data, "/metadata/name")
    kind = law.kinds.get(named) if isinstance(named, str) else None
    if kind is None or not isinstance(name, str):
        return ""
    home = law.home(kind.plural, name)
    is_name = home == path or all(one.pointer != "/metadata/name" for one in kind.explain({"metadata": {"name": name}}))
    return home if is_name else ""


def _was_called(path: str, data: object, last: Source, law: Law) -> str:
    """The name that the record at this path, its home, had in the last commit, where it is another one now."""
    content = last.content(path)
    try:
        before = yamltext.read(content) if content is not None else None
    except yamltext.Refused:
        return ""
    same_kind = value_at(before, "/kind") == value_at(data, "/kind")
    return str(value_at(before, "/metadata/name")) if same_kind and _home(before, path, law) == path else ""


def _renamed_by_hand(path: str, data: object, was: str) -> Remark:
    kind, name = value_at(data, "/kind"), value_at(data, "/metadata/name")
    return Remark(
        "record-home",
        "error",
        f"{kind}/{was} is called {name} now, and so would leave its references and its history behind",
        path,
        pointer="/metadata/name",
        hint=f"Write name: {was} again, then: itsmctl rename {kind}/{was} {name}",
    )


def _taken(one: Tidied) -> Remark:
    return Remark(
        "record-home",
        "error",
        f"the record belongs in {one.home}, and another one is or goes there",
        one.path,
        pointer="/metadata/name",
        hint="Give one of the two another name, or delete it. A name is never reused.",
    )
