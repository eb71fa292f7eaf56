"""Accounts, sessions, tokens, limits, the audit log, and whose a valuation is."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("sequence", sa.Integer(), primary_key=True),
        sa.Column("id", sa.String(), nullable=False, unique=True),
        sa.Column("email", sa.String(), nullable=False, unique=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "session",
        sa.Column("token_hash", sa.String(), primary_key=True),
        sa.Column("account", sa.Integer(), sa.ForeignKey("account.sequence", ondelete="CASCADE"), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_session_account", "session", ["account"])
    op.create_index("ix_session_expires_at", "session", ["expires_at"])
    op.create_table(
        "api_token",
        sa.Column("sequence", sa.Integer(), primary_key=True),
        sa.Column("prefix", sa.String(), nullable=False, unique=True),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("account", sa.Integer(), sa.ForeignKey("account.sequence", ondelete="CASCADE")),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime()),
    )
    op.create_index("ix_api_token_account", "api_token", ["account"])
    op.create_table(
        "password_reset",
        sa.Column("token_hash", sa.String(), primary_key=True),
        sa.Column("account", sa.Integer(), sa.ForeignKey("account.sequence", ondelete="CASCADE"), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_password_reset_account", "password_reset", ["account"])
    op.create_table(
        "attempt",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("free_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_attempt_free_at", "attempt", ["free_at"])
    op.create_table(
        "secret",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("value", sa.String(), nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("sequence", sa.Integer(), primary_key=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
    )
    _make_append_only()
    with op.batch_alter_table("valuation") as valuation:
        valuation.add_column(sa.Column("account", sa.Integer()))
        valuation.create_foreign_key(
            "fk_valuation_account", "account", ["account"], ["sequence"], ondelete="SET NULL"
        )
        valuation.create_index("ix_valuation_account", ["account", "created_at"])


def downgrade() -> None:
    with op.batch_alter_table("valuation") as valuation:
        valuation.drop_index("ix_valuation_account")
        valuation.drop_constraint("fk_valuation_account", type_="foreignkey")
        valuation.drop_column("account")
    for table in ("audit", "secret", "attempt", "password_reset", "api_token", "session", "account"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_is_append_only()")


def _make_append_only() -> None:
    """Not even this code can change what the audit log says; a mistake in it is found, and not covered up."""
    if op.get_bind().dialect.name == "sqlite":
        for what in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER audit_no_{what} BEFORE {what.upper()} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
            )
        # INSERT OR REPLACE deletes without asking the trigger on DELETE.
        op.execute(
            "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit "
            "WHEN EXISTS (SELECT 1 FROM audit WHERE sequence = NEW.sequence) "
            "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
    )
