"""Reads CycloneDX 1.2 to 1.7 as JSON: each component and service, however deep, is a row. Follows no reference."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from itsmctl.errors import CannotJudge
from itsmctl.escape import cut, visible
from itsmctl.importers import json_
from itsmctl.importers.row import MOST_ROWS, Row, Sheet

if TYPE_CHECKING:
    from itsmctl.importers.row import Wanted

ABOUT = "CycloneDX 1.2 to 1.7 as JSON; columns: name, version, purl, supplier.name, property:NAME and the like"

VERSIONS = ("1.2", "1.3", "1.4", "1.5", "1.6", "1.7")

LARGEST = 64 * 1024 * 1024
"""Bytes of one file, which is held as a whole."""

PROPERTY = "property:"
"""In front of the name of a property, as a column."""

DIGESTS = "digests"
"""The column of all hashes, each as `sha256:…`, with blanks between them."""

SECTION = "section"
"""The column that says where a row comes from: components, services, or metadata for what the file is about."""

PLAIN = (
    "bom-ref", "type", "name", "version", "group", "description", "publisher", "author", "purl", "cpe", "scope",
    "mime-type", "copyright", "trustZone",
)  # fmt: skip
_NAMED = ("supplier", "manufacturer", "provider")
_ALGORITHMS = {"SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512", "SHA-1": "sha1", "MD5": "md5"}

_AGAIN = "Export it again; cyclonedx validate --input-file FILE says what is wrong with one."


def fits(head: bytes) -> bool:
    """Any JSON: that it is CycloneDX is for `opened` to see."""
    return head.startswith((b"{", b"["))


def is_column(name: str) -> bool:
    """Can a row have such a column?"""
    return (
        name in (*PLAIN, DIGESTS, SECTION)
        or name in {f"{party}.name" for party in _NAMED}
        or (name.startswith(PROPERTY) and name != PROPERTY)
    )


def opened(content: bytes, path: str, wanted: Wanted) -> Sheet:
    """The rows. Raises CannotJudge for all that is no whole CycloneDX of a version that is known here."""
    if len(content) > LARGEST:
        raise CannotJudge(
            f"{path} has more than {LARGEST // 1024 // 1024} MiB of JSON", "Split it, and give each part."
        )
    try:
        text = content.decode("utf-8-sig")
        data = json_.parse(text)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CannotJudge(f"{path}:{line}: byte 0x{content[error.start]:02x} is no UTF-8", _AGAIN) from None
    except ValueError as error:
        raise CannotJudge(f"{path}: {error}", _AGAIN) from None
    if not isinstance(data, dict) or data.get("bomFormat") != "CycloneDX":
        raise CannotJudge(f"{path} is JSON, and no CycloneDX: it does not say bomFormat: CycloneDX", _NO_BOM)
    version = data.get("specVersion")
    if version not in VERSIONS:
        said = cut(visible(str(version)), 20)
        says = f"{path}: specVersion is {said}, and read are {', '.join(VERSIONS)}"
        raise CannotJudge(says, "cyclonedx convert --output-version v1_6 makes a newer one of it.")
    return Sheet(lambda: _rows(data, path, wanted))


_NO_BOM = "Export CycloneDX JSON, or CSV with a mapping file."


def _rows(data: Mapping[str, Any], path: str, wanted: Wanted) -> Iterator[Row]:
    seen = 0
    about = data.get("metadata")
    if isinstance(about, dict) and isinstance(about.get("component"), dict):
        yield from _subject(about["component"], path, wanted)
    for section in ("components", "services"):
        for at, thing in _things(data.get(section, []), f"/{section}", section, path):
            seen += 1
            if seen > MOST_ROWS:
                raise CannotJudge(f"{path}: {at}: there are more than {MOST_ROWS} things", "Split it.")
            yield Row(at, {name: text for name, text in _columns(thing, section) if name in wanted.columns})


def _subject(thing: Mapping[str, Any], path: str, wanted: Wanted) -> Iterator[Row]:
    """What the whole file is about, where it says so."""
    if not isinstance(thing.get("name"), str):
        raise CannotJudge(f"{path}: /metadata/component has no name", _AGAIN)
    yield Row(
        "/metadata/component", {name: text for name, text in _columns(thing, "metadata") if name in wanted.columns}
    )


def _things(listed: object, at: str, section: str, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every thing of the list, and those inside of each, in the order of writing; no recursion."""
    waiting: list[tuple[str, object]] = [(at, listed)]
    while waiting:
        place, held = waiting.pop(0)
        if not isinstance(held, list):
            raise CannotJudge(f"{path}: {place} is no list", _AGAIN)
        for number, thing in enumerate(held):
            here = f"{place}/{number}"
            if not isinstance(thing, dict) or not isinstance(thing.get("name"), str):
                raise CannotJudge(f"{path}: {here} has no name", _AGAIN)
            yield here, thing
            if thing.get(section):
                waiting.append((f"{here}/{section}", thing[section]))


def _columns(thing: Mapping[str, Any], section: str) -> Iterator[tuple[str, str]]:
    yield SECTION, section
    for name in PLAIN:
        if isinstance(thing.get(name), str) and thing[name].strip():
            yield name, thing[name].strip()
    for party in _NAMED:
        held = thing.get(party)
        if isinstance(held, dict) and isinstance(held.get("name"), str):
            yield f"{party}.name", held["name"].strip()
    digests = [f"{_ALGORITHMS[alg]}:{content.lower()}" for alg, content in _hashes(thing) if alg in _ALGORITHMS]
    if digests:
        yield DIGESTS, " ".join(digests)
    yield from _properties(thing)


def _hashes(thing: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    held = thing.get("hashes")
    for one in held if isinstance(held, list) else ():
        if isinstance(one, dict) and isinstance(one.get("alg"), str) and isinstance(one.get("content"), str):
            yield one["alg"], one["content"]


def _properties(thing: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A name may stand there more than once: its values are a list then, as JSON."""
    held = thing.get("properties")
    found: dict[str, list[str]] = {}
    for one in held if isinstance(held, list) else ():
        if isinstance(one, dict) and isinstance(one.get("name"), str) and isinstance(one.get("value"), str):
            found.setdefault(PROPERTY + one["name"], []).append(one["value"])
    for name, values in found.items():
        text = values[0].strip() if len(values) == 1 else json.dumps(values, ensure_ascii=False)
        if text:
            yield name, text
