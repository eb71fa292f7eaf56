"""What the model's jobs read from the environment, once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Config:
    """Where the registry is: MLflow's backend store and the folder or bucket of its artefacts."""

    tracking_uri: str
    artifact_root: str


def state_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where all state of a local run is: ./var, as `make run` has it, unless DEALERSHIP_VAR says otherwise."""
    return Path(environment.get("DEALERSHIP_VAR", "var")).absolute()


def read_config(environment: Mapping[str, str] = os.environ) -> Config:
    """The configuration; without settings the registry is in the state folder."""
    registry = state_folder(environment) / "registry"
    return Config(
        tracking_uri=environment.get("DEALERSHIP_TRACKING_URI", f"sqlite:///{registry / 'mlflow.db'}"),
        artifact_root=environment.get("DEALERSHIP_ARTIFACT_ROOT", str(registry / "artifacts")),
    )


def store_location(environment: Mapping[str, str] = os.environ) -> str:
    """Where the store is: in the state folder, unless DEALERSHIP_STORE says otherwise."""
    return environment.get("DEALERSHIP_STORE", str(state_folder(environment) / "store"))


def public_key_file(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The file of the public keys that versions must be signed by; None where DEALERSHIP_PUBLIC_KEY does not say."""
    named = environment.get("DEALERSHIP_PUBLIC_KEY")
    return Path(named) if named else None
