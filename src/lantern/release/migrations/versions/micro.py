"""Spends are in millionths of the promise, whichever its family: `micro_rho` becomes `micro`."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Rename the column; a mark covers values and their order, not names, so every line still holds."""
    columns = {each["name"] for each in sa.inspect(op.get_bind()).get_columns("entry")}
    if "micro_rho" in columns:
        op.execute("alter table entry rename column micro_rho to micro")
