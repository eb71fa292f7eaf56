"""/api/v1/offers/{code}: an offer's public status page, and withdrawing the offer."""

from apiflask import APIBlueprint
from flask import Response

from gateway.api.access import ANYONE, allow
from gateway.api.replies import problems, reply
from gateway.api.schemas.offers import Offer
from gateway.services import offers

blueprint = APIBlueprint("offers", __name__, tag="Offers")

PATH = "/offers/<string:code>"


@blueprint.get(PATH)
@blueprint.output(Offer)
@blueprint.doc(summary="How an offer stands, by its reference code", responses=problems(404, 503))
@allow(ANYONE)
def status(code: str) -> Response:
    return reply(offers.status(code))


@blueprint.delete(PATH)
@blueprint.output(Offer)
@blueprint.doc(summary="Withdraw an offer by its reference code; safe to repeat", responses=problems(404, 409, 503))
@allow(ANYONE)
def withdraw(code: str) -> Response:
    return reply(offers.withdraw(code))
