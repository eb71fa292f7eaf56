"""The scorer: a price, its range and its reasons add up, for one car as for many."""

import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from model.design import CURVES
from model.schema.euros import round_to_cents
from model.schema.features import CATEGORIES, EFFECTS, NUMBERS, OUTPUT_NAMES
from model.schema.vehicle import Vehicle
from model.scorer import Scorer
from model.table import CoefficientTable
from tests.model.pricing import Columns, PriceByHand, car_of, columns_of, random_cars, row_of

SEEDS = range(8)
CHANGING = [str(effect.explains) for effect in EFFECTS]
EFFECT_NAMES = [effect.name for effect in EFFECTS]


@pytest.fixture(scope="module", params=["fitted", *SEEDS])
def any_table(request: pytest.FixtureRequest, make_table: Callable[[int], CoefficientTable]) -> CoefficientTable:
    """The fitted table, and tables with crosses, curves by make, model and variant, and gaps."""
    return request.getfixturevalue("table") if request.param == "fitted" else make_table(request.param)


@pytest.fixture(scope="module")
def scorer(any_table: CoefficientTable) -> Scorer:
    return Scorer(any_table)


def bits(values: Any) -> list[int]:
    return np.asarray(values, dtype=float).view(np.int64).tolist()


def typical_columns(table: CoefficientTable) -> Columns:
    return columns_of(*(known.typical for known in table.models))


def test_the_scorer_prices_as_the_table_says(any_table: CoefficientTable, scorer: Scorer) -> None:
    """Law: price = exp(intercept + all terms), base = the same of the typical car."""
    # given random cars
    cars = random_cars(any_table, 200)
    by_hand = PriceByHand(any_table.to_json())
    # when they are priced
    scored = scorer.score(cars)
    # then price, base and range are what a person computes from the table by hand
    for row in range(200):
        car = row_of(cars, row)
        found = [float(scored[name][row]) for name in ("price_eur", "base_eur", "low_eur", "high_eur")]
        assert found == pytest.approx([by_hand.price(car), by_hand.base(car), *by_hand.range(car)], rel=1e-12)


def test_one_car_is_priced_as_among_many(any_table: CoefficientTable, scorer: Scorer) -> None:
    """Law: score_one equals score, bit for bit, in every output."""
    # given random cars, some of which cannot be priced
    cars = random_cars(any_table, 3_000)
    cars["model"][::50] = "no such model"
    cars["fuel"][::60] = "no such fuel"
    cars["age_years"][::70] = math.nan
    cars["power_hp"][::80] = 0.0
    cars["mileage_km"][::90] = math.inf
    # when they are priced together and one by one
    together = scorer.score(cars)
    alone = [scorer.score_one(car_of(cars, row)) for row in range(3_000)]
    # then not a bit differs
    assert list(together) == list(alone[0]) == list(OUTPUT_NAMES)
    for name in OUTPUT_NAMES:
        assert bits(together[name]) == bits([one[name] for one in alone]), name


@pytest.mark.parametrize("size", [1, 7, 64, 1_000])
def test_how_a_batch_is_split_does_not_matter(any_table: CoefficientTable, scorer: Scorer, size: int) -> None:
    """Law: a car's price does not depend on who is priced with it."""
    # given random cars priced together
    cars = random_cars(any_table, 1_000)
    together = scorer.score(cars)
    # when they are priced in batches of this size
    for start in range(0, 1_000 if size > 1 else 50, size):
        part = scorer.score({name: values[start : start + size] for name, values in cars.items()})
        # then not a bit differs
        for name in OUTPUT_NAMES:
            assert bits(part[name]) == bits(together[name][start : start + size])


def test_no_cars_have_no_prices(scorer: Scorer) -> None:
    # given no cars, when they are priced, then every output is there and empty
    scored = scorer.score({name: [] for name in (*CATEGORIES, *NUMBERS)})
    assert {name: len(values) for name, values in scored.items()} == dict.fromkeys(OUTPUT_NAMES, 0)


def test_base_and_effects_make_the_price(any_table: CoefficientTable, scorer: Scorer) -> None:
    """Law: base + the sum of effects = price, to 1e-9 of it."""
    # given random cars, when they are priced, then the reasons add up
    scored = scorer.score(random_cars(any_table, 5_000, seed=1))
    total = scored["base_eur"] + sum(scored[name] for name in EFFECT_NAMES)
    assert np.abs(total / scored["price_eur"] - 1).max() < 1e-9


def test_euros_add_up_to_the_cent(any_table: CoefficientTable, scorer: Scorer) -> None:
    """Law: rounded to cents for show, base + effects is exactly the price, and no cent moved by more than one."""
    # given 10,000 random cars, when their amounts are rounded
    scored = scorer.score(random_cars(any_table, 10_000, seed=10))
    effects = np.stack([scored[name] for name in EFFECT_NAMES], axis=1).tolist()
    for price, base, exact in zip(scored["price_eur"].tolist(), scored["base_eur"].tolist(), effects, strict=True):
        shown, shown_base, shown_effects = round_to_cents(price, base, exact)
        # then they add up in whole cents
        cents = [round(amount * 100) for amount in (shown, shown_base, *shown_effects)]
        assert cents[0] == cents[1] + sum(cents[2:])
        assert abs(shown - price) < 0.00501
        assert all(abs(one - other) < 0.0151 for one, other in zip(shown_effects, exact, strict=True))


def test_the_range_holds_the_price(any_table: CoefficientTable, scorer: Scorer) -> None:
    """Law: low <= price <= high for every car, and the support is the model's."""
    # given random cars
    cars = random_cars(any_table, 5_000, seed=2)
    # when they are priced
    scored = scorer.score(cars)
    # then the range holds the price
    assert (scored["low_eur"] <= scored["price_eur"]).all()
    assert (scored["price_eur"] <= scored["high_eur"]).all()
    # and the support counts the listings of the model
    support = {(known.make, known.model): known.support for known in any_table.models}
    pairs = zip(cars["make"], cars["model"], strict=True)
    assert scored["support"].tolist() == [support[pair] for pair in pairs]


def test_a_typical_car_has_no_effects(any_table: CoefficientTable, scorer: Scorer) -> None:
    """Law: the typical car of each model costs its base, exactly, and nothing needs explaining."""
    # given each model's typical car, when it is priced, then every effect is zero and the price is the base
    scored = scorer.score(typical_columns(any_table))
    assert (scored["price_eur"] == scored["base_eur"]).all()
    for name in EFFECT_NAMES:
        assert (scored[name] == 0.0).all()


@pytest.mark.parametrize("effect", EFFECTS, ids=EFFECT_NAMES)
def test_what_alone_differs_alone_has_an_effect(any_table: CoefficientTable, scorer: Scorer, effect: Any) -> None:
    """Law: a car that differs from the typical one in one feature owes its whole difference to that feature."""
    # given typical cars of which one feature is another car's
    typical = typical_columns(any_table)
    count = len(typical["make"])
    other = random_cars(any_table, count, seed=3)
    cars = typical | {effect.explains: other[effect.explains]}
    # when they are priced
    scored = scorer.score(cars)
    # then that feature's effect is the difference, others have none
    difference = scored["price_eur"] - scored["base_eur"]
    assert scored[effect.name] == pytest.approx(difference, rel=1e-9, abs=1e-9)
    for name in EFFECT_NAMES:
        if name != effect.name:
            assert (scored[name] == 0.0).all()


def test_effects_are_the_mean_over_all_orders_of_change(any_table: CoefficientTable, scorer: Scorer) -> None:
    """Law (Shapley): a feature's log effect is its mean change of the log price over all 720 orders in which the
    typical car is turned into this one; in euros that is the log effect times the log mean of price and base.
    """
    # given random cars and their typical ones
    count = 8
    cars = random_cars(any_table, count, seed=4)
    typical = typical_of(any_table, cars)
    # when every hybrid of the two is priced: with some of the features changed
    log_price = {
        changed: np.log(scorer.score(typical | {name: cars[name] for name in changed})["price_eur"])
        for size in range(len(CHANGING) + 1)
        for changed in map(frozenset, itertools.combinations(CHANGING, size))
    }
    # and every order of changing one feature after the other is gone through
    sums = {name: np.zeros(count) for name in CHANGING}
    for order in itertools.permutations(CHANGING):
        for position, name in enumerate(order):
            sums[name] += log_price[frozenset(order[: position + 1])] - log_price[frozenset(order[:position])]
    # then the effects are the means, in euros
    scored = scorer.score(cars)
    base = scored["base_eur"]
    assert log_price[frozenset()] == pytest.approx(np.log(base), abs=1e-12)
    log_mean = (scored["price_eur"] - base) / np.log(scored["price_eur"] / base)
    for effect in EFFECTS:
        share = sums[str(effect.explains)] / math.factorial(len(CHANGING))
        assert scored[effect.name] / log_mean == pytest.approx(share, abs=1e-9)


def typical_of(table: CoefficientTable, cars: Columns) -> Columns:
    """The typical car of each car's model."""
    typical = {(known.make, known.model): known.typical for known in table.models}
    return columns_of(*(typical[pair] for pair in zip(cars["make"], cars["model"], strict=True)))


def test_euros_and_per_cent_of_an_effect_agree_in_sign(any_table: CoefficientTable, scorer: Scorer) -> None:
    """Law: the log mean of price and base is positive, so an effect in euros has the sign of its log effect."""
    # given random cars, when they are priced, then the log mean by which effects were made lies between the two
    scored = scorer.score(random_cars(any_table, 2_000, seed=5))
    total = np.sum([scored[name] for name in EFFECT_NAMES], axis=0)
    log_total = np.log(scored["price_eur"] / scored["base_eur"])
    differ = np.abs(log_total) > 1e-6
    log_mean = total[differ] / log_total[differ]
    lower, upper = (pick(scored["price_eur"], scored["base_eur"])[differ] for pick in (np.minimum, np.maximum))
    assert (lower * (1 - 1e-6) <= log_mean).all()
    assert (log_mean <= upper * (1 + 1e-6)).all()


UNKNOWN = {"make": "Trabant", "model": "601", "fuel": "steam", "gearbox": "belt", "offer_type": "stolen"}
IMPOSSIBLE = [math.nan, math.inf, -math.inf, -1.0]


@pytest.mark.parametrize(
    ("name", "value"),
    [*UNKNOWN.items(), *itertools.product(NUMBERS, IMPOSSIBLE), ("power_hp", 0.0), ("fuel", ""), ("make", None)],
)
def test_what_the_table_does_not_know_gets_no_price(any_table: CoefficientTable, name: str, value: Any) -> None:
    """Law: support 0 and NaN, so that nobody takes a guess for a price; the neighbours keep theirs."""
    # given three cars, of which the middle one cannot be priced
    scorer = Scorer(any_table)
    cars = random_cars(any_table, 3, seed=6)
    sound = scorer.score(cars)
    cars[name][1] = value
    # when they are priced, together and alone
    scored = scorer.score(cars)
    alone = scorer.score_one(car_of(cars, 1))
    # then the middle one has no price, and the others have not changed by a bit
    for output in OUTPUT_NAMES:
        missing = 0.0 if output == "support" else math.nan
        assert bits(scored[output]) == bits([sound[output][0], missing, sound[output][2]])
        assert bits([alone[output]]) == bits([missing])


def test_a_model_of_another_make_gets_no_price(any_table: CoefficientTable, scorer: Scorer) -> None:
    # given a known make with another make's model, when it is priced, then there is none
    first, last = any_table.models[0], any_table.models[-1]
    assert first.make != last.make
    cars = columns_of(first.typical)
    cars["model"] = np.array([last.model])
    assert scorer.score(cars)["support"].tolist() == [0.0]


def test_an_answer_may_be_changed_without_harm(scorer: Scorer, any_table: CoefficientTable) -> None:
    # given the answer for a car that has no price
    cars = columns_of(any_table.models[0].typical)
    cars["fuel"] = np.array(["steam"])
    answer = scorer.score_one(car_of(cars, 0))
    # when a caller changes it, then the next answer is as before
    answer["price_eur"] = 1.0
    assert math.isnan(scorer.score_one(car_of(cars, 0))["price_eur"])


@pytest.mark.parametrize("name", NUMBERS)
def test_beyond_the_knots_prices_are_flat(any_table: CoefficientTable, scorer: Scorer, name: str) -> None:
    """Law: beyond the data nothing is extrapolated: the last knot's price holds."""
    # given cars at the first and the last knot, and beyond them
    knots = any_table.axes[name].knots
    cars = random_cars(any_table, 50, seed=7)

    def prices(value: float) -> list[float]:
        return scorer.score(cars | {name: np.full(50, value)})["price_eur"].tolist()

    # when they are priced, then those beyond cost what those at the knot cost
    assert prices(knots[-1] + 1) == prices(knots[-1] * 10) == prices(1e300) == prices(knots[-1])
    below = [value for value in (knots[0] / 2, knots[0] / 100) if value < knots[0]]
    for value in below:
        assert prices(value) == prices(knots[0])


@pytest.mark.parametrize("name", NUMBERS)
def test_prices_do_not_jump_at_a_knot(any_table: CoefficientTable, scorer: Scorer, name: str) -> None:
    """Law: curves are continuous."""
    # given cars a hair below and above each knot
    cars = random_cars(any_table, 30, seed=8)
    for knot in any_table.axes[name].knots[1:]:
        below, above = (
            scorer.score(cars | {name: np.full(30, knot * factor)})["price_eur"] for factor in (1 - 1e-12, 1 + 1e-12)
        )
        # when they are priced, then they cost the same
        assert above == pytest.approx(below, rel=1e-8)


def test_lists_and_whole_numbers_are_priced_alike(any_table: CoefficientTable, scorer: Scorer) -> None:
    """The V2 runtime hands over arrays, the gateway's tests lists."""
    # given a car as arrays of floats and as lists of whole numbers
    known = any_table.models[0].typical
    car = Vehicle(known.make, known.model, known.fuel, known.gearbox, known.offer_type, 5.0, 80_000.0, 150.0)
    whole = {name: [values[0]] for name, values in columns_of(car).items()}
    whole |= {"age_years": [5], "mileage_km": [80_000], "power_hp": [150]}
    # when both are priced, then not a bit differs
    for name, values in scorer.score(columns_of(car)).items():
        assert bits(values) == bits(scorer.score(whole)[name])


STEPS = [1e-12, 1e-9, 1e-6, 1e-3, 0.1, 1.0, 100.0]


def wrong_way(name: str, better: np.ndarray, worse: np.ndarray) -> np.ndarray:
    """Where a price is above that of the better car; the direction is that of the number when it grows."""
    lower, higher = (worse, better) if CURVES[name][0] < 0 else (better, worse)
    return lower > higher


@pytest.mark.parametrize("name", NUMBERS)
def test_no_car_is_priced_the_wrong_way_round(table: CoefficientTable, name: str) -> None:
    """Law: more age or mileage never raises a price, and more power never lowers it: not one of 10,000 cars of any
    words, at numbers within and beyond the data, by steps tiny and large. Compared exactly.
    """
    # given random cars of the fitted table
    scorer = Scorer(table)
    cars = random_cars(table, 10_000, seed=20)
    for step in STEPS:
        # when one number grows by this share of it
        price, moved = (scorer.score(some)["price_eur"] for some in (cars, cars | {name: cars[name] * (1 + step)}))
        # then no price goes the wrong way
        assert wrong_way(name, price, moved).sum() == 0


@pytest.mark.parametrize("name", NUMBERS)
def test_no_car_is_priced_the_wrong_way_round_by_a_last_bit(table: CoefficientTable, name: str) -> None:
    """Law: the same holds from one number to the very next that a computer knows, on either side of every knot too."""
    # given random cars, many of them at knots, when one number changes by its last bit
    scorer = Scorer(table)
    cars = random_cars(table, 10_000, seed=21)
    below, price, above = (
        scorer.score(cars | {name: number})["price_eur"]
        for number in (np.nextafter(cars[name], -math.inf), cars[name], np.nextafter(cars[name], math.inf))
    )
    # then no price goes the wrong way
    possible = ~np.isnan(below)
    assert wrong_way(name, below[possible], price[possible]).sum() == 0
    assert wrong_way(name, price, above).sum() == 0


@pytest.mark.parametrize("name", NUMBERS)
def test_no_curve_turns_round_at_any_knot(table: CoefficientTable, name: str) -> None:
    """Law: for every model and every combination of words, from knot to knot and beyond, prices go one way. Exactly."""
    # given every model with every combination of words, the other numbers at random
    scorer = Scorer(table)
    pairs = [(known.make, known.model) for known in table.models]
    rows = [(*pair, *words) for pair, *words in itertools.product(pairs, *table.words.values())]
    cars: Columns = dict(zip(CATEGORIES, map(list, zip(*rows, strict=True)), strict=True))
    rng = np.random.default_rng(22)
    for other, axis in table.axes.items():
        cars[other] = rng.uniform(axis.knots[0], axis.knots[-1], len(rows))
    # when they are priced at every knot of one axis, from its lower end on
    knots = table.axes[name].knots
    before = scorer.score(cars | {name: np.full(len(rows), knots[0] * 0.5)})["price_eur"]
    for knot in (*knots, knots[-1] * 2):
        after = scorer.score(cars | {name: np.full(len(rows), float(knot))})["price_eur"]
        # then no price goes the wrong way
        assert wrong_way(name, before, after).sum() == 0
        before = after


def test_a_price_for_one_car_goes_the_right_way_too(table: CoefficientTable) -> None:
    # given a car, when it gets older, further driven and weaker, one by one, then its price never rises
    scorer = Scorer(table)
    for known in table.models[::25]:
        ages = np.arange(14.0).tolist()
        cars = [replace(known.typical, age_years=n, mileage_km=2e4 * n, power_hp=300 - 20 * n) for n in ages]
        prices = [scorer.score_one(car) for car in cars]
        assert all(later["price_eur"] <= earlier["price_eur"] for earlier, later in itertools.pairwise(prices))
