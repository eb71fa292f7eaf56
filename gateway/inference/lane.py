"""One model server's way to a price: kept prices, then with whoever else waits, past the breaker, to the server."""

from gateway.inference.client import InferenceClient
from gateway.inference.coalescer import Coalescer
from gateway.inference.codec import Cars, Columns, Priced
from gateway.inference.kept_prices import KeptPrices
from gateway.inference.monitor import ModelMonitor, State


class Lane:
    """Prices vehicles by the version that one model server serves. Safe to share between threads."""

    def __init__(self, client: InferenceClient, monitor: ModelMonitor, most_waiting: int, most_kept: int) -> None:
        """most_waiting requests may wait for the model server at once; of most_kept vehicles the prices are kept."""
        self._client = client
        self.monitor = monitor
        self._coalescer = Coalescer(monitor.infer, most_waiting)
        self._kept = KeptPrices(most_kept)

    @property
    def state(self) -> State:
        return self.monitor.state

    def deadline(self) -> float:
        """When a request that begins now must have its answer: for price(), which it may call more than once."""
        return self._client.deadline()

    def price(self, vehicles: Cars, deadline: float) -> Priced:
        """The prices of these vehicles. Raises ModelUnavailable, Overloaded.

        Columns are mostly a batch's: single cars must not wait in a queue behind them. A call has no longer than any
        other, however late the batch's own deadline is.
        """
        deadline = min(deadline, self.deadline())
        if isinstance(vehicles, Columns) and not vehicles.wait:
            return self.monitor.infer(vehicles, deadline)
        if len(vehicles) > 1:
            return self._coalescer.price(vehicles, deadline)
        state = self.monitor.state
        (vehicle,) = vehicles
        if state.available and (kept := self._kept.find(state.version, vehicle)) is not None:
            return kept
        priced = self._coalescer.price([vehicle], deadline)
        self._kept.keep(priced, vehicle)
        return priced
