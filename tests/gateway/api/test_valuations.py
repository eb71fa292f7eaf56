"""POST /api/v1/valuations and GET by id: a car in, a price with its range, reasons and limits out."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.schema.age import age_years
from model.schema.features import EFFECTS, HP_PER_KW
from model.schema.vehicle import Vehicle
from model.scorer import Scorer
from tests.gateway import market
from tests.gateway.fake_model_server import FakeModelServer, Reply, change, output
from tests.gateway.gateways import GOLF, VALUATIONS, Gateway, check_documented, faults, problem

AS_OF = date.fromisoformat(GOLF["as_of"])


def limit_codes(gateway: Gateway, **changes: object) -> tuple[str, list[str]]:
    reply = gateway.value(**changes).get_json()
    return reply["confidence"], [limit["code"] for limit in reply["limits"]]


def test_a_car_is_priced_with_range_and_reasons(gateway: Gateway) -> None:
    """The reply has the documented shape, and every number in it is the model's."""
    # given a Golf, and what the model says of it
    age = age_years(GOLF["first_registration"], AS_OF)
    expected = Scorer(market.table()).score_one(
        Vehicle("Volkswagen", "Golf", "petrol", "manual", "used", age, 48_500, 150)
    )
    # when it is valued
    response = gateway.value()
    # then price, range and base are those numbers in cents
    reply = check_documented(gateway, response, VALUATIONS)
    assert response.status_code == 200
    assert reply["price_eur"] == round(expected["price_eur"], 2)
    assert reply["base_eur"] == round(expected["base_eur"], 2)
    assert reply["range"] == {
        "low_eur": round(expected["low_eur"], 2), "high_eur": round(expected["high_eur"], 2), "coverage": 0.9,
    }  # fmt: skip
    # and each group of features has its effect, in words that a buyer reads
    assert [part["feature"] for part in reply["contributions"]] == [effect.explains for effect in EFFECTS]
    for part, effect in zip(reply["contributions"], EFFECTS, strict=True):
        assert part["effect_eur"] == pytest.approx(expected[effect.name], abs=0.02)
    words = {part["feature"]: (part["label"], part["value"], part["typical"]) for part in reply["contributions"]}
    assert words["age_years"] == ("Age", "4.3 years", "5.0 years")
    assert words["mileage_km"] == ("Mileage", "48,500 km", "60,000 km")
    assert words["power_hp"] == ("Power", "150 hp", "130 hp")
    assert words["fuel"] == ("Fuel", "Petrol", "Petrol")
    # and the car stands there as it was understood
    assert reply["vehicle"] == {
        "make": "Volkswagen", "model": "Golf", "fuel": "petrol", "gearbox": "manual", "offer_type": "used",
        "first_registration": "2020-03", "age_years": round(age, 2), "mileage_km": 48_500.0, "power_hp": 150.0,
        "power_kw": 110.3,
    }  # fmt: skip
    assert (reply["confidence"], reply["limits"]) == ("high", [])


def test_a_reply_says_whose_price_it_is(gateway: Gateway) -> None:
    """The version that priced, the day of its market and whether that market is invented stand in every reply."""
    # given a gateway of version 1, when a car is valued
    reply = gateway.value().get_json()
    # then the stamp is there
    assert reply["model"] == {"name": "car-price", "version": "1"}
    assert reply["market_as_of"] == market.MARKET_AS_OF
    assert reply["market_is_demo"] is True
    assert reply["as_of"] == "2024-06-30"
    assert reply["id"] is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    model=st.sampled_from(sorted(market.MARKET)),
    fuel=st.sampled_from(market.WORDS["fuel"]),
    gearbox=st.sampled_from(market.WORDS["gearbox"]),
    offer_type=st.sampled_from(market.WORDS["offer_type"]),
    first_registration=st.integers(2012, 2023).map(str),
    mileage_km=st.floats(0, 2_000_000),
    power_hp=st.floats(1, 2_000),
)
def test_reasons_add_up_for_any_car(gateway: Gateway, model: tuple[str, str], **car: object) -> None:
    """Base and effects sum to the price to the cent, the range holds the price, euros and per cent agree in sign."""
    # given any car of the market, when it is valued
    response = gateway.value(make=model[0], model=model[1], **car)
    # then its reasons add up
    reply = check_documented(gateway, response, VALUATIONS)
    assert response.status_code == 200
    effects = [Decimal(str(part["effect_eur"])) for part in reply["contributions"]]
    assert Decimal(str(reply["base_eur"])) + sum(effects) == Decimal(str(reply["price_eur"]))
    assert 0 < reply["range"]["low_eur"] <= reply["price_eur"] <= reply["range"]["high_eur"]
    for part in reply["contributions"]:
        assert part["effect_eur"] * part["effect_percent"] >= 0


@pytest.mark.parametrize(
    ("price_eur", "cents"), [(2_675.675, 267_568), (1_002.675, 100_268), (4_100.005, 410_000), (8_200.015, 820_002)]
)
def test_a_range_of_no_width_still_holds_its_price(
    gateway: Gateway, model_server: FakeModelServer, price_eur: float, cents: int
) -> None:
    """Price and range are rounded to cents by one rule, so that rounding never puts the price outside its range."""
    # given a model that is so sure that low, price and high are one number, half a cent from the next
    def be_sure(reply: Reply) -> None:
        for name in ("price_eur", "low_eur", "high_eur", "base_eur"):
            output(reply, name)["data"] = [price_eur]
        for effect in EFFECTS:
            output(reply, effect.name)["data"] = [0.0]

    model_server.misbehave(change(be_sure))
    # when a car is valued
    reply = gateway.value().get_json()
    # then the three are still one number
    assert reply["range"]["low_eur"] == reply["price_eur"] == reply["range"]["high_eur"]
    assert abs(reply["price_eur"] * 100 - cents) <= 1


def test_effects_that_cancel_out_keep_their_per_cent(gateway: Gateway, model_server: FakeModelServer) -> None:
    """A car worth what the typical one is, for two reasons against each other, is told the true size of both."""
    # given a car whose age adds 1,000 EUR to a base of 10,000 and whose mileage takes them away, but for a rounding
    price_eur = 10_000.000000000002
    values = {"price_eur": price_eur, "low_eur": 9_000.0, "high_eur": 11_000.0, "base_eur": 10_000.0}
    values |= {effect.name: 0.0 for effect in EFFECTS} | {"effect_age": 1_000.0, "effect_mileage": -1_000.0}

    def cancel(reply: Reply) -> None:
        for name, value in values.items():
            output(reply, name)["data"] = [value]

    model_server.misbehave(change(cancel))
    # when it is valued
    reply = gateway.value().get_json()
    # then per cent is exp(log effect) - 1, where the log effect is a tenth
    percents = {part["feature"]: part["effect_percent"] for part in reply["contributions"]}
    assert (percents["age_years"], percents["mileage_km"]) == (10.52, -9.52)


@pytest.mark.parametrize(
    "spelling",
    [
        {"make": "VW"},
        {"make": "volkswagen", "model": "GOLF"},
        {"make": " Volkswagen ", "model": "VW Golf"},
        {"make": "Volkswagen", "model": "Volkswagen Golf"},
        {"fuel": "Gasoline", "gearbox": "Manual", "offer_type": "Used"},
        {"fuel": "Benzin", "gearbox": "Schaltgetriebe", "offer_type": "Gebraucht"},
        {"power_hp": ..., "power_kw": 150 / HP_PER_KW},
        {"power_kw": 110},
        {"offer_type": None},
        {"offer_type": "used"},
        {"mileage_km": 48_500.0},
        {"asking_price_eur": None, "keep": None, "power_kw": None},
        {"keep": False},
    ],
)
def test_any_known_way_to_say_it_gives_the_same_price(gateway: Gateway, spelling: dict[str, object]) -> None:
    """Words of a source, other spellings, kW for hp and what is the default anyway change nothing."""
    # given the price of a Golf in our words
    ours = gateway.value().get_json()
    # when the same car is told in other words
    if "VW Golf" in str(spelling):
        spelling = {**spelling, "model": "Golf"}
    theirs = gateway.value(**spelling).get_json()
    # then the reply is the same
    assert theirs == ours


def test_a_cut_make_is_mended(gateway: Gateway) -> None:
    """The make "Aston" of an export, with the rest of its name before the model, is Aston Martin."""
    # given a car as AutoScout24's export names it
    cut = {"make": "Aston", "model": "Martin Vantage", "gearbox": "automatic", "power_hp": 510}
    # when it is valued
    vehicle = gateway.value(**cut).get_json()["vehicle"]
    # then it is the whole make's
    assert (vehicle["make"], vehicle["model"]) == ("Aston Martin", "Vantage")


def test_without_as_of_the_price_is_todays(gateway: Gateway) -> None:
    """A request without a date asks for today."""
    # given a car of this year, without as_of
    today = date.today()
    # when it is valued
    reply = gateway.value(as_of=..., first_registration=f"{today.year}-{today.month:02}").get_json()
    # then the price is today's
    assert reply["as_of"] in (today.isoformat(), date.today().isoformat())


def test_as_of_sets_the_age(gateway: Gateway) -> None:
    """The same car was younger, and dearer, on an earlier day."""
    # given one car, when it is valued on two days
    earlier, later = (gateway.value(as_of=day).get_json() for day in ("2022-06-30", "2024-06-30"))
    # then two years lie between
    assert later["vehicle"]["age_years"] - earlier["vehicle"]["age_years"] == pytest.approx(2, abs=0.01)
    assert earlier["price_eur"] > later["price_eur"]
    assert earlier["market_as_of"] == later["market_as_of"]


def test_the_day_of_registration_itself_is_age_nothing(gateway: Gateway) -> None:
    """A year alone means 1 July: before that day of its year a car is new, not of a negative age."""
    # given a car of 2024, on 30 June 2024, when it is valued
    reply = gateway.value(first_registration="2024").get_json()
    # then its age is 0
    assert reply["vehicle"]["age_years"] == 0


@pytest.mark.parametrize(
    ("factor_of", "share", "label"),
    [
        ("low_eur", 0.5, "top"), ("low_eur", 0.99, "top"), ("price_eur", 1.0, "fair"), ("high_eur", 1.01, "very_high"),
        ("high_eur", 50.0, "very_high"),
    ],
)  # fmt: skip
def test_an_asking_price_gets_a_label(gateway: Gateway, factor_of: str, share: float, label: str) -> None:
    """Below the range is a top deal, at the price a fair one, above the range very high."""
    # given the range of a Golf
    without = gateway.value().get_json()
    amounts = {**without["range"], "price_eur": without["price_eur"]}
    # when it is offered at some share of one of its numbers
    asking = round(amounts[factor_of] * share, 2)
    reply = check_documented(gateway, gateway.value(asking_price_eur=asking), VALUATIONS)
    # then the label says how that compares, and nothing else changes
    assert (reply["deal"], reply["asking_price_eur"]) == (label, asking)
    assert reply["price_eur"] == without["price_eur"]
    assert without["deal"] is None


def test_labels_rise_with_the_asking_price(gateway: Gateway) -> None:
    """Asking more never makes a better deal, and every label can be had."""
    # given asking prices from far below to far above
    price = gateway.value().get_json()["price_eur"]
    # when each is labelled
    labels = [gateway.value(asking_price_eur=price * share / 100).get_json()["deal"] for share in range(70, 140)]
    # then they come in this order
    assert list(dict.fromkeys(labels)) == ["top", "good", "fair", "high", "very_high"]
    assert labels == sorted(labels, key=["top", "good", "fair", "high", "very_high"].index)


def test_a_kept_valuation_is_found_by_its_id(gateway: Gateway, model_server: FakeModelServer) -> None:
    """What was kept is told again as it was, without asking the model server, even when that is down."""
    # given a kept valuation
    kept = gateway.value(keep=True, asking_price_eur=20_000).get_json()
    model_server.stop()
    # when it is asked for
    response = gateway.client.get(f"{VALUATIONS}/{kept['id']}")
    # then it is the same, to the last field
    assert check_documented(gateway, response, f"{VALUATIONS}/{{valuation_id}}") == kept
    assert len(model_server.requests) == 1


def test_kept_valuations_have_ids_that_nobody_guesses(gateway: Gateway) -> None:
    """Each has an id of its own, of 128 random bits; what is not kept has none."""
    # given some kept valuations, when their ids are compared
    ids = {gateway.value(keep=True).get_json()["id"] for _ in range(5)}
    # then they differ, and are long
    assert len(ids) == 5
    assert all(len(valuation_id) >= 22 for valuation_id in ids)


@pytest.mark.parametrize("valuation_id", ["1", "..%2F", "%00", "%ED%A0%80", "a" * 5_000, "' OR 1=1 --"])
def test_an_unknown_id_is_not_found(gateway: Gateway, valuation_id: str) -> None:
    """Whatever stands for an id, what is not there is 404."""
    # given one kept valuation
    gateway.value(keep=True)
    # when another id is asked for, then there is none
    problem(gateway.client.get(f"{VALUATIONS}/{valuation_id}"), 404)


def test_few_listings_lower_the_confidence(gateway: Gateway) -> None:
    """A price that stands on a handful of cars is given, and said to be weak."""
    # given a model with 3 listings, when a car of it is valued
    reply = gateway.value(
        make="Aston Martin", model="Vantage", gearbox="automatic", power_hp=510, mileage_km=20_000
    ).get_json()
    # then the confidence is low, with the number
    assert reply["confidence"] == "low"
    assert [limit["code"] for limit in reply["limits"]] == ["few_listings"]
    assert "3 listings of a Aston Martin Vantage" in reply["limits"][0]["message"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"mileage_km": 290_000}, "mileage_beyond_data"),  # of a Golf
        ({"mileage_km": 2_000_000}, "mileage_beyond_data"),  # of any car
        ({"power_hp": 60}, "power_beyond_data"),
        ({"power_hp": 1}, "power_beyond_data"),
        ({"power_hp": 2_000}, "power_beyond_data"),
        ({"first_registration": "2012-12"}, "age_beyond_data"),
        ({"first_registration": "2011"}, "age_beyond_data"),
        ({"gearbox": "automatic", "fuel": "diesel"}, "variant_not_seen"),
    ],
)
def test_what_the_data_cannot_know_lowers_the_confidence(
    gateway: Gateway, changes: dict[str, object], code: str
) -> None:
    """Outside the listings of its model a car is priced, with low confidence and the reason."""
    # given a Golf beyond what was seen of Golfs, when it is valued
    confidence, codes = limit_codes(gateway, **changes)
    # then that is said
    assert (confidence, codes) == ("low", [code])


@pytest.mark.parametrize(("power_hp", "confidence"), [(85, "high"), (83.5, "high"), (82, "low")])
def test_a_rounded_power_is_not_beyond_the_data(gateway: Gateway, power_hp: float, confidence: str) -> None:
    """A document gives 62 kW, which are 84.3 hp, where listings say 85: within the rounding nothing is said."""
    # given a Golf with about the least power seen, when it is valued, then only a real difference counts
    assert limit_codes(gateway, power_hp=power_hp)[0] == confidence


def test_an_old_market_is_no_base_for_confidence(gateway: Gateway) -> None:
    """The prices are those of the market's date; more than a year on, the reply says so itself."""
    # given a market of 1 July 2024, when a car is valued a year later, and another day later
    year_later = {"first_registration": "2019-07", "as_of": "2025-07-01"}
    assert limit_codes(gateway, **year_later) == ("high", [])
    assert limit_codes(gateway, **year_later | {"as_of": "2025-07-02"}) == ("low", ["market_is_old"])


def test_every_limit_is_named(gateway: Gateway) -> None:
    """Several reasons for a low confidence are all told."""
    # given a car that is odd in every way, when it is valued
    confidence, codes = limit_codes(
        gateway, make="Aston Martin", model="Vantage", fuel="diesel", mileage_km=400_000, power_hp=90,
        first_registration="2011",
    )  # fmt: skip
    # then all of it is named
    assert confidence == "low"
    assert set(codes) == {
        "few_listings", "variant_not_seen", "age_beyond_data", "mileage_beyond_data", "power_beyond_data",
    }  # fmt: skip


def test_the_edges_of_the_data_are_inside(gateway: Gateway) -> None:
    """The highest mileage and the least power that was seen are seen."""
    # given a Golf at the edges of what was seen of Golfs, when it is valued, then nothing speaks against it
    assert limit_codes(gateway, mileage_km=250_000, power_hp=85) == ("high", [])


def test_a_car_too_old_is_refused_with_the_reason(gateway: Gateway, model_server: FakeModelServer) -> None:
    """More than two years beyond the oldest listing there is no price, however asked for."""
    # given a Golf of 1985, when it is valued
    response = gateway.value(first_registration="1985-05")
    # then there is no price, and the reason is the market's
    assert faults(response) == {"first_registration": "too_old"}
    message = problem(response, 422)["errors"][0]["message"]
    assert "39 years" in message and market.MARKET_AS_OF in message and "12 years" in message
    assert model_server.requests == []


def test_two_years_beyond_the_data_are_just_priced(gateway: Gateway) -> None:
    """The refusal begins beyond two years more than the oldest listing, not at it."""
    # given cars a month on either side of 14 years, when they are valued
    younger, older = gateway.value(first_registration="2010-08"), gateway.value(first_registration="2010-05")
    # then one is priced and the other is not
    assert younger.status_code == 200
    assert faults(older) == {"first_registration": "too_old"}


def test_a_word_that_no_listing_had_is_refused(gateway: Gateway, model_server: FakeModelServer) -> None:
    """A fuel of the contract that this version never saw has no price; what it did see is named."""
    # given a hydrogen Golf, when it is valued
    response = gateway.value(fuel="hydrogen", gearbox="semi_automatic")
    # then both words are at fault, with those that would do
    assert faults(response) == {"fuel": "no_market_data", "gearbox": "no_market_data"}
    fuel = problem(response, 422)["errors"][0]
    assert fuel["known"] == ["diesel", "electric", "hybrid_petrol", "petrol"]
    assert model_server.requests == []


def test_priced_cars_are_counted_by_version(gateway: Gateway) -> None:
    """Each price given is counted once; a refusal is not."""
    # given two priced cars and a refused one
    gateway.value()
    gateway.value()
    gateway.value(mileage_km=-1)
    # when the count is read, then it is two
    assert gateway.metric("gateway_valuations_total", version="1") == 2
