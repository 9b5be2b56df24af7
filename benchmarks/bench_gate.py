"""CPU seconds of the release gate, on a hundred outputs of its corpus and on one large table.

Run ``python benchmarks/bench_gate.py``; the figures go to ``benchmarks/results/gate.csv``. Outputs are made beforehand,
results among them fitted; the hundred are judged once, each for itself and then as one release, since a release is also
set against itself. Times are CPU seconds of this process, after a first release that loads what the gate needs.
"""

import platform
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.privacy.corpus.parts import cases_of, question

from ctresearch.privacy import Output, release

OUT = Path(__file__).parent / "results" / "gate.csv"
COLLECTIONS = ("leaks_declared", "leaks_undeclared", "harmless_declared", "harmless_results")
OUTPUTS = 100
ROWS = 100_000


def corpus() -> list[Output]:
    """Take a hundred outputs of the corpus, evenly from every collection in sight, under names of their own."""
    found = []
    for collection in COLLECTIONS:
        module = import_module(f"tests.privacy.corpus.seen_{collection}")
        for case in cases_of(module):
            found += [replace(o, name=f"{collection} {case.__name__} {o.name}") for o in question(case).outputs]
    return [found[i] for i in np.linspace(0, len(found) - 1, OUTPUTS).astype(int)]


def large_table() -> Output:
    """Make one declared table of a hundred thousand rows of many people each."""
    rng = np.random.default_rng(1)
    row = np.arange(ROWS)
    frame = pd.DataFrame({"district": row // 20, "year": 2000 + row % 20, "people": rng.integers(40, 4000, ROWS)})
    frame["children"] = np.round(frame["people"] * rng.uniform(0.3, 0.6, ROWS)) / frame["people"]
    frame["age"] = np.round(rng.uniform(18, 40, ROWS), 1)
    roles = {"district": "place", "year": "date", "people": "count"}
    roles |= {"children": "share of people", "age": "median of people"}
    return Output("large table", "table", "restricted", content=frame, roles=roles)


def seconds(outputs: list[Output]) -> tuple[float, int]:
    """Time one release, and count what passed."""
    start = time.process_time()
    answer = release(outputs)
    return time.process_time() - start, len(answer.passed)


def main() -> None:
    """Time the gate and write what came."""
    outputs, large = corpus(), large_table()
    seconds(outputs[:1])
    apart = [seconds([one]) for one in outputs]
    rows = [
        ("outputs, each for itself", OUTPUTS, sum(s for s, _ in apart), sum(n for _, n in apart), 10.0),
        ("outputs, one release", OUTPUTS, *seconds(outputs), 10.0),
        ("table", 1, *seconds([large]), 1.0),
    ]
    table = pd.DataFrame(rows, columns=["what", "outputs", "cpu_s", "passed", "limit_s"])
    table["rows"] = [np.nan, np.nan, ROWS]
    table["met"] = table["cpu_s"] <= table["limit_s"]
    about = {"date": datetime.now(UTC).date().isoformat(), "python": platform.python_version()}
    table = table.assign(cpu_s=table["cpu_s"].round(2), **about, pandas=version("pandas"))
    table.astype({"rows": "Int64"}).to_csv(OUT, index=False)
    print(table.to_string())


if __name__ == "__main__":
    main()
