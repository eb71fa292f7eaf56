"""What each finished fold predicted, kept in a file of its own, so that a comparison can be taken up where it stopped.

A folder holds the predictions of one algorithm for one table. Its name is a digest of both: of the table, of the
algorithm's code and settings, and of the libraries' versions. Whatever changes, nothing old is found.
"""

import hashlib
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from model.dataset import FOLD_SEED, FOLDS, Dataset
from model.experiments.algorithms import Algorithm
from model.code_digest import code_digest

LIBRARIES = ("numpy", "pandas", "scipy", "scikit-learn")
# All that numpy raises for a file that was cut off or holds something else.
BROKEN = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class Prediction:
    """The log prices of one fold's rows, by a fit on the others, and how long fit and prediction took."""

    log_price: np.ndarray
    seconds: float


class KeptPredictions:
    """The predictions of one algorithm for one table."""

    def __init__(self, folder: Path, dataset: Dataset, algorithm: Algorithm) -> None:
        """folder is where all algorithms' are kept."""
        self._folder = folder / _digest(dataset, algorithm)

    def read(self, fold: int, rows: int, tell: Callable[[str], None]) -> Prediction | None:
        """A fold's prediction, None where none is kept. One that is broken is told of, and counts as none."""
        path = self._path(fold)
        if not path.exists():
            return None
        try:
            with np.load(path, allow_pickle=False) as kept:
                prediction = Prediction(kept["log_price"], float(kept["seconds"]))
            if prediction.log_price.shape != (rows,) or not np.isfinite(prediction.log_price).all():
                raise ValueError("other rows")
        except BROKEN:
            tell(f"{path} is broken and is made anew")
            return None
        return prediction

    def write(self, fold: int, prediction: Prediction) -> None:
        """Keep a fold's prediction; whole or not at all, whenever the process ends."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(fold)
        half_written = path.with_name(f"{path.name}.{os.getpid()}")
        with half_written.open("wb") as file:
            np.savez(file, log_price=prediction.log_price, seconds=prediction.seconds)
        half_written.replace(path)

    def forget(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, fold: int) -> Path:
        return self._folder / f"fold-{fold}.npz"


def _digest(dataset: Dataset, algorithm: Algorithm) -> str:
    libraries = {name: version(name) for name in (*LIBRARIES, *algorithm.libraries)}
    parts = [algorithm.name, code_digest(algorithm.module), libraries, dict(algorithm.settings), FOLDS, FOLD_SEED]
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode())
    digest.update(json.dumps(list(dataset.table.columns)).encode())
    digest.update(pd.util.hash_pandas_object(dataset.table, index=False).to_numpy().tobytes())
    return digest.hexdigest()[:32]
