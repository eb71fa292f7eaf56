"""`make run` as a newcomer meets it: on real listings where they are, stopped and started again. They are one in six of
them, and all with DEALERSHIP_VERIFY=1.
"""

import json
import os
import time
import urllib.request
from pathlib import Path

import pytest

from tests import product as products
from tests.product import REAL_LISTINGS, REAL_MARKET_DATE, Product

WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
# Training on all of them takes minutes, and how well it prices them is tests/model/test_evaluation.py's.
ONE_IN = 1 if WHOLE else 6


def value_a_golf(product: Product) -> dict:
    car = {
        "make": "VW", "model": "Golf", "fuel": "Gasoline", "gearbox": "Manual", "first_registration": "2016",
        "mileage_km": 60_000, "power_kw": 81, "as_of": REAL_MARKET_DATE,
    }  # fmt: skip
    request = urllib.request.Request(
        f"{product.address}/api/v1/valuations", json.dumps(car).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def wait_for_no_process(product: Product) -> set[int]:
    deadline = time.monotonic() + 5
    while product.processes() and time.monotonic() < deadline:
        time.sleep(0.1)
    return product.processes()


@pytest.mark.skipif(not REAL_LISTINGS.exists(), reason="the shared listings are not here")
@pytest.mark.timeout(600)
def test_real_listings_are_priced_and_a_second_start_reuses_everything(tmp_path: Path) -> None:
    """On real listings: bars of the first form, a price with its reasons, no process left, nothing done twice."""
    header, *lines = REAL_LISTINGS.read_text(encoding="utf-8").splitlines(keepends=True)
    listings = tmp_path / "listings.csv"
    listings.write_text("".join([header, *lines[::ONE_IN]]), encoding="utf-8")
    first = products.start(tmp_path / "var", DATA=str(listings), MARKET_DATE=REAL_MARKET_DATE)
    try:
        valuation = value_a_golf(first)
        assert 9_000 < valuation["price_eur"] < 17_000
        assert valuation["market_as_of"] == REAL_MARKET_DATE
        assert valuation["market_is_demo"] is False
        total = valuation["base_eur"] + sum(part["effect_eur"] for part in valuation["contributions"])
        assert round(total, 2) == valuation["price_eur"]
        assert "cross-validated: MAE" in first.text()
    finally:
        exit_code = first.stop()
    assert exit_code == 0
    assert wait_for_no_process(first) == set()

    second = products.start(tmp_path / "var")
    try:
        assert value_a_golf(second)["price_eur"] == valuation["price_eur"]
        assert "cross-validated" not in second.text(), "it trained again"
    finally:
        second.stop()
    assert wait_for_no_process(second) == set()
