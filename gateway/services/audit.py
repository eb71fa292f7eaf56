"""The audit log: who did what to whose rights and data. It is only ever added to."""

import json
from collections.abc import Mapping

from sqlalchemy.orm import Session

from gateway.db import moments
from gateway.db.audit import AuditRow
from gateway.services.identity import Caller


def note(
    session: Session, who: Caller, action: str, target: str, details: Mapping[str, object] | None = None
) -> None:
    """Note a deed in the transaction that does it. details hold nothing of a person."""
    row = AuditRow(
        at=moments.now(), actor=who.actor, action=action, target=target, details=json.dumps(dict(details or {}))
    )
    session.add(row)
