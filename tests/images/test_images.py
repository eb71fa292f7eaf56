"""The images as they were built: what is in them, and that containers of them value a car, from an invented market to a
price, with no other program of ours.
"""

import json
import re
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from packaging.requirements import Requirement

from local.images import IMAGES, name_of, reports
from model.schema.vehicle import parse_vehicle
from model.scorer import Scorer
from model.table_reading import read_table
from tests.images.podman import Podman
from tests.manifests.rendering import CHECKOUT, MANIFESTS, documents
from tests.manifests.test_images import LOCKS
from tests.ports import free_ports

pytestmark = pytest.mark.timeout(900)

LISTINGS = 3_000
TABLE = "artifacts/table.json"
NOBODY = 10_001
# Ours, and what makes an environment.
BESIDE_THE_LOCK = {"dealership-ai", "pip"}
CAR = {
    "make": "Volkswagen", "model": "Golf", "fuel": "petrol", "gearbox": "manual", "first_registration": "2019-05",
    "mileage_km": 60_000, "power_hp": 131,
}  # fmt: skip
each_image = pytest.mark.parametrize("image", IMAGES)


def locked(image: str) -> dict[str, str]:
    """The versions that an image's lock names for the Python that is in it."""
    lock = (CHECKOUT / "requirements" / f"{LOCKS[IMAGES[image]]}.txt").read_text(encoding="utf-8")
    found = (Requirement(line.rstrip("\\ ")) for line in lock.splitlines() if re.match(r"[a-z0-9]", line))
    python = {"python_version": "3.11", "python_full_version": "3.11.9", "sys_platform": "linux"}
    return {
        normal(each.name): str(each.specifier).removeprefix("==")
        for each in found
        if each.marker is None or each.marker.evaluate(python)
    }


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@each_image
def test_an_image_holds_the_versions_of_its_lock_and_no_others(podman: Podman, image: str) -> None:
    said = podman.call("run", "--rm", "--network", "host", "--entrypoint", "/venv/bin/python", name_of(image),
                       "-m", "pip", "list", "--format", "json", "--disable-pip-version-check")  # fmt: skip
    found = {normal(each["name"]): each["version"] for each in json.loads(said)}
    assert {name: version for name, version in found.items() if name not in BESIDE_THE_LOCK} == locked(image)


@each_image
def test_the_list_of_an_image_s_packages_has_all_of_them(image: str) -> None:
    listed = json.loads((reports(CHECKOUT) / f"{image}.cdx.json").read_text(encoding="utf-8"))
    assert (listed["bomFormat"], listed["metadata"]["component"]["name"]) == ("CycloneDX", f"dealership-{image}")
    found = {
        normal(each["name"]): each["version"]
        for each in listed["components"]
        if each.get("purl", "").startswith("pkg:pypi/")
    }
    assert locked(image).items() <= found.items()
    assert any(each.get("purl", "").startswith("pkg:deb/debian/libc6@") for each in listed["components"])


def test_their_sizes(podman: Podman) -> None:
    """Told, for whoever makes them larger."""
    sizes = {image: int(podman.call("image", "inspect", "--format", "{{.Size}}", name_of(image))) for image in IMAGES}
    print("\n" + "\n".join(f"  {image:<10} {size / 1e6:7.0f} MB" for image, size in sizes.items()))
    (reports(CHECKOUT) / "sizes.json").write_text(json.dumps(sizes), encoding="utf-8")


@dataclass(frozen=True)
class House:
    """A folder that containers share, as a cluster's jobs share a store."""

    folder: Path
    podman: Podman

    def job(self, *arguments: object) -> str:
        return self.podman.run(
            "model", *arguments, mounts=[f"{self.folder}:/job:U"],
            environment={"DEALERSHIP_VAR": "/job", "MLFLOW_DISABLE_TELEMETRY": "true"},
        )  # fmt: skip

    @property
    def version(self) -> Path:
        """Where the files of the champion lie."""
        settings = json.loads((self.folder / "serving" / "model-settings.json").read_text(encoding="utf-8"))
        return self.folder / Path(settings["parameters"]["uri"].removeprefix("file://")).relative_to("/job")


@pytest.fixture(scope="module")
def house(podman: Podman, tmp_path_factory: pytest.TempPathFactory) -> House:
    """With a version that was trained, signed and promoted in containers."""
    house = House(tmp_path_factory.mktemp("house"), podman)
    house.job("demo-market", "--rows", LISTINGS, "--out", "/job/market.csv")
    house.job("train", "--data", "/job/market.csv", "--synthetic", "--json")
    house.job("keys", "new", "--out", "/job/signing")
    house.job("sign", "--version", 1, "--key", "/job/signing")
    house.job("promote", "--version", 1, "--serving-dir", "/job/serving", "--templates", "/opt/kserve",
              "--public-key", "/job/signing.pub")  # fmt: skip
    return house


@dataclass(frozen=True)
class Serving:
    gateway: str
    address: str
    model_server: str
    settings: dict[str, str]
    mounts: list[str]

    def ask(self, path: str, body: object = None) -> dict:
        content = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self.address + path, content, {"Content-Type": "application/json"}), timeout=30) as reply:
            return json.load(reply)


def model_server_s_settings(port: int, grpc: int, metrics: int) -> dict[str, str]:
    """Those of the ServingRuntime, at ports that are free here."""
    (runtime,) = documents(CHECKOUT / "kserve", "ServingRuntime")
    (container,) = runtime["spec"]["containers"]
    return {each["name"]: each["value"] for each in container["env"]} | {
        "MLSERVER_MODEL_NAME": "car-price", "MLSERVER_MODEL_VERSION": "1", "MLSERVER_HOST": "127.0.0.1",
        "MLSERVER_HTTP_PORT": str(port), "MLSERVER_GRPC_PORT": str(grpc), "MLSERVER_METRICS_PORT": str(metrics),
    }  # fmt: skip


def mounted(version: Path, keys: Path) -> list[str]:
    """Where the ServingRuntime has them."""
    return [f"{version}:/mnt/models:ro", f"{keys}:/etc/dealership/keys/signing.pub:ro"]


@pytest.fixture(scope="module")
def serving(house: House) -> Iterator[Serving]:
    rest, grpc, model_metrics, port, metrics = free_ports(5)
    name = f"dealership-{uuid.uuid4().hex[:8]}"
    (house.folder / "gateway").mkdir()
    gateway = {
        "GATEWAY_DATABASE_URL": "sqlite:////data/gateway.db", "GATEWAY_MODEL_URL": f"http://127.0.0.1:{rest}",
        "GATEWAY_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "GATEWAY_METRICS_PORT": str(metrics),
    }  # fmt: skip
    mounts = [f"{house.folder}/gateway:/data:U", f"{house.folder}/serving:/serving:ro"]
    house.podman.run("gateway", "db", "upgrade", mounts=mounts, environment=gateway)
    house.podman.run("gateway", "card", "put", "/serving/card.json", mounts=mounts, environment=gateway)
    with (
        house.podman.serving(
            "serving", f"{name}-model", mounted(house.version, house.folder / "signing.pub"),
            model_server_s_settings(rest, grpc, model_metrics),
        ) as model_server,
        house.podman.serving("gateway", f"{name}-gateway", mounts, gateway) as started,
    ):  # fmt: skip
        yield Serving(started, f"http://127.0.0.1:{port}", model_server, gateway, mounts)


def test_a_car_is_valued_by_the_containers(house: House, serving: Serving) -> None:
    """At the price that the version's own table gives."""
    valued = serving.ask("/api/v1/valuations", CAR)
    table = read_table((house.version / TABLE).read_text(encoding="utf-8"))
    car = parse_vehicle(CAR, date.today())
    assert valued["model"] == {"name": "car-price", "version": "1"}
    assert valued["price_eur"] == round(Scorer(table).score_one(car)["price_eur"], 2)


def backup_s_command() -> list[str]:
    """What the nightly CronJob runs."""
    (job,) = documents(MANIFESTS / "base" / "backup", "CronJob")
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    return [*container["command"], *container["args"]]


def test_prices_are_what_they_were_after_a_restore(house: House, serving: Serving) -> None:
    """From the file that the nightly job makes, into an empty database."""
    # given prices, one of them kept, and the job's backup of the gateway that gave them
    golden = [CAR | {"mileage_km": 5_000 * step, "power_hp": 90 + 5 * step} for step in range(1, 31)]
    before = [serving.ask("/api/v1/valuations", car) for car in golden]
    kept = serving.ask("/api/v1/valuations", CAR | {"keep": True})["id"]
    known = [f"/api/v1/valuations/{kept}", "/api/v1/coefficients", "/api/v1/models/1", "/api/v1/filters"]
    told = [serving.ask(path) for path in known]
    (house.folder / "backups").mkdir()
    shell, *script = backup_s_command()
    backups = f"{house.folder}/backups:/backups:U"
    house.podman.run(
        "gateway", *script, entrypoint=shell, mounts=[*serving.mounts, backups], environment=serving.settings
    )
    (file,) = (house.folder / "backups").glob("gateway-*.zip")
    # when another gateway's database is restored from it
    (house.folder / "restored").mkdir()
    mounts = [f"{house.folder}/restored:/data:U", f"{house.folder}/backups:/backups:ro"]
    port, metrics = free_ports(2)
    other = serving.settings | {"GATEWAY_PORT": str(port), "GATEWAY_METRICS_PORT": str(metrics)}
    house.podman.run("gateway", "db", "upgrade", mounts=mounts, environment=other)
    house.podman.run("gateway", "db", "restore", f"/backups/{file.name}", mounts=mounts, environment=other)
    # then it gives the same answers
    with house.podman.serving("gateway", f"{serving.gateway}-restored", mounts, other) as name:
        restored = Serving(name, f"http://127.0.0.1:{port}", serving.model_server, other, mounts)
        assert [restored.ask("/api/v1/valuations", car) for car in golden] == before
        assert [restored.ask(path) for path in known] == told


def test_the_gateway_s_image_has_the_web_app(serving: Serving) -> None:
    with urlopen(serving.address, timeout=30) as page:
        assert b'<div id="app">' in page.read()


def test_they_run_with_no_rights_at_all(podman: Podman, serving: Serving) -> None:
    for name in (serving.gateway, serving.model_server):
        seen = podman.seen(name)
        assert seen["HostConfig"]["ReadonlyRootfs"] is True
        status = Path(f"/proc/{seen['State']['Pid']}/status").read_text(encoding="utf-8")
        said = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert set(said["Uid"].split()) == {str(NOBODY)}
        assert int(said["CapEff"], 16) == int(said["CapBnd"], 16) == 0
        assert said["NoNewPrivs"] == "1"


def test_a_version_that_was_changed_is_not_served(house: House, tmp_path: Path) -> None:
    spoilt = shutil.copytree(house.version, tmp_path / "version")
    table = (spoilt / TABLE).read_text(encoding="utf-8")
    (spoilt / TABLE).write_text(table.replace("1", "2", 1), encoding="utf-8")
    said = house.podman.run(
        "serving", mounts=mounted(spoilt, house.folder / "signing.pub"),
        environment=model_server_s_settings(*free_ports(3)), fails=True,
    )  # fmt: skip
    assert f"changed since it was signed: {TABLE}" in said
