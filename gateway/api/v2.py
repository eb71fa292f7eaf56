"""The V2 endpoint: the Open Inference Protocol for data scientists, with our checks before the model server."""

from collections.abc import Mapping
from typing import Any

from apiflask import APIBlueprint
from flask import Response
from werkzeug.exceptions import HTTPException

from gateway.api.access import allow
from gateway.api.body import parse_columns, read_json
from gateway.api.inputs import takes
from gateway.api.replies import component, reply
from gateway.api.schemas.v2 import V2Error, V2Metadata, V2Request, V2Response
from gateway.errors import Problem
from gateway.inference.codec import Column
from gateway.services.container import services
from gateway.services.identity import ADMIN, DEALER
from gateway.services.v2 import price, read_cars, read_id, read_outputs
from model.schema.features import FEATURES, MODEL_NAME, OUTPUT_NAMES

blueprint = APIBlueprint("v2", __name__, tag="V2")

INFER_PATH = f"/v2/models/{MODEL_NAME}/infer"
LARGEST_BODY_BYTES = 8 * 1024 * 1024
V2_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"description": what, "content": {"application/json": {"schema": component(V2Error)}}}
    for status, what in {
        400: "The request is not a sound V2 request for this model",
        401: "The token is not known, or there is none",
        403: "The token is not of scope infer",
        413: "The body is too large",
        415: "The body is not JSON",
        503: "The model server gave no answer that can be believed",
    }.items()
}
METADATA_ERRORS: dict[int | str, dict[str, Any]] = {status: V2_ERRORS[status] for status in (401, 403, 503)}


@blueprint.errorhandler(Problem)
def as_v2(problem: Problem) -> Response:
    services().metrics.count(problem)
    return reply({"error": problem.detail}, problem.status, problem.headers)


@blueprint.errorhandler(HTTPException)
def of_flask_as_v2(error: HTTPException) -> Response:
    return reply({"error": error.description or error.name}, error.code or 500)


@blueprint.get(f"/v2/models/{MODEL_NAME}")
@blueprint.output(V2Metadata)
@blueprint.doc(summary="The model's V2 metadata", responses=METADATA_ERRORS)
@allow(DEALER, ADMIN, scopes=("infer",))
def metadata() -> Response:
    version = services().cards.served().version
    return reply(
        {
            "name": MODEL_NAME,
            "versions": [version],
            "platform": "mlflow",
            "inputs": [{"name": f.name, "datatype": f.v2_datatype, "shape": [-1, 1]} for f in FEATURES],
            "outputs": [{"name": name, "datatype": "FP64", "shape": [-1, 1]} for name in OUTPUT_NAMES],
        }
    )


@blueprint.post(INFER_PATH)
@takes(blueprint, V2Request)
@blueprint.output(V2Response)
@blueprint.doc(summary="Price many cars by the V2 protocol; null where a car is not known", responses=V2_ERRORS)
@allow(DEALER, ADMIN, scopes=("infer",))
def infer() -> Response:
    body = read_json(LARGEST_BODY_BYTES, parse_columns)
    request_id, outputs = read_id(body), read_outputs(body)
    priced = price(services().prices, services().cards, read_cars(body))
    return reply(
        {
            "model_name": MODEL_NAME,
            "model_version": priced.version,
            "id": request_id,
            "outputs": [_tensor(name, priced.columns[name]) for name in outputs],
        }
    )


def _tensor(name: str, column: Column) -> Mapping[str, object]:
    # JSON has no NaN: a car that the version does not know has null, as in MLServer's own replies. So orjson writes it.
    return {"name": name, "shape": [len(column), 1], "datatype": "FP64", "data": column}
