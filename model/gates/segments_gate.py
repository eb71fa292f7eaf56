"""No part of the market of some size may be priced much worse than by the champion, however good the mean is."""

import pandas as pd

from model.gates.findings import Finding
from model.gates.paired import Paired, holm
from model.segments import name_of, parts_of_the_market

FEWEST_CARS = 100
MARGIN = 0.02
ALPHA = 0.01  # of all segments together, by Holm


def check_segments(both: pd.DataFrame, pairs: Paired) -> list[Finding]:
    """`both` are the listings of the pairs, row by row."""
    found = [
        (name_of({"by": by, **which}), pairs.take(rows))
        for by, which, rows in parts_of_the_market(both, both["support_new"].to_numpy())
        if rows.sum() >= FEWEST_CARS
    ]
    rejected = holm([segment.p_above(MARGIN) for _, segment in found], ALPHA)
    limit = f"no segment of {FEWEST_CARS} cars or more worse by more than {MARGIN:.0%}, 99% sure over all"
    worse = [
        Finding(f"segment {name}", limit, f"{segment.change:+.1%} on {len(segment):,} cars", False)
        for (name, segment), is_worse in zip(found, rejected, strict=True)
        if is_worse
    ]
    if worse or not found:
        return worse
    name, worst = max(found, key=lambda each: each[1].change)
    said = f"{len(found)} segments; the worst is {name}, {worst.change:+.1%} on {len(worst):,} cars"
    return [Finding("segments", limit, said, True)]
