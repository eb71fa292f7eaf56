"""Which models are of one family: sold under one name but for their engine or body, as far as their names tell."""

import re

import pandas as pd

NUMBER = re.compile(r"\d{3}\b")  # 320 and 318 of BMW, 208 and 207 of Peugeot


def family(model: str) -> str:
    """The first word of the name (Golf of "Golf Variant", C of "C 220"); of a number of three digits the first."""
    first = model.split(" ")[0]
    return first[0] if NUMBER.match(first) else first


def with_families(cells: pd.DataFrame) -> pd.DataFrame:
    """The same rows of words, with the family of each one's model beside them."""
    families = {model: family(model) for model in cells["model"].unique()}
    return cells.assign(family=cells["model"].map(families))
