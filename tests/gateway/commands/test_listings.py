"""dealership-gateway listings: what sources there are, and taking one out."""

import io
from typing import Any

import pytest

from gateway.cli import main
from tests.gateway import lives
from tests.gateway.conftest import OpenGateway
from tests.gateway.gateways import Gateway
from tests.gateway.lives import SOURCE, life


@pytest.fixture
def commanded(open_gateway: OpenGateway, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """A gateway on whose database commands run, with two listings of one source."""
    monkeypatch.setenv("GATEWAY_DATABASE_URL", database_url)
    gateway = open_gateway(database_url=database_url)
    query = {"source": SOURCE, "run": "run-1", "part": 1, "parts": 1}
    body = lives.lines([life(1), life(2, mileage_km=1.0)])
    client = gateway.with_token("listings")
    assert client.put("/api/v1/listings", data=body, content_type="application/jsonl", query_string=query)
    return gateway


def test_sources_are_listed_and_taken_out(commanded: Gateway, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a question; a source that is not there is told."""
    # given a source
    assert main(["listings", "list-sources"]) == 0
    assert capsys.readouterr().out == "a-market  2 listings  newest day 2024-06-30  1 runs\n"
    # when it is to be removed and somebody says no, then it stays
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert main(["listings", "remove", "--source", SOURCE]) == 1
    # and when he says yes beforehand, then it goes, with its part in the figures
    assert main(["listings", "remove", "--source", SOURCE, "--yes"]) == 0
    assert "removed 2 listings of a-market" in capsys.readouterr().err
    assert main(["listings", "list-sources"]) == 0 and capsys.readouterr().out == ""
    assert commanded.client.get("/api/v1/market").get_json()["supply"] == {"on_offer": 0, "gone": 0}
    # and a second time there is nothing
    assert main(["listings", "remove", "--source", SOURCE, "--yes"]) == 1
    assert SOURCE in capsys.readouterr().err
