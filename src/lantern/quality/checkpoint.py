"""The one place that runs Great Expectations, and the one place that reads its results."""

import importlib.util
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from lantern.errors import ConfigRefused
from lantern.home import PROJECT

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # before its import: it phones home otherwise

# Counts only. The ordinary formats carry samples of the values that broke a rule, and
# BOOLEAN_ONLY carries no count to act on.
RESULT_FORMAT = {"result_format": "SUMMARY", "partial_unexpected_count": 0}


@dataclass(frozen=True)
class Finding:
    """
    One broken rule.

    `count` is how many rows broke it; None if the rule is about the table, or could not run.
    """

    rule: str
    column: str | None
    severity: str
    count: int | None
    could_not_run: bool = False

    def __str__(self) -> str:
        where = f"column '{self.column}'" if self.column else "the table"
        if self.could_not_run:
            return f"{self.rule}: {where}: the rule could not be run"
        return f"{self.rule}: {where}" + (f": {self.count:,} rows" if self.count is not None else "")


def check(suite: str, table: pa.Table, **facts: Any) -> list[Finding]:
    """
    Run `expectations/<suite>.py` over a table.

    Args:
        suite: The suite's file name; its `expectations(**facts)` returns the rules.
        table: Any table; it is copied to pandas, the engine that works (docs/decisions/0002).
        facts: What the rules need to know that is not in the table: a snapshot, a bound.

    Returns:
        The broken rules, worst first; empty if all hold.

    Privacy: only a rule's name, column, severity and count are copied out of the result.
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
        outcome = batch.validate(gx.ExpectationSuite(name=suite, expectations=rules), result_format=RESULT_FORMAT)
    broken = [_finding(result) for result in outcome.results if not result.success]
    order = ("critical", "warning", "info")
    return sorted(broken, key=lambda finding: (order.index(finding.severity), finding.rule))


def _finding(result: Any) -> Finding:
    config = result.expectation_config
    count = result.result.get("unexpected_count")
    return Finding(
        rule=config.meta["rule"],
        column=config.kwargs.get("column"),
        severity=str(getattr(config.severity, "value", config.severity)),
        count=int(count) if count is not None else None,
        could_not_run=not result.result,
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
