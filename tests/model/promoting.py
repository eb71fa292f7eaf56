"""What tests of promotion share beside their fixtures."""

from pathlib import Path

from model.config import Config
from model.dataset import Dataset
from model.evaluation import Evaluation
from model.fitting import Fit
from model.judged import Judged
from model.table import CoefficientTable
from model.training import Data, check_quality, register

TEMPLATES = Path(__file__).resolve().parents[2] / "kserve"
WHY = ("a tester", "to see it served")


def register_another(
    config: Config, dataset: Dataset, evaluation: Evaluation, fitted: Fit, table: CoefficientTable, judged: Judged
) -> str:
    quality = check_quality(config, dataset, Data()).document()
    version, _ = register(
        config, dataset, evaluation, fitted, table, judged, quality=quality, spellings_digest=None
    )  # fmt: skip
    return version.version
