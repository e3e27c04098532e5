"""Signatures verified without starting a program, where the package cryptography is there. An accelerator only.

It says yes or no where it is sure. For all else it has no answer, and ssh-keygen is asked.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

from itsmctl.sshsig.wire import PublicKey, Signature

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    Usable = Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey


def is_available() -> bool:
    """Is the package cryptography installed, and does it start?"""
    try:
        import cryptography.hazmat.primitives.asymmetric.ec
        import cryptography.hazmat.primitives.asymmetric.ed25519
        import cryptography.hazmat.primitives.asymmetric.rsa  # noqa: F401
    except ImportError:  # not there, or built for another machine
        return False
    return True


def verify(message: bytes, signature: Signature) -> bool | None:
    """Does it hold under the key that it names? None: not for this library to say."""
    from cryptography.exceptions import InvalidSignature

    try:
        _check(signature, signature.signed(message))
    except InvalidSignature:
        return False
    except Exception:  # noqa: BLE001 - a key or algorithm that the library does not take: ssh-keygen decides
        return None
    return True


def _check(signature: Signature, signed: bytes) -> None:
    """Raises InvalidSignature where it does not hold."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

    key = signature.key
    if key.is_hardware:  # a token signs digests, with what it says of itself between them
        said = bytes([signature.flags]) + signature.counter.to_bytes(4, "big")
        signed = hashlib.sha256(key.application).digest() + said + hashlib.sha256(signed).digest()
    usable = _usable(key)
    if isinstance(usable, ed25519.Ed25519PublicKey):
        usable.verify(signature.raw, signed)
    elif isinstance(usable, rsa.RSAPublicKey):
        digest = hashes.SHA256() if signature.algorithm == "rsa-sha2-256" else hashes.SHA512()
        usable.verify(signature.raw, signed, padding.PKCS1v15(), digest)
    else:
        size = usable.curve.key_size
        by_curve = hashes.SHA256() if size <= 256 else hashes.SHA384() if size <= 384 else hashes.SHA512()
        usable.verify(utils.encode_dss_signature(signature.r, signature.s), signed, ec.ECDSA(by_curve))


@lru_cache(maxsize=256)
def _usable(key: PublicKey) -> Usable:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if key.kind == "ssh-rsa":
        return rsa.RSAPublicNumbers(key.e, key.n).public_key()
    if "ecdsa" in key.kind:
        curves = {"nistp256": ec.SECP256R1(), "nistp384": ec.SECP384R1(), "nistp521": ec.SECP521R1()}
        curve = next(curve for name, curve in curves.items() if name in key.kind)
        return ec.EllipticCurvePublicKey.from_encoded_point(curve, key.point)
    return ed25519.Ed25519PublicKey.from_public_bytes(key.point)
