"""How amounts are rounded to the cent so that base + effects is the price that is shown."""

from collections.abc import Sequence
from itertools import compress
from operator import sub

Columns = Sequence[Sequence[float]]

# Between 2**52 and 2**53 floats are the whole numbers; in the middle there is room for cents of either sign.
NO_FRACTION = 1.5 * 2**52


def round_to_cents(price_eur: float, base_eur: float, effects_eur: Sequence[float]) -> tuple[float, float, list[float]]:
    """Round a price, its base and the effects between them to cents that add up exactly.

    Price and base are each rounded to the nearest cent; the effects take the nearest cents that sum to the
    difference, the cents left over going to those that rounding moved most (largest remainder method).
    """
    price_cents, base_cents = round(price_eur * 100), round(base_eur * 100)
    exact = [effect * 100 for effect in effects_eur]
    cents = [round(effect) for effect in exact]
    left_over = price_cents - base_cents - sum(cents)
    step = 1 if left_over > 0 else -1
    # An effect of nothing stays nothing.
    by_remainder = sorted((i for i, effect in enumerate(exact) if effect), key=lambda i: (exact[i] - cents[i]) * -step)
    for i in by_remainder[: abs(left_over)]:
        cents[i] += step
    return price_cents / 100, base_cents / 100, [effect / 100 for effect in cents]


def round_columns_to_cents(
    prices_eur: Sequence[float], bases_eur: Sequence[float], effects_eur: Columns
) -> tuple[list[float], list[float], list[list[float]]]:
    """round_to_cents() of many rows, given and answered as columns: the same to the cent, in a fraction of the time."""
    price_cents, base_cents = _whole_cents(prices_eur), _whole_cents(bases_eur)
    cents = [_whole_cents(column) for column in effects_eur]
    left_over = list(map(sub, price_cents, map(sum, zip(base_cents, *cents, strict=True))))
    _give_left_over(left_over, effects_eur, cents)
    return _euros(price_cents), _euros(base_cents), [_euros(column) for column in cents]


def round_column_to_cents(amounts_eur: Sequence[float]) -> list[float]:
    """Each to the nearest cent."""
    return _euros(_whole_cents(amounts_eur))


def _whole_cents(amounts_eur: Sequence[float]) -> list[float]:
    """What round() makes of each, as floats: beside a number that large no fraction of a float is left."""
    return [amount * 100 + NO_FRACTION - NO_FRACTION for amount in amounts_eur]


def _euros(cents: Sequence[float]) -> list[float]:
    return [amount / 100 for amount in cents]


def _give_left_over(left_over: Sequence[float], effects_eur: Columns, cents: Sequence[list[float]]) -> None:
    """The step of round_to_cents() that gives to the effects the cents that are left over of each row."""
    rows = [row for row, left in enumerate(left_over) if left]
    moved_by_effect = [
        [amount * 100 - rounded for amount, rounded in zip(compress(exact, left_over), compress(column, left_over))]
        for exact, column in zip(effects_eur, cents, strict=True)
    ]
    for row, moved in zip(rows, zip(*moved_by_effect, strict=True), strict=True):
        left = left_over[row]
        # Mostly it is one cent, and goes to the effect that rounding moved most; one of nothing was not moved.
        if left == 1 and (most := max(moved)) > 0:
            cents[moved.index(most)][row] += 1
        elif left == -1 and (most := min(moved)) < 0:
            cents[moved.index(most)][row] -= 1
        else:
            step = 1 if left > 0 else -1
            some = (i for i, column in enumerate(effects_eur) if column[row])
            for i in sorted(some, key=lambda i: moved[i] * -step)[: abs(int(left))]:
                cents[i][row] += step
