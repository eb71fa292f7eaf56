"""From market data to the version that serves: train it, then promote it, each only when something changed."""

import dataclasses
import json
import sys
from pathlib import Path

from local import market as markets
from local import prompt, records
from local.errors import CannotGoOn
from local.market import Market
from local.runner import Finished, Runner
from local.settings import Settings

_OUTPUTS = ("serving/settings.json", "serving/model-settings.json", "serving/card.json", "serving/promotion.json",
            "registry/mlflow.db")
# Exit codes of `dealership-model train`.
BAD_DATA = 2
NO_MARKET_DATE = 3


def train(market: Market, runner: Runner) -> tuple[str, Market, bool]:
    """The version learnt from the market; the market, with its date where it was asked for; and whether the version had
    to be trained now.
    """
    settings = runner.settings
    done = records.read(_training_record(settings))
    if done.get("from") == _made_from(market, settings) and _outputs_stand(settings, _OUTPUTS[-1:]):
        markets.remember(market, settings)
        _sign(str(done["version"]), runner)
        return str(done["version"]), market, False
    finished = _run_training(market, runner)
    if finished.exit_code == NO_MARKET_DATE and market.market_date is None:
        market = dataclasses.replace(market, market_date=ask_market_date(market, runner, "run"))
        finished = _run_training(market, runner)
    if finished.exit_code == BAD_DATA:
        raise CannotGoOn(f"{market.file} cannot be used as it is; the reason stands above.\n"
                         "DATA=demo goes back to the demo market.")
    if finished.exit_code:
        raise runner.failure([_program(settings)], "training", finished)
    version = _version(finished, runner)
    records.write(_training_record(settings), {"from": _made_from(market, settings), "version": version})
    markets.remember(market, settings)
    _sign(version, runner)
    return version, market, True


def promote(version: str, runner: Runner) -> bool:
    """Makes the version the champion and writes what serves it; False when that stands already."""
    settings = runner.settings
    record = settings.state / "promotion.json"
    # Promotion fills the place into the templates of MLServer's settings.
    wanted = {"from": records.read(_training_record(settings)), "var": str(settings.var),
              "templates": _templates_digest(settings)}
    if records.read(record) == wanted and _outputs_stand(settings, _OUTPUTS):
        return False
    record.unlink(missing_ok=True)
    runner.must([_program(settings), "promote", "--version", version, "--serving-dir", str(settings.serving),
                 "--by", "make run", "--reason", "trained on the listings of a local run",
                 # Whoever changes the listings of a local run wants to see what comes of it, better or worse.
                 "--ungated"], "promotion")
    records.write(record, wanted)
    return True


def _sign(version: str, runner: Runner) -> None:
    """Sign a version with this run's own key, which is made first where there is none yet."""
    settings = runner.settings
    if not settings.public_key.exists():
        settings.signing_key.unlink(missing_ok=True)  # half a pair, which nothing was signed with
        runner.must([_program(settings), "keys", "new", "--out", str(settings.signing_key)], "signing")
    record = settings.state / "signing.json"
    signed = {"version": version, "key": records.file_digest(settings.public_key)}
    if records.read(record) != signed:
        runner.must([_program(settings), "sign", "--version", version, "--key", str(settings.signing_key)], "signing")
        records.write(record, signed)


def _run_training(market: Market, runner: Runner) -> Finished:
    command = [_program(runner.settings), "train", *markets.arguments(market), "--json"]
    if market.is_demo:
        command += ["--synthetic"]
    console = runner.console
    # Its figures are for the user to read; the JSON line, which is for us, is left to the log.
    return runner.run(command, "training",
                      on_line=lambda line: None if line.startswith("{") else console.say(f"      {line}"))


def ask_market_date(market: Market, runner: Runner, target: str) -> str:
    """The day of a file's listings, from the terminal. Raises CannotGoOn where nobody is there to answer."""
    if not sys.stdin.isatty():
        raise CannotGoOn(f"{market.file} has no column with the listings' date, from which a car's age follows.\n"
                         f"Say when they were listed:  make {target} DATA={market.file} MARKET_DATE=2021-07-01")
    runner.console.say("      The file has no column with the listings' date, from which a car's age follows.")
    return prompt.market_date(runner.console, runner.stop)


def _version(finished: Finished, runner: Runner) -> str:
    try:
        return str(json.loads(finished.stdout.strip().splitlines()[-1])["version"])
    except (IndexError, ValueError, KeyError, TypeError):
        raise CannotGoOn("Training ended well but named no version; this is a fault of dealership-model.\n"
                         f"Its whole output: {runner.log_path('training')}")


def _made_from(market: Market, settings: Settings) -> dict[str, str | None]:
    """All that a version follows from: equal values give the same version, so nothing has to be trained."""
    sources = settings.checkout / "model"
    code = [path for pattern in ("*.py", "*.json") for path in sources.rglob(pattern)]
    return {
        **markets.made_from(market),
        "code": records.tree_digest(sources, code),
    }


def _templates_digest(settings: Settings) -> str:
    folder = settings.checkout / "kserve"
    return records.tree_digest(folder, folder.glob("*.json"))


def _outputs_stand(settings: Settings, names: tuple[str, ...]) -> bool:
    return all((settings.var / name).exists() for name in names)


def _training_record(settings: Settings) -> Path:
    return settings.state / "training.json"


def _program(settings: Settings) -> str:
    return settings.program("model", "dealership-model")
