"""The version that all contenders are made from: trained and promoted as `make run` does, in a folder of our own."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import locks, market, training
from local.market import Market
from local.runner import Runner


@dataclass(frozen=True)
class Version:
    market: Market
    said: str  # which market it is, in words
    card: dict[str, Any]
    card_file: Path
    table_file: Path


def train_version(runner: Runner) -> Version:
    """Raises CannotGoOn for a market that cannot be used."""
    locks.claim_state(runner.settings)
    source, _ = market.choose(runner.settings)
    of_day = f" of {source.market_date}" if source.market_date else ""
    market.provide(source, runner)
    version, _, _ = training.train(source, runner)
    training.promote(version, runner)
    serving = runner.settings.serving
    uri = json.loads((serving / "model-settings.json").read_text(encoding="utf-8"))["parameters"]["uri"]
    card_file = serving / "card.json"
    return Version(
        market=source,
        said="the demo market" if source.is_demo else f"{Path(source.file).name}{of_day}",
        card=json.loads(card_file.read_text(encoding="utf-8")),
        card_file=card_file,
        table_file=Path(uri.removeprefix("file://")) / "artifacts" / "table.json",
    )
