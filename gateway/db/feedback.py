"""Feedback: sales and reports, quarantined until somebody reviews them, and the feed that jobs fetch."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.extensions import db


class FeedbackRow(db.Model):  # type: ignore[name-defined,misc]
    """A sale, or a report that a price is wrong."""

    __tablename__ = "feedback"

    sequence: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]  # sale, report
    state: Mapped[str]  # quarantined, accepted, rejected, withdrawn
    account: Mapped[int | None] = mapped_column(ForeignKey("account.sequence", ondelete="SET NULL"), index=True)
    pseudonym: Mapped[str] = mapped_column(index=True)  # who said it, as the store may know
    valuation: Mapped[str | None] = mapped_column(ForeignKey("valuation.id", ondelete="SET NULL"), index=True)
    car: Mapped[int | None] = mapped_column(ForeignKey("car.sequence", ondelete="SET NULL"), index=True)
    price_eur: Mapped[float | None]
    price_kind: Mapped[str | None]  # asking, sale, opinion
    reason: Mapped[str | None]
    comment: Mapped[str | None] = mapped_column(Text)
    # JSON: the row that training would read, by the listing's columns. None where no price was paid or asked.
    listing: Mapped[str | None] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text)  # JSON: what a reviewer judges by
    created_at: Mapped[datetime]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str | None]  # the reviewer, as in the audit log
    review_note: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("ix_feedback_state", "state", "sequence"),
        Index("ix_feedback_state_kind", "state", "kind", "sequence"),
    )


class FeedEventRow(db.Model):  # type: ignore[name-defined,misc]
    """What jobs fetch, in the order of `sequence`, which has no gaps that are filled later."""

    __tablename__ = "feed_event"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    kind: Mapped[str]  # accepted, withdrawn (one row), account_withdrawn (all rows of a pseudonym until here)
    feedback: Mapped[str | None]  # its id
    pseudonym: Mapped[str]
    listing: Mapped[str | None] = mapped_column(Text)


class CounterRow(db.Model):  # type: ignore[name-defined,misc]
    """A number that goes up by one, and is locked until who took it has committed."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]
