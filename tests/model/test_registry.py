"""The registry: a real MLflow store, in which a version has its files, figures and card, and no pickle."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException

from model.config import Config, read_config
from model.dataset import Dataset
from model.errors import JobError
from model.evaluation import Evaluation
from model.registry import Registry, signature
from model.schema.features import FEATURES, MODEL_NAME, OUTPUT_NAMES, OUTPUTS, schema_digest
from model.scorer import Scorer
from model.served import MOST_ONE_BY_ONE
from model.table import CoefficientTable
from model.table_reading import read_table

LARGEST_ARTEFACT = 2_000_000  # bytes


@pytest.fixture
def registry(trained: Any) -> Registry:
    return Registry(read_config({"DEALERSHIP_VAR": str(trained.var)}))


@pytest.fixture
def artefact(registry: Registry, trained: Any) -> Path:
    """The folder of the trained version's files."""
    return Path(registry.storage_uri(trained.version).removeprefix("file://"))


@pytest.fixture
def empty_registry(tmp_path: Path) -> Registry:
    return Registry(read_config({"DEALERSHIP_VAR": str(tmp_path)}))


def test_all_state_is_below_var_by_default() -> None:
    # given no settings, one for the folder, and settings of their own, when they are read, then each counts
    assert read_config({}).tracking_uri == f"sqlite:///{Path('var').absolute()}/registry/mlflow.db"
    assert read_config({"DEALERSHIP_VAR": "/data"}) == Config(
        "sqlite:////data/registry/mlflow.db", "/data/registry/artifacts"
    )
    own = {"DEALERSHIP_TRACKING_URI": "http://mlflow:5000", "DEALERSHIP_ARTIFACT_ROOT": "s3://models/car-price"}
    assert read_config(own) == Config("http://mlflow:5000", "s3://models/car-price")


def test_the_signature_is_the_contract(artefact: Path) -> None:
    """Law: MLflow's columns are FEATURES and OUTPUTS, in their order; MLServer's V2 metadata follow from them."""
    # given the signature that was logged, when it is compared with the contract, then they are one
    logged = mlflow.models.get_model_info(str(artefact)).signature
    kinds = {"BYTES": "string", "FP64": "double"}
    assert [(column.name, column.type.name, column.required) for column in logged.inputs] == [
        (feature.name, kinds[feature.v2_datatype], True) for feature in FEATURES
    ]
    assert [(column.name, column.type.name) for column in logged.outputs] == [
        (output.name, "double") for output in OUTPUTS
    ]
    assert logged == signature()


def test_the_artefact_is_small_and_holds_no_pickle(artefact: Path) -> None:
    # given the version's files, when they are looked through, then they are few bytes of text
    files = [path for path in artefact.rglob("*") if path.is_file()]
    names = {str(path.relative_to(artefact)) for path in files}
    assert {"MLmodel", "artifacts/table.json", "served.py"} <= names
    assert sum(path.stat().st_size for path in files) < LARGEST_ARTEFACT
    for path in files:
        assert path.suffix not in (".pkl", ".pickle", ".joblib", ".skops", ".npy", ".bin")
        # A pickle begins with the byte 0x80, which no UTF-8 text does.
        assert "\x00" not in path.read_text(encoding="utf-8")


def test_the_artefact_brings_no_code_but_its_entry(artefact: Path) -> None:
    """Two versions in one process would share the first one's modules."""
    # given the version's files, when code is looked for, then there is served.py alone
    assert [str(path.relative_to(artefact)) for path in artefact.rglob("*.py")] == ["served.py"]
    assert not (artefact / "code").exists()


def test_the_version_loads_with_pickle_refused_and_prices_as_the_scorer(
    artefact: Path, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law: what MLflow serves is the scorer, bit for bit."""
    # given a process that refuses pickles
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    # when the version is loaded as MLServer does, and prices every listing and one that it cannot
    served = mlflow.pyfunc.load_model(str(artefact))
    cars = pd.concat([dataset.features, dataset.features.head(1).assign(fuel="steam")], ignore_index=True)
    answer = served.predict(cars)
    # then not a bit differs from the table's scorer
    scorer = Scorer(read_table((artefact / "artifacts" / "table.json").read_text(encoding="utf-8")))
    expected = scorer.score({name: cars[name].to_numpy() for name in cars})
    assert list(answer) == list(OUTPUT_NAMES)
    for name in OUTPUT_NAMES:
        assert answer[name].dtype == np.float64
        assert np.array_equal(answer[name].view(np.int64), expected[name].view(np.int64)), name
    assert answer["support"][-1] == 0
    assert np.isnan(answer["price_eur"][-1])


@pytest.mark.parametrize("rows", [1, MOST_ONE_BY_ONE, MOST_ONE_BY_ONE + 1])
def test_few_cars_are_priced_to_the_same_bits(artefact: Path, dataset: Dataset, rows: int) -> None:
    """Law: whether cars are priced one by one or together shows in the time alone."""
    # given so many cars, the last of which cannot be priced, when they are priced, then as the scorer does
    served = mlflow.pyfunc.load_model(str(artefact))
    cars = pd.concat([dataset.features.head(rows - 1), dataset.features.head(1).assign(make="none")])
    answer = served.predict(cars)
    scorer = Scorer(read_table((artefact / "artifacts" / "table.json").read_text(encoding="utf-8")))
    expected = scorer.score({name: cars[name].to_numpy() for name in cars})
    for name in OUTPUT_NAMES:
        assert np.array_equal(answer[name].view(np.int64), expected[name].view(np.int64)), name


def test_a_request_without_a_column_is_refused(artefact: Path, dataset: Dataset) -> None:
    """The signature is enforced: a missing column is an error, not a guess."""
    # given a car without its fuel, when it is priced, then MLflow refuses
    served = mlflow.pyfunc.load_model(str(artefact))
    with pytest.raises(MlflowException, match="fuel"):
        served.predict(dataset.features.head(1).drop(columns="fuel"))


def test_figures_and_the_datas_digest_are_logged(registry: Registry, trained: Any, dataset: Dataset) -> None:
    # given the run behind the version
    client = mlflow.MlflowClient()
    run = client.get_run(str(client.get_model_version(MODEL_NAME, trained.version).run_id))
    card: Any = registry.card(trained.version)
    # when it is looked up in MLflow, then figures, data and digests are there
    assert {name: round(value, 3) for name, value in run.data.metrics.items()} == card["figures"]
    assert run.data.params["data_sha256"] == dataset.digest == card["data"]["digest"]
    assert run.data.params["table_sha256"] == card["table_digest"]
    assert run.data.params["market_as_of"] == dataset.market_date.isoformat()
    assert run.data.params["rows_used"] == str(len(dataset.table))
    assert run.data.params["synthetic"] == "True"
    assert run.data.tags["schema_digest"] == schema_digest()
    report = json.loads(Path(mlflow.artifacts.download_artifacts(
        run_id=run.info.run_id, artifact_path="data_report.json")).read_text(encoding="utf-8"))  # fmt: skip
    assert report["dropped"] == dict(dataset.report.dropped)


def test_the_card_is_kept_with_its_version(registry: Registry, trained: Any, artefact: Path) -> None:
    # given the version's card, when it is read back, then it is that version's, and of the table that is served
    card: Any = registry.card(trained.version)
    assert card["version"] == trained.version
    table: CoefficientTable = read_table((artefact / "artifacts" / "table.json").read_text(encoding="utf-8"))
    assert len(card["vocabulary"]) == len(table.models)


def test_versions_count_up_and_the_champion_is_the_one_named(
    empty_registry: Registry, dataset: Dataset, evaluation: Evaluation, table: CoefficientTable, tmp_path: Path,
    log_version: Callable[[Registry, CoefficientTable], str],
) -> None:  # fmt: skip
    # given a fresh registry
    assert empty_registry.champion() is None
    # when two versions are logged
    versions = [log_version(empty_registry, table) for _ in range(2)]
    # then none is champion until it is named, and the alias moves there and back
    assert versions == ["1", "2"]
    assert empty_registry.champion() is None
    for version in ("2", "1", "1"):
        empty_registry.set_champion(version, promotion=int(version))
        assert empty_registry.champion() == version


@pytest.fixture
def log_version(tmp_path: Path) -> Callable[[Registry, CoefficientTable], str]:
    """A function that logs a table without figures and card, as a training that was stopped leaves it."""

    def log(registry: Registry, table: CoefficientTable) -> str:
        (tmp_path / "table.json").write_text(table.to_json(), encoding="utf-8")
        return registry.log(tmp_path / "table.json", params={}, metrics={}, artifacts={}).version

    return log


def test_a_version_without_a_card_says_so(
    empty_registry: Registry, table: CoefficientTable, log_version: Callable[[Registry, CoefficientTable], str]
) -> None:
    # given a version whose training did not end, when its card is asked for, then that is told
    version = log_version(empty_registry, table)
    with pytest.raises(JobError, match="version 1 of car-price has no card: its training did not end"):
        empty_registry.card(version)


@pytest.mark.parametrize("version", ["99", "latest", "", "-1"])
def test_a_version_that_does_not_exist_says_so(registry: Registry, version: str) -> None:
    # given a registry with other versions, when this one is asked for, then its absence and the address are told
    for ask in (registry.card, registry.storage_uri):
        with pytest.raises(JobError, match=f"registry at sqlite:.* has no version {version} of car-price"):
            ask(version)
