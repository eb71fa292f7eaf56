"""The gate: sound data pass and say so, broken ones are refused with the rule and by how much."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from model.checked_rows import Report, SourceReport
from model.dataset import Dataset
from model.errors import DataError
from model.mix import profile
from model.quality import Quality, Reference, examine, refuse

TODAY = date(2026, 7, 2)


def gate(dataset: Dataset, reference: Reference | None = None, *, refuse_drift: bool = True) -> Quality:
    return examine(dataset, reference, refuse_drift=refuse_drift, today=TODAY)


def levels(quality: Quality, rule: str) -> dict[str, str]:
    return {finding.of: finding.level for finding in quality.findings if finding.rule == rule}


def with_table(dataset: Dataset, **columns: Any) -> Dataset:
    return replace(dataset, table=dataset.table.assign(**columns))


def with_source(dataset: Dataset, rows: int, **unusable: int) -> Dataset:
    """The same data, of which a source says that so many rows could not be used."""
    source = SourceReport(rows_read=rows)
    source.unusable.update({f"{name}: {'unknown' if name == 'fuel' else 'missing'}": n for name, n in unusable.items()})
    return replace(dataset, report=Report(sources={"site": source}))


def test_a_sound_market_passes(dataset: Dataset) -> None:
    # given the demo market of yesterday, when it goes through the gate, then all is fine, and nothing is refused
    quality = gate(dataset)
    assert {finding.level for finding in quality.findings} == {"fine"}
    assert {finding.rule for finding in quality.findings} == {
        "schema", "unusable rows", "unknown words", "freshness",
    }  # fmt: skip
    refuse(dataset, quality)
    # and without a champion no drift is told
    assert quality.document()["accepted"] is True
    assert list(quality.lines()) == [
        "quality: 4 checks, 0 to tell of; mix held against: none: there is no champion with a profile of its data"
    ]


@pytest.mark.parametrize(
    ("column", "spoil"),
    [
        ("make", lambda column: column.where(column.index != 7, None)),
        ("fuel", lambda column: column.where(column.index != 7, "steam")),
        ("offer_type", lambda column: column.where(column.index != 7, "stolen")),
        ("age_years", lambda column: column.where(column.index != 7, -1.0)),
        ("mileage_km", lambda column: column.where(column.index != 7, 1e9)),
        ("mileage_km", lambda column: column.astype(str)),
        ("power_hp", lambda column: column.where(column.index != 7, np.nan)),
        ("price_eur", lambda column: column.where(column.index != 7, 1.0)),
        ("days_ago", lambda column: column.where(column.index != 7, -1.0)),
        ("price_kind", lambda column: column.where(column.index != 7, "wish")),
        ("weight", lambda column: column.where(column.index != 7, 0.0)),
    ],
)
def test_a_broken_table_is_refused(
    dataset: Dataset, column: str, spoil: Callable[[pd.Series], pd.Series]
) -> None:
    """Law: no drift that somebody accepts lets it through."""
    # given a table with one value that cannot be, when it goes through the gate, then the column is told
    broken = with_table(dataset, **{column: spoil(dataset.table[column])})
    with pytest.raises(DataError, match=f"schema at {column}") as refused:
        refuse(broken, gate(broken), accepted_drift="it is fine")
    assert refused.value.exit_code == 2


def test_a_column_too_many_or_too_few_is_refused(dataset: Dataset) -> None:
    for table in (dataset.table.assign(colour="red"), dataset.table.drop(columns="weight")):
        broken = replace(dataset, table=table)
        with pytest.raises(DataError, match="schema"):
            refuse(broken, gate(broken))


def test_what_an_account_reports_may_weigh_nothing(dataset: Dataset) -> None:
    """Its weight is capped, down to none; a collected listing's is not."""
    reported = with_table(dataset, is_report=True, weight=0.0)
    assert levels(gate(reported), "schema") == {"table": "fine"}


@pytest.mark.parametrize(("unusable", "level"), [(19, "fine"), (20, "warning"), (49, "warning"), (50, "refusal")])
def test_a_source_of_which_much_cannot_be_read(dataset: Dataset, unusable: int, level: str) -> None:
    # given a source some of whose rows lack a model, when it goes through the gate, then by their share
    quality = gate(with_source(dataset, 100, model=unusable))
    assert levels(quality, "unusable rows") == {"site": level}
    if level == "refusal":
        with pytest.raises(DataError, match=r"site: 50.0% of its rows cannot be used \(0.5 or more is refused\)"):
            refuse(dataset, quality)


@pytest.mark.parametrize(("unknown", "level"), [(1, "fine"), (2, "warning"), (20, "refusal")])
def test_a_source_with_words_that_nobody_knows(dataset: Dataset, unknown: int, level: str) -> None:
    assert levels(gate(with_source(dataset, 100, fuel=unknown)), "unknown words") == {"site": level}


def test_a_few_rows_say_nothing_of_a_source(dataset: Dataset) -> None:
    # given a source of 99 rows, none of which can be used, when it goes through the gate, then it is not judged
    assert levels(gate(with_source(dataset, 99, model=99)), "unusable rows") == {}


def test_rows_that_are_left_out_for_what_they_say_are_no_fault(dataset: Dataset) -> None:
    """Sales at our own valuation are read well, and say only what we said."""
    source = SourceReport(rows_read=200)
    source.unusable["price_eur: own_estimate"] = 190
    told = gate(replace(dataset, report=Report(sources={"feedback": source})))
    assert levels(told, "unusable rows") == {"feedback": "fine"}


def test_unread_columns_are_told(dataset: Dataset) -> None:
    quality = gate(replace(dataset, report=Report(unread_columns={"site": ("colour", "doors")})))
    assert "  warning: site: 2 columns mean nothing to us: colour, doors" in list(quality.lines())
    refuse(dataset, quality)


def test_an_old_market_is_told_and_not_refused(dataset: Dataset) -> None:
    """A base of years ago prices cars as of its day, and says so."""
    for days, level in ((7, "fine"), (8, "warning"), (2_000, "warning")):
        today = dataset.market_date + timedelta(days=days)
        quality = examine(dataset, None, refuse_drift=True, today=today)
        assert levels(quality, "freshness") == {"newest listing": level}, days
        refuse(dataset, quality)


@pytest.fixture
def champion(dataset: Dataset) -> Reference:
    return Reference("7", profile(dataset))


def test_the_same_mix_is_no_drift(dataset: Dataset, champion: Reference) -> None:
    quality = gate(dataset, champion)
    assert quality.reference == "version 7"
    assert set(levels(quality, "drift").values()) == {"fine"}
    assert set(levels(quality, "drift")) == {
        "age_years", "mileage_km", "power_hp", "price_eur", "fuel", "gearbox", "make",
    }  # fmt: skip


def test_another_mix_is_refused_unless_somebody_says_why(dataset: Dataset, champion: Reference) -> None:
    # given a market whose cars are all dearer and electric by half
    table = dataset.table
    drifted = with_table(
        dataset, price_eur=np.minimum(table["price_eur"] * 3, 1e6),
        fuel=table["fuel"].where(table.index % 2 == 0, "electric"),
    )  # fmt: skip
    quality = gate(drifted, champion)
    # when it goes through the gate, then rule, feature and size are told, and the way out
    with pytest.raises(DataError) as refused:
        refuse(drifted, quality)
    message = str(refused.value)
    assert "the mix of price_eur is off the champion's, version 7, by a PSI of" in message
    assert "(0.25 or more is refused)" in message and "mix of fuel" in message and "mix of make" not in message
    assert message.endswith('--accept-drift "why" lets drift through')
    # and with a reason it passes, and the report keeps it
    refuse(drifted, quality, accepted_drift="the market has turned")
    document = quality.document("the market has turned")
    assert (document["accepted"], document["accepted_drift"]) == (True, "the market has turned")
    assert quality.document()["accepted"] is False


def test_drift_of_a_file_is_told_alone(dataset: Dataset, champion: Reference) -> None:
    """Who names another file has chosen it."""
    drifted = with_table(dataset, fuel="electric")
    quality = gate(drifted, champion, refuse_drift=False)
    assert levels(quality, "drift")["fuel"] == "warning"
    refuse(drifted, quality)


def test_invented_listings_are_no_reference_for_real_ones(dataset: Dataset, champion: Reference) -> None:
    """The demo market's version gives way to the first real data."""
    quality = gate(replace(with_table(dataset, fuel="electric"), synthetic=False), champion)
    assert levels(quality, "drift") == {}
    assert "invented" in quality.reference
