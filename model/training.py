"""The training job: listings -> figures -> table -> a registered version with its card."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from model.acceptance import check_evaluation, check_prices
from model.card import build_card, table_digest
from model.compiling import compile_table
from model.config import Config
from model.dataset import Dataset, Source, read_collected, read_dataset
from model.errors import JobError, TableError
from model.evaluation import Evaluation, cross_validate
from model.feedback import read_feedback
from model.fitting import Fit, Run, chunks_of, fit
from model.judged import JUDGED_FILE, Judged, frozen_like, judge, judge_apart, read_judged, with_unseen
from model.listings_file import read_mapping
from model.mix import profile
from model.quality import Quality, Reference, examine, refuse
from model.ranges import calibrate
from model.recipe import RECIPE, recipe_digest
from model.registry import LoggedVersion, Registry, is_there
from model.scorer import Scorer
from model.spellings import NO_SPELLINGS, Spellings, read_spellings
from model.store import open_store
from model.table import CoefficientTable
from model.table_reading import check

# Scorer and design matrix sum in another order; what they differ by is rounding, far below a cent.
AGREEMENT = 1e-9
# What is kept with a version's run: the mix of its data, which later data are held against, and what the gate found.
PROFILE = "data_profile.json"
QUALITY = "data_quality.json"


@dataclass(frozen=True)
class Data:
    """What to read: a store, all of its sources or `only` some, and the feedback in it; or files of listings, in words
    that a mapping explains, and a store of feedback. `spellings` is a file with what a person has approved.
    """

    sources: Sequence[Source] = ()
    mapping: Path | None = None
    feedback: str | None = None
    store: str | None = None
    only: Sequence[str] = ()
    spellings: Path | None = None
    synthetic: bool = False


def train(
    config: Config,
    data: Data,
    *,
    progress: Callable[[str], None],
    accept_drift: str | None = None,
    like: str | None = None,
    run: Run = map,
) -> tuple[LoggedVersion, dict[str, object]]:
    """Train, log and register the version; the version and its card.

    accept_drift says why data are trained on whose mix is far off the champion's. `like` names a version: then training
    keeps to the listings that one was judged on, in its folds, so that promotion can compare the recipes. `run` maps
    over the fits' chunks, here or on a cluster.

    Raises DataError or MarketDateMissing where something cannot be used or tells nothing of prices; then nothing is
    registered.
    """
    spellings = read_spellings(data.spellings) if data.spellings else NO_SPELLINGS
    dataset = read(data, spellings, progress)
    quality = check_quality(config, dataset, data)
    for line in quality.lines():
        progress(line)
    refuse(dataset, quality, accept_drift)
    if like is not None:
        registry = Registry(config)
        dataset = frozen_like(dataset, _judged(registry, _champion(registry) if like == "champion" else like))
    check_prices(dataset)
    progress("cross-validating")
    evaluation = cross_validate(dataset, progress, run)
    check_evaluation(dataset, evaluation)
    for line in figures_in_words(evaluation.figures):
        progress(line)
    progress("fitting on all rows")
    fitted, table = fit_table(dataset, evaluation, run)
    if dataset.collected.all():
        judged = judge(dataset, evaluation, fitted)
    else:
        judged = judge_apart(dataset, fitted, progress, run)
    # A registry comes to be where there is none; so not before it is sure that something will be registered.
    judged = _with_unseen(Registry(config), judged, dataset, progress, run)
    progress("logging and registering with MLflow")
    return register(
        config, dataset, evaluation, fitted, table, judged,
        quality=quality.document(accept_drift), spellings_digest=spellings.digest,
    )  # fmt: skip


def read(data: Data, spellings: Spellings, progress: Callable[[str], None]) -> Dataset:
    """The data set, with what became of each row told. Raises DataError or MarketDateMissing."""
    if data.store is not None:
        progress(f"reading {data.store}")
        store = open_store(data.store)
        dataset = read_collected(
            store, only=data.only, spellings=spellings, synthetic=data.synthetic, progress=progress
        )  # fmt: skip
    else:
        progress(f"reading {' and '.join(str(source.path) for source in data.sources)}")
        accepted = read_feedback(data.feedback) if data.feedback else None
        if accepted is not None:
            progress(f"{accepted.name}: {len(accepted.rows):,} rows")
        columns = read_mapping(data.mapping) if data.mapping else None
        dataset = read_dataset(
            data.sources, columns, feedback=accepted, spellings=spellings, synthetic=data.synthetic
        )  # fmt: skip
    for line in dataset.report.lines():
        progress(line)
    return dataset


def check_quality(config: Config, dataset: Dataset, data: Data) -> Quality:
    """What the gate finds. Files are somebody's choice, so that their drift is told and not refused."""
    return examine(dataset, _champion_data(config), refuse_drift=data.store is not None, today=date.today())


def _champion_data(config: Config) -> Reference | None:
    if not is_there(config):
        return None
    registry = Registry(config)
    champion = registry.champion()
    kept = registry.artifact(champion, PROFILE) if champion else None
    return Reference(champion, kept) if champion and kept else None


def _champion(registry: Registry) -> str:
    champion = registry.champion()
    if champion is None:
        raise JobError("there is no champion yet that anything could be trained like")
    return champion


def _judged(registry: Registry, version: str) -> Judged:
    file = registry.run_file(version, JUDGED_FILE)
    if file is None:
        raise JobError(f"version {version} logged no judged listings, so that nothing can be trained like it")
    return read_judged(file)


def _with_unseen(
    registry: Registry, judged: Judged, dataset: Dataset, progress: Callable[[str], None], run: Run
) -> Judged:
    """With what the champion's gate needs of the newest listings, where there is a champion of this recipe."""
    champion = registry.champion()
    if champion is None or registry.param(champion, "recipe_digest") != recipe_digest():
        return judged
    file = registry.run_file(champion, JUDGED_FILE)
    return judged if file is None else with_unseen(judged, dataset, read_judged(file), progress, run)


def figures_in_words(figures: dict[str, float]) -> list[str]:
    common = figures.get("mae_up_to_100k_eur")
    return [
        f"cross-validated: MAE {figures['mae_eur']:,.0f} EUR, median error {figures['mdape_percent']:.2f}%"
        + ("" if common is None else f", MAE of prices up to 100,000 EUR {common:,.0f} EUR"),
        f"cross-validated: RMSE {figures['rmse_eur']:,.0f} EUR, R2 {figures['r2']:.3f}; the range holds "
        f"{figures['coverage_percent']:.1f}% of prices, {figures['mean_width_percent']:.1f}% of the price wide",
    ]


def fit_table(dataset: Dataset, evaluation: Evaluation, run: Run = map) -> tuple[Fit, CoefficientTable]:
    """Fit on every row and compile the table. Raises TableError unless it prices every row as the design does."""
    fitted = fit(chunks_of(dataset.table), run)
    table = compile_table(fitted, calibrate(evaluation.errors))
    check(table)
    features = dataset.features
    scored = Scorer(table).score({name: features[name].to_numpy() for name in features})["price_eur"]
    difference = float(np.abs(scored / np.exp(fitted.log_price(features)) - 1).max())
    if not difference <= AGREEMENT:
        raise TableError(f"the table's prices differ from the fitted design's by up to {difference:.1e}")
    return fitted, table


def register(
    config: Config,
    dataset: Dataset,
    evaluation: Evaluation,
    fitted: Fit,
    table: CoefficientTable,
    judged: Judged,
    *,
    quality: dict[str, object],
    spellings_digest: str | None,
) -> tuple[LoggedVersion, dict[str, object]]:
    """Log the table, its figures, what is told of the data, the listings that it was judged on, and its card, and
    register the version.
    """
    registry = Registry(config)
    table_json = table.to_json()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "table.json"
        file.write_text(table_json, encoding="utf-8")
        judged_file = Path(folder) / JUDGED_FILE
        judged.write(judged_file)
        version = registry.log(
            file,
            params={
                "recipe": RECIPE,
                "recipe_digest": recipe_digest(),
                "data": dataset.source,
                "data_sha256": dataset.digest,
                "market_as_of": dataset.market_date.isoformat(),
                "rows_used": dataset.report.rows_used,
                "synthetic": dataset.synthetic,
                "table_sha256": table_digest(table_json),
                "spellings_sha256": spellings_digest or "none",
                "accepted_drift": quality["accepted_drift"] or "none",
            },
            metrics=evaluation.figures,
            artifacts={
                "data_report.json": {
                    "rows_read": dataset.report.rows_read,
                    "rows_used": dataset.report.rows_used,
                    "dropped": dict(dataset.report.dropped),
                    "sources": {name: vars(source) for name, source in dataset.report.sources.items()},
                    "unread_columns": dataset.report.unread_columns,
                },
                PROFILE: profile(dataset),
                QUALITY: quality,
                "figures_by_fold.json": {"folds": evaluation.by_fold},
            },
            files=[judged_file],
        )
    card = build_card(version.version, fitted, table, table_json, dataset, evaluation)
    registry.log_card(version, card)
    return version, card
