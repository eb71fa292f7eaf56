"""What the store keeps of the market: what is written is read back, and what is wrong is told as a ValueError."""

import gzip
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model.schema.collected import (
    LISTINGS,
    MANIFESTS,
    PAGES,
    QUARANTINE,
    UNPACKED_AT_MOST_BYTES,
    Cover,
    Manifest,
    Part,
    Quarantined,
    content_key,
    in_order,
    pack,
    read_manifest,
    read_records,
    unpack,
    write_manifest,
    write_records,
)

EXAMPLES = 1_000 if os.environ.get("DEALERSHIP_VERIFY") == "1" else 100
DAY = date(2026, 7, 1)
DEEP = 100_000  # deeper than any parser goes

characters = st.text(st.characters(exclude_categories=["Cs"]))
anything = st.text()  # half a surrogate pair as well
days = st.dates()
sources = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,39}", fullmatch=True)


def records_of(values: st.SearchStrategy[str]) -> st.SearchStrategy[list[dict[str, str]]]:
    must = st.fixed_dictionaries({"id": values.filter(bool), "listed_on": days.map(date.isoformat)})
    record = st.builds(lambda more, must: {**more, **must}, st.dictionaries(values, values, max_size=4), must)
    return st.lists(record, max_size=4)


@st.composite
def manifests(draw: st.DrawFn, texts: st.SearchStrategy[str] = characters) -> Manifest:
    source = draw(sources)

    def keys(beginning: str) -> st.SearchStrategy[str]:
        return st.builds(lambda day, content: content_key(beginning, source, day, content, "json.gz"), days,
                         st.binary(max_size=4))  # fmt: skip

    parts = st.lists(st.builds(Part, keys(LISTINGS), st.integers(0)), max_size=3, unique_by=lambda part: part.key)
    covers = st.one_of(st.just(Cover()), st.builds(Cover, texts), st.builds(Cover, texts, texts))
    return Manifest(
        source=source,
        day=draw(days),
        run=draw(texts),
        parts=tuple(draw(parts)),
        pages=tuple(draw(st.lists(keys(PAGES), max_size=3))),
        quarantined=tuple(draw(st.lists(st.builds(Quarantined, keys(QUARANTINE), texts, texts), max_size=3))),
        covers=tuple(draw(st.lists(covers, max_size=3))),
        counts=draw(st.dictionaries(characters, st.integers(0), max_size=3)),
    )


WRONG_KEYS = (
    None, 7, "", "a", "/etc/passwd", "listings/../a", "listings/site/2026-07-01/../../a", "listings/site/a",
    "listings/site/2026-07-01/", "listings/site/2026-07-01/a/b", "listings/other/2026-07-01/a",
    "listings/site/2026-7-1/a", "listings/site/2026-07-01/.a", "listings/site/2026-07-01/a b",
    "listings/site/2026-07-01/ä", "listings/site/2026-07-01/a\n", "pages/site/2026-07-01/a", "2026-07-01/a",
    "listings/site/listings/site/2026-07-01/a",
)  # fmt: skip
WRONG_COUNTS: tuple[Any, ...] = (None, -1, 1.0, 1.5, True, "1", float("nan"), float("inf"), [])
WRONG_IN_QUARANTINE = (
    {"key": None}, {"key": "pages/site/2026-07-01/c"}, {"key": "../c"}, {"origin": None}, {"origin": 7},
    {"reason": None}, {"reason": {"a": "b"}},
)  # fmt: skip

# Any JSON there is, NaN and infinities too, as Python reads them.
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | anything,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(anything, inner, max_size=3),
    max_leaves=8,
)


def a_document(**changes: Any) -> dict[str, Any]:
    """A good manifest's content, but for the changes."""
    manifest = Manifest(
        source="site", day=DAY, run="r1",
        parts=(Part("listings/site/2026-07-01/a.jsonl.gz", 2),), pages=("pages/site/2026-07-01/b.json.gz",),
        quarantined=(Quarantined("quarantine/site/2026-07-01/c.json.gz", "https://site/1", "half a page"),),
        covers=(Cover("Audi", "A4"), Cover("BMW"), Cover()), counts={"read": 3},
    )  # fmt: skip
    return {**json.loads(write_manifest(manifest)), **changes}


def encoded(document: object) -> bytes:
    return json.dumps(document).encode()


@settings(max_examples=EXAMPLES)
@given(records_of(characters))
@example([{"id": "1", "listed_on": "2026-07-01", "variant": "A\u2028B\u2029C\x85D\x0bE\nF\r\nG\0"}])
def test_records_come_back_as_they_were(records: list[dict[str, str]]) -> None:
    """In order, whatever their texts hold: line ends of all kinds among it."""
    assert list(read_records(pack(write_records(records)))) == records


@settings(max_examples=EXAMPLES)
@given(records_of(anything))
@example([{"id": "\ud83d", "listed_on": "2026-07-01", "make": "A\udc00"}])
def test_what_is_no_character_ends_no_run(records: list[dict[str, str]]) -> None:
    """It is replaced; the number of records stays."""
    read = list(read_records(pack(write_records(records))))
    assert len(read) == len(records)
    assert all(old["id"].encode(errors="replace").decode() == new["id"]
               for old, new in zip(records, read, strict=True))  # fmt: skip


def test_the_same_content_is_packed_to_the_same_bytes() -> None:
    """At any time: its name is what it holds."""
    content = write_records([{"id": "1", "listed_on": "2026-07-01"}])
    assert pack(content) == pack(content) and unpack(pack(content)) == content
    digest = hashlib.sha256(content).hexdigest()
    assert content_key(LISTINGS, "site", DAY, content, "jsonl.gz") == f"listings/site/2026-07-01/{digest}.jsonl.gz"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"[]", "object of texts"),
        (b'"id"', "object of texts"),
        (b'{"id": "1", "listed_on": "2026-07-01", "price_eur": 9000}', "object of texts"),
        (b'{"id": "1", "listed_on": "2026-07-01", "price_eur": null}', "object of texts"),
        (b'{"id": "1", "listed_on": "2026-07-01", "price_eur": NaN}', "object of texts"),
        (b'{"listed_on": "2026-07-01"}', "has an id"),
        (b'{"id": "", "listed_on": "2026-07-01"}', "has an id"),
        (b'{"id": "1"}', "no day"),
        (b'{"id": "1", "listed_on": ""}', "no day"),
        (b'{"id": "1", "listed_on": "20260701"}', "no day"),
        (b'{"id": "1", "listed_on": "2026-02-30"}', "day"),
        (b'{"id": "1", "listed_on": "\xd9\xa2\xd9\xa0\xd9\xa2\xd9\xa6-07-01"}', "no day"),
        (b"", "Expecting value"),
        (b"{", "Expecting"),
        (b"\xff", "decode"),
        (b'{"id": ' + b"[" * DEEP + b"]" * DEEP + b"}", "nested too deep"),
        (b'{"id": ' + b"9" * 10_000 + b"}", "digits"),
    ],
    ids=range(17),
)
def test_a_wrong_record_is_told(line: bytes, told: str) -> None:
    """Also where those before it are right."""
    right = b'{"id": "1", "listed_on": "2026-07-01"}\n'
    with pytest.raises(ValueError, match=told):
        list(read_records(pack(right + line + b"\n")))


@settings(max_examples=EXAMPLES)
@given(st.data())
def test_a_part_that_is_damaged_is_told(data: st.DataObject) -> None:
    """Cut off anywhere or with a byte that changed: its records are never other ones."""
    # given a part
    records = [{"id": f"{number}", "listed_on": "2026-07-01", "make": "Škoda"} for number in range(20)]
    packed = pack(write_records(records))
    # when it is cut off, then that is told
    with pytest.raises(ValueError):
        list(read_records(packed[: data.draw(st.integers(0, len(packed) - 1))]))
    # and when a byte of it changes, then that is told, unless it is one that gzip does not need
    place = data.draw(st.integers(0, len(packed) - 1))
    changed = packed[:place] + bytes([packed[place] ^ data.draw(st.integers(1, 255))]) + packed[place + 1 :]
    try:
        assert list(read_records(changed)) == records
    except ValueError:
        pass


@settings(max_examples=EXAMPLES)
@given(st.binary())
@example(b"")
@example(gzip.compress(b"")[:10] + b"\x07")
def test_any_bytes_are_read_or_told(content: bytes) -> None:
    """As a part, as records and as a manifest: by a ValueError and nothing else."""
    for packed in (content, gzip.compress(content), gzip.compress(content + b"\n")):
        try:
            list(read_records(packed))
        except ValueError:
            pass
    try:
        read_manifest(content)
    except ValueError:
        pass


def test_a_bomb_is_told() -> None:
    """What unpacks to more than a run makes; what has the largest size is read."""
    largest = bytes(UNPACKED_AT_MOST_BYTES)
    assert unpack(gzip.compress(largest, compresslevel=1)) == largest
    bomb = gzip.compress(largest + b"\0", compresslevel=1)
    for read in (unpack, lambda packed: list(read_records(packed))):
        with pytest.raises(ValueError, match="more than 67,108,864 bytes"):
            read(bomb)
    # and nobody packs what nobody could unpack
    with pytest.raises(ValueError, match="more than"):
        pack(largest + b"\0")


@settings(max_examples=EXAMPLES)
@given(manifests())
def test_a_manifest_comes_back_as_it_was(manifest: Manifest) -> None:
    """Its key and its number of records too."""
    read = read_manifest(write_manifest(manifest))
    assert read == manifest
    assert (read.key, read.records) == (manifest.key, sum(part.records for part in manifest.parts))


@settings(max_examples=EXAMPLES)
@given(manifests(anything))
def test_a_manifest_is_found_under_its_key(manifest: Manifest) -> None:
    """Also where its texts hold what is no character."""
    assert read_manifest(write_manifest(manifest)).key == manifest.key


@settings(max_examples=EXAMPLES)
@given(manifests(), characters)
def test_runs_that_found_the_same_have_one_key(manifest: Manifest, run: str) -> None:
    """And what they found is all that it depends on."""
    assert replace(manifest, run=run).key == manifest.key
    assert manifest.key.startswith(f"{MANIFESTS}{manifest.source}/{manifest.day.isoformat()}/")
    assert replace(manifest, counts={**manifest.counts, "one more": 1}).key != manifest.key


@pytest.mark.parametrize(
    "changes",
    [
        {"source": None}, {"source": "A"}, {"source": ""}, {"source": "../a"}, {"source": "site\n"},
        {"source": ["site"]},
        {"day": None}, {"day": "20260701"}, {"day": "2026-13-01"}, {"day": "2026-07-01T00:00"}, {"day": 20260701},
        {"run": None}, {"run": 7},
        {"parts": None}, {"parts": {}, "pages": {"key": 1}}, {"parts": ["listings/site/2026-07-01/a.jsonl.gz"]},
        {"parts": [{"key": "listings/site/2026-07-01/a.jsonl.gz"}]},
        *({"parts": [{"key": key, "records": 1}]} for key in WRONG_KEYS),
        *({"parts": [{"key": "listings/site/2026-07-01/a", "records": count}]} for count in WRONG_COUNTS),
        {"parts": [{"key": "listings/site/2026-07-01/a", "records": 1}] * 2},
        {"pages": "pages/site/2026-07-01/b"}, {"pages": [None]}, {"pages": ["listings/site/2026-07-01/b"]},
        {"pages": 7}, {"pages": [["pages/site/2026-07-01/b"]]},
        {"quarantined": [{}]}, {"quarantined": None}, {"quarantined": ["k"]}, {"quarantined": [["k", "o", "r"]]},
        *({"quarantined": [{"key": "quarantine/site/2026-07-01/c", "origin": "o", "reason": "r", **wrong}]}
          for wrong in WRONG_IN_QUARANTINE),
        {"covers": None}, {"covers": [None]}, {"covers": ["Audi"]}, {"covers": [{}]}, {"covers": [{"make": "Audi"}]},
        {"covers": [{"make": 7, "model": None}]}, {"covers": [{"make": "Audi", "model": ["A4"]}]},
        {"covers": [{"make": None, "model": "A4"}]},
        {"counts": None}, {"counts": []}, {"counts": {"read": -1}}, {"counts": {"read": float("nan")}},
        {"counts": {"read": 1e3}}, {"counts": {"read": None}}, {"counts": {"read": True}},
    ],
    ids=str,
)  # fmt: skip
def test_a_wrong_manifest_is_told(changes: Mapping[str, Any]) -> None:
    """Each of its fields of another kind, keys that lead elsewhere, counts that cannot be."""
    assert read_manifest(encoded(a_document()))
    with pytest.raises(ValueError):
        read_manifest(encoded(a_document(**changes)))


@pytest.mark.parametrize("field", sorted(a_document()))
def test_a_manifest_without_a_field_is_told(field: str) -> None:
    document = a_document()
    del document[field]
    with pytest.raises(ValueError, match=field):
        read_manifest(encoded(document))


@settings(max_examples=EXAMPLES)
@given(st.dictionaries(st.sampled_from(sorted(a_document())), any_json, min_size=1, max_size=3) | any_json)
def test_any_json_is_read_or_told(document: Any) -> None:
    """Whatever stands in for a manifest's fields, or for all of it."""
    if isinstance(document, dict):
        document = a_document(**document)
    try:
        read = read_manifest(encoded(document))
    except ValueError:
        return
    assert read_manifest(write_manifest(read)) == read


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"[]", b"null", b"NaN", b"7", b'"a"', b"[" * DEEP, b'{"a":' * DEEP, b"9" * 10_000]
)
def test_what_is_no_manifest_is_told(content: bytes) -> None:
    with pytest.raises(ValueError):
        read_manifest(content)


@given(st.lists(manifests(), max_size=3), st.randoms())
def test_manifests_have_one_order(several: list[Manifest], chance: Any) -> None:
    """From the oldest day to the newest, in whichever order they come."""
    ordered = in_order(several)
    mixed = list(several)
    chance.shuffle(mixed)
    assert [manifest.key for manifest in in_order(mixed)] == [manifest.key for manifest in ordered]
    assert [manifest.day for manifest in ordered] == sorted(manifest.day for manifest in several)
