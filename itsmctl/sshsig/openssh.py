"""How OpenSSH's own programs are started: found in PATH, with a clean environment, from a folder of their own.

The only module that runs ssh-keygen, ssh-add and ssh. Exit statuses decide; what a program prints can only refuse.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from itsmctl.errors import CannotJudge
from itsmctl.sshsig.known import KNOWN, MESSAGE
from itsmctl.sshsig.wire import PublicKey, Signature, parse_public_key, parse_signature

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OLDEST = (8, 8)
"""The oldest OpenSSH whose ssh-keygen signs and verifies as is needed here."""

_REFUSED = 255  # what ssh-keygen exits with when a signature does not hold, and for any other failure too
_VERIFY_SECONDS = 60
_SIGN_SECONDS = 300  # somebody may have to find and touch a token
_SIDE_BY_SIDE = 4
_ASKING = ("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "TERM", "HOME")
_ALWAYS = ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR")  # without which no program starts on Windows
_INSTALL = "Install OpenSSH 8.8 or later, and see that PATH names its folder."


class OpenSSH(Struct, frozen=True, dict=True):
    """The programs of OpenSSH, as the caller's PATH has them."""

    environ: Mapping[str, str]

    def verify_each(self, questions: Sequence[tuple[bytes, bytes, Signature]]) -> list[bool]:
        """Does each (message, armored, the same parsed) hold under the very key that the signature names?

        Raises CannotJudge where ssh-keygen cannot be used, or refuses what is known to be good.
        """
        from concurrent.futures import ThreadPoolExecutor

        self._check_version()
        with _folder() as folder, ThreadPoolExecutor(min(_SIDE_BY_SIDE, os.cpu_count() or 1)) as pool:
            jobs = [
                pool.submit(self._verify, folder, str(number), message, armored, signature)
                for number, (message, armored, signature) in enumerate(questions)
            ]
            said = [job.result() for job in jobs]
            refused = {questions[n][2].algorithm for n, holds in enumerate(said) if not holds}
            # ssh-keygen says "no" with the status that it also has for a full disk or an algorithm that is off here.
            # To take such a failure for a bad signature could hide a reject: ask for something that surely holds.
            for algorithm in sorted(refused):
                known = parse_signature(KNOWN[algorithm])
                if not self._verify(folder, algorithm, MESSAGE, KNOWN[algorithm], known):
                    raise CannotJudge(
                        f"{self._keygen} refuses a signature by {algorithm} that is known to be good",
                        "See if this machine turns that algorithm off, or install the extra itsmctl[fast].",
                    )
        return said

    def sign(self, message: bytes, key: Path | str, namespace: str, *, may_ask: bool) -> bytes:
        """An armored signature by the key in a file, or (given a public key) by the one in ssh-agent."""
        self._check_version()
        kept = ("SSH_AUTH_SOCK", *(_ASKING if may_ask else ()))
        with _folder() as folder:
            if isinstance(key, str):
                place = Path(folder, "key.pub")
                _write(place, parse_public_key(key).line.encode() + b"\n")
            else:
                place = key.absolute()
                if not place.is_file():
                    raise CannotJudge(f"there is no key {place}", "Name the file of a private key.")
            arguments = [self._keygen, "-Y", "sign", "-n", namespace, "-f", str(place)]
            done = self._run(arguments, folder, message, _SIGN_SECONDS, kept, may_ask=may_ask)
        if done.returncode != 0:
            said = _said(done.stderr) or "its words stand above" if may_ask else _said(done.stderr) or "it said nothing"
            hint = (
                "See that the key is loaded (ssh-add -l), or that its file can be read and its passphrase be asked for."
            )
            raise CannotJudge(f"ssh-keygen cannot sign with {key}: {said}", hint)
        return done.stdout

    def agent_keys(self) -> list[PublicKey]:
        """The keys in ssh-agent that can be used here; none where no agent runs, or it holds none."""
        if not self.environ.get("SSH_AUTH_SOCK"):
            return []
        with _folder() as folder:
            done = self._run([self._find("ssh-add"), "-L"], folder, b"", _VERIFY_SECONDS, ("SSH_AUTH_SOCK",))
        if done.returncode not in (0, 1):  # 1: the agent holds no keys
            raise CannotJudge(f"ssh-agent does not answer: {_said(done.stderr)}", "See what ssh-add -l says.")
        keys = []
        for line in done.stdout.decode("utf-8", "replace").splitlines() if done.returncode == 0 else ():
            with suppress(ValueError):  # certificates, and kinds of keys that are not used here
                keys.append(parse_public_key(" ".join(line.split(" ")[:2])))
        return keys

    def new_key(self, file: Path, comment: str) -> str:
        """Make an ed25519 key without a passphrase, for its owner's eyes alone; its public half (`kind base64`)."""
        self._check_version()
        with _folder() as folder:
            place = str(file.absolute())
            arguments = [self._keygen, "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", place]
            done = self._run(arguments, folder, b"", _VERIFY_SECONDS)
        if done.returncode != 0:
            said = _said(done.stderr) or _said(done.stdout) or "it said nothing"
            raise CannotJudge(f"ssh-keygen cannot make {file}: {said}", "Choose a place that can be written to.")
        public = file.with_name(f"{file.name}.pub").read_text(encoding="utf-8")
        return parse_public_key(" ".join(public.split(" ")[:2])).line

    def _verify(self, folder: str, name: str, message: bytes, armored: bytes, signature: Signature) -> bool:
        signers, proof = Path(folder, f"{name}.signers"), Path(folder, f"{name}.sig")
        _write(signers, f'voter namespaces="{signature.namespace}" {signature.key.line}\n'.encode())
        _write(proof, armored)
        arguments = [self._keygen, "-Y", "verify", "-f", str(signers), "-I", "voter", "-n", signature.namespace]
        done = self._run([*arguments, "-s", str(proof)], folder, message, _VERIFY_SECONDS)
        if done.returncode not in (0, _REFUSED):
            raise CannotJudge(
                f"ssh-keygen ended with status {done.returncode} while it verified: {_said(done.stderr)}",
                "Try again; if it stays so, install OpenSSH anew.",
            )
        # Whatever else ends with 0 is no yes: one that holds is told with the key. What it says never makes a yes.
        if done.returncode == 0 and signature.key.fingerprint.encode() not in done.stdout:
            words = f"{self._keygen} ended well while it verified, and did not tell the key of a good signature"
            raise CannotJudge(words, "See that PATH leads to OpenSSH's own ssh-keygen.")
        return done.returncode == 0

    @cached_property
    def _keygen(self) -> str:
        return self._find("ssh-keygen")

    def _find(self, name: str) -> str:
        """The absolute path of a program, from the absolute folders in PATH alone: never from the current folder."""
        file = f"{name}.exe" if os.name == "nt" else name
        for folder in self.environ.get("PATH", os.defpath).split(os.pathsep):
            executable = Path(folder, file)
            if executable.is_absolute() and executable.is_file() and os.access(executable, os.X_OK):
                return str(executable)
        raise CannotJudge(f"{name} is not installed: no folder in PATH holds it", _INSTALL)

    @cached_property
    def release(self) -> str:
        """What it calls itself, such as OpenSSH_9.2p1. Only `ssh` says so; it comes with ssh-keygen."""
        beside = Path(self._keygen).with_name("ssh.exe" if os.name == "nt" else "ssh")
        ssh = str(beside) if beside.is_file() else self._find("ssh")
        with _folder() as folder:
            done = self._run([ssh, "-V"], folder, b"", _VERIFY_SECONDS)
        if done.returncode != 0:
            raise CannotJudge(f"{ssh} does not say which OpenSSH it is: {_said(done.stderr)}", _INSTALL)
        return _said(done.stderr).split(",", 1)[0]

    def _check_version(self) -> None:
        found = re.match(r"OpenSSH_(?:for_Windows_)?([0-9]{1,3})\.([0-9]{1,3})", self.release)
        if found is None:
            raise CannotJudge(f"{self._keygen} belongs to {self.release!r}, which is not known here", _INSTALL)
        if (int(found[1]), int(found[2])) < OLDEST:
            need = ".".join(str(part) for part in OLDEST)
            raise CannotJudge(f"{self.release} ({self._keygen}) is too old: OpenSSH {need} is needed", _INSTALL)

    def _run(
        self,
        arguments: Sequence[str],
        folder: str,
        stdin: bytes,
        seconds: int,
        kept: Sequence[str] = (),
        *,
        may_ask: bool = False,
    ) -> subprocess.CompletedProcess[bytes]:
        """With a terminal to ask on, and to say on what it waits for, only if it may ask."""
        environment = {name: self.environ[name] for name in (*_ALWAYS, *kept) if name in self.environ}
        if not may_ask:
            environment |= {"HOME": folder, "SSH_ASKPASS_REQUIRE": "never"}
        try:
            return subprocess.run(
                arguments,
                input=stdin,
                stdout=subprocess.PIPE,
                stderr=None if may_ask else subprocess.PIPE,
                env={**environment, "LC_ALL": "C", "TZ": "UTC"},
                cwd=folder,
                timeout=seconds,
                start_new_session=not may_ask,
                check=False,
            )
        except OSError as error:
            raise CannotJudge(f"{arguments[0]} cannot be started: {error.strerror}", _INSTALL) from None
        except subprocess.TimeoutExpired:
            hint = "See if it waits for a token or a passphrase, or if the machine is overloaded, and try again."
            raise CannotJudge(f"{arguments[0]} did not end within {seconds} seconds", hint) from None


def _folder() -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix="itsmctl-", ignore_cleanup_errors=True)
    except OSError as error:
        hint = "Make room there, or name another folder in TMPDIR."
        raise CannotJudge(f"no temporary folder can be made: {error.strerror}", hint) from None


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise CannotJudge(f"{file} cannot be written: {error.strerror}", "Make room there.") from None


def _said(stderr: bytes | None) -> str:
    """The program's own words on one line."""
    lines = (stderr or b"").decode("utf-8", "replace").splitlines()
    return " ".join(line.strip() for line in lines if line.strip())[:500]
