"""/api/v1/cars: cars that are offered or in stock, what becomes of them, and their sales."""

from datetime import date

from apiflask import APIBlueprint
from flask import Response

from gateway.api.access import ANYONE, allow, caller
from gateway.api.address import client_address
from gateway.api.body import read_json
from gateway.api.idempotency_key import idempotency_key, takes_idempotency_key
from gateway.api.inputs import read_query, takes
from gateway.api.replies import problems, reply
from gateway.api.schemas.cars import (
    Car, CarChange, CarFacts, CarHistory, CarList, CarListQuery, NewCar, NewCarRequest, SaleRequest,
)  # fmt: skip
from gateway.api.schemas.headers import ETagHeader
from gateway.api.versions import takes_if_match, versioned, wanted_versions
from gateway.services import car_edits, car_lists, cars, offers, sales
from gateway.services.attempts import OFFERS
from gateway.services.car_queries import read_car_query
from gateway.services.container import services
from gateway.services.identity import ADMIN, CUSTOMER, DEALER, REVIEWER

blueprint = APIBlueprint("cars", __name__, tag="Cars")

PATH = "/cars"
ONE = "/cars/<id:car_id>"
LARGEST_BODY_BYTES = 64 * 1024


@blueprint.post(PATH)
@takes(blueprint, NewCarRequest)
@takes_idempotency_key(blueprint)
@blueprint.output(NewCar, status_code=201, headers=ETagHeader)
@blueprint.doc(
    summary="Offer a car, with or without an account; by a dealer: take one into stock",
    responses=problems(400, 401, 403, 409, 413, 415, 422, 429, 503),
)
@allow(ANYONE)
def create() -> Response:
    who, key = caller(), idempotency_key()
    body = read_json(LARGEST_BODY_BYTES)
    if who.role not in cars.STAFF:
        services().attempts.take([(OFFERS, who.id or client_address())])
    return versioned(offers.create(services().valuations, who, body, key, date.today()), 201)


@blueprint.get(PATH)
@takes(blueprint, CarListQuery, "query")
@blueprint.output(CarList)
@blueprint.doc(summary="A page of the cars; customers see their own", responses=problems(401, 403, 422, 503))
@allow(DEALER, ADMIN, own=(CUSTOMER, REVIEWER))
def page() -> Response:
    who = caller()
    rows, following = car_lists.page(who, read_car_query(read_query()))
    return reply({"cars": [cars.document(row, who) for row in rows], "next": following})


@blueprint.get(ONE)
@blueprint.output(Car, headers=ETagHeader)
@blueprint.doc(summary="A car", responses=problems(401, 403, 404, 503))
@allow(DEALER, ADMIN, own=(CUSTOMER, REVIEWER))
def one(car_id: str) -> Response:
    who = caller()
    return versioned(cars.document(cars.find(who, car_id), who))


@blueprint.patch(ONE)
@takes(blueprint, CarChange)
@takes_if_match(blueprint)
@blueprint.output(Car, headers=ETagHeader)
@blueprint.doc(
    summary="Change a car; a customer: price, mileage, contact and note while it is offered, or withdraw it",
    responses=problems(400, 401, 403, 404, 409, 412, 413, 415, 422, 503),
)
@allow(DEALER, ADMIN, own=(CUSTOMER, REVIEWER))
def change(car_id: str) -> Response:
    body = read_json(LARGEST_BODY_BYTES)
    return versioned(
        car_edits.edit(services().valuations, caller(), car_id, body, wanted_versions(), date.today())
    )


@blueprint.delete(ONE)
@takes_if_match(blueprint)
@blueprint.output({}, status_code=204)
@blueprint.doc(
    summary="Delete a car; it can be restored for a time", responses=problems(401, 403, 404, 412, 503)
)
@allow(DEALER, ADMIN)
def delete(car_id: str) -> Response:
    cars.delete(caller(), car_id, wanted_versions())
    return Response(status=204)


@blueprint.post(f"{ONE}/restore")
@blueprint.output(Car, headers=ETagHeader)
@blueprint.doc(summary="Bring back a deleted car", responses=problems(401, 403, 404, 503))
@allow(DEALER, ADMIN)
def restore(car_id: str) -> Response:
    return versioned(cars.restore(caller(), car_id, services().undo))


@blueprint.post(f"{ONE}/sale")
@takes(blueprint, SaleRequest)
@takes_idempotency_key(blueprint)
@blueprint.output(CarFacts, headers=ETagHeader)
@blueprint.doc(
    summary="Mark a car of the stock as sold", responses=problems(400, 401, 403, 404, 409, 413, 415, 422, 503)
)
@allow(DEALER, ADMIN)
def sell(car_id: str) -> Response:
    key = idempotency_key()
    body = read_json(LARGEST_BODY_BYTES)
    return versioned(sales.sell(caller(), car_id, body, key, date.today()))


@blueprint.delete(f"{ONE}/sale")
@blueprint.output(Car, headers=ETagHeader)
@blueprint.doc(summary="Undo a sale, for a time", responses=problems(401, 403, 404, 409, 503))
@allow(DEALER, ADMIN)
def undo_sale(car_id: str) -> Response:
    return versioned(sales.undo(caller(), car_id, services().undo))


@blueprint.get(f"{ONE}/history")
@blueprint.output(CarHistory)
@blueprint.doc(summary="All changes of a car, the newest last", responses=problems(401, 403, 404, 503))
@allow(DEALER, ADMIN, own=(CUSTOMER, REVIEWER))
def history(car_id: str) -> Response:
    return reply({"events": cars.history(caller(), car_id)})
