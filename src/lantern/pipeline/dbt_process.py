"""The process dbt runs in: `python -m lantern.pipeline.dbt_process build ...`."""

import json
import sys

from dbt.cli.main import dbtRunner
from duckdb_extensions import import_extension

from lantern import catalogue

if __name__ == "__main__":
    import_extension("httpfs")
    # The models of measures are made from the catalogue: dbt knows it as vars, on every run.
    said = ["--vars", json.dumps(catalogue.for_dbt())]
    sys.exit(0 if dbtRunner().invoke([*sys.argv[1:], *said]).success else 1)
