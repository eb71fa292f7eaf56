"""Counts of the cars that versions are asked about."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "input_count",
        sa.Column("version", sa.String(), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("feature", sa.String(), primary_key=True),
        sa.Column("value", sa.String(), primary_key=True),
        sa.Column("cars", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("input_count")
