"""Training: from a file to a registered version, with everything that was found on the way told."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.config import read_config
from model.dataset import Dataset, Source, read_collected
from model.demo_market import write_demo_market
from model.errors import DataError, JobError, MarketDateMissing
from model.evaluation import Evaluation
from model.registry import Registry
from model.scorer import Scorer
from model.spellings import NO_SPELLINGS, Spelling, write_spellings
from model.store import LocalStore
from model.table import CoefficientTable
from model.table_reading import read_table
from model.training import Data, check_quality, figures_in_words, fit_table, read, train
from tests.model.stores import DAY, keep, record, records

LATER = DAY + timedelta(days=7)


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


def test_a_store_is_trained_on(tmp_path: Path) -> None:
    """From manifests to a version: named after its sources, with what was found of the data, and the mix that later
    data are held against.
    """
    # given a store of two sources, a name that a person approved as another's, and a reason to accept drift
    store = LocalStore(tmp_path / "store")
    keep(store, "base", records(500))
    keep(store, "site", [*records(150, LATER, model="Polo"), record(0, LATER, model="Pollo")], LATER)
    spellings = tmp_path / "spellings.json"
    spellings.write_text(write_spellings([Spelling("VW", "Pollo", ("VW", "Polo"), 1, "it looks so", True)]))
    data = Data(store=str(tmp_path / "store"), spellings=spellings)
    # when a version is trained on it
    config = read_config({"DEALERSHIP_VAR": str(tmp_path / "var")})
    told: list[str] = []
    version, card = train(config, data, progress=told.append, accept_drift="the first of its kind")
    # then its card is of both, as of the newest day, with the names as they were approved
    described: Any = card["data"]
    assert (described["name"], described["market_as_of"], described["rows_used"]) == ("base + site", "2026-06-08", 650)
    assert described["digest"] == read_collected(store).digest
    vocabulary: Any = card["vocabulary"]
    assert {each["model"] for each in vocabulary} == {"Golf", "Polo"}
    assert any(line.startswith("quality: ") for line in told)
    # and what was found of the data is kept with it
    registry = Registry(config)
    kept: Any = {name: registry.artifact(version.version, name) for name in
                 ("data_profile.json", "data_quality.json", "data_report.json")}  # fmt: skip
    assert kept["data_profile.json"]["listings"] == 650
    assert kept["data_quality.json"]["accepted"] is True
    assert kept["data_quality.json"]["accepted_drift"] == "the first of its kind"
    assert kept["data_report.json"]["sources"]["site"]["rows_used"] == 150
    # and once it is the champion, a store of other cars is refused, with the rule and by how much
    registry.set_champion(version.version, 1)
    other = LocalStore(tmp_path / "other")
    keep(other, "site", records(600, fuel="diesel", power_hp="400", make="Porsche", model="911"))
    with pytest.raises(DataError, match="mix of make is off the champion's, version 1, by a PSI of"):
        train(config, Data(store=str(tmp_path / "other")), progress=lambda _: None)
    # and a broken mix of a file is told alone
    dataset = read(Data(store=str(tmp_path / "other")), NO_SPELLINGS, lambda _: None)
    assert not check_quality(config, dataset, Data([Source(tmp_path / "other.csv")])).refusals()


def test_a_version_without_a_profile_is_no_reference(trained: Any) -> None:
    """One that was trained before profiles were kept."""
    registry = Registry(read_config({"DEALERSHIP_VAR": str(trained.var)}))
    assert registry.artifact(trained.version, "nothing.json") is None
