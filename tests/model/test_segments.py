"""Segments: each part of the market with its figures, and how sure they are, by hand."""

import math
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from model.dataset import Dataset, Report
from model.evaluation import Evaluation
from model.ranges import Errors
from model.segments import AGE_BANDS_YEARS, FEWEST_ROWS, PRICE_BANDS_EUR, name_of, segments
from tests.model.markets import noisy_market


def made(market: pd.DataFrame, log_error: np.ndarray, support: np.ndarray) -> tuple[Dataset, Evaluation]:
    """A data set and its evaluation with these errors, all ranges reaching 0.2 down and 0.1 up."""
    count = len(market)
    report = Report(rows_read=count, rows_used=count)
    predicted_eur = market["price_eur"].to_numpy() * np.exp(-log_error)
    errors = Errors(log_error, support, np.zeros(count), market["age_years"].to_numpy(), predicted_eur)
    return (
        Dataset(market, date(2026, 7, 1), "market.csv", "0" * 64, True, report),
        Evaluation({}, [], errors, np.full(count, 0.2), np.full(count, 0.1)),
    )


def segment_of(found: list[dict[str, Any]], by: str, **which: Any) -> dict[str, Any]:
    return next(one for one in found if one["by"] == by and which.items() <= one.items())


def test_figures_and_their_intervals_by_hand() -> None:
    """A hundred cars of 10,000 EUR, predicted 1%, 2% ... 100% too dear; ranges hold where that is less than 22%."""
    # given these cars
    share = np.arange(1, 101) / 100
    market = noisy_market(100).assign(price_eur=10_000.0, price_kind="asking")
    dataset, evaluation = made(market, -np.log1p(share), np.full(100, 50))
    # when they are parted, then the segment of all has these figures
    found = segment_of(segments(dataset, evaluation), "price_kind", word="asking")
    assert found["rows"] == 100
    # the mean error is 5,050 EUR; its standard deviation 2,886.6, of which 1.96 / 10 lie on either side
    half = 1.96 * 10_000 * float(share.std()) / 10
    assert found["mae_eur"] == pytest.approx([5_050, 5_050 - half, 5_050 + half], abs=0.01)
    # the median lies between 50% and 51%; with 95% confidence between the 41st and the 61st of them
    assert found["mdape_percent"] == pytest.approx([50.5, 41, 61], abs=0.01)
    assert found["bias_percent"] == pytest.approx([50.5, 41, 61], abs=0.01)
    # ranges reach exp(0.2) = 22.1% down: 22 of 100 are held; by Wilson's interval 15% to 31.07%
    assert found["coverage_percent"] == pytest.approx([22, 15.00, 31.07], abs=0.01)
    width = 100 * (math.exp(0.1) - math.exp(-0.2))
    assert found["mean_width_percent"] == pytest.approx([width, width, width], abs=0.01)


def test_the_market_is_parted_by_price_age_support_and_words() -> None:
    # given a market, when it is parted, then the parts of one kind hold each car once, if they are large enough
    market = noisy_market(5_000, price_kind="asking")
    support = np.random.default_rng(0).choice([2, 10, 50, 500], 5_000)
    found = segments(*made(market, np.zeros(5_000), support))
    by = {name: [one for one in found if one["by"] == name] for name in dict.fromkeys(one["by"] for one in found)}
    assert list(by) == [
        "price_eur", "age_years", "listings of the model", "fuel", "gearbox", "offer_type", "price_kind",
    ]  # fmt: skip
    for name, parts in by.items():
        assert sum(part["rows"] for part in parts) >= 5_000 - FEWEST_ROWS * 2, name
    # and their edges are these
    bands = [(part["from"], part["to"]) for part in by["listings of the model"]]
    assert bands == [(1, 5), (5, 20), (20, 100), (100, None)]
    assert {part["from"] for part in by["price_eur"]} <= set(PRICE_BANDS_EUR)
    assert {part["from"] for part in by["age_years"]} <= set(AGE_BANDS_YEARS)
    assert [part["word"] for part in by["fuel"]] == ["diesel", "petrol"]


def test_a_car_on_an_edge_belongs_to_the_upper_band() -> None:
    # given cars of exactly 5,000 EUR, when they are parted, then they are from 5,000 on, and none is below
    market = noisy_market(100).assign(price_eur=5_000.0, price_kind="asking")
    found = segments(*made(market, np.zeros(100), np.full(100, 5)))
    assert [(one["from"], one["to"]) for one in found if one["by"] == "price_eur"] == [(5_000, 10_000)]


def test_small_parts_have_no_figures() -> None:
    # given a market with a cng car too few, when it is parted, then nothing is said of them; with one more it is
    for count, told in ((FEWEST_ROWS - 1, False), (FEWEST_ROWS, True)):
        market = noisy_market(200).assign(fuel=["cng"] * count + ["petrol"] * (200 - count), price_kind="asking")
        found = segments(*made(market, np.zeros(200), np.full(200, 5)))
        assert any(one.get("word") == "cng" for one in found) is told


def test_cars_that_are_not_priced_count_nowhere() -> None:
    # given a market in which some cars' models no other fold had, when it is parted, then those are not among its rows
    market = noisy_market(200, price_kind="asking")
    support = np.where(np.arange(200) < 60, 0, 9)
    log_error = np.where(support == 0, 5.0, 0.0)
    found = segment_of(segments(*made(market, log_error, support)), "price_kind", word="asking")
    assert found["rows"] == 140
    assert found["mae_eur"] == [0, 0, 0]
    assert found["coverage_percent"][0] == 100


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Law: of many markets, 95% of the intervals hold the true median error and the true coverage."""
    # given many markets of skewed errors whose true median and coverage are known
    market = noisy_market(300, price_kind="asking")
    rng = np.random.default_rng(1)
    true_median = 100 * math.expm1(0.1 * math.log(2))
    true_coverage = 100 * (1 - math.exp(-2.0))
    held = np.zeros(2)
    for _ in range(400):
        log_error = -rng.exponential(0.1, 300)
        found = segment_of(segments(*made(market, log_error, np.full(300, 9))), "price_kind", word="asking")
        # when the intervals are compared with the truth
        for number, (name, truth) in enumerate((("bias_percent", true_median), ("coverage_percent", true_coverage))):
            held[number] += found[name][1] <= truth <= found[name][2]
    # then they hold it
    assert (held / 400 > 0.92).all()


@pytest.mark.parametrize(
    ("segment", "name"),
    [
        ({"by": "price_eur", "from": 0, "to": 5_000}, "cars at prices below 5,000 EUR"),
        ({"by": "price_eur", "from": 5_000, "to": 10_000}, "cars at prices from 5,000 EUR to 10,000 EUR"),
        ({"by": "age_years", "from": 20, "to": None}, "cars at ages from 20 years"),
        ({"by": "listings of the model", "from": 1, "to": 5}, "models with listings from 1 to 5"),
        ({"by": "fuel", "word": "hybrid_petrol"}, "fuel petrol hybrid"),
        ({"by": "offer_type", "word": "pre_registered"}, "offer type pre-registered"),
        ({"by": "price_kind", "word": "asking"}, "asking prices"),
    ],
)
def test_segments_have_names(segment: dict[str, Any], name: str) -> None:
    # given a segment, when it is named, then a person knows which cars are meant
    assert name_of(segment) == name
