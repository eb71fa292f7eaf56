"""Rollouts in tests: one that is there as if somebody had begun it, and gateways beside two model servers."""

from typing import Any

from sqlalchemy import delete

from gateway.db import moments
from gateway.db.rollout import RolloutRow
from gateway.db.transactions import writing
from gateway.services.rollouts import records
from tests.gateway import market
from tests.gateway.conftest import OpenGateway
from tests.gateway.fake_model_server import FakeModelServer
from tests.gateway.gateways import Gateway

ROLLOUTS = "/api/v1/rollouts"
CURRENT = f"{ROLLOUTS}/current"

# Of the market's models, by when version 2 has them: at 10% the first, at 50% the next, at 100% all.
POLO: dict[str, Any] = {"make": "Volkswagen", "model": "Polo", "power_hp": 95}
OCTAVIA: dict[str, Any] = {"make": "Skoda", "model": "Octavia", "fuel": "diesel", "gearbox": "automatic"}
GOLF: dict[str, Any] = {}  # as it is valued without changes


def open_rollout(gateway: Gateway, share_percent: int = 10, **changes: Any) -> RolloutRow:
    """The only one, of version 2 against 1, whether or not anybody serves 2. The gateway follows it."""
    end_rollouts(gateway)
    now = moments.now()
    columns = {
        "open": 1, "version": "2", "champion": "1", "state": records.state_at(share_percent),
        "share_percent": share_percent, "shares": "[0, 10, 50, 100]", "bake_s": 600, "shadow_percent": 0,
        "limits": "{}", "reason": "a test", "began_by": "command", "began_at": now, "step_at": now, **changes,
    }  # fmt: skip
    with gateway.app.app_context():
        with writing() as session:
            row = RolloutRow(**columns)
            session.add(row)
        gateway.services.watch.look()
    return row


def end_rollouts(gateway: Gateway) -> None:
    """As if there had been none."""
    with gateway.app.app_context():
        with writing() as session:
            session.execute(delete(RolloutRow))
        gateway.services.watch.look()


def beside_two(
    open_gateway: OpenGateway, model_server: FakeModelServer, challenger_server: FakeModelServer, **settings: Any
) -> Gateway:
    """A gateway that knows both servers, version 1 and version 2, and has the cards of both."""
    gateway = open_gateway(model_url=f"{model_server.url},{challenger_server.url}", **settings)
    gateway.publish(market.card("2"))
    gateway.services.prices.look()
    return gateway


def beside_one_without_polos(
    open_gateway: OpenGateway, model_server: FakeModelServer, challenger_server: FakeModelServer
) -> Gateway:
    """As beside two, but version 2's card knows no Polo, whatever its server prices."""
    gateway = open_gateway(model_url=f"{model_server.url},{challenger_server.url}")
    card = market.card("2")
    card["vocabulary"] = [known for known in card["vocabulary"] if known["model"] != "Polo"]
    gateway.publish(card)
    gateway.services.prices.look()
    return gateway


def plan(**changes: Any) -> dict[str, Any]:
    """Of a rollout of version 2; a field that is Ellipsis is left out."""
    whole = {"version": "2", "shares": [10, 50, 100], "bake_s": 0, "shadow_percent": 0, "reason": "newer", **changes}
    return {name: value for name, value in whole.items() if value is not ...}
