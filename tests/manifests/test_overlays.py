import json
import re
import subprocess

import pytest

from tests.manifests.rendering import CHECKOUT, MANIFESTS, PROGRAMS, containers, documents, pods

OVERLAYS = sorted(path.parent for path in MANIFESTS.glob("overlays/*/kustomization.yaml"))
FOLDERS = sorted(path.parent for path in MANIFESTS.glob("base/*/kustomization.yaml")) + OVERLAYS + [CHECKOUT / "kserve"]
WITHOUT_A_SCHEMA = {"InferenceService", "ServingRuntime", "PrometheusRule", "ServiceMonitor", "PodMonitor"}
SAFE = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}

each_overlay = pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda folder: folder.name)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(CHECKOUT)))
def test_kubernetes_knows_every_field(folder, tmp_path) -> None:
    known = [each for each in documents(folder) if each["kind"] not in WITHOUT_A_SCHEMA]
    file = tmp_path / "rendered.json"
    file.write_text("\n---\n".join(json.dumps(each) for each in known), encoding="utf-8")

    checked = subprocess.run(
        [PROGRAMS / "kubernetes-validate", "--strict", file], capture_output=True, text=True, timeout=120
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "WARN" not in checked.stdout + checked.stderr


@each_overlay
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
def test_a_version_s_files_and_its_name_come_from_one_promotion(overlay) -> None:
    (promoted,) = [each for each in documents(overlay, "ConfigMap") if each["metadata"]["name"] == "model-version"]
    (service,) = [each for each in documents(overlay, "InferenceService") if each["metadata"]["name"] == "car-price"]
    model = service["spec"]["predictor"]["model"]
    assert model["storageUri"] == promoted["data"]["storageUri"]
    assert model["storageUri"].startswith("s3://")
    assert {"name": "MLSERVER_MODEL_VERSION", "value": promoted["data"]["version"]} in model["env"]


@each_overlay
def test_the_inference_service_is_one_that_kserve_runs(overlay) -> None:
    """Rules of KServe that its own schema leaves open."""
    (runtime,) = documents(overlay, "ServingRuntime")
    for service in documents(overlay, "InferenceService"):
        predictor = service["spec"]["predictor"]
        assert service["metadata"]["annotations"]["serving.kserve.io/deploymentMode"] == "Standard"
        assert "canaryTrafficPercent" not in predictor  # ignored in Standard mode
        assert 2 <= predictor["minReplicas"] <= predictor["maxReplicas"]
        assert predictor["model"]["runtime"] == runtime["metadata"]["name"]
        assert predictor["model"]["protocolVersion"] in runtime["spec"]["protocolVersions"]
        formats = {(each["name"], each["version"]) for each in runtime["spec"]["supportedModelFormats"]}
        assert (predictor["model"]["modelFormat"]["name"], predictor["model"]["modelFormat"]["version"]) in formats


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


@pytest.mark.parametrize("folder", ["gateway", "model", "kserve", "scraper"])
def test_an_image_s_recipe_has_no_known_fault(folder) -> None:
    checked = subprocess.run(
        [PROGRAMS / "hadolint", CHECKOUT / folder / "Dockerfile"], capture_output=True, text=True, timeout=60
    )
    assert checked.returncode == 0, checked.stdout
