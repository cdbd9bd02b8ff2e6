"""An invented released file and the dashboard opened on it, without a browser."""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pytest
from invented_release import DASHBOARD, Plan, whole, write
from streamlit.components.v2 import manifest_scanner
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
        self.headings = [heading.proto.body.replace("\\", "") for heading in app.subheader]
        self.choices = {box.key: (box.value, list(box.options)) for box in app.selectbox}
        self.html = [block.proto.body for block in app.get("html") if not block.proto.body.startswith("<style")]
        self.charts = [chart.proto for chart in app.get("vega_lite_chart")]

    @property
    def text(self) -> str:
        reader = _Words()
        for block in self.html:
            reader.feed(block)
        return re.sub(r"\s+", " ", " ".join([*self.titles, *self.headings, *reader.words]))

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


STATES = {
    "whole": whole(),
    "none": Plan(quarters=0),
    "revised": whole(quarters=3, revised=True),
    "withdrawn": whole(quarters=6, withdrawn=((2026, 2), (2025, 3))),
    "all withdrawn": whole(quarters=1, withdrawn=((2026, 2),)),
    "absent": Plan(measures=("T_CONTACT_DECISION",)),
    "hidden": whole(quarters=2, is_hidden=True),
}


class Site:
    """Released files in every state, and each page opened on each of them at most once."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.opened: dict[tuple[object, ...], Opened] = {}

    def path(self, state: str) -> Path:
        path = self.folder / f"{state}.duckdb"
        return path if path.exists() else write(path, STATES[state])

    def open(self, topic: str, state: str = "whole", **chosen: str) -> Opened:
        key = (topic, state, *sorted(chosen.items()))
        if key not in self.opened:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("LANTERN_RELEASED", str(self.path(state)))
                self.opened[key] = visit(topic, **chosen)
        return self.opened[key]


def visit(topic: str, **chosen: str) -> Opened:
    """Open one page at its own address, with what the address chooses."""
    app = AppTest.from_file(DASHBOARD / "app.py", default_timeout=60)
    if topic != "at_a_glance":
        app.switch_page(f"topics/{topic}.py")
    for name, value in chosen.items():
        app.query_params[name] = value
    return Opened(app.run())


@pytest.fixture(scope="session", autouse=True)
def _packages_are_searched_once():
    """Each first run of an app reads about every installed package whether it brings parts of pages; none does."""
    found = manifest_scanner.scan_component_manifests()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda *_, **__: found)
        yield


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Site:
    """Every state of the released file, and its pages."""
    return Site(tmp_path_factory.mktemp("released"))


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
    return visit
