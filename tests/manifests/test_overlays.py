import json
import os
import re
import subprocess
from collections.abc import Callable, Iterable
from itertools import combinations
from pathlib import Path

import pytest

from tests.manifests.rendering import (
    CHECKOUT,
    COMPONENTS,
    MANIFESTS,
    OVERLAYS,
    PROGRAMS,
    choose_components,
    containers,
    copied,
    documents,
    pods,
)
from tests.manifests.rules import faults_in_serving

MIGRATIONS = sorted(path.parent for path in MANIFESTS.glob("overlays/*/migration/kustomization.yaml"))
BASES = sorted(path.parent for path in MANIFESTS.glob("base/*/kustomization.yaml"))
FOLDERS = [*BASES, CHECKOUT / "kserve", *OVERLAYS, *MIGRATIONS]
WITHOUT_A_SCHEMA = {"InferenceService", "ServingRuntime", "PrometheusRule", "ServiceMonitor", "PodMonitor"}
SAFE = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
# All 2^n choices of components take a minute; by default each is tried alone, and missing.
WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
COMBINATIONS = [
    chosen
    for count in (range(len(COMPONENTS) + 1) if WHOLE else (0, 1, len(COMPONENTS) - 1, len(COMPONENTS)))
    for chosen in combinations(COMPONENTS, count)
]

each_overlay = pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda folder: folder.name)


def faults_by_kubernetes(found: Iterable[dict], file: Path) -> str:
    """What Kubernetes' schemas have against these documents; each is looked at once, however often it is given."""
    known = {json.dumps(each) for each in found if each["kind"] not in WITHOUT_A_SCHEMA}
    file.write_text("\n---\n".join(sorted(known)), encoding="utf-8")
    checked = subprocess.run(
        [PROGRAMS / "kubernetes-validate", "--strict", file], capture_output=True, text=True, timeout=240
    )
    said = checked.stdout + checked.stderr
    assert (checked.returncode != 0) == ("ERROR" in said) and "WARN" not in said, said
    return "\n".join(line for line in said.splitlines() if "ERROR" in line)


def test_kubernetes_knows_every_field(tmp_path: Path) -> None:
    found = (each for folder in FOLDERS for each in documents(folder))
    assert faults_by_kubernetes(found, tmp_path / "rendered.json") == ""


@pytest.mark.parametrize("overlay", ["production", "staging"])
def test_an_overlay_holds_with_any_of_the_components(overlay: str, tmp_path: Path) -> None:
    found = []
    for number, chosen in enumerate(COMBINATIONS):
        copy = copied(tmp_path / str(number)) / "overlays" / overlay
        choose_components(copy, chosen)
        rendered = documents(copy)
        services = [each["metadata"]["name"] for each in rendered if each["kind"] == "InferenceService"]
        assert len(services) == 1 + ("challenger" in chosen)
        assert faults_in_serving(rendered) == []
        found += rendered
    assert faults_by_kubernetes(found, tmp_path / "rendered.json") == ""


SPOILT = {
    "replicaCount": lambda found: found["Deployment"]["spec"].update(replicaCount=2),
    "maxReplicas": lambda found: found["HorizontalPodAutoscaler"]["spec"].update(maxReplicas="many"),
    "schedule": lambda found: found["CronJob"]["spec"].pop("schedule"),
}


@pytest.mark.parametrize(("field", "spoil"), SPOILT.items(), ids=SPOILT)
def test_what_kubernetes_does_not_know_is_told(field: str, spoil: Callable[[dict], object], tmp_path: Path) -> None:
    found = {each["kind"]: each for each in documents(OVERLAYS[0])}
    spoil(found)
    assert field in faults_by_kubernetes(found.values(), tmp_path / "rendered.json")


@pytest.mark.parametrize("overlay", [*OVERLAYS, *MIGRATIONS], ids=lambda folder: str(folder.relative_to(MANIFESTS)))
def test_the_restricted_pod_standard_holds(overlay) -> None:
    for name, pod in pods(overlay):
        assert not any("hostPath" in volume for volume in pod.get("volumes", ())), name
        assert not pod.keys() & {"hostNetwork", "hostPID", "hostIPC"}, name
        if not name.startswith("ServingRuntime"):  # whose pod the InferenceService tells of
            assert pod["securityContext"]["runAsNonRoot"] is True, name
            assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
            assert pod["automountServiceAccountToken"] is False, name
    for name, container in containers(overlay):
        assert SAFE.items() <= container["securityContext"].items(), name
        assert {"cpu", "memory"} <= container["resources"]["limits"].keys(), name


@each_overlay
def test_every_job_ends_and_leaves_nothing(overlay) -> None:
    for job in documents(overlay, "CronJob"):
        spec = job["spec"]["jobTemplate"]["spec"]
        assert {"activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"} <= spec.keys()
        assert job["spec"]["concurrencyPolicy"] == "Forbid"


@each_overlay
def test_nothing_is_open_that_is_not_said_to_be(overlay) -> None:
    (denied,) = [each for each in documents(overlay, "NetworkPolicy") if each["spec"]["podSelector"] == {}
                 and not each["spec"].keys() & {"ingress", "egress"}]  # fmt: skip
    assert denied["spec"]["policyTypes"] == ["Ingress", "Egress"]
    (ingress,) = documents(overlay, "Ingress")
    (rule,) = ingress["spec"]["rules"]
    assert [path["backend"]["service"]["name"] for path in rule["http"]["paths"]] == ["gateway"]
    assert {each["spec"].get("type", "ClusterIP") for each in documents(overlay, "Service")} == {"ClusterIP"}


@each_overlay
def test_a_database_keeps_its_data_on_its_volume(overlay) -> None:
    for database in documents(overlay, "StatefulSet"):
        if database["metadata"]["name"] == "postgresql":
            (container,) = database["spec"]["template"]["spec"]["containers"]
            (folder,) = [each["value"] for each in container["env"] if each["name"] == "PGDATA"]
            (mount,) = [each["mountPath"] for each in container["volumeMounts"] if each["name"] == "data"]
            assert folder.startswith(f"{mount}/")
            (claim,) = database["spec"]["volumeClaimTemplates"]
            assert claim["spec"]["resources"]["requests"]["storage"] == "10Gi"


@each_overlay
def test_no_secret_is_in_it(overlay) -> None:
    assert documents(overlay, "Secret") == []
    plain = {name for config in documents(overlay, "ConfigMap") for name in config["data"]}
    for _, container in containers(overlay):
        plain |= {variable["name"] for variable in container.get("env", ()) if "value" in variable}
    assert not [name for name in plain if re.search("PASSWORD|SECRET|TOKEN|ACCESS_KEY|DATABASE", name)]


@each_overlay
def test_every_alarm_has_its_page(overlay) -> None:
    runbook = (CHECKOUT / "docs" / "runbook.md").read_text(encoding="utf-8")
    for rules in documents(overlay, "PrometheusRule"):
        for rule in (rule for group in rules["spec"]["groups"] for rule in group["rules"]):
            assert f"## {rule['alert']}\n" in runbook
            assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"
