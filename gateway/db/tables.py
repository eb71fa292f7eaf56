"""All tables, for whoever must know them as a whole: migrations and backups."""

from gateway.db import (
    account, attempt, audit, car, card, feedback, idempotency, listing, monitoring, promotion, rollout, secret,
    valuation,
)  # fmt: skip
from gateway.extensions import db

MODULES = (
    account, attempt, audit, car, card, feedback, idempotency, listing, monitoring, promotion, rollout, secret,
    valuation,
)  # fmt: skip
METADATA = db.metadata
