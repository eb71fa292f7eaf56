"""The polite session: who it says it is, what it may ask for, how slowly, and when it gives up."""

import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from scraper.http import Blocked, Clock, Disallowed, FetchError, Manners, OutOfTime, PoliteSession
from tests.scraper.fake_site import LOOPBACK, Answer, FakeSite, bomb, open_site

QUICK = Manners(pace_s=0.0, jitter=0.0, run_s=60, request_s=10, connect_s=1, read_s=5, tries=3, backoff_s=0.0)
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
PAGE = "/cars?make=audi&page=1"


@dataclass
class Sleepless:
    """A clock that goes on by what is slept alone, and remembers it."""

    elapsed_s: float = 0.0
    slept_s: list[float] = field(default_factory=list)

    def clock(self) -> Clock:
        return Clock(lambda: self.elapsed_s, self._sleep, lambda: NOW + timedelta(seconds=self.elapsed_s))

    def _sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.elapsed_s += seconds


@pytest.fixture
def site() -> FakeSite:
    return FakeSite({"audi": 30})


@pytest.fixture
def address(site: FakeSite) -> Iterator[str]:
    with open_site(site) as at:
        yield at


def session(manners: Manners = QUICK, clock: Clock = Clock()) -> PoliteSession:
    return PoliteSession({LOOPBACK}, "1.2", "https://dealer.example/bot", manners, clock, plain_http_to_loopback=True)


def test_it_says_who_it_is(site: FakeSite, address: str) -> None:
    """With its version, and how to reach whoever runs it; and it takes no cookies."""
    # given a site that hands out cookies
    site.answers["/a"] = Answer(headers={"Set-Cookie": "id=1; Path=/"})
    # when pages of it are fetched
    asking = session()
    fetched = asking.fetch(f"{address}/a")
    asking.fetch(f"{address}{PAGE}")
    # then the page is there, and each request said the same of who asks, and no more than that
    assert (fetched.url, fetched.body) == (f"{address}/a", site.answers["/a"].body)
    assert [asked.path for asked in site.asked] == ["/robots.txt", "/a", PAGE]
    assert {asked.headers["User-Agent"] for asked in site.asked} == {"dealership-ai/1.2 (+https://dealer.example/bot)"}
    assert {name for asked in site.asked for name in asked.headers} == {
        "Host", "User-Agent", "Accept", "Accept-Encoding", "Connection",
    }  # fmt: skip


def test_proxies_of_the_environment_are_not_asked(
    site: FakeSite, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a machine has for others is not for this."""
    # given a proxy that nobody serves, when a page is fetched, then the site itself was asked
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert session().fetch(f"{address}{PAGE}").body == site.page(PAGE)


def test_it_never_asks_faster_than_its_pace(site: FakeSite, address: str) -> None:
    """Nor when it asks again, follows a redirect, or reads robots.txt."""
    # given a site with troubles
    site.troubles |= {PAGE: "broken", "/cars?make=audi&page=2": "cut off"}
    site.answers["/old"] = Answer(301, {"Location": PAGE})
    # when pages are fetched
    pace_s = 0.05
    asking = session(Manners(pace_s=pace_s, jitter=0.2, run_s=60, read_s=5, backoff_s=0.0))
    for path in (PAGE, "/old", "/cars?make=audi&page=2", PAGE):
        asking.fetch(f"{address}{path}")
    # then between an answer and the next request there was always the pace
    assert len(site.asked) == asking.requests == 8
    pauses_s = [later.came_s - before.answered_s for before, later in zip(site.asked, site.asked[1:], strict=False)]
    assert min(pauses_s) >= pace_s


def test_pauses_are_a_matter_of_chance_and_no_shorter_than_the_pace(site: FakeSite, address: str) -> None:
    """So that many who crawl do not fall into step."""
    # given a clock that needs no waiting, when pages are fetched
    sleepless = Sleepless()
    asking = session(Manners(pace_s=10, jitter=0.5), sleepless.clock())
    for _ in range(12):
        asking.fetch(f"{address}{PAGE}")
    # then every pause was from the pace to half as much again, and hardly two were the same
    assert all(10 <= pause_s <= 15 for pause_s in sleepless.slept_s)
    assert len(sleepless.slept_s) == 12 and len(set(sleepless.slept_s)) > 6


@pytest.mark.parametrize(
    ("rules", "pace_s"),
    [
        (b"User-agent: *\nCrawl-delay: 30\n", 30),
        (b"User-agent: *\nRequest-rate: 1/45\n", 45),
        (b"User-agent: dealership-ai\nCrawl-delay: 60\nUser-agent: *\nCrawl-delay: 1\n", 60),
        (b"User-agent: *\nCrawl-delay: 1\n", 10),
        (b"User-agent: other\nCrawl-delay: 60\n", 10),
    ],
)
def test_robots_txt_may_slow_it_down(site: FakeSite, address: str, rules: bytes, pace_s: float) -> None:
    """And never makes it faster than its own pace."""
    # given a robots.txt, when pages are fetched
    site.robots = rules
    sleepless = Sleepless()
    asking = session(Manners(pace_s=10, jitter=0.0), sleepless.clock())
    asking.fetch(f"{address}{PAGE}")
    asking.fetch(f"{address}{PAGE}")
    # then the slower pace holds, from the first page on
    assert sleepless.slept_s == pytest.approx([pace_s, pace_s])


def test_robots_txt_is_obeyed(site: FakeSite, address: str) -> None:
    """What it does not allow is not asked for, not even at the end of a redirect; it is read once."""
    # given a site that closes a part of itself
    site.answers["/open"] = Answer(302, {"Location": "/private/a"})
    asking = session()
    # when pages are asked for, then those in it are not
    for path in ("/private/a", "/open", "/private/b"):
        with pytest.raises(Disallowed, match="robots.txt does not allow"):
            asking.fetch(f"{address}{path}")
    asking.fetch(f"{address}{PAGE}")
    assert [asked.path for asked in site.asked] == ["/robots.txt", "/open", PAGE]


@pytest.mark.parametrize(("status", "allowed"), [(404, True), (403, True), (401, True), (500, False), (429, False)])
def test_a_site_without_robots_txt_is_open_and_one_that_fails_is_closed(
    site: FakeSite, address: str, status: int, allowed: bool
) -> None:
    """As RFC 9309 has it; and who is busy must not be asked for more."""
    # given such an answer, when a page is asked for, then it is fetched, or nothing is
    site.robots_status = status
    if allowed:
        assert session().fetch(f"{address}{PAGE}").body
    else:
        with pytest.raises(Disallowed, match="cannot be had"):
            session().fetch(f"{address}{PAGE}")
        assert site.paths() == []


@pytest.mark.parametrize("trouble", ["reset", "hang", "drip headers"])
def test_a_robots_txt_that_cannot_be_read_closes_the_site(site: FakeSite, address: str, trouble: str) -> None:
    """Nobody knows what it would forbid."""
    # given a site that gives none, when a page is asked for, then nothing but it was
    site.troubles["/robots.txt"], site.troubles_stay = trouble, True
    quick = Manners(pace_s=0.0, jitter=0.0, request_s=0.3, read_s=0.2, tries=2, backoff_s=0.0)
    with pytest.raises(Disallowed, match="cannot be had"):
        session(quick).fetch(f"{address}{PAGE}")
    assert site.paths() == []


def test_a_huge_robots_txt_is_read_as_far_as_half_a_mebibyte(site: FakeSite, address: str) -> None:
    """And a rule that is cut there is none."""
    # given one whose last rules are beyond
    rules = b"User-agent: *\nDisallow: /private/\n"
    filler = b"#" * (512 * 1024 - len(rules) - len(b"\nDisallow: /c"))
    site.robots = rules + filler + b"\nDisallow: /cars/of/nobody\nDisallow: /\n"
    # when pages are asked for, then those before hold
    asking = session()
    assert asking.fetch(f"{address}{PAGE}").body
    with pytest.raises(Disallowed):
        asking.fetch(f"{address}/private/a")


def test_it_asks_again_where_that_may_help(site: FakeSite, address: str) -> None:
    """After 429, 5xx and connections that fail, a few times."""
    # given troubles that pass, when pages are asked for, then they come
    asking = session(Manners(pace_s=0.0, jitter=0.0, request_s=0.6, read_s=0.3, tries=3, backoff_s=0.0))
    troubles = ("busy", "busy until", "broken", "reset", "hang", "drip", "drip headers", "cut off")
    for number, trouble in enumerate(troubles):
        path = f"/cars?make=audi&page={number}"
        site.troubles[path] = trouble
        assert asking.fetch(f"{address}{path}").body == site.page(path)
        assert site.times[path] == 2, trouble
    # and given one that stays, it is asked for no more than three times
    site.troubles_stay, site.troubles[PAGE] = True, "broken"
    before = site.times[PAGE]
    with pytest.raises(FetchError, match="answers 503"):
        asking.fetch(f"{address}{PAGE}")
    assert site.times[PAGE] - before == 3


@pytest.mark.parametrize("status", [400, 404, 410, 204, 304])
def test_it_does_not_ask_again_where_that_cannot_help(site: FakeSite, address: str, status: int) -> None:
    """An answer that says no is an answer."""
    # given such an answer, when the page is asked for, then it fails at once
    site.answers["/a"] = Answer(status, body=b"")
    with pytest.raises(FetchError, match=str(status)):
        session().fetch(f"{address}/a")
    assert site.times["/a"] == 1


@pytest.mark.parametrize(
    ("answer", "times"),
    [
        (Answer(403), 1),
        (Answer(429), 3),
        (Answer(body=b"<html><title>Just a moment...</title>"), 1),
        (Answer(503, body=b"<html><title>Attention Required! | Wall</title>"), 1),
        (Answer(headers={"cf-mitigated": "challenge"}), 1),
    ],
)
def test_it_sees_when_it_is_not_wanted(site: FakeSite, address: str, answer: Answer, times: int) -> None:
    """A refusal is told from what is broken, and a wall is not run against again."""
    # given such an answer, when the page is asked for, then it is a block
    site.answers["/a"] = answer
    with pytest.raises(Blocked):
        session().fetch(f"{address}/a")
    assert site.times["/a"] == times


def test_it_waits_as_long_as_it_is_told(site: FakeSite, address: str) -> None:
    """Retry-After, in seconds or as a date, and longer from try to try without one."""
    # given answers that ask for patience
    def slept_s(answer: Answer) -> list[float]:
        site.answers["/a"] = answer
        sleepless = Sleepless()
        asking = session(Manners(pace_s=1, jitter=0.0, tries=3, backoff_s=5), sleepless.clock())
        with pytest.raises(FetchError):
            asking.fetch(f"{address}/a")
        return [round(slept_s) for slept_s in sleepless.slept_s]

    # when it asks again, then after that time: first the pace after robots.txt, then what was told
    assert slept_s(Answer(429, {"Retry-After": "120"})) == [1, 120, 120]
    in_five_minutes = format_datetime(NOW + timedelta(seconds=301), usegmt=True)
    assert slept_s(Answer(503, {"Retry-After": in_five_minutes})) == [1, 300, 10]
    assert slept_s(Answer(503, {"Retry-After": "soon"})) == [1, 5, 10]
    assert slept_s(Answer(503, {"Retry-After": "-5"})) == [1, 5, 10]
    assert slept_s(Answer(503)) == [1, 5, 10]


def test_it_stays_away_after_the_last_try_as_well(site: FakeSite, address: str) -> None:
    """The next page is no way round what the site asked for."""
    # given a page that was given up, when another one is asked for
    site.answers["/a"] = Answer(429, {"Retry-After": "600"})
    sleepless = Sleepless()
    asking = session(Manners(pace_s=1, jitter=0.0, tries=1), sleepless.clock())
    with pytest.raises(Blocked):
        asking.fetch(f"{address}/a")
    asking.fetch(f"{address}{PAGE}")
    # then it waited first
    assert sleepless.slept_s == pytest.approx([1, 600])


def test_a_wait_that_is_longer_than_the_run_ends_it(site: FakeSite, address: str) -> None:
    """At once: nobody sleeps towards a deadline."""
    # given a site that wants to be left alone for a day
    site.answers["/a"] = Answer(429, {"Retry-After": "86400"})
    sleepless = Sleepless()
    asking = session(Manners(pace_s=1, jitter=0.0, run_s=3600), sleepless.clock())
    # when it is asked, then the run is over, without a wait
    with pytest.raises(OutOfTime):
        asking.fetch(f"{address}/a")
    assert sum(sleepless.slept_s) < 10
    # and stays over
    with pytest.raises(OutOfTime):
        asking.fetch(f"{address}{PAGE}")
    assert PAGE not in site.times


def test_a_run_asks_for_nothing_after_its_deadline(site: FakeSite, address: str) -> None:
    """However many pages there would be."""
    # given a run of a minute, when pages are asked for every ten seconds, then six requests fit
    sleepless = Sleepless()
    asking = session(Manners(pace_s=10, jitter=0.0, run_s=60), sleepless.clock())
    with pytest.raises(OutOfTime):
        for _ in range(100):
            asking.fetch(f"{address}{PAGE}")
    assert asking.requests == 6


@pytest.mark.parametrize("trouble", ["drip", "drip headers", "hang"])
def test_a_request_ends_in_time_as_a_whole(site: FakeSite, address: str, trouble: str) -> None:
    """However slowly a site drips, and if it says nothing."""
    # given a site that would take a minute, and a read time-out that never strikes
    site.troubles[PAGE], site.troubles_stay = trouble, True
    asking = session(Manners(pace_s=0.0, jitter=0.0, request_s=0.3, read_s=20, tries=1))
    # when the page is asked for, then it is given up
    began_s = time.monotonic()
    with pytest.raises(FetchError, match="its time is over"):
        asking.fetch(f"{address}{PAGE}")
    assert time.monotonic() - began_s < 10  # of the 20 that a read might take, on a machine with other work


@pytest.mark.parametrize("status", [200, 302, 404, 503])
def test_a_bomb_is_not_unpacked(site: FakeSite, address: str, status: int) -> None:
    """A megabyte that would be a gigabyte is read as far as a page may be large, whatever answer it comes with."""
    # given the bomb
    packed = bomb()
    assert 900_000 < len(packed) < 1_200_000
    site.answers["/a"] = Answer(status, {"Content-Encoding": "gzip", "Location": "/a"}, packed)
    # when it is fetched, then it is too large, and took hardly more memory than the limit
    asking = session(Manners(pace_s=0.0, page_bytes=1024 * 1024, tries=1))
    tracemalloc.start()
    with pytest.raises(FetchError, match="larger than 1,048,576" if status == 200 else None):
        asking.fetch(f"{address}/a")
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most_bytes < 8 * 1024 * 1024


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(body=b"x" * 2_000_000), "larger"),
        (Answer(headers={"Content-Type": "application/pdf"}), "no HTML but 'application/pdf'"),
        (Answer(headers={"Content-Encoding": "br"}), "nobody asked for"),
        (Answer(headers={"Content-Encoding": "gzip"}, body=b"no gzip"), "no gzip"),
        (Answer(302, {"Location": "https://elsewhere.example/"}), "none of the site's hosts"),
        (Answer(302, {"Location": "http://elsewhere.example/"}), "without https"),
        (Answer(302, {"Location": "file:///etc/passwd"}), "without https"),
        (Answer(302, {"Location": "https://127.0.0.1:8443/"}), "none of the site's hosts"),
        (Answer(302, {"Location": "https://127.0.0.1@elsewhere.example/"}), "none of the site's hosts"),
        (Answer(302, {"Location": "https://a:b@127.0.0.1/"}), "none of the site's hosts"),
        (Answer(302, {"Location": "http://[::1"}), "no address"),
        (Answer(302, {"Location": "http://127.0.0.1:99999/"}), "no address"),
        (Answer(302, {"Location": "/a"}), "on and on"),
        (Answer(302), "answers 302"),
    ],
)
def test_what_is_no_page_is_none(site: FakeSite, address: str, answer: Answer, why: str) -> None:
    """Too large, of another kind, or somewhere else."""
    # given such an answer, when the page is asked for, then it says why it is none
    site.answers["/a"] = answer
    with pytest.raises(FetchError, match=why):
        session(Manners(pace_s=0.0, page_bytes=1_000_000)).fetch(f"{address}/a")
    assert site.times["/a"] <= 6


def test_redirects_within_the_site_are_followed(site: FakeSite, address: str) -> None:
    """Five of them, to where the page is."""
    # given a page that has moved five times, when it is asked for, then it is there, and says where that is
    for step in range(5):
        site.answers[f"/{step}"] = Answer(301 if step else 308, {"Location": f"{step + 1}#top"})
    site.answers["/5"] = Answer()
    assert session().fetch(f"{address}/0").url == f"{address}/5"


def test_without_a_word_for_tests_only_https_is_asked(site: FakeSite, address: str) -> None:
    """The way in for tests is closed unless it is opened."""
    # given a session as the crawl has it, when a page without https is asked for, then nothing is
    asking = PoliteSession({LOOPBACK}, "1", "a@dealer.example", QUICK)
    with pytest.raises(FetchError, match="without https"):
        asking.fetch(f"{address}{PAGE}")
    assert site.asked == []


def test_a_site_that_nobody_serves_is_closed() -> None:
    """Its robots.txt cannot be had."""
    # given an address without a server, when a page is asked for, then it is refused
    with pytest.raises(Disallowed, match="cannot be had"):
        session().fetch("http://127.0.0.1:9/cars")
