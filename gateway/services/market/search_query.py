"""What somebody asks of the market's listings: of which make, within which bounds, in which order, from where on."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from gateway.db.listing import ListingRow
from gateway.errors import InvalidFields
from gateway.services.cards import Cards
from gateway.services.cursors import read_cursor, write_cursor
from gateway.services.market.days import MONTHS_A_YEAR
from gateway.services.market.names import named
from gateway.services.queries import one_of, whole_number
from model.schema.collected import SOURCE
from model.schema.features import FEATURE
from model.schema.fields import Fields
from model.schema.listing import PRICE_BOUNDS_EUR
from model.schema.vocabulary import CLOSED_SETS

SORTED_BY = {
    "price": ListingRow.price_eur,
    "mileage": ListingRow.mileage_km,
    "registration": ListingRow.registered_month,
    "seen": ListingRow.first_seen,
}
SORTS = tuple(sign + name for name in SORTED_BY for sign in ("", "-"))
NEWEST_FIRST = "-seen"
PAGE, LARGEST_PAGE = 25, 100
BOUNDS = {
    "price_eur": (0, int(PRICE_BOUNDS_EUR[1])),
    **{name: (0, int((FEATURE[name].bounds or (0, 0))[1])) for name in ("mileage_km", "age_years")},
}
BOUND_NAMES = tuple(f"{end}_{name}" for name in BOUNDS for end in ("min", "max"))
QUERY = ("make", "model", *CLOSED_SETS, *BOUND_NAMES, "source", "on_offer", "sort", "limit", "cursor")
YES_OR_NO = ("true", "false")


@dataclass(frozen=True)
class SearchQuery:
    make: str
    model: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)  # of CLOSED_SETS, those that were chosen
    bounds: Mapping[str, int] = field(default_factory=dict)  # of BOUND_NAMES, those that were given
    source: str | None = None
    on_offer: bool | None = None
    sort: str = NEWEST_FIRST
    limit: int = PAGE
    after: tuple[Any, int] | None = None  # the last listing of the page before: its value in the order, and its number

    @property
    def column(self) -> Any:
        return SORTED_BY[self.sort.removeprefix("-")]

    @property
    def descending(self) -> bool:
        return self.sort.startswith("-")

    def cursor(self, row: Any) -> str:
        """Where the page after this row goes on, for this query alone."""
        value = getattr(row, self.column.key)
        return write_cursor(self._asked(), value.isoformat() if isinstance(value, date) else value, row.sequence)

    def behind(self, cursor: str) -> "SearchQuery":
        """This query from a cursor on. Raises ValueError where it is none, or another query's."""
        value, sequence = read_cursor(self._asked(), cursor)
        return replace(self, after=(self._value(value), sequence))

    def _value(self, value: object) -> Any:
        kind = self.sort.removeprefix("-")
        if kind == "seen" and isinstance(value, str):
            return date.fromisoformat(value)
        if kind == "registration" and type(value) is int and 0 <= value <= MONTHS_A_YEAR * date.max.year:
            return value
        if kind in ("price", "mileage") and isinstance(value, float) and math.isfinite(value):
            return value
        raise ValueError("not a value of this order")

    def _asked(self) -> str:
        return json.dumps(
            [self.make, self.model, dict(self.words), dict(self.bounds), self.source, self.on_offer, self.sort]
        )


def read_search(cards: Cards, raw: Mapping[str, str]) -> SearchQuery:
    """A query from the parameters of GET /listings. Raises InvalidFields naming every one at fault."""
    fields = Fields(raw)
    fields.allow_only(QUERY)
    fields.require("make")
    make, model = named(cards, fields, raw)
    words = {name: fields.word(name, known) for name, known in CLOSED_SETS.items() if raw.get(name)}
    bounds = {
        f"{end}_{name}": whole_number(fields, f"{end}_{name}", low, high, low)
        for name, (low, high) in BOUNDS.items() for end in ("min", "max") if fields.given(f"{end}_{name}")
    }  # fmt: skip
    source = fields.text("source") if fields.given("source") else None
    if source is not None and not SOURCE.fullmatch(source):
        fields.add("source", "format", "must be a source's name, such as autoscout24")
    on_offer = one_of(fields, "on_offer", YES_OR_NO) if fields.given("on_offer") else None
    sort = one_of(fields, "sort", SORTS) if fields.given("sort") else NEWEST_FIRST
    limit = whole_number(fields, "limit", 1, LARGEST_PAGE, PAGE)
    if make is None and not fields.violations:
        fields.add("make", "missing", "is empty")
    if fields.violations:
        raise InvalidFields(fields.violations)
    query = SearchQuery(
        str(make), model, {name: str(word) for name, word in words.items()}, bounds, source,
        None if on_offer is None else on_offer == YES_OR_NO[0], str(sort), limit,
    )  # fmt: skip
    if (cursor := raw.get("cursor")) is None:
        return query
    try:
        return query.behind(cursor)
    except ValueError:
        fields.add("cursor", "unknown", "is not the `next` of a page of this search and order")
        raise InvalidFields(fields.violations) from None
