"""The contract's columns: their names, order and kinds are what every other part was built for."""

import os
import subprocess
import sys

from model.schema.features import (
    EFFECTS,
    FEATURE,
    FEATURES,
    HP_PER_KW,
    MODEL_NAME,
    OUTPUT_NAMES,
    OUTPUTS,
    schema_digest,
)


def test_features_stand_in_the_order_of_the_contract() -> None:
    # given the contract, when its inputs are listed, then names, order and V2 types are those agreed on
    assert [(feature.name, feature.v2_datatype) for feature in FEATURES] == [
        ("make", "BYTES"), ("model", "BYTES"), ("fuel", "BYTES"), ("gearbox", "BYTES"), ("offer_type", "BYTES"),
        ("age_years", "FP64"), ("mileage_km", "FP64"), ("power_hp", "FP64"),
    ]  # fmt: skip
    assert MODEL_NAME == "car-price"


def test_outputs_stand_in_the_order_of_the_contract() -> None:
    # given the contract, when its outputs are listed, then names and order are those agreed on
    assert OUTPUT_NAMES == (
        "price_eur", "low_eur", "high_eur", "support", "base_eur", "effect_age", "effect_mileage", "effect_power",
        "effect_fuel", "effect_gearbox", "effect_offer_type",
    )  # fmt: skip
    assert len(OUTPUTS) == len(set(OUTPUT_NAMES))


def test_every_effect_explains_a_feature_and_none_twice() -> None:
    # given the effects, when they are matched to features, then all but make and model are explained once
    explained = [str(effect.explains) for effect in EFFECTS]
    assert sorted(explained) == sorted(set(FEATURE) - {"make", "model"})


def test_numbers_have_bounds_and_words_have_none() -> None:
    # given the features, when their bounds are read, then numbers have some, in their units
    assert {name: (feature.unit, feature.bounds) for name, feature in FEATURE.items() if feature.bounds} == {
        "age_years": ("years", (0.0, 130.0)),
        "mileage_km": ("km", (0.0, 2_000_000.0)),
        "power_hp": ("hp", (1.0, 2_000.0)),
    }
    assert [name for name, feature in FEATURE.items() if not feature.required] == ["offer_type"]


def test_a_kilowatt_is_metric_horsepower() -> None:
    """DIN 66036: 1 PS is 75 kgf m/s."""
    # given the constant, when it is compared with its definition, then it is right to its digits
    assert abs(HP_PER_KW - 1000 / (75 * 9.80665)) < 1e-5


def test_the_digest_is_the_same_in_every_process() -> None:
    """The gateway and the model server compare digests made in different processes."""
    # given another process with another hash seed
    code = "from model.schema.features import schema_digest; print(schema_digest())"
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    # when it makes the digest
    made = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    # then it is ours, a SHA-256
    assert made.stdout.strip() == schema_digest()
    assert len(schema_digest()) == 64
