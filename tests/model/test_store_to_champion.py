"""From a store that grows to the champion: trained, judged on what came since, promoted, and trained on again."""

import csv
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from model import cli
from model.config import read_config
from model.demo_market import write_demo_market
from model.judged import JUDGED_FILE, read_judged
from model.registry import Registry
from model.schema.collected import Record
from model.store import LocalStore
from tests.model.stores import keep

TEMPLATES = Path(__file__).resolve().parents[2] / "kserve"
NEW = 600  # listings that a later run brings
COLUMNS = {
    "gear": "gearbox", "offerType": "offer_type", "mileage": "mileage_km", "hp": "power_hp", "price": "price_eur",
}  # fmt: skip


def run(*arguments: str | Path) -> int:
    return cli.main([str(argument) for argument in arguments])


def listings(file: Path) -> list[Record]:
    """A demo market's of one make, which are fitted fast; the oldest first, as the scraper keeps them."""
    write_demo_market(file, rows=8_000, market_date=date(2026, 7, 1))
    with file.open(encoding="utf-8", newline="") as opened:
        rows = [
            {COLUMNS.get(name, name): value for name, value in row.items()} | {"id": f"id-{number}"}
            for number, row in enumerate(csv.DictReader(opened))
            if row["make"] == "Volkswagen"
        ]
    return sorted(rows, key=lambda row: row["listed_on"])


def newest(rows: Sequence[Record]) -> date:
    return date.fromisoformat(rows[-1]["listed_on"])


def test_a_store_makes_champions_as_it_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEALERSHIP_VAR", str(tmp_path / "var"))
    rows = listings(tmp_path / "market.csv")
    first = [row for row in rows if row["listed_on"] < rows[-NEW]["listed_on"]]
    store, serving = tmp_path / "store", tmp_path / "serving"
    promotion = ("--store", store, "--serving-dir", serving, "--templates", TEMPLATES)
    registry = Registry(read_config())

    # given a store, when a version is trained on it, then it passes the gate that asks no champion, and is promoted
    keep(LocalStore(store), "site", first, newest(first))
    assert run("train", "--store", store, "--synthetic") == 0
    assert run("gate", "--challenger", "1", "--store", store) == 0
    assert run("promote", "--version", "1", *promotion) == 0
    assert registry.champion() == "1"

    # when the store that holds the record of it too has grown, then a version of all is judged on what is new
    keep(LocalStore(store), "site", rows[len(first):], newest(rows))
    capsys.readouterr()
    assert run("train", "--store", store, "--synthetic") == 0
    assert "listings that are new since the champion" in capsys.readouterr().err
    run("gate", "--challenger", "2", "--store", store, "--json")
    decision = json.loads(capsys.readouterr().out)
    assert (decision["gate"], decision["champion"]) == ("refresh", "1")
    (found,) = [finding for finding in decision["findings"] if finding["rule"] == "new data is not worse"]
    assert "listings newer than all that the champion had seen" in found["found"]

    # and one that is trained like the champion keeps to the champion's listings and folds, and may take its place
    assert run("train", "--store", store, "--synthetic", "--like", "1") == 0
    kept = {version: read_judged(registry.run_file(version, JUDGED_FILE) or Path()).rows for version in "13"}
    folds = [judged.set_index("listing")["fold"].sort_index() for judged in kept.values()]
    assert folds[0].equals(folds[1])
    assert run("promote", "--version", "3", *promotion) == 0
    assert run("verify", *promotion) == 0
    assert registry.champion() == "3"
    assert json.loads((serving / "promotion.json").read_text(encoding="utf-8"))["previous"] == "1"
