"""A store in S3: what a server and the way to it do to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from model.s3_store import ATTEMPTS
from model.store import Store, StoreError, open_store
from tests.losing_proxy import LosingProxy, losing_proxy
from tests.ports import free_ports
from tests.seaweedfs import NOBODY, SeaweedFS


@pytest.fixture
def proxy(seaweedfs: SeaweedFS, s3_store_location: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[LosingProxy]:
    """What the environment leads to, and what loses answers when it is told to."""
    with losing_proxy(seaweedfs.endpoint) as opened:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", opened.endpoint)
        yield opened


class Fake(BaseHTTPRequestHandler):
    """A server that answers each put with the next of its answers, and the last one on and on."""

    answers: list[tuple[int, str]]
    puts: list[str]  # the path of each
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.puts.append(self.path)
        status, code = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self._answer(status, f"<Error><Code>{code}</Code><Message>so it is</Message></Error>" if code else "")

    def do_GET(self) -> None:
        self._answer(200, "<!DOCTYPE html><p>Hello</p>")

    def _answer(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def fake_server(*answers: tuple[int, str]) -> Iterator[tuple[str, list[str]]]:
    """Its endpoint, and the puts that it gets."""
    puts: list[str] = []
    handler = type("Handler", (Fake,), {"answers": list(answers), "puts": puts})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", puts
        server.shutdown()
        thread.join()


def every_call_says(store: Store, told: str) -> None:
    with pytest.raises(StoreError, match=told):
        store.put_new("a/b", b"")
    with pytest.raises(StoreError, match=told):
        store.keys("")
    with pytest.raises(StoreError, match=told):
        store.get("a/b")


def test_a_bucket_that_is_not_there_is_told(s3_store_location: str) -> None:
    every_call_says(open_store("s3://no-such-bucket/store"), "s3://no-such-bucket/store .*there is no bucket")


@pytest.mark.parametrize("who", [("owner", "wrong"), ("unknown", "x"), NOBODY])
def test_credentials_that_are_refused_are_told(
    seaweedfs: SeaweedFS, s3_store_location: str, monkeypatch: pytest.MonkeyPatch, who: tuple[str, str]
) -> None:
    """A wrong secret, a key that nobody has, and one without the right."""
    for name, value in seaweedfs.environment(who).items():
        monkeypatch.setenv(name, value)
    every_call_says(open_store(s3_store_location), "refuses these credentials")


def test_missing_credentials_are_told(s3_store_location: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are not there, and a profile that is not."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    every_call_says(open_store(s3_store_location), "needs credentials, by AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_PROFILE", "nobodys")
    with pytest.raises(StoreError, match="nobodys"):
        open_store(s3_store_location)


def test_a_server_that_is_down_is_told(s3_store_location: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{port}")
    with pytest.raises(StoreError, match="cannot be reached"):
        open_store(s3_store_location).put_new("k", b"")


@pytest.mark.parametrize(("own", "calls"), [({"AWS_MAX_ATTEMPTS": "2"}, 2), ({}, ATTEMPTS)], ids=["set", "default"])
def test_a_call_that_fails_is_made_as_often_as_the_environment_says(
    s3_store_location: str, monkeypatch: pytest.MonkeyPatch, own: dict[str, str], calls: int
) -> None:
    # given a server that fails, and how often it is to be asked
    with fake_server((500, "InternalError")) as (endpoint, puts):
        for name, value in {"AWS_ENDPOINT_URL_S3": endpoint, **own}.items():
            monkeypatch.setenv(name, value)
        # when an object is put, then it is asked so often
        with pytest.raises(StoreError, match="InternalError"):
            open_store(s3_store_location).put_new("k", b"")
        assert len(puts) == calls


def test_another_kind_of_server_is_told(s3_store_location: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A web site, by a slip in the endpoint."""
    with fake_server((200, "")) as (endpoint, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
        with pytest.raises(StoreError, match="no S3 server"):
            open_store(s3_store_location).keys("")


def test_a_server_that_ignores_conditions_is_refused(
    s3_store_location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would replace what is there, and never tell."""
    # given a server that puts whatever the condition
    with fake_server((200, "")) as (endpoint, puts):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
        store = open_store(s3_store_location)
        # when objects are put, then none is, each time
        for _ in range(2):
            with pytest.raises(StoreError, match="replaces objects in spite of If-None-Match"):
                store.put_new("k", b"")
        assert not [path for path in puts if path.endswith("/k")]


def test_a_server_that_knows_no_conditions_is_told(s3_store_location: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with fake_server((501, "NotImplemented")) as (endpoint, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
        with pytest.raises(StoreError, match="conditional puts"):
            open_store(s3_store_location).put_new("k", b"")


def test_a_put_that_meets_another_is_tried_again(s3_store_location: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """409 is no answer yet."""
    # given a server that keeps to conditions, and where two puts meet
    known = (412, "PreconditionFailed")
    with fake_server(known, (409, "ConditionalRequestConflict"), (200, "")) as (endpoint, puts):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
        # when a key is put, then it is asked for again, and kept
        assert open_store(s3_store_location).put_new("k", b"")
        assert len([path for path in puts if path.endswith("/k")]) == 2


def test_a_put_whose_answer_is_lost_counts_as_ours(s3_store_location: str, proxy: LosingProxy) -> None:
    """The server has kept it, and would say that it was there."""
    # given a store behind a way that loses answers
    store = open_store(s3_store_location)
    store.put_new("first", b"")
    # when the answers to puts are lost, once the objects are written
    for number in range(3):
        proxy.lose("PUT", 1)
        # then each counts as kept
        assert store.put_new(f"k/{number}", b"%d" % number)
        assert store.get(f"k/{number}") == b"%d" % number
    assert proxy.lost == 3
    # and once only
    assert not store.put_new("k/0", b"0")


def test_an_object_of_anothers_is_not_ours_when_answers_get_lost(
    s3_store_location: str, proxy: LosingProxy
) -> None:
    """Of two with a content of their own, one alone has put the key."""
    # given a key that somebody else has put
    store = open_store(s3_store_location)
    store.put_new("k", b"theirs")
    # when the first answer to a put of ours is lost, then it is theirs still
    proxy.lose("PUT", 1)
    assert store.put_new("k2", b"ours") and not store.put_new("k", b"ours")
    assert store.get("k") == b"theirs"


def test_a_put_that_ends_after_its_head_keeps_nothing(s3_store_location: str, proxy: LosingProxy) -> None:
    """Not an empty object, which would stay for good."""
    # given a way to the store that breaks when the head of a put has come through
    store = open_store(s3_store_location)
    store.put_new("first", b"")
    proxy.cut_requests(1)
    # when an object is put, then it is asked for again, and whole
    assert store.put_new("k", b"0123456789" * 1_000)
    assert store.get("k") == b"0123456789" * 1_000
    assert proxy.lost == 1
    # and where it breaks each time, then nothing is kept, and the next process can put it
    proxy.cut_requests(1_000)
    with pytest.raises(StoreError, match="cannot be reached"):
        store.put_new("k2", b"0123456789")
    proxy.cut_requests(0)
    assert store.keys("") == ["first", "k"]
    assert store.put_new("k2", b"0123456789")


@pytest.mark.parametrize("after_bytes", [0, 20, 60, 2_000])
def test_an_answer_that_ends_too_soon_is_asked_for_again(
    s3_store_location: str, proxy: LosingProxy, after_bytes: int
) -> None:
    """Before it begins, in its head, and within the object."""
    # given an object
    content = b"0123456789" * 1_000
    store = open_store(s3_store_location)
    store.put_new("k", content)
    # when the answers to get it are cut off, then it is whole
    proxy.lose("GET", 2, after_bytes)
    assert store.get("k") == content
    assert proxy.lost == 2


@pytest.mark.parametrize("after_bytes", [0, 20, 60, 400])
def test_a_list_that_ends_too_soon_is_asked_for_again(
    s3_store_location: str, proxy: LosingProxy, after_bytes: int
) -> None:
    """It never passes for an empty one."""
    store = open_store(s3_store_location)
    store.put_new("k", b"")
    proxy.lose("GET", 2, after_bytes)
    assert store.keys("") == ["k"]
    assert proxy.lost == 2


def test_what_never_comes_whole_is_told(s3_store_location: str, proxy: LosingProxy) -> None:
    """Not handed over in part."""
    store = open_store(s3_store_location)
    store.put_new("k", b"0123456789" * 1_000)
    proxy.lose("GET", 1_000, after_bytes=2_000)
    with pytest.raises(StoreError, match="cannot be reached"):
        store.get("k")
