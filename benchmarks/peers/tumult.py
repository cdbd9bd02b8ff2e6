"""The four questions through Tumult Analytics on a local Spark: `python tumult.py DATA OUT FAMILY ALLOWANCE`."""

import os
import sys
import time
from pathlib import Path

import numpy as np
from pyspark.sql import SparkSession
from referral import AGENCIES, BANDS, OUTCOMES, QUARTERS, save, share
from tmlt.analytics import (
    AddRowsWithID,
    KeySet,
    MaxRowsPerID,
    PureDPBudget,
    QueryBuilder,
    RhoZCDPBudget,
    Session,
)

ROWS_OF_A_CHILD = 3
CATEGORIES = {
    "quarter": list(range(QUARTERS)),
    "agency": list(range(AGENCIES)),
    "outcome": list(range(OUTCOMES)),
    "band": list(BANDS),
    "is_repeat": ["no", "yes"],
}


def main(data: str, out: str, family: str, allowance: str) -> None:
    """Ask (a) counts, (b) bands of days, (c) quantiles, (d) repeats, a quarter of the allowance each."""
    os.environ["PYSPARK_PYTHON"] = sys.executable  # its workers need these same packages
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.memory", "3g")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "4")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    started = time.perf_counter()
    kind = RhoZCDPBudget if family == "zcdp" else PureDPBudget
    total = float(allowance)
    rows = spark.read.parquet(data).select("child", *CATEGORIES, "days")
    session = Session.from_dataframe(kind(total), "referrals", rows, protected_change=AddRowsWithID("child"))
    bounded = QueryBuilder("referrals").enforce(MaxRowsPerID(ROWS_OF_A_CHILD))

    def counts(*by: str) -> np.ndarray:
        keys = KeySet.from_dict({name: CATEGORIES[name] for name in by})
        found = session.evaluate(bounded.groupby(keys).count(), kind(total / 4)).toPandas()
        shape = [len(CATEGORIES[name]) for name in by]
        grid = np.zeros(shape)
        places = tuple(found[name].map(CATEGORIES[name].index).to_numpy() for name in by)
        grid[places] = found["count"].to_numpy()
        return grid

    def quantile(level: float) -> list[float]:
        decided = QueryBuilder("referrals").drop_null_and_nan(["days"]).enforce(MaxRowsPerID(ROWS_OF_A_CHILD))
        asked = decided.groupby(KeySet.from_dict({"quarter": CATEGORIES["quarter"]})).quantile("days", level, 0, 366)
        found = session.evaluate(asked, kind(total / 8)).toPandas().sort_values("quarter")
        return found.iloc[:, -1].astype(float).tolist()

    cells = counts("quarter", "agency", "outcome")
    bands = counts("quarter", "agency", "band")
    median, p90 = quantile(0.5), quantile(0.9)
    repeats = counts("quarter", "agency", "is_repeat")
    whole = bands.sum(axis=2).ravel()
    found = {
        "counts": cells.ravel().tolist(),
        "within_1": share(bands[:, :, 0].ravel(), whole),
        "within_45": share(bands[:, :, :2].sum(axis=2).ravel(), whole),
        "median": [float(each) for each in median],
        "p90": [float(each) for each in p90],
        "repeat": share(repeats[:, :, 1].ravel(), repeats.sum(axis=2).ravel()),
    }
    save(Path(out), found, time.perf_counter() - started)


if __name__ == "__main__":
    main(*sys.argv[1:])
