"""Expressions over JSON-like data by a grammar of types: mostly well typed, now and then not on purpose.

`choose` picks one of a sequence: hypothesis' draw in tests, a random generator in longer runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
Kind = str | tuple[Any, ...]
"""A type of the grammar: "int", ("list", "int"), ("map", "string", "int"), ("optional", "int"), "dyn"."""

SCALARS: tuple[Kind, ...] = ("bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration")
NUMBERS: tuple[Kind, ...] = ("int", "uint", "double")
ORDERED: tuple[Kind, ...] = (*SCALARS,)

_ADDRESSES = (
    *("192.168.0.1", "127.0.0.1", "10.1.2.3", "0.0.0.0", "255.255.255.255", "169.254.0.9", "224.0.0.7", "224.0.1.7"),
    *(
        "::",
        "::1",
        "2001:db8::1",
        "2001:DB8:0:0:1:0:0:1",
        "fe80::1",
        "ff02::1",
        "ff12::1",
        "ff00::9",
        "::2:ffff:1.2.3.4",
    ),
)
_RANGES = (
    *("10.0.0.0/8", "10.1.2.3/24", "0.0.0.0/0", "192.168.0.1/32", "2001:db8::/32", "2001:db8::1/64", "::/0", "::1/128"),
    "192.168.0.7/31",
)
_NO_ADDRESSES = (
    *(
        "1.2.3",
        "1.2.3.4.5",
        "01.2.3.4",
        "1.2.3.256",
        "::ffff:1.2.3.4",
        "::ffff:102:304",
        "fe80::1%eth0",
        "1.2.3.4/8",
        "",
    ),
    *(":::", "1::2::3", "12345::", "1.2.3.4/33", "::/129", "1.2.3.4/08", "1.2.3.4/", "/8", "1.2.3.4/255.0.0.0", " ::1"),
    *("::1/+3", "1.2.3.4/8/8", "::ffff:1.2.3.4/100"),
)

LITERALS: Mapping[Kind, tuple[str, ...]] = {
    "bool": ("true", "false"),
    "int": (
        *("0", "1", "-1", "2", "3", "7", "10", "63", "64", "-5", "100", "9223372036854775807", "-9223372036854775808"),
        *("9007199254740993", "4611686018427387904", "1000000000", "0x1F"),
    ),
    "uint": ("0u", "1u", "2u", "7u", "18446744073709551615u", "9007199254740993u", "9223372036854775808u", "0x1Fu"),
    "double": (
        *("0.0", "-0.0", "1.0", "-1.0", "0.5", "1.5", "-2.5", "2.5", "3.7", "1e100", "1e-7", "9007199254740992.0"),
        *("9223372036854775807.0", "1e308", "123456789.125", "1000000.0", "0.1", "(0.0 / 0.0)", "(1.0 / 0.0)"),
    ),
    "string": (
        *("''", "'a'", "'b'", "'ab'", "'abc'", "'Abc'", "' a b '", "'a,b,,c'", "'1'", "'-7'", "'1.5'", "'true'"),
        *(
            "'\\u00e4\\u00df'",
            "'\\U0001F600x'",
            "'10'",
            "'1e3'",
            "'YWI='",
            "'tacocat'",
            "'a\\n\"q\"\\t'",
            "'0x1F'",
            "'+1'",
        ),
        *("'2026-03-29T01:30:00Z'", "'1h30m'", "'NaN'", "'Inf'", "'-0'", "'False'", "'t'"),
    ),
    "bytes": ("b''", "b'a'", "b'ab'", "b'\\xff'", "b'\\303\\244'"),
    "null": ("null",),
    "timestamp": (
        *("timestamp('2026-11-22T10:00:00Z')", "timestamp('2024-02-29T23:59:59.5Z')", "timestamp(0)", "timestamp(-1)"),
        *("timestamp('0001-01-01T00:00:00Z')", "timestamp('9999-12-31T23:59:59.999999999Z')"),
        "timestamp('2026-03-29T01:30:00+02:00')",
    ),
    "duration": ("duration('0s')", "duration('1h')", "duration('-90s')", "duration('1.5s')", "duration('36h2m0.001s')"),
    "ip": tuple(f"ip('{text}')" for text in _ADDRESSES),
    "cidr": tuple(f"cidr('{text}')" for text in _RANGES),
    "type": ("int", "string", "list", "map", "bool", "double", "uint", "null_type", "bytes", "type"),
}
ZONES = ("'UTC'", "'Europe/Vienna'", "'America/New_York'", "'+05:30'", "'-03:00'", "'Asia/Kathmandu'")
PATTERNS = (
    *("'a'", "'^a'", "'b$'", "'^$'", "'[a-c]+'", "'a*b'", "'(a|b)c'", "'\\\\d+'", "'^\\\\w+$'", "'a.c'", "'(?i)ABC'"),
    *("'[^a]'", "'\\\\s'", "'\\\\bb'", "'a{2}'", "'^.$'", "'\\\\pL'", "'x?'"),
)
_RECORD = (
    "{'name': 'svc', 'n': 5, 'f': 2.5, 'on': true, 'none': null, 'tags': ['a', 'b'], 'empty': [], 'obj': {},"
    " 'owner': {'mail': 'x@y', 'n': 1}, 'items': [{'id': 'a', 'n': 1}, {'id': 'b', 'n': 2, 'gone': true}],"
    " 'when': '2026-11-22T10:00:00Z'}"
)
VARIABLES: Mapping[str, tuple[Kind, str]] = {
    "b": ("bool", "true"),
    "i": ("int", "3"),
    "u": ("uint", "4u"),
    "d": ("double", "2.5"),
    "s": ("string", "'abc'"),
    "li": (("list", "int"), "[3, 1, 2, 3]"),
    "ls": (("list", "string"), "['b', 'a', '']"),
    "ld": (("list", "dyn"), "[1, 1.0, 'a', null, true, [1], {'a': 1}]"),
    "mi": (("map", "string", "int"), "{'a': 1, 'b': 2}"),
    "ms": (("map", "string", "string"), "{'a': 'x'}"),
    "r": ("dyn", _RECORD),
}
"""Name, type and value of the variables; the values are expressions themselves."""
PATHS = (
    *("r.name", "r.n", "r.f", "r.on", "r.none", "r.tags", "r.empty", "r.obj", "r.owner", "r.items", "r.when", "r"),
    *("r.owner.mail", "r.owner.n", "r.items[0]", "r.items[1].gone", "r.items[0].gone", "r.missing", "r.owner.missing"),
    *("r.missing.more", "r['name']", "r.items[0].n", "r.tags[5]", "r.name.x", "ld[0]", "ld[5]", "ld[6].a"),
)
EXTENSIONS = frozenset({"two-variables", "sets", "lists", "optional", "math", "strings", "encoders", "bind", "network"})


def variable_type(kind: Kind) -> str:
    """The type as text: map(string, int)."""
    return kind if isinstance(kind, str) else f"{kind[0]}({', '.join(variable_type(one) for one in kind[1:])})"


class Grammar:
    """Makes one expression after the other.

    `extensions`: which of EXTENSIONS it may use; `without`: literals, variables and forms that it must not; one type
    in `odd` is not the one that is asked for.
    """

    def __init__(
        self,
        choose: Callable[[Sequence[Any]], Any],
        extensions: frozenset[str] = EXTENSIONS,
        without: frozenset[str] = frozenset(),
        odd: int = 30,
    ) -> None:
        self.choose = choose
        self.extensions = extensions
        self.variables = {name: held for name, held in VARIABLES.items() if name not in without}
        self.literals = {kind: [text for text in texts if text not in without] for kind, texts in LITERALS.items()}
        self.without = without
        self.names = 0
        self.odd = (True, *(False,) * odd)

    def expression(self, depth: int) -> str:
        """An expression of any type."""
        return self.of(self.choose((*SCALARS, *("bool",) * 12, ("list", "int"), ("list", "string"), "dyn")), depth, {})

    def of(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        """An expression of that type; rarely of another one."""
        if depth > 0 and self.choose(self.odd):
            kind = self.choose((*SCALARS, "null", "dyn", ("list", "int"), ("map", "string", "int")))
        if depth <= 0 or self.choose((True, False, False, False)):
            return self.leaf(kind, scope)
        ways = [*self.general(kind)]
        own = self.own(kind)
        return (
            str(self.choose([*ways, *own * 3])(kind, depth - 1, scope))
            if own
            else self.choose(ways)(kind, depth - 1, scope)
        )

    # --- leaves

    def leaf(self, kind: Kind, scope: Mapping[str, Kind]) -> str:
        known = [name for name, one in scope.items() if one == kind]
        known += [name for name, (one, _) in self.variables.items() if one == kind and name not in scope]
        if known and self.choose((True, False)):
            return str(self.choose(known))
        if kind == "dyn":
            loose = [name for name, one in scope.items() if one == "dyn"]
            if "r" in scope or "ld" in scope:
                return str(self.choose(loose or ["dyn(1)"]))
            return str(self.choose((*PATHS, *loose)))
        if isinstance(kind, str):
            return str(self.choose(self.literals[kind]))
        if kind[0] == "list":
            return f"[{', '.join(self.leaf(kind[1], scope) for _ in range(self.choose((0, 1, 2, 3))))}]"
        if kind[0] == "map":
            keys = self.literals[kind[1]]
            count = self.choose((0, 1, 2))
            return "{" + ", ".join(f"{self.choose(keys)}: {self.leaf(kind[2], scope)}" for _ in range(count)) + "}"
        return str(self.choose((f"optional.of({self.leaf(kind[1], scope)})", "optional.none()")))

    # --- any type

    def general(self, kind: Kind) -> list[Callable[..., str]]:
        ways: list[Callable[..., str]] = [self.conditional, self.element]
        if kind != "null":
            ways.append(self.entry)
        if "bind" in self.extensions:
            ways.append(self.bound)
        if "optional" in self.extensions:
            ways.append(self.unwrapped)
        if kind == "dyn":
            ways.append(self.loosened)
        return ways

    def conditional(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return f"({self.of('bool', depth, scope)} ? {self.of(kind, depth, scope)} : {self.of(kind, depth, scope)})"

    def element(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        index = self.choose(("0", "1", "-1", "5", self.of("int", depth, scope)))
        return f"{self.of(('list', kind), depth, scope)}[{index}]"

    def entry(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        made = self.of(("map", "string", kind), depth, scope)
        return f"{made}{self.choose(('.a', '.b', chr(91) + self.of('string', 0, scope) + chr(93)))}"

    def bound(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        name, inner = self.variable(), self.choose((*SCALARS, ("list", "int")))
        return f"cel.bind({name}, {self.of(inner, depth, scope)}, {self.of(kind, depth, {**scope, name: inner})})"

    def unwrapped(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        maybe = self.of(("optional", kind), depth, scope)
        return self.choose((f"{maybe}.orValue({self.of(kind, depth, scope)})", f"{maybe}.value()"))  # type: ignore[no-any-return]

    def loosened(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return (
            f"dyn({self.of(self.choose((*SCALARS, 'null', ('list', 'int'), ('map', 'string', 'int'))), depth, scope)})"
        )

    def variable(self) -> str:
        """A name for a macro; now and then one that hides another."""
        self.names += 1
        return str(self.choose((f"v{self.names}", f"v{self.names}", "x", "i", "r")))

    # --- by type

    def own(self, kind: Kind) -> list[Callable[..., str]]:
        """The ways that only this type has."""
        name = kind if isinstance(kind, str) else kind[0]
        ways = [getattr(self, way) for way in dir(self) if way.startswith(f"{name}_") and way not in self.without]
        return [way for way in ways if getattr(way, "needs", None) in (None, *self.extensions)]

    def written(self, text: str, depth: int, scope: Mapping[str, Kind], *kinds: Kind) -> str:
        """The text with each @ replaced by an expression of the next type."""
        pieces = text.split("@")
        assert len(pieces) == len(kinds) + 1, text
        made = [self.of(kind, depth, scope) for kind in kinds]
        return pieces[0] + "".join(one + piece for one, piece in zip(made, pieces[1:], strict=True))

    def any_of(self, forms: Sequence[tuple[Any, ...]], depth: int, scope: Mapping[str, Kind]) -> str:
        """One of the forms: the text and the types of its gaps."""
        text, *kinds = self.choose(forms)
        return self.written(text, depth, scope, *kinds)

    def loop(
        self, form: str, over: Kind, variables: Mapping[str, Kind], depth: int, scope: Mapping[str, Kind], *kinds: Kind
    ) -> str:
        """A macro: the first @ is what it goes through, the others see the variables."""
        head, tail = form.split("@", 1)
        inner = {**scope, **variables}
        return head + self.of(over, depth, scope) + self.written(tail, depth - 1, inner, *kinds)

    # --- bool

    def bool_equality(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        same = self.choose((*SCALARS, ("list", "int"), ("list", "dyn"), ("map", "string", "int"), "dyn", "type"))
        sign = self.choose(("==", "!="))
        return f"({self.of(same, depth, scope)} {sign} {self.of(same, depth, scope)})"

    def bool_order(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        same = self.choose((*ORDERED, "dyn"))
        sign = self.choose(("<", "<=", ">", ">="))
        return f"({self.of(same, depth, scope)} {sign} {self.of(same, depth, scope)})"

    def bool_numbers(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        one, other = self.choose(NUMBERS), self.choose(NUMBERS)
        sign = self.choose(("==", "!=", "<", "<=", ">", ">="))
        return f"(dyn({self.of(one, depth, scope)}) {sign} dyn({self.of(other, depth, scope)}))"

    def bool_logic(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        forms = (
            *(("(@ && @)", "bool", "bool"), ("(@ || @)", "bool", "bool"), ("!@", "bool")),
            *(("(@ || @ && @)", "bool", "bool", "bool"), ("(dyn(@) && @)", "dyn", "bool")),
        )
        return self.any_of(forms, depth, scope)

    def bool_membership(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        forms = (
            *(("(@ in @)", one, ("list", one)) for one in ("int", "string", "double", "dyn")),
            *(("(@ in @)", "string", ("map", "string", "int")), ("(dyn(@) in @)", "double", ("list", "int"))),
        )
        return self.any_of(forms, depth, scope)

    def bool_among_anything(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.written("(@ in @)", depth, scope, "dyn", "dyn")

    def bool_has(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        paths = ("r.name", "r.missing", "r.owner.mail", "r.owner.gone", "r.none", "r.missing.more", "r.n.x", "mi.a")
        field = self.choose((".a", ".n", ".name"))
        return f"has({self.choose((*paths, self.of(('map', 'string', 'int'), depth, scope) + field, 'ld[6]' + field))})"

    def bool_text(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        way = self.choose(("startsWith", "endsWith", "contains"))
        return self.written(f"@.{way}(@)", depth, scope, "string", "string")

    def bool_matches(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return f"{self.of('string', depth, scope)}.matches({self.choose(PATTERNS)})"

    def bool_loop(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        name, inner = self.variable(), self.choose(("int", "string", "dyn"))
        way = self.choose(("all", "exists", "exists_one"))
        over = self.choose((("list", inner), ("map", inner, "int"))) if inner != "dyn" else ("list", "dyn")
        return self.loop(f"@.{way}({name}, @)", over, {name: inner}, depth, scope, "bool")

    def bool_loop_two(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        first, second = self.variable(), self.variable() + "b"
        way = self.choose(("all", "exists", "existsOne"))
        over: Kind = self.choose((("list", "string"), ("map", "string", "string")))
        seen: dict[str, Kind] = {first: "int" if over[0] == "list" else "string", second: "string"}
        return self.loop(f"@.{way}({first}, {second}, @)", over, seen, depth, scope, "bool")

    def bool_converted(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.any_of(
            (("bool(@)", "string"), ("bool(@)", "bool"), ("(type(@) == @)", "dyn", "type")), depth, scope
        )

    def bool_sets(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        way = self.choose(("contains", "equivalent", "intersects"))
        inner = self.choose(("int", "string", "dyn"))
        return self.written(f"sets.{way}(@, @)", depth, scope, ("list", inner), ("list", inner))

    def bool_math(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.written(f"math.{self.choose(('isNaN', 'isInf', 'isFinite'))}(@)", depth, scope, "double")

    def bool_optional(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        forms = (("@.hasValue()", ("optional", "int")), ("(@ == @)", ("optional", "int"), ("optional", "int")))
        return self.any_of(forms, depth, scope)

    def bool_network(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        ways = ("Unspecified", "Loopback", "GlobalUnicast", "LinkLocalUnicast", "LinkLocalMulticast")
        forms = (
            *((f"@.is{way}()", "ip") for way in ways),
            *(("@.containsIP(@)", "cidr", "ip"), ("@.containsCIDR(@)", "cidr", "cidr"), ("@.isMask()", "cidr")),
            *(("(@ == @)", "ip", "ip"), ("(@ == @)", "cidr", "cidr"), ("(@ in [@, @])", "ip", "ip", "ip")),
        )
        text = self.choose((*_ADDRESSES, *_RANGES, *_NO_ADDRESSES))
        calls = ("isIP", "isCIDR", "ip.isCanonical", "net == ip", "net == cidr")
        shape = self.choose((*calls, *("",) * 9))
        if shape.startswith("net"):
            return f"(string({shape[7:]}(dyn('{text}'))) == '{text}')"
        return f"{shape}('{text}')" if shape else self.any_of(forms, depth, scope)

    # --- numbers

    def int_arithmetic(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.written(f"(@ {self.choose('+-*/%')} @)", depth, scope, "int", "int")

    def int_negative(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return f"-({self.of('int', depth, scope)})"

    def int_size(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        sized = self.choose(("string", "bytes", ("list", "int"), ("map", "string", "int"), "dyn"))
        return self.written(self.choose(("size(@)", "@.size()")), depth, scope, sized)

    def int_converted(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.written("int(@)", depth, scope, self.choose((*NUMBERS, "string", "timestamp", "dyn")))

    def int_position(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.written(f"@.{self.choose(('indexOf', 'lastIndexOf'))}(@)", depth, scope, "string", "string")

    def int_position_from(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        way = self.choose(("indexOf", "lastIndexOf"))
        return self.written(f"@.{way}(@, @)", depth, scope, "string", "string", "int")

    def int_calendar(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        way = self.choose(
            (
                *("getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear"),
                *("getHours", "getMinutes", "getSeconds", "getMilliseconds"),
            )
        )
        zone = self.choose(("", "", *ZONES))
        return f"{self.of('timestamp', depth, scope)}.{way}({zone})"

    def int_span(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return f"{self.of('duration', depth, scope)}.{self.choose(('getHours', 'getMinutes', 'getSeconds'))}()"

    def int_network(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.any_of((("@.family()", "ip"), ("@.prefixLength()", "cidr")), depth, scope)

    def ip_taken(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.any_of((("@.ip()", "cidr"), ("ip(string(@))", "ip")), depth, scope)

    def cidr_masked(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.any_of((("@.masked()", "cidr"), ("cidr(string(@))", "cidr")), depth, scope)

    def string_network(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.any_of((("string(@)", "ip"), ("string(@)", "cidr")), depth, scope)

    def int_math(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.number_math("int", depth, scope)

    def number_math(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        forms: list[tuple[Any, ...]] = [
            *((f"math.{way}(@, @)", kind, kind) for way in ("greatest", "least")),
            *((f"math.{way}(@)", ("list", kind)) for way in ("greatest", "least")),
            *((f"math.{way}(@)", kind) for way in ("abs", "sign")),
            ("math.greatest(@, @, @)", kind, kind, kind),
        ]
        if kind != "double":
            forms += [(f"math.{way}(@, @)", kind, kind) for way in ("bitAnd", "bitOr", "bitXor")]
            forms += [(f"math.{way}(@, @)", kind, "int") for way in ("bitShiftLeft", "bitShiftRight")]
            forms.append(("math.bitNot(@)", kind))
        else:
            forms += [(f"math.{way}(@)", "double") for way in ("ceil", "floor", "round", "trunc", "sqrt")]
        return self.any_of(forms, depth, scope)

    def uint_arithmetic(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.written(f"(@ {self.choose('+-*/%')} @)", depth, scope, "uint", "uint")

    def uint_converted(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.written("uint(@)", depth, scope, self.choose((*NUMBERS, "string", "dyn")))

    def uint_math(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.number_math("uint", depth, scope)

    def double_arithmetic(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.written(f"(@ {self.choose('+-*/')} @)", depth, scope, "double", "double")

    def double_converted(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.written("double(@)", depth, scope, self.choose((*NUMBERS, "string", "dyn")))

    def double_math(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.number_math("double", depth, scope)

    # --- text and bytes

    def string_sum(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.written("(@ + @)", depth, scope, "string", "string")

    def string_converted(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.written("string(@)", depth, scope, self.choose((*SCALARS, "dyn")))

    def string_made(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        forms = (
            *(("@.charAt(@)", "string", "int"), ("@.substring(@)", "string", "int")),
            *(
                ("@.substring(@, @)", "string", "int", "int"),
                ("@.lowerAscii()", "string"),
                ("@.upperAscii()", "string"),
            ),
            *(("@.replace(@, @)", "string", "string", "string"), ("@.trim()", "string"), ("@.reverse()", "string")),
            *(("@.replace(@, @, @)", "string", "string", "string", "int"), ("@.join()", ("list", "string"))),
            *(("@.join(@)", ("list", "string"), "string"), ("strings.quote(@)", "string")),
        )
        return self.any_of(forms, depth, scope)

    def string_encoded(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.written("base64.encode(@)", depth, scope, "bytes")

    def string_format(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        clause = self.choose(
            ("%s", "%d", "%f", "%.2f", "%e", "%.3e", "%x", "%X", "%o", "%b", "%%", "%s-%d", "%.0f", "%")
        )
        kinds = [self.choose((*SCALARS, "dyn", ("list", "dyn"), "null")) for _ in range(clause.count("%"))]
        values = ", ".join(self.of(one, depth - 1, scope) for one in kinds if clause != "%%")
        return f"'{clause}'.format([{values}])"

    def bytes_sum(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.any_of((("(@ + @)", "bytes", "bytes"), ("bytes(@)", "string")), depth, scope)

    def bytes_decoded(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.written("base64.decode(@)", depth, scope, "string")

    # --- times

    def timestamp_moved(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        forms = (
            *(("(@ + @)", "timestamp", "duration"), ("(@ - @)", "timestamp", "duration")),
            *(("(@ + @)", "duration", "timestamp"), ("timestamp(@)", "string"), ("timestamp(@)", "int")),
        )
        return self.any_of(forms, depth, scope)

    def duration_made(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        forms = (
            *(("(@ - @)", "timestamp", "timestamp"), ("(@ + @)", "duration", "duration")),
            *(("(@ - @)", "duration", "duration"), ("duration(@)", "string")),
        )
        return self.any_of(forms, depth, scope)

    # --- lists and maps

    def list_written(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return f"[{', '.join(self.of(kind[1], depth, scope) for _ in range(self.choose((1, 2, 3))))}]"

    def list_sum(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.written("(@ + @)", depth, scope, kind, kind)

    def list_filter(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        name = self.variable()
        return self.loop(f"@.filter({name}, @)", kind, {name: kind[1]}, depth, scope, "bool")

    def list_map(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        name, inner = self.variable(), self.choose(("int", "string", "dyn"))
        over: Kind = ("list", inner)  # not a map: the implementations go through one in whatever order
        if self.choose((True, False)):
            return self.loop(f"@.map({name}, @)", over, {name: inner}, depth, scope, kind[1])
        return self.loop(f"@.map({name}, @, @)", over, {name: inner}, depth, scope, "bool", kind[1])

    def list_transformed(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        first, second = self.variable(), self.variable() + "b"
        seen: dict[str, Kind] = {first: "int", second: "string"}
        over = ("list", "string")
        if self.choose((True, False)):
            return self.loop(f"@.transformList({first}, {second}, @)", over, seen, depth, scope, kind[1])
        return self.loop(f"@.transformList({first}, {second}, @, @)", over, seen, depth, scope, "bool", kind[1])

    def list_worked(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        forms = (
            *(("@.slice(@, @)", kind, "int", "int"), ("@.distinct()", kind), ("@.sort()", kind), ("@.reverse()", kind)),
            *(("@.flatten()", ("list", kind)), ("@.flatten(@)", kind, "int")),
        )
        return self.any_of(forms, depth, scope)

    def list_by_key(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        name = self.variable()
        return self.loop(f"@.sortBy({name}, @)", kind, {name: kind[1]}, depth, scope, self.choose((*ORDERED, "dyn")))

    def list_maybe(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.written("[?@, @]", depth, scope, ("optional", kind[1]), kind[1])

    def list_split(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        forms = (("@.split(@)", "string", "string"), ("@.split(@, @)", "string", "string", "int"))
        return self.any_of(forms, depth, scope)

    def list_range(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return f"lists.range({self.choose(('0', '1', '5', '-1'))})"

    def map_written(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.written("{@: @, @: @}", depth, scope, kind[1], kind[2], kind[1], kind[2])

    def map_transformed(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        first, second = self.variable(), self.variable() + "b"
        over: Kind = self.choose((("map", kind[1], "int"), ("list", "int")))
        seen: dict[str, Kind] = {first: "int" if over[0] == "list" else kind[1], second: "int"}
        way = self.choose(("transformMap", "transformMapEntry"))
        if way == "transformMap":
            return self.loop(f"@.transformMap({first}, {second}, @)", over, seen, depth, scope, kind[2])
        return self.loop(
            f"@.transformMapEntry({first}, {second}, {{@: @}})", over, seen, depth, scope, kind[1], kind[2]
        )

    def map_maybe(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        return self.written("{?@: @}", depth, scope, kind[1], ("optional", kind[2]))

    # --- optionals

    def optional_made(self, kind: Kind, depth: int, scope: Mapping[str, Kind]) -> str:
        inner = kind[1]
        name = self.variable()
        forms: tuple[tuple[Any, ...], ...] = (
            *(("optional.of(@)", inner), ("optional.ofNonZeroValue(@)", inner), ("@[?@]", ("list", inner), "int")),
            *(
                ("@.?a", ("map", "string", inner)),
                ("@[?@]", ("map", "string", inner), "string"),
                ("@.or(@)", kind, kind),
            ),
        )
        if self.choose((True, False, False)):
            way, made = self.choose((("optMap", inner), ("optFlatMap", kind)))
            return self.loop(f"@.{way}({name}, @)", ("optional", "int"), {name: "int"}, depth, scope, made)
        return self.any_of(forms, depth, scope)


def _needs(extension: str, *names: str) -> None:
    for name in names:
        getattr(Grammar, name).needs = extension


_needs("two-variables", "bool_loop_two", "list_transformed", "map_transformed")
_needs("sets", "bool_sets")
_needs("lists", "list_worked", "list_range", "list_by_key")
_needs("math", "bool_math", "int_math", "uint_math", "double_math")
_needs("strings", "string_made", "string_format", "int_position", "int_position_from", "list_split")
_needs("network", "bool_network", "int_network", "ip_taken", "cidr_masked", "string_network")
_needs("encoders", "string_encoded", "bytes_decoded")
_needs("optional", "bool_optional", "list_maybe", "map_maybe", "optional_made")
