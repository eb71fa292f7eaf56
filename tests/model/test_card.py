"""The model card: what the gateway needs to know of a version, and nothing that the table does not say."""

import hashlib
import json
import math
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from model.card import SMALLEST_FAIR_SEGMENT, build_card, table_digest
from model.dataset import Dataset, Report
from model.evaluation import Evaluation, cross_validate
from model.fitting import Fit
from model.schema.features import FEATURES, NUMBERS, schema_digest
from model.schema.vocabulary import CLOSED_SETS, Catalogue
from model.scorer import Scorer
from model.segments import name_of, segments
from model.table import CoefficientTable, Term
from model.training import fit_table
from tests.model.markets import noisy_market


@pytest.fixture(scope="module")
def card(fitted: Fit, table: CoefficientTable, dataset: Dataset, evaluation: Evaluation) -> dict[str, Any]:
    """The card as the gateway gets it: through JSON, which has no NaN."""
    built = build_card("7", fitted, table, table.to_json(), dataset, evaluation)
    return json.loads(json.dumps(built, allow_nan=False))


@pytest.fixture(scope="module")
def uneven_table(table: CoefficientTable) -> CoefficientTable:
    """The fitted table with a curve of age for one make: there, models lose value in ways of their own."""
    knots = len(table.axes["age_years"].knots)
    steep = Term(("make",), "age_years", {"Audi": np.linspace(0.0, -0.8, knots).tolist()})
    return replace(table, terms=(*table.terms, steep))


def test_a_card_names_version_data_and_digests(
    card: dict[str, Any], table: CoefficientTable, dataset: Dataset
) -> None:
    # given a card, when it is read, then it says which version it is, of what data, for which contract
    assert (card["format"], card["name"], card["version"]) == (2, "car-price", "7")
    assert card["schema_digest"] == schema_digest()
    assert card["table_digest"] == table_digest(table.to_json())
    assert card["table_digest"] == hashlib.sha256(table.to_json().encode()).hexdigest()
    assert card["data"] == {
        "name": "market.csv", "digest": dataset.digest, "synthetic": True,
        "market_as_of": dataset.market_date.isoformat(),
        "oldest_listing": (dataset.market_date - timedelta(dataset.table["days_ago"].max())).isoformat(),
        "rows_read": 3_000, "rows_used": len(dataset.table),
        "dropped": dict(dataset.report.dropped),
    }  # fmt: skip


def test_a_card_has_the_figures_and_limits(card: dict[str, Any], evaluation: Evaluation) -> None:
    # given a card, when its figures are read, then they are the cross-validation's, and its limits are told
    assert card["figures"] == pytest.approx(evaluation.figures, abs=5.1e-4)
    assert len(card["figures_by_fold"]) == 5
    assert card["coverage"] == 0.9
    assert any("asking prices in Germany" in limit for limit in card["limits"])


def test_a_card_says_what_it_is_for_and_how_to_read_it(card: dict[str, Any]) -> None:
    # given a card, when a person reads it, then use, limits and reading of it are told in sentences
    for name in ("intended_use", "limits", "how_to_read"):
        assert card[name]
        assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in card[name])
    assert any("Germany" in sentence for sentence in card["intended_use"])


def test_a_card_tells_how_the_numbers_lie(card: dict[str, Any], dataset: Dataset) -> None:
    # given a card, when its distributions are read, then they are those of the listings
    assert list(card["distributions"]) == list(NUMBERS)
    for name, distribution in card["distributions"].items():
        values, edges, shares = dataset.features[name].to_numpy(), distribution["edges"], distribution["shares"]
        assert edges == sorted(set(edges)) and len(shares) == len(edges) + 1
        assert sum(shares) == pytest.approx(1.0, abs=1e-4)
        for edge, share in zip(edges, np.cumsum(shares), strict=False):
            assert share == pytest.approx((values < edge).mean(), abs=1e-3)
        assert max(shares) < 0.2  # no number of this market has a value that many cars have


def test_a_card_has_the_parts_of_the_market(
    card: dict[str, Any], dataset: Dataset, evaluation: Evaluation, table: CoefficientTable
) -> None:
    # given a card, when its segments are read, then they are those of the evaluation
    assert card["segments"] == json.loads(json.dumps(segments(dataset, evaluation)))
    # and fairness names the one that is held least often and the one whose range is widest, of the large ones
    large = [segment for segment in card["segments"] if segment["rows"] >= SMALLEST_FAIR_SEGMENT]
    least = min(large, key=lambda segment: segment["coverage_percent"][0])
    widest = max(large, key=lambda segment: segment["mean_width_percent"][0])
    assert name_of(least) in card["fairness"][0]
    assert f"{least['coverage_percent'][0]:.1f}% of prices, where 90% are promised" in card["fairness"][0]
    assert name_of(widest) in card["fairness"][1]


def test_the_market_index_runs_back_from_the_market_date(
    card: dict[str, Any], fitted: Fit, dataset: Dataset
) -> None:
    # given a card of a market of four months, when its index is read, then it starts with 0 on the market date
    index = card["market_index"]
    assert index[0] == {"date": dataset.market_date.isoformat(), "log_level": 0.0}
    days = [date.fromisoformat(point["date"]) for point in index]
    assert days == sorted(days, reverse=True)
    assert [point["log_level"] for point in index] == pytest.approx(fitted.index, abs=5.1e-6)
    assert (dataset.market_date - days[-1]).days == dataset.table["days_ago"].max()
    assert card["sale_level"] == round(fitted.sale_level, 5)


def test_a_market_of_one_day_has_no_index_and_a_small_one_no_word_on_fairness() -> None:
    # given a market of one day, too small to say of any part how it fares
    market = noisy_market(SMALLEST_FAIR_SEGMENT - 1)
    report = Report(rows_read=len(market), rows_used=len(market))
    small = Dataset(market, date(2026, 7, 1), "market.csv", "0" * 64, False, report)
    evaluation = cross_validate(small, lambda _: None)
    fitted, table = fit_table(small, evaluation)
    # when its card is built, then it has neither
    card = build_card("1", fitted, table, table.to_json(), small, evaluation)
    assert (card["market_index"], card["fairness"]) == ([], [])
    assert card["data"]["oldest_listing"] == "2026-07-01"  # type: ignore[index]


def test_the_vocabulary_counts_every_listing(card: dict[str, Any], dataset: Dataset) -> None:
    """Law: filters' counts add up to the data: by model, and by variant within each."""
    # given the vocabulary, when listings are summed over models and over variants, then none is lost
    vocabulary = card["vocabulary"]
    assert sum(known["listings"] for known in vocabulary) == len(dataset.table)
    counted = dataset.table.value_counts(["make", "model", *CLOSED_SETS]).to_dict()
    for known in vocabulary:
        assert sum(variant[-1] for variant in known["variants"]) == known["listings"]
        for *words, count in known["variants"]:
            assert counted.pop((known["make"], known["model"], *words)) == count
    assert not counted


def test_bounds_are_the_datas(card: dict[str, Any], dataset: Dataset) -> None:
    """The gateway lowers its confidence, or refuses, beyond them."""
    # given the bounds of the whole and of each model, when they are compared with the listings, then they are theirs
    by_model = dataset.table.groupby(["make", "model"])
    for name in NUMBERS:
        assert card["bounds"][name] == [dataset.table[name].min(), dataset.table[name].max()]
        for known in card["vocabulary"]:
            own = by_model.get_group((known["make"], known["model"]))[name]
            assert known["bounds"][name] == [own.min(), own.max()]


def test_typical_cars_lie_within_their_models_bounds(card: dict[str, Any]) -> None:
    """Law: no typical car is older, further driven or stronger than any that was seen, for it would be warned of."""
    # given the card, when typical cars are compared with their models' bounds, then none lies beyond them
    beyond = [
        (known["make"], known["model"], name, known["typical"][name], known["bounds"][name])
        for known in card["vocabulary"]
        for name in NUMBERS
        if not known["bounds"][name][0] <= known["typical"][name] <= known["bounds"][name][1]
    ]
    assert beyond == []


def test_the_vocabulary_is_a_catalogue_that_finds_its_own(card: dict[str, Any]) -> None:
    """Law: no two models of a version are one by spelling, so each can be asked for."""
    # given a catalogue of the card's makes and models
    models: dict[str, list[str]] = {}
    for known in card["vocabulary"]:
        models.setdefault(known["make"], []).append(known["model"])
    catalogue = Catalogue(models)
    # when each is looked up in capitals, then it is found
    for make, names in models.items():
        assert catalogue.find_make(make.upper()) == make
        for name in names:
            assert catalogue.find_model(make, name.upper()) == name


def test_coefficients_are_the_scorers_prices(card: dict[str, Any], table: CoefficientTable) -> None:
    """Law: base * exp(effect) is what the scorer asks for the typical car with that one feature changed."""
    # given the card's coefficients
    coefficients = card["coefficients"]
    scorer = Scorer(table)
    for known in table.models[::10]:
        own = coefficients["effects"][known.make][known.model]
        typical = {feature.name: [getattr(known.typical, feature.name)] for feature in FEATURES}
        # when the typical car is priced with each value of each feature
        for name, values in coefficients["points"].items():
            assert len(own[name]) == len(values)
            for value, effect in zip(values, own[name], strict=True):
                price = scorer.score(typical | {name: [value]})["price_eur"][0]
                # then the card says the same, to its five decimals
                assert own["base_eur"] * math.exp(effect) == pytest.approx(price, rel=1.1e-5)


def test_every_model_has_coefficients(card: dict[str, Any], table: CoefficientTable) -> None:
    # given a card, when its coefficients are looked up, then every model has them, and words of its own are zero
    coefficients = card["coefficients"]
    assert list(coefficients["points"]) == ["fuel", "gearbox", "offer_type", *NUMBERS]
    for known in table.models:
        own = coefficients["effects"][known.make][known.model]
        for name in CLOSED_SETS:
            usual = coefficients["points"][name].index(getattr(known.typical, name))
            assert own[name][usual] == 0


def test_the_markets_coefficients_are_the_mean_of_the_models(
    fitted: Fit, uneven_table: CoefficientTable, dataset: Dataset, evaluation: Evaluation
) -> None:
    """Law: weighted by listings, against a reference that all models share."""
    # given the card of a table whose models do not all lose value alike
    card: Any = build_card("7", fitted, uneven_table, uneven_table.to_json(), dataset, evaluation)
    coefficients = card["coefficients"]
    support = [known.support for known in uneven_table.models]
    for name, market in coefficients["market"].items():
        reference = coefficients["points"][name].index(market["reference"])
        # when the models' effects are averaged
        curves = [coefficients["effects"][known.make][known.model][name] for known in uneven_table.models]
        mean = np.average(np.array(curves) - np.array(curves)[:, [reference]], axis=0, weights=support)
        # then the market's are the same, and the reference is zero
        assert market["effects"] == pytest.approx(mean, abs=1.1e-5)
        assert market["effects"][reference] == 0


def test_the_markets_coefficients_are_what_a_person_expects(card: dict[str, Any]) -> None:
    # given the demo market's card, when its coefficients are read, then age costs value, and the usual is the reference
    market = card["coefficients"]["market"]
    assert market["age_years"]["effects"][-1] < -0.5
    assert market["fuel"]["reference"] == "petrol"
    assert market["offer_type"]["reference"] == "used"
