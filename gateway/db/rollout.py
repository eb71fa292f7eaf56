"""Rollouts: how a challenger came to price more and more, or was taken back, and what was counted meanwhile."""

from datetime import datetime

from sqlalchemy import Float, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.extensions import db


class RolloutRow(db.Model):  # type: ignore[name-defined,misc]
    """One challenger's way. `open` is 1 while it is under way and null afterwards, so that there is at most one."""

    __tablename__ = "rollout"

    sequence: Mapped[int] = mapped_column(primary_key=True)
    open: Mapped[int | None] = mapped_column(unique=True)
    version: Mapped[str]
    champion: Mapped[str | None]  # who priced before; null where nobody did
    state: Mapped[str]  # shadow, canary, done, rolled_back
    share_percent: Mapped[int]  # of the models that the challenger prices, or last priced
    shares: Mapped[str]  # JSON: the shares that it goes through
    bake_s: Mapped[int]  # at each of them
    shadow_percent: Mapped[int]
    limits: Mapped[str] = mapped_column(Text)  # JSON
    reason: Mapped[str] = mapped_column(Text)
    began_by: Mapped[str]  # as in the audit log
    began_at: Mapped[datetime]
    step_at: Mapped[datetime]  # since when the share is what it is
    judged_at: Mapped[datetime | None]  # when some process last looked at the counts
    ended_by: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(Text)
    alarm: Mapped[str | None] = mapped_column(Text)  # JSON: which one, and its figures


class RolloutCountRow(db.Model):  # type: ignore[name-defined,misc]
    """What a version did at one share of a rollout: in a slot of some seconds, and in slot 0 in all."""

    __tablename__ = "rollout_count"

    rollout: Mapped[int] = mapped_column(
        ForeignKey("rollout.sequence", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    share_percent: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[str] = mapped_column(primary_key=True)
    requests: Mapped[int]
    mirrored: Mapped[int]  # of the requests, those that nobody waited for
    errors: Mapped[int]
    refusals: Mapped[int]
    slow: Mapped[int]


class RolloutDifferenceRow(db.Model):  # type: ignore[name-defined,misc]
    """How many cars of a make both versions priced with a difference of this class: in a slot, and in slot 0 in all.

    `make` is empty where it is of all makes.
    """

    __tablename__ = "rollout_difference"

    rollout: Mapped[int] = mapped_column(
        ForeignKey("rollout.sequence", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    make: Mapped[str] = mapped_column(primary_key=True)
    difference: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pairs: Mapped[int]
    log_sum: Mapped[float] = mapped_column(Float)  # of the logs of challenger by champion, with their signs
