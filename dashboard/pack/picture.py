"""Charts on paper: the very drawings of the pages, as SVG for the PDF and as PNG for the DOCX."""

from pathlib import Path
from typing import Any

import altair as alt
import vl_convert

FONTS = Path(__file__).parents[1] / "static"
FONT = "Liberation Sans"
# The text column is 170 mm wide. At 120 units to the inch it is 803 wide, and text of 15 units is 9 points high.
WIDTH = 803
# Beside a table it is 85 mm wide.
PART = 401
HEIGHT = 164
ROW_HEIGHT = 30
AXIS_HEIGHT = 40
LINE = 18
TITLE_PADDING = 5
PER_UNIT = 2

vl_convert.register_font_directory(str(FONTS))


def svg(chart: alt.LayerChart, width: int = WIDTH) -> str:
    """Draw a chart with its text kept as text."""
    return vl_convert.vegalite_to_svg(_spec(chart, width), allowed_base_urls=[])


def png(chart: alt.LayerChart) -> bytes:
    """Draw a chart as points, two for each unit: sharp on paper at this width."""
    return vl_convert.vegalite_to_png(_spec(chart, WIDTH), scale=PER_UNIT, allowed_base_urls=[])


def _spec(chart: alt.LayerChart, width: int) -> dict[str, Any]:
    """Fit a drawing to the paper; its marks, texts and axes stay as the page has them."""
    spec = chart.to_dict()
    spec["width"] = width
    spec["autosize"] = {"type": "fit", "contains": "padding"}
    spec["height"] = _height(spec)
    spec["config"]["font"] = FONT
    for layer in spec["layer"]:
        for channel, place in layer["encoding"].items():
            if isinstance(place, dict) and place.get("axis"):
                _fit(place["axis"], channel)
    return spec


def _fit(axis: dict[str, Any], channel: str) -> None:
    """Fit an axis to a drawing that is lower than the page's, and has room for a heading on one line."""
    if channel == "y" and "values" in axis:
        top = axis["values"][-1]
        axis["values"] = [0, top // 2, top]
    if "values" in axis:
        axis["tickCount"] = len(axis["values"])
    if isinstance(axis.get("title"), list):
        axis["title"] = " ".join(axis["title"])
    axis["titlePadding"] = TITLE_PADDING


def _height(spec: dict[str, Any]) -> int:
    """Where each place is a row of its own, the drawing is as high as its rows are many."""
    for layer in spec["layer"]:
        if (places := layer["encoding"].get("y", {})).get("type") == "ordinal":
            lines: int = max(label.count("\n") for label in places["sort"])
            return (ROW_HEIGHT + LINE * lines) * len(places["sort"]) + AXIS_HEIGHT
    return HEIGHT
