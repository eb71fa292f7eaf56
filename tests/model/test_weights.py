"""Weights: what was collected counts in full, what accounts report no more than the market can answer for."""

from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.weights import ACCOUNT_SHARE, ALL_ACCOUNTS_SHARE_PER_SQUARE, LARGEST_SHARE, LEAST, weigh

Row = tuple[str, float, str | None] | tuple[str, float, str | None, str] | tuple[str, float, str | None, str, float]


def weights_of(*rows: Row) -> list[float]:
    """Of rows of one make: model, trust, account, and fuel (petrol) and age (3 years) where they are others."""
    return weigh(evidence_of(rows)).tolist()


def evidence_of(rows: "tuple[Row, ...] | list[Row]") -> pd.DataFrame:
    usual = ("petrol", 3.0)
    evidence = pd.DataFrame(
        [(*row, *usual[len(row) - 3 :]) for row in rows], columns=["model", "trust", "account", "fuel", "age_years"]
    ).assign(make="Audi", gearbox="manual", offer_type="used")
    return evidence.astype({"account": object}).where(evidence.notna(), None)


def collected(count: int, model: str = "A3") -> list[Row]:
    return [(model, 1.0, None)] * count


def reports(count: int, account: str, model: str = "A3", trust: float = 1.0) -> list[Row]:
    return [(model, trust, account)] * count


def test_listings_alone_count_by_their_trust() -> None:
    # given listings that nobody reported, when they are weighed, then each keeps its trust
    assert weights_of(("A3", 1.0, None), ("A4", 0.25, None), ("A4", 0.5, None)) == [1.0, 0.25, 0.5]


def test_an_account_counts_up_to_its_share_of_the_niche() -> None:
    """By hand: of 50 listings a fifth is 10, whether the account sends 10 rows or 1,000."""
    # given 50 listings and an account's rows: as many as its share, and a hundred times as many
    assert ACCOUNT_SHARE == 0.2
    for rows in (10, 1_000):
        # when they are weighed with those of nine other accounts, so that all together are many enough
        others = [row for number in range(9) for row in reports(1, f"other {number}")]
        weights = weights_of(*collected(50), *others, *reports(rows, "one"))
        # then the listings count in full, and the account's rows add up to its share
        assert weights[:50] == [1.0] * 50
        assert weights[50:59] == [1.0] * 9
        assert sum(weights[59:]) == pytest.approx(10)


@pytest.mark.parametrize("accounts", [1, 2, 5, 10, 20, 40])
def test_all_accounts_count_up_to_the_square_of_their_number(accounts: int) -> None:
    """By hand: 5 accounts a sixth of the listings, 10 two thirds, 20 more than twice, and 40 four times, no more."""
    # given 100 listings, and accounts that each send as many rows as an account may
    sent = [row for number in range(accounts) for row in reports(20, f"account {number}")]
    # when they are weighed
    weights = weights_of(*collected(100), *sent)
    # then together they count up to their share, each of them alike
    share = min(ALL_ACCOUNTS_SHARE_PER_SQUARE * accounts**2, LARGEST_SHARE, ACCOUNT_SHARE * accounts)
    assert sum(weights[100:]) == pytest.approx(max(100 * share, LEAST * accounts))
    assert np.ptp(weights[100:]) == pytest.approx(0)


def test_where_nothing_was_collected_an_account_counts_as_a_fifth_of_a_listing() -> None:
    """One account must not weigh as much as the only listing there is."""
    # given a niche of reports alone, of one account and of three, when they are weighed, then each has its fifth
    assert LEAST == 0.2
    assert sum(weights_of(*reports(30, "one"))) == pytest.approx(0.2)
    assert sum(weights_of(*reports(30, "one"), *reports(5, "two"), *reports(1, "three"))) == pytest.approx(0.6)


def test_a_niche_does_not_answer_for_another() -> None:
    # given a niche with many listings and one with few, when an account reports of both, then each has a cap of its own
    weights = weights_of(
        *collected(100), *collected(5, "A4"), *reports(50, "one"), *reports(50, "one", "A4"),
        *[row for number in range(9) for row in reports(1, f"other {number}")],
    )  # fmt: skip
    assert sum(weights[105:155]) == pytest.approx(20)
    assert sum(weights[155:205]) == pytest.approx(LEAST)


@pytest.mark.parametrize("part", [("lpg", 3.0), ("petrol", 30.0)])
def test_a_part_of_a_niche_answers_for_itself_alone(part: tuple[str, float]) -> None:
    """By hand: of 6 listings of a variant or an age, 5 accounts count for a sixth, so 1; not for that of all 106."""
    # given a model with 100 listings and 6 of a part of it, where five accounts report hundreds
    listings: list[Row] = [*collected(100), *[("A3", 1.0, None, *part)] * 6]
    sent: list[Row] = [("A3", 1.0, f"account {number % 5}", *part) for number in range(300)]
    # when they are weighed, then they count by the part's listings
    assert sum(weights_of(*listings, *sent)[106:]) == pytest.approx(1.0)


def test_many_accounts_are_as_many_in_each_part() -> None:
    """Who report a niche as a whole need not be many in each variant: it is the niche that they agree on."""
    # given 20 accounts, one of which reports another fuel
    listings: list[Row] = [*collected(100), *[("A3", 1.0, None, "lpg")] * 10]
    sent: list[Row] = [("A3", 1.0, f"account {number}") for number in range(20)]
    # when it sends more than its share of that fuel's listings, then that share is what it counts
    others: list[Row] = [("A3", 1.0, "account 1", "lpg")] * 9
    assert sum(weights_of(*listings, *sent, *others)[130:]) == pytest.approx(2.0)


def test_what_weighs_little_is_not_cut() -> None:
    # given reports that stay below every cap, when they are weighed, then each keeps its trust
    weights = weights_of(*collected(100), *reports(1, "one", trust=0.5), *reports(1, "two", trust=0.25))
    assert weights[100:] == [0.5, 0.25]


def test_trust_is_shared_within_an_account() -> None:
    # given an account above its cap, one of whose rows is trusted half as much, when it is weighed, then it counts half
    weights = weights_of(*collected(10), ("A3", 1.0, "one"), ("A3", 0.5, "one"), ("A3", 1.0, "one"))
    assert sum(weights[10:]) <= 2.0
    assert weights[11] == pytest.approx(weights[10] / 2)
    assert weights[12] == pytest.approx(weights[10])


def test_a_listings_low_trust_lowers_what_accounts_may_add() -> None:
    # given listings of little trust, when accounts report, then the cap is of their weight, not of their number
    fully, hardly = (
        weights_of(*[("A3", trust, None)] * 100, *reports(100, "one"), *reports(100, "two")) for trust in (1.0, 0.5)
    )
    assert sum(hardly[100:]) == pytest.approx(sum(fully[100:]) / 2)


ROWS = st.tuples(
    st.sampled_from(["A3", "A4"]), st.floats(0.01, 1.0), st.none() | st.sampled_from(["one", "two", "three"])
)


@given(st.lists(ROWS, min_size=1, max_size=60))
def test_no_row_gains_and_no_listing_loses(rows: list[Row]) -> None:
    """Law: a weight lies between 0 and the trust; a collected listing keeps its own."""
    # given any evidence, when it is weighed
    weights = weigh(evidence_of(rows))
    # then no row counts more than it is trusted, and no listing less
    for weight, (trust, account) in zip(weights, [row[1:3] for row in rows], strict=True):
        assert 0 < weight <= trust
        assert account is not None or weight == trust


@given(st.lists(ROWS, min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_weights_do_not_depend_on_the_order(rows: list[Row], random: Random) -> None:
    # given any evidence, when it is weighed in another order, then each row has its weight
    order = list(range(len(rows)))
    random.shuffle(order)
    shuffled = weigh(evidence_of([rows[number] for number in order]))
    assert shuffled == pytest.approx(weigh(evidence_of(rows))[order], rel=1e-9)
