"""dealership-listings report: what the store knows of the market, and when somebody should look."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from model.schema.collected import Cover
from model.store import LocalStore
from scraper.cli import main
from scraper.runs import Run
from tests.scraper.listings import bring, car

TODAY = date.today()
ALL = Cover()


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """Of two sources: three Golfs, one of which was cut and is gone; one of them again, and a BMW; and troubles."""
    store = LocalStore(tmp_path / "store")
    bring(store, ago(20), [car(1), car(2, price_eur="10000"), car(3, mileage_km="5")], ALL)
    bring(store, ago(15), [car(1), car(2, price_eur="9000"), car(3, mileage_km="5", fuel="Plasma")], ALL)
    bring(store, ago(1), [car(1)], ALL)
    same_car = {name: cell for name, cell in car(1).items() if name != "id"}
    bring(store, ago(9), [{"id": "b", **same_car}, car(9, make="BMW", model="i3")], source="other")
    run = Run(store, "feed")
    run.quarantine(TODAY - timedelta(days=1), b"{}", "page 1", "it wraps")
    run.finish()
    Run(store, "feed").fail("too many pages are bad")
    return store


def test_the_report_tells_of_each_source_and_of_cars(tmp_path: Path, store: LocalStore, capsys: Any) -> None:
    """Supply counts cars, not ads, and a cut is by a share of the first price."""
    # given a store, when it is reported on
    assert main(["report", "--store", str(tmp_path / "store"), "--json"], {}) == 0
    told = json.loads(capsys.readouterr().out)
    # then each source has its figures
    assert told["sources"]["feed"] == {
        "runs": 4, "newest_day": ago(1), "stale": False, "listings": 3, "cars": 3, "on_offer": 1, "gone": 2,
        "median_days_on_market": 12.0, "share_cut": 0.3333, "median_cut": 0.1, "quarantined": {"it wraps": 1},
        "failures": [{"day": told["sources"]["feed"]["failures"][0]["day"], "reason": "too many pages are bad"}],
    }  # fmt: skip
    assert told["sources"]["other"]["stale"] is True and told["sources"]["other"]["median_cut"] is None
    # and a car that two sources list is one
    assert told["cars"] == 4
    assert told["supply"] == [
        {"make": "Volkswagen", "model": "Golf", "on_offer": 1, "cars": 3},
        {"make": "BMW", "model": "i3", "on_offer": 1, "cars": 1},
    ]  # fmt: skip
    assert told["no_life"] == {"fuel: unknown": 1} and told["stale"] is False


def test_supply_is_told_of_the_models_that_are_asked_for(tmp_path: Path, store: LocalStore, capsys: Any) -> None:
    # given a store, when it is reported on for people, of one model or the commonest, then others are not told of
    arguments = ["report", "--store", str(tmp_path / "store")]
    assert main([*arguments, "--model", "bmw I3"], {}) == 0
    told = capsys.readouterr()
    assert "BMW i3: 1 on offer of 1" in told.out and "Golf" not in told.out
    assert "feed: 4 runs, the newest of" in told.out and "1 sights tell of no listing: fuel: unknown" in told.err
    assert main([*arguments, "--top", "1"], {}) == 0
    assert "i3" not in capsys.readouterr().out


def test_a_market_that_nothing_comes_of_any_more_is_told(tmp_path: Path, store: LocalStore, capsys: Any) -> None:
    """Exit code 3, so that who runs it every night notices."""
    # given a source whose newest run is old, when it is reported on, then that is told
    arguments = ["report", "--store", str(tmp_path / "store"), "--source", "other"]
    assert main(arguments, {}) == 3
    assert "stale: nothing has come for more than 3 days" in capsys.readouterr().err
    assert main([*arguments, "--stale-after", "9"], {}) == 0


def test_an_empty_store_is_stale_and_one_that_is_not_there_an_error(tmp_path: Path, capsys: Any) -> None:
    # given no store, and one without anything in it, when they are reported on, then that is told
    assert main(["report", "--store", str(tmp_path / "none")], {}) == 1
    assert "none is no folder" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert main(["report", "--store", str(tmp_path / "empty"), "--json"], {}) == 3
    assert json.loads(capsys.readouterr().out)["cars"] == 0
