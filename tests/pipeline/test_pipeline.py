"""The pipeline runs for real, by gitlab-ci-local on this machine: its file, one job, and all of its way to a price.

The whole way takes a quarter of an hour: DEALERSHIP_VERIFY=1 runs it, on a product of its own.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import product as products
from tests.e2e.load import COMMON, steady
from tests.product import CHECKOUT, Product

PROGRAMS = Path(sys.executable).parent
NODE = CHECKOUT / ".venv" / "node" / "bin"
GITLAB_CI_LOCAL = CHECKOUT / ".ci" / "node_modules" / ".bin" / "gitlab-ci-local"
JOB_WITHIN_S = 900
ROLLED_BACK_WITHIN_S = 60
PER_SECOND = 25
# Without a table that many requests would be needed for each step of a rollout.
FAST = "--shares 10,50,100 --bake-s 3 --shadow-percent 20"

pytestmark = pytest.mark.timeout(3_600)
whole = pytest.mark.skipif(os.environ.get("DEALERSHIP_VERIFY") != "1", reason="takes long; DEALERSHIP_VERIFY=1 runs it")


def run_job(job: str, *variables: str) -> subprocess.CompletedProcess[str]:
    """One job as GitLab's runner would run it, on what is in this checkout."""
    named = [part for variable in variables for part in ("--variable", variable)]
    return subprocess.run(
        [GITLAB_CI_LOCAL, job, "--force-shell-executor", "--ignore-predefined-vars", "CI_COMMIT_REF_PROTECTED",
         # what changed is asked of a remote, which a checkout need not have
         "--no-evaluate-rule-changes", *named],
        cwd=CHECKOUT, env=os.environ | {"PATH": os.pathsep.join([str(NODE), os.environ["PATH"]])},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=JOB_WITHIN_S,
    )  # fmt: skip


def test_the_file_is_one_that_gitlab_takes() -> None:
    checked = subprocess.run(
        [PROGRAMS / "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci",
         CHECKOUT / ".gitlab-ci.yml"],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout


def is_repository() -> bool:
    git = shutil.which("git")
    return git is not None and subprocess.run([git, "rev-parse"], cwd=CHECKOUT, capture_output=True).returncode == 0


@pytest.mark.skipif(not is_repository(), reason="gitlab-ci-local needs a git repository")
def test_a_job_runs_as_on_a_runner() -> None:
    """That of the manifests, which takes seconds."""
    ran = run_job("manifests", "OVERLAY=staging", "BUILD_IMAGES=no")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "kind: InferenceService" in (CHECKOUT / "reports" / "rendered" / "staging.yaml").read_text(encoding="utf-8")


@dataclass
class Place:
    """A product of the test's own, where the pipeline's jobs deploy to."""

    product: Product
    token: Path

    def run(self, job: str, version: str | None = None, *variables: str) -> subprocess.CompletedProcess[str]:
        """A job of the pipeline that trained last, or with a version that another way has made."""
        var = self.product.var
        if version is not None:
            shutil.rmtree(CHECKOUT / ".gitlab-ci-local" / "artifacts" / "train", ignore_errors=True)  # it would win
        return run_job(
            job, "TRAIN=yes", "DEPLOY_TARGET=local", "BUILD_IMAGES=no", "CI_COMMIT_REF_PROTECTED=true",
            f"DEALERSHIP_VAR={var}", f"DEALERSHIP_PUBLIC_KEY={var}/keys/signing.pub",
            f"DEALERSHIP_SIGNING_KEY={var}/keys/signing", f"GATEWAY_ADDRESS={self.product.address}",
            f"GATEWAY_CARDS_TOKEN={self.token}", f"BAKE_OPTIONS={FAST}",
            f"TRAIN_FROM=--data {var}/data/demo-market.csv --synthetic",
            *([f"VERSION={version}"] if version else []), *variables,
        )  # fmt: skip

    def challengers(self, *kinds: str) -> list[str]:
        """Registered and signed versions, each different from the champion in one thing."""
        made = subprocess.run(
            [CHECKOUT / ".venv/model/bin/python", "-m", "tests.pipeline.challengers", *kinds], cwd=CHECKOUT,
            env=os.environ | {"DEALERSHIP_VAR": str(self.product.var), "MLFLOW_DISABLE_TELEMETRY": "true"},
            capture_output=True, text=True, timeout=JOB_WITHIN_S,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        versions = made.stdout.split()
        for version in versions:
            signed = self.product.model("sign", "--version", version, "--key", f"{self.product.var}/keys/signing")
            assert signed.returncode == 0, signed.stderr
        return versions

    def served(self) -> str:
        settings = json.loads((self.product.var / "serving" / "model-settings.json").read_text(encoding="utf-8"))
        return settings["parameters"]["version"]

    def kinds(self) -> list[str]:
        lines = self.product.model("history", "--json").stdout.splitlines()
        return [json.loads(line)["kind"] for line in lines]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    started = products.start(tmp_path_factory.mktemp("pipeline") / "var")
    token = tmp_path_factory.mktemp("token") / "token"
    token.write_text(started.token("cards"), encoding="utf-8")
    yield Place(started, token)
    started.stop()


@whole
def test_from_training_to_the_champions_place(place: Place) -> None:
    # given a product under load, when the pipeline trains on its listings and goes all its way
    with steady(place.product.ports["PORT"], PER_SECOND, COMMON) as load:
        for job in ("train", "gate", "promote", "deploy-local", "bake", "finish-local"):
            ran = place.run(job)
            assert ran.returncode == 0, f"{job}: {ran.stdout}{ran.stderr}"
    # then what it trained is the champion, and no request has failed
    assert place.kinds() == ["promote", "canary", "promote"]
    assert place.served() != "1" and load.versions() == ["1", place.served()]
    assert set(load.statuses()) == {200}
    assert place.product.model("verify", "--serving-dir", f"{place.product.var}/serving").returncode == 0


@whole
def test_a_better_recipe_is_promoted(place: Place) -> None:
    before = place.served()
    (better,) = place.challengers("better")
    with steady(place.product.ports["PORT"], PER_SECOND, COMMON) as load:
        for job in ("gate", "promote", "deploy-local", "bake", "finish-local"):
            ran = place.run(job, better)
            assert ran.returncode == 0, f"{job}: {ran.stdout}{ran.stderr}"
    assert place.served() == better and load.versions() == [before, better]
    assert set(load.statuses()) == {200}


REFUSED = {
    "equal": "a new recipe is better: +0.00%",
    "worse": "a new recipe is better: +5",
    "segment": "segment fuel diesel: +10",
    "wrong-way": "right way round:",
    "old-schema": "was trained for other features or outputs",
    "tampered": "was changed since it was trained",
}


@whole
@pytest.mark.parametrize("kind", REFUSED)
def test_what_may_not_be_promoted_is_refused_with_the_reason(place: Place, kind: str) -> None:
    before, records = place.served(), place.kinds()
    (version,) = place.challengers("better" if kind == "tampered" else kind)
    if kind == "tampered":
        trial = place.product.var / "tampered"
        tried = place.product.model(
            "promote", "--version", version, "--trial", "--ungated", "--serving-dir", str(trial)
        )
        assert tried.returncode == 0, tried.stderr
        uri = json.loads((trial / "model-settings.json").read_text(encoding="utf-8"))["parameters"]["uri"]
        table = Path(uri.removeprefix("file://")) / "artifacts" / "table.json"
        table.write_text(json.dumps(json.loads(table.read_text("utf-8")) | {"intercept": 1.0}), encoding="utf-8")
    for job in ("gate", "promote"):
        ran = place.run(job, version)
        said = [line for line in (ran.stdout + ran.stderr).splitlines() if "held" not in line]
        assert ran.returncode != 0 and [line for line in said if REFUSED[kind] in line], ran.stdout + ran.stderr
    assert place.served() == before and place.kinds() == records


@whole
def test_a_bad_canary_is_taken_back_within_a_minute(place: Place) -> None:
    # given a version that somebody promotes against the gates' word, and that is a third dearer
    before = place.served()
    (dearer,) = place.challengers("dearer")
    ran = place.run("promote", dearer, "PROMOTE_OPTIONS=--canary --ungated")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert place.run("deploy-local", dearer).returncode == 0
    # when it is baked under load, then the gateway takes it back within a minute, and the record says why
    with steady(place.product.ports["PORT"], PER_SECOND, COMMON) as load:
        ran = place.run("bake", dearer)
        assert ran.returncode != 0 and "FAIL 6" in ran.stdout + ran.stderr, ran.stdout + ran.stderr
        assert place.run("end-canary-local", dearer).returncode == 0
    record = json.loads(place.product.model("history", "--json").stdout.splitlines()[-1])
    assert (record["kind"], record["version"], record["previous"]) == ("rollback", before, dearer)
    assert "alarm" in record["reason"] and place.served() == before
    rollout = json.loads(place.product.command("rollout", "status", "--json"))
    assert rollout["state"] == "rolled_back"
    took = [time.strptime(rollout[name], "%Y-%m-%dT%H:%M:%SZ") for name in ("began_at", "ended_at")]
    assert time.mktime(took[1]) - time.mktime(took[0]) <= ROLLED_BACK_WITHIN_S
    assert set(load.statuses()) == {200}
