"""All that the board's side of a hub is given, as bytes that can be compared with another hub's."""

from pathlib import Path

import duckdb
import pyarrow as pa

from lantern.cli.pack import print_pack
from lantern.home import Home
from lantern.period import Quarter


def tables_of(released: Path) -> dict[str, bytes]:
    """The released tables, row by row in the order they lie in."""
    with duckdb.connect(str(released), read_only=True) as connection:
        names = [name for (name,) in connection.execute("show tables").fetchall()]
        tables = {}
        for name in names:
            sink = pa.BufferOutputStream()
            rows = connection.execute(f"select * from {name}").to_arrow_table()
            with pa.ipc.new_file(sink, rows.schema) as writer:
                writer.write_table(rows.combine_chunks())
            tables[name] = sink.getvalue().to_pybytes()
    assert len(tables) >= 5
    return tables


def board_side(home: Home, period: Quarter) -> dict[str, bytes]:
    """All the board's side is given: the released tables, the printed pack, and the names of the files."""
    print_pack(home, period, home.packs)
    packs = {path.name: path.read_bytes() for path in home.packs.glob("*.pdf")}
    released = home.released.parent
    inside = [path for path in released.rglob("*") if home.releases not in path.parents]
    names = "\n".join(sorted(str(path.relative_to(released)) for path in inside))
    size = str(home.released.stat().st_size)
    assert len(packs) == 1
    return tables_of(home.released) | packs | {"file names": names.encode(), "size of the file": size.encode()}
