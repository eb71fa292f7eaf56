"""Everything that people and programs do with the product, mixed, at a steady rate."""

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count, repeat
from urllib.parse import quote

from local.settings import LOOPBACK
from model.schema.life import write_life
from tests.benchmarks.serving.contenders import INFER
from tests.benchmarks.serving.wires import CSV, JSON, OURS, V2, Car
from tests.gateway.lives import SOURCE, invented

WORKERS = 6
REPLY_WITHIN_S = 30.0
ROWS_OF_A_BATCH = 1_000
MOST_ROWS_OVER_V2 = 500
LISTINGS = 500
ROUNDS_TO_WARM_UP = 20
EXAMPLES = 5
CONTACT = {"name": "Somebody", "phone": "+49 30 1234567"}
BAD_BODIES = (b"", b"{", b"null", b"[1, 2", b'{"make": 7}', b'{"make": "VW", "make": "VW"}', b"\xff\xfe", b"x" * 70_000,
              b'{"mileage_km": 1e999}', b"[" * 5_000)  # fmt: skip


@dataclass(frozen=True)
class People:
    """Who calls: e-mail addresses of customers and dealers with one password, and a program's token."""

    customers: Sequence[str]
    dealers: Sequence[str]
    password: str
    token: str


@dataclass
class Seen:
    """What came of it: answers by what was done, and of each kind that was not expected the first few."""

    answered: Counter[str] = field(default_factory=Counter)
    unexpected: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    late: int = 0  # due, but not sent for want of a free worker


class Traffic:
    """Sends so many requests a second from WORKERS threads until stopped."""

    def __init__(self, port: int, per_second: float, people: People, cars: Sequence[Car], card: Mapping) -> None:
        self.seen = Seen()
        self._port = port
        self._pause_s = 1 / per_second
        self._people = people
        self._cars = cars
        self._card = card
        self._numbers = count(1)
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._due_s = time.monotonic()
        self._threads = [threading.Thread(target=self._work, args=(number,)) for number in range(WORKERS)]

    def warm_up(self, cars: int) -> None:
        """Do everything as fast as it is answered, by all workers at once, and ask for so many distinct cars.

        Caches, threads and heaps are then as large as this traffic makes them, and what grows later is a leak.
        """
        with ThreadPoolExecutor(WORKERS) as workers:
            list(workers.map(self._warm_up, range(WORKERS), repeat(cars)))
        self.seen = Seen()

    def start(self) -> None:
        self._due_s = time.monotonic()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _warm_up(self, number: int, cars: int) -> None:
        worker = _Worker(self, number)
        for car in self._cars[number:cars:WORKERS]:
            worker.value(car)
        for known in self._card["vocabulary"]:
            worker.look_at_a_model(known)
        for _ in range(ROUNDS_TO_WARM_UP):
            worker.do_everything()
        worker.close()

    def _work(self, number: int) -> None:
        worker = _Worker(self, number)
        while not self._ended.wait(max(0.0, self._next_s() - time.monotonic())):
            worker.do_something()
        worker.close()

    def _next_s(self) -> float:
        """When the next request is due. What nobody was free for is counted and never sent: the rate stays."""
        with self._lock:
            now = time.monotonic()
            if (behind := int((now - self._due_s) / self._pause_s)) > WORKERS:
                self.seen.late += behind
                self._due_s += behind * self._pause_s
            self._due_s += self._pause_s
            return self._due_s

    def note(self, what: str, status: int, expected: Sequence[int], content: bytes) -> None:
        with self._lock:
            self.seen.answered[what] += 1
            if status not in expected:
                self.seen.unexpected[what] += 1
                told = self.seen.examples.setdefault(what, [])
                if len(told) < EXAMPLES:
                    told.append(f"{status} {content[:200].decode(errors='replace')}")

    def next_number(self) -> int:
        return next(self._numbers)


class _Worker:
    def __init__(self, traffic: Traffic, number: int) -> None:
        self._traffic = traffic
        self._people = traffic._people
        self._cars = traffic._cars
        self._card = traffic._card
        self._random = random.Random(number)
        self.cookies: list[str] = []  # that the last answer set
        self._connection = http.client.HTTPConnection(LOOPBACK, traffic._port, timeout=REPLY_WITHIN_S)
        # What is done, how often.
        self._deeds: dict[Callable[[], None], float] = {
            self._value: 60, self._look_at_pages: 15, self._send_nonsense: 8, self._look_at_the_market: 5,
            self._keep_and_report: 4, self._log_in_and_out: 1.5, self._offer_and_edit: 0.75, self._price_a_file: 1,
            self._ask_over_v2: 2,
            self._bring_listings: 0.5,
        }  # fmt: skip

    def close(self) -> None:
        self._connection.close()

    def do_something(self) -> None:
        self._random.choices(list(self._deeds), list(self._deeds.values()))[0]()

    def do_everything(self) -> None:
        """Each deed once, in an order of this worker's own."""
        for deed in self._random.sample(list(self._deeds), len(self._deeds)):
            deed()

    def look_at_a_model(self, known: Mapping) -> None:
        car = _query(known)
        for page in ("filters", "coefficients", "market"):
            self._ask("look at a model", "GET", f"/api/v1/{page}?{car}")

    def value(self, car: Car) -> None:
        self._ask("value", "POST", "/api/v1/valuations", car)

    def _value(self) -> None:
        self.value(self._random.choice(self._cars))

    def _look_at_pages(self) -> None:
        car = _query(self._random.choice(self._card["vocabulary"]))
        path = self._random.choice(("/", "/api/v1/site", "/api/v1/models", f"/api/v1/filters?{car}",
                                    f"/api/v1/coefficients?{car}", "/readyz", "/livez", "/api/v1/openapi.json"))
        self._ask("look at a page", "GET", path)

    def _look_at_the_market(self) -> None:
        self._ask("market", "GET", f"/api/v1/market?{_query(self._random.choice(self._card['vocabulary']))}")
        self._ask("comparables", "POST", "/api/v1/valuations/comparables", self._random.choice(self._cars))

    def _send_nonsense(self) -> None:
        body = self._random.choice(BAD_BODIES)
        path = self._random.choice(("/api/v1/valuations", "/api/v1/sessions", "/api/v1/cars"))
        self._connection.close()  # who sends too much is hung up on, and that must not cost the next one his answer
        self._ask("nonsense", "POST", path, body, expected=(400, 413, 422))
        self._connection.close()

    def _keep_and_report(self) -> None:
        car = {**self._random.choice(self._cars), "keep": True}
        kept = self._ask("keep", "POST", "/api/v1/valuations", car)
        if kept is not None:
            path = f"/api/v1/valuations/{json.loads(kept)['id']}/reports"
            said = {"reason": "too_high", "price_eur": 15_000, "price_kind": "asking"}
            self._ask("report", "POST", path, said, expected=(201,), key=True)

    def _log_in_and_out(self) -> None:
        with _Session(self, self._random.choice(self._people.customers)) as session:
            session.ask("own page", "GET", "/api/v1/users/me")

    def _offer_and_edit(self) -> None:
        car = {name: value for name, value in self._random.choice(self._cars).items() if name != "as_of"}
        with _Session(self, self._random.choice(self._people.customers)) as customer:
            offered = customer.ask("offer a car", "POST", "/api/v1/cars", {**car, "contact": CONTACT}, (201,))
        if offered is None:
            return
        path = f"/api/v1/cars/{json.loads(offered)['id']}"
        with _Session(self, self._random.choice(self._people.dealers)) as dealer:
            dealer.ask("list cars", "GET", "/api/v1/cars?limit=20")
            dealer.ask("edit a car", "PATCH", path, {"mileage_km": self._random.randint(1, 200_000)})
            dealer.ask("take a car in", "PATCH", path, {"state": "in_stock"})
            dealer.ask("history", "GET", f"{path}/history")
            dealer.ask("delete a car", "DELETE", path, None, (204,))

    def _price_a_file(self) -> None:
        start = self._random.randrange(len(self._cars) - ROWS_OF_A_BATCH)
        text = OURS.many(self._cars[start: start + ROWS_OF_A_BATCH]).encode()
        # Two files are priced at once; a third is told to wait.
        self._ask("file of cars", "POST", "/api/v1/valuations/batch", text, (200, 503), kind=CSV, token=True)

    def _ask_over_v2(self) -> None:
        start = self._random.randrange(len(self._cars) - MOST_ROWS_OVER_V2)
        cars = self._cars[start: start + self._random.randint(1, MOST_ROWS_OVER_V2)]
        self._ask("ask over V2", "POST", INFER, V2.many(cars).encode(), token=True)

    def _bring_listings(self) -> None:
        """The same listings, seen again by another run."""
        variants = [((known["make"], known["model"], *words), listings)
                    for known in self._card["vocabulary"] for *words, listings in known["variants"]]  # fmt: skip
        lives = invented(LISTINGS, variants, date.today() - timedelta(days=1))
        text = b"".join(write_life(each).encode() + b"\n" for each in lives)
        run = f"run-{self._traffic.next_number():09}"
        path = f"/api/v1/listings?source={SOURCE}&run={run}&part=1&parts=1"
        self._ask("bring listings", "PUT", path, text, kind="application/x-ndjson", token=True)

    def _ask(
        self, what: str, method: str, path: str, body: object = None, expected: Sequence[int] = (200,),
        kind: str = JSON, token: bool = False, key: bool = False, headers: Mapping[str, str] | None = None,
    ) -> bytes | None:
        """The answer if it is the one that was expected."""
        sent = {"X-Forwarded-For": self._address(), "Content-Type": kind, **(headers or {})}
        if token:
            sent["Authorization"] = f"Bearer {self._people.token}"
        if key:
            sent["Idempotency-Key"] = f"{self._random.getrandbits(128):032x}"
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        try:
            self._connection.request(method, path, data, sent)
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            self._traffic.note(what, 0, expected, repr(error).encode())
            return None
        self.cookies = response.headers.get_all("Set-Cookie") or []
        self._traffic.note(what, response.status, expected, content)
        return content if response.status in expected else None

    def _address(self) -> str:
        """As a proxy names it: of somebody else each time, so that nobody meets a limit on attempts."""
        return f"10.{self._random.randrange(256)}.{self._random.randrange(256)}.{self._random.randrange(256)}"


def _query(known: Mapping) -> str:
    """One model of the card's vocabulary, as routes ask for it."""
    return f"make={quote(known['make'])}&model={quote(known['model'])}"


class _Session:
    """Somebody logged in, until the block ends."""

    def __init__(self, worker: _Worker, email: str) -> None:
        self._worker = worker
        self._email = email
        self._headers: dict[str, str] = {}

    def __enter__(self) -> "_Session":
        login = {"email": self._email, "password": self._worker._people.password}
        made = self._worker._ask("log in", "POST", "/api/v1/sessions", login, (201,))
        if made is not None:
            cookies = "; ".join(cookie.partition(";")[0] for cookie in self._worker.cookies)
            self._headers = {"Cookie": cookies, "X-CSRF-Token": json.loads(made)["csrf_token"]}
        return self

    def ask(
        self, what: str, method: str, path: str, body: object = None, expected: Sequence[int] = (200,)
    ) -> bytes | None:
        return self._worker._ask(what, method, path, body, expected, headers=self._headers) if self._headers else None

    def __exit__(self, *_: object) -> None:
        self.ask("log out", "DELETE", "/api/v1/sessions", None, (204,))
