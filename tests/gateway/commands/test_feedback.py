"""dealership-gateway feedback withdraw: all that an account said, by one command."""

import json
from typing import Any

import pytest

from gateway.cli import main
from gateway.services.identity import CUSTOMER
from tests.gateway.conftest import OpenGateway
from tests.gateway.gateways import Gateway
from tests.gateway.reporting import events, report, review, rows, valued


@pytest.fixture
def commanded(open_gateway: OpenGateway, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """A gateway on whose database commands run."""
    monkeypatch.setenv("GATEWAY_DATABASE_URL", database_url)
    return open_gateway(database_url=database_url)


@pytest.mark.parametrize("by", ["email", "id", "pseudonym"])
def test_an_accounts_feedback_is_withdrawn_by_one_command(commanded: Gateway, capsys: Any, by: str) -> None:
    """By whatever name the operator knows it; what others said stays; again, it changes nothing."""
    # given an account's accepted and quarantined reports, and somebody else's
    who, valuation = commanded.account(CUSTOMER, "ann@example.org"), valued(commanded)["id"]
    client = commanded.logged_in(who)
    for _ in range(2):
        report(commanded, valuation, client=client)
    report(commanded, valuation)
    theirs = rows(commanded)[0]
    review(commanded, theirs.id)
    # when it is withdrawn, twice
    name = {"email": "Ann@example.org", "id": str(who.id), "pseudonym": theirs.pseudonym}[by]
    assert main(["feedback", "withdraw", name, "--json"]) == main(["feedback", "withdraw", name]) == 0
    # then it is gone, by one tombstone, and nothing else is
    lines = capsys.readouterr().out.splitlines()
    assert json.loads(lines[0]) == {"pseudonym": theirs.pseudonym, "withdrawn": 2, "event": 2}
    assert lines[1] == f"{theirs.pseudonym} has no feedback that is not withdrawn"
    assert [row.state for row in rows(commanded)] == ["withdrawn", "withdrawn", "quarantined"]
    assert [event["kind"] for event in events(commanded)["events"]] == ["accepted", "account_withdrawn"]


def test_what_was_said_without_an_account_is_withdrawn_together(commanded: Gateway, capsys: Any) -> None:
    """After a flood of them, say."""
    # given reports of nobody in particular, when they are withdrawn, then all are
    for _ in range(2):
        report(commanded, valued(commanded)["id"])
    assert main(["feedback", "withdraw", "anonymous"]) == 0
    assert capsys.readouterr().out == "withdrew 2 of anonymous; event 1 tells training so\n"


def test_an_account_that_is_not_there_is_told(commanded: Gateway, capsys: Any) -> None:
    """Exit code 1: a slip in the name must not pass for done."""
    # given no such account, when its feedback is withdrawn, then that is said
    assert main(["feedback", "withdraw", "bob@example.org"]) == 1
    assert "bob@example.org" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["feedback"], ["feedback", "withdraw"]])
def test_the_command_has_help(capsys: Any, command: list[str]) -> None:
    # given the command, when its help is asked for, then it is there
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    assert "usage: dealership-gateway feedback" in capsys.readouterr().out
