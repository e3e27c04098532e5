"""Detached SSH signatures: parsed strictly, made and verified by OpenSSH, or verified in-process where that is at hand.

The one room that runs OpenSSH. Knows keys and bytes; whose a key is, and what a signature is on, others say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from itsmctl.errors import CannotJudge
from itsmctl.sshsig import inprocess
from itsmctl.sshsig.openssh import OpenSSH
from itsmctl.sshsig.wire import (
    LONGEST,
    NAMESPACE,
    PublicKey,
    Signature,
    fingerprint,
    parse_public_key,
    parse_signature,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = [
    "LONGEST",
    "Check",
    "PublicKey",
    "Signature",
    "agent_keys",
    "fingerprint",
    "new_key",
    "parse_public_key",
    "parse_signature",
    "sign",
    "verify",
    "verify_many",
    "version",
]

Way = Literal["fastest", "openssh", "in-process"]


class Check(Struct, frozen=True):
    """One question: is `armored` a signature over `message`, by `public_key` (`kind base64`), for `namespace`?"""

    message: bytes
    armored: bytes
    public_key: str
    namespace: str


def verify(
    message: bytes, armored: bytes, public_key: str, namespace: str, environ: Mapping[str, str], way: Way = "fastest"
) -> bool:
    """Is it a good signature over the message, by that very key, made for that namespace?

    `way`: see `verify_many`. Anything odd about the signature is False. Raises ValueError for a public key or namespace
    that cannot be used, and CannotJudge where OpenSSH 8.8 or later is asked and not at hand, or does not end with a
    clean yes or no.
    """
    return verify_many([Check(message, armored, public_key, namespace)], environ, way)[0]


def verify_many(checks: Sequence[Check], environ: Mapping[str, str], way: Way = "fastest") -> list[bool]:
    """The answers to many questions, in their order; the errors are those of `verify`.

    The fastest way is in-process, if the package cryptography is installed (extra `fast`), and ssh-keygen otherwise.
    Both ways give the same answers; in-process hands on to ssh-keygen what its library does not take.
    """
    answers = [False] * len(checks)
    left: list[tuple[int, Signature]] = []
    fitting = [(number, check, signature) for number, check in enumerate(checks) if (signature := _fitting(check))]
    is_quick = way != "openssh" and bool(fitting) and inprocess.is_available()  # to load it takes its time
    if way == "in-process" and fitting and not is_quick:
        raise CannotJudge("the package cryptography is not installed", "Install the extra itsmctl[fast].")
    for number, check, signature in fitting:
        said = inprocess.verify(check.message, signature) if is_quick else None
        if said is None:
            left.append((number, signature))
        else:
            answers[number] = said
    if left:
        questions = [(checks[number].message, checks[number].armored, signature) for number, signature in left]
        for (number, _), holds in zip(left, OpenSSH(environ).verify_each(questions), strict=True):
            answers[number] = holds
    return answers


def sign(
    message: bytes, key: Path | str, namespace: str, environ: Mapping[str, str], *, may_ask: bool = False
) -> bytes:
    """An armored signature: by the private key in a file (Path), or by the one in ssh-agent of that public key (str).

    `may_ask`: ssh-keygen may ask for a passphrase, PIN or touch on the terminal; without it, it never waits for one.
    Raises ValueError for a public key or namespace that cannot be used, CannotJudge with ssh-keygen's words otherwise.
    """
    if NAMESPACE.fullmatch(namespace) is None:
        raise ValueError(f"{namespace!r} is no namespace for signatures")
    armored = OpenSSH(environ).sign(message, key, namespace, may_ask=may_ask)
    try:
        made = parse_signature(armored)
    except ValueError as error:
        hint = "Sign with an ed25519, ecdsa or rsa key, or with a token that wants to be touched."
        raise CannotJudge(f"the signature that ssh-keygen made with {key} would not count: {error}", hint) from None
    if made.namespace != namespace or not verify(message, armored, made.key.line, namespace, environ):
        raise CannotJudge(f"the signature that ssh-keygen made with {key} does not verify", "Try another key.")
    return armored


def agent_keys(environ: Mapping[str, str]) -> list[str]:
    """The public keys (`kind base64`) in ssh-agent that can be used here; none where no agent runs.

    Raises CannotJudge where an agent is named and does not answer.
    """
    return [key.line for key in OpenSSH(environ).agent_keys()]


def new_key(file: Path, comment: str, environ: Mapping[str, str]) -> str:
    """Make a key to sign with in `file` (private, mode 600) and `file`.pub; the public key (`kind base64`).

    Its folder is made for its owner alone. Raises CannotJudge where OpenSSH 8.8 or later is not at hand.
    """
    openssh = OpenSSH(environ)
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        message = f"{file.parent} cannot be made: {error.strerror}"
        raise CannotJudge(message, "Choose a place that can be written to.") from None
    return openssh.new_key(file, comment)


def version(environ: Mapping[str, str]) -> str:
    """What OpenSSH says of itself, such as "OpenSSH_9.2p1 Debian-2", or an empty text where there is none."""
    try:
        return OpenSSH(environ).release
    except CannotJudge:
        return ""


def _fitting(check: Check) -> Signature | None:
    """The signature, if it is one at all, names that very key, and was made for that namespace."""
    if NAMESPACE.fullmatch(check.namespace) is None:
        raise ValueError(f"{check.namespace!r} is no namespace for signatures")
    key = parse_public_key(check.public_key)
    try:
        signature = parse_signature(check.armored)
    except ValueError:
        return None
    return signature if signature.key == key and signature.namespace == check.namespace else None
