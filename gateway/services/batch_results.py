"""What a batch answers of its rows: amounts to the cent, by columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.inference.codec import Priced
from gateway.services.batch_cars import BatchCars
from gateway.services.cards import Card
from gateway.services.deals import deal_label
from gateway.services.pricing import not_priced
from gateway.services.valuations import buying_price_eur
from model.schema.euros import round_column_to_cents, round_columns_to_cents
from model.schema.features import EFFECTS

EFFECT_NAMES = tuple(effect.name for effect in EFFECTS)
# Behind the columns of the input, in this order.
RESULT_NAMES = (
    "price_eur", "buying_price_eur", "low_eur", "high_eur", "confidence", "deal", "base_eur", *EFFECT_NAMES,
    "model_version", "error",
)  # fmt: skip


@dataclass(frozen=True)
class Results:
    """Of some rows: the version that read and priced them, the values of RESULT_NAMES but for the last two of each
    that is priced, in their order, and the errors of the others.
    """

    version: str
    rows: Sequence[tuple]
    errors: Mapping[int, str]


@dataclass
class Summary:
    rows: int = 0
    priced: int = 0
    versions: list[str] = field(default_factory=list)
    markets_as_of: list[str] = field(default_factory=list)  # of each of the versions

    @property
    def failed(self) -> int:
        return self.rows - self.priced

    def add(self, results: Results, card: Card | None) -> None:
        self.rows += len(results.rows) + len(results.errors)
        self.priced += len(results.rows)
        if results.rows and card is not None and card.version not in self.versions:
            self.versions.append(card.version)
            self.markets_as_of.append(card.market_as_of.isoformat())


def failed(cars: BatchCars, version: str, detail: str) -> Results:
    """None has a price: those at fault for their own reasons, the others for this one."""
    return Results(version, [], {**dict.fromkeys(cars.places(), detail), **cars.errors})


def results(cars: BatchCars, priced: Priced, card: Card, margin_percent: float | None) -> Results:
    """The results of cars that were priced; those whose prices cannot be believed are errors too.

    Without a margin no buying price is named.
    """
    errors = dict(cars.errors)
    places = cars.places()
    wrong = {number: not_priced(card).detail for number, support in enumerate(priced.columns["support"]) if not support}
    wrong |= {number: f"No price can be given now: the model server cannot be believed: {why}"
              for number, why in priced.faults.items()}  # fmt: skip
    columns = priced.columns
    confidences, askings = cars.confidences, cars.askings_eur
    if wrong:
        errors |= {places[number]: detail for number, detail in wrong.items()}
        right = [number for number in range(len(priced)) if number not in wrong]
        columns = {name: [column[number] for number in right] for name, column in columns.items()}
        confidences = [confidences[number] for number in right]
        askings = None if askings is None else [askings[number] for number in right]
    price, base, effects = round_columns_to_cents(
        columns["price_eur"], columns["base_eur"], [columns[name] for name in EFFECT_NAMES]
    )
    low, high = (round_column_to_cents(columns[name]) for name in ("low_eur", "high_eur"))
    buying: Sequence[float | str] = [""] * len(price)
    if margin_percent is not None:
        buying = [buying_price_eur(price_eur, margin_percent) for price_eur in price]
    deals: Sequence[str] = [""] * len(price)
    if askings is not None:
        deals = [
            "" if asking is None else deal_label(asking, price_eur, low_eur, high_eur, card.coverage)
            for asking, price_eur, low_eur, high_eur in zip(askings, price, low, high, strict=True)
        ]
    return Results(
        card.version, list(zip(price, buying, low, high, confidences, deals, base, *effects, strict=True)), errors
    )
