"""The same car: whatever the order of the rows, the best listing of it is left."""

from datetime import date
from random import Random

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.same_cars import car_numbers, without_duplicates, without_unknown_models
from model.schema.features import CATEGORIES, NUMBERS
from model.schema.listing import Listing
from model.schema.vehicle import Vehicle


def listing(
    number: int = 0, day: int = 1, *, price_eur: float = 9_000.0, identity: str = "", account: str | None = None,
    model: str = "Golf", price_kind: str = "asking", source: str = "market.csv", year: str = "2021",
) -> Listing:  # fmt: skip
    vehicle = Vehicle("Volkswagen", model, "petrol", "manual", "used", 5.0, 50_000.0 + number, 110.0)
    return Listing(
        id=identity or f"{number} {day} {price_eur}", source=source, listed_on=date(2026, 6, day),
        vehicle=vehicle, first_registration=year, price_eur=price_eur, account=account,
        price_kind=price_kind,  # type: ignore[arg-type]
    )  # fmt: skip


def rows(listings: list[Listing]) -> pd.DataFrame:
    """Listings as checked rows, with the number of each in the list."""
    columns = {
        **{name: [getattr(each.vehicle, name) for each in listings] for name in (*CATEGORIES, *NUMBERS)},
        **{name: [getattr(each, name) for each in listings]
           for name in ("id", "source", "first_registration", "price_kind", "account", "price_eur", "trust")},
        "listed_on": [each.listed_on.toordinal() for each in listings], "number": range(len(listings)),
    }  # fmt: skip
    return pd.DataFrame(columns).astype({"account": object})


class Dropped(list[str]):
    """The reasons that were told, each as often as rows were dropped for it."""

    def __call__(self, reason: str, count: int) -> None:
        self.extend([reason] * count)


def without(listings: list[Listing]) -> tuple[list[Listing], list[str]]:
    dropped = Dropped()
    return [listings[number] for number in without_duplicates(rows(listings), dropped)["number"]], dropped


def test_of_equal_listings_the_newest_stays() -> None:
    # given a car that was listed on three days at one price, when duplicates go, then the newest listing is left
    listings = [listing(day=day) for day in (3, 9, 6)]
    assert without(listings) == ([listings[1]], ["duplicate of another row"] * 2)


def test_of_one_id_the_newest_stays_whatever_its_price() -> None:
    # given one listing that became cheaper twice, when duplicates go, then its newest price is left
    listings = [listing(day=day, price_eur=10_000.0 - 100 * day, identity="a") for day in (3, 9, 6)]
    assert without(listings) == ([listings[1]], ["listed again later"] * 2)


@pytest.mark.parametrize(
    "other",
    [
        listing(day=9, identity="b", price_eur=8_000), listing(1, 9, identity="a", source="other"),
        listing(day=9, identity="a", price_eur=8_000, year="2020"), listing(1, identity="a"),
        listing(day=9, identity="a", model="Polo"), listing(day=9, identity="a", price_kind="sale"),
        listing(day=9, identity="a", price_eur=8_000, account="someone"),
    ],
)  # fmt: skip
def test_what_may_be_another_car_or_another_voice_stays(other: Listing) -> None:
    """No account can put its price in a collected listing's place by naming its id."""
    # given a listing, and one that differs in id, vehicle, kind of price or who tells it
    listings = [listing(identity="a"), other]
    # when duplicates go, then both are left
    assert without(listings) == (listings, [])


def test_a_listing_that_was_mended_is_the_same_listing() -> None:
    """The seller corrects the mileage, the gearbox or the power between two sights of it."""
    # given a listing of a source whose mileage changed twice
    listings = [listing(day % 5, day, identity="a") for day in (3, 9, 6)]
    # when duplicates go, then its newest sight is left
    assert without(listings) == ([listings[1]], ["listed again later"] * 2)


def test_a_number_that_several_cars_have_on_a_day_is_no_id() -> None:
    """A file that gives all rows one number, and lists some of them again."""
    # given cars that have all one number, one of them seen again at a lower price
    listings = [listing(0, 1, identity="0"), listing(1, 1, identity="0"), listing(0, 5, identity="0", price_eur=8_000)]
    # when duplicates go, then each car is left
    assert without(listings) == ([listings[2], listings[1]], ["listed again later"])


@given(st.permutations(range(8)), st.randoms(use_true_random=False))
def test_the_order_of_listings_does_not_matter(order: list[int], random: Random) -> None:
    """Law: whichever comes first, the same listings are left."""
    # given listings of two cars on several days, collected and reported, in any order
    listings = [
        listing(random.randrange(2), 1 + number, identity=random.choice("ab"), account=random.choice([None, "one"]))
        for number in range(8)
    ]
    # when duplicates go, then the same ones are left
    left, dropped = without(listings)
    again, dropped_again = without([listings[number] for number in order])
    assert sorted(map(repr, left)) == sorted(map(repr, again))
    assert sorted(dropped) == sorted(dropped_again)


def test_cars_are_told_apart_on_a_day_and_known_again_on_others() -> None:
    # given two alike on one day, which are two cars, and one that was listed on two days at two prices
    listings = [listing(0, 1), listing(0, 1, price_eur=8_000), listing(1, 1), listing(2, 1), listing(1, 5, price_eur=8)]
    # when they are numbered, then only what was listed again has one number
    one, two, three, four, three_again = car_numbers(rows(listings))
    assert len({one, two, three, four}) == 4
    assert three_again == three


def test_models_that_nobody_listed_are_not_known() -> None:
    # given a listing, and reports of its model, spelt otherwise, and of another
    listings = [listing(), listing(1, account="one", model="GOLF"), listing(2, account="one", model="Polo")]
    dropped = Dropped()
    # when unknown models go, then the other's report is dropped, and told
    assert without_unknown_models(rows(listings), dropped)["number"].tolist() == [0, 1]
    assert dropped == ["report of a model that no listing is of"]
