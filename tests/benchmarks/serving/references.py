"""The right prices of cars, by each of the two models in this process: what every contender's are held to."""

from collections.abc import Sequence
from pathlib import Path

import joblib
import pandas as pd

from model.scorer import Scorer
from model.table_reading import read_table
from tests.benchmarks.serving.contenders import Model
from tests.benchmarks.serving.wires import Car, features


def right_prices(cars: Sequence[Car], table_file: Path, pipeline_file: Path) -> dict[Model, list[float]]:
    """Without those of the pipeline where no contender needs it."""
    columns = features(cars)
    scorer = Scorer(read_table(table_file.read_text(encoding="utf-8")))
    right: dict[Model, list[float]] = {"table": scorer.score(columns)["price_eur"].tolist()}
    if pipeline_file.exists():
        right["pipeline"] = joblib.load(pipeline_file).predict(pd.DataFrame(columns)).tolist()
    return right
