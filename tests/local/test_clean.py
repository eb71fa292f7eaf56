"""make clean and make reset take away what they say, and only when told to."""

from pathlib import Path

from tests.local.harness import Checkout


def test_clean_removes_what_was_built_and_nothing_else(own_checkout: Checkout) -> None:
    """Sources and the state of runs stay."""
    own_checkout.serve_and_stop()

    code, _ = own_checkout.run("YES=1", command="clean")

    assert code == 0
    assert not (own_checkout.folder / ".venv").exists()
    assert not (own_checkout.folder / "gateway" / "static").exists()
    assert (own_checkout.folder / "gateway" / "web" / "src" / "main.ts").exists()
    assert (own_checkout.var / "registry").exists()


def test_reset_asks_first(checkout: Checkout) -> None:
    """Only a yes removes."""
    checkout.serve_and_stop()

    refused = checkout.start(command="reset", terminal=True)
    refused.wait_for("[y/N]")
    refused.type("\n")
    assert refused.end() == 0
    assert (checkout.var / "registry").exists()

    agreed = checkout.start(command="reset", terminal=True)
    agreed.wait_for("[y/N]")
    agreed.type("y\n")
    assert agreed.end() == 0
    assert not checkout.var.exists()


def test_nobody_to_ask_means_no(checkout: Checkout) -> None:
    """A script must say YES=1."""
    checkout.serve_and_stop()

    code, output = checkout.run(command="reset")

    assert code == 1
    assert "YES=1" in output
    assert (checkout.var / "registry").exists()


def test_reset_spares_a_run_under_way(checkout: Checkout) -> None:
    """The state of a run that serves is not taken from under it."""
    run = checkout.start()
    run.wait_for("Dealership AI is ready")

    code, output = checkout.run("YES=1", command="reset")

    assert code == 1
    assert "already runs" in output


def test_reset_spares_a_folder_that_is_no_state(checkout: Checkout, tmp_path: Path) -> None:
    """A mistyped VAR costs nobody their files."""
    (tmp_path / "thesis").mkdir()

    code, output = checkout.run("YES=1", f"VAR={tmp_path / 'thesis'}", command="reset")

    assert code == 1
    assert (tmp_path / "thesis").exists()


def test_a_run_makes_no_folder_of_others_its_own(checkout: Checkout, tmp_path: Path) -> None:
    """Else a reset after a run that was started there by mistake would take away what was there before."""
    thesis = tmp_path / "thesis" / "chapter.txt"
    thesis.parent.mkdir()
    thesis.write_text("It was")

    code, output = checkout.run(f"VAR={thesis.parent}")
    assert code == 1
    assert "holds something that no run has made" in output

    code, output = checkout.run("YES=1", f"VAR={thesis.parent}", command="reset")
    assert code == 1
    assert [path.name for path in thesis.parent.iterdir()] == ["chapter.txt"]


def test_what_only_made_environments_can_be_reset(checkout: Checkout) -> None:
    """Their logs are state too."""
    code, _ = checkout.run(command="environments")
    assert code == 0

    code, _ = checkout.run("YES=1", command="reset")

    assert code == 0
    assert not checkout.var.exists()
