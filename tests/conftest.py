"""What the suites share: the product, started once, on the demo market."""

import os
from collections.abc import Iterator

import pytest

from tests import product as products
from tests.product import Product


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The whole product on the demo market, as `make run` starts it; stopped with Ctrl-C at the end."""
    if (up := products.running(os.environ)) is not None:
        yield up
        return
    started = products.start(tmp_path_factory.mktemp("product") / "var")
    yield started
    started.stop()
