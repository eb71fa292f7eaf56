"""dealership-listings import: what files say comes into the store, all of it or nothing, each row accounted for."""

import io
import json
import random
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from model.schema.collected import Cover
from model.schema.listing import parse_listing
from model.store import LocalStore, open_store
from scraper.cli import main
from scraper.manifests import read_manifests
from tests.scraper.listings import Row, as_csv, car, cars, only_records, stored, write_csv

DAY = "2026-07-14"
Import = Callable[..., int]


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


@pytest.fixture
def bring(tmp_path: Path) -> Import:
    """A function that imports files into the store, and gives the exit code."""

    def bring(*files: object, market_date: str | None = DAY, source: str = "feed", more: tuple[str, ...] = ()) -> int:
        dated = ["--market-date", market_date] if market_date else []
        arguments = ["import", "--source", source, "--store", str(tmp_path / "store"), *dated, *more]
        return main([*arguments, *map(str, files)], {})

    return bring


def test_a_file_comes_into_the_store_and_is_read_as_training_reads_it(
    tmp_path: Path, store: LocalStore, bring: Import, capsys: Any
) -> None:
    # given a file with a column that means nothing to us, when it is imported
    path = write_csv(tmp_path / "cars.csv", cars(30, seller_phone="0170 1234567"))
    assert bring(path, more=("--json",)) == 0
    # then its records are there, under our names, and as it says them
    told = capsys.readouterr()
    ((manifest, records),) = stored(store)
    assert json.loads(told.out) == {
        "manifest": manifest.key, "new": True, "there_since": None, "records": 30, "quarantined": 0,
        "counts": {"rows": 30, "records": 30}, "dry_run": False,
    }  # fmt: skip
    assert records[7] == {**car(7), "listed_on": DAY}
    assert (manifest.source, manifest.day, manifest.covers) == ("feed", date(2026, 7, 14), ())
    listing = parse_listing(records[7], "feed", None)
    assert (listing.id, listing.vehicle.fuel, listing.listed_on) == ("car-7", "petrol", date(2026, 7, 14))
    # and what is not read is told by its name alone
    assert "columns of cars.csv that were not read: seller_phone" in told.err
    assert "0170" not in told.err + str(records)


def test_the_same_again_changes_nothing_and_says_so(
    tmp_path: Path, store: LocalStore, bring: Import, capsys: Any
) -> None:
    # given a file that was imported, when it is imported again, under another name
    assert bring(write_csv(tmp_path / "cars.csv", cars(30))) == 0
    before = {key: store.get(key) for key in store.keys("") if not key.startswith("leases/")}
    ((first, _),) = stored(store)
    assert bring(write_csv(tmp_path / "again.csv", cars(30)), more=("--json",)) == 0
    # then the store is as it was, and that is said
    told = capsys.readouterr()
    assert {key: store.get(key) for key in store.keys("") if not key.startswith("leases/")} == before
    assert json.loads(told.out)["there_since"] == first.run
    assert f"nothing new: it is there already, since run {first.run}" in told.err


def test_a_dry_run_keeps_nothing(tmp_path: Path, bring: Import, capsys: Any) -> None:
    # given a file, when it is looked at, then what would come of it is told, and nothing is there
    assert bring(write_csv(tmp_path / "cars.csv", cars(30)), more=("--dry-run",)) == 0
    assert "30 records of 2026-07-14 would be kept" in capsys.readouterr().err
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_autoscout24s_columns_any_delimiter_and_quotes_are_read(
    tmp_path: Path, store: LocalStore, bring: Import, delimiter: str
) -> None:
    """As Excel writes it, with a byte order mark and its ends of lines; and a cell may hold several lines."""
    # given such a file
    within = delimiter.strip() or " "
    rows = [
        {"mileage": str(1_000 + number), "make": "BMW", "model": f'X{number}{within}"drive"\r\nlong', "fuel": "Diesel",
         "gear": "Automatik", "offerType": "Used", "price": "20000", "hp": "190", "year": "2019"}
        for number in range(40)
    ]  # fmt: skip
    rows[3] |= {"model": "X3"}
    text = as_csv(rows, delimiter).replace("\n", "\r\n").replace("\r\r\n", "\r\n")
    (tmp_path / "cars.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    # when it is imported, then a model that cannot be printed is no model, so that most of the rows lack it
    assert bring(tmp_path / "cars.csv") == 3
    # and with models in one line each, all is there
    for row in rows:
        row["model"] = row["model"].replace("\r\n", " ")
    write_csv(tmp_path / "cars.csv", rows, delimiter)
    assert bring(tmp_path / "cars.csv") == 0
    records = only_records(store)
    assert records[3]["model"] == "X3" and records[4]["model"] == f'X4{within}"drive" long'
    assert len(records) == 40 and len({record["id"] for record in records}) == 40


def test_json_lines_are_read_as_rows(tmp_path: Path, store: LocalStore, bring: Import) -> None:
    """Numbers as numbers, and what a line lacks, its record lacks."""
    # given lines of JSON, some without a gearbox, with what no column can hold
    rows: list[dict[str, object]] = [
        {**car(number), "mileage_km": 1_000 + number, "price_eur": 12_500.0, "extras": [7]} for number in range(20)
    ]
    del rows[2]["gearbox"]
    rows[3]["power_hp"] = {"kw": 81}
    rows[4]["url"] = None
    (tmp_path / "cars.jsonl").write_text("\n".join(map(json.dumps, rows)))
    # when they are imported, then they are there
    assert bring(tmp_path / "cars.jsonl") == 0
    ((manifest, records),) = stored(store)
    assert records[1] == {**car(1), "price_eur": "12500.0", "listed_on": DAY}
    assert "gearbox" not in records[2] and "power_hp" not in records[3] and "url" not in records[4]
    assert manifest.counts == {"rows": 20, "records": 20, "left out, power_hp: format": 1}


def test_a_mapping_names_the_columns_of_those_files_that_have_them(
    tmp_path: Path, store: LocalStore, bring: Import
) -> None:
    # given a file with German columns, one with ours, and a mapping
    german = {"make": "Marke", "mileage_km": "Kilometer"}
    write_csv(tmp_path / "a.csv", [{german.get(name, name): cell for name, cell in row.items()} for row in cars(20)])
    write_csv(tmp_path / "b.csv", [car(number) for number in range(20, 40)])
    (tmp_path / "mapping.json").write_text(json.dumps(german))
    # when both are imported, then all is there
    mapped = ("--mapping", str(tmp_path / "mapping.json"))
    assert bring(tmp_path / "a.csv", tmp_path / "b.csv", more=mapped) == 0
    assert only_records(store) == [{**car(number), "listed_on": DAY} for number in range(40)]


def test_what_a_row_does_not_say_readably_its_record_lacks_visibly(
    tmp_path: Path, store: LocalStore, bring: Import, capsys: Any
) -> None:
    # given a file in which some cells say nothing that can be read
    rows = cars(100, currency="EUR", power_kw="", own_estimate="", price_kind="", account="", url="")
    odd = [
        {"price_eur": "VB"}, {"price_eur": "1"}, {"mileage_km": "12.500"}, {"first_registration": "05/2016"},
        {"first_registration": "2026-08"}, {"fuel": "Plasma"}, {"make": "Others"}, {"power_kw": "200"},
        {"currency": "CHF"}, {"id": "x" * 200}, {"url": "javascript:alert(1)"}, {"gearbox": "-/-"},
        {"account": "anonymous"}, {name: "" for name in car(0)},
    ]  # fmt: skip
    for row, cells in zip(rows, odd, strict=False):
        row |= cells
    # when it is imported
    assert bring(write_csv(tmp_path / "cars.csv", rows)) == 0
    # then each record lacks what its row does not say, and no other
    ((manifest, records),) = stored(store)
    lacks = [set(car(0)) - set(record) for record in records[:12]]
    assert lacks == [
        {"price_eur"}, {"price_eur"}, {"mileage_km"}, {"first_registration"}, {"first_registration"}, set(), {"make"},
        {"power_hp"}, {"price_eur"}, set(), set(), {"gearbox"},
    ]  # fmt: skip
    assert records[5]["fuel"] == "Plasma"  # the vocabulary may learn it
    assert len(records[9]["id"]) == 16 and "url" not in records[10]
    # and all is counted, by its reason, and shown
    assert manifest.counts == {
        "rows": 100, "records": 98,
        "dropped, account: reports of accounts are no collected listings (dealership-listings export-feedback brings "
        "them)": 1,
        "dropped, row: says nothing of a car": 1,
        "left out, currency: not_euros": 1, "left out, first_registration: format": 1,
        "left out, first_registration: in_future": 1, "left out, id: too_long": 1, "left out, make: pseudo_make": 1,
        "left out, mileage_km: format": 1, "left out, power_hp: disagrees": 1, "left out, power_kw: disagrees": 1,
        "left out, price_eur: format": 1, "left out, price_eur: not_euros": 1, "left out, price_eur: out_of_range": 1,
        "left out, url: format": 1, "kept, fuel: unknown": 1,
    }  # fmt: skip
    told = capsys.readouterr().err
    assert "1 left out, mileage_km: format\n    '12.500' in line 4 of cars.csv" in told


def test_a_row_of_another_length_is_counted(tmp_path: Path, store: LocalStore, bring: Import, capsys: Any) -> None:
    # given a file with a blank line, and rows with too many and too few cells
    lines = as_csv(cars(30)).splitlines()
    lines[5:7] = [f"{lines[5]},more", "car-6,Volkswagen", ""]
    (tmp_path / "cars.csv").write_text("\n".join(lines))
    # when it is imported, then the two are told, and the others are there
    assert bring(tmp_path / "cars.csv") == 0
    ((manifest, records),) = stored(store)
    assert len(records) == 28 and manifest.counts["dropped, row: has more or fewer cells than the header"] == 2
    assert "line 6 of cars.csv" in capsys.readouterr().err


def test_a_row_without_an_id_is_known_by_what_it_says(tmp_path: Path, store: LocalStore, bring: Import) -> None:
    """On whatever day: listed on, it is the same listing."""
    # given rows without ids, of two days
    rows = [{name: cell for name, cell in row.items() if name != "id"} for row in cars(20)]
    # when they are imported, then they have the same ids on both
    for day in ("2026-07-13", "2026-07-14"):
        assert bring(write_csv(tmp_path / "cars.csv", rows), market_date=day) == 0
    first, second = ([record["id"] for record in records] for _, records in stored(store))
    assert first == second and len(set(first)) == 20


def test_a_row_says_its_own_day(tmp_path: Path, store: LocalStore, bring: Import) -> None:
    """And the market's is for those that do not."""
    # given rows with days of their own, one without, and one with a day that cannot be
    rows = cars(20, listed_on="2026-07-01T08:30:00")
    rows[3]["listed_on"], rows[4]["listed_on"], rows[5]["listed_on"] = "", "14.7.2026", "2026-07-15"
    # when they are imported, then they are of those days
    assert bring(write_csv(tmp_path / "cars.csv", rows)) == 0
    ((manifest, records),) = stored(store)
    assert [record["listed_on"] for record in records] == ["2026-07-01"] * 3 + [DAY] + ["2026-07-01"] * 14
    assert manifest.counts["dropped, listed_on: cannot be read"] == 2


def test_a_complete_file_says_so_of_its_day(tmp_path: Path, store: LocalStore, bring: Import) -> None:
    # given a file that is the whole market, whose rows are older than that
    rows = cars(20, listed_on="2026-07-01")
    # when it is imported, then the run has seen all of the market on that day
    assert bring(write_csv(tmp_path / "cars.csv", rows), more=("--complete",)) == 0
    (manifest,) = read_manifests(store)
    assert (manifest.day, manifest.covers) == (date(2026, 7, 14), (Cover(),))


WITHOUT_FUEL = [{name: cell for name, cell in row.items() if name != "fuel"} for row in cars(20)]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "cars.csv is empty"),
        (b"\n", "cars.csv is empty"),
        (b"\nmake,model\n", "line 1: is blank, and must name the columns"),
        (as_csv(cars(1)).split("\n")[0].encode(), "it has no rows"),
        (as_csv(WITHOUT_FUEL).encode(), "line 1: no column for fuel. The header reads: id, make, model"),
        (as_csv(cars(20)).replace("price_eur", "price_usd").encode(), "no column for price_eur"),
        (as_csv(cars(20)).replace("mileage_km", "mileage").replace("price_eur", "Price,price").encode(),
         "20 of its 20 rows are none, such as line 2 of cars.csv: row: has more or fewer cells than the header"),
        (as_csv(cars(20)).replace("id,make", "make,make").encode(), "line 1: the header names make more than once"),
        (as_csv(cars(20)).encode("utf-16"), "is UTF-16, not UTF-8. Convert it, for example: iconv"),
        (as_csv(cars(20, model="Cité")).encode("latin1"), "is not UTF-8: line 2 holds the byte 0xe9"),
        (as_csv(cars(20)).encode() + b"\0", "line 22: holds a byte 0, so it is not a text file"),
        (as_csv(cars(20)).encode() + b'"open,\n', "line 22: not CSV"),
        (b"make," + b"x" * 2_000_000, "line 1: is longer than 1,048,576 bytes"),
        (as_csv(cars(20, price_eur="VB")).encode(), "only 0% of its 20 rows have a price_eur that can be read, such as "
                                                    "'VB' in line 2 of cars.csv"),
        (as_csv(cars(20, fuel="Manual", gearbox="Benzin")).encode(), "only 0% of its 20 rows have a fuel"),
        (as_csv(cars(70) + cars(30, power_hp="")).encode(), "only 70% of its 100 rows have a power_hp"),
        (as_csv(cars(50, id="1")).encode(), "its ids are no listing's own"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_believed_goes_nowhere(
    tmp_path: Path, store: LocalStore, bring: Import, capsys: Any, content: bytes, told: str
) -> None:
    """Exit code 3, the reason, what to do, and a note of it in the store; and nothing of the good file beside it."""
    # given a good file and a bad one, when they are imported
    write_csv(tmp_path / "a.csv", cars(20))
    (tmp_path / "cars.csv").write_bytes(content)
    assert bring(tmp_path / "a.csv", tmp_path / "cars.csv") == 3
    # then nothing counts, and the reason is told, also in the store
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert told in last and "Nothing of this import counts" in last
    (key,) = store.keys("failures/")
    assert told in json.loads(store.get(key))["failed"] and key in last
    assert list(stored(store)) == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[1]\n", "line 1: must be an object"), ('{"make": \n', "line 1: not JSON"),
        ("[" * 100_000, "line 1: not JSON"), ('{"price_eur": NaN}\n', "line 1: not JSON: NaN is no number"),
        ('{"mileageMiles": 5, "mileage": 1}', "only 0% of its 1 rows have a make"),
        ('{"price_eur (USD)": 5}\n{"extras": 1}', "2 of its 2 rows are none, such as line 1 of cars.ndjson: row: says"),
        (json.dumps(car(1)) + '\n{"make": "Volks', "line 2: not JSON"),
    ],
)  # fmt: skip
def test_lines_that_are_no_json_go_nowhere(
    tmp_path: Path, store: LocalStore, bring: Import, capsys: Any, content: str, told: str
) -> None:
    # given such a file, when it is imported, then it is refused with the line
    (tmp_path / "cars.ndjson").write_text(content)
    assert bring(tmp_path / "cars.ndjson") == 3
    assert told in capsys.readouterr().err and list(stored(store)) == []


def test_columns_in_other_units_are_refused(tmp_path: Path, bring: Import, capsys: Any) -> None:
    # given JSON whose mapped price is in dollars, when it is imported, then that is told
    (tmp_path / "mapping.json").write_text('{"price_eur": "priceUSD"}')
    (tmp_path / "cars.jsonl").write_text(json.dumps({**car(1), "priceUSD": 5}))
    assert bring(tmp_path / "cars.jsonl", more=("--mapping", str(tmp_path / "mapping.json"))) == 3
    assert "line 1: 'priceUSD' is not in euros, it seems. Convert the column to euros" in capsys.readouterr().err


def test_a_day_is_asked_for_where_a_file_says_none(tmp_path: Path, bring: Import, capsys: Any) -> None:
    """And none that is still to come is taken."""
    # given a file without days, when it is imported without one, or with tomorrow's, then that is told
    path = write_csv(tmp_path / "cars.csv", cars(20))
    assert bring(path, market_date=None) == 3
    assert "--market-date 2021-07-01" in capsys.readouterr().err
    assert bring(path, market_date=(date.today() + timedelta(days=1)).isoformat()) == 2
    assert "is still to come" in capsys.readouterr().err
    (tmp_path / "page.html").write_text("<html>")
    assert bring(tmp_path / "page.html", market_date=None) == 3
    assert "does not say when it was saved" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["none.csv"], 2, "none.csv is not there"), (["cars.xls"], 2, "cars.xls is of no known kind: .csv, .tsv"),
        (["empty"], 2, "there is nothing to import"),
        (["cars.csv", "--mapping", "none.json"], 1, "none.json"),
        (["cars.csv", "--mapping", "cars.csv"], 2, "the mapping cars.csv cannot be read"),
    ],
)  # fmt: skip
def test_a_wrong_call_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, arguments: list[str], code: int, told: str
) -> None:
    # given a call that cannot work, when it is made, then that is said in one line
    monkeypatch.chdir(tmp_path)
    write_csv(Path("cars.csv"), cars(20))
    Path("cars.xls").touch()
    Path("empty").mkdir()
    assert main(["import", "--source", "feed", "--store", "store", "--market-date", DAY, *arguments], {}) == code
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and told in lines[0]
    with pytest.raises(SystemExit) as ended:
        main(["import", "--source", "No Name", "--store", "store", "cars.csv"], {})
    assert ended.value.code == 2


def test_standard_input_is_read(tmp_path: Path, store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """CSV or JSON Lines, as it begins."""
    # given a file on standard input, when it is imported, then it is there
    for text in (as_csv(cars(20)), "".join(json.dumps(row) + "\n" for row in cars(20))):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        assert main(
            ["import", "--source", "feed", "--store", str(tmp_path / "store"), "--market-date", DAY, "-"], {}
        ) == 0  # fmt: skip
    assert only_records(store) == [{**car(number), "listed_on": DAY} for number in range(20)]


def test_the_records_say_what_the_rows_say_whatever_these_are(store_location: str, tmp_path: Path) -> None:
    """Law, on every store: a record reads to the listing that its row reads to, or neither is one."""
    # given rows of all kinds of cells
    source = random.Random(6)
    choices: dict[str, list[str]] = {
        "make": ["VW", "Land", "Others", "", "BMW"], "model": ["Golf", "Rover Evoque", "Rover", "i3"],
        "fuel": ["Benzin", "Electric/Gasoline", "Diesel", "-/-"], "gearbox": ["Manual", "DSG", "Automatik"],
        "first_registration": ["2016", "2016-05", "2026-07", "2031", "1890"],
        "mileage_km": ["0", " 45000 ", "45000.5", "1e5", "9999999", "45.000", "-1"],
        "power_hp": ["110", "", "135.962"], "power_kw": ["", "81", "100"],
        "price_eur": ["9000", "9.000", "99", "6000000", " 9000.50"], "currency": ["", "EUR", "€", "USD"],
        "price_kind": ["", "asking", "sale", "rent"], "own_estimate": ["", "yes", "perhaps"],
        "trust": ["", "0.5", "7"], "country": ["", "AT"],
        "listed_on": ["", "2026-07-01", "2026-07-15", "x"],
    }  # fmt: skip
    good: list[Row] = cars(4_000, power_kw="", currency="", price_kind="", trust="", own_estimate="", country="",
                           listed_on="")  # fmt: skip
    rows = good + [
        {"id": f"odd-{number}", **{name: source.choice([words[0]] * 5 + words) for name, words in choices.items()}}
        for number in range(900)
    ]
    # when they are imported
    path = write_csv(tmp_path / "cars.csv", rows)
    assert main(["import", "--source", "feed", "--store", store_location, "--market-date", DAY, str(path)], {}) == 0
    # then each listing is the same, read off the row and off the record
    records = {record["id"]: record for record in only_records(open_store(store_location))}
    assert [_read(records.get(row["id"])) for row in rows] == [_read(row) for row in rows]
    assert sum(_read(row) is not None for row in rows[4_000:]) > 20


def _read(row: Row | None) -> object:
    try:
        return row and parse_listing(row, "feed", date(2026, 7, 14))
    except Exception:
        return None
