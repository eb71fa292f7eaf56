"""The coalescer: who waits goes together, everyone gets his own rows, and nobody waits longer than his deadline."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from random import Random

import pytest

from gateway.errors import ModelUnavailable, Overloaded
from gateway.inference.coalescer import LEAST_TO_LEAD_S, MOST_CALLS, MOST_FAILED, MOST_VEHICLES, Coalescer
from gateway.inference.codec import Cars, Columns, Priced
from model.schema.features import FEATURES, OUTPUT_NAMES
from model.schema.vehicle import Vehicle
from model.scorer import Scorer
from tests.gateway import market
from tests.gateway.waiting import until

LONG_S = 10.0
WAITS_S = 5.0  # for two cores that are busy with other tests
SLACK_S = 1.0  # for two cores that stand still for a second now and then
MANY = 1_000
SCORER = Scorer(market.table())

Failure = Callable[[Sequence[Vehicle]], Exception | None]


def car(number: int) -> Vehicle:
    """One of many cars, each with a price of its own."""
    return Vehicle("Volkswagen", "Golf", "petrol", "manual", "used", 5.0, 1_000.0 + number, 130.0)


def cars(first: int, count: int = 1) -> list[Vehicle]:
    return [car(number) for number in range(first, first + count)]


def score(vehicles: Sequence[Vehicle]) -> Priced:
    scored = SCORER.score({f.name: [getattr(vehicle, f.name) for vehicle in vehicles] for f in FEATURES})
    return Priced("1", {name: scored[name].tolist() for name in OUTPUT_NAMES})


def no_failure(_: Sequence[Vehicle]) -> None:
    return None


class Server:
    """Prices by the table, one call after the other or as many as are let through; `calls` are its vehicles."""

    def __init__(self) -> None:
        self.calls: list[list[Vehicle]] = []
        self.failure: Failure = no_failure
        self.faults: Callable[[Vehicle], bool] = lambda _: False
        self._passing = threading.Semaphore(0)
        self._open = threading.Event()
        self._open.set()

    def hold(self) -> None:
        """Answer none but those that are let through."""
        self._open.clear()

    def let_through(self, calls: int) -> None:
        for _ in range(calls):
            self._passing.release()

    def release(self) -> None:
        self._open.set()
        self.let_through(MANY)

    def price(self, asked: Cars, deadline: float) -> Priced:
        vehicles = list(asked)
        self.calls.append(vehicles)
        if not self._open.is_set() and not self._passing.acquire(timeout=max(deadline - time.monotonic(), 0.0)):
            raise ModelUnavailable("timeout", "the model server did not answer in time")
        if (failure := self.failure(vehicles)) is not None:
            raise failure
        priced = score(vehicles)
        faults = {number: "it is no good" for number, vehicle in enumerate(vehicles) if self.faults(vehicle)}
        return Priced(priced.version, priced.columns, faults)


class Askers:
    """Threads that ask, each started when the one before has been heard."""

    def __init__(self, server: Server, most_waiting: int = MANY) -> None:
        self.server = server
        self.coalescer = Coalescer(server.price, most_waiting)
        self._pool = ThreadPoolExecutor(100)
        self._waiting = 0

    def calling(self, vehicles: Cars, within_s: float = LONG_S) -> "Future[Priced]":
        """One whose call is under way."""
        calls = len(self.server.calls)
        asked = self._ask(vehicles, within_s)
        assert until(lambda: len(self.server.calls) == calls + 1)
        return asked

    def waiting(self, vehicles: Cars, within_s: float = LONG_S) -> "Future[Priced]":
        """One who waits for others' calls."""
        asked = self._ask(vehicles, within_s)
        self._waiting += 1
        assert until(lambda: len(self.coalescer._waiting) == self._waiting)
        return asked

    def nobody_waits(self) -> bool:
        return until(lambda: not self.coalescer._waiting and self.coalescer._calls == 0)

    def _ask(self, vehicles: Cars, within_s: float) -> "Future[Priced]":
        return self._pool.submit(self.coalescer.price, vehicles, time.monotonic() + within_s)

    def end(self) -> None:
        self.server.release()
        self._pool.shutdown()


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def askers(server: Server) -> Iterator[Askers]:
    started = Askers(server)
    yield started
    started.end()


def rows(priced: Priced) -> list[dict[str, float]]:
    return [priced.row(number) for number in range(len(priced))]


def prices(vehicles: Sequence[Vehicle]) -> list[dict[str, float]]:
    return [SCORER.score_one(vehicle) for vehicle in vehicles]


def cause_of(asked: "Future[Priced]") -> str:
    error = asked.exception(WAITS_S)
    assert isinstance(error, ModelUnavailable), error
    return error.cause


def full(askers: Askers, server: Server) -> "list[Future[Priced]]":
    """As many calls as there may be, all of them under way."""
    server.hold()
    return [askers.calling(cars(10_000 + number)) for number in range(MOST_CALLS)]


def test_who_is_alone_is_sent_at_once(askers: Askers, server: Server) -> None:
    """Nobody waits for others to come."""
    # given nobody else, when cars are asked for one after the other, then each is a call of its own
    for number in range(5):
        assert rows(askers.coalescer.price(cars(number, 2), time.monotonic() + LONG_S)) == prices(cars(number, 2))
    assert server.calls == [cars(number, 2) for number in range(5)]


def test_while_calls_are_under_way_those_who_come_go_together(askers: Askers, server: Server) -> None:
    """The next call takes all who wait, in the order in which they came, and each gets his own."""
    # given calls under way, and some who came meanwhile
    first = full(askers, server)
    waiting = [askers.waiting(cars(10 * number, number % 3 + 1)) for number in range(10)]
    assert len(server.calls) == MOST_CALLS
    # when one of the calls ends
    server.let_through(1)
    # then they are one call
    assert until(lambda: len(server.calls) == MOST_CALLS + 1)
    assert server.calls[-1] == [vehicle for number in range(10) for vehicle in cars(10 * number, number % 3 + 1)]
    # and each gets his own
    server.release()
    for number, asked in enumerate(waiting):
        assert rows(asked.result(WAITS_S)) == prices(cars(10 * number, number % 3 + 1))
    assert [rows(asked.result(WAITS_S)) for asked in first] == [prices(cars(10_000 + i)) for i in range(MOST_CALLS)]
    assert askers.nobody_waits()


def test_a_call_has_no_more_vehicles_than_agreed(askers: Askers, server: Server) -> None:
    """What does not fit goes in the next one, whole and in its turn."""
    # given more who wait than go into one call
    full(askers, server)
    sizes = [MOST_VEHICLES - 4, 5, 1, 3, MOST_VEHICLES]
    waiting = [askers.waiting(cars(100 * number, size)) for number, size in enumerate(sizes)]
    # when the calls end one after the other, then none has more, and nobody overtakes
    server.release()
    assert [rows(asked.result(WAITS_S)) for asked in waiting] == [
        prices(cars(100 * number, size)) for number, size in enumerate(sizes)
    ]
    assert sorted(map(len, server.calls[MOST_CALLS:])) == sorted([MOST_VEHICLES - 4, 5 + 1 + 3, MOST_VEHICLES])


def test_a_request_of_more_vehicles_goes_alone(askers: Askers, server: Server) -> None:
    """One request is one call at most: it is never taken apart."""
    # given a request that alone is more than a call, between others
    full(askers, server)
    sizes = [1, 3 * MOST_VEHICLES, 1]
    waiting = [askers.waiting(cars(1_000 * number, size)) for number, size in enumerate(sizes)]
    # when they are sent, then each is priced
    server.release()
    for number, asked in enumerate(waiting):
        assert rows(asked.result(WAITS_S)) == prices(cars(1_000 * number, sizes[number]))
    assert 3 * MOST_VEHICLES in map(len, server.calls)


@pytest.mark.parametrize("count", [5, 3 * MOST_VEHICLES])
def test_columns_are_priced_as_cars_are(askers: Askers, server: Server, count: int) -> None:
    """Few together with others' cars, many in a call of their own."""
    # given a request of columns between others
    full(askers, server)
    columns = Columns([[getattr(each, feature.name) for each in cars(1_000, count)] for feature in FEATURES])
    before, asked, after = askers.waiting(cars(0)), askers.waiting(columns), askers.waiting(cars(5_000))
    # when they are sent, then each is priced
    server.release()
    assert rows(asked.result(WAITS_S)) == prices(cars(1_000, count))
    assert (rows(before.result(WAITS_S)), rows(after.result(WAITS_S))) == (prices(cars(0)), prices(cars(5_000)))


def test_everyone_gets_his_own_rows() -> None:
    """Law: whoever asks together with whom, everyone gets the prices of his cars, in his order, and no others."""
    # given a server that takes a moment, and many threads that ask at random for cars of their own
    server = Server()
    longest: list[int] = []
    at_once, most_at_once, lock = 0, 0, threading.Lock()

    def slow(vehicles: Cars, deadline: float) -> Priced:
        nonlocal at_once, most_at_once
        with lock:
            at_once += 1
            most_at_once = max(most_at_once, at_once)
            longest.append(len(vehicles))
        try:
            time.sleep(0.001)
            return server.price(vehicles, deadline)
        finally:
            with lock:
                at_once -= 1

    coalescer = Coalescer(slow, most_waiting=32)

    def ask(thread: int) -> int:
        random = Random(thread)
        for number in range(200):
            first = 1_000 * thread + 5 * number
            asked = cars(first, random.randint(1, 5))
            random.shuffle(asked)
            assert rows(coalescer.price(asked, time.monotonic() + 60.0)) == prices(asked)
        return thread

    # when they have all been answered
    with ThreadPoolExecutor(32) as pool:
        answered = list(pool.map(ask, range(32)))
    # then each had his own, in far fewer calls than requests, none of them too large, and never too many at once
    assert answered == list(range(32))
    assert len(longest) < 32 * 200 / 2
    assert max(longest) <= MOST_VEHICLES
    assert most_at_once <= MOST_CALLS


def test_a_bad_row_harms_no_neighbour(askers: Askers, server: Server) -> None:
    """What cannot be believed of one car is that request's failure, and nobody else's."""
    # given requests that wait, one of which has a car that the server answers nonsense for
    full(askers, server)
    bad = car(11)
    server.faults = lambda vehicle: vehicle == bad
    waiting = [askers.waiting(cars(10 * number, 3)) for number in range(3)]
    # when they have gone together
    server.release()
    # then that one has no price, and its neighbours have theirs, of the one call
    assert cause_of(waiting[1]) == "garbage"
    assert rows(waiting[0].result(WAITS_S)) == prices(cars(0, 3))
    assert rows(waiting[2].result(WAITS_S)) == prices(cars(20, 3))
    assert len(server.calls) == MOST_CALLS + 1


def fails_at(bad: Sequence[Vehicle], cause: str = "error") -> Failure:
    """The whole call fails where one of these is in it."""

    def how(vehicles: Sequence[Vehicle]) -> Exception | None:
        return ModelUnavailable(cause, "it failed") if set(bad) & set(vehicles) else None

    return how


@pytest.mark.parametrize("place", [0, 2, 4], ids=["first", "between", "last"])
def test_a_car_that_fails_a_call_fails_its_own_request(askers: Askers, server: Server, place: int) -> None:
    """The server cannot stand one car: the others, who had the bad luck to go with it, are asked one by one."""
    # given requests that wait, one of which the server fails at
    full(askers, server)
    server.failure = fails_at([car(10 * place)])
    waiting = [askers.waiting(cars(10 * number, 2)) for number in range(5)]
    # when they have gone together, and then one by one
    server.release()
    # then that one has no price and the others have
    assert cause_of(waiting[place]) == "error"
    for number in set(range(5)) - {place}:
        assert rows(waiting[number].result(WAITS_S)) == prices(cars(10 * number, 2))
    assert sorted(map(len, server.calls[MOST_CALLS:])) == [2, 2, 2, 2, 2, 10]


def test_a_server_that_fails_at_everything_is_not_asked_by_each(askers: Askers, server: Server) -> None:
    """After two failures of two it is the server, which has enough to do."""
    # given requests that wait, and a server that fails at everything
    full(askers, server)
    waiting = [askers.waiting(cars(number)) for number in range(10)]
    server.failure = lambda _: ModelUnavailable("error", "it failed")
    # when they have gone together, then all are told, after two more calls
    server.release()
    assert [cause_of(asked) for asked in waiting] == ["error"] * 10
    assert list(map(len, server.calls[MOST_CALLS:])) == [10] + [1] * MOST_FAILED
    assert askers.nobody_waits()


@pytest.mark.parametrize("cause", ["down", "timeout", "hung", "unloaded", "garbage"])
def test_what_is_not_one_cars_fault_is_not_asked_again(askers: Askers, server: Server, cause: str) -> None:
    """A server that is away, slow or talks nonsense would be no better one by one."""
    # given requests that wait, and a server that fails for such a cause
    full(askers, server)
    waiting = [askers.waiting(cars(number)) for number in range(5)]
    server.failure = lambda _: ModelUnavailable(cause, "it failed")
    # when they have gone together, then all are told by one call
    server.release()
    assert [cause_of(asked) for asked in waiting] == [cause] * 5
    assert len(server.calls) == MOST_CALLS + 1


def test_who_has_waited_for_too_long_is_told_and_not_sent(askers: Askers, server: Server) -> None:
    """His deadline is his own: it passes while he waits, and then nothing is asked for him any more."""
    # given calls that do not end, one who has little time, and one who has more
    full(askers, server)
    began_s = time.monotonic()
    late = askers.waiting(cars(1), within_s=0.3)
    patient = askers.waiting(cars(2))
    # when his time is out, then he is told so
    assert cause_of(late) == "timeout"
    assert 0.3 <= time.monotonic() - began_s < 0.4 + SLACK_S
    # and when the calls go on, then the other is sent without him
    server.release()
    assert rows(patient.result(WAITS_S)) == prices(cars(2))
    assert server.calls[MOST_CALLS:] == [cars(2)]
    assert askers.nobody_waits()


def test_who_goes_with_others_is_told_in_his_own_time(askers: Askers, server: Server) -> None:
    """A call that others lead, and that takes longer than one of them has, costs him no more than his deadline."""
    # given one who leads with much time, and one in the same call who has less
    full(askers, server)
    leading = askers.waiting(cars(1))
    began_s = time.monotonic()
    late = askers.waiting(cars(2), within_s=0.5)
    server.let_through(1)
    assert until(lambda: len(server.calls) == MOST_CALLS + 1)
    assert server.calls[-1] == cars(1) + cars(2)
    # when the call goes on, then he is told, and the one who leads has his price at its end
    assert cause_of(late) == "timeout"
    assert time.monotonic() - began_s < 0.6 + SLACK_S
    server.release()
    assert rows(leading.result(WAITS_S)) == prices(cars(1))


def test_one_who_has_little_time_takes_none_from_those_who_go_with_him(askers: Askers, server: Server) -> None:
    """A call has the time that its vehicles' askers have, not that of the one who has waited longest: when the server
    is slow he is always late, and would take all of the batch with him.
    """
    # given one who has little time, before one who has much, in the same call
    full(askers, server)
    hurried = askers.waiting(cars(1), within_s=0.5)
    patient = askers.waiting(cars(2))
    server.let_through(1)
    assert until(lambda: len(server.calls) == MOST_CALLS + 1)
    assert server.calls[-1] == cars(1) + cars(2)
    # when the call takes longer than the one has
    assert cause_of(hurried) == "timeout"
    server.release()
    # then the other has his price of it
    assert rows(patient.result(WAITS_S)) == prices(cars(2))
    assert len(server.calls) == MOST_CALLS + 1


def test_who_has_no_time_left_is_told_at_once(askers: Askers, server: Server) -> None:
    """Not even a moment is waited for a deadline that has passed."""
    # given calls under way, when somebody comes too late, then he is told at once
    full(askers, server)
    began_s = time.monotonic()
    with pytest.raises(ModelUnavailable) as failure:
        askers.coalescer.price(cars(1), time.monotonic() - 1.0)
    assert failure.value.cause == "timeout"
    assert time.monotonic() - began_s < SLACK_S


def test_no_more_wait_than_agreed(server: Server) -> None:
    """One more is refused at once: he would wait for nothing, and others with him."""
    # given as many who wait as may
    askers = Askers(server, most_waiting=3)
    full(askers, server)
    waiting = [askers.waiting(cars(number)) for number in range(3)]
    try:
        # when another comes, then he is refused at once, and told to come back
        began_s = time.monotonic()
        with pytest.raises(Overloaded) as refusal:
            askers.coalescer.price(cars(9), began_s + LONG_S)
        assert time.monotonic() - began_s < SLACK_S
        assert (refusal.value.cause, refusal.value.headers["Retry-After"]) == ("overload", "1")
        # and those who wait have their prices, and there is room again
        server.release()
        assert [rows(asked.result(WAITS_S)) for asked in waiting] == [prices(cars(number)) for number in range(3)]
        assert rows(askers.coalescer.price(cars(9), time.monotonic() + LONG_S)) == prices(cars(9))
        assert not any(car(9) in call for call in server.calls[:-1])
    finally:
        askers.end()


def test_nobody_is_left_waiting_after_what_nobody_foresaw(askers: Askers, server: Server) -> None:
    """Whatever a call raises, all who went with it are told, and those who came after them are sent."""
    # given some who go together, and a call that raises what no call should
    full(askers, server)
    waiting = [askers.waiting(cars(number)) for number in range(3)]
    server.failure = lambda vehicles: RuntimeError("a mistake") if car(0) in vehicles else None
    server.let_through(1)
    assert until(lambda: len(server.calls) == MOST_CALLS + 1)
    later = askers._ask(cars(7), LONG_S)
    server.release()
    # when it has raised, then he who sent it has the mistake, and the others are told
    told = [asked for asked in waiting if not isinstance(asked.exception(WAITS_S), RuntimeError)]
    assert [cause_of(asked) for asked in told] == ["error"] * 2
    # and the one who came later is sent, and so is whoever comes then
    assert rows(later.result(WAITS_S)) == prices(cars(7))
    assert rows(askers.coalescer.price(cars(8), time.monotonic() + LONG_S)) == prices(cars(8))
    assert askers.nobody_waits()


def test_who_is_alone_and_fails_leaves_the_way_free(askers: Askers, server: Server) -> None:
    """A failed call is an ended one."""
    # given calls that fail, foreseen and not
    server.failure = lambda vehicles: RuntimeError("a mistake") if car(0) in vehicles else ModelUnavailable("x", "y")
    # when there were many of them, then there is still a way to send
    for number in range(3 * MOST_CALLS):
        with pytest.raises((RuntimeError, ModelUnavailable)):
            askers.coalescer.price(cars(number), time.monotonic() + LONG_S)
    server.failure = no_failure
    assert rows(askers.coalescer.price(cars(9), time.monotonic() + LONG_S)) == prices(cars(9))


def test_who_has_too_little_time_does_not_lead(server: Server) -> None:
    """His call would end before it began: the next who waits sends it, without him."""
    # given one whose time is nearly out, before one who has more
    askers = Askers(server)
    full(askers, server)
    hurried_s = time.monotonic() + 0.5
    hurried = askers.waiting(cars(1), within_s=0.5)
    patient = askers.waiting(cars(2))
    try:
        # when a call ends at the last moment of his
        while time.monotonic() < hurried_s - LEAST_TO_LEAD_S / 2:
            time.sleep(0.001)
        server.let_through(1)
        # then the other sends his own, and the first is told in time
        assert cause_of(hurried) == "timeout"
        assert time.monotonic() - hurried_s < 0.1 + SLACK_S
        assert until(lambda: server.calls[MOST_CALLS:] == [cars(2)])
        server.release()
        assert rows(patient.result(WAITS_S)) == prices(cars(2))
        assert askers.nobody_waits()
    finally:
        askers.end()


def test_deadlines_and_failures_at_random_leave_nobody_behind() -> None:
    """Law: under short deadlines, failures and a bound on who waits, everyone has his own answer within his deadline.
    """
    # given a server that is slow, fails and raises at random
    chance = Random(1)
    calls = Server()

    def moody(vehicles: Cars, deadline: float) -> Priced:
        time.sleep(min(chance.choice([0.0, 0.002, 0.02, 0.08]), max(deadline - time.monotonic(), 0.0)))
        mood = chance.random()
        if mood < 0.05:
            raise RuntimeError("a mistake")
        if mood < 0.2:
            raise ModelUnavailable(chance.choice(["error", "down", "timeout"]), "it failed")
        return calls.price(vehicles, deadline)

    coalescer = Coalescer(moody, most_waiting=16)
    late: list[float] = []

    def ask(thread: int) -> int:
        random = Random(thread)
        answered = 0
        for number in range(60):
            asked = cars(1_000 * thread + 5 * number, random.randint(1, 5))
            deadline = time.monotonic() + random.choice([0.01, 0.05, 0.2, 1.0])
            try:
                assert rows(coalescer.price(asked, deadline)) == prices(asked)
                answered += 1
            except (ModelUnavailable, RuntimeError):
                pass
            late.append(time.monotonic() - deadline)
        return answered

    # when many threads ask
    with ThreadPoolExecutor(32) as pool:
        answered = sum(pool.map(ask, range(32)))
    # then many had their prices, nobody was told late, and the way is free
    assert answered > 100
    assert max(late) < 0.1 + 2 * SLACK_S
    assert (len(coalescer._waiting), coalescer._calls) == (0, 0)
