"""A batch: a file of cars, priced call by call, and answered row by row as it goes."""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Protocol

from gateway.errors import Busy, ModelUnavailable
from gateway.inference.codec import Columns
from gateway.inference.prices import Prices
from gateway.services.batch_cars import BatchCars, CarReader
from gateway.services.batch_results import Results, Summary, failed, results
from gateway.services.batch_rows import Rows
from gateway.services.cards import Card, Cards
from gateway.services.pricing import price_by_card
from gateway.telemetry import Metrics

logger = logging.getLogger(__name__)

# After each step of some milliseconds: whoever else waits for the interpreter has it now, and not at its next switch.
PAUSE_S = 0.0001
STALLED_S = 60  # since a reader took the last piece


class Format(Protocol):
    """How a batch's file is read, and its answer written."""

    def rows(self) -> Iterator[Rows]: ...
    def write_header(self) -> bytes: ...
    def write(self, rows: Rows, results: Results) -> bytes: ...
    def write_summary(self, summary: Summary) -> bytes: ...


class Batches:
    """Prices so many batches at once."""

    def __init__(
        self, prices: Prices, cards: Cards, metrics: Metrics, most: int, buying_margin_percent: float | None
    ) -> None:
        self._prices = prices
        self._cards = cards
        self._metrics = metrics
        self._margin_percent = buying_margin_percent
        self._places = Places(most)
        self._reader: CarReader | None = None  # what it has learnt serves the next batch too

    def take_place(self) -> "Place":
        """Raises Busy where as many batches are under way as may be."""
        return self._places.take()

    def price(self, format_: Format, today: date) -> Iterator[bytes]:
        """The answer, piece by piece. A row that cannot be priced has its error in it, whatever the reason.

        Raises ModelUnavailable at once where no model was published.
        """
        self._cards.served()
        return self._pieces(format_, today)

    def _pieces(self, format_: Format, today: date) -> Iterator[bytes]:
        yield format_.write_header()
        summary = Summary()
        walk = _Walk(self._prices, self._cards, lambda card: self._reader_by(card, today), self._margin_percent)
        for rows in format_.rows():
            if not len(rows):
                continue
            answered = walk.answer(rows)
            if walk.problem is not None:
                self._metrics.count(walk.problem)
            summary.add(answered, walk.card)
            self._metrics.valuations.labels(answered.version).inc(len(answered.rows))
            time.sleep(PAUSE_S)
            yield format_.write(rows, answered)
        yield format_.write_summary(summary)
        logger.info("a batch of %d rows: %d priced, %d failed", summary.rows, summary.priced, summary.failed)

    def _reader_by(self, card: Card, today: date) -> CarReader:
        reader = self._reader
        if reader is None or (reader.card.version, reader.today) != (card.version, today):
            reader = self._reader = CarReader(card, today)
        return reader


class Places:
    """As many batches as may be under way. One whose reader has taken nothing for long loses its place to who asks."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._taken: set[Place] = set()

    def take(self) -> "Place":
        """Raises Busy where all are taken."""
        place = Place(self._taken.discard)
        with self._lock:
            if len(self._taken) >= self._most:
                stalled = min(self._taken, key=lambda each: each.moved_s)
                if time.monotonic() - stalled.moved_s < STALLED_S:
                    raise Busy("as many batches are under way as are priced at once")
                stalled.give_back()
            self._taken.add(place)
        return place


class Place:
    """One of the batches under way."""

    def __init__(self, leave: Callable[["Place"], None]) -> None:
        self._leave = leave
        self.is_lost = False
        self.moved_s = time.monotonic()

    def move(self) -> None:
        """Note that the reader takes more. Raises Busy where the place was lost meanwhile."""
        if self.is_lost:
            raise Busy("the answer was not read for long, and others waited")
        self.moved_s = time.monotonic()

    def give_back(self) -> None:
        """Safe to repeat."""
        self.is_lost = True
        self._leave(self)


class _Walk:
    """From one call to the next: `card` is that of the version that priced last, `problem` why the last call failed."""

    def __init__(
        self, prices: Prices, cards: Cards, reader_by: Callable[[Card], CarReader], margin_percent: float | None
    ) -> None:
        self._prices = prices
        self._cards = cards
        self._reader_by = reader_by
        self._margin_percent = margin_percent
        self._read: tuple[BatchCars, Card] | None = None
        self.card: Card | None = None
        self.problem: ModelUnavailable | None = None

    def answer(self, rows: Rows) -> Results:
        """The results of some rows, all by one version."""
        self.problem = self._read = None

        def read(card: Card) -> tuple[BatchCars, Columns]:
            cars = self._reader_by(card).read(rows)
            self._read = (cars, card)
            time.sleep(PAUSE_S)
            return cars, cars.columns

        try:
            cars, priced, self.card = price_by_card(self._prices, self._cards, read, math.inf)
            time.sleep(PAUSE_S)
            return results(cars, priced, self.card, self._margin_percent)
        except ModelUnavailable as problem:
            self.problem = problem
            detail = problem.detail
        except Exception:
            logger.exception("some rows of a batch failed")
            detail = "something that was not foreseen went wrong; the log has it"
        if self._read is None:
            return Results("", [], {**dict.fromkeys(range(len(rows)), detail), **rows.faults})
        cars, card = self._read
        return failed(cars, card.version, detail)
