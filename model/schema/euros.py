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
