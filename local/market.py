"""Which listings this run's model learns from: a file of the user's, the one kept from before, or the demo market."""

from dataclasses import asdict, dataclass
from pathlib import Path

from local import records
from local.errors import CannotGoOn
from local.runner import Runner
from local.settings import DEMO, Settings

_LOG = "market-data"


@dataclass(frozen=True)
class Market:
    file: str  # absolute path
    market_date: str | None = None
    mapping: str | None = None
    is_demo: bool = False


def choose(settings: Settings) -> tuple[Market, str]:
    """The market, and the sentence that says why it is this one. Raises CannotGoOn when a file is not there."""
    kept = _kept(settings)
    if settings.data == DEMO or (settings.data is None and (kept is None or kept.is_demo)):
        if settings.market_date or settings.mapping:
            raise CannotGoOn("MARKET_DATE and MAPPING say how to read a file: name it too, as in\n"
                             "  make run DATA=listings.csv MARKET_DATE=2021-07-01")
        return Market(str(_demo_file(settings)), is_demo=True), "the demo market (DATA=listings.csv brings your own)"
    if kept and settings.data in (None, kept.file):
        said = f"keeping {kept.file}; DATA=demo goes back to the demo market" if settings.data is None else kept.file
        market = Market(kept.file, settings.market_date or kept.market_date, settings.mapping or kept.mapping)
    else:
        assert settings.data
        said = settings.data
        market = Market(settings.data, settings.market_date, settings.mapping)
    _check_is_file(market.file, "DATA", "or DATA=demo for the demo market")
    if market.mapping:
        _check_is_file(market.mapping, "MAPPING", "as a JSON file")
    return market, said + (f", of {market.market_date}" if market.market_date else "")


def provide(market: Market, runner: Runner) -> None:
    """Makes the demo market's file when it is needed and not there yet."""
    file = Path(market.file)
    if not market.is_demo or file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name("demo-market.draft.csv")
    runner.must([runner.settings.program("model", "dealership-model"), "demo-market", "--out", str(draft)], _LOG)
    draft.replace(file)


def arguments(market: Market) -> list[str]:
    """What names the market to dealership-model."""
    return ["--data", market.file, *_how_it_is_read(market)]


def file_arguments(market: Market) -> list[str]:
    """What names the market to dealership-listings."""
    return [*_how_it_is_read(market), market.file]


def made_from(market: Market) -> dict[str, str | None]:
    """All that its listings follow from: equal values give the same ones."""
    return {
        "data": records.file_digest(Path(market.file)),
        "market_date": market.market_date,
        "mapping": records.file_digest(Path(market.mapping)) if market.mapping else None,
    }


def _how_it_is_read(market: Market) -> list[str]:
    arguments = []
    if market.market_date:
        arguments += ["--market-date", market.market_date]
    if market.mapping:
        arguments += ["--mapping", market.mapping]
    return arguments


def remember(market: Market, settings: Settings) -> None:
    records.write(_record(settings), asdict(market))


def _kept(settings: Settings) -> Market | None:
    found = records.read(_record(settings))
    return Market(**found) if found else None


def _record(settings: Settings) -> Path:
    return settings.state / "market.json"


def _demo_file(settings: Settings) -> Path:
    return settings.var / "data" / "demo-market.csv"


def _check_is_file(path: str, name: str, otherwise: str) -> None:
    if not Path(path).is_file():
        raise CannotGoOn(f"{name}: there is no file {path}. Name one that is there, {otherwise}.")
