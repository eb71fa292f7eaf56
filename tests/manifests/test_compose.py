"""compose.yaml: all of it on one machine. `make images` starts it for real."""

import re
import subprocess
from functools import cache

import pytest
import yaml

from tests.manifests.rendering import CHECKOUT, OTHER_PROGRAMS, OVERLAYS, documents

FILE = CHECKOUT / "compose.yaml"
OURS = {
    "dealership-gateway": "gateway/Dockerfile",
    "dealership-listings": "scraper/Dockerfile",
    "dealership-model": "model/Dockerfile",
    "dealership-serving": "kserve/Dockerfile",
}


@cache
def services() -> dict[str, dict]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))["services"]


def mounted(service: dict) -> dict[str, str]:
    """What it mounts, each with where and how."""
    return dict(each.split(":", 1) for each in service.get("volumes", ()))


def test_it_is_what_the_specification_of_compose_allows() -> None:
    checked = subprocess.run(
        [OTHER_PROGRAMS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", FILE],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout


def test_only_the_gateway_can_be_reached() -> None:
    published = {name: each["ports"] for name, each in services().items() if "ports" in each}
    assert published == {"gateway": ["${PORT:-80}:8000"]}
    assert yaml.safe_load(FILE.read_text(encoding="utf-8"))["networks"]["inside"] == {"internal": True}
    assert {name for name, each in services().items() if each["networks"] != ["inside"]} == {"gateway"}


@pytest.mark.parametrize("name", services())
def test_a_container_has_no_rights_that_it_does_not_need(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    # The one that makes the secrets gives them to their owners.
    assert service.get("cap_add", []) == (["CHOWN", "DAC_OVERRIDE", "FOWNER"] if name == "secrets" else [])
    assert (service["user"] == "0:0") == (name == "secrets")
    assert service["restart"] in ("unless-stopped", "on-failure")


def test_each_waits_for_what_it_needs() -> None:
    for name, service in services().items():
        for needed, how in service.get("depends_on", {}).items():
            other = services()[needed]
            assert how["condition"] != "service_healthy" or "healthcheck" in other, name
            assert (how["condition"] == "service_completed_successfully") == (other["restart"] == "on-failure"), name


def test_its_images_are_those_of_the_manifests() -> None:
    named = {container["image"] for overlay in OVERLAYS for container in of_stateful_sets(overlay)}
    assert {each["image"] for each in services().values()} == named | OURS.keys()
    for service in services().values():
        if service["image"] in OURS:
            assert service["build"]["dockerfile"] == OURS[service["image"]]


def of_stateful_sets(overlay) -> list[dict]:
    found = documents(overlay, "StatefulSet")
    return [container for each in found for container in each["spec"]["template"]["spec"]["containers"]]


def test_no_secret_is_in_it_and_the_private_key_is_training_s_alone() -> None:
    for name, service in services().items():
        told = service.get("environment", {})
        assert not [key for key in told if re.search("PASSWORD$|SECRET|ACCESS_KEY|DATABASE", key)]
        assert ("signing" in mounted(service)) == (name in ("secrets", "training"))
        if name != "secrets":
            assert mounted(service).get("secrets", "/secrets:ro") == "/secrets:ro"
