"""checkov finds nothing in manifests and images but what .checkov.yaml, or an annotation, says to leave, and why."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.manifests.rendering import CHECKOUT, MANIFESTS, OTHER_PROGRAMS, OVERLAYS, rendered

IMAGES = ("gateway", "kserve", "model", "scraper")
MIGRATION = MANIFESTS / "overlays" / "staging" / "migration"
# What is changed in one of the files, and what must be found then.
MUTANTS = {
    ("spoilt.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"): "CKV_K8S_22",
    ("spoilt.yaml", "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true"): "CKV_K8S_20",
    ("spoilt.yaml", "automountServiceAccountToken: false", "automountServiceAccountToken: true"): "CKV_K8S_38",
    ("Dockerfile", "USER 10001:10001", "USER root"): "CKV_DOCKER_8",
    ("Dockerfile", "HEALTHCHECK NONE", ""): "CKV_DOCKER_2",
}


def findings(folder: Path) -> set[tuple[str, str, str]]:
    """File, check and what it was found of, for all that lies in this folder."""
    checked = subprocess.run(
        [OTHER_PROGRAMS / "checkov", "--config-file", CHECKOUT / ".checkov.yaml", "--directory", folder,
         "--framework", "kubernetes", "dockerfile", "--skip-download", "--quiet", "--output", "json"],
        capture_output=True, text=True, timeout=240, env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
    )  # fmt: skip
    reports = json.loads(checked.stdout)
    assert {each["check_type"] for each in reports} == {"kubernetes", "dockerfile"}
    assert all(each["summary"]["parsing_errors"] == 0 and each["summary"]["passed"] for each in reports)
    return {
        (failed["file_path"].removeprefix("/"), failed["check_id"], failed["resource"])
        for each in reports
        for failed in each["results"]["failed_checks"]
    }


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str, str]]:
    """Of all overlays, the migration and the images, and of mutants of these: in one run, since it takes seconds."""
    folder = tmp_path_factory.mktemp("checked")
    for each in (*OVERLAYS, MIGRATION):
        (folder / f"{each.name}.yaml").write_text(rendered(each), encoding="utf-8")
    for name in IMAGES:
        (folder / name).mkdir()
        (folder / name / "Dockerfile").write_text((CHECKOUT / name / "Dockerfile").read_text(encoding="utf-8"))
    for number, (file, old, new) in enumerate(MUTANTS):
        (folder / f"mutant-{number}").mkdir()
        sound = rendered(MIGRATION) if file == "spoilt.yaml" else (CHECKOUT / "scraper" / file).read_text()
        assert old in sound
        (folder / f"mutant-{number}" / file).write_text(sound.replace(old, new), encoding="utf-8")
    return findings(folder)


def test_nothing_is_found_that_is_not_explained(found: set[tuple[str, str, str]]) -> None:
    assert sorted(each for each in found if not each[0].startswith("mutant-")) == []


@pytest.mark.parametrize(("number", "check"), tuple(enumerate(MUTANTS.values())), ids=MUTANTS.values())
def test_a_fault_is_found(number: int, check: str, found: set[tuple[str, str, str]]) -> None:
    assert {each[1] for each in found if each[0].startswith(f"mutant-{number}/")} == {check}
