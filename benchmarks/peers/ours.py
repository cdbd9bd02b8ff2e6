"""
The same four questions through `lantern answer`'s core: `python benchmarks/peers/ours.py --rows 100000`.

For the figures of work, `OPENBLAS_NUM_THREADS=1`: threads that wait for one another on a shared machine count as work.
"""

import argparse
import json
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from referral import STATISTICS, answers
from run import PROMISES, TABLES, result, table

from lantern import warehouse
from lantern.privacy import answer, inquiry, mechanism
from lantern.privacy.answer import Answer
from lantern.privacy.plan import Plan

HERE = Path(__file__).resolve().parent
OF_QUESTION = dict(enumerate(("counts", "within_1", "within_45", "median", "p90", "repeat"), start=1))
BY = {"counts": 3, "within_1": 2, "within_45": 2, "median": 1, "p90": 1, "repeat": 2}


@cache
def asked(rows: int) -> inquiry.Inquiry:
    """The inquiry, for so many expected rows."""
    return inquiry.read(HERE / "inquiry.toml").model_copy(update={"rows": float(rows)})


def main() -> None:
    """Plan, then answer so many times, and keep each answer beside the peers'."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--rows", type=int, default=100_000)
    wanted.add_argument("--rounds", type=int, default=3)
    given = wanted.parse_args()
    rows, rounds = given.rows, given.rounds
    question = asked(rows)
    truths = [answers(table(rows, turn)) for turn in range(min(rounds, TABLES))]
    for promise, units in PROMISES.items():
        started = time.perf_counter()
        plan = answer.plan(question, "zcdp", round(float(units["zcdp"]) * mechanism.MICRO))
        planned = time.perf_counter() - started
        # As the command does before anything is drawn.
        answer.foretold(question, plan)
        foretold = time.perf_counter() - started - planned
        budgets = {part.name: round(part.rows_a_year, 2) for table in plan.tables for part in table.parts}
        print(
            f"promise {promise}: planned in {planned:.0f} s, foretold in {foretold:.0f} s, person budgets in rows {budgets}",
            flush=True,
        )
        for turn in range(rounds):
            data, truth = table(rows, turn), truths[turn % TABLES]
            # Beside each round and not once before all: what others do on the machine slows both.
            bare = _worked(lambda: answers(data, bound=3))  # noqa: B023
            found: list[Answer] = []
            seconds = _worked(lambda: found.extend(once(question, plan, data)))  # noqa: B023
            kept = told(found, truth)
            path = result("lantern", "zcdp", promise, rows, turn)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({**kept, "seconds": seconds, "bare": bare}))
            print(f"  {seconds:.2f} s, {seconds / bare:.1f} times bare DuckDB; covered {kept['covered']}", flush=True)


def _worked(work: Callable[[], object]) -> float:
    """Seconds of processor, of all threads: what others do on the machine does not count."""
    started = time.process_time()
    work()
    return time.process_time() - started


def once(question: inquiry.Inquiry, plan: Plan, data: Path) -> list[Answer]:
    """From the file to figures with ranges."""
    names = [question.person, *(each.name for each in (*question.columns, *question.durations))]
    with warehouse.in_memory() as connection:
        connection.register("referrals", pq.read_table(data, columns=names))
        return answer.draw(question, plan, answer.count(connection, question, plan, "referrals"))


def told(found: list[Answer], truth: dict[str, list[float]]) -> dict[str, object]:
    """The vectors in the order of the score, and how many of the true values lie inside their ranges."""
    kept: dict[str, object] = {}
    covered = {}
    for number, name in OF_QUESTION.items():
        figures = [each.figure for each in found if each.question == number and len(each.keys) == BY[name]]
        exact = np.array(truth[name])
        values = np.array([each.value for each in figures])
        kept[name] = (values if name in {"counts", "median", "p90"} else values.clip(0, 1)).tolist()
        inside = [each.lower <= true <= each.upper for each, true in zip(figures, exact, strict=True)]
        covered[name] = round(float(np.mean(inside)), 3)
    assert set(kept) == set(STATISTICS)
    return {**kept, "covered": covered}


if __name__ == "__main__":
    main()
