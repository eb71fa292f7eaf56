"""Checked rows: parts that were read apart are, put together, what they are when they are read as one."""

from datetime import date

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from model.checked_rows import EXAMPLES_KEPT, ROW_COLUMNS, check_rows, put_together
from tests.model.stores import DAY, record

FAULTS: list[dict[str, str]] = [{}, {"price_eur": "1"}, {"fuel": "steam"}, {"colour": "red"}, {"account": "acct-1"}]


@given(st.lists(st.sampled_from(FAULTS), max_size=30), st.integers(0, 30))
def test_parts_are_the_whole(faults: list[dict[str, str]], cut: int) -> None:
    """Law: wherever rows are cut into parts, table and report are the same, examples too."""
    # given rows of all kinds, when they are checked as one and in two parts, then the same comes of it
    rows = [(number, {**record(number), **fault}) for number, fault in enumerate(faults, start=1)]
    whole = put_together([check_rows(rows, "site", DAY)])
    parts = put_together(check_rows(some, "site", DAY) for some in (rows[:cut], rows[cut:]))
    pd.testing.assert_frame_equal(parts.table, whole.table, check_exact=True)
    assert parts.report == whole.report
    assert list(whole.table.columns) == list(ROW_COLUMNS)


def test_days_are_of_what_can_be_used() -> None:
    # given rows of three days, the newest of which has no price, when they are checked, then the report has the others
    days = [date(2026, 5, 1), date(2026, 5, 3), date(2026, 5, 9)]
    rows = [(number, record(number, day)) for number, day in enumerate(days)]
    rows[2] = (2, {**rows[2][1], "price_eur": ""})
    source = check_rows(rows, "site", None).report.sources["site"]
    assert (source.rows_read, source.oldest, source.newest) == (3, "2026-05-01", "2026-05-03")
    assert dict(source.unusable) == {"price_eur: missing": 1}


def test_examples_stay_few() -> None:
    rows = [(number, record(number, price_eur="1")) for number in range(4)]
    parts = [check_rows(rows, "site", DAY) for _ in range(3)]
    report = put_together(parts).report
    assert report.dropped == {"price_eur: out_of_range": 12}
    assert len(report.examples["price_eur: out_of_range"]) == EXAMPLES_KEPT
    assert len(parts[0].report.examples["price_eur: out_of_range"]) == 4


def test_nothing_is_an_empty_table() -> None:
    nothing = put_together([])
    assert (len(nothing.table), list(nothing.table.columns)) == (0, list(ROW_COLUMNS))
