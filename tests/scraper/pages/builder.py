"""Synthetic pages of AutoScout24, of its shapes of 2025 and 2026 in its languages, as far as we read them.

Nothing in them is of a real listing. Each page also holds what must never be kept: PERSONAL.
"""

import html
import json
import uuid
from dataclasses import dataclass, field, replace
from typing import Any

SELLER, PHONE, STREET, TOWN = "Autohaus Zwirbelmoser", "+49 171 5550199", "Quittenweg 17", "Hinterzarten"
TEXT = f"Von {SELLER}, {STREET}; ruf an: {PHONE}"
PLATE, CHASSIS = "ZZ-QX 4711", "WBAZZ99999Q123456"
PERSONAL = (SELLER, PHONE, STREET, TOWN, PLATE, CHASSIS, "Zwirbelmoser", "5550199")


@dataclass(frozen=True)
class Language:
    fuels: dict[str, str]
    gearboxes: dict[str, str]
    horses: str
    thousands: str
    price: str
    on_request: str
    unknown: str
    folder: str
    legal: dict[str, str]


FUEL_NAMES = (
    "petrol",
    "diesel",
    "hybrid_petrol",
    "hybrid_diesel",
    "electric",
    "lpg",
    "cng",
    "ethanol",
    "hydrogen",
    "other",
)
FUEL_CODES = dict(zip(FUEL_NAMES, "b d 2 3 e l c m h o".split(), strict=True))
OFFER_CODES = {"used": "U", "new": "N", "demonstration": "D", "employee": "J", "pre_registered": "S"}


def _language(fuels: str, gearboxes: str, offers: str, **rest: str) -> Language:
    return Language(
        dict(zip(FUEL_NAMES, fuels.split("; "), strict=True)),
        dict(zip(("automatic", "manual", "semi_automatic"), gearboxes.split("; "), strict=True)),
        legal=dict(zip(OFFER_CODES, offers.split("; "), strict=True)),
        **rest,  # type: ignore[arg-type]
    )


LANGUAGES = {
    "de": _language(
        "Benzin; Diesel; Elektro/Benzin; Elektro/Diesel; Elektro; Autogas (LPG); Erdgas (CNG); Ethanol; Wasserstoff; "
        "Sonstige",
        "Automatik; Schaltgetriebe; Halbautomatik", "Gebraucht; Neu; Vorführfahrzeug; Jahreswagen; Tageszulassung",
        horses="PS", thousands=".", price="€ {}", on_request="Preis auf Anfrage", unknown="- (Leistung)",
        folder="/angebote",
    ),
    "en": _language(
        "Gasoline; Diesel; Electric/Gasoline; Electric/Diesel; Electric; LPG; CNG; Ethanol; Hydrogen; Others",
        "Automatic; Manual; Semi-automatic", "Used; New; Demonstration; Employee's car; Pre-registered",
        horses="hp", thousands=",", price="€ {}", on_request="Price on request", unknown="- (Power)", folder="/offers",
    ),
    "nl": _language(
        "Benzine; Diesel; Elektro/Benzine; Elektro/Diesel; Elektrisch; LPG; CNG (Aardgas); Ethanol; Waterstof; Overig",
        "Automatisch; Handgeschakeld; Halfautomaat", "Tweedehands; Nieuw; Demonstratie; Jong gebruikt; Pre-registratie",
        horses="PK", thousands=".", price="€ {},-", on_request="Prijs op aanvraag", unknown="- Vermogen",
        folder="/aanbod",
    ),
    "fr": _language(
        "Essence; Diesel; Electrique/Essence; Électrique/Diesel; Electrique; GPL; GNV; Ethanol; Hydrogène; Autres",
        "Boîte automatique; Boîte manuelle; Semi-automatique",
        "Occasion; Neuf; Démonstration; Véhicule de direction; Pré-immatriculé",
        horses="CH", thousands="\u202f", price="€ {}", on_request="Prix sur demande", unknown="- (Puissance)",
        folder="/offres",
    ),
    "it": _language(
        "Benzina; Diesel; Elettrica/Benzina; Elettrica/Diesel; Elettrica; GPL; Metano; Etanolo; Idrogeno; Altro",
        "Automatico; Manuale; Semiautomatico", "Usato; Nuovo; Dimostrativo; Aziendale; Km 0",
        horses="CV", thousands=".", price="€ {}", on_request="Prezzo su richiesta", unknown="- (Potenza)",
        folder="/annunci",
    ),
    "es": _language(
        "Gasolina; Diésel; Electro/Gasolina; Electro/Diésel; Eléctrico; GLP; Gas natural (CNG); Etanol; Hidrógeno; "
        "Otros",
        "Automático; Manual; Semiautomático", "Ocasión; Nuevo; Vehículo de demostración; Seminuevo; KM cero",
        horses="CV", thousands="\u00a0", price="{}\u00a0€", on_request="Precio a consultar", unknown="- (Potencia)",
        folder="/anuncios",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Car:
    """The truth of one car; None: its page does not say it."""

    id: str
    make: str | None = "BMW"
    model: str | None = "320"
    group: str | None = "3er"
    fuel: str | None = "diesel"
    gearbox: str | None = "automatic"
    offer_type: str = "used"
    first_registration: str | None = "2021-03"
    mileage_km: int | None = 65_000
    power_kw: int | None = 140
    power_hp: int | None = 190
    price_eur: int | None = 24_900
    country: str = "DE"
    seller_kind: str = "dealer"

    def record(self, host: str, folder: str) -> dict[str, str]:
        """What must be read of it."""
        fields = {
            "id": self.id, "make": self.make, "model": self.model or self.group, "fuel": self.fuel,
            "gearbox": self.gearbox,
            "offer_type": self.offer_type, "first_registration": self.first_registration, "mileage_km": self.mileage_km,
            "power_kw": self.power_kw, "power_hp": self.power_hp, "price_eur": self.price_eur,
            "currency": None if self.price_eur is None else "EUR", "country": self.country,
            "seller_kind": self.seller_kind, "url": f"https://{host}{folder}/{self.id}",
        }  # fmt: skip
        return {name: str(value) for name, value in fields.items() if value is not None}


def cars(count: int, start: int = 0, **same: Any) -> list[Car]:
    """Cars that differ from each other as those of one model do."""
    made = []
    for number in range(start, start + count):
        age = number % 7
        made.append(
            Car(
                id=str(uuid.UUID(int=0xA0000000_0000_4000_8000_000000000000 + number)),
                fuel=("diesel", "petrol", "hybrid_petrol")[number % 3],
                gearbox=("automatic", "manual")[number % 2],
                first_registration=f"{2024 - age}-{number % 12 + 1:02}",
                mileage_km=9_000 + 15_000 * age + 731 * (number % 11),
                power_kw=(140, 135, 150)[number % 3],
                power_hp=(190, 184, 204)[number % 3],
                price_eur=31_000 - 2_700 * age + 190 * (number % 13),
                seller_kind=("dealer", "dealer", "private")[number % 3],
            )
        )
    return [replace(car, **same) for car in made]


@dataclass(frozen=True)
class Site:
    """A country's site, in a language."""

    country: str = "de"
    language: str = "de"
    query: dict[str, str] = field(default_factory=lambda: {"mmmv": "13|1641||", "cat": "ma13mo1641"})
    slug: tuple[str, ...] = ("bmw", "320")

    @property
    def host(self) -> str:
        return f"www.autoscout24.{self.country}"

    @property
    def words(self) -> Language:
        return LANGUAGES[self.language]

    def expected(self, listed: list[Car]) -> list[dict[str, str]]:
        return sorted((car.record(self.host, self.words.folder) for car in listed), key=lambda record: record["id"])


SITES = {
    "de": Site(), "at": Site("at"), "be": Site("be", "nl"), "nl": Site("nl", "nl"), "fr": Site("fr", "fr"),
    "lu": Site("lu", "fr"), "it": Site("it", "it"), "com": Site("com", "en"), "es": Site("es", "es"),
}  # fmt: skip


def grouped(number: int, thousands: str) -> str:
    return f"{number:,}".replace(",", thousands)


def listing(car: Car, site: Site = SITES["de"], year: int = 2026) -> dict[str, Any]:
    """A listing as its site's data has it, in the shape of that year: in 2025 many had no priceRaw."""
    words = site.words
    month = f"{car.first_registration[5:]}-{car.first_registration[:4]}" if car.first_registration else None
    gearbox = words.gearboxes[car.gearbox] if car.gearbox else None
    fuel = words.fuels[car.fuel] if car.fuel else None
    mileage = f"{grouped(car.mileage_km, words.thousands)} km" if car.mileage_km is not None else None
    power = f"{car.power_kw} kW ({car.power_hp} {words.horses})" if car.power_kw else words.unknown
    price = words.price.format(grouped(car.price_eur, words.thousands)) if car.price_eur else words.on_request
    icons = ("mileage_odometer", "gearbox") if year >= 2026 else ("mileage_road", "transmission")
    texts = (mileage, gearbox, month.replace("-", "/") if month else None, fuel, power)
    details = [
        {"data": text or "- (?)", "iconName": icon, "ariaLabel": "?", **({} if text else {"isPlaceholder": True})}
        for text, icon in zip(texts, (*icons, "calendar", "gas_pump", "speedometer"), strict=True)
    ]
    return {
        "id": car.id,
        "identifier": {"legacyId": None, "crossReferenceId": PHONE},
        "images": [f"https://pictures.example/{SELLER}.webp"],
        "price": {
            "priceFormatted": price, "isConditionalPrice": False, "vatLabel": "inkl. MwSt.",
            **({"priceRaw": car.price_eur} if year >= 2026 else {}),
        },
        "url": f"{words.folder}/bmw-320-{SELLER.lower().replace(' ', '-')}-ruf-5550199-{car.id}",
        "vehicle": {
            "articleType": "Car", "type": "Car", "make": car.make, "model": car.model, "modelGroup": car.group,
            "variant": "Limousine", "modelId": 1641, "modelVersionInput": TEXT, "subtitle": TEXT,
            "offerType": OFFER_CODES[car.offer_type], "transmission": gearbox, "fuel": fuel, "mileageInKm": mileage,
            "isCurrentlyDamaged": False, "licensePlate": PLATE,
        },
        "location": {"countryCode": car.country, "zip": "79856", "city": TOWN, "street": STREET},
        "seller": {
            "id": "4711", "type": "Dealer" if car.seller_kind == "dealer" else "PrivateSeller", "companyName": SELLER,
            "contactName": SELLER, "phones": [{"phoneType": "Mobile", "formattedNumber": PHONE, "callTo": PHONE}],
            "links": {"infoPage": f"https://{site.host}/haendler/{SELLER}"},
        },
        "tracking": {
            "firstRegistration": month or "new", "fuelType": FUEL_CODES[car.fuel] if car.fuel else "unknown",
            "mileage": str(car.mileage_km) if car.mileage_km is not None else None,
            "price": str(car.price_eur or 0), "imageContent": "no-placeholder|0.18",
        },
        "vehicleDetails": details,
        "trackingParameters": [{"key": "boost_level", "value": "t50"}],
    }  # fmt: skip


def search_data(
    listed: list[Car], site: Site = SITES["de"], *, page: int = 1, results: int | None = None, pages: int | None = None,
    year: int = 2026, query: dict[str, str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The data of a page of results; by default of all there are."""
    count = len(listed) if results is None else results
    asked = {
        **site.query,
        "atype": "C",
        "query_id": "18dwhzwy77p",
        **(query or {}),
        **({"page": str(page)} if page > 1 else {}),
    }
    return {
        "props": {
            "pageProps": {
                "marketplace": {
                    "domain": "autoscout24", "country": {"iso": site.country, "tld": site.country},
                    "etldPlusOne": f"autoscout24.{site.country}",
                },
                "cultureInfo": {"tld": site.country},
                "pageid": "list",
                "pageQuery": asked,
                "numberOfResults": count,
                "numberOfPages": -(-count // 20) if pages is None else pages,
                "listings": [listing(car, site, year) for car in listed],
            }
        },
        "page": "/lst/[...slug]",
        "query": {"slug": list(site.slug)},
        "buildId": "as24-search-funnel_main-20260703151606",
    }  # fmt: skip


def article(item: dict[str, Any]) -> str:
    tracking, location = item["tracking"], item["location"]
    attributes = {
        "id": item["id"], "data-guid": item["id"], "data-price": tracking["price"], "data-mileage": tracking["mileage"],
        "data-make": "bmw", "data-model": "320", "data-fuel-type": tracking["fuelType"], "data-vehicle-type": "c",
        "data-first-registration": tracking["firstRegistration"], "data-customer-id": "4711",
        "data-seller-type": "d" if item["seller"]["type"] == "Dealer" else "p",
        "data-listing-country": location["countryCode"][:1].lower() if location["countryCode"] != "NL" else "nl",
        "data-listing-zip-code": location["zip"], "data-ownership-models": "tr",
    }  # fmt: skip
    if location["countryCode"] == "LU":
        attributes["data-listing-country"] = "l"
    given = " ".join(f'{name}="{html.escape(value)}"' for name, value in attributes.items() if value is not None)
    details = "".join(
        f'<span data-testid="VehicleDetails-{detail["iconName"]}">{html.escape(detail["data"])}</span>'
        for detail in item["vehicleDetails"]
    )
    return f"<article {given}><h2>{SELLER}</h2>{details}<p>{PHONE}</p></article>"


def page_of(data: dict[str, Any], articles: bool = True) -> bytes:
    listings = data["props"]["pageProps"].get("listings", ())
    body = "".join(map(article, listings)) if articles else ""
    script = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
    return (
        f"<!DOCTYPE html><html><head><title>{SELLER}</title></head><body><main>{body}</main>"
        f'<script id="__NEXT_DATA__" type="application/json">{script}</script></body></html>'
    ).encode()


def search_page(listed: list[Car], site: Site = SITES["de"], **options: Any) -> bytes:
    return page_of(search_data(listed, site, **options))


def detail_data(car: Car, site: Site = SITES["de"]) -> dict[str, Any]:
    words, item = site.words, listing(car, site)
    mileage = item["vehicle"]["mileageInKm"]
    first = f"{car.first_registration}-01" if car.first_registration else None
    shown = f"{car.first_registration[5:]}/{car.first_registration[:4]}" if car.first_registration else None
    category = {"raw": FUEL_CODES[car.fuel].upper(), "formatted": words.fuels[car.fuel]} if car.fuel else {}
    gearbox = words.gearboxes[car.gearbox] if car.gearbox else None
    return {
        "props": {
            "pageProps": {
                "marketplace": {"country": {"tld": site.country}, "etldPlusOne": f"autoscout24.{site.country}"},
                "pageid": "detail",
                "listingDetails": {
                    "id": car.id,
                    "description": TEXT,
                    "status": "Active",
                    "articleType": "car",
                    "webPage": f"https://{site.host}{item['url']}",
                    "prices": {
                        "public": {
                            "price": item["price"]["priceFormatted"] if car.price_eur else None,
                            "priceRaw": car.price_eur,
                            "onRequestOnly": car.price_eur is None,
                        }
                    },
                    "price": {"priceFormatted": item["price"]["priceFormatted"], "isConditionalPrice": False},
                    "vehicle": {
                        "make": car.make, "model": car.model, "modelGroup": car.group, "type": "Car",
                        "licensePlate": PLATE, "hsnTsn": "0005/CKV", "modelVersionInput": TEXT,
                        "offerType": OFFER_CODES[car.offer_type],
                        "mileageInKmRaw": car.mileage_km, "mileageInKm": mileage, "firstRegistrationDateRaw": first,
                        "firstRegistrationDate": shown, "rawPowerInKw": car.power_kw, "rawPowerInHp": car.power_hp,
                        "powerInKw": f"{car.power_kw} kW" if car.power_kw else None,
                        "powerInHp": f"{car.power_hp} {words.horses}" if car.power_hp else None,
                        "transmissionType": gearbox, "fuelCategory": category,
                        "primaryFuel": {"raw": 2, "formatted": "Super 95"}, "hadAccident": None,
                        "legalCategories": [words.legal[car.offer_type]], "identificationNumber": CHASSIS,
                        "rawData": {
                            "usageState": OFFER_CODES[car.offer_type],
                            "condition": {"damage": {"isCurrentlyDamaged": None, "accidentFree": None}},
                        },
                    },
                    "location": item["location"],
                    "seller": {**item["seller"], "isDealer": car.seller_kind == "dealer"},
                    "trackingParams": {
                        "classified_fueltype": FUEL_CODES[car.fuel] if car.fuel else None,
                        "classified_transmission": car.gearbox[0] if car.gearbox else None,
                        "classified_customerID": "4711", "classified_zipcode": "79856",
                        "classified_ownershipModels": "tr",
                    },
                },
            }
        },
        "page": "/details/[...slug]",
        "query": {"slug": [item["url"].rpartition("/")[2]]},
    }  # fmt: skip


def detail_page(car: Car, site: Site = SITES["de"]) -> bytes:
    return page_of(detail_data(car, site))
