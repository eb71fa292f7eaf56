"""Asking a site for pages as a good guest does: it says who it is, keeps to robots.txt, is slow, and goes when told."""

import random
import re
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from scraper import robots
from scraper.bodies import CutOff, read_body
from scraper.deadlines import Deadline, DeadlineAdapter
from scraper.robots import AGENT, Rules

MOST_REDIRECTS = 5
HTML = ("text/html", "application/xhtml+xml")
LOOPBACK = ("127.0.0.1", "::1", "localhost")
# What a wall that is put before a site calls its page, whatever its status.
WALLS = re.compile(rb"(?i)<title>\s*(just a moment|access denied|attention required|pardon our interruption)")
TITLE_WITHIN_BYTES = 4096


class FetchError(Exception):
    """A page that cannot be had; the message says why. Another page may be."""


class Disallowed(FetchError):
    """The site's robots.txt does not let us ask for it."""


class Blocked(FetchError):
    """The site says that it does not want us."""


class OutOfTime(Exception):
    """The run's time is over, or would be before the next request may be made."""


@dataclass(frozen=True)
class Manners:
    """How slow, how patient and how much. Times are in seconds."""

    pace_s: float = 10.0  # from the end of an answer to the next request, at least
    jitter: float = 0.5  # a pause is longer by a share of itself that chance draws from 0 to this
    run_s: float = 6 * 3600.0
    request_s: float = 60.0  # a request with its whole answer
    connect_s: float = 10.0
    read_s: float = 20.0  # for more of an answer to come
    tries: int = 4  # of a request that is answered 429 or 5xx, or not at all
    backoff_s: float = 20.0  # after the first of them; it doubles
    page_bytes: int = 8 * 1024 * 1024  # of a page once it is unpacked


@dataclass(frozen=True)
class Clock:
    """The times a session lives by."""

    elapsed_s: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True)
class Fetched:
    """A page: where it was in the end, and its bytes."""

    url: str
    body: bytes


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: requests.structures.CaseInsensitiveDict[str]
    body: bytes
    more: bool  # than the body holds

    @property
    def is_wall(self) -> bool:
        return self.headers.get("cf-mitigated") == "challenge" or bool(WALLS.search(self.body[:TITLE_WITHIN_BYTES]))

    @property
    def may_change(self) -> bool:
        """Whether to ask again makes sense."""
        return (self.status == 429 or self.status >= 500) and not self.is_wall


class _StepByStep(requests.Session):
    """A session that leaves redirects to us. Even where it does not follow them, requests would look for the next step,
    and for that read the whole body and unpack it.
    """

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class PoliteSession:
    """Fetches pages of one site's hosts, one request at a time, until its run is over.

    Every request, be it a second try, a step of a redirect or a robots.txt, waits for its turn: it begins no sooner
    after the end of the answer before it than the pace says, our own or robots.txt's, whichever is slower. Redirects
    are followed to the site's own hosts over https, each asked for as any page is. No cookies, no proxies or
    passwords of the environment.

    `contact`, an address or a URL, is how the site reaches whoever runs this. `plain_http_to_loopback` is for tests.
    `requests` counts what was asked.
    """

    def __init__(
        self,
        hosts: Collection[str],
        version: str,
        contact: str,
        manners: Manners = Manners(),
        clock: Clock = Clock(),
        *,
        plain_http_to_loopback: bool = False,
    ) -> None:
        self.requests = 0
        self._hosts, self._manners, self._clock = frozenset(hosts), manners, clock
        self._plain_http = plain_http_to_loopback
        self._pace_s = manners.pace_s
        self._ends_at_s = clock.elapsed_s() + manners.run_s
        self._next_at_s = clock.elapsed_s()
        self._rules: dict[str, Rules] = {}
        self._deadline = Deadline()
        self._session = _StepByStep()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers.clear()
        self._session.headers.update({
            "User-Agent": f"{AGENT}/{version} (+{contact})",
            "Accept": "text/html",
            "Accept-Encoding": "gzip",
            "Connection": "close",
        })  # fmt: skip
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, DeadlineAdapter(self._deadline))

    def fetch(self, url: str) -> Fetched:
        """The page at this URL. Raises FetchError, Disallowed or Blocked among them, and OutOfTime."""
        url, answer = self._follow(url, self._manners.page_bytes, self._check_robots)
        if answer.is_wall:
            raise Blocked("it is no page of the site but a wall before it")
        if answer.status in (403, 429):
            raise Blocked(f"it answers {answer.status}")
        if answer.status != 200:
            raise FetchError(f"it answers {answer.status}")
        if answer.more:
            raise FetchError(f"it is larger than {self._manners.page_bytes:,} bytes")
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind not in HTML:
            raise FetchError(f"it is no HTML but {kind[:80]!r}")
        return Fetched(url, answer.body)

    def _check_robots(self, url: str) -> None:
        parts = urlsplit(url)
        host = f"{parts.scheme}://{parts.netloc}"
        if host not in self._rules:
            self._rules[host] = rules = self._robots_of(host)
            self._pace_s = max(self._pace_s, rules.pace_s)
            self._next_at_s = max(self._next_at_s, self._clock.elapsed_s() + self._pause_s())
        if not self._rules[host].allow(url):
            raise Disallowed(self._rules[host].refusal)

    def _robots_of(self, host: str) -> Rules:
        try:
            _, answer = self._follow(f"{host}/robots.txt", robots.MOST_BYTES, lambda _: None)
        except FetchError:
            return robots.closed()
        if answer.status == 200 and not answer.is_wall:
            whole_lines = answer.body[: answer.body.rfind(b"\n") + 1] if answer.more else answer.body
            return robots.read_rules(whole_lines)
        if 400 <= answer.status < 500 and answer.status != 429 and not answer.is_wall:
            return robots.no_rules()
        return robots.closed()

    def _follow(self, url: str, most_bytes: int, check: Callable[[str], None]) -> tuple[str, _Answer]:
        """The answer at the end of the redirects, and where that is."""
        for _ in range(MOST_REDIRECTS + 1):
            self._check_place(url)
            check(url)
            answer = self._try(url, most_bytes)
            if answer.status not in (301, 302, 303, 307, 308) or "Location" not in answer.headers:
                return url, answer
            try:
                url = urljoin(url, answer.headers["Location"]).partition("#")[0]
            except ValueError:
                raise FetchError("it leads to what is no address") from None
        raise FetchError(f"it leads on and on, {MOST_REDIRECTS} times at least")

    def _check_place(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            usual_port = parts.port in (None, 443)
        except ValueError:
            raise FetchError("it leads to what is no address") from None
        if self._plain_http and parts.scheme == "http" and parts.hostname in LOOPBACK:
            usual_port = True
        elif parts.scheme != "https":
            raise FetchError("it leads to an address without https")
        if parts.hostname not in self._hosts or not usual_port or "@" in parts.netloc:
            raise FetchError(f"it leads to {str(parts.netloc)[:80]!r}, which is none of the site's hosts")

    def _try(self, url: str, most_bytes: int) -> _Answer:
        """The first answer that will not change when asked again, or the last one. Raises FetchError without any."""
        for tried in range(self._manners.tries):
            self._wait_for_turn()
            self.requests += 1
            answer, failure = None, ""
            try:
                answer = self._ask(url, most_bytes)
            except (requests.RequestException, HTTPError, CutOff, OSError) as error:
                failure = "its time is over" if self._deadline.is_over else _words(error)
            finally:
                self._next_at_s = self._clock.elapsed_s() + self._pause_s()
            if answer is not None and not answer.may_change:
                return answer
            self._back_off(tried, answer)
        if answer is None:
            raise FetchError(f"it could not be had in {self._manners.tries} tries: {failure}")
        return answer

    def _ask(self, url: str, most_bytes: int) -> _Answer:
        left_s = self._ends_at_s - self._clock.elapsed_s()
        time_outs = (self._manners.connect_s, self._manners.read_s)
        try:
            with (
                self._deadline.within(min(self._manners.request_s, left_s)),
                self._session.get(url, timeout=time_outs, stream=True, allow_redirects=False) as response,
            ):
                encoding = response.headers.get("Content-Encoding", "").strip().lower()
                body, more = read_body(response.raw, encoding, most_bytes)
                answer = _Answer(response.status_code, response.headers, body, more)
        except ValueError as error:
            raise FetchError(str(error)) from error
        finally:
            self._session.close()  # a connection that were kept would be closed by the other side at some moment
        # A connection that was shut looks like a body that has come to its end.
        if self._deadline.is_over:
            raise CutOff
        return answer

    def _wait_for_turn(self) -> None:
        now_s = self._clock.elapsed_s()
        if max(now_s, self._next_at_s) >= self._ends_at_s:
            raise OutOfTime("the run's time is over, or would be before the site may be asked again")
        while now_s < self._next_at_s:
            self._clock.sleep(self._next_at_s - now_s)
            now_s = self._clock.elapsed_s()

    def _pause_s(self) -> float:
        return self._pace_s * random.uniform(1.0, 1.0 + self._manners.jitter)

    def _back_off(self, tried: int, answer: _Answer | None) -> None:
        pause_s = self._manners.backoff_s * 2**tried * random.uniform(1.0, 1.0 + self._manners.jitter)
        if answer is not None:
            pause_s = max(pause_s, self._retry_after_s(answer.headers.get("Retry-After", "")))
        self._next_at_s = max(self._next_at_s, self._clock.elapsed_s() + pause_s)

    def _retry_after_s(self, text: str) -> float:
        """How long the site wants to be left alone: it names seconds or a date."""
        if re.fullmatch(r"[0-9]{1,12}", text.strip()):
            return float(text)
        with suppress(ValueError, TypeError, OverflowError):
            named = parsedate_to_datetime(text)
            named = named if named.tzinfo else named.replace(tzinfo=UTC)
            return (named - self._clock.now()).total_seconds()
        return 0.0


def _words(error: Exception) -> str:
    """What went wrong, without the addresses of objects that such messages are full of."""
    if isinstance(error, requests.Timeout) or "timed out" in str(error):
        return "it falls silent"
    return f"the connection fails ({type(error).__name__})"
