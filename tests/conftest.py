"""What the suites share: the product on the demo market, and an S3 server, each started once."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import product as products
from tests import seaweedfs as s3_servers
from tests.product import Product
from tests.seaweedfs import SeaweedFS


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The whole product on the demo market, as `make run` starts it; stopped with Ctrl-C at the end."""
    if (up := products.running(os.environ)) is not None:
        yield up
        return
    # Its pages are opened by the hundred, each logged in anew; who may try how often is tested where the limits are.
    started = products.start(tmp_path_factory.mktemp("product") / "var", GATEWAY_LIMIT_ATTEMPTS="false")
    yield started
    started.stop()


@pytest.fixture(scope="session")
def seaweedfs() -> Iterator[SeaweedFS]:
    """An S3 server, started when the first test asks for it."""
    with s3_servers.running() as server:
        yield server


@pytest.fixture
def s3_store_location(seaweedfs: SeaweedFS, monkeypatch: pytest.MonkeyPatch) -> str:
    """s3://bucket/beginning where nothing is yet, on a real S3 server; the environment leads boto3 to it, in this
    process and in those it starts.
    """
    for name, value in seaweedfs.environment().items():
        monkeypatch.setenv(name, value)
    return seaweedfs.location()


@pytest.fixture(params=["folder", "s3"])
def store_location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new store may be, as a location: each test that takes it runs on a folder and on S3."""
    if request.param == "folder":
        return str(tmp_path / "store")
    return request.getfixturevalue("s3_store_location")
