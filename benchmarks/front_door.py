"""How long the front door takes for a table of a database and for files of a million rows, and how much memory.

Run by hand: ``python benchmarks/front_door.py``. Each reading is a process of its own, so that its peak is its own.
"""

from __future__ import annotations

import csv
import datetime as dt
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

ROWS = 1_000_000
RESULTS = Path(__file__).parent / "results" / "front_door.csv"
LISTS = ("police", "NGO", "hotline", "hospital", "shelter")


def appearances() -> pd.DataFrame:
    """Draw a million appearances of people on five lists."""
    rng = np.random.default_rng(1)
    people = rng.integers(0, 700_000, ROWS)
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1500, ROWS), unit="D")
    columns = {
        "person": [f"P{i:06d}" for i in people],
        "source": rng.choice(LISTS, ROWS, p=[0.4, 0.3, 0.15, 0.1, 0.05]),
    }
    return pd.DataFrame(columns | {"day": days.strftime("%Y-%m-%d"), "age": rng.integers(1, 80, ROWS)})


def write(kind: str, folder: Path) -> str:
    """Write the table and return the source that names it."""
    frame = appearances()
    if kind == "sqlite":
        with sqlite3.connect(folder / "cases.db") as base:
            frame.to_sql("seen", base, index=False)
        base.close()
        return f"sqlite:///{folder / 'cases.db'}?table=seen"
    frame.to_csv(folder / "cases.csv", index=False)
    return str(folder / "cases.csv")


def read(source: str) -> None:
    """Bring one source through the front door and print seconds, seconds of the processor, megabytes and people."""
    from ctresearch.studies.asked.prepared import prepare_database, prepare_file

    with tempfile.TemporaryDirectory() as folder:
        before, used = time.perf_counter(), time.process_time()
        if "://" in source:
            made = prepare_database("lists", source, Path(folder))
        else:
            made = prepare_file("lists", Path(source))
        seconds, cpu = time.perf_counter() - before, time.process_time() - used
    people = sum(int(line.rsplit(b",", 1)[1]) for line in made.content.splitlines()[1:])
    print(seconds, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, people)


def main() -> None:
    """Measure each kind and write the table."""
    rows = []
    for kind in ("sqlite", "csv"):
        with tempfile.TemporaryDirectory() as folder:
            source = write(kind, Path(folder))
            told = subprocess.run([sys.executable, __file__, source], check=True, capture_output=True, text=True).stdout
        seconds, cpu, megabytes, people = map(float, told.split())
        rows.append((kind, ROWS, round(seconds, 1), round(cpu, 1), round(megabytes), int(people)))
        print(rows[-1])
    with RESULTS.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(
            ["kind", "rows", "seconds", "cpu_seconds", "peak_mb", "people", "date", "python", "pandas", "sqlalchemy"]
        )
        made = (dt.datetime.now(dt.UTC).date(), sys.version.split()[0], version("pandas"), version("sqlalchemy"))
        table.writerows((*row, *made) for row in rows)


if __name__ == "__main__":
    read(sys.argv[1]) if len(sys.argv) > 1 else main()
