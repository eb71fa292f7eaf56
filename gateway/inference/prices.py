"""Where prices come from: one or several model servers, each with a lane of its own, and who of them is asked."""

import threading
from collections.abc import Sequence

from gateway.errors import ModelUnavailable
from gateway.inference.codec import Cars, Priced
from gateway.inference.lane import Lane
from gateway.inference.monitor import State
from gateway.inference.retry_budget import RetryBudget
from gateway.inference.split import Split

# A server that has just been started may take this long to answer, and the others of several are not kept from
# serving by it any longer.
FIRST_LOOK_WITHIN_S = 3.0
# Of another server with the same version, in a moment in which one goes: as many as may be under way at once.
MOST_ASKED_AGAIN = 100.0


class Prices:
    """Prices by the champion, unless a version is asked for by its name. Safe to share between threads.

    Which lane serves which version its answers tell; `split` is what is wanted of whom.
    """

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self.lanes = tuple(lanes)
        self.split = Split()
        self._asked_again = RetryBudget(MOST_ASKED_AGAIN)

    def start(self) -> None:
        """Watch the model servers. Of several it is first waited for what each answers, as far as they do: who is to
        be asked is not guessed.
        """
        for lane in self.lanes:
            lane.monitor.start()
        if len(self.lanes) > 1:
            self.look()

    def stop(self) -> None:
        for lane in self.lanes:
            lane.monitor.stop()

    def look(self) -> None:
        """Ask each model server now, all at once, and wait for them, but not for long."""
        looks = [threading.Thread(target=lane.monitor.look, daemon=True) for lane in self.lanes]
        for each in looks:
            each.start()
        for each in looks:
            each.join(FIRST_LOOK_WITHIN_S)

    @property
    def state(self) -> State:
        """Of the lane that prices what nobody else does."""
        return self.champion().state

    def deadline(self) -> float:
        """When a request that begins now must have its answer: for price(), which it may call more than once."""
        return self.lanes[0].deadline()

    def price(self, vehicles: Cars, deadline: float) -> Priced:
        """The prices of these vehicles by the champion. Raises ModelUnavailable, Overloaded."""
        lane = self.champion()
        if len(self.lanes) > 1:  # else there is no other to ask
            self._asked_again.note()
        try:
            return lane.price(vehicles, deadline)
        except ModelUnavailable as error:
            other = self._other(lane) if error.cause == "down" else None
            # Nothing was asked of a server that is not there. One whose reply did not come may be at work already, or
            # may have gone in that moment: it is asked on as long as that is no flood.
            if other is None or not (error.not_reached or self._asked_again.take()):
                raise
        return other.price(vehicles, deadline)

    def champion(self) -> Lane:
        """The lane of the champion; without one that serves it, the first that has answered, unless it is withheld."""
        lanes = self.lanes
        if len(lanes) == 1:
            return lanes[0]
        wanted = self.split.champion
        if wanted is None:
            return next((lane for lane in lanes if lane.state.version is not None), lanes[0])
        return self.serving(wanted) or self._stand_in()

    def serving(self, version: str) -> Lane | None:
        """The lane that serves a version, if any does; of several the first that is available."""
        found = None
        for lane in self.lanes:
            state = lane.state
            if state.version == version:
                if state.available:
                    return lane
                found = found or lane
        return found

    def _stand_in(self) -> Lane:
        """Nobody serves the champion: a version that was put in its place without a rollout prices, as on one lane."""
        allowed = [lane for lane in self.lanes if lane.state.version != self.split.withheld] or self.lanes
        return next((lane for lane in allowed if lane.state.available), allowed[0])

    def _other(self, failed: Lane) -> Lane | None:
        version = failed.state.version
        return next((lane for lane in self.lanes if lane is not failed and lane.state.version == version), None)
