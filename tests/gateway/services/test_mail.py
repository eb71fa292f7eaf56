"""Links to set a password, by mail, to a real SMTP server."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.gateway.conftest import OpenGateway
from tests.gateway.fake_model_server import closed_port

ROUTE = "/api/v1/users/{}/password-reset"


class Mailbox:
    """Keeps what was sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:
        self.sent.append(envelope)
        return "250 OK"


def let_in(_server: object, _session: object, _envelope: object, _mechanism: str, login: Any) -> AuthResult:
    return AuthResult(success=(login.login, login.password) == (b"house", b"secret"))


pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[Controller]:
    """A mail server on this machine that wants a login, and has no certificate."""
    controller = Controller(
        mailbox, hostname="127.0.0.1", port=closed_port(), authenticator=let_in, auth_required=True,
        auth_require_tls=False,
    )  # fmt: skip
    controller.start()
    yield controller
    controller.stop()


def test_a_link_is_mailed_to_its_owner(open_gateway: OpenGateway, server: Controller, mailbox: Mailbox) -> None:
    """With a mail server set, the admin need not pass it on."""
    # given a gateway with a mail server, and an account
    gateway = open_gateway(
        publish=False, smtp_host="127.0.0.1", smtp_port=server.port, smtp_starttls=False, smtp_user="house",
        smtp_password="secret", mail_from="house@example.org", public_url="https://cars.example.org/",
    )  # fmt: skip
    account = gateway.account("customer", "ada@example.org")
    # when an admin makes a link for it
    made = gateway.as_role("admin").post(ROUTE.format(account.id)).get_json()
    # then it was mailed, to nobody else
    (envelope,) = mailbox.sent
    assert made["mailed"] is True and made["link"].startswith("https://cars.example.org/new-password#")
    assert (envelope.mail_from, envelope.rcpt_tos) == ("house@example.org", ["ada@example.org"])
    assert made["link"] in message_from_bytes(envelope.content, policy=policy.default).get_content().splitlines()


@pytest.mark.parametrize("broken", ["closed", "no certificate", "wrong password"])
def test_a_mail_that_is_not_taken_is_told(
    open_gateway: OpenGateway, server: Controller, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The link is made all the same, and whoever made it knows that he must pass it on."""
    # given a mail server that is not there, that cannot encrypt though it should, or that lets us not in
    gateway = open_gateway(
        publish=False, smtp_host="127.0.0.1", smtp_port=closed_port() if broken == "closed" else server.port,
        smtp_starttls=broken == "no certificate", smtp_user="house", smtp_password="wrong",
        mail_from="house@example.org",
    )  # fmt: skip
    account = gateway.account("customer", "ada@example.org")
    # when a link is made
    made = gateway.as_role("admin").post(ROUTE.format(account.id))
    # then it is there, not mailed, and the log says so without the address
    assert (made.status_code, made.get_json()["mailed"]) == (201, False)
    assert "could not be sent" in caplog.text and "ada@" not in caplog.text
