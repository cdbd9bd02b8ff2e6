"""The four questions through PipelineDP on one machine: `python pipelinedp.py DATA OUT NOISE EPSILON`."""

import itertools
import sys
import time
from pathlib import Path

import numpy as np
import pipeline_dp
import pyarrow.parquet as pq
from referral import AGENCIES, OUTCOMES, QUARTERS, save, share

ROWS_OF_A_CHILD, DELTA = 3, 1e-6
BANDS = 4


def main(data: str, out: str, noise: str, epsilon: str) -> None:
    """Ask (a) counts, (b) bands of days, (c) quantiles, (d) repeats and all, a quarter of the allowance each."""
    started = time.perf_counter()
    table = pq.read_table(data).to_pydict()
    band = {"within_1": 0, "within_45": 1, "later": 2, "open": 3}
    rows = [
        (child, quarter, agency, outcome, band[name], again == "yes", days)
        for child, quarter, agency, outcome, name, again, days in zip(
            *(table[name] for name in ("child", "quarter", "agency", "outcome", "band", "is_repeat", "days")),
            strict=True,
        )
    ]
    kind = pipeline_dp.NoiseKind.GAUSSIAN if noise == "gaussian" else pipeline_dp.NoiseKind.LAPLACE
    accountant = pipeline_dp.NaiveBudgetAccountant(total_epsilon=float(epsilon), total_delta=DELTA)
    engine = pipeline_dp.DPEngine(accountant, pipeline_dp.LocalBackend())

    def asked(chosen, key, public, weight, metrics, value=None):  # noqa: ANN001, ANN202
        wanted = {"noise_kind": kind, "metrics": metrics, "budget_weight": weight}
        if value is None:
            parameters = pipeline_dp.AggregateParams(**wanted, max_contributions=ROWS_OF_A_CHILD)
        else:  # quantiles take no total bound
            parameters = pipeline_dp.AggregateParams(
                **wanted,
                max_partitions_contributed=ROWS_OF_A_CHILD,
                max_contributions_per_partition=1,
                min_value=0,
                max_value=365,
            )
        extractors = pipeline_dp.DataExtractors(
            privacy_id_extractor=lambda row: row[0],
            partition_extractor=key,
            value_extractor=value or (lambda _: 0),
        )
        return engine.aggregate(chosen, parameters, extractors, public_partitions=public)

    def keys(*sizes: int) -> list[tuple[int, ...]]:
        return list(itertools.product(*map(range, sizes)))

    cells = keys(QUARTERS, AGENCIES, OUTCOMES)
    bands, pairs = keys(QUARTERS, AGENCIES, BANDS), keys(QUARTERS, AGENCIES)
    count, quantiles = (
        [pipeline_dp.Metrics.COUNT],
        [pipeline_dp.Metrics.PERCENTILE(50), pipeline_dp.Metrics.PERCENTILE(90)],
    )
    decided = [row for row in rows if row[6] is not None]
    lazily = (
        asked(rows, lambda row: (row[1], row[2], row[3]), cells, 2, count),
        asked(rows, lambda row: (row[1], row[2], row[4]), bands, 2, count),
        asked(decided, lambda row: row[1], list(range(QUARTERS)), 2, quantiles, lambda row: row[6]),
        # Filtered before it is bounded: more of the repeats are kept so than of a bounded table.
        asked([row for row in rows if row[5]], lambda row: (row[1], row[2]), pairs, 1, count),
        asked(rows, lambda row: (row[1], row[2]), pairs, 1, count),
    )
    accountant.compute_budgets()
    got = [dict(each) for each in lazily]
    by_band = np.array([got[1][key].count for key in bands]).reshape(-1, BANDS)
    whole = by_band.sum(axis=1)
    found = {
        "counts": [float(got[0][key].count) for key in cells],
        "within_1": share(by_band[:, 0], whole),
        "within_45": share(by_band[:, :2].sum(axis=1), whole),
        "median": [float(got[2][quarter].percentile_50) for quarter in range(QUARTERS)],
        "p90": [float(got[2][quarter].percentile_90) for quarter in range(QUARTERS)],
        "repeat": share(np.array([got[3][key].count for key in pairs]), np.array([got[4][key].count for key in pairs])),
    }
    save(Path(out), found, time.perf_counter() - started)


if __name__ == "__main__":
    main(*sys.argv[1:])
