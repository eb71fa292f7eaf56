"""/api/v1/promotions: the history, written once by whoever promotes."""

import json
from typing import Any

import pytest

from gateway.db.audit import AuditRow
from gateway.extensions import db
from tests.gateway.gateways import Gateway, check_documented, faults, problem

PROMOTIONS = "/api/v1/promotions"
ROUTE = f"{PROMOTIONS}/{{number}}"


def record(number: int = 1, /, **changes: Any) -> dict[str, Any]:
    """The record of a promotion; a field that is Ellipsis is left out."""
    whole = {
        "number": number, "version": str(number), "previous": str(number - 1) if number > 1 else None,
        "promoted_at": "2024-07-01T08:00:00Z", "by": "make run", "reason": "trained on newer listings",
        "figures": {"mae_eur": 1_653.0, "r2": 0.93}, **changes,
    }  # fmt: skip
    return {name: value for name, value in whole.items() if value is not ...}


def history(gateway: Gateway, **query: object) -> Any:
    response = gateway.client.get(PROMOTIONS, query_string=query)
    assert response.status_code == 200, response.text
    return check_documented(gateway, response, PROMOTIONS)


def test_a_record_is_written_once(each_gateway: Gateway) -> None:
    """First 201, the same again 200 in whatever order, another one of the number 409; everybody can read it."""
    # given a program that may publish promotions
    program = each_gateway.with_token("cards")
    # when it publishes one, again, and another one of the same number
    again = dict(reversed(list(record().items())))
    responses = [program.put(f"{PROMOTIONS}/1", json=body) for body in (record(), again, record(by="somebody"))]
    # then the first holds
    assert [response.status_code for response in responses] == [201, 200, 409]
    for response in responses:
        check_documented(each_gateway, response, ROUTE)
    assert history(each_gateway) == {"promotions": [record()], "next": None}
    # and the audit log has it once
    with each_gateway.app.app_context():
        noted = db.session.scalars(db.select(AuditRow).where(AuditRow.action == "promotion.put")).all()
        assert [(row.target, json.loads(row.details)) for row in noted] == [("1", {"version": "1"})]


def test_the_newest_stands_first_in_pages(each_gateway: Gateway) -> None:
    """By number, however late a record came."""
    # given five promotions that came in disorder
    program = each_gateway.with_token("cards")
    for number in (2, 5, 1, 4, 3):
        program.put(f"{PROMOTIONS}/{number}", json=record(number))
    # when they are read in pages of two
    pages = [history(each_gateway, limit=2)]
    while pages[-1]["next"] is not None:
        pages.append(history(each_gateway, limit=2, before=pages[-1]["next"]))
    # then they come in order, each once
    assert [[each["number"] for each in page["promotions"]] for page in pages] == [[5, 4], [3, 2], [1]]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"number": 2}, {"number": "disagrees"}), ({"number": True}, {"number": "disagrees"}),
        ({"number": "1"}, {"number": "disagrees"}), ({"number": ...}, {"number": "missing"}),
        ({"version": 1}, {"version": "type"}), ({"version": "a b"}, {"version": "format"}),
        ({"previous": ...}, {"previous": "missing"}), ({"previous": ""}, {"previous": "missing"}),
        ({"promoted_at": "2024-07-01"}, {"promoted_at": "format"}),
        ({"promoted_at": "2024-02-30T08:00:00Z"}, {"promoted_at": "format"}),
        ({"promoted_at": "2024-07-01T08:00:00+02:00"}, {"promoted_at": "format"}),
        ({"promoted_at": "\u0662024-07-01T08:00:00Z"}, {"promoted_at": "format"}),
        ({"by": ""}, {"by": "missing"}), ({"by": "x" * 81}, {"by": "too_long"}), ({"by": "\ud800"}, {"by": "format"}),
        ({"reason": " "}, {"reason": "missing"}), ({"reason": "x" * 501}, {"reason": "too_long"}),
        ({"reason": "\x00"}, {"reason": "type"}), ({"reason": None}, {"reason": "missing"}),
        ({"figures": []}, {"figures": "type"}), ({"figures": {"luck": 1}}, {"figures": "type"}),
        ({"figures": {"r2": True}}, {"figures": "type"}), ({"figures": {"r2": 1e999}}, {"figures": "type"}),
        ({"figures": {"r2": 10**400}}, {"figures": "type"}), ({"colour": "red"}, {"colour": "unknown_field"}),
    ],
)  # fmt: skip
def test_what_is_no_record_is_refused(gateway: Gateway, changes: dict[str, Any], named: dict[str, str]) -> None:
    """Every field at fault is named, and nothing is written."""
    # given a record with such a field, when it is put, then it is refused
    response = gateway.with_token("cards").put(f"{PROMOTIONS}/1", json=record(**changes))
    assert faults(response) == named
    check_documented(gateway, response, ROUTE)
    assert history(gateway)["promotions"] == []


@pytest.mark.parametrize("number", [0, 2**31, 10**30])
def test_a_number_that_is_none_is_refused(each_gateway: Gateway, number: int) -> None:
    """Numbers begin with 1 and end where the database's do."""
    # given such a number, when its record is put, then it is refused
    response = each_gateway.with_token("cards").put(f"{PROMOTIONS}/{number}", json=record(number))
    assert faults(response) == {"number": "out_of_range"}


def test_who_may_not_publish_is_refused(gateway: Gateway) -> None:
    """Another scope, another role, nobody."""
    # given callers without the right, when they put a record, then they are refused
    for client, status in (
        (gateway.with_token("infer"), 403), (gateway.as_role("dealer"), 403), (gateway.client, 401),
    ):  # fmt: skip
        problem(client.put(f"{PROMOTIONS}/1", json=record()), status)
    assert gateway.as_role("admin").put(f"{PROMOTIONS}/1", json=record()).status_code == 201


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"limit": "x"}, {"limit": "out_of_range"}), ({"before": "0"}, {"before": "out_of_range"}),
        ({"before": str(2**31)}, {"before": "out_of_range"}), ({"after": "1"}, {"after": "unknown_field"}),
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_meant_is_refused(gateway: Gateway, query: Any, named: dict[str, str]) -> None:
    """What is at fault is named."""
    # given such a query, when the history is asked for, then it is refused
    assert faults(gateway.client.get(PROMOTIONS, query_string=query)) == named
