"""A new house rule: a policy file that works as it is, with comments that say what each part is for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from importlib import resources
from string import Template
from textwrap import indent
from typing import Any

from msgspec import Struct

from itsmctl import yamltext
from itsmctl.errors import Misuse
from itsmctl.kinds import Kind
from itsmctl.nearest import did_you_mean
from itsmctl.policy.model import ID
from itsmctl.rulebook import Rulebook

FIELDS: Mapping[str, str] = {
    "kind": "The kind of record that the rule looks at, such as Service.",
    "title": "A sentence that holds when all is well.",
    "process": "The process that the rule belongs to. Default: that of the kind.",
}
"""What `--set` takes, and what it means."""

ASKED = ("kind", "title")
SHOWN = ("kind=Service", "title=Every service names its site")
"""What a template is about that nobody gave a subject."""

Ask = Callable[[str, str], str]
"""(field, what it means) → what somebody typed."""

_LONGEST = 40
_LONGEST_TITLE = 200
_FIRST = "HOUSE"
_ROUNDS = 40


class Wish(Struct, frozen=True):
    """What a rule is to be about."""

    name: str
    kind: Kind
    title: str
    process: str

    @property
    def path(self) -> str:
        """Where the file goes."""
        return f"policies/{self.name}.yaml"


def wish(name: str, settings: Iterable[str], ask: Ask | None, book: Rulebook, *, is_shown: bool = False) -> Wish:
    """The rule that is wanted, from the command line and from answers.

    `is_shown`: it is only printed, maybe into the very file of that name, which the shell makes first.
    Raises Misuse for an id that is none or is taken, an unknown field or kind, and for what is left open.
    """
    given = _given(settings)
    chosen = name or next_name(book)
    if not is_shown:
        _refuse_taken(chosen, book)
    _check_name(chosen, book)
    for field in ASKED:
        if field not in given and ask is not None:
            given[field] = ask(field, FIELDS[field]).strip()
    missing = [field for field in ASKED if not given.get(field)]
    if missing:
        lines = [f"  --set {field}=…  {FIELDS[field]}" for field in missing]
        sets = " ".join(f"--set '{word}'" for word in SHOWN)
        hint = f"For example: itsmctl new Policy {chosen} {sets}"
        raise Misuse("\n".join([f"Policy/{chosen} lacks {' and '.join(missing)}:", *lines]), hint)
    if len(given["title"]) > _LONGEST_TITLE:
        raise Misuse(f"the title has {len(given['title'])} characters", f"At most {_LONGEST_TITLE} fit into a report.")
    kind = _kind(given["kind"], book)
    return Wish(chosen, kind, given["title"], given.get("process") or kind.process)


def next_name(book: Rulebook) -> str:
    """The id after the last one of this repository, with the letters that it uses most; else HOUSE-01."""
    own = [one.rule.id for one in book.policies if not one.builtin]
    numbered = [match for one in own if (match := re.fullmatch(r"([A-Z0-9]+)-(\d+)", one))]
    if not numbered:
        return f"{_FIRST}-01"
    counts = Counter(match[1] for match in numbered)
    letters = min(counts, key=lambda word: (-counts[word], word))
    return f"{letters}-{max(int(match[2]) for match in numbered if match[1] == letters) + 1:02}"


def content(wanted: Wish) -> bytes:
    """The policy file: a rule about labels that fits any kind, with examples that behave, to be made into another."""
    kind = wanted.kind
    states = _states(kind)
    spec = _least(kind, states[1] if states else _first_state(kind))
    words = {
        "name": wanted.name,
        "kind": kind.name,
        "title": _scalar(wanted.title),
        "process": _scalar(wanted.process),
        "when": f"    when: self.spec.state != '{states[0]}'\n" if states else _NO_WHEN,
        "named": _record({"metadata": {"labels": {"site": "tallinn"}}, **spec}),
        "unlabelled": _record(spec),
        "other": _record({"metadata": {"labels": {"floor": "2"}}, **spec}),
        "left_alone": _left_alone(kind, states[0]) if states else "",
    }
    text = (resources.files("itsmctl.desk") / "rule.template").read_text(encoding="utf-8")
    return f"{Template(text).substitute(words).rstrip()}\n".encode()


_NO_WHEN = "    # when: size(self.metadata.title) > 3\n"


def _given(settings: Iterable[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for word in settings:
        field, equals, value = word.partition("=")
        if not equals:
            raise Misuse(f"--set {word}: there is no =", "Write --set kind=Service")
        bare = field.rpartition(".")[2]
        if bare not in FIELDS:
            guess = did_you_mean(bare, FIELDS)
            hint = f"It takes {', '.join(FIELDS)}; all else is written into the file."
            raise Misuse(f"new Policy sets no field {field}" + (f": {guess}" if guess else ""), hint)
        given[bare] = value.strip()
    return given


def _check_name(name: str, book: Rulebook) -> None:
    if not re.fullmatch(ID, name) or len(name) > _LONGEST:
        hint = f"Write capitals and digits with dashes between them, at most {_LONGEST}, such as {next_name(book)}."
        raise Misuse(f"{name} is no id of a rule", hint)
    letters = name.split("-", 1)[0]
    if any(one.builtin and one.rule.id.split("-", 1)[0] == letters for one in book.policies):
        hint = f"Choose letters of your own, such as {next_name(book)}: a later version may bring a {name}."
        raise Misuse(f"{letters}- begins the ids of rules that come with itsmctl", hint)


def _refuse_taken(name: str, book: Rulebook) -> None:
    held = next((rule for rule in book.rules if rule.id.casefold() == name.casefold()), None)
    if held is not None:
        raise Misuse(f"there is a rule {held.id} already: {held.title}", f"The next free id is {next_name(book)}.")


def _kind(word: str, book: Rulebook) -> Kind:
    folded = word.casefold()
    found = next((kind for kind in book.kinds.values() if folded in (kind.name.casefold(), kind.plural)), None)
    if found is None:
        guess = did_you_mean(word, book.kinds)
        raise Misuse(f"no kind is called {word}" + (f": {guess}" if guess else ""), "itsmctl schema list")
    return found


def _states(kind: Kind) -> tuple[str, str] | None:
    """A state that the rule leaves alone, and one that it looks at; None where the kind has no two such."""
    cycle = kind.lifecycle
    if cycle is None or cycle.field != "/spec/state":
        return None
    first = cycle.initial[0]
    later = [state for state in cycle.transitions.get(first, ()) if state not in cycle.terminal]
    return (first, later[0]) if later else None


def _first_state(kind: Kind) -> str:
    return kind.lifecycle.initial[0] if kind.lifecycle is not None and kind.lifecycle.field == "/spec/state" else ""


def _least(kind: Kind, state: str) -> dict[str, Any]:
    """`{"spec": …}` with little more than the schema of the kind asks for, filled from its own examples."""
    shown: Mapping[str, Any] = next(iter(kind.schema.get("examples", ())), {})
    spec: dict[str, Any] = {"state": state} if state else {}
    metadata = {"name": "example", **shown.get("metadata", {})}
    data = {"apiVersion": "itsm/v1", "kind": kind.name, "metadata": metadata, "spec": spec}
    for _ in range(_ROUNDS):
        missing = [fault.pointer for fault in kind.explain(data) if fault.rule == "schema-missing-field"]
        if not missing:
            break
        for pointer in missing:
            _put(data, pointer, kind.example_for(pointer))
    if not kind.conforms(data):  # what the schema asks for in other words is in its first example
        return {"spec": {**shown.get("spec", {}), **spec}}
    return {"spec": spec}


def _put(data: dict[str, Any], pointer: str, value: Any) -> None:
    *way, last = pointer.split("/")[1:]
    at: Any = data
    for step in way:
        at = at[int(step)] if isinstance(at, list) else at.setdefault(step, {})
    at[last] = value


def _left_alone(kind: Kind, state: str) -> str:
    record = _record(_least(kind, state))
    return f"    - name: one that is still {state} is left alone\n      record:\n{record}      expect: pass\n"


def _record(data: Mapping[str, Any]) -> str:
    return indent(yamltext.dump(data).decode(), " " * 8)


def _scalar(text: str) -> str:
    return yamltext.dump({"it": text}).decode().removeprefix("it:").strip()
