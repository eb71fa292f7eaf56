"""Rollouts, and what is counted of them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _of_a_rollout() -> sa.Column:
    return sa.Column(
        "rollout", sa.Integer(), sa.ForeignKey("rollout.sequence", ondelete="CASCADE"), primary_key=True,
        autoincrement=False,
    )  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "rollout",
        sa.Column("sequence", sa.Integer(), primary_key=True),
        sa.Column("open", sa.Integer(), unique=True),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("champion", sa.String()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("share_percent", sa.Integer(), nullable=False),
        sa.Column("shares", sa.String(), nullable=False),
        sa.Column("bake_s", sa.Integer(), nullable=False),
        sa.Column("shadow_percent", sa.Integer(), nullable=False),
        sa.Column("limits", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("began_by", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(), nullable=False),
        sa.Column("step_at", sa.DateTime(), nullable=False),
        sa.Column("judged_at", sa.DateTime()),
        sa.Column("ended_by", sa.String()),
        sa.Column("ended_at", sa.DateTime()),
        sa.Column("end_reason", sa.Text()),
        sa.Column("alarm", sa.Text()),
    )
    op.create_table(
        "rollout_count",
        _of_a_rollout(),
        sa.Column("share_percent", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("slot", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("version", sa.String(), primary_key=True),
        *[
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("requests", "mirrored", "errors", "refusals", "slow")
        ],
    )
    op.create_table(
        "rollout_difference",
        _of_a_rollout(),
        sa.Column("slot", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("make", sa.String(), primary_key=True),
        sa.Column("difference", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("pairs", sa.Integer(), nullable=False),
        sa.Column("log_sum", sa.Float(), nullable=False),
    )


def downgrade() -> None:
    for table in ("rollout_difference", "rollout_count", "rollout"):
        op.drop_table(table)
