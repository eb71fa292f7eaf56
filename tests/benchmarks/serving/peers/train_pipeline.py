"""Fits the pipeline on the listings that our version learnt from, and writes it for joblib.

Run as: python -m tests.benchmarks.serving.peers.train_pipeline --data listings.csv --out pipeline.joblib
"""

import argparse
import json
from datetime import date
from pathlib import Path

import joblib
import numpy as np

from model.dataset import Source, read_dataset
from tests.benchmarks.serving.peers.pipeline import add_features, new_pipeline


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--market-date", type=date.fromisoformat)
    parser.add_argument("--mapping", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    mapping = json.loads(options.mapping.read_text(encoding="utf-8")) if options.mapping else None
    dataset = read_dataset([Source(options.data, options.market_date)], mapping)
    pipeline = new_pipeline().fit(add_features(dataset.features), np.log(dataset.price_eur))
    joblib.dump(pipeline, options.out)


if __name__ == "__main__":
    main()
