"""make experiments: our model and others compared on the listings that a run learns from, with a report."""

import dataclasses

from local import environments, locks, market, training
from local.console import Console
from local.errors import CannotGoOn
from local.run import make_environments
from local.runner import Runner
from local.settings import Settings
from local.stopping import StopRequest

_STEPS = 3


def compare(settings: Settings, console: Console, stop: StopRequest) -> None:
    """Raises CannotGoOn, or Stopped when asked to stop; finished folds are kept for the next time."""
    console.expect(_STEPS)
    runner = Runner(settings, console, stop)
    source, said = market.choose(settings)
    # The tests' environment has the libraries of the others, which no run needs.
    make_environments(runner, environments.MODEL, environments.MODEL_TEST)
    locks.claim_state(settings)  # and no more: a run may be serving from it
    with console.step("Market data") as step:
        market.provide(source, runner)
        step.outcome = said
    with console.step("Comparison") as step:
        _compare(source, runner)
        step.outcome = "its report is at the link above"


def _compare(source: market.Market, runner: Runner) -> None:
    command = [runner.settings.program("model-test", "dealership-model"), "experiments", *market.arguments(source)]
    finished = runner.run(command, "experiments", on_line=lambda line: runner.console.say(f"      {line}"))
    if finished.exit_code == training.NO_MARKET_DATE and source.market_date is None:
        source = dataclasses.replace(source, market_date=training.ask_market_date(source, runner, "experiments"))
        _compare(source, runner)
    elif finished.exit_code == training.BAD_DATA:
        raise CannotGoOn(f"{source.file} cannot be used as it is; the reason stands above.")
    elif finished.exit_code:
        raise runner.failure(command, "experiments", finished)
