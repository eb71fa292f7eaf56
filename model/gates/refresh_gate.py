"""The gate of new data for the same recipe: the challenger must not price the newest listings worse than the champion.

The champion's served table prices what was listed after all that it had seen; the challenger's price of the same
listing is that of a fit which had not seen the car either (model.judged.with_unseen). Where too few such listings are
there, as on a day after the last promotion or in data without dates, both are judged by what they priced in
cross-validation: the listings in both data sets, each priced by fits that had not seen it.
"""

import numpy as np
import pandas as pd

from model.gates.candidate import Candidate
from model.gates.findings import Finding
from model.gates.paired import Paired, paired
from model.judged import FEWEST_NEW, Judged
from model.schema.features import FEATURES
from model.scorer import Scorer

ALPHA = 0.05
MARGIN = 0.005
FEWEST_SHARED = 500


def refresh_pairs(challenger: Judged, champion: Candidate) -> tuple[pd.DataFrame, str]:
    """The listings to judge by, and how they were chosen. log_price_new and log_price hold both versions' prices.

    champion.judged must be known, and its table where the newest listings are to judge.
    """
    assert champion.judged is not None
    newest = _newest(challenger, champion)
    if len(newest) >= FEWEST_NEW:
        return newest, "listings newer than all that the champion had seen"
    new = challenger.rows.drop_duplicates("listing")
    old = champion.judged.rows.drop_duplicates("listing")
    both = old.merge(new[["listing", "support", "log_price", "below", "above"]], on="listing", suffixes=("", "_new"))
    return both[(both["support"] >= 1) & (both["support_new"] >= 1)], "listings in both data sets, cross-validated"


def _newest(challenger: Judged, champion: Candidate) -> pd.DataFrame:
    assert champion.judged is not None
    rows, seen = challenger.rows, champion.judged
    unseen = (rows["listed_on"] > seen.newest) & ~rows["car"].isin(seen.rows["car"]) & rows["log_price_unseen"].notna()
    newest = rows[unseen]
    if champion.table is None or newest.empty:
        return newest.iloc[:0]
    scored = Scorer(champion.table).score({feature.name: newest[feature.name].to_numpy() for feature in FEATURES})
    # The table holds asking prices; what sales lie below them is in the card.
    sale = np.where(newest["price_kind"] == "sale", float(champion.card["sale_level"]), 0.0)
    newest = newest.assign(
        log_price_new=newest["log_price_unseen"], log_price=np.log(scored["price_eur"]) + sale,
        support_new=newest["support"], support=scored["support"],
    )  # fmt: skip
    return newest[(newest["support"] >= 1) & (newest["support_new"] >= 1)]


def refresh_errors(both: pd.DataFrame) -> Paired:
    """The absolute errors of both on these listings, by car."""
    return paired(both, both["car"].to_numpy())


def check_refresh(pairs: Paired, chosen: str) -> list[Finding]:
    p = pairs.p_below(MARGIN)
    return [
        Finding(
            "new data is not worse",
            f"mean error at most {MARGIN:.1%} above the champion's, one-sided p at most {ALPHA:g}",
            f"{pairs.change:+.2%}, p {p:.2g} on {len(pairs):,} cars ({chosen})",
            p <= ALPHA,
        ),
        Finding(
            "enough listings to judge by", f"{FEWEST_SHARED:,} or more", f"{len(pairs):,}", len(pairs) >= FEWEST_SHARED
        ),
    ]
