"""The OpenAPI document is true: schemathesis finds no reply that it does not tell of, whoever calls.

Every operation that the document has is tested, in all phases and by all checks.
"""

import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from schemathesis.auths import unregister
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from sqlalchemy import select
from werkzeug.serving import make_server

from gateway.api.access import CSRF_HEADER, SESSION_COOKIE
from gateway.db.account import AccountRow
from gateway.db.transactions import writing
from gateway.services import sessions
from gateway.services.identity import ADMIN, SCOPES
from tests.gateway.gateways import Gateway

WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
EXAMPLES = 500 if WHOLE else 15  # an operation
# Where a check's own expectation is not the contract's. None is switched off.
CHECKS_CONFIG: Mapping[str, Any] = {
    # What has the right shape may still be refused: a make that is unknown (422), a card that is not sound (400), a
    # version of a row that has changed (412), a text that is longer than a document may be (413).
    "positive_data_acceptance": {
        "expected-statuses": ["2xx", "304", "400", "401", "403", "404", "409", "412", "413", "422", "429", "503"],
    },
    # A body beyond the limit is refused by its size, before its shape is looked at.
    "negative_data_rejection": {
        "expected-statuses": ["400", "401", "403", "404", "405", "409", "412", "413", "415", "422", "429", "503"],
    },
}


LINES = ("/api/v1/valuations/batch", "/api/v1/listings")  # whose bodies are texts of lines


@schemathesis.serializer("application/x-ndjson", "application/jsonl")
def as_lines(_context: Any, value: Any) -> bytes:
    """Bodies of lines, which the document has as a text."""
    return (value if isinstance(value, str) else json.dumps(value)).encode(errors="surrogatepass")


@schemathesis.hook
def filter_body(context: Any, body: Any) -> bool:
    """A number or an object that is sent as a text is a text: there is no body of another type."""
    return isinstance(body, str) or context.operation.path not in LINES


def config() -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "seed": 20_260_701,
            "generation": {"deterministic": True, "max-examples": EXAMPLES, "database": "none"},
            "checks": CHECKS_CONFIG,
            # Sequences of calls take as long as all the rest together.
            "phases": {"stateful": {"enabled": WHOLE}},
            "cache": {"enabled": False},
            "continue-on-failure": True,
            "max-failures": 20,
        }
    )


class AsAdmin:
    """Logs the cases in as an admin, and in again when one of them has ended the session or the account."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._secret = ""

    def get(self, _case: Any, _context: Any) -> str:
        with self._gateway.app.app_context():
            found = sessions.find(self._secret)
        if found is None or found.role != ADMIN:
            admin = self._gateway.account(ADMIN)
            with self._gateway.app.app_context(), writing() as session:
                row = session.scalars(select(AccountRow).where(AccountRow.sequence == admin.account)).one()
                self._secret = sessions.start(session, row)
        return self._secret

    def set(self, case: Any, secret: str, _context: Any) -> None:
        case.cookies = {**(case.cookies or {}), SESSION_COOKIE: secret}
        case.headers[CSRF_HEADER] = sessions.csrf_token(secret)


class AsProgram:
    """Sends a token of every scope."""

    def __init__(self, gateway: Gateway) -> None:
        self._token = gateway.with_token(*SCOPES).environ_base["HTTP_AUTHORIZATION"]

    def get(self, _case: Any, _context: Any) -> str:
        return self._token

    def set(self, case: Any, token: str, _context: Any) -> None:
        case.headers["Authorization"] = token


@pytest.fixture
def call_as() -> Iterator[Any]:
    """Registers who the cases are sent by."""

    def register(provider: Any) -> None:
        schemathesis.auth(refresh_interval=None)(type("Provider", (), {"get": provider.get, "set": provider.set}))

    yield register
    unregister()


@contextmanager
def serving(gateway: Gateway) -> Iterator[str]:
    """Serve the app over HTTP; its address."""
    server = make_server("127.0.0.1", 0, gateway.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def failures(gateway: Gateway) -> list[str]:
    """What schemathesis finds."""
    load_all_checks()
    found: list[str] = []
    with serving(gateway) as address:
        schema = schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json", config=config())
        for event in from_schema(schema).execute():
            if isinstance(event, events.ScenarioFinished):
                nodes = [node for checks in event.recorder.checks.values() for node in checks if node.failure_info]
                found += [f"{event.label}: {node.name}\n{node.failure_info}" for node in nodes]
            elif isinstance(event, events.NonFatalError):
                found.append(f"{event.label}: {event.value!r}")
            elif isinstance(event, events.FatalError):
                raise event.exception
    return found


@pytest.mark.timeout(4 * 3_600 if WHOLE else 300)
@pytest.mark.parametrize("who", ["admin", "program", "anonymous"] if WHOLE else ["admin"])
def test_every_reply_is_as_documented(each_gateway: Gateway, call_as: Any, who: str) -> None:
    """No server error, and no reply, refusal or acceptance that the document does not tell of."""
    # given who calls, when schemathesis tries every operation
    if who != "anonymous":
        call_as({"admin": AsAdmin, "program": AsProgram}[who](each_gateway))
    found = failures(each_gateway)
    # then it finds nothing
    assert not found, "\n\n".join(found)


def test_no_check_is_switched_off() -> None:
    """Statuses may be allowed, for a reason; a check that does not run finds nothing."""
    # given schemathesis' own checks, when the configuration is read, then all are on, but for the one of time
    load_all_checks()
    checks = config().projects.default.checks
    own = [name for name in CHECKS.get_all_names() if name != "max_response_time"]
    assert len(own) >= 14
    assert [name for name in own if not getattr(checks, name).enabled] == []
