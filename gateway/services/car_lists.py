"""The list of cars, page by page, at a cost that does not grow with the number of cars.

A page is read off an index from where the last one ended (keyset pagination); nothing is skipped, sorted or counted.
There is an index for each order, over all cars and within a state, so that each is a walk along one index for as many
rows as the page has. How many cars there are in all is not told: to count them is to read them all.

A search goes one of two ways. Up to MOST_FOUND cars that have all its words are found by the index of words, and then
picked and sorted here: so rare words cost by what they find. With more of them, a walk along the order's index meets
one soon, and each row that it passes is asked whether it has the words. Were rare words searched by the walk, it would
pass nearly all cars; were common words looked up, nearly all cars would have to be sorted. What is left, and grows with
the number of cars: a word of more than MOST_FOUND cars which all come late in the order, for the walk passes all before
them; and common words that have few cars in common, for all entries of one of them are read. Both took up to 50 ms of
100,000 cars.

A make or a model is searched by its words, and the rows that are met are held against it: an index of makes would have
to be there for each order, with and without a state, and each would cost every change of a car.

Databases are not left to choose between the two: their guesses at how many rows a prefix has are far off. The question
whether a car has a word is put as a sub-query with a LIMIT, which neither of them turns into a join.
"""

from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from gateway.db.car import CarRow, CarWordRow
from gateway.errors import InvalidFields
from gateway.extensions import db
from gateway.services.car_queries import CarQuery
from gateway.services.cars import STAFF
from gateway.services.identity import Caller
from model.schema.fields import Violation

MOST_FOUND = 1_000
LAST_LETTER = "\U0010ffff"


def page(who: Caller, query: CarQuery) -> tuple[list[CarRow], str | None]:
    """A page of the cars that the caller may reach, and the cursor of the next one, None where this is the last.

    Raises InvalidFields for an order that is not the caller's to ask for.
    """
    if who.role not in STAFF:  # his own are few: they are found by his account, and sorted
        if query.column is CarRow.price_eur:  # what the house asks for them would show by their order
            raise InvalidFields([Violation("sort", "not_allowed", "by price is for the dealership")])
        rows = _walk(query, CarRow.account == who.account)
    else:
        found = _found(query.words) if query.words else None
        rows = _walk(query) if found is None else _pick(query, found)
    if len(rows) <= query.limit:
        return rows, None
    rows = rows[: query.limit]
    return rows, query.cursor((getattr(rows[-1], query.column.key), rows[-1].sequence))


def _walk(query: CarQuery, *conditions: Any) -> list[CarRow]:
    """The rows of a page, and one more if there is one, off the index of the query's order."""
    there = select(CarRow).where(CarRow.deleted_at.is_(None), *conditions, *query.conditions)
    there = there.where(*(_has(CarRow.sequence, word) for word in query.words))
    columns = (query.column, CarRow.sequence)
    there = there.order_by(*[column.desc() for column in columns] if query.descending else columns)
    rows: list[CarRow] = []
    for part in _parts_left(query):
        rows += db.session.scalars(there.where(*part).limit(query.limit + 1 - len(rows)))
        if len(rows) > query.limit:
            break
    return rows


def _parts_left(query: CarQuery) -> list[tuple[Any, ...]]:
    """What is left after the last page: the cars that tie with its last one, then those beyond.

    One comparison of both columns would say it too, but SQLite finds its place by the first one alone, and passes all
    that tie.
    """
    if query.after is None:
        return [()]
    column, (value, sequence) = query.column, query.after
    if query.descending:
        return [(column == value, CarRow.sequence < sequence), (column < value,)]
    return [(column == value, CarRow.sequence > sequence), (column > value,)]


def _pick(query: CarQuery, found: set[int]) -> list[CarRow]:
    """The same, of these cars."""
    if not found:
        return []
    asked = select(query.column, CarRow.sequence).where(
        CarRow.sequence.in_(found), CarRow.deleted_at.is_(None), *query.conditions
    )
    places = sorted(((value, sequence) for value, sequence in db.session.execute(asked)), reverse=query.descending)
    if query.after is not None:
        places = [place for place in places if (place < query.after if query.descending else place > query.after)]
    sequences = [sequence for _, sequence in places[: query.limit + 1]]
    if not sequences:
        return []
    rows = {row.sequence: row for row in db.session.scalars(select(CarRow).where(CarRow.sequence.in_(sequences)))}
    return [rows[sequence] for sequence in sequences]


def _found(words: tuple[str, ...]) -> set[int] | None:
    """The cars that have all these words, None where they are too many to be picked from."""
    by_length = sorted(words, key=len, reverse=True)  # a long one likely has the fewest cars
    for word in by_length:
        cars = _first(_entries(word))
        if len(cars) <= MOST_FOUND:
            return _those_with(set(cars), [other for other in words if other != word])
    if len(words) == 1:
        return None
    # Common words may have few cars in common, or none.
    longest, *others = by_length
    cars = _first(_entries(longest).where(*(_has(CarWordRow.car, word) for word in others)))
    return None if len(cars) > MOST_FOUND else set(cars)


def _those_with(cars: set[int], words: list[str]) -> set[int]:
    for word in words:
        if not cars:
            break
        cars = set(db.session.scalars(select(CarWordRow.car).where(CarWordRow.car.in_(cars), _begins(word))))
    return cars


def _entries(word: str) -> Any:
    # In the order of the key, so that no database thinks of reading the whole table for the first of them.
    return select(CarWordRow.car).where(_begins(word)).order_by(CarWordRow.word, CarWordRow.car)


def _first(entries: Any) -> list[int]:
    return list(db.session.scalars(entries.limit(MOST_FOUND + 1)))


def _begins(word: str, entry: Any = CarWordRow) -> Any:
    return and_(entry.word >= word, entry.word <= word + LAST_LETTER)


def _has(car: Any, word: str) -> Any:
    """Whether a car has a word that begins like this one."""
    own = aliased(CarWordRow)
    return select(own.car).where(own.car == car, _begins(word, own)).limit(1).scalar_subquery().is_not(None)
