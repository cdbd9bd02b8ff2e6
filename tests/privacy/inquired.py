"""Inquiries of the tests, the table they are asked of, and the commands of who asks and of who keeps it."""

import json
import sqlite3
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from typer.testing import CliRunner

from lantern.cli.allowance import Allowance
from lantern.cli.allowance import app as keeping
from lantern.cli.answer import app as asking

INQUIRY = """
unit_many = "referrals"
person = "child"
rows = 4000

[[columns]]
name = "agency"
keys = ["police", "schools", "health"]

[[columns]]
name = "is_repeat"
keys = ["no", "yes"]
expected_percent = [80, 20]

[[durations]]
name = "days"
expected_median = 4
ends = [1, 3, 5, 10]

[[questions]]
ask = "count"
by = ["agency"]

[[questions]]
ask = "share"
column = "days"
within = 5
by = ["agency"]

[[questions]]
ask = "share"
column = "is_repeat"
keys = ["yes"]

[[questions]]
ask = "median"
column = "days"
"""


SMALL = """
unit_many = "referrals"
person = "child"
rows = 4000

[[columns]]
name = "agency"
keys = ["police", "schools", "health"]

[[questions]]
ask = "count"
by = ["agency"]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "inquiry.toml"
    path.write_text(text, encoding="utf-8")
    return path


def events(count=4000, seed=5):
    """Invented referrals: most children once, some often; one in twenty still open."""
    draw = np.random.default_rng(seed)
    days = draw.integers(0, 10, count)
    return pa.table(
        {
            "child": [f"c{number}" for number in np.sort(draw.integers(0, count * 9 // 10, count))],
            "agency": draw.choice(["police", "schools", "health"], count, p=[0.5, 0.3, 0.2]),
            "is_repeat": draw.choice(["no", "yes"], count, p=[0.8, 0.2]),
            "days": pa.array(days, mask=draw.random(count) < 0.05),
        }
    )


def kept(path, table=None, of=0.1):
    """The path of a table that is there and may be asked of for so much rho."""
    pq.write_table(events() if table is None else table, path)
    Allowance.beside(path).allow(round(of * 1_000_000))
    return path


def run(*arguments, given=None):
    """What whoever asks runs."""
    return CliRunner().invoke(asking, [str(each) for each in arguments], input=given)


def keep(*arguments):
    """What whoever keeps the table runs."""
    return CliRunner().invoke(keeping, [str(each) for each in arguments])


def ask(table, *price, inquiry=SMALL):
    """The answers as they are handed out, or the refusal."""
    out = table.with_name("answers.json")
    done = run(table, "--workload", written(table.parent, inquiry), *price, "--out", out)
    if done.exception is not None:
        raise done.exception
    return json.loads(out.read_text()), done.output


def charges(table):
    with sqlite3.connect(table.with_name(f"{table.name}.allowance")) as connection:
        return connection.execute("select micro, answers is not null from charge order by number").fetchall()


def refuse_unlisted(column, axis):
    """What was done before: a key that is not listed stopped the answer."""
    number = pc.index_in(pc.cast(column, pa.large_string()), value_set=pa.array(axis.categories, pa.large_string()))
    if number.null_count:
        raise ValueError("a row has a key that is not listed")
    return np.asarray(number)


FAULTS = {
    "a key stops the answer": ("_key", refuse_unlisted),
    "rows of nobody are one person's": ("_persons", lambda column: np.asarray(pc.rank(column, tiebreaker="min")) * 0),
    "who has many depends on the others": (
        "_few_enough",
        lambda persons, _: np.bincount(persons)[persons] <= len(persons) / 5,
    ),
    "many stop the answer": ("_few_enough", lambda persons, _: np.ones(len(persons), dtype=bool)),
}
