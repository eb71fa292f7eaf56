"""The gate of a new recipe: it must price better than the champion's, on the same listings in the same folds."""

import pandas as pd

from model.gates.findings import Finding
from model.gates.paired import Paired, paired
from model.judged import Judged

ALPHA = 0.001
# Refits of one recipe on listings drawn anew differ by up to this, and cars alone cannot tell that from a better one.
LUCK = 0.0025
PLANNED_IMPROVEMENT = 0.02
POWER = 0.8
LEAST_SHARED = 0.99  # of the listings of either, in the same folds


def frozen_pairs(challenger: Judged, champion: Judged) -> tuple[pd.DataFrame, Finding]:
    """The listings that both were judged on in the same fold, and whether they are as good as all.

    The challenger's columns have the suffix _new; rows that either does not price are left out.
    """
    new = challenger.rows.drop_duplicates("listing")
    old = champion.rows.drop_duplicates("listing")
    both = old.merge(new[["listing", "fold", "support", "log_price", "below", "above"]], on="listing",
                     suffixes=("", "_new"))  # fmt: skip
    both = both[both["fold"] == both["fold_new"]]
    share = len(both) / max(len(old), len(new))
    finding = Finding(
        "same listings and folds",
        f"at least {LEAST_SHARED:.0%} shared with the champion; train the challenger with --like CHAMPION",
        f"{share:.1%} ({len(both):,} of {max(len(old), len(new)):,})",
        share >= LEAST_SHARED,
    )
    return both[(both["support"] >= 1) & (both["support_new"] >= 1)], finding


def recipe_errors(both: pd.DataFrame) -> Paired:
    """The absolute errors of both on these listings, by model."""
    return paired(both, both.groupby(["make", "model"], sort=False).ngroup().to_numpy())


def check_recipe(pairs: Paired) -> list[Finding]:
    """Whether the challenger is better beyond luck, and whether there are cars enough to see what is planned for."""
    p = pairs.p_below(-LUCK)
    needed = pairs.planned_cars(PLANNED_IMPROVEMENT - LUCK, ALPHA, POWER)
    return [
        Finding(
            "a new recipe is better",
            f"mean error more than {LUCK:.2%} below the champion's, one-sided p at most {ALPHA:g}",
            f"{pairs.change:+.2%}, p {p:.2g} on {len(pairs):,} cars",
            p <= ALPHA,
        ),
        Finding(
            "planned sample",
            f"enough cars to see {PLANNED_IMPROVEMENT:.0%} with power {POWER:g}",
            f"{len(pairs):,} cars, {needed:,} needed",
            len(pairs) >= needed,
        ),
    ]
