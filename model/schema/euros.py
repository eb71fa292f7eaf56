"""How amounts are rounded to the cent so that base + effects is the price that is shown."""

from collections.abc import Sequence


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
    prices_eur: Sequence[float], bases_eur: Sequence[float], effects_eur: Sequence[Sequence[float]]
) -> tuple[list[float], list[float], list[list[float]]]:
    """round_to_cents() of many rows, given and answered as columns: the same to the cent, in a fraction of the time."""
    price_cents = [round(euros * 100) for euros in prices_eur]
    base_cents = [round(euros * 100) for euros in bases_eur]
    exact = [[euros * 100 for euros in column] for column in effects_eur]
    cents = [list(map(round, column)) for column in exact]
    sums = map(sum, zip(base_cents, *cents, strict=True))
    left_over = list(map(int.__sub__, price_cents, sums))
    for row, left in enumerate(left_over):
        if left:
            _give_left_over(row, left, exact, cents)
    return (
        [amount / 100 for amount in price_cents],
        [amount / 100 for amount in base_cents],
        [[amount / 100 for amount in column] for column in cents],
    )


def _give_left_over(row: int, left_over: int, exact: Sequence[Sequence[float]], cents: Sequence[list[int]]) -> None:
    """The step of round_to_cents() that gives the cents left over to the effects of one row."""
    step = 1 if left_over > 0 else -1
    moved = [((column[row] - rounded[row]) * -step, i) for i, (column, rounded)
             in enumerate(zip(exact, cents, strict=True)) if column[row]]  # fmt: skip
    if left_over == step and moved:
        cents[min(moved)[1]][row] += step
    else:
        for _, i in sorted(moved)[: abs(left_over)]:
            cents[i][row] += step
