"""Commands whose store, registry or gateway is down: one line says what, soon, and nothing is half done."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.faults.conftest import WHOLE
from tests.gateway.fake_model_server import closed_port, silent_socket
from tests.product import CHECKOUT

# With room for a busy machine: a try and its pauses take a few seconds.
TOLD_WITHIN_S = 90.0
# Who publishes outlasts a restart of the gateway, and asks eight times.
PUBLISHER_TOLD_WITHIN_S = 180.0
# A server that says nothing is waited for: 4 times 20 s in S3, 4 times 30 s in MLflow, and the pauses between. By what
# everybody may set that is a matter of seconds here, and of minutes with DEALERSHIP_VERIFY=1.
IN_A_HURRY = {"AWS_MAX_ATTEMPTS": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "1", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}
HURRY = {} if WHOLE else IN_A_HURRY
SILENCE_TOLD_WITHIN_S = 240.0 if WHOLE else TOLD_WITHIN_S
LISTINGS = (
    "make,model,fuel,gear,year,mileage,hp,price\n"
    "Volkswagen,Golf,Gasoline,Manual,2018-03,60000,110,14500\n"
)
TRAIN = ("model", "train", "--store", "s3://bucket/store")
WITHOUT_S3 = {
    "train": TRAIN,
    "check": ("model", "check", "--store", "s3://bucket/store"),
    "compact": ("model", "compact", "--store", "s3://bucket/store"),
    "import": ("scraper", "import", "--source", "a-market", "--market-date", "2024-07-01", "--store",
               "s3://bucket/store", "listings.csv"),
}  # fmt: skip
WITHOUT_MLFLOW = {
    "promote": ("model", "promote", "--version", "1", "--serving-dir", "serving", "--by", "me", "--reason", "new"),
    "gate": ("model", "gate", "--challenger", "1"),
    "card": ("model", "card", "--version", "1"),
}
SEE_TO_S3 = "see that the server runs, and that AWS_ENDPOINT_URL_S3 leads to it"
SEE_TO_MLFLOW = "see that MLflow runs there, and that DEALERSHIP_TRACKING_URI is right"


def sample(commands: dict[str, tuple[str, ...]], names: tuple[str, ...]) -> list[str]:
    return list(commands if WHOLE else names)


def run(folder: Path, part: str, *arguments: str, **environment: str) -> tuple[int, str, float]:
    """One of the programs, in an empty folder: exit code, what it said, seconds."""
    began_s = time.monotonic()
    ran = subprocess.run(
        [CHECKOUT / f".venv/{part}/bin/python", "-m", f"{part}.cli", *arguments], cwd=folder, text=True,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "DEALERSHIP_VAR": str(folder / "var"), **environment},
        capture_output=True, timeout=300,
    )  # fmt: skip
    return ran.returncode, ran.stderr, time.monotonic() - began_s


def check_told(said: str, seconds: float, *what: str, within_s: float = TOLD_WITHIN_S) -> None:
    """That the last line says all of this, in time."""
    *_, last = said.strip().splitlines()
    assert last.startswith("dealership-") and all(words in last for words in what), said
    assert "Traceback" not in said
    assert seconds < within_s


def s3_at(endpoint: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL_S3": endpoint, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
    }  # fmt: skip


@pytest.mark.parametrize("name", sample(WITHOUT_S3, ("check", "import")))
def test_without_s3_a_command_says_so_and_does_nothing(tmp_path: Path, name: str) -> None:
    # given a store in S3 where nobody listens
    (tmp_path / "listings.csv").write_text(LISTINGS)
    endpoint = f"http://127.0.0.1:{closed_port()}"
    # when a command needs it
    code, said, seconds = run(tmp_path, *WITHOUT_S3[name], **s3_at(endpoint))
    # then it says so in one line, and what to look at, and leaves nothing
    assert code == 1
    check_told(said, seconds, endpoint, SEE_TO_S3)
    assert [path.name for path in tmp_path.iterdir()] == ["listings.csv"]


@pytest.mark.parametrize("name", sample(WITHOUT_S3, ("import",)))
def test_an_s3_that_says_nothing_is_given_up(tmp_path: Path, name: str) -> None:
    # given a store in S3 that takes calls and answers none
    (tmp_path / "listings.csv").write_text(LISTINGS)
    with silent_socket() as endpoint:
        # when a command needs it
        code, said, seconds = run(tmp_path, *WITHOUT_S3[name], **s3_at(endpoint) | HURRY)
    # then it says so in one line, and what to look at, and leaves nothing
    assert code == 1
    check_told(said, seconds, endpoint, SEE_TO_S3, within_s=SILENCE_TOLD_WITHIN_S)
    assert [path.name for path in tmp_path.iterdir()] == ["listings.csv"]


@pytest.mark.parametrize("name", sample(WITHOUT_MLFLOW, ("promote",)))
def test_without_mlflow_a_command_says_so_and_does_nothing(tmp_path: Path, name: str) -> None:
    """A registry that cannot be asked is neither one without the version nor one without a champion."""
    # given a tracking server that is down
    address = f"http://127.0.0.1:{closed_port()}"
    # when a command needs it
    code, said, seconds = run(tmp_path, *WITHOUT_MLFLOW[name], DEALERSHIP_TRACKING_URI=address)
    # then it says that it cannot be asked, and leaves nothing to serve
    assert code == 1
    check_told(said, seconds, f"{address} cannot be asked", SEE_TO_MLFLOW)
    assert not (tmp_path / "serving").exists()


@pytest.mark.parametrize("name", sample(WITHOUT_MLFLOW, ("promote",)))
def test_an_mlflow_that_says_nothing_is_given_up(tmp_path: Path, name: str) -> None:
    # given a tracking server that takes calls and answers none
    with silent_socket() as address:
        # when a command needs it
        code, said, seconds = run(tmp_path, *WITHOUT_MLFLOW[name], DEALERSHIP_TRACKING_URI=address, **HURRY)
    # then it says that it cannot be asked, and what to look at, and leaves nothing to serve
    assert code == 1
    check_told(said, seconds, f"{address} cannot be asked", SEE_TO_MLFLOW, within_s=SILENCE_TOLD_WITHIN_S)
    assert not (tmp_path / "serving").exists()


@pytest.mark.skipif(not WHOLE, reason="it trains: DEALERSHIP_VERIFY=1")
def test_training_without_mlflow_registers_nothing(tmp_path: Path) -> None:
    # given the demo market, and a tracking server that is down
    market = tmp_path / "market.csv"
    assert run(tmp_path, "model", "demo-market", "--out", str(market))[0] == 0
    address = f"http://127.0.0.1:{closed_port()}"
    # when a version is trained
    code, said, _ = run(tmp_path, "model", "train", "--data", str(market), "--synthetic",
                        DEALERSHIP_TRACKING_URI=address)  # fmt: skip
    # then it ends with what it could not do
    assert code == 1
    check_told(said, 0.0, f"{address} cannot be asked")


@pytest.mark.skipif(not WHOLE, reason="it waits for a minute and a half: DEALERSHIP_VERIFY=1")
def test_a_gateway_that_is_down_is_told_by_who_publishes(tmp_path: Path) -> None:
    """What was not brought stays to be brought: the next run finds it."""
    # given a store with a run in it
    (tmp_path / "listings.csv").write_text(LISTINGS)
    brought = ("scraper", "import", "--source", "a-market", "--market-date", "2024-07-01", "--store", "store",
               "listings.csv")  # fmt: skip
    code, said, _ = run(tmp_path, *brought)
    assert code == 0, said
    kept = sorted(path for path in (tmp_path / "store").rglob("*"))
    # when it is published to a gateway where nobody listens
    address = f"http://127.0.0.1:{closed_port()}"
    code, said, seconds = run(tmp_path, "scraper", "publish", "--gateway", address, "--store", "store",
                              DEALERSHIP_TOKEN="dat_none")  # fmt: skip
    # then that is told, and the store is as it was
    assert code != 0
    check_told(said, seconds, address, within_s=PUBLISHER_TOLD_WITHIN_S)
    assert sorted(path for path in (tmp_path / "store").rglob("*")) == kept
