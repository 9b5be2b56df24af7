"""Tests that are proven to catch: change a room in small ways, many times over, and see whether its tests notice.

``make mutation ROOM=stats MUTANTS=150 KERNELS=30 SEED=1`` draws mutants of the room by the seed, runs the tests of
that room against each, prints those that no test noticed and writes a row to ``benchmarks/results/mutation.csv``.

Mutants are those of mutmut (``mutants.py``). A plain function is changed in a fork of a process that has collected the
room's fast tests, and those that reach the function run there, quickest first, until one fails (``mutation_forks.py``);
where they take more than half a minute the mutant is judged by those that ran. A compiled kernel is changed in a copy
of the repository (``mutation_kernels.py``). A mutant that no test reaches has survived. A mutant counts as noticed only
where what noticed it passes with nothing changed: a run that ends badly, or not at all, must end well without it.
Kernels of studies and commands that a test starts see the mutant too, on Linux (``mutation_fresh.py``). Doctests do not
count: they show, they do not check.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import importlib.metadata
import platform
import random
import sys

from mutants import draw
from mutation_forks import ROOT, Judged, judge
from mutation_kernels import has_kernels, judge_kernels

TABLE = ROOT / "benchmarks" / "results" / "mutation.csv"


def main() -> None:
    """Draw, run, print and record."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("room", help="a folder of src/ctresearch, or one inside it such as causes/graph")
    options.add_argument("--mutants", type=int, default=150, help="how many mutants of plain functions (0: none)")
    options.add_argument("--kernels", type=int, default=30, help="how many mutants of compiled kernels (0: none)")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--jobs", type=int, default=2, help="processes, for plain functions")
    options.add_argument("--minutes", type=float, default=600, help="begin no further mutant of plain functions then")
    options.add_argument("--no-record", action="store_true", help="do not write the table")
    asked = options.parse_args()
    source = ROOT / "src" / "ctresearch" / asked.room
    if not source.is_dir():
        sys.exit(f"room == {asked.room!r}, must be a folder of src/ctresearch")
    if asked.mutants:
        drawn = draw(source, random.Random(asked.seed))
        _tell(asked, "functions", judge(asked.room, drawn, asked.mutants, asked.jobs, asked.minutes))
    if asked.kernels and has_kernels(asked.room):
        _tell(asked, "kernels", judge_kernels(asked.room, asked.kernels, asked.seed))


def _tell(asked: argparse.Namespace, kind: str, judged: list[Judged]) -> None:
    """Print what no test noticed, and record the share that was noticed."""
    for one in judged:
        if one.outcome != "killed":
            file = one.mutant.file.as_posix().rpartition("/src/ctresearch/")[2]
            print(f"\n{one.outcome} ({one.ran} of {one.reaching} tests): {file} {one.mutant.name}\n{one.mutant.change}")
    row = _row(asked.room, kind, judged, asked.seed)
    print(
        f"\n{asked.room}, {kind}: {row['killed']} of {row['mutants']} killed ({row['share']}), "
        f"{row['no_tests']} reached by no test"
    )
    if not asked.no_record:
        _record([row])


def _row(room: str, kind: str, judged: list[Judged], seed: int) -> dict[str, object]:
    """Return a row of the table."""
    killed = sum(one.outcome in {"killed", "endless"} for one in judged)
    return {
        "room": room,
        "kind": kind,
        "seed": seed,
        "mutants": len(judged),
        "killed": killed,
        "no_tests": sum(one.outcome == "no test" for one in judged),
        "share": f"{killed / max(len(judged), 1):.3f}",
        "date": datetime.date.today().isoformat(),
        "versions": f"Python {platform.python_version()}, mutmut {importlib.metadata.version('mutmut')}",
    }


def _record(rows: list[dict[str, object]]) -> None:
    """Put rows into the table, in place of older ones of the same room, kind and seed."""
    if not rows:
        return
    old = list(csv.DictReader(TABLE.open(encoding="utf-8"))) if TABLE.is_file() else []
    fresh = {(str(r["room"]), str(r["kind"]), str(r["seed"])): r for r in [*old, *rows]}
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(fresh[key] for key in sorted(fresh))


if __name__ == "__main__":
    main()
