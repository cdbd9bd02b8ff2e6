"""
Takes the pictures of docs/pictures anew, from the released file of a demo, in a browser and from the printed pack.

`lantern demo --no-serve`, then in the project's folder
`python -m tests.dashboard.gallery var/demo/released/released.duckdb`. It needs Chromium.
"""

import io
import sys
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PICTURES = ROOT / "docs" / "pictures"
sys.path[:0] = [str(HERE), str(ROOT / "dashboard")]

# The part of a page that a reader of the documents is shown.
WIDTH, HEIGHT = 1280, 1500
PAGES = {
    "at-a-glance": "at_a_glance",
    "speed": "speed",
    "across-partners": "across",
    "waiting": "waiting",
}
SHEETS = (1, 2, 7)
SHEET_HEIGHT, BETWEEN, GREY = 900, 12, "#8A9299"
COLOURS = 128


def main(path: Path, folder: Path) -> list[Path]:
    """Write each picture and return where."""
    from board_server import served
    from browser_visit import settle, started

    folder.mkdir(parents=True, exist_ok=True)
    with served(path.resolve()) as address, started() as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB")
        for name, topic in PAGES.items():
            page.goto(f"{address}/{'' if topic == 'at_a_glance' else topic}")
            settle(page)
            _keep(Image.open(io.BytesIO(page.screenshot())), folder / f"{name}.png")
    _keep(_sheets(path), folder / "pack.png")
    return [folder / f"{name}.png" for name in (*PAGES, "pack")]


def _sheets(path: Path) -> Image.Image:
    """Some sheets of the newest quarter's pack, side by side."""
    import released
    from pack.binding import pack_of
    from pack.pdf import pictures

    known = released.load(path)
    printed = [Image.open(io.BytesIO(page)) for page in pictures(pack_of(known, known.latest))]
    chosen = [printed[number - 1] for number in SHEETS if number <= len(printed)]
    widths = [round(sheet.width * SHEET_HEIGHT / sheet.height) for sheet in chosen]
    beside = Image.new("RGB", (sum(widths) + BETWEEN * (len(chosen) - 1), SHEET_HEIGHT), GREY)
    for place, (sheet, width) in enumerate(zip(chosen, widths, strict=True)):
        beside.paste(sheet.resize((width, SHEET_HEIGHT)), (sum(widths[:place]) + BETWEEN * place, 0))
    return beside


def _keep(picture: Image.Image, path: Path) -> None:
    """A few colours are enough, and a quarter of the size."""
    picture.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        path, optimize=True
    )


if __name__ == "__main__":
    for written in main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else PICTURES):
        print(written)  # noqa: T201
