"""
`python -m pack PERIOD FOLDER [KIND]`, run in the dashboard's folder with LANTERN_RELEASED naming the released file.

A process of its own on the board's side: it knows the released file and nothing else of the hub.
"""

import os
import sys
from pathlib import Path

import released
from pack.binding import pack_of, release_of
from pack.document import docx_of
from pack.pdf import Overfull, pdf

PRINTERS = {"pdf": pdf, "docx": docx_of}

# The numbers that `lantern` gives back for the same kinds of refusal.
NOT_PUBLISHED = 14
DOES_NOT_FIT = 12


def main(period: str, folder: Path, *kinds: str) -> int:
    """Write the files, both if no kind is named, and print their names; on a refusal say why and write nothing."""
    path = Path(os.environ[released.WHERE])
    snapshot = released.load(path) if path.exists() else None
    release = release_of(snapshot, period)
    if snapshot is None or release is None:
        published = ", ".join(each.period for each in snapshot.releases) if snapshot else ""
        print(  # noqa: T201
            f"Pack of {period}: this quarter is not published (published: {published or 'none'}). No file was written. "
            f"Release the quarter first, or name one that is published.",
            file=sys.stderr,
        )
        return NOT_PUBLISHED
    pack = pack_of(snapshot, release)
    try:
        made = {kind: PRINTERS[kind](pack) for kind in kinds or PRINTERS}
    except Overfull:
        print(  # noqa: T201
            f"Pack of {period}: a block is longer than a page and would be cut off. No file was written. "
            "Shorten the catalogue's texts or the block's table.",
            file=sys.stderr,
        )
        return DOES_NOT_FIT
    folder.mkdir(parents=True, exist_ok=True)
    for ending, content in made.items():
        path = folder / f"board-pack-{release.release_id}.{ending}"
        unfinished = path.with_name(f".{path.name}")
        unfinished.write_bytes(content)
        unfinished.replace(path)
        print(path)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:]))
