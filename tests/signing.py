"""Real SSH keys for tests: made by ssh-keygen, and those of FIDO tokens, which need no token to be made by hand."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

ENVIRON = {"PATH": os.environ["PATH"]}
KINDS = {
    "ed25519": ("ed25519", ""),
    "rsa": ("rsa", "2048"),
    "nistp256": ("ecdsa", "256"),
    "nistp384": ("ecdsa", "384"),
    "nistp521": ("ecdsa", "521"),
}


@dataclass(frozen=True)
class Key:
    """A private key in a file."""

    file: Path

    @property
    def public(self) -> str:
        return " ".join(self.file.with_suffix(".pub").read_text().split()[:2])

    def sign(self, message: bytes, namespace: str = "approval@itsmctl", *options: str) -> bytes:
        """By plain ssh-keygen, as anybody would."""
        command = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(self.file), "-n", namespace, *options]
        return subprocess.run(command, input=message, capture_output=True, env=ENVIRON, check=True).stdout


def make_key(folder: Path, name: str, kind: str = "ed25519", passphrase: str = "") -> Key:
    made, bits = KINDS[kind]
    file = folder / name
    command = [
        "ssh-keygen",
        "-q",
        "-t",
        made,
        *(["-b", bits] if bits else []),
        "-N",
        passphrase,
        "-C",
        name,
        "-f",
        file,
    ]
    subprocess.run(command, check=True, env=ENVIRON, stdin=subprocess.DEVNULL)
    return Key(file)


def text(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content


def mpint(value: int) -> bytes:
    return text(value.to_bytes(value.bit_length() // 8 + 1, "big"))


def armored(blob: bytes, width: int = 70) -> bytes:
    written = base64.b64encode(blob).decode()
    lines = [written[at : at + width] for at in range(0, len(written), width)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""]).encode()


def blob_of(signature: bytes) -> bytes:
    return base64.b64decode(b"".join(signature.split(b"\n")[1:-2]))


def enveloped(key: bytes, inner: bytes, namespace: str = "approval@itsmctl", digest: str = "sha512") -> bytes:
    head = b"SSHSIG" + (1).to_bytes(4, "big") + text(key) + text(namespace.encode())
    return armored(head + text(b"") + text(digest.encode()) + text(inner))


def to_be_signed(message: bytes, namespace: str = "approval@itsmctl", digest: str = "sha512") -> bytes:
    told = hashlib.new(digest, message).digest()
    return b"SSHSIG" + text(namespace.encode()) + text(b"") + text(digest.encode()) + text(told)


def signed(key: Path, message: bytes, namespace: str) -> bytes:
    """By an ed25519 key in a file: byte for byte what ssh-keygen makes, which a test holds this to."""
    private = _loaded(key)
    public = text(b"ssh-ed25519") + text(private.public_key().public_bytes_raw())
    raw = private.sign(to_be_signed(message, namespace))
    return enveloped(public, text(b"ssh-ed25519") + text(raw), namespace)


@cache
def _loaded(key: Path) -> ed25519.Ed25519PrivateKey:
    found = serialization.load_ssh_private_key(key.read_bytes(), None)
    assert isinstance(found, ed25519.Ed25519PrivateKey)
    return found


@dataclass(frozen=True)
class Token:
    """A FIDO token in software: it signs as one does that was touched, or (flags 0) was not."""

    private: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
    application: bytes = b"ssh:"

    @property
    def kind(self) -> bytes:
        is_ed = isinstance(self.private, ed25519.Ed25519PrivateKey)
        return b"sk-ssh-ed25519@openssh.com" if is_ed else b"sk-ecdsa-sha2-nistp256@openssh.com"

    @property
    def blob(self) -> bytes:
        public = self.private.public_key()
        if isinstance(public, ed25519.Ed25519PublicKey):
            return text(self.kind) + text(public.public_bytes_raw()) + text(self.application)
        point = public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        return text(self.kind) + text(b"nistp256") + text(point) + text(self.application)

    @property
    def public(self) -> str:
        return f"{self.kind.decode()} {base64.b64encode(self.blob).decode()}"

    def sign(self, message: bytes, namespace: str = "approval@itsmctl", flags: int = 1) -> bytes:
        said = bytes([flags]) + (41).to_bytes(4, "big")
        digest = hashlib.sha256(to_be_signed(message, namespace)).digest()
        signed = hashlib.sha256(self.application).digest() + said + digest
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            raw = self.private.sign(signed)
        else:
            r, s = utils.decode_dss_signature(self.private.sign(signed, ec.ECDSA(hashes.SHA256())))
            raw = mpint(r) + mpint(s)
        return enveloped(self.blob, text(self.kind) + text(raw) + said, namespace)


def tokens() -> dict[str, Token]:
    return {
        "sk-ed25519": Token(ed25519.Ed25519PrivateKey.generate()),
        "sk-ecdsa": Token(ec.generate_private_key(ec.SECP256R1())),
    }
