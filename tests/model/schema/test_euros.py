"""Cents: base + effects is the price that is shown, exactly."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.schema.euros import round_column_to_cents, round_columns_to_cents, round_to_cents

AMOUNTS = st.floats(1, 1e6)
EFFECTS = st.lists(st.one_of(st.just(0.0), st.floats(-5e5, 5e5), st.floats(-0.02, 0.02)), max_size=8)


def in_cents(amount_eur: float) -> int:
    """The amount as a person reads it, which is a whole number of cents."""
    cents = Decimal(repr(amount_eur)) * 100
    assert cents == cents.to_integral_value()
    return int(cents)


@given(AMOUNTS, EFFECTS)
def test_cents_add_up(base_eur: float, effects_eur: list[float]) -> None:
    """Law: base + effects = price in whole cents; each is within one cent of the exact amount."""
    # given a base, effects and the price that they make
    price_eur = base_eur + sum(effects_eur)
    # when they are rounded
    price, base, effects = round_to_cents(price_eur, base_eur, effects_eur)
    # then they add up, and none has moved by more than a cent
    assert in_cents(base) + sum(in_cents(effect) for effect in effects) == in_cents(price)
    assert abs(price - price_eur) <= 0.005 + 1e-6
    assert abs(base - base_eur) <= 0.005 + 1e-6
    assert all(abs(rounded - exact) <= 0.01 + 1e-6 for rounded, exact in zip(effects, effects_eur, strict=True))


@given(AMOUNTS, EFFECTS)
def test_rounding_turns_no_sign(base_eur: float, effects_eur: list[float]) -> None:
    """Law: an effect of nothing stays nothing, and a loss is never shown as a gain."""
    # given effects, when they are rounded, then none has changed its side
    _, _, effects = round_to_cents(base_eur + sum(effects_eur), base_eur, effects_eur)
    for rounded, exact in zip(effects, effects_eur, strict=True):
        assert rounded * exact >= 0
        assert exact != 0 or rounded == 0


def test_the_cent_left_over_goes_to_the_effect_that_rounding_moved_most() -> None:
    # given two effects of which the second loses more by rounding
    # when 100.00 + 1.001 + 1.004 = 102.005, shown as 102.00 or 102.01, is rounded
    price, base, effects = round_to_cents(102.0051, 100.0, [1.0011, 1.004])
    # then the second takes the cent
    assert (price, base, effects) == (102.01, 100.0, [1.0, 1.01])


def test_a_typical_car_has_no_effects() -> None:
    # given a price that is its base, when it is rounded, then every effect is zero
    assert round_to_cents(12_345.678, 12_345.678, [0.0, 0.0]) == (12_345.68, 12_345.68, [0.0, 0.0])


@pytest.mark.parametrize("effects", [[], [0.0]])
def test_rounded_amounts_are_left_alone(effects: list[float]) -> None:
    # given whole cents, when they are rounded, then they stay
    assert round_to_cents(9_999.99, 9_999.99, effects) == (9_999.99, 9_999.99, effects)


# Among them such as lie halfway between two cents, and such as leave the same to several effects.
SIX_EFFECTS = st.lists(
    st.one_of(st.just(0.0), st.floats(-5e5, 5e5), st.floats(-0.02, 0.02), st.integers(-40, 40).map(lambda n: n / 800)),
    min_size=6, max_size=6,
)  # fmt: skip


@given(st.lists(st.tuples(AMOUNTS, SIX_EFFECTS, st.floats(-0.01, 0.01)), max_size=20))
def test_columns_are_rounded_as_rows_are(rows: list[tuple[float, list[float], float]]) -> None:
    """Law: many rows at once get the cents that each gets alone."""
    # given rows whose price is all but exactly the sum of its parts
    prices = [base + sum(effects) + off for base, effects, off in rows]
    alone = [round_to_cents(price, base, effects) for price, (base, effects, _) in zip(prices, rows, strict=True)]
    # when they are rounded as columns
    columns = list(zip(*(effects for _, effects, _ in rows), strict=True)) or [()] * 6
    price, base, effects = round_columns_to_cents(prices, [base for base, *_ in rows], columns)
    # then they are what they are alone
    assert list(zip(price, base, map(list, zip(*effects, strict=True)), strict=True)) == alone
    assert round_column_to_cents(prices) == [round(amount * 100) / 100 for amount in prices]
