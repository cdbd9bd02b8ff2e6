"""
Runs each peer in an environment of its own, and keeps what it answered: `python benchmarks/peers/run.py --rows 100000`.

The environments are made by hand, since each is large (all under build/, which is not committed):

    python -m venv build/peers/opendp      and there  pip install 'opendp[polars]==0.16.0'
    python -m venv build/peers/pipelinedp  and there  pip install pipeline-dp==0.3.1 pyarrow
    python -m venv build/peers/tumult      and there  pip install tmlt.analytics==0.21.0   (needs Java)

A peer whose environment is missing is passed over with a word.
"""

import argparse
import subprocess
from pathlib import Path

from referral import written

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build" / "peers"
PROMISES = {"1": {"pure": "1", "zcdp": "0.0244"}, "5.2": {"pure": "5.22", "zcdp": "0.5"}}
"""Epsilon at delta 1e-6, and what each family may spend for it: rho as OpenDP converts it."""
PEERS = (
    ("opendp", "opendp_polars.py", {"pure": "pure", "zcdp": "zcdp"}),
    ("pipelinedp", "pipelinedp.py", {"laplace": "pure", "gaussian": "pure"}),
    ("tumult", "tumult.py", {"pure": "pure", "zcdp": "zcdp"}),
)


TABLES, FIRST_TABLE = 9, 101
"""So many invented tables, by their seeds: in one alone a few days near a tie decide. None of them was looked at while anything was chosen."""


def table(rows: int, turn: int) -> Path:
    """The table of a round; rounds take them in turn."""
    return written(BUILD / "data", rows, FIRST_TABLE + turn % TABLES)


def result(peer: str, family: str, promise: str, rows: int, turn: int) -> Path:
    """Where an answer is kept."""
    return BUILD / "results" / f"{peer}-{family}-{promise}-{rows}-{turn}.json"


def run(peer: str, script: str, family: str, unit: str, promise: str, rows: int, turn: int) -> str:
    """One peer, once. What it says on the way goes to a log beside its answer."""
    python = BUILD / peer / "bin" / "python"
    kept = result(peer, family, promise, rows, turn)
    if kept.exists():
        return f"{kept.stem}: kept from before"
    data = table(rows, turn)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with kept.with_suffix(".log").open("w") as log:
        command = [str(python), str(HERE / script), str(data), str(kept), family, PROMISES[promise][unit]]
        # Spark leaves folders where it is run.
        done = subprocess.run(command, cwd=BUILD, stdout=log, stderr=subprocess.STDOUT, check=False)
    return f"{kept.stem}: {'answered' if done.returncode == 0 else 'failed, see its log'}"


def main() -> None:
    """Every peer, family and promise, so many rounds."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=100_000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--peer", choices=[name for name, *_ in PEERS])
    wanted = asked.parse_args()
    for peer, script, families in PEERS:
        if wanted.peer not in {None, peer}:
            continue
        if not (BUILD / peer / "bin" / "python").exists():
            print(f"{peer}: passed over, it has no environment under {BUILD.parent.name}/{BUILD.name}/", flush=True)
            continue
        for turn in range(wanted.rounds):
            for family, unit in families.items():
                for promise in PROMISES:
                    print(run(peer, script, family, unit, promise, wanted.rows, turn), flush=True)


if __name__ == "__main__":
    main()
