"""Whether a page is believed: only then do its records reach the store as listings."""

from collections.abc import Iterable
from datetime import date

from model.schema.collected import Record
from scraper.pages.base import DetailPage, Query, SearchPage, Site


class Market:
    """What has been believed so far, against which prices and mileages of a page are held. Its memory is bounded."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self.add(records)

    def add(self, records: Iterable[Record]) -> None:
        """Take records of a believed page into it."""


def check_search(
    page: SearchPage,
    site: Site,
    market: Market,
    day: date,
    *,
    asked: Query | None = None,
    number: int | None = None,
    first: SearchPage | None = None,
) -> None:
    """Raises NotBelieved, with the reason, for a page of results whose records must not be kept as listings.

    `day` is the day on which the page was seen. `asked` and `number` are the query and the page that were asked for,
    None for a saved page: then its echo is not checked. `first` is the same query's page 1.
    """


def check_detail(page: DetailPage, market: Market, day: date) -> None:
    """Raises NotBelieved, with the reason, for the page of a listing whose record must not be kept."""
