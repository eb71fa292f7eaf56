"""dealership-listings export-feedback: the gateway's feed into the store, each event once, whatever happens."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from gateway.db import moments
from gateway.db.feedback import CounterRow, FeedEventRow
from gateway.db.transactions import writing
from gateway.services import api_tokens, feed
from gateway.services.identity import OPERATOR
from model.feedback import read_feedback
from model.schema.feed import FeedEvent, page_key, read_page
from model.schema.listing import parse_listing
from model.store import LocalStore
from scraper.cli import main
from scraper.feedback import export, last_event
from tests.gateway.gateways import Gateway
from tests.gateway.reporting import report, review, rows, valued

ROOT = Path(__file__).resolve().parents[2]
KILLS = 200 if os.environ.get("DEALERSHIP_VERIFY") == "1" else 12
EVENTS = 400

EXPORT_BY_THREES = """
import sys
from pathlib import Path
from model.schema.feed import FeedEvent
from model.store import LocalStore
from scraper.feedback import export

def fetch(since):
    return [FeedEvent(n, "", "withdrawn", f"f{n}", "p", None) for n in range(since + 1, min(since + 4, 401))]

print("ready", flush=True)
for page in export(fetch, LocalStore(Path(sys.argv[1]))):
    pass
"""


class Address:
    """A gateway's address and a token for its feed."""

    def __init__(self, gateway: Gateway) -> None:
        self._server = make_server("127.0.0.1", 0, gateway.app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        with gateway.app.app_context():
            _, self.token = api_tokens.create(OPERATOR, "export", ["feedback"], days=1)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def address(each_gateway: Gateway) -> Iterator[Address]:
    opened = Address(each_gateway)
    yield opened
    opened.stop()


def exported(address: Address, store: Path, *more: str) -> int:
    arguments = ["export-feedback", "--gateway", address.url, "--store", str(store), *more]
    return main(arguments, {"DEALERSHIP_TOKEN": address.token})


def stored(store: Path) -> list[FeedEvent]:
    local = LocalStore(store)
    return [event for key in local.keys("feedback/") for event in read_page(local.get(key))]


def test_what_was_accepted_comes_to_training_as_it_was_said(
    each_gateway: Gateway, address: Address, tmp_path: Path, capsys: Any
) -> None:
    """From the report to the row that training reads, over the wire and the store; what was withdrawn does not."""
    # given reports of which two were accepted
    valuation = valued(each_gateway)["id"]
    asking = {"reason": "too_low", "price_eur": 31_000, "price_kind": "asking"}
    kept, taken_back, waiting = (
        report(each_gateway, valuation, body).get_json()["id"]
        for body in (asking, {**asking, "price_kind": "sale"}, asking)
    )
    review(each_gateway, kept, trust=0.3), review(each_gateway, taken_back)
    # when they are exported, one is withdrawn, and they are exported again
    assert exported(address, tmp_path, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"events": 2, "pages": 1, "last_event": 2, "dry_run": False}
    admin = each_gateway.as_role("admin")
    assert admin.delete(f"/api/v1/feedback/{taken_back}").status_code == 204
    assert exported(address, tmp_path) == 0
    # then training reads the other, as a report of its account
    read = read_feedback(str(tmp_path))
    ((number, row),) = read.rows
    listing = parse_listing(row, "feedback", None)
    assert (number, read.last_event) == (1, 3)
    assert (listing.id, listing.account, listing.price_eur, listing.price_kind, listing.trust) == (
        kept, "anonymous", 31_000.0, "asking", 0.3,
    )  # fmt: skip
    vehicle = listing.vehicle
    assert (vehicle.make, vehicle.model, vehicle.mileage_km, vehicle.power_hp) == ("Volkswagen", "Golf", 48_500, 150)
    assert listing.listed_on == rows(each_gateway)[0].created_at.date()
    # and what waits for its review is nowhere
    assert waiting not in "".join(str(event) for event in stored(tmp_path))


def test_a_second_export_does_nothing(each_gateway: Gateway, address: Address, tmp_path: Path, capsys: Any) -> None:
    """And a dry run keeps nothing; a long feed comes page by page."""
    # given more events than come at once
    with each_gateway.app.app_context(), writing() as session:
        session.add_all(
            FeedEventRow(sequence=number, at=moments.now(), kind="withdrawn", feedback="f", pseudonym="anonymous")
            for number in range(1, 1_201)
        )
        session.get_one(CounterRow, feed.COUNTER).value = 1_200
    # when they are looked at, then nothing is kept
    assert exported(address, tmp_path / "store", "--dry-run", "--json") == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == {"events": 1_200, "pages": 2, "last_event": 1_200, "dry_run": True}
    assert "events 1 to 1,000 would be kept" in told.err
    assert not (tmp_path / "store").exists()
    # when they are exported twice, then they are kept once
    assert exported(address, tmp_path / "store") == 0
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "store").rglob("*.jsonl")}
    assert [event.sequence for event in stored(tmp_path / "store")] == list(range(1, 1_201))
    assert {path.name for path in files} == {Path(page_key(first)).name for first in (1, 1_001)}
    capsys.readouterr()
    assert exported(address, tmp_path / "store") == 0
    assert "nothing new after event 1,200" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "store").rglob("*.jsonl")} == files


@pytest.mark.timeout(900)
def test_an_export_that_is_killed_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Wherever it was: the next one goes on."""
    # given an export of many small pages
    command = [sys.executable, "-c", EXPORT_BY_THREES, str(tmp_path)]
    ends = set()
    for number in range(KILLS):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as exporter:
            assert exporter.stdout is not None and exporter.stdout.readline() == b"ready\n"
            time.sleep(0.003 * (number % 8))
            # when it is killed, again and again
            os.kill(exporter.pid, signal.SIGKILL)
        ends.add(last_event(LocalStore(tmp_path)))
    assert len(ends) > 2  # it got further each time, and never at once
    # and one is left alone
    assert subprocess.run(command, cwd=ROOT, timeout=60).returncode == 0
    # then each event is there once
    assert [event.sequence for event in stored(tmp_path)] == list(range(1, EVENTS + 1))


def test_two_exports_at_once_agree(tmp_path: Path) -> None:
    """Whose page comes second goes on after the other's."""
    # given two exports that cut the feed into pages of other sizes
    store = LocalStore(tmp_path)

    def fetch(since: int, size: int) -> list[FeedEvent]:
        numbers = range(since + 1, min(since + 1 + size, EVENTS + 1))
        return [FeedEvent(number, "", "withdrawn", f"f{number}", "p", None) for number in numbers]

    def run(size: int) -> None:
        list(export(lambda since: fetch(since, size), store))

    threads = [threading.Thread(target=run, args=(size,)) for size in (2, 3, 5)]
    # when they run at once
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # then each event is there once
    assert [event.sequence for event in stored(tmp_path)] == list(range(1, EVENTS + 1))


def test_a_database_that_was_put_back_is_told(
    each_gateway: Gateway, address: Address, tmp_path: Path, capsys: Any
) -> None:
    """Its next events would bear numbers that the store has already."""
    # given a store that has seen more than the gateway has
    event = FeedEvent(1, "", "withdrawn", "f", "p", None)
    list(export(lambda since: [event] if since == 0 else [], LocalStore(tmp_path)))
    # when the feed is exported to it, then that is said, with exit code 1
    assert exported(address, tmp_path) == 1
    assert "answers 409: the feed ends with event 0" in capsys.readouterr().err


class Odd(BaseHTTPRequestHandler):
    """A server that is no gateway. `reply` is what it answers: status, headers, body."""

    reply: tuple[int, dict[str, str], bytes]
    seen: list[str | None] = []

    def do_GET(self) -> None:
        type(self).seen.append(self.headers.get("Authorization"))
        status, headers, body = self.reply
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


GAP = b'{"events": [{"sequence": 2, "kind": "withdrawn", "feedback": "f", "pseudonym": "p"}]}'


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ((200, {}, b"<html>"), "does not answer as a gateway does"),
        ((200, {}, b"[]"), "does not answer as a gateway does"),
        ((200, {}, b'{"events": [{}]}'), "does not answer as a gateway does"),
        ((200, {}, GAP), "event 1 is missing"),
        ((401, {}, b'{"detail": "the token is not known"}'), "answers 401: the token is not known"),
        ((503, {}, b""), "answers 503"),
        ((302, {"Location": "/elsewhere"}, b""), "answers 302"),
    ],
)
def test_whatever_is_no_feed_is_told(
    tmp_path: Path, capsys: Any, reply: tuple[int, dict[str, str], bytes], told: str
) -> None:
    """Exit code 1, one line, nothing kept; and the token goes nowhere else."""
    # given a server that answers oddly
    handler = type("Handler", (Odd,), {"reply": reply, "seen": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # when feedback is exported from it
    (tmp_path / "token").write_text("dsh_1_2\n")
    code = main([
        "export-feedback", "--gateway", f"http://127.0.0.1:{server.server_port}/", "--token-file",
        str(tmp_path / "token"), "--store", str(tmp_path / "store"),
    ])  # fmt: skip
    server.shutdown()
    server.server_close()
    # then that is said
    lines = capsys.readouterr().err.strip().splitlines()
    assert code == 1 and len(lines) == 1 and told in lines[0]
    assert handler.seen == ["Bearer dsh_1_2"]  # type: ignore[attr-defined]
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--gateway", "http://127.0.0.1:9", "--token-file", "/no/such/file"], 1, "/no/such/file"),
        (["--gateway", "http://127.0.0.1:9"], 2, "no token"),
        (["--gateway", "cars.example", "--token-file", "{token}"], 2, "no address of a gateway"),
        (["--gateway", "file:///etc/passwd", "--token-file", "{token}"], 2, "no address of a gateway"),
        (["--gateway", "http://127.0.0.1:9", "--token-file", "{token}"], 1, "cannot be reached"),
    ],
)
def test_what_cannot_be_done_is_told(tmp_path: Path, capsys: Any, arguments: list[str], code: int, told: str) -> None:
    """One line and an exit code."""
    # given a call that cannot work, when it is made, then that is said
    token = tmp_path / "token"
    token.write_text("dsh_1_2")
    arguments = [argument.format(token=token) for argument in arguments]
    assert main(["export-feedback", *arguments, "--store", str(tmp_path / "store")], {}) == code
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and told in lines[0]


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), (["export-feedback", "--help"], 0), ([], 2)])
def test_the_command_explains_itself(capsys: Any, arguments: list[str], code: int) -> None:
    # given the command, when its help is asked for or nothing is, then it says how it is used
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == code
    told = capsys.readouterr()
    assert "usage: dealership-listings" in told.out + told.err
