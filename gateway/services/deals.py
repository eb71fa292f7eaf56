"""How an asking price compares: its place among the prices that the market asks for like cars."""

import math

# Asking prices below this share of like cars' are ... ; the shares are the product's own choice.
LABELS = ((0.10, "top"), (0.35, "good"), (0.65, "fair"), (0.90, "high"), (1.0, "very_high"))


def deal_label(asking_eur: float, price_eur: float, low_eur: float, high_eur: float, coverage: float) -> str:
    """The label of an asking price, from the quantiles that price and range stand for.

    The price is the median, low and high cut off (1 - coverage) / 2 of like cars each; between and beyond them the
    quantile is taken as linear in the log of the price.
    """
    log_asking = math.log(asking_eur / price_eur)
    end = high_eur if log_asking > 0 else low_eur
    to_end = abs(math.log(end / price_eur)) or math.inf
    quantile = 0.5 + log_asking / to_end * coverage / 2
    return next((label for share, label in LABELS if quantile < share), LABELS[-1][1])
