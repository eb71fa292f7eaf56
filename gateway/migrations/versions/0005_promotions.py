"""Promotions, and what lists show of a card."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

CARD_FORMAT = 2  # of the cards that have what a summary holds


def _summarise_cards() -> None:
    """One card at a time: each may be megabytes."""
    card = sa.table("card", sa.column("sequence"), sa.column("document"), sa.column("summary"))
    connection = op.get_bind()
    for sequence in connection.scalars(sa.select(card.c.sequence)).all():
        document = json.loads(connection.scalar(sa.select(card.c.document).where(card.c.sequence == sequence)))
        if document["format"] != CARD_FORMAT:
            continue
        data = document["data"]
        summary = {
            "market_as_of": data["market_as_of"], "synthetic": data["synthetic"], "figures": document["figures"],
        }  # fmt: skip
        connection.execute(
            card.update().where(card.c.sequence == sequence).values(summary=json.dumps(summary, ensure_ascii=False))
        )


def upgrade() -> None:
    op.create_table(
        "promotion",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(), nullable=False),
    )
    op.add_column("card", sa.Column("summary", sa.Text()))
    _summarise_cards()


def downgrade() -> None:
    op.drop_table("promotion")
    with op.batch_alter_table("card") as card:
        card.drop_column("summary")
