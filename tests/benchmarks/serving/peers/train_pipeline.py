"""Fits the pipeline on the listings that our version learnt from, and writes it for joblib and as an MLflow model.

Run as: python -m tests.benchmarks.serving.peers.train_pipeline --data listings.csv --out folder
"""

import argparse
import json
from datetime import date
from pathlib import Path

import joblib
import mlflow
from mlflow.models import infer_signature

from model.dataset import Source, read_dataset
from tests.benchmarks.serving.peers.pipeline import new_model

REQUIREMENTS = ["mlflow", "scikit-learn"]  # told, for to infer them takes MLflow long; nothing installs them


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--market-date", type=date.fromisoformat)
    parser.add_argument("--mapping", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    mapping = json.loads(options.mapping.read_text(encoding="utf-8")) if options.mapping else None
    dataset = read_dataset([Source(options.data, options.market_date)], mapping)
    features = dataset.features.reset_index(drop=True)
    model = new_model().fit(features, dataset.price_eur)
    options.out.mkdir(parents=True)
    joblib.dump(model, options.out / "pipeline.joblib")
    signature = infer_signature(features.head(), model.predict(features.head()))
    mlflow.sklearn.save_model(model, options.out / "mlflow", signature=signature, pip_requirements=REQUIREMENTS,
                              serialization_format="cloudpickle")


if __name__ == "__main__":
    main()
