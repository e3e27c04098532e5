"""The C++ implementation of CEL (cel-expr-python) as a process of its own: a crash there is an answer here.

    python tests/celpeer.py

reads {"expr": text} a line, answers [kind, text]: "value" and its canonical text, "error" or "refused" and the message.
"""

from __future__ import annotations

import datetime
import importlib.util
import json
import math
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MISSING = (
    "cel-expr-python is not installed: the extra dev brings it, where it has a wheel"
    if importlib.util.find_spec("cel_expr_python") is None
    else ""
)
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND = datetime.timedelta(microseconds=1)


class Peer:
    """The process, started anew whenever it has died."""

    def __init__(self, variables: Mapping[str, tuple[str, object]]) -> None:
        self.variables = json.dumps(variables)
        self.crashes = 0
        self._start()

    def _start(self) -> None:
        command = [sys.executable, "-X", "utf8", str(Path(__file__)), self.variables]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
        )

    def ask(self, text: str) -> tuple[str, str]:
        """What it makes of the expression: ("crashed", "") where that killed it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps({"expr": text}) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            self.crashes += 1
            self.close()
            self._start()
            return "crashed", ""
        kind, shown = json.loads(answer)
        return str(kind), str(shown)

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.communicate()


def canonical(value: Any) -> str:
    """A value as text that tells types apart, with times to the microsecond, as it comes from Python."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"bool {value}"
    if isinstance(value, float):
        return f"double {'nan' if math.isnan(value) else value!r}"
    if isinstance(value, (bytes, bytearray)):
        return f"bytes {bytes(value).hex()}"
    if isinstance(value, datetime.datetime):
        return f"timestamp {(value - _EPOCH) // _MICROSECOND}"
    if isinstance(value, datetime.timedelta):
        return f"duration {value // _MICROSECOND}"
    if hasattr(value, "nanoseconds"):
        return f"{type(value).__name__.lower()} {value.nanoseconds // 1000}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(canonical, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(sorted(f'{_key(key)}: {canonical(one)}' for key, one in value.items()))}}}"
    return f"{type(value).__name__} {value!r}"


def _key(key: Any) -> str:
    """A key of a map: the binding does not tell uints from ints."""
    return canonical(int(key) if isinstance(key, int) and not isinstance(key, bool) else key)


def _main(variables: dict[str, tuple[str, object]]) -> None:
    from cel_expr_python import cel
    from cel_expr_python.ext import ext_bindings, ext_encoders, ext_math, ext_optional, ext_strings

    extensions = [ext_bindings.ExtBindings(), ext_encoders.ExtEncoders(), ext_math.ExtMath()]
    extensions += [ext_optional.ExtOptional(), ext_strings.ExtStrings()]

    def type_of(written: str) -> Any:
        outer, _, inner = written.removesuffix(")").partition("(")
        if outer == "list":
            return cel.Type.List(type_of(inner))
        if outer == "map":
            key, _, value = inner.partition(", ")
            return cel.Type.Map(type_of(key), type_of(value))
        return getattr(cel.Type, outer.upper())

    types = {name: type_of(written) for name, (written, _) in variables.items()}
    environment = cel.NewEnv(variables=types, extensions=extensions)
    data = {name: value for name, (_, value) in variables.items()}

    def plain(value: Any) -> Any:
        """Lists and maps hold values of the binding's own."""
        kind = str(value.type())
        if kind.startswith("LIST"):
            return [plain(one) for one in value.value()]
        if kind.startswith("MAP"):
            return {key: plain(one) for key, one in value.value().items()}
        return Uint(value.value()) if kind == "UINT" else value.value()

    for line in sys.stdin:
        try:
            program = environment.compile(json.loads(line)["expr"])
        except Exception as error:  # noqa: BLE001 - the binding raises RuntimeError, and what else is not documented
            print(json.dumps(["refused", str(error)]), flush=True)
            continue
        try:
            found = program.eval(data=data)
            answer = ["error", str(found.value())] if str(found.type()) == "ERROR" else ["value", ""]
        except Exception as error:  # noqa: BLE001
            answer = ["error", str(error)]
        if answer[0] == "value":
            answer[1] = canonical(plain(found))
        print(json.dumps(answer), flush=True)


class Uint(int):
    """A uint, shown as ours is."""

    def __repr__(self) -> str:
        return f"{int(self)}u"


if __name__ == "__main__":
    _main(json.loads(sys.argv[1]))
