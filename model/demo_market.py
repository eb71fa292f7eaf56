"""A demo market: made-up listings in the shape of a marketplace's export, so that a fresh machine has data to train on.

Every listing is drawn from the parameters in demo_market.json, which says how they were estimated. The market is flat
unless it is told to drift. As in a real export, some prices are far off, some listings come twice and some fields are
missing or nonsense; the data set's cleaning has to cope.
"""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.schema.features import DAYS_PER_YEAR, HP_PER_KW

PARAMETERS_FILE = Path(__file__).with_name("demo_market.json")
COLUMNS = (
    "listed_on", "make", "model", "fuel", "gear", "offerType", "mileage", "hp", "first_registration", "price",
)  # fmt: skip
# First registrations carry a month only; half a month below 12 keeps every car within 12 years of age.
OLDEST_AGE_YEARS = 11.95
LONGEST_MILEAGE_KM = 400_000
LOWEST_PRICE_EUR = 700

Floats = NDArray[np.float64]
Words = NDArray[np.str_]
Listing = dict[str, str]


def write_demo_market(
    path: Path, *, seed: int = 7, rows: int = 20_000, market_date: date, days: int = 120, yearly_drift: float = 0.0
) -> int:
    """Write a CSV file of `rows` synthetic listings and return their number.

    The listings are spread over the `days` days before market_date; all prices rise by the share yearly_drift in a
    year (0.2: by 20%), steadily, to what they would be without it on market_date.

    Price in EUR, mileage in km, power in metric hp, first registration as YYYY-MM. The same arguments give the same
    bytes. Raises ValueError for less than one row or one day or a drift of -100% or below, OSError if the file cannot
    be written.
    """
    if rows < 1 or days < 1:
        raise ValueError(f"a market needs 1 row and 1 day at least, not {rows} rows and {days} days")
    if yearly_drift <= -1:
        raise ValueError(f"prices cannot fall by {-yearly_drift:.0%} a year")
    parameters = json.loads(PARAMETERS_FILE.read_text(encoding="utf-8"))
    rng = np.random.Generator(np.random.PCG64(seed))
    duplicates = int(rows * parameters["dirt"]["duplicate_share"])
    listings = _draw_listings(rng, parameters, rows - duplicates, market_date, days, yearly_drift)
    _soil(rng, parameters["dirt"], listings)
    listings += [listings[i] for i in rng.integers(len(listings), size=duplicates)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        # Shuffled, so that a duplicate stands anywhere.
        writer.writerows(listings[i] for i in rng.permutation(rows))
    return rows


@dataclass(frozen=True)
class Cars:
    """Drawn cars as columns of equal length: age in years, power in metric hp, mileage in km, the rest in words."""

    model: Sequence[Mapping[str, Any]]
    age_years: Floats
    fuel: Words
    gear: Words
    offer_type: Words
    power_hp: Floats
    mileage_km: Floats

    def of_model(self, parameter: str) -> Floats:
        return np.array([model[parameter] for model in self.model], dtype=float)


def _draw_listings(
    rng: np.random.Generator,
    parameters: Mapping[str, Any],
    rows: int,
    market_date: date,
    days: int,
    yearly_drift: float,
) -> list[Listing]:
    """Clean listings: every field present, every price plausible but for the outliers."""
    cars = _draw_cars(rng, parameters["market"], parameters["makes"], rows)
    log_price = _draw_log_prices(rng, parameters["market"], cars)
    days_ago = rng.integers(1, days + 1, size=rows)
    listed_on = np.datetime64(market_date, "D") - days_ago
    log_price -= np.log1p(yearly_drift) * days_ago / DAYS_PER_YEAR
    price_eur = _as_sellers_write(rng, parameters["market"]["price_endings_eur"], np.exp(log_price))
    age_days = np.rint(cars.age_years * DAYS_PER_YEAR).astype("timedelta64[D]")
    columns = (
        listed_on,
        [model["make"] for model in cars.model],
        [model["model"] for model in cars.model],
        cars.fuel,
        cars.gear,
        cars.offer_type,
        cars.mileage_km.astype(int),
        cars.power_hp.astype(int),
        (listed_on - age_days).astype("datetime64[M]"),
        price_eur,
    )
    return [dict(zip(COLUMNS, map(str, values), strict=True)) for values in zip(*columns, strict=True)]


def _draw_cars(
    rng: np.random.Generator, market: Mapping[str, Any], makes: Mapping[str, Mapping[str, Any]], rows: int
) -> Cars:
    models = [{"make": make} | entry["slopes"] | model for make, entry in makes.items() for model in entry["models"]]
    share = np.array([model["share"] for model in models])
    drawn = [models[i] for i in rng.choice(len(models), size=rows, p=share / share.sum())]

    # The ages are even over the years in which a model was sold; a whole year of age stands for its middle.
    youngest, oldest = np.array([model["age_years"] for model in drawn], dtype=float).T
    age_years = np.clip(rng.uniform(youngest - 0.5, oldest + 0.5), 0, OLDEST_AGE_YEARS)
    offer_shares = list(market["offer_shares_by_age_years"].values())
    offer_type = _pick(rng, [offer_shares[min(round(age), len(offer_shares) - 1)] for age in age_years])
    fuel = _pick(rng, [_with_gas(model["fuels"], market["gas_share_of_petrol"]) for model in drawn])
    gear = _pick(rng, [_gear_shares(model["automatic"], market) for model in drawn])
    gear[np.strings.startswith(fuel, "Electric")] = "Automatic"
    engines_hp = np.array([model["power_hp"] for model in drawn], dtype=float)
    engine_hp = engines_hp[np.arange(rows), rng.integers(engines_hp.shape[1], size=rows)]
    # Engines are rated in whole kW; through them 115 hp becomes the familiar 116.
    power_hp = np.rint(np.rint(engine_hp / HP_PER_KW) * HP_PER_KW)
    cars = Cars(drawn, age_years, fuel, gear, offer_type, power_hp, mileage_km=np.zeros(rows))
    return replace(cars, mileage_km=_draw_mileages(rng, market, cars))


def _draw_mileages(rng: np.random.Generator, market: Mapping[str, Any], cars: Cars) -> Floats:
    """Whole km: a used car's by its age, model and fuel; cars on other offers have hardly been driven at any age."""
    rows = len(cars.age_years)
    median_km = (
        cars.of_model("mileage_km")
        * _curve(market["mileage_factor_by_age_years"], cars.age_years)
        * _values(market["mileage_factor_by_fuel"], cars.fuel)
    )
    log_sd = np.full(rows, market["mileage_log_sd"])
    for offer_type, hardly_driven in market["mileage_km_by_offer"].items():
        median_km[cars.offer_type == offer_type] = hardly_driven["median"]
        log_sd[cars.offer_type == offer_type] = hardly_driven["log_sd"]
    exact_km = np.clip(median_km * np.exp(log_sd * rng.standard_normal(rows)), 1, LONGEST_MILEAGE_KM)
    # Many sellers round what the odometer says, none of them to zero.
    step_km = rng.choice([1, 10, 100, 1000], size=rows, p=[0.4, 0.15, 0.2, 0.25])
    return np.where(exact_km > 2000, np.rint(exact_km / step_km) * step_km, np.rint(exact_km))


def _draw_log_prices(rng: np.random.Generator, market: Mapping[str, Any], cars: Cars) -> Floats:
    """Logs of prices in EUR: the model's level, moved by each trait, and what no trait tells."""
    median_hp = np.array([np.median(model["power_hp"]) for model in cars.model])
    log_price: Floats = (
        np.log(cars.of_model("price_eur"))
        + cars.of_model("age") * _curve(market["log_price_by_age_years"], cars.age_years)
        + cars.of_model("mileage") * _curve(market["log_price_by_mileage_km"], cars.mileage_km)
        + cars.of_model("power") * np.log(cars.power_hp / median_hp)
        + np.where(cars.gear == "Manual", 0.0, market["log_price_automatic"])
        + _values(market["log_price_by_fuel"], cars.fuel)
        + _values(market["log_price_by_offer"], cars.offer_type)
        + _draw_noise(rng, market, cars)
    )
    return log_price


def _draw_noise(rng: np.random.Generator, market: Mapping[str, Any], cars: Cars) -> Floats:
    """What a listing does not tell, on log price: more of it the older and rarer a car; a few prices are far off."""
    rows = len(cars.age_years)
    noise, outliers = market["noise_log_sd"], market["outliers"]
    log_sd = (noise["new"] + noise["per_year"] * cars.age_years) * cars.of_model("share") ** noise["rarity_exponent"]
    far_off = rng.random(rows) < outliers["share"]
    least, most = outliers["log_shift"]
    shift = rng.uniform(least, most, size=rows) * rng.choice([-1, 1], size=rows)
    drawn: Floats = log_sd * rng.standard_normal(rows) + far_off * shift
    return drawn


def _as_sellers_write(rng: np.random.Generator, endings: Mapping[str, float], price_eur: Floats) -> NDArray[np.int64]:
    """Prices in whole EUR with the endings that sellers like: 12,490 rather than 12,503."""
    ending = rng.choice([int(ending) for ending in endings], size=len(price_eur), p=list(endings.values()))
    written: NDArray[np.int64] = np.rint((price_eur - ending) / 100).astype(np.int64) * 100 + ending
    return np.maximum(written, LOWEST_PRICE_EUR)


def _soil(rng: np.random.Generator, dirt: Mapping[str, Any], listings: list[Listing]) -> None:
    """Spoil the stated shares of the listings in place, each listing in one way at most."""
    spellings: Mapping[str, Sequence[str]] = dirt["spellings"]

    def misspell(listing: Listing) -> Listing:
        return {"make": str(rng.choice(spellings.get(listing["make"], [listing["make"].lower()])))}

    def pseudo_make(_: Listing) -> Listing:
        return {"make": str(rng.choice(dirt["pseudo_makes"])), "model": "Others"}

    spoil: dict[str, Callable[[Listing], Listing]] = {
        "missing_model": lambda _: {"model": ""},
        "missing_gear": lambda _: {"gear": ""},
        "missing_power": lambda _: {"hp": ""},
        "power_1_hp": lambda _: {"hp": "1"},
        "mileage_1111111_km": lambda _: {"mileage": "1111111"},
        "price_1_eur": lambda _: {"price": "1"},
        "unknown_fuel": lambda _: {"fuel": "-/- (Fuel)"},
        "pseudo_make": pseudo_make,
        "spelling": misspell,
    }
    untouched = iter(rng.permutation(len(listings)))
    for kind, share in dirt["shares"].items():
        for _ in range(int(share * len(listings))):
            listing = listings[next(untouched)]
            listing.update(spoil[kind](listing))


def _with_gas(fuel_shares: Mapping[str, float], gas_share: Mapping[str, float]) -> dict[str, float]:
    """Shares of fuels of a model, a few of whose petrol cars run on gas."""
    petrol = fuel_shares.get("Gasoline", 0.0)
    gas = {fuel: share * petrol for fuel, share in gas_share.items()}
    return {**fuel_shares, "Gasoline": petrol - sum(gas.values()), **gas}


def _gear_shares(automatic: float, market: Mapping[str, Any]) -> dict[str, float]:
    semi_automatic = automatic * market["semi_automatic_share_of_automatic"]
    return {"Manual": 1 - automatic, "Automatic": automatic - semi_automatic, "Semi-automatic": semi_automatic}


def _pick(rng: np.random.Generator, shares: Sequence[Mapping[str, float]]) -> Words:
    """One word for each row of shares, by those shares; their sum need not be exactly 1."""
    words = sorted({word for by_word in shares for word in by_word})
    sums = np.array([[by_word.get(word, 0.0) for word in words] for by_word in shares]).cumsum(axis=1)
    picked = (rng.random(len(shares))[:, None] * sums[:, -1:] >= sums).sum(axis=1)
    drawn: Words = np.array(words, dtype=str)[picked]
    return drawn


def _curve(points: Mapping[str, float], at: Floats) -> Floats:
    """Linear between the points, flat outside."""
    return np.interp(at, [float(point) for point in points], list(points.values()))


def _values(by_word: Mapping[str, float], words: Words) -> Floats:
    return np.array([by_word[word] for word in words], dtype=float)
