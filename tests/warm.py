"""Commands of itsmctl that start at once: a process that has imported and compiled all it needs forks for each of them.

Each is a process of its own that sees what a program in PATH sees: words, environment, folder and three streams. It
ends by `cli.script`, and its caller is told how. Only the start of Python is left out: tests of that start Python.
"""

from __future__ import annotations

import atexit
import io
import marshal
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import redirect_stdout, suppress
from functools import cache
from pathlib import Path
from typing import NoReturn

PROJECT = Path(__file__).resolve().parent.parent

_CLIENT = """
import _socket, marshal, os, sys
_, door, now, *words = sys.argv
order = marshal.dumps((now, [os.fsencode(one) for one in words], dict(os.environb), os.getcwdb(), os.umask(0)))
line = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
line.connect(door)
streams = b"".join(one.to_bytes(4, sys.byteorder) for one in (0, 1, 2))
line.sendmsg([len(order).to_bytes(8, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
line.sendall(order)
said = line.recv(4)
code = os.waitstatus_to_exitcode(int.from_bytes(said, "big")) if said else 99
if code < 0:
    os.kill(os.getpid(), -code)
os._exit(code)
"""


def program(file: Path, now: str = "") -> None:
    """Write `itsmctl` of this checkout as a program that starts at once. `now`: the time in its world."""
    _write(file, f'exec {_client()} "{now}" "$@"')


def python(file: Path) -> None:
    """Write a Python that starts at once where it is asked for `-m itsmctl`, and is the real one otherwise."""
    _write(file, f'[ "$1 $2" = "-m itsmctl" ] || exec "{sys.executable}" "$@"', "shift 2", f'exec {_client()} "" "$@"')


def _write(file: Path, *lines: str) -> None:
    file.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    file.chmod(0o755)


def _client() -> str:
    door = _door()
    return f'"{sys.executable}" -IS "{door.with_name("client.py")}" "{door}"'


@cache
def _door() -> Path:
    """The socket of the process that forks, which ends with this one."""
    folder = Path(tempfile.mkdtemp(prefix="warm-"))
    door = folder / "door"
    (folder / "client.py").write_text(_CLIENT)
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "TMPDIR": tempfile.gettempdir()}
    command = [sys.executable, "-P", __file__, str(door)]
    keeper = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ, cwd=folder)
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    assert keeper.stdout.readline() == b"ready\n"

    @atexit.register
    def end() -> None:
        keeper.communicate()
        shutil.rmtree(folder, ignore_errors=True)

    return door


def _keep(door: str) -> None:
    """Fork for each who comes, until standard input ends."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(door)
    listener.listen(16)
    woken, wakes = socket.socketpair()
    wakes.setblocking(False)
    signal.set_wakeup_fd(wakes.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    waiting: dict[int, socket.socket] = {}
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select([listener, woken, 0], [], [])
        if 0 in ready:
            return
        if woken in ready:
            woken.recv(4096)
            _tell(waiting)
        if listener in ready:
            line, _ = listener.accept()
            size, streams, _, _ = socket.recv_fds(line, 8, 3)
            order = _all_of(line, int.from_bytes(size, "big"))
            child = os.fork()
            if child == 0:
                for one in (listener, woken, wakes, line, *waiting.values()):
                    os.close(one.fileno())
                _begin(streams, *marshal.loads(order))
            for stream in streams:
                os.close(stream)
            waiting[child] = line


def _all_of(line: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        found += line.recv(size - len(found))
    return found


def _tell(waiting: dict[int, socket.socket]) -> None:
    """Whoever waits for one that has ended hears how."""
    while waiting:
        child, status = os.waitpid(-1, os.WNOHANG)
        if child == 0:
            return
        with waiting.pop(child) as line, suppress(OSError):
            line.sendall(status.to_bytes(4, "big"))


def _begin(
    streams: list[int], now: str, words: list[bytes], environ: Mapping[bytes, bytes], folder: bytes, umask: int
) -> NoReturn:
    """What Python does before a program begins, and the program."""
    from itsmctl import cli
    from itsmctl.cli import workplace

    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.umask(umask)
    os.chdir(folder)
    os.environb.clear()
    os.environb.update(environ)
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), "utf-8", "surrogateescape")  # type: ignore[type-var]
    sys.stdout = open(1, "w", encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.argv = ["itsmctl", *(os.fsdecode(one) for one in words)]
    if now:
        moment = workplace.moment
        workplace.moment = lambda text: moment(text if text is not None else now)
    cli.script()
    raise AssertionError("a script ends the process")


def _warm_up() -> None:
    """Import what commands import, and compile what they compile."""
    import gc
    import importlib
    import pkgutil

    sys.path.insert(0, str(PROJECT))
    import itsmctl

    for one in pkgutil.walk_packages(itsmctl.__path__, "itsmctl."):
        if not one.name.endswith("__main__"):
            importlib.import_module(one.name)
    from itsmctl import rulebook
    from itsmctl.cli import main
    from itsmctl.sshsig import inprocess

    inprocess.is_available()
    for policy in rulebook.builtin().policies:
        _ = policy.claim
    with redirect_stdout(io.StringIO()):
        main(["validate", "--root", str(PROJECT / "example-repo"), "--as-of", "2026-11-22"])
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    _warm_up()
    _keep(sys.argv[1])
