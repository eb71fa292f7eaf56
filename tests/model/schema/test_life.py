"""A listing's life on its way to the gateway: what is written is read, and nothing else is."""

import json
from datetime import date
from typing import Any

import pytest

from model.schema.fields import Invalid
from model.schema.life import Life, Price, read_life, write_life
from model.schema.vehicle import Vehicle, car_key

TODAY = date(2026, 7, 20)
GOLF = Vehicle("Volkswagen", "Golf", "petrol", "manual", "used", (date(2026, 7, 14) - date(2016, 5, 1)).days / 365.25,
               98_500.0, 150.0)  # fmt: skip
LIFE = Life(
    source="autoscout24", id="7f0c-1", vehicle=GOLF, first_registration="2016-05", first_seen=date(2026, 7, 1),
    last_seen=date(2026, 7, 14), prices=(Price(date(2026, 7, 1), 12_500.0), Price(date(2026, 7, 9), 11_990.0)),
    gone_on=date(2026, 7, 15), country="DE", seller_kind="dealer", url="https://cars.example/7f0c-1",
)  # fmt: skip


def changed(**fields: Any) -> str:
    return json.dumps({**json.loads(write_life(LIFE)), **fields})


def test_a_life_is_read_as_it_was_written() -> None:
    """With all that may be known of it, and with nothing but what must be; its car is as old as on its last day."""
    # given a life, and one of which less is known
    bare = Life("own", "1", GOLF, "2016-05", date(2026, 7, 14), date(2026, 7, 14), (Price(date(2026, 7, 14), 9_000.0),))
    # when they are written and read, then they are the same
    assert read_life(write_life(LIFE), TODAY) == LIFE
    assert read_life(write_life(bare).encode(), date(2026, 7, 14)) == bare
    assert bare.price_eur == 9_000.0


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("{", "line"), ("[]", "line"), ("[" * 100_000, "line"), (b"\xff", "line"), (changed(phone="0170"), "line"),
        (changed(source="Auto Scout"), "source"), (changed(source=None), "source"),
        (changed(id=""), "id"), (changed(id=7), "id"), (changed(id="x" * 101), "id"), (changed(id="\ud800"), "id"),
        (changed(make="VW"), "make"), (changed(make="Others"), "make"), (changed(make=" Volkswagen"), "make"),
        (changed(model="-/-"), "model"), (changed(model="Golf\n"), "model"),
        (changed(fuel="Benzin"), "fuel"), (changed(gearbox=[]), "gearbox"), (changed(offer_type=None), "offer_type"),
        (changed(mileage_km=-1), "mileage_km"), (changed(mileage_km="98500"), "mileage_km"),
        (changed(mileage_km=True), "mileage_km"), (changed(power_hp=float("nan")), "power_hp"),
        (changed(power_hp=0), "power_hp"),
        (changed(first_registration="2026-08"), "first_registration"),
        (changed(first_registration="05/2016"), "first_registration"),
        (changed(first_registration="2016-13"), "first_registration"),
        (changed(first_registration=2016), "first_registration"),
        (changed(first_seen="2026-07-15"), "last_seen"), (changed(first_seen="2026-W27-3"), "first_seen"),
        (changed(first_seen="1969-07-01"), "first_seen"), (changed(last_seen="2026-07-21"), "last_seen"),
        (changed(gone_on="2026-07-21"), "last_seen"), (changed(gone_on="2026-07-14"), "gone_on"),
        (changed(gone_on=0), "gone_on"),
        (changed(prices=[]), "prices"), (changed(prices={}), "prices"), (changed(prices=[12_500]), "prices"),
        (changed(prices=[["2026-07-02", 12_500]]), "prices"),
        (changed(prices=[["2026-07-01", 12_500], ["2026-07-15", 12_000]]), "prices"),
        (changed(prices=[["2026-07-01", 12_500], ["2026-07-02", 12_500]]), "prices"),
        (changed(prices=[["2026-07-01", 12_500], ["2026-07-01", 12_000]]), "prices"),
        (changed(prices=[["2026-07-01", 1]]), "prices"), (changed(prices=[["2026-07-01", 1e999]]), "prices"),
        (changed(country=None), "country"), (changed(seller_kind=" "), "seller_kind"),
        (changed(url="javascript:alert(1)"), "url"),
    ],
)  # fmt: skip
def test_what_is_no_life_is_refused(line: str | bytes, field: str) -> None:
    """Each by the field that is at fault."""
    # given a line that tells of no life that can be, when it is read, then it is refused
    with pytest.raises(Invalid) as refused:
        read_life(line, TODAY)
    assert [violation.field for violation in refused.value.violations] == [field]


def test_a_car_is_known_by_all_that_is_known_of_it() -> None:
    """However its make and model are spelt."""
    # given a car, in two spellings, and another car
    spelt_otherwise = Vehicle("VOLKSWAGEN", "golf", "petrol", "manual", "used", 3.0, 98_500.0, 150.0)
    driven_on = Vehicle("Volkswagen", "Golf", "petrol", "manual", "used", 3.0, 98_501.0, 150.0)
    # when they are compared, then the two are one, and the other is not
    assert car_key(GOLF, "2016-05") == car_key(spelt_otherwise, "2016-05")
    assert len({car_key(GOLF, "2016-05"), car_key(driven_on, "2016-05"), car_key(GOLF, "2016")}) == 3
