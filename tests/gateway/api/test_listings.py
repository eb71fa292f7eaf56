"""PUT /api/v1/listings and its runs: parts come in order, once or again, whole or not at all; and their search."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from gateway.db.listing import ListingRow, MarketFiguresRow
from gateway.extensions import db
from gateway.services.identity import DEALER
from gateway.services.market import runs, search
from model.schema.life import Life, Price
from tests.gateway import lives
from tests.gateway.fake_model_server import FakeModelServer
from tests.gateway.gateways import Gateway, check_documented, faults, problem
from tests.gateway.lives import NEWEST, SOURCE, life

LISTINGS = "/api/v1/listings"
RUNS = f"{LISTINGS}/runs"
LINES = "application/x-ndjson"
DAY = timedelta(days=1)


class Publisher:
    """A program that brings listings."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.client: FlaskClient = gateway.with_token("listings")

    def put(self, body: bytes, media_type: str = LINES, **query: Any) -> TestResponse:
        asked = {"source": SOURCE, "run": "run-1", "part": 1, "parts": 1, **query}
        return self.client.put(LISTINGS, data=body, content_type=media_type, query_string=asked)

    def bring(self, some: list[Life], **query: Any) -> Any:
        response = self.put(lives.lines(some), **query)
        assert response.status_code == 200, response.text
        return check_documented(self.gateway, response, LISTINGS)

    def runs(self, source: str = SOURCE) -> Any:
        response = self.client.get(RUNS, query_string={"source": source})
        return check_documented(self.gateway, response, RUNS)["runs"]


@pytest.fixture
def publisher(each_gateway: Gateway) -> Publisher:
    return Publisher(each_gateway)


def kept(gateway: Gateway) -> dict[str, tuple[float, date]]:
    """The listings that are there: price and last day by id."""
    with gateway.app.app_context():
        rows = db.session.scalars(select(ListingRow)).all()
        return {row.id: (row.price_eur, row.last_seen) for row in rows}


def test_a_run_comes_part_by_part_and_may_be_sent_again(publisher: Publisher) -> None:
    """The same part again has the same answer, and nothing is there twice."""
    # given a run of two parts
    first, second = [life(1), life(2)], [life(3, price_eur=15_000.0)]
    # when they are brought, the first of them twice
    answers = [publisher.bring(first, part=1, parts=2) for _ in range(2)]
    assert answers[0] == answers[1] == {"received": 2, "kept": 2, "refused": 0, "errors": [], "complete": False}
    assert publisher.runs() == [{"run": "run-1", "parts": 2, "part": 1, "complete": False}]
    # then the last part completes it, and may be sent again, as the first may
    assert publisher.bring(second, part=2, parts=2)["complete"] is True
    assert publisher.bring(second, part=2, parts=2)["complete"] is True
    assert publisher.bring(first, part=1, parts=2)["kept"] == 2
    assert publisher.runs() == [{"run": "run-1", "parts": 2, "part": 2, "complete": True}]
    assert kept(publisher.gateway) == {"1": (20_000.0, NEWEST), "2": (20_000.0, NEWEST), "3": (15_000.0, NEWEST)}
    assert publisher.runs("another") == []


def test_a_part_out_of_order_is_refused_with_what_is_kept(publisher: Publisher) -> None:
    """The publisher learns where to go on."""
    # given a run of three parts, of which the first is there
    publisher.bring([life(1)], parts=3)
    # when another than the second comes, or one of a run of other size
    late = publisher.put(lives.lines([life(3)]), part=3, parts=3)
    other = publisher.put(lives.lines([life(2)]), part=2, parts=4)
    # then it is told which is wanted, and nothing was kept
    assert problem(late, 409)["errors"][0] == {
        "field": "part", "code": "out_of_order", "known": ["2"],
        "message": "1 parts are kept: send part 2 now, not 3",
    }  # fmt: skip
    assert problem(other, 409)["errors"][0]["known"] == ["3"]
    assert problem(publisher.put(b"", run="new", part=2, parts=2), 409)["errors"][0]["known"] == ["1"]
    assert set(kept(publisher.gateway)) == {"1"}


def test_a_line_at_fault_is_told_and_the_others_are_kept(publisher: Publisher) -> None:
    """Never all or nothing: each with its line, its field and what is wrong."""
    # given lines of which some cannot be used
    good = json.loads(lives.lines([life(1)]))
    wrong = [{**good, "id": "2", "fuel": "coal"}, {**good, "id": "3", "source": "other"}, {**good, "prices": []}]
    body = b"\n".join([b"{", *(json.dumps(each).encode() for each in (*wrong, good)), b"", b"\xff\xfe", b"[" * 2_000])
    # when they are brought
    response = publisher.put(body)
    # then each is named by its line, and the good one is there
    answer = check_documented(publisher.gateway, response, LISTINGS)
    assert (answer["received"], answer["kept"], answer["refused"]) == (7, 1, 6)
    named = [(error["line"], error["field"], error["code"]) for error in answer["errors"]]
    assert named == [(1, "line", "format"), (2, "fuel", "unknown"), (3, "source", "disagrees"), (4, "prices", "type"),
                     (7, "line", "format"), (8, "line", "format")]  # fmt: skip
    assert set(kept(publisher.gateway)) == {"1"}


def test_the_newer_life_stays(publisher: Publisher) -> None:
    """Whichever of two comes first, in one part or in two; what came back is not gone."""
    # given a listing
    publisher.bring([life(1)])
    newer = life(1, last_seen=NEWEST + DAY, prices=(Price(NEWEST - 10 * DAY, 20_000.0), Price(NEWEST, 19_000.0)))
    older = life(1, last_seen=NEWEST - DAY, gone_on=NEWEST, price_eur=1_000.0)
    # when a newer and an older life come, in this order and in the other
    publisher.bring([newer, older], run="run-2")
    publisher.bring([older], run="run-3")
    # then the newer one stays
    assert kept(publisher.gateway) == {"1": (19_000.0, NEWEST + DAY)}
    # and where both are of one day, that which says that it is gone
    gone = life(1, last_seen=NEWEST + DAY, gone_on=NEWEST + 2 * DAY, price_eur=18_000.0)
    publisher.bring([gone], run="run-4")
    publisher.bring([newer], run="run-5")
    assert kept(publisher.gateway)["1"][0] == 18_000.0


def test_one_listing_may_change_its_model(publisher: Publisher) -> None:
    """A source that was wrong mends it: the figures follow."""
    # given a Golf that is a Polo by now
    publisher.bring([life(1)])
    publisher.bring([life(1, model="Polo", last_seen=NEWEST + DAY)], run="run-2")
    # when the market is asked, then it is a Polo alone
    supply = {
        model: publisher.client.get("/api/v1/market", query_string={"make": "VW", "model": model}).get_json()["supply"]
        for model in ("Golf", "Polo")
    }
    assert [supply[model]["on_offer"] for model in ("Golf", "Polo")] == [0, 1]


@pytest.mark.parametrize(
    "query, named",
    [
        ({"source": "No Source"}, {"source": "format"}),
        ({"run": "a b"}, {"run": "format"}),
        ({"part": 0}, {"part": "out_of_range"}),
        ({"part": 2}, {"part": "out_of_range"}),
        ({"parts": "many"}, {"parts": "out_of_range"}),
        ({"colour": "red"}, {"colour": "unknown_field"}),
    ],
)
def test_what_names_no_part_is_refused(publisher: Publisher, query: dict[str, Any], named: dict[str, str]) -> None:
    # given such a query, when a part is brought, then it says what is wrong
    assert faults(publisher.put(b"", **query)) == named


def test_a_body_has_bounds(publisher: Publisher) -> None:
    """Of lines, of type, and of a line."""
    # given too many lines, another type, and one line without end, when they are brought
    assert "10,000 lines" in problem(publisher.put(b"{}\n" * 10_001), 413)["detail"]
    problem(publisher.put(b"{}", media_type="application/json"), 415)
    long = publisher.put(b'{"id": "' + b"x" * 600_000 + b'"}\n' + lives.lines([life(2)]))
    # then each is told, and a line that is too long takes no other with it
    assert (long.get_json()["received"], long.get_json()["kept"]) == (2, 1)
    assert set(kept(publisher.gateway)) == {"2"}


def test_two_who_bring_the_same_part_at_once(publisher: Publisher) -> None:
    """A publisher whose connection broke sends again while the first is still at work."""
    # given one part that two bring at the same time
    body = lives.lines([life(number) for number in range(400)])
    clients = [publisher.gateway.with_token("listings") for _ in range(4)]
    together = threading.Barrier(len(clients))

    def send(client: FlaskClient) -> TestResponse:
        together.wait()
        query = {"source": SOURCE, "run": "run-1", "part": 1, "parts": 1}
        return client.put(LISTINGS, data=body, content_type=LINES, query_string=query)

    # when they are done
    with ThreadPoolExecutor(len(clients)) as pool:
        answers = [response.get_json() for response in pool.map(send, clients)]
    # then all have the same answer, and each listing is there once
    assert answers == [{"received": 400, "kept": 400, "refused": 0, "errors": [], "complete": True}] * 4
    assert len(kept(publisher.gateway)) == 400
    assert publisher.runs() == [{"run": "run-1", "parts": 1, "part": 1, "complete": True}]


def test_a_part_is_whole_or_absent(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ends it: neither its listings nor its mark are there."""
    # given a first part, and a second one that ends after its listings are written, before its mark is
    publisher.bring([life(1)], parts=2)
    store = runs.store

    def die(*arguments: Any) -> None:
        store(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "store", die)
    with pytest.raises(KeyboardInterrupt):
        publisher.put(lives.lines([life(2)]), part=2, parts=2)
    monkeypatch.undo()
    # then nothing of it is there, and it can be sent again
    assert set(kept(publisher.gateway)) == {"1"}
    assert publisher.runs()[0]["part"] == 1
    publisher.bring([life(2)], part=2, parts=2)
    assert set(kept(publisher.gateway)) == {"1", "2"}


def test_figures_that_were_not_made_are_made_when_the_last_part_comes_again(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the last part and the figures: the run is not complete, and says so."""
    # given a run whose last part was kept, and no more
    def die() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "refresh", die)
    with pytest.raises(KeyboardInterrupt):
        publisher.put(lives.lines([life(1)]))
    monkeypatch.undo()
    assert publisher.runs() == [{"run": "run-1", "parts": 1, "part": 1, "complete": False}]
    # when it is sent again, then they are made
    assert publisher.bring([life(1)])["complete"] is True
    with publisher.gateway.app.app_context():
        assert db.session.get(MarketFiguresRow, ("volkswagen", "golf")) is not None


# Searching


def filled(publisher: Publisher) -> FlaskClient:
    """A dealer at a market of Golfs and a Polo, of ten prices, one of them gone."""
    golfs = [life(number, price_eur=10_000.0 + 1_000 * number, mileage_km=50_000.0 - number) for number in range(10)]
    gone = life("gone", first_seen=NEWEST - 40 * DAY, last_seen=NEWEST - 20 * DAY, gone_on=NEWEST - 19 * DAY)
    others = [gone, life("polo", model="Polo"), life("new", model="ID.7"), life("skoda", make="Skoda", model="Octavia")]
    publisher.bring([*golfs, *others])
    return publisher.gateway.as_role(DEALER)


def search_for(publisher: Publisher, client: FlaskClient, **query: Any) -> Any:
    response = client.get(LISTINGS, query_string={"make": "VW", **query})
    assert response.status_code == 200, response.text
    return check_documented(publisher.gateway, response, LISTINGS)


def ids(page: Any) -> list[str]:
    return [each["id"] for each in page["listings"]]


def test_a_search_is_read_page_by_page(publisher: Publisher) -> None:
    """In each order all of it comes, once."""
    # given a market
    client = filled(publisher)
    for sort in ("price", "-price", "mileage", "-registration", "-seen"):
        # when it is read in pages of four
        found: list[Any] = []
        cursor: dict[str, str] = {}
        while True:
            page = search_for(publisher, client, sort=sort, limit=4, **cursor)
            assert (page["deals"] is None) == bool(cursor)
            found += page["listings"]
            if page["next"] is None:
                break
            cursor = {"cursor": page["next"]}
        # then all Volkswagens are there in order, each once
        assert len(found) == len({each["id"] for each in found}) == 13
        prices = [each["asking_price_eur"] for each in found]
        if sort in ("price", "-price"):
            assert prices == sorted(prices, reverse=sort == "-price")


def test_a_search_is_narrowed(publisher: Publisher) -> None:
    # given a market, when it is searched within bounds, then only what lies in them is there
    client = filled(publisher)
    assert ids(search_for(publisher, client, model="golf", max_price_eur=12_000, sort="price")) == ["0", "1", "2"]
    assert ids(search_for(publisher, client, model="golf", min_price_eur=18_000, sort="price")) == ["8", "9", "gone"]
    assert ids(search_for(publisher, client, on_offer="false")) == ["gone"]
    assert ids(search_for(publisher, client, model="Polo", on_offer="true", fuel="Benzin")) == ["polo"]
    assert ids(search_for(publisher, client, fuel="diesel")) == []
    assert ids(search_for(publisher, client, max_age_years=1)) == []
    assert ids(search_for(publisher, client, model="Polo", source="other")) == []
    assert ids(search_for(publisher, client, max_mileage_km=49_991)) == ["9"]


def test_each_listing_has_our_price_and_its_deal(publisher: Publisher) -> None:
    """As a valuation of the same car today would have; what the version does not know has none."""
    # given a market, when it is searched
    client = filled(publisher)
    page = search_for(publisher, client, sort="price")
    # then prices and labels are those of valuations
    for each in page["listings"]:
        fields = {name: each["vehicle"][name] for name in each["vehicle"]}
        valuation = client.post("/api/v1/valuations", json={**fields, "asking_price_eur": each["asking_price_eur"]})
        if each["id"] == "new":
            assert (each["price_eur"], each["range"], each["deal"]) == (None, None, None)
        else:
            told = valuation.get_json()
            assert (each["price_eur"], each["range"], each["deal"]) == (told["price_eur"], told["range"], told["deal"])
    # and the deals of the whole search are counted
    deals = page["deals"]
    assert (deals["listings"], deals["is_all"], deals["unpriced"]) == (13, True, 1)
    labels = [each["deal"] for each in page["listings"] if each["deal"]]
    assert {label: count for label, count in deals["counts"].items() if count} == {
        label: labels.count(label) for label in labels
    }


def test_deals_say_over_how_many_they_are(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a search that has more than are labelled, the first in its order."""
    # given a market of more than may be labelled, when it is searched, then that is said
    client = filled(publisher)
    monkeypatch.setattr(search, "MOST_LABELLED", 5)
    page = search_for(publisher, client, sort="price", limit=2)
    assert (page["deals"]["listings"], page["deals"]["is_all"], len(page["listings"])) == (5, False, 2)
    assert ids(search_for(publisher, client, sort="price", limit=2, cursor=page["next"])) == ["2", "3"]


@pytest.mark.parametrize(
    "query, named",
    [
        ({"make": ""}, {"make": "missing"}),
        ({"make": "Volkswagon"}, {"make": "unknown"}),
        ({"model": "Gulf"}, {"model": "no_market_data"}),
        ({"fuel": "coal", "sort": "colour"}, {"fuel": "unknown", "sort": "unknown"}),
        ({"min_price_eur": "-1"}, {"min_price_eur": "out_of_range"}),
        ({"on_offer": "maybe"}, {"on_offer": "unknown"}),
        ({"cursor": "abc"}, {"cursor": "unknown"}),
        ({"q": "red"}, {"q": "unknown_field"}),
    ],
)
def test_a_search_that_is_none_is_refused(publisher: Publisher, query: dict[str, str], named: dict[str, str]) -> None:
    # given such a query, when it is asked, then each field at fault is named
    client = publisher.gateway.as_role(DEALER)
    response = client.get(LISTINGS, query_string={"make": "VW", **query})
    assert set(faults(response).items()) >= set(named.items())


def test_a_cursor_is_of_one_search(publisher: Publisher) -> None:
    # given the cursor of one search, when it is brought to another, then it is refused
    client = filled(publisher)
    cursor = search_for(publisher, client, sort="price", limit=2)["next"]
    other = client.get(LISTINGS, query_string={"make": "VW", "sort": "-price", "cursor": cursor})
    assert faults(other) == {"cursor": "unknown"}


def test_without_the_model_server_there_is_no_price(publisher: Publisher, model_server: FakeModelServer) -> None:
    """As in a valuation."""
    # given a market and no model server, when it is searched, then that is said
    client = filled(publisher)
    model_server.stop()
    assert problem(client.get(LISTINGS, query_string={"make": "VW"}), 503)
