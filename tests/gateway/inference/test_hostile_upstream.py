"""A model server that is down, slow, hung or talks nonsense: 503 in time, nothing invented, and it heals by itself."""

import copy
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from random import Random
from typing import Any

import pytest
from werkzeug.test import TestResponse

from gateway.inference.codec import encode
from model.schema.features import OUTPUT_NAMES
from model.schema.vehicle import Vehicle
from tests.gateway import market
from tests.gateway.conftest import OpenGateway
from tests.gateway.fake_model_server import (
    HTML,
    LOOPBACK,
    FakeModelServer,
    Misbehaviour,
    Reply,
    Wire,
    after,
    change,
    chunked,
    chunks_without_end,
    close,
    closed_port,
    cut,
    drip,
    fail,
    headers_without_end,
    http,
    output,
    replace,
    say,
    send,
    silent_socket,
    slow_to_connect,
    then_close,
    until_closed,
    web_server,
    written,
    zipped,
)
from tests.gateway.gateways import VALUATIONS, Gateway, check_documented, problem

# Long enough for two cores that stand still for a second now and then.
DEADLINE_S = 1.5
SLACK_S = 0.75
RECOVERY_S = 2.5
HOSTILE_REPLIES = 1_000 if os.environ.get("DEALERSHIP_VERIFY") == "1" else 100

INFER = "/v2/models/car-price/infer"
NAN, INF = float("nan"), float("inf")


@pytest.fixture
def impatient(open_gateway: OpenGateway) -> Gateway:
    """A gateway that answers in time, one price of which it has had already."""
    gateway = open_gateway(deadline_s=DEADLINE_S)
    assert gateway.value().status_code == 200
    return gateway


def check_unavailable(gateway: Gateway, ask: Callable[[], TestResponse], causes: set[str]) -> None:
    """The law: 503 within the deadline, when to come back, no number of a price, counted by its cause."""
    names = {cause: gateway.metric("gateway_model_failures_total", cause=cause) for cause in causes}
    began_s = time.monotonic()
    response = ask()
    took_s = time.monotonic() - began_s
    document = problem(response, 503)
    check_documented(gateway, response, VALUATIONS)
    assert set(document) == {"type", "title", "status", "detail", "request_id"}
    assert int(response.headers["Retry-After"]) >= 1
    assert took_s < DEADLINE_S + SLACK_S
    assert len(response.data) < 2_000
    counted = [gateway.metric("gateway_model_failures_total", cause=cause) - before for cause, before in names.items()]
    assert sum(counted) == 1


def test_a_hung_server_is_found_out_and_costs_no_more_threads(
    open_gateway: OpenGateway, model_server: FakeModelServer
) -> None:
    """After a few calls without an answer, refusals come at once, and so stay the routes that need no model quick."""
    # given a gateway that looks after a model server, which hangs
    gateway = open_gateway(deadline_s=DEADLINE_S, probe_interval_s=0.2)
    assert gateway.value().status_code == 200
    model_server.misbehave(model_server.hang)
    gateway.services.prices.start()
    try:
        # when it is asked until it is found out
        until_s = time.monotonic() + 10 * DEADLINE_S
        while gateway.metric("gateway_model_failures_total", cause="hung") == 0 and time.monotonic() < until_s:
            problem(gateway.value(), 503)
        # then the next refusal waits for nothing, and says when to come back
        began_s = time.monotonic()
        response = gateway.value()
        assert time.monotonic() - began_s < DEADLINE_S / 2
        problem(response, 503)
        assert int(response.headers["Retry-After"]) >= 1
        # and when it answers again, so does the gateway, without being asked first
        model_server.behave()
        assert recovers(gateway)
    finally:
        gateway.services.prices.stop()


def recovers(gateway: Gateway) -> bool:
    until_s = time.monotonic() + RECOVERY_S
    while time.monotonic() < until_s:
        if gateway.value().status_code == 200:
            return True
        time.sleep(0.05)
    return False


def rename(old: str, new: object) -> Misbehaviour:
    return change(lambda reply: output(reply, old).update(name=new))


def drop(name: str) -> Misbehaviour:
    return change(lambda reply: reply["outputs"].remove(output(reply, name)))


def put(key: str, value: object) -> Misbehaviour:
    """A part of the reply is another."""
    return change(lambda reply: reply.update({key: value}))


def put_in(name: str, key: str, value: object) -> Misbehaviour:
    """A part of one output is another."""
    return change(lambda reply: output(reply, name).update({key: value}))


def lack(key: str) -> Misbehaviour:
    return change(lambda reply: reply.pop(key))


def lack_in(name: str, key: str) -> Misbehaviour:
    return change(lambda reply: output(reply, name).pop(key))


def _extra(name: str) -> Misbehaviour:
    tensor = {"name": name, "datatype": "FP64", "shape": [1, 1], "data": [1.0]}
    return change(lambda reply: reply["outputs"].append(tensor))


def _two_rows(reply: Reply) -> None:
    for tensor in reply["outputs"]:
        tensor.update(shape=[2, 1], data=tensor["data"] * 2)


def _unpriced_but_for(*kept: str) -> Misbehaviour:
    def what(reply: Reply) -> None:
        for tensor in reply["outputs"]:
            if tensor["name"] not in kept:
                tensor["data"] = [0.0 if tensor["name"] == "support" else None]

    return change(what)


def _binary(reply: Reply) -> None:
    """The binary extension of V2, which nobody asked for."""
    for tensor in reply["outputs"]:
        del tensor["data"]
        tensor["parameters"] = {"binary_data_size": 8}


def _by_text(old: str, new: str) -> Misbehaviour:
    """What JSON's text can say and no object of Python's."""

    def how(reply: Reply) -> Wire:
        text = written(reply).decode()
        assert old in text
        return Wire([http(text.replace(old, new, 1).encode())])

    return how


GARBAGE: dict[str, Misbehaviour] = {
    "empty body": say(b""),
    "empty object": say(b"{}"),
    "a list": say(b"[]"),
    "null": say(b"null"),
    "a number": say(b"9000.0"),
    "a text": say(b'"9000.0"'),
    "deep nesting": say(b"[" * 100_000),
    "a web page": say(HTML, "text/html"),
    "compressed": zipped,
    "two replies": lambda reply: Wire([http(written(reply) * 2)]),
    "no outputs": put("outputs", []),
    "outputs left out": lack("outputs"),
    "outputs null": put("outputs", None),
    "outputs by name": change(lambda reply: reply.update(outputs={each["name"]: each for each in reply["outputs"]})),
    "outputs a text": put("outputs", "price_eur"),
    "outputs of null": put("outputs", [None] * len(OUTPUT_NAMES)),
    "outputs of lists": put("outputs", [[]] * len(OUTPUT_NAMES)),
    "an error beside nothing": say(b'{"error": "Traceback"}'),
    "missing output": drop("effect_fuel"),
    "missing price": drop("price_eur"),
    "extra output": _extra("output-0"),
    "renamed output": rename("price_eur", "output-0"),
    "output without a name": lack_in("price_eur", "name"),
    "output named null": rename("price_eur", None),
    "output named by a list": rename("price_eur", ["price_eur"]),
    "output with a very long name": rename("price_eur", "x" * 1_000_000),
    "duplicate output": rename("low_eur", "price_eur"),
    "duplicate beside all": _extra("price_eur"),
    "duplicate of all": change(lambda reply: reply["outputs"].extend(list(reply["outputs"]))),
    "wrong datatype": put_in("price_eur", "datatype", "FP32"),
    "datatype of another kind": put_in("price_eur", "datatype", "BYTES"),
    "no datatype": put_in("price_eur", "datatype", ""),
    "datatype left out": lack_in("price_eur", "datatype"),
    "datatype null": put_in("price_eur", "datatype", None),
    "integers": put_in("price_eur", "datatype", "INT64"),
    "wrong shape": put_in("price_eur", "shape", [2]),
    "transposed shape": put_in("price_eur", "shape", [1, 1, 1]),
    "no shape": put_in("price_eur", "shape", []),
    "shape left out": lack_in("price_eur", "shape"),
    "shape null": put_in("price_eur", "shape", None),
    "shape a number": put_in("price_eur", "shape", 1),
    "shape of texts": put_in("price_eur", "shape", ["1", "1"]),
    "negative shape": put_in("price_eur", "shape", [-1]),
    "huge shape": put_in("price_eur", "shape", [10**30, 1]),
    "no values": replace("price_eur"),
    "values left out": lack_in("price_eur", "data"),
    "values null": put_in("price_eur", "data", None),
    "a value alone": put_in("price_eur", "data", 9_000.0),
    "values by number": put_in("price_eur", "data", {"0": 9_000.0}),
    "a value as text": replace("price_eur", "9000.0"),
    "values as one text": put_in("price_eur", "data", "9"),
    "a value that is true": replace("support", True),
    "a value that is false": replace("effect_gearbox", False),
    "a value that is null": replace("price_eur", None),
    "a nested value": replace("price_eur", [9_000.0]),
    "a value that is an object": replace("price_eur", {"value": 9_000.0}),
    "two values": replace("price_eur", 9_000.0, 9_000.0),
    "two rows": change(_two_rows),
    "binary contents": change(_binary),
    "another model": put("model_name", "house-price"),
    "no model": put("model_name", ""),
    "model left out": lack("model_name"),
    "model null": put("model_name", None),
    "a very long model": put("model_name", "x" * 1_000_000),
    "no version": put("model_version", ""),
    "version left out": lack("model_version"),
    "version null": put("model_version", None),
    "version a number": put("model_version", 1),
    "a very long version": put("model_version", "1" * 1_000_000),
    "NaN price": replace("price_eur", NAN),
    "NaN effect": replace("effect_age", NAN),
    "NaN support": replace("support", NAN),
    "null effect": replace("effect_age", None),
    "null support": replace("support", None),
    "null range": replace("high_eur", None),
    "infinite price": replace("price_eur", INF),
    "infinite range": replace("high_eur", INF),
    "negative infinity": replace("low_eur", -INF),
    "price beyond doubles": _by_text('"data": [', '"data": [1e999, '),
    "a range beyond doubles": change(lambda reply: output(reply, "high_eur").update(data=[10**400])),
    "support beyond doubles": change(lambda reply: output(reply, "support").update(data=[10**400])),
    "a huge integer": replace("price_eur", 10**30),
    "negative price": replace("price_eur", -9_000.0),
    "price of nothing": replace("price_eur", 0.0),
    "negative support": replace("support", -1.0),
    "negative base": replace("base_eur", -1.0),
    "range above": replace("low_eur", 9_000_000.0),
    "range below": replace("high_eur", 1.0),
    "range below nothing": replace("low_eur", -1.0),
    "effects that do not add up": replace("effect_age", 123_456.0),
    "effects off by a euro": change(
        lambda reply: output(reply, "effect_age").update(data=[output(reply, "effect_age")["data"][0] + 1])
    ),
    "price without support": replace("support", 0.0),
    "half a price without support": _unpriced_but_for("price_eur"),
    "base without support": _unpriced_but_for("base_eur"),
    "a comment in it": _by_text("{", "{/* a price */"),
    "a comma too many": _by_text("}]", "},]"),
    "half an escape": _by_text("price_eur", "\\ud800"),
    "no UTF-8": lambda reply: Wire([http(written(reply).replace(b"price_eur", b"price_eur\xff"))]),
    "UTF-16": lambda reply: Wire([http(written(reply).decode().encode("utf-16"))]),
}


@pytest.mark.parametrize("how", GARBAGE.values(), ids=GARBAGE)
def test_a_reply_that_is_not_sound_is_no_price(
    impatient: Gateway, model_server: FakeModelServer, how: Misbehaviour
) -> None:
    """Whatever is wrong with a reply, all of it is dropped; the next sound reply is taken again."""
    # given a model server whose replies are not sound
    model_server.misbehave(how)
    # when a car is valued, then there is no price
    check_unavailable(impatient, impatient.value, {"garbage"})
    # and once the server is sane there is one
    model_server.behave()
    assert impatient.value().status_code == 200


@pytest.mark.parametrize(
    "raw", [b"\xff" * 100, b"<!doctype html>", b'{"outputs": []}', b"\x0a", b"\x08\x01\x12"], ids=repr
)
def test_bytes_that_are_no_reply_are_no_price(
    impatient: Gateway, model_server: FakeModelServer, raw: bytes
) -> None:
    """A body that is no V2 message at all is an error like any other."""
    # given a model server that sends other bytes
    model_server.misbehave(say(raw))
    # when a car is valued, then there is no price, and there is one when the server is sane again
    check_unavailable(impatient, impatient.value, {"garbage"})
    model_server.behave()
    assert impatient.value().status_code == 200


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

NO_HTTP: dict[str, tuple[Misbehaviour, str]] = {
    "the end of the connection": (close, "down"),
    "half a reply": (cut, "down"),
    "half a head": (send(OK + b"Content-", kept=False), "down"),
    "a broken chunk": (send(CHUNKED + b"zz\r\n{}\r\n"), "garbage"),
    "a chunk of less than nothing": (send(CHUNKED + b"-2\r\n{}\r\n"), "garbage"),
    "a chunk beyond all": (send(CHUNKED + b"f" * 30 + b"\r\n{}\r\n"), "garbage"),
    "other bytes": (send(b"\x00" * 1_000), "garbage"),
    "another protocol": (send(b"SSH-2.0-OpenSSH_9.6\r\n"), "garbage"),
    "another version": (send(b"HTTP/7.3 200 OK\r\n\r\n"), "garbage"),
    "no status": (send(b"HTTP/1.1 OK\r\n\r\n"), "garbage"),
    "a status without end": (send(b"HTTP/1.1 200 " + b"x" * 100_000), "timeout"),
    "a header without end": (send(OK + b"X-More: " + b"x" * 100_000), "timeout"),
    "headers without end": (headers_without_end, "timeout"),
    "another protocol from here on": (send(b"HTTP/1.1 101 x\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), "garbage"),
    "promises without end": (send(b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000), "timeout"),
    "chunks without end": (chunks_without_end, "timeout"),
    "a length that is not kept": (send(OK + b"Content-Length: 1000\r\n\r\n{}"), "timeout"),
    "a length beyond all": (send(OK + b"Content-Length: %d\r\n\r\n{}" % 10**18), "timeout"),
    "a length beyond integers": (send(OK + b"Content-Length: %d\r\n\r\n{}" % 10**30), "garbage"),
    "a length that is none": (send(OK + b"Content-Length: many\r\n\r\n{}"), "garbage"),
    "two lengths": (send(OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"), "garbage"),
    "a length and chunks": (send(OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}"), "garbage"),
    "a body without a length": (until_closed, "down"),
    "byte by byte": (drip(3 * DEADLINE_S), "timeout"),
}  # fmt: skip


@pytest.mark.parametrize(("how", "cause"), NO_HTTP.values(), ids=NO_HTTP)
def test_what_is_no_whole_http_reply_is_no_price(
    impatient: Gateway, model_server: FakeModelServer, how: Misbehaviour, cause: str
) -> None:
    """Cut, endless, slow or something else than HTTP: told in time, and nothing of it is left for the next request."""
    # given a model server that sends no whole reply
    model_server.misbehave(how)
    # when cars are valued, then there is no price
    for _ in range(2):
        check_unavailable(impatient, impatient.value, {cause})
    # and once the server is sane there is one
    model_server.behave()
    assert impatient.value().status_code == 200


SOUND: dict[str, Misbehaviour] = {
    "in chunks": chunked,
    "and then closed": then_close,
    "slowly": drip(0.2 * DEADLINE_S),
    "after a promise": lambda reply: Wire([b"HTTP/1.1 100 Continue\r\n\r\n", http(written(reply))]),
    "flat": change(lambda reply: [tensor.update(shape=[1]) for tensor in reply["outputs"]]),
    "without what nobody needs": change(
        lambda reply: [tensor.pop("parameters") for tensor in (reply, *reply["outputs"])]
    ),
    "in another order": change(lambda reply: reply["outputs"].reverse()),
    "with a whole number": change(lambda reply: output(reply, "support").update(data=[120])),
}


@pytest.mark.parametrize("how", SOUND.values(), ids=SOUND)
def test_a_sound_reply_is_a_price_in_whatever_way_it_is_sent(
    impatient: Gateway, model_server: FakeModelServer, how: Misbehaviour
) -> None:
    """What HTTP and JSON leave to the server is its own business."""
    # given a price, and a model server that says the same in another way
    price_eur = impatient.value().get_json()["price_eur"]
    model_server.misbehave(how)
    # when cars are valued, then the price is the same, again and again
    for _ in range(3):
        assert impatient.value().get_json()["price_eur"] == price_eur
    model_server.behave()
    assert impatient.value().get_json()["price_eur"] == price_eur


Mutation = Callable[[Random, Reply], Reply | bytes]

PRICES = ("price_eur", "low_eur", "high_eur")
NO_NUMBERS: tuple[object, ...] = (
    None, "9000.0", "", True, False, [], [9_000.0], {}, NAN, INF, -INF, 10**400, -(10**30), -1e308,
)  # fmt: skip
NO_PARTS: tuple[object, ...] = (
    None, "", "x", "FP64", 0, 1, -1, 1.5, True, [], [None], [[1]], [2, 1], [1, 1, 1], {}, {"x": 1}, "x" * 10_000,
)  # fmt: skip


def _any_output(random: Random, reply: Reply) -> dict[str, Any]:
    return random.choice(reply["outputs"])


def _lose_a_part(random: Random, reply: Reply) -> Reply:
    whole = random.choice([reply, _any_output(random, reply)])
    del whole[random.choice(sorted(whole))]
    return reply


def _rename_a_part(random: Random, reply: Reply) -> Reply:
    whole = random.choice([reply, _any_output(random, reply)])
    key = random.choice(sorted(whole))
    whole[random.choice([key.upper(), f"{key} ", random.choice(sorted(whole)), ""])] = whole.pop(key)
    return reply


def _retype_a_part(random: Random, reply: Reply) -> Reply:
    whole = random.choice([reply, _any_output(random, reply)])
    whole[random.choice(sorted(whole))] = random.choice(NO_PARTS)
    return reply


def _change_the_outputs(random: Random, reply: Reply) -> Reply:
    outputs, tensor = reply["outputs"], _any_output(random, reply)
    how = random.randrange(5)
    if how == 0:
        outputs.remove(tensor)
    elif how == 1:
        outputs.insert(random.randrange(len(outputs)), dict(tensor))
    elif how == 2:
        tensor["name"] = random.choice([*OUTPUT_NAMES, "output-0", "Price_eur", " price_eur"])
    elif how == 3:
        outputs[random.randrange(len(outputs))] = random.choice(NO_PARTS)
    else:
        reply["outputs"] = random.choice([[outputs], {"0": outputs}, outputs[:-1], outputs * 2, [*outputs, None]])
    return reply


def _change_the_rows(random: Random, reply: Reply) -> Reply:
    for tensor in random.choice([reply["outputs"], [_any_output(random, reply)]]):
        rows = random.choice([0, 2, 3])
        tensor["data"] = tensor["data"] * rows
        tensor["shape"] = random.choice([tensor["shape"], [rows, 1], [rows]])
    return reply


def _put_no_number(random: Random, reply: Reply) -> Reply:
    _any_output(random, reply)["data"] = [random.choice(NO_NUMBERS)]
    return reply


def _shift_a_number(random: Random, reply: Reply) -> Reply:
    """By more than rounding, and to where no sound reply could have it."""
    price_eur = output(reply, "price_eur")["data"][0]
    by = price_eur * random.uniform(1e-5, 3)
    name = random.choice(OUTPUT_NAMES)
    data = output(reply, name)["data"]
    if name in ("low_eur", "high_eur"):
        data[0] = random.choice([-by, 0.0, price_eur + by if name == "low_eur" else price_eur - by])
    elif name == "support":
        data[0] = random.choice([-by, 0.0, -0.0])
    else:
        data[0] += random.choice([by, -by])
    return reply


def _swap_numbers(random: Random, reply: Reply) -> Reply:
    one, other = random.choice(PRICES), random.choice([name for name in OUTPUT_NAMES if name != "support"])
    first, second = output(reply, one), output(reply, other)
    first["data"], second["data"] = second["data"], first["data"]
    return reply


def _cut_off(random: Random, reply: Reply) -> bytes:
    whole = written(reply)
    return whole[: random.randrange(len(whole))]


def _places_outside_numbers(whole: bytes | bytearray) -> list[int]:
    """Of two sound replies that differ in a digit nobody can say which was meant."""
    return [place for place, letter in enumerate(whole) if letter not in b"0123456789.-"]


def _flip_bytes(random: Random, reply: Reply) -> bytes:
    whole = bytearray(written(reply))
    for place in random.sample(_places_outside_numbers(whole), random.randint(1, 3)):
        whole[place] = random.randrange(256)
    return bytes(whole)


def _move_bytes(random: Random, reply: Reply) -> bytes:
    """A stretch of the reply is there twice, or not at all; the numbers in it stay whole."""
    whole = written(reply)
    start, end = sorted(random.sample(_places_outside_numbers(whole), 2))
    return random.choice([whole[:end] + whole[start:], whole[:start] + whole[end:]])


MUTATIONS: tuple[Mutation, ...] = (
    _lose_a_part, _rename_a_part, _retype_a_part, _change_the_outputs, _change_the_rows, _put_no_number,
    _shift_a_number, _swap_numbers, _cut_off, _flip_bytes, _move_bytes,
)  # fmt: skip


def _meant(raw: bytes) -> object:
    """What a body says of prices, whatever stands beside it or in which order; None where it says nothing."""
    try:
        reply = json.loads(raw)
        outputs = [[tensor[key] for key in ("name", "datatype", "shape", "data")] for tensor in reply["outputs"]]
        return reply["model_name"], reply["model_version"], sorted(outputs, key=repr)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None


def test_no_hostile_reply_becomes_a_price(impatient: Gateway, model_server: FakeModelServer) -> None:
    """Whatever is lost, added, renamed, retyped, moved or changed in a sound reply: none of it is shown to anybody."""
    # given replies that were sound, and say another thing now
    random = Random(20_260_701)
    sent = b""

    def mutate(sound: Reply) -> Wire:
        nonlocal sent
        meant = _meant(written(sound))
        while True:
            mutated = random.choice(MUTATIONS)(random, copy.deepcopy(sound))
            sent = mutated if isinstance(mutated, bytes) else written(mutated)
            if _meant(sent) != meant:
                return Wire([http(sent)])

    model_server.misbehave(mutate)
    # when a car is valued again and again, by customers and by data scientists in turn, then there is never a price
    asked_over_v2 = encode([Vehicle("Volkswagen", "Golf", "petrol", "manual", "used", 4.3, 48_500.0, 150.0)])
    for _ in range(HOSTILE_REPLIES // 2):
        response = impatient.value()
        assert response.status_code == 503, sent
        problem(response, 503)
        response = impatient.data_scientist.post(INFER, data=asked_over_v2, content_type="application/json")
        assert response.status_code == 503, sent
        assert list(response.get_json()) == ["error"]
    # and once the server is sane there is one
    model_server.behave()
    assert impatient.value().status_code == 200


@pytest.mark.parametrize("support", ["all NaN", "version 1's card"])
def test_a_car_that_the_card_has_and_the_table_has_not_is_no_price(
    impatient: Gateway, model_server: FakeModelServer, support: str
) -> None:
    """Card and table of a version that disagree are a fault of the server's, not of the client's."""
    # given a server that has no listings of a car that its card names
    model_server.misbehave(_unpriced_but_for())
    # when it is valued, then there is no price
    check_unavailable(impatient, impatient.value, {"card"})


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (500, "error"), (400, "error"), (422, "error"), (401, "error"), (429, "error"), (501, "error"), (502, "error"),
        (503, "error"), (504, "error"), (404, "unloaded"), (201, "error"), (206, "error"), (302, "error"),
    ],
)  # fmt: skip
def test_an_error_of_the_server_is_no_price(
    impatient: Gateway, model_server: FakeModelServer, status: int, cause: str
) -> None:
    """Each error is counted by its cause, and the server's own words stay inside."""
    # given a model server that answers with an error
    model_server.misbehave(fail(status))
    # when a car is valued, then there is no price, and no traceback of somebody else's
    check_unavailable(impatient, impatient.value, {cause})
    assert "Traceback" not in impatient.value().text
    model_server.behave()
    assert impatient.value().status_code == 200


@pytest.mark.parametrize("status", [201, 500])
def test_a_sound_price_of_another_status_is_none(
    impatient: Gateway, model_server: FakeModelServer, status: int
) -> None:
    """The server says itself that its reply is no answer."""
    # given sound replies with another status, when a car is valued, then there is no price
    model_server.misbehave(lambda reply: Wire([http(written(reply), status)]))
    check_unavailable(impatient, impatient.value, {"error"})


def test_a_redirection_is_not_followed(impatient: Gateway, model_server: FakeModelServer) -> None:
    """The model server is where the configuration says, and nowhere else."""
    # given a server that sends its callers to another address, which would answer
    other = FakeModelServer(market.table())
    other.start()
    try:
        model_server.misbehave(fail(307, b"Location: %s/\r\n" % other.url.encode()))
        # when a car is valued, then nobody asks there
        check_unavailable(impatient, impatient.value, {"error"})
        assert other.connections == 0
    finally:
        other.stop()


def test_a_slow_server_is_not_waited_for(impatient: Gateway, model_server: FakeModelServer) -> None:
    """A reply after the deadline is none, and is not asked for twice."""
    # given a server that takes longer than the deadline
    model_server.misbehave(after(2 * DEADLINE_S))
    asked = len(model_server.requests)
    # when a car is valued, then the caller is told in time, and the server was asked once
    check_unavailable(impatient, impatient.value, {"timeout"})
    assert len(model_server.requests) == asked + 1
    model_server.behave()
    assert impatient.value().status_code == 200


def test_a_server_that_is_just_in_time_is_believed(impatient: Gateway, model_server: FakeModelServer) -> None:
    """Slow is not down: a reply before the deadline is a price."""
    # given a server that takes half the deadline, when a car is valued, then there is a price
    model_server.misbehave(after(DEADLINE_S / 2))
    assert impatient.value().status_code == 200


def test_a_server_that_is_slow_to_connect_is_waited_for(
    open_gateway: OpenGateway, model_server: FakeModelServer
) -> None:
    """A connection that takes a moment, on a busy machine or a far one, is not a server that is down."""
    # given a model server whose greeting takes a third of a second, when a car is valued, then there is a price
    with slow_to_connect(model_server.url, 0.3) as url:
        assert open_gateway(model_url=url).value().status_code == 200


def test_a_hung_server_is_not_waited_for(impatient: Gateway, model_server: FakeModelServer) -> None:
    """A server that takes the call and never answers costs no more than the deadline."""
    # given a server that hangs
    model_server.misbehave(model_server.hang)
    # when a car is valued, then the caller is told in time
    check_unavailable(impatient, impatient.value, {"timeout"})
    # and the first reply after it is taken
    model_server.behave()
    assert impatient.value().status_code == 200


def test_a_second_look_stays_within_the_deadline(impatient: Gateway, model_server: FakeModelServer) -> None:
    """A version that changes while a car is priced is asked again, in what is left of the deadline."""
    # given a server that takes most of the deadline to answer with another version, and then hangs
    impatient.publish(market.card("2"))
    model_server.version = "2"
    slow = after(0.7 * DEADLINE_S)

    def then_hang(reply: Reply) -> Reply | Wire:
        model_server.misbehave(model_server.hang)
        return slow(reply)

    model_server.misbehave(then_hang)
    # when a car is valued, then the caller is told in time all the same
    check_unavailable(impatient, impatient.value, {"timeout"})


@pytest.fixture(params=["closed port", "silent socket", "web server"])
def no_model_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """An address where something else stands, or nothing."""
    if request.param == "closed port":
        yield f"http://{LOOPBACK}:{closed_port()}"
        return
    other: Callable[[], AbstractContextManager[str]] = (
        silent_socket if request.param == "silent socket" else web_server
    )
    with other() as url:
        yield url


def test_something_else_on_the_port_gives_no_price(open_gateway: OpenGateway, no_model_server: str) -> None:
    """Nothing, silence or a web page on the model server's port: each is told in time, again and again."""
    # given a gateway that looks for its model server there
    gateway = open_gateway(deadline_s=DEADLINE_S, model_url=no_model_server)
    # when cars are valued, then each caller is told in time
    for _ in range(3):
        check_unavailable(gateway, gateway.value, {"down", "timeout", "error"})


@pytest.mark.parametrize("host", ["no-such-host.invalid", f"{'x' * 64}.invalid", "256.0.0.1", "127.0.0.1:0"])
def test_a_host_that_is_none_gives_no_price(open_gateway: OpenGateway, host: str) -> None:
    """A model server's address that cannot be resolved is a server that is down, not a gateway that fails."""
    # given such an address, when a car is valued, then the caller is told in time
    gateway = open_gateway(deadline_s=DEADLINE_S, model_url=f"http://{host}")
    check_unavailable(gateway, gateway.value, {"down", "timeout"})


@pytest.mark.parametrize("url", ["", "127.0.0.1:8081", "model:8081", "http://", "http://127.0.0.1:99999"])
def test_an_address_that_is_none_is_told_at_the_start(open_gateway: OpenGateway, url: str) -> None:
    """What is no address of a server at all is a mistake in the settings, and nothing is served with it."""
    # given such an address, when a gateway is made, then the mistake is told
    with pytest.raises(ValueError):
        open_gateway(model_url=url)


def test_a_server_that_comes_back_is_found(impatient: Gateway, model_server: FakeModelServer) -> None:
    """Down for a while and up again on the same port: prices are back within two seconds, with no restart of ours."""
    # given a server that went down, and callers who were told so for a while
    model_server.stop()
    down_until_s = time.monotonic() + 1.5
    while time.monotonic() < down_until_s:
        check_unavailable(impatient, impatient.value, {"down"})
        time.sleep(0.1)
    # when it is up again, then prices are back
    model_server.start()
    assert recovers(impatient)


def test_a_server_that_comes_late_is_found(open_gateway: OpenGateway, model_server: FakeModelServer) -> None:
    """A gateway that was started first finds its model server when that is up."""
    # given a gateway without a model server
    model_server.stop()
    gateway = open_gateway(deadline_s=DEADLINE_S)
    check_unavailable(gateway, gateway.value, {"down"})
    # when the server is started, then prices are there
    model_server.start()
    assert recovers(gateway)


def test_a_version_without_a_card_gives_no_price(impatient: Gateway, model_server: FakeModelServer) -> None:
    """A version that nothing is known of is not trusted; what was known before is not mixed with it."""
    # given a server of a version that was never published here
    model_server.version = "99"
    # when cars are valued, then there is no price, and the version is named
    for _ in range(2):
        check_unavailable(impatient, impatient.value, {"no card"})
    assert "'99'" in impatient.value().get_json()["detail"]


def test_the_end_of_a_version_without_a_card_is_noticed(impatient: Gateway, model_server: FakeModelServer) -> None:
    """A server that goes back to a known version is believed again: a wrong version is no way to stop the gateway."""
    # given a server that answered with an unknown version for a while
    model_server.version = "99"
    check_unavailable(impatient, impatient.value, {"no card"})
    # when it is of the known version again, then prices are back
    model_server.version = "1"
    assert impatient.value().status_code == 200


def test_a_card_that_comes_late_is_noticed(impatient: Gateway, model_server: FakeModelServer) -> None:
    """Publishing the missing card is enough."""
    # given a server of an unknown version
    model_server.version = "2"
    check_unavailable(impatient, impatient.value, {"no card"})
    # when its card is published, then prices are that version's
    impatient.publish(market.card("2"))
    assert impatient.value().get_json()["model"]["version"] == "2"


def test_without_any_card_nothing_is_priced(open_gateway: OpenGateway, model_server: FakeModelServer) -> None:
    """A gateway that no model was published to says so, and asks nobody."""
    # given a gateway without a card, when a car is valued, then there is no price
    gateway = open_gateway(publish=False, deadline_s=DEADLINE_S)
    check_unavailable(gateway, gateway.value, {"no card"})
    assert model_server.requests == []


def test_prices_follow_the_version_that_gave_them(impatient: Gateway, model_server: FakeModelServer) -> None:
    """After a switch a reply is stamped with the new version, and so are filters and coefficients."""
    # given a new version, published before any traffic
    impatient.publish(market.card("2", data={**market.card()["data"], "market_as_of": "2024-08-01"}))
    assert impatient.value().get_json()["model"]["version"] == "1"
    # when the model server switches
    model_server.version = "2"
    # then the very next reply is the new version's, with its market's day
    reply = impatient.value().get_json()
    assert (reply["model"]["version"], reply["market_as_of"]) == ("2", "2024-08-01")
    # and so is all else
    for path in ("/api/v1/filters", "/api/v1/coefficients"):
        assert impatient.client.get(path).get_json()["model"]["version"] == "2"


def test_a_new_version_judges_by_its_own_card(impatient: Gateway, model_server: FakeModelServer) -> None:
    """A car that the new version does not know is refused by the new version's card, not priced by the old one's."""
    # given a new version that knows no Golf
    without_golf = [known for known in market.card()["vocabulary"] if known["model"] != "Golf"]
    impatient.publish(market.card("2", vocabulary=without_golf))
    model_server.version = "2"
    # when a Golf is valued
    error = problem(impatient.value(), 422)["errors"][0]
    # then the new card's models are what is known
    assert (error["field"], error["code"], error["known"]) == ("model", "no_market_data", ["Polo"])


def test_a_version_that_changes_at_every_call_gives_no_price(
    impatient: Gateway, model_server: FakeModelServer
) -> None:
    """Two servers of two versions behind one address: the gateway gives up for now, and does not fail."""
    # given a server whose version is another at every call
    impatient.publish(market.card("2"))

    def flap(reply: Reply) -> None:
        reply["model_version"] = model_server.version
        model_server.version = "1" if model_server.version == "2" else "2"

    model_server.version = "2"
    model_server.misbehave(change(flap))
    # when a car is valued, then there is no price
    check_unavailable(impatient, impatient.value, {"version"})
    # and once it has settled there is one
    model_server.behave()
    assert impatient.value().status_code == 200


def test_a_clients_mistake_is_told_while_the_server_is_down(
    impatient: Gateway, model_server: FakeModelServer
) -> None:
    """What is wrong with a request does not wait for the model server."""
    # given a server that is down, when a wrong car is posted, then its fault is told
    model_server.stop()
    assert problem(impatient.value(mileage_km=-1), 422)["errors"][0]["field"] == "mileage_km"


def test_the_other_pages_serve_on_while_the_server_is_down(
    impatient: Gateway, model_server: FakeModelServer
) -> None:
    """Filters, coefficients and the card need no model server."""
    # given a server that is down
    model_server.stop()
    check_unavailable(impatient, impatient.value, {"down"})
    # when the other pages are asked for, then they answer
    for path in ("/api/v1/filters", "/api/v1/coefficients", "/api/v1/models/1", "/livez", "/readyz"):
        assert impatient.client.get(path).status_code == 200
