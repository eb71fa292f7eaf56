"""A champion that training made, and challengers that differ from it in one thing each."""

from dataclasses import replace

import numpy as np
import pytest

from model.card import build_card
from model.dataset import Dataset
from model.evaluation import Evaluation
from model.fitting import Fit
from model.gates.candidate import Candidate
from model.judged import Judged, judge
from model.table import CoefficientTable


@pytest.fixture(scope="session")
def champion(dataset: Dataset, evaluation: Evaluation, fitted: Fit, table: CoefficientTable) -> Candidate:
    card = build_card("1", fitted, table, table.to_json(), dataset, evaluation)
    return Candidate("1", card, "recipe a", table, judge(dataset, evaluation, fitted))


def priced(candidate: Candidate, change: float | np.ndarray, **others: object) -> Candidate:
    """A version "2" whose cross-validated errors are the candidate's times 1 + change."""
    rows = evidence(candidate).rows
    log_price = np.log(rows["price_eur"]) + (rows["log_price"] - np.log(rows["price_eur"])) * (1 + change)
    return replace(candidate, version="2", judged=Judged(rows.assign(log_price=log_price)), **others)  # type: ignore


def evidence(candidate: Candidate) -> Judged:
    assert candidate.judged is not None
    return candidate.judged
