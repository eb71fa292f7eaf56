"""The data set: a broken file says where and why, and every row is used or counted with its reason."""

import csv
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold

from model.dataset import Dataset, Source, read_dataset
from model.errors import DataError, MarketDateMissing
from model.listings_file import read_mapping
from model.schema.features import CATEGORIES, NUMBERS
from model.weights import weigh

MARKET_DATE = date(2021, 7, 1)
HEADER = ("mileage", "make", "model", "fuel", "gear", "offerType", "price", "hp", "year")
Row = dict[str, str]
WriteFile = Callable[..., Path]


def car(number: int, **cells: str) -> Row:
    """A sound row in AutoScout24's columns, unlike every other number's."""
    golf = {"mileage": str(1_000 + number), "make": "Volkswagen", "model": "Golf", "fuel": "Gasoline", "gear": "Manual",
            "offerType": "Used", "price": "12500", "hp": "110", "year": "2016"}  # fmt: skip
    return golf | cells


def cars(count: int = 600, **cells: str) -> list[Row]:
    return [car(number, **cells) for number in range(count)]


@pytest.fixture
def write_file(tmp_path: Path) -> WriteFile:
    """A function that writes rows to a file and gives its path."""

    def write(rows: Iterable[Row], name: str = "cars.csv", delimiter: str = ",", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        with path.open("w", encoding=encoding, newline="") as file:
            listed = list(rows)
            writer = csv.DictWriter(file, list(listed[0]), delimiter=delimiter, lineterminator="\n")
            writer.writeheader()
            writer.writerows(listed)
        return path

    return write


def read(path: Path, market_date: date | None = MARKET_DATE, mapping: dict[str, str] | None = None) -> Dataset:
    return read_dataset([Source(path, market_date)], mapping)


def refusal_of(path: Path, error: type[Exception] = DataError, **options: Any) -> str:
    with pytest.raises(error) as caught:
        read(path, **options)
    return str(caught.value)


def test_a_sound_file_is_read_whole(write_file: WriteFile) -> None:
    # given a file of sound rows
    path = write_file(cars())
    # when it is read
    dataset = read(path)
    # then every row is a car, under the names and in the types of the contract
    assert list(dataset.table.columns) == [
        *CATEGORIES, *NUMBERS, "price_eur", "days_ago", "price_kind", "weight", "is_report", "car",
    ]  # fmt: skip
    assert len(dataset.table) == dataset.report.rows_read == dataset.report.rows_used == 600
    assert dict(dataset.report.dropped) == {}
    first = dataset.table.iloc[0].to_dict()
    age = (MARKET_DATE - date(2016, 7, 1)).days / 365.25
    assert first == {"make": "Volkswagen", "model": "Golf", "fuel": "petrol", "gearbox": "manual", "offer_type": "used",
                     "age_years": age, "mileage_km": 1_000.0, "power_hp": 110.0, "price_eur": 12_500.0,
                     "days_ago": 0.0, "price_kind": "asking", "weight": 1.0, "is_report": False, "car": 0}  # fmt: skip


def test_a_data_set_knows_where_it_is_from(write_file: WriteFile) -> None:
    # given a file, when it is read, then its name, digest and market date are kept
    path = write_file(cars())
    dataset = read_dataset([Source(path, MARKET_DATE)], synthetic=True)
    assert dataset.source == "cars.csv"
    assert dataset.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert dataset.market_date == MARKET_DATE
    assert dataset.synthetic is True


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_delimiter_and_byte_order_mark_are_recognised(write_file: WriteFile, delimiter: str, encoding: str) -> None:
    """Excel writes semicolons and a byte order mark in half of Europe."""
    # given the same rows in another dress, when they are read, then they are the same
    path = write_file(cars(make="Škoda"), delimiter=delimiter, encoding=encoding)
    assert set(read(path).table["make"]) == {"Skoda"}


def test_windows_line_ends_and_spaces_in_the_header_do_no_harm(tmp_path: Path, write_file: WriteFile) -> None:
    # given a file with both
    text = write_file(cars()).read_text(encoding="utf-8").replace("mileage,make", " mileage , make ")
    path = tmp_path / "windows.csv"
    path.write_bytes(text.replace("\n", "\r\n").encode())
    # when it is read, then every row is used
    assert read(path).report.rows_used == 600


def test_columns_that_nobody_needs_are_left_alone(write_file: WriteFile) -> None:
    """Also one without a name, such as pandas writes before all others."""
    # given rows with a nameless and an unknown column, when they are read, then every row is used
    path = write_file({"": str(i), "colour": "red", **row} for i, row in enumerate(cars()))
    assert read(path).report.rows_used == 600


def test_our_own_names_are_understood(write_file: WriteFile) -> None:
    # given a file in our names with kilowatts and dates
    rows = [
        {"make": "VW", "model": "Golf", "fuel": "petrol", "gearbox": "manual", "first_registration": "2016-05",
         "mileage_km": str(number), "price_eur": "9900.50", "power_kw": "81", "listed_on": f"2021-0{number % 6 + 1}-15"}
        for number in range(600)
    ]  # fmt: skip
    # when it is read without a market date
    dataset = read(write_file(rows), None)
    # then the market's date is the newest listing's
    assert dataset.market_date == date(2021, 6, 15)
    assert dataset.table["power_hp"].iloc[0] == pytest.approx(110.13, abs=0.01)
    assert dataset.table["age_years"].max() == (date(2021, 6, 15) - date(2016, 5, 1)).days / 365.25


def test_a_file_without_dates_needs_a_market_date(write_file: WriteFile) -> None:
    # given a file that does not say when its prices held, when it is read, then the date is asked for, with an example
    message = refusal_of(write_file(cars()), MarketDateMissing, market_date=None)
    assert "cars.csv" in message
    assert "MARKET_DATE=2021-07-01" in message
    assert "--market-date 2021-07-01" in message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    # given no file, when it is read, then its path and the reason are told
    message = refusal_of(tmp_path / "none.csv")
    assert str(tmp_path / "none.csv") in message
    assert "No such file" in message


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b"  \r\n"])
def test_an_empty_file_is_named(tmp_path: Path, content: bytes) -> None:
    # given a file with nothing in it, when it is read, then that is told
    path = tmp_path / "nothing.csv"
    path.write_bytes(content)
    assert refusal_of(path) == "nothing.csv is empty"


def test_a_blank_first_line_is_named(tmp_path: Path, write_file: WriteFile) -> None:
    # given a file whose header does not come first, when it is read, then its first line is named
    path = tmp_path / "late.csv"
    path.write_bytes(b"\n" + write_file(cars()).read_bytes())
    assert refusal_of(path).startswith("late.csv, line 1: is blank")


@pytest.mark.parametrize("column", ["make", "model", "price", "mileage", "year", "gear", "fuel"])
def test_a_missing_column_is_named(write_file: WriteFile, column: str) -> None:
    # given a file without a column
    ours = {"price": "price_eur", "mileage": "mileage_km", "year": "first_registration", "gear": "gearbox"}
    rows = [{name: value for name, value in row.items() if name != column} for row in cars()]
    # when it is read
    message = refusal_of(write_file(rows))
    # then line, column, the header that was found and the way out are told
    assert f"cars.csv, line 1: no column for {ours.get(column, column)}." in message
    assert ", ".join(rows[0]) in message
    assert "MAPPING" in message


def test_a_column_that_stands_twice_is_named(tmp_path: Path, write_file: WriteFile) -> None:
    """Which of the two is meant, nobody can tell."""
    # given a header that names the price twice
    path = tmp_path / "twice.csv"
    header, rest = write_file(cars()).read_text().split("\n", 1)
    path.write_text(f"{header},price\n" + rest.replace("\n", ",1\n"))
    # when it is read, then the name is told
    assert "line 1: the header names price more than once" in refusal_of(path)


def test_a_missing_power_is_named_with_both_its_units(write_file: WriteFile) -> None:
    # given a file without power, when it is read, then either unit is asked for
    rows = [{name: value for name, value in row.items() if name != "hp"} for row in cars()]
    assert "no column for power_hp or power_kw" in refusal_of(write_file(rows))


def test_another_encoding_is_named_with_its_line(write_file: WriteFile) -> None:
    # given a file in Latin-1 with its first accent on line 4
    rows = cars()
    rows[2]["model"] = "Coupé"
    # when it is read
    message = refusal_of(write_file(rows, encoding="latin-1"))
    # then the line, the byte and a command that mends it are told
    assert "cars.csv is not UTF-8: line 4 holds the byte 0xe9" in message
    assert "iconv -f latin1 -t utf-8 cars.csv" in message


def test_a_quote_that_is_never_closed_is_named_with_its_line(tmp_path: Path, write_file: WriteFile) -> None:
    # given a file with an open quote on line 11
    lines = write_file(cars()).read_text(encoding="utf-8").splitlines(keepends=True)
    lines[10] = lines[10].replace("Golf", '"Golf')
    path = tmp_path / "open.csv"
    path.write_text("".join(lines), encoding="utf-8")
    # when it is read, then the line where it opens is named, not the last one
    assert refusal_of(path).startswith("open.csv, line 11: not CSV")


def test_a_broken_header_is_named(tmp_path: Path, write_file: WriteFile) -> None:
    # given a header that is no CSV, when the file is read, then line 1 is named
    path = tmp_path / "header.csv"
    path.write_text(write_file(cars()).read_text(encoding="utf-8").replace("make", '"ma"ke', 1), encoding="utf-8")
    assert refusal_of(path).startswith("header.csv, line 1: not CSV")


def test_ragged_rows_are_left_out_and_named(tmp_path: Path, write_file: WriteFile) -> None:
    # given a file with a cell too few on line 3 and one too many on line 5
    lines = write_file(cars()).read_text(encoding="utf-8").splitlines()
    lines[2] = lines[2].rpartition(",")[0]
    lines[4] += ",extra"
    path = tmp_path / "ragged.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    # when it is read
    report = read(path).report
    # then the others are used, and both are counted and named
    assert (report.rows_read, report.rows_used) == (600, 598)
    assert dict(report.dropped) == {"row: has more or fewer cells than the header": 2}
    assert [example.line for example in report.examples["row: has more or fewer cells than the header"]] == [3, 5]


def test_too_few_usable_rows_are_refused_with_their_reasons(write_file: WriteFile) -> None:
    # given a file with 499 sound rows and one broken
    message = refusal_of(write_file([*cars(499), car(499, fuel="steam")]))
    # when it is read, then what it needs, what it has and why are told
    assert "too few usable listings" in message
    assert "at least 500" in message
    assert "500 rows read, 499 used" in message
    assert "line 501: fuel: 'steam' is not known" in message


@pytest.mark.parametrize("cells", [{"mileage": "12000 mi"}, {"price": ""}, {"make": "Others"}])
def test_a_file_without_one_usable_row_is_refused_with_its_reasons(write_file: WriteFile, cells: Row) -> None:
    # given rows none of which can be used, when they are read, then it is told why, with the first line
    message = refusal_of(write_file(cars(5, **cells)))
    assert "5 rows read, 0 used" in message
    assert "line 2" in message


def test_one_mistyped_date_does_not_move_the_market(write_file: WriteFile) -> None:
    """A market is as of its newest listing, and none is of a day to come."""
    # given listings of one day, one of them dated a century later by a slip
    rows = [row | {"listed_on": "2021-07-01"} for row in cars()]
    rows[7] = rows[7] | {"listed_on": "2121-07-01"}
    # when they are read without a market date, and with one
    for market_date in (None, MARKET_DATE):
        dataset = read(write_file(rows), market_date)
        # then the market is of their day, and the slip is counted
        assert dataset.market_date == MARKET_DATE
        assert dataset.report.dropped == {"listed_on: in_future": 1}


@pytest.mark.parametrize(("content", "told"), [
    ("make,model\nVW,Golf\n".encode("utf-16"), "is UTF-16"),
    (b"make,model\nVW,\0Golf\n", "line 2: holds a byte 0"),
])  # fmt: skip
def test_what_is_no_text_in_utf_8_is_told_apart(tmp_path: Path, content: bytes, told: str) -> None:
    # given another encoding, or no text at all, when it is read, then it is called what it is
    path = tmp_path / "odd.csv"
    path.write_bytes(content)
    assert told in refusal_of(path)


def test_just_enough_rows_are_enough(write_file: WriteFile) -> None:
    # given 500 sound rows, when they are read, then they are used
    assert read(write_file(cars(500))).report.rows_used == 500


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"model": ""}, "model: missing"),
        ({"gear": "-/-"}, "gearbox: missing"),
        ({"fuel": "-/- (Fuel)"}, "fuel: missing"),
        ({"hp": ""}, "power_hp: missing"),
        ({"hp": "1"}, "power_hp: implausible"),
        ({"hp": "1999"}, "power_hp: implausible"),
        ({"mileage": "1111111"}, "mileage_km: implausible"),
        ({"mileage": "-5"}, "mileage_km: out_of_range"),
        ({"mileage": "12.500 km"}, "mileage_km: format"),
        ({"mileage": "12.500"}, "mileage_km: format"),
        ({"price": "1"}, "price_eur: out_of_range"),
        ({"price": "12,500"}, "price_eur: format"),
        ({"price": ""}, "price_eur: missing"),
        ({"year": "2022"}, "first_registration: in_future"),
        ({"year": "1066"}, "first_registration: out_of_range"),
        ({"year": "16"}, "first_registration: format"),
        ({"make": "Others"}, "make: pseudo_make"),
        ({"make": "Trailer-Anhänger"}, "make: pseudo_make"),
        ({"make": "Aston", "model": "Martin"}, "model: missing"),
        ({"currency": "USD"}, "currency: not_euros"),
        ({"trust": "0"}, "trust: none"),
        ({"trust": "1.5"}, "trust: out_of_range"),
        ({"price_kind": "wish"}, "price_kind: unknown"),
        ({"own_estimate": "true"}, "price_eur: own_estimate"),
        ({"own_estimate": "maybe"}, "own_estimate: format"),
    ],
)
def test_an_impossible_row_is_counted_by_its_reason(write_file: WriteFile, cells: Row, reason: str) -> None:
    # given sound rows, and on lines 2 and 602 two of one fault
    usual = {"trust": "1", "price_kind": "asking", "own_estimate": "", "currency": "EUR"}
    path = write_file([car(7_000, **(usual | cells)), *cars(599, **usual), car(8_000, **(usual | cells))])
    # when they are read
    report = read(path).report
    # then all sound ones are used, and the two are counted and named
    assert report.rows_used == 599
    assert dict(report.dropped) == {reason: 2}
    assert [example.line for example in report.examples[reason]] == [2, 602]


def test_a_file_in_another_currency_is_refused_with_the_reason(write_file: WriteFile) -> None:
    # given a file that says of every price that it is in dollars, when it is read, then it is refused, and told why
    message = refusal_of(write_file(cars(600, currency="USD")))
    assert "600 dropped: currency: not_euros" in message
    assert "the price is in USD, not in euros" in message


def test_the_report_accounts_for_every_row(write_file: WriteFile) -> None:
    # given sound rows, a copy of one, and rows with three faults, one of which has two at once
    rows = [*cars(600), car(0), car(700, hp="1"), car(701, hp="1", fuel="steam"), car(702, price="1")]
    # when they are read
    report = read(write_file(rows)).report
    # then read = used + dropped, and the sentences say so
    assert report.rows_read == report.rows_used + report.dropped.total() == 604
    lines = list(report.lines())
    assert lines[0] == "604 rows read, 600 used"
    assert "  1 dropped: duplicate of another row" in lines
    assert "      line 605: price_eur: 1 EUR is no price of a car" in lines


def test_examples_are_few_however_many_rows_are_dropped(write_file: WriteFile) -> None:
    # given a hundred rows of one fault, when the report is read, then it is short
    report = read(write_file([*cars(600), *cars(100, hp="")])).report
    assert report.dropped["power_hp: missing"] == 100
    assert len(list(report.lines())) == 4


def test_duplicates_are_dropped_and_counted(write_file: WriteFile) -> None:
    """Law: a car stands once in the data, however it is spelt, so that no split can hold it on both sides."""
    # given rows, exact copies of ten, and two copies of others in another spelling
    copies = [*cars(10), car(20, make="VW", model="GOLF"), car(21, make="volkswagen", fuel="Benzin")]
    # when they are read
    dataset = read(write_file([*cars(600), *copies]))
    # then each car stands once
    assert len(dataset.table) == 600
    assert dataset.report.dropped["duplicate of another row"] == 12
    assert not dataset.table.duplicated().any()


def test_cars_that_differ_in_anything_known_are_kept(write_file: WriteFile) -> None:
    # given cars that differ in one field each
    others = [car(0, price="12501"), car(0, hp="111"), car(0, year="2015"), car(0, gear="Automatic"),
              car(0, fuel="Diesel"), car(0, offerType="New"), car(0, model="Polo")]  # fmt: skip
    # when they are read, then none counts as a copy
    assert read(write_file([*cars(600), *others])).report.rows_used == 607


def test_of_copies_the_newest_stays(write_file: WriteFile) -> None:
    """A car that stands long is listed again and again at the same price."""
    # given a car listed thrice, and others listed once
    rows = [car(number) | {"listed_on": "2021-01-01"} for number in range(600)]
    for day in ("2021-03-01", "2021-05-01", "2021-04-01"):
        rows.append(car(0) | {"listed_on": day})
    # when they are read, then its age is that of its newest listing
    table = read(write_file(rows)).table
    ages = table.loc[table["mileage_km"] == 1_000, "age_years"]
    assert ages.tolist() == [(date(2021, 5, 1) - date(2016, 7, 1)).days / 365.25]


def test_of_one_id_the_newest_listing_stays(write_file: WriteFile) -> None:
    """A price that was cut is the better evidence of what the car is worth."""
    # given a car that was listed thrice under one id, each time for less, and another of that number and another make
    rows = [car(number, id=str(number), listed_on="2021-01-01") for number in range(600)]
    for day, price in (("2021-03-01", "12000"), ("2021-05-01", "11500"), ("2021-04-01", "11800")):
        rows.append(car(0, id="0", listed_on=day, price=price))
    rows.append(car(0, id="0", listed_on="2021-05-01", make="Opel", model="Astra"))
    # when they are read, then it stands once, at its newest price
    dataset = read(write_file(rows))
    assert dataset.report.dropped == {"listed again later": 3}
    golf = dataset.table[(dataset.table["mileage_km"] == 1_000) & (dataset.table["make"] == "Volkswagen")]
    assert golf["price_eur"].tolist() == [11_500]
    assert len(dataset.table) == 601


def test_what_was_listed_of_a_car_on_several_days_is_in_one_fold(write_file: WriteFile) -> None:
    """Law: no fold prices a car that the others had seen, though a file without ids lists it every week."""
    # given cars without ids, each listed in three weeks at other prices; and two alike on one day, which are two cars
    rows = [
        car(number, listed_on=f"2021-06-{7 * week + 1:02}", price=str(12_500 - 100 * week))
        for week in range(3) for number in range(300)
    ]  # fmt: skip
    rows += [car(5_000, listed_on="2021-06-15"), car(5_000, listed_on="2021-06-15", price="9999")]
    # when they are cut into folds
    dataset = read(write_file(rows))
    table = dataset.table
    # then each car's listings are tested together, and the folds part the rows
    for train, test in dataset.folds():
        assert not set(table["mileage_km"].iloc[train]) & set(table["mileage_km"].iloc[test]) - {6_000}
        assert 100 <= len(test) <= 260
    assert sorted(np.concatenate([test for _, test in dataset.folds()])) == list(range(902))
    assert table.groupby("mileage_km")["car"].nunique().value_counts().to_dict() == {1: 300, 2: 1}


def test_reports_alone_make_no_model_known(write_file: WriteFile) -> None:
    # given collected listings of one model, and an account's reports of it and of another
    rows = [row | {"account": ""} for row in cars()]
    rows += [car(700, account="a1"), car(701, account="a1", model="GOLF"), car(702, account="a1", model="Bugatti")]
    # when they are read, then the other is not known, and that is told
    dataset = read(write_file(rows))
    assert set(dataset.table["model"]) == {"Golf"}
    assert dataset.report.dropped == {"report of a model that no listing is of": 1}


def test_reports_alone_are_no_market(write_file: WriteFile) -> None:
    # given few collected listings and many reports, when they are read, then they are too few
    rows = [row | {"account": ""} for row in cars(100)] + [row | {"account": "a1"} for row in cars(900, hp="150")]
    assert "too few usable listings" in refusal_of(write_file(rows))


def test_the_commonest_spelling_wins(write_file: WriteFile) -> None:
    """Makes and models are data; whoever spells them otherwise means the same car."""
    # given a make and a model in several spellings
    rows = [
        *cars(300, make="Mercedes-Benz", model="C-Class"), *cars(250, make="mercedes benz", model="C CLASS", hp="120"),
        *cars(50, make="MERCEDES", model="c class", hp="130"),
    ]  # fmt: skip
    # when they are read, then one spelling of each is left, the one that most use
    table = read(write_file(rows)).table
    assert set(zip(table["make"], table["model"], strict=True)) == {("Mercedes-Benz", "C-Class")}


def test_of_equally_common_spellings_the_first_in_the_alphabet_wins(write_file: WriteFile) -> None:
    """The order of the rows must not change the table."""
    # given two spellings, each as common as the other
    half, other = cars(300, model="i-30"), cars(300, model="I30", hp="120")
    # when they are read in both orders, then the same one is left
    for name, rows in (("one.csv", [*half, *other]), ("two.csv", [*other, *half])):
        assert set(read(write_file(rows, name)).table["model"]) == {"I30"}


def test_models_of_two_makes_are_not_mixed(write_file: WriteFile) -> None:
    # given one name of a model at two makes, spelt differently at each
    rows = [*cars(300, make="BMW", model="M3"), *cars(300, make="Mazda", model="m3")]
    # when they are read, then each make keeps its spelling
    table = read(write_file(rows)).table
    assert set(zip(table["make"], table["model"], strict=True)) == {("BMW", "M3"), ("Mazda", "m3")}


GERMAN = {
    "mileage_km": "Kilometer", "make": "Marke", "model": "Modell", "fuel": "Kraftstoff", "gearbox": "Getriebe",
    "price_eur": "Preis", "power_kw": "Leistung", "first_registration": "Erstzulassung", "listed_on": "Datum",
}  # fmt: skip


def german(row: Row) -> Row:
    ours = {"mileage": "mileage_km", "gear": "gearbox", "price": "price_eur", "hp": "power_kw",
            "year": "first_registration"}  # fmt: skip
    named = {GERMAN[ours.get(name, name)]: value for name, value in row.items() if name != "offerType"}
    return named | {"Datum": "2021-06-30"}


def test_a_mapping_names_the_columns(tmp_path: Path, write_file: WriteFile) -> None:
    # given a file with German columns and a mapping file for them
    (tmp_path / "mapping.json").write_text(json.dumps(GERMAN), encoding="utf-8")
    # when it is read by the mapping
    dataset = read(write_file(map(german, cars())), None, read_mapping(tmp_path / "mapping.json"))
    # then every row is used
    assert dataset.report.rows_used == 600
    assert dataset.market_date == date(2021, 6, 30)


def test_a_mapped_column_that_the_file_lacks_is_named(write_file: WriteFile) -> None:
    # given a mapping to a column that is not there, when the file is read, then both names are told
    message = refusal_of(write_file(map(german, cars())), mapping=GERMAN | {"gearbox": "Schaltung"})
    assert message == "cars.csv, line 1: no column 'Schaltung', which the mapping names for 'gearbox'"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{", "cannot be read"), (b"\xff\xfe", "cannot be read"), (b'["mileage"]', "must be one object of texts"),
        (b'{"mileage_km": 5}', "must be one object of texts"), (b'{"milage": "Kilometer"}', "'milage'"),
    ],
)  # fmt: skip
def test_a_bad_mapping_is_refused_with_the_reason(tmp_path: Path, content: bytes, told: str) -> None:
    # given a mapping file that is none, when it is read, then its path and the reason are told
    path = tmp_path / "mapping.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match="mapping.json") as caught:
        read_mapping(path)
    assert told in str(caught.value)


def test_a_missing_mapping_is_refused(tmp_path: Path) -> None:
    # given no mapping file, when it is read, then its path is told
    with pytest.raises(DataError, match="none.json cannot be read"):
        read_mapping(tmp_path / "none.json")


def dated(rows: Iterable[Row], day: str) -> list[Row]:
    return [row | {"listed_on": day} for row in rows]


def test_several_files_make_one_market(write_file: WriteFile) -> None:
    """Law: the market's date is the newest of all; each listing is as old as on its own day."""
    # given a file of one day without dates, and a newer one with dates
    old = write_file(cars(400), "old.csv")
    new = write_file(dated(cars(300, hp="150"), "2021-09-01"), "new.csv")
    # when both are read
    dataset = read_dataset([Source(old, MARKET_DATE), Source(new)])
    # then every row counts, on its own day
    assert len(dataset.table) == dataset.report.rows_used == dataset.report.rows_read == 700
    assert dataset.market_date == date(2021, 9, 1)
    days = dataset.table.groupby("power_hp")["days_ago"].unique()
    assert (days[110.0].tolist(), days[150.0].tolist()) == ([62.0], [0.0])
    ages = dataset.table.groupby("power_hp")["age_years"].unique()
    assert ages[110.0].tolist() == [(MARKET_DATE - date(2016, 7, 1)).days / 365.25]
    assert ages[150.0].tolist() == [(date(2021, 9, 1) - date(2016, 7, 1)).days / 365.25]
    # and the data set is named and digested after both
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (old, new)]
    assert dataset.source == "old.csv + new.csv"
    assert dataset.digest == hashlib.sha256("".join(digests).encode()).hexdigest()


def test_each_file_without_dates_is_of_its_own_day(write_file: WriteFile) -> None:
    # given two files without dates, when each is read as of its own day, then their rows are of these days
    sources = [
        Source(write_file(cars(400), "a.csv"), date(2021, 3, 1)),
        Source(write_file(cars(400, hp="150"), "b.csv"), MARKET_DATE),
    ]
    dataset = read_dataset(sources)
    assert dataset.market_date == MARKET_DATE
    assert dataset.table.groupby("power_hp")["days_ago"].unique().map(list).to_dict() == {110.0: [122.0], 150.0: [0.0]}


def test_of_several_files_the_one_without_a_date_is_named(write_file: WriteFile) -> None:
    # given a file with a date and one without, when both are read, then the date of the latter is asked for
    sources = [Source(write_file(cars(400), "a.csv"), MARKET_DATE), Source(write_file(cars(400), "b.csv"))]
    with pytest.raises(MarketDateMissing, match="b.csv has no column of dates"):
        read_dataset(sources)


def test_of_several_files_the_one_at_fault_is_named(write_file: WriteFile, tmp_path: Path) -> None:
    # given a sound file and one in another encoding or without content, when both are read, then the latter is named
    sound = Source(write_file(cars(), "sound.csv"), MARKET_DATE)
    (tmp_path / "empty.csv").touch()
    latin = write_file(cars(make="Škoda", model="Citigoé"), "latin.csv", encoding="iso8859-2")
    for path, told in ((tmp_path / "empty.csv", "empty.csv is empty"), (latin, "latin.csv is not UTF-8: line 2")):
        with pytest.raises(DataError, match=told):
            read_dataset([sound, Source(path, MARKET_DATE)])


def test_of_several_files_a_dropped_rows_own_is_told(write_file: WriteFile) -> None:
    # given two files, each with a broken row, when they are read, then each row is named with its file and line
    sources = [
        Source(write_file([*cars(300, hp=hp), car(1, hp="1")], name), MARKET_DATE)
        for name, hp in (("a.csv", "90"), ("b.csv", "95"))
    ]
    report = read_dataset(sources).report
    assert list(map(str, report.examples["power_hp: implausible"])) == [
        "a.csv, line 302: power_hp: 1 hp is no car's power", "b.csv, line 302: power_hp: 1 hp is no car's power",
    ]  # fmt: skip


def test_a_car_in_two_files_stands_once(write_file: WriteFile) -> None:
    """Law: of a car that several files list, the newest listing stays, whichever file comes first."""
    # given a file, and a newer one that lists half of its cars again
    old = Source(write_file(dated(cars(600), "2021-03-01"), "old.csv"))
    new = Source(write_file(dated(cars(300), "2021-05-01"), "new.csv"))
    for sources in ([old, new], [new, old]):
        # when they are read in either order
        dataset = read_dataset(sources)
        # then each car stands once, on its newest day
        assert dataset.report.dropped == {"duplicate of another row": 300}
        again = dataset.table["mileage_km"] < 1_300
        assert (dataset.table.loc[again, "days_ago"] == 0).all()
        assert (dataset.table.loc[~again, "days_ago"] == 61).all()


def test_a_mapping_is_for_the_files_that_have_its_columns(write_file: WriteFile) -> None:
    """A market's export comes in its own words, what accounts report in ours."""
    # given a file with German columns, and one in our names, when both are read by the mapping, then both are used
    theirs = Source(write_file(map(german, cars(400)), "theirs.csv"))
    ours = Source(write_file(dated(cars(300, hp="150"), "2021-06-30"), "ours.csv"))
    dataset = read_dataset([theirs, ours], GERMAN)
    assert dataset.report.rows_used == 700


def test_the_same_file_twice_counts_once(write_file: WriteFile) -> None:
    # given a file named twice, when it is read, then the second time all its rows are copies
    source = Source(write_file(cars()), MARKET_DATE)
    assert read_dataset([source, source]).report.dropped == {"duplicate of another row": 600}


def test_the_order_of_rows_does_not_matter(write_file: WriteFile) -> None:
    """Law: a file that is not sorted makes the same market."""
    # given listings of many days, backwards and forwards
    rows = [car(number, make=("VW", "volkswagen")[number % 2]) | {"listed_on": f"2021-0{number % 6 + 1}-15"}
            for number in range(600)]  # fmt: skip
    one, other = (read(write_file(some), None) for some in (rows, rows[::-1]))
    # when both are read, then their cars are the same, each once
    tables = [some.table.drop(columns="car").sort_values("mileage_km", ignore_index=True) for some in (one, other)]
    pd.testing.assert_frame_equal(*tables)
    assert one.market_date == other.market_date


def test_sales_stand_beside_asking_prices(write_file: WriteFile) -> None:
    """Law: a car that was offered and sold is told of twice, also at the same price."""
    # given listings, ten of which were sold for what was asked
    rows = [row | {"price_kind": "asking"} for row in cars()] + [row | {"price_kind": "sale"} for row in cars(10)]
    # when they are read, then none counts as a copy, and each keeps its kind
    table = read(write_file(rows)).table
    assert table["price_kind"].value_counts().to_dict() == {"asking": 600, "sale": 10}


def test_reports_are_known_as_such_and_weighed(write_file: WriteFile) -> None:
    # given collected listings, one of little trust, and many reports of one account
    rows = [row | {"account": "", "trust": "0.5" if number == 0 else "1"} for number, row in enumerate(cars(600))]
    rows += [row | {"account": "a1", "trust": "1"} for row in cars(500, hp="150")]
    # when they are read
    table = read(write_file(rows)).table
    # then listings keep their trust, and the account's rows weigh as model.weights has it
    collected = table[~table["is_report"]]
    assert collected["weight"].value_counts().to_dict() == {1.0: 599, 0.5: 1}
    assert (table["is_report"] == (table["power_hp"] == 150)).all()
    evidence = table.assign(trust=np.where(table["mileage_km"] == 1_000, 0.5, 1.0))
    evidence.loc[evidence["is_report"], "trust"] = 1.0
    evidence["account"] = table["is_report"].map({True: "a1", False: None})
    assert table["weight"].tolist() == weigh(evidence).tolist()


def test_reports_do_not_move_the_market_date(write_file: WriteFile) -> None:
    """What accounts alone say of days after the last collected listing would be all that the index had there."""
    # given collected listings, and an account's report of half a year later
    rows = [row | {"account": "", "listed_on": "2020-12-01"} for row in cars()]
    late = car(7_000, account="a1", listed_on="2021-06-01")
    # when they are read, then the market is as of the newest collected listing, and the report of that day too
    dataset = read(write_file([*rows, late]), market_date=None)
    assert dataset.market_date == date(2020, 12, 1)
    assert (dataset.table["days_ago"] == 0).all()
    assert dataset.report.rows_used == 601


def test_a_market_of_a_day_to_come_is_refused(write_file: WriteFile) -> None:
    """All cars would be as old as they are not yet."""
    message = refusal_of(write_file(cars()), market_date=date(2125, 7, 1))
    assert "2125-07-01" in message
    assert "still to come" in message


def test_a_report_cannot_take_a_collected_listings_place(write_file: WriteFile) -> None:
    """Law: whatever an account reports, a listing that was collected keeps its weight. Who reports other people's
    listings again, a day later, must not turn the evidence of a niche into an account's word.
    """
    # given collected listings, and an account that reports the same cars at the same prices, a day later
    rows = [row | {"account": "", "listed_on": "2021-05-01"} for row in cars()]
    copies = [row | {"account": "a1", "listed_on": "2021-05-02"} for row in cars()]
    # when they are read, then each car stands once, as it was collected
    table = read(write_file([*rows, *copies])).table
    assert len(table) == 600
    assert table["weight"].sum() == 600
    assert not table["is_report"].any()


def test_a_file_of_one_car_again_and_again_is_refused(write_file: WriteFile) -> None:
    # given a file whose rows are all the same, when it is read, then it is told that they are copies
    message = refusal_of(write_file([car(1)] * 2_000))
    assert "2,000 rows read, 1 used" in message
    assert "1,999 dropped: duplicate of another row" in message


def test_a_file_of_a_header_alone_is_refused(tmp_path: Path, write_file: WriteFile) -> None:
    # given a file without a row, when it is read, then that is told
    path = tmp_path / "header.csv"
    path.write_text(write_file(cars(1)).read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert "0 rows read, 0 used" in refusal_of(path)


def test_a_make_of_one_row_is_kept(write_file: WriteFile) -> None:
    # given a market with a single Lada, when it is read, then it is there
    table = read(write_file([*cars(), car(1, make="Lada", model="Niva")])).table
    assert table["make"].value_counts().to_dict() == {"Volkswagen": 600, "Lada": 1}


def renamed(rows: Iterable[Row], names: Mapping[str, str]) -> list[Row]:
    return [{names.get(name, name): value for name, value in row.items()} for row in rows]


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        ({"mileage": "mileage_mi"}, "mileage_km"), ({"mileage": "Mileage (miles)"}, "mileage_km"),
        ({"mileage": "odometer_miles"}, "mileage_km"), ({"price": "price_usd"}, "price_eur"),
        ({"price": "Price ($)"}, "price_eur"), ({"price": "price_gbp", "mileage": "miles"}, "mileage_km, price_eur"),
    ],
)  # fmt: skip
def test_other_units_are_not_read_as_ours(write_file: WriteFile, names: dict[str, str], missing: str) -> None:
    """Law: miles are no kilometres and dollars no euros, and nobody's price is made of them unnoticed."""
    # given a file whose header says miles or dollars, when it is read, then ours are missed, and the header is told
    message = refusal_of(write_file(renamed(cars(), names)))
    assert f"no column for {missing}." in message
    assert all(name in message for name in names.values())


@pytest.mark.parametrize(
    ("ours", "theirs", "unit"),
    [
        ("mileage_km", "mileage_mi", "kilometres"), ("mileage_km", "Odometer (miles)", "kilometres"),
        ("mileage_km", "mileageMi", "kilometres"), ("price_eur", "price_usd", "euros"),
        ("price_eur", "Price in £", "euros"), ("price_eur", "Preis CHF", "euros"), ("price_eur", "priceUSD", "euros"),
        ("price_eur", "Preis (DKK)", "euros"), ("mileage_km", "Meilen", "kilometres"),
    ],
)  # fmt: skip
def test_a_mapping_cannot_make_kilometres_of_miles(write_file: WriteFile, ours: str, theirs: str, unit: str) -> None:
    # given a mapping that names a column of another unit, when the file is read, then it is told to convert it
    name = {"mileage_km": "mileage", "price_eur": "price"}[ours]
    message = refusal_of(write_file(renamed(cars(), {name: theirs})), mapping={ours: theirs})
    assert f"'{theirs}' is not in {unit}" in message
    assert "Convert" in message


def test_a_header_may_be_in_any_case(write_file: WriteFile) -> None:
    """A currency that nobody reads would make euros of francs."""
    # given a header in other cases, when the file is read, then it is used, its currency too
    names = {"currency": "Currency", "price": "PRICE", "offerType": "offertype"}
    rows = renamed([car(number, currency="EUR") for number in range(601)], names)
    rows[0]["Currency"] = "CHF"
    assert read(write_file(rows)).report.dropped == {"currency: not_euros": 1}


def test_of_two_columns_the_one_in_our_case_is_read(write_file: WriteFile) -> None:
    # given a header that names a column in two cases, when it is read, then the one as we write it is taken
    dataset = read(write_file([{"Price": "1"} | car(number) for number in range(600)]))
    assert (dataset.price_eur == 12_500).all()
    assert dataset.report.unread_columns == {"cars.csv": ("Price",)}


def test_columns_that_are_not_read_are_told(write_file: WriteFile) -> None:
    # given a file with two columns that mean nothing to us, when it is read, then the report names them
    report = read(write_file([car(number) | {"colour": "red", "doors": "5"} for number in range(600)])).report
    assert "  columns of cars.csv that were not read: colour, doors" in list(report.lines())


@pytest.mark.parametrize("theirs", ["Kilometer", "mileage_km", "km-Stand", "Laufleistung", "Mileage"])
def test_columns_of_our_units_may_have_any_name(write_file: WriteFile, theirs: str) -> None:
    # given a mapping to a column of kilometres, when the file is read, then it is used
    path = write_file(renamed(cars(), {"mileage": theirs}))
    assert read(path, mapping={"mileage_km": theirs}).report.rows_used == 600


def test_the_demo_market_is_read_and_its_dirt_counted(dataset: Dataset) -> None:
    # given the demo market, when it is read, then its sound rows are used and each kind of dirt is counted
    report = dataset.report
    assert report.rows_read == report.rows_used + report.dropped.total() == 3_000
    assert report.rows_used > 2_850
    assert {"duplicate of another row", "make: pseudo_make", "model: missing", "gearbox: missing", "fuel: missing",
            "power_hp: implausible"} <= set(report.dropped)  # fmt: skip
    assert dataset.table.notna().all(axis=None)


def test_folds_are_those_of_scikit_learn_and_disjoint(write_file: WriteFile) -> None:
    """Law: every row is tested once, by a fit that never saw it; everyone's folds are the same."""
    # given a file in which no car stands twice
    rows = 1_003
    # when it is cut into folds
    parts = list(read(write_file(cars(rows))).folds())
    # then the folds are KFold(5, shuffle, 42)'s, and their tests part the rows
    expected = KFold(5, shuffle=True, random_state=42).split(np.zeros(rows))
    assert len(parts) == 5
    for (train, test), (expected_train, expected_test) in zip(parts, expected, strict=True):
        assert np.array_equal(train, expected_train) and np.array_equal(test, expected_test)
        assert not set(train) & set(test)
    assert sorted(np.concatenate([test for _, test in parts])) == list(range(rows))
