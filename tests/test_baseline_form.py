"""The canonical form: golden vectors of every version, RFC 8785 by another implementation, and the schemas of files."""

from __future__ import annotations

import hashlib
import json
import math
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from itsmctl import canonical
from itsmctl.baseline import form
from itsmctl.baseline.fields import Agreement, Manifest, Source, data, json_schema
from itsmctl.baseline.manifest import item
from itsmctl.baseline.reading import parse, parse_beside

PROJECT = Path(__file__).parent.parent
GOLDEN = {int(path.stem): json.loads(path.read_bytes()) for path in (PROJECT / "tests/golden/canonical").glob("*.json")}

VECTORS = [(version, vector) for version, held in sorted(GOLDEN.items()) for vector in held["vectors"]]

_TEXTS = st.text(st.characters(exclude_categories=("Cs",)))
_NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
DATA = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=12,
)


def test_every_version_has_golden_vectors() -> None:
    assert set(GOLDEN) == set(form.FORMS)
    assert max(form.FORMS) == form.LATEST
    assert canonical.VERSION == 1  # data as bytes are the same in both; what is put into them differs


@pytest.mark.parametrize(("version", "vector"), VECTORS, ids=[f"{version}: {one['name']}" for version, one in VECTORS])
def test_the_form_gives_its_golden_bytes(version: int, vector: dict[str, Any]) -> None:
    written = form.written(vector["data"], version)
    assert written == vector["bytes"].encode() + b"\n"
    assert form.digest(vector["data"], version) == vector["sha256"] == hashlib.sha256(written[:-1]).hexdigest()


@pytest.mark.parametrize(
    ("version", "one"), [(number, one) for number, held in GOLDEN.items() for one in held["roots"]]
)
def test_the_root_of_items_is_its_golden_one(version: int, one: dict[str, Any]) -> None:
    assert form.root(one["items"], version) == one["root"]
    more = [{**item, "blob": "0" * 40, "commit": "1" * 40, "changes": ["X"]} for item in one["items"]]
    assert form.root(more, version) == one["root"], "nothing that depends on git's object format counts"


@pytest.mark.parametrize(
    ("version", "one"),
    [(number, one) for number, held in GOLDEN.items() for one in held.get("items", ())],
    ids=lambda one: one["name"] if isinstance(one, dict) else str(one),
)
def test_the_digest_of_a_record_with_secrets_is_its_golden_one(version: int, one: dict[str, Any]) -> None:
    assert item(one["data"], one["path"], version, one["secrets"])["digest"] == one["digest"]


def test_every_character_is_written_alike_by_what_writes_lines_of_texts_at_once() -> None:
    line = ["".join(chr(one) for one in range(0x110000) if not 0xD800 <= one < 0xE000), "x"]
    assert msgspec.json.encode([line]) == canonical.canonical([line]) == rfc8785.dumps([line])
    lines = [line, ["],[", "y"], ["õ", "\\"]]
    slowly = hashlib.sha256(b"".join(canonical.canonical(one) + b"\n" for one in lines)).hexdigest()
    assert form.root_of(lines) == slowly
    assert form.root_of([("a", "b"), ("c", "d")]) == form.root_of([["a", "b"], ["c", "d"]])
    assert form.root_of([]) == hashlib.sha256(b"").hexdigest()
    assert form.root_of([["a", 1.0]]) == hashlib.sha256(b'["a",1]\n').hexdigest()


@given(DATA)
def test_another_implementation_of_rfc_8785_gives_the_same(data: Any) -> None:
    assert canonical.canonical(data) == rfc8785.dumps(data)


@given(st.dictionaries(st.text(max_size=3), DATA, max_size=4))
def test_a_mapping_in_pieces_is_the_same(data: dict[str, Any]) -> None:
    """Lists may be iterators there, so that no large one has to be in memory."""
    whole = rfc8785.dumps(data)
    assert b"".join(canonical.pieces(data)) == whole
    lazy = {key: iter(value) if isinstance(value, list) else value for key, value in data.items()}
    assert b"".join(canonical.pieces(lazy)) == whole
    assert form.written(data) == whole + b"\n"


@given(DATA)
def test_what_is_written_reads_back_as_it_was(data: Any) -> None:
    again = json.loads(form.written(data))
    assert form.written(again) == form.written(data)


@pytest.mark.parametrize("data", [math.inf, -math.inf, math.nan, "\ud800", {"\udfff": 1}])
def test_what_has_no_canonical_form_is_refused(data: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        form.written(data)


@given(st.binary(max_size=200) | DATA.map(lambda data: json.dumps(data).encode()))
def test_any_bytes_are_a_manifest_or_a_sentence(content: bytes) -> None:
    for model in (Manifest, Agreement):
        with pytest.raises(ValueError, match=r".+"):
            parse(content, model)


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"a":1,"a":2}', b'{"a":NaN}', b"\xff", b"", b'{"a":' * 5000])
def test_hostile_bytes_are_refused_in_words(content: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(content, Manifest)


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ('"of":"', '"of":"service","of":"', "a key stands twice"),
        ('"root":"', '"root":"\\n', "/root: "),
        ('","scope"', '\\n","scope"', "/root: "),
        ('"repository":"', '"repository":"\\ud800', "a text in it ends in half a character"),
        ('"canonical":', '"nope":1.5,"canonical":', "/: "),
        ('"canonical":1', '"canonical":"1"', "/canonical: "),
        ('"blob":"', '"blob":"g', "/items/0/blob: "),
        ('"blob":"', '"blob":"0', "/items/0/blob: "),
        ('","kind":"', '0","kind":"', "/items/0/digest: "),
        ('"commit":"', '"commit":"F', "/items/0/commit: "),
        ('"time":"20', '"time":"2O', "/source/time: "),
    ],
)
def test_one_slip_in_a_manifest_is_refused_where_it_stands(was: str, now: str, says: str) -> None:
    good = (PROJECT / "example-repo/baselines/print-server-2026-11/baseline.json").read_text(encoding="utf-8")
    assert parse(good.encode(), Manifest) == parse(json.dumps(json.loads(good), indent=1).encode(), Manifest)
    assert good.count(was)
    with pytest.raises(ValueError, match=f"^{re.escape(says)}"):
        parse(good.replace(was, now, 1).encode(), Manifest)


HELD = (PROJECT / "example-repo/baselines/print-server-2026-11/baseline.json").read_bytes()


@given(st.data(), st.integers(0, 60), st.booleans())
def test_a_manifest_read_beside_another_is_what_it_is_alone(data: st.DataObject, length: int, spaced: bool) -> None:
    """With anything in it struck out, doubled or garbled; and whatever way the other one is written."""
    at, taken = (data.draw(st.integers(0, len(HELD) - 1)) for _ in range(2))
    kept = data.draw(st.sampled_from([at, at + length]))
    put = data.draw(st.sampled_from([b"", HELD[taken : taken + length], b" ", b"[]", b",", b'"', b"0"]))
    content = HELD[:at] + put + HELD[kept:]
    other = json.dumps(json.loads(HELD), indent=1).encode() if spaced else HELD
    assert _read(parse_beside, content, (other, parse(other, Manifest))) == _read(parse, content, Manifest)


@pytest.mark.parametrize("part", ["items", "section", "relations", "kind", "digest", "from"])
def test_a_manifest_that_lacks_a_part_is_refused_beside_another_as_alone(part: str) -> None:
    for gone in (HELD.replace(f'"{part}"'.encode(), b'"part"'), HELD.replace(f'"{part}":'.encode(), b'"x":[],"y":')):
        assert gone != HELD
        said = _read(parse_beside, gone, (HELD, parse(HELD, Manifest)))
        assert isinstance(said, str)
        assert said == _read(parse, gone, Manifest)


def test_items_and_relations_that_differ_are_those_of_the_manifest_itself() -> None:
    old = parse(HELD, Manifest)
    edge = replace(old.section.relations[0], type="another")
    for new in (
        replace(old, items=[replace(old.items[0], owner="another"), *old.items[2:], old.items[1]]),
        replace(old, items=[]),
        replace(old, section=replace(old.section, relations=[edge, *old.section.relations])),
        replace(old, section=replace(old.section, relations=[], tool="99")),
    ):
        content = form.written(data(new))
        assert parse_beside(content, (HELD, old)) == new == parse(content, Manifest)


def _read(read: Any, *given: Any) -> Any:
    try:
        return read(*given)
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize("day", ["2026-02-30T08:00:00Z", "2026-01-01T25:00:00Z"])
def test_a_day_that_there_is_not_is_no_time(day: str) -> None:
    with pytest.raises(ValueError, match=r"out of range|must be in"):
        Source("0" * 40, "0" * 40, day)


@pytest.mark.parametrize(("model", "name"), [(Manifest, "baseline"), (Agreement, "agreement")])
def test_the_published_schemas_are_those_of_the_models(model: Any, name: str) -> None:
    path = PROJECT / f"schemas/tool/{name}.schema.json"
    assert json.loads(path.read_bytes()) == json_schema(model, name)


def test_instants_are_utc_and_out_of_range_is_refused() -> None:
    assert form.instant(0) == "1970-01-01T00:00:00Z"
    assert form.instant(-1) == "1969-12-31T23:59:59Z"
    with pytest.raises(ValueError, match="no time"):
        form.instant(1 << 60)
