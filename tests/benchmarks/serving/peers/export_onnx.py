"""Writes the fitted pipeline as ONNX, and beside it what turns a car into the graph's vector.

skl2onnx 1.20 has no converter for SplineTransformer, so the graph is made by hand:
price = exp(vector x weights + bias).

Run as: python -m tests.benchmarks.serving.peers.export_onnx pipeline.joblib model.onnx
"""

import json
import sys
from pathlib import Path

import joblib
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.pipeline import Pipeline

from tests.benchmarks.serving.peers.pipeline import CURVES, WORDS

OPSET = 17
IR_VERSION = 10  # the highest that onnxruntime has long been able to read


def main(arguments: list[str]) -> None:
    pipeline = joblib.load(arguments[0]).regressor_
    out = Path(arguments[1])
    onnx.save(graph(pipeline), str(out))
    out.with_suffix(".json").write_text(json.dumps(layout(pipeline)), encoding="utf-8")


def graph(pipeline: Pipeline) -> onnx.ModelProto:
    ridge = pipeline.named_steps["ridge"]
    weights = np.append(ridge.coef_, 0.0).astype(np.float32).reshape(-1, 1)  # the last is for words never seen
    bias = np.array([ridge.intercept_], dtype=np.float32)
    model = helper.make_model(
        helper.make_graph(
            [
                helper.make_node("MatMul", ["vector", "weights"], ["product"]),
                helper.make_node("Add", ["product", "bias"], ["log_price"]),
                helper.make_node("Exp", ["log_price"], ["price_eur"]),
            ],
            "car-price",
            [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [None, len(weights)])],
            [helper.make_tensor_value_info("price_eur", TensorProto.FLOAT, [None, 1])],
            [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(bias, "bias")],
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(model)
    return model


def layout(pipeline: Pipeline) -> dict[str, object]:
    """Where each word's 1 goes in the vector (the last place for one never seen), and from where on each number's curve
    stands, with its knots.
    """
    columns = pipeline.named_steps["columns"]
    place = 0
    words, curves = {}, {}
    for name, known in zip(WORDS, columns.named_transformers_["words"].categories_, strict=True):
        words[name] = {str(word): place + number for number, word in enumerate(known)}
        place += len(known)
    for name, spline in zip(CURVES, columns.named_transformers_["curves"].bsplines_, strict=True):
        knots = spline.t[1:-1].tolist()  # degree 1 adds one knot at either end
        curves[name] = {"start": place, "knots": knots}
        place += len(knots)
    return {"width": place + 1, "words": words, "curves": curves}


if __name__ == "__main__":
    main(sys.argv[1:])
