"""The demo market: deterministic, varied, dirty to a stated degree, and nobody's real listings."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from model.demo_market import COLUMNS, PARAMETERS_FILE, write_demo_market

MARKET_DATE = date(2026, 7, 1)
REAL_LISTINGS = Path(__file__).resolve().parents[2] / "../shared/data/autoscout24-germany-2021.csv"
WORDS = {
    "fuel": {"Gasoline", "Diesel", "Electric/Gasoline", "Electric", "LPG", "CNG"},
    "gear": {"Manual", "Automatic", "Semi-automatic"},
    "offerType": {"Used", "Demonstration", "Employee's car", "Pre-registered", "New"},
}

Row = dict[str, str]


@pytest.fixture(scope="module")
def parameters() -> Any:
    return json.loads(PARAMETERS_FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """The market that a fresh machine gets."""
    path = tmp_path_factory.mktemp("demo") / "market.csv"
    write_demo_market(path, market_date=MARKET_DATE)
    return read(path)


@pytest.fixture(scope="module")
def sound(market: list[Row], parameters: Any) -> list[Row]:
    """The market's rows whose fields are all there and make sense."""
    return [
        row for row in market
        if row["make"] in parameters["makes"] and row["model"] and row["gear"] in WORDS["gear"]
        and row["fuel"] in WORDS["fuel"] and row["hp"] not in ("", "1")
        and row["mileage"] != "1111111" and row["price"] != "1"
    ]  # fmt: skip


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def age_years(row: Row) -> float:
    """From the first day of the month of registration."""
    return (date.fromisoformat(row["listed_on"]) - date.fromisoformat(row["first_registration"] + "-01")).days / 365.25


def typical_prices(parameters: Any) -> Iterator[tuple[str, str, float]]:
    """Make, model and price in EUR of a five-year-old in the model's usual fuel and gear."""
    market = parameters["market"]
    for make, entry in parameters["makes"].items():
        for model in entry["models"]:
            fuel = max(model["fuels"], key=model["fuels"].get)
            premium = market["log_price_by_fuel"][fuel] + market["log_price_automatic"] * model["automatic"]
            yield make, model["model"], model["price_eur"] * (1 + premium)


def test_same_arguments_give_same_bytes(tmp_path: Path) -> None:
    """A market can be made again exactly, on any machine, from its seed."""
    # given two markets written with the same arguments, and one with another seed
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        write_demo_market(tmp_path / name, seed=seed, rows=500, market_date=MARKET_DATE)
    # when the files are compared
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    # then the seed alone makes the difference
    assert a == b
    assert a != c


@pytest.mark.parametrize("rows", [1, 2, 49, 50, 1000])
def test_any_size_can_be_written(tmp_path: Path, rows: int) -> None:
    """The number of rows is the one asked for, however small."""
    # given a size
    # when a market of that size is written
    written = write_demo_market(tmp_path / "market.csv", rows=rows, market_date=MARKET_DATE, days=1)
    # then the file holds so many rows, all of the day before
    listings = read(tmp_path / "market.csv")
    assert written == len(listings) == rows
    assert {row["listed_on"] for row in listings} == {"2026-06-30"}


@pytest.mark.parametrize(("rows", "days"), [(0, 120), (-1, 120), (10, 0)])
def test_impossible_sizes_are_refused(tmp_path: Path, rows: int, days: int) -> None:
    """A market without listings or days is a mistake of the caller, and leaves no file."""
    # given a path
    path = tmp_path / "market.csv"
    # when an empty market is asked for, then it is refused
    with pytest.raises(ValueError, match="at least"):
        write_demo_market(path, rows=rows, days=days, market_date=MARKET_DATE)
    assert not path.exists()


def test_an_impossible_drift_is_refused(tmp_path: Path) -> None:
    # given a path, when a market is asked for whose prices fall by more than there is of them, then it is refused
    with pytest.raises(ValueError, match="cannot fall by 100%"):
        write_demo_market(tmp_path / "market.csv", rows=10, market_date=MARKET_DATE, yearly_drift=-1.0)
    assert not (tmp_path / "market.csv").exists()


@pytest.mark.parametrize("drift", [0.2, -0.3])
def test_prices_drift_steadily_to_what_they_would_be(tmp_path: Path, drift: float) -> None:
    """Law: cars, days and noise are those of the flat market; prices alone move, by this share in a year."""
    # given a flat market of two years and one that drifts
    for name, yearly in (("flat.csv", 0.0), ("drifting.csv", drift)):
        write_demo_market(tmp_path / name, rows=3_000, market_date=MARKET_DATE, days=730, yearly_drift=yearly)
    pairs = list(zip(read(tmp_path / "flat.csv"), read(tmp_path / "drifting.csv"), strict=True))
    # when their rows are compared, then they differ in their prices alone
    assert all({**one, "price": ""} == {**other, "price": ""} for one, other in pairs)
    # and by the share of a year, but for how sellers round
    for one, other in pairs:
        years = (MARKET_DATE - date.fromisoformat(one["listed_on"])).days / 365.25
        grown = (1 + drift) ** -years
        if min(int(one["price"]), int(other["price"])) > 10_000:
            assert int(other["price"]) == pytest.approx(int(one["price"]) * grown, abs=60 * (1 + grown))


def test_makes_and_models_are_many(sound: list[Row]) -> None:
    """The market is as wide as a real one: some 40 makes and 250 models, the common ones with many listings."""
    # given the sound listings
    # when they are counted by make and by model
    makes = Counter(row["make"] for row in sound)
    models = Counter((row["make"], row["model"]) for row in sound)
    # then there are many of both, and two-word makes stand in full
    assert 40 <= len(makes) <= 50
    assert 240 <= len(models) <= 280
    assert {"Land Rover", "Alfa Romeo", "Aston Martin"} <= set(makes)
    assert sum(count >= 20 for count in models.values()) >= 150


def test_fields_are_plausible(sound: list[Row]) -> None:
    """A sound listing is a car that could stand at a dealer's: known words, 0 to 12 years of age, sane numbers."""
    # given the sound listings
    for row in sound:
        # when a listing is read, then every field is plausible
        assert tuple(row) == COLUMNS
        assert all(row[column] in words for column, words in WORDS.items())
        assert date(2026, 3, 3) <= date.fromisoformat(row["listed_on"]) < MARKET_DATE
        assert 0 <= age_years(row) <= 12.1
        assert 1 <= int(row["mileage"]) <= 400_000
        assert 40 <= int(row["hp"]) <= 800
        assert 700 <= int(row["price"]) <= 500_000


def test_words_of_the_market_all_occur(sound: list[Row]) -> None:
    """A model trained on the demo market has met every word of the form."""
    # given the sound listings
    # when their words are collected, then none is missing
    for column, words in WORDS.items():
        assert {row[column] for row in sound} == words


def test_prices_follow_the_parameters(sound: list[Row], parameters: Any) -> None:
    """A model's typical five-year-old costs about what the parameters say."""
    # given the prices of used cars of 4 to 6 years, by model
    prices: dict[tuple[str, str], list[int]] = {}
    for row in sound:
        if row["offerType"] == "Used" and 4 <= age_years(row) <= 6:
            prices.setdefault((row["make"], row["model"]), []).append(int(row["price"]))
    # when the medians of models with enough of them are compared with the typical prices
    ratios = [
        median(prices[make, model]) / price_eur
        for make, model, price_eur in typical_prices(parameters)
        if len(prices.get((make, model), [])) >= 10
    ]
    # then each is near, and all together are neither dear nor cheap
    assert len(ratios) > 80
    assert all(0.7 < ratio < 1.4 for ratio in ratios)
    assert 0.93 < median(ratios) < 1.07


def test_age_and_mileage_cost_value(sound: list[Row]) -> None:
    """Of one model, old cars are cheaper than young ones and much-driven cars cheaper than little-driven ones."""
    # given all Golfs
    golfs = [row for row in sound if (row["make"], row["model"]) == ("Volkswagen", "Golf")]
    # when they are split by age, and those of middling age by mileage
    middling = [row for row in golfs if 5 <= age_years(row) <= 8]
    little_driven = [int(row["price"]) for row in middling if int(row["mileage"]) < 80_000]
    much_driven = [int(row["price"]) for row in middling if int(row["mileage"]) > 120_000]
    young = [int(row["price"]) for row in golfs if age_years(row) < 3]
    old = [int(row["price"]) for row in golfs if age_years(row) > 9]
    # then age and mileage have cost them a good part of their price
    assert median(old) < 0.6 * median(young)
    assert median(much_driven) < 0.9 * median(little_driven)


def test_market_has_no_trend(sound: list[Row]) -> None:
    """Prices do not depend on the day of a listing, so that a model need not know it."""
    # given the sound listings by day
    by_day = sorted(sound, key=lambda row: row["listed_on"])
    # when the first half is compared with the second
    half = len(by_day) // 2
    first, second = (median(int(row["price"]) for row in part) for part in (by_day[:half], by_day[half:]))
    # then their typical prices are the same
    assert abs(second / first - 1) < 0.03


def test_dirt_has_its_stated_shares(market: list[Row], parameters: Any) -> None:
    """About 3.5 per cent of the listings are duplicates, incomplete or nonsense, so that cleaning is exercised."""
    # given the market without its duplicates
    distinct = [dict(pairs) for pairs in dict.fromkeys(tuple(row.items()) for row in market)]
    makes, dirt = parameters["makes"], parameters["dirt"]
    # when each kind of dirt is counted
    pseudo_makes = sum(row["make"] in dirt["pseudo_makes"] for row in distinct)
    counts = {
        "missing_model": sum(not row["model"] for row in distinct),
        "missing_gear": sum(not row["gear"] for row in distinct),
        "missing_power": sum(not row["hp"] for row in distinct),
        "power_1_hp": sum(row["hp"] == "1" for row in distinct),
        "mileage_1111111_km": sum(row["mileage"] == "1111111" for row in distinct),
        "price_1_eur": sum(row["price"] == "1" for row in distinct),
        "unknown_fuel": sum(row["fuel"] == "-/- (Fuel)" for row in distinct),
        "pseudo_make": pseudo_makes,
        "spelling": sum(row["make"] not in makes for row in distinct) - pseudo_makes,
    }
    # then each has its share
    assert counts == {kind: int(share * len(distinct)) for kind, share in dirt["shares"].items()}
    assert len(market) - len(distinct) == pytest.approx(0.02 * len(market), rel=0.05)
    assert 0.03 < (sum(counts.values()) + len(market) - len(distinct)) / len(market) < 0.04


def test_parameters_are_rounded_aggregates(parameters: Any) -> None:
    """The parameters tell nothing finer than they claim: shares by 5 per cent, powers by 5 hp, prices by 50 EUR."""
    # given every model's parameters
    for entry in parameters["makes"].values():
        for model in entry["models"]:
            # when they are read, then each is as coarse as stated
            shares = [*model["fuels"].values(), model["automatic"]]
            assert all(round(share * 20, 6).is_integer() for share in shares)
            assert sum(model["fuels"].values()) == pytest.approx(1)
            assert all(power_hp % 5 == 0 for power_hp in model["power_hp"])
            assert model["price_eur"] % 50 == 0
            assert model["mileage_km"] % 1000 == 0


@pytest.mark.skipif(not REAL_LISTINGS.exists(), reason=f"no real listings to compare with at {REAL_LISTINGS}")
def test_no_listing_is_a_real_one(sound: list[Row]) -> None:
    """The market holds nothing of the file whose aggregates shaped it.

    Listings with a round mileage are left out: a price, a power and a mileage in whole hundreds can meet by chance.
    """
    fields = ("fuel", "gear", "offerType", "price", "hp", "mileage")

    # The real file cuts makes to their first word and puts the rest before the model; joined, the two are alike.
    def key(row: Row) -> tuple[str, ...]:
        return (f"{row['make']} {row['model']}", *(row[field].removesuffix(".0") for field in fields))

    # given the real listings
    real = {key(row) for row in read(REAL_LISTINGS)}
    # when the made-up listings are looked up among them, then none is there
    assert not [row for row in sound if int(row["mileage"]) % 100 and key(row) in real]
