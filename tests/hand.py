"""Writes data as YAML in as many ways as people do: a specification of what a formatter must cope with."""

from __future__ import annotations

import random
from functools import lru_cache

from itsmctl import yamltext
from itsmctl.yamltext import Refused


@lru_cache(maxsize=10_000)
def may_be_plain(text: str, flow: bool) -> bool:
    """Is the text read back as itself without quotes, as key and as value?"""
    if not text or text[0] in "-?":
        return False
    written = f"[{{{text}: 1}}, {text}]" if flow else f"{text}: {text}"
    try:
        return yamltext.read(written.encode()) == ([{text: 1}, text] if flow else {text: text})
    except Refused:
        return False


class Hand:
    """Writes data as people might: any style, any indentation, comments and empty lines wherever YAML allows them."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.comments = 0

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def comment(self) -> str:
        self.comments += 1
        return f"# note {self.comments}" + self.random.choice(["", " - a: [b", "'", "# #", " \\"])

    def beside(self) -> str:
        return self.random.choice([" ", "   ", "\t"]) + self.comment() if self.chance(0.1) else ""

    def between(self, indent: int) -> list[str]:
        lines = []
        while self.chance(0.25):
            margin = " " * max(0, indent + self.random.choice([-2, 0, 0, 0, 1, 2, 4]))
            lines.append(margin + self.comment() if self.chance(0.7) else self.random.choice(["", "  "]))
        return lines

    def file(self, data: dict[str, object]) -> str:
        lines = [*self.between(0), *(["---"] if self.chance(0.1) else []), *self.between(0)]
        if self.chance(0.05):
            lines += self.flow(data, 0).split("\n")
        else:
            lines += self.block(data, 0)
        lines += self.between(0)
        newline = "\r\n" if self.chance(0.1) else "\n"
        return newline.join(lines) + (newline if self.chance(0.8) else "")

    def block(self, value: object, indent: int) -> list[str]:
        lines = []
        pairs = list(value.items()) if isinstance(value, dict) else [(None, item) for item in value]  # type: ignore[attr-defined]
        margin = " " * indent
        for place, (key, item) in enumerate(pairs):
            lines += self.between(indent) if place else []
            head = f"{margin}-" if key is None else f"{margin}{self.text(key, flow=False)}:"
            if key is not None and self.chance(0.03):
                lines += [f"{margin}? {self.text(key, flow=False)}{self.beside()}", *self.between(indent)]
                head = f"{margin}:"
            lines += self.entry(head, item, indent, key is None)
        return lines

    def entry(self, head: str, item: object, indent: int, in_list: bool) -> list[str]:
        blanks = self.random.choice([" ", " ", " ", "  ", "    "])
        if isinstance(item, dict | list) and item and self.chance(0.7):
            step = self.random.choice([1, 2, 2, 2, 4])
            if isinstance(item, list) and not in_list and not head.endswith(" :") and self.chance(0.4):
                step = 0
            inner = self.block(item, indent + step)
            if in_list and self.chance(0.8):
                inner = self.block(item, indent + 1 + len(blanks))
                return [head + blanks + inner[0].lstrip(" "), *inner[1:]]
            return [head + self.beside(), *self.between(indent + step), *inner]
        if isinstance(item, str) and "\n" in item and item.strip() and item[0] not in " \n\t" and self.chance(0.7):
            step = self.random.choice([1, 2, 2, 5])
            chomp = "" if item.endswith("\n") and item[-2:] != "\n\n" else "+" if item.endswith("\n") else "-"
            body = [" " * (indent + step) + line if line else "" for line in item.removesuffix("\n").split("\n")]
            sign = str(step) if self.chance(0.2) else ""
            return [f"{head}{blanks}|{sign}{chomp}{self.beside()}", *body]
        if item is None and self.chance(0.5):
            return [head + self.beside()]
        written = self.flow(item, indent + 1) if isinstance(item, dict | list) else self.scalar(item, flow=False)
        if self.chance(0.1):
            margin = " " * (indent + self.random.choice([1, 2, 3]))
            return [head + self.beside(), *self.between(indent + 2), margin + written + self.beside()]
        return (head + blanks + written + self.beside()).split("\n")

    def flow(self, value: object, indent: int) -> str:
        if not isinstance(value, dict | list):
            return self.scalar(value, flow=True)
        spread = self.chance(0.3)

        def gap() -> str:
            if spread and self.chance(0.5):
                return (" " + self.comment() if self.chance(0.3) else "") + "\n" + " " * (indent + 1)
            return self.random.choice(["", " "])

        parts = []
        for key in value:
            inner = value[key] if isinstance(value, dict) else key
            written = self.flow(inner, indent)
            parts.append(gap() + (f"{self.text(key, flow=True)}: {written}" if isinstance(value, dict) else written))
        comma = "," if parts and self.chance(0.1) else ""
        open_, close = "{}" if isinstance(value, dict) else "[]"
        return open_ + ",".join(parts) + comma + gap() + close

    def scalar(self, value: object, flow: bool) -> str:
        if isinstance(value, str):
            return self.text(value, flow)
        words = {None: ["null", "~", "Null"], True: ["true", "True"], False: ["false", "FALSE"]}
        if value is None or isinstance(value, bool):
            return self.random.choice(words[value])
        return str(value)

    def text(self, value: str, flow: bool) -> str:
        """Plain where that is read back as the same, else in either kind of quotes."""
        if self.chance(0.6) and may_be_plain(value, flow):
            return value
        if self.chance(0.5) and "\n" not in value and "\t" not in value:
            return "'" + value.replace("'", "''") + "'"
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
        return f'"{escaped}"'
