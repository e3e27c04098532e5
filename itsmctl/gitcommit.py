"""What a commit claims, from its raw bytes: hands, times, signatures. Pure; no mailmap, no encoding, no replacement.

Nobody is ever dropped: what cannot be read is a Hand that says so.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from itsmctl.gitprocess import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator

OPENPGP = "openpgp"
X509 = "x509"
"""Stand for the key of a Hand whose signature is of that sort: it is not looked into."""

HandRole = Literal["author", "committer", "co-author", "signer"]

_IDENT = re.compile(rb"([^<>\0\n]*?) ?<([^<>\0-\x20\x7f]+@[^<>\0-\x20\x7f]+)> (-?[0-9]{1,18}) [-+][0-9]{1,6}")
_ADDRESS = re.compile(rb"<([^<>\r\n]*)")
_CO_AUTHOR = re.compile(
    rb"[\s>*#|-]*co[-_ ]?(?:author(?:ed)?|develop(?:ed)?|writ(?:ten|er))(?:[-_ ]?by)?\s*:(.*)", re.IGNORECASE
)
_CERTIFICATE = b"-cert-v01@openssh.com"
_KEY_PARTS = {  # of a certificate: how many fields its key has
    b"ssh-ed25519": 1,
    b"ssh-rsa": 2,
    b"ssh-dss": 4,
    b"ecdsa-sha2-nistp256": 2,
    b"ecdsa-sha2-nistp384": 2,
    b"ecdsa-sha2-nistp521": 2,
    b"sk-ssh-ed25519@openssh.com": 2,
    b"sk-ecdsa-sha2-nistp256@openssh.com": 3,
}
_SSH = re.compile(rb"\s*-----BEGIN SSH SIGNATURE-----\n(.*?)-----END SSH SIGNATURE-----\s*", re.DOTALL)


class Hand(NamedTuple):
    """Who had a hand in a commit, as it claims.

    A signer has a `key` ("SHA256:…", OPENPGP or X509), the others an `email`.

    Not `readable`: there is somebody, and the commit does not say who in a way that could be trusted. Bytes that are
    not UTF-8 are surrogates.
    """

    role: HandRole
    email: str = ""
    name: str = ""
    key: str = ""
    readable: bool = True


class Signature(NamedTuple):
    """One signature over the commit. `payload` are the bytes that it is over, `armor` is what git keeps of it.

    `header`: gpgsig is over a commit in a SHA-1 repository, gpgsig-sha256 in a SHA-256 one; of the other sort the
    payload is not at hand here. `key`: see Hand; empty where it cannot be read.
    """

    header: str
    kind: Literal["ssh", "openpgp", "x509", "unknown"]
    key: str
    payload: bytes
    armor: bytes


class Commit(NamedTuple):
    """A commit object. `time` is the committer's, in seconds since 1970 (UTC); None where it cannot be read."""

    tree: str
    parents: tuple[str, ...]
    time: int | None
    hands: tuple[Hand, ...]
    signatures: tuple[Signature, ...]
    message: bytes


def parse(content: bytes) -> Commit:
    """The commit in `content`; any bytes give a value. `tree` is empty where the commit names none."""
    head, _, message = content.partition(b"\n\n")
    headers = _headers(head)
    hands: list[Hand] = []
    time: int | None = None
    roles: tuple[tuple[HandRole, bytes], ...] = (("author", b"author"), ("committer", b"committer"))
    for role, key in roles:
        values = [value for name, value in headers if name == key]
        hands += [_ident(role, value) for value in values] or [Hand(role, readable=False)]
        if role == "committer" and len(values) == 1:
            stated = re.search(rb"> (-?[0-9]{1,18}) [-+][0-9]{1,6}\Z", values[0])
            time = int(stated[1]) if stated else None
    hands += _co_authors(message)
    signatures = tuple(_signatures(content, headers))
    hands += [Hand("signer", key=one.key, readable=bool(one.key)) for one in signatures]
    trees = [to_text(value) for name, value in headers if name == b"tree"]
    parents = tuple(to_text(value) for name, value in headers if name == b"parent")
    return Commit(trees[0] if len(trees) == 1 else "", parents, time, tuple(hands), signatures, message)


def _headers(head: bytes) -> list[tuple[bytes, bytes]]:
    """(key, value) of each; a line that begins with a space goes on with the one before."""
    found: list[tuple[bytes, bytes]] = []
    for line in head.split(b"\n"):
        if line.startswith(b" ") and found:
            key, value = found[-1]
            found[-1] = (key, value + b"\n" + line[1:])
        else:
            key, _, value = line.partition(b" ")
            found.append((key, value))
    return found


def _ident(role: HandRole, value: bytes) -> Hand:
    """`Name <e-mail> seconds zone`; of what is written otherwise, as much as can be told."""
    whole = _IDENT.fullmatch(value)
    if whole is not None:
        return Hand(role, to_text(whole[2]), to_text(whole[1]), readable=_is_utf8(whole[2]))
    address = _ADDRESS.search(value)
    name = value.partition(b"<")[0].strip()
    return Hand(role, to_text(address[1]) if address else "", to_text(name), readable=False)


def _co_authors(message: bytes) -> Iterator[Hand]:
    """Every line of the message that names one: where it stands, and how it is spelt, makes no difference."""
    lines = message.splitlines()
    for at, line in enumerate(lines):
        found = _CO_AUTHOR.match(line)
        if found is None:
            continue
        value = found[1]
        for following in lines[at + 1 :]:
            if b"<" in value or not following.startswith((b" ", b"\t")):
                break
            value += following
        parts = re.findall(rb"([^<>]*)<([^<>]*)>", value)
        if not parts:
            yield Hand("co-author", name=to_text(value.strip()), readable=False)
        for name, email in parts:
            clean = re.fullmatch(rb"[^\0-\x20\x7f]+@[^\0-\x20\x7f]+", email) is not None and _is_utf8(email)
            yield Hand("co-author", to_text(email), to_text(name.strip(b" \t,;")), readable=clean)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _signatures(content: bytes, headers: list[tuple[bytes, bytes]]) -> Iterator[Signature]:
    signed = [(key, value) for key, value in headers if key.startswith(b"gpgsig")]
    payload = _unsigned(content) if signed else b""
    for key, value in signed:
        armor = value + b"\n"
        if b"-----BEGIN SSH SIGNATURE-----" in armor:
            yield Signature(to_text(key), "ssh", fingerprint(armor), payload, armor)
        elif armor.startswith((b"-----BEGIN PGP SIGNATURE-----", b"-----BEGIN PGP MESSAGE-----")):
            yield Signature(to_text(key), "openpgp", OPENPGP, payload, armor)
        elif armor.startswith(b"-----BEGIN SIGNED MESSAGE-----"):
            yield Signature(to_text(key), "x509", X509, payload, armor)
        else:
            yield Signature(to_text(key), "unknown", "", payload, armor)


def _unsigned(content: bytes) -> bytes:
    """What a signature is over, as git has it: the commit without any header that begins with gpgsig."""
    head, blank, message = content.partition(b"\n\n")
    kept: list[bytes] = []
    is_signature = False
    for line in head.split(b"\n"):
        is_signature = line.startswith(b"gpgsig") or (is_signature and line.startswith(b" "))
        if not is_signature:
            kept.append(line)
    return b"\n".join(kept) + blank + message


def fingerprint(armor: bytes) -> str:
    """SHA256:… of the public key inside an armored SSH signature, as ssh-keygen writes it; empty where there is none.

    Of a certificate it is that of the key which it certifies. That the signature holds is not said.
    """
    found = _SSH.fullmatch(armor)
    try:
        blob = base64.b64decode(b"".join(found[1].split()), validate=True) if found else b""
    except binascii.Error:
        return ""
    if not blob.startswith(b"SSHSIG\0\0\0\1"):
        return ""
    fields = _strings(blob[10:])
    key = _plain(fields[0]) if fields is not None and len(fields) == 5 else b""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=") if key else ""


def _plain(key: bytes) -> bytes:
    """The public key itself, out of a certificate if it is one; empty where it cannot be told."""
    size = int.from_bytes(key[:4], "big")
    algorithm = key[4 : 4 + size]
    if not algorithm.endswith(_CERTIFICATE):
        fields = _strings(key)
        return key if fields is not None and len(fields) > 1 and fields[0] else b""
    kind = algorithm.removesuffix(_CERTIFICATE)
    kind = kind if kind in _KEY_PARTS else kind + b"@openssh.com"
    parts = _KEY_PARTS.get(kind)
    fields = _strings(key[4 + size :], parts + 1) if parts else None  # a nonce stands before the key
    return b"".join(len(one).to_bytes(4, "big") + one for one in (kind, *fields[1:])) if fields else b""


def _strings(data: bytes, most: int | None = None) -> list[bytes] | None:
    """Strings with their length before them, `most` of them or all; None where the bytes are not that."""
    found: list[bytes] = []
    while data and len(found) != most:
        size = int.from_bytes(data[:4], "big")
        if len(data) < 4 + size:
            return None
        found.append(data[4 : 4 + size])
        data = data[4 + size :]
    return found if most is None or len(found) == most else None
