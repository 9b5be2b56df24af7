"""Time and memory of linking lists of invented persons, with the precision and recall that come of it.

Run ``python benchmarks/bench_linkage.py``; the table goes to ``benchmarks/results/linkage.csv``. Each size runs in a
process of its own, so that its peak of memory is its own. Three lists of 50,000 must be linked in 300 s and 4 GB.
"""

import argparse
import json
import platform
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

OUT = Path(__file__).parent / "results" / "linkage.csv"
SIZES = (1_000, 10_000, 50_000)
INCLUSION = 0.4


def one_size(records, draws):
    from ctresearch.core.parallel import workers
    from ctresearch.data import link
    from ctresearch.data.synthetic import person_lists

    made = person_lists(n=round(records / INCLUSION), inclusion=INCLUSION, seed=1)
    wall, cpu = time.perf_counter(), time.process_time()
    with workers(1):
        linked = link(
            made.tables, purpose="time and memory of linkage", key=b"k" * 32, also=["sex", "nationality"], draws=draws,
            separation_from_enforcement="invented people, of whom no office knows", seed=1,
        )  # fmt: skip
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    rates = linked.error.estimates["estimate"]
    observed, found = made.truth["observed"], int(linked.counts["count"].sum())
    return {
        "records_a_list": round(float(np.mean([len(table) for table in made.tables.values()]))),
        "lists": len(made.tables),
        "draws": draws,
        "wall_s": round(wall, 1),
        "cpu_s": round(cpu, 1),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
        "persons_true": observed,
        "persons_found": found,
        **{f"expected_{name}": round(float(rates[name]), 5) for name in rates.index if name.endswith(("rate", "ing"))},
        **true_rates(made, linked),
    }


def true_rates(made, linked):
    """Compare pairs on two lists or more with the truth, by the counts alone, as nothing else leaves."""
    member = pd.crosstab(pd.Series(made.truth["persons"]), made.frame["list"].to_numpy()) > 0
    true = int((member.sum(axis=1) * (member.sum(axis=1) - 1) // 2).sum())
    on = linked.counts[list(linked.lists)].sum(axis=1)
    return {"pairs_true": true, "pairs_found": int((linked.counts["count"] * on * (on - 1) // 2).sum())}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--one", type=int)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(one_size(options.one, options.draws)))
        return
    rows = []
    for size in SIZES:
        command = [sys.executable, __file__, "--one", str(size), "--draws", str(options.draws)]
        run = subprocess.run(command, check=True, capture_output=True, text=True)
        rows.append(json.loads(run.stdout.splitlines()[-1]))
    stamp = {"date": datetime.now(UTC).date().isoformat(), "python": platform.python_version()}
    stamp |= {package: version(package) for package in ("numpy", "splink", "duckdb")}
    options.out.parent.mkdir(exist_ok=True)
    frame = pd.DataFrame(rows).assign(**stamp)
    frame.to_csv(options.out, index=False, lineterminator="\n")
    print(frame.to_string(index=False))


if __name__ == "__main__":
    main()
