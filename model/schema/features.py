"""The contract's columns: what the model takes, what it answers, and a digest of both.

Everything that names a column derives from FEATURES and OUTPUTS: the MLflow signature, the V2 tensors, the
gateway's codec, the form's fields and the CSV columns.
"""

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from typing import Literal

MODEL_NAME = "car-price"
CARD_FORMAT = 2  # of the model card, by which the gateway knows a version

# 1 kW in metric horsepower (DIN 66036: 1 PS = 0.73549875 kW).
HP_PER_KW = 1.35962

DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Feature:
    """One input column. `bounds` are what a request may say, inclusive, in `unit`; None for categories."""

    name: str
    kind: Literal["category", "number"]
    unit: str | None
    bounds: tuple[float, float] | None
    required: bool
    label: str

    @property
    def v2_datatype(self) -> str:
        return "BYTES" if self.kind == "category" else "FP64"


FEATURES = (
    Feature("make", "category", None, None, True, "Make"),
    Feature("model", "category", None, None, True, "Model"),
    Feature("fuel", "category", None, None, True, "Fuel"),
    Feature("gearbox", "category", None, None, True, "Gearbox"),
    Feature("offer_type", "category", None, None, False, "Offer type"),
    Feature("age_years", "number", "years", (0.0, 130.0), True, "Age"),
    Feature("mileage_km", "number", "km", (0.0, 2_000_000.0), True, "Mileage"),
    Feature("power_hp", "number", "hp", (1.0, 2_000.0), True, "Power"),
)
FEATURE = {feature.name: feature for feature in FEATURES}
CATEGORIES = tuple(feature.name for feature in FEATURES if feature.kind == "category")
NUMBERS = tuple(feature.name for feature in FEATURES if feature.kind == "number")


@dataclass(frozen=True)
class Output:
    """One output column, always FP64. `explains` names the feature whose effect it is."""

    name: str
    unit: str
    explains: str | None = None


EFFECTS = (
    Output("effect_age", "EUR", "age_years"),
    Output("effect_mileage", "EUR", "mileage_km"),
    Output("effect_power", "EUR", "power_hp"),
    Output("effect_fuel", "EUR", "fuel"),
    Output("effect_gearbox", "EUR", "gearbox"),
    Output("effect_offer_type", "EUR", "offer_type"),
)
OUTPUTS = (
    Output("price_eur", "EUR"),
    Output("low_eur", "EUR"),
    Output("high_eur", "EUR"),
    Output("support", "listings"),
    Output("base_eur", "EUR"),
    *EFFECTS,
)
OUTPUT_NAMES = tuple(output.name for output in OUTPUTS)
# What a car is answered that a version does not price: nothing that could pass for a price.
UNPRICED = {name: 0.0 if name == "support" else math.nan for name in OUTPUT_NAMES}


def schema_digest() -> str:
    """SHA-256 of the columns, in order: two parts that name the same digest speak the same contract."""
    columns = {"features": [asdict(column) for column in FEATURES], "outputs": [asdict(column) for column in OUTPUTS]}
    return hashlib.sha256(json.dumps(columns, sort_keys=True).encode()).hexdigest()
