"""How each route is called so that it does what it is for: for tests that go over all of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from gateway.services import api_tokens, password_resets
from gateway.services.identity import ADMIN, DEALER, OPERATOR, Caller
from tests.gateway.gateways import GOLF, PASSWORD, Gateway

NEW_PASSWORD = "a quiet harbour at noon"
_numbers = count(1)


@dataclass(frozen=True)
class Call:
    """One sound call of a route. Where its path or body names an object, that is made new, and the owner's."""

    path: str
    body: Mapping[str, Any] | None = None
    query: Mapping[str, str] = field(default_factory=dict)


Maker = Callable[[Gateway, Caller], Call]  # of a call on an object of this owner's

MARKS: dict[str, Maker] = {}


def call_of(route: str) -> Callable[[Maker], Maker]:
    """Note how a route, such as "GET /api/v1/filters", is called."""

    def note(make: Maker) -> Maker:
        assert route not in MARKS
        MARKS[route] = make
        return make

    return note


def plain(route: str, body: Mapping[str, Any] | None = None, **query: str) -> None:
    """A route whose path and body name nobody's object."""
    path = route.partition(" ")[2]
    MARKS[route] = lambda _gateway, _owner: Call(path, body, query)


def new_email() -> str:
    return f"somebody{next(_numbers)}@example.org"


plain("GET /livez")
plain("GET /readyz")
plain("GET /api/v1/openapi.json")
plain("GET /api/v1/filters")
plain("GET /api/v1/coefficients")
plain("POST /api/v1/valuations", GOLF)
plain("GET /v2/models/car-price")
plain("GET /api/v1/users", limit="1")
plain("GET /api/v1/users/me")
plain("PATCH /api/v1/users/me", {"name": "Another Name"})
plain("PUT /api/v1/users/me/password", {"current_password": PASSWORD, "new_password": NEW_PASSWORD})
plain("GET /api/v1/sessions")
plain("DELETE /api/v1/sessions")
plain("GET /api/v1/tokens")
plain("POST /api/v1/tokens", {"name": "a program", "scopes": ["infer"]})


@call_of("GET /api/v1/models/<string:version>")
def card(_gateway: Gateway, _owner: Caller) -> Call:
    return Call("/api/v1/models/1")


@call_of("GET /api/v1/valuations/<string:valuation_id>")
def kept_valuation(gateway: Gateway, _owner: Caller) -> Call:
    return Call(f"/api/v1/valuations/{gateway.value(keep=True).get_json()['id']}")


@call_of("POST /v2/models/car-price/infer")
def infer(_gateway: Gateway, _owner: Caller) -> Call:
    golf = {"make": "Volkswagen", "model": "Golf", "fuel": "petrol", "gearbox": "manual", "offer_type": "used"}
    numbers = {"age_years": 4.0, "mileage_km": 48_500.0, "power_hp": 150.0}
    words = [{"name": name, "shape": [1], "datatype": "BYTES", "data": [word]} for name, word in golf.items()]
    others = [{"name": name, "shape": [1], "datatype": "FP64", "data": [number]} for name, number in numbers.items()]
    return Call("/v2/models/car-price/infer", {"inputs": [*words, *others]})


@call_of("POST /api/v1/users")
def register(_gateway: Gateway, _owner: Caller) -> Call:
    return Call("/api/v1/users", {"email": new_email(), "name": "Somebody", "password": NEW_PASSWORD})


@call_of("PUT /api/v1/users/<string:user_id>/role")
def role(_gateway: Gateway, owner: Caller) -> Call:
    return Call(f"/api/v1/users/{owner.id}/role", {"role": owner.role})


@call_of("POST /api/v1/users/<string:user_id>/password-reset")
def reset_link(_gateway: Gateway, owner: Caller) -> Call:
    return Call(f"/api/v1/users/{owner.id}/password-reset")


@call_of("POST /api/v1/sessions")
def log_in(gateway: Gateway, _owner: Caller) -> Call:
    email = new_email()
    gateway.account("customer", email)
    return Call("/api/v1/sessions", {"email": email, "password": PASSWORD})


@call_of("POST /api/v1/password-resets")
def reset(gateway: Gateway, owner: Caller) -> Call:
    with gateway.app.app_context():
        made: password_resets.ResetLink = gateway.services.password_resets.make(OPERATOR, str(owner.id))
    token = made.link.partition("#")[2]
    return Call("/api/v1/password-resets", {"token": token, "password": NEW_PASSWORD})


@call_of("DELETE /api/v1/tokens/<string:prefix>")
def revoke(gateway: Gateway, owner: Caller) -> Call:
    maker = owner if owner.role in (DEALER, ADMIN) else gateway.account(DEALER)
    with gateway.app.app_context():
        made, _ = api_tokens.create(maker, "a program", ["infer"], 1)
    return Call(f"/api/v1/tokens/{made.prefix}")
