"""
The long form of `lantern audit`: every pair and every planted fault, 100,000 draws of each world and more.

`python benchmarks/audit.py` prints a Markdown table. Both families are audited at once, in a process each.
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat

from lantern import warehouse
from lantern.privacy import audit
from lantern.privacy.audit import Finding
from lantern.privacy.plan import Family

DRAWS = 100_000


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
    """Print the table and the summary."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--draws", type=int, default=DRAWS)
    draws = asked.parse_args().draws
    with ProcessPoolExecutor(len(audit.FAMILIES)) as pool:
        found = [each for both in pool.map(findings, audit.FAMILIES, repeat(draws)) for each in both]
    print("| Pair | Family | Releases | Planted fault | Draws of each world | Claimed | Measured, at least | |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    print(*map(row, found), sep="\n")
    print("", *audit.summary(found), sep="\n")


if __name__ == "__main__":
    main()
