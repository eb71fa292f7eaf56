"""What kubectl makes of a folder of manifests. No cluster runs them here."""

import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

CHECKOUT = Path(__file__).parents[2]
MANIFESTS = CHECKOUT / "manifests"
PROGRAMS = Path(sys.executable).parent


@cache
def rendered(folder: Path) -> str:
    """All its documents as YAML. Raises CalledProcessError for a folder that kubectl does not understand."""
    return subprocess.run(
        [PROGRAMS / "kubectl", "kustomize", folder], capture_output=True, text=True, check=True, timeout=60
    ).stdout


def documents(folder: Path, *kinds: str) -> list[dict]:
    """Those of the given kinds, all where none is given."""
    return [each for each in yaml.safe_load_all(rendered(folder)) if not kinds or each["kind"] in kinds]


def pods(folder: Path) -> Iterator[tuple[str, dict]]:
    """The pods of a folder, each with the kind and name of what makes it."""
    for document in documents(folder):
        spec = document.get("spec", {})
        name = f"{document['kind']} {document['metadata']['name']}"
        if document["kind"] == "CronJob":
            yield name, spec["jobTemplate"]["spec"]["template"]["spec"]
        elif document["kind"] in ("Deployment", "StatefulSet", "Job"):
            yield name, spec["template"]["spec"]
        elif document["kind"] == "ServingRuntime":
            yield name, spec


def containers(folder: Path) -> Iterator[tuple[str, dict]]:
    for name, pod in pods(folder):
        for container in (*pod.get("initContainers", ()), *pod["containers"]):
            yield f"{name}, {container['name']}", container
