"""The file of spellings: what a person approved is read as what it means, and nothing else is."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from model.errors import DataError
from model.spellings import NO_SPELLINGS, Spelling, Spellings, read_spellings, write_spellings


def entry(model: str, means: str, approved: bool | None = True, make: str = "Volkswagen") -> Spelling:
    return Spelling(make, model, ("Volkswagen", means), 2, "it looks so", approved)


def rows(*names: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(names, columns=["make", "model"]).assign(price_eur=range(len(names)))


def mended(entries: list[Spelling], *names: tuple[str, str]) -> list[tuple[str, str]]:
    table = Spellings(tuple(entries), "digest").mend(rows(*names))
    assert table["price_eur"].tolist() == list(range(len(names)))
    return list(table[["make", "model"]].itertuples(index=False, name=None))


def test_approved_names_are_read_as_what_they_mean() -> None:
    """However they are written; and no other name."""
    # given decisions of all kinds
    entries = [entry("Golf VII", "Golf"), entry("Pollo", "Polo", False), entry("Upp", "Up", None),
               entry("Golf", "Golf", make="Volkwagen")]  # fmt: skip
    # when rows are mended, then the approved are what they mean, in any spelling, and the others are as they were
    assert mended(
        entries, ("Volkswagen", "golf-vii"), ("Volkswagen", "Pollo"), ("Volkswagen", "Upp"), ("Volkwagen", "GOLF"),
        ("Volkswagen", "Golf VII"), ("Seat", "Golf VII"), ("Volkswagen", "Golf"),
    ) == [
        ("Volkswagen", "Golf"), ("Volkswagen", "Pollo"), ("Volkswagen", "Upp"), ("Volkswagen", "Golf"),
        ("Volkswagen", "Golf"), ("Seat", "Golf VII"), ("Volkswagen", "Golf"),
    ]  # fmt: skip


def test_what_means_a_name_that_means_another_is_the_last() -> None:
    assert mended([entry("Golf Mk VII", "Golf VII"), entry("Golf VII", "Golf")], ("Volkswagen", "Golf Mk VII")) == [
        ("Volkswagen", "Golf")
    ]


def test_without_a_decision_nothing_is_changed() -> None:
    table = rows(("Volkswagen", "Golf VII"))
    assert NO_SPELLINGS.mend(table) is table
    assert Spellings((entry("Golf VII", "Golf", None),), "digest").mend(table) is table


def test_a_file_is_sorted_for_review_and_read_again(tmp_path: Path) -> None:
    """An entry a line, so that a decision is a line's change."""
    # given entries in any order, when they are written, then they are sorted, a line each, and read as they were
    entries = [entry("Pollo", "Polo", False), entry("Golf VII", "Golf"), entry("Citigö", "Citigo", None, make="Skoda")]
    path = tmp_path / "spellings.json"
    path.write_text(write_spellings(entries), encoding="utf-8")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line.rstrip(","))["model"] for line in lines[1:-1]] == ["Citigö", "Golf VII", "Pollo"]
    again = read_spellings(path)
    assert set(again.entries) == set(entries)
    assert again.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert write_spellings(again.entries) == write_spellings(reversed(entries))
    assert write_spellings([]) == "[]\n"


SOUND = json.loads(write_spellings([entry("Golf VII", "Golf")]))[0]


@pytest.mark.parametrize(
    "content",
    [
        "", "{", "7", "null", "[7]", "[{}]", json.dumps([SOUND | {"approved": "yes"}]),
        json.dumps([SOUND | {"means": "Golf"}]), json.dumps([SOUND | {"model": " "}]),
        json.dumps([SOUND | {"listings": "many"}]), "[" * 100_000,
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "spellings.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match="spellings.json"):
        read_spellings(path)


def test_a_make_may_be_written_as_people_say_it(tmp_path: Path) -> None:
    # given an entry of a person's own, when it is read, then its makes are what the rows have
    path = tmp_path / "spellings.json"
    path.write_text(json.dumps([SOUND | {"make": "VW", "means": {"make": "vw", "model": "Golf"}}]), encoding="utf-8")
    (read,) = read_spellings(path).entries
    assert (read.make, read.means) == ("Volkswagen", ("Volkswagen", "Golf"))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="none.json"):
        read_spellings(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ([entry("Golf VII", "Golf"), entry("GOLF-VII", "Polo")], "more than once"),
        ([entry("Golf", "Polo"), entry("Polo", "Golf")], "circle"),
        ([entry("Golf", "golf")], "circle"),
    ],
)
def test_decisions_that_contradict_each_other_are_told(tmp_path: Path, entries: list[Any], told: str) -> None:
    path = tmp_path / "spellings.json"
    path.write_text(write_spellings(entries), encoding="utf-8")
    with pytest.raises(DataError, match=told):
        read_spellings(path)
