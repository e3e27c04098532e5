"""Words of this tool explained: what messages and help texts take for known."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from itsmctl.drawing import prose
from itsmctl.explain.topic import Topic
from itsmctl.standing import BASIS, ENFORCEMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TERMS: Mapping[str, str] = {
    "as-of": (
        "The time that a run judges by: now, or what --as-of says. Rules never look at a clock of their own, so that "
        "the same records at the same time always give the same findings."
    ),
    "base": (
        "The revision that --since names: what the records are compared with. Rules that look at edits need one; "
        "without it they are reported as not run."
    ),
    "basis": "Where a rule comes from. " + ". ".join(BASIS.values()) + ".",
    "clause": (
        "Where in ISO/IEC 20000 a rule comes from, by edition: 20000-1 holds requirements, 20000-2 advice. The "
        "numbers lead to the standard; its sentences do not stand here."
    ),
    "controlled": (
        "A record of a controlled kind describes what is really there, so it is edited only through a change that "
        "covers the edit. itsmctl schema list says which kinds are."
    ),
    "due": (
        "A field falls due in a state: from then on, and in every state that comes after it, the record must have it. "
        "A draft may be incomplete; a change that is assessed has a risk."
    ),
    "enforcement": "What may lift a finding. " + ". ".join(ENFORCEMENT.values()) + ".",
    "exit-codes": (
        "0: passed. 1: findings at or above --fail-on. 2: the call itself is wrong. 3: no verdict is possible, for "
        "instance because a revision is missing, a rule does not compile, or there is nothing to check."
    ),
    "finding": (
        "One thing that is wrong in one place: the rule, the record, file, line and column, what to do. A finding "
        "that a waiver lifts is still shown and counted."
    ),
    "life-cycle": (
        "The states of a kind and the legal steps between them. It is declared in the schema of the kind; itsmctl "
        "explain KIND draws it."
    ),
    "policy": (
        "A rule over records, one YAML file under policies/: which records it looks at, what must hold of them (an "
        "expression in CEL), what to say if it does not, and examples that pass and fail. itsmctl policy list prints "
        "them; itsmctl schema show Policy is the form of the file."
    ),
    "pointer": (
        "A place in a record, as a JSON pointer (RFC 6901): /spec/items/0/item is the field item of the first of "
        "spec.items."
    ),
    "record": (
        "One YAML file under records/: apiVersion, kind, metadata and spec. Its kind and name say where it stands."
    ),
    "reference": (
        "A field that names another record: by its plain name where the field takes one kind, as Kind/name where it "
        "takes several. Items, services and agreements depend on what they refer to; itsmctl impact follows them."
    ),
    "severity": (
        "How bad a finding is: error, warning or info. Errors fail a run unless --fail-on says otherwise. itsm.yaml "
        "may raise or lower the severity of a policy."
    ),
    "settings": (
        "The file itsm.yaml at the root of a governed repository. itsmctl schema show Settings is its form, itsmctl "
        "doctor prints what holds and where it comes from."
    ),
}

_OF_THE_GATE: Mapping[str, str] = {
    "ALLOWED": (
        "A verdict of the gate: this head may be merged into this base now, and until the time that the verdict names. "
        "The exit code is 0."
    ),
    "DENIED": (
        "A verdict of the gate: this head may not be merged into this base now. Each reason has a code of its own, "
        "which itsmctl explain explains, and the verdict says the shortest way out. The exit code is 1."
    ),
    "OVERRIDDEN": (
        "A verdict of the gate: an emergency may go ahead at once, with the exit code 0. It owes its review and the "
        "full vote afterwards; while that is overdue, the next change to the same services is denied."
    ),
    "receipt": (
        "What itsmctl gate --receipt FILE writes: the verdict, its time and end, and every commit and digest that was "
        "read, as an in-toto statement. It is not signed: itsmctl receipt verify judges again from its commits, and "
        "itsmctl audit history --receipts takes the times of merges from it."
    ),
    "tier": (
        "How far evidence of a vote is to be trusted, from T3, the best, to T0. An approval rule says with min_tier "
        "what counts for it; without that, T3 alone does."
    ),
    "T3": "A tier of votes: a signed statement in the commits, made by itsmctl change approve. It counts everywhere.",
    "T2": (
        "A tier of votes: a review, read from the forge as the gate runs (--reviews github:owner/repo#12). It counts "
        "where the approval rule says min_tier: T2 or T1."
    ),
    "T1": (
        "A tier of votes: a review that an earlier step wrote to a file (--reviews exported:FILE). It counts only "
        "where the approval rule says min_tier: T1."
    ),
    "T0": "A tier of votes: trailers, labels, notes, a name in a record. It is shown, and never counts.",
}


def topics() -> dict[str, Callable[[], Topic]]:
    """Every term by its name."""
    single = {**_TERMS, **_OF_THE_GATE, **BASIS, **ENFORCEMENT}
    return {name: partial(_topic, name, text) for name, text in single.items()}


def _topic(name: str, text: str) -> Topic:
    def lines(width: int) -> list[str]:
        return [name, *prose(text, width, indent=2)]

    def data() -> dict[str, Any]:
        return {"term": name, "description": text}

    return Topic(name, lines, data)
