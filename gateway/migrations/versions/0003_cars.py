"""Cars, the words they are found by, and their history."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Of the cars that were not deleted.
ORDERS = {
    "ix_car_created": ["created_at", "sequence"],
    "ix_car_price": ["price_eur", "sequence"],
    "ix_car_mileage": ["mileage_km", "sequence"],
    "ix_car_registration": ["first_registration", "sequence"],
    "ix_car_state_created": ["state", "created_at", "sequence"],
    "ix_car_state_price": ["state", "price_eur", "sequence"],
    "ix_car_state_mileage": ["state", "mileage_km", "sequence"],
    "ix_car_state_registration": ["state", "first_registration", "sequence"],
}
INDEXES = {
    "ix_car_account": ["account", "sequence"],
    "ix_car_valuation": ["valuation"],
}
BYTEWISE = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "car",
        sa.Column("sequence", sa.Integer(), primary_key=True),
        sa.Column("id", sa.String(), nullable=False, unique=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("account", sa.Integer(), sa.ForeignKey("account.sequence", ondelete="SET NULL")),
        sa.Column("code_hash", sa.String(), unique=True),
        sa.Column("make", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("fuel", sa.String(), nullable=False),
        sa.Column("gearbox", sa.String(), nullable=False),
        sa.Column("offer_type", sa.String(), nullable=False),
        sa.Column("first_registration", BYTEWISE, nullable=False),
        sa.Column("mileage_km", sa.Double(), nullable=False),
        sa.Column("power_hp", sa.Double(), nullable=False),
        sa.Column("price_eur", sa.Double(), nullable=False),
        sa.Column("price_is_own", sa.Boolean(), nullable=False),
        sa.Column("estimate_eur", sa.Double()),
        sa.Column("valuation", sa.String(), sa.ForeignKey("valuation.id", ondelete="SET NULL")),
        sa.Column("contact_name", sa.String()),
        sa.Column("contact_email", sa.String()),
        sa.Column("contact_phone", sa.String()),
        sa.Column("note", sa.Text()),
        sa.Column("sale_price_eur", sa.Double()),
        sa.Column("sold_on", sa.Date()),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("deleted_at", sa.DateTime()),
    )
    there = sa.text("deleted_at IS NULL")
    for name, columns in ORDERS.items():
        op.create_index(name, "car", columns, sqlite_where=there, postgresql_where=there)
    for name, columns in INDEXES.items():
        op.create_index(name, "car", columns)
    deleted = sa.text("deleted_at IS NOT NULL")
    op.create_index("ix_car_deleted_at", "car", ["deleted_at"], sqlite_where=deleted, postgresql_where=deleted)
    op.create_table(
        "car_word",
        sa.Column("word", BYTEWISE, primary_key=True),
        sa.Column("car", sa.Integer(), sa.ForeignKey("car.sequence", ondelete="CASCADE"), primary_key=True),
    )
    op.create_index("ix_car_word_car", "car_word", ["car", "word"])
    op.create_table(
        "car_event",
        sa.Column("sequence", sa.Integer(), primary_key=True),
        sa.Column("car", sa.Integer(), sa.ForeignKey("car.sequence", ondelete="CASCADE"), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
    )
    op.create_index("ix_car_event_car", "car_event", ["car"])


def downgrade() -> None:
    for table in ("car_event", "car_word", "car"):
        op.drop_table(table)
