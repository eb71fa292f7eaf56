"""AutoScout24's page of one listing, out of what was kept of it."""

from collections.abc import Mapping
from typing import Any

from scraper.pages import autoscout24_words as words
from scraper.pages.autoscout24_record import NotForSale, Said, check_for_sale, make_record
from scraper.pages.base import DetailPage, NotBelieved


def read_detail(kept: Mapping[str, Any]) -> DetailPage:
    """Raises NotBelieved for a listing that is no car for sale, or no longer on offer."""
    data, host = kept["data"], kept.get("host")
    listing = data["listingDetails"]
    if listing.get("status", "active") != "active":
        raise NotBelieved("the listing is not on offer any more")
    address = listing.get("webPage")
    id = listing.get("id") or (address.rpartition("/")[2] if address else None)
    if id is None:
        raise NotBelieved("the listing has no id")
    url = f"https://{host}{address}" if host and address else None
    try:
        _check_for_sale(listing)
    except NotForSale as reason:
        raise NotBelieved(f"the listing is no price of a car: {reason}") from None
    claims = make_record(_said(listing, id, url, str(host or "").rpartition(".")[2]))
    return DetailPage(url or f"https://{host or 'www.autoscout24.com'}", claims.record, claims.unknown)


def _check_for_sale(listing: Mapping[str, Any]) -> None:
    vehicle = listing.get("vehicle", {})
    damage = _at(vehicle, "rawData", "condition", "damage")
    check_for_sale(
        types=(listing.get("articleType"), vehicle.get("type")),
        damaged=vehicle.get("hadAccident") is True or damage.get("isCurrentlyDamaged") is True
        or damage.get("isRoadworthy") is False or damage.get("hasRepairedDamages") is True
        or str(vehicle.get("offerType")).casefold() == words.DAMAGED_OFFER,
        price_text=_at(listing, "prices", "public").get("price") or _at(listing, "price").get("priceFormatted"),
        ownership=_at(listing, "trackingParams").get("classified_ownershipModels"),
    )  # fmt: skip


def _said(listing: Mapping[str, Any], id: str, url: str | None, market: str) -> Said:
    vehicle, tracked = listing.get("vehicle", {}), listing.get("trackingParams", {})
    raw = vehicle.get("rawData", {})
    named, condition, engine = raw.get("classification", {}), raw.get("condition", {}), raw.get("engine", {})
    mileage, registration = condition.get("mileageInKm", {}), condition.get("firstRegistrationDate", {})
    public, price = _at(listing, "prices", "public"), listing.get("price", {})
    on_request = public.get("onRequestOnly") is True
    category, raw_category = vehicle.get("fuelCategory", {}), _at(raw, "fuels", "fuelCategory")
    fuel_words = (category.get("formatted"), raw_category.get("formatted"))
    seller = listing.get("seller", {})
    return Said(
        id=id,
        url=url,
        makes=(vehicle.get("make"), _at(named, "make").get("formatted")),
        # Where the model was renamed, its group would pass for it.
        models=(
            _at(named, "model").get("formatted"), vehicle.get("model"),
            *((vehicle.get("modelGroup"),) if "model" in vehicle else ()),
        ),
        fuel_codes=(category.get("raw"), raw_category.get("raw"), tracked.get("classified_fueltype")),
        # The first of its fuels is not the car's: a hybrid's is petrol. It counts where nothing else is said.
        fuel_words=fuel_words if any(fuel_words) or category else (_at(vehicle, "primaryFuel").get("formatted"),),
        gearbox_codes=(tracked.get("classified_transmission"),),
        gearbox_words=(
            vehicle.get("transmissionType"), _at(engine, "transmissionType").get("formatted"),
            _at(engine, "transmissionType").get("raw"),
        ),
        offer_codes=(
            vehicle.get("offerType"), raw.get("usageState"), tracked.get("classified_offerType"),
        ),
        offer_words=() if vehicle.get("offerType") else tuple(vehicle.get("legalCategories", ())[:1]),
        registrations=(
            vehicle.get("firstRegistrationDateRaw"), vehicle.get("firstRegistrationDate"), registration.get("raw"),
            registration.get("formatted"),
        ),
        mileage_texts=(vehicle.get("mileageInKm"), mileage.get("formatted")),
        mileages=(vehicle.get("mileageInKmRaw"), mileage.get("raw"), tracked.get("classified_mileage")),
        power_texts=(vehicle.get("powerInKw"), vehicle.get("powerInHp")),
        powers_kw=(
            vehicle.get("rawPowerInKw"), _at(engine, "power", "kw").get("raw"), tracked.get("classified_power"),
        ),
        powers_hp=(vehicle.get("rawPowerInHp"), _at(engine, "power", "hp").get("raw")),
        price_texts=(words.ON_REQUEST,) if on_request else (public.get("price"), price.get("priceFormatted")),
        prices=() if on_request else (public.get("priceRaw"), tracked.get("classified_price")),
        price_is_conditional=price.get("isConditionalPrice") is True,
        market=market,
        countries=(_at(listing, "location").get("countryCode"), tracked.get("classified_country")),
        seller_kinds=(seller.get("type"), tracked.get("classified_customer_type")),
    )  # fmt: skip


def _at(document: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """An object within the document, empty where it lacks it."""
    for name in names:
        document = document.get(name, {})
    return document
