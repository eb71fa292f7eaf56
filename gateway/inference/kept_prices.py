"""Prices of vehicles that were asked for of late, by version: a version's price of a vehicle never changes."""

import threading
from collections import OrderedDict

from gateway.inference.codec import Priced
from model.schema.vehicle import Vehicle


class KeptPrices:
    """So many prices, those used last. Safe to share between threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._prices: OrderedDict[tuple[str, Vehicle], Priced] = OrderedDict()

    def find(self, version: str | None, vehicle: Vehicle) -> Priced | None:
        if not self._most or version is None:
            return None
        with self._lock:
            priced = self._prices.get((version, vehicle))
            if priced is not None:
                self._prices.move_to_end((version, vehicle))
            return priced

    def keep(self, priced: Priced, vehicle: Vehicle) -> None:
        """Keep the price of one vehicle, and let go of the one that was not asked for longest."""
        if not self._most:
            return
        with self._lock:
            self._prices[priced.version, vehicle] = priced
            if len(self._prices) > self._most:
                self._prices.popitem(last=False)
