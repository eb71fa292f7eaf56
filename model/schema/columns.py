"""Which columns of a file of listings mean what: ours by our names, AutoScout24's, or a mapping, in any case."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from model.schema.listing import AUTOSCOUT24_COLUMNS, COLUMNS, POWER_COLUMNS, REQUIRED_COLUMNS

DELIMITERS = ",;\t|"

# Words of a column's name that speak of another unit than the one that is read.
OTHER_UNITS = {
    "price_eur": (frozenset(
        "usd dollar dollars cad aud gbp pound pounds chf pln zl czk huf ron sek nok dkk rub inr cny jpy $ £".split()
    ), "euros"),
    "mileage_km": (frozenset("miles mile mi mls meilen".split()), "kilometres"),
}
WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[$£]")  # of "priceUSD" as well as "price_usd"


def find_delimiter(header_line: str) -> str:
    return max(DELIMITERS, key=header_line.count)


def find_columns(header: Iterable[str], mapping: Mapping[str, str] | None = None) -> dict[str, str]:
    """{our column: the file's, without outer spaces}, by the mapping where there is one.

    Raises ValueError, with what to do, for a header that has a name twice, speaks of other units, or lacks what the
    mapping names or no listing can do without.
    """
    names = [name.strip() for name in header]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise ValueError(f"the header names {', '.join(twice)} more than once")
    columns = match_columns(names, mapping)
    lost = next((ours for ours in COLUMNS if mapping and ours in mapping and ours not in columns), None)
    if mapping and lost:
        raise ValueError(f"no column {mapping[lost]!r}, which the mapping names for {lost!r}")
    missing = [name for name in REQUIRED_COLUMNS if name not in columns]
    if not any(name in columns for name in POWER_COLUMNS):
        missing.append(" or ".join(POWER_COLUMNS))
    if missing:
        raise ValueError(
            f"no column for {', '.join(missing)}. The header reads: {', '.join(names)}. Name the columns in a mapping "
            'file, such as {"mileage_km": "Kilometer"} (--mapping file.json; with make run: MAPPING=file.json)'
        )
    return columns


def match_columns(names: Sequence[str], mapping: Mapping[str, str] | None = None) -> dict[str, str]:
    """{our column: theirs} of those that are there, whichever these are. Raises ValueError for other units."""
    in_any_case = {name.casefold(): name for name in reversed(names)} | {name: name for name in names}
    columns: dict[str, str] = {}
    for ours in COLUMNS:
        if mapping and ours in mapping:
            theirs = mapping[ours] if mapping[ours] in names else None
        else:
            candidates = (ours, AUTOSCOUT24_COLUMNS.get(ours, ours).casefold())
            theirs = next((in_any_case[name] for name in candidates if name in in_any_case), None)
        if theirs is not None:
            columns[ours] = theirs
    for ours, (others, unit) in OTHER_UNITS.items():
        theirs = columns.get(ours, "")
        if others & {word.casefold() for word in WORDS.findall(theirs)}:
            raise ValueError(f"{theirs!r} is not in {unit}, it seems. Convert the column to {unit}")
    return columns


def unread_columns(header: Iterable[str], columns: Mapping[str, str]) -> tuple[str, ...]:
    """The names of a header that mean nothing to us."""
    read = set(columns.values())
    return tuple(name.strip() for name in header if name.strip() and name.strip() not in read)


def parse_mapping(content: str) -> dict[str, str]:
    """A mapping from its JSON, {"our column": "the file's column"}. Raises ValueError, which says what it must be."""
    try:
        mapping = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"cannot be read: {error}") from error
    if not isinstance(mapping, dict) or not all(isinstance(value, str) for value in mapping.values()):
        raise ValueError('must be one object of texts, such as {"mileage_km": "Kilometer"}')
    unknown = sorted(set(mapping) - set(COLUMNS))
    if unknown:
        raise ValueError(f"names no column of ours with {unknown}; ours are {', '.join(COLUMNS)}")
    return mapping
