"""The V2 endpoint: the protocol's shapes, the scorer's numbers, and our checks before the model server."""

import copy
import dataclasses
import json
import math
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from model.schema.features import FEATURES, OUTPUT_NAMES
from model.schema.vehicle import Vehicle
from model.scorer import Scorer
from tests.gateway import market
from tests.gateway.conftest import OpenGateway
from tests.gateway.fake_model_server import FakeModelServer, Reply, change, fail, replace
from tests.gateway.gateways import Gateway, check_documented

METADATA = "/v2/models/car-price"
INFER = f"{METADATA}/infer"

GOLF = Vehicle("Volkswagen", "Golf", "petrol", "manual", "used", 4.3, 48_500.0, 150.0)
I3 = Vehicle("BMW", "i3", "electric", "automatic", "used", 6.0, 90_000.0, 170.0)
Body = dict[str, Any]


def body_of(*vehicles: Vehicle, **more: object) -> Body:
    """A V2 request for these vehicles."""
    return {
        "inputs": [
            {
                "name": feature.name, "datatype": feature.v2_datatype, "shape": [len(vehicles), 1],
                "data": [getattr(vehicle, feature.name) for vehicle in vehicles],
            }
            for feature in FEATURES
        ],
        **more,
    }  # fmt: skip


def infer(gateway: Gateway, body: object) -> TestResponse:
    return gateway.data_scientist.post(INFER, data=json.dumps(body), content_type="application/json")


def columns(gateway: Gateway, body: Body) -> dict[str, list[float | None]]:
    response = infer(gateway, body)
    assert response.status_code == 200, response.text
    return {tensor["name"]: tensor["data"] for tensor in check_documented(gateway, response, INFER)["outputs"]}


def error_of(gateway: Gateway, response: TestResponse, status: int, route: str = INFER) -> str:
    """An error as V2 has it: one text, and nothing of a price."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/json"
    document = check_documented(gateway, response, route)
    assert list(document) == ["error"]
    return document["error"]


def test_metadata_is_the_contract(gateway: Gateway) -> None:
    """Inputs and outputs in the contract's order, and the version that is served."""
    # given a gateway of version 1, when the metadata is asked for
    metadata = check_documented(gateway, gateway.data_scientist.get(METADATA), METADATA)
    # then it is the schema's
    assert (metadata["name"], metadata["versions"]) == ("car-price", ["1"])
    assert [(i["name"], i["datatype"]) for i in metadata["inputs"]] == [(f.name, f.v2_datatype) for f in FEATURES]
    assert [(o["name"], o["datatype"]) for o in metadata["outputs"]] == [(name, "FP64") for name in OUTPUT_NAMES]


def test_numbers_are_the_scorers_bit_for_bit(gateway: Gateway) -> None:
    """Nothing is rounded on the way."""
    # given two cars, and what the scorer says of them
    scorer = Scorer(market.table())
    expected = [scorer.score_one(vehicle) for vehicle in (GOLF, I3)]
    # when they are asked for in one request
    response = infer(gateway, body_of(GOLF, I3, id="request-7"))
    # then each output is exactly that
    reply = check_documented(gateway, response, INFER)
    assert (reply["model_name"], reply["model_version"], reply["id"]) == ("car-price", "1", "request-7")
    assert [tensor["name"] for tensor in reply["outputs"]] == list(OUTPUT_NAMES)
    for tensor in reply["outputs"]:
        assert (tensor["shape"], tensor["datatype"]) == ([2, 1], "FP64")
        assert tensor["data"] == [row[tensor["name"]] for row in expected]


@pytest.mark.parametrize("rows", [1, 1_000])
def test_flat_shapes_and_many_rows_are_taken(gateway: Gateway, model_server: FakeModelServer, rows: int) -> None:
    """[n] is as good as [n, 1], and all rows go to the model server in one call."""
    # given a request of flat tensors
    body = body_of(*[GOLF] * rows)
    for tensor in body["inputs"]:
        tensor["shape"] = [rows]
    # when it is asked, then every row has its price, of one call
    prices = columns(gateway, body)["price_eur"]
    assert len(prices) == rows and len(set(prices)) == 1
    assert len(model_server.requests) == 1


def test_words_of_a_source_are_understood(gateway: Gateway) -> None:
    """Fuel, gearbox and offer type in any known spelling."""
    # given a car in a source's words
    theirs = Vehicle("Volkswagen", "Golf", "Gasoline", "Schaltgetriebe", "Used", 4.3, 48_500.0, 150.0)
    # when both are asked for, then the answers are the same
    assert columns(gateway, body_of(theirs)) == columns(gateway, body_of(GOLF))


@pytest.mark.parametrize(
    "unknown",
    [
        Vehicle("Trabant", "601", "petrol", "manual", "used", 4.0, 50_000.0, 26.0),
        Vehicle("Volkswagen", "Passat", "petrol", "manual", "used", 4.0, 50_000.0, 150.0),
        Vehicle("Volkswagen", "Golf", "hydrogen", "manual", "used", 4.0, 50_000.0, 150.0),
        Vehicle("Volkswagen", "Golf", "petrol", "semi_automatic", "used", 4.0, 50_000.0, 150.0),
    ],
    ids=["make", "model", "fuel", "gearbox"],
)
def test_an_unknown_car_has_no_price_and_its_neighbours_have(gateway: Gateway, unknown: Vehicle) -> None:
    """Support 0 and null, so that nobody mistakes a guess for a price; the rows around it are priced."""
    # given a car that the version does not know, between two that it does
    priced = columns(gateway, body_of(GOLF, I3))
    # when the three are asked for
    outputs = columns(gateway, body_of(GOLF, unknown, I3))
    # then the middle has none, and the others have theirs
    assert outputs["support"][1] == 0
    for name in OUTPUT_NAMES:
        assert name == "support" or outputs[name][1] is None
        assert [outputs[name][0], outputs[name][2]] == priced[name]


@pytest.mark.parametrize(("make", "model"), [("VW", "golf"), ("vw", "VW Golf"), (" volkswagen", "GOLF")])
def test_makes_and_models_are_found_by_any_spelling(gateway: Gateway, make: str, model: str) -> None:
    """As in a valuation."""
    # given a car in another spelling, when it is priced, then it is the same car
    respelt = dataclasses.replace(GOLF, make=make, model=model)
    assert columns(gateway, body_of(respelt)) == columns(gateway, body_of(GOLF))


def test_a_colon_in_a_word_is_no_field(gateway: Gateway) -> None:
    """A sound request is told from one that names a field twice by more than its colons."""
    # given a car of a model that nobody knows, with a colon in its name, when it is asked for, then it is no error
    assert columns(gateway, body_of(GOLF, dataclasses.replace(GOLF, model="Golf: GTI")))["support"][1] == 0.0


def test_a_car_that_a_valuation_refuses_has_no_price(gateway: Gateway) -> None:
    """A price of the oldest listings must not pass for one of a car twice their age."""
    # given a car far older than any listing beside one that is not, when both are priced
    priced = columns(gateway, body_of(dataclasses.replace(GOLF, age_years=30.0), GOLF))
    # then the one has no price, and the other its own
    assert (priced["price_eur"][0], priced["support"][0]) == (None, 0.0)
    assert priced["price_eur"][1] == columns(gateway, body_of(GOLF))["price_eur"][0]


def test_cars_are_answered_together_as_alone(gateway: Gateway) -> None:
    """Law: whole columns are looked at, and every row has what it has alone: its price, or none."""
    # given cars of every kind in any order: as the card writes them, in others' words, not known, too old
    kinds = [
        GOLF, I3, dataclasses.replace(GOLF, make="vw", model="VW Golf"), dataclasses.replace(I3, fuel="Elektro"),
        dataclasses.replace(GOLF, gearbox="semi_automatic"), dataclasses.replace(GOLF, make="Trabant", model="601"),
        dataclasses.replace(GOLF, age_years=30.0), dataclasses.replace(GOLF, age_years=14.0, mileage_km=90_000),
    ]  # fmt: skip
    alone = [columns(gateway, body_of(vehicle)) for vehicle in kinds]
    order = Random(7).choices(range(len(kinds)), k=300)
    # when they are asked for together, then each has what it has alone
    together = columns(gateway, body_of(*(kinds[kind] for kind in order)))
    assert together == {name: [alone[kind][name][0] for kind in order] for name in OUTPUT_NAMES}
    assert {price is None for price in together["price_eur"]} == {True, False}


def test_the_outputs_asked_for_are_the_outputs_given(gateway: Gateway) -> None:
    # given a request for two outputs, when it is answered, then these are there, in the order asked
    priced = columns(gateway, body_of(GOLF, outputs=[{"name": "high_eur"}, {"name": "low_eur"}]))
    assert list(priced) == ["high_eur", "low_eur"]


@pytest.mark.parametrize("outputs", ["low_eur", [1], [{}], [{"name": "cheapest"}], [{"name": "low_eur"}] * 2])
def test_outputs_that_are_none_are_refused(gateway: Gateway, outputs: object) -> None:
    # given outputs that are none, when they are asked for, then those that there are are named
    assert '"outputs" must' in error_of(gateway, infer(gateway, body_of(GOLF, outputs=outputs)), 400)


def test_unknown_cars_alone_do_not_reach_the_model_server(gateway: Gateway, model_server: FakeModelServer) -> None:
    """MLServer fails a whole request for one of them."""
    # given a request of unknown cars alone, when it is asked
    unknown = Vehicle("Trabant", "601", "petrol", "manual", "used", 4.0, 50_000.0, 26.0)
    outputs = columns(gateway, body_of(unknown, unknown))
    # then there is an answer, and nobody was asked
    assert outputs["support"] == [0.0, 0.0]
    assert outputs["price_eur"] == [None, None]
    assert model_server.requests == []


def tensor_of(body: Body, name: str) -> Body:
    return next(tensor for tensor in body["inputs"] if tensor["name"] == name)


def setting(name: str, part: str, value: object) -> Callable[[Body], None]:
    return lambda body: tensor_of(body, name).__setitem__(part, value)


def first_value(name: str, value: object) -> Callable[[Body], None]:
    return lambda body: tensor_of(body, name)["data"].__setitem__(0, value)


MALFORMED: dict[str, Callable[[Body], Any]] = {
    "no inputs": lambda body: body.pop("inputs"),
    "null inputs": lambda body: body.update(inputs=None),
    "inputs an object": lambda body: body.update(inputs={}),
    "inputs of numbers": lambda body: body.update(inputs=[1]),
    "empty inputs": lambda body: body.update(inputs=[]),
    "a missing tensor": lambda body: body["inputs"].pop(),
    "a tensor too many": lambda body: body["inputs"].append({**body["inputs"][0], "name": "colour"}),
    "a tensor twice": lambda body: body["inputs"].append(copy.deepcopy(body["inputs"][0])),
    "no name": lambda body: body["inputs"][0].pop("name"),
    "a name of another type": setting("make", "name", 1),
    "an unhashable name": setting("make", "name", []),
    "another datatype": setting("mileage_km", "datatype", "INT64"),
    "words as numbers": setting("make", "datatype", "FP64"),
    "no datatype": lambda body: tensor_of(body, "make").pop("datatype"),
    "no data": lambda body: tensor_of(body, "make").pop("data"),
    "null data": setting("make", "data", None),
    "a text as data": setting("make", "data", "VW"),
    "no rows": setting("make", "data", []),
    "nested data": setting("power_hp", "data", [[150.0], [170.0]]),
    "ragged columns": setting("power_hp", "data", [150.0]),
    "ragged columns of their own shape": lambda body: tensor_of(body, "power_hp").update(data=[150.0], shape=[1, 1]),
    "no shape": lambda body: tensor_of(body, "make").pop("shape"),
    "another shape": setting("make", "shape", [1, 2]),
    "a larger shape": setting("make", "shape", [3, 1]),
    "a negative shape": setting("make", "shape", [-1, 1]),
    "a text as shape": setting("make", "shape", "2"),
    "a null word": first_value("make", None),
    "a number for a word": first_value("model", 601),
    "an empty word": first_value("make", ""),
    "a long word": first_value("make", "x" * 81),
    "a word with a control character": first_value("make", "VW\x00"),
    "a word with a surrogate": first_value("make", "VW\ud800"),
    "an unknown fuel": first_value("fuel", "steam"),
    "a null number": first_value("power_hp", None),
    "a text for a number": first_value("power_hp", "150"),
    "true for a number": first_value("power_hp", True),
    "a list for a number": first_value("power_hp", [150.0]),
    "NaN": first_value("age_years", math.nan),
    "Infinity": first_value("age_years", math.inf),
    "a negative age": first_value("age_years", -0.5),
    "a negative mileage": first_value("mileage_km", -1),
    "an absurd mileage": first_value("mileage_km", 2_000_001),
    "an absurd power": first_value("power_hp", 2_001),
    "no power": first_value("power_hp", 0),
    "a number without end": first_value("power_hp", 10**4_000),
    "an id of another type": lambda body: body.update(id=7),
    "an id with a surrogate": lambda body: body.update(id="\ud800"),
    "an id with a control character": lambda body: body.update(id="a\nb"),
    "an id without end": lambda body: body.update(id="x" * 100_000),
}


@pytest.mark.parametrize("how", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_request_is_refused(
    gateway: Gateway, model_server: FakeModelServer, how: Callable[[Body], Any]
) -> None:
    """What MLServer would answer with 500 or with nonsense is 400 here, in the protocol's form, and goes no further."""
    # given a sound request, and one thing wrong with it
    body = body_of(GOLF, I3)
    how(body)
    # when it is asked, then it is refused
    assert error_of(gateway, infer(gateway, body), 400)
    assert model_server.requests == []


def test_a_fault_is_named_with_its_column_and_row(gateway: Gateway) -> None:
    """Of thousands of values the wrong one can be found."""
    # given a wrong value in the second row, when it is asked, then that is said
    body = body_of(GOLF, I3)
    tensor_of(body, "mileage_km")["data"][1] = -1
    assert "mileage_km, row 1" in error_of(gateway, infer(gateway, body), 400)


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"", "application/json", 400), (b"{", "application/json", 400), (b"[]", "application/json", 400),
        (b"\xff", "application/json", 400), (b'{"inputs": [], "inputs": []}', "application/json", 400),
        (b'{"inputs": [{"name": "make", "name": "fuel"}]}', "application/json", 400),
        (b'{"inputs": [], "parameters": {"a": [1, {"b": 1, "b": 2}]}}', "application/json", 400),
        (b'{"a":' * 1_000 + b"1" + b"}" * 1_000, "application/json", 400),
        (b"[" * 100_000, "application/json", 400), (b"{}", "text/plain", 415), (b"{}", None, 415),
        (b" " * (8 * 1024 * 1024 + 1), "application/json", 413),
    ],
    ids=["empty", "cut", "array", "not UTF-8", "twice", "twice in a tensor", "twice far within",
         "deep objects", "deep", "text", "no type", "too large"],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_refused_in_the_protocols_form(
    gateway: Gateway, model_server: FakeModelServer, data: bytes, content_type: str | None, status: int
) -> None:
    """Every error of this endpoint is {"error"}, a body too large included."""
    # given such a body, when it is asked, then it is refused
    response = gateway.data_scientist.post(INFER, data=data, content_type=content_type)
    assert error_of(gateway, response, status)
    assert model_server.requests == []


def test_too_many_rows_are_refused(gateway: Gateway, model_server: FakeModelServer) -> None:
    """One request holds the model server only so long."""
    # given a row more than allowed, when it is asked, then it is refused
    body = body_of(*[GOLF] * 20_001)
    assert "20000" in error_of(gateway, infer(gateway, body), 400)
    assert model_server.requests == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=6), children, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    index=st.integers(0, len(FEATURES) - 1), part=st.sampled_from(["name", "shape", "datatype", "data"]),
    value=json_values, extra=st.dictionaries(st.sampled_from(["id", "parameters", "outputs", "inputs"]), json_values),
)  # fmt: skip
def test_no_request_makes_the_gateway_fail(
    gateway: Gateway, index: int, part: str, value: object, extra: dict[str, object]
) -> None:
    """Any JSON in any place is answered or refused, never 500."""
    # given a request with anything in one place of a tensor, and in others
    body = body_of(GOLF)
    body["inputs"][index][part] = value
    # when it is asked, then it is answered or refused
    response = infer(gateway, {**body, **extra})
    assert response.status_code in (200, 400)
    check_documented(gateway, response, INFER)


@pytest.mark.parametrize("path", [METADATA, INFER])
@pytest.mark.parametrize("who", ["nobody", "a stranger's token", "another scope", "a customer"])
def test_only_a_token_of_its_scope_opens_it(
    gateway: Gateway, model_server: FakeModelServer, path: str, who: str
) -> None:
    """Neither the machine that a caller is on nor another right is enough."""
    # given a caller without the token that is needed
    client, status = {
        "nobody": (gateway.client, 401),
        "a stranger's token": (gateway.app.test_client(), 401),
        "another scope": (gateway.with_token("feedback", "cards"), 403),
        "a customer": (gateway.as_role("customer"), 403),
    }[who]
    headers = {"Authorization": "Bearer dsh_0_0"} if who == "a stranger's token" else {}
    # when the endpoint is called
    if path == METADATA:
        response = client.get(path, headers=headers)
    else:
        response = client.post(path, json=body_of(GOLF), headers=headers)
    # then it is refused, in the protocol's form
    assert error_of(gateway, response, status, path)
    assert model_server.requests == []


def test_an_unavailable_server_is_503(open_gateway: OpenGateway, model_server: FakeModelServer) -> None:
    """In the protocol's form, with when to come back, counted by cause."""
    # given a server that fails, and one that talks nonsense
    gateway = open_gateway(deadline_s=0.5)
    for how, cause in ((fail(500), "error"), (replace("price_eur", math.nan), "garbage")):
        model_server.misbehave(how)
        # when a car is asked for
        response = infer(gateway, body_of(GOLF))
        # then there is none
        assert error_of(gateway, response, 503)
        assert int(response.headers["Retry-After"]) >= 1
        assert gateway.metric("gateway_model_failures_total", cause=cause) == 1


def test_a_car_that_the_card_has_and_the_table_has_not_is_no_price(
    gateway: Gateway, model_server: FakeModelServer
) -> None:
    """Card and table of a version that disagree: null would say that nobody knows the car."""
    # given a server that has no listings of a car that its card names

    def lose(reply: Reply) -> None:
        for tensor in reply["outputs"]:
            tensor["data"][1] = 0.0 if tensor["name"] == "support" else None

    model_server.misbehave(change(lose))
    # when it is asked for beside another, then there is no answer
    assert error_of(gateway, infer(gateway, body_of(GOLF, I3)), 503)
    assert gateway.metric("gateway_model_failures_total", cause="card") == 1


def test_the_answer_follows_the_version_that_gave_it(gateway: Gateway, model_server: FakeModelServer) -> None:
    """After a switch, what is known is judged by the new version's card."""
    # given a new version that knows no Golf
    without_golf = [known for known in market.card()["vocabulary"] if known["model"] != "Golf"]
    assert infer(gateway, body_of(GOLF)).get_json()["model_version"] == "1"
    gateway.publish(market.card("2", vocabulary=without_golf))
    assert infer(gateway, body_of(GOLF)).get_json()["model_version"] == "1"
    model_server.version = "2"
    # when a Golf is asked for beside another car
    reply = infer(gateway, body_of(GOLF, I3)).get_json()
    # then the stamp is the new version's, and so is what it knows
    assert reply["model_version"] == "2"
    support = next(tensor["data"] for tensor in reply["outputs"] if tensor["name"] == "support")
    assert support == [0.0, 6.0]


@pytest.mark.parametrize("path", ["/v2", "/v2/", "/v2/models/house-price", "/v2/repository/index", f"{INFER}/x"])
def test_the_rest_of_v2_is_not_there(gateway: Gateway, path: str) -> None:
    """MLServer's other addresses, among them the one that unloads models, are not passed on."""
    # given a caller on this machine, when another address of V2 is called, then it is not there
    for call in (gateway.client.get, gateway.client.post):
        assert call(path).status_code == 404
