"""What is kept of a page of AutoScout24: an allow-list of keys, and of each the shapes that its value may have.

Nothing else survives: no seller but for its kind, no text that a seller wrote, no address but the country and the first
two signs of the post code. A value of another shape becomes "?", so that it is missed, and is not kept either. The
words of the site's own lists (makes, models, fuels, gearboxes) are kept as they stand.
"""

import math
import re
from collections.abc import Callable, Mapping

from scraper.pages import autoscout24_words as words
from scraper.pages.autoscout24_words import UNREADABLE, tidy

Shape = Callable[[object], object]
Kept = Mapping[str, "Kept | Shape | list[Kept | Shape]"]

GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
LISTING_ADDRESS = re.compile(
    r"(?:https://[a-z0-9.-]+)?/((?:(?:de|fr|nl|it)/)?(?:angebote|offers|aanbod|offres|annonces|annunci|anuncios))/"
    rf"[^\s]*?({GUID.pattern})(?:[?#].*)?"
)
MOST_LISTINGS = 200
LONGEST_WORD = 60


def keep(value: object, kept: "Kept | Shape | list[Kept | Shape]") -> object:
    """The part of a document that the allow-list names; None for nothing."""
    if isinstance(kept, Mapping):
        if not isinstance(value, dict):
            return None
        parts = {name: keep(value[name], shape) for name, shape in kept.items() if name in value}
        return {name: part for name, part in parts.items() if part is not None} or None
    if isinstance(kept, list):
        if not isinstance(value, list):
            return None
        return [part for part in (keep(item, kept[0]) for item in value[:MOST_LISTINGS]) if part is not None] or None
    return kept(value)


def word(value: object) -> str | None:
    """A word of the site's lists; never a telephone number."""
    text = _text(value)
    if text is None or words.is_placeholder(text):
        return None
    is_one = len(text) <= LONGEST_WORD and text.isprintable() and "@" not in text and not re.search(r"(\d\W?){7}", text)
    return text if is_one else UNREADABLE


def word_or_empty(value: object) -> str:
    """The same, with "" for a word that is said to be missing: other than one that is not mentioned at all."""
    return word(value) or ""


def number(value: object) -> float | str | None:
    """A whole or decimal number, also as text."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        text = tidy(value)
        if words.is_placeholder(text):
            return None
        # Three digits behind a dot are thousands in half of Europe.
        return float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,2})?", text) else UNREADABLE
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return UNREADABLE
    return float(value) if 0 <= value < 1e9 else UNREADABLE


def flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def fixed(pattern: str) -> Shape:
    """A text of this pattern alone."""
    compiled = re.compile(pattern, re.IGNORECASE)

    def shape(value: object) -> str | None:
        text = _text(value)
        if text is None or words.is_placeholder(text):
            return None
        return text if compiled.fullmatch(text) else UNREADABLE

    return shape


def price(value: object) -> str | None:
    text = _text(value)
    if text is None or words.is_placeholder(text):
        return None
    if words.PRICE.fullmatch(text):
        return text
    if words.MONTH.search(text):
        return words.MONTHLY
    return UNREADABLE if re.search(r"\d", text) else words.ON_REQUEST


def guid(value: object) -> str | None:
    text = _text(value)
    return text.lower() if text and GUID.fullmatch(text.lower()) else None


def address(value: object) -> str | None:
    """A listing's address without the words in it, which its seller chose."""
    text = _text(value)
    match = LISTING_ADDRESS.fullmatch(text) if text else None
    return f"/{match[1]}/{match[2]}" if match else None


def seller_kind(value: object) -> str | None:
    text = _text(value)
    return words.SELLER_KINDS.get(words.fold(text), UNREADABLE) if text else None


def article_type(value: object) -> str | None:
    text = _text(value)
    return None if text is None else "car" if text.casefold() in words.CAR_WORDS else "other"


def status(value: object) -> str | None:
    text = _text(value)
    return None if text is None else "active" if text.casefold() == "active" else "other"


def post_code_start(value: object) -> str | None:
    text = _text(value)
    return text[:2] if text and re.match(r"[0-9]{2}", text) else None


def icon(value: object) -> str | None:
    """Which of the details it is, of those whose text alone does not tell it."""
    text = _text(value) or ""
    return next((name for name in ("mileage", "calendar") if name in text.casefold()), None)


def detail(value: object) -> str | None:
    """A text of a listing's details, if it is a figure or a word that we know."""
    text = _text(value)
    if text is None or words.is_placeholder(text):
        return None
    if any(p.fullmatch(text) for p in (words.DISTANCE, words.POWER, words.POWER_HP_FIRST, words.MONTH_AND_YEAR)):
        return text
    return text if words.GEARBOX.find(text) or words.FUEL.find(text) else None


def ownership(value: object) -> str | None:
    """Codes of how a car is to be had: tr for a sale."""
    text = _text(value)
    return text.casefold() if text and re.fullmatch(r"[a-z]{2}(?:\W+[a-z]{2})*", text, re.IGNORECASE) else None


def _text(value: object) -> str | None:
    """None for nothing; a number as it is written."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return tidy(str(value)) or None


code = fixed(r"[a-z0-9]|unknown|undefined")
offer_code = fixed("[a-z]|" + "|".join(words.RAW_OFFERS))
country_code = fixed(r"[a-z]{1,3}")
kilometres = fixed(words.DISTANCE.pattern)
power = fixed(f"{words.POWER.pattern}|{words.POWER_HP_FIRST.pattern}|{words.HORSES_ALONE.pattern}")
registration = fixed(
    f"{words.MONTH_AND_YEAR.pattern}|{words.YEAR_AND_MONTH.pattern}|{'|'.join(words.NEW_CAR)}"
)  # fmt: skip
MARKETPLACE: Kept = {
    "etldPlusOne": fixed(r"autoscout24\.[a-z]{2,3}(\.[a-z]{2})?"),
    "country": {"tld": fixed("[a-z]{2,3}")},
}
CULTURE: Kept = {"tld": fixed("[a-z]{2,3}")}

LISTING: Kept = {
    "id": guid,
    "url": address,
    "price": {"priceFormatted": price, "priceRaw": number, "isConditionalPrice": flag},
    "vehicle": {
        "articleType": article_type, "type": article_type, "make": word, "model": word_or_empty, "modelGroup": word,
        "offerType": offer_code, "transmission": word, "fuel": word, "mileageInKm": kilometres,
        "isCurrentlyDamaged": flag,
    },
    "location": {"countryCode": country_code, "zip": post_code_start},
    "seller": {"type": seller_kind},
    "tracking": {"firstRegistration": registration, "fuelType": code, "mileage": number, "price": number},
    "vehicleDetails": [{"data": detail, "iconName": icon}],
}  # fmt: skip
SEARCH: Kept = {
    "marketplace": MARKETPLACE,
    "cultureInfo": CULTURE,
    "pageQuery": {
        "mmmv": fixed(r"[0-9|,;]{1,120}"), "cat": fixed(r"(?:[a-z]{2}\d{1,9},?){1,12}"), "atype": fixed("[a-z]"),
        "pricefrom": number, "priceto": number, "fregfrom": number, "fregto": number, "page": number,
    },
    "numberOfResults": number,
    "numberOfPages": number,
    "listings": [LISTING],
}  # fmt: skip
# Of the page's address, as its program was called with it.
ROUTE: Kept = {"slug": [word], "page": number}
# Of the <article> of a listing, by its attributes.
ARTICLE: Kept = {
    "data-vehicle-type": article_type, "data-price": number, "data-mileage": number, "data-fuel-type": code,
    "data-first-registration": registration, "data-seller-type": seller_kind, "data-listing-country": country_code,
    "data-ownership-models": ownership,
}  # fmt: skip

RAW: Kept = {"raw": number}
DETAIL: Kept = {
    "marketplace": MARKETPLACE,
    "cultureInfo": CULTURE,
    "listingDetails": {
        "id": guid,
        "status": status,
        "articleType": article_type,
        "webPage": address,
        "prices": {"public": {"price": price, "priceRaw": number, "onRequestOnly": flag}},
        "price": {"priceFormatted": price, "isConditionalPrice": flag},
        "vehicle": {
            "make": word, "model": word_or_empty, "modelGroup": word, "type": article_type, "offerType": offer_code,
            "mileageInKmRaw": number, "mileageInKm": kilometres, "firstRegistrationDateRaw": registration,
            "firstRegistrationDate": registration, "rawPowerInKw": number, "rawPowerInHp": number,
            "powerInKw": power, "powerInHp": power, "transmissionType": word, "hadAccident": flag,
            "fuelCategory": {"raw": code, "formatted": word}, "primaryFuel": {"formatted": word},
            "legalCategories": [word], "legalCategoriesRaw": [offer_code],
            "rawData": {
                "usageState": offer_code,
                "classification": {"make": {"formatted": word}, "model": {"formatted": word}},
                "fuels": {"fuelCategory": {"raw": code, "formatted": word}},
                "engine": {"power": {"kw": RAW, "hp": RAW}, "transmissionType": {"raw": word, "formatted": word}},
                "condition": {
                    "firstRegistrationDate": {"raw": registration, "formatted": registration},
                    "mileageInKm": {"raw": number, "formatted": kilometres},
                    "damage": {"isCurrentlyDamaged": flag, "isRoadworthy": flag, "hasRepairedDamages": flag},
                },
            },
        },
        "location": {"countryCode": country_code, "zip": post_code_start},
        "seller": {"type": seller_kind, "isDealer": flag},
        "trackingParams": {
            "classified_fueltype": code, "classified_transmission": code, "classified_offerType": offer_code,
            "classified_mileage": number, "classified_price": number, "classified_power": number,
            "classified_ownershipModels": ownership, "classified_country": country_code,
            "classified_customer_type": seller_kind,
        },
    },
}  # fmt: skip
