"""The contract, against a real MLServer: schema = signature = V2 metadata = codec, and one price whoever is asked."""

import json
import math
import os
import subprocess
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from gateway.inference.client import InferenceClient
from gateway.inference.codec import Priced, encode
from model.schema.age import age_years
from model.schema.euros import round_to_cents
from model.schema.features import CATEGORIES, EFFECTS, FEATURES, MODEL_NAME, NUMBERS, OUTPUT_NAMES
from model.schema.vehicle import Vehicle
from model.scorer import Scorer
from model.table import WORDS
from model.table_reading import read_table
from tests.product import CHECKOUT, Product

VEHICLES = 10_000
DEADLINE_S = 30.0
AS_OF = date.today()
INFER_OVER_GRPC = """
import json, sys
import grpc
from mlserver.grpc.dataplane_pb2 import ModelInferRequest
from mlserver.grpc.dataplane_pb2_grpc import GRPCInferenceServiceStub

asked = json.load(sys.stdin)
request = ModelInferRequest(model_name=asked["model"])
for name, datatype, values in asked["tensors"]:
    tensor = request.inputs.add(name=name, datatype=datatype, shape=[len(values), 1])
    if datatype == "BYTES":
        tensor.contents.bytes_contents.extend(value.encode() for value in values)
    else:
        tensor.contents.fp64_contents.extend(values)
limits = [(f"grpc.max_{way}_message_length", -1) for way in ("send", "receive")]
infer = GRPCInferenceServiceStub(grpc.insecure_channel(asked["address"], limits)).ModelInfer
try:
    reply = infer(request, timeout=asked["timeout_s"])
    outputs = {tensor.name: list(tensor.contents.fp64_contents) for tensor in reply.outputs}
    print(json.dumps({"version": reply.model_version, "outputs": outputs}))
except grpc.RpcError as error:
    print(json.dumps({"error": error.code().name}))
"""
# One request a car: all of them in `make verify`, a sample in `make test`.
WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
SAMPLE = 500


@pytest.fixture(scope="module")
def version_folder(product: Product) -> Path:
    """The served version's files."""
    settings = json.loads((product.var / "serving" / "model-settings.json").read_text())
    return Path(settings["parameters"]["uri"].removeprefix("file://"))


@pytest.fixture(scope="module")
def token(product: Product) -> str:
    """What the gateway's V2 endpoint asks for, and MLServer's does not."""
    return product.token("infer")


@pytest.fixture(scope="module")
def scorer(version_folder: Path) -> Scorer:
    return Scorer(read_table((version_folder / "artifacts" / "table.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def vehicles(scorer: Scorer) -> list[Vehicle]:
    """Random vehicles of the whole vocabulary, within and beyond the data's range."""
    random = np.random.default_rng(20_260_701)
    table = scorer.table
    found = []
    for _ in range(VEHICLES):
        known = table.models[random.integers(len(table.models))]
        fuel, gearbox, offer_type = (str(random.choice(table.words[name])) for name in WORDS)
        mileage_km = float(random.choice([0.0, random.uniform(0, 20_000), random.uniform(0, 600_000)]))
        power_hp = float(np.exp(random.uniform(np.log(5), np.log(1_500))))
        age = float(random.uniform(0, 30))
        found.append(Vehicle(known.make, known.model, fuel, gearbox, offer_type, age, mileage_km, power_hp))
    return found


@pytest.fixture(scope="module")
def scored(scorer: Scorer, vehicles: list[Vehicle]) -> dict[str, np.ndarray]:
    return scorer.score({f.name: [getattr(vehicle, f.name) for vehicle in vehicles] for f in FEATURES})


def rest_request(vehicles: Sequence[Vehicle]) -> dict[str, Any]:
    return {
        "inputs": [
            {
                "name": feature.name,
                "shape": [len(vehicles)],
                "datatype": feature.v2_datatype,
                "data": [getattr(vehicle, feature.name) for vehicle in vehicles],
            }
            for feature in FEATURES
        ]
    }


def infer_over_rest(product: Product, vehicles: Sequence[Vehicle]) -> Priced:
    """As the gateway asks."""
    client = InferenceClient(product.rest, DEADLINE_S)
    try:
        return client.infer(vehicles, client.deadline())
    finally:
        client.close()


def infer_over_grpc(product: Product, vehicles: Sequence[Vehicle]) -> dict[str, Any]:
    """The reply's version and outputs, or its error. Another process asks: only MLServer's environment has gRPC."""
    request = {
        "address": product.grpc,
        "model": MODEL_NAME,
        "timeout_s": DEADLINE_S,
        "tensors": [
            [feature.name, feature.v2_datatype, [getattr(vehicle, feature.name) for vehicle in vehicles]]
            for feature in FEATURES
        ],
    }
    ran = subprocess.run(
        [CHECKOUT / ".venv/model/bin/python", "-c", INFER_OVER_GRPC],
        input=json.dumps(request), capture_output=True, text=True, timeout=4 * DEADLINE_S,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def post(url: str, body: Mapping[str, Any], token: str | None = None) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", **bearer(token)}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=DEADLINE_S) as response:
        return json.load(response)


def get(url: str, token: str | None = None) -> dict[str, Any]:
    with urllib.request.urlopen(urllib.request.Request(url, headers=bearer(token)), timeout=DEADLINE_S) as response:
        return json.load(response)


def bearer(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}


def test_signature_is_the_schema(version_folder: Path) -> None:
    """What MLflow enforces on the way in and promises on the way out is FEATURES and OUTPUTS, in their order."""
    signature = yaml.safe_load((version_folder / "MLmodel").read_text())["signature"]
    inputs, outputs = json.loads(signature["inputs"]), json.loads(signature["outputs"])
    kinds = {"category": "string", "number": "double"}
    assert [(column["name"], column["type"]) for column in inputs] == [(f.name, kinds[f.kind]) for f in FEATURES]
    assert [(column["name"], column["type"]) for column in outputs] == [(name, "double") for name in OUTPUT_NAMES]


def test_v2_metadata_is_the_schema(product: Product, token: str) -> None:
    """MLServer's own metadata and the gateway's name the same tensors, and both are the schema's."""
    served = get(f"{product.rest}/v2/models/{MODEL_NAME}")
    ours = get(f"{product.address}/v2/models/{MODEL_NAME}", token)
    for metadata in (served, ours):
        assert [(tensor["name"], tensor["datatype"]) for tensor in metadata["inputs"]] == [
            (feature.name, feature.v2_datatype) for feature in FEATURES
        ]
        assert [(tensor["name"], tensor["datatype"]) for tensor in metadata["outputs"]] == [
            (name, "FP64") for name in OUTPUT_NAMES
        ]


def test_codec_writes_the_schema(vehicles: list[Vehicle]) -> None:
    """The gateway's tensors are named, typed and ordered as the schema has them."""
    tensors = json.loads(encode(vehicles[:3]))["inputs"]
    assert [(tensor["name"], tensor["datatype"]) for tensor in tensors] == [(f.name, f.v2_datatype) for f in FEATURES]
    assert tensors[0]["data"] == [vehicle.make for vehicle in vehicles[:3]]
    assert [len(CATEGORIES), len(NUMBERS)] == [5, 3]


def test_artefact_holds_no_pickle_and_is_small(version_folder: Path) -> None:
    files = [path for path in version_folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} == {
        "MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt", "served.py", "signature.json", "table.json",
    }  # fmt: skip
    assert sum(path.stat().st_size for path in files) < 2_000_000


def test_scorer_rest_and_grpc_agree_bit_for_bit(
    product: Product, vehicles: list[Vehicle], scored: dict[str, np.ndarray]
) -> None:
    """Each output of 10,000 random vehicles is the same double from the scorer, over REST and over gRPC.

    Over REST also as the gateway asks and reads.
    """
    rest = post(f"{product.rest}/v2/models/{MODEL_NAME}/infer", rest_request(vehicles))
    ours, grpc = infer_over_rest(product, vehicles), infer_over_grpc(product, vehicles)
    by_rest = {tensor["name"]: tensor["data"] for tensor in rest["outputs"]}
    assert [tensor["name"] for tensor in rest["outputs"]] == list(grpc["outputs"]) == list(OUTPUT_NAMES)
    assert rest["model_version"] == ours.version == grpc["version"]
    assert ours.faults == {}
    for name in OUTPUT_NAMES:
        assert by_rest[name] == ours.columns[name] == grpc["outputs"][name] == scored[name].tolist()


def test_one_car_alone_is_priced_as_in_a_batch(
    product: Product, vehicles: list[Vehicle], scored: dict[str, np.ndarray]
) -> None:
    for number in range(0, VEHICLES, 200):
        row = infer_over_rest(product, [vehicles[number]]).row(0)
        assert row == {name: scored[name][number] for name in OUTPUT_NAMES}


def test_gateways_v2_endpoint_agrees_bit_for_bit(
    product: Product, token: str, vehicles: list[Vehicle], scored: dict[str, np.ndarray], scorer: Scorer
) -> None:
    """But for the cars that are much older than any listing: the gateway gives those no price."""
    reply = post(f"{product.address}/v2/models/{MODEL_NAME}/infer", rest_request(vehicles), token)
    outputs = {tensor["name"]: tensor["data"] for tensor in reply["outputs"]}
    oldest = scorer.table.axes["age_years"].knots[-1] + 2
    priced = [number for number, vehicle in enumerate(vehicles) if vehicle.age_years <= oldest]
    assert 3_000 < len(priced) < VEHICLES
    for name in OUTPUT_NAMES:
        assert [outputs[name][number] for number in priced] == scored[name][priced].tolist()
    assert all(outputs["support"][number] == 0 for number in set(range(VEHICLES)) - set(priced))


@pytest.mark.timeout(1200)
def test_gateway_agrees_to_the_cent(product: Product, scorer: Scorer, vehicles: list[Vehicle]) -> None:
    """A valuation's price, range, base and effects are the scorer's, rounded by the one rule."""
    for vehicle in vehicles[: VEHICLES if WHOLE else SAMPLE]:
        car = {name: getattr(vehicle, name) for name in (*CATEGORIES, "mileage_km", "power_hp")}
        first_registration = f"{AS_OF.year - int(vehicle.age_years) % 9 - 1}-{1 + int(vehicle.mileage_km) % 12:02d}"
        body = {**car, "first_registration": first_registration, "as_of": AS_OF.isoformat()}
        reply = post(f"{product.address}/api/v1/valuations", body)
        row = scorer.score_one(Vehicle(**car, age_years=age_years(first_registration, AS_OF)))
        effects = [row[effect.name] for effect in EFFECTS]
        price, base, rounded = round_to_cents(row["price_eur"], row["base_eur"], effects)
        assert (reply["price_eur"], reply["base_eur"]) == (price, base)
        assert [part["effect_eur"] for part in reply["contributions"]] == rounded
        assert round(reply["base_eur"] + sum(rounded), 2) == reply["price_eur"]
        assert reply["range"]["low_eur"] == round(row["low_eur"], 2) <= reply["price_eur"]
        assert reply["range"]["high_eur"] == round(row["high_eur"], 2) >= reply["price_eur"]


def test_unknown_car_gets_no_price_and_harms_no_neighbour(product: Product, token: str, scorer: Scorer) -> None:
    """Over REST and through the gateway an unknown car has null and support 0, and the car beside it its price."""
    unknown = Vehicle("Trabant", "601", "petrol", "manual", "used", 5.0, 50_000.0, 26.0)
    known = scorer.table.models[0].typical
    for address, key in ((product.rest, None), (product.address, token)):
        reply = post(f"{address}/v2/models/{MODEL_NAME}/infer", rest_request([unknown, known]), key)
        outputs = {tensor["name"]: tensor["data"] for tensor in reply["outputs"]}
        assert outputs["support"][0] == 0 and outputs["support"][1] > 0
        assert all(outputs[name][0] is None for name in OUTPUT_NAMES if name != "support")
        assert all(math.isfinite(outputs[name][1]) for name in OUTPUT_NAMES)


def test_unknown_car_over_grpc_is_refused_as_a_whole(product: Product) -> None:
    """MLServer puts null where NaN was and cannot send it over gRPC: whoever asks so must not send such a car."""
    unknown = Vehicle("Trabant", "601", "petrol", "manual", "used", 5.0, 50_000.0, 26.0)
    assert set(infer_over_grpc(product, [unknown])) == {"error"}


def test_unknown_car_is_read_as_one_without_a_price(product: Product, scorer: Scorer) -> None:
    """The gateway's own client takes MLServer's null for NaN, and the car beside it has its price."""
    unknown = Vehicle("Trabant", "601", "petrol", "manual", "used", 5.0, 50_000.0, 26.0)
    known = scorer.table.models[0].typical
    priced = infer_over_rest(product, [unknown, known])
    assert priced.faults == {}
    assert priced.row(0)["support"] == 0 and math.isnan(priced.row(0)["price_eur"])
    assert priced.row(1) == scorer.score_one(known)


def test_model_server_refuses_pickles(product: Product) -> None:
    """The model server's process runs with pickles refused, and serves all the same."""
    environments = [Path(f"/proc/{number}/environ").read_text() for number in product.processes()]
    assert any("MLFLOW_ALLOW_PICKLE_DESERIALIZATION=false" in environment for environment in environments)
    assert get(f"{product.address}/readyz")["model_server"]["available"] is True
