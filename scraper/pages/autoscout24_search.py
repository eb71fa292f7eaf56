"""AutoScout24's pages of results, out of what was kept of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from scraper.pages import autoscout24_words as words
from scraper.pages.autoscout24_claims import Claims, reading
from scraper.pages.autoscout24_record import NotForSale, Said, check_for_sale, make_record
from scraper.pages.base import NotBelieved, Query, SearchPage

MAKE, MODEL, MODEL_GROUP, VARIANT = range(4)  # what the numbers of mmmv stand for
SEVERAL = "several"  # in place of a make, where more than one is asked for


def read_search(kept: Mapping[str, Any]) -> SearchPage:
    """Raises NotBelieved for a page that does not say what it answers, or how many results there are."""
    data, host = kept["data"], kept.get("host")
    results, pages = data.get("numberOfResults"), data.get("numberOfPages")
    query = data.get("pageQuery")
    if not isinstance(results, float) or not isinstance(pages, float):
        raise NotBelieved("the page does not say how many results there are")
    if query is None:
        raise NotBelieved("the page does not say which query it answers")
    records: dict[str, dict[str, str]] = {}
    repeated: list[dict[str, str]] = []
    left_out: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    market = _market(data)
    for listing in data.get("listings", ()):
        try:
            claims = _read_listing(listing, kept.get("articles", {}), query, host, market)
        except NotForSale as reason:
            left_out[str(reason)] += 1
            continue
        unknown.update(claims.unknown)
        id = claims.record["id"]
        if id not in records:
            records[id] = claims.record
        elif records[id] == claims.record:
            left_out["listed twice"] += 1  # boosted, and in its own place
        else:
            repeated.append(claims.record)
    route = kept.get("route", {})
    every = (*records.values(), *repeated)
    echoed = _echoed(query, route.get("slug", ()), every)
    number = _number(query, route)
    return SearchPage(
        _address(host, echoed, number), echoed, number, int(results), int(pages), every, left_out, unknown
    )


def _read_listing(
    listing: Mapping[str, Any], articles: Mapping[str, Any], query: Mapping[str, Any], host: str | None, market: str
) -> Claims:
    vehicle, tracking = listing.get("vehicle", {}), listing.get("tracking", {})
    price, details = listing.get("price", {}), listing.get("vehicleDetails", [])
    id = listing.get("id") or _id_of(listing.get("url"))
    if id is None:
        raise NotForSale("without an id")
    article = articles.get(id, {})
    check_for_sale(
        types=(vehicle.get("articleType"), vehicle.get("type"), article.get("data-vehicle-type"), _type_asked(query)),
        damaged=vehicle.get("isCurrentlyDamaged") is True
        or str(vehicle.get("offerType")).lower() == words.DAMAGED_OFFER,
        price_text=price.get("priceFormatted"),
        ownership=article.get("data-ownership-models"),
    )
    texts = [detail["data"] for detail in details if "data" in detail]
    mileages = [detail.get("data") for detail in details if detail.get("iconName") == "mileage"]
    calendars = [detail.get("data") for detail in details if detail.get("iconName") == "calendar"]
    return make_record(
        Said(
            id=id,
            url=f"https://{host}{listing['url']}" if host and "url" in listing else None,
            makes=(vehicle.get("make"),),
            # Where the model was renamed, its group would pass for it.
            models=(vehicle["model"], vehicle.get("modelGroup")) if "model" in vehicle else (),
            fuel_codes=(tracking.get("fuelType"), article.get("data-fuel-type")),
            fuel_words=(vehicle.get("fuel"), *(text for text in texts if words.FUEL.find(text))),
            gearbox_words=(
                vehicle.get("transmission"),
                *(text for text in (*texts, *article.get("texts", ())) if words.GEARBOX.find(text)),
            ),
            offer_codes=(vehicle.get("offerType"),),
            registrations=(
                tracking.get("firstRegistration"), article.get("data-first-registration"),
                *(text for text in calendars if not _is_distance(text)),
            ),
            mileage_texts=(vehicle.get("mileageInKm"), *mileages),
            mileages=(tracking.get("mileage"), article.get("data-mileage")),
            power_texts=tuple(text for text in (*texts, *article.get("texts", ())) if _is_power(text)),
            price_texts=(price.get("priceFormatted"),),
            prices=(price.get("priceRaw"), tracking.get("price"), article.get("data-price")),
            price_is_conditional=price.get("isConditionalPrice") is True,
            market=market,
            countries=(listing.get("location", {}).get("countryCode"), article.get("data-listing-country")),
            seller_kinds=(listing.get("seller", {}).get("type"), article.get("data-seller-type")),
        )
    )  # fmt: skip


def _is_power(text: str) -> bool:
    return isinstance(reading(words.power, text), tuple)


def _is_distance(text: str | None) -> bool:
    return text is not None and words.DISTANCE.fullmatch(text) is not None


def _id_of(address: str | None) -> str | None:
    return address.rpartition("/")[2] if address else None


def _type_asked(query: Mapping[str, Any]) -> str:
    """What a query is for that names no type: cars."""
    return "car" if query.get("atype", "C").casefold() == "c" else "other"


def _market(data: Mapping[str, Any]) -> str:
    return str(
        data.get("marketplace", {}).get("country", {}).get("tld") or data.get("cultureInfo", {}).get("tld") or ""
    )


def _echoed(query: Mapping[str, Any], slug: Sequence[str], records: Sequence[Mapping[str, str]]) -> Query:
    """The query that the site understood: it overlooks a make or model that it does not know, and so do we."""
    # Beside make and model, an address may hold filters such as "ft_diesel".
    names = [part for part in slug if part[2:3] != "_"]
    asked, categories = _parts(query.get("mmmv")), _parts(query.get("cat"))
    make: str | None = None
    model: str | None = None
    if len(asked) > 1 or len(categories) > 1:
        make = SEVERAL
    else:
        ids = [*(asked[0].split("|") if asked else ()), "", "", "", ""]
        category = categories[0] if categories else ""
        if ids[MAKE] or category.startswith("ma"):
            make = names[0] if names else _most(records, "make")
        if any(ids[MODEL : VARIANT + 1]) or "mo" in category or "gr" in category:
            model = names[1] if len(names) > 1 else _most(records, "model")
    return Query(
        make, model, _whole(query.get("fregfrom")), _whole(query.get("fregto")),
        _whole(query.get("pricefrom")), _whole(query.get("priceto")),
    )  # fmt: skip


def _parts(text: str | None) -> list[str]:
    """Of mmmv and cat there is one for each make and model that is asked for."""
    return [part for part in (text or "").replace(";", ",").split(",") if part.strip("|") and part != words.UNREADABLE]


def _most(records: Sequence[Mapping[str, str]], column: str) -> str | None:
    counted = Counter(record[column] for record in records if column in record).most_common(1)
    return counted[0][0] if counted else None


def _number(query: Mapping[str, Any], route: Mapping[str, Any]) -> int | None:
    """Page 1 goes without saying."""
    number = query.get("page", route.get("page", 1.0))
    return int(number) if isinstance(number, float) else None


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, float) else None


def _address(host: str | None, echoed: Query, number: int | None) -> str:
    """Where the page was, without what its address said of who asked."""
    names = "/".join(name for name in (echoed.make, echoed.model) if name)
    return f"https://{host or 'www.autoscout24.com'}/lst{'/' + names if names else ''}?page={number or 1}"
