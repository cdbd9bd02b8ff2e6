"""The one place that runs Great Expectations, and the one place that reads its results."""

import importlib.util
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from lantern.errors import ConfigRefused
from lantern.home import PROJECT

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # before its import: it phones home otherwise

# Whether each rule holds: for nearly all of them that is all there is to ask, and it takes less than half the time.
_HOLDS_FORMAT = {"result_format": "BOOLEAN_ONLY"}
# For a rule that is known to be broken: counts only. The ordinary formats carry samples of the values that broke it.
RESULT_FORMAT = {"result_format": "SUMMARY", "partial_unexpected_count": 0}
# For the same, and only where rows were asked for: the format that says which they are.
_ROWS_FORMAT = {"result_format": "COMPLETE", "partial_unexpected_count": 0, "return_unexpected_index_query": False}


@dataclass(frozen=True)
class Finding:
    """
    One broken rule.

    `count` is how many rows broke it; None if the rule is about the table, or could not run. `rows` are
    their places from 0, ascending, where they were asked for.
    """

    rule: str
    column: str | None
    severity: str
    count: int | None
    could_not_run: bool = False
    rows: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32), repr=False, compare=False)

    def __str__(self) -> str:
        where = f"column '{self.column}'" if self.column else "the table"
        if self.could_not_run:
            return f"{self.rule}: {where}: the rule could not be run"
        return f"{self.rule}: {where}" + (f": {self.count:,} rows" if self.count is not None else "")


def check(suite: str, table: pa.Table, *, with_rows: bool = False, **facts: Any) -> list[Finding]:
    """
    Run `expectations/<suite>.py` over a table.

    Args:
        suite: The suite's file name; its `expectations(**facts)` returns the rules. A rule's `meta` names it, and
            its column where that is another than the one the rule looks at.
        table: Any table; it is copied to pandas, the engine that works (docs/decisions/0002). Codes as
            dictionaries keep a million rows small and quick.
        with_rows: Also ask which rows broke a rule.
        facts: What the rules need to know that is not in the table: a snapshot, a bound.

    Returns:
        The broken rules, worst first; empty if all hold.

    Privacy: only a rule's name, column, severity, count and row places are copied out of the result.
    """
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    rules = _suite(suite)(**facts)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    source = context.data_sources.add_pandas("table").add_dataframe_asset("rows")
    batch = source.add_batch_definition_whole_dataframe("all").get_batch(
        batch_parameters={"dataframe": table.to_pandas()}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a library's warning may quote the frame
        outcome = batch.validate(gx.ExpectationSuite(name=suite, expectations=rules), result_format=_HOLDS_FORMAT)
        counted = [_again(batch, result, RESULT_FORMAT) for result in outcome.results if not result.success]
        broken = [_finding(result, _rows(batch, result) if with_rows else None) for result in counted]
    order = ("critical", "warning", "info")
    return sorted(broken, key=lambda finding: (order.index(finding.severity), finding.rule, finding.column or ""))


def _again(batch: Any, result: Any, result_format: dict[str, Any]) -> Any:
    """One rule's result, told in another format."""
    return batch.validate(result.expectation_config.to_domain_obj(), result_format=result_format)


def _rows(batch: Any, result: Any) -> np.ndarray | None:
    if not result.result.get("unexpected_count") or "mostly" in result.expectation_config.kwargs:
        return None  # a rule that lets some rows break it is about the table
    # One rule at a time: the format that says which rows also carries their cells, which are let go at once.
    again = _again(batch, result, _ROWS_FORMAT)
    return np.sort(np.asarray(again.result["unexpected_index_list"], dtype=np.int32))


def _finding(result: Any, rows: np.ndarray | None) -> Finding:
    config = result.expectation_config
    count = result.result.get("unexpected_count")
    return Finding(
        rule=config.meta["rule"],
        column=config.meta.get("column", config.kwargs.get("column")),
        severity=str(getattr(config.severity, "value", config.severity)),
        count=int(count) if count is not None else None,
        could_not_run=not result.result,
        rows=np.zeros(0, np.int32) if rows is None else rows,
    )


def _suite(name: str) -> Callable[..., list[Any]]:
    path = PROJECT / "expectations" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"expectations_{name}", path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise ConfigRefused(f"expectations: there is no suite '{name}'. Nothing was checked.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[..., list[Any]] = module.expectations
    return found
