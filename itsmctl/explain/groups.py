"""What bundles rules, explained: a process, a tag, the letters before the dash of an id."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from itsmctl.drawing import count, prose, rows, table
from itsmctl.escape import visible
from itsmctl.explain.topic import Topic
from itsmctl.processes import FRAME, PROCESSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from itsmctl.findings import Rule
    from itsmctl.processes import Process
    from itsmctl.rulebook import Rulebook


def topics(book: Rulebook) -> dict[str, Callable[[], Topic]]:
    """Every word that `--select` understands and that is no rule itself; processes that only have kinds as well."""
    bundles: dict[str, list[Rule]] = {process: [] for process in (*PROCESSES, FRAME)}
    bundles |= {kind.process: [] for kind in book.kinds.values() if kind.process}
    for rule in book.rules:
        for word in (rule.process, *rule.tags, rule.id.split("-", 1)[0]):
            if word:
                bundles.setdefault(word, []).append(rule)
    return {word: partial(_topic, word, found, book) for word, found in bundles.items()}


def _topic(word: str, rules: list[Rule], book: Rulebook) -> Topic:
    kinds = [kind for kind in book.kinds.values() if kind.process == word]

    def lines(width: int) -> list[str]:
        is_process = word in PROCESSES or kinds or any(rule.process == word for rule in rules)
        what = (
            "what holds the processes together" if word == FRAME else "a process" if is_process else "a group of rules"
        )
        said = [f"{visible(word)}  {what}"]
        said += _about(PROCESSES.get(word), width)
        if rules:
            heading = f"Rules ({count(len(rules), 'rule')}; --select {word} reports these only)"
            said += ["", *prose(heading, width), ""]
            said += table([(rule.id, rule.severity, rule.title) for rule in rules], width, wrap=True)
        if kinds:
            said += ["", "Kinds of records", "", *table([(kind.name, kind.title) for kind in kinds], width)]
        return said

    def data() -> dict[str, Any]:
        return {"group": word, "rules": [rule.id for rule in rules], "kinds": [kind.name for kind in kinds]}

    return Topic(word, lines, data)


def _about(process: Process | None, width: int) -> list[str]:
    """What a process of ISO/IEC 20000 is for, and its clauses."""
    if process is None:
        return []
    clauses = f"ISO/IEC 20000-1:2005 clause {process.clause_2005}, ISO/IEC 20000-1:2018 clause {process.clause_2018}"
    return ["", *prose(process.about, width, indent=2), *rows([("clause", clauses)], width)]
