"""make experiments: on the listings of a run, with the libraries that no run needs."""

from collections.abc import Callable
from pathlib import Path

from tests.local.harness import Checkout

Listings = Callable[[str], Path]


def test_a_bare_checkout_compares_on_the_demo_market(own_checkout: Checkout) -> None:
    # given nothing but the sources, when experiments are asked for
    code, output = own_checkout.run(command="experiments")

    # then the demo market is made, and progress and the report's link are shown
    assert code == 0
    assert "ours, fold 1 of 5: MAE 1,653 EUR" in output
    assert "file:///report.html" in output
    file = own_checkout.var / "data" / "demo-market.csv"
    assert own_checkout.calls("dealership-model experiments") == [f"dealership-model experiments --data {file}"]


def test_a_file_of_ones_own_is_compared_on(checkout: Checkout, listings: Listings) -> None:
    # given a file without dates, and its date, when experiments are asked for, then the command gets both
    file = listings("make")
    code, _ = checkout.run(f"DATA={file}", "MARKET_DATE=2021-07-01", command="experiments")
    assert code == 0
    assert checkout.calls("dealership-model") == [
        f"dealership-model experiments --data {file} --market-date 2021-07-01"
    ]


def test_a_file_without_dates_is_asked_for_its_date(checkout: Checkout, listings: Listings) -> None:
    # given a file without dates and nobody to ask, when experiments are asked for, then the way on is told
    code, output = checkout.run(f"DATA={listings('make')}", command="experiments")
    assert code == 1
    assert "make experiments DATA=" in output
    assert "MARKET_DATE=2021-07-01" in output


def test_a_file_that_cannot_be_used_is_said_to_be(checkout: Checkout, listings: Listings) -> None:
    # given a file that is no listings, when experiments are asked for, then the reason is shown, and no traceback
    code, output = checkout.run(f"DATA={listings('nonsense')}", command="experiments")
    assert code == 1
    assert "the file has no column that could be the make" in output
    assert "cannot be used as it is" in output
    assert "Traceback" not in output


def test_a_comparison_works_beside_a_run_that_serves(checkout: Checkout) -> None:
    # given a run that serves, when experiments are asked for on the same state, then they do not wait for its end
    serving = checkout.start()
    serving.wait_for("Dealership AI is ready")
    assert checkout.run(command="experiments")[0] == 0
    assert "Stopped" not in serving.output
