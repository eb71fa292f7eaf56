"""The gate as a whole: a better recipe and an equal refresh pass; whatever is wrong is refused for just that."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from model.gates.candidate import Candidate
from model.gates.deciding import Announced, decide
from model.gates.findings import Decision, markdown
from model.judged import Judged
from model.table import CoefficientTable, Term
from tests.model.gates.conftest import evidence, priced


def refused_by(decision: Decision) -> list[str]:
    return [finding.rule for finding in decision.refusals]


def test_a_better_recipe_passes(champion: Candidate) -> None:
    # given a challenger of another recipe, 4% better on every car, when it is judged, then it may be promoted
    decision = decide(priced(champion, -0.04, recipe="recipe b"), champion)
    assert decision.gate == "recipe"
    assert decision.passed, decision.lines()


def test_an_equal_recipe_is_refused(champion: Candidate) -> None:
    # given a challenger of another recipe whose errors differ by luck alone
    luck = np.random.default_rng(1).normal(0, 0.05, len(evidence(champion).rows))
    decision = decide(priced(champion, luck, recipe="recipe b"), champion)
    # then it is refused for not being better, and by how much
    assert refused_by(decision) == ["a new recipe is better"]
    assert "p " in decision.refusals[0].found


def test_a_worse_recipe_is_refused(champion: Candidate) -> None:
    decision = decide(priced(champion, 0.05, recipe="recipe b"), champion)
    assert "a new recipe is better" in refused_by(decision)
    assert "+5.00%" in decision.refusals[0].found


def test_one_better_overall_but_worse_in_a_segment_is_refused(champion: Candidate) -> None:
    # given a challenger that is 15% better, but for diesels, which it prices 40% worse
    rows = evidence(champion).rows
    diesel = (rows["fuel"] == "diesel").to_numpy()
    assert 100 <= diesel.sum() < len(rows) / 2
    decision = decide(priced(champion, np.where(diesel, 0.4, -0.5), recipe="recipe b"), champion)
    # then it is better over all, and the segment is what it is refused for
    better = next(finding for finding in decision.findings if finding.rule == "a new recipe is better")
    assert better.passed
    assert "segment fuel diesel" in refused_by(decision)


def test_recipes_are_compared_on_the_same_listings_and_folds_alone(champion: Candidate) -> None:
    # given a challenger that was judged in other folds, and one on fewer listings
    rows = evidence(champion).rows
    other_folds = replace(champion, version="2", recipe="b", judged=Judged(rows.assign(fold=(rows["fold"] + 1) % 5)))
    fewer = replace(champion, version="2", recipe="b", judged=Judged(rows.iloc[: len(rows) // 2]))
    for challenger in (other_folds, fewer):
        # when it is judged, then it is refused with what to do
        decision = decide(challenger, champion)
        assert refused_by(decision) == ["same listings and folds"]
        assert "--like" in decision.refusals[0].limit


def test_rows_are_paired_by_listing_whatever_their_order(champion: Candidate) -> None:
    better = priced(champion, -0.04, recipe="recipe b")
    shuffled = replace(better, judged=Judged(evidence(better).rows.sample(frac=1, random_state=1)))
    assert [str(each) for each in decide(shuffled, champion).findings] == [
        str(each) for each in decide(better, champion).findings
    ]


def test_the_same_again_passes_as_a_refresh(champion: Candidate) -> None:
    # given a challenger of the same recipe and the same prices
    decision = decide(replace(champion, version="2"), champion)
    # then it may be promoted, judged by the folds
    assert decision.gate == "refresh"
    assert decision.passed, decision.lines()
    assert "cross-validated" in str(decision.findings)


def test_a_worse_refresh_is_refused(champion: Candidate) -> None:
    decision = decide(priced(champion, 0.02), champion)
    assert "new data is not worse" in refused_by(decision)
    assert "+2.00%" in str(decision.refusals)


@pytest.mark.parametrize(("change", "rules"), [(0.0, []), (0.1, ["new data is not worse"])])
def test_a_refresh_is_judged_on_what_neither_version_had_seen(
    champion: Candidate, change: float, rules: list[str]
) -> None:
    """The newest listings judge, by the champion's table and the challenger's fit without them."""
    # given a challenger with 1,000 cars more, listed after all that the champion had seen, that it prices as the
    # champion's table does, or worse
    rows = evidence(champion).rows
    newer = rows.iloc[:1_000].assign(
        listing=np.arange(1_000), car=np.arange(1_000), listed_on=rows["listed_on"].max() + 1,
        log_price_unseen=lambda new: np.log(new["price_eur"])
        + (new["log_price_plain"] - np.log(new["price_eur"])) * (1 + change),
    )  # fmt: skip
    assert newer["price_kind"].eq("asking").all()
    challenger = replace(champion, version="2", judged=Judged(pd.concat([rows, newer], ignore_index=True)))
    # when it is judged, then these listings decide
    decision = decide(challenger, champion)
    refresh = next(finding for finding in decision.findings if finding.rule == "new data is not worse")
    assert "newer than all that the champion had seen" in refresh.found
    assert [rule for rule in refused_by(decision) if not rule.startswith("segment")] == rules


def with_terms(table: CoefficientTable, *terms: Term) -> CoefficientTable:
    return replace(table, terms=(*table.terms, *terms))


def test_a_curve_that_turns_round_is_refused(champion: Candidate) -> None:
    """Wherever it does, be it for one variant of one model."""
    # given a table in which one model's cars with one fuel become dearer with each kilometre from some knot on
    table = champion.table
    assert table is not None
    known = table.models[len(table.models) // 2]
    knots = table.axes["mileage_km"].knots
    heights = [0.0] * (len(knots) - 2) + [0.5, 1.0]
    tree: Mapping[str, Any] = {known.make: {known.model: {known.typical.fuel: heights}}}
    turned = with_terms(table, Term(("make", "model", "fuel"), "mileage_km", tree))
    # when it is judged, then the rule is named, and the car
    decision = decide(replace(champion, version="2", table=turned), champion)
    assert "right way round" in refused_by(decision)
    finding = next(each for each in decision.refusals if each.rule == "right way round")
    assert f"{known.make} {known.model}" in finding.found


def test_a_table_that_is_not_the_fit_is_refused(champion: Candidate) -> None:
    assert champion.table is not None
    other = replace(champion.table, intercept=champion.table.intercept + 1e-6)
    decision = decide(replace(champion, version="2", table=other), champion)
    assert refused_by(decision) == ["the table is the fit"]


@pytest.mark.parametrize(("announced", "refused"), [(0.0, True), (0.1, True), (0.4, False)])
def test_golden_prices_leap_only_if_that_was_announced(champion: Candidate, announced: float, refused: bool) -> None:
    # given a challenger by which all prices rise by 35%, when that was announced or not, then the gate minds or not
    assert champion.table is not None
    dearer = replace(champion.table, intercept=champion.table.intercept + 0.3)
    decision = decide(replace(champion, version="2", table=dearer), champion, Announced(moves=announced))
    assert ("golden prices" in refused_by(decision)) is refused


def test_a_well_known_model_must_keep_a_price(champion: Candidate) -> None:
    assert champion.table is not None
    commonest = max(champion.table.models, key=lambda known: known.support)
    without = replace(champion.table, models=tuple(known for known in champion.table.models if known != commonest))
    decision = decide(replace(champion, version="2", table=without), champion)
    golden = next(each for each in decision.refusals if each.rule == "golden prices")
    assert f"{commonest.make} {commonest.model}" in golden.found


def test_another_contract_must_be_announced(champion: Candidate) -> None:
    # given a champion of an earlier contract, whose table this code does not read
    old = replace(champion, card={**champion.card, "schema_digest": "0" * 64}, table=None)
    challenger = priced(champion, -0.04, recipe="recipe b")
    # then its successor is refused, unless its contract was announced
    assert refused_by(decide(challenger, old)) == ["schema"]
    assert refused_by(decide(challenger, old, Announced(schema_digest="1" * 64))) == ["schema"]
    assert decide(challenger, old, Announced(schema_digest=champion.card["schema_digest"])).passed


def test_a_range_that_does_not_hold_is_refused(champion: Candidate) -> None:
    # given ranges half as wide, when they are judged, then both rules of ranges are broken
    rows = evidence(champion).rows
    narrow = Judged(rows.assign(below=rows["below"] / 2, above=rows["above"] / 2))
    rules = refused_by(decide(replace(champion, version="2", judged=narrow), None))
    assert rules == ["the range holds", "the range holds at every price"]


def test_the_first_version_has_no_champion_to_beat(champion: Candidate) -> None:
    decision = decide(champion, None)
    assert (decision.gate, decision.passed) == ("first", True)


@pytest.mark.parametrize("lacks", ["1", "2"])
def test_a_version_without_evidence_is_named(champion: Candidate, lacks: str) -> None:
    challenger = replace(champion, version="2", judged=None if lacks == "2" else champion.judged)
    decision = decide(challenger, replace(champion, judged=None) if lacks == "1" else champion)
    assert refused_by(decision) == ["judged listings"]
    assert f"version {lacks} has none" in str(decision.refusals[0])


def test_a_decision_is_told_in_words_json_and_markdown(champion: Candidate) -> None:
    # given a refusal
    decision = decide(priced(champion, 0.05, recipe="recipe b"), champion)
    # then each form says which rule was broken, and by how much
    words, document = "\n".join(decision.lines()), json.loads(json.dumps(decision.document()))
    table = markdown(decision, champion.card["figures"], champion.card["figures"])
    assert words.startswith("version 2 is refused (recipe gate, against champion 1)")
    for text in (words, json.dumps(document), table):
        assert "a new recipe is better" in text
        assert "+5.00%" in text
    assert document["passed"] is False
    assert "| **broken** | a new recipe is better |" in table
    assert "| mae_eur |" in table
