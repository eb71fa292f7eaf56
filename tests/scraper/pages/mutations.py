"""What a site may come to say, or a network to leave of it: changes of one good page of results.

Each takes the page's data, or its bytes, and makes another page of it. With it stands what must be said of the result,
or None where what is left of the page still tells every car right.
"""

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.scraper.pages.builder import PHONE, cars, listing, page_of

Data = dict[str, Any]
MUTATIONS: dict[str, tuple[Callable[[Data], bytes], str | None]] = {}


def of_data(name: str, reason: str | None, articles: bool = True) -> Callable[[Callable[[Data], object]], None]:
    def add(change: Callable[[Data], object]) -> None:
        def mutate(data: Data) -> bytes:
            # The HTML stays as it was: a redesign seldom renames both at once.
            html = page_of(data, articles)
            changed = copy.deepcopy(data)
            change(changed)
            return with_data(html, json.dumps(changed))

        MUTATIONS[name] = (mutate, reason)

    return add


def of_bytes(name: str, reason: str | None) -> Callable[[Callable[[bytes], bytes]], None]:
    def add(change: Callable[[bytes], bytes]) -> None:
        MUTATIONS[name] = (lambda data: change(page_of(data)), reason)

    return add


def of_whole(name: str, reason: str | None) -> Callable[[Callable[[Data], object]], None]:
    """A change that the HTML shows as well."""

    def add(change: Callable[[Data], object]) -> None:
        def mutate(data: Data) -> bytes:
            changed = copy.deepcopy(data)
            change(changed)
            return page_of(changed)

        MUTATIONS[name] = (mutate, reason)

    return add


def with_data(page: bytes, data: str) -> bytes:
    start = page.index(b'type="application/json">') + len(b'type="application/json">')
    return page[:start] + data.replace("</", "<\\/").encode() + page[page.index(b"</script>", start) :]


def props(data: Data) -> Data:
    return data["props"]["pageProps"]


def listings(data: Data) -> list[Data]:
    return props(data)["listings"]


def rename(document: Data, name: str) -> Data:
    document[f"{name}V2"] = document.pop(name)
    return document


def each(path: str) -> Callable[[Data], Iterator[Data]]:
    """The objects of a path in every listing."""

    def found(data: Data) -> Iterator[Data]:
        for item in listings(data):
            for name in filter(None, path.split(".")):
                item = item[name]
            yield item

    return found


def rename_in_each(path: str, name: str) -> Callable[[Data], None]:
    def change(data: Data) -> None:
        for item in each(path)(data):
            rename(item, name)

    return change


def replace_texts(pattern: str, by: str | Callable[[re.Match[str]], str]) -> Callable[[Data], None]:
    """In every text of every listing."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: walk(item) for name, item in value.items()}
        if isinstance(value, list):
            return [walk(item) for item in value]
        return re.sub(pattern, by, value) if isinstance(value, str) else value

    def change(data: Data) -> None:
        props(data)["listings"] = walk(listings(data))

    return change


def scaled(path: str, name: str, factor: float) -> Callable[[Data], None]:
    def change(data: Data) -> None:
        for item in each(path)(data):
            item[name] = type(item[name])(int(float(item[name]) * factor))

    return change


def both(*changes: Callable[[Data], object]) -> Callable[[Data], None]:
    def change(data: Data) -> None:
        for one in changes:
            one(data)

    return change


def in_thousands(match: re.Match[str]) -> str:
    return f"{int(match[1].replace('.', '')) // 1000}{match[2]}"


# Renamed keys, from the outermost in.
of_data("props renamed", "not of AutoScout24's shape")(lambda data: rename(data, "props"))
of_data("pageProps renamed", "not of AutoScout24's shape")(lambda data: rename(data["props"], "pageProps"))
of_data("listings renamed", "lists none")(lambda data: rename(props(data), "listings"))
of_data("numberOfResults renamed", "how many results")(lambda data: rename(props(data), "numberOfResults"))
of_data("numberOfPages renamed", "how many results")(lambda data: rename(props(data), "numberOfPages"))
of_data("pageQuery renamed", "which query")(lambda data: rename(props(data), "pageQuery"))
of_data("mmmv and cat renamed", "answers another query: make None")(
    lambda data: [rename(props(data)["pageQuery"], name) for name in ("mmmv", "cat")]
)
of_data("page renamed", "it is page 1, not 2")(lambda data: rename(props(data)["pageQuery"], "page"))
of_data("id renamed", None)(rename_in_each("", "id"))
of_data("url renamed", None)(rename_in_each("", "url"))
of_data("id and url renamed", "left out: without an id")(both(rename_in_each("", "id"), rename_in_each("", "url")))
of_data("price renamed", None)(rename_in_each("", "price"))
of_data("price and tracking renamed", "lack a price in euros", articles=False)(
    both(rename_in_each("", "price"), rename_in_each("", "tracking"))
)
of_data("priceRaw renamed", None)(rename_in_each("price", "priceRaw"))
of_data("priceFormatted renamed", None)(rename_in_each("price", "priceFormatted"))
of_data("vehicle renamed", "lack make")(rename_in_each("", "vehicle"))
of_data("make renamed", "lack make")(rename_in_each("vehicle", "make"))
of_data("model renamed", "lack model")(rename_in_each("vehicle", "model"))
of_data("transmission renamed", None)(rename_in_each("vehicle", "transmission"))
of_data("fuel renamed", None)(rename_in_each("vehicle", "fuel"))
of_data("offerType renamed", "lack offer_type")(rename_in_each("vehicle", "offerType"))
of_data("mileageInKm renamed", None)(rename_in_each("vehicle", "mileageInKm"))
of_data("articleType and type renamed", None)(
    both(rename_in_each("vehicle", "articleType"), rename_in_each("vehicle", "type"))
)
of_data("tracking renamed", None)(rename_in_each("", "tracking"))
of_data("fuelType renamed", None)(rename_in_each("tracking", "fuelType"))
of_data("vehicleDetails renamed, with HTML", None)(rename_in_each("", "vehicleDetails"))
of_data("vehicleDetails renamed, without HTML", "lack power", articles=False)(rename_in_each("", "vehicleDetails"))
of_data("seller renamed", None)(rename_in_each("", "seller"))
of_data("location renamed", None)(rename_in_each("", "location"))
of_data("icons renamed", None)(replace_texts(r"^(mileage_odometer|gearbox|calendar|gas_pump|speedometer)$", "icon_v2"))
of_data("data of details renamed", "lack power", articles=False)(
    lambda data: [rename(detail, "data") for item in listings(data) for detail in item["vehicleDetails"]]
)

# Missing blocks.
of_data("no HTML of listings", None, articles=False)(lambda data: None)
of_data("no listings", "lists none")(lambda data: props(data).update(listings=[]))
of_data("listings of nothing", "lists none")(lambda data: props(data).update(listings=[None] * 20))
of_data("listings as an object", "lists none")(lambda data: props(data).update(listings={"0": listings(data)[0]}))
of_data("no data of details", "lack power", articles=False)(
    lambda data: [item.update(vehicleDetails=[]) for item in listings(data)]
)
of_data("nulls for vehicles", "lack make")(lambda data: [item.update(vehicle=None) for item in listings(data)])
of_data("half of the vehicles empty", "lack make")(
    lambda data: [item.update(vehicle={}) for item in listings(data)[::2]]
)
of_bytes("no script", "no data")(lambda page: page[: page.index(b"<script id=")] + b"</body></html>")
of_bytes("an empty script", "broken")(lambda page: with_data(page, ""))

# Half pages.
of_bytes("cut in the head", "no data")(lambda page: page[:60])
of_bytes("cut among the articles", "no data")(lambda page: page[: page.index(b"<script id=") // 2])
of_bytes("cut in the middle of the data", "broken")(
    lambda page: page[: (page.index(b"<script id=") + page.index(b"</script>")) // 2]
)
of_bytes("cut at the end of the data", "broken")(lambda page: page[: page.index(b"</script>") - 2])
of_bytes("cut behind the data", None)(lambda page: page[: page.index(b"</script>") + 9])
of_data("half of the listings", "lists 10 of")(lambda data: props(data).update(listings=listings(data)[:10]))

# Blocks, walls and noise in place of a page.
of_bytes("forbidden", "block: it says '403 forbidden'")(
    lambda page: b"<html><head><title>403 Forbidden</title></head><body><h1>403 Forbidden</h1></body></html>"
)
of_bytes("just a moment", "block: it says 'just a moment'")(
    lambda page: b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking</body></html>"
)
of_bytes("captcha", "block: it says 'captcha'")(lambda page: b"<html><body><div id='captcha-box'></div></body></html>")
of_bytes("consent wall", "no data")(
    lambda page: b"<html><body><h1>Wir verwenden Cookies</h1><button>OK</button></body></html>"
)
of_bytes("wall with data of its own", "neither of results nor of one listing")(
    lambda page: with_data(page, '{"props": {"pageProps": {"consent": true, "cultureInfo": {"tld": "de"}}}}')
)
of_bytes("no body", "empty")(lambda page: b"")
of_bytes("an error in JSON", "not of AutoScout24's shape")(lambda page: b'{"error": "too many requests", "code": 429}')
of_bytes("still packed", "no UTF-8")(lambda page: b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xff\xfe")
of_bytes("another encoding", "no UTF-8")(lambda page: page.decode().encode("utf-16"))
of_bytes("another site of Next.js", "does not say that it is AutoScout24's")(
    lambda page: page.replace(b"autoscout24.", b"other-cars.").replace(b'"cultureInfo": {"tld": "de"},', b"")
)
of_bytes("data twice", "more than once")(lambda page: page.replace(b"</body>", page[page.index(b"<script id=") :]))
of_bytes("a number that is none", "NaN is no number")(
    lambda page: page.replace(b'"priceRaw": ', b'"priceRaw": NaN, "x": ', 1)
)
of_bytes("a key twice", "a key twice")(lambda page: page.replace(b'"priceRaw": ', b'"priceRaw": 1, "priceRaw": ', 1))
of_bytes("a number without end", "digits")(
    lambda page: page.replace(b'"numberOfResults": ', b'"numberOfResults": ' + b"9" * 5000)
)
of_bytes("nested without end", "nested too deeply")(
    lambda page: with_data(page, '{"props":' * 200_000 + "1" + "}" * 200_000)
)
of_bytes("larger than any", "bytes, more than")(lambda page: page + b" " * 8_000_001)

# Another query's answer.
of_data("an unknown make", "answers another query: make None")(
    lambda data: [props(data)["pageQuery"].pop(name) for name in ("mmmv", "cat")]
)
of_data("an unknown model", "answers another query: model None")(
    lambda data: props(data)["pageQuery"].update(mmmv="13|||", cat="ma13")
)
of_data("two makes", "answers another query: make 'several'")(
    lambda data: props(data)["pageQuery"].update(mmmv="13|1641||,9|1626||")
)
of_data("another make's address", "answers another query: make 'audi'")(
    lambda data: data["query"].update(slug=["audi", "320"])
)
of_data("other years", "answers another query: from_year")(
    lambda data: props(data)["pageQuery"].update(fregfrom="2010")
)
of_data("other prices", "answers another query: to_eur")(lambda data: props(data)["pageQuery"].update(priceto="30000"))
of_data("another page", "it is page 3, not 2")(lambda data: props(data)["pageQuery"].update(page="3"))
of_data("page 1 again", "it is page 1, not 2")(lambda data: props(data)["pageQuery"].pop("page"))
of_whole("page 1 again as page 2", "it is page 1 again")(
    lambda data: props(data).update(listings=[listing(car) for car in cars(20, start=500)])
)
of_data("past the last page", "it is page 2 of 1")(lambda data: props(data).update(numberOfPages=1, numberOfResults=20))
of_data("another make's cars", "are no bmw")(lambda data: [item.update(make="Audi") for item in each("vehicle")(data)])
of_data("motorcycles", "20 of its 20 listings are left out: no car")(
    lambda data: [item.update(articleType="Motorbike", type="Motorbike") for item in each("vehicle")(data)]
)

# Counts that do not add up.
of_data("no results, and cars", "counts no results, and lists 20")(lambda data: props(data).update(numberOfResults=0))
of_data("more pages than results", "do not fill")(lambda data: props(data).update(numberOfPages=4000))
of_data("fewer pages than results", "do not fill")(lambda data: props(data).update(numberOfPages=3))
of_data("counts as words", "how many results")(lambda data: props(data).update(numberOfResults="many"))
of_data("negative counts", "how many results")(lambda data: props(data).update(numberOfResults=-5))
of_data("cars with one id", "share 1 ids")(
    lambda data: [item.update(id=listings(data)[0]["id"]) for item in listings(data)]
)
of_data("cars with others' ids", "share 10 ids")(
    lambda data: [
        one.update(id=other["id"]) for one, other in zip(listings(data)[::2], listings(data)[1::2], strict=True)
    ]
)
of_whole("one car twenty times", "left out: listed twice")(
    lambda data: props(data).update(listings=listings(data)[:1] * 20)
)

# Other currencies and units.
of_data("francs", "lack a price in euros")(replace_texts("€", "CHF"))
of_data("pounds", "lack a price in euros")(replace_texts("€", "£"))
of_data("crowns behind the amount", "lack a price in euros")(replace_texts(r"€ ([\d.]+)", r"\1 Kč"))
of_data("a currency of Mars", "lack a price in euros")(replace_texts("€", "₥"))
of_data("monthly rates", "20 of its 20 listings are left out: monthly rate")(
    replace_texts(r"€ [\d.]+", "€ 249 / Monat")
)
of_data("prices on request", "lack a price in euros")(replace_texts(r"€ [\d.]+", "Preis auf Anfrage"))
of_data("raw prices in cents", "lack a price in euros")(scaled("price", "priceRaw", 100))
of_whole("all prices in cents", "median price in euros")(
    both(scaled("price", "priceRaw", 100), scaled("tracking", "price", 100), rename_in_each("price", "priceFormatted"))
)
of_whole("all prices in zloty, without a sign", "median price against the market's")(
    both(scaled("price", "priceRaw", 4.3), scaled("tracking", "price", 4.3), rename_in_each("price", "priceFormatted"))
)
of_whole("mileages of a tenth", "median mileage against the market's")(
    both(
        scaled("tracking", "mileage", 0.1),
        rename_in_each("vehicle", "mileageInKm"),
        rename_in_each("", "vehicleDetails"),
        lambda data: [
            item.update(vehicleDetails=[{"data": "140 kW (190 PS)", "iconName": "speedometer"}])
            for item in listings(data)
        ],
    )
)
of_whole("all prices in thousands", "not plausible in themselves")(
    both(
        scaled("price", "priceRaw", 0.001), scaled("tracking", "price", 0.001), replace_texts(r"(€ \d+)\.\d{3}", r"\1")
    )
)
of_data("raw prices as texts with thousands", "lack a price in euros")(
    lambda data: [item.update(priceRaw=f"{item['priceRaw']:,}".replace(",", ".")) for item in each("price")(data)]
)
of_data("raw prices as texts", None)(
    lambda data: [item.update(priceRaw=f"{item['priceRaw']}.0") for item in each("price")(data)]
)
of_data("miles", "lack mileage_km")(replace_texts(r"\bkm$", "mi"))
of_data("miles among the details", "lack mileage_km")(
    lambda data: [detail.update(data="40.000 mi") for item in listings(data) for detail in item["vehicleDetails"][:1]]
)
of_whole("mileages in thousands", "median kilometres a year")(
    both(replace_texts(r"^([\d.]+)( km)$", in_thousands), scaled("tracking", "mileage", 0.001))
)
of_whole("mileages in metres", "not plausible in themselves")(
    both(replace_texts(r"^([\d.]+) km$", r"\1.000 km"), scaled("tracking", "mileage", 1000))
)
of_data("mileages that disagree", "lack mileage_km")(scaled("tracking", "mileage", 1.609))
of_data("powers swapped", "not plausible in themselves", articles=False)(
    replace_texts(r"^(\d+) kW \((\d+) PS\)$", r"\2 kW (\1 PS)")
)
of_data("powers without a unit", "lack power", articles=False)(replace_texts(r"^(\d+) kW \((\d+) PS\)$", r"\1"))
of_data("fuels numbered anew", "lack fuel")(
    lambda data: [
        item.update(fuelType={"d": "b", "b": "d", "2": "e"}[item["fuelType"]]) for item in each("tracking")(data)
    ]
)
of_data("words of another language", "lack gearbox", articles=False)(
    replace_texts(r"^(Automatik|Schaltgetriebe)$", "Vaihteisto")
)
of_data("offers of a new kind", "lack offer_type")(
    lambda data: [item.update(offerType="X") for item in each("vehicle")(data)]
)
of_whole("registered next century", "lack first_registration|not plausible")(
    replace_texts(r"^(\d\d)([-/])20(\d\d)$", r"\1\g<2>21\3")
)
of_whole("registered next year", "not plausible in themselves")(replace_texts(r"^(\d\d)([-/])20\d\d$", r"\1\g<2>2027"))
of_whole("months beyond twelve", "lack first_registration")(replace_texts(r"^\d\d([-/]20\d\d)$", r"13\1"))
of_data("telephones for prices", "lack a price in euros")(replace_texts(r"€ [\d.]+", PHONE))
of_data("yes and no for numbers", "lack mileage_km")(
    lambda data: [item.update(mileage=True) for item in each("tracking")(data)]
)
