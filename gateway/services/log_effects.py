"""From logs of prices to euros and back: by the log mean, so that what adds up in logs adds up in euros."""

import math


def log_mean(price: float, base: float) -> float:
    """The logarithmic mean of two prices: times the difference of their logs it is the difference of the prices."""
    # Where effects nearly cancel out, price / base would be rounded too coarsely for its log.
    return base if price == base else (price - base) / math.log1p((price - base) / base)
