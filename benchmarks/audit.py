"""
The long form of `lantern audit`: every pair, 100,000 draws of each world and more; every planted fault, fewer. Writes docs/audit.md.

Both families are audited at once, in a process each. Nearly all of the time is OpenDP's, drawing noise: about 11 microseconds a number.
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path

from lantern import warehouse
from lantern.privacy import audit
from lantern.privacy.audit import Finding
from lantern.privacy.plan import Family

DRAWS = 100_000
HEAD = """# What a release tells of one child, measured

Written by `python benchmarks/audit.py`; nobody in it exists. Each pair is an invented partnership with a child and the same one without. Both go the
real way, from rows to bounded sums, and are then drawn many times through the noise of a release. *Measured* is how far apart the two can be told by the
best test there is, at least (with odds of 1 in 1,000 that any of them is too high); it must not be above what is claimed. zcdp: mu, of which half the square is rho. pure: epsilon, from twice as many draws.
A planted fault is a mistake made on purpose: measured must be above what is claimed, or the audit could not be believed.

An audit can show that a promise is broken; that it is kept rests on the proof in [the mechanism](mechanism.md). How near *measured* comes to *claimed* is a matter
of draws, and where a pair spends less than the promise, of the pair.
"""
COLUMNS = """| Pair | Family | Releases | Planted fault | Draws of each world | Claimed | Measured, at least | |
| --- | --- | --- | --- | --- | --- | --- | --- |"""


def findings(family: Family, draws: int) -> list[Finding]:
    """All findings of one family, each told on standard error as soon as it is there."""
    found = []
    with warehouse.in_memory() as connection:
        for each in audit.audit(connection, draws, families=(family,)):
            print(row(each), file=sys.stderr, flush=True)
            found.append(each)
    return found


def row(each: Finding) -> str:
    """One row of the table."""
    return (
        f"| {each.pair} | {each.family} | {each.releases} | {each.fault or '-'} | {each.draws:,} "
        f"| {each.claimed:.3f} | {each.measured:.3f} | {each.verdict} |"
    )


def main() -> None:
    """Audit, write the page and print its summary."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--draws", type=int, default=DRAWS)
    draws = asked.parse_args().draws
    with ProcessPoolExecutor(len(audit.FAMILIES)) as pool:
        found = [each for both in pool.map(findings, audit.FAMILIES, repeat(draws)) for each in both]
    page = "\n".join([HEAD, COLUMNS, *map(row, found), "", *(f"- {line}" for line in audit.summary(found)), ""])
    Path(__file__).parents[1].joinpath("docs", "audit.md").write_text(page, encoding="utf-8")
    print(*audit.summary(found), sep="\n")


if __name__ == "__main__":
    main()
