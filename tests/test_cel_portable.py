"""Where fuzzing against cel-go and cel-cpp found a difference, or found that those two differ: each its test."""

from __future__ import annotations

import pytest
from celcheck import evaluate, problems, shown

from itsmctl import cel
from itsmctl.cel import EvaluationError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # cel.bind evaluates its value when the name is first used
        ("cel.bind(a, {}['gone'], true)", True),
        ("cel.bind(a, 1 / 0 > 0, a || true)", True),
        ("cel.bind(a, 1 / 0, [1, 2].exists(i, i == a || i == 2))", True),
        ("cel.bind(a, [3, 1], cel.bind(b, a.map(i, i + 1), b + a + b))", [4, 2, 3, 1, 4, 2]),
        ("[1, 2].map(i, cel.bind(a, i * 10, a + a))", [20, 40]),
        ("cel.bind(m, {'a': {'b': 1}}, m.a.b + m.a.b)", 2),
        # the sign of zero
        ("string(math.ceil(-0.5))", "-0"),
        ("string(math.round(-0.2))", "-0"),
        ("string(math.trunc(-0.2))", "-0"),
        ("string(math.floor(-0.0))", "-0"),
        ("string(math.ceil(0.0))", "0"),
        # %d and %s show a double without an exponent, string() with one
        ("'%d %s'.format([1e6, 1e-7])", "1000000 0.0000001"),
        ("'%s'.format([[1e21, -1.5e-3]])", "[1000000000000000000000, -0.0015]"),
        ("string(1e6)", "1e+06"),
        ("'%s'.format([-0.0])", "-0"),
        # a timestamp remembers the offset that it was written with, for its text alone
        ("string(timestamp('2026-03-29T01:30:00+02:00'))", "2026-03-29T01:30:00+02:00"),
        ("string(timestamp('2026-03-29T01:30:00.25-05:30') - duration('1h'))", "2026-03-29T00:30:00.25-05:30"),
        ("string(duration('1h') + timestamp('2026-03-29T01:30:00+00:00'))", "2026-03-29T02:30:00Z"),
        ("'%s'.format([timestamp('2026-03-29T01:30:00+02:00')])", "2026-03-28T23:30:00Z"),
        ("timestamp('2026-03-29T01:30:00+02:00').getHours()", 23),
        ("timestamp('2026-03-29T01:30:00+02:00') == timestamp('2026-03-28T23:30:00Z')", True),
        ("lists.range(-1)", []),
        ("['bb', 'a', 'ccc'].sortBy(s, size(s))", ["a", "bb", "ccc"]),
        ("[3, 1, 2].sortBy(i, -i)", [3, 2, 1]),
        ("['b1', 'a1', 'b0'].sortBy(s, s.charAt(1))", ["b0", "b1", "a1"]),
        ("[].sortBy(x, x)", []),
        ("[{'n': 2}, {'n': 1}].sortBy(m, m.n).map(m, m.n)", [1, 2]),
        ("[true, false].sortBy(b, b)", [False, True]),
        ("'abc'.lastIndexOf('', 3)", 3),
        ("'abc'.lastIndexOf('x', 3)", -1),
        ("''.lastIndexOf('a', 0)", -1),
        ("dyn(null) in {'a': 1}", False),
        # an optional may hold an optional
        ("{'a': optional.of(1)}[?'a'].orValue(optional.of(2)) == optional.of(1)", True),
        ("{'a': optional.of(1)}.?b.orValue(optional.of(2)).value()", 2),
        ("optional.of({'a': {'b': 1}}).?a.?b.value()", 1),
        ("optional.of([[1]])[0][?0].value()", 1),
        ("[?(true ? optional.of(1) : optional.none())]", [1]),
        ("math.greatest(1u, 1.0) == 1", True),
        ("math.least([2, 1]) + 1", 2),
    ],
)
def test_it_means_what_it_means_in_cel_go(text: str, value: object) -> None:
    assert shown(evaluate(text)) == shown(value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("'abc'.lastIndexOf('a', 3)", "index out of range: 3 in a text of 3"),  # 0 in C++, -1 in cel-go
        ("'abc'.lastIndexOf('a', 4)", "index out of range: 4 in a text of 3"),
        ("'abc'.indexOf('a', 4)", "index out of range: 4 in a text of 3"),
        ("optional.ofNonZeroValue(timestamp(0))", "do not agree whether 1970-01-01T00:00:00Z is a zero value"),
        ("optional.ofNonZeroValue(timestamp('0001-01-01T00:00:00Z'))", "do not agree whether 0001-01-01T00:00:00Z"),
        ("cel.bind(k, 'a', {k: 1, k: 2})", "the key 'a' is given twice"),
        ("dyn(b'a') in {'a': 1}", "no such overload: in does not work on bytes and map"),
        ("-dyn(duration('1s'))", "no such overload: - does not work on duration"),
        ("base64.decode('aQ=')", "the text is no base64"),
        ("base64.decode('a8J+YgHg=')", "the text is no base64"),
        ("cel.bind(a, {}['gone'], a == 1)", "no such key: gone"),
        ("int(dyn(true))", "int() does not take bool"),
        ("'abc'.substring(1, dyn(null))", "substring() takes an int here, not null"),
        ("'abc'.lastIndexOf('a', dyn(null))", "lastIndexOf() takes an int here, not null"),
        ("'abc'.replace('a', 'b', dyn(null))", "replace() takes an int here, not null"),
        ("timestamp(0).getHours(dyn(null))", "getHours() does not work on"),
        ("dyn([1, 2.0]).sort()", "no order among different kinds: int and double"),
        ("[1, 2].sortBy(i, i == 1 ? dyn('a') : dyn(1))", "no order among different kinds: string and int"),
        ("[1].sortBy(i, dyn([i]))", "< does not work on list and list"),
        ("[1, 2].sortBy(i, 1 / (i - 2))", "division by zero"),
        ("dyn({'a': 1}).sortBy(k, k)", "sortBy() goes through a list, not through map"),
    ],
)
def test_what_implementations_do_not_agree_on_is_an_error(text: str, words: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        evaluate(text)
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1] + ['a'] == []", "+ does not work on list(int) and list(string)"),
        ("sets.contains([1], ['a'])", "sets.contains() does not take list(int), list(string) together"),
        ("optional.of(1).orValue('a') == 1", "orValue() does not take optional(int), string together"),
        ("-duration('1s') == duration('1s')", "- does not work on duration"),
        ("[[1]].sort() == []", ""),
        ("[1].sortBy(i, [i]) == []", "sortBy() needs a key that has an order, and this is list(int)"),
        ("{'a': 1}.sortBy(k, k) == []", "sortBy() goes through a list, and this is map(string, int)"),
        ("[1].sortBy(i) == []", "sortBy() is not used like that"),
        ("math.greatest([]) == 1", "math.greatest() needs at least one number"),
        ("math.greatest('a') == 1", ""),
        ("'%d'.format(['a']) == ''", "%d cannot show string"),
        ("'%x'.format([1.5]) == ''", "%x cannot show double"),
        ("'%s'.format([optional.of(1)]) == ''", "%s cannot show optional(int)"),
        ("'%s %s'.format([1]) == ''", "format() has more clauses than values"),
        ("'%s'.format([1, 2]) == ''", "format() has more values than clauses"),
        ("'%q'.format([1]) == ''", "format() does not know %q: use one of %s %d %f %e %x %X %o %b %%"),
        ("'%.2d'.format([1]) == ''", "format() cannot use the precision of %.2d"),
    ],
)
def test_what_cel_go_refuses_is_refused(text: str, message: str) -> None:
    (problem,) = problems(text)
    assert problem.message == message or (not message and "() takes " in problem.message)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("string(ip('192.168.0.1')) + string(ip('2001:DB8:0:0:1:0:0:1'))", "192.168.0.12001:db8::1:0:0:1"),
        ("[isIP('1.2.3'), isIP('01.2.3.4'), isIP('::'), isIP('fe80::1%eth0'), isIP('::ffff:1.2.3.4')]", "00100"),
        ("[isCIDR('10.0.0.1/8'), isCIDR('10.0.0.0/33'), isCIDR('::/+3'), isCIDR('1.2.3.4/255.0.0.0')]", "1000"),
        ("[isCIDR('::/0'), isCIDR('10.0.0.0'), isCIDR('10.0.0.0/08'), isIP('10.0.0.0/8')]", "1000"),
        ("[ip.isCanonical('2001:db8::1'), ip.isCanonical('2001:DB8::1'), ip.isCanonical('1.2.3.4')]", "101"),
        ("[ip('10.0.0.1').isGlobalUnicast(), ip('255.255.255.255').isGlobalUnicast()]", "10"),
        ("[ip('224.0.0.9').isLinkLocalMulticast(), ip('ff12::1').isLinkLocalMulticast()]", "11"),
        ("[ip('224.0.1.9').isLinkLocalMulticast(), ip('ff01::1').isLinkLocalMulticast()]", "00"),
        ("[ip('fe80::1').isLinkLocalUnicast(), ip('127.9.9.9').isLoopback(), ip('::').isUnspecified()]", "111"),
        ("[cidr('10.0.0.0/8').containsIP('10.9.9.9'), cidr('::/0').containsIP(ip('10.9.9.9'))]", "10"),
        ("[cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16'), cidr('10.1.0.0/16').containsCIDR('10.0.0.0/8')]", "10"),
        ("[cidr('10.1.2.3/8').isMask(), cidr('10.1.2.3/8').masked().isMask()]", "01"),
        ("string(cidr('10.1.2.3/8').masked()) + ' ' + string(cidr('10.1.2.3/8').ip())", "10.0.0.0/8 10.1.2.3"),
        ("ip('::1').family() * 100 + cidr('10.0.0.0/8').prefixLength()", 608),
        ("[type(ip('::')) == net.IP, type(cidr('::/0')) == net.CIDR, ip('::') == ip('0::0')]", "111"),
        ("[ip('1.2.3.4') in [ip('1.2.3.4')], dyn(ip('1.2.3.4')) == dyn(cidr('1.2.3.4/32'))]", "10"),
    ],
)
def test_addresses_and_ranges(text: str, value: object) -> None:
    found = evaluate(text)
    assert ("".join("01"[one] for one in found) if isinstance(found, list) else found) == value


@pytest.mark.parametrize(
    "text", ["1.2.3", "1.2.3.4/8", "fe80::1%eth0", "::ffff:1.2.3.4", "::ffff:102:304", "", "a" * 999]
)
def test_what_is_no_address_is_an_error(text: str) -> None:
    with pytest.raises(EvaluationError, match="is no IP address: write it like"):
        evaluate("ip(v)", v=text)
    (problem,) = problems(f"ip('{text}').family() == 4")
    assert "is no IP address" in problem.message


def test_an_address_is_shown_as_it_is_written() -> None:
    assert cel.render([evaluate("ip('1.2.3.4')"), evaluate("cidr('::/0')")]) == '[ip("1.2.3.4"), cidr("::/0")]'


def test_functions_of_addresses_take_nothing_else() -> None:
    for text in (
        "v.family()",
        "v.isMask()",
        "v.containsIP('::1')",
        "isIP(v)",
        "isCIDR(v)",
        "ip.isCanonical(v)",
        "cidr(v)",
    ):
        with pytest.raises(EvaluationError, match="no such overload"):
            evaluate(text, v=1)


def test_a_bound_value_is_evaluated_once_even_if_it_fails() -> None:
    # each link asks for the one before it twice: without memory that is 2^40 evaluations
    chain = "".join(f"cel.bind(v{n}, v{n - 1} || v{n - 1}, " for n in range(1, 41))
    with pytest.raises(EvaluationError, match="no such key: gone"):
        evaluate(f"cel.bind(v0, x.gone, {chain}v40{')' * 41}", x={})
    assert evaluate(f"cel.bind(v0, x.gone, {chain}v40 || true{')' * 41}", x={}) is True


def test_a_bound_value_pays_for_itself_once() -> None:
    loop = "cel.bind(a, v.map(i, i), size(a) + size(a) + size(a))"
    assert evaluate(loop, 2000, v=list(range(1000))) == 3000
    assert evaluate("cel.bind(a, v.map(i, i), true)", 0, v=list(range(1000))) is True
