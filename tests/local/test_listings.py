"""make run: the listings that the model learnt from are the gateway's market too."""

from collections.abc import Callable
from pathlib import Path

from tests.local.harness import Checkout

Listings = Callable[[str], Path]


def test_the_market_goes_by_the_store_to_the_gateway(checkout: Checkout) -> None:
    output = checkout.serve_and_stop()

    imported, published = checkout.calls("dealership-listings")
    assert imported.startswith(f"dealership-listings import --source demo --store {checkout.var}/store --complete ")
    assert "--source demo" in published and published.startswith("dealership-listings publish --gateway http://127")
    assert "in the gateway's market" in output
    assert not (checkout.var / "run" / "listings-token").exists()
    assert "secret-token" not in (checkout.var / "logs" / "listings.log").read_text()


def test_what_was_brought_is_not_brought_again(checkout: Checkout) -> None:
    checkout.serve_and_stop()
    checkout.forget_calls()

    output = checkout.serve_and_stop()

    assert checkout.calls("dealership-listings") == []
    assert "as brought before" in output


def test_another_file_takes_the_place_of_the_one_before(checkout: Checkout, listings: Listings) -> None:
    checkout.serve_and_stop()

    checkout.serve_and_stop(f"DATA={listings('listed_on,make')}")

    assert "dealership-gateway listings remove --source demo --yes" in checkout.calls("dealership-gateway")
    assert "--source listings-" in checkout.calls("dealership-listings publish")[-1]


def test_a_file_that_is_fit_to_learn_from_alone_leaves_the_market_empty(checkout: Checkout) -> None:
    """The product serves; why there are no comparables is said."""
    output = checkout.serve_and_stop("FAKE_IMPORT_CODE=3")

    assert checkout.calls("dealership-listings publish") == []
    assert "lacks too much for that" in output
