"""Families of models: told from names alone."""

import pandas as pd
import pytest

from model.families import family, with_families


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("Golf", "Golf"),
        ("Golf Variant", "Golf"),
        ("C 220", "C"),
        ("C 63 AMG", "C"),
        ("GLC 43 AMG", "GLC"),
        ("320", "3"),
        ("208", "2"),
        ("2008", "2008"),
        ("X3 M", "X3"),
        ("i3", "i3"),
        ("500", "5"),
        ("500X", "500X"),
        ("Ka/Ka+", "Ka/Ka+"),
    ],
)
def test_names_tell_the_family(model: str, expected: str) -> None:
    # given a model's name, when its family is told, then it is the first word, or the first of three digits
    assert family(model) == expected


def test_every_row_gets_its_models_family() -> None:
    # given rows of words, when families are told, then they stand beside each row's own model, and all else stays
    cells = pd.DataFrame({"make": ["BMW", "VW", "BMW"], "model": ["320", "Golf Plus", "318"]}, index=[7, 8, 9])
    found = with_families(cells)
    assert found["family"].tolist() == ["3", "Golf", "3"]
    pd.testing.assert_frame_equal(found.drop(columns="family"), cells)
