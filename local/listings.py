"""The market of a run in its gateway: the listings that its model learnt from, by way of the store."""

import hashlib
import json
import os
import subprocess

from local import market as markets
from local import records
from local.errors import CannotGoOn
from local.market import Market
from local.runner import Runner
from local.settings import Settings

_LOG = "listings"
_DEMO = "demo"
# Exit code of `dealership-listings import`.
_REFUSED = 3
_TOKEN_WITHIN_S = 60


def bring(market: Market, runner: Runner) -> str:
    """Bring what the gateway, which serves already, does not have yet; what was done, in words."""
    settings = runner.settings
    record = settings.state / "listings.json"
    before = records.read(record)
    source = _source(market)
    wanted = {"source": source, "from": markets.made_from(market)}
    if before == wanted:
        return "as brought before"
    imported = runner.run(
        [_program(settings), "import", "--source", source, "--store", str(settings.var / "store"),
         "--complete", *markets.file_arguments(market)],
        _LOG, on_line=lambda line: runner.console.detail(line.strip()),
    )  # fmt: skip
    if imported.exit_code == _REFUSED:
        return f"none: {market.file} lacks too much for that; the reason is in {runner.log_path(_LOG)}"
    if imported.exit_code:
        raise runner.failure([_program(settings)], _LOG, imported)
    if before.get("source") not in (None, source):
        runner.must([_gateway(settings), "listings", "remove", "--source", before["source"], "--yes"], _LOG)
    _publish(source, runner)
    records.write(record, wanted)
    return "in the gateway's market"


def _publish(source: str, runner: Runner) -> None:
    settings = runner.settings
    file = settings.state / "listings-token"
    file.unlink(missing_ok=True)
    with open(file, "x", opener=lambda path, flags: os.open(path, flags, 0o600)) as token:
        token.write(_token(settings))
    try:
        runner.must([_program(settings), "publish", "--gateway", settings.address, "--token-file", str(file),
                     "--store", str(settings.var / "store"), "--source", source], _LOG)
    finally:
        file.unlink()


def _token(settings: Settings) -> str:
    """A token of scope listings. What makes it does not go by the runner, which would write it to a log."""
    command = [_gateway(settings), "token", "create", "--name", "make run", "--scope", "listings", "--days", "1"]
    made = subprocess.run(
        command, env=settings.child_environment(), cwd=settings.checkout, capture_output=True, text=True,
        timeout=_TOKEN_WITHIN_S,
    )  # fmt: skip
    if made.returncode:
        raise CannotGoOn(f"{made.stderr}\nNo token could be made for bringing the listings to the gateway.")
    return made.stdout


def _source(market: Market) -> str:
    """Another file, or the same read otherwise, is another source: the store never forgets what it was told."""
    if market.is_demo:
        return _DEMO
    return "listings-" + hashlib.sha256(json.dumps(markets.made_from(market)).encode()).hexdigest()[:8]


def _program(settings: Settings) -> str:
    return settings.program("scraper", "dealership-listings")


def _gateway(settings: Settings) -> str:
    return settings.program("gateway", "dealership-gateway")
