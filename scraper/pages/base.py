"""What a page of a site says, whichever site it is. Reading a page does no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class NotBelieved(Exception):
    """A page that says nothing we can use; the message says why."""


@dataclass(frozen=True)
class Query:
    """What is asked of a site's search, in the site's own words; None: any. Both ends of a span belong to it."""

    make: str | None = None
    model: str | None = None
    from_year: int | None = None  # of the first registration
    to_year: int | None = None
    from_eur: int | None = None
    to_eur: int | None = None


@dataclass(frozen=True)
class SearchPage:
    """One page of a search's results.

    `echoed` is the query that the page says it answers, as far as it says so; `number` the page's own, from 1, if it
    says it; `results` and `pages` how many the whole query has. Each record has an id, and no day on which it was seen.
    `left_out` counts, by reason, what the page lists and is no record: a motorcycle, a monthly rate. `unknown` counts
    what was said and not understood, such as "fuel: Plasma": the record lacks it.
    """

    url: str
    echoed: Query
    number: int | None
    results: int
    pages: int
    records: tuple[Mapping[str, str], ...]
    left_out: Mapping[str, int] = field(default_factory=dict)
    unknown: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class DetailPage:
    """The page of one listing; `unknown` as in SearchPage."""

    url: str
    record: Mapping[str, str]
    unknown: Mapping[str, int] = field(default_factory=dict)


Page = SearchPage | DetailPage


class Site(Protocol):
    """A site that lists cars."""

    name: str  # of the source in the store
    hosts: frozenset[str]  # all that its pages and their redirects are on
    pages_a_query: int  # that it shows of any query, however many results it has
    listings_a_page: int

    def search_url(self, query: Query, page: int) -> str:
        """Where a page of a query's results is, from page 1 on."""

    def reduce(self, url: str, body: bytes) -> bytes:
        """What is kept of a page: JSON of the keys that we read and no others, so nothing of a seller; the same page
        always gives the same bytes. Raises NotBelieved for what is no page of this site: a block, half a page.
        """

    def read(self, reduced: bytes) -> Page:
        """What the page says, out of what was kept of it. Raises NotBelieved."""
