"""The report: all there for a reader with or without eyes, network and a wide screen, and its figures are right."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import numpy as np
import pytest

from model.dataset import Dataset
from model.evaluation import Evaluation, evaluate
from model.experiments.algorithms import ALGORITHMS, OURS
from model.experiments.bootstrap import leads
from model.experiments.comparison import Comparison, Outcome
from model.experiments.plots import deciles
from model.experiments.report import render
from model.fitting import Fit

RIDGE = next(algorithm for algorithm in ALGORITHMS if algorithm.name == "ridge")
CATBOOST = next(algorithm for algorithm in ALGORITHMS if algorithm.name == "catboost")
ON = date(2026, 7, 2)
VOID = {"meta", "br", "link", "img", "hr", "input"}


class Page(HTMLParser):
    """Its elements in order, as (tag, attributes); refuses tags that are closed in another order than opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def attributes(self, *tags: str) -> Iterator[dict[str, str | None]]:
        return (attributes for tag, attributes in self.elements if tag in tags)


@pytest.fixture(scope="module")
def comparison(dataset: Dataset, evaluation: Evaluation, fitted: Fit) -> Comparison:
    """Ours against one that is a tenth worse on every car."""
    worse = evaluate(dataset, np.log(dataset.price_eur) - 1.1 * evaluation.errors.log_error)
    ours, other = evaluation.errors.price_eur, worse.errors.price_eur
    outcomes = (Outcome(OURS, evaluation, ours, (1.0, 2.0, 3.0)), Outcome(RIDGE, worse, other, (0.5, 0.5, 0.5)))
    return Comparison(dataset, outcomes, leads(dataset.price_eur, ours, {"ridge": other}), fitted)


@pytest.fixture(scope="module")
def page(comparison: Comparison) -> str:
    other = replace(comparison, dataset=replace(comparison.dataset, source="<b>other</b>.csv"))
    return render([comparison, other], missing=[CATBOOST], notes=["Not compared alone: few.csv."], on=ON)


def test_the_page_needs_nothing_but_itself(page: str) -> None:
    """It opens from a disk, from an e-mail and from MLflow alike."""
    # given the page, when everything that it refers to is looked at
    parsed = Page(page)
    references = [
        str(value) for _, attributes in parsed.elements for name, value in attributes.items()
        if name in ("src", "href", "xlink:href", "srcset", "data", "action")
    ]  # fmt: skip
    # then all of it is in the page, and no code runs
    ids = {attributes["id"] for _, attributes in parsed.elements if "id" in attributes}
    assert references
    assert all(reference.startswith("#") and reference[1:] in ids for reference in references)
    assert not {"script", "link", "iframe", "img"} & {tag for tag, _ in parsed.elements}
    assert "@import" not in page and not re.search(r"url\((?!#)", page)


def test_the_page_can_be_read_aloud(page: str) -> None:
    # given the page, when a screen reader's needs are checked
    parsed = Page(page)
    # then it has a language, a title and headings without gaps
    assert next(parsed.attributes("html"))["lang"] == "en"
    assert f"<title>Experiments of {ON}</title>" in page
    levels = [int(tag[1]) for tag, _ in parsed.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(below - above <= 1 for above, below in zip(levels, levels[1:], strict=False))
    # and every header of a table says what of, every table what it is, every plot its name and its caption
    assert all("scope" in attributes for attributes in parsed.attributes("th"))
    count = Counter(tag for tag, _ in parsed.elements)
    assert count["caption"] == count["table"] > 0
    assert count["figcaption"] == count["figure"] == count["svg"] > 0
    assert all(attributes["role"] == "img" and attributes["aria-label"] for attributes in parsed.attributes("svg"))
    # and no id stands for two things
    ids = Counter(attributes["id"] for _, attributes in parsed.elements if "id" in attributes)
    assert set(ids.values()) == {1}


def test_the_page_fits_a_phone_and_the_dark(page: str) -> None:
    # given the page, when its styles are read, then only tables scroll sideways, and plots take the page's colours
    assert 'name="viewport" content="width=device-width' in page
    assert page.count('<div class="scroll" role="region" tabindex="0"') == page.count("<table>")
    assert "prefers-color-scheme: dark" in page
    assert "currentColor" in page and "#010203" not in page


def test_every_source_and_algorithm_is_there(page: str, comparison: Comparison) -> None:
    # given a page about two sources, when it is read, then each is described, names that look like HTML as text
    dataset = comparison.dataset
    assert page.count(dataset.digest) == 2
    assert "&lt;b&gt;other&lt;/b&gt;.csv" in page and "<b>other" not in page
    assert f"{dataset.report.rows_used:,} used of {dataset.report.rows_read:,} read" in page
    assert "Not compared alone: few.csv." in page
    # and algorithms are, with settings, and those that were skipped with what would bring them
    assert "Settings: alpha 0.1" in page
    assert "Skipped, since it is not installed: <code>pip install" in page


def test_the_figures_are_those_of_the_comparison(page: str, comparison: Comparison) -> None:
    # given the table of figures, when a row is read, then it holds the algorithm's figures, and the seconds a fold
    figures = comparison.outcomes[1].evaluation.figures
    row = page[page.index('<th scope="row">ridge</th>') :]
    cells = re.findall(r"<td>([^<]*)</td>", row)[:10]
    assert cells == [
        f"{figures['mae_eur']:,.0f}", f"{figures['mdape_percent']:.2f}", f"{figures['mae_up_to_100k_eur']:,.0f}",
        f"{figures['rmse_eur']:,.0f}", f"{figures['r2']:.3f}", f"{figures['rmse_fixed_split_eur']:,.0f}",
        f"{figures['r2_fixed_split']:.3f}", f"{figures['coverage_percent']:.1f}",
        f"{figures['mean_width_percent']:.1f}", "0.5",
    ]  # fmt: skip
    # and ours is the better one: beyond doubt, and with a real minus
    lead = comparison.leads["ridge"].mae_eur
    assert f"<td>\N{MINUS SIGN}{-lead.value:.1f} (\N{MINUS SIGN}{-lead.low:.1f} to" in page
    assert "<td>0.0001</td>" in page


def test_ours_alone_needs_no_comparison(comparison: Comparison) -> None:
    # given ours alone, when the page is written, then there is no comparison with others in it, and all else is
    alone = render([replace(comparison, outcomes=comparison.outcomes[:1], leads={})], missing=[], notes=[], on=ON)
    assert "Ours against each other" not in alone
    assert "Our range by part of the market" in alone
    Page(alone)


def test_the_same_comparison_makes_the_same_page(comparison: Comparison) -> None:
    # given a comparison, when its page is written twice, then not a byte differs
    first, second = (render([comparison], missing=[], notes=[], on=ON) for _ in range(2))
    assert first == second


def test_deciles_are_what_a_person_computes() -> None:
    # given twenty predictions in no order, of cars that cost 10% more, when they are cut into tenths
    predicted = np.random.default_rng(0).permutation(np.arange(1_000.0, 21_000.0, 1_000.0))
    means, prices = deciles(predicted, predicted * 1.1)
    # then each tenth is two neighbours, and their prices lie above
    assert means == pytest.approx(np.arange(1_500.0, 21_500.0, 2_000.0))
    assert prices == pytest.approx(means * 1.1)
