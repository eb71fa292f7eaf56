"""How much each listing counts as evidence: its trust, and no more of anyone's reports than the market can answer for.

Collected listings count in full. What accounts report (sales, corrections) is capped by niche (a make and model, each
of its variants, each of its bands of age): each account's rows, and those of all accounts together by how many they
are, squared. Few accounts hardly move a niche however many rows they send; many that agree can outweigh the listings.
"""

import numpy as np
import pandas as pd

from model.schema.features import CATEGORIES

# Shares of the weight of the collected listings in the niche.
ACCOUNT_SHARE = 0.2
ALL_ACCOUNTS_SHARE_PER_SQUARE = 1 / 150  # 5 accounts: a sixth; 20: more than twice the listings
LARGEST_SHARE = 4.0
LEAST = 0.2  # of a listing an account, where hardly anything was collected
AGE_BANDS_YEARS = (2.0, 5.0, 9.0, 14.0, 20.0)


def weigh(evidence: pd.DataFrame) -> np.ndarray:
    """The weight of each row, 0 to 1. evidence has the columns CATEGORIES, age_years, trust, and account (None:
    collected).
    """
    weight = evidence["trust"].to_numpy(dtype=float)
    reported = evidence["account"].notna().to_numpy()
    if not reported.any():
        return weight
    account = pd.factorize(evidence["account"])[0]  # -1: none
    collected = np.where(reported, 0.0, weight)
    model, variant = evidence[["make", "model"]], evidence[list(CATEGORIES)]
    age_band = np.searchsorted(AGE_BANDS_YEARS, evidence["age_years"].to_numpy(), "right")
    niche = model.groupby(list(model)).ngroup().to_numpy()
    pairs = pd.DataFrame({"niche": niche, "account": account})[reported].drop_duplicates()
    accounts = np.bincount(pairs["niche"], minlength=niche.max() + 1)[niche]
    of_all = np.minimum(ALL_ACCOUNTS_SHARE_PER_SQUARE * accounts**2, LARGEST_SHARE)
    for parts in (model, variant, model.assign(age_band=age_band)):
        part = parts.groupby(list(parts)).ngroup().to_numpy()
        by_account = pd.factorize(part * (account.max() + 2) + account)[0]
        listings = np.bincount(part, collected)[part]
        weight = _capped(weight, by_account, np.maximum(ACCOUNT_SHARE * listings, LEAST), reported)
        weight = _capped(weight, part, np.maximum(of_all * listings, LEAST * accounts), reported)
    return weight


def _capped(weight: np.ndarray, group: np.ndarray, most: np.ndarray, only: np.ndarray) -> np.ndarray:
    """The weights, scaled down in each group so that those of `only` add up to no more than `most`."""
    total = np.bincount(group, np.where(only, weight, 0.0))[group]
    return np.where(only & (total > most), weight * most / np.where(total > 0, total, 1.0), weight)
