"""The thread that adds what was noted of inputs to the database, and sets the metrics of what follows from it."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

from gateway.db.transactions import writing
from gateway.errors import NotFound
from gateway.extensions import db
from gateway.inference.prices import Prices
from gateway.services.cards import Card, Cards
from gateway.services.monitoring.inputs import Inputs
from gateway.services.monitoring.live import inputs_of, market_age_days, sales_of
from gateway.telemetry import Metrics

logger = logging.getLogger(__name__)

TELLS_EVERY_S = 30.0
MEASURES_EVERY_S = 60.0


class Observer:
    def __init__(
        self, prices: Prices, cards: Cards, inputs: Inputs, metrics: Metrics,
        context: Callable[[], AbstractContextManager[object]],
    ) -> None:  # fmt: skip
        self._prices = prices
        self._cards = cards
        self._inputs = inputs
        self._metrics = metrics
        self._context = context
        self._stopped = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name="observer", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def tell(self) -> None:
        """Raises SQLAlchemyError, and then nothing of it is lost."""
        if not self._inputs:
            return
        with writing() as session:
            self._inputs.tell(session, self._cards.get, date.today())
        self._inputs.forget()

    def measure(self) -> None:
        """Set the metrics of the versions that price now. Raises SQLAlchemyError."""
        split = self._prices.split
        found = [self._card(version) for version in {self._prices.state.version, split.challenger}]
        session, today, metrics = db.session(), date.today(), self._metrics
        for gauge in (
            metrics.input_psi, metrics.live_error, metrics.live_sales, metrics.card_error, metrics.market_age,
        ):  # fmt: skip
            gauge.clear()
        for card in found:
            if card is None:
                continue
            version = card.version
            for each in inputs_of(session, card, today):
                if each["psi"] is not None:
                    metrics.input_psi.labels(version, each["feature"]).set(each["psi"])
            sales = sales_of(session, card)
            metrics.live_sales.labels(version).set(sales.sales)
            if sales.median_error is not None:
                metrics.live_error.labels(version).set(round(100 * sales.median_error, 2))
            metrics.card_error.labels(version).set(card.document["figures"]["mdape_percent"])
            metrics.market_age.labels(version).set(market_age_days(card, today))

    def _card(self, version: str | None) -> Card | None:
        if version is None:
            return None
        try:
            return self._cards.get(version)
        except NotFound:
            return None

    def _run(self) -> None:
        measured_s = -MEASURES_EVERY_S
        while not self._stopped.wait(TELLS_EVERY_S if measured_s > 0 else 1.0):
            try:
                with self._context():
                    self.tell()
                    if time.monotonic() - measured_s >= MEASURES_EVERY_S:
                        measured_s = time.monotonic()
                        self.measure()
            except Exception as error:  # whatever it was, it is told the next time
                logger.warning("what is asked could not be told: %s", type(error).__name__)
