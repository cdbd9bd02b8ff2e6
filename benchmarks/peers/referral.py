"""Invented referrals of a skewed population, the exact answers to four questions about them, and a score against those."""

import json
from pathlib import Path
from typing import Any

import numpy as np

QUARTERS, AGENCIES, AREAS, OUTCOMES = 12, 10, 10, 5
DAYS_PER_QUARTER, LAST_DAY = 91, 365
BANDS = ("within_1", "within_45", "later", "open")
STATISTICS = ("counts", "within_1", "within_45", "median", "p90", "repeat")
_AGENCY = np.array([28, 19, 14, 11, 8, 6, 5, 4, 3, 2]) / 100
_OUTCOME = np.array([45, 25, 15, 10, 5]) / 100
_LONGEST, _AT_HOME, _STILL_OPEN = 40, 0.5, 0.04
LIMITS = (1, 45)


def invented(count: int, seed: int) -> Any:
    """
    So many referrals: child, date as a day number, quarter, agency, area, outcome, days (null: open), band and repeat.

    One child in nine or so returns often (a Gamma-Poisson number of referrals, spread over three years), so about one
    row in ten lies beyond a child's third. Half a child's referrals come from one agency. `is_repeat`: the child was
    referred in the 365 days before.
    """
    import pyarrow as pa  # a peer's own environment may have neither this nor DuckDB

    draw = np.random.default_rng(seed)
    rate = draw.gamma(0.2, 2.3, size=count)
    rows = np.minimum(1 + draw.poisson(rate), _LONGEST)
    rows = rows[: np.searchsorted(np.cumsum(rows), count) + 1]
    child = np.repeat(np.arange(len(rows)), rows)[:count]
    day = draw.integers(0, QUARTERS * DAYS_PER_QUARTER, size=count)
    order = np.lexsort((day, child))
    day = day[order]
    again = np.zeros(count, dtype=bool)
    again[1:] = (child[1:] == child[:-1]) & (day[1:] - day[:-1] <= LAST_DAY)
    home = draw.choice(AGENCIES, p=_AGENCY, size=len(rows))[child]
    agency = np.where(draw.random(count) < _AT_HOME, home, draw.choice(AGENCIES, p=_AGENCY, size=count))
    days = np.minimum(np.exp(draw.normal(np.log(10), 1.17, size=count)).astype(int), LAST_DAY)
    is_open = draw.random(count) < _STILL_OPEN
    band = np.select([is_open, *(days <= limit for limit in LIMITS)], [3, 0, 1], 2)
    mixed = draw.permutation(count)
    columns = {
        "child": np.char.add("c", child.astype(str)),
        "day": day,
        "quarter": day // DAYS_PER_QUARTER,
        "agency": agency,
        "area": draw.integers(0, AREAS, size=count),
        "outcome": draw.choice(OUTCOMES, p=_OUTCOME, size=count),
        "band": np.array(BANDS)[band],
        "is_repeat": np.where(again, "yes", "no"),
    }
    table = pa.table({name: values[mixed] for name, values in columns.items()})
    return table.append_column("days", pa.array(days[mixed], mask=is_open[mixed]))


def written(folder: Path, count: int, seed: int = 1) -> Path:
    """The Parquet file of so many referrals, made once."""
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"referrals_{count}_{seed}.parquet"
    if not path.exists():
        pq.write_table(invented(count, seed), path)
    return path


def answers(path: Path, bound: int | None = None) -> dict[str, list[float]]:
    """
    The six vectors asked for, exact, over the full public grid in the order quarter, agency, outcome.

    `bound`: only so many rows of a child, by a hash; None for the truth.
    """
    import duckdb

    only = (
        f"(select * from '{path}' qualify row_number() over (partition by child order by hash(day, agency)) <= {bound})"
    )
    source = f"'{path}'" if bound is None else only
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(f"create temp table rows as select * from {source}")
        cells = connection.execute(
            "select quarter, agency, outcome, count(*), count(*) filter (where days <= 1), "
            "count(*) filter (where days <= 45), count(*) filter (where is_repeat = 'yes') from rows group by all"
        ).fetchnumpy()
        quantiles = connection.execute(
            "select quarter, quantile_disc(days, 0.5) as median, quantile_disc(days, 0.9) as p90 "
            "from rows where days is not null group by quarter order by quarter"
        ).fetchnumpy()
    place = tuple(cells[name] for name in ("quarter", "agency", "outcome"))
    sums = []
    for name in list(cells)[3:]:
        grid = np.zeros((QUARTERS, AGENCIES, OUTCOMES))
        grid[place] = cells[name]
        sums.append(grid)
    total, *parts = [each.sum(axis=2).ravel() for each in sums]
    shares = [part / np.maximum(total, 1) for part in parts]
    return {
        "counts": sums[0].ravel().tolist(),
        "within_1": shares[0].tolist(),
        "within_45": shares[1].tolist(),
        "median": quantiles["median"].astype(float).tolist(),
        "p90": quantiles["p90"].astype(float).tolist(),
        "repeat": shares[2].tolist(),
    }


def share(part: np.ndarray, whole: np.ndarray) -> list[float]:
    """Noised shares as anyone would show them: between 0 and 1, and never divided by less than one row."""
    return np.clip(part / np.maximum(whole, 1.0), 0.0, 1.0).tolist()


def score(found: dict[str, Any], truth: dict[str, list[float]]) -> dict[str, tuple[float, float]]:
    """Median and mean absolute error of each statistic, over its cells."""
    errors = {name: np.abs(np.array(found[name], float) - np.array(truth[name])) for name in STATISTICS}
    return {name: (float(np.median(each)), float(np.mean(each))) for name, each in errors.items()}


def save(path: Path, found: dict[str, list[float]], seconds: float) -> None:
    """Write what one peer answered, and how long it worked after its imports."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**found, "seconds": seconds}))


def described(path: Path) -> str:
    """What the invented rows are like, to be set beside the description they follow."""
    import duckdb

    with duckdb.connect() as connection:
        beyond, again, is_open = connection.execute(
            f"select avg((place > 3)::int), avg((is_repeat = 'yes')::int), avg((days is null)::int) from "
            f"(select *, row_number() over (partition by child order by day) as place from '{path}')"
        ).fetchone() or (0, 0, 0)
    return f"{beyond:.1%} of rows beyond a child's third, {again:.1%} repeats, {is_open:.1%} open"
