"""API tokens: made once, good for their scopes, dead at once."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from gateway.db import moments
from gateway.db.account import ApiTokenRow
from gateway.db.transactions import writing
from gateway.extensions import db
from gateway.services.identity import SCOPES
from tests.gateway.gateways import Gateway, check_documented, faults, problem

TOKENS, V2 = "/api/v1/tokens", "/v2/models/car-price"


def call(gateway: Gateway, token: str, path: str = V2) -> int:
    return gateway.app.test_client().get(path, headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_token_is_shown_once_and_works(each_gateway: Gateway) -> None:
    """Its secret is in no list, and in no row."""
    # given a dealer, when he makes a token
    client = each_gateway.as_role("dealer")
    response = client.post(TOKENS, json={"name": "notebook", "scopes": ["infer", "infer"], "days": 7})
    made = check_documented(each_gateway, response, TOKENS)
    # then it opens what its scope says and nothing else
    assert (response.status_code, made["scopes"]) == (201, ["infer"])
    assert made["token"].startswith(f"dsh_{made['prefix']}_")
    assert call(each_gateway, made["token"]) == 200
    assert call(each_gateway, made["token"], "/api/v1/users/me") == 403
    # and nobody is told it again
    listed = check_documented(each_gateway, client.get(TOKENS), TOKENS)["tokens"]
    assert listed == [{name: value for name, value in made.items() if name != "token"}]
    with each_gateway.app.app_context():
        row = db.session.scalars(select(ApiTokenRow)).one()
        assert made["token"].rsplit("_", 1)[1] not in (row.secret_hash, row.prefix)


def test_a_token_ends_at_once_when_it_is_revoked(each_gateway: Gateway) -> None:
    """Its owner's word is enough; to others it is not there."""
    # given two dealers, and a token of one
    mine, others = each_gateway.as_role("dealer"), each_gateway.as_role("dealer")
    made = mine.post(TOKENS, json={"name": "notebook", "scopes": ["infer"]}).get_json()
    # when the other revokes it, then it is not there for him
    problem(others.delete(f"{TOKENS}/{made['prefix']}"), 404)
    assert call(each_gateway, made["token"]) == 200
    # and when its owner does, then it is dead, and may be revoked again
    assert [mine.delete(f"{TOKENS}/{made['prefix']}").status_code for _ in range(2)] == [204, 204]
    assert call(each_gateway, made["token"]) == 401
    assert mine.get(TOKENS).get_json()["tokens"][0]["revoked_at"] is not None


def test_a_token_ends_by_itself(each_gateway: Gateway) -> None:
    """What is forgotten does not stay open forever."""
    # given a token whose days are over
    client = each_gateway.as_role("dealer")
    made = client.post(TOKENS, json={"name": "notebook", "scopes": ["infer"], "days": 1}).get_json()
    with each_gateway.app.app_context(), writing() as session:
        session.execute(update(ApiTokenRow).values(expires_at=moments.now() - timedelta(seconds=1)))
    # when it is used, then it is none
    assert call(each_gateway, made["token"]) == 401


def test_a_token_is_no_better_than_its_owner(each_gateway: Gateway) -> None:
    """Who is no dealer any more has no dealer's token either."""
    # given a dealer's token
    dealer, admin = each_gateway.account("dealer"), each_gateway.as_role("admin")
    made = each_gateway.logged_in(dealer).post(TOKENS, json={"name": "notebook", "scopes": ["infer"]}).get_json()
    assert call(each_gateway, made["token"]) == 200
    # when his role is taken, then the token is good for nothing
    admin.put(f"/api/v1/users/{dealer.id}/role", json={"role": "customer"})
    assert call(each_gateway, made["token"]) == 403


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("role", ["customer", "dealer", "reviewer", "admin"])
def test_a_role_makes_tokens_for_what_it_may(gateway: Gateway, role: str, scope: str) -> None:
    """Nobody hands on a right that he does not have."""
    # given somebody of this role, when he wants a token of this scope
    response = gateway.as_role(role).post(TOKENS, json={"name": "program", "scopes": [scope]})
    # then he gets it if his role may give it
    if role in SCOPES[scope]:
        assert response.status_code == 201
    elif role == "dealer":
        assert faults(response) == {"scopes": "not_allowed"}
    else:
        problem(response, 403)


@pytest.mark.parametrize(
    "body, field",
    [
        ({"name": "x", "scopes": []}, "scopes"), ({"name": "x", "scopes": "infer"}, "scopes"),
        ({"name": "x", "scopes": ["fly"]}, "scopes"), ({"name": "x", "scopes": [1]}, "scopes"),
        ({"name": "", "scopes": ["infer"]}, "name"), ({"name": "x", "scopes": ["infer"], "days": 0}, "days"),
        ({"name": "x", "scopes": ["infer"], "days": 367}, "days"),
        ({"name": "x", "scopes": ["infer"], "days": True}, "days"),
        ({"name": "x", "scopes": ["infer"], "days": None}, "days"),
        ({"name": "x", "scopes": ["infer"], "owner": "me"}, "owner"),
    ],
)  # fmt: skip
def test_what_makes_no_token_is_refused(gateway: Gateway, body: dict, field: str) -> None:
    """The field at fault is named."""
    # given a wish with something wrong in it, when it is sent, then that is told
    assert list(faults(gateway.as_role("admin").post(TOKENS, json=body))) == [field]


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x", "Bearer dsh_", "Bearer dsh_00000000_", "Basic YTpi", "dsh_1_2", "Bearer \xe4"]
)
def test_what_is_no_token_opens_nothing(gateway: Gateway, header: str) -> None:
    """Neither nonsense nor another scheme."""
    # given such a header, when it is sent, then it is refused
    problem(gateway.client.get(TOKENS, headers={"Authorization": header}), 401)
