"""Tokens to a syntax tree, macros included. Recursion is bounded by MAX_NESTING; chains are read in loops."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from . import nodes, slips
from .forms import call_or_macro
from .lexer import RESERVED, Token, refuse, tokens
from .nodes import Node
from .problems import CompileError, Source
from .values import INT_MAX

MAX_BYTES: Final = 4096
MAX_NESTING: Final = 64
"""How deep brackets and branches may lie in one another."""
MAX_DEPTH: Final = 160
"""How deep the tree may be: the longest chain like a.b.c or a + b + c."""

_LEVEL: Final = {
    symbol: level
    for level, symbols in enumerate(("||", "&&", "< <= > >= == != in", "+ -", "* / %"))
    for symbol in symbols.split()
}
_INSTEAD: Final = {
    "if": "write condition ? one : other",
    "else": "write condition ? one : other",
    "let": "write cel.bind(name, value, result)",
    "var": "write cel.bind(name, value, result)",
    "for": "write x.all(i, …), x.exists(i, …), x.filter(i, …) or x.map(i, …)",
    "while": "write x.all(i, …), x.exists(i, …), x.filter(i, …) or x.map(i, …)",
}
_SIGNS: Final = frozenset("!-")


def parse(source: Source) -> Node:
    """The syntax tree. Raises CompileError with the first place that does not fit."""
    size = len(source.text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        message = f"the expression is {size:,} bytes long, and may have {MAX_BYTES:,}"
        raise refuse(source, 0, len(source.text), message, "split it, or move a part into a function or variable")
    parser = _Parser(source)
    tree = parser.expression()
    parser.finish()
    if len(parser.tokens) > MAX_DEPTH and nodes.depth(tree) > MAX_DEPTH:
        message = f"the expression is a chain of more than {MAX_DEPTH} links"
        raise refuse(source, tree.start, tree.end, message, "split it with brackets or with cel.bind")
    return tree


class _Parser:
    """Recursive descent over the tokens of one source."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tokens = tokens(source)
        self.at = 0
        self.nesting = 0

    # --- tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def sees(self, symbol: str) -> bool:
        return self.tokens[self.at].kind == symbol

    def take(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def accept(self, symbol: str) -> bool:
        if self.tokens[self.at].kind == symbol:
            self.at += 1
            return True
        return False

    def expect(self, symbol: str, opened: Token) -> Token:
        if self.sees(symbol):
            return self.take()
        line, column = self.source.position(opened.start)
        wanted = f"expected {symbol} for the {opened.text} at {line}:{column}"
        slip = slips.sign(self.source.text, opened.start)
        if opened.kind == "?" and slip[2]:
            raise refuse(self.source, *slips.refusal(slip, self.source.text, wanted))
        raise self.unexpected(wanted)

    def finish(self) -> None:
        if self.token.kind != "end":
            raise self.unexpected("expected an operator or the end of the expression")

    def unexpected(self, wanted: str) -> CompileError:
        token = self.token
        if token.kind == "end":
            return refuse(self.source, token.start, token.start + 1, f"the expression ends too early: {wanted}")
        slip = slips.word(self.source.text, self.tokens, self.at)
        return refuse(self.source, *slips.refusal(slip, self.source.text, f"{wanted}, found {token.text}"))

    # --- expressions

    def expression(self) -> Node:
        """`test ? then : otherwise`, the lowest level."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            token = self.token
            message = f"the expression is nested more than {MAX_NESTING} deep"
            raise refuse(self.source, token.start, token.start + 1, message, "split it, or move a part into a function")
        test = self.operators()
        if self.sees("?"):
            question = self.take()
            then = self.operators()
            if self.sees("?"):
                message = "a ? b : c inside of another one, before its :, needs brackets"
                raise refuse(self.source, then.start, self.token.end, message, "write a ? (b ? c : d) : e")
            self.expect(":", question)
            otherwise = self.expression()
            test = nodes.Conditional(test.start, otherwise.end, test, then, otherwise)
        self.nesting -= 1
        return test

    def operators(self) -> Node:
        """Operands and binary operators by their level, with a stack of what is still open instead of recursion."""
        operands = [self.unary()]
        pending: list[Token] = []
        while (level := _LEVEL.get(self.tokens[self.at].kind)) is not None:
            while pending and _LEVEL[pending[-1].text] >= level:
                self.reduce(operands, pending.pop())
            pending.append(self.take())
            operands.append(self.unary())
        while pending:
            self.reduce(operands, pending.pop())
        return operands[0]

    def reduce(self, operands: list[Node], operator: Token) -> None:
        """Put the last two operands together."""
        right = operands.pop()
        left = operands.pop()
        start, end, symbol = left.start, right.end, operator.text
        if symbol not in {"&&", "||"}:
            operands.append(nodes.Binary(start, end, symbol, left, right, operator.start))
        elif isinstance(left, nodes.Logic) and left.operator == symbol:
            operands.append(nodes.Logic(start, end, symbol, (*left.operands, right)))
        else:
            operands.append(nodes.Logic(start, end, symbol, (left, right)))

    def unary(self) -> Node:
        """A row of `!` or of `-`, then a member."""
        signs: list[Token] = []
        while self.tokens[self.at].kind in _SIGNS:
            if signs and not self.sees(signs[0].text):
                raise self.unexpected(f"{signs[0].text} and {self.token.text} need brackets between them")
            signs.append(self.take())
        if not signs:
            return self.postfix(self.primary())
        token = self.token
        if signs[-1].text == "-" and self.negative(token):
            minus = signs.pop()
            self.take()
            number = -token.value  # type: ignore[operator]
            node = self.postfix(nodes.Literal(minus.start, token.end, number))
        else:
            node = self.postfix(self.primary())
        for sign in reversed(signs):
            node = nodes.Unary(sign.start, node.end, sign.text, node)
        return node

    @staticmethod
    def negative(token: Token) -> bool:
        """Is it a number that a minus before it belongs to?"""
        return token.kind == "literal" and type(token.value) in (int, float)

    def postfix(self, node: Node) -> Node:
        """A primary with all `.field`, `[key]` and `.call()` after it."""
        while True:
            kind = self.tokens[self.at].kind
            if kind == ".":
                node = self.selection(node)
            elif kind == "[":
                opened = self.take()
                optional = self.accept("?")
                key = self.expression()
                closed = self.expect("]", opened)
                node = nodes.Index(node.start, closed.end, node, key, optional)
            elif kind == "{" and isinstance(node, (nodes.Ident, nodes.Select)):
                message = "messages cannot be built here"
                raise refuse(self.source, node.start, self.token.end, message, "write a map: {'field': value}")
            else:
                return node

    def selection(self, operand: Node) -> Node:
        self.take()
        optional = self.accept("?")
        name = self.token
        if name.kind not in {"name", "quoted"}:
            raise self.unexpected("expected the name of a field after the dot")
        self.take()
        if self.sees("(") and name.kind == "name" and not optional:
            args, end = self.arguments()
            return call_or_macro(self.source, operand, name, args, end)
        return nodes.Select(operand.start, name.end, operand, name.text, name.start, optional)

    def arguments(self) -> tuple[tuple[Node, ...], int]:
        """What stands in brackets after a function's name, and the offset after them."""
        opened = self.take()
        args: list[Node] = []
        while not self.sees(")"):
            args.append(self.expression())
            if not self.accept(","):
                break
            if self.sees(")"):
                raise self.unexpected("expected an argument after the comma")
        return tuple(args), self.expect(")", opened).end

    def primary(self) -> Node:
        token = self.token
        if token.kind == "literal":
            self.take()
            if token.value == INT_MAX + 1 and type(token.value) is int:
                hint = "the largest is 9223372036854775807"
                raise refuse(self.source, token.start, token.end, "the number is too large for an int", hint)
            return nodes.Literal(token.start, token.end, token.value)
        if self.sees("("):
            opened = self.take()
            inner = self.expression()
            closed = self.expect(")", opened)
            # the parentheses are part of the text of what stands in them, or what is around would be cut between them
            return replace(inner, start=opened.start, end=closed.end)
        if self.sees("["):
            return self.list_of()
        if self.sees("{"):
            return self.map_of()
        root = self.accept(".")
        name = self.token
        if name.kind != "name":
            raise self.unexpected("expected a value")
        if name.text in RESERVED:
            message = f"{name.text} is a reserved word and cannot be a name"
            raise refuse(self.source, name.start, name.end, message, _INSTEAD.get(name.text, ""))
        self.take()
        if self.sees("("):
            args, end = self.arguments()
            return call_or_macro(self.source, None, name, args, end)
        return nodes.Ident(token.start, name.end, name.text, root)

    def list_of(self) -> Node:
        opened = self.take()
        items: list[Node] = []
        optional: list[bool] = []
        while not self.sees("]"):
            optional.append(self.accept("?"))
            items.append(self.expression())
            if not self.accept(","):
                break
        closed = self.expect("]", opened)
        return nodes.ListOf(opened.start, closed.end, tuple(items), tuple(optional))

    def map_of(self) -> Node:
        opened = self.take()
        keys: list[Node] = []
        values: list[Node] = []
        optional: list[bool] = []
        while not self.sees("}"):
            optional.append(self.accept("?"))
            keys.append(self.expression())
            if not self.accept(":"):
                raise self.unexpected("expected : between key and value")
            values.append(self.expression())
            if not self.accept(","):
                break
        closed = self.expect("}", opened)
        return nodes.MapOf(opened.start, closed.end, tuple(keys), tuple(values), tuple(optional))
