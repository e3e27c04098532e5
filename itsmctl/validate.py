"""The main job: a rulebook and a case in, a Report out. Decides what is new, waived and selected; prints nothing."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from itsmctl import __version__, newness, waivers
from itsmctl.case import Case
from itsmctl.errors import CannotJudge, Misuse
from itsmctl.findings import Finding, Report, Rule, Seen, Severity, Waived, at_least
from itsmctl.nearest import did_you_mean
from itsmctl.policy import trial
from itsmctl.records import ROOT, Remark
from itsmctl.rulebook import Inspection, Rulebook
from itsmctl.settings import OURS
from itsmctl.sources import Source, SourceFile
from itsmctl.veil import Veil


class Selection(Struct, frozen=True):
    """What of the findings is reported. `select` and `ignore` hold rule ids, processes or tags; `paths` narrow."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    min_severity: Severity = "info"
    fail_on: Severity = "error"
    waivers: bool = True


def validate(rulebook: Rulebook, case: Case, selection: Selection, since: str = "", prefix: str = "") -> Report:
    """The findings on `case.head`; with a base in the case, only those that the base does not have.

    `since` names the base for people; `prefix` is the governed root within the git repository ("" or "a/b").
    Raises CannotJudge where there is nothing to check, Misuse where the selection names no known rule.
    """
    if case.head.files == 0:
        ignored = len(case.head.source.ignored(ROOT))
        raise CannotJudge(
            f"nothing to check: there are no files under records/ in the {case.head.label}"
            + (f", but for {ignored} that git ignores" if ignored else ""),
            "Write the first record with: itsmctl new Service NAME",
        )
    if not rulebook.policies:
        raise CannotJudge(
            "no rule is loaded, so nothing could be judged", "itsmctl doctor shows where rules come from."
        )
    _check_paths(case, selection)
    chosen = _choose(rulebook.rules, selection)
    judged = _judge(rulebook, case, selection)
    if not chosen.intersection(judged.inspection.run):
        reasons = sorted({one.reason for one in judged.inspection.not_run if one.rule in chosen})
        raise CannotJudge(
            "none of the selected rules ran, so nothing was judged",
            "; ".join(reasons) or "--select and --ignore leave no rule.",
        )
    counted, old = _only_new(judged, rulebook, case, selection)
    counted = [*counted, *((remark, None) for remark in _untrue(rulebook))]
    wanted = [pair for pair in counted if _is_shown(pair[0], chosen, selection)]
    shown = _unexplained(wanted, case)
    veil = Veil(case.head)
    findings = tuple(sorted((_find(veil, *pair) for pair in shown), key=lambda finding: finding.order))
    seen = Seen(
        source=case.head.label,
        as_of=case.as_of_text,
        records=tuple((kind, len(held)) for kind, held in case.head.by_kind.items()),
        files=case.head.files,
        unreadable=len(case.head.blind),
        ignored=_ignored(case),
        rules_run=tuple(rule for rule in judged.inspection.run if rule in chosen),
        rules_not_run=tuple(sorted(judged.inspection.not_run, key=lambda one: one.rule)),
        waivers_used=judged.waivers_used,
        since=since,
        law_edits=_law_edits(case),
        old=old,
        hidden=len(counted) - len(wanted),
    )
    return Report("validate", findings, seen, rulebook.rules, __version__, selection.fail_on, prefix)


def new_errors(rulebook: Rulebook, case: Case) -> tuple[tuple[Finding, ...], frozenset[str]]:
    """The findings that would fail a run on the head of the case and that its base does not have, sorted.

    With them the names of the waivers without which there would be more. Of waivers only those of the base count: what
    a head brings to excuse itself is judged, never obeyed.
    """
    base = case.base
    if base is None:
        raise CannotJudge("there is no base to compare with")
    grants = waivers.in_force(Case(base, case.as_of))
    failing, used = _failing(rulebook, case, grants)
    if failing:  # most heads bring no error, and then the base need not be judged
        named = frozenset(remark.record for remark in failing)
        former = {old for old, now in case.head.formerly.items() if now in named}
        before, _ = _failing(rulebook, Case(base, case.as_of, base), grants, named | former)
        now: list[newness.Pair] = [(remark, None) for remark in failing]
        fresh = newness.only_new(now, [(remark, None) for remark in before], case.head, base)
        failing = [remark for remark, _ in _unexplained(fresh, case)]
    veil = Veil(case.head)
    found = tuple(sorted((_find(veil, remark, None) for remark in failing), key=lambda finding: finding.order))
    return found, used


def errors_on(rulebook: Rulebook, case: Case, ref: str) -> tuple[Finding, ...]:
    """The findings on one record that would fail a run, whether the base has them or not, sorted; waivers: as above."""
    grants = waivers.in_force(Case(case.base, case.as_of)) if case.base is not None else ()
    failing, _ = _failing(rulebook, case, grants, frozenset({ref}))
    mine: list[newness.Pair] = [(remark, None) for remark in failing if remark.record == ref]
    veil = Veil(case.head)
    found = (_find(veil, remark, None) for remark, _ in _unexplained(mine, case))
    return tuple(sorted(found, key=lambda finding: finding.order))


def _failing(
    rulebook: Rulebook, case: Case, grants: Sequence[waivers.Grant], only: frozenset[str] | None = None
) -> tuple[list[Remark], frozenset[str]]:
    """Every remark on the head that is an error, that no grant lifts, and whose rule does more than advise.

    With them the names of the waivers that lift others.
    """
    inspection = rulebook.inspect(case, only)
    pairs = waivers.lift(inspection.remarks, grants, rulebook.by_id)
    used = {waived.waiver for _, waived in pairs if waived is not None}
    remarks = [remark for remark, waived in pairs if waived is None]
    remarks += waivers.inspect(case, used, rulebook.by_id, inspection.run)
    advisory = {rule.id for rule in rulebook.rules if rule.enforcement == "advisory"}
    failing = [remark for remark in remarks if remark.severity == "error" and remark.rule not in advisory]
    return failing, frozenset(used)


def _untrue(rulebook: Rulebook) -> list[Remark]:
    """Examples of the repository's own rules that do not behave as they say: such a rule would pass in silence.

    They count whatever the base holds, since the rules of the head judge both.
    """
    own = [one for one in rulebook.policies if not one.builtin and one.rule.id not in rulebook.off]
    return trial.remarks([outcome for one in own for outcome in trial.run(one, rulebook.law)])


def _ignored(case: Case) -> tuple[str, ...]:
    """What git ignores among records and law: whoever put it there may think that it counts."""
    return tuple(path for top in OURS for path in case.head.source.ignored(top))


def _law_edits(case: Case) -> tuple[str, ...]:
    """Files of the law that differ between the two revisions, both of which are judged by that of the head."""
    if case.base is None:
        return ()
    now, then = _law(case.head.source), _law(case.base.source)
    return tuple(sorted(path for path in {*now, *then} if now.get(path) != then.get(path)))


def _law(source: Source) -> dict[str, object]:
    """Path → what makes a file of the law the same as another: not its line ends."""
    files = (file for top in OURS if top != ROOT for file in source.files(top))
    return {
        file.path: file.content.replace(b"\r\n", b"\n") if isinstance(file, SourceFile) else file.what
        for file in files
        if file.path.endswith((".yaml", ".json"))
    }


def _check_paths(case: Case, selection: Selection) -> None:
    """A path without a record, such as a misspelt one in a pipeline, would be green for ever."""
    for path in selection.paths:
        below = path + "/"
        held = [*case.head.paths, *(case.base.paths if case.base is not None else ())]
        if not any(each == path or each.startswith(below) for each in held):
            raise CannotJudge(f"nothing to check: {path} holds no records", "Records stand under records/.")


class _Judged(Struct, frozen=True):
    """Every remark on one snapshot with the waiver that lifts it, if one does."""

    pairs: list[tuple[Remark, Waived | None]]
    inspection: Inspection
    waivers_used: tuple[Waived, ...]


def _judge(rulebook: Rulebook, case: Case, selection: Selection) -> _Judged:
    inspection = rulebook.inspect(case)
    granted = waivers.in_force(case) if selection.waivers else ()
    pairs = waivers.lift(inspection.remarks, granted, rulebook.by_id)
    used = {waived.waiver: waived for _, waived in pairs if waived is not None}
    if selection.waivers:
        pairs += [(remark, None) for remark in waivers.inspect(case, used, rulebook.by_id, inspection.run)]
    return _Judged(pairs, inspection, tuple(used[name] for name in sorted(used)))


def _only_new(
    judged: _Judged, rulebook: Rulebook, case: Case, selection: Selection
) -> tuple[list[tuple[Remark, Waived | None]], int]:
    """What the base does not have, judged by the rules and at the time of the head: only the records differ."""
    if case.base is None:
        return judged.pairs, 0
    # against itself, so that rules over edits run there as well: what they cannot decide without an edit is not new
    before = _judge(rulebook, Case(case.base, case.as_of, case.base), selection)
    new = newness.only_new(judged.pairs, before.pairs, case.head, case.base)
    return new, len(judged.pairs) - len(new)


def _unexplained(pairs: list[tuple[Remark, Waived | None]], case: Case) -> list[tuple[Remark, Waived | None]]:
    """Without the remarks that another one in the list explains: one broken record is one finding, not twenty."""
    causes: set[str] = set()
    by_path = {path: ref for ref, path in case.head.unread.items()}
    for remark, _ in pairs:
        if not remark.because:
            causes.update((remark.record, by_path.get(remark.path, "")))
            record = case.head.records.get(remark.record) if remark.rule.startswith("reference") else None
            causes.update(
                target for pointer, target in (record.references if record else ()) if pointer == remark.pointer
            )
    return [pair for pair in pairs if pair[0].because not in causes or not pair[0].because]


def _find(veil: Veil, remark: Remark, waived: Waived | None) -> Finding:
    finding = veil.finding(veil.head.places.finding(remark, veil.head.records.get(remark.record)))
    return replace(finding, waived=waived) if waived else finding


def _is_shown(remark: Remark, chosen: frozenset[str], selection: Selection) -> bool:
    """Findings that fail the run are always listed, whatever --min-severity says.

    So is what keeps a record from being judged, and a chosen rule that came to no verdict, whatever --select says.
    """
    if not (remark.blinds or remark.rule in chosen or remark.about in chosen):
        return False
    if selection.paths and not any(
        remark.path == path or remark.path.startswith(path + "/") for path in selection.paths
    ):
        return False
    return at_least(remark.severity, selection.min_severity) or at_least(remark.severity, selection.fail_on)


def _choose(rules: Sequence[Rule], selection: Selection) -> frozenset[str]:
    """The ids that --select and --ignore leave; each word must name something."""
    named: dict[str, set[str]] = {}
    for rule in rules:
        for word in (rule.id, rule.process, *rule.tags):
            if word:
                named.setdefault(word, set()).add(rule.id)
        named.setdefault(rule.id.split("-", 1)[0], set()).add(rule.id)  # CHG: all of CHG-…
    for word in (*selection.select, *selection.ignore):
        if word not in named:
            guess = did_you_mean(word, named)
            raise Misuse(f"no rule, process or tag is called {word!r}" + (f": {guess}" if guess else ""), _LIST)
    everything = {rule.id for rule in rules}
    chosen = set().union(*(named[word] for word in selection.select)) if selection.select else everything
    return frozenset(chosen.difference(*(named[word] for word in selection.ignore)))


_LIST = "itsmctl policy list prints them all."
