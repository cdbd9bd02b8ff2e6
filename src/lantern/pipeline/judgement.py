"""What is to become of a delivery and of each of its rows: Great Expectations' findings, acted on by severity."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lantern import contract, quality
from lantern.contract import Manifest
from lantern.intake.breach import Breach, first_rows
from lantern.intake.dating import FLAGS
from lantern.intake.parsing import ROW
from lantern.intake.scan import Column
from lantern.partnership import Partnership
from lantern.quality import Finding

MOST_HELD = 0.2
"""More than one row in five amiss is a fault of the extract, and what is left would mislead."""

_TOKENS = tuple(name for name in contract.KEYED if name.startswith("token_"))


@dataclass(frozen=True)
class Judgement:
    """
    Every broken rule, worst first, and the rows to hold.

    `held` has one row for each rule a held event broke: `row` from 0, `rule`, `column_name`.
    """

    breaches: tuple[Breach, ...]
    held: pa.Table

    @property
    def refusals(self) -> tuple[Breach, ...]:
        """What the whole delivery is refused for; empty if it is accepted."""
        return tuple(each for each in self.breaches if each.severity == "critical")

    @property
    def rows_held(self) -> int:
        """How many events are held."""
        return len(_rows(self.held))


def judge(
    columns: dict[str, Column], dated: pa.Table, repeats: pa.Table, partnership: Partnership, manifest: Manifest
) -> Judgement:
    """
    Run the suite over one delivery and act on the severity of what it finds.

    Args:
        columns: The delivery's columns, scanned.
        dated: When its events happened; see `lantern.intake.dating`.
        repeats: Its rows with an event key that stands there twice; see `lantern.intake.content`.
        partnership: Whose hub this is.
        manifest: What the delivery says of itself.
    """
    findings = quality.check(
        "partner_event",
        _table(columns, dated, repeats, manifest),
        with_rows=True,
        partner=manifest.partner,
        partner_type=manifest.partner_type,
        responsible_la=partnership.responsible_la,
        extract_id=manifest.extract_id,
        not_carried=manifest.not_carried,
    )
    breaches = [_breach(finding) for finding in findings]
    held = _held(findings)
    if (count := len(_rows(held))) > MOST_HELD * len(dated):
        breaches.insert(0, Breach("few_rows_are_held", None, "critical", count))
    return Judgement(tuple(breaches), held)


def _table(columns: dict[str, Column], dated: pa.Table, repeats: pa.Table, manifest: Manifest) -> pa.Table:
    """One row for each event, in the file's order; no cell that is not a code of ours or a word about it."""
    said: dict[str, Any] = {name: each.judged() for name, each in columns.items() if not each.field.keyed}
    for name in FLAGS:
        said[name] = dated[name]
    said["is_in_the_period"] = _in_the_period(dated["event_on"], manifest)
    said["has_token"] = np.logical_or.reduce([columns[name].cells.is_valid() for name in _TOKENS])
    places = repeats[ROW].to_numpy()
    for name, usual in (("copy", 0), ("versions", 1)):
        said[name] = np.full(len(dated), usual, dtype=np.int32)
        said[name][places] = repeats[name].to_numpy()
    return pa.table(said)


def _in_the_period(days: pa.ChunkedArray, manifest: Manifest) -> pa.ChunkedArray:
    # As text, which the manifest's days are. An event without a date is told of elsewhere.
    written = pc.cast(days, pa.string())
    inside = pc.and_(pc.greater_equal(written, manifest.period_from), pc.less_equal(written, manifest.period_to))
    return pc.fill_null(inside, fill_value=True)


def _breach(finding: Finding) -> Breach:
    # A rule that could not be run has judged nothing: the delivery is not let in on its silence.
    severity = "critical" if finding.could_not_run else finding.severity
    return Breach(finding.rule, finding.column, severity, finding.count, first_rows(finding.rows))


def _held(findings: list[Finding]) -> pa.Table:
    warned = [each for each in findings if each.severity == "warning"]
    return pa.table(
        {
            ROW: pa.array(np.concatenate([np.zeros(0, np.int32), *(each.rows for each in warned)]), pa.int32()),
            "rule": _repeated([(each.rule, len(each.rows)) for each in warned]),
            "column_name": _repeated([(each.column or "", len(each.rows)) for each in warned]),
        }
    )


def _repeated(words: list[tuple[str, int]]) -> pa.DictionaryArray:
    places = np.repeat(np.arange(len(words), dtype=np.int32), [count for _, count in words] or 0)
    return pa.DictionaryArray.from_arrays(pa.array(places), pa.array([word for word, _ in words], pa.string()))


def _rows(held: pa.Table) -> np.ndarray:
    return np.unique(held[ROW].to_numpy())
