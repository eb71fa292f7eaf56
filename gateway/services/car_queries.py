"""What somebody asks of the list of cars: words, make and model, a state, an order, and where the last page ended."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.db.car import CarRow
from gateway.errors import InvalidFields
from gateway.services.car_states import STATES
from gateway.services.car_words import words_of
from gateway.services.cursors import read_cursor, write_cursor
from model.schema.age import YEAR_OR_MONTH
from model.schema.fields import Fields

QUERY = ("q", "make", "model", "state", "sort", "limit", "cursor")
COLUMNS = {
    "created": CarRow.created_at,
    "price": CarRow.price_eur,
    "mileage": CarRow.mileage_km,
    "registration": CarRow.first_registration,
}
SORTS = tuple(sign + name for name in COLUMNS for sign in ("", "-"))
NEWEST_FIRST = "-created"
PAGE, LARGEST_PAGE = 25, 100
LIMIT = re.compile(r"[1-9][0-9]?|100")
LONGEST_SEARCH = 100  # letters
MOST_WORDS = 8  # of a search; what comes after them does not count

Value = float | str | datetime  # of the column that the list is sorted by
Place = tuple[Value, int]  # of a car in an order: no two have the same


@dataclass(frozen=True)
class CarQuery:
    words: tuple[str, ...] = ()  # a car must have a word that begins like it, for each of them
    make: str | None = None  # as the car has it, letter by letter; its words are among the words
    model: str | None = None
    state: str | None = None
    sort: str = NEWEST_FIRST
    limit: int = PAGE
    after: Place | None = None  # the last car of the page before

    @property
    def column(self) -> Any:
        return COLUMNS[self.sort.removeprefix("-")]

    @property
    def conditions(self) -> list[Any]:
        """What a car must be beyond having the words."""
        asked = {CarRow.make: self.make, CarRow.model: self.model, CarRow.state: self.state}
        return [column == value for column, value in asked.items() if value is not None]

    @property
    def descending(self) -> bool:
        return self.sort.startswith("-")

    def cursor(self, place: Place) -> str:
        """Where the page after this place goes on, for this query alone."""
        value = place[0].isoformat() if isinstance(place[0], datetime) else place[0]
        return write_cursor(self._asked(), value, place[1])

    def read_cursor(self, cursor: str) -> Place:
        """The place in a cursor. Raises ValueError where it is none, or another query's."""
        value, sequence = read_cursor(self._asked(), cursor)
        return self._value(value), sequence

    def _value(self, value: object) -> Value:
        kind = self.sort.removeprefix("-")
        if kind == "created" and isinstance(value, str):
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:
                return moment
        elif kind == "registration" and isinstance(value, str) and YEAR_OR_MONTH.fullmatch(value):
            return value
        elif kind in ("price", "mileage") and isinstance(value, float) and math.isfinite(value):
            return value
        raise ValueError("not a value of this order")

    def _asked(self) -> str:
        return json.dumps([self.words, self.make, self.model, self.state, self.sort])


def read_car_query(raw: Mapping[str, str]) -> CarQuery:
    """A query from the parameters of GET /cars. Raises InvalidFields naming every one at fault."""
    fields = Fields(raw)
    fields.allow_only(QUERY)
    search, state, sort = raw.get("q", ""), raw.get("state"), raw.get("sort", NEWEST_FIRST)
    limit, cursor = raw.get("limit", str(PAGE)), raw.get("cursor")
    make, model = (fields.text(name) if fields.given(name) else None for name in ("make", "model"))
    if model is not None and not fields.given("make"):
        fields.add("make", "missing", "is missing: a model is one of a make")
    if len(search) > LONGEST_SEARCH:
        fields.add("q", "too_long", f"is longer than {LONGEST_SEARCH} letters", {"most": LONGEST_SEARCH})
    if state is not None and state not in STATES:
        fields.add("state", "unknown", f"must be one of {', '.join(STATES)}", known=list(STATES))
    if sort not in SORTS:
        fields.add("sort", "unknown", f"must be one of {', '.join(SORTS)}", known=list(SORTS))
    if LIMIT.fullmatch(limit) is None:
        message = f"must be a whole number from 1 to {LARGEST_PAGE}"
        fields.add("limit", "out_of_range", message, {"low": 1, "high": LARGEST_PAGE})
    if fields.violations:
        raise InvalidFields(fields.violations)
    # The index of words finds a make and a model too, so that they need none in each order.
    words = tuple(_narrowing(words_of(search)[:MOST_WORDS] + words_of(f"{make or ''} {model or ''}")))
    query = CarQuery(words, make, model, state, sort, int(limit))
    if cursor is None:
        return query
    try:
        return replace(query, after=query.read_cursor(cursor))
    except ValueError:
        fields.add("cursor", "unknown", "is not the `next` of a page of this search, state and order")
        raise InvalidFields(fields.violations) from None


def _narrowing(words: list[str]) -> list[str]:
    """The words without those that another one begins with: whatever has that one has them too."""
    once = dict.fromkeys(words)
    return [word for word in once if not any(other != word and other.startswith(word) for other in once)]
