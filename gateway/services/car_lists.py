"""The list of cars, page by page, at a cost that does not grow with the number of cars.

A page is read off an index from where the last one ended (keyset pagination); nothing is skipped, sorted or counted.
There is an index for each order, over all cars and within a state, so that each is a walk along one index for as many
rows as the page has. How many cars there are in all is not told: to count them is to read them all.

A search goes one of two ways. Up to MOST_FOUND cars that have all its words are found by the index of words, and then
picked and sorted here: so rare words cost by what they find. With more of them, a walk along the order's index meets
one soon, and each row that it passes is asked whether it has the words. Were rare words searched by the walk, it would
pass nearly all cars; were common words looked up, nearly all cars would have to be sorted. What is left is a word with
just more than MOST_FOUND cars which all come late in the order: the walk passes all before them.

Databases are not left to choose between the two: their guesses at how many rows a prefix has are far off. The question
whether a car has a word is put as a sub-query with a LIMIT, which neither of them turns into a join.
"""

from typing import Any

from sqlalchemy import and_, literal, select, tuple_
from sqlalchemy.orm import aliased

from gateway.db.car import CarRow, CarWordRow
from gateway.extensions import db
from gateway.services.car_queries import CarQuery
from gateway.services.cars import STAFF
from gateway.services.identity import Caller

MOST_FOUND = 1_000
LAST_LETTER = "\U0010ffff"


def page(who: Caller, query: CarQuery) -> tuple[list[CarRow], str | None]:
    """A page of the cars that the caller may reach, and the cursor of the next one, None where this is the last."""
    if who.role not in STAFF:  # his own are few: they are found by his account, and sorted
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
    rows = select(CarRow).where(CarRow.deleted_at.is_(None), *conditions)
    if query.state is not None:
        rows = rows.where(CarRow.state == query.state)
    if query.after is not None:
        value, sequence = query.after
        place = tuple_(query.column, CarRow.sequence)
        last = tuple_(literal(value, query.column.type), literal(sequence))
        rows = rows.where(place < last if query.descending else place > last)
    rows = rows.where(*(_has(CarRow.sequence, word) for word in query.words))
    columns = (query.column, CarRow.sequence)
    order = [column.desc() for column in columns] if query.descending else columns
    return list(db.session.scalars(rows.order_by(*order).limit(query.limit + 1)))


def _pick(query: CarQuery, found: set[int]) -> list[CarRow]:
    """The same, of these cars."""
    asked = select(query.column, CarRow.sequence, CarRow.state).where(
        CarRow.sequence.in_(found), CarRow.deleted_at.is_(None)
    )
    places = sorted(
        ((value, sequence) for value, sequence, state in db.session.execute(asked) if query.state in (None, state)),
        reverse=query.descending,
    )
    if query.after is not None:
        places = [place for place in places if (place < query.after if query.descending else place > query.after)]
    sequences = [sequence for _, sequence in places[: query.limit + 1]]
    rows = {row.sequence: row for row in db.session.scalars(select(CarRow).where(CarRow.sequence.in_(sequences)))}
    return [rows[sequence] for sequence in sequences]


def _found(words: tuple[str, ...]) -> set[int] | None:
    """The cars that have all these words, None where they are too many to be picked from."""
    rare: set[int] | None = None
    common = []
    for word in words:
        cars = _first(_entries(word))
        if len(cars) > MOST_FOUND:
            common.append(word)
        else:
            rare = set(cars) if rare is None else rare & set(cars)
    if rare is not None:
        for word in common:
            rare = set(db.session.scalars(select(CarWordRow.car).where(CarWordRow.car.in_(rare), _begins(word))))
        return rare
    # Common words may have few cars in common, or none. The longest is likely the one with the fewest.
    longest = max(common, key=len)
    entries = _entries(longest).where(*(_has(CarWordRow.car, word) for word in common if word != longest))
    both = _first(entries) if len(common) > 1 else None
    return None if both is None or len(both) > MOST_FOUND else set(both)


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
