"""Another version takes over under load, and the one before comes back: no request fails, no price is another's.

The last of the tests on the shared product, which it leaves with the version that it found.
"""

import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.load import Load, steady
from tests.product import Product

ROUNDS = 5 if os.environ.get("DEALERSHIP_VERIFY") == "1" else 1
PER_SECOND = 50
LISTINGS = 3_000  # enough to fit on, and few enough to be quick
ENDS_WITHIN_S = 300

pytestmark = pytest.mark.timeout(1_800)


def served(product: Product) -> dict[str, str]:
    """Version and folder of what serves, by MLServer's settings."""
    settings = json.loads((product.var / "serving" / "model-settings.json").read_text(encoding="utf-8"))
    return settings["parameters"]


@pytest.fixture(scope="module")
def versions(product: Product, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """The folders of the version that serves, the first, and of another one that was learnt from fewer listings."""
    first = served(product)
    lines = (product.var / "data" / "demo-market.csv").read_text(encoding="utf-8").splitlines()
    few = tmp_path_factory.mktemp("listings") / "few.csv"
    few.write_text("\n".join([lines[0], *random.Random(1).sample(lines[1:], LISTINGS)]), encoding="utf-8")
    trained = product.model("train", "--data", str(few), "--synthetic", "--accept-drift", "a test", "--json")
    assert trained.returncode == 0, trained.stderr
    version = json.loads(trained.stdout)["version"]
    signed = product.model("sign", "--version", version, "--key", str(product.var / "keys" / "signing"))
    assert signed.returncode == 0, signed.stderr
    trial = product.model("promote", "--version", version, "--ungated", "--trial", "--serving-dir", str(few.parent))
    assert trial.returncode == 0, trial.stderr
    settings = json.loads((few.parent / "model-settings.json").read_text(encoding="utf-8"))
    yield {each["version"]: folder_of(each) for each in (first, settings["parameters"])}


def folder_of(parameters: dict[str, str]) -> Path:
    return Path(parameters["uri"].removeprefix("file://"))


def ended(product: Product, command: str, **variables: str) -> tuple[int, str]:
    process = product.local(command, **variables)
    output, _ = process.communicate(timeout=ENDS_WITHIN_S)
    return process.returncode, output


def fresh_servers(product: Product) -> set[int]:
    """The processes that serve what is tried, or are about to."""
    said = json.loads((product.var / "run" / "model-servers.json").read_text(encoding="utf-8"))
    place = f"MLSERVER_HTTP_PORT={said['second']['port']}" if said["second"] else "nobody"
    return product.processes(place)


def wait_until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + ENDS_WITHIN_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def check(load: Load, versions: dict[str, Path]) -> None:
    assert set(load.statuses()) == {200}, [answer for answer in load.answers if answer[1] != 200][:3]
    assert load.wrong(versions) == []


def test_no_request_fails_while_versions_change(product: Product, versions: dict[str, Path]) -> None:
    first, other = versions
    # given 50 valuations a second
    with steady(product.ports["PORT"], PER_SECOND) as load:
        for _ in range(ROUNDS):
            # when another version is promoted, and the one before comes back
            code, output = ended(product, "promote", VERSION=other, ARGS="--ungated")
            assert code == 0, output
            assert served(product)["version"] == other
            code, output = ended(product, "rollback", REASON="it was a test")
            assert code == 0, output
    # then none has failed, each price is what the version that it names gives, and both have answered, in turn
    check(load, versions)
    assert load.versions() == [first, other]
    assert load.answers[-1][2]["model"]["version"] == first
    # and all is as the newest record says
    found = product.model("verify", "--serving-dir", str(product.var / "serving"))
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("after_s", [0.0, 1.0, 2.0, 3.0, 4.0][:ROUNDS])
def test_a_fresh_server_that_is_killed_changes_nothing(
    product: Product, versions: dict[str, Path], after_s: float
) -> None:
    first, other = versions
    with steady(product.ports["PORT"], PER_SECOND) as load:
        # given a promotion whose fresh server is killed while it starts
        process = product.local("promote", VERSION=other, ARGS="--ungated")
        wait_until(lambda: fresh_servers(product) or process.poll() is not None)
        time.sleep(after_s)
        for pid in fresh_servers(product):
            os.kill(pid, signal.SIGKILL)
        output, _ = process.communicate(timeout=ENDS_WITHIN_S)
        # then it says so, and the version before serves on; or it was too late, and the other one serves
        if process.returncode == 0:
            assert served(product)["version"] == other and ended(product, "rollback")[0] == 0
        else:
            assert process.returncode == 1 and f"Version {first} serves on" in output, output
    check(load, versions)
    assert served(product)["version"] == first


def test_what_was_tampered_with_is_not_loaded(product: Product, versions: dict[str, Path]) -> None:
    first, other = versions
    # given a version whose table somebody has changed
    table = versions[other] / "artifacts" / "table.json"
    sound = table.read_bytes()
    changed = json.loads(sound)
    changed["intercept"] += 0.01
    table.write_text(json.dumps(changed), encoding="utf-8")
    try:
        with steady(product.ports["PORT"], PER_SECOND) as load:
            # when it is promoted, then it is refused before any server is started
            code, output = ended(product, "promote", VERSION=other, ARGS="--ungated")
    finally:
        table.write_bytes(sound)
    assert code == 4 and "was changed since it was trained" in output, output
    check(load, versions)
    assert load.versions() == [first]
