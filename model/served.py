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

from model.schema.features import FEATURES, OUTPUT_NAMES
from model.schema.vehicle import Vehicle
from model.scorer import Scorer
from model.table_reading import read_table


# Up to here cars alone are the same bits at less than what numpy costs a call.
MOST_ONE_BY_ONE = 24


class CarPriceModel(PythonModel):
    """A pyfunc from the columns of FEATURES to the columns of OUTPUTS, as arrays: MLServer takes a data frame apart
    column by column, for three times the cost.
    """

    def load_context(self, context: PythonModelContext) -> None:
        """Read and check the table; a broken one, or one for other columns, raises TableError and does not serve."""
        self._scorer = Scorer(read_table(Path(context.artifacts["table"]).read_text(encoding="utf-8")))

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
