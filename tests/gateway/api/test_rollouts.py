"""/api/v1/rollouts: beginning, looking, taking back; one at a time, and none of a version that cannot have traffic."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from werkzeug.test import TestResponse

from gateway.cli import main
from gateway.db.audit import AuditRow
from gateway.extensions import db
from gateway.services.identity import ADMIN
from tests.gateway import market
from tests.gateway.conftest import OpenGateway
from tests.gateway.fake_model_server import FakeModelServer
from tests.gateway.gateways import Gateway, check_documented, faults, problem
from tests.gateway.rolling import CURRENT, POLO, ROLLOUTS, beside_two, plan


@pytest.fixture
def two(
    open_gateway: OpenGateway, model_server: FakeModelServer, challenger_server: FakeModelServer, database_url: str
) -> Gateway:
    """A gateway beside version 1, the champion, and version 2, on either database."""
    return beside_two(open_gateway, model_server, challenger_server, database_url=database_url)


def begin(gateway: Gateway, **changes: Any) -> TestResponse:
    return gateway.with_token("cards").post(ROLLOUTS, json=plan(**changes))


def begun(gateway: Gateway, **changes: Any) -> Any:
    response = begin(gateway, **changes)
    assert response.status_code == 200, response.text
    return check_documented(gateway, response, ROLLOUTS)


def current(gateway: Gateway) -> Any:
    return check_documented(gateway, gateway.with_token("cards").get(CURRENT), CURRENT)


def back(gateway: Gateway, **body: Any) -> TestResponse:
    return gateway.with_token("cards").delete(CURRENT, json=body)


def version_of(gateway: Gateway, **changes: Any) -> str:
    return gateway.value(**changes).get_json()["model"]["version"]


def test_a_rollout_begins_with_its_first_share(two: Gateway) -> None:
    """And the process that began it follows at once."""
    # given two servers, when a rollout begins
    found = begun(two, shares=[10, 50], limits={"p95_difference": 0.1}, reason=" newer listings ")
    # then it is told as it is
    assert (found["number"], found["version"], found["champion"], found["state"]) == (1, "2", "1", "canary")
    assert (found["share_percent"], found["shares"], found["reason"]) == (10, [10, 50], "newer listings")
    assert (found["limits"]["p95_difference"], found["limits"]["median_difference"]) == (0.1, 0.05)
    assert (found["alarm"], found["ended_at"]) == (None, None)
    # and models have their versions
    assert (version_of(two, **POLO), version_of(two)) == ("2", "1")
    # and what was counted stands in it once it was told
    with two.app.app_context():
        two.services.watch.tell()
    assert [(each["version"], each["requests"]) for each in current(two)["versions"]] == [("1", 1), ("2", 1)]
    # and the audit log has it
    with two.app.app_context():
        noted = db.session.scalars(db.select(AuditRow).where(AuditRow.action == "rollout.begin")).one()
    assert json.loads(noted.details) == {"version": "2", "shares": [10, 50], "at_once": False}


def test_without_a_word_it_begins_in_the_shadow(two: Gateway) -> None:
    found = begun(two, shares=..., bake_s=..., shadow_percent=...)
    assert (found["state"], found["shares"], found["share_percent"]) == ("shadow", [0, 10, 50, 100], 0)
    assert (found["bake_s"], found["shadow_percent"]) == (600, 10)


def test_taking_back_gives_everything_to_the_champion(two: Gateway) -> None:
    # given an open rollout, when it is taken back
    begun(two)
    response = back(two, reason="too dear")
    found = check_documented(two, response, CURRENT)
    # then it is, by whom and why
    assert (found["state"], found["end_reason"], found["alarm"]) == ("rolled_back", "too dear", None)
    assert version_of(two, **POLO) == "1"
    # and there is none to take back any more
    assert problem(back(two, reason="again"), 409)["code"] == "no_rollout_open"
    # and another one can begin
    assert begun(two)["number"] == 2


def test_people_are_named(two: Gateway) -> None:
    """Whoever works here, by his account's name; a program has none."""
    # given a rollout that an admin began, when a program ends it
    assert two.as_role(ADMIN).post(ROLLOUTS, json=plan()).status_code == 200
    assert back(two, reason="too dear").status_code == 200
    # then both places tell so
    listed = check_documented(two, two.with_token("cards").get(ROLLOUTS), ROLLOUTS)["rollouts"]
    for found in (current(two), *listed):
        assert (found["began_by_name"], found["ended_by_name"]) == ("Admin", None)
        assert found["ended_by"].startswith("token:")


def test_switching_at_once(two: Gateway, challenger_server: FakeModelServer) -> None:
    # given two versions, when one is switched to
    found = begun(two, at_once=True)
    # then it prices everything
    assert (found["state"], found["share_percent"], found["end_reason"]) == ("done", 100, "at once")
    assert (version_of(two, **POLO), version_of(two)) == ("2", "2")
    # and the same again changes nothing
    assert begun(two, at_once=True)["number"] == 1
    # and back is a switch as well
    assert begun(two, version="1", at_once=True)["number"] == 2
    assert version_of(two) == "1"


def test_a_switch_needs_no_champion(open_gateway: OpenGateway, model_server: FakeModelServer) -> None:
    """The first version of a new installation."""
    # given one server, when its version is switched to, then it is the champion, and nobody was before it
    gateway = open_gateway()
    found = begun(gateway, version="1", at_once=True)
    assert (found["champion"], found["state"]) == (None, "done")
    # and it is no challenger of itself
    assert "champion already" in problem(begin(gateway, version="1"), 409)["detail"]


def test_a_version_that_cannot_have_traffic_is_refused(two: Gateway, challenger_server: FakeModelServer) -> None:
    """No card, served nowhere, or by a server that does not answer: each is said."""
    assert "no card" in problem(begin(two, version="3"), 409)["detail"]
    two.publish(market.card("3"))
    assert "serves version 3; they answer: 1, 2" in problem(begin(two, version="3"), 409)["detail"]
    assert "champion already" in problem(begin(two, version="1"), 409)["detail"]
    challenger_server.version = "3"
    assert begun(two, version="3", at_once=True)["version"] == "3"
    challenger_server.stop()
    two.services.prices.look()
    assert "does not answer: down" in problem(begin(two, version="3"), 409)["detail"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"version": ...}, "version"), ({"version": 2}, "version"), ({"reason": ...}, "reason"),
        ({"reason": "two\nlines"}, "reason"), ({"shares": []}, "shares"), ({"shares": [50, 10]}, "shares"),
        ({"shares": [10, 10]}, "shares"), ({"shares": [0]}, "shares"), ({"shares": [101]}, "shares"),
        ({"shares": [True]}, "shares"), ({"shares": "10"}, "shares"), ({"shares": [10.5]}, "shares"),
        ({"bake_s": -1}, "bake_s"), ({"bake_s": 1.5}, "bake_s"), ({"bake_s": 10**9}, "bake_s"),
        ({"shadow_percent": 101}, "shadow_percent"), ({"shares": [0, 10]}, "shadow_percent"),
        ({"limits": []}, "limits"), ({"limits": {"errors": 1}}, "limits.errors"), ({"at_once": 1}, "at_once"),
        ({"limits": {"errors_percent": 101}}, "limits.errors_percent"), ({"colour": "red"}, "colour"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_meant_is_refused(gateway: Gateway, changes: dict[str, Any], field: str) -> None:
    assert list(faults(begin(gateway, **changes))) == [field]


def test_a_reason_to_take_back_is_needed(gateway: Gateway) -> None:
    assert faults(back(gateway)) == {"reason": "missing"}
    assert faults(back(gateway, reason="x", force=True)) == {"force": "unknown_field"}


def test_before_the_first_there_is_none(gateway: Gateway) -> None:
    problem(gateway.with_token("cards").get(CURRENT), 404)
    assert gateway.with_token("cards").get(ROLLOUTS).get_json() == {"rollouts": [], "next": None}


def test_the_newest_stands_first_in_pages(two: Gateway) -> None:
    # given three rollouts, when they are read in pages of two, then in order, each once
    for version in ("2", "1", "2"):
        begun(two, version=version, at_once=True)
    program = two.with_token("cards")
    first = check_documented(two, program.get(ROLLOUTS, query_string={"limit": 2}), ROLLOUTS)
    rest = program.get(ROLLOUTS, query_string={"limit": 2, "before": first["next"]}).get_json()
    assert [each["number"] for each in first["rollouts"]] == [3, 2]
    assert ([each["number"] for each in rest["rollouts"]], rest["next"]) == ([1], None)


def test_of_those_that_begin_at_once_one_wins(two: Gateway, challenger_server: FakeModelServer) -> None:
    """However many, and whatever they want."""
    clients = [two.with_token("cards") for _ in range(8)]
    for _ in range(5):
        # given nothing open, when eight begin at the same moment
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda client: client.post(ROLLOUTS, json=plan()).status_code, clients))
        # then one has begun, and the others are told so
        assert sorted(answers) == [200] + [409] * 7
        assert "another rollout is open: of version 2" in problem(begin(two), 409)["detail"]
        assert back(two, reason="next round").status_code == 200


def test_the_command_does_the_same(
    two: Gateway, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database_url: str,
    model_server: FakeModelServer, challenger_server: FakeModelServer,
) -> None:  # fmt: skip
    """Beside a gateway that serves, in a process that has not asked any model server yet."""
    monkeypatch.setenv("GATEWAY_DATABASE_URL", database_url)
    monkeypatch.setenv("GATEWAY_MODEL_URL", f"{model_server.url},{challenger_server.url}")
    # given no rollout, when the command is asked, then it says so
    assert main(["rollout", "status"]) == 1
    assert "no rollout" in capsys.readouterr().err
    # when it begins one
    assert main(["rollout", "begin", "2", "--reason", "newer", "--shares", "10,100", "--bake-s", "5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["shares"] == [10, 100]
    # then the gateway follows as soon as it looks
    with two.app.app_context():
        two.services.watch.look()
    assert version_of(two, **POLO) == "2"
    # and a second one is refused
    assert main(["rollout", "begin", "2", "--reason", "newer", "--at-once"]) == 1
    assert "another rollout is open" in capsys.readouterr().err
    # and it tells how it stands, and takes it back
    assert main(["rollout", "status"]) == 0
    assert "canary 10%" in capsys.readouterr().out
    assert main(["rollout", "back", "--reason", "too dear"]) == 0
    assert "rolled_back" in capsys.readouterr().out
    assert main(["rollout", "begin", "2", "--reason", "sure", "--at-once"]) == 0
    assert "done" in capsys.readouterr().out
    assert main(["rollout", "list"]) == 0
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == ["done", "rolled_back"]
    # and what makes no sense is told
    assert main(["rollout", "begin", "9", "--reason", "?"]) == 1
    assert "no card" in capsys.readouterr().err
