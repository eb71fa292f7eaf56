"""AutoScout24's codes and figures in all its languages: what they mean in our words and units.

Each reading answers with the value, or None where the text says that nothing is known ("-", "on request"). It raises
NotUnderstood for a text that says something else: what is not understood must never pass for a value, nor be hidden.
"""

import re

from model.schema.vocabulary import FUEL, GEARBOX, OFFER_TYPE, ClosedSet, fold

FUEL_CODES = {
    "b": "petrol", "d": "diesel", "e": "electric", "2": "hybrid_petrol", "3": "hybrid_diesel", "l": "lpg", "c": "cng",
    "m": "ethanol", "h": "hydrogen", "o": "other",
}  # fmt: skip
GEARBOX_CODES = {"a": "automatic", "m": "manual", "s": "semi_automatic"}
# O are classic cars.
OFFER_CODES = {
    "u": "used", "n": "new", "d": "demonstration", "j": "employee", "s": "pre_registered", "o": "used",
}  # fmt: skip
DAMAGED_OFFER = "a"
RAW_OFFERS = {
    "usedvehicle": "used", "newvehicle": "new", "demonstrationvehicle": "demonstration", "employeesvehicle": "employee",
    "employeevehicle": "employee", "employeescar": "employee", "preregistered": "pre_registered",
    "preregisteredvehicle": "pre_registered", "preregistration": "pre_registered", "classicvehicle": "used",
    "oldtimer": "used", "classic": "used",
}  # fmt: skip
OFFER_WORDS = {**RAW_OFFERS, "classicantique": "used", "veteran": "used", "depoca": "used", "clasico": "used"}
CAR_WORDS = ("c", "car")
SELLER_KINDS = {
    fold(word): kind
    for kind, words in {
        "dealer": ("d", "dealer", "Händler", "Handelaar", "Concessionnaire", "Professionnel", "Rivenditore",
                   "Concessionario", "Profesional", "Concesionario"),
        "private": ("p", "private", "PrivateSeller", "Privat", "Privatanbieter", "Particulier", "Privato",
                    "Particular"),
    }.items()
    for word in words
}  # fmt: skip
COUNTRIES = {"D": "DE", "A": "AT", "B": "BE", "F": "FR", "I": "IT", "E": "ES", "L": "LU"}  # as on a car's plate
MARKET_CURRENCIES = {"ch": "CHF"}  # of all others prices are in euros
CURRENCIES = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "chf": "CHF", "fr": "CHF", "sfr": "CHF", "£": "GBP", "gbp": "GBP",
    "zł": "PLN", "zl": "PLN", "pln": "PLN", "kč": "CZK", "czk": "CZK", "kr": "SEK", "sek": "SEK", "nok": "NOK",
    "dkk": "DKK", "ft": "HUF", "huf": "HUF", "lei": "RON", "ron": "RON", "лв": "BGN", "bgn": "BGN", "$": "USD",
    "usd": "USD", "₺": "TRY", "tl": "TRY", "try": "TRY", "₴": "UAH",
}  # fmt: skip
NEW_CAR = ("new", "neu", "nieuw", "neuf", "nuovo", "nuevo")

MONTHLY = "monthly"  # what is kept of the text of a rate
ON_REQUEST = "on request"
UNREADABLE = "?"  # what is kept of any text that is not what it should be

SPACES = re.compile(r"[\s\u00a0\u2007-\u200b\u202f\u2060]+")
NUMBER = r"\d{1,3}(?:[.,'’ ]\d{3})+|\d{1,9}"
_SIGN = "|".join(sorted((re.escape(sign) for sign in CURRENCIES), key=len, reverse=True))
PRICE = re.compile(
    rf"(?:({_SIGN})\.? ?)?(?!0\d)({NUMBER})(?:[.,](?:\d\d|-{{1,2}}|–))?(?: ?({_SIGN})\.?)?(?: ?[*¹²³])?", re.IGNORECASE
)
MONTH = re.compile(
    r"mtl|monatl|monthly|mensil|mensuel|maandel|\bp/?m\b"
    r"|(?:/|\b(?:pro|per|par|al|por|p\.)) ?(?:mo|mois|mese|maand|mes)",
    re.IGNORECASE,
)
DISTANCE = re.compile(rf"({NUMBER}) ?(km|mi|mls|miles?|meilen|mijl|milles?|miglia|millas)\.?", re.IGNORECASE)
HORSES = r"[^\W\d_]{1,3}(?:\.[^\W\d_]\.?)?"  # PS, hp, CH, CV, PK, KM, k, л.с.
POWER = re.compile(rf"(\d{{1,4}}) ?kw(?: ?\((\d{{1,4}}) ?{HORSES}\))?", re.IGNORECASE)
POWER_HP_FIRST = re.compile(rf"(\d{{1,4}}) ?{HORSES} ?\((\d{{1,4}}) ?kw\)", re.IGNORECASE)
HORSES_ALONE = re.compile(rf"(\d{{1,4}}) ?{HORSES}", re.IGNORECASE)
MONTH_AND_YEAR = re.compile(r"(0?[1-9]|1[0-2])[-/.]((?:19|20)\d\d)")
YEAR_AND_MONTH = re.compile(r"((?:19|20)\d\d)(?:-(0[1-9]|1[0-2])(?:-\d\d(?:T[0-9:.Z+-]{1,20})?)?)?")


class NotUnderstood(Exception):
    """A text that does not say what it should."""


def tidy(text: str) -> str:
    """The text with plain single spaces, of which the site has many kinds."""
    return SPACES.sub(" ", text).strip()


def is_placeholder(text: str) -> bool:
    """Whether it stands where the site knows nothing: "-", "- (l/100 km)", "-/- (Fuel)"."""
    return text[:1] in ("", "-", "–", "—")


def find_word(words: ClosedSet, text: str, more: dict[str, str] | None = None) -> str | None:
    """Our name of a localised word. Raises NotUnderstood for a word that is in no language of ours."""
    if is_placeholder(text):
        return None
    found = words.find(text) or (more or {}).get(fold(text))
    if found is None:
        raise NotUnderstood(text)
    return found


def find_code(codes: dict[str, str], code: str) -> str | None:
    """Raises NotUnderstood for a code that is none of them."""
    if is_placeholder(code) or code.casefold() in ("unknown", "undefined", "null"):
        return None
    if code.casefold() not in codes:
        raise NotUnderstood(code)
    return codes[code.casefold()]


def fuel(text: str) -> str | None:
    return find_word(FUEL, text)


def gearbox(text: str) -> str | None:
    return find_word(GEARBOX, text)


def offer_type(text: str) -> str | None:
    return find_word(OFFER_TYPE, text, OFFER_WORDS)


def price(text: str) -> tuple[float, str | None] | None:
    """An amount and its currency, if it says one. Raises NotUnderstood."""
    if is_placeholder(text) or text == ON_REQUEST:
        return None
    match = PRICE.fullmatch(text)
    if match is None:
        raise NotUnderstood(text)
    signs = {CURRENCIES[sign.casefold()] for sign in (match[1], match[3]) if sign}
    if len(signs) > 1:
        raise NotUnderstood(text)
    return float(_digits(match[2])), next(iter(signs), None)


def distance_km(text: str) -> int | None:
    """Raises NotUnderstood, also for miles: a mileage of another unit is not ours to convert."""
    if is_placeholder(text):
        return None
    match = DISTANCE.fullmatch(text)
    if match is None or match[2].casefold() != "km":
        raise NotUnderstood(text)
    return _digits(match[1])


def power(text: str) -> tuple[int | None, int | None] | None:
    """Kilowatts and metric horsepower, each if it is said. Raises NotUnderstood."""
    if is_placeholder(text):
        return None
    if match := POWER.fullmatch(text):
        return int(match[1]), int(match[2]) if match[2] else None
    if match := POWER_HP_FIRST.fullmatch(text):
        return int(match[2]), int(match[1])
    if match := HORSES_ALONE.fullmatch(text):
        return None, int(match[1])
    raise NotUnderstood(text)


def month(text: str) -> str | None:
    """A month such as "2024-05", or a year; None also for a car that was never registered. Raises NotUnderstood."""
    if is_placeholder(text) or text.casefold() in NEW_CAR:
        return None
    if match := MONTH_AND_YEAR.fullmatch(text):
        return f"{match[2]}-{int(match[1]):02}"
    if match := YEAR_AND_MONTH.fullmatch(text):
        return f"{match[1]}-{match[2]}" if match[2] else match[1]
    raise NotUnderstood(text)


def country(code: str) -> str | None:
    """Raises NotUnderstood."""
    code = code.upper()
    if code not in COUNTRIES and len(code) != 2:
        raise NotUnderstood(code)
    return COUNTRIES.get(code, code)


def _digits(text: str) -> int:
    return int(re.sub(r"\D", "", text))
