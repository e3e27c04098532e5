"""What somebody writes who knows CEL from Kubernetes, or another language: the place, the words, the remedy."""

from __future__ import annotations

import pytest
from celcheck import problems

from itsmctl import cel

BACKOUT = cel.ObjectType("Change.spec.backout", {"steps": cel.STRING, "trigger": cel.STRING})
ITEM = cel.ObjectType("Change.spec.items[]", {"item": cel.STRING, "action": cel.StringType(values=("add", "remove"))})
SPEC = cel.ObjectType(
    "Change.spec",
    {
        "state": cel.StringType(values=("draft", "approved", "retired")),
        "backout": BACKOUT,
        "items": cel.ListType(ITEM),
        "days": cel.INT,
        "start": cel.STRING,
    },
)
CHANGE = cel.ObjectType("Change", {"spec": SPEC})
KUBERNETES = {"object": "write self", "request": "a rule sees records only"}
ENVIRONMENT = cel.Environment(
    {"self": CHANGE, "as_of": cel.TIMESTAMP},
    {"ref": cel.Function("ref", ((cel.STRING,),), cel.DYN)},
    lambda word, known: KUBERNETES.get(word) or cel.suggest(word, known),
)


def told(text: str) -> list[str]:
    """Each problem as the stretch that the carets are under, the message and the hint."""
    found = problems(text, ENVIRONMENT, cel.BOOL)
    assert all(problem.line == 1 for problem in found)
    return [f"{text[p.column - 1 : p.end_column - 1]} | {p.message} | {p.hint}" for p in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # names of Kubernetes
        ("object.spec.state == 'draft'", "object | there is no variable object | write self"),
        ("request.name == 'x'", "request | there is no variable request | a rule sees records only"),
        ("oldSelf.spec.days > 1", "oldSelf | there is no variable oldSelf | did you mean self?"),
        ("request.userInfo.get('x').all()", "request | there is no variable request | a rule sees records only"),
        ("url('x').getHost() == 'y'", "url | there is no function url() | there is ref, and the functions of CEL"),
        ("self.spec.items.isSorted()", "isSorted | there is no method isSorted() | write x == x.sort()"),
        ("'a'.find('[a-z]+') == 'a'", "find | there is no method find() | write x.filter(i, …), or text.matches('…')"),
        # fields
        ("self.spec.backot.steps == ''", "backot | Change.spec has no field backot | did you mean backout?"),
        ("self.spec.items[0].itm == 'a'", "itm | Change.spec.items[] has no field itm | did you mean item?"),
        ("self.spec.state == 'drft'", "'drft' | it is never 'drft' | did you mean draft?"),
        (
            "self.spec.items.filter(i, i.action == 'add').size == 1",
            "size | list(Change.spec.items[]) has no fields, so no .size | write .size()",
        ),
        (
            "has(self.spec['days'])",
            "self.spec['days'] | has() takes a field | write has(a.b); for a list use size(a) > i, for a key 'k' in a",
        ),
        (
            "self.spec.backout != null",
            (
                "self.spec.backout != null | Change.spec.backout and null are never equal | "
                "a missing field is not null here: write has(a.b) or !has(a.b)"
            ),
        ),
        # functions
        ("len(self.spec.items) > 0", "len | there is no function len() | write size(x)"),
        ("size(self.spec.days) > 0", "self.spec.days | size() takes string, bytes, list or map here, not int | "),
        (
            "self.spec.state.toLowerCase() == 'a'",
            "toLowerCase | there is no method toLowerCase() | write x.lowerAscii()",
        ),
        ("self.spec.state.startswith('a')", "startswith | there is no method startswith() | did you mean startsWith?"),
        ("self.spec.items.any(i, true)", "any | there is no method any() | write x.exists(i, …)"),
        ("self.spec.items.all(i.item != '')", "all | all() is not used like that | write x.all(i, condition)"),
        (
            "self.spec.items.map(i, i.item).contains('x')",
            (
                "self.spec.items.map(i, i.item) | contains() takes string here, not list(string) | "
                "to look for an element write x in list"
            ),
        ),
        (
            "self.spec.items.indexOf('x') > 1",
            (
                "self.spec.items | indexOf() takes string here, not list(Change.spec.items[]) | "
                "to look for an element write x.exists(i, i == …)"
            ),
        ),
        (
            "ref(self.spec.items[0]).x",
            (
                "self.spec.items[0] | ref() takes string here, not Change.spec.items[] | "
                "give one of its fields: action and item"
            ),
        ),
        (
            "self.spec.start.getHours() > 3",
            (
                "self.spec.start | getHours() takes timestamp or duration here, not string | "
                "write timestamp(x) or duration(x) around it"
            ),
        ),
        # bools
        (
            "self.spec.days && true",
            (
                "self.spec.days | && needs true or false, and this is int | "
                "compare it with something, or ask with has(a.b) whether it is there"
            ),
        ),
        (
            "!self.spec.items",
            (
                "self.spec.items | ! needs true or false, and this is list(Change.spec.items[]) | "
                "to ask whether there is something in it, write size(x) > 0; whether a field is there, has(a.b)"
            ),
        ),
        (
            "!self.spec.state in ['draft']",
            "!self.spec.state | the ! belongs to what stands before in, not to all of it | write !(a in b)",
        ),
        # signs
        ("self.spec.state = 'draft'", "= | unexpected character = | write =="),
        ("self.spec.state === 'draft'", "=== | there is no === in CEL | write =="),
        ("self.spec.state !== 'draft'", "!== | there is no !== in CEL | write !="),
        ("self.spec.state <> 'draft'", "<> | there is no <> in CEL | write !="),
        ("true & false", "& | unexpected character & | write &&"),
        ("true | false", "| | unexpected character | | write ||"),
        (
            "self.spec.days > 1 and true",
            "and | expected an operator or the end of the expression, found and | write && instead of and",
        ),
        ("self.spec?.backout", "?. | there is no ?. in CEL | write a.?b for a field that may be missing"),
        ("self.spec.days ?? 1", "?? | there is no ?? in CEL | write a.?b.orValue(x)"),
        ("self->spec", "-> | there is no -> in CEL | write a.b"),
        (
            "self.spec.items.all(i => true)",
            "=> | there is no => in CEL | write x.all(i, condition): a variable, a comma, what is asked of it",
        ),
        ("${self.spec.days} == 1", "${ | there is no ${ in CEL | write the expression alone, without ${…}"),
        ("true;", "; | unexpected character ; | an expression ends without it"),
        (
            "self.spec.state not in ['a']",
            "not | expected an operator or the end of the expression, found not | write !(a in b)",
        ),
        (
            "self.spec.state in ('draft', 'a')",
            ", | expected ) for the ( at 1:20, found , | a list has square brackets: write [a, b]",
        ),
        (
            "self.spec.state in 'draft'",
            (
                "self.spec.state in 'draft' | in needs a list or map on the right, and this is string | "
                "for one value write ==, for several in [a, b]; for a part of a text text.contains(part)"
            ),
        ),
        (
            "self.spec.items[*].item == ''",
            "* | expected a value, found * | for all elements write x.all(i, …), x.exists(i, …) or x.map(i, …)",
        ),
        (
            "self.spec.items.0.item == ''",
            ".0 | expected an operator or the end of the expression, found .0 | write [0]",
        ),
        # brackets and quotes
        ("(self.spec.days > 1", " | the expression ends too early: expected ) for the ( at 1:1 | "),
        (
            "self.spec.days > 1)",
            ") | expected an operator or the end of the expression, found ) | there is no ( before it that it closes",
        ),
        (
            'self.spec.state == "draft',
            '"draft | the string is not closed | close it with "; for several lines use three quotes',
        ),
        ("self.spec.state == draft", "draft | there is no variable draft | there is as_of and self"),
        (
            "self.spec.state.matches('\\d+')",
            "\\d | unknown escape \\d | to match a backslash itself write \\\\, or use a raw string r'…'",
        ),
        # types
        (
            "self.spec.start < as_of",
            "self.spec.start < as_of | < does not work on string and timestamp | write timestamp(x) around the text",
        ),
        (
            "'n: ' + self.spec.days == ''",
            "'n: ' + self.spec.days | + does not work on string and int | write string(x) around the other side",
        ),
        ("duration('1d') > duration('1h')", "'1d' | '1d' is no duration: write it like 90s, 1h30m or 24h | "),
        (
            "if self.spec.days > 1 then true",
            "if | if is a reserved word and cannot be a name | write condition ? one : other",
        ),
    ],
)
def test_a_habit_of_elsewhere_is_told_what_to_write_here(text: str, expected: str) -> None:
    assert told(text) == [expected]


def test_a_field_that_many_kinds_lack_names_the_first_of_them() -> None:
    kinds = [cel.ObjectType(f"Kind{n}", {"name": cel.STRING}) for n in range(9)]
    (problem,) = problems("r.nam == ''", cel.Environment({"r": cel.union(kinds)}))
    assert problem.message == "Kind0, Kind1, Kind2 and 6 more have no field nam"
    assert problem.hint == "did you mean name?"
