"""The gate before a fit: whether the data are what they should be, and near enough to what the champion learnt from.

Each rule gives findings with what was measured. What is fine is told in the report alone; a warning is told to whoever
watches; a refusal ends the training before anything is fitted. Drift alone can be accepted, with a reason: it may be
the market's own. A broken table cannot.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

import pandas as pd
import pandera.errors
import pandera.pandas as pa

from model.checked_rows import LEAST_TRUST, PLAUSIBLE_MILEAGE_KM, PLAUSIBLE_POWER_HP
from model.dataset import Dataset
from model.errors import DataError
from model.mix import drift, take_mix
from model.schema.features import FEATURE
from model.schema.fields import LONGEST_WORD
from model.schema.listing import PRICE_BOUNDS_EUR
from model.schema.vocabulary import CLOSED_SETS

# Siddiqi, Credit Risk Scorecards (2006): below 0.1 a population is as it was, from 0.25 on it is another one.
DRIFT = (0.10, 0.25)
# A page of which a fifth cannot be read is quarantined when it is collected; of a source whose rows are read by half,
# nobody can say whether the other half is like it.
UNUSABLE = (0.20, 0.50)
# Real listings have about 0.1%. A few per cent are a new word; a fifth is a kind of car that the table would lack.
UNKNOWN_WORDS = (0.02, 0.20)
FRESH_DAYS = 7  # a week without a run that brought anything
FEWEST_ROWS = 100  # of a source, for a share of them to say anything

# Left out for what they say, not because they could not be read.
NO_FAULT = ("price_eur: own_estimate", "trust: none", "make: pseudo_make")
UNKNOWN = tuple(f"{name}: unknown" for name in CLOSED_SETS)

Level = Literal["fine", "warning", "refusal"]

TABLE = pa.DataFrameSchema(
    {
        **{name: pa.Column(object, [pa.Check.str_length(1, LONGEST_WORD)]) for name in ("make", "model")},
        **{name: pa.Column(object, [pa.Check.isin(list(words.words))]) for name, words in CLOSED_SETS.items()},
        "age_years": pa.Column(float, [pa.Check.in_range(*(FEATURE["age_years"].bounds or ()))]),
        "mileage_km": pa.Column(float, [pa.Check.in_range(0, PLAUSIBLE_MILEAGE_KM)]),
        "power_hp": pa.Column(float, [pa.Check.in_range(*PLAUSIBLE_POWER_HP)]),
        "price_eur": pa.Column(float, [pa.Check.in_range(*PRICE_BOUNDS_EUR)]),
        "days_ago": pa.Column(float, [pa.Check.ge(0)]),
        "price_kind": pa.Column(object, [pa.Check.isin(["asking", "sale"])]),
        "weight": pa.Column(float, [pa.Check.in_range(0, 1)]),
        "is_report": pa.Column(bool),
        "car": pa.Column(int, [pa.Check.ge(0)]),
    },
    strict=True,
)
COLLECTED = pa.DataFrameSchema({"weight": pa.Column(float, [pa.Check.in_range(LEAST_TRUST, 1)])})


@dataclass(frozen=True)
class Finding:
    """What one rule found, of what, and what it means. value and the bounds are of the rule's own measure."""

    rule: str
    of: str
    level: Level
    value: float
    warn_from: float | None
    refuse_from: float | None
    message: str


@dataclass(frozen=True)
class Quality:
    """All findings; `reference` names the version that the mix was held against, or says why none was."""

    findings: tuple[Finding, ...]
    reference: str

    def refusals(self, *, drift_is_accepted: bool = False) -> list[Finding]:
        refused = [finding for finding in self.findings if finding.level == "refusal"]
        return [finding for finding in refused if not (drift_is_accepted and finding.rule == "drift")]

    def lines(self) -> Iterator[str]:
        """What is not fine, in sentences."""
        told = [finding for finding in self.findings if finding.level != "fine"]
        yield f"quality: {len(self.findings)} checks, {len(told)} to tell of; mix held against: {self.reference}"
        yield from (f"  {finding.level}: {finding.message}" for finding in told)

    def document(self, accepted_drift: str | None = None) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "accepted": not self.refusals(drift_is_accepted=accepted_drift is not None),
            "accepted_drift": accepted_drift,
            "reference": self.reference,
            "findings": [asdict(finding) for finding in self.findings],
        }


@dataclass(frozen=True)
class Reference:
    """The data of a version, by what it keeps of them (model.mix.profile)."""

    version: str
    profile: Mapping[str, Any]


def examine(dataset: Dataset, reference: Reference | None, *, refuse_drift: bool, today: date) -> Quality:
    """Check a data set. Drift is refused where refuse_drift says so, else it is only told."""
    held_against, drifted = _drift(dataset, reference, refuse_drift)
    findings = (*_schema(dataset.table), *_unusable(dataset), *_unread_columns(dataset), *drifted)
    return Quality((*findings, _freshness(dataset, today)), held_against)


def refuse(dataset: Dataset, quality: Quality, accepted_drift: str | None = None) -> None:
    """Raise DataError with each refusal, unless there is none."""
    refusals = quality.refusals(drift_is_accepted=accepted_drift is not None)
    if refusals:
        lines = [f"{dataset.source}: not fit to train on", *(f"  {finding.message}" for finding in refusals)]
        if any(finding.rule == "drift" for finding in refusals):
            lines.append('--accept-drift "why" lets drift through')
        raise DataError("\n".join(lines))


def _schema(table: pd.DataFrame) -> Iterator[Finding]:
    """A finding for each column at fault, or one that all is well."""
    faults: dict[str, int] = {}
    for schema, rows in ((TABLE, table), (COLLECTED, table.loc[~table["is_report"].astype(bool)])):
        try:
            schema.validate(rows, lazy=True)
        except pandera.errors.SchemaErrors as errors:
            for (column, check), cases in errors.failure_cases.groupby(["column", "check"], dropna=False):
                faults[f"{column}: {check}"] = len(cases)
    for fault, rows in faults.items():
        message = f"the table breaks its schema at {fault}, {rows:,} times"
        yield Finding("schema", fault, "refusal", rows, None, 1, message)
    if not faults:
        yield Finding("schema", "table", "fine", 0, None, 1, "the table keeps its schema")


def _unusable(dataset: Dataset) -> Iterator[Finding]:
    for name, source in dataset.report.sources.items():
        if source.rows_read < FEWEST_ROWS:
            continue
        unusable = sum(rows for reason, rows in source.unusable.items() if reason not in NO_FAULT) / source.rows_read
        unknown = sum(source.unusable[reason] for reason in UNKNOWN) / source.rows_read
        yield _share("unusable rows", name, unusable, UNUSABLE, "of its rows cannot be used")
        yield _share("unknown words", name, unknown, UNKNOWN_WORDS, "of its rows have an unknown fuel or gearbox")


def _unread_columns(dataset: Dataset) -> Iterator[Finding]:
    for name, columns in dataset.report.unread_columns.items():
        message = f"{name}: {len(columns)} columns mean nothing to us: {', '.join(columns)}"
        yield Finding("unread columns", name, "warning", len(columns), 1, None, message)


def _drift(dataset: Dataset, reference: Reference | None, refuse_drift: bool) -> tuple[str, list[Finding]]:
    if reference is None:
        return "none: there is no champion with a profile of its data", []
    if reference.profile["synthetic"] != dataset.synthetic:
        return f"none: of these data and version {reference.version}'s, one are invented", []
    warn_from, refuse_from = DRIFT
    bounds = (warn_from, refuse_from if refuse_drift else float("inf"))
    findings = [
        _finding("drift", name, index, bounds,
                 f"the mix of {name} is off the champion's, version {reference.version}, by a PSI of {index:.2f}")
        for name, index in drift(reference.profile["mix"], take_mix(dataset)).items()
    ]  # fmt: skip
    return f"version {reference.version}", findings


def _freshness(dataset: Dataset, today: date) -> Finding:
    """Never a refusal: old listings price cars as of their day, and say so."""
    days = (today - dataset.market_date).days
    message = f"the newest listing is of {dataset.market_date}, {days:,} days ago"
    level: Level = "warning" if days > FRESH_DAYS else "fine"
    return Finding("freshness", "newest listing", level, days, FRESH_DAYS + 1, None, message)


def _share(rule: str, of: str, share: float, bounds: tuple[float, float], says: str) -> Finding:
    return _finding(rule, of, share, bounds, f"{of}: {share:.1%} {says}")


def _finding(rule: str, of: str, value: float, bounds: tuple[float, float], says: str) -> Finding:
    warn_from, refuse_from = bounds
    level: Level = "refusal" if value >= refuse_from else "warning" if value >= warn_from else "fine"
    bound = f" ({refuse_from:g} or more is refused)" if level == "refusal" else ""
    finite = refuse_from if refuse_from != float("inf") else None
    return Finding(rule, of, level, round(value, 4), warn_from, finite, says + bound)
