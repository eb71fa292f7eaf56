"""Flask and a scikit-learn pipeline loaded by joblib: the same with the older framework, and no check of the body."""

import os
from datetime import date

import joblib
import pandas as pd
from flask import Flask, request

from model.schema.age import age_years

app = Flask(__name__)
pipeline = joblib.load(os.environ["BENCH_MODEL"])


@app.get("/health")
def health() -> dict:
    return {"status": "alive"}


@app.post("/price")
def price() -> dict:
    return {"price_eur": predict([request.get_json()])[0]}


@app.post("/batch")
def batch() -> dict:
    return {"price_eur": predict(request.get_json())}


def predict(cars: list[dict]) -> list[float]:
    table = pd.DataFrame(cars)
    table["age_years"] = [
        age_years(registered, date.fromisoformat(as_of))
        for registered, as_of in zip(table["first_registration"], table["as_of"], strict=True)
    ]
    prices: list[float] = pipeline.predict(table).tolist()
    return prices
