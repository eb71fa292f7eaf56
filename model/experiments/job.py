"""The experiments job: sources x algorithms on the same folds, a report of them, and a run of each in MLflow."""

import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from model.config import Config
from model.dataset import Dataset, Source, names, read_dataset
from model.errors import DataError, JobError
from model.experiments.algorithms import choose
from model.experiments.comparison import Comparison, Outcome, Tell, compare
from model.experiments.report import render
from model.listings_file import read_mapping
from model.registry import NestedRun, Registry

REPORT = "report.html"
KEPT = "predictions"


class Interrupted(JobError):
    """The job was stopped by Ctrl-C; the exit code is the shells' for that."""

    exit_code = 130


def experiment(
    config: Config,
    folder: Path,
    sources: Sequence[Source],
    *,
    mapping: Path | None,
    algorithms: Sequence[str],
    fresh: bool,
    progress: Tell,
) -> Path:
    """Compare the algorithms of these names (none: all) on each source and on all together; where the report is.

    folder is where report and finished folds are kept; fresh forgets those folds. Raises DataError or
    MarketDateMissing where a file cannot be used, Interrupted on Ctrl-C, JobError for a missing library.
    """
    started = time.monotonic()
    tell = _with_clock(started, progress)
    try:
        chosen, missing = choose(algorithms)
        for algorithm in missing:
            tell(f"{algorithm.name} is skipped, since it is not installed")
        datasets, notes = _read(sources, mapping, tell)
        comparisons = []
        for number, dataset in enumerate(datasets, start=1):
            tell(f"source {number} of {len(datasets)}: {dataset.source}, {len(dataset.table):,} cars")
            comparisons.append(compare(dataset, chosen, folder / KEPT, fresh=fresh, tell=tell))
        tell("writing the report")
        report = _write(folder / REPORT, render(comparisons, missing=missing, notes=notes, on=date.today()))
        tell("logging with MLflow")
        Registry(config).log_nested(
            "experiments",
            params={"sources": names(sources), "algorithms": ", ".join(algorithm.name for algorithm in chosen)},
            artifact=report,
            runs=[_run(comparison, outcome) for comparison in comparisons for outcome in comparison.outcomes],
        )
    except KeyboardInterrupt:
        raise Interrupted("interrupted; finished folds are kept, and the same command goes on from there") from None
    tell("done")
    return report


def _read(sources: Sequence[Source], mapping: Path | None, tell: Tell) -> tuple[list[Dataset], list[str]]:
    """All files together, and each alone where there are several; and which of them had too few listings alone."""
    columns = read_mapping(mapping) if mapping else None
    tell(f"reading {names(sources)}")
    together = read_dataset(sources, columns)
    for line in together.report.lines():
        tell(line)
    alone, notes = [], []
    for source in sources if len(sources) > 1 else ():
        try:
            alone.append(read_dataset([source], columns))
        except DataError as error:
            # Every row of it was read together with the others: only their number can be the fault.
            notes.append(f"Not compared alone: {str(error).splitlines()[0]}.")
            tell(notes[-1])
    return [*alone, together], notes


def _run(comparison: Comparison, outcome: Outcome) -> NestedRun:
    dataset, algorithm = comparison.dataset, outcome.algorithm
    metrics = dict(outcome.evaluation.figures) | {"fold_seconds": outcome.mean_seconds}
    if algorithm.name in comparison.leads:
        lead = comparison.leads[algorithm.name]
        metrics |= {"ours_less_this_mae_eur": lead.mae_eur.value, "p_ours_no_better_mae": lead.mae_eur.p}
    return NestedRun(
        name=f"{algorithm.name} on {dataset.source}",
        params={
            "algorithm": algorithm.name,
            "data": dataset.source,
            "data_sha256": dataset.digest,
            "market_as_of": dataset.market_date.isoformat(),
            "rows_used": dataset.report.rows_used,
            **algorithm.settings,
        },
        metrics=metrics,
        by_fold=outcome.evaluation.by_fold,
    )


def _write(path: Path, page: str) -> Path:
    """Write the page, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half_written = path.with_suffix(".half-written")
    half_written.write_text(page, encoding="utf-8")
    return half_written.replace(path)


def _with_clock(started: float, progress: Tell) -> Tell:
    def tell(line: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - started), 60)
        progress(f"[{minutes:3d}:{seconds:02d}] {line}")

    return tell
