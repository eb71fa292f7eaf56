"""A record out of what a page of AutoScout24 says of one car, whichever page it is."""

from dataclasses import dataclass

from scraper.pages import autoscout24_words as words
from scraper.pages.autoscout24_claims import PRICE_TOLERANCE_EUR, Claims, reading

Texts = tuple[object, ...]
# Where a price on conditions is a thousand or two below what the car costs without the dealer's loan. Elsewhere dealers
# mark their everyday prices so.
FINANCED_MARKETS = ("es",)


class NotForSale(Exception):
    """What is no car that somebody buys at the price that is named; the message says what it is."""


@dataclass(frozen=True)
class Said:
    """All that a page says of one car, as it was kept: None where it says nothing, "?" where it was not understood."""

    id: str
    url: str | None
    makes: Texts
    models: Texts  # the first that says one
    fuel_codes: Texts
    fuel_words: Texts
    gearbox_words: Texts
    offer_codes: Texts
    registrations: Texts
    mileage_texts: Texts  # with their unit
    mileages: Texts  # in kilometres, if no text says another unit
    power_texts: Texts
    price_texts: Texts  # with their currency
    prices: Texts
    market: str  # the country whose site it is
    countries: Texts
    seller_kinds: Texts
    gearbox_codes: Texts = ()
    offer_words: Texts = ()
    powers_kw: Texts = ()
    powers_hp: Texts = ()
    price_is_conditional: bool = False


def check_for_sale(types: Texts, damaged: bool, price_text: object, ownership: str | None) -> None:
    """Raises NotForSale. A damaged car's price is not that of its like; a rate is no price."""
    if "other" in types or "car" not in types:
        raise NotForSale("no car")
    if damaged:
        raise NotForSale("damaged")
    ways = set(ownership.replace("|", ",").replace(";", ",").replace(" ", ",").split(",")) if ownership else set()
    if price_text == words.MONTHLY or (ways and ways <= {"le", "ls", "su", "ab", "re"}):
        raise NotForSale("monthly rate")


def make_record(said: Said) -> Claims:
    claims = Claims()
    record = claims.record
    record["id"] = said.id
    for column, names in (("make", said.makes), ("model", said.models)):
        first = next((name for name in names if name), None)
        claims.words(column, [(str, first)])
    claims.words(
        "fuel", [*((_fuel_code, code) for code in said.fuel_codes), *((words.fuel, text) for text in said.fuel_words)]
    )
    claims.words("gearbox", [
        *((_gearbox_code, code) for code in said.gearbox_codes),
        *((words.gearbox, text) for text in said.gearbox_words),
    ])  # fmt: skip
    claims.words("offer_type", [
        *((_offer_code, code) for code in said.offer_codes), *((words.offer_type, text) for text in said.offer_words),
    ])  # fmt: skip
    claims.words("first_registration", [(words.month, text) for text in said.registrations])
    claims.numbers("mileage_km", [*(reading(words.distance_km, text) for text in said.mileage_texts), *said.mileages])
    _add_power(claims, said)
    _add_price(claims, said)
    claims.words("country", [(words.country, code) for code in said.countries])
    claims.words("seller_kind", [(str, kind) for kind in said.seller_kinds])
    if said.url:
        record["url"] = said.url
    return claims


def _add_power(claims: Claims, said: Said) -> None:
    read = [reading(words.power, text) for text in said.power_texts]
    both = [power if isinstance(power, tuple) else (power, power) for power in read]
    claims.numbers("power_kw", [*(kw for kw, _ in both), *said.powers_kw])
    claims.numbers("power_hp", [*(hp for _, hp in both), *said.powers_hp])


def _add_price(claims: Claims, said: Said) -> None:
    if said.price_is_conditional and said.market in FINANCED_MARKETS:
        claims.unknown["price_eur: only if financed"] += 1
        return
    texts = [reading(words.price, text) for text in said.price_texts]
    amounts = [text[0] if isinstance(text, tuple) else text for text in texts]
    # Nothing, not even in euros, is what "on request" is given as for the site's statistics.
    prices = [price for price in said.prices if price != 0]
    if all(text is None for text in texts) and words.ON_REQUEST in said.price_texts:
        return
    claims.numbers("price_eur", [*amounts, *prices], PRICE_TOLERANCE_EUR)
    if "price_eur" in claims.record:
        signs = [text[1] for text in texts if isinstance(text, tuple) and text[1]]
        claims.record["currency"] = signs[0] if signs else words.MARKET_CURRENCIES.get(said.market, "EUR")


def _fuel_code(code: str) -> str | None:
    return words.find_code(words.FUEL_CODES, code)


def _gearbox_code(code: str) -> str | None:
    return words.find_code(words.GEARBOX_CODES, code)


def _offer_code(code: str) -> str | None:
    return words.find_code(words.OFFER_CODES | words.RAW_OFFERS, code)
