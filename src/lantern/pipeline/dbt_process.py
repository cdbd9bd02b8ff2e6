"""The process dbt runs in: `python -m lantern.pipeline.dbt_process build ...`."""

import sys

from dbt.cli.main import dbtRunner
from duckdb_extensions import import_extension

if __name__ == "__main__":
    import_extension("httpfs")
    sys.exit(0 if dbtRunner().invoke(sys.argv[1:]).success else 1)
