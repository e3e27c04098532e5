"""`policy test`: what the examples of policies give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsmctl import __version__
from itsmctl.drawing import count
from itsmctl.findings import Report, Seen
from itsmctl.policy import trial
from itsmctl.records import Places
from itsmctl.rehearsal.choosing import Wanted, choose, texts

if TYPE_CHECKING:
    from itsmctl.rulebook import Rulebook
    from itsmctl.sources import Source


def test(wanted: Wanted, book: Rulebook, source: Source | None) -> Report:
    """Try the examples of the wanted policies. `source`: where the repository's own ones stand, if there is one.

    Raises as `choose`.
    """
    chosen = choose(wanted, book)
    outcomes = [outcome for one in chosen for outcome in trial.run(one, book.law)]
    places = Places(texts(chosen, wanted, source))
    findings = tuple(sorted((places.finding(one) for one in trial.remarks(outcomes)), key=lambda found: found.order))
    tried = sum(outcome.position >= 0 for outcome in outcomes)
    odd = sum(not outcome.as_expected for outcome in outcomes)
    said = f"{count(len(chosen), 'policy', 'policies')}, {count(tried, 'example')}, "
    summary = said + (f"{odd} not as expected" if odd else "all as expected")
    seen = Seen(
        source="examples in policy files",
        as_of=trial.AS_OF,
        records=(("example", tried),),
        files=len(chosen),
        rules_run=tuple(one.rule.id for one in chosen),
    )
    rules = (*(one.rule for one in chosen), *trial.RULES)
    return Report("policy test", findings, seen, rules, __version__, summary=summary)
