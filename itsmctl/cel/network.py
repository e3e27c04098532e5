"""IP addresses and ranges of them: cel-go's network extension, which Kubernetes has as well.

Addresses are strict: no zone (`fe80::1%eth0`), and no IPv4 address in IPv6 clothes (`::ffff:1.2.3.4`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from .instants import quote
from .operations import Meter
from .problems import EvaluationError
from .values import Address, AddressRange, shown_kind

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

_RANGE: Final = re.compile(r"([^/]+)/(0|[1-9][0-9]{0,2})")
_LONGEST: Final = 45
"""How many characters the longest text of an address has."""


def _read(text: str) -> IPv4Address | IPv6Address:
    """The address. Raises ValueError."""
    import ipaddress  # few expressions speak of addresses, and all commands would load it

    if len(text) > _LONGEST:
        raise ValueError("too long")
    address = ipaddress.ip_address(text)
    if "%" in text:
        raise ValueError("with a zone")
    if address.version == 6 and int(address) >> 32 == 0xFFFF:
        raise ValueError("an IPv4 address written as IPv6")
    return address


def _text(name: str, value: object) -> str:
    if isinstance(value, str):
        return str(value)
    raise EvaluationError(f"no such overload: {name}() does not work on {shown_kind(value)}")


def parse_address(text: str) -> Address:
    """The address of text like 192.168.0.1 or 2001:db8::1."""
    try:
        return Address(_read(text))
    except ValueError:
        raise EvaluationError(f"{quote(text)} is no IP address: write it like 192.168.0.1 or 2001:db8::1") from None


def parse_range(text: str) -> AddressRange:
    """The range of text like 10.0.0.0/8; the address may have bits behind the prefix."""
    match = _RANGE.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        address = _read(match[1])
        if int(match[2]) > address.max_prefixlen:
            raise ValueError
    except ValueError:
        raise EvaluationError(f"{quote(text)} is no range: write it like 192.168.0.0/24 or 2001:db8::/32") from None
    return AddressRange(address, int(match[2]))


def to_address(meter: Meter, value: object) -> Address:
    """The address that text is, or that a range is written with."""
    del meter
    return Address(value.address) if isinstance(value, AddressRange) else parse_address(_text("ip", value))


def to_range(meter: Meter, value: object) -> AddressRange:
    """The range of addresses that text like 10.0.0.0/8 is."""
    del meter
    return parse_range(_text("cidr", value))


def is_address(meter: Meter, value: object) -> bool:
    """Is the text an address?"""
    del meter
    try:
        return bool(parse_address(_text("isIP", value)))
    except EvaluationError:
        if not isinstance(value, str):
            raise
        return False


def is_range(meter: Meter, value: object) -> bool:
    """Is the text a range of addresses?"""
    del meter
    try:
        return bool(parse_range(_text("isCIDR", value)))
    except EvaluationError:
        if not isinstance(value, str):
            raise
        return False


def is_canonical(meter: Meter, value: object) -> bool:
    """Is the address written in its shortest form, in lower case, as RFC 5952 has it?"""
    del meter
    return str(parse_address(_text("ip.isCanonical", value))) == value


def _address(name: str, value: object) -> Any:
    if isinstance(value, Address):
        return value.address
    raise EvaluationError(f"no such overload: {name}() does not work on {shown_kind(value)}")


def _range(name: str, value: object) -> AddressRange:
    if isinstance(value, AddressRange):
        return value
    raise EvaluationError(f"no such overload: {name}() does not work on {shown_kind(value)}")


def family(meter: Meter, value: object) -> int:
    """4 or 6."""
    del meter
    return int(_address("family", value).version)


def is_unspecified(meter: Meter, value: object) -> bool:
    """Is it 0.0.0.0 or ::?"""
    del meter
    return bool(_address("isUnspecified", value).is_unspecified)


def is_loopback(meter: Meter, value: object) -> bool:
    """Does it lie in 127.0.0.0/8, or is it ::1?"""
    del meter
    return bool(_address("isLoopback", value).is_loopback)


def is_link_local_unicast(meter: Meter, value: object) -> bool:
    """Does it lie in 169.254.0.0/16 or fe80::/10?"""
    del meter
    return bool(_address("isLinkLocalUnicast", value).is_link_local)


def is_link_local_multicast(meter: Meter, value: object) -> bool:
    """Does it lie in 224.0.0.0/24 or ff02::/16?"""
    del meter
    address = _address("isLinkLocalMulticast", value)
    if address.version == 4:
        return int(address) >> 8 == 0xE00000
    return int(address) >> 112 & 0xFF0F == 0xFF02


def is_global_unicast(meter: Meter, value: object) -> bool:
    """Does it name one machine beyond its link? Private addresses do."""
    del meter
    address = _address("isGlobalUnicast", value)
    special = address.is_unspecified or address.is_loopback or address.is_multicast or address.is_link_local
    return not special and str(address) != "255.255.255.255"


def contains_address(meter: Meter, value: object, other: object) -> bool:
    """Does the address, given as such or as text, lie in the range?"""
    del meter
    inside = other if isinstance(other, Address) else parse_address(_text("containsIP", other))
    return _range("containsIP", value).holds(inside.address, inside.address.max_prefixlen)


def contains_range(meter: Meter, value: object, other: object) -> bool:
    """Does the range, given as such or as text, lie in the other?"""
    del meter
    inside = other if isinstance(other, AddressRange) else parse_range(_text("containsCIDR", other))
    return _range("containsCIDR", value).holds(inside.address, inside.prefix)


def is_mask(meter: Meter, value: object) -> bool:
    """Is the range written without bits behind the prefix?"""
    del meter
    return _range("isMask", value) == _range("isMask", value).masked()


def masked(meter: Meter, value: object) -> AddressRange:
    """The range without bits behind the prefix."""
    del meter
    return _range("masked", value).masked()


def prefix_length(meter: Meter, value: object) -> int:
    """The number of bits that the prefix has."""
    del meter
    return _range("prefixLength", value).prefix
