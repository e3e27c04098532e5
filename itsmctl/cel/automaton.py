"""A pattern's tree as an automaton: searches text in one pass, whatever the pattern.

The non-deterministic automaton (Thompson's) is turned into a deterministic one state by state, as text asks for it.
A state remembers one character's way per entry; when too many pile up, all are forgotten and built anew.
"""

from __future__ import annotations

from typing import Final

from .charsets import WORD_CHARACTERS, CharSet
from .pattern_tree import Alternatives, Anchor, BadPattern, Element, Repeat, Sequence, Symbol

MOST_INSTRUCTIONS: Final = 3_000
_MOST_REMEMBERED: Final = 20_000

_START, _NEWLINE, _WORD, _OTHER = "start", "newline", "word", "other"


class State(dict[str, "State"]):
    """Where a search may be: the instructions that wait for the next character, and what stood before it.

    `verdict` is True or False once nothing that follows can change it.
    """

    __slots__ = ("automaton", "before", "verdict", "waiting")

    def __init__(self, automaton: Automaton, waiting: frozenset[int], before: str, verdict: bool | None = None) -> None:
        super().__init__()
        self.automaton = automaton
        self.waiting = waiting
        self.before = before
        self.verdict = verdict

    def __missing__(self, char: str) -> State:
        return self.automaton.follow(self, char)


class Automaton:
    """A compiled pattern. `size` is the number of its instructions: a search takes at most text × size."""

    def __init__(self, tree: Element) -> None:
        # an instruction is (set, next), (anchor, next) or a tuple of nexts; 0 is the end
        self.instructions: list[tuple[CharSet | str, int] | tuple[int, ...]] = [()]
        self.entry = self._emit(tree, 0)
        self.size = len(self.instructions)
        anchors = {one[0] for one in self.instructions if len(one) == 2 and isinstance(one[0], str)}
        self.minds_words = bool(anchors & {"boundary", "no boundary"})
        self.minds_lines = "line start" in anchors
        self.anchored = _starts_anchored(tree)
        self.found = State(self, frozenset(), _OTHER, verdict=True)
        self.lost = State(self, frozenset(), _OTHER, verdict=False)
        self.remembered = 0
        self._forget()

    def search(self, text: str) -> bool:
        """Does the pattern match anywhere in the text?"""
        state = self.start
        for char in text:
            state = state[char]
            if state.verdict is not None:
                return state.verdict
        return state[""] is self.found

    # --- building

    def _add(self, instruction: tuple[CharSet | str, int] | tuple[int, ...]) -> int:
        if len(self.instructions) >= MOST_INSTRUCTIONS:
            raise BadPattern("the pattern is too large: its repetitions multiply", 0, 0, "repeat less often")
        self.instructions.append(instruction)
        return len(self.instructions) - 1

    def _emit(self, tree: Element, following: int) -> int:
        """The instruction to start the element at, which goes on to `following`."""
        match tree:
            case Symbol():
                return self._add((tree.chars, following))
            case Anchor():
                return self._add((tree.place, following))
            case Sequence():
                for part in reversed(tree.parts):
                    following = self._emit(part, following)
                return following
            case Alternatives():
                return self._add(tuple([self._emit(option, following) for option in tree.options]))
            case Repeat():
                return self._repeat(tree, following)

    def _repeat(self, tree: Repeat, following: int) -> int:
        entry = following
        if tree.high is None:
            entry = self._add(())
            self.instructions[entry] = (self._emit(tree.element, entry), following, following)
        else:
            for _ in range(tree.high - tree.low):
                entry = self._add((self._emit(tree.element, entry), following, following))
        for _ in range(tree.low):
            entry = self._emit(tree.element, entry)
        return entry

    # --- running

    def _forget(self) -> None:
        """Drop all states but the first."""
        self.states: dict[tuple[frozenset[int], str], State] = {}
        self.start = State(self, frozenset({self.entry}), _START)
        self.remembered = 0

    def follow(self, state: State, char: str) -> State:
        """The state after one more character, or after the end (""); remembered in `state`."""
        reached = self._reachable(state, char)
        if 0 in reached:
            following = self.found
        elif not char:
            following = self.lost
        else:
            waiting = set()
            for at in reached:
                chars, beyond = self.instructions[at]
                if char in chars:  # type: ignore[operator]
                    waiting.add(beyond)
            if not self.anchored:
                waiting.add(self.entry)
            following = self._state(frozenset(waiting), char) if waiting else self.lost
        self.remembered += 1
        if self.remembered > _MOST_REMEMBERED:
            self._forget()
        state[char] = following
        return following

    def _state(self, waiting: frozenset[int], char: str) -> State:
        before = _OTHER
        if self.minds_words and char in WORD_CHARACTERS:
            before = _WORD
        elif self.minds_lines and char == "\n":
            before = _NEWLINE
        key = (waiting, before)
        if key not in self.states:
            self.states[key] = State(self, waiting, before)
        return self.states[key]

    def _reachable(self, state: State, char: str) -> set[int]:
        """The instructions that take a character (and 0, if the pattern has matched) from there, before `char`."""
        reached: set[int] = set()
        seen: set[int] = set()
        stack = list(state.waiting)
        while stack:
            at = stack.pop()
            if at in seen:
                continue
            seen.add(at)
            instruction = self.instructions[at]
            if at == 0 or (len(instruction) == 2 and isinstance(instruction[0], CharSet)):
                reached.add(at)
            elif len(instruction) == 2 and isinstance(instruction[0], str):
                if _holds(instruction[0], state.before, char):
                    stack.append(instruction[1])
            else:
                stack.extend(instruction)  # type: ignore[arg-type]
        return reached


def _holds(anchor: str, before: str, char: str) -> bool:
    """Does the anchor hold between what stood before and `char` ("" at the end)?"""
    match anchor:
        case "start":
            return before == _START
        case "end":
            return not char
        case "line start":
            return before in (_START, _NEWLINE)
        case "line end":
            return char in ("", "\n")
    boundary = (before == _WORD) is not (char in WORD_CHARACTERS)
    return boundary is (anchor == "boundary")


def _starts_anchored(tree: Element) -> bool:
    """Can the pattern match at the start of the text only?"""
    while isinstance(tree, Sequence) and tree.parts:
        if isinstance(tree.parts[0], Sequence) and not tree.parts[0].parts:
            tree = Sequence(tree.parts[1:])  # flags that stand alone
        else:
            tree = tree.parts[0]
    if isinstance(tree, Alternatives):
        return all(_starts_anchored(option) for option in tree.options)
    return tree == Anchor("start")
