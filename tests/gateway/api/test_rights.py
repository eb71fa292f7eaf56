"""Every route, with every method, by every kind of caller, on his own objects and on others'."""

from collections.abc import Iterator

import pytest

from gateway.api.access import ANYONE, Rule, rule_of
from gateway.app import create_app
from gateway.config import Config
from gateway.services.identity import ANONYMOUS, CUSTOMER, ROLES, SCOPES, Caller
from tests.gateway import market
from tests.gateway.api.calls import MARKS
from tests.gateway.databases import SqliteDatabases
from tests.gateway.fake_model_server import FakeModelServer
from tests.gateway.gateways import Gateway

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
TOKENS = {f"a token for {scope}": scope for scope in SCOPES}
CALLERS = (ANONYMOUS, *ROLES, *TOKENS)
OWN, OTHERS = "his own", "another's"
# The one page of the web app, and its files: for everybody, and not of the API.
PAGES = ("web_app.",)


def routes() -> dict[str, Rule]:
    """Every route of the API, such as "GET /api/v1/filters", with what it declares."""
    app = create_app(Config(database_url="sqlite://"))
    declared = {}
    for each in app.url_map.iter_rules():
        if not each.endpoint.startswith(PAGES):
            for method in (each.methods or set()) & METHODS:
                rule = rule_of(app, each.endpoint)
                assert rule is not None, f"{each.rule} does not say who may call it"
                declared[f"{method} {each.rule}"] = rule
    return declared


ROUTES = routes()
MATRIX = [
    (route, who, whose)
    for route, rule in sorted(ROUTES.items()) for who in CALLERS
    for whose in ((OWN, OTHERS) if who in rule.own and "<" in route else (OTHERS,))
]  # fmt: skip


@pytest.fixture(scope="module")
def house(sqlite_databases: SqliteDatabases) -> Iterator[Gateway]:
    """One gateway for the whole matrix: each call has objects and an account of its own."""
    server = FakeModelServer(market.table())
    server.start()
    url = sqlite_databases.new()
    gateway = Gateway(
        create_app(Config(database_url=url, model_url=server.url, limit_attempts=False))
    )
    gateway.publish(market.card())
    gateway.account("admin")  # none of the others is the last
    yield gateway
    gateway.services.prices.stop()
    server.stop()


def expected(route: str, who: str, whose: str) -> str:
    """What the declaration says of this caller."""
    rule = ROUTES[route]
    if ANYONE in rule.roles or who in rule.roles or TOKENS.get(who) in rule.scopes:
        return "done"
    if who == ANONYMOUS:
        return "401"
    if who in rule.own:
        return "done" if whose == OWN or "<" not in route else "404"  # a list has what is his own in it
    return "403"


def test_there_is_a_call_of_every_route() -> None:
    """A new route joins the matrix, or this fails."""
    # given all routes, when the calls are counted, then each has one, and there is none of no route
    assert set(MARKS) == set(ROUTES)


@pytest.mark.parametrize("route, who, whose", MATRIX)
def test_who_may_do_what(house: Gateway, route: str, who: str, whose: str) -> None:
    """As declared, and nothing else: allowed is done, and what is not allowed says why."""
    # given this caller, and an object of this owner
    rule = ROUTES[route]
    account: Caller | None = house.account(who) if who in ROLES else None
    if whose == OWN:
        assert account is not None
        owner = account
    else:
        owner = house.account(who if who in rule.own else CUSTOMER)
    if account is not None:
        client = house.logged_in(account)
    else:
        client = house.app.test_client() if who == ANONYMOUS else house.with_token(TOKENS[who])
    call = MARKS[route](house, owner)
    # when he calls it
    response = call.send(client, route)
    # then the answer is the declared one
    outcome = "done" if response.status_code < 300 else str(response.status_code)
    assert outcome == expected(route, who, whose), response.text[:500]
