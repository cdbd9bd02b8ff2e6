"""The table of entries as it was first written; a ledger that has it already keeps it as it is."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table where there is none."""
    if sa.inspect(op.get_bind()).has_table("entry"):
        return
    op.create_table(
        "entry",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("period", sa.String, nullable=False),
        sa.Column("plan_digest", sa.String, nullable=False),
        sa.Column("request_digest", sa.String, nullable=False),
        sa.Column("micro_rho", sa.Integer, nullable=False),
        sa.Column("body", sa.String, nullable=False),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("mac", sa.String, nullable=False),
    )
