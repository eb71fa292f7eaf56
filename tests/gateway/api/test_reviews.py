"""The queue of quarantined feedback: what a reviewer sees, decides, and may not decide."""

from typing import Any

import pytest
from sqlalchemy import select

from gateway.db.audit import AuditRow
from gateway.extensions import db
from gateway.services.identity import ADMIN, CUSTOMER, DEALER, REVIEWER
from gateway.services.secret_values import new_id
from tests.gateway.gateways import Gateway, check_documented, faults, problem
from tests.gateway.reporting import TOO_HIGH, events, report, review, rows, valued

REVIEWS = "/api/v1/reviews"
REVIEW = f"{REVIEWS}/{{feedback_id}}"


def queue(gateway: Gateway, query: str = "") -> dict[str, Any]:
    response = gateway.as_role(REVIEWER).get(f"{REVIEWS}{query}")
    assert response.status_code == 200
    return check_documented(gateway, response, REVIEWS)


def test_a_reviewer_sees_what_he_judges_by(each_gateway: Gateway) -> None:
    """Our price then, how far off the report is, what is behind our price, and what its author is worth."""
    # given a customer of whose reports one was accepted and two rejected, and who reports again
    valuation = valued(each_gateway)
    client = each_gateway.as_role(CUSTOMER)
    ids = [report(each_gateway, valuation["id"], client=client).get_json()["id"] for _ in range(4)]
    for feedback_id, decision in zip(ids, ("accept", "reject", "reject"), strict=False):
        assert review(each_gateway, feedback_id, decision=decision).status_code == 200
    # when a reviewer looks at the queue
    (found,) = queue(each_gateway)["reviews"]
    # then all of it is there
    assert (found["id"], found["state"], found["comment"]) == (ids[3], "quarantined", TOO_HIGH["comment"])
    assert found["ours"] == {
        "price_eur": valuation["price_eur"], **{name: valuation["range"][name] for name in ("low_eur", "high_eur")},
        "confidence": "high", "version": "1", "as_of": "2024-06-30",
    }  # fmt: skip
    assert found["residual_percent"] == pytest.approx((12_000 / valuation["price_eur"] - 1) * 100, abs=0.01)
    assert (found["support"], found["vehicle"]["model"]) == (120, "Golf")
    assert found["record"] == {"accepted": 1, "rejected": 2}
    assert (found["trust"], found["own_estimate"]) == (0.5, False)


def test_nobody_in_particular_has_no_record(gateway: Gateway) -> None:
    """All who report without an account are one pseudonym: what one of them said tells nothing of the next."""
    # given a report without a price by nobody in particular, when it is looked at, then there is no record of him
    report(gateway, valued(gateway)["id"], {"reason": "wrong_data"})
    (found,) = queue(gateway)["reviews"]
    assert (found["pseudonym"], found["record"], found["residual_percent"]) == ("anonymous", None, None)


def test_the_queue_comes_oldest_first_in_pages(each_gateway: Gateway) -> None:
    """Each page begins after the last of the one before, whatever was decided or came in between."""
    # given five reports
    valuation = valued(each_gateway)["id"]
    ids = [report(each_gateway, valuation).get_json()["id"] for _ in range(5)]
    # when the first page is read, one of it is decided and another report comes
    first = queue(each_gateway, "?limit=2")
    review(each_gateway, ids[0])
    ids.append(report(each_gateway, valuation).get_json()["id"])
    # then the next pages go on where the first ended
    second = queue(each_gateway, f"?limit=2&cursor={first['next']}")
    third = queue(each_gateway, f"?limit=2&cursor={second['next']}")
    assert [[each["id"] for each in page["reviews"]] for page in (first, second, third)] == [ids[:2], ids[2:4], ids[4:]]
    assert third["next"] is None
    # and other states and kinds can be asked for
    assert [each["id"] for each in queue(each_gateway, "?state=accepted&kind=report")["reviews"]] == ids[:1]
    assert queue(each_gateway, "?state=accepted&kind=sale")["reviews"] == []


def test_what_cannot_be_asked_for_is_told(gateway: Gateway) -> None:
    # given a query that makes no sense, when it is asked, then each part of it is named
    wrong = gateway.as_role(ADMIN).get(f"{REVIEWS}?state=lost&kind=rent&limit=0&cursor=x&order=up")
    assert faults(wrong) == {
        "state": "unknown", "kind": "unknown", "limit": "out_of_range", "cursor": "out_of_range",
        "order": "unknown_field",
    }  # fmt: skip


def test_a_decision_stands(each_gateway: Gateway) -> None:
    """The same decision again changes nothing, another one is refused; the log has who decided."""
    # given a report that was accepted with a note and a trust
    reporter = each_gateway.as_role(CUSTOMER)
    feedback_id = report(each_gateway, valued(each_gateway)["id"], client=reporter).get_json()["id"]
    response = review(each_gateway, feedback_id, note="seen at\nthe dealer's", trust=0.9)
    answer = check_documented(each_gateway, response, REVIEW)
    assert (answer["state"], answer["note"], answer["trust"]) == ("accepted", "seen at\nthe dealer's", 0.9)
    assert answer["reviewed_by_name"] == "Reviewer"
    # when it is accepted again, then it stands as it was
    assert review(each_gateway, feedback_id).get_json() == answer
    # and it cannot be decided otherwise
    problem(review(each_gateway, feedback_id, decision="reject"), 409)
    problem(review(each_gateway, feedback_id, trust=0.1), 409)
    # and the feed has it once, and the log too
    assert len(events(each_gateway)["events"]) == 1
    with each_gateway.app.app_context():
        deeds = list(db.session.scalars(select(AuditRow).where(AuditRow.target == feedback_id)))
    assert [(deed.action, deed.actor, deed.details) for deed in deeds] == [
        ("feedback.accept", answer["reviewed_by"], '{"trust": 0.9}')
    ]


def test_what_nobody_said_is_trusted_no_further(gateway: Gateway) -> None:
    """A report without an account may be the reviewer's own: it counts no more than hearsay does."""
    # given an anonymous report, when it is accepted with more trust than hearsay has, then that is refused
    feedback_id = report(gateway, valued(gateway)["id"]).get_json()["id"]
    assert faults(review(gateway, feedback_id, trust=0.6)) == {"trust": "out_of_range"}
    assert review(gateway, feedback_id, trust=0.5).status_code == 200


def test_what_is_rejected_is_in_no_feed(gateway: Gateway) -> None:
    # given a report, when it is rejected, then the feed knows nothing of it
    feedback_id = report(gateway, valued(gateway)["id"]).get_json()["id"]
    assert review(gateway, feedback_id, decision="reject").get_json()["state"] == "rejected"
    assert events(gateway)["events"] == []


@pytest.mark.parametrize("role", [REVIEWER, ADMIN])
def test_nobody_reviews_his_own(gateway: Gateway, role: str) -> None:
    """Not even an admin: what one says is judged by somebody else."""
    # given a reviewer's own report, when he accepts it, then he is told why not
    client = gateway.as_role(role)
    feedback_id = report(gateway, valued(gateway)["id"], client=client).get_json()["id"]
    refused = client.post(f"{REVIEWS}/{feedback_id}", json={"decision": "accept"})
    assert "your own" in problem(refused, 403)["detail"]
    assert rows(gateway)[0].state == "quarantined"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"decision": "missing"}),
        ({"decision": "perhaps"}, {"decision": "unknown"}),
        ({"decision": "accept", "trust": 1.5}, {"trust": "out_of_range"}),
        ({"decision": "accept", "trust": "much"}, {"trust": "type"}),
        ({"decision": "reject", "trust": 0.5}, {"trust": "not_allowed"}),
        ({"decision": "accept", "note": "x" * 1_001}, {"note": "too_long"}),
        ({"decision": "accept", "note": "\t"}, {"note": "format"}),
        ({"decision": "accept", "price_eur": 1}, {"price_eur": "unknown_field"}),
    ],
)
def test_all_that_is_wrong_with_a_decision_is_named(
    gateway: Gateway, body: dict[str, Any], expected: dict[str, str]
) -> None:
    # given a wrong decision, when it is sent, then each field is named
    feedback_id = report(gateway, valued(gateway)["id"]).get_json()["id"]
    assert faults(gateway.as_role(REVIEWER).post(f"{REVIEWS}/{feedback_id}", json=body)) == expected


def test_reviews_are_for_reviewers(each_gateway: Gateway) -> None:
    """And for admins; and what is not there is 404."""
    for client, status in (
        (each_gateway.client, 401), (each_gateway.as_role(CUSTOMER), 403), (each_gateway.as_role(DEALER), 403),
        (each_gateway.with_token("feedback"), 403),
    ):  # fmt: skip
        problem(client.get(REVIEWS), status)
        problem(client.post(f"{REVIEWS}/{new_id()}", json={"decision": "accept"}), status)
    for nothing in ("none", "a%00b"):
        response = each_gateway.as_role(ADMIN).post(f"{REVIEWS}/{nothing}", json={"decision": "accept"})
        problem(response, 404)
