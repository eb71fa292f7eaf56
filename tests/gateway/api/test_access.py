"""Who may call: what a view does not declare is refused."""

from tests.gateway.conftest import OpenGateway
from tests.gateway.gateways import problem


def test_a_route_that_does_not_say_is_refused(open_gateway: OpenGateway) -> None:
    """A new view that forgets its declaration is closed, not open."""
    # given an app with a view that declares nothing
    gateway = open_gateway()
    gateway.app.add_url_rule("/api/v1/forgotten", "forgotten", lambda: "secret")
    # when it is called, even from this machine, then it is refused
    response = gateway.client.get("/api/v1/forgotten")
    problem(response, 403)
    assert "secret" not in response.text
