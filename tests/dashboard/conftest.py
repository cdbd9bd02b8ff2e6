"""An invented released file and the dashboard opened on it, without a browser."""

import sys
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pytest
from invented_release import DASHBOARD, Plan, write
from streamlit.testing.v1 import AppTest

sys.path.insert(0, str(DASHBOARD))


class _Words(HTMLParser):
    """The text of a page as a reader meets it; styles are not text."""

    def __init__(self):
        super().__init__()
        self.words = []
        self.styled = False

    def handle_starttag(self, tag, attrs):
        self.styled = self.styled or tag == "style"

    def handle_endtag(self, tag):
        self.styled = self.styled and tag != "style"

    def handle_data(self, data):
        if not self.styled:
            self.words.append(data)


class Opened:
    """One page as it was drawn."""

    def __init__(self, app: AppTest):
        self.app = app
        self.exceptions = [exception.message for exception in app.exception]
        self.titles = [title.proto.body.replace("\\", "") for title in app.title]
        self.html = [block.proto.body for block in app.get("html") if not block.proto.body.startswith("<style")]
        self.charts = [chart.proto for chart in app.get("vega_lite_chart")]

    @property
    def text(self) -> str:
        reader = _Words()
        for block in self.html:
            reader.feed(block)
        return " ".join([*self.titles, *reader.words])

    @property
    def alts(self) -> list[str]:
        return [chart.alt for chart in self.charts]

    def tables(self, chart) -> list[pa.Table]:
        """Every table of a chart that goes to the browser."""
        return [pa.ipc.open_stream(dataset.data.data).read_all() for dataset in chart.datasets]

    @property
    def everything(self) -> str:
        """All that leaves the server: words, alt texts, drawings and the numbers behind them."""
        numbers = [str(table.to_pydict()) for chart in self.charts for table in self.tables(chart)]
        return " ".join([self.text, *self.html, *self.alts, *(chart.spec for chart in self.charts), *numbers])


@pytest.fixture
def released(tmp_path, monkeypatch):
    """Write an invented file and point the dashboard at it."""

    def publish(plan: Plan | None = None) -> Path:
        path = write(tmp_path / "released.duckdb", plan or Plan())
        monkeypatch.setenv("LANTERN_RELEASED", str(path))
        return path

    return publish


@pytest.fixture
def open_page():
    """Open one page of the dashboard as a reader would."""

    def visit(topic: str) -> Opened:
        app = AppTest.from_file(DASHBOARD / "app.py", default_timeout=60).run()
        return Opened(app if topic == "at_a_glance" else app.switch_page(f"topics/{topic}.py").run())

    return visit
