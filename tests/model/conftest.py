"""What the tests of the model share: a small demo market, what is fitted on it, and a registry that holds it."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from model import cli
from model.config import read_config
from model.dataset import Dataset, Source, read_dataset
from model.demo_market import write_demo_market
from model.evaluation import Evaluation, cross_validate
from model.fitting import Fit
from model.judged import Judged, judge
from model.promotion import Promoting
from model.registry import Registry
from model.schema.vehicle import Vehicle
from model.serving_files import Targets
from model.store import Store, open_store
from model.table import Axis, CoefficientTable, KnownModel, Spread, Term
from model.training import fit_table
from tests.model.promoting import TEMPLATES, register_another

# A busy machine is slow, not wrong.
settings.register_profile("model", deadline=None)
settings.load_profile("model")

MARKET_DATE = date(2026, 7, 1)
ROWS = 3_000


@dataclass(frozen=True)
class Trained:
    """A version that `dealership-model train --json` made: where its registry is, and what the command printed."""

    var: Path
    version: str
    printed: str


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small demo market as a file."""
    path = tmp_path_factory.mktemp("market") / "market.csv"
    write_demo_market(path, rows=ROWS, market_date=MARKET_DATE)
    return path


@pytest.fixture(scope="session")
def dataset(demo_file: Path) -> Dataset:
    return read_dataset([Source(demo_file)], synthetic=True)


@pytest.fixture(scope="session")
def evaluation(dataset: Dataset) -> Evaluation:
    return cross_validate(dataset, lambda _: None)


@pytest.fixture(scope="session")
def compiled(dataset: Dataset, evaluation: Evaluation) -> tuple[Fit, CoefficientTable]:
    """What training makes of the demo market: the fit on every row, and its table."""
    return fit_table(dataset, evaluation)


@pytest.fixture(scope="session")
def fitted(compiled: tuple[Fit, CoefficientTable]) -> Fit:
    return compiled[0]


@pytest.fixture(scope="session")
def table(compiled: tuple[Fit, CoefficientTable]) -> CoefficientTable:
    return compiled[1]


@pytest.fixture(scope="session")
def trained(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trained]:
    """A version trained by the command, in a registry of its own."""
    var = tmp_path_factory.mktemp("var")
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed):
        patch.setenv("DEALERSHIP_VAR", str(var))
        assert cli.main(["train", "--data", str(demo_file), "--synthetic", "--json"]) == 0
    yield Trained(var, json.loads(printed.getvalue())["version"], printed.getvalue())


@pytest.fixture
def registry(trained: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Registry:
    """The registry of the trained version, which commands find too, and a store of the test's own."""
    monkeypatch.setenv("DEALERSHIP_VAR", str(trained.var))
    monkeypatch.setenv("DEALERSHIP_STORE", str(tmp_path / "store"))
    return Registry(read_config())


@pytest.fixture
def store(registry: Registry, tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store"))


@pytest.fixture
def at(registry: Registry, store: Store, tmp_path: Path) -> Promoting:
    """Where promotions of the test go."""
    return Promoting(registry, store, Targets(tmp_path / "serving", TEMPLATES), None, lambda _: None)


@pytest.fixture(scope="session")
def evidence(dataset: Dataset, evaluation: Evaluation, fitted: Fit) -> Judged:
    return judge(dataset, evaluation, fitted)


@pytest.fixture
def new_version(
    registry: Registry, trained: Any, dataset: Dataset, evaluation: Evaluation, fitted: Fit, table: CoefficientTable,
    evidence: Judged,
) -> str:  # fmt: skip
    """A further version, which a test may spoil."""
    config = read_config({"DEALERSHIP_VAR": str(trained.var)})
    return register_another(config, dataset, evaluation, fitted, table, evidence)


@pytest.fixture(scope="session")
def make_table() -> Callable[[int], CoefficientTable]:
    """A function from a seed to a table with more than a fit has: crosses, curves that fall back, gaps."""
    return _make_table


WORDS = {
    "fuel": ("diesel", "electric", "petrol"),
    "gearbox": ("automatic", "manual", "semi_automatic"),
    "offer_type": ("new", "used"),
}
AXES = {
    "age_years": Axis("linear", (0.0, 1.0, 4.0, 12.0)),
    "mileage_km": Axis("linear", (0.0, 10_000.0, 90_000.0, 250_000.0)),
    "power_hp": Axis("log", (40.0, 90.0, 210.0, 600.0)),
}
MODELS = {"Audi": ("A3", "A4"), "BMW": ("320", "i3"), "Land Rover": ("Defender",)}


def _make_table(seed: int) -> CoefficientTable:
    rng = np.random.default_rng(seed)

    def level() -> float:
        return float(rng.normal(0, 0.3))

    def levels(count: int) -> tuple[float, ...]:
        return tuple(level() for _ in range(count))

    def gaps(words: tuple[tuple[str, ...], ...], leaf: Callable[[], Any]) -> Any:
        """A tree over these words in which some branches, and some values for the rest, are left out."""
        if not words or rng.random() < 0.2:
            return leaf()
        branches = {word: gaps(words[1:], leaf) for word in words[0] if rng.random() < 0.7}
        return {**branches, "": leaf()} if rng.random() < 0.6 else branches

    def term(*by: str, axis: str | None = None) -> Term:
        every = {"make": tuple(MODELS), "model": tuple(m for models in MODELS.values() for m in models), **WORDS}
        words = tuple(every[name] for name in by)
        return Term(by, axis, gaps(words, (lambda: list(levels(len(AXES[axis].knots)))) if axis else level))

    def typical(make: str, model: str) -> Vehicle:
        words = {name: str(rng.choice(known)) for name, known in WORDS.items()}
        return Vehicle(make, model, **words, age_years=float(rng.uniform(0, 14)),
                       mileage_km=float(rng.uniform(0, 300_000)), power_hp=float(rng.uniform(30, 700)))  # fmt: skip

    return CoefficientTable(
        intercept=9.5,
        axes=AXES,
        terms=(
            term("make"),
            term("make", "model"),
            term("offer_type"),
            term("fuel", "gearbox"),
            term("gearbox", "make"),
            term(axis="age_years"),
            term("fuel", axis="age_years"),
            term("make", "model", axis="mileage_km"),
            term("fuel", "gearbox", "offer_type", axis="mileage_km"),
            term("make", "model", "fuel", "gearbox", axis="power_hp"),
        ),
        words=WORDS,
        models=tuple(
            KnownModel(make, model, int(rng.integers(1, 200)), level(), typical(make, model))
            for make, models in MODELS.items() for model in models
        ),
        coverage=0.9,
        spread=Spread(
            age=Axis("linear", (0.0, 2.0, 9.0)), by_age=levels(3),
            price=Axis("log", (3_000.0, 8_000.0, 15_000.0, 40_000.0)),
            below=tuple(level - 1.5 for level in levels(4)), above=tuple(level - 1.5 for level in levels(4)),
        ),
    )  # fmt: skip
