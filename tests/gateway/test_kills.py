"""A gateway that is killed while feedback is written: what it has acknowledged is there, once."""

import json
import os
import random
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import select

from gateway.db import moments
from gateway.db.idempotency import IdempotencyRow
from gateway.extensions import db
from gateway.services.secret_values import digest
from tests.gateway.conftest import OpenGateway
from tests.gateway.gateways import VALUATIONS
from tests.gateway.processes import PATIENCE_S, Served
from tests.gateway.reporting import rows, valued

WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
KILLS = 200 if WHOLE else 3
CLIENTS = 6
LIVES_AT_MOST_S = 0.5


@pytest.mark.timeout(3_000 if WHOLE else 120)
def test_what_was_acknowledged_is_there_once_however_often_the_gateway_is_killed(
    open_gateway: OpenGateway, database_url: str
) -> None:
    """No acknowledged report is lost, and none that is sent again under its key is kept twice."""
    # given clients who report without end, each again under its key until it is acknowledged
    gateway = open_gateway(database_url=database_url)
    path = f"{VALUATIONS}/{valued(gateway)['id']}/reports"
    killed = Served(database_url, GATEWAY_PROBE_INTERVAL_S="0")
    enough = threading.Event()
    random_ = random.Random(5)

    def report_on_and_on(_: int) -> tuple[dict[str, str], dict[str, datetime], Counter[str]]:
        acknowledged: dict[str, str] = {}
        last_sent_at: dict[str, datetime] = {}
        answers: Counter[str] = Counter()
        while not enough.is_set():
            key = uuid.uuid4().hex
            body = json.dumps({"reason": "too_high", "comment": key})
            while key not in acknowledged:
                last_sent_at[key] = moments.now()
                answer = killed.ask("POST", path, body, **{"Idempotency-Key": key})
                answers["none" if answer is None else str(answer[0])] += 1
                if answer is not None and answer[0] == 201:
                    acknowledged[key] = json.loads(answer[1])["id"]
                else:
                    assert answer is None or answer[0] == 503, answer
                    time.sleep(PATIENCE_S)
        return acknowledged, last_sent_at, answers

    # when the gateway is killed at random moments, and started again
    killed.start()
    try:
        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(report_on_and_on, number) for number in range(CLIENTS)]
            try:
                for _ in range(KILLS):
                    time.sleep(random_.uniform(0, LIVES_AT_MOST_S))
                    killed.kill()
                    killed.start()
            finally:
                enough.set()
            done = [client.result() for client in clients]
    finally:
        killed.kill()
    acknowledged = {key: feedback_id for theirs, _, _ in done for key, feedback_id in theirs.items()}
    last_sent_at = {key: at for _, theirs, _ in done for key, at in theirs.items()}
    answers = sum((theirs for _, _, theirs in done), Counter[str]())
    # then all that was acknowledged is there under the id that was told, and nothing is there twice
    kept = rows(gateway)
    assert len(kept) == len(acknowledged) > KILLS
    assert {row.comment: row.id for row in kept} == acknowledged
    # and each key has its first answer, and that one alone
    with gateway.app.app_context():
        first = {row.key: json.loads(row.reply)["id"] for row in db.session.scalars(select(IdempotencyRow))}
    assert first == {digest(key): feedback_id for key, feedback_id in acknowledged.items()}
    # and clients were indeed cut off, some of them when their report was kept and not yet acknowledged
    cut_off = sum(row.created_at < last_sent_at[str(row.comment)] for row in kept)
    print(f"{KILLS} kills, {len(acknowledged):,} reports, {cut_off} kept before they were sent again: {dict(answers)}")
    assert answers["none"] > 0 and set(answers) <= {"201", "none", "503"}
    assert cut_off > 0 or not WHOLE
