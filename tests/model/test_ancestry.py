"""The ancestry: price classes told from listings alone, and average cars that are averages."""

import numpy as np
import pandas as pd
import pytest

from model.ancestry import Ancestry, trace
from model.cell_sums import cell_sums
from model.census import take_census
from model.design import CURVE_LEVELS, PRICE_CLASSES, Design, build_design
from model.families import with_families
from model.moments import Layout, sum_chunk
from tests.model.markets import listings, noisy_market, random_cars, rule, shares_of_rises


def traced(market: pd.DataFrame) -> tuple[Design, Ancestry]:
    census = take_census(market)
    design = build_design(census)
    layout = Layout(design, census.cells)
    return design, trace(design, cell_sums(layout, sum_chunk(market, layout, None)))


COUNT = 400
MARKET = noisy_market(COUNT, 2, weight=np.random.default_rng(1).uniform(0.2, 1.0, COUNT))
DESIGN, ANCESTRY = traced(MARKET)


def near(design: Design, ancestry: Ancestry, words: tuple[str, ...]) -> np.ndarray:
    """What each price class has in the curves above a make or a family."""
    node = design.nodes[len(words)][words]
    return ancestry.shares[[node]].toarray()[0, design.classes]


def class_eur(design: Design, ancestry: Ancestry, words: tuple[str, ...]) -> float:
    """The price by which a make or a family was classed, as far as the classes reach."""
    return float(np.exp(near(design, ancestry, words) @ PRICE_CLASSES.positions()))


def priced_at(cars: pd.DataFrame, eur: pd.Series) -> pd.DataFrame:
    """Listings that cost so much when new and undriven, and lose value as all cars do."""
    return listings(cars, np.log(eur) - 0.1 * cars["age_years"] - 2e-6 * cars["mileage_km"])


def test_what_a_node_is_pulled_to_is_a_mean_of_those_above() -> None:
    """Law: shares add up to 1 for all but the root, and no node stands above itself."""
    # given an ancestry, when its shares are read
    shares = ANCESTRY.shares.toarray()
    # then they are shares, of nodes before their own
    assert (shares >= 0).all()
    assert shares.sum(axis=1) == pytest.approx([0.0, *np.ones(DESIGN.node_count - 1)])
    assert (np.triu(shares) == 0).all()
    # and below families they are all the parent's
    for child, parent in enumerate(DESIGN.parents):
        if parent >= 0:
            assert shares[child, parent] == 1.0


def test_makes_and_families_lie_between_two_classes() -> None:
    # given an ancestry, when makes and families are read, then one class or two neighbours stand above each
    for depth in (1, 2):
        for words in DESIGN.nodes[depth]:
            above = np.flatnonzero(near(DESIGN, ANCESTRY, words))
            assert len(above) <= 2
            assert above[-1] - above[0] <= 1


def test_dearer_families_are_of_dearer_classes() -> None:
    # given two makes whose cars cost 20,000 and 100,000 EUR at the market's mean age and mileage
    cars = random_cars(np.random.default_rng(3), 2_000)
    design, ancestry = traced(priced_at(cars, cars["make"].map({"Audi": 47_000, "BMW": 235_000, "Tesla": 47_000})))
    # when they are classed, then it is about by these prices
    lost = 0.1 * cars["age_years"].mean() + 2e-6 * cars["mileage_km"].mean()
    assert class_eur(design, ancestry, ("Audi", "A3")) == pytest.approx(47_000 * np.exp(-lost), rel=0.02)
    assert class_eur(design, ancestry, ("BMW",)) == pytest.approx(235_000 * np.exp(-lost), rel=0.02)


def test_young_cars_do_not_make_a_dear_family() -> None:
    """Law: the class does not depend on how old or how far driven a family's cars happen to be."""
    # given two families that cost the same, the one mostly young, the other mostly old and driven
    cars = random_cars(np.random.default_rng(4), 4_000)
    is_old = cars["model"] == "A4"
    cars["age_years"] = np.where(is_old, 4 + cars["age_years"] * 0.7, cars["age_years"] / 2)
    cars["mileage_km"] = np.where(is_old, 60_000 + cars["mileage_km"] * 0.7, cars["mileage_km"] / 2)
    design, ancestry = traced(priced_at(cars, pd.Series(40_000.0, index=cars.index)))
    # when they are classed, then they are of the same class
    old, young = (class_eur(design, ancestry, ("Audi", name)) for name in ("A4", "A3"))
    assert old == pytest.approx(young, rel=0.02)


def test_a_familys_first_listing_says_little() -> None:
    """Law: what is rare is classed by its make's prices, and more by its own the more there is of it."""
    # given a market of cars at 15,000 EUR, and a family that is ten times as dear
    cars = random_cars(np.random.default_rng(5), 1_000)
    usual = listings(cars, np.full(len(cars), np.log(15_000)))
    classes = []
    for count in (1, 5, 100):
        dear = listings(cars.head(count).assign(make="Audi", model="R8"), np.full(count, np.log(150_000)))
        design, ancestry = traced(pd.concat([usual, dear], ignore_index=True))
        classes.append(class_eur(design, ancestry, ("Audi", "R8")))
    # when it is classed by one listing, by five and by a hundred, then it comes ever closer to its own price
    assert 15_000 < classes[0] < 45_000
    assert classes[0] < classes[1] < classes[2]
    assert classes[2] > 120_000


def test_average_cars_are_the_weighted_means() -> None:
    """Law: of each node's listings; of a price class' those of its families, by its share in each."""
    # given a market, when the means are taken over its listings
    at, weight = shares_of_rises(DESIGN.axes, MARKET), MARKET["weight"].to_numpy()
    words = with_families(MARKET)
    # then they are the average cars
    assert ANCESTRY.averages[0] == pytest.approx(np.average(at, axis=0, weights=weight), abs=1e-6)
    for level, nodes in zip(CURVE_LEVELS, DESIGN.nodes[1:], strict=True):
        keys = list(words[list(level.by)].itertuples(index=False, name=None))
        for node_words, node in nodes.items():
            rows = np.array([key == node_words for key in keys])
            expected = np.average(at[rows], axis=0, weights=weight[rows])
            assert ANCESTRY.averages[node] == pytest.approx(expected, abs=1e-6)
    families = list(words[["make", "family"]].itertuples(index=False, name=None))
    in_class = np.array([near(DESIGN, ANCESTRY, family) for family in families])
    for number, node in enumerate(np.arange(DESIGN.node_count)[DESIGN.classes]):
        of_class = weight * in_class[:, number]
        expected = np.average(at, axis=0, weights=of_class) if of_class.any() else ANCESTRY.averages[0]
        assert ANCESTRY.averages[node] == pytest.approx(expected, abs=1e-6)


def test_who_weighs_nothing_is_on_average_as_those_above() -> None:
    # given a model whose listings count for nothing
    nothing = MARKET.head(5).assign(make="Audi", model="A4 allroad", weight=0.0)
    design, ancestry = traced(pd.concat([MARKET, nothing], ignore_index=True))
    # when its average car is read, then it is its family's
    family, model = design.nodes[2]["Audi", "A4"], design.nodes[3]["Audi", "A4", "A4 allroad"]
    assert ancestry.averages[model] == pytest.approx(ancestry.averages[family], abs=1e-12)


def test_the_rule_of_prices_alone_makes_no_class_of_all() -> None:
    """The market of these tests is not all of one class, or the laws above would say little."""
    used = {int(number) for words in DESIGN.nodes[2] for number in np.flatnonzero(near(DESIGN, ANCESTRY, words))}
    assert len(used) > 1
    assert rule(MARKET).std() > 0.3
