"""Who may call: what a view does not declare is refused."""

import io
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from gateway.api.access import LOOK_AGAIN_AFTER_S
from tests.gateway.conftest import OpenGateway
from tests.gateway.gateways import PASSWORD, Gateway, problem


def test_a_route_that_does_not_say_is_refused(open_gateway: OpenGateway) -> None:
    """A new view that forgets its declaration is closed, not open."""
    # given an app with a view that declares nothing
    gateway = open_gateway()
    gateway.app.add_url_rule("/api/v1/forgotten", "forgotten", lambda: "secret")
    # when it is called, even from this machine, then it is refused
    response = gateway.client.get("/api/v1/forgotten")
    problem(response, 403)
    assert "secret" not in response.text


class Held(io.RawIOBase):
    """A body that is held back until something has happened."""

    def __init__(self, body: bytes, meanwhile: Callable[[], object]) -> None:
        self._body = io.BytesIO(body)
        self._meanwhile = meanwhile

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._body.tell() == 0:
            with ThreadPoolExecutor() as another:  # as on a server: a request has its own thread
                another.submit(self._meanwhile).result()
            time.sleep(LOOK_AGAIN_AFTER_S)
        return self._body.readinto(buffer)


@pytest.mark.parametrize("what", ["logs out", "has a new password", "is no admin any more", "is gone"])
def test_a_body_that_is_held_back_outlives_no_right(each_gateway: Gateway, what: str) -> None:
    """What somebody may do is looked at again when all of his request is there: it may have been hours on its way."""
    # given an admin and another one, and a stranger whom the first's stolen session wants to raise
    admin, other = each_gateway.account("admin"), each_gateway.account("admin")
    stranger = each_gateway.account("customer")
    browser, thief = each_gateway.logged_in(admin), each_gateway.logged_in(admin)
    cookie = browser.get_cookie("__Host-session")
    assert cookie is not None
    thief.set_cookie("__Host-session", cookie.value, domain="localhost")
    thief.environ_base["HTTP_X_CSRF_TOKEN"] = browser.environ_base["HTTP_X_CSRF_TOKEN"]

    def meanwhile() -> None:
        done = {
            "logs out": lambda: browser.delete("/api/v1/sessions"),
            "has a new password": lambda: browser.put(
                "/api/v1/users/me/password",
                json={"current_password": PASSWORD, "new_password": "a quiet harbour at noon"},
            ),
            "is no admin any more": lambda: each_gateway.logged_in(other).put(
                f"/api/v1/users/{admin.id}/role", json={"role": "dealer"}
            ),
            "is gone": lambda: browser.delete("/api/v1/users/me"),
        }[what]()
        assert done.status_code in (200, 204), done.text

    # when that happens to the admin while the request's body is on its way
    body = b'{"role": "admin"}'
    response = thief.put(
        f"/api/v1/users/{stranger.id}/role", data=body, content_type="application/json",
        environ_overrides={"wsgi.input": Held(body, meanwhile)},
    )  # fmt: skip
    # then it does nothing
    problem(response, 401)
    users = each_gateway.logged_in(other).get("/api/v1/users").get_json()["users"]
    assert {user["role"] for user in users if user["id"] == stranger.id} == {"customer"}
