"""The one module that speaks MLflow: log a run, register its model, alias a version, find its files."""

import json
import logging
import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# MLflow reads these when it is imported: it sends no usage figures anywhere, and shows no progress bars.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
# Its own seven tries, each after twice the pause, say nothing for four minutes where nobody listens.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "1")
# Its own two minutes a try are eight in all where somebody listens and answers nothing. What we ask for takes a second,
# and a training's files a few: this leaves room for a server under load, which a shorter wait would only ask again.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")

import cryptography
import mlflow
import numpy
import pandas
from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from mlflow.artifacts import download_artifacts
from mlflow.exceptions import MlflowException, RestException
from mlflow.models import ModelSignature
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.types import ColSpec, Schema

from model.config import Config
from model.errors import JobError, RegistryError
from model.schema.features import FEATURES, MODEL_NAME, OUTPUTS, schema_digest

SQLITE = "sqlite:///"
CHAMPION = "champion"
PROMOTIONS = "promotions"  # the registered model's tag that counts them
CARD_FILE = "card.json"
# How MLflow says that something is not there, an alias or a number that is none among it.
ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
SERVED = Path(__file__).with_name("served.py")


@dataclass(frozen=True)
class LoggedVersion:
    """A registered version, and the run that made it."""

    name: str
    version: str
    run_id: str


@dataclass(frozen=True)
class NestedRun:
    """A run below another: its metrics, and one dictionary of them for each fold."""

    name: str
    params: Mapping[str, object]
    metrics: Mapping[str, float]
    by_fold: Sequence[Mapping[str, float]]


def signature() -> ModelSignature:
    """The model's columns for MLflow, and through it MLServer's V2 metadata."""
    kinds = {"category": "string", "number": "double"}
    return ModelSignature(
        inputs=Schema([ColSpec(kinds[feature.kind], feature.name) for feature in FEATURES]),
        outputs=Schema([ColSpec("double", output.name) for output in OUTPUTS]),
    )


def is_there(config: Config) -> bool:
    """Whether there is a registry. One in a file of SQLite is made by what first writes to it."""
    path = config.tracking_uri.removeprefix(SQLITE)
    return path == config.tracking_uri or Path(path).exists()


def fetch(storage_uri: str) -> Path:
    """The folder at an address that storage_uri() gave, here on the disk. It takes no tracking server.

    Raises JobError where it cannot be had.
    """
    if "://" not in storage_uri or storage_uri.startswith("file://"):
        folder = Path(storage_uri.removeprefix("file://"))
        if not folder.is_dir():
            raise JobError(f"there is nothing at {storage_uri} any more")
        return folder
    try:
        return Path(download_artifacts(artifact_uri=storage_uri))
    except (MlflowException, BotoCoreError, ClientError, OSError) as error:
        raise JobError(f"{storage_uri} cannot be fetched: {error}") from error


class Registry:
    """MLflow's tracking store and model registry, as the configuration names them."""

    def __init__(self, config: Config) -> None:
        logging.getLogger("alembic").setLevel(logging.WARNING)
        logging.getLogger("mlflow").setLevel(logging.ERROR)
        if config.tracking_uri.startswith(SQLITE):
            Path(config.tracking_uri.removeprefix(SQLITE)).parent.mkdir(parents=True, exist_ok=True)
        mlflow.set_tracking_uri(config.tracking_uri)
        self._client = mlflow.MlflowClient()
        self._artifact_root = config.artifact_root
        self._address = config.tracking_uri

    def log(
        self,
        table: Path,
        params: Mapping[str, object],
        metrics: Mapping[str, float],
        artifacts: Mapping[str, dict[str, Any]],
        files: Sequence[Path] = (),
    ) -> LoggedVersion:
        """Log one training as a run and register its model.

        table is the file of the coefficient table; artifacts are named JSON documents kept with the run, and files are
        kept there too.
        """
        with self._telling(), mlflow.start_run(experiment_id=self._experiment_id(MODEL_NAME)) as run, \
                warnings.catch_warnings():
            # MLflow advises an input example, to infer the signature that is given here.
            warnings.simplefilter("ignore", UserWarning)
            mlflow.log_params(dict(params))
            mlflow.log_metrics(dict(metrics))
            mlflow.set_tag("schema_digest", schema_digest())
            for name, document in artifacts.items():
                mlflow.log_dict(document, name)
            for file in files:
                mlflow.log_artifact(str(file))
            logged = mlflow.pyfunc.log_model(
                name=MODEL_NAME,
                python_model=str(SERVED),
                artifacts={"table": str(table)},
                signature=signature(),
                # What the files need to load; the serving image takes the same versions from the lock.
                pip_requirements=[
                    f"cryptography=={cryptography.__version__}",
                    f"mlflow=={mlflow.__version__}",
                    f"numpy=={numpy.__version__}",
                    f"pandas=={pandas.__version__}",
                ],
                registered_model_name=MODEL_NAME,
            )
        return LoggedVersion(MODEL_NAME, str(logged.registered_model_version), run.info.run_id)

    def log_nested(self, name: str, params: Mapping[str, object], artifact: Path, runs: Sequence[NestedRun]) -> str:
        """Log a run of this name with a file, and runs below it, in an experiment beside the trainings'; its run id.

        The metrics of fold n of a nested run are its metrics fold_... at step n.
        """
        with self._telling():
            experiment_id = self._experiment_id(f"{MODEL_NAME}-{name}")
        with self._telling(), mlflow.start_run(experiment_id=experiment_id, run_name=name) as parent:
            mlflow.log_params(dict(params))
            mlflow.log_artifact(str(artifact))
            for run in runs:
                with mlflow.start_run(experiment_id=experiment_id, run_name=run.name, nested=True):
                    mlflow.log_params(dict(run.params))
                    mlflow.log_metrics(dict(run.metrics))
                    for number, figures in enumerate(run.by_fold, start=1):
                        mlflow.log_metrics({f"fold_{metric}": value for metric, value in figures.items()}, step=number)
        return str(parent.info.run_id)

    def log_card(self, version: LoggedVersion, card: Mapping[str, object]) -> None:
        """Keep the card with the version's run."""
        self._client.log_text(version.run_id, json.dumps(card, ensure_ascii=False), CARD_FILE)

    def card(self, version: str) -> dict[str, object]:
        """The card that was logged with a version. Raises JobError where there is none."""
        run_id = self._find(version).run_id
        try:
            return json.loads(Path(download_artifacts(run_id=run_id, artifact_path=CARD_FILE)).read_text("utf-8"))
        except (MlflowException, OSError) as error:
            raise JobError(f"version {version} of {MODEL_NAME} has no card: its training did not end") from error
        except ValueError as error:
            raise JobError(f"the card of version {version} of {MODEL_NAME} is broken: {error}") from error

    def artifact(self, version: str, name: str) -> dict[str, Any] | None:
        """The JSON document of this name that was logged with a version, None where there is none."""
        file = self.run_file(version, name)
        return None if file is None else json.loads(file.read_text("utf-8"))

    def run_file(self, version: str, name: str) -> Path | None:
        """A file that was logged with a version's run, here on the disk; None where there is none of this name."""
        run_id = self._find(version).run_id
        if name not in [file.path for file in self._client.list_artifacts(run_id)]:
            return None
        return Path(download_artifacts(run_id=run_id, artifact_path=name))

    def param(self, version: str, name: str) -> str | None:
        """What a version's training logged under this name."""
        return self._client.get_run(self._find(version).run_id).data.params.get(name)

    def run_id(self, version: str) -> str:
        return str(self._find(version).run_id)

    def add_to_files(self, version: str, name: str, content: bytes) -> None:
        """Put a file beside a version's own, at the root of its folder."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / name
            file.write_bytes(content)
            get_artifact_repository(self.storage_uri(version)).log_artifact(str(file))

    def storage_uri(self, version: str) -> str:
        """Where a version's files are, with the MLmodel at its root: a path, or an s3:// address."""
        self._find(version)
        return self._client.get_model_version_download_uri(MODEL_NAME, version)

    def files(self, version: str) -> Path:
        """A version's folder, here on the disk: its own, or a copy of what is in a bucket."""
        return fetch(self.storage_uri(version))

    def champion(self) -> str | None:
        """The version that the alias champion names, None before the first promotion."""
        try:
            return str(self._client.get_model_version_by_alias(MODEL_NAME, CHAMPION).version)
        except MlflowException as error:
            # A registry that cannot be asked is not one without a champion.
            if error.error_code in ABSENT:
                return None
            raise self._unreachable(error) from error

    def promotions(self) -> int:
        """The number of the last promotion, 0 before the first."""
        return int(self._client.get_registered_model(MODEL_NAME).tags.get(PROMOTIONS, 0))

    def set_champion(self, version: str, promotion: int) -> None:
        """Let the alias champion name this version, by the promotion of this number."""
        try:
            self._client.set_registered_model_alias(MODEL_NAME, CHAMPION, version)
            self._client.set_registered_model_tag(MODEL_NAME, PROMOTIONS, str(promotion))
        except MlflowException as error:
            raise RegistryError(f"the registry at {self._address} cannot be told of it: {error}") from error

    def _experiment_id(self, name: str) -> str:
        """The experiment of this name, made if there is none."""
        experiment = self._client.get_experiment_by_name(name)
        if experiment:
            return str(experiment.experiment_id)
        return str(self._client.create_experiment(name, artifact_location=self._artifact_root))

    def _find(self, version: str) -> mlflow.entities.model_registry.ModelVersion:
        try:
            return self._client.get_model_version(MODEL_NAME, version)
        except MlflowException as error:
            if error.error_code in ABSENT:
                raise JobError(f"the registry at {self._address} has no version {version} of {MODEL_NAME}") from error
            raise self._unreachable(error) from error

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Raises RegistryError for whatever MLflow, or the bucket of its artefacts, does not do."""
        try:
            yield
        except (MlflowException, Boto3Error, BotoCoreError, ClientError) as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> RegistryError:
        # What a server has answered is a RestException.
        silent = isinstance(error, MlflowException) and not isinstance(error, RestException)
        what_to_do = "; see that MLflow runs there, and that DEALERSHIP_TRACKING_URI is right" if silent else ""
        return RegistryError(f"the registry at {self._address} cannot be asked: {error}{what_to_do}")
