"""The rules that `policy lint` finds by: what each doubt means, and what to do about it."""

from __future__ import annotations

from itsmctl.findings import Rule, Severity


def _rule(rule_id: str, severity: Severity, title: str, description: str, remediation: str) -> Rule:
    return Rule(rule_id, title, severity, description, remediation)


RULES: tuple[Rule, ...] = (
    _rule(
        "policy-vacuous",
        "error",
        "Some example is looked at by the rule and passes",
        "Where everything that passes does so because `when` leaves it out, nobody knows whether `assert` can hold at "
        "all: it could be false of every record.",
        "Add an example with `expect: pass` for which `when` is true, in a state that the rule looks at.",
    ),
    _rule(
        "policy-when",
        "warning",
        "Some example is left alone by `when`",
        "A condition that is true of every example may be true of every record; then it is noise, or it is wrong.",
        "Add an example that `when` leaves out (with `expect: pass`), or leave `when` out.",
    ),
    _rule(
        "policy-branch",
        "warning",
        "The examples show both sides of every condition",
        "What no example comes to was never tried: it may be misspelt, the wrong way round, or an error in the data "
        "that it was written for.",
        "Add an example that shows the other side, or leave the condition out.",
    ),
    _rule(
        "policy-mutant",
        "warning",
        "The examples notice every altered operator and constant",
        "`policy lint --mutants` alters one operator or constant of the rule at a time. Where all examples still "
        "behave, nothing says that it has to be the way it is, and nobody will notice when an edit breaks it.",
        "Add an example that tells the two apart, mostly one right at the boundary.",
    ),
    _rule(
        "policy-twin",
        "warning",
        "Every example has a name and a content of its own",
        "Reports name an example by its name. One that shows what another one shows adds nothing but reading.",
        "Rename one of them, or leave it out.",
    ),
    _rule(
        "policy-text",
        "warning",
        "Title, description, remediation and message each say something",
        "Whoever gets a finding reads these and nothing else. A text that is to be written later, or that repeats "
        "another one, leaves them alone with it.",
        "Write what the reader needs: title, what holds when all is well; description, why it matters; remediation, "
        "what to do.",
    ),
    _rule(
        "policy-message",
        "warning",
        "The message names a value of the record",
        "A message that is the same for every record repeats the title. One that names the value that is wrong saves "
        "the reader from looking it up.",
        "Put what is wrong into it, such as: 'the owner is ' + self.metadata.owner",
    ),
    _rule(
        "policy-unused",
        "warning",
        "Every name in `let` is used",
        "A name that nothing uses is read by people as if it mattered.",
        "Leave it out, or use it in assert or message.",
    ),
    _rule(
        "policy-dyn",
        "warning",
        "The rule uses dyn() only where it has to",
        "dyn() switches off the checker: a misspelt field behind it is no error when the rule loads, but one on every "
        "record. It is needed where a reference leads to several kinds, and only some of them have the field.",
        "Leave dyn() out.",
    ),
    _rule(
        "policy-deprecated",
        "warning",
        "The rule reads no field that its schema calls deprecated",
        "A field that is deprecated goes away one day, and the rule would no longer load.",
        "Read the field that stands in its place: itsmctl explain KIND.FIELD says which.",
    ),
    _rule(
        "policy-basis",
        "error",
        "Basis and clause of a rule go together",
        "The basis says whether a finding is a requirement of the standard, advice, or a habit of the house. A clause "
        "on the wrong one claims what the standard does not say.",
        "Make the two fit: itsmctl explain basis",
    ),
    _rule(
        "policy-severity",
        "warning",
        "The severity of a rule goes with its basis and enforcement",
        "An error that the standard only advises, or that never fails a run, says more than it means.",
        "Choose the severity that the basis bears. Where advice is meant to be an error, the description says, with "
        "the reason, that it is `an error all the same`.",
    ),
    _rule(
        "policy-name",
        "warning",
        "Id, file and process of a rule lead to it",
        "Findings name a rule by its id; people look for a file of that name in the folder of its process.",
        "Rename the rule or the file so that each leads to the other.",
    ),
    _rule(
        "policy-place",
        "warning",
        "The place of the findings is a field of the kind",
        "`at` says where the finding points. No record can have a field that the schema does not know, so that the "
        "finding lands somewhere above it.",
        "Write the pointer of a field of the kind, or leave `at` out: the engine finds the place by what was read.",
    ),
    _rule(
        "policy-idle",
        "info",
        "The rule has something to look at in this repository",
        "A rule that looks at no record never finds anything. It may be early, or its condition is not what was meant.",
        "Nothing, if such records are to come. Else look at match.kind and match.when.",
    ),
)
"""In the order of the checks."""

BY_ID = {rule.id: rule for rule in RULES}
