"""The way of a listing through the house, with the programs that an operator calls: pages, a file and feedback into the
store, training on all three, the version's card into the gateway, the market beside it, and like cars out of it.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from model.schema.collected import LISTINGS, read_records
from model.schema.feed import ACCEPTED, FeedEvent, page_key, write_page
from model.store import open_store
from tests.ports import free_ports
from tests.product import CHECKOUT
from tests.scraper.pages.builder import cars, search_page

# The fixtures train a model and start two servers.
pytestmark = pytest.mark.timeout(900)

TODAY = date.today()
STARTS_WITHIN_S = 120
FEEDBACKS = 3


@dataclass
class House:
    """An operator's folder, and his programs, which know where all is by their environment."""

    folder: Path
    environment: dict[str, str]
    address: str

    def call(self, environment: str, program: str, *arguments: object) -> str:
        """What it prints. Fails with what it says where it does not end well."""
        ended = subprocess.run(
            [CHECKOUT / ".venv" / environment / "bin" / program, *map(str, arguments)],
            env=self.environment, cwd=CHECKOUT, capture_output=True, text=True, timeout=280,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def ask(self, path: str, body: object = None) -> dict:
        content = None if body is None else json.dumps(body).encode()
        request = Request(self.address + path, content, {"Content-Type": "application/json"})
        with urlopen(request, timeout=30) as reply:
            return json.load(reply)

    def wait_until_it_answers(self, url: str) -> None:
        until = time.monotonic() + STARTS_WITHIN_S
        while True:
            try:
                urlopen(url, timeout=5).close()
                return
            except (URLError, OSError):
                assert time.monotonic() < until, f"{url} does not answer"
                time.sleep(0.2)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    folder = tmp_path_factory.mktemp("house")
    port, metrics, rest, grpc, model_metrics = free_ports(5)
    environment = {
        "PATH": os.defpath, "HOME": str(folder), "DEALERSHIP_VAR": str(folder), "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false", "PYTHONDONTWRITEBYTECODE": "1",
        "GATEWAY_DATABASE_URL": f"sqlite:///{folder}/gateway.db", "GATEWAY_PORT": str(port),
        "GATEWAY_METRICS_PORT": str(metrics), "GATEWAY_MODEL_URL": f"http://127.0.0.1:{rest}",
        "MLSERVER_HOST": "127.0.0.1", "MLSERVER_HTTP_PORT": str(rest), "MLSERVER_GRPC_PORT": str(grpc),
        "MLSERVER_METRICS_PORT": str(model_metrics), "MLSERVER_METRICS_DIR": str(folder),
    }  # fmt: skip
    return House(folder, environment, f"http://127.0.0.1:{port}")


@pytest.fixture(scope="module")
def listings(house: House) -> list[dict[str, str]]:
    """A store with a file of listings, a saved page and feedback; the file's records."""
    file, page, store = house.folder / "base.csv", house.folder / "search.html", house.folder / "store"
    yesterday = TODAY - timedelta(days=1)
    house.call("model", "dealership-model", "demo-market", "--rows", 3000, "--market-date", yesterday, "--out", file)
    page.write_bytes(search_page(cars(20)))
    bring = ("scraper", "dealership-listings", "import", "--store", store, "--json", "--source")
    house.call(*bring, "base", "--complete", file)
    house.call(*bring, "autoscout24", "--market-date", TODAY, page)
    opened = open_store(str(store))
    rows = [row for key in opened.keys(f"{LISTINGS}base/") for row in read_records(opened.get(key))]
    events = [
        FeedEvent(number, f"{TODAY}T12:00:00Z", ACCEPTED, f"feedback-{number}", f"pseudonym-{number}", sale(row))
        for number, row in enumerate(rows[:FEEDBACKS], start=1)
    ]
    assert opened.put_new(page_key(1), write_page(events))
    return rows


def sale(row: dict[str, str]) -> dict[str, object]:
    """A sale of such a car, a little below what was asked."""
    words = ("make", "model", "fuel", "gearbox", "offer_type", "first_registration")
    return {
        **{name: row[name] for name in words}, "mileage_km": float(row["mileage_km"]),
        "power_hp": float(row["power_hp"]), "price_eur": round(float(row["price_eur"]) * 0.97), "price_kind": "sale",
        "listed_on": TODAY.isoformat(),
    }  # fmt: skip


@pytest.fixture(scope="module")
def served(house: House, listings: list[dict[str, str]]) -> Iterator[House]:
    """The version that was trained on the store, promoted and served, and the store's market in its gateway."""
    store, serving, token = house.folder / "store", house.folder / "serving", house.folder / "token"
    house.call("model", "dealership-model", "train", "--store", store, "--synthetic", "--json")
    house.call("model", "dealership-model", "promote", "--version", 1, "--serving-dir", serving)
    house.call("gateway", "dealership-gateway", "db", "upgrade")
    house.call("gateway", "dealership-gateway", "card", "put", serving / "card.json")
    token.write_text(
        house.call("gateway", "dealership-gateway", "token", "create", "--name", "job", "--scope", "listings")
    )
    commands: tuple[list[Path | str], ...] = (
        [CHECKOUT / ".venv/model/bin/mlserver", "start", serving],
        [CHECKOUT / ".venv/gateway/bin/dealership-gateway", "serve"],
    )
    with (house.folder / "servers.log").open("wb") as log:
        servers = [
            subprocess.Popen(command, env=house.environment, cwd=house.folder, stdout=log, stderr=log)
            for command in commands
        ]
    try:
        house.wait_until_it_answers(f"{house.environment['GATEWAY_MODEL_URL']}/v2/models/car-price/ready")
        house.wait_until_it_answers(f"{house.address}/readyz")
        publish = ("publish", "--gateway", house.address, "--token-file", token, "--store", store, "--json")
        house.call("scraper", "dealership-listings", *publish)
        yield house
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.wait(60)


def test_a_version_is_trained_on_pages_files_and_feedback(served: House) -> None:
    data = served.ask("/api/v1/models/1")["data"]
    assert data["market_as_of"] == TODAY.isoformat()
    for source in ("autoscout24", "base", f"feedback up to event {FEEDBACKS}"):
        assert source in data["name"]
    assert data["rows_read"] == 3000 + 20 + FEEDBACKS


def test_like_cars_come_from_the_same_listings(served: House, listings: list[dict[str, str]]) -> None:
    row = listings[100]
    words = ("make", "model", "fuel", "gearbox", "first_registration")
    car = {name: row[name] for name in words} | {name: float(row[name]) for name in ("mileage_km", "power_hp")}

    found = served.ask("/api/v1/valuations/comparables", car)

    assert found["comparables"] and found["newest_day"] == TODAY.isoformat()
    for like in found["comparables"]:
        vehicle = like["vehicle"]
        assert (like["source"], vehicle["make"], vehicle["model"]) == ("base", row["make"], row["model"])
        by_effect = sum(adjustment["effect_eur"] for adjustment in like["adjustments"])
        assert like["price_eur"] + by_effect == pytest.approx(like["adjusted_eur"], abs=0.005)


def test_a_car_of_a_page_leads_back_to_its_page(served: House) -> None:
    like = {"make": "BMW", "model": "320", "fuel": "diesel", "gearbox": "automatic", "first_registration": "2021-03",
            "mileage_km": 60_000, "power_hp": 190}  # fmt: skip

    found = served.ask("/api/v1/valuations/comparables", like)

    of_pages = [comparable for comparable in found["comparables"] if comparable["source"] == "autoscout24"]
    assert of_pages
    assert all(like["url"] == f"https://www.autoscout24.de/angebote/{like['id']}" for like in of_pages)


def test_what_was_published_is_there_once(served: House) -> None:
    """A second time nothing is sent, and nothing doubled."""
    market = served.ask("/api/v1/market?make=BMW&model=320")
    published = served.call(
        "scraper", "dealership-listings", "publish", "--gateway", served.address, "--token-file",
        served.folder / "token", "--store", served.folder / "store", "--json",
    )  # fmt: skip
    assert json.loads(published)["parts"] == 0
    assert served.ask("/api/v1/market?make=BMW&model=320") == market
