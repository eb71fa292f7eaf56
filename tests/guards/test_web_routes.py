"""The web app's table of routes, the gateway's, and the list of states that are tested, speak of the same pages."""

from gateway.web_app import KNOWN, PAGES
from tests.e2e.all_states import STATES
from tests.e2e.routes import web_routes


def test_the_gateway_knows_the_web_apps_addresses() -> None:
    """Of them it answers 200, of all others 404."""
    # given the web app's routes, when the gateway's pages are listed, then they are the same
    assert sorted(PAGES) == sorted(route.path for route in web_routes() if route.name != "missing")
    assert KNOWN.fullmatch("/sell/status") and KNOWN.fullmatch("/sell/status/AB-12") and KNOWN.fullmatch("/models/1")
    assert not KNOWN.fullmatch("/sell/status/") and not KNOWN.fullmatch("/models/1/2") and not KNOWN.fullmatch("/x")


def test_every_route_has_states_that_are_tested() -> None:
    """In each of them a page is opened in a real browser, and axe looks at it."""
    # given the routes, when the states' routes are listed, then each route has one, and no state is of another
    assert {route.name for route in web_routes()} == {state.route for state in STATES}


def test_states_have_names_of_their_own() -> None:
    """By which their screenshots are kept."""
    # given all states, when they are named, then no name comes twice
    names = [str(state) for state in STATES]
    assert sorted(set(names)) == sorted(names)
