"""InferenceServices and ServingRuntimes are what KServe knows, by its own models and by rules that these leave open."""

import json
import re
import subprocess
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.manifests.rendering import OTHER_PROGRAMS, OVERLAYS, documents
from tests.manifests.rules import faults_in_serving

MODELS = Path(__file__).with_name("kserve_models.py")
KINDS = ("InferenceService", "ServingRuntime")
TRIED = next(overlay for overlay in OVERLAYS if overlay.name == "production-challenger")

each_overlay = pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda folder: folder.name)


# the kind, and a name that ends with the mutant's number
OF_A_MUTANT = re.compile(r"\w+ [a-z-]+-(\d+)[.:]")


def of_kserve(found: list[dict]) -> list[dict]:
    return [each for each in found if each["kind"] in KINDS]


@pytest.fixture(scope="module")
def faults_by_its_models() -> list[str]:
    """Of all overlays, and of mutants of one whose names end with their number: in one run, since to import the SDK
    takes seconds.
    """
    held = [each for overlay in OVERLAYS for each in of_kserve(documents(overlay))]
    for number, spoil in enumerate(BY_ITS_MODELS.values()):
        mutant = of_kserve(documents(TRIED))
        spoil(Spoilable(mutant))
        for each in mutant:
            each["metadata"]["name"] += f"-{number}"
        held += mutant
    checked = subprocess.run(
        [OTHER_PROGRAMS / "python", MODELS], input=json.dumps(held), capture_output=True, text=True, timeout=120
    )
    assert not checked.stderr, checked.stderr
    return checked.stdout.splitlines()


def test_kserve_s_models_know_every_field(faults_by_its_models: list[str]) -> None:
    assert [fault for fault in faults_by_its_models if not OF_A_MUTANT.match(fault)] == []


@each_overlay
def test_an_overlay_is_one_that_kserve_runs(overlay: Path) -> None:
    assert faults_in_serving(documents(overlay)) == []


def test_a_challenger_is_run_as_the_champion_is() -> None:
    """But for the version, and the name that KServe would give its model."""
    champion, challenger = (predictor(documents(TRIED), name) for name in ("car-price", "car-price-challenger"))
    for each in (champion, challenger):
        each["model"]["env"] = [one for one in each["model"]["env"] if not one["name"].startswith("MLSERVER_MODEL_")]
        del each["model"]["storageUri"]
    assert champion == challenger


def test_the_gateway_is_told_of_the_challenger_where_there_is_one() -> None:
    addresses = {
        overlay.name: config["data"]["GATEWAY_MODEL_URL"].split(",")
        for overlay in OVERLAYS
        for config in documents(overlay, "ConfigMap")
        if "GATEWAY_MODEL_URL" in config["data"]
    }
    champion, challenger = "http://car-price-predictor", "http://car-price-challenger-predictor"
    assert addresses == {
        overlay.name: [champion, challenger] if overlay.name.endswith("-challenger") else [champion]
        for overlay in OVERLAYS
    }


def of(found: list[dict], kind: str, name: str) -> dict:
    """What is said of the one of this name."""
    (spec,) = [each["spec"] for each in found if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return spec


def predictor(found: list[dict], name: str) -> dict:
    return deepcopy(of(found, "InferenceService", name)["predictor"])


@dataclass(frozen=True)
class Spoilable:
    """Documents, with the places in them that the mutants change."""

    found: list[dict]

    @property
    def service(self) -> dict:
        return of(self.found, "InferenceService", "car-price")

    @property
    def predictor(self) -> dict:
        return self.service["predictor"]

    @property
    def model(self) -> dict:
        return self.predictor["model"]

    @property
    def challenger_s_environment(self) -> list[dict]:
        return of(self.found, "InferenceService", "car-price-challenger")["predictor"]["model"]["env"]

    @property
    def runtime(self) -> dict:
        return of(self.found, "ServingRuntime", "dealership-mlserver")

    @property
    def probe(self) -> dict:
        return self.runtime["containers"][0]["readinessProbe"]


# What is told, and of what.
BY_ITS_MODELS: dict[str, Callable[[Spoilable], object]] = {
    "predictor.replicas: V1beta1PredictorSpec has no such field": lambda at: at.predictor.update(replicas=2),
    "model.storageURI: V1beta1ModelSpec has no such field": lambda at: at.model.update(storageURI="s3://a/b"),
    "minReplicas: '2' is no int": lambda at: at.predictor.update(minReplicas="2"),
    "model.env[0]: Invalid value for `name`": lambda at: at.model["env"][0].pop("name"),
    "readinessProbe.exec.commands: V1ExecAction has no": lambda at: at.probe["exec"].update(commands=[]),
    "spec: Invalid value for `containers`": lambda at: at.runtime.pop("containers"),
    "volumes[0].emptyDirectory: V1Volume has no": lambda at: at.runtime["volumes"][0].update(emptyDirectory={}),
    "canary[0].percent: V1beta1CanarySpec has no": lambda at: at.service.update(canary=[{"percent": 10}]),
}
BY_OUR_RULES: dict[str, Callable[[Spoilable], object]] = {
    "storageUri models:/a/1 is not at s3://": lambda at: at.model.update(storageUri="models:/a/1"),
    "its files are s3://a/b, model-version.yaml says": lambda at: at.model.update(storageUri="s3://a/b"),
    "serves version 7, model-version.yaml says 0": lambda at: at.model["env"][0].update(value="7"),
    "serves version None": lambda at: at.model["env"].clear(),
    "names its model car-price-challenger": lambda at: at.challenger_s_environment.pop(0),
    "canaryTrafficPercent is ignored": lambda at: at.predictor.update(canaryTrafficPercent=10),
    "400% of the traffic": lambda at: at.service.update(canary=[{"trafficPercent": 400}]),
    "120% of the traffic": lambda at: at.service.update(canary=[{"trafficPercent": 60}] * 2),
    "scaleTarget 700 is no percentage": lambda at: at.predictor.update(scaleTarget=700),
    "of 1 to 8 replicas": lambda at: at.predictor.update(minReplicas=1),
    "of 9 to 8 replicas": lambda at: at.predictor.update(minReplicas=9),
    "no runtime another": lambda at: at.model.update(runtime="another"),
    "loads no mlflow 2": lambda at: at.model["modelFormat"].update(version="2"),
    "speaks no v1": lambda at: at.model.update(protocolVersion="v1"),
}


@pytest.mark.parametrize(("said", "spoil"), BY_OUR_RULES.items(), ids=BY_OUR_RULES)
def test_our_rules_tell_what_is_wrong(said: str, spoil: Callable[[Spoilable], object]) -> None:
    spoilt = documents(TRIED)
    spoil(Spoilable(spoilt))
    (fault,) = faults_in_serving(spoilt)
    assert said in fault


@pytest.mark.parametrize(("number", "said"), tuple(enumerate(BY_ITS_MODELS)), ids=BY_ITS_MODELS)
def test_its_models_tell_what_is_wrong(number: int, said: str, faults_by_its_models: list[str]) -> None:
    told = [(OF_A_MUTANT.match(fault), fault) for fault in faults_by_its_models]
    assert any(said in fault for mutant, fault in told if mutant and mutant[1] == str(number))
