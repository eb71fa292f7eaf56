"""What limits the trust in a price, told of one car in words and of many by bounds."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.services.cards import Card
from gateway.services.limits import limits, market_is_old, unlimited
from model.schema.vehicle import Vehicle
from tests.gateway import market


@pytest.fixture(scope="module")
def card() -> Card:
    return Card(market.card())


def numbers(*edges: float) -> st.SearchStrategy[float]:
    """Any number, and those just at and beside some edges."""
    beside = st.sampled_from(edges).flatmap(lambda edge: st.sampled_from([edge, edge + 1e-9, edge - 1e-9, edge + 1]))
    return st.one_of(st.floats(0, max(edges) * 1.2), beside)


@settings(max_examples=300)
@given(
    model=st.sampled_from(sorted(market.MARKET)),
    fuel=st.sampled_from(market.WORDS["fuel"]),
    gearbox=st.sampled_from(market.WORDS["gearbox"]),
    age_years=numbers(0.4, 0.9, 8.1, 9.1, 10.1, 11.1, 12.1),
    mileage_km=numbers(500, 1_000, 60_000, 120_000, 250_000, 280_000, 300_000),
    power_hp=numbers(58, 83, 148, 168, 186, 207, 254, 322, 622),
    as_of=st.sampled_from([date(2024, 6, 30), date(2025, 7, 1), date(2025, 7, 2)]),
)
def test_the_bounds_say_what_the_words_say(
    card: Card, model: tuple[str, str], fuel: str, gearbox: str, age_years: float, mileage_km: float, power_hp: float,
    as_of: date,
) -> None:  # fmt: skip
    """Law: a car has a limit exactly if the market is old or one of its numbers lies outside unlimited()."""
    # given any car that is priced
    vehicle = Vehicle(*model, fuel, gearbox, "used", age_years, mileage_km, power_hp)
    # when its bounds are asked for
    bounds = unlimited(vehicle, card)
    # then they agree with the limits
    values = (age_years, mileage_km, power_hp)
    inside = all(low <= value <= high for low, value, high in zip(bounds[::2], values, bounds[1::2], strict=True))
    assert (limits(vehicle, as_of, card) == []) == (inside and not market_is_old(as_of, card))
