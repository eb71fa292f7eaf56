"""The deal label: where an asking price falls among those of like cars."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.services.deals import LABELS, deal_label

ORDER = [label for _, label in LABELS]
eur = st.floats(1, 10_000_000)


def test_the_ends_of_the_range_cut_off_a_twentieth() -> None:
    """With a coverage of 90%, 5% of like cars ask less than low and 5% more than high: top and very high deals."""
    # given a range of 90%, when prices around its ends and its middle are labelled
    labels = [deal_label(asking, 10_000, 8_000, 13_000, 0.9) for asking in (7_999, 9_950, 10_000, 10_050, 13_001)]
    # then the ends are beyond what a tenth of the cars ask, and the middle is fair
    assert labels == ["top", "fair", "fair", "fair", "very_high"]


@given(asking=st.tuples(eur, eur), price=eur, below=st.floats(0, 3), above=st.floats(0, 3))
def test_a_higher_price_is_never_a_better_deal(
    asking: tuple[float, float], price: float, below: float, above: float
) -> None:
    """For any range, one of no width included, there is a label, and it rises with the price."""
    # given any range and two asking prices, when both are labelled
    low, high = price / (1 + below), price * (1 + above)
    cheaper, dearer = (deal_label(amount, price, low, high, 0.9) for amount in sorted(asking))
    # then the dearer has no better label
    assert ORDER.index(cheaper) <= ORDER.index(dearer)
