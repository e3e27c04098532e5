"""Which policies a command is about, and their texts. Reads the shipped policy files; no other ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl import bundled, policy
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.nearest import did_you_mean
from itsmctl.sources import SourceFile

if TYPE_CHECKING:
    from itsmctl.policy import Policy
    from itsmctl.rulebook import Rulebook
    from itsmctl.sources import Irregular, Source


class Wanted(Struct, frozen=True):
    """What the caller named: rule ids, the content of policy files by path, or whole groups."""

    ids: tuple[str, ...] = ()
    files: Mapping[str, bytes] | None = None
    builtin: bool = False
    own: bool = True


def choose(wanted: Wanted, book: Rulebook) -> list[Policy]:
    """The policies named; without names, the groups asked for. Each once, in the order of their ids.

    Raises CannotJudge where none is left, or one does not compile; Misuse where an id is not known.
    """
    drafts = _read(wanted.files or {}, book)
    problems = [problem for draft in drafts for problem in draft.problems]
    if problems:
        raise CannotJudge("no rule can be made of this:\n\n" + "\n\n".join(problems), "Mend the policy file.")
    found = {draft.policy.rule.path: draft.policy for draft in drafts if draft.policy is not None}
    for word in wanted.ids:
        one = next((held for held in book.policies if held.rule.id.casefold() == word.casefold()), None)
        if one is None:
            control = next((held for held in book.unchecked if held.id.casefold() == word.casefold()), None)
            if control is not None:
                raise Misuse(f"no rule checks {control.id}: {control.title}", f"itsmctl explain {control.id} says why.")
            guess = did_you_mean(word, (held.rule.id for held in book.policies))
            raise Misuse(
                f"there is no policy {word}" + (f": {guess}" if guess else ""),
                "Give the id of a rule, or the path of a policy file. itsmctl policy list prints the ids.",
            )
        found.setdefault(one.rule.path, one)
    if not wanted.ids and wanted.files is None:
        found = {one.rule.path: one for one in book.policies if (wanted.builtin if one.builtin else wanted.own)}
    if not found:
        raise CannotJudge(
            "there is no policy to try out: this repository has none of its own under policies/",
            "itsmctl new Policy writes one; --builtin takes those that come with itsmctl.",
        )
    return sorted(found.values(), key=lambda one: one.rule.id)


def _read(files: Mapping[str, bytes], book: Rulebook) -> list[policy.Draft]:
    """Policy files as they are now, whether the rulebook holds them or not."""
    environment = policy.environment(book.types)
    held = {one.rule.path for one in book.policies if one.builtin}
    return [
        policy.read(SourceFile(path, content), book.types, environment, builtin=path in held)
        for path, content in sorted(files.items())
    ]


def texts(chosen: Sequence[Policy], wanted: Wanted, source: Source | None) -> Source:
    """The policy files of `chosen` as a source, to find lines in. `source`: where the repository's own ones stand."""
    return _Texts(dict(_contents(chosen, wanted, source)))


def _contents(chosen: Sequence[Policy], wanted: Wanted, source: Source | None) -> Iterator[tuple[str, bytes]]:
    shipped = bundled.folder("policies")
    for one in chosen:
        path = one.rule.path
        content = (wanted.files or {}).get(path)
        if content is None and one.builtin:
            content = (shipped / path.removeprefix("policies/")).read_bytes()
        elif content is None and source is not None:
            content = source.content(path)
        yield path, content or b""


class _Texts(Struct, frozen=True):
    """A source of texts that are in memory."""

    texts: Mapping[str, bytes]
    label: str = "policy files"
    whole_history: bool = True

    def names(self) -> frozenset[str]:
        """What the paths begin with."""
        return frozenset(path.partition("/")[0] for path in self.texts)

    def ignored(self, top: str) -> tuple[str, ...]:
        """None: what was read was wanted."""
        del top
        return ()

    def files(self, under: str) -> Iterator[SourceFile | Irregular]:
        """Those below `under`, by path."""
        for path in sorted(self.texts):
            if path == under or path.startswith(f"{under}/"):
                yield SourceFile(path, self.texts[path])

    def content(self, path: str) -> bytes | None:
        """The text at `path`."""
        return self.texts.get(path)

    def holds(self, path: str) -> bool:
        """Is there one at `path`?"""
        return path in self.texts

    def once_held(self, path: str) -> bool:
        """The same: these texts have no history."""
        return path in self.texts
