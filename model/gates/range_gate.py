"""The range must hold what it promises: over all cars, and in each tenth of the market by price."""

import numpy as np

from model.gates.findings import Finding
from model.judged import Judged
from model.ranges import COVERAGE

OVERALL = 0.02  # to either side of COVERAGE
IN_A_TENTH = 0.05
TENTHS = 10
Z = 2.326  # 99%: by how many standard errors a share must lie outside to be told from chance


def check_range(judged: Judged) -> list[Finding]:
    rows = judged.rows[judged.rows["support"] >= 1]
    log_error = np.log(rows["price_eur"].to_numpy()) - rows["log_price"].to_numpy()
    held = (log_error >= -rows["below"].to_numpy()) & (log_error <= rows["above"].to_numpy())
    order = rows["log_price"].to_numpy().argsort(kind="stable")
    tenths = [held[part] for part in np.array_split(order, TENTHS) if len(part)]
    worst = max(tenths, key=lambda part: abs(part.mean() - COVERAGE))
    return [
        Finding(
            "the range holds",
            f"{COVERAGE - OVERALL:.0%} to {COVERAGE + OVERALL:.0%} of prices",
            f"{held.mean():.1%} of {len(held):,}",
            _within(held, OVERALL),
        ),
        Finding(
            "the range holds at every price",
            f"{COVERAGE - IN_A_TENTH:.0%} to {COVERAGE + IN_A_TENTH:.0%} in each tenth by price",
            f"{worst.mean():.1%} of {len(worst):,} in the tenth farthest off",
            all(_within(part, IN_A_TENTH) for part in tenths),
        ),
    ]


def _within(held: np.ndarray, tolerance: float) -> bool:
    share = float(held.mean())
    chance = Z * np.sqrt(COVERAGE * (1 - COVERAGE) / len(held))
    return bool(abs(share - COVERAGE) <= tolerance + chance)
