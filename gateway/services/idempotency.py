"""Idempotency-Key: a request that is sent again is answered again, and done once.

As in the IETF's draft "The Idempotency-Key HTTP Header Field".
"""

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from gateway.db import moments
from gateway.db.idempotency import IdempotencyRow
from gateway.db.inserts import insert
from gateway.errors import Conflict
from gateway.services.identity import Caller
from gateway.services.secret_values import digest

Answer = tuple[int, dict[str, Any]]  # status and body


def once(session: Session, who: Caller, route: str, key: str | None, body: object, act: Callable[[], Answer]) -> Answer:
    """What act answers, or what it answered the first time that this key came from this caller to this route.

    It is done and noted in the one transaction that `session` is in: who sends the same at the same time waits. What
    act raises is not noted, for nothing was done. Raises Conflict where the key came with another body.
    """
    if key is None:
        return act()
    # Not the key itself: whoever makes it may put anything of a person into it.
    found = {"caller": who.actor, "route": route, "key": digest(key)}
    body_digest = digest(json.dumps(body, sort_keys=True))
    row = {**found, "body_digest": body_digest, "status": 0, "reply": "", "created_at": moments.now()}
    is_first = session.execute(
        insert(session, IdempotencyRow).values(row).on_conflict_do_nothing().returning(IdempotencyRow.key)
    ).first()
    if is_first is None:
        first = session.get_one(IdempotencyRow, found)
        if first.body_digest != body_digest:
            raise Conflict("this Idempotency-Key was sent before, with another body", code="key_used")
        return first.status, json.loads(first.reply)
    status, reply = act()
    session.execute(
        update(IdempotencyRow).filter_by(**found).values(status=status, reply=json.dumps(reply, ensure_ascii=False))
    )
    return status, reply
