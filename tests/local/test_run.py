"""make run: what it does, and what it does not do again."""

from collections.abc import Callable
from pathlib import Path

from tests.local.harness import Checkout
from tests.ports import free_ports

Listings = Callable[[str], Path]


def test_a_bare_checkout_comes_up_in_nine_steps(own_checkout: Checkout) -> None:
    """From nothing but the sources, one command makes all and says where it answers."""
    output = own_checkout.serve_and_stop()

    assert [f"[{number}/9]" in output for number in range(1, 10)] == [True] * 9
    assert f"Dealership AI is ready: http://127.0.0.1:{own_checkout.ports[0]}" in output
    assert own_checkout.calls("dealership-gateway") == [
        "dealership-gateway db upgrade",
        f"dealership-gateway card put {own_checkout.var}/serving/card.json",
        f"dealership-gateway promotion put {own_checkout.var}/serving/promotion.json",
        "dealership-gateway serve",
        "dealership-gateway rollout begin 1 --at-once --reason make run",
        "dealership-gateway token create --name make run --scope listings --days 1",
    ]


def test_the_user_sees_the_figures_of_training_but_not_its_json(checkout: Checkout) -> None:
    """What training says for people is shown as it comes; the line for programs is not."""
    output = checkout.serve_and_stop()

    assert "cross-validated: MAE 1,653 EUR" in output
    assert '"car-price"' not in output


def test_a_second_run_does_nothing_again(checkout: Checkout) -> None:
    """Nothing is installed, built, generated, trained or promoted twice."""
    checkout.serve_and_stop()
    checkout.forget_calls()

    output = checkout.serve_and_stop()

    assert checkout.calls("uv") + checkout.calls("npm run") + checkout.calls("dealership-model") == []
    assert "version 1, as trained before" in output


def test_a_file_is_kept_for_later_runs(checkout: Checkout, listings: Listings) -> None:
    """A plain run goes on with the last file, and says so."""
    file = listings("listed_on,make")
    checkout.serve_and_stop(f"DATA={file}")
    checkout.forget_calls()

    output = checkout.serve_and_stop()

    assert f"keeping {file}; DATA=demo goes back to the demo market" in output
    assert checkout.calls("dealership-model") == []


def test_the_demo_market_comes_back_when_named(checkout: Checkout, listings: Listings) -> None:
    """DATA=demo ends the keeping, for this run and for later ones."""
    checkout.serve_and_stop(f"DATA={listings('listed_on,make')}")
    checkout.serve_and_stop("DATA=demo")

    output = checkout.serve_and_stop()

    assert "keeping" not in output
    assert "--synthetic" in checkout.calls("dealership-model train")[-1]


def test_changed_listings_are_learnt_anew(checkout: Checkout, listings: Listings) -> None:
    """The same name with other contents is another market."""
    file = listings("listed_on,make")
    checkout.serve_and_stop(f"DATA={file}")
    file.write_text(file.read_text() + "2026-01-01,Opel\n")

    output = checkout.serve_and_stop()

    assert "version 2 is the champion" in output


def test_other_ports_need_no_other_model(checkout: Checkout) -> None:
    """Where the servers listen is no matter of training or promotion."""
    checkout.serve_and_stop()
    checkout.forget_calls()
    port, rest_port = free_ports(2)

    output = checkout.serve_and_stop(f"PORT={port}", f"MODEL_REST_PORT={rest_port}")

    assert checkout.calls("dealership-model") == []
    assert f"is ready: http://127.0.0.1:{port}" in output


def test_a_market_date_is_passed_on_and_kept(checkout: Checkout, listings: Listings) -> None:
    """A file without dates needs the date once."""
    file = listings("make")
    checkout.serve_and_stop(f"DATA={file}", "MARKET_DATE=2021-07-01")
    checkout.forget_calls()

    output = checkout.serve_and_stop()

    assert "of 2021-07-01" in output
    assert checkout.calls("dealership-model") == []


def test_a_missing_market_date_is_asked_for(checkout: Checkout, listings: Listings) -> None:
    """On a terminal the user is asked until the answer is a day."""
    run = checkout.start(f"DATA={listings('make')}", terminal=True)
    run.wait_for("When were they listed")
    run.type("last summer\n")
    run.wait_for("it must be a day")
    run.type("2021-07-01\n")
    run.wait_for("Dealership AI is ready")
    run.type("\x03")

    assert run.end() == 0
    assert "--market-date 2021-07-01" in checkout.calls("dealership-model train")[-1]


def test_a_changed_lock_remakes_the_environment(checkout: Checkout) -> None:
    """What is installed always follows the lock, and only what changed is installed again."""
    checkout.serve_and_stop()
    checkout.forget_calls()
    (checkout.folder / "requirements" / "model.txt").write_text("# changed\n")

    output = checkout.serve_and_stop()

    assert "Environments: made model" in output
    assert [line for line in checkout.calls("uv") if "gateway" in line] == []


def test_a_half_made_environment_is_remade(checkout: Checkout) -> None:
    """A run that was cut short leaves no record, so its environment is not trusted."""
    checkout.serve_and_stop()
    (checkout.folder / ".venv" / "model.json").unlink()
    (checkout.folder / ".venv" / "model" / "bin" / "dealership-model-server").unlink()

    output = checkout.serve_and_stop()

    assert "Environments: made model" in output


def test_a_changed_page_rebuilds_the_web_app(checkout: Checkout) -> None:
    """The web app is built from its sources as they are, without installing its packages again."""
    checkout.serve_and_stop()
    checkout.forget_calls()
    (checkout.folder / "gateway" / "web" / "src" / "main.ts").write_text("// changed\n")

    checkout.serve_and_stop()

    assert checkout.calls("npm ci") == []
    assert checkout.calls("npm run") == ["npm run build"]
