"""What expressions evaluate to: tables in the order of the sections of the CEL specification's own tests.

Each row goes through both evaluators, which have to agree. An expected `Error("words")` is an evaluation error whose
message holds the words.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
from celcheck import evaluate, shown

from itsmctl import cel
from itsmctl.cel import Duration, EvaluationError, Optional, Timestamp, TypeValue, Uint

INF, NAN = math.inf, math.nan
MAX, MIN = 9223372036854775807, -9223372036854775808


@dataclass(frozen=True)
class Error:
    words: str


DATA: dict[str, object] = {
    "x": {"a": {"b": [1, 2.5, "three", None, True]}, "s": "text", "n": None, "one": 1, "big": 10**30, "f": 1.0},
    "empty": {},
    "items": [{"id": "a", "n": 1}, {"id": "b", "n": 2}, {"id": "c"}],
    "keys": {"a b": 1, "ä": 2, "": 3},
    "t": Timestamp(1234567890 * 10**9 + 123456789),
}

BASIC = [
    ("0", 0),
    ("42", 42),
    ("-42", -42),
    ("0x1F", 31),
    ("-0x10", -16),
    ("9223372036854775807", MAX),
    ("-9223372036854775808", MIN),
    ("18446744073709551615u", Uint(18446744073709551615)),
    ("0xFFu", Uint(255)),
    ("1.5", 1.5),
    ("1e3", 1000.0),
    (".5", 0.5),
    ("-2.5e-2", -0.025),
    ("true", True),
    ("false", False),
    ("null", None),
    ("''", ""),
    ("'it\\'s'", "it's"),
    ('"\\x41\\u00e4\\U0001F600\\101\\n\\?\\`"', "Aä😀A\n?`"),
    ("r'\\n'", "\\n"),
    ("'''a'b\nc'''", "a'b\nc"),
    ('"""a"b"""', 'a"b'),
    ("r'''\\'''", "\\"),
    ("b'abc'", b"abc"),
    ("b'\\xff\\377ä'", b"\xff\xff\xc3\xa4"),
    ("br'\\x'", b"\\x"),
    ("[]", []),
    ("[1, 'a', true,]", [1, "a", True]),
    ("{}", {}),
    ("{'a': 1, 'b': {'c': 2},}", {"a": 1, "b": {"c": 2}}),
    ("type(1)", TypeValue("int")),
    ("type(1u)", TypeValue("uint")),
    ("type(null)", TypeValue("null_type")),
    ("type(type(1)) == type", True),
    (
        "[type(true), type(1.0), type(''), type(b''), type([]), type({})]",
        [*map(TypeValue, ("bool", "double", "string", "bytes", "list", "map"))],
    ),
    ("x.one // the rest of the line\n + 1", 2),
    ("// first\n1", 1),
]

FIELDS = [
    ("x.a.b[2]", "three"),
    ("x['a']['b'][0]", 1),
    ("x.a.b[3] == null", True),
    ("x.n == null", True),
    ("keys['a b'] + keys['ä'] + keys['']", 6),
    ("keys.`a b`", 1),
    ("x.missing", Error("no such key: missing")),
    ("x.missing.more", Error("no such key: missing")),
    ("x['missing']", Error("no such key: missing")),
    ("x.s.more", Error("string has no fields")),
    ("x.n.more", Error("null has no fields")),
    ("x.a.b.more", Error("list has no fields")),
    ("x.one.more", Error("int has no fields")),
    ("has(x.a)", True),
    ("has(x.n)", True),
    ("has(x.missing)", False),
    ("has(x.a.missing)", False),
    ("has(x.missing.a)", Error("no such key: missing")),
    ("has(x.s.a)", Error("no such overload")),
    ("!has(empty.a)", True),
    ("{1: 'a', 2u: 'b'}[1u]", "a"),
    ("dyn({1: 'a'})[1.0]", "a"),
    ("dyn({1: 'a'})[1.5]", Error("no such key: 1.5")),
    ("{true: 'a', 1: 'b', 0: 'c'}[true]", "a"),
    ("{true: 'a', 1: 'b', 0: 'c'}[1]", "b"),
    ("dyn({true: 'a'})[1]", Error("no such key")),
    ("dyn({1: 'a'})[true]", Error("no such key")),
    ("dyn({true: 1})[[1]]", Error("no such overload")),
    ("{1: 'a', dyn(1u): 'b'}", Error("given twice")),
    ("{'a': 1, 'a': 2}", Error("given twice")),
    ("{true: 1, dyn(1): 2, true: 3}", Error("given twice")),
    ("{dyn(1.5): 1}", Error("a key of a map")),
    ("{dyn(null): 1}", Error("a key of a map")),
    ("x.a.b[5]", Error("index out of range")),
    ("x.a.b[-1]", Error("index out of range")),
    ("x.a.b[dyn(1.0)]", 2.5),
    ("x.a.b[dyn(1u)]", 2.5),
    ("x.a.b[dyn(1.5)]", Error("whole number")),
    ("x.a.b[dyn('1')]", Error("no such overload")),
    ("x.a.b[dyn(true)]", Error("no such overload")),
    ("x.s[0]", Error("no such overload")),
]

COMPARISONS = [
    ("dyn(1) == 1.0", True),
    ("dyn(1) == 1u", True),
    ("dyn(1.0) == 1u", True),
    ("dyn(1) != 1.5", True),
    ("dyn(true) == 1", False),
    ("dyn(false) == 0", False),
    ("dyn(true) == 1.0", False),
    ("x.one == true", False),
    ("true == x.one", False),
    ("x.one == 1 && x.f == 1.0", True),
    ("x.f == 1", True),
    ("x.one == 'a'", False),
    ("x.n == 0", False),
    ("x.n == false", False),
    ("x.n == ''", False),
    ("x.missing == null || true", True),
    ("'a' == 'a' && 'a' != 'ä'", True),
    ("b'a' == b'a'", True),
    ("dyn(b'a') == 'a'", False),
    ("0.0 == -0.0", True),
    ("double('NaN') == double('NaN')", False),
    ("double('NaN') != double('NaN')", True),
    ("[double('NaN')] == [double('NaN')]", False),
    ("[1, [2, {'a': 3}]] == dyn([1.0, [2u, {'a': 3.0}]])", True),
    ("dyn([1]) == [true]", False),
    ("{'a': 1, 'b': 2} == {'b': 2, 'a': 1}", True),
    ("{'a': 1} == {'a': 1, 'b': 2}", False),
    ("dyn({1: 'a'}) == {1u: 'a'}", True),
    ("dyn({true: 'a'}) == {1: 'a'}", False),
    ("dyn({1: 'a', true: 'b'}) == {true: 'b', 1: 'a'}", True),
    ("x.a == {'b': [1, 2.5, 'three', null, true]}", True),
    ("x.a == {'b': [1, 2.5, 'three', null, 1]}", False),
    ("1 < 2 && 2u < 3u && 1.5 < 2.5 && 'a' < 'b' && b'a' < b'b' && false < true", True),
    ("dyn(1) < 1.5 && dyn(2u) > 1 && dyn(1.0) <= 1u && dyn(1) >= 1u", True),
    ("1 < 1.5 && 1u <= 1", True),
    ("'Z' < 'a' && 'z' < 'ä' && '\uffff' < '😀'", True),
    ("dyn(9223372036854775807) < 9223372036854775808.0", False),
    ("dyn(9223372036854775807) < 9223372036854777857.0", True),
    ("dyn(-9223372036854775808) > -9223372036854777857.0", True),
    ("dyn('a') < 1", Error("no such overload: < does not work on string and int")),
    ("dyn(true) < 1", Error("no such overload")),
    ("dyn(null) < dyn(null)", Error("no such overload")),
    ("dyn([1]) < dyn([2])", Error("no such overload")),
    ("double('NaN') < 1.0", Error("NaN has no order")),
    ("timestamp('2020-01-01T00:00:00Z') < timestamp('2020-01-01T00:00:00.000000001Z')", True),
    ("duration('1m') == duration('60s') && duration('-1s') < duration('0')", True),
    ("1 in [1, 2] && !(3 in [1, 2])", True),
    ("dyn(1) in [1.0] && dyn(1u) in [1]", True),
    ("dyn(true) in [1, 2]", False),
    ("'a' in {'a': 1} && !('b' in {'a': 1})", True),
    ("dyn(1.0) in {1: 'a'}", True),
    ("dyn(1) in {true: 'a'}", False),
    ("'three' in x.a.b", True),
    ("null in x.a.b", True),
    ("dyn([1]) in {'a': 1}", False),
    ("1 in dyn('abc')", Error("no such overload: in does not work on int and string")),
]

CONVERSIONS = [
    ("int('-7') + int(7.9) + int(-7.9) + int(7u)", 0),
    ("int(timestamp('1970-01-02T00:00:00.9Z'))", 86400),
    ("int(timestamp('1969-12-31T23:59:59.5Z'))", -1),
    ("int(9223372036854775807.0)", Error("integer overflow")),
    ("int(double('NaN'))", Error("integer overflow")),
    ("int('1.5')", Error("is no int")),
    ("int(' 1')", Error("is no int")),
    ("int('1_000')", Error("is no int")),
    ("int('٣')", Error("is no int")),
    ("int('9223372036854775808')", Error("integer overflow")),
    ("int(18446744073709551615u)", Error("integer overflow")),
    ("int(dyn([1]))", Error("no such overload")),
    ("int(dyn(true))", Error("no such overload")),
    ("uint(3.9)", Uint(3)),
    ("uint('3')", Uint(3)),
    ("uint(-1)", Error("integer overflow")),
    ("uint('-1')", Error("is no uint")),
    ("uint(-0.5)", Error("integer overflow")),
    ("double(3) + double('0.5') + double(1u)", 4.5),
    ("double('1e400')", Error("too large")),
    ("double('-Infinity')", -INF),
    ("double('nan')", NAN),
    ("[{'a': double('nan')}].exists(m, m == m)", False),
    ("[{'a': 'nan', 'b': [1, {}]}].exists(m, m == m)", True),
    ("double('1_0')", Error("is no double")),
    ("double('')", Error("is no double")),
    ("double(x.big)", 1e30),
    ("string(1) + string(1u) + string(true) + string('s') + string(b'\\xc3\\xa4')", "11truesä"),
    ("string(1.0) + ' ' + string(0.1) + ' ' + string(-2.5e-7) + ' ' + string(1e30)", "1 0.1 -2.5e-07 1e+30"),
    ("string(123456.0) + ' ' + string(1234567.0) + ' ' + string(-0.0)", "123456 1.234567e+06 -0"),
    ("string(1.0 / 0.0) + string(-1.0 / 0.0)", "+Inf-Inf"),
    ("string(b'\\xff')", Error("no UTF-8")),
    ("string(duration('1h1.5s'))", "3601.5s"),
    ("string(duration('-0.000000001s'))", "-0.000000001s"),
    ("string(timestamp('2020-02-29T12:00:00.120+01:00'))", "2020-02-29T12:00:00.12+01:00"),
    ("string(timestamp('2020-02-29T12:00:00-05:30') + duration('1h'))", "2020-02-29T13:00:00-05:30"),
    ("'%s'.format([timestamp('2020-02-29T12:00:00+01:00')])", "2020-02-29T11:00:00Z"),
    ("string(dyn(null))", Error("no such overload")),
    ("string(dyn([]))", Error("no such overload")),
    ("string(x.big)", Error("integer overflow")),
    ("bytes('ä')", b"\xc3\xa4"),
    ("bool('true') && bool('T') && bool('1') && !bool('False') && !bool('0')", True),
    ("bool('yes')", Error("neither true nor false")),
    ("bool('tRUE')", Error("neither true nor false")),
    ("dyn('a') == 'a'", True),
    ("type(t) == google.protobuf.Timestamp", True),
    ("type(duration('1s')) == google.protobuf.Duration", True),
    ("type(x.one) == int && type(x.f) == double && type(x.a) == map && type(x.n) == null_type", True),
    ("type(x.one) == bool", False),
]

NUMBERS = [
    ("40 + 2 - 1", 41),
    ("7 / 2 + -7 / 2", 0),
    ("7 % 3 * 10 + -7 % 3 + 7 % -3", 10),
    ("2 + 3 * 4 == 14 && (2 + 3) * 4 == 20", True),
    ("10 - 4 - 3", 3),
    ("-(-5)", 5),
    ("--5", 5),
    ("9223372036854775807 + 1", Error("integer overflow")),
    ("-9223372036854775808 - 1", Error("integer overflow")),
    ("4611686018427387904 * 2", Error("integer overflow")),
    ("-9223372036854775808 / -1", Error("integer overflow")),
    ("-9223372036854775808 % -1", Error("integer overflow")),
    ("-(-9223372036854775808)", Error("integer overflow")),
    ("x.big + 1", Error("integer overflow")),
    ("x.big > 1", True),
    ("x.big == x.big", True),
    ("1 / 0", Error("division by zero")),
    ("1 % 0", Error("modulus by zero")),
    ("1u / 0u", Error("division by zero")),
    ("7u / 2u", Uint(3)),
    ("7u % 2u", Uint(1)),
    ("2u - 3u", Error("integer overflow")),
    ("18446744073709551615u + 1u", Error("integer overflow")),
    ("1.5 + 1.5", 3.0),
    ("1.0 / 3.0 * 3.0", 1.0),
    ("1.0 / 0.0", INF),
    ("-1.0 / 0.0", -INF),
    ("1.0 / -0.0", -INF),
    ("0.0 / 0.0", NAN),
    ("1e308 * 10.0", INF),
    ("dyn(1) + 1.0", Error("no such overload: + does not work on int and double")),
    ("dyn(1) + 1u", Error("no such overload")),
    ("dyn(true) + 1", Error("no such overload: + does not work on bool and int")),
    ("dyn(true) * 1", Error("no such overload")),
    ("dyn(1.5) % dyn(1.0)", Error("no such overload")),
    ("-dyn('a')", Error("no such overload: - does not work on string")),
    ("-dyn(true)", Error("no such overload")),
    ("-dyn(1u)", Error("no such overload")),
    ("dyn(null) + 1", Error("no such overload")),
]

LISTS = [
    ("[1] + [2, 3] + []", [1, 2, 3]),
    ("size([1, 2]) + [1].size() + size('äöü😀') + size(b'ä') + size({'a': 1})", 10),
    ("size(x.a.b)", 5),
    ("size(dyn(1))", Error("no such overload: size() does not take int")),
    ("[1, 2, 3].slice(1, 3)", [2, 3]),
    ("[1].slice(0, 2)", Error("index out of range")),
    ("[1, 'a', 1.0, 'a', true, [1], [1.0]].distinct()", [1, "a", True, [1]]),
    ("[3, 1, 2].sort()", [1, 2, 3]),
    ("['b', 'a'].sort()", ["a", "b"]),
    ("dyn([1, 'a']).sort()", Error("no order among different kinds: int and string")),
    ("dyn([[1]]).sort()", Error("no such overload")),
    ("[[1, 2], [3]].flatten()", [1, 2, 3]),
    ("dyn([1, [2, [3, [4]]]]).flatten(2)", [1, 2, 3, [4]]),
    ("[1, 2].reverse()", [2, 1]),
    ("[1, 2].first().value() + [1, 2].last().value()", 3),
    ("[].first().hasValue()", False),
    ("lists.range(3)", [0, 1, 2]),
]

LOGIC = [
    ("true && true", True),
    ("true && false", False),
    ("true || 1 / 0 > 0", True),
    ("1 / 0 > 0 || true", True),
    ("false && 1 / 0 > 0", False),
    ("1 / 0 > 0 && false", False),
    ("1 / 0 > 0 && true", Error("division by zero")),
    ("true && 1 / 0 > 0", Error("division by zero")),
    ("false || 1 / 0 > 0", Error("division by zero")),
    ("1 / 0 > 0 || 1 % 0 > 0", Error("division by zero")),
    ("1 / 0 > 0 || false || 1 % 0 > 0 || true", True),
    ("dyn(1) || true", True),
    ("true || dyn(1)", True),
    ("dyn(1) || false", Error("|| needs true or false, not int")),
    ("dyn('a') && true", Error("&& needs true or false, not string")),
    ("dyn(1) && false", False),
    ("!true || !false", True),
    ("!dyn(1)", Error("no such overload: ! does not work on int")),
    ("!!true", True),
    ("true ? 1 : 2", 1),
    ("false ? 1 : true ? 2 : 3", 2),
    ("false ? 1 / 0 : 2", 2),
    ("1 / 0 > 0 ? 1 : 2", Error("division by zero")),
    ("dyn(1) ? 1 : 2", Error("needs true or false")),
    ("true || false && false", True),
    ("x.missing || true", True),
    ("true ? dyn(1) : 'a'", 1),
]

MACROS = [
    ("[1, 2].all(i, i > 0)", True),
    ("[].all(i, 1 / 0 > 0)", True),
    ("[1, 2].all(i, i > 1)", False),
    ("[0, 1, -1].all(i, 1 / i > 0)", False),
    ("[0, 1].all(i, 1 / i > 0)", Error("division by zero")),
    ("[1, 2].exists(i, i > 1)", True),
    ("[0, 1].exists(i, 1 / i > 0)", True),
    ("[0, -1].exists(i, 1 / i > 0)", Error("division by zero")),
    ("[].exists(i, true)", False),
    ("[1, 2, 3].exists_one(i, i > 2)", True),
    ("[1, 2, 3].exists_one(i, i > 1)", False),
    ("[1, 0].exists_one(i, 1 / i == 1)", Error("division by zero")),
    ("[1, 2].existsOne(i, i == 1)", True),
    ("[1, 2, 3].filter(i, i % 2 == 1)", [1, 3]),
    ("[0].filter(i, 1 / i > 0)", Error("division by zero")),
    ("[1, 2].map(i, i * 2)", [2, 4]),
    ("[1, 2, 3].map(i, i > 1, i * 2)", [4, 6]),
    ("[1, 0].map(i, 1 / i)", Error("division by zero")),
    ("{'a': 1, 'b': 2}.map(k, k)", ["a", "b"]),
    ("{'b': 1, 'a': 2}.map(k, k)", ["a", "b"]),  # by name: the order of the file is no part of what it says
    ("{'b': 1, 'a': 2}.transformList(k, v, k + string(v))", ["a2", "b1"]),
    ("keys.map(k, k)", ["", "a b", "ä"]),
    ("{'a': 1}.all(k, k == 'a')", True),
    ("{'a': 1}.filter(k, k == 'b')", []),
    ("x.all(k, has(x.a))", True),
    ("items.filter(i, has(i.n)).map(i, i.id)", ["a", "b"]),
    ("items.all(i, i.n > 0)", Error("no such key: n")),
    ("items.exists(i, i.n > 5 || i.id == 'c')", True),
    ("[1].exists(items, items == 1)", True),
    ("[1].all(x, [2].all(x, x == 2) && x == 1)", True),
    ("[1].all(y, .x.one == y)", True),
    ("[[1, 2], [3]].map(l, l.map(i, i + size(l)))", [[3, 4], [4]]),
    ("[dyn(1)].all(i, i)", Error("the condition of all() needs true or false, not int")),
    ("[dyn(1), false].all(i, i)", False),
    ("[dyn(1)].filter(i, i)", Error("the condition of filter() needs true or false, not int")),
    ("[dyn(1)].map(i, i, i)", Error("the condition of map() needs true or false, not int")),
    ("dyn(1).all(i, true)", Error("only a list or map has elements")),
    ("dyn('abc').map(i, i)", Error("only a list or map has elements")),
    ("[1, 2].all(i, v, v == i + 1)", True),
    ("{'a': 1}.exists(k, v, k == 'a' && v == 1)", True),
    ("[5, 5].existsOne(i, v, i == 1)", True),
    ("[1, 2].transformList(i, v, v * 10 + i)", [10, 21]),
    ("[1, 2].transformList(i, v, i > 0, v)", [2]),
    ("{'a': 1, 'b': 2}.transformMap(k, v, v * 2)", {"a": 2, "b": 4}),
    ("{'a': 1, 'b': 2}.transformMap(k, v, v > 1, k)", {"b": "b"}),
    ("{'a': 'x'}.transformMapEntry(k, v, {v: k})", {"x": "a"}),
    ("['a', 'a'].transformMapEntry(i, v, {v: i})", Error("given twice")),
    ("[1].transformMapEntry(i, v, dyn(1))", Error("no such overload")),
    ("cel.bind(y, 1 + 1, y * y)", 4),
    ("cel.bind(x, 1, x + 1)", 2),
]

TEXTS = [
    ("'a' + 'ä' + '😀'", "aä😀"),
    ("b'a' + b'\\xff'", b"a\xff"),
    ("'abc'.contains('b') && 'abc'.contains('') && !'abc'.contains('B')", True),
    ("'abc'.startsWith('ab') && !'abc'.startsWith('b')", True),
    ("'abc'.endsWith('bc') && 'abc'.endsWith('')", True),
    ("dyn(1).startsWith('a')", Error("no such overload: startsWith() works on text, not on int")),
    ("'a'.contains(dyn(null))", Error("no such overload")),
    ("'hällo'.charAt(1)", "ä"),
    ("'a'.charAt(1)", ""),
    ("'a'.charAt(2)", Error("index out of range")),
    ("'a'.charAt(-1)", Error("index out of range")),
    ("'hello hello'.indexOf('llo') + 'hello hello'.lastIndexOf('llo')", 10),
    ("'a'.indexOf('b')", -1),
    ("'abab'.indexOf('ab', 1)", 2),
    ("'abab'.lastIndexOf('ab', 1)", 0),
    ("'ab'.indexOf('a', 3)", Error("index out of range")),
    ("'ÄbC'.lowerAscii() + 'äBc'.upperAscii()", "ÄbcäBC"),
    ("'aaa'.replace('a', 'b')", "bbb"),
    ("'aaa'.replace('a', 'b', 2)", "bba"),
    ("'aaa'.replace('a', 'b', 0)", "aaa"),
    ("'aaa'.replace('a', 'b', -1)", "bbb"),
    ("'ab'.replace('', '_')", "_a_b_"),
    ("'a,b,c'.split(',')", ["a", "b", "c"]),
    ("'a,b,c'.split(',', 2)", ["a", "b,c"]),
    ("'a,b'.split(',', 0)", []),
    ("'a,b'.split(',', 1)", ["a,b"]),
    ("'äb'.split('')", ["ä", "b"]),
    ("'abc'.split('', 2)", ["a", "bc"]),
    ("['a', 'b'].join() + ['a', 'b'].join(', ')", "aba, b"),
    ("dyn(['a', 1]).join()", Error("no such overload: join() works on text, not on int")),
    ("'hello'.substring(1, 3) + 'hello'.substring(3)", "ello"),
    ("'a'.substring(1, 0)", Error("index out of range")),
    ("'a'.substring(0, 5)", Error("index out of range")),
    ("' \\t\\u00a0a b\\n'.trim()", "a b"),
    ("'äbc'.reverse()", "cbä"),
    ("strings.quote('a\"b\\n\\\\')", '"a\\"b\\n\\\\"'),
    ("base64.encode(b'hello') + string(base64.decode('aGk'))", "aGVsbG8=hi"),
    ("base64.decode('%')", Error("no base64")),
    (
        "'%s %d %.2f %x %X %o %b %e %%'.format(['a', 1, 2.345, 255, 255, 8, 5, 12.5])",
        "a 1 2.35 ff FF 10 101 1.250000e+01 %",
    ),
    ("'%s'.format([[1, 'a', null, true, 1.5, {'b': 1, 'a': 2}]])", "[1, a, null, true, 1.5, {a: 2, b: 1}]"),
    ("'%s %s %s'.format([t, duration('90s'), type(1)])", "2009-02-13T23:31:30.123456789Z 90s int"),
    ("'%d'.format([dyn('a')])", Error("%d cannot show string")),
    ("'%s'.format(dyn([]))", Error("more clauses than values")),
    ("dyn('%z').format([1])", Error("does not know %z")),
    ("dyn('%').format([1])", Error("does not know %")),
    ("dyn('%.2000f').format([1.0])", Error("precision")),
    ("'abc'.matches('^a.c$') && !'abcd'.matches('^a.c$') && 'xabcx'.matches('b')", True),
    ("'a'.matches(dyn('('))", Error("the ( is not closed")),
    ("'a'.matches(dyn(1))", Error("no such overload: matches() works on text, not on int")),
]

TIMES = [
    ("timestamp('2009-02-13T23:31:30Z') == timestamp(1234567890)", True),
    ("timestamp('2009-02-13T23:31:30+02:00')", Timestamp((1234567890 - 7200) * 10**9)),
    ("timestamp('2020-01-01T00:00:00.123456789Z').getMilliseconds()", 123),
    ("timestamp('0001-01-01T00:00:00Z') < timestamp('9999-12-31T23:59:59.999999999Z')", True),
    ("timestamp(dyn('2020-13-01T00:00:00Z'))", Error("is no timestamp")),
    ("timestamp(dyn('2021-02-29T00:00:00Z'))", Error("is no timestamp")),
    ("timestamp(dyn('2020-01-01T24:00:00Z'))", Error("is no timestamp")),
    ("timestamp(dyn('2020-01-01'))", Error("write it like 2026-11-22T10:00:00Z")),
    ("timestamp(dyn('2020-01-01t00:00:00z'))", Error("is no timestamp")),
    ("timestamp(dyn('2020-01-01T00:00:00+25:00'))", Error("offset")),
    ("timestamp(dyn('0000-01-01T00:00:00Z'))", Error("is no timestamp")),
    ("timestamp(dyn('0001-01-01T00:00:00+01:00'))", Error("out of range")),
    ("timestamp(dyn(253402300800))", Error("timestamp out of range")),
    ("timestamp(dyn(1.5))", Error("no such overload")),
    ("duration('1h30m') == duration('5400s') && duration('1.5h') == duration('90m')", True),
    ("duration('100ms') + duration('1us') + duration('1ns')", Duration(100_001_001)),
    ("duration('-1.5s')", Duration(-1_500_000_000)),
    ("duration('.5s') == duration('500ms') && duration('0') == duration('0s')", True),
    ("duration(90)", Duration(90 * 10**9)),
    ("duration(dyn('1d'))", Error("write it like 90s, 1h30m or 24h")),
    ("duration(dyn(''))", Error("is no duration")),
    ("duration(dyn('5'))", Error("is no duration")),
    ("duration(dyn('.s'))", Error("is no duration")),
    ("duration(dyn('1s '))", Error("is no duration")),
    ("duration(dyn('320000000000s'))", Error("duration out of range")),
    ("t + duration('1h') - duration('1h') == t", True),
    ("duration('1h') + t > t", True),
    ("t - t", Duration(0)),
    ("timestamp('2020-01-02T00:00:00Z') - timestamp('2020-01-01T00:00:00Z') == duration('24h')", True),
    ("-dyn(duration('1s'))", Error("no such overload")),
    ("timestamp('9999-12-31T23:59:59Z') + duration('1s')", Error("timestamp out of range")),
    ("timestamp('9999-12-31T23:59:59Z') - timestamp('0001-01-01T00:00:00Z')", Error("duration out of range")),
    ("duration('2562047h') + duration('2562047h')", Error("duration out of range")),
    ("dyn(duration('1s')) - t", Error("no such overload: - does not work on duration and timestamp")),
    ("dyn(t) + t", Error("no such overload")),
    ("[t.getFullYear(), t.getMonth(), t.getDate(), t.getDayOfMonth()]", [2009, 1, 13, 12]),
    ("[t.getDayOfWeek(), t.getDayOfYear(), t.getHours(), t.getMinutes(), t.getSeconds()]", [5, 43, 23, 31, 30]),
    ("t.getHours('Asia/Kathmandu') * 100 + t.getMinutes('Asia/Kathmandu')", 516),
    ("t.getDate('Australia/Sydney')", 14),
    ("t.getHours('-02:30') * 100 + t.getMinutes('-02:30')", 2101),
    ("t.getHours('02:00')", 1),
    ("t.getHours(dyn('Nowhere/Land'))", Error("is no time zone")),
    ("t.getHours(dyn('../etc/passwd'))", Error("is no time zone")),
    ("t.getHours(dyn('localtime'))", Error("is no time zone")),
    ("t.getHours(dyn(1))", Error("no such overload")),
    ("timestamp('0001-01-01T00:00:00Z').getFullYear(dyn('-01:00'))", Error("out of range")),
    (
        "duration('3730s').getHours() * 10000 + duration('3730s').getMinutes() * 10 + duration('-61s').getMinutes()",
        10619,
    ),
    ("dyn(duration('1s')).getFullYear()", Error("no such overload")),
    ("dyn(duration('1s')).getMilliseconds()", Error("no such overload")),
    ("dyn('2020').getFullYear()", Error("no such overload")),
]

EXTENSIONS = [
    ("math.greatest(1, 5, 3) + math.least([4, 2])", 7),
    ("math.greatest(1, 2.5, 2u)", 2.5),
    ("math.greatest(dyn([]))", Error("at least one")),
    ("math.greatest(dyn('a'), 1)", Error("no such overload")),
    ("math.abs(-5) + math.sign(-5)", 4),
    ("math.abs(-9223372036854775808)", Error("integer overflow")),
    (
        "[math.ceil(1.2), math.floor(-1.2), math.round(1.5), math.round(-1.5), math.trunc(-1.9)]",
        [2.0, -2.0, 2.0, -2.0, -1.0],
    ),
    ("math.round(0.49999999999999994)", 0.0),
    ("math.isNaN(0.0 / 0.0) && math.isInf(1.0 / 0.0) && math.isFinite(1.0)", True),
    ("math.sqrt(16) + math.sqrt(2.25)", 5.5),
    ("math.sqrt(-1)", NAN),
    ("[math.bitAnd(6, 3), math.bitOr(6, 3), math.bitXor(6, 3), math.bitNot(0)]", [2, 7, 5, -1]),
    ("math.bitShiftLeft(1, 63)", MIN),
    ("math.bitShiftRight(-1, 1)", MAX),
    ("math.bitShiftLeft(1, 64)", 0),
    ("math.bitShiftLeft(1, -1)", Error("shifts by 0 or more")),
    ("sets.contains([1, 2, 3], [3, 1.0])", True),
    ("sets.contains([1], [1, 2])", False),
    ("sets.equivalent([1, 2, 2], [2, 1])", True),
    ("sets.intersects([1, 2], [2, 3]) && !sets.intersects([], [1])", True),
    ("sets.contains(dyn('a'), [1])", Error("no such overload")),
    ("x.?a.?b[0].orValue(7)", 1),
    ("x.?nothing.b.orValue(7)", 7),
    ("x.?nothing.?b.hasValue()", False),
    ("x.?one.b", Error("int has no fields")),
    ("items[?7].hasValue()", False),
    ("items[?0].id.value()", "a"),
    ("x.?nothing.value()", Error("holds no value")),
    ("optional.of(1).or(optional.of(1 / 0)).value()", 1),
    ("optional.none().orValue(3)", 3),
    ("optional.of(1).orValue(1 / 0)", 1),
    ("optional.ofNonZeroValue('').hasValue() || optional.ofNonZeroValue(0).hasValue()", False),
    ("optional.ofNonZeroValue([1]).hasValue()", True),
    ("[1, ?optional.none(), ?optional.of(2)]", [1, 2]),
    ("{'a': 1, ?'b': optional.none(), ?'c': x.?one}", {"a": 1, "c": 1}),
    ("[?dyn(1)]", Error("no such overload")),
    ("x.?one.optMap(v, v + 1)", Optional(2)),
    ("x.?nothing.optMap(v, v + 1).hasValue()", False),
    ("x.?a.optFlatMap(v, v.?b).hasValue()", True),
    ("dyn(1).optMap(v, v)", Error("no such overload")),
    ("dyn(1).hasValue()", Error("no such overload")),
    ("optional.of(dyn(1)) == optional.of(1.0) && !( optional.none() == optional.of(1))", True),
    ("has(x.?nothing.b)", False),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *BASIC,
        *FIELDS,
        *COMPARISONS,
        *CONVERSIONS,
        *NUMBERS,
        *LISTS,
        *LOGIC,
        *MACROS,
        *TEXTS,
        *TIMES,
        *EXTENSIONS,
    ],
)
def test_an_expression_has_this_value(text: str, expected: object) -> None:
    if isinstance(expected, Error):
        with pytest.raises(EvaluationError) as caught:
            evaluate(text, **DATA)
        assert expected.words in caught.value.message
    else:
        assert shown(evaluate(text, **DATA)) == shown(expected)


def test_two_keys_that_python_takes_for_one_stay_two() -> None:
    mixed = evaluate("{1: 'a', true: 'b', 'c': 3}")
    assert list(mixed.items()) == [(1, "a"), (True, "b"), ("c", 3)]
    assert evaluate("m.map(k, m[k])", m=mixed) == ["a", "b", 3]


@pytest.mark.parametrize(
    ("data", "text", "value"),
    [
        ({True: "yes"}, "v[1]", None),
        ({1: "one"}, "v[true]", None),
        ({1: "one"}, "v[1] == 'one' && 1.0 in v", True),
        ({None: 1}, "size(v)", 1),
        ((1, 2), "v[1] + size(v)", 4),
    ],
)
def test_data_of_the_host_is_used_as_it_is(data: object, text: str, value: object) -> None:
    if value is None:
        with pytest.raises(EvaluationError, match="no such key"):
            evaluate(text, v=data)
    else:
        assert evaluate(text, v=data) == value


def test_a_value_of_the_host_that_is_no_cel_value_is_an_error_where_it_is_looked_at() -> None:
    with pytest.raises(EvaluationError, match="host type complex"):
        evaluate("v == 1", v=1j)
    with pytest.raises(EvaluationError, match="host type complex"):
        evaluate("v.a + 1", v={"a": 1j})


def test_data_is_never_changed_or_copied() -> None:
    data = {"list": [1, {"a": 2}]}
    assert evaluate("v.list", v=data) is data["list"]
    assert evaluate("v.list + [3]", v=data) == [1, {"a": 2}, 3]
    assert data == {"list": [1, {"a": 2}]}


def test_a_variable_without_a_value_is_an_error_only_where_it_is_needed() -> None:
    program = cel.Environment({"a": cel.DYN, "b": cel.BOOL}).compile("b || a.x == 1")
    assert program.run({"b": True}) is True
    with pytest.raises(EvaluationError, match="there is no value for the variable a") as caught:
        program.run({"b": False})
    assert caught.value.span == cel.Span(1, 6, 1, 7)


def test_only_variables_that_are_used_are_asked_for() -> None:
    asked: list[str] = []

    class Lazy(dict[str, object]):
        def get(self, key: str, default: object = None) -> object:  # type: ignore[override]
            asked.append(key)
            return {"a": 1}.get(key, default)

    environment = cel.Environment(dict.fromkeys(("a", "b", "c"), cel.DYN))
    assert environment.compile("a == 1 && [1].all(c, c == 1)").run(Lazy()) is True
    assert asked == ["a"]


def test_functions_of_the_host_are_called_with_plain_values() -> None:
    twice = cel.Function("twice", ((cel.INT,), (cel.STRING, cel.INT)), cel.DYN)
    own = cel.Function("calendar.next", ((),), cel.INT)
    method = cel.Function("shout", ((cel.STRING,),), cel.STRING, method=True)
    environment = cel.Environment(functions={"twice": twice, "calendar.next": own, "shout": method})
    program = environment.compile("[twice(4), twice('a', 3), calendar.next(), 'a'.shout()]")
    functions = {
        "twice": lambda first, *rest: [first, *rest],
        "calendar.next": lambda: 7,
        "shout": str.upper,
    }
    assert program.run({}, functions) == [[4], ["a", 3], 7, "A"]
    assert program.functions == ("calendar.next", "shout", "twice")


def test_an_error_of_a_host_function_keeps_its_class_and_gets_its_place() -> None:
    class Absent(EvaluationError):
        pass

    def find(name: str) -> object:
        raise Absent(f"there is no {name}")

    environment = cel.Environment(functions={"find": cel.Function("find", ((cel.STRING,),), cel.DYN)})
    with pytest.raises(Absent) as caught:
        environment.compile("1 == 2 || find('x').y").run({}, {"find": find})
    assert caught.value.span == cel.Span(1, 11, 1, 20)
    assert environment.compile("find('x').y || true").run({}, {"find": find}) is True


def test_a_fault_of_a_host_function_is_never_absorbed() -> None:
    environment = cel.Environment(functions={"broken": cel.Function("broken", ((),), cel.BOOL)})
    for text in ("broken() || true", "[1].exists(i, broken() || i == 1)", "[1, 2].all(i, broken() && i == 7)"):
        program = environment.compile(text)
        with pytest.raises(EvaluationError, match=r"broken\(\) failed: ZeroDivisionError") as caught:
            program.run({}, {"broken": lambda: 1 // 0})
        assert isinstance(caught.value.__cause__, ZeroDivisionError)
        assert program.trace({}, {"broken": lambda: 1 // 0}).error is not None
        with pytest.raises(EvaluationError, match=r"broken\(\) was not given"):
            program.run({}, {})


def test_the_error_shows_where_it_arose() -> None:
    program = cel.Environment({"a": cel.DYN}).compile("1 == 1 &&\n  a.b.c > 3")
    with pytest.raises(EvaluationError) as caught:
        program.run({"a": {"b": {}}})
    assert caught.value.render() == "2:3: no such key: c\n  a.b.c > 3\n  ^^^^^"


def test_a_program_can_run_in_the_middle_of_its_own_run() -> None:
    environment = cel.Environment({"n": cel.INT}, {"again": cel.Function("again", ((cel.INT,),), cel.LIST)})
    program = environment.compile("n == 0 ? [] : [n, n].map(i, again(n - 1)) + [[n]]")

    def again(n: int) -> object:
        return program.run({"n": n}, {"again": again})

    assert program.run({"n": 2}, {"again": again}) == [[[], [], [1]], [[], [], [1]], [2]]


def test_the_example_of_the_package_works() -> None:
    lines = [line.removeprefix("    ") for line in (cel.__doc__ or "").splitlines() if line.startswith("    ")]
    book = {"title": "Emma", "loans": ["ann", "bob"]}
    members = {"ann": {"active": True}, "bob": {"active": False}}
    names: dict[str, object] = {**vars(cel), "book": book, "members": members}
    exec("\n".join(lines[:-2]), names)
    assert eval(lines[-2], names) is False
    assert eval(lines[-1], names) == (cel.Read("self", "/loans/1"),)
