"""Whether a page is believed: only then do its records reach the store as listings.

A site answers much that is not what was asked: the whole market for a make that it does not know, page 1 again past the
last page, a page of another shape after a redesign. Each check below stands for one such lie and says its reason.
What nothing on a page tells is beyond them: if every mileage of a page were in miles and said to be in kilometres, no
check here would know, for the mileages of twenty cars vary more than by that factor.
"""

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from model.schema.collected import Record
from model.schema.features import FEATURE, HP_PER_KW
from model.schema.listing import EUROS, PRICE_BOUNDS_EUR
from model.schema.vehicle import POWER_TOLERANCE_HP
from model.schema.vocabulary import canonical_make, fold
from scraper.market_so_far import Market, sight_of
from scraper.pages.base import DetailPage, NotBelieved, Query, SearchPage, Site

MISSING_SHARE = 0.2  # of a page's cars that may lack something, or be odd
# A query's pages may be more than its results fill: a site repeats the listings that dealers paid for.
EXTRA_PAGES = 1.1
# Wide, for they judge by the few cars of a page; a wrong unit is off by more.
USUAL_PRICE_RATIOS = (1 / 3, 3.0)
USUAL_MILEAGE_RATIOS = (1 / 5, 5.0)
USUAL_MEDIAN_EUR = (300.0, 1_000_000.0)
USUAL_KM_A_YEAR = (300.0, 100_000.0)
DRIVEN_YEARS = (3, 15)  # of an age at which a car was driven, and is no collector's yet
FEWEST_TO_JUDGE = 5
EXPECTED_LEFT_OUT = ("damaged",)  # however many; of anything else a few
HARDLY_DRIVEN = ("new", "pre_registered", "demonstration")

__all__ = ["Market", "check_detail", "check_search"]


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
    None for a saved page: its cars are then held against the query that it echoes. `first` is the same query's page 1.
    """
    if asked is not None:
        _check_echo(page.echoed, asked)
    if number is not None and page.number != number:
        raise NotBelieved(f"it is page {page.number}, not {number}, which was asked for")
    _check_counts(page, site)
    _check_ids(page.records, first if first is not None and page.number != first.number else None)
    _check_yield(page.records)
    _check_records(page.records, market, day)
    _check_asked(page.records, asked or page.echoed)


def check_detail(page: DetailPage, market: Market, day: date) -> None:
    """Raises NotBelieved, with the reason, for the page of a listing whose record must not be kept."""
    _check_yield([page.record])
    _check_records([page.record], market, day)


def _check_echo(echoed: Query, asked: Query) -> None:
    for what in ("make", "model", "from_year", "to_year", "from_eur", "to_eur"):
        said, wanted = getattr(echoed, what), getattr(asked, what)
        if _folded(said) != _folded(wanted):
            raise NotBelieved(f"it answers another query: {what} {said!r} instead of {wanted!r}")


def _check_counts(page: SearchPage, site: Site) -> None:
    listed = len(page.records) + sum(page.left_out.values())
    if page.results == 0 and listed:
        raise NotBelieved(f"it counts no results, and lists {listed}")
    if page.results and not listed:
        raise NotBelieved(f"it counts {page.results:,} results, and lists none")
    needed = math.ceil(page.results / site.listings_a_page)
    if page.pages > needed * EXTRA_PAGES + 1 or page.pages < min(needed, site.pages_a_query):
        raise NotBelieved(f"{page.results:,} results do not fill {page.pages:,} pages")
    if page.number is None:
        raise NotBelieved("it does not say which page it is")
    if not 1 <= page.number <= max(page.pages, 1):
        raise NotBelieved(f"it is page {page.number} of {page.pages}")
    last = page.number == max(page.pages, 1)
    fewest = min(page.results, 1 if last and page.pages > 1 else site.listings_a_page)
    if not fewest <= listed <= max(2 * site.listings_a_page, fewest):
        raise NotBelieved(f"it lists {listed} of {page.results:,} results, as page {page.number} of {page.pages}")
    for reason, count in page.left_out.items():
        if reason not in EXPECTED_LEFT_OUT and count > 1 and count / listed > MISSING_SHARE:
            raise NotBelieved(f"{count} of its {listed} listings are left out: {reason}")


def _check_ids(records: Sequence[Record], first: SearchPage | None) -> None:
    ids = {record["id"] for record in records}
    if len(ids) < len(records):
        raise NotBelieved(f"{len(records)} listings share {len(ids)} ids")
    if first is not None and ids:
        again = len(ids & {record["id"] for record in first.records})
        if again > len(ids) / 2:
            raise NotBelieved(f"it is page 1 again: {again} of its {len(ids)} listings are on that")


def _check_yield(records: Sequence[Record]) -> None:
    """Of each field, and of all together, the share that has it; of a page with few cars each may be missed once."""
    missing = {field: sum(not has(record) for record in records) for field, has in REQUIRED.items()}
    for field, count in missing.items():
        if count > 1 and count / len(records) > MISSING_SHARE:
            raise NotBelieved(f"{count} of its {len(records)} cars lack {field}")
    if records and sum(missing.values()) / (len(records) * len(REQUIRED)) > MISSING_SHARE:
        lacking = ", ".join(field for field, count in missing.items() if count)
        raise NotBelieved(f"its {len(records)} cars lack {lacking}")


def _check_records(records: Sequence[Record], market: Market, day: date) -> None:
    _most(records, lambda record: _is_plausible(record, day), "are not plausible in themselves")
    sights = [sight for sight in map(sight_of, records) if sight is not None]
    driven = [record for record in records if record.get("offer_type") not in HARDLY_DRIVEN]
    yearly = [
        sight.mileage_km / (day.year - sight.year)
        for sight in map(sight_of, driven)
        if sight is not None and DRIVEN_YEARS[0] <= day.year - sight.year <= DRIVEN_YEARS[1]
    ]
    _usual("price in euros", [sight.price_eur for sight in sights], USUAL_MEDIAN_EUR)
    _usual("kilometres a year", yearly, USUAL_KM_A_YEAR)
    _usual("price against the market's", market.price_ratios(records), USUAL_PRICE_RATIOS)
    older = [record for record in driven if record.get("first_registration", "9")[:4] < str(day.year - 1)]
    _usual("mileage against the market's", market.mileage_ratios(older), USUAL_MILEAGE_RATIOS)


def _check_asked(records: Sequence[Record], asked: Query) -> None:
    """Most cars are such as were asked for; a few that the site was paid for may be others."""
    if asked.make is not None:
        wanted = fold(canonical_make(asked.make))
        made = [record for record in records if "make" in record]
        _most(made, lambda record: fold(canonical_make(record["make"])) == wanted, f"are no {asked.make}")
    years, prices = (asked.from_year, asked.to_year), (asked.from_eur, asked.to_eur)
    _most(
        records,
        lambda record: _within(record.get("first_registration", "")[:4], years),
        "are not of the years asked for",
    )
    _most(records, lambda record: _within(record.get("price_eur", ""), prices), "do not cost what was asked for")


def _most(records: Sequence[Record], is_right: Callable[[Record], bool], fault: str) -> None:
    wrong = sum(not is_right(record) for record in records)
    if records and wrong / len(records) > MISSING_SHARE:
        raise NotBelieved(f"{wrong} of its {len(records)} cars {fault}")


def _usual(what: str, values: Iterable[float], bounds: tuple[float, float]) -> None:
    told = list(values)
    if len(told) < FEWEST_TO_JUDGE:
        return
    median = statistics.median(told)
    if not bounds[0] <= median <= bounds[1]:
        raise NotBelieved(f"its median {what} is {median:,.4g}, not from {bounds[0]:,.3g} to {bounds[1]:,.3g}")


def _is_plausible(record: Record, day: date) -> bool:
    """As far as a car by itself tells; what it lacks it is not blamed for."""
    kw, hp = _number(record, "power_kw"), _number(record, "power_hp")
    price, mileage = _number(record, "price_eur"), _number(record, "mileage_km")
    registered = record.get("first_registration", "")
    longest = FEATURE["mileage_km"].bounds
    assert longest is not None
    return (
        (kw is None or hp is None or abs(kw * HP_PER_KW - hp) <= POWER_TOLERANCE_HP)
        and (price is None or PRICE_BOUNDS_EUR[0] <= price <= PRICE_BOUNDS_EUR[1])
        and (mileage is None or mileage <= longest[1])
        and registered <= f"{day:%Y-%m}"
    )


def _within(text: str, span: tuple[int | None, int | None]) -> bool:
    low, high = span
    return not text or (low is None or float(text) >= low) and (high is None or float(text) <= high)


def _number(record: Record, column: str) -> float | None:
    return float(record[column]) if column in record else None


def _folded(value: object) -> object:
    return fold(canonical_make(value)) if isinstance(value, str) else value


def _is_registered(record: Record) -> bool:
    return "first_registration" in record or record.get("offer_type") == "new"


def _is_priced(record: Record) -> bool:
    return "price_eur" in record and record.get("currency", EUROS[0]).casefold() in EUROS


REQUIRED: dict[str, Callable[[Record], bool]] = {
    **{field: lambda record, field=field: field in record  # type: ignore[misc]
       for field in ("make", "model", "fuel", "gearbox", "offer_type", "mileage_km")},
    "first_registration": _is_registered,
    "power": lambda record: "power_kw" in record or "power_hp" in record,
    "a price in euros": _is_priced,
}  # fmt: skip
