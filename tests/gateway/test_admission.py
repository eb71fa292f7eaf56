"""Admission: so many requests for prices at once, and those beyond are refused before they cost anything."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from gateway.admission import Admission
from gateway.errors import Overloaded
from tests.gateway.conftest import OpenGateway
from tests.gateway.fake_model_server import FakeModelServer
from tests.gateway.gateways import PROBLEM, VALUATIONS, Gateway, check_documented, problem

WAIT_S = 10


class Busy:
    """An application that answers when it is told to."""

    def __init__(self) -> None:
        self.inside = threading.Semaphore(0)
        self.may_end = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.inside.release()
        assert self.may_end.wait(WAIT_S)
        if environ.get("fails"):
            raise RuntimeError("as it was told to")
        start_response("200 OK", [])
        return [b"priced"]


def ask(admission: Admission, path: str = "/price", **environ: object) -> tuple[str, list[tuple[str, str]], bytes]:
    answer: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: object = None) -> Callable[[bytes], None]:
        answer.extend((status, headers))
        return lambda _: None

    body = b"".join(admission({"PATH_INFO": path, **environ}, start_response))
    return answer[0], answer[1], body


@pytest.fixture
def busy() -> Busy:
    return Busy()


@pytest.fixture
def refused() -> list[Overloaded]:
    return []


@pytest.fixture
def full(busy: Busy, refused: list[Overloaded]) -> Iterable[Admission]:
    """Two requests may be inside, and are."""
    admission = Admission(busy, ["/price"], 2, refused.append)
    threads = [threading.Thread(target=ask, args=(admission,)) for _ in range(2)]
    for thread in threads:
        thread.start()
        assert busy.inside.acquire(timeout=WAIT_S)
    yield admission
    busy.may_end.set()
    for thread in threads:
        thread.join(WAIT_S)


def test_one_more_is_refused_and_counted(full: Admission, refused: list[Overloaded]) -> None:
    # given as many requests as may be inside, when one more comes, then it is told when to come again, and counted
    status, headers, body = ask(full)
    assert status.startswith("503 ")
    assert dict(headers)["Content-Type"] == PROBLEM
    assert int(dict(headers)["Retry-After"]) >= 1
    assert dict(headers)["Content-Length"] == str(len(body))
    assert [refusal.cause for refusal in refused] == ["overload"]


def test_what_needs_no_price_is_let_in(full: Admission, busy: Busy, refused: list[Overloaded]) -> None:
    # given as many requests as may be inside, when another page is asked for, then it is answered
    busy.may_end.set()
    assert ask(full, "/livez")[2] == b"priced"
    assert refused == []


def test_who_leaves_makes_room_even_by_failing(busy: Busy, refused: list[Overloaded]) -> None:
    # given one place, and requests one after the other that fail
    admission = Admission(busy, ["/price"], 1, refused.append)
    busy.may_end.set()
    for _ in range(3):
        with pytest.raises(RuntimeError):
            ask(admission, fails=True)
    # when another comes, then it finds room
    assert ask(admission)[2] == b"priced"
    assert refused == []


def test_the_gateway_refuses_prices_beyond_and_answers_all_else(
    open_gateway: OpenGateway, model_server: FakeModelServer
) -> None:
    """While everyone waits for the model server, one more is told at once, and the pages that need none serve on."""
    # given a gateway of one place for prices, taken by somebody who waits for a model server that hangs
    gateway = open_gateway(threads=9, deadline_s=2.0)
    model_server.misbehave(model_server.hang)
    waiting = threading.Thread(target=Gateway(gateway.app).value)
    waiting.start()
    until = threading.Event()
    for _ in range(200):
        if model_server.requests:
            break
        until.wait(0.02)
    # when one more comes, then it is refused
    response = gateway.value()
    problem(response, 503)
    check_documented(gateway, response, VALUATIONS)
    assert int(response.headers["Retry-After"]) >= 1
    assert gateway.metric("gateway_model_failures_total", cause="overload") == 1
    # and the rest is answered
    for path in ("/livez", "/readyz", "/api/v1/filters"):
        assert gateway.client.get(path).status_code == 200
    assert gateway.client.get(f"{VALUATIONS}/none").status_code == 404
    model_server.behave()
    waiting.join(5)
