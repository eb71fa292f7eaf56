"""BentoML: a service of typed cars before the pipeline; alone as it comes, or brought together by adaptive batching."""

import os

import bentoml
import joblib

from tests.benchmarks.serving.peers.car import Car, frame


@bentoml.service(workers=1)
class CarPrice:
    def __init__(self) -> None:
        self.pipeline = joblib.load(os.environ["BENCH_MODEL"])

    @bentoml.api
    def price(self, car: Car) -> float:
        return float(self.pipeline.predict(frame([car]))[0])

    @bentoml.api
    def batch(self, cars: list[Car]) -> list[float]:
        return self.pipeline.predict(frame(cars)).tolist()  # type: ignore[no-any-return]

    @bentoml.api(batchable=True)
    def together(self, cars: list[Car]) -> list[float]:
        return self.pipeline.predict(frame(cars)).tolist()  # type: ignore[no-any-return]
