"""The four questions through OpenDP's Polars interface: `python opendp_polars.py DATA OUT FAMILY ALLOWANCE`."""

import sys
import time
from pathlib import Path

import numpy as np
import opendp.prelude as dp
import polars as pl
from referral import AGENCIES, BANDS, OUTCOMES, QUARTERS, save, share

dp.enable_features("contrib")
ROWS_OF_A_CHILD = 3
CATEGORIES = {
    "quarter": list(range(QUARTERS)),
    "agency": list(range(AGENCIES)),
    "outcome": list(range(OUTCOMES)),
    "band": list(BANDS),
    "is_repeat": ["no", "yes"],
}


def grid(*names: str) -> pl.LazyFrame:
    """Every combination of public categories, in the order of the score."""
    found = pl.LazyFrame({names[0]: CATEGORIES[names[0]]})
    for name in names[1:]:
        found = found.join(pl.LazyFrame({name: CATEGORIES[name]}), how="cross")
    return found


def main(data: str, out: str, family: str, allowance: str) -> None:
    """Ask (a) counts, (b) bands of days, (c) quantiles, (d) repeats, a quarter of the allowance each."""
    started = time.perf_counter()
    loss = dp.loss_of(rho=float(allowance)) if family == "zcdp" else dp.loss_of(epsilon=float(allowance))
    names = [*CATEGORIES, "days"]
    context = dp.Context.compositor(
        data=pl.scan_parquet(data).select("child", *names),
        privacy_unit=dp.unit_of(contributions=1, identifier="child"),
        privacy_loss=loss,
        split_by_weights=[2, 2, 1, 1, 2],
        margins=[
            dp.polars.Margin(by=[], max_length=2**24),
            dp.polars.Margin(by=["quarter"], max_length=2**24, max_groups=QUARTERS),
        ],
    )

    def counts(*by: str) -> np.ndarray:
        query = context.query().truncate_per_group(ROWS_OF_A_CHILD).group_by(*by).agg(dp.len(signed=True))
        found = query.with_keys(grid(*by)).release().collect()
        ordered = grid(*by).collect().join(found, on=list(by), how="left", maintain_order="left")
        return ordered["len"].to_numpy().astype(float).reshape([len(CATEGORIES[name]) for name in by])

    def quantile(level: float) -> list[float]:
        query = (
            context.query()
            .filter(pl.col("days").is_not_null())
            .truncate_per_group(ROWS_OF_A_CHILD)
            .group_by("quarter")
            .agg(pl.col("days").fill_null(0).dp.quantile(level, candidates=list(range(366))))
        )
        found = query.with_keys(grid("quarter")).release().collect().sort("quarter")
        return found["days"].to_numpy().astype(float).tolist()

    cells = counts("quarter", "agency", "outcome")
    bands = counts("quarter", "agency", "band")
    median, p90 = quantile(0.5), quantile(0.9)
    repeats = counts("quarter", "agency", "is_repeat")
    whole = bands.sum(axis=2).ravel()
    found = {
        "counts": cells.ravel().tolist(),
        "within_1": share(bands[:, :, 0].ravel(), whole),
        "within_45": share(bands[:, :, :2].sum(axis=2).ravel(), whole),
        "median": median,
        "p90": p90,
        "repeat": share(repeats[:, :, 1].ravel(), repeats.sum(axis=2).ravel()),
    }
    save(Path(out), found, time.perf_counter() - started)


if __name__ == "__main__":
    main(*sys.argv[1:])
