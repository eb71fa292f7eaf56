"""Training: from a file to a registered version, with everything that was found on the way told."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.config import read_config
from model.dataset import Dataset, Source
from model.demo_market import write_demo_market
from model.errors import DataError, JobError, MarketDateMissing
from model.evaluation import Evaluation
from model.registry import Registry
from model.scorer import Scorer
from model.table import CoefficientTable
from model.table_reading import read_table
from model.training import Data, figures_in_words, fit_table, train


def test_a_training_tells_what_it_does(tmp_path: Path) -> None:
    # given a file of listings and somebody who waits
    write_demo_market(tmp_path / "market.csv", rows=700, market_date=date(2026, 7, 1))
    told: list[str] = []
    # when a version is trained
    version, card = train(
        read_config({"DEALERSHIP_VAR": str(tmp_path / "var")}), Data([Source(tmp_path / "market.csv")]),
        progress=told.append,
    )  # fmt: skip
    # then each step, what was dropped, and the figures are told in this order
    text = "\n".join(told)
    steps = ["reading ", "rows read, ", "dropped: duplicate", "cross-validating", "fold 5 of 5: MAE ",
             "cross-validated: MAE ", "the range holds ", "fitting on all rows", "registering with MLflow"]  # fmt: skip
    places = [text.index(step) for step in steps]
    assert places == sorted(places)
    # and the version is registered under the card's number
    assert (version.name, version.version) == ("car-price", "1")
    assert card["version"] == "1"
    assert Registry(read_config({"DEALERSHIP_VAR": str(tmp_path / "var")})).card("1") == card


def test_figures_are_told_in_words() -> None:
    # given figures, when they are put in words, then a person can read them with their units
    figures = {
        "mae_eur": 1865.8, "mdape_percent": 8.457, "mae_up_to_100k_eur": 1632.7, "rmse_eur": 8494.2, "r2": 0.8183,
        "coverage_percent": 89.99, "mean_width_percent": 45.64,
    }  # fmt: skip
    assert figures_in_words(figures) == [
        "cross-validated: MAE 1,866 EUR, median error 8.46%, MAE of prices up to 100,000 EUR 1,633 EUR",
        "cross-validated: RMSE 8,494 EUR, R2 0.818; the range holds 90.0% of prices, 45.6% of the price wide",
    ]


def test_the_registered_table_is_the_one_that_was_fitted(trained: Any, table: CoefficientTable) -> None:
    """Law: the same file makes the same table, and nothing is lost on its way into the registry."""
    # given the version that the command trained on the demo market, when its table is read, then it is the fixture's
    registry = Registry(read_config({"DEALERSHIP_VAR": str(trained.var)}))
    files = Path(registry.storage_uri(trained.version).removeprefix("file://"))
    assert read_table((files / "artifacts" / "table.json").read_text(encoding="utf-8")) == table


def test_the_table_is_fitted_on_every_row(dataset: Dataset, evaluation: Evaluation, table: CoefficientTable) -> None:
    # given the demo market, when its table is fitted, then every row has a price near its own
    _, again = fit_table(dataset, evaluation)
    assert again == table
    features = dataset.features
    price = Scorer(again).score({name: features[name].to_numpy() for name in features})["price_eur"]
    assert np.median(np.abs(price / dataset.price_eur - 1)) < 0.09


def test_a_market_in_which_no_model_comes_twice_is_told_or_trained_on(tmp_path: Path) -> None:
    """Law: a file that can be read ends in a version or in a reason for people, never in a traceback."""
    # given listings that each have a model of their own
    header = "make,model,fuel,gearbox,first_registration,mileage_km,price_eur,power_hp\n"
    rows = [f"VW,no. {i},petrol,manual,2015,{1_000 + 100 * i},{30_000 - 20 * i},{80 + i % 90}" for i in range(600)]
    (tmp_path / "cars.csv").write_text(header + "\n".join(rows), encoding="utf-8")
    try:
        # when a version is trained on them
        train(
            read_config({"DEALERSHIP_VAR": str(tmp_path / "var")}),
            Data([Source(tmp_path / "cars.csv", date(2021, 7, 1))]), progress=lambda _: None,
        )  # fmt: skip
    except JobError as error:
        # then it is refused with a reason
        assert "cars.csv" in str(error)


def test_a_listing_of_next_to_no_trust_is_told_or_trained_on(tmp_path: Path) -> None:
    # given listings, and one of a make of its own that is hardly trusted
    header = "make,model,fuel,gearbox,first_registration,mileage_km,price_eur,power_hp,trust\n"
    rows = [f"VW,Golf,petrol,manual,2015,{1_000 + 100 * i},{30_000 - 20 * i},{80 + i % 90},1" for i in range(600)]
    rows.append("Lada,Niva,petrol,manual,2015,50000,5000,83,0.000000001")
    (tmp_path / "cars.csv").write_text(header + "\n".join(rows), encoding="utf-8")
    try:
        # when a version is trained on them, then it is, or is refused with a reason
        train(
            read_config({"DEALERSHIP_VAR": str(tmp_path / "var")}),
            Data([Source(tmp_path / "cars.csv", date(2021, 7, 1))]), progress=lambda _: None,
        )  # fmt: skip
    except JobError as error:
        assert "cars.csv" in str(error)


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n"])
def test_a_file_that_cannot_be_used_registers_nothing(tmp_path: Path, content: str) -> None:
    # given a broken file, when a version is trained on it, then it is refused before a registry is made
    (tmp_path / "cars.csv").write_text(content, encoding="utf-8")
    with pytest.raises(DataError):
        train(read_config({"DEALERSHIP_VAR": str(tmp_path / "var")}), Data([Source(tmp_path / "cars.csv")]),
              progress=lambda _: None)  # fmt: skip
    assert not (tmp_path / "var").exists()


def test_a_file_without_dates_registers_nothing(tmp_path: Path, demo_file: Path) -> None:
    # given listings without their dates, when a version is trained on them, then the market's date is asked for
    lines = demo_file.read_text(encoding="utf-8").splitlines()
    (tmp_path / "cars.csv").write_text("\n".join(line.partition(",")[2] for line in lines), encoding="utf-8")
    with pytest.raises(MarketDateMissing, match="MARKET_DATE"):
        train(read_config({"DEALERSHIP_VAR": str(tmp_path / "var")}), Data([Source(tmp_path / "cars.csv")]),
              progress=lambda _: None)  # fmt: skip
    assert not (tmp_path / "var").exists()
