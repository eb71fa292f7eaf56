"""Feedback as tests give, review and fetch it."""

from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from gateway.db.feedback import FeedbackRow
from gateway.extensions import db
from gateway.services.identity import REVIEWER
from tests.gateway.gateways import VALUATIONS, Gateway, check_documented

REPORTS = f"{VALUATIONS}/{{valuation_id}}/reports"
FEED = "/api/v1/feedback"
TOO_HIGH = {"reason": "too_high", "price_eur": 12_000, "price_kind": "sale", "comment": "It sold\nfor less."}


def valued(gateway: Gateway) -> dict[str, Any]:
    """A kept valuation of a Golf."""
    return gateway.value(keep=True).get_json()


def report(gateway: Gateway, valuation: str, body: Any = TOO_HIGH, client: Any = None, key: str = "") -> TestResponse:
    headers = {"Idempotency-Key": key} if key else {}
    return (client or gateway.client).post(f"{VALUATIONS}/{valuation}/reports", json=body, headers=headers)


def review(gateway: Gateway, feedback_id: str, **decision: Any) -> TestResponse:
    decision = {"decision": "accept", **decision}
    return gateway.as_role(REVIEWER).post(f"/api/v1/reviews/{feedback_id}", json=decision)


def events(gateway: Gateway, since: int = 0, limit: int = 500) -> dict[str, Any]:
    response = gateway.with_token("feedback").get(f"{FEED}?since={since}&limit={limit}")
    assert response.status_code == 200
    return check_documented(gateway, response, FEED)


def rows(gateway: Gateway) -> list[FeedbackRow]:
    with gateway.app.app_context():
        return list(db.session.scalars(select(FeedbackRow).order_by(FeedbackRow.sequence)))
