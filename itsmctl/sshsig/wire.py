"""Public keys and SSHSIG signatures as bytes, read strictly: one form for each but for line breaks, or ValueError.

OpenSSH reads both more kindly than this. What it would pass over (text after the end, a reserved field that nothing
signs, a number written in two ways) is refused here first, so that whoever verifies sees the same signature.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Literal

from msgspec import Struct

Hash = Literal["sha256", "sha512"]

LONGEST = 64 << 10
"""Bytes that an armored signature may have."""

NAMESPACE = re.compile(r"[a-z0-9][a-z0-9.@_-]{0,99}")
"""What a signature may be for. Nothing that a list of allowed signers could read as a pattern."""

CURVES = {"nistp256": 32, "nistp384": 48, "nistp521": 66}
"""Curve → bytes of a coordinate."""

SIGNS_WITH = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ssh-rsa": ("rsa-sha2-256", "rsa-sha2-512"),  # never ssh-rsa itself: that is SHA-1
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "sk-ssh-ed25519@openssh.com": ("sk-ssh-ed25519@openssh.com",),
    "sk-ecdsa-sha2-nistp256@openssh.com": ("sk-ecdsa-sha2-nistp256@openssh.com",),
}
"""Kind of key → the algorithms that its signatures may use."""

_KEY = re.compile(r"([a-z0-9@.-]{1,64}) ([A-Za-z0-9+/]{1,16384}={0,2})")
_ARMOR = re.compile(rb"-----BEGIN SSH SIGNATURE-----\n((?:[A-Za-z0-9+/=]+\n)+)-----END SSH SIGNATURE-----\n?")
_MAGIC = b"SSHSIG"
_HASHES: dict[str, Hash] = {"sha256": "sha256", "sha512": "sha512"}
_ORDER = 2**252 + 27742317777372353535851937790883648493  # of the group that Ed25519 works in
_P = 2**255 - 19
_TOUCHED = 1
# The y of the points of small order: under such a key anybody can make a good signature.
_Y8 = 55188659117513257062467267217118295137698188065244968500265048394206261417927
_WEAK = frozenset({0, 1, _P - 1, _Y8, _P - _Y8})


class PublicKey(Struct, frozen=True):
    """A public key. `numbers`: n and e of RSA, else the bytes of the point alone; `application` is of sk keys."""

    kind: str
    blob: bytes
    point: bytes = b""
    n: int = 0
    e: int = 0
    application: bytes = b""

    @property
    def line(self) -> str:
        """As a .pub file has it, without a comment."""
        return f"{self.kind} {base64.b64encode(self.blob).decode()}"

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` prints it: SHA256:…"""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")

    @property
    def is_hardware(self) -> bool:
        """Is it kept in a FIDO token, that wants to be touched?"""
        return self.kind.startswith("sk-")


class Signature(Struct, frozen=True):
    """What an armored signature holds. It proves nothing until it is verified.

    `raw` is what the algorithm made: 64 bytes for Ed25519, a number for RSA, `r` and `s` (then empty) for ECDSA.
    `flags` and `counter` come from a FIDO token, else they are 0.
    """

    key: PublicKey
    namespace: str
    hash_algorithm: Hash
    algorithm: str
    raw: bytes
    r: int = 0
    s: int = 0
    flags: int = 0
    counter: int = 0

    def signed(self, message: bytes) -> bytes:
        """The bytes that the algorithm signs, in place of the message itself."""
        parts = (self.namespace.encode(), b"", self.hash_algorithm.encode(), _hash(self.hash_algorithm, message))
        return _MAGIC + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def parse_public_key(line: str) -> PublicKey:
    """A public key from `kind base64`, without a comment. Raises ValueError for all but one spelling of each key."""
    found = _KEY.fullmatch(line)
    if found is None:
        raise ValueError("a public key is written as its kind, one space, and base64, without a comment")
    key = _key(_base64(found[2]))
    if key.kind != found[1]:
        raise ValueError(f"the key says that it is {key.kind}, and the line that it is {found[1]}")
    return key


def fingerprint(public_key: str) -> str:
    """SHA256:… of a public-key line (`kind base64`). Raises ValueError for what is no key that may sign."""
    return parse_public_key(public_key).fingerprint


def parse_signature(armored: bytes) -> Signature:
    """The signature in its armor, and nothing beside it. Raises ValueError for anything odd, in words for people."""
    if len(armored) > LONGEST:
        raise ValueError("the signature is longer than any signature is")
    found = _ARMOR.fullmatch(armored)
    if found is None:
        raise ValueError("it is not one SSH signature between its BEGIN and END lines, with nothing around them")
    fields = _Fields(_base64(found[1].replace(b"\n", b"").decode("ascii")))
    if fields.take(len(_MAGIC)) != _MAGIC or fields.number() != 1:
        raise ValueError("it is no SSHSIG signature of version 1")
    key = _key(fields.text())
    namespace = fields.word()
    if NAMESPACE.fullmatch(namespace) is None:
        raise ValueError("its namespace is none that is used here")
    if fields.text():
        raise ValueError("its reserved field holds something, and nothing signs that")
    digest = _HASHES.get(fields.word())
    if digest is None:
        raise ValueError("its message digest is neither sha256 nor sha512")
    inner = fields.text()
    fields.end()
    return _inner(key, namespace, digest, _Fields(inner))


def _inner(key: PublicKey, namespace: str, digest: Hash, fields: _Fields) -> Signature:
    algorithm = fields.word()
    if algorithm not in SIGNS_WITH[key.kind]:
        raise ValueError(f"a key of kind {key.kind} does not sign with that algorithm here")
    raw = fields.text()
    flags, counter = (fields.take(1)[0], fields.number()) if key.is_hardware else (0, 0)
    fields.end()
    if key.is_hardware and not flags & _TOUCHED:
        raise ValueError("nobody touched the token for it")
    r = s = 0
    if "ecdsa" in key.kind:
        pair = _Fields(raw)
        r, s, raw = pair.positive(), pair.positive(), b""
        pair.end()
    elif key.kind == "ssh-rsa":
        if len(raw) != (key.n.bit_length() + 7) // 8:
            raise ValueError("the signature is not as long as the key")
    elif len(raw) != 64 or int.from_bytes(raw[32:], "little") >= _ORDER:
        raise ValueError("it is no Ed25519 signature in its one form")
    return Signature(key, namespace, digest, algorithm, raw, r, s, flags, counter)


def _key(blob: bytes) -> PublicKey:
    fields = _Fields(blob)
    kind = fields.word()
    if kind not in SIGNS_WITH:
        raise ValueError("keys of that kind are not used here: ed25519, ecdsa, rsa, and their sk kinds are")
    point, n, e, application = b"", 0, 0, b""
    if kind == "ssh-rsa":
        e, n = fields.positive(), fields.positive()
        if not 1024 <= n.bit_length() <= 16384 or not 3 <= e < 1 << 64 or not e & n & 1:
            raise ValueError("it is no RSA key of 1024 to 16384 bits")
    elif "ecdsa" in kind:
        curve = fields.word()
        point = fields.text()
        if curve != kind.removesuffix("@openssh.com").rpartition("-")[2]:
            raise ValueError("the key is on another curve than its kind says")
        if len(point) != 1 + 2 * CURVES[curve] or point[0] != 4:
            raise ValueError("the key is no uncompressed point of its curve")
    else:
        point = fields.text()
        y = int.from_bytes(point, "little") & ~(1 << 255)
        if len(point) != 32 or y >= _P or y in _WEAK:  # from _P on: other spellings of keys with a small y
            raise ValueError("it is no Ed25519 key that only its owner can sign with, in its one form")
    if kind.startswith("sk-"):
        application = fields.text()
        if not 1 <= len(application) <= 255:
            raise ValueError("the key names no application")
    fields.end()
    return PublicKey(kind, blob, point, n, e, application)


def _hash(algorithm: Hash, message: bytes) -> bytes:
    return hashlib.sha256(message).digest() if algorithm == "sha256" else hashlib.sha512(message).digest()


def _base64(text: str) -> bytes:
    """Base64 in its one form: decoders pass over loose bits at the end, and then two texts are one value."""
    try:
        content = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("it is not written in base64") from None
    if base64.b64encode(content).decode() != text:
        raise ValueError("its base64 is not in the one form that there is for each value")
    return content


class _Fields:
    """Reads SSH's wire format (RFC 4251) from the front to the very end."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def take(self, size: int) -> bytes:
        found = self._content[self._at : self._at + size]
        if len(found) < size:
            raise ValueError("it ends in the middle")
        self._at += size
        return found

    def number(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def text(self) -> bytes:
        return self.take(self.number())

    def word(self) -> str:
        found = self.text()
        if not found.isascii():
            raise ValueError("a name in it is not ASCII")
        return found.decode("ascii")

    def positive(self) -> int:
        """An mpint above zero, without a zero too many in front."""
        found = self.text()
        value = int.from_bytes(found, "big")
        if not value or found[0] & 0x80 or (found[0] == 0 and not found[1] & 0x80):
            raise ValueError("a number in it is zero, negative, or not in its shortest form")
        return value

    def end(self) -> None:
        if self._at != len(self._content):
            raise ValueError("something follows its end")
