"""An inquiry of the tests, the table it is asked of, and the command that asks."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from typer.testing import CliRunner

from lantern.cli.answer import app

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


def run(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])
