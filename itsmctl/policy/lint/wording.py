"""Doubts about what a policy says and how: its texts, its message, its names, the fields that it reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from itsmctl import cel
from itsmctl.cel import nodes
from itsmctl.policy.lint.doubt import Doubt, Scene, field, short
from itsmctl.policy.reading import environment

if TYPE_CHECKING:
    from itsmctl.policy.rule import Policy


def texts(policy: Policy, scene: Scene) -> Iterator[Doubt]:
    """Texts that are still to be written, or say nothing that another one does not say."""
    del scene
    rule = policy.rule
    texts = {
        "/metadata/title": rule.title,
        "/spec/description": rule.description,
        "/spec/remediation": rule.remediation,
        "/spec/message": policy.message.text,
    }
    seen: dict[str, str] = {}
    for pointer, text in texts.items():
        name = pointer.rpartition("/")[2]
        plain = " ".join(re.findall(r"\w+", text)).casefold()
        if len(plain) < 3 or (left := _UNFINISHED.search(text)) is not None:
            what = f"holds {left[0]}" if len(plain) >= 3 and left else "says nothing"
            yield Doubt("policy-text", pointer, f"{name} {what}")
        elif plain in seen:
            yield Doubt("policy-text", pointer, f"{name} says the same as {seen[plain]}")
        seen.setdefault(plain, name)


_UNFINISHED = re.compile(r"\b(?:TODO|FIXME|TBD|XXX)\b")


def mute(policy: Policy, scene: Scene) -> Iterator[Doubt]:
    """A message that is the same for every record."""
    del scene
    telling = {"self"}
    for name, program in policy.lets:
        if telling.intersection(program.variables):
            telling.add(name)
    if not telling.intersection(policy.message.variables):
        yield Doubt("policy-message", "/spec/message", "the message is the same for every record")


def unused(policy: Policy, scene: Scene) -> Iterator[Doubt]:
    """Names that nothing uses, or nothing but such names."""
    del scene
    needed = {*policy.check.variables, *policy.message.variables}
    for name, program in reversed(policy.lets):
        if name in needed:
            needed.update(program.variables)
        else:
            yield Doubt("policy-unused", f"/spec/let/{name}", f"nothing uses {name}", key=True)


def untyped(policy: Policy, scene: Scene) -> Iterator[Doubt]:
    """Calls of dyn() without which the expression is right: behind it, misspelt fields are not found.

    Where a reference leads to kinds of which only some have a field, there is no other way.
    """
    names = {"self": scene.types.one_of(policy.kinds)}
    known = environment(scene.types)
    for pointer, program in (*policy.expressions, ("/spec/message", policy.message)):
        here = known.extend(names)
        for start, end, argument in _dyns(program):
            bare = f"{program.text[:start]}({argument}){program.text[end:]}"
            if _compiles(here, bare):
                message = f"`{short(program.text[start:end])}` in {field(pointer)} needs no dyn()"
                yield Doubt("policy-dyn", pointer, message, part=(program.text, start, end))
        if pointer.startswith("/spec/let/"):
            names[pointer.removeprefix("/spec/let/")] = program.type


def _dyns(program: cel.Program) -> Iterator[tuple[int, int, str]]:
    """(start, end, what is in the brackets) of every dyn(…)."""
    for node in nodes.walk(program.node):
        if isinstance(node, nodes.Call) and node.name == "dyn" and node.target is None and len(node.args) == 1:
            inner = program.text.index("(", node.start) + 1
            yield node.start, node.end, program.text[inner : node.end - 1]


def _compiles(known: cel.Environment, text: str) -> bool:
    try:
        known.compile(text)
    except cel.CompileError:
        return False
    return True


def deprecated(policy: Policy, scene: Scene) -> Iterator[Doubt]:
    """Fields that their schema calls deprecated."""
    for pointer, program in (*policy.expressions, ("/spec/message", policy.message)):
        read = {steps[:length] for root, steps in program.paths if root == "self" for length in range(len(steps) + 1)}
        for steps in sorted(read):
            for kind in policy.kinds:
                info = scene.law.kinds[kind].field("".join(f"/{step}" for step in steps))
                if info is not None and info.deprecated:
                    message = f"{field(pointer)} reads {kind}.{'.'.join(steps)}, which is deprecated"
                    yield Doubt("policy-deprecated", pointer, message, info.description)
