"""The training job: listings -> figures -> table -> a registered version with its card."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from model.acceptance import check_evaluation, check_prices
from model.card import build_card, table_digest
from model.compiling import compile_table
from model.config import Config
from model.dataset import Dataset, Source, read_dataset
from model.errors import JobError, TableError
from model.evaluation import Evaluation, cross_validate
from model.feedback import read_feedback
from model.fitting import Fit, Run, chunks_of, fit
from model.judged import JUDGED_FILE, Judged, frozen_like, judge, judge_apart, read_judged, with_unseen
from model.listings_file import read_mapping
from model.ranges import calibrate
from model.recipe import RECIPE, recipe_digest
from model.registry import LoggedVersion, Registry
from model.scorer import Scorer
from model.table import CoefficientTable
from model.table_reading import check

# Scorer and design matrix sum in another order; what they differ by is rounding, far below a cent.
AGREEMENT = 1e-9


def train(
    config: Config,
    sources: Sequence[Source],
    *,
    mapping: Path | None,
    synthetic: bool,
    progress: Callable[[str], None],
    feedback: Path | None = None,
    like: str | None = None,
    run: Run = map,
) -> tuple[LoggedVersion, dict[str, object]]:
    """Train on files of listings, log and register the version; the version and its card.

    `feedback` is a store with what was accepted of sales and reports. `like` names a version: then training keeps to
    the listings that one was judged on, in its folds, so that promotion can compare the recipes. `run` maps over the
    fits' chunks, here or on a cluster.

    Raises DataError or MarketDateMissing where a file cannot be used or tells nothing of prices; then nothing is
    registered.
    """
    progress(f"reading {' and '.join(str(source.path) for source in sources)}")
    accepted = read_feedback(feedback) if feedback else None
    if accepted is not None:
        progress(f"{accepted.name}: {len(accepted.rows):,} rows")
    columns = read_mapping(mapping) if mapping else None
    dataset = read_dataset(sources, columns, feedback=accepted, synthetic=synthetic)
    for line in dataset.report.lines():
        progress(line)
    registry = Registry(config)
    if like is not None:
        dataset = frozen_like(dataset, _judged(registry, like))
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
    judged = _with_unseen(registry, judged, dataset, progress, run)
    progress("logging and registering with MLflow")
    return register(config, dataset, evaluation, fitted, table, judged)


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
    config: Config, dataset: Dataset, evaluation: Evaluation, fitted: Fit, table: CoefficientTable, judged: Judged
) -> tuple[LoggedVersion, dict[str, object]]:
    """Log the table, its figures, the listings that it was judged on and its card, and register the version."""
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
            },
            metrics=evaluation.figures,
            artifacts={
                "data_report.json": {
                    "rows_read": dataset.report.rows_read,
                    "rows_used": dataset.report.rows_used,
                    "dropped": dict(dataset.report.dropped),
                },
                "figures_by_fold.json": {"folds": evaluation.by_fold},
            },
            files=[judged_file],
        )
    card = build_card(version.version, fitted, table, table_json, dataset, evaluation)
    registry.log_card(version, card)
    return version, card
