"""What MLflow logs and MLServer loads: the scorer behind the model's signature (models-from-code, no pickle).

MLflow copies this file beside the table. It imports the installed distribution and nothing from the artefact, so
that two versions in one process cannot mix their code.
"""

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.pyfunc import PythonModel, PythonModelContext

from model.schema.features import FEATURES
from model.schema.vehicle import Vehicle
from model.scorer import Scorer
from model.table_reading import read_table


class CarPriceModel(PythonModel):
    """A pyfunc from the columns of FEATURES to the columns of OUTPUTS."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read and check the table; a broken one, or one for other columns, raises TableError and does not serve."""
        self._scorer = Scorer(read_table(Path(context.artifacts["table"]).read_text(encoding="utf-8")))

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Price each row. MLflow has enforced the signature on model_input before."""
        columns = {feature.name: model_input[feature.name].tolist() for feature in FEATURES}
        if len(model_input) == 1:  # the same bits, without what numpy costs a call
            return pd.DataFrame(self._scorer.score_one(Vehicle(*(column[0] for column in columns.values()))), index=[0])
        return pd.DataFrame(self._scorer.score(columns))


mlflow.models.set_model(CarPriceModel())
