"""
Small drawings that stand beside a word: the shape repeats the word and never replaces it.

They are images of our own because some fonts lack the half-filled disc, and because the page
drops drawings written straight into it.
"""

from base64 import b64encode

FIGURE = "#12436D"
EDGE = "#567DA1"
BOX = "#DCE6EF"
INK = "#0B0C0C"

_SHAPES = {
    "use": f'<circle cx="8" cy="8" r="6" fill="{FIGURE}" stroke="{FIGURE}" stroke-width="2"/>',
    "care": (
        f'<circle cx="8" cy="8" r="6" fill="#FFFFFF" stroke="{FIGURE}" stroke-width="2"/>'
        f'<path d="M8 2a6 6 0 0 0 0 12z" fill="{FIGURE}"/>'
    ),
    "none": f'<circle cx="8" cy="8" r="6" fill="none" stroke="{FIGURE}" stroke-width="2" stroke-dasharray="3 2.3"/>',
    "up": f'<path d="M8 2l6.5 12h-13z" fill="{INK}"/>',
    "down": f'<path d="M8 14L1.5 2h13z" fill="{INK}"/>',
    "flat": f'<path d="M2 6.5h12v3H2z" fill="{INK}"/>',
    "unknown": f'<path d="M3 3l10 10M13 3L3 13" stroke="{INK}" stroke-width="2.5" fill="none"/>',
}


def image(name: str) -> str:
    """Return one mark as an image with no text of its own."""
    return f'<img class="mark" src="{_uri(svg(name))}" alt="" width="16" height="16">'


def svg(name: str) -> str:
    """Return one mark as a drawing of its own, 16 units wide and high."""
    return _drawing(16, 16, _SHAPES[name])


def boxes(filled: int, parts: int) -> str:
    """Return a row of boxes, the first ones filled; the sentence beside it says the same."""
    size, step = 22, 28
    drawn = "".join(
        f'<rect x="{1 + step * place}" y="1" width="{size}" height="{size}" stroke="{FIGURE}" stroke-width="2" '
        f'fill="{FIGURE if place < filled else "#FFFFFF"}"/>'
        for place in range(parts)
    )
    width = step * parts - (step - size) + 2
    return (
        f'<img class="boxes" src="{_uri(_drawing(width, size + 2, drawn))}" alt="" width="{width}" height="{size + 2}">'
    )


def _drawing(width: int, height: int, shapes: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">{shapes}</svg>'


def _uri(drawing: str) -> str:
    return f"data:image/svg+xml;base64,{b64encode(drawing.encode()).decode()}"
