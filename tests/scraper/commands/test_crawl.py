"""dealership-listings crawl: what it refuses, what it says, and what its exit code means."""

import argparse
import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest

from model.store import LocalStore
from scraper.commands import crawl
from scraper.http import PoliteSession
from scraper.pages.base import Query
from tests.scraper.fake_site import FakePages, FakeSite, open_site

ON = {"DEALERSHIP_CRAWL": "on", "DEALERSHIP_CRAWL_CONTACT": "listings@dealer.example"}
MAKES = {"seat": 3, "fiat": 0}


class Command:
    """The command, over a fake site."""

    def __init__(self, folder: Path) -> None:
        self.site = FakeSite(MAKES)
        self.address = ""
        self.store = LocalStore(folder / "store")
        self._folder = folder

    def run(self, *more: str, environment: Mapping[str, str] = ON, **plan: object) -> int:
        """Its exit code, for a plan with some changes."""
        file = self._folder / "plan.json"
        file.write_text(json.dumps({"source": "fakesite", "queries": [{"make": "seat"}], "pace_s": 1, **plan}))
        parser = argparse.ArgumentParser()
        sites = {"fakesite": lambda: FakePages(self.address)}
        crawl.add(parser.add_subparsers(), sites, partial(PoliteSession, plain_http_to_loopback=True))
        options = parser.parse_args(["crawl", "--plan", str(file), "--store", str(self._folder / "store"), *more])
        return options.run(options, environment)


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    command = Command(tmp_path)
    with open_site(command.site) as command.address:
        yield command


def test_it_is_off_until_it_is_switched_on(command: Command) -> None:
    """Whatever the plan says, nobody is asked."""
    # given no word of whoever runs it, when it is called, then it refuses, and says how it is switched on
    with pytest.raises(ValueError, match="set DEALERSHIP_CRAWL=on"):
        command.run(environment={})
    assert command.site.asked == [] and command.store.keys("") == []


def test_a_source_that_is_not_known_is_refused(command: Command) -> None:
    """With those that are."""
    with pytest.raises(ValueError, match="'elsewhere', and none of fakesite"):
        command.run(source="elsewhere")
    with pytest.raises(ValueError, match="--max-pages"):
        command.run("--max-pages", "0")
    assert command.site.asked == []


def test_what_it_crawls_is_in_the_store_and_told(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    """As a line of JSON for machines."""
    # given a plan, when it is run, then the report tells what came of it
    assert command.run("--json") == 0
    said = capsys.readouterr()
    report = json.loads(said.out)
    assert report["ended"] == "whole" and report["covers"] == [{"make": "seat", "model": None}]
    assert report["counts"] == {"pages": 1, "records": 3} and report["requests"] == 2
    assert command.store.keys("manifests/") == [report["key"]]
    assert "2 requests; 1 pages, 3 records" in said.err
    # and the site knows who asked
    agents = {asked.headers["User-Agent"].partition("/")[::2] for asked in command.site.asked}
    [(name, rest)] = agents
    assert name == "dealership-ai" and rest.endswith(" (+listings@dealer.example)")
    # and nobody holds a lease any more, so that the next one can begin at once
    assert command.run("--quiet") == 0 and len(command.site.paths()) == 1


def test_a_dry_run_keeps_nothing(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    """It asks for the first page of each query, and says how much there is."""
    # given a plan, when it is only tried, then it says so
    assert command.run("--dry-run", "--json") == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["queries"] == [{"query": {"make": "seat"}, "results": 3, "why": None}]
    assert "make seat: 3 results" in said.err
    # and the store is as it was: not there
    assert command.store.keys("") == []


def test_a_cut_run_has_an_exit_code_of_its_own(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    """What it has seen counts."""
    # given more queries than pages, when it is run, then it is cut
    assert command.run("--max-pages", "1", queries=[{"make": "seat"}, {"make": "fiat"}]) == 3
    assert len(command.store.keys("manifests/")) == 1
    assert "incomplete" in capsys.readouterr().err


def test_a_site_that_cannot_be_believed_is_a_failure(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    """Loud, and without a manifest."""
    # given a site that has changed, when it is crawled, then it fails
    command.site.troubles[FakePages("").search_url(Query("seat"), 1)] = "half"
    assert command.run() == 1
    assert command.store.keys("manifests/") == [] and len(command.store.keys("failures/")) == 1
    assert "FAILED, and nothing of it counts" in capsys.readouterr().err


def test_a_site_that_refuses_has_an_exit_code_of_its_own(command: Command) -> None:
    """And is not asked again that day."""
    # given a site that refuses us, and a plan that takes one no for an answer
    command.site.troubles[FakePages("").search_url(Query("seat"), 1)] = "wall"
    # when it is crawled twice, then it was asked once
    assert [command.run(blocks=1), command.run(blocks=1), command.run("--dry-run", blocks=1)] == [4, 4, 4]
    assert len(command.site.paths()) == 1
