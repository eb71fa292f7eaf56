"""AutoScout24's search and listing pages, in its countries and languages."""

import json
from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

import lxml.html

from scraper.pages import autoscout24_kept as kept
from scraper.pages import autoscout24_words as words
from scraper.pages.autoscout24_detail import read_detail
from scraper.pages.autoscout24_search import read_search
from scraper.pages.base import DetailPage, NotBelieved, Query, SearchPage
from scraper.pages.next_data import read_html, read_json

# Of each country: the ending of its host, where its pages lie there, and the code of the cars that are in it.
COUNTRIES = {
    "de": ("de", "", "D"), "at": ("at", "", "A"), "be": ("be", "/nl", "B"), "nl": ("nl", "", "NL"),
    "fr": ("fr", "", "F"), "it": ("it", "", "I"), "lu": ("lu", "", "L"), "es": ("es", "", "E"),
    "com": ("com", "", None),
}  # fmt: skip
KEPT_FORM = 1  # of what reduce() makes


class AutoScout24:
    """The site of one country; reading a page takes those of all. A Site."""

    name = "autoscout24"
    pages_a_query = 20
    listings_a_page = 20

    def __init__(self, country: str = "de") -> None:
        """Raises ValueError for a country that has no site."""
        if country not in COUNTRIES:
            raise ValueError(f"AutoScout24 has no site {country!r}; known: {', '.join(COUNTRIES)}")
        ending, self._folder, self._cars_in = COUNTRIES[country]
        self._host = f"www.autoscout24.{ending}"
        self.hosts = frozenset({self._host, f"autoscout24.{ending}"})

    def search_url(self, query: Query, page: int) -> str:
        """In the order in which they were listed, so that few cars move from page to page meanwhile."""
        names = "/".join(
            quote("-".join(name.lower().split()), safe="-()") for name in (query.make, query.model) if name
        )
        parameters = {
            "atype": "C", "cy": self._cars_in, "damaged_listing": "exclude", "desc": "1", "fregfrom": query.from_year,
            "fregto": query.to_year, "powertype": "kw", "pricefrom": query.from_eur, "priceto": query.to_eur,
            "sort": "age", "page": page if page > 1 else None,
        }  # fmt: skip
        given = urlencode({name: value for name, value in parameters.items() if value is not None})
        return f"https://{self._host}{self._folder}/lst{'/' + names if names else ''}?{given}"

    def reduce(self, url: str, body: bytes) -> bytes:
        data, html = read_html(body)
        props = data.get("props", data)
        page = props.get("pageProps") if isinstance(props, dict) else None
        if not isinstance(page, dict):
            raise NotBelieved("the page's data is not of AutoScout24's shape")
        document: dict[str, object] = {"form": KEPT_FORM}
        if isinstance(page.get("listingDetails"), dict):
            document |= {"kind": "detail", "data": kept.keep(page, kept.DETAIL)}
            if document["data"] is None:
                raise NotBelieved("the listing's page says nothing that we know")
        elif "numberOfResults" in page or "listings" in page:
            listings = _kept_of_search(page)
            document |= {"kind": "search", "data": listings, "route": kept.keep(data.get("query"), kept.ROUTE) or {}}
            if html is not None:
                document["articles"] = _articles(html, {listing.get("id") for listing in listings.get("listings", ())})
        else:
            raise NotBelieved("the page is neither of results nor of one listing")
        host = _host_of(url) or _host_named(page)
        if host is None:
            raise NotBelieved("the page does not say that it is AutoScout24's")
        document["host"] = host
        return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()

    def read(self, reduced: bytes) -> SearchPage | DetailPage:
        document = read_json(reduced)
        if document.get("form") != KEPT_FORM:
            raise NotBelieved(f"what was kept of the page is of form {document.get('form')}, not {KEPT_FORM}")
        try:
            return read_detail(document) if document["kind"] == "detail" else read_search(document)
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            raise NotBelieved(f"what was kept of the page is broken: {error!r}") from None


def _kept_of_search(page: dict[str, object]) -> dict[str, list[dict[str, object]]]:
    """In an order of its own: the site deals the same listings out in another one to every visitor."""
    found = kept.keep(page, kept.SEARCH) or {}
    assert isinstance(found, dict)
    found["listings"] = sorted(found.get("listings", ()), key=lambda listing: json.dumps(listing, sort_keys=True))
    return found


def _articles(html: lxml.html.HtmlElement, ids: set[object]) -> dict[str, object]:
    """Of each listing's <article> what its attributes say, and of its details the figures and words that we know."""
    found: dict[str, object] = {}
    for article in html.iter("article"):
        guid = kept.guid(article.get("data-guid") or article.get("id"))
        if guid is None or guid not in ids or guid in found:
            continue
        attributes = kept.keep({name: article.get(name) for name in kept.ARTICLE}, kept.ARTICLE) or {}
        details = article.xpath(".//*[starts-with(@data-testid, 'VehicleDetails')]")
        texts = sorted({text for element in details if (text := kept.detail(element.text_content()))})
        found[guid] = {**attributes, **({"texts": texts} if texts else {})}  # type: ignore[dict-item]
    return found


def _host_of(url: str) -> str | None:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return None
    known = {f"www.autoscout24.{ending}" for ending, _, _ in COUNTRIES.values()} | {"www.autoscout24.ch"}
    named = host if host.startswith("www.") else f"www.{host}"
    return named if named in known else None


def _host_named(page: Mapping[str, object]) -> str | None:
    """The host that a saved page names, whose address is not known."""
    named = kept.keep(page, {"marketplace": kept.MARKETPLACE, "cultureInfo": kept.CULTURE})
    if not isinstance(named, dict):
        return None
    ending = named.get("cultureInfo", {}).get("tld")
    domain = named.get("marketplace", {}).get("etldPlusOne") or (f"autoscout24.{ending}" if ending else None)
    return f"www.{domain}" if domain and words.UNREADABLE not in domain else None
