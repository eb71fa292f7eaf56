"""Feedback, the feed of what was accepted, and first answers."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column("sequence", sa.Integer(), primary_key=True),
        sa.Column("id", sa.String(), nullable=False, unique=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("account", sa.Integer(), sa.ForeignKey("account.sequence", ondelete="SET NULL")),
        sa.Column("pseudonym", sa.String(), nullable=False),
        sa.Column("valuation", sa.String(), sa.ForeignKey("valuation.id", ondelete="SET NULL")),
        sa.Column("car", sa.Integer(), sa.ForeignKey("car.sequence", ondelete="SET NULL")),
        sa.Column("price_eur", sa.Double()),
        sa.Column("price_kind", sa.String()),
        sa.Column("reason", sa.String()),
        sa.Column("comment", sa.Text()),
        sa.Column("listing", sa.Text()),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("reviewed_at", sa.DateTime()),
        sa.Column("reviewed_by", sa.String()),
        sa.Column("review_note", sa.Text()),
    )
    op.create_index("ix_feedback_state", "feedback", ["state", "sequence"])
    op.create_index("ix_feedback_state_kind", "feedback", ["state", "kind", "sequence"])
    for column in ("account", "pseudonym", "valuation", "car"):
        op.create_index(f"ix_feedback_{column}", "feedback", [column])
    op.create_table(
        "feed_event",
        sa.Column("sequence", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("feedback", sa.String()),
        sa.Column("pseudonym", sa.String(), nullable=False),
        sa.Column("listing", sa.Text()),
    )
    counter = op.create_table(
        "counter",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("value", sa.Integer(), nullable=False),
    )
    op.bulk_insert(counter, [{"name": "feed", "value": 0}])
    op.create_table(
        "idempotency",
        sa.Column("caller", sa.String(), primary_key=True),
        sa.Column("route", sa.String(), primary_key=True),
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("body_digest", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"])


def downgrade() -> None:
    for table in ("idempotency", "counter", "feed_event", "feedback"):
        op.drop_table(table)
