"""Listings from elsewhere, the runs that brought them, and the market's figures."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "market_model",
        sa.Column("sequence", sa.Integer(), primary_key=True),
        sa.Column("make_key", sa.String(), nullable=False),
        sa.Column("model_key", sa.String(), nullable=False),
        sa.Column("make", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
    )
    op.create_index("ix_market_model_keys", "market_model", ["make_key", "model_key"], unique=True)
    op.create_table(
        "listing",
        sa.Column("sequence", sa.Integer(), primary_key=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("car", sa.String(), nullable=False),
        sa.Column("model", sa.Integer(), sa.ForeignKey("market_model.sequence"), nullable=False),
        sa.Column("fuel", sa.String(), nullable=False),
        sa.Column("gearbox", sa.String(), nullable=False),
        sa.Column("offer_type", sa.String(), nullable=False),
        sa.Column("first_registration", sa.String(), nullable=False),
        sa.Column("registered_month", sa.Integer(), nullable=False),
        sa.Column("mileage_km", sa.Double(), nullable=False),
        sa.Column("power_hp", sa.Double(), nullable=False),
        sa.Column("price_eur", sa.Double(), nullable=False),
        sa.Column("price_since", sa.Date(), nullable=False),
        sa.Column("earlier_prices", sa.Text()),
        sa.Column("first_seen", sa.Date(), nullable=False),
        sa.Column("last_seen", sa.Date(), nullable=False),
        sa.Column("gone_on", sa.Date()),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("seller_kind", sa.String()),
        sa.Column("url", sa.String()),
    )
    op.create_index("ix_listing_source", "listing", ["source", "id"], unique=True)
    op.create_index("ix_listing_like", "listing", ["model", "registered_month", "mileage_km"])
    op.create_index("ix_listing_last_seen", "listing", ["last_seen"])
    op.create_table(
        "listing_run",
        sa.Column("source", sa.String(), primary_key=True),
        sa.Column("run", sa.String(), primary_key=True),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_listing_run_updated_at", "listing_run", ["updated_at"])
    op.create_table(
        "market_variant",
        sa.Column("model", sa.Integer(), sa.ForeignKey("market_model.sequence", ondelete="CASCADE"), primary_key=True),
        sa.Column("fuel", sa.String(), primary_key=True),
        sa.Column("gearbox", sa.String(), primary_key=True),
        sa.Column("offer_type", sa.String(), primary_key=True),
        sa.Column("on_offer", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Integer(), nullable=False),
    )
    op.create_table(
        "market_figures",
        sa.Column("make_key", sa.String(), primary_key=True),
        sa.Column("model_key", sa.String(), primary_key=True),
        sa.Column("make", sa.String()),
        sa.Column("model", sa.String()),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("newest_day", sa.Date(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    for table in ("market_figures", "market_variant", "listing_run", "listing", "market_model"):
        op.drop_table(table)
