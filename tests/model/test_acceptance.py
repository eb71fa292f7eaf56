"""Nothing is registered that was learnt from listings which were read wrongly or say nothing of prices."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from model import cli
from model.dataset import Source, read_dataset
from model.demo_market import write_demo_market
from model.fitting import chunks_of, fit


@pytest.fixture(scope="module")
def listings(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    file = tmp_path_factory.mktemp("market") / "market.csv"
    write_demo_market(file, rows=1_500, market_date=date(2026, 7, 1))
    return pd.read_csv(file, dtype=str, keep_default_na=False)


def shuffled_prices(listings: pd.DataFrame) -> pd.DataFrame:
    """Of as many as can be priced by: they are fitted before anybody sees what is wrong with them."""
    listings = listings.head(600)
    return listings.assign(price=np.random.default_rng(0).permutation(listings["price"]))


def one_price(listings: pd.DataFrame) -> pd.DataFrame:
    return listings.assign(price="9990")


def in_yen(listings: pd.DataFrame) -> pd.DataFrame:
    return listings.assign(price=[str(int(price) * 170) for price in listings["price"]])


def in_hundreds(listings: pd.DataFrame) -> pd.DataFrame:
    return listings.assign(price=[str(int(price) / 50) for price in listings["price"]])


def in_miles(listings: pd.DataFrame) -> pd.DataFrame:
    return listings.rename(columns={"mileage": "mileage_km (miles)"})


def in_dollars(listings: pd.DataFrame) -> pd.DataFrame:
    return listings.rename(columns={"price": "price_usd"})


def one_car(listings: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([listings.iloc[[1]]] * 1_000)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (shuffled_prices, "Are columns mixed up?"),
        (one_price, "every price is 9,990"),
        (in_yen, "another currency"),
        (in_hundreds, "another currency|too few usable"),
        (in_miles, "no column for mileage_km"),
        (in_dollars, "no column for price_eur"),
        (one_car, "too few usable listings"),
        (lambda listings: listings.head(0), "too few usable listings"),
        (lambda listings: listings.head(40), "too few usable listings"),
    ],
)
def test_listings_that_tell_nothing_are_refused(
    listings: pd.DataFrame,
    spoil: Callable[[pd.DataFrame], pd.DataFrame],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Law: exit code 2, a message that says why, and no version."""
    # given listings that were spoilt on the way
    file = tmp_path / "listings.csv"
    spoil(listings).to_csv(file, index=False)
    monkeypatch.setenv("DEALERSHIP_VAR", str(tmp_path / "var"))
    # when they are trained on
    code = cli.main(["train", "--data", str(file)])
    # then the command refuses, and no registry came to be
    assert code == 2
    assert pd.Series([capsys.readouterr().err]).str.contains(said).all()
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("column", "name", "unit"), [("price", "Price USD", "euros"), ("price", "Preis in CHF", "euros"),
                                 ("mileage", "Miles", "kilometres")],
)  # fmt: skip
def test_a_mapping_cannot_pass_off_another_unit(
    listings: pd.DataFrame, column: str, name: str, unit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    # given a file whose header says dollars or miles, and a mapping that calls them euros or kilometres
    file, mapping = tmp_path / "listings.csv", tmp_path / "mapping.json"
    listings.rename(columns={column: name}).to_csv(file, index=False)
    ours = {"price": "price_eur", "mileage": "mileage_km"}[column]
    mapping.write_text(f'{{"{ours}": "{name}"}}', encoding="utf-8")
    monkeypatch.setenv("DEALERSHIP_VAR", str(tmp_path / "var"))
    # when it is trained on, then it is refused by the unit's name
    assert cli.main(["train", "--data", str(file), "--mapping", str(mapping)]) == 2
    assert f"Convert the column to {unit}" in capsys.readouterr().err


def test_the_order_of_the_rows_changes_no_coefficient(listings: pd.DataFrame, tmp_path: Path) -> None:
    """Law: a file that is sorted by price trains the same version as one that is not."""
    # given the same listings sorted by price, when both are read and fitted, then they give the same coefficients
    from_both = []
    for name, table in (("as_is", listings), ("sorted", listings.sort_values("price"))):
        file = tmp_path / f"{name}.csv"
        table.to_csv(file, index=False)
        from_both.append(fit(chunks_of(read_dataset([Source(file)]).table)).coefficients)
    as_is, ordered = from_both
    assert np.array_equal(as_is, ordered)
