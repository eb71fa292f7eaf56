"""dealership-listings publish: what the store knows comes to the gateway, once, whatever happens on the way."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from model.schema.collected import Cover
from model.store import LocalStore, Store
from scraper import publishing
from scraper.cli import main
from scraper.gateway import Gateway, GatewayError
from scraper.lives import open_lives
from scraper.publishing import ATTEMPTS, Published, publish, run_of
from tests.scraper.fake_gateway import FakeGateway
from tests.scraper.listings import bring, car

TODAY = date(2026, 7, 31)
ALL = Cover()


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    fake = FakeGateway()
    yield fake
    fake.stop()


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """Of two sources: a market that was seen twice, of which a car is gone, and another one."""
    store = LocalStore(tmp_path / "store")
    bring(store, "2026-07-01", [car(number) for number in range(9)], ALL)
    bring(store, "2026-07-02", [car(number, price_eur="9000") for number in range(8)], ALL)
    bring(store, "2026-07-03", [car(1)], source="other")
    return store


def sent(store: Store, fake: FakeGateway, **options: Any) -> list[Published]:
    with open_lives(store, TODAY) as lives:
        return list(publish(lives, Gateway(fake.url, "dsh_1_2"), **options))


def lives_in(store: Store) -> dict[tuple[str, str], dict[str, Any]]:
    with open_lives(store, TODAY) as lives:
        read = [json.loads(line) for line in lives.lines()]
        return {(life["source"], life["id"]): life for life in read}


def publish_by_command(fake: FakeGateway, folder: Path, *more: str) -> int:
    (folder / "token").write_text("dsh_1_2\n")
    arguments = ["--gateway", f"{fake.url}/", "--token-file", str(folder / "token"), "--store", str(folder / "store")]
    return main(["publish", *arguments, *more], {})


def test_the_gateway_has_in_the_end_what_the_store_knows(
    tmp_path: Path, store: LocalStore, gateway: FakeGateway, capsys: Any
) -> None:
    """And nothing is sent twice."""
    # given a store, when its market is published
    assert publish_by_command(gateway, tmp_path, "--json") == 0
    # then all lives are there, with what is gone
    assert json.loads(capsys.readouterr().out) == {
        "runs": 3, "parts": 3, "listings": 9 + 9 + 1, "refused": 0, "dry_run": False,
    }  # fmt: skip
    assert gateway.lives == lives_in(store)
    assert gateway.lives["feed", "car-8"]["gone_on"] == "2026-07-02"
    assert all(kept["complete"] for kept in gateway.runs.values())
    # when it is published again, then nothing is sent
    asked = len(gateway.asked)
    assert publish_by_command(gateway, tmp_path) == 0
    assert "the gateway has all of it" in capsys.readouterr().err
    assert {method for method, _, _ in gateway.asked[asked:]} == {"GET"}
    # and of a run that comes later, what it has changed
    new = bring(store, "2026-07-04", [car(1, price_eur="8000")])
    assert sent(store, gateway) == [Published("feed", run_of(new), 1, 1, 1)]
    assert gateway.lives == lives_in(store)
    assert {token for _, _, token in gateway.asked} == {"Bearer dsh_1_2"}


def test_a_dry_run_sends_nothing(tmp_path: Path, store: LocalStore, gateway: FakeGateway, capsys: Any) -> None:
    # given a store, when it is published in a dry run, of one source, then what would be sent is told
    assert publish_by_command(gateway, tmp_path, "--dry-run", "--source", "other") == 0
    assert "part 1 of 1, 1 listings would be sent" in capsys.readouterr().err
    assert gateway.lives == {}


def test_it_goes_on_after_the_last_part_that_is_kept(
    store: LocalStore, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In as many parts as the gateway was told of first, whatever has come meanwhile."""
    # given runs in several parts, of which the first was kept alone before the gateway refused
    monkeypatch.setattr(publishing, "LIVES_A_PART", 4)
    with pytest.raises(GatewayError, match="answers 403: no"), open_lives(store, TODAY) as lives:
        for part in publish(lives, Gateway(gateway.url, "t")):
            assert (part.part, part.parts) == (1, 3)
            gateway.troubles = [(403, {}, b'{"detail": "no"}')]
    # when it is published again, after an older run with more listings has come
    monkeypatch.setattr(publishing, "LIVES_A_PART", 100)
    bring(store, "2026-06-30", [car(number) for number in range(40)])
    parts = [(part.part, part.parts) for part in sent(store, gateway)]
    # then what was missing is sent, and the gateway has all of it
    assert parts == [(1, 1), (2, 3), (3, 3), (1, 1), (1, 1)]
    assert gateway.lives == lives_in(store)


def test_a_last_part_that_did_not_complete_its_run_is_sent_again(store: LocalStore, gateway: FakeGateway) -> None:
    # given a gateway that was stopped when it had the last part, and had not done what follows from it
    sent(store, gateway)
    for kept in gateway.runs.values():
        kept["complete"] = False
    # when it is published again, then each run's last part is sent again
    assert len(sent(store, gateway)) == 3
    assert all(kept["complete"] for kept in gateway.runs.values())


def test_a_gateway_that_is_busy_is_asked_again(store: LocalStore, gateway: FakeGateway) -> None:
    """Not before it says, not for ever, and with longer and longer pauses."""
    # given a gateway that is busy in all ways before it answers
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    busy: list[Any] = [
        (503, {}, b""), (429, {"Retry-After": "7"}, b""), None, (503, {"Retry-After": later}, b""),
        (502, {"Retry-After": "soon"}, b""), (429, {"Retry-After": "86400"}, b""),
    ]  # fmt: skip
    gateway.troubles = list(busy)
    pauses: list[float] = []
    # when it is published, then all comes there, after pauses that are bounded
    sent(store, gateway, sleep=pauses.append)
    assert gateway.lives == lives_in(store) and len(pauses) == len(busy)
    assert 0.5 <= pauses[0] <= 1 and pauses[1] == 7 and 2 <= pauses[2] <= 4 and 25 < pauses[3] <= 30
    assert 8 <= pauses[4] <= 16 and pauses[5] == 60
    # and when it never answers, then that is told after some attempts
    gateway.troubles = [(503, {}, b'{"detail": "later"}')] * 50
    with pytest.raises(GatewayError, match=f"answers 503: later .asked {ATTEMPTS} times"):
        sent(store, gateway, sleep=pauses.append)
    assert len(gateway.troubles) == 50 - ATTEMPTS


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ((200, {}, b"<html>"), "does not answer as a gateway does"), ((200, {}, b"[]"), "does not answer as a gateway"),
        ((200, {}, b'{"runs": [{"run": "x"}]}'), "does not answer as a gateway does"),
        ((401, {}, b'{"detail": "the token is not known"}'), "answers 401: the token is not known"),
        ((302, {"Location": "http://127.0.0.1:9/"}, b""), "answers 302"),
    ],
)  # fmt: skip
def test_whatever_is_no_gateway_is_told(
    tmp_path: Path, store: LocalStore, gateway: FakeGateway, capsys: Any, reply: Any, told: str
) -> None:
    """Exit code 1, one line; and the token goes nowhere else."""
    # given a server that answers oddly, when it is published to, then that is said
    gateway.troubles = [reply]
    assert publish_by_command(gateway, tmp_path) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and told in lines[0] and len(gateway.asked) == 1


def test_listings_that_the_gateway_refuses_are_told(tmp_path: Path, store: LocalStore, capsys: Any) -> None:
    """Exit code 3; the others are there."""
    # given a gateway that does not believe one of the listings
    fake = FakeGateway(frozenset({"car-3"}))
    # when it is published to, then that is told
    assert publish_by_command(fake, tmp_path) == 3
    fake.stop()
    told = capsys.readouterr().err
    assert "refused: line 1: id is not believed" in told and "the gateway has refused 2 listings" in told
    assert len(fake.lives) == 9
