"""Prices and ranges of cars that neither fit nor calibration saw: `held_out.py listings.csv [market date]`.

Each fifth of the listings is held out in turn; on the rest a version is trained as a whole, with its own
cross-validation for the ranges, and the scorer prices the fifth by its table. Coverage and width by price, age and
rarity. Cars of models that the version does not know are counted and not priced.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from model.dataset import Dataset, Source, read_dataset
from model.evaluation import cross_validate, price_errors
from model.ranges import SUPPORT_BUCKETS
from model.scorer import Scorer
from model.segments import AGE_BANDS_YEARS, PRICE_BANDS_EUR
from model.training import fit_table


def main(arguments: list[str]) -> None:
    market_date = date.fromisoformat(arguments[1]) if len(arguments) > 1 else None
    dataset = read_dataset([Source(Path(arguments[0]), market_date)])
    table = dataset.table
    scored = {name: np.full(len(table), np.nan) for name in ("price_eur", "low_eur", "high_eur", "support")}
    for number, (train, test) in enumerate(dataset.folds(), start=1):
        training = replace(dataset, table=table.iloc[train].reset_index(drop=True))
        _, coefficients = fit_table(training, cross_validate(training, lambda line: None))
        held_out = dataset.features.iloc[test]
        outputs = Scorer(coefficients).score({name: held_out[name].to_numpy() for name in held_out})
        for name, values in scored.items():
            values[test] = outputs[name]
        print(f"held out part {number}", file=sys.stderr, flush=True)
    report(dataset, scored)


def report(dataset: Dataset, scored: dict[str, np.ndarray]) -> None:
    priced = scored["support"] > 0
    price_eur = dataset.price_eur
    figures = price_errors(price_eur[priced], scored["price_eur"][priced])
    print(f"{priced.sum():,} of {len(priced):,} cars priced; " + ", ".join(f"{k} {v:,.2f}" for k, v in figures.items()))
    held = (price_eur >= scored["low_eur"]) & (price_eur <= scored["high_eur"])
    width = (scored["high_eur"] - scored["low_eur"]) / scored["price_eur"]
    print(f"{'':>24} {'cars':>7} {'holds %':>8} {'width %':>8}")
    for name, rows in bands(dataset, scored["support"]):
        rows = rows & priced
        if rows.any():
            print(f"{name:>24} {rows.sum():7,} {100 * held[rows].mean():8.1f} {100 * width[rows].mean():8.1f}")


def bands(dataset: Dataset, support: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    yield "all", np.ones(len(support), dtype=bool)
    columns = (
        ("price from", dataset.price_eur, PRICE_BANDS_EUR),
        ("age from", dataset.table["age_years"].to_numpy(), AGE_BANDS_YEARS),
        ("listings from", support, SUPPORT_BUCKETS),
    )
    for name, values, edges in columns:
        for low, high in zip(edges, (*edges[1:], np.inf), strict=True):
            yield f"{name} {low:,}", (values >= low) & (values < high)


if __name__ == "__main__":
    main(sys.argv[1:])
