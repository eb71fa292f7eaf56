"""What kubectl makes of a folder of manifests. No cluster runs them here."""

import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import yaml

CHECKOUT = Path(__file__).parents[2]
MANIFESTS = CHECKOUT / "manifests"
OVERLAYS = sorted(path.parent for path in MANIFESTS.glob("overlays/*/kustomization.yaml"))
COMPONENTS = sorted(path.parent.name for path in MANIFESTS.glob("components/*/kustomization.yaml"))
PROGRAMS = Path(sys.executable).parent
OTHER_PROGRAMS = CHECKOUT / ".venv" / "manifests" / "bin"  # those that agree with no other package


@cache
def rendered(folder: Path) -> str:
    """All its documents as YAML. Raises CalledProcessError for a folder that kubectl does not understand."""
    return subprocess.run(
        [PROGRAMS / "kubectl", "kustomize", folder], capture_output=True, text=True, check=True, timeout=60
    ).stdout


def documents(folder: Path, *kinds: str) -> list[dict]:
    """Those of the given kinds, all where none is given."""
    return [each for each in yaml.load_all(rendered(folder), yaml.CSafeLoader) if not kinds or each["kind"] in kinds]


def copied(folder: Path) -> Path:
    """The manifests of this checkout with all that they refer to, for whoever changes them; the copy of MANIFESTS."""
    for name in ("manifests", "kserve"):
        shutil.copytree(CHECKOUT / name, folder / name)
    return folder / "manifests"


def choose_components(overlay: Path, components: Iterable[str]) -> None:
    """Let a copied overlay have these components and no others, but for its own images."""
    file = overlay / "kustomization.yaml"
    kustomization = yaml.safe_load(file.read_text(encoding="utf-8"))
    kustomization["components"] = [*(f"../../components/{each}" for each in components), "images"]
    file.write_text(yaml.safe_dump(kustomization), encoding="utf-8")


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
