"""Figures of a market, counted by hand."""

from datetime import date, timedelta
from typing import Any

from gateway.services.market.figures import Sample, Seen, document, quantile, sample, with_earlier_months

NEWEST = date(2024, 6, 30)
DAY = timedelta(days=1)


def seen(car: str, price_eur: float = 10_000.0, **changes: Any) -> Seen:
    known: dict[str, Any] = {
        "car": car, "fuel": "petrol", "gearbox": "manual", "offer_type": "used", "price_eur": price_eur,
        "price_since": date(2024, 6, 1), "earlier_prices": None, "first_seen": date(2024, 6, 1), "last_seen": NEWEST,
        "gone_on": None,
    }  # fmt: skip
    return Seen(**{**known, **changes})


def test_a_month_has_the_prices_of_the_cars_seen_in_it() -> None:
    """Each with its last price of that month; a car that is listed twice is one."""
    # given a car that was cut twice, another one, and the first again from another source
    cut = seen("a", 8_000.0, first_seen=date(2024, 4, 20), price_since=date(2024, 6, 10),
               earlier_prices='[["2024-04-20", 10000.0], ["2024-05-02", 9500.0], ["2024-05-20", 9000.0]]')  # fmt: skip
    rows = [cut, seen("b", 12_000.0), seen("a", 8_000.0)]
    # when figures are made of them
    made = document(sample(rows, NEWEST))
    # then each month has its cars
    assert [(each["month"], each["cars"], each["median_eur"]) for each in made["history"]] == [
        ("2024-04", 1, 10_000.0), ("2024-05", 1, 9_000.0), ("2024-06", 2, 10_000.0),
    ]  # fmt: skip
    assert (made["history"][2]["low_eur"], made["history"][2]["high_eur"]) == (9_000.0, 11_000.0)
    # and of the two cars one was cut, by a fifth
    assert made["price_cuts"] == {"cars": 2, "share_percent": 50.0, "median_eur": 2_000.0, "median_percent": 20.0}


def test_supply_and_days_on_the_market() -> None:
    """On offer, gone, and neither: seen long ago."""
    # given cars on offer, gone, seen no more without a word, and of two years ago
    rows = [
        seen("on offer"), seen("on offer, not looked for lately", last_seen=NEWEST - 45 * DAY,
                               first_seen=NEWEST - 50 * DAY),
        seen("gone", last_seen=NEWEST - 5 * DAY, first_seen=NEWEST - 25 * DAY, gone_on=NEWEST - 4 * DAY),
        seen("not seen", first_seen=NEWEST - 99 * DAY, last_seen=NEWEST - 46 * DAY),
        seen("of old", first_seen=NEWEST - 700 * DAY, last_seen=NEWEST - 366 * DAY, gone_on=NEWEST - 365 * DAY),
    ]  # fmt: skip
    # when figures are made of them, then each counts where it belongs
    made = sample(rows, NEWEST)
    told = document(made)
    assert told["supply"] == {"on_offer": 2, "gone": 2}
    assert told["days_on_market"] == {
        "gone": {"cars": 1, "median_days": 20.0}, "on_offer": {"cars": 2, "median_days": 17.0},
    }  # fmt: skip
    assert made.kinds == {("petrol", "manual", "used"): [2, 2]}


def test_a_car_listed_twice_is_on_the_market_from_first_to_last() -> None:
    # given one car, gone at one source and on offer at another, when it is counted, then it is one, on offer
    rows = [
        seen("a", 9_000.0, first_seen=NEWEST - 30 * DAY, last_seen=NEWEST - 9 * DAY, gone_on=NEWEST - 8 * DAY),
        seen("a", 8_000.0, first_seen=NEWEST - 10 * DAY),
    ]
    told = document(sample(rows, NEWEST))
    assert told["supply"] == {"on_offer": 1, "gone": 0}
    assert told["days_on_market"]["on_offer"] == {"cars": 1, "median_days": 30.0}
    assert told["price_cuts"]["median_eur"] == 1_000.0


def test_a_make_has_the_figures_of_all_its_models() -> None:
    """What is made of two samples together is what is made of all their listings."""
    # given listings of two models
    first, second = [seen("a", 1_000.0), seen("b", 2_000.0)], [seen("c", 4_000.0, first_seen=date(2024, 5, 5))]
    together = Sample()
    # when their samples are put together, then the figures are those of all
    for rows in (first, second):
        together.add(sample(rows, NEWEST))
    assert document(together) == document(sample([*first, *second], NEWEST))


def test_nothing_has_figures_too() -> None:
    # given no listings, when figures are made, then nothing is claimed
    assert document(sample([], NEWEST)) == {
        "history": [],
        "supply": {"on_offer": 0, "gone": 0},
        "days_on_market": {name: {"cars": 0, "median_days": None} for name in ("gone", "on_offer")},
        "price_cuts": {"cars": 0, "share_percent": None, "median_eur": None, "median_percent": None},
    }


def test_months_of_removed_listings_stay() -> None:
    """The history outlives the listings; a month that more is known of by now is told anew."""
    # given what was known, and what the listings say that are left
    before = [{"month": "2022-01", "cars": 5}, {"month": "2024-05", "cars": 5}, {"month": "2024-06", "cars": 5}]
    now = [{"month": "2024-05", "cars": 4}, {"month": "2024-06", "cars": 7}, {"month": "2024-07", "cars": 1}]
    # when they are put together, then each month is that of more cars
    assert [(each["month"], each["cars"]) for each in with_earlier_months(now, before)] == [
        ("2022-01", 5), ("2024-05", 5), ("2024-06", 7), ("2024-07", 1),
    ]  # fmt: skip


def test_quantiles_lie_between_values() -> None:
    # given values in order, when quantiles are taken, then they are linear between two
    assert [quantile([1.0, 2.0, 4.0], share) for share in (0.0, 0.25, 0.5, 0.75, 1.0)] == [1.0, 1.5, 2.0, 3.0, 4.0]
