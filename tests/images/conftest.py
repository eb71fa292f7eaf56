import pytest

from tests.images.podman import Podman


@pytest.fixture(scope="session")
def podman(tmp_path_factory: pytest.TempPathFactory) -> Podman:
    return Podman.at(tmp_path_factory.mktemp("podman"))
