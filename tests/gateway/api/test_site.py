"""GET /api/v1/site: the operator's own texts."""

from pathlib import Path

from tests.gateway.conftest import OpenGateway


def test_anyone_reads_them(open_gateway: OpenGateway, tmp_path: Path) -> None:
    """What is not written is null: the page says what to do."""
    # given an installation with an imprint
    path = tmp_path / "imprint.txt"
    path.write_text("Cars Ltd")
    gateway = open_gateway(imprint_file=path)
    # when its texts are asked for, then they are there
    response = gateway.client.get("/api/v1/site")
    assert (response.status_code, response.json) == (
        200, {"imprint": "Cars Ltd", "privacy": None, "undo_hours": 24.0, "selling_bonus_eur": 0.0,
              "has_experiments": False},
    )  # fmt: skip
