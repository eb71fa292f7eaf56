"""The crawl plan and the switch: nothing is asked for that nobody has named, or switched on."""

import json

import pytest

from scraper.config import read_crawl_config
from scraper.http import Manners
from scraper.pages.base import Query
from scraper.plan import read_plan


def test_a_plan_says_what_to_ask_for() -> None:
    """Makes, models one by one, spans; how slowly, how long, how much."""
    # given a plan
    text = json.dumps({
        "source": "autoscout24",
        "queries": [
            {"make": "skoda"}, {"make": "audi", "models": ["a3", "a4"]},
            {"make": "bmw", "from_year": 2015, "to_eur": 40_000},
        ],
        "pace_s": 12.5, "run_deadline_s": 3600, "request_deadline_s": 30, "pages": 400, "blocks": 1,
    })  # fmt: skip
    # when it is read, then it says so
    plan = read_plan(text)
    assert plan.source == "autoscout24"
    assert plan.queries == (
        Query("skoda"), Query("audi", "a3"), Query("audi", "a4"), Query("bmw", from_year=2015, to_eur=40_000),
    )  # fmt: skip
    assert (plan.manners.pace_s, plan.manners.run_s, plan.manners.request_s) == (12.5, 3600, 30)
    assert (plan.pages, plan.blocks) == (400, 1)


def test_a_plan_needs_no_more_than_a_source_and_a_query() -> None:
    """The rest is as slow and as short as is usual."""
    plan = read_plan('{"source": "autoscout24", "queries": [{"make": "skoda"}]}')
    assert (plan.manners, plan.pages, plan.blocks) == (Manners(), 5_000, 3)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"source": ""}, "no source"),
        ({"queries": []}, "never empty"),
        ({"queries": {"make": "audi"}}, "a list"),
        ({"queries": ["audi"]}, "query 1 of the plan is no object"),
        ({"queries": [{"model": "a3"}]}, "query 1 of the plan says 'model'"),
        ({"queries": [{"models": ["a3"]}]}, "query 1 of the plan names no make"),
        ({"queries": [{"make": "audi", "models": []}]}, "models are a list"),
        ({"queries": [{"make": "audi", "models": "a3"}]}, "models are a list"),
        ({"queries": [{"make": "audi", "from_year": "2015"}]}, "query 1 of the plan: from_year is a number"),
        ({"queries": [{"make": "audi", "from_year": 2015.5}]}, "from_year is a number from 1,?900"),
        ({"queries": [{"make": "audi", "from_year": 2020, "to_year": 2015}]}, "from_year is after to_year"),
        ({"queries": [{"make": "audi"}, {"make": "audi"}]}, "the same twice"),
        ({"pace_s": 0.1}, "pace_s is a number from 1 to 3,600"),
        ({"pace_s": True}, "pace_s is a number"),
        ({"run_deadline_s": 10**9}, "run_deadline_s"),
        ({"blocks": 4}, "blocks is a number from 1 to 3"),
        ({"pages": 0}, "pages is a number from 1"),
        ({"robots": "ignore"}, "says 'robots', which is none of"),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused(change: dict[str, object], why: str) -> None:
    """With what is wrong, and where."""
    # given a plan with one thing wrong, when it is read, then that is what it says
    sound = {"source": "autoscout24", "queries": [{"make": "audi"}]}
    with pytest.raises(ValueError, match=why):
        read_plan(json.dumps({**sound, **change}))


def test_what_is_no_json_is_no_plan() -> None:
    """And neither is a list."""
    for text, why in (("source: autoscout24", "no JSON"), ("[]", "no object")):
        with pytest.raises(ValueError, match=why):
            read_plan(text)


@pytest.mark.parametrize("switch", [{}, {"DEALERSHIP_CRAWL": "off"}, {"DEALERSHIP_CRAWL": ""}])
def test_crawling_is_off_until_it_is_switched_on(switch: dict[str, str]) -> None:
    """A contact alone is no leave."""
    with pytest.raises(ValueError, match="crawling is off"):
        read_crawl_config({**switch, "DEALERSHIP_CRAWL_CONTACT": "a@dealer.example"})


@pytest.mark.parametrize("word", ["yes", "1", "ON", "true"])
def test_the_switch_has_two_words(word: str) -> None:
    """What might mean on is not taken for it."""
    with pytest.raises(ValueError, match="on or off"):
        read_crawl_config({"DEALERSHIP_CRAWL": word, "DEALERSHIP_CRAWL_CONTACT": "a@dealer.example"})


@pytest.mark.parametrize("contact", ["", "me", "a@b", "https://", "a@dealer.example\r\nX-More: 1", "dealer.example"])
def test_nobody_crawls_without_a_contact(contact: str) -> None:
    """A site must be able to reach whoever does."""
    with pytest.raises(ValueError, match="how a site reaches you"):
        read_crawl_config({"DEALERSHIP_CRAWL": "on", "DEALERSHIP_CRAWL_CONTACT": contact})


@pytest.mark.parametrize("contact", ["listings@dealer.example", "https://dealer.example/crawler"])
def test_who_has_switched_it_on_and_names_a_contact_may(contact: str) -> None:
    """An address or a URL."""
    assert read_crawl_config({"DEALERSHIP_CRAWL": "on", "DEALERSHIP_CRAWL_CONTACT": contact}).contact == contact
