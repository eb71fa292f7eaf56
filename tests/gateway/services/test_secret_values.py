"""Ids and secrets that nobody guesses."""

import secrets

import pytest

from gateway.services.secret_values import may_be_id, new_id


def test_an_id_is_never_taken_for_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    """`dealership-gateway feedback withdraw -abc` would be answered by the usage."""
    # given draws of which the first two begin like an option, when an id is made, then it is the third
    draws = iter(["-abc", "--def", "ghi-_", "jkl"])
    monkeypatch.setattr(secrets, "token_urlsafe", lambda size: next(draws))
    assert new_id() == "ghi-_"
    assert may_be_id("ghi-_")
