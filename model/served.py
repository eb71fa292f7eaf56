"""What MLflow logs and MLServer loads: the scorer behind the model's signature (models-from-code, no pickle).

MLflow copies this file beside the table. It imports the installed distribution and nothing from the artefact, so
that two versions in one process cannot mix their code.
"""

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.pyfunc import PythonModel, PythonModelContext

from model.config import public_key_file
from model.schema.features import FEATURES, OUTPUT_NAMES
from model.schema.vehicle import Vehicle
from model.scorer import Scorer
from model.signing import TABLE_FILE, check_names, read_public_keys, verify
from model.table_reading import read_table


# Up to here cars alone are the same bits at less than what numpy costs a call.
MOST_ONE_BY_ONE = 24


class CarPriceModel(PythonModel):
    """A pyfunc from the columns of FEATURES to the columns of OUTPUTS, as arrays: MLServer takes a data frame apart
    column by column, for three times the cost.
    """

    def load_context(self, context: PythonModelContext) -> None:
        """Check the files, then read and check the table. What is not signed where DEALERSHIP_PUBLIC_KEY names a key,
        is no file of a version, or is no sound table for these columns, raises FilesError or TableError: it does not
        serve.
        """
        table = Path(context.artifacts["table"])
        folder = table.parents[len(Path(TABLE_FILE).parts) - 1]
        keys = public_key_file()
        if keys is None:
            check_names(folder, running=True)
        else:
            verify(folder, read_public_keys(keys))
        self._scorer = Scorer(read_table(table.read_text(encoding="utf-8")))

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> dict[str, np.ndarray]:
        """Price each row. MLflow has enforced the signature on model_input before."""
        columns = {feature.name: model_input[feature.name].tolist() for feature in FEATURES}
        if not 0 < len(model_input) <= MOST_ONE_BY_ONE:
            return self._scorer.score(columns)
        rows = [self._scorer.score_one(Vehicle(*car)) for car in zip(*columns.values(), strict=True)]
        return {name: np.array([row[name] for row in rows]) for name in OUTPUT_NAMES}


mlflow.models.set_model(CarPriceModel())
