"""/livez and /readyz: the process, its database, and beside them how the model server is."""

import time
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.db.transactions import writing
from tests.gateway.conftest import OpenGateway
from tests.gateway.fake_model_server import FakeModelServer
from tests.gateway.gateways import Gateway, check_documented
from tests.gateway.rolling import beside_two, open_rollout


ANSWERS = {"available": True, "version": "1", "cause": None}


def test_a_process_that_answers_is_alive(open_gateway: OpenGateway) -> None:
    """Alive says nothing of the database: a restart would not mend that."""
    # given a gateway whose database cannot be reached
    gateway = open_gateway(publish=False, database_url="sqlite:////no/such/folder/gateway.db")
    # when it is asked whether it lives, then it does
    response = gateway.client.get("/livez")
    assert (response.status_code, check_documented(gateway, response, "/livez")) == (200, {"status": "alive"})


def test_a_migrated_database_is_ready(gateway: Gateway) -> None:
    """Ready, with the model server's state as it is known."""
    # given a gateway that has had one price
    assert gateway.value().status_code == 200
    # when it is asked whether it is ready
    response = gateway.client.get("/readyz")
    # then it is, and knows its model server
    assert (response.status_code, check_documented(gateway, response, "/readyz")) == (
        200,
        {"status": "ready", "database": "ready", "model_server": ANSWERS, "model_servers": [ANSWERS]},
    )


def test_a_model_server_that_is_down_leaves_the_gateway_ready(
    gateway: Gateway, model_server: FakeModelServer
) -> None:
    """Its state stands in the body; the stock and status pages stay up."""
    # given a model server that went down
    gateway.value()
    model_server.stop()
    gateway.value()
    # when the gateway is asked whether it is ready
    response = gateway.client.get("/readyz")
    # then it is, and says what is down
    assert response.status_code == 200
    assert response.get_json()["model_server"] == {"available": False, "version": "1", "cause": "down"}
    assert gateway.metric("gateway_model_available") == 0


def test_of_several_model_servers_each_is_told(
    open_gateway: OpenGateway, model_server: FakeModelServer, challenger_server: FakeModelServer
) -> None:
    """In the order of their addresses, and the one that prices what no other version is to price by itself."""
    # given two servers, the second of which prices everything and the first of which goes down
    gateway = beside_two(open_gateway, model_server, challenger_server)
    open_rollout(gateway, 100, state="done", open=None)
    model_server.stop()
    gateway.services.prices.look()
    # when the gateway is asked whether it is ready, then both are told with version and cause
    document = gateway.client.get("/readyz").get_json()
    assert document["model_servers"] == [
        {"available": False, "version": "1", "cause": "down"}, {**ANSWERS, "version": "2"},
    ]  # fmt: skip
    assert document["model_server"] == {**ANSWERS, "version": "2"}
    assert gateway.metric("gateway_model_available") == 1


@pytest.mark.parametrize(
    ("path", "reason"), [("/no/such/folder/gateway.db", "unreachable"), ("{tmp_path}/empty.db", "at migration None")]
)
def test_a_database_that_is_not_there_is_not_ready(
    open_gateway: OpenGateway, tmp_path: Path, path: str, reason: str
) -> None:
    """Unreachable or not migrated: 503 with the reason."""
    # given such a database
    gateway = open_gateway(publish=False, database_url=f"sqlite:///{path.format(tmp_path=tmp_path)}")
    # when the gateway is asked whether it is ready, then it is not, and why
    response = gateway.client.get("/readyz")
    document = check_documented(gateway, response, "/readyz")
    assert (response.status_code, document["status"]) == (503, "not ready")
    assert reason in document["database"]


def test_a_database_of_an_older_release_is_not_ready(each_gateway: Gateway) -> None:
    """Tables that this code does not know are not worked on: the way out is named."""
    # given a database at an earlier migration
    at_migration(each_gateway, "0001")
    # when the gateway is asked whether it is ready, then the command that mends it is told
    response = each_gateway.client.get("/readyz")
    assert response.status_code == 503
    assert "0001" in response.get_json()["database"] and "db upgrade" in response.get_json()["database"]


def test_a_release_serves_on_while_the_next_one_is_rolled_out(each_gateway: Gateway) -> None:
    # given a database that a newer release has migrated
    at_migration(each_gateway, "9999")
    # then this one goes on until the newer is ready
    assert each_gateway.client.get("/readyz").status_code == 200


def at_migration(gateway: Gateway, number: str) -> None:
    with gateway.app.app_context(), writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :number"), {"number": number})


def until_available(gateway: Gateway, available: bool) -> bool:
    until_s = time.monotonic() + 3
    while time.monotonic() < until_s:
        if gateway.client.get("/readyz").get_json()["model_server"]["available"] is available:
            return True
        time.sleep(0.02)
    return False


def test_the_model_servers_state_is_known_while_nobody_asks(
    open_gateway: OpenGateway, model_server: FakeModelServer
) -> None:
    """A probe prices a car at its interval: down and up again are noticed without a customer's help."""
    # given a gateway with its monitor running, and no requests
    gateway = open_gateway(probe_interval_s=0.05, deadline_s=0.5)
    gateway.services.prices.start()
    # when the model server goes and comes, then both are known
    assert until_available(gateway, True)
    model_server.stop()
    assert until_available(gateway, False)
    model_server.start()
    assert until_available(gateway, True)


def test_a_version_without_a_card_does_not_end_the_probing(
    open_gateway: OpenGateway, model_server: FakeModelServer
) -> None:
    """A wrong version is known, and so is its end."""
    # given a running monitor, and a model server of an unknown version
    model_server.version = "99"
    gateway = open_gateway(probe_interval_s=0.05, deadline_s=0.5)
    gateway.services.prices.start()
    assert until_available(gateway, True)
    asked = len(model_server.requests)
    # when it is of the known version again
    model_server.version = "1"
    # then it is still asked, and its version known
    until_s = time.monotonic() + 3
    while gateway.services.prices.state.version != "1" and time.monotonic() < until_s:
        time.sleep(0.02)
    assert gateway.services.prices.state.version == "1"
    assert len(model_server.requests) > asked


def test_without_an_interval_nobody_is_probed(open_gateway: OpenGateway, model_server: FakeModelServer) -> None:
    """An interval of 0 switches the probe off."""
    # given a gateway without an interval, when its monitor is started
    gateway = open_gateway(probe_interval_s=0.0)
    gateway.services.prices.start()
    time.sleep(0.1)
    # then the model server is not asked
    assert model_server.requests == []
