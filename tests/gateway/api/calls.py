"""How each route is called so that it does what it is for: for tests that go over all of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.services import api_tokens, password_resets
from gateway.services.identity import ADMIN, CUSTOMER, DEALER, OPERATOR, REVIEWER, Caller
from tests.gateway import lives, market
from tests.gateway.gateways import GOLF, PASSWORD, Gateway
from tests.gateway.rolling import end_rollouts, open_rollout

CAR = {name: value for name, value in GOLF.items() if name != "as_of"}
CONTACT = {"name": "Somebody", "phone": "+49 30 1234567"}
NEW_PASSWORD = "a quiet harbour at noon"
_numbers = count(1)


@dataclass(frozen=True)
class Call:
    """One sound call of a route. Where its path or body names an object, that is made new, and the owner's."""

    path: str
    body: Mapping[str, Any] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    file: str | None = None  # in the place of a JSON body, CSV or of the type below
    media_type: str = "text/csv"

    def send(self, client: FlaskClient, route: str) -> TestResponse:
        """Send it as this client."""
        sent: dict[str, Any] = {"json": self.body}
        if self.file is not None:
            sent = {"data": self.file, "content_type": self.media_type}
        method = route.partition(" ")[0]
        return client.open(self.path, method=method, query_string=self.query, buffered=True, **sent)


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
plain("GET /api/v1/site")
plain("GET /api/v1/filters")
plain("GET /api/v1/coefficients")
plain("POST /api/v1/valuations", GOLF)
plain("POST /api/v1/valuations/comparables", GOLF)
plain("GET /api/v1/market")
plain("GET /api/v1/listings", make="Volkswagen")
plain("GET /api/v1/listings/runs", source=lives.SOURCE)
plain("GET /v2/models/car-price")
plain("GET /api/v1/users", limit="1")
plain("GET /api/v1/users/me")
plain("PATCH /api/v1/users/me", {"name": "Another Name"})
plain("PUT /api/v1/users/me/password", {"current_password": PASSWORD, "new_password": NEW_PASSWORD})
plain("GET /api/v1/sessions")
plain("DELETE /api/v1/sessions")
plain("GET /api/v1/tokens")
plain("DELETE /api/v1/users/me")
plain("GET /api/v1/users/me/export")
plain("GET /api/v1/users/me/feedback")
plain("GET /api/v1/valuations")
plain("POST /api/v1/cars", {**CAR, "contact": CONTACT})
plain("GET /api/v1/cars")
plain("GET /api/v1/reviews")
plain("GET /api/v1/models")
plain("GET /api/v1/promotions")
plain("GET /api/v1/feedback")
plain("GET /api/v1/rollouts")
plain("POST /api/v1/tokens", {"name": "a program", "scopes": ["infer"]})


@call_of("GET /api/v1/models/<string:version>")
def card(_gateway: Gateway, _owner: Caller) -> Call:
    return Call("/api/v1/models/1")


@call_of("GET /api/v1/models/<string:version>/comparison/<string:other>")
def comparison(_gateway: Gateway, _owner: Caller) -> Call:
    return Call("/api/v1/models/1/comparison/1")


@call_of("GET /api/v1/models/<string:version>/live")
def live(_gateway: Gateway, _owner: Caller) -> Call:
    return Call("/api/v1/models/1/live")


@call_of("PUT /api/v1/models/<string:version>")
def put_card(_gateway: Gateway, _owner: Caller) -> Call:
    return Call("/api/v1/models/1", market.card())


@call_of("PUT /api/v1/promotions/<int:number>")
def put_promotion(_gateway: Gateway, _owner: Caller) -> Call:
    number = next(_numbers)
    moment = "2026-05-31T09:15:00Z"
    record = {"number": number, "version": "1", "previous": None, "promoted_at": moment, "by": "CI", "reason": "new"}
    return Call(f"/api/v1/promotions/{number}", {**record, "figures": {}})


@call_of("GET /api/v1/valuations/<id:valuation_id>")
def kept_valuation(gateway: Gateway, _owner: Caller) -> Call:
    return Call(f"/api/v1/valuations/{gateway.value(keep=True).get_json()['id']}")


@call_of("GET /api/v1/valuations/<id:valuation_id>/comparables")
def comparables_of_kept(gateway: Gateway, _owner: Caller) -> Call:
    return Call(f"/api/v1/valuations/{gateway.value(keep=True).get_json()['id']}/comparables")


@call_of("PUT /api/v1/listings")
def bring_listings(_gateway: Gateway, _owner: Caller) -> Call:
    query = {"source": lives.SOURCE, "run": f"run-{next(_numbers)}", "part": "1", "parts": "1"}
    file = lives.lines([lives.life()]).decode()
    return Call("/api/v1/listings", query=query, file=file, media_type="application/x-ndjson")


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


@call_of("PUT /api/v1/users/<id:user_id>/role")
def role(_gateway: Gateway, owner: Caller) -> Call:
    return Call(f"/api/v1/users/{owner.id}/role", {"role": owner.role})


@call_of("POST /api/v1/users/<id:user_id>/password-reset")
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


@call_of("POST /api/v1/valuations/batch")
def batch(_gateway: Gateway, _owner: Caller) -> Call:
    rows = ",".join(GOLF) + "\n" + ",".join(map(str, GOLF.values())) + "\n"
    return Call("/api/v1/valuations/batch", file=rows)


def new_car(gateway: Gateway, owner: Caller, state: str = "offered") -> Any:
    """A car that the owner offered, in this state by now."""
    seller = owner if owner.role in (CUSTOMER, REVIEWER) else gateway.account(CUSTOMER)
    car = gateway.logged_in(seller).post("/api/v1/cars", json=CAR).get_json()
    dealer = gateway.logged_in(gateway.account(DEALER))
    path = f"/api/v1/cars/{car['id']}"
    if state in ("in_stock", "sold"):
        assert dealer.patch(path, json={"state": "in_stock"}).status_code == 200
    if state == "sold":
        assert dealer.post(f"{path}/sale", json=SALE).status_code == 200
    if state == "deleted":
        assert dealer.delete(path).status_code == 204
    return car


SALE = {"sale_price_eur": 15_000, "sold_on": "2024-06-30"}


def about_a_car(route: str, body: Mapping[str, Any] | None = None, state: str = "offered") -> None:
    """A route about one car."""

    def make(gateway: Gateway, owner: Caller) -> Call:
        car_id = new_car(gateway, owner, state)["id"]
        return Call(route.partition(" ")[2].replace("<id:car_id>", car_id), body)

    call_of(route)(make)


about_a_car("GET /api/v1/cars/<id:car_id>")
about_a_car("PATCH /api/v1/cars/<id:car_id>", {"mileage_km": 50_000})
about_a_car("DELETE /api/v1/cars/<id:car_id>")
about_a_car("POST /api/v1/cars/<id:car_id>/restore", state="deleted")
about_a_car("POST /api/v1/cars/<id:car_id>/sale", SALE, "in_stock")
about_a_car("DELETE /api/v1/cars/<id:car_id>/sale", state="sold")
about_a_car("GET /api/v1/cars/<id:car_id>/history")


def about_an_offer(route: str) -> None:
    """A route about an offer, by its code."""

    def make(gateway: Gateway, owner: Caller) -> Call:
        return Call(f"/api/v1/offers/{new_car(gateway, owner)['code']}")

    call_of(route)(make)


about_an_offer("GET /api/v1/offers/<string:code>")
about_an_offer("DELETE /api/v1/offers/<string:code>")

REPORT = {"reason": "too_high", "price_eur": 15_000, "price_kind": "asking"}


def new_report(gateway: Gateway, owner: Caller) -> str:
    """The id of a report of the owner's."""
    valuation = gateway.value(keep=True).get_json()["id"]
    sent = gateway.logged_in(owner).post(f"/api/v1/valuations/{valuation}/reports", json=REPORT)
    return sent.get_json()["id"]


@call_of("POST /api/v1/valuations/<id:valuation_id>/reports")
def report(gateway: Gateway, _owner: Caller) -> Call:
    return Call(f"/api/v1/valuations/{gateway.value(keep=True).get_json()['id']}/reports", REPORT)


@call_of("DELETE /api/v1/feedback/<id:feedback_id>")
def withdraw_report(gateway: Gateway, owner: Caller) -> Call:
    return Call(f"/api/v1/feedback/{new_report(gateway, owner)}")


@call_of("POST /api/v1/reviews/<id:feedback_id>")
def review(gateway: Gateway, owner: Caller) -> Call:
    return Call(f"/api/v1/reviews/{new_report(gateway, owner)}", {"decision": "accept"})


@call_of("GET /api/v1/rollouts/current")
def rollout_now(gateway: Gateway, _owner: Caller) -> Call:
    open_rollout(gateway)
    return Call("/api/v1/rollouts/current")


@call_of("DELETE /api/v1/rollouts/current")
def rollout_back(gateway: Gateway, _owner: Caller) -> Call:
    open_rollout(gateway)
    return Call("/api/v1/rollouts/current", {"reason": "too dear"})


@call_of("POST /api/v1/rollouts")
def begin_rollout(gateway: Gateway, _owner: Caller) -> Call:
    end_rollouts(gateway)
    return Call("/api/v1/rollouts", {"version": "1", "at_once": True, "reason": "the first version"})
