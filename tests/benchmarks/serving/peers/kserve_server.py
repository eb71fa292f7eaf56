"""KServe's Python server with the pipeline behind it, as its own scikit-learn server does it.

Run as: python -m tests.benchmarks.serving.peers.kserve_server PORT
"""

import os
import sys

import joblib
from kserve import InferRequest, InferResponse, Model, ModelServer  # type: ignore[attr-defined]
from kserve.utils.utils import get_predict_input, get_predict_response


class CarPrice(Model):
    def load(self) -> bool:
        self.pipeline = joblib.load(os.environ["BENCH_MODEL"])
        self.ready = True
        return self.ready

    async def predict(
        self, payload: InferRequest, headers: dict[str, str] | None = None, response_headers: dict | None = None
    ) -> InferResponse:
        prices = self.pipeline.predict(get_predict_input(payload))
        return get_predict_response(payload, prices, self.name)


def main(port: int) -> None:
    model = CarPrice("car-price")
    model.load()
    ModelServer(http_port=port, enable_grpc=False, enable_latency_logging=False).start([model])


if __name__ == "__main__":
    main(int(sys.argv[1]))
