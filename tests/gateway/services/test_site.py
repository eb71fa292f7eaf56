"""The operator's own texts: read at start, told at once where they cannot be."""

from pathlib import Path

import pytest

from gateway.config import Config, read_config
from gateway.services.site import LARGEST_TEXT_BYTES, Site, read_site


def config(**files: Path) -> Config:
    return Config(database_url="sqlite://", **files)  # type: ignore[arg-type]


def test_nothing_is_written_unless_it_is_set() -> None:
    # given no settings, when the texts are read, then there are none
    assert read_site(config()) == Site(None, None, 0.0)


def test_texts_are_read_from_their_files(tmp_path: Path) -> None:
    """In UTF-8; a file of nothing but blanks says nothing."""
    # given two files, named by the environment
    (tmp_path / "imprint.md").write_text("# Imprint\n\nMüller & Söhne\n", encoding="utf-8")
    (tmp_path / "privacy.txt").write_text(" \n")
    environment = {
        "GATEWAY_DATABASE_URL": "sqlite://", "GATEWAY_IMPRINT_FILE": str(tmp_path / "imprint.md"),
        "GATEWAY_PRIVACY_FILE": str(tmp_path / "privacy.txt"),
    }  # fmt: skip
    # when they are read, then they are there
    assert read_site(read_config(environment)) == Site("# Imprint\n\nMüller & Söhne", None, 0.0)


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"x" * (LARGEST_TEXT_BYTES + 1)], ids=["gone", "bytes", "long"])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: bytes | None) -> None:
    """By its setting, so that the start ends with a line that helps."""
    # given such a file, when the texts are read, then the setting is named
    path = tmp_path / "privacy.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match="GATEWAY_PRIVACY_FILE"):
        read_site(config(privacy_file=path))
