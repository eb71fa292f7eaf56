"""The figures: computed as everyone computes them, and good enough on the real listings."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from model.dataset import Dataset, folds, read_dataset
from model.evaluation import Evaluation, cross_validate, errors, range_of
from model.fitting import compile_table, conformal_ranges, fit
from model.schema.features import FEATURES
from model.scorer import Scorer
from model.table import RangeStep

REAL_LISTINGS = Path(__file__).resolve().parents[2] / "../shared/data/autoscout24-germany-2021.csv"
with_real_listings = pytest.mark.skipif(not REAL_LISTINGS.exists(), reason=f"no real listings at {REAL_LISTINGS}")


def test_errors_are_what_a_person_computes() -> None:
    # given four prices, one of them above 100,000 EUR, and predictions 10% high, 20% low, right, and 10% low
    price = np.array([10_000.0, 20_000.0, 30_000.0, 200_000.0])
    predicted = np.array([11_000.0, 16_000.0, 30_000.0, 180_000.0])
    # when their errors 1,000, 4,000, 0 and 20,000 EUR are summed up
    figures = errors(price, predicted)
    # then each figure is the one that a person computes
    assert figures["mae_eur"] == pytest.approx(25_000 / 4)
    assert figures["mdape_percent"] == pytest.approx(10.0)
    assert figures["mape_percent"] == pytest.approx(10.0)
    assert figures["rmse_eur"] == pytest.approx(((1e6 + 16e6 + 400e6) / 4) ** 0.5)
    # the mean price is 65,000, so the squares about it sum to 3,025 + 2,025 + 1,225 + 18,225 millions
    assert figures["r2"] == pytest.approx(1 - 417e6 / 24_500e6)
    assert figures["mae_up_to_100k_eur"] == pytest.approx(5_000 / 3)


def test_a_perfect_prediction_has_no_errors() -> None:
    # given predictions that are the prices, when their errors are summed up, then there are none
    price = np.array([5_000.0, 90_000.0, 150_000.0])
    assert errors(price, price) == {"mae_eur": 0, "mdape_percent": 0, "mape_percent": 0, "rmse_eur": 0, "r2": 1,
                                    "mae_up_to_100k_eur": 0}  # fmt: skip


def test_dear_cars_alone_have_no_figure_for_common_prices() -> None:
    # given prices above 100,000 EUR alone, when their errors are summed up, then no figure is NaN
    price = np.array([150_000.0, 250_000.0])
    figures = errors(price, price * 1.1)
    assert "mae_up_to_100k_eur" not in figures
    assert np.isfinite(list(figures.values())).all()


def test_every_residual_is_unseen_by_its_fit(dataset: Dataset, evaluation: Evaluation) -> None:
    """Law: a fold's residuals come from a fit on the other four folds alone."""
    # given the cross-validation, when the second fold is fitted anew, then its residuals and figures are the same
    train, test = list(folds(len(dataset.table)))[1]
    fitted = fit(dataset.features.iloc[train], dataset.price_eur[train])
    predicted = fitted.log_price(dataset.features.iloc[test])
    assert evaluation.residuals[test] == pytest.approx(np.log(dataset.price_eur[test]) - predicted, abs=1e-12)
    assert evaluation.by_fold[1] == pytest.approx(errors(dataset.price_eur[test], np.exp(predicted)))


def test_figures_are_over_all_rows(dataset: Dataset, evaluation: Evaluation) -> None:
    # given the cross-validation, when its figures are computed from its residuals, then they are the same
    predicted = np.exp(np.log(dataset.price_eur) - evaluation.residuals)
    for name, value in errors(dataset.price_eur, predicted).items():
        assert evaluation.figures[name] == pytest.approx(value)
    assert len(evaluation.residuals) == len(evaluation.support) == len(dataset.table)
    assert evaluation.support.min() >= 1


def test_the_demo_market_is_priced_well(evaluation: Evaluation) -> None:
    # given the small demo market, when its figures are read, then the model has learnt it
    assert evaluation.figures["mdape_percent"] < 10
    assert evaluation.figures["r2"] > 0.8
    assert 86 <= evaluation.figures["coverage_percent"] <= 94
    assert len(evaluation.by_fold) == 5


def test_progress_is_told_of_every_fold(dataset: Dataset) -> None:
    # given somebody who waits, when a market is cross-validated, then each fold's errors are told
    told: list[str] = []
    cross_validate(dataset, told.append)
    assert [line.partition(":")[0] for line in told] == [f"fold {number} of 5" for number in range(1, 6)]
    assert all("MAE" in line and "EUR" in line and "median error" in line for line in told)


def test_a_range_is_that_of_the_highest_step_reached() -> None:
    # given three steps, when supports on and between their edges are looked up, then each gets the step below it
    steps = (RangeStep(1, -0.3, 0.4), RangeStep(5, -0.2, 0.3), RangeStep(20, -0.1, 0.2))
    low, high = range_of(steps, np.array([1, 4, 5, 19, 20, 5_000]))
    assert low.tolist() == [-0.3, -0.3, -0.2, -0.2, -0.1, -0.1]
    assert high.tolist() == [0.4, 0.4, 0.3, 0.3, 0.2, 0.2]


@pytest.fixture(scope="module")
def real() -> tuple[Dataset, Evaluation]:
    dataset = read_dataset(REAL_LISTINGS, date(2021, 7, 1))
    return dataset, cross_validate(dataset, lambda _: None)


@with_real_listings
def test_the_real_listings_are_cleaned_as_expected(real: tuple[Dataset, Evaluation]) -> None:
    """What may be dropped was counted by hand: copies, missing fields, pseudo-makes, a 1 hp car."""
    # given the real file, when it is read, then nearly all distinct rows are used
    dataset, _ = real
    report = dataset.report
    assert report.rows_read == 37_200
    assert 35_000 <= report.rows_used <= 35_300
    assert report.rows_read == report.rows_used + report.dropped.total()
    # and no make is left cut to its first word, or is none
    makes = set(dataset.table["make"])
    assert {"Land Rover", "Alfa Romeo", "Aston Martin", "DS", "Mercedes-Benz", "Volkswagen"} <= makes
    assert not {"Land", "Alfa", "Aston", "Others", "Caravans-Wohnm", "Trucks-Lkw", "Trailer-Anhänger"} & makes
    assert not dataset.table["model"].str.startswith(("Rover ", "Romeo ", "Automobiles ")).any()


@with_real_listings
def test_the_real_listings_are_priced_within_the_bars(real: tuple[Dataset, Evaluation]) -> None:
    """The bars of the first form: 5-fold MAE <= 1,900 EUR, median error <= 8.8%."""
    # given the cross-validation of the real listings, when its figures are read, then they are within the bars
    figures = real[1].figures
    assert figures["mae_eur"] <= 1_900
    assert figures["mdape_percent"] <= 8.8
    assert 88 <= figures["coverage_percent"] <= 92


@with_real_listings
def test_on_the_real_listings_table_and_pipeline_agree(real: tuple[Dataset, Evaluation]) -> None:
    """Law: the scorer agrees with the fitted pipeline to 1e-9 of the price on every row."""
    # given the real listings, fitted and compiled
    dataset, evaluation = real
    fitted = fit(dataset.features, dataset.price_eur)
    table = compile_table(fitted, dataset.features, conformal_ranges(evaluation.residuals, evaluation.support))
    # when every row is priced by both
    columns = {feature.name: dataset.features[feature.name].to_numpy() for feature in FEATURES}
    price = Scorer(table).score(columns)["price_eur"]
    # then they agree
    assert np.abs(price / np.exp(fitted.log_price(dataset.features)) - 1).max() < 1e-9
